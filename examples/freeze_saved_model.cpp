// freeze_saved_model: a SavedModel becomes one frozen GraphDef, without TensorFlow.
//
//   export/1/saved_model.pb ──┐
//   export/1/variables/ ──────┴── freeze_saved_model ──  frozen.pb
//
//   freeze_saved_model --input_saved_model_dir=export/1 --output_node_names=StatefulPartitionedCall --output_graph=frozen.pb
//   freeze_saved_model --input_saved_model_dir=export/1 --list
//
// Without --output_node_names the outputs are those of the signature. Exit code 0, or 1 for any failure, with the reason
// on stderr. `--help` lists the flags.

#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/graphfreeze.hpp>

#include "flags.hpp"

namespace gf = graphfreeze;

namespace {

struct Options {
  std::string input_saved_model_dir, output_node_names, output_graph, output_saved_model_dir, triton_config;
  std::string signature_json, signature, tags, asset_directory, functions = "inlined", report = "text";
  bool clear_devices = true, drop_writes = false, name_outputs_by_key = false, list = false, quiet = false, help = false;
  bool lower_control_flow = false, fold_batch_norm = false, remove_identities = false;
};

constexpr Flag<Options> kFlags[] = {
    {"input_saved_model_dir", &Options::input_saved_model_dir, nullptr, "directory with the saved_model.pb"},
    {"output_node_names", &Options::output_node_names, nullptr,
     "outputs, separated by commas: node, tensor:1, or name=tensor:0; without it, those of the signature"},
    {"output_graph", &Options::output_graph, nullptr, "file to write"},
    {"output_saved_model_dir", &Options::output_saved_model_dir, nullptr, "directory to write a SavedModel without variables to"},
    {"triton_config", &Options::triton_config, nullptr, "file to write Triton's config.pbtxt to"},
    {"signature_json", &Options::signature_json, nullptr, "file to write the signatures to, with tables and the op that fills them"},
    {"signature", &Options::signature, nullptr, "signatures that give the outputs, separated by commas; * for all (default serving_default)"},
    {"tags", &Options::tags, nullptr, "tags of the MetaGraph, separated by commas (default: the only one, or serve)"},
    {"saved_model_tags", &Options::tags, nullptr, "the same"},
    {"functions", &Options::functions, nullptr, "inlined: no calls of functions are left; or kept: functions stay functions"},
    {"lower_control_flow", nullptr, &Options::lower_control_flow,
     "make Switch, Merge and Enter of If, Case and While: a flat graph without functions"},
    {"asset_directory", &Options::asset_directory, nullptr, "where the frozen graph looks for vocabularies (default: where they are)"},
    {"name_outputs_by_key", nullptr, &Options::name_outputs_by_key,
     "give each output of the signature a node called by its key, for engines that know outputs by nodes"},
    {"fold_batch_norm", nullptr, &Options::fold_batch_norm, "fold batch norms into the weights before them"},
    {"remove_identities", nullptr, &Options::remove_identities, "leave no Identity that does nothing, for engines that want weights at hand"},
    {"clear_devices", nullptr, &Options::clear_devices, "blank the devices of all nodes (default true)"},
    {"drop_writes", nullptr, &Options::drop_writes, "drop writes to variables even if a read comes after them"},
    {"list", nullptr, &Options::list, "only tell what is in the model: tags, signatures, inputs, outputs, ops"},
    {"report", &Options::report, nullptr, "text or json"},
    {"quiet", nullptr, &Options::quiet, "print no report"},
    {"help", nullptr, &Options::help, "this list"},
};

void PrintHelp() {
  std::printf("freeze_saved_model: a SavedModel becomes one frozen GraphDef.\n\n");
  PrintFlags(kFlags);
}

std::string TypeAndShape(gf::DataType dtype, const gf::Shape& shape) {
  return gf::Concat(dtype == gf::DataType::kInvalid ? std::string("?") : gf::Name(dtype), " ",
                    shape.has_rank() ? shape.ToString() : std::string("(unknown rank)"));
}

void ListTensors(std::string_view title, const std::vector<gf::SignatureTensor>& tensors) {
  for (const gf::SignatureTensor& tensor : tensors) {
    std::string names;
    for (const gf::SignatureTensor::Part& part : tensor.parts) {
      names += gf::Concat(names.empty() ? "" : ", ", part.part, part.part.empty() ? "" : " ", part.tensor);
    }
    const std::string_view form = tensor.form == gf::SignatureTensor::Form::kSparse      ? " (sparse)"
                                  : tensor.form == gf::SignatureTensor::Form::kComposite ? " (composite)"
                                                                                         : "";
    std::printf("    %-7s %s%s  %s  %s\n", std::string(title).c_str(), std::string(tensor.key).c_str(), std::string(form).c_str(),
                TypeAndShape(tensor.dtype, tensor.shape).c_str(), names.c_str());
  }
}

// The ops of a graph and its functions, each once, with their numbers.
absl::Status ListOps(const gf::MetaGraph& meta) {
  GRAPHFREEZE_ASSIGN_OR_RETURN(const gf::Graph graph,
                               gf::Graph::Parse(gf::Source::Share(meta.graph_def, meta.owner, "the MetaGraph"), meta.graph_def));
  std::map<std::string, std::size_t> ops;
  const auto count = [&](const gf::Body& body) { body.ForEachNode([&](gf::NodeRef node) { ++ops[std::string(node.op())]; }); };
  count(graph.main());
  for (gf::FunctionId id = 0; id < graph.function_count(); ++id) count(graph.function(id).body);
  std::printf("  %zu nodes, %u functions\n  ops:", graph.main().CountNodes(), graph.function_count());
  for (const auto& [op, n] : ops) {
    if (graph.FindFunction(op) == gf::kNoFunction) std::printf(" %s(%zu)", op.c_str(), n);
  }
  std::printf("\n");
  return absl::OkStatus();
}

absl::Status List(const Options& options) {
  GRAPHFREEZE_ASSIGN_OR_RETURN(const gf::SavedModel model, gf::SavedModel::Load(gf::FileSystem(), options.input_saved_model_dir));
  for (const gf::MetaGraph& meta : model.meta_graphs()) {
    std::printf("MetaGraph %s, TensorFlow %s\n", gf::SavedModel::TagList(meta).c_str(), std::string(meta.tensorflow_version).c_str());
    for (const std::string_view name : gf::SignatureNames(meta)) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const gf::Signature signature, gf::FindSignature(meta, name));
      std::printf("  signature %s  %s\n", std::string(name).c_str(), std::string(signature.method_name).c_str());
      ListTensors("input", signature.inputs);
      ListTensors("output", signature.outputs);
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string_view init_op, gf::InitOp(meta));
    if (!init_op.empty()) std::printf("  init op %s\n", std::string(init_op).c_str());
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<gf::Asset> assets, gf::Assets(meta));
    for (const gf::Asset& asset : assets) {
      std::printf("  asset %s  %s\n", std::string(asset.filename).c_str(), std::string(asset.tensor).c_str());
    }
    GRAPHFREEZE_RETURN_IF_ERROR(ListOps(meta));
  }
  return absl::OkStatus();
}

std::string Describe(const std::vector<gf::TensorInfo>& tensors) {
  std::string text;
  for (const gf::TensorInfo& tensor : tensors) {
    text += gf::Concat(text.empty() ? "" : ", ", tensor.key, tensor.part.empty() ? "" : ".", tensor.part,
                       tensor.key.empty() ? "" : " = ", tensor.name, " ", TypeAndShape(tensor.dtype, tensor.shape));
  }
  return text.empty() ? "none" : text;
}

void PrintReport(const gf::FreezeReport& report, const Options& options) {
  std::printf("model       %s %s: %zu nodes and %zu functions, of which %zu and %zu are left\n", report.graph.c_str(),
              report.tags.c_str(), report.nodes_before, report.functions_before, report.nodes_after, report.functions_after);
  std::printf("variables   %zu frozen, %llu bytes\n", report.variables.size(), static_cast<unsigned long long>(report.weight_bytes));
  std::printf("inputs      %s\n", Describe(report.inputs).c_str());
  std::printf("outputs     %s\n", Describe(report.outputs).c_str());
  for (const gf::InitializedTable& table : report.tables) {
    std::printf("table       %s, filled by %s\n", table.table.c_str(), table.initializer.c_str());
  }
  for (const gf::BoundAsset& asset : report.assets) std::printf("asset       %s is looked for at %s\n", asset.filename.c_str(), asset.path.c_str());
  if (!report.init_op.empty()) std::printf("init op     run '%s' once before the outputs are asked for\n", report.init_op.c_str());
  std::printf("result      %llu bytes, written to %s\n", static_cast<unsigned long long>(report.output_bytes),
              options.output_graph.empty() ? options.output_saved_model_dir.c_str() : options.output_graph.c_str());
  for (const gf::ReportEntry& entry : report.entries) {
    if (entry.action != gf::Action::kWarning && entry.action != gf::Action::kNote && entry.code != "write_dropped") continue;
    std::printf("%-11.*s %s%s%s\n", static_cast<int>(gf::Name(entry.action).size()), gf::Name(entry.action).data(),
                entry.node.c_str(), entry.node.empty() ? "" : ": ", entry.text.c_str());
  }
}

absl::Status WriteText(const std::string& path, const std::string& text) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  const bool written = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (file != nullptr && std::fclose(file) == 0 && written) return absl::OkStatus();
  return gf::FailedPrecondition("cannot write '", path, "'");
}

absl::Status Freeze(const Options& options) {
  if (options.input_saved_model_dir.empty()) return gf::InvalidArgument("no model: give --input_saved_model_dir");
  if (options.report != "text" && options.report != "json") {
    return gf::InvalidArgument("--report=", options.report, " is neither text nor json");
  }
  if (options.functions != "inlined" && options.functions != "kept") {
    return gf::InvalidArgument("--functions=", options.functions, " is neither inlined nor kept");
  }
  if (options.functions == "kept" && options.lower_control_flow) {
    return gf::InvalidArgument("--lower_control_flow inlines functions: it does not go with --functions=kept");
  }
  if (options.list) return List(options);
  if (options.output_graph.empty() && options.output_saved_model_dir.empty()) {
    return gf::InvalidArgument("nowhere to write: give --output_graph or --output_saved_model_dir, or --list to see what there is");
  }

  gf::Freezer freezer;
  freezer.FromSavedModel(options.input_saved_model_dir, SplitList(options.tags))
      .Outputs(options.output_node_names)
      .Inline(options.functions == "inlined")
      .LowerControlFlow(options.lower_control_flow)
      .NameOutputsByKey(options.name_outputs_by_key)
      .ClearDevices(options.clear_devices)
      .DropWrites(options.drop_writes)
      .With(gf::ThreadExecutor());
  if (!options.asset_directory.empty()) freezer.AssetDirectory(options.asset_directory);
  for (const std::string& signature : SplitList(options.signature)) freezer.Signature(signature);
  if (options.remove_identities) freezer.After(gf::RemoveIdentities{});
  if (options.fold_batch_norm) freezer.After(gf::FoldBatchNorm{});
  gf::FreezeReport report;
  if (options.output_saved_model_dir.empty()) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(report, freezer.FreezeTo(options.output_graph));
  } else {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const gf::FrozenGraph frozen, freezer.Freeze());
    if (!options.output_graph.empty()) GRAPHFREEZE_RETURN_IF_ERROR(frozen.WriteTo(options.output_graph));
    GRAPHFREEZE_RETURN_IF_ERROR(frozen.WriteSavedModel(options.output_saved_model_dir));
    report = frozen.report();
  }
  if (!options.signature_json.empty()) GRAPHFREEZE_RETURN_IF_ERROR(WriteText(options.signature_json, report.SignaturesToJson() + "\n"));
  if (!options.triton_config.empty()) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string config, report.ToTritonConfig());
    GRAPHFREEZE_RETURN_IF_ERROR(WriteText(options.triton_config, config));
  }
  if (options.quiet) return absl::OkStatus();
  if (options.report == "json") {
    std::printf("%s\n", report.ToJson().c_str());
  } else {
    PrintReport(report, options);
  }
  return absl::OkStatus();
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
  std::fprintf(stderr, "freeze_saved_model: %.*s\n", static_cast<int>(message.size()), message.data());
  return 1;
}
