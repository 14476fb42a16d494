// InferenceSteps: the recommended way from a training graph to the inference graph, pass by pass.
//
//   Prune             what the outputs need
//   BindFlags         is_training = false, keep_prob = 1
//   FoldBranches      branches that a bound flag rules out
//   SwapPlaceholders  iterators and queues become inputs
//   StripTraining     asserts, prints and summaries
//   BatchNormInference, NeutralizeDropout, HandleOps (the ops of NPUs, and the application's own)
//   PruneFunctions    what functions and loops only did for the gradients
//   UseMovingAverages on request
//
// The order matters. Flags come first, since a bound flag leaves the branch that the author wrote for inference. Checks go
// before batch norm, whose statistics they may watch. Each step sees a graph that is pruned after the one before.
// Freezer::ToInference runs them between pruning and freezing.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/model/variable_keys.hpp>
#include <graphfreeze/npu/handlers.hpp>
#include <graphfreeze/passes/audit.hpp>
#include <graphfreeze/passes/batch_norm_inference.hpp>
#include <graphfreeze/passes/bind_flags.hpp>
#include <graphfreeze/passes/fold_branches.hpp>
#include <graphfreeze/passes/neutralize_dropout.hpp>
#include <graphfreeze/passes/prune_functions.hpp>
#include <graphfreeze/passes/strip_training.hpp>
#include <graphfreeze/passes/swap_placeholders.hpp>
#include <graphfreeze/passes/use_moving_averages.hpp>
#include <graphfreeze/rewrite/op_handler.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// What a caller may say about the steps.
struct InferenceOptions {
  BindFlags flags;
  SwapPlaceholders inputs;
  std::vector<AnyHandlers> handlers;  // behind those for NPU ops, so that they win
  UseMovingAverages averages;
  bool use_moving_averages = false;
};

// Says that a checkpoint has moving averages of the weights that nobody asked for.
struct MentionMovingAverages {
  static constexpr std::string_view kName = "use_moving_averages";

  absl::Status Run(Graph& graph, PassContext& context) const {
    return context.keys ? WarnOfMovingAverages(graph, *context.keys, context) : absl::OkStatus();
  }
};

// The steps, in order. Prune between them. They take outputs and checkpoint from the context.
inline std::vector<AnyPass> InferenceSteps(InferenceOptions options = {}) {
  options.handlers.insert(options.handlers.begin(), AnyHandlers(npu::Handlers{}));
  std::vector<AnyPass> steps;
  steps.emplace_back(std::move(options.flags));
  steps.emplace_back(FoldBranches{});
  steps.emplace_back(std::move(options.inputs));
  steps.emplace_back(StripTraining{});
  steps.emplace_back(BatchNormInference{});
  steps.emplace_back(NeutralizeDropout{});
  steps.emplace_back(HandleOps{std::move(options.handlers)});
  steps.emplace_back(FoldBranches{});   // branches that have become alike
  steps.emplace_back(StripTraining{});  // what only those looked at
  steps.emplace_back(PruneFunctions{});
  if (options.use_moving_averages) {
    steps.emplace_back(std::move(options.averages));
  } else {
    steps.emplace_back(MentionMovingAverages{});
  }
  return steps;
}

GRAPHFREEZE_NAMESPACE_END
