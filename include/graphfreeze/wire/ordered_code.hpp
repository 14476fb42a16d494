// Ordered code: numbers and strings as bytes that sort like the values. Checkpoints name the stored slices
// of a tensor this way. Only encoding is needed: a slice is looked up by the key that it must have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <graphfreeze/support/config.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace wire {

// An unsigned number: the count of its significant bytes, then these, the highest first.
inline void PutOrderedNumber(std::string* out, std::uint64_t value) {
  int bytes = 0;
  while (bytes < 8 && value >> (8 * bytes) != 0) ++bytes;
  out->push_back(static_cast<char>(bytes));
  while (bytes-- > 0) out->push_back(static_cast<char>(value >> (8 * bytes) & 0xff));
}

// A string: 00 becomes 00 ff, ff becomes ff 00, and 00 01 ends it.
inline void PutOrderedString(std::string* out, std::string_view value) {
  for (const char c : value) {
    out->push_back(c);
    if (c == '\0') out->push_back('\xff');
    if (c == '\xff') out->push_back('\0');
  }
  out->push_back('\0');
  out->push_back('\x01');
}

// A signed number: two's complement of the fewest bytes L with 7 L - 1 bits for its magnitude, the highest
// first; the first L bits (counted over two bytes where L > 8) are inverted into a mark of the length.
inline void PutOrderedSigned(std::string* out, std::int64_t value) {
  const std::uint64_t magnitude = static_cast<std::uint64_t>(value < 0 ? ~value : value);
  int length = 1;
  while (length < 10 && magnitude >> (7 * length - 1) != 0) ++length;  // 7 * 10 - 1 would be past the type
  unsigned char bytes[10] = {};
  const std::uint64_t bits = static_cast<std::uint64_t>(value);
  for (int i = 0; i < length; ++i) {
    const int shift = 8 * (length - 1 - i);
    bytes[i] = shift < 64 ? static_cast<unsigned char>(bits >> shift & 0xff)
                          : static_cast<unsigned char>(value < 0 ? 0xff : 0);
  }
  const unsigned header = 0xffffu << (16 - length) & 0xffffu;
  bytes[0] = static_cast<unsigned char>(bytes[0] ^ header >> 8);
  if (length > 1) bytes[1] = static_cast<unsigned char>(bytes[1] ^ (header & 0xff));
  out->append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
}

}  // namespace wire
GRAPHFREEZE_NAMESPACE_END
