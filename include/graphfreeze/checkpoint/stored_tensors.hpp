// What all formats of checkpoints have in common: a list of tensors, each stored whole or in slices, and a way from
// a stored part to its bytes. bundle_tensors.hpp is the V2 format, slice_tensors.hpp the V1 format.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/checkpoint/slice_layout.hpp>
#include <graphfreeze/checkpoint/tensor_slice.hpp>
#include <graphfreeze/io/source.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/dtype.hpp>
#include <graphfreeze/tensor/shape.hpp>
#include <graphfreeze/tensor/tensor.hpp>
#include <graphfreeze/wire/proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// One tensor of a checkpoint, as its index describes it.
struct CheckpointEntry {
  std::string_view key;  // lives as long as the reader, or any copy of it
  DataType dtype = DataType::kInvalid;
  Shape shape;
  std::uint64_t bytes = 0;  // of all slices together; 0 for the strings of a V1 checkpoint, whose index does not tell
  bool sliced = false;      // stored in parts
};

namespace checkpoint_detail {

// An error if a VersionDef says that readers of version 1, which this is, cannot read what follows.
inline absl::Status CheckVersion(std::string_view version_def) {
  std::int32_t min_consumer = 0;
  bool refused = false;
  wire::FieldReader version(version_def);
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
  if (min_consumer <= 1 && !refused) return absl::OkStatus();
  return Unimplemented("it is written in a newer format (for readers of version ", min_consumer,
                       " on) than the one that is known, version 1");
}

// For the listing; a shape that is too large is an error when the tensor is used.
inline std::uint64_t ListedBytes(DataType dtype, const Shape& shape) {
  const absl::StatusOr<std::int64_t> elements = shape.NumElements();
  std::uint64_t bytes = 0;
  if (!elements.ok() || __builtin_mul_overflow(static_cast<std::uint64_t>(*elements), ElementSize(dtype), &bytes)) {
    return (std::numeric_limits<std::uint64_t>::max)();
  }
  return bytes;
}

// The elements of a stored part, row-major.
struct StoredBytes {
  ByteRange range;
  bool in_file = true;            // as they lie in a file of the checkpoint, not decoded from there
  std::optional<CrcCheck> check;  // yet to be compared
};

// Const methods may be called from several threads at once.
class StoredTensors {
 public:
  StoredTensors() = default;
  StoredTensors(const StoredTensors&) = delete;
  StoredTensors& operator=(const StoredTensors&) = delete;
  virtual ~StoredTensors() = default;

  // By key.
  virtual absl::Span<const CheckpointEntry> entries() const = 0;
  // The data files, there or not.
  virtual std::int32_t shards() const = 0;
  // What lists the tensors, for messages.
  virtual std::string name() const = 0;

  // A tensor that is stored whole, as its only part. REQUIRES: !entry.sliced.
  virtual absl::StatusOr<StoredPart> Whole(const CheckpointEntry& entry) const = 0;
  // The parts of one that is not; each lies inside the shape. REQUIRES: entry.sliced.
  virtual absl::StatusOr<std::vector<StoredPart>> Slices(const CheckpointEntry& entry) const = 0;
  // The bytes of a part, as many as its box and dtype say. REQUIRES: BytesOf(dtype, shape of the box) is ok.
  virtual absl::StatusOr<StoredBytes> Fetch(const CheckpointEntry& entry, const StoredPart& part) const = 0;
  // True if Fetch has to decode elements of that type.
  virtual bool IsCoded(DataType dtype) const = 0;
  // The value of a string tensor of `count` elements. REQUIRES: !entry.sliced, count > 0.
  virtual absl::StatusOr<TensorView> FetchStrings(const CheckpointEntry& entry, std::uint64_t count) const = 0;

  // Null if there is no such tensor.
  const CheckpointEntry* Find(std::string_view key) const {
    const absl::Span<const CheckpointEntry> all = entries();
    const auto it = std::lower_bound(all.begin(), all.end(), key,
                                     [](const CheckpointEntry& entry, std::string_view k) { return entry.key < k; });
    return it != all.end() && it->key == key ? &*it : nullptr;
  }

  // How an error about one tensor begins.
  std::string Where(std::string_view key) const { return Concat("'", name(), "', tensor '", key, "'"); }

  // The size of elements of fixed size.
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

 protected:
  // Where a slice that an index lists for a tensor lies in it.
  absl::StatusOr<Box> BoxOf(const TensorSlice& slice, const CheckpointEntry& entry) const {
    if (slice.extents().size() != entry.shape.rank()) {
      return DataLoss(Where(entry.key), ": a slice of ", slice.extents().size(), " dimensions in a tensor of shape ",
                      entry.shape.ToString());
    }
    absl::StatusOr<Box> box = slice.In(entry.shape);
    if (!box.ok()) return Annotate(box.status(), Where(entry.key));
    return box;
  }

 private:
  static constexpr std::uint64_t kMaxTensorBytes = (std::uint64_t{1} << 63) - 1;
};

}  // namespace checkpoint_detail
GRAPHFREEZE_NAMESPACE_END
