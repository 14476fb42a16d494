// The index of a V2 checkpoint ("tensor bundle"): which tensors there are, and where their bytes lie.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/checkpoint/stored_tensors.hpp>
#include <graphfreeze/checkpoint/table.hpp>
#include <graphfreeze/io/source.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/dtype.hpp>
#include <graphfreeze/tensor/shape.hpp>
#include <graphfreeze/wire/crc32c.hpp>
#include <graphfreeze/wire/proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

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
    std::string_view version;
    wire::FieldReader reader(proto);
    while (reader.Next()) {
      switch (reader.key()) {
        case wire::Key(1, wire::Type::kVarint): header.shards = reader.int32(); break;
        case wire::Key(2, wire::Type::kVarint): header.big_endian = reader.varint() != 0; break;
        case wire::Key(3, wire::Type::kBytes): version = reader.bytes(); break;
        default: break;
      }
    }
    if (!reader.ok()) return reader.status("BundleHeaderProto");
    if (header.shards < 0) return InvalidArgument("a checkpoint of ", header.shards, " shards");
    GRAPHFREEZE_RETURN_IF_ERROR(CheckVersion(version));
    if (header.big_endian) {
      return Unimplemented("it was written on a big-endian machine; load and save it once on a little-endian one");
    }
    return header;
  }
};

// Not movable: entries look at the text that it owns.
class BundleIndex {
 public:
  static absl::StatusOr<std::shared_ptr<const BundleIndex>> Read(const Source& file, wire::Crc32c crc,
                                                                 bool verify_crc) {
    TableOptions options;
    options.verify_crc = verify_crc;
    GRAPHFREEZE_ASSIGN_OR_RETURN(const Table table, Table::Open(file, crc, options));
    auto index = std::make_shared<BundleIndex>();
    GRAPHFREEZE_RETURN_IF_ERROR(index->ReadTable(table));
    return std::shared_ptr<const BundleIndex>(std::move(index));
  }

  BundleIndex() = default;
  BundleIndex(const BundleIndex&) = delete;
  BundleIndex& operator=(const BundleIndex&) = delete;

  std::int32_t shards() const { return header_.shards; }
  absl::Span<const CheckpointEntry> entries() const { return entries_; }

  // The BundleEntryProto of one of entries().
  std::string_view Proto(const CheckpointEntry& entry) const {
    return protos_[static_cast<std::size_t>(&entry - entries_.data())];
  }
  // The BundleEntryProto of a slice, by its whole key; null data if there is none.
  std::string_view FindSlice(std::string_view key) const {
    const auto it = std::lower_bound(slices_.begin(), slices_.end(), key,
                                     [](const Slice& slice, std::string_view k) { return slice.key < k; });
    return it != slices_.end() && it->key == key ? it->proto : std::string_view();
  }

 private:
  struct Slice {
    std::string_view key;
    std::string_view proto;
  };

  absl::Status ReadTable(const Table& table) {
    const std::string_view name = table.source().name();
    const std::uint64_t max_key_bytes = MaxKeyBytes(table.source().size());
    bool has_header = false;
    GRAPHFREEZE_RETURN_IF_ERROR(table.ForEach([&](std::string_view key, std::string_view value,
                                                  const std::shared_ptr<const void>& owner) -> absl::Status {
      if (!has_header) {
        if (!key.empty()) return InvalidArgument("'", name, "' is a table, but not the index of a checkpoint");
        // A message where the number of shards should be.
        if (!value.empty() && value.front() == '\x0a') {
          return InvalidArgument("'", name, "' is a checkpoint in the V1 format under the name of an index; rename it ",
                                 "so that it does not end in .index");
        }
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
      protos_.push_back(value);
      CheckpointEntry& listed = entries_.emplace_back();
      listed.key = std::string_view(nullptr, key.size());
      listed.dtype = entry->dtype;
      listed.bytes = entry->sliced ? ListedBytes(entry->dtype, entry->shape) : static_cast<std::uint64_t>(entry->size);
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

  BundleHeader header_;
  std::string keys_;
  std::vector<CheckpointEntry> entries_;  // by key
  std::vector<std::string_view> protos_;  // the same order
  std::vector<Slice> slices_;             // by key
  std::vector<std::shared_ptr<const void>> owners_;
};

}  // namespace checkpoint_detail
GRAPHFREEZE_NAMESPACE_END
