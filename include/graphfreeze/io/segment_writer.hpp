// WriteSegments: a SegmentList into a file, in parts that an executor may write at the same time. The stored
// checksum of a segment is compared while its bytes are in the cache for being written: checking costs no
// second pass over the weights.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/io/executor.hpp>
#include <graphfreeze/io/posix.hpp>
#include <graphfreeze/io/segments.hpp>
#include <graphfreeze/io/source.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/wire/crc32c.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// Told now and then how many bytes of how many are done, from one thread at a time.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

struct WriteOptions {
  Executor executor = InlineExecutor();
  Progress progress;
  std::function<bool()> cancelled;
};

// A segment whose bytes are not what their stored checksum says.
struct BadSegment {
  std::size_t segment = 0;
  std::uint32_t computed = 0;
};

// Writes all bytes to `file`. With `verify`, `bad` gets the first segment in the list that does not have its
// stored checksum; the caller then does not commit the file.
inline absl::Status WriteSegments(const SegmentList& list, posix::AtomicFile* file, const WriteOptions& options,
                                  bool verify, std::vector<BadSegment>* bad) {
  // A unit is a range of the file of this size: small enough to stay in the cache between checksum and write.
  constexpr std::uint64_t kUnit = std::uint64_t{1} << 20;
  struct Part {  // of a segment, in one unit
    std::uint32_t segment;
    std::uint32_t crc;
    std::uint64_t at, size;
  };
  std::vector<Part> parts;
  std::vector<std::size_t> first_part;  // of each unit
  std::uint64_t position = 0;
  const absl::Span<const Segment> segments = list.segments();
  for (std::size_t s = 0; s < segments.size(); ++s) {
    for (std::uint64_t at = 0; at < segments[s].size;) {
      if (position % kUnit == 0) first_part.push_back(parts.size());
      const std::uint64_t size = (std::min)(segments[s].size - at, kUnit - position % kUnit);
      parts.push_back({static_cast<std::uint32_t>(s), 0, at, size});
      at += size;
      position += size;
    }
  }
  const std::size_t units = first_part.size();
  first_part.push_back(parts.size());

  GRAPHFREEZE_RETURN_IF_ERROR(file->Resize(list.size()));
  const wire::Crc32c crc;
  std::mutex mutex;
  absl::Status first_error;
  std::size_t error_unit = units;
  std::uint64_t done = 0;
  std::atomic<bool> stop{false};
  options.executor(units, [&](std::size_t unit) {
    if (stop) return;
    const auto write = [&]() -> absl::Status {
      if (options.cancelled && options.cancelled()) {
        return MakeStatus(absl::StatusCode::kCancelled, "cancelled by the caller");
      }
      // All of the unit that must be read, at once: small weights in a remote store would take a round trip each.
      std::vector<ByteRange> unread;
      for (std::size_t p = first_part[unit]; p < first_part[unit + 1]; ++p) {
        const Segment& segment = segments[parts[p].segment];
        if (segment.data == nullptr) unread.push_back({list.source(segment.source), segment.offset + parts[p].at, parts[p].size});
      }
      std::string buffer;
      std::vector<std::string_view> read, runs;
      GRAPHFREEZE_RETURN_IF_ERROR(LoadRanges(unread, &buffer, &read));
      std::size_t next_read = 0;
      for (std::size_t p = first_part[unit]; p < first_part[unit + 1]; ++p) {
        Part& part = parts[p];
        const Segment& segment = segments[part.segment];
        const std::string_view bytes = segment.data == nullptr
                                           ? read[next_read++]
                                           : std::string_view(segment.data + part.at, static_cast<std::size_t>(part.size));
        if (verify && segment.has_crc) part.crc = crc.Of(bytes);
        runs.push_back(bytes);
      }
      return file->WriteAt(unit * kUnit, runs);
    };
    const absl::Status status = write();
    const std::lock_guard<std::mutex> lock(mutex);
    if (!status.ok() && unit < error_unit) {
      error_unit = unit;
      first_error = status;
      stop = true;
    }
    done += (std::min)(kUnit, list.size() - unit * kUnit);
    if (options.progress && status.ok()) options.progress(done, list.size());
  });
  GRAPHFREEZE_RETURN_IF_ERROR(first_error);
  if (!verify) return absl::OkStatus();
  for (std::size_t p = 0; p < parts.size();) {
    const std::uint32_t number = parts[p].segment;
    std::uint32_t computed = 0;
    for (; p < parts.size() && parts[p].segment == number; ++p) {
      computed = parts[p].at == 0 ? parts[p].crc : wire::Crc32c::Combine(computed, parts[p].crc, parts[p].size);
    }
    if (segments[number].has_crc && computed != segments[number].crc32c) {
      bad->push_back({number, computed});
      return absl::OkStatus();
    }
  }
  return absl::OkStatus();
}

GRAPHFREEZE_NAMESPACE_END
