# The Python environment with TensorFlow that judges. Sourced by the scripts that need it, after cmake/install_packages.sh:
#   find_python     sets `python`: the interpreter that GRAPHFREEZE_PYTHON names, else that of a virtual environment in build/
#                   with the packages of requirements.txt, which it makes where it is not there

differential_suite=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

find_python() {
  local requirements=$differential_suite/requirements.txt environment=${differential_suite%/*/*}/build/differential-venv
  python=${GRAPHFREEZE_PYTHON:-}
  [[ -z $python ]] || return 0
  python=$environment/bin/python
  # A stamp with the requirements in it says that the environment is whole and of this day.
  cmp -s "$requirements" "$environment/requirements.txt" && return
  install_packages python3 python3-venv &&
    rm -rf "$environment" &&
    python3 -m venv "$environment" &&
    "$python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements" &&
    cp "$requirements" "$environment/requirements.txt"
}
