#include <graphfreeze/checkpoint/tensor_slice.hpp>

#include <cstdint>
#include <limits>
#include <string>

#include <doctest/doctest.h>

namespace gf = graphfreeze;
using gf::Shape;
using gf::TensorSlice;

namespace {

std::string Proto(std::initializer_list<std::pair<std::int64_t, std::int64_t>> extents, bool with_length = true) {
  std::string out;
  for (const auto& [start, length] : extents) {
    std::string body;
    gf::wire::PutVarintField(&body, 1, static_cast<std::uint64_t>(start));
    if (with_length) gf::wire::PutVarintField(&body, 2, static_cast<std::uint64_t>(length));
    gf::wire::PutBytesField(&out, 1, body);
  }
  return out;
}

constexpr std::int64_t kMax = (std::numeric_limits<std::int64_t>::max)();

}  // namespace

TEST_CASE("the text form of a slice is read and written") {
  const auto slice = TensorSlice::Parse("7,7:0,4:-");
  REQUIRE(slice.ok());
  CHECK((*slice == TensorSlice{{7, 7}, {0, 4}, {0, -1}}));
  CHECK(slice->ToString() == "7,7:0,4:-");
  CHECK(TensorSlice::Parse("")->extents().empty());
  for (const char* bad : {"7", "7,", ",7", "7,0", "7,-1", "-1,7", "a,b", "1,2:", ":1,2", "1,2;3,4", "1, 2", "--",
                          "9223372036854775808,1"}) {
    CAPTURE(bad);
    CHECK(TensorSlice::Parse(bad).status().code() == absl::StatusCode::kInvalidArgument);
  }
}

TEST_CASE("shape_and_slices texts of RestoreV2 are read") {
  const auto part = gf::ShapeAndSlice::Parse("20 4 7,7:0,4");
  REQUIRE(part.ok());
  CHECK((part->shape == Shape{20, 4}));
  CHECK((part->slice == TensorSlice{{7, 7}, {0, 4}}));
  const auto none = gf::ShapeAndSlice::Parse("");
  CHECK_FALSE(none->shape.has_rank());
  CHECK(none->slice.extents().empty());
  for (const char* bad : {"20 4 7,14:0,4", "20 4 7,7", "20 x 7,7:0,4", "-1 0,1", "20 4", " 1,2", "20  4 0,1:-"}) {
    CAPTURE(bad);
    CHECK_FALSE(gf::ShapeAndSlice::Parse(bad).ok());
  }
}

TEST_CASE("a TensorSliceProto is read; an empty extent is the whole dimension") {
  CHECK((*TensorSlice::FromProto(Proto({{2, 3}})) == TensorSlice{{2, 3}}));
  CHECK((*TensorSlice::FromProto(std::string("\x0a\x00\x0a\x02\x10\x02", 6)) == TensorSlice{{0, -1}, {0, 2}}));
  CHECK(TensorSlice::FromProto("")->extents().empty());
  CHECK_FALSE(TensorSlice::FromProto(Proto({{2, 0}})).ok());
  CHECK_FALSE(TensorSlice::FromProto(Proto({{2, -1}})).ok());
  CHECK_FALSE(TensorSlice::FromProto(Proto({{-2, 1}})).ok());
  CHECK_FALSE(TensorSlice::FromProto(Proto({{2, 0}}, false)).ok());
  CHECK_FALSE(TensorSlice::FromProto("\x0a\x05").ok());
  std::string many;
  for (int i = 0; i < 255; ++i) many += Proto({{0, 1}});
  CHECK_FALSE(TensorSlice::FromProto(many).ok());
}

TEST_CASE("a slice must lie inside the shape, with no sum that overflows") {
  const Shape shape{10, 4};
  const auto box = TensorSlice{{3, 7}, {0, -1}}.In(shape);
  REQUIRE(box.ok());
  CHECK((box->start == Shape::Dims{3, 0}));
  CHECK((box->size == Shape::Dims{7, 4}));
  CHECK(box->NumElements() == 28);
  CHECK((*TensorSlice().In(shape) == gf::Box::Whole(shape)));
  for (const TensorSlice& bad :
       {TensorSlice{{3, 8}, {0, -1}}, TensorSlice{{3, 7}}, TensorSlice{{11, 1}, {0, 4}}, TensorSlice{{kMax, 1}, {0, 4}},
        TensorSlice{{1, kMax}, {0, 4}}, TensorSlice{{kMax, kMax}, {0, 4}}, TensorSlice{{-1, 2}, {0, 4}},
        TensorSlice{{0, 0}, {0, 4}}, TensorSlice{{5, -1}, {0, 4}}}) {
    CAPTURE(bad.ToString());
    CHECK(bad.In(shape).status().code() == absl::StatusCode::kInvalidArgument);
  }
}

TEST_CASE("the key of a stored slice is TensorFlow's") {
  CHECK((TensorSlice{{2, 2}, {0, -1}}.Key("p") == std::string("\0p\0\1\1\2\x82\x82\x80\x7f", 10)));
  // A whole dimension that is spelled out is another key.
  CHECK((TensorSlice{{2, 2}, {0, 4}}.Key("p") == std::string("\0p\0\1\1\2\x82\x82\x80\x84", 10)));
  CHECK((TensorSlice().Key("a") == std::string("\0a\0\1\0", 5)));
}
