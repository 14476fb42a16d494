// The hash that caches rely on: the same everywhere, however the text is cut.
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <graphfreeze/support/stable_hash.hpp>

namespace gf = graphfreeze;

namespace {

std::uint64_t Of(std::string_view text) {
  gf::StableHash hash;
  hash.Add(text);
  return hash.value();
}

}  // namespace

TEST_CASE("a hash is the same on every machine") {
  CHECK(Of("") == 0xf4dbc2a91465542fu);
  CHECK(Of("frozen graph") == 0x791c43baa42c8563u);
  gf::StableHash hash;
  hash.Text("weights");
  hash.Number(42);
  CHECK(hash.value() == 0x946f06116fd39a13u);
}

TEST_CASE("where a text is cut does not matter, and where it ends does") {
  const std::string text = "a text that is longer than a few words of eight bytes";
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      gf::StableHash hash;
      hash.Add(std::string_view(text).substr(0, first));
      hash.Add(std::string_view(text).substr(first, second - first));
      hash.Add(std::string_view(text).substr(second));
      CHECK(hash.value() == Of(text));
    }
  }
  gf::StableHash ab_c, a_bc, abc;
  ab_c.Text("ab"), ab_c.Text("c");
  a_bc.Text("a"), a_bc.Text("bc");
  abc.Text("abc");
  CHECK(ab_c.value() != a_bc.value());
  CHECK(ab_c.value() != abc.value());
}

TEST_CASE("texts that differ in one bit, or in zeros at the end, have different hashes") {
  std::set<std::uint64_t> seen;
  std::size_t count = 0;
  for (std::size_t size = 0; size < 40; ++size) {
    std::string text(size, '\0');
    seen.insert(Of(text)), ++count;
    for (std::size_t bit = 0; bit < 8 * size; ++bit) {
      text[bit / 8] = static_cast<char>(1 << (bit % 8));
      seen.insert(Of(text)), ++count;
      text[bit / 8] = '\0';
    }
  }
  CHECK(seen.size() == count);
}
