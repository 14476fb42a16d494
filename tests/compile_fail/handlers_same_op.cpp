// expect: two handlers of one pack serve the same op
#include <array>

#include <graphfreeze/rewrite/op_handler.hpp>

namespace gf = graphfreeze;

struct First {
  static constexpr std::array kOps = {"A", "B"};
  absl::Status Rewrite(gf::NodeRef, gf::Rewriter&) const { return absl::OkStatus(); }
};
struct Second {
  static constexpr std::array kOps = {"C", "A"};
  absl::Status Rewrite(gf::NodeRef, gf::Rewriter&) const { return absl::OkStatus(); }
};

// Also when one of them lies in a pack within the pack.
int main() { return static_cast<int>(gf::Handlers(First{}, gf::Handlers(Second{})).kOps.size()); }
