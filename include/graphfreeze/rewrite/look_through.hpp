// LookThrough: follows a tensor back through ops that only hand it on, to the op that makes it.
#pragma once

#include <string_view>

#include <absl/types/span.h>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/support/config.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// True for ops whose output 0 is their input 0, value for value.
inline bool IsPassThrough(std::string_view op) {
  return op == "Identity" || op == "StopGradient" || op == "Snapshot" || op == "PreventGradient" ||
         op == "GuaranteeConst" || op == "CheckNumerics" || op == "Print" || op == "EnsureShape" ||
         op == "RefIdentity" || op == "DeepCopy";
}

// One step back: the tensor that `edge` hands on, or `edge` itself if its producer makes it. Enter counts as handing
// on when `loops` is set: the value is the same, though it belongs to another frame.
inline Edge LookThroughOnce(const Graph& graph, const Body& body, const Edge& edge, bool loops) {
  if (edge.is_control() || edge.node == kNoNode || body.kind(edge.node) != NodeKind::kNode) return edge;
  const std::string_view op = body.op(edge.node);
  const absl::Span<const Edge> inputs = body.inputs(edge.node);
  std::size_t slot = 0;
  if (op == "IdentityN") {
    const auto output = FlatOutput(graph, body, edge);
    if (!output) return edge;
    slot = static_cast<std::size_t>(*output);
  } else if (!IsPassThrough(op) && !(loops && (op == "Enter" || op == "RefEnter"))) {
    return edge;
  }
  if (slot >= inputs.size() || inputs[slot].is_control() || inputs[slot].node == kNoNode) return edge;
  return inputs[slot];
}

// All the way back. Graphs may be cyclic: the walk ends after a bounded number of steps.
inline Edge LookThrough(const Graph& graph, const Body& body, Edge edge, bool loops = false) {
  for (int steps = 0; steps < 1000; ++steps) {
    const Edge before = LookThroughOnce(graph, body, edge, loops);
    if (before == edge) break;
    edge = before;
  }
  return edge;
}

GRAPHFREEZE_NAMESPACE_END
