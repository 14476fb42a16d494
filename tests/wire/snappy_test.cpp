#include <graphfreeze/wire/snappy.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "../checkpoint/bundle_writer.hpp"
#include <doctest/doctest.h>

using graphfreeze::wire::SnappyDecompress;

namespace {

std::string Bytes(std::initializer_list<int> bytes) {
  std::string out;
  for (const int byte : bytes) out.push_back(static_cast<char>(byte));
  return out;
}

constexpr std::uint64_t kMax = 1 << 20;

}  // namespace

TEST_CASE("a copy may repeat what it writes") {
  CHECK(SnappyDecompress(Bytes({0x0a, 0x00, 0x61, 0x15, 0x01}), kMax).value() == "aaaaaaaaaa");
}

TEST_CASE("literals and copies of all forms expand") {
  CHECK(SnappyDecompress(Bytes({0x0c, 0x1c, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 0x01, 0x08}), kMax).value() ==
        "abcdefghabcd");
  // Two- and four-byte offsets.
  CHECK(SnappyDecompress(Bytes({0x06, 0x08, 'a', 'b', 'c', 0x0a, 3, 0}), kMax).value() == "abcabc");
  CHECK(SnappyDecompress(Bytes({0x06, 0x08, 'a', 'b', 'c', 0x0b, 3, 0, 0, 0}), kMax).value() == "abcabc");
  // Literals with one to four bytes of length.
  for (int extra = 1; extra <= 4; ++extra) {
    std::string stream = Bytes({3, (59 + extra) << 2, 2});
    stream.append(static_cast<std::size_t>(extra - 1), '\0');
    CHECK(SnappyDecompress(stream + "xyz", kMax).value() == "xyz");
  }
  CHECK(SnappyDecompress(Bytes({0}), kMax).value().empty());
}

TEST_CASE("damaged streams are errors") {
  const struct {
    const char* what;
    std::string stream;
  } cases[] = {
      {"empty", ""},
      {"length of six bytes", Bytes({0x80, 0x80, 0x80, 0x80, 0x80, 0x00})},
      {"length of 2^32", Bytes({0x80, 0x80, 0x80, 0x80, 0x10})},
      {"more than it can expand to", Bytes({0xff, 0xff, 0x03, 0x00, 'a'})},
      {"literal longer than the input", Bytes({5, 0x10, 'a', 'b'})},
      {"literal of 2^32 bytes", Bytes({5, 0xfc, 0xff, 0xff, 0xff, 0xff, 'a'})},
      {"literal longer than the output", Bytes({1, 0x04, 'a', 'b'})},
      {"length bytes missing", Bytes({5, 0xf4, 1})},
      {"copy offset missing", Bytes({5, 0x00, 'a', 0x01})},
      {"copy offset zero", Bytes({5, 0x00, 'a', 0x01, 0x00})},
      {"copy from before the start", Bytes({5, 0x00, 'a', 0x01, 0x02})},
      {"copy longer than the output", Bytes({4, 0x00, 'a', 0x01, 0x01})},
      {"output too short", Bytes({9, 0x00, 'a'})},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    CHECK(SnappyDecompress(one.stream, kMax).status().code() == absl::StatusCode::kDataLoss);
  }
}

TEST_CASE("no more is allocated than the caller accepts") {
  const std::string stream = bundle_writer::SnappyCompress(std::string(5000, 'x'));
  CHECK(SnappyDecompress(stream, 5000).value() == std::string(5000, 'x'));
  CHECK(SnappyDecompress(stream, 4999).status().code() == absl::StatusCode::kResourceExhausted);
}

TEST_CASE("what is compressed comes back, and no flipped bit of it does harm") {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "layer_" + std::to_string(i % 37) + "/kernel" + std::to_string(i * i);
  text += std::string(200, 'z') + std::string(70000, 'q');
  const std::string stream = bundle_writer::SnappyCompress(text);
  CHECK(stream.size() < text.size() / 4);
  CHECK(SnappyDecompress(stream, kMax).value() == text);
  for (std::size_t i = 0; i < stream.size(); i += 3) {
    std::string bad = stream;
    bad[i] = static_cast<char>(bad[i] ^ (1 << i % 8));
    const absl::StatusOr<std::string> out = SnappyDecompress(bad, kMax);
    if (out.ok()) CHECK(out->size() <= kMax);
  }
  for (std::size_t size = 0; size < stream.size(); size += 7) {
    CHECK_FALSE(SnappyDecompress(std::string_view(stream).substr(0, size), kMax).ok());
  }
}
