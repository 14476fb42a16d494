// What an application needs to write to use the library: it links what a freeze needs, and freezes.
// Every way in builds this program; the single header is the one of them that has no folder.
#if __has_include(<graphfreeze/graphfreeze.hpp>)
#include <graphfreeze/graphfreeze.hpp>
#else
#include <graphfreeze.hpp>
#endif

#include <cstdio>
#include <string>

int main() {
  const absl::StatusOr<graphfreeze::FrozenGraph> frozen =
      graphfreeze::Freezer().FromBytes("node { name: 'x' op: 'Placeholder' }").Outputs({"x"}).Freeze();
  if (!frozen.ok()) {
    std::fprintf(stderr, "%s\n", std::string(frozen.status().message()).c_str());
    return 1;
  }
  std::printf("graphfreeze %d.%d.%d: %zu node\n", GRAPHFREEZE_VERSION_MAJOR, GRAPHFREEZE_VERSION_MINOR,
              GRAPHFREEZE_VERSION_PATCH, frozen->report().nodes_after);
  return frozen->report().nodes_after == 1 ? 0 : 1;
}
