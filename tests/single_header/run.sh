#!/usr/bin/env bash
# The unit suite against the single header: every <graphfreeze/...> that a test includes is a file that includes
# single_include/graphfreeze.hpp, and include/ is not on the path. Closes with "N passed, N failed" test cases.
#
#   bash tests/single_header/run.sh              as it is
#   bash tests/single_header/run.sh --sanitize   under ASan and UBSan
#
# Clang compiles the header once, to a precompiled header and an object file with all its functions, so that the tests
# compile nothing but themselves: a minute for what takes a quarter of an hour otherwise.
set -euo pipefail
cd "$(dirname "$0")/../.."
source cmake/install_packages.sh

build=build-single-header
machine=(-O0)  # what also counts where nothing is included
case "${1:-}" in
  "") ;;
  --sanitize)
    build=build-sanitize
    machine+=(-g1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer) ;;
  *)
    echo "usage: bash tests/single_header/run.sh [--sanitize]" >&2
    exit 2 ;;
esac
flags=(-std=c++17 "${machine[@]}" -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
       "-I$build/headers" -Isingle_include -Itests "-DGRAPHFREEZE_FIXTURES=\"$PWD/tests/fixtures\"")

# compile SOURCE: to an object file named after it, with what the compiler says in a file beside it.
compile() {
  local object=$build/objects/${1#tests/}.o
  mkdir -p "$(dirname "$object")"
  clang++ "${flags[@]}" -include-pch "$build/library.pch" -c "$1" -o "$object" >"$object.log" 2>&1
}

# The header once; failures end the script, since no test could compile then.
build_library() {
  rm -rf "$build"
  (cd include && find graphfreeze -name '*.hpp') | while read -r header; do
    mkdir -p "$build/headers/$(dirname "$header")"
    echo '#include <graphfreeze.hpp>' >"$build/headers/$header"
  done
  printf '#include <doctest/doctest.h>\n#include <graphfreeze.hpp>\n' >"$build/library.hpp"
  clang++ "${flags[@]}" -x c++-header -fpch-instantiate-templates -Xclang -fmodules-codegen \
    "$build/library.hpp" -o "$build/library.pch" &&
    clang++ "${flags[@]}" -c tests/main.cpp -o "$build/main.o"
}

if ! install_packages "${build_packages[@]}" clang libclang-rt-dev pkgconf || ! build_library; then
  echo "0 passed, 1 failed"
  exit 1
fi
read -ra libraries < <(pkg-config --libs protobuf absl_cord absl_flat_hash_map absl_statusor)

passed=0 failed=0

# All functions of the header, while the tests compile.
clang++ "${machine[@]}" -c "$build/library.pch" -o "$build/library.o" &
running=1 sources=()
for source in tests/*/*_test.cpp; do
  [[ $source == tests/hosts/* ]] || sources+=("$source")  # those need classes that protoc makes, and test other programs
done
for source in "${sources[@]}"; do
  if ((running >= $(nproc))); then
    wait -n || true  # whether there is an object file tells below
    running=$((running - 1))
  fi
  compile "$source" &
  running=$((running + 1))
done
wait

# A folder of tests is a program, as in tests/CMakeLists.txt.
for layer in $(dirname "${sources[@]}" | sort -u | xargs -n1 basename); do
  objects=()
  for source in tests/"$layer"/*_test.cpp; do
    object=$build/objects/${source#tests/}.o
    if [[ -f $object ]]; then
      objects+=("$object")
    else
      echo "FAILED to compile $source against the single header:"
      head -n 40 "$object.log"
      failed=$((failed + 1))
    fi
  done
  program=$build/${layer}_test
  if ! clang++ "${machine[@]}" "${objects[@]}" "$build/main.o" "$build/library.o" "${libraries[@]}" -pthread -o "$program"; then
    failed=$((failed + 1))
    continue
  fi
  status=0
  "$program" --no-colors=true >"$program.log" 2>&1 || status=$?
  if [[ $(grep 'test cases:' "$program.log") =~ \|\ *([0-9]+)\ passed\ \|\ *([0-9]+)\ failed ]]; then
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
    ((status == 0 || BASH_REMATCH[2] > 0)) || failed=$((failed + 1))
  else
    failed=$((failed + 1)) status=1
  fi
  if ((status == 0)); then
    echo "$layer: $(grep 'test cases:' "$program.log")"
  else
    cat "$program.log"
  fi
done
echo "$passed passed, $failed failed"
((failed == 0))
