// What an application needs to write to use the library.
#include <graphfreeze/graphfreeze.hpp>

#include <cstdio>

int main() {
  std::printf("graphfreeze %d.%d.%d\n", GRAPHFREEZE_VERSION_MAJOR, GRAPHFREEZE_VERSION_MINOR,
              GRAPHFREEZE_VERSION_PATCH);
}
