#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <graphfreeze/tensor/tensor_proto.hpp>

namespace gf = graphfreeze;
using gf::wire::Key;
using gf::wire::Type;

namespace {

std::string ReadFixture(const std::string& name) {
  std::ifstream file(std::string(GRAPHFREEZE_FIXTURES "/graphs/") + name, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), name);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

struct ConstNode {
  std::string_view name;
  std::string_view tensor;  // the TensorProto in its attr "value"
};

std::vector<ConstNode> ConstNodes(std::string_view graph) {
  std::vector<ConstNode> nodes;
  gf::wire::FieldReader fields(graph);
  while (fields.Next()) {
    if (fields.key() != Key(1, Type::kBytes)) continue;
    ConstNode node;
    gf::wire::FieldReader node_fields(fields.bytes());
    while (node_fields.Next()) {
      if (node_fields.key() == Key(1, Type::kBytes)) node.name = node_fields.bytes();
      if (node_fields.key() != Key(5, Type::kBytes)) continue;
      gf::wire::FieldReader entry(node_fields.bytes());
      std::string_view key, value;
      while (entry.Next()) (entry.number() == 1 ? key : value) = entry.bytes();
      if (key != "value") continue;
      gf::wire::FieldReader attr(value);
      while (attr.Next()) node.tensor = attr.bytes();
    }
    nodes.push_back(node);
  }
  return nodes;
}

std::string Hex(std::string_view bytes) {
  std::string out;
  for (char c : bytes) {
    for (int shift : {4, 0})
      out.push_back("0123456789abcdef"[static_cast<unsigned char>(c) >> shift & 15]);
  }
  return out;
}

// The elements in the form of tensors.txt.
std::string Elements(const gf::TensorView& tensor) {
  if (tensor.dtype() != gf::DataType::kString) return Hex(tensor.bytes());
  std::string out;
  for (std::string_view s : tensor.strings()) out += (out.empty() ? "'" : " '") + Hex(s);
  return out;
}

std::string Header(int dtype, std::initializer_list<std::int64_t> dims) {
  std::string out;
  gf::wire::PutVarintField(&out, 1, static_cast<std::uint64_t>(dtype));
  gf::wire::PutBytesField(&out, 2, gf::Shape(dims).Serialize());
  return out;
}

absl::StatusOr<gf::TensorView> Parse(std::string_view proto) {
  return gf::ParseTensorProto(proto, nullptr);
}

}  // namespace

TEST_CASE(
    "every dtype and every way of storing it gives the elements that TensorFlow's reader sees") {
  const std::string graph = ReadFixture("tensors.pb");
  const std::vector<ConstNode> nodes = ConstNodes(graph);
  std::istringstream lines(ReadFixture("tensors.txt"));
  std::string line;
  std::size_t count = 0;
  for (; std::getline(lines, line); ++count) {
    REQUIRE(count < nodes.size());
    const ConstNode& node = nodes[count];
    std::istringstream words(line);
    std::string name, shape, elements;
    int dtype;
    words >> name >> dtype >> shape;
    std::getline(words >> std::ws, elements);
    CAPTURE(name);
    REQUIRE(node.name == name);
    const absl::StatusOr<gf::TensorView> tensor = Parse(node.tensor);
    REQUIRE_MESSAGE(tensor.ok(), tensor.status().ToString());
    CHECK(static_cast<int>(tensor->dtype()) == dtype);
    CHECK(tensor->shape().ToString() == shape);
    CHECK(Elements(*tensor) == elements);

    const absl::StatusOr<gf::TensorHeader> header = gf::ParseTensorHeader(node.tensor);
    REQUIRE(header.ok());
    CHECK(header->dtype == tensor->dtype());
    CHECK(header->shape == tensor->shape());

    // What is written is read again as the same tensor.
    const absl::StatusOr<std::string> written = gf::SerializeTensorProto(*tensor);
    REQUIRE(written.ok());
    const absl::StatusOr<gf::TensorView> again = Parse(*written);
    REQUIRE_MESSAGE(again.ok(), again.status().ToString());
    CHECK(again->dtype() == tensor->dtype());
    CHECK(again->shape() == tensor->shape());
    CHECK(Elements(*again) == elements);
  }
  CHECK(count == nodes.size());
  CHECK(count > 200);
}

TEST_CASE("one element is written byte for byte as make_tensor_proto writes it") {
  const std::string graph = ReadFixture("scalars.pb");
  const std::vector<ConstNode> nodes = ConstNodes(graph);
  CHECK(nodes.size() >= 26);
  for (const ConstNode& node : nodes) {
    CAPTURE(std::string(node.name));
    const absl::StatusOr<gf::TensorView> tensor = Parse(node.tensor);
    REQUIRE(tensor.ok());
    const absl::StatusOr<std::string> written = gf::SerializeTensorProto(*tensor);
    REQUIRE(written.ok());
    CHECK(Hex(*written) == Hex(node.tensor));
  }
}

TEST_CASE("tensor_content and packed floats are handed on where they lie, with their owner") {
  auto content = std::make_shared<std::string>(Header(1, {3}));
  gf::wire::PutBytesField(content.get(), 4, "0123456789ab");
  const absl::StatusOr<gf::TensorView> view = gf::ParseTensorProto(*content, content);
  REQUIRE(view.ok());
  CHECK(view->bytes().data() == content->data() + content->size() - 12);
  CHECK(view->owner() == content);

  auto floats = std::make_shared<std::string>(Header(1, {2}));
  gf::wire::PutBytesField(floats.get(), 5, "0123456789ab");  // one value too many: ignored
  const absl::StatusOr<gf::TensorView> packed = gf::ParseTensorProto(*floats, floats);
  REQUIRE(packed.ok());
  CHECK(packed->bytes() == "01234567");
  CHECK(packed->bytes().data() == floats->data() + floats->size() - 12);

  // Packed and unpacked may be mixed; then they are put together, in order.
  std::string mixed = Header(1, {4});
  gf::wire::PutFixed32Field(&mixed, 5, 0x3f800000);
  gf::wire::PutBytesField(&mixed, 5, std::string_view("\0\0\0\x40\0\0\x40\x40", 8));
  const absl::StatusOr<gf::TensorView> joined = Parse(mixed);
  REQUIRE(joined.ok());
  CHECK(Hex(joined->bytes()) == "0000803f000000400000404000004040");
}

TEST_CASE("booleans are 0 or 1, however they were stored") {
  std::string content = Header(10, {3});
  gf::wire::PutBytesField(&content, 4, std::string_view("\x00\xff\x02", 3));
  CHECK(Elements(*Parse(content)) == "000101");
  std::string typed = Header(10, {2});
  gf::wire::PutVarintField(&typed, 11, std::uint64_t{1} << 40);
  CHECK(Elements(*Parse(typed)) == "0101");
}

TEST_CASE("a huge fill is told, not expanded") {
  std::string proto = Header(1, {std::int64_t{1} << 40});
  gf::wire::PutFixed32Field(&proto, 5, 0x3fc00000);
  const absl::StatusOr<gf::TensorHeader> header = gf::ParseTensorHeader(proto);
  REQUIRE(header.ok());
  CHECK(header->elements == std::int64_t{1} << 40);
  CHECK(Parse(proto).status().code() == absl::StatusCode::kResourceExhausted);

  const absl::StatusOr<gf::TensorProtoReader> reader = gf::TensorProtoReader::Parse(proto);
  REQUIRE(reader.ok());
  const absl::StatusOr<std::optional<gf::TensorView>> splat = reader->Splat(nullptr);
  REQUIRE(splat.ok());
  REQUIRE(splat->has_value());
  CHECK((*splat)->shape() == gf::Shape());
  CHECK(Hex((*splat)->bytes()) == "0000c03f");

  std::string strings = Header(7, {std::int64_t{1} << 60});
  CHECK(Parse(strings).status().code() == absl::StatusCode::kResourceExhausted);
  CHECK(Parse(Header(2, {std::int64_t{1} << 62})).status().code() ==
        absl::StatusCode::kInvalidArgument);

  // The limit is the caller's to set, and does not bind what is really stored.
  std::string small = Header(1, {100});
  gf::wire::PutFixed32Field(&small, 5, 0);
  CHECK(gf::ParseTensorProto(small, nullptr, 400).ok());
  CHECK_FALSE(gf::ParseTensorProto(small, nullptr, 399).ok());
  std::string stored = Header(9, {3});
  gf::wire::PutBytesField(&stored, 10, "\x01\x02\x03");
  CHECK(gf::ParseTensorProto(stored, nullptr, 1).ok());
}

TEST_CASE("splat: one value, none, several") {
  const auto splat = [](const std::string& proto) {
    const absl::StatusOr<gf::TensorProtoReader> reader = gf::TensorProtoReader::Parse(proto);
    REQUIRE(reader.ok());
    const absl::StatusOr<std::optional<gf::TensorView>> value = reader->Splat(nullptr);
    REQUIRE(value.ok());
    return *value ? Elements(**value) : std::string("none");
  };
  CHECK(splat(Header(3, {5})) == "00000000");
  CHECK(splat(Header(3, {0})) == "none");
  CHECK(splat(Header(3, {5}) + std::string("\x3a\x02\x07\x08", 4)) == "none");
  CHECK(splat(Header(3, {}) + std::string("\x3a\x02\x07\x08", 4)) == "07000000");
  CHECK(splat(Header(3, {}) + std::string("\x22\x04\x09\x00\x00\x00", 6)) == "09000000");
  CHECK(splat(Header(7, {1000}) + std::string("\x42\x02hi", 4)) == "'6869");
}

TEST_CASE("what contradicts itself is an error") {
  const auto rejects = [](const std::string& proto) {
    const absl::Status status = Parse(proto).status();
    CHECK_MESSAGE(!status.ok(), Hex(proto));
    return std::string(status.message());
  };
  rejects("");  // no dtype
  rejects(Header(0, {}));
  rejects(Header(101, {}));  // a reference
  rejects(Header(34, {}));
  rejects(Header(1, {-1}));
  rejects(Header(1, {std::int64_t{1} << 40, std::int64_t{1} << 40}));
  rejects(Header(1, {std::int64_t{1} << 40, std::int64_t{1} << 40, 0}));  // a 0 hides no overflow
  rejects(std::string("\x08\x01\x12\x02\x18\x01", 6));                    // unknown rank
  rejects(Header(20, {}));
  rejects(Header(21, {0}));
  rejects(Header(1, {3}) + std::string("\x22\x03xyz", 5));          // 3 bytes for 3 floats
  rejects(Header(1, {3}) + std::string("\x2a\x03xyz", 5));          // no multiple of 4
  rejects(Header(3, {3}) + std::string("\x3a\x01\x80", 3));         // half a varint
  rejects(Header(7, {2}) + std::string("\x22\x03\x01\x01z", 5));    // lengths without their bytes
  rejects(Header(7, {2}) + std::string("\x22\x05\x01\x01zzz", 7));  // bytes left over
  rejects(Header(7, {1000000}) + std::string("\x22\x02\x01z", 4));
  rejects(Header(7, {2}) + std::string("\x22\x0b\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01z", 13));
  CHECK(rejects(Header(1, {3}) + std::string("\x22\x03xyz", 5)).find("12") != std::string::npos);
  CHECK(Parse(Header(8, {2}) + std::string("\x4d\x00\x00\x80\x3f", 5))
            .ok());  // half a complex number: none
}

TEST_CASE("a shape that stands twice is merged") {
  std::string proto = Header(4, {2});
  gf::wire::PutBytesField(&proto, 2, gf::Shape({3}).Serialize());
  gf::wire::PutBytesField(&proto, 2, gf::Shape({1}).Serialize());
  const absl::StatusOr<gf::TensorHeader> header = gf::ParseTensorHeader(proto);
  REQUIRE(header.ok());
  CHECK(header->shape == gf::Shape({2, 3, 1}));
}

TEST_CASE("the prefix and the elements behind it are the whole message") {
  const std::string weights(24, 'w');
  const gf::Shape shape({2, 3});
  absl::StatusOr<std::string> prefix =
      gf::TensorProtoPrefix(gf::DataType::kFloat, shape, weights.size());
  REQUIRE(prefix.ok());
  CHECK(*prefix + weights == *gf::SerializeTensorProto(gf::DataType::kFloat, shape, weights));
  // dtype 1, dims 2 and 3, 24 bytes of tensor_content
  CHECK(Hex(*prefix) ==
        "08011208120208021202080322"
        "18");
  const std::string whole = *prefix + weights;
  const absl::StatusOr<gf::TensorView> view = Parse(whole);
  REQUIRE(view.ok());
  CHECK(view->bytes() == weights);

  CHECK(Hex(*gf::TensorProtoPrefix(gf::DataType::kHalf, gf::Shape({0, 4}), 0)) ==
        "0813120612001202"
        "0804");
  CHECK_FALSE(gf::TensorProtoPrefix(gf::DataType::kFloat, shape, 23).ok());
  CHECK_FALSE(gf::TensorProtoPrefix(gf::DataType::kString, shape, 24).ok());
  CHECK_FALSE(gf::TensorProtoPrefix(gf::DataType::kFloat, gf::Shape({-1}), 4).ok());
  CHECK(gf::TensorProtoPrefix(gf::DataType::kUint8, gf::Shape({std::int64_t{1} << 31}),
                              std::uint64_t{1} << 31)
            .status()
            .code() == absl::StatusCode::kResourceExhausted);
  const std::vector<std::string_view> strings = {"a", ""};
  CHECK(Hex(*gf::SerializeStringTensorProto(gf::Shape({2}), strings)) ==
        "0807120412020802"
        "4201614200");
  CHECK_FALSE(gf::SerializeStringTensorProto(gf::Shape({3}), strings).ok());
}

TEST_CASE("truncated and damaged protos are errors or other tensors, never more") {
  const std::string graph = ReadFixture("tensors.pb");
  for (const ConstNode& node : ConstNodes(graph)) {
    for (std::size_t i = 0; i < node.tensor.size(); ++i) {
      // Copies of exactly that size: a sanitizer sees the first byte too far.
      const std::unique_ptr<char[]> cut(new char[i]);
      std::copy_n(node.tensor.data(), i, cut.get());
      const absl::StatusOr<gf::TensorView> shorter = Parse(std::string_view(cut.get(), i));
      if (shorter.ok()) Elements(*shorter);
      for (int bit : {0, 3, 7}) {
        std::string damaged(node.tensor);
        damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
        const absl::StatusOr<gf::TensorView> other =
            gf::ParseTensorProto(damaged, nullptr, 1 << 16);
        if (other.ok()) Elements(*other);
      }
    }
  }
}
