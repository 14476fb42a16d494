// The tensors of a V1 checkpoint: files that each list and hold some slices. All lists together say which tensors
// there are.
//
// A value is a TensorProto without dtype and shape. Floats and complex numbers stand in it as they do in memory and
// are referred to there; other numbers are coded, so that locating such a tensor decodes it. A tensor has no checksum
// of its own: it is checked with the block that it lies in.
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

#include <graphfreeze/checkpoint/slice_file.hpp>
#include <graphfreeze/checkpoint/slice_layout.hpp>
#include <graphfreeze/checkpoint/stored_tensors.hpp>
#include <graphfreeze/checkpoint/tensor_slice.hpp>
#include <graphfreeze/io/source.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/dtype.hpp>
#include <graphfreeze/tensor/shape.hpp>
#include <graphfreeze/tensor/tensor.hpp>
#include <graphfreeze/tensor/tensor_proto.hpp>
#include <graphfreeze/wire/crc32c.hpp>
#include <graphfreeze/wire/proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace checkpoint_detail {

// A SavedSlice: the value of one slice, and what it is the value of.
struct SavedSlice {
  std::string_view name;
  std::string_view slice;  // TensorSliceProto
  std::string_view data;   // TensorProto

  // From the SavedTensorSlices that stands in the table.
  static absl::StatusOr<SavedSlice> Parse(std::string_view proto) {
    SavedSlice saved;
    std::string_view message;
    wire::FieldReader reader(proto);
    while (reader.Next()) {
      if (reader.key() == wire::Key(2, wire::Type::kBytes)) message = reader.bytes();
    }
    if (!reader.ok()) return reader.status("SavedTensorSlices");
    wire::FieldReader fields(message);
    while (fields.Next()) {
      switch (fields.key()) {
        case wire::Key(1, wire::Type::kBytes): saved.name = fields.bytes(); break;
        case wire::Key(2, wire::Type::kBytes): saved.slice = fields.bytes(); break;
        case wire::Key(3, wire::Type::kBytes): saved.data = fields.bytes(); break;
        default: break;
      }
    }
    if (!fields.ok()) return fields.status("SavedSlice");
    return saved;
  }
};

class SliceTensors final : public StoredTensors {
 public:
  static absl::StatusOr<std::unique_ptr<StoredTensors>> Open(std::string prefix, absl::Span<const Source> files,
                                                             wire::Crc32c crc, bool verify) {
    auto tensors = std::make_unique<SliceTensors>();
    tensors->prefix_ = std::move(prefix);
    tensors->verify_ = verify;
    for (const Source& file : files) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(std::unique_ptr<const SliceFile> opened, SliceFile::Open(file, crc, verify));
      tensors->files_.push_back(std::move(opened));
    }
    GRAPHFREEZE_RETURN_IF_ERROR(tensors->Unite());
    return std::unique_ptr<StoredTensors>(std::move(tensors));
  }

  absl::Span<const CheckpointEntry> entries() const override { return entries_; }
  std::int32_t shards() const override { return static_cast<std::int32_t>(files_.size()); }
  std::string name() const override { return prefix_; }

  absl::StatusOr<StoredPart> Whole(const CheckpointEntry& entry) const override {
    const ListedSlice& slice = SlicesOf(entry).front();
    return StoredPart{Box::Whole(entry.shape), slice.proto, slice.file};
  }

  absl::StatusOr<std::vector<StoredPart>> Slices(const CheckpointEntry& entry) const override {
    std::vector<StoredPart> parts;
    for (const ListedSlice& listed : SlicesOf(entry)) {
      absl::StatusOr<TensorSlice> slice = TensorSlice::FromProto(listed.proto);
      if (!slice.ok()) return Annotate(slice.status(), Where(entry.key));
      GRAPHFREEZE_ASSIGN_OR_RETURN(Box box, BoxOf(*slice, entry));
      parts.push_back({std::move(box), listed.proto, listed.file});
    }
    return parts;
  }

  absl::StatusOr<StoredBytes> Fetch(const CheckpointEntry& entry, const StoredPart& part) const override {
    StoredBytes bytes;
    const auto decode = [&](const SliceFile& file, const SliceFile::Value& value, std::string_view data) {
      return Decode(entry, part, file, value, data, &bytes);
    };
    GRAPHFREEZE_RETURN_IF_ERROR(WithValue(entry, part, decode));
    return bytes;
  }

  bool IsCoded(DataType dtype) const override {
    return detail::ValueField(dtype).kind == detail::TensorValueKind::kVarint;
  }

  absl::StatusOr<TensorView> FetchStrings(const CheckpointEntry& entry, std::uint64_t count) const override {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const StoredPart part, Whole(entry));
    TensorView view;
    const auto read = [&](const SliceFile& file, const SliceFile::Value& value, std::string_view data) -> absl::Status {
      GRAPHFREEZE_RETURN_IF_ERROR(CheckCount(detail::TypedValues(data, entry.dtype), count));
      std::vector<std::string_view> strings;
      strings.reserve(static_cast<std::size_t>(count));
      wire::FieldReader reader(data);
      while (reader.Next()) {
        if (reader.key() == wire::Key(8, wire::Type::kBytes)) strings.push_back(reader.bytes());
      }
      view = TensorView(entry.shape, std::move(strings), value.owner);
      return file.Verify(value, entry.key);
    };
    GRAPHFREEZE_RETURN_IF_ERROR(WithValue(entry, part, read));
    return view;
  }

 private:
  // A slice that a file lists.
  struct ListedSlice {
    std::string_view name;
    std::string_view proto;  // TensorSliceProto
    std::int32_t file = 0;
  };
  struct ListedTensor {
    CheckpointEntry entry;
    std::int32_t file = 0;
  };

  absl::Span<const ListedSlice> SlicesOf(const CheckpointEntry& entry) const {
    const std::size_t i = static_cast<std::size_t>(&entry - entries_.data());
    const std::size_t from = i == 0 ? 0 : slice_ends_[i - 1];
    return absl::MakeConstSpan(slices_).subspan(from, slice_ends_[i] - from);
  }
  std::string Where(std::int32_t file, std::string_view key, std::string_view slice) const {
    return Concat("'", files_[static_cast<std::size_t>(file)]->name(), "', tensor '", key, "'",
                  slice.empty() ? "" : ", slice ", slice);
  }
  using StoredTensors::Where;

  // Reads the lists of all files, and joins those of one tensor.
  absl::Status Unite() {
    std::vector<ListedTensor> tensors;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const absl::Status listed = ReadList(static_cast<std::int32_t>(i), &tensors);
      if (!listed.ok()) return Annotate(listed, Concat("'", files_[i]->name(), "'"));
    }
    // Stable: the files in their order.
    std::stable_sort(tensors.begin(), tensors.end(),
                     [](const ListedTensor& a, const ListedTensor& b) { return a.entry.key < b.entry.key; });
    std::stable_sort(slices_.begin(), slices_.end(),
                     [](const ListedSlice& a, const ListedSlice& b) { return a.name < b.name; });
    std::int32_t file = 0;  // of the last of entries_
    for (ListedTensor& tensor : tensors) {
      const CheckpointEntry& entry = tensor.entry;
      if (entries_.empty() || entries_.back().key != entry.key) {
        file = tensor.file;
        entries_.push_back(std::move(tensor.entry));
        continue;
      }
      const CheckpointEntry& before = entries_.back();
      if (before.dtype != entry.dtype || before.shape != entry.shape) {
        return DataLoss(Where(tensor.file, entry.key, ""), ": it is listed as ", Name(entry.dtype),
                        entry.shape.ToString(), ", but '", files_[static_cast<std::size_t>(file)]->name(),
                        "' lists it as ", Name(before.dtype), before.shape.ToString(),
                        "; the files are not of one checkpoint");
      }
    }
    std::size_t end = 0;
    for (CheckpointEntry& entry : entries_) {
      while (end < slices_.size() && slices_[end].name == entry.key) ++end;
      slice_ends_.push_back(end);
      const absl::Span<const ListedSlice> slices = SlicesOf(entry);
      entry.sliced = slices.size() != 1 || !IsWhole(slices.front().proto, entry.shape);
    }
    return absl::OkStatus();
  }

  // Of a slice that is no valid one: false. It is an error when the tensor is used.
  static bool IsWhole(std::string_view proto, const Shape& shape) {
    const absl::StatusOr<TensorSlice> slice = TensorSlice::FromProto(proto);
    if (!slice.ok() || slice->extents().size() != shape.rank()) return false;
    const absl::StatusOr<Box> box = slice->In(shape);
    return box.ok() && *box == Box::Whole(shape);
  }

  // The SavedTensorSliceMeta of a file.
  absl::Status ReadList(std::int32_t file, std::vector<ListedTensor>* tensors) {
    wire::FieldReader reader(files_[static_cast<std::size_t>(file)]->list());
    while (reader.Next()) {
      if (reader.key() != wire::Key(1, wire::Type::kBytes)) continue;
      wire::FieldReader meta(reader.bytes());
      while (meta.Next()) {
        if (meta.key() == wire::Key(2, wire::Type::kBytes)) GRAPHFREEZE_RETURN_IF_ERROR(CheckVersion(meta.bytes()));
        if (meta.key() != wire::Key(1, wire::Type::kBytes)) continue;
        GRAPHFREEZE_RETURN_IF_ERROR(ReadTensor(file, meta.bytes(), tensors));
      }
      if (!meta.ok()) return meta.status("SavedTensorSliceMeta");
    }
    return reader.ok() ? absl::OkStatus() : reader.status("SavedTensorSlices");
  }

  // A SavedSliceMeta.
  absl::Status ReadTensor(std::int32_t file, std::string_view proto, std::vector<ListedTensor>* tensors) {
    ListedTensor tensor;
    tensor.file = file;
    std::string_view shape;
    const std::size_t first = slices_.size();
    wire::FieldReader reader(proto);
    while (reader.Next()) {
      switch (reader.key()) {
        case wire::Key(1, wire::Type::kBytes): tensor.entry.key = reader.bytes(); break;
        case wire::Key(2, wire::Type::kBytes): shape = reader.bytes(); break;
        case wire::Key(3, wire::Type::kVarint): tensor.entry.dtype = static_cast<DataType>(reader.int32()); break;
        case wire::Key(4, wire::Type::kBytes): slices_.push_back({std::string_view(), reader.bytes(), file}); break;
        default: break;
      }
    }
    if (!reader.ok()) return reader.status("SavedSliceMeta");
    for (std::size_t i = first; i < slices_.size(); ++i) slices_[i].name = tensor.entry.key;
    absl::StatusOr<Shape> parsed = Shape::Parse(shape);
    if (!parsed.ok()) return Annotate(parsed.status(), Concat("tensor '", tensor.entry.key, "'"));
    if (!parsed->IsFullyDefined()) {
      return InvalidArgument("tensor '", tensor.entry.key, "': a stored tensor cannot have the shape ",
                             parsed->ToString());
    }
    tensor.entry.shape = *std::move(parsed);
    tensor.entry.bytes = ListedBytes(tensor.entry.dtype, tensor.entry.shape);
    tensors->push_back(std::move(tensor));
    return absl::OkStatus();
  }

  // Calls use(file, value, TensorProto) with the stored value of a part. An error from there on may come of damage:
  // then that is what is reported.
  template <typename Use>
  absl::Status WithValue(const CheckpointEntry& entry, const StoredPart& part, Use&& use) const {
    const SliceFile& file = *files_[static_cast<std::size_t>(part.file)];
    GRAPHFREEZE_ASSIGN_OR_RETURN(const TensorSlice slice, TensorSlice::FromProto(part.proto));
    const std::string where = Where(part.file, entry.key, slice.ToString());
    const absl::StatusOr<SliceFile::Value> value = file.Find(slice.Key(entry.key));
    if (!value.ok()) return Annotate(value.status(), Concat("tensor '", entry.key, "'"));
    if (value->block == nullptr) {
      return DataLoss(where, ": it is listed, but its value is not there; copy the checkpoint again");
    }
    const auto read = [&]() -> absl::Status {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const SavedSlice saved, SavedSlice::Parse(value->bytes));
      GRAPHFREEZE_ASSIGN_OR_RETURN(const TensorSlice stored, TensorSlice::FromProto(saved.slice));
      if (saved.name != entry.key || !(stored == slice)) {
        return DataLoss("the value that is there is that of tensor '", saved.name, "', slice ", stored.ToString());
      }
      return use(file, *value, saved.data);
    };
    const absl::Status status = read();
    if (status.ok()) return status;
    GRAPHFREEZE_RETURN_IF_ERROR(file.Verify(*value, entry.key));
    return Annotate(status, where);
  }

  // As many values as there should be: a value is never filled up, as one in a graph would be.
  static absl::Status CheckCount(const detail::TypedValues& values, std::uint64_t numbers) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::uint64_t stored, values.Count());
    if (stored == numbers) return absl::OkStatus();
    return DataLoss("it should have ", numbers, " values, but ", stored, " are stored");
  }

  absl::Status Decode(const CheckpointEntry& entry, const StoredPart& part, const SliceFile& file,
                      const SliceFile::Value& value, std::string_view data, StoredBytes* out) const {
    const DataType dtype = entry.dtype;
    const detail::TypedValues values(data, dtype);
    if (values.field.kind != detail::TensorValueKind::kVarint && values.field.kind != detail::TensorValueKind::kFixed) {
      return Unimplemented("a V1 checkpoint cannot hold ", Name(dtype));
    }
    // The shape was checked to be no larger than any file; now the values are counted, before anything is allocated.
    const std::uint64_t elements = static_cast<std::uint64_t>(part.box.NumElements());
    const std::uint64_t total = elements * ElementSize(dtype);
    GRAPHFREEZE_RETURN_IF_ERROR(CheckCount(values, elements * detail::NumbersPerElement(dtype)));

    const std::string_view run = values.OnePiece(total);
    out->in_file = run.data() != nullptr && value.raw && (value.mapped || value.most);
    if (out->in_file) {
      const std::uint64_t offset = value.offset + static_cast<std::uint64_t>(run.data() - value.bytes.data());
      out->range = {file.source(), offset, run.size()};
    } else {
      const std::string name = Concat(entry.key, " (decoded)");
      if (run.data() != nullptr) {
        out->range = {Source::Share(run, value.owner, name), 0, total};
      } else {
        std::string buffer;
        buffer.reserve(static_cast<std::size_t>(total));
        values.AppendTo(static_cast<std::size_t>(total), &buffer);
        out->range = {Source::Own(std::move(buffer), name), 0, total};
      }
    }
    // A block is checked at once, and once for all of its values; later only if this value is the most of it and has
    // not been read yet.
    if (verify_ && !(out->in_file && value.most)) return file.Verify(value, entry.key);
    GRAPHFREEZE_ASSIGN_OR_RETURN(out->check, file.CheckOf(value, entry.key));
    return absl::OkStatus();
  }

  std::string prefix_;
  bool verify_ = true;
  std::vector<std::unique_ptr<const SliceFile>> files_;
  std::vector<CheckpointEntry> entries_;  // by key
  std::vector<std::size_t> slice_ends_;   // of each entry, in slices_
  std::vector<ListedSlice> slices_;       // by name
};

}  // namespace checkpoint_detail
GRAPHFREEZE_NAMESPACE_END
