// Handlers for the ops of the Ascend TF adapter, as plain users of the door that applications have too:
//
//   HandleOps{{npu::Handlers{}}}
//
//   Shape ── DropOutGenMask ── DropOutDoMask ── Relu        x ── Relu
//   x ────────────────────────────┘                    =>
//
// Every op that the adapter registers is served, by what it is to inference (npu/ops.hpp): dropout hands its input on,
// recurrent cells get their attributes for inference, broadcasts hand on, float status and whatever else only training
// needs lets go of what waits for it, wrapped functions come into the graph, and what rests on data outside graph and
// checkpoint is refused with what to do. Ordinary ops stay as they are. Codes, beside those of recurrent.hpp and of the
// rewriter: "training_op_used", "random_sampling" (warnings), "input_left" (skipped), "nested_model", "file_constant" (notes).
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <graphfreeze/graph/function_refs.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/npu/collectives.hpp>
#include <graphfreeze/npu/ops.hpp>
#include <graphfreeze/npu/recurrent.hpp>
#include <graphfreeze/rewrite/inline_call.hpp>
#include <graphfreeze/rewrite/op_handler.hpp>
#include <graphfreeze/rewrite/rewriter.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace npu {

// y = mask ? x / keep_prob : 0; without training, x. The ops have no other use, so no structure needs to be looked at. The
// mask (DropOutGenMask, V3, V4) goes with pruning.
struct Dropout {
  static constexpr auto kOps = std::array{"DropOutDoMask", "DropOutDoMaskV3", "StatelessDropout"};
  absl::Status AddOpDefs(OpRegistry& ops) const { return npu::AddOpDefs(ops); }
  absl::Status Rewrite(NodeRef node, Rewriter& rewriter) const {
    return rewriter.ReplaceWithInput(node, 0, "dropout hands its input on");
  }
};

// The flags of overflow that loss scaling watches. Forward nodes at most wait for them.
struct FloatStatus {
  static constexpr auto kOps = std::array{"NpuAllocFloatStatus", "NpuClearFloatStatus", "NpuClearFloatStatusV2",
                                      "NpuGetFloatStatus", "NpuGetFloatStatusV2"};
  absl::Status AddOpDefs(OpRegistry& ops) const { return npu::AddOpDefs(ops); }
  absl::Status Rewrite(NodeRef node, Rewriter& rewriter) const;
};

namespace detail {

constexpr bool IsFloatStatus(std::string_view op) {
  for (const std::string_view known : FloatStatus::kOps) {
    if (op == known) return true;
  }
  return false;
}
constexpr bool IsOtherTrainingOp(const OpInfo& op) {
  return op.op_class == OpClass::kTrainingOnly && !IsFloatStatus(op.name);
}
constexpr bool IsInputOp(const OpInfo& op) { return op.op_class == OpClass::kPlaceholder; }
constexpr bool IsWrapper(const OpInfo& op) { return op.op_class == OpClass::kFunction; }
constexpr bool IsExternalOp(const OpInfo& op) { return op.op_class == OpClass::kExternal; }
constexpr bool IsKeptOp(const OpInfo& op) { return op.op_class == OpClass::kKeep; }

inline bool BeginsWith(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

// What to do about an op that rests on something outside.
inline std::string_view Remedy(std::string_view op) {
  if (BeginsWith(op, "Hcom")) {
    return "it exchanges tensors with other devices, which inference on one has not; ask for outputs before it, or give a "
           "handler for it";
  }
  if (op == "HostFeatureMapping" || op == "EmbeddingFeatureMapping" || op == "FeatureMapping") {
    return "it maps ids through a table that is neither in the graph nor in the checkpoint; make it an input "
           "(SwapPlaceholders) and map the ids before, or give a handler that puts the table in";
  }
  if (op == "TableToResource" || op == "TableToResourceV2") {
    return "it is the handle of an embedding table outside the checkpoint; make the lookups that take it inputs "
           "(SwapPlaceholders), or give handlers for them";
  }
  if (op == "EmbeddingLocalIndex" || op == "EmbeddingRankId") {
    return "it looks up addresses of a table that is spread over devices; make the rows an input (SwapPlaceholders), or give "
           "a handler for it";
  }
  if (BeginsWith(op, "Cache") || BeginsWith(op, "Lru") || BeginsWith(op, "LRU")) {
    return "it works on a cache that lives in training's process; make what it gives an input (SwapPlaceholders), or give a "
           "handler for it";
  }
  return "it looks up rows of a hash table outside the checkpoint; make the rows an input (SwapPlaceholders), or give a "
         "handler that knows keys and rows (a Const and GatherV2)";
}

}  // namespace detail

inline absl::Status FloatStatus::Rewrite(NodeRef node, Rewriter& rewriter) const {
  rewriter.DropControlUses(node, "inference watches no overflows");
  // A chain of them is handed on as a whole, though its links are ops of training.
  const auto counts = [](NodeRef taker) { return detail::IsInference(taker) || detail::IsFloatStatus(taker.op()); };
  if (!rewriter.IsUsedFrom(node, 0, counts)) return absl::OkStatus();
  if (node.op() == "NpuGetFloatStatus" || node.op() == "NpuClearFloatStatus") {
    return rewriter.ReplaceWithInput(node, 0, "inference watches no overflows");
  }
  if (!rewriter.IsUsedFrom(node, 0, detail::IsInference)) return absl::OkStatus();
  rewriter.Warn(node, "training_op_used",
                "the outputs need the status of overflows, which only loss scaling is for; ask for outputs that do not");
  return absl::OkStatus();
}

// What no output should need: nobody waits for it any more. Where an output does take its value, it stays, with a warning.
struct TrainingOnly {
  static constexpr auto kOps = detail::SelectOps<detail::IsOtherTrainingOp>();
  absl::Status AddOpDefs(OpRegistry& ops) const { return npu::AddOpDefs(ops); }
  absl::Status Rewrite(NodeRef node, Rewriter& rewriter) const {
    rewriter.DropControlUses(node, "only training needs it");
    const std::string_view op = node.op();
    // Forces are gradients; a centralised kernel is a kernel.
    if (op == "TabulateFusionGrad" || op == "TabulateFusionSeAGrad" || op == "Centralization") return absl::OkStatus();
    if (rewriter.IsUsedFrom(node, 0, detail::IsInference)) {
      rewriter.Warn(node, "training_op_used",
                    Concat("the graph takes the value of ", op, ", which only training needs: it was left as it is; ask for "
                           "outputs that do not need it, or give a handler for it"));
    }
    return absl::OkStatus();
  }
};

// What is fed. SwapPlaceholders makes placeholders of it; what is left has been left by it, or comes before it.
struct Inputs {
  static constexpr auto kOps = detail::SelectOps<detail::IsInputOp>();
  absl::Status AddOpDefs(OpRegistry& ops) const { return npu::AddOpDefs(ops); }
  absl::Status Rewrite(NodeRef node, Rewriter& rewriter) const {
    if (rewriter.IsUsedFrom(node, 0, detail::IsInference)) {
      rewriter.Skip(node, "input_left", Concat(node.op(), " gives what is fed: SwapPlaceholders makes placeholders of it"));
    }
    return absl::OkStatus();
  }
};

// GeOp, DPOP, NpuCall: the adapter's wrappers around functions, made when a session runs. The function comes into the graph.
struct WrappedFunctions {
  static constexpr auto kOps = detail::SelectOps<detail::IsWrapper>();
  absl::Status AddOpDefs(OpRegistry& ops) const { return npu::AddOpDefs(ops); }
  absl::Status Rewrite(NodeRef node, Rewriter& rewriter) const {
    const Graph& graph = rewriter.graph();
    const AttrView func = node.attr(node.op() == "NpuCall" ? "f" : "function");
    const FunctionId function = graph.FindFunction(func.func_name());
    if (function == kNoFunction) {
      return FailedPrecondition("the network lies in function '", func.func_name(),
                                "', which the graph does not hold: it was dumped from a session of the adapter; freeze the .meta "
                                "that the training script saved");
    }
    if (rewriter.in_function() || Wraps(graph.function(function).body)) {
      return FailedPrecondition("it wraps function '", func.func_name(), "' within a function: the graph was dumped from a "
                                "session of the adapter; freeze the .meta that the training script saved");
    }
    const std::string name(func.func_name()), attrs(func.func());
    GRAPHFREEZE_RETURN_IF_ERROR(
        InlineCall(rewriter.mutable_graph(), rewriter, InlineSite{node.id(), function, attrs, 0}, rewriter.context()));
    rewriter.Changed(node, "function_inlined", Concat("function '", name, "', which the adapter had wrapped"));
    return absl::OkStatus();
  }

 private:
  static bool Wraps(const Body& body) {
    bool wraps = false;
    body.ForEachNode([&](NodeRef node) { wraps = wraps || Classify(node.op()) == OpClass::kFunction; });
    return wraps;
  }
};

// Refused where outputs need it.
struct External {
  static constexpr auto kOps = detail::SelectOps<detail::IsExternalOp>();
  absl::Status AddOpDefs(OpRegistry& ops) const { return npu::AddOpDefs(ops); }
  absl::Status Rewrite(NodeRef node, Rewriter& rewriter) const {
    if (rewriter.IsUsedFrom(node, 0, detail::IsInference)) return FailedPrecondition(detail::Remedy(node.op()));
    rewriter.DropControlUses(node, "only training needs it");
    return absl::OkStatus();
  }
};

// Ordinary ops of the forward path. A few are worth a word.
struct Kept {
  static constexpr auto kOps = detail::SelectOps<detail::IsKeptOp>();
  absl::Status AddOpDefs(OpRegistry& ops) const { return npu::AddOpDefs(ops); }
  absl::Status Rewrite(NodeRef node, Rewriter& rewriter) const {
    const std::string_view op = node.op();
    if (op == "RandomChoiceWithMask" || op == "StatelessRandomChoiceWithMask") {
      rewriter.Warn(node, "random_sampling",
                    Concat(op, " samples at random, as training of detectors does: results will differ from run to run; ask for "
                               "outputs that do not need it"));
    } else if (op == "LoadAndExecuteOm" || op == "NpuOnnxGraphOp") {
      rewriter.Note(node, "nested_model", Concat(op, " runs a model of its own, which stays where it is; ATC does not convert it"));
    } else if (op == "FileConstant") {
      rewriter.Note(node, "file_constant", "its value stays in a file of its own, which must be there at inference");
    }
    return absl::OkStatus();
  }
};

struct Options {
  int rank_size = 0;         // devices at inference, for collectives that outputs need; 0: not known
  bool unpin_batch = false;  // see RecurrentCells
};

using AllHandlers = graphfreeze::Handlers<Dropout, FloatStatus, TrainingOnly, Inputs, WrappedFunctions, External, Kept,
                                          RecurrentCells, Collectives, HorovodOps>;

// All of them.
struct Handlers : AllHandlers {
  Handlers() = default;
  explicit Handlers(const Options& options)
      : AllHandlers(Dropout{}, FloatStatus{}, TrainingOnly{}, Inputs{}, WrappedFunctions{}, External{}, Kept{},
                    RecurrentCells{options.unpin_batch}, Collectives{options.rank_size}, HorovodOps{options.rank_size}) {}

  // Every handler could make the ops known; once will do.
  absl::Status AddOpDefs(OpRegistry& ops) const {
    GRAPHFREEZE_RETURN_IF_ERROR(npu::AddOpDefs(ops));
    return npu::AddOpDefs(ops, kHorovodOps);
  }
};

}  // namespace npu
GRAPHFREEZE_NAMESPACE_END
