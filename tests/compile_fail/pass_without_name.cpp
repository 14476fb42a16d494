// expect: a pass needs a name: static constexpr std::string_view kName
#include <graphfreeze/rewrite/pass.hpp>

namespace gf = graphfreeze;

struct NoName {
  absl::Status Run(gf::Graph&, gf::PassContext&) const { return absl::OkStatus(); }
};

gf::AnyPass Erase() { return NoName{}; }
