// CheckpointReader: the tensors of a TensorFlow checkpoint, without TensorFlow.
//
//   auto reader = CheckpointReader<>::Open("model.ckpt");
//   if (!reader.ok()) return reader.status();
//   for (const CheckpointEntry& entry : reader->keys()) ...           // key, dtype, shape, bytes
//   absl::StatusOr<TensorView> w = reader->Get("conv1/w");             // borrows the mapped file; checksum verified
//   absl::StatusOr<TensorRef> r = reader->Locate("conv1/w");           // where it lies; no weight byte is read
//
// Opening reads the index only. Data files are opened when a tensor of theirs is first asked for. A tensor that
// was stored in slices, in whatever files and cut on whatever axes, is put together; a part of a tensor can be
// asked for, whether it was stored in slices or not.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/checkpoint/bundle_index.hpp>
#include <graphfreeze/checkpoint/checkpoint_path.hpp>
#include <graphfreeze/checkpoint/slice_layout.hpp>
#include <graphfreeze/checkpoint/string_tensor.hpp>
#include <graphfreeze/checkpoint/tensor_slice.hpp>
#include <graphfreeze/io/executor.hpp>
#include <graphfreeze/io/file_system.hpp>
#include <graphfreeze/io/source.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/nearest.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/tensor.hpp>
#include <graphfreeze/tensor/verify.hpp>
#include <graphfreeze/wire/crc32c.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

struct CheckpointOptions {
  // Compare checksums: of the index when it is opened, of tensors when their bytes are read. Without it, damaged
  // weights go unnoticed.
  bool verify_checksums = true;
};

// A checkpoint that is open, whatever file system it came from. Cheap to copy, copies share everything; const
// methods may be called from several threads at once. Views and TensorRefs outlive it, keys of entries do not.
class Checkpoint {
 public:
  // Opens what `path` means: a prefix, any of the files of a checkpoint, the directory, or its `checkpoint` file
  // (then the latest).
  static absl::StatusOr<Checkpoint> Open(std::string_view path, CheckpointOptions options = {},
                                         FileSystem files = FileSystem()) {
    auto state = std::make_shared<State>();
    GRAPHFREEZE_ASSIGN_OR_RETURN(CheckpointLocation location, FindCheckpoint(files, path));
    GRAPHFREEZE_ASSIGN_OR_RETURN(state->index, checkpoint_detail::BundleIndex::Read(location.index, state->crc,
                                                                                    options.verify_checksums));
    state->prefix = std::move(location.prefix);
    state->files = std::move(files);
    state->options = options;
    return Checkpoint(std::move(state));
  }

  // The path without ".index".
  std::string_view prefix() const { return state_->prefix; }
  const CheckpointOptions& options() const { return state_->options; }
  // The checksum routine that this reader uses.
  wire::Crc32c crc() const { return state_->crc; }
  std::int32_t shards() const { return state_->index->shards(); }

  // All tensors, sorted by key.
  absl::Span<const CheckpointEntry> keys() const { return state_->index->entries(); }
  // Null if there is none.
  const CheckpointEntry* Find(std::string_view key) const { return state_->index->Find(key); }
  bool Contains(std::string_view key) const { return Find(key) != nullptr; }
  // Keys that somebody who wrote `key` may have meant.
  std::vector<std::string_view> NearestKeys(std::string_view key, std::size_t n = 3) const {
    return Nearest(key, KeyTexts(), n);
  }

  // The tensor in memory: a view of the mapped file where it lies there in one piece, else a buffer.
  absl::StatusOr<TensorView> Get(std::string_view key) const { return Get(key, TensorSlice()); }
  absl::StatusOr<TensorView> Get(std::string_view key, const TensorSlice& slice) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(TensorRef ref, LocateIn(key, slice, /*in_memory=*/true));
    if (ref.string_value) return *ref.string_value;
    if (ref.pieces.empty()) return TensorView(ref.dtype, std::move(ref.shape), std::string_view("", 0), nullptr);
    const ByteRange& piece = ref.pieces.front();
    GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes bytes, piece.source.Load(piece.offset, piece.size));
    if (state_->options.verify_checksums) {
      for (const CrcCheck& check : ref.checks) {
        // What has just been read is not read again; the rest of a slice of which only a part is wanted is.
        CrcCheck here = check;
        if (check.range.offset >= piece.offset && check.range.offset - piece.offset <= piece.size &&
            check.range.size <= piece.size - (check.range.offset - piece.offset)) {
          const std::uint32_t computed = state_->crc.Of(bytes.bytes.substr(
              static_cast<std::size_t>(check.range.offset - piece.offset), static_cast<std::size_t>(check.range.size)));
          if (computed != check.crc32c) return ChecksumMismatch(check.key, check.range, check.crc32c, computed);
        } else {
          GRAPHFREEZE_RETURN_IF_ERROR(VerifyChecks(absl::Span<const CrcCheck>(&check, 1), state_->crc));
        }
      }
    }
    return TensorView(ref.dtype, std::move(ref.shape), bytes.bytes, bytes.owner);
  }

  // Where the tensor's bytes lie. Strings, and slices that interleave too finely to be referred to, are read and
  // checked now; for everything else `checks` of the result are yet to be compared (VerifyChecks).
  absl::StatusOr<TensorRef> Locate(std::string_view key) const { return Locate(key, TensorSlice()); }
  absl::StatusOr<TensorRef> Locate(std::string_view key, const TensorSlice& slice) const {
    return LocateIn(key, slice, /*in_memory=*/false);
  }
  // As RestoreV2 asks for it: a shape, which must be that of the stored tensor, and a part.
  absl::StatusOr<TensorRef> Locate(std::string_view key, const ShapeAndSlice& part) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const CheckpointEntry* entry, Require(key));
    if (part.shape.has_rank() && part.shape != entry->shape) {
      return InvalidArgument("tensor '", key, "' of checkpoint '", prefix(), "' has shape ", entry->shape.ToString(),
                             ", but a part of a tensor of shape ", part.shape.ToString(), " is asked for");
    }
    return Locate(key, part.slice);
  }

  // Reads everything: every tensor is there, in every data file, with the right checksum. The error is that of the
  // first key that has one.
  absl::Status Verify(const Executor& executor = InlineExecutor()) const {
    // Ranges are compared a batch at a time, so that memory stays bounded by the batch.
    constexpr std::size_t kBatch = 4096;
    std::vector<CrcCheck> checks;
    for (const CheckpointEntry& entry : keys()) {
      absl::StatusOr<TensorRef> ref = Locate(entry.key);
      if (!ref.ok()) {
        // Keys before this one come first.
        GRAPHFREEZE_RETURN_IF_ERROR(VerifyChecks(checks, state_->crc, executor));
        return ref.status();
      }
      for (CrcCheck& check : ref->checks) checks.push_back(std::move(check));
      if (checks.size() < kBatch) continue;
      GRAPHFREEZE_RETURN_IF_ERROR(VerifyChecks(checks, state_->crc, executor));
      checks.clear();
    }
    return VerifyChecks(checks, state_->crc, executor);
  }

 private:
  using BundleEntry = checkpoint_detail::BundleEntry;
  using StoredPart = checkpoint_detail::StoredPart;
  using Parts = std::vector<StoredPart>;

  struct State {
    std::string prefix;
    FileSystem files;
    CheckpointOptions options;
    wire::Crc32c crc;
    std::shared_ptr<const checkpoint_detail::BundleIndex> index;

    std::mutex mutex;  // over what follows, which is filled as it is needed
    std::map<std::int32_t, Source> shards;
    std::map<const CheckpointEntry*, std::shared_ptr<const Parts>> sliced;
  };

  explicit Checkpoint(std::shared_ptr<State> state) : state_(std::move(state)) {}

  std::vector<std::string_view> KeyTexts() const {
    std::vector<std::string_view> texts;
    texts.reserve(keys().size());
    for (const CheckpointEntry& entry : keys()) texts.push_back(entry.key);
    return texts;
  }

  std::string IndexPath() const { return Concat(prefix(), ".index"); }
  // How an error about one tensor begins.
  std::string Where(std::string_view key) const { return Concat("'", IndexPath(), "', tensor '", key, "'"); }

  absl::StatusOr<const CheckpointEntry*> Require(std::string_view key) const {
    const CheckpointEntry* entry = Find(key);
    if (entry != nullptr) return entry;
    return NotFound("no tensor '", key, "' in checkpoint '", prefix(), "', which has ", keys().size(), " tensors",
                    DidYouMean(key, KeyTexts()));
  }

  // The data file of a shard, opened at its first use.
  absl::StatusOr<Source> Shard(std::int32_t shard, std::string_view key) const {
    if (shard >= shards()) {
      return DataLoss(Where(key), ": it is said to lie in shard ", shard, ", but there are ", shards());
    }
    {
      const std::lock_guard<std::mutex> lock(state_->mutex);
      const auto it = state_->shards.find(shard);
      if (it != state_->shards.end()) return it->second;
    }
    // Opened without the lock: others need not wait for a slow store. A failure is not kept, the file may come.
    const std::string path = checkpoint_detail::ShardPath(prefix(), shard, shards());
    absl::StatusOr<Source> opened = state_->files.Open(path);
    if (!opened.ok()) {
      if (!checkpoint_detail::IsMissing(opened.status())) {
        return Annotate(opened.status(), Concat("shard ", shard, " of ", shards(), ", needed for tensor '", key, "'"));
      }
      return NotFound("missing shard ", shard, " of ", shards(), " (counted from 0): there is no '", path,
                      "', needed for tensor '", key, "'; copy all data files of the checkpoint beside its index");
    }
    const std::lock_guard<std::mutex> lock(state_->mutex);
    return state_->shards.emplace(shard, *std::move(opened)).first->second;
  }

  // An entry that holds bytes: its size is what its shape says, and lies inside its data file.
  absl::Status CheckSize(const BundleEntry& entry, std::string_view key) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::uint64_t bytes, BytesOf(entry.dtype, entry.shape, key));
    if (bytes != static_cast<std::uint64_t>(entry.size)) {
      return DataLoss(Where(key), ": ", Name(entry.dtype), entry.shape.ToString(), " takes ", bytes,
                      " bytes, but its entry says ", entry.size);
    }
    return absl::OkStatus();
  }
  absl::StatusOr<std::uint64_t> BytesOf(DataType dtype, const Shape& shape, std::string_view key) const {
    const std::size_t element = ElementSize(dtype);
    if (element == 0) {
      if (dtype == DataType::kString || dtype == DataType::kVariant) {
        return Unimplemented(Where(key), ": a ", Name(dtype), " tensor cannot be read in parts");
      }
      return Unimplemented(Where(key), ": ", Name(dtype),
                           " is not an element type that can be read; a newer version of this library may know it");
    }
    const absl::StatusOr<std::int64_t> elements = shape.NumElements();
    if (!elements.ok()) return Annotate(elements.status(), Where(key));
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(static_cast<std::uint64_t>(*elements), element, &bytes) || bytes > kMaxTensorBytes) {
      return InvalidArgument(Where(key), ": ", Name(dtype), shape.ToString(), " is larger than any file");
    }
    return bytes;
  }
  static constexpr std::uint64_t kMaxTensorBytes = (std::uint64_t{1} << 63) - 1;

  absl::StatusOr<ByteRange> RangeOf(const BundleEntry& entry, std::string_view key) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(Source file, Shard(entry.shard, key));
    const ByteRange range{std::move(file), static_cast<std::uint64_t>(entry.offset),
                          static_cast<std::uint64_t>(entry.size)};
    const absl::Status inside = range.source.Contains(range.offset, range.size);
    if (!inside.ok()) return Annotate(inside, Concat("tensor '", key, "'"));
    return range;
  }

  // The slices of a tensor, each with where it lies; checked once to cover the tensor exactly.
  absl::StatusOr<std::shared_ptr<const Parts>> SlicesOf(const CheckpointEntry& entry) const {
    {
      const std::lock_guard<std::mutex> lock(state_->mutex);
      const auto it = state_->sliced.find(&entry);
      if (it != state_->sliced.end()) return it->second;
    }
    GRAPHFREEZE_RETURN_IF_ERROR(BytesOf(entry.dtype, entry.shape, entry.key).status());
    auto parts = std::make_shared<Parts>();
    wire::FieldReader reader(state_->index->Proto(entry));
    while (reader.Next()) {
      if (reader.key() != wire::Key(7, wire::Type::kBytes)) continue;
      absl::StatusOr<TensorSlice> slice = TensorSlice::FromProto(reader.bytes());
      if (!slice.ok()) return Annotate(slice.status(), Where(entry.key));
      if (slice->extents().size() != entry.shape.rank()) {
        return DataLoss(Where(entry.key), ": a slice of ", slice->extents().size(), " dimensions in a tensor of shape ",
                        entry.shape.ToString());
      }
      absl::StatusOr<Box> box = slice->In(entry.shape);
      if (!box.ok()) return Annotate(box.status(), Where(entry.key));
      const std::string_view proto = state_->index->FindSlice(slice->Key(entry.key));
      if (proto.data() == nullptr) {
        return DataLoss(Where(entry.key), ": it is listed with a slice ", slice->ToString(),
                        " that the index does not have; the checkpoint was not merged completely");
      }
      absl::StatusOr<BundleEntry> stored = BundleEntry::Parse(proto);
      if (!stored.ok()) return Annotate(stored.status(), Concat(Where(entry.key), ", slice ", slice->ToString()));
      const Shape shape{box->size};
      if (stored->sliced || stored->dtype != entry.dtype || stored->shape != shape) {
        return DataLoss(Where(entry.key), ": slice ", slice->ToString(), " is stored as ", Name(stored->dtype),
                        stored->shape.ToString(), ", but should be ", Name(entry.dtype), shape.ToString());
      }
      GRAPHFREEZE_RETURN_IF_ERROR(CheckSize(*stored, entry.key));
      parts->push_back({*std::move(box), *std::move(stored)});
    }
    const absl::Status covers = checkpoint_detail::CheckCoverage(entry.shape, *parts);
    if (!covers.ok()) return Annotate(covers, Where(entry.key));
    const std::lock_guard<std::mutex> lock(state_->mutex);
    return state_->sliced.emplace(&entry, std::move(parts)).first->second;
  }

  absl::StatusOr<TensorRef> LocateIn(std::string_view key, const TensorSlice& slice, bool in_memory) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const CheckpointEntry* entry, Require(key));
    absl::StatusOr<Box> wanted = slice.In(entry->shape);
    if (!wanted.ok()) return Annotate(wanted.status(), Where(key));
    const bool whole = *wanted == Box::Whole(entry->shape);
    if (!entry->sliced && whole && entry->dtype == DataType::kString) return LocateStrings(*entry);

    TensorRef ref;
    ref.dtype = entry->dtype;
    ref.shape = Shape(wanted->size);
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::uint64_t total, BytesOf(ref.dtype, ref.shape, key));
    if (entry->sliced) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const std::shared_ptr<const Parts> parts, SlicesOf(*entry));
      GRAPHFREEZE_RETURN_IF_ERROR(LocateParts(*entry, *parts, *wanted, total, in_memory, &ref));
      return ref;
    }
    const BundleEntry stored = state_->index->Locate(*entry);
    GRAPHFREEZE_RETURN_IF_ERROR(CheckSize(stored, key));
    if (total == 0) return ref;  // no data file is needed for no bytes
    if (!whole) {
      const Parts parts{{Box::Whole(entry->shape), stored}};
      GRAPHFREEZE_RETURN_IF_ERROR(LocateParts(*entry, parts, *wanted, total, in_memory, &ref));
      return ref;
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(ByteRange range, RangeOf(stored, key));
    ref.checks.push_back({range, wire::Crc32c::Unmask(stored.masked_crc), std::string(key)});
    ref.pieces.push_back(std::move(range));
    return ref;
  }

  // A tensor, or a part of one, from the stored parts that it overlaps.
  absl::Status LocateParts(const CheckpointEntry& entry, absl::Span<const StoredPart> parts, const Box& wanted,
                           std::uint64_t total, bool in_memory, TensorRef* ref) const {
    if (total == 0) return absl::OkStatus();
    const checkpoint_detail::SliceCopier copier(wanted, ElementSize(entry.dtype));
    std::vector<const StoredPart*> used;
    std::vector<ByteRange> ranges;
    std::map<std::int32_t, std::uint64_t> bytes_of_shard;
    std::uint64_t runs = 0;
    for (const StoredPart& part : parts) {
      const std::uint64_t part_runs = copier.CountRuns(part.box);
      if (part_runs == 0) continue;
      runs += part_runs;
      GRAPHFREEZE_ASSIGN_OR_RETURN(ByteRange range, RangeOf(part.entry, entry.key));
      // No two slices share bytes: a small file cannot pretend to be a large tensor.
      std::uint64_t& in_shard = bytes_of_shard[part.entry.shard];
      if (range.size > range.source.size() - in_shard) {
        return DataLoss(Where(entry.key), ": its slices in '", range.source.name(),
                        "' are larger than the file, so they overlap");
      }
      in_shard += range.size;
      used.push_back(&part);
      ranges.push_back(std::move(range));
    }
    const auto check_of = [&](std::size_t i) {
      return CrcCheck{ranges[i], wire::Crc32c::Unmask(used[i]->entry.masked_crc), std::string(entry.key)};
    };

    // Few runs are looked at even if they are short: slices that follow one another in a file are one piece.
    if (runs <= kFewRuns || total / runs >= kMinPieceBytes) {
      struct Run {
        std::uint64_t to;
        std::uint64_t from;
        std::uint64_t size;
        std::size_t part;
      };
      std::vector<Run> order;
      order.reserve(static_cast<std::size_t>(runs));
      for (std::size_t i = 0; i < used.size(); ++i) {
        copier.ForEachRun(used[i]->box, [&](std::uint64_t to, std::uint64_t from, std::uint64_t size) {
          order.push_back({to, ranges[i].offset + from, size, i});
        });
      }
      std::sort(order.begin(), order.end(), [](const Run& a, const Run& b) { return a.to < b.to; });
      std::vector<ByteRange> pieces;
      for (const Run& run : order) {
        const Source& source = ranges[run.part].source;
        if (!pieces.empty() && pieces.back().source == source &&
            pieces.back().offset + pieces.back().size == run.from) {
          pieces.back().size += run.size;
        } else {
          pieces.push_back({source, run.from, run.size});
        }
      }
      if (pieces.size() == 1 || (!in_memory && total / pieces.size() >= kMinPieceBytes)) {
        ref->pieces = std::move(pieces);
        for (std::size_t i = 0; i < used.size(); ++i) ref->checks.push_back(check_of(i));
        return absl::OkStatus();
      }
    }

    std::string buffer(static_cast<std::size_t>(total), '\0');
    for (std::size_t i = 0; i < used.size(); ++i) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes bytes, ranges[i].source.Load(ranges[i].offset, ranges[i].size));
      if (state_->options.verify_checksums) {
        const CrcCheck check = check_of(i);
        const std::uint32_t computed = state_->crc.Of(bytes.bytes);
        if (computed != check.crc32c) return ChecksumMismatch(check.key, check.range, check.crc32c, computed);
      }
      copier.ForEachRun(used[i]->box, [&](std::uint64_t to, std::uint64_t from, std::uint64_t size) {
        std::memcpy(buffer.data() + to, bytes.bytes.data() + from, static_cast<std::size_t>(size));
      });
    }
    const std::uint64_t size = buffer.size();
    ref->pieces.push_back({Source::Own(std::move(buffer), Concat(entry.key, " (put together)")), 0, size});
    return absl::OkStatus();
  }

  absl::StatusOr<TensorRef> LocateStrings(const CheckpointEntry& entry) const {
    TensorRef ref;
    ref.dtype = entry.dtype;
    ref.shape = entry.shape;
    const absl::StatusOr<std::int64_t> elements = entry.shape.NumElements();
    if (!elements.ok()) return Annotate(elements.status(), Where(entry.key));
    if (*elements == 0) {
      ref.string_value = std::make_shared<const TensorView>(entry.shape, std::vector<std::string_view>(), nullptr);
      return ref;
    }
    const BundleEntry stored = state_->index->Locate(entry);
    GRAPHFREEZE_ASSIGN_OR_RETURN(const ByteRange range, RangeOf(stored, entry.key));
    GRAPHFREEZE_ASSIGN_OR_RETURN(OwnedBytes bytes, range.source.Load(range.offset, range.size));
    absl::StatusOr<std::vector<std::string_view>> strings = checkpoint_detail::ReadStrings(
        bytes.bytes, static_cast<std::uint64_t>(*elements), wire::Crc32c::Unmask(stored.masked_crc), state_->crc,
        state_->options.verify_checksums);
    if (!strings.ok()) {
      return Annotate(strings.status(), Concat("tensor '", entry.key, "' is damaged: '", range.source.name(), "', ",
                                               range.size, " bytes at offset ", range.offset));
    }
    ref.string_value =
        std::make_shared<const TensorView>(entry.shape, *std::move(strings), std::move(bytes.owner));
    return ref;
  }

  // Parts in pieces shorter than this on average are put together in memory: a reference would cost more.
  static constexpr std::uint64_t kMinPieceBytes = 256;
  static constexpr std::uint64_t kFewRuns = 4096;

  std::shared_ptr<State> state_;
};

// A checkpoint on a file system of one's choice (io/file_system.hpp): mapped, read, in memory, or one's own.
template <typename Fs = LocalFileSystem>
class CheckpointReader : public Checkpoint {
 public:
  static absl::StatusOr<CheckpointReader> Open(std::string_view path, CheckpointOptions options = {}, Fs files = {}) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(Checkpoint opened, Checkpoint::Open(path, options, FileSystem(std::move(files))));
    return CheckpointReader(std::move(opened));
  }

 private:
  explicit CheckpointReader(Checkpoint opened) : Checkpoint(std::move(opened)) {}
};

GRAPHFREEZE_NAMESPACE_END
