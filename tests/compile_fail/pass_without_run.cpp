// expect: a pass needs: absl::Status Run.graphfreeze::Graph&, graphfreeze::PassContext&. const
#include <string_view>

#include <graphfreeze/rewrite/pass.hpp>

namespace gf = graphfreeze;

struct NoRun {
  static constexpr std::string_view kName = "no_run";
};

absl::Status Compose(gf::Graph& graph, gf::PassContext& context) { return gf::Run(graph, context, NoRun{}); }
