// The tensors of a V2 checkpoint: an index, and data files that are opened when a tensor of theirs is asked for.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/checkpoint/bundle_index.hpp>
#include <graphfreeze/checkpoint/checkpoint_path.hpp>
#include <graphfreeze/checkpoint/stored_tensors.hpp>
#include <graphfreeze/checkpoint/string_tensor.hpp>
#include <graphfreeze/io/file_system.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace checkpoint_detail {

class BundleTensors final : public StoredTensors {
 public:
  static absl::StatusOr<std::unique_ptr<StoredTensors>> Open(std::string prefix, const Source& index, FileSystem files,
                                                             wire::Crc32c crc, bool verify) {
    auto tensors = std::make_unique<BundleTensors>();
    GRAPHFREEZE_ASSIGN_OR_RETURN(tensors->index_, BundleIndex::Read(index, crc, verify));
    tensors->prefix_ = std::move(prefix);
    tensors->files_ = std::move(files);
    tensors->crc_ = crc;
    tensors->verify_ = verify;
    return std::unique_ptr<StoredTensors>(std::move(tensors));
  }

  absl::Span<const CheckpointEntry> entries() const override { return index_->entries(); }
  std::int32_t shards() const override { return index_->shards(); }
  std::string name() const override { return Concat(prefix_, ".index"); }

  absl::StatusOr<StoredPart> Whole(const CheckpointEntry& entry) const override {
    const std::string_view proto = index_->Proto(entry);
    GRAPHFREEZE_ASSIGN_OR_RETURN(const BundleEntry stored, BundleEntry::Parse(proto));
    GRAPHFREEZE_RETURN_IF_ERROR(CheckSize(stored, entry.key));
    return StoredPart{Box::Whole(entry.shape), proto, stored.shard};
  }

  absl::StatusOr<std::vector<StoredPart>> Slices(const CheckpointEntry& entry) const override {
    std::vector<StoredPart> parts;
    wire::FieldReader reader(index_->Proto(entry));
    while (reader.Next()) {
      if (reader.key() != wire::Key(7, wire::Type::kBytes)) continue;
      absl::StatusOr<TensorSlice> slice = TensorSlice::FromProto(reader.bytes());
      if (!slice.ok()) return Annotate(slice.status(), Where(entry.key));
      GRAPHFREEZE_ASSIGN_OR_RETURN(Box box, BoxOf(*slice, entry));
      const std::string_view proto = index_->FindSlice(slice->Key(entry.key));
      if (proto.data() == nullptr) {
        return DataLoss(Where(entry.key), ": it is listed with a slice ", slice->ToString(),
                        " that the index does not have; the checkpoint was not merged completely");
      }
      absl::StatusOr<BundleEntry> stored = BundleEntry::Parse(proto);
      if (!stored.ok()) return Annotate(stored.status(), Concat(Where(entry.key), ", slice ", slice->ToString()));
      const Shape shape{box.size};
      if (stored->sliced || stored->dtype != entry.dtype || stored->shape != shape) {
        return DataLoss(Where(entry.key), ": slice ", slice->ToString(), " is stored as ", Name(stored->dtype),
                        stored->shape.ToString(), ", but should be ", Name(entry.dtype), shape.ToString());
      }
      GRAPHFREEZE_RETURN_IF_ERROR(CheckSize(*stored, entry.key));
      parts.push_back({std::move(box), proto, stored->shard});
    }
    return parts;
  }

  absl::StatusOr<StoredBytes> Fetch(const CheckpointEntry& entry, const StoredPart& part) const override {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const BundleEntry stored, BundleEntry::Parse(part.proto));
    GRAPHFREEZE_ASSIGN_OR_RETURN(const ByteRange range, RangeOf(stored, entry.key));
    return StoredBytes{range, true, CrcCheck{range, wire::Crc32c::Unmask(stored.masked_crc), std::string(entry.key)}};
  }

  bool IsCoded(DataType) const override { return false; }

  absl::StatusOr<TensorView> FetchStrings(const CheckpointEntry& entry, std::uint64_t count) const override {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const BundleEntry stored, BundleEntry::Parse(index_->Proto(entry)));
    GRAPHFREEZE_ASSIGN_OR_RETURN(const ByteRange range, RangeOf(stored, entry.key));
    GRAPHFREEZE_ASSIGN_OR_RETURN(OwnedBytes bytes, range.source.Load(range.offset, range.size));
    absl::StatusOr<std::vector<std::string_view>> strings =
        ReadStrings(bytes.bytes, count, wire::Crc32c::Unmask(stored.masked_crc), crc_, verify_);
    if (!strings.ok()) {
      return Annotate(strings.status(), Concat("tensor '", entry.key, "' is damaged: '", range.source.name(), "', ",
                                               range.size, " bytes at offset ", range.offset));
    }
    return TensorView(entry.shape, *std::move(strings), std::move(bytes.owner));
  }

 private:
  // The data file of a shard, opened at its first use.
  absl::StatusOr<Source> Shard(std::int32_t shard, std::string_view key) const {
    if (shard >= shards()) {
      return DataLoss(Where(key), ": it is said to lie in shard ", shard, ", but there are ", shards());
    }
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      const auto it = opened_.find(shard);
      if (it != opened_.end()) return it->second;
    }
    // Opened without the lock: others need not wait for a slow store. A failure is not kept, the file may come.
    const std::string path = ShardPath(Concat(prefix_, ".data"), shard, shards());
    absl::StatusOr<Source> opened = files_.Open(path);
    if (!opened.ok()) {
      if (!IsMissing(opened.status())) {
        return Annotate(opened.status(), Concat("shard ", shard, " of ", shards(), ", needed for tensor '", key, "'"));
      }
      return NotFound("missing shard ", shard, " of ", shards(), " (counted from 0): there is no '", path,
                      "', needed for tensor '", key, "'; copy all data files of the checkpoint beside its index");
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    return opened_.emplace(shard, *std::move(opened)).first->second;
  }

  // An entry that holds bytes: its size is what its shape says.
  absl::Status CheckSize(const BundleEntry& entry, std::string_view key) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::uint64_t bytes, BytesOf(entry.dtype, entry.shape, key));
    if (bytes != static_cast<std::uint64_t>(entry.size)) {
      return DataLoss(Where(key), ": ", Name(entry.dtype), entry.shape.ToString(), " takes ", bytes,
                      " bytes, but its entry says ", entry.size);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<ByteRange> RangeOf(const BundleEntry& entry, std::string_view key) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(Source file, Shard(entry.shard, key));
    const ByteRange range{std::move(file), static_cast<std::uint64_t>(entry.offset),
                          static_cast<std::uint64_t>(entry.size)};
    const absl::Status inside = range.source.Contains(range.offset, range.size);
    if (!inside.ok()) return Annotate(inside, Concat("tensor '", key, "'"));
    return range;
  }

  std::string prefix_;
  FileSystem files_;
  wire::Crc32c crc_;
  bool verify_ = true;
  std::shared_ptr<const BundleIndex> index_;
  mutable std::mutex mutex_;
  mutable std::map<std::int32_t, Source> opened_;  // data files, by shard
};

}  // namespace checkpoint_detail
GRAPHFREEZE_NAMESPACE_END
