// Checkpoints in the V1 format: honest ones, and those that no honest writer makes.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/checkpoint/checkpoint_reader.hpp>
#include <graphfreeze/io/threads.hpp>

#include "slice_writer.hpp"
#include <doctest/doctest.h>

namespace gf = graphfreeze;
namespace bw = bundle_writer;
namespace sw = slice_writer;
using gf::DataType;
using gf::Shape;
using gf::TensorSlice;

namespace {

const std::string kFixtures = std::string(GRAPHFREEZE_FIXTURES) + "/checkpoints/v1/";
constexpr std::int64_t kMax = (std::numeric_limits<std::int64_t>::max)();
constexpr std::int64_t kMin = (std::numeric_limits<std::int64_t>::min)();

bool Mentions(const absl::Status& status, std::string_view text) {
  return gf::FromAbsl(status.message()).find(text) != std::string_view::npos;
}

std::string Floats(std::size_t n, float first = 1) {
  std::string bytes(4 * n, '\0');
  for (std::size_t i = 0; i < n; ++i) {
    const float value = first + static_cast<float>(i);
    std::memcpy(&bytes[4 * i], &value, 4);
  }
  return bytes;
}

// Memory that has no view: everything must be read.
struct Unmapped {
  struct File {
    gf::Source source;
    std::uint64_t size() const { return source.size(); }
    absl::Status Read(std::uint64_t offset, absl::Span<char> out) const { return source.Read(offset, out); }
  };
  gf::MemoryFileSystem files;
  absl::StatusOr<gf::Source> Open(std::string_view path) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(gf::Source source, files.Open(path));
    return gf::Source::Of(File{std::move(source)}, std::string(path));
  }
  absl::StatusOr<std::vector<std::string>> List(std::string_view directory) const { return files.List(directory); }
};

gf::MemoryFileSystem One(std::string bytes) {
  gf::MemoryFileSystem files;
  files.Put("m", std::move(bytes));
  return files;
}
gf::MemoryFileSystem One(const sw::File& file) { return One(file.Bytes()); }

gf::Checkpoint OpenIn(const gf::FileSystem& files, const std::string& path = "m", bool verify = true) {
  gf::CheckpointOptions options;
  options.verify_checksums = verify;
  auto reader = gf::Checkpoint::Open(path, options, files);
  REQUIRE_MESSAGE(reader.ok(), reader.status().ToString());
  return *reader;
}

std::string Text(const gf::TensorView& view) {
  std::string text = gf::Name(view.dtype()) + view.shape().ToString() + std::string(view.bytes());
  for (const std::string_view string : view.strings()) text += "|" + std::string(string);
  return text;
}
std::string Join(const gf::TensorRef& ref) {
  std::string out;
  for (const gf::ByteRange& piece : ref.pieces) {
    const auto bytes = piece.source.Load(piece.offset, piece.size);
    REQUIRE_MESSAGE(bytes.ok(), bytes.status().ToString());
    out += bytes->bytes;
  }
  return out;
}

// One of each kind of value, in small blocks.
sw::File Small(bool snappy = false) {
  bw::Options options;
  options.block_size = 120;
  options.snappy = snappy;
  sw::File file(options);
  file.Add("float", DataType::kFloat, Shape{2, 3}, sw::Packed(5, "abcdefghijklmnopqrstuvwx"));
  file.Add("double", DataType::kDouble, Shape{}, sw::Packed(6, "12345678"));
  file.Add("complex", DataType::kComplex64, Shape{2}, sw::Packed(9, "0123456789abcdef"));
  file.Add("int", DataType::kInt32, Shape{3}, sw::Varints(7, {1, -2, 300}));
  file.Add("half", DataType::kHalf, Shape{1, 2}, sw::Varints(13, {0x3c00, 0xbc00}));
  file.Add("bool", DataType::kBool, Shape{4}, sw::Varints(11, {1, 0, 0, 1}));
  file.Add("empty", DataType::kInt8, Shape{0}, "");
  file.Add("strings", DataType::kString, Shape{3}, sw::Strings({"one", "", "three"}));
  file.AddFloats("cut", Shape{2, 4}, {{0, -1}, {0, 1}}, Floats(8));
  file.AddFloats("cut", Shape{2, 4}, {{0, -1}, {1, 3}}, Floats(8));
  return file;
}

// Every tensor that can be read, as text.
std::vector<std::pair<std::string, std::string>> ReadAll(const gf::FileSystem& files, bool verify = true) {
  std::vector<std::pair<std::string, std::string>> all;
  gf::CheckpointOptions options;
  options.verify_checksums = verify;
  const auto reader = gf::Checkpoint::Open("m", options, files);
  if (!reader.ok()) return all;
  (void)reader->Verify();
  for (const gf::CheckpointEntry& entry : reader->keys()) {
    const auto ref = reader->Locate(entry.key);
    if (entry.shape.rank() > 0) {
      (void)reader->Get(entry.key, TensorSlice(TensorSlice::Extents(entry.shape.rank(), {0, 1})));
    }
    const auto view = reader->Get(entry.key);
    if (!view.ok()) continue;
    all.emplace_back(entry.key, Text(*view));
    // What is referred to is the same, if its checks hold.
    CHECK(ref.ok());
    if (ref.ok() && !ref->string_value && gf::VerifyChecks(ref->checks).ok()) CHECK((Join(*ref) == view->bytes()));
  }
  return all;
}

// The error of opening the checkpoint and of getting its tensor.
absl::Status Refusal(const gf::FileSystem& files, const std::string& key = "w", const std::string& path = "m") {
  const auto reader = gf::Checkpoint::Open(path, {}, files);
  if (!reader.ok()) return reader.status();
  const absl::Status verified = reader->Verify();
  const absl::Status located = reader->Locate(key).status(), got = reader->Get(key).status();
  CHECK(located.ok() == got.ok());
  CHECK((!got.ok() || verified.ok()));
  return got;
}
absl::Status Refusal(const sw::File& file, const std::string& key = "w") { return Refusal(One(file), key); }

std::string DimProto(std::int64_t size) {
  std::string dim, out;
  gf::wire::PutVarintField(&dim, 1, static_cast<std::uint64_t>(size));
  gf::wire::PutBytesField(&out, 2, dim);
  return out;
}

}  // namespace

TEST_CASE("V1: the documented file") {
  const std::string hex =
      "000017" "0a150a0f0a01771204120208021801" "22020a0012020801" "0008150077000101" "01807f12130a01771202" "0a001a0a2a080000"
      "803f000000400000" "0000010000" "0000b9d4ed4c0000" "0000010000000" "0c0f2a1b0" "000102010042000000000100" "000000dc6dd69e"
      "4708540e" "0000000000000000000000000000000000000000000000000000000000000000000000" "0057fb808b247547db";
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  REQUIRE(bytes.size() == 151);
  const gf::Checkpoint reader = OpenIn(One(bytes));
  REQUIRE(reader.keys().size() == 1);
  CHECK((reader.keys()[0].key == "w"));
  CHECK(reader.keys()[0].bytes == 8);
  CHECK_FALSE(reader.keys()[0].sliced);
  CHECK(reader.shards() == 1);
  CHECK((reader.Get("w")->bytes() == Floats(2)));
  const auto ref = reader.Locate("w");
  REQUIRE(ref->pieces.size() == 1);
  CHECK(ref->pieces[0].offset == 0x32);
}

TEST_CASE("V1 and V2 of one model give equal tensors, whichever way the checkpoint is named") {
  const gf::Checkpoint v2 = OpenIn(gf::LocalFileSystem(), kFixtures + "model/v2-7");
  for (const char* name : {"whole-7", "sharded-7", "sharded-7-?????" "-of-00002", "sharded-7-00000-of-00002",
                           "sharded-7-00001-of-00002", "checkpoint"}) {
    CAPTURE(name);
    for (const gf::FileSystem& files : {gf::FileSystem(gf::LocalFileSystem()), gf::FileSystem(gf::ReadingFileSystem())}) {
      const gf::Checkpoint v1 = OpenIn(files, kFixtures + "model/" + name);
      CHECK(v1.shards() == (std::string_view(name) == "whole-7" ? 1 : 2));
      REQUIRE(v1.keys().size() == v2.keys().size());
      for (std::size_t i = 0; i < v2.keys().size(); ++i) {
        const gf::CheckpointEntry &old = v1.keys()[i], &entry = v2.keys()[i];
        CHECK(old.key == entry.key);
        CHECK(old.dtype == entry.dtype);
        CHECK(old.shape == entry.shape);
        CHECK(old.bytes == entry.bytes);
        CHECK(old.sliced == entry.sliced);
        const auto view = v1.Get(old.key);
        REQUIRE_MESSAGE(view.ok(), view.status().ToString());
        CHECK((Text(*view) == Text(*v2.Get(entry.key))));
      }
      CHECK(v1.Verify().ok());
      CHECK(v1.Verify(gf::ThreadExecutor(3)).ok());
    }
  }
}

TEST_CASE("V1: every path that means the checkpoint leads to it") {
  gf::MemoryFileSystem files;
  sw::File whole, first, second;
  whole.AddFloats("w", Shape{2}, {{0, -1}}, Floats(2));
  first.AddFloats("w", Shape{2}, {{0, 1}}, Floats(2));
  second.AddFloats("w", Shape{2}, {{1, 1}}, Floats(2));
  files.Put("a/model.ckpt", whole.Bytes());
  files.Put("a/model.ckpt.meta", std::string("meta"));
  files.Put("b/m-00000-of-00002", first.Bytes());
  files.Put("b/m-00001-of-00002", second.Bytes());
  files.Put("b/m.meta", std::string("meta"));
  files.Put("c/checkpoint", std::string("model_checkpoint_path: \"/gone/m-?????" "-of-00002\""));
  files.Put("c/m-00000-of-00002", first.Bytes());
  files.Put("c/m-00001-of-00002", second.Bytes());
  files.Put("d/checkpoint", std::string("model_checkpoint_path: \"model.ckpt\""));
  files.Put("d/model.ckpt", whole.Bytes());
  files.Put("e/export-00000-of-00001", whole.Bytes());
  files.Put("e/export.meta", std::string("meta"));
  for (const char* path :
       {"a/model.ckpt", "a/model.ckpt.meta", "a", "a/", "b/m", "b/m.meta", "b", "b/m-00000-of-00002", "b/m-00001-of-00002",
        "b/m-?????" "-of-00002", "c", "c/checkpoint", "d", "e", "e/export", "e/export-00000-of-00001", "e/export.meta",
        "e/export-?????" "-of-00001"}) {
    CAPTURE(path);
    CHECK((OpenIn(files, path).Get("w")->bytes() == Floats(2)));
  }
  CHECK((OpenIn(files, "b/m-00001-of-00002").prefix() == "b/m"));
  CHECK((OpenIn(files, "a").prefix() == "a/model.ckpt"));

  // V2 comes first.
  bw::Writer v2;
  v2.Add("w", DataType::kFloat, Shape{2}, "v2!!v2!!");
  v2.WriteTo(&files, "a/model.ckpt");
  CHECK((OpenIn(files, "a/model.ckpt").Get("w")->bytes() == "v2!!v2!!"));
  CHECK((OpenIn(files, "a").Get("w")->bytes() == "v2!!v2!!"));

  // Two sets under one prefix, two checkpoints in one directory.
  files.Put("b/m-00000-of-00001", whole.Bytes());
  CHECK(Refusal(files, "w", "b/m").code() == absl::StatusCode::kInvalidArgument);
  CHECK((OpenIn(files, "b/m-00001-of-00002").Get("w")->bytes() == Floats(2)));
  files.Put("e/other", whole.Bytes());
  const absl::Status two = Refusal(files, "w", "e");
  CHECK(Mentions(two, "'e/export'"));
  CHECK(Mentions(two, "'e/other'"));
}

TEST_CASE("V1: a missing shard is named, a foreign one refused") {
  gf::MemoryFileSystem files;
  sw::File first, second;
  first.AddFloats("w", Shape{2}, {{0, 1}}, Floats(2));
  files.Put("d/m-00000-of-00002", first.Bytes());
  for (const char* path : {"d/m", "d", "d/m-00000-of-00002", "d/m-00001-of-00002", "d/m-?????" "-of-00002"}) {
    CAPTURE(path);
    const absl::Status status = Refusal(files, "w", path);
    CHECK(status.code() == absl::StatusCode::kNotFound);
    CHECK_MESSAGE(Mentions(status, "missing shard 1 of 2"), status.ToString());
    CHECK(Mentions(status, "'d/m-00001-of-00002'"));
  }
  files.Put("d/m-00001-of-00002", std::string("something else"));
  CHECK(Mentions(Refusal(files, "w", "d/m"), "'d/m-00001-of-00002'"));

  // Files that do not agree, and files that both have it.
  second.AddFloats("w", Shape{3}, {{1, 2}}, Floats(3));
  files.Put("d/m-00001-of-00002", second.Bytes());
  const absl::Status shapes = Refusal(files, "w", "d/m");
  CHECK(shapes.code() == absl::StatusCode::kDataLoss);
  for (const char* part : {"d/m-00000-of-00002", "d/m-00001-of-00002", "'w'", "float32[2]", "float32[3]"}) {
    CHECK_MESSAGE(Mentions(shapes, part), shapes.ToString());
  }
  second = sw::File();
  second.AddSlice("w", DataType::kDouble, Shape{2}, {{1, 1}}, sw::Packed(6, "12345678"));
  files.Put("d/m-00001-of-00002", second.Bytes());
  CHECK(Refusal(files, "w", "d/m").code() == absl::StatusCode::kDataLoss);
  files.Put("d/m-00001-of-00002", first.Bytes());
  CHECK(Mentions(Refusal(files, "w", "d/m"), "overlap"));
  files.Put("d/m-00000-of-00001", first.Bytes());
  CHECK(Mentions(Refusal(files, "w", "d/m-00000-of-00001"), "1 of 2 elements"));
}

TEST_CASE("V1: content is the same whatever the files, slices, block size and compression") {
  const Shape shape{6, 10, 4};
  const std::string bytes = Floats(240);
  const std::vector<std::vector<TensorSlice>> cuts = {
      {{{0, -1}, {0, -1}, {0, -1}}},
      {{{0, 6}, {0, 10}, {0, 4}}},  // all of it, said with numbers
      {{{0, 2}, {0, -1}, {0, -1}}, {{2, 4}, {0, -1}, {0, -1}}},
      {{{0, -1}, {7, 3}, {0, -1}}, {{0, -1}, {0, 7}, {0, 4}}},
      {{{0, -1}, {0, -1}, {3, 1}}, {{0, -1}, {0, -1}, {0, 1}}, {{0, -1}, {0, -1}, {1, 2}}},
      {{{0, 3}, {0, 5}, {0, -1}}, {{3, 3}, {0, 2}, {0, -1}}, {{3, 3}, {2, 8}, {0, -1}}, {{0, 3}, {5, 5}, {0, 2}},
       {{0, 3}, {5, 5}, {2, 2}}},
  };
  for (const std::size_t shards : {1u, 3u}) {
    for (const std::size_t block_size : {1u, 600u, 262144u}) {
      for (const bool snappy : {false, true}) {
        for (const auto& cut : cuts) {
          bw::Options options;
          options.block_size = block_size;
          options.snappy = snappy;
          std::vector<sw::File> parts(shards, sw::File(options));
          for (std::size_t i = 0; i < cut.size(); ++i) parts[i % shards].AddFloats("cut", shape, cut[i], bytes);
          std::vector<std::int64_t> numbers;
          for (std::size_t i = 0; i < cut.size(); ++i) {
            numbers.assign(static_cast<std::size_t>(cut[i].In(shape)->NumElements()), -5);
            parts[(i + 1) % shards].AddSlice("coded", DataType::kInt16, shape, cut[i], sw::Varints(7, numbers));
          }
          parts[0].Add("few", DataType::kDouble, Shape{2}, sw::Packed(6, "1234567890123456"));
          gf::MemoryFileSystem files;
          for (std::size_t i = 0; i < shards; ++i) {
            files.Put("d/m-0000" + std::to_string(i) + "-of-0000" + std::to_string(shards), parts[i].Bytes());
          }
          std::string coded;
          for (int i = 0; i < 240; ++i) coded += "\xfb\xff";
          for (const gf::FileSystem& system : {gf::FileSystem(files), gf::FileSystem(Unmapped{files})}) {
            for (const bool verify : {true, false}) {
              const gf::Checkpoint reader = OpenIn(system, "d/m", verify);
              CHECK((reader.Get("cut")->bytes() == bytes));
              CHECK((reader.Get("coded")->bytes() == coded));
              CHECK((reader.Get("few")->bytes() == "1234567890123456"));
              const auto ref = reader.Locate("cut");
              REQUIRE_MESSAGE(ref.ok(), ref.status().ToString());
              CHECK((Join(*ref) == bytes));
              CHECK(gf::VerifyChecks(ref->checks).ok());
              const TensorSlice part{{2, 3}, {3, 4}, {1, 2}};
              CHECK((reader.Get("cut", part)->bytes() == bw::Cut(bytes, shape, *part.In(shape), 4)));
              CHECK(reader.Verify().ok());
            }
          }
        }
      }
    }
  }
}

TEST_CASE("V1: floats of a mapped file are not copied, what is coded or compressed is") {
  bw::Options small;
  small.block_size = 1000;
  sw::File file(small);
  const std::string large = Floats(5000);
  file.Add("large", DataType::kFloat, Shape{5000}, sw::Packed(5, large));
  file.Add("z/int", DataType::kInt32, Shape{2}, sw::Varints(7, {1, 2}));
  file.Add("z/small", DataType::kFloat, Shape{2}, sw::Packed(5, Floats(2)));
  const gf::MemoryFileSystem files = One(file);
  const std::string_view mapped = files.Open("m")->view();
  const gf::Checkpoint reader = OpenIn(files);
  const auto inside = [&](std::string_view bytes) {
    return bytes.data() >= mapped.data() && bytes.data() + bytes.size() <= mapped.data() + mapped.size();
  };
  CHECK(inside(reader.Get("large")->bytes()));
  CHECK(inside(reader.Get("z/small")->bytes()));
  CHECK_FALSE(inside(reader.Get("z/int")->bytes()));
  CHECK(reader.Measure("large")->bytes == 20000);
  CHECK(reader.Measure("large")->heap_bytes == 0);
  CHECK(reader.Measure("z/int")->heap_bytes == 8);
  // A tensor that fills its block is checked when it is used, a block of several once.
  const auto ref = reader.Locate("large");
  REQUIRE(ref->checks.size() == 1);
  CHECK(ref->checks[0].range.size > large.size());
  CHECK(ref->checks[0].key == "large");
  CHECK(reader.Locate("z/small")->checks.empty());
  CHECK((reader.Locate("z/small")->pieces[0].source == *files.Open("m")));

  bw::Options compressed = small;
  compressed.snappy = true;
  sw::File again(compressed);
  again.Add("large", DataType::kFloat, Shape{5000}, sw::Packed(5, large));
  const gf::TensorView view = *OpenIn(One(again)).Get("large");
  CHECK((view.bytes() == large));  // outlives the reader

  // What must be read and is large is referred to in its file.
  const gf::Checkpoint unmapped = OpenIn(Unmapped{files});
  CHECK(unmapped.Locate("large")->pieces[0].source.size() == mapped.size());
  CHECK(unmapped.Locate("large")->checks.size() == 1);
  CHECK((unmapped.Get("large")->bytes() == large));
  CHECK((unmapped.Get("z/small")->bytes() == Floats(2)));
}

TEST_CASE("V1: damage is found by the checksum of the block, unless checksums are not to be looked at") {
  sw::File file;
  file.Add("a", DataType::kFloat, Shape{1000}, sw::Packed(5, Floats(1000)));
  file.Add("b", DataType::kFloat, Shape{2}, sw::Packed(5, Floats(2)));
  file.Add("c", DataType::kInt32, Shape{2}, sw::Varints(7, {17, 18}));
  std::string bytes = file.Bytes();
  const std::size_t at = bytes.find(Floats(2)) + 500;
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  // One block: also what lies beside the damage is not trusted; the list of tensors lies there, too.
  const absl::Status open = Refusal(One(bytes));
  CHECK(open.code() == absl::StatusCode::kDataLoss);
  CHECK_MESSAGE(Mentions(open, "checksum"), open.ToString());
  CHECK(Mentions(open, "'m'"));
  const gf::Checkpoint trusting = OpenIn(One(bytes), "m", false);
  CHECK((trusting.Get("b")->bytes() == Floats(2)));
  CHECK(trusting.Get("a").ok());
  CHECK(trusting.Verify().code() == absl::StatusCode::kDataLoss);

  bw::Options options;
  options.block_size = 100;
  sw::File blocks(options);
  for (const char* key : {"0", "a", "b", "c"}) blocks.Add(key, DataType::kFloat, Shape{100}, sw::Packed(5, Floats(100, 1000.f * key[0])));
  for (const char* key : {"x", "y"}) blocks.Add(key, DataType::kFloat, Shape{5}, sw::Packed(5, Floats(5, 1000.f * key[0])));
  bytes = blocks.Bytes();
  for (const char* key : {"b", "y"}) {
    const std::size_t place = bytes.find(Floats(5, 1000.f * key[0])) + 9;
    bytes[place] = static_cast<char>(bytes[place] ^ 1);
  }
  const gf::Checkpoint reader = OpenIn(One(bytes));
  for (const char* key : {"a", "c"}) CHECK(reader.Get(key).ok());
  for (const char* key : {"b", "y"}) {
    const absl::Status status = reader.Get(key).status();
    CHECK(status.code() == absl::StatusCode::kDataLoss);
    CHECK_MESSAGE(Mentions(status, "checksum"), status.ToString());
    CHECK(Mentions(status, "offset"));
    CHECK(Mentions(status, std::string("'") + key + "'"));
  }
  CHECK(reader.Locate("b").ok());
  CHECK_FALSE(gf::VerifyChecks(reader.Locate("b")->checks).ok());
  CHECK(reader.Verify().code() == absl::StatusCode::kDataLoss);
}

TEST_CASE("V1: any flipped byte of a small file is an error or changes no value") {
  for (const bool snappy : {false, true}) {
    const std::string bytes = Small(snappy).Bytes();
    const auto expected = ReadAll(One(bytes));
    REQUIRE(expected.size() == 9);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      for (const int mask : {0x01, 0x80, 0xff}) {
        std::string bad = bytes;
        bad[i] = static_cast<char>(bad[i] ^ mask);
        for (const auto& one : ReadAll(One(bad))) {
          CAPTURE(i);
          CHECK(std::find(expected.begin(), expected.end(), one) != expected.end());
        }
        (void)ReadAll(One(bad), /*verify=*/false);
        (void)ReadAll(Unmapped{One(bad)}, /*verify=*/false);
      }
    }
  }
}

TEST_CASE("V1: any truncation of a small file is an error") {
  for (const bool snappy : {false, true}) {
    const std::string bytes = Small(snappy).Bytes();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CHECK(ReadAll(One(bytes.substr(0, size))).empty());
      CHECK(ReadAll(One(bytes.substr(0, size)), /*verify=*/false).empty());
    }
  }
}

TEST_CASE("V1: any flipped byte of a message, with all checksums made right again, does no harm") {
  const std::string list = [] {
    std::string tensor, slices, list_bytes, header;
    gf::wire::PutBytesField(&tensor, 1, "w");
    gf::wire::PutBytesField(&tensor, 2, Shape{2, 3}.Serialize());
    gf::wire::PutVarintField(&tensor, 3, 1);
    gf::wire::PutBytesField(&tensor, 4, bw::SliceProto({{0, -1}, {0, 1}}));
    gf::wire::PutBytesField(&tensor, 4, bw::SliceProto({{0, -1}, {1, 2}}));
    gf::wire::PutBytesField(&list_bytes, 1, tensor);
    gf::wire::PutBytesField(&header, 1, list_bytes);
    return header;
  }();
  const TensorSlice left{{0, -1}, {0, 1}}, right{{0, -1}, {1, 2}};
  const bw::Entries good = {{"", list},
                            {left.Key("w"), sw::Value("w", bw::SliceProto(left), sw::Packed(5, Floats(2)))},
                            {right.Key("w"), sw::Value("w", bw::SliceProto(right), sw::Packed(5, Floats(4)))}};
  REQUIRE(ReadAll(One(bw::MakeTable(good))).size() == 1);
  for (std::size_t which = 0; which < good.size(); ++which) {
    for (std::size_t i = 0; i < good[which].second.size(); ++i) {
      for (int byte = 0; byte < 256; byte += 3) {
        bw::Entries bad = good;
        bad[which].second[i] = static_cast<char>(byte);
        (void)ReadAll(One(bw::MakeTable(bad)));
      }
    }
  }
}

TEST_CASE("V1: as many values as elements, neither fewer nor more") {
  const auto with = [](DataType dtype, const Shape& shape, std::string_view data) {
    sw::File file;
    file.Add("w", dtype, shape, data);
    return Refusal(file);
  };
  CHECK(with(DataType::kFloat, Shape{3}, sw::Packed(5, Floats(3))).ok());
  for (const std::size_t n : {0u, 1u, 2u, 4u}) {
    const absl::Status status = with(DataType::kFloat, Shape{3}, sw::Packed(5, Floats(n)));
    CHECK(status.code() == absl::StatusCode::kDataLoss);
    CHECK_MESSAGE(Mentions(status, "'w'"), status.ToString());
    CHECK(Mentions(status, "3 values"));
  }
  CHECK_FALSE(with(DataType::kFloat, Shape{3}, sw::Packed(4, Floats(3))).ok());  // tensor_content
  CHECK_FALSE(with(DataType::kFloat, Shape{3}, sw::Packed(6, Floats(6))).ok());  // another type's field
  CHECK_FALSE(with(DataType::kFloat, Shape{3}, sw::Packed(5, Floats(3) + "x")).ok());
  CHECK_FALSE(with(DataType::kFloat, Shape{3}, "").ok());
  // In two runs, and one by one.
  CHECK(with(DataType::kFloat, Shape{3}, sw::Packed(5, Floats(1)) + sw::Packed(5, Floats(2))).ok());
  std::string single;
  for (int i = 0; i < 3; ++i) gf::wire::PutFixed32Field(&single, 5, 0x3f800000);
  CHECK(with(DataType::kFloat, Shape{3}, single).ok());
  CHECK(with(DataType::kComplex64, Shape{2}, sw::Packed(9, Floats(4))).ok());
  for (const std::size_t n : {2u, 3u, 5u}) {
    CHECK_FALSE(with(DataType::kComplex64, Shape{2}, sw::Packed(9, Floats(n))).ok());
  }
  CHECK(with(DataType::kInt32, Shape{2}, sw::Varints(7, {1, -1})).ok());
  CHECK_FALSE(with(DataType::kInt32, Shape{2}, sw::Varints(7, {1})).ok());
  CHECK_FALSE(with(DataType::kInt32, Shape{2}, sw::Varints(7, {1, 2, 3})).ok());
  CHECK_FALSE(with(DataType::kInt32, Shape{2}, sw::Packed(7, "\x01\xff")).ok());
  CHECK(with(DataType::kString, Shape{2}, sw::Strings({"a", "b"})).ok());
  for (const auto& strings : {std::vector<std::string>{"a"}, std::vector<std::string>{"a", "b", "c"}}) {
    CHECK_FALSE(with(DataType::kString, Shape{2}, sw::Strings(strings)).ok());
  }
  // Shapes that no file could fill.
  for (const std::int64_t huge : {std::int64_t{1} << 40, std::int64_t{1} << 60, kMax}) {
    CHECK_FALSE(with(DataType::kFloat, Shape{huge}, sw::Packed(5, Floats(1))).ok());
    CHECK_FALSE(with(DataType::kInt8, Shape{huge}, sw::Varints(7, {1})).ok());
    CHECK_FALSE(with(DataType::kString, Shape{huge}, sw::Strings({"a"})).ok());
  }
}

TEST_CASE("V1: types that the format cannot hold are refused when they are used, not before") {
  for (const int dtype : {0, 20, 21, 24, 34, 101, 127, -1}) {
    sw::File file;
    file.Add("w", static_cast<DataType>(dtype), Shape{1}, sw::Packed(5, Floats(1)));
    file.Add("good", DataType::kFloat, Shape{1}, sw::Packed(5, Floats(1)));
    const gf::Checkpoint reader = OpenIn(One(file));
    CHECK(reader.Get("w").status().code() == absl::StatusCode::kUnimplemented);
    CHECK(reader.Get("good").ok());
  }
}

TEST_CASE("V1: a value must say that it is the one that is asked for") {
  const auto with = [](std::string_view name, const TensorSlice& slice) {
    sw::File file;
    file.AddFloats("w", Shape{4}, {{0, 2}}, Floats(4));
    file.AddFloats("w", Shape{4}, {{2, 2}}, Floats(4));
    file.Put(TensorSlice{{2, 2}}.Key("w"), sw::Value(name, bw::SliceProto(slice), sw::Packed(5, Floats(2))));
    return Refusal(file);
  };
  CHECK(with("w", {{2, 2}}).ok());
  CHECK(with("v", {{2, 2}}).code() == absl::StatusCode::kDataLoss);
  CHECK(with("", {{2, 2}}).code() == absl::StatusCode::kDataLoss);
  CHECK(with("w", {{1, 2}}).code() == absl::StatusCode::kDataLoss);
  CHECK(with("w", {{0, -1}}).code() == absl::StatusCode::kDataLoss);
  CHECK(with("w", {}).code() == absl::StatusCode::kDataLoss);
  CHECK(Mentions(with("v", {{2, 2}}), "'v'"));
}

TEST_CASE("V1: lists that cannot be are errors") {
  const auto shape_of = [](const std::string& shape) {
    sw::File file;
    file.List("w", DataType::kFloat, shape, {bw::SliceProto({{0, -1}})});
    file.Put(TensorSlice{{0, -1}}.Key("w"), sw::Value("w", bw::SliceProto({{0, -1}}), sw::Packed(5, Floats(2))));
    return Refusal(file);
  };
  CHECK(shape_of(DimProto(2)).ok());
  for (const std::string& shape :
       {DimProto(-1), DimProto(-2), DimProto(kMin), DimProto(kMax), DimProto(7), DimProto(2) + DimProto(1), std::string(),
        DimProto(std::int64_t{1} << 32) + DimProto(std::int64_t{1} << 32), std::string("\x18\x01", 2),
        std::string("\x12\x05", 2)}) {
    CHECK_FALSE(shape_of(shape).ok());
  }
  const auto slices_of = [](const std::vector<std::string>& slices) {
    sw::File file;
    for (const TensorSlice& slice : {TensorSlice{{0, 1}}, TensorSlice{{1, 1}}, TensorSlice{{0, -1}}}) {
      file.Put(slice.Key("w"), sw::Value("w", bw::SliceProto(slice), sw::Packed(5, Floats(slice.extents()[0].length == 1 ? 1 : 2))));
    }
    file.List("w", DataType::kFloat, Shape{2}.Serialize(), slices);
    return Refusal(file);
  };
  const std::string low = bw::SliceProto({{0, 1}}), high = bw::SliceProto({{1, 1}}), all = bw::SliceProto({{0, -1}});
  CHECK(slices_of({low, high}).ok());
  CHECK(slices_of({high, low}).ok());
  CHECK(slices_of({all}).ok());
  CHECK_FALSE(slices_of({}).ok());
  CHECK_FALSE(slices_of({low}).ok());
  CHECK_FALSE(slices_of({low, low}).ok());
  CHECK_FALSE(slices_of({all, all}).ok());
  CHECK_FALSE(slices_of({low, high, all}).ok());
  CHECK_FALSE(slices_of({low, bw::SliceProto({{1, 2}})}).ok());
  CHECK_FALSE(slices_of({low, bw::SliceProto({{1, kMax}})}).ok());
  CHECK_FALSE(slices_of({low, bw::SliceProto({{1, 1}, {0, 1}})}).ok());
  CHECK_FALSE(slices_of({std::string()}).ok());
  CHECK_FALSE(slices_of({std::string("\x0a\x04\x08\x00\x10\x00", 6)}).ok());  // a length of 0
  CHECK_FALSE(slices_of({std::string("\x0a", 1)}).ok());
  // Listed, but not there.
  sw::File lost;
  lost.List("w", DataType::kFloat, Shape{2}.Serialize(), {all});
  CHECK(Refusal(lost).code() == absl::StatusCode::kDataLoss);
}

TEST_CASE("V1: versions, and tables that are no checkpoints") {
  const auto with = [](std::string versions) {
    sw::File file;
    file.AddFloats("w", Shape{2}, {{0, -1}}, Floats(2));
    file.SetVersions(std::move(versions));
    return Refusal(file);
  };
  CHECK(with("").ok());
  CHECK(with("\x10\x01").ok());
  CHECK(with("\x10\x02").code() == absl::StatusCode::kUnimplemented);
  CHECK(with("\x18\x01").code() == absl::StatusCode::kUnimplemented);
  CHECK_FALSE(with("\x10").ok());
  CHECK_FALSE(Refusal(One(bw::MakeTable({{"w", "x"}}))).ok());
  CHECK_FALSE(Refusal(One(bw::MakeTable({}))).ok());
  CHECK_FALSE(Refusal(One(bw::MakeTable({{"", "\x0a\x05"}}))).ok());
}

TEST_CASE("V1: many small tensors in one block, in any order, take little time") {
  // Each look-up must not walk through the block, nor check or decompress it again.
  for (const bool snappy : {false, true}) {
    bw::Options options;
    options.block_size = 64 << 20;
    options.snappy = snappy;
    sw::File file(options);
    constexpr int kTensors = 20000;
    for (int i = 0; i < kTensors; ++i) {
      file.Add("t" + std::to_string(i), DataType::kFloat, Shape{}, sw::Packed(5, Floats(1, static_cast<float>(i))));
    }
    const gf::Checkpoint reader = OpenIn(One(file));
    int wrong = 0;
    for (int i = 0; i < kTensors; ++i) {
      const int n = i * 7919 % kTensors;
      const auto view = reader.Get("t" + std::to_string(n));
      wrong += !view.ok() || view->bytes() != Floats(1, static_cast<float>(n));
    }
    CHECK(wrong == 0);
    CHECK(reader.Verify().ok());
  }
}

TEST_CASE("V1: one reader serves many threads") {
  bw::Options options;
  options.block_size = 300;
  for (const bool snappy : {false, true}) {
    options.snappy = snappy;
    sw::File file(options);
    for (int i = 0; i < 60; ++i) {
      file.Add("t" + std::to_string(i), DataType::kInt32, Shape{20}, sw::Varints(7, std::vector<std::int64_t>(20, i)));
      file.Add("f" + std::to_string(i), DataType::kFloat, Shape{20}, sw::Packed(5, Floats(20, static_cast<float>(i))));
    }
    for (const gf::FileSystem& files : {gf::FileSystem(One(file)), gf::FileSystem(Unmapped{One(file)})}) {
      const gf::Checkpoint reader = OpenIn(files);
      std::vector<int> wrong(4);
      gf::ThreadExecutor(4)(4, [&](std::size_t thread) {
        for (int i = 0; i < 60; ++i) {
          const auto view = reader.Get("f" + std::to_string(i)), coded = reader.Get("t" + std::to_string(i));
          wrong[thread] += !view.ok() || view->bytes() != Floats(20, static_cast<float>(i));
          wrong[thread] += !coded.ok() || coded->bytes().size() != 80 || coded->bytes()[0] != static_cast<char>(i);
        }
      });
      CHECK((wrong == std::vector<int>(4)));
    }
  }
}
