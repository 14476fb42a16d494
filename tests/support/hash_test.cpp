#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include <graphfreeze/support/hash.hpp>

namespace gf = graphfreeze;

TEST_CASE("name tables take every kind of string and compare contents") {
  gf::NameMap<int> map;
  const std::string one = "one";
  map[one] = 1;
  map["two"] = 2;
  map[std::string_view("th\0ree", 6)] = 3;
  CHECK(map.find(std::string("o") + "ne")->second == 1);
  CHECK(map.find("two")->second == 2);
  CHECK(map.find(std::string_view("th\0ree", 6))->second == 3);
  CHECK(map.find(std::string_view("th")) == map.end());
  CHECK(map.find("") == map.end());

  gf::NameSet set;
  CHECK(set.insert(one).second);
  CHECK_FALSE(set.insert("one").second);
  CHECK(set.contains("one"));
  CHECK_FALSE(set.contains("on"));
  CHECK(gf::NameHash()("") == gf::NameHash()(std::string_view()));
}
