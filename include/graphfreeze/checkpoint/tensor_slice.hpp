// TensorSlice: a part of a tensor, a start and a length in each dimension. Partitioned variables are stored
// and restored in such parts.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/shape.hpp>
#include <graphfreeze/wire/ordered_code.hpp>
#include <graphfreeze/wire/proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// A part with its numbers made definite by a tensor's shape: `size` elements from `start` on, in each dimension.
struct Box {
  Shape::Dims start;
  Shape::Dims size;

  static Box Whole(const Shape& shape) {
    return {Shape::Dims(shape.rank(), 0), Shape::Dims(shape.dims().begin(), shape.dims().end())};
  }
  std::size_t rank() const { return start.size(); }
  std::int64_t end(std::size_t axis) const { return start[axis] + size[axis]; }
  // REQUIRES: it lies in a shape whose element count has been checked.
  std::int64_t NumElements() const {
    std::int64_t product = 1;
    for (const std::int64_t n : size) product *= n;
    return product;
  }
  bool Overlaps(const Box& other) const {
    for (std::size_t i = 0; i < rank(); ++i) {
      if (start[i] >= other.end(i) || other.start[i] >= end(i)) return false;
    }
    return true;
  }
  friend bool operator==(const Box& a, const Box& b) { return a.start == b.start && a.size == b.size; }
};

class TensorSlice {
 public:
  static constexpr std::int64_t kWhole = -1;
  struct Extent {
    std::int64_t start = 0;
    std::int64_t length = kWhole;
    friend bool operator==(const Extent& a, const Extent& b) { return a.start == b.start && a.length == b.length; }
  };
  using Extents = std::vector<Extent>;

  TensorSlice() = default;  // all of a tensor, of any rank
  explicit TensorSlice(Extents extents) : extents_(std::move(extents)) {}
  TensorSlice(std::initializer_list<Extent> extents) : extents_(extents) {}

  // Reads TensorFlow's text form: an extent a dimension, "start,length" or "-" for all of it, joined by ':'.
  static absl::StatusOr<TensorSlice> Parse(std::string_view text) {
    TensorSlice slice;
    if (text.empty()) return slice;
    for (std::string_view rest = text;;) {
      const std::size_t colon = rest.find(':');
      const std::string_view one = rest.substr(0, colon);
      Extent extent;
      if (one != "-") {
        const std::size_t comma = one.find(',');
        if (comma == std::string_view::npos || !Number(one.substr(0, comma), &extent.start) ||
            !Number(one.substr(comma + 1), &extent.length) || extent.length < 1) {
          return InvalidArgument("'", text, "' is no tensor slice: '", one, "' should be '-' or 'start,length'");
        }
      }
      if (slice.extents_.size() == Shape::kMaxRank) return InvalidArgument("a tensor slice of too many dimensions");
      slice.extents_.push_back(extent);
      if (colon == std::string_view::npos) return slice;
      rest.remove_prefix(colon + 1);
    }
  }

  // Reads a TensorSliceProto. An extent without a length is the whole dimension.
  static absl::StatusOr<TensorSlice> FromProto(std::string_view proto) {
    TensorSlice slice;
    wire::FieldReader reader(proto);
    while (reader.Next()) {
      if (reader.key() != wire::Key(1, wire::Type::kBytes)) continue;
      Extent extent;
      bool has_length = false;
      wire::FieldReader fields(reader.bytes());
      while (fields.Next()) {
        if (fields.key() == wire::Key(1, wire::Type::kVarint)) extent.start = fields.int64();
        if (fields.key() == wire::Key(2, wire::Type::kVarint)) {
          extent.length = fields.int64();
          has_length = true;
        }
      }
      if (!fields.ok()) return fields.status("TensorSliceProto.Extent");
      if (has_length ? extent.start < 0 || extent.length < 1 : extent.start != 0) {
        return InvalidArgument("a tensor slice that starts at ", extent.start, " with ",
                               has_length ? Concat("a length of ", extent.length) : std::string("no length"));
      }
      if (slice.extents_.size() == Shape::kMaxRank) return InvalidArgument("a tensor slice of too many dimensions");
      slice.extents_.push_back(extent);
    }
    if (!reader.ok()) return reader.status("TensorSliceProto");
    return slice;
  }

  absl::Span<const Extent> extents() const { return extents_; }

  // The part of a tensor of this (fully defined) shape; an error unless it lies inside.
  absl::StatusOr<Box> In(const Shape& shape) const {
    if (extents_.empty()) return Box::Whole(shape);
    if (extents_.size() != shape.rank()) {
      return InvalidArgument("slice ", ToString(), " has ", extents_.size(), " dimensions, but shape ",
                             shape.ToString(), " has ", shape.rank());
    }
    Box box;
    for (std::size_t i = 0; i < extents_.size(); ++i) {
      const Extent& extent = extents_[i];
      if (extent.length == kWhole && extent.start == 0) {
        box.start.push_back(0);
        box.size.push_back(shape.dim(i));
        continue;
      }
      if (extent.start < 0 || extent.length < 1 || extent.start > shape.dim(i) ||
          extent.length > shape.dim(i) - extent.start) {
        return InvalidArgument("slice ", ToString(), " does not lie inside shape ", shape.ToString());
      }
      box.start.push_back(extent.start);
      box.size.push_back(extent.length);
    }
    return box;
  }

  // The key under which a checkpoint stores this slice of tensor `name`: its numbers as they are listed, since
  // an explicit "0,4" over a dimension of 4 is another key than the whole dimension.
  std::string Key(std::string_view name) const {
    std::string key;
    wire::PutOrderedNumber(&key, 0);
    wire::PutOrderedString(&key, name);
    wire::PutOrderedNumber(&key, extents_.size());
    for (const Extent& extent : extents_) {
      wire::PutOrderedSigned(&key, extent.start);
      wire::PutOrderedSigned(&key, extent.length);
    }
    return key;
  }

  // "7,7:0,4:-", as Parse reads it.
  std::string ToString() const {
    std::string text;
    for (const Extent& extent : extents_) {
      if (!text.empty()) text += ':';
      text += extent.length == kWhole ? std::string("-") : Concat(extent.start, ",", extent.length);
    }
    return text;
  }

  friend bool operator==(const TensorSlice& a, const TensorSlice& b) { return a.extents_ == b.extents_; }

 private:
  static bool Number(std::string_view text, std::int64_t* value) {
    const std::from_chars_result end = std::from_chars(text.data(), text.data() + text.size(), *value);
    return end.ec == std::errc() && end.ptr == text.data() + text.size() && *value >= 0;
  }

  Extents extents_;
};

// What an element of RestoreV2's shape_and_slices says: "20 4 7,7:0,4" is rows 7..13 of a [20,4] tensor.
// An empty text is the whole tensor, whatever its shape.
struct ShapeAndSlice {
  Shape shape = Shape::UnknownRank();
  TensorSlice slice;

  static absl::StatusOr<ShapeAndSlice> Parse(std::string_view text) {
    if (text.empty()) return ShapeAndSlice();
    std::vector<std::int64_t> dims;
    std::string_view rest = text;
    for (std::size_t space; (space = rest.find(' ')) != std::string_view::npos; rest.remove_prefix(space + 1)) {
      std::int64_t dim = -1;
      const std::from_chars_result end = std::from_chars(rest.data(), rest.data() + space, dim);
      if (end.ec != std::errc() || end.ptr != rest.data() + space || dim < 0 || dims.size() == Shape::kMaxRank) {
        return InvalidArgument("'", text, "' is no shape and slice: it should look like '20 4 7,7:0,4'");
      }
      dims.push_back(dim);
    }
    const Shape shape(Shape::Dims(dims.begin(), dims.end()));
    GRAPHFREEZE_ASSIGN_OR_RETURN(const TensorSlice slice, TensorSlice::Parse(rest));
    GRAPHFREEZE_RETURN_IF_ERROR(Annotate(slice.In(shape).status(), Concat("'", text, "'")));
    return ShapeAndSlice{shape, slice};
  }
};

GRAPHFREEZE_NAMESPACE_END
