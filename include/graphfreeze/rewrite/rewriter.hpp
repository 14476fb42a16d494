// Rewriter: how passes and handlers change one body. Every change keeps the graph whole: names that somebody may ask
// for stay valid, control edges are kept, and each change is reported.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/types/span.h>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/tensor.hpp>
#include <graphfreeze/tensor/tensor_proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

class Rewriter {
 public:
  // `body_name` is the function's name, empty for the main graph; `pass` stands in the report.
  Rewriter(Graph& graph, Body& body, std::string_view body_name, PassContext& context, std::string_view pass)
      : graph_(graph), body_(body), body_name_(body_name), context_(context), pass_(pass) {}

  const Graph& graph() const { return graph_; }
  Body& body() { return body_; }
  NodeRef node(NodeId id) const { return body_.node(id); }

  // Output 0 of a node, as an input of this body spells it: inside functions an input names the producer's output
  // argument, which is `arg` ("output" of Identity and Const, "z" of Add and Mul, "y" of many others).
  Edge OutputOf(NodeId id, std::string_view arg = "output") {
    const bool named = !body_name_.empty() && body_.kind(id) == NodeKind::kNode;
    return {id, named ? body_.Intern(arg) : 0, 0};
  }

  using Attrs = std::initializer_list<std::pair<std::string_view, std::string>>;

  // Adds a node under the first free name that starts with `wanted`. Attributes are AttrValues (see namespace attr).
  NodeId AddNode(std::string_view wanted, std::string_view op, const std::vector<Edge>& inputs, Attrs attrs) {
    const NodeId id = body_.AddNode(body_.UniqueName(wanted), op);
    SetInputs(id, inputs);
    for (const auto& [name, value] : attrs) body_.SetAttr(id, name, value);
    return id;
  }
  // Gives a node other inputs. Not Body::SetInputs: later redirections must know who takes what.
  void SetInputs(NodeId id, const std::vector<Edge>& inputs) {
    body_.SetInputs(id, inputs);
    for (const Edge& edge : inputs) {
      if (edge.node != kNoNode) redirected_[edge.node].push_back(id);
    }
  }
  // A Const. Inside a TF1 loop or branch it needs a control input from there, as TensorFlow's own constants have.
  absl::StatusOr<NodeId> AddConst(std::string_view wanted, const TensorView& value, const std::vector<Edge>& controls = {}) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string proto, SerializeTensorProto(value));
    return AddNode(wanted, "Const", controls, {{"dtype", attr::Type(value.dtype())}, {"value", attr::Tensor(proto)}});
  }

  // Everybody who takes output 0 of `node` takes `value` instead. The node becomes Identity(value) under its name,
  // so that a requested output or a control edge of that name still means the same; pruning removes it otherwise.
  absl::Status Redirect(NodeRef node, const Edge& value, std::string_view why) {
    if (value.node == kNoNode || value.is_control() || value.node == node.id()) {
      return InvalidArgument("node '", node.name(), "' cannot be replaced by itself or by nothing");
    }
    const NodeId id = node.id();
    const std::string op(node.op());
    const auto types = OutputTypes(graph_, node);
    const AttrView t = node.attr("T");
    DataType dtype = t.kind() == AttrView::Kind::kType ? t.type() : DataType::kInvalid;
    if (types && !types->empty()) dtype = (*types)[0];
    if (dtype == DataType::kInvalid) {
      return FailedPrecondition("the type of what node '", node.name(), "' (", op,
                                ") gives is not known; give the OpDef of that op");
    }
    std::vector<Edge> controls;
    for (const Edge& edge : node.inputs()) {
      if (edge.is_control()) controls.push_back(edge);
    }
    // Who waits for the node's control inputs by taking its value goes on doing so.
    if (controls.empty()) RedirectUses({id, 0, 0}, value);
    std::vector<Edge> inputs = {value};
    inputs.insert(inputs.end(), controls.begin(), controls.end());
    body_.Reset(id, "Identity", "output");
    SetInputs(id, inputs);
    body_.SetAttr(id, "T", attr::Type(RemoveRef(dtype)));
    Report(id, Action::kChanged, "bypassed", Concat(op, ": ", why));
    return absl::OkStatus();
  }
  // For handlers: the node hands on one of its inputs.
  absl::Status ReplaceWithInput(NodeRef node, std::size_t input, std::string_view why = "handed on by its handler") {
    if (input >= node.data_input_count()) {
      return InvalidArgument("node '", node.name(), "' (", node.op(), ") has no data input ", input);
    }
    return Redirect(node, node.inputs()[input], why);
  }

  // Everybody who takes `from` takes `to`. Results of a function count as takers. An argument name of 0 in `from`
  // stands for no name: its index is then the number of the output, counted over all outputs of the node.
  void RedirectUses(const Edge& from, const Edge& to) {
    ForEachTaker(from.node, [&](Edge& edge) {
      if (!SameOutput(edge, from)) return false;
      edge = to;
      return true;
    });
  }
  // Everybody who takes output k of `node` takes `values[k]`.
  absl::Status RedirectOutputs(NodeId node, const std::vector<Edge>& values) {
    absl::Status status;
    ForEachTaker(node, [&](Edge& edge) {
      const std::optional<std::int32_t> output = FlatOutput(graph_, body_, edge);
      if (!output || *output < 0 || static_cast<std::size_t>(*output) >= values.size()) {
        status = InvalidArgument("'", body_.Spell(edge), "' is taken, which '", body_.name(node), "' (", body_.op(node),
                                 ") does not give");
        return false;
      }
      edge = values[static_cast<std::size_t>(*output)];
      return true;
    });
    return status;
  }

  void SetAttr(NodeRef node, std::string_view name, std::string_view attr_value, std::string_view why) {
    body_.SetAttr(node.id(), name, attr_value);
    Report(node.id(), Action::kChanged, "attr_set", Concat(node.op(), ".", name, ": ", why));
  }

  // Makes the node a constant of its name. Control inputs stay.
  absl::Status ReplaceWithConst(NodeRef node, const TensorView& value, std::string_view why) {
    const NodeId id = node.id();
    const std::string op(node.op());
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string proto, SerializeTensorProto(value));
    std::vector<Edge> controls;
    for (const Edge& edge : node.inputs()) {
      if (edge.is_control()) controls.push_back(edge);
    }
    body_.Reset(id, "Const", "output");
    body_.SetInputs(id, controls);
    body_.SetAttr(id, "dtype", attr::Type(value.dtype()));
    body_.SetAttr(id, "value", attr::Tensor(proto));
    Report(id, Action::kChanged, "made_constant", Concat(op, ": ", why));
    return absl::OkStatus();
  }

  // Says that a node was left as it is, and why.
  void Skip(NodeRef node, std::string_view code, std::string_view why) { Report(node.id(), Action::kSkipped, code, std::string(why)); }
  void Warn(NodeRef node, std::string_view code, std::string_view why) { Report(node.id(), Action::kWarning, code, std::string(why)); }
  // Says what a pass did to a node by itself.
  void Changed(NodeRef node, std::string_view code, std::string_view what) { Report(node.id(), Action::kChanged, code, std::string(what)); }

 private:
  bool SameOutput(const Edge& a, const Edge& b) const {
    if (a == b) return true;
    if (b.arg != 0 || a.node != b.node || a.arg == 0) return false;
    const std::optional<std::int32_t> output = FlatOutput(graph_, body_, a);
    return output ? *output == b.index : a.index == b.index;
  }

  // Calls visit(Edge&) -> bool (true: it was changed) with every data input that `producer` gives.
  template <typename Visit>
  void ForEachTaker(NodeId producer, Visit&& visit) {
    if (!consumers_) consumers_.emplace(body_);
    std::vector<NodeId> takers;
    for (const Consumers::Use use : consumers_->of(producer)) {
      if (takers.empty() || takers.back() != use.node) takers.push_back(use.node);
    }
    // The snapshot does not know of those that were redirected to it, or added, meanwhile.
    if (const auto it = redirected_.find(producer); it != redirected_.end()) {
      takers.insert(takers.end(), it->second.begin(), it->second.end());
    }
    for (const NodeId id : takers) {
      if (!body_.alive(id)) continue;
      std::vector<Edge> inputs(body_.inputs(id).begin(), body_.inputs(id).end());
      std::vector<NodeId> now;
      for (Edge& edge : inputs) {
        if (edge.is_control() || edge.node != producer) continue;
        Edge changed = edge;
        if (!visit(changed) || changed.node == id) continue;  // a node never takes itself
        edge = changed;
        now.push_back(changed.node);
      }
      if (now.empty()) continue;
      body_.SetInputs(id, inputs);
      for (NodeId node : now) redirected_[node].push_back(id);
    }
  }
  void Report(NodeId id, Action action, std::string_view code, std::string text) {
    context_.Add(pass_, body_name_, body_.name(id), action, code, std::move(text));
  }

  Graph& graph_;
  Body& body_;
  std::string body_name_;
  PassContext& context_;
  std::string pass_;
  std::optional<Consumers> consumers_;                         // of the body as it was at the first redirection
  absl::flat_hash_map<NodeId, std::vector<NodeId>> redirected_;  // takers since then, by producer
};

// Calls visit(Body&, name) for the main graph and for every function: what a pass that goes over all nodes does.
template <typename Visit>
absl::Status ForEachBody(Graph& graph, Visit&& visit) {
  GRAPHFREEZE_RETURN_IF_ERROR(visit(graph.main(), std::string_view()));
  for (FunctionId id = 0; id < graph.function_count(); ++id) {
    if (graph.function(id).alive) GRAPHFREEZE_RETURN_IF_ERROR(visit(graph.function(id).body, graph.function(id).name()));
  }
  return absl::OkStatus();
}

GRAPHFREEZE_NAMESPACE_END
