#include <graphfreeze/support/status.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>

namespace gf = graphfreeze;

namespace {

absl::StatusOr<int> Half(int n) {
  if (n % 2 != 0) return gf::InvalidArgument(n, " is odd");
  return n / 2;
}
absl::StatusOr<int> Quarter(int n) {
  GRAPHFREEZE_ASSIGN_OR_RETURN(const int half, Half(n));
  int quarter = 0;
  GRAPHFREEZE_ASSIGN_OR_RETURN(quarter, Half(half));
  return quarter;
}
absl::Status Check(int n) {
  GRAPHFREEZE_RETURN_IF_ERROR(Half(n).status());
  return absl::OkStatus();
}
absl::StatusOr<std::unique_ptr<int>> MakeOnly() { return std::make_unique<int>(7); }
absl::StatusOr<int> UseOnly() {
  GRAPHFREEZE_ASSIGN_OR_RETURN(const std::unique_ptr<int> only, MakeOnly());
  return *only;
}

}  // namespace

TEST_CASE("messages are put together from text and numbers of every kind") {
  const std::string text = "string";
  CHECK(gf::Concat("a ", std::string_view("view"), " ", text, " ", 1, " ", -2L, " ", std::uint8_t{200}) ==
        "a view string 1 -2 200");
  CHECK(gf::Concat((std::numeric_limits<std::int64_t>::min)(), " ", (std::numeric_limits<std::uint64_t>::max)()) ==
        "-9223372036854775808 18446744073709551615");
  CHECK(gf::Concat("only") == "only");
}

TEST_CASE("each kind of error has its code") {
  CHECK(gf::InvalidArgument("x").code() == absl::StatusCode::kInvalidArgument);
  CHECK(gf::NotFound("x").code() == absl::StatusCode::kNotFound);
  CHECK(gf::DataLoss("x").code() == absl::StatusCode::kDataLoss);
  CHECK(gf::FailedPrecondition("x").code() == absl::StatusCode::kFailedPrecondition);
  CHECK(gf::Unimplemented("x").code() == absl::StatusCode::kUnimplemented);
  CHECK(gf::ResourceExhausted("x", 1).code() == absl::StatusCode::kResourceExhausted);
}

TEST_CASE("a status leaves the function that meets it, with its code and message") {
  CHECK(*Quarter(8) == 2);
  CHECK((Quarter(7).status().message() == "7 is odd"));
  CHECK((Quarter(6).status().message() == "3 is odd"));
  CHECK(Check(4).ok());
  CHECK(Check(5).code() == absl::StatusCode::kInvalidArgument);
  CHECK(*UseOnly() == 7);
}

TEST_CASE("an annotation goes before the message and keeps the code; none on success") {
  CHECK(gf::Annotate(absl::OkStatus(), "where").ok());
  const absl::Status status = gf::Annotate(gf::DataLoss("what"), "where");
  CHECK(status.code() == absl::StatusCode::kDataLoss);
  CHECK((status.message() == "where: what"));
}

TEST_CASE("string views cross the border to Abseil and back") {
  const std::string_view text("a\0b", 3);
  CHECK((gf::FromAbsl(gf::ToAbsl(text)) == text));
  CHECK(gf::ToAbsl(text).data() == text.data());
}
