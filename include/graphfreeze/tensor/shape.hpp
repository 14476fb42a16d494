// Shape: the dimensions of a tensor, known, partly known (-1) or of unknown rank, as TensorShapeProto holds them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include <absl/container/inlined_vector.h>
#include <absl/types/span.h>

#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/wire/proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

class Shape {
 public:
  using Dims = absl::InlinedVector<std::int64_t, 4>;  // more dimensions are rare
  static constexpr std::size_t kMaxRank = 254;  // TensorFlow's own limit

  Shape() = default;  // a scalar
  Shape(const Shape&) = default;
  // Spelled out, since compilers warn of the room of an empty InlinedVector, which a move copies without reading it.
  Shape(Shape&& other) noexcept : unknown_rank_(other.unknown_rank_) {
    if (!other.dims_.empty()) dims_ = std::move(other.dims_);
  }
  Shape& operator=(const Shape&) = default;
  Shape& operator=(Shape&&) = default;
  ~Shape() = default;
  // Copies, for the same reason; what has few dimensions is copied as quickly.
  explicit Shape(absl::Span<const std::int64_t> dims) : dims_(dims.begin(), dims.end()) {}
  Shape(std::initializer_list<std::int64_t> dims) : dims_(dims) {}
  static Shape UnknownRank() {
    Shape shape;
    shape.unknown_rank_ = true;
    return shape;
  }

  // Reads a TensorShapeProto. A dimension below -1, or more than 254 of them, is an error.
  static absl::StatusOr<Shape> Parse(std::string_view proto) {
    Shape shape;
    wire::FieldReader reader(proto);
    while (reader.Next()) {
      if (reader.key() == wire::Key(2, wire::Type::kBytes)) {
        std::int64_t size = 0;  // an empty Dim is a dimension of 0
        wire::FieldReader dim(reader.bytes());
        while (dim.Next()) {
          if (dim.key() == wire::Key(1, wire::Type::kVarint)) size = dim.int64();
        }
        if (!dim.ok()) return dim.status("TensorShapeProto.Dim");
        if (size < -1) return InvalidArgument("a dimension of ", size, " in a TensorShapeProto");
        if (shape.dims_.size() == kMaxRank) {
          return InvalidArgument("a TensorShapeProto with more than ", kMaxRank, " dimensions");
        }
        shape.dims_.push_back(size);
      } else if (reader.key() == wire::Key(3, wire::Type::kVarint)) {
        shape.unknown_rank_ = reader.boolean();
      }
    }
    if (!reader.ok()) return reader.status("TensorShapeProto");
    if (shape.unknown_rank_) shape.dims_.clear();
    return shape;
  }

  // The shape as a TensorShapeProto, in the bytes that protobuf writes for it.
  std::string Serialize() const {
    std::string out;
    for (std::int64_t dim : dims_) {
      std::string body;
      if (dim != 0) wire::PutVarintField(&body, 1, static_cast<std::uint64_t>(dim));
      wire::PutBytesField(&out, 2, body);
    }
    if (unknown_rank_) wire::PutVarintField(&out, 3, 1);
    return out;
  }

  bool has_rank() const { return !unknown_rank_; }
  std::size_t rank() const { return dims_.size(); }
  absl::Span<const std::int64_t> dims() const { return dims_; }
  std::int64_t dim(std::size_t i) const { return dims_[i]; }

  bool IsFullyDefined() const {
    if (unknown_rank_) return false;
    for (std::int64_t dim : dims_) {
      if (dim < 0) return false;
    }
    return true;
  }

  // The number of elements, 1 for a scalar. An error unless fully defined and below 2^63, counted so
  // that a 0 among huge dimensions cannot hide an overflow.
  absl::StatusOr<std::int64_t> NumElements() const {
    if (!IsFullyDefined()) return InvalidArgument("shape ", ToString(), " is not fully defined");
    std::int64_t product = 1;
    bool zero = false;
    for (std::int64_t dim : dims_) {
      if (dim == 0) {
        zero = true;
      } else if (__builtin_mul_overflow(product, dim, &product)) {
        return InvalidArgument("shape ", ToString(), " has more than 2^63 - 1 elements");
      }
    }
    return zero ? 0 : product;
  }

  // True if one tensor could have both shapes.
  bool IsCompatibleWith(const Shape& other) const {
    if (unknown_rank_ || other.unknown_rank_) return true;
    if (dims_.size() != other.dims_.size()) return false;
    for (std::size_t i = 0; i < dims_.size(); ++i) {
      if (dims_[i] >= 0 && other.dims_[i] >= 0 && dims_[i] != other.dims_[i]) return false;
    }
    return true;
  }

  // "[2,?,3]", "[]" for a scalar, "unknown" for an unknown rank.
  std::string ToString() const {
    if (unknown_rank_) return "unknown";
    std::string out = "[";
    for (std::size_t i = 0; i < dims_.size(); ++i) {
      if (i > 0) out += ",";
      out += dims_[i] < 0 ? std::string("?") : Concat(dims_[i]);
    }
    return out + "]";
  }

  friend bool operator==(const Shape& a, const Shape& b) {
    return a.unknown_rank_ == b.unknown_rank_ && a.dims_ == b.dims_;
  }
  friend bool operator!=(const Shape& a, const Shape& b) { return !(a == b); }

 private:
  Dims dims_;
  bool unknown_rank_ = false;
};

GRAPHFREEZE_NAMESPACE_END
