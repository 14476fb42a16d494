// Source: a shared owner of bytes (a mapped file, a buffer, an object in a store), read by range.
// ByteRange: a part of one. A weight is a ByteRange until the moment it is written.
//
// A source whose bytes lie in memory has a view; one that must be read (pread, object store) has none and
// is read in pieces. Everything built on either form works with both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// One of several ranges that are read together: `out.size()` bytes from `offset` on.
struct RangeRead {
  std::uint64_t offset = 0;
  absl::Span<char> out;
};

// What a Source is made of. Implemented by the file systems of the library; a file of one's own needs
// only the three or four members that Source::Of names.
class SourceInterface {
 public:
  virtual ~SourceInterface() = default;
  virtual std::uint64_t size() const = 0;
  // The bytes, if they lie in memory; `data() == nullptr` if they must be read.
  virtual std::string_view view() const = 0;
  // Fills every range. The ranges lie inside [0, size()).
  virtual absl::Status Read(absl::Span<const RangeRead> ranges) const = 0;
};

// Bytes that lie in memory, with what keeps them alive.
struct OwnedBytes {
  std::string_view bytes;
  std::shared_ptr<const void> owner;
};

// Cheap to copy; all copies share the bytes. Safe to read from several threads at once.
class Source {
 public:
  Source() = default;  // no bytes

  // Takes the bytes over.
  static Source Own(std::string bytes, std::string name = "memory") {
    auto owner = std::make_shared<const std::string>(std::move(bytes));
    const std::string_view view = *owner;
    return Share(view, std::move(owner), std::move(name));
  }
  // Borrows the bytes: the caller keeps them alive and unchanged as long as anything made from them lives.
  static Source Borrow(std::string_view bytes, std::string name = "memory") {
    return Share(bytes, nullptr, std::move(name));
  }
  // Bytes that live as long as `owner`.
  static Source Share(std::string_view bytes, std::shared_ptr<const void> owner, std::string name = "memory") {
    struct Memory final : SourceInterface {
      Memory(std::string_view b, std::shared_ptr<const void> o) : bytes(b), keep(std::move(o)) {}
      std::uint64_t size() const override { return bytes.size(); }
      std::string_view view() const override {
        return bytes.data() == nullptr ? std::string_view("", 0) : bytes;
      }
      absl::Status Read(absl::Span<const RangeRead> ranges) const override {
        for (const RangeRead& range : ranges) {
          if (!range.out.empty()) std::memcpy(range.out.data(), bytes.data() + range.offset, range.out.size());
        }
        return absl::OkStatus();
      }
      std::string_view bytes;
      std::shared_ptr<const void> keep;
    };
    return Source(std::make_shared<const Memory>(bytes, std::move(owner)), std::move(name));
  }
  // A file of one's own. `file` has
  //   std::uint64_t size() const;
  //   absl::Status Read(std::uint64_t offset, absl::Span<char> out) const;
  // or, in place of Read, for stores that gain from several ranges at once,
  //   absl::Status ReadBatch(absl::Span<const RangeRead> ranges) const;
  // and may have
  //   std::string_view view() const;   // when the bytes lie in memory
  template <typename File>
  static Source Of(File file, std::string name) {
    return Source(std::make_shared<const Wrapped<File>>(std::move(file)), std::move(name));
  }
  Source(std::shared_ptr<const SourceInterface> impl, std::string name)
      : file_(impl ? std::make_shared<const Named>(Named{std::move(impl), std::move(name)}) : nullptr) {}

  explicit operator bool() const { return file_ != nullptr; }
  // The file's path, for messages.
  std::string_view name() const { return file_ ? std::string_view(file_->name) : std::string_view("nothing"); }
  std::uint64_t size() const { return file_ ? file_->impl->size() : 0; }
  bool has_view() const { return !file_ || file_->impl->view().data() != nullptr; }
  // All bytes. Empty when !has_view().
  std::string_view view() const { return file_ ? file_->impl->view() : std::string_view("", 0); }

  // Reads `out.size()` bytes from `offset` on. OutOfRange-like DataLoss if the source ends before.
  absl::Status Read(std::uint64_t offset, absl::Span<char> out) const {
    const RangeRead range{offset, out};
    return Read(absl::Span<const RangeRead>(&range, 1));
  }
  absl::Status Read(absl::Span<const RangeRead> ranges) const {
    for (const RangeRead& range : ranges) GRAPHFREEZE_RETURN_IF_ERROR(Contains(range.offset, range.out.size()));
    if (!file_) return absl::OkStatus();
    return file_->impl->Read(ranges);
  }

  // The bytes of a range in memory: a view where there is one, else a buffer that is read for the purpose.
  absl::StatusOr<OwnedBytes> Load(std::uint64_t offset, std::uint64_t size) const {
    GRAPHFREEZE_RETURN_IF_ERROR(Contains(offset, size));
    if (has_view()) return OwnedBytes{view().substr(offset, size), file_};
    auto buffer = std::make_shared<std::string>();
    buffer->resize(static_cast<std::size_t>(size));
    GRAPHFREEZE_RETURN_IF_ERROR(Read(offset, absl::Span<char>(&(*buffer)[0], buffer->size())));
    const std::string_view bytes = *buffer;
    return OwnedBytes{bytes, std::move(buffer)};
  }
  absl::StatusOr<OwnedBytes> LoadAll() const { return Load(0, size()); }

  // An error unless [offset, offset + size) lies inside.
  absl::Status Contains(std::uint64_t offset, std::uint64_t length) const {
    if (offset <= size() && length <= size() - offset) return absl::OkStatus();
    return DataLoss(name(), ": ", length, " bytes at offset ", offset, " reach beyond its end at ", size(),
                    "; the file is truncated or belongs to another set");
  }

  friend bool operator==(const Source& a, const Source& b) { return a.file_ == b.file_; }

 private:
  struct Named {
    std::shared_ptr<const SourceInterface> impl;
    std::string name;
  };
  template <typename File, typename = void>
  struct HasView : std::false_type {};
  template <typename File>
  struct HasView<File, std::void_t<decltype(std::declval<const File&>().view())>> : std::true_type {};
  template <typename File, typename = void>
  struct HasBatch : std::false_type {};
  template <typename File>
  struct HasBatch<File, std::void_t<decltype(std::declval<const File&>().ReadBatch(
                            std::declval<absl::Span<const RangeRead>>()))>> : std::true_type {};

  template <typename File>
  struct Wrapped final : SourceInterface {
    explicit Wrapped(File f) : file(std::move(f)) {}
    std::uint64_t size() const override { return file.size(); }
    std::string_view view() const override {
      if constexpr (HasView<File>::value) {
        return file.view();
      } else {
        return std::string_view();
      }
    }
    absl::Status Read(absl::Span<const RangeRead> ranges) const override {
      if constexpr (HasBatch<File>::value) {
        return file.ReadBatch(ranges);
      } else {
        for (const RangeRead& range : ranges) GRAPHFREEZE_RETURN_IF_ERROR(file.Read(range.offset, range.out));
        return absl::OkStatus();
      }
    }
    File file;
  };

  std::shared_ptr<const Named> file_;  // one pointer: there is a source in the memory of every weight, twice
};

// `size` bytes of `source` from `offset` on.
struct ByteRange {
  Source source;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

// Appends the bytes of each range to `bytes`: views where they lie in memory, else read into `buffer`, which is overwritten.
// Neighbours in the list that are of one source are read with one call, so that a store can fetch them at the same time.
inline absl::Status LoadRanges(absl::Span<const ByteRange> ranges, std::string* buffer, std::vector<std::string_view>* bytes) {
  std::uint64_t total = 0;
  for (const ByteRange& range : ranges) {
    GRAPHFREEZE_RETURN_IF_ERROR(range.source.Contains(range.offset, range.size));
    if (!range.source.has_view()) total += range.size;
  }
  buffer->resize(static_cast<std::size_t>(total));
  char* next = buffer->data();
  std::vector<RangeRead> reads;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const ByteRange& range = ranges[i];
    const auto size = static_cast<std::size_t>(range.size);
    if (range.source.has_view()) {
      bytes->push_back(range.source.view().substr(static_cast<std::size_t>(range.offset), size));
      continue;
    }
    reads.push_back({range.offset, absl::Span<char>(next, size)});
    bytes->emplace_back(next, size);
    next += size;
    if (i + 1 < ranges.size() && ranges[i + 1].source == range.source) continue;
    GRAPHFREEZE_RETURN_IF_ERROR(range.source.Read(reads));
    reads.clear();
  }
  return absl::OkStatus();
}

GRAPHFREEZE_NAMESPACE_END
