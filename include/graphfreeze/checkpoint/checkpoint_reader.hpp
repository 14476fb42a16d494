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
//
// Both formats are read: V2 (an index and data files), and V1 (one table, or several), where all files are opened at
// once, since each lists what it holds, and where locating numbers that are coded (integers, half) decodes them.
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

#include <graphfreeze/checkpoint/bundle_tensors.hpp>
#include <graphfreeze/checkpoint/checkpoint_path.hpp>
#include <graphfreeze/checkpoint/slice_layout.hpp>
#include <graphfreeze/checkpoint/slice_tensors.hpp>
#include <graphfreeze/checkpoint/stored_tensors.hpp>
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
    state->prefix = location.prefix;
    state->options = options;
    if (location.v1_files.empty()) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(
          state->tensors, checkpoint_detail::BundleTensors::Open(std::move(location.prefix), location.index,
                                                                 std::move(files), state->crc, options.verify_checksums));
    } else {
      GRAPHFREEZE_ASSIGN_OR_RETURN(
          state->tensors, checkpoint_detail::SliceTensors::Open(std::move(location.prefix), location.v1_files,
                                                                state->crc, options.verify_checksums));
    }
    return Checkpoint(std::move(state));
  }

  // The path without ".index".
  std::string_view prefix() const { return state_->prefix; }
  const CheckpointOptions& options() const { return state_->options; }
  // The checksum routine that this reader uses.
  wire::Crc32c crc() const { return state_->crc; }
  std::int32_t shards() const { return state_->tensors->shards(); }

  // All tensors, sorted by key.
  absl::Span<const CheckpointEntry> keys() const { return state_->tensors->entries(); }
  // Null if there is none.
  const CheckpointEntry* Find(std::string_view key) const { return state_->tensors->Find(key); }
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
        GRAPHFREEZE_RETURN_IF_ERROR(VerifyLoaded(check, piece, bytes.bytes));
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

  // What Locate will give, told from the index alone: no data file is opened. (That of a V1 checkpoint does not tell
  // how long strings are, and they count as nothing; of memory it is told what is needed at most.)
  absl::StatusOr<TensorMeasure> Measure(std::string_view key, const TensorSlice& slice = {}) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const CheckpointEntry* entry, Require(key));
    absl::StatusOr<Box> wanted = slice.In(entry->shape);
    if (!wanted.ok()) return Annotate(wanted.status(), Where(key));
    TensorMeasure measure;
    measure.dtype = entry->dtype;
    measure.shape = Shape(wanted->size);
    const bool whole = *wanted == Box::Whole(entry->shape);
    if (!entry->sliced && whole && entry->dtype == DataType::kString) {
      const absl::StatusOr<std::int64_t> elements = entry->shape.NumElements();
      if (!elements.ok()) return Annotate(elements.status(), Where(key));
      // Stored are all lengths, a checksum of them, and all bytes; a TensorProto has a tag with each string instead.
      constexpr std::uint64_t kChecksum = 4;
      const auto count = static_cast<std::uint64_t>(*elements);
      if (count > 0 && entry->bytes >= kChecksum) measure.bytes = entry->bytes - kChecksum + count;
      measure.heap_bytes = measure.bytes;
      return measure;
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(measure.bytes, state_->tensors->BytesOf(measure.dtype, measure.shape, key));
    if (measure.bytes == 0) return measure;
    std::shared_ptr<const Parts> parts;
    if (entry->sliced) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(parts, SlicesOf(*entry));
    } else {
      GRAPHFREEZE_ASSIGN_OR_RETURN(StoredPart stored, state_->tensors->Whole(*entry));
      parts = std::make_shared<const Parts>(Parts{std::move(stored)});
    }
    const checkpoint_detail::SliceCopier copier(*wanted, ElementSize(entry->dtype));
    std::uint64_t runs = 0;
    for (const StoredPart& part : *parts) runs += copier.CountRuns(part.box);
    const bool put_together = runs > 1 && measure.bytes / runs < kMinPieceBytes;
    if (put_together || state_->tensors->IsCoded(entry->dtype)) measure.heap_bytes = measure.bytes;
    return measure;
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
      for (CrcCheck& check : ref->checks) {
        // Tensors of one block of a V1 checkpoint have one check together.
        const bool same = !checks.empty() && checks.back().range.source == check.range.source &&
                          checks.back().range.offset == check.range.offset &&
                          checks.back().range.size == check.range.size && checks.back().crc32c == check.crc32c;
        if (!same) checks.push_back(std::move(check));
      }
      if (checks.size() < kBatch) continue;
      GRAPHFREEZE_RETURN_IF_ERROR(VerifyChecks(checks, state_->crc, executor));
      checks.clear();
    }
    return VerifyChecks(checks, state_->crc, executor);
  }

 private:
  using StoredBytes = checkpoint_detail::StoredBytes;
  using StoredPart = checkpoint_detail::StoredPart;
  using Parts = std::vector<StoredPart>;

  struct State {
    std::string prefix;
    CheckpointOptions options;
    wire::Crc32c crc;
    std::unique_ptr<const checkpoint_detail::StoredTensors> tensors;

    std::mutex mutex;  // over what follows, which is filled as it is needed
    std::map<const CheckpointEntry*, std::shared_ptr<const Parts>> sliced;
  };

  explicit Checkpoint(std::shared_ptr<State> state) : state_(std::move(state)) {}

  std::vector<std::string_view> KeyTexts() const {
    std::vector<std::string_view> texts;
    texts.reserve(keys().size());
    for (const CheckpointEntry& entry : keys()) texts.push_back(entry.key);
    return texts;
  }

  std::string Where(std::string_view key) const { return state_->tensors->Where(key); }

  absl::StatusOr<const CheckpointEntry*> Require(std::string_view key) const {
    const CheckpointEntry* entry = Find(key);
    if (entry != nullptr) return entry;
    return NotFound("no tensor '", key, "' in checkpoint '", prefix(), "', which has ", keys().size(), " tensors",
                    DidYouMean(key, KeyTexts()));
  }

  // Makes a check when the `bytes` of `loaded` are in memory: what has just been read is not read again; what lies
  // around it (the rest of a slice of which a part is wanted, of a block of a V1 checkpoint) is.
  absl::Status VerifyLoaded(const CrcCheck& check, const ByteRange& loaded, std::string_view bytes) const {
    const std::uint64_t at = check.range.offset - loaded.offset;
    if (check.range.source == loaded.source && check.range.offset >= loaded.offset && at <= loaded.size &&
        check.range.size <= loaded.size - at) {
      const std::uint32_t computed =
          state_->crc.Of(bytes.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(check.range.size)));
      if (computed != check.crc32c) return ChecksumMismatch(check.key, check.range, check.crc32c, computed);
      return absl::OkStatus();
    }
    return VerifyChecks(absl::Span<const CrcCheck>(&check, 1), state_->crc);
  }

  // The slices of a tensor, checked once to cover it exactly.
  absl::StatusOr<std::shared_ptr<const Parts>> SlicesOf(const CheckpointEntry& entry) const {
    {
      const std::lock_guard<std::mutex> lock(state_->mutex);
      const auto it = state_->sliced.find(&entry);
      if (it != state_->sliced.end()) return it->second;
    }
    GRAPHFREEZE_RETURN_IF_ERROR(state_->tensors->BytesOf(entry.dtype, entry.shape, entry.key).status());
    GRAPHFREEZE_ASSIGN_OR_RETURN(Parts read, state_->tensors->Slices(entry));
    auto parts = std::make_shared<const Parts>(std::move(read));
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
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::uint64_t total, state_->tensors->BytesOf(ref.dtype, ref.shape, key));
    if (entry->sliced) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const std::shared_ptr<const Parts> parts, SlicesOf(*entry));
      GRAPHFREEZE_RETURN_IF_ERROR(LocateParts(*entry, *parts, *wanted, total, in_memory, &ref));
      return ref;
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(StoredPart stored, state_->tensors->Whole(*entry));
    if (total == 0) return ref;  // no data file is needed for no bytes
    if (!whole) {
      GRAPHFREEZE_RETURN_IF_ERROR(state_->tensors->BytesOf(entry->dtype, entry->shape, key).status());
      const Parts parts{std::move(stored)};
      GRAPHFREEZE_RETURN_IF_ERROR(LocateParts(*entry, parts, *wanted, total, in_memory, &ref));
      return ref;
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(StoredBytes bytes, state_->tensors->Fetch(*entry, stored));
    if (bytes.check) ref.checks.push_back(*std::move(bytes.check));
    ref.pieces.push_back(std::move(bytes.range));
    return ref;
  }

  // A tensor, or a part of one, from the stored parts that it overlaps.
  absl::Status LocateParts(const CheckpointEntry& entry, absl::Span<const StoredPart> parts, const Box& wanted,
                           std::uint64_t total, bool in_memory, TensorRef* ref) const {
    if (total == 0) return absl::OkStatus();
    const checkpoint_detail::SliceCopier copier(wanted, ElementSize(entry.dtype));
    std::vector<const StoredPart*> used;
    std::vector<StoredBytes> stored;
    std::map<std::int32_t, std::uint64_t> bytes_of_file;
    std::uint64_t runs = 0;
    for (const StoredPart& part : parts) {
      const std::uint64_t part_runs = copier.CountRuns(part.box);
      if (part_runs == 0) continue;
      runs += part_runs;
      GRAPHFREEZE_ASSIGN_OR_RETURN(StoredBytes bytes, state_->tensors->Fetch(entry, part));
      if (bytes.in_file) {
        // No two slices share bytes: a small file cannot pretend to be a large tensor.
        std::uint64_t& in_file = bytes_of_file[part.file];
        if (bytes.range.size > bytes.range.source.size() - in_file) {
          return DataLoss(Where(entry.key), ": its slices in '", bytes.range.source.name(),
                          "' are larger than the file, so they overlap");
        }
        in_file += bytes.range.size;
      }
      used.push_back(&part);
      stored.push_back(std::move(bytes));
    }

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
          order.push_back({to, stored[i].range.offset + from, size, i});
        });
      }
      std::sort(order.begin(), order.end(), [](const Run& a, const Run& b) { return a.to < b.to; });
      std::vector<ByteRange> pieces;
      for (const Run& run : order) {
        const Source& source = stored[run.part].range.source;
        if (!pieces.empty() && pieces.back().source == source &&
            pieces.back().offset + pieces.back().size == run.from) {
          pieces.back().size += run.size;
        } else {
          pieces.push_back({source, run.from, run.size});
        }
      }
      if (pieces.size() == 1 || (!in_memory && total / pieces.size() >= kMinPieceBytes)) {
        ref->pieces = std::move(pieces);
        for (StoredBytes& bytes : stored) {
          if (bytes.check) ref->checks.push_back(*std::move(bytes.check));
        }
        return absl::OkStatus();
      }
    }

    std::string buffer(static_cast<std::size_t>(total), '\0');
    for (std::size_t i = 0; i < used.size(); ++i) {
      const ByteRange& range = stored[i].range;
      GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes bytes, range.source.Load(range.offset, range.size));
      if (stored[i].check && state_->options.verify_checksums) {
        GRAPHFREEZE_RETURN_IF_ERROR(VerifyLoaded(*stored[i].check, range, bytes.bytes));
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
    GRAPHFREEZE_ASSIGN_OR_RETURN(TensorView strings,
                                 state_->tensors->FetchStrings(entry, static_cast<std::uint64_t>(*elements)));
    ref.string_value = std::make_shared<const TensorView>(std::move(strings));
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
