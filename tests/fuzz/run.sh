#!/usr/bin/env bash
# Runs every fuzzer for some seconds (60 unless told otherwise), from the fixtures as seeds.
#   bash tests/fuzz/run.sh [seconds]
set -euo pipefail
cd "$(dirname "$0")/../.."
. cmake/install_packages.sh
install_packages clang libclang-rt-dev
seconds=${1:-60}
build=build-fuzz
CXX=clang++ cmake -S . -B $build -DGRAPHFREEZE_BUILD_FUZZ=ON -DGRAPHFREEZE_BUILD_TESTS=OFF -DGRAPHFREEZE_BUILD_EXAMPLES=OFF -DGRAPHFREEZE_INSTALL=OFF >/dev/null
cmake --build $build --target checkpoint_fuzz freeze_fuzz saved_model_fuzz text_fuzz
mkdir -p $build/seeds/{checkpoint,freeze,saved_model,text}
# A checkpoint seed is: length of the data file in two bytes, the data file, the index.
for index in $(find tests/fixtures -name '*.index' -size -20k); do
  data=${index%.index}.data-00000-of-00001
  [ -f "$data" ] || continue
  n=$(stat -c %s "$data")
  [ "$n" -lt 20000 ] || continue
  { printf "\\x$(printf %02x $((n / 256)))\\x$(printf %02x $((n % 256)))"; cat "$data" "$index"; } >"$build/seeds/checkpoint/$(echo "$index" | tr / _)"
done
find tests/fixtures \( -name '*.pb' -o -name '*.meta' \) -size -60k -exec cp --backup=numbered {} $build/seeds/freeze/ \;
find tests/fixtures -name '*.pbtxt' -size -60k -exec cp --backup=numbered {} $build/seeds/text/ \;
find tests/fixtures -name '*.pbtxt' -size -60k -exec cp --backup=numbered {} $build/seeds/freeze/ \;
cp tests/fixtures/graphs/saved_model.pb tests/fixtures/graphs/saved_model.pbtxt tests/fuzz/saved_model_seed.pbtxt $build/seeds/saved_model/
passed=0 failed=0
for name in checkpoint freeze saved_model text; do
  mkdir -p $build/corpus/$name
  program=$(find $build -type f -name ${name}_fuzz -perm -u+x | head -1)
  if "$program" -max_total_time="$seconds" -max_len=65536 -rss_limit_mb=2048 -timeout=20 -print_final_stats=0 -verbosity=0 \
    -artifact_prefix=$build/ $build/corpus/$name $build/seeds/$name; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "fuzzer $name found an input: see $build/"
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
