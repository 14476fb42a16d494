// Links two shared objects that were built with two versions of the library, and asks each what an error of a pass
// reads like. The second version says " -> " where the first says ": ", and has one more member in front of its Limits.
#include <cstdio>
#include <string>

extern "C" const char* FirstVersion();
extern "C" const char* SecondVersion();

int main() {
  const std::string first = FirstVersion();
  const std::string second = SecondVersion();
  std::printf("first:  %s\nsecond: %s\n", first.c_str(), second.c_str());
  return first == "read_limits: at most 20000000 nodes" && second == "read_limits -> at most 20000000 nodes" ? 0 : 1;
}
