#include <graphfreeze/tensor/shape.hpp>

#include <cstdint>
#include <limits>
#include <string>

#include <doctest/doctest.h>

namespace gf = graphfreeze;
using gf::Shape;

namespace {
constexpr std::int64_t kMax = (std::numeric_limits<std::int64_t>::max)();
}

TEST_CASE("shapes are written as protobuf writes them, and read back") {
  CHECK(Shape().Serialize().empty());
  CHECK((Shape{2, 0, 3}.Serialize() == std::string("\x12\x02\x08\x02\x12\x00\x12\x02\x08\x03", 10)));
  CHECK((Shape{-1}.Serialize() == std::string("\x12\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 13)));
  CHECK((Shape::UnknownRank().Serialize() == std::string("\x18\x01", 2)));
  for (const Shape& shape : {Shape(), Shape{0}, Shape{1, 2, 3, 4, 5, 6}, Shape{-1, 7}, Shape{kMax}, Shape::UnknownRank()}) {
    const auto read = Shape::Parse(shape.Serialize());
    REQUIRE(read.ok());
    CHECK((*read == shape));
  }
}

TEST_CASE("an empty Dim is a dimension of zero") {
  const auto shape = Shape::Parse(std::string("\x12\x00", 2));
  REQUIRE(shape->rank() == 1);
  CHECK(shape->dim(0) == 0);
}

TEST_CASE("names of dimensions and fields of the future are stepped over") {
  const auto shape = Shape::Parse(std::string("\x12\x07\x08\x05\x12\x03" "abc\x50\x01", 11));
  REQUIRE_MESSAGE(shape.ok(), shape.status().ToString());
  CHECK((*shape == Shape{5}));
}

TEST_CASE("dimensions below -1, too many of them, and malformed protos are errors") {
  CHECK_FALSE(Shape::Parse(Shape{-2}.Serialize()).ok());
  CHECK_FALSE(Shape::Parse("\x12\x05").ok());
  CHECK_FALSE(Shape::Parse(std::string("\x12\x01\x08", 3)).ok());
  std::string dims;
  for (int i = 0; i < 254; ++i) dims += std::string("\x12\x02\x08\x01", 4);
  CHECK(Shape::Parse(dims)->rank() == 254);
  CHECK_FALSE(Shape::Parse(dims + dims).ok());
}

TEST_CASE("an unknown rank has no dimensions, whatever else is written") {
  const auto shape = Shape::Parse(std::string("\x12\x02\x08\x02\x18\x01", 6));
  CHECK_FALSE(shape->has_rank());
  CHECK(shape->rank() == 0);
  CHECK_FALSE(shape->IsFullyDefined());
}

TEST_CASE("elements are counted, and counts that overflow are errors") {
  CHECK(*Shape().NumElements() == 1);
  CHECK(*Shape({2, 3, 4}).NumElements() == 24);
  CHECK(*Shape({2, 0, 4}).NumElements() == 0);
  CHECK(*Shape({kMax}).NumElements() == kMax);
  CHECK_FALSE(Shape({kMax, 2}).NumElements().ok());
  CHECK_FALSE(Shape({std::int64_t{1} << 32, std::int64_t{1} << 31}).NumElements().ok());
  // A zero does not hide it, wherever it stands.
  CHECK_FALSE(Shape({0, kMax, kMax}).NumElements().ok());
  CHECK_FALSE(Shape({kMax, kMax, 0}).NumElements().ok());
  CHECK_FALSE(Shape({-1}).NumElements().ok());
  CHECK_FALSE(Shape::UnknownRank().NumElements().ok());
}

TEST_CASE("shapes are compatible where one tensor could have both") {
  CHECK(Shape({2, -1}).IsCompatibleWith(Shape{2, 5}));
  CHECK(Shape::UnknownRank().IsCompatibleWith(Shape{2, 5}));
  CHECK_FALSE(Shape({2, 3}).IsCompatibleWith(Shape{2, 5}));
  CHECK_FALSE(Shape({2}).IsCompatibleWith(Shape{2, 1}));
  CHECK_FALSE(Shape().IsCompatibleWith(Shape{1}));
}

TEST_CASE("shapes as text") {
  CHECK(Shape().ToString() == "[]");
  CHECK(Shape({2, -1, 0}).ToString() == "[2,?,0]");
  CHECK(Shape::UnknownRank().ToString() == "unknown");
}
