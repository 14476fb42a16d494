// FoldBatchNorm: batch norm of inference disappears in the weights of the op before it.
//
//   w ── Conv2D ── FusedBatchNorm(gamma, beta, mean, variance)        w * a ── Conv2D ── BiasAdd(b)
//                                                               =>
//   a = gamma / sqrt(variance + epsilon),  b = beta - mean * a
//
// Fused batch norm that is not training, and the one that is written out (Add(Mul(x, a), b) with constant a and b,
// where a comes from a square root), behind Conv2D, DepthwiseConv2dNative, Conv3D, Conv2DBackpropInput or MatMul. A
// BiasAdd (or Add of constants) in between goes too, and BatchToSpaceND, which dilated convolutions of old have, stays
// in between. The batch norm's name becomes that of the BiasAdd.
//
// Folded only where the result is the same: weights and statistics are constants, nobody else takes what the op or its
// bias gives, nobody takes the statistics that the batch norm gives, and both are of one data format. Batch norm before
// a convolution is not folded: it would change the padding. Weights that somebody else takes too are copied.
//
// Optional, last, on a graph that is frozen and pruned. The arithmetic is done in float64 and rounded once; results
// differ from those of the graph that was not folded by rounding alone.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/io/source.hpp>
#include <graphfreeze/rewrite/control_contexts.hpp>
#include <graphfreeze/rewrite/evaluator.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/rewrite/rewriter.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/glob.hpp>
#include <graphfreeze/support/hash.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/tensor.hpp>
#include <graphfreeze/tensor/tensor_proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

struct FoldBatchNorm {
  static constexpr std::string_view kName = "fold_batch_norm";

  // The outputs, by node or tensor name: their values stay what they are.
  std::vector<std::string> outputs;
  // Batch norms that stay, by the name of their last node ("*" and "?" as in a shell).
  std::vector<std::string> exclude;

  absl::Status Run(Graph& graph, PassContext& context) const;
};

namespace detail {

// Rounds to nearest even, once: to float with what is lost remembered in the last bit, then on.
inline std::uint16_t DoubleToHalf(double x) {
  float narrow = static_cast<float>(x);
  if (std::isfinite(narrow) && static_cast<double>(narrow) != x) {
    if (std::fabs(static_cast<double>(narrow)) > std::fabs(x)) narrow = std::nextafter(narrow, 0.0f);
    narrow = BitCast<float>(BitCast<std::uint32_t>(narrow) | 1u);
  }
  return FloatToHalf(narrow);
}

class BatchNormFolder {
 public:
  BatchNormFolder(const FoldBatchNorm& options, Graph& graph, Body& body, std::string_view body_name, PassContext& context)
      : graph_(graph),
        body_(body),
        in_function_(!body_name.empty()),
        context_(context),
        rewriter_(graph, body, body_name, context, FoldBatchNorm::kName),
        excluded_(options.exclude) {
    if (in_function_) return;
    for (const std::string& output : context.OutputsOr(options.outputs)) outputs_.insert(std::string_view(output).substr(0, output.rfind(':')));
  }

  absl::Status Run() {
    const NodeId count = body_.size();  // those that are added meanwhile are none
    for (NodeId id = 0; id < count; ++id) {
      if (!body_.alive(id) || body_.kind(id) != NodeKind::kNode) continue;
      const std::string_view op = body_.op(id);
      std::optional<Norm> norm;
      if (op == "FusedBatchNorm" || op == "FusedBatchNormV2" || op == "FusedBatchNormV3") {
        norm = Fused(id);
      } else if (op == "Add" || op == "AddV2") {
        norm = WrittenOut(id);
      }
      if (!norm) continue;
      GRAPHFREEZE_RETURN_IF_ERROR(context_.CheckCancelled());
      GRAPHFREEZE_RETURN_IF_ERROR(Fold(*norm));
    }
    return absl::OkStatus();
  }

 private:
  // A constant, with one value a channel or one for all. `axis` is the dimension of the channels, counted from the last.
  struct Channels {
    std::vector<double> values;
    std::size_t axis = 0;
    bool has_root = false;  // a square root is in it
    double operator[](std::size_t channel) const { return values.size() == 1 ? values[0] : values[channel]; }
  };

  // An op whose result is linear in its weights, channel by channel.
  struct Linear {
    NodeId node = kNoNode;
    std::size_t weights = 1;    // which input they are
    NodeId constant = kNoNode;  // that holds them
    Shape shape;                // of the weights
    std::size_t channels = 0;
    bool channels_first = false;
    std::vector<NodeId> passed;  // from the batch norm to it: all that must have no other consumer
    Edge value;                  // what the new bias is added to
    Edge bias;                   // an old one; kNoNode if there is none
    NodeId bias_node = kNoNode;
  };

  struct Norm {
    NodeId node = kNoNode;
    Linear linear;
    Channels scale, shift;  // of what the linear op gives, its own bias not counted
  };

  const Consumers& consumers() {
    if (!consumers_) consumers_.emplace(body_);
    return *consumers_;
  }
  bool OnlyConsumer(NodeId id) {
    if (outputs_.contains(body_.name(id))) return false;
    std::size_t uses = 0;
    for (const Consumers::Use use : consumers().of(id)) uses += body_.inputs(use.node)[use.slot].is_control() ? 0 : 1;
    return uses == 1;
  }
  bool IsNode(const Edge& edge) const {
    return edge.node != kNoNode && !edge.is_control() && body_.alive(edge.node) && body_.kind(edge.node) == NodeKind::kNode;
  }
  // The data inputs of a node, if it has that many.
  std::optional<absl::Span<const Edge>> Inputs(NodeId id, std::size_t count) const {
    const absl::Span<const Edge> inputs = body_.inputs(id);
    if (inputs.size() < count) return std::nullopt;
    for (std::size_t i = 0; i < count; ++i) {
      if (!IsNode(inputs[i]) && (inputs[i].is_control() || inputs[i].node == kNoNode)) return std::nullopt;
    }
    return inputs.first(count);
  }
  Edge SkipIdentities(Edge edge) const {
    for (int steps = 0; steps < 100 && IsNode(edge) && body_.op(edge.node) == "Identity"; ++steps) {
      const absl::Span<const Edge> inputs = body_.inputs(edge.node);
      if (inputs.empty() || inputs[0].is_control()) break;
      edge = inputs[0];
    }
    return edge;
  }

  bool IsConst(const Edge& edge) const {
    const Edge source = SkipIdentities(edge);
    return IsNode(source) && body_.op(source.node) == "Const";
  }

  // --- constants ---

  std::optional<Channels> FromConst(NodeId id) {
    const absl::StatusOr<TensorView> value = Evaluator(graph_, body_, kMaxChannels * sizeof(double)).Evaluate({id, 0, 0});
    if (!value.ok()) return std::nullopt;
    const DataType dtype = value->dtype();
    if (dtype != DataType::kFloat && dtype != DataType::kDouble && dtype != DataType::kHalf && dtype != DataType::kBfloat16) {
      return std::nullopt;
    }
    Channels channels;
    std::size_t count = 1;
    const Shape& shape = value->shape();
    for (std::size_t i = 0; i < shape.rank(); ++i) {
      if (shape.dim(i) == 1) continue;
      if (count != 1 || shape.dim(i) <= 0 || shape.dim(i) > std::int64_t{kMaxChannels}) return std::nullopt;
      count = static_cast<std::size_t>(shape.dim(i));
      channels.axis = shape.rank() - 1 - i;
    }
    const std::size_t size = ElementSize(dtype);
    channels.values.reserve(count);
    for (std::size_t i = 0; i < count; ++i) channels.values.push_back(Wide(dtype, value->bytes().data() + i * size));
    return channels;
  }

  // As it is: no flushing of small numbers.
  static double Wide(DataType dtype, const char* p) {
    switch (dtype) {
      case DataType::kFloat:
        return static_cast<double>(LoadElement<float>(p));
      case DataType::kHalf:
        return static_cast<double>(HalfToFloat(LoadElement<std::uint16_t>(p)));
      case DataType::kBfloat16:
        return static_cast<double>(Bfloat16ToFloat(LoadElement<std::uint16_t>(p)));
      default:
        return LoadElement<double>(p);
    }
  }

  // A constant expression of the ops that batch norm is written out with.
  std::optional<Channels> Constant(Edge edge, int depth = 0) {
    edge = SkipIdentities(edge);
    if (depth > kMaxDepth || !IsNode(edge)) return std::nullopt;
    const std::string_view op = body_.op(edge.node);
    if (op == "Const") return FromConst(edge.node);
    if (op == "Rsqrt" || op == "Sqrt" || op == "Neg" || op == "Cast") {
      const auto inputs = Inputs(edge.node, 1);
      std::optional<Channels> x = inputs ? Constant((*inputs)[0], depth + 1) : std::nullopt;
      if (!x) return std::nullopt;
      for (double& value : x->values) {
        if (op == "Rsqrt") value = 1 / std::sqrt(value);
        if (op == "Sqrt") value = std::sqrt(value);
        if (op == "Neg") value = -value;
      }
      x->has_root = x->has_root || op == "Rsqrt" || op == "Sqrt";
      return x;
    }
    if (op == "Reshape" || op == "ExpandDims" || op == "Squeeze") return Reshaped(edge, op, depth);
    const bool add = op == "Add" || op == "AddV2", divide = op == "RealDiv";
    if (!add && !divide && op != "Sub" && op != "Mul") return std::nullopt;
    const auto inputs = Inputs(edge.node, 2);
    if (!inputs) return std::nullopt;
    std::optional<Channels> a = Constant((*inputs)[0], depth + 1);
    if (!a) return std::nullopt;
    const std::optional<Channels> b = Constant((*inputs)[1], depth + 1);
    if (!b) return std::nullopt;
    const std::size_t count = (std::max)(a->values.size(), b->values.size());
    if ((a->values.size() != count && a->values.size() != 1) || (b->values.size() != count && b->values.size() != 1)) return std::nullopt;
    if (a->values.size() == count && b->values.size() == count && a->axis != b->axis) return std::nullopt;
    Channels result;
    result.axis = a->values.size() == count ? a->axis : b->axis;
    result.has_root = a->has_root || b->has_root;
    result.values.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      const double x = (*a)[i], y = (*b)[i];
      result.values.push_back(add ? x + y : divide ? x / y : op == "Sub" ? x - y : x * y);
    }
    return result;
  }

  // The same values in another shape, which the node itself must tell.
  std::optional<Channels> Reshaped(const Edge& edge, std::string_view op, int depth) {
    const auto inputs = Inputs(edge.node, op == "Squeeze" ? 1 : 2);
    std::optional<Channels> x = inputs ? Constant((*inputs)[0], depth + 1) : std::nullopt;
    if (!x || x->values.size() == 1) return x;
    if (op == "Squeeze" && x->axis == 0) return x;  // what is last stays last
    if (op != "Reshape") return std::nullopt;
    const absl::StatusOr<TensorView> sizes = Evaluator(graph_, body_, 4096).Evaluate(SkipIdentities((*inputs)[1]));
    if (!sizes.ok() || sizes->shape().rank() != 1) return std::nullopt;
    const std::size_t size = ElementSize(sizes->dtype());
    if (sizes->dtype() != DataType::kInt32 && sizes->dtype() != DataType::kInt64) return std::nullopt;
    const std::size_t rank = sizes->bytes().size() / size;
    std::size_t others = 0;
    for (std::size_t i = 0; i < rank; ++i) {
      const char* p = sizes->bytes().data() + i * size;
      const std::int64_t dim = size == 4 ? LoadElement<std::int32_t>(p) : LoadElement<std::int64_t>(p);
      if (dim == 1) continue;
      x->axis = rank - 1 - i;
      ++others;
    }
    return others == 1 ? x : std::nullopt;
  }

  // --- the two forms ---

  std::optional<Norm> Fused(NodeId id) {
    const NodeRef node = body_.node(id);
    const auto inputs = Inputs(id, 5);
    if (!inputs) return std::nullopt;
    if (AttrOrDefault(graph_, node, "is_training").b()) {
      return Skipped(id, "training", "it normalises with the statistics of the batch");
    }
    for (const Consumers::Use use : consumers().of(id)) {
      const Edge& edge = body_.inputs(use.node)[use.slot];
      if (edge.is_control()) continue;
      const std::optional<std::int32_t> output = FlatOutput(graph_, body_, edge);
      if (!output || *output != 0) return Skipped(id, "statistics_used", "its statistics are taken by '", body_.name(use.node), "'");
    }
    Norm norm;
    norm.node = id;
    std::optional<Linear> linear = FindLinear((*inputs)[0]);
    if (!linear) return Skipped(id, "no_linear_op", "no convolution or MatMul with constant weights stands right before it");
    norm.linear = *std::move(linear);
    const std::string_view format = AttrOrDefault(graph_, node, "data_format").s();
    if ((format == "NCHW" || format == "NCDHW") != norm.linear.channels_first) {
      return Skipped(id, "data_format", "its data format is not that of '", body_.name(norm.linear.node), "'");
    }
    if (const NodeId other = SharedNode(norm.linear); other != kNoNode) {
      return Skipped(id, "shared", "what '", body_.name(other), "' gives is taken elsewhere too");
    }
    std::optional<Channels> parameters[4];
    for (std::size_t i = 0; i < 4; ++i) {
      if (IsConst((*inputs)[i + 1])) parameters[i] = FromConst(SkipIdentities((*inputs)[i + 1]).node);
      if (!parameters[i] || parameters[i]->values.size() != norm.linear.channels) {
        return Skipped(id, "not_constant", "input ", i + 1, " is no constant with one value for each of the ",
                       norm.linear.channels, " channels");
      }
    }
    const double epsilon = static_cast<double>(AttrOrDefault(graph_, node, "epsilon").f());
    for (std::size_t i = 0; i < norm.linear.channels; ++i) {
      const double scale = (*parameters[0])[i] / std::sqrt((*parameters[3])[i] + epsilon);
      norm.scale.values.push_back(scale);
      norm.shift.values.push_back((*parameters[1])[i] - (*parameters[2])[i] * scale);
    }
    return norm;
  }

  std::optional<Norm> WrittenOut(NodeId id) {
    const auto operands = Inputs(id, 2);
    if (!operands) return std::nullopt;
    for (std::size_t side = 0; side < 2; ++side) {
      const Edge product = SkipIdentities((*operands)[side]);
      if (!IsNode(product) || body_.op(product.node) != "Mul") continue;
      const auto factors = Inputs(product.node, 2);
      if (!factors) continue;
      for (std::size_t factor = 0; factor < 2; ++factor) {
        std::optional<Linear> linear = FindLinear((*factors)[factor]);
        if (!linear) continue;
        std::optional<Channels> scale = Constant((*factors)[1 - factor]);
        if (!scale || !scale->has_root) continue;
        std::optional<Channels> shift = Constant((*operands)[1 - side]);
        if (!shift) continue;
        Norm norm;
        norm.node = id;
        norm.linear = *std::move(linear);
        bool waits = false;  // for something that would be forgotten
        for (Edge edge = (*operands)[side];; edge = body_.inputs(edge.node)[0]) {
          norm.linear.passed.push_back(edge.node);
          waits = waits || body_.inputs(edge.node).back().is_control();
          if (edge.node == product.node) break;
        }
        if (waits) return Skipped(id, "waits", "a node of it waits for others");
        norm.scale = *std::move(scale);
        norm.shift = *std::move(shift);
        if (!Fits(norm.linear, norm.scale) || !Fits(norm.linear, norm.shift)) {
          return Skipped(id, "channels", "its constants do not stand for the channels of '", body_.name(norm.linear.node), "'");
        }
        if (const NodeId other = SharedNode(norm.linear); other != kNoNode) {
          return Skipped(id, "shared", "what '", body_.name(other), "' gives is taken elsewhere too");
        }
        return norm;
      }
    }
    return std::nullopt;
  }

  // True if the values stand for the channels of what the op gives.
  bool Fits(const Linear& linear, const Channels& channels) const {
    if (channels.values.size() == 1) return true;
    return channels.values.size() == linear.channels &&
           channels.axis == (linear.channels_first ? linear.shape.rank() - 2 : 0);
  }
  NodeId SharedNode(const Linear& linear) {
    for (const NodeId id : linear.passed) {
      if (!OnlyConsumer(id)) return id;
    }
    return kNoNode;
  }

  template <typename... Parts>
  std::optional<Norm> Skipped(NodeId id, std::string_view code, const Parts&... parts) {
    rewriter_.Skip(body_.node(id), code, Concat("batch norm was not folded: ", parts...));
    return std::nullopt;
  }

  // --- the op before ---

  // The linear op that makes a tensor, past Identities, one bias and one BatchToSpaceND.
  std::optional<Linear> FindLinear(Edge edge) {
    Linear linear;
    linear.value = edge;
    bool batch_to_space = false;
    for (int steps = 0; steps < 100; ++steps) {
      if (!IsNode(edge)) return std::nullopt;
      const std::string_view op = body_.op(edge.node);
      linear.passed.push_back(edge.node);
      if (op == "Identity") {
        const auto inputs = Inputs(edge.node, 1);
        // Somebody may wait for it, or it for others: then it stays, and so does what is behind it.
        if (!inputs || body_.inputs(edge.node).size() > 1) return std::nullopt;
        edge = (*inputs)[0];
      } else if (op == "BatchToSpaceND" && !batch_to_space) {
        const auto inputs = Inputs(edge.node, 3);
        if (!inputs) return std::nullopt;
        batch_to_space = true;
        edge = (*inputs)[0];
      } else if ((op == "BiasAdd" || op == "Add" || op == "AddV2") && linear.bias_node == kNoNode && !batch_to_space) {
        const auto inputs = Inputs(edge.node, 2);
        if (!inputs || body_.inputs(edge.node).size() > 2) return std::nullopt;
        const std::size_t side = IsConst((*inputs)[1]) ? 1 : 0;
        if (!IsConst((*inputs)[side]) || (op == "BiasAdd" && side == 0)) return std::nullopt;
        linear.bias_node = edge.node;
        linear.bias = (*inputs)[side];
        linear.value = edge = (*inputs)[1 - side];
      } else {
        linear.node = edge.node;
        if (edge.index != 0 || !IsLinear(op, &linear)) return std::nullopt;
        return linear;
      }
    }
    return std::nullopt;
  }

  bool IsLinear(std::string_view op, Linear* linear) {
    std::size_t data = 2;
    if (op == "Conv2DBackpropInput") {
      data = 3;
    } else if (op != "Conv2D" && op != "DepthwiseConv2dNative" && op != "Conv3D" && op != "MatMul") {
      return false;
    }
    const NodeRef node = body_.node(linear->node);
    const auto inputs = Inputs(linear->node, data);
    if (!inputs) return false;
    const Edge weights = SkipIdentities((*inputs)[1]);
    if (!IsNode(weights) || body_.op(weights.node) != "Const") return false;
    linear->constant = weights.node;
    const std::optional<Shape> shape = ConstShape(weights.node);
    if (!shape || !shape->has_rank()) return false;
    linear->shape = *shape;
    const std::size_t rank = op == "MatMul" ? 2 : op == "Conv3D" ? 5 : 4;
    if (shape->rank() != rank) return false;
    std::int64_t channels = shape->dim(rank - 1);
    if (op == "Conv2DBackpropInput") channels = shape->dim(2);
    if (op == "MatMul" && AttrOrDefault(graph_, node, "transpose_b").b()) channels = shape->dim(0);
    if (op == "DepthwiseConv2dNative" && __builtin_mul_overflow(shape->dim(2), shape->dim(3), &channels)) return false;
    if (channels <= 0 || channels > std::int64_t{kMaxChannels}) return false;
    linear->channels = static_cast<std::size_t>(channels);
    const std::string_view format = AttrOrDefault(graph_, node, "data_format").s();
    linear->channels_first = op != "MatMul" && (format == "NCHW" || format == "NCDHW");
    return op == "MatMul" || format.empty() || linear->channels_first || format == "NHWC" || format == "NDHWC";
  }

  // Of a Const, without reading its elements.
  std::optional<Shape> ConstShape(NodeId id) const {
    if (const AttrEdit* weight = WeightOf(id)) return graph_.weights()[weight->weight].tensor.shape;
    const std::string_view proto = body_.node(id).attr("value").tensor();
    Shape shape;
    wire::FieldReader reader(proto);
    while (reader.Next()) {
      if (reader.key() != wire::Key(2, wire::Type::kBytes)) continue;
      absl::StatusOr<Shape> parsed = Shape::Parse(reader.bytes());
      if (!parsed.ok()) return std::nullopt;
      shape = *std::move(parsed);
    }
    return shape;
  }
  const AttrEdit* WeightOf(NodeId id) const {
    const NodeEdit* edit = body_.Edit(id);
    if (edit == nullptr) return nullptr;
    for (const AttrEdit& attr : edit->attrs) {
      if (attr.name == "value" && attr.weight != AttrEdit::kNoWeight && attr.weight < graph_.weights().size()) return &attr;
    }
    return nullptr;
  }

  // --- the rewrite ---

  absl::Status Fold(const Norm& norm) {
    const Linear& linear = norm.linear;
    const NodeRef node = body_.node(norm.node);
    if (excluded_.Matches(node.name())) {
      rewriter_.Skip(node, "excluded", "batch norm, excluded by the caller");
      return absl::OkStatus();
    }
    std::vector<double> scale(linear.channels), shift(linear.channels);
    std::optional<Channels> bias;
    if (linear.bias_node != kNoNode) {
      bias = Constant(linear.bias);
      const bool first = AttrOrDefault(graph_, body_.node(linear.bias_node), "data_format").s() == "NCHW";
      const bool fits = bias && (body_.op(linear.bias_node) == "BiasAdd"
                                     ? bias->values.size() == linear.channels && first == linear.channels_first
                                     : Fits(linear, *bias));
      if (!fits) {
        Skipped(norm.node, "bias", "what '", body_.name(linear.bias_node), "' adds is no constant with one value a channel");
        return absl::OkStatus();
      }
    }
    bool finite = true;
    for (std::size_t i = 0; i < linear.channels; ++i) {
      scale[i] = norm.scale[i];
      shift[i] = norm.shift[i] + (bias ? (*bias)[i] * scale[i] : 0);
      finite = finite && std::isfinite(scale[i]) && std::isfinite(shift[i]);
    }
    if (!finite) {
      Skipped(norm.node, "not_finite", "its factors are infinite or no numbers; is the checkpoint of a run that diverged?");
      return absl::OkStatus();
    }

    Evaluator evaluator(graph_, body_, context_.limits.max_constant_bytes);
    const absl::StatusOr<TensorView> weights = evaluator.Evaluate({linear.constant, 0, 0});
    if (!weights.ok() && weights.status().code() == absl::StatusCode::kDataLoss) return weights.status();
    if (!weights.ok() || !IsFloating(weights->dtype()) || weights->bytes().size() > context_.limits.max_constant_bytes) {
      Skipped(norm.node, "weights", "the weights '", body_.name(linear.constant), "' cannot be changed: ",
              weights.ok() ? std::string(Name(weights->dtype())) + " of more than Limits::max_constant_bytes, or no floating type"
                           : std::string(FromAbsl(weights.status().message())));
      return absl::OkStatus();
    }
    const DataType dtype = weights->dtype();
    GRAPHFREEZE_RETURN_IF_ERROR(SetWeights(linear, *weights, scale));

    const std::string shift_bytes = Narrow(dtype, shift);
    std::vector<Edge> controls;
    if (!contexts_) contexts_.emplace(graph_, body_, consumers());
    // Inside a branch or loop of TF1 the constant must be there too.
    if (contexts_->any()) controls.push_back({linear.node, 0, Edge::kControl});
    const TensorView shift_view(dtype, {static_cast<std::int64_t>(linear.channels)}, shift_bytes, nullptr);
    GRAPHFREEZE_ASSIGN_OR_RETURN(const NodeId constant, rewriter_.AddConst(Concat(node.name(), "/bias"), shift_view, controls));

    const std::string op(node.op());
    std::vector<Edge> inputs = {linear.value, rewriter_.OutputOf(constant)};
    for (const Edge& edge : node.inputs()) {
      if (edge.is_control()) inputs.push_back(edge);
    }
    body_.Reset(norm.node, "BiasAdd", "output");
    rewriter_.SetInputs(norm.node, inputs);
    body_.SetAttr(norm.node, "T", attr::Type(dtype));
    body_.SetAttr(norm.node, "data_format", attr::String(linear.channels_first ? "NCHW" : "NHWC"));
    rewriter_.Changed(node, "folded", Concat(op, ": batch norm folded into the weights of '", body_.name(linear.node), "' (",
                                             body_.op(linear.node), ")"));
    return absl::OkStatus();
  }

  static bool IsFloating(DataType dtype) {
    return dtype == DataType::kFloat || dtype == DataType::kDouble || dtype == DataType::kHalf || dtype == DataType::kBfloat16;
  }

  static void StoreNarrow(DataType dtype, double value, char* p) {
    switch (dtype) {
      case DataType::kFloat:
        StoreElement<float>(static_cast<float>(value), p);
        break;
      case DataType::kHalf:
        StoreElement<std::uint16_t>(DoubleToHalf(value), p);
        break;
      case DataType::kBfloat16: {
        float narrow = static_cast<float>(value);
        if (std::isfinite(narrow) && static_cast<double>(narrow) != value) {
          if (std::fabs(static_cast<double>(narrow)) > std::fabs(value)) narrow = std::nextafter(narrow, 0.0f);
          narrow = BitCast<float>(BitCast<std::uint32_t>(narrow) | 1u);
        }
        StoreElement<std::uint16_t>(FloatToBfloat16(narrow), p);
        break;
      }
      default:
        StoreElement<double>(value, p);
    }
  }
  static std::string Narrow(DataType dtype, const std::vector<double>& values) {
    const std::size_t size = ElementSize(dtype);
    std::string bytes(values.size() * size, '\0');
    for (std::size_t i = 0; i < values.size(); ++i) StoreNarrow(dtype, values[i], &bytes[i * size]);
    return bytes;
  }

  absl::Status SetWeights(const Linear& linear, const TensorView& weights, const std::vector<double>& scale) {
    const std::string_view op = body_.op(linear.node);
    // Neighbours of one channel, and then the next channel.
    std::size_t run = 1;
    if (op == "Conv2DBackpropInput") run = static_cast<std::size_t>(linear.shape.dim(3));
    if (op == "MatMul" && AttrOrDefault(graph_, body_.node(linear.node), "transpose_b").b()) {
      run = static_cast<std::size_t>(linear.shape.dim(1));
    }
    const DataType dtype = weights.dtype();
    const std::size_t size = ElementSize(dtype), count = weights.bytes().size() / size;
    std::string bytes(weights.bytes().size(), '\0');
    std::size_t channel = 0, in_run = 0;
    const char* from = weights.bytes().data();
    if (dtype == DataType::kFloat) {
      for (std::size_t i = 0; i < count; ++i) {
        const double value = static_cast<double>(LoadElement<float>(from + i * size)) * scale[channel];
        StoreElement<float>(static_cast<float>(value), &bytes[i * size]);
        Next(run, scale.size(), &in_run, &channel);
      }
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        StoreNarrow(dtype, Wide(dtype, from + i * size) * scale[channel], &bytes[i * size]);
        Next(run, scale.size(), &in_run, &channel);
      }
    }

    // The constant itself when nobody else takes it; else a copy of it.
    NodeId target = linear.constant;
    bool own = OnlyConsumer(target);
    for (Edge edge = body_.inputs(linear.node)[1]; own && edge.node != target; edge = body_.inputs(edge.node)[0]) {
      own = OnlyConsumer(edge.node);
    }
    if (!own) {
      std::vector<Edge> controls;
      for (const Edge& edge : body_.inputs(target)) {
        if (edge.is_control()) controls.push_back(edge);
      }
      target = rewriter_.AddNode(Concat(body_.name(target), "/folded"), "Const", controls, {{"dtype", attr::Type(dtype)}});
      std::vector<Edge> inputs(body_.inputs(linear.node).begin(), body_.inputs(linear.node).end());
      inputs[1] = rewriter_.OutputOf(target);
      rewriter_.SetInputs(linear.node, inputs);
    }
    if (count <= 1) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string proto, SerializeTensorProto(dtype, weights.shape(), bytes));
      body_.SetAttr(target, "value", attr::Tensor(proto));
      return absl::OkStatus();
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string prefix, TensorProtoPrefix(dtype, weights.shape(), bytes.size()));
    Weight weight;
    weight.tensor.dtype = dtype;
    weight.tensor.shape = weights.shape();
    const std::uint64_t length = bytes.size();
    weight.tensor.pieces.push_back({Source::Own(std::move(bytes), "folded weights"), 0, length});
    weight.prefix = graph_.arena().Copy(prefix);
    body_.SetAttrToWeight(target, "value", graph_.AddWeight(std::move(weight)));
    return absl::OkStatus();
  }
  static void Next(std::size_t run, std::size_t channels, std::size_t* in_run, std::size_t* channel) {
    if (++*in_run < run) return;
    *in_run = 0;
    if (++*channel == channels) *channel = 0;
  }

  static constexpr int kMaxDepth = 10;
  static constexpr std::uint32_t kMaxChannels = 1u << 20;

  Graph& graph_;
  Body& body_;
  bool in_function_;
  PassContext& context_;
  Rewriter rewriter_;
  Globs excluded_;
  NameSet outputs_;
  std::optional<Consumers> consumers_;  // as it was at the beginning: each op is folded into once
  std::optional<ControlContexts> contexts_;
};

}  // namespace detail

inline absl::Status FoldBatchNorm::Run(Graph& graph, PassContext& context) const {
  return ForEachBody(graph, [&](Body& body, std::string_view name) {
    return detail::BatchNormFolder(*this, graph, body, name, context).Run();
  });
}

GRAPHFREEZE_NAMESPACE_END
