// Prune: keeps what the outputs need, and nothing else.
//
//      x ── MatMul ── Softmax ── output          x ── MatMul ── Softmax ── output
//              └── loss ── gradients ── Adam  =>
//      save/…, init/…, summaries
//
// Kept: the outputs and all their ancestors over data and control edges, in the order of the file. Functions
// that nobody calls any more go too. Entries of `_class` (colocation) are not followed, unlike in TensorFlow,
// where they drag optimizer and saver nodes along; those that name a node that is gone are dropped, since
// TensorFlow refuses to import them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/graph/function_refs.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/nearest.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// An output as users name it: "logits", "logits:0", "split:1".
struct OutputName {
  std::string_view node;
  std::int32_t index = 0;
  bool has_index = false;

  static absl::StatusOr<OutputName> Parse(std::string_view text) {
    OutputName output;
    const std::size_t colon = text.rfind(':');
    output.node = text.substr(0, colon);
    if (colon != std::string_view::npos) {
      output.index = detail::ParseIndex(text.substr(colon + 1));
      output.has_index = true;
    }
    if (output.node.empty() || output.index < 0 || output.node[0] == '^') {
      return InvalidArgument("'", text, "' does not name an output; write a node's name (logits) or a tensor's (logits:0)");
    }
    return output;
  }
};

namespace detail {

// True for what savers, optimizers and gradients leave in a graph. Names and ops only hint: this is for messages.
inline bool LooksLikeTraining(std::string_view name, std::string_view op) {
  const auto begins = [](std::string_view text, std::string_view prefix) {
    return text.substr(0, prefix.size()) == prefix;
  };
  const std::string_view scope = name.substr(0, name.find('/'));
  const bool in_scope = scope.size() < name.size();
  if (in_scope && (begins(scope, "save") || begins(scope, "gradients") || begins(scope, "report_uninitialized"))) {
    return true;
  }
  return op == "Const" || op == "NoOp" || op == "Placeholder" || begins(op, "Assign") || begins(op, "Restore") ||
         begins(op, "Save") || begins(op, "Var") || op.find("Apply") != std::string_view::npos ||
         op.find("Summary") != std::string_view::npos;
}

}  // namespace detail

// Nodes that look like results: they depend on an input of the graph, and nothing but training takes their outputs.
// The last in the graph come first. A guess, for messages and tools: only who asks for a graph knows its outputs.
inline std::vector<std::string_view> LikelyOutputs(const Body& body, std::size_t at_most) {
  const Consumers consumers(body);
  std::vector<bool> fed(body.size(), false);
  std::vector<NodeId> todo;
  const auto feed = [&](NodeId id) {
    if (!fed[id]) todo.push_back(id);
    fed[id] = true;
  };
  body.ForEachNode([&](NodeRef node) {
    const std::string_view op = node.op();
    if (node.inputs().empty() && (!detail::LooksLikeTraining(node.name(), op) || op == "Placeholder")) {
      feed(node.id());
    }
  });
  while (!todo.empty()) {
    const NodeId id = todo.back();
    todo.pop_back();
    for (const Consumers::Use use : consumers.of(id)) feed(use.node);
  }
  std::vector<std::string_view> names;
  for (NodeId id = body.size(); id-- > 0 && names.size() < at_most;) {
    if (!body.alive(id) || body.kind(id) != NodeKind::kNode || detail::LooksLikeTraining(body.name(id), body.op(id))) continue;
    bool result = fed[id] && !body.inputs(id).empty();
    for (const Edge& edge : body.inputs(id)) {
      const bool update = edge.node != kNoNode && detail::LooksLikeTraining(body.name(edge.node), body.op(edge.node)) &&
                          !body.inputs(edge.node).empty();
      result = result && !update;
    }
    for (const Consumers::Use use : consumers.of(id)) {
      result = result && detail::LooksLikeTraining(body.name(use.node), body.op(use.node));
    }
    if (result) names.push_back(body.name(id));
  }
  return names;
}

// The node that an output names. The error lists names that are near and the sinks of the graph.
inline absl::StatusOr<NodeId> FindOutput(const Graph& graph, std::string_view text) {
  GRAPHFREEZE_ASSIGN_OR_RETURN(const OutputName output, OutputName::Parse(text));
  const Body& body = graph.main();
  const NodeId id = body.Find(output.node);
  if (id == kNoNode) {
    std::vector<std::string_view> names;
    body.ForEachNode([&](NodeRef node) { names.push_back(node.name()); });
    return NotFound("output '", text, "' is not in ", graph.name(), "; nearest names: ",
                    JoinNames(Nearest(output.node, names, 3), "none"),
                    "; nodes that look like results: ", JoinNames(LikelyOutputs(body, 5), "none"));
  }
  if (output.index > 0) {
    const auto types = OutputTypes(graph, body.node(id));
    if (types && static_cast<std::size_t>(output.index) >= types->size()) {
      return InvalidArgument("output '", text, "': node '", output.node, "' (", body.op(id), ") has ", types->size(),
                             types->size() == 1 ? " output" : " outputs");
    }
  }
  return id;
}

struct Prune {
  static constexpr std::string_view kName = "prune";

  std::vector<std::string> outputs;  // node or tensor names; at least one
  std::vector<std::string> keep = {};  // further nodes that stay, with their ancestors

  absl::Status Run(Graph& graph, PassContext& context) const {
    if (outputs.empty()) {
      return InvalidArgument("no output was named; nodes that look like results: ",
                             JoinNames(LikelyOutputs(graph.main(), 5), "none"));
    }
    std::vector<NodeId> roots;
    for (const auto* names : {&outputs, &keep}) {
      for (const std::string& name : *names) {
        GRAPHFREEZE_ASSIGN_OR_RETURN(const NodeId id, FindOutput(graph, name));
        roots.push_back(id);
      }
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<bool> live, Ancestors(graph.main(), std::move(roots)));
    std::size_t removed = 0;
    Body& body = graph.main();
    for (NodeId id = 0; id < body.size(); ++id) {
      if (live[id] || !body.alive(id)) continue;
      body.Remove(id);
      ++removed;
    }
    if (removed > 0) {
      context.Add(kName, "", "", Action::kRemoved, "unreachable", Concat(removed, " nodes that no output needs"));
    }
    DropStaleColocations(body);
    DropUncalledFunctions(graph, context);
    return absl::OkStatus();
  }

  // Marks the roots and everything that they depend on. An input that names no node is an error.
  static absl::StatusOr<std::vector<bool>> Ancestors(const Body& body, std::vector<NodeId> todo) {
    std::vector<bool> live(body.size(), false);
    for (NodeId id : todo) live[id] = true;
    while (!todo.empty()) {
      const NodeId id = todo.back();
      todo.pop_back();
      const absl::Span<const Edge> inputs = body.inputs(id);
      for (std::size_t slot = 0; slot < inputs.size(); ++slot) {
        const NodeId producer = inputs[slot].node;
        if (producer == kNoNode || !body.alive(producer)) {
          const std::string_view text = body.InputText(id, slot);
          return InvalidArgument("input ", slot, " of node '", body.name(id), "' (", body.op(id), ") is '", text,
                                 "', which is not in the graph; the graph file is incomplete");
        }
        if (live[producer]) continue;
        live[producer] = true;
        todo.push_back(producer);
      }
    }
    return live;
  }

  // Drops entries of `_class` that name a node that is gone: TensorFlow would not import them.
  static void DropStaleColocations(Body& body) {
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode) continue;
      const AttrView classes = body.node(id).attr("_class");
      if (!classes.exists()) continue;
      const std::vector<std::string_view> all = classes.strings();
      std::vector<std::string_view> valid;
      for (std::string_view entry : all) {
        const bool colocation = entry.substr(0, 5) == "loc:@";
        if (!colocation || body.Find(entry.substr(5)) != kNoNode) valid.push_back(entry);
      }
      if (valid.size() == all.size()) continue;
      if (valid.empty()) {
        body.RemoveAttr(id, "_class");
      } else {
        body.SetAttr(id, "_class", attr::Strings(valid));
      }
    }
  }

 private:
  static void DropUncalledFunctions(Graph& graph, PassContext& context) {
    if (graph.function_count() == 0) return;
    std::vector<bool> called(graph.function_count(), false);
    for (FunctionId id : CalledFunctions(graph, /*gradients=*/true, [](NodeRef) { return true; })) called[id] = true;
    for (FunctionId id = 0; id < graph.function_count(); ++id) {
      if (called[id] || !graph.function(id).alive) continue;
      context.Add(kName, graph.function(id).name(), "", Action::kRemoved, "uncalled", "function that nobody calls");
      graph.RemoveFunction(id);
    }
  }
};

GRAPHFREEZE_NAMESPACE_END
