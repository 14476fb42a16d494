// What passes that work on calls of functions share: other functions in the place of those that are called, and whether
// a function does anything besides giving its results.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include <graphfreeze/graph/function_refs.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/passes/variable_flow.hpp>
#include <graphfreeze/rewrite/op_roles.hpp>
#include <graphfreeze/support/config.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace detail {

// Makes the node call `functions`, in the order of site.callees.
inline void SetCallees(const Graph& graph, Body* body, NodeId id, const CallSite& site, const std::vector<FunctionId>& functions) {
  if (!site.callees.empty() && site.callees[0].attr == "branches") {
    const std::vector<std::string_view> was = body->node(id).attr("branches").funcs();
    std::vector<std::string> now;
    for (std::size_t i = 0; i < was.size() && i < functions.size(); ++i) {
      now.push_back(WithFunctionName(was[i], graph.function(functions[i]).name()));
    }
    body->SetAttr(id, "branches", attr::Messages(9, {now.begin(), now.end()}));
    return;
  }
  for (std::size_t i = 0; i < site.callees.size(); ++i) {
    if (site.callees[i].function == functions[i]) continue;
    const std::string_view name = graph.function(functions[i]).name(), attr = site.callees[i].attr;
    if (attr.empty()) {
      body->SetOp(id, name);
    } else {
      body->SetAttr(id, attr, attr::Func(WithFunctionName(body->node(id).attr(attr).func(), name)));
    }
  }
}

// The NameAttrList by which a node names the function of a callee; empty if its op does.
inline std::string_view CalleeFunc(NodeRef node, const CallSite& site, std::size_t callee) {
  const std::string_view attr = site.callees[callee].attr;
  if (attr.empty()) return {};
  if (attr != "branches") return node.attr(attr).func();
  const std::vector<std::string_view> branches = node.attr("branches").funcs();
  return callee < branches.size() ? branches[callee] : std::string_view();
}

// Tells what must run though nobody takes its outputs. Random numbers, checks, prints, summaries and reads need not;
// writes, queues, iterators and whatever is not known must. Unlike Effects, it may be asked while functions are added.
class MustRun {
 public:
  explicit MustRun(const Graph& graph) : graph_(graph) {}

  bool Of(NodeRef node) { return OfNode(node, 0); }
  bool Of(FunctionId function) { return OfFunction(function, 0); }

 private:
  static constexpr int kDepth = 100;

  bool OfNode(NodeRef node, int depth) {
    if (node.kind() != NodeKind::kNode) return false;
    const std::string_view op = node.op();
    if (op == "NoOp" || op == "Identity" || op == "Const") return false;
    if (!CallsFunctions(graph_, op)) return OfOp(op);
    bool found = false;
    ForEachFunctionRef(node, [&](std::string_view name) {
      const FunctionId id = graph_.FindFunction(name);
      if (id != kNoFunction && !found) found = OfFunction(id, depth + 1);
    });
    return found;
  }

  bool OfOp(std::string_view op) const {
    const OpRole role = RoleOf(op);
    // To take an element out leaves one less for others.
    if (role == OpRole::kIterator || role == OpRole::kQueue) return true;
    // Pushing and popping keep their order, but a stack lives as long as a step and nobody sees what is left in it.
    if (op.substr(0, 5) == "Stack") return false;
    return EffectOf(graph_, op) == Effect::kUnknown;
  }

  bool OfFunction(FunctionId id, int depth) {
    if (depth > kDepth) return true;
    const auto [it, is_new] = functions_.try_emplace(id, false);  // a function that calls itself adds nothing by that
    if (!is_new) return it->second;
    bool found = false;
    const Body& body = graph_.function(id).body;
    for (NodeId node = 0; node < body.size() && !found; ++node) {
      if (body.alive(node)) found = OfNode(body.node(node), depth);
    }
    functions_[id] = found;
    return found;
  }

  const Graph& graph_;
  absl::flat_hash_map<FunctionId, bool> functions_;
};

}  // namespace detail
GRAPHFREEZE_NAMESPACE_END
