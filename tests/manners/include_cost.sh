#!/usr/bin/env bash
# What it costs to include the library, against the headers of Abseil, Protocol Buffers and the standard library that it
# needs itself. Bytes after preprocessing are checked, since they are the same on every machine.
#
#   bash tests/manners/include_cost.sh            checks the bytes
#   bash tests/manners/include_cost.sh --times    also prints milliseconds, which are no part of the check
set -euo pipefail
cd "$(dirname "$0")/../.."
source tests/manners/baseline.sh

# Bytes of our own that the umbrella has; more than 5 % above fails. A change that is worth its bytes records them here.
recorded=1295000
# The umbrella may have this many per mille of the bytes of what it needs.
budget=1300

compiler=${CXX:-g++}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
baseline_headers >"$folder/baseline.cpp"
grep -E -A1 '__has_include\(<(absl|google)/' "$folder/baseline.cpp" | grep '^#include' >"$folder/libraries.cpp"
echo '#include <graphfreeze/graphfreeze.hpp>' >"$folder/umbrella.cpp"
echo '#include <graphfreeze/fwd.hpp>' >"$folder/fwd.cpp"
: >"$folder/nothing.cpp"

bytes_of() { "$compiler" -std=c++17 -Iinclude -E -P "$folder/$1.cpp" | wc -c; }
baseline=$(bytes_of baseline) libraries=$(bytes_of libraries) umbrella=$(bytes_of umbrella)
own=$((umbrella - baseline)) ratio=$((umbrella * 1000 / baseline))

echo "umbrella $umbrella bytes, of which $own our own (recorded: $recorded)"
echo "what it needs: $baseline; of that Abseil and Protocol Buffers alone: $libraries"
printf 'ratio %d.%03d (budget %d.%03d); against Abseil and Protocol Buffers alone %d.%03d\n' \
  $((ratio / 1000)) $((ratio % 1000)) $((budget / 1000)) $((budget % 1000)) \
  $((umbrella / libraries)) $((umbrella * 1000 / libraries % 1000))

# Milliseconds of the fastest of some runs.
time_of() {
  local runs=$1 unit=$2 best=999999 begin took
  for ((; runs > 0; --runs)); do
    begin=$(date +%s%N)
    "$compiler" -std=c++17 -Iinclude -fsyntax-only "$folder/$unit.cpp"
    took=$((($(date +%s%N) - begin) / 1000000))
    ((took < best)) && best=$took
  done
  printf '%6d ms  %s\n' "$best" "$unit"
}
if [[ ${1:-} == --times ]]; then
  time_of 20 nothing
  time_of 20 fwd
  time_of 3 libraries
  time_of 3 baseline
  time_of 3 umbrella
fi

status=0
if ((own * 100 > recorded * 105)); then
  echo "Our own bytes grew by more than 5 %. Where they are worth it, record them in tests/manners/include_cost.sh." >&2
  status=1
fi
if ((ratio > budget)); then
  echo "The umbrella is over its budget." >&2
  status=1
fi
exit "$status"
