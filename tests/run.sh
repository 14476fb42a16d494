#!/usr/bin/env bash
# Builds and runs all tests: installs what is missing from Debian's packages (as root), builds in build/,
# and closes with "N passed, N failed". Counts doctest's test cases, and each other CTest test as one.
set -euo pipefail
cd "$(dirname "$0")/.."
source cmake/install_packages.sh

# CTest's JUnit report -> "passed failed". A test with a doctest summary in its output counts as its test cases,
# and as a failure more when it failed without a failed case (a crash, a sanitizer's report).
count_results() {
  awk '
    /<testcase / { status = $0; sub(/.* status="/, "", status); sub(/".*/, "", status); cases = 0 }
    /\[doctest\] test cases:/ { gsub(/[|:]/, " "); cases = 1; good = bad = 0
                                for (i = 2; i <= NF; ++i) { if ($i == "passed") good = $(i - 1)
                                                            if ($i == "failed") bad = $(i - 1) } }
    /<\/testcase>/ { if (!cases) { good = (status == "run"); bad = 0 }
                     if (status != "run" && bad == 0) bad = 1
                     passed += good; failed += bad }
    END { print passed + 0, failed + 0 }' "$1"
}

if ! { install_packages "${build_packages[@]}" pkgconf &&
       cmake -S . -B build -DGRAPHFREEZE_BUILD_TESTS=ON &&
       cmake --build build --parallel "$(nproc)"; }; then
  echo "0 passed, 1 failed"
  exit 1
fi

report=$PWD/build/tests.xml
rm -f "$report"
ctest_status=0
ctest --test-dir build --parallel "$(nproc)" --output-on-failure --output-junit "$report" \
  --test-output-size-passed 100000000 --test-output-size-failed 100000000 || ctest_status=$?
read -r passed failed < <(count_results "$report")
if ((ctest_status != 0 && failed == 0)) || ((passed + failed == 0)); then
  failed=1
fi
echo "$passed passed, $failed failed"
((failed == 0))
