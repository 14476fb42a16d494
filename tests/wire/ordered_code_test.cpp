#include <graphfreeze/wire/ordered_code.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace wire = graphfreeze::wire;

namespace {

std::string Hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    out += "0123456789abcdef"[c & 15];
  }
  return out;
}
std::string Number(std::uint64_t value) {
  std::string out;
  wire::PutOrderedNumber(&out, value);
  return out;
}
std::string Text(std::string_view value) {
  std::string out;
  wire::PutOrderedString(&out, value);
  return out;
}
std::string Signed(std::int64_t value) {
  std::string out;
  wire::PutOrderedSigned(&out, value);
  return out;
}

}  // namespace

TEST_CASE("unsigned numbers in ordered code") {
  CHECK(Hex(Number(0)) == "00");
  CHECK(Hex(Number(1)) == "0101");
  CHECK(Hex(Number(255)) == "01ff");
  CHECK(Hex(Number(256)) == "020100");
  CHECK(Hex(Number(~std::uint64_t{0})) == "08ffffffffffffffff");
}

TEST_CASE("strings in ordered code") {
  CHECK(Hex(Text("")) == "0001");
  CHECK(Hex(Text(std::string_view("a\0b", 3))) == "6100ff620001");
  CHECK(Hex(Text("\xff")) == "ff000001");
}

TEST_CASE("signed numbers in ordered code") {
  CHECK(Hex(Signed(0)) == "80");
  CHECK(Hex(Signed(1)) == "81");
  CHECK(Hex(Signed(-1)) == "7f");
  CHECK(Hex(Signed(63)) == "bf");
  CHECK(Hex(Signed(64)) == "c040");
  CHECK(Hex(Signed(-64)) == "40");
  CHECK(Hex(Signed(-65)) == "3fbf");
  CHECK(Hex(Signed(8191)) == "dfff");
  CHECK(Hex(Signed(8192)) == "e02000");
  CHECK(Hex(Signed(-8192)) == "2000");
  CHECK(Hex(Signed(-8193)) == "1fdfff");
  CHECK(Hex(Signed(0x424242)) == "f0424242");
  CHECK(Hex(Signed(-2048)) == "3800");
  CHECK(Hex(Signed(1 << 20)) == "f0100000");
  CHECK(Hex(Signed((std::numeric_limits<std::int64_t>::max)())) == "ffc07fffffffffffffff");
  CHECK(Hex(Signed((std::numeric_limits<std::int64_t>::min)())) == "003f8000000000000000");
}

TEST_CASE("encoded numbers sort like the numbers") {
  std::vector<std::int64_t> values;
  for (int shift = 0; shift < 63; ++shift) {
    for (const std::int64_t near : {-1, 0, 1}) {
      values.push_back((std::int64_t{1} << shift) + near);
      values.push_back(-(std::int64_t{1} << shift) + near);
    }
  }
  for (const std::int64_t a : values) {
    for (const std::int64_t b : values) {
      if (a < b) CHECK(Signed(a) < Signed(b));
      if (a >= 0 && a < b) CHECK(Number(static_cast<std::uint64_t>(a)) < Number(static_cast<std::uint64_t>(b)));
    }
  }
}
