// TensorView: a tensor whose bytes lie in memory. TensorRef: one that may still lie in files.
#pragma once

#include <cstdint>
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

GRAPHFREEZE_NAMESPACE_BEGIN

// Borrows its bytes and shares in their ownership: it may outlive the reader that it came from.
class TensorView {
 public:
  TensorView() = default;
  // Elements of fixed size: row-major, little-endian. REQUIRES: bytes.size() == elements x element size.
  TensorView(DataType dtype, Shape shape, std::string_view bytes, std::shared_ptr<const void> owner)
      : dtype_(dtype), shape_(std::move(shape)), bytes_(bytes), owner_(std::move(owner)) {}
  // One element of fixed size.
  static TensorView Scalar(DataType dtype, std::string_view bytes, std::shared_ptr<const void> owner = nullptr) {
    TensorView scalar;
    scalar.dtype_ = dtype;
    scalar.bytes_ = bytes;
    scalar.owner_ = std::move(owner);
    return scalar;
  }
  // Strings, row-major. REQUIRES: one view an element.
  TensorView(Shape shape, std::vector<std::string_view> strings, std::shared_ptr<const void> owner)
      : dtype_(DataType::kString),
        shape_(std::move(shape)),
        strings_(std::make_shared<const std::vector<std::string_view>>(std::move(strings))),
        owner_(std::move(owner)) {}

  DataType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  // The elements as they lie in memory; empty for strings.
  std::string_view bytes() const { return bytes_; }
  // The elements of a string tensor; empty for others.
  absl::Span<const std::string_view> strings() const {
    return strings_ ? absl::Span<const std::string_view>(*strings_) : absl::Span<const std::string_view>();
  }
  const std::shared_ptr<const void>& owner() const { return owner_; }

 private:
  DataType dtype_ = DataType::kInvalid;
  Shape shape_;
  std::string_view bytes_;
  std::shared_ptr<const std::vector<std::string_view>> strings_;
  std::shared_ptr<const void> owner_;
};

// Bytes with the CRC-32C that was stored for them (unmasked), to be compared before or while they are used.
struct CrcCheck {
  ByteRange range;
  std::uint32_t crc32c = 0;
  std::string key;  // the checkpoint key, for the message
};

// Where the bytes of a tensor are: `pieces`, one after the other, are its elements. A tensor that was
// stored in slices has several pieces; where slices interleave too finely for that, it has been put
// together in memory and has one. `checks` are the stored ranges that the pieces came from; ranges that
// had to be read to get here (strings, interleaved slices) were checked then.
struct TensorRef {
  DataType dtype = DataType::kInvalid;
  Shape shape;
  std::vector<ByteRange> pieces;                   // elements of fixed size
  std::shared_ptr<const TensorView> string_value;  // set instead for DataType::kString
  std::vector<CrcCheck> checks;

  std::uint64_t size() const {
    std::uint64_t total = 0;
    for (const ByteRange& piece : pieces) total += piece.size;
    return total;
  }
};

// What a TensorRef will be, told before anything is read.
struct TensorMeasure {
  DataType dtype = DataType::kInvalid;
  Shape shape;
  std::uint64_t bytes = 0;       // of the elements; of strings: with their lengths, as a TensorProto has them
  std::uint64_t heap_bytes = 0;  // of these: what has to be put together or decoded in memory
};

GRAPHFREEZE_NAMESPACE_END
