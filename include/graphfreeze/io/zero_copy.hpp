// SegmentList over protobuf's streams: as input for a message of the host, and out to any stream of its own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include <google/protobuf/io/zero_copy_stream.h>

#include <graphfreeze/io/segments.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// Hands out the segments where they lie; what must be read is read in chunks. The list must outlive the stream.
class SegmentInputStream final : public google::protobuf::io::ZeroCopyInputStream {
 public:
  explicit SegmentInputStream(const SegmentList& list) : list_(list) {}

  bool Next(const void** data, int* size) override {
    const absl::Span<const Segment> segments = list_.segments();
    while (segment_ < segments.size() && at_ == segments[segment_].size) {
      ++segment_;
      at_ = 0;
    }
    if (segment_ == segments.size()) return false;
    const std::uint64_t n = (std::min)(segments[segment_].size - at_, kChunk);
    absl::StatusOr<std::string_view> bytes =
        list_.Read(segments[segment_], at_, static_cast<std::size_t>(n), &buffer_);
    if (!bytes.ok()) {
      status_ = bytes.status();
      return false;
    }
    *data = bytes->data();
    *size = static_cast<int>(n);
    at_ += n;
    count_ += n;
    return true;
  }
  void BackUp(int count) override {
    at_ -= static_cast<std::uint64_t>(count);
    count_ -= static_cast<std::uint64_t>(count);
  }
  bool Skip(int count) override {
    const void* data;
    int size;
    while (count > 0) {
      if (!Next(&data, &size)) return false;
      if (size > count) BackUp(size - count);
      count -= (std::min)(size, count);
    }
    return true;
  }
  std::int64_t ByteCount() const override { return static_cast<std::int64_t>(count_); }
  // Why the stream ended early, if it did.
  const absl::Status& status() const { return status_; }

 private:
  static constexpr std::uint64_t kChunk = std::uint64_t{1} << 20;
  const SegmentList& list_;
  std::size_t segment_ = 0;
  std::uint64_t at_ = 0;
  std::uint64_t count_ = 0;
  std::string buffer_;
  absl::Status status_;
};

// Copies all bytes to the stream.
inline absl::Status CopyTo(const SegmentList& list, google::protobuf::io::ZeroCopyOutputStream* out) {
  return list.ForEachChunk(std::size_t{1} << 20, [&](std::string_view bytes) -> absl::Status {
    while (!bytes.empty()) {
      void* data;
      int size;
      if (!out->Next(&data, &size)) {
        return MakeStatus(absl::StatusCode::kUnavailable, "the output stream took no more bytes");
      }
      const std::size_t n = (std::min)(bytes.size(), static_cast<std::size_t>(size));
      std::memcpy(data, bytes.data(), n);
      bytes.remove_prefix(n);
      if (n < static_cast<std::size_t>(size)) out->BackUp(size - static_cast<int>(n));
    }
    return absl::OkStatus();
  });
}

GRAPHFREEZE_NAMESPACE_END
