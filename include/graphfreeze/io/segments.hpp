// SegmentList: a long run of bytes that is never put together until somebody asks for it. Headers lie in an
// arena, weights in the mapped files (or in storage that must be read); the list says in which order.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/io/source.hpp>
#include <graphfreeze/support/arena.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// One run of bytes: in memory, or in a source that must be read.
struct Segment {
  static constexpr std::uint32_t kInMemory = 0xffffffffu;

  const char* data = nullptr;       // null unless in memory
  std::uint64_t size = 0;
  std::uint64_t offset = 0;         // in the source
  std::uint32_t source = kInMemory;  // number of the source that the bytes come from
  // The CRC-32C that was stored for exactly these bytes, if there is one.
  bool has_crc = false;
  std::uint32_t crc32c = 0;

  std::string_view bytes() const { return {data, static_cast<std::size_t>(size)}; }
};

class SegmentList {
 public:
  SegmentList() : arena_(std::make_shared<Arena>()) {}

  // Bytes that somebody else keeps alive (see Keep). Short ones are copied: a segment costs more than they do.
  void Append(std::string_view bytes) {
    if (bytes.empty()) return;
    size_ += bytes.size();
    if (!run_.empty() && run_.data() + run_.size() == bytes.data()) {  // the next bytes of the same run
      run_ = std::string_view(run_.data(), run_.size() + bytes.size());
      return;
    }
    FlushRun();
    run_ = bytes;
  }

  // Bytes that are copied.
  void AppendCopy(std::string_view bytes) {
    FlushRun();
    size_ += bytes.size();
    pending_.append(bytes.data(), bytes.size());
  }

  // Bytes of a source; `crc32c` is the stored checksum of exactly this range, if there is one.
  void Append(const ByteRange& range, std::optional<std::uint32_t> crc32c) {
    if (range.size == 0) return;
    Flush();
    size_ += range.size;
    Segment segment;
    segment.size = range.size;
    segment.offset = range.offset;
    segment.source = SourceNumber(range.source);
    if (range.source.has_view()) segment.data = range.source.view().data() + range.offset;
    segment.has_crc = crc32c.has_value();
    segment.crc32c = crc32c.value_or(0);
    segments_.push_back(segment);
  }

  // Segments of another list, bytes in memory all of them: who calls keeps them alive (see Keep), however short they are.
  void AppendShared(absl::Span<const Segment> others) {
    Flush();
    for (const Segment& segment : others) size_ += segment.size;
    segments_.insert(segments_.end(), others.begin(), others.end());
    cut_ = segments_.size();
  }

  // Makes room for so many segments more.
  void Reserve(std::size_t more) { segments_.reserve(segments_.size() + more); }

  // Keeps something alive as long as the list lives.
  void Keep(std::shared_ptr<const void> owner) { owners_.push_back(std::move(owner)); }

  // Ends the building of the list. What follows needs it.
  void Finish() { Flush(); }

  // The number of segments so far. What is appended from now on makes new ones.
  std::size_t Cut() {
    Flush();
    cut_ = segments_.size();
    return cut_;
  }

  std::uint64_t size() const { return size_; }
  absl::Span<const Segment> segments() const { return segments_; }
  const Source& source(std::uint32_t number) const { return sources_[number]; }
  // The shared owner of everything that the segments point at.
  std::vector<std::shared_ptr<const void>> owners() const {
    std::vector<std::shared_ptr<const void>> all = owners_;
    all.push_back(arena_);
    all.push_back(std::make_shared<const std::vector<Source>>(sources_));
    return all;
  }
  // Heap bytes that the list itself takes.
  std::uint64_t heap_bytes() const { return arena_->bytes() + segments_.capacity() * sizeof(Segment); }

  // Calls visit(std::string_view) -> absl::Status with the bytes from `begin` to `end`, in order, in chunks of
  // at most `chunk` bytes; what must be read is read into one buffer of that size.
  template <typename Visit>
  absl::Status ForEachChunk(std::size_t chunk, Visit&& visit) const {
    std::string buffer;
    for (const Segment& segment : segments_) {
      for (std::uint64_t at = 0; at < segment.size;) {
        const auto n = static_cast<std::size_t>((std::min)(segment.size - at, std::uint64_t{chunk}));
        GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string_view bytes, Read(segment, at, n, &buffer));
        GRAPHFREEZE_RETURN_IF_ERROR(visit(bytes));
        at += n;
      }
    }
    return absl::OkStatus();
  }

  // `size` bytes of a segment: where they lie, or read into `buffer`.
  absl::StatusOr<std::string_view> Read(const Segment& segment, std::uint64_t at, std::size_t size,
                                        std::string* buffer) const {
    if (segment.data != nullptr) return std::string_view(segment.data + at, size);
    if (buffer->size() < size) buffer->resize(size);
    GRAPHFREEZE_RETURN_IF_ERROR(
        sources_[segment.source].Read(segment.offset + at, absl::Span<char>(&(*buffer)[0], size)));
    return std::string_view(buffer->data(), size);
  }

 private:
  static constexpr std::size_t kWorthASegment = 256;

  void FlushRun() {
    if (run_.empty()) return;
    if (run_.size() < kWorthASegment) {
      pending_.append(run_.data(), run_.size());
    } else {
      FlushPending();
      PushMemory(run_);
    }
    run_ = std::string_view();
  }
  void FlushPending() {
    if (pending_.empty()) return;
    PushMemory(arena_->Copy(pending_));
    pending_.clear();
  }
  void Flush() {
    FlushRun();
    FlushPending();
  }
  void PushMemory(std::string_view bytes) {
    // Copies that follow one another in the arena are one segment.
    if (segments_.size() > cut_ && segments_.back().source == Segment::kInMemory &&
        segments_.back().data + segments_.back().size == bytes.data()) {
      segments_.back().size += bytes.size();
      return;
    }
    Segment segment;
    segment.data = bytes.data();
    segment.size = bytes.size();
    segments_.push_back(segment);
  }
  std::uint32_t SourceNumber(const Source& source) {
    // Weights come shard by shard: the source is nearly always one of the last. One that is not gets another number.
    constexpr std::size_t kLast = 64;
    const std::size_t first = sources_.size() > kLast ? sources_.size() - kLast : 0;
    for (std::size_t i = sources_.size(); i-- > first;) {
      if (sources_[i] == source) return static_cast<std::uint32_t>(i);
    }
    sources_.push_back(source);
    return static_cast<std::uint32_t>(sources_.size() - 1);
  }

  std::shared_ptr<Arena> arena_;
  std::vector<Segment> segments_;
  std::vector<Source> sources_;
  std::vector<std::shared_ptr<const void>> owners_;
  std::uint64_t size_ = 0;
  std::size_t cut_ = 0;
  std::string_view run_;  // referenced bytes that may still grow
  std::string pending_;   // copied bytes that may still grow
};

GRAPHFREEZE_NAMESPACE_END
