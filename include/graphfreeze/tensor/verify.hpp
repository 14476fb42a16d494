// VerifyChecks: compares stored checksums with the bytes, in parallel and in bounded memory.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/io/executor.hpp>
#include <graphfreeze/io/source.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/tensor.hpp>
#include <graphfreeze/wire/crc32c.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// What a mismatch is reported as.
inline absl::Status ChecksumMismatch(std::string_view key, const ByteRange& range, std::uint32_t stored,
                                     std::uint32_t computed) {
  return DataLoss("tensor '", key, "' is damaged: '", range.source.name(), "', ", range.size, " bytes at offset ",
                  range.offset, ": its stored checksum is ", wire::HexCrc(stored), " but its bytes have ",
                  wire::HexCrc(computed),
                  "; copy the checkpoint again, all its files from one save (or turn verification off)");
}

namespace verify_detail {

// Work is cut into units of about this many bytes, and a source without a view is read this much at a time.
inline constexpr std::uint64_t kUnitBytes = 1 << 20;

// The CRC of a part of a source.
inline absl::StatusOr<std::uint32_t> CrcOf(const ByteRange& range, const wire::Crc32c& crc) {
  GRAPHFREEZE_RETURN_IF_ERROR(range.source.Contains(range.offset, range.size));
  if (range.source.has_view()) {
    return crc.Of(range.source.view().substr(static_cast<std::size_t>(range.offset),
                                             static_cast<std::size_t>(range.size)));
  }
  std::string buffer(static_cast<std::size_t>((std::min)(range.size, kUnitBytes)), '\0');
  std::uint32_t value = 0;
  for (std::uint64_t done = 0; done < range.size;) {
    const std::size_t n = static_cast<std::size_t>((std::min)(range.size - done, kUnitBytes));
    GRAPHFREEZE_RETURN_IF_ERROR(range.source.Read(range.offset + done, absl::Span<char>(buffer.data(), n)));
    value = crc.Extend(value, std::string_view(buffer.data(), n));
    done += n;
  }
  return value;
}

}  // namespace verify_detail

// OK if all `checks` hold; else the error of the first in the list that does not, whatever the executor.
// Large ranges are worked on in parts, small ones several at a time.
inline absl::Status VerifyChecks(absl::Span<const CrcCheck> checks, wire::Crc32c crc = {},
                                 const Executor& executor = InlineExecutor()) {
  using verify_detail::kUnitBytes;
  // A unit is a part of one check, or several whole ones.
  struct Unit {
    std::size_t first = 0;
    std::size_t count = 0;
    std::uint64_t part = 0;  // counted in kUnitBytes
  };
  const auto parts_of = [](const CrcCheck& check) { return (check.range.size + kUnitBytes - 1) / kUnitBytes; };
  std::vector<Unit> units;
  constexpr std::uint64_t kFull = kUnitBytes + 1;
  std::uint64_t bytes = kFull;  // of the last unit
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const ByteRange& range = checks[i].range;
    GRAPHFREEZE_RETURN_IF_ERROR(Annotate(range.source.Contains(range.offset, range.size),
                                         Concat("tensor '", checks[i].key, "'")));
    if (range.size > kUnitBytes) {
      for (std::uint64_t part = 0; part < parts_of(checks[i]); ++part) units.push_back({i, 1, part});
      bytes = kFull;
    } else if (bytes + range.size <= kUnitBytes) {
      ++units.back().count;
      bytes += range.size;
    } else {
      units.push_back({i, 1, 0});
      bytes = range.size;
    }
  }

  std::vector<std::uint32_t> part_crcs(units.size());  // of units that are a part
  std::vector<absl::Status> problems(units.size());
  std::atomic<std::size_t> first_problem{units.size()};
  const auto run = [&](std::size_t u) {
    const Unit& unit = units[u];
    if (u > first_problem.load(std::memory_order_relaxed)) return;  // something before it is wrong already
    // Several small ranges that must be read are read at once. If that fails, one by one, to find whose error it is.
    std::vector<ByteRange> ranges;
    for (std::size_t i = unit.first; unit.count > 1 && i < unit.first + unit.count; ++i) ranges.push_back(checks[i].range);
    std::string buffer;
    std::vector<std::string_view> loaded;
    if (!LoadRanges(ranges, &buffer, &loaded).ok()) loaded.clear();
    for (std::size_t i = unit.first; i < unit.first + unit.count && problems[u].ok(); ++i) {
      const CrcCheck& check = checks[i];
      ByteRange range = check.range;
      const bool whole = range.size <= kUnitBytes;
      if (!whole) {
        range.offset += unit.part * kUnitBytes;
        range.size = (std::min)(kUnitBytes, check.range.size - unit.part * kUnitBytes);
      }
      const absl::StatusOr<std::uint32_t> value =
          loaded.empty() ? verify_detail::CrcOf(range, crc) : absl::StatusOr<std::uint32_t>(crc.Of(loaded[i - unit.first]));
      if (!value.ok()) {
        problems[u] = Annotate(value.status(), Concat("tensor '", check.key, "'"));
      } else if (!whole) {
        part_crcs[u] = *value;
      } else if (*value != check.crc32c) {
        problems[u] = ChecksumMismatch(check.key, check.range, check.crc32c, *value);
      }
    }
    if (problems[u].ok()) return;
    std::size_t seen = first_problem.load();
    while (u < seen && !first_problem.compare_exchange_weak(seen, u)) {
    }
  };
  executor(units.size(), run);

  // In the order of the list: the first problem is the same whichever unit ran first.
  const std::uint32_t full_part = wire::crc32c_detail::ZeroBytes(kUnitBytes);
  for (std::size_t u = 0; u < units.size(); ++u) {
    if (!problems[u].ok()) return problems[u];
    const CrcCheck& check = checks[units[u].first];
    const std::uint64_t parts = parts_of(check);
    if (units[u].count != 1 || parts < 2) continue;
    std::uint32_t value = part_crcs[u];
    for (std::uint64_t part = 1; part < parts; ++part) {
      if (!problems[u + part].ok()) return problems[u + part];
      const std::uint64_t size = (std::min)(kUnitBytes, check.range.size - part * kUnitBytes);
      value = size == kUnitBytes ? wire::crc32c_detail::Multiply(full_part, value) ^ part_crcs[u + part]
                                 : wire::Crc32c::Combine(value, part_crcs[u + part], size);
    }
    if (value != check.crc32c) return ChecksumMismatch(check.key, check.range, check.crc32c, value);
    u += static_cast<std::size_t>(parts - 1);
  }
  return absl::OkStatus();
}

GRAPHFREEZE_NAMESPACE_END
