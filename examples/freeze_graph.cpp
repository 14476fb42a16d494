// freeze_graph: what TensorFlow's freeze_graph does, with its flags, without TensorFlow.
//
//   model.ckpt.meta ─┐
//   model.ckpt.index ├── freeze_graph ──  frozen.pb   weights and graph in one GraphDef
//   model.ckpt.data  ┘
//
//   freeze_graph --input_meta_graph=model.ckpt.meta --input_checkpoint=model.ckpt
//                --output_node_names=output --output_graph=frozen.pb
//
// Exit code 0, or 1 for any failure, with the reason on stderr. `--help` lists the flags.

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/graphfreeze.hpp>

#include "flags.hpp"

namespace gf = graphfreeze;

namespace {

struct Options {
  std::string input_graph, input_saver, input_checkpoint, output_graph, output_node_names;
  std::string restore_op_name, filename_tensor_name, initializer_nodes;
  std::string variable_names_whitelist, variable_names_denylist;
  std::string input_meta_graph, input_saved_model_dir, saved_model_tags;
  std::string checkpoint_version = "2", report = "text";
  std::string batch, soc_version;
  std::vector<std::string> flags, inputs, shapes, casts;
  bool input_binary = false, input_binary_given = false, clear_devices = true;
  bool dry_run = false, quiet = false, help = false, drop_writes = false, verify = true;
  bool to_inference = false, infer_flags = false, use_ema = false, fold_batch_norm = false;
  bool strip_npu_attributes = false, atc = false, lower_control_flow = false;
};

constexpr Flag<Options> kFlags[] = {
    {"input_graph", &Options::input_graph, nullptr, "file with the GraphDef, binary or text"},
    {"input_meta_graph", &Options::input_meta_graph, nullptr, "file with the MetaGraphDef (model.ckpt.meta); wins over --input_graph"},
    {"input_binary", nullptr, &Options::input_binary, "the graph is binary; files are told apart by content, so only a hint", nullptr,
     &Options::input_binary_given},
    {"input_checkpoint", &Options::input_checkpoint, nullptr, "prefix, any file of the checkpoint, or its directory"},
    {"output_graph", &Options::output_graph, nullptr, "file to write"},
    {"output_node_names", &Options::output_node_names, nullptr, "outputs, separated by commas: node, tensor:1, or name=tensor:0"},
    {"input_saver", &Options::input_saver, nullptr, "file with a SaverDef, which names the restore op"},
    {"restore_op_name", &Options::restore_op_name, nullptr, "op whose restore nodes say which key is which variable"},
    {"filename_tensor_name", &Options::filename_tensor_name, nullptr, "checked against the saver's"},
    {"clear_devices", nullptr, &Options::clear_devices, "blank the devices of all nodes (default true)"},
    {"initializer_nodes", &Options::initializer_nodes, nullptr, "ops whose constant initialisers give values"},
    {"variable_names_whitelist", &Options::variable_names_whitelist, nullptr, "freeze only these variables"},
    {"variable_names_denylist", &Options::variable_names_denylist, nullptr, "never freeze these"},
    {"variable_names_blacklist", &Options::variable_names_denylist, nullptr, "old name of --variable_names_denylist"},
    {"checkpoint_version", &Options::checkpoint_version, nullptr, "1 or 2; the files themselves say which they are"},
    {"input_saved_model_dir", &Options::input_saved_model_dir, nullptr,
     "directory of a SavedModel, with its own variables; wins over --input_graph"},
    {"saved_model_tags", &Options::saved_model_tags, nullptr,
     "its tags, separated by commas (default: the only MetaGraph, or serve)"},
    {"to_inference", nullptr, &Options::to_inference, "rewrite the training graph into the inference graph"},
    {"set", nullptr, nullptr, "value of a flag at inference: is_training=false, keep_prob=1, temperature=2.5", &Options::flags},
    {"infer_flags", nullptr, &Options::infer_flags, "bind flags whose value at inference the graph itself tells"},
    {"use_ema", nullptr, &Options::use_ema, "take the moving averages of the weights, where the checkpoint has them"},
    {"input", nullptr, nullptr, "cut the graph at a tensor: tensor[=name[:dtype[:shape]]], IteratorGetNext:0=images:float32:?,224,224,3",
     &Options::inputs},
    {"shape", nullptr, nullptr, "set the shape of an input: name:1,224,224,3", &Options::shapes},
    {"batch", &Options::batch, nullptr, "set the first dimension of all inputs where it is unknown"},
    {"cast_output", nullptr, nullptr, "give an output another type: argmax=int32", &Options::casts},
    {"fold_batch_norm", nullptr, &Options::fold_batch_norm, "fold batch norms into the weights before them"},
    {"lower_control_flow", nullptr, &Options::lower_control_flow,
     "make Switch, Merge and Enter of If, Case and While: a flat graph without functions"},
    {"strip_npu_attributes", nullptr, &Options::strip_npu_attributes, "drop the attributes that the Ascend adapter leaves on nodes"},
    {"atc", nullptr, &Options::atc, "print the atc command line for the result, and what will stop the conversion"},
    {"soc_version", &Options::soc_version, nullptr, "the Ascend device of that command line (npu-smi info tells)"},
    {"drop_writes", nullptr, &Options::drop_writes, "drop writes to variables even if a read comes after them"},
    {"verify_checksums", nullptr, &Options::verify, "compare the checksum of every weight (default true)"},
    {"dry_run", nullptr, &Options::dry_run, "only tell what the result would be; no weight is read"},
    {"report", &Options::report, nullptr, "text or json"},
    {"quiet", nullptr, &Options::quiet, "print no report"},
    {"help", nullptr, &Options::help, "this list"},
};

void PrintHelp() {
  std::printf("freeze_graph: a graph and a checkpoint become one frozen GraphDef.\n\n");
  PrintFlags(kFlags);
}

std::string Describe(const std::vector<gf::TensorInfo>& tensors) {
  std::string text;
  for (const gf::TensorInfo& tensor : tensors) {
    text += gf::Concat(text.empty() ? "" : ", ", tensor.name, " ",
                       tensor.dtype == gf::DataType::kInvalid ? std::string("?") : gf::Name(tensor.dtype), " ",
                       tensor.shape.has_rank() ? tensor.shape.ToString() : std::string("(unknown shape)"));
  }
  return text.empty() ? "none" : text;
}

void PrintReport(const gf::FreezeReport& report, const Options& options) {
  std::printf("graph       %s (%s, %s): %zu of %zu nodes kept\n", report.graph.c_str(), report.graph_kind.c_str(),
              report.graph_was_text ? "text" : "binary", report.nodes_after, report.nodes_before);
  if (!report.checkpoint.empty()) {
    std::printf("checkpoint  %s: %zu keys unused\n", report.checkpoint.c_str(), report.unused_keys.size());
  }
  std::printf("variables   %zu frozen, %llu bytes\n", report.variables.size(),
              static_cast<unsigned long long>(report.weight_bytes));
  std::printf("inputs      %s\n", Describe(report.inputs).c_str());
  std::printf("outputs     %s\n", Describe(report.outputs).c_str());
  std::printf("result      %llu bytes%s%s%s\n", static_cast<unsigned long long>(report.output_bytes),
              options.dry_run ? " (not written)" : ", written to ", options.dry_run ? "" : options.output_graph.c_str(),
              report.verified ? ", checksums verified" : "");
  if (!options.input_checkpoint.empty() && report.graph_kind == "SavedModel") {
    std::printf("note        --input_checkpoint was not read: a SavedModel has variables of its own\n");
  }
  if (options.input_binary_given && options.input_binary == report.graph_was_text) {
    std::printf("note        --input_binary=%s, but the file is %s; it was read as what it is\n",
                options.input_binary ? "true" : "false", report.graph_was_text ? "text" : "binary");
  }
  for (const gf::ReportGroup& group : gf::GroupByScope(report.entries, gf::Action::kChanged)) {
    if (group.scopes.empty()) continue;
    constexpr std::size_t kMost = 4;
    std::string scopes;
    for (std::size_t i = 0; i < group.scopes.size() && i < kMost; ++i) scopes += (i > 0 ? ", " : "") + group.scopes[i];
    if (group.scopes.size() > kMost) scopes += gf::Concat(" and ", group.scopes.size() - kMost, " more");
    std::printf("rewritten   %s, %s, %zu times in %s\n", group.pass.c_str(), group.code.c_str(), group.count, scopes.c_str());
  }
  for (const gf::ReportEntry& entry : report.entries) {
    if (entry.action != gf::Action::kWarning && entry.action != gf::Action::kNote &&
        entry.action != gf::Action::kSkipped && entry.code != "write_dropped" && entry.code != "update_dropped") {
      continue;
    }
    std::printf("%-11.*s %s%s%s\n", static_cast<int>(gf::Name(entry.action).size()), gf::Name(entry.action).data(),
                entry.node.c_str(), entry.node.empty() ? "" : ": ", entry.text.c_str());
  }
}

// What Ascend's compiler is to be told of the graph that was written, and what it will stumble over.
absl::Status PrintAtc(const gf::FreezeReport& report, const Options& options) {
  GRAPHFREEZE_ASSIGN_OR_RETURN(const gf::Graph graph, gf::LoadGraph(options.output_graph));
  std::FILE* const out = options.report == "json" ? stderr : stdout;  // JSON is read by programs
  gf::npu::AtcOptions atc;
  atc.model = options.output_graph;
  if (!options.soc_version.empty()) atc.soc_version = options.soc_version;
  for (const gf::TensorInfo& output : report.outputs) atc.outputs.push_back(output.name);
  GRAPHFREEZE_ASSIGN_OR_RETURN(const gf::npu::AtcHandOff hand_off, gf::npu::PrepareAtc(graph, atc));
  std::fprintf(out, "\n%s\n", hand_off.command.c_str());
  for (const gf::npu::AtcFinding& finding : hand_off.findings) {
    std::fprintf(out, "%-11s %s%s%s\n", finding.blocks ? "atc stops" : "atc", finding.node.c_str(), finding.node.empty() ? "" : ": ",
                finding.text.c_str());
  }
  if (hand_off.functions.empty()) return absl::OkStatus();
  const std::size_t slash = options.output_graph.rfind('/');
  const std::string library = options.output_graph.substr(0, slash == std::string::npos ? 0 : slash + 1) + "graph_def_library.pbtxt";
  GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string text, gf::npu::AtcFunctionLibrary(graph, hand_off.functions));
  GRAPHFREEZE_ASSIGN_OR_RETURN(gf::posix::AtomicFile written, gf::posix::AtomicFile::Create(library));
  GRAPHFREEZE_RETURN_IF_ERROR(written.WriteAt(0, text));
  GRAPHFREEZE_RETURN_IF_ERROR(written.Commit());
  std::fprintf(out, "functions   %zu, written to %s\n", hand_off.functions.size(), library.c_str());
  return absl::OkStatus();
}

absl::Status Freeze(const Options& options) {
  const bool from_saved_model = !options.input_saved_model_dir.empty() && options.input_meta_graph.empty();
  if (options.checkpoint_version != "1" && options.checkpoint_version != "2") {
    return gf::InvalidArgument("--checkpoint_version=", options.checkpoint_version, " is neither 1 nor 2");
  }
  if (options.report != "text" && options.report != "json") {
    return gf::InvalidArgument("--report=", options.report, " is neither text nor json");
  }
  if (options.input_graph.empty() && options.input_meta_graph.empty() && !from_saved_model) {
    return gf::InvalidArgument("no graph: give --input_graph, --input_meta_graph or --input_saved_model_dir");
  }
  if (options.output_graph.empty() && !options.dry_run) {
    return gf::InvalidArgument("nowhere to write: give --output_graph, or --dry_run to see what it would be");
  }

  // A SavedModel has a signature that names its outputs.
  if (options.output_node_names.empty() && !from_saved_model) {
    // The library's own word lists what looks like an output.
    gf::Freezer probe;
    probe.FromGraph(options.input_meta_graph.empty() ? options.input_graph : options.input_meta_graph);
    const absl::Status status = probe.Estimate().status();
    return gf::Annotate(status, "no outputs: give --output_node_names");
  }

  gf::Freezer freezer;
  if (!options.input_meta_graph.empty()) {
    freezer.FromMetaGraph(options.input_meta_graph);
  } else if (from_saved_model) {
    freezer.FromSavedModel(options.input_saved_model_dir, SplitList(options.saved_model_tags));
  } else {
    freezer.FromGraph(options.input_graph);
  }
  // Like in TensorFlow, a SavedModel's values are its own variables.
  if (!options.input_checkpoint.empty() && !from_saved_model) freezer.Checkpoint(options.input_checkpoint);
  freezer.Outputs(options.output_node_names)
      .SaverFile(options.input_saver)
      .RestoreOp(options.restore_op_name)
      .FilenameTensor(options.filename_tensor_name)
      .InitializerNodes(SplitList(options.initializer_nodes))
      .Allow(SplitList(options.variable_names_whitelist))
      .Deny(SplitList(options.variable_names_denylist))
      .ClearDevices(options.clear_devices)
      .DropWrites(options.drop_writes)
      .LowerControlFlow(options.lower_control_flow)
      .VerifyChecksums(options.verify)
      .With(gf::ThreadExecutor());
  if (options.to_inference) freezer.ToInference();
  freezer.InferFlags(options.infer_flags).UseMovingAverages(options.use_ema);
  GRAPHFREEZE_RETURN_IF_ERROR(SetFlags(options.flags, &freezer));
  for (const std::string& input : options.inputs) freezer.Input(input);
  for (const std::string& shape : options.shapes) freezer.InputShape(shape);
  for (const std::string& cast : options.casts) freezer.CastOutput(cast);
  if (options.fold_batch_norm) freezer.After(gf::FoldBatchNorm{});
  if (options.strip_npu_attributes) freezer.After(gf::npu::StripNpuAttrs{});
  if (!options.batch.empty()) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t batch, ParseCount("batch", options.batch));
    freezer.Batch(batch);
  }

  constexpr std::uint64_t kWorthProgress = std::uint64_t{256} << 20;
  std::uint64_t percent = 101;  // that the progress line shows; 101: there is none
  if (!options.quiet && ::isatty(STDERR_FILENO) != 0) {
    freezer.OnProgress([&percent](std::uint64_t done, std::uint64_t total) {
      if (total < kWorthProgress || done * 100 / total == percent) return;
      percent = done * 100 / total;
      std::fprintf(stderr, "\rwriting %llu of %llu MB", static_cast<unsigned long long>(done >> 20),
                   static_cast<unsigned long long>(total >> 20));
    });
  }

  if (options.dry_run) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const gf::FreezeEstimate estimate, freezer.Estimate());
    if (options.report == "json" && !options.quiet) std::printf("%s\n", estimate.ToJson().c_str());
    if (!options.quiet && options.report == "text") {
      PrintReport(estimate.report, options);
      std::printf("memory      about %llu bytes of heap while freezing\n",
                  static_cast<unsigned long long>(estimate.peak_memory));
      for (const gf::FrozenVariable& variable : estimate.largest) {
        std::printf("largest     %12llu bytes  %s %s %s\n", static_cast<unsigned long long>(variable.bytes),
                    variable.name.c_str(), gf::Name(variable.dtype).c_str(), variable.shape.ToString().c_str());
      }
    }
    return absl::OkStatus();
  }
  const absl::StatusOr<gf::FreezeReport> report = freezer.FreezeTo(options.output_graph);
  if (percent <= 100) std::fputc('\n', stderr);  // what follows, an error too, is on a line of its own
  if (!report.ok()) return report.status();
  if (options.report == "json" && !options.quiet) std::printf("%s\n", report->ToJson().c_str());
  if (options.report == "text" && !options.quiet) PrintReport(*report, options);
  return options.atc ? PrintAtc(*report, options) : absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  absl::Status status = ParseFlags(kFlags, argc, argv, &options);
  if (status.ok() && options.help) {
    PrintHelp();
    return 0;
  }
  if (status.ok()) status = Freeze(options);
  if (status.ok()) return 0;
  const std::string_view message = gf::FromAbsl(status.message());
  std::fprintf(stderr, "freeze_graph: %.*s\n", static_cast<int>(message.size()), message.data());
  return 1;
}
