// CastOutputs: outputs get another element type: int32 in place of int64, which some devices do not take.
//
//   logits ── ArgMax "argmax" {output_type=int64}    =>   logits ── ArgMax "argmax" {output_type=int32}
//   scores ── Identity "out" {T=float64}             =>   scores ── Cast "out" {DstT=float32}
//   x ── Softmax "probs"                             =>   x ── Softmax "probs" ── Cast "probs/float16"
//
// The output keeps its name where that can be: ops that can give the type themselves are told to (ArgMax, ArgMin, Shape,
// Size: exact), and an Identity becomes the Cast. Who else in the graph takes the output goes on getting the old type.
// Any other node keeps its own name and type, since survivors are never renamed: a Cast is added behind it, and the
// output's new name is in the report ("output_cast_added") and in `renamed`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/passes/prune.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/rewrite/rewriter.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/dtype.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// Codes: "output_type_set", "output_cast", "output_cast_added" (changed).
struct CastOutputs {
  static constexpr std::string_view kName = "cast_outputs";

  // Nodes or tensors ("argmax", "top:1") and the types that they shall have.
  std::vector<std::pair<std::string, DataType>> outputs;
  // If not null: gets the old and the new name of each output that has another one now. The new one is what to ask for.
  std::vector<std::pair<std::string, std::string>>* renamed = nullptr;

  // "argmax=int32".
  static absl::StatusOr<std::pair<std::string, DataType>> Parse(std::string_view text) {
    const std::size_t equals = text.rfind('=');
    const DataType dtype = equals == std::string_view::npos ? DataType::kInvalid : DataTypeFromName(text.substr(equals + 1));
    if (equals == 0 || dtype == DataType::kInvalid) {
      return InvalidArgument("'", text, "' should be an output and its type, as in argmax=int32");
    }
    return std::make_pair(std::string(text.substr(0, equals)), dtype);
  }

  absl::Status Run(Graph& graph, PassContext& context) const {
    Rewriter rewriter(graph, graph.main(), "", context, kName);
    for (const auto& [output, dtype] : outputs) {
      GRAPHFREEZE_RETURN_IF_ERROR(Annotate(CastOne(graph, rewriter, output, dtype), Concat("output '", output, "'")));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status CastOne(const Graph& graph, Rewriter& rewriter, const std::string& output, DataType dtype) const {
    if (!IsPlain(dtype)) return InvalidArgument("nothing can be cast to ", graphfreeze::Name(dtype));
    GRAPHFREEZE_ASSIGN_OR_RETURN(const NodeId id, FindOutput(graph, output));
    GRAPHFREEZE_ASSIGN_OR_RETURN(const OutputName name, OutputName::Parse(output));
    const NodeRef node = graph.main().node(id);
    const auto types = OutputTypes(graph, node);
    const auto index = static_cast<std::size_t>(name.index);
    if (!types || index >= types->size()) {
      return FailedPrecondition("the type of what ", node.op(), " gives is not known; give the OpDef of that op");
    }
    const DataType old = RemoveRef((*types)[index]);
    if (old == dtype) return absl::OkStatus();
    if (!IsPlain(old)) return InvalidArgument("it is of type ", graphfreeze::Name(old), ", which cannot be cast");
    if (const std::string_view attr = TypeAttr(node.op(), dtype); !attr.empty()) {
      return SetType(rewriter, node, attr, old, dtype);
    }
    if (types->size() == 1 && node.op() == "Identity" && BecomeCast(rewriter, node, old, dtype)) return absl::OkStatus();
    AddCast(rewriter, output, {id, 0, name.index}, old, dtype);
    return absl::OkStatus();
  }

  // Numbers and truth values.
  static bool IsPlain(DataType dtype) { return ElementSize(dtype) > 0; }

  // The attribute that tells an op to give that type; empty if it cannot.
  static std::string_view TypeAttr(std::string_view op, DataType dtype) {
    if (dtype != DataType::kInt32 && dtype != DataType::kInt64) return {};
    if (op == "ArgMax" || op == "ArgMin") return "output_type";
    if (op == "Shape" || op == "Size") return "out_type";
    return {};
  }

  static std::string Truncating() { return attr::Bool(false); }

  // The node gives the new type; everybody else who takes it, the old one behind a Cast.
  static absl::Status SetType(Rewriter& rewriter, NodeRef node, std::string_view attr, DataType old, DataType dtype) {
    bool taken = false;
    rewriter.ForEachUse(node, [&](NodeRef, const Edge& edge) { taken = taken || !edge.is_control(); });
    if (taken) {
      const NodeId cast = rewriter.AddNode(Concat(node.name(), "/", graphfreeze::Name(old)), "Cast", {{node.id(), 0, 0}},
                                           {{"SrcT", attr::Type(dtype)}, {"DstT", attr::Type(old)}, {"Truncate", Truncating()}});
      rewriter.RedirectUses({node.id(), 0, 0}, rewriter.OutputOf(cast, "y"));
    }
    rewriter.body().SetAttr(node.id(), attr, attr::Type(dtype));
    rewriter.Changed(node, "output_type_set", Concat(node.op(), ".", attr, ": ", graphfreeze::Name(dtype), " instead of ", graphfreeze::Name(old)));
    return absl::OkStatus();
  }

  // False if others take the Identity for what it waits for.
  static bool BecomeCast(Rewriter& rewriter, NodeRef node, DataType old, DataType dtype) {
    const std::vector<Edge> inputs(node.inputs().begin(), node.inputs().end());
    if (inputs.empty() || inputs[0].is_control() || inputs[0].node == kNoNode || inputs[0].node == node.id()) return false;
    bool taken = false;
    rewriter.ForEachUse(node, [&](NodeRef, const Edge& edge) { taken = taken || !edge.is_control(); });
    if (taken && inputs.size() > 1) return false;
    rewriter.RedirectUses({node.id(), 0, 0}, inputs[0]);
    Body& body = rewriter.body();
    body.Reset(node.id(), "Cast", "y");
    rewriter.SetInputs(node.id(), inputs);
    body.SetAttr(node.id(), "SrcT", attr::Type(old));
    body.SetAttr(node.id(), "DstT", attr::Type(dtype));
    body.SetAttr(node.id(), "Truncate", Truncating());
    rewriter.Changed(node, "output_cast", Concat("Identity, now a Cast of ", graphfreeze::Name(old), " to ", graphfreeze::Name(dtype)));
    return true;
  }

  void AddCast(Rewriter& rewriter, const std::string& output, const Edge& edge, DataType old, DataType dtype) const {
    const Body& body = rewriter.body();
    const std::string suffix = edge.index == 0 ? std::string() : Concat("_", edge.index);
    const std::string wanted = Concat(body.name(edge.node), suffix, "/", graphfreeze::Name(dtype));
    NodeId cast = body.Find(wanted);
    const bool there = cast != kNoNode && body.op(cast) == "Cast" && !body.inputs(cast).empty() && body.inputs(cast)[0] == edge &&
                       body.node(cast).attr("DstT").type() == dtype;  // of an earlier run
    if (!there) {
      cast = rewriter.AddNode(wanted, "Cast", {edge},
                              {{"SrcT", attr::Type(old)}, {"DstT", attr::Type(dtype)}, {"Truncate", Truncating()}});
      rewriter.Changed(body.node(edge.node), "output_cast_added",
                       Concat("ask for '", body.name(cast), "' to get ", graphfreeze::Name(dtype), " in place of ", graphfreeze::Name(old)));
    }
    if (renamed != nullptr) renamed->emplace_back(output, std::string(body.name(cast)));
  }
};

GRAPHFREEZE_NAMESPACE_END
