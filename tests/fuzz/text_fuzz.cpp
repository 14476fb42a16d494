// Any bytes as a text graph: an error, or bytes that are a graph again when they are printed and read.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <graphfreeze/model/text_format.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  for (const char* type : {"GraphDef", "SavedModel"}) {
    const auto binary = graphfreeze::TextToBinary(type, text);
    if (!binary.ok()) continue;
    const auto printed = graphfreeze::BinaryToText(type, *binary);
    if (!printed.ok()) continue;
    const auto again = graphfreeze::TextToBinary(type, *printed);
    if (!again.ok() || *again != *binary) std::abort();
  }
  return 0;
}
