// Checkpoints that no honest writer makes. Whatever they say, reading them ends in an error or in right values;
// run under AddressSanitizer and UndefinedBehaviorSanitizer this also says that nothing else happens.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/checkpoint/checkpoint_reader.hpp>

#include "bundle_writer.hpp"
#include <doctest/doctest.h>

namespace gf = graphfreeze;
namespace bw = bundle_writer;
using gf::DataType;
using gf::Shape;
using gf::TensorSlice;

namespace {

constexpr std::int64_t kMax = (std::numeric_limits<std::int64_t>::max)();
constexpr std::int64_t kMin = (std::numeric_limits<std::int64_t>::min)();

bw::Writer Small() {
  bw::Options options;
  options.shards = 2;
  options.block_size = 120;
  bw::Writer writer(options);
  writer.Add("float", DataType::kFloat, Shape{2, 3}, "abcdefghijklmnopqrstuvwx");
  writer.Add("scalar", DataType::kInt64, Shape{}, "12345678");
  writer.Add("empty", DataType::kInt8, Shape{0}, "");
  writer.AddSliced("cut", DataType::kInt8, Shape{2, 4}, "ABCDEFGH", {{{0, -1}, {0, 1}}, {{0, -1}, {1, 3}}});
  writer.AddStrings("strings", Shape{3}, {"one", "", "three"});
  return writer;
}

// Every tensor as text: key, type, shape and value, or null if reading it is an error.
std::vector<std::pair<std::string, std::string>> ReadAll(const gf::MemoryFileSystem& files, bool verify = true) {
  std::vector<std::pair<std::string, std::string>> all;
  gf::CheckpointOptions options;
  options.verify_checksums = verify;
  const auto reader = gf::Checkpoint::Open("m", options, files);
  if (!reader.ok()) return all;
  (void)reader->Verify();
  for (const gf::CheckpointEntry& entry : reader->keys()) {
    (void)reader->Locate(entry.key);
    if (entry.shape.rank() > 0) (void)reader->Get(entry.key, TensorSlice(TensorSlice::Extents(entry.shape.rank(), {0, 1})));
    const auto view = reader->Get(entry.key);
    if (!view.ok()) continue;
    std::string text = gf::Name(view->dtype()) + view->shape().ToString() + std::string(view->bytes());
    for (const std::string_view string : view->strings()) text += "|" + std::string(string);
    all.emplace_back(entry.key, text);
  }
  return all;
}

// The error of opening the checkpoint and of getting its tensor.
absl::Status Refusal(const bw::Writer& writer, const std::string& key = "w") {
  const auto reader = gf::Checkpoint::Open("m", {}, writer.Files("m"));
  if (!reader.ok()) return reader.status();
  (void)reader->Verify();
  const absl::Status located = reader->Locate(key).status(), got = reader->Get(key).status();
  CHECK(located.ok() == got.ok());
  return got;
}

// A tensor that is listed with slices, stored as given: a slice, the shape it is stored with, its bytes.
struct Stored {
  std::string slice;
  TensorSlice key;
  Shape shape;
  std::string bytes;
  DataType dtype = DataType::kInt8;
};
bw::Writer Sliced(const Shape& shape, const std::vector<Stored>& parts) {
  bw::Writer writer;
  bw::Entry full;
  full.dtype = DataType::kInt8;
  full.shape = shape.Serialize();
  for (const Stored& part : parts) {
    full.slices.push_back(part.slice);
    writer.Put(part.key.Key("w"), writer.Store(part.dtype, part.shape, part.bytes));
  }
  writer.Put("w", full);
  return writer;
}
Stored Honest(const TensorSlice& slice, const Shape& shape, const std::string& bytes) {
  return {bw::SliceProto(slice), slice, shape, bytes};
}

std::string DimProto(std::int64_t size) {
  std::string dim, out;
  gf::wire::PutVarintField(&dim, 1, static_cast<std::uint64_t>(size));
  gf::wire::PutBytesField(&out, 2, dim);
  return out;
}

}  // namespace

TEST_CASE("any flipped byte of a small checkpoint is an error or changes no value") {
  const bw::Writer writer = Small();
  const gf::MemoryFileSystem good = writer.Files("m");
  const auto expected = ReadAll(good);
  REQUIRE(expected.size() == 5);
  for (const char* name : {"m.index", "m.data-00000-of-00002", "m.data-00001-of-00002"}) {
    const std::string bytes(good.Open(name)->view());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      for (const int mask : {0x01, 0x80, 0xff}) {
        gf::MemoryFileSystem files = good;
        std::string bad = bytes;
        bad[i] = static_cast<char>(bad[i] ^ mask);
        files.Put(name, bad);
        for (const auto& one : ReadAll(files)) {
          CAPTURE(name);
          CAPTURE(i);
          CHECK(std::find(expected.begin(), expected.end(), one) != expected.end());
        }
        (void)ReadAll(files, /*verify=*/false);
      }
    }
  }
}

TEST_CASE("any truncation of a small checkpoint is an error or changes no value") {
  const gf::MemoryFileSystem good = Small().Files("m");
  const auto expected = ReadAll(good);
  for (const char* name : {"m.index", "m.data-00000-of-00002", "m.data-00001-of-00002"}) {
    const std::string bytes(good.Open(name)->view());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      gf::MemoryFileSystem files = good;
      files.Put(name, bytes.substr(0, size));
      const auto read = ReadAll(files);
      CHECK(read.size() < expected.size());
      for (const auto& one : read) CHECK(std::find(expected.begin(), expected.end(), one) != expected.end());
      (void)ReadAll(files, /*verify=*/false);
    }
  }
}

TEST_CASE("any flipped byte of an entry, with all checksums made right again, does no harm") {
  const DataType dtype = DataType::kFloat;
  bw::Writer plain;
  const std::string entry = plain.Store(dtype, Shape{2, 3}, "abcdefghijklmnopqrstuvwx").Serialize();
  bw::Entry cut;
  cut.dtype = DataType::kInt8;
  cut.shape = Shape{2, 4}.Serialize();
  cut.slices = {bw::SliceProto({{0, -1}, {0, 1}}), bw::SliceProto({{0, -1}, {1, 3}})};
  const std::string sliced = cut.Serialize();
  for (const std::string& value : {entry, sliced}) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      for (int byte = 0; byte < 256; byte += 5) {
        bw::Writer writer = plain;
        writer.Put(TensorSlice{{0, -1}, {0, 1}}.Key("w"), writer.Store(DataType::kInt8, Shape{2, 1}, "AE"));
        writer.Put(TensorSlice{{0, -1}, {1, 3}}.Key("w"), writer.Store(DataType::kInt8, Shape{2, 3}, "BCDFGH"));
        std::string bad = value;
        bad[i] = static_cast<char>(byte);
        writer.PutRaw("w", bad);
        (void)ReadAll(writer.Files("m"));
        (void)ReadAll(writer.Files("m"), /*verify=*/false);
      }
    }
  }
}

TEST_CASE("shapes, sizes, offsets and shards that cannot be are errors") {
  const auto with = [](auto&& change) {
    bw::Writer writer;
    bw::Entry entry = writer.Store(DataType::kFloat, Shape{2, 3}, "abcdefghijklmnopqrstuvwx");
    change(entry);
    writer.Put("w", entry);
    return Refusal(writer);
  };
  CHECK(with([](bw::Entry&) {}).ok());
  for (const std::int64_t bad : {std::int64_t{-1}, kMin, kMax, kMax - 23, std::int64_t{1}, std::int64_t{25}}) {
    CAPTURE(bad);
    CHECK_FALSE(with([&](bw::Entry& entry) { entry.offset = bad; }).ok());
    CHECK_FALSE(with([&](bw::Entry& entry) { entry.size = bad; }).ok());
  }
  // Shard numbers have 32 bits; more are cut off, as protobuf does.
  for (const int bad : {-1, 1, 2147483647, -2147483647}) {
    CHECK_FALSE(with([&](bw::Entry& entry) { entry.shard = bad; }).ok());
  }
  for (const std::string& shape :
       {DimProto(-1), DimProto(-2), DimProto(kMin), DimProto(kMax), DimProto(7), DimProto(2) + DimProto(3) + DimProto(2),
        DimProto(std::int64_t{1} << 32) + DimProto(std::int64_t{1} << 32), DimProto(kMax) + DimProto(kMax) + DimProto(0),
        DimProto(std::int64_t{1} << 61), std::string("\x18\x01", 2), std::string("\x12\x05", 2)}) {
    CHECK_FALSE(with([&](bw::Entry& entry) { entry.shape = shape; }).ok());
  }
  std::string many;
  for (int i = 0; i < 255; ++i) many += DimProto(1);
  CHECK_FALSE(with([&](bw::Entry& entry) { entry.shape = many; }).ok());
}

TEST_CASE("sizes that contradict the shape name file and key") {
  bw::Writer writer;
  bw::Entry entry = writer.Store(DataType::kFloat, Shape{2, 3}, "abcdefghijklmnopqrstuvwx");
  entry.shape = Shape{7}.Serialize();
  writer.Put("the/key", entry);
  const absl::Status status = Refusal(writer, "the/key");
  CHECK(status.code() == absl::StatusCode::kDataLoss);
  const std::string message(status.message());
  for (const char* part : {"m.index", "'the/key'", "float32[7]", "28", "24"}) {
    CHECK_MESSAGE(message.find(part) != std::string::npos, message);
  }
}

TEST_CASE("element types that cannot be stored are refused when they are used, not before") {
  for (const int dtype : {0, 20, 21, 34, 101, 127, -1}) {
    bw::Writer writer;
    bw::Entry entry = writer.Store(DataType::kFloat, Shape{1}, "abcd");
    entry.dtype = static_cast<DataType>(dtype);
    writer.Put("w", entry);
    writer.Add("good", DataType::kFloat, Shape{1}, "abcd");
    CHECK(Refusal(writer).code() == absl::StatusCode::kUnimplemented);
    CHECK(Refusal(writer, "good").ok());
  }
}

TEST_CASE("headers of other kinds are refused with a word about them") {
  const auto with = [](std::string_view header) {
    bw::Writer writer;
    writer.Add("w", DataType::kInt8, Shape{1}, "x");
    writer.SetHeader(std::string(header));
    return Refusal(writer);
  };
  using namespace std::string_view_literals;
  CHECK(with("\x08\x01\x1a\x02\x08\x01"sv).ok());
  CHECK(with("\x08\x01"sv).ok());  // before versions were written
  CHECK(with("\x08\x01\x10\x01"sv).code() == absl::StatusCode::kUnimplemented);
  CHECK(std::string(with("\x08\x01\x10\x01"sv).message()).find("big-endian") != std::string::npos);
  CHECK(with("\x08\x01\x1a\x02\x10\x02"sv).code() == absl::StatusCode::kUnimplemented);  // min_consumer 2
  CHECK(with("\x08\x01\x1a\x02\x18\x01"sv).code() == absl::StatusCode::kUnimplemented);  // bad_consumers 1
  CHECK(with("\x08\x01\x1a\x03\x1a\x01\x01"sv).code() == absl::StatusCode::kUnimplemented);  // the same, packed
  CHECK(std::string(with("\x0a\x02\x12\x00"sv).message()).find("V1") != std::string::npos);
  CHECK_FALSE(with("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv).ok());  // -1 shards
  CHECK_FALSE(with("\x10\x00"sv).ok());                                     // none, but a tensor in one
  CHECK(with("\x08\xff\xff\xff\xff\x07"sv).code() == absl::StatusCode::kNotFound);  // 2^31 - 1 shards
  CHECK_FALSE(with("\x08"sv).ok());
  gf::MemoryFileSystem files;
  files.Put("m.index", bw::MakeTable({{"w", "x"}}));
  CHECK_FALSE(gf::Checkpoint::Open("m", {}, files).ok());
  files.Put("m.index", bw::MakeTable({}));
  CHECK_FALSE(gf::Checkpoint::Open("m", {}, files).ok());
}

TEST_CASE("slices must be there, fit, agree with their entries, and cover the tensor once") {
  const Shape shape{2, 4};
  const TensorSlice left{{0, -1}, {0, 1}}, right{{0, -1}, {1, 3}}, wide_right{{0, -1}, {0, 3}};
  const Stored good_left = Honest(left, Shape{2, 1}, "AE"), good_right = Honest(right, Shape{2, 3}, "BCDFGH");
  CHECK(Refusal(Sliced(shape, {good_left, good_right})).ok());
  CHECK(Refusal(Sliced(shape, {good_right, good_left})).ok());

  CHECK_FALSE(Refusal(Sliced(shape, {good_left})).ok());                           // half of it
  CHECK_FALSE(Refusal(Sliced(shape, {good_left, good_right, good_left})).ok());    // one twice
  CHECK_FALSE(Refusal(Sliced(shape, {good_left, good_left, good_left, good_left})).ok());
  // As many elements as there should be, but some twice.
  CHECK_FALSE(Refusal(Sliced(shape, {good_left, Honest(wide_right, Shape{2, 3}, "ABCEFG")})).ok());
  // An entry of another shape, of another size, of another type.
  CHECK_FALSE(Refusal(Sliced(shape, {good_left, Honest(right, Shape{3, 2}, "BCDFGH")})).ok());
  CHECK_FALSE(Refusal(Sliced(shape, {good_left, Honest(right, Shape{6}, "BCDFGH")})).ok());
  CHECK_FALSE(Refusal(Sliced(shape, {good_left, Honest(right, Shape{2, 3}, "BCDFG")})).ok());
  Stored other_type = good_right;
  other_type.dtype = DataType::kUint8;
  CHECK_FALSE(Refusal(Sliced(shape, {good_left, other_type})).ok());
  // Another rank; outside; nowhere in the index.
  CHECK_FALSE(Refusal(Sliced(shape, {Honest(TensorSlice{{0, -1}}, Shape{2}, "AE"), good_right})).ok());
  CHECK_FALSE(Refusal(Sliced(shape, {good_left, Honest(TensorSlice{{0, -1}, {1, 4}}, Shape{2, 4}, "BCDxFGHx")})).ok());
  Stored lost = good_right;
  lost.key = wide_right;
  CHECK_FALSE(Refusal(Sliced(shape, {good_left, lost})).ok());

  const auto extent = [](std::int64_t start, std::int64_t length) {
    std::string body, out;
    gf::wire::PutVarintField(&body, 1, static_cast<std::uint64_t>(start));
    gf::wire::PutVarintField(&body, 2, static_cast<std::uint64_t>(length));
    gf::wire::PutBytesField(&out, 1, body);
    return out;
  };
  for (const auto& [start, length] : {std::pair<std::int64_t, std::int64_t>{-1, 3}, {1, -3}, {1, 0}, {kMax, kMax},
                                      {1, kMax}, {kMin, kMin}, {2, 3}}) {
    Stored bad = good_right;
    bad.slice = extent(0, 2) + extent(start, length);
    CHECK_FALSE(Refusal(Sliced(shape, {good_left, bad})).ok());
  }
  Stored startless = good_right;
  startless.slice = std::string("\x0a\x00\x0a\x02\x08\x01", 6);  // a start without a length
  CHECK_FALSE(Refusal(Sliced(shape, {good_left, startless})).ok());
}

TEST_CASE("a slice entry cannot have slices itself") {
  bw::Writer writer = Sliced(Shape{2}, {Honest(TensorSlice{{0, 1}}, Shape{1}, "A"), Honest(TensorSlice{{1, 1}}, Shape{1}, "B")});
  bw::Entry nested;
  nested.dtype = DataType::kInt8;
  nested.shape = Shape{1}.Serialize();
  nested.size = 1;
  nested.slices = {bw::SliceProto({{0, 1}})};
  writer.Put(TensorSlice{{1, 1}}.Key("w"), nested);
  CHECK(Refusal(writer).code() == absl::StatusCode::kDataLoss);
}

TEST_CASE("slices that all point at the same bytes do not make a small file a large tensor") {
  bw::Writer writer;
  const bw::Entry bytes = writer.Store(DataType::kInt8, Shape{1, 1000}, std::string(1000, 'x'));
  bw::Entry full;
  full.dtype = DataType::kInt8;
  full.shape = Shape{5000, 1000}.Serialize();
  for (std::int64_t i = 0; i < 5000; ++i) {
    const TensorSlice slice{{i, 1}, {0, -1}};
    full.slices.push_back(bw::SliceProto(slice));
    writer.Put(slice.Key("w"), bytes);
  }
  writer.Put("w", full);
  CHECK(Refusal(writer).code() == absl::StatusCode::kDataLoss);
}

TEST_CASE("many thousands of slices are checked in reasonable time") {
  // Single columns of a wide matrix: axis 0 separates nothing.
  constexpr std::int64_t kColumns = 20000;
  bw::Writer writer;
  std::vector<TensorSlice> slices;
  for (std::int64_t i = 0; i < kColumns; ++i) slices.push_back({{0, -1}, {(i * 7919) % kColumns, 1}});
  std::string bytes(static_cast<std::size_t>(2 * kColumns), '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31);
  writer.AddSliced("w", DataType::kInt8, Shape{2, kColumns}, bytes, slices);
  const auto reader = gf::Checkpoint::Open("m", {}, writer.Files("m"));
  REQUIRE(reader.ok());
  const auto view = reader->Get("w");
  REQUIRE_MESSAGE(view.ok(), view.status().ToString());
  CHECK((view->bytes() == bytes));
}

TEST_CASE("a string tensor cannot claim more strings than its bytes allow") {
  for (const std::int64_t count : {std::int64_t{5}, std::int64_t{1} << 40, std::int64_t{1} << 60}) {
    bw::Writer writer;
    bw::Entry entry = writer.Store(DataType::kString, Shape{count}, "12345678");
    writer.Put("w", entry);
    CHECK(Refusal(writer).code() == absl::StatusCode::kDataLoss);
  }
}

TEST_CASE("strings in slices are refused, not misread") {
  bw::Writer writer;
  bw::Entry full;
  full.dtype = DataType::kString;
  full.shape = Shape{2}.Serialize();
  full.slices = {bw::SliceProto({{0, 1}}), bw::SliceProto({{1, 1}})};
  writer.Put("w", full);
  CHECK(Refusal(writer).code() == absl::StatusCode::kUnimplemented);
}
