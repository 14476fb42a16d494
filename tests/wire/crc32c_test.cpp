#include <graphfreeze/wire/crc32c.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using graphfreeze::wire::Crc32c;

namespace {

std::string Noise(std::size_t n) {
  std::string bytes(n, '\0');
  std::uint32_t x = 12345;
  for (char& c : bytes) {
    x = x * 1664525 + 1013904223;
    c = static_cast<char>(x >> 24);
  }
  return bytes;
}

// The definition: one bit at a time.
std::uint32_t BitByBit(std::string_view bytes) {
  std::uint32_t crc = 0xffffffffu;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
  }
  return ~crc;
}

}  // namespace

TEST_CASE("published values of CRC-32C, by every routine") {
  std::string ascending(32, '\0');
  for (int i = 0; i < 32; ++i) ascending[static_cast<std::size_t>(i)] = static_cast<char>(i);
  for (const Crc32c& crc : {Crc32c::Best(), Crc32c::Portable()}) {
    CHECK(crc.Of("") == 0);
    CHECK(crc.Of("a") == 0xc1d04330u);
    CHECK(crc.Of("123456789") == 0xe3069283u);
    CHECK(crc.Of(std::string(32, '\0')) == 0x8a9136aau);
    CHECK(crc.Of(std::string(32, '\xff')) == 0x62a8ab43u);
    CHECK(crc.Of(ascending) == 0x46dd794eu);
  }
}

TEST_CASE("masking is TensorFlow's and is undone by unmasking") {
  CHECK(Crc32c::Mask(0) == 0xa282ead8u);
  CHECK(Crc32c::Mask(0xc1d04330u) == 0x28e46e78u);
  CHECK(Crc32c::Mask(0xe3069283u) == 0xc78ab0e5u);
  for (const std::uint32_t crc : {0u, 1u, 0x7fffu, 0x8000u, 0xdeadbeefu, 0xffffffffu}) {
    CHECK(Crc32c::Unmask(Crc32c::Mask(crc)) == crc);
  }
}

TEST_CASE("routines agree with the definition at every length and alignment around their block sizes") {
  const std::string noise = Noise(70000);
  const Crc32c best = Crc32c::Best(), portable = Crc32c::Portable();
  std::vector<std::size_t> lengths;
  for (std::size_t n = 0; n < 300; ++n) lengths.push_back(n);
  for (const std::size_t block : {3u * 256, 3u * 8192, 2u * 3 * 8192, 3u * 8192 + 3 * 256}) {
    for (std::size_t n = block - 9; n < block + 10; ++n) lengths.push_back(n);
  }
  lengths.push_back(69000);
  for (const std::size_t n : lengths) {
    const std::string_view bytes = std::string_view(noise).substr(n % 9, n);
    const std::uint32_t expected = BitByBit(bytes);
    CHECK(best.Of(bytes) == expected);
    CHECK(portable.Of(bytes) == expected);
  }
}

TEST_CASE("a checksum continues, and two combine, wherever the bytes are cut") {
  const std::string noise = Noise(30000);
  const Crc32c crc;
  const std::uint32_t whole = crc.Of(noise);
  for (std::size_t cut = 0; cut <= noise.size(); cut += 1237) {
    const std::string_view first = std::string_view(noise).substr(0, cut), second = std::string_view(noise).substr(cut);
    CHECK(crc.Extend(crc.Of(first), second) == whole);
    CHECK(Crc32c::Combine(crc.Of(first), crc.Of(second), second.size()) == whole);
  }
}

TEST_CASE("combining knows of lengths that no buffer has") {
  // Appending 2^40 zero bytes in one step, and in two.
  const std::uint64_t half = std::uint64_t{1} << 39;
  const std::uint32_t once = Crc32c::Combine(0x12345678u, 0, 2 * half);
  CHECK(Crc32c::Combine(Crc32c::Combine(0x12345678u, 0, half), 0, half) == once);
}
