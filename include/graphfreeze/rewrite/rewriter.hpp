// Rewriter: how passes and handlers change one body. Every change keeps the graph whole: names that somebody may ask
// for stay valid, control edges are kept, and each change is reported.
#pragma once

#include <algorithm>
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
#include <graphfreeze/tensor/shape.hpp>
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
  bool in_function() const { return !body_name_.empty(); }
  // For what changes more than this body: inlining, say. Nodes of this body change through the rewriter alone.
  Graph& mutable_graph() { return graph_; }
  PassContext& context() { return context_; }

  // What is asked for of this body, where that is known: tensors by flat output numbers, and the nodes that they need
  // (true by id; empty: all of them).
  void SetDemand(std::vector<Edge> outputs, std::vector<bool> nodes) {
    demanded_ = std::move(outputs);
    needed_ = std::move(nodes);
  }
  // Nodes that were added meanwhile are needed.
  bool IsNeeded(NodeId id) const { return id >= needed_.size() || needed_[id]; }
  // True if a needed node takes that output, or it is itself asked for. Where the graph does not tell which output
  // somebody takes (inside functions, without the OpDef), it counts as taken.
  bool IsUsed(NodeRef node, std::size_t output) {
    bool used = false;
    for (const Edge& edge : demanded_) used = used || (edge.node == node.id() && static_cast<std::size_t>(edge.index) == output);
    ForEachUse(node, [&](NodeRef taker, const Edge& edge) {
      if (used || edge.is_control() || !IsNeeded(taker.id())) return;
      const std::optional<std::int32_t> flat = FlatOutput(graph_, body_, edge);
      used = !flat || static_cast<std::size_t>(*flat) == output;
    });
    return used;
  }
  // The same for all outputs from number `first` on, of takers for which counts(NodeRef) is true.
  template <typename Counts>
  bool IsUsedFrom(NodeRef node, std::size_t first, Counts&& counts) {
    bool used = false;
    for (const Edge& edge : demanded_) used = used || (edge.node == node.id() && static_cast<std::size_t>(edge.index) >= first);
    ForEachUse(node, [&](NodeRef taker, const Edge& edge) {
      if (used || edge.is_control() || !IsNeeded(taker.id()) || !counts(taker)) return;
      const std::optional<std::int32_t> flat = FlatOutput(graph_, body_, edge);
      used = !flat || static_cast<std::size_t>(*flat) >= first;
    });
    return used;
  }
  // Calls visit(NodeRef taker, const Edge&) for every input of another node that comes from `node`, control inputs
  // included. The visitor must not change the graph.
  template <typename Visit>
  void ForEachUse(NodeRef node, Visit&& visit) {
    for (const NodeId id : Takers(node.id())) {
      if (!body_.alive(id)) continue;
      for (const Edge& edge : body_.inputs(id)) {
        if (edge.node == node.id()) visit(body_.node(id), edge);
      }
    }
  }

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
  // The same for a node with any number of outputs: who takes output k takes `values[k]`, one for each output. Several
  // outputs leave an IdentityN under the node's name. In functions the node's op must be known where it has takers.
  absl::Status ReplaceOutputs(NodeRef node, const std::vector<Edge>& values, std::string_view why) {
    if (values.size() == 1) return Redirect(node, values[0], why);
    const NodeId id = node.id();
    const std::string op(node.op());
    const auto types = OutputTypes(graph_, node);
    if (!types || types->size() != values.size()) {
      return FailedPrecondition("node '", node.name(), "' (", op, ") has ", types ? Concat(types->size()) : "an unknown number of",
                                " outputs, and ", values.size(), " tensors to replace them with");
    }
    for (const Edge& value : values) {
      if (value.node == kNoNode || value.is_control() || value.node == id) {
        return InvalidArgument("node '", node.name(), "' cannot be replaced by itself or by nothing");
      }
    }
    const std::vector<Edge> controls = Controls(node);
    std::vector<Edge> own;
    for (std::size_t k = 0; k < values.size(); ++k) {
      own.push_back(OutputOf(id));
      own.back().index = static_cast<std::int32_t>(k);
    }
    GRAPHFREEZE_RETURN_IF_ERROR(RedirectOutputs(id, controls.empty() ? values : own));
    std::vector<DataType> plain;
    for (const DataType type : *types) plain.push_back(RemoveRef(type));
    std::vector<Edge> inputs = values;
    inputs.insert(inputs.end(), controls.begin(), controls.end());
    body_.Reset(id, values.empty() ? "NoOp" : "IdentityN", "output");
    SetInputs(id, inputs);
    if (!values.empty()) body_.SetAttr(id, "T", attr::Types(plain));
    Report(id, Action::kChanged, "bypassed", Concat(op, ": ", why));
    return absl::OkStatus();
  }
  // Who takes this one output takes `value`. The node keeps its op for its other outputs: a caller who asks for the
  // output by its name still gets the node's own. Use ReplaceOutputs to give the names away too.
  absl::Status RedirectOutput(NodeRef node, std::size_t output, const Edge& value, std::string_view why) {
    if (value.node == kNoNode || value.is_control() || value.node == node.id()) {
      return InvalidArgument("output ", output, " of node '", node.name(), "' cannot be replaced by itself or by nothing");
    }
    bool taken = false;
    ForEachTaker(node.id(), [&](Edge& edge) {
      const std::optional<std::int32_t> flat = FlatOutput(graph_, body_, edge);
      if (!flat || static_cast<std::size_t>(*flat) != output) return false;
      edge = value;
      return taken = true;
    });
    if (taken) Report(node.id(), Action::kChanged, "output_bypassed", Concat(node.op(), " output ", output, ": ", why));
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

  // Nothing happens, and nothing is reported, where the attribute has that value already.
  void SetAttr(NodeRef node, std::string_view name, std::string_view attr_value, std::string_view why) {
    const AttrView old = node.attr(name);
    if (old.exists() && old.message() == attr_value) return;
    body_.SetAttr(node.id(), name, attr_value);
    Report(node.id(), Action::kChanged, "attr_set", Concat(node.op(), ".", name, ": ", why));
  }

  // Makes the node one of another op, under its name: with these data inputs and attributes, and none of its own but its
  // control inputs. Old op and new op have one output. In functions the new op must be known, for its output has a name.
  absl::Status ReplaceWithOp(NodeRef node, std::string_view new_op, std::vector<Edge> inputs, Attrs attrs, std::string_view why) {
    const OpDef* known = graph_.ops().Find(new_op);
    if (known == nullptr && in_function()) {
      return FailedPrecondition("node '", node.name(), "' of function '", body_name_, "' cannot become ", new_op,
                                ": how that op calls its output is not known; give its OpDef");
    }
    if (known != nullptr && known->outputs.size() != 1) {
      return InvalidArgument("node '", node.name(), "' cannot become ", new_op, ", which has ", known->outputs.size(), " outputs");
    }
    const NodeId id = node.id();
    const std::string op(node.op());
    const std::vector<Edge> controls = Controls(node);
    inputs.insert(inputs.end(), controls.begin(), controls.end());
    body_.Reset(id, new_op, known == nullptr ? std::string_view() : known->outputs[0].name);
    SetInputs(id, inputs);
    for (const auto& [name, value] : attrs) body_.SetAttr(id, name, value);
    Report(id, Action::kChanged, "replaced", Concat(op, " became ", new_op, ": ", why));
    return absl::OkStatus();
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

  // Makes the node a Placeholder of its name; all its inputs go. Not inside functions, whose inputs are arguments.
  absl::Status ReplaceWithPlaceholder(NodeRef node, DataType dtype, const Shape& shape, std::string_view why) {
    if (in_function()) {
      return FailedPrecondition("node '", node.name(), "' (", node.op(), ") lies in function '", body_name_,
                                "': only the main graph can have placeholders; inline the function first");
    }
    const NodeId id = node.id();
    const std::string op(node.op());
    body_.Reset(id, "Placeholder", "output");
    body_.SetAttr(id, "dtype", attr::Type(dtype));
    body_.SetAttr(id, "shape", attr::ShapeValue(shape));
    Report(id, Action::kChanged, "made_placeholder", Concat(op, ": ", why));
    return absl::OkStatus();
  }

  // The node waits for nobody any more: its control inputs go.
  void DropControlInputs(NodeRef node, std::string_view why) {
    const absl::Span<const Edge> inputs = node.inputs();
    const std::size_t data = node.data_input_count();
    if (data == inputs.size()) return;
    const std::size_t dropped = inputs.size() - data;
    std::vector<Edge> kept;
    for (const Edge& edge : inputs) {
      if (!edge.is_control()) kept.push_back(edge);
    }
    body_.SetInputs(node.id(), std::move(kept));
    Report(node.id(), Action::kChanged, "control_inputs_dropped", Concat(node.op(), ", ", dropped, " of them: ", why));
  }
  // Nobody waits for the node any more: control inputs that come from it go. A node that has no other input, in a graph
  // with branches or loops of TF1, waits for what the node waited for instead: that may be all that keeps it inside one.
  void DropControlUses(NodeRef node, std::string_view why) {
    std::size_t dropped = 0;
    std::vector<Edge> instead;
    for (const Edge& edge : node.inputs()) {
      if (edge.node != kNoNode && edge.node != node.id()) instead.push_back({edge.node, 0, Edge::kControl});
    }
    for (const NodeId id : Takers(node.id())) {
      if (!body_.alive(id)) continue;
      const absl::Span<const Edge> inputs = body_.inputs(id);
      std::vector<Edge> kept;
      for (const Edge& edge : inputs) {
        if (!edge.is_control() || edge.node != node.id()) kept.push_back(edge);
      }
      if (kept.size() == inputs.size()) continue;
      if (kept.empty() && !instead.empty() && HasContexts()) kept = instead;
      SetInputs(id, kept);
      ++dropped;
    }
    if (dropped > 0) {
      Report(node.id(), Action::kChanged, "control_uses_dropped",
             Concat(node.op(), ", ", dropped, dropped == 1 ? " node waited: " : " nodes waited: ", why));
    }
  }

  // Says that a node was left as it is, and why.
  void Skip(NodeRef node, std::string_view code, std::string_view why) { Report(node.id(), Action::kSkipped, code, std::string(why)); }
  void Warn(NodeRef node, std::string_view code, std::string_view why) { Report(node.id(), Action::kWarning, code, std::string(why)); }
  void Note(NodeRef node, std::string_view code, std::string_view text) { Report(node.id(), Action::kNote, code, std::string(text)); }
  // Says what a pass did to a node by itself.
  void Changed(NodeRef node, std::string_view code, std::string_view what) { Report(node.id(), Action::kChanged, code, std::string(what)); }

 private:
  bool SameOutput(const Edge& a, const Edge& b) const {
    if (a == b) return true;
    if (b.arg != 0 || a.node != b.node || a.arg == 0) return false;
    const std::optional<std::int32_t> output = FlatOutput(graph_, body_, a);
    return output ? *output == b.index : a.index == b.index;
  }

  // True if the body has branches or loops of TF1.
  bool HasContexts() {
    if (!has_contexts_) {
      has_contexts_ = false;
      for (NodeId id = 0; id < body_.size() && !*has_contexts_; ++id) {
        if (!body_.alive(id) || body_.kind(id) != NodeKind::kNode) continue;
        const std::string_view op = body_.op(id);
        has_contexts_ = op == "Switch" || op == "RefSwitch" || op == "Enter" || op == "RefEnter";
      }
    }
    return *has_contexts_;
  }

  static std::vector<Edge> Controls(NodeRef node) {
    std::vector<Edge> controls;
    for (const Edge& edge : node.inputs()) {
      if (edge.is_control()) controls.push_back(edge);
    }
    return controls;
  }

  // Nodes that take something of `producer`, or did when the snapshot was made; each once, in the order of their ids.
  std::vector<NodeId> Takers(NodeId producer) {
    if (!consumers_) consumers_.emplace(body_);
    std::vector<NodeId> takers;
    for (const Consumers::Use use : consumers_->of(producer)) {
      if (takers.empty() || takers.back() != use.node) takers.push_back(use.node);
    }
    // The snapshot does not know of those that were redirected to it, or added, meanwhile.
    if (const auto it = redirected_.find(producer); it != redirected_.end()) {
      takers.insert(takers.end(), it->second.begin(), it->second.end());
      std::sort(takers.begin(), takers.end());
      takers.erase(std::unique(takers.begin(), takers.end()), takers.end());
    }
    return takers;
  }

  // Calls visit(Edge&) -> bool (true: it was changed) with every data input that `producer` gives.
  template <typename Visit>
  void ForEachTaker(NodeId producer, Visit&& visit) {
    for (const NodeId id : Takers(producer)) {
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
  std::vector<Edge> demanded_;
  std::vector<bool> needed_;
  std::optional<bool> has_contexts_;
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
