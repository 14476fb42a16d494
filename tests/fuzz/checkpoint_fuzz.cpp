// Any bytes as the index and the data file of a checkpoint: errors or tensors, never a crash.
// Checksums are off, so that the fuzzer gets behind them.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <graphfreeze/checkpoint/checkpoint_reader.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  const std::string all(reinterpret_cast<const char*>(bytes), size);
  // The first two bytes say how much of the rest is the data file.
  const std::size_t data_size = (static_cast<std::size_t>(bytes[0]) << 8 | bytes[1]) % (size - 1);
  graphfreeze::MemoryFileSystem files;
  files.Put("m.index", all.substr(2 + (data_size > size - 2 ? size - 2 : data_size)));
  files.Put("m.data-00000-of-00001", all.substr(2, data_size));
  graphfreeze::CheckpointOptions options;
  options.verify_checksums = false;
  const auto reader = graphfreeze::CheckpointReader<graphfreeze::MemoryFileSystem>::Open("m", options, files);
  if (!reader.ok()) return 0;
  std::size_t budget = 64;
  for (const auto& entry : reader->keys()) {
    if (budget-- == 0) break;
    const auto measure = reader->Measure(entry.key);
    const auto tensor = reader->Get(entry.key);
    if (!tensor.ok()) continue;
    // What is told without reading holds.
    if (!measure.ok() || (tensor->strings().empty() && measure->bytes != tensor->bytes().size())) std::abort();
    std::size_t sum = tensor->bytes().size();
    for (const char c : tensor->bytes()) sum += static_cast<unsigned char>(c);  // touch every byte
    for (const std::string_view s : tensor->strings()) sum += s.size();
    if (sum == 1) budget += 0;
  }
  return 0;
}
