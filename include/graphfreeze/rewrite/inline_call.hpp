// InlineCall: the nodes of a function in the place of a node that calls it.
//
//   x ── call (PartitionedCall, f) ── y           x ── call/MatMul ── call/Relu ── y
//        f(a): MatMul(a) ── Relu           =>                                └── call (Identity)
//
// Names: a node n of the function becomes "<call>/n". The call's own name stays, on an Identity (IdentityN of several
// results) of the results, so that "call:1" is the tensor that it was; where nobody asks for it, pruning takes it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/graph/function_refs.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/rewrite/rewriter.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// A call to inline.
struct InlineSite {
  NodeId call = kNoNode;
  FunctionId function = kNoFunction;
  std::string_view function_attrs;  // the NameAttrList that names it, for functions with attributes; may be empty
  std::size_t first_argument = 0;   // inputs before it (a predicate, a branch index) are no arguments
  // Whether the call may be in a loop or branch of TF1; if it is not said, it is taken to be when the body has any.
  std::optional<bool> in_frame = std::nullopt;
  // Whether some of its arguments are there also where the call does not run (ControlContexts::TakesFromOutside).
  bool mixed = false;
};

namespace detail {

// A control edge that waits for a tensor to arrive. Of a Switch only one output does, and who waits for the node itself
// runs on both sides: an Identity of the output tells them apart.
inline Edge ControlOn(Rewriter& rewriter, const Edge& tensor, std::string_view wanted_name) {
  const Body& body = rewriter.body();
  NodeId node = tensor.node;
  if (node != kNoNode && body.kind(node) == NodeKind::kNode) {
    const std::string_view op = body.op(node);
    if (op == "Switch" || op == "RefSwitch" || op == "_SwitchN") {
      const std::string type(body.node(node).attr("T").message());
      node = rewriter.AddNode(wanted_name, "Identity", {tensor}, {{"T", type}});
    }
  }
  return {node, 0, Edge::kControl};
}

// The nodes of a function, copied into a body: named with a prefix, taking what the caller gives as arguments.
class FunctionCopy {
 public:
  // `call` is the node that calls the function: its attributes fill in those that the function takes from its caller,
  // where `function_attrs` (the NameAttrList that names the function, which may be empty) do not.
  FunctionCopy(Graph& graph, Rewriter& rewriter, PassContext& context, NodeId call, FunctionId function, std::string_view function_attrs,
               std::string prefix)
      : graph_(graph), rewriter_(rewriter), body_(rewriter.body()), context_(context), call_(call), function_(graph.function(function)),
        function_attrs_(function_attrs), prefix_(std::move(prefix)) {}

  // One tensor for each argument; it may be kNoNode for one that the function does not use. Nodes without inputs get
  // `source_controls`.
  absl::Status Run(std::vector<Edge> arguments, const std::vector<Edge>& source_controls) {
    if (&function_.body == &body_) return FailedPrecondition("function '", function_.name(), "' calls itself");
    if (std::uint64_t{body_.size()} + function_.body.size() > context_.limits.max_nodes) {
      return ResourceExhausted("inlining '", function_.name(), "' at '", body_.name(call_), "' would make more than ",
                               context_.limits.max_nodes, " nodes");
    }
    arguments_ = std::move(arguments);
    argument_controls_.assign(arguments_.size(), kNoNode);
    GRAPHFREEZE_RETURN_IF_ERROR(CopyNodes());
    return ConnectNodes(source_controls);
  }

  // What the function gives, in terms of the body that it was copied into.
  absl::StatusOr<Edge> Result(std::uint32_t i) {
    const absl::Span<const Edge> source = function_.body.inputs(function_.result(i));
    if (source.empty()) return InvalidArgument("result ", i, " of function '", function_.name(), "' has no source");
    return Translate(source[0]);
  }
  absl::StatusOr<std::vector<Edge>> Results() {
    std::vector<Edge> results;
    for (std::uint32_t i = 0; i < function_.result_count(); ++i) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const Edge edge, Result(i));
      results.push_back(edge);
    }
    return results;
  }
  // Their types; an error if one is not known.
  absl::StatusOr<std::vector<DataType>> ResultTypes() const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const OpDef signature, ParseOpDef(function_.base().signature));
    std::vector<DataType> types;
    for (std::uint32_t i = 0; i < function_.result_count(); ++i) {
      types.push_back(ResultType(signature, i));
      if (types.back() != DataType::kInvalid) continue;
      return FailedPrecondition("the types of the results of function '", function_.name(), "' are not known");
    }
    return types;
  }
  // The type of an argument; kInvalid if it is not known.
  DataType ArgumentType(const OpDef& signature, std::uint32_t i) const {
    const NodeId id = function_.argument(i);
    if (const DataType changed = function_.changed_type(id); changed != DataType::kInvalid) return changed;
    return id < signature.inputs.size() ? TypeOf(signature.inputs[id]) : DataType::kInvalid;
  }
  // Everything that must have run once the function has, each once: in the order of the nodes, since the map has none.
  absl::StatusOr<std::vector<Edge>> ControlResults() {
    std::vector<Edge> controls;
    const Body& from = function_.body;
    for (NodeId id = 0; id < from.size(); ++id) {
      if (!from.alive(id) || from.kind(id) != NodeKind::kControlResult) continue;
      for (const Edge& edge : from.inputs(id)) {
        GRAPHFREEZE_ASSIGN_OR_RETURN(const Edge translated, Translate(edge));
        controls.push_back({translated.node, 0, Edge::kControl});
      }
    }
    std::sort(controls.begin(), controls.end(), [](const Edge& a, const Edge& b) { return a.node < b.node; });
    controls.erase(std::unique(controls.begin(), controls.end()), controls.end());
    return controls;
  }
  // The copy of a node of the function; kNoNode if it was removed.
  NodeId CopyOf(NodeId id) const { return copies_[id]; }

 private:
  absl::Status CopyNodes() {
    const Body& from = function_.body;
    copies_.assign(from.size(), kNoNode);
    for (NodeId id = 0; id < from.size(); ++id) {
      if (!from.alive(id) || from.kind(id) != NodeKind::kNode) continue;
      const NodeId copy = body_.AddNode(body_.UniqueName(Concat(prefix_, from.name(id))), from.op(id));
      copies_[id] = copy;
      body_.CopyAttrs(copy, from, id);
      body_.RemoveAttr(copy, "_class");  // names nodes of the function
      GRAPHFREEZE_RETURN_IF_ERROR(FillPlaceholders(copy));
      // Loops of TF1 are told apart by the names of their frames.
      if (from.op(id) == "Enter" || from.op(id) == "RefEnter") {
        body_.SetAttr(copy, "frame_name", attr::String(Concat(prefix_, body_.node(copy).attr("frame_name").s())));
      }
    }
    return absl::OkStatus();
  }

  // Attributes that stand for one of the function's own.
  absl::Status FillPlaceholders(NodeId copy) {
    for (std::string_view name : body_.node(copy).attr_names()) {
      const AttrView value = body_.node(copy).attr(name);
      if (value.kind() != AttrView::Kind::kPlaceholder) continue;
      std::string_view given;
      ForEachAttr(function_attrs_, 2, [&](std::string_view attr, std::string_view attr_value) {
        if (attr == value.placeholder()) given = attr_value;
      });
      if (given.data() == nullptr) given = body_.node(call_).attr(value.placeholder()).message();
      if (given.data() == nullptr) {
        return InvalidArgument("node '", body_.name(call_), "' calls function '", function_.name(),
                               "' without a value for its attribute '", value.placeholder(), "'");
      }
      body_.SetAttr(copy, name, given);
    }
    return absl::OkStatus();
  }

  // An edge of the function's body as an edge of the caller's.
  absl::StatusOr<Edge> Translate(const Edge& edge) {
    const Body& from = function_.body;
    if (edge.node == kNoNode) {
      return InvalidArgument("function '", function_.name(), "' has an input that names no node of it");
    }
    if (from.kind(edge.node) == NodeKind::kArgument) {
      const std::uint32_t i = function_.argument_number(edge.node);
      if (i >= function_.argument_count() || function_.argument(i) != edge.node) {
        return InvalidArgument("function '", function_.name(), "' takes an argument that was removed");
      }
      return edge.is_control() ? ArgumentControl(i) : arguments_[i];
    }
    const NodeId copy = copies_[edge.node];
    if (copy == kNoNode) return InvalidArgument("function '", function_.name(), "' takes a node that was removed");
    if (edge.is_control()) return Edge{copy, 0, Edge::kControl};
    if (&body_ != &graph_.main()) return Edge{copy, body_.Intern(from.OutputArg(edge)), edge.index};
    const std::optional<std::int32_t> output = FlatOutput(graph_, from, edge);
    if (!output) {
      return FailedPrecondition("which output '", from.Spell(edge), "' of function '", function_.name(), "' is, only the OpDef of ",
                                from.op(edge.node), " can tell; give that OpDef");
    }
    return Edge{copy, 0, *output};
  }

  Edge ArgumentControl(std::uint32_t i) {
    if (argument_controls_[i] == kNoNode) {
      argument_controls_[i] = ControlOn(rewriter_, arguments_[i], Concat(prefix_, function_.body.name(function_.argument(i)))).node;
    }
    return {argument_controls_[i], 0, Edge::kControl};
  }

  absl::Status ConnectNodes(const std::vector<Edge>& source_controls) {
    const Body& from = function_.body;
    for (NodeId id = 0; id < from.size(); ++id) {
      if (copies_[id] == kNoNode) continue;
      std::vector<Edge> inputs;
      for (const Edge& edge : from.inputs(id)) {
        GRAPHFREEZE_ASSIGN_OR_RETURN(Edge translated, Translate(edge));
        inputs.push_back(translated);
      }
      if (inputs.empty()) inputs = source_controls;
      rewriter_.SetInputs(copies_[id], inputs);
    }
    return absl::OkStatus();
  }

  DataType ResultType(const OpDef& signature, std::uint32_t i) const {
    const NodeId id = function_.result(i);
    if (const DataType changed = function_.changed_type(id); changed != DataType::kInvalid) return changed;
    const std::size_t in_file = id - function_.base().first_result;
    if (in_file >= signature.outputs.size()) return DataType::kInvalid;
    return TypeOf(signature.outputs[in_file]);
  }
  DataType TypeOf(const OpArg& arg) const {
    if (arg.type_attr.empty()) return arg.type;
    DataType dtype = DataType::kInvalid;
    ForEachAttr(function_attrs_, 2, [&](std::string_view name, std::string_view value) {
      if (name == arg.type_attr) dtype = AttrView(value).type();
    });
    return dtype;
  }

  Graph& graph_;
  Rewriter& rewriter_;
  Body& body_;
  PassContext& context_;
  const NodeId call_;
  const Function& function_;
  const std::string_view function_attrs_;
  const std::string prefix_;
  std::vector<Edge> arguments_;
  std::vector<NodeId> argument_controls_;  // whom to wait for to wait for an argument; kNoNode: not asked yet
  std::vector<NodeId> copies_;             // of the function's nodes, by their ids
};

// Who takes output k of `call` takes `results[k]`. The node stays under its name, as an Identity of them that also waits
// for `controls`.
inline absl::Status ReplaceCall(Rewriter& rewriter, NodeId call, std::vector<Edge> results, const std::vector<DataType>& types,
                                const std::vector<Edge>& controls) {
  GRAPHFREEZE_RETURN_IF_ERROR(rewriter.RedirectOutputs(call, results));
  Body& body = rewriter.body();
  const std::string_view op = results.empty() ? "NoOp" : results.size() == 1 ? "Identity" : "IdentityN";
  body.Reset(call, op, "output");
  results.insert(results.end(), controls.begin(), controls.end());
  rewriter.SetInputs(call, results);
  if (op == "Identity") body.SetAttr(call, "T", attr::Type(types[0]));
  if (op == "IdentityN") body.SetAttr(call, "T", attr::Types(types));
  return absl::OkStatus();
}

// An error if the graph lacks an input of the node, or if the node takes itself.
inline absl::Status CheckInputs(NodeRef node) {
  for (std::size_t slot = 0; slot < node.inputs().size(); ++slot) {
    const NodeId from = node.inputs()[slot].node;
    if (from != kNoNode && from != node.id()) continue;
    return InvalidArgument("input ", slot, " of node '", node.name(), "' is ", from == kNoNode ? "not in the graph" : "the node itself");
  }
  return absl::OkStatus();
}

// True if a body has loops or branches of TF1, in which nodes without inputs must be tied down.
inline bool HasFrames(const Body& body) {
  for (NodeId id = 0; id < body.size(); ++id) {
    if (!body.alive(id) || body.kind(id) != NodeKind::kNode) continue;
    const std::string_view op = body.op(id);
    if (op == "Enter" || op == "RefEnter" || op == "Switch" || op == "RefSwitch") return true;
  }
  return false;
}

}  // namespace detail

// Puts the function's nodes in the place of the call. The function itself stays: pruning drops it when nobody calls it
// any more. Errors leave nodes behind that nothing takes.
inline absl::Status InlineCall(Graph& graph, Rewriter& rewriter, const InlineSite& site, PassContext& context) {
  const Body& body = rewriter.body();
  const Function& function = graph.function(site.function);
  const NodeRef call = body.node(site.call);
  const std::size_t inputs = call.data_input_count();
  if (inputs < site.first_argument || inputs - site.first_argument != function.argument_count()) {
    return InvalidArgument("node '", call.name(), "' (", call.op(), ") calls function '", function.name(), "' with ",
                           inputs < site.first_argument ? 0 : inputs - site.first_argument, " arguments; it takes ",
                           function.argument_count());
  }
  std::vector<Edge> arguments, controls;
  for (std::size_t slot = 0; slot < call.inputs().size(); ++slot) {
    const Edge& edge = call.inputs()[slot];
    if (edge.is_control()) {
      controls.push_back(edge);
    } else if (slot >= site.first_argument) {
      arguments.push_back(edge);
    }
  }
  const std::string prefix = Concat(call.name(), "/");
  // A node without inputs must still belong to the loop or branch of TF1 that the call is in.
  std::vector<Edge> source_controls = controls;
  if (source_controls.empty() && inputs > 0 && call.inputs()[0].node != kNoNode &&
      (site.in_frame ? *site.in_frame : detail::HasFrames(body))) {
    source_controls.push_back(detail::ControlOn(rewriter, call.inputs()[0], Concat(prefix, "input")));
  }
  detail::FunctionCopy copy(graph, rewriter, context, site.call, site.function, site.function_attrs, prefix);
  if (site.mixed) {
    // All of the function runs where the call does: no argument gets in alone.
    GRAPHFREEZE_RETURN_IF_ERROR(detail::CheckInputs(call));
    std::vector<Edge> all = controls;
    for (std::size_t slot = 0; slot < inputs; ++slot) {
      all.push_back(detail::ControlOn(rewriter, call.inputs()[slot], Concat(prefix, "input_", slot)));
    }
    const Edge start{rewriter.AddNode(Concat(prefix, "start"), "NoOp", all, {}), 0, Edge::kControl};
    source_controls = {start};
    GRAPHFREEZE_ASSIGN_OR_RETURN(const OpDef signature, ParseOpDef(function.base().signature));
    for (std::uint32_t i = 0; i < arguments.size(); ++i) {
      const DataType type = copy.ArgumentType(signature, i);
      if (type == DataType::kInvalid) return FailedPrecondition("the types of the arguments of function '", function.name(), "' are not known");
      arguments[i] = rewriter.OutputOf(rewriter.AddNode(Concat(prefix, function.body.name(function.argument(i))), "Identity",
                                                        {arguments[i], start}, {{"T", attr::Type(type)}}));
    }
  }
  GRAPHFREEZE_RETURN_IF_ERROR(copy.Run(std::move(arguments), source_controls));
  GRAPHFREEZE_ASSIGN_OR_RETURN(std::vector<Edge> results, copy.Results());
  GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<DataType> types, copy.ResultTypes());
  GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<Edge> after, copy.ControlResults());
  controls.insert(controls.end(), after.begin(), after.end());
  return detail::ReplaceCall(rewriter, site.call, std::move(results), types, controls);
}

GRAPHFREEZE_NAMESPACE_END
