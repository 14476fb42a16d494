#include <graphfreeze/wire/proto.hpp>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace wire = graphfreeze::wire;

namespace {

std::string Bytes(std::initializer_list<int> bytes) {
  std::string out;
  for (const int byte : bytes) out.push_back(static_cast<char>(byte));
  return out;
}

}  // namespace

TEST_CASE("varints of every length are read back") {
  for (int shift = 0; shift < 64; ++shift) {
    for (const std::uint64_t value : {std::uint64_t{1} << shift, (std::uint64_t{1} << shift) - 1}) {
      std::string text;
      wire::PutVarint(&text, value);
      CHECK(text.size() == wire::VarintSize(value));
      std::uint64_t read = 0;
      CHECK(wire::ReadVarint(text.data(), text.data() + text.size(), &read) == text.data() + text.size());
      CHECK(read == value);
      // One byte less is an error, not a shorter number.
      CHECK(wire::ReadVarint(text.data(), text.data() + text.size() - 1, &read) == nullptr);
    }
  }
}

TEST_CASE("a varint of eleven bytes is refused") {
  const std::string text = std::string(10, '\x80') + '\x01';
  std::uint64_t value = 0;
  CHECK(wire::ReadVarint(text.data(), text.data() + text.size(), &value) == nullptr);
}

TEST_CASE("fields of each wire type are read where they lie") {
  std::string message;
  wire::PutVarintField(&message, 1, 300);
  wire::PutFixed64Field(&message, 2, 0x1122334455667788u);
  wire::PutBytesField(&message, 3, "abc");
  wire::PutFixed32Field(&message, 4, 0xa1b2c3d4u);
  wire::FieldReader reader(message);
  REQUIRE(reader.Next());
  CHECK(reader.key() == wire::Key(1, wire::Type::kVarint));
  CHECK(reader.varint() == 300);
  REQUIRE(reader.Next());
  CHECK(reader.key() == wire::Key(2, wire::Type::kFixed64));
  CHECK(reader.varint() == 0x1122334455667788u);
  REQUIRE(reader.Next());
  CHECK(reader.key() == wire::Key(3, wire::Type::kBytes));
  CHECK((reader.bytes() == "abc"));
  CHECK(reader.bytes().data() == message.data() + reader.offset() + 2);
  CHECK((reader.whole() == Bytes({0x1a, 3, 'a', 'b', 'c'})));
  REQUIRE(reader.Next());
  CHECK(reader.varint() == 0xa1b2c3d4u);
  CHECK_FALSE(reader.Next());
  CHECK(reader.ok());
}

TEST_CASE("numbers are read as their schema type says") {
  std::string message;
  wire::PutVarintField(&message, 1, static_cast<std::uint64_t>(std::int64_t{-5}));
  wire::FieldReader reader(message);
  REQUIRE(reader.Next());
  CHECK(reader.int64() == -5);
  CHECK(reader.int32() == -5);
  CHECK(reader.boolean());
}

TEST_CASE("every truncation of a message ends its fields or is an error") {
  std::string message;
  wire::PutVarintField(&message, 1, 300);
  wire::PutBytesField(&message, 3, "abc");
  wire::PutFixed32Field(&message, 4, 7);
  wire::PutFixed64Field(&message, 5, 7);
  const std::vector<std::size_t> ends = {0, 3, 8, 13, 22};
  for (std::size_t size = 0; size <= message.size(); ++size) {
    wire::FieldReader reader(std::string_view(message).substr(0, size));
    while (reader.Next()) {
    }
    const bool at_end = std::find(ends.begin(), ends.end(), size) != ends.end();
    CHECK(reader.ok() == at_end);
    if (!at_end) CHECK(reader.status("Thing").code() == absl::StatusCode::kDataLoss);
    CHECK_FALSE(reader.Next());
  }
}

TEST_CASE("a length beyond the message, field number zero and wire types 6 and 7 are errors") {
  for (const std::string& bad : {Bytes({0x0a, 5, 'a'}), Bytes({0x02, 1, 'a'}), Bytes({0x0e}), Bytes({0x0f}),
                                 Bytes({0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}),
                                 Bytes({0x80, 0x80, 0x80, 0x80, 0x80, 1, 0})}) {
    wire::FieldReader reader(bad);
    CHECK_FALSE(reader.Next());
    CHECK_FALSE(reader.ok());
  }
}

TEST_CASE("groups are stepped over as a whole, matching ends only") {
  // start 1 { start 2 { varint 3 = 1 } } varint 4 = 2
  const std::string good = Bytes({0x0b, 0x13, 0x18, 1, 0x14, 0x0c, 0x20, 2});
  wire::FieldReader reader(good);
  REQUIRE(reader.Next());
  CHECK(reader.type() == wire::Type::kStartGroup);
  REQUIRE(reader.Next());
  CHECK(reader.number() == 4);
  CHECK_FALSE(reader.Next());
  CHECK(reader.ok());

  for (const std::string& bad :
       {Bytes({0x0b, 0x14}), Bytes({0x0b}), Bytes({0x0c}), std::string(200, '\x0b') + std::string(200, '\x0c')}) {
    wire::FieldReader broken(bad);
    CHECK_FALSE(broken.Next());
    CHECK_FALSE(broken.ok());
  }
}

TEST_CASE("packed varints are visited in order and a cut one is an error") {
  std::string packed;
  for (const std::uint64_t value : {0u, 127u, 128u, 70000u}) wire::PutVarint(&packed, value);
  std::vector<std::uint64_t> seen;
  CHECK(wire::ForEachPackedVarint(packed, [&](std::uint64_t value) { seen.push_back(value); }));
  CHECK(seen == std::vector<std::uint64_t>{0, 127, 128, 70000});
  packed.pop_back();
  CHECK_FALSE(wire::ForEachPackedVarint(packed, [](std::uint64_t) {}));
}

TEST_CASE("an empty message has no fields and is no error") {
  wire::FieldReader none;
  CHECK_FALSE(none.Next());
  CHECK(none.ok());
  wire::FieldReader empty{std::string_view()};
  CHECK_FALSE(empty.Next());
  CHECK(empty.ok());
}
