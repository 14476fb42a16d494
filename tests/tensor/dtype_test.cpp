#include <graphfreeze/tensor/dtype.hpp>

#include <cstdint>
#include <string>

#include <doctest/doctest.h>

namespace gf = graphfreeze;
using gf::DataType;

TEST_CASE("types have TensorFlow's names, numbers and sizes") {
  const struct {
    int number;
    const char* name;
    std::size_t size;
  } cases[] = {{1, "float32", 4},   {2, "float64", 8},    {7, "string", 0},   {8, "complex64", 8}, {10, "bool", 1},
               {14, "bfloat16", 2}, {18, "complex128", 16}, {19, "float16", 2}, {20, "resource", 0}, {21, "variant", 0},
               {23, "uint64", 8},   {25, "float8_e4m3fn", 1}, {29, "int4", 1},  {32, "uint2", 1}};
  for (const auto& one : cases) {
    const DataType dtype = static_cast<DataType>(one.number);
    CHECK(gf::Name(dtype) == one.name);
    CHECK(gf::ElementSize(dtype) == one.size);
    CHECK(gf::DataTypeFromName(one.name) == dtype);
    CHECK(gf::IsKnown(dtype));
  }
}

TEST_CASE("every known type is found by its name") {
  for (int number = 1; number <= 33; ++number) {
    const DataType dtype = static_cast<DataType>(number);
    CHECK(gf::DataTypeFromName(gf::Name(dtype)) == dtype);
  }
  CHECK(gf::DataTypeFromName("float") == DataType::kFloat);
  CHECK(gf::DataTypeFromName("half") == DataType::kHalf);
  CHECK(gf::DataTypeFromName("double") == DataType::kDouble);
  CHECK(gf::DataTypeFromName("int128") == DataType::kInvalid);
  CHECK(gf::DataTypeFromName("") == DataType::kInvalid);
}

TEST_CASE("reference types are the plain ones behind an edge, and have no size") {
  const DataType ref = static_cast<DataType>(101);
  CHECK(gf::IsRef(ref));
  CHECK(gf::RemoveRef(ref) == DataType::kFloat);
  CHECK(gf::Name(ref) == "float32_ref");
  CHECK(gf::ElementSize(ref) == 0);
  CHECK_FALSE(gf::IsRef(DataType::kFloat));
  CHECK(gf::RemoveRef(DataType::kFloat) == DataType::kFloat);
}

TEST_CASE("numbers that no type has are kept, named, and have no size") {
  for (const int number : {-2147483647, -1, 0, 34, 77, 134, 200, 2147483647}) {
    const DataType dtype = static_cast<DataType>(number);
    CHECK_FALSE(gf::IsKnown(dtype));
    CHECK(gf::ElementSize(dtype) == 0);
    CHECK(gf::Name(dtype) == "dtype " + std::to_string(number));
  }
}
