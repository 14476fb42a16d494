# The Python environment with TensorFlow that judges. Sourced by the scripts that need it, after cmake/install_packages.sh:
#   find_python     sets `python`: the interpreter that GRAPHFREEZE_PYTHON names, else that of a virtual environment in build/
#                   with the packages of requirements.txt, which it makes where it is not there

differential_suite=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# make_environment NAME REQUIREMENTS: build/NAME. A stamp with the requirements in it says that it is whole and of this day.
make_environment() {
  local requirements=$differential_suite/$2 environment=${differential_suite%/*/*}/build/$1
  cmp -s "$requirements" "$environment/requirements.txt" && return
  install_packages python3 python3-venv &&
    rm -rf "$environment" &&
    python3 -m venv "$environment" &&
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements" &&
    cp "$requirements" "$environment/requirements.txt"
}

find_python() {
  python=${GRAPHFREEZE_PYTHON:-}
  [[ -z $python ]] || return 0
  python=${differential_suite%/*/*}/build/differential-venv/bin/python
  make_environment differential-venv requirements.txt
}
