// DataType: the element types of tensors, with the numbers that tensorflow.DataType gives them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>

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
