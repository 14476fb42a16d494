// TensorProto: the form that a tensor has inside a graph (a Const's value, an attr's default).
//
// Reading: ParseTensorProto gives a TensorView. tensor_content, and packed floats that lie in one
// piece, are handed on where they lie; what has to be put together (varints, a fill) is put into a
// buffer of its own. A few bytes may describe a tensor of 2^60 equal elements: TensorProtoReader
// tells dtype, shape and the one stored value without expanding it, and expansion has a limit.
//
// Writing: TensorProtoPrefix is all that stands before the elements, so that weights can follow by
// reference; SerializeTensorProto writes small tensors as a whole, in the fields that TensorFlow
// uses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/dtype.hpp>
#include <graphfreeze/tensor/shape.hpp>
#include <graphfreeze/tensor/tensor.hpp>
#include <graphfreeze/wire/proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// What a tensor may grow to when fewer values are stored than it has elements.
inline constexpr std::uint64_t kMaxExpandedTensorBytes = std::uint64_t{64} << 20;

struct TensorHeader {
  DataType dtype = DataType::kInvalid;
  Shape shape;  // fully defined
  std::int64_t elements = 0;
};

namespace detail {

// The typed field of a dtype, and how its values are stored there.
enum class TensorValueKind : std::uint8_t {
  kNone,     // no field: only tensor_content
  kVarint,   // repeated varints, one an element; the low bytes count
  kFixed,    // repeated float or double; complex numbers take two
  kBytes,    // one bytes field, one byte an element
  kStrings,  // repeated bytes
};
struct TensorValueField {
  std::uint32_t number = 0;
  TensorValueKind kind = TensorValueKind::kNone;
};

constexpr TensorValueField ValueField(DataType dtype) {
  switch (dtype) {
    case DataType::kFloat:
      return {5, TensorValueKind::kFixed};
    case DataType::kDouble:
      return {6, TensorValueKind::kFixed};
    case DataType::kInt32:
    case DataType::kInt16:
    case DataType::kInt8:
    case DataType::kUint8:
    case DataType::kUint16:
    case DataType::kQint8:
    case DataType::kQuint8:
    case DataType::kQint16:
    case DataType::kQuint16:
    case DataType::kQint32:
    case DataType::kInt4:
    case DataType::kUint4:
    case DataType::kInt2:
    case DataType::kUint2:
      return {7, TensorValueKind::kVarint};
    case DataType::kString:
      return {8, TensorValueKind::kStrings};
    case DataType::kComplex64:
      return {9, TensorValueKind::kFixed};
    case DataType::kInt64:
      return {10, TensorValueKind::kVarint};
    case DataType::kBool:
      return {11, TensorValueKind::kVarint};
    case DataType::kComplex128:
      return {12, TensorValueKind::kFixed};
    case DataType::kHalf:
    case DataType::kBfloat16:
      return {13, TensorValueKind::kVarint};
    case DataType::kUint32:
      return {16, TensorValueKind::kVarint};
    case DataType::kUint64:
      return {17, TensorValueKind::kVarint};
    case DataType::kFloat8E5m2:
    case DataType::kFloat8E4m3fn:
    case DataType::kFloat8E4m3fnuz:
    case DataType::kFloat8E4m3b11fnuz:
    case DataType::kFloat8E5m2fnuz:
    case DataType::kFloat4E2m1fn:
      return {18, TensorValueKind::kBytes};
    default:
      return {};
  }
}

// Bytes of one stored number of a kFixed field: half an element for complex numbers.
constexpr std::size_t FixedSize(DataType dtype) {
  return dtype == DataType::kFloat || dtype == DataType::kComplex64 ? 4 : 8;
}

// Stored numbers that make up an element.
constexpr std::uint64_t NumbersPerElement(DataType dtype) {
  return dtype == DataType::kComplex64 || dtype == DataType::kComplex128 ? 2 : 1;
}

// The 4- and 2-bit integers as TensorFlow holds them: extended to the byte that they take.
constexpr std::uint64_t ExtendBits(DataType dtype, std::uint64_t value) {
  switch (dtype) {
    case DataType::kInt4:
      return ((value & 15) ^ 8) - 8;
    case DataType::kInt2:
      return ((value & 3) ^ 2) - 2;
    case DataType::kUint4:
      return value & 15;
    case DataType::kUint2:
      return value & 3;
    default:
      return value;
  }
}

// An element of `size` bytes from the varint that stands for it.
inline void AppendElement(std::string* out, DataType dtype, std::size_t size, std::uint64_t value) {
  value = dtype == DataType::kBool ? value != 0 : ExtendBits(dtype, value);
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);  // little-endian: the low bytes come first
  out->append(bytes, size);
}

// The varint that stands for the element at `p`: signed types are extended as protobuf's int32 is.
inline std::uint64_t ElementVarint(DataType dtype, const char* p) {
  std::uint64_t value = 0;
  std::memcpy(&value, p, ElementSize(dtype));
  switch (dtype) {
    case DataType::kInt32:
    case DataType::kQint32:
      return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(value)});
    case DataType::kInt16:
    case DataType::kQint16:
      return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int16_t>(value)});
    case DataType::kInt8:
    case DataType::kQint8:
      return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int8_t>(value)});
    case DataType::kBool:
      return value != 0;
    default:
      return ExtendBits(dtype, value);
  }
}

// The values in the typed field of a TensorProto, whose dtype may stand elsewhere.
struct TypedValues {
  TypedValues(std::string_view tensor_proto, DataType type)
      : proto(tensor_proto), dtype(type), field(ValueField(type)) {}

  // How many numbers or strings the field holds, two for a complex number; an error if it is malformed.
  absl::StatusOr<std::uint64_t> Count() const {
    std::uint64_t count = 0;
    wire::FieldReader reader(proto);
    while (reader.Next()) {
      if (reader.number() != field.number) continue;
      switch (field.kind) {
        case TensorValueKind::kVarint:
          if (reader.type() == wire::Type::kVarint) ++count;
          if (reader.type() == wire::Type::kBytes &&
              !wire::ForEachPackedVarint(reader.bytes(), [&](std::uint64_t) { ++count; })) {
            return DataLoss("malformed TensorProto: field ", field.number,
                            " is no packed list of numbers");
          }
          break;
        case TensorValueKind::kFixed: {
          const std::size_t size = FixedSize(dtype);
          if (reader.type() == (size == 4 ? wire::Type::kFixed32 : wire::Type::kFixed64)) ++count;
          if (reader.type() == wire::Type::kBytes) {
            if (reader.bytes().size() % size != 0) {
              return DataLoss("malformed TensorProto: field ", field.number,
                              " is no packed list of numbers");
            }
            count += reader.bytes().size() / size;
          }
          break;
        }
        case TensorValueKind::kBytes:
          if (reader.type() == wire::Type::kBytes) count = reader.bytes().size();
          break;
        case TensorValueKind::kStrings:
          if (reader.type() == wire::Type::kBytes) ++count;
          break;
        case TensorValueKind::kNone:
          break;
      }
    }
    if (!reader.ok()) return reader.status("TensorProto");
    return count;
  }

  // The first `total` bytes of the field if they lie there in one piece, as they are in memory; else nothing.
  std::string_view OnePiece(std::uint64_t total) const {
    if (field.kind == TensorValueKind::kVarint) return std::string_view();
    std::string_view piece;
    wire::FieldReader reader(proto);
    while (reader.Next()) {
      if (reader.number() != field.number) continue;
      if (reader.type() == wire::Type::kBytes) {
        if (field.kind == TensorValueKind::kFixed && reader.bytes().empty()) continue;
        piece = reader.bytes();
        if (field.kind == TensorValueKind::kBytes)
          continue;  // a singular field: the last one counts
      }
      break;
    }
    return piece.size() >= total ? piece.substr(0, static_cast<std::size_t>(total))
                                 : std::string_view();
  }

  // Appends stored elements until `out` has `total` bytes. REQUIRES: Count() was ok.
  void AppendTo(std::size_t total, std::string* out) const {
    const std::size_t element_size = ElementSize(dtype);
    wire::FieldReader reader(proto);
    while (reader.Next()) {
      if (reader.number() != field.number) continue;
      switch (field.kind) {
        case TensorValueKind::kVarint: {
          const auto append = [&](std::uint64_t value) {
            if (out->size() < total) AppendElement(out, dtype, element_size, value);
          };
          if (reader.type() == wire::Type::kVarint) append(reader.varint());
          if (reader.type() == wire::Type::kBytes)
            wire::ForEachPackedVarint(reader.bytes(), append);
          break;
        }
        case TensorValueKind::kFixed: {
          std::string_view bytes;
          char value[sizeof(std::uint64_t)];
          if (reader.type() == wire::Type::kBytes) {
            bytes = reader.bytes();
          } else if (reader.type() == wire::Type::kFixed32 ||
                     reader.type() == wire::Type::kFixed64) {
            const std::uint64_t number = reader.varint();
            std::memcpy(value, &number, sizeof value);
            if ((reader.type() == wire::Type::kFixed32) != (FixedSize(dtype) == 4)) break;
            bytes = std::string_view(value, FixedSize(dtype));
          }
          out->append(bytes.substr(0, total - out->size()));
          break;
        }
        case TensorValueKind::kBytes:
          if (reader.type() == wire::Type::kBytes) out->assign(reader.bytes().substr(0, total));
          break;
        case TensorValueKind::kStrings:
        case TensorValueKind::kNone:
          break;
      }
    }
    out->resize(out->size() - out->size() % element_size);  // half a complex number is none
  }

  std::string_view proto;
  DataType dtype;
  TensorValueField field;
};

}  // namespace detail

// A TensorProto, read as far as its header. Borrows the bytes.
class TensorProtoReader {
 public:
  // Checks dtype (known, no reference) and shape (fully defined, countable); not yet the values.
  static absl::StatusOr<TensorProtoReader> Parse(std::string_view proto) {
    TensorProtoReader tensor;
    tensor.proto_ = proto;
    std::string_view shape;
    std::string merged_shape;
    wire::FieldReader reader(proto);
    while (reader.Next()) {
      switch (reader.key()) {
        case wire::Key(1, wire::Type::kVarint):
          tensor.header_.dtype = static_cast<DataType>(reader.int32());
          break;
        case wire::Key(2, wire::Type::kBytes):
          // A message field that stands twice is merged, and merging is concatenation.
          if (shape.empty()) {
            shape = reader.bytes();
          } else {
            if (merged_shape.empty()) merged_shape = std::string(shape);
            merged_shape.append(reader.bytes());
            shape = merged_shape;
          }
          break;
        case wire::Key(4, wire::Type::kBytes):
          tensor.content_ = reader.bytes();
          break;
        default:
          break;
      }
    }
    if (!reader.ok()) return reader.status("TensorProto");
    const DataType dtype = tensor.header_.dtype;
    if (!IsKnown(dtype))
      return InvalidArgument("a TensorProto of invalid type (", Name(dtype), ")");
    absl::StatusOr<Shape> parsed = Shape::Parse(shape);
    if (!parsed.ok()) return Annotate(parsed.status(), "TensorProto");
    tensor.header_.shape = *std::move(parsed);
    absl::StatusOr<std::int64_t> elements = tensor.header_.shape.NumElements();
    if (!elements.ok()) return Annotate(elements.status(), "TensorProto");
    tensor.header_.elements = *elements;
    return tensor;
  }

  const TensorHeader& header() const { return header_; }
  DataType dtype() const { return header_.dtype; }
  const Shape& shape() const { return header_.shape; }

  // The tensor. An error if the stored values do not fit the shape, if the elements are handles
  // (resource, variant), or if fewer values are stored than there are elements and filling up would
  // take more than `max_expanded_bytes`.
  absl::StatusOr<TensorView> Expand(
      std::shared_ptr<const void> owner,
      std::uint64_t max_expanded_bytes = kMaxExpandedTensorBytes) const {
    return Decode(header_.shape, header_.elements, std::move(owner), max_expanded_bytes);
  }

  // The value that every element has, as a scalar, if the proto stores just one (or none: zeros)
  // for all of them. None if several are stored, be they equal or not, and if there are no
  // elements.
  absl::StatusOr<std::optional<TensorView>> Splat(std::shared_ptr<const void> owner) const {
    if (header_.elements == 0) return std::optional<TensorView>();
    if (header_.elements > 1) {
      if (!content_.empty()) return std::optional<TensorView>();
      GRAPHFREEZE_ASSIGN_OR_RETURN(const std::uint64_t stored, CountStored());
      if (stored > 1) return std::optional<TensorView>();
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(TensorView value,
                                 Decode(Shape(), 1, std::move(owner), kMaxExpandedTensorBytes));
    return std::optional<TensorView>(std::move(value));
  }

 private:
  absl::StatusOr<TensorView> Decode(const Shape& shape, std::int64_t elements,
                                    std::shared_ptr<const void> owner,
                                    std::uint64_t max_expanded_bytes) const {
    const DataType dtype = header_.dtype;
    if (dtype == DataType::kResource || dtype == DataType::kVariant) {
      return Unimplemented("the elements of a ", Name(dtype),
                           " tensor are handles, not values that can be read");
    }
    const std::uint64_t count = static_cast<std::uint64_t>(elements);
    if (dtype == DataType::kString)
      return DecodeStrings(shape, count, std::move(owner), max_expanded_bytes);
    if (count == 0) return TensorView(dtype, shape, std::string_view("", 0), std::move(owner));

    const std::uint64_t element_size = ElementSize(dtype);
    std::uint64_t total;
    if (__builtin_mul_overflow(count, element_size, &total)) {
      return InvalidArgument("a tensor of shape ", shape.ToString(), " has more than 2^64 bytes");
    }
    if (!content_.empty()) {
      if (content_.size() != total) {
        return InvalidArgument("the tensor_content of a ", Name(dtype), " tensor of shape ",
                               shape.ToString(), " has ", content_.size(),
                               " bytes, its elements need ", total);
      }
      return FromContent(shape, std::move(owner));
    }

    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::uint64_t stored, CountStored());
    if (stored < count && total > max_expanded_bytes) {
      return ResourceExhausted("a ", Name(dtype), " tensor of shape ", shape.ToString(), " stores ",
                               stored, " values and would expand to ", total,
                               " bytes; the limit is ", max_expanded_bytes);
    }
    if (const std::string_view run = Values().OnePiece(total); !run.empty()) {
      return TensorView(dtype, shape, run, std::move(owner));
    }
    auto buffer = std::make_shared<std::string>();
    buffer->reserve(static_cast<std::size_t>(total));
    Values().AppendTo(static_cast<std::size_t>(total), buffer.get());
    const std::string last =
        buffer->size() < element_size
            ? std::string(static_cast<std::size_t>(element_size), '\0')
            : buffer->substr(buffer->size() - static_cast<std::size_t>(element_size));
    if (last.find_first_not_of('\0') == std::string::npos) {
      buffer->resize(static_cast<std::size_t>(total));
    } else {
      while (buffer->size() < total) buffer->append(last);
    }
    const std::string_view bytes = *buffer;
    return TensorView(dtype, shape, bytes, std::move(buffer));
  }

  // tensor_content as it is; only a bool that is neither 0 nor 1 has to be made one.
  absl::StatusOr<TensorView> FromContent(const Shape& shape,
                                         std::shared_ptr<const void> owner) const {
    if (header_.dtype == DataType::kBool) {
      for (char c : content_) {
        if (c == 0 || c == 1) continue;
        auto buffer = std::make_shared<std::string>(content_);
        for (char& b : *buffer) b = b != 0;
        const std::string_view bytes = *buffer;
        return TensorView(header_.dtype, shape, bytes, std::move(buffer));
      }
    }
    return TensorView(header_.dtype, shape, content_, std::move(owner));
  }

  absl::StatusOr<TensorView> DecodeStrings(const Shape& shape, std::uint64_t count,
                                           std::shared_ptr<const void> owner,
                                           std::uint64_t max_expanded_bytes) const {
    std::vector<std::string_view> strings;
    if (count == 0) return TensorView(shape, std::move(strings), std::move(owner));
    if (!content_.empty()) {
      // All lengths, then all bytes. Every length takes a byte: that bounds the count before
      // anything is allocated.
      const absl::Status misfit =
          InvalidArgument("the tensor_content of a string tensor of shape ", shape.ToString(),
                          " does not hold ", count, " lengths and exactly their bytes");
      if (count > content_.size()) return misfit;
      strings.reserve(static_cast<std::size_t>(count));
      const char* p = content_.data();
      const char* const end = p + content_.size();
      std::vector<std::uint32_t> lengths(static_cast<std::size_t>(count));
      std::uint64_t sum = 0;  // below 2^63: at most 2^31 lengths of less than 2^32
      for (std::uint32_t& length : lengths) {
        std::uint64_t value;
        p = wire::ReadVarint(p, end, &value);
        if (p == nullptr || value > 0xffffffffu) return misfit;
        length = static_cast<std::uint32_t>(value);
        sum += value;
        if (sum > content_.size()) return misfit;
      }
      if (sum != static_cast<std::uint64_t>(end - p)) return misfit;
      for (std::uint32_t length : lengths) {
        strings.emplace_back(p, length);
        p += length;
      }
      return TensorView(shape, std::move(strings), std::move(owner));
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::uint64_t stored, CountStored());
    if (stored < count && count > max_expanded_bytes / sizeof(std::string_view)) {
      return ResourceExhausted("a string tensor of shape ", shape.ToString(), " stores ", stored,
                               " of ", count, " elements and would expand beyond the limit of ",
                               max_expanded_bytes, " bytes");
    }
    strings.reserve(static_cast<std::size_t>(count));
    wire::FieldReader reader(proto_);
    while (strings.size() < count && reader.Next()) {
      if (reader.key() == wire::Key(8, wire::Type::kBytes)) strings.push_back(reader.bytes());
    }
    const std::string_view last = strings.empty() ? std::string_view("", 0) : strings.back();
    strings.resize(static_cast<std::size_t>(count), last);
    return TensorView(shape, std::move(strings), std::move(owner));
  }

  detail::TypedValues Values() const { return detail::TypedValues(proto_, header_.dtype); }
  // How many elements the typed field holds.
  absl::StatusOr<std::uint64_t> CountStored() const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::uint64_t count, Values().Count());
    return count / detail::NumbersPerElement(header_.dtype);
  }

  std::string_view proto_;
  std::string_view content_;
  TensorHeader header_;
};

// dtype, shape and number of elements: nothing is expanded, the values are not looked at.
inline absl::StatusOr<TensorHeader> ParseTensorHeader(std::string_view proto) {
  GRAPHFREEZE_ASSIGN_OR_RETURN(const TensorProtoReader reader, TensorProtoReader::Parse(proto));
  return reader.header();
}

// The tensor that the message holds. `owner` keeps `proto` alive (null: the caller does).
inline absl::StatusOr<TensorView> ParseTensorProto(
    std::string_view proto, std::shared_ptr<const void> owner,
    std::uint64_t max_expanded_bytes = kMaxExpandedTensorBytes) {
  GRAPHFREEZE_ASSIGN_OR_RETURN(const TensorProtoReader reader, TensorProtoReader::Parse(proto));
  return reader.Expand(std::move(owner), max_expanded_bytes);
}

// --- writing -------------------------------------------------------------------------------------

namespace detail {
inline std::string TensorProtoHeader(DataType dtype, const Shape& shape) {
  std::string out;
  wire::PutVarintField(&out, 1, static_cast<std::uint64_t>(static_cast<std::int64_t>(dtype)));
  wire::PutBytesField(&out, 2, shape.Serialize());
  return out;
}

// Element count after the checks that every writer makes.
inline absl::StatusOr<std::int64_t> CheckedElements(DataType dtype, const Shape& shape,
                                                    std::uint64_t size) {
  if (ElementSize(dtype) == 0)
    return InvalidArgument("a ", Name(dtype), " tensor has no elements of fixed size");
  GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t elements, shape.NumElements());
  std::uint64_t needed;
  if (__builtin_mul_overflow(static_cast<std::uint64_t>(elements),
                             std::uint64_t{ElementSize(dtype)}, &needed) ||
      needed != size) {
    return InvalidArgument("a ", Name(dtype), " tensor of shape ", shape.ToString(), " has no ",
                           size, " bytes");
  }
  if (size > wire::kMaxMessageBytes) {
    return ResourceExhausted("a ", Name(dtype), " tensor of shape ", shape.ToString(), " has ",
                             size, " bytes; a graph holds at most 2 GiB");
  }
  return elements;
}
}  // namespace detail

// The bytes of a TensorProto up to and including the length of tensor_content: exactly `size`
// bytes, the elements, come next, and then the message ends. Without elements it ends at once.
inline absl::StatusOr<std::string> TensorProtoPrefix(DataType dtype, const Shape& shape,
                                                     std::uint64_t size) {
  GRAPHFREEZE_RETURN_IF_ERROR(detail::CheckedElements(dtype, shape, size).status());
  std::string out = detail::TensorProtoHeader(dtype, shape);
  if (size > 0) wire::PutBytesHeader(&out, 4, size);
  return out;
}

// A whole TensorProto of fixed-size elements: one element in the typed field of its dtype, as
// TensorFlow writes it (tools that read scalars look there), several as tensor_content, which is a
// copy.
inline absl::StatusOr<std::string> SerializeTensorProto(DataType dtype, const Shape& shape,
                                                        std::string_view bytes) {
  GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t elements,
                               detail::CheckedElements(dtype, shape, bytes.size()));
  std::string out = detail::TensorProtoHeader(dtype, shape);
  if (elements == 0) return out;
  detail::TensorValueField field = detail::ValueField(dtype);
  // TensorFlow's Python reads float8_val of the other float8 types only.
  if (dtype == DataType::kFloat8E4m3fnuz || dtype == DataType::kFloat8E4m3b11fnuz ||
      dtype == DataType::kFloat8E5m2fnuz) {
    field = {};
  }
  if (elements == 1 && field.kind == detail::TensorValueKind::kVarint) {
    const std::uint64_t value = detail::ElementVarint(dtype, bytes.data());
    wire::PutBytesHeader(&out, field.number, wire::VarintSize(value));
    wire::PutVarint(&out, value);
  } else if (elements == 1 && field.kind != detail::TensorValueKind::kNone) {
    wire::PutBytesField(&out, field.number, bytes);
  } else {
    wire::PutBytesField(&out, 4, bytes);
  }
  return out;
}

// A whole TensorProto of strings.
inline absl::StatusOr<std::string> SerializeStringTensorProto(
    const Shape& shape, absl::Span<const std::string_view> strings) {
  GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t elements, shape.NumElements());
  if (static_cast<std::uint64_t>(elements) != strings.size()) {
    return InvalidArgument("a tensor of shape ", shape.ToString(), " has no ", strings.size(),
                           " strings");
  }
  std::string out = detail::TensorProtoHeader(DataType::kString, shape);
  for (std::string_view s : strings) wire::PutBytesField(&out, 8, s);
  return out;
}

// A whole TensorProto of any tensor that is a value.
inline absl::StatusOr<std::string> SerializeTensorProto(const TensorView& tensor) {
  if (tensor.dtype() == DataType::kString)
    return SerializeStringTensorProto(tensor.shape(), tensor.strings());
  return SerializeTensorProto(tensor.dtype(), tensor.shape(), tensor.bytes());
}

GRAPHFREEZE_NAMESPACE_END
