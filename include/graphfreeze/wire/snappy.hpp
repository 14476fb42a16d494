// Snappy, decompression only: the raw block format (no framing) that tables may store their blocks in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/wire/proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace wire {

// Decompresses one block. Nothing is allocated for a size above `max_size`, or above what this many
// compressed bytes can possibly expand to (a copy of 3 bytes yields at most 64).
inline absl::StatusOr<std::string> SnappyDecompress(std::string_view compressed, std::uint64_t max_size) {
  const char* p = compressed.data();
  const char* const end = p + compressed.size();
  std::uint64_t size = 0;
  const char* const body = ReadVarint(p, end, &size);
  if (body == nullptr || body - p > 5 || size > 0xffffffffu) {
    return DataLoss("Snappy data does not begin with a valid length");
  }
  if (size > 22 * static_cast<std::uint64_t>(compressed.size()) + 64) {
    return DataLoss("Snappy data of ", compressed.size(), " bytes claims to expand to ", size);
  }
  if (size > max_size) {
    return ResourceExhausted("Snappy data expands to ", size, " bytes; at most ", max_size, " are accepted here");
  }
  p = body;
  std::string out(static_cast<std::size_t>(size), '\0');
  char* const begin = out.data();
  char* const out_end = begin + out.size();
  char* to = begin;
  const auto damaged = [&](std::string_view what) {
    return DataLoss("Snappy data is damaged at byte ", p - compressed.data(), " of ", compressed.size(), ": ", what);
  };
  while (p < end) {
    const std::uint32_t tag = static_cast<unsigned char>(*p++);
    const std::size_t extra = (tag & 3) == 0 ? (tag >> 2 < 60 ? 0 : (tag >> 2) - 59) : (tag & 3) == 3 ? 4 : tag & 3;
    if (static_cast<std::size_t>(end - p) < extra) return damaged("an element is cut short");
    std::uint32_t operand = 0;
    for (std::size_t i = 0; i < extra; ++i) {
      operand |= static_cast<std::uint32_t>(static_cast<unsigned char>(p[i])) << (8 * i);
    }
    p += extra;
    if ((tag & 3) == 0) {
      const std::uint64_t length = std::uint64_t{extra == 0 ? tag >> 2 : operand} + 1;
      if (length > static_cast<std::uint64_t>(end - p)) return damaged("a literal is longer than the rest");
      if (length > static_cast<std::uint64_t>(out_end - to)) return damaged("it expands to more than it claims");
      std::memcpy(to, p, static_cast<std::size_t>(length));
      p += length;
      to += length;
      continue;
    }
    const std::size_t length = (tag & 3) == 1 ? (tag >> 2 & 7) + 4 : (tag >> 2) + 1;
    const std::size_t offset = (tag & 3) == 1 ? (tag >> 5 << 8 | operand) : operand;
    if (offset == 0 || offset > static_cast<std::size_t>(to - begin)) return damaged("a copy from before the start");
    if (length > static_cast<std::size_t>(out_end - to)) return damaged("it expands to more than it claims");
    const char* from = to - offset;
    if (offset >= length) {
      std::memcpy(to, from, length);
      to += length;
    } else {
      // The ranges overlap: what has just been written is read again, a repeating pattern.
      for (std::size_t i = 0; i < length; ++i) *to++ = *from++;
    }
  }
  if (to != out_end) return damaged("it expands to less than it claims");
  return out;
}

}  // namespace wire
GRAPHFREEZE_NAMESPACE_END
