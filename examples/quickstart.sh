#!/usr/bin/env bash
# From a clone to a frozen model: builds the freeze_graph example and freezes the checkpoint in examples/data/.
# Installs what is missing from Debian's packages (as root).
set -euo pipefail
cd "$(dirname "$0")/.."
source cmake/install_packages.sh

install_packages "${build_packages[@]}"
cmake -S . -B build
cmake --build build --target freeze_graph --parallel "$(nproc)"

mkdir -p build/quickstart
set -x
build/examples/freeze_graph \
  --input_meta_graph examples/data/model.ckpt.meta --input_binary \
  --input_checkpoint examples/data/model.ckpt \
  --output_node_names output \
  --output_graph build/quickstart/frozen.pb
