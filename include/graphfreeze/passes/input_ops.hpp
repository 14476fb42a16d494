// What a graph says of the tensors that come into it from outside: which ops give them, their types and shapes, and the
// names of features. SwapPlaceholders makes placeholders of this.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/types/span.h>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/rewrite/look_through.hpp>
#include <graphfreeze/rewrite/scalar.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/tensor_proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace detail {

// True for ops that bring data in from outside, output by output.
inline bool IsInputOp(std::string_view op) {
  static constexpr std::string_view kOps[] = {
      "AdpGetNext",
      "BarrierTakeMany",
      "Dequeue",
      "DynamicGetNextV2",
      "GetNext",
      "GetNextFromQueue",
      "InfeedDequeue",
      "InfeedDequeueTuple",
      "IteratorGetNext",
      "IteratorGetNextAsOptional",
      "IteratorGetNextSync",
      "MapPeek",
      "MapUnstage",
      "MapUnstageNoKey",
      "MultiDeviceIteratorGetNextFromShard",
      "OptionalGetValue",
      "OrderedMapPeek",
      "OrderedMapUnstage",
      "OrderedMapUnstageNoKey",
      "OutfeedDequeueOp",
      "ParseExample",
      "ParseExampleV2",
      "ParseSequenceExample",
      "ParseSequenceExampleV2",
      "ParseSingleExample",
      "ParseSingleSequenceExample",
      "QueueData",
      "QueueDequeue",
      "QueueDequeueMany",
      "QueueDequeueManyV2",
      "QueueDequeueUpTo",
      "QueueDequeueUpToV2",
      "QueueDequeueV2",
      "StagePeek",
      "Unstage",
  };
  return std::binary_search(std::begin(kOps), std::end(kOps), op);
}

inline bool IsExampleParser(std::string_view op) { return op.substr(0, 5) == "Parse" && IsInputOp(op); }

// Ops that read records or files, one at a time: what comes out is not yet what the model takes.
inline bool IsRecordReader(std::string_view op) { return op.substr(0, 10) == "ReaderRead" || op == "RecordInput"; }

// Describes outputs of nodes of one body. Remembers the features of parsers.
class InputDescriber {
 public:
  // `more_ops`: names of further ops that bring data in.
  InputDescriber(const Graph& graph, const Body& body, const std::vector<std::string>& more_ops)
      : graph_(graph), body_(body), more_ops_(more_ops) {}

  bool IsSource(std::string_view op) const {
    return IsInputOp(op) || std::find(more_ops_.begin(), more_ops_.end(), op) != more_ops_.end();
  }

  // The node that makes a tensor, through ops that hand it on; Switch too, since iterators are handed into branches.
  NodeId Origin(Edge edge) const {
    for (int steps = 0; steps < 100; ++steps) {
      edge = LookThrough(graph_, body_, edge);
      if (edge.node == kNoNode || edge.is_control()) return kNoNode;
      const std::string_view op = body_.op(edge.node);
      const absl::Span<const Edge> inputs = body_.inputs(edge.node);
      if ((op != "Switch" && op != "RefSwitch") || inputs.empty()) return edge.node;
      edge = inputs[0];
    }
    return kNoNode;
  }
  NodeId OriginOfInput(NodeId id, std::size_t slot) const {
    const absl::Span<const Edge> inputs = body_.inputs(id);
    return slot < inputs.size() ? Origin(inputs[slot]) : kNoNode;
  }

  // The types of all outputs; none if nobody knows.
  std::optional<std::vector<DataType>> TypesOf(NodeRef node) const {
    const std::string_view op = node.op();
    if (op == "QueueData") return std::vector<DataType>{node.attr("T").type()};
    if (op == "Dequeue") {
      const AttrView type = node.attr("output_type");
      return std::vector<DataType>{type.exists() ? type.type() : DataType::kUint8};
    }
    if (auto types = OutputTypes(graph_, node)) return types;
    const AttrView list = node.attr("output_types");
    if (list.kind() == AttrView::Kind::kList) return list.types();
    return std::nullopt;
  }

  // The shape of output k, as the graph says it.
  Shape ShapeOf(NodeRef node, std::size_t k) {
    const std::string_view op = node.op();
    std::optional<Shape> shape;
    if (op == "Placeholder" || op == "PlaceholderV2" || op == "PlaceholderWithDefault" || op == "InfeedDequeue") {
      const AttrView attr = node.attr("shape");
      if (absl::StatusOr<Shape> parsed = attr.shape(); attr.exists() && parsed.ok()) shape = *std::move(parsed);
    } else if (op == "InfeedDequeueTuple") {
      shape = ShapeInList(node.attr("shapes"), k);
    } else if (op == "QueueData") {
      const std::int64_t index = node.attr("index").i();
      if (index >= 0) shape = ShapeInList(node.attr("output_shapes"), static_cast<std::size_t>(index));
    } else if (op == "Dequeue") {
      const AttrView list = node.attr("output_shape");
      const std::vector<std::int64_t> sizes = list.ints();
      Shape::Dims dims;
      for (const std::int64_t size : sizes) dims.push_back((std::max)(size, std::int64_t{-1}));
      if (list.exists() && dims.size() <= Shape::kMaxRank) shape = Shape(dims);
    } else if (op.substr(0, 12) == "QueueDequeue") {
      shape = DequeuedShape(node, k);
    } else if (IsExampleParser(op)) {
      // What was inferred knows whether it parses one example or a batch.
      shape = ShapeInList(node.attr(kOutputShapes), k);
      if (!shape) shape = ParsedShape(node, k);
    } else if (IsSource(op)) {
      shape = ShapeInList(node.attr("output_shapes"), k);
    }
    if (!shape) shape = ShapeInList(node.attr(kOutputShapes), k);
    return shape ? *std::move(shape) : Shape::UnknownRank();
  }

  // What a feature's tensor is called; empty if the graph does not say.
  std::string FeatureName(NodeRef node, std::size_t k) {
    const auto parsed = FindParsed(node, k);
    if (!parsed) return {};
    const std::vector<std::string>& keys = Keys(node, parsed->group);
    if (parsed->number >= keys.size()) return {};
    const std::string& key = keys[parsed->number];
    const bool dense = parsed->group.size() >= 5 && parsed->group.substr(parsed->group.size() - 5) == "dense";
    if (dense && parsed->member == "values") return key;
    return Concat(key, "/", parsed->member == "shapes" ? "shape" : parsed->member);
  }

 private:
  // The k-th of a list of shapes. Lists are read once, however many outputs are asked for.
  std::optional<Shape> ShapeInList(const AttrView& list, std::size_t k) {
    if (!list.exists()) return std::nullopt;
    const auto [it, is_new] = shapes_.try_emplace(list.message().data());
    if (is_new) it->second = list.shapes();
    if (k >= it->second.size()) return std::nullopt;
    absl::StatusOr<Shape> shape = Shape::Parse(it->second[k]);
    if (!shape.ok()) return std::nullopt;
    return *std::move(shape);
  }
  static Shape WithBatch(std::int64_t batch, const Shape& shape) {
    if (!shape.has_rank() || shape.rank() >= Shape::kMaxRank) return Shape::UnknownRank();
    Shape::Dims dims(1, batch);
    dims.insert(dims.end(), shape.dims().begin(), shape.dims().end());
    return Shape(dims);
  }

  // A queue says the shapes of its elements; dequeuing many puts their number in front.
  std::optional<Shape> DequeuedShape(NodeRef node, std::size_t k) {
    const NodeId queue = OriginOfInput(node.id(), 0);
    if (queue == kNoNode) return std::nullopt;
    std::optional<Shape> shape;
    if (body_.op(queue).substr(0, 13) == "PriorityQueue") {
      shape = k == 0 ? std::optional<Shape>(Shape()) : ShapeInList(body_.node(queue).attr("shapes"), k - 1);
    } else {
      shape = ShapeInList(body_.node(queue).attr("shapes"), k);
    }
    if (!shape) return std::nullopt;
    if (node.op().substr(0, 16) == "QueueDequeueUpTo") return WithBatch(-1, *shape);
    if (node.op().substr(0, 16) != "QueueDequeueMany") return shape;
    return WithBatch(DequeuedBatch(node), *shape);
  }

  // How many elements are dequeued; -1 if it is no constant.
  std::int64_t DequeuedBatch(NodeRef node) {
    const auto [it, is_new] = batches_.try_emplace(node.id(), -1);
    if (!is_new || node.inputs().size() < 2) return it->second;
    const auto n = Scalars(graph_, body_).Value(node.inputs()[1]);
    if (n && *n >= 0 && *n <= std::numeric_limits<std::int32_t>::max()) it->second = static_cast<std::int64_t>(*n);
    return it->second;
  }

  // Output k of a parser: which argument it belongs to, and its number among the outputs of that.
  struct ParsedOutput {
    std::string group;        // "dense", "sparse", "ragged", "context_dense", …
    std::string_view member;  // "values", "indices", "shapes", "row_splits", "lengths"
    std::size_t number = 0;   // in an argument: how many outputs it has
  };
  std::optional<ParsedOutput> FindParsed(NodeRef node, std::size_t k) {
    const auto [it, is_new] = parsed_.try_emplace(node.id());
    if (is_new) it->second = ParsedArguments(node);
    for (ParsedOutput argument : it->second) {
      if (k >= argument.number) {
        k -= argument.number;
        continue;
      }
      if (argument.member.empty()) break;
      argument.number = k;
      return argument;
    }
    return std::nullopt;
  }

  std::vector<ParsedOutput> ParsedArguments(NodeRef node) const {
    static constexpr std::string_view kMembers[] = {"_values",       "_indices",      "_shapes", "_row_splits",
                                                    "_outer_splits", "_inner_splits", "_lengths"};
    std::vector<ParsedOutput> arguments;
    const OpDef* op = graph_.ops().Find(node.op());
    if (op == nullptr) return arguments;
    for (const OpArg& arg : op->outputs) {
      const auto types = ArgTypes(graph_, node, arg);
      if (!types) break;
      ParsedOutput argument;
      argument.number = types->size();
      for (const std::string_view member : kMembers) {
        if (arg.name.size() <= member.size() || arg.name.substr(arg.name.size() - member.size()) != member) continue;
        argument.group = std::string(arg.name.substr(0, arg.name.size() - member.size()));
        argument.member = member.substr(1);
      }
      arguments.push_back(std::move(argument));
    }
    return arguments;
  }

  // Dense features have a shape each, without the batch.
  std::optional<Shape> ParsedShape(NodeRef node, std::size_t k) {
    const auto parsed = FindParsed(node, k);
    if (!parsed || parsed->group != "dense") return std::nullopt;
    const std::optional<Shape> shape = ShapeInList(node.attr("dense_shapes"), parsed->number);
    if (!shape || node.op() == "ParseSingleExample") return shape;
    if (node.op() == "ParseExample") return WithBatch(-1, *shape);
    if (node.op() != "ParseExampleV2" || node.inputs().empty()) return std::nullopt;
    const Edge serialized = node.inputs()[0];
    if (serialized.node == kNoNode || serialized.is_control() || IsExampleParser(body_.op(serialized.node))) return std::nullopt;
    const Shape batch = ShapeOf(body_.node(serialized.node), static_cast<std::size_t>(serialized.index));
    if (!batch.has_rank() || batch.rank() > 1) return std::nullopt;
    return batch.rank() == 0 ? *shape : WithBatch(batch.dim(0), *shape);
  }

  // The names of the features of a group: an attribute, a constant, or one constant each.
  const std::vector<std::string>& Keys(NodeRef node, const std::string& group) {
    const auto [it, is_new] = keys_.try_emplace({node.id(), group});
    std::vector<std::string>& keys = it->second;
    if (!is_new) return keys;
    const std::string wanted = group + "_keys";
    if (const AttrView list = node.attr(wanted); list.exists()) {
      for (std::string_view key : list.strings()) keys.emplace_back(key);
      return keys;
    }
    const OpDef* op = graph_.ops().Find(node.op());
    if (op == nullptr) return keys;
    std::size_t slot = 0;
    for (const OpArg& arg : op->inputs) {
      const auto types = ArgTypes(graph_, node, arg);
      if (!types) return keys;
      const std::size_t end = slot + types->size();
      for (; slot < end && slot < node.inputs().size(); ++slot) {
        if (arg.name != wanted) continue;
        const Edge edge = LookThrough(graph_, body_, node.inputs()[slot]);
        if (edge.node == kNoNode || edge.is_control() || body_.op(edge.node) != "Const") continue;
        const absl::StatusOr<TensorView> value = ParseTensorProto(body_.node(edge.node).attr("value").tensor(), nullptr);
        if (!value.ok() || value->dtype() != DataType::kString) continue;
        for (const std::string_view key : value->strings()) keys.emplace_back(key);
      }
      slot = end;
    }
    return keys;
  }

  const Graph& graph_;
  const Body& body_;
  const std::vector<std::string>& more_ops_;
  std::map<std::pair<NodeId, std::string>, std::vector<std::string>> keys_;
  absl::flat_hash_map<const char*, std::vector<std::string_view>> shapes_;  // by where the list lies
  absl::flat_hash_map<NodeId, std::int64_t> batches_;
  absl::flat_hash_map<NodeId, std::vector<ParsedOutput>> parsed_;
};

}  // namespace detail
GRAPHFREEZE_NAMESPACE_END
