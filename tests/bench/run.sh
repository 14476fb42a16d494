#!/usr/bin/env bash
# Builds the benchmarks and runs them; needs about 3 GB of disk for a while.
set -euo pipefail
cd "$(dirname "$0")/../.."
source cmake/install_packages.sh
install_packages "${build_packages[@]}"
cmake -S . -B build-bench -DCMAKE_BUILD_TYPE=Release -DGRAPHFREEZE_BUILD_BENCH=ON -DGRAPHFREEZE_BUILD_TESTS=OFF \
  -DGRAPHFREEZE_BUILD_EXAMPLES=OFF >/dev/null
cmake --build build-bench --parallel "$(nproc)" --target scan_bench inference_bench index_bench freeze_bench plan_bench >/dev/null
folder=$(mktemp -d "$PWD/build-bench/data.XXXXXX")
trap 'rm -rf "$folder"' EXIT
build-bench/tests/bench/scan_bench
build-bench/tests/bench/inference_bench
build-bench/tests/bench/index_bench "$folder"
build-bench/tests/bench/freeze_bench "$folder"
build-bench/tests/bench/plan_bench "$folder"
