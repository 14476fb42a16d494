// Pattern: a piece of graph to look for, written as it is drawn.
//
//   const Pattern mask = Op("Floor").In(Op("Add", "AddV2").AnyOrder(Bind("keep"), uniform));
//   const Pattern dropout = Op("Mul").AnyOrder(Op("RealDiv").In(Bind("x"), Bind("keep")), mask);
//
//   Matcher matcher(graph, body);
//   if (matcher.Match(dropout, {node, 0, 0})) rewriter.Redirect(node, matcher["x"]);
//   else print(matcher.WhyNot());   // "'d/mul' input 1: wanted Floor, found 'd/Cast' (Cast)"
//
// Patterns match by ops and edges, never by names. Between the ops of a pattern there may be any number of ops that
// only hand a value on (look_through.hpp). A name that is bound twice must be the same tensor. Either order of
// commutative inputs is tried to the end, so that no match is missed; captures exist only after a match.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/inlined_vector.h>
#include <absl/types/span.h>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/rewrite/look_through.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

class Matcher;

// A test that a pattern cannot express by its shape. Sees the tensor, and the captures so far.
using PatternTest = std::function<bool(const Matcher&, const Edge&)>;

// Cheap to copy; parts may be shared between patterns.
class Pattern {
 public:
  // The inputs, in order. Further inputs of the node are not looked at.
  template <typename... Inputs>
  Pattern In(const Inputs&... inputs) const {
    return WithInputs(false, {inputs...});
  }
  // The first inputs, in any order.
  template <typename... Inputs>
  Pattern AnyOrder(const Inputs&... inputs) const {
    static_assert(sizeof...(Inputs) == 2, "AnyOrder takes two inputs; use Contains for one of many");
    return WithInputs(true, {inputs...});
  }
  // Some input of the node, whichever.
  Pattern Contains(const Pattern& input) const {
    Pattern copy = WithInputs(false, {input});
    copy.MutableNode().contains = true;
    return copy;
  }
  // Only the output of this number (0 unless said), by its number in the main graph.
  Pattern Output(std::int32_t output) const {
    Pattern copy = *this;
    copy.MutableNode().output = output;
    return copy;
  }
  // A further condition, and what it is called in WhyNot.
  Pattern Where(std::string_view what, PatternTest test) const {
    Pattern copy = *this;
    copy.MutableNode().what = std::string(what);
    copy.MutableNode().test = std::move(test);
    return copy;
  }
  // Keeps the tensor under a name.
  Pattern As(std::string_view name) const {
    Pattern copy = *this;
    copy.MutableNode().capture = std::string(name);
    return copy;
  }

 private:
  friend class Matcher;
  template <typename... Names>
  friend Pattern Op(Names... names);
  friend Pattern Any();
  template <typename... Patterns>
  friend Pattern OneOf(const Patterns&... patterns);

  enum class Kind : std::uint8_t { kAny, kOp, kOneOf };
  struct Node {
    Kind kind = Kind::kAny;
    std::vector<std::string> ops;
    std::vector<Pattern> children;  // inputs, or alternatives
    bool any_order = false, contains = false;
    std::int32_t output = -1;
    std::string capture;
    std::string what;
    PatternTest test;
  };

  explicit Pattern(Node node) : node_(std::make_shared<const Node>(std::move(node))) {}
  Node& MutableNode() {
    auto copy = std::make_shared<Node>(*node_);
    Node& node = *copy;
    node_ = std::move(copy);
    return node;
  }
  Pattern WithInputs(bool any_order, std::vector<Pattern> inputs) const {
    Pattern copy = *this;
    Node& node = copy.MutableNode();
    node.children = std::move(inputs);
    node.any_order = any_order;
    return copy;
  }

  std::shared_ptr<const Node> node_;
};

// A node with one of these ops.
template <typename... Names>
Pattern Op(Names... names) {
  Pattern::Node node;
  node.kind = Pattern::Kind::kOp;
  node.ops = {std::string(names)...};
  return Pattern(std::move(node));
}
// Any tensor.
inline Pattern Any() { return Pattern(Pattern::Node()); }
// Any tensor, kept under a name; where the name occurs again, the same tensor.
inline Pattern Bind(std::string_view name) { return Any().As(name); }
// The first of these that leads to a match of the whole.
template <typename... Patterns>
Pattern OneOf(const Patterns&... patterns) {
  Pattern::Node node;
  node.kind = Pattern::Kind::kOneOf;
  node.children = {patterns...};
  return Pattern(std::move(node));
}

// Matches patterns in one body. Keeps the captures of the last match.
class Matcher {
 public:
  // `same` tells whether two tensors are the same value; by default, the same output once looked through. It lets
  // passes accept two constants of equal value.
  using Same = std::function<bool(const Edge&, const Edge&)>;

  Matcher(const Graph& graph, const Body& body) : graph_(graph), body_(body) {
    same_ = [this](const Edge& a, const Edge& b) { return Strip(a) == Strip(b); };
  }
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;
  void set_same(Same same) { same_ = std::move(same); }
  // Look through Enter too: for loop invariants.
  void set_loops(bool loops) { loops_ = loops; }

  const Graph& graph() const { return graph_; }
  const Body& body() const { return body_; }
  Edge Strip(const Edge& edge) const { return LookThrough(graph_, body_, edge, loops_); }

  // True if the pattern matches at this tensor. `accept`, if given, sees the captures of each way to match it, and
  // may refuse: then the next way is tried.
  using Accept = std::function<bool(const Matcher&)>;
  bool Match(const Pattern& pattern, const Edge& root, const Accept& accept = nullptr) {
    accept_ = accept ? &accept : nullptr;
    captures_.clear();
    steps_ = 0;
    depth_ = deepest_ = 0;
    why_ = {};
    pattern_ = pattern.node_;  // captures and failures point into it
    const Goal goal{pattern_.get(), root, kNoNode, 0, nullptr};
    if (Solve(&goal)) return true;
    captures_.clear();
    return false;
  }

  // What a name was bound to by the last match: the tensor as the pattern's node takes it. Edge() if it was not.
  Edge operator[](std::string_view name) const {
    for (const auto& [key, edge] : captures_) {
      if (*key == name) return edge;
    }
    return Edge();
  }

  // Where the last match that failed got furthest, and what was missing there.
  std::string WhyNot() const {
    if (why_.pattern == nullptr) return {};
    std::string wanted;
    for (const std::string& op : why_.pattern->ops) wanted += Concat(wanted.empty() ? "" : " or ", op);
    if (!why_.pattern->what.empty()) wanted += Concat(wanted.empty() ? "" : ", ", why_.pattern->what);
    if (wanted.empty()) {
      wanted = why_.pattern->capture.empty() ? std::string("another tensor")
                                                    : Concat("what '", why_.pattern->capture, "' is elsewhere");
    }
    const std::string found = why_.edge.node == kNoNode
                                  ? std::string("nothing")
                                  : Concat("'", body_.Spell(why_.edge), "' (", body_.op(why_.edge.node), ")");
    if (why_.consumer == kNoNode) return Concat("wanted ", wanted, ", found ", found);
    return Concat("'", body_.name(why_.consumer), "' input ", why_.slot, ": wanted ", wanted, ", found ", found);
  }

 private:
  // What remains to be matched: a stack of goals, linked through the frames of Solve.
  struct Goal {
    const Pattern::Node* pattern;
    Edge edge;
    NodeId consumer;
    std::uint32_t slot;
    const Goal* next;
  };
  struct Failure {
    const Pattern::Node* pattern = nullptr;
    Edge edge;
    NodeId consumer = kNoNode;
    std::uint32_t slot = 0;
  };

  // Patterns are small; a graph that makes them expensive is hostile.
  static constexpr int kMaxSteps = 20000;
  static constexpr int kMaxInputs = 64;

  bool Solve(const Goal* goal) {
    if (goal == nullptr) return accept_ == nullptr || (*accept_)(*this);
    if (++steps_ > kMaxSteps) return false;
    const Pattern::Node& node = *goal->pattern;
    if (goal->edge.node == kNoNode || goal->edge.is_control()) return Fail(*goal, goal->edge);
    if (node.kind == Pattern::Kind::kOneOf) {
      for (const Pattern& alternative : node.children) {
        const Goal one{alternative.node_.get(), goal->edge, goal->consumer, goal->slot, goal->next};
        const std::size_t captured = captures_.size();
        if (Take(node, goal->edge) && Solve(&one)) return true;
        captures_.resize(captured);
      }
      return false;
    }
    if (node.kind == Pattern::Kind::kAny) {
      const std::size_t captured = captures_.size();
      if (Take(node, goal->edge) && Deeper(goal->next)) return true;
      captures_.resize(captured);
      return Fail(*goal, goal->edge);
    }
    // The op may stand right here, or behind ops that hand its value on.
    Edge edge = goal->edge;
    for (int steps = 0; steps < 1000; ++steps) {
      if (HasOp(node, edge) && SolveNode(*goal, node, edge)) return true;
      const Edge before = LookThroughOnce(graph_, body_, edge, loops_);
      if (before == edge) break;
      edge = before;
    }
    return Fail(*goal, edge);
  }

  bool HasOp(const Pattern::Node& node, const Edge& edge) const {
    if (body_.kind(edge.node) != NodeKind::kNode) return false;
    if (node.output >= 0 && edge.index != node.output) return false;
    const std::string_view op = body_.op(edge.node);
    for (const std::string& wanted : node.ops) {
      if (op == wanted) return true;
    }
    return false;
  }

  bool SolveNode(const Goal& goal, const Pattern::Node& node, const Edge& edge) {
    const std::size_t captured = captures_.size();
    const auto undo = [&] {
      captures_.resize(captured);
      return false;
    };
    if (!Take(node, edge)) return undo();
    const absl::Span<const Edge> inputs = body_.inputs(edge.node);
    if (node.contains) {
      for (std::uint32_t slot = 0; slot < inputs.size() && slot < kMaxInputs; ++slot) {
        const Goal one{node.children[0].node_.get(), inputs[slot], edge.node, slot, goal.next};
        if (Deeper(&one)) return true;
        captures_.resize(captured);
        if (!Take(node, edge)) return undo();
      }
      return undo();
    }
    if (inputs.size() < node.children.size()) return undo();
    if (node.children.empty()) return Deeper(goal.next) || undo();
    if (node.any_order) {
      for (std::uint32_t first = 0; first < 2; ++first) {
        const Goal second_goal{node.children[1].node_.get(), inputs[1 - first], edge.node, 1 - first, goal.next};
        const Goal first_goal{node.children[0].node_.get(), inputs[first], edge.node, first, &second_goal};
        if (Deeper(&first_goal)) return true;
        captures_.resize(captured);
        if (!Take(node, edge)) return undo();
      }
      return undo();
    }
    return SolveInputs(node, edge.node, inputs, goal.next) || undo();
  }

  // All inputs in order, then `next`.
  bool SolveInputs(const Pattern::Node& node, NodeId id, absl::Span<const Edge> inputs, const Goal* next) {
    absl::InlinedVector<Goal, 6> goals(node.children.size());
    for (std::size_t i = goals.size(); i-- > 0;) {
      goals[i] = {node.children[i].node_.get(), inputs[i], id, static_cast<std::uint32_t>(i),
                  i + 1 < goals.size() ? &goals[i + 1] : next};
    }
    return Deeper(goals.data());
  }

  bool Deeper(const Goal* goal) {
    ++depth_;
    const bool solved = Solve(goal);
    --depth_;
    return solved;
  }

  // Test and capture. On failure the captures may have grown: the caller resets them.
  bool Take(const Pattern::Node& node, const Edge& edge) {
    if (node.test && !node.test(*this, edge)) return false;
    if (node.capture.empty()) return true;
    for (const auto& [key, captured] : captures_) {
      if (*key == node.capture) return same_(captured, edge);
    }
    captures_.emplace_back(&node.capture, edge);
    return true;
  }

  bool Fail(const Goal& goal, const Edge& edge) {
    if (depth_ >= deepest_) {
      deepest_ = depth_;
      why_ = {goal.pattern, edge, goal.consumer, goal.slot};
    }
    return false;
  }

  const Graph& graph_;
  const Body& body_;
  Same same_;
  bool loops_ = false;
  std::vector<std::pair<const std::string*, Edge>> captures_;
  int steps_ = 0, depth_ = 0, deepest_ = 0;
  Failure why_;
  const Accept* accept_ = nullptr;  // only during Match
  std::shared_ptr<const Pattern::Node> pattern_;
};

GRAPHFREEZE_NAMESPACE_END
