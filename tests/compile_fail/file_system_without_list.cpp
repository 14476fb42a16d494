// expect: a file system needs: absl::StatusOr<std::vector<std::string>> List.std::string_view directory. const
#include <string_view>

#include <graphfreeze/io/file_system.hpp>

namespace gf = graphfreeze;

struct NoList {
  absl::StatusOr<gf::Source> Open(std::string_view) const { return gf::Source(); }
};

gf::FileSystem Erase() { return NoList{}; }
