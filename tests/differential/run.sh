#!/usr/bin/env bash
# TensorFlow judges our programs. Makes virtual environments of its own in build/ (1.9 GB, and 1.3 GB for the last TensorFlow
# with Estimators), builds the programs when they are not there, and closes with "N passed, N failed".
#
#   bash tests/differential/run.sh              the small graphs (what CI runs)
#   bash tests/differential/run.sh --full       AlexNet, VGG-16 and ResNet-50 at full size
#   bash tests/differential/run.sh -k lstm      further arguments go to pytest
#
# GRAPHFREEZE_BIN     the program to judge, instead of build/examples/freeze_graph
# GRAPHFREEZE_PYTHON  an interpreter that has the packages of requirements.txt, instead of the virtual environments
# GRAPHFREEZE_TF215_PYTHON  one that has those of requirements-2.15.txt; with GRAPHFREEZE_PYTHON and without this one, the
#                     SavedModels of Estimators are left out
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
source "$root/cmake/install_packages.sh"
source "$here/environment.sh"
export GRAPHFREEZE_BIN=$(realpath -m "${GRAPHFREEZE_BIN:-$root/build/examples/freeze_graph}")

give_up() {
  echo "$1" >&2
  echo "0 passed, 1 failed"
  exit 1
}

build_program() {
  install_packages "${build_packages[@]}" &&
    cmake -S "$root" -B "$root/build" &&
    cmake --build "$root/build" --target freeze_graph --target freeze_saved_model --parallel "$(nproc)"
}

find_python || give_up "No Python environment."
# With an interpreter of the caller's own, the old one is the caller's business too.
if [[ -z ${GRAPHFREEZE_PYTHON:-} && -z ${GRAPHFREEZE_TF215_PYTHON:-} ]]; then
  make_environment differential-venv-2.15 requirements-2.15.txt || give_up "No Python environment with TensorFlow 2.15."
  export GRAPHFREEZE_TF215_PYTHON=$root/build/differential-venv-2.15/bin/python
fi
# freeze_saved_model is looked for beside it.
if [[ ! -x $GRAPHFREEZE_BIN || ! -x $(dirname "$GRAPHFREEZE_BIN")/freeze_saved_model ]]; then
  build_program || give_up "The program does not build."
  [[ -x $GRAPHFREEZE_BIN ]] || give_up "$GRAPHFREEZE_BIN is not there."
fi

# A worker for each processor, each with whole files; full-size networks would not fit into the memory twice.
workers=()
[[ " $* " == *" --full "* ]] || workers=(-n "$(nproc)" --dist loadfile)

# pytest's exit code says it all: 0 only when something ran and nothing failed. conftest.py prints the closing line.
cd "$here"
PYTHONDONTWRITEBYTECODE=1 exec "$python" -m pytest "${workers[@]}" "$@"
