#!/usr/bin/env bash
# A stranger without CMake: one command, with what pkg-config says. README shows it.
#
#   bash build.sh <include folder> <program>     the folder is include/ or single_include/
set -euo pipefail
include=$1 program=$2
main=$(dirname "$0")/../main.cpp

"${CXX:-g++}" -std=c++17 -I "$include" "$main" -o "$program" \
  $(pkg-config --cflags --libs protobuf absl_cord absl_flat_hash_map absl_statusor)
"$program"
