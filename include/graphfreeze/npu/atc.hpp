// The hand-off to ATC, the compiler that makes an .om model for Ascend devices of a frozen graph.
//
//   npu::AtcOptions options;
//   options.model = "frozen.pb";
//   options.outputs = {"argmax"};
//   PrepareAtc(graph, options)->command
//     atc --model=frozen.pb --framework=3 --output=frozen --input_format=NHWC --input_shape="images:1,224,224,3" …
//
// with a preflight: what will stop the conversion, or make a model that answers differently, told before the compiler is
// started. It knows what ATC's documentation and its error codes tell; an op of which they tell nothing is taken to be
// mapped if TensorFlow or the Ascend adapter has it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/graph/function_refs.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_table.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/npu/ops.hpp>
#include <graphfreeze/rewrite/evaluator.hpp>
#include <graphfreeze/rewrite/look_through.hpp>
#include <graphfreeze/rewrite/op_handler.hpp>
#include <graphfreeze/rewrite/op_roles.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/hash.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/dtype.hpp>
#include <graphfreeze/tensor/shape.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace npu {

struct AtcOptions {
  std::string model = "frozen.pb";            // the frozen graph's file
  std::string output = {};                    // of the .om, without that ending; empty: as the model, without its own
  std::string soc_version = "<soc_version>";  // the device: "Ascend310P3", "Ascend910B1", … (npu-smi info tells)
  std::vector<std::string> outputs = {};      // nodes or tensors that were asked for; at least one
  std::optional<std::int64_t> batch = {};     // what an unknown first dimension shall be
  std::vector<std::int64_t> dynamic_batch = {};  // or the batch sizes that one model shall serve
  std::vector<std::pair<std::string, Shape>> shapes = {};  // shapes of single inputs, by the placeholder's name
};

// One thing that the preflight found. `node` is empty where it is about the whole graph.
struct AtcFinding {
  std::string node, op;
  std::string code;  // stable, "atc_…"
  std::string text;
  bool blocks = false;  // the conversion will fail
};

// Codes that block: atc_unmapped_op, atc_unknown_op, atc_external_op, atc_control_flow, atc_missing_function,
// atc_string_input, atc_input_type, atc_unknown_rank, atc_unknown_dim, atc_dim_not_positive.
// Others: atc_64bit_output, atc_placeholder_default, atc_no_input, atc_training_batch_norm, atc_random_op,
// atc_training_op, atc_functions, atc_no_folding, atc_mixed_formats.
struct AtcHandOff {
  std::string command;                 // for a shell
  std::vector<std::string> arguments;  // the same for exec: "--model=frozen.pb", …
  std::vector<AtcFinding> findings;
  // Functions that graph_def_library.pbtxt must hold (see AtcFunctionLibrary); none: no such file is needed.
  std::vector<FunctionId> functions;

  bool blocked() const {
    return std::any_of(findings.begin(), findings.end(), [](const AtcFinding& finding) { return finding.blocks; });
  }
};

namespace detail {

// How the dimensions of inputs are ordered, as the ops that take them say.
class InputFormats {
 public:
  InputFormats(const Graph& graph, const Body& body)
      : graph_(graph), body_(body), consumers_(body), evaluator_(graph, body, 1 << 10) {}

  // "NHWC", "NCHW", "NDHWC", "NCDHW"; empty if nobody says.
  std::string_view Of(NodeId placeholder) {
    std::vector<NodeId> todo = {placeholder};
    for (std::size_t at = 0; at < todo.size() && at < kMostSteps; ++at) {
      for (const Consumers::Use use : consumers_.of(todo[at])) {
        if (!body_.alive(use.node) || body_.kind(use.node) != NodeKind::kNode) continue;
        if (body_.inputs(use.node)[use.slot].is_control()) continue;
        if (const std::string_view format = Says(use); !format.empty()) return format;
        const bool new_node = std::find(todo.begin(), todo.end(), use.node) == todo.end();
        if (new_node && KeepsDimensions(body_.op(use.node))) todo.push_back(use.node);
      }
    }
    return {};
  }

 private:
  static constexpr std::size_t kMostSteps = 200;

  static bool KeepsDimensions(std::string_view op) {
    for (const std::string_view known : {"Identity", "Cast", "Sub", "Add", "AddV2", "Mul", "RealDiv", "Div", "Maximum",
                                         "Minimum", "Pad", "PadV2", "MirrorPad", "Relu", "Relu6", "StopGradient", "Neg",
                                         "ClipByValue", "ReverseV2", "EnsureShape", "PreventGradient"}) {
      if (op == known) return true;
    }
    return false;
  }

  std::string_view Says(Consumers::Use use) {
    const NodeRef node = body_.node(use.node);
    const std::string_view op = node.op();
    if (op.substr(0, 6) == "Resize" || op == "CropAndResize") return use.slot == 0 ? "NHWC" : "";
    if (op == "Transpose") return use.slot == 0 ? BeforeTranspose(node) : "";
    if (op == "BiasAdd" && use.slot != 0) return {};
    const std::string_view format = AttrOrDefault(graph_, node, "data_format").s();
    for (const std::string_view known : {"NHWC", "NCHW", "NDHWC", "NCDHW"}) {
      if (format == known) return known;
    }
    return {};
  }

  // Who is turned from one order into another had the first.
  std::string_view BeforeTranspose(NodeRef node) {
    if (node.data_input_count() < 2) return {};
    const absl::StatusOr<TensorView> value = evaluator_.Evaluate(LookThrough(graph_, body_, node.inputs()[1]));
    if (!value.ok() || (value->dtype() != DataType::kInt32 && value->dtype() != DataType::kInt64)) return {};
    const std::size_t size = ElementSize(value->dtype());
    std::string perm;
    for (std::size_t at = 0; at + size <= value->bytes().size(); at += size) {
      perm += static_cast<char>('0' + (value->bytes()[at] & 15));  // the lowest byte: dimensions are few
    }
    if (perm == "0312") return "NHWC";
    if (perm == "0231") return "NCHW";
    if (perm == "04123") return "NDHWC";
    if (perm == "02341") return "NCDHW";
    return {};
  }

  const Graph& graph_;
  const Body& body_;
  const Consumers consumers_;
  Evaluator evaluator_;
};

// In double quotes where a shell would see more than text.
inline std::string ShellWord(std::string_view argument) {
  const std::size_t equals = argument.find('=');
  const std::string_view value = argument.substr(equals + 1);
  bool plain = true;
  for (const char c : value) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    plain = plain && (letter || std::string_view("_./,-+@%").find(c) != std::string_view::npos);
  }
  if (plain) return std::string(argument);
  std::string out = Concat(argument.substr(0, equals + 1), "\"");
  for (const char c : value) {
    if (c == '"' || c == '\\' || c == '$' || c == '`') out += '\\';
    out += c;
  }
  return out + "\"";
}

class AtcPreflight {
 public:
  AtcPreflight(const Graph& graph, const AtcOptions& options, const graphfreeze::detail::Demand& demand)
      : graph_(graph), options_(options), demand_(demand) {}

  absl::StatusOr<AtcHandOff> Run() {
    for (const auto& [name, shape] : options_.shapes) {
      const NodeId id = graph_.main().Find(name);
      if (id == kNoNode || graph_.main().op(id) != "Placeholder") {
        return InvalidArgument("a shape is given for '", name, "', which is no placeholder of ", graph_.name());
      }
    }
    CheckBody(graph_.main(), "", demand_.nodes());
    for (FunctionId id = 0; id < graph_.function_count(); ++id) {
      if (!graph_.function(id).alive || !demand_.NeedsFunction(id)) continue;
      CheckBody(graph_.function(id).body, graph_.function(id).name(), {});
      hand_off_.functions.push_back(id);
    }
    if (!hand_off_.functions.empty()) {
      Find("", "", "atc_functions", false,
           Concat("the graph has ", hand_off_.functions.size(), " functions: graph_def_library.pbtxt must stand beside the model "
                  "(E12029, E12013), and older releases of ATC want the functional form"));
    }
    CheckOutputs();
    const std::string shapes = InputShapes();
    const std::string_view format = InputFormat();

    std::vector<std::string>& arguments = hand_off_.arguments;
    arguments.push_back(Concat("--model=", options_.model));
    arguments.emplace_back("--framework=3");
    arguments.push_back(Concat("--output=", options_.output.empty() ? Stem(options_.model) : options_.output));
    arguments.push_back(Concat("--input_format=", format));
    if (!shapes.empty()) arguments.push_back(Concat("--input_shape=", shapes));
    if (!options_.dynamic_batch.empty()) arguments.push_back(Concat("--dynamic_batch_size=", BatchSizes()));
    arguments.push_back(Concat("--out_nodes=", OutNodes()));
    arguments.push_back(Concat("--soc_version=", options_.soc_version));
    hand_off_.command = "atc";
    for (const std::string& argument : arguments) hand_off_.command += Concat(" ", ShellWord(argument));
    return std::move(hand_off_);
  }

 private:
  void Find(std::string_view node, std::string_view op, std::string_view code, bool blocks, std::string text) {
    hand_off_.findings.push_back({std::string(node), std::string(op), std::string(code), std::move(text), blocks});
  }

  static std::string Stem(const std::string& path) {
    const std::size_t dot = path.rfind('.'), slash = path.rfind('/');
    return dot == std::string::npos || dot == 0 || (slash != std::string::npos && dot < slash) ? path : path.substr(0, dot);
  }

  // --- nodes ---

  void CheckBody(const Body& body, std::string_view function, const std::vector<bool>& needed) {
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode || (id < needed.size() && !needed[id])) continue;
      const NodeRef node = body.node(id);
      const auto [entry, is_new] = ops_.try_emplace(node.op());
      if (is_new) entry->second = Judge(node.op());
      const std::string name = function.empty() ? std::string(node.name()) : Concat(function, "/", node.name());
      const Verdict& verdict = entry->second;
      if (!verdict.code.empty()) Find(name, node.op(), verdict.code, verdict.blocks, std::string(verdict.text));
      if (verdict.batch_norm && AttrOrDefault(graph_, node, "is_training").b()) {
        Find(name, node.op(), "atc_training_batch_norm", false,
             "it is in training mode: ATC takes it, and the model's answers will depend on what is in a batch; run BatchNormInference");
      }
      if (verdict.placeholder && function.empty()) inputs_.push_back(id);
      if (verdict.functions) CheckFunctions(node, name);
      if (node.attr("_grappler_do_not_remove").exists()) {
        Find(name, node.op(), "atc_no_folding", false, "its attribute _grappler_do_not_remove keeps constants from being folded; run StripNpuAttrs");
      }
    }
  }

  struct Verdict {
    std::string_view code, text;
    bool blocks = false, batch_norm = false, placeholder = false, functions = false;
  };

  Verdict Judge(std::string_view op) const {
    Verdict verdict;
    const auto say = [&](std::string_view code, bool blocks, std::string_view text) {
      verdict.code = code;
      verdict.blocks = blocks;
      verdict.text = text;
      return verdict;
    };
    if (op == "Placeholder") {
      verdict.placeholder = true;
      return verdict;
    }
    if (op == "FusedBatchNorm" || op == "FusedBatchNormV2" || op == "FusedBatchNormV3") {
      verdict.batch_norm = true;
      return verdict;
    }
    if (op == "PlaceholderWithDefault") {
      return say("atc_placeholder_default", false,
                 "ATC puts its default in its place: it never becomes an input; make it a Placeholder if it shall be one "
                 "(SwapPlaceholders)");
    }
    if (op == "PlaceholderV2" || op == "NoOp" || op == "ReadVariableOp") {
      return say("atc_unmapped_op", true, "ATC has no mapping for it in inference graphs (E10501)");
    }
    if (const std::optional<OpClass> npu_class = Classify(op)) {
      if (op == "LoadAndExecuteOm" || op == "NpuOnnxGraphOp") {
        return say("atc_unmapped_op", true, "it runs a model of its own, which ATC does not convert");
      }
      switch (*npu_class) {
        case OpClass::kPlaceholder:
          return say("atc_unmapped_op", true, "ATC takes placeholders alone as inputs; run SwapPlaceholders");
        case OpClass::kExternal:
          return say("atc_external_op", true, "it rests on tables or devices that are not in the graph; give a handler for it");
        case OpClass::kFunction:
          return say("atc_unmapped_op", true, "it wraps a function of the adapter; run HandleOps with npu::Handlers");
        case OpClass::kTrainingOnly:
        case OpClass::kPass:
          return say("atc_training_op", false,
                     "it is for training: inference devices have no operator for it, or answer at random; run HandleOps with npu::Handlers");
        case OpClass::kAttr:
        case OpClass::kKeep:
          return verdict;
      }
    }
    verdict.functions = CallsFunctions(op);
    if (verdict.functions) return verdict;
    switch (RoleOf(op)) {
      case OpRole::kVariable:
        return say("atc_unmapped_op", true, "ATC has no mapping for variables in inference graphs (E10501); freeze it");
      case OpRole::kIterator:
      case OpRole::kDataset:
      case OpRole::kQueue:
        return say("atc_unmapped_op", true, "ATC has no mapping for input pipelines; run SwapPlaceholders");
      case OpRole::kControlFlow:
        return say("atc_control_flow", true,
                   "ATC cannot convert branches and loops of TF1 directly; bind the flag that they hang on (BindFlags), or bring "
                   "the graph into functional form (where LowerControlFlow made them: leave it out)");
      case OpRole::kRandom:
        return say("atc_random_op", false, "it draws random numbers: the model's answers will differ from run to run");
      case OpRole::kCollective:
        return say("atc_external_op", true, "it talks to other devices");
      default:
        break;
    }
    if (graphfreeze::detail::FindOpTableLine(op).empty()) {
      return say("atc_unknown_op", true, "no mapping is known for this op: ATC needs a plugin for it, or a handler must replace it");
    }
    return verdict;
  }

  bool CallsFunctions(std::string_view op) const {
    for (const std::string_view known : {"If", "StatelessIf", "While", "StatelessWhile", "Case", "StatelessCase", "For",
                                         "PartitionedCall", "StatefulPartitionedCall"}) {
      if (op == known) return true;
    }
    return graph_.FindFunction(op) != kNoFunction;
  }

  void CheckFunctions(NodeRef node, const std::string& name) {
    for (const std::string_view attr : node.attr_names()) {
      const AttrView value = node.attr(attr);
      if (value.kind() != AttrView::Kind::kFunc || graph_.FindFunction(value.func_name()) != kNoFunction) continue;
      Find(name, node.op(), "atc_missing_function", true,
           Concat("it calls function '", value.func_name(), "', which the graph does not hold (E12013)"));
    }
  }

  // --- outputs ---

  void CheckOutputs() {
    for (const Edge& edge : demand_.outputs()) {
      const NodeRef node = graph_.main().node(edge.node);
      const auto types = OutputTypes(graph_, node);
      const auto index = static_cast<std::size_t>(edge.index);
      if (!types || index >= types->size()) continue;
      const DataType dtype = RemoveRef((*types)[index]);
      if (dtype == DataType::kInt64 || dtype == DataType::kUint64 || dtype == DataType::kDouble) {
        Find(node.name(), node.op(), "atc_64bit_output", false,
             Concat("output ", edge.index, " is of type ", graphfreeze::Name(dtype), ", which some releases do not take; --cast_output ",
                    node.name(), dtype == DataType::kDouble ? "=float32" : "=int32", " (CastOutputs) gives another"));
      }
    }
  }

  std::string OutNodes() const {
    std::string out;
    for (const Edge& edge : demand_.outputs()) {
      out += Concat(out.empty() ? "" : ";", graph_.main().name(edge.node), ":", edge.index);
    }
    return out;
  }

  // --- inputs ---

  Shape ShapeOf(NodeRef input) {
    for (const auto& [name, shape] : options_.shapes) {
      if (input.name() == name) return shape;
    }
    const absl::StatusOr<Shape> shape = input.attr("shape").shape();
    return shape.ok() ? *shape : Shape::UnknownRank();
  }

  std::string InputShapes() {
    if (inputs_.empty()) {
      Find("", "", "atc_no_input", false, "no placeholder is left: the model will have no input");
      return {};
    }
    std::string all;
    for (const NodeId id : inputs_) {
      const NodeRef input = graph_.main().node(id);
      CheckInputType(input);
      const Shape shape = ShapeOf(input);
      all += Concat(all.empty() ? "" : ";", input.name(), ":");
      if (!shape.has_rank()) {
        Find(input.name(), input.op(), "atc_unknown_rank", true,
             Concat("its shape is not known; give it: --shape ", input.name(), ":1,224,224,3, say"));
        all += "<shape>";
        continue;
      }
      for (std::size_t d = 0; d < shape.rank(); ++d) {
        std::int64_t dim = shape.dim(d);
        if (dim == -1 && d == 0 && options_.batch) dim = *options_.batch;
        all += Concat(d == 0 ? "" : ",", dim);
        if (dim == -1 && !(d == 0 && !options_.dynamic_batch.empty())) {
          Find(input.name(), input.op(), "atc_unknown_dim", true,
               Concat("dimension ", d, " is not known (E10011); ",
                      d == 0 ? "give it (--batch N), or the sizes that it may have (--dynamic_batch_size)"
                             : Concat("give its shape: --shape ", input.name(), ":…")));
        } else if (dim != -1 && dim <= 0) {
          Find(input.name(), input.op(), "atc_dim_not_positive", true, Concat("dimension ", d, " is ", dim, " (E10011)"));
        }
      }
    }
    return all;
  }

  void CheckInputType(NodeRef input) {
    const DataType dtype = input.attr("dtype").type();
    switch (dtype) {
      case DataType::kHalf:
      case DataType::kFloat:
      case DataType::kUint8:
      case DataType::kInt32:
      case DataType::kInt64:
      case DataType::kBool:
        return;
      case DataType::kString:
        Find(input.name(), input.op(), "atc_string_input", true,
             "devices take no strings; cut the graph behind what decodes them (SwapPlaceholders)");
        return;
      default:
        Find(input.name(), input.op(), "atc_input_type", true,
             Concat("inputs of type ", graphfreeze::Name(dtype), " are not taken: float16, float32, uint8, int32, int64 and bool are"));
    }
  }

  std::string BatchSizes() const {
    std::string out;
    for (const std::int64_t size : options_.dynamic_batch) out += Concat(out.empty() ? "" : ",", size);
    return out;
  }

  // One for all inputs. ND where no op says how images lie.
  std::string_view InputFormat() {
    InputFormats formats(graph_, graph_.main());
    std::string_view all;
    for (const NodeId id : inputs_) {
      const Shape shape = ShapeOf(graph_.main().node(id));
      if (shape.has_rank() && shape.rank() != 4 && shape.rank() != 5) continue;
      const std::string_view format = formats.Of(id);
      if (format.empty() || format == all) continue;
      if (!all.empty()) {
        Find(graph_.main().name(id), "Placeholder", "atc_mixed_formats", false,
             Concat("it lies as ", format, " and another input as ", all, ": ATC knows one format for all, so ND is given"));
        return "ND";
      }
      all = format;
    }
    return all.empty() ? "ND" : all;
  }

  const Graph& graph_;
  const AtcOptions& options_;
  const graphfreeze::detail::Demand& demand_;
  AtcHandOff hand_off_;
  std::vector<NodeId> inputs_;
  NameMap<Verdict> ops_;
};

}  // namespace detail

// The command line and the preflight, of a graph that is finished (frozen, or about to be written). NotFound if an output
// is not in the graph, InvalidArgument if none is named or a shape is given for what is no placeholder.
inline absl::StatusOr<AtcHandOff> PrepareAtc(const Graph& graph, const AtcOptions& options) {
  if (options.outputs.empty()) return InvalidArgument("no output was named; without one ATC takes every sink of the graph");
  GRAPHFREEZE_ASSIGN_OR_RETURN(const graphfreeze::detail::Demand demand,
                               graphfreeze::detail::Demand::Of(graph, options.outputs, /*strict=*/true));
  return detail::AtcPreflight(graph, options, demand).Run();
}

}  // namespace npu
GRAPHFREEZE_NAMESPACE_END
