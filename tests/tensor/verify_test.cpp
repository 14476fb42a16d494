#include <graphfreeze/tensor/verify.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <graphfreeze/io/threads.hpp>

#include <doctest/doctest.h>

namespace gf = graphfreeze;
using gf::CrcCheck;
using gf::Source;

namespace {

std::string Noise(std::size_t n) {
  std::string bytes(n, '\0');
  std::uint32_t x = 99;
  for (char& c : bytes) {
    x = x * 1664525 + 1013904223;
    c = static_cast<char>(x >> 24);
  }
  return bytes;
}

// No view; refuses to be read in large pieces, and at all where it is broken.
struct Careful {
  std::string_view bytes;
  std::uint64_t broken_at = ~std::uint64_t{0};
  std::uint64_t size() const { return bytes.size(); }
  absl::Status Read(std::uint64_t offset, absl::Span<char> out) const {
    if (out.size() > (1u << 20)) return gf::ResourceExhausted("read of ", out.size(), " bytes at once");
    if (broken_at - offset < out.size()) return gf::DataLoss("the disk is broken");
    bytes.copy(out.data(), out.size(), static_cast<std::size_t>(offset));
    return absl::OkStatus();
  }
};

// Backwards, to find what depends on the order.
gf::Executor Backwards() {
  return [](std::size_t n, const gf::Work& work) {
    for (std::size_t i = n; i-- > 0;) work(i);
  };
}

std::vector<gf::Executor> Executors() { return {gf::InlineExecutor(), gf::ThreadExecutor(4), Backwards()}; }

std::vector<CrcCheck> ChecksOf(const Source& source, std::string_view bytes, const std::vector<std::size_t>& sizes) {
  std::vector<CrcCheck> checks;
  std::size_t at = 0;
  for (const std::size_t size : sizes) {
    checks.push_back({{source, at, size}, gf::wire::Crc32c::Portable().Of(bytes.substr(at, size)),
                      "tensor" + std::to_string(checks.size())});
    at += size;
  }
  return checks;
}

const std::vector<std::size_t> kSizes = {0, 10, 1u << 20, 0, (1u << 20) + 1, 5000, 3000000, 1, 700000, 700000, 2u << 20, 0};

}  // namespace

TEST_CASE("right checksums are right, large and small, mapped and read, on any executor") {
  const std::string bytes = Noise(10000000);
  for (const Source& source : {Source::Borrow(bytes), Source::Of(Careful{bytes}, "careful")}) {
    const std::vector<CrcCheck> checks = ChecksOf(source, bytes, kSizes);
    for (const gf::Executor& executor : Executors()) {
      for (const gf::wire::Crc32c& crc : {gf::wire::Crc32c::Best(), gf::wire::Crc32c::Portable()}) {
        const absl::Status status = gf::VerifyChecks(checks, crc, executor);
        CHECK_MESSAGE(status.ok(), status.ToString());
      }
    }
  }
  CHECK(gf::VerifyChecks({}).ok());
}

TEST_CASE("any single wrong checksum is found, and named") {
  const std::string bytes = Noise(10000000);
  const Source source = Source::Borrow(bytes, "some.data");
  for (std::size_t bad = 0; bad < kSizes.size(); ++bad) {
    std::vector<CrcCheck> checks = ChecksOf(source, bytes, kSizes);
    checks[bad].crc32c ^= 1;
    const absl::Status status = gf::VerifyChecks(checks);
    CHECK(status.code() == absl::StatusCode::kDataLoss);
    const std::string message(status.message());
    CHECK(message.find("'tensor" + std::to_string(bad) + "'") != std::string::npos);
    CHECK(message.find("some.data") != std::string::npos);
    CHECK(message.find(gf::wire::HexCrc(checks[bad].crc32c)) != std::string::npos);
    CHECK(message.find(gf::wire::HexCrc(checks[bad].crc32c ^ 1)) != std::string::npos);
  }
}

TEST_CASE("of several errors the first in the list is reported, on any executor") {
  const std::string bytes = Noise(10000000);
  const Source source = Source::Borrow(bytes);
  for (std::size_t first = 0; first + 1 < kSizes.size(); ++first) {
    std::vector<CrcCheck> checks = ChecksOf(source, bytes, kSizes);
    for (std::size_t bad = first; bad < kSizes.size(); ++bad) checks[bad].crc32c ^= 1;
    const std::string expected(gf::VerifyChecks(checks).message());
    CHECK(expected.find("'tensor" + std::to_string(first) + "'") != std::string::npos);
    for (const gf::Executor& executor : Executors()) {
      CHECK(std::string(gf::VerifyChecks(checks, {}, executor).message()) == expected);
    }
  }
}

TEST_CASE("a read that fails is reported with its tensor; errors before it come first") {
  const std::string bytes = Noise(10000000);
  const Source source = Source::Of(Careful{bytes, (1u << 20) + 10 + 500}, "careful");
  std::vector<CrcCheck> checks = ChecksOf(source, bytes, kSizes);
  for (const gf::Executor& executor : Executors()) {
    const std::string message(gf::VerifyChecks(checks, {}, executor).message());
    CHECK(message.find("'tensor4'") != std::string::npos);
    CHECK(message.find("disk is broken") != std::string::npos);
  }
  checks[2].crc32c ^= 1;
  for (const gf::Executor& executor : Executors()) {
    CHECK(std::string(gf::VerifyChecks(checks, {}, executor).message()).find("'tensor2'") != std::string::npos);
  }
}

TEST_CASE("a range beyond its source is an error before anything is read") {
  const Source source = Source::Borrow("0123456789");
  for (const gf::ByteRange& range : {gf::ByteRange{source, 5, 6}, gf::ByteRange{source, ~std::uint64_t{0}, 2},
                                     gf::ByteRange{source, 1, ~std::uint64_t{0}}}) {
    const std::vector<CrcCheck> checks = {{range, 0, "w"}};
    CHECK(gf::VerifyChecks(checks).code() == absl::StatusCode::kDataLoss);
  }
}

TEST_CASE("small tensors of a remote store are read together") {
  struct Batched {
    std::string_view bytes;
    std::shared_ptr<std::vector<std::size_t>> batches = std::make_shared<std::vector<std::size_t>>();
    std::uint64_t size() const { return bytes.size(); }
    absl::Status ReadBatch(absl::Span<const gf::RangeRead> ranges) const {
      batches->push_back(ranges.size());
      for (const gf::RangeRead& range : ranges) bytes.copy(range.out.data(), range.out.size(), static_cast<std::size_t>(range.offset));
      return absl::OkStatus();
    }
  };
  const std::string bytes = Noise(2000000);
  const Batched file{bytes};
  std::vector<CrcCheck> checks = ChecksOf(Source::Of(file, "store"), bytes, {100, 200, 300, 1500000, 400, 500});
  CHECK(gf::VerifyChecks(checks).ok());
  CHECK(*file.batches == std::vector<std::size_t>{3, 1, 1, 2});  // the large one in two parts
  checks[1].crc32c ^= 1;
  CHECK(std::string(gf::VerifyChecks(checks).message()).find("'tensor1'") != std::string::npos);
}
