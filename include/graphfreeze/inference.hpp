// InferenceSteps: the recommended way from a training graph to the inference graph, pass by pass.
//
//   Prune             what the outputs need
//   BindFlags         is_training = false, keep_prob = 1
//   FoldBranches      branches that a bound flag rules out
//   SwapPlaceholders  iterators and queues become inputs
//   BatchNormInference, NeutralizeDropout, HandleOps (the ops of NPUs, and the application's own)
//   StripTraining     asserts, prints and summaries
//   PruneFunctions    what functions and loops only did for the gradients
//   UseMovingAverages on request
//
// The order matters: flags first, since a bound flag leaves the branch that the author wrote for inference; batch norm
// before anything that drops its updates from sight; what follows sees a graph that is pruned after every step.
// Freezer::ToInference runs them between pruning and freezing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <graphfreeze/passes/batch_norm_inference.hpp>
#include <graphfreeze/passes/neutralize_dropout.hpp>
#include <graphfreeze/passes/strip_training.hpp>
#include <graphfreeze/passes/swap_placeholders.hpp>
#include <graphfreeze/rewrite/op_handler.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/support/config.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

struct InferenceOptions {
  SwapPlaceholders inputs;
  std::vector<AnyHandlers> handlers;
};

// The steps, in order. Prune between them.
inline std::vector<AnyPass> InferenceSteps(const InferenceOptions& options = {}) {
  std::vector<AnyPass> steps;
  steps.emplace_back(options.inputs);
  steps.emplace_back(BatchNormInference{});
  steps.emplace_back(NeutralizeDropout{});
  steps.emplace_back(HandleOps{options.handlers});
  steps.emplace_back(StripTraining{});
  return steps;
}

GRAPHFREEZE_NAMESPACE_END
