#include <graphfreeze/io/source.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace gf = graphfreeze;
using gf::Source;

namespace {

// A file without a view that notes what is read of it.
struct Noted {
  std::string bytes;
  std::shared_ptr<std::vector<std::uint64_t>> offsets = std::make_shared<std::vector<std::uint64_t>>();
  std::uint64_t size() const { return bytes.size(); }
  absl::Status Read(std::uint64_t offset, absl::Span<char> out) const {
    offsets->push_back(offset);
    bytes.copy(out.data(), out.size(), static_cast<std::size_t>(offset));
    return absl::OkStatus();
  }
};

// The same for several ranges at once.
struct Batched {
  std::string bytes;
  std::shared_ptr<std::vector<std::size_t>> batches = std::make_shared<std::vector<std::size_t>>();
  std::uint64_t size() const { return bytes.size(); }
  absl::Status ReadBatch(absl::Span<const gf::RangeRead> ranges) const {
    batches->push_back(ranges.size());
    for (const gf::RangeRead& range : ranges) {
      bytes.copy(range.out.data(), range.out.size(), static_cast<std::size_t>(range.offset));
    }
    return absl::OkStatus();
  }
};

struct Viewed {
  std::string_view bytes;
  std::uint64_t size() const { return bytes.size(); }
  std::string_view view() const { return bytes; }
  absl::Status Read(std::uint64_t, absl::Span<char>) const { return gf::FailedPrecondition("should not be read"); }
};

std::string Read(const Source& source, std::uint64_t offset, std::size_t size) {
  std::string out(size, '?');
  const absl::Status status = source.Read(offset, absl::Span<char>(&out[0], out.size()));
  return status.ok() ? out : "error";
}

}  // namespace

TEST_CASE("a source over bytes in memory is a view of them") {
  const std::string bytes = "0123456789";
  const Source borrowed = Source::Borrow(bytes, "name");
  CHECK(borrowed.has_view());
  CHECK(borrowed.view().data() == bytes.data());
  CHECK(borrowed.size() == 10);
  CHECK((borrowed.name() == "name"));
  CHECK(Read(borrowed, 3, 4) == "3456");
  CHECK(borrowed.Load(3, 4)->bytes.data() == bytes.data() + 3);
}

TEST_CASE("what a source owns lives as long as anything loaded from it") {
  gf::OwnedBytes bytes;
  std::weak_ptr<const int> watch;
  {
    auto owner = std::make_shared<const int>(5);
    watch = owner;
    const Source source = Source::Share("abc", std::move(owner));
    bytes = *source.LoadAll();
  }
  CHECK_FALSE(watch.expired());
  CHECK((bytes.bytes == "abc"));
  bytes = {};
  CHECK(watch.expired());
  CHECK(Read(Source::Own("hello"), 0, 5) == "hello");
}

TEST_CASE("a file of one's own is read by range, and loaded into a buffer") {
  const Noted file{"0123456789"};
  const Source source = Source::Of(file, "noted");
  CHECK_FALSE(source.has_view());
  CHECK(source.view().empty());
  CHECK(Read(source, 2, 3) == "234");
  CHECK((source.Load(5, 5)->bytes == "56789"));
  CHECK(*file.offsets == std::vector<std::uint64_t>{2, 5});
}

TEST_CASE("a file that can read several ranges at once is asked once") {
  const Batched file{"0123456789"};
  const Source source = Source::Of(file, "batched");
  std::string a(2, '?'), b(3, '?');
  const std::vector<gf::RangeRead> ranges = {{8, absl::Span<char>(&a[0], 2)}, {0, absl::Span<char>(&b[0], 3)}};
  CHECK(source.Read(ranges).ok());
  CHECK(a + b == "89012");
  CHECK(*file.batches == std::vector<std::size_t>{2});
}

TEST_CASE("a file of one's own that has a view is not read") {
  const Source source = Source::Of(Viewed{"abc"}, "viewed");
  CHECK(source.has_view());
  CHECK((source.Load(1, 2)->bytes == "bc"));
}

TEST_CASE("ranges beyond the end are errors that name the source, however large the numbers") {
  const std::uint64_t huge = ~std::uint64_t{0};
  for (const Source& source : {Source::Borrow("0123456789", "some/file"), Source::Of(Noted{"0123456789"}, "some/file")}) {
    CHECK(source.Contains(0, 10).ok());
    CHECK(source.Contains(10, 0).ok());
    for (const auto& [offset, size] : {std::pair<std::uint64_t, std::uint64_t>{0, 11}, {10, 1}, {11, 0}, {huge, 1},
                                       {1, huge}, {huge, huge}, {5, huge - 4}}) {
      const absl::Status status = source.Contains(offset, size);
      CHECK(status.code() == absl::StatusCode::kDataLoss);
      CHECK(std::string(status.message()).find("some/file") != std::string::npos);
      CHECK(source.Load(offset, size).status().code() == absl::StatusCode::kDataLoss);
    }
    CHECK(Read(source, 8, 3) == "error");
  }
}

TEST_CASE("copies of a source are the same source, and others are not") {
  const Source a = Source::Own("x"), b = Source::Own("x");
  const Source copy = a;
  CHECK((a == copy));
  CHECK_FALSE((a == b));
}

TEST_CASE("no source has no bytes") {
  const Source none;
  CHECK_FALSE(static_cast<bool>(none));
  CHECK(none.size() == 0);
  CHECK(none.has_view());
  CHECK(none.LoadAll()->bytes.empty());
  CHECK_FALSE(none.Contains(0, 1).ok());
  const Source empty = Source::Borrow(std::string_view());
  CHECK(empty.has_view());
  CHECK(empty.LoadAll()->bytes.empty());
}

TEST_CASE("ranges of several sources are read with one call a source, and not where there is a view") {
  const Batched one{"0123456789"}, two{"abcdef"};
  const Source first = Source::Of(one, "one"), second = Source::Of(two, "two"), mapped = Source::Borrow("mapped");
  std::string buffer = "what was there before";
  std::vector<std::string_view> bytes;
  REQUIRE(gf::LoadRanges(std::vector<gf::ByteRange>{{first, 8, 2}, {first, 0, 3}, {mapped, 0, 3}, {second, 1, 4}, {second, 0, 0}}, &buffer, &bytes).ok());
  CHECK(bytes == std::vector<std::string_view>{"89", "012", "map", "bcde", ""});
  CHECK(bytes[2].data() == mapped.view().data());
  CHECK(*one.batches == std::vector<std::size_t>{2});
  CHECK(*two.batches == std::vector<std::size_t>{2});
  CHECK(gf::LoadRanges(std::vector<gf::ByteRange>{{first, 0, 2}, {first, 9, 2}}, &buffer, &bytes).code() == absl::StatusCode::kDataLoss);
  CHECK(one.batches->size() == 1);
  CHECK(gf::LoadRanges({}, &buffer, &bytes).ok());
}
