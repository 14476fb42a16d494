// RemoveIdentities: consumers of an Identity take what it hands on.
//
//   w ── w/read (Identity) ── MatMul ── y (Identity) ── out (Relu)        w ── MatMul ── out
//                                                                    =>
//
// An Identity stays when something hangs on it besides its value: it is a requested output; others wait for it; it
// waits for something that may have an effect, or that keeps it in a branch or loop of TF1; it takes a reference, and
// its consumers must not; or it stands where TF1's loops and conditions have one (behind Switch, Enter, NextIteration),
// which converters look for. IdentityN is Identity, output by output.
//
// Optional, after freezing: TensorFlow does not mind Identities, and neither do most who load a graph.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/types/span.h>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/passes/prune.hpp>
#include <graphfreeze/rewrite/control_contexts.hpp>
#include <graphfreeze/rewrite/op_roles.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/rewrite/rewriter.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/glob.hpp>
#include <graphfreeze/support/hash.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

struct RemoveIdentities {
  static constexpr std::string_view kName = "remove_identities";

  // The outputs, by node or tensor name: they stay. Empty: nothing of the main graph is removed, since any node might
  // be one; those that nobody takes any more go when the graph is pruned.
  std::vector<std::string> outputs;
  // Identities that stay, by name ("*" and "?" as in a shell).
  std::vector<std::string> exclude;

  absl::Status Run(Graph& graph, PassContext& context) const;
};

namespace detail {

class IdentityRemover {
 public:
  IdentityRemover(Graph& graph, PassContext& context, const RemoveIdentities& options)
      : graph_(graph), context_(context), excluded_(options.exclude), effects_(graph), has_outputs_(!context.OutputsOr(options.outputs).empty()) {
    for (const std::string& output : context.OutputsOr(options.outputs)) {
      outputs_.insert(std::string_view(output).substr(0, output.rfind(':')));
    }
  }

  absl::Status Run() {
    return ForEachBody(graph_, [&](Body& body, std::string_view name) -> absl::Status {
      RemoveFrom(&body, name);
      return context_.CheckCancelled();
    });
  }

 private:
  static bool IsIdentity(std::string_view op) { return op == "Identity" || op == "IdentityN"; }

  void RemoveFrom(Body* body, std::string_view name) {
    // 0: stays; 1: its consumers take its inputs; 2: they did.
    std::vector<std::uint8_t> state(body->size(), 0);
    bool found = false, waiting = false;
    for (NodeId id = 0; id < body->size(); ++id) {
      if (!body->alive(id) || body->kind(id) != NodeKind::kNode || !IsIdentity(body->op(id))) continue;
      if (name.empty() && outputs_.contains(body->name(id))) continue;
      if (!TakesValues(*body, id)) continue;
      if (excluded_.Matches(body->name(id))) {
        context_.Add(RemoveIdentities::kName, name, body->name(id), Action::kSkipped, "excluded", "excluded by the caller");
        continue;
      }
      state[id] = 1;
      found = true;
      waiting = waiting || body->inputs(id).back().is_control();
    }
    if (!found) return;
    for (NodeId id = 0; id < body->size(); ++id) {
      if (!body->alive(id)) continue;
      for (const Edge& edge : body->inputs(id)) {
        if (edge.is_control() && edge.node != kNoNode) state[edge.node] = 0;
      }
    }
    if (waiting) KeepWhatMustWait(*body, &state);

    std::vector<std::uint32_t> uses(body->size(), 0);
    std::vector<Edge> inputs;
    for (NodeId id = 0; id < body->size(); ++id) {
      if (!body->alive(id)) continue;
      const absl::Span<const Edge> before = body->inputs(id);
      bool changed = false;
      for (const Edge& edge : before) {
        if (edge.node != kNoNode && !edge.is_control() && state[edge.node] != 0) changed = true;
      }
      if (changed) {
        inputs.assign(before.begin(), before.end());
        changed = false;
        for (Edge& edge : inputs) {
          const Edge value = Resolve(*body, &state, edge);
          if (value == edge || value.node == id) continue;
          // A result that is an argument: an Identity in between is what TensorFlow itself writes.
          if (body->kind(id) == NodeKind::kResult && body->kind(value.node) == NodeKind::kArgument) continue;
          state[edge.node] = 2;
          edge = value;
          changed = true;
        }
        if (changed) body->SetInputs(id, inputs);
      }
      for (const Edge& edge : body->inputs(id)) {
        if (edge.node != kNoNode) ++uses[edge.node];
      }
    }
    values_.clear();

    // A later one of a row is taken by an earlier one only.
    std::size_t bypassed = 0, removed = 0;
    std::vector<NodeId> todo;
    for (NodeId id = 0; id < body->size(); ++id) {
      if (state[id] != 2) continue;
      ++bypassed;
      todo.push_back(id);
    }
    while (!todo.empty() && (has_outputs_ || !name.empty())) {
      const NodeId id = todo.back();
      todo.pop_back();
      if (!body->alive(id) || uses[id] > 0) continue;
      for (const Edge& edge : body->inputs(id)) {
        if (edge.node == kNoNode) continue;
        --uses[edge.node];
        if (state[edge.node] != 0) todo.push_back(edge.node);
      }
      body->Remove(id);
      ++removed;
    }
    if (bypassed == 0) return;
    if (removed > 0) Prune::DropStaleColocations(*body);
    context_.Add(RemoveIdentities::kName, name, "", Action::kChanged, "bypassed",
                 Concat("the consumers of ", bypassed, " Identities take what these hand on; ", removed, " Identities were removed"));
  }

  // True if what takes the node's inputs in its place gets the same.
  bool TakesValues(const Body& body, NodeId id) const {
    const absl::Span<const Edge> inputs = body.inputs(id);
    if (inputs.empty() || inputs[0].is_control()) return false;
    for (const Edge& edge : inputs) {
      if (edge.is_control()) continue;
      if (edge.node == kNoNode || !body.alive(edge.node) || edge.node == id) return false;
      if (body.kind(edge.node) != NodeKind::kNode) continue;
      const std::string_view op = body.op(edge.node);
      if (op == "Switch" || op == "Enter" || op == "NextIteration" || op.substr(0, 3) == "Ref") return false;
      const OpRole role = RoleOf(op);
      if (role == OpRole::kVariable || role == OpRole::kWrite) return false;
    }
    return true;
  }

  // Of those that wait for others, who takes the value must go on waiting unless nothing depends on that.
  void KeepWhatMustWait(const Body& body, std::vector<std::uint8_t>* state) {
    const Consumers consumers(body);
    const ControlContexts contexts(graph_, body, consumers);
    std::vector<bool> ordered(body.size(), false);  // something that may have an effect comes before it
    std::vector<NodeId> todo;
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!body.alive(id) || effects_.Of(body.node(id)) == Effect::kNone) continue;
      ordered[id] = true;
      todo.push_back(id);
    }
    while (!todo.empty()) {
      const NodeId id = todo.back();
      todo.pop_back();
      for (const Consumers::Use use : consumers.of(id)) {
        if (ordered[use.node]) continue;
        ordered[use.node] = true;
        todo.push_back(use.node);
      }
    }
    std::vector<Edge> values;
    for (NodeId id = 0; id < body.size(); ++id) {
      const absl::Span<const Edge> inputs = body.inputs(id);
      if ((*state)[id] == 0 || !inputs.back().is_control()) continue;
      values.clear();
      bool must = false;
      for (const Edge& edge : inputs) {
        if (!edge.is_control()) {
          values.push_back(edge);
        } else {
          must = must || edge.node == kNoNode || ordered[edge.node];
        }
      }
      if (must || contexts.OfInputs(id, inputs) != contexts.OfInputs(id, values)) (*state)[id] = 0;
    }
  }

  // What an edge gives, past all Identities that go. In a ring, the edge itself.
  Edge Resolve(const Body& body, std::vector<std::uint8_t>* state, Edge edge) {
    std::vector<std::uint64_t> path;
    const Edge asked = edge;
    while (!edge.is_control() && edge.node != kNoNode && (*state)[edge.node] != 0) {
      const std::optional<std::int32_t> output = FlatOutput(graph_, body, edge);
      const absl::Span<const Edge> inputs = body.inputs(edge.node);
      if (!output || *output < 0 || static_cast<std::size_t>(*output) >= inputs.size() ||
          inputs[static_cast<std::size_t>(*output)].is_control()) {
        break;
      }
      const std::uint64_t key = std::uint64_t{edge.node} << 32 | static_cast<std::uint32_t>(*output);
      if (const auto known = values_.find(key); known != values_.end()) {
        if (known->second.node == kNoNode) {  // a ring
          for (const std::uint64_t on_path : path) values_[on_path] = Edge();
          return asked;
        }
        edge = known->second;
        break;
      }
      values_[key] = Edge();
      path.push_back(key);
      edge = inputs[static_cast<std::size_t>(*output)];
    }
    for (const std::uint64_t on_path : path) values_[on_path] = edge;
    return edge;
  }

  Graph& graph_;
  PassContext& context_;
  Globs excluded_;
  Effects effects_;
  NameSet outputs_;
  bool has_outputs_;
  absl::flat_hash_map<std::uint64_t, Edge> values_;  // of outputs of Identities; kNoNode: asked for, or in a ring
};

}  // namespace detail

inline absl::Status RemoveIdentities::Run(Graph& graph, PassContext& context) const {
  return detail::IdentityRemover(graph, context, *this).Run();
}

GRAPHFREEZE_NAMESPACE_END
