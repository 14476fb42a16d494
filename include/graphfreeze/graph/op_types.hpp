// What the inputs and outputs of a node are, by its op's definition (or its function's signature) and its attributes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_table.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/tensor/dtype.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// The value of an attribute, from the node or else the op's default.
inline AttrView AttrOrDefault(const Graph& graph, NodeRef node, std::string_view name) {
  AttrView value = node.attr(name);
  if (value.exists()) return value;
  if (const OpDef* op = graph.ops().Find(node.op())) {
    if (const auto fallback = op->Default(name)) return AttrView(*fallback);
  }
  return value;
}

// The types of the tensors of one argument. Empty optional when an attribute that says so is missing.
inline std::optional<std::vector<DataType>> ArgTypes(const Graph& graph, NodeRef node, const OpArg& arg) {
  constexpr std::int64_t kMost = 1 << 20;  // no op has more tensors; a hostile attribute may say so
  if (!arg.type_list_attr.empty()) {
    const AttrView list = AttrOrDefault(graph, node, arg.type_list_attr);
    if (list.kind() != AttrView::Kind::kList) return std::nullopt;
    return list.types();
  }
  DataType dtype = arg.type;
  if (!arg.type_attr.empty()) {
    const AttrView type = AttrOrDefault(graph, node, arg.type_attr);
    if (type.kind() != AttrView::Kind::kType) return std::nullopt;
    dtype = type.type();
  }
  std::int64_t count = 1;
  if (!arg.number_attr.empty()) {
    const AttrView number = AttrOrDefault(graph, node, arg.number_attr);
    if (number.kind() != AttrView::Kind::kInt || number.i() < 0 || number.i() > kMost) return std::nullopt;
    count = number.i();
  }
  return std::vector<DataType>(static_cast<std::size_t>(count), dtype);
}

namespace detail {

// The definition by which a node's op is known: an op's, or the signature of a function of the library.
class Definition {
 public:
  Definition(const Graph& graph, std::string_view op) {
    if (const FunctionId id = graph.FindFunction(op); id != kNoFunction) {
      function_ = &graph.function(id);
      absl::StatusOr<OpDef> parsed = ParseOpDef(function_->base().signature);
      if (!parsed.ok()) return;
      signature_ = *std::move(parsed);
      // As the signature is now: without the results that were removed, with the types that were changed.
      absl::InlinedVector<OpArg, 4> outputs;
      for (std::uint32_t i = 0; i < function_->result_count(); ++i) {
        const NodeId result = function_->result(i);
        const std::size_t in_file = result - function_->base().first_result;
        if (in_file >= signature_.outputs.size()) return;
        outputs.push_back(signature_.outputs[in_file]);
        if (const DataType dtype = function_->changed_type(result); dtype != DataType::kInvalid) outputs.back().type = dtype;
      }
      signature_.outputs = std::move(outputs);
      found_ = &signature_;
    } else {
      found_ = graph.ops().Find(op);
    }
  }
  Definition(const Definition&) = delete;
  Definition& operator=(const Definition&) = delete;
  const OpDef* get() const { return found_; }

 private:
  const Function* function_ = nullptr;
  OpDef signature_;
  const OpDef* found_ = nullptr;
};

}  // namespace detail

// The types of all outputs, in order. Empty optional when the op, or an attribute that decides, is not known.
inline std::optional<std::vector<DataType>> OutputTypes(const Graph& graph, NodeRef node) {
  const detail::Definition definition(graph, node.op());
  if (definition.get() == nullptr) return std::nullopt;
  std::vector<DataType> all;
  for (const OpArg& arg : definition.get()->outputs) {
    const auto types = ArgTypes(graph, node, arg);
    if (!types) return std::nullopt;
    for (DataType dtype : *types) all.push_back(dtype);
  }
  return all;
}

// The number of the output that an edge takes, counted over all outputs of its producer. Inside functions edges
// name an output argument instead: then the producer's op must be known.
inline std::optional<std::int32_t> FlatOutput(const Graph& graph, const Body& body, const Edge& edge) {
  if (edge.node == kNoNode || edge.is_control()) return std::nullopt;
  if (edge.arg == 0) return edge.index;
  const NodeRef producer = body.node(edge.node);
  const std::string_view wanted = body.OutputArg(edge);
  const detail::Definition definition(graph, producer.op());
  if (definition.get() == nullptr) return std::nullopt;
  std::int64_t before = 0;
  for (const OpArg& arg : definition.get()->outputs) {
    if (arg.name == wanted) return static_cast<std::int32_t>(before + edge.index);
    const auto types = ArgTypes(graph, producer, arg);
    if (!types) return std::nullopt;
    before += static_cast<std::int64_t>(types->size());
  }
  return std::nullopt;
}

GRAPHFREEZE_NAMESPACE_END
