// Writes V1 checkpoint files for tests: any slices in any file, any block size, Snappy or not, and values that no real
// writer would write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bundle_writer.hpp"

namespace slice_writer {

namespace gf = graphfreeze;
namespace bw = bundle_writer;

// A field of a TensorProto with packed values: floats and the like as they are, or varints.
inline std::string Packed(std::uint32_t field, std::string_view values) {
  std::string out;
  gf::wire::PutBytesField(&out, field, values);
  return out;
}
inline std::string Varints(std::uint32_t field, const std::vector<std::int64_t>& values) {
  std::string packed;
  for (const std::int64_t value : values) gf::wire::PutVarint(&packed, static_cast<std::uint64_t>(value));
  return Packed(field, packed);
}
inline std::string Strings(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) gf::wire::PutBytesField(&out, 8, value);
  return out;
}
inline std::string WholeProto(const gf::Shape& shape) {
  return bw::SliceProto(gf::TensorSlice(gf::TensorSlice::Extents(shape.rank())));
}

// SavedTensorSlices{data: SavedSlice}.
inline std::string Value(std::string_view name, std::string_view slice, std::string_view data) {
  std::string saved, out;
  gf::wire::PutBytesField(&saved, 1, name);
  gf::wire::PutBytesField(&saved, 2, slice);
  gf::wire::PutBytesField(&saved, 3, data);
  gf::wire::PutBytesField(&out, 2, saved);
  return out;
}

class File {
 public:
  explicit File(bw::Options options = {}) : options_(options) {}

  // Lists slices of a tensor, given as TensorSliceProto.
  void List(std::string_view name, gf::DataType dtype, std::string_view shape, const std::vector<std::string>& slices) {
    std::string tensor;
    gf::wire::PutBytesField(&tensor, 1, name);
    gf::wire::PutBytesField(&tensor, 2, shape);
    gf::wire::PutVarintField(&tensor, 3, static_cast<std::uint64_t>(static_cast<std::int64_t>(dtype)));
    for (const std::string& slice : slices) gf::wire::PutBytesField(&tensor, 4, slice);
    gf::wire::PutBytesField(&list_, 1, tensor);
  }
  void Put(const std::string& key, std::string value) { values_[key] = std::move(value); }

  // A tensor stored whole; `data` is a TensorProto.
  void Add(const std::string& name, gf::DataType dtype, const gf::Shape& shape, std::string_view data) {
    const gf::TensorSlice slice{gf::TensorSlice::Extents(shape.rank())};
    AddSlice(name, dtype, shape, slice, data);
  }
  void AddSlice(const std::string& name, gf::DataType dtype, const gf::Shape& shape, const gf::TensorSlice& slice,
                std::string_view data) {
    List(name, dtype, shape.Serialize(), {bw::SliceProto(slice)});
    Put(slice.Key(name), Value(name, bw::SliceProto(slice), data));
  }
  // A slice of a tensor of floats with these bytes.
  void AddFloats(const std::string& name, const gf::Shape& shape, const gf::TensorSlice& slice, std::string_view bytes) {
    const gf::Box box = *slice.In(shape);
    AddSlice(name, gf::DataType::kFloat, shape, slice, Packed(5, bw::Cut(bytes, shape, box, 4)));
  }
  void SetVersions(std::string versions) { versions_ = std::move(versions); }

  std::string Bytes() const {
    std::string list = list_, header;
    gf::wire::PutBytesField(&list, 2, versions_);
    gf::wire::PutBytesField(&header, 1, list);
    bw::Entries entries{{"", header}};
    entries.insert(entries.end(), values_.begin(), values_.end());
    return bw::MakeTable(entries, options_);
  }

 private:
  bw::Options options_;
  std::string list_, versions_ = std::string("\x08\x01", 2);
  std::map<std::string, std::string> values_;
};

}  // namespace slice_writer
