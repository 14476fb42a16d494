// Segments into files: sources that must be read are asked for all of a unit at once, in bounded memory.
#include <graphfreeze/io/segment_writer.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace gf = graphfreeze;

namespace {

// A file in a store: what was asked of it, batch by batch, in bytes.
struct Remote {
  std::string bytes;
  std::shared_ptr<std::vector<std::size_t>> batches = std::make_shared<std::vector<std::size_t>>();
  std::uint64_t size() const { return bytes.size(); }
  absl::Status ReadBatch(absl::Span<const gf::RangeRead> ranges) const {
    std::size_t total = 0;
    for (const gf::RangeRead& range : ranges) {
      bytes.copy(range.out.data(), range.out.size(), static_cast<std::size_t>(range.offset));
      total += range.out.size();
    }
    batches->push_back(total);
    return absl::OkStatus();
  }
};

std::string Pattern(std::size_t n) {
  std::string bytes(n, '\0');
  for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<char>(i * i >> 3);
  return bytes;
}

std::string Written(const gf::SegmentList& list, std::vector<gf::BadSegment>* bad) {
  const std::string path = std::filesystem::temp_directory_path() / ("graphfreeze_segments_" + std::to_string(::getpid()));
  absl::StatusOr<gf::posix::AtomicFile> file = gf::posix::AtomicFile::Create(path);
  REQUIRE(file.ok());
  REQUIRE(gf::WriteSegments(list, &*file, {}, /*verify=*/true, bad).ok());
  REQUIRE(file->Commit().ok());
  std::ifstream stream(path, std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(stream), {});
  std::filesystem::remove(path);
  return bytes;
}

}  // namespace

TEST_CASE("weights of a store are read a unit at a time, however small they are") {
  const Remote remote{Pattern(3000000)};
  const gf::Source source = gf::Source::Of(remote, "store");
  gf::SegmentList list;
  std::string expected;
  const auto add = [&](std::uint64_t offset, std::uint64_t size, std::uint32_t wrong) {
    list.AppendCopy("header");
    const std::string bytes = remote.bytes.substr(offset, size);
    list.Append({source, offset, size}, gf::wire::Crc32c().Of(bytes) ^ wrong);
    expected += "header" + bytes;
  };
  for (std::uint64_t i = 0; i < 100; ++i) add(i * 200, 100, 0);
  add(100000, 2500000, 0);
  SUBCASE("and checked on the way") {
    list.Finish();
    std::vector<gf::BadSegment> bad;
    CHECK((Written(list, &bad) == expected));
    CHECK(bad.empty());
    CHECK(remote.batches->size() == 3);
    CHECK(*std::max_element(remote.batches->begin(), remote.batches->end()) <= std::size_t{1} << 20);
  }
  SUBCASE("a wrong checksum is found") {
    add(7, 300, 1);
    list.Finish();
    std::vector<gf::BadSegment> bad;
    CHECK((Written(list, &bad) == expected));
    REQUIRE(bad.size() == 1);
    CHECK(list.segments()[bad[0].segment].offset == 7);
  }
}
