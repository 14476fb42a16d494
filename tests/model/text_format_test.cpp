#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/model/text_format.hpp>

namespace gf = graphfreeze;

namespace {

std::string ReadFixture(const std::string& name) {
  std::ifstream file(std::string(GRAPHFREEZE_FIXTURES "/graphs/") + name, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), name);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Catches what is written to stdout and stderr, by whatever library.
class Silence {
 public:
  Silence() : file_(std::tmpfile()) {
    std::fflush(nullptr);
    for (int fd : {1, 2}) {
      saved_[fd - 1] = ::dup(fd);
      ::dup2(::fileno(file_), fd);
    }
  }
  std::string End() {
    std::fflush(nullptr);
    for (int fd : {1, 2}) {
      ::dup2(saved_[fd - 1], fd);
      ::close(saved_[fd - 1]);
    }
    std::string text;
    std::rewind(file_);
    for (int c; (c = std::fgetc(file_)) != EOF;) text.push_back(static_cast<char>(c));
    std::fclose(file_);
    return text;
  }

 private:
  std::FILE* file_;
  int saved_[2];
};

std::string Message(std::string_view type, std::string_view text) {
  const absl::StatusOr<std::string> bytes = gf::TextToBinary(type, text);
  CHECK_MESSAGE(!bytes.ok(), std::string(text.substr(0, 80)));
  return std::string(bytes.status().message());
}

std::string Repeat(std::string_view piece, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += piece;
  return out;
}

// Printed text in an order of its own: neighbouring map entries (blocks of nothing but a key and a
// value) sorted. TensorFlow writes maps in one order into binary files and in another into text.
std::vector<std::string> Blocks(const std::vector<std::string>& lines) {
  std::vector<std::string> blocks;
  std::vector<bool> is_entry;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    bool entry = false;
    std::string block = lines[i] + "\n";
    if (lines[i].back() == '{') {
      std::vector<std::string> inner;
      for (++i; lines[i][0] == ' '; ++i) inner.push_back(lines[i].substr(2));
      entry = !inner.empty();
      for (const std::string& line : inner) {
        entry = entry && (line[0] == ' ' || line[0] == '}' || line.substr(0, 5) == "key: " ||
                          line.substr(0, 5) == "value");
      }
      for (const std::string& child : Blocks(inner)) block += child;
      block += "}\n";
    }
    blocks.push_back(std::move(block));
    is_entry.push_back(entry);
  }
  const auto name = [](const std::string& block) {
    return block.substr(0, block.find_first_of(" :"));
  };
  for (std::size_t begin = 0; begin < blocks.size();) {
    std::size_t end = begin + 1;
    while (is_entry[begin] && end < blocks.size() && is_entry[end] &&
           name(blocks[end]) == name(blocks[begin]))
      ++end;
    using Offset = std::vector<std::string>::difference_type;
    std::sort(blocks.begin() + static_cast<Offset>(begin),
              blocks.begin() + static_cast<Offset>(end));
    begin = end;
  }
  return blocks;
}

std::string Canonical(std::string_view type, std::string_view bytes) {
  const absl::StatusOr<std::string> text = gf::BinaryToText(type, bytes);
  REQUIRE_MESSAGE(text.ok(), text.status().ToString());
  std::vector<std::string> lines;
  std::istringstream stream(*text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  std::string out;
  for (const std::string& block : Blocks(lines)) out += block;
  return out;
}

constexpr std::pair<const char*, const char*> kPairs[] = {{"GraphDef", "graph"},
                                                          {"MetaGraphDef", "meta"},
                                                          {"SavedModel", "saved_model"},
                                                          {"SaverDef", "saver"}};

}  // namespace

TEST_CASE("text and binary that TensorFlow wrote of one message are one message") {
  for (const auto& pair : kPairs) {
    const char* const type = pair.first;
    const char* const name = pair.second;
    CAPTURE(name);
    const std::string binary = ReadFixture(std::string(name) + ".pb");
    const absl::StatusOr<std::string> from_text =
        gf::TextToBinary(type, ReadFixture(std::string(name) + ".pbtxt"));
    REQUIRE_MESSAGE(from_text.ok(), from_text.status().ToString());
    const std::string canonical = Canonical(type, binary);
    CHECK(canonical.size() > 100);
    CHECK(canonical == Canonical(type, *from_text));
    // Printed and read again it is still the same.
    const absl::StatusOr<std::string> printed = gf::BinaryToText(type, *from_text);
    REQUIRE(printed.ok());
    const absl::StatusOr<std::string> again = gf::TextToBinary(type, *printed);
    REQUIRE_MESSAGE(again.ok(), again.status().ToString());
    CHECK(*again == *from_text);
  }
  // Where no map has an entry of key 0, the very bytes agree: TensorFlow serialised maps in the
  // order of the text.
  CHECK(*gf::TextToBinary("SaverDef", ReadFixture("saver.pbtxt")) == ReadFixture("saver.pb"));
  CHECK(*gf::TextToBinary("MetaGraphDef", ReadFixture("meta.pbtxt")) == ReadFixture("meta.pb"));
}

TEST_CASE("the wire bytes of small texts") {
  const auto bytes = [](std::string_view type, std::string_view text) {
    const absl::StatusOr<std::string> result = gf::TextToBinary(type, text);
    REQUIRE_MESSAGE(result.ok(), result.status().ToString());
    return *result;
  };
  using S = std::string;
  CHECK(bytes("GraphDef", "") == "");
  CHECK(bytes("GraphDef", " # comment\n versions { producer: 21; }, node < name: 'a' \"b\" >") ==
        S("\x0a\x04\x0a\x02"
          "ab"
          "\x22\x02\x08\x15",
          10));
  CHECK(bytes("tensorflow.AttrValue", "b: false") == S("\x28\x00", 2));
  CHECK(bytes("AttrValue", "type: DT_FLOAT") == bytes("AttrValue", "type: 1"));
  CHECK(bytes("AttrValue", "type: 77") == S("\x30\x4d", 2));  // a type of the future, by number
  CHECK(bytes("AttrValue", "f: inf") == S("\x25\x00\x00\x80\x7f", 5));
  CHECK(bytes("AttrValue", "f: -Infinity") == S("\x25\x00\x00\x80\xff", 5));
  CHECK(bytes("AttrValue", "f: 1.5f") == S("\x25\x00\x00\xc0\x3f", 5));
  CHECK(bytes("AttrValue", "i: -0x10") == S("\x18\xf0\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11));
  CHECK(bytes("AttrValue", "list {}") == S("\x0a\x00", 2));
  CHECK(bytes("AttrValue", "list { i: [1, 2] i: 3 }") == S("\x0a\x05\x1a\x03\x01\x02\x03", 7));
  CHECK(bytes("AttrValue", "s: '\\000\\377\\x41\\n\\\"'") == S("\x12\x05\x00\xff\x41\x0a\x22", 7));
  CHECK(bytes("NodeDef", "name: \"\xff\"") == S("\x0a\x01\xff", 3));  // not UTF-8, and nobody minds
  const std::string nan = bytes("AttrValue", "f: nan");
  CHECK(nan.size() == 5);
  // Map entries keep their order and their duplicates.
  CHECK(
      bytes(
          "NodeDef",
          "attr { key: 'b' value { i: 1 } } attr { key: 'a' } attr { key: 'b' value { i: 2 } }") ==
      S("\x2a\x07\x0a\x01"
        "b\x12\x02\x18\x01"
        "\x2a\x03\x0a\x01"
        "a"
        "\x2a\x07\x0a\x01"
        "b\x12\x02\x18\x02",
        23));
  CHECK(
      bytes("CheckpointState", "model_checkpoint_path: \"a\"\nall_model_checkpoint_paths: \"b\"") ==
      "\x0a\x01"
      "a\x12\x01"
      "b");
}

TEST_CASE("an Any may be written out or as bytes") {
  const auto list = [](std::string_view value) {
    return gf::TextToBinary("CollectionDef", gf::Concat("any_list { value { ", value, " } }"));
  };
  const absl::StatusOr<std::string> expanded =
      list("[type.googleapis.com/tensorflow.AssetFileDef] { filename: 'f' }");
  const absl::StatusOr<std::string> raw =
      list("type_url: 'type.googleapis.com/tensorflow.AssetFileDef' value: '\\022\\001f'");
  REQUIRE_MESSAGE(expanded.ok(), expanded.status().ToString());
  REQUIRE_MESSAGE(raw.ok(), raw.status().ToString());
  CHECK(*expanded == *raw);
  CHECK_FALSE(list("[type.googleapis.com/tensorflow.NoSuchThing] { }").ok());
  CHECK(list("[type.googleapis.com/tensorflow.NoSuchThing] { }")
            .status()
            .message()
            .find("NoSuchThing") != absl::string_view::npos);
  CHECK_FALSE(list("[type.googleapis.com/google.protobuf.Any] { }").ok());

  Silence silence;
  const bool not_ascii = list("type_url: 'type.googleapis.com/\\377'").ok();
  const bool no_utf8 = list("type_url: '\\377'").ok();
  const absl::StatusOr<std::string> text =
      gf::BinaryToText("CollectionDef", "\x2a\x05\x0a\x03\x0a\x01\xff");
  const absl::StatusOr<std::string> unknown_type =
      gf::BinaryToText("CollectionDef", "\x2a\x08\x0a\x06\x0a\x04x/yz");
  CHECK(silence.End() == "");
  CHECK_FALSE(not_ascii);
  CHECK(no_utf8);
  CHECK(text.ok());
  CHECK(unknown_type.ok());
}

TEST_CASE("errors name what is wrong, with line and column, and print nothing") {
  Silence silence;
  const std::string unknown = Message("GraphDef", "node {\n  name: 'a'\n  colour: 3\n}");
  const std::string unterminated = Message("GraphDef", "node { name: \"a");
  const std::string oneof = Message("AttrValue", "i: 1 f: 2");
  const std::string twice = Message("GraphDef", "version: 1 version: 2");
  const std::string enumeration = Message("AttrValue", "type: DT_NOPE");
  const std::string range = Message("GraphDef", "version: 99999999999");
  const std::string newline = Message("GraphDef", "node { name: 'a\n' }");
  const std::string schema = Message("NoSuchMessage", "");
  for (const char* text : {"node",
                           "node {",
                           "node }",
                           "}",
                           "{",
                           "node: 3",
                           "\x01\x02",
                           "node { name: 3 }",
                           "[x.y] {}",
                           "version: 1.5",
                           "version: ''",
                           "node { attr { key: 1 } }",
                           "\xff\xfe",
                           "version: 0x",
                           "version: 1e",
                           "node { name: '\\q' }",
                           "node { name: '\\xg' }",
                           "1: 2",
                           "version: -",

                           "versions { bad_consumers: [1 2] }"}) {
    Message("GraphDef", text);
  }
  Message("GraphDef", std::string_view("ver\0sion: 1", 11));
  CHECK(silence.End() == "");
  CHECK(unknown.find("line 3, column 9") != std::string::npos);
  CHECK(unknown.find("colour") != std::string::npos);
  CHECK(unterminated.find("line 1") != std::string::npos);
  CHECK(oneof.find("oneof") != std::string::npos);
  CHECK(twice.find("version") != std::string::npos);
  CHECK(enumeration.find("DT_NOPE") != std::string::npos);
  CHECK(range.find("line 1, column 10") != std::string::npos);
  CHECK(newline.find("line 1") != std::string::npos);
  CHECK(schema.find("NoSuchMessage") != std::string::npos);
}

TEST_CASE("unknown fields can be skipped on demand") {
  gf::TextOptions options;
  options.allow_unknown = true;
  Silence silence;
  const absl::StatusOr<std::string> bytes =
      gf::TextToBinary("GraphDef",
                       "node { name: 'a' colour: 3 shape: [1, 2] deep { er { x: 'y' } <z: 1> } } "
                       "version: 4 [a.b] { c: 1 }"
                       "tail: [ { a: 1 }, { b: '}' } ]",
                       options);
  const absl::StatusOr<std::string> fine =
      gf::TextToBinary("GraphDef",
                       "node { name: 'a' colour: 3 shape: [1, 2] deep { er { x: 'y' } } } version: "
                       "4 tail { a: -inf }",
                       options);
  CHECK(silence.End() == "");
  CHECK_FALSE(bytes.ok());  // "<z: 1>" without a name is no field even then
  REQUIRE_MESSAGE(fine.ok(), fine.status().ToString());
  CHECK(*fine == std::string("\x0a\x03\x0a\x01"
                             "a\x18\x04",
                             7));
}

TEST_CASE("nesting has a limit, whatever nests") {
  const int kDeep = 200000;
  gf::TextOptions skip;
  skip.allow_unknown = true;
  const std::pair<const char*, std::string> cases[] = {
      {"AttrValue", Repeat("func { attr { value { ", kDeep)},
      {"AttrValue", Repeat("list { func { attr { value { ", kDeep)},
      {"AttrValue", Repeat("func < attr < value < ", kDeep)},
      {"GraphDef", Repeat("unknown { ", kDeep)},
      {"GraphDef", Repeat("unknown: [ { ", kDeep)},
      {"GraphDef", "unknown: " + Repeat("[", kDeep)},
      {"CollectionDef",
       "any_list { value { " + Repeat("[type.googleapis.com/google.protobuf.Any] { ", kDeep)},
      {"CollectionDef",
       "any_list { value { " +
           Repeat("[type.googleapis.com/tensorflow.CollectionDef] { any_list { value { ", kDeep)},
  };
  for (const auto& [type, text] : cases) {
    CHECK_FALSE(gf::TextToBinary(type, text).ok());
    CHECK_FALSE(gf::TextToBinary(type, text, skip).ok());
    CHECK_FALSE(gf::TextToBinary(type, text.substr(0, 60 * 22), skip).ok());
  }
  // What a text may hold in strings and comments is no nesting, and 30 nested functions are fine.
  CHECK(gf::TextToBinary("NodeDef",
                         "name: \"" + std::string(1000, '{') + "\" # " + std::string(1000, '['))
            .ok());
  const std::string fine = Repeat("func { attr { value { ", 30) + "i: 1" + Repeat("} } }", 30);
  const absl::StatusOr<std::string> bytes = gf::TextToBinary("AttrValue", fine);
  REQUIRE_MESSAGE(bytes.ok(), bytes.status().ToString());
  CHECK(gf::BinaryToText("AttrValue", *bytes).ok());

  std::string deep;
  for (int i = 0; i < 4998; ++i) {
    std::string outer;
    gf::wire::PutBytesField(&outer, i % 3 == 2 ? 10u : 2u, deep);
    deep = std::move(outer);
  }
  CHECK_FALSE(gf::BinaryToText("AttrValue", deep).ok());
}

TEST_CASE("damaged text and binary are errors or other messages, and print nothing") {
  for (const auto& [type, name] : {kPairs[0], kPairs[3]}) {
    // The first part has every kind of token; all of it would take minutes under a sanitizer.
    const std::string text = ReadFixture(std::string(name) + ".pbtxt");
    const std::string binary = ReadFixture(std::string(name) + ".pb");
    Silence silence;
    for (std::size_t i = 0; i < text.size(); i += 1 + text.size() / 150) {
      (void)gf::TextToBinary(type, std::string_view(text).substr(0, i));
      std::string damaged = text.substr(i, 1500);
      (void)gf::TextToBinary(type, damaged);
      damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ (1 << i % 8));
      (void)gf::TextToBinary(type, damaged);
    }
    for (std::size_t i = 0; i < binary.size(); i += 1 + binary.size() / 150) {
      (void)gf::BinaryToText(type, std::string_view(binary).substr(0, i));
      std::string damaged = binary;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << i % 8));
      (void)gf::BinaryToText(type, damaged);
    }
    CHECK(silence.End() == "");
  }
}
