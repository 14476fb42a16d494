// expect: a pass needs: absl::Status Run.graphfreeze::Graph&, graphfreeze::PassContext&. const
#include <string_view>

#include <graphfreeze/rewrite/pass.hpp>

namespace gf = graphfreeze;

struct NotConst {
  static constexpr std::string_view kName = "not_const";
  absl::Status Run(gf::Graph&, gf::PassContext&) { return absl::OkStatus(); }
};

gf::AnyPass Erase() { return NotConst{}; }
