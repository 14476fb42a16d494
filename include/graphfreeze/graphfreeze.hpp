// graphfreeze: a trained TensorFlow model becomes one frozen inference graph, without TensorFlow.
//
// This header is everything. Programs that care what they include take one folder's header:
//   freezer.hpp                       graph and checkpoint in, frozen graph out
//   checkpoint/checkpoint_reader.hpp  the tensors of a checkpoint
//   graph/graph_view.hpp              a GraphDef to read;  graph/graph.hpp  one to edit
//   rewrite/pass.hpp, passes/*.hpp    rewrites, one a header, and what it takes to write another
//   fwd.hpp                           the names of the types alone, for headers that only mention them
#pragma once

#include <graphfreeze/checkpoint/checkpoint_reader.hpp>
#include <graphfreeze/freezer.hpp>
#include <graphfreeze/fwd.hpp>
#include <graphfreeze/graph/function_refs.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/graph_template.hpp>
#include <graphfreeze/graph/graph_view.hpp>
#include <graphfreeze/graph/graph_writer.hpp>
#include <graphfreeze/inference.hpp>
#include <graphfreeze/io/file_system.hpp>
#include <graphfreeze/io/threads.hpp>
#include <graphfreeze/io/zero_copy.hpp>
#include <graphfreeze/model/graph_file.hpp>
#include <graphfreeze/model/saved_model.hpp>
#include <graphfreeze/model/text_format.hpp>
#include <graphfreeze/npu/atc.hpp>
#include <graphfreeze/npu/atc_library.hpp>
#include <graphfreeze/npu/handlers.hpp>
#include <graphfreeze/npu/strip_attrs.hpp>
#include <graphfreeze/passes/alias_outputs.hpp>
#include <graphfreeze/passes/audit.hpp>
#include <graphfreeze/passes/batch_norm_inference.hpp>
#include <graphfreeze/passes/bind_flags.hpp>
#include <graphfreeze/passes/cast_outputs.hpp>
#include <graphfreeze/passes/clear_devices.hpp>
#include <graphfreeze/passes/clear_output_shapes.hpp>
#include <graphfreeze/passes/fold_batch_norm.hpp>
#include <graphfreeze/passes/fold_branches.hpp>
#include <graphfreeze/passes/fold_constants.hpp>
#include <graphfreeze/passes/freeze_variables.hpp>
#include <graphfreeze/passes/inline_functions.hpp>
#include <graphfreeze/passes/lower_control_flow.hpp>
#include <graphfreeze/passes/neutralize_dropout.hpp>
#include <graphfreeze/passes/prune.hpp>
#include <graphfreeze/passes/prune_functions.hpp>
#include <graphfreeze/passes/remove_identities.hpp>
#include <graphfreeze/passes/strip_training.hpp>
#include <graphfreeze/passes/swap_placeholders.hpp>
#include <graphfreeze/passes/table_initializers.hpp>
#include <graphfreeze/passes/use_moving_averages.hpp>
#include <graphfreeze/rewrite/evaluator.hpp>
#include <graphfreeze/rewrite/inline_call.hpp>
#include <graphfreeze/rewrite/op_handler.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/rewrite/pattern.hpp>
#include <graphfreeze/rewrite/rewriter.hpp>
