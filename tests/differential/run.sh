#!/usr/bin/env bash
# TensorFlow judges our freeze_graph program. Makes a virtual environment of its own in build/, builds the program when it is
# not there, and closes with "N passed, N failed".
#
#   bash tests/differential/run.sh              the small graphs (what CI runs)
#   bash tests/differential/run.sh --full       AlexNet, VGG-16 and ResNet-50 at full size
#   bash tests/differential/run.sh -k lstm      further arguments go to pytest
#
# GRAPHFREEZE_BIN     the program to judge, instead of build/examples/freeze_graph
# GRAPHFREEZE_TF215_PYTHON  an interpreter with TensorFlow 2.15 and its Estimators: with it, their SavedModels are judged too
# GRAPHFREEZE_PYTHON  an interpreter that has the packages of requirements.txt, instead of the virtual environment
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
