// graphfreeze in one file. Generated from include/ by cmake/amalgamate.cmake: edit there, not here.
#pragma once

// ---- graphfreeze/graphfreeze.hpp ----
// graphfreeze: a trained TensorFlow model becomes one frozen inference graph, without TensorFlow.
//
// This header is everything. Programs that care what they include take one folder's header:
//   freezer.hpp                       graph and checkpoint in, frozen graph out
//   checkpoint/checkpoint_reader.hpp  the tensors of a checkpoint
//   graph/graph_view.hpp              a GraphDef to read;  graph/graph.hpp  one to edit
//   rewrite/pass.hpp, passes/*.hpp    rewrites, one a header, and what it takes to write another


// ---- graphfreeze/checkpoint/checkpoint_reader.hpp ----
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


// ---- graphfreeze/checkpoint/bundle_tensors.hpp ----
// The tensors of a V2 checkpoint: an index, and data files that are opened when a tensor of theirs is asked for.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>


// ---- graphfreeze/checkpoint/bundle_index.hpp ----
// The index of a V2 checkpoint ("tensor bundle"): which tensors there are, and where their bytes lie.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>


// ---- graphfreeze/checkpoint/stored_tensors.hpp ----
// What all formats of checkpoints have in common: a list of tensors, each stored whole or in slices, and a way from
// a stored part to its bytes. bundle_tensors.hpp is the V2 format, slice_tensors.hpp the V1 format.

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


// ---- graphfreeze/checkpoint/slice_layout.hpp ----
// How stored slices make up a tensor: that they cover it exactly, and which runs of bytes go where.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <absl/types/span.h>


// ---- graphfreeze/checkpoint/tensor_slice.hpp ----
// TensorSlice: a part of a tensor, a start and a length in each dimension. Partitioned variables are stored
// and restored in such parts.

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>


// ---- graphfreeze/support/config.hpp ----
// What the library is (version), what it needs (compiler, Abseil, byte order), and the namespace it lives in.
//
// The inline namespace carries our version and Abseil's: two shared objects that were built with
// different versions of either never merge each other's symbols in one process.

#include <absl/base/config.h>

#define GRAPHFREEZE_VERSION_MAJOR 0
#define GRAPHFREEZE_VERSION_MINOR 1
#define GRAPHFREEZE_VERSION_PATCH 0

#if !defined(__cplusplus) || __cplusplus < 201703L
#error "graphfreeze needs C++17: compile with -std=c++17 or newer"
#endif
#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "graphfreeze needs a little-endian host: weights are handed on as the bytes that the checkpoint holds"
#endif
#if defined(ABSL_LTS_RELEASE_VERSION) && ABSL_LTS_RELEASE_VERSION < 20220623
#error "graphfreeze needs Abseil 20220623 or newer (libabsl-dev of Debian 12)"
#endif

#define GRAPHFREEZE_JOIN_(a, b) a##b
#define GRAPHFREEZE_JOIN(a, b) GRAPHFREEZE_JOIN_(a, b)
#if defined(ABSL_LTS_RELEASE_VERSION)
#define GRAPHFREEZE_ABI GRAPHFREEZE_JOIN(v0_1_absl, ABSL_LTS_RELEASE_VERSION)
#else
#define GRAPHFREEZE_ABI v0_1_absl_head
#endif

// Everything of the library stands between these two.
#define GRAPHFREEZE_NAMESPACE_BEGIN \
  namespace graphfreeze {           \
  inline namespace GRAPHFREEZE_ABI {
#define GRAPHFREEZE_NAMESPACE_END \
  }                               \
  }

// ---- graphfreeze/support/status.hpp ----
// Errors as values: messages put together from pieces, and the one place where std::string_view
// meets absl::string_view (on Debian 12 they are different types).
//
//   return InvalidArgument("node '", name, "' has ", n, " inputs, expected 2; remove the extra ones");
//
// A message says what is wrong, where (file, offset, node), and what to do about it.

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>


// Leaves the enclosing function with the status if it is an error. For the library and for writers of passes.
#define GRAPHFREEZE_RETURN_IF_ERROR(expression)                                   \
  do {                                                                            \
    if (absl::Status graphfreeze_status = (expression); !graphfreeze_status.ok()) \
      return graphfreeze_status;                                                  \
  } while (false)

// Declares or assigns `target` from a StatusOr, or leaves the enclosing function with its status.
#define GRAPHFREEZE_ASSIGN_OR_RETURN(target, expression) \
  GRAPHFREEZE_ASSIGN_OR_RETURN_(GRAPHFREEZE_JOIN(graphfreeze_or_, __LINE__), target, expression)
#define GRAPHFREEZE_ASSIGN_OR_RETURN_(holder, target, expression) \
  auto holder = (expression);                                     \
  if (!holder.ok()) return std::move(holder).status();            \
  target = *std::move(holder)

GRAPHFREEZE_NAMESPACE_BEGIN

// The border to Abseil's own string_view.
inline absl::string_view ToAbsl(std::string_view s) { return absl::string_view(s.data(), s.size()); }
inline std::string_view FromAbsl(absl::string_view s) { return std::string_view(s.data(), s.size()); }

// One piece of a message: text or a number. Lives only inside the call that uses it.
class Piece {
 public:
  Piece(const char* text) : text_(text) {}
  Piece(std::string_view text) : text_(text) {}
  Piece(const std::string& text) : text_(text) {}
  template <typename Int, std::enable_if_t<std::is_integral_v<Int> && !std::is_same_v<Int, char> &&
                                               !std::is_same_v<Int, bool>,
                                           int> = 0>
  Piece(Int number) {
    const std::to_chars_result end = std::to_chars(digits_, digits_ + sizeof digits_, number);
    text_ = std::string_view(digits_, static_cast<std::size_t>(end.ptr - digits_));
  }
  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;

  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
  char digits_[24];
};

namespace detail {
inline std::string JoinPieces(std::initializer_list<std::string_view> pieces) {
  std::size_t size = 0;
  for (std::string_view piece : pieces) size += piece.size();
  std::string out;
  out.reserve(size);
  for (std::string_view piece : pieces) out.append(piece.data(), piece.size());
  return out;
}
}  // namespace detail

// The pieces one after the other.
template <typename... Parts>
std::string Concat(const Parts&... parts) {
  return detail::JoinPieces({Piece(parts).text()...});
}

inline absl::Status MakeStatus(absl::StatusCode code, const std::string& message) {
  return absl::Status(code, ToAbsl(message));
}

// "'a', 'b'", or `none` if there are none.
inline std::string JoinNames(const std::vector<std::string_view>& names, std::string_view none) {
  std::string out;
  for (std::string_view name : names) out += Concat(out.empty() ? "" : ", ", "'", name, "'");
  return out.empty() ? std::string(none) : out;
}

// Input that no valid file or call would hold.
template <typename... Parts>
absl::Status InvalidArgument(const Parts&... parts) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, Concat(parts...));
}
// A file, node, key or function that is named but not there.
template <typename... Parts>
absl::Status NotFound(const Parts&... parts) {
  return MakeStatus(absl::StatusCode::kNotFound, Concat(parts...));
}
// Stored bytes that contradict themselves: checksum, length, truncation.
template <typename... Parts>
absl::Status DataLoss(const Parts&... parts) {
  return MakeStatus(absl::StatusCode::kDataLoss, Concat(parts...));
}
// A valid request that this state of things cannot serve.
template <typename... Parts>
absl::Status FailedPrecondition(const Parts&... parts) {
  return MakeStatus(absl::StatusCode::kFailedPrecondition, Concat(parts...));
}
// Something valid that the library does not do.
template <typename... Parts>
absl::Status Unimplemented(const Parts&... parts) {
  return MakeStatus(absl::StatusCode::kUnimplemented, Concat(parts...));
}
// A limit (of the format, or the caller's) that would be passed.
template <typename... Parts>
absl::Status ResourceExhausted(const Parts&... parts) {
  return MakeStatus(absl::StatusCode::kResourceExhausted, Concat(parts...));
}

// The same status with `prefix` and ": " before its message.
inline absl::Status Annotate(const absl::Status& status, std::string_view prefix) {
  if (status.ok()) return status;
  return MakeStatus(status.code(), Concat(prefix, ": ", FromAbsl(status.message())));
}

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/tensor/shape.hpp ----
// Shape: the dimensions of a tensor, known, partly known (-1) or of unknown rank, as TensorShapeProto holds them.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>


// ---- graphfreeze/wire/proto.hpp ----
// The protobuf wire format: reading the fields of a message where they lie, and writing fields.
//
// A message is a sequence of (tag, payload). Nothing is copied and nothing is allocated: a FieldReader
// is a cursor, a Field is a view. Errors are sticky state of the reader, so a loop stays a loop:
//
//   wire::FieldReader reader(bytes);
//   while (reader.Next()) {
//     switch (reader.key()) {
//       case wire::Key(1, wire::Type::kBytes): name = reader.bytes(); break;
//       case wire::Key(2, wire::Type::kVarint): size = reader.varint(); break;
//     }
//   }
//   if (!reader.ok()) return reader.status("NodeDef");
//
// A field with an unexpected wire type falls through such a switch, which is what protobuf does too.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>


GRAPHFREEZE_NAMESPACE_BEGIN
namespace wire {

enum class Type : std::uint8_t {
  kVarint = 0,
  kFixed64 = 1,
  kBytes = 2,
  kStartGroup = 3,
  kEndGroup = 4,
  kFixed32 = 5,
};

// Field number and wire type as the one integer that stands in the file.
constexpr std::uint32_t Key(std::uint32_t number, Type type) {
  return number << 3 | static_cast<std::uint32_t>(type);
}

// protobuf's own limits: a message may nest this deep, and be this long.
inline constexpr int kMaxDepth = 100;
inline constexpr std::uint64_t kMaxMessageBytes = (std::uint64_t{1} << 31) - 1;

// Reads a base-128 varint of at most 10 bytes at `p`. Returns the position behind it, or null when
// [p, end) ends first or an 11th byte would be needed.
inline const char* ReadVarint(const char* p, const char* end, std::uint64_t* value) {
  if (p < end && static_cast<unsigned char>(*p) < 0x80) {
    *value = static_cast<unsigned char>(*p);
    return p + 1;
  }
  std::uint64_t result = 0;
  for (int shift = 0; shift < 70 && p < end; shift += 7) {
    const std::uint64_t byte = static_cast<unsigned char>(*p++);
    result |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      *value = result;
      return p;
    }
  }
  return nullptr;
}

inline std::uint32_t LoadFixed32(const char* p) {
  std::uint32_t value;
  std::memcpy(&value, p, sizeof value);
  return value;
}
inline std::uint64_t LoadFixed64(const char* p) {
  std::uint64_t value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

// A cursor over the fields of one message.
class FieldReader {
 public:
  FieldReader() = default;
  explicit FieldReader(std::string_view message)
      : begin_(message.data()), next_(message.data()), end_(message.data() + message.size()) {}

  // Steps to the next field. False at the end of the message and at the first malformed byte: ask ok().
  bool Next() {
    field_ = next_;
    if (next_ == end_) return false;
    std::uint64_t tag;
    const char* p = ReadVarint(next_, end_, &tag);
    if (p == nullptr || tag < 8 || tag > 0xffffffffu) return Fail();
    key_ = static_cast<std::uint32_t>(tag);
    switch (static_cast<Type>(tag & 7)) {
      case Type::kBytes: {
        p = ReadVarint(p, end_, &value_);
        if (p == nullptr || value_ > static_cast<std::uint64_t>(end_ - p)) return Fail();
        payload_ = p;
        next_ = p + value_;
        return true;
      }
      case Type::kVarint:
        payload_ = p;
        next_ = ReadVarint(p, end_, &value_);
        return next_ != nullptr || Fail();
      case Type::kFixed32:
        if (end_ - p < 4) return Fail();
        payload_ = p;
        value_ = LoadFixed32(p);
        next_ = p + 4;
        return true;
      case Type::kFixed64:
        if (end_ - p < 8) return Fail();
        payload_ = p;
        value_ = LoadFixed64(p);
        next_ = p + 8;
        return true;
      case Type::kStartGroup:
        payload_ = p;
        next_ = SkipGroup(p);
        return next_ != nullptr || Fail();
      case Type::kEndGroup:
      default:
        return Fail();
    }
  }

  bool ok() const { return !failed_; }
  // What is malformed, as an error about `message_name`. REQUIRES: !ok().
  absl::Status status(std::string_view message_name) const {
    return DataLoss("malformed ", message_name, ": no valid field at byte ", offset(), " of ",
                    end_ - begin_);
  }

  std::uint32_t key() const { return key_; }
  std::uint32_t number() const { return key_ >> 3; }
  Type type() const { return static_cast<Type>(key_ & 7); }

  // The value of a kVarint, kFixed32 or kFixed64 field.
  std::uint64_t varint() const { return value_; }
  // Varints that a schema calls int32 or an enum: the low 32 bits.
  std::int32_t int32() const { return static_cast<std::int32_t>(static_cast<std::uint32_t>(value_)); }
  std::int64_t int64() const { return static_cast<std::int64_t>(value_); }
  bool boolean() const { return value_ != 0; }
  // The payload of a kBytes field, without its length.
  std::string_view bytes() const { return {payload_, static_cast<std::size_t>(value_)}; }

  // The whole field as it stands in the message: tag, length and payload.
  std::string_view whole() const { return {field_, static_cast<std::size_t>(next_ - field_)}; }
  // Where the current field (or the malformed one) begins, counted from the beginning of the message.
  std::size_t offset() const { return static_cast<std::size_t>(field_ - begin_); }

 private:
  bool Fail() {
    failed_ = true;
    next_ = end_ = field_ == nullptr ? end_ : field_;
    return false;
  }

  // Groups are obsolete and unknown to every schema read here: stepped over as a whole.
  const char* SkipGroup(const char* p) const {
    std::uint32_t open[kMaxDepth];
    int depth = 0;
    open[depth++] = key_ >> 3;
    while (depth > 0) {
      std::uint64_t tag, value;
      p = ReadVarint(p, end_, &tag);
      if (p == nullptr || tag < 8 || tag > 0xffffffffu) return nullptr;
      switch (static_cast<Type>(tag & 7)) {
        case Type::kVarint:
          p = ReadVarint(p, end_, &value);
          if (p == nullptr) return nullptr;
          break;
        case Type::kFixed64:
          if (end_ - p < 8) return nullptr;
          p += 8;
          break;
        case Type::kFixed32:
          if (end_ - p < 4) return nullptr;
          p += 4;
          break;
        case Type::kBytes:
          p = ReadVarint(p, end_, &value);
          if (p == nullptr || value > static_cast<std::uint64_t>(end_ - p)) return nullptr;
          p += value;
          break;
        case Type::kStartGroup:
          if (depth == kMaxDepth) return nullptr;
          open[depth++] = static_cast<std::uint32_t>(tag >> 3);
          break;
        case Type::kEndGroup:
          if (open[--depth] != tag >> 3) return nullptr;
          break;
        default:
          return nullptr;
      }
    }
    return p;
  }

  const char* begin_ = nullptr;
  const char* field_ = nullptr;
  const char* payload_ = nullptr;
  const char* next_ = nullptr;
  const char* end_ = nullptr;
  std::uint64_t value_ = 0;
  std::uint32_t key_ = 0;
  bool failed_ = false;
};

// Walks a packed payload of varints; a repeated scalar may also stand unpacked, one field an element,
// so callers handle both keys. Returns false if the payload is malformed.
template <typename Visit>
bool ForEachPackedVarint(std::string_view payload, Visit&& visit) {
  const char* p = payload.data();
  const char* end = p + payload.size();
  while (p != end) {
    std::uint64_t value;
    p = ReadVarint(p, end, &value);
    if (p == nullptr) return false;
    visit(value);
  }
  return true;
}

// --- writing -------------------------------------------------------------------------------------

constexpr std::size_t VarintSize(std::uint64_t value) {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

inline void PutVarint(std::string* out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out->push_back(static_cast<char>((value & 0x7f) | 0x80));
  out->push_back(static_cast<char>(value));
}

inline void PutVarintField(std::string* out, std::uint32_t number, std::uint64_t value) {
  PutVarint(out, Key(number, Type::kVarint));
  PutVarint(out, value);
}

// Tag and length of a kBytes field whose `size` payload bytes the caller writes next.
inline void PutBytesHeader(std::string* out, std::uint32_t number, std::uint64_t size) {
  PutVarint(out, Key(number, Type::kBytes));
  PutVarint(out, size);
}

inline void PutBytesField(std::string* out, std::uint32_t number, std::string_view payload) {
  PutBytesHeader(out, number, payload.size());
  out->append(payload.data(), payload.size());
}

inline void PutFixed32Field(std::string* out, std::uint32_t number, std::uint32_t value) {
  PutVarint(out, Key(number, Type::kFixed32));
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out->append(bytes, sizeof bytes);
}

inline void PutFixed64Field(std::string* out, std::uint32_t number, std::uint64_t value) {
  PutVarint(out, Key(number, Type::kFixed64));
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out->append(bytes, sizeof bytes);
}

}  // namespace wire
GRAPHFREEZE_NAMESPACE_END

GRAPHFREEZE_NAMESPACE_BEGIN

class Shape {
 public:
  using Dims = std::vector<std::int64_t>;
  static constexpr std::size_t kMaxRank = 254;  // TensorFlow's own limit

  Shape() = default;  // a scalar
  explicit Shape(Dims dims) : dims_(std::move(dims)) {}
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

// ---- graphfreeze/wire/ordered_code.hpp ----
// Ordered code: numbers and strings as bytes that sort like the values. Checkpoints name the stored slices
// of a tensor this way. Only encoding is needed: a slice is looked up by the key that it must have.

#include <cstdint>
#include <string>
#include <string_view>


GRAPHFREEZE_NAMESPACE_BEGIN
namespace wire {

// An unsigned number: the count of its significant bytes, then these, the highest first.
inline void PutOrderedNumber(std::string* out, std::uint64_t value) {
  int bytes = 0;
  while (bytes < 8 && value >> (8 * bytes) != 0) ++bytes;
  out->push_back(static_cast<char>(bytes));
  while (bytes-- > 0) out->push_back(static_cast<char>(value >> (8 * bytes) & 0xff));
}

// A string: 00 becomes 00 ff, ff becomes ff 00, and 00 01 ends it.
inline void PutOrderedString(std::string* out, std::string_view value) {
  for (const char c : value) {
    out->push_back(c);
    if (c == '\0') out->push_back('\xff');
    if (c == '\xff') out->push_back('\0');
  }
  out->push_back('\0');
  out->push_back('\x01');
}

// A signed number: two's complement of the fewest bytes L with 7 L - 1 bits for its magnitude, the highest
// first; the first L bits (counted over two bytes where L > 8) are inverted into a mark of the length.
inline void PutOrderedSigned(std::string* out, std::int64_t value) {
  const std::uint64_t magnitude = static_cast<std::uint64_t>(value < 0 ? ~value : value);
  int length = 1;
  while (length < 10 && magnitude >> (7 * length - 1) != 0) ++length;  // 7 * 10 - 1 would be past the type
  unsigned char bytes[10] = {};
  const std::uint64_t bits = static_cast<std::uint64_t>(value);
  for (int i = 0; i < length; ++i) {
    const int shift = 8 * (length - 1 - i);
    bytes[i] = shift < 64 ? static_cast<unsigned char>(bits >> shift & 0xff)
                          : static_cast<unsigned char>(value < 0 ? 0xff : 0);
  }
  const unsigned header = 0xffffu << (16 - length) & 0xffffu;
  bytes[0] = static_cast<unsigned char>(bytes[0] ^ header >> 8);
  if (length > 1) bytes[1] = static_cast<unsigned char>(bytes[1] ^ (header & 0xff));
  out->append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
}

}  // namespace wire
GRAPHFREEZE_NAMESPACE_END

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

GRAPHFREEZE_NAMESPACE_BEGIN
namespace checkpoint_detail {

// A stored slice, or a tensor that is stored whole.
struct StoredPart {
  Box box;                 // which part it is
  std::string_view proto;  // what the index says of it; each format has its own
  std::int32_t file = 0;   // the number of the file that it lies in
};

// An error unless the parts cover the shape with no overlap. REQUIRES: they lie inside it, and its elements can
// be counted. Parts are swept along the axis that separates them best; where no axis does, the number of pairs
// that are compared is bounded.
inline absl::Status CheckCoverage(const Shape& shape, absl::Span<const StoredPart> parts) {
  std::uint64_t elements = 1;
  for (const std::int64_t dim : shape.dims()) elements *= static_cast<std::uint64_t>(dim);
  std::uint64_t covered = 0;
  for (const StoredPart& part : parts) {
    const std::uint64_t n = static_cast<std::uint64_t>(part.box.NumElements());
    if (n > elements - covered) return DataLoss("its slices overlap");
    covered += n;
  }
  if (covered != elements) {
    return DataLoss("its ", parts.size(), " slices have ", covered, " of ", elements,
                    " elements; the others were not saved, or not merged");
  }
  if (parts.size() < 2 || elements == 0) return absl::OkStatus();

  std::size_t axis = 0, most = 0;
  std::vector<std::int64_t> starts(parts.size());
  for (std::size_t a = 0; a < shape.rank(); ++a) {
    for (std::size_t i = 0; i < parts.size(); ++i) starts[i] = parts[i].box.start[a];
    std::sort(starts.begin(), starts.end());
    const std::size_t distinct =
        static_cast<std::size_t>(std::unique(starts.begin(), starts.end()) - starts.begin());
    if (distinct > most) {
      most = distinct;
      axis = a;
    }
  }
  std::vector<const Box*> order;
  order.reserve(parts.size());
  for (const StoredPart& part : parts) order.push_back(&part.box);
  std::sort(order.begin(), order.end(), [axis](const Box* a, const Box* b) { return a->start[axis] < b->start[axis]; });
  std::vector<const Box*> open;
  std::uint64_t compared = 0;
  constexpr std::uint64_t kMaxCompared = std::uint64_t{1} << 26;
  for (const Box* box : order) {
    open.erase(std::remove_if(open.begin(), open.end(),
                              [&](const Box* other) { return other->end(axis) <= box->start[axis]; }),
               open.end());
    compared += open.size() * shape.rank();
    if (compared > kMaxCompared) return ResourceExhausted("its ", parts.size(), " slices are too many to check");
    for (const Box* other : open) {
      if (box->Overlaps(*other)) return DataLoss("its slices overlap");
    }
    open.push_back(box);
  }
  return absl::OkStatus();
}

// Where the bytes of stored parts go when `wanted` (a part of the same tensor) is laid out row-major.
class SliceCopier {
 public:
  SliceCopier(const Box& wanted, std::size_t element_size) : wanted_(wanted), element_size_(element_size) {}

  // The number of runs of bytes that go from `stored` to the wanted part; 0 if they do not overlap.
  std::uint64_t CountRuns(const Box& stored) const {
    Box common;
    if (!Intersect(stored, &common)) return 0;
    std::uint64_t runs = 1;
    for (std::size_t i = 0; i < RunAxis(stored, common); ++i) runs *= static_cast<std::uint64_t>(common.size[i]);
    return runs;
  }

  // Calls run(to, from, size) for each, all in bytes, `to` ascending: from the beginning of the wanted part, and
  // from the beginning of the stored one.
  template <typename Run>
  void ForEachRun(const Box& stored, Run&& run) const {
    Box common;
    if (!Intersect(stored, &common)) return;
    const std::size_t axis = RunAxis(stored, common);
    std::uint64_t size = element_size_;
    for (std::size_t i = axis; i < common.rank(); ++i) size *= static_cast<std::uint64_t>(common.size[i]);
    const Strides to_stride = StridesOf(wanted_), from_stride = StridesOf(stored);
    std::uint64_t to = 0, from = 0;
    for (std::size_t i = 0; i < common.rank(); ++i) {
      to += static_cast<std::uint64_t>(common.start[i] - wanted_.start[i]) * to_stride[i];
      from += static_cast<std::uint64_t>(common.start[i] - stored.start[i]) * from_stride[i];
    }
    Shape::Dims at(axis, 0);
    while (true) {
      run(to, from, size);
      std::size_t i = axis;
      while (i > 0 && ++at[i - 1] == common.size[i - 1]) {
        --i;
        at[i] = 0;
        to -= static_cast<std::uint64_t>(common.size[i] - 1) * to_stride[i];
        from -= static_cast<std::uint64_t>(common.size[i] - 1) * from_stride[i];
      }
      if (i == 0) return;
      to += to_stride[i - 1];
      from += from_stride[i - 1];
    }
  }

 private:
  using Strides = absl::InlinedVector<std::uint64_t, 4>;

  bool Intersect(const Box& stored, Box* common) const {
    for (std::size_t i = 0; i < wanted_.rank(); ++i) {
      const std::int64_t start = (std::max)(wanted_.start[i], stored.start[i]);
      const std::int64_t end = (std::min)(wanted_.end(i), stored.end(i));
      if (start >= end) return false;
      common->start.push_back(start);
      common->size.push_back(end - start);
    }
    return true;
  }

  // The axis from which on both sides are contiguous: a run takes all of `common` there and behind.
  std::size_t RunAxis(const Box& stored, const Box& common) const {
    std::size_t axis = common.rank();
    while (axis > 0) {
      --axis;
      if (common.size[axis] != wanted_.size[axis] || common.size[axis] != stored.size[axis]) break;
    }
    return axis;
  }

  Strides StridesOf(const Box& box) const {
    Strides strides(box.rank());
    std::uint64_t stride = element_size_;
    for (std::size_t i = box.rank(); i-- > 0;) {
      strides[i] = stride;
      stride *= static_cast<std::uint64_t>(box.size[i]);
    }
    return strides;
  }

  const Box& wanted_;
  std::size_t element_size_;
};

}  // namespace checkpoint_detail
GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/io/source.hpp ----
// Source: a shared owner of bytes (a mapped file, a buffer, an object in a store), read by range.
// ByteRange: a part of one. A weight is a ByteRange until the moment it is written.
//
// A source whose bytes lie in memory has a view; one that must be read (pread, object store) has none and
// is read in pieces. Everything built on either form works with both.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <absl/types/span.h>


GRAPHFREEZE_NAMESPACE_BEGIN

// One of several ranges that are read together: `out.size()` bytes from `offset` on.
struct RangeRead {
  std::uint64_t offset = 0;
  absl::Span<char> out;
};

// What a Source is made of. Implemented by the file systems of the library; a file of one's own needs
// only the three or four members that Source::Of names.
class SourceInterface {
 public:
  virtual ~SourceInterface() = default;
  virtual std::uint64_t size() const = 0;
  // The bytes, if they lie in memory; `data() == nullptr` if they must be read.
  virtual std::string_view view() const = 0;
  // Fills every range. The ranges lie inside [0, size()).
  virtual absl::Status Read(absl::Span<const RangeRead> ranges) const = 0;
};

// Bytes that lie in memory, with what keeps them alive.
struct OwnedBytes {
  std::string_view bytes;
  std::shared_ptr<const void> owner;
};

// Cheap to copy; all copies share the bytes. Safe to read from several threads at once.
class Source {
 public:
  Source() = default;  // no bytes

  // Takes the bytes over.
  static Source Own(std::string bytes, std::string name = "memory") {
    auto owner = std::make_shared<const std::string>(std::move(bytes));
    const std::string_view view = *owner;
    return Share(view, std::move(owner), std::move(name));
  }
  // Borrows the bytes: the caller keeps them alive and unchanged as long as anything made from them lives.
  static Source Borrow(std::string_view bytes, std::string name = "memory") {
    return Share(bytes, nullptr, std::move(name));
  }
  // Bytes that live as long as `owner`.
  static Source Share(std::string_view bytes, std::shared_ptr<const void> owner, std::string name = "memory") {
    struct Memory final : SourceInterface {
      Memory(std::string_view b, std::shared_ptr<const void> o) : bytes(b), keep(std::move(o)) {}
      std::uint64_t size() const override { return bytes.size(); }
      std::string_view view() const override {
        return bytes.data() == nullptr ? std::string_view("", 0) : bytes;
      }
      absl::Status Read(absl::Span<const RangeRead> ranges) const override {
        for (const RangeRead& range : ranges) {
          if (!range.out.empty()) std::memcpy(range.out.data(), bytes.data() + range.offset, range.out.size());
        }
        return absl::OkStatus();
      }
      std::string_view bytes;
      std::shared_ptr<const void> keep;
    };
    return Source(std::make_shared<const Memory>(bytes, std::move(owner)), std::move(name));
  }
  // A file of one's own. `file` has
  //   std::uint64_t size() const;
  //   absl::Status Read(std::uint64_t offset, absl::Span<char> out) const;
  // or, in place of Read, for stores that gain from several ranges at once,
  //   absl::Status ReadBatch(absl::Span<const RangeRead> ranges) const;
  // and may have
  //   std::string_view view() const;   // when the bytes lie in memory
  template <typename File>
  static Source Of(File file, std::string name) {
    return Source(std::make_shared<const Wrapped<File>>(std::move(file)), std::move(name));
  }
  Source(std::shared_ptr<const SourceInterface> impl, std::string name)
      : impl_(std::move(impl)), name_(std::make_shared<const std::string>(std::move(name))) {}

  explicit operator bool() const { return impl_ != nullptr; }
  // The file's path, for messages.
  std::string_view name() const { return name_ ? std::string_view(*name_) : std::string_view("nothing"); }
  std::uint64_t size() const { return impl_ ? impl_->size() : 0; }
  bool has_view() const { return !impl_ || impl_->view().data() != nullptr; }
  // All bytes. Empty when !has_view().
  std::string_view view() const { return impl_ ? impl_->view() : std::string_view("", 0); }

  // Reads `out.size()` bytes from `offset` on. OutOfRange-like DataLoss if the source ends before.
  absl::Status Read(std::uint64_t offset, absl::Span<char> out) const {
    const RangeRead range{offset, out};
    return Read(absl::Span<const RangeRead>(&range, 1));
  }
  absl::Status Read(absl::Span<const RangeRead> ranges) const {
    for (const RangeRead& range : ranges) GRAPHFREEZE_RETURN_IF_ERROR(Contains(range.offset, range.out.size()));
    if (!impl_) return absl::OkStatus();
    return impl_->Read(ranges);
  }

  // The bytes of a range in memory: a view where there is one, else a buffer that is read for the purpose.
  absl::StatusOr<OwnedBytes> Load(std::uint64_t offset, std::uint64_t size) const {
    GRAPHFREEZE_RETURN_IF_ERROR(Contains(offset, size));
    if (has_view()) return OwnedBytes{view().substr(offset, size), impl_};
    auto buffer = std::make_shared<std::string>();
    buffer->resize(static_cast<std::size_t>(size));
    GRAPHFREEZE_RETURN_IF_ERROR(Read(offset, absl::Span<char>(&(*buffer)[0], buffer->size())));
    const std::string_view bytes = *buffer;
    return OwnedBytes{bytes, std::move(buffer)};
  }
  absl::StatusOr<OwnedBytes> LoadAll() const { return Load(0, size()); }

  // An error unless [offset, offset + size) lies inside.
  absl::Status Contains(std::uint64_t offset, std::uint64_t length) const {
    if (offset <= size() && length <= size() - offset) return absl::OkStatus();
    return DataLoss(name(), ": ", length, " bytes at offset ", offset, " reach beyond its end at ", size(),
                    "; the file is truncated or belongs to another set");
  }

  friend bool operator==(const Source& a, const Source& b) { return a.impl_ == b.impl_; }

 private:
  template <typename File, typename = void>
  struct HasView : std::false_type {};
  template <typename File>
  struct HasView<File, std::void_t<decltype(std::declval<const File&>().view())>> : std::true_type {};
  template <typename File, typename = void>
  struct HasBatch : std::false_type {};
  template <typename File>
  struct HasBatch<File, std::void_t<decltype(std::declval<const File&>().ReadBatch(
                            std::declval<absl::Span<const RangeRead>>()))>> : std::true_type {};

  template <typename File>
  struct Wrapped final : SourceInterface {
    explicit Wrapped(File f) : file(std::move(f)) {}
    std::uint64_t size() const override { return file.size(); }
    std::string_view view() const override {
      if constexpr (HasView<File>::value) {
        return file.view();
      } else {
        return std::string_view();
      }
    }
    absl::Status Read(absl::Span<const RangeRead> ranges) const override {
      if constexpr (HasBatch<File>::value) {
        return file.ReadBatch(ranges);
      } else {
        for (const RangeRead& range : ranges) GRAPHFREEZE_RETURN_IF_ERROR(file.Read(range.offset, range.out));
        return absl::OkStatus();
      }
    }
    File file;
  };

  std::shared_ptr<const SourceInterface> impl_;
  std::shared_ptr<const std::string> name_;
};

// `size` bytes of `source` from `offset` on.
struct ByteRange {
  Source source;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/tensor/dtype.hpp ----
// DataType: the element types of tensors, with the numbers that tensorflow.DataType gives them.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>


GRAPHFREEZE_NAMESPACE_BEGIN

// Values that this list does not know are kept as they are and refused only where they are used.
enum class DataType : std::int32_t {
  kInvalid = 0,
  kFloat = 1,
  kDouble = 2,
  kInt32 = 3,
  kUint8 = 4,
  kInt16 = 5,
  kInt8 = 6,
  kString = 7,
  kComplex64 = 8,
  kInt64 = 9,
  kBool = 10,
  kQint8 = 11,
  kQuint8 = 12,
  kQint32 = 13,
  kBfloat16 = 14,
  kQint16 = 15,
  kQuint16 = 16,
  kUint16 = 17,
  kComplex128 = 18,
  kHalf = 19,
  kResource = 20,
  kVariant = 21,
  kUint32 = 22,
  kUint64 = 23,
  kFloat8E5m2 = 24,
  kFloat8E4m3fn = 25,
  kFloat8E4m3fnuz = 26,
  kFloat8E4m3b11fnuz = 27,
  kFloat8E5m2fnuz = 28,
  kInt4 = 29,
  kUint4 = 30,
  kInt2 = 31,
  kUint2 = 32,
  kFloat4E2m1fn = 33,
};

namespace detail {
struct DataTypeInfo {
  std::string_view name;  // as TensorFlow's Python names it
  std::uint8_t bytes;     // of one element; 0: no fixed size
};
// By number. The 2- and 4-bit types take a whole byte each, in memory and in files.
inline constexpr DataTypeInfo kDataTypes[] = {
    {"invalid", 0},       {"float32", 4},           {"float64", 8},           {"int32", 4},
    {"uint8", 1},         {"int16", 2},             {"int8", 1},              {"string", 0},
    {"complex64", 8},     {"int64", 8},             {"bool", 1},              {"qint8", 1},
    {"quint8", 1},        {"qint32", 4},            {"bfloat16", 2},          {"qint16", 2},
    {"quint16", 2},       {"uint16", 2},            {"complex128", 16},       {"float16", 2},
    {"resource", 0},      {"variant", 0},           {"uint32", 4},            {"uint64", 8},
    {"float8_e5m2", 1},   {"float8_e4m3fn", 1},     {"float8_e4m3fnuz", 1},   {"float8_e4m3b11fnuz", 1},
    {"float8_e5m2fnuz", 1}, {"int4", 1},            {"uint4", 1},             {"int2", 1},
    {"uint2", 1},         {"float4_e2m1fn", 1},
};
inline constexpr std::int32_t kDataTypeCount = sizeof kDataTypes / sizeof kDataTypes[0];
inline constexpr std::int32_t kRefOffset = 100;  // DT_FLOAT_REF = DT_FLOAT + 100, and so on
}  // namespace detail

// TF1's reference types (a mutable variable behind an edge). A stored tensor never has one.
constexpr bool IsRef(DataType dtype) { return static_cast<std::int32_t>(dtype) > detail::kRefOffset; }
constexpr DataType RemoveRef(DataType dtype) {
  return IsRef(dtype) ? static_cast<DataType>(static_cast<std::int32_t>(dtype) - detail::kRefOffset) : dtype;
}

constexpr bool IsKnown(DataType dtype) {
  return static_cast<std::int32_t>(dtype) > 0 && static_cast<std::int32_t>(dtype) < detail::kDataTypeCount;
}

// Bytes of one element; 0 for string, resource, variant, reference and unknown types.
constexpr std::size_t ElementSize(DataType dtype) {
  return IsKnown(dtype) ? detail::kDataTypes[static_cast<std::int32_t>(dtype)].bytes : 0;
}

// "float32", "float32_ref", "resource", or "dtype 77" for one that is not known.
inline std::string Name(DataType dtype) {
  const DataType base = RemoveRef(dtype);
  if (!IsKnown(base)) return Concat("dtype ", static_cast<std::int32_t>(dtype));
  return Concat(detail::kDataTypes[static_cast<std::int32_t>(base)].name, IsRef(dtype) ? "_ref" : "");
}

// The type of that name ("float32", also "float", "double", "half"); kInvalid if there is none.
inline DataType DataTypeFromName(std::string_view name) {
  if (name == "float") return DataType::kFloat;
  if (name == "double") return DataType::kDouble;
  if (name == "half") return DataType::kHalf;
  for (std::int32_t i = 1; i < detail::kDataTypeCount; ++i) {
    if (detail::kDataTypes[i].name == name) return static_cast<DataType>(i);
  }
  return DataType::kInvalid;
}

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/tensor/tensor.hpp ----
// TensorView: a tensor whose bytes lie in memory. TensorRef: one that may still lie in files.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>


GRAPHFREEZE_NAMESPACE_BEGIN

// Borrows its bytes and shares in their ownership: it may outlive the reader that it came from.
class TensorView {
 public:
  TensorView() = default;
  // Elements of fixed size: row-major, little-endian. REQUIRES: bytes.size() == elements x element size.
  TensorView(DataType dtype, Shape shape, std::string_view bytes, std::shared_ptr<const void> owner)
      : dtype_(dtype), shape_(std::move(shape)), bytes_(bytes), owner_(std::move(owner)) {}
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

// ---- graphfreeze/wire/crc32c.hpp ----
// CRC-32C (Castagnoli): the checksum of checkpoints and tables.
//
// The routine is chosen when a Crc32c is made, which costs a few instructions, and is kept by whoever opens
// a file: no static state decides. On x86-64 (SSE4.2 with carry-less multiplication) and on AArch64 (CRC
// instructions) three parts of the bytes are worked on at once, since one CRC instruction must wait for the
// one before it, and then combined; elsewhere eight bytes a step are looked up in tables.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>


#if defined(__x86_64__)
#include <nmmintrin.h>
#include <wmmintrin.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

GRAPHFREEZE_NAMESPACE_BEGIN
namespace wire {

namespace crc32c_detail {

// Polynomials stand reflected: bit 31 is the coefficient of x^0, bit 0 that of x^31.
inline constexpr std::uint32_t kPolynomial = 0x82f63b78u;

// a * b modulo the polynomial.
constexpr std::uint32_t Multiply(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (int i = 0; i < 32; ++i) {
    product ^= (0u - (a >> 31)) & b;
    a <<= 1;
    b = b >> 1 ^ ((0u - (b & 1)) & kPolynomial);
  }
  return product;
}

// x^n modulo the polynomial.
constexpr std::uint32_t PowerOfX(std::uint64_t n) {
  std::uint32_t power = 0x80000000u;   // x^0
  std::uint32_t square = 0x40000000u;  // x^1
  for (; n != 0; n >>= 1) {
    if ((n & 1) != 0) power = Multiply(power, square);
    square = Multiply(square, square);
  }
  return power;
}

// x^(8 * bytes): what a CRC is multiplied by when so many zero bytes follow.
constexpr std::uint32_t ZeroBytes(std::uint64_t bytes) {
  std::uint32_t power = 0x80000000u;
  std::uint32_t square = PowerOfX(8);
  for (; bytes != 0; bytes >>= 1) {
    if ((bytes & 1) != 0) power = Multiply(power, square);
    square = Multiply(square, square);
  }
  return power;
}

struct Tables {
  std::uint32_t of[8][256];
};
constexpr Tables MakeTables() {
  Tables tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((0u - (crc & 1)) & kPolynomial);
    tables.of[0][i] = crc;
  }
  for (std::uint32_t i = 0; i < 256; ++i) {
    for (int t = 1; t < 8; ++t) {
      const std::uint32_t before = tables.of[t - 1][i];
      tables.of[t][i] = before >> 8 ^ tables.of[0][before & 0xff];
    }
  }
  return tables;
}
inline constexpr Tables kTables = MakeTables();

inline std::uint64_t Load64(const char* p) {
  std::uint64_t value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

// The routines below take and return the register as it is, not inverted.
using Routine = std::uint32_t (*)(std::uint32_t state, const char* p, std::size_t n);

inline std::uint32_t ExtendPortable(std::uint32_t state, const char* p, std::size_t n) {
  const auto& t = kTables.of;
  for (; n >= 8; p += 8, n -= 8) {
    const std::uint64_t v = Load64(p) ^ state;
    state = t[7][v & 0xff] ^ t[6][v >> 8 & 0xff] ^ t[5][v >> 16 & 0xff] ^ t[4][v >> 24 & 0xff] ^
            t[3][v >> 32 & 0xff] ^ t[2][v >> 40 & 0xff] ^ t[1][v >> 48 & 0xff] ^ t[0][v >> 56];
  }
  for (; n > 0; ++p, --n) state = state >> 8 ^ t[0][(state ^ static_cast<unsigned char>(*p)) & 0xff];
  return state;
}

// Three blocks of kLong bytes each while they last, then three of kShort, then the rest in one stream.
inline constexpr std::size_t kLong = 8192;
inline constexpr std::size_t kShort = 256;
// How far ahead of the next round memory is asked for; measured.
inline constexpr std::size_t kAhead = 256;

#if defined(__x86_64__)
#define GRAPHFREEZE_CRC_TARGET __attribute__((target("sse4.2,pclmul")))

// state * x^(8 * kBytes). The carry-less product of two reflected values is their product times x, and the
// CRC instruction multiplies by x^32 while it reduces; hence the 33.
template <std::size_t kBytes>
GRAPHFREEZE_CRC_TARGET inline std::uint32_t ShiftSse42(std::uint32_t state) {
  constexpr std::uint32_t kFactor = PowerOfX(8 * kBytes - 33);
  const __m128i product = _mm_clmulepi64_si128(_mm_cvtsi32_si128(static_cast<int>(state)),
                                               _mm_cvtsi32_si128(static_cast<int>(kFactor)), 0);
  return static_cast<std::uint32_t>(
      _mm_crc32_u64(0, static_cast<unsigned long long>(_mm_cvtsi128_si64(product))));
}

template <std::size_t kBlock>
GRAPHFREEZE_CRC_TARGET inline std::uint32_t ThreeBlocksSse42(std::uint32_t state, const char* p) {
  unsigned long long a = state, b = 0, c = 0;
  for (std::size_t line = 0; line < kBlock; line += 64) {
    if constexpr (kBlock >= 4096) {
      // What the next round begins with in each stream: the hardware does not foresee the jump there.
      __builtin_prefetch(p + 3 * kBlock + line + kAhead);
      __builtin_prefetch(p + 4 * kBlock + line + kAhead);
      __builtin_prefetch(p + 5 * kBlock + line + kAhead);
    }
    for (std::size_t i = line; i < line + 64; i += 8) {
      a = _mm_crc32_u64(a, Load64(p + i));
      b = _mm_crc32_u64(b, Load64(p + kBlock + i));
      c = _mm_crc32_u64(c, Load64(p + 2 * kBlock + i));
    }
  }
  return ShiftSse42<2 * kBlock>(static_cast<std::uint32_t>(a)) ^
         ShiftSse42<kBlock>(static_cast<std::uint32_t>(b)) ^ static_cast<std::uint32_t>(c);
}

GRAPHFREEZE_CRC_TARGET inline std::uint32_t ExtendSse42(std::uint32_t state, const char* p, std::size_t n) {
  for (; n >= 3 * kLong; p += 3 * kLong, n -= 3 * kLong) state = ThreeBlocksSse42<kLong>(state, p);
  for (; n >= 3 * kShort; p += 3 * kShort, n -= 3 * kShort) state = ThreeBlocksSse42<kShort>(state, p);
  unsigned long long rest = state;
  for (; n >= 8; p += 8, n -= 8) rest = _mm_crc32_u64(rest, Load64(p));
  state = static_cast<std::uint32_t>(rest);
  for (; n > 0; ++p, --n) state = _mm_crc32_u8(state, static_cast<unsigned char>(*p));
  return state;
}
#undef GRAPHFREEZE_CRC_TARGET

inline Routine BestRoutine() {
  __builtin_cpu_init();  // a no-op unless we run before the constructors of the C runtime
  return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul") ? &ExtendSse42 : &ExtendPortable;
}

#elif defined(__aarch64__) && defined(__linux__)

// The assembler is told by itself, so that neither compiler flags nor compiler-specific intrinsics matter.
inline std::uint32_t StepArm(std::uint32_t state, std::uint64_t bytes) {
  __asm__(".arch_extension crc\n\tcrc32cx %w0, %w0, %x1" : "+r"(state) : "r"(bytes));
  return state;
}
inline std::uint32_t StepArm(std::uint32_t state, unsigned char byte) {
  __asm__(".arch_extension crc\n\tcrc32cb %w0, %w0, %w1"
          : "+r"(state)
          : "r"(static_cast<std::uint32_t>(byte)));
  return state;
}

inline std::uint32_t ExtendArm(std::uint32_t state, const char* p, std::size_t n) {
  constexpr std::uint32_t kOne = ZeroBytes(kLong);
  constexpr std::uint32_t kTwo = ZeroBytes(2 * kLong);
  for (; n >= 3 * kLong; p += 3 * kLong, n -= 3 * kLong) {
    std::uint32_t a = state, b = 0, c = 0;
    for (std::size_t i = 0; i < kLong; i += 8) {
      a = StepArm(a, Load64(p + i));
      b = StepArm(b, Load64(p + kLong + i));
      c = StepArm(c, Load64(p + 2 * kLong + i));
    }
    state = Multiply(kTwo, a) ^ Multiply(kOne, b) ^ c;
  }
  for (; n >= 8; p += 8, n -= 8) state = StepArm(state, Load64(p));
  for (; n > 0; ++p, --n) state = StepArm(state, static_cast<unsigned char>(*p));
  return state;
}

inline Routine BestRoutine() {
  constexpr unsigned long kHasCrc32 = 1ul << 7;  // HWCAP_CRC32
  return (::getauxval(AT_HWCAP) & kHasCrc32) != 0 ? &ExtendArm : &ExtendPortable;
}

#else
inline Routine BestRoutine() { return &ExtendPortable; }
#endif

}  // namespace crc32c_detail

// A checksum routine. A CRC of no bytes is 0; values are finished ones, as other programs print them.
class Crc32c {
 public:
  // The fastest routine for this machine.
  Crc32c() : routine_(crc32c_detail::BestRoutine()) {}
  static Crc32c Best() { return Crc32c(); }
  // The routine that needs no particular machine.
  static Crc32c Portable() { return Crc32c(&crc32c_detail::ExtendPortable); }

  // The CRC of what `crc` is the CRC of, followed by `bytes`.
  std::uint32_t Extend(std::uint32_t crc, std::string_view bytes) const {
    return ~routine_(~crc, bytes.data(), bytes.size());
  }
  std::uint32_t Of(std::string_view bytes) const { return Extend(0, bytes); }

  // The CRC of two pieces one after the other, from the CRC of each and the length of the second.
  static constexpr std::uint32_t Combine(std::uint32_t first, std::uint32_t second, std::uint64_t second_size) {
    return crc32c_detail::Multiply(crc32c_detail::ZeroBytes(second_size), first) ^ second;
  }

  // Files hold CRCs masked, so that the CRC of bytes that contain their own CRC is nothing special.
  static constexpr std::uint32_t Mask(std::uint32_t crc) { return (crc >> 15 | crc << 17) + kMaskDelta; }
  static constexpr std::uint32_t Unmask(std::uint32_t masked) {
    const std::uint32_t rotated = masked - kMaskDelta;
    return rotated >> 17 | rotated << 15;
  }

 private:
  explicit Crc32c(crc32c_detail::Routine routine) : routine_(routine) {}
  static constexpr std::uint32_t kMaskDelta = 0xa282ead8u;

  crc32c_detail::Routine routine_;
};

// "0x0123abcd", for messages.
inline std::string HexCrc(std::uint32_t crc) {
  std::string text = "0x";
  for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[crc >> shift & 15];
  return text;
}

}  // namespace wire
GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/wire/table.hpp ----
// The sorted string table (leveldb's file format) that holds a checkpoint's index, and all of a V1 checkpoint.
//
//   [data block][trailer] ... [metaindex block][trailer] [index block][trailer] [footer, 48 bytes]
//
// A block is a run of (key, value) entries whose keys share prefixes; it may be stored Snappy-compressed; its
// trailer has the type and the CRC. The index block has one entry a data block: a key not below any of the
// block's, and where the block lies. Keys ascend throughout the file, and blocks lie one behind the other; both
// are checked, so that no block can be visited twice and the work is bounded by the size of the file.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>


// ---- graphfreeze/wire/snappy.hpp ----
// Snappy, decompression only: the raw block format (no framing) that tables may store their blocks in.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>


GRAPHFREEZE_NAMESPACE_BEGIN
namespace wire {

// Decompresses one block. Nothing is allocated for a size above `max_size`, or above what this many
// compressed bytes can possibly expand to (a copy of 3 bytes yields at most 64).
inline absl::StatusOr<std::string> SnappyDecompress(std::string_view compressed, std::uint64_t max_size) {
  const char* p = compressed.data();
  const char* const end = p + compressed.size();
  std::uint64_t size = 0;
  const char* const body = ReadVarint(p, end, &size);
  if (body == nullptr || body - p > 5 || size > 0xffffffffu) {
    return DataLoss("Snappy data does not begin with a valid length");
  }
  if (size > 22 * static_cast<std::uint64_t>(compressed.size()) + 64) {
    return DataLoss("Snappy data of ", compressed.size(), " bytes claims to expand to ", size);
  }
  if (size > max_size) {
    return ResourceExhausted("Snappy data expands to ", size, " bytes; at most ", max_size, " are accepted here");
  }
  p = body;
  std::string out(static_cast<std::size_t>(size), '\0');
  char* const begin = out.data();
  char* const out_end = begin + out.size();
  char* to = begin;
  const auto damaged = [&](std::string_view what) {
    return DataLoss("Snappy data is damaged at byte ", p - compressed.data(), " of ", compressed.size(), ": ", what);
  };
  while (p < end) {
    const std::uint32_t tag = static_cast<unsigned char>(*p++);
    const std::size_t extra = (tag & 3) == 0 ? (tag >> 2 < 60 ? 0 : (tag >> 2) - 59) : (tag & 3) == 3 ? 4 : tag & 3;
    if (static_cast<std::size_t>(end - p) < extra) return damaged("an element is cut short");
    std::uint32_t operand = 0;
    for (std::size_t i = 0; i < extra; ++i) {
      operand |= static_cast<std::uint32_t>(static_cast<unsigned char>(p[i])) << (8 * i);
    }
    p += extra;
    if ((tag & 3) == 0) {
      const std::uint64_t length = std::uint64_t{extra == 0 ? tag >> 2 : operand} + 1;
      if (length > static_cast<std::uint64_t>(end - p)) return damaged("a literal is longer than the rest");
      if (length > static_cast<std::uint64_t>(out_end - to)) return damaged("it expands to more than it claims");
      std::memcpy(to, p, static_cast<std::size_t>(length));
      p += length;
      to += length;
      continue;
    }
    const std::size_t length = (tag & 3) == 1 ? (tag >> 2 & 7) + 4 : (tag >> 2) + 1;
    const std::size_t offset = (tag & 3) == 1 ? (tag >> 5 << 8 | operand) : operand;
    if (offset == 0 || offset > static_cast<std::size_t>(to - begin)) return damaged("a copy from before the start");
    if (length > static_cast<std::size_t>(out_end - to)) return damaged("it expands to more than it claims");
    const char* from = to - offset;
    if (offset >= length) {
      std::memcpy(to, from, length);
      to += length;
    } else {
      // The ranges overlap: what has just been written is read again, a repeating pattern.
      for (std::size_t i = 0; i < length; ++i) *to++ = *from++;
    }
  }
  if (to != out_end) return damaged("it expands to less than it claims");
  return out;
}

}  // namespace wire
GRAPHFREEZE_NAMESPACE_END

GRAPHFREEZE_NAMESPACE_BEGIN
namespace wire {

inline constexpr std::size_t kTableFooterBytes = 48;
inline constexpr std::size_t kTableTrailerBytes = 5;
inline constexpr std::uint64_t kTableMagic = 0xdb4775248b80fb57u;
inline constexpr std::size_t kMaxTableKeyBytes = 64 << 10;

// Prefix sharing lets a small file describe many long keys: what all of them together may take is bounded by a
// multiple of the file.
constexpr std::uint64_t MaxKeyBytes(std::uint64_t file_bytes) { return (std::uint64_t{64} << 20) + 64 * file_bytes; }

// True if the source ends like a table.
inline bool LooksLikeTable(const Source& source) {
  char magic[8];
  return source.size() >= kTableFooterBytes && source.Read(source.size() - 8, absl::Span<char>(magic, 8)).ok() &&
         LoadFixed64(magic) == kTableMagic;
}

// Steps through the entries of blocks, one block after the other, and insists on ascending keys.
class TableCursor {
 public:
  // Goes on with another block: its entries, without the restart array.
  void Enter(std::string_view entries) {
    begin_ = next_ = entries.data();
    end_ = begin_ + entries.size();
  }

  // Steps to the next entry of the block. False at its end, and at the first malformed entry: ask problem().
  bool Next() {
    if (next_ == end_) return false;
    std::uint64_t shared = 0, own = 0, value_size = 0;
    const char* p = ReadVarint(next_, end_, &shared);
    if (p != nullptr) p = ReadVarint(p, end_, &own);
    if (p != nullptr) p = ReadVarint(p, end_, &value_size);
    if (p == nullptr) return Fail("an entry is cut short");
    const std::uint64_t rest = static_cast<std::uint64_t>(end_ - p);
    if (own > rest || value_size > rest - own) return Fail("an entry is longer than the block");
    // The first key of a block stands by itself.
    if (shared > (next_ == begin_ ? 0 : key_.size())) return Fail("a key shares more than there is");
    if (shared + own > kMaxTableKeyBytes) return Fail("a key is longer than 64 KiB");
    const std::string_view own_key(p, static_cast<std::size_t>(own));
    // The shared bytes are equal by construction: what follows them decides.
    if (!first_ && own_key <= std::string_view(key_).substr(static_cast<std::size_t>(shared))) {
      return Fail("keys do not ascend");
    }
    first_ = false;
    key_.resize(static_cast<std::size_t>(shared));
    key_.append(own_key.data(), own_key.size());
    value_ = std::string_view(p + own, static_cast<std::size_t>(value_size));
    next_ = value_.data() + value_.size();
    return true;
  }

  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }
  // What is malformed; empty if nothing is.
  std::string_view problem() const { return problem_; }
  std::size_t offset() const { return static_cast<std::size_t>(next_ - begin_); }

 private:
  bool Fail(std::string_view problem) {
    problem_ = problem;
    return false;
  }

  const char* begin_ = nullptr;
  const char* next_ = nullptr;
  const char* end_ = nullptr;
  std::string key_;
  std::string_view value_;
  std::string_view problem_;
  bool first_ = true;
};

struct TableOptions {
  bool verify_crc = true;                       // compare the CRC of every block that is read
  std::uint64_t max_block_bytes = kMaxMessageBytes;  // of one block, decompressed
};

// A table that has been opened: its footer and index are read, its blocks are read when asked for.
class Table {
 public:
  struct Block {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;   // as stored, without the trailer
    std::string_view bound;   // not below any key of the block, below all keys of the next
  };

  static absl::StatusOr<Table> Open(Source source, Crc32c crc, TableOptions options = {}) {
    Table table(std::move(source), crc, options);
    GRAPHFREEZE_RETURN_IF_ERROR(table.ReadIndex());
    return table;
  }

  const Source& source() const { return source_; }
  absl::Span<const Block> blocks() const { return blocks_; }

  // What stands behind a block: how it is compressed, and the checksum of it and of that byte.
  struct Trailer {
    char type = 0;
    std::uint32_t crc32c = 0;  // unmasked
    bool raw() const { return type == 0; }
  };
  absl::StatusOr<Trailer> ReadTrailer(const Block& block) const {
    GRAPHFREEZE_RETURN_IF_ERROR(CheckHandle(block));
    GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes bytes, source_.Load(block.offset + block.size, kTableTrailerBytes));
    return Trailer{bytes.bytes.front(), Crc32c::Unmask(LoadFixed32(bytes.bytes.data() + 1))};
  }
  // The bytes that this checksum covers.
  ByteRange Covered(const Block& block) const { return {source_, block.offset, block.size + 1}; }

  // The one block that can hold the key; null if none can.
  const Block* FindBlock(std::string_view key) const {
    const auto it = std::lower_bound(blocks_.begin(), blocks_.end(), key,
                                     [](const Block& block, std::string_view k) { return block.bound < k; });
    return it != blocks_.end() ? &*it : nullptr;
  }

  // The entries of a block: a view of the file where it is mapped and the block is stored raw.
  absl::StatusOr<OwnedBytes> ReadBlock(const Block& block) const { return ReadBlock(block, options_.verify_crc); }
  absl::StatusOr<OwnedBytes> ReadBlock(const Block& block, bool verify_crc) const {
    GRAPHFREEZE_RETURN_IF_ERROR(CheckHandle(block));
    if (block.size > options_.max_block_bytes) return Damaged(block, "it is larger than is accepted here");
    GRAPHFREEZE_ASSIGN_OR_RETURN(OwnedBytes bytes, source_.Load(block.offset, block.size + kTableTrailerBytes));
    const char type = bytes.bytes[static_cast<std::size_t>(block.size)];
    if (verify_crc) {
      const std::string_view covered = bytes.bytes.substr(0, static_cast<std::size_t>(block.size) + 1);
      const std::uint32_t stored = Crc32c::Unmask(LoadFixed32(covered.data() + covered.size()));
      const std::uint32_t computed = crc_.Of(covered);
      if (stored != computed) {
        return Damaged(block, Concat("its stored checksum is ", HexCrc(stored), " but its bytes have ",
                                     HexCrc(computed)));
      }
    }
    bytes.bytes.remove_suffix(kTableTrailerBytes);
    if (type == 1) {
      absl::StatusOr<std::string> raw = SnappyDecompress(bytes.bytes, options_.max_block_bytes);
      if (!raw.ok()) return Annotate(raw.status(), Where(block));
      auto owner = std::make_shared<const std::string>(*std::move(raw));
      bytes.bytes = *owner;
      bytes.owner = std::move(owner);
    } else if (type != 0) {
      return Damaged(block, Concat("its compression type is ", static_cast<int>(type), ", neither raw nor Snappy"));
    }
    // Cut the restart array off: it serves binary search, and the entries are complete without it.
    if (bytes.bytes.size() < 4) return Damaged(block, "it has no restart array");
    const std::uint64_t restarts = LoadFixed32(bytes.bytes.data() + bytes.bytes.size() - 4);
    if (restarts == 0 || restarts > bytes.bytes.size() / 4 - 1) return Damaged(block, "its restart array is invalid");
    bytes.bytes.remove_suffix(static_cast<std::size_t>(4 * (restarts + 1)));
    return bytes;
  }

  // Calls visit(key, value, owner) for every entry of the file, in order, until one returns an error. The key
  // is gone after the call; the value lives as long as `owner` or a copy of it.
  template <typename Visit>
  absl::Status ForEach(Visit&& visit) const {
    TableCursor cursor;
    for (const Block& block : blocks_) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes entries, ReadBlock(block));
      cursor.Enter(entries.bytes);
      while (cursor.Next()) {
        GRAPHFREEZE_RETURN_IF_ERROR(visit(cursor.key(), cursor.value(), entries.owner));
      }
      if (!cursor.problem().empty()) return Malformed(block, cursor);
    }
    return absl::OkStatus();
  }
  // The error of a cursor that has a problem with the entries of a block.
  absl::Status Malformed(const Block& block, const TableCursor& cursor) const {
    return Damaged(block, Concat(cursor.problem(), " at byte ", cursor.offset(), " of its contents"));
  }

  // The first entry: the one with the smallest key. NotFound if the table is empty.
  absl::StatusOr<std::pair<std::string, std::string>> First() const {
    for (const Block& block : blocks_) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes entries, ReadBlock(block));
      TableCursor cursor;
      cursor.Enter(entries.bytes);
      if (cursor.Next()) return std::make_pair(std::string(cursor.key()), std::string(cursor.value()));
      if (!cursor.problem().empty()) return Damaged(block, cursor.problem());
    }
    return NotFound("'", source_.name(), "' is a table without entries");
  }

 private:
  Table(Source source, Crc32c crc, TableOptions options)
      : source_(std::move(source)), crc_(crc), options_(options) {}

  std::string Where(const Block& block) const {
    return Concat("'", source_.name(), "', block of ", block.size, " bytes at offset ", block.offset);
  }
  absl::Status Damaged(const Block& block, std::string_view what) const {
    return DataLoss("'", source_.name(), "' is damaged: block of ", block.size, " bytes at offset ", block.offset,
                    ": ", what, "; copy the file again from its origin");
  }

  // A block and its trailer end before the footer.
  absl::Status CheckHandle(const Block& block) const {
    const std::uint64_t room = source_.size() - kTableFooterBytes;
    if (room < kTableTrailerBytes || block.offset > room - kTableTrailerBytes ||
        block.size > room - kTableTrailerBytes - block.offset) {
      return Damaged(block, Concat("it reaches beyond the end of the file at ", source_.size()));
    }
    return absl::OkStatus();
  }

  static const char* ReadHandle(const char* p, const char* end, Block* block) {
    p = ReadVarint(p, end, &block->offset);
    return p == nullptr ? nullptr : ReadVarint(p, end, &block->size);
  }

  absl::Status ReadIndex() {
    if (source_.size() < kTableFooterBytes) {
      return DataLoss("'", source_.name(), "' has ", source_.size(),
                      " bytes, less than the footer of a table (48); it is truncated or something else");
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes footer,
                                 source_.Load(source_.size() - kTableFooterBytes, kTableFooterBytes));
    const char* const end = footer.bytes.data() + kTableFooterBytes - 8;
    if (LoadFixed64(end) != kTableMagic) {
      return DataLoss("'", source_.name(), "' does not end like a table; it is truncated or something else");
    }
    Block metaindex, index;
    const char* p = ReadHandle(footer.bytes.data(), end, &metaindex);
    if (p == nullptr || ReadHandle(p, end, &index) == nullptr) {
      return DataLoss("'", source_.name(), "' is damaged: its footer has no valid block positions");
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes entries, ReadBlock(index));
    const std::uint64_t max_bounds = MaxKeyBytes(source_.size());
    auto bounds = std::make_shared<std::string>();
    std::vector<std::size_t> ends;  // the views of it are made when it has stopped moving
    TableCursor cursor;
    cursor.Enter(entries.bytes);
    std::uint64_t end_of_last = 0;
    while (cursor.Next()) {
      Block block;
      const std::string_view value = cursor.value();
      if (ReadHandle(value.data(), value.data() + value.size(), &block) == nullptr) {
        return Damaged(index, "an entry of the index is no block position");
      }
      GRAPHFREEZE_RETURN_IF_ERROR(CheckHandle(block));
      if (block.offset < end_of_last) return Damaged(block, "it overlaps the block before it");
      end_of_last = block.offset + block.size + kTableTrailerBytes;
      bounds->append(cursor.key().data(), cursor.key().size());
      if (bounds->size() > max_bounds) return Damaged(index, "its keys are unreasonably long");
      blocks_.push_back(block);
      ends.push_back(bounds->size());
    }
    if (!cursor.problem().empty()) return Damaged(index, cursor.problem());
    std::size_t from = 0;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      blocks_[i].bound = std::string_view(*bounds).substr(from, ends[i] - from);
      from = ends[i];
    }
    bounds_ = std::move(bounds);
    return absl::OkStatus();
  }

  Source source_;
  Crc32c crc_;
  TableOptions options_;
  std::vector<Block> blocks_;
  std::shared_ptr<const std::string> bounds_;
};

}  // namespace wire
GRAPHFREEZE_NAMESPACE_END

GRAPHFREEZE_NAMESPACE_BEGIN

namespace checkpoint_detail {

// A BundleEntryProto: of a whole tensor, or of one slice.
struct BundleEntry {
  DataType dtype = DataType::kInvalid;
  Shape shape;
  std::int32_t shard = 0;
  std::int64_t offset = 0;
  std::int64_t size = 0;
  std::uint32_t masked_crc = 0;
  bool sliced = false;

  static absl::StatusOr<BundleEntry> Parse(std::string_view proto) {
    BundleEntry entry;
    std::string_view shape;
    wire::FieldReader reader(proto);
    while (reader.Next()) {
      switch (reader.key()) {
        case wire::Key(1, wire::Type::kVarint): entry.dtype = static_cast<DataType>(reader.int32()); break;
        case wire::Key(2, wire::Type::kBytes): shape = reader.bytes(); break;
        case wire::Key(3, wire::Type::kVarint): entry.shard = reader.int32(); break;
        case wire::Key(4, wire::Type::kVarint): entry.offset = reader.int64(); break;
        case wire::Key(5, wire::Type::kVarint): entry.size = reader.int64(); break;
        case wire::Key(6, wire::Type::kFixed32):
          entry.masked_crc = static_cast<std::uint32_t>(reader.varint());
          break;
        case wire::Key(7, wire::Type::kBytes): entry.sliced = true; break;
        default: break;
      }
    }
    if (!reader.ok()) return reader.status("BundleEntryProto");
    GRAPHFREEZE_ASSIGN_OR_RETURN(entry.shape, Shape::Parse(shape));
    if (!entry.shape.IsFullyDefined()) {
      return InvalidArgument("a stored tensor cannot have the shape ", entry.shape.ToString());
    }
    if (entry.offset < 0 || entry.size < 0 || entry.shard < 0) {
      return InvalidArgument("shard ", entry.shard, ", offset ", entry.offset, ", size ", entry.size,
                             ": none of them can be negative");
    }
    return entry;
  }
};

// A BundleHeaderProto.
struct BundleHeader {
  std::int32_t shards = 0;
  bool big_endian = false;

  static absl::StatusOr<BundleHeader> Parse(std::string_view proto) {
    BundleHeader header;
    std::string_view version;
    wire::FieldReader reader(proto);
    while (reader.Next()) {
      switch (reader.key()) {
        case wire::Key(1, wire::Type::kVarint): header.shards = reader.int32(); break;
        case wire::Key(2, wire::Type::kVarint): header.big_endian = reader.varint() != 0; break;
        case wire::Key(3, wire::Type::kBytes): version = reader.bytes(); break;
        default: break;
      }
    }
    if (!reader.ok()) return reader.status("BundleHeaderProto");
    if (header.shards < 0) return InvalidArgument("a checkpoint of ", header.shards, " shards");
    GRAPHFREEZE_RETURN_IF_ERROR(CheckVersion(version));
    if (header.big_endian) {
      return Unimplemented("it was written on a big-endian machine; load and save it once on a little-endian one");
    }
    return header;
  }
};

// Not movable: entries look at the text that it owns.
class BundleIndex {
 public:
  static absl::StatusOr<std::shared_ptr<const BundleIndex>> Read(const Source& file, wire::Crc32c crc,
                                                                 bool verify_crc) {
    wire::TableOptions options;
    options.verify_crc = verify_crc;
    GRAPHFREEZE_ASSIGN_OR_RETURN(const wire::Table table, wire::Table::Open(file, crc, options));
    auto index = std::make_shared<BundleIndex>();
    GRAPHFREEZE_RETURN_IF_ERROR(index->ReadTable(table));
    return std::shared_ptr<const BundleIndex>(std::move(index));
  }

  BundleIndex() = default;
  BundleIndex(const BundleIndex&) = delete;
  BundleIndex& operator=(const BundleIndex&) = delete;

  std::int32_t shards() const { return header_.shards; }
  absl::Span<const CheckpointEntry> entries() const { return entries_; }

  // The BundleEntryProto of one of entries().
  std::string_view Proto(const CheckpointEntry& entry) const {
    return protos_[static_cast<std::size_t>(&entry - entries_.data())];
  }
  // The BundleEntryProto of a slice, by its whole key; null data if there is none.
  std::string_view FindSlice(std::string_view key) const {
    const auto it = std::lower_bound(slices_.begin(), slices_.end(), key,
                                     [](const Slice& slice, std::string_view k) { return slice.key < k; });
    return it != slices_.end() && it->key == key ? it->proto : std::string_view();
  }

 private:
  struct Slice {
    std::string_view key;
    std::string_view proto;
  };

  absl::Status ReadTable(const wire::Table& table) {
    const std::string_view name = table.source().name();
    const std::uint64_t max_key_bytes = wire::MaxKeyBytes(table.source().size());
    bool has_header = false;
    GRAPHFREEZE_RETURN_IF_ERROR(table.ForEach([&](std::string_view key, std::string_view value,
                                                  const std::shared_ptr<const void>& owner) -> absl::Status {
      if (!has_header) {
        if (!key.empty()) return InvalidArgument("'", name, "' is a table, but not the index of a checkpoint");
        // A message where the number of shards should be.
        if (!value.empty() && value.front() == '\x0a') {
          return InvalidArgument("'", name, "' is a checkpoint in the V1 format under the name of an index; rename it ",
                                 "so that it does not end in .index");
        }
        absl::StatusOr<BundleHeader> header = BundleHeader::Parse(value);
        if (!header.ok()) return Annotate(header.status(), Concat("'", name, "'"));
        header_ = *header;
        has_header = true;
        return absl::OkStatus();
      }
      if (owners_.empty() || owners_.back() != owner) owners_.push_back(owner);
      keys_.append(key.data(), key.size());
      if (keys_.size() > max_key_bytes) return ResourceExhausted("'", name, "' has unreasonably long keys");
      if (key.front() == '\0') {
        slices_.push_back({std::string_view(nullptr, key.size()), value});
        return absl::OkStatus();
      }
      absl::StatusOr<BundleEntry> entry = BundleEntry::Parse(value);
      if (!entry.ok()) return Annotate(entry.status(), Concat("'", name, "', tensor '", key, "'"));
      protos_.push_back(value);
      CheckpointEntry& listed = entries_.emplace_back();
      listed.key = std::string_view(nullptr, key.size());
      listed.dtype = entry->dtype;
      listed.bytes = entry->sliced ? ListedBytes(entry->dtype, entry->shape) : static_cast<std::uint64_t>(entry->size);
      listed.shape = std::move(entry->shape);
      listed.sliced = entry->sliced;
      return absl::OkStatus();
    }));
    if (!has_header) return DataLoss("'", name, "' has no header; it is not the index of a checkpoint");
    // Slices come first, their keys begin with a zero byte. The text has stopped moving: make the views.
    std::size_t at = 0;
    const auto settle = [&](std::string_view* key) {
      *key = std::string_view(keys_).substr(at, key->size());
      at += key->size();
    };
    for (Slice& slice : slices_) settle(&slice.key);
    for (CheckpointEntry& entry : entries_) settle(&entry.key);
    return absl::OkStatus();
  }

  BundleHeader header_;
  std::string keys_;
  std::vector<CheckpointEntry> entries_;  // by key
  std::vector<std::string_view> protos_;  // the same order
  std::vector<Slice> slices_;             // by key
  std::vector<std::shared_ptr<const void>> owners_;
};

}  // namespace checkpoint_detail
GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/checkpoint/checkpoint_path.hpp ----
// From what somebody calls "the checkpoint" to its prefix: the prefix itself, any of its files, the directory
// that it lies in, or the `checkpoint` state file. Paths are plain text; the one pattern is what TensorFlow calls a V1
// checkpoint of several files, its prefix, "-?????-of-" and their number.

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>


// ---- graphfreeze/checkpoint/checkpoint_state.hpp ----
// The text file named `checkpoint` beside checkpoints: which one is the latest, and which others there are.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>


GRAPHFREEZE_NAMESPACE_BEGIN

// A CheckpointState. Paths are as they stand there: absolute, or relative to the directory of the file.
struct CheckpointState {
  std::string latest;            // model_checkpoint_path
  std::vector<std::string> all;  // all_model_checkpoint_paths, the oldest first

  static absl::StatusOr<CheckpointState> Parse(std::string_view text);
};

namespace checkpoint_detail {

// Reads protobuf text as far as two string fields need it; whatever else there is, is stepped over.
class StateScanner {
 public:
  explicit StateScanner(std::string_view text) : text_(text) {}

  absl::StatusOr<CheckpointState> Scan() {
    CheckpointState state;
    while (SkipSpace(), at_ < text_.size()) {
      const std::string_view name = Word();
      if (name.empty()) return Malformed("expected a field name");
      SkipSpace();
      const bool colon = Take(':');
      SkipSpace();
      if (name == "model_checkpoint_path" || name == "all_model_checkpoint_paths") {
        if (!colon) return Malformed("expected ':'");
        if (Take('[')) {
          GRAPHFREEZE_RETURN_IF_ERROR(ReadList(&state.all));
        } else {
          GRAPHFREEZE_ASSIGN_OR_RETURN(std::string value, String());
          if (name == "model_checkpoint_path") {
            state.latest = std::move(value);
          } else {
            state.all.push_back(std::move(value));
          }
        }
      } else {
        GRAPHFREEZE_RETURN_IF_ERROR(SkipValue());
      }
      SkipSpace();
      if (!Take(',')) Take(';');
    }
    return state;
  }

 private:
  absl::Status Malformed(std::string_view what) const {
    std::size_t line = 1;
    for (const char c : text_.substr(0, at_)) line += c == '\n';
    return InvalidArgument("line ", line, ": ", what);
  }
  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void SkipSpace() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else if (c == ' ' || (c >= '\t' && c <= '\r')) {
        ++at_;
      } else {
        return;
      }
    }
  }
  // Letters, digits and what numbers are made of.
  std::string_view Word() {
    const std::size_t from = at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const bool in_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                           c == '.' || c == '+' || c == '-';
      if (!in_word) break;
      ++at_;
    }
    return text_.substr(from, at_ - from);
  }

  absl::Status ReadList(std::vector<std::string>* out) {
    SkipSpace();
    if (Take(']')) return absl::OkStatus();
    while (true) {
      SkipSpace();
      GRAPHFREEZE_ASSIGN_OR_RETURN(std::string value, String());
      out->push_back(std::move(value));
      SkipSpace();
      if (Take(']')) return absl::OkStatus();
      if (!Take(',')) return Malformed("expected ',' or ']'");
    }
  }

  // One string: adjacent literals, joined.
  absl::StatusOr<std::string> String() {
    std::string value;
    bool any = false;
    while (SkipSpace(), at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
      any = true;
      const char quote = text_[at_++];
      while (!Take(quote)) {
        if (at_ >= text_.size() || text_[at_] == '\n') return Malformed("a string is not closed");
        if (text_[at_] != '\\') {
          value.push_back(text_[at_++]);
          continue;
        }
        ++at_;
        if (!Escape(&value)) return Malformed("an escape is not valid");
      }
    }
    if (!any) return Malformed("expected a string in quotes");
    return value;
  }

  static int Digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 16;
  }
  // At least `min` and at most `max` digits.
  bool Number(int base, int min, int max, std::uint32_t* value) {
    int digits = 0;
    *value = 0;
    for (; digits < max && at_ < text_.size() && Digit(text_[at_]) < base; ++digits, ++at_) {
      *value = *value * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(Digit(text_[at_]));
    }
    return digits >= min;
  }
  // Behind a backslash.
  bool Escape(std::string* out) {
    if (at_ >= text_.size()) return false;
    const char c = text_[at_];
    std::uint32_t value = 0;
    if (c >= '0' && c <= '7') {
      if (!Number(8, 1, 3, &value) || value > 0xff) return false;
      out->push_back(static_cast<char>(value));
      return true;
    }
    ++at_;
    switch (c) {
      case 'a': out->push_back('\a'); return true;
      case 'b': out->push_back('\b'); return true;
      case 'f': out->push_back('\f'); return true;
      case 'n': out->push_back('\n'); return true;
      case 'r': out->push_back('\r'); return true;
      case 't': out->push_back('\t'); return true;
      case 'v': out->push_back('\v'); return true;
      case '\\':
      case '\'':
      case '"':
      case '?': out->push_back(c); return true;
      case 'x':
      case 'X':
        if (!Number(16, 1, 2, &value)) return false;
        out->push_back(static_cast<char>(value));
        return true;
      case 'u':
      case 'U':
        if (!Number(16, c == 'u' ? 4 : 8, c == 'u' ? 4 : 8, &value)) return false;
        return Utf8(value, out);
      default: return false;
    }
  }
  static bool Utf8(std::uint32_t c, std::string* out) {
    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return false;
    const auto put = [&](std::uint32_t byte) { out->push_back(static_cast<char>(byte)); };
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xc0 | c >> 6);
      put(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
      put(0xe0 | c >> 12);
      put(0x80 | (c >> 6 & 0x3f));
      put(0x80 | (c & 0x3f));
    } else {
      put(0xf0 | c >> 18);
      put(0x80 | (c >> 12 & 0x3f));
      put(0x80 | (c >> 6 & 0x3f));
      put(0x80 | (c & 0x3f));
    }
    return true;
  }

  // A scalar, or everything up to the brackets that close it.
  absl::Status SkipValue() {
    std::string open;  // on the heap: depth costs no stack
    do {
      SkipSpace();
      if (at_ >= text_.size()) return Malformed("a value is missing or not closed");
      const char c = text_[at_];
      if (c == '"' || c == '\'') {
        GRAPHFREEZE_RETURN_IF_ERROR(String().status());
      } else if (c == '{' || c == '[' || c == '<') {
        open.push_back(c == '{' ? '}' : c == '[' ? ']' : '>');
        ++at_;
      } else if (!open.empty() && c == open.back()) {
        open.pop_back();
        ++at_;
      } else if (!open.empty() && (c == ':' || c == ',' || c == ';' || c == '/')) {
        ++at_;
      } else if (Word().empty()) {
        return Malformed("expected a value");
      }
    } while (!open.empty());
    return absl::OkStatus();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace checkpoint_detail

inline absl::StatusOr<CheckpointState> CheckpointState::Parse(std::string_view text) {
  return checkpoint_detail::StateScanner(text).Scan();
}

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/checkpoint/slice_file.hpp ----
// One file of a V1 checkpoint: a table that holds the values themselves, a message for each stored slice, and under
// the empty key a list of them. Blocks are looked at when a value of theirs is asked for.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>


// ---- graphfreeze/support/hash.hpp ----
// Hash tables keyed by std::string_view: names of nodes, ops, attrs, checkpoint keys.
//
// Abseil's default hash accepts absl::string_view, which on Debian 12 is another type than
// std::string_view. The tables borrow their keys: whoever fills one keeps the bytes alive.

#include <cstddef>
#include <functional>
#include <string_view>

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/hash/hash.h>
#include <absl/strings/string_view.h>


GRAPHFREEZE_NAMESPACE_BEGIN

// Seeded per process (by Abseil): never let the order of iteration reach an output.
struct NameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const {
    return absl::Hash<absl::string_view>()(ToAbsl(name));
  }
};

// Keys are borrowed views; look-ups take anything that converts to one without a copy.
template <class V>
using NameMap = absl::flat_hash_map<std::string_view, V, NameHash, std::equal_to<>>;
using NameSet = absl::flat_hash_set<std::string_view, NameHash, std::equal_to<>>;

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/tensor/verify.hpp ----
// VerifyChecks: compares stored checksums with the bytes, in parallel and in bounded memory.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <absl/types/span.h>


// ---- graphfreeze/io/executor.hpp ----
// Executor: how the library does independent pieces of work. It starts no thread of its own.
//
// An executor is a callable executor(n, work) that calls work(i) once for each i in [0, n), in any order,
// on any threads, and returns when all are done. The default does it inline; io/threads.hpp has one that
// uses threads; a server passes its own pool. The library's results do not depend on which.

#include <cstddef>
#include <functional>


GRAPHFREEZE_NAMESPACE_BEGIN

using Work = std::function<void(std::size_t)>;
using Executor = std::function<void(std::size_t n, const Work& work)>;

inline Executor InlineExecutor() {
  return [](std::size_t n, const Work& work) {
    for (std::size_t i = 0; i < n; ++i) work(i);
  };
}

GRAPHFREEZE_NAMESPACE_END

GRAPHFREEZE_NAMESPACE_BEGIN

// What a mismatch is reported as.
inline absl::Status ChecksumMismatch(std::string_view key, const ByteRange& range, std::uint32_t stored,
                                     std::uint32_t computed) {
  return DataLoss("tensor '", key, "' is damaged: '", range.source.name(), "', ", range.size, " bytes at offset ",
                  range.offset, ": its stored checksum is ", wire::HexCrc(stored), " but its bytes have ",
                  wire::HexCrc(computed),
                  "; copy the checkpoint again, all its files from one save (or turn verification off)");
}

namespace verify_detail {

// Work is cut into units of about this many bytes, and a source without a view is read this much at a time.
inline constexpr std::uint64_t kUnitBytes = 1 << 20;

// The CRC of a part of a source.
inline absl::StatusOr<std::uint32_t> CrcOf(const ByteRange& range, const wire::Crc32c& crc) {
  GRAPHFREEZE_RETURN_IF_ERROR(range.source.Contains(range.offset, range.size));
  if (range.source.has_view()) {
    return crc.Of(range.source.view().substr(static_cast<std::size_t>(range.offset),
                                             static_cast<std::size_t>(range.size)));
  }
  std::string buffer(static_cast<std::size_t>((std::min)(range.size, kUnitBytes)), '\0');
  std::uint32_t value = 0;
  for (std::uint64_t done = 0; done < range.size;) {
    const std::size_t n = static_cast<std::size_t>((std::min)(range.size - done, kUnitBytes));
    GRAPHFREEZE_RETURN_IF_ERROR(range.source.Read(range.offset + done, absl::Span<char>(buffer.data(), n)));
    value = crc.Extend(value, std::string_view(buffer.data(), n));
    done += n;
  }
  return value;
}

}  // namespace verify_detail

// OK if all `checks` hold; else the error of the first in the list that does not, whatever the executor.
// Large ranges are worked on in parts, small ones several at a time.
inline absl::Status VerifyChecks(absl::Span<const CrcCheck> checks, wire::Crc32c crc = {},
                                 const Executor& executor = InlineExecutor()) {
  using verify_detail::kUnitBytes;
  // A unit is a part of one check, or several whole ones.
  struct Unit {
    std::size_t first = 0;
    std::size_t count = 0;
    std::uint64_t part = 0;  // counted in kUnitBytes
  };
  const auto parts_of = [](const CrcCheck& check) { return (check.range.size + kUnitBytes - 1) / kUnitBytes; };
  std::vector<Unit> units;
  constexpr std::uint64_t kFull = kUnitBytes + 1;
  std::uint64_t bytes = kFull;  // of the last unit
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const ByteRange& range = checks[i].range;
    GRAPHFREEZE_RETURN_IF_ERROR(Annotate(range.source.Contains(range.offset, range.size),
                                         Concat("tensor '", checks[i].key, "'")));
    if (range.size > kUnitBytes) {
      for (std::uint64_t part = 0; part < parts_of(checks[i]); ++part) units.push_back({i, 1, part});
      bytes = kFull;
    } else if (bytes + range.size <= kUnitBytes) {
      ++units.back().count;
      bytes += range.size;
    } else {
      units.push_back({i, 1, 0});
      bytes = range.size;
    }
  }

  std::vector<std::uint32_t> part_crcs(units.size());  // of units that are a part
  std::vector<absl::Status> problems(units.size());
  std::atomic<std::size_t> first_problem{units.size()};
  const auto run = [&](std::size_t u) {
    const Unit& unit = units[u];
    if (u > first_problem.load(std::memory_order_relaxed)) return;  // something before it is wrong already
    for (std::size_t i = unit.first; i < unit.first + unit.count && problems[u].ok(); ++i) {
      const CrcCheck& check = checks[i];
      ByteRange range = check.range;
      const bool whole = range.size <= kUnitBytes;
      if (!whole) {
        range.offset += unit.part * kUnitBytes;
        range.size = (std::min)(kUnitBytes, check.range.size - unit.part * kUnitBytes);
      }
      const absl::StatusOr<std::uint32_t> value = verify_detail::CrcOf(range, crc);
      if (!value.ok()) {
        problems[u] = Annotate(value.status(), Concat("tensor '", check.key, "'"));
      } else if (!whole) {
        part_crcs[u] = *value;
      } else if (*value != check.crc32c) {
        problems[u] = ChecksumMismatch(check.key, check.range, check.crc32c, *value);
      }
    }
    if (problems[u].ok()) return;
    std::size_t seen = first_problem.load();
    while (u < seen && !first_problem.compare_exchange_weak(seen, u)) {
    }
  };
  executor(units.size(), run);

  // In the order of the list: the first problem is the same whichever unit ran first.
  const std::uint32_t full_part = wire::crc32c_detail::ZeroBytes(kUnitBytes);
  for (std::size_t u = 0; u < units.size(); ++u) {
    if (!problems[u].ok()) return problems[u];
    const CrcCheck& check = checks[units[u].first];
    const std::uint64_t parts = parts_of(check);
    if (units[u].count != 1 || parts < 2) continue;
    std::uint32_t value = part_crcs[u];
    for (std::uint64_t part = 1; part < parts; ++part) {
      if (!problems[u + part].ok()) return problems[u + part];
      const std::uint64_t size = (std::min)(kUnitBytes, check.range.size - part * kUnitBytes);
      value = size == kUnitBytes ? wire::crc32c_detail::Multiply(full_part, value) ^ part_crcs[u + part]
                                 : wire::Crc32c::Combine(value, part_crcs[u + part], size);
    }
    if (value != check.crc32c) return ChecksumMismatch(check.key, check.range, check.crc32c, value);
    u += static_cast<std::size_t>(parts - 1);
  }
  return absl::OkStatus();
}

GRAPHFREEZE_NAMESPACE_END

GRAPHFREEZE_NAMESPACE_BEGIN
namespace checkpoint_detail {

// True for what a V1 checkpoint has under the empty key (a SavedTensorSlices): a message stands where the index of a
// V2 checkpoint has the number of shards.
inline bool IsV1Header(std::string_view value) { return !value.empty() && value.front() == '\x0a'; }

// Recognized by what it holds, be its checksums right or wrong.
inline bool IsV1Table(const Source& source) {
  if (!wire::LooksLikeTable(source)) return false;
  wire::TableOptions options;
  options.verify_crc = false;
  const absl::StatusOr<wire::Table> table = wire::Table::Open(source, wire::Crc32c(), options);
  if (!table.ok()) return false;
  const auto first = table->First();
  return first.ok() && first->first.empty() && IsV1Header(first->second);
}

// Const methods may be called from several threads at once.
class SliceFile {
 public:
  // A value, and what is known of where it lies.
  struct Value {
    std::string_view bytes;
    std::shared_ptr<const void> owner;
    const wire::Table::Block* block = nullptr;
    std::uint64_t offset = 0;  // in the file; of no meaning unless raw
    bool raw = false;          // the block is not compressed
    bool mapped = false;       // `bytes` are those of the mapped file
    bool most = false;         // at least half of its block
  };

  static absl::StatusOr<std::unique_ptr<const SliceFile>> Open(Source source, wire::Crc32c crc, bool verify) {
    wire::TableOptions options;
    options.verify_crc = verify;
    GRAPHFREEZE_ASSIGN_OR_RETURN(wire::Table table, wire::Table::Open(std::move(source), crc, options));
    std::unique_ptr<SliceFile> file(new SliceFile(std::move(table), crc, verify));
    GRAPHFREEZE_ASSIGN_OR_RETURN(file->list_, file->Find(std::string_view()));
    if (file->list_.block == nullptr || !IsV1Header(file->list_.bytes)) {
      return InvalidArgument("'", file->name(), "' is a table, but not a checkpoint in the V1 format");
    }
    if (verify) {
      GRAPHFREEZE_RETURN_IF_ERROR(file->table_.ReadBlock(*file->list_.block).status());
      file->verified_[file->NumberOf(*file->list_.block)] = true;
    }
    return std::unique_ptr<const SliceFile>(std::move(file));
  }

  const Source& source() const { return table_.source(); }
  std::string_view name() const { return source().name(); }
  // The value under the empty key. Lives as long as the file.
  std::string_view list() const { return list_.bytes; }

  // The value of a key; its block is null if there is none. Unverified.
  absl::StatusOr<Value> Find(std::string_view key) const {
    Value value;
    const wire::Table::Block* block = table_.FindBlock(key);
    if (block == nullptr) return value;
    GRAPHFREEZE_ASSIGN_OR_RETURN(const wire::Table::Trailer trailer, table_.ReadTrailer(*block));
    const bool mapped = trailer.raw() && source().has_view();
    GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes entries, Entries(*block, mapped));
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::shared_ptr<const Contents> contents, ContentsOf(*block, entries.bytes));
    const Item* item = contents->Find(NameHash()(key));
    if (item == nullptr) return value;
    value.bytes = entries.bytes.substr(item->offset, item->size);
    value.owner = entries.owner;
    value.block = block;
    value.offset = block->offset + item->offset;
    value.raw = trailer.raw();
    value.mapped = mapped;
    value.most = item->size >= entries.bytes.size() / 2;
    if (!mapped && !value.most) {  // a small value does not keep a large block in memory
      auto copy = std::make_shared<const std::string>(value.bytes);
      value.bytes = *copy;
      value.owner = std::move(copy);
    }
    return value;
  }

  // Compares the checksum of the block that a value lies in, once. `key` is the tensor's, for the message.
  absl::Status Verify(const Value& value, std::string_view key) const {
    if (!verify_) return absl::OkStatus();
    const std::size_t number = NumberOf(*value.block);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (verified_[number]) return absl::OkStatus();
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const CrcCheck check, CheckOf(value, key));
    GRAPHFREEZE_RETURN_IF_ERROR(VerifyChecks(absl::Span<const CrcCheck>(&check, 1), crc_));
    const std::lock_guard<std::mutex> lock(mutex_);
    verified_[number] = true;
    return absl::OkStatus();
  }
  // The same, for somebody else to make.
  absl::StatusOr<CrcCheck> CheckOf(const Value& value, std::string_view key) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const wire::Table::Trailer trailer, table_.ReadTrailer(*value.block));
    return CrcCheck{table_.Covered(*value.block), trailer.crc32c, std::string(key)};
  }

 private:
  // An entry of a block. Keys are not kept: a value says itself what it is the value of.
  struct Item {
    std::size_t hash;
    std::size_t offset;  // of the value in the block
    std::size_t size;
  };
  struct Contents {
    std::vector<Item> items;  // by hash
    const Item* Find(std::size_t hash) const {
      const auto it = std::lower_bound(items.begin(), items.end(), hash,
                                       [](const Item& item, std::size_t h) { return item.hash < h; });
      return it != items.end() && it->hash == hash ? &*it : nullptr;
    }
  };

  SliceFile(wire::Table table, wire::Crc32c crc, bool verify)
      : table_(std::move(table)),
        crc_(crc),
        verify_(verify),
        verified_(table_.blocks().size()),
        contents_(table_.blocks().size()) {}

  std::size_t NumberOf(const wire::Table::Block& block) const {
    return static_cast<std::size_t>(&block - table_.blocks().data());
  }

  // The entries of a block. Those that are not mapped are verified, and the last few of them are kept.
  absl::StatusOr<OwnedBytes> Entries(const wire::Table::Block& block, bool mapped) const {
    if (mapped) return table_.ReadBlock(block, false);
    const std::size_t number = NumberOf(block);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      for (const auto& [kept, bytes] : recent_) {
        if (kept == number) return bytes;
      }
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(OwnedBytes bytes, table_.ReadBlock(block, verify_));
    const std::lock_guard<std::mutex> lock(mutex_);
    verified_[number] = verify_;
    recent_.emplace_back(number, bytes);
    std::size_t total = 0, keep = 0;
    for (std::size_t i = recent_.size(); i-- > 0; ++keep) {
      total += recent_[i].second.bytes.size();
      if (keep > 0 && total > kRecentBytes) break;
    }
    recent_.erase(recent_.begin(), recent_.end() - static_cast<std::ptrdiff_t>(keep));
    return bytes;
  }

  // What a block holds, found out once.
  absl::StatusOr<std::shared_ptr<const Contents>> ContentsOf(const wire::Table::Block& block,
                                                             std::string_view entries) const {
    const std::size_t number = NumberOf(block);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (contents_[number] != nullptr) return contents_[number];
    }
    auto contents = std::make_shared<Contents>();
    const std::uint64_t max_key_bytes = wire::MaxKeyBytes(source().size());
    std::uint64_t key_bytes = 0;
    wire::TableCursor cursor;
    cursor.Enter(entries);
    while (cursor.Next()) {
      key_bytes += cursor.key().size() + sizeof(Item);
      if (key_bytes > max_key_bytes) return ResourceExhausted("'", name(), "' has unreasonably long keys");
      contents->items.push_back({NameHash()(cursor.key()),
                                 static_cast<std::size_t>(cursor.value().data() - entries.data()),
                                 cursor.value().size()});
    }
    if (!cursor.problem().empty()) return table_.Malformed(block, cursor);
    std::sort(contents->items.begin(), contents->items.end(),
              [](const Item& a, const Item& b) { return a.hash < b.hash; });
    const std::lock_guard<std::mutex> lock(mutex_);
    if (contents_[number] == nullptr) contents_[number] = std::move(contents);
    return contents_[number];
  }

  static constexpr std::size_t kRecentBytes = std::size_t{64} << 20;

  wire::Table table_;
  wire::Crc32c crc_;
  bool verify_;
  Value list_;

  mutable std::mutex mutex_;  // over what follows, which is filled as it is needed
  mutable std::vector<bool> verified_;                             // by block
  mutable std::vector<std::shared_ptr<const Contents>> contents_;  // by block
  mutable std::vector<std::pair<std::size_t, OwnedBytes>> recent_;  // blocks in memory, the last used last
};

}  // namespace checkpoint_detail
GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/io/file_system.hpp ----
// File systems: where checkpoints and graphs are read from.
//
// A file system is any copyable type with
//
//   absl::StatusOr<Source> Open(std::string_view path) const;                      // NotFound: no such file
//   absl::StatusOr<std::vector<std::string>> List(std::string_view directory) const;  // names; NotFound: no such directory
//
// The library ships three:
//   LocalFileSystem    maps files into memory: nothing is copied. The files must stay as they are while
//                      anything made from them lives: a truncated file would end the process (SIGBUS).
//   ReadingFileSystem  reads with pread(2), for storage that others may change or truncate meanwhile:
//                      then a read is an error, never a signal.
//   MemoryFileSystem   files that exist only in memory (decrypted, downloaded, made by a test).

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>


// ---- graphfreeze/io/posix.hpp ----
// The operating system, behind one header: mapping, reading, listing and writing files on Linux.

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>


GRAPHFREEZE_NAMESPACE_BEGIN
namespace posix {

// What errno says, as a status: `what` is the call in words, `path` the file.
inline absl::Status ErrnoStatus(int error, std::string_view what, std::string_view path) {
  char buffer[128] = "";
  const char* text = ::strerror_r(error, buffer, sizeof buffer);  // the GNU form
  const std::string message = Concat("cannot ", what, " '", path, "': ", text);
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return MakeStatus(absl::StatusCode::kNotFound, message);
    case EACCES:
    case EPERM:
    case EROFS:
      return MakeStatus(absl::StatusCode::kPermissionDenied, message);
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      return MakeStatus(absl::StatusCode::kResourceExhausted, message);
    case EISDIR:
      return MakeStatus(absl::StatusCode::kFailedPrecondition, message);
    default:
      return MakeStatus(absl::StatusCode::kUnavailable, message);
  }
}

// An open file descriptor, closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// Opens a regular file and tells its size. A path with a NUL in it names no file.
inline absl::StatusOr<std::pair<Descriptor, std::uint64_t>> OpenRegular(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) return NotFound("a path with a NUL byte names no file");
  const std::string name(path);
  int fd;
  do {
    fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a FIFO must not block the caller
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return ErrnoStatus(errno, "open", path);
  Descriptor descriptor(fd);
  struct stat info;
  if (::fstat(fd, &info) != 0) return ErrnoStatus(errno, "inspect", path);
  if (S_ISDIR(info.st_mode)) return ErrnoStatus(EISDIR, "open", path);
  if (!S_ISREG(info.st_mode)) return FailedPrecondition("'", path, "' is not a regular file");
  return std::make_pair(std::move(descriptor), static_cast<std::uint64_t>(info.st_size));
}

// The file, mapped read-only.
inline absl::StatusOr<Source> MapFile(std::string_view path) {
  GRAPHFREEZE_ASSIGN_OR_RETURN(auto opened, OpenRegular(path));
  const std::uint64_t size = opened.second;
  if (size == 0) return Source::Borrow(std::string_view("", 0), std::string(path));
  void* address = ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ, MAP_PRIVATE, opened.first.get(), 0);
  if (address == MAP_FAILED) return ErrnoStatus(errno, "map", path);
  std::shared_ptr<const void> owner(
      address, [size](const void* p) { ::munmap(const_cast<void*>(p), static_cast<std::size_t>(size)); });
  return Source::Share({static_cast<const char*>(address), static_cast<std::size_t>(size)}, std::move(owner),
                       std::string(path));
}

// A file read with pread(2); its size is what it was when it was opened.
class ReadFile {
 public:
  ReadFile(Descriptor descriptor, std::uint64_t size, std::string path)
      : descriptor_(std::make_shared<Descriptor>(std::move(descriptor))), size_(size), path_(std::move(path)) {}
  std::uint64_t size() const { return size_; }
  absl::Status Read(std::uint64_t offset, absl::Span<char> out) const {
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t n =
          ::pread(descriptor_->get(), out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return ErrnoStatus(errno, "read", path_);
      if (n == 0) {
        return DataLoss("'", path_, "' ends at byte ", offset + done, " but had ", size_,
                        " bytes when it was opened: it was truncated meanwhile");
      }
      done += static_cast<std::size_t>(n);
    }
    return absl::OkStatus();
  }

 private:
  std::shared_ptr<Descriptor> descriptor_;
  std::uint64_t size_;
  std::string path_;
};

inline absl::StatusOr<Source> OpenForReading(std::string_view path) {
  GRAPHFREEZE_ASSIGN_OR_RETURN(auto opened, OpenRegular(path));
  return Source::Of(ReadFile(std::move(opened.first), opened.second, std::string(path)), std::string(path));
}

// The names in a directory, sorted, without "." and "..".
inline absl::StatusOr<std::vector<std::string>> ListDirectory(std::string_view path) {
  const std::string name(path.empty() ? std::string_view(".") : path);
  std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(name.c_str()), &::closedir);
  if (directory == nullptr) return ErrnoStatus(errno, "list", path);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view entry_name = entry->d_name;
    if (entry_name != "." && entry_name != "..") names.emplace_back(entry_name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

// A file that appears whole or not at all: written without a name (where the file system has that, else under a
// temporary one beside `path`), then renamed. Destroyed without Commit it leaves nothing behind; without a name, not
// even when the process is killed.
class AtomicFile {
 public:
  static absl::StatusOr<AtomicFile> Create(std::string_view path) {
    if (path.empty() || path.find('\0') != std::string_view::npos) {
      return InvalidArgument("no file can be written under the name '", path, "'");
    }
    AtomicFile file;
    file.path_ = std::string(path);
    struct stat info;
    if (::stat(file.path_.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
      return FailedPrecondition("'", path, "' exists and is not a regular file; name a file to write");
    }
#ifdef O_TMPFILE
    const std::size_t slash = path.rfind('/');
    const std::string directory(slash == std::string_view::npos ? "." : path.substr(0, slash + 1));
    file.descriptor_ = Descriptor(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666));
    // It gets its name through /proc. What does not work here is tried with a name, which gives the error, too.
    if (file.descriptor_.get() >= 0 && ::access(file.ByDescriptor().c_str(), F_OK) == 0) return file;
#endif
    // O_EXCL and not mkstemp: the mode then follows the umask, as users expect of an ordinary new file.
    const int error = file.UnderTemporaryName([&](const char* name) {
      file.descriptor_ = Descriptor(::open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
      return file.descriptor_.get() >= 0;
    });
    if (error != 0) return ErrnoStatus(error, "write", path);
    return file;
  }

  AtomicFile(AtomicFile&& other) noexcept
      : path_(std::move(other.path_)),
        temporary_(std::exchange(other.temporary_, std::string())),
        descriptor_(std::move(other.descriptor_)) {}
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile() {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
  }

  const std::string& path() const { return path_; }

  // Sets the size, so that parts can be written in any order.
  absl::Status Resize(std::uint64_t size) {
    int result;
    do {
      result = ::ftruncate(descriptor_.get(), static_cast<off_t>(size));
    } while (result != 0 && errno == EINTR);
    return result == 0 ? absl::OkStatus() : ErrnoStatus(errno, "write", path_);
  }

  // Writes at an offset. Parts that do not overlap may be written from several threads at once.
  absl::Status WriteAt(std::uint64_t offset, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return ErrnoStatus(errno, "write", path_);
      bytes.remove_prefix(static_cast<std::size_t>(n));
      offset += static_cast<std::uint64_t>(n);
    }
    return absl::OkStatus();
  }

  // Writes several runs of bytes, one after the other, from `offset` on.
  absl::Status WriteAt(std::uint64_t offset, absl::Span<const std::string_view> runs) {
    constexpr std::size_t kMostAtOnce = 256;
    struct iovec vectors[kMostAtOnce];
    std::size_t next = 0;
    std::size_t skip = 0;  // bytes of runs[next] that are written already
    while (next < runs.size()) {
      std::size_t count = 0;
      for (std::size_t i = next; i < runs.size() && count < kMostAtOnce; ++i, ++count) {
        const std::string_view run = i == next ? runs[i].substr(skip) : runs[i];
        vectors[count].iov_base = const_cast<char*>(run.data());
        vectors[count].iov_len = run.size();
      }
      const ssize_t n = ::pwritev(descriptor_.get(), vectors, static_cast<int>(count), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return ErrnoStatus(errno, "write", path_);
      offset += static_cast<std::uint64_t>(n);
      auto left = static_cast<std::size_t>(n);
      while (next < runs.size() && left >= runs[next].size() - skip) {
        left -= runs[next].size() - skip;
        skip = 0;
        ++next;
      }
      skip += left;
    }
    return absl::OkStatus();
  }

  // Gives the file its name; what stood there before is replaced in one step.
  absl::Status Commit() {
    if (temporary_.empty()) {
      const std::string unnamed = ByDescriptor();
      const int error = UnderTemporaryName([&](const char* name) {
        return ::linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0;
      });
      if (error != 0) return ErrnoStatus(error, "write", path_);
    }
    if (::close(descriptor_.Release()) != 0) return ErrnoStatus(errno, "write", path_);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) return ErrnoStatus(errno, "write", path_);
    temporary_.clear();
    return absl::OkStatus();
  }

 private:
  AtomicFile() = default;

  std::string ByDescriptor() const { return Concat("/proc/self/fd/", descriptor_.get()); }

  // Tries names beside `path_` until `make` does not say false because of one that exists; the error otherwise, or 0.
  template <typename Make>
  int UnderTemporaryName(Make&& make) {
    for (int attempt = 0; attempt < 1000; ++attempt) {
      temporary_ = Concat(path_, ".tmp.", ::getpid(), ".", attempt);
      if (make(temporary_.c_str())) return 0;
      const int error = errno;
      temporary_.clear();  // nothing of ours to remove
      if (error != EEXIST && error != EINTR) return error;
    }
    return EEXIST;
  }

  std::string path_;
  std::string temporary_;
  Descriptor descriptor_;
};

}  // namespace posix
GRAPHFREEZE_NAMESPACE_END

GRAPHFREEZE_NAMESPACE_BEGIN

struct LocalFileSystem {
  absl::StatusOr<Source> Open(std::string_view path) const { return posix::MapFile(path); }
  absl::StatusOr<std::vector<std::string>> List(std::string_view directory) const {
    return posix::ListDirectory(directory);
  }
};

struct ReadingFileSystem {
  absl::StatusOr<Source> Open(std::string_view path) const { return posix::OpenForReading(path); }
  absl::StatusOr<std::vector<std::string>> List(std::string_view directory) const {
    return posix::ListDirectory(directory);
  }
};

class MemoryFileSystem {
 public:
  // Adds or replaces a file. Paths are plain text: "dir/a" lies in directory "dir".
  void Put(std::string path, std::string bytes) { Put(path, Source::Own(std::move(bytes), path)); }
  void Put(std::string path, Source bytes) { files_[std::move(path)] = std::move(bytes); }

  absl::StatusOr<Source> Open(std::string_view path) const {
    const auto it = files_.find(path);
    if (it == files_.end()) return NotFound("no file '", path, "' in memory");
    return it->second;
  }

  absl::StatusOr<std::vector<std::string>> List(std::string_view directory) const {
    std::string prefix(directory);
    if (!prefix.empty() && prefix.back() != '/') prefix += '/';
    std::vector<std::string> names;
    for (auto it = files_.lower_bound(prefix); it != files_.end(); ++it) {
      const std::string_view path = it->first;
      if (path.substr(0, prefix.size()) != prefix) break;
      const std::string_view rest = path.substr(prefix.size());
      std::string name(rest.substr(0, rest.find('/')));
      if (names.empty() || names.back() != name) names.push_back(std::move(name));
    }
    if (names.empty()) return NotFound("no directory '", directory, "' in memory");
    return names;
  }

 private:
  std::map<std::string, Source, std::less<>> files_;
};

// Any file system behind one type, for code that is not a template. Cheap to copy.
class FileSystem {
 public:
  FileSystem() : FileSystem(LocalFileSystem{}) {}
  template <typename Fs, std::enable_if_t<!std::is_same_v<std::decay_t<Fs>, FileSystem>, int> = 0>
  FileSystem(Fs file_system) : impl_(std::make_shared<const Model<Fs>>(std::move(file_system))) {}

  absl::StatusOr<Source> Open(std::string_view path) const { return impl_->Open(path); }
  absl::StatusOr<std::vector<std::string>> List(std::string_view directory) const {
    return impl_->List(directory);
  }

 private:
  struct Concept {
    virtual ~Concept() = default;
    virtual absl::StatusOr<Source> Open(std::string_view path) const = 0;
    virtual absl::StatusOr<std::vector<std::string>> List(std::string_view directory) const = 0;
  };
  template <typename Fs>
  struct Model final : Concept {
    explicit Model(Fs fs) : file_system(std::move(fs)) {}
    absl::StatusOr<Source> Open(std::string_view path) const override { return file_system.Open(path); }
    absl::StatusOr<std::vector<std::string>> List(std::string_view directory) const override {
      return file_system.List(directory);
    }
    Fs file_system;
  };
  std::shared_ptr<const Concept> impl_;
};

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/support/nearest.hpp ----
// Nearest: which of many names somebody may have meant. For messages about keys, nodes and flags.
//
// Names are compared part by part ('/' separates parts): a part may be missing or added ('bert/pooler/kernel'
// for 'bert/pooler/dense/kernel'), or be spelled a little differently ('kernal'). The work is bounded whatever
// the names are: a cheap measure picks a few candidates, and only these are compared closely.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>


GRAPHFREEZE_NAMESPACE_BEGIN

namespace nearest_detail {

inline constexpr std::size_t kMaxNames = 200000;    // names looked at
inline constexpr std::size_t kMaxCandidates = 64;   // names compared closely
inline constexpr std::size_t kMaxParts = 24;        // parts of a name compared closely
inline constexpr std::size_t kMaxPartLength = 64;   // characters of a part compared closely
inline constexpr int kUnit = 60;                    // the cost of a part that is entirely different
inline constexpr int kGap = 36;                     // the cost of a part that is missing

// 'w' of 'w:0': people give a tensor's name where a key or a node's name is asked for.
inline std::string_view WithoutOutput(std::string_view name) {
  std::size_t end = name.size();
  while (end > 0 && name[end - 1] >= '0' && name[end - 1] <= '9') --end;
  return end > 1 && end < name.size() && name[end - 1] == ':' ? name.substr(0, end - 1) : name;
}

inline char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// How many characters agree, counted from the front and from the back.
inline std::size_t Agreement(std::string_view a, std::string_view b) {
  const std::size_t shorter = (std::min)((std::min)(a.size(), b.size()), std::size_t{1024});
  std::size_t front = 0, back = 0;
  while (front < shorter && Lower(a[front]) == Lower(b[front])) ++front;
  while (back < shorter - front && Lower(a[a.size() - 1 - back]) == Lower(b[b.size() - 1 - back])) ++back;
  return front + back;
}

// Characters to insert, delete or replace to make one of the other.
inline int EditDistance(std::string_view a, std::string_view b) {
  a = a.substr(0, kMaxPartLength);
  b = b.substr(0, kMaxPartLength);
  int row[kMaxPartLength + 1];
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int replace = diagonal + (Lower(a[i - 1]) == Lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = (std::min)(replace, (std::min)(row[j], row[j - 1]) + 1);
    }
  }
  return row[b.size()];
}

inline std::vector<std::string_view> Parts(std::string_view name) {
  std::vector<std::string_view> parts;
  while (parts.size() + 1 < kMaxParts) {
    const std::size_t slash = name.find('/');
    if (slash == std::string_view::npos) break;
    parts.push_back(name.substr(0, slash));
    name.remove_prefix(slash + 1);
  }
  parts.push_back(name);
  return parts;
}

inline int PartCost(std::string_view a, std::string_view b) {
  if (a == b) return 0;
  const std::size_t longer = (std::min)((std::max)(a.size(), b.size()), kMaxPartLength);
  if (longer == 0) return 0;
  return (std::max)(1, kUnit * EditDistance(a, b) / static_cast<int>(longer));
}

// The edit distance again, of parts; -1 for names that are too different for a suggestion.
inline int Cost(const std::vector<std::string_view>& a, std::string_view name) {
  const std::vector<std::string_view> b = Parts(name);
  int row[kMaxParts + 1];
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j) * kGap;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i) * kGap;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int replace = diagonal + PartCost(a[i - 1], b[j - 1]);
      diagonal = row[j];
      row[j] = (std::min)(replace, (std::min)(row[j], row[j - 1]) + kGap);
    }
  }
  const int cost = row[b.size()];
  // A name that ends with all of the other is a scope added or left out, however long.
  std::size_t suffix = 0;
  while (suffix < (std::min)(a.size(), b.size()) && a[a.size() - 1 - suffix] == b[b.size() - 1 - suffix]) ++suffix;
  if (suffix == (std::min)(a.size(), b.size())) return (std::min)(cost, 3 * kGap);
  return cost * 100 <= 45 * kUnit * static_cast<int>((std::max)(a.size(), b.size())) ? cost : -1;
}

}  // namespace nearest_detail

// At most `n` of `names` that resemble `wanted`, the likeliest first; none if nothing does. `names` is any
// range of things that convert to std::string_view; the views returned are theirs.
template <typename Names>
std::vector<std::string_view> Nearest(std::string_view wanted, const Names& names, std::size_t n = 3) {
  using Scored = std::pair<std::size_t, std::string_view>;
  wanted = nearest_detail::WithoutOutput(wanted);
  const auto better = [](const Scored& a, const Scored& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  };
  std::vector<Scored> candidates;
  std::size_t seen = 0;
  for (const auto& element : names) {
    if (++seen > nearest_detail::kMaxNames) break;
    const std::string_view name(element);
    const std::size_t agreement = nearest_detail::Agreement(wanted, name);
    // The share of the longer name that agrees, so that long names do not win by their length alone.
    candidates.emplace_back(agreement * 1000 / ((std::max)(wanted.size(), name.size()) + 1), name);
    if (candidates.size() == 4 * nearest_detail::kMaxCandidates) {
      std::nth_element(candidates.begin(), candidates.begin() + nearest_detail::kMaxCandidates, candidates.end(),
                       better);
      candidates.resize(nearest_detail::kMaxCandidates);
    }
  }
  std::sort(candidates.begin(), candidates.end(), better);
  if (candidates.size() > nearest_detail::kMaxCandidates) candidates.resize(nearest_detail::kMaxCandidates);

  std::vector<std::pair<int, std::string_view>> found;
  const std::vector<std::string_view> parts = nearest_detail::Parts(wanted);
  for (const Scored& candidate : candidates) {
    const int cost = nearest_detail::Cost(parts, candidate.second);
    if (cost >= 0) found.emplace_back(cost, candidate.second);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string_view> result;
  for (const auto& [cost, name] : found) {
    if (result.size() == n) break;
    if (result.empty() || result.back() != name) result.push_back(name);
  }
  return result;
}

// "; did you mean 'a', 'b' or 'c'?" for the end of a message, or nothing.
template <typename Names>
std::string DidYouMean(std::string_view wanted, const Names& names) {
  const std::vector<std::string_view> nearest = Nearest(wanted, names);
  std::string text;
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    text += Concat(i == 0 ? "; did you mean '" : i + 1 < nearest.size() ? "', '" : "' or '", nearest[i]);
  }
  return text.empty() ? text : text + "'?";
}

GRAPHFREEZE_NAMESPACE_END

GRAPHFREEZE_NAMESPACE_BEGIN

// A checkpoint that was found: its prefix, and what tells its tensors, open.
struct CheckpointLocation {
  std::string prefix;
  Source index;                  // of a V2 checkpoint
  std::vector<Source> v1_files;  // of a V1 checkpoint: all of its files, by number
};

namespace checkpoint_detail {

inline bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}
inline bool StartsWith(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// The part up to and with the last '/', and the rest.
inline std::pair<std::string_view, std::string_view> SplitPath(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {std::string_view(), path};
  return {path.substr(0, slash + 1), path.substr(slash + 1)};
}
// The directory of SplitPath as List takes it.
inline std::string_view Listable(std::string_view directory) {
  if (directory.empty()) return ".";
  return directory.size() > 1 ? directory.substr(0, directory.size() - 1) : directory;
}

// "-00001-of-00002" at the end, two numbers of five digits or more: where it begins, or npos.
inline std::size_t ShardSuffix(std::string_view name) {
  const auto digits_from_end = [&](std::size_t end) {
    std::size_t n = 0;
    while (n < end && name[end - 1 - n] >= '0' && name[end - 1 - n] <= '9') ++n;
    return n;
  };
  const std::size_t count = digits_from_end(name.size());
  if (count < 5) return std::string_view::npos;
  std::size_t at = name.size() - count;
  if (!EndsWith(name.substr(0, at), "-of-")) return std::string_view::npos;
  at -= 4;
  const std::size_t shard = digits_from_end(at);
  if (shard < 5 || at == shard || name[at - shard - 1] != '-') return std::string_view::npos;
  return at - shard - 1;
}

// "<base>-00000-of-00002".
inline std::string ShardPath(std::string_view base, std::int32_t shard, std::int32_t shards) {
  const auto padded = [](std::int32_t number) {
    const std::string digits = Concat(number);
    return digits.size() < 5 ? std::string(5 - digits.size(), '0') + digits : digits;
  };
  return Concat(base, "-", padded(shard), "-of-", padded(shards));
}

// A set of shard files: what comes before "-00000-of-00002", and how many there are.
struct ShardSet {
  std::string_view base;
  std::int32_t shards = 0;
};
// Of the name of one of them, or of the pattern for all of them ("-?????" for the number).
inline std::optional<ShardSet> ShardSetOf(std::string_view path) {
  const std::size_t count = path.find_last_not_of("0123456789") + 1;
  ShardSet set;
  const std::from_chars_result end = std::from_chars(path.data() + count, path.data() + path.size(), set.shards);
  if (end.ec != std::errc() || set.shards < 1) return std::nullopt;
  std::size_t suffix = ShardSuffix(path);
  if (suffix == std::string_view::npos) {
    constexpr std::string_view kPattern = "-?????" "-of-";  // in two literals, for there are trigraphs in it
    if (path.size() - count < 5 || !EndsWith(path.substr(0, count), kPattern)) return std::nullopt;
    suffix = count - kPattern.size();
  }
  set.base = path.substr(0, suffix);
  return set;
}

inline bool IsMissing(const absl::Status& status) { return status.code() == absl::StatusCode::kNotFound; }

// A file that is no checkpoint: what it is instead, in words, and what to do about it.
inline std::string Describe(const Source& source) {
  const std::string_view name = SplitPath(source.name()).second;
  if (source.size() == 0) return "is empty";
  std::string head(static_cast<std::size_t>((std::min)(source.size(), std::uint64_t{4096})), '\0');
  if (!source.Read(0, absl::Span<char>(head.data(), head.size())).ok()) return "cannot be read";
  const std::string_view text = head;
  if (StartsWith(text, "\x89HDF\r\n")) {
    return "is a Keras HDF5 file; load it in Keras and write a checkpoint with tf.train.Checkpoint(model).write(...) "
           "or a SavedModel with model.export(...)";
  }
  if (StartsWith(text, "PK\x03\x04")) {
    return "is a zip archive (a .keras or .npz file, perhaps); write a TensorFlow checkpoint or a SavedModel from it";
  }
  if (wire::LooksLikeTable(source)) {
    const absl::StatusOr<wire::Table> table = wire::Table::Open(source, wire::Crc32c());
    const absl::Status first = table.ok() ? table->First().status() : table.status();
    if (!first.ok()) return Concat("is a damaged checkpoint: ", FromAbsl(first.message()));
    return "looks like the index of a checkpoint under another name; rename it to end in .index, beside its .data "
           "files";
  }
  const std::size_t word = text.find_first_not_of(" \t\r\n");
  for (const std::string_view field : {"node", "library", "versions", "meta_info_def", "graph_def", "meta_graphs",
                                       "saved_model_schema_version", "saver_def", "collection_def"}) {
    if (word != std::string_view::npos && StartsWith(text.substr(word), field)) {
      return "is a graph in text form, which has no checkpointed weights; give the checkpoint that belongs to it";
    }
  }
  if (StartsWith(name, "saved_model.")) {
    return "is the graph of a SavedModel; give '<its directory>/variables/variables' for the weights";
  }
  // Field 1 of a GraphDef is a NodeDef, whose field 2 is the name of an op; of a MetaGraphDef, a MetaInfoDef.
  std::string_view first;
  if (text.front() == '\x0a') {
    std::uint64_t size = 0;
    const char* p = wire::ReadVarint(text.data() + 1, text.data() + text.size(), &size);
    if (p != nullptr) first = text.substr(static_cast<std::size_t>(p - text.data()), static_cast<std::size_t>(size));
  }
  wire::FieldReader fields(first);
  bool has_name = false;
  while (!first.empty() && fields.Next()) {
    if (fields.type() != wire::Type::kBytes) break;
    if (fields.number() == 1) {
      has_name = true;
      continue;
    }
    const std::string_view op = fields.bytes();
    const bool is_op = fields.number() == 2 && has_name && !op.empty() && op.size() < 100 &&
                       std::all_of(op.begin(), op.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    return is_op ? "is a graph (GraphDef), which has no checkpointed weights; give the checkpoint that belongs to it"
                 : "is a MetaGraphDef, a graph without weights; give the checkpoint that belongs to it";
  }
  return "is no checkpoint; give a prefix (model.ckpt), one of the files of a checkpoint, or its directory";
}

class PathResolver {
 public:
  explicit PathResolver(const FileSystem& files) : files_(files) {}

  absl::StatusOr<CheckpointLocation> Resolve(std::string_view path) const {
    if (path.empty()) return InvalidArgument("the path of the checkpoint is empty");
    // An existing "<path>.index" settles it: the path is a prefix, whatever it looks like.
    if (path.back() != '/') {
      if (Found found = OpenPrefix(path)) return *std::move(found);
      const auto [directory, name] = SplitPath(path);
      if (EndsWith(name, ".index")) return FromFile(path, path.substr(0, path.size() - 6), "the index");
      if (EndsWith(name, ".meta")) return FromFile(path, path.substr(0, path.size() - 5), "the graph");
      const std::size_t shard = ShardSuffix(name);
      if (shard != std::string_view::npos && EndsWith(name.substr(0, shard), ".data")) {
        return FromFile(path, path.substr(0, directory.size() + shard - 5), "a data file");
      }
      absl::StatusOr<Source> file = files_.Open(path);
      if (file.ok()) return FromOther(*file);
      if (Found found = OpenV1Shards(path)) return *std::move(found);
      absl::StatusOr<std::vector<std::string>> names = files_.List(path);
      if (names.ok()) return FromDirectory(path, *names);
      if (!IsMissing(file.status()) && file.status().code() != absl::StatusCode::kFailedPrecondition) {
        return file.status();
      }
      return Missing(path);
    }
    const std::size_t end = path.find_last_not_of('/');
    const std::string_view directory = end == std::string_view::npos ? path.substr(0, 1) : path.substr(0, end + 1);
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(directory));
    return FromDirectory(directory, names);
  }

 private:
  // A checkpoint, or the error of one that is there and cannot be opened; or nothing.
  using Found = std::optional<absl::StatusOr<CheckpointLocation>>;

  // V2 only.
  Found OpenPrefix(std::string_view prefix) const {
    absl::StatusOr<Source> index = files_.Open(Concat(prefix, ".index"));
    if (index.ok()) return CheckpointLocation{std::string(prefix), *std::move(index), {}};
    if (IsMissing(index.status())) return std::nullopt;
    return index.status();
  }

  // What a prefix, or TensorFlow's pattern for one, may stand for: V2 before V1.
  Found OpenAny(std::string_view prefix) const {
    if (Found found = OpenPrefix(prefix)) return found;
    const absl::StatusOr<Source> file = files_.Open(prefix);
    if (file.ok() && IsV1Table(*file)) return OpenV1(*file);
    if (Found found = OpenV1Shards(prefix)) return found;
    return FindV1Shards(prefix);
  }

  // One file of a V1 checkpoint: with the others of its set, if its name says that there are some.
  absl::StatusOr<CheckpointLocation> OpenV1(const Source& file) const {
    if (Found found = OpenV1Shards(file.name())) return *std::move(found);
    return CheckpointLocation{std::string(file.name()), Source(), {file}};
  }

  // A V1 checkpoint by the name of one of its shard files, or the pattern. Nothing if there is none of them.
  Found OpenV1Shards(std::string_view path) const {
    const std::optional<ShardSet> set = ShardSetOf(path);
    if (!set) return std::nullopt;
    CheckpointLocation location{std::string(set->base), Source(), {}};
    for (std::int32_t shard = 0; shard < set->shards; ++shard) {
      const std::string name = ShardPath(set->base, shard, set->shards);
      absl::StatusOr<Source> file = files_.Open(name);
      if (!file.ok()) {
        if (!IsMissing(file.status())) return file.status();
        if (location.v1_files.empty() && !AnyOf(*set)) return std::nullopt;
        return NotFound("missing shard ", shard, " of ", set->shards, " (counted from 0): there is no '", name,
                        "'; copy all files of the checkpoint '", set->base, "'");
      }
      if (!IsV1Table(*file)) return InvalidArgument("'", name, "' ", Describe(*file));
      location.v1_files.push_back(*std::move(file));
    }
    return location;
  }
  // True if one of the files, at least, is there.
  bool AnyOf(const ShardSet& set) const {
    const auto [directory, base] = SplitPath(set.base);
    for (const std::string& name : Names(directory)) {
      const std::optional<ShardSet> other = ShardSetOf(name);
      if (other && other->base == base && other->shards == set.shards && files_.Open(Concat(directory, name)).ok()) {
        return true;
      }
    }
    return false;
  }

  // The shard files of a V1 checkpoint by their prefix alone.
  Found FindV1Shards(std::string_view prefix) const {
    const auto [directory, base] = SplitPath(prefix);
    std::map<std::int32_t, std::string> sets;  // one file of each
    for (const std::string& name : Names(directory)) {
      const std::optional<ShardSet> set = ShardSetOf(name);
      if (!set || set->base != base || sets.count(set->shards) > 0) continue;
      const absl::StatusOr<Source> file = files_.Open(Concat(directory, name));
      if (file.ok() && IsV1Table(*file)) sets.emplace(set->shards, Concat(directory, name));
    }
    if (sets.empty()) return std::nullopt;
    if (sets.size() == 1) return OpenV1Shards(sets.begin()->second);
    return InvalidArgument("there are several checkpoints '", prefix, "', '", sets.begin()->second, "' is of one and '",
                           sets.rbegin()->second, "' of another; give the name of a file");
  }

  std::vector<std::string> Names(std::string_view directory) const {
    absl::StatusOr<std::vector<std::string>> names = files_.List(Listable(directory));
    return names.ok() ? *std::move(names) : std::vector<std::string>();
  }

  // One of a checkpoint's own files was named.
  absl::StatusOr<CheckpointLocation> FromFile(std::string_view path, std::string_view prefix,
                                              std::string_view role) const {
    if (Found found = OpenAny(prefix)) return *std::move(found);
    if (role != "the index" && files_.Open(path).ok()) {
      return NotFound("'", path, "' is ", role, " of a checkpoint whose index '", prefix,
                      ".index' is missing; copy all of its files");
    }
    return Missing(prefix);
  }

  // A file that is not one of a checkpoint's own by its name.
  absl::StatusOr<CheckpointLocation> FromOther(const Source& file) const {
    const std::string_view path = file.name();
    const std::string_view name = SplitPath(path).second;
    if (IsV1Table(file)) return OpenV1(file);
    // The state file can be called otherwise (latest_filename), but then its text tells.
    if (file.size() < kMaxStateBytes && !wire::LooksLikeTable(file)) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes text, file.LoadAll());
      absl::StatusOr<CheckpointState> state = CheckpointState::Parse(text.bytes);
      if (state.ok() && !state->latest.empty()) return FromState(path, *state);
      if (name == "checkpoint") {
        if (!state.ok()) return Annotate(state.status(), Concat("'", path, "' is no valid checkpoint state file"));
        return InvalidArgument("'", path, "' names no latest checkpoint (model_checkpoint_path); give a prefix");
      }
    }
    return InvalidArgument("'", path, "' ", Describe(file));
  }

  absl::StatusOr<CheckpointLocation> FromState(std::string_view path, const CheckpointState& state) const {
    const std::string_view directory = SplitPath(path).first;
    const std::string_view latest = state.latest;
    const std::string direct = latest.front() == '/' ? std::string(latest) : Concat(directory, latest);
    if (Found found = OpenAny(direct)) return *std::move(found);
    // Directories get moved and copied: the checkpoint then lies beside the state file.
    const std::string beside = Concat(directory, SplitPath(latest).second);
    if (beside != direct) {
      if (Found found = OpenAny(beside)) return *std::move(found);
    }
    std::string tried = Concat("'", direct, ".index'");
    if (beside != direct) tried += Concat(" and '", beside, ".index'");
    return NotFound("'", path, "' names '", latest, "' as the latest checkpoint, but there is no ", tried, "; ",
                    Prefixes(directory, SplitPath(latest).second));
  }

  absl::StatusOr<CheckpointLocation> FromDirectory(std::string_view directory,
                                                   const std::vector<std::string>& names) const {
    const std::string base = directory.back() == '/' ? std::string(directory) : Concat(directory, "/");
    const auto has = [&](std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); };
    if (has("checkpoint")) {
      absl::StatusOr<Source> state = files_.Open(Concat(base, "checkpoint"));
      if (state.ok()) return FromOther(*state);
      if (state.status().code() != absl::StatusCode::kFailedPrecondition) return state.status();  // not a directory
    }
    if (has("saved_model.pb") || has("saved_model.pbtxt") || has("saved_model.cpb")) {
      return InvalidArgument("'", directory, "' is a SavedModel; give '", base, "variables/variables' for its weights");
    }
    const std::vector<std::string> prefixes = PrefixesIn(base, names);
    if (prefixes.size() == 1) {
      if (Found found = OpenAny(prefixes.front())) return *std::move(found);
    }
    if (prefixes.empty()) {
      return InvalidArgument("directory '", directory, "' holds no checkpoint: no file ends in .index, and none is in the V1 format",
                             has("keras_metadata.pb") ? " (it is what is left of a SavedModel)" : "");
    }
    return InvalidArgument("directory '", directory, "' holds ", prefixes.size(),
                           " checkpoints and no `checkpoint` file says which is the latest; ", Prefixes(base, ""));
  }

  // The checkpoints of a directory by the names of its files; only if there is no V2 one are V1 ones looked for, by
  // what files hold.
  std::vector<std::string> PrefixesIn(std::string_view base, const std::vector<std::string>& names) const {
    std::vector<std::string> prefixes;
    for (const std::string& name : names) {
      if (EndsWith(name, ".index")) prefixes.push_back(Concat(base, name.substr(0, name.size() - 6)));
    }
    if (!prefixes.empty()) return prefixes;
    for (const std::string& name : names) {
      const std::optional<ShardSet> set = ShardSetOf(name);
      const std::string prefix = Concat(base, set ? set->base : std::string_view(name));
      if (std::find(prefixes.begin(), prefixes.end(), prefix) != prefixes.end()) continue;
      const absl::StatusOr<Source> file = files_.Open(Concat(base, name));
      if (file.ok() && IsV1Table(*file)) prefixes.push_back(prefix);
    }
    return prefixes;
  }

  // Which checkpoints there are, those like `wanted` first.
  std::string Prefixes(std::string_view directory, std::string_view wanted) const {
    const std::vector<std::string> prefixes = PrefixesIn(directory, Names(directory));
    if (prefixes.empty()) return Concat("directory '", Listable(directory), "' holds no checkpoint");
    std::string text = "give one of these prefixes: ";
    constexpr std::size_t kShown = 5;
    const std::vector<std::string_view> like = Nearest(Concat(directory, wanted), prefixes, kShown);
    std::vector<std::string_view> shown(like);
    // The newest are likely last.
    for (auto it = prefixes.rbegin(); it != prefixes.rend() && shown.size() < kShown; ++it) {
      if (std::find(shown.begin(), shown.end(), *it) == shown.end()) shown.push_back(*it);
    }
    for (std::size_t i = 0; i < shown.size(); ++i) text += Concat(i == 0 ? "'" : ", '", shown[i], "'");
    return shown.size() < prefixes.size() ? text + ", ..." : text;
  }

  // Nothing has this prefix, unless it is that of V1 shards: say what there is.
  absl::StatusOr<CheckpointLocation> Missing(std::string_view prefix) const {
    if (Found found = FindV1Shards(prefix)) return *std::move(found);
    const auto [directory, name] = SplitPath(prefix);
    const std::string data = Concat(name, ".data-");
    const std::string meta = Concat(name, ".meta");
    const std::vector<std::string> names = Names(directory);
    bool has_meta = false;
    for (const std::string& other : names) {
      if (StartsWith(other, data)) {
        return NotFound("'", directory, other, "' is there, but the index '", prefix,
                        ".index' is missing; copy all files of the checkpoint");
      }
      has_meta |= other == meta;
    }
    if (has_meta) {
      return NotFound("'", prefix, ".meta' is there, but it holds no weights, and the index '", prefix,
                      ".index' is missing; copy all files of the checkpoint");
    }
    if (names.empty()) return NotFound("no checkpoint '", prefix, "': there is no '", prefix, ".index'");
    return NotFound("no checkpoint '", prefix, "': there is no '", prefix, ".index'; ", Prefixes(directory, name));
  }

  static constexpr std::uint64_t kMaxStateBytes = 16 << 20;
  const FileSystem& files_;
};

}  // namespace checkpoint_detail

// Finds the checkpoint that `path` means. An error says what the path is instead, and what to give.
inline absl::StatusOr<CheckpointLocation> FindCheckpoint(const FileSystem& files, std::string_view path) {
  return checkpoint_detail::PathResolver(files).Resolve(path);
}

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/checkpoint/string_tensor.hpp ----
// String tensors as V2 checkpoints store them: all lengths, a checksum of the lengths, all bytes.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>


GRAPHFREEZE_NAMESPACE_BEGIN
namespace checkpoint_detail {

// The `count` strings of the stored `bytes`, as views of them. `crc32c` is the (unmasked) checksum of the entry; it
// is not that of `bytes`: lengths enter it as numbers of fixed width.
inline absl::StatusOr<std::vector<std::string_view>> ReadStrings(std::string_view bytes, std::uint64_t count,
                                                                 std::uint32_t crc32c, wire::Crc32c crc, bool verify) {
  // Each length takes a byte at least: nothing is allocated for more strings than there can be.
  if (bytes.size() < 4 || count > bytes.size() - 4) {
    return DataLoss("its shape says ", count, " strings, but their lengths alone would not fit");
  }
  std::vector<std::string_view> strings;
  strings.reserve(static_cast<std::size_t>(count));
  const char* p = bytes.data();
  const char* const end = p + bytes.size();
  std::uint64_t total = 0;
  std::uint32_t computed = 0;
  // Numbers are gathered and checked some at a time.
  char numbers[4096];
  std::size_t pending = 0;
  const auto flush = [&] {
    computed = crc.Extend(computed, std::string_view(numbers, pending));
    pending = 0;
  };
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t length = 0;
    p = wire::ReadVarint(p, end, &length);
    if (p == nullptr) return DataLoss("the length of string ", i, " is malformed");
    if (length > bytes.size() || (total += length) > bytes.size()) {
      return DataLoss("string ", i, " of ", length, " bytes reaches beyond its end");
    }
    const std::size_t width = length > 0xffffffffu ? 8 : 4;
    std::memcpy(numbers + pending, &length, width);
    pending += width;
    if (pending + 8 > sizeof numbers) flush();
    strings.emplace_back(nullptr, static_cast<std::size_t>(length));
  }
  flush();
  if (static_cast<std::uint64_t>(end - p) < 4 || total != static_cast<std::uint64_t>(end - p) - 4) {
    return DataLoss("its strings should take ", total, " bytes and a checksum, but ", end - p, " bytes are there");
  }
  const std::string_view stored_bytes(p, 4);
  if (verify) {
    const std::uint32_t stored = wire::Crc32c::Unmask(wire::LoadFixed32(p));
    if (stored != computed) {
      return DataLoss("the stored checksum of its lengths is ", wire::HexCrc(stored), " but they have ",
                      wire::HexCrc(computed));
    }
    computed = crc.Extend(computed, stored_bytes);
    computed = crc.Extend(computed, std::string_view(p + 4, static_cast<std::size_t>(total)));
    if (computed != crc32c) {
      return DataLoss("its stored checksum is ", wire::HexCrc(crc32c), " but its bytes have ",
                      wire::HexCrc(computed));
    }
  }
  p += 4;
  for (std::string_view& string : strings) {
    string = std::string_view(p, string.size());
    p += string.size();
  }
  return strings;
}

}  // namespace checkpoint_detail
GRAPHFREEZE_NAMESPACE_END

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

// ---- graphfreeze/checkpoint/slice_tensors.hpp ----
// The tensors of a V1 checkpoint: files that each list and hold some slices. All lists together say which tensors
// there are.
//
// A value is a TensorProto without dtype and shape. Floats and complex numbers stand in it as they do in memory and
// are referred to there; other numbers are coded, so that locating such a tensor decodes it. A tensor has no checksum
// of its own: it is checked with the block that it lies in.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>


// ---- graphfreeze/tensor/tensor_proto.hpp ----
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

// ---- graphfreeze/freezer.hpp ----
// Freezer: a graph and a checkpoint in, one frozen graph out.
//
//   absl::StatusOr<FrozenGraph> frozen = Freezer()
//       .FromMetaGraph("model.ckpt.meta")
//       .Checkpoint("model.ckpt")
//       .Outputs({"output"})
//       .Freeze();
//   if (!frozen.ok()) return frozen.status();
//   return frozen->WriteTo("frozen.pb");
//
// Nothing is read before Freeze(), and nothing that any setter was given is checked before: errors surface there.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <absl/strings/cord.h>
#include <absl/types/span.h>


// ---- graphfreeze/checkpoint/tensor_store.hpp ----
// TensorStore: where values of variables come from, whatever that is: a checkpoint, or tensors that the caller has.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>


GRAPHFREEZE_NAMESPACE_BEGIN

// Cheap to copy. Safe to read from several threads at once.
class TensorStore {
 public:
  struct Info {
    DataType dtype = DataType::kInvalid;
    Shape shape;
  };

  TensorStore() = default;  // no tensors

  // A checkpoint that is open (a CheckpointReader is one).
  explicit TensorStore(Checkpoint checkpoint) : impl_(std::make_shared<const FromCheckpoint>(std::move(checkpoint))) {}
  // Tensors by key. Their views keep their bytes alive.
  explicit TensorStore(std::map<std::string, TensorView, std::less<>> tensors)
      : impl_(std::make_shared<const FromMap>(std::move(tensors))) {}

  explicit operator bool() const { return impl_ != nullptr; }
  // For messages.
  std::string name() const { return impl_ ? impl_->name() : std::string("no checkpoint"); }
  // The prefix of the checkpoint; empty for tensors of the caller's.
  std::string_view path() const { return impl_ ? impl_->path() : std::string_view(); }
  std::optional<Info> Find(std::string_view key) const { return impl_ ? impl_->Find(key) : std::nullopt; }
  // Sorted.
  std::vector<std::string_view> keys() const { return impl_ ? impl_->keys() : std::vector<std::string_view>(); }
  // The tensor, or the part of it that `slice` says. No weight is read.
  absl::StatusOr<TensorRef> Locate(std::string_view key, const TensorSlice& slice) const {
    if (!impl_) return NotFound("there is no checkpoint to take '", key, "' from");
    return impl_->Locate(key, slice);
  }
  // What Locate will give; nothing but the index is read.
  absl::StatusOr<TensorMeasure> Measure(std::string_view key, const TensorSlice& slice) const {
    if (!impl_) return NotFound("there is no checkpoint to take '", key, "' from");
    return impl_->Measure(key, slice);
  }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual std::string name() const = 0;
    virtual std::string_view path() const = 0;
    virtual std::optional<Info> Find(std::string_view key) const = 0;
    virtual std::vector<std::string_view> keys() const = 0;
    virtual absl::StatusOr<TensorRef> Locate(std::string_view key, const TensorSlice& slice) const = 0;
    virtual absl::StatusOr<TensorMeasure> Measure(std::string_view key, const TensorSlice& slice) const = 0;
  };

  struct FromCheckpoint final : Interface {
    explicit FromCheckpoint(Checkpoint c) : reader(std::move(c)) {}
    std::string name() const override { return Concat("checkpoint '", reader.prefix(), "'"); }
    std::string_view path() const override { return reader.prefix(); }
    std::optional<Info> Find(std::string_view key) const override {
      const auto* entry = reader.Find(key);
      if (entry == nullptr) return std::nullopt;
      return Info{entry->dtype, entry->shape};
    }
    std::vector<std::string_view> keys() const override {
      std::vector<std::string_view> all;
      for (const auto& entry : reader.keys()) all.push_back(entry.key);
      return all;
    }
    absl::StatusOr<TensorRef> Locate(std::string_view key, const TensorSlice& slice) const override {
      return reader.Locate(key, slice);
    }
    absl::StatusOr<TensorMeasure> Measure(std::string_view key, const TensorSlice& slice) const override {
      return reader.Measure(key, slice);
    }
    Checkpoint reader;
  };

  struct FromMap final : Interface {
    explicit FromMap(std::map<std::string, TensorView, std::less<>> t) : tensors(std::move(t)) {}
    std::string name() const override { return "the tensors of the caller"; }
    std::string_view path() const override { return {}; }
    std::optional<Info> Find(std::string_view key) const override {
      const auto it = tensors.find(key);
      if (it == tensors.end()) return std::nullopt;
      return Info{it->second.dtype(), it->second.shape()};
    }
    std::vector<std::string_view> keys() const override {
      std::vector<std::string_view> all;
      for (const auto& [key, tensor] : tensors) all.push_back(key);
      return all;
    }
    absl::StatusOr<TensorRef> Locate(std::string_view key, const TensorSlice& slice) const override {
      const auto it = tensors.find(key);
      if (it == tensors.end()) return NotFound("the caller gave no tensor '", key, "'");
      if (!slice.extents().empty()) {
        return Unimplemented("'", key, "' is wanted in part (", slice.ToString(), "), but the caller gave it whole; ",
                             "give the parts under the names of the variables");
      }
      return ToRef(it->second);
    }
    absl::StatusOr<TensorMeasure> Measure(std::string_view key, const TensorSlice& slice) const override {
      GRAPHFREEZE_ASSIGN_OR_RETURN(TensorRef ref, Locate(key, slice));
      std::uint64_t bytes = ref.size();
      if (ref.string_value) {
        for (std::string_view s : ref.string_value->strings()) bytes += 1 + wire::VarintSize(s.size()) + s.size();
      }
      return TensorMeasure{ref.dtype, std::move(ref.shape), bytes, 0};
    }
    std::map<std::string, TensorView, std::less<>> tensors;
  };

  std::shared_ptr<const Interface> impl_;

 public:
  // A tensor in memory as a reference to itself.
  static TensorRef ToRef(const TensorView& tensor) {
    TensorRef ref;
    ref.dtype = tensor.dtype();
    ref.shape = tensor.shape();
    if (tensor.dtype() == DataType::kString) {
      ref.string_value = std::make_shared<const TensorView>(tensor);
    } else {
      const Source source = Source::Share(tensor.bytes(), tensor.owner(), "tensor");
      ref.pieces.push_back({source, 0, tensor.bytes().size()});
    }
    return ref;
  }
};

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/graph/graph.hpp ----
// Graph: a GraphDef to edit. It owns one Body for the main graph and one for each function; a Body is the
// unchanging index of what was read (graph_data.hpp) under a thin layer of edits.
//
//   main graph ── Body ── nodes 0..n-1 of the file, then the nodes that were added
//   function f ── Body ── its arguments, its nodes, its results; then the nodes that were added
//
// What no edit touches is written back as the very bytes that were read, unknown fields included. Nodes keep
// their ids and their places; nodes that are added come behind those of the file.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/inlined_vector.h>
#include <absl/types/span.h>


// ---- graphfreeze/graph/attr.hpp ----
// AttrView: one AttrValue message, read where it lies. AttrBuilder: small AttrValues, made.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>


GRAPHFREEZE_NAMESPACE_BEGIN

// An attribute's value. The kinds are the members of AttrValue's oneof, numbered as its fields are.
// Getters of another kind than kind() give the type's zero.
class AttrView {
 public:
  enum class Kind : std::uint8_t {
    kNone = 0,
    kList = 1,
    kString = 2,
    kInt = 3,
    kFloat = 4,
    kBool = 5,
    kType = 6,
    kShape = 7,
    kTensor = 8,
    kPlaceholder = 9,
    kFunc = 10,
  };

  AttrView() = default;
  // `message` is an AttrValue. As in protobuf, the last member given wins; a malformed message has kind kNone.
  explicit AttrView(std::string_view message) : message_(message) {
    wire::FieldReader reader(message);
    while (reader.Next()) {
      const std::uint32_t number = reader.number();
      if (number < 1 || number > 10 || reader.type() != WireType(number)) continue;
      kind_ = static_cast<Kind>(number);
      if (reader.type() == wire::Type::kBytes) {
        payload_ = reader.bytes();
      } else {
        value_ = reader.varint();
      }
    }
    if (!reader.ok()) kind_ = Kind::kNone;
  }

  Kind kind() const { return kind_; }
  bool exists() const { return message_.data() != nullptr; }
  std::string_view message() const { return message_; }

  std::string_view s() const { return kind_ == Kind::kString ? payload_ : std::string_view(); }
  std::int64_t i() const { return kind_ == Kind::kInt ? static_cast<std::int64_t>(value_) : 0; }
  bool b() const { return kind_ == Kind::kBool && value_ != 0; }
  float f() const {
    const auto bits = static_cast<std::uint32_t>(kind_ == Kind::kFloat ? value_ : 0);
    float number;
    std::memcpy(&number, &bits, sizeof number);
    return number;
  }
  DataType type() const {
    return kind_ == Kind::kType ? static_cast<DataType>(static_cast<std::uint32_t>(value_)) : DataType::kInvalid;
  }
  // The TensorShapeProto; of unknown rank when the attribute is not a shape.
  absl::StatusOr<Shape> shape() const {
    return kind_ == Kind::kShape ? Shape::Parse(payload_) : absl::StatusOr<Shape>(Shape::UnknownRank());
  }
  // The TensorProto message of a tensor attribute.
  std::string_view tensor() const { return kind_ == Kind::kTensor ? payload_ : std::string_view(); }
  // The name of the attribute of the enclosing function that stands here when it is instantiated.
  std::string_view placeholder() const { return kind_ == Kind::kPlaceholder ? payload_ : std::string_view(); }
  // The NameAttrList message of a function attribute, and the function's name.
  std::string_view func() const { return kind_ == Kind::kFunc ? payload_ : std::string_view(); }
  std::string_view func_name() const { return FuncName(func()); }

  // Members of a list, in order. Each gives an empty vector when the list holds another type.
  std::vector<DataType> types() const {
    std::vector<DataType> out;
    ForEachNumber(6, [&](std::uint64_t v) { out.push_back(static_cast<DataType>(static_cast<std::uint32_t>(v))); });
    return out;
  }
  std::vector<std::int64_t> ints() const {
    std::vector<std::int64_t> out;
    ForEachNumber(3, [&](std::uint64_t v) { out.push_back(static_cast<std::int64_t>(v)); });
    return out;
  }
  std::vector<std::string_view> strings() const { return Messages(2); }
  // TensorShapeProto messages.
  std::vector<std::string_view> shapes() const { return Messages(7); }
  // NameAttrList messages.
  std::vector<std::string_view> funcs() const { return Messages(9); }

  // The name in a NameAttrList message.
  static std::string_view FuncName(std::string_view name_attr_list) {
    std::string_view name;
    wire::FieldReader reader(name_attr_list);
    while (reader.Next()) {
      if (reader.key() == wire::Key(1, wire::Type::kBytes)) name = reader.bytes();
    }
    return name;
  }

 private:
  static wire::Type WireType(std::uint32_t number) {
    switch (static_cast<Kind>(number)) {
      case Kind::kInt:
      case Kind::kBool:
      case Kind::kType:
        return wire::Type::kVarint;
      case Kind::kFloat:
        return wire::Type::kFixed32;
      default:
        return wire::Type::kBytes;
    }
  }

  template <typename Visit>
  void ForEachNumber(std::uint32_t number, Visit&& visit) const {
    if (kind_ != Kind::kList) return;
    wire::FieldReader reader(payload_);
    while (reader.Next()) {
      if (reader.number() != number) continue;
      if (reader.type() == wire::Type::kBytes) {
        wire::ForEachPackedVarint(reader.bytes(), visit);
      } else if (reader.type() == wire::Type::kVarint) {
        visit(reader.varint());
      }
    }
  }
  std::vector<std::string_view> Messages(std::uint32_t number) const {
    std::vector<std::string_view> out;
    if (kind_ != Kind::kList) return out;
    wire::FieldReader reader(payload_);
    while (reader.Next()) {
      if (reader.key() == wire::Key(number, wire::Type::kBytes)) out.push_back(reader.bytes());
    }
    return out;
  }

  std::string_view message_;
  std::string_view payload_;
  std::uint64_t value_ = 0;
  Kind kind_ = Kind::kNone;
};

// AttrValue messages, made.
namespace attr {

inline std::string Type(DataType dtype) {
  std::string out;
  wire::PutVarintField(&out, 6, static_cast<std::uint32_t>(dtype));
  return out;
}
inline std::string Int(std::int64_t value) {
  std::string out;
  wire::PutVarintField(&out, 3, static_cast<std::uint64_t>(value));
  return out;
}
inline std::string Bool(bool value) {
  std::string out;
  wire::PutVarintField(&out, 5, value ? 1 : 0);
  return out;
}
inline std::string String(std::string_view value) {
  std::string out;
  wire::PutBytesField(&out, 2, value);
  return out;
}
inline std::string ShapeValue(const Shape& shape) {
  std::string out;
  wire::PutBytesField(&out, 7, shape.Serialize());
  return out;
}
inline std::string Tensor(std::string_view tensor_proto) {
  std::string out;
  wire::PutBytesField(&out, 8, tensor_proto);
  return out;
}
inline std::string Func(std::string_view name_attr_list) {
  std::string out;
  wire::PutBytesField(&out, 10, name_attr_list);
  return out;
}
inline std::string Types(const std::vector<DataType>& dtypes) {
  std::string packed;
  for (DataType dtype : dtypes) wire::PutVarint(&packed, static_cast<std::uint32_t>(dtype));
  std::string list;
  if (!packed.empty()) wire::PutBytesField(&list, 6, packed);
  std::string out;
  wire::PutBytesField(&out, 1, list);
  return out;
}
inline std::string Ints(const std::vector<std::int64_t>& values) {
  std::string packed;
  for (std::int64_t value : values) wire::PutVarint(&packed, static_cast<std::uint64_t>(value));
  std::string list;
  if (!packed.empty()) wire::PutBytesField(&list, 3, packed);
  std::string out;
  wire::PutBytesField(&out, 1, list);
  return out;
}
// A list of strings (field 2), TensorShapeProtos (7) or NameAttrLists (9).
inline std::string Messages(std::uint32_t number, const std::vector<std::string_view>& messages) {
  std::string list;
  for (std::string_view message : messages) wire::PutBytesField(&list, number, message);
  std::string out;
  wire::PutBytesField(&out, 1, list);
  return out;
}
inline std::string Strings(const std::vector<std::string_view>& strings) { return Messages(2, strings); }

}  // namespace attr

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/graph/graph_data.hpp ----
// GraphData: the index of a GraphDef that is made in one scan, and never changes. Nothing is copied: a node
// is a position in the bytes, its inputs are resolved edges, its attributes stay unread until asked for.
//
// Not for users: GraphView reads it, Graph edits on top of it.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>


GRAPHFREEZE_NAMESPACE_BEGIN

// Number of a node in its body: stable, dense, in the order of the file.
using NodeId = std::uint32_t;
inline constexpr NodeId kNoNode = 0xffffffffu;

// Where an input comes from.
//   main graph:     output `index` of `node`, counted over all its outputs; `arg` is 0.
//   function body:  element `index` of the output argument `arg` of `node` ("node:arg:index"); `arg` is 0
//                   when `node` stands for an argument of the function.
//   control edge:   `index` is kControl.
// `node` is kNoNode when the graph has no node of that name.
struct Edge {
  static constexpr std::int32_t kControl = -1;
  NodeId node = kNoNode;
  std::uint32_t arg = 0;
  std::int32_t index = 0;

  bool is_control() const { return index == kControl; }
  friend bool operator==(const Edge& a, const Edge& b) {
    return a.node == b.node && a.arg == b.arg && a.index == b.index;
  }
  friend bool operator!=(const Edge& a, const Edge& b) { return !(a == b); }
};

// A function's arguments and results are nodes too, so that every edge has two ends.
enum class NodeKind : std::uint8_t {
  kNode,           // a NodeDef
  kArgument,       // argument of the function; no inputs
  kResult,         // result of the function; one input
  kControlResult,  // a node that must run though nothing takes its outputs; one control input
};

namespace detail {

struct NodeData {
  const char* body = nullptr;  // the NodeDef message; for other kinds, the name
  std::uint32_t body_size = 0;
  std::uint32_t name_at = 0, name_size = 0;  // in `body`
  std::uint32_t op_at = 0, op_size = 0;
  std::uint32_t first_edge = 0, edge_count = 0;  // in BodyData::edges
  std::uint8_t header_size = 0;  // of tag and length in front of `body`
  NodeKind kind = NodeKind::kNode;

  std::string_view name() const { return {body + name_at, name_size}; }
  std::string_view op() const { return {body + op_at, op_size}; }
  std::string_view message() const { return {body, body_size}; }
  std::string_view whole() const {
    return {body - header_size, static_cast<std::size_t>(body_size) + header_size};
  }
};

struct BodyData {
  std::vector<NodeData> nodes;
  std::vector<Edge> edges;
  NameMap<NodeId> index;  // arguments and nodes

  absl::Span<const Edge> inputs(NodeId id) const {
    return absl::Span<const Edge>(edges).subspan(nodes[id].first_edge, nodes[id].edge_count);
  }
};

// A map<string, string> entry of `ret` or `control_ret`, with the pseudo-node that stands for it.
struct FunctionData {
  std::string_view whole;      // the field of the library
  std::string_view message;    // FunctionDef
  std::string_view signature;  // OpDef
  std::string_view name;
  std::uint32_t argument_count = 0;
  std::uint32_t first_result = 0, result_count = 0;  // node ids; in the order of the signature
  std::uint32_t first_control_result = 0, control_result_count = 0;
  BodyData body;
};

// A field of the GraphDef that is no node: where it stands between the nodes.
struct OtherField {
  std::uint32_t nodes_before = 0;
  bool is_library = false;
  std::string_view whole;
};

// A field of the library that is no function.
struct LibraryField {
  std::string_view whole;
  std::string_view gradient_of, gradient;  // GradientDef or RegisteredGradient; `gradient_of` empty in the latter
};

struct GraphData {
  Source source;  // keeps `bytes` alive
  std::string_view bytes;
  BodyData main;
  std::vector<OtherField> others;
  std::vector<FunctionData> functions;
  NameMap<std::uint32_t> function_index;
  std::vector<LibraryField> library_fields;
  std::vector<std::string_view> arg_names = {std::string_view("", 0)};  // Edge::arg -> name
};

// Reads name, op and the texts of the inputs of a NodeDef.
inline absl::Status ScanNode(std::string_view message, NodeData* node, std::vector<std::string_view>* inputs) {
  node->body = message.data();
  node->body_size = static_cast<std::uint32_t>(message.size());
  wire::FieldReader reader(message);
  while (reader.Next()) {
    switch (reader.key()) {
      case wire::Key(1, wire::Type::kBytes):
        node->name_at = static_cast<std::uint32_t>(reader.bytes().data() - message.data());
        node->name_size = static_cast<std::uint32_t>(reader.bytes().size());
        break;
      case wire::Key(2, wire::Type::kBytes):
        node->op_at = static_cast<std::uint32_t>(reader.bytes().data() - message.data());
        node->op_size = static_cast<std::uint32_t>(reader.bytes().size());
        break;
      case wire::Key(3, wire::Type::kBytes):
        inputs->push_back(reader.bytes());
        ++node->edge_count;
        break;
      default:
        break;
    }
  }
  if (!reader.ok()) return reader.status("NodeDef");
  if (node->name_size == 0) return InvalidArgument("a node has no name");
  return absl::OkStatus();
}

// Decimal digits, as they stand behind the colon of an input. -1 if there is anything else.
inline std::int32_t ParseIndex(std::string_view digits) {
  if (digits.empty() || digits.size() > 9) return -1;
  std::int32_t value = 0;
  for (char c : digits) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

class GraphScanner {
 public:
  static absl::StatusOr<std::shared_ptr<const GraphData>> Scan(Source source, std::string_view bytes) {
    GraphScanner scanner;
    scanner.data_->source = std::move(source);
    scanner.data_->bytes = bytes;
    GRAPHFREEZE_RETURN_IF_ERROR(Annotate(scanner.ScanGraph(), scanner.data_->source.name()));
    return std::shared_ptr<const GraphData>(std::move(scanner.data_));
  }

 private:
  absl::Status ScanGraph() {
    GraphData& data = *data_;
    if (data.bytes.size() > wire::kMaxMessageBytes) {
      return ResourceExhausted("a GraphDef of ", data.bytes.size(), " bytes; protobuf's limit is ",
                               wire::kMaxMessageBytes);
    }
    wire::FieldReader reader(data.bytes);
    std::vector<std::string_view> inputs;
    std::vector<std::string_view> libraries;
    while (reader.Next()) {
      if (reader.key() == wire::Key(1, wire::Type::kBytes)) {
        GRAPHFREEZE_RETURN_IF_ERROR(AddNode(&data.main, reader.whole(), reader.bytes(), &inputs));
        continue;
      }
      const bool is_library = reader.key() == wire::Key(2, wire::Type::kBytes);
      data.others.push_back({static_cast<std::uint32_t>(data.main.nodes.size()), is_library, reader.whole()});
      if (is_library) libraries.push_back(reader.bytes());
    }
    if (!reader.ok()) return reader.status("GraphDef");
    GRAPHFREEZE_RETURN_IF_ERROR(BuildIndex(&data.main, "the graph"));
    Resolve(&data.main, inputs, /*function=*/false);
    for (std::string_view library : libraries) GRAPHFREEZE_RETURN_IF_ERROR(ScanLibrary(library));
    return absl::OkStatus();
  }

  absl::Status AddNode(BodyData* body, std::string_view whole, std::string_view message,
                       std::vector<std::string_view>* inputs) {
    NodeData node;
    node.header_size = static_cast<std::uint8_t>(whole.size() - message.size());
    node.first_edge = static_cast<std::uint32_t>(inputs->size());
    if (absl::Status status = ScanNode(message, &node, inputs); !status.ok()) {
      return Annotate(status, Concat("node ", body->nodes.size()));
    }
    body->nodes.push_back(node);
    return absl::OkStatus();
  }

  static NodeData Pseudo(std::string_view name, NodeKind kind) {
    NodeData node;
    node.body = name.data();
    node.name_size = static_cast<std::uint32_t>(name.size());
    node.kind = kind;
    return node;
  }

  static absl::Status BuildIndex(BodyData* body, std::string_view where) {
    body->index.reserve(body->nodes.size());
    for (std::size_t i = 0; i < body->nodes.size(); ++i) {
      const NodeData& node = body->nodes[i];
      if (!body->index.try_emplace(node.name(), static_cast<NodeId>(i)).second) {
        return InvalidArgument("two nodes of ", where, " are called '", node.name(), "'; names must be unique");
      }
    }
    return absl::OkStatus();
  }

  // Turns the texts of the inputs into edges.
  void Resolve(BodyData* body, const std::vector<std::string_view>& inputs, bool function) {
    body->edges.reserve(inputs.size());
    for (std::string_view input : inputs) body->edges.push_back(ParseEdge(*body, input, function));
  }

  Edge ParseEdge(const BodyData& body, std::string_view input, bool function) {
    Edge edge;
    if (!input.empty() && input[0] == '^') {
      edge.node = Lookup(body, input.substr(1));
      edge.index = Edge::kControl;
      return edge;
    }
    const std::size_t colon = input.find(':');
    edge.node = Lookup(body, input.substr(0, colon));
    if (colon == std::string_view::npos || edge.node == kNoNode) return edge;
    std::string_view rest = input.substr(colon + 1);
    if (function && body.nodes[edge.node].kind == NodeKind::kNode) {
      const std::size_t second = rest.find(':');
      edge.arg = Intern(rest.substr(0, second));
      edge.index = second == std::string_view::npos ? 0 : ParseIndex(rest.substr(second + 1));
    } else {
      edge.index = ParseIndex(rest);
    }
    if (edge.index < 0) edge = Edge();  // not a reference to anything
    return edge;
  }

  static NodeId Lookup(const BodyData& body, std::string_view name) {
    const auto it = body.index.find(name);
    return it == body.index.end() ? kNoNode : it->second;
  }

  std::uint32_t Intern(std::string_view arg) {
    const auto [it, is_new] = arg_ids_.try_emplace(arg, static_cast<std::uint32_t>(data_->arg_names.size()));
    if (is_new) data_->arg_names.push_back(arg);
    return it->second;
  }

  absl::Status ScanLibrary(std::string_view library) {
    wire::FieldReader reader(library);
    while (reader.Next()) {
      if (reader.key() == wire::Key(1, wire::Type::kBytes)) {
        GRAPHFREEZE_RETURN_IF_ERROR(ScanFunction(reader.whole(), reader.bytes()));
        continue;
      }
      LibraryField field;
      field.whole = reader.whole();
      if (reader.key() == wire::Key(2, wire::Type::kBytes)) {  // GradientDef
        wire::FieldReader gradient(reader.bytes());
        while (gradient.Next()) {
          if (gradient.key() == wire::Key(1, wire::Type::kBytes)) field.gradient_of = gradient.bytes();
          if (gradient.key() == wire::Key(2, wire::Type::kBytes)) field.gradient = gradient.bytes();
        }
      } else if (reader.key() == wire::Key(3, wire::Type::kBytes)) {  // RegisteredGradient
        wire::FieldReader gradient(reader.bytes());
        while (gradient.Next()) {
          if (gradient.key() == wire::Key(1, wire::Type::kBytes)) field.gradient = gradient.bytes();
        }
      }
      data_->library_fields.push_back(field);
    }
    if (!reader.ok()) return reader.status("FunctionDefLibrary");
    return absl::OkStatus();
  }

  struct Result {
    std::string_view name;    // key of the map
    std::string_view source;  // "node:arg:0", an argument's name, or a node's name
  };

  // A map<string, string> entry.
  static Result MapEntry(std::string_view entry) {
    Result result;
    wire::FieldReader reader(entry);
    while (reader.Next()) {
      if (reader.key() == wire::Key(1, wire::Type::kBytes)) result.name = reader.bytes();
      if (reader.key() == wire::Key(2, wire::Type::kBytes)) result.source = reader.bytes();
    }
    return result;
  }

  static std::string_view FieldOne(std::string_view message) {
    std::string_view value("", 0);
    wire::FieldReader reader(message);
    while (reader.Next()) {
      if (reader.key() == wire::Key(1, wire::Type::kBytes)) value = reader.bytes();
    }
    return value;
  }

  absl::Status ScanFunction(std::string_view whole, std::string_view message) {
    FunctionData function;
    function.whole = whole;
    function.message = message;
    std::vector<std::string_view> nodes;  // whole fields
    std::vector<Result> results, control_results;
    bool has_signature = false;
    {
      wire::FieldReader reader(message);
      while (reader.Next()) {
        switch (reader.key()) {
          case wire::Key(1, wire::Type::kBytes):
            if (has_signature) return Unimplemented("a FunctionDef whose signature is split in two fields");
            has_signature = true;
            function.signature = reader.bytes();
            break;
          case wire::Key(4, wire::Type::kBytes):
            results.push_back(MapEntry(reader.bytes()));
            break;
          case wire::Key(6, wire::Type::kBytes):
            control_results.push_back(MapEntry(reader.bytes()));
            break;
          default:
            break;
        }
      }
      if (!reader.ok()) return reader.status("FunctionDef");
    }
    std::vector<std::string_view> result_names;
    {
      wire::FieldReader reader(function.signature);
      while (reader.Next()) {
        if (reader.key() == wire::Key(1, wire::Type::kBytes)) {
          function.name = reader.bytes();
        } else if (reader.key() == wire::Key(2, wire::Type::kBytes)) {
          function.body.nodes.push_back(Pseudo(FieldOne(reader.bytes()), NodeKind::kArgument));
        } else if (reader.key() == wire::Key(3, wire::Type::kBytes)) {
          result_names.push_back(FieldOne(reader.bytes()));
        }
      }
      if (!reader.ok()) return reader.status("OpDef");
    }
    if (function.name.empty()) return InvalidArgument("a function of the library has no name");
    const std::string where = Concat("function '", function.name, "'");
    function.argument_count = static_cast<std::uint32_t>(function.body.nodes.size());

    std::vector<std::string_view> inputs;
    wire::FieldReader reader(message);
    while (reader.Next()) {
      if (reader.key() != wire::Key(3, wire::Type::kBytes)) continue;
      GRAPHFREEZE_RETURN_IF_ERROR(
          Annotate(AddNode(&function.body, reader.whole(), reader.bytes(), &inputs), where));
    }
    GRAPHFREEZE_RETURN_IF_ERROR(BuildIndex(&function.body, where));
    // Results come behind the nodes, in the order of the signature, and are not found by name: their
    // names are a name space of their own.
    NameMap<std::string_view> sources;
    for (const Result& result : results) sources[result.name] = result.source;
    function.first_result = static_cast<std::uint32_t>(function.body.nodes.size());
    function.result_count = static_cast<std::uint32_t>(result_names.size());
    for (std::string_view name : result_names) {
      const auto it = sources.find(name);
      if (it == sources.end()) return InvalidArgument(where, " does not say what its result '", name, "' is");
      function.body.nodes.push_back(Pseudo(name, NodeKind::kResult));
      function.body.nodes.back().first_edge = static_cast<std::uint32_t>(inputs.size());
      function.body.nodes.back().edge_count = 1;
      inputs.push_back(it->second);
    }
    function.first_control_result = static_cast<std::uint32_t>(function.body.nodes.size());
    function.control_result_count = static_cast<std::uint32_t>(control_results.size());
    for (const Result& result : control_results) {
      function.body.nodes.push_back(Pseudo(result.name, NodeKind::kControlResult));
      function.body.nodes.back().first_edge = static_cast<std::uint32_t>(inputs.size());
      function.body.nodes.back().edge_count = 1;
      inputs.push_back(result.source);
    }
    Resolve(&function.body, inputs, /*function=*/true);
    for (NodeId id = function.first_control_result; id < function.body.nodes.size(); ++id) {
      function.body.edges[function.body.nodes[id].first_edge].index = Edge::kControl;
    }
    const auto id = static_cast<std::uint32_t>(data_->functions.size());
    if (!data_->function_index.try_emplace(function.name, id).second) {
      return InvalidArgument("two functions of the library are called '", function.name, "'");
    }
    data_->functions.push_back(std::move(function));
    return absl::OkStatus();
  }

  std::shared_ptr<GraphData> data_ = std::make_shared<GraphData>();
  NameMap<std::uint32_t> arg_ids_ = {{std::string_view("", 0), 0u}};
};

}  // namespace detail
GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/graph/op_table.hpp ----
// What ops look like: arguments, types, statefulness and attr defaults, from three places.
//
//   OpRegistry registry;
//   registry.AddOpList(stripped_op_list, owner);  // of the MetaGraph: the ops that the graph was made with
//   registry.AddOpDef(my_op_def);                 // ops of the application's own
//   const OpDef* op = registry.Find("Conv2D");    // else: the built-in table of TensorFlow's ops
//
// The first definition of a name wins, in the order of the calls; the built-in table comes last.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/inlined_vector.h>


// ---- graphfreeze/graph/op_table_data.hpp ----
// The ops of TensorFlow 2.21.0. Made by cmake/make_op_table.py, which explains the form; do not edit.

#include <cstddef>
#include <string_view>


GRAPHFREEZE_NAMESPACE_BEGIN
namespace detail {

inline constexpr std::size_t kOpTableCount = 1910;
inline constexpr std::size_t kOpTableLinesPerChunk = 32;
inline constexpr std::string_view kOpTableAlphabet =
    "!#$%&'()*+,-./0123456789:;<=>@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~";

inline constexpr std::string_view kOpTableArguments[] = {
    "out:=1\n"
    "x:T\n"
    "y:T\n"
    "N*inputs:T\n"
    "sum:T\n"
    "&handle:=7\n"
    "local_step:=9\n"
    "gradient:dtype\n"
    "num_accumulated:=3\n"
    "new_global_step:=9\n"
    "num_required:=3\n"
    "average:dtype\n"
    "z:T\n"
    "sparse_indices:=9\n"
    "sparse_values:T\n"
    "sparse_shape:=9\n"
    "sparse_handles:=9\n"
    "sparse_handle:=9\n"
    "images:T\n"
    "contrast_factor:=1\n"
    "min_value:=1\n"
    "max_value:=1\n"
    "output:=1\n"
    "output:T\n"
    "delta:=1\n"
    "scale:=1\n"
    "input:=10\n"
    "reduction_indices:Tidx\n"
    "output:=10\n"
    "true_classes:=9\n"
    "sampled_candidates:=9\n"
    "true_expected_count:=1\n",
    "sampled_expected_count:=1\n"
    "input:T\n"
    "group_assignment:=3\n"
    "output:Tout\n"
    "table_handle:=20\n"
    "handle:=20\n"
    "deleter:=21\n"
    "empty_key:key_dtype\n"
    "deleted_key:key_dtype\n"
    "seed:=9\n"
    "seed2:=9\n"
    "reshuffle:=10\n"
    "&var:T\n"
    "&m:T\n"
    "&v:T\n"
    "beta1_power:T\n"
    "lr:T\n"
    "beta1:T\n"
    "beta2:T\n"
    "epsilon:T\n"
    "grad:T\n"
    "&out:T\n"
    "&accum:T\n"
    "&accum_update:T\n"
    "rho:T\n"
    "&gradient_accumulator:T\n"
    "&gradient_squared_accumulator:T\n"
    "l1:T\n"
    "l2:T\n"
    "global_step:=9\n"
    "beta2_power:T\n"
    "alpha:T\n",
    "sign_decay:T\n"
    "beta:T\n"
    "&mg:T\n"
    "&ms:T\n"
    "&mom:T\n"
    "momentum:T\n"
    "&linear:T\n"
    "lr_power:T\n"
    "l2_shrinkage:T\n"
    "delta:T\n"
    "logbase:T\n"
    "values:T\n"
    "indices:=3\n"
    "z:=10\n"
    "dimension:Tidx\n"
    "output:output_type\n"
    "output:=7\n"
    "condition:=10\n"
    "data:[T\n"
    "input_dataset:=21\n"
    "cardinality:=9\n"
    "handle:=21\n"
    "transformations:=7\n"
    "&ref:T\n"
    "value:T\n"
    "&output_ref:T\n"
    "resource:=20\n"
    "value:dtype\n"
    "N*a:T\n"
    "N*b:T\n"
    "a:T\n"
    "audio:=5\n",
    "filterbanks:out_type\n"
    "input:=1\n"
    "spectrogram:=1\n"
    "tag:=7\n"
    "tensor:=1\n"
    "summary:=7\n"
    "sample_rate:=1\n"
    "num_workers:=9\n"
    "index:=9\n"
    "orig_input_shape:=3\n"
    "matrix:T\n"
    "rhs:T\n"
    "size:=3\n"
    "keys:=7\n"
    "num_elements:=3\n"
    "indices:=9\n"
    "values:[component_types\n"
    "in_tensors:[T\n"
    "batched_tensors:[T\n"
    "batch_index:=9\n"
    "id:=9\n"
    "l:T\n"
    "batch_size:=9\n"
    "drop_remainder:=10\n"
    "input:=8\n"
    "output:=8\n"
    "in_tensors:[Tin\n"
    "captured_tensors:[Tcaptured\n"
    "out_tensors:[Tout\n"
    "x:Ta\n"
    "y:Tb\n"
    "num_lower:=9\n",
    "num_upper:=9\n"
    "band:T\n"
    "diagonal:T\n"
    "l2_regularizer:=2\n"
    "t:T\n"
    "m:T\n"
    "v:T\n"
    "gamma:T\n"
    "result:T\n"
    "backprop:T\n"
    "dx:T\n"
    "dm:T\n"
    "dv:T\n"
    "db:T\n"
    "dg:T\n"
    "e:T\n"
    "s:T\n"
    "u:T\n"
    "crops:Tidx\n"
    "block_shape:Tblock_shape\n"
    "crops:Tcrops\n"
    "b:T\n"
    "bias:T\n"
    "out_backprop:T\n"
    "out:T\n"
    "arr:=3\n"
    "weights:T\n"
    "bins:T\n"
    "output:type\n"
    "seq_len_max:=9\n"
    "cs_prev:T\n"
    "h_prev:T\n",
    "w:T\n"
    "wci:T\n"
    "wcf:T\n"
    "wco:T\n"
    "i:T\n"
    "cs:T\n"
    "f:T\n"
    "o:T\n"
    "ci:T\n"
    "co:T\n"
    "h:T\n"
    "cs_grad:T\n"
    "h_grad:T\n"
    "x_grad:T\n"
    "cs_prev_grad:T\n"
    "h_prev_grad:T\n"
    "w_grad:T\n"
    "wci_grad:T\n"
    "wcf_grad:T\n"
    "wco_grad:T\n"
    "b_grad:T\n"
    "node_ids:=3\n"
    "gradients:=1\n"
    "hessians:=1\n"
    "feature:=3\n"
    "stats_summary:=1\n"
    "num_features*float_values:=1\n"
    "num_features*bucket_boundaries:=1\n"
    "num_features*buckets:=3\n"
    "node_id_range:=3\n"
    "l1:=1\n"
    "l2:=1\n",
    "tree_complexity:=1\n"
    "min_node_weight:=1\n"
    "gains:=1\n"
    "feature_dimensions:=3\n"
    "thresholds:=3\n"
    "left_node_contribs:=1\n"
    "right_node_contribs:=1\n"
    "split_with_default_directions:=7\n"
    "num_features*stats_summaries_list:=1\n"
    "split_types:=7\n"
    "candidate_feature_ids:=3\n"
    "feature_ids:=3\n"
    "num_features*stats_summary_list:=1\n"
    "num_features*node_ids_list:=3\n"
    "num_features*gains_list:=1\n"
    "num_features*thresholds_list:=3\n"
    "num_features*left_node_contribs_list:=1\n"
    "num_features*right_node_contribs_list:=1\n"
    "tree_ensemble_handle:=20\n"
    "mean_gradients:=1\n"
    "mean_hessians:=1\n"
    "continue_centering:=10\n"
    "stamp_token:=9\n"
    "tree_ensemble_serialized:=7\n"
    "quantile_stream_resource_handle:=20\n"
    "epsilon:=1\n"
    "num_streams:=9\n"
    "num_bucketized_features*bucketized_features:=3\n"
    "examples_debug_outputs_serialized:=7\n"
    "num_features*summaries:=1\n"
    "num_trees:=3\n"
    "num_finalized_trees:=3\n",
    "num_attempted_layers:=3\n"
    "last_layer_nodes_range:=3\n"
    "example_weights:=1\n"
    "num_features*bucketized_features_list:=3\n"
    "logits:=1\n"
    "num_streams*bucket_boundaries:=1\n"
    "num_buckets:=9\n"
    "feature_indices:=3\n"
    "feature_values:=3\n"
    "feature_shape:=3\n"
    "stats_summary_indices:=3\n"
    "stats_summary_values:=1\n"
    "stats_summary_shape:=3\n"
    "cached_tree_ids:=3\n"
    "cached_node_ids:=3\n"
    "partial_logits:=1\n"
    "tree_ids:=3\n"
    "num_features*node_ids:=3\n"
    "num_features*gains:=1\n"
    "num_features*thresholds:=3\n"
    "num_features*left_node_contribs:=1\n"
    "num_features*right_node_contribs:=1\n"
    "max_depth:=3\n"
    "learning_rate:=1\n"
    "num_groups*feature_ids:=3\n"
    "num_features*dimension_ids:=3\n"
    "num_features*split_types:=7\n"
    "pruning_mode:=3\n"
    "s0:T\n"
    "s1:T\n"
    "r0:T\n"
    "r1:T\n",
    "shape:Tidx\n"
    "output:=3\n"
    "csr_sparse_matrix:=21\n"
    "index:=3\n"
    "row_ptrs:=3\n"
    "col_inds:=3\n"
    "values:type\n"
    "sparse_input:=21\n"
    "dense_output:type\n"
    "sparse_matrix:=21\n"
    "dense_shape:=9\n"
    "filenames:=7\n"
    "compression_type:=7\n"
    "buffer_size:=9\n"
    "header:=10\n"
    "field_delim:=7\n"
    "use_quote_delim:=10\n"
    "na_value:=7\n"
    "select_cols:=9\n"
    "record_defaults:[output_types\n"
    "exclude_cols:=9\n"
    "inputs:T\n"
    "sequence_length:=3\n"
    "top_paths*decoded_indices:=9\n"
    "top_paths*decoded_values:=9\n"
    "top_paths*decoded_shape:=9\n"
    "log_probability:T\n"
    "decoded_indices:=9\n"
    "decoded_values:=9\n"
    "decoded_shape:=9\n"
    "labels_indices:=9\n"
    "labels_values:=3\n",
    "loss:T\n"
    "gradient:T\n"
    "inputs:=1\n"
    "loss:=1\n"
    "gradient:=1\n"
    "filename:=7\n"
    "cache:=20\n"
    "args:[Tin\n"
    "branch_index:=3\n"
    "input:[Tin\n"
    "output:[Tout\n"
    "x:SrcT\n"
    "y:DstT\n"
    "tensor:T\n"
    "ratio_numerator:=9\n"
    "ratio_denominator:=9\n"
    "other_arguments:[Targuments\n"
    "N*input_datasets:=21\n"
    "clip_value_min:T\n"
    "clip_value_max:T\n"
    "writer:=20\n"
    "N*memory_configs:=7\n"
    "merged_memory_config:=7\n"
    "group_size:=3\n"
    "group_key:=3\n"
    "instance_key:=3\n"
    "Nordering_token*ordering_token:=20\n"
    "data:T\n"
    "communicator:=20\n"
    "device_index:=3\n"
    "base_key:=3\n"
    "shape:Tshape\n",
    "rank:=3\n"
    "source_target_pairs:=3\n"
    "boxes:=1\n"
    "scores:=1\n"
    "max_output_size_per_class:=3\n"
    "max_total_size:=3\n"
    "iou_threshold:=1\n"
    "score_threshold:=1\n"
    "nmsed_boxes:=1\n"
    "nmsed_scores:=1\n"
    "nmsed_classes:=1\n"
    "valid_detections:=3\n"
    "real:T\n"
    "imag:T\n"
    "out:Tout\n"
    "y:Tout\n"
    "n_a*a:=3\n"
    "n_b*b:=9\n"
    "c:[t_c\n"
    "components:[Tcomponents\n"
    "encoded:=21\n"
    "components:[input_types\n"
    "compressed:=21\n"
    "ids:=9\n"
    "weights:=1\n"
    "output_shape:=3\n"
    "concat_dim:=3\n"
    "N*values:T\n"
    "N*shape:shape_type\n"
    "N*offset:shape_type\n"
    "axis:Tidx\n"
    "another_dataset:=21\n",
    "topology:=7\n"
    "common_config:=7\n"
    "memory_config:=7\n"
    "network_config:=7\n"
    "perm:Tperm\n"
    "N*network_configs:=7\n"
    "output:dtype\n"
    "mutex_lock:=21\n"
    "filter:T\n"
    "filter_sizes:=3\n"
    "input_sizes:=3\n"
    "input_sizes:Tshape\n"
    "indices_or_row_splits:=3\n"
    "values:=3\n"
    "row_ids:=3\n"
    "col_ids:=3\n"
    "num_sc_per_chip*row_ids_list:=3\n"
    "num_sc_per_chip*col_ids_list:=3\n"
    "num_sc_per_chip*gains_list:=1\n"
    "num_sc_per_chip*sorted_row_ids_list:=3\n"
    "num_sc_per_chip*sorted_col_ids_list:=3\n"
    "num_sc_per_chip*sorted_gains_list:=1\n"
    "num_sc_per_chip*id_counts_list:=3\n"
    "splits:=9\n"
    "row_pointers:=3\n"
    "sorted_sample_ids:=3\n"
    "sorted_token_ids:=3\n"
    "sorted_gains:=1\n"
    "row_pointers_unpadded_size:=3\n"
    "ids_unpadded_size:=3\n"
    "num_minibatches_per_sc:=3\n"
    "forward_input:T\n",
    "db_uri:=7\n"
    "experiment_name:=7\n"
    "run_name:=7\n"
    "user_name:=7\n"
    "logdir:=7\n"
    "max_queue:=3\n"
    "flush_millis:=3\n"
    "filename_suffix:=7\n"
    "image:T\n"
    "box_ind:=3\n"
    "crop_size:=3\n"
    "crops:=1\n"
    "grads:=1\n"
    "image_size:=3\n"
    "product:T\n"
    "input_h:T\n"
    "input_c:T\n"
    "params:T\n"
    "output_h:T\n"
    "output_c:T\n"
    "reserve_space:T\n"
    "output_backprop:T\n"
    "output_h_backprop:T\n"
    "output_c_backprop:T\n"
    "input_backprop:T\n"
    "input_h_backprop:T\n"
    "input_c_backprop:T\n"
    "params_backprop:T\n"
    "host_reserved:=6\n"
    "sequence_lengths:=3\n"
    "num_layers:=3\n"
    "num_units:=3\n",
    "input_size:=3\n"
    "num_params*weights:T\n"
    "num_params*biases:T\n"
    "num_params_weights*weights:T\n"
    "num_params_biases*biases:T\n"
    "params_size:S\n"
    "min:=1\n"
    "max:=1\n"
    "histogram:=9\n"
    "scatter_dimension:=3\n"
    "prefix:=7\n"
    "tensor_names:=7\n"
    "shape_and_slices:=7\n"
    "tensors:[dtypes\n"
    "dataset_id:=9\n"
    "processing_mode:=7\n"
    "address:=7\n"
    "protocol:=7\n"
    "job_name:=7\n"
    "max_outstanding_requests:=9\n"
    "iteration_counter:=20\n"
    "consumer_index:=9\n"
    "num_consumers:=9\n"
    "dataset_id:=7\n"
    "fingerprint:=23\n"
    "graph_def:=7\n"
    "graph:=7\n"
    "dataset:=21\n"
    "components:[output_types\n"
    "&input:T\n"
    "&output:T\n"
    "output:=9\n",
    "output:=2\n"
    "output:output_dtype\n"
    "contents:=7\n"
    "crop_window:=3\n"
    "image:=4\n"
    "input:=7\n"
    "records:=7\n"
    "record_defaults:[OUT_TYPE\n"
    "output:[OUT_TYPE\n"
    "bytes:=7\n"
    "image:dtype\n"
    "json_examples:=7\n"
    "binary_examples:=7\n"
    "input_bytes:=7\n"
    "fixed_length:=3\n"
    "output:out_type\n"
    "sizes:=3\n"
    "values:[output_types\n"
    "audio:=1\n"
    "sample_rate:=3\n"
    "multi_device_iterator:=20\n"
    "N*iterators:=20\n"
    "handle:=7\n"
    "input:Tidx\n"
    "size:Tidx\n"
    "weights:output_type\n"
    "output_indices:=9\n"
    "output_values:output_type\n"
    "output_dense_shape:=9\n"
    "dense_input:T\n"
    "sparse_output:=21\n"
    "set1:T\n",
    "set2:T\n"
    "result_indices:=9\n"
    "result_values:T\n"
    "result_shape:=9\n"
    "row_shape:=9\n"
    "set2_indices:=9\n"
    "set2_values:T\n"
    "set2_shape:=9\n"
    "min_range:=1\n"
    "max_range:=1\n"
    "resource_handle:=20\n"
    "serialized:=21\n"
    "serialized_sparse:=7\n"
    "sparse_values:dtype\n"
    "serialized_sparse:Tserialized\n"
    "device:=7\n"
    "filter_backprop:T\n"
    "in_backprop:T\n"
    "selector_input_dataset:=21\n"
    "N*data_input_datasets:=21\n"
    "directory:=7\n"
    "colors:=1\n"
    "in:T\n"
    "dtype:=7\n"
    "tensor_data:T\n"
    "N*sample_indices_or_row_splits:T1\n"
    "N*embedding_indices:T2\n"
    "N*aggregation_weights:T3\n"
    "mode_override:=7\n"
    "device_ordinal:=3\n"
    "N*sample_splits:T1\n"
    "partitions:=3\n",
    "num_partitions*outputs:T\n"
    "N*indices:=3\n"
    "N*data:T\n"
    "merged:T\n"
    "hypothesis_indices:=9\n"
    "hypothesis_values:T\n"
    "hypothesis_shape:=9\n"
    "truth_indices:=9\n"
    "truth_values:T\n"
    "truth_shape:=9\n"
    "e:Tout\n"
    "v:Tout\n"
    "features:T\n"
    "activations:T\n"
    "gradients:T\n"
    "outputs:T\n"
    "backprops:T\n"
    "shape:=3\n"
    "element_shape:shape_type\n"
    "max_num_elements:=3\n"
    "images:=4\n"
    "quality:=3\n"
    "values:[Tinput_types\n"
    "N*batch:=7\n"
    "N*batch:=3\n"
    "N*sample_indices:T1\n"
    "dim:Tdim\n"
    "key_func_other_arguments:[Tkey_func_other_arguments\n"
    "init_func_other_arguments:[Tinit_func_other_arguments\n"
    "reduce_func_other_arguments:[Treduce_func_other_arguments\n"
    "finalize_func_other_arguments:[Tfinalize_func_other_arguments\n"
    "window_size_func_other_arguments:[Twindow_size_func_other_arguments\n",
    "num_parallel_calls:=9\n"
    "patterns:=7\n"
    "max_intra_op_parallelism:=9\n"
    "cycle_length:=9\n"
    "block_length:=9\n"
    "sloppy:=10\n"
    "buffer_output_elements:=9\n"
    "prefetch_input_elements:=9\n"
    "dense_defaults:[Tdense\n"
    "num_threads:=9\n"
    "num_replicas:=9\n"
    "initial_state:[Tstate\n"
    "stats_aggregator:=20\n"
    "counter_prefix:=7\n"
    "sleep_microseconds:=9\n"
    "window_size:=9\n"
    "window_shift:=9\n"
    "window_stride:=9\n"
    "driver_name:=7\n"
    "data_source_name:=7\n"
    "query:=7\n"
    "iterator:=20\n"
    "thread_pool:=20\n"
    "offsets:=1\n"
    "glimpse:=1\n"
    "patches:T\n"
    "image_shape:output_type\n"
    "input:Tcomplex\n"
    "output:Tcomplex\n"
    "fft_length:=3\n"
    "axes:=3\n"
    "fact:=7\n",
    "outputs:=1\n"
    "backprops:=1\n"
    "backprops_wrt_input:=1\n"
    "backprop_wrt_min:=1\n"
    "backprop_wrt_max:=1\n"
    "scheme:=7\n"
    "key:=7\n"
    "value:=7\n"
    "dims:index_type\n"
    "output:=21\n"
    "embedding_partitions:=7\n"
    "hbm_buffers_config:=7\n"
    "method:=7\n"
    "fingerprint:=4\n"
    "a:=1\n"
    "b:=1\n"
    "c:=1\n"
    "d:=1\n"
    "e:=1\n"
    "header_bytes:=9\n"
    "record_bytes:=9\n"
    "footer_bytes:=9\n"
    "&reader_handle:=7\n"
    "reader_handle:=20\n"
    "b:=7\n"
    "b:=3\n"
    "c:=3\n"
    "e:=3\n"
    "c:=7\n"
    "start:=3\n"
    "limit:=3\n"
    "delta:=3\n",
    "input:[T\n"
    "output:[T\n"
    "row_pooling_sequence:=9\n"
    "col_pooling_sequence:=9\n"
    "orig_input_tensor_shape:=9\n"
    "orig_input:T\n"
    "orig_output:T\n"
    "scale:T\n"
    "offset:T\n"
    "mean:T\n"
    "variance:T\n"
    "batch_mean:T\n"
    "batch_variance:T\n"
    "reserve_space_1:T\n"
    "reserve_space_2:T\n"
    "y_backprop:T\n"
    "x_backprop:T\n"
    "scale_backprop:T\n"
    "offset_backprop:T\n"
    "reserve_space_3:T\n"
    "reserve_space_4:T\n"
    "reserve_space_1:U\n"
    "reserve_space_2:U\n"
    "scale_backprop:U\n"
    "offset_backprop:U\n"
    "reserve_space_3:U\n"
    "reserve_space_4:U\n"
    "reserve_space_5:U\n"
    "scale:U\n"
    "offset:U\n"
    "mean:U\n"
    "variance:U\n",
    "batch_mean:U\n"
    "batch_variance:U\n"
    "paddings:=3\n"
    "w_ru:T\n"
    "w_c:T\n"
    "b_ru:T\n"
    "b_c:T\n"
    "r:T\n"
    "c:T\n"
    "d_h:T\n"
    "d_x:T\n"
    "d_h_prev:T\n"
    "d_c_bar:T\n"
    "d_r_bar_u_bar:T\n"
    "params:Tparams\n"
    "indices:Tindices\n"
    "output:Tparams\n"
    "axis:Taxis\n"
    "bbox_deltas:=1\n"
    "image_info:=1\n"
    "anchors:=1\n"
    "nms_threshold:=1\n"
    "pre_nms_topn:=3\n"
    "min_size:=1\n"
    "rois:=1\n"
    "roi_probabilities:=1\n"
    "new_vocab_file:=7\n"
    "old_vocab_file:=7\n"
    "remapping:=9\n"
    "num_present:=3\n"
    "init_func_other_args:[Tinit_func_args\n"
    "next_func_other_args:[Tnext_func_args\n",
    "finalize_func_other_args:[Tfinalize_func_args\n"
    "deadline_from_epoch_micros:=9\n"
    "program_key:=7\n"
    "sorted_row_ids:=3\n"
    "sorted_col_ids:=3\n"
    "id_counts:=3\n"
    "max_ids:=3\n"
    "max_uniques:=3\n"
    "num_minibatches_per_physical_sparse_core:=3\n"
    "serialized_options:=7\n"
    "N*row_ids_list:=3\n"
    "N*col_ids_list:=3\n"
    "N*gains_list:=1\n"
    "max_ids_per_sparse_core:=3\n"
    "max_unique_ids_per_sparse_core:=3\n"
    "tpu_task_id:=3\n"
    "iter_id:=9\n"
    "seed_generator:=20\n"
    "version:=3\n"
    "&table_handle:=7\n"
    "value_range:T\n"
    "nbins:=3\n"
    "out:dtype\n"
    "output:Treal\n"
    "cond:Tcond\n"
    "images:dtype\n"
    "transforms:=1\n"
    "transformed_images:dtype\n"
    "fill_value:=1\n"
    "tensor:dtype\n"
    "event:=7\n"
    "M*b:T\n",
    "predictions:=1\n"
    "targets:T\n"
    "precision:=10\n"
    "k:T\n"
    "map_func_other_args:[Tmap_func_args\n"
    "index_map_func_other_args:[Tindex_map_func_args\n"
    "output_cardinality:=9\n"
    "outputs:[dtypes\n"
    "input:dtype\n"
    "input:=21\n"
    "inputs:[dtypes\n"
    "keys:Tkey\n"
    "values:Tval\n"
    "i:=3\n"
    "out:=9\n"
    "a:=3\n"
    "dy:T\n"
    "is_initialized:=10\n"
    "y:=10\n"
    "result:=10\n"
    "is_tpu_embedding_initialized:=10\n"
    "enabled:=10\n"
    "&ref:dtype\n"
    "segments:=3\n"
    "string_handle:=7\n"
    "model_proto:=7\n"
    "optional:=21\n"
    "distances:=1\n"
    "result:=7\n"
    "input:=3\n"
    "points:=1\n"
    "num_to_sample:=9\n",
    "num_retries_per_sample:=9\n"
    "samples:=1\n"
    "input_grads:T\n"
    "input_image:T\n"
    "output_image:T\n"
    "dicfo:T\n"
    "start:T\n"
    "stop:T\n"
    "num:Tidx\n"
    "tensors:[Tinput_types\n"
    "idx:out_idx\n"
    "a:[T\n"
    "snapshot_path:=7\n"
    "NumTables*parameters:=1\n"
    "NumTables*auxiliary1:=1\n"
    "NumTables*auxiliary2:=1\n"
    "NumTables*auxiliary3:=1\n"
    "NumTables*auxiliary4:=1\n"
    "NumTables*auxiliary5:=1\n"
    "NumTables*auxiliary6:=1\n"
    "NumTables*auxiliary7:=1\n"
    "ckpt_path:=7\n"
    "old_tensor_name:=7\n"
    "row_remapping:=9\n"
    "col_remapping:=9\n"
    "initializing_values:=1\n"
    "output_matrix:=1\n"
    "path:=7\n"
    "reader_func_other_args:[Treader_func_args\n"
    "parameters:=1\n"
    "momenta:=1\n"
    "velocities:=1\n",
    "accumulators:=1\n"
    "updates:=1\n"
    "ms:=1\n"
    "mom:=1\n"
    "mg:=1\n"
    "linears:=1\n"
    "last_hit_step:=1\n"
    "benefits:=1\n"
    "v:=1\n"
    "m:=1\n"
    "sign:T\n"
    "log_abs_determinant:T\n"
    "logits:T\n"
    "logsoftmax:T\n"
    "x:=10\n"
    "keys:Tkeys\n"
    "values:Tvalues\n"
    "keys:Tin\n"
    "default_value:Tout\n"
    "values:Tout\n"
    "size:=9\n"
    "sorted_inputs:T\n"
    "lu:T\n"
    "p:output_idx_type\n"
    "dup:=20\n"
    "arguments:[Targuments\n"
    "captured_inputs:[Tcaptured\n"
    "output:[output_types\n"
    "key:=9\n"
    "values:[dtypes\n"
    "values:[fake_dtypes\n"
    "pattern:=7\n",
    "num_lower:Tindex\n"
    "num_upper:Tindex\n"
    "k:=3\n"
    "padding_value:T\n"
    "num_rows:=3\n"
    "num_cols:=3\n"
    "orig_input:TInput\n"
    "orig_output:TInput\n"
    "ksize:=3\n"
    "strides:=3\n"
    "argmax:Targmax\n"
    "value_index:=3\n"
    "integer_tensor:integer_type\n"
    "float_tensor:float_type\n"
    "N*inputs:=7\n"
    "checkpoint_prefixes:=7\n"
    "destination_prefix:=7\n"
    "paddings:Tpaddings\n"
    "inputs:[Tinputs\n"
    "outputs:[Toutputs\n"
    "shard_num:=3\n"
    "incarnation_id:=9\n"
    "max_buffer_size:=9\n"
    "num_samples:=3\n"
    "mutex:=20\n"
    "N*a:=3\n"
    "N*b:=7\n"
    "N*a:S\n"
    "output1:=1\n"
    "output2:=7\n"
    "num_devices*input:T\n"
    "centers:=1\n",
    "k:=9\n"
    "nearest_center_indices:=9\n"
    "nearest_center_distances:=1\n"
    "&w_in:=1\n"
    "&w_out:=1\n"
    "examples:=3\n"
    "labels:=3\n"
    "lr:=1\n"
    "x1:T\n"
    "x2:T\n"
    "shape:shape_dtype\n"
    "max_output_size:=3\n"
    "selected_indices:=3\n"
    "boxes:T\n"
    "scores:T\n"
    "iou_threshold:T_threshold\n"
    "score_threshold:T_threshold\n"
    "valid_outputs:=3\n"
    "iou_threshold:T\n"
    "score_threshold:T\n"
    "soft_nms_sigma:T\n"
    "selected_scores:T\n"
    "overlaps:=1\n"
    "overlap_threshold:=1\n"
    "n:=3\n"
    "indices:TI\n"
    "depth:=3\n"
    "on_value:T\n"
    "off_value:T\n"
    "optimizations:=7\n"
    "optimizations_enabled:=7\n"
    "optimizations_disabled:=7\n",
    "optimizations_default:=7\n"
    "components:[Toutput_types\n"
    "has_value:=10\n"
    "out:[T\n"
    "out:[t\n"
    "constant_values:T\n"
    "N*padded_shapes:=9\n"
    "padding_values:[Toutput_types\n"
    "num_parallel_calls:=3\n"
    "shape:T\n"
    "means:dtype\n"
    "stdevs:dtype\n"
    "minvals:dtype\n"
    "maxvals:dtype\n"
    "serialized:=7\n"
    "names:=7\n"
    "Nsparse*sparse_keys:=7\n"
    "Ndense*dense_keys:=7\n"
    "Nsparse*sparse_indices:=9\n"
    "sparse_values:[sparse_types\n"
    "Nsparse*sparse_shapes:=9\n"
    "dense_values:[Tdense\n"
    "sparse_keys:=7\n"
    "dense_keys:=7\n"
    "ragged_keys:=7\n"
    "num_sparse*sparse_indices:=9\n"
    "num_sparse*sparse_shapes:=9\n"
    "ragged_values:[ragged_value_types\n"
    "ragged_row_splits:[ragged_split_types\n"
    "debug_name:=7\n"
    "context_dense_defaults:[Tcontext_dense\n"
    "Ncontext_sparse*context_sparse_indices:=9\n",
    "context_sparse_values:[context_sparse_types\n"
    "Ncontext_sparse*context_sparse_shapes:=9\n"
    "context_dense_values:[Tcontext_dense\n"
    "Nfeature_list_sparse*feature_list_sparse_indices:=9\n"
    "feature_list_sparse_values:[feature_list_sparse_types\n"
    "Nfeature_list_sparse*feature_list_sparse_shapes:=9\n"
    "feature_list_dense_values:[feature_list_dense_types\n"
    "Nfeature_list_dense*feature_list_dense_lengths:=9\n"
    "context_sparse_keys:=7\n"
    "context_dense_keys:=7\n"
    "context_ragged_keys:=7\n"
    "feature_list_sparse_keys:=7\n"
    "feature_list_dense_keys:=7\n"
    "feature_list_ragged_keys:=7\n"
    "feature_list_dense_missing_assumed_empty:=10\n"
    "context_ragged_values:[context_ragged_value_types\n"
    "context_ragged_row_splits:[context_ragged_split_types\n"
    "feature_list_ragged_values:[feature_list_ragged_value_types\n"
    "feature_list_ragged_outer_splits:[feature_list_ragged_split_types\n"
    "feature_list_ragged_inner_splits:[feature_list_ragged_split_types\n"
    "feature_list_dense_missing_assumed_empty:=7\n"
    "Ncontext_sparse*context_sparse_keys:=7\n"
    "Ncontext_dense*context_dense_keys:=7\n"
    "Nfeature_list_sparse*feature_list_sparse_keys:=7\n"
    "Nfeature_list_dense*feature_list_dense_keys:=7\n"
    "y:=4\n"
    "data:[U\n"
    "q:T\n"
    "input_min:T\n"
    "input_max:T\n"
    "num_bits:=3\n"
    "input_min_backprop:T\n",
    "input_max_backprop:T\n"
    "input:Tinput\n"
    "input_min:=1\n"
    "input_max:=1\n"
    "output_min:=1\n"
    "output_max:=1\n"
    "x:T1\n"
    "y:T2\n"
    "min_x:=1\n"
    "max_x:=1\n"
    "min_y:=1\n"
    "max_y:=1\n"
    "z:Toutput\n"
    "min_z:=1\n"
    "max_z:=1\n"
    "min_input:=1\n"
    "max_input:=1\n"
    "min_output:=1\n"
    "max_output:=1\n"
    "t:Tinput\n"
    "t_min:=1\n"
    "t_max:=1\n"
    "m:Tinput\n"
    "m_min:=1\n"
    "m_max:=1\n"
    "v:Tinput\n"
    "v_min:=1\n"
    "v_max:=1\n"
    "beta:Tinput\n"
    "beta_min:=1\n"
    "beta_max:=1\n"
    "gamma:Tinput\n",
    "gamma_min:=1\n"
    "gamma_max:=1\n"
    "result:out_type\n"
    "result_min:=1\n"
    "result_max:=1\n"
    "input:T1\n"
    "bias:T2\n"
    "min_bias:=1\n"
    "max_bias:=1\n"
    "min_out:=1\n"
    "max_out:=1\n"
    "N*input_mins:=1\n"
    "N*input_maxes:=1\n"
    "filter:Tfilter\n"
    "min_filter:=1\n"
    "max_filter:=1\n"
    "min_freezed_output:=1\n"
    "max_freezed_output:=1\n"
    "bias:=1\n"
    "bias:Tbias\n"
    "summand:Tsummand\n"
    "min_summand:=1\n"
    "max_summand:=1\n"
    "summand:=1\n"
    "x_min:=1\n"
    "x_max:=1\n"
    "y_min:=1\n"
    "y_max:=1\n"
    "a:T1\n"
    "b:T2\n"
    "min_a:=1\n"
    "max_a:=1\n",
    "min_b:=1\n"
    "max_b:=1\n"
    "out:Toutput\n"
    "features:Tinput\n"
    "min_features:=1\n"
    "max_features:=1\n"
    "activations:out_type\n"
    "min_activations:=1\n"
    "max_activations:=1\n"
    "resized_images:T\n"
    "out_min:=1\n"
    "out_max:=1\n"
    "components:[component_types\n"
    "is_closed:=10\n"
    "input:Treal\n"
    "values:Tidx\n"
    "ragged_values:[ragged_values_types\n"
    "ragged_row_splits:[ragged_splits_types\n"
    "sparse_values:[sparse_values_types\n"
    "Nsparse*sparse_shape:=9\n"
    "dense_inputs:[dense_types\n"
    "output_values:out_values_type\n"
    "output_row_splits:out_row_splits_type\n"
    "value_rowids:=9\n"
    "nrows:=9\n"
    "default_value:T\n"
    "output_value_rowids:=9\n"
    "output_values:T\n"
    "empty_row_indicator:=10\n"
    "reverse_index_map:=9\n"
    "grad_values:T\n"
    "d_values:T\n",
    "d_default_value:T\n"
    "PARAMS_RAGGED_RANK*params_nested_splits:Tsplits\n"
    "params_dense_values:Tvalues\n"
    "OUTPUT_RAGGED_RANK*output_nested_splits:Tsplits\n"
    "output_dense_values:Tvalues\n"
    "starts:T\n"
    "limits:T\n"
    "deltas:T\n"
    "rt_nested_splits:Tsplits\n"
    "rt_dense_values:T\n"
    "encoded_ragged:=21\n"
    "output_ragged_rank*output_nested_splits:Tsplits\n"
    "RAGGED_RANK*rt_nested_splits:Tsplits\n"
    "sparse_dense_shape:=9\n"
    "num_row_partition_tensors*row_partition_tensors:Tindex\n"
    "rt_dense_values:Tvalues\n"
    "encoded_ragged_grad:=21\n"
    "row_splits:Tsplits\n"
    "dense_values_shape:=3\n"
    "dense_values_grad:Tvalues\n"
    "shape:S\n"
    "sample:T\n"
    "index:dtype\n"
    "seed:Tseed\n"
    "max_index:dtype\n"
    "rate:dtype\n"
    "rate:R\n"
    "minval:Tout\n"
    "maxval:Tout\n"
    "start:Tidx\n"
    "limit:Tidx\n"
    "delta:Tidx\n",
    "output:Tidx\n"
    "start:=9\n"
    "stop:=9\n"
    "step:=9\n"
    "N*outputs:T\n"
    "records_produced:=9\n"
    "units_completed:=9\n"
    "&queue_handle:=7\n"
    "num_records:=9\n"
    "values:=7\n"
    "queue_handle:=20\n"
    "state:=7\n"
    "batch_sizes:=9\n"
    "tensor:tensor_type\n"
    "num_outputs*outputs:=1\n"
    "inputs:=7\n"
    "reduction_indices:=3\n"
    "&data:T\n"
    "&a:T\n"
    "&a:=1\n"
    "&a:=3\n"
    "&N*inputs:T\n"
    "pred:=10\n"
    "&output_false:T\n"
    "&output_true:T\n"
    "rewrite:=7\n"
    "layout_input:U\n"
    "target:=7\n"
    "count:=9\n"
    "requested_output_min:=1\n"
    "requested_output_max:=1\n"
    "resized_images:=1\n",
    "original_image:T\n"
    "grads:T\n"
    "var:=20\n"
    "m:=20\n"
    "v:=20\n"
    "accum:=20\n"
    "accum_update:=20\n"
    "gradient_accumulator:=20\n"
    "gradient_squared_accumulator:=20\n"
    "vhat:=20\n"
    "mg:=20\n"
    "ms:=20\n"
    "mom:=20\n"
    "linear:=20\n"
    "initialized:=10\n"
    "updates:dtype\n"
    "ref:=20\n"
    "updates:T\n"
    "begin:Index\n"
    "end:Index\n"
    "strides:Index\n"
    "file_pattern:=7\n"
    "tensor_name:=7\n"
    "tensor:dt\n"
    "shape_and_slice:=7\n"
    "dims:=10\n"
    "seq_lengths:Tlen\n"
    "rewrite_name:=7\n"
    "input_true:SrcT\n"
    "input_false:SrcT\n"
    "output:DstT\n"
    "max:T\n",
    "axis:Index\n"
    "shape:Tindices\n"
    "size:Index\n"
    "alg:=3\n"
    "delta:=23\n"
    "value:=9\n"
    "algorithm:=9\n"
    "delta:=9\n"
    "shift:Tshift\n"
    "client:=20\n"
    "method_name:=7\n"
    "timeout_in_ms:=9\n"
    "future:=20\n"
    "status_or:=20\n"
    "error_code:=9\n"
    "error:=7\n"
    "server_address:=7\n"
    "method_specs:=7\n"
    "server:=20\n"
    "captured_inputs:[Tin\n"
    "image_size:T\n"
    "bounding_boxes:=1\n"
    "begin:T\n"
    "size:T\n"
    "bboxes:=1\n"
    "min_object_covered:=1\n"
    "rate:=1\n"
    "shard_func_other_args:[Tshard_func_args\n"
    "shapes_and_slices:=7\n"
    "tags:=7\n"
    "translation:=1\n"
    "num_sparse_features*sparse_example_indices:=9\n",
    "num_sparse_features*sparse_feature_indices:=9\n"
    "num_sparse_features_with_values*sparse_feature_values:=1\n"
    "num_dense_features*dense_features:=1\n"
    "example_labels:=1\n"
    "num_sparse_features*sparse_indices:=9\n"
    "num_sparse_features*sparse_weights:=1\n"
    "num_dense_features*dense_weights:=1\n"
    "example_state_data:=1\n"
    "out_example_state_data:=1\n"
    "num_sparse_features*out_delta_sparse_weights:=1\n"
    "num_dense_features*out_delta_dense_weights:=1\n"
    "&num_features*weights:=1\n"
    "segment_ids:Tindices\n"
    "num_segments:Tnumsegments\n"
    "N*inputs:=1\n"
    "NN*learning_rates:=1\n"
    "serialized_sparse:out_type\n"
    "set_indices:=9\n"
    "set_values:T\n"
    "set_shape:=9\n"
    "N*input:T\n"
    "N*output:out_type\n"
    "num_shards:=9\n"
    "basename:=7\n"
    "shard:=3\n"
    "num_shards:=3\n"
    "success:=10\n"
    "vocab_word:=7\n"
    "vocab_freq:=3\n"
    "words_per_epoch:=9\n"
    "current_epoch:=3\n"
    "total_words_processed:=9\n",
    "sleep_seconds:=3\n"
    "chunk_file:=7\n"
    "shard_dir:=7\n"
    "start_index:=9\n"
    "N*inputs:=21\n"
    "dim:=3\n"
    "num_results:=3\n"
    "skip:=3\n"
    "samples:dtype\n"
    "softmax:T\n"
    "labels:T\n"
    "gradient_indices:=9\n"
    "gradient_values:dtype\n"
    "gradient_shape:=9\n"
    "values:dtype\n"
    "shape:=9\n"
    "a_indices:=9\n"
    "a_values:T\n"
    "a_shape:=9\n"
    "b_indices:=9\n"
    "b_values:T\n"
    "b_shape:=9\n"
    "thresh:Treal\n"
    "sum_indices:=9\n"
    "sum_values:T\n"
    "sum_shape:=9\n"
    "backprop_val_grad:T\n"
    "a_val_grad:T\n"
    "b_val_grad:T\n"
    "N*indices:=9\n"
    "N*shapes:=9\n"
    "output_shape:=9\n",
    "values:[sparse_types\n"
    "output_values:out_type\n"
    "strong_hash:=10\n"
    "salt:=9\n"
    "output_values:=9\n"
    "sep:=7\n"
    "output_values:=7\n"
    "sp_indices:=9\n"
    "sp_values:T\n"
    "sp_shape:=9\n"
    "dense:T\n"
    "a:Ta\n"
    "b:Tb\n"
    "product:=1\n"
    "a:=21\n"
    "b:=21\n"
    "c:=21\n"
    "nnz:=3\n"
    "logits:=21\n"
    "softmax:=21\n"
    "grad_softmax:=21\n"
    "gradient:=21\n"
    "permutation:=3\n"
    "input_indices:=9\n"
    "input_values:T\n"
    "input_shape:=9\n"
    "reduction_axes:=3\n"
    "new_shape:=9\n"
    "indices:Tidx\n"
    "segment_ids:Tsegmentids\n"
    "output_dim0:=3\n"
    "dense_output_dim0:=3\n",
    "sorted_unique_indices:Tidx\n"
    "input_start:=9\n"
    "val_grad:T\n"
    "labels:Tlabels\n"
    "split_dim:=9\n"
    "num_split*output_indices:=9\n"
    "num_split*output_values:T\n"
    "num_split*output_shape:=9\n"
    "a_indices:Tindices\n"
    "a_shape:Tindices\n"
    "sparse_indices:Tindices\n"
    "output_shape:Tindices\n"
    "set1_indices:=9\n"
    "set1_values:T\n"
    "set1_shape:=9\n"
    "split_dim:=3\n"
    "num_split*output:T\n"
    "size_splits:Tlen\n"
    "elem:elem_type\n"
    "elem:T\n"
    "max_size:=3\n"
    "counts:T\n"
    "probs:T\n"
    "minval:dtype\n"
    "maxval:dtype\n"
    "stddevs:dtype\n"
    "alpha:dtype\n"
    "key:=23\n"
    "counter:=23\n"
    "lam:Rtype\n"
    "summary:=20\n"
    "input:Tin\n",
    "shape:Index\n"
    "inputs:[T\n"
    "data:=7\n"
    "data_splits:Tsplits\n"
    "ngrams:=7\n"
    "ngrams_splits:Tsplits\n"
    "delimiter:=7\n"
    "string_tensor:=7\n"
    "pos:T\n"
    "len:T\n"
    "output_false:T\n"
    "output_true:T\n"
    "byte_offsets:=9\n"
    "tensors:[T\n"
    "tpu_tensors:[T\n"
    "NumDynamicShapes*dynamic_shapes:=9\n"
    "guaranteed_constants:[Tguaranteed_constants\n"
    "compilation_status:=7\n"
    "num_computations*program:=7\n"
    "num_computations*may_modify_variables:=10\n"
    "N*unpadded_sizes:=3\n"
    "embedding_variable:=1\n"
    "sliced_activations:=1\n"
    "args:[Targs\n"
    "results:[Tresults\n"
    "device_ordinals:=3\n"
    "num_splits*output:T\n"
    "num_replicas*outputs:T\n"
    "N*vars:=20\n"
    "new_format_key:=7\n"
    "format_state_var:=20\n"
    "flow_in:=1\n",
    "lengths:=9\n"
    "&grad_handle:=7\n"
    "grad_handle:=7\n"
    "grad_handle:=20\n"
    "flow_out:=1\n"
    "shape_to_prepend:=3\n"
    "flow:=1\n"
    "input_handle:=21\n"
    "tensor:element_dtype\n"
    "input_a:=21\n"
    "input_b:=21\n"
    "leading_dims:=9\n"
    "output_handle:=21\n"
    "element_shape:=3\n"
    "values:element_dtype\n"
    "element_shape:Tshape\n"
    "item:element_dtype\n"
    "length:=3\n"
    "input_handles:=21\n"
    "output_handles:=21\n"
    "key:key_dtype\n"
    "has_key:=10\n"
    "value:value_dtype\n"
    "keys:key_dtype\n"
    "serialized_summary_metadata:=7\n"
    "multiples:Tmultiples\n"
    "multiples:=3\n"
    "ts:=2\n"
    "topk:=1\n"
    "topk_indices:=3\n"
    "k:Tk\n"
    "indices:index_type\n",
    "uid:=9\n"
    "proto_keys:=7\n"
    "superdiag:T\n"
    "maindiag:T\n"
    "subdiag:T\n"
    "diagonals:T\n"
    "&b:T\n"
    "b:[T\n"
    "batched_tensor:T\n"
    "unbatched_tensor:T\n"
    "original_input:T\n"
    "batched_grad:T\n"
    "char_values:=3\n"
    "char_to_byte_starts:=9\n"
    "input_values:=3\n"
    "input_splits:Tsplits\n"
    "scales:=1\n"
    "zero_points:=3\n"
    "lhs:T\n"
    "lhs_scales:=1\n"
    "lhs_zero_points:=3\n"
    "rhs_scales:=1\n"
    "rhs_zero_points:=3\n"
    "output_scales:=1\n"
    "output_zero_points:=3\n"
    "operand:T\n"
    "min:T\n"
    "lhs:Tin\n"
    "rhs:Tin\n"
    "lhs:Tlhs\n"
    "rhs:Trhs\n"
    "input_scales:=1\n",
    "input_zero_points:=3\n"
    "count:out_idx\n"
    "num*output:T\n"
    "dims:Tidx\n"
    "task_count*tpu_task_id_to_shard_id:=3\n"
    "input:=20\n"
    "M*weights:=2\n"
    "shift:=9\n"
    "stride:=9\n"
    "request:=7\n"
    "response:=7\n"
    "tensor:=7\n"
    "bad_color:=4\n"
    "summary_metadata:=7\n"
    "broadcast_dims:Tindices\n"
    "lhs_output:T\n"
    "rhs_output:T\n"
    "window_strides:Tindices\n"
    "padding:Tindices\n"
    "lhs_dilation:Tindices\n"
    "rhs_dilation:Tindices\n"
    "feature_group_count:Tindices\n"
    "lhs:LhsT\n"
    "rhs:RhsT\n"
    "output:preferred_element_type\n"
    "args:[T\n"
    "operands:[operand_dtypes\n"
    "results:[result_dtypes\n"
    "input:=22\n"
    "output:=14\n"
    "start_indices:Tindices\n"
    "size_indices:Tindices\n",
    "update:T\n"
    "slice_sizes:Tindices\n"
    "inputs:[Tin\n"
    "keys:K\n"
    "values:V\n"
    "sorted_keys:K\n"
    "sorted_values:V\n"
    "constants:[Tconstants\n"
    "Nresources*resources:=20\n"
    "padding_low:Tindices\n"
    "padding_high:Tindices\n"
    "padding_interior:Tindices\n"
    "output:Toutput\n"
    "deduplication_data:=21\n"
    "num_tables*outputs:=1\n"
    "init_value:T\n"
    "window_dimensions:Tindices\n"
    "base_dilations:Tindices\n"
    "window_dilations:Tindices\n"
    "dim_index:=3\n"
    "id:=3\n"
    "algorithm:=3\n"
    "initial_state:=23\n"
    "output_key:=23\n"
    "scatter_indices:Tindices\n"
    "source:T\n"
    "NumTables*gradients:=1\n"
    "NumLearningRateTags*learning_rates:=1\n"
    "bound:=3\n"
    "stacked_activations:input_dtype\n"
    "num_tables*unstacked_activations:dtype\n"
    "accumulator:=1\n",
    "embedding_table:=1\n"
    "updated_embedding_table:=1\n"
    "updated_accumulator:=1\n"
    "beta_1:=1\n"
    "momentum:=1\n"
    "updated_momentum:=1\n"
    "velocity:=1\n"
    "beta_2:=1\n"
    "updated_velocity:=1\n"
    "linear:=1\n"
    "beta:=1\n"
    "learning_rate_power:=1\n"
    "l2_regularization_strength:=1\n"
    "updated_linear:=1\n"
    "col_ids:=22\n"
    "values:=1\n"
    "offsets:=22\n"
    "activations:=1\n"
    "sorted_embedding_ids:=3\n"
    "sorted_pos_ids:=3\n"
    "preserved_valencies:=3\n"
    "preserved_vectors:=1\n"
    "preserved_weights:=1\n"
    "activation_gradients:=1\n"
    "combiner_weights_learning_rate:=1\n"
    "updated_weights:=1\n"
    "updated_momenta:=1\n"
    "N*tables:=1\n"
    "M*hyperparameters:=1\n"
    "N*updated_tables:=1\n"
    "N*tables:T\n"
    "N*updated_tables:T\n",
    "embedding_table:T\n"
    "num_tables*unstacked_gradients:input_dtype\n"
    "stacked_gradients:dtype\n"
    "N*init_value:T\n"
    "N*output:T\n"
    "init_values:[T\n"
    "outputs:[T\n"
    "dimension:=3\n"
    "output:[out_types\n"
    "N*inputs:=3\n"
    "number_of_tpu_chips:=3\n"
    "num_side_inputs*side_input:T\n"
    "offset:=1\n"
    "num_side_inputs*side_input_backprop:T\n"
    "args:[TArgs\n"
    "num_host_args*host_args:=1\n"
    "num_args*args:T\n"
    "device_inputs:[Tdevice_inputs\n"
    "host_inputs:[Thost_inputs\n"
    "device_outputs:[Tdevice_outputs\n"
    "host_outputs:[Thost_outputs\n"
    "tpu_ids:=3\n"
    "mkl_input:=4\n"
    "mkl_output:=4\n"
    "mkl_orig_input:=4\n"
    "mkl_grad:=4\n"
    "mkl_concat_dim:=4\n"
    "N*mkl_values:=4\n"
    "mkl_axis:=4\n"
    "mkl_filter:=4\n"
    "filter_output:T\n"
    "mkl_filter_output:=4\n",
    "mkl_filter_size:=4\n"
    "mkl_out_backprop:=4\n"
    "bias_grad:T\n"
    "mkl_bias_grad:=4\n"
    "mkl_input_sizes:=4\n"
    "mkl_bias:=4\n"
    "mkl_features:=4\n"
    "mkl_activations:=4\n"
    "mkl_gradients:=4\n"
    "mkl_backprops:=4\n"
    "mkl_x:=4\n"
    "mkl_scale:=4\n"
    "mkl_offset:=4\n"
    "mkl_mean:=4\n"
    "mkl_variance:=4\n"
    "mkl_y:=4\n"
    "mkl_batch_mean:=4\n"
    "mkl_batch_variance:=4\n"
    "mkl_reserve_space_1:=4\n"
    "mkl_reserve_space_2:=4\n"
    "num_side_inputs*mkl_side_input:=4\n"
    "mkl_reserve_space_3:=4\n"
    "mkl_y_backprop:=4\n"
    "mkl_x_backprop:=4\n"
    "mkl_scale_backprop:=4\n"
    "mkl_offset_backprop:=4\n"
    "mkl_reserve_space_4:=4\n"
    "mkl_reserve_space_5:=4\n"
    "num_args*mkl_args:=4\n"
    "mkl_a:=4\n"
    "mkl_b:=4\n"
    "mkl_product:=4\n",
    "workspace:=4\n"
    "mkl_workspace:=4\n"
    "mkl_orig_output:=4\n"
    "mkl_paddings:=4\n"
    "N*resources:=20\n"
    "backing:T\n"
    "concat:T\n"
    "N*split:T\n"
    "output_index:=3\n"
    "num_outs*outputs:T\n"
    "broadcast_inputs:[Tbroadcast_inputs\n"
    "NumVariables*variables:=20\n"
    "outputs:[output_types\n"
    "compilation_successful:=10\n"
    "program:=7\n"
    "partitioned_call:T\n"
    "xla_run:T\n"
    "dynamic_key:=7\n"
    "device_ordinal:=9\n",
};

inline constexpr std::string_view kOpTableAttrs[] = {
    "error_msg string 1200\n"
    "exit_without_error bool 2800\n"
    "container string 1200\n"
    "shared_name string 1200\n"
    "T type 3001\n"
    "keep_dims bool 2800\n"
    "Tidx type 3003\n"
    "seed int 1800\n"
    "seed2 int 1800\n"
    "T type 3008\n"
    "Tout type 3001\n"
    "value_shape shape 3a00\n"
    "initial_num_buckets int 18808008\n"
    "max_load_factor float 25cdcc4c3f\n"
    "use_locking bool 2800\n"
    "update_slots bool 2801\n"
    "use_nesterov bool 2800\n"
    "multiply_linear_by_lr bool 2800\n"
    "reduction_dimension int 18ffffffffffffffffff01\n"
    "recall_target float 253333733f\n"
    "is_max_k bool 2801\n"
    "reduction_input_size_override int 18ffffffffffffffffff01\n"
    "aggregate_to_topk bool 2801\n"
    "tolerance float 25acc52737\n"
    "output_type type 3009\n"
    "precision int 18ffffffffffffffffff01\n"
    "scientific bool 2800\n"
    "shortest bool 2800\n"
    "width int 18ffffffffffffffffff01\n"
    "fill string 1200\n"
    "summarize int 1803\n"
    "validate_shape bool 2801\n",
    "use_locking bool 2801\n"
    "validate_shape bool 2800\n"
    "paddings list(int) 0a00\n"
    "a string 120662616e616e61\n"
    "a list(float) 0a00\n"
    "a list(int) 0a041a02050f\n"
    "T type 3003\n"
    "sample_rate int 18807d\n"
    "window_size int 1819\n"
    "window_step int 180a\n"
    "num_channels int 1820\n"
    "upper_band_limit float 250060ea45\n"
    "lower_band_limit float 250000fa42\n"
    "smoothing_bits int 180a\n"
    "even_smoothing float 25cdcccc3c\n"
    "odd_smoothing float 258fc2753d\n"
    "min_signal_remaining float 25cdcc4c3d\n"
    "enable_pcan bool 2800\n"
    "pcan_strength float 253333733f\n"
    "pcan_offset float 250000a042\n"
    "gain_bits int 1815\n"
    "enable_log bool 2801\n"
    "scale_shift int 1806\n"
    "left_context int 1800\n"
    "right_context int 1800\n"
    "frame_stride int 1801\n"
    "zero_padding bool 2800\n"
    "out_scale int 1801\n"
    "out_type type 3011\n"
    "magnitude_squared bool 2800\n"
    "max_outputs int 1803\n"
    "auto_shard_policy int 1800\n",
    "num_replicas int 1800\n"
    "data_format string 12044e485743\n"
    "data_format string 12054e44485743\n"
    "lower bool 2801\n"
    "adjoint bool 2800\n"
    "shapes list(shape) 0a00\n"
    "capacity int 18ffffffffffffffffff01\n"
    "cancel_pending_enqueues bool 2800\n"
    "allow_small_batch bool 2800\n"
    "wait_for_incomplete bool 2800\n"
    "timeout_ms int 18ffffffffffffffffff01\n"
    "max_enqueued_batches int 180a\n"
    "allowed_batch_sizes list(int) 0a00\n"
    "batching_queue string 1200\n"
    "metadata string 1200\n"
    "parallel_copy bool 2800\n"
    "low_priority_max_batch_size int 1800\n"
    "low_priority_batch_timeout_micros int 1800\n"
    "low_priority_allowed_batch_sizes list(int) 0a00\n"
    "low_priority_max_enqueued_batches int 1800\n"
    "mixed_priority_policy string 12286c6f775f7072696f726974795f70616464696e675f776974685f6d61785f62617463685f73697a65\n"
    "batch_padding_policy string 12065041445f5550\n"
    "enable_large_batch_splitting bool 2800\n"
    "adj_x bool 2800\n"
    "adj_y bool 2800\n"
    "grad_x bool 2800\n"
    "grad_y bool 2800\n"
    "fast bool 2801\n"
    "compute_v bool 2801\n"
    "compute_uv bool 2801\n"
    "full_matrices bool 2800\n"
    "Tblock_shape type 3003\n",
    "Tcrops type 3003\n"
    "forget_bias float 250000803f\n"
    "cell_clip float 2500004040\n"
    "use_peephole bool 2800\n"
    "cell_clip float 2500000000\n"
    "split_type string 120a696e657175616c697479\n"
    "max_elements int 18808080808020\n"
    "generate_quantiles bool 2800\n"
    "logits_dimension int 1801\n"
    "num_groups int 1801\n"
    "merge_repeated bool 2801\n"
    "merge_repeated bool 2800\n"
    "blank_index int 18ffffffffffffffffff01\n"
    "preprocess_collapse_repeated bool 2800\n"
    "ctc_merge_repeated bool 2801\n"
    "ignore_longer_outputs_than_inputs bool 2800\n"
    "output_shapes list(shape) 0a00\n"
    "Truncate bool 2800\n"
    "communication_hint string 12046175746f\n"
    "timeout_seconds float 2500000000\n"
    "is_stateless bool 2800\n"
    "Nordering_token int 1800\n"
    "Tshape type 3003\n"
    "wait_for list(int) 0a00\n"
    "max_subdivs_per_device int 18ffffffffffffffffff01\n"
    "pad_per_class bool 2800\n"
    "clip_boxes bool 2801\n"
    "Tout type 3008\n"
    "shape_type type 3003\n"
    "reduction_type string 12044d45414e\n"
    "use_tfrt_host_runtime bool 2801\n"
    "embedding_config string 1200\n",
    "tpu_embedding_config string 1200\n"
    "is_global_init bool 2800\n"
    "enable_whole_mesh_compilations bool 2800\n"
    "compilation_failure_closes_chips bool 2801\n"
    "tpu_cancellation_closes_chips int 1800\n"
    "Tperm type 3003\n"
    "explicit_paddings list(int) 0a00\n"
    "data_format string 120d4348414e4e454c535f4c415354\n"
    "dilations list(int) 0a00\n"
    "batch_dims int 1801\n"
    "groups int 1801\n"
    "use_cudnn_on_gpu bool 2801\n"
    "dilations list(int) 0a061a0401010101\n"
    "dilations list(int) 0a071a050101010101\n"
    "tensor_name string 1200\n"
    "debug_ops_spec list(string) 0a00\n"
    "method string 120862696c696e656172\n"
    "extrapolation_value float 2500000000\n"
    "rnn_mode string 12046c73746d\n"
    "input_mode string 120c6c696e6561725f696e707574\n"
    "direction string 120e756e69646972656374696f6e616c\n"
    "dropout float 2500000000\n"
    "is_training bool 2801\n"
    "num_proj int 1800\n"
    "time_major bool 2801\n"
    "exclusive bool 2800\n"
    "reverse bool 2800\n"
    "calibration_method int 1800\n"
    "num_bins int 1800\n"
    "min_percentile float 2500000000\n"
    "max_percentile float 2500000000\n"
    "src_format string 12044e485743\n",
    "dst_format string 12044e434857\n"
    "task_refresh_interval_hint_ms int 18ffffffffffffffffff01\n"
    "data_transfer_protocol string 1200\n"
    "target_workers string 12044155544f\n"
    "cross_trainer_cache_options string 1200\n"
    "uncompress bool 2800\n"
    "cardinality_options string 1200\n"
    "stateful_whitelist list(string) 0a00\n"
    "allow_stateful bool 2800\n"
    "strip_device_assignment bool 2800\n"
    "external_state_policy int 1800\n"
    "device_name string 1200\n"
    "debug_urls list(string) 0a00\n"
    "gated_grpc bool 2800\n"
    "tfdbg_context_id string 1200\n"
    "op_name string 1200\n"
    "output_slot int 18ffffffffffffffffff01\n"
    "tensor_debug_mode int 18ffffffffffffffffff01\n"
    "circular_buffer_size int 18e807\n"
    "tfdbg_run_id string 1200\n"
    "io_of_node string 1200\n"
    "is_input bool 2800\n"
    "io_index int 18ffffffffffffffffff01\n"
    "lower_bound float 25000080ff\n"
    "upper_bound float 250000807f\n"
    "mute_if_healthy bool 2800\n"
    "output_dtype type 3001\n"
    "tensor_id int 18ffffffffffffffffff01\n"
    "channels int 1800\n"
    "ratio int 1801\n"
    "fancy_upscaling bool 2801\n"
    "try_recover_truncated bool 2800\n",
    "acceptable_fraction float 250000803f\n"
    "dct_method string 1200\n"
    "field_delim string 12012c\n"
    "use_quote_delim bool 2801\n"
    "na_value string 1200\n"
    "select_cols list(int) 0a00\n"
    "compression_type string 1200\n"
    "dtype type 3004\n"
    "expand_animations bool 2801\n"
    "little_endian bool 2801\n"
    "descriptor_source string 12086c6f63616c3a2f2f\n"
    "message_format string 120662696e617279\n"
    "sanitize bool 2800\n"
    "desired_channels int 18ffffffffffffffffff01\n"
    "desired_samples int 18ffffffffffffffffff01\n"
    "string_val string 1203616263\n"
    "string_list_val list(string) 0a0712036162631200\n"
    "int_val int 187b\n"
    "int_list_val list(int) 0a051a03010203\n"
    "float_val float 2500002041\n"
    "float_list_val list(float) 0a06220400002041\n"
    "bool_val bool 2801\n"
    "bool_list_val list(bool) 0a042a020100\n"
    "type_val type 3003\n"
    "type_list_val list(type) 0a0432020301\n"
    "shape_val shape 3a081202080212020801\n"
    "shape_list_val list(shape) 0a083a003a0412020801\n"
    "tensor_val tensor 4207080312003a0101\n"
    "tensor_list_val list(tensor) 0a094207080312003a0101\n"
    "binary_output bool 2800\n"
    "minlength int 18ffffffffffffffffff01\n"
    "maxlength int 18ffffffffffffffffff01\n",
    "validate_indices bool 2801\n"
    "mode string 120c4d494e5f434f4d42494e4544\n"
    "narrow_range bool 2800\n"
    "axis int 18ffffffffffffffffff01\n"
    "dtype type 3001\n"
    "Tserialized type 3007\n"
    "ignore_lookup_error bool 2801\n"
    "stop_on_empty_dataset bool 2800\n"
    "T type 3004\n"
    "T1 type 3003\n"
    "T2 type 3003\n"
    "T3 type 3001\n"
    "combiners list(string) 0a00\n"
    "max_sequence_lengths list(int) 0a00\n"
    "num_features list(int) 0a00\n"
    "is_async bool 2800\n"
    "normalize bool 2801\n"
    "init bool 2800\n"
    "pad bool 2800\n"
    "format string 1200\n"
    "quality int 185f\n"
    "progressive bool 2800\n"
    "optimize_size bool 2800\n"
    "chroma_downsampling bool 2801\n"
    "density_unit string 1202696e\n"
    "x_density int 18ac02\n"
    "y_density int 18ac02\n"
    "xmp_metadata string 1200\n"
    "compression int 18ffffffffffffffffff01\n"
    "device_ordinal int 18ffffffffffffffffff01\n"
    "is_constant bool 2800\n"
    "parallel_iterations int 180a\n",
    "incompatible_shape_error bool 2801\n"
    "Tdim type 3003\n"
    "log_warning bool 2800\n"
    "preserve_cardinality bool 2800\n"
    "use_inter_op_parallelism bool 2801\n"
    "force_synchronous bool 2800\n"
    "sloppy bool 2800\n"
    "use_fallback bool 2801\n"
    "max_intra_op_parallelism int 1801\n"
    "centered bool 2801\n"
    "normalized bool 2801\n"
    "uniform_noise bool 2801\n"
    "noise string 1207756e69666f726d\n"
    "output_type type 3003\n"
    "Tcomplex type 3008\n"
    "min float 250000c0c0\n"
    "max float 250000c040\n"
    "num_bits int 1808\n"
    "index_type type 3003\n"
    "has_captured_ref bool 2800\n"
    "header_bytes int 1800\n"
    "footer_bytes int 1800\n"
    "hop_bytes int 1800\n"
    "encoding string 1200\n"
    "vocab_file string 1200\n"
    "distortion float 250000803f\n"
    "num_reserved_ids int 1800\n"
    "num_shards int 1801\n"
    "shard int 1800\n"
    "unigrams list(float) 0a00\n"
    "pseudo_random bool 2800\n"
    "overlapping bool 2800\n",
    "deterministic bool 2800\n"
    "epsilon float 2517b7d138\n"
    "exponential_avg_factor float 250000803f\n"
    "resize_align_corners bool 2800\n"
    "bad_indices_policy string 1200\n"
    "batch_dims int 1800\n"
    "post_nms_topn int 18ac02\n"
    "old_vocab_size int 18ffffffffffffffffff01\n"
    "reshuffle_each_iteration bool 2801\n"
    "use_node_name_sharing bool 2800\n"
    "dtype type 3003\n"
    "Treal type 3001\n"
    "fill_mode string 1208434f4e5354414e54\n"
    "max_images int 1803\n"
    "bad_color tensor 421008041204120208043a06ff010000ff01\n"
    "shape shape 3a00\n"
    "layout list(int) 0a00\n"
    "layouts list(int) 0a00\n"
    "vocab_size int 18ffffffffffffffffff01\n"
    "delimiter string 120109\n"
    "offset int 1800\n"
    "foo int 1801\n"
    "config string 1200\n"
    "output_types list(type) 0a00\n"
    "depth_radius int 1805\n"
    "bias float 250000803f\n"
    "alpha float 250000803f\n"
    "beta float 250000003f\n"
    "alpha float 25cdcc4c3e\n"
    "deterministic string 120764656661756c74\n"
    "out_idx type 3003\n"
    "max_rows_in_memory int 18ffffffffffffffffff01\n",
    "compression string 1200\n"
    "table_id int 18ffffffffffffffffff01\n"
    "table_name string 1200\n"
    "out_type type 3003\n"
    "output_idx_type type 3003\n"
    "capacity int 1800\n"
    "memory_limit int 1800\n"
    "Tcaptured list(type) 0a00\n"
    "transpose_a bool 2800\n"
    "transpose_b bool 2800\n"
    "grad_a bool 2800\n"
    "grad_b bool 2800\n"
    "Tindex type 3009\n"
    "align string 120a52494748545f4c454654\n"
    "TInput type 3001\n"
    "include_batch_in_index bool 2800\n"
    "Targmax type 3009\n"
    "delete_old_dirs bool 2801\n"
    "allow_missing_files bool 2800\n"
    "upper_frequency_limit float 2500007a45\n"
    "lower_frequency_limit float 250000a041\n"
    "filterbank_channel_count int 1828\n"
    "dct_coefficient_count int 180d\n"
    "Tpaddings type 3003\n"
    "algorithm int 1800\n"
    "cpu_budget int 1800\n"
    "ram_budget int 1800\n"
    "output_dtype type 3009\n"
    "N int 1803\n"
    "T type 300a\n"
    "N int 1802\n"
    "dtype type 3009\n",
    "shape_dtype type 3009\n"
    "iou_threshold float 250000003f\n"
    "T_threshold type 3001\n"
    "pad_to_max_output_size bool 2800\n"
    "TI type 3009\n"
    "default_float float 250000f642\n"
    "optimization_configs list(string) 0a00\n"
    "axis int 1800\n"
    "use_unbounded_threadpool bool 2800\n"
    "ragged_keys list(string) 0a00\n"
    "ragged_value_types list(type) 0a00\n"
    "ragged_split_types list(type) 0a00\n"
    "Ncontext_sparse int 1800\n"
    "Ncontext_dense int 1800\n"
    "Nfeature_list_sparse int 1800\n"
    "Nfeature_list_dense int 1800\n"
    "context_sparse_types list(type) 0a00\n"
    "Tcontext_dense list(type) 0a00\n"
    "feature_list_dense_types list(type) 0a00\n"
    "context_dense_shapes list(shape) 0a00\n"
    "feature_list_sparse_types list(type) 0a00\n"
    "feature_list_dense_shapes list(shape) 0a00\n"
    "context_ragged_value_types list(type) 0a00\n"
    "context_ragged_split_types list(type) 0a00\n"
    "feature_list_ragged_value_types list(type) 0a00\n"
    "feature_list_ragged_split_types list(type) 0a00\n"
    "config_proto string 1200\n"
    "executor_type string 1200\n"
    "shape shape 3a021801\n"
    "T type 3007\n"
    "slack_period int 1800\n"
    "legacy_autotune bool 2801\n",
    "buffer_size_min int 1800\n"
    "message string 1200\n"
    "first_n int 18ffffffffffffffffff01\n"
    "output_stream string 1206737464657272\n"
    "end string 12010a\n"
    "component_types list(type) 0a00\n"
    "signed_input bool 2801\n"
    "range_given bool 2800\n"
    "input_min float 2500000000\n"
    "input_max float 2500000000\n"
    "round_mode string 120c48414c465f544f5f4556454e\n"
    "range_given bool 2801\n"
    "round_mode string 121348414c465f415741595f46524f4d5f5a45524f\n"
    "ensure_minimum_range float 250ad7233c\n"
    "Toutput type 300d\n"
    "out_type type 300d\n"
    "padding_list list(int) 0a00\n"
    "out_type type 300c\n"
    "out_type type 300b\n"
    "output_range_given bool 2800\n"
    "given_y_min float 2500000000\n"
    "given_y_max float 2500000000\n"
    "variance_epsilon float 25acc52737\n"
    "min_separation float 256f12833a\n"
    "Tactivation type 300c\n"
    "input_quant_mode string 12094d494e5f4649525354\n"
    "Toutput type 300c\n"
    "align_corners bool 2800\n"
    "half_pixel_centers bool 2800\n"
    "Tsplits type 3009\n"
    "rerandomize_each_iteration bool 2800\n"
    "rounds int 1804\n",
    "R type 3002\n"
    "min_after_dequeue int 1800\n"
    "replicate_on_split bool 2800\n"
    "file_random_seed int 18ad02\n"
    "file_shuffle_shift_ratio float 2500000000\n"
    "file_buffer_size int 18904e\n"
    "file_parallelism int 1810\n"
    "batch_size int 1820\n"
    "client_terminated bool 2800\n"
    "separator string 1200\n"
    "replace_global bool 2801\n"
    "element_spec string 1200\n"
    "requested_dataset_id string 1200\n"
    "T type 300d\n"
    "begin_mask int 1800\n"
    "end_mask int 1800\n"
    "ellipsis_mask int 1800\n"
    "new_axis_mask int 1800\n"
    "shrink_axis_mask int 1800\n"
    "preferred_shard int 18ffffffffffffffffff01\n"
    "batch_dim int 1800\n"
    "Tlen type 3009\n"
    "Index type 3003\n"
    "squeeze_dims list(int) 0a00\n"
    "list_registered_methods bool 2800\n"
    "Tin list(type) 0a00\n"
    "input_specs string 1200\n"
    "min_object_covered float 25cdcccc3d\n"
    "aspect_ratio_range list(float) 0a0a22080000403f713daa3f\n"
    "area_range list(float) 0a0a2208cdcc4c3d0000803f\n"
    "max_attempts int 1864\n"
    "use_image_if_no_bounding_boxes bool 2800\n",
    "use_shard_func bool 2801\n"
    "kernel_type string 12086c616e637a6f7333\n"
    "antialias bool 2801\n"
    "use_default_device bool 2801\n"
    "adaptative bool 2800\n"
    "adaptive bool 2800\n"
    "Tnumsegments type 3003\n"
    "NN int 1800\n"
    "out_type type 3007\n"
    "require_non_empty bool 2800\n"
    "window_size int 1805\n"
    "min_count int 1805\n"
    "subsample float 256f12833a\n"
    "drop_remainder bool 2801\n"
    "reader_path_prefix string 1200\n"
    "writer_path_prefix string 1200\n"
    "shard_size_bytes int 188080808028\n"
    "pending_snapshot_expiry_seconds int 1880a305\n"
    "num_reader_threads int 1801\n"
    "reader_buffer_size int 1801\n"
    "num_writer_threads int 1801\n"
    "writer_buffer_size int 1801\n"
    "shuffle_on_read bool 2800\n"
    "mode string 12046175746f\n"
    "snapshot_name string 1200\n"
    "reader_prefix string 1200\n"
    "writer_prefix string 1200\n"
    "hash_valid bool 2800\n"
    "hash int 1800\n"
    "a_is_sparse bool 2800\n"
    "b_is_sparse bool 2800\n"
    "Ta type 3001\n",
    "Tb type 3001\n"
    "adjoint_a bool 2800\n"
    "adjoint_b bool 2800\n"
    "transpose_output bool 2800\n"
    "conjugate_output bool 2800\n"
    "conjugate bool 2800\n"
    "Tsegmentids type 3003\n"
    "sparse_gradient bool 2800\n"
    "Tlabels type 3009\n"
    "Tindices type 3009\n"
    "stack_name string 1200\n"
    "swap_memory bool 2800\n"
    "T type 3002\n"
    "dtype type 3017\n"
    "Tseed type 3009\n"
    "shape_dtype type 3003\n"
    "template string 12022573\n"
    "placeholder string 12022573\n"
    "unit string 120442595445\n"
    "skip_empty bool 2801\n"
    "maxsplit int 18ffffffffffffffffff01\n"
    "out_type type 3001\n"
    "autotuner_thresh int 1800\n"
    "partition_dim int 1800\n"
    "is_packed bool 2800\n"
    "num_cores_per_replica int 1801\n"
    "topology string 1200\n"
    "use_tpu bool 2801\n"
    "device_assignment list(int) 0a00\n"
    "computation_shape list(int) 0a00\n"
    "host_compute_core list(string) 0a00\n"
    "padding_map list(string) 0a00\n",
    "step_marker_location string 1212535445505f4d41524b5f41545f454e545259\n"
    "allow_soft_placement bool 2800\n"
    "use_spmd_for_xla_partitioning bool 2800\n"
    "use_shardy_partitioner bool 2800\n"
    "tpu_compile_options_proto string 1200\n"
    "is_mirrored_variable bool 2800\n"
    "index int 18ffffffffffffffffff01\n"
    "var_name string 1200\n"
    "dynamic_size bool 2800\n"
    "clear_after_read bool 2801\n"
    "tensor_array_name string 1200\n"
    "element_shape shape 3a021801\n"
    "element_shape_except0 shape 3a021801\n"
    "identical_element_shapes bool 2800\n"
    "resize_if_index_out_of_bounds bool 2800\n"
    "num_elements int 18ffffffffffffffffff01\n"
    "is_files bool 2800\n"
    "description string 1200\n"
    "labels list(string) 0a00\n"
    "display_name string 1200\n"
    "skip_header_lines int 1800\n"
    "Tmultiples type 3003\n"
    "sorted bool 2801\n"
    "Tk type 3003\n"
    "partial_pivoting bool 2801\n"
    "perturb_singular bool 2800\n"
    "errors string 12077265706c616365\n"
    "replacement_char int 18fdff03\n"
    "replace_control_characters bool 2800\n"
    "quantization_axis int 18ffffffffffffffffff01\n"
    "lhs_quantization_axis int 18ffffffffffffffffff01\n"
    "rhs_quantization_axis int 18ffffffffffffffffff01\n",
    "output_quantization_axis int 18ffffffffffffffffff01\n"
    "window_strides list(int) 0a00\n"
    "explicit_padding list(int) 0a00\n"
    "lhs_dilation list(int) 0a00\n"
    "rhs_dilation list(int) 0a00\n"
    "batch_group_count int 1801\n"
    "feature_group_count int 1801\n"
    "dimension_numbers string 1200\n"
    "input_quantization_axis int 18ffffffffffffffffff01\n"
    "Taxis type 3009\n"
    "debug_name string 1200\n"
    "allowed_devices list(string) 0a00\n"
    "dim_args_spec list(string) 0a00\n"
    "platforms list(string) 0a00\n"
    "function_list list(func) 0a00\n"
    "has_token_input_output bool 2800\n"
    "disabled_checks list(string) 0a00\n"
    "send_key string 1200\n"
    "recv_key string 1200\n"
    "cost_estimate_ns int 18c0843d\n"
    "tpu_core int 1800\n"
    "NumLearningRateTags int 1800\n"
    "sharding string 1200\n"
    "unspecified_dims list(int) 0a00\n"
    "clip_weight_min float 25000080ff\n"
    "clip_weight_max float 250000807f\n"
    "num_sparsecores_per_device int 18ffffffffffffffffff01\n"
    "dim int 18ffffffffffffffffff01\n"
    "num_side_inputs int 1800\n"
    "activation_mode string 12084964656e74697479\n"
    "num_host_args int 1800\n"
    "filter_format string 12044857494f\n",
    "fused_ops list(string) 0a00\n"
    "leakyrelu_alpha float 25cdcc4c3e\n"
    "Tinput type 300c\n"
    "Tfilter type 300b\n"
    "Tbias type 300d\n"
    "Tdevice_inputs list(type) 0a00\n"
    "Tdevice_outputs list(type) 0a00\n"
    "is_filter_const bool 2801\n"
    "is_bias_const bool 2801\n"
    "alpha float 2500000000\n"
    "is_filter_const bool 2800\n"
    "mode string 12065343414c4544\n"
    "epsilon float 256f12833a\n"
    "workspace_enabled bool 2800\n"
    "is_weight_const bool 2801\n"
    "Thost_inputs list(type) 0a00\n"
    "Thost_outputs list(type) 0a00\n"
    "Tbias type 3001\n"
    "U type 3001\n"
    "input_quant_mode string 12065343414c4544\n"
    "output_quant_mode string 12065343414c4544\n"
    "reshape bool 2800\n"
    "mlir_module string 1200\n"
    "num_distributed_variables int 1800\n"
    "startup_timeout_sec int 1814\n"
    "host_mlir_module string 1200\n"
    "manual_sharding bool 2800\n"
    "device_type string 1203545055\n",
};

inline constexpr std::string_view kOpTableOps[] = {
    "A - !! -\n"
    "Abort - - !!!#\n"
    "Abs !# !$ -\n"
    "AccumulateNV2 !% !& -\n"
    "AccumulatorApplyGradient !'!(!) - -\n"
    "AccumulatorNumAccumulated !' !* -\n"
    "AccumulatorSetGlobalStep !'!+ - -\n"
    "AccumulatorTakeGradient !'!, !- -\n"
    "Acos !# !$ -\n"
    "Acosh !# !$ -\n"
    "Add !#!$ !. -\n"
    "AddManySparseToTensorsMap !/!0!1 !2 !$!% !\n"
    "AddN !% !& -\n"
    "AddSparseToTensorsMap !/!0!1 !3 !$!% !\n"
    "AddV2 !#!$ !. -\n"
    "AdjustContrast !4!5!6!7 !8 -\n"
    "AdjustContrastv2 !4!5 !9 !&\n"
    "AdjustHue !4!: !9 !&\n"
    "AdjustSaturation !4!; !9 !&\n"
    "All !<!= !> !'!(\n"
    "AllCandidateSampler !@ !A!B!C !)!* !\n"
    "AllToAll !D!E !9 - !\n"
    "Angle !D !F !+!,\n"
    "AnonymousHashTable - !G - !\n"
    "AnonymousIterator - !H - !\n"
    "AnonymousIteratorV2 - !H!I - !\n"
    "AnonymousIteratorV3 - !H - !\n"
    "AnonymousMemoryCache - !H!I - !\n"
    "AnonymousMultiDeviceIterator - !H!I - !\n"
    "AnonymousMultiDeviceIteratorV3 - !H - !\n"
    "AnonymousMutableDenseHashTable !J!K !G !-!.!/ !\n"
    "AnonymousMutableHashTable - !G - !\n",
    "AnonymousMutableHashTableOfTensors - !G !- !\n"
    "AnonymousRandomSeedGenerator !L!M !H!I - !\n"
    "AnonymousSeedGenerator !L!M!N !H!I - !\n"
    "Any !<!= !> !'!(\n"
    "ApplyAdaMax !O!P!Q!R!S!T!U!V!W !X !0\n"
    "ApplyAdadelta !O!Y!Z!S![!V!W !X !0\n"
    "ApplyAdagrad !O!Y!S!W !X !0!1\n"
    "ApplyAdagradDA !O!]!^!W!S!_!`!a !X !0\n"
    "ApplyAdagradV2 !O!Y!S!V!W !X !0!1\n"
    "ApplyAdam !O!P!Q!R!b!S!T!U!V!W !X !0!2\n"
    "ApplyAddSign !O!P!S!c!d!e!W !X !0\n"
    "ApplyCenteredRMSProp !O!f!g!h!S![!i!V!W !X !0\n"
    "ApplyFtrl !O!Y!j!W!S!_!`!k !X !0!3\n"
    "ApplyFtrlV2 !O!Y!j!W!S!_!`!l!k !X !0!3\n"
    "ApplyGradientDescent !O!c!m !X !0\n"
    "ApplyMomentum !O!Y!S!W!i !X !0!2\n"
    "ApplyPowerSign !O!P!S!n!d!e!W !X !0\n"
    "ApplyProximalAdagrad !O!Y!S!_!`!W !X !0\n"
    "ApplyProximalGradientDescent !O!c!_!`!m !X !0\n"
    "ApplyRMSProp !O!g!h!S![!i!V!W !X !0\n"
    "ApproxTopK !D !o!p !4!5!6!7!8\n"
    "ApproximateEqual !#!$ !q !9\n"
    "ArgMax !D!r !s !(!:\n"
    "ArgMin !D!r !s !(!:\n"
    "AsString !D !t !;!<!=!>!@\n"
    "Asin !# !$ -\n"
    "Asinh !# !$ -\n"
    "Assert !u!v - !A !\n"
    "AssertCardinalityDataset !w!x !y -\n"
    "AssertNextDataset !w!z !y -\n"
    "AssertPrevDataset !w!z !y -\n"
    "Assign !{!| !} !B!C\n",
    "AssignAdd !{!| !} !0\n"
    "AssignAddVariableOp !~#! - - !\n"
    "AssignSub !{!| !} !0\n"
    "AssignSubVariableOp !~#! - - !\n"
    "AssignVariableOp !~#! - !D !\n"
    "AssignVariableXlaConcatND !~!% - !E !\n"
    "Atan !# !$ -\n"
    "Atan2 !$!# !. -\n"
    "Atanh !# !$ -\n"
    "Attr - - -\n"
    "AttrBool - - -\n"
    "AttrBoolList - - -\n"
    "AttrDefault - - !F\n"
    "AttrEmptyListDefault - - !G\n"
    "AttrEnum - - -\n"
    "AttrEnumList - - -\n"
    "AttrFloat - - -\n"
    "AttrListDefault - - !H\n"
    "AttrListMin - - -\n"
    "AttrListTypeDefault ###$ - !I\n"
    "AttrMin - - -\n"
    "AttrPartialShape - - -\n"
    "AttrPartialShapeList - - -\n"
    "AttrShape - - -\n"
    "AttrShapeList - - -\n"
    "AttrTypeDefault #% - !I\n"
    "AudioMicrofrontend #& #' !J!K!L!M!N!O!P!Q!R!S!T!U!V!W!X!Y!Z![!]!^!_!`\n"
    "AudioSpectrogram #( #) !a\n"
    "AudioSummary #*#+ #, !b\n"
    "AudioSummaryV2 #*#+#- #, !b\n"
    "AutoShardDataset !w#.#/ !y !c!d\n"
    "AvgPool !| !9 !e\n",
    "AvgPool3D !D !9 !f\n"
    "AvgPool3DGrad #0!W !9 !f\n"
    "AvgPoolGrad #0!W !9 !e\n"
    "B - !! -\n"
    "BandedTriangularSolve #1#2 !9 !g!h\n"
    "Barrier - !' !i!j!$!% !\n"
    "BarrierClose !' - !k\n"
    "BarrierIncompleteSize !' #3 -\n"
    "BarrierInsertMany !'#4!o - -\n"
    "BarrierReadySize !' #3 -\n"
    "BarrierTakeMany !'#5 #6#4#7 !l!m!n\n"
    "Batch #8 #9#:#; !o!p!$!%!q\n"
    "BatchCholesky !D !9 -\n"
    "BatchCholeskyGrad #<!W !9 -\n"
    "BatchDataset !w#= !y !r\n"
    "BatchDatasetV2 !w#=#> !y !s!r\n"
    "BatchFFT #@ #A -\n"
    "BatchFFT2D #@ #A -\n"
    "BatchFFT3D #@ #A -\n"
    "BatchFunction #B#C #D !o!p!$!%!q!t!u!v!w!x!y!z\n"
    "BatchIFFT #@ #A -\n"
    "BatchIFFT2D #@ #A -\n"
    "BatchIFFT3D #@ #A -\n"
    "BatchMatMul !#!$ !9 !{!|!}!~\n"
    "BatchMatMulV2 !#!$ !9 !{!|!}!~\n"
    "BatchMatMulV3 #E#F !F !{!|!}!~\n"
    "BatchMatrixBandPart !D#G#H #I -\n"
    "BatchMatrixDeterminant !D !9 -\n"
    "BatchMatrixDiag #J !9 -\n"
    "BatchMatrixDiagPart !D #J -\n"
    "BatchMatrixInverse !D !9 !h\n"
    "BatchMatrixSetDiag !D#J !9 -\n",
    "BatchMatrixSolve #1#2 !9 !h\n"
    "BatchMatrixSolveLs #1#2#K !9 #!\n"
    "BatchMatrixTriangularSolve #1#2 !9 !g!h\n"
    "BatchNormWithGlobalNormalization #L#M#N!e#O #P -\n"
    "BatchNormWithGlobalNormalizationGrad #L#M#N#O#Q #R#S#T#U#V -\n"
    "BatchSelfAdjointEig !D !9 -\n"
    "BatchSelfAdjointEigV2 !D #W#N ##\n"
    "BatchSvd !D #X#Y#N #$#%\n"
    "BatchToSpace !D#Z !9 !(\n"
    "BatchToSpaceND !D#[#] !9 #&#'\n"
    "BesselI0 !# !$ -\n"
    "BesselI0e !# !$ -\n"
    "BesselI1 !# !$ -\n"
    "BesselI1e !# !$ -\n"
    "BesselJ0 !# !$ -\n"
    "BesselJ1 !# !$ -\n"
    "BesselK0 !# !$ -\n"
    "BesselK0e !# !$ -\n"
    "BesselK1 !# !$ -\n"
    "BesselK1e !# !$ -\n"
    "BesselY0 !# !$ -\n"
    "BesselY1 !# !$ -\n"
    "Betainc #%#^!# !. -\n"
    "BiasAdd !|#_ !9 !e\n"
    "BiasAddGrad #` !9 !e\n"
    "BiasAddV1 !|#_ !9 -\n"
    "Binary #%#^ #a -\n"
    "Bincount #b#3#c #d -\n"
    "Bitcast !D #e -\n"
    "BitwiseAnd !#!$ !. -\n"
    "BitwiseOr !#!$ !. -\n"
    "BitwiseXor !#!$ !. -\n",
    "BlockLSTM #f!##g#h#i#j#k#l#^ #m#n#o#p#q#r#s #(#)#*\n"
    "BlockLSTMGrad #f!##g#h#i#j#k#l#^#m#n#o#p#q#r#s#t#u #v#w#x#y#z#{#|#} -\n"
    "BlockLSTMGradV2 #f!##g#h#i#j#k#l#^#m#n#o#p#q#r#s#t#u #v#w#x#y#z#{#|#} -\n"
    "BlockLSTMV2 #f!##g#h#i#j#k#l#^ #m#n#o#p#q#r#s #+#*\n"
    "BoostedTreesAggregateStats #~$!$#$$ $% -\n"
    "BoostedTreesBucketize $&$' $( -\n"
    "BoostedTreesCalculateBestFeatureSplit $)$%$*$+$,$- #~$.$/$0$1$2$3 #,\n"
    "BoostedTreesCalculateBestFeatureSplitV2 $)$4$5$6$*$+$,$- #~$.$7$/$0$1$2$3 -\n"
    "BoostedTreesCalculateBestGainsPerFeature $)$8$*$+$,$- $9$:$;$<$= -\n"
    "BoostedTreesCenterBias $>$@$A$*$+ $B - !\n"
    "BoostedTreesCreateEnsemble $>$C$D - - !\n"
    "BoostedTreesCreateQuantileStreamResource $E$F$G - #- !\n"
    "BoostedTreesDeserializeEnsemble $>$C$D - - !\n"
    "BoostedTreesEnsembleResourceHandleOp - !~ !$!% !\n"
    "BoostedTreesExampleDebugOutputs $>$H $I - !\n"
    "BoostedTreesFlushQuantileSummaries $E $J - !\n"
    "BoostedTreesGetEnsembleStates $> $C$K$L$M$N - !\n"
    "BoostedTreesMakeQuantileSummaries $&$O$F $J -\n"
    "BoostedTreesMakeStatsSummary #~$!$#$P $% -\n"
    "BoostedTreesPredict $>$H $Q - !\n"
    "BoostedTreesQuantileStreamResourceAddSummaries $E$J - - !\n"
    "BoostedTreesQuantileStreamResourceDeserialize $E$R - - !\n"
    "BoostedTreesQuantileStreamResourceFlush $E$S - #. !\n"
    "BoostedTreesQuantileStreamResourceGetBucketBoundaries $E $' - !\n"
    "BoostedTreesQuantileStreamResourceHandleOp - !~ !$!% !\n"
    "BoostedTreesSerializeEnsemble $> $C$D - !\n"
    "BoostedTreesSparseAggregateStats #~$!$#$T$U$V $W$X$Y -\n"
    "BoostedTreesSparseCalculateBestFeatureSplit $)$W$X$Y$*$+$,$- #~$.$/$0$1$2$3 #,\n"
    "BoostedTreesTrainingPredict $>$Z$[$H $]$^#~ - !\n"
    "BoostedTreesUpdateEnsemble $>$7$_$`$a$b$c$d$e - - !\n"
    "BoostedTreesUpdateEnsembleV2 $>$f$g$_$`$a$b$c$h$d$e$i - #/#0 !\n"
    "BroadcastArgs $j$k $l !I\n",
    "BroadcastGradientArgs $j$k $l$m !I\n"
    "BroadcastTo !D$n !9 !(\n"
    "Bucketize !D $o -\n"
    "BytesProducedStatsDataset !w#* !y -\n"
    "CSRSparseMatrixComponents $p$q $r$s$t -\n"
    "CSRSparseMatrixToDense $u $v -\n"
    "CSRSparseMatrixToSparseTensor $w #6$t$x -\n"
    "CSVDataset $y$z${$|$}$~%!%#%$ !y - !\n"
    "CSVDatasetV2 $y$z${$|$}$~%!%#%$%% !y - !\n"
    "CTCBeamSearchDecoder %&%' %(%)%*%+ #1!&\n"
    "CTCGreedyDecoder %&%' %,%-%.%+ #2#3!&\n"
    "CTCLoss %&%/%0%' %1%2 #4#5#6!&\n"
    "CTCLossV2 %3%/%0%' %4%5 #4#5#6\n"
    "CacheDataset !w%6 !y !r\n"
    "CacheDatasetV2 !w%6%7 !y !r !\n"
    "CalibrationStatisticsSaver %8 - - !\n"
    "Case %9%: %; #7 !\n"
    "Cast %< %= #8\n"
    "Ceil !# !$ -\n"
    "CheckNumerics %> !9 - !\n"
    "CheckNumericsV2 %> !9 - !\n"
    "CheckPinned %> !9 -\n"
    "Cholesky !D !9 -\n"
    "CholeskyGrad #<!W !9 -\n"
    "ChooseFastestBranchDataset !w%@%A%B !y -\n"
    "ChooseFastestDataset %C !y -\n"
    "ClipByValue #L%D%E !9 -\n"
    "CloseSummaryWriter %F - - !\n"
    "CollateTPUEmbeddingMemory %G %H - !\n"
    "CollectiveAllToAllV2 !D%I%J%K%L %M #9#:#;#< !\n"
    "CollectiveAllToAllV3 !D%N!E %M #: !\n"
    "CollectiveAssignGroupV2 !E%O%P %I%J - !\n",
    "CollectiveBcastRecv - %M #9#: !\n"
    "CollectiveBcastRecvV2 %I%J%K%Q %M #=#9#: !\n"
    "CollectiveBcastSend !D %M #9#: !\n"
    "CollectiveBcastSendV2 !D%I%J%K %M #9#: !\n"
    "CollectiveGather !D %M #9#: !\n"
    "CollectiveGatherV2 !D%I%J%K%L %M #9#:#;#< !\n"
    "CollectiveInitializeCommunicator %J%R%I %N #9#: !\n"
    "CollectivePermute !D%S !9 - !\n"
    "CollectiveReduce !D %M #>#9#: !\n"
    "CollectiveReduceScatterV2 !D%I%J%K%L %M #9#:#;#<#@ !\n"
    "CollectiveReduceV2 !D%I%J%K%L %M #9#:#;#<#@ !\n"
    "CollectiveReduceV3 !D%N!E %M #: !\n"
    "CombinedNonMaxSuppression %T%U%V%W%X%Y %Z%[%]%^ #A#B\n"
    "Complex %_%` %a !&#C\n"
    "ComplexAbs !# %b !+!,\n"
    "ComplexStruct - %c%d%e -\n"
    "CompositeTensorVariantFromComponents %f %g -\n"
    "CompositeTensorVariantToComponents %g %f -\n"
    "CompressElement %h %i -\n"
    "ComputeAccidentalHits !@!A !p%j%k !)!*\n"
    "ComputeBatchSize !w #= -\n"
    "ComputeDedupDataSize - #5 - !\n"
    "ComputeDedupDataSizeV2 - #5 - !\n"
    "ComputeDedupDataTupleMask - %l - !\n"
    "ComputeDedupDataTupleMaskV2 - %l - !\n"
    "Concat %m%n !9 -\n"
    "ConcatOffset %m%o %p #D\n"
    "ConcatV2 %n%q !9 !(\n"
    "ConcatenateDataset !w%r !y !r\n"
    "ConditionalAccumulator - !' !$!%#E !\n"
    "ConfigureAndInitializeGlobalTPU - $o #F !\n"
    "ConfigureDistributedTPU - %s #G#H#I#J#K#L !\n",
    "ConfigureTPUEmbedding - - - !\n"
    "ConfigureTPUEmbeddingHost %t%u %v - !\n"
    "ConfigureTPUEmbeddingMemory %t %u - !\n"
    "Conj !D !9 !+\n"
    "ConjugateTranspose !#%w !$ #M\n"
    "ConnectTPUEmbeddingHosts %x - - !\n"
    "Const - %y -\n"
    "ConstructionFails - - -\n"
    "ConsumeMutexLock %z - - !\n"
    "ControlTrigger - - -\n"
    "Conv !D%{ !9 #N#O#P#Q#R\n"
    "Conv2D !D%{ !9 #S#N!e#T\n"
    "Conv2DBackpropFilter !D%|#` !9 #S#N!e#T\n"
    "Conv2DBackpropFilterV2 !D%{#` !9 #S#N!e#T\n"
    "Conv2DBackpropInput %}%{#` !9 #S#N!e#T\n"
    "Conv2DBackpropInputV2 !D%{#` !9 #S#N!e#T\n"
    "Conv3D !D%{ !9 !f#U\n"
    "Conv3DBackpropFilter !D%{#` !9 #U\n"
    "Conv3DBackpropFilterV2 !D%|#` !9 !f#U\n"
    "Conv3DBackpropInput !D%{#` !9 #U\n"
    "Conv3DBackpropInputV2 %~%{#` !9 !f#U#=\n"
    "ConvertToCooTensor &!&#%k &$&%$. - !\n"
    "ConvertToListOfSparseCoreCooTensors &!&#%k &&&'&( -\n"
    "ConvertToSparseCoreCsrWrappedCooTensor &)&*&+&,&- &.&/&0&1&2&3&4 -\n"
    "Copy !D !9 #V#W\n"
    "CopyHost !D !9 #V#W\n"
    "CopyOp #% #^ -\n"
    "CopyToMesh !D !9 -\n"
    "CopyToMeshGrad !D&5 !9 -\n"
    "Cos !# !$ -\n"
    "Cosh !# !$ -\n"
    "CountUpTo !{ !9 -\n",
    "CreateSummaryDbWriter %F&6&7&8&9 - - !\n"
    "CreateSummaryFileWriter %F&:&;&<&= - - !\n"
    "CropAndResize &>%T&@&A &B #X#Y\n"
    "CropAndResizeGradBoxes &C&>%T&@ !8 #X\n"
    "CropAndResizeGradImage &C%T&@&D !9 #X\n"
    "Cross #%#^ &E -\n"
    "CrossReplicaSum !D!E !9 - !\n"
    "CudnnRNN !D&F&G&H !9&I&J&K #Z#[#]#^!)!*#_ !\n"
    "CudnnRNNBackprop !D&F&G&H!9&I&J&L&M&N&K &O&P&Q&R #Z#[#]#^!)!* !\n"
    "CudnnRNNBackpropV2 !D&F&G&H!9&I&J&L&M&N&K&S &O&P&Q&R #Z#[#]#^!)!* !\n"
    "CudnnRNNBackpropV3 !D&F&G&H&T!9&I&J&L&M&N&K&S &O&P&Q&R #Z#[#]#^!)!*#`#a !\n"
    "CudnnRNNCanonicalToParams &U&V&W&X&Y &H #Z#[#]#^!)!*\n"
    "CudnnRNNCanonicalToParamsV2 &U&V&W&Z&[ &H #Z#[#]#^!)!*#`\n"
    "CudnnRNNParamsSize &U&V&W &] #Z#[#]#^!)!*#`\n"
    "CudnnRNNParamsToCanonical &U&V&W&H &X&Y #Z#[#]#^!)!*\n"
    "CudnnRNNParamsToCanonicalV2 &U&V&W&H &Z&[ #Z#[#]#^!)!*#`\n"
    "CudnnRNNV2 !D&F&G&H !9&I&J&K&S #Z#[#]#^!)!*#_ !\n"
    "CudnnRNNV3 !D&F&G&H&T !9&I&J&K&S #Z#[#]#^!)!*#`#_#a !\n"
    "Cumprod !#%q #a #b#c!(\n"
    "Cumsum !#%q #a #b#c!(\n"
    "CumulativeLogsumexp !#%q #a #b#c!(\n"
    "CustomAggregator #( !8&^&_&` #d#e#f#g\n"
    "DTensorAllGather !D !9 -\n"
    "DTensorAllReduce !D!E !9 -\n"
    "DTensorAllScatter !D !9 -\n"
    "DTensorAllToAll !D !9 -\n"
    "DTensorReduceScatter !D!E&a !9 -\n"
    "DTensorRestoreV2 &b&c&d &e - !\n"
    "DTensorSetGlobalTPUArray %s - - !\n"
    "DataFormatDimMap !# !$ !I#h#i\n"
    "DataFormatVecPermute !# !$ !I#h#i\n"
    "DataServiceDataset &f&g&h&i&j&k&l !y #j#k#l#m !\n",
    "DataServiceDatasetV2 &f&g&h&i&j&m&n&k&l !y #j#k#l#m !\n"
    "DataServiceDatasetV3 &f&g&h&i&j&m&n&k&l !y #j#k#l#n#m !\n"
    "DataServiceDatasetV4 &o&g&h&i&j&m&n&k&l !y #j#k#l#n#m !\n"
    "DatasetCardinality !w !x #o\n"
    "DatasetFingerprint !w &p -\n"
    "DatasetFromGraph &q !y -\n"
    "DatasetToGraph !w &r #p#q#r\n"
    "DatasetToGraphV2 !w &r #s#r\n"
    "DatasetToSingleElement &s &t !r !\n"
    "DatasetToTFRecord !w%6$z - - !\n"
    "Dawsn !# !$ -\n"
    "DebugGradientIdentity !D !9 -\n"
    "DebugGradientRefIdentity &u &v -\n"
    "DebugIdentity !D !9 #t#V#u#v\n"
    "DebugIdentityV2 !D !9 #w#x#y#z#u#{#| !\n"
    "DebugIdentityV3 !D !9 #t#V#}#~$!#u#v !\n"
    "DebugNanCount !D &w #t#V#u#v\n"
    "DebugNumericSummary !D &x #t#V#u$#$$$%#v\n"
    "DebugNumericSummaryV2 !D &y $&#z$'\n"
    "DecodeAndCropJpeg &z&{ &| $($)$*$+$,$-\n"
    "DecodeBase64 &} !t -\n"
    "DecodeBmp &z &| $(\n"
    "DecodeCSV &~'! '# $.$/$0$1\n"
    "DecodeCompressed '$ !t $2\n"
    "DecodeGif &z &| -\n"
    "DecodeImage &z '% $($3$4\n"
    "DecodeJSONExample '& '' -\n"
    "DecodeJpeg &z &| $($)$*$+$,$-\n"
    "DecodeJxl &z '% $($3\n"
    "DecodePaddedRaw '(') '* $5\n"
    "DecodePng &z '% $($3\n"
    "DecodeProtoV2 '$ '+', $6$7$8\n",
    "DecodeRaw '$ '* $5\n"
    "DecodeWav &z '-'. $9$:\n"
    "DecodeWebP &z '% $($3\n"
    "DeepCopy !# !$ - !\n"
    "DefaultAttrs - - $;$<$=$>$@$A$B$C$D$E$F$G$H$I\n"
    "DeleteIterator !H!I - - !\n"
    "DeleteMemoryCache !H!I - - !\n"
    "DeleteMultiDeviceIterator '/'0!I - - !\n"
    "DeleteRandomSeedGenerator !H!I - - !\n"
    "DeleteRpcFutureResource !H!I - - !\n"
    "DeleteSeedGenerator !H!I - - !\n"
    "DeleteSessionTensor '1 - - !\n"
    "DenseBincount '2'3#c !9 $J\n"
    "DenseCountSparseOutput !o'4 '5'6'7 $K$L\n"
    "DenseToCSRSparseMatrix '8#6 '9 -\n"
    "DenseToDenseSetOperation ':'; '<'='> $M\n"
    "DenseToSparseBatchDataset !w#='@ !y -\n"
    "DenseToSparseSetOperation ':'A'B'C '<'='> $M\n"
    "DepthToSpace !D !9 !e\n"
    "DepthwiseConv2dNative !D%{ !9 #N!e#T\n"
    "DepthwiseConv2dNativeBackpropFilter !D%|#` !9 #N!e#T\n"
    "DepthwiseConv2dNativeBackpropInput %}%{#` !9 #N!e#T\n"
    "Dequantize !D'D'E %y $N$O$P$Q\n"
    "DeserializeIterator 'F'G - - !\n"
    "DeserializeManySparse 'H !/'I!1 -\n"
    "DeserializeSparse 'J !/'I!1 $R\n"
    "DestroyResourceOp !~ - $S !\n"
    "DestroyTemporaryVariable !{ !| -\n"
    "DeviceIndex - $q - !\n"
    "DevicePlacementOp - 'K - !\n"
    "Diag #J !9 -\n"
    "DiagPart !D #J -\n",
    "Digamma !# !$ -\n"
    "Dilation2D !D%{ !9 -\n"
    "Dilation2DBackpropFilter !D%{#` 'L -\n"
    "Dilation2DBackpropInput !D%{#` 'M -\n"
    "DirectedInterleaveDataset 'N'O !y $T\n"
    "DisableCopyOnRead !~ - - !\n"
    "DistributedSave &s'P&h - !r !\n"
    "Div !#!$ !. -\n"
    "DivNoNan !#!$ !. -\n"
    "DrawBoundingBoxes !4%T !9 !&\n"
    "DrawBoundingBoxesV2 !4%T'Q !9 !&\n"
    "DtypeWithDefaultOp 'R 'S $U !\n"
    "DummyIterationCounter - !H - !\n"
    "DummyMemoryCache - !H - !\n"
    "DummySeedGenerator - !H - !\n"
    "DumpTensor 'T - - !\n"
    "DynamicEnqueueTPUEmbeddingArbitraryTensorBatch 'U'V'W'X'Y - $V$W$X$Y !\n"
    "DynamicEnqueueTPUEmbeddingRaggedTensorBatch 'Z'V'W'X'Y - $V$W$X$Y$Z$[ !\n"
    "DynamicPartition %M'[ '] -\n"
    "DynamicStitch '^'_ '` -\n"
    "EagerPyFunc %: %; $] !\n"
    "EditDistance 'a'b'c'd'e'f !8 $^\n"
    "Eig !D 'g'h ##\n"
    "Einsum !% !9 -\n"
    "Elu 'i 'j -\n"
    "EluGrad 'k'l 'm -\n"
    "Empty 'n %y $_ !\n"
    "EmptyTensorList 'o'p !y -\n"
    "EmptyTensorMap - !y -\n"
    "EncodeBase64 &} !t $`\n"
    "EncodeJpeg &| &z $a$b$c$d$e$f$g$h$i\n"
    "EncodeJpegVariableQuality 'q'r &z -\n",
    "EncodePng &> &z $j$U\n"
    "EncodeProto '+'s '$ $6\n"
    "EncodeWav '-'. &z -\n"
    "EnqueueTPUEmbeddingArbitraryTensorBatch 'U'V'W'X - $V$W$X$k$Y !\n"
    "EnqueueTPUEmbeddingBatch 't'X - $k$Y !\n"
    "EnqueueTPUEmbeddingIntegerBatch 'u'X - $k !\n"
    "EnqueueTPUEmbeddingRaggedTensorBatch 'Z'V'W'X - $V$W$X$k$Y$Z$[ !\n"
    "EnqueueTPUEmbeddingSparseBatch 'v'V'W'X - $V$W$X$k$Y !\n"
    "EnqueueTPUEmbeddingSparseTensorBatch 'v'V'W'X - $V$W$X$k$Y$Z$[ !\n"
    "EnsureShape !D !9 -\n"
    "Enter %M !9 $l$m\n"
    "Equal !#!$ !q $n\n"
    "Erf !# !$ -\n"
    "Erfc !# !$ -\n"
    "Erfinv !# !$ -\n"
    "EuclideanNorm !D!= !9 !'!(\n"
    "ExecuteTPUEmbeddingPartitioner - %t - !\n"
    "Exit %M !9 -\n"
    "Exp !# !$ -\n"
    "ExpandDims !D'w !9 $o\n"
    "ExperimentalAssertNextDataset !w!z !y -\n"
    "ExperimentalAutoShardDataset !w#.#/ !y !c\n"
    "ExperimentalBytesProducedStatsDataset !w#* !y -\n"
    "ExperimentalCSVDataset $y$z${$|$}$~%!%#%$ !y - !\n"
    "ExperimentalChooseFastestDataset %C !y -\n"
    "ExperimentalDatasetCardinality !w !x -\n"
    "ExperimentalDatasetToTFRecord !w%6$z - - !\n"
    "ExperimentalDenseToSparseBatchDataset !w#='@ !y -\n"
    "ExperimentalDirectedInterleaveDataset 'N'O !y -\n"
    "ExperimentalGroupByReducerDataset !w'x'y'z'{ !y - !\n"
    "ExperimentalGroupByWindowDataset !w'x'z'| !y -\n"
    "ExperimentalIgnoreErrorsDataset !w !y $p\n",
    "ExperimentalIteratorGetDevice !~ 'K - !\n"
    "ExperimentalLMDBDataset $y !y - !\n"
    "ExperimentalLatencyStatsDataset !w#* !y -\n"
    "ExperimentalMapAndBatchDataset !w%B#='}#> !y $q\n"
    "ExperimentalMapDataset !w%B !y $r$q$s\n"
    "ExperimentalMatchingFilesDataset '~ !y - !\n"
    "ExperimentalMaxIntraOpParallelismDataset !w(! !y -\n"
    "ExperimentalNonSerializableDataset !w !y -\n"
    "ExperimentalParallelInterleaveDataset !w%B(#($(%(&(' !y -\n"
    "ExperimentalParseExampleDataset !w'}(( !y $t\n"
    "ExperimentalPrivateThreadPoolDataset !w() !y -\n"
    "ExperimentalRandomDataset !L!M !y - !\n"
    "ExperimentalRebatchDataset !w(* !y $u\n"
    "ExperimentalScanDataset !w(+%B !y $q\n"
    "ExperimentalSetStatsAggregatorDataset !w(,#*(- !y - !\n"
    "ExperimentalSleepDataset !w(. !y -\n"
    "ExperimentalSlidingWindowDataset !w(/(0(1 !y -\n"
    "ExperimentalSqlDataset (2(3(4 !y - !\n"
    "ExperimentalStatsAggregatorHandle - !H !$!% !\n"
    "ExperimentalStatsAggregatorSummary (5 #, - !\n"
    "ExperimentalTakeWhileDataset !w%B !y -\n"
    "ExperimentalThreadPoolDataset !w(6 !y - !\n"
    "ExperimentalThreadPoolHandle - !H $v!$!% !\n"
    "ExperimentalUnbatchDataset !w !y -\n"
    "ExperimentalUniqueDataset !w !y -\n"
    "Expint !# !$ -\n"
    "Expm1 !# !$ -\n"
    "ExtractGlimpse #(#3(7 (8 $w$x$y$z\n"
    "ExtractGlimpseV2 #(#3(7 (8 $w$x$y$z\n"
    "ExtractImagePatches !4 (9 -\n"
    "ExtractJpegShape &z (: ${\n"
    "ExtractVolumePatches !D (9 -\n",
    "FFT (; (< $|\n"
    "FFT2D (; (< $|\n"
    "FFT3D (; (< $|\n"
    "FFTND (;(=(> (< $|\n"
    "FIFOQueue - !' !i!j!$!% !\n"
    "FIFOQueueV2 - !H !i!j!$!% !\n"
    "Fact - (@ -\n"
    "FakeParam - %y -\n"
    "FakeQuantWithMinMaxArgs %3 (A $}$~%!$O\n"
    "FakeQuantWithMinMaxArgsGradient $!%3 (B $}$~%!$O\n"
    "FakeQuantWithMinMaxVars %3&^&_ (A %!$O\n"
    "FakeQuantWithMinMaxVarsGradient $!%3&^&_ (C(D(E %!$O\n"
    "FakeQuantWithMinMaxVarsPerChannel %3&^&_ (A %!$O\n"
    "FakeQuantWithMinMaxVarsPerChannelGradient $!%3&^&_ (C(D(E %!$O\n"
    "FakeQueue !~ !' - !\n"
    "FileSystemSetConfiguration (F(G(H - - !\n"
    "Fill (I!| !9 %#\n"
    "FilterByLastComponentDataset !w (J -\n"
    "FilterDataset !w%B !y !r\n"
    "FinalizeDataset !w !y %$\n"
    "FinalizeTPUEmbedding %t%u - - !\n"
    "FinalizeTPUEmbeddingV2 %t%u (K(L - !\n"
    "Fingerprint %M(M (N -\n"
    "FiveFloatOutputs - (O(P(Q(R(S -\n"
    "FixedLengthRecordDataset $y(T(U(V${ !y !r !\n"
    "FixedLengthRecordDatasetV2 $y(T(U(V${$z !y !r !\n"
    "FixedLengthRecordReader - (W %%%&%'!$!% !\n"
    "FixedLengthRecordReaderV2 - (X %%%&%'!$!%%( !\n"
    "FixedUnigramCandidateSampler !@ !A!B!C %)%*%+%,%-%.!)!* !\n"
    "FlatMapDataset !w%B !y !r\n"
    "FloatInput (O - -\n"
    "FloatOutput - (O -\n",
    "FloatOutputStringOutput - (O(Y -\n"
    "Floor !# !$ -\n"
    "FloorDiv !#!$ !. -\n"
    "FloorMod !#!$ !. -\n"
    "FlushSummaryWriter %F - - !\n"
    "Foo1 (O(Z([ (R(] -\n"
    "Foo2 (O(Y(^ (R(] -\n"
    "Foo3 (O(Y(Q (R(] -\n"
    "For (_(`(a(b (c -\n"
    "FractionalAvgPool !| !9(d(e %/%0%1!)!*\n"
    "FractionalAvgPoolGrad (f#`(d(e !9 %0\n"
    "FractionalMaxPool !| !9(d(e %/%0%1!)!*\n"
    "FractionalMaxPoolGrad (g(h#`(d(e !9 %0\n"
    "FresnelCos !# !$ -\n"
    "FresnelSin !# !$ -\n"
    "FuncAttr - - -\n"
    "FuncListAttr - - -\n"
    "FusedBatchNorm !#(i(j(k(l !$(m(n(o(p %2%3!e#_\n"
    "FusedBatchNormGrad (q!#(i(o(p (r(s(t(u(v %2!e#_\n"
    "FusedBatchNormGradV2 (q!#!;(w(x (r(y(z({(| %2!e#_\n"
    "FusedBatchNormGradV3 (q!#!;(w(x({ (r(y(z(|(} %2!e#_\n"
    "FusedBatchNormV2 !#(~)!)#)$ !$)%)&(w(x %2%3!e#_\n"
    "FusedBatchNormV3 !#(~)!)#)$ !$)%)&(w(x({ %2%3!e#_\n"
    "FusedPadConv2D !D)'%{ !9 -\n"
    "FusedResizeAndPadConv2D !D#3)'%{ !9 %4\n"
    "GRUBlockCell !##h)()))*)+ ),#Y)-#s -\n"
    "GRUBlockCellGrad !##h)()))*)+),#Y)-). )/)0)1)2 -\n"
    "Gather )3)4 )5 $M\n"
    "GatherNd )3)4 )5 %5\n"
    "GatherV2 )3)4)6 )5 %6\n"
    "GenerateBoundingBoxProposals %U)7)8)9):);)< )=)> %7\n"
    "GenerateVocabRemapping )@)A )B)C %8\n",
    "GeneratorDataset )D)E)F !y !r !\n"
    "GetDeadline - )G -\n"
    "GetElementAtIndex &s#/ &t -\n"
    "GetMinibatchSplitsWithPhysicalReplica )H&$&%$. )I)J&1&-)K)L)M - !\n"
    "GetMinibatchesInCsrWithPhysicalReplica )H&$&%$.&-)K &.&/&0&1&2&3)N - !\n"
    "GetOptions !w )O -\n"
    "GetSessionHandle !| '1 - !\n"
    "GetSessionHandleV2 !| !H - !\n"
    "GetSessionTensor '1 #! - !\n"
    "GetStatsFromListOfSparseCoreCooTensors )P)Q)R )S)T -\n"
    "GetTpuTaskId - )U -\n"
    "GlobalIterId - )V - !\n"
    "GlobalShuffleDataset !w!L!M)W !y %9!r !\n"
    "GraphDefVersion - )X - !\n"
    "Greater !#!$ !q -\n"
    "GreaterEqual !#!$ !q -\n"
    "GroupByReducerDataset !w'x'y'z'{ !y - !\n"
    "GroupByWindowDataset !w'x'z'| !y !r\n"
    "GuaranteeConst !D !9 - !\n"
    "HSVToRGB !4 !9 !&\n"
    "HashTable - )Y !$!%%: !\n"
    "HashTableV2 - !G !$!%%: !\n"
    "HistogramFixedWidth !o)Z)[ )] %;\n"
    "HistogramSummary #*!o #, !&\n"
    "HostConst - %y -\n"
    "IFFT (; (< $|\n"
    "IFFT2D (; (< $|\n"
    "IFFT3D (; (< $|\n"
    "IFFTND (;(=(> (< $|\n"
    "IRFFT (;(= )^ %<$|\n"
    "IRFFT2D (;(= )^ %<$|\n"
    "IRFFT3D (;(= )^ %<$|\n",
    "IRFFTND (;(=(> )^ %<$|\n"
    "Identity !D !9 -\n"
    "IdentityN (b (c -\n"
    "IdentityReader - (W !$!% !\n"
    "IdentityReaderV2 - (X !$!% !\n"
    "If )_%: %; #7 !\n"
    "Igamma #%!# !. -\n"
    "IgammaGradA #%!# !. -\n"
    "Igammac #%!# !. -\n"
    "IgnoreErrorsDataset !w !y $p\n"
    "Imag !D !F !+!,\n"
    "ImageProjectiveTransformV2 )`)a%l )b %=\n"
    "ImageProjectiveTransformV3 )`)a%l)c )b %=\n"
    "ImageSummary #*%> #, %>!&%@\n"
    "ImmutableConst - )d -\n"
    "ImportEvent %F)e - - !\n"
    "InPolymorphicTwice ##)f - !I\n"
    "InTopK )g)h )i !I\n"
    "InTopKV2 )g)h)j )i !I\n"
    "IndexFlatMapDataset !w)k)l)m !y !r\n"
    "InfeedDequeue - %y - !\n"
    "InfeedDequeueTuple - )n - !\n"
    "InfeedEnqueue )o - %A%B$k !\n"
    "InfeedEnqueuePrelinearizedBuffer )p - $k\n"
    "InfeedEnqueueTuple )q - %C$k !\n"
    "InitializeTable )Y)r)s - -\n"
    "InitializeTableFromDataset !G&s - - !\n"
    "InitializeTableFromTextFile )Y%6 - %D%E%F\n"
    "InitializeTableFromTextFileV2 !G%6 - %D%E%F !\n"
    "InitializeTableV2 !G)r)s - - !\n"
    "InplaceAdd !#)t#N !$ -\n"
    "InplaceSub !#)t#N !$ -\n",
    "InplaceUpdate !#)t#N !$ -\n"
    "Int64Output - )u -\n"
    "IntAttr - )u %G\n"
    "IntInput )v - -\n"
    "IntInputFloatInput )v(P - -\n"
    "IntInputIntOutput )v (Z -\n"
    "IntOutput - )v -\n"
    "IntOutputFloatOutput - )v(P -\n"
    "InterleaveDataset !w%B(#($ !y !r\n"
    "Inv !# !$ -\n"
    "InvGrad !$)w !. -\n"
    "Invert !# !$ -\n"
    "InvertPermutation !# !$ !I\n"
    "IsBoostedTreesEnsembleInitialized $> )x - !\n"
    "IsBoostedTreesQuantileStreamResourceInitialized $E )x - !\n"
    "IsFinite !# )y -\n"
    "IsInf !# )y -\n"
    "IsNan !# )y -\n"
    "IsResourceHandleRefCounting !H )z - !\n"
    "IsTPUEmbeddingInitialized - ){ %H !\n"
    "IsTensorFloat32Enabled - )| - !\n"
    "IsVariableInitialized )} )x -\n"
    "IsotonicRegression !D &y)~ $&\n"
    "Iterator - !H - !\n"
    "IteratorFromStringHandle *! 'F %I#7 !\n"
    "IteratorFromStringHandleV2 *! 'F %I#7 !\n"
    "IteratorGetDevice !~ 'K - !\n"
    "IteratorGetModelProto (5 *# - !\n"
    "IteratorGetNext (5 &t - !\n"
    "IteratorGetNextAsOptional (5 *$ - !\n"
    "IteratorGetNextSync (5 &t - !\n"
    "IteratorToStringHandle 'F *! - !\n",
    "IteratorV2 - !H - !\n"
    "KMC2ChainInitialization *%!L #/ -\n"
    "KernelLabel - *& -\n"
    "KernelLabelRequired *' *& -\n"
    "KmeansPlusPlusInitialization *(*)!L** *+ -\n"
    "KthOrderStatistic #( !8 -\n"
    "L2Loss #L !9 -\n"
    "LMDBDataset $y !y - !\n"
    "LMDBReader - (W !$!% !\n"
    "LRN !D !9 %J%K%L%M!&\n"
    "LRNGrad *,*-*. !9 %J%K%L%M!&\n"
    "LSTMBlockCell !##g#h#i#j#k#l#^ #m#n#o#p#q#r#s #(#)#*\n"
    "LSTMBlockCellGrad !##g#h#i#j#k#l#^#m#n#o#p#q#r#t#u #w*/#z#{#| -\n"
    "LatencyStatsDataset !w#* !y -\n"
    "LeakyRelu 'i 'j %N!&\n"
    "LeakyReluGrad 'k'i 'm %N!&\n"
    "LearnedUnigramCandidateSampler !@ !A!B!C !)!* !\n"
    "LeftShift !#!$ !. -\n"
    "LegacyParallelInterleaveDatasetV2 !w%B(#($(&(' !y %O!r\n"
    "Less !#!$ !q -\n"
    "LessEqual !#!$ !q -\n"
    "Lgamma !# !$ -\n"
    "LinSpace *0*1*2 !9 !(\n"
    "ListDataset *3 !y !r !\n"
    "ListDiff !#!$ #a*4 %P\n"
    "ListInput ## - -\n"
    "ListOutput - *5 -\n"
    "ListSnapshotChunksDataset *6 !y - !\n"
    "LoadAllTPUEmbeddingParameters *7*8*9*:*;*<*=*> - - !\n"
    "LoadAndRemapMatrix *@*A*B*C*D *E %Q !\n"
    "LoadDataset *F*G !y %R !\n"
    "LoadTPUEmbeddingADAMParameters *H*I*J - %S%T%H !\n",
    "LoadTPUEmbeddingAdadeltaParameters *H*K*L - %S%T%H !\n"
    "LoadTPUEmbeddingAdagradMomentumParameters *H*K*I - %S%T%H !\n"
    "LoadTPUEmbeddingAdagradParameters *H*K - %S%T%H !\n"
    "LoadTPUEmbeddingCenteredRMSPropParameters *H*M*N*O - %S%T%H !\n"
    "LoadTPUEmbeddingFTRLParameters *H*K*P - %S%T%H !\n"
    "LoadTPUEmbeddingFrequencyEstimatorParameters *H*Q - %S%T%H !\n"
    "LoadTPUEmbeddingMDLAdagradLightParameters *H*K%k*R - %S%T%H !\n"
    "LoadTPUEmbeddingMomentumParameters *H*I - %S%T%H !\n"
    "LoadTPUEmbeddingProximalAdagradParameters *H*K - %S%T%H !\n"
    "LoadTPUEmbeddingProximalYogiParameters *H*S*T - %S%T%H !\n"
    "LoadTPUEmbeddingRMSPropParameters *H*M*N - %S%T%H !\n"
    "LoadTPUEmbeddingStochasticGradientDescentParameters *H - %S%T%H !\n"
    "Log !# !$ -\n"
    "Log1p !# !$ -\n"
    "LogMatrixDeterminant !D *U*V -\n"
    "LogSoftmax *W *X -\n"
    "LogUniformCandidateSampler !@ !A!B!C !)!* !\n"
    "LogicalAnd *Y)y !q -\n"
    "LogicalNot *Y )y -\n"
    "LogicalOr *Y)y !q -\n"
    "LookupTableExport )Y *Z*[ -\n"
    "LookupTableExportV2 !G *Z*[ - !\n"
    "LookupTableFind )Y*]*^ *_ -\n"
    "LookupTableFindV2 !G*]*^ *_ - !\n"
    "LookupTableImport )Y*]*_ - -\n"
    "LookupTableImportV2 !G*]*_ - - !\n"
    "LookupTableInsert )Y*]*_ - -\n"
    "LookupTableInsertV2 !G*]*_ - - !\n"
    "LookupTableRemoveV2 !G*] - - !\n"
    "LookupTableSize )Y *` -\n"
    "LookupTableSizeV2 !G *` - !\n"
    "LoopCond !< !> -\n",
    "LowerBound *a!o '* %U\n"
    "Lu !D *b*c %V\n"
    "MakeIterator &s(5 - - !\n"
    "MakeUnique #( !8 -\n"
    "MakeWeakResourceHandle !H *d - !\n"
    "MapAndBatchDataset !w%B#='}#> !y $q!r\n"
    "MapClear - - %W%X!$!% !\n"
    "MapDataset !w%B !y $r$q$s!r\n"
    "MapDefun *e*f *g %Y$v\n"
    "MapIncompleteSize - #3 %W%X!$!% !\n"
    "MapPeek *h!p *i %W%X!$!% !\n"
    "MapSize - #3 %W%X!$!% !\n"
    "MapStage *h!p*j - %W%X!$!% !\n"
    "MapUnstage *h!p *i %W%X!$!% !\n"
    "MapUnstageNoKey !p *h*i %W%X!$!% !\n"
    "MatMul #%#^ &E %Z%[%]%^\n"
    "MatchingFiles *k $y -\n"
    "MatchingFilesDataset '~ !y - !\n"
    "MatrixBandPart !D*l*m #I %_\n"
    "MatrixDeterminant !D !9 -\n"
    "MatrixDiag #J !9 -\n"
    "MatrixDiagPart !D #J -\n"
    "MatrixDiagPartV2 !D*n*o #J -\n"
    "MatrixDiagPartV3 !D*n*o #J %`\n"
    "MatrixDiagV2 #J*n*p*q*o !9 -\n"
    "MatrixDiagV3 #J*n*p*q*o !9 %`\n"
    "MatrixExponential !D !9 -\n"
    "MatrixInverse !D !9 !h\n"
    "MatrixLogarithm !D !9 -\n"
    "MatrixSetDiag !D#J !9 -\n"
    "MatrixSetDiagV2 !D#J*n !9 -\n"
    "MatrixSetDiagV3 !D#J*n !9 %`\n",
    "MatrixSolve #1#2 !9 !h\n"
    "MatrixSolveLs #1#2#K !9 #!\n"
    "MatrixSquareRoot !D !9 -\n"
    "MatrixTriangularSolve #1#2 !9 !g!h\n"
    "Max !D!= !9 !'!(\n"
    "MaxIntraOpParallelismDataset !w(! !y -\n"
    "MaxPool !D !9 !&#N!e\n"
    "MaxPool3D !D !9 !f\n"
    "MaxPool3DGrad *r*s!W !9 !f!&%a\n"
    "MaxPool3DGradGrad (g(h!W !9 !f\n"
    "MaxPoolGrad (g(h!W !9 #N!e!&\n"
    "MaxPoolGradGrad (g(h!W !9 !e\n"
    "MaxPoolGradGradV2 (g(h!W*t*u !9 !e\n"
    "MaxPoolGradGradWithArgmax !D!W*v !9 %b\n"
    "MaxPoolGradV2 (g(h!W*t*u !9 !e!&\n"
    "MaxPoolGradWithArgmax !D!W*v !9 %b\n"
    "MaxPoolV2 !D*t*u !9 !&!e\n"
    "MaxPoolWithArgmax !D !9*v %c%b\n"
    "Maximum !#!$ !. -\n"
    "Mean !D!= !9 !'!(\n"
    "Merge !% !9*w -\n"
    "MergeDedupData *x*y (J %H\n"
    "MergeSummary *z #, -\n"
    "MergeV2Checkpoints *{*| - %d%e !\n"
    "Mfcc #)'. !8 %f%g%h%i\n"
    "Min !D!= !9 !'!(\n"
    "Minimum !#!$ !. -\n"
    "MirrorPad !D*} !9 %j\n"
    "MirrorPadGrad !D*} !9 %j\n"
    "MixedStruct - %c(P -\n"
    "MlirPassthroughOp *~ +! -\n"
    "Mod !#!$ !. -\n",
    "ModelDataset !w !y %k%l%m\n"
    "Mul !#!$ !. -\n"
    "MulNoNan !#!$ !. -\n"
    "MultiDeviceIterator - !H - !\n"
    "MultiDeviceIteratorFromStringHandle *! '/ %I#7 !\n"
    "MultiDeviceIteratorGetNextFromShard '/+#+$ &t - !\n"
    "MultiDeviceIteratorInit &s'/+% +$ - !\n"
    "MultiDeviceIteratorToStringHandle '/ *! - !\n"
    "Multinomial *W+& &y !)!*%n !\n"
    "MutableDenseHashTable !J )Y !$!%%:!-!.!/ !\n"
    "MutableDenseHashTableV2 !J!K !G !$!%%:!-!.!/ !\n"
    "MutableHashTable - )Y !$!%%: !\n"
    "MutableHashTableOfTensors - )Y !$!%%:!- !\n"
    "MutableHashTableOfTensorsV2 - !G !$!%%:!- !\n"
    "MutableHashTableV2 - !G !$!%%: !\n"
    "MutexLock +' %z - !\n"
    "MutexV2 - !~ !$!% !\n"
    "NInPolymorphicTwice ###$ - -\n"
    "NInTwice +(+) - -\n"
    "NInTwoTypeVariables +*#$ - -\n"
    "NIntsIn +( - -\n"
    "NIntsOut - +( -\n"
    "NIntsOutDefault - +( %o\n"
    "NPolymorphicIn ## - -\n"
    "NPolymorphicOut - ## -\n"
    "NPolymorphicOutDefault - ## %p%q\n"
    "NPolymorphicRestrictIn ## - -\n"
    "NPolymorphicRestrictOut - ## -\n"
    "Namespace>TestStringOutput #( +++, -\n"
    "NcclAllReduce !D %M - !\n"
    "NcclBroadcast !D !9 - !\n"
    "NcclReduce +- %M - !\n",
    "Ndtri !# !$ -\n"
    "NearestNeighbors *(+.+/ +0+1 -\n"
    "Neg !# !$ -\n"
    "NegTrain +2+3+4+5+6 - - !\n"
    "NextAfter +7+8 !9 !&\n"
    "NextIteration %M !9 -\n"
    "NoOp - - -\n"
    "NonDeterministicInts +9 %y %r%s !\n"
    "NonMaxSuppression %T%U+: +; %t\n"
    "NonMaxSuppressionV2 +<+=+:+> +; !&%u\n"
    "NonMaxSuppressionV3 +<+=+:+>+@ +; !&%u\n"
    "NonMaxSuppressionV4 +<+=+:+>+@ +;+A !&%u%v\n"
    "NonMaxSuppressionV5 +<+=+:+B+C+D +;+E+A !&%v\n"
    "NonMaxSuppressionWithOverlaps +F%U+:+G%Y +; -\n"
    "NonSerializableDataset !w !y -\n"
    "None - - -\n"
    "NotEqual !#!$ !q $n\n"
    "NthElement !D+H !o #c\n"
    "Old - - -\n"
    "OneHot +I+J+K+L !9 $P%w\n"
    "OneShotIterator - !H !$!% !\n"
    "OnesLike !# !$ -\n"
    "OpWithDefaultAttr - )v %x\n"
    "OpWithFutureDefaultAttr - - -\n"
    "OptimizeDataset !w+M !y %y\n"
    "OptimizeDatasetV2 !w+N+O+P !y %y\n"
    "OptionalFromValue +Q *$ -\n"
    "OptionalGetValue *$ &t -\n"
    "OptionalHasValue *$ +R -\n"
    "OptionalNone - *$ -\n"
    "OptionsDataset !w !y !r\n"
    "OrderedMapClear - - %W%X!$!% !\n",
    "OrderedMapIncompleteSize - #3 %W%X!$!% !\n"
    "OrderedMapPeek *h!p *i %W%X!$!% !\n"
    "OrderedMapSize - #3 %W%X!$!% !\n"
    "OrderedMapStage *h!p*j - %W%X!$!% !\n"
    "OrderedMapUnstage *h!p *i %W%X!$!% !\n"
    "OrderedMapUnstageNoKey !p *h*i %W%X!$!% !\n"
    "OutT - #% -\n"
    "OutTypeList - +S -\n"
    "OutTypeListRestrict - +T -\n"
    "OutfeedDequeue - %y $k !\n"
    "OutfeedDequeueTuple - )n $k !\n"
    "OutfeedDequeueTupleV2 'Y )n - !\n"
    "OutfeedDequeueV2 'Y %y - !\n"
    "OutfeedEnqueue )o - - !\n"
    "OutfeedEnqueueTuple )q - - !\n"
    "Pack %n !9 %z\n"
    "Pad !D*} !9 %j\n"
    "PadV2 !D*}+U !9 %j\n"
    "PaddedBatchDataset !w#=+V+W !y !r\n"
    "PaddedBatchDatasetV2 !w#=+V+W#> !y !s!r\n"
    "PaddingFIFOQueue - !' !i!j!$!% !\n"
    "PaddingFIFOQueueV2 - !H !i!j!$!% !\n"
    "ParallelBatchDataset !w#='}#> !y !s%O!r\n"
    "ParallelConcat %n !9 -\n"
    "ParallelDynamicStitch '^'_ '` -\n"
    "ParallelFilterDataset !w%B'} !y %O!r\n"
    "ParallelInterleaveDataset !w%B(#($(%(&(' !y !r\n"
    "ParallelInterleaveDatasetV2 !w%B(#($'} !y $t!r\n"
    "ParallelInterleaveDatasetV3 !w%B(#($'} !y %O!r\n"
    "ParallelInterleaveDatasetV4 !w%B(#($(&(''} !y %O!r\n"
    "ParallelMapDataset !w%B+X !y $r$t$q!r\n"
    "ParallelMapDatasetV2 !w%B'} !y $r%O$q%{!r\n",
    "ParameterizedTruncatedNormal +Y+Z+[+]+^ %y !)!* !\n"
    "ParseExample +_+`+a+b(( +c+d+e+f -\n"
    "ParseExampleDataset !w'}(( !y $t%|%}%~\n"
    "ParseExampleDatasetV2 !w'}(( !y %O%|%}%~\n"
    "ParseExampleV2 +_+`+g+h+i(( +j+d+k+f+l+m -\n"
    "ParseSequenceExample +_+n+o +p+q+r+s+t+u+v+w+x &!&#&$&%&&&'&(&)&*&+\n"
    "ParseSequenceExampleV2 +_+n+y+z+{+|+}+~,!+o +p+q+r+s,#,$+t+u+v+w+x,%,&,' &!&'&&&,&-&)&$&%&(&*&.&/&+\n"
    "ParseSingleExample +_(( +j+d+k+f -\n"
    "ParseSingleSequenceExample +_,(,),*,+,,+o+n +p+q+r+s+t+u+v+w &!&#&$&%&&&'&(&)&*&+\n"
    "ParseTensor +_ '* -\n"
    "PartitionedCall %8 %; %H&0&1\n"
    "Placeholder - %y &2\n"
    "PlaceholderV2 - %y -\n"
    "PlaceholderWithDefault )o %y -\n"
    "Polygamma #%!# !. -\n"
    "Polymorphic #% #a -\n"
    "PolymorphicDefaultOut - #a &3\n"
    "PolymorphicOut - #a -\n"
    "PopulationCount !# ,- -\n"
    "Pow !#!$ !. -\n"
    "PrefetchDataset !w${ !y &4&5&6!r\n"
    "Prelinearize )o (J %A%B\n"
    "PrelinearizeTuple )q (J %C\n"
    "PreventGradient !D !9 &7\n"
    "Print !D,. !9 &7&8!A !\n"
    "PrintV2 &} - &9&: !\n"
    "PriorityQueue - !' &;!j!$!% !\n"
    "PriorityQueueV2 - !H &;!j!$!% !\n"
    "PrivateThreadPoolDataset !w() !y -\n"
    "Prod !D!= !9 !'!(\n"
    "PyFunc %: %; - !\n"
    "PyFuncStateless %: %; -\n",
    "Qr !D ,/), #%\n"
    "QuantizeAndDequantize !D !9 &<%!&=&>&@\n"
    "QuantizeAndDequantizeV2 !D,0,1 !9 &<%!&=&A$O$P\n"
    "QuantizeAndDequantizeV3 !D,0,1,2 !9 &<&B$O$P\n"
    "QuantizeAndDequantizeV4 !D,0,1 !9 &<%!&=&A$O$P\n"
    "QuantizeAndDequantizeV4Grad 'k!D,0,1 &O,3,4 $P\n"
    "QuantizeDownAndShrinkRange ,5,6,7 '*,8,9 -\n"
    "QuantizeV2 #('D'E !9,8,9 $N&C$O$P&D\n"
    "QuantizedAdd ,:,;,<,=,>,@ ,A,B,C &E\n"
    "QuantizedAvgPool !D,D,E !9,F,G -\n"
    "QuantizedBatchNormWithGlobalNormalization ,H,I,J,K,L,M,N,O,P,Q,R,S,T,U,V ,W,X,Y -\n"
    "QuantizedBiasAdd ,Z,[,D,E,],^ '*,_,` -\n"
    "QuantizedConcat %m%n,a,b !9,8,9 -\n"
    "QuantizedConcatV2 %n%q,a,b !9,8,9 !(\n"
    "QuantizedConv2D ,5,c,D,E,d,e '*,F,G &F#T\n"
    "QuantizedConv2DAndRelu ,5,c,D,E,d,e '*,F,G &F#T&G\n"
    "QuantizedConv2DAndReluAndRequantize ,5,c,D,E,d,e,f,g '*,F,G &H#T&G\n"
    "QuantizedConv2DAndRequantize ,5,c,D,E,d,e,f,g '*,F,G &I#T&G\n"
    "QuantizedConv2DPerChannel ,5,c,D,E,d,e '*,F,G &F#T\n"
    "QuantizedConv2DWithBias ,5,c,h,D,E,d,e '*,F,G &F#T&G\n"
    "QuantizedConv2DWithBiasAndRelu ,5,c,h,D,E,d,e '*,F,G &F#T&G\n"
    "QuantizedConv2DWithBiasAndReluAndRequantize ,5,c,i,D,E,d,e,f,g '*,F,G &H#T&G\n"
    "QuantizedConv2DWithBiasAndRequantize ,5,c,i,D,E,d,e,f,g '*,F,G &I#T&G\n"
    "QuantizedConv2DWithBiasSignedSumAndReluAndRequantize ,5,c,i,D,E,d,e,f,g,j,k,l '*,F,G &H#T&G\n"
    "QuantizedConv2DWithBiasSumAndRelu ,5,c,h,D,E,d,e,m '*,F,G &F#T&G\n"
    "QuantizedConv2DWithBiasSumAndReluAndRequantize ,5,c,i,D,E,d,e,f,g,j,k,l '*,F,G &H#T&G\n"
    "QuantizedDepthwiseConv2D ,5,c,D,E,d,e '*,F,G &F#T\n"
    "QuantizedDepthwiseConv2DWithBias ,5,c,h,D,E,d,e '*,F,G &F#T\n"
    "QuantizedDepthwiseConv2DWithBiasAndRelu ,5,c,h,D,E,d,e '*,F,G &F#T&G\n"
    "QuantizedDepthwiseConv2DWithBiasAndReluAndRequantize ,5,c,i,D,E,d,e,f,g '*,F,G &H#T&G\n"
    "QuantizedInstanceNorm !#,n,o !$,p,q &J&K&L&M&N\n"
    "QuantizedMatMul ,r,s,t,u,v,w ,x,_,` &E%Z%[&O\n",
    "QuantizedMatMulWithBias ,r,s,i,t,u,v,w ,x,_,` &E%Z%[&P\n"
    "QuantizedMatMulWithBiasAndDequantize ,r,s,i,t,u,v,w,f,g ,x %Z%[&P\n"
    "QuantizedMatMulWithBiasAndRelu ,r,s,h,t,u,v,w ,x,_,` &E%Z%[&P\n"
    "QuantizedMatMulWithBiasAndReluAndRequantize ,r,s,i,t,u,v,w,f,g ,x,_,` &Q%Z%[&P\n"
    "QuantizedMatMulWithBiasAndRequantize ,r,s,i,t,u,v,w,f,g ,x,_,` &Q%Z%[&P\n"
    "QuantizedMaxPool !D,D,E !9,F,G -\n"
    "QuantizedMul ,:,;,<,=,>,@ ,A,B,C &E\n"
    "QuantizedRelu ,y,z,{ ,|,},~ &H\n"
    "QuantizedRelu6 ,y,z,{ ,|,},~ &H\n"
    "QuantizedReluX ,y!7,z,{ ,|,},~ &H\n"
    "QuantizedReshape %>%Q,6,7 !9,8,9 #=\n"
    "QuantizedResizeBilinear !4#3&^&_ -!-#-$ &R&S\n"
    "QueueClose !' - !k\n"
    "QueueCloseV2 !H - !k !\n"
    "QueueDequeue !' -% !n\n"
    "QueueDequeueMany !'+H -% !n\n"
    "QueueDequeueManyV2 !H+H -% !n !\n"
    "QueueDequeueUpTo !'+H -% !n\n"
    "QueueDequeueUpToV2 !H+H -% !n !\n"
    "QueueDequeueV2 !H -% !n !\n"
    "QueueEnqueue !'%f - !n\n"
    "QueueEnqueueMany !'%f - !n\n"
    "QueueEnqueueManyV2 !H%f - !n !\n"
    "QueueEnqueueV2 !H%f - !n !\n"
    "QueueIsClosed !' -& -\n"
    "QueueIsClosedV2 !H -& - !\n"
    "QueueSize !' #3 -\n"
    "QueueSizeV2 !H #3 - !\n"
    "RFFT -'(= (< %<$|\n"
    "RFFT2D -'(= (< %<$|\n"
    "RFFT3D -'(= (< %<$|\n"
    "RFFTND -'(=(> (< %<$|\n",
    "RGBToHSV !4 !9 !&\n"
    "RaggedBincount &--('3#c !9 $J\n"
    "RaggedCountSparseOutput &-!o'4 '5'6'7 $K$L\n"
    "RaggedCross -)-*+c-+-,-- -.-/ -\n"
    "RaggedFillEmptyRows -0!o-1-2 -3-4-5-6 -\n"
    "RaggedFillEmptyRowsGrad -6-7 -8-9 -\n"
    "RaggedGather -:-;)4 -<-= &T\n"
    "RaggedRange ->-@-A -B-C !I&T\n"
    "RaggedTensorFromVariant -D -E-= &T\n"
    "RaggedTensorToSparse -F-C !/!0-G &T\n"
    "RaggedTensorToTensor %Q!o-2-H #P -\n"
    "RaggedTensorToVariant -F-I -D &T\n"
    "RaggedTensorToVariantGradient -J-K-L -M &T\n"
    "RandomCrop &>*` !9 !)!* !\n"
    "RandomDataset !L!M !y !r !\n"
    "RandomDatasetV2 !L!M)W !y &U!r !\n"
    "RandomGamma -N!c !9 !)!* !\n"
    "RandomGammaGrad !c-O !9 -\n"
    "RandomIndexShuffle -P-Q-R %y &V\n"
    "RandomPoisson -N-S %y !)!* !\n"
    "RandomPoissonV2 -N-T %y !)!*&W%r !\n"
    "RandomShuffle !| !9 !)!* !\n"
    "RandomShuffleQueue - !' !i!j&X!)!*!$!% !\n"
    "RandomShuffleQueueV2 - !H !i!j&X!)!*!$!% !\n"
    "RandomStandardNormal +Y %y !)!* !\n"
    "RandomUniform +Y %y !)!* !\n"
    "RandomUniformInt +Y-U-V !F !)!* !\n"
    "Range -W-X-Y -Z !(\n"
    "RangeDataset -[-]-^ !y !r&Y !\n"
    "Rank !D $o -\n"
    "ReadFile %6 &z -\n"
    "ReadVariableOp !~ #! - !\n",
    "ReadVariableXlaSplitND !~ -_ !E !\n"
    "ReaderNumRecordsProduced (W -` -\n"
    "ReaderNumRecordsProducedV2 (X -` - !\n"
    "ReaderNumWorkUnitsCompleted (W -a -\n"
    "ReaderNumWorkUnitsCompletedV2 (X -a - !\n"
    "ReaderRead (W-b (G(H -\n"
    "ReaderReadUpTo (W-b-c #4-d -\n"
    "ReaderReadUpToV2 (X-e-c #4-d - !\n"
    "ReaderReadV2 (X-e (G(H - !\n"
    "ReaderReset (W - -\n"
    "ReaderResetV2 (X - - !\n"
    "ReaderRestoreState (W-f - -\n"
    "ReaderRestoreStateV2 (X-f - - !\n"
    "ReaderSerializeState (W -f -\n"
    "ReaderSerializeStateV2 (X -f - !\n"
    "Real !D !F !+!,\n"
    "RealDiv !#!$ !. -\n"
    "RebatchDataset !w(* !y $u\n"
    "RebatchDatasetV2 !w-g#> !y -\n"
    "Reciprocal !# !$ -\n"
    "ReciprocalGrad !$)w !. -\n"
    "RecordInput - &~ &Z&[&]&^&_$2 !\n"
    "Recv - -h &` !\n"
    "RecvTPUEmbeddingActivations - -i - !\n"
    "ReduceDataset !w(+%B &t $r!r !\n"
    "ReduceJoin -j-k !t !'&a\n"
    "RefEnter -l &v $l$m\n"
    "RefExit -l &v -\n"
    "RefIdentity &u &v -\n"
    "RefIn -m - -\n"
    "RefInputFloatInput -n(P - -\n"
    "RefInputFloatInputIntOutput -n(P ([ -\n",
    "RefInputIntInput -o(Z - -\n"
    "RefMerge -p &v*w -\n"
    "RefNextIteration -l &v -\n"
    "RefOut - -m -\n"
    "RefOutput - -o -\n"
    "RefOutputFloatOutput - -n(P -\n"
    "RefSelect $q-p &v -\n"
    "RefSwitch -l-q -r-s -\n"
    "RegexFullMatch &}*k !> -\n"
    "RegexReplace &}*k-t !t &b\n"
    "RegisterDataset &s&h&i &f &c!r\n"
    "RegisterDatasetV2 &s&h&i &o &c&d!r\n"
    "Relayout !D !9 -\n"
    "RelayoutLike !D-u !9 -\n"
    "Relu 'i 'j -\n"
    "Relu6 'i 'j -\n"
    "Relu6Grad 'k'i 'm -\n"
    "ReluGrad 'k'i 'm -\n"
    "RemoteCall -v%8 %; - !\n"
    "RepeatDataset !w-w !y !r\n"
    "RequantizationRange ,5,6,7 ,8,9 -\n"
    "RequantizationRangePerChannel !D,6,7 ,8,9 &e\n"
    "Requantize ,5,6,7-x-y '*,8,9 -\n"
    "RequantizePerChannel !D,6,7-x-y '*,8,9 &e&H\n"
    "RequiresOlderGraphVersion - )X - !\n"
    "ReservedAttr - - -\n"
    "ReservedInput *' - -\n"
    "Reshape %>%Q !9 #=\n"
    "ResizeArea !4#3 -z &R\n"
    "ResizeBicubic !4#3 -z &R&S\n"
    "ResizeBicubicGrad &C-{ !9 &R&S\n"
    "ResizeBilinear !4#3 -z &R&S\n",
    "ResizeBilinearGrad &C-{ !9 &R&S\n"
    "ResizeNearestNeighbor !4#3 -! &R&S\n"
    "ResizeNearestNeighborGrad -|#3 !9 &R&S\n"
    "ResourceAccumulatorApplyGradient !H!(!) - - !\n"
    "ResourceAccumulatorNumAccumulated !H !* - !\n"
    "ResourceAccumulatorSetGlobalStep !H!+ - - !\n"
    "ResourceAccumulatorTakeGradient !H!, !- - !\n"
    "ResourceApplyAdaMax -}-~.!!R!S!T!U!V!W - !0 !\n"
    "ResourceApplyAdadelta -}.#.$!S![!V!W - !0 !\n"
    "ResourceApplyAdagrad -}.#!S!W - !0!1 !\n"
    "ResourceApplyAdagradDA -}.%.&!W!S!_!`!a - !0 !\n"
    "ResourceApplyAdagradV2 -}.#!S!V!W - !0!1 !\n"
    "ResourceApplyAdam -}-~.!!R!b!S!T!U!V!W - !0!2 !\n"
    "ResourceApplyAdamWithAmsgrad -}-~.!.'!R!b!S!T!U!V!W - !0 !\n"
    "ResourceApplyAddSign -}-~!S!c!d!e!W - !0 !\n"
    "ResourceApplyCenteredRMSProp -}.(.).*!S![!i!V!W - !0 !\n"
    "ResourceApplyFtrl -}.#.+!W!S!_!`!k - !0!3 !\n"
    "ResourceApplyFtrlV2 -}.#.+!W!S!_!`!l!k - !0!3 !\n"
    "ResourceApplyGradientDescent -}!c!m - !0 !\n"
    "ResourceApplyKerasMomentum -}.#!S!W!i - !0!2 !\n"
    "ResourceApplyMomentum -}.#!S!W!i - !0!2 !\n"
    "ResourceApplyPowerSign -}-~!S!n!d!e!W - !0 !\n"
    "ResourceApplyProximalAdagrad -}.#!S!_!`!W - !0 !\n"
    "ResourceApplyProximalGradientDescent -}!c!_!`!m - !0 !\n"
    "ResourceApplyRMSProp -}.).*!S![!i!V!W - !0 !\n"
    "ResourceConditionalAccumulator - !H !$!%#E !\n"
    "ResourceCountUpTo !~ !9 - !\n"
    "ResourceCreateOp !~ - - !\n"
    "ResourceGather !~)4 %y %6$M !\n"
    "ResourceGatherNd !~)4 %y - !\n"
    "ResourceInitializedOp !~ ., - !\n"
    "ResourceScatterAdd !~)4.- - - !\n",
    "ResourceScatterDiv !~)4.- - - !\n"
    "ResourceScatterMax !~)4.- - - !\n"
    "ResourceScatterMin !~)4.- - - !\n"
    "ResourceScatterMul !~)4.- - - !\n"
    "ResourceScatterNdAdd ..)4./ - !C%5 !\n"
    "ResourceScatterNdMax ..)4./ - !C%5 !\n"
    "ResourceScatterNdMin ..)4./ - !C%5 !\n"
    "ResourceScatterNdSub ..)4./ - !C%5 !\n"
    "ResourceScatterNdUpdate ..)4./ - !C%5 !\n"
    "ResourceScatterSub !~)4.- - - !\n"
    "ResourceScatterUpdate !~)4.- - - !\n"
    "ResourceSparseApplyAdadelta -}.#.$!S![!V!W)4 - !0 !\n"
    "ResourceSparseApplyAdagrad -}.#!S!W)4 - !0!1 !\n"
    "ResourceSparseApplyAdagradDA -}.%.&!W)4!S!_!`!a - !0 !\n"
    "ResourceSparseApplyAdagradV2 -}.#!S!V!W)4 - !0!1 !\n"
    "ResourceSparseApplyCenteredRMSProp -}.(.).*!S![!i!V!W)4 - !0 !\n"
    "ResourceSparseApplyFtrl -}.#.+!W)4!S!_!`!k - !0!3 !\n"
    "ResourceSparseApplyFtrlV2 -}.#.+!W)4!S!_!`!l!k - !0!3 !\n"
    "ResourceSparseApplyKerasMomentum -}.#!S!W)4!i - !0!2 !\n"
    "ResourceSparseApplyMomentum -}.#!S!W)4!i - !0!2 !\n"
    "ResourceSparseApplyProximalAdagrad -}.#!S!_!`!W)4 - !0 !\n"
    "ResourceSparseApplyProximalGradientDescent -}!c!_!`!W)4 - !0 !\n"
    "ResourceSparseApplyRMSProp -}.).*!S![!i!V!W)4 - !0 !\n"
    "ResourceStridedSliceAssign ...0.1.2!| - &f&g&h&i&j !\n"
    "ResourceUsingOp !~ - - !\n"
    "Restore .3.4 .5 &k !\n"
    "RestoreSlice .3.4.6 .5 &k !\n"
    "RestoreV2 &b&c&d &e - !\n"
    "Restrict #% #a -\n"
    "RetrieveAllTPUEmbeddingParameters - *7*8*9*:*;*<*=*> - !\n"
    "RetrieveTPUEmbeddingADAMParameters - *H*I*J %S%T%H !\n"
    "RetrieveTPUEmbeddingAdadeltaParameters - *H*K*L %S%T%H !\n",
    "RetrieveTPUEmbeddingAdagradMomentumParameters - *H*K*I %S%T%H !\n"
    "RetrieveTPUEmbeddingAdagradParameters - *H*K %S%T%H !\n"
    "RetrieveTPUEmbeddingCenteredRMSPropParameters - *H*M*N*O %S%T%H !\n"
    "RetrieveTPUEmbeddingFTRLParameters - *H*K*P %S%T%H !\n"
    "RetrieveTPUEmbeddingFrequencyEstimatorParameters - *H*Q %S%T%H !\n"
    "RetrieveTPUEmbeddingMDLAdagradLightParameters - *H*K%k*R %S%T%H !\n"
    "RetrieveTPUEmbeddingMomentumParameters - *H*I %S%T%H !\n"
    "RetrieveTPUEmbeddingProximalAdagradParameters - *H*K %S%T%H !\n"
    "RetrieveTPUEmbeddingProximalYogiParameters - *H*S*T %S%T%H !\n"
    "RetrieveTPUEmbeddingRMSPropParameters - *H*M*N %S%T%H !\n"
    "RetrieveTPUEmbeddingStochasticGradientDescentParameters - *H %S%T%H !\n"
    "Reverse %>.7 !9 -\n"
    "ReverseSequence !D.8 !9 &l&m\n"
    "ReverseV2 %>%q !9 !(\n"
    "RewriteDataset !w.9 !y -\n"
    "RightShift !#!$ !. -\n"
    "Rint !# !$ -\n"
    "RiscAbs !# !$ -\n"
    "RiscAdd !#!$ !. -\n"
    "RiscBinaryArithmetic !#!$ !. -\n"
    "RiscBinaryComparison !#!$ !q -\n"
    "RiscBitcast %< %= -\n"
    "RiscBroadcast !D$n !9 !(\n"
    "RiscCast %< %= -\n"
    "RiscCeil !# !$ -\n"
    "RiscCholesky !D !9 -\n"
    "RiscConcat %n%q !9 !(\n"
    "RiscCondition -q.:.; .< -\n"
    "RiscConv !D%{ !9 !e#T\n"
    "RiscCos !# !$ -\n"
    "RiscDiv !#!$ !. -\n"
    "RiscDot #%#^ &E %Z%[\n",
    "RiscExp !# !$ -\n"
    "RiscFft (; (< $|\n"
    "RiscFloor !# !$ -\n"
    "RiscGather )3)4)6 )5 %6\n"
    "RiscImag !D !F !+!,\n"
    "RiscIsFinite !# )y -\n"
    "RiscLog !# !$ -\n"
    "RiscLogicalAnd *Y)y !q -\n"
    "RiscLogicalNot *Y !q -\n"
    "RiscLogicalOr *Y)y !q -\n"
    "RiscMax !#!$ .= -\n"
    "RiscMin !#!$ !. -\n"
    "RiscMul !#!$ !. -\n"
    "RiscNeg !# !$ -\n"
    "RiscPad !D*}+U !9 %j\n"
    "RiscPool !| !9 !e\n"
    "RiscPow !#!$ !. -\n"
    "RiscRandomUniform +Y !8 !)\n"
    "RiscReal !D !F !+!,\n"
    "RiscReduce %>.> !9 &n\n"
    "RiscRem !#!$ !. -\n"
    "RiscReshape %>%Q !9 #=\n"
    "RiscReverse %>%q !9 !(\n"
    "RiscScatter )4./.@ !9 -\n"
    "RiscShape !D '* %U\n"
    "RiscSign !# !$ -\n"
    "RiscSlice !D.0.A !9 -\n"
    "RiscSort !D.> !9 &n\n"
    "RiscSqueeze !D !9 &o\n"
    "RiscSub !#!$ !. -\n"
    "RiscTranspose !#%w !$ #M\n"
    "RiscTriangularSolve #1#2 !9 !g!h\n",
    "RiscUnary !# !$ -\n"
    "RiscWhile (b (c #7$m !\n"
    "RngReadAndSkip !~.B.C .D - !\n"
    "RngSkip !~.E.F - - !\n"
    "Roll !D.G)6 !9 -\n"
    "Round !# !$ -\n"
    "RpcCall .H.I%8.J .K!I - !\n"
    "RpcCheckStatus .L .M.N - !\n"
    "RpcClient .O.J .H.P !%&p !\n"
    "RpcGetValue .L %; - !\n"
    "RpcServer .O .Q - !\n"
    "RpcServerRegister .Q.I.R - &q&r !\n"
    "RpcServerStart .Q - - !\n"
    "Rsqrt !# !$ -\n"
    "RsqrtGrad !$)w !. -\n"
    "SampleDistortedBoundingBox .S.T .U.V.W !)!*&s&t&u&v&w !\n"
    "SampleDistortedBoundingBoxV2 .S.T.X .U.V.W !)!*&t&u&v&w !\n"
    "SamplingDataset !w.Y!L!M !y -\n"
    "Save %6&c!v - - !\n"
    "SaveDataset !w*F.Z - %R&x !\n"
    "SaveDatasetV2 !w*F.Z !y %R&x !\n"
    "SaveSlices %6&c.[!v - - !\n"
    "SaveV2 &b&c&d&e - - !\n"
    "ScalarSummary .]!o #, -\n"
    "ScaleAndTranslate !4#3!;.^ -z &y&z\n"
    "ScaleAndTranslateGrad -|-{!;.^ !9 &y&z\n"
    "ScanDataset !w(+%B !y $q&{!r\n"
    "ScatterAdd !{)4./ !} !0\n"
    "ScatterDiv !{)4./ !} !0\n"
    "ScatterMax !{)4./ !} !0\n"
    "ScatterMin !{)4./ !} !0\n"
    "ScatterMul !{)4./ !} !0\n",
    "ScatterNd )4./.@ !9 %5\n"
    "ScatterNdAdd !{)4./ !} !0%5\n"
    "ScatterNdMax !{)4./ !} !0%5\n"
    "ScatterNdMin !{)4./ !} !0%5\n"
    "ScatterNdNonAliasingAdd !D)4./ !9 %5\n"
    "ScatterNdSub !{)4./ !} !0%5\n"
    "ScatterNdUpdate !{)4./ !} !C%5\n"
    "ScatterSub !{)4./ !} !0\n"
    "ScatterUpdate !{)4./ !} !C\n"
    "SdcaFprint &} &w -\n"
    "SdcaOptimizer ._.`.a.b$O.c.d.e.f.g .h.i.j &|\n"
    "SdcaOptimizerV2 ._.`.a.b$O.c.d.e.f.g .h.i.j &}\n"
    "SdcaShrinkL1 .k - -\n"
    "SegmentMax %M.l !9 -\n"
    "SegmentMaxV2 %M.l.m !9 &~\n"
    "SegmentMean %M.l !9 -\n"
    "SegmentMin %M.l !9 -\n"
    "SegmentMinV2 %M.l.m !9 &~\n"
    "SegmentProd %M.l !9 -\n"
    "SegmentProdV2 %M.l.m !9 &~\n"
    "SegmentSum %M.l !9 -\n"
    "SegmentSumV2 %M.l.m !9 &~\n"
    "Select !u#L#W !9 -\n"
    "SelectV2 !u#L#W !9 -\n"
    "SelfAdjointEig !D !9 -\n"
    "SelfAdjointEigV2 !D #W#N ##\n"
    "Selu 'i 'j -\n"
    "SeluGrad 'k'l 'm -\n"
    "Send %> - &` !\n"
    "SendTPUEmbeddingGradients .n.o - '! !\n"
    "SerializeIterator 'F 'G #s !\n"
    "SerializeManySparse !/!0!1 .p '#\n",
    "SerializeSparse !/!0!1 .p '#\n"
    "SerializeTensor %> +_ -\n"
    "SetSize .q.r.s #3 $M\n"
    "SetStatsAggregatorDataset !w(,#*(- !y - !\n"
    "Shape !D '* %U\n"
    "ShapeN .t .u %U\n"
    "ShardDataset !w.v#/ !y '$!r\n"
    "ShardedFilename .w.x.y %6 -\n"
    "ShardedFilespec .w.y %6 -\n"
    "ShuffleAndRepeatDataset !w${!L!M-w !y %9!r\n"
    "ShuffleAndRepeatDatasetV2 !w${!L!M-w)W !y %9!r !\n"
    "ShuffleDataset !w${!L!M !y %9!r\n"
    "ShuffleDatasetV2 !w${)W !y !r !\n"
    "ShuffleDatasetV3 !w${!L!M)W !y %9!r !\n"
    "ShutdownDistributedTPU - - - !\n"
    "ShutdownTPUSystem - .z - !\n"
    "Sigmoid !# !$ -\n"
    "SigmoidGrad !$)w !. -\n"
    "Sign !# !$ -\n"
    "Simple )v !! -\n"
    "SimpleStruct - %c -\n"
    "Sin !# !$ -\n"
    "Sinh !# !$ -\n"
    "Size !D '* %U\n"
    "SkipDataset !w-w !y !r\n"
    "Skipgram - .{.|.}.~/!+4+5 '%'&'' !\n"
    "SleepDataset !w(. !y -\n"
    "SleepIdentityOp /#!D !9 - !\n"
    "SleepOp /# - - !\n"
    "Slice !D.0.A !9 -\n"
    "SlidingWindowDataset !w(/(0(1 !y '(\n"
    "Snapshot !D !9 -\n",
    "SnapshotChunkDataset /$ !y %R\n"
    "SnapshotDataset !w*F !y %R')'*'+','-'.'/'0'1!)!*'2'3\n"
    "SnapshotDatasetReader /%/& !y %R\n"
    "SnapshotDatasetV2 !w*F*G.Z !y %R'4'5'6'7!r\n"
    "SnapshotNestedDatasetReader /' !y -\n"
    "SobolSample /(/)/* /+ $Q\n"
    "Softmax *W /, -\n"
    "SoftmaxCrossEntropyWithLogits 'i/- %1#Q -\n"
    "Softplus 'i 'j -\n"
    "SoftplusGrad 'k'i 'm -\n"
    "Softsign 'i 'j -\n"
    "SoftsignGrad 'k'i 'm -\n"
    "SortListOfSparseCoreCooTensors )P)Q)R )I)J&1)K -\n"
    "SpaceToBatch !D*} !9 %j\n"
    "SpaceToBatchND !D#[*} !9 #&%j\n"
    "SpaceToDepth !D !9 !e\n"
    "SparseAccumulatorApplyGradient !'!(/.///0 - -\n"
    "SparseAccumulatorTakeGradient !'!, #6/1/2 -\n"
    "SparseAdd /3/4/5/6/7/8/9 /:/;/< -\n"
    "SparseAddGrad /=/3/6/: />/@ -\n"
    "SparseApplyAdadelta !O!Y!Z!S![!V!W)4 !X !0\n"
    "SparseApplyAdagrad !O!Y!S!W)4 !X !0!1\n"
    "SparseApplyAdagradDA !O!]!^!W)4!S!_!`!a !X !0\n"
    "SparseApplyAdagradV2 !O!Y!S!V!W)4 !X !0!1\n"
    "SparseApplyCenteredRMSProp !O!f!g!h!S![!i!V!W)4 !X !0\n"
    "SparseApplyFtrl !O!Y!j!W)4!S!_!`!k !X !0!3\n"
    "SparseApplyFtrlV2 !O!Y!j!W)4!S!_!`!l!k !X !0!3\n"
    "SparseApplyMomentum !O!Y!S!W)4!i !X !0!2\n"
    "SparseApplyProximalAdagrad !O!Y!S!_!`!W)4 !X !0\n"
    "SparseApplyProximalGradientDescent !O!c!_!`!W)4 !X !0\n"
    "SparseApplyRMSProp !O!g!h!S![!i!V!W)4 !X !0\n"
    "SparseBincount #6-($x'3#c !9 $J\n",
    "SparseConcat /A%n/B '5-4/C -\n"
    "SparseConditionalAccumulator - !' !$!%#E !\n"
    "SparseCountSparseOutput #6!o$x'4 '5'6'7 $K$L\n"
    "SparseCross /A/D/B-- '5/E/C -\n"
    "SparseCrossHashed /A/D/B--$S/F/G '5/H/C -\n"
    "SparseCrossV2 /A/D/B--/I '5/J/C -\n"
    "SparseDenseCwiseAdd /K/L/M/N !9 -\n"
    "SparseDenseCwiseDiv /K/L/M/N !9 -\n"
    "SparseDenseCwiseMul /K/L/M/N !9 -\n"
    "SparseFillEmptyRows #6!o$x-2 '5-4-5-6 -\n"
    "SparseFillEmptyRowsGrad -6-7 -8-9 -\n"
    "SparseMatMul /O/P /Q %Z%['8'9':';\n"
    "SparseMatrixAdd /R/S!c!e /T -\n"
    "SparseMatrixMatMul /R#^ !9 %Z%['<'='>'@\n"
    "SparseMatrixMul /R#^ (J -\n"
    "SparseMatrixNNZ $w /U -\n"
    "SparseMatrixOrderingAMD )p $o -\n"
    "SparseMatrixSoftmax /V /W -\n"
    "SparseMatrixSoftmaxGrad /W/X /Y -\n"
    "SparseMatrixSparseCholesky )p/Z (J -\n"
    "SparseMatrixSparseMatMul /R/S /T %Z%['<'=\n"
    "SparseMatrixTranspose )p (J 'A\n"
    "SparseMatrixZeros $x $w -\n"
    "SparseReduceMax /[/]/^/_ !9 !'\n"
    "SparseReduceMaxSparse /[/]/^/_ '5-4/C !'\n"
    "SparseReduceSum /[/]/^/_ !9 !'\n"
    "SparseReduceSumSparse /[/]/^/_ '5-4/C !'\n"
    "SparseReorder /[/]/^ '5-4 -\n"
    "SparseReshape /[/^/` '5/C -\n"
    "SparseSegmentMean %M/a/b !9 !('B'C\n"
    "SparseSegmentMeanGrad !W/a/b/c !9 !('B\n"
    "SparseSegmentMeanGradV2 !W/a/b/d !9/e !('B\n",
    "SparseSegmentMeanWithNumSegments %M/a/b.m !9 !(&~'B'C\n"
    "SparseSegmentSqrtN %M/a/b !9 !('B'C\n"
    "SparseSegmentSqrtNGrad !W/a/b/c !9 !('B\n"
    "SparseSegmentSqrtNGradV2 !W/a/b/d !9/e !('B\n"
    "SparseSegmentSqrtNWithNumSegments %M/a/b.m !9 !(&~'B'C\n"
    "SparseSegmentSum %M/a/b !9 !('B'C\n"
    "SparseSegmentSumGrad !W/a/b/c !9 !('B\n"
    "SparseSegmentSumGradV2 !W/a/b/d !9/e !('B\n"
    "SparseSegmentSumWithNumSegments %M/a/b.m !9 !(&~'B'C\n"
    "SparseSlice #6!o/2-[*` '5-4/C -\n"
    "SparseSliceGrad /=/[/f'5 /g -\n"
    "SparseSoftmax /K/L/M !9 -\n"
    "SparseSoftmaxCrossEntropyWithLogits 'i/h %1#Q 'D\n"
    "SparseSparseMaximum /3/4/5/6/7/8 '5-4 -\n"
    "SparseSparseMinimum /3/4/5/6/7/8 '5-4 -\n"
    "SparseSplit /i#6!o/2 /j/k/l -\n"
    "SparseTensorDenseAdd /m/4/n#^ !9 -\n"
    "SparseTensorDenseMatMul /m/4/5#^ &E 'E'<'=\n"
    "SparseTensorSliceDataset #6*[$x !y - !\n"
    "SparseTensorToCSRSparseMatrix #6!o$x $w -\n"
    "SparseToDense /o/p!0-2 /N $M\n"
    "SparseToSparseSetOperation /q/r/s'A'B'C '<'='> $M\n"
    "Spence !# !$ -\n"
    "Split /t!| /u -\n"
    "SplitDedupData )p *x*y %H\n"
    "SplitV !|/v/t /u &m\n"
    "SqlDataset (2(3(4 !y - !\n"
    "Sqrt !# !$ -\n"
    "SqrtGrad !$)w !. -\n"
    "Square !# !$ -\n"
    "SquaredDifference !#!$ !. -\n"
    "Squeeze !D !9 &o\n",
    "Stack - !' 'F !\n"
    "StackClose !' - -\n"
    "StackCloseV2 !H - - !\n"
    "StackPop !' /w -\n"
    "StackPopV2 !H /w - !\n"
    "StackPush !'/x !9 'G\n"
    "StackPushV2 !H/x !9 'G !\n"
    "StackV2 /y !H 'F !\n"
    "Stage *i - %W%X!$!% !\n"
    "StageClear - - %W%X!$!% !\n"
    "StagePeek $q *i %W%X!$!% !\n"
    "StageSize - #3 %W%X!$!% !\n"
    "StatefulPartitionedCall %8 %; %H&0&1 !\n"
    "StatefulRandomBinomial !~.E-N/z/{ %y 'H%r !\n"
    "StatefulStandardNormal !~+9 %y $Q%s !\n"
    "StatefulStandardNormalV2 !~.E+9 %y $Q%s !\n"
    "StatefulTruncatedNormal !~.E+9 %y $Q%s !\n"
    "StatefulUniform !~.E+9 %y $Q%s !\n"
    "StatefulUniformFullInt !~.E+9 %y 'I%s !\n"
    "StatefulUniformInt !~.E+9/|/} %y %r%s !\n"
    "StatelessCase %9%: %; #7\n"
    "StatelessIf )_%: %; #7\n"
    "StatelessMultinomial *W+&-Q &y 'J%n\n"
    "StatelessParameterizedTruncatedNormal -N-Q+Z/~+]+^ %y 'J\n"
    "StatelessRandomBinomial -N-Q/z/{ %y 'J'H%r\n"
    "StatelessRandomGammaV2 +Y-Q0! %y 'J\n"
    "StatelessRandomGammaV3 +90#0$.B0! %y 'K\n"
    "StatelessRandomGetAlg - .B - !\n"
    "StatelessRandomGetKeyCounter -Q 0#0$ 'J\n"
    "StatelessRandomGetKeyCounterAlg -Q 0#0$.B 'J\n"
    "StatelessRandomNormal +Y-Q %y $Q!I'J\n"
    "StatelessRandomNormalV2 %Q0#0$.B %y $Q#=\n",
    "StatelessRandomPoisson +Y-Q0% %y 'J\n"
    "StatelessRandomUniform +Y-Q %y $Q!I'J\n"
    "StatelessRandomUniformFullInt +Y-Q %y 'I!I'J\n"
    "StatelessRandomUniformFullIntV2 %Q0#0$.B %y 'I#=\n"
    "StatelessRandomUniformInt +Y-Q/|/} %y 'J\n"
    "StatelessRandomUniformIntV2 %Q0#0$.B/|/} %y #=\n"
    "StatelessRandomUniformV2 %Q0#0$.B %y $Q#=\n"
    "StatelessSampleDistortedBoundingBox .S.T.X-Q .U.V.W &t&u&v&w\n"
    "StatelessShuffle !|0#0$.B !9 -\n"
    "StatelessTruncatedNormal +Y-Q %y $Q!I'J\n"
    "StatelessTruncatedNormalV2 %Q0#0$.B %y $Q#=\n"
    "StatelessWhile (b (c #7$m\n"
    "StaticRegexFullMatch &} !> -\n"
    "StaticRegexReplace &} !t &b\n"
    "StatsAggregatorHandle - !H !$!% !\n"
    "StatsAggregatorHandleV2 - !H !$!% !\n"
    "StatsAggregatorSetSummaryWriter (,0& - - !\n"
    "StatsAggregatorSummary (5 #, - !\n"
    "StochasticCastToInt 0'0#0$.B !F -\n"
    "StopGradient !D !9 -\n"
    "StoreMinibatchStatisticsInFdo )H)L)M - - !\n"
    "StridedSlice !D.0.1.2 !9 &f&g&h&i&j\n"
    "StridedSliceAssign !{.0.1.2!| !} &f&g&h&i&j\n"
    "StridedSliceGrad 0(.0.1.2)w !9 &f&g&h&i&j\n"
    "StringFormat 0) !t 'L'M!A\n"
    "StringJoin *z !t &a\n"
    "StringLength &} $o 'N\n"
    "StringListAttr - - -\n"
    "StringLower &} !t %(\n"
    "StringNGrams 0*0+ 0,0- &T\n"
    "StringSplit &}0. #6-d/2 'O\n"
    "StringSplitV2 &}/I #6-d/2 'P\n",
    "StringStrip &} !t -\n"
    "StringToHashBucket 0/ &w -\n"
    "StringToHashBucketFast &} &w -\n"
    "StringToHashBucketStrong &} &w -\n"
    "StringToNumber 0/ '* 'Q\n"
    "StringUpper &} !t %(\n"
    "StubResourceHandleOp - !~ !$!% !\n"
    "Sub !#!$ !. -\n"
    "Substr &}0001 !t 'N\n"
    "Sum !D!= !9 !'!(\n"
    "SummaryWriter - %F !%!$ !\n"
    "Svd !D #X#Y#N #$#%\n"
    "Switch %M-q 0203 -\n"
    "SymbolicGradient %: %; -\n"
    "SyncDevice - - - !\n"
    "TFRecordDataset $y$z${ !y !r !\n"
    "TFRecordDatasetV2 $y$z${04 !y !r !\n"
    "TFRecordReader - (W !$!%$2 !\n"
    "TFRecordReaderV2 - (X !$!%$2 !\n"
    "TPUAnnotateTensorsWithDynamicShape 05 06 - !\n"
    "TPUCompilationResult - !t -\n"
    "TPUCompile 0708 090:0; - !\n"
    "TPUCompileSucceededAssert 09 - - !\n"
    "TPUCopyWithDynamicShape 050< 06 - !\n"
    "TPUDummyInput - %y - !\n"
    "TPUEmbeddingActivations 0=0> !8 -\n"
    "TPUExecute 0@(G 0A - !\n"
    "TPUExecuteAndUpdateVariables 0@(G 0A - !\n"
    "TPUOrdinalSelector - 0B - !\n"
    "TPUPartitionedCall %8'Y %; 'R\n"
    "TPUPartitionedInput !% !9 'S\n"
    "TPUPartitionedInputV2 !% !9 'T\n",
    "TPUPartitionedOutput %& 0C 'S\n"
    "TPUPartitionedOutputV2 %& 0C -\n"
    "TPUReplicateMetadata - - 'U'V'W'X'Y'Z'[']'^'_'`'a\n"
    "TPUReplicatedInput !% !9 'b'c'T\n"
    "TPUReplicatedOutput !D 0D -\n"
    "TPUReshardVariables 0E0F0G - - !\n"
    "TPURoundRobin - 'Y - !\n"
    "TakeDataset !w-w !y !r\n"
    "TakeManySparseFromTensorsMap !2 !/'I!1 !$!% !\n"
    "TakeWhileDataset !w%B !y !r\n"
    "Tan !# !$ -\n"
    "Tanh !# !$ -\n"
    "TanhGrad !$)w !. -\n"
    "TemporaryVariable - )} 'd !\n"
    "TensorArray #3 !' 'e'f'g'h !\n"
    "TensorArrayClose !' - -\n"
    "TensorArrayCloseV2 '1 - -\n"
    "TensorArrayCloseV3 !H - - !\n"
    "TensorArrayConcat !'0H #!0I 'i\n"
    "TensorArrayConcatV2 '10H #!0I 'i\n"
    "TensorArrayConcatV3 !H0H #!0I 'i !\n"
    "TensorArrayGather !'!p0H #! 'h\n"
    "TensorArrayGatherV2 '1!p0H #! 'h\n"
    "TensorArrayGatherV3 !H!p0H #! 'h !\n"
    "TensorArrayGrad '10H 0J - !\n"
    "TensorArrayGradV2 '10H 0K - !\n"
    "TensorArrayGradV3 !H0H 0L0M - !\n"
    "TensorArrayGradWithShape !H0H0N 0L0M - !\n"
    "TensorArrayPack !'0H #! 'h\n"
    "TensorArrayRead !'$q0H #! -\n"
    "TensorArrayReadV2 '1$q0H #! -\n"
    "TensorArrayReadV3 !H$q0H #! - !\n",
    "TensorArrayScatter !'!p!|0H 0M -\n"
    "TensorArrayScatterV2 '1!p!|0H 0M -\n"
    "TensorArrayScatterV3 !H!p!|0H 0M - !\n"
    "TensorArraySize !'0H #3 -\n"
    "TensorArraySizeV2 '10H #3 -\n"
    "TensorArraySizeV3 !H0H #3 - !\n"
    "TensorArraySplit !'!|0I0H 0M -\n"
    "TensorArraySplitV2 '1!|0I0H 0M -\n"
    "TensorArraySplitV3 !H!|0I0H 0M - !\n"
    "TensorArrayUnpack !'!|0H 0M -\n"
    "TensorArrayV2 #3 '1 'h'e'f'g !\n"
    "TensorArrayV3 #3 !H0O 'h'e'f'j'g !\n"
    "TensorArrayWrite !'$q!|0H 0M -\n"
    "TensorArrayWriteV2 '1$q!|0H 0M -\n"
    "TensorArrayWriteV3 !H$q!|0H 0M - !\n"
    "TensorDataset +Q !y !r !\n"
    "TensorListConcat 0P 0Q0I 'h\n"
    "TensorListConcatLists 0R0S (J -\n"
    "TensorListConcatV2 0P'o0T 0Q0I -\n"
    "TensorListElementShape 0P 'o -\n"
    "TensorListFromTensor 0Q'o 0U -\n"
    "TensorListGather 0P!p0V 0W -\n"
    "TensorListGetItem 0P$q0X 0Y #=\n"
    "TensorListLength 0P 0Z -\n"
    "TensorListPopBack 0P0V 0U0Q -\n"
    "TensorListPushBack 0P0Q 0U -\n"
    "TensorListPushBackBatch 0[0Q 0] -\n"
    "TensorListReserve 'o#5 !y -\n"
    "TensorListResize 0P#3 0U -\n"
    "TensorListScatter 0Q!p'o 0U -\n"
    "TensorListScatterIntoExistingList 0P0Q!p 0U -\n"
    "TensorListScatterV2 0Q!p'o#5 0U -\n",
    "TensorListSetItem 0P$q0Y 0U 'k\n"
    "TensorListSplit 0Q'o0I 0U -\n"
    "TensorListStack 0P0V 0Q 'l\n"
    "TensorMapErase 0P0^ 0U -\n"
    "TensorMapHasKey 0P0^ 0_ -\n"
    "TensorMapInsert 0P0^0` 0U -\n"
    "TensorMapLookup 0P0^ 0` -\n"
    "TensorMapSize 0P #3 -\n"
    "TensorMapStackKeys 0P 0a -\n"
    "TensorScatterAdd %>)4./ !9 %5\n"
    "TensorScatterMax %>)4./ !9 %5\n"
    "TensorScatterMin %>)4./ !9 %5\n"
    "TensorScatterSub %>)4./ !9 %5\n"
    "TensorScatterUpdate %>)4./ !9 %5\n"
    "TensorSliceDataset +Q !y 'm!r&Y !\n"
    "TensorStridedSliceUpdate !D.0.1.2!| !9 &f&g&h&i&j\n"
    "TensorSummary %> #, 'n'o'p\n"
    "TensorSummaryV2 #*%>0b #, -\n"
    "TestAttr - #a - !\n"
    "TestStringOutput #( +++, -\n"
    "TextLineDataset $y$z${ !y !r !\n"
    "TextLineReader - (W 'q!$!% !\n"
    "TextLineReaderV2 - (X 'q!$!% !\n"
    "ThreadPoolDataset !w(6 !y - !\n"
    "ThreadPoolHandle - !H $v!$!% !\n"
    "ThreadUnsafeUnigramCandidateSampler !@ !A!B!C !)!* !\n"
    "Tile !D0c !9 'r\n"
    "TileGrad !D0d !9 -\n"
    "Timestamp - 0e - !\n"
    "ToBool !D !> -\n"
    "TopK !D !o!p 's\n"
    "TopKUnique #( 0f0g -\n",
    "TopKV2 !D0h !o0i 's't%#\n"
    "TopKWithUnique #( 0f0g -\n"
    "TpuHandleToProtoKey 0j 0k -\n"
    "Transpose !#%w !$ #M\n"
    "TridiagonalMatMul 0l0m0n#2 !9 -\n"
    "TridiagonalSolve 0o#2 !9 'u'v\n"
    "TruncateDiv !#!$ !. -\n"
    "TruncateMod !#!$ !. -\n"
    "TruncatedNormal +Y %y !)!* !\n"
    "TwoFloatInputs (O(P - -\n"
    "TwoFloatInputsFloatOutput (O(P (Q -\n"
    "TwoFloatInputsIntOutput (O(P ([ -\n"
    "TwoFloatOutputs - (O(P -\n"
    "TwoIntInputs )v(Z - -\n"
    "TwoIntOutputs - )v(Z -\n"
    "TwoRefsIn -m0p - -\n"
    "TypeList *5 - -\n"
    "TypeListRestrict *5 - -\n"
    "TypeListTwice *50q - -\n"
    "Unary #% #^ -\n"
    "Unbatch 0r#:#; 0s !$!%\n"
    "UnbatchDataset !w !y !r\n"
    "UnbatchGrad 0t#:!W#; 0u !$!%\n"
    "UncompressElement %i &t -\n"
    "UnicodeDecode &} -K0v 'w'x'y&T\n"
    "UnicodeDecodeWithOffsets &} -K0v0w 'w'x'y&T\n"
    "UnicodeEncode 0x0y !t 'w'x&T\n"
    "UnicodeScript *' $o -\n"
    "UnicodeTranscode &} !t 'w'x'y\n"
    "UniformCandidateSampler !@ !A!B!C !)!* !\n"
    "UniformDequantize 0'0z0{ !F 'z\n"
    "UniformQuantize 0'0z0{ !F 'z\n",
    "UniformQuantizedAdd 0|#20}0~1!1#1$1% !9 '{'|'}\n"
    "UniformQuantizedClipByValue 1&1'.=0z0{ !9 'z\n"
    "UniformQuantizedConvolution 1(1)0}0~1!1#1$1% !F '~(!(#($(%(&(''{'|'}\n"
    "UniformQuantizedConvolutionHybrid 1*1+1!1# !F '~(!(#($(%(&(''|\n"
    "UniformQuantizedDot 1(1)0}0~1!1#1$1% !F '{'|'}\n"
    "UniformQuantizedDotHybrid 1*1+1!1# !F '|\n"
    "UniformRequantize 0'1,1-1$1% !F (('}\n"
    "Unique !# !$*4 %P\n"
    "UniqueDataset !w !y !r\n"
    "UniqueV2 !#)6 !$*4 ()%P\n"
    "UniqueWithCounts !# !$*41. %P\n"
    "UniqueWithCountsV2 !#)6 !$*41. ()%P\n"
    "Unpack !| 1/ %z\n"
    "UnravelIndex /a10 -Z !(\n"
    "UnsortedSegmentJoin -j.l.m !t &a&~\n"
    "UnsortedSegmentMax %M.l.m !9 &~\n"
    "UnsortedSegmentMin %M.l.m !9 &~\n"
    "UnsortedSegmentProd %M.l.m !9 &~\n"
    "UnsortedSegmentSum %M.l.m !9 &~\n"
    "Unstage - *i %W%X!$!% !\n"
    "UnwrapDatasetVariant 0P 0U -\n"
    "UpdateTaskIdAndGlobalCoreArray 11 - - !\n"
    "UpperBound *a!o '* %U\n"
    "VarHandleOp - !~ !$!%(*(+ !\n"
    "VarIsInitializedOp !~ )x - !\n"
    "Variable - )} !$!% !\n"
    "VariableShape 12 '* %U !\n"
    "VariableV2 - )} !$!% !\n"
    "WeightedFlatMapDataset %C13 !y !r\n"
    "Where !D #/ %p\n"
    "While (b (c #7$m !\n"
    "WholeFileReader - (W !$!% !\n",
    "WholeFileReaderV2 - (X !$!% !\n"
    "WindowDataset !w*`1415#> !y !r\n"
    "WindowOp *~ !y -\n"
    "WorkerHeartbeat 16 17 - !\n"
    "WrapDatasetVariant 0P 0U -\n"
    "WriteAudioSummary %F-^#*#+#- - !b !\n"
    "WriteFile %6&z - - !\n"
    "WriteGraphSummary %F-^18 - - !\n"
    "WriteHistogramSummary %F-^#*!o - !& !\n"
    "WriteImageSummary %F-^#*%>19 - %>!& !\n"
    "WriteRawProtoSummary %F-^18 - - !\n"
    "WriteScalarSummary %F-^#*!| - - !\n"
    "WriteSummary %F-^%>#*1: - - !\n"
    "Xdivy !#!$ !. -\n"
    "XlaAllReduce !D!E !9 -\n"
    "XlaBroadcastHelper 0|#21; 1<1= -\n"
    "XlaCallModule %8 %; (,(-(.(/(0'` !\n"
    "XlaClusterOutput !D 'l -\n"
    "XlaConcatND !% !9 !E\n"
    "XlaConv 0|#21>1@1A1B1C !9 -\n"
    "XlaConvV2 1D1E1>1@1A1B1C 1F (%\n"
    "XlaCustomCall 1G %y -\n"
    "XlaCustomCallV2 1H 1I -\n"
    "XlaDequantize 1J 1K - !\n"
    "XlaDot 0|#2 !9 -\n"
    "XlaDotV2 1D1E 1F -\n"
    "XlaDynamicSlice !D1L1M !9 -\n"
    "XlaDynamicUpdateSlice !D1N)4 !9 -\n"
    "XlaEinsum #%#^ &E -\n"
    "XlaGather 1&1L1O !9 -\n"
    "XlaHostCompute *~ +! (1(2(3(4 !\n"
    "XlaIf )_1P %; - !\n",
    "XlaKeyValueSort 1Q1R 1S1T -\n"
    "XlaLaunch 1U0@1V 0A - !\n"
    "XlaLaunchV2 0@ 0A -\n"
    "XlaOptimizationBarrier (b (c -\n"
    "XlaPad !D*o1W1X1Y !9 -\n"
    "XlaRecv - )d - !\n"
    "XlaRecvFromHost - 1Z - !\n"
    "XlaRecvTPUEmbeddingActivations 1[ 1] - !\n"
    "XlaRecvTPUEmbeddingActivationsV2 1[ 1] - !\n"
    "XlaRecvTPUEmbeddingDeduplicationData - (J - !\n"
    "XlaRecvTPUEmbeddingDeduplicationDataV2 - (J - !\n"
    "XlaReduce !D1^ !9 -\n"
    "XlaReducePrecision 1& !9 -\n"
    "XlaReduceScatter !D!E&a !9 -\n"
    "XlaReduceWindow !D1^1_1>1`1a1@ !9 -\n"
    "XlaRemoveDynamicDimensionSize !D1b !9 -\n"
    "XlaReplicaId - 1c -\n"
    "XlaRngBitGenerator 1d1e%Q 1f%y 'I#=\n"
    "XlaScatter 1&1g./ !9 -\n"
    "XlaSelectAndScatter 1&1_1>1@1h1^ !9 -\n"
    "XlaSelfAdjointEig #% #i#N -\n"
    "XlaSend %> - - !\n"
    "XlaSendTPUEmbeddingGradients 1i1j1[ - (5 !\n"
    "XlaSendTPUEmbeddingGradientsV2 1i1j1[ - (5 !\n"
    "XlaSendToHost ,5 - - !\n"
    "XlaSetBound *'1k $o -\n"
    "XlaSetDynamicDimensionSize !D1b#3 !9 -\n"
    "XlaSharding !D !9 (6(7\n"
    "XlaSort !D !9 -\n"
    "XlaSparseActivationsUnstack 1l 1m -\n"
    "XlaSparseCoreAdagrad !p%5$e1n1o 1p1q - !\n"
    "XlaSparseCoreAdagradMomentum !p%5$e1r$F1n1s1o 1p1q1t - !\n",
    "XlaSparseCoreAdam 1o!p%5$e1s1u1r1v$F 1p1w1t - !\n"
    "XlaSparseCoreFtrl 1o1n1x$e!p%51y1z1{ 1p1q1| - !\n"
    "XlaSparseCoreSgd !p%5$e1o 1p - !\n"
    "XlaSparseDenseMatmul &$1}1~2!1o 2#&.2$&/&1 -\n"
    "XlaSparseDenseMatmulCustomCombinerOnTcGradWithAdagradAndCsrInput &.&/&02%&1%k2&2'2(2)$e2*1o1n 1p1q2+ (8(9(:\n"
    "XlaSparseDenseMatmulCustomCombinerOnTcGradWithAdagradMomentumAndCsrInput &.&/&02%&1%k2&2'2(2)$e2*1o1n*I 1p1q2,2+ (8(9(:\n"
    "XlaSparseDenseMatmulCustomCombinerOnTcGradWithAdamAndCsrInput &.&/&02%&1%k2&2'2(2)$e2*1o*I1u 1p2,1w2+ (8(9(:\n"
    "XlaSparseDenseMatmulCustomCombinerOnTcGradWithCsrInput &.&/&02%&1%k2&2'2(2)2-2.2* 2/2+ (:\n"
    "XlaSparseDenseMatmulCustomCombinerOnTcGradWithFtrlAndCsrInput &.&/&02%&1%k2&2'2(2)$e2*1o1n1x 1p1q1|2+ (8(9(:\n"
    "XlaSparseDenseMatmulCustomCombinerOnTcGradWithSgdAndCsrInput &.&/&02%&1%k2&2'2(2)$e2*1o 1p2+ (8(9(:\n"
    "XlaSparseDenseMatmulCustomCombinerOnTcWithCsrInput &.&/&02%&11o%k 2#2&2' (:\n"
    "XlaSparseDenseMatmulGradWithAdagradAndCsrInput &.&/&0&12)$e1o1n)N 1p1q (8(9(:\n"
    "XlaSparseDenseMatmulGradWithAdagradAndStaticBufferSize &.&/&0&12)$e1o1n)N 1p1q (8(9(:\n"
    "XlaSparseDenseMatmulGradWithAdagradMomentumAndCsrInput &.&/&0&12)$e1o1n*I)N 1p1q2, (8(9(:\n"
    "XlaSparseDenseMatmulGradWithAdagradMomentumAndStaticBufferSize &.&/&0&12)$e1o1n*I)N 1p1q2, (8(9(:\n"
    "XlaSparseDenseMatmulGradWithAdamAndCsrInput &.&/&0&12)$e1o*I1u)N 1p2,1w (8(9(:\n"
    "XlaSparseDenseMatmulGradWithAdamAndStaticBufferSize &.&/&0&12)$e1o*I1u)N 1p2,1w (8(9(:\n"
    "XlaSparseDenseMatmulGradWithCsrInput &.&/&0&12)202.)N 21 (:!&\n"
    "XlaSparseDenseMatmulGradWithFtrlAndCsrInput &.&/&0&12)$e1o1n1x)N 1p1q1| (8(9(:\n"
    "XlaSparseDenseMatmulGradWithFtrlAndStaticBufferSize &.&/&0&12)$e1o1n1x)N 1p1q1| (8(9(:\n"
    "XlaSparseDenseMatmulGradWithSgdAndCsrInput &.&/&0&12)$e1o)N 1p (8(9(:\n"
    "XlaSparseDenseMatmulGradWithSgdAndStaticBufferSize &.&/&0&12)$e1o)N 1p (8(9(:\n"
    "XlaSparseDenseMatmulWithCsrInput &.&/&0&122)N 'j (:!&\n"
    "XlaSparseDenseMatmulWithStaticBufferSize &.&/&0&11o)N 2# (:\n"
    "XlaSparseGradientsStack 23 24 -\n"
    "XlaSplitND !D -_ !E\n"
    "XlaSpmdFullToShardShape !D !9 (;(7\n"
    "XlaSpmdShardToFullShape !D !9 (;(7\n"
    "XlaSvd #% #X#Y#N -\n"
    "XlaVariadicReduce .t25 26 -\n"
    "XlaVariadicReduceV2 0)27 28 -\n"
    "XlaVariadicSort 0)29 28 -\n",
    "XlaWhile (b (c - !\n"
    "Xlog1py !#!$ !. -\n"
    "Xlogy !#!$ !. -\n"
    "ZerosLike !# !$ -\n"
    "Zeta !#,/ !. -\n"
    "ZipDataset %C !y !r\n"
    "_Arg - !9 - !\n"
    "_ArrayToList .t 2: -\n"
    "_ConfigureDistributedTPU 2; !t #J !\n"
    "_CopyFromGpuToHost !D !9 -\n"
    "_CopyFromHostToGpu !D !9 -\n"
    "_DeviceArg - !9 - !\n"
    "_DeviceRetval !D - - !\n"
    "_DisconnectHostFromDistributedTPUSystem - 2< - !\n"
    "_EagerConst !D !9 -\n"
    "_FusedBatchNormEx !#(~)!)#)$2= !$)%)&(w(x({ %2%3(<(=!e#_\n"
    "_FusedBatchNormGradEx (q!#!;(w(x({2>!$ (r(y(z(|(}2@ %2(<(=!e#_\n"
    "_FusedConv2D !D%{2A2B !9 (>#N!e(@#T#S(A%2(B\n"
    "_FusedConv3D !D%{2C !9 !f#U&G(A%2(B\n"
    "_FusedDepthwiseConv2dNative !D%{2C !9 !e#T(A%2(B\n"
    "_FusedMatMul #%#^2C &E %Z%[(A%2(B\n"
    "_FusedQuantizedConv2D 2D2E 2F2G (C(D(E&F(F(G!e(H(I#N#T(A(J\n"
    "_FusedQuantizedDepthwiseConv2D 2D2E 2F2G (C(D(E&F(F(G!e(H(I#N#T(A(J\n"
    "_HostCast %< %= #8\n"
    "_HostRecv - -h &` !\n"
    "_HostSend %> - &` !\n"
    "_If )_%: %; - !\n"
    "_InitializeHostForDistributedTPU &} 2H #J#L !\n"
    "_ListToArray %: 26 -\n"
    "_MklAvgPool !|2I !92J !e\n"
    "_MklAvgPool3D !|2I !92J !f\n"
    "_MklAvgPool3DGrad #0!W2K2L !92J !f\n",
    "_MklAvgPoolGrad #0!W2K2L !92J !e\n"
    "_MklBatchMatMul !#!$ !9 !{!|!}!~\n"
    "_MklBatchMatMulV2 !#!$ !9 !{!|!}!~\n"
    "_MklConcat %m%n2M2N !92J -\n"
    "_MklConcatV2 %n%q2N2O !92J !(\n"
    "_MklConjugateTranspose !#%w !$ #M\n"
    "_MklConv2D !D%{2I2P !92Q2J2R #S(K!e#N#T\n"
    "_MklConv2DBackpropFilter !D%|#`2I2S2T !92J #S!e#N#T\n"
    "_MklConv2DBackpropFilterWithBias !D%|#`2I2S2T !92U2J2V #S!e#T\n"
    "_MklConv2DBackpropInput %}%{#`2W2P2T !92J #S!e#N#T\n"
    "_MklConv2DWithBias !D%{#_2I2P2X !92Q2J2R #S(K#N!e#T\n"
    "_MklConv3D !D%{2I2P !92Q2J2R (K!f#U\n"
    "_MklConv3DBackpropFilterV2 !D%|#`2I2S2T !92J !f#U\n"
    "_MklConv3DBackpropInputV2 %~%{#`2W2P2T !92J #U#=!f\n"
    "_MklDepthwiseConv2dNative !D%{2I2P !92Q2J2R (K!e#N#T\n"
    "_MklDepthwiseConv2dNativeBackpropFilter !D%|#`2I2P2T !92J !e#N#T\n"
    "_MklDepthwiseConv2dNativeBackpropInput %}%{#`2I2P2T !92J !e#N#T\n"
    "_MklDequantize !D'D'E %y $O$P(L$Q\n"
    "_MklEinsum !% !9 -\n"
    "_MklElu 'i2Y 'j2Z !&\n"
    "_MklEluGrad 'k'i2[2Y 'm2] !&\n"
    "_MklFusedBatchMatMulV2 !#!$2C !9 !{!|(A%2(B\n"
    "_MklFusedBatchNorm !#(i(j(k(l2^2_2`2a2b !$(m(n(o(p2c2d2e2f2g %2!e%3#_\n"
    "_MklFusedBatchNormEx !#(~)!)#)$2=2^2_2`2a2b2h !$)%)&(w(x({2c2d2e2f2g2i %2%3!e(<(=#_\n"
    "_MklFusedBatchNormGrad (q!#(i(o(p2j2^2_2f2g (r(s(t(u(v2k2l2m2i2n %2!e#_\n"
    "_MklFusedBatchNormGradV2 (q!#!;(w(x2j2^2_2f2g (r(y(z({(|2k2l2m2i2n %2!e#_\n"
    "_MklFusedBatchNormGradV3 (q!#!;(w(x({2j2^2_2f2g2i (r(y(z(|(}2k2l2m2n2o %2!e#_\n"
    "_MklFusedBatchNormV2 !#(~)!)#)$2^2_2`2a2b !$)%)&(w(x2c2d2e2f2g %2!e%3#_\n"
    "_MklFusedBatchNormV3 !#(~)!)#)$2^2_2`2a2b !$)%)&(w(x({2c2d2e2f2g2i %2!e%3#_\n"
    "_MklFusedConv2D !D%{2C2I2P2p !92Q2J2R (K!e#N#T#S(A%2(B\n"
    "_MklFusedDepthwiseConv2dNative !D%{2C2I2P2p !92Q2J2R (K!e#T(A%2(B\n"
    "_MklFusedInstanceNorm !##O!e !$ (A%2(B\n",
    "_MklFusedMatMul #%#^2C2q2r2p &E2s (K%Z%[(A%2(B\n"
    "_MklFusedMish 'i 'j -\n"
    "_MklLayerNorm !#(i(j !$ (M\n"
    "_MklLeakyRelu 'i2Y 'j2Z !&%N\n"
    "_MklLeakyReluGrad 'k'i2[2Y 'm2] !&%N\n"
    "_MklMatMul #%#^ &E %Z%[%]%^\n"
    "_MklMaxPool !D2I !92t2J2u !&!e#N(N\n"
    "_MklMaxPool3D !D2I !92t2J2u !f(N\n"
    "_MklMaxPool3DGrad *r*s!W2t2K2v2L2u !92J !f!&%a(N\n"
    "_MklMaxPoolGrad (g(h!W2t2K2v2L2u !92J !&(N!e#N\n"
    "_MklNativeAvgPool !| !9 !e\n"
    "_MklNativeAvgPool3D !| !9 !f\n"
    "_MklNativeAvgPool3DGrad #0!W !9 !f\n"
    "_MklNativeAvgPoolGrad #0!W !9 !e\n"
    "_MklNativeConv2D !D%{ !9 #S(K#N!e#T\n"
    "_MklNativeConv2DBackpropFilter !D%|#` !9 #S#N!e#T\n"
    "_MklNativeConv2DBackpropFilterWithBias !D%|#` !92U #S!e#T\n"
    "_MklNativeConv2DBackpropInput %}%{#` !9 #S#N!e#T\n"
    "_MklNativeConv2DWithBias !D%{#_ !9 #S(K!e#N#T\n"
    "_MklNativeConv3D !D%{ !9 (K!f#U\n"
    "_MklNativeConv3DBackpropFilterV2 !D%|#` !9 !f#U\n"
    "_MklNativeConv3DBackpropInputV2 %~%{#` !9 #U#=!f\n"
    "_MklNativeDepthwiseConv2dNative !D%{ !9 (K!e#N#T\n"
    "_MklNativeDepthwiseConv2dNativeBackpropFilter !D%|#` !9 !e#N#T\n"
    "_MklNativeDepthwiseConv2dNativeBackpropInput %}%{#` !9 !e#N#T\n"
    "_MklNativeFusedBatchNorm !#(i(j(k(l !$(m(n(o(p %2!e%3#_\n"
    "_MklNativeFusedBatchNormEx !#(~)!)#)$2= !$)%)&(w(x({ %2%3!e(<(=#_\n"
    "_MklNativeFusedBatchNormGrad (q!#(i(o(p (r(s(t(u(v %2!e#_\n"
    "_MklNativeFusedBatchNormGradV2 (q!#!;(w(x (r(y(z({(| %2!e#_\n"
    "_MklNativeFusedBatchNormGradV3 (q!#!;(w(x({ (r(y(z(|(} %2!e#_\n"
    "_MklNativeFusedBatchNormV2 !#(~)!)#)$ !$)%)&(w(x %2!e%3#_\n"
    "_MklNativeFusedBatchNormV3 !#(~)!)#)$ !$)%)&(w(x({ %2!e%3#_\n",
    "_MklNativeFusedConv2D !D%{2A2B !9 (>(K#N!e(@#T#S(A%2(B\n"
    "_MklNativeFusedConv3D !D%{2C !9 (K!f#U&G(A%2(B\n"
    "_MklNativeFusedDepthwiseConv2dNative !D%{2C !9 (K!e#T(A%2(B\n"
    "_MklNativeFusedMatMul #%#^2C &E (K%Z%[(A%2(B\n"
    "_MklNativeMaxPool !D !92t !&!e#N(N\n"
    "_MklNativeMaxPool3D !D !92t !f(N\n"
    "_MklNativeMaxPool3DGrad *r*s!W2t !9 !f!&%a(N\n"
    "_MklNativeMaxPoolGrad (g(h!W2t !9 !&(N!e#N\n"
    "_MklNativePadWithConv2D !D%{*} !9 #S!e(K#T%j\n"
    "_MklNativePadWithFusedConv2D !D%{2C*} !9 (K!e#T(A%j%2(B\n"
    "_MklNativeSparseMatrixMatMul /R#^ !9 %Z%['<'='>'@\n"
    "_MklPadWithConv2D !D%{*}2I2P2w !92Q2J2R #S!e(K#T%j\n"
    "_MklPadWithFusedConv2D !D%{2C*}2I2P2p2w !92Q2J2R (K!e#T(A%j%2(B\n"
    "_MklQuantizeV2 #('D'E !9,8,9 (L&C$O$P&D\n"
    "_MklQuantizedAvgPool !D,D,E !9,F,G -\n"
    "_MklQuantizedConcatV2 %n%q,a,b !9,8,9 !(\n"
    "_MklQuantizedConv2D ,5,c,D,E,d,e '*,F,G &F!e(H#T&G\n"
    "_MklQuantizedConv2DAndRelu ,5,c,D,E,d,e '*,F,G &F!e(H#T&G\n"
    "_MklQuantizedConv2DAndReluAndRequantize ,5,c,D,E,d,e,f,g '*,F,G &H!e(H#T&G\n"
    "_MklQuantizedConv2DAndRequantize ,5,c,D,E,d,e,f,g '*,F,G &I!e(H#T&G\n"
    "_MklQuantizedConv2DPerChannel ,5,c,D,E,d,e '*,F,G &F!e(K#T&G\n"
    "_MklQuantizedConv2DWithBias ,5,c,h,D,E,d,e '*,F,G &F!e(H(I#T&G\n"
    "_MklQuantizedConv2DWithBiasAndRelu ,5,c,h,D,E,d,e '*,F,G &F!e(H(I#T&G\n"
    "_MklQuantizedConv2DWithBiasAndReluAndRequantize ,5,c,i,D,E,d,e,f,g '*,F,G &H!e(H(I#T&G\n"
    "_MklQuantizedConv2DWithBiasAndRequantize ,5,c,i,D,E,d,e,f,g '*,F,G &I!e(H(I#T&G\n"
    "_MklQuantizedConv2DWithBiasSignedSumAndReluAndRequantize ,5,c,i,D,E,d,e,f,g,j,k,l '*,F,G &H!e(H(I#T&G\n"
    "_MklQuantizedConv2DWithBiasSumAndRelu ,5,c,h,D,E,d,e,m '*,F,G &F!e(H(I#T&G\n"
    "_MklQuantizedConv2DWithBiasSumAndReluAndRequantize ,5,c,i,D,E,d,e,f,g,j,k,l '*,F,G &H!e(H(I#T&G\n"
    "_MklQuantizedDepthwiseConv2D ,5,c,D,E,d,e '*,F,G &F!e(H#T\n"
    "_MklQuantizedDepthwiseConv2DWithBias ,5,c,h,D,E,d,e '*,F,G &F!e(H(I#T\n"
    "_MklQuantizedDepthwiseConv2DWithBiasAndRelu ,5,c,h,D,E,d,e '*,F,G &F!e(H(I#T&G\n"
    "_MklQuantizedDepthwiseConv2DWithBiasAndReluAndRequantize ,5,c,i,D,E,d,e,f,g '*,F,G &H!e(H(I#T&G\n",
    "_MklQuantizedMatMulWithBias ,r,s,i,t,u,v,w ,x,_,` &E%Z%[&P(O(I\n"
    "_MklQuantizedMatMulWithBiasAndDequantize ,r,s,i,t,u,v,w,f,g ,x %Z%[&P(O(I\n"
    "_MklQuantizedMatMulWithBiasAndRelu ,r,s,h,t,u,v,w ,x,_,` &E%Z%[&P(O(I\n"
    "_MklQuantizedMatMulWithBiasAndReluAndRequantize ,r,s,i,t,u,v,w,f,g ,x,_,` &Q%Z%[&P(O(I\n"
    "_MklQuantizedMatMulWithBiasAndRequantize ,r,s,i,t,u,v,w,f,g ,x,_,` &Q%Z%[&P(O(I\n"
    "_MklQuantizedMaxPool !D,D,E !9,F,G -\n"
    "_MklRelu 'i2Y 'j2Z !&\n"
    "_MklRelu6 'i2Y 'j2Z !&\n"
    "_MklRelu6Grad 'k'i2[2Y 'm2] !&\n"
    "_MklReluGrad 'k'i2[2Y 'm2] !&\n"
    "_MklSoftmax *W /, !&\n"
    "_MklSwish 'i 'j !&\n"
    "_MklTanh 'i2Y 'j2Z -\n"
    "_MklTanhGrad 'k'i2[2Y 'm2] -\n"
    "_MklTranspose !#%w !$ #M\n"
    "_NcclBroadcastRecv 'n !9 - !\n"
    "_NcclBroadcastSend !D - - !\n"
    "_NcclReduceRecv !D %M - !\n"
    "_NcclReduceSend !D - - !\n"
    "_ParallelConcatStart - %y - !\n"
    "_ParallelConcatUpdate !|1N !9 -\n"
    "_QuantizedMatMul 2D2E 2F2G (F(P(G(Q(R(S!,%Z%[(O(I(A(T(U(B\n"
    "_QuantizedMaxPool3D !D,D,E !9,F,G !f\n"
    "_ReadVariablesOp 2x *i - !\n"
    "_Recv - -h &` !\n"
    "_Retval !D - - !\n"
    "_ScopedAllocator - !9 - !\n"
    "_ScopedAllocatorConcat 2y!% !9 (V !\n"
    "_ScopedAllocatorSplit 2z2{ 26 - !\n"
    "_Send %> - &` !\n"
    "_SetGlobalTPUArray %s - - !\n"
    "_ShutdownDistributedTPU - - - !\n",
    "_SwitchN %M2| 2} -\n"
    "_TPUCompileMlir 07 090: (W !\n"
    "_TPUReplicate *~2~3!08 3# 'U'V'W'X'Z'[']'^(X'_'`'a !\n"
    "_TensorToHashBucketFast !D &w -\n"
    "_UnaryOpsComposition !# !$ -\n"
    "_VarHandlesOp - 2x - !\n"
    "_WaitForDistributedTPU 2; %s (Y !\n"
    "_While (b (c - !\n"
    "_XlaAotOnlyVarHandleOp - !~ !$!%(* !\n"
    "_XlaCompile 1U0@1V (G3$ - !\n"
    "_XlaCompileMlirPlaceholderProgramKey - 3% - !\n"
    "_XlaHostComputeMlir *~ +! (Z([ !\n"
    "_XlaMerge 3&3' !9 -\n"
    "_XlaRecvAtHost 3( +! (] !\n"
    "_XlaRecvAtHostV2 3(3) +! (] !\n"
    "_XlaRun 0@(G 0A - !\n"
    "_XlaSendFromHost *~3( - (] !\n"
    "_XlaSendFromHostV2 *~3(3) - (] !\n"
    "__MklDummyConv2DBackpropFilterWithBias !D%|#` !92U #S!e#T\n"
    "__MklDummyConv2DWithBias !D%{#_ !9 #S(K#N!e#T\n"
    "__MklDummyPadWithConv2D !D%{*} !9 #S!e#T%j\n"
    "__MklDummyPadWithFusedConv2D !D%{2C*} !92Q2J2R !e#T(A%j%2(B\n",
};

}  // namespace detail
GRAPHFREEZE_NAMESPACE_END

GRAPHFREEZE_NAMESPACE_BEGIN

// One input or output argument. The number of its tensors at a node: the length of the attr
// `type_list_attr` if that is set, else the value of the attr `number_attr` if that is set, else 1.
// The type of each: from the list, else the attr `type_attr` if that is set, else `type`.
struct OpArg {
  std::string_view name;
  DataType type = DataType::kInvalid;
  std::string_view type_attr;
  std::string_view number_attr;
  std::string_view type_list_attr;
  bool is_ref = false;
};

// An attr that nodes may leave out.
struct OpAttrDefault {
  std::string_view name;
  std::string_view type;  // "int", "list(type)", ...
  std::string value;      // a serialised AttrValue
};

struct OpDef {
  std::string_view name;
  absl::InlinedVector<OpArg, 4> inputs;
  absl::InlinedVector<OpArg, 4> outputs;
  std::vector<OpAttrDefault> attrs;  // only those with a default
  bool is_stateful = false;

  // The default of an attr, as a serialised AttrValue; none if it has no default (or the op no such
  // attr).
  std::optional<std::string_view> Default(std::string_view attr) const {
    for (const OpAttrDefault& candidate : attrs) {
      if (candidate.name == attr) return std::string_view(candidate.value);
    }
    return std::nullopt;
  }
};

namespace detail {

inline absl::StatusOr<OpArg> ParseOpArg(std::string_view proto) {
  OpArg arg;
  wire::FieldReader reader(proto);
  while (reader.Next()) {
    switch (reader.key()) {
      case wire::Key(1, wire::Type::kBytes):
        arg.name = reader.bytes();
        break;
      case wire::Key(3, wire::Type::kVarint):
        arg.type = static_cast<DataType>(reader.int32());
        break;
      case wire::Key(4, wire::Type::kBytes):
        arg.type_attr = reader.bytes();
        break;
      case wire::Key(5, wire::Type::kBytes):
        arg.number_attr = reader.bytes();
        break;
      case wire::Key(6, wire::Type::kBytes):
        arg.type_list_attr = reader.bytes();
        break;
      case wire::Key(16, wire::Type::kVarint):
        arg.is_ref = reader.boolean();
        break;
      default:
        break;
    }
  }
  if (!reader.ok()) return reader.status("OpDef.ArgDef");
  return arg;
}

}  // namespace detail

// Reads an OpDef: of an op, or the signature of a function. The views borrow `proto`.
inline absl::StatusOr<OpDef> ParseOpDef(std::string_view proto) {
  OpDef op;
  wire::FieldReader reader(proto);
  while (reader.Next()) {
    switch (reader.key()) {
      case wire::Key(1, wire::Type::kBytes):
        op.name = reader.bytes();
        break;
      case wire::Key(2, wire::Type::kBytes): {
        GRAPHFREEZE_ASSIGN_OR_RETURN(OpArg arg, detail::ParseOpArg(reader.bytes()));
        op.inputs.push_back(arg);
        break;
      }
      case wire::Key(3, wire::Type::kBytes): {
        GRAPHFREEZE_ASSIGN_OR_RETURN(OpArg arg, detail::ParseOpArg(reader.bytes()));
        op.outputs.push_back(arg);
        break;
      }
      case wire::Key(4, wire::Type::kBytes): {
        OpAttrDefault attr;
        bool has_default = false;
        wire::FieldReader fields(reader.bytes());
        while (fields.Next()) {
          if (fields.key() == wire::Key(1, wire::Type::kBytes)) attr.name = fields.bytes();
          if (fields.key() == wire::Key(2, wire::Type::kBytes)) attr.type = fields.bytes();
          if (fields.key() == wire::Key(3, wire::Type::kBytes)) {
            attr.value.append(fields.bytes());  // merging messages is concatenation
            has_default = true;
          }
        }
        if (!fields.ok()) return fields.status("OpDef.AttrDef");
        if (has_default) op.attrs.push_back(std::move(attr));
        break;
      }
      case wire::Key(17, wire::Type::kVarint):
        op.is_stateful = reader.boolean();
        break;
      default:
        break;
    }
  }
  if (!reader.ok()) return reader.status("OpDef");
  return op;
}

// --- the built-in table --------------------------------------------------------------------------

namespace detail {

// `text` up to `separator`, which is taken away with it; all of it if there is no separator.
inline std::string_view CutAt(std::string_view* text, char separator) {
  const std::size_t end = text->find(separator);
  const std::string_view piece = text->substr(0, end);
  text->remove_prefix(end == std::string_view::npos ? text->size() : end + 1);
  return piece;
}

// The line that two characters refer to, in a list of chunks.
inline std::string_view OpTableLine(const std::string_view* chunks, std::string_view reference) {
  const std::size_t index = kOpTableAlphabet.find(reference[0]) * kOpTableAlphabet.size() +
                            kOpTableAlphabet.find(reference[1]);
  std::string_view chunk = chunks[index / kOpTableLinesPerChunk];
  for (std::size_t i = index % kOpTableLinesPerChunk; i > 0; --i) CutAt(&chunk, '\n');
  return CutAt(&chunk, '\n');
}

// [&][number_attr*]name:TYPE
inline OpArg OpTableArgument(std::string_view line) {
  OpArg arg;
  if (line.front() == '&') {
    arg.is_ref = true;
    line.remove_prefix(1);
  }
  if (line.find('*') != std::string_view::npos) arg.number_attr = CutAt(&line, '*');
  arg.name = CutAt(&line, ':');
  if (line.front() == '=') {
    std::int32_t number = 0;
    for (char digit : line.substr(1)) number = number * 10 + (digit - '0');
    arg.type = static_cast<DataType>(number);
  } else if (line.front() == '[') {
    arg.type_list_attr = line.substr(1);
  } else {
    arg.type_attr = line;
  }
  return arg;
}

// name type HEX
inline OpAttrDefault OpTableAttr(std::string_view line) {
  OpAttrDefault attr;
  attr.name = CutAt(&line, ' ');
  attr.type = CutAt(&line, ' ');
  const auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i + 1 < line.size(); i += 2) {
    attr.value.push_back(static_cast<char>(nibble(line[i]) * 16 + nibble(line[i + 1])));
  }
  return attr;
}

// The line of an op in the built-in table; empty if TensorFlow has no such op.
inline std::string_view FindOpTableLine(std::string_view name) {
  const auto name_of = [](std::string_view line) { return CutAt(&line, ' '); };
  auto chunk =
      std::upper_bound(std::begin(kOpTableOps), std::end(kOpTableOps), name,
                       [&](std::string_view a, std::string_view b) { return a < name_of(b); });
  if (chunk == std::begin(kOpTableOps)) return {};
  for (std::string_view rest = *--chunk; !rest.empty();) {
    const std::string_view line = CutAt(&rest, '\n');
    if (name_of(line) == name) return line;
  }
  return {};
}

// name inputs outputs attrs [!]
inline OpDef OpTableOp(std::string_view line) {
  OpDef op;
  op.name = CutAt(&line, ' ');
  const auto for_each = [](std::string_view references, auto&& visit) {
    for (; references.size() >= 2; references.remove_prefix(2)) visit(references.substr(0, 2));
  };
  for_each(CutAt(&line, ' '), [&](std::string_view reference) {
    op.inputs.push_back(OpTableArgument(OpTableLine(kOpTableArguments, reference)));
  });
  for_each(CutAt(&line, ' '), [&](std::string_view reference) {
    op.outputs.push_back(OpTableArgument(OpTableLine(kOpTableArguments, reference)));
  });
  for_each(CutAt(&line, ' '), [&](std::string_view reference) {
    op.attrs.push_back(OpTableAttr(OpTableLine(kOpTableAttrs, reference)));
  });
  op.is_stateful = line == "!";
  return op;
}

}  // namespace detail

// Finds OpDefs by name. Find() may be called from several threads at once (it parses on demand and
// keeps the result, under a lock); the Add functions may not run beside anything else. Movable;
// pointers that Find() returned stay valid as long as the registry (or what it was moved to) lives.
// REQUIRES: not used after a move.
class OpRegistry {
 public:
  OpRegistry() : state_(std::make_unique<State>()) {}

  // Adds the ops of an OpList. `owner` keeps the bytes alive; without an owner they are copied. On
  // error nothing is added.
  absl::Status AddOpList(std::string_view op_list_proto,
                         std::shared_ptr<const void> owner = nullptr) {
    const std::string_view bytes = Keep(op_list_proto, std::move(owner));
    std::vector<std::unique_ptr<const OpDef>> ops;
    wire::FieldReader reader(bytes);
    while (reader.Next()) {
      if (reader.key() != wire::Key(1, wire::Type::kBytes)) continue;
      GRAPHFREEZE_ASSIGN_OR_RETURN(OpDef op, ParseOpDef(reader.bytes()));
      ops.push_back(std::make_unique<const OpDef>(std::move(op)));
    }
    if (!reader.ok()) return reader.status("OpList");
    for (std::unique_ptr<const OpDef>& op : ops) Insert(std::move(op));
    return absl::OkStatus();
  }

  // Adds one OpDef; the bytes are copied unless there is an owner.
  absl::Status AddOpDef(std::string_view op_def_proto,
                        std::shared_ptr<const void> owner = nullptr) {
    const std::string_view bytes = Keep(op_def_proto, std::move(owner));
    GRAPHFREEZE_ASSIGN_OR_RETURN(OpDef op, ParseOpDef(bytes));
    if (op.name.empty()) return InvalidArgument("an OpDef without a name");
    Insert(std::make_unique<const OpDef>(std::move(op)));
    return absl::OkStatus();
  }

  // Null if nobody knows the op: ask for its OpDef where one is really needed.
  const OpDef* Find(std::string_view op) const {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    if (const auto it = state_->found.find(op); it != state_->found.end()) return it->second;
    const std::string_view line = detail::FindOpTableLine(op);
    if (line.empty()) {
      // Graphs name an unknown op many times (a custom op, a function): remember that, within
      // bounds.
      if (state_->unknown.size() < kMaxUnknown) {
        state_->found.emplace(state_->unknown.emplace_back(op), nullptr);
      }
      return nullptr;
    }
    return Insert(std::make_unique<const OpDef>(detail::OpTableOp(line)));
  }

 private:
  static constexpr std::size_t kMaxUnknown = 10000;

  struct State {
    std::mutex mutex;
    NameMap<const OpDef*> found;  // null: known to be unknown
    std::vector<std::unique_ptr<const OpDef>> ops;
    std::deque<std::string> unknown;
    std::vector<std::shared_ptr<const void>> owners;
  };

  std::string_view Keep(std::string_view bytes, std::shared_ptr<const void> owner) const {
    if (owner == nullptr) {
      auto copy = std::make_shared<const std::string>(bytes);
      bytes = *copy;
      owner = std::move(copy);
    }
    state_->owners.push_back(std::move(owner));
    return bytes;
  }

  // An op that is there already stays.
  const OpDef* Insert(std::unique_ptr<const OpDef> op) const {
    const OpDef*& slot = state_->found[op->name];
    if (slot == nullptr) {
      slot = op.get();
      state_->ops.push_back(std::move(op));
    }
    return slot;
  }

  std::unique_ptr<State> state_;
};

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/support/arena.hpp ----
// Arena: stable storage for the small pieces of text and bytes that a rewrite makes.

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>


GRAPHFREEZE_NAMESPACE_BEGIN

// Views that Copy returns live as long as the arena. Not safe for concurrent use.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  std::string_view Copy(std::string_view bytes) {
    char* place = Allocate(bytes.size());
    if (!bytes.empty()) std::memcpy(place, bytes.data(), bytes.size());
    return {place, bytes.size()};
  }

  // `size` bytes that the caller fills.
  char* Allocate(std::size_t size) {
    if (size > left_) {
      // Big requests get a block of their own, so that at most half of a block is ever wasted.
      const std::size_t block = size > kBlock / 2 ? size : kBlock;
      blocks_.emplace_back(new char[block]);
      bytes_ += block;
      if (block != kBlock) return blocks_.back().get();
      next_ = blocks_.back().get();
      left_ = block;
    }
    char* place = next_;
    next_ += size;
    left_ -= size;
    return place;
  }

  // Bytes taken from the heap so far.
  std::size_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t kBlock = std::size_t{64} << 10;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t bytes_ = 0;
};

GRAPHFREEZE_NAMESPACE_END

GRAPHFREEZE_NAMESPACE_BEGIN

class Body;

// The attribute with the shapes of a node's outputs, as they were once inferred.
inline constexpr std::string_view kOutputShapes = "_output_shapes";

// One node of a body: a handle, cheap to copy, valid as long as its graph. Views that it gives live as long
// as the graph's bytes.
class NodeRef {
 public:
  NodeRef(const Body& body, NodeId id) : body_(&body), id_(id) {}

  const Body& body() const { return *body_; }
  NodeId id() const { return id_; }
  NodeKind kind() const;
  std::string_view name() const;
  std::string_view op() const;  // empty for the arguments and results of a function
  std::string device() const;
  absl::Span<const Edge> inputs() const;  // data inputs, then control inputs
  // Number of inputs before the first control input.
  std::size_t data_input_count() const;
  // The attribute's value; !exists() if the node has none of that name. Ask ops().Find(op()) for defaults.
  AttrView attr(std::string_view name) const;
  // Names of all attributes, in the order of the file.
  std::vector<std::string_view> attr_names() const;

 private:
  const Body* body_;
  NodeId id_;
};

namespace detail {

struct AttrEdit {
  static constexpr std::uint32_t kNoWeight = 0xffffffffu;
  std::string_view name;
  std::string_view value;            // AttrValue message; data() == nullptr: the attribute is removed
  std::uint32_t weight = kNoWeight;  // in place of `value`: a tensor of Graph::weights
};

struct NodeEdit {
  std::string_view name;  // of a node that was added; else empty
  std::string_view op;    // data() == nullptr: as in the file
  absl::InlinedVector<AttrEdit, 2> attrs;
  std::vector<Edge> inputs;
  bool inputs_changed = false;
  bool reset = false;            // of the file's fields only the name stays
  std::uint32_t output_arg = 0;  // the name that the only output has after a change of op, in functions
};

}  // namespace detail

// The nodes of the main graph or of a function, with the edits made to them.
class Body {
 public:
  Body(std::shared_ptr<const detail::GraphData> data, const detail::BodyData* base, Arena* arena)
      : data_(std::move(data)), base_(base), arena_(arena) {}

  // --- reading ---

  // Node ids are [0, size()); some of them may have been removed.
  NodeId size() const { return static_cast<NodeId>(base_->nodes.size() + added_.size()); }
  bool alive(NodeId id) const { return id < size() && (State(id) & kRemoved) == 0; }
  NodeRef node(NodeId id) const { return NodeRef(*this, id); }
  // The node (or argument) of that name; kNoNode if there is none.
  NodeId Find(std::string_view name) const {
    if (const auto it = base_->index.find(name); it != base_->index.end() && alive(it->second)) return it->second;
    if (const auto it = added_index_.find(name); it != added_index_.end() && alive(it->second)) return it->second;
    return kNoNode;
  }
  // Calls visit(NodeRef) for each NodeDef, in the order in which they are written.
  template <typename Visit>
  void ForEachNode(Visit&& visit) const {
    for (NodeId id = 0; id < size(); ++id) {
      if (alive(id) && kind(id) == NodeKind::kNode) visit(node(id));
    }
  }
  std::size_t CountNodes() const {
    std::size_t count = 0;
    ForEachNode([&](NodeRef) { ++count; });
    return count;
  }

  NodeKind kind(NodeId id) const { return InFile(id) ? base_->nodes[id].kind : NodeKind::kNode; }
  std::string_view name(NodeId id) const { return InFile(id) ? base_->nodes[id].name() : Edit(id)->name; }
  std::string_view op(NodeId id) const {
    const detail::NodeEdit* edit = Edit(id);
    if (edit != nullptr && edit->op.data() != nullptr) return edit->op;
    return base_->nodes[id].op();
  }
  absl::Span<const Edge> inputs(NodeId id) const {
    const detail::NodeEdit* edit = Edit(id);
    if (edit != nullptr && (edit->inputs_changed || edit->reset || !InFile(id))) return edit->inputs;
    return base_->inputs(id);
  }
  // The name of an output argument that an Edge carries. Empty for 0.
  std::string_view arg_name(std::uint32_t arg) const {
    return arg < data_->arg_names.size() ? data_->arg_names[arg] : added_args_[arg - data_->arg_names.size()];
  }
  // The input as it is spelled in a NodeDef.
  std::string Spell(const Edge& edge) const {
    if (edge.node == kNoNode) return "(a node that is not in the graph)";
    if (edge.is_control()) return Concat("^", name(edge.node));
    if (edge.arg != 0) return Concat(name(edge.node), ":", OutputArg(edge), ":", edge.index);
    return edge.index == 0 ? std::string(name(edge.node)) : Concat(name(edge.node), ":", edge.index);
  }
  // Input `slot` of a node as the file spells it; empty if it was changed or the node was added.
  std::string_view InputText(NodeId id, std::size_t slot) const {
    if (!InFile(id) || base_->nodes[id].kind != NodeKind::kNode) return {};
    wire::FieldReader reader(base_->nodes[id].message());
    while (reader.Next()) {
      if (reader.key() == wire::Key(3, wire::Type::kBytes) && slot-- == 0) return reader.bytes();
    }
    return {};
  }
  bool edited() const { return edited_; }

  // --- editing ---

  // Removes a node. Who still refers to it is the caller's business: Graph::Verify tells.
  void Remove(NodeId id) { MutableState(id) |= kRemoved; }

  void ClearDevice(NodeId id) { MutableState(id) |= kNoDevice; }

  // Removes `_output_shapes`, the shapes that somebody once inferred. Cheaper than RemoveAttr, for whole graphs.
  void ClearOutputShapes(NodeId id) { MutableState(id) |= kNoShapes; }

  // Changes the op. `output_arg` is the name that the new op gives its only output: inputs inside functions
  // name it.
  void SetOp(NodeId id, std::string_view op, std::string_view output_arg = {}) {
    detail::NodeEdit& edit = MutableEdit(id);
    edit.op = arena_->Copy(op);
    if (!output_arg.empty()) edit.output_arg = Intern(output_arg);
  }

  void SetInputs(NodeId id, std::vector<Edge> inputs) {
    detail::NodeEdit& edit = MutableEdit(id);
    edit.inputs = std::move(inputs);
    edit.inputs_changed = true;
  }

  // Sets an attribute to an AttrValue message (see namespace attr).
  void SetAttr(NodeId id, std::string_view name, std::string_view value) {
    EditAttr(id, name).value = arena_->Copy(value);
  }
  // Sets an attribute to a tensor that Graph::AddWeight knows.
  void SetAttrToWeight(NodeId id, std::string_view name, std::uint32_t weight) {
    detail::AttrEdit& edit = EditAttr(id, name);
    edit.value = std::string_view("", 0);
    edit.weight = weight;
  }
  void RemoveAttr(NodeId id, std::string_view name) {
    if (node(id).attr(name).exists()) EditAttr(id, name).value = std::string_view();
  }

  // Makes another node of it: of what the file says only the name stays.
  void Reset(NodeId id, std::string_view op, std::string_view output_arg) {
    detail::NodeEdit& edit = MutableEdit(id);
    edit.attrs.clear();
    edit.inputs.clear();
    edit.inputs_changed = true;
    edit.reset = true;
    SetOp(id, op, output_arg);
  }

  // Adds a node behind all others. REQUIRES: no node of the body has that name.
  NodeId AddNode(std::string_view name, std::string_view op) {
    const NodeId id = size();
    edited_ = true;
    edits_.emplace_back();
    detail::NodeEdit& edit = edits_.back();
    edit.name = arena_->Copy(name);
    edit.op = arena_->Copy(op);
    edit.reset = true;
    states_.resize(static_cast<std::size_t>(id) + 1, 0);
    states_[id] = static_cast<std::uint32_t>(edits_.size());
    added_.push_back(id);
    added_index_[edit.name] = id;
    return id;
  }

  // `wanted`, or with the first free "_1", "_2", … behind it.
  std::string UniqueName(std::string_view wanted) const {
    std::string name(wanted);
    for (int i = 1; Find(name) != kNoNode; ++i) name = Concat(wanted, "_", i);
    return name;
  }

  // An Edge::arg for the name of an output argument.
  std::uint32_t Intern(std::string_view arg) {
    for (std::size_t i = 0; i < data_->arg_names.size(); ++i) {
      if (data_->arg_names[i] == arg) return static_cast<std::uint32_t>(i);
    }
    for (std::size_t i = 0; i < added_args_.size(); ++i) {
      if (added_args_[i] == arg) return static_cast<std::uint32_t>(data_->arg_names.size() + i);
    }
    added_args_.push_back(arena_->Copy(arg));
    return static_cast<std::uint32_t>(data_->arg_names.size() + added_args_.size() - 1);
  }

  // --- for the writer ---
  const detail::BodyData& base() const { return *base_; }
  bool InFile(NodeId id) const { return id < base_->nodes.size(); }
  bool device_cleared(NodeId id) const { return (State(id) & kNoDevice) != 0; }
  bool shapes_cleared(NodeId id) const { return (State(id) & kNoShapes) != 0; }
  const detail::NodeEdit* Edit(NodeId id) const {
    const std::uint32_t number = State(id) & kEditMask;
    return number == 0 ? nullptr : &edits_[number - 1];
  }
  // True if the node must be spelled anew: edited itself, or an input's output argument changed its name.
  bool IsChanged(NodeId id) const {
    if (State(id) != 0) return true;
    for (const Edge& edge : inputs(id)) {
      if (edge.arg != 0 && OutputArg(edge) != arg_name(edge.arg)) return true;
    }
    return false;
  }
  // The name of the edge's output argument, as the producer's op now calls it.
  std::string_view OutputArg(const Edge& edge) const {
    const detail::NodeEdit* edit = edge.node == kNoNode ? nullptr : Edit(edge.node);
    return arg_name(edit != nullptr && edit->output_arg != 0 && edge.arg != 0 ? edit->output_arg : edge.arg);
  }

 private:
  static constexpr std::uint32_t kRemoved = 0x80000000u;
  static constexpr std::uint32_t kNoDevice = 0x40000000u;
  static constexpr std::uint32_t kNoShapes = 0x20000000u;
  static constexpr std::uint32_t kEditMask = 0x1fffffffu;

  std::uint32_t State(NodeId id) const { return states_.empty() ? 0 : states_[id]; }
  std::uint32_t& MutableState(NodeId id) {
    edited_ = true;
    if (states_.empty()) states_.resize(size(), 0);
    return states_[id];
  }
  detail::NodeEdit& MutableEdit(NodeId id) {
    std::uint32_t& state = MutableState(id);
    if ((state & kEditMask) == 0) {
      edits_.emplace_back();
      state |= static_cast<std::uint32_t>(edits_.size());
    }
    return edits_[(state & kEditMask) - 1];
  }
  detail::AttrEdit& EditAttr(NodeId id, std::string_view name) {
    detail::NodeEdit& edit = MutableEdit(id);
    for (detail::AttrEdit& attr : edit.attrs) {
      if (attr.name == name) {
        attr.weight = detail::AttrEdit::kNoWeight;
        return attr;
      }
    }
    edit.attrs.emplace_back();
    edit.attrs.back().name = arena_->Copy(name);
    return edit.attrs.back();
  }

  std::shared_ptr<const detail::GraphData> data_;
  const detail::BodyData* base_;
  Arena* arena_;
  std::vector<std::uint32_t> states_;  // empty until the first edit
  std::deque<detail::NodeEdit> edits_;
  std::vector<NodeId> added_;
  NameMap<NodeId> added_index_;
  std::vector<std::string_view> added_args_;
  bool edited_ = false;
};

inline NodeKind NodeRef::kind() const { return body_->kind(id_); }
inline std::string_view NodeRef::name() const { return body_->name(id_); }
inline std::string_view NodeRef::op() const { return body_->op(id_); }
inline absl::Span<const Edge> NodeRef::inputs() const { return body_->inputs(id_); }

inline std::size_t NodeRef::data_input_count() const {
  std::size_t count = 0;
  for (const Edge& edge : inputs()) count += edge.is_control() ? 0 : 1;
  return count;
}

inline std::string NodeRef::device() const {
  const detail::NodeEdit* edit = body_->Edit(id_);
  if (body_->device_cleared(id_) || !body_->InFile(id_) || (edit != nullptr && edit->reset)) return {};
  if (kind() != NodeKind::kNode) return {};
  std::string_view device;
  wire::FieldReader reader(body_->base().nodes[id_].message());
  while (reader.Next()) {
    if (reader.key() == wire::Key(4, wire::Type::kBytes)) device = reader.bytes();
  }
  return std::string(device);
}

namespace detail {

// Calls visit(name, AttrValue message) for each entry of a map<string, AttrValue> in field `number` of `message`.
template <typename Visit>
void ForEachAttr(std::string_view message, std::uint32_t number, Visit&& visit) {
  wire::FieldReader reader(message);
  while (reader.Next()) {
    if (reader.key() != wire::Key(number, wire::Type::kBytes)) continue;
    std::string_view name("", 0), value("", 0);
    wire::FieldReader entry(reader.bytes());
    while (entry.Next()) {
      if (entry.key() == wire::Key(1, wire::Type::kBytes)) name = entry.bytes();
      if (entry.key() == wire::Key(2, wire::Type::kBytes)) value = entry.bytes();
    }
    visit(name, value);
  }
}

}  // namespace detail

inline AttrView NodeRef::attr(std::string_view name) const {
  const detail::NodeEdit* edit = body_->Edit(id_);
  if (edit != nullptr) {
    for (const detail::AttrEdit& attr : edit->attrs) {
      if (attr.name == name) return attr.value.data() == nullptr ? AttrView() : AttrView(attr.value);
    }
    if (edit->reset) return AttrView();
  }
  if (!body_->InFile(id_) || kind() != NodeKind::kNode) return AttrView();
  if (body_->shapes_cleared(id_) && name == kOutputShapes) return AttrView();
  std::string_view found;
  detail::ForEachAttr(body_->base().nodes[id_].message(), 5, [&](std::string_view key, std::string_view value) {
    if (key == name) found = value;  // of duplicate keys the last one counts, as in protobuf
  });
  return found.data() == nullptr ? AttrView() : AttrView(found);
}

inline std::vector<std::string_view> NodeRef::attr_names() const {
  std::vector<std::string_view> names;
  const detail::NodeEdit* edit = body_->Edit(id_);
  const auto edited = [&](std::string_view name) {
    if (body_->shapes_cleared(id_) && name == kOutputShapes) return true;
    if (edit == nullptr) return false;
    for (const detail::AttrEdit& attr : edit->attrs) {
      if (attr.name == name) return true;
    }
    return false;
  };
  if (body_->InFile(id_) && kind() == NodeKind::kNode && !(edit != nullptr && edit->reset)) {
    detail::ForEachAttr(body_->base().nodes[id_].message(), 5, [&](std::string_view name, std::string_view) {
      if (!edited(name)) names.push_back(name);
    });
  }
  if (edit != nullptr) {
    for (const detail::AttrEdit& attr : edit->attrs) {
      if (attr.value.data() != nullptr) names.push_back(attr.name);
    }
  }
  return names;
}

// A function of the library: its body, and the changes to its signature.
class Function {
 public:
  Function(const detail::FunctionData& base, Body nodes) : body(std::move(nodes)), base_(&base), name_(base.name) {}

  Body body;

  std::string_view name() const { return name_; }
  // The name of the function of the file that it is, or was made from.
  std::string_view original_name() const { return base_->name; }
  std::uint32_t argument_count() const { return base_->argument_count; }
  NodeId argument(std::uint32_t i) const { return i; }
  std::uint32_t result_count() const { return base_->result_count; }
  NodeId result(std::uint32_t i) const { return base_->first_result + i; }
  const detail::FunctionData& base() const { return *base_; }

  // What changed in the signature: types of arguments and results that were resources and are values now.
  std::vector<std::pair<std::uint32_t, DataType>> argument_types;
  std::vector<std::pair<std::uint32_t, DataType>> result_types;
  bool alive = true;
  bool from_file = true;  // false for a copy

  bool changed() const {
    return !from_file || body.edited() || !argument_types.empty() || !result_types.empty();
  }

 private:
  friend class Graph;
  const detail::FunctionData* base_;
  std::string_view name_;
};

// A tensor that is written into a Const by reference.
struct Weight {
  TensorRef tensor;
  std::string_view prefix;  // the TensorProto up to the bytes of `tensor.pieces`; all of it if there are none
};

using FunctionId = std::uint32_t;
inline constexpr FunctionId kNoFunction = 0xffffffffu;

class Graph {
 public:
  // Scans a GraphDef. `bytes` lie in (or are kept alive by) `source`, whose name serves messages.
  static absl::StatusOr<Graph> Parse(Source source, std::string_view bytes) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(std::shared_ptr<const detail::GraphData> data,
                                 detail::GraphScanner::Scan(std::move(source), bytes));
    return Graph(std::move(data));
  }
  static absl::StatusOr<Graph> Parse(const Source& source) {
    if (!source.has_view()) return FailedPrecondition(source.name(), " must be loaded before it can be parsed");
    return Parse(source, source.view());
  }
  explicit Graph(std::shared_ptr<const detail::GraphData> data)
      : data_(std::move(data)), arena_(std::make_shared<Arena>()), main_(data_, &data_->main, arena_.get()) {
    for (const detail::FunctionData& function : data_->functions) {
      functions_.push_back(std::make_unique<Function>(function, Body(data_, &function.body, arena_.get())));
    }
  }

  Body& main() { return main_; }
  const Body& main() const { return main_; }

  // Functions are numbered; copies come behind those of the file. Some may have been removed.
  FunctionId function_count() const { return static_cast<FunctionId>(functions_.size()); }
  Function& function(FunctionId id) { return *functions_[id]; }
  const Function& function(FunctionId id) const { return *functions_[id]; }
  FunctionId FindFunction(std::string_view name) const {
    if (const auto it = data_->function_index.find(name); it != data_->function_index.end()) {
      return functions_[it->second]->alive ? it->second : kNoFunction;
    }
    const auto it = added_functions_.find(name);
    return it == added_functions_.end() || !functions_[it->second]->alive ? kNoFunction : it->second;
  }

  // A copy of a function, edits included, under a name that starts with `name`.
  FunctionId CloneFunction(FunctionId id, std::string_view name) {
    std::string unique(name);
    // Ops and functions share a name space.
    for (int i = 1; IsFunctionName(unique); ++i) unique = Concat(name, "_", i);
    auto copy = std::make_unique<Function>(*functions_[id]);
    copy->name_ = arena_->Copy(unique);
    copy->from_file = false;
    const auto clone = static_cast<FunctionId>(functions_.size());
    added_functions_[copy->name_] = clone;
    functions_.push_back(std::move(copy));
    library_changed_ = true;
    return clone;
  }
  void RemoveFunction(FunctionId id) {
    functions_[id]->alive = false;
    library_changed_ = true;
  }

  // Registers a tensor that Consts refer to.
  std::uint32_t AddWeight(Weight weight) {
    weights_.push_back(std::move(weight));
    return static_cast<std::uint32_t>(weights_.size() - 1);
  }
  const std::vector<Weight>& weights() const { return weights_; }

  // What is known of ops: defaults of attributes, names and types of inputs and outputs.
  OpRegistry& ops() { return *ops_; }
  const OpRegistry& ops() const { return *ops_; }

  Arena& arena() { return *arena_; }
  const std::shared_ptr<Arena>& shared_arena() const { return arena_; }
  // What was read, as it was read.
  const std::shared_ptr<const detail::GraphData>& data() const { return data_; }
  Graph Pristine() const { return Graph(data_); }
  std::string_view name() const { return data_->source.name(); }

  bool library_changed() const {
    if (library_changed_) return true;
    for (const auto& function : functions_) {
      if (function->changed()) return true;
    }
    return false;
  }

 private:
  bool IsFunctionName(std::string_view name) const {
    return data_->function_index.find(name) != data_->function_index.end() ||
           added_functions_.find(name) != added_functions_.end() || ops_->Find(name) != nullptr;
  }

  std::shared_ptr<const detail::GraphData> data_;
  std::shared_ptr<Arena> arena_;
  Body main_;
  std::vector<std::unique_ptr<Function>> functions_;
  NameMap<FunctionId> added_functions_;
  std::vector<Weight> weights_;
  std::shared_ptr<OpRegistry> ops_ = std::make_shared<OpRegistry>();
  bool library_changed_ = false;
};

// Who takes the outputs of each node of a body: a snapshot, made in one sweep over the edges.
class Consumers {
 public:
  struct Use {
    NodeId node;         // the consumer
    std::uint32_t slot;  // which of its inputs
  };

  explicit Consumers(const Body& body) : first_(static_cast<std::size_t>(body.size()) + 1, 0) {
    const auto for_each = [&](auto&& visit) {
      for (NodeId id = 0; id < body.size(); ++id) {
        if (!body.alive(id)) continue;
        const absl::Span<const Edge> inputs = body.inputs(id);
        for (std::size_t slot = 0; slot < inputs.size(); ++slot) {
          if (inputs[slot].node != kNoNode) visit(inputs[slot].node, Use{id, static_cast<std::uint32_t>(slot)});
        }
      }
    };
    for_each([&](NodeId producer, Use) { ++first_[producer + 1]; });
    for (std::size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
    uses_.resize(first_.back());
    std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
    for_each([&](NodeId producer, Use use) { uses_[next[producer]++] = use; });
  }

  // In the order of the consumers' ids, then of their inputs.
  absl::Span<const Use> of(NodeId producer) const {
    if (static_cast<std::size_t>(producer) + 1 >= first_.size()) return {};
    return absl::Span<const Use>(uses_).subspan(first_[producer], first_[producer + 1] - first_[producer]);
  }

 private:
  std::vector<std::uint32_t> first_;
  std::vector<Use> uses_;
};

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/graph/graph_writer.hpp ----
// WriteGraph: a Graph as the bytes of a GraphDef.
//
// What was not edited is written as the bytes that were read. An edited node is written as pieces: a new
// length, the changed fields, and spans of the original bytes for everything else. A weight is a reference.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>


// ---- graphfreeze/io/segments.hpp ----
// SegmentList: a long run of bytes that is never put together until somebody asks for it. Headers lie in an
// arena, weights in the mapped files (or in storage that must be read); the list says in which order.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>


GRAPHFREEZE_NAMESPACE_BEGIN

// One run of bytes: in memory, or in a source that must be read.
struct Segment {
  static constexpr std::uint32_t kInMemory = 0xffffffffu;

  const char* data = nullptr;       // null unless in memory
  std::uint64_t size = 0;
  std::uint64_t offset = 0;         // in the source
  std::uint32_t source = kInMemory;  // number of the source that the bytes come from
  // The CRC-32C that was stored for exactly these bytes, if there is one.
  bool has_crc = false;
  std::uint32_t crc32c = 0;

  std::string_view bytes() const { return {data, static_cast<std::size_t>(size)}; }
};

class SegmentList {
 public:
  SegmentList() : arena_(std::make_shared<Arena>()) {}

  // Bytes that somebody else keeps alive (see Keep). Short ones are copied: a segment costs more than they do.
  void Append(std::string_view bytes) {
    if (bytes.empty()) return;
    size_ += bytes.size();
    if (!run_.empty() && run_.data() + run_.size() == bytes.data()) {  // the next bytes of the same run
      run_ = std::string_view(run_.data(), run_.size() + bytes.size());
      return;
    }
    FlushRun();
    run_ = bytes;
  }

  // Bytes that are copied.
  void AppendCopy(std::string_view bytes) {
    FlushRun();
    size_ += bytes.size();
    pending_.append(bytes.data(), bytes.size());
  }

  // Bytes of a source; `crc32c` is the stored checksum of exactly this range, if there is one.
  void Append(const ByteRange& range, std::optional<std::uint32_t> crc32c) {
    if (range.size == 0) return;
    Flush();
    size_ += range.size;
    Segment segment;
    segment.size = range.size;
    segment.offset = range.offset;
    segment.source = SourceNumber(range.source);
    if (range.source.has_view()) segment.data = range.source.view().data() + range.offset;
    segment.has_crc = crc32c.has_value();
    segment.crc32c = crc32c.value_or(0);
    segments_.push_back(segment);
  }

  // Keeps something alive as long as the list lives.
  void Keep(std::shared_ptr<const void> owner) { owners_.push_back(std::move(owner)); }

  // Ends the building of the list. What follows needs it.
  void Finish() { Flush(); }

  std::uint64_t size() const { return size_; }
  absl::Span<const Segment> segments() const { return segments_; }
  const Source& source(std::uint32_t number) const { return sources_[number]; }
  // The shared owner of everything that the segments point at.
  std::vector<std::shared_ptr<const void>> owners() const {
    std::vector<std::shared_ptr<const void>> all = owners_;
    all.push_back(arena_);
    all.push_back(std::make_shared<const std::vector<Source>>(sources_));
    return all;
  }
  // Heap bytes that the list itself takes.
  std::uint64_t heap_bytes() const { return arena_->bytes() + segments_.capacity() * sizeof(Segment); }

  // Calls visit(std::string_view) -> absl::Status with the bytes from `begin` to `end`, in order, in chunks of
  // at most `chunk` bytes; what must be read is read into one buffer of that size.
  template <typename Visit>
  absl::Status ForEachChunk(std::size_t chunk, Visit&& visit) const {
    std::string buffer;
    for (const Segment& segment : segments_) {
      for (std::uint64_t at = 0; at < segment.size;) {
        const auto n = static_cast<std::size_t>((std::min)(segment.size - at, std::uint64_t{chunk}));
        GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string_view bytes, Read(segment, at, n, &buffer));
        GRAPHFREEZE_RETURN_IF_ERROR(visit(bytes));
        at += n;
      }
    }
    return absl::OkStatus();
  }

  // `size` bytes of a segment: where they lie, or read into `buffer`.
  absl::StatusOr<std::string_view> Read(const Segment& segment, std::uint64_t at, std::size_t size,
                                        std::string* buffer) const {
    if (segment.data != nullptr) return std::string_view(segment.data + at, size);
    if (buffer->size() < size) buffer->resize(size);
    GRAPHFREEZE_RETURN_IF_ERROR(
        sources_[segment.source].Read(segment.offset + at, absl::Span<char>(&(*buffer)[0], size)));
    return std::string_view(buffer->data(), size);
  }

 private:
  static constexpr std::size_t kWorthASegment = 256;

  void FlushRun() {
    if (run_.empty()) return;
    if (run_.size() < kWorthASegment) {
      pending_.append(run_.data(), run_.size());
    } else {
      FlushPending();
      PushMemory(run_);
    }
    run_ = std::string_view();
  }
  void FlushPending() {
    if (pending_.empty()) return;
    PushMemory(arena_->Copy(pending_));
    pending_.clear();
  }
  void Flush() {
    FlushRun();
    FlushPending();
  }
  void PushMemory(std::string_view bytes) {
    // Copies that follow one another in the arena are one segment.
    if (!segments_.empty() && segments_.back().source == Segment::kInMemory &&
        segments_.back().data + segments_.back().size == bytes.data()) {
      segments_.back().size += bytes.size();
      return;
    }
    Segment segment;
    segment.data = bytes.data();
    segment.size = bytes.size();
    segments_.push_back(segment);
  }
  std::uint32_t SourceNumber(const Source& source) {
    // Weights come shard by shard: the source is nearly always one of the last.
    for (std::size_t i = sources_.size(); i-- > 0;) {
      if (sources_[i] == source) return static_cast<std::uint32_t>(i);
    }
    sources_.push_back(source);
    return static_cast<std::uint32_t>(sources_.size() - 1);
  }

  std::shared_ptr<Arena> arena_;
  std::vector<Segment> segments_;
  std::vector<Source> sources_;
  std::vector<std::shared_ptr<const void>> owners_;
  std::uint64_t size_ = 0;
  std::string_view run_;  // referenced bytes that may still grow
  std::string pending_;   // copied bytes that may still grow
};

GRAPHFREEZE_NAMESPACE_END

GRAPHFREEZE_NAMESPACE_BEGIN
namespace detail {

// A message under construction: literal bytes, spans of what was read, and weights, in order.
class PieceList {
 public:
  std::uint64_t size() const { return size_; }

  void Literal(std::string_view bytes) {
    if (pieces_.empty() || pieces_.back().kind != Kind::kLiteral) {
      pieces_.push_back({Kind::kLiteral, literals_.size(), 0, nullptr});
    }
    literals_.append(bytes.data(), bytes.size());
    pieces_.back().size += bytes.size();
    size_ += bytes.size();
  }
  void Span(std::string_view bytes) {
    if (bytes.empty()) return;
    pieces_.push_back({Kind::kSpan, 0, bytes.size(), bytes.data()});
    size_ += bytes.size();
  }
  void WeightAt(std::uint32_t weight, std::uint64_t size) {
    pieces_.push_back({Kind::kWeight, weight, size, nullptr});
    size_ += size;
  }
  // A length-delimited field that holds `inner`.
  void Field(std::uint32_t number, const PieceList& inner) {
    std::string header;
    wire::PutBytesHeader(&header, number, inner.size());
    Literal(header);
    for (const Piece& piece : inner.pieces_) {
      switch (piece.kind) {
        case Kind::kLiteral:
          Literal(std::string_view(inner.literals_).substr(piece.at, piece.size));
          break;
        case Kind::kSpan:
          Span({piece.data, piece.size});
          break;
        case Kind::kWeight:
          WeightAt(static_cast<std::uint32_t>(piece.at), piece.size);
          break;
      }
    }
  }
  void Field(std::uint32_t number, std::string_view payload) {
    std::string header;
    wire::PutBytesHeader(&header, number, payload.size());
    Literal(header);
    Literal(payload);
  }

  void AppendTo(SegmentList* out, const std::vector<Weight>& weights) const {
    for (const Piece& piece : pieces_) {
      switch (piece.kind) {
        case Kind::kLiteral:
          out->AppendCopy(std::string_view(literals_).substr(piece.at, piece.size));
          break;
        case Kind::kSpan:
          out->Append(std::string_view(piece.data, piece.size));
          break;
        case Kind::kWeight:
          AppendWeight(weights[piece.at], out);
          break;
      }
    }
  }

 private:
  enum class Kind : std::uint8_t { kLiteral, kSpan, kWeight };
  struct Piece {
    Kind kind;
    std::size_t at;  // in literals_, or the number of the weight
    std::size_t size;
    const char* data;
  };

  static void AppendWeight(const Weight& weight, SegmentList* out) {
    out->AppendCopy(weight.prefix);
    for (const ByteRange& piece : weight.tensor.pieces) {
      std::optional<std::uint32_t> crc;
      for (const CrcCheck& check : weight.tensor.checks) {
        if (check.range.offset == piece.offset && check.range.size == piece.size &&
            check.range.source == piece.source) {
          crc = check.crc32c;
          break;
        }
      }
      out->Append(piece, crc);
    }
  }

  std::vector<Piece> pieces_;
  std::string literals_;
  std::uint64_t size_ = 0;
};

inline std::uint64_t WeightSize(const Weight& weight) { return weight.prefix.size() + weight.tensor.size(); }

// The entry of an attr map for an edited attribute. Not called for removed ones.
inline PieceList AttrEntry(const AttrEdit& edit, const std::vector<Weight>& weights) {
  PieceList entry;
  entry.Field(1, edit.name);
  if (edit.weight == AttrEdit::kNoWeight) {
    entry.Field(2, edit.value);
  } else {
    PieceList tensor, value;
    tensor.WeightAt(edit.weight, WeightSize(weights[edit.weight]));
    value.Field(8, tensor);
    entry.Field(2, value);
  }
  return entry;
}

// Input texts of an edited node: as the file spells them where the edge is one of the file's.
inline std::string SpellInput(const Body& body, NodeId id, const Edge& edge) {
  if (body.InFile(id) && !edge.is_control() && edge.node != kNoNode &&
      body.OutputArg(edge) == body.arg_name(edge.arg)) {
    const absl::Span<const Edge> original = body.base().inputs(id);
    for (std::size_t slot = 0; slot < original.size(); ++slot) {
      if (original[slot] != edge) continue;
      const std::string_view text = body.InputText(id, slot);
      if (!text.empty()) return std::string(text);
    }
  }
  return body.Spell(edge);
}

// The NodeDef of an edited node.
inline PieceList EncodeNode(const Body& body, NodeId id, const std::vector<Weight>& weights) {
  PieceList out;
  const NodeEdit* edit = body.Edit(id);
  const bool reset = edit != nullptr && edit->reset;
  bool inputs_written = false;
  const auto write_inputs = [&] {
    if (inputs_written) return;
    inputs_written = true;
    for (const Edge& edge : body.inputs(id)) out.Field(3, SpellInput(body, id, edge));
  };
  if (!body.InFile(id) || reset) {
    out.Field(1, body.name(id));
    out.Field(2, body.op(id));
    write_inputs();
    for (const AttrEdit& attr : edit->attrs) {
      if (attr.value.data() != nullptr) out.Field(5, AttrEntry(attr, weights));
    }
    return out;
  }

  // The inputs stand behind the op in what every writer produces; a node that has none gets them there.
  const bool new_inputs =
      (edit != nullptr && edit->inputs_changed) || [&] {
        for (const Edge& edge : body.inputs(id)) {
          if (edge.arg != 0 && body.OutputArg(edge) != body.arg_name(edge.arg)) return true;
        }
        return false;
      }();
  std::vector<bool> attr_written(edit == nullptr ? 0 : edit->attrs.size(), false);
  wire::FieldReader reader(body.base().nodes[id].message());
  while (reader.Next()) {
    switch (reader.key()) {
      case wire::Key(2, wire::Type::kBytes):
        if (edit != nullptr && edit->op.data() != nullptr) {
          out.Field(2, edit->op);
        } else {
          out.Span(reader.whole());
        }
        if (new_inputs) write_inputs();
        break;
      case wire::Key(3, wire::Type::kBytes):
        if (!new_inputs) out.Span(reader.whole());
        break;
      case wire::Key(4, wire::Type::kBytes):
        if (!body.device_cleared(id)) out.Span(reader.whole());
        break;
      case wire::Key(5, wire::Type::kBytes): {
        std::string_view name;
        wire::FieldReader entry(reader.bytes());
        while (entry.Next()) {
          if (entry.key() == wire::Key(1, wire::Type::kBytes)) name = entry.bytes();
        }
        bool edited = body.shapes_cleared(id) && name == kOutputShapes;
        for (std::size_t i = 0; edit != nullptr && i < edit->attrs.size(); ++i) {
          if (edit->attrs[i].name != name) continue;
          edited = true;
          if (edit->attrs[i].value.data() != nullptr && !attr_written[i]) {
            out.Field(5, AttrEntry(edit->attrs[i], weights));
          }
          attr_written[i] = true;
        }
        if (!edited) out.Span(reader.whole());
        break;
      }
      default:
        out.Span(reader.whole());
    }
  }
  if (new_inputs) write_inputs();
  for (std::size_t i = 0; i < attr_written.size(); ++i) {
    if (!attr_written[i] && edit->attrs[i].value.data() != nullptr) out.Field(5, AttrEntry(edit->attrs[i], weights));
  }
  return out;
}

// The type that a list of changes gives to element `i`; kInvalid if it did not change.
inline DataType ChangedType(const std::vector<std::pair<std::uint32_t, DataType>>& changes, std::uint32_t i) {
  for (const auto& [index, dtype] : changes) {
    if (index == i) return dtype;
  }
  return DataType::kInvalid;
}

// An ArgDef with another type. What is said of the handle and the full type goes with the old type.
inline PieceList EncodeArgDef(std::string_view arg_def, DataType dtype) {
  PieceList out;
  bool written = false;
  const auto write_type = [&] {
    std::string field;
    wire::PutVarintField(&field, 3, static_cast<std::uint32_t>(dtype));
    if (!written) out.Literal(field);
    written = true;
  };
  wire::FieldReader reader(arg_def);
  while (reader.Next()) {
    if (reader.number() > 3) write_type();
    if (reader.number() == 3) {
      write_type();
    } else if (reader.number() != 7 && reader.number() != 17) {
      out.Span(reader.whole());
    }
  }
  write_type();
  return out;
}

// The OpDef that is a function's signature.
inline PieceList EncodeSignature(const Function& function) {
  PieceList out;
  std::uint32_t argument = 0, result = 0;
  wire::FieldReader reader(function.base().signature);
  while (reader.Next()) {
    if (reader.key() == wire::Key(1, wire::Type::kBytes)) {
      out.Field(1, function.name());
      continue;
    }
    DataType dtype = DataType::kInvalid;
    if (reader.key() == wire::Key(2, wire::Type::kBytes)) dtype = ChangedType(function.argument_types, argument++);
    if (reader.key() == wire::Key(3, wire::Type::kBytes)) dtype = ChangedType(function.result_types, result++);
    if (dtype == DataType::kInvalid) {
      out.Span(reader.whole());
    } else {
      out.Field(reader.number(), EncodeArgDef(reader.bytes(), dtype));
    }
  }
  return out;
}

// The uint32 key of a map entry.
inline std::uint32_t MapKey(std::string_view entry) {
  std::uint32_t key = 0;
  wire::FieldReader reader(entry);
  while (reader.Next()) {
    if (reader.key() == wire::Key(1, wire::Type::kVarint)) key = static_cast<std::uint32_t>(reader.varint());
  }
  return key;
}

// An arg_attr entry of an argument whose type changed: what is said of its shape is no longer true.
inline PieceList EncodeArgAttrs(std::string_view entry) {
  PieceList out;
  wire::FieldReader reader(entry);
  while (reader.Next()) {
    if (reader.key() != wire::Key(2, wire::Type::kBytes)) {
      out.Span(reader.whole());
      continue;
    }
    PieceList attrs;
    wire::FieldReader attr_reader(reader.bytes());
    while (attr_reader.Next()) {
      bool stale = false;
      if (attr_reader.key() == wire::Key(1, wire::Type::kBytes)) {
        std::string_view name;
        wire::FieldReader attr(attr_reader.bytes());
        while (attr.Next()) {
          if (attr.key() == wire::Key(1, wire::Type::kBytes)) name = attr.bytes();
        }
        stale = name == "_output_shapes" || name == "_handle_dtypes" || name == "_handle_shapes" ||
                name == "_resource_arg_unique_id";
      }
      if (!stale) attrs.Span(attr_reader.whole());
    }
    out.Field(2, attrs);
  }
  return out;
}

// The `_input_shapes` attribute of a function, with unknown ranks for the arguments whose type changed.
inline std::string EncodeInputShapes(const Function& function, std::string_view attr_value) {
  const std::string unknown = Shape::UnknownRank().Serialize();
  std::vector<std::string_view> shapes = AttrView(attr_value).shapes();
  for (const auto& [argument, dtype] : function.argument_types) {
    if (argument < shapes.size()) shapes[argument] = unknown;
  }
  return attr::Messages(7, shapes);
}

inline PieceList EncodeFunction(const Function& function, const std::vector<Weight>& weights) {
  PieceList out;
  const Body& body = function.body;
  NodeId next_node = function.argument_count();
  const NodeId end_of_nodes = function.base().first_result;
  std::uint32_t control_result = 0;
  const auto write_node = [&](NodeId id) {
    if (!body.alive(id)) return;
    if (body.IsChanged(id)) {
      out.Field(3, EncodeNode(body, id, weights));
    } else {
      out.Span(body.base().nodes[id].whole());
    }
  };
  const auto write_added = [&] {
    for (NodeId id = static_cast<NodeId>(body.base().nodes.size()); id < body.size(); ++id) write_node(id);
  };
  bool added_written = false;
  wire::FieldReader reader(function.base().message);
  while (reader.Next()) {
    switch (reader.key()) {
      case wire::Key(1, wire::Type::kBytes):
        out.Field(1, EncodeSignature(function));
        break;
      case wire::Key(3, wire::Type::kBytes):
        write_node(next_node++);
        if (next_node == end_of_nodes) {
          write_added();
          added_written = true;
        }
        break;
      case wire::Key(4, wire::Type::kBytes): {  // ret
        std::string_view name("", 0);
        wire::FieldReader entry(reader.bytes());
        while (entry.Next()) {
          if (entry.key() == wire::Key(1, wire::Type::kBytes)) name = entry.bytes();
        }
        bool written = false;
        for (std::uint32_t i = 0; i < function.result_count() && !written; ++i) {
          const NodeId id = function.result(i);
          if (body.name(id) != name || !body.IsChanged(id)) continue;
          PieceList result;
          result.Field(1, name);
          result.Field(2, body.Spell(body.inputs(id)[0]));
          out.Field(4, result);
          written = true;
        }
        if (!written) out.Span(reader.whole());
        break;
      }
      case wire::Key(5, wire::Type::kBytes): {  // attr
        std::string_view name("", 0), value("", 0);
        wire::FieldReader entry(reader.bytes());
        while (entry.Next()) {
          if (entry.key() == wire::Key(1, wire::Type::kBytes)) name = entry.bytes();
          if (entry.key() == wire::Key(2, wire::Type::kBytes)) value = entry.bytes();
        }
        if (name == "_input_shapes" && !function.argument_types.empty()) {
          PieceList shapes;
          shapes.Field(1, name);
          shapes.Field(2, EncodeInputShapes(function, value));
          out.Field(5, shapes);
        } else {
          out.Span(reader.whole());
        }
        break;
      }
      case wire::Key(6, wire::Type::kBytes):  // control_ret
        if (body.alive(function.base().first_control_result + control_result++)) out.Span(reader.whole());
        break;
      case wire::Key(7, wire::Type::kBytes):  // arg_attr
        if (ChangedType(function.argument_types, MapKey(reader.bytes())) != DataType::kInvalid) {
          out.Field(7, EncodeArgAttrs(reader.bytes()));
        } else {
          out.Span(reader.whole());
        }
        break;
      case wire::Key(8, wire::Type::kBytes):  // resource_arg_unique_id
        if (ChangedType(function.argument_types, MapKey(reader.bytes())) == DataType::kInvalid) {
          out.Span(reader.whole());
        }
        break;
      default:
        out.Span(reader.whole());
    }
  }
  if (!added_written) write_added();
  return out;
}

inline PieceList EncodeLibrary(const Graph& graph) {
  PieceList out;
  const auto write_function = [&](const Function& function) {
    if (!function.alive) return;
    if (function.changed()) {
      out.Field(1, EncodeFunction(function, graph.weights()));
    } else {
      out.Span(function.base().whole);
    }
  };
  for (FunctionId id = 0; id < graph.function_count(); ++id) write_function(graph.function(id));
  for (const LibraryField& field : graph.data()->library_fields) {
    // A gradient of a function that is gone, or by one, would not import.
    const bool stale = (!field.gradient_of.empty() && graph.FindFunction(field.gradient_of) == kNoFunction) ||
                       (!field.gradient.empty() && graph.FindFunction(field.gradient) == kNoFunction);
    if (!stale) out.Span(field.whole);
  }
  return out;
}

}  // namespace detail

// Appends the GraphDef to `out`, which refers to the graph's bytes, arena and weights: they are kept alive.
// A graph that nobody edited gives the bytes that were read.
inline void WriteGraph(const Graph& graph, SegmentList* out) {
  const detail::GraphData& data = *graph.data();
  out->Keep(graph.data());
  out->Keep(graph.shared_arena());
  const Body& body = graph.main();
  const bool library_changed = graph.library_changed();
  bool library_written = false;

  const auto write_node = [&](NodeId id) {
    if (!body.alive(id)) return;
    if (!body.IsChanged(id)) {
      out->Append(body.base().nodes[id].whole());
      return;
    }
    const detail::PieceList node = detail::EncodeNode(body, id, graph.weights());
    std::string header;
    wire::PutBytesHeader(&header, 1, node.size());
    out->AppendCopy(header);
    node.AppendTo(out, graph.weights());
  };
  const auto in_file = static_cast<NodeId>(data.main.nodes.size());
  NodeId next = 0;
  const auto write_nodes_up_to = [&](NodeId end) {
    for (; next < end; ++next) write_node(next);
    if (end == in_file) {
      for (; next < body.size(); ++next) write_node(next);
    }
  };
  for (const detail::OtherField& field : data.others) {
    write_nodes_up_to(field.nodes_before);
    if (!field.is_library || !library_changed) {
      out->Append(field.whole);
    } else if (!library_written) {
      library_written = true;
      const detail::PieceList library = detail::EncodeLibrary(graph);
      if (library.size() == 0) continue;
      std::string header;
      wire::PutBytesHeader(&header, 2, library.size());
      out->AppendCopy(header);
      library.AppendTo(out, graph.weights());
    }
  }
  write_nodes_up_to(in_file);
  out->Finish();
}

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/graph/op_types.hpp ----
// What the inputs and outputs of a node are, by its op's definition (or its function's signature) and its attributes.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>


GRAPHFREEZE_NAMESPACE_BEGIN

// The value of an attribute, from the node or else the op's default.
inline AttrView AttrOrDefault(const Graph& graph, NodeRef node, std::string_view name) {
  AttrView value = node.attr(name);
  if (value.exists()) return value;
  if (const OpDef* op = graph.ops().Find(node.op())) {
    if (const auto fallback = op->Default(name)) return AttrView(*fallback);
  }
  return value;
}

// The types of the tensors of one argument. Empty optional when an attribute that says so is missing.
inline std::optional<std::vector<DataType>> ArgTypes(const Graph& graph, NodeRef node, const OpArg& arg) {
  constexpr std::int64_t kMost = 1 << 20;  // no op has more tensors; a hostile attribute may say so
  if (!arg.type_list_attr.empty()) {
    const AttrView list = AttrOrDefault(graph, node, arg.type_list_attr);
    if (list.kind() != AttrView::Kind::kList) return std::nullopt;
    return list.types();
  }
  DataType dtype = arg.type;
  if (!arg.type_attr.empty()) {
    const AttrView type = AttrOrDefault(graph, node, arg.type_attr);
    if (type.kind() != AttrView::Kind::kType) return std::nullopt;
    dtype = type.type();
  }
  std::int64_t count = 1;
  if (!arg.number_attr.empty()) {
    const AttrView number = AttrOrDefault(graph, node, arg.number_attr);
    if (number.kind() != AttrView::Kind::kInt || number.i() < 0 || number.i() > kMost) return std::nullopt;
    count = number.i();
  }
  return std::vector<DataType>(static_cast<std::size_t>(count), dtype);
}

namespace detail {

// The definition by which a node's op is known: an op's, or the signature of a function of the library.
class Definition {
 public:
  Definition(const Graph& graph, std::string_view op) {
    if (const FunctionId id = graph.FindFunction(op); id != kNoFunction) {
      function_ = &graph.function(id);
      absl::StatusOr<OpDef> parsed = ParseOpDef(function_->base().signature);
      if (!parsed.ok()) return;
      signature_ = *std::move(parsed);
      for (const auto& [i, dtype] : function_->result_types) {
        if (i < signature_.outputs.size()) signature_.outputs[i].type = dtype;
      }
      found_ = &signature_;
    } else {
      found_ = graph.ops().Find(op);
    }
  }
  Definition(const Definition&) = delete;
  Definition& operator=(const Definition&) = delete;
  const OpDef* get() const { return found_; }

 private:
  const Function* function_ = nullptr;
  OpDef signature_;
  const OpDef* found_ = nullptr;
};

}  // namespace detail

// The types of all outputs, in order. Empty optional when the op, or an attribute that decides, is not known.
inline std::optional<std::vector<DataType>> OutputTypes(const Graph& graph, NodeRef node) {
  const detail::Definition definition(graph, node.op());
  if (definition.get() == nullptr) return std::nullopt;
  std::vector<DataType> all;
  for (const OpArg& arg : definition.get()->outputs) {
    const auto types = ArgTypes(graph, node, arg);
    if (!types) return std::nullopt;
    for (DataType dtype : *types) all.push_back(dtype);
  }
  return all;
}

// The number of the output that an edge takes, counted over all outputs of its producer. Inside functions edges
// name an output argument instead: then the producer's op must be known.
inline std::optional<std::int32_t> FlatOutput(const Graph& graph, const Body& body, const Edge& edge) {
  if (edge.node == kNoNode || edge.is_control()) return std::nullopt;
  if (edge.arg == 0) return edge.index;
  const NodeRef producer = body.node(edge.node);
  const std::string_view wanted = body.OutputArg(edge);
  const detail::Definition definition(graph, producer.op());
  if (definition.get() == nullptr) return std::nullopt;
  std::int64_t before = 0;
  for (const OpArg& arg : definition.get()->outputs) {
    if (arg.name == wanted) return static_cast<std::int32_t>(before + edge.index);
    const auto types = ArgTypes(graph, producer, arg);
    if (!types) return std::nullopt;
    before += static_cast<std::int64_t>(types->size());
  }
  return std::nullopt;
}

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/io/segment_writer.hpp ----
// WriteSegments: a SegmentList into a file, in parts that an executor may write at the same time. The stored
// checksum of a segment is compared while its bytes are in the cache for being written: checking costs no
// second pass over the weights.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>


GRAPHFREEZE_NAMESPACE_BEGIN

// Told now and then how many bytes of how many are done, from one thread at a time.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

struct WriteOptions {
  Executor executor = InlineExecutor();
  Progress progress;
  std::function<bool()> cancelled;
};

// A segment whose bytes are not what their stored checksum says.
struct BadSegment {
  std::size_t segment = 0;
  std::uint32_t computed = 0;
};

// Writes all bytes to `file`. With `verify`, `bad` gets the first segment in the list that does not have its
// stored checksum; the caller then does not commit the file.
inline absl::Status WriteSegments(const SegmentList& list, posix::AtomicFile* file, const WriteOptions& options,
                                  bool verify, std::vector<BadSegment>* bad) {
  // A unit is a range of the file of this size: small enough to stay in the cache between checksum and write.
  constexpr std::uint64_t kUnit = std::uint64_t{1} << 20;
  struct Part {  // of a segment, in one unit
    std::uint32_t segment;
    std::uint32_t crc;
    std::uint64_t at, size;
  };
  std::vector<Part> parts;
  std::vector<std::size_t> first_part;  // of each unit
  std::uint64_t position = 0;
  const absl::Span<const Segment> segments = list.segments();
  for (std::size_t s = 0; s < segments.size(); ++s) {
    for (std::uint64_t at = 0; at < segments[s].size;) {
      if (position % kUnit == 0) first_part.push_back(parts.size());
      const std::uint64_t size = (std::min)(segments[s].size - at, kUnit - position % kUnit);
      parts.push_back({static_cast<std::uint32_t>(s), 0, at, size});
      at += size;
      position += size;
    }
  }
  const std::size_t units = first_part.size();
  first_part.push_back(parts.size());

  GRAPHFREEZE_RETURN_IF_ERROR(file->Resize(list.size()));
  const wire::Crc32c crc;
  std::mutex mutex;
  absl::Status first_error;
  std::size_t error_unit = units;
  std::uint64_t done = 0;
  std::atomic<bool> stop{false};
  options.executor(units, [&](std::size_t unit) {
    if (stop) return;
    const auto write = [&]() -> absl::Status {
      if (options.cancelled && options.cancelled()) {
        return MakeStatus(absl::StatusCode::kCancelled, "cancelled by the caller");
      }
      std::vector<std::string_view> runs;
      std::vector<std::string> buffers(first_part[unit + 1] - first_part[unit]);
      for (std::size_t p = first_part[unit]; p < first_part[unit + 1]; ++p) {
        Part& part = parts[p];
        const Segment& segment = segments[part.segment];
        GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string_view bytes,
                                     list.Read(segment, part.at, static_cast<std::size_t>(part.size),
                                               &buffers[p - first_part[unit]]));
        if (verify && segment.has_crc) part.crc = crc.Of(bytes);
        runs.push_back(bytes);
      }
      return file->WriteAt(unit * kUnit, runs);
    };
    const absl::Status status = write();
    const std::lock_guard<std::mutex> lock(mutex);
    if (!status.ok() && unit < error_unit) {
      error_unit = unit;
      first_error = status;
      stop = true;
    }
    done += (std::min)(kUnit, list.size() - unit * kUnit);
    if (options.progress && status.ok()) options.progress(done, list.size());
  });
  GRAPHFREEZE_RETURN_IF_ERROR(first_error);
  if (!verify) return absl::OkStatus();
  for (std::size_t p = 0; p < parts.size();) {
    const std::uint32_t number = parts[p].segment;
    std::uint32_t computed = 0;
    for (; p < parts.size() && parts[p].segment == number; ++p) {
      computed = parts[p].at == 0 ? parts[p].crc : wire::Crc32c::Combine(computed, parts[p].crc, parts[p].size);
    }
    if (segments[number].has_crc && computed != segments[number].crc32c) {
      bad->push_back({number, computed});
      return absl::OkStatus();
    }
  }
  return absl::OkStatus();
}

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/io/zero_copy.hpp ----
// SegmentList over protobuf's streams: as input for a message of the host, and out to any stream of its own.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include <google/protobuf/io/zero_copy_stream.h>


GRAPHFREEZE_NAMESPACE_BEGIN

// Hands out the segments where they lie; what must be read is read in chunks. The list must outlive the stream.
class SegmentInputStream final : public google::protobuf::io::ZeroCopyInputStream {
 public:
  explicit SegmentInputStream(const SegmentList& list) : list_(list) {}

  bool Next(const void** data, int* size) override {
    const absl::Span<const Segment> segments = list_.segments();
    while (segment_ < segments.size() && at_ == segments[segment_].size) {
      ++segment_;
      at_ = 0;
    }
    if (segment_ == segments.size()) return false;
    const std::uint64_t n = (std::min)(segments[segment_].size - at_, kChunk);
    absl::StatusOr<std::string_view> bytes =
        list_.Read(segments[segment_], at_, static_cast<std::size_t>(n), &buffer_);
    if (!bytes.ok()) {
      status_ = bytes.status();
      return false;
    }
    *data = bytes->data();
    *size = static_cast<int>(n);
    at_ += n;
    count_ += n;
    return true;
  }
  void BackUp(int count) override {
    at_ -= static_cast<std::uint64_t>(count);
    count_ -= static_cast<std::uint64_t>(count);
  }
  bool Skip(int count) override {
    const void* data;
    int size;
    while (count > 0) {
      if (!Next(&data, &size)) return false;
      if (size > count) BackUp(size - count);
      count -= (std::min)(size, count);
    }
    return true;
  }
  std::int64_t ByteCount() const override { return static_cast<std::int64_t>(count_); }
  // Why the stream ended early, if it did.
  const absl::Status& status() const { return status_; }

 private:
  static constexpr std::uint64_t kChunk = std::uint64_t{1} << 20;
  const SegmentList& list_;
  std::size_t segment_ = 0;
  std::uint64_t at_ = 0;
  std::uint64_t count_ = 0;
  std::string buffer_;
  absl::Status status_;
};

// Copies all bytes to the stream.
inline absl::Status CopyTo(const SegmentList& list, google::protobuf::io::ZeroCopyOutputStream* out) {
  return list.ForEachChunk(std::size_t{1} << 20, [&](std::string_view bytes) -> absl::Status {
    while (!bytes.empty()) {
      void* data;
      int size;
      if (!out->Next(&data, &size)) {
        return MakeStatus(absl::StatusCode::kUnavailable, "the output stream took no more bytes");
      }
      const std::size_t n = (std::min)(bytes.size(), static_cast<std::size_t>(size));
      std::memcpy(data, bytes.data(), n);
      bytes.remove_prefix(n);
      if (n < static_cast<std::size_t>(size)) out->BackUp(size - static_cast<int>(n));
    }
    return absl::OkStatus();
  });
}

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/model/graph_file.hpp ----
// GraphFile: a file that should hold a graph, told by its content and never by its name.
//
//   absl::StatusOr<GraphFile> file = LoadGraphFile(LocalFileSystem{}, "model.ckpt.meta");
//   absl::StatusOr<OwnedBytes> graph = file->graph_def();   // binary, whatever the file was
//   if (const MetaGraph* meta = file->meta_graph()) ...      // saver, op list, collections, signatures
//
// A binary graph begins with byte 0x0a, which is also a line feed, and a frozen "graph.pb" may in
// truth be a SavedModel: so nothing is decided on first bytes. The bytes are a graph if they parse
// as one to the end and the messages inside look like nodes; then they are tried as text. What is
// no graph gets an error that says what it is and what to give instead.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>


// ---- graphfreeze/model/text_format.hpp ----
// Protobuf's text format (.pbtxt): text to bytes and back, for the messages that TensorFlow writes
// as files.
//
//   absl::StatusOr<std::string> bytes = TextToBinary("GraphDef", text);
//
// The work is done by protobuf's TextFormat over DynamicMessage. The schema is a table of our own,
// built into a private DescriptorPool for each call (about a millisecond): nothing is registered
// anywhere, so a host that has TensorFlow's own messages linked in is not disturbed. Nothing is
// printed, whatever the input.

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <google/protobuf/arena.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>


// ---- graphfreeze/model/schema_table.hpp ----
// The messages of TensorFlow 2.21.0: 95 of them with 331 fields, and 7 enums. Made by
// cmake/make_schema_table.py, which explains the form; do not edit.

#include <string_view>


GRAPHFREEZE_NAMESPACE_BEGIN
namespace detail {

// Every literal ends with the end of a line.
inline constexpr std::string_view kSchemaTable[] = {
    "message google.protobuf.Any\n"
    "type_url 1 string\n"
    "value 2 bytes\n"
    "message google.protobuf.BoolValue\n"
    "value 1 bool\n"
    "message tensorflow.AssetFileDef\n"
    "tensor_info 1 tensorflow.TensorInfo\n"
    "filename 2 bytes\n"
    "message tensorflow.AttrValue\n"
    "s 2 bytes value\n"
    "i 3 int64 value\n"
    "f 4 float value\n"
    "b 5 bool value\n"
    "type 6 tensorflow.DataType value\n"
    "shape 7 tensorflow.TensorShapeProto value\n"
    "tensor 8 tensorflow.TensorProto value\n"
    "list 1 tensorflow.AttrValue.ListValue value\n"
    "func 10 tensorflow.NameAttrList value\n"
    "placeholder 9 bytes value\n"
    "message tensorflow.AttrValue.ListValue\n"
    "s 2 *bytes\n"
    "i 3 *int64\n"
    "f 4 *float\n"
    "b 5 *bool\n"
    "type 6 *tensorflow.DataType\n"
    "shape 7 *tensorflow.TensorShapeProto\n"
    "tensor 8 *tensorflow.TensorProto\n"
    "func 9 *tensorflow.NameAttrList\n"
    "message tensorflow.BoundedTensorSpecProto\n"
    "name 1 bytes\n"
    "shape 2 tensorflow.TensorShapeProto\n"
    "dtype 3 tensorflow.DataType\n"
    "minimum 4 tensorflow.TensorProto\n"
    "maximum 5 tensorflow.TensorProto\n"
    "message tensorflow.CapturedTensor\n"
    "name 1 bytes\n"
    "concrete_function 2 bytes\n"
    "message tensorflow.CheckpointState\n"
    "model_checkpoint_path 1 bytes\n"
    "all_model_checkpoint_paths 2 *bytes\n"
    "all_model_checkpoint_timestamps 3 *double\n"
    "last_preserved_timestamp 4 double\n"
    "message tensorflow.CollectionDef\n"
    "node_list 1 tensorflow.CollectionDef.NodeList kind\n"
    "bytes_list 2 tensorflow.CollectionDef.BytesList kind\n"
    "int64_list 3 tensorflow.CollectionDef.Int64List kind\n"
    "float_list 4 tensorflow.CollectionDef.FloatList kind\n"
    "any_list 5 tensorflow.CollectionDef.AnyList kind\n"
    "message tensorflow.CollectionDef.AnyList\n"
    "value 1 *google.protobuf.Any\n"
    "message tensorflow.CollectionDef.BytesList\n"
    "value 1 *bytes\n"
    "message tensorflow.CollectionDef.FloatList\n"
    "value 1 *float\n"
    "message tensorflow.CollectionDef.Int64List\n"
    "value 1 *int64\n"
    "message tensorflow.CollectionDef.NodeList\n"
    "value 1 *bytes\n"
    "message tensorflow.DictValue\n"
    "fields 1 *tensorflow.DictValue.FieldsEntry\n"
    "message tensorflow.DictValue.FieldsEntry\n"
    "key 1 bytes\n"
    "value 2 tensorflow.StructuredValue\n"
    "message tensorflow.FullTypeDef\n",
    "type_id 1 tensorflow.FullTypeId\n"
    "args 2 *tensorflow.FullTypeDef\n"
    "s 3 bytes attr\n"
    "i 4 int64 attr\n"
    "message tensorflow.FunctionDef\n"
    "signature 1 tensorflow.OpDef\n"
    "attr 5 *tensorflow.FunctionDef.AttrEntry\n"
    "arg_attr 7 *tensorflow.FunctionDef.ArgAttrEntry\n"
    "resource_arg_unique_id 8 *tensorflow.FunctionDef.ResourceArgUniqueIdEntry\n"
    "node_def 3 *tensorflow.NodeDef\n"
    "ret 4 *tensorflow.FunctionDef.RetEntry\n"
    "control_ret 6 *tensorflow.FunctionDef.ControlRetEntry\n"
    "message tensorflow.FunctionDef.ArgAttrEntry\n"
    "key 1 uint32\n"
    "value 2 tensorflow.FunctionDef.ArgAttrs\n"
    "message tensorflow.FunctionDef.ArgAttrs\n"
    "attr 1 *tensorflow.FunctionDef.ArgAttrs.AttrEntry\n"
    "message tensorflow.FunctionDef.ArgAttrs.AttrEntry\n"
    "key 1 bytes\n"
    "value 2 tensorflow.AttrValue\n"
    "message tensorflow.FunctionDef.AttrEntry\n"
    "key 1 bytes\n"
    "value 2 tensorflow.AttrValue\n"
    "message tensorflow.FunctionDef.ControlRetEntry\n"
    "key 1 bytes\n"
    "value 2 bytes\n"
    "message tensorflow.FunctionDef.ResourceArgUniqueIdEntry\n"
    "key 1 uint32\n"
    "value 2 uint32\n"
    "message tensorflow.FunctionDef.RetEntry\n"
    "key 1 bytes\n"
    "value 2 bytes\n"
    "message tensorflow.FunctionDefLibrary\n"
    "function 1 *tensorflow.FunctionDef\n"
    "gradient 2 *tensorflow.GradientDef\n"
    "registered_gradients 3 *tensorflow.RegisteredGradient\n"
    "message tensorflow.FunctionSpec\n"
    "fullargspec 1 tensorflow.StructuredValue\n"
    "is_method 2 bool\n"
    "input_signature 5 tensorflow.StructuredValue\n"
    "jit_compile 6 tensorflow.FunctionSpec.JitCompile\n"
    "message tensorflow.GradientDef\n"
    "function_name 1 bytes\n"
    "gradient_func 2 bytes\n"
    "message tensorflow.GraphDebugInfo\n"
    "files 1 *bytes\n"
    "frames_by_id 4 *tensorflow.GraphDebugInfo.FramesByIdEntry\n"
    "traces_by_id 6 *tensorflow.GraphDebugInfo.TracesByIdEntry\n"
    "traces 2 *tensorflow.GraphDebugInfo.TracesEntry\n"
    "name_to_trace_id 5 *tensorflow.GraphDebugInfo.NameToTraceIdEntry\n"
    "message tensorflow.GraphDebugInfo.FileLineCol\n"
    "file_index 1 int32\n"
    "line 2 int32\n"
    "col 3 int32\n"
    "func 4 bytes\n"
    "code 5 bytes\n"
    "message tensorflow.GraphDebugInfo.FramesByIdEntry\n"
    "key 1 fixed64\n"
    "value 2 tensorflow.GraphDebugInfo.FileLineCol\n"
    "message tensorflow.GraphDebugInfo.NameToTraceIdEntry\n"
    "key 1 bytes\n"
    "value 2 fixed64\n"
    "message tensorflow.GraphDebugInfo.StackTrace\n"
    "file_line_cols 1 *tensorflow.GraphDebugInfo.FileLineCol\n",
    "frame_id 2 *fixed64\n"
    "message tensorflow.GraphDebugInfo.TracesByIdEntry\n"
    "key 1 fixed64\n"
    "value 2 tensorflow.GraphDebugInfo.StackTrace\n"
    "message tensorflow.GraphDebugInfo.TracesEntry\n"
    "key 1 bytes\n"
    "value 2 tensorflow.GraphDebugInfo.StackTrace\n"
    "message tensorflow.GraphDef\n"
    "node 1 *tensorflow.NodeDef\n"
    "versions 4 tensorflow.VersionDef\n"
    "version 3 int32\n"
    "library 2 tensorflow.FunctionDefLibrary\n"
    "debug_info 5 tensorflow.GraphDebugInfo\n"
    "message tensorflow.ListValue\n"
    "values 1 *tensorflow.StructuredValue\n"
    "message tensorflow.MetaGraphDef\n"
    "meta_info_def 1 tensorflow.MetaGraphDef.MetaInfoDef\n"
    "graph_def 2 tensorflow.GraphDef\n"
    "saver_def 3 tensorflow.SaverDef\n"
    "collection_def 4 *tensorflow.MetaGraphDef.CollectionDefEntry\n"
    "signature_def 5 *tensorflow.MetaGraphDef.SignatureDefEntry\n"
    "asset_file_def 6 *tensorflow.AssetFileDef\n"
    "object_graph_def 7 tensorflow.SavedObjectGraph\n"
    "message tensorflow.MetaGraphDef.CollectionDefEntry\n"
    "key 1 bytes\n"
    "value 2 tensorflow.CollectionDef\n"
    "message tensorflow.MetaGraphDef.MetaInfoDef\n"
    "meta_graph_version 1 bytes\n"
    "stripped_op_list 2 tensorflow.OpList\n"
    "any_info 3 google.protobuf.Any\n"
    "tags 4 *bytes\n"
    "tensorflow_version 5 bytes\n"
    "tensorflow_git_version 6 bytes\n"
    "stripped_default_attrs 7 bool\n"
    "function_aliases 8 *tensorflow.MetaGraphDef.MetaInfoDef.FunctionAliasesEntry\n"
    "message tensorflow.MetaGraphDef.MetaInfoDef.FunctionAliasesEntry\n"
    "key 1 bytes\n"
    "value 2 bytes\n"
    "message tensorflow.MetaGraphDef.SignatureDefEntry\n"
    "key 1 bytes\n"
    "value 2 tensorflow.SignatureDef\n"
    "message tensorflow.NameAttrList\n"
    "name 1 bytes\n"
    "attr 2 *tensorflow.NameAttrList.AttrEntry\n"
    "message tensorflow.NameAttrList.AttrEntry\n"
    "key 1 bytes\n"
    "value 2 tensorflow.AttrValue\n"
    "message tensorflow.NamedTupleValue\n"
    "name 1 bytes\n"
    "values 2 *tensorflow.PairValue\n"
    "message tensorflow.NodeDef\n"
    "name 1 bytes\n"
    "op 2 bytes\n"
    "input 3 *bytes\n"
    "device 4 bytes\n"
    "attr 5 *tensorflow.NodeDef.AttrEntry\n"
    "experimental_debug_info 6 tensorflow.NodeDef.ExperimentalDebugInfo\n"
    "experimental_type 7 tensorflow.FullTypeDef\n"
    "message tensorflow.NodeDef.AttrEntry\n"
    "key 1 bytes\n"
    "value 2 tensorflow.AttrValue\n"
    "message tensorflow.NodeDef.ExperimentalDebugInfo\n"
    "original_node_names 1 *bytes\n"
    "original_func_names 2 *bytes\n",
    "message tensorflow.NoneValue\n"
    "message tensorflow.OpDef\n"
    "name 1 bytes\n"
    "input_arg 2 *tensorflow.OpDef.ArgDef\n"
    "output_arg 3 *tensorflow.OpDef.ArgDef\n"
    "control_output 20 *bytes\n"
    "attr 4 *tensorflow.OpDef.AttrDef\n"
    "deprecation 8 tensorflow.OpDeprecation\n"
    "summary 5 bytes\n"
    "description 6 bytes\n"
    "is_commutative 18 bool\n"
    "is_aggregate 16 bool\n"
    "is_stateful 17 bool\n"
    "allows_uninitialized_input 19 bool\n"
    "is_distributed_communication 21 bool\n"
    "message tensorflow.OpDef.ArgDef\n"
    "name 1 bytes\n"
    "description 2 bytes\n"
    "type 3 tensorflow.DataType\n"
    "type_attr 4 bytes\n"
    "number_attr 5 bytes\n"
    "type_list_attr 6 bytes\n"
    "handle_data 7 *tensorflow.ResourceHandleProto.DtypeAndShape\n"
    "is_ref 16 bool\n"
    "experimental_full_type 17 tensorflow.FullTypeDef\n"
    "message tensorflow.OpDef.AttrDef\n"
    "name 1 bytes\n"
    "type 2 bytes\n"
    "default_value 3 tensorflow.AttrValue\n"
    "description 4 bytes\n"
    "has_minimum 5 bool\n"
    "minimum 6 int64\n"
    "allowed_values 7 tensorflow.AttrValue\n"
    "message tensorflow.OpDeprecation\n"
    "version 1 int32\n"
    "explanation 2 bytes\n"
    "message tensorflow.OpList\n"
    "op 1 *tensorflow.OpDef\n"
    "message tensorflow.PairValue\n"
    "key 1 bytes\n"
    "value 2 tensorflow.StructuredValue\n"
    "message tensorflow.RegisteredGradient\n"
    "gradient_func 1 bytes\n"
    "registered_op_type 2 bytes\n"
    "message tensorflow.RegisteredSaver\n"
    "name 1 bytes\n"
    "object_name 2 bytes\n"
    "message tensorflow.ResourceHandleProto\n"
    "device 1 bytes\n"
    "container 2 bytes\n"
    "name 3 bytes\n"
    "hash_code 4 uint64\n"
    "maybe_type_name 5 bytes\n"
    "dtypes_and_shapes 6 *tensorflow.ResourceHandleProto.DtypeAndShape\n"
    "message tensorflow.ResourceHandleProto.DtypeAndShape\n"
    "dtype 1 tensorflow.DataType\n"
    "shape 2 tensorflow.TensorShapeProto\n"
    "message tensorflow.SaveableObject\n"
    "save_function 2 int32\n"
    "restore_function 3 int32\n"
    "message tensorflow.SavedAsset\n"
    "asset_file_def_index 1 int32\n"
    "message tensorflow.SavedBareConcreteFunction\n"
    "concrete_function_name 1 bytes\n",
    "argument_keywords 2 *bytes\n"
    "allowed_positional_arguments 3 int64\n"
    "function_spec 4 tensorflow.FunctionSpec\n"
    "message tensorflow.SavedConcreteFunction\n"
    "bound_inputs 2 *int32\n"
    "canonicalized_input_signature 3 tensorflow.StructuredValue\n"
    "output_signature 4 tensorflow.StructuredValue\n"
    "message tensorflow.SavedConstant\n"
    "operation 1 bytes\n"
    "message tensorflow.SavedFunction\n"
    "concrete_functions 1 *bytes\n"
    "function_spec 2 tensorflow.FunctionSpec\n"
    "message tensorflow.SavedModel\n"
    "saved_model_schema_version 1 int64\n"
    "meta_graphs 2 *tensorflow.MetaGraphDef\n"
    "message tensorflow.SavedObject\n"
    "children 1 *tensorflow.TrackableObjectGraph.TrackableObject.ObjectReference\n"
    "dependencies 15 *tensorflow.TrackableObjectGraph.TrackableObject.ObjectReference\n"
    "slot_variables 3 *tensorflow.TrackableObjectGraph.TrackableObject.SlotVariableReference\n"
    "user_object 4 tensorflow.SavedUserObject kind\n"
    "asset 5 tensorflow.SavedAsset kind\n"
    "function 6 tensorflow.SavedFunction kind\n"
    "variable 7 tensorflow.SavedVariable kind\n"
    "bare_concrete_function 8 tensorflow.SavedBareConcreteFunction kind\n"
    "constant 9 tensorflow.SavedConstant kind\n"
    "resource 10 tensorflow.SavedResource kind\n"
    "captured_tensor 12 tensorflow.CapturedTensor kind\n"
    "saveable_objects 11 *tensorflow.SavedObject.SaveableObjectsEntry\n"
    "registered_name 13 bytes\n"
    "serialized_user_proto 14 google.protobuf.Any\n"
    "registered_saver 16 bytes\n"
    "message tensorflow.SavedObject.SaveableObjectsEntry\n"
    "key 1 bytes\n"
    "value 2 tensorflow.SaveableObject\n"
    "message tensorflow.SavedObjectGraph\n"
    "nodes 1 *tensorflow.SavedObject\n"
    "concrete_functions 2 *tensorflow.SavedObjectGraph.ConcreteFunctionsEntry\n"
    "message tensorflow.SavedObjectGraph.ConcreteFunctionsEntry\n"
    "key 1 bytes\n"
    "value 2 tensorflow.SavedConcreteFunction\n"
    "message tensorflow.SavedResource\n"
    "device 1 bytes\n"
    "message tensorflow.SavedUserObject\n"
    "identifier 1 bytes\n"
    "version 2 tensorflow.VersionDef\n"
    "metadata 3 bytes\n"
    "message tensorflow.SavedVariable\n"
    "dtype 1 tensorflow.DataType\n"
    "shape 2 tensorflow.TensorShapeProto\n"
    "trainable 3 bool\n"
    "synchronization 4 tensorflow.VariableSynchronization\n"
    "aggregation 5 tensorflow.VariableAggregation\n"
    "name 6 bytes\n"
    "device 7 bytes\n"
    "experimental_distributed_variable_components 8 *tensorflow.SavedVariable\n"
    "message tensorflow.SaverDef\n"
    "filename_tensor_name 1 bytes\n"
    "save_tensor_name 2 bytes\n"
    "restore_op_name 3 bytes\n"
    "max_to_keep 4 int32\n"
    "sharded 5 bool\n"
    "keep_checkpoint_every_n_hours 6 float\n"
    "version 7 tensorflow.SaverDef.CheckpointFormatVersion\n"
    "message tensorflow.SignatureDef\n",
    "inputs 1 *tensorflow.SignatureDef.InputsEntry\n"
    "outputs 2 *tensorflow.SignatureDef.OutputsEntry\n"
    "method_name 3 bytes\n"
    "defaults 4 *tensorflow.SignatureDef.DefaultsEntry\n"
    "message tensorflow.SignatureDef.DefaultsEntry\n"
    "key 1 bytes\n"
    "value 2 tensorflow.TensorProto\n"
    "message tensorflow.SignatureDef.InputsEntry\n"
    "key 1 bytes\n"
    "value 2 tensorflow.TensorInfo\n"
    "message tensorflow.SignatureDef.OutputsEntry\n"
    "key 1 bytes\n"
    "value 2 tensorflow.TensorInfo\n"
    "message tensorflow.StructuredValue\n"
    "none_value 1 tensorflow.NoneValue kind\n"
    "float64_value 11 double kind\n"
    "int64_value 12 sint64 kind\n"
    "string_value 13 bytes kind\n"
    "bool_value 14 bool kind\n"
    "tensor_shape_value 31 tensorflow.TensorShapeProto kind\n"
    "tensor_dtype_value 32 tensorflow.DataType kind\n"
    "tensor_spec_value 33 tensorflow.TensorSpecProto kind\n"
    "type_spec_value 34 tensorflow.TypeSpecProto kind\n"
    "bounded_tensor_spec_value 35 tensorflow.BoundedTensorSpecProto kind\n"
    "list_value 51 tensorflow.ListValue kind\n"
    "tuple_value 52 tensorflow.TupleValue kind\n"
    "dict_value 53 tensorflow.DictValue kind\n"
    "named_tuple_value 54 tensorflow.NamedTupleValue kind\n"
    "tensor_value 55 tensorflow.TensorProto kind\n"
    "numpy_value 56 tensorflow.TensorProto kind\n"
    "message tensorflow.TensorInfo\n"
    "name 1 bytes encoding\n"
    "coo_sparse 4 tensorflow.TensorInfo.CooSparse encoding\n"
    "composite_tensor 5 tensorflow.TensorInfo.CompositeTensor encoding\n"
    "dtype 2 tensorflow.DataType\n"
    "tensor_shape 3 tensorflow.TensorShapeProto\n"
    "message tensorflow.TensorInfo.CompositeTensor\n"
    "type_spec 1 tensorflow.TypeSpecProto\n"
    "components 2 *tensorflow.TensorInfo\n"
    "message tensorflow.TensorInfo.CooSparse\n"
    "values_tensor_name 1 bytes\n"
    "indices_tensor_name 2 bytes\n"
    "dense_shape_tensor_name 3 bytes\n"
    "message tensorflow.TensorProto\n"
    "dtype 1 tensorflow.DataType\n"
    "tensor_shape 2 tensorflow.TensorShapeProto\n"
    "version_number 3 int32\n"
    "tensor_content 4 bytes\n"
    "half_val 13 *int32\n"
    "float_val 5 *float\n"
    "double_val 6 *double\n"
    "int_val 7 *int32\n"
    "string_val 8 *bytes\n"
    "scomplex_val 9 *float\n"
    "int64_val 10 *int64\n"
    "bool_val 11 *bool\n"
    "dcomplex_val 12 *double\n"
    "resource_handle_val 14 *tensorflow.ResourceHandleProto\n"
    "variant_val 15 *tensorflow.VariantTensorDataProto\n"
    "uint32_val 16 *uint32\n"
    "uint64_val 17 *uint64\n"
    "float8_val 18 bytes\n"
    "message tensorflow.TensorShapeProto\n"
    "dim 2 *tensorflow.TensorShapeProto.Dim\n",
    "unknown_rank 3 bool\n"
    "message tensorflow.TensorShapeProto.Dim\n"
    "size 1 int64\n"
    "name 2 bytes\n"
    "message tensorflow.TensorSpecProto\n"
    "name 1 bytes\n"
    "shape 2 tensorflow.TensorShapeProto\n"
    "dtype 3 tensorflow.DataType\n"
    "message tensorflow.TrackableObjectGraph\n"
    "nodes 1 *tensorflow.TrackableObjectGraph.TrackableObject\n"
    "message tensorflow.TrackableObjectGraph.TrackableObject\n"
    "children 1 *tensorflow.TrackableObjectGraph.TrackableObject.ObjectReference\n"
    "attributes 2 *tensorflow.TrackableObjectGraph.TrackableObject.SerializedTensor\n"
    "slot_variables 3 *tensorflow.TrackableObjectGraph.TrackableObject.SlotVariableReference\n"
    "registered_saver 4 tensorflow.RegisteredSaver\n"
    "has_checkpoint_values 5 google.protobuf.BoolValue\n"
    "message tensorflow.TrackableObjectGraph.TrackableObject.ObjectReference\n"
    "node_id 1 int32\n"
    "local_name 2 bytes\n"
    "message tensorflow.TrackableObjectGraph.TrackableObject.SerializedTensor\n"
    "name 1 bytes\n"
    "full_name 2 bytes\n"
    "checkpoint_key 3 bytes\n"
    "message tensorflow.TrackableObjectGraph.TrackableObject.SlotVariableReference\n"
    "original_variable_node_id 1 int32\n"
    "slot_name 2 bytes\n"
    "slot_variable_node_id 3 int32\n"
    "message tensorflow.TupleValue\n"
    "values 1 *tensorflow.StructuredValue\n"
    "message tensorflow.TypeSpecProto\n"
    "type_spec_class 1 tensorflow.TypeSpecProto.TypeSpecClass\n"
    "type_state 2 tensorflow.StructuredValue\n"
    "type_spec_class_name 3 bytes\n"
    "num_flat_components 4 int32\n"
    "message tensorflow.VariantTensorDataProto\n"
    "type_name 1 bytes\n"
    "metadata 2 bytes\n"
    "tensors 3 *tensorflow.TensorProto\n"
    "message tensorflow.VersionDef\n"
    "producer 1 int32\n"
    "min_consumer 2 int32\n"
    "bad_consumers 3 *int32\n"
    "enum tensorflow.DataType\n"
    "DT_INVALID 0\n"
    "DT_FLOAT 1\n"
    "DT_DOUBLE 2\n"
    "DT_INT32 3\n"
    "DT_UINT8 4\n"
    "DT_INT16 5\n"
    "DT_INT8 6\n"
    "DT_STRING 7\n"
    "DT_COMPLEX64 8\n"
    "DT_INT64 9\n"
    "DT_BOOL 10\n"
    "DT_QINT8 11\n"
    "DT_QUINT8 12\n"
    "DT_QINT32 13\n"
    "DT_BFLOAT16 14\n"
    "DT_QINT16 15\n"
    "DT_QUINT16 16\n"
    "DT_UINT16 17\n"
    "DT_COMPLEX128 18\n"
    "DT_HALF 19\n"
    "DT_RESOURCE 20\n",
    "DT_VARIANT 21\n"
    "DT_UINT32 22\n"
    "DT_UINT64 23\n"
    "DT_FLOAT8_E5M2 24\n"
    "DT_FLOAT8_E4M3FN 25\n"
    "DT_FLOAT8_E4M3FNUZ 26\n"
    "DT_FLOAT8_E4M3B11FNUZ 27\n"
    "DT_FLOAT8_E5M2FNUZ 28\n"
    "DT_INT4 29\n"
    "DT_UINT4 30\n"
    "DT_INT2 31\n"
    "DT_UINT2 32\n"
    "DT_FLOAT4_E2M1FN 33\n"
    "DT_FLOAT_REF 101\n"
    "DT_DOUBLE_REF 102\n"
    "DT_INT32_REF 103\n"
    "DT_UINT8_REF 104\n"
    "DT_INT16_REF 105\n"
    "DT_INT8_REF 106\n"
    "DT_STRING_REF 107\n"
    "DT_COMPLEX64_REF 108\n"
    "DT_INT64_REF 109\n"
    "DT_BOOL_REF 110\n"
    "DT_QINT8_REF 111\n"
    "DT_QUINT8_REF 112\n"
    "DT_QINT32_REF 113\n"
    "DT_BFLOAT16_REF 114\n"
    "DT_QINT16_REF 115\n"
    "DT_QUINT16_REF 116\n"
    "DT_UINT16_REF 117\n"
    "DT_COMPLEX128_REF 118\n"
    "DT_HALF_REF 119\n"
    "DT_RESOURCE_REF 120\n"
    "DT_VARIANT_REF 121\n"
    "DT_UINT32_REF 122\n"
    "DT_UINT64_REF 123\n"
    "DT_FLOAT8_E5M2_REF 124\n"
    "DT_FLOAT8_E4M3FN_REF 125\n"
    "DT_FLOAT8_E4M3FNUZ_REF 126\n"
    "DT_FLOAT8_E4M3B11FNUZ_REF 127\n"
    "DT_FLOAT8_E5M2FNUZ_REF 128\n"
    "DT_INT4_REF 129\n"
    "DT_UINT4_REF 130\n"
    "DT_INT2_REF 131\n"
    "DT_UINT2_REF 132\n"
    "DT_FLOAT4_E2M1FN_REF 133\n"
    "enum tensorflow.FullTypeId\n"
    "TFT_UNSET 0\n"
    "TFT_VAR 1\n"
    "TFT_ANY 2\n"
    "TFT_PRODUCT 3\n"
    "TFT_NAMED 4\n"
    "TFT_FOR_EACH 20\n"
    "TFT_CALLABLE 100\n"
    "TFT_TENSOR 1000\n"
    "TFT_ARRAY 1001\n"
    "TFT_OPTIONAL 1002\n"
    "TFT_LITERAL 1003\n"
    "TFT_ENCODED 1004\n"
    "TFT_SHAPE_TENSOR 1005\n"
    "TFT_BOOL 200\n"
    "TFT_UINT8 201\n"
    "TFT_UINT16 202\n"
    "TFT_UINT32 203\n",
    "TFT_UINT64 204\n"
    "TFT_INT8 205\n"
    "TFT_INT16 206\n"
    "TFT_INT32 207\n"
    "TFT_INT64 208\n"
    "TFT_HALF 209\n"
    "TFT_FLOAT 210\n"
    "TFT_DOUBLE 211\n"
    "TFT_BFLOAT16 215\n"
    "TFT_COMPLEX64 212\n"
    "TFT_COMPLEX128 213\n"
    "TFT_STRING 214\n"
    "TFT_DATASET 10102\n"
    "TFT_RAGGED 10103\n"
    "TFT_ITERATOR 10104\n"
    "TFT_MUTEX_LOCK 10202\n"
    "TFT_LEGACY_VARIANT 10203\n"
    "enum tensorflow.FunctionSpec.JitCompile\n"
    "DEFAULT 0\n"
    "ON 1\n"
    "OFF 2\n"
    "enum tensorflow.SaverDef.CheckpointFormatVersion\n"
    "LEGACY 0\n"
    "V1 1\n"
    "V2 2\n"
    "enum tensorflow.TypeSpecProto.TypeSpecClass\n"
    "UNKNOWN 0\n"
    "SPARSE_TENSOR_SPEC 1\n"
    "INDEXED_SLICES_SPEC 2\n"
    "RAGGED_TENSOR_SPEC 3\n"
    "TENSOR_ARRAY_SPEC 4\n"
    "DATA_DATASET_SPEC 5\n"
    "DATA_ITERATOR_SPEC 6\n"
    "OPTIONAL_SPEC 7\n"
    "PER_REPLICA_SPEC 8\n"
    "VARIABLE_SPEC 9\n"
    "ROW_PARTITION_SPEC 10\n"
    "REGISTERED_TYPE_SPEC 12\n"
    "EXTENSION_TYPE_SPEC 13\n"
    "enum tensorflow.VariableAggregation\n"
    "VARIABLE_AGGREGATION_NONE 0\n"
    "VARIABLE_AGGREGATION_SUM 1\n"
    "VARIABLE_AGGREGATION_MEAN 2\n"
    "VARIABLE_AGGREGATION_ONLY_FIRST_REPLICA 3\n"
    "enum tensorflow.VariableSynchronization\n"
    "VARIABLE_SYNCHRONIZATION_AUTO 0\n"
    "VARIABLE_SYNCHRONIZATION_NONE 1\n"
    "VARIABLE_SYNCHRONIZATION_ON_WRITE 2\n"
    "VARIABLE_SYNCHRONIZATION_ON_READ 3\n",
};

}  // namespace detail
GRAPHFREEZE_NAMESPACE_END

#if GOOGLE_PROTOBUF_VERSION < 3021000
#error "graphfreeze needs protobuf 3.21 or newer (libprotobuf-dev of Debian 12)"
#endif

GRAPHFREEZE_NAMESPACE_BEGIN

struct TextOptions {
  // Skip fields, and names of enum values, that the schema does not know. Otherwise they are
  // errors.
  bool allow_unknown = false;
};

namespace detail {

namespace proto = ::google::protobuf;

// The messages of schema_table.hpp in a pool of their own. Holds descriptors of everything made
// from it.
class SchemaPool {
 public:
  // How the type_url of an Any is declared. TextFormat knows the expanded form of an Any,
  // [type.googleapis.com/tensorflow.X] { ... }, only if it is a string; protobuf prints to stderr
  // when a string is not UTF-8, so it is one only where that form is to be read.
  enum class AnyUrl { kBytes, kString };

  explicit SchemaPool(AnyUrl any_url) {
    proto::FileDescriptorProto google_file;
    google_file.set_name("graphfreeze/google.proto");
    google_file.set_package("google.protobuf");
    google_file.set_syntax("proto3");
    proto::FileDescriptorProto tensorflow_file;
    tensorflow_file.set_name("graphfreeze/tensorflow.proto");
    tensorflow_file.set_package("tensorflow");
    tensorflow_file.set_syntax("proto3");
    tensorflow_file.add_dependency(google_file.name());

    NameMap<proto::DescriptorProto*> messages;  // by full name
    proto::DescriptorProto* message = nullptr;
    proto::EnumDescriptorProto* enumeration = nullptr;
    for (std::string_view text : kSchemaTable) {
      while (!text.empty()) {
        std::string_view line = Cut(&text, '\n');
        const std::string_view first = Cut(&line, ' ');
        const std::string_view second = Cut(&line, ' ');
        if (first == "message" || first == "enum") {
          const std::size_t dot = second.rfind('.');
          const std::string name(second.substr(dot + 1));
          proto::FileDescriptorProto& file =
              second.substr(0, 7) == "google." ? google_file : tensorflow_file;
          const auto parent = messages.find(second.substr(0, dot));
          if (first == "message") {
            enumeration = nullptr;
            message = parent != messages.end() ? parent->second->add_nested_type()
                                               : file.add_message_type();
            message->set_name(name);
            messages[second] = message;
          } else {
            enumeration =
                parent != messages.end() ? parent->second->add_enum_type() : file.add_enum_type();
            enumeration->set_name(name);
          }
        } else if (enumeration != nullptr) {
          proto::EnumValueDescriptorProto* value = enumeration->add_value();
          value->set_name(std::string(first));
          value->set_number(Number(second));
        } else if (message != nullptr) {
          AddField(message, first, Number(second), Cut(&line, ' '), line, any_url);
        }
      }
    }
    built_ = pool_.BuildFile(google_file) != nullptr && pool_.BuildFile(tensorflow_file) != nullptr;
  }

  // The message of that name, "tensorflow.GraphDef" or just "GraphDef"; null if the table has none.
  const proto::Descriptor* Find(std::string_view name) const {
    if (!built_) return nullptr;
    const bool full = name.find('.') != std::string_view::npos;
    return pool_.FindMessageTypeByName(full ? std::string(name) : Concat("tensorflow.", name));
  }

 private:
  static std::string_view Cut(std::string_view* text, char separator) {
    const std::size_t end = text->find(separator);
    const std::string_view piece = text->substr(0, end);
    text->remove_prefix(end == std::string_view::npos ? text->size() : end + 1);
    return piece;
  }

  static int Number(std::string_view text) {
    int number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }

  static void AddField(proto::DescriptorProto* message, std::string_view name, int number,
                       std::string_view type, std::string_view oneof, AnyUrl any_url) {
    using Field = proto::FieldDescriptorProto;
    static constexpr struct {
      std::string_view name;
      Field::Type type;
    } kScalars[] = {
        {"bytes", Field::TYPE_BYTES},       {"int32", Field::TYPE_INT32},
        {"int64", Field::TYPE_INT64},       {"bool", Field::TYPE_BOOL},
        {"float", Field::TYPE_FLOAT},       {"double", Field::TYPE_DOUBLE},
        {"uint32", Field::TYPE_UINT32},     {"uint64", Field::TYPE_UINT64},
        {"sint32", Field::TYPE_SINT32},     {"sint64", Field::TYPE_SINT64},
        {"fixed32", Field::TYPE_FIXED32},   {"fixed64", Field::TYPE_FIXED64},
        {"sfixed32", Field::TYPE_SFIXED32}, {"sfixed64", Field::TYPE_SFIXED64},
    };
    Field* field = message->add_field();
    field->set_name(std::string(name));
    field->set_number(number);
    const bool repeated = type.front() == '*';
    if (repeated) type.remove_prefix(1);
    field->set_label(repeated ? Field::LABEL_REPEATED : Field::LABEL_OPTIONAL);
    if (type == "string") {
      field->set_type(any_url == AnyUrl::kString ? Field::TYPE_STRING : Field::TYPE_BYTES);
    } else if (type.find('.') != std::string_view::npos) {
      field->set_type_name(Concat(".", type));  // a message or an enum: the pool finds out which
    } else {
      for (const auto& scalar : kScalars) {
        if (scalar.name == type) field->set_type(scalar.type);
      }
    }
    if (!oneof.empty()) {
      int index = 0;
      while (index < message->oneof_decl_size() && message->oneof_decl(index).name() != oneof)
        ++index;
      if (index == message->oneof_decl_size())
        message->add_oneof_decl()->set_name(std::string(oneof));
      field->set_oneof_index(index);
    }
  }

  proto::DescriptorPool pool_;
  bool built_ = false;
};

// Keeps the first error. protobuf renamed the virtual function in release 22.
class TextErrors final : public proto::io::ErrorCollector {
 public:
#if GOOGLE_PROTOBUF_VERSION >= 4022000
  void RecordError(int line, proto::io::ColumnNumber column, absl::string_view message) override {
    Keep(line, column, FromAbsl(message));
  }
  void RecordWarning(int, proto::io::ColumnNumber, absl::string_view) override {}
#else
  void AddError(int line, proto::io::ColumnNumber column, const std::string& message) override {
    Keep(line, column, message);
  }
  void AddWarning(int, proto::io::ColumnNumber, const std::string&) override {}
#endif

  absl::Status status(std::string_view message_type) const {
    if (line_ < 0) return InvalidArgument("not a ", message_type, " in text form: ", message_);
    return InvalidArgument("not a ", message_type, " in text form: line ", line_ + 1, ", column ",
                           column_ + 1, ": ", message_);
  }

 private:
  void Keep(int line, int column, std::string_view message) {
    if (!message_.empty()) return;
    line_ = line;
    column_ = column;
    message_ = std::string(message);
  }

  int line_ = -1;
  int column_ = 0;
  std::string message_;
};

// Looks types of Anys up in the private pool. An Any directly in an Any is refused: protobuf does
// not count such nesting against its limit, and nobody writes it.
class AnyFinder final : public proto::TextFormat::Finder {
 public:
  explicit AnyFinder(const SchemaPool* pool) : pool_(pool) {}
  const proto::Descriptor* FindAnyType(const proto::Message&, const std::string&,
                                       const std::string& name) const override {
    return name.find('.') == std::string::npos || name == "google.protobuf.Any" ? nullptr
                                                                                : pool_->Find(name);
  }

 private:
  const SchemaPool* pool_;
};

// Editors put a byte order mark before UTF-8; older releases of protobuf stumble over it.
inline std::string_view WithoutByteOrderMark(std::string_view text) {
  return text.substr(0, 3) == "\xef\xbb\xbf" ? text.substr(3) : text;
}

// Braces and brackets outside strings and comments may nest this deep. protobuf's parser has its
// limit of 100 messages; what it skips or reads as a list does not count there in every release.
inline constexpr int kMaxTextDepth = 2 * wire::kMaxDepth + 1;

inline absl::Status CheckTextDepth(std::string_view text, std::string_view message_type) {
  int depth = 0;
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p != end; ++p) {
    switch (*p) {
      case '"':
      case '\'': {
        const char quote = *p;
        while (++p != end && *p != quote && *p != '\n') {
          if (*p == '\\' && p + 1 != end) ++p;
        }
        if (p == end) return absl::OkStatus();  // the parser says what is wrong with it
        break;
      }
      case '#':
        while (p + 1 != end && p[1] != '\n') ++p;
        break;
      case '{':
      case '[':
      case '<':
        if (++depth > kMaxTextDepth) {
          std::int64_t line = 1;
          for (const char* q = text.data(); q != p; ++q) line += *q == '\n';
          return InvalidArgument("not a ", message_type, " in text form: line ", line,
                                 ": messages nest more than ", wire::kMaxDepth, " deep");
        }
        break;
      case '}':
      case ']':
      case '>':
        --depth;
        break;
      default:
        break;
    }
  }
  return absl::OkStatus();
}

// True if every type_url in the message may be serialised without protobuf complaining about it on
// stderr.
inline bool AnyUrlsArePrintable(const proto::Message& message) {
  const proto::Reflection& reflection = *message.GetReflection();
  std::vector<const proto::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const proto::FieldDescriptor* field : fields) {
    if (field->type() == proto::FieldDescriptor::TYPE_STRING && !field->is_repeated()) {
      for (char c : reflection.GetString(message, field)) {
        if (static_cast<signed char>(c) < 0) return false;
      }
    }
    if (field->cpp_type() != proto::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      if (!AnyUrlsArePrintable(reflection.GetMessage(message, field))) return false;
      continue;
    }
    const int size = reflection.FieldSize(message, field);
    for (int i = 0; i < size; ++i) {
      if (!AnyUrlsArePrintable(reflection.GetRepeatedMessage(message, field, i))) return false;
    }
  }
  return true;
}

inline constexpr std::size_t kMaxTextBytes =
    static_cast<std::size_t>(std::numeric_limits<int>::max());

}  // namespace detail

// The message that the text stands for, as protobuf would serialise it: fields by number, repeated
// fields and map entries in the order of the text. `message_type` is "GraphDef", "MetaGraphDef",
// "SavedModel", "SaverDef", "CheckpointState", or any message that these hold. What is wrong with a
// text is told with line and column.
inline absl::StatusOr<std::string> TextToBinary(std::string_view message_type,
                                                std::string_view text,
                                                const TextOptions& options = TextOptions()) {
  if (text.size() > detail::kMaxTextBytes) {
    return ResourceExhausted("a text of ", text.size(), " bytes; protobuf reads at most 2 GiB");
  }
  text = detail::WithoutByteOrderMark(text);
  GRAPHFREEZE_RETURN_IF_ERROR(detail::CheckTextDepth(text, message_type));
  using AnyUrl = detail::SchemaPool::AnyUrl;
  const bool expanded_any = text.find("type.google") != std::string_view::npos;
  const detail::SchemaPool pool(expanded_any ? AnyUrl::kString : AnyUrl::kBytes);
  const detail::proto::Descriptor* const type = pool.Find(message_type);
  if (type == nullptr) return InvalidArgument("no message type '", message_type, "' in the schema");

  detail::proto::DynamicMessageFactory factory;
  detail::proto::Arena arena;
  detail::proto::Message* const message = factory.GetPrototype(type)->New(&arena);
  detail::TextErrors errors;
  const detail::AnyFinder finder(&pool);
  detail::proto::TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.SetFinder(&finder);
  parser.SetRecursionLimit(wire::kMaxDepth);
  parser.AllowUnknownField(options.allow_unknown);
  parser.AllowUnknownExtension(options.allow_unknown);
  detail::proto::io::ArrayInputStream input(text.data(), static_cast<int>(text.size()));
  if (!parser.Parse(&input, message)) return errors.status(message_type);
  if (expanded_any && !detail::AnyUrlsArePrintable(*message)) {
    return InvalidArgument("not a ", message_type, " in text form: a type_url that is not ASCII");
  }

  const std::size_t size = message->ByteSizeLong();
  if (size > detail::kMaxTextBytes) {
    return ResourceExhausted("a ", message_type, " of ", size,
                             " bytes; protobuf allows at most 2 GiB");
  }
  std::string bytes(size, '\0');
  if (!message->SerializePartialToArray(&bytes[0], static_cast<int>(size))) {
    return ResourceExhausted("cannot serialise a ", message_type, " of ", size, " bytes");
  }
  return bytes;
}

// The text of a serialised message, as protobuf prints it: fields by number, strings with octal
// escapes. Unknown fields are printed by their number, which TextToBinary does not read back.
inline absl::StatusOr<std::string> BinaryToText(std::string_view message_type,
                                                std::string_view bytes) {
  if (bytes.size() > detail::kMaxTextBytes) {
    return ResourceExhausted("a ", message_type, " of ", bytes.size(),
                             " bytes; protobuf reads at most 2 GiB");
  }
  const detail::SchemaPool pool(detail::SchemaPool::AnyUrl::kBytes);
  const detail::proto::Descriptor* const type = pool.Find(message_type);
  if (type == nullptr) return InvalidArgument("no message type '", message_type, "' in the schema");
  detail::proto::DynamicMessageFactory factory;
  detail::proto::Arena arena;
  detail::proto::Message* const message = factory.GetPrototype(type)->New(&arena);
  if (!message->ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return DataLoss("not a serialised ", message_type, ": malformed, or nested more than ",
                    wire::kMaxDepth, " deep");
  }
  std::string text;
  detail::proto::io::StringOutputStream output(&text);
  if (!detail::proto::TextFormat::Printer().Print(*message, &output)) {
    return ResourceExhausted("the text of a ", message_type, " of ", bytes.size(),
                             " bytes does not fit into memory");
  }
  return text;
}

GRAPHFREEZE_NAMESPACE_END

GRAPHFREEZE_NAMESPACE_BEGIN

enum class GraphFileKind : std::uint8_t {
  kGraphDef,
  kMetaGraphDef,
  kSavedModel,
  kSaverDef,
  kCheckpointTable,  // a V1 checkpoint, or the index of a V2 one
  kCheckpointState,  // the text file named "checkpoint"
  kEmpty,
  kOther,
};

// "GraphDef", "checkpoint index", ...
inline std::string_view Name(GraphFileKind kind) {
  switch (kind) {
    case GraphFileKind::kGraphDef:
      return "GraphDef";
    case GraphFileKind::kMetaGraphDef:
      return "MetaGraphDef";
    case GraphFileKind::kSavedModel:
      return "SavedModel";
    case GraphFileKind::kSaverDef:
      return "SaverDef";
    case GraphFileKind::kCheckpointTable:
      return "checkpoint index";
    case GraphFileKind::kCheckpointState:
      return "checkpoint state";
    case GraphFileKind::kEmpty:
      return "empty file";
    case GraphFileKind::kOther:
      break;
  }
  return "unknown content";
}

// --- SaverDef ------------------------------------------------------------------------------------

// How a saver was built into a graph. Borrows the bytes it was read from.
struct SaverDef {
  std::string_view filename_tensor_name;  // "save/Const:0"
  std::string_view save_tensor_name;
  std::string_view restore_op_name;  // "save/restore_all"
  bool sharded = false;
  std::int32_t version = 0;  // 0 LEGACY, 1 V1, 2 V2
};

inline absl::StatusOr<SaverDef> ParseSaverDef(std::string_view proto) {
  SaverDef saver;
  wire::FieldReader reader(proto);
  while (reader.Next()) {
    switch (reader.key()) {
      case wire::Key(1, wire::Type::kBytes):
        saver.filename_tensor_name = reader.bytes();
        break;
      case wire::Key(2, wire::Type::kBytes):
        saver.save_tensor_name = reader.bytes();
        break;
      case wire::Key(3, wire::Type::kBytes):
        saver.restore_op_name = reader.bytes();
        break;
      case wire::Key(5, wire::Type::kVarint):
        saver.sharded = reader.boolean();
        break;
      case wire::Key(7, wire::Type::kVarint):
        saver.version = reader.int32();
        break;
      default:
        break;
    }
  }
  if (!reader.ok()) return reader.status("SaverDef");
  return saver;
}

// --- MetaGraphDef --------------------------------------------------------------------------------

// The parts of a MetaGraphDef, as bytes of their own messages. All views live as long as `owner`.
struct MetaGraph {
  using Entry = std::pair<std::string_view, std::string_view>;

  std::string_view graph_def;
  std::string_view stripped_op_list;          // OpList: an OpDef for each op of the graph
  std::optional<std::string_view> saver_def;  // SaverDef
  std::string_view object_graph_def;          // SavedObjectGraph
  std::string_view tensorflow_version;
  std::vector<std::string_view> tags;
  std::vector<std::string_view> asset_file_defs;  // AssetFileDef
  std::vector<Entry> collections;                 // name, CollectionDef; each name once
  std::vector<Entry> signatures;                  // name, SignatureDef; each name once
  std::shared_ptr<const void> owner;

  // The CollectionDef or SignatureDef of that name; none if there is no such.
  std::optional<std::string_view> Collection(std::string_view name) const {
    return Find(collections, name);
  }
  std::optional<std::string_view> Signature(std::string_view name) const {
    return Find(signatures, name);
  }

 private:
  static std::optional<std::string_view> Find(const std::vector<Entry>& entries,
                                              std::string_view name) {
    for (const Entry& entry : entries) {
      if (entry.first == name) return entry.second;
    }
    return std::nullopt;
  }
};

namespace detail {

// Keeps alive what a MetaGraph views: the file, and fields that had to be put together.
struct MetaGraphOwner {
  std::shared_ptr<const void> file;
  std::deque<std::string> merged;
};

// A message field that should stand once. Standing several times it is merged, and merging messages
// is concatenation: the first is a view, several are joined in a buffer.
class MergedField {
 public:
  void Add(std::string_view payload, MetaGraphOwner* owner) {
    if (!present_) {
      view_ = payload;
      present_ = true;
      return;
    }
    if (buffer_ == nullptr) buffer_ = &owner->merged.emplace_back(view_);
    buffer_->append(payload);
    view_ = *buffer_;
  }
  bool present() const { return present_; }
  std::string_view view() const { return view_; }

 private:
  std::string_view view_;
  std::string* buffer_ = nullptr;
  bool present_ = false;
};

// One entry of a map<string, message>.
inline absl::StatusOr<MetaGraph::Entry> ParseMapEntry(std::string_view proto, MetaGraphOwner* owner,
                                                      std::string_view map_name) {
  std::string_view key;
  MergedField value;
  wire::FieldReader reader(proto);
  while (reader.Next()) {
    if (reader.key() == wire::Key(1, wire::Type::kBytes)) key = reader.bytes();
    if (reader.key() == wire::Key(2, wire::Type::kBytes)) value.Add(reader.bytes(), owner);
  }
  if (!reader.ok()) return reader.status(map_name);
  return MetaGraph::Entry(key, value.view());
}

// Of entries with one key the last counts; the rest keep their order.
inline void DropOverwritten(std::vector<MetaGraph::Entry>* entries) {
  NameMap<std::size_t> last;
  for (std::size_t i = 0; i < entries->size(); ++i) last[(*entries)[i].first] = i;
  if (last.size() == entries->size()) return;
  std::vector<MetaGraph::Entry> kept;
  kept.reserve(last.size());
  for (std::size_t i = 0; i < entries->size(); ++i) {
    if (last[(*entries)[i].first] == i) kept.push_back((*entries)[i]);
  }
  *entries = std::move(kept);
}

}  // namespace detail

// Takes a MetaGraphDef apart: its top level, not the graph inside.
inline absl::StatusOr<MetaGraph> ParseMetaGraphDef(OwnedBytes bytes) {
  auto owner = std::make_shared<detail::MetaGraphOwner>();
  owner->file = std::move(bytes.owner);
  MetaGraph meta;
  detail::MergedField meta_info, graph, saver, objects, op_list;

  wire::FieldReader reader(bytes.bytes);
  while (reader.Next()) {
    switch (reader.key()) {
      case wire::Key(1, wire::Type::kBytes):
        meta_info.Add(reader.bytes(), owner.get());
        break;
      case wire::Key(2, wire::Type::kBytes):
        graph.Add(reader.bytes(), owner.get());
        break;
      case wire::Key(3, wire::Type::kBytes):
        saver.Add(reader.bytes(), owner.get());
        break;
      case wire::Key(4, wire::Type::kBytes): {
        GRAPHFREEZE_ASSIGN_OR_RETURN(
            MetaGraph::Entry entry,
            detail::ParseMapEntry(reader.bytes(), owner.get(), "MetaGraphDef.collection_def"));
        meta.collections.push_back(entry);
        break;
      }
      case wire::Key(5, wire::Type::kBytes): {
        GRAPHFREEZE_ASSIGN_OR_RETURN(
            MetaGraph::Entry entry,
            detail::ParseMapEntry(reader.bytes(), owner.get(), "MetaGraphDef.signature_def"));
        meta.signatures.push_back(entry);
        break;
      }
      case wire::Key(6, wire::Type::kBytes):
        meta.asset_file_defs.push_back(reader.bytes());
        break;
      case wire::Key(7, wire::Type::kBytes):
        objects.Add(reader.bytes(), owner.get());
        break;
      default:
        break;
    }
  }
  if (!reader.ok()) return reader.status("MetaGraphDef");

  wire::FieldReader info(meta_info.view());
  while (info.Next()) {
    if (info.key() == wire::Key(2, wire::Type::kBytes)) op_list.Add(info.bytes(), owner.get());
    if (info.key() == wire::Key(4, wire::Type::kBytes)) meta.tags.push_back(info.bytes());
    if (info.key() == wire::Key(5, wire::Type::kBytes)) meta.tensorflow_version = info.bytes();
  }
  if (!info.ok()) return info.status("MetaInfoDef");

  detail::DropOverwritten(&meta.collections);
  detail::DropOverwritten(&meta.signatures);
  meta.graph_def = graph.view();
  meta.stripped_op_list = op_list.view();
  meta.object_graph_def = objects.view();
  if (saver.present()) meta.saver_def = saver.view();
  meta.owner = std::move(owner);
  return meta;
}

// --- telling files apart -------------------------------------------------------------------------

namespace detail {

// What the fields of a message look like on the wire: enough to tell messages apart.
struct MessageRule;
struct FieldRule {
  std::uint32_t number;
  wire::Type type;
  const MessageRule* message = nullptr;  // null: not looked into
  bool is_text = false;  // no control characters, as in names; messages nearly always have some
};
struct MessageRule {
  absl::Span<const FieldRule> fields;
  std::uint32_t required = 0;  // a field that is always there and not empty; 0: none
};

inline constexpr FieldRule kVersionFields[] = {{1, wire::Type::kVarint},
                                               {2, wire::Type::kVarint},
                                               {3, wire::Type::kVarint},
                                               {3, wire::Type::kBytes}};
inline constexpr MessageRule kVersionRule{kVersionFields};
inline constexpr FieldRule kEntryFields[] = {{1, wire::Type::kBytes, nullptr, true},
                                             {2, wire::Type::kBytes}};
inline constexpr MessageRule kEntryRule{kEntryFields};
inline constexpr FieldRule kNodeFields[] = {{1, wire::Type::kBytes, nullptr, true},
                                            {2, wire::Type::kBytes, nullptr, true},
                                            {3, wire::Type::kBytes, nullptr, true},
                                            {4, wire::Type::kBytes, nullptr, true},
                                            {5, wire::Type::kBytes, &kEntryRule},
                                            {6, wire::Type::kBytes},
                                            {7, wire::Type::kBytes}};
inline constexpr MessageRule kNodeRule{kNodeFields, 2};
inline constexpr FieldRule kOpFields[] = {{1, wire::Type::kBytes, nullptr, true},
                                          {2, wire::Type::kBytes},
                                          {3, wire::Type::kBytes},
                                          {4, wire::Type::kBytes},
                                          {5, wire::Type::kBytes},
                                          {6, wire::Type::kBytes},
                                          {8, wire::Type::kBytes},
                                          {16, wire::Type::kVarint},
                                          {17, wire::Type::kVarint},
                                          {18, wire::Type::kVarint},
                                          {19, wire::Type::kVarint},
                                          {20, wire::Type::kBytes, nullptr, true},
                                          {21, wire::Type::kVarint}};
inline constexpr MessageRule kOpRule{kOpFields, 1};
inline constexpr FieldRule kOpListFields[] = {{1, wire::Type::kBytes, &kOpRule}};
inline constexpr MessageRule kOpListRule{kOpListFields};
inline constexpr FieldRule kFunctionFields[] = {{1, wire::Type::kBytes, &kOpRule},
                                                {3, wire::Type::kBytes, &kNodeRule},
                                                {4, wire::Type::kBytes, &kEntryRule},
                                                {5, wire::Type::kBytes, &kEntryRule},
                                                {6, wire::Type::kBytes, &kEntryRule},
                                                {7, wire::Type::kBytes},
                                                {8, wire::Type::kBytes}};
inline constexpr MessageRule kFunctionRule{kFunctionFields, 1};
inline constexpr FieldRule kGradientFields[] = {{1, wire::Type::kBytes, nullptr, true},
                                                {2, wire::Type::kBytes, nullptr, true}};
inline constexpr MessageRule kGradientRule{kGradientFields};
inline constexpr FieldRule kLibraryFields[] = {{1, wire::Type::kBytes, &kFunctionRule},
                                               {2, wire::Type::kBytes, &kGradientRule},
                                               {3, wire::Type::kBytes, &kGradientRule}};
inline constexpr MessageRule kLibraryRule{kLibraryFields};
inline constexpr FieldRule kGraphFields[] = {{1, wire::Type::kBytes, &kNodeRule},
                                             {2, wire::Type::kBytes, &kLibraryRule},
                                             {3, wire::Type::kVarint},
                                             {4, wire::Type::kBytes, &kVersionRule},
                                             {5, wire::Type::kBytes}};
inline constexpr MessageRule kGraphRule{kGraphFields};
inline constexpr FieldRule kMetaInfoFields[] = {{1, wire::Type::kBytes, nullptr, true},
                                                {2, wire::Type::kBytes, &kOpListRule},
                                                {3, wire::Type::kBytes},
                                                {4, wire::Type::kBytes, nullptr, true},
                                                {5, wire::Type::kBytes, nullptr, true},
                                                {6, wire::Type::kBytes, nullptr, true},
                                                {7, wire::Type::kVarint},
                                                {8, wire::Type::kBytes, &kEntryRule}};
inline constexpr MessageRule kMetaInfoRule{kMetaInfoFields};
inline constexpr FieldRule kSaverFields[] = {{1, wire::Type::kBytes, nullptr, true},
                                             {2, wire::Type::kBytes, nullptr, true},
                                             {3, wire::Type::kBytes, nullptr, true},
                                             {4, wire::Type::kVarint},
                                             {5, wire::Type::kVarint},
                                             {6, wire::Type::kFixed32},
                                             {7, wire::Type::kVarint}};
inline constexpr MessageRule kSaverRule{kSaverFields, 3};
inline constexpr MessageRule kSaverPartRule{kSaverFields};  // a field may stand in several parts
inline constexpr FieldRule kMetaGraphFields[] = {{1, wire::Type::kBytes, &kMetaInfoRule},
                                                 {2, wire::Type::kBytes, &kGraphRule},
                                                 {3, wire::Type::kBytes, &kSaverPartRule},
                                                 {4, wire::Type::kBytes, &kEntryRule},
                                                 {5, wire::Type::kBytes, &kEntryRule},
                                                 {6, wire::Type::kBytes},
                                                 {7, wire::Type::kBytes}};
inline constexpr MessageRule kMetaGraphRule{kMetaGraphFields};
inline constexpr FieldRule kSavedModelFields[] = {{1, wire::Type::kVarint},
                                                  {2, wire::Type::kBytes, &kMetaGraphRule}};
inline constexpr MessageRule kSavedModelRule{kSavedModelFields, 2};

struct FileRule {
  GraphFileKind kind;
  const MessageRule* message;
};
// The first of equals wins: `12 00` can be any of three.
inline constexpr FileRule kFileRules[] = {{GraphFileKind::kGraphDef, &kGraphRule},
                                          {GraphFileKind::kMetaGraphDef, &kMetaGraphRule},
                                          {GraphFileKind::kSavedModel, &kSavedModelRule},
                                          {GraphFileKind::kSaverDef, &kSaverRule}};

enum class Strictness : std::uint8_t {
  kStrict,
  kLenient,  // texts may have control characters; then every field must be known
};

// How many known and unknown fields a message has when read by a rule; none if it contradicts it.
struct RuleFit {
  std::uint64_t known = 0;
  std::uint64_t unknown = 0;
};
inline std::optional<RuleFit> FitRule(const MessageRule& rule, std::string_view bytes,
                                      Strictness strictness) {
  constexpr int kLookInto = 16;  // messages of a level: the first ones tell enough
  RuleFit fit;
  bool has_required = rule.required == 0;
  int looks = kLookInto;
  wire::FieldReader reader(bytes);
  while (reader.Next()) {
    const FieldRule* match = nullptr;
    bool number_known = false;
    for (const FieldRule& field : rule.fields) {
      if (field.number != reader.number()) continue;
      number_known = true;
      if (field.type == reader.type()) match = &field;
    }
    if (match == nullptr) {
      if (number_known) return std::nullopt;
      ++fit.unknown;  // a newer TensorFlow's addition, or another message altogether
      continue;
    }
    ++fit.known;
    if (reader.type() != wire::Type::kBytes) continue;
    if (match->number == rule.required && !reader.bytes().empty()) has_required = true;
    if (match->is_text && strictness == Strictness::kStrict) {
      for (char c : reader.bytes()) {
        if (static_cast<unsigned char>(c) < 0x20) return std::nullopt;
      }
    }
    if (match->message != nullptr && looks > 0) {
      --looks;
      const std::optional<RuleFit> inner = FitRule(*match->message, reader.bytes(), strictness);
      if (!inner) return std::nullopt;
      fit.unknown += inner->unknown;
    }
  }
  if (!reader.ok() || !has_required) return std::nullopt;
  return fit;
}

// The message that `bytes` are in binary form, if any.
inline std::optional<GraphFileKind> BinaryKind(std::string_view bytes, Strictness strictness) {
  std::optional<GraphFileKind> best;
  std::uint64_t best_unknown = 0;
  for (const FileRule& file : kFileRules) {
    const std::optional<RuleFit> fit = FitRule(*file.message, bytes, strictness);
    if (!fit || fit->known == 0) continue;
    if (strictness == Strictness::kStrict) {
      if (fit->unknown > fit->known) continue;
    } else if (fit->unknown > 0 || file.kind == GraphFileKind::kSaverDef) {
      continue;  // with nothing but strings in it, almost any message could be a SaverDef
    }
    if (best && fit->unknown >= best_unknown) continue;
    best = file.kind;
    best_unknown = fit->unknown;
  }
  return best;
}

// The message that `text` is in text form, if any: told by the first field name that is known.
inline std::optional<GraphFileKind> TextKind(std::string_view text) {
  static constexpr struct {
    std::string_view field;
    GraphFileKind kind;
  } kFields[] = {
      {"node", GraphFileKind::kGraphDef},
      {"library", GraphFileKind::kGraphDef},
      {"version", GraphFileKind::kGraphDef},
      {"versions", GraphFileKind::kGraphDef},
      {"debug_info", GraphFileKind::kGraphDef},
      {"meta_info_def", GraphFileKind::kMetaGraphDef},
      {"graph_def", GraphFileKind::kMetaGraphDef},
      {"saver_def", GraphFileKind::kMetaGraphDef},
      {"collection_def", GraphFileKind::kMetaGraphDef},
      {"signature_def", GraphFileKind::kMetaGraphDef},
      {"asset_file_def", GraphFileKind::kMetaGraphDef},
      {"object_graph_def", GraphFileKind::kMetaGraphDef},
      {"saved_model_schema_version", GraphFileKind::kSavedModel},
      {"meta_graphs", GraphFileKind::kSavedModel},
      {"filename_tensor_name", GraphFileKind::kSaverDef},
      {"save_tensor_name", GraphFileKind::kSaverDef},
      {"restore_op_name", GraphFileKind::kSaverDef},
      {"max_to_keep", GraphFileKind::kSaverDef},
      {"sharded", GraphFileKind::kSaverDef},
      {"keep_checkpoint_every_n_hours", GraphFileKind::kSaverDef},
      {"model_checkpoint_path", GraphFileKind::kCheckpointState},
      {"all_model_checkpoint_paths", GraphFileKind::kCheckpointState},
      {"all_model_checkpoint_timestamps", GraphFileKind::kCheckpointState},
      {"last_preserved_timestamp", GraphFileKind::kCheckpointState},
  };
  const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  const auto is_name = [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  text = WithoutByteOrderMark(text);
  int depth = 0;
  std::size_t i = 0;
  const auto skip_space = [&] {
    while (i < text.size()) {
      if (text[i] == '#') {
        i = std::min(text.find('\n', i), text.size());
      } else if (is_space(text[i])) {
        ++i;
      } else {
        break;
      }
    }
  };
  for (skip_space(); i < text.size(); skip_space()) {
    const char c = text[i];
    if (is_name(c)) {
      const std::size_t begin = i;
      while (i < text.size() && is_name(text[i])) ++i;
      const std::string_view name = text.substr(begin, i - begin);
      skip_space();
      // A field, if a value follows; else the name is a value itself.
      if (depth == 0 && i < text.size() && (text[i] == ':' || text[i] == '{' || text[i] == '<')) {
        for (const auto& field : kFields) {
          if (field.field == name) return field.kind;
        }
      }
    } else if (c == '"' || c == '\'') {
      for (++i; i < text.size() && text[i] != c && text[i] != '\n'; ++i) {
        if (text[i] == '\\') ++i;
      }
      ++i;
    } else if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) {
      return std::nullopt;  // no text at all
    } else {
      if (c == '{' || c == '<' || c == '[') ++depth;
      if (c == '}' || c == '>' || c == ']') --depth;
      if (depth < 0 || (i == 0 && depth != 0)) return std::nullopt;  // a text begins with a name
      ++i;
    }
  }
  return std::nullopt;
}

inline constexpr std::string_view kTableMagic = "\x57\xfb\x80\x8b\x24\x75\x47\xdb";
inline constexpr std::size_t kTableFooterBytes = 48;

// Formats that are given by mistake. `head` is the beginning of the file.
inline std::string_view ForeignFormat(std::string_view head) {
  static constexpr struct {
    std::size_t offset;
    std::string_view magic;
    std::string_view what;
  } kFormats[] = {
      {0,
       std::string_view("\x7f"
                        "ELF",
                        4),
       "an ELF binary"},
      {0, std::string_view("PK\x03\x04", 4),
       "a zip archive (a .keras file, or an archive to unpack)"},
      {0, std::string_view("\x89HDF\r\n\x1a\n", 8),
       "an HDF5 file (Keras weights); export the model as a SavedModel"},
      {0, std::string_view("\x1f\x8b", 2), "gzip-compressed; unpack it"},
      {0, std::string_view("\x83\xaf\x70\xd1\x0d\x88\x4a\x3f", 8),
       "a chunked model (.cpb); export it without experimental_image_format"},
      {4, std::string_view("TFL3", 4), "a TensorFlow Lite model"},
      {0, std::string_view("\x93NUMPY", 6), "a NumPy array"},
      {0, std::string_view("\x80\x02", 2), "a Python pickle"},
      {0, std::string_view("\x80\x04\x95", 3), "a Python pickle"},
      {0, std::string_view("version https://git-lfs", 23),
       "a Git LFS pointer; fetch the real file"},
      {0, std::string_view("<!DOCTYPE", 9), "an HTML page"},
      {0, std::string_view("<html", 5), "an HTML page"},
      {0, std::string_view("{", 1), "JSON"},
      {0, std::string_view("[{", 2), "JSON"},
  };
  for (const auto& format : kFormats) {
    if (head.size() >= format.offset &&
        head.substr(format.offset, format.magic.size()) == format.magic) {
      return format.what;
    }
  }
  return {};
}

}  // namespace detail

// --- GraphFile -----------------------------------------------------------------------------------

class GraphFile {
 public:
  // Tells what the source holds and, if that is a message of TensorFlow's, reads it: binary where
  // it lies, text into memory. An error if it is one of these but damaged; what is none of them is
  // kOther.
  static absl::StatusOr<GraphFile> FromSource(const Source& source,
                                              const TextOptions& options = TextOptions()) {
    GraphFile file;
    file.name_ = std::string(source.name());
    if (source.size() == 0) {
      file.kind_ = GraphFileKind::kEmpty;
      return file;
    }
    // The cheap tests first: a checkpoint may be too big to be loaded for this.
    GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes head,
                                 source.Load(0, std::min<std::uint64_t>(source.size(), 32)));
    file.what_ = std::string(detail::ForeignFormat(head.bytes));
    if (!file.what_.empty()) return file;
    if (source.size() >= detail::kTableFooterBytes) {
      const std::uint64_t magic_at = source.size() - detail::kTableMagic.size();
      GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes foot,
                                   source.Load(magic_at, detail::kTableMagic.size()));
      if (foot.bytes == detail::kTableMagic) {
        file.kind_ = GraphFileKind::kCheckpointTable;
        return file;
      }
    }
    if (source.size() > wire::kMaxMessageBytes) {
      file.what_ = Concat("no graph that could be read: it has ", source.size(),
                          " bytes, and protobuf allows 2 GiB");
      return file;
    }

    GRAPHFREEZE_ASSIGN_OR_RETURN(file.message_, source.LoadAll());
    const std::string_view bytes = file.message_.bytes;
    std::optional<GraphFileKind> kind = detail::BinaryKind(bytes, detail::Strictness::kStrict);
    if (!kind) {
      kind = detail::TextKind(bytes);
      file.was_text_ = kind.has_value();
    }
    if (!kind) kind = detail::BinaryKind(bytes, detail::Strictness::kLenient);
    if (!kind) {
      GRAPHFREEZE_RETURN_IF_ERROR(file.CheckDamage());
      file.what_ = file.Unknown();
      file.message_ = OwnedBytes();
      return file;
    }
    file.kind_ = *kind;
    if (file.was_text_) {
      const std::string_view type = file.kind_ == GraphFileKind::kCheckpointState
                                        ? std::string_view("CheckpointState")
                                        : Name(file.kind_);
      absl::StatusOr<std::string> binary = TextToBinary(type, bytes, options);
      if (!binary.ok()) return Annotate(binary.status(), Quoted(file.name_));
      auto owner = std::make_shared<const std::string>(*std::move(binary));
      const std::string_view view = *owner;
      file.message_ = OwnedBytes{view, std::move(owner)};
    }
    if (file.kind_ == GraphFileKind::kMetaGraphDef) {
      absl::StatusOr<MetaGraph> meta = ParseMetaGraphDef(file.message_);
      if (!meta.ok()) return Annotate(meta.status(), Quoted(file.name_));
      file.meta_graph_ = *std::move(meta);
    }
    return file;
  }

  GraphFileKind kind() const { return kind_; }
  bool was_text() const { return was_text_; }
  // The name of the source: the path.
  const std::string& name() const { return name_; }

  // The whole message in binary form, for the kinds that are messages; empty for the others.
  const OwnedBytes& message() const { return message_; }
  // The parts of a MetaGraphDef; null if the file is something else.
  const MetaGraph* meta_graph() const { return meta_graph_ ? &*meta_graph_ : nullptr; }

  // The GraphDef in the file, binary. An error that says what the file is and what to give instead,
  // if it holds none.
  absl::StatusOr<OwnedBytes> graph_def() const {
    switch (kind_) {
      case GraphFileKind::kGraphDef:
        return message_;
      case GraphFileKind::kMetaGraphDef:
        return OwnedBytes{meta_graph_->graph_def, meta_graph_->owner};
      case GraphFileKind::kSavedModel:
        return InvalidArgument(Quoted(name_), " is a SavedModel, not a graph; load its directory '",
                               Directory(), "' as a SavedModel");
      case GraphFileKind::kSaverDef:
        return InvalidArgument(Quoted(name_),
                               " is a SaverDef, not a graph; give it beside a graph");
      case GraphFileKind::kCheckpointTable:
        return InvalidArgument(
            Quoted(name_), " is a checkpoint index, which holds weights; a graph is needed: give '",
            MetaPath(), "' or a GraphDef, and this as the checkpoint");
      case GraphFileKind::kCheckpointState:
        return InvalidArgument(
            Quoted(name_),
            " lists checkpoints; a graph is needed: give the .meta file of one of "
            "them, or a GraphDef");
      case GraphFileKind::kEmpty:
        return InvalidArgument(Quoted(name_), " is empty; a graph is needed");
      case GraphFileKind::kOther:
        break;
    }
    return InvalidArgument(Quoted(name_), " is no graph: it is ", what_);
  }

 private:
  static std::string Quoted(std::string_view name) { return Concat("'", name, "'"); }

  std::string Directory() const {
    const std::size_t slash = name_.rfind('/');
    return slash == std::string::npos ? std::string(".") : name_.substr(0, slash);
  }

  // Where TensorFlow puts the graph of a checkpoint.
  std::string MetaPath() const {
    constexpr std::string_view kIndex = ".index";
    const bool is_index = name_.size() > kIndex.size() &&
                          name_.compare(name_.size() - kIndex.size(), kIndex.size(), kIndex) == 0;
    return Concat(is_index ? name_.substr(0, name_.size() - kIndex.size()) : name_, ".meta");
  }

  // What bytes of no known kind may be.
  std::string Unknown() const {
    const std::size_t data = name_.rfind(".data-");
    if (data != std::string::npos && name_.find("-of-", data) != std::string::npos) {
      return Concat("by its name the weights of a checkpoint; give '", name_.substr(0, data),
                    ".meta' or a GraphDef, and this as the checkpoint");
    }
    // Graphs begin with a message, and that of a MetaGraphDef (its op list) may be most of the file.
    const std::string_view bytes = message_.bytes;
    std::uint64_t first = 0;
    if (bytes.front() == '\x0a' &&
        wire::ReadVarint(bytes.data() + 1, bytes.data() + bytes.size(), &first) != nullptr &&
        first > bytes.size()) {
      return Concat("no message that TensorFlow writes for graphs, or a truncated one: its first "
                    "field has ", first, " bytes, but the file ends after ", bytes.size(),
                    "; copy it again from its origin");
    }
    return "no message that TensorFlow writes for graphs, neither binary nor text";
  }

  // An error if the bytes are a known message up to some point and malformed from there on.
  absl::Status CheckDamage() const {
    wire::FieldReader reader(message_.bytes);
    while (reader.Next()) {
    }
    if (reader.ok() || reader.offset() == 0) return absl::OkStatus();
    const std::string_view good = message_.bytes.substr(0, reader.offset());
    std::optional<GraphFileKind> kind = detail::BinaryKind(good, detail::Strictness::kStrict);
    if (!kind && good.size() <= 3 && good[0] == '\x08') kind = GraphFileKind::kSavedModel;
    if (!kind) return absl::OkStatus();
    return Annotate(reader.status(Name(*kind)), Concat(Quoted(name_), " is truncated or damaged"));
  }

  GraphFileKind kind_ = GraphFileKind::kOther;
  bool was_text_ = false;
  std::string name_;
  std::string what_;  // of kOther: what it is
  OwnedBytes message_;
  std::optional<MetaGraph> meta_graph_;
};

// Opens a file and tells what it is. A directory is refused with a hint.
inline absl::StatusOr<GraphFile> LoadGraphFile(const FileSystem& file_system, std::string_view path,
                                               const TextOptions& options = TextOptions()) {
  absl::StatusOr<Source> source = file_system.Open(path);
  if (!source.ok()) {
    for (std::string_view name : {"saved_model.pb", "saved_model.pbtxt"}) {
      if (file_system.Open(Concat(path, "/", name)).ok()) {
        return InvalidArgument(
            "'", path, "' is the directory of a SavedModel, not a graph; load it as a SavedModel");
      }
    }
    if (file_system.List(path).ok()) {
      return InvalidArgument("'", path,
                             "' is a directory; give a graph file in it (.pb, .pbtxt or .meta)");
    }
    return std::move(source).status();
  }
  return GraphFile::FromSource(*source, options);
}

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/model/variable_keys.hpp ----
// VariableKeys: which key of the checkpoint holds the value of which variable.
//
// The only place that knows for sure is the restore sub-graph of the saver, which training writes into the graph:
//
//   save/restore_all ── ^save/Assign_7        Assign(w, RestoreV2(…, names, slices):k)   =>   w has key names[k]
//
// That covers savers that rename (moving averages under other names, crosswise too) and partitioned variables.
// Where a graph has no saver, names decide: the node's, then its shared_name, then the object graph of the
// checkpoint (where the full name occurs once), then "<full name>/part_<k>" against the slices of the checkpoint.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>


GRAPHFREEZE_NAMESPACE_BEGIN

// True for the ops that are variables, of either kind.
inline bool IsReferenceVariable(std::string_view op) {
  return op == "VariableV2" || op == "Variable" || op == "AutoReloadVariable";
}
inline bool IsVariable(std::string_view op) { return op == "VarHandleOp" || IsReferenceVariable(op); }

// Where a variable's value is.
struct VariableKey {
  std::string key;
  TensorSlice slice;                     // all of the tensor unless the variable is a part of it
  Shape full_shape = Shape::UnknownRank();  // of the whole tensor, where the saver says it
  std::string_view found_by;             // "saver", "name", "shared_name", "object_graph", "part_number"

  friend bool operator==(const VariableKey& a, const VariableKey& b) { return a.key == b.key && a.slice == b.slice; }
};

// The restore sub-graphs of a graph, read.
class RestoreMap {
 public:
  // Reads the pairs below `restore_op` (of the SaverDef), or all pairs of the graph if it is empty.
  static absl::StatusOr<RestoreMap> Read(const Graph& graph, std::string_view restore_op) {
    RestoreMap map;
    map.explicit_ = !restore_op.empty();
    const Body& body = graph.main();
    std::vector<bool> below(body.size(), restore_op.empty());
    if (!restore_op.empty()) {
      const NodeId root = body.Find(restore_op.substr(0, restore_op.find(':')));
      if (root == kNoNode) {
        return NotFound("restore op '", restore_op, "' is not in ", graph.name(),
                        "; name the op of the saver that restores everything (usually save/restore_all), or none");
      }
      std::vector<NodeId> todo = {root};
      below[root] = true;
      while (!todo.empty()) {
        const NodeId id = todo.back();
        todo.pop_back();
        for (const Edge& edge : body.inputs(id)) {
          if (edge.node == kNoNode || below[edge.node]) continue;
          below[edge.node] = true;
          todo.push_back(edge.node);
        }
      }
    }
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!body.alive(id) || !below[id]) continue;
      const std::string_view op = body.op(id);
      if (op == "Assign" || op == "AssignVariableOp") GRAPHFREEZE_RETURN_IF_ERROR(map.AddPair(body, id));
    }
    return map;
  }

  // True if the caller or the SaverDef named the restore op: then what it says is final.
  bool is_explicit() const { return explicit_; }
  bool empty() const { return keys_.empty(); }
  // The different keys that savers give to the variable of that node; several where savers disagree.
  const std::vector<VariableKey>* Find(std::string_view variable) const {
    const auto it = keys_.find(variable);
    return it == keys_.end() ? nullptr : &it->second;
  }
  // The node that holds the checkpoint's path in the graph ("save/Const"), by the first restore op found.
  std::string_view filename_node() const { return filename_node_; }

 private:
  // The producer of input `slot`, through Identity.
  static Edge Producer(const Body& body, NodeId id, std::size_t slot) {
    const absl::Span<const Edge> inputs = body.inputs(id);
    if (slot >= inputs.size() || inputs[slot].is_control()) return Edge();
    Edge edge = inputs[slot];
    for (int steps = 0; edge.node != kNoNode && steps < 64; ++steps) {
      const std::string_view op = body.op(edge.node);
      if (op != "Identity" && op != "RefIdentity") break;
      const absl::Span<const Edge> next = body.inputs(edge.node);
      if (next.empty() || next[0].is_control()) return Edge();
      edge = next[0];
    }
    return edge;
  }

  absl::Status AddPair(const Body& body, NodeId assign) {
    const Edge variable = Producer(body, assign, 0);
    const Edge value = Producer(body, assign, 1);
    if (variable.node == kNoNode || value.node == kNoNode || !IsVariable(body.op(variable.node))) {
      return absl::OkStatus();
    }
    const std::string_view op = body.op(value.node);
    if (op != "RestoreV2" && op != "Restore" && op != "RestoreSlice") return absl::OkStatus();
    GRAPHFREEZE_ASSIGN_OR_RETURN(const Restore* restore, ReadRestore(body, value.node));
    if (restore == nullptr) return absl::OkStatus();  // names are computed, not constant: nothing to learn
    const auto k = static_cast<std::size_t>(value.index);
    if (k >= restore->names.size()) {
      return InvalidArgument("node '", body.name(assign), "' takes output ", k, " of '", body.name(value.node),
                             "', which restores ", restore->names.size(), " tensors");
    }
    VariableKey key;
    key.key = std::string(restore->names[k]);
    key.found_by = "saver";
    if (k < restore->slices.size()) {
      absl::StatusOr<ShapeAndSlice> parsed = ShapeAndSlice::Parse(restore->slices[k]);
      if (!parsed.ok()) return Annotate(parsed.status(), Concat("node '", body.name(value.node), "'"));
      key.slice = parsed->slice;
      key.full_shape = parsed->shape;
    }
    std::vector<VariableKey>& keys = keys_[body.name(variable.node)];
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(std::move(key));
    return absl::OkStatus();
  }

  struct Restore {
    std::vector<std::string_view> names, slices;
    std::shared_ptr<const TensorView> names_owner, slices_owner;
  };

  absl::StatusOr<const Restore*> ReadRestore(const Body& body, NodeId id) {
    if (const auto it = restores_.find(id); it != restores_.end()) return it->second.get();
    auto restore = std::make_unique<Restore>();
    if (filename_node_.empty()) {
      const Edge file = Producer(body, id, 0);
      if (file.node != kNoNode) filename_node_ = body.name(file.node);
    }
    const auto read = [&](std::size_t slot, std::vector<std::string_view>* out,
                          std::shared_ptr<const TensorView>* owner) -> absl::StatusOr<bool> {
      const Edge edge = Producer(body, id, slot);
      if (edge.node == kNoNode || body.op(edge.node) != "Const") return false;
      absl::StatusOr<TensorView> value = ParseTensorProto(body.node(edge.node).attr("value").tensor(), nullptr);
      if (!value.ok()) return Annotate(value.status(), Concat("node '", body.name(edge.node), "'"));
      *owner = std::make_shared<const TensorView>(*std::move(value));
      const auto strings = (*owner)->strings();
      out->assign(strings.begin(), strings.end());
      return true;
    };
    GRAPHFREEZE_ASSIGN_OR_RETURN(const bool has_names, read(1, &restore->names, &restore->names_owner));
    if (has_names && body.op(id) != "Restore") {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const bool has_slices, read(2, &restore->slices, &restore->slices_owner));
      if (!has_slices || restore->slices.size() != restore->names.size()) {
        return InvalidArgument("node '", body.name(id), "' restores ", restore->names.size(), " names with ",
                               restore->slices.size(), " slices; both must be constants of one length");
      }
    }
    if (!has_names) restore = nullptr;
    return restores_.emplace(id, std::move(restore)).first->second.get();
  }

  NameMap<std::vector<VariableKey>> keys_;
  absl::flat_hash_map<NodeId, std::unique_ptr<Restore>> restores_;
  std::string_view filename_node_;
  bool explicit_ = false;
};

// Finds keys for variables, in the order that the head of this file gives.
class VariableKeys {
 public:
  VariableKeys(TensorStore store, RestoreMap restore_map)
      : store_(std::move(store)), restore_map_(std::move(restore_map)) {}

  const TensorStore& store() const { return store_; }
  const RestoreMap& restore_map() const { return restore_map_; }

  // The key of a variable; none if the checkpoint has nothing for it. An error where savers disagree.
  absl::StatusOr<std::optional<VariableKey>> Find(NodeRef variable) {
    const AttrView shared = variable.attr("shared_name");
    const std::vector<VariableKey>* keys = restore_map_.Find(variable.name());
    // Two handles of one variable: the saver knows the one whose node has the variable's name.
    if (keys == nullptr && !shared.s().empty()) keys = restore_map_.Find(shared.s());
    if (keys != nullptr) {
      std::vector<const VariableKey*> present;
      for (const VariableKey& key : *keys) {
        if (store_.Find(key.key)) present.push_back(&key);
      }
      if (present.size() > 1) {
        return FailedPrecondition("the savers of the graph disagree about variable '", variable.name(), "': one restores '",
                                  present[0]->key, "', another '", present[1]->key,
                                  "'; name the restore op of the one that is meant (--restore_op_name)");
      }
      if (present.size() == 1) return std::optional<VariableKey>(*present[0]);
      if (restore_map_.is_explicit()) return FindInObjectGraph(variable.name());
    }
    if (store_.Find(variable.name())) return Named(variable.name(), "name");
    if (!shared.s().empty() && store_.Find(shared.s())) return Named(shared.s(), "shared_name");
    GRAPHFREEZE_ASSIGN_OR_RETURN(std::optional<VariableKey> key, FindInObjectGraph(variable.name()));
    if (!key && !shared.s().empty()) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(key, FindInObjectGraph(shared.s()));
    }
    if (!key) return FindPart(variable);
    return key;
  }

 private:
  static std::optional<VariableKey> Named(std::string_view key, std::string_view found_by) {
    VariableKey result;
    result.key = std::string(key);
    result.found_by = found_by;
    return result;
  }

  // The object graph that tf.train.Checkpoint stores: attributes with a full name and a key each.
  absl::StatusOr<std::optional<VariableKey>> FindInObjectGraph(std::string_view full_name) {
    if (!object_graph_read_) {
      object_graph_read_ = true;
      GRAPHFREEZE_RETURN_IF_ERROR(ReadObjectGraph());
    }
    const auto it = object_keys_.find(full_name);
    if (it == object_keys_.end() || it->second.empty() || !store_.Find(it->second)) return std::optional<VariableKey>();
    return Named(it->second, "object_graph");
  }

  absl::Status ReadObjectGraph() {
    constexpr std::string_view kKey = "_CHECKPOINTABLE_OBJECT_GRAPH";
    const auto info = store_.Find(kKey);
    if (!info || info->dtype != DataType::kString) return absl::OkStatus();
    GRAPHFREEZE_ASSIGN_OR_RETURN(const TensorRef ref, store_.Locate(kKey, TensorSlice()));
    if (!ref.string_value || ref.string_value->strings().size() != 1) return absl::OkStatus();
    object_graph_ = ref.string_value;
    wire::FieldReader nodes(object_graph_->strings()[0]);
    while (nodes.Next()) {
      if (nodes.key() != wire::Key(1, wire::Type::kBytes)) continue;
      wire::FieldReader node(nodes.bytes());
      while (node.Next()) {
        if (node.key() != wire::Key(2, wire::Type::kBytes)) continue;
        std::string_view full_name, key;
        wire::FieldReader attribute(node.bytes());
        while (attribute.Next()) {
          if (attribute.key() == wire::Key(2, wire::Type::kBytes)) full_name = attribute.bytes();
          if (attribute.key() == wire::Key(3, wire::Type::kBytes)) key = attribute.bytes();
        }
        if (full_name.empty() || key.empty()) continue;
        const auto [it, is_new] = object_keys_.try_emplace(full_name, key);
        if (!is_new && it->second != key) it->second = std::string_view();  // not unique: says nothing
      }
    }
    return nodes.ok() ? absl::OkStatus() : nodes.status("TrackableObjectGraph");
  }

  // Partitioned variables are nodes "<full name>/part_<k>"; the checkpoint has one tensor "<full name>". Without a
  // saver the number is all there is: part k is the k-th of as many equal-ranked parts, cut along one axis, and
  // the parts of the graph must add up to the stored shape.
  absl::StatusOr<std::optional<VariableKey>> FindPart(NodeRef variable) {
    const std::string_view name = variable.name();
    const std::size_t at = name.rfind("/part_");
    if (at == std::string_view::npos) return std::optional<VariableKey>();
    const std::string_view full_name = name.substr(0, at);
    const std::int32_t number = detail::ParseIndex(name.substr(at + 6));
    const auto info = store_.Find(full_name);
    if (number < 0 || !info || !info->shape.IsFullyDefined()) return std::optional<VariableKey>();
    const auto none = std::optional<VariableKey>();
    constexpr std::int32_t kMostParts = 4096;
    std::vector<Shape> parts;
    for (std::int32_t k = 0; k < kMostParts; ++k) {
      const NodeId id = variable.body().Find(Concat(full_name, "/part_", k));
      if (id == kNoNode) break;
      GRAPHFREEZE_ASSIGN_OR_RETURN(Shape shape, variable.body().node(id).attr("shape").shape());
      if (!shape.IsFullyDefined() || shape.rank() != info->shape.rank()) return none;
      parts.push_back(std::move(shape));
    }
    if (static_cast<std::size_t>(number) >= parts.size()) return none;
    // The axis is the one along which the sizes add up while all others agree.
    for (std::size_t axis = 0; axis < info->shape.rank(); ++axis) {
      std::int64_t sum = 0, start = 0;
      bool fits = true;
      for (std::size_t k = 0; k < parts.size() && fits; ++k) {
        for (std::size_t d = 0; d < parts[k].rank(); ++d) {
          if (d != axis && parts[k].dim(d) != info->shape.dim(d)) fits = false;
        }
        if (k == static_cast<std::size_t>(number)) start = sum;
        if (__builtin_add_overflow(sum, parts[k].dim(axis), &sum)) fits = false;
      }
      if (!fits || sum != info->shape.dim(axis)) continue;
      TensorSlice::Extents extents(info->shape.rank());
      extents[axis] = {start, parts[static_cast<std::size_t>(number)].dim(axis)};
      std::optional<VariableKey> key = Named(full_name, "part_number");
      key->slice = TensorSlice(std::move(extents));
      return key;
    }
    return none;
  }

  TensorStore store_;
  RestoreMap restore_map_;
  std::shared_ptr<const TensorView> object_graph_;
  NameMap<std::string_view> object_keys_;
  bool object_graph_read_ = false;
};

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/passes/alias_outputs.hpp ----
// AliasOutputs: gives a tensor a name of one's own: "logits=StatefulPartitionedCall:0" adds Identity "logits".

#include <string>
#include <string_view>
#include <utility>
#include <vector>


// ---- graphfreeze/passes/prune.hpp ----
// Prune: keeps what the outputs need, and nothing else.
//
//      x ── MatMul ── Softmax ── output          x ── MatMul ── Softmax ── output
//              └── loss ── gradients ── Adam  =>
//      save/…, init/…, summaries
//
// Kept: the outputs and all their ancestors over data and control edges, in the order of the file. Functions
// that nobody calls any more go too. Entries of `_class` (colocation) are not followed, unlike in TensorFlow,
// where they drag optimizer and saver nodes along; those that name a node that is gone are dropped, since
// TensorFlow refuses to import them.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>


// ---- graphfreeze/graph/function_refs.hpp ----
// Which functions a node names: by its op, by its function attributes (lists and nested ones included).

#include <string>
#include <string_view>


GRAPHFREEZE_NAMESPACE_BEGIN
namespace detail {

// Calls visit(name) for every function named in an AttrValue message, however deep.
template <typename Visit>
void ForEachFunctionIn(std::string_view attr_value, Visit& visit, int depth = 0) {
  if (depth > wire::kMaxDepth) return;  // deeper than protobuf itself reads
  const auto visit_func = [&](std::string_view name_attr_list) {
    visit(AttrView::FuncName(name_attr_list));
    ForEachAttr(name_attr_list, 2, [&](std::string_view, std::string_view value) {
      ForEachFunctionIn(value, visit, depth + 1);
    });
  };
  const AttrView attr(attr_value);
  if (attr.kind() == AttrView::Kind::kFunc) {
    visit_func(attr.func());
  } else if (attr.kind() == AttrView::Kind::kList) {
    for (std::string_view func : attr.funcs()) visit_func(func);
  }
}

}  // namespace detail

// Calls visit(std::string_view name) for every name under which `node` may call a function. The op is one of
// them: whether it is a function or an op, only the library can tell.
template <typename Visit>
void ForEachFunctionRef(NodeRef node, Visit&& visit) {
  if (node.kind() != NodeKind::kNode) return;
  visit(node.op());
  for (std::string_view name : node.attr_names()) detail::ForEachFunctionIn(node.attr(name).message(), visit);
}

// A NameAttrList with another function name and the same attributes.
inline std::string WithFunctionName(std::string_view name_attr_list, std::string_view name) {
  std::string out;
  wire::PutBytesField(&out, 1, name);
  wire::FieldReader reader(name_attr_list);
  while (reader.Next()) {
    if (reader.number() != 1) out.append(reader.whole());
  }
  return out;
}

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/rewrite/pass.hpp ----
// Passes: the contract, the context that they share, and how several become one.
//
// A pass is a plain struct with a name and one function:
//
//   struct DropChecks {
//     static constexpr std::string_view kName = "drop_checks";
//     absl::Status Run(Graph& graph, PassContext& context) const;
//   };
//
// Run(graph, context, Prune{{"output"}}, DropChecks{}) runs them in order and stops at the first error.
// Every pass is idempotent and reports what it did.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>


// ---- graphfreeze/rewrite/report.hpp ----
// Report: what passes did to a graph, and what they left alone and why. Programs read the codes, people the
// text; nothing is ever printed.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>


GRAPHFREEZE_NAMESPACE_BEGIN

enum class Action : std::uint8_t {
  kChanged,  // a node was rewritten
  kRemoved,  // a node or function was removed
  kSkipped,  // a node that a pass looks for was left as it is; `text` says why
  kWarning,  // the result may not be what was wanted
  kNote,     // worth knowing
};

inline std::string_view Name(Action action) {
  switch (action) {
    case Action::kChanged:
      return "changed";
    case Action::kRemoved:
      return "removed";
    case Action::kSkipped:
      return "skipped";
    case Action::kWarning:
      return "warning";
    case Action::kNote:
      return "note";
  }
  return "note";
}

struct ReportEntry {
  std::string pass;
  std::string body;  // function name; empty for the main graph
  std::string node;  // empty when the entry is about the graph
  Action action = Action::kNote;
  std::string code;  // stable, e.g. "write_dropped"
  std::string text;  // for people
};

// Text in double quotes as JSON wants it. Bytes that are not UTF-8 are kept as Latin-1 escapes.
inline std::string JsonString(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c >= 0x20 && c < 0x7f) {
      out += static_cast<char>(c);
    } else {
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
    }
  }
  return out + "\"";
}

inline std::string JsonBool(bool value) { return value ? "true" : "false"; }

inline std::string ToJson(const ReportEntry& entry) {
  return Concat("{\"pass\":", JsonString(entry.pass), ",\"body\":", JsonString(entry.body),
                ",\"node\":", JsonString(entry.node), ",\"action\":", JsonString(Name(entry.action)),
                ",\"code\":", JsonString(entry.code), ",\"text\":", JsonString(entry.text), "}");
}

GRAPHFREEZE_NAMESPACE_END

GRAPHFREEZE_NAMESPACE_BEGIN

// Bounds on the work that a hostile graph can cause. The defaults are far above what real models need.
struct Limits {
  std::uint64_t max_nodes = 20'000'000;             // after all rewriting
  std::uint32_t max_functions = 100'000;            // copies included
  int max_call_depth = 100;                         // functions that call functions
  std::uint64_t max_constant_bytes = 64u << 20;     // of one tensor that is computed, not copied
  std::uint64_t max_output_bytes = (std::uint64_t{1} << 31) - 1;  // protobuf's own limit
};

// What the passes of one run share.
struct PassContext {
  Limits limits;
  Executor executor = InlineExecutor();
  std::function<bool()> cancelled;  // asked now and then; true ends the run with Cancelled
  std::vector<ReportEntry> report;

  void Add(std::string_view pass, std::string_view body, std::string_view node, Action action, std::string_view code,
           std::string text) {
    report.push_back({std::string(pass), std::string(body), std::string(node), action, std::string(code),
                      std::move(text)});
  }
  absl::Status CheckCancelled() const {
    if (cancelled && cancelled()) return MakeStatus(absl::StatusCode::kCancelled, "cancelled by the caller");
    return absl::OkStatus();
  }
};

namespace detail {
template <typename T, typename = void>
struct HasPassName : std::false_type {};
template <typename T>
struct HasPassName<T, std::enable_if_t<std::is_convertible_v<decltype(T::kName), std::string_view>>>
    : std::true_type {};
template <typename T, typename = void>
struct HasRun : std::false_type {};
template <typename T>
struct HasRun<T, std::enable_if_t<std::is_same_v<decltype(std::declval<const T&>().Run(
                                                     std::declval<Graph&>(), std::declval<PassContext&>())),
                                                 absl::Status>>> : std::true_type {};
}  // namespace detail

template <typename T>
inline constexpr bool is_pass_v = detail::HasPassName<T>::value && detail::HasRun<T>::value;

namespace detail {
template <typename Pass>
absl::Status RunOne(Graph& graph, PassContext& context, const Pass& pass) {
  static_assert(HasPassName<Pass>::value,
                "a pass needs a name: static constexpr std::string_view kName = \"...\";");
  static_assert(HasRun<Pass>::value,
                "a pass needs: absl::Status Run(graphfreeze::Graph&, graphfreeze::PassContext&) const;");
  GRAPHFREEZE_RETURN_IF_ERROR(context.CheckCancelled());
  return Annotate(pass.Run(graph, context), Pass::kName);
}
}  // namespace detail

// Runs the passes in order. The error of a pass begins with its name.
template <typename... Passes>
absl::Status Run(Graph& graph, PassContext& context, const Passes&... passes) {
  absl::Status status;
  static_cast<void>(((status = detail::RunOne(graph, context, passes)).ok() && ...));
  return status;
}

// A pass of any type, for pipelines that are put together at run time. Cheap to copy.
class AnyPass {
 public:
  template <typename Pass, std::enable_if_t<!std::is_same_v<std::decay_t<Pass>, AnyPass>, int> = 0>
  AnyPass(Pass pass)
      : name_(Pass::kName), run_([pass = std::move(pass)](Graph& graph, PassContext& context) {
          return detail::RunOne(graph, context, pass);
        }) {}
  std::string_view name() const { return name_; }
  absl::Status Run(Graph& graph, PassContext& context) const { return run_(graph, context); }

 private:
  std::string_view name_;
  std::function<absl::Status(Graph&, PassContext&)> run_;
};

GRAPHFREEZE_NAMESPACE_END

GRAPHFREEZE_NAMESPACE_BEGIN

// An output as users name it: "logits", "logits:0", "split:1".
struct OutputName {
  std::string_view node;
  std::int32_t index = 0;
  bool has_index = false;

  static absl::StatusOr<OutputName> Parse(std::string_view text) {
    OutputName output;
    const std::size_t colon = text.rfind(':');
    output.node = text.substr(0, colon);
    if (colon != std::string_view::npos) {
      output.index = detail::ParseIndex(text.substr(colon + 1));
      output.has_index = true;
    }
    if (output.node.empty() || output.index < 0 || output.node[0] == '^') {
      return InvalidArgument("'", text, "' does not name an output; write a node's name (logits) or a tensor's (logits:0)");
    }
    return output;
  }
};

namespace detail {

// True for what savers, optimizers and gradients leave in a graph. Names and ops only hint: this is for messages.
inline bool LooksLikeTraining(std::string_view name, std::string_view op) {
  const auto begins = [](std::string_view text, std::string_view prefix) {
    return text.substr(0, prefix.size()) == prefix;
  };
  const std::string_view scope = name.substr(0, name.find('/'));
  const bool in_scope = scope.size() < name.size();
  if (in_scope && (begins(scope, "save") || begins(scope, "gradients") || begins(scope, "report_uninitialized"))) {
    return true;
  }
  return op == "Const" || op == "NoOp" || op == "Placeholder" || begins(op, "Assign") || begins(op, "Restore") ||
         begins(op, "Save") || begins(op, "Var") || op.find("Apply") != std::string_view::npos ||
         op.find("Summary") != std::string_view::npos;
}

// Nodes that look like results: they depend on an input of the graph, and nothing but training takes their outputs.
// The last in the graph come first.
inline std::vector<std::string_view> Sinks(const Body& body, std::size_t at_most) {
  const Consumers consumers(body);
  std::vector<bool> fed(body.size(), false);
  std::vector<NodeId> todo;
  const auto feed = [&](NodeId id) {
    if (!fed[id]) todo.push_back(id);
    fed[id] = true;
  };
  body.ForEachNode([&](NodeRef node) {
    const std::string_view op = node.op();
    if (node.inputs().empty() && (!LooksLikeTraining(node.name(), op) || op == "Placeholder")) {
      feed(node.id());
    }
  });
  while (!todo.empty()) {
    const NodeId id = todo.back();
    todo.pop_back();
    for (const Consumers::Use use : consumers.of(id)) feed(use.node);
  }
  std::vector<std::string_view> names;
  for (NodeId id = body.size(); id-- > 0 && names.size() < at_most;) {
    if (!body.alive(id) || body.kind(id) != NodeKind::kNode || LooksLikeTraining(body.name(id), body.op(id))) continue;
    bool result = fed[id] && !body.inputs(id).empty();
    for (const Edge& edge : body.inputs(id)) {
      const bool update = edge.node != kNoNode && LooksLikeTraining(body.name(edge.node), body.op(edge.node)) &&
                          !body.inputs(edge.node).empty();
      result = result && !update;
    }
    for (const Consumers::Use use : consumers.of(id)) {
      result = result && LooksLikeTraining(body.name(use.node), body.op(use.node));
    }
    if (result) names.push_back(body.name(id));
  }
  return names;
}

}  // namespace detail

// The node that an output names. The error lists names that are near and the sinks of the graph.
inline absl::StatusOr<NodeId> FindOutput(const Graph& graph, std::string_view text) {
  GRAPHFREEZE_ASSIGN_OR_RETURN(const OutputName output, OutputName::Parse(text));
  const Body& body = graph.main();
  const NodeId id = body.Find(output.node);
  if (id == kNoNode) {
    std::vector<std::string_view> names;
    body.ForEachNode([&](NodeRef node) { names.push_back(node.name()); });
    return NotFound("output '", text, "' is not in ", graph.name(), "; nearest names: ",
                    JoinNames(Nearest(output.node, names, 3), "none"),
                    "; nodes that look like results: ", JoinNames(detail::Sinks(body, 5), "none"));
  }
  if (output.index > 0) {
    const auto types = OutputTypes(graph, body.node(id));
    if (types && static_cast<std::size_t>(output.index) >= types->size()) {
      return InvalidArgument("output '", text, "': node '", output.node, "' (", body.op(id), ") has ", types->size(),
                             types->size() == 1 ? " output" : " outputs");
    }
  }
  return id;
}

struct Prune {
  static constexpr std::string_view kName = "prune";

  std::vector<std::string> outputs;  // node or tensor names; at least one
  std::vector<std::string> keep;     // further nodes that stay, with their ancestors

  absl::Status Run(Graph& graph, PassContext& context) const {
    if (outputs.empty()) {
      return InvalidArgument("no output was named; nodes that look like results: ",
                             JoinNames(detail::Sinks(graph.main(), 5), "none"));
    }
    std::vector<NodeId> roots;
    for (const auto* names : {&outputs, &keep}) {
      for (const std::string& name : *names) {
        GRAPHFREEZE_ASSIGN_OR_RETURN(const NodeId id, FindOutput(graph, name));
        roots.push_back(id);
      }
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<bool> live, Ancestors(graph.main(), std::move(roots)));
    std::size_t removed = 0;
    Body& body = graph.main();
    for (NodeId id = 0; id < body.size(); ++id) {
      if (live[id] || !body.alive(id)) continue;
      body.Remove(id);
      ++removed;
    }
    if (removed > 0) {
      context.Add(kName, "", "", Action::kRemoved, "unreachable", Concat(removed, " nodes that no output needs"));
    }
    DropStaleColocations(body);
    DropUncalledFunctions(graph, context);
    return absl::OkStatus();
  }

  // Marks the roots and everything that they depend on. An input that names no node is an error.
  static absl::StatusOr<std::vector<bool>> Ancestors(const Body& body, std::vector<NodeId> todo) {
    std::vector<bool> live(body.size(), false);
    for (NodeId id : todo) live[id] = true;
    while (!todo.empty()) {
      const NodeId id = todo.back();
      todo.pop_back();
      const absl::Span<const Edge> inputs = body.inputs(id);
      for (std::size_t slot = 0; slot < inputs.size(); ++slot) {
        const NodeId producer = inputs[slot].node;
        if (producer == kNoNode || !body.alive(producer)) {
          const std::string_view text = body.InputText(id, slot);
          return InvalidArgument("input ", slot, " of node '", body.name(id), "' (", body.op(id), ") is '", text,
                                 "', which is not in the graph; the graph file is incomplete");
        }
        if (live[producer]) continue;
        live[producer] = true;
        todo.push_back(producer);
      }
    }
    return live;
  }

 private:
  static void DropStaleColocations(Body& body) {
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode) continue;
      const AttrView classes = body.node(id).attr("_class");
      if (!classes.exists()) continue;
      const std::vector<std::string_view> all = classes.strings();
      std::vector<std::string_view> valid;
      for (std::string_view entry : all) {
        const bool colocation = entry.substr(0, 5) == "loc:@";
        if (!colocation || body.Find(entry.substr(5)) != kNoNode) valid.push_back(entry);
      }
      if (valid.size() == all.size()) continue;
      if (valid.empty()) {
        body.RemoveAttr(id, "_class");
      } else {
        body.SetAttr(id, "_class", attr::Strings(valid));
      }
    }
  }

  static void DropUncalledFunctions(Graph& graph, PassContext& context) {
    if (graph.function_count() == 0) return;
    std::vector<bool> called(graph.function_count(), false);
    std::vector<FunctionId> todo;
    const auto call = [&](std::string_view name) {
      const FunctionId id = graph.FindFunction(name);
      if (id == kNoFunction || called[id]) return;
      called[id] = true;
      todo.push_back(id);
    };
    const auto scan = [&](const Body& body) {
      body.ForEachNode([&](NodeRef node) { ForEachFunctionRef(node, call); });
    };
    scan(graph.main());
    while (!todo.empty()) {
      const FunctionId id = todo.back();
      todo.pop_back();
      scan(graph.function(id).body);
      for (const detail::LibraryField& field : graph.data()->library_fields) {
        if (!field.gradient_of.empty() && field.gradient_of == graph.function(id).name()) call(field.gradient);
      }
    }
    for (FunctionId id = 0; id < graph.function_count(); ++id) {
      if (called[id] || !graph.function(id).alive) continue;
      context.Add(kName, graph.function(id).name(), "", Action::kRemoved, "uncalled", "function that nobody calls");
      graph.RemoveFunction(id);
    }
  }
};

GRAPHFREEZE_NAMESPACE_END

GRAPHFREEZE_NAMESPACE_BEGIN

struct AliasOutputs {
  static constexpr std::string_view kName = "alias_outputs";

  std::vector<std::pair<std::string, std::string>> aliases;  // new node name, tensor

  absl::Status Run(Graph& graph, PassContext& context) const {
    Body& body = graph.main();
    for (const auto& [alias, tensor] : aliases) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const OutputName output, OutputName::Parse(tensor));
      GRAPHFREEZE_ASSIGN_OR_RETURN(const NodeId id, FindOutput(graph, tensor));
      if (const NodeId taken = body.Find(alias); taken != kNoNode) {
        const absl::Span<const Edge> inputs = body.inputs(taken);
        const bool done = body.op(taken) == "Identity" && !inputs.empty() && inputs[0] == Edge{id, 0, output.index};
        if (done) continue;  // a second run
        return InvalidArgument("output '", tensor, "' cannot be called '", alias, "': a node has that name");
      }
      const auto types = OutputTypes(graph, body.node(id));
      const auto index = static_cast<std::size_t>(output.index);
      if (!types || index >= types->size()) {
        return FailedPrecondition("output '", tensor, "' cannot be called '", alias, "': the type of what '",
                                  body.op(id), "' gives is not known; give the OpDef of that op");
      }
      const NodeId added = body.AddNode(alias, "Identity");
      body.SetInputs(added, {Edge{id, 0, output.index}});
      body.SetAttr(added, "T", attr::Type(RemoveRef((*types)[index])));
      context.Add(kName, "", alias, Action::kChanged, "alias_added", Concat("Identity of ", tensor));
    }
    return absl::OkStatus();
  }
};

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/passes/clear_devices.hpp ----
// ClearDevices: blanks the device of every node, in functions too. A graph that was trained on
// "/job:worker/task:0/device:NPU:3" then runs wherever it is loaded.

#include <cstddef>
#include <string_view>


GRAPHFREEZE_NAMESPACE_BEGIN

struct ClearDevices {
  static constexpr std::string_view kName = "clear_devices";

  absl::Status Run(Graph& graph, PassContext& context) const {
    std::size_t cleared = Clear(graph.main());
    for (FunctionId id = 0; id < graph.function_count(); ++id) {
      if (graph.function(id).alive) cleared += Clear(graph.function(id).body);
    }
    if (cleared > 0) {
      context.Add(kName, "", "", Action::kChanged, "device_cleared", Concat("device of ", cleared, " nodes blanked"));
    }
    return absl::OkStatus();
  }

 private:
  static std::size_t Clear(Body& body) {
    std::size_t cleared = 0;
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode || body.node(id).device().empty()) continue;
      body.ClearDevice(id);
      ++cleared;
    }
    return cleared;
  }
};

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/passes/clear_output_shapes.hpp ----
// ClearOutputShapes: removes the `_output_shapes` attribute of every node.
//
// A Saver writes the shapes that Python inferred into the .meta file. They are no part of the graph: TensorFlow refuses
// to import a graph where they no longer fit, and believes them where they do, so that a stale one pins an old batch
// size. TensorFlow's own freeze_graph drops them only from the nodes that it retypes; here all of them go.

#include <cstddef>
#include <string_view>


GRAPHFREEZE_NAMESPACE_BEGIN

struct ClearOutputShapes {
  static constexpr std::string_view kName = "clear_output_shapes";

  absl::Status Run(Graph& graph, PassContext& context) const {
    std::size_t cleared = 0;
    Body& body = graph.main();
    body.ForEachNode([&](NodeRef node) {
      if (!node.attr(kOutputShapes).exists()) return;
      body.ClearOutputShapes(node.id());
      ++cleared;
    });
    if (cleared > 0) {
      context.Add(kName, "", "", Action::kChanged, "output_shapes_cleared",
                  Concat("shapes that were inferred for ", cleared, " nodes removed"));
    }
    return absl::OkStatus();
  }
};

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/passes/freeze_variables.hpp ----
// FreezeVariables: every variable becomes a Const with its value from the checkpoint.
//
//   w (VarHandleOp) ── ReadVariableOp ── MatMul          w (Const) ── Identity ── MatMul
//   emb (VarHandleOp) ── ResourceGather(ids)       =>    emb (Const) ── GatherV2(ids, axis)
//   b (VariableV2) ── RefSwitch ── …                     b (Const) ── Switch ── …
//   w ── If(cond, w) ── then_branch(w: resource)         w ── If(cond, w) ── then_branch_frozen(w: float)
//
// Names stay. The nodes that a handle passes through get the type of the value; a function that is called with a
// frozen variable is copied, once for each combination of types and shapes that it is called with.
//
// Writes. A graph that is frozen cannot change its variables. A write that no read comes after (by data and control
// edges) is dropped, and reported. So is one that a read does come after, if it is a moving average or a counter.
// Any other is an error that names write, read and path, since dropping it would change the result.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>


// ---- graphfreeze/passes/variable_flow.hpp ----
// VariableFlow: where the handles of variables go. Before a variable becomes a constant, every place that its
// handle (or reference) reaches must be known: through Identity, Switch and loops, into functions, through their
// results and back.
//
//   w (VarHandleOp) ── Enter ── Switch ── ReadVariableOp          reached: Enter:0, Switch:0, Switch:1
//        └── If(cond, w) then_branch(w) ── PartitionedCall(w) ── ReadVariableOp
//
// The analysis changes nothing. A function that is called with different facts (which arguments are frozen, of
// which type and shape) is analysed once for each; FreezeVariables makes one copy for each.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>


GRAPHFREEZE_NAMESPACE_BEGIN
namespace detail {

// A tensor that is the handle of, or a reference to, a variable that will be frozen.
struct Binding {
  static constexpr std::uint32_t kSeveral = 0xffffffffu;  // one of several variables
  DataType dtype = DataType::kInvalid;                    // of the variable's value
  Shape shape = Shape::UnknownRank();
  std::uint32_t variable = kSeveral;  // number of the variable; its meaning is the body's
  bool is_ref = false;                // a reference (VariableV2), not a handle (VarHandleOp)

  // Takes in another binding of the same tensor. False if nothing changed.
  bool Merge(const Binding& other) {
    bool changed = false;
    if (shape != other.shape && shape.has_rank()) {
      shape = Shape::UnknownRank();
      changed = true;
    }
    if (variable != other.variable && variable != kSeveral) {
      variable = kSeveral;
      changed = true;
    }
    return changed;
  }
};

// What an op does with a handle or reference that reaches it.
enum class HandleUse : std::uint8_t {
  kValue,    // takes the value of a reference, like any op
  kPass,     // hands it on: output 0 (both outputs of a Switch) is the same variable
  kPassAll,  // IdentityN: output i is input i
  kRead,     // ReadVariableOp, ResourceGather(Nd), VariableShape, …: reads the value, or what is known of it
  kWrite,    // changes the variable
  kCall,     // hands it to functions
  kUnknown,
};

inline bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

inline bool IsSwitch(std::string_view op) { return op == "Switch" || op == "RefSwitch"; }

// Ops that change the variable whose handle is their first input.
inline bool IsResourceWrite(std::string_view op) {
  return op == "AssignVariableOp" || op == "AssignAddVariableOp" || op == "AssignSubVariableOp" ||
         op == "DestroyResourceOp" || op == "ResourceCountUpTo" || op == "ResourceStridedSliceAssign" ||
         StartsWith(op, "ResourceApply") || StartsWith(op, "ResourceSparseApply") ||
         StartsWith(op, "ResourceScatter");
}

// The twin of a TF1 op on references that works on values; empty if there is none.
inline std::string_view WithoutRef(std::string_view op) {
  if (op == "RefIdentity") return "Identity";
  if (op == "RefEnter") return "Enter";
  if (op == "RefExit") return "Exit";
  if (op == "RefNextIteration") return "NextIteration";
  if (op == "RefSwitch") return "Switch";
  if (op == "RefMerge") return "Merge";
  return {};
}

// A node that calls functions of the library, and where its arguments and results are described.
struct CallSite {
  enum class Kind : std::uint8_t { kCall, kBranch, kLoop };
  Kind kind = Kind::kCall;
  std::size_t first_argument = 0;  // the inputs before it are the predicate or the branch index
  std::string_view argument_types, result_types;  // names of list(type) attributes; empty if there is none
  // The attributes that name the functions, with the functions in order. A list attribute occurs once an element.
  struct Callee {
    std::string_view attr;  // empty: the op itself is the function
    FunctionId function = kNoFunction;
  };
  std::vector<Callee> callees;
};

// None if the node calls no function, or is of a kind that is not understood.
inline absl::StatusOr<std::optional<CallSite>> FindCallSite(const Graph& graph, NodeRef node) {
  CallSite site;
  const std::string_view op = node.op();
  const auto add = [&](std::string_view attr, std::string_view name) -> absl::Status {
    const FunctionId id = graph.FindFunction(name);
    if (id == kNoFunction) {
      return NotFound("node '", node.name(), "' (", op, ") calls function '", name,
                      "', which is not in the graph's library; the graph file is incomplete");
    }
    site.callees.push_back({attr, id});
    return absl::OkStatus();
  };
  site.argument_types = "Tin";
  site.result_types = "Tout";
  if (op == "PartitionedCall" || op == "StatefulPartitionedCall") {
    GRAPHFREEZE_RETURN_IF_ERROR(add("f", node.attr("f").func_name()));
  } else if (op == "If" || op == "StatelessIf") {
    site.kind = CallSite::Kind::kBranch;
    site.first_argument = 1;
    GRAPHFREEZE_RETURN_IF_ERROR(add("then_branch", node.attr("then_branch").func_name()));
    GRAPHFREEZE_RETURN_IF_ERROR(add("else_branch", node.attr("else_branch").func_name()));
  } else if (op == "Case" || op == "StatelessCase") {
    site.kind = CallSite::Kind::kBranch;
    site.first_argument = 1;
    for (std::string_view branch : node.attr("branches").funcs()) {
      GRAPHFREEZE_RETURN_IF_ERROR(add("branches", AttrView::FuncName(branch)));
    }
  } else if (op == "While" || op == "StatelessWhile") {
    site.kind = CallSite::Kind::kLoop;
    site.argument_types = site.result_types = "T";
    GRAPHFREEZE_RETURN_IF_ERROR(add("cond", node.attr("cond").func_name()));
    GRAPHFREEZE_RETURN_IF_ERROR(add("body", node.attr("body").func_name()));
  } else if (graph.FindFunction(op) != kNoFunction) {
    site.argument_types = site.result_types = {};
    GRAPHFREEZE_RETURN_IF_ERROR(add({}, op));
  } else {
    return std::optional<CallSite>();
  }
  return std::optional<CallSite>(std::move(site));
}

struct FunctionFlow;

// What was found out about one body.
struct BodyFlow {
  struct Call {
    CallSite site;
    std::vector<std::optional<Binding>> arguments;  // by data input behind first_argument
    std::vector<FunctionFlow*> functions;           // one a callee
    std::vector<std::optional<Binding>> results;    // by output
  };
  struct Reached {
    NodeId node;
    HandleUse use;
  };

  absl::flat_hash_map<std::uint64_t, Binding> bound;  // by Key
  std::map<NodeId, HandleUse> reached;                // nodes that take a bound tensor, in order
  std::map<NodeId, Call> calls;
  std::map<NodeId, std::uint32_t> variables;  // variable nodes of this body that are to be frozen
  std::vector<Binding> variable_bindings;     // by number in `variables`' values minus the first internal one
  bool has_frames = false;                    // TF1 loops: constants must be put into the frame of their users

  static std::uint64_t Key(NodeId node, std::int32_t output) {
    return std::uint64_t{node} << 32 | static_cast<std::uint32_t>(output);
  }
  const Binding* Find(NodeId node, std::int32_t output) const {
    const auto it = bound.find(Key(node, output));
    return it == bound.end() ? nullptr : &it->second;
  }
};

// A function, analysed for one combination of facts about its arguments.
struct FunctionFlow {
  FunctionId function = kNoFunction;
  std::vector<std::optional<Binding>> arguments;  // `variable` is the number of the first argument with that variable
  std::vector<std::optional<Binding>> results;
  BodyFlow flow;
  bool changed = false;  // false: the function can stay as it is
  bool active = false;   // being analysed
  std::set<std::uint32_t> written, read;  // numbers of arguments whose variables it changes or reads, however deep
  FunctionId copy = kNoFunction;          // made by the rewrite
};

class VariableFlow {
 public:
  // Tells whether the variable of a node is to be frozen, and what it holds.
  using Select = std::function<absl::StatusOr<std::optional<Binding>>(const Body& body, NodeRef variable)>;

  VariableFlow(const Graph& graph, const Limits& limits, Select select)
      : graph_(graph), limits_(limits), select_(std::move(select)) {}

  absl::Status Analyse() {
    GRAPHFREEZE_RETURN_IF_ERROR(FindVariableFunctions());
    return AnalyseBody(graph_.main(), "", {}, &main_, nullptr, 0);
  }

  BodyFlow& main() { return main_; }

  // The binding of what an edge carries; null if it is no handle or reference that will be frozen.
  absl::StatusOr<const Binding*> Carried(const Body& body, const BodyFlow& flow, const Edge& edge) const {
    if (edge.is_control() || edge.node == kNoNode || flow.bound.empty()) return nullptr;
    if (edge.arg == 0) return flow.Find(edge.node, edge.index);
    const std::optional<std::int32_t> output = FlatOutput(graph_, body, edge);
    if (output) return flow.Find(edge.node, *output);
    // Only where a handle comes out of it does an unknown op matter.
    if (!flow.Find(edge.node, 0)) return nullptr;
    return FailedPrecondition("output '", body.arg_name(edge.arg), "' of node '", body.name(edge.node), "' (",
                              body.op(edge.node), ") is not known; give the OpDef of that op");
  }

 private:
  // Functions with variables of their own inside, however deep.
  absl::Status FindVariableFunctions() {
    has_variables_.assign(graph_.function_count(), false);
    std::vector<std::vector<FunctionId>> callers(graph_.function_count());
    std::vector<FunctionId> todo;
    for (FunctionId id = 0; id < graph_.function_count(); ++id) {
      if (!graph_.function(id).alive) continue;
      graph_.function(id).body.ForEachNode([&](NodeRef node) {
        if (IsVariable(node.op()) && !has_variables_[id]) {
          has_variables_[id] = true;
          todo.push_back(id);
        }
        ForEachFunctionRef(node, [&](std::string_view name) {
          const FunctionId callee = graph_.FindFunction(name);
          if (callee != kNoFunction) callers[callee].push_back(id);
        });
      });
    }
    any_variables_ = !todo.empty();
    while (!todo.empty()) {
      const FunctionId id = todo.back();
      todo.pop_back();
      for (FunctionId caller : callers[id]) {
        if (has_variables_[caller]) continue;
        has_variables_[caller] = true;
        todo.push_back(caller);
      }
    }
    return absl::OkStatus();
  }

  // One body on the way to its fixed point.
  struct Walk {
    const Body& body;
    std::string_view function_name;
    BodyFlow& flow;
    FunctionFlow* function;  // null for the main graph
    int depth;
    Consumers consumers;
    std::vector<std::pair<NodeId, std::int32_t>> todo;
    std::set<NodeId> pending_calls;
  };

  absl::Status AnalyseBody(const Body& body, std::string_view name, const std::vector<std::optional<Binding>>& arguments,
                           BodyFlow* flow, FunctionFlow* function, int depth) {
    Walk walk{body, name, *flow, function, depth, Consumers(body), {}, {}};
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (arguments[i]) GRAPHFREEZE_RETURN_IF_ERROR(Bind(&walk, static_cast<NodeId>(i), 0, *arguments[i]));
    }
    auto next_variable = static_cast<std::uint32_t>(arguments.size());
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode) continue;
      const std::string_view op = body.op(id);
      if (op == "Enter" || op == "RefEnter") flow->has_frames = true;
      if (IsVariable(op)) {
        GRAPHFREEZE_ASSIGN_OR_RETURN(std::optional<Binding> binding, select_(body, body.node(id)));
        if (!binding) continue;
        binding->variable = next_variable++;
        binding->is_ref = op != "VarHandleOp";
        flow->variables.emplace(id, binding->variable);
        flow->variable_bindings.push_back(*binding);
        GRAPHFREEZE_RETURN_IF_ERROR(Bind(&walk, id, 0, *binding));
      } else if (any_variables_) {
        bool calls_variables = false;
        ForEachFunctionRef(body.node(id), [&](std::string_view callee) {
          const FunctionId callee_id = graph_.FindFunction(callee);
          if (callee_id != kNoFunction && has_variables_[callee_id]) calls_variables = true;
        });
        if (calls_variables) walk.pending_calls.insert(id);
      }
    }
    // Calls wait until nothing else moves: each is analysed with all that is known of its arguments.
    while (!walk.todo.empty() || !walk.pending_calls.empty()) {
      if (!walk.todo.empty()) {
        const auto [node, output] = walk.todo.back();
        walk.todo.pop_back();
        GRAPHFREEZE_RETURN_IF_ERROR(Follow(&walk, node, output));
      } else {
        const NodeId call = *walk.pending_calls.begin();
        walk.pending_calls.erase(walk.pending_calls.begin());
        GRAPHFREEZE_RETURN_IF_ERROR(AnalyseCall(&walk, call));
      }
    }
    return CheckMerges(walk);
  }

  static absl::Status Bind(Walk* walk, NodeId node, std::int32_t output, const Binding& binding) {
    const auto [it, is_new] = walk->flow.bound.try_emplace(BodyFlow::Key(node, output), binding);
    bool changed = is_new;
    if (!is_new) {
      if (it->second.dtype != binding.dtype || it->second.is_ref != binding.is_ref) {
        return FailedPrecondition("node '", walk->body.name(node), "' (", walk->body.op(node),
                                  ") hands on variables of types ", Name(it->second.dtype), " and ",
                                  Name(binding.dtype), "; they cannot both be frozen: exclude one of them");
      }
      changed = it->second.Merge(binding);
    }
    if (changed) walk->todo.emplace_back(node, output);
    return absl::OkStatus();
  }

  HandleUse UseOf(const Body& body, NodeId node, std::uint32_t slot, const Binding& binding) const {
    const std::string_view op = body.op(node);
    if (binding.is_ref) {
      if (!WithoutRef(op).empty()) return IsSwitch(op) && slot != 0 ? HandleUse::kValue : HandleUse::kPass;
      if (op == "IsVariableInitialized") return HandleUse::kRead;
      if (op == "RefSelect") return HandleUse::kUnknown;
      const OpDef* def = graph_.ops().Find(op);
      if (def == nullptr) return HandleUse::kValue;
      // Inputs that are lists come last in the ops that write, so arguments and inputs count alike.
      return slot < def->inputs.size() && def->inputs[slot].is_ref ? HandleUse::kWrite : HandleUse::kValue;
    }
    if (op == "Identity" || op == "Enter" || op == "Exit" || op == "NextIteration" || op == "Merge") {
      return HandleUse::kPass;
    }
    if (op == "Switch") return slot == 0 ? HandleUse::kPass : HandleUse::kUnknown;
    if (op == "IdentityN") return HandleUse::kPassAll;
    if (op == "ReadVariableOp" || op == "VariableShape" || op == "VarIsInitializedOp" ||
        ((op == "ResourceGather" || op == "ResourceGatherNd") && slot == 0)) {
      return HandleUse::kRead;
    }
    if (IsResourceWrite(op)) return slot == 0 ? HandleUse::kWrite : HandleUse::kUnknown;
    if (op == "PartitionedCall" || op == "StatefulPartitionedCall" || op == "If" || op == "StatelessIf" ||
        op == "Case" || op == "StatelessCase" || op == "While" || op == "StatelessWhile" ||
        graph_.FindFunction(op) != kNoFunction) {
      return HandleUse::kCall;
    }
    return HandleUse::kUnknown;
  }

  // Carries a binding of an output to everybody who takes it.
  absl::Status Follow(Walk* walk, NodeId node, std::int32_t output) {
    const Binding binding = *walk->flow.Find(node, output);
    for (const Consumers::Use use : walk->consumers.of(node)) {
      const Edge& edge = walk->body.inputs(use.node)[use.slot];
      if (edge.is_control()) continue;
      GRAPHFREEZE_ASSIGN_OR_RETURN(const Binding* carried, Carried(walk->body, walk->flow, edge));
      if (carried == nullptr || carried != walk->flow.Find(node, output)) continue;
      if (walk->body.kind(use.node) == NodeKind::kResult) {
        if (binding.is_ref) continue;  // a reference leaves a function as a value
        auto& result = walk->function->results[use.node - graph_.function(walk->function->function).result(0)];
        if (result) {
          result->Merge(binding);
        } else {
          result = binding;
        }
        continue;
      }
      const HandleUse kind = UseOf(walk->body, use.node, use.slot, binding);
      if (kind == HandleUse::kValue) continue;
      walk->flow.reached[use.node] = kind;
      switch (kind) {
        case HandleUse::kPass:
          GRAPHFREEZE_RETURN_IF_ERROR(Bind(walk, use.node, 0, binding));
          if (IsSwitch(walk->body.op(use.node))) GRAPHFREEZE_RETURN_IF_ERROR(Bind(walk, use.node, 1, binding));
          break;
        case HandleUse::kPassAll:
          GRAPHFREEZE_RETURN_IF_ERROR(Bind(walk, use.node, static_cast<std::int32_t>(use.slot), binding));
          break;
        case HandleUse::kWrite:
          // The op hands its reference on: who takes it takes the variable.
          if (binding.is_ref && HasRefOutput(walk->body.op(use.node))) {
            GRAPHFREEZE_RETURN_IF_ERROR(Bind(walk, use.node, 0, binding));
          }
          break;
        case HandleUse::kCall:
          walk->pending_calls.insert(use.node);
          break;
        case HandleUse::kUnknown:
          return Unimplemented("node '", walk->body.name(use.node), "' (", walk->body.op(use.node), ")", In(*walk),
                               " takes the handle of variable '", VariableName(*walk, binding),
                               "', and what it does with it is not known; exclude the variable from freezing, or "
                               "prune the node");
        default:
          break;
      }
    }
    return absl::OkStatus();
  }

  bool HasRefOutput(std::string_view op) const {
    const OpDef* def = graph_.ops().Find(op);
    return def != nullptr && !def->outputs.empty() && def->outputs[0].is_ref;
  }

  static std::string In(const Walk& walk) {
    return walk.function_name.empty() ? std::string() : Concat(" of function '", walk.function_name, "'");
  }

  static std::string VariableName(const Walk& walk, const Binding& binding) {
    for (const auto& [node, number] : walk.flow.variables) {
      if (number == binding.variable) return std::string(walk.body.name(node));
    }
    return walk.function != nullptr && binding.variable < walk.function->arguments.size()
               ? std::string(walk.body.name(binding.variable))
               : std::string("one of several");
  }

  // A Merge must not join a frozen variable with one that stays a variable.
  absl::Status CheckMerges(const Walk& walk) const {
    for (const auto& [node, use] : walk.flow.reached) {
      const std::string_view op = walk.body.op(node);
      if (use != HandleUse::kPass || (op != "Merge" && op != "RefMerge")) continue;
      for (const Edge& edge : walk.body.inputs(node)) {
        if (edge.is_control()) continue;
        GRAPHFREEZE_ASSIGN_OR_RETURN(const Binding* carried, Carried(walk.body, walk.flow, edge));
        if (carried == nullptr) {
          return FailedPrecondition("node '", walk.body.name(node), "' (", op, ")", In(walk),
                                    " joins a variable that is frozen with '", walk.body.Spell(edge),
                                    "', which is not; freeze both or neither");
        }
      }
    }
    return absl::OkStatus();
  }

  absl::Status AnalyseCall(Walk* walk, NodeId id) {
    const NodeRef node = walk->body.node(id);
    GRAPHFREEZE_ASSIGN_OR_RETURN(std::optional<CallSite> site, FindCallSite(graph_, node));
    if (!site) {
      return Unimplemented("node '", node.name(), "' (", node.op(), ")", In(*walk),
                           " calls a function with variables in it, in a way that is not known; inline the function, "
                           "or exclude its variables from freezing");
    }
    BodyFlow::Call call;
    const std::size_t inputs = node.data_input_count();
    for (std::size_t slot = site->first_argument; slot < inputs; ++slot) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const Binding* carried, Carried(walk->body, walk->flow, node.inputs()[slot]));
      call.arguments.push_back(carried != nullptr && !carried->is_ref ? std::optional<Binding>(*carried) : std::nullopt);
    }
    // Inside the functions, an argument's variable is called by the first argument that holds the same one.
    std::vector<std::optional<Binding>> arguments = call.arguments;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (!arguments[i]) continue;
      std::size_t first = i;
      for (std::size_t j = 0; j < i; ++j) {
        if (call.arguments[j] && call.arguments[j]->variable == call.arguments[i]->variable &&
            call.arguments[i]->variable != Binding::kSeveral) {
          first = j;
          break;
        }
      }
      arguments[i]->variable = static_cast<std::uint32_t>(first);
    }
    for (const CallSite::Callee& callee : site->callees) {
      const Function& function = graph_.function(callee.function);
      if (function.argument_count() != arguments.size()) {
        return InvalidArgument("node '", node.name(), "' (", node.op(), ")", In(*walk), " calls function '",
                               function.name(), "' with ", arguments.size(), " arguments; it takes ",
                               function.argument_count());
      }
      GRAPHFREEZE_ASSIGN_OR_RETURN(FunctionFlow * flow, AnalyseFunction(callee.function, arguments, walk->depth + 1));
      call.functions.push_back(flow);
    }
    call.site = *std::move(site);
    GRAPHFREEZE_RETURN_IF_ERROR(JoinResults(*walk, node, &call));
    const std::vector<std::optional<Binding>> results = call.results;
    walk->flow.calls[id] = std::move(call);
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (results[i]) GRAPHFREEZE_RETURN_IF_ERROR(Bind(walk, id, static_cast<std::int32_t>(i), *results[i]));
    }
    return absl::OkStatus();
  }

  // Handles that come out of a call: all functions that may run must agree.
  absl::Status JoinResults(const Walk& walk, NodeRef node, BodyFlow::Call* call) {
    const auto disagree = [&](std::size_t i) {
      return FailedPrecondition("output ", i, " of node '", node.name(), "' (", node.op(), ")", In(walk),
                                " is sometimes a variable that is frozen and sometimes not; freeze both or neither");
    };
    const auto to_caller = [&](Binding binding) {
      binding.variable = binding.variable < call->arguments.size() && call->arguments[binding.variable]
                             ? call->arguments[binding.variable]->variable
                             : Binding::kSeveral;
      return binding;
    };
    if (call->site.kind == CallSite::Kind::kLoop) {
      // What goes round must come back the same.
      call->results = call->arguments;
      const FunctionFlow& body = *call->functions[1];
      for (std::size_t i = 0; i < call->results.size(); ++i) {
        const bool returned = i < body.results.size() && body.results[i].has_value();
        if (returned != call->results[i].has_value()) return disagree(i);
        if (returned && body.results[i]->dtype != call->results[i]->dtype) return disagree(i);
        if (returned) call->results[i]->Merge(to_caller(*body.results[i]));
      }
      return absl::OkStatus();
    }
    for (std::size_t f = 0; f < call->functions.size(); ++f) {
      const std::vector<std::optional<Binding>>& results = call->functions[f]->results;
      if (f == 0) call->results.resize(results.size());
      if (call->results.size() != results.size()) {
        return InvalidArgument("the functions that node '", node.name(), "' calls have different numbers of results");
      }
      for (std::size_t i = 0; i < results.size(); ++i) {
        if (f == 0) {
          if (results[i]) call->results[i] = to_caller(*results[i]);
        } else if (results[i].has_value() != call->results[i].has_value()) {
          return disagree(i);
        } else if (results[i]) {
          if (results[i]->dtype != call->results[i]->dtype) return disagree(i);
          call->results[i]->Merge(to_caller(*results[i]));
        }
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<FunctionFlow*> AnalyseFunction(FunctionId id, const std::vector<std::optional<Binding>>& arguments,
                                                int depth) {
    const Function& function = graph_.function(id);
    if (depth > limits_.max_call_depth) {
      return ResourceExhausted("functions call each other more than ", limits_.max_call_depth, " deep, at '",
                               function.name(), "'");
    }
    std::string key = Concat(id);
    for (const auto& argument : arguments) {
      key += argument ? Concat(";", static_cast<std::int32_t>(argument->dtype), argument->shape.ToString(), "@",
                               argument->variable)
                      : std::string(";");
    }
    std::unique_ptr<FunctionFlow>& slot = functions_[key];
    if (slot != nullptr) {
      if (slot->active) {
        return FailedPrecondition("function '", function.name(), "' calls itself; recursive functions cannot be frozen");
      }
      return slot.get();
    }
    if (functions_.size() > limits_.max_functions) {
      return ResourceExhausted("more than ", limits_.max_functions, " copies of functions would be needed, at '",
                               function.name(), "'");
    }
    slot = std::make_unique<FunctionFlow>();
    FunctionFlow* flow = slot.get();
    flow->function = id;
    flow->arguments = arguments;
    flow->results.resize(function.result_count());
    flow->active = true;
    GRAPHFREEZE_RETURN_IF_ERROR(AnalyseBody(function.body, function.name(), arguments, &flow->flow, flow, depth));
    flow->active = false;
    flow->changed = !flow->flow.variables.empty();
    for (const auto& argument : arguments) flow->changed |= argument.has_value();
    for (const auto& [node, call] : flow->flow.calls) {
      for (const FunctionFlow* callee : call.functions) flow->changed |= callee->changed;
    }
    return flow;
  }

  const Graph& graph_;
  const Limits& limits_;
  Select select_;
  BodyFlow main_;
  std::map<std::string, std::unique_ptr<FunctionFlow>> functions_;
  std::vector<bool> has_variables_;
  bool any_variables_ = false;
};

}  // namespace detail
GRAPHFREEZE_NAMESPACE_END

GRAPHFREEZE_NAMESPACE_BEGIN

// A variable that became a constant, and where its value came from.
struct FrozenVariable {
  std::string name;      // of the node
  std::string function;  // that it is in; empty for the main graph
  std::string key;       // in the checkpoint; empty for a value that was computed or given
  std::string slice;     // the part of that tensor; empty for all of it
  std::string found_by;  // how the key was found: "saver", "name", "shared_name", "object_graph", "part_number",
                         // or "initializer" and "caller" for values that are from elsewhere
  DataType dtype = DataType::kInvalid;
  Shape shape;
  std::uint64_t bytes = 0;
};

struct FreezeVariables {
  static constexpr std::string_view kName = "freeze_variables";

  // Where keys and values come from; shared, since finding keys remembers what it read.
  std::shared_ptr<VariableKeys> keys;
  // Values that win over the checkpoint, by variable: initialisers that were evaluated, or the caller's.
  std::map<std::string, TensorView, std::less<>> values;
  // Node names. An empty `allow` means all; a name in both lists is not frozen.
  std::vector<std::string> allow, deny;
  // Drop every write, also where that changes what a later read gives.
  bool drop_writes = false;
  // Estimate: constants get their size from the index of the checkpoint, and nothing that can be read.
  bool measure_only = false;
  // Gets what of the weights has to be put together in memory; only where they are measured. May be null.
  std::uint64_t* heap_bytes = nullptr;
  // Gets what was frozen, in the order of the graph. May be null.
  std::vector<FrozenVariable>* frozen = nullptr;

  absl::Status Run(Graph& graph, PassContext& context) const;
};

namespace detail {

class VariableFreezer {
 public:
  VariableFreezer(Graph& graph, PassContext& context, const FreezeVariables& options)
      : graph_(graph),
        context_(context),
        options_(options),
        allow_(options.allow.begin(), options.allow.end()),
        deny_(options.deny.begin(), options.deny.end()),
        flow_(graph, context.limits, [this](const Body& body, NodeRef node) { return Select(body, node); }) {}

  absl::Status Run() {
    WarnOfUnknownNames();
    GRAPHFREEZE_RETURN_IF_ERROR(flow_.Analyse());
    GRAPHFREEZE_RETURN_IF_ERROR(CheckWrites(graph_.main(), &flow_.main(), nullptr));
    GRAPHFREEZE_RETURN_IF_ERROR(RewriteBody(&graph_.main(), &flow_.main(), ""));
    return ReportMissing();
  }

 private:
  // What is known of the value of one variable node.
  struct Candidate {
    std::optional<VariableKey> key;
    const TensorView* value = nullptr;  // wins over the key
    DataType dtype = DataType::kInvalid;
    Shape shape;                       // of the graph
    std::uint32_t weight = AttrEdit::kNoWeight;
  };

  // --- which variables, and their values ---

  void WarnOfUnknownNames() {
    for (const auto* names : {&options_.allow, &options_.deny}) {
      for (const std::string& name : *names) {
        const NodeId id = graph_.main().Find(name);
        if (id != kNoNode && IsVariable(graph_.main().op(id))) continue;
        if (VariableInAnyFunction(name)) continue;
        context_.Add(FreezeVariables::kName, "", name, Action::kWarning, "unknown_variable",
                     Concat("'", name, "' of the ", names == &options_.allow ? "allow" : "deny",
                            " list is no variable that an output needs"));
      }
    }
  }

  bool VariableInAnyFunction(std::string_view name) const {
    for (FunctionId id = 0; id < graph_.function_count(); ++id) {
      if (!graph_.function(id).alive) continue;
      const NodeId node = graph_.function(id).body.Find(name);
      if (node != kNoNode && IsVariable(graph_.function(id).body.op(node))) return true;
    }
    return false;
  }

  absl::StatusOr<std::optional<Binding>> Select(const Body&, NodeRef node) {
    const std::string_view name = node.name();
    if (deny_.count(name) > 0 || (!allow_.empty() && allow_.count(name) == 0)) {
      if (!excluded_.emplace(name).second) return std::optional<Binding>();
      context_.Add(FreezeVariables::kName, "", name, Action::kSkipped, "excluded", "variable kept as the lists say");
      return std::optional<Binding>();
    }
    const auto [it, is_new] = candidates_.try_emplace(node.name());
    Candidate& candidate = it->second;
    if (is_new) {
      candidate.dtype = node.attr("dtype").type();
      GRAPHFREEZE_ASSIGN_OR_RETURN(candidate.shape, node.attr("shape").shape());
      // A `shape` attribute that is missing says nothing, like one of unknown rank.
      if (const auto value = options_.values.find(name); value != options_.values.end()) {
        candidate.value = &value->second;
      } else if (options_.keys != nullptr) {
        GRAPHFREEZE_ASSIGN_OR_RETURN(candidate.key, options_.keys->Find(node));
      }
    }
    Binding binding;
    binding.dtype = candidate.dtype;
    binding.shape = candidate.shape;
    if (candidate.value != nullptr) {
      binding.shape = candidate.value->shape();
    } else if (candidate.key && candidate.key->slice.extents().empty()) {
      binding.shape = options_.keys->store().Find(candidate.key->key)->shape;
    }
    return std::optional<Binding>(std::move(binding));
  }

  // The Const's weight; kNoWeight if the variable has no value (remembered for ReportMissing).
  absl::StatusOr<std::uint32_t> WeightOf(NodeRef node, std::string_view function) {
    Candidate& candidate = candidates_.find(node.name())->second;
    if (candidate.weight != AttrEdit::kNoWeight) return candidate.weight;
    Weight weight;
    FrozenVariable frozen;
    if (candidate.value != nullptr) {
      weight.tensor = TensorStore::ToRef(*candidate.value);
      frozen.found_by = "initializer";
    } else if (candidate.key) {
      absl::StatusOr<TensorRef> located = options_.measure_only ? Measure(*candidate.key)
                                                                : options_.keys->store().Locate(candidate.key->key, candidate.key->slice);
      if (!located.ok()) return Annotate(located.status(), Concat("variable '", node.name(), "'"));
      weight.tensor = *std::move(located);
      frozen.key = candidate.key->key;
      frozen.slice = candidate.key->slice.ToString();
      frozen.found_by = std::string(candidate.key->found_by);
    } else {
      missing_.insert(std::string(node.name()));
      return AttrEdit::kNoWeight;
    }
    const TensorRef& tensor = weight.tensor;
    if (candidate.key && candidate.value == nullptr) {
      const Shape stored = options_.keys->store().Find(candidate.key->key)->shape;
      if (!stored.IsCompatibleWith(candidate.key->full_shape)) {
        mismatches_.push_back(Concat("variable '", node.name(), "' is part ", frozen.slice, " of a tensor of shape ",
                                     candidate.key->full_shape.ToString(), " in the graph, but key '", frozen.key,
                                     "' has shape ", stored.ToString()));
        return AttrEdit::kNoWeight;
      }
    }
    if (tensor.dtype != candidate.dtype || !candidate.shape.IsCompatibleWith(tensor.shape)) {
      mismatches_.push_back(Concat("variable '", node.name(), "' is ", graphfreeze::Name(candidate.dtype), " ",
                                   candidate.shape.ToString(), " in the graph, but ", frozen.key.empty() ? "its value" : "key '",
                                   frozen.key, frozen.key.empty() ? "" : "'", frozen.slice.empty() ? "" : " part ",
                                   frozen.slice, " is ", graphfreeze::Name(tensor.dtype), " ", tensor.shape.ToString()));
      return AttrEdit::kNoWeight;
    }
    frozen.name = std::string(node.name());
    frozen.function = std::string(function);
    frozen.dtype = tensor.dtype;
    frozen.shape = tensor.shape;
    frozen.bytes = tensor.size();
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string prefix, Encode(&weight.tensor, &frozen.bytes));
    weight.prefix = graph_.arena().Copy(prefix);
    candidate.weight = graph_.AddWeight(std::move(weight));
    if (options_.frozen != nullptr) options_.frozen->push_back(std::move(frozen));
    return candidate.weight;
  }

  // A reference of the right size to bytes that nobody may read.
  absl::StatusOr<TensorRef> Measure(const VariableKey& key) const {
    struct Unread {
      std::uint64_t size() const { return bytes; }
      absl::Status Read(std::uint64_t, absl::Span<char>) const {
        return FailedPrecondition("an estimate does not read weights");
      }
      std::uint64_t bytes;
    };
    // More than any file has; sums of it do not overflow, whatever shapes a checkpoint claims.
    constexpr std::uint64_t kMost = std::uint64_t{1} << 44;
    GRAPHFREEZE_ASSIGN_OR_RETURN(TensorMeasure measure, options_.keys->store().Measure(key.key, key.slice));
    TensorRef ref;
    ref.dtype = measure.dtype;
    ref.shape = std::move(measure.shape);
    const std::uint64_t bytes = measure.bytes < kMost ? measure.bytes : kMost;
    if (bytes > 0) ref.pieces.push_back({Source::Of(Unread{bytes}, "estimate"), 0, bytes});
    if (options_.heap_bytes != nullptr) *options_.heap_bytes += measure.heap_bytes < kMost ? measure.heap_bytes : kMost;
    return ref;
  }

  // The TensorProto up to the bytes of the pieces. Strings and single elements are written out in full.
  absl::StatusOr<std::string> Encode(TensorRef* tensor, std::uint64_t* bytes) const {
    if (tensor->string_value) {
      *bytes = 0;
      for (std::string_view s : tensor->string_value->strings()) *bytes += s.size();
      GRAPHFREEZE_ASSIGN_OR_RETURN(std::string proto, SerializeTensorProto(*tensor->string_value));
      tensor->string_value = nullptr;
      tensor->pieces.clear();
      return proto;
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t elements, tensor->shape.NumElements());
    if (options_.measure_only) {
      std::string proto = TensorProtoHeader(tensor->dtype, tensor->shape);
      // Strings bring their tags and lengths along.
      if (tensor->size() > 0 && tensor->dtype != DataType::kString) wire::PutBytesHeader(&proto, 4, tensor->size());
      return proto;
    }
    if (elements != 1) {
      return TensorProtoPrefix(tensor->dtype, tensor->shape, tensor->size());
    }
    std::string element;
    for (const ByteRange& piece : tensor->pieces) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes owned, piece.source.Load(piece.offset, piece.size));
      element.append(owned.bytes);
    }
    tensor->pieces.clear();
    return SerializeTensorProto(tensor->dtype, tensor->shape, element);
  }

  absl::Status ReportMissing() const {
    if (!mismatches_.empty()) {
      std::string text;
      for (std::size_t i = 0; i < mismatches_.size() && i < 10; ++i) text += Concat(i > 0 ? "; " : "", mismatches_[i]);
      if (mismatches_.size() > 10) text += Concat("; and ", mismatches_.size() - 10, " more");
      return FailedPrecondition(text, ". Graph and checkpoint are not of one training run, or the saver renames "
                                "variables: give the .meta file that was saved with the checkpoint");
    }
    if (missing_.empty()) return absl::OkStatus();
    const std::vector<std::string_view> keys =
        options_.keys ? options_.keys->store().keys() : std::vector<std::string_view>();
    const std::string store = options_.keys ? options_.keys->store().name() : "no checkpoint";
    std::size_t matched = 0;
    for (const auto& [name, candidate] : candidates_) matched += candidate.key.has_value() ? 1 : 0;
    std::string text;
    if (keys.empty()) {
      return NotFound(missing_.size(), " variables need values, and ",
                      options_.keys && options_.keys->store() ? Concat(store, " holds none") : "no checkpoint was given",
                      ": ", First(missing_, 4), ". Name the checkpoint of the training run");
    }
    if (matched == 0) {
      text = Concat("no variable of ", graph_.name(), " is in ", store, " (", keys.size(),
                    " keys). The graph needs ", First(missing_, 4), "; the checkpoint has ", FirstKeys(keys, 4),
                    ". Either it is the checkpoint of another model, or the saver renames variables");
    } else {
      text = Concat(missing_.size(), " variables have no value in ", store, " (", keys.size(), " keys): ");
      std::size_t count = 0;
      for (const std::string& name : missing_) {
        if (count == 20) {
          text += Concat("; and ", missing_.size() - count, " more");
          break;
        }
        const Candidate& candidate = candidates_.find(name)->second;
        text += Concat(count++ > 0 ? "; '" : "'", name, "' (", graphfreeze::Name(candidate.dtype), " ",
                       candidate.shape.ToString(), "; nearest keys: ", JoinNames(Nearest(name, keys, 2), "none"), ")");
      }
      text += ". The checkpoint may be of another run, or the variables are not saved: let --initializer_nodes evaluate them, "
              "or exclude them from freezing";
    }
    if (options_.keys->restore_map().empty()) {
      text += "; if the saver renames variables, only its restore nodes know the keys, and they are not in this "
              "graph: give the .meta file that was saved with the checkpoint";
    }
    return NotFound(text);
  }

  static std::string First(const std::set<std::string>& names, std::size_t n) {
    std::vector<std::string_view> some;
    for (const std::string& name : names) {
      if (some.size() < n) some.push_back(name);
    }
    return Concat(JoinNames(some, "none"), names.size() > n ? ", …" : "");
  }
  static std::string FirstKeys(std::vector<std::string_view> keys, std::size_t n) {
    const bool more = keys.size() > n;
    if (more) keys.resize(n);
    return Concat(JoinNames(keys, "none"), more ? ", …" : "");
  }

  // --- writes ---

  // True if the edge is the value of the variable that `carried` says.
  absl::StatusOr<bool> IsReadOf(const Body& body, const BodyFlow& flow, Edge edge, std::uint32_t variable) const {
    for (int steps = 0; steps < 16 && !edge.is_control() && edge.node != kNoNode; ++steps) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const Binding* carried, flow_.Carried(body, flow, edge));
      if (carried != nullptr) return carried->is_ref && carried->variable == variable;
      const std::string_view op = body.op(edge.node);
      if (body.inputs(edge.node).empty()) return false;
      if (op == "ReadVariableOp") {
        GRAPHFREEZE_ASSIGN_OR_RETURN(const Binding* handle, flow_.Carried(body, flow, body.inputs(edge.node)[0]));
        return handle != nullptr && handle->variable == variable;
      }
      if (op != "Identity") return false;
      edge = body.inputs(edge.node)[0];
    }
    return false;
  }

  // The producer of an edge, through Identity and Cast.
  static NodeId Source(const Body& body, Edge edge) {
    for (int steps = 0; steps < 16 && edge.node != kNoNode; ++steps) {
      const std::string_view op = body.op(edge.node);
      if ((op != "Identity" && op != "Cast") || body.inputs(edge.node).empty()) break;
      edge = body.inputs(edge.node)[0];
    }
    return edge.node;
  }

  // v -= (v - x) * k is a moving average; v += constant is a counter.
  absl::StatusOr<bool> IsMovingAverageOrCounter(const Body& body, const BodyFlow& flow, NodeId write,
                                                std::uint32_t variable) const {
    const std::string_view op = body.op(write);
    const absl::Span<const Edge> inputs = body.inputs(write);
    if (inputs.size() < 2 || variable == Binding::kSeveral) return false;
    const NodeId value = Source(body, inputs[1]);
    if (value == kNoNode) return false;
    if (op == "AssignAdd" || op == "AssignAddVariableOp") return body.op(value) == "Const";
    if ((op != "AssignSub" && op != "AssignSubVariableOp") || body.op(value) != "Mul") return false;
    for (std::size_t side = 0; side < 2 && side < body.inputs(value).size(); ++side) {
      const NodeId difference = Source(body, body.inputs(value)[side]);
      if (difference == kNoNode || body.op(difference) != "Sub" || body.inputs(difference).empty()) continue;
      GRAPHFREEZE_ASSIGN_OR_RETURN(const bool read, IsReadOf(body, flow, body.inputs(difference)[0], variable));
      if (read) return true;
    }
    return false;
  }

  static bool Same(std::uint32_t a, std::uint32_t b) {
    return a == b || a == Binding::kSeveral || b == Binding::kSeveral;
  }
  static bool Touches(const std::set<std::uint32_t>& variables, std::uint32_t variable) {
    for (std::uint32_t v : variables) {
      if (Same(v, variable)) return true;
    }
    return false;
  }

  // The variables of the caller that a call reads or writes, from those of the functions.
  static std::set<std::uint32_t> ToCaller(const BodyFlow::Call& call, std::set<std::uint32_t> FunctionFlow::*which) {
    std::set<std::uint32_t> result;
    for (const FunctionFlow* function : call.functions) {
      for (std::uint32_t v : function->*which) {
        if (v < call.arguments.size() && call.arguments[v]) {
          result.insert(call.arguments[v]->variable);
        } else if (v == Binding::kSeveral) {
          result.insert(v);
        }
      }
    }
    return result;
  }

  // True if a node takes the value of the variable.
  absl::StatusOr<bool> Reads(const Body& body, const BodyFlow& flow, NodeId node, std::uint32_t variable) const {
    if (body.kind(node) != NodeKind::kNode) return false;
    const auto reached = flow.reached.find(node);
    if (const auto call = flow.calls.find(node); call != flow.calls.end()) {
      if (Touches(ToCaller(call->second, &FunctionFlow::read), variable)) return true;
    }
    if (reached != flow.reached.end() && reached->second == HandleUse::kRead) {
      const std::string_view op = body.op(node);
      if (op == "VariableShape" || op == "VarIsInitializedOp" || op == "IsVariableInitialized") return false;
      GRAPHFREEZE_ASSIGN_OR_RETURN(const Binding* handle, flow_.Carried(body, flow, body.inputs(node)[0]));
      return handle != nullptr && Same(handle->variable, variable);
    }
    const bool writes = reached != flow.reached.end() && reached->second == HandleUse::kWrite;
    if (reached != flow.reached.end() && !writes) return false;
    const absl::Span<const Edge> inputs = body.inputs(node);
    for (std::size_t slot = writes ? 1 : 0; slot < inputs.size(); ++slot) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const Binding* carried, flow_.Carried(body, flow, inputs[slot]));
      if (carried != nullptr && carried->is_ref && Same(carried->variable, variable)) return true;
    }
    return false;
  }

  // Decides about every write of a body, those of the functions that it calls first.
  absl::Status CheckWrites(const Body& body, BodyFlow* flow, FunctionFlow* function) {
    const std::string_view where = function == nullptr ? std::string_view() : graph_.function(function->function).name();
    struct Write {
      NodeId node;
      std::set<std::uint32_t> variables;
    };
    std::vector<Write> writes;
    for (auto& [id, call] : flow->calls) {
      for (FunctionFlow* callee : call.functions) {
        if (!checked_.insert(callee).second) continue;
        GRAPHFREEZE_RETURN_IF_ERROR(CheckWrites(graph_.function(callee->function).body, &callee->flow, callee));
      }
      const std::set<std::uint32_t> written = ToCaller(call, &FunctionFlow::written);
      const std::set<std::uint32_t> read = ToCaller(call, &FunctionFlow::read);
      if (function != nullptr) {
        function->written.insert(written.begin(), written.end());
        function->read.insert(read.begin(), read.end());
      }
      if (written.empty()) continue;
      for (std::uint32_t v : written) {
        if (call.site.kind == CallSite::Kind::kLoop && Touches(read, v) && !options_.drop_writes) {
          return FailedPrecondition("node '", body.name(id), "' (", body.op(id), ")", In(where),
                                    " changes a variable in its loop that the loop also reads; the value of one step "
                                    "would be that of all steps: exclude the variable, or drop writes on purpose");
        }
      }
      writes.push_back({id, written});
    }
    for (const auto& [id, use] : flow->reached) {
      if (use != HandleUse::kWrite && use != HandleUse::kRead) continue;
      GRAPHFREEZE_ASSIGN_OR_RETURN(const Binding* target, flow_.Carried(body, *flow, body.inputs(id)[0]));
      if (target == nullptr) continue;
      if (use == HandleUse::kRead) {
        if (function != nullptr) function->read.insert(target->variable);
        continue;
      }
      GRAPHFREEZE_ASSIGN_OR_RETURN(const bool harmless, IsMovingAverageOrCounter(body, *flow, id, target->variable));
      context_.Add(FreezeVariables::kName, where, body.name(id), Action::kRemoved,
                   harmless ? "update_dropped" : "write_dropped",
                   Concat(body.op(id), harmless ? ": moving average or counter, not updated at inference"
                                                : ": nothing that the outputs need reads the variable after it"));
      if (harmless) continue;
      writes.push_back({id, {target->variable}});
      if (function != nullptr) function->written.insert(target->variable);
    }
    if (writes.empty()) return absl::OkStatus();
    if (options_.drop_writes) {
      for (const Write& write : writes) {
        context_.Add(FreezeVariables::kName, where, body.name(write.node), Action::kWarning, "write_dropped_on_request",
                     "a write was dropped without asking what reads the variable afterwards");
      }
      return absl::OkStatus();
    }
    const Consumers consumers(body);
    for (const Write& write : writes) {
      GRAPHFREEZE_RETURN_IF_ERROR(context_.CheckCancelled());
      std::vector<NodeId> from(body.size(), kNoNode);
      std::deque<NodeId> todo = {write.node};
      from[write.node] = write.node;
      while (!todo.empty()) {
        const NodeId id = todo.front();
        todo.pop_front();
        for (const Consumers::Use use : consumers.of(id)) {
          for (std::uint32_t v : write.variables) {
            GRAPHFREEZE_ASSIGN_OR_RETURN(const bool reads, Reads(body, *flow, use.node, v));
            if (reads) {
              if (from[use.node] == kNoNode) from[use.node] = id;
              return WriteError(body, VariableName(body, *flow, v), where, write.node, use.node, id, from);
            }
          }
          if (from[use.node] != kNoNode) continue;
          from[use.node] = id;
          todo.push_back(use.node);
        }
      }
    }
    return absl::OkStatus();
  }

  static std::string In(std::string_view function) {
    return function.empty() ? std::string() : Concat(" of function '", function, "'");
  }

  // The name of a variable (or of the argument that holds it) by its number in the body.
  static std::string VariableName(const Body& body, const BodyFlow& flow, std::uint32_t number) {
    for (const auto& [node, variable] : flow.variables) {
      if (variable == number) return std::string(body.name(node));
    }
    return number < body.size() && body.kind(number) == NodeKind::kArgument ? std::string(body.name(number))
                                                                           : std::string("one of several");
  }

  static absl::Status WriteError(const Body& body, std::string_view variable, std::string_view where, NodeId write,
                                 NodeId read, NodeId last, const std::vector<NodeId>& from) {
    std::vector<std::string_view> path = {body.name(read)};
    for (NodeId id = last; path.size() < 8; id = from[id]) {
      path.push_back(body.name(id));
      if (id == write) break;
    }
    std::string text;
    for (auto it = path.rbegin(); it != path.rend(); ++it) text += Concat(text.empty() ? "" : " -> ", *it);
    return FailedPrecondition("node '", body.name(write), "' (", body.op(write), ")", In(where),
                              " changes variable '", variable, "', which '", body.name(read), "' (", body.op(read),
                              ") reads afterwards (", text,
                              "): frozen, the read would give the old value. Choose an output before the write, exclude "
                              "the variable, or drop writes on purpose");
  }

  // --- the rewrite ---

  absl::Status RewriteBody(Body* body, BodyFlow* flow, std::string_view function) {
    for (const auto& reached : flow->reached) {
      const NodeId id = reached.first;
      switch (reached.second) {
        case HandleUse::kPass:
          RewritePass(body, *flow, id);
          break;
        case HandleUse::kPassAll:
          RewriteTypes(body, id, "T", [&](std::size_t i) { return flow->Find(id, static_cast<std::int32_t>(i)); });
          body->RemoveAttr(id, "_output_shapes");
          break;
        case HandleUse::kRead:
          GRAPHFREEZE_RETURN_IF_ERROR(RewriteRead(body, *flow, id));
          break;
        case HandleUse::kWrite:
          RewriteWrite(body, *flow, id);
          break;
        default:
          break;
      }
    }
    for (auto& [id, call] : flow->calls) GRAPHFREEZE_RETURN_IF_ERROR(RewriteCall(body, id, &call));
    return RewriteVariables(body, *flow, function);
  }

  void RewritePass(Body* body, const BodyFlow& flow, NodeId id) {
    const Binding& binding = *flow.Find(id, 0);
    if (const std::string_view op = WithoutRef(body->op(id)); !op.empty()) {
      body->SetOp(id, op);
    } else {
      body->SetAttr(id, "T", attr::Type(binding.dtype));
    }
    body->RemoveAttr(id, "_output_shapes");
  }

  // Sets the elements of a list(type) attribute for which `find` has a binding.
  template <typename Find>
  void RewriteTypes(Body* body, NodeId id, std::string_view name, Find&& find) {
    std::vector<DataType> types = body->node(id).attr(name).types();
    bool changed = false;
    for (std::size_t i = 0; i < types.size(); ++i) {
      const Binding* binding = find(i);
      if (binding == nullptr || types[i] == binding->dtype) continue;
      types[i] = binding->dtype;
      changed = true;
    }
    if (changed) body->SetAttr(id, name, attr::Types(types));
  }

  static std::vector<Edge> ControlInputs(const Body& body, NodeId id) {
    std::vector<Edge> controls;
    for (const Edge& edge : body.inputs(id)) {
      if (edge.is_control()) controls.push_back(edge);
    }
    return controls;
  }

  // A Const that takes the place of something that depended on `anchor`: inside a TF1 loop or branch it must
  // belong to the same frame, and be dead when that is dead.
  static void Anchor(const BodyFlow& flow, const Body& body, const Edge& anchor, std::vector<Edge>* inputs) {
    if (!flow.has_frames || anchor.is_control() || anchor.node == kNoNode) return;
    if (body.kind(anchor.node) != NodeKind::kNode) return;
    inputs->push_back({anchor.node, 0, Edge::kControl});
  }

  absl::Status RewriteRead(Body* body, const BodyFlow& flow, NodeId id) {
    const std::string op(body->op(id));
    const std::string name(body->name(id));
    const std::vector<Edge> inputs(body->inputs(id).begin(), body->inputs(id).end());
    std::vector<Edge> controls = ControlInputs(*body, id);
    GRAPHFREEZE_ASSIGN_OR_RETURN(const Binding* carried, flow_.Carried(*body, flow, inputs[0]));
    if (carried == nullptr) return absl::OkStatus();
    const Binding binding = *carried;
    const NodeRef node = body->node(id);
    const std::string classes(node.attr("_class").message());
    const std::string index_type(attr::Type(node.attr("Tindices").type()));
    const std::string out_type(AttrOrDefault(graph_, node, "out_type").message());
    const std::int64_t batch_dims = node.attr("batch_dims").i();
    const std::string value_type = attr::Type(binding.dtype);
    const auto reset = [&](std::string_view new_op, std::vector<Edge> new_inputs) {
      body->Reset(id, new_op, "output");
      new_inputs.insert(new_inputs.end(), controls.begin(), controls.end());
      body->SetInputs(id, std::move(new_inputs));
      if (!classes.empty()) body->SetAttr(id, "_class", classes);
    };

    if (op == "ReadVariableOp") {
      reset("Identity", {inputs[0]});
      body->SetAttr(id, "T", value_type);
    } else if (op == "ResourceGatherNd") {
      reset("GatherNd", {inputs[0], inputs[1]});
      body->SetAttr(id, "Tparams", value_type);
      body->SetAttr(id, "Tindices", index_type);
    } else if (op == "ResourceGather") {
      // The axis of ResourceGather is the one behind the batch dimensions.
      const DataType index_dtype = AttrView(index_type).type();
      const std::size_t size = ElementSize(index_dtype);
      if (size != 4 && size != 8) {
        return InvalidArgument("node '", name, "' (", op, ") has indices of type ", graphfreeze::Name(index_dtype));
      }
      const char* axis_bytes = reinterpret_cast<const char*>(&batch_dims);  // little-endian: the low bytes come first
      GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string proto,
                                   SerializeTensorProto(index_dtype, Shape(), std::string_view(axis_bytes, size)));
      const NodeId axis = body->AddNode(body->UniqueName(Concat(name, "/axis")), "Const");
      std::vector<Edge> axis_inputs;
      Anchor(flow, *body, inputs[1], &axis_inputs);
      body->SetInputs(axis, std::move(axis_inputs));
      body->SetAttr(axis, "dtype", index_type);
      body->SetAttr(axis, "value", attr::Tensor(proto));
      const bool in_function = body != &graph_.main();
      reset("GatherV2", {inputs[0], inputs[1], {axis, in_function ? body->Intern("output") : 0, 0}});
      body->SetAttr(id, "Tparams", value_type);
      body->SetAttr(id, "Tindices", index_type);
      body->SetAttr(id, "Taxis", index_type);
      if (batch_dims != 0) body->SetAttr(id, "batch_dims", attr::Int(batch_dims));
    } else if (op == "VariableShape") {
      reset("Shape", {inputs[0]});
      body->SetAttr(id, "T", value_type);
      body->SetAttr(id, "out_type", out_type.empty() ? attr::Type(DataType::kInt32) : out_type);
    } else {  // VarIsInitializedOp, IsVariableInitialized: a constant has a value
      Anchor(flow, *body, inputs[0], &controls);
      GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string proto,
                                   SerializeTensorProto(DataType::kBool, Shape(), std::string_view("\1", 1)));
      reset("Const", {});
      body->SetAttr(id, "dtype", attr::Type(DataType::kBool));
      body->SetAttr(id, "value", attr::Tensor(proto));
    }
    return absl::OkStatus();
  }

  // A write becomes nothing: what must run before it and after it stays in order. One that hands on its reference
  // hands on the constant.
  void RewriteWrite(Body* body, const BodyFlow& flow, NodeId id) {
    const Binding* out = flow.Find(id, 0);
    const Edge variable = body->inputs(id)[0];
    std::vector<Edge> inputs = ControlInputs(*body, id);
    if (out == nullptr) {
      body->Reset(id, "NoOp", {});
    } else {
      inputs.insert(inputs.begin(), variable);
      body->Reset(id, "Identity", "output");
      body->SetAttr(id, "T", attr::Type(out->dtype));
    }
    body->SetInputs(id, std::move(inputs));
  }

  absl::Status RewriteCall(Body* body, NodeId id, BodyFlow::Call* call) {
    bool changed = false;
    for (const FunctionFlow* function : call->functions) changed |= function->changed;
    if (!changed) return absl::OkStatus();
    std::vector<std::string> names;
    for (FunctionFlow* function : call->functions) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const FunctionId copy, Copy(function));
      names.emplace_back(graph_.function(copy).name());
    }
    const NodeRef node = body->node(id);
    if (call->site.callees.size() > 0 && call->site.callees[0].attr == "branches") {
      std::vector<std::string> storage;
      const std::vector<std::string_view> branches = node.attr("branches").funcs();
      for (std::size_t i = 0; i < branches.size(); ++i) storage.push_back(WithFunctionName(branches[i], names[i]));
      body->SetAttr(id, "branches", attr::Messages(9, {storage.begin(), storage.end()}));
    } else {
      for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string_view attr_name = call->site.callees[i].attr;
        if (attr_name.empty()) {
          body->SetOp(id, names[i]);
        } else {
          body->SetAttr(id, attr_name, attr::Func(WithFunctionName(node.attr(attr_name).func(), names[i])));
        }
      }
    }
    const auto argument = [&](std::size_t i) -> const Binding* {
      return i < call->arguments.size() && call->arguments[i] ? &*call->arguments[i] : nullptr;
    };
    const auto result = [&](std::size_t i) -> const Binding* {
      return i < call->results.size() && call->results[i] ? &*call->results[i] : nullptr;
    };
    if (!call->site.argument_types.empty()) RewriteTypes(body, id, call->site.argument_types, argument);
    if (!call->site.result_types.empty()) RewriteTypes(body, id, call->site.result_types, result);
    for (std::size_t i = 0; i < call->results.size(); ++i) {
      if (result(i) != nullptr) body->RemoveAttr(id, "_output_shapes");
    }
    RewriteOutputShapes(body, id, result);
    // A list of the arguments that are resources which are only read: values are no resources.
    const AttrView read_only = node.attr("_read_only_resource_inputs");
    if (read_only.exists()) {
      std::vector<std::int64_t> left;
      const auto first = static_cast<std::int64_t>(call->site.first_argument);
      for (std::int64_t input : read_only.ints()) {
        if (input < first || argument(static_cast<std::size_t>(input - first)) == nullptr) left.push_back(input);
      }
      if (left.size() != read_only.ints().size()) body->SetAttr(id, "_read_only_resource_inputs", attr::Ints(left));
    }
    return absl::OkStatus();
  }

  // `output_shapes` of While and If says [] of a handle, and must say the variable's shape of its value.
  template <typename Find>
  void RewriteOutputShapes(Body* body, NodeId id, Find&& result) {
    const AttrView shapes = body->node(id).attr("output_shapes");
    if (!shapes.exists()) return;
    std::vector<std::string_view> messages = shapes.shapes();
    std::deque<std::string> storage;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const Binding* binding = result(i);
      if (binding == nullptr) continue;
      storage.push_back(binding->shape.Serialize());
      messages[i] = storage.back();
    }
    if (!storage.empty()) body->SetAttr(id, "output_shapes", attr::Messages(7, messages));
  }

  // The function to call in place of the one that was analysed.
  absl::StatusOr<FunctionId> Copy(FunctionFlow* flow) {
    if (!flow->changed) return flow->function;
    if (flow->copy != kNoFunction) return flow->copy;
    flow->copy = graph_.CloneFunction(flow->function, Concat(graph_.function(flow->function).name(), "_frozen"));
    Function& copy = graph_.function(flow->copy);
    for (std::uint32_t i = 0; i < flow->arguments.size(); ++i) {
      if (flow->arguments[i]) copy.argument_types.emplace_back(i, flow->arguments[i]->dtype);
    }
    for (std::uint32_t i = 0; i < flow->results.size(); ++i) {
      if (flow->results[i]) copy.result_types.emplace_back(i, flow->results[i]->dtype);
    }
    GRAPHFREEZE_RETURN_IF_ERROR(RewriteBody(&copy.body, &flow->flow, copy.name()));
    context_.Add(FreezeVariables::kName, copy.name(), "", Action::kChanged, "function_copied",
                 Concat("takes values where '", graph_.function(flow->function).name(), "' takes variables"));
    return flow->copy;
  }

  // The variables themselves. One that nothing takes any more needs no value: it is left, and pruned.
  absl::Status RewriteVariables(Body* body, const BodyFlow& flow, std::string_view function) {
    if (flow.variables.empty()) return absl::OkStatus();
    const Consumers consumers(*body);
    for (const auto& [id, number] : flow.variables) {
      const NodeRef node = body->node(id);
      const Candidate& candidate = candidates_.find(node.name())->second;
      const bool has_value = candidate.key.has_value() || candidate.value != nullptr;
      if (!has_value && consumers.of(id).empty()) continue;
      GRAPHFREEZE_ASSIGN_OR_RETURN(const std::uint32_t weight, WeightOf(node, function));
      if (weight == AttrEdit::kNoWeight) continue;
      body->Reset(id, "Const", "output");
      body->SetAttr(id, "dtype", attr::Type(candidate.dtype));
      body->SetAttrToWeight(id, "value", weight);
    }
    return absl::OkStatus();
  }

  Graph& graph_;
  PassContext& context_;
  const FreezeVariables& options_;
  std::set<std::string, std::less<>> allow_, deny_;
  NameMap<Candidate> candidates_;  // by the names of the nodes, which the graph keeps
  std::set<std::string> missing_, excluded_;
  std::vector<std::string> mismatches_;
  std::set<const FunctionFlow*> checked_;
  VariableFlow flow_;
};

}  // namespace detail

inline absl::Status FreezeVariables::Run(Graph& graph, PassContext& context) const {
  return detail::VariableFreezer(graph, context, *this).Run();
}

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/rewrite/evaluator.hpp ----
// Evaluator: the values of constant expressions. Initialisers, scalars in patterns and flags are
// rarely a bare Const; they are Fill(Shape(x), Cast(3)) and the like.
//
//   Evaluator evaluator(graph, graph.main());
//   absl::StatusOr<TensorView> value = evaluator.Evaluate(edge);
//
// Values are bit for bit those of TensorFlow's CPU kernels, whose threads flush subnormal float32
// and float64 to zero. What cannot be promised is refused, with two exceptions: the sign of a NaN
// that becomes a bfloat16, and which NaN arithmetic gives, which depend on TensorFlow's vectors and
// on the processor. Control inputs have no part in a value: whoever puts it in the place of its
// node keeps them.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/types/span.h>


GRAPHFREEZE_NAMESPACE_BEGIN

namespace detail {

// --- numbers -------------------------------------------------------------------------------------

template <typename T>
T LoadElement(const char* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}
template <typename T>
void StoreElement(T value, char* p) {
  std::memcpy(p, &value, sizeof value);
}
template <typename To, typename From>
To BitCast(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

// A subnormal number is read, and given, as the zero of its sign.
inline float FlushSubnormal(float x) {
  const auto bits = BitCast<std::uint32_t>(x);
  return (bits & 0x7f800000u) == 0 ? BitCast<float>(bits & 0x80000000u) : x;
}
inline double FlushSubnormal(double x) {
  const auto bits = BitCast<std::uint64_t>(x);
  return (bits & 0x7ff0000000000000u) == 0 ? BitCast<double>(bits & 0x8000000000000000u) : x;
}

// Rounds to nearest even. A result is subnormal if it were one with unbounded exponents: just below
// 2^-126 this differs from the rounding of subnormals.
inline float DoubleToFloat(double x) {
  x = FlushSubnormal(x);
  if (std::fabs(x) < 0x1p-126 - 0x1p-151) return std::signbit(x) ? -0.0f : 0.0f;
  return static_cast<float>(x);
}

// Round to nearest even; NaNs keep what fits of their bits.
inline std::uint16_t FloatToHalf(float x) {
  const auto bits = BitCast<std::uint32_t>(x);
  const std::uint32_t sign = bits >> 16 & 0x8000u;
  std::uint32_t rest = bits & 0x7fffffffu;
  if (rest > 0x7f800000u) {
    rest = 0x7e00u | (rest >> 13 & 0x3ffu);
  } else if (rest >= 0x477ff000u) {  // 65520
    rest = 0x7c00u;
  } else if (rest >= 0x38800000u) {  // 2^-14: normal
    rest -= 0x38000000u;
    rest = (rest + 0xfffu + (rest >> 13 & 1u)) >> 13;
  } else if (rest >= 0x33000000u) {  // 2^-25: a multiple of 2^-24
    const std::uint32_t shift = 126 - (rest >> 23);
    const std::uint32_t mantissa = (rest & 0x7fffffu) | 0x800000u;
    const std::uint32_t cut = mantissa & ((1u << shift) - 1);
    rest = mantissa >> shift;
    rest += cut > 1u << (shift - 1) || (cut == 1u << (shift - 1) && (rest & 1u) != 0) ? 1 : 0;
  } else {
    rest = 0;
  }
  return static_cast<std::uint16_t>(sign | rest);
}
inline float HalfToFloat(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000u) << 16;
  const std::uint32_t exponent = half >> 10 & 31u;
  const std::uint32_t mantissa = half & 0x3ffu;
  if (exponent == 0) {
    const float value = static_cast<float>(mantissa) * 0x1p-24f;
    return sign != 0 ? -value : value;
  }
  if (exponent < 31) return BitCast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
  return BitCast<float>(sign | 0x7f800000u | mantissa << 13 | (mantissa != 0 ? 0x400000u : 0));
}

// Round to nearest even, subnormals too. All NaNs of a sign become the same.
inline std::uint16_t FloatToBfloat16(float x) {
  const auto bits = BitCast<std::uint32_t>(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u)
    return static_cast<std::uint16_t>((bits >> 16 & 0x8000u) | 0x7fc0u);
  return static_cast<std::uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}
inline float Bfloat16ToFloat(std::uint16_t x) { return BitCast<float>(std::uint32_t{x} << 16); }

// An element on its way from one type to another.
struct Number {
  enum class Kind : std::uint8_t { kSigned, kUnsigned, kFloat, kDouble };
  Kind kind = Kind::kUnsigned;
  bool is_zero = true;
  std::uint64_t integer = 0;  // of kSigned and kUnsigned
  float narrow = 0;           // of kFloat
  double wide = 0;            // of kDouble

  static Number Signed(std::int64_t value) {
    return {Kind::kSigned, value == 0, static_cast<std::uint64_t>(value), 0, 0};
  }
  static Number Unsigned(std::uint64_t value) { return {Kind::kUnsigned, value == 0, value, 0, 0}; }
  static Number Float(float value, bool zero) { return {Kind::kFloat, zero, 0, value, 0}; }
  static Number Double(double value, bool zero) { return {Kind::kDouble, zero, 0, 0, value}; }

  float ToFloat() const {
    switch (kind) {
      case Kind::kSigned:
        return static_cast<float>(static_cast<std::int64_t>(integer));
      case Kind::kUnsigned:
        return static_cast<float>(integer);
      case Kind::kFloat:
        return narrow;
      case Kind::kDouble:
        return DoubleToFloat(wide);
    }
    return 0;
  }
  double ToDouble() const {
    switch (kind) {
      case Kind::kSigned:
        return static_cast<double>(static_cast<std::int64_t>(integer));
      case Kind::kUnsigned:
        return static_cast<double>(integer);
      case Kind::kFloat:
        return static_cast<double>(FlushSubnormal(narrow));
      case Kind::kDouble:
        return wide;
    }
    return 0;
  }
  // False if no integer of that many bits has the value, cut towards zero. Integers lose their high
  // bits.
  bool ToInteger(int bits, bool is_signed, std::uint64_t* out) const {
    if (kind == Kind::kSigned || kind == Kind::kUnsigned) {
      *out = integer;
      return true;
    }
    const double value = std::trunc(ToDouble());
    const double low = is_signed ? -std::ldexp(1.0, bits - 1) : 0.0;
    if (!(value >= low && value < std::ldexp(1.0, is_signed ? bits - 1 : bits)))
      return false;  // NaN too
    *out = value < 0 ? static_cast<std::uint64_t>(static_cast<std::int64_t>(value))
                     : static_cast<std::uint64_t>(value);
    return true;
  }
};

// The types that Cast reads and writes.
constexpr bool IsNumber(DataType dtype) {
  switch (dtype) {
    case DataType::kBool:
    case DataType::kInt8:
    case DataType::kUint8:
    case DataType::kInt16:
    case DataType::kUint16:
    case DataType::kInt32:
    case DataType::kUint32:
    case DataType::kInt64:
    case DataType::kUint64:
    case DataType::kHalf:
    case DataType::kBfloat16:
    case DataType::kFloat:
    case DataType::kDouble:
      return true;
    default:
      return false;
  }
}

// REQUIRES: IsNumber(dtype).
inline Number ReadNumber(DataType dtype, const char* p) {
  switch (dtype) {
    case DataType::kInt8:
      return Number::Signed(LoadElement<std::int8_t>(p));
    case DataType::kInt16:
      return Number::Signed(LoadElement<std::int16_t>(p));
    case DataType::kInt32:
      return Number::Signed(LoadElement<std::int32_t>(p));
    case DataType::kInt64:
      return Number::Signed(LoadElement<std::int64_t>(p));
    case DataType::kUint16:
      return Number::Unsigned(LoadElement<std::uint16_t>(p));
    case DataType::kUint32:
      return Number::Unsigned(LoadElement<std::uint32_t>(p));
    case DataType::kUint64:
      return Number::Unsigned(LoadElement<std::uint64_t>(p));
    case DataType::kHalf: {
      const auto half = LoadElement<std::uint16_t>(p);
      return Number::Float(HalfToFloat(half), (half & 0x7fffu) == 0);
    }
    case DataType::kBfloat16: {
      const auto bfloat16 = LoadElement<std::uint16_t>(p);
      return Number::Float(Bfloat16ToFloat(bfloat16), (bfloat16 & 0x7fffu) == 0);
    }
    case DataType::kFloat: {
      const auto value = LoadElement<float>(p);
      return Number::Float(value, FlushSubnormal(value) == 0);
    }
    case DataType::kDouble: {
      const auto value = LoadElement<double>(p);
      return Number::Double(value, FlushSubnormal(value) == 0);
    }
    default:  // bool, uint8
      return Number::Unsigned(LoadElement<std::uint8_t>(p));
  }
}

// False if the type has no such value. REQUIRES: IsNumber(dtype).
inline bool WriteNumber(const Number& number, DataType dtype, char* p) {
  std::uint64_t integer = 0;
  switch (dtype) {
    case DataType::kBool:
      StoreElement<std::uint8_t>(number.is_zero ? 0 : 1, p);
      return true;
    case DataType::kHalf:
      StoreElement(FloatToHalf(number.ToFloat()), p);
      return true;
    case DataType::kBfloat16:
      StoreElement(FloatToBfloat16(number.ToFloat()), p);
      return true;
    case DataType::kFloat:
      StoreElement(number.ToFloat(), p);
      return true;
    case DataType::kDouble:
      StoreElement(number.ToDouble(), p);
      return true;
    default: {
      const bool is_signed = dtype == DataType::kInt8 || dtype == DataType::kInt16 ||
                             dtype == DataType::kInt32 || dtype == DataType::kInt64;
      const std::size_t size = ElementSize(dtype);
      if (!number.ToInteger(static_cast<int>(size) * 8, is_signed, &integer)) return false;
      std::memcpy(p, &integer, size);  // little-endian: the low bytes come first
      return true;
    }
  }
}

// --- arithmetic ----------------------------------------------------------------------------------

enum class Arithmetic : std::uint8_t { kAdd, kSubtract, kMultiply };

// Integers wrap around.
template <typename T, typename Unsigned>
T ComputeInteger(Arithmetic op, T a, T b) {
  const auto x = static_cast<Unsigned>(a), y = static_cast<Unsigned>(b);
  switch (op) {
    case Arithmetic::kAdd:
      return static_cast<T>(x + y);
    case Arithmetic::kSubtract:
      return static_cast<T>(x - y);
    case Arithmetic::kMultiply:
      return static_cast<T>(x * y);
  }
  return 0;
}
inline std::int32_t Compute(Arithmetic op, std::int32_t a, std::int32_t b) {
  return ComputeInteger<std::int32_t, std::uint32_t>(op, a, b);
}
inline std::int64_t Compute(Arithmetic op, std::int64_t a, std::int64_t b) {
  return ComputeInteger<std::int64_t, std::uint64_t>(op, a, b);
}
// Sums that are subnormal are exact; products are not.
inline float Compute(Arithmetic op, float a, float b) {
  a = FlushSubnormal(a);
  b = FlushSubnormal(b);
  if (op == Arithmetic::kMultiply)
    return DoubleToFloat(static_cast<double>(a) * static_cast<double>(b));  // exact
  return FlushSubnormal(op == Arithmetic::kAdd ? a + b : a - b);
}
inline double Compute(Arithmetic op, double a, double b) {
  a = FlushSubnormal(a);
  b = FlushSubnormal(b);
  if (op != Arithmetic::kMultiply) return FlushSubnormal(op == Arithmetic::kAdd ? a + b : a - b);
  const double product = FlushSubnormal(a * b);
  if (std::fabs(product) != 0x1p-1022) return product;
  // Was it rounded up from what is subnormal?
  const double scaled = std::fabs(a) < 1 ? a * 0x1p200 * b : a * (b * 0x1p200);
  return std::fabs(scaled) < 0x1p-822 ? std::copysign(0.0, product) : product;
}

}  // namespace detail

// --- the evaluator -------------------------------------------------------------------------------

// Remembers the values of nodes: of one use, while the body stays as it is. Both must outlive it;
// the values may outlive all three, unless the graph borrows its bytes from the caller. Not safe
// for concurrent use.
class Evaluator {
 public:
  // No value that has to be made (filled, converted, joined) may have more than `max_bytes`; a
  // Const of any size is handed on where it lies. More than 2 GiB, which no graph holds, are never
  // made.
  Evaluator(const Graph& graph, const Body& body, std::uint64_t max_bytes = kMaxExpandedTensorBytes)
      : graph_(graph),
        body_(body),
        max_bytes_((std::min)(max_bytes, std::uint64_t{wire::kMaxMessageBytes})) {
    struct Owner {
      std::shared_ptr<const detail::GraphData> data;
      std::shared_ptr<const Arena> arena;
    };
    owner_ = std::make_shared<const Owner>(Owner{graph.data(), graph.shared_arena()});
  }
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  // The value of a data edge of the body. If there is none the error says which edge was asked for,
  // and which node and op on the way to it are the reason: Unimplemented for an op that is no
  // constant.
  absl::StatusOr<TensorView> Evaluate(const Edge& edge) {
    if (made_bytes_ / kForgetAt > max_bytes_) {
      values_.clear();
      made_bytes_ = 0;
    }
    std::vector<Frame> path;
    absl::Status status = Enter(edge, &path);
    while (status.ok() && !path.empty()) {
      Frame& frame = path.back();
      if (frame.next < frame.inputs) {
        const Edge input = body_.inputs(frame.node)[frame.next++];
        status = Enter(input, &path);
        continue;
      }
      absl::StatusOr<TensorView> value = Compute(frame);
      if (!value.ok()) {
        status = std::move(value).status();
        break;
      }
      values_.insert_or_assign(frame.node, std::move(value));
      path.pop_back();
    }
    if (!status.ok()) {
      for (const Frame& frame : path) values_.insert_or_assign(frame.node, status);
      const Edge asked = edge.node < body_.size() ? edge : Edge();
      return Annotate(status, Concat("'", body_.Spell(asked), "' has no constant value"));
    }
    return values_.find(edge.node)->second;
  }

 private:
  using Inputs = absl::Span<const TensorView>;
  using Result = absl::StatusOr<TensorView>;
  struct Op {
    std::string_view name;
    std::size_t inputs;
    Result (Evaluator::*run)(NodeRef node, Inputs inputs);
  };
  struct Frame {
    NodeId node;
    const Op* op;
    std::size_t inputs;  // data inputs
    std::size_t next;    // the input to be entered next
  };
  static constexpr std::size_t kAnyNumber = ~std::size_t{0};
  // In units of max_bytes_: what Evaluate may make in one go, and when it first forgets what it
  // made before.
  static constexpr std::uint64_t kMakeAtMost = 16;
  static constexpr std::uint64_t kForgetAt = 4;

  // Every op here has one output.
  static const Op* FindOp(std::string_view name) {
    static constexpr Op kOps[] = {
        {"Const", 0, &Evaluator::Const},
        {"Identity", 1, &Evaluator::Forward},
        {"StopGradient", 1, &Evaluator::Forward},
        {"Snapshot", 1, &Evaluator::Forward},
        {"Fill", 2, &Evaluator::Fill},
        {"ZerosLike", 1, &Evaluator::ZerosLike},
        {"OnesLike", 1, &Evaluator::OnesLike},
        {"Cast", 1, &Evaluator::Cast},
        {"Reshape", 2, &Evaluator::Reshape},
        {"ExpandDims", 2, &Evaluator::ExpandDims},
        {"Squeeze", 1, &Evaluator::Squeeze},
        {"Pack", kAnyNumber, &Evaluator::Pack},
        {"Shape", 1, &Evaluator::ShapeOf},
        {"Neg", 1, &Evaluator::Neg},
        {"Add", 2, &Evaluator::Binary<detail::Arithmetic::kAdd>},
        {"AddV2", 2, &Evaluator::Binary<detail::Arithmetic::kAdd>},
        {"Sub", 2, &Evaluator::Binary<detail::Arithmetic::kSubtract>},
        {"Mul", 2, &Evaluator::Binary<detail::Arithmetic::kMultiply>},
    };
    for (const Op& op : kOps) {
      if (op.name == name) return &op;
    }
    return nullptr;
  }

  std::string Describe(NodeId id) const {
    return Concat("node '", body_.name(id), "' (", body_.op(id), ")");
  }

  // Puts the producer of an edge on the path, unless its value is known. An error if it cannot have
  // one.
  absl::Status Enter(const Edge& edge, std::vector<Frame>* path) {
    const std::string consumer = path->empty() ? std::string("it ")
                                               : Concat("input ", path->back().next - 1, " of ",
                                                        Describe(path->back().node), " ");
    if (edge.node == kNoNode || !body_.alive(edge.node)) {
      return InvalidArgument(
          consumer, "is not in the graph; the graph file is incomplete, or the node was removed");
    }
    if (edge.is_control())
      return InvalidArgument(consumer, "is a control input, which has no value");
    const NodeId id = edge.node;
    if (body_.kind(id) != NodeKind::kNode) {
      return Unimplemented("'", body_.name(id),
                           "' is an argument or result of a function, known only where the ",
                           "function is called; inline the function first");
    }
    const Op* op =
        graph_.FindFunction(body_.op(id)) == kNoFunction ? FindOp(body_.op(id)) : nullptr;
    if (op == nullptr) {
      return Unimplemented(Describe(id),
                           " is not among the ops that are evaluated; put a Const in its place, ",
                           "or a value from a checkpoint");
    }
    if (edge.index != 0) {
      return InvalidArgument(consumer, "is output ", edge.index, " of ", Describe(id),
                             ", which has one output");
    }
    if (const auto known = values_.find(id); known != values_.end()) return known->second.status();

    const absl::Span<const Edge> inputs = body_.inputs(id);
    const std::size_t count = body_.node(id).data_input_count();
    if (op->inputs == kAnyNumber ? count == 0 : count != op->inputs) {
      return InvalidArgument(
          Describe(id), " has ", count, " data inputs; its op takes ",
          op->inputs == kAnyNumber ? std::string("at least one") : Concat(op->inputs));
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (inputs[i].is_control()) {
        return InvalidArgument(
            Describe(id), " has a control input before a data input; TensorFlow refuses it too");
      }
    }
    // Whoever meets the node before it has a value comes from the node itself.
    values_.insert_or_assign(id, InvalidArgument(Describe(id), " depends on its own output"));
    path->push_back({id, op, count, 0});
    return absl::OkStatus();
  }

  Result Compute(const Frame& frame) {
    std::vector<TensorView> inputs;
    inputs.reserve(frame.inputs);
    for (std::size_t i = 0; i < frame.inputs; ++i) {
      inputs.push_back(*values_.find(body_.inputs(frame.node)[i].node)->second);
    }
    Result value = (this->*frame.op->run)(body_.node(frame.node), inputs);
    return value.ok() ? std::move(value) : Result(Annotate(value.status(), Describe(frame.node)));
  }

  // --- making values ---

  // Asked before anything of `count` elements is allocated.
  absl::Status Reserve(std::uint64_t count, std::uint64_t element_size) {
    std::uint64_t bytes;
    if (__builtin_mul_overflow(count, element_size, &bytes) || bytes > max_bytes_) {
      return ResourceExhausted("a value of ", count, " elements of ", element_size,
                               " bytes; at most ", max_bytes_,
                               " bytes are computed: raise Limits::max_constant_bytes");
    }
    if ((made_bytes_ + bytes) / kMakeAtMost > max_bytes_) {
      return ResourceExhausted("all values on the way here together need more than ", kMakeAtMost,
                               " times ", max_bytes_, " bytes: raise Limits::max_constant_bytes");
    }
    made_bytes_ += bytes;
    return absl::OkStatus();
  }

  struct Buffer {
    std::shared_ptr<std::string> bytes;
    TensorView View(DataType dtype, Shape shape) && {
      const std::string_view view = *bytes;
      return TensorView(dtype, std::move(shape), view, std::move(bytes));
    }
    char* data() { return &(*bytes)[0]; }
  };
  // Zeros.
  absl::StatusOr<Buffer> Allocate(std::uint64_t count, std::size_t element_size) {
    GRAPHFREEZE_RETURN_IF_ERROR(Reserve(count, element_size));
    return Buffer{
        std::make_shared<std::string>(static_cast<std::size_t>(count) * element_size, '\0')};
  }

  Result Repeat(DataType dtype, Shape shape, std::string_view element) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t count, shape.NumElements());
    GRAPHFREEZE_ASSIGN_OR_RETURN(Buffer buffer,
                                 Allocate(static_cast<std::uint64_t>(count), element.size()));
    if (element.find_first_not_of('\0') != std::string_view::npos) {
      char* p = buffer.data();
      for (std::int64_t i = 0; i < count; ++i, p += element.size())
        std::memcpy(p, element.data(), element.size());
    }
    return std::move(buffer).View(dtype, std::move(shape));
  }
  Result RepeatString(Shape shape, std::string_view element, std::shared_ptr<const void> owner) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t count, shape.NumElements());
    GRAPHFREEZE_RETURN_IF_ERROR(
        Reserve(static_cast<std::uint64_t>(count), sizeof(std::string_view)));
    return TensorView(std::move(shape),
                      std::vector<std::string_view>(static_cast<std::size_t>(count), element),
                      std::move(owner));
  }

  // The same elements in another shape.
  Result WithShape(const TensorView& tensor, Shape shape) {
    if (shape.rank() > Shape::kMaxRank) {
      return InvalidArgument("a result of ", shape.rank(), " dimensions; TensorFlow's limit is ",
                             Shape::kMaxRank);
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t before, tensor.shape().NumElements());
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t after, shape.NumElements());
    if (before != after) {
      return InvalidArgument("shape ", tensor.shape().ToString(), " cannot become ",
                             shape.ToString());
    }
    if (tensor.dtype() != DataType::kString) {
      return TensorView(tensor.dtype(), std::move(shape), tensor.bytes(), tensor.owner());
    }
    GRAPHFREEZE_RETURN_IF_ERROR(Reserve(tensor.strings().size(), sizeof(std::string_view)));
    return TensorView(std::move(shape), {tensor.strings().begin(), tensor.strings().end()},
                      tensor.owner());
  }

  // --- reading inputs and attributes ---

  static std::size_t Elements(const TensorView& tensor) {
    if (tensor.dtype() == DataType::kString) return tensor.strings().size();
    const std::size_t size = ElementSize(tensor.dtype());
    return size == 0 ? 0 : tensor.bytes().size() / size;
  }
  static absl::StatusOr<std::vector<std::int64_t>> Integers(const TensorView& tensor,
                                                            std::string_view what) {
    const DataType dtype = tensor.dtype();
    if (dtype != DataType::kInt32 && dtype != DataType::kInt64) {
      return InvalidArgument("its ", what, " input is ", Name(dtype),
                             "; int32 or int64 is expected");
    }
    const std::size_t count = Elements(tensor);
    const std::size_t size = ElementSize(dtype);
    if (count > Shape::kMaxRank) {
      return InvalidArgument("its ", what, " input has ", count, " elements; a shape has at most ",
                             Shape::kMaxRank);
    }
    std::vector<std::int64_t> values;
    for (std::size_t i = 0; i < count; ++i) {
      const char* p = tensor.bytes().data() + i * size;
      values.push_back(size == 4 ? detail::LoadElement<std::int32_t>(p)
                                 : detail::LoadElement<std::int64_t>(p));
    }
    return values;
  }
  static absl::StatusOr<std::vector<std::int64_t>> ShapeInput(const TensorView& tensor,
                                                              std::string_view what) {
    if (tensor.shape().rank() != 1) {
      return InvalidArgument("its ", what, " input has shape ", tensor.shape().ToString(),
                             "; a vector is expected");
    }
    return Integers(tensor, what);
  }
  // An axis that may count from the end, in [0, range).
  static absl::StatusOr<std::size_t> Axis(std::int64_t axis, std::size_t range) {
    const auto size = static_cast<std::int64_t>(range);
    if (axis < -size || axis >= size) {
      return InvalidArgument("axis ", axis, " is outside of [", -size, ", ", size, ")");
    }
    return static_cast<std::size_t>(axis < 0 ? axis + size : axis);
  }
  // A data type from an attribute, which may be a placeholder in functions.
  absl::StatusOr<DataType> TypeAttr(NodeRef node, std::string_view name) const {
    const AttrView value = AttrOrDefault(graph_, node, name);
    if (value.kind() == AttrView::Kind::kType) return value.type();
    if (value.kind() == AttrView::Kind::kPlaceholder) {
      return Unimplemented("its attribute '", name,
                           "' is given where the function is called; inline it first");
    }
    return InvalidArgument("its attribute '", name, "' is missing or no type");
  }

  // --- ops ---

  Result Const(NodeRef node, Inputs) {
    if (const detail::NodeEdit* edit = body_.Edit(node.id())) {
      for (const detail::AttrEdit& attr : edit->attrs) {
        if (attr.name != "value" || attr.weight == detail::AttrEdit::kNoWeight) continue;
        return attr.weight < graph_.weights().size()
                   ? FromWeight(graph_.weights()[attr.weight].tensor)
                   : InvalidArgument("its value is a weight that is not there");
      }
    }
    const AttrView value = node.attr("value");
    if (value.kind() != AttrView::Kind::kTensor) {
      return InvalidArgument("its attribute 'value' is missing or no tensor");
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(TensorView tensor,
                                 ParseTensorProto(value.tensor(), owner_, max_bytes_));
    const AttrView dtype = node.attr("dtype");
    if (dtype.kind() == AttrView::Kind::kType && dtype.type() != tensor.dtype()) {
      return InvalidArgument("its attribute 'dtype' is ", Name(dtype.type()), " but its value is ",
                             Name(tensor.dtype()));
    }
    if (tensor.dtype() == DataType::kString) {
      made_bytes_ += tensor.strings().size() * sizeof(std::string_view);
    } else if (tensor.owner() != owner_) {
      made_bytes_ += tensor.bytes().size();
    }
    return tensor;
  }
  // A value from a checkpoint that stands in the graph by reference.
  Result FromWeight(const TensorRef& weight) {
    if (weight.string_value != nullptr) return *weight.string_value;
    const bool in_memory = weight.pieces.size() == 1 && weight.pieces[0].source.has_view();
    if (weight.size() > max_bytes_) {
      return ResourceExhausted("a weight of ", weight.size(), " bytes; at most ", max_bytes_,
                               " bytes are read: raise Limits::max_constant_bytes");
    }
    GRAPHFREEZE_RETURN_IF_ERROR(VerifyChecks(weight.checks));
    if (in_memory) {
      const ByteRange& piece = weight.pieces[0];
      GRAPHFREEZE_ASSIGN_OR_RETURN(OwnedBytes bytes, piece.source.Load(piece.offset, piece.size));
      return TensorView(weight.dtype, weight.shape, bytes.bytes, std::move(bytes.owner));
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(Buffer buffer, Allocate(weight.size(), 1));
    char* p = buffer.data();
    for (const ByteRange& piece : weight.pieces) {
      const auto size = static_cast<std::size_t>(piece.size);
      GRAPHFREEZE_RETURN_IF_ERROR(piece.source.Read(piece.offset, absl::Span<char>(p, size)));
      p += size;
    }
    return std::move(buffer).View(weight.dtype, weight.shape);
  }

  Result Forward(NodeRef, Inputs inputs) { return inputs[0]; }

  Result Fill(NodeRef, Inputs inputs) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<std::int64_t> dims,
                                 ShapeInput(inputs[0], "dims"));
    const TensorView& value = inputs[1];
    if (value.shape().rank() != 0) {
      return InvalidArgument("its value has shape ", value.shape().ToString(),
                             "; a scalar is expected");
    }
    for (std::int64_t dim : dims) {
      if (dim < 0) return InvalidArgument("a dimension of ", dim);
    }
    Shape shape(Shape::Dims(dims.begin(), dims.end()));
    if (value.dtype() == DataType::kString)
      return RepeatString(std::move(shape), value.strings()[0], value.owner());
    return Repeat(value.dtype(), std::move(shape), value.bytes());
  }

  Result ZerosLike(NodeRef, Inputs inputs) {
    const TensorView& like = inputs[0];
    if (like.dtype() == DataType::kString)
      return RepeatString(like.shape(), std::string_view("", 0), nullptr);
    return Repeat(like.dtype(), like.shape(), std::string(ElementSize(like.dtype()), '\0'));
  }
  Result OnesLike(NodeRef, Inputs inputs) {
    const DataType dtype = inputs[0].dtype();
    DataType part = dtype;  // of a complex number
    if (dtype == DataType::kComplex64) part = DataType::kFloat;
    if (dtype == DataType::kComplex128) part = DataType::kDouble;
    if (!detail::IsNumber(part)) return Unimplemented("no one of type ", Name(dtype));
    std::string one(ElementSize(dtype), '\0');
    detail::WriteNumber(detail::Number::Unsigned(1), part, &one[0]);
    return Repeat(dtype, inputs[0].shape(), one);
  }

  Result Cast(NodeRef node, Inputs inputs) {
    const TensorView& input = inputs[0];
    GRAPHFREEZE_ASSIGN_OR_RETURN(const DataType to, TypeAttr(node, "DstT"));
    const DataType from = input.dtype();
    if (const AttrView source = node.attr("SrcT");
        source.kind() == AttrView::Kind::kType && source.type() != from) {
      return InvalidArgument("its attribute 'SrcT' is ", Name(source.type()), " but its input is ",
                             Name(from));
    }
    if (from == to) return input;
    if (node.attr("Truncate").b()) return Unimplemented("casts that truncate are not evaluated");
    if (!detail::IsNumber(from) || !detail::IsNumber(to)) {
      return Unimplemented("casts from ", Name(from), " to ", Name(to), " are not evaluated");
    }
    const std::size_t count = Elements(input);
    const std::size_t from_size = ElementSize(from);
    const std::size_t to_size = ElementSize(to);
    GRAPHFREEZE_ASSIGN_OR_RETURN(Buffer buffer, Allocate(count, to_size));
    for (std::size_t i = 0; i < count; ++i) {
      const detail::Number number = detail::ReadNumber(from, input.bytes().data() + i * from_size);
      if (!detail::WriteNumber(number, to, buffer.data() + i * to_size)) {
        return Unimplemented("element ", i, " of its ", Name(from),
                             " input is beyond the range of ", Name(to),
                             ", where TensorFlow's result depends on the processor; clip it first");
      }
    }
    return std::move(buffer).View(to, input.shape());
  }

  Result Reshape(NodeRef, Inputs inputs) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<std::int64_t> sizes,
                                 ShapeInput(inputs[1], "shape"));
    Shape::Dims dims(sizes.begin(), sizes.end());
    constexpr std::size_t kNone = ~std::size_t{0};
    std::size_t unknown = kNone;
    bool zero = false;
    std::int64_t product = 1;  // of the sizes that are known and not 0
    for (std::size_t i = 0; i < dims.size(); ++i) {
      if (dims[i] < -1 || (dims[i] == -1 && unknown != kNone)) {
        return InvalidArgument("its shape input has a size of ", dims[i],
                               dims[i] == -1 ? " twice" : "");
      }
      if (dims[i] == -1) {
        unknown = i;
      } else if (dims[i] == 0) {
        zero = true;
      } else if (__builtin_mul_overflow(product, dims[i], &product)) {
        return InvalidArgument("its shape input has more than 2^63 - 1 elements");
      }
    }
    if (unknown != kNone) {
      // When a 0 is asked for, what the other sizes leave is told from the input's sizes that are
      // not 0.
      std::int64_t elements = 1;
      for (std::int64_t dim : inputs[0].shape().dims()) {
        if (zero && dim == 0) continue;
        if (__builtin_mul_overflow(elements, dim, &elements)) {
          return InvalidArgument("its input has more than 2^63 - 1 elements");
        }
      }
      dims[unknown] = elements / product;
    }
    return WithShape(inputs[0], Shape(std::move(dims)));
  }

  Result ExpandDims(NodeRef, Inputs inputs) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<std::int64_t> axes, Integers(inputs[1], "dim"));
    if (axes.size() != 1)
      return InvalidArgument("its dim input has ", axes.size(), " elements; one is expected");
    Shape::Dims dims(inputs[0].shape().dims().begin(), inputs[0].shape().dims().end());
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::size_t axis, Axis(axes[0], dims.size() + 1));
    dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(axis), 1);
    return WithShape(inputs[0], Shape(std::move(dims)));
  }

  Result Squeeze(NodeRef node, Inputs inputs) {
    const Shape& shape = inputs[0].shape();
    const AttrView attr = node.attr("squeeze_dims");
    if (attr.kind() == AttrView::Kind::kPlaceholder) {
      return Unimplemented(
          "its attribute 'squeeze_dims' is given where the function is called; inline it first");
    }
    const std::vector<std::int64_t> axes = attr.ints();
    std::vector<bool> drop(shape.rank(), false);
    for (std::int64_t number : axes) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const std::size_t axis, Axis(number, shape.rank()));
      if (shape.dim(axis) != 1) {
        return InvalidArgument("axis ", number, " of shape ", shape.ToString(),
                               " has another size than 1");
      }
      drop[axis] = true;
    }
    Shape::Dims dims;
    for (std::size_t i = 0; i < shape.rank(); ++i) {
      if (axes.empty() ? shape.dim(i) != 1 : !drop[i]) dims.push_back(shape.dim(i));
    }
    return WithShape(inputs[0], Shape(std::move(dims)));
  }

  Result Pack(NodeRef node, Inputs inputs) {
    const AttrView attr = node.attr("axis");
    if (attr.exists() && attr.kind() != AttrView::Kind::kInt) {
      return Unimplemented("its attribute 'axis' is no number");
    }
    const Shape& part = inputs[0].shape();
    const DataType dtype = inputs[0].dtype();
    for (const TensorView& input : inputs) {
      if (input.shape() != part || input.dtype() != dtype) {
        return InvalidArgument("its inputs differ: ", Name(dtype), part.ToString(), " and ",
                               Name(input.dtype()), input.shape().ToString());
      }
    }
    Shape::Dims dims(part.dims().begin(), part.dims().end());
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::size_t axis, Axis(attr.i(), dims.size() + 1));
    dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(axis),
                static_cast<std::int64_t>(inputs.size()));
    Shape shape(std::move(dims));
    if (shape.rank() > Shape::kMaxRank) {
      return InvalidArgument("a result of ", shape.rank(), " dimensions; TensorFlow's limit is ",
                             Shape::kMaxRank);
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t total, shape.NumElements());
    const auto count = static_cast<std::uint64_t>(total);
    std::size_t run = 1;  // elements that stay together
    if (count > 0) {
      for (std::size_t i = axis; i < part.rank(); ++i) run *= static_cast<std::size_t>(part.dim(i));
    }
    const std::size_t rows = count == 0 ? 0 : Elements(inputs[0]) / run;

    if (dtype == DataType::kString) {
      GRAPHFREEZE_RETURN_IF_ERROR(Reserve(count, sizeof(std::string_view)));
      std::vector<std::string_view> strings;
      strings.reserve(static_cast<std::size_t>(count));
      for (std::size_t row = 0; row < rows; ++row) {
        for (const TensorView& input : inputs) {
          const auto piece = input.strings().subspan(row * run, run);
          strings.insert(strings.end(), piece.begin(), piece.end());
        }
      }
      auto owners = std::make_shared<const std::vector<TensorView>>(inputs.begin(), inputs.end());
      return TensorView(std::move(shape), std::move(strings), std::move(owners));
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(Buffer buffer, Allocate(count, ElementSize(dtype)));
    const std::size_t run_bytes = run * ElementSize(dtype);
    char* p = buffer.data();
    for (std::size_t row = 0; row < rows; ++row) {
      for (const TensorView& input : inputs) {
        std::memcpy(p, input.bytes().data() + row * run_bytes, run_bytes);
        p += run_bytes;
      }
    }
    return std::move(buffer).View(dtype, std::move(shape));
  }

  Result ShapeOf(NodeRef node, Inputs inputs) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const DataType dtype, TypeAttr(node, "out_type"));
    if (dtype != DataType::kInt32 && dtype != DataType::kInt64) {
      return InvalidArgument("its attribute 'out_type' is ", Name(dtype),
                             "; int32 or int64 is expected");
    }
    const Shape& shape = inputs[0].shape();
    const std::size_t size = ElementSize(dtype);
    GRAPHFREEZE_ASSIGN_OR_RETURN(Buffer buffer, Allocate(shape.rank(), size));
    for (std::size_t i = 0; i < shape.rank(); ++i) {
      const std::int64_t dim = shape.dim(i);
      if (size == 4 && dim > 0x7fffffff)
        return InvalidArgument("a dimension of ", dim, " is beyond int32");
      std::memcpy(buffer.data() + i * size, &dim, size);
    }
    return std::move(buffer).View(dtype, {static_cast<std::int64_t>(shape.rank())});
  }

  Result Neg(NodeRef, Inputs inputs) {
    const TensorView& input = inputs[0];
    switch (input.dtype()) {
      case DataType::kFloat:  // the sign alone, of subnormals and NaNs too
        return Map<std::uint32_t>(input, [](std::uint32_t x) { return x ^ 0x80000000u; });
      case DataType::kDouble:
        return Map<std::uint64_t>(input, [](std::uint64_t x) { return x ^ 0x8000000000000000u; });
      case DataType::kInt32:
        return Map<std::uint32_t>(input, [](std::uint32_t x) { return 0u - x; });
      case DataType::kInt64:
        return Map<std::uint64_t>(input, [](std::uint64_t x) { return std::uint64_t{0} - x; });
      default:
        return NoArithmetic(input.dtype());
    }
  }
  template <typename T, typename Function>
  Result Map(const TensorView& input, const Function& function) {
    const std::size_t count = Elements(input);
    GRAPHFREEZE_ASSIGN_OR_RETURN(Buffer buffer, Allocate(count, sizeof(T)));
    const char* from = input.bytes().data();
    char* to = buffer.data();
    for (std::size_t i = 0; i < count; ++i, from += sizeof(T), to += sizeof(T)) {
      detail::StoreElement<T>(function(detail::LoadElement<T>(from)), to);
    }
    return std::move(buffer).View(input.dtype(), input.shape());
  }

  template <detail::Arithmetic op>
  Result Binary(NodeRef, Inputs inputs) {
    const TensorView &a = inputs[0], &b = inputs[1];
    if (a.dtype() != b.dtype()) {
      return InvalidArgument("its inputs are ", Name(a.dtype()), " and ", Name(b.dtype()));
    }
    if (a.shape() != b.shape() && a.shape().rank() != 0 && b.shape().rank() != 0) {
      return Unimplemented("its inputs have shapes ", a.shape().ToString(), " and ",
                           b.shape().ToString(), "; only equal shapes and scalars are evaluated");
    }
    switch (a.dtype()) {
      case DataType::kFloat:
        return Zip<float>(op, a, b);
      case DataType::kDouble:
        return Zip<double>(op, a, b);
      case DataType::kInt32:
        return Zip<std::int32_t>(op, a, b);
      case DataType::kInt64:
        return Zip<std::int64_t>(op, a, b);
      default:
        return NoArithmetic(a.dtype());
    }
  }
  template <typename T>
  Result Zip(detail::Arithmetic op, const TensorView& a, const TensorView& b) {
    const bool a_is_scalar = a.shape().rank() == 0;
    const std::size_t count = Elements(a_is_scalar ? b : a);
    const std::size_t a_step = a_is_scalar ? 0 : sizeof(T);
    const std::size_t b_step = b.shape().rank() == 0 ? 0 : sizeof(T);
    GRAPHFREEZE_ASSIGN_OR_RETURN(Buffer buffer, Allocate(count, sizeof(T)));
    for (std::size_t i = 0; i < count; ++i) {
      const T x = detail::LoadElement<T>(a.bytes().data() + i * a_step);
      const T y = detail::LoadElement<T>(b.bytes().data() + i * b_step);
      detail::StoreElement<T>(detail::Compute(op, x, y), buffer.data() + i * sizeof(T));
    }
    return std::move(buffer).View(a.dtype(), a_is_scalar ? b.shape() : a.shape());
  }
  static absl::Status NoArithmetic(DataType dtype) {
    return Unimplemented("arithmetic on ", Name(dtype),
                         " is not evaluated; float32, float64, int32 and int64 are");
  }

  const Graph& graph_;
  const Body& body_;
  const std::uint64_t max_bytes_;
  std::shared_ptr<const void> owner_;  // of what the graph was read from and of its edits
  absl::flat_hash_map<NodeId, absl::StatusOr<TensorView>> values_;  // or why there is none
  std::uint64_t made_bytes_ = 0;  // held by values_, but for views
};

GRAPHFREEZE_NAMESPACE_END

GRAPHFREEZE_NAMESPACE_BEGIN

// A tensor at the border of the graph.
struct TensorInfo {
  std::string name;  // "input:0"
  DataType dtype = DataType::kInvalid;   // kInvalid when the op that makes it is not known
  Shape shape = Shape::UnknownRank();
};

// What a freeze did.
struct FreezeReport {
  std::string graph, checkpoint;          // the paths that they came from; no checkpoint: empty
  std::string graph_kind;                 // "GraphDef" or "MetaGraphDef"
  bool graph_was_text = false;
  std::vector<FrozenVariable> variables;  // in the order of the graph
  std::vector<std::string> unused_keys;   // of the checkpoint: optimizer slots, counters, …
  std::size_t nodes_before = 0, nodes_after = 0;
  std::size_t functions_before = 0, functions_after = 0;
  std::vector<TensorInfo> inputs, outputs;
  std::uint64_t weight_bytes = 0;  // of all frozen variables
  std::uint64_t output_bytes = 0;  // of the whole GraphDef
  bool verified = false;           // true: the checksum of every weight was compared
  std::vector<ReportEntry> entries;

  std::string ToJson() const;
};

// What a freeze would take: told from the graph and the checkpoint's index alone.
struct FreezeEstimate {
  std::uint64_t output_bytes = 0;  // single numbers may take a few bytes less
  std::uint64_t weight_bytes = 0;
  std::uint64_t peak_memory = 0;  // bytes of heap that Freeze() takes, about; mapped files not counted
  std::vector<FrozenVariable> largest;
  FreezeReport report;

  // The report's, with "peak_memory" and "largest" in it.
  std::string ToJson() const;
};

// The frozen graph: a list of segments, of which the weights lie in the checkpoint's files. It shares in the
// ownership of all that it refers to, and may outlive the Freezer and any reader. Cheap to move.
class FrozenGraph {
 public:
  std::uint64_t size() const { return list_->size(); }
  const FreezeReport& report() const { return report_; }

  // The bytes as views, in order. FailedPrecondition if some of them lie in storage that must be read: use
  // ForEachChunk then.
  absl::StatusOr<std::vector<std::string_view>> Segments() const {
    std::vector<std::string_view> views;
    views.reserve(list_->segments().size());
    for (const Segment& segment : list_->segments()) {
      if (segment.data == nullptr) {
        return FailedPrecondition("weights in '", list_->source(segment.source).name(),
                                  "' are not in memory; use ForEachChunk, WriteTo or ToContiguous");
      }
      views.push_back(segment.bytes());
    }
    return views;
  }

  // Calls visit(std::string_view) -> absl::Status with all bytes in order, in chunks of at most 1 MiB.
  template <typename Visit>
  absl::Status ForEachChunk(Visit&& visit) const {
    return list_->ForEachChunk(std::size_t{1} << 20, visit);
  }

  // Writes a file, whole or not at all: under a temporary name beside `path`, then renamed.
  absl::Status WriteTo(std::string_view path, const WriteOptions& options = {}) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(posix::AtomicFile file, posix::AtomicFile::Create(path));
    GRAPHFREEZE_RETURN_IF_ERROR(WriteSegments(*list_, &file, options, /*verify=*/false, nullptr));
    return file.Commit();
  }

  // All bytes in one buffer.
  absl::StatusOr<std::string> ToContiguous() const {
    std::string all;
    all.reserve(static_cast<std::size_t>(size()));
    GRAPHFREEZE_RETURN_IF_ERROR(ForEachChunk([&](std::string_view bytes) {
      all.append(bytes.data(), bytes.size());
      return absl::OkStatus();
    }));
    return all;
  }

  // A Cord that refers to the weights where they lie, and keeps them alive.
  absl::StatusOr<absl::Cord> ToCord() const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<std::string_view> views, Segments());
    absl::Cord cord;
    for (std::string_view view : views) {
      cord.Append(absl::MakeCordFromExternal(ToAbsl(view), [list = list_](absl::string_view) {}));
    }
    return cord;
  }

  // Fills a message of the host (a tensorflow::GraphDef of its own) without a buffer in between.
  template <typename Message>
  absl::Status ParseInto(Message* message) const {
    if (size() > wire::kMaxMessageBytes) {
      return ResourceExhausted("the graph has ", size(), " bytes; a protobuf message holds at most ", wire::kMaxMessageBytes);
    }
    SegmentInputStream stream(*list_);
    if (message->ParseFromZeroCopyStream(&stream)) return absl::OkStatus();
    if (!stream.status().ok()) return stream.status();
    return InvalidArgument("the message of the host does not take these bytes; is it a GraphDef?");
  }

  // Copies all bytes to a protobuf stream.
  absl::Status CopyTo(google::protobuf::io::ZeroCopyOutputStream* out) const {
    return graphfreeze::CopyTo(*list_, out);
  }

 private:
  friend class Freezer;
  std::shared_ptr<SegmentList> list_ = std::make_shared<SegmentList>();
  std::vector<CrcCheck> checks_;
  FreezeReport report_;
};

class Freezer {
 public:
  // --- the graph: one of these ---

  // A file with a GraphDef or a MetaGraphDef, binary or text. What it is is told by its content.
  Freezer& FromGraph(std::string_view path) { return SetGraph(GraphPath{std::string(path), false}); }
  // The same; a file that is no MetaGraphDef is noted in the report.
  Freezer& FromMetaGraph(std::string_view path) { return SetGraph(GraphPath{std::string(path), true}); }
  // Bytes of such a file. A view is borrowed as long as the Freezer and every FrozenGraph from it live.
  Freezer& FromBytes(std::string_view bytes) { return FromSource(Source::Borrow(bytes, "graph")); }
  Freezer& FromBytes(const char* bytes) { return FromBytes(std::string_view(bytes)); }
  Freezer& FromBytes(std::string&& bytes) { return FromSource(Source::Own(std::move(bytes), "graph")); }
  Freezer& FromBytes(const absl::Cord& bytes) { return FromSource(Source::Own(std::string(bytes), "graph")); }
  Freezer& FromBytes(std::string_view bytes, std::shared_ptr<const void> owner) {
    return FromSource(Source::Share(bytes, std::move(owner), "graph"));
  }
  Freezer& FromSource(Source source) { return SetGraph(std::move(source)); }
  // A GraphDef or MetaGraphDef message of the host's own class.
  template <typename Message>
  Freezer& FromMessage(const Message& message) {
    const std::size_t size = message.ByteSizeLong();
    if (size > wire::kMaxMessageBytes) {
      return Fail(ResourceExhausted("a message of ", size, " bytes; protobuf serialises at most ", wire::kMaxMessageBytes));
    }
    std::string bytes(size, '\0');
    if (!message.SerializeToArray(&bytes[0], static_cast<int>(size))) {
      return Fail(InvalidArgument("the message of the host cannot be serialised"));
    }
    return FromSource(Source::Own(std::move(bytes), "message"));
  }

  // --- the values ---

  // Any path form of a checkpoint: prefix, one of its files, its directory or `checkpoint` file.
  Freezer& Checkpoint(std::string_view path) {
    checkpoint_ = std::string(path);
    return *this;
  }
  // A checkpoint that is open already.
  Freezer& Checkpoint(graphfreeze::Checkpoint reader) {
    checkpoint_ = TensorStore(std::move(reader));
    return *this;
  }
  // Any range of (key, TensorView) pairs.
  template <typename Range,
            std::enable_if_t<std::is_convertible_v<decltype(std::begin(std::declval<const Range&>())->second), TensorView>,
                             int> = 0>
  Freezer& Checkpoint(const Range& tensors) {
    std::map<std::string, TensorView, std::less<>> map;
    for (const auto& [key, tensor] : tensors) map.emplace(std::string(key), tensor);
    checkpoint_ = TensorStore(std::move(map));
    return *this;
  }

  // --- the outputs ---

  // Names of nodes ("logits") or tensors ("split:1"); "name=tensor" adds an Identity of that name. One text may
  // hold several, separated by commas.
  Freezer& Outputs(std::string_view names) {
    outputs_.clear();
    return AddOutputs(names);
  }
  Freezer& Outputs(std::initializer_list<std::string_view> names) {
    outputs_.clear();
    for (std::string_view name : names) AddOutputs(name);
    return *this;
  }
  Freezer& Outputs(absl::Span<const std::string> names) {
    outputs_.clear();
    for (const std::string& name : names) AddOutputs(name);
    return *this;
  }

  // --- settings ---

  // Freeze only these variables / all but these, by node name. A variable in both lists stays.
  Freezer& Allow(std::vector<std::string> variables) {
    allow_ = std::move(variables);
    return *this;
  }
  Freezer& Deny(std::vector<std::string> variables) {
    deny_ = std::move(variables);
    return *this;
  }
  // Blank the device of every node, in functions too. On unless turned off.
  Freezer& ClearDevices(bool clear) {
    clear_devices_ = clear;
    return *this;
  }
  // The op that restores everything, which knows the keys of the variables; by default that of the SaverDef.
  Freezer& RestoreOp(std::string_view node) {
    restore_op_ = std::string(node);
    return *this;
  }
  // The tensor through which that op gets the checkpoint's path ("save/Const:0"): an error if it is another.
  Freezer& FilenameTensor(std::string_view tensor) {
    filename_tensor_ = std::string(tensor);
    return *this;
  }
  // A file with a SaverDef, binary or text.
  Freezer& SaverFile(std::string_view path) {
    saver_file_ = std::string(path);
    return *this;
  }
  // Ops whose initialisers are evaluated; what they assign wins over the checkpoint.
  Freezer& InitializerNodes(std::vector<std::string> nodes) {
    initializer_nodes_ = std::move(nodes);
    return *this;
  }
  // Drop writes to variables also where a later read would see them.
  Freezer& DropWrites(bool drop) {
    drop_writes_ = drop;
    return *this;
  }
  // Compare the checksum of every weight. On unless turned off.
  Freezer& VerifyChecksums(bool verify) {
    verify_ = verify;
    return *this;
  }
  // Passes of one's own, in the order given: before pruning and freezing, or after.
  template <typename Pass>
  Freezer& Before(Pass pass) {
    before_.emplace_back(std::move(pass));
    return *this;
  }
  template <typename Pass>
  Freezer& After(Pass pass) {
    after_.emplace_back(std::move(pass));
    return *this;
  }
  // An OpDef message of an op that TensorFlow itself does not have; needed only where its types matter.
  Freezer& AddOpDef(std::string op_def) {
    op_defs_.push_back(std::move(op_def));
    return *this;
  }
  Freezer& Files(FileSystem files) {
    files_ = std::move(files);
    return *this;
  }
  Freezer& With(Executor executor) {
    executor_ = std::move(executor);
    return *this;
  }
  Freezer& With(graphfreeze::Limits limits) {
    limits_ = limits;
    return *this;
  }
  // Called from one thread at a time while a file is written.
  Freezer& OnProgress(Progress progress) {
    progress_ = std::move(progress);
    return *this;
  }
  // Asked now and then; true ends the work with Cancelled.
  Freezer& CancelWhen(std::function<bool()> cancelled) {
    cancelled_ = std::move(cancelled);
    return *this;
  }

  // --- the work: any number of times, results are the same ---

  absl::StatusOr<FrozenGraph> Freeze() const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(FrozenGraph frozen, Build());
    if (verify_) {
      GRAPHFREEZE_RETURN_IF_ERROR(VerifyChecks(frozen.checks_, wire::Crc32c(), executor_));
      frozen.report_.verified = true;
    }
    return frozen;
  }

  // Freezes into a file. Faster than Freeze() and WriteTo(): checksums are compared while the bytes are written,
  // and a file with damaged weights never gets its name.
  absl::StatusOr<FreezeReport> FreezeTo(std::string_view path) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(FrozenGraph frozen, Build());
    GRAPHFREEZE_ASSIGN_OR_RETURN(posix::AtomicFile file, posix::AtomicFile::Create(path));
    if (verify_) {
      // Checksums of more than one segment's bytes, or of bytes that are not written as they are, come first.
      std::vector<CrcCheck> others = ChecksWithoutSegment(frozen);
      GRAPHFREEZE_RETURN_IF_ERROR(VerifyChecks(others, wire::Crc32c(), executor_));
    }
    std::vector<BadSegment> bad;
    GRAPHFREEZE_RETURN_IF_ERROR(
        WriteSegments(*frozen.list_, &file, {executor_, progress_, cancelled_}, verify_, &bad));
    if (!bad.empty()) return Mismatch(frozen, bad[0]);
    GRAPHFREEZE_RETURN_IF_ERROR(file.Commit());
    frozen.report_.verified = verify_;
    return std::move(frozen.report_);
  }

  // What Freeze() would give and take. Reads the graph and the index of the checkpoint, and no weight.
  absl::StatusOr<FreezeEstimate> Estimate() const {
    FreezeEstimate estimate;
    GRAPHFREEZE_ASSIGN_OR_RETURN(FrozenGraph frozen, Build(&estimate.peak_memory));
    estimate.report = frozen.report_;
    estimate.output_bytes = frozen.size();
    estimate.weight_bytes = frozen.report_.weight_bytes;
    estimate.largest = Largest(frozen.report_.variables, 10);
    return estimate;
  }

 private:
  struct GraphPath {
    std::string path;
    bool expect_meta = false;
  };

  Freezer& SetGraph(std::variant<std::monostate, GraphPath, Source> graph) {
    graph_ = std::move(graph);
    return *this;
  }
  Freezer& Fail(absl::Status status) {
    if (error_.ok()) error_ = std::move(status);
    return *this;
  }
  Freezer& AddOutputs(std::string_view names) {
    while (!names.empty()) {
      const std::size_t comma = names.find(',');
      std::string_view name = names.substr(0, comma);
      names = comma == std::string_view::npos ? std::string_view() : names.substr(comma + 1);
      while (!name.empty() && (name.front() == ' ' || name.front() == '\t')) name.remove_prefix(1);
      while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.remove_suffix(1);
      if (!name.empty()) outputs_.emplace_back(name);
    }
    return *this;
  }

  static std::vector<FrozenVariable> Largest(std::vector<FrozenVariable> variables, std::size_t n) {
    std::stable_sort(variables.begin(), variables.end(),
                     [](const FrozenVariable& a, const FrozenVariable& b) { return a.bytes > b.bytes; });
    if (variables.size() > n) variables.resize(n);
    return variables;
  }

  // All that happens before weights are read. With `peak_memory` an estimate: the result has a size and no weights.
  absl::StatusOr<FrozenGraph> Build(std::uint64_t* peak_memory = nullptr) const {
    GRAPHFREEZE_RETURN_IF_ERROR(error_);
    FrozenGraph frozen;
    FreezeReport& report = frozen.report_;
    PassContext context;
    context.limits = limits_;
    context.executor = executor_;
    context.cancelled = cancelled_;

    GRAPHFREEZE_ASSIGN_OR_RETURN(const GraphFile file, OpenGraph(&context));
    GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes bytes, file.graph_def());
    GRAPHFREEZE_ASSIGN_OR_RETURN(Graph graph,
                                 Graph::Parse(Source::Share(bytes.bytes, bytes.owner, file.name()), bytes.bytes));
    report.graph = file.name();
    report.graph_kind = std::string(Name(file.kind()));
    report.graph_was_text = file.was_text();
    GRAPHFREEZE_RETURN_IF_ERROR(AddOps(file, &graph));
    report.nodes_before = graph.main().CountNodes();
    report.functions_before = graph.function_count();
    if (report.nodes_before == 0) return InvalidArgument("'", file.name(), "' is a graph without nodes");

    std::vector<std::string> outputs;
    AliasOutputs aliases;
    GRAPHFREEZE_RETURN_IF_ERROR(ReadOutputs(&outputs, &aliases));
    GRAPHFREEZE_ASSIGN_OR_RETURN(TensorStore store, OpenCheckpoint());
    report.checkpoint = std::string(store.path());

    FreezeVariables freeze;
    GRAPHFREEZE_ASSIGN_OR_RETURN(RestoreMap restore_map, ReadRestoreMap(file, graph, &context));
    freeze.keys = std::make_shared<VariableKeys>(store, std::move(restore_map));
    GRAPHFREEZE_RETURN_IF_ERROR(EvaluateInitializers(graph, &freeze.values));
    freeze.allow = allow_;
    freeze.deny = deny_;
    freeze.drop_writes = drop_writes_;
    std::uint64_t put_together = 0;
    freeze.measure_only = peak_memory != nullptr;
    freeze.heap_bytes = &put_together;
    freeze.frozen = &report.variables;

    for (const AnyPass& pass : before_) GRAPHFREEZE_RETURN_IF_ERROR(pass.Run(graph, context));
    const Prune prune{outputs, {}};
    GRAPHFREEZE_RETURN_IF_ERROR(Run(graph, context, prune, freeze));
    if (clear_devices_) GRAPHFREEZE_RETURN_IF_ERROR(Run(graph, context, graphfreeze::ClearDevices{}));
    if (file.kind() == GraphFileKind::kMetaGraphDef) {
      GRAPHFREEZE_RETURN_IF_ERROR(Run(graph, context, graphfreeze::ClearOutputShapes{}));
    }
    // Reads and writes that the rewrite made needless, and the functions that nobody calls any more.
    GRAPHFREEZE_RETURN_IF_ERROR(Run(graph, context, prune, aliases));
    GRAPHFREEZE_RETURN_IF_ERROR(CheckOutputs(graph, outputs, store));
    for (const AnyPass& pass : after_) GRAPHFREEZE_RETURN_IF_ERROR(pass.Run(graph, context));

    if (report.variables.empty()) {
      context.Add("freezer", "", "", Action::kNote, "no_variables",
                  "no variable that the outputs need was frozen: the graph may be frozen already");
    }
    WriteGraph(graph, frozen.list_.get());
    DropPruned(graph, &report.variables);
    FillReport(graph, store, outputs, aliases, &report);
    report.output_bytes = frozen.size();
    report.entries = std::move(context.report);
    CollectChecks(graph, &frozen);
    if (peak_memory != nullptr) {
      // The index of the graph and of the checkpoint, what is remembered of each variable, and what was made from
      // them (sizes as tests/bench/ shows them); text is parsed into memory first, and weights in many small pieces are
      // put together there.
      *peak_memory = report.nodes_before * 160 + report.variables.size() * 1600 + store.keys().size() * 300 +
                     frozen.list_->heap_bytes() + graph.arena().bytes() + put_together +
                     (file.was_text() ? 12 * bytes.bytes.size() : 0);
    }
    return CheckSize(std::move(frozen));
  }

  absl::StatusOr<FrozenGraph> CheckSize(FrozenGraph frozen) const {
    if (frozen.size() <= limits_.max_output_bytes) return frozen;
    std::string largest;
    for (const FrozenVariable& variable : Largest(frozen.report_.variables, 5)) {
      largest += Concat(largest.empty() ? "" : ", ", "'", variable.name, "' ", variable.bytes);
    }
    return ResourceExhausted("the frozen graph would have ", frozen.size(), " bytes; the limit is ", limits_.max_output_bytes,
                             " (a protobuf message holds at most 2 GiB - 1). Largest tensors: ", largest,
                             ". Keep some of them variables (deny list), or store them in half precision");
  }

  absl::StatusOr<GraphFile> OpenGraph(PassContext* context) const {
    if (const Source* source = std::get_if<Source>(&graph_)) return GraphFile::FromSource(*source);
    const GraphPath* path = std::get_if<GraphPath>(&graph_);
    if (path == nullptr) return InvalidArgument("no graph was given; use FromGraph, FromMetaGraph or FromBytes");
    GRAPHFREEZE_ASSIGN_OR_RETURN(GraphFile file, LoadGraphFile(files_, path->path));
    if (path->expect_meta != (file.kind() == GraphFileKind::kMetaGraphDef)) {
      context->Add("freezer", "", "", Action::kNote, "other_kind",
                   Concat("'", path->path, "' is a ", graphfreeze::Name(file.kind()), ", not a ",
                          path->expect_meta ? "MetaGraphDef" : "GraphDef", ", and was read as what it is"));
    }
    return file;
  }

  absl::Status AddOps(const GraphFile& file, Graph* graph) const {
    if (const MetaGraph* meta = file.meta_graph()) {
      GRAPHFREEZE_RETURN_IF_ERROR(graph->ops().AddOpList(meta->stripped_op_list, meta->owner));
    }
    for (const std::string& op_def : op_defs_) GRAPHFREEZE_RETURN_IF_ERROR(graph->ops().AddOpDef(op_def));
    return absl::OkStatus();
  }

  absl::Status ReadOutputs(std::vector<std::string>* outputs, AliasOutputs* aliases) const {
    for (const std::string& output : outputs_) {
      const std::size_t equals = output.find('=');
      if (equals == std::string::npos) {
        outputs->push_back(output);
        continue;
      }
      std::string alias = output.substr(0, equals), tensor = output.substr(equals + 1);
      if (alias.empty() || tensor.empty() || alias.find(':') != std::string::npos) {
        return InvalidArgument("'", output, "' should be 'name=tensor', as in 'logits=StatefulPartitionedCall:0'");
      }
      outputs->push_back(tensor);
      aliases->aliases.emplace_back(std::move(alias), std::move(tensor));
    }
    return absl::OkStatus();
  }

  // A variable that nothing takes needs no value, unless it is an output.
  absl::Status CheckOutputs(const Graph& graph, const std::vector<std::string>& outputs, const TensorStore& store) const {
    for (const std::string& output : outputs) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const NodeId id, FindOutput(graph, output));
      const std::string_view name = graph.main().name(id);
      const auto listed = [&](const std::vector<std::string>& list) {
        return std::find(list.begin(), list.end(), name) != list.end();
      };
      if (!IsVariable(graph.main().op(id)) || listed(deny_) || (!allow_.empty() && !listed(allow_))) continue;
      return NotFound("output '", output, "' is a variable without a value: ",
                      store ? Concat("there is no such key in ", store.name(), DidYouMean(name, store.keys()))
                            : std::string("no checkpoint was given"));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<TensorStore> OpenCheckpoint() const {
    if (const TensorStore* store = std::get_if<TensorStore>(&checkpoint_)) return *store;
    const std::string* path = std::get_if<std::string>(&checkpoint_);
    if (path == nullptr) return TensorStore();
    CheckpointOptions options;
    options.verify_checksums = verify_;
    GRAPHFREEZE_ASSIGN_OR_RETURN(graphfreeze::Checkpoint opened, graphfreeze::Checkpoint::Open(*path, options, files_));
    return TensorStore(std::move(opened));
  }

  absl::StatusOr<RestoreMap> ReadRestoreMap(const GraphFile& file, const Graph& graph, PassContext* context) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(RestoreMap map, FindRestoreMap(file, graph, context));
    const std::string_view wanted = std::string_view(filename_tensor_).substr(0, filename_tensor_.find(':'));
    if (!wanted.empty() && !map.filename_node().empty() && map.filename_node() != wanted) {
      return InvalidArgument("the saver takes its file name from '", map.filename_node(), "', not from '",
                             filename_tensor_, "'; name the restore op of the saver that is meant");
    }
    return map;
  }

  absl::StatusOr<RestoreMap> FindRestoreMap(const GraphFile& file, const Graph& graph, PassContext* context) const {
    if (!restore_op_.empty()) {
      // Recipes of old name save/restore_all whatever the graph: a name that is not there is no reason to stop.
      if (graph.main().Find(restore_op_) != kNoNode) return RestoreMap::Read(graph, restore_op_);
      context->Add("freezer", "", restore_op_, Action::kWarning, "no_restore_op",
                   "the restore op is not in the graph; keys are found as if it had not been named");
    }
    if (!saver_file_.empty()) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const GraphFile saver_file, LoadGraphFile(files_, saver_file_));
      if (saver_file.kind() != GraphFileKind::kSaverDef) {
        return InvalidArgument("'", saver_file_, "' is a ", graphfreeze::Name(saver_file.kind()), ", not a SaverDef");
      }
      GRAPHFREEZE_ASSIGN_OR_RETURN(const SaverDef saver, ParseSaverDef(saver_file.message().bytes));
      return RestoreMap::Read(graph, saver.restore_op_name);
    }
    if (const MetaGraph* meta = file.meta_graph(); meta != nullptr && meta->saver_def) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const SaverDef saver, ParseSaverDef(*meta->saver_def));
      const std::string_view op = saver.restore_op_name;
      if (graph.main().Find(op.substr(0, op.find(':'))) != kNoNode) return RestoreMap::Read(graph, op);
      context->Add("freezer", "", op, Action::kWarning, "no_restore_op",
                   Concat("the saver of the MetaGraph restores through '", op, "', which is not in its graph"));
    }
    return RestoreMap::Read(graph, "");
  }

  // What the named ops assign, evaluated.
  absl::Status EvaluateInitializers(const Graph& graph, std::map<std::string, TensorView, std::less<>>* values) const {
    if (initializer_nodes_.empty()) return absl::OkStatus();
    std::vector<NodeId> roots;
    for (const std::string& name : initializer_nodes_) {
      const absl::StatusOr<NodeId> id = FindOutput(graph, name);
      if (!id.ok()) return Annotate(id.status(), Concat("initialiser '", name, "'"));
      roots.push_back(*id);
    }
    const Body& body = graph.main();
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<bool> below, Prune::Ancestors(body, std::move(roots)));
    Evaluator evaluator(graph, body, limits_.max_constant_bytes);
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!below[id] || (body.op(id) != "Assign" && body.op(id) != "AssignVariableOp")) continue;
      const absl::Span<const Edge> inputs = body.inputs(id);
      if (inputs.size() < 2 || inputs[0].is_control() || inputs[1].is_control()) continue;
      absl::StatusOr<TensorView> value = evaluator.Evaluate(inputs[1]);
      if (!value.ok()) {
        return Annotate(value.status(), Concat("initialiser '", body.name(id), "' of variable '",
                                               body.name(inputs[0].node), "'"));
      }
      (*values)[std::string(body.name(inputs[0].node))] = *std::move(value);
    }
    return absl::OkStatus();
  }

  // A variable whose readers all went with the last pruning was frozen for nothing.
  static void DropPruned(const Graph& graph, std::vector<FrozenVariable>* variables) {
    variables->erase(std::remove_if(variables->begin(), variables->end(),
                                    [&](const FrozenVariable& variable) {
                                      if (variable.function.empty()) return graph.main().Find(variable.name) == kNoNode;
                                      return graph.FindFunction(variable.function) == kNoFunction;
                                    }),
                     variables->end());
    // The passes meet variables in an order of their own; the main graph comes first, then the functions.
    std::vector<std::pair<NodeId, std::size_t>> order;
    for (std::size_t i = 0; i < variables->size(); ++i) {
      const FrozenVariable& variable = (*variables)[i];
      order.emplace_back(variable.function.empty() ? graph.main().Find(variable.name) : kNoNode, i);
    }
    std::sort(order.begin(), order.end());
    std::vector<FrozenVariable> sorted;
    sorted.reserve(variables->size());
    for (const auto& [id, i] : order) sorted.push_back(std::move((*variables)[i]));
    *variables = std::move(sorted);
  }

  static void FillReport(const Graph& graph, const TensorStore& store, const std::vector<std::string>& outputs,
                         const AliasOutputs& aliases, FreezeReport* report) {
    const Body& body = graph.main();
    report->nodes_after = body.CountNodes();
    for (FunctionId id = 0; id < graph.function_count(); ++id) report->functions_after += graph.function(id).alive ? 1 : 0;
    for (const FrozenVariable& variable : report->variables) report->weight_bytes += variable.bytes;
    std::vector<std::string_view> used;
    for (const FrozenVariable& variable : report->variables) used.push_back(variable.key);
    std::sort(used.begin(), used.end());
    for (std::string_view key : store.keys()) {
      if (!std::binary_search(used.begin(), used.end(), key)) report->unused_keys.emplace_back(key);
    }
    body.ForEachNode([&](NodeRef node) {
      if (node.op() != "Placeholder" && node.op() != "PlaceholderV2" && node.op() != "PlaceholderWithDefault") return;
      TensorInfo input;
      input.name = Concat(node.name(), ":0");
      input.dtype = node.attr("dtype").type();
      // Old graphs say [] where they mean that nothing is known; what the attribute says is reported.
      if (absl::StatusOr<Shape> shape = node.attr("shape").shape(); shape.ok()) input.shape = *shape;
      report->inputs.push_back(std::move(input));
    });
    const Graph as_read = graph.Pristine();
    const auto add_output = [&](std::string_view text) {
      const absl::StatusOr<OutputName> name = OutputName::Parse(text);
      if (!name.ok() || body.Find(name->node) == kNoNode) return;
      const NodeRef node = body.node(body.Find(name->node));
      TensorInfo output;
      output.name = Concat(name->node, ":", name->index);
      const auto index = static_cast<std::size_t>(name->index);
      if (const auto types = OutputTypes(graph, node); types && index < types->size()) {
        output.dtype = RemoveRef((*types)[index]);
      }
      // What was inferred in training is worth telling, though it is no longer in the graph.
      const NodeId original = as_read.main().Find(name->node);
      const AttrView inferred = original == kNoNode ? AttrView() : as_read.main().node(original).attr(kOutputShapes);
      const std::vector<std::string_view> shapes = inferred.shapes();
      if (index < shapes.size()) {
        if (absl::StatusOr<Shape> shape = Shape::Parse(shapes[index]); shape.ok()) output.shape = *shape;
      }
      report->outputs.push_back(std::move(output));
    };
    for (const std::string& output : outputs) {
      bool aliased = false;
      for (const auto& [alias, tensor] : aliases.aliases) {
        if (tensor != output) continue;
        aliased = true;
        add_output(alias);
      }
      if (!aliased) add_output(output);
    }
  }

  // The checks of the weights that were written.
  static void CollectChecks(const Graph& graph, FrozenGraph* frozen) {
    std::vector<bool> used(graph.weights().size(), false);
    const auto collect = [&](const Body& body) {
      for (NodeId id = 0; id < body.size(); ++id) {
        const detail::NodeEdit* edit = body.alive(id) ? body.Edit(id) : nullptr;
        if (edit == nullptr) continue;
        for (const detail::AttrEdit& attr : edit->attrs) {
          if (attr.weight != detail::AttrEdit::kNoWeight) used[attr.weight] = true;
        }
      }
    };
    collect(graph.main());
    for (FunctionId id = 0; id < graph.function_count(); ++id) {
      if (graph.function(id).alive) collect(graph.function(id).body);
    }
    for (std::size_t i = 0; i < used.size(); ++i) {
      if (!used[i]) continue;
      const std::vector<CrcCheck>& checks = graph.weights()[i].tensor.checks;
      frozen->checks_.insert(frozen->checks_.end(), checks.begin(), checks.end());
    }
  }

  // The checks that WriteSegments does not make.
  static std::vector<CrcCheck> ChecksWithoutSegment(const FrozenGraph& frozen) {
    absl::flat_hash_map<std::uint64_t, std::vector<const Segment*>> by_offset;
    for (const Segment& segment : frozen.list_->segments()) {
      if (segment.has_crc) by_offset[segment.offset].push_back(&segment);
    }
    std::vector<CrcCheck> others;
    for (const CrcCheck& check : frozen.checks_) {
      const auto it = by_offset.find(check.range.offset);
      bool covered = false;
      if (it != by_offset.end()) {
        for (const Segment* segment : it->second) covered |= Covers(frozen, *segment, check);
      }
      if (!covered) others.push_back(check);
    }
    return others;
  }

  static bool Covers(const FrozenGraph& frozen, const Segment& segment, const CrcCheck& check) {
    return segment.has_crc && segment.offset == check.range.offset && segment.size == check.range.size &&
           segment.crc32c == check.crc32c && frozen.list_->source(segment.source) == check.range.source;
  }

  static absl::Status Mismatch(const FrozenGraph& frozen, const BadSegment& bad) {
    const Segment& segment = frozen.list_->segments()[bad.segment];
    for (const CrcCheck& check : frozen.checks_) {
      if (Covers(frozen, segment, check)) return ChecksumMismatch(check.key, check.range, check.crc32c, bad.computed);
    }
    return DataLoss("a weight is damaged");
  }

  absl::Status error_;
  std::variant<std::monostate, GraphPath, Source> graph_;
  std::variant<std::monostate, std::string, TensorStore> checkpoint_;
  std::vector<std::string> outputs_, allow_, deny_, initializer_nodes_, op_defs_;
  std::string restore_op_, filename_tensor_, saver_file_;
  bool clear_devices_ = true, drop_writes_ = false, verify_ = true;
  std::vector<AnyPass> before_, after_;
  FileSystem files_;
  Executor executor_ = InlineExecutor();
  graphfreeze::Limits limits_;
  Progress progress_;
  std::function<bool()> cancelled_;
};

inline std::string FreezeReport::ToJson() const {
  const auto list = [](const auto& items, auto&& one) {
    std::string out = "[";
    for (const auto& item : items) out += Concat(out.size() > 1 ? "," : "", one(item));
    return out + "]";
  };
  const auto shape_json = [&](const Shape& shape) {
    return shape.has_rank() ? list(shape.dims(), [](std::int64_t dim) { return Concat(dim); }) : std::string("null");
  };
  const auto dtype_json = [](DataType dtype) {
    return dtype == DataType::kInvalid ? std::string("null") : JsonString(graphfreeze::Name(dtype));
  };
  const auto tensor_json = [&](const TensorInfo& tensor) {
    return Concat("{\"name\":", JsonString(tensor.name), ",\"dtype\":", dtype_json(tensor.dtype),
                  ",\"shape\":", shape_json(tensor.shape), "}");
  };
  return Concat(
      "{\"graph\":", JsonString(graph), ",\"graph_kind\":", JsonString(graph_kind), ",\"graph_was_text\":",
      JsonBool(graph_was_text), ",\"checkpoint\":", JsonString(checkpoint), ",\"nodes_before\":", nodes_before,
      ",\"nodes_after\":", nodes_after, ",\"functions_before\":", functions_before, ",\"functions_after\":",
      functions_after, ",\"weight_bytes\":", weight_bytes, ",\"output_bytes\":", output_bytes,
      ",\"verified\":", JsonBool(verified), ",\"inputs\":", list(inputs, tensor_json), ",\"outputs\":",
      list(outputs, tensor_json), ",\"variables\":", list(variables,
           [&](const FrozenVariable& v) {
             return Concat("{\"name\":", JsonString(v.name), ",\"function\":", JsonString(v.function),
                           ",\"key\":", JsonString(v.key), ",\"slice\":", JsonString(v.slice),
                           ",\"found_by\":", JsonString(v.found_by), ",\"dtype\":", dtype_json(v.dtype),
                           ",\"shape\":", shape_json(v.shape), ",\"bytes\":", v.bytes, "}");
           }),
      ",\"unused_keys\":", list(unused_keys, [](const std::string& key) { return JsonString(key); }),
      ",\"entries\":", list(entries, [](const ReportEntry& entry) { return graphfreeze::ToJson(entry); }), "}");
}

inline std::string FreezeEstimate::ToJson() const {
  std::string json = report.ToJson();
  json.pop_back();  // the brace that ends it
  json += Concat(",\"peak_memory\":", peak_memory, ",\"largest\":[");
  for (std::size_t i = 0; i < largest.size(); ++i) {
    json += Concat(i == 0 ? "" : ",", "{\"name\":", JsonString(largest[i].name), ",\"bytes\":", largest[i].bytes, "}");
  }
  return json + "]}";
}

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/graph/graph_view.hpp ----
// GraphView: a GraphDef to read. Nodes, attributes and tensors are views into the bytes; nothing is copied.
//
//   absl::StatusOr<GraphView> view = GraphView::Parse(bytes);
//   for (NodeId id = 0; id < view->main().size(); ++id) print(view->node(id).name(), view->node(id).op());

#include <memory>
#include <string_view>
#include <utility>


GRAPHFREEZE_NAMESPACE_BEGIN

// Cheap to copy. Safe to read from several threads at once.
class GraphView {
 public:
  // Borrows `bytes`, a binary GraphDef, for the life of the view and of all that it gives.
  static absl::StatusOr<GraphView> Parse(std::string_view bytes) { return Parse(Source::Borrow(bytes, "GraphDef")); }
  // Shares the source.
  static absl::StatusOr<GraphView> Parse(const Source& source) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(Graph graph, Graph::Parse(source));
    return GraphView(std::make_shared<const Graph>(std::move(graph)));
  }

  const Body& main() const { return graph_->main(); }
  NodeRef node(NodeId id) const { return main().node(id); }
  // kNoNode if there is none of that name.
  NodeId Find(std::string_view name) const { return main().Find(name); }

  FunctionId function_count() const { return graph_->function_count(); }
  const Function& function(FunctionId id) const { return graph_->function(id); }
  FunctionId FindFunction(std::string_view name) const { return graph_->FindFunction(name); }

  Consumers consumers() const { return Consumers(main()); }

  // A graph to edit, over the same bytes.
  Graph Edit() const { return graph_->Pristine(); }

 private:
  explicit GraphView(std::shared_ptr<const Graph> graph) : graph_(std::move(graph)) {}
  std::shared_ptr<const Graph> graph_;
};

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/io/threads.hpp ----
// ThreadExecutor: an executor on threads, for programs that have no pool of their own.
// Opt-in: the library itself uses none. Link with the threads library (CMake: Threads::Threads).

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <vector>


GRAPHFREEZE_NAMESPACE_BEGIN

// At most `threads` threads, the calling one included; 0 means as many as the machine has cores. A thread that
// the system refuses is done without (std::thread would throw).
inline Executor ThreadExecutor(std::size_t threads = 0) {
  if (threads == 0) threads = static_cast<std::size_t>((std::max)(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  return [threads](std::size_t n, const Work& work) {
    struct Job {
      std::size_t n;
      const Work& work;
      std::atomic<std::size_t> next{0};
      void Run() {
        for (std::size_t i = next++; i < n; i = next++) work(i);
      }
    } job{n, work};
    std::vector<pthread_t> others;
    for (std::size_t t = 1; t < (std::min)(threads, n); ++t) {
      pthread_t thread;
      const auto run = [](void* argument) -> void* {
        static_cast<Job*>(argument)->Run();
        return nullptr;
      };
      if (::pthread_create(&thread, nullptr, run, &job) != 0) break;
      others.push_back(thread);
    }
    job.Run();
    for (pthread_t other : others) ::pthread_join(other, nullptr);
  };
}

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/passes/neutralize_dropout.hpp ----
// NeutralizeDropout: dropout becomes what it is at inference, nothing.
//
//   x ── RealDiv(·, keep) ── Mul ── Relu               x ── Relu
//        Floor(keep + random) ─┘              =>
//
// Dropout is told by its structure, in every form that TensorFlow has written since 0.5 (rewrites.md section 1.2):
// a random mask of zeros and ones, and a scale that makes up for what the mask takes. keep_prob may be a constant,
// a placeholder or computed. A random mask without that scale is not dropout (DropConnect, augmentation): it is left
// as it is, with a warning. So is noise that is part of a model (the reparameterisation of a VAE).

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_set.h>


// ---- graphfreeze/rewrite/pattern.hpp ----
// Pattern: a piece of graph to look for, written as it is drawn.
//
//   const Pattern mask = Op("Floor").In(Op("Add", "AddV2").AnyOrder(Bind("keep"), uniform));
//   const Pattern dropout = Op("Mul").AnyOrder(Op("RealDiv").In(Bind("x"), Bind("keep")), mask);
//
//   Matcher matcher(graph, body);
//   if (matcher.Match(dropout, {node, 0, 0})) rewriter.Redirect(node, matcher["x"]);
//   else print(matcher.WhyNot());   // "'d/mul' input 1: wanted Floor, found 'd/Cast' (Cast)"
//
// Patterns match by ops and edges, never by names. Between the ops of a pattern there may be any number of ops that
// only hand a value on (look_through.hpp). A name that is bound twice must be the same tensor. Either order of
// commutative inputs is tried to the end, so that no match is missed; captures exist only after a match.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/inlined_vector.h>
#include <absl/types/span.h>


// ---- graphfreeze/rewrite/look_through.hpp ----
// LookThrough: follows a tensor back through ops that only hand it on, to the op that makes it.

#include <string_view>

#include <absl/types/span.h>


GRAPHFREEZE_NAMESPACE_BEGIN

// True for ops whose output 0 is their input 0, value for value.
inline bool IsPassThrough(std::string_view op) {
  return op == "Identity" || op == "StopGradient" || op == "Snapshot" || op == "PreventGradient" ||
         op == "GuaranteeConst" || op == "CheckNumerics" || op == "Print" || op == "EnsureShape" ||
         op == "RefIdentity" || op == "DeepCopy";
}

// One step back: the tensor that `edge` hands on, or `edge` itself if its producer makes it. Enter counts as handing
// on when `loops` is set: the value is the same, though it belongs to another frame.
inline Edge LookThroughOnce(const Graph& graph, const Body& body, const Edge& edge, bool loops) {
  if (edge.is_control() || edge.node == kNoNode || body.kind(edge.node) != NodeKind::kNode) return edge;
  const std::string_view op = body.op(edge.node);
  const absl::Span<const Edge> inputs = body.inputs(edge.node);
  std::size_t slot = 0;
  if (op == "IdentityN") {
    const auto output = FlatOutput(graph, body, edge);
    if (!output) return edge;
    slot = static_cast<std::size_t>(*output);
  } else if (!IsPassThrough(op) && !(loops && (op == "Enter" || op == "RefEnter"))) {
    return edge;
  }
  if (slot >= inputs.size() || inputs[slot].is_control() || inputs[slot].node == kNoNode) return edge;
  return inputs[slot];
}

// All the way back. Graphs may be cyclic: the walk ends after a bounded number of steps.
inline Edge LookThrough(const Graph& graph, const Body& body, Edge edge, bool loops = false) {
  for (int steps = 0; steps < 1000; ++steps) {
    const Edge before = LookThroughOnce(graph, body, edge, loops);
    if (before == edge) break;
    edge = before;
  }
  return edge;
}

GRAPHFREEZE_NAMESPACE_END

GRAPHFREEZE_NAMESPACE_BEGIN

class Matcher;

// A test that a pattern cannot express by its shape. Sees the tensor, and the captures so far.
using PatternTest = std::function<bool(const Matcher&, const Edge&)>;

// Cheap to copy; parts may be shared between patterns.
class Pattern {
 public:
  // The inputs, in order. Further inputs of the node are not looked at.
  template <typename... Inputs>
  Pattern In(const Inputs&... inputs) const {
    return WithInputs(false, {inputs...});
  }
  // The first inputs, in any order.
  template <typename... Inputs>
  Pattern AnyOrder(const Inputs&... inputs) const {
    static_assert(sizeof...(Inputs) == 2, "AnyOrder takes two inputs; use Contains for one of many");
    return WithInputs(true, {inputs...});
  }
  // Some input of the node, whichever.
  Pattern Contains(const Pattern& input) const {
    Pattern copy = WithInputs(false, {input});
    copy.MutableNode().contains = true;
    return copy;
  }
  // Only the output of this number (0 unless said), by its number in the main graph.
  Pattern Output(std::int32_t output) const {
    Pattern copy = *this;
    copy.MutableNode().output = output;
    return copy;
  }
  // A further condition, and what it is called in WhyNot.
  Pattern Where(std::string_view what, PatternTest test) const {
    Pattern copy = *this;
    copy.MutableNode().what = std::string(what);
    copy.MutableNode().test = std::move(test);
    return copy;
  }
  // Keeps the tensor under a name.
  Pattern As(std::string_view name) const {
    Pattern copy = *this;
    copy.MutableNode().capture = std::string(name);
    return copy;
  }

 private:
  friend class Matcher;
  template <typename... Names>
  friend Pattern Op(Names... names);
  friend Pattern Any();
  template <typename... Patterns>
  friend Pattern OneOf(const Patterns&... patterns);

  enum class Kind : std::uint8_t { kAny, kOp, kOneOf };
  struct Node {
    Kind kind = Kind::kAny;
    std::vector<std::string> ops;
    std::vector<Pattern> children;  // inputs, or alternatives
    bool any_order = false, contains = false;
    std::int32_t output = -1;
    std::string capture;
    std::string what;
    PatternTest test;
  };

  explicit Pattern(Node node) : node_(std::make_shared<const Node>(std::move(node))) {}
  Node& MutableNode() {
    auto copy = std::make_shared<Node>(*node_);
    Node& node = *copy;
    node_ = std::move(copy);
    return node;
  }
  Pattern WithInputs(bool any_order, std::vector<Pattern> inputs) const {
    Pattern copy = *this;
    Node& node = copy.MutableNode();
    node.children = std::move(inputs);
    node.any_order = any_order;
    return copy;
  }

  std::shared_ptr<const Node> node_;
};

// A node with one of these ops.
template <typename... Names>
Pattern Op(Names... names) {
  Pattern::Node node;
  node.kind = Pattern::Kind::kOp;
  node.ops = {std::string(names)...};
  return Pattern(std::move(node));
}
// Any tensor.
inline Pattern Any() { return Pattern(Pattern::Node()); }
// Any tensor, kept under a name; where the name occurs again, the same tensor.
inline Pattern Bind(std::string_view name) { return Any().As(name); }
// The first of these that leads to a match of the whole.
template <typename... Patterns>
Pattern OneOf(const Patterns&... patterns) {
  Pattern::Node node;
  node.kind = Pattern::Kind::kOneOf;
  node.children = {patterns...};
  return Pattern(std::move(node));
}

// Matches patterns in one body. Keeps the captures of the last match.
class Matcher {
 public:
  // `same` tells whether two tensors are the same value; by default, the same output once looked through. It lets
  // passes accept two constants of equal value.
  using Same = std::function<bool(const Edge&, const Edge&)>;

  Matcher(const Graph& graph, const Body& body) : graph_(graph), body_(body) {
    same_ = [this](const Edge& a, const Edge& b) { return Strip(a) == Strip(b); };
  }
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;
  void set_same(Same same) { same_ = std::move(same); }
  // Look through Enter too: for loop invariants.
  void set_loops(bool loops) { loops_ = loops; }

  const Graph& graph() const { return graph_; }
  const Body& body() const { return body_; }
  Edge Strip(const Edge& edge) const { return LookThrough(graph_, body_, edge, loops_); }

  // True if the pattern matches at this tensor. `accept`, if given, sees the captures of each way to match it, and
  // may refuse: then the next way is tried.
  using Accept = std::function<bool(const Matcher&)>;
  bool Match(const Pattern& pattern, const Edge& root, const Accept& accept = nullptr) {
    accept_ = accept ? &accept : nullptr;
    captures_.clear();
    steps_ = 0;
    depth_ = deepest_ = 0;
    why_ = {};
    pattern_ = pattern.node_;  // captures and failures point into it
    const Goal goal{pattern_.get(), root, kNoNode, 0, nullptr};
    if (Solve(&goal)) return true;
    captures_.clear();
    return false;
  }

  // What a name was bound to by the last match: the tensor as the pattern's node takes it. Edge() if it was not.
  Edge operator[](std::string_view name) const {
    for (const auto& [key, edge] : captures_) {
      if (*key == name) return edge;
    }
    return Edge();
  }

  // Where the last match that failed got furthest, and what was missing there.
  std::string WhyNot() const {
    if (why_.pattern == nullptr) return {};
    std::string wanted;
    for (const std::string& op : why_.pattern->ops) wanted += Concat(wanted.empty() ? "" : " or ", op);
    if (!why_.pattern->what.empty()) wanted += Concat(wanted.empty() ? "" : ", ", why_.pattern->what);
    if (wanted.empty()) {
      wanted = why_.pattern->capture.empty() ? std::string("another tensor")
                                                    : Concat("what '", why_.pattern->capture, "' is elsewhere");
    }
    const std::string found = why_.edge.node == kNoNode
                                  ? std::string("nothing")
                                  : Concat("'", body_.Spell(why_.edge), "' (", body_.op(why_.edge.node), ")");
    if (why_.consumer == kNoNode) return Concat("wanted ", wanted, ", found ", found);
    return Concat("'", body_.name(why_.consumer), "' input ", why_.slot, ": wanted ", wanted, ", found ", found);
  }

 private:
  // What remains to be matched: a stack of goals, linked through the frames of Solve.
  struct Goal {
    const Pattern::Node* pattern;
    Edge edge;
    NodeId consumer;
    std::uint32_t slot;
    const Goal* next;
  };
  struct Failure {
    const Pattern::Node* pattern = nullptr;
    Edge edge;
    NodeId consumer = kNoNode;
    std::uint32_t slot = 0;
  };

  // Patterns are small; a graph that makes them expensive is hostile.
  static constexpr int kMaxSteps = 20000;
  static constexpr int kMaxInputs = 64;

  bool Solve(const Goal* goal) {
    if (goal == nullptr) return accept_ == nullptr || (*accept_)(*this);
    if (++steps_ > kMaxSteps) return false;
    const Pattern::Node& node = *goal->pattern;
    if (goal->edge.node == kNoNode || goal->edge.is_control()) return Fail(*goal, goal->edge);
    if (node.kind == Pattern::Kind::kOneOf) {
      for (const Pattern& alternative : node.children) {
        const Goal one{alternative.node_.get(), goal->edge, goal->consumer, goal->slot, goal->next};
        const std::size_t captured = captures_.size();
        if (Take(node, goal->edge) && Solve(&one)) return true;
        captures_.resize(captured);
      }
      return false;
    }
    if (node.kind == Pattern::Kind::kAny) {
      const std::size_t captured = captures_.size();
      if (Take(node, goal->edge) && Deeper(goal->next)) return true;
      captures_.resize(captured);
      return Fail(*goal, goal->edge);
    }
    // The op may stand right here, or behind ops that hand its value on.
    Edge edge = goal->edge;
    for (int steps = 0; steps < 1000; ++steps) {
      if (HasOp(node, edge) && SolveNode(*goal, node, edge)) return true;
      const Edge before = LookThroughOnce(graph_, body_, edge, loops_);
      if (before == edge) break;
      edge = before;
    }
    return Fail(*goal, edge);
  }

  bool HasOp(const Pattern::Node& node, const Edge& edge) const {
    if (body_.kind(edge.node) != NodeKind::kNode) return false;
    if (node.output >= 0 && edge.index != node.output) return false;
    const std::string_view op = body_.op(edge.node);
    for (const std::string& wanted : node.ops) {
      if (op == wanted) return true;
    }
    return false;
  }

  bool SolveNode(const Goal& goal, const Pattern::Node& node, const Edge& edge) {
    const std::size_t captured = captures_.size();
    const auto undo = [&] {
      captures_.resize(captured);
      return false;
    };
    if (!Take(node, edge)) return undo();
    const absl::Span<const Edge> inputs = body_.inputs(edge.node);
    if (node.contains) {
      for (std::uint32_t slot = 0; slot < inputs.size() && slot < kMaxInputs; ++slot) {
        const Goal one{node.children[0].node_.get(), inputs[slot], edge.node, slot, goal.next};
        if (Deeper(&one)) return true;
        captures_.resize(captured);
        if (!Take(node, edge)) return undo();
      }
      return undo();
    }
    if (inputs.size() < node.children.size()) return undo();
    if (node.children.empty()) return Deeper(goal.next) || undo();
    if (node.any_order) {
      for (std::uint32_t first = 0; first < 2; ++first) {
        const Goal second_goal{node.children[1].node_.get(), inputs[1 - first], edge.node, 1 - first, goal.next};
        const Goal first_goal{node.children[0].node_.get(), inputs[first], edge.node, first, &second_goal};
        if (Deeper(&first_goal)) return true;
        captures_.resize(captured);
        if (!Take(node, edge)) return undo();
      }
      return undo();
    }
    return SolveInputs(node, edge.node, inputs, goal.next) || undo();
  }

  // All inputs in order, then `next`.
  bool SolveInputs(const Pattern::Node& node, NodeId id, absl::Span<const Edge> inputs, const Goal* next) {
    absl::InlinedVector<Goal, 6> goals(node.children.size());
    for (std::size_t i = goals.size(); i-- > 0;) {
      goals[i] = {node.children[i].node_.get(), inputs[i], id, static_cast<std::uint32_t>(i),
                  i + 1 < goals.size() ? &goals[i + 1] : next};
    }
    return Deeper(goals.data());
  }

  bool Deeper(const Goal* goal) {
    ++depth_;
    const bool solved = Solve(goal);
    --depth_;
    return solved;
  }

  // Test and capture. On failure the captures may have grown: the caller resets them.
  bool Take(const Pattern::Node& node, const Edge& edge) {
    if (node.test && !node.test(*this, edge)) return false;
    if (node.capture.empty()) return true;
    for (const auto& [key, captured] : captures_) {
      if (*key == node.capture) return same_(captured, edge);
    }
    captures_.emplace_back(&node.capture, edge);
    return true;
  }

  bool Fail(const Goal& goal, const Edge& edge) {
    if (depth_ >= deepest_) {
      deepest_ = depth_;
      why_ = {goal.pattern, edge, goal.consumer, goal.slot};
    }
    return false;
  }

  const Graph& graph_;
  const Body& body_;
  Same same_;
  bool loops_ = false;
  std::vector<std::pair<const std::string*, Edge>> captures_;
  int steps_ = 0, depth_ = 0, deepest_ = 0;
  Failure why_;
  const Accept* accept_ = nullptr;  // only during Match
  std::shared_ptr<const Pattern::Node> pattern_;
};

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/rewrite/rewriter.hpp ----
// Rewriter: how passes and handlers change one body. Every change keeps the graph whole: names that somebody may ask
// for stay valid, control edges are kept, and each change is reported.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/types/span.h>


GRAPHFREEZE_NAMESPACE_BEGIN

class Rewriter {
 public:
  // `body_name` is the function's name, empty for the main graph; `pass` stands in the report.
  Rewriter(Graph& graph, Body& body, std::string_view body_name, PassContext& context, std::string_view pass)
      : graph_(graph), body_(body), body_name_(body_name), context_(context), pass_(pass) {}

  const Graph& graph() const { return graph_; }
  Body& body() { return body_; }
  NodeRef node(NodeId id) const { return body_.node(id); }

  // Everybody who takes output 0 of `node` takes `value` instead. The node becomes Identity(value) under its name,
  // so that a requested output or a control edge of that name still means the same; pruning removes it otherwise.
  absl::Status Redirect(NodeRef node, const Edge& value, std::string_view why) {
    if (value.node == kNoNode || value.is_control() || value.node == node.id()) {
      return InvalidArgument("node '", node.name(), "' cannot be replaced by itself or by nothing");
    }
    const NodeId id = node.id();
    const std::string op(node.op());
    const auto types = OutputTypes(graph_, node);
    const AttrView t = node.attr("T");
    DataType dtype = t.kind() == AttrView::Kind::kType ? t.type() : DataType::kInvalid;
    if (types && !types->empty()) dtype = (*types)[0];
    if (dtype == DataType::kInvalid) {
      return FailedPrecondition("the type of what node '", node.name(), "' (", op,
                                ") gives is not known; give the OpDef of that op");
    }
    std::vector<Edge> controls;
    for (const Edge& edge : node.inputs()) {
      if (edge.is_control()) controls.push_back(edge);
    }
    // Who waits for the node's control inputs by taking its value goes on doing so.
    if (controls.empty()) RedirectUses({id, 0, 0}, value);
    std::vector<Edge> inputs = {value};
    inputs.insert(inputs.end(), controls.begin(), controls.end());
    body_.Reset(id, "Identity", "output");
    body_.SetInputs(id, std::move(inputs));
    body_.SetAttr(id, "T", attr::Type(RemoveRef(dtype)));
    Report(id, Action::kChanged, "bypassed", Concat(op, ": ", why));
    return absl::OkStatus();
  }
  // For handlers: the node hands on one of its inputs.
  absl::Status ReplaceWithInput(NodeRef node, std::size_t input, std::string_view why = "handed on by its handler") {
    if (input >= node.data_input_count()) {
      return InvalidArgument("node '", node.name(), "' (", node.op(), ") has no data input ", input);
    }
    return Redirect(node, node.inputs()[input], why);
  }

  // Everybody who takes `from` takes `to`. Results of a function count as takers.
  void RedirectUses(const Edge& from, const Edge& to) {
    if (!consumers_) consumers_.emplace(body_);
    std::vector<NodeId> takers;
    for (const Consumers::Use use : consumers_->of(from.node)) takers.push_back(use.node);
    // The snapshot does not know of those that were redirected to `from` meanwhile.
    if (const auto it = redirected_.find(from.node); it != redirected_.end()) {
      takers.insert(takers.end(), it->second.begin(), it->second.end());
    }
    std::vector<NodeId>& to_takers = redirected_[to.node];
    for (const NodeId id : takers) {
      if (!body_.alive(id) || id == to.node) continue;
      std::vector<Edge> inputs(body_.inputs(id).begin(), body_.inputs(id).end());
      bool takes = false;
      for (Edge& edge : inputs) {
        if (!SameOutput(edge, from)) continue;
        edge = to;
        takes = true;
      }
      if (!takes) continue;
      body_.SetInputs(id, std::move(inputs));
      to_takers.push_back(id);
    }
  }

  void SetAttr(NodeRef node, std::string_view name, std::string_view attr_value, std::string_view why) {
    body_.SetAttr(node.id(), name, attr_value);
    Report(node.id(), Action::kChanged, "attr_set", Concat(node.op(), ".", name, ": ", why));
  }

  // Makes the node a constant of its name. Control inputs stay.
  absl::Status ReplaceWithConst(NodeRef node, const TensorView& value, std::string_view why) {
    const NodeId id = node.id();
    const std::string op(node.op());
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string proto, SerializeTensorProto(value));
    std::vector<Edge> controls;
    for (const Edge& edge : node.inputs()) {
      if (edge.is_control()) controls.push_back(edge);
    }
    body_.Reset(id, "Const", "output");
    body_.SetInputs(id, std::move(controls));
    body_.SetAttr(id, "dtype", attr::Type(value.dtype()));
    body_.SetAttr(id, "value", attr::Tensor(proto));
    Report(id, Action::kChanged, "made_constant", Concat(op, ": ", why));
    return absl::OkStatus();
  }

  // Says that a node was left as it is, and why.
  void Skip(NodeRef node, std::string_view code, std::string_view why) { Report(node.id(), Action::kSkipped, code, std::string(why)); }
  void Warn(NodeRef node, std::string_view code, std::string_view why) { Report(node.id(), Action::kWarning, code, std::string(why)); }

 private:
  static bool SameOutput(const Edge& a, const Edge& b) {
    // In functions the first output argument has a name, which `b` need not carry.
    return !a.is_control() && a.node == b.node && a.index == b.index && (a.arg == b.arg || b.arg == 0);
  }
  void Report(NodeId id, Action action, std::string_view code, std::string text) {
    context_.Add(pass_, body_name_, body_.name(id), action, code, std::move(text));
  }

  Graph& graph_;
  Body& body_;
  std::string body_name_;
  PassContext& context_;
  std::string pass_;
  std::optional<Consumers> consumers_;                         // of the body as it was at the first redirection
  absl::flat_hash_map<NodeId, std::vector<NodeId>> redirected_;  // takers since then, by producer
};

// Calls visit(Body&, name) for the main graph and for every function: what a pass that goes over all nodes does.
template <typename Visit>
absl::Status ForEachBody(Graph& graph, Visit&& visit) {
  GRAPHFREEZE_RETURN_IF_ERROR(visit(graph.main(), std::string_view()));
  for (FunctionId id = 0; id < graph.function_count(); ++id) {
    if (graph.function(id).alive) GRAPHFREEZE_RETURN_IF_ERROR(visit(graph.function(id).body, graph.function(id).name()));
  }
  return absl::OkStatus();
}

GRAPHFREEZE_NAMESPACE_END

// ---- graphfreeze/rewrite/scalar.hpp ----
// Scalars: the numbers that constant expressions of one element are.

#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>


GRAPHFREEZE_NAMESPACE_BEGIN

namespace detail {

// The first element of a tensor as a number; none for types that are no real numbers.
inline std::optional<double> FirstElement(const TensorView& tensor) {
  const char* p = tensor.bytes().data();
  if (tensor.bytes().size() < ElementSize(tensor.dtype()) || ElementSize(tensor.dtype()) == 0) return std::nullopt;
  switch (tensor.dtype()) {
    case DataType::kFloat:
      return LoadElement<float>(p);
    case DataType::kDouble:
      return LoadElement<double>(p);
    case DataType::kInt32:
      return LoadElement<std::int32_t>(p);
    case DataType::kInt64:
      return static_cast<double>(LoadElement<std::int64_t>(p));
    case DataType::kBool:
      return *p != 0 ? 1.0 : 0.0;
    case DataType::kBfloat16:
      return BitCast<float>(static_cast<std::uint32_t>(LoadElement<std::uint16_t>(p)) << 16);
    case DataType::kHalf: {
      const auto bits = LoadElement<std::uint16_t>(p);
      const int exponent = bits >> 10 & 31, fraction = bits & 1023;
      const double sign = (bits & 0x8000) != 0 ? -1 : 1;
      if (exponent == 31) return std::nullopt;  // infinities and NaNs scale nothing
      return sign * (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
    }
    default:
      return std::nullopt;
  }
}

}  // namespace detail

// Evaluates on demand and remembers, for one body.
class Scalars {
 public:
  Scalars(const Graph& graph, const Body& body) : graph_(graph), body_(body), evaluator_(graph, body, 1 << 16) {}

  // The number that a constant expression is: of one element, or with all elements equal. None otherwise.
  std::optional<double> Value(const Edge& edge) {
    if (edge.node == kNoNode || edge.is_control()) return std::nullopt;
    const absl::StatusOr<TensorView> value = evaluator_.Evaluate(LookThrough(graph_, body_, edge, /*loops=*/true));
    if (!value.ok()) return std::nullopt;
    const std::size_t size = ElementSize(value->dtype());
    const std::string_view bytes = value->bytes();
    if (size == 0 || bytes.empty()) return std::nullopt;
    for (std::size_t at = size; at < bytes.size(); at += size) {
      if (bytes.compare(at, size, bytes, 0, size) != 0) return std::nullopt;
    }
    return detail::FirstElement(*value);
  }
  bool Is(const Edge& edge, double number) {
    const auto value = Value(edge);
    return value && *value == number;
  }

 private:
  const Graph& graph_;
  const Body& body_;
  Evaluator evaluator_;
};

GRAPHFREEZE_NAMESPACE_END

GRAPHFREEZE_NAMESPACE_BEGIN

struct NeutralizeDropout {
  static constexpr std::string_view kName = "neutralize_dropout";

  // Nodes (the last of a dropout) that stay as they are, by name.
  std::vector<std::string> exclude;
  // Additive noise with a constant deviation, Add(x, RandomStandardNormal * 0.1), goes too.
  bool gaussian_noise = false;

  absl::Status Run(Graph& graph, PassContext& context) const;
};

namespace detail {

// True for ops that draw uniform numbers in [0, 1).
inline bool DrawsUniform(std::string_view op) {
  return op == "RandomUniform" || op == "StatelessRandomUniform" || op == "StatelessRandomUniformV2" ||
         op == "StatefulUniform";
}

class DropoutFinder {
 public:
  DropoutFinder(const Graph& graph, const Body& body) : matcher_(graph, body), scalars_(graph, body) {
    matcher_.set_loops(true);  // variational dropout draws its noise once, outside the loop
    matcher_.set_same([this](const Edge& a, const Edge& b) { return Same(a, b); });
    const auto number = [this](double wanted) {
      return Any().Where(Concat("the number ", static_cast<int>(wanted)), [this, wanted](const Matcher&, const Edge& edge) {
        return scalars_.Is(edge, wanted);
      });
    };
    const Pattern zero = OneOf(Op("ZerosLike"), number(0));
    const Pattern draw = Op("RandomUniform", "StatelessRandomUniform", "StatelessRandomUniformV2", "StatefulUniform");
    // Until 2.2, min + draw * (max - min), with a minimum of 0 and a maximum of 1.
    const Pattern stretched = OneOf(Op("Mul").AnyOrder(draw, number(1)), draw);
    const Pattern uniform = OneOf(Op("Add", "AddV2").AnyOrder(stretched, number(0)), stretched);
    const Pattern kept = OneOf(Op("GreaterEqual", "Greater").In(uniform, Bind("rate")),
                               Op("LessEqual", "Less").In(Bind("rate"), uniform),
                               Op("LessEqual", "Less").In(uniform, Bind("keep")),
                               Op("GreaterEqual", "Greater").In(Bind("keep"), uniform));
    mask_ = OneOf(Op("Floor").In(Op("Add", "AddV2").AnyOrder(uniform, Bind("keep"))), Op("Cast").In(kept)).As("mask");
    const Pattern scaled = OneOf(Op("RealDiv", "Div").In(Bind("x"), Bind("divisor")),
                                 Op("Mul").AnyOrder(Bind("x"), Bind("factor")));
    const Pattern masked = OneOf(Op("Mul").AnyOrder(mask_, Bind("x")),
                                 Op("Select", "SelectV2").In(kept.As("mask"), Bind("x"), zero));
    dropout_ = OneOf(Op("Mul").AnyOrder(mask_, scaled),
                     Op("Mul").AnyOrder(Op("Mul").AnyOrder(mask_, Bind("factor")), Bind("x")),
                     Op("Mul").AnyOrder(masked, Bind("factor")),
                     Op("RealDiv", "Div").In(masked, Bind("divisor")),
                     Op("Select", "SelectV2").In(kept.As("mask"), scaled, zero));
    masked_ = masked;
    // Keras AlphaDropout: a * (x * mask + alpha * (1 - mask)) + b.
    alpha_ = Op("Add", "AddV2")
                 .AnyOrder(Op("Mul").AnyOrder(
                               Op("Add", "AddV2")
                                   .AnyOrder(Op("Mul").AnyOrder(mask_, Bind("x")),
                                             Op("Mul").AnyOrder(Op("Sub").In(number(1), mask_), Bind("alpha"))),
                               Bind("a")),
                           Bind("b"));
    const Pattern normal = Op("RandomStandardNormal", "StatelessRandomNormal", "StatelessRandomNormalV2", "StatefulStandardNormalV2");
    const Pattern deviation = Any().Where("a constant", [this](const Matcher&, const Edge& edge) {
      return scalars_.Value(edge).has_value();
    });
    const Pattern noise = OneOf(Op("Mul").AnyOrder(normal, deviation), normal);
    gaussian_dropout_ = Op("Mul").AnyOrder(Op("Add", "AddV2").AnyOrder(noise, number(1)), Bind("x"));
    const Pattern centred = OneOf(Op("Add", "AddV2").AnyOrder(noise, number(0)), noise);
    gaussian_noise_ = Op("Add", "AddV2").AnyOrder(centred, Bind("x"));
  }

  // The tensor that a dropout whose last node this is hands on. None if it is no dropout.
  std::optional<Edge> Find(NodeId id, bool gaussian_noise) {
    const Edge root{id, 0, 0};
    if (matcher_.Match(dropout_, root, [this](const Matcher& m) { return ScaleMakesUp(m); }) ||
        matcher_.Match(alpha_, root, [this](const Matcher& m) { return IsAlpha(m); }) ||
        matcher_.Match(gaussian_dropout_, root) ||
        (gaussian_noise && matcher_.Match(gaussian_noise_, root))) {
      if (const Edge mask = matcher_["mask"]; mask.node != kNoNode) dropout_masks_.insert(mask.node);
      return matcher_["x"];
    }
    return std::nullopt;
  }

  // Remembers a node that applies a random mask, whatever else it does.
  void NoteMask(NodeId id) {
    if (matcher_.Match(masked_, {id, 0, 0})) masked_nodes_.emplace_back(id, matcher_["mask"].node);
  }
  // The nodes that apply a random mask which is part of no dropout.
  std::vector<NodeId> OtherMasks() const {
    std::vector<NodeId> others;
    for (const auto& [node, mask] : masked_nodes_) {
      if (!dropout_masks_.contains(mask)) others.push_back(node);
    }
    return others;
  }

 private:
  // One value: the same tensor, or equal numbers.
  bool Same(const Edge& a, const Edge& b) {
    if (matcher_.Strip(a) == matcher_.Strip(b)) return true;
    const auto x = scalars_.Value(a), y = scalars_.Value(b);
    return x && y && *x == *y;
  }

  // What `edge` is one minus: the inner tensor of Sub(1, inner), if it is that.
  Edge OneMinus(const Edge& edge) const { return BinaryWithOne(edge, "Sub"); }
  // The tensor that `edge` is one over.
  Edge OneOver(const Edge& edge) const {
    const Edge stripped = matcher_.Strip(edge);
    if (stripped.node == kNoNode) return Edge();
    const std::string_view op = matcher_.body().op(stripped.node);
    const absl::Span<const Edge> inputs = matcher_.body().inputs(stripped.node);
    if ((op == "Reciprocal" || op == "Inv") && !inputs.empty()) return inputs[0];
    return BinaryWithOne(edge, "RealDiv");
  }
  Edge BinaryWithOne(const Edge& edge, std::string_view wanted) const {
    const Edge stripped = matcher_.Strip(edge);
    if (stripped.node == kNoNode || stripped.is_control()) return Edge();
    const absl::Span<const Edge> inputs = matcher_.body().inputs(stripped.node);
    if (matcher_.body().op(stripped.node) != wanted || inputs.size() < 2) return Edge();
    return scalars_.Is(inputs[0], 1) ? inputs[1] : Edge();
  }

  // True if a and b add up to one: as tensors, or as numbers.
  bool AddUpToOne(const Edge& a, const Edge& b) {
    const Edge of_a = OneMinus(a), of_b = OneMinus(b);
    return (of_a.node != kNoNode && Same(of_a, b)) || (of_b.node != kNoNode && Same(of_b, a));
  }

  // The scale must be one over the share that the mask keeps.
  bool ScaleMakesUp(const Matcher& m) {
    const Edge keep = m["keep"], rate = m["rate"];
    Edge divisor = m["divisor"];
    const Edge factor = m["factor"];
    std::optional<double> kept = keep.node != kNoNode ? scalars_.Value(keep) : scalars_.Value(rate);
    if (kept && keep.node == kNoNode) kept = 1 - *kept;
    std::optional<double> scale = factor.node != kNoNode ? scalars_.Value(factor) : scalars_.Value(divisor);
    if (scale && factor.node == kNoNode) scale = 1 / *scale;
    if (kept && scale) {
      // Half precision rounds both; 1e-2 tells a scale from none for every rate that is used.
      return std::fabs(*kept * *scale - 1) <= 1e-2;
    }
    if (factor.node != kNoNode) divisor = OneOver(factor);
    if (divisor.node == kNoNode) return false;
    return keep.node != kNoNode ? Same(keep, divisor) || SameComplement(keep, divisor) : AddUpToOne(rate, divisor);
  }
  // 1 - a and 1 - b of one value, computed twice.
  bool SameComplement(const Edge& a, const Edge& b) {
    const Edge of_a = OneMinus(a), of_b = OneMinus(b);
    return of_a.node != kNoNode && of_b.node != kNoNode && Same(of_a, of_b);
  }

  bool IsAlpha(const Matcher& m) {
    constexpr double kAlpha = -1.7580993408473766;  // -scale * alpha of SELU
    const auto alpha = scalars_.Value(m["alpha"]);
    return alpha && std::fabs(*alpha - kAlpha) <= 1e-4 && scalars_.Value(m["a"]) && scalars_.Value(m["b"]);
  }

  Matcher matcher_;
  mutable Scalars scalars_;
  absl::flat_hash_set<NodeId> dropout_masks_;
  std::vector<std::pair<NodeId, NodeId>> masked_nodes_;  // with their masks
  Pattern mask_ = Any(), masked_ = Any(), dropout_ = Any(), alpha_ = Any(), gaussian_dropout_ = Any(),
          gaussian_noise_ = Any();
};

// Merge(Switch(x, p):0, Switch(x, p):1) is x, whatever p is: what a conditional dropout leaves once it is gone.
inline std::optional<Edge> MergedInput(const Graph& graph, const Body& body, NodeId merge) {
  const absl::Span<const Edge> inputs = body.inputs(merge);
  if (inputs.size() < 2 || inputs[0].is_control() || inputs[1].is_control()) return std::nullopt;
  if (inputs.size() > 2 && !inputs[2].is_control()) return std::nullopt;
  const Edge a = LookThrough(graph, body, inputs[0]), b = LookThrough(graph, body, inputs[1]);
  const auto is_switch = [&](const Edge& edge) {
    return edge.node != kNoNode && !edge.is_control() && edge.arg == 0 && body.op(edge.node) == "Switch" &&
           body.inputs(edge.node).size() >= 2;
  };
  if (!is_switch(a) || !is_switch(b) || a.index + b.index != 1) return std::nullopt;
  const absl::Span<const Edge> of_a = body.inputs(a.node), of_b = body.inputs(b.node);
  if (LookThrough(graph, body, of_a[0]) != LookThrough(graph, body, of_b[0])) return std::nullopt;
  if (LookThrough(graph, body, of_a[1]) != LookThrough(graph, body, of_b[1])) return std::nullopt;
  return of_a[0];
}

// CudnnRNN has its dropout inside.
inline void CalmCudnnRnn(const Graph& graph, NodeRef node, Rewriter* rewriter) {
  if (AttrOrDefault(graph, node, "dropout").f() != 0) {
    std::string zero;
    wire::PutFixed32Field(&zero, 4, 0);
    rewriter->SetAttr(node, "dropout", zero, "no dropout at inference");
  }
  if (AttrOrDefault(graph, node, "is_training").b()) {
    rewriter->SetAttr(node, "is_training", attr::Bool(false), "inference");
  }
}

}  // namespace detail

inline absl::Status NeutralizeDropout::Run(Graph& graph, PassContext& context) const {
  const NameSet excluded(exclude.begin(), exclude.end());
  return ForEachBody(graph, [&](Body& body, std::string_view name) -> absl::Status {
    // Most bodies draw no random numbers: nothing to look for.
    bool random = false;
    body.ForEachNode([&](NodeRef node) {
      const std::string_view op = node.op();
      random = random || op.find("Random") != std::string_view::npos || op.substr(0, 8) == "Stateful" ||
               op.substr(0, 8) == "CudnnRNN";
    });
    if (!random) return absl::OkStatus();

    detail::DropoutFinder finder(graph, body);
    Rewriter rewriter(graph, body, name, context, kName);
    bool found = false;
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode) continue;
      const std::string_view op = body.op(id);
      if (op == "CudnnRNN" || op == "CudnnRNNV2" || op == "CudnnRNNV3") {
        detail::CalmCudnnRnn(graph, body.node(id), &rewriter);
        continue;
      }
      if (op != "Mul" && op != "RealDiv" && op != "Div" && op != "Select" && op != "SelectV2" && op != "Add" &&
          op != "AddV2") {
        continue;
      }
      const std::optional<Edge> x = finder.Find(id, gaussian_noise);
      if (!x) {
        finder.NoteMask(id);
      } else if (excluded.contains(body.name(id))) {
        rewriter.Skip(body.node(id), "excluded", "dropout, excluded by the caller");
      } else {
        found = true;
        GRAPHFREEZE_RETURN_IF_ERROR(rewriter.Redirect(body.node(id), *x, "dropout hands its input on"));
      }
    }
    for (const NodeId id : finder.OtherMasks()) {
      rewriter.Warn(body.node(id), "random_mask",
                    "a random mask without the scale that would make it dropout was left as it is; if only training "
                    "needs it, write a handler or a pass that removes it");
    }
    for (NodeId id = 0; found && id < body.size(); ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode || body.op(id) != "Merge") continue;
      if (const auto input = detail::MergedInput(graph, body, id)) {
        GRAPHFREEZE_RETURN_IF_ERROR(rewriter.Redirect(body.node(id), *input, "both branches hand the same tensor on"));
      }
    }
    return absl::OkStatus();
  });
}

GRAPHFREEZE_NAMESPACE_END
