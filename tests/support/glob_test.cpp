#include <doctest/doctest.h>

#include <graphfreeze/support/glob.hpp>

using graphfreeze::GlobMatches;
using graphfreeze::Globs;

TEST_CASE("a glob without stars is the name itself") {
  CHECK(GlobMatches("a/b", "a/b"));
  CHECK_FALSE(GlobMatches("a/b", "a/bc"));
  CHECK_FALSE(GlobMatches("a/b", "a/"));
  CHECK(GlobMatches("", ""));
  CHECK_FALSE(GlobMatches("", "a"));
}

TEST_CASE("a star stands for any run of characters, a question mark for one") {
  CHECK(GlobMatches("*", ""));
  CHECK(GlobMatches("tower_0/*", "tower_0/fc/dropout"));
  CHECK_FALSE(GlobMatches("tower_0/*", "tower_1/fc/dropout"));
  CHECK(GlobMatches("*/dropout", "fc/dropout/dropout"));
  CHECK_FALSE(GlobMatches("*/dropout", "fc/dropout/mul"));
  CHECK(GlobMatches("fc?/mul", "fc6/mul"));
  CHECK_FALSE(GlobMatches("fc?/mul", "fc/mul"));
  CHECK(GlobMatches("*a*b*", "xxaxxbxx"));
  CHECK_FALSE(GlobMatches("*a*b*", "xxbxxaxx"));
}

TEST_CASE("a glob of many stars is no trap") {
  CHECK_FALSE(GlobMatches("*a*a*a*a*a*a*a*a*b", std::string(20000, 'a')));
}

TEST_CASE("a list matches when one of its globs does") {
  CHECK(Globs({"x", "y*"}).Matches("yes"));
  CHECK_FALSE(Globs({"x", "y*"}).Matches("no"));
  CHECK_FALSE(Globs().Matches(""));
}
