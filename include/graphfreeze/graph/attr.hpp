// AttrView: one AttrValue message, read where it lies. AttrBuilder: small AttrValues, made.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/dtype.hpp>
#include <graphfreeze/tensor/shape.hpp>
#include <graphfreeze/wire/proto.hpp>

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
inline std::string Float(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  std::string out;
  wire::PutFixed32Field(&out, 4, bits);
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
