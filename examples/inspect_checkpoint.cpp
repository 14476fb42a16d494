// What is in a checkpoint, and whether it is whole.
//
//   model.ckpt.index ───── keys, types, shapes ──┐
//   model.ckpt.data-* ──── values, checksums ────┴── a line for each tensor, the largest first
//
//   inspect_checkpoint model.ckpt             all tensors
//   inspect_checkpoint model.ckpt 'conv*/w'   those with such a key
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <graphfreeze/graphfreeze.hpp>

namespace gf = graphfreeze;

// What floats there are: what has diverged in training shows here.
std::string Describe(const gf::TensorView& tensor) {
  if (tensor.dtype() != gf::DataType::kFloat || tensor.bytes().empty()) return {};
  float low = std::numeric_limits<float>::infinity(), high = -low;
  std::size_t nans = 0;
  for (std::size_t at = 0; at < tensor.bytes().size(); at += sizeof(float)) {
    float value;
    std::memcpy(&value, tensor.bytes().data() + at, sizeof(float));  // tensors in files are not aligned
    if (value != value) ++nans;
    low = (std::min)(low, value);
    high = (std::max)(high, value);
  }
  char text[96];
  std::snprintf(text, sizeof(text), "%.3g to %.3g", static_cast<double>(low), static_cast<double>(high));
  return nans == 0 ? text : gf::Concat(text, ", and ", nans, " NaN");
}

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) return std::fputs("usage: inspect_checkpoint CHECKPOINT [PATTERN]\n", stderr), 2;
  const absl::StatusOr<gf::CheckpointReader<>> reader = gf::CheckpointReader<>::Open(argv[1]);
  if (!reader.ok()) return std::fprintf(stderr, "%s\n", reader.status().ToString().c_str()), 1;

  const gf::Globs wanted({argc == 3 ? argv[2] : "*"});
  std::vector<const gf::CheckpointEntry*> entries;
  for (const gf::CheckpointEntry& entry : reader->keys()) {
    if (wanted.Matches(entry.key)) entries.push_back(&entry);
  }
  std::stable_sort(entries.begin(), entries.end(), [](const auto* a, const auto* b) { return a->bytes > b->bytes; });

  std::uint64_t bytes = 0;
  std::size_t damaged = 0;
  for (const gf::CheckpointEntry* entry : entries) {
    // The mapped bytes, in which the checksum was compared: nothing is copied unless the tensor was stored in slices.
    const absl::StatusOr<gf::TensorView> tensor = reader->Get(entry->key);
    std::printf("%8llu  %-8s %-12s %-20s %s\n", static_cast<unsigned long long>(entry->bytes), gf::Name(entry->dtype).c_str(),
                entry->shape.ToString().c_str(), tensor.ok() ? Describe(*tensor).c_str() : tensor.status().ToString().c_str(),
                std::string(entry->key).c_str());
    bytes += entry->bytes;
    if (!tensor.ok()) ++damaged;
  }
  std::printf("%zu of %zu tensors, %llu bytes; files: %d; damaged: %zu\n", entries.size(), reader->keys().size(),
              static_cast<unsigned long long>(bytes), reader->shards(), damaged);
  return damaged == 0 ? 0 : 1;
}
