// expect: a handler needs: absl::Status Rewrite.graphfreeze::NodeRef node, graphfreeze::Rewriter& rewriter. const
#include <array>

#include <graphfreeze/rewrite/op_handler.hpp>

namespace gf = graphfreeze;

struct NotConst {
  static constexpr std::array kOps = {"A"};
  absl::Status Rewrite(gf::NodeRef, gf::Rewriter&) { return absl::OkStatus(); }
};

int main() { return static_cast<int>(gf::Handlers<NotConst>::kOps.size()); }
