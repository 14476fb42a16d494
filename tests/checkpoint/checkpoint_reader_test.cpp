#include <graphfreeze/checkpoint/checkpoint_reader.hpp>

#include <atomic>
#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <graphfreeze/io/threads.hpp>

#include "bundle_writer.hpp"
#include <doctest/doctest.h>

namespace gf = graphfreeze;
namespace bw = bundle_writer;
using gf::DataType;
using gf::Shape;
using gf::TensorSlice;

namespace {

const std::string kFixtures = std::string(GRAPHFREEZE_FIXTURES) + "/checkpoints/";

// What TensorFlow read from a fixture.
struct Golden {
  std::string checkpoint, key, spec, dtype, shape, value;
};

std::vector<Golden> ReadGolden() {
  std::ifstream file(kFixtures + "golden.txt");
  std::vector<Golden> lines;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    Golden golden;
    for (std::string* field :
         {&golden.checkpoint, &golden.key, &golden.spec, &golden.dtype, &golden.shape, &golden.value}) {
      std::getline(fields, *field, '\t');
      if (*field == "-") field->clear();
    }
    lines.push_back(golden);
  }
  return lines;
}

std::string Hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    out += "0123456789abcdef"[c & 15];
  }
  return out;
}
// The value as golden.txt has it.
std::string Hex(const gf::TensorView& tensor) {
  if (tensor.dtype() != DataType::kString) return Hex(tensor.bytes());
  std::string out;
  for (std::size_t i = 0; i < tensor.strings().size(); ++i) out += (i > 0 ? "," : "") + Hex(tensor.strings()[i]);
  return out;
}

// The bytes that a reference leads to, put one after the other.
std::string Join(const gf::TensorRef& ref) {
  std::string out;
  for (const gf::ByteRange& piece : ref.pieces) {
    const auto bytes = piece.source.Load(piece.offset, piece.size);
    REQUIRE_MESSAGE(bytes.ok(), bytes.status().ToString());
    out += bytes->bytes;
  }
  return out;
}

std::string Noise(std::size_t n, std::uint32_t seed) {
  std::string bytes(n, '\0');
  for (char& c : bytes) {
    seed = seed * 1664525 + 1013904223;
    c = static_cast<char>(seed >> 24);
  }
  return bytes;
}

gf::Checkpoint OpenIn(const gf::MemoryFileSystem& files, const std::string& prefix = "d/m") {
  auto reader = gf::CheckpointReader<gf::MemoryFileSystem>::Open(prefix, {}, files);
  REQUIRE_MESSAGE(reader.ok(), reader.status().ToString());
  return *reader;
}

bool Mentions(const absl::Status& status, std::string_view text) {
  return gf::FromAbsl(status.message()).find(text) != std::string_view::npos;
}

}  // namespace

TEST_CASE_TEMPLATE("every tensor that TensorFlow wrote is read as TensorFlow reads it", Fs, gf::LocalFileSystem,
                   gf::ReadingFileSystem) {
  const std::vector<Golden> all = ReadGolden();
  REQUIRE(all.size() > 380);
  std::map<std::string, std::size_t> whole;
  for (const Golden& golden : all) {
    CAPTURE(golden.checkpoint);
    CAPTURE(golden.key);
    CAPTURE(golden.spec);
    whole[golden.checkpoint] += golden.spec.empty() ? 1 : 0;
    const auto reader = gf::CheckpointReader<Fs>::Open(kFixtures + golden.checkpoint);
    REQUIRE_MESSAGE(reader.ok(), reader.status().ToString());
    const gf::CheckpointEntry* entry = reader->Find(golden.key);
    REQUIRE(entry != nullptr);
    CHECK(gf::Name(entry->dtype) == golden.dtype);
    if (golden.spec.empty()) CHECK(entry->shape.ToString() == golden.shape);

    const auto part = gf::ShapeAndSlice::Parse(golden.spec);
    REQUIRE(part.ok());
    const auto view = reader->Get(golden.key, part->slice);
    REQUIRE_MESSAGE(view.ok(), view.status().ToString());
    CHECK(view->dtype() == entry->dtype);
    CHECK(view->shape().ToString() == golden.shape);
    CHECK(Hex(*view) == golden.value);

    const auto ref = reader->Locate(golden.key, *part);
    REQUIRE_MESSAGE(ref.ok(), ref.status().ToString());
    CHECK(ref->shape.ToString() == golden.shape);
    if (entry->dtype == DataType::kString) {
      REQUIRE(ref->string_value != nullptr);
      CHECK(Hex(*ref->string_value) == golden.value);
    } else {
      CHECK(Hex(Join(*ref)) == golden.value);
      CHECK(ref->size() * 2 == golden.value.size());
    }
    CHECK(gf::VerifyChecks(ref->checks).ok());
  }
  // And no tensor more than TensorFlow lists.
  for (const auto& [checkpoint, count] : whole) {
    const auto reader = gf::CheckpointReader<Fs>::Open(kFixtures + checkpoint);
    REQUIRE(reader.ok());
    const bool all_listed = checkpoint != "grid/model" && checkpoint != "partitioned/model" && checkpoint != "v1/large";
    if (all_listed) CHECK(reader->keys().size() == count);
    CHECK(reader->Verify().ok());
    CHECK(reader->Verify(gf::ThreadExecutor(3)).ok());
  }
}

TEST_CASE("the documented checkpoint: a scalar, a matrix in two slices, two strings") {
  const auto bytes = [](std::string_view hex) {
    std::string out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
      out.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
    }
    return out;
  };
  gf::MemoryFileSystem files;
  files.Put("x.index", bytes("0000060801" "1a020801000a15007000010102808280" "7f08011208120208021202080220042810354c2898740604158282807f0801120812020802120208022014"
                             "281035ebd5bc4900010b610801120028043506" "38271f00011e7008011208120208041202" "08023a060a0210020a003a080a04080210020a0000011173080712041202080220242808359e9e48ed00000000"
                             "01000000" "00e41296a2" "000000000100000000c0f2a1b00001037400950100000000" "0100000000" "5421a6259a0108a7010f" "0000000000000000000000000000000000000000000000000000000000000000000000" "57fb808b247547db"));
  files.Put("x.data-00000-of-00001", bytes("0000003f0000803f0000004000004040000080400000a0400000c0400000e040000000410200"
                                           "78270b346869"));
  const gf::Checkpoint reader = OpenIn(files, "x");
  REQUIRE(reader.keys().size() == 3);
  CHECK((reader.keys()[1].key == "p"));
  CHECK(reader.keys()[1].sliced);
  CHECK(reader.keys()[1].bytes == 32);
  CHECK(Hex(*reader.Get("a")) == "0000003f");
  CHECK(Hex(*reader.Get("p")) == "0000803f0000004000004040000080400000a0400000c0400000e04000000041");
  CHECK(Hex(*reader.Get("s")) == "6869,");
  // The two slices follow one another in the file: one piece, nothing copied.
  const auto p = reader.Locate("p");
  REQUIRE(p->pieces.size() == 1);
  CHECK(p->pieces[0].offset == 4);
  CHECK(p->pieces[0].size == 32);
  CHECK(p->checks.size() == 2);
}

TEST_CASE("content is the same whatever the shards, slices, block size, alignment and compression") {
  const Shape shape{6, 10, 4};
  const std::string floats = Noise(6 * 10 * 4 * 4, 1), bools = Noise(6 * 10 * 4, 2), wide = Noise(16 * 240, 3);
  const std::vector<std::vector<TensorSlice>> cuts = {
      {{{0, -1}, {0, -1}, {0, -1}}},
      {{{0, 2}, {0, -1}, {0, -1}}, {{2, 4}, {0, -1}, {0, -1}}},
      {{{0, -1}, {7, 3}, {0, -1}}, {{0, -1}, {0, 7}, {0, 4}}},
      {{{0, -1}, {0, -1}, {3, 1}}, {{0, -1}, {0, -1}, {0, 1}}, {{0, -1}, {0, -1}, {1, 2}}},
      {{{0, 3}, {0, 5}, {0, -1}}, {{3, 3}, {0, 2}, {0, -1}}, {{3, 3}, {2, 8}, {0, -1}}, {{0, 3}, {5, 5}, {0, 2}},
       {{0, 3}, {5, 5}, {2, 2}}},
  };
  const std::vector<TensorSlice> parts = {
      {}, {{1, 3}, {0, -1}, {0, -1}}, {{0, -1}, {4, 5}, {0, -1}}, {{2, 1}, {3, 4}, {1, 2}}, {{5, 1}, {9, 1}, {3, 1}}};
  for (const std::int32_t shards : {1, 3, 7}) {
    for (const std::size_t block_size : {1u, 300u, 262144u}) {
      for (const bool snappy : {false, true}) {
        for (std::size_t c = 0; c < cuts.size(); ++c) {
          bw::Options options;
          options.shards = shards;
          options.block_size = block_size;
          options.snappy = snappy;
          options.alignment = snappy ? 64 : 1;
          bw::Writer writer(options);
          writer.Add("whole", DataType::kFloat, shape, floats);
          writer.AddSliced("cut/float", DataType::kFloat, shape, floats, cuts[c]);
          writer.AddSliced("cut/bool", DataType::kBool, shape, bools, cuts[c]);
          writer.AddSliced("cut/wide", DataType::kComplex128, shape, wide, cuts[c]);
          writer.AddStrings("strings", Shape{2, 2}, {"a", "", "bc", std::string(500, 'd')});
          const gf::Checkpoint reader = OpenIn(writer.Files("d/m"));
          CHECK(reader.keys().size() == 5);
          CHECK(reader.Verify().ok());
          CHECK((reader.Get("strings")->strings()[3] == std::string(500, 'd')));
          for (const TensorSlice& part : parts) {
            const gf::Box box = *part.In(shape);
            for (const auto& [key, bytes, element] :
                 {std::tuple<const char*, const std::string&, std::size_t>("whole", floats, 4),
                  {"cut/float", floats, 4},
                  {"cut/bool", bools, 1},
                  {"cut/wide", wide, 16}}) {
              const std::string expected = bw::Cut(bytes, shape, box, element);
              const auto view = reader.Get(key, part);
              REQUIRE_MESSAGE(view.ok(), view.status().ToString());
              CHECK((view->bytes() == expected));
              CHECK((view->shape() == Shape(box.size)));
              CHECK((Join(*reader.Locate(key, part)) == expected));
            }
          }
        }
      }
    }
  }
}

TEST_CASE("a whole tensor is a view of its file, and nothing of it is read before it is asked for") {
  bw::Writer writer;
  writer.Add("w", DataType::kFloat, Shape{1000}, Noise(4000, 1));
  gf::MemoryFileSystem files = writer.Files("d/m");
  const gf::Checkpoint reader = OpenIn(files);
  const auto source = files.Open("d/m.data-00000-of-00001");
  CHECK(reader.Get("w")->bytes().data() == source->view().data());
  const auto ref = reader.Locate("w");
  REQUIRE(ref->pieces.size() == 1);
  CHECK((ref->pieces[0].source == *source));
  REQUIRE(ref->checks.size() == 1);
  CHECK(ref->checks[0].key == "w");
  CHECK(ref->checks[0].crc32c == bw::Crc(source->view()));

  // Damaged after all: Locate does not look, Get and the check do.
  writer.data(0)[77] ^= 1;
  const gf::Checkpoint damaged = OpenIn(writer.Files("d/m"));
  CHECK(damaged.Locate("w").ok());
  CHECK(gf::VerifyChecks(damaged.Locate("w")->checks).code() == absl::StatusCode::kDataLoss);
  CHECK(damaged.Get("w").status().code() == absl::StatusCode::kDataLoss);
}

TEST_CASE("views outlive the reader and its files") {
  gf::TensorView whole, joined, strings;
  {
    bw::Writer writer;
    writer.Add("w", DataType::kInt8, Shape{5}, "hello");
    writer.AddSliced("p", DataType::kInt8, Shape{2, 3}, "abcdef", {{{0, -1}, {0, 1}}, {{0, -1}, {1, 2}}});
    writer.AddStrings("s", Shape{1}, {"string"});
    const gf::Checkpoint reader = OpenIn(writer.Files("d/m"));
    whole = *reader.Get("w");
    joined = *reader.Get("p");
    strings = *reader.Get("s");
  }
  CHECK((whole.bytes() == "hello"));
  CHECK((joined.bytes() == "abcdef"));
  CHECK((strings.strings()[0] == "string"));
}

TEST_CASE("slices are referred to where runs are long, and put together where they are short") {
  // Rows of 1,000 floats: cut on axis 1 into runs of 2,000 bytes; rows of 6: into runs of 12.
  const std::string wide = Noise(4 * 20 * 1000, 1), narrow = Noise(4 * 20 * 6, 2);
  const std::vector<TensorSlice> halves_wide = {{{0, -1}, {0, 500}}, {{0, -1}, {500, 500}}};
  const std::vector<TensorSlice> halves_narrow = {{{0, -1}, {0, 3}}, {{0, -1}, {3, 3}}};
  bw::Options options;
  options.shards = 2;
  bw::Writer writer(options);
  writer.AddSliced("wide", DataType::kFloat, Shape{20, 1000}, wide, halves_wide);
  writer.AddSliced("narrow", DataType::kFloat, Shape{20, 6}, narrow, halves_narrow);
  const gf::Checkpoint reader = OpenIn(writer.Files("d/m"));
  const auto far = reader.Locate("wide");
  CHECK(far->pieces.size() == 40);
  CHECK(far->checks.size() == 2);
  CHECK((Join(*far) == wide));
  const auto near = reader.Locate("narrow");
  CHECK(near->pieces.size() == 1);
  CHECK(near->checks.empty());
  CHECK((Join(*near) == narrow));
  // A view is one piece either way.
  CHECK((reader.Get("wide")->bytes() == wide));

  // Putting together compares checksums, unless it must not.
  writer.data(0).back() ^= 1;
  writer.data(1).back() ^= 1;
  CHECK(OpenIn(writer.Files("d/m")).Locate("narrow").status().code() == absl::StatusCode::kDataLoss);
  gf::CheckpointOptions trusting;
  trusting.verify_checksums = false;
  CHECK(gf::Checkpoint::Open("d/m", trusting, writer.Files("d/m"))->Locate("narrow").ok());
}

TEST_CASE("what a tensor will take is told from the index, without a data file") {
  bw::Writer writer;
  writer.Add("w", DataType::kFloat, Shape{100, 30}, Noise(12000, 1));
  writer.AddSliced("wide", DataType::kFloat, Shape{20, 1000}, Noise(80000, 2), {{{0, -1}, {0, 500}}, {{0, -1}, {500, 500}}});
  writer.AddSliced("narrow", DataType::kFloat, Shape{20, 6}, Noise(480, 3), {{{0, -1}, {0, 3}}, {{0, -1}, {3, 3}}});
  writer.AddStrings("s", Shape{3}, {"", "abc", std::string(200, 'x')});
  writer.AddStrings("none", Shape{0}, {});
  gf::MemoryFileSystem files;
  files.Put("d/m.index", writer.Index());
  const gf::Checkpoint reader = OpenIn(files);
  REQUIRE_FALSE(reader.Locate("w").ok());
  const auto is = [&](std::string_view key, const Shape& shape, std::uint64_t bytes, std::uint64_t heap, const TensorSlice& slice = {}) {
    const auto measure = reader.Measure(key, slice);
    REQUIRE_MESSAGE(measure.ok(), measure.status().ToString());
    CAPTURE(std::string(key));
    CHECK((measure->shape == shape));
    CHECK(measure->bytes == bytes);
    CHECK(measure->heap_bytes == heap);
  };
  is("w", Shape{100, 30}, 12000, 0);
  is("w", Shape{10, 30}, 1200, 0, {{5, 10}, {0, -1}});
  is("w", Shape{100, 2}, 800, 800, {{0, -1}, {1, 2}});
  is("wide", Shape{20, 1000}, 80000, 0);
  is("narrow", Shape{20, 6}, 480, 480);
  // Field 8 of a TensorProto, once each: a tag, a length of one or two bytes, and the string.
  is("s", Shape{3}, 2 + (2 + 3) + (3 + 200), 2 + (2 + 3) + (3 + 200));
  is("none", Shape{0}, 0, 0);
  CHECK(reader.Measure("gone").status().code() == absl::StatusCode::kNotFound);
  CHECK_FALSE(reader.Measure("w", {{90, 11}, {0, -1}}).ok());
}

TEST_CASE("a part of a tensor that was stored whole is a piece of it") {
  bw::Writer writer;
  const std::string bytes = Noise(4 * 100 * 64, 5);
  writer.Add("w", DataType::kFloat, Shape{100, 64}, bytes);
  const gf::Checkpoint reader = OpenIn(writer.Files("d/m"));
  const auto rows = reader.Locate("w", TensorSlice{{10, 20}, {0, -1}});
  REQUIRE(rows->pieces.size() == 1);
  CHECK(rows->pieces[0].offset == 10 * 64 * 4);
  CHECK(rows->pieces[0].size == 20 * 64 * 4);
  // The checksum is that of all of it.
  REQUIRE(rows->checks.size() == 1);
  CHECK(rows->checks[0].range.size == bytes.size());
  CHECK(reader.Get("w", TensorSlice{{0, 101}, {0, -1}}).status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(reader.Get("w", TensorSlice{{0, 1}}).status().code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("a part of a tensor of another shape is refused") {
  bw::Writer writer;
  writer.Add("w", DataType::kInt8, Shape{6}, "abcdef");
  const gf::Checkpoint reader = OpenIn(writer.Files("d/m"));
  const absl::Status status = reader.Locate("w", *gf::ShapeAndSlice::Parse("7 0,3")).status();
  CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  CHECK(Mentions(status, "[6]"));
  CHECK(Mentions(status, "[7]"));
}

TEST_CASE("a missing key is answered with those that are like it") {
  bw::Writer writer;
  for (const char* key : {"bert/pooler/dense/kernel", "bert/pooler/dense/bias", "bert/embeddings/word", "global_step"}) {
    writer.Add(key, DataType::kInt8, Shape{1}, "x");
  }
  const gf::Checkpoint reader = OpenIn(writer.Files("d/m"));
  CHECK_FALSE(reader.Contains("bert/pooler/kernel"));
  const absl::Status status = reader.Get("bert/pooler/kernel").status();
  CHECK(status.code() == absl::StatusCode::kNotFound);
  CHECK_MESSAGE(Mentions(status, "'bert/pooler/dense/kernel'"), status.ToString());
  CHECK_FALSE(Mentions(status, "global_step"));
  CHECK((reader.NearestKeys("bert/pooler/kernel", 1) == std::vector<std::string_view>{"bert/pooler/dense/kernel"}));
}

TEST_CASE("a missing shard is named when a tensor of it is first needed, and not before") {
  bw::Options options;
  options.shards = 3;
  bw::Writer writer(options);
  for (const char* key : {"a", "b", "c"}) writer.Add(key, DataType::kInt8, Shape{2}, "xy");
  gf::MemoryFileSystem files;
  files.Put("d/m.index", writer.Index());
  files.Put("d/m.data-00000-of-00003", writer.data(0));
  files.Put("d/m.data-00002-of-00003", writer.data(2));
  const gf::Checkpoint reader = OpenIn(files);
  CHECK(reader.Get("a").ok());
  CHECK(reader.Get("c").ok());
  for (const absl::Status& status : {reader.Get("b").status(), reader.Locate("b").status(), reader.Verify()}) {
    CHECK(status.code() == absl::StatusCode::kNotFound);
    CHECK_MESSAGE(Mentions(status, "missing shard 1 of 3"), status.ToString());
    CHECK(Mentions(status, "'d/m.data-00001-of-00003'"));
    CHECK(Mentions(status, "'b'"));
  }
}

TEST_CASE("a short data file is an error that names it, the tensor and the offset") {
  bw::Writer writer;
  writer.Add("first", DataType::kInt8, Shape{4}, "abcd");
  writer.Add("second", DataType::kInt8, Shape{4}, "efgh");
  gf::MemoryFileSystem files = writer.Files("d/m");
  files.Put("d/m.data-00000-of-00001", std::string("abcdef"));
  const gf::Checkpoint reader = OpenIn(files);
  CHECK(reader.Get("first").ok());
  const absl::Status status = reader.Locate("second").status();
  CHECK(status.code() == absl::StatusCode::kDataLoss);
  CHECK(Mentions(status, "'second'"));
  CHECK(Mentions(status, "d/m.data-00000-of-00001"));
  CHECK(Mentions(status, "offset 4"));
}

TEST_CASE("a damaged tensor is an error with both checksums, its shard and offset") {
  bw::Writer writer;
  writer.Add("first", DataType::kInt8, Shape{4}, "abcd");
  writer.Add("second", DataType::kInt8, Shape{4}, "efgh");
  writer.data(0)[5] = 'F';
  const gf::Checkpoint reader = OpenIn(writer.Files("d/m"));
  CHECK(reader.Get("first").ok());
  for (const absl::Status& status : {reader.Get("second").status(), reader.Verify()}) {
    CHECK(status.code() == absl::StatusCode::kDataLoss);
    for (const std::string& part :
         {std::string("'second'"), std::string("d/m.data-00000-of-00001"), std::string("4 bytes at offset 4"),
          gf::wire::HexCrc(bw::Crc("efgh")), gf::wire::HexCrc(bw::Crc("eFgh"))}) {
      CHECK_MESSAGE(Mentions(status, part), status.ToString());
    }
  }
  gf::CheckpointOptions trusting;
  trusting.verify_checksums = false;
  CHECK((gf::Checkpoint::Open("d/m", trusting, writer.Files("d/m"))->Get("second")->bytes() == "eFgh"));
}

TEST_CASE("scalars and tensors without elements need no more than the index says") {
  bw::Writer writer;
  writer.Add("empty", DataType::kFloat, Shape{0, 7}, "");
  writer.Add("none", DataType::kString, Shape{0}, "");
  gf::MemoryFileSystem files;
  files.Put("d/m.index", writer.Index());
  const gf::Checkpoint reader = OpenIn(files);
  const auto view = reader.Get("empty");
  REQUIRE_MESSAGE(view.ok(), view.status().ToString());
  CHECK(view->bytes().empty());
  CHECK((view->shape() == Shape{0, 7}));
  CHECK(reader.Locate("empty")->pieces.empty());
  CHECK(reader.Get("none")->strings().empty());
  CHECK(reader.Verify().ok());
}

TEST_CASE("keys come sorted, with dtype, shape, size, and without the slices") {
  bw::Writer writer;
  writer.AddSliced("z", DataType::kHalf, Shape{4}, "abcdefgh", {{{0, 1}}, {{1, 3}}});
  writer.Add("a", DataType::kInt64, Shape{}, "12345678");
  writer.AddStrings("m", Shape{1}, {"xyz"});
  const gf::Checkpoint reader = OpenIn(writer.Files("d/m"));
  REQUIRE(reader.keys().size() == 3);
  CHECK((reader.keys()[0].key == "a"));
  CHECK(reader.keys()[0].bytes == 8);
  CHECK_FALSE(reader.keys()[0].sliced);
  CHECK(reader.keys()[0].shape.rank() == 0);
  CHECK((reader.keys()[1].key == "m"));
  CHECK((reader.keys()[2].key == "z"));
  CHECK(reader.keys()[2].bytes == 8);
  CHECK(reader.keys()[2].sliced);
  CHECK((reader.prefix() == "d/m"));
}

TEST_CASE("one reader serves many threads") {
  bw::Options options;
  options.shards = 4;
  bw::Writer writer(options);
  std::vector<std::string> keys;
  for (int i = 0; i < 40; ++i) {
    keys.push_back("t" + std::to_string(i));
    writer.AddSliced(keys.back(), DataType::kFloat, Shape{8, 3}, Noise(96, static_cast<std::uint32_t>(i)),
                     {{{0, -1}, {0, 1}}, {{0, -1}, {1, 2}}});
  }
  const gf::Checkpoint reader = OpenIn(writer.Files("d/m"));
  std::atomic<int> wrong{0};
  gf::ThreadExecutor(4)(4, [&](std::size_t) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto view = reader.Get(keys[i]);
      if (!view.ok() || view->bytes() != Noise(96, static_cast<std::uint32_t>(i))) ++wrong;
    }
  });
  CHECK(wrong == 0);
}

TEST_CASE("copies of a reader share it, and a file system of one's own serves") {
  // Counts what is opened; nothing has a view.
  struct Counting {
    struct File {
      gf::Source source;
      std::uint64_t size() const { return source.size(); }
      absl::Status Read(std::uint64_t offset, absl::Span<char> out) const { return source.Read(offset, out); }
    };
    gf::MemoryFileSystem files;
    std::shared_ptr<std::atomic<int>> opened = std::make_shared<std::atomic<int>>(0);
    absl::StatusOr<gf::Source> Open(std::string_view path) const {
      GRAPHFREEZE_ASSIGN_OR_RETURN(gf::Source source, files.Open(path));
      ++*opened;
      return gf::Source::Of(File{std::move(source)}, std::string(path));
    }
    absl::StatusOr<std::vector<std::string>> List(std::string_view directory) const { return files.List(directory); }
  };
  bw::Writer writer;
  writer.Add("w", DataType::kInt8, Shape{5}, "hello");
  writer.AddSliced("p", DataType::kInt8, Shape{2, 3}, "abcdef", {{{0, -1}, {0, 1}}, {{0, -1}, {1, 2}}});
  Counting counting{writer.Files("d/m")};
  const auto reader = gf::CheckpointReader<Counting>::Open("d/m", {}, counting);
  REQUIRE(reader.ok());
  const gf::CheckpointReader<Counting> copy = *reader;
  CHECK(*counting.opened == 1);
  CHECK((copy.Get("w")->bytes() == "hello"));
  CHECK((reader->Get("p")->bytes() == "abcdef"));
  CHECK(copy.Verify().ok());
  CHECK(*counting.opened == 2);
}
