#!/usr/bin/env bash
# Opens the pages of the graph_diff example in a headless Chromium, as a person does, and draws its DOT with Graphviz. Builds
# the program when it is not there, installs what is missing (as root), and closes with "N passed, N failed".
#
#   bash tests/browser/run.sh [directory for screenshots]
#
# GRAPH_DIFF  the program to judge, instead of build/examples/graph_diff
# CHROMIUM    the browser, if it is not one of Debian's packages
set -euo pipefail
cd "$(dirname "$0")/../.."
source cmake/install_packages.sh

program=${GRAPH_DIFF:-build/examples/graph_diff}
prepare() {
  local packages=(python3 graphviz fonts-dejavu-core)
  [[ -n ${CHROMIUM:-} ]] || command -v chromium >/dev/null || packages+=(chromium-headless-shell)
  install_packages "${packages[@]}" || return 1
  [[ -x $program ]] && return
  install_packages "${build_packages[@]}" && cmake -S . -B build && cmake --build build --target graph_diff
}
if ! prepare; then
  echo "0 passed, 1 failed"
  exit 1
fi
exec python3 tests/browser/check.py "$program" "$@"
