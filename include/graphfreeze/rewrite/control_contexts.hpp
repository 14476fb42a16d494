// ControlContexts: in which branch of a TF1 condition, and in which loop, each node runs. A control edge may be all
// that puts a node there: whoever drops one asks here first.
//
//   Switch(p, p):1 ── switch_t ··> c = Const        c runs when p is true, because of its control edge alone
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/types/span.h>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/rewrite/look_through.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/hash.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// A snapshot of one body, which must outlive it. Costs one sweep; bodies without TF1 control flow cost nothing.
class ControlContexts {
 public:
  using Context = std::uint32_t;
  static constexpr Context kRoot = 0;                // runs whenever the body does
  static constexpr Context kUnknown = 0xffffffffu;   // in no single branch, or in a graph that is no TF1 control flow

  ControlContexts(const Graph& graph, const Body& body, const Consumers& consumers) : graph_(graph), body_(body) {
    for (NodeId id = 0; id < body.size() && !any_; ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode) continue;
      const std::string_view op = body.op(id);
      any_ = IsSwitch(op) || IsEnter(op);
    }
    if (any_) Compute(consumers);
  }

  // True if the body has branches or loops of TF1 at all.
  bool any() const { return any_; }

  // Where a node runs.
  Context Of(NodeId node) const { return !any_ ? kRoot : node < of_.size() ? of_[node] : kUnknown; }

  bool InLoop(Context context) const {
    if (!any_ || context == kUnknown) return false;
    while (context != kRoot && !levels_[context].is_loop()) context = levels_[context].parent;
    return context != kRoot;
  }

  // What runs in a branch runs when the predicate sends its data to that output of a Switch.
  struct Branch {
    Edge predicate;
    std::int32_t port;
  };
  // The branches around a context, the outermost first. Loops are left out.
  std::vector<Branch> BranchesAround(Context context) const {
    std::vector<Branch> branches;
    if (!any_ || context == kUnknown) return branches;
    for (; context != kRoot; context = levels_[context].parent) {
      if (!levels_[context].is_loop()) branches.push_back({levels_[context].predicate, levels_[context].branch});
    }
    std::reverse(branches.begin(), branches.end());
    return branches;
  }

  // Where a node with these inputs runs.
  Context OfInputs(NodeId node, absl::Span<const Edge> inputs) const {
    if (!any_) return kRoot;
    const std::string_view op = body_.kind(node) == NodeKind::kNode ? body_.op(node) : std::string_view();
    const bool merge = IsMerge(op);
    bool first = true;
    Context context = kRoot;
    for (const Edge& edge : inputs) {
      if (edge.node == kNoNode || !body_.alive(edge.node)) continue;
      if (merge && (edge.is_control() || IsNextIteration(edge.node))) continue;
      const Context of = Along(edge);
      context = first ? of : merge ? Common(context, of) : Join(context, of);
      first = false;
    }
    return context;
  }

  // True if a node takes something, by its data inputs from number `first` on, that is there also where the node itself
  // does not run (what a loop takes in once is there in its last round too), or if that is not known.
  bool TakesFromOutside(NodeRef node, std::size_t first = 0) const {
    const Context context = OfInputs(node.id(), node.inputs());
    bool outside = context == kUnknown;
    const absl::Span<const Edge> inputs = node.inputs();
    for (std::size_t slot = first; slot < inputs.size(); ++slot) {
      outside = outside || (!inputs[slot].is_control() && OfInputs(node.id(), inputs.subspan(slot, 1)) != context);
    }
    return outside;
  }

  // A node with no other inputs than what makes it run in that context; kNoNode if there is none.
  NodeId Pivot(Context context) const {
    const auto it = pivots_.find(context);
    return it == pivots_.end() ? kNoNode : it->second;
  }

  // Changes the inputs of a node that lost control edges so that it still runs where it ran with `before`: adds a
  // control edge if need be. False if that cannot be done.
  bool Anchor(NodeId node, absl::Span<const Edge> before, std::vector<Edge>* inputs) const {
    if (!any_) return true;
    const Context wanted = OfInputs(node, before);
    if (wanted == kUnknown) return false;
    if (OfInputs(node, *inputs) == wanted) return true;
    const NodeId pivot = Pivot(wanted);
    if (pivot == kNoNode || pivot == node) return false;
    inputs->push_back({pivot, 0, Edge::kControl});
    if (OfInputs(node, *inputs) == wanted) return true;
    inputs->pop_back();
    return false;
  }

 private:
  // A step from a context into a branch (`node`:`index` is the predicate) or into a loop (`index` is -1).
  struct Level {
    Context parent = kRoot;
    NodeId node = kNoNode;
    std::int32_t index = 0;
    std::int32_t branch = -1;
    std::uint32_t depth = 0;
    Edge predicate;
    bool is_loop() const { return branch < 0; }
  };
  static constexpr std::uint32_t kMaxDepth = 1000;

  static bool IsSwitch(std::string_view op) { return op == "Switch" || op == "RefSwitch"; }
  static bool IsMerge(std::string_view op) { return op == "Merge" || op == "RefMerge"; }
  static bool IsEnter(std::string_view op) { return op == "Enter" || op == "RefEnter"; }
  bool IsNextIteration(NodeId id) const {
    if (body_.kind(id) != NodeKind::kNode) return false;
    const std::string_view op = body_.op(id);
    return op == "NextIteration" || op == "RefNextIteration";
  }

  Context Branched(Context parent, const Edge& predicate, std::int32_t branch) {
    const Context child = Child(parent, predicate.node, predicate.index, branch);
    if (child != kUnknown && child != parent) levels_[child].predicate = predicate;
    return child;
  }
  Context Child(Context parent, NodeId node, std::int32_t index, std::int32_t branch) {
    if (parent == kUnknown || levels_[parent].depth >= kMaxDepth) return kUnknown;
    // What is switched twice by one predicate is no deeper in.
    for (Context at = parent; at != kRoot; at = levels_[at].parent) {
      const Level& level = levels_[at];
      if (branch >= 0 && level.node == node && level.index == index && level.branch == branch) return parent;
    }
    const auto [it, is_new] = children_.try_emplace(std::make_tuple(parent, node, index, branch), kUnknown);
    if (is_new) {
      it->second = static_cast<Context>(levels_.size());
      levels_.push_back({parent, node, index, branch, levels_[parent].depth + 1, {}});
    }
    return it->second;
  }

  // The deeper of two contexts of which one lies in the other.
  Context Join(Context a, Context b) const {
    if (a == kUnknown || b == kUnknown) return kUnknown;
    const bool a_is_deeper = levels_[a].depth >= levels_[b].depth;
    const Context deep = a_is_deeper ? a : b, shallow = a_is_deeper ? b : a;
    Context at = deep;
    while (levels_[at].depth > levels_[shallow].depth) at = levels_[at].parent;
    return at == shallow ? deep : kUnknown;
  }
  // What two contexts have in common.
  Context Common(Context a, Context b) const {
    if (a == kUnknown || b == kUnknown) return kUnknown;
    while (a != b) {
      if (levels_[a].depth >= levels_[b].depth) {
        a = levels_[a].parent;
      } else {
        b = levels_[b].parent;
      }
    }
    return a;
  }

  // Where somebody runs who takes this edge and nothing else.
  Context Along(const Edge& edge) const {
    if (edge.node >= of_.size()) return kUnknown;  // added since
    const Context of = of_[edge.node];
    if (edge.is_control() || of == kUnknown || body_.kind(edge.node) != NodeKind::kNode || !IsSwitch(body_.op(edge.node))) {
      return of;
    }
    const auto output = FlatOutput(graph_, body_, edge);
    const auto it = switches_.find(edge.node);
    if (!output || it == switches_.end() || *output < 0 || *output > 1) return kUnknown;
    return *output == 0 ? it->second.first : it->second.second;
  }

  void Compute(const Consumers& consumers) {
    levels_.emplace_back();
    of_.assign(body_.size(), kUnknown);
    std::vector<std::uint32_t> waiting(body_.size(), 0);
    std::vector<NodeId> todo;
    for (NodeId id = 0; id < body_.size(); ++id) {
      if (!body_.alive(id)) continue;
      for (const Edge& edge : body_.inputs(id)) {
        if (edge.node != kNoNode && body_.alive(edge.node) && !IsNextIteration(edge.node)) ++waiting[id];
      }
      if (waiting[id] == 0) todo.push_back(id);
    }
    for (std::size_t next = 0; next < todo.size(); ++next) {
      const NodeId id = todo[next];
      Settle(id);
      if (IsNextIteration(id)) continue;
      for (const Consumers::Use use : consumers.of(id)) {
        if (--waiting[use.node] == 0) todo.push_back(use.node);
      }
    }
  }

  void Settle(NodeId id) {
    const absl::Span<const Edge> inputs = body_.inputs(id);
    const Context context = OfInputs(id, inputs);
    of_[id] = context;
    if (body_.kind(id) != NodeKind::kNode || context == kUnknown) return;
    const std::string_view op = body_.op(id);
    if (IsEnter(op)) {
      const std::uint32_t frame =
          frames_.try_emplace(body_.node(id).attr("frame_name").s(), static_cast<std::uint32_t>(frames_.size())).first->second;
      of_[id] = Child(context, frame, 0, -1);
    } else if (op == "Exit" || op == "RefExit") {
      Context at = context;
      while (at != kRoot && !levels_[at].is_loop()) at = levels_[at].parent;
      of_[id] = at == kRoot ? kUnknown : levels_[at].parent;
    } else if (IsSwitch(op)) {
      if (inputs.size() < 2 || inputs[1].is_control() || inputs[1].node == kNoNode) return;
      const Edge predicate = LookThrough(graph_, body_, inputs[1]);
      switches_[id] = {Branched(context, predicate, 0), Branched(context, predicate, 1)};
    } else if (op == "Identity" && inputs.size() == 1 && IsPivotSwitch(inputs[0])) {
      pivots_.try_emplace(context, id);
    }
  }

  // True for an output of Switch(p, p), or of a loop's Switch(Merge, LoopCond): nothing else has to run first.
  bool IsPivotSwitch(const Edge& edge) const {
    if (edge.node == kNoNode || edge.is_control() || body_.kind(edge.node) != NodeKind::kNode) return false;
    const absl::Span<const Edge> inputs = body_.inputs(edge.node);
    if (!IsSwitch(body_.op(edge.node)) || inputs.size() != 2 || inputs[1].is_control() || inputs[1].node == kNoNode ||
        inputs[0].node == kNoNode) {
      return false;
    }
    if (LookThrough(graph_, body_, inputs[0]) == LookThrough(graph_, body_, inputs[1])) return true;
    return body_.kind(inputs[0].node) == NodeKind::kNode && IsMerge(body_.op(inputs[0].node)) &&
           body_.kind(inputs[1].node) == NodeKind::kNode && body_.op(inputs[1].node) == "LoopCond";
  }

  const Graph& graph_;
  const Body& body_;
  bool any_ = false;
  std::vector<Level> levels_;  // by context
  std::vector<Context> of_;    // by node
  absl::flat_hash_map<std::tuple<Context, NodeId, std::int32_t, std::int32_t>, Context> children_;
  absl::flat_hash_map<NodeId, std::pair<Context, Context>> switches_;  // of outputs 0 and 1
  absl::flat_hash_map<Context, NodeId> pivots_;
  NameMap<std::uint32_t> frames_;
};

GRAPHFREEZE_NAMESPACE_END
