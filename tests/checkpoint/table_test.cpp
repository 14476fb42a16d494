#include <graphfreeze/checkpoint/table.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bundle_writer.hpp"
#include <doctest/doctest.h>

namespace gf = graphfreeze;
namespace wire = graphfreeze::wire;
namespace checkpoint_detail = graphfreeze::checkpoint_detail;
namespace bw = bundle_writer;

namespace {

bw::Entries Sample(int n) {
  bw::Entries entries{{"", "header"}};
  for (int i = 0; i < n; ++i) {
    entries.emplace_back("layer_" + std::to_string(1000 + i) + "/kernel", std::string(static_cast<std::size_t>(i % 50), 'v'));
  }
  return entries;
}

absl::StatusOr<bw::Entries> ReadAll(std::string file, bool verify = true) {
  checkpoint_detail::TableOptions options;
  options.verify_crc = verify;
  GRAPHFREEZE_ASSIGN_OR_RETURN(const checkpoint_detail::Table table,
                               checkpoint_detail::Table::Open(gf::Source::Own(std::move(file), "t.index"), wire::Crc32c(), options));
  bw::Entries entries;
  GRAPHFREEZE_RETURN_IF_ERROR(
      table.ForEach([&](std::string_view key, std::string_view value, const std::shared_ptr<const void>&) {
        entries.emplace_back(key, value);
        return absl::OkStatus();
      }));
  return entries;
}

// A table whose one data block and index are the given bytes.
std::string TableOf(const std::string& block, const std::string& handle_override = "", char type = 0) {
  std::string file;
  const std::string handle = bw::AppendBlock(&file, block, type);
  bw::FinishTable(&file, {{"zzz", handle_override.empty() ? handle : handle_override}});
  return file;
}

std::string Handle(std::uint64_t offset, std::uint64_t size) {
  std::string out;
  wire::PutVarint(&out, offset);
  wire::PutVarint(&out, size);
  return out;
}

const std::string kRestarts("\0\0\0\0\1\0\0\0", 8);

}  // namespace

TEST_CASE("entries come back in order whatever the block size, restart interval and compression") {
  const bw::Entries entries = Sample(500);
  for (const bool snappy : {false, true}) {
    for (const std::size_t block_size : {1u, 100u, 4000u, 1000000u}) {
      for (const int interval : {1, 2, 16}) {
        bw::Options options;
        options.snappy = snappy;
        options.block_size = block_size;
        options.restart_interval = interval;
        const auto read = ReadAll(bw::MakeTable(entries, options));
        REQUIRE_MESSAGE(read.ok(), read.status().ToString());
        CHECK((*read == entries));
      }
    }
  }
}

TEST_CASE("values of raw blocks are views of the file; those of compressed ones outlive the call with their owner") {
  for (const bool snappy : {false, true}) {
    bw::Options options;
    options.snappy = snappy;
    const std::string file = bw::MakeTable(Sample(20), options);
    const auto table = checkpoint_detail::Table::Open(gf::Source::Borrow(file), wire::Crc32c());
    REQUIRE(table.ok());
    std::string_view last;
    std::shared_ptr<const void> keep;
    CHECK(table
              ->ForEach([&](std::string_view, std::string_view value, const std::shared_ptr<const void>& owner) {
                last = value;
                keep = owner;
                return absl::OkStatus();
              })
              .ok());
    CHECK((last == std::string(19, 'v')));
    CHECK((last.data() >= file.data() && last.data() < file.data() + file.size()) == !snappy);
  }
}

TEST_CASE("bytes behind the position of a block in the index are tolerated") {
  std::string file;
  const std::string handle = bw::AppendBlock(&file, bw::MakeBlock({{"a", "1"}}, 16));
  bw::FinishTable(&file, {{"b", handle + "more"}});
  CHECK((ReadAll(file).value() == bw::Entries{{"a", "1"}}));
}

TEST_CASE("an empty table has no entries and no first one") {
  std::string file;
  bw::FinishTable(&file, {});
  CHECK(ReadAll(file).value().empty());
  const auto table = checkpoint_detail::Table::Open(gf::Source::Own(file), wire::Crc32c());
  CHECK(table->First().status().code() == absl::StatusCode::kNotFound);
}

TEST_CASE("no flipped bit of a table goes unnoticed, and none does harm without checksums") {
  bw::Options options;
  options.block_size = 200;
  const bw::Entries entries = Sample(40);
  const std::string file = bw::MakeTable(entries, options);
  for (std::size_t i = 0; i < file.size(); ++i) {
    for (const int bit : {0, 3, 7}) {
      std::string bad = file;
      bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
      const auto read = ReadAll(bad);
      if (read.ok()) CHECK((*read == entries));  // padding of the footer, the metaindex
      (void)ReadAll(bad, /*verify=*/false);
    }
  }
}

TEST_CASE("no truncation of a table is read as a table") {
  const std::string file = bw::MakeTable(Sample(40));
  for (std::size_t size = 0; size < file.size(); ++size) CHECK_FALSE(ReadAll(file.substr(0, size)).ok());
}

TEST_CASE("keys that do not ascend are an error, inside a block and from block to block") {
  for (const std::size_t block_size : {1u, 100000u}) {
    bw::Options options;
    options.block_size = block_size;
    for (const bw::Entries& entries : {bw::Entries{{"b", "1"}, {"a", "2"}}, bw::Entries{{"a", "1"}, {"a", "2"}},
                                       bw::Entries{{"a", "1"}, {"", "2"}}}) {
      const auto read = ReadAll(bw::MakeTable(entries, options));
      CHECK(read.status().code() == absl::StatusCode::kDataLoss);
    }
  }
}

TEST_CASE("two index entries cannot lead to one block") {
  std::string file;
  const std::string handle = bw::AppendBlock(&file, bw::MakeBlock({}, 16));
  bw::FinishTable(&file, {{"a", handle}, {"b", handle}});
  CHECK(ReadAll(file).status().code() == absl::StatusCode::kDataLoss);
}

TEST_CASE("block positions beyond the file are errors, however large the numbers") {
  const std::string block = bw::MakeBlock({{"a", "1"}}, 16);
  const std::uint64_t huge = ~std::uint64_t{0};
  for (const std::string& handle : {Handle(0, 1 << 20), Handle(1 << 20, 1), Handle(huge, huge), Handle(huge - 3, 5),
                                    Handle(0, huge), Handle(5, huge - 4), std::string("\x80", 1), std::string("\0", 1)}) {
    CHECK(ReadAll(TableOf(block, handle)).status().code() == absl::StatusCode::kDataLoss);
    CHECK(ReadAll(TableOf(block, handle), false).status().code() == absl::StatusCode::kDataLoss);
  }
}

TEST_CASE("malformed blocks with right checksums are errors") {
  const auto entry = [](std::uint64_t shared, std::uint64_t own, std::uint64_t value, std::string_view bytes) {
    std::string out;
    wire::PutVarint(&out, shared);
    wire::PutVarint(&out, own);
    wire::PutVarint(&out, value);
    return out.append(bytes);
  };
  const struct {
    const char* what;
    std::string block;
  } cases[] = {
      {"no restart array", ""},
      {"no restarts", std::string(4, '\0')},
      {"more restarts than bytes", std::string("\0\0\0\0\2\0\0\0", 8)},
      {"2^32 - 1 restarts", std::string(8, '\xff')},
      {"first key shares", entry(1, 1, 0, "a") + kRestarts},
      {"a key shares more than there is", entry(0, 1, 0, "a") + entry(2, 1, 0, "b") + kRestarts},
      {"key longer than the block", entry(0, 50, 0, "a") + kRestarts},
      {"value longer than the block", entry(0, 1, 50, "a") + kRestarts},
      {"lengths that overflow 32 bits", entry(0, 0xffffffffu, 2, "a") + kRestarts},
      {"lengths that overflow 64 bits", entry(0, ~std::uint64_t{0}, 2, "a") + kRestarts},
      {"shared length that overflows 64 bits", entry(0, 1, 0, "a") + entry(~std::uint64_t{0}, 1, 0, "b") + kRestarts},
      {"an entry cut short", std::string("\0\x80", 2) + kRestarts},
      {"a key of more than 64 KiB", entry(0, 70000, 0, std::string(70000, 'k')) + kRestarts},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    CHECK(ReadAll(TableOf(one.block)).status().code() == absl::StatusCode::kDataLoss);
  }
}

TEST_CASE("an unknown compression type is an error that says so") {
  const auto read = ReadAll(TableOf(bw::MakeBlock({{"a", "1"}}, 16), "", 2));
  CHECK(read.status().code() == absl::StatusCode::kDataLoss);
  CHECK(std::string(read.status().message()).find("compression type is 2") != std::string::npos);
}

TEST_CASE("a wrong block checksum names file, offset and both values, and can be ignored") {
  std::string file = bw::MakeTable({{"key", "value"}});
  file[file.find("value")] = 'V';
  const auto read = ReadAll(file);
  CHECK(read.status().code() == absl::StatusCode::kDataLoss);
  const std::string message(read.status().message());
  for (const char* part : {"t.index", "offset 0", "stored checksum is 0x", "have 0x"}) {
    CHECK_MESSAGE(message.find(part) != std::string::npos, message);
  }
  CHECK((ReadAll(file, false).value() == bw::Entries{{"key", "Value"}}));
}

TEST_CASE("many long keys in a small index are refused before they fill the memory") {
  // Every entry shares 60,000 bytes with the one before it: a few bytes in the file, 60,000 in memory.
  std::string block;
  const auto put = [&](std::uint64_t shared, std::string_view own, std::string_view value) {
    wire::PutVarint(&block, shared);
    wire::PutVarint(&block, own.size());
    wire::PutVarint(&block, value.size());
    block.append(own);
    block.append(value);
  };
  std::string file;
  const std::string empty = bw::MakeBlock({}, 16);
  std::vector<std::string> handles;
  for (int i = 0; i < 3000; ++i) handles.push_back(bw::AppendBlock(&file, empty));
  put(0, std::string(60000, 'k'), handles[0]);
  for (std::size_t i = 1; i < handles.size(); ++i) {
    const char digits[] = {static_cast<char>('a' + i / 676), static_cast<char>('a' + i / 26 % 26),
                           static_cast<char>('a' + i % 26)};
    put(60000, std::string_view(digits, 3), handles[i]);
  }
  const std::string metaindex = bw::AppendBlock(&file, empty);
  std::string footer = metaindex + bw::AppendBlock(&file, block + kRestarts);
  footer.resize(40);
  file += footer + std::string("\x57\xfb\x80\x8b\x24\x75\x47\xdb", 8);
  const auto table = checkpoint_detail::Table::Open(gf::Source::Own(file), wire::Crc32c());
  CHECK(table.status().code() == absl::StatusCode::kDataLoss);
}
