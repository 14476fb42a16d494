// One of two shared objects in a process, each built with its own version of the library (see host.cpp).
// ENTRY is the one function that it is meant to export.
#include <string>
#include <string_view>

#include <graphfreeze/rewrite/pass.hpp>

namespace {

struct ReadLimits {
  static constexpr std::string_view kName = "read_limits";
  absl::Status Run(graphfreeze::Graph&, graphfreeze::PassContext& context) const {
    return graphfreeze::InvalidArgument("at most ", context.limits.max_nodes, " nodes");
  }
};

}  // namespace

// What an error of a pass reads like in the version that this object was built with.
extern "C" const char* ENTRY() {
  static std::string text;
  absl::StatusOr<graphfreeze::Graph> graph = graphfreeze::Graph::Parse(graphfreeze::Source::Borrow("", "graph"));
  graphfreeze::PassContext context;
  if (graph.ok()) text = std::string(graphfreeze::AnyPass(ReadLimits{}).Run(*graph, context).message());
  return text.c_str();
}
