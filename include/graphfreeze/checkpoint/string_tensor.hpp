// String tensors as V2 checkpoints store them: all lengths, a checksum of the lengths, all bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/wire/crc32c.hpp>
#include <graphfreeze/wire/proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace checkpoint_detail {

// The `count` strings of the stored `bytes`, as views of them. `crc32c` is the (unmasked) checksum of the entry; it
// is not that of `bytes`: lengths enter it as numbers of fixed width.
inline absl::StatusOr<std::vector<std::string_view>> ReadStrings(std::string_view bytes, std::uint64_t count,
                                                                 std::uint32_t crc32c, wire::Crc32c crc, bool verify) {
  // Each length takes a byte at least: nothing is allocated for more strings than there can be.
  if (bytes.size() < 4 || count > bytes.size() - 4) {
    return DataLoss("its shape says ", count, " strings, but their lengths alone would not fit");
  }
  std::vector<std::string_view> strings;
  strings.reserve(static_cast<std::size_t>(count));
  const char* p = bytes.data();
  const char* const end = p + bytes.size();
  std::uint64_t total = 0;
  std::uint32_t computed = 0;
  // Numbers are gathered and checked some at a time.
  char numbers[4096];
  std::size_t pending = 0;
  const auto flush = [&] {
    computed = crc.Extend(computed, std::string_view(numbers, pending));
    pending = 0;
  };
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t length = 0;
    p = wire::ReadVarint(p, end, &length);
    if (p == nullptr) return DataLoss("the length of string ", i, " is malformed");
    if (length > bytes.size() || (total += length) > bytes.size()) {
      return DataLoss("string ", i, " of ", length, " bytes reaches beyond its end");
    }
    const std::size_t width = length > 0xffffffffu ? 8 : 4;
    std::memcpy(numbers + pending, &length, width);
    pending += width;
    if (pending + 8 > sizeof numbers) flush();
    strings.emplace_back(nullptr, static_cast<std::size_t>(length));
  }
  flush();
  if (static_cast<std::uint64_t>(end - p) < 4 || total != static_cast<std::uint64_t>(end - p) - 4) {
    return DataLoss("its strings should take ", total, " bytes and a checksum, but ", end - p, " bytes are there");
  }
  const std::string_view stored_bytes(p, 4);
  if (verify) {
    const std::uint32_t stored = wire::Crc32c::Unmask(wire::LoadFixed32(p));
    if (stored != computed) {
      return DataLoss("the stored checksum of its lengths is ", wire::HexCrc(stored), " but they have ",
                      wire::HexCrc(computed));
    }
    computed = crc.Extend(computed, stored_bytes);
    computed = crc.Extend(computed, std::string_view(p + 4, static_cast<std::size_t>(total)));
    if (computed != crc32c) {
      return DataLoss("its stored checksum is ", wire::HexCrc(crc32c), " but its bytes have ",
                      wire::HexCrc(computed));
    }
  }
  p += 4;
  for (std::string_view& string : strings) {
    string = std::string_view(p, string.size());
    p += string.size();
  }
  return strings;
}

}  // namespace checkpoint_detail
GRAPHFREEZE_NAMESPACE_END
