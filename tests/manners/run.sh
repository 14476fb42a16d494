#!/usr/bin/env bash
# The library's manners in a stranger's program: a table of checks, each with a compiler and a standard, and one line a
# row that says how it went. Closes with "N passed, N failed".
#
#   bash tests/manners/run.sh              all rows
#   bash tests/manners/run.sh macros g++   the rows that have all these words
set -uo pipefail
cd "$(dirname "$0")/../.."
source cmake/install_packages.sh
source tests/manners/baseline.sh

table='
symbols        g++      c++17
umbrella       g++      c++17
umbrella       g++      c++20
umbrella       g++      c++2b
umbrella       clang++  c++17
umbrella       clang++  c++20
umbrella       clang++  c++2b
reverse_order  g++      c++17
reverse_order  clang++  c++20
macros         g++      c++17
macros         clang++  c++17
same_tokens    g++      c++17
same_tokens    clang++  c++20
include_cost   g++      c++17
two_versions   g++      c++17
two_versions   clang++  c++17
'

# Checks run in the root of the sources, with $compiler, $standard and an empty $folder; they print what is wrong.
strict() {
  "$compiler" "-std=$standard" -fsyntax-only -Iinclude -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wmismatched-tags \
    -Werror -fno-exceptions -fno-rtti "$1"
}

# Everything, under strict warnings, without exceptions and RTTI. fwd.hpp comes first and must agree with the types.
check_umbrella() {
  {
    echo '#include <graphfreeze/fwd.hpp>'
    echo '#include <graphfreeze/graphfreeze.hpp>'
    sed -nE '/^template/{n;d}; s/^(class|struct|enum class) ([A-Za-z]+).*;.*$/static_assert(sizeof(graphfreeze::\2) > 0, "");/p' \
      include/graphfreeze/fwd.hpp
    echo 'static_assert(sizeof(graphfreeze::CheckpointReader<graphfreeze::LocalFileSystem>) > 0, "");'
    echo 'static_assert(sizeof(graphfreeze::Handlers<>) > 0, "");'
  } >"$folder/unit.cpp"
  grep -q 'graphfreeze::Freezer)' "$folder/unit.cpp" && strict "$folder/unit.cpp"
}

# All headers, the last one first: each is included before those that it would otherwise come after.
check_reverse_order() {
  (cd include && find graphfreeze -name '*.hpp') | LC_ALL=C sort -r | sed 's/.*/#include <&>/' >"$folder/unit.cpp"
  strict "$folder/unit.cpp"
}

# No macro survives an include but those in macros.txt.
check_macros() {
  baseline_headers >"$folder/baseline.cpp"
  echo '#include <graphfreeze/graphfreeze.hpp>' >"$folder/umbrella.cpp"
  local unit
  for unit in baseline umbrella; do
    "$compiler" "-std=$standard" -Iinclude -dM -E "$folder/$unit.cpp" | sed -E 's/^#define ([A-Za-z0-9_]+).*/\1/' |
      LC_ALL=C sort -u >"$folder/$unit.txt" || return
  done
  LC_ALL=C comm -13 "$folder/baseline.txt" "$folder/umbrella.txt" | diff tests/manners/macros.txt -
}

# The single header is the same program text as the headers, but for the line numbers in the names of some locals.
check_same_tokens() {
  local unit
  echo '#include <graphfreeze/graphfreeze.hpp>' >"$folder/headers.cpp"
  echo '#include <graphfreeze.hpp>' >"$folder/single.cpp"
  for unit in headers single; do
    "$compiler" "-std=$standard" -DNDEBUG -E -P -Iinclude -Isingle_include "$folder/$unit.cpp" |
      sed -E 's/graphfreeze_or_[0-9]+/graphfreeze_or_LINE/g' | tr -s '[:space:]' '\n' >"$folder/$unit.txt" || return
  done
  cmp "$folder/headers.txt" "$folder/single.txt" || {
    echo "single_include/graphfreeze.hpp is not what include/ says. Repair it with: cmake -P cmake/amalgamate.cmake"
    return 1
  }
}

check_include_cost() { CXX=$compiler bash tests/manners/include_cost.sh; }

# An object file that includes and uses everything neither ends the process nor prints, runs nothing before main() and
# has no mutable global, but for what Abseil and Protocol Buffers bring themselves.
check_symbols() {
  local unit wrong=0 banned='^(abort|exit|_exit|_Exit|quick_exit|raise|__assert_fail|.*printf(_chk)?|puts|fputs|std::(terminate|w?cout|w?cerr|w?clog)(\(\))?)$'
  cp tests/manners/everything.cpp "$folder/everything.cpp"
  baseline_headers >"$folder/baseline.cpp"
  for unit in baseline everything; do
    "$compiler" "-std=$standard" -O0 -DNDEBUG -fno-exceptions -fno-rtti -fkeep-inline-functions -ffunction-sections \
      -Iinclude -c "$folder/$unit.cpp" -o "$folder/$unit.o" || return
    nm -C --undefined-only "$folder/$unit.o" | sed -E 's/^ *[A-Za-z] //' | grep -E "$banned" | LC_ALL=C sort -u >"$folder/$unit.banned"
    nm -f sysv "$folder/$unit.o" | awk -F'|' '$4 ~ /OBJECT|TLS/ && $7 ~ /^ *\.(data|bss|tdata|tbss)/ && $7 !~ /\.data\.rel\.ro/ { print $1 }' |
      LC_ALL=C sort -u >"$folder/$unit.mutable"
    objdump -r "$folder/$unit.o" | awk -f tests/manners/symbols.awk | LC_ALL=C sort -u >"$folder/$unit.uses"
  done
  # Guards against a check that sees nothing: this object has functions of ours, the baseline has its initialiser.
  [[ $(nm -C --defined-only "$folder/everything.o" | grep -c ' graphfreeze::') -gt 2000 ]] ||
    { echo "the object file has hardly a function of the library"; wrong=1; }
  grep -q '^starts ' "$folder/baseline.uses" || { echo "no initialiser seen in the baseline"; wrong=1; }
  local found
  for found in banned mutable uses; do
    LC_ALL=C comm -13 "$folder/baseline.$found" "$folder/everything.$found" | c++filt >"$folder/found"
    [[ -s $folder/found ]] && { echo "not in the baseline ($found):"; cat "$folder/found"; wrong=1; }
  done
  return "$wrong"
}

# Two shared objects with different versions of the library in one process, with everything exported: each keeps to its
# own. The second version is a copy with other behaviour and another layout.
check_two_versions() {
  local minor
  cp -r include "$folder/other"
  minor=$(sed -n 's/^#define GRAPHFREEZE_VERSION_MINOR //p' include/graphfreeze/support/config.hpp)
  sed -i "s/^\(#define GRAPHFREEZE_VERSION_MINOR\) .*/\1 $((minor + 1))/" "$folder/other/graphfreeze/support/config.hpp"
  sed -i 's/Concat(prefix, ": ", FromAbsl/Concat(prefix, " -> ", FromAbsl/' "$folder/other/graphfreeze/support/status.hpp"
  sed -i 's/^struct Limits {/&\n  std::uint64_t of_this_version = 0;/' "$folder/other/graphfreeze/rewrite/pass.hpp"
  [[ $(diff -rq include "$folder/other" | wc -l) == 3 ]] || { echo "the other version is not made"; return 1; }

  local libraries build=("$compiler" "-std=$standard" -O0 -fPIC -shared tests/manners/shared_object.cpp)
  read -ra libraries < <(pkg-config --libs protobuf absl_cord absl_flat_hash_map absl_statusor)
  "${build[@]}" -DENTRY=FirstVersion -Iinclude -o "$folder/libfirst.so" "${libraries[@]}" &&
    "${build[@]}" -DENTRY=SecondVersion -I"$folder/other" -o "$folder/libsecond.so" "${libraries[@]}" || return
  local order
  for order in "-lfirst -lsecond" "-lsecond -lfirst"; do
    # shellcheck disable=SC2086
    "$compiler" tests/manners/host.cpp -o "$folder/host" -L"$folder" -Wl,-rpath,"$folder" -Wl,--no-as-needed $order &&
      "$folder/host" || return
  done
  for object in first second; do
    nm -D --defined-only "$folder/lib$object.so" | awk '{ print $3 }' | grep graphfreeze | LC_ALL=C sort -u >"$folder/$object.txt"
    [[ -s $folder/$object.txt ]] || { echo "lib$object.so exports nothing of the library"; return 1; }
  done
  [[ -z $(LC_ALL=C comm -12 "$folder/first.txt" "$folder/second.txt" | c++filt | head -20 | tee /dev/stderr) ]]
}

# One row: prints its line, and what it said if it failed. Status 2: the compiler does not have the standard.
run_row() {
  local check=$1 compiler=$2 standard=$3 begin=$SECONDS folder status=0 row
  printf -v row '%-14s %-8s %s' "$check" "$compiler" "$standard"
  if ! "$compiler" "-std=$standard" -fsyntax-only -x c++ /dev/null 2>/dev/null; then
    echo "absent $row"
    return 2
  fi
  folder=$(mktemp -d "$work/XXXXXX")
  "check_$check" >"$folder/log" 2>&1 || status=1
  if ((status == 0)); then
    echo "ok     $row  $((SECONDS - begin)) s"
  else
    printf 'FAILED %s\n%s\n' "$row" "$(head -n 60 "$folder/log" | sed 's/^/         /')"
  fi
  rm -rf "$folder"
  return "$status"
}

if ! install_packages "${build_packages[@]}" clang binutils pkgconf; then
  echo "0 passed, 1 failed"
  exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

rows=()
while read -r row; do
  for word in "$@"; do [[ " $row " == *" $word "* ]] || continue 2; done
  [[ -n $row ]] && rows+=("$row")
done < <(tr -s ' ' <<<"$table")

# As many rows at a time as there are processors.
passed=0 failed=0 running=0
count() {
  case $1 in
    0) passed=$((passed + 1)) ;;
    2) ;;
    *) failed=$((failed + 1)) ;;
  esac
}
for row in ${rows[@]+"${rows[@]}"}; do
  if ((running >= $(nproc))); then
    wait -n
    count $?
    running=$((running - 1))
  fi
  # shellcheck disable=SC2086
  run_row $row &
  running=$((running + 1))
done
while ((running > 0)); do
  wait -n
  count $?
  running=$((running - 1))
done
((passed + failed)) || failed=1
echo "$passed passed, $failed failed"
((failed == 0))
