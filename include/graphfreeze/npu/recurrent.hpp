// The recurrent cells of the Ascend TF adapter at inference.
//
//   DynamicRnn {is_training=true, keep_prob=0.8}    =>    DynamicRnn {is_training=false, keep_prob=1}
//
// Without training the outputs that only gradients take (gates, tanhc, …) mean nothing: where the graph takes one
// of them, is_training stays, with a warning.
//
// DynamicRnn, DynamicGruV2 and DynamicAUGRU take the lengths of the sequences, one for each of a batch, from a variable
// that the adapter's layer makes, and initial states: frozen, they pin the batch to training's. With `unpin_batch`
//
//   lengths (Const [7, 7, …, 7]) ── DynamicRnn        Shape(x) ── Slice ── Fill(·, 7) ── DynamicRnn
//   init_h (Const [1, 16, 32] of 0) ─┘           =>          └── ConcatV2 ── Fill(·, 0) ─┘
//
// where lengths and states are constants with all elements equal: the same numbers for a batch of any size. Variables are
// constants once they are frozen, so this is for a run behind FreezeVariables.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/npu/ops.hpp>
#include <graphfreeze/rewrite/evaluator.hpp>
#include <graphfreeze/rewrite/look_through.hpp>
#include <graphfreeze/rewrite/rewriter.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/dtype.hpp>
#include <graphfreeze/tensor/shape.hpp>
#include <graphfreeze/tensor/tensor.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace npu {

namespace detail {

struct CellInfo {
  std::string_view op;
  std::int32_t first_training_output;  // this and all after it are for gradients
  int lengths_input;                   // -1: has none
  int first_state_input, state_inputs;
  bool has_is_training;
};

inline constexpr CellInfo kCells[] = {
    {"BasicLSTMCell", 2, -1, 0, 0, false}, {"DynamicAUGRU", 2, 6, 7, 1, true}, {"DynamicGruV2", 2, 5, 6, 1, true},
    {"DynamicRnn", 3, 3, 4, 2, true},      {"DynamicRnnV2", 3, -1, 3, 2, true},
};

// For the liveness of outputs: who only trains does not count.
inline bool IsInference(NodeRef node) { return Classify(node.op()) != OpClass::kTrainingOnly; }

// What a cell's lengths and states become for a batch of any size.
class BatchUnpinner {
 public:
  BatchUnpinner(Rewriter& rewriter, NodeRef cell, const CellInfo& info)
      : rewriter_(rewriter), cell_(cell), info_(info), evaluator_(rewriter.graph(), rewriter.body(), kMaxConstantBytes) {}

  // The reason why not; empty when it was done.
  absl::StatusOr<std::string> Run() {
    const auto lengths_at = static_cast<std::size_t>(info_.lengths_input);
    std::optional<Constant> lengths = UniformConstant(lengths_at);
    if (!lengths || lengths->value.shape().rank() != 1) return std::string("they are no constant of equal numbers");
    const std::int64_t batch = lengths->value.shape().dim(0);
    std::vector<Constant> states;
    for (int i = 0; i < info_.state_inputs; ++i) {
      const auto at = static_cast<std::size_t>(info_.first_state_input + i);
      std::optional<Constant> state = UniformConstant(at);
      if (!state) {
        // What is computed from the input follows its batch by itself; a constant of many numbers does not.
        if (!IsConstant(at)) continue;
        return Concat("the initial state '", rewriter_.body().Spell(cell_.inputs()[at]), "' has learned or given numbers");
      }
      if (state->value.shape().rank() != 3) return Concat("the initial state in input ", at, " has not three dimensions");
      if (state->value.shape().dim(1) == batch) states.push_back(*std::move(state));
    }
    GRAPHFREEZE_RETURN_IF_ERROR(Replace(*lengths, states));
    return std::string();
  }

 private:
  static constexpr std::uint64_t kMaxConstantBytes = 16u << 20;

  struct Constant {
    std::size_t slot;
    TensorView value;
    std::vector<Edge> controls;  // of the Const: they say to which loop or branch it belongs
  };

  bool IsConstant(std::size_t slot) {
    const Edge edge = cell_.inputs()[slot];
    return !edge.is_control() && edge.node != kNoNode && evaluator_.Evaluate(edge).ok();
  }

  std::optional<Constant> UniformConstant(std::size_t slot) {
    if (slot >= cell_.data_input_count()) return std::nullopt;
    const Edge edge = LookThrough(rewriter_.graph(), rewriter_.body(), cell_.inputs()[slot]);
    if (edge.node == kNoNode) return std::nullopt;
    const absl::StatusOr<TensorView> value = evaluator_.Evaluate(edge);
    if (!value.ok() || value->bytes().empty()) return std::nullopt;
    const std::size_t size = ElementSize(value->dtype());
    const std::string_view bytes = value->bytes();
    // All elements are equal if the bytes are the same one element further.
    if (std::memcmp(bytes.data(), bytes.data() + size, bytes.size() - size) != 0) return std::nullopt;
    Constant constant{slot, *value, {}};
    for (const Edge& input : rewriter_.body().inputs(edge.node)) {
      if (input.is_control()) constant.controls.push_back(input);
    }
    return constant;
  }

  absl::StatusOr<Edge> Ints(std::string_view name, const std::vector<std::int32_t>& values, bool scalar,
                            const std::vector<Edge>& controls) {
    const std::string_view bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(std::int32_t));
    const TensorView value = scalar ? TensorView::Scalar(DataType::kInt32, bytes)
                                    : TensorView(DataType::kInt32, Shape{static_cast<std::int64_t>(values.size())}, bytes, nullptr);
    GRAPHFREEZE_ASSIGN_OR_RETURN(const NodeId id, rewriter_.AddConst(Concat(cell_.name(), "/", name), value, controls));
    return rewriter_.OutputOf(id);
  }

  absl::Status Replace(const Constant& lengths, const std::vector<Constant>& states) {
    const std::string name(cell_.name());
    const Edge x = cell_.inputs()[0];
    const AttrView time_major = AttrOrDefault(rewriter_.graph(), cell_, "time_major");
    const std::int32_t axis = !time_major.exists() || time_major.b() ? 1 : 0;
    const std::string int32 = attr::Type(DataType::kInt32);
    const std::vector<Edge>& controls = lengths.controls;

    const NodeId shape = rewriter_.AddNode(Concat(name, "/batch/Shape"), "Shape", {x},
                                           {{"T", std::string(cell_.attr("T").message())}, {"out_type", int32}});
    GRAPHFREEZE_ASSIGN_OR_RETURN(const Edge begin, Ints("batch/begin", {axis}, false, controls));
    GRAPHFREEZE_ASSIGN_OR_RETURN(const Edge size, Ints("batch/size", {1}, false, controls));
    const NodeId batch = rewriter_.AddNode(Concat(name, "/batch"), "Slice", {rewriter_.OutputOf(shape), begin, size},
                                           {{"T", int32}, {"Index", int32}});
    std::vector<Edge> inputs(cell_.inputs().begin(), cell_.inputs().end());
    GRAPHFREEZE_ASSIGN_OR_RETURN(inputs[lengths.slot], Fill("lengths", rewriter_.OutputOf(batch), lengths));
    for (const Constant& state : states) {
      const std::string prefix = Concat("state_", state.slot);
      const Shape& dims = state.value.shape();
      GRAPHFREEZE_ASSIGN_OR_RETURN(const Edge first, Ints(prefix + "/first", {static_cast<std::int32_t>(dims.dim(0))}, false, controls));
      GRAPHFREEZE_ASSIGN_OR_RETURN(const Edge last, Ints(prefix + "/last", {static_cast<std::int32_t>(dims.dim(2))}, false, controls));
      GRAPHFREEZE_ASSIGN_OR_RETURN(const Edge along, Ints(prefix + "/axis", {0}, true, controls));
      const NodeId all = rewriter_.AddNode(Concat(name, "/", prefix, "/dims"), "ConcatV2",
                                           {first, rewriter_.OutputOf(batch), last, along},
                                           {{"T", int32}, {"Tidx", int32}, {"N", attr::Int(3)}});
      GRAPHFREEZE_ASSIGN_OR_RETURN(inputs[state.slot], Fill(prefix, rewriter_.OutputOf(all), state));
    }
    rewriter_.SetInputs(cell_.id(), inputs);
    // Shapes that were inferred for the batch of training are wrong now, here and downstream.
    Body& body = rewriter_.body();
    for (NodeId id = 0; id < body.size(); ++id) {
      if (body.alive(id) && body.kind(id) == NodeKind::kNode && body.node(id).attr(kOutputShapes).exists()) body.ClearOutputShapes(id);
    }
    rewriter_.Changed(cell_, "batch_unpinned",
                      Concat(cell_.op(), ": lengths and initial states are made for the batch that comes in"));
    return absl::OkStatus();
  }

  // The constant's number, in the shape that `dims` says.
  absl::StatusOr<Edge> Fill(std::string_view name, const Edge& dims, const Constant& constant) {
    const DataType dtype = constant.value.dtype();
    const TensorView one = TensorView::Scalar(dtype, constant.value.bytes().substr(0, ElementSize(dtype)), constant.value.owner());
    GRAPHFREEZE_ASSIGN_OR_RETURN(
        const NodeId value, rewriter_.AddConst(Concat(cell_.name(), "/", name, "/value"), one, constant.controls));
    const NodeId fill = rewriter_.AddNode(Concat(cell_.name(), "/", name), "Fill", {dims, rewriter_.OutputOf(value)},
                                          {{"T", attr::Type(dtype)}, {"index_type", attr::Type(DataType::kInt32)}});
    return rewriter_.OutputOf(fill);
  }

  Rewriter& rewriter_;
  const NodeRef cell_;
  const CellInfo& info_;
  Evaluator evaluator_;
};

}  // namespace detail

// Codes: "attr_set"; "training_outputs_used", "batch_pinned" (warnings); "batch_unpinned".
struct RecurrentCells {
  static constexpr auto kOps = std::array{"BasicLSTMCell", "DynamicAUGRU", "DynamicGruV2", "DynamicRnn", "DynamicRnnV2"};

  bool unpin_batch = false;

  absl::Status AddOpDefs(OpRegistry& ops) const { return npu::AddOpDefs(ops); }

  absl::Status Rewrite(NodeRef node, Rewriter& rewriter) const {
    const detail::CellInfo* info = nullptr;
    for (const detail::CellInfo& cell : detail::kCells) {
      if (cell.op == node.op()) info = &cell;
    }
    if (info == nullptr) return InvalidArgument("no recurrent cell");
    const AttrView keep_prob = AttrOrDefault(rewriter.graph(), node, "keep_prob");
    if (keep_prob.exists() && !(keep_prob.f() == 1.0f)) rewriter.SetAttr(node, "keep_prob", attr::Float(1), "no dropout at inference");
    if (info->has_is_training) SetInference(node, rewriter, *info);
    return info->lengths_input < 0 ? absl::OkStatus() : HandleBatch(node, rewriter, *info);
  }

 private:
  static void SetInference(NodeRef node, Rewriter& rewriter, const detail::CellInfo& info) {
    const AttrView training = AttrOrDefault(rewriter.graph(), node, "is_training");
    if (training.exists() && !training.b()) return;
    if (rewriter.IsUsedFrom(node, static_cast<std::size_t>(info.first_training_output), detail::IsInference)) {
      rewriter.Warn(node, "training_outputs_used",
                    Concat("an output from ", info.first_training_output, " on is taken, which only training computes: "
                           "is_training was left as it is; ask for outputs of the graph that do not need it"));
      return;
    }
    rewriter.SetAttr(node, "is_training", attr::Bool(false), "inference");
  }

  absl::Status HandleBatch(NodeRef node, Rewriter& rewriter, const detail::CellInfo& info) const {
    const auto slot = static_cast<std::size_t>(info.lengths_input);
    if (slot >= node.data_input_count()) {
      return InvalidArgument("it has ", node.data_input_count(), " inputs; number ", slot, " should be the lengths");
    }
    const Body& body = rewriter.body();
    Edge lengths = LookThrough(rewriter.graph(), body, node.inputs()[slot], /*loops=*/true);
    if (lengths.node != kNoNode && body.op(lengths.node) == "ReadVariableOp" && !body.inputs(lengths.node).empty()) {
      lengths = LookThrough(rewriter.graph(), body, body.inputs(lengths.node)[0], /*loops=*/true);
    }
    if (lengths.node == kNoNode || body.kind(lengths.node) != NodeKind::kNode) return absl::OkStatus();
    const NodeRef source = body.node(lengths.node);
    const bool constant = source.op() == "Const";
    if (!constant && source.op() != "Variable" && source.op() != "VariableV2" && source.op() != "VarHandleOp") {
      return absl::OkStatus();  // computed, or fed: it follows the batch
    }
    std::string reason = constant ? "run HandleOps with unpin_batch to let the batch vary"
                                  : "to let it vary, run HandleOps with unpin_batch behind FreezeVariables (Freezer::After)";
    if (unpin_batch && constant) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string why_not, detail::BatchUnpinner(rewriter, node, info).Run());
      if (why_not.empty()) return absl::OkStatus();
      reason = Concat("it cannot vary: ", why_not);
    }
    rewriter.Warn(node, "batch_pinned",
                  Concat("its sequence lengths are '", source.name(), "' (", source.op(), "), one for each of training's batch: "
                         "the graph takes batches of that size alone; ", reason));
    return absl::OkStatus();
  }
};

}  // namespace npu
GRAPHFREEZE_NAMESPACE_END
