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
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>

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
inline const char* ReadVarint(const char* p, const char* end, std::uint64_t* value);

// The same, out of line: most varints are of one byte, and reading those should be inlined.
__attribute__((noinline)) inline const char* ReadLongVarint(const char* p, const char* end, std::uint64_t* value) {
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

inline const char* ReadVarint(const char* p, const char* end, std::uint64_t* value) {
  if (p < end && static_cast<unsigned char>(*p) < 0x80) {
    *value = static_cast<unsigned char>(*p);
    return p + 1;
  }
  return ReadLongVarint(p, end, value);
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
