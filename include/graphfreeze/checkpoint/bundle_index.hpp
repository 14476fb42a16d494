// The index of a V2 checkpoint ("tensor bundle"): which tensors there are, and where their bytes lie.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/io/source.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/dtype.hpp>
#include <graphfreeze/tensor/shape.hpp>
#include <graphfreeze/wire/crc32c.hpp>
#include <graphfreeze/wire/proto.hpp>
#include <graphfreeze/wire/table.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// One tensor of a checkpoint, as its index describes it.
struct CheckpointEntry {
  std::string_view key;  // lives as long as the reader, or any copy of it
  DataType dtype = DataType::kInvalid;
  Shape shape;
  std::uint64_t bytes = 0;  // as stored; of a sliced tensor, all slices together
  bool sliced = false;      // stored in parts
};

namespace checkpoint_detail {

// A BundleEntryProto: of a whole tensor, or of one slice.
struct BundleEntry {
  DataType dtype = DataType::kInvalid;
  Shape shape;
  std::int32_t shard = 0;
  std::int64_t offset = 0;
  std::int64_t size = 0;
  std::uint32_t masked_crc = 0;
  bool sliced = false;

  static absl::StatusOr<BundleEntry> Parse(std::string_view proto) {
    BundleEntry entry;
    std::string_view shape;
    wire::FieldReader reader(proto);
    while (reader.Next()) {
      switch (reader.key()) {
        case wire::Key(1, wire::Type::kVarint): entry.dtype = static_cast<DataType>(reader.int32()); break;
        case wire::Key(2, wire::Type::kBytes): shape = reader.bytes(); break;
        case wire::Key(3, wire::Type::kVarint): entry.shard = reader.int32(); break;
        case wire::Key(4, wire::Type::kVarint): entry.offset = reader.int64(); break;
        case wire::Key(5, wire::Type::kVarint): entry.size = reader.int64(); break;
        case wire::Key(6, wire::Type::kFixed32):
          entry.masked_crc = static_cast<std::uint32_t>(reader.varint());
          break;
        case wire::Key(7, wire::Type::kBytes): entry.sliced = true; break;
        default: break;
      }
    }
    if (!reader.ok()) return reader.status("BundleEntryProto");
    GRAPHFREEZE_ASSIGN_OR_RETURN(entry.shape, Shape::Parse(shape));
    if (!entry.shape.IsFullyDefined()) {
      return InvalidArgument("a stored tensor cannot have the shape ", entry.shape.ToString());
    }
    if (entry.offset < 0 || entry.size < 0 || entry.shard < 0) {
      return InvalidArgument("shard ", entry.shard, ", offset ", entry.offset, ", size ", entry.size,
                             ": none of them can be negative");
    }
    return entry;
  }
};

// A BundleHeaderProto.
struct BundleHeader {
  std::int32_t shards = 0;
  bool big_endian = false;

  static absl::StatusOr<BundleHeader> Parse(std::string_view proto) {
    BundleHeader header;
    std::int32_t min_consumer = 0;
    bool refused = false;
    wire::FieldReader reader(proto);
    while (reader.Next()) {
      switch (reader.key()) {
        case wire::Key(1, wire::Type::kVarint): header.shards = reader.int32(); break;
        case wire::Key(2, wire::Type::kVarint): header.big_endian = reader.varint() != 0; break;
        case wire::Key(3, wire::Type::kBytes): {
          wire::FieldReader version(reader.bytes());
          const auto refuse = [&](std::uint64_t consumer) { refused |= static_cast<std::uint32_t>(consumer) == 1; };
          while (version.Next()) {
            switch (version.key()) {
              case wire::Key(2, wire::Type::kVarint): min_consumer = version.int32(); break;
              case wire::Key(3, wire::Type::kVarint): refuse(version.varint()); break;
              case wire::Key(3, wire::Type::kBytes):
                if (!wire::ForEachPackedVarint(version.bytes(), refuse)) return DataLoss("malformed VersionDef");
                break;
              default: break;
            }
          }
          if (!version.ok()) return version.status("VersionDef");
          break;
        }
        default: break;
      }
    }
    if (!reader.ok()) return reader.status("BundleHeaderProto");
    if (header.shards < 0) return InvalidArgument("a checkpoint of ", header.shards, " shards");
    if (min_consumer > 1 || refused) {
      return Unimplemented("it is written in a newer format (for readers of version ", min_consumer,
                           " on) than the one that is known, version 1");
    }
    if (header.big_endian) {
      return Unimplemented("it was written on a big-endian machine; load and save it once on a little-endian one");
    }
    return header;
  }
};

// True for the value that a V1 checkpoint has under the empty key: a message stands where a V2 header has the
// number of shards.
inline bool IsV1Header(std::string_view value) { return !value.empty() && value.front() == '\x0a'; }

inline absl::Status V1Unimplemented(std::string_view path) {
  return Unimplemented("'", path,
                       "' is a checkpoint in the V1 format, which is not read yet; load it in TensorFlow and save it "
                       "again with tf.compat.v1.train.Saver(write_version=SaverDef.V2)");
}

// Not movable: entries look at the text that it owns.
class BundleIndex {
 public:
  static absl::StatusOr<std::shared_ptr<const BundleIndex>> Read(const Source& file, wire::Crc32c crc,
                                                                 bool verify_crc) {
    wire::TableOptions options;
    options.verify_crc = verify_crc;
    GRAPHFREEZE_ASSIGN_OR_RETURN(const wire::Table table, wire::Table::Open(file, crc, options));
    auto index = std::make_shared<BundleIndex>();
    GRAPHFREEZE_RETURN_IF_ERROR(index->ReadTable(table));
    return std::shared_ptr<const BundleIndex>(std::move(index));
  }

  BundleIndex() = default;
  BundleIndex(const BundleIndex&) = delete;
  BundleIndex& operator=(const BundleIndex&) = delete;

  std::int32_t shards() const { return header_.shards; }
  absl::Span<const CheckpointEntry> entries() const { return entries_; }

  // Null if there is no such tensor.
  const CheckpointEntry* Find(std::string_view key) const {
    const auto it = std::lower_bound(entries_.begin(), entries_.end(), key,
                                     [](const CheckpointEntry& entry, std::string_view k) { return entry.key < k; });
    return it != entries_.end() && it->key == key ? &*it : nullptr;
  }
  // Where the bytes of one of entries() lie. REQUIRES: it is not sliced.
  BundleEntry Locate(const CheckpointEntry& entry) const {
    const Location& location = locations_[Position(entry)];
    return {entry.dtype, entry.shape, location.shard, location.offset, static_cast<std::int64_t>(entry.bytes),
            location.masked_crc, false};
  }
  // The BundleEntryProto of one of entries().
  std::string_view Proto(const CheckpointEntry& entry) const { return locations_[Position(entry)].proto; }
  // The BundleEntryProto of a slice, by its whole key; null data if there is none.
  std::string_view FindSlice(std::string_view key) const {
    const auto it = std::lower_bound(slices_.begin(), slices_.end(), key,
                                     [](const Slice& slice, std::string_view k) { return slice.key < k; });
    return it != slices_.end() && it->key == key ? it->proto : std::string_view();
  }

 private:
  struct Location {
    std::string_view proto;
    std::int64_t offset;
    std::int32_t shard;
    std::uint32_t masked_crc;
  };
  struct Slice {
    std::string_view key;
    std::string_view proto;
  };

  std::size_t Position(const CheckpointEntry& entry) const {
    return static_cast<std::size_t>(&entry - entries_.data());
  }

  absl::Status ReadTable(const wire::Table& table) {
    const std::string_view name = table.source().name();
    // Keys share prefixes in the file, so that a small file can describe many long ones: bounded by a multiple.
    const std::uint64_t max_key_bytes = (std::uint64_t{64} << 20) + 64 * table.source().size();
    bool has_header = false;
    GRAPHFREEZE_RETURN_IF_ERROR(table.ForEach([&](std::string_view key, std::string_view value,
                                                  const std::shared_ptr<const void>& owner) -> absl::Status {
      if (!has_header) {
        if (!key.empty()) return InvalidArgument("'", name, "' is a table, but not the index of a checkpoint");
        if (IsV1Header(value)) return V1Unimplemented(name);
        absl::StatusOr<BundleHeader> header = BundleHeader::Parse(value);
        if (!header.ok()) return Annotate(header.status(), Concat("'", name, "'"));
        header_ = *header;
        has_header = true;
        return absl::OkStatus();
      }
      if (owners_.empty() || owners_.back() != owner) owners_.push_back(owner);
      keys_.append(key.data(), key.size());
      if (keys_.size() > max_key_bytes) return ResourceExhausted("'", name, "' has unreasonably long keys");
      if (key.front() == '\0') {
        slices_.push_back({std::string_view(nullptr, key.size()), value});
        return absl::OkStatus();
      }
      absl::StatusOr<BundleEntry> entry = BundleEntry::Parse(value);
      if (!entry.ok()) return Annotate(entry.status(), Concat("'", name, "', tensor '", key, "'"));
      locations_.push_back({value, entry->offset, entry->shard, entry->masked_crc});
      CheckpointEntry& listed = entries_.emplace_back();
      listed.key = std::string_view(nullptr, key.size());
      listed.dtype = entry->dtype;
      listed.bytes = entry->sliced ? BytesOf(*entry) : static_cast<std::uint64_t>(entry->size);
      listed.shape = std::move(entry->shape);
      listed.sliced = entry->sliced;
      return absl::OkStatus();
    }));
    if (!has_header) return DataLoss("'", name, "' has no header; it is not the index of a checkpoint");
    // Slices come first, their keys begin with a zero byte. The text has stopped moving: make the views.
    std::size_t at = 0;
    const auto settle = [&](std::string_view* key) {
      *key = std::string_view(keys_).substr(at, key->size());
      at += key->size();
    };
    for (Slice& slice : slices_) settle(&slice.key);
    for (CheckpointEntry& entry : entries_) settle(&entry.key);
    return absl::OkStatus();
  }

  // For the listing of a sliced tensor; a shape that is too large is an error when the tensor is used.
  static std::uint64_t BytesOf(const BundleEntry& entry) {
    const absl::StatusOr<std::int64_t> elements = entry.shape.NumElements();
    std::uint64_t bytes = 0;
    if (!elements.ok() ||
        __builtin_mul_overflow(static_cast<std::uint64_t>(*elements), ElementSize(entry.dtype), &bytes)) {
      return (std::numeric_limits<std::uint64_t>::max)();
    }
    return bytes;
  }

  BundleHeader header_;
  std::string keys_;
  std::vector<CheckpointEntry> entries_;  // by key
  std::vector<Location> locations_;       // the same order
  std::vector<Slice> slices_;             // by key
  std::vector<std::shared_ptr<const void>> owners_;
};

}  // namespace checkpoint_detail
GRAPHFREEZE_NAMESPACE_END
