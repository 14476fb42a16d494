#!/usr/bin/env bash
# The host that links TensorFlow: builds tensorflow_host.cpp against the headers and libraries of the TensorFlow wheel, with the
# wheel's Abseil and protobuf, and runs it on the models of make_models.py. Uses the virtual environment of the differential
# suite, works in build/hosts/, and closes with "N passed, N failed".
#
#   bash tests/hosts/run.sh                everything
#   bash tests/hosts/run.sh -tc="*Cord*"   arguments go to doctest
#
# GRAPHFREEZE_PYTHON  an interpreter that has TensorFlow, instead of the virtual environment
set -euo pipefail
cd "$(dirname "$0")/../.."
source cmake/install_packages.sh
source tests/differential/environment.sh

out=$PWD/build/hosts
warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
passed=0 failed=0
export TF_CPP_MIN_LOG_LEVEL=2

give_up() {
  echo "$1" >&2
  echo "0 passed, 1 failed"
  exit 1
}

# row NAME COMMAND...: one check, which passes when the command does.
row() {
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "failed: $name" >&2
  fi
}

# The flags of the compiler: the wheel's headers are those of a system, before Debian's own of the same names.
headers() {
  "$@" -isystem "$tensorflow/include" -Iinclude "${warnings[@]}"
}

# The umbrella, in the strictest setting that the library promises.
compile_umbrella() {
  headers "$1" "-std=$2" -fsyntax-only -fno-exceptions -fno-rtti -x c++ - <<<'#include <graphfreeze/graphfreeze.hpp>'
}

compile_host() {
  headers g++ -std=c++17 -MMD -MF "$out/host.d" -c tests/hosts/tensorflow_host.cpp -o "$out/host.o"
}

# A header that the wheel lacks would be found in Debian's Abseil or protobuf, and mix the two.
only_the_wheels_headers() {
  ! tr -s ' \\' '\n' <"$out/host.d" | grep -E '^/usr/(local/)?include/(absl|google)/'
}

# Without --no-as-needed nothing registers a Session.
link_host() {
  g++ "$out/host.o" -o "$out/tensorflow_host" -L"$tensorflow" -Wl,--no-as-needed -l:libtensorflow_cc.so.2 \
    -l:libtensorflow_framework.so.2 "-Wl,-rpath,$tensorflow"
}

# What doctest's summary counts; a crash before it is one failure.
run_host() {
  local log=$out/host.log status=0 good=0 bad=0
  "$out/tensorflow_host" "$out/models" --no-colors=true "$@" 2>&1 | tee "$log" || status=$?
  read -r good bad < <(sed -n 's/^\[doctest\] test cases: *[0-9]* *| *\([0-9]*\) passed *| *\([0-9]*\) failed.*/\1 \2/p' "$log") || true
  ((status != 0 && bad == 0)) && bad=1
  ((good + bad == 0)) && bad=1
  passed=$((passed + good)) failed=$((failed + bad))
}

install_packages "${build_packages[@]}" clang || give_up "No compilers."
find_python || give_up "No Python environment."
tensorflow=$("$python" -c 'from importlib.util import find_spec; print(find_spec("tensorflow").submodule_search_locations[0])') ||
  give_up "$python has no TensorFlow."
rm -rf "$out"
mkdir -p "$out"

# The host takes longest to compile; everything else is done beside it.
compile_host &
host=$!
row "models" "$python" -B tests/hosts/make_models.py "$out/models"
row "umbrella, clang++, c++17" compile_umbrella clang++ c++17
row "umbrella, clang++, c++20" compile_umbrella clang++ c++20
row "umbrella, g++, c++20" compile_umbrella g++ c++20
row "host compiles" wait "$host"
row "host has the wheel's headers alone" only_the_wheels_headers
row "host links" link_host
run_host "$@"

echo "$passed passed, $failed failed"
((failed == 0))
