// expect: a handler needs its ops: static constexpr std::array kOps
#include <graphfreeze/rewrite/op_handler.hpp>

namespace gf = graphfreeze;

struct NoOps {
  absl::Status Rewrite(gf::NodeRef, gf::Rewriter&) const { return absl::OkStatus(); }
};

int main() { return gf::HandleOps{{NoOps{}}}.packs.empty() ? 1 : 0; }
