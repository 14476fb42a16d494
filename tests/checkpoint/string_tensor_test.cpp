#include <graphfreeze/checkpoint/string_tensor.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bundle_writer.hpp"
#include <doctest/doctest.h>

namespace gf = graphfreeze;

namespace {

absl::StatusOr<std::vector<std::string_view>> Read(const std::string& bytes, std::uint64_t count, std::uint32_t crc,
                                                   bool verify = true) {
  return gf::checkpoint_detail::ReadStrings(bytes, count, crc, gf::wire::Crc32c(), verify);
}

}  // namespace

TEST_CASE("the documented string tensor is read") {
  const std::string bytes("\x02\x00\x78\x27\x0b\x34hi", 8);
  const auto strings = Read(bytes, 2, gf::wire::Crc32c::Unmask(0xed489e9eu));
  REQUIRE_MESSAGE(strings.ok(), strings.status().ToString());
  CHECK((*strings == std::vector<std::string_view>{"hi", ""}));
  CHECK((*strings)[0].data() == bytes.data() + 6);
}

TEST_CASE("more strings than there can be are refused before anything is allocated for them") {
  for (const std::uint64_t count : {std::uint64_t{5}, std::uint64_t{1} << 60, ~std::uint64_t{0}}) {
    CHECK(Read("12345678", count, 0).status().code() == absl::StatusCode::kDataLoss);
  }
  CHECK_FALSE(Read("123", 0, 0).ok());
}

TEST_CASE("lengths must add up to what is there, with no sum that overflows") {
  const auto with_lengths = [](std::initializer_list<std::uint64_t> lengths, std::size_t rest) {
    std::string bytes;
    for (const std::uint64_t length : lengths) gf::wire::PutVarint(&bytes, length);
    return bytes + std::string(4 + rest, 'x');
  };
  CHECK(Read(with_lengths({3, 2}, 5), 2, 0, false).ok());
  CHECK_FALSE(Read(with_lengths({3, 2}, 4), 2, 0, false).ok());
  CHECK_FALSE(Read(with_lengths({3, 2}, 6), 2, 0, false).ok());
  const std::uint64_t huge = ~std::uint64_t{0};
  CHECK_FALSE(Read(with_lengths({huge, 6}, 5), 2, 0, false).ok());
  CHECK_FALSE(Read(with_lengths({huge / 2 + 1, huge / 2 + 1}, 0), 2, 0, false).ok());
  CHECK_FALSE(Read(std::string("\x80\x80\x80\x80\x80\x80", 6), 2, 0, false).ok());
}

TEST_CASE("both checksums are compared") {
  const std::string good("\x02\x00\x78\x27\x0b\x34hi", 8);
  const std::uint32_t crc = gf::wire::Crc32c::Unmask(0xed489e9eu);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    CHECK(Read(bad, 2, crc).status().code() == absl::StatusCode::kDataLoss);
  }
  CHECK(Read(good, 2, crc ^ 1).status().code() == absl::StatusCode::kDataLoss);
  CHECK(Read(good, 2, crc ^ 1, false).ok());
}
