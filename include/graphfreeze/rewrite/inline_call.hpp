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
};

namespace detail {

class Inliner {
 public:
  Inliner(Graph& graph, Rewriter& rewriter, const InlineSite& site, PassContext& context)
      : graph_(graph), rewriter_(rewriter), body_(rewriter.body()), site_(site), context_(context) {}

  absl::Status Run() {
    const Function& function = graph_.function(site_.function);
    const NodeRef call = body_.node(site_.call);
    const std::size_t inputs = call.data_input_count();
    if (inputs < site_.first_argument || inputs - site_.first_argument != function.argument_count()) {
      return InvalidArgument("node '", call.name(), "' (", call.op(), ") calls function '", function.name(), "' with ",
                             inputs < site_.first_argument ? 0 : inputs - site_.first_argument, " arguments; it takes ",
                             function.argument_count());
    }
    if (&function.body == &body_) return FailedPrecondition("function '", function.name(), "' calls itself");
    if (std::uint64_t{body_.size()} + function.body.size() > context_.limits.max_nodes) {
      return ResourceExhausted("inlining '", function.name(), "' at '", call.name(), "' would make more than ",
                               context_.limits.max_nodes, " nodes");
    }
    for (std::size_t slot = 0; slot < call.inputs().size(); ++slot) {
      const Edge& edge = call.inputs()[slot];
      if (edge.is_control()) {
        call_controls_.push_back(edge);
      } else if (slot >= site_.first_argument) {
        arguments_.push_back(edge);
      }
    }
    // A node without inputs must still belong to the loop or branch of TF1 that the call is in.
    source_controls_ = call_controls_;
    if (source_controls_.empty() && inputs > 0 && (site_.in_frame ? *site_.in_frame : HasFrames())) {
      source_controls_.push_back({call.inputs()[0].node, 0, Edge::kControl});
    }
    GRAPHFREEZE_RETURN_IF_ERROR(CopyNodes(function));
    GRAPHFREEZE_RETURN_IF_ERROR(ConnectNodes(function));
    return ReplaceCall(function);
  }

 private:
  bool HasFrames() const {
    for (NodeId id = 0; id < body_.size(); ++id) {
      if (!body_.alive(id) || body_.kind(id) != NodeKind::kNode) continue;
      const std::string_view op = body_.op(id);
      if (op == "Enter" || op == "RefEnter" || op == "Switch" || op == "RefSwitch") return true;
    }
    return false;
  }

  absl::Status CopyNodes(const Function& function) {
    const Body& from = function.body;
    const std::string prefix = Concat(body_.name(site_.call), "/");
    copies_.assign(from.size(), kNoNode);
    for (NodeId id = 0; id < from.size(); ++id) {
      if (!from.alive(id) || from.kind(id) != NodeKind::kNode) continue;
      const NodeId copy = body_.AddNode(body_.UniqueName(Concat(prefix, from.name(id))), from.op(id));
      copies_[id] = copy;
      body_.CopyAttrs(copy, from, id);
      body_.RemoveAttr(copy, "_class");  // names nodes of the function
      GRAPHFREEZE_RETURN_IF_ERROR(FillPlaceholders(function, copy));
    }
    return absl::OkStatus();
  }

  // Attributes that stand for one of the function's own.
  absl::Status FillPlaceholders(const Function& function, NodeId copy) {
    for (std::string_view name : body_.node(copy).attr_names()) {
      const AttrView value = body_.node(copy).attr(name);
      if (value.kind() != AttrView::Kind::kPlaceholder) continue;
      std::string_view given;
      ForEachAttr(site_.function_attrs, 2, [&](std::string_view attr, std::string_view attr_value) {
        if (attr == value.placeholder()) given = attr_value;
      });
      if (given.data() == nullptr) given = body_.node(site_.call).attr(value.placeholder()).message();
      if (given.data() == nullptr) {
        return InvalidArgument("node '", body_.name(site_.call), "' calls function '", function.name(),
                               "' without a value for its attribute '", value.placeholder(), "'");
      }
      body_.SetAttr(copy, name, given);
    }
    return absl::OkStatus();
  }

  // An edge of the function's body as an edge of the caller's.
  absl::StatusOr<Edge> Translate(const Function& function, const Edge& edge) {
    const Body& from = function.body;
    if (edge.node == kNoNode) {
      return InvalidArgument("function '", function.name(), "' has an input that names no node of it");
    }
    if (from.kind(edge.node) == NodeKind::kArgument) {
      for (std::uint32_t i = 0; i < function.argument_count(); ++i) {
        if (function.argument(i) != edge.node) continue;
        if (!edge.is_control()) return arguments_[i];
        return Edge{arguments_[i].node, 0, Edge::kControl};
      }
      return InvalidArgument("function '", function.name(), "' takes an argument that was removed");
    }
    const NodeId copy = copies_[edge.node];
    if (copy == kNoNode) return InvalidArgument("function '", function.name(), "' takes a node that was removed");
    if (edge.is_control()) return Edge{copy, 0, Edge::kControl};
    if (&body_ != &graph_.main()) return Edge{copy, body_.Intern(from.OutputArg(edge)), edge.index};
    const std::optional<std::int32_t> output = FlatOutput(graph_, from, edge);
    if (!output) {
      return FailedPrecondition("which output '", from.Spell(edge), "' of function '", function.name(), "' is, only the OpDef of ",
                                from.op(edge.node), " can tell; give that OpDef");
    }
    return Edge{copy, 0, *output};
  }

  absl::Status ConnectNodes(const Function& function) {
    const Body& from = function.body;
    for (NodeId id = 0; id < from.size(); ++id) {
      if (copies_[id] == kNoNode) continue;
      std::vector<Edge> inputs;
      for (const Edge& edge : from.inputs(id)) {
        GRAPHFREEZE_ASSIGN_OR_RETURN(Edge translated, Translate(function, edge));
        inputs.push_back(translated);
      }
      if (inputs.empty()) inputs = source_controls_;
      rewriter_.SetInputs(copies_[id], inputs);
    }
    return absl::OkStatus();
  }

  absl::Status ReplaceCall(const Function& function) {
    const NodeId call = site_.call;
    std::vector<Edge> results;
    std::vector<DataType> types;
    GRAPHFREEZE_ASSIGN_OR_RETURN(const OpDef signature, ParseOpDef(function.base().signature));
    for (std::uint32_t i = 0; i < function.result_count(); ++i) {
      const absl::Span<const Edge> source = function.body.inputs(function.result(i));
      if (source.empty()) return InvalidArgument("result ", i, " of function '", function.name(), "' has no source");
      GRAPHFREEZE_ASSIGN_OR_RETURN(const Edge edge, Translate(function, source[0]));
      results.push_back(edge);
      types.push_back(ResultType(function, signature, i));
    }
    // Everything that must have run once the call has: in the order of the nodes, since the map has none.
    std::vector<Edge> controls = call_controls_;
    const auto first = static_cast<std::ptrdiff_t>(controls.size());
    for (NodeId id = 0; id < function.body.size(); ++id) {
      if (!function.body.alive(id) || function.body.kind(id) != NodeKind::kControlResult) continue;
      for (const Edge& edge : function.body.inputs(id)) {
        GRAPHFREEZE_ASSIGN_OR_RETURN(const Edge translated, Translate(function, edge));
        controls.push_back({translated.node, 0, Edge::kControl});
      }
    }
    std::sort(controls.begin() + first, controls.end(), [](const Edge& a, const Edge& b) { return a.node < b.node; });
    controls.erase(std::unique(controls.begin() + first, controls.end()), controls.end());
    for (DataType type : types) {
      if (type == DataType::kInvalid && !results.empty()) {
        return FailedPrecondition("the types of the results of function '", function.name(), "' are not known");
      }
    }
    GRAPHFREEZE_RETURN_IF_ERROR(rewriter_.RedirectOutputs(call, results));
    const std::string_view op = results.empty() ? "NoOp" : results.size() == 1 ? "Identity" : "IdentityN";
    body_.Reset(call, op, "output");
    results.insert(results.end(), controls.begin(), controls.end());
    rewriter_.SetInputs(call, results);
    if (op == "Identity") body_.SetAttr(call, "T", attr::Type(types[0]));
    if (op == "IdentityN") body_.SetAttr(call, "T", attr::Types(types));
    return absl::OkStatus();
  }

  DataType ResultType(const Function& function, const OpDef& signature, std::uint32_t i) const {
    const NodeId id = function.result(i);
    if (const DataType changed = function.changed_type(id); changed != DataType::kInvalid) return changed;
    const std::size_t in_file = id - function.base().first_result;
    if (in_file >= signature.outputs.size()) return DataType::kInvalid;
    const OpArg& arg = signature.outputs[in_file];
    if (arg.type_attr.empty()) return arg.type;
    DataType dtype = DataType::kInvalid;
    ForEachAttr(site_.function_attrs, 2, [&](std::string_view name, std::string_view value) {
      if (name == arg.type_attr) dtype = AttrView(value).type();
    });
    return dtype;
  }

  Graph& graph_;
  Rewriter& rewriter_;
  Body& body_;
  const InlineSite site_;
  PassContext& context_;
  std::vector<Edge> arguments_, call_controls_, source_controls_;
  std::vector<NodeId> copies_;  // of the function's nodes, by their ids
};

}  // namespace detail

// Puts the function's nodes in the place of the call. The function itself stays: pruning drops it when nobody calls it
// any more. Errors leave nodes behind that nothing takes.
inline absl::Status InlineCall(Graph& graph, Rewriter& rewriter, const InlineSite& site, PassContext& context) {
  return detail::Inliner(graph, rewriter, site, context).Run();
}

GRAPHFREEZE_NAMESPACE_END
