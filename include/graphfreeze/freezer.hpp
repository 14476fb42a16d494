// Freezer: a graph and a checkpoint in, one frozen graph out.
//
//   absl::StatusOr<FrozenGraph> frozen = Freezer()
//       .FromMetaGraph("model.ckpt.meta")
//       .Checkpoint("model.ckpt")
//       .Outputs({"output"})
//       .Freeze();
//   if (!frozen.ok()) return frozen.status();
//   return frozen->WriteTo("frozen.pb");
//
// FreezePlan: the same for a server that is given new weights again and again. The graph is rewritten once, and each
// checkpoint is put into what came of it.
//
//   absl::StatusOr<FreezePlan> plan = freezer.Plan();
//   absl::StatusOr<FrozenGraph> next = plan->Bind("model.ckpt-2000");
//
// Nothing is read before Freeze(), and nothing that any setter was given is checked before: errors surface there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <absl/strings/cord.h>
#include <absl/types/span.h>

#include <graphfreeze/checkpoint/checkpoint_reader.hpp>
#include <graphfreeze/checkpoint/tensor_store.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/graph_template.hpp>
#include <graphfreeze/graph/graph_writer.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/io/file_system.hpp>
#include <graphfreeze/io/segment_writer.hpp>
#include <graphfreeze/io/segments.hpp>
#include <graphfreeze/inference.hpp>
#include <graphfreeze/io/zero_copy.hpp>
#include <graphfreeze/model/graph_file.hpp>
#include <graphfreeze/model/saved_model.hpp>
#include <graphfreeze/model/saved_model_writer.hpp>
#include <graphfreeze/model/variable_keys.hpp>
#include <graphfreeze/passes/alias_outputs.hpp>
#include <graphfreeze/passes/audit.hpp>
#include <graphfreeze/passes/cast_outputs.hpp>
#include <graphfreeze/passes/clear_devices.hpp>
#include <graphfreeze/passes/clear_output_shapes.hpp>
#include <graphfreeze/passes/freeze_variables.hpp>
#include <graphfreeze/passes/inline_functions.hpp>
#include <graphfreeze/passes/lower_control_flow.hpp>
#include <graphfreeze/passes/prune.hpp>
#include <graphfreeze/passes/table_initializers.hpp>
#include <graphfreeze/rewrite/evaluator.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/hash.hpp>
#include <graphfreeze/support/nearest.hpp>
#include <graphfreeze/support/stable_hash.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/verify.hpp>
#include <graphfreeze/wire/crc32c.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// A tensor at the border of the graph.
struct TensorInfo {
  std::string name;  // "input:0"
  DataType dtype = DataType::kInvalid;   // kInvalid when the op that makes it is not known
  Shape shape = Shape::UnknownRank();
  // What a signature calls it, where one was asked for: its name, the key of the input or output, and the part of a
  // sparse tensor ("values", "indices", "dense_shape").
  std::string signature, key, part;
};

// A file of a SavedModel, and where the frozen graph looks for it.
struct BoundAsset {
  std::string node, filename, path;
};

// What a freeze did.
struct FreezeReport {
  std::string graph, checkpoint;          // the paths that they came from; no checkpoint: empty
  std::string graph_kind;                 // "GraphDef", "MetaGraphDef" or "SavedModel"
  std::string tags;                       // of the MetaGraph of a SavedModel: "{serve}"
  std::vector<std::string> signatures;    // of a SavedModel, that gave the outputs
  bool graph_was_text = false;
  std::vector<FrozenVariable> variables;  // in the order of the graph
  std::vector<std::string> unused_keys;   // of the checkpoint: optimizer slots, counters, …
  std::size_t nodes_before = 0, nodes_after = 0;
  std::size_t functions_before = 0, functions_after = 0;
  std::vector<TensorInfo> inputs, outputs;
  // Tables that the outputs look up, with what fills them; and the node to run once, before the outputs are asked for.
  std::vector<InitializedTable> tables;
  std::string init_op;
  std::vector<BoundAsset> assets;  // the files that tables are filled from
  std::uint64_t weight_bytes = 0;  // of all frozen variables
  std::uint64_t output_bytes = 0;  // of the whole GraphDef
  bool verified = false;           // true: the checksum of every weight was compared
  std::vector<ReportEntry> entries;

  std::string ToJson() const;
  // How the frozen graph is called, and what to run before its first use: signatures, init op, tables, assets.
  std::string SignaturesToJson() const;
  // A config.pbtxt for Triton, for the directory above the version that holds the SavedModel. An error if an input or
  // output is of a type that Triton does not have, or is not one tensor.
  absl::StatusOr<std::string> ToTritonConfig() const;
};

// What a freeze would take: told from the graph and the checkpoint's index alone.
struct FreezeEstimate {
  std::uint64_t output_bytes = 0;  // single numbers may take a few bytes less
  std::uint64_t weight_bytes = 0;
  std::uint64_t peak_memory = 0;  // bytes of heap that Freeze() takes, about; mapped files not counted
  std::vector<FrozenVariable> largest;
  FreezeReport report;

  // The report's, with "peak_memory" and "largest" in it.
  std::string ToJson() const;
};

// The frozen graph: a list of segments, of which the weights lie in the checkpoint's files. It shares in the
// ownership of all that it refers to, and may outlive the Freezer and any reader. Cheap to move.
class FrozenGraph {
 public:
  std::uint64_t size() const { return list_->size(); }
  const FreezeReport& report() const { return report_; }

  // The bytes as views, in order. FailedPrecondition if some of them lie in storage that must be read: use
  // ForEachChunk then.
  absl::StatusOr<std::vector<std::string_view>> Segments() const {
    std::vector<std::string_view> views;
    views.reserve(list_->segments().size());
    for (const Segment& segment : list_->segments()) {
      if (segment.data == nullptr) {
        return FailedPrecondition("weights in '", list_->source(segment.source).name(),
                                  "' are not in memory; use ForEachChunk, WriteTo or ToContiguous");
      }
      views.push_back(segment.bytes());
    }
    return views;
  }

  // Calls visit(std::string_view) -> absl::Status with all bytes in order, in chunks of at most 1 MiB.
  template <typename Visit>
  absl::Status ForEachChunk(Visit&& visit) const {
    return list_->ForEachChunk(std::size_t{1} << 20, visit);
  }

  // Writes a file, whole or not at all: under a temporary name beside `path`, then renamed.
  absl::Status WriteTo(std::string_view path, const WriteOptions& options = {}) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(posix::AtomicFile file, posix::AtomicFile::Create(path));
    GRAPHFREEZE_RETURN_IF_ERROR(WriteSegments(*list_, &file, options, /*verify=*/false, nullptr));
    return file.Commit();
  }

  // Writes a SavedModel without variables: the graph with its signatures, the op that fills its tables, and its assets. A
  // graph that came without signatures gets `serving_default`, which calls inputs and outputs by the names of their nodes.
  // The directory must not hold a model yet.
  absl::Status WriteSavedModel(std::string_view directory, const WriteOptions& options = {}) const;

  // All bytes in one buffer.
  absl::StatusOr<std::string> ToContiguous() const {
    std::string all;
    all.reserve(static_cast<std::size_t>(size()));
    GRAPHFREEZE_RETURN_IF_ERROR(ForEachChunk([&](std::string_view bytes) {
      all.append(bytes.data(), bytes.size());
      return absl::OkStatus();
    }));
    return all;
  }

  // A Cord that refers to the weights where they lie, and keeps them alive.
  absl::StatusOr<absl::Cord> ToCord() const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<std::string_view> views, Segments());
    absl::Cord cord;
    for (std::string_view view : views) {
      cord.Append(absl::MakeCordFromExternal(ToAbsl(view), [list = list_](absl::string_view) {}));
    }
    return cord;
  }

  // Fills a message of the host (a tensorflow::GraphDef of its own) without a buffer in between.
  template <typename Message>
  absl::Status ParseInto(Message* message) const {
    if (size() > wire::kMaxMessageBytes) {
      return ResourceExhausted("the graph has ", size(), " bytes; a protobuf message holds at most ", wire::kMaxMessageBytes);
    }
    SegmentInputStream stream(*list_);
    if (message->ParseFromZeroCopyStream(&stream)) return absl::OkStatus();
    if (!stream.status().ok()) return stream.status();
    return InvalidArgument("the message of the host does not take these bytes; is it a GraphDef?");
  }

  // Copies all bytes to a protobuf stream.
  absl::Status CopyTo(google::protobuf::io::ZeroCopyOutputStream* out) const {
    return graphfreeze::CopyTo(*list_, out);
  }

  // A number that tells this graph from others, for the key of a cache: any change of a node or a weight makes it
  // another (by chance, one in 2^64 and, for changes of one weight alone, one in 2^32 makes it the same). It is that of
  // the graph's own bytes and the CRC-32C of each weight, on any machine, wherever the files are and however many a
  // checkpoint has. No weight is read whose checksum is stored in the checkpoint; those of tensors of the caller's, of
  // most V1 checkpoints, and of parts of a stored tensor are computed now. It is not cryptographic: who wants to can
  // make another graph with the same number. (A graph that is given frozen holds its weights as its own bytes, and has
  // another number than the one that was frozen to get it.)
  absl::StatusOr<std::uint64_t> Fingerprint() const {
    StableHash hash;
    const wire::Crc32c routine;
    std::uint64_t size = 0;  // of the weight that ends here
    std::uint32_t crc = 0;
    const auto end_weight = [&] {
      if (size == 0) return;
      hash.Number(size);
      hash.Number(crc);
      size = crc = 0;
    };
    for (const Segment& segment : list_->segments()) {
      if (segment.source == Segment::kInMemory) {
        end_weight();
        hash.Add(segment.bytes());
        continue;
      }
      std::uint32_t next = segment.crc32c;
      if (!segment.has_crc) {
        GRAPHFREEZE_ASSIGN_OR_RETURN(
            next, verify_detail::CrcOf({list_->source(segment.source), segment.offset, segment.size}, routine));
      }
      crc = size == 0 ? next : wire::Crc32c::Combine(crc, next, segment.size);
      size += segment.size;
    }
    end_weight();
    return hash.value();
  }

 private:
  friend class Freezer;
  friend class FreezePlan;
  void AddChecks(std::vector<CrcCheck> checks) {
    for (CrcCheck& check : checks) checks_.push_back(std::move(check));
  }

  std::shared_ptr<SegmentList> list_ = std::make_shared<SegmentList>();
  std::vector<CrcCheck> checks_;
  FreezeReport report_;
  // Of a SavedModel: what it says beside its graph, and where its assets are.
  SavedModelParts parts_;
  std::shared_ptr<const SavedModel> saved_model_;
  FileSystem files_;
};

inline absl::Status FrozenGraph::WriteSavedModel(std::string_view directory, const WriteOptions& options) const {
  SavedModelParts parts = parts_;
  if (parts.signatures.empty()) {
    std::string signature;
    const auto add = [&](std::uint32_t field, const std::vector<TensorInfo>& tensors) {
      for (const TensorInfo& tensor : tensors) {
        std::string key = tensor.name;  // "split:1" is split_1, since keys are names of arguments
        if (const std::size_t colon = key.rfind(":0"); colon != std::string::npos && colon + 2 == key.size()) key.resize(colon);
        std::replace(key.begin(), key.end(), ':', '_');
        signature += SignatureEntry(field, key, tensor.name, tensor.dtype, tensor.shape);
      }
    };
    add(1, report_.inputs);
    add(2, report_.outputs);
    wire::PutBytesField(&signature, 3, "tensorflow/serving/predict");
    parts.signatures.emplace_back(kDefaultSignature, std::move(signature));
  }
  for (const auto& [name, proto] : parts.signatures) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const Signature signature, ParseSignature(name, proto));
    for (const SignatureTensor& input : signature.inputs) {
      for (const SignatureTensor::Part& part : input.parts) {
        const auto is_part = [&](const TensorInfo& info) { return info.name == part.tensor; };
        if (std::any_of(report_.inputs.begin(), report_.inputs.end(), is_part)) continue;
        return FailedPrecondition("input '", input.key, "' of signature '", name, "' is '", part.tensor,
                                  "', which is no input of the frozen graph; write the graph alone");
      }
    }
  }
  return graphfreeze::WriteSavedModel(
      *list_, parts, directory,
      [this](std::string_view filename) -> absl::StatusOr<Source> {
        if (saved_model_ == nullptr) return NotFound("there is no asset '", filename, "'");
        return saved_model_->OpenAsset(files_, filename);
      },
      options);
}

class Freezer;

// A graph that is rewritten, and waits for weights. Cheap to copy; Bind() may be called from several threads at once.
// It keeps the graph that it was made from, and nothing of the checkpoint.
//
// Bind(checkpoint) gives the very bytes that Freezer::Checkpoint(checkpoint).Freeze() would give, with the graph as it
// was when the plan was made. It takes the forms of a checkpoint that Freezer takes.
//   - A key that the graph needs and the checkpoint has not is NotFound, one of another type or shape is
//     FailedPrecondition; the message names keys and shapes. (Freeze() itself may know what to do with it: a plan is
//     for the checkpoints of one model.)
//   - What else the rewrite looked at in the checkpoint is remembered: keys that were not there, values that a pass
//     computed with (see value_keys()). Where a checkpoint differs in that, its graph is rewritten anew, as Freeze()
//     would, by the passes of the Freezer; the report says so, with code "planned_anew".
// The report is that of the plan but for what Bind() finds itself: checkpoint, unused_keys, sizes, verified.
class FreezePlan {
 public:
  // Any path form of a checkpoint, in the Freezer's file system.
  absl::StatusOr<FrozenGraph> Bind(std::string_view path) const;
  // A checkpoint that is open already, of whatever file system.
  absl::StatusOr<FrozenGraph> Bind(Checkpoint reader) const;
  // Any range of (key, TensorView) pairs.
  template <typename Range,
            std::enable_if_t<std::is_convertible_v<decltype(std::begin(std::declval<const Range&>())->second), TensorView>,
                             int> = 0>
  absl::StatusOr<FrozenGraph> Bind(const Range& tensors) const {
    return BindStore(TensorStore::Of(tensors));
  }

  // Of the rewrite, with the checkpoint that the plan was made with.
  const FreezeReport& report() const;
  // The keys whose values the graph depends on beyond holding them: a batch norm that was folded into the weights, the
  // names that a checkpoint gives to objects. For a checkpoint where one of these differs there is little to gain from
  // a plan.
  std::vector<std::string_view> value_keys() const;

 private:
  friend class Freezer;
  struct State;
  explicit FreezePlan(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  absl::StatusOr<FrozenGraph> BindStore(const TensorStore& store) const;
  std::shared_ptr<const State> state_;
};

class Freezer {
 public:
  // --- the graph: one of these ---

  // A file with a GraphDef or a MetaGraphDef, binary or text. What it is is told by its content.
  Freezer& FromGraph(std::string_view path) { return SetGraph(GraphPath{std::string(path), false}); }
  // The same; a file that is no MetaGraphDef is noted in the report.
  Freezer& FromMetaGraph(std::string_view path) { return SetGraph(GraphPath{std::string(path), true}); }
  // A SavedModel: its directory, or the file in it. `tags` choose a MetaGraph where there are several; without any the
  // one that is served is taken. Its variables are the checkpoint, unless another is given.
  Freezer& FromSavedModel(std::string_view directory, std::vector<std::string> tags = {}) {
    return SetGraph(SavedModelPath{std::string(directory), std::move(tags)});
  }
  // Bytes of such a file. A view is borrowed as long as the Freezer and every FrozenGraph from it live.
  Freezer& FromBytes(std::string_view bytes) { return FromSource(Source::Borrow(bytes, "graph")); }
  Freezer& FromBytes(const char* bytes) { return FromBytes(std::string_view(bytes)); }
  Freezer& FromBytes(std::string&& bytes) { return FromSource(Source::Own(std::move(bytes), "graph")); }
  Freezer& FromBytes(const absl::Cord& bytes) { return FromSource(Source::Own(std::string(bytes), "graph")); }
  Freezer& FromBytes(std::string_view bytes, std::shared_ptr<const void> owner) {
    return FromSource(Source::Share(bytes, std::move(owner), "graph"));
  }
  Freezer& FromSource(Source source) { return SetGraph(std::move(source)); }
  // A GraphDef or MetaGraphDef message of the host's own class.
  template <typename Message>
  Freezer& FromMessage(const Message& message) {
    const std::size_t size = message.ByteSizeLong();
    if (size > wire::kMaxMessageBytes) {
      return Fail(ResourceExhausted("a message of ", size, " bytes; protobuf serialises at most ", wire::kMaxMessageBytes));
    }
    std::string bytes(size, '\0');
    if (!message.SerializeToArray(&bytes[0], static_cast<int>(size))) {
      return Fail(InvalidArgument("the message of the host cannot be serialised"));
    }
    return FromSource(Source::Own(std::move(bytes), "message"));
  }

  // --- the values ---

  // Any path form of a checkpoint: prefix, one of its files, its directory or `checkpoint` file.
  Freezer& Checkpoint(std::string_view path) {
    checkpoint_ = std::string(path);
    return *this;
  }
  // A checkpoint that is open already.
  Freezer& Checkpoint(graphfreeze::Checkpoint reader) {
    checkpoint_ = TensorStore(std::move(reader));
    return *this;
  }
  // Any range of (key, TensorView) pairs.
  template <typename Range,
            std::enable_if_t<std::is_convertible_v<decltype(std::begin(std::declval<const Range&>())->second), TensorView>,
                             int> = 0>
  Freezer& Checkpoint(const Range& tensors) {
    checkpoint_ = TensorStore::Of(tensors);
    return *this;
  }

  // --- the outputs ---

  // Names of nodes ("logits") or tensors ("split:1"); "name=tensor" adds an Identity of that name. One text may
  // hold several, separated by commas.
  Freezer& Outputs(std::string_view names) {
    outputs_.clear();
    return AddOutputs(names);
  }
  Freezer& Outputs(std::initializer_list<std::string_view> names) {
    outputs_.clear();
    for (std::string_view name : names) AddOutputs(name);
    return *this;
  }
  Freezer& Outputs(absl::Span<const std::string> names) {
    outputs_.clear();
    for (const std::string& name : names) AddOutputs(name);
    return *this;
  }

  // The outputs of a signature of the SavedModel ("*": of all); called several times, those of several. Without outputs and signatures,
  // `serving_default` gives them, or the only signature that there is. Inputs of the signatures stay in the graph.
  Freezer& Signature(std::string_view name) {
    signatures_.emplace_back(name);
    return *this;
  }

  // Give each output of a signature a node of its own, which is called by its key ("logits"). Other engines know outputs
  // by nodes: of StatefulPartitionedCall:0 and :1 they would see the first alone. The tensors of the signature stay too.
  Freezer& NameOutputsByKey(bool by_key = true) {
    name_by_key_ = by_key;
    return *this;
  }

  // --- settings ---

  // Freeze only these variables / all but these, by node name. A variable in both lists stays.
  Freezer& Allow(std::vector<std::string> variables) {
    allow_ = std::move(variables);
    return *this;
  }
  Freezer& Deny(std::vector<std::string> variables) {
    deny_ = std::move(variables);
    return *this;
  }
  // Blank the device of every node, in functions too. On unless turned off.
  Freezer& ClearDevices(bool clear) {
    clear_devices_ = clear;
    return *this;
  }
  // Put the nodes of functions in the place of their calls; If, While and Case keep theirs. Unless it is said, on for
  // SavedModels, which are functions in functions, and off for graphs.
  Freezer& Inline(bool inline_calls) {
    inline_ = inline_calls;
    return *this;
  }
  // Make Switch, Merge and Enter of If, Case and While, for engines that read flat graphs only; calls are inlined. See
  // LowerControlFlow.
  Freezer& LowerControlFlow(bool lower = true) {
    lower_ = lower;
    return *this;
  }
  // Where the frozen graph looks for the assets of a SavedModel (vocabularies, say); by default where they are now.
  Freezer& AssetDirectory(std::string_view directory) {
    asset_directory_ = std::string(directory);
    return *this;
  }
  // The op that restores everything, which knows the keys of the variables; by default that of the SaverDef.
  Freezer& RestoreOp(std::string_view node) {
    restore_op_ = std::string(node);
    return *this;
  }
  // The tensor through which that op gets the checkpoint's path ("save/Const:0"): an error if it is another.
  Freezer& FilenameTensor(std::string_view tensor) {
    filename_tensor_ = std::string(tensor);
    return *this;
  }
  // A file with a SaverDef, binary or text.
  Freezer& SaverFile(std::string_view path) {
    saver_file_ = std::string(path);
    return *this;
  }
  // Ops whose initialisers are evaluated; what they assign wins over the checkpoint.
  Freezer& InitializerNodes(std::vector<std::string> nodes) {
    initializer_nodes_ = std::move(nodes);
    return *this;
  }
  // Drop writes to variables also where a later read would see them.
  Freezer& DropWrites(bool drop) {
    drop_writes_ = drop;
    return *this;
  }
  // Compare the checksum of every weight. On unless turned off.
  Freezer& VerifyChecksums(bool verify) {
    verify_ = verify;
    return *this;
  }
  // From a training graph to the inference graph: the steps of InferenceSteps(), in their order.
  Freezer& ToInference() {
    to_inference_ = true;
    return *this;
  }
  // Leaves a step out, by the name of its pass ("neutralize_dropout").
  Freezer& Without(std::string_view step) {
    changes_.push_back({StepChange::kWithout, std::string(step), std::nullopt});
    return *this;
  }
  // Runs this pass in the place of the step that has its name: one of one's own, or the library's with other settings.
  template <typename Pass>
  Freezer& Replace(Pass pass) {
    AnyPass any(std::move(pass));
    changes_.push_back({StepChange::kReplace, std::string(any.name()), std::move(any)});
    return *this;
  }
  // Runs a pass right before a step.
  template <typename Pass>
  Freezer& BeforeStep(std::string_view step, Pass pass) {
    changes_.push_back({StepChange::kBefore, std::string(step), AnyPass(std::move(pass))});
    return *this;
  }
  // Binds a flag to its value at inference: Set("is_training", "false"), Set("keep_prob", "1"). See BindFlags.
  Freezer& Set(std::string_view name, std::string_view value) {
    inference_.flags.values.emplace_back(std::string(name), std::string(value));
    return *this;
  }
  // Binds flags of which the graph itself tells what they are at inference.
  Freezer& InferFlags(bool infer) {
    inference_.flags.infer_flags = infer;
    return *this;
  }
  // Takes the moving averages of the weights in the place of the weights, where the checkpoint has them.
  Freezer& UseMovingAverages(bool use) {
    inference_.use_moving_averages = use;
    return *this;
  }
  // An input, in place of what feeds the graph in training: see SwapPlaceholders.
  Freezer& Input(SwapPlaceholders::Input input) {
    inference_.inputs.inputs.push_back(std::move(input));
    return *this;
  }
  // The same in one text: "IteratorGetNext:0=images:float32:?,224,224,3".
  Freezer& Input(std::string_view text) {
    absl::StatusOr<SwapPlaceholders::Input> input = SwapPlaceholders::ParseInput(text);
    return input.ok() ? Input(*std::move(input)) : Fail(input.status());
  }
  // Sets the first dimension of every input where it is unknown.
  Freezer& Batch(std::int64_t size) {
    inference_.inputs.batch = size;
    return *this;
  }
  // Sets the shape of an input, by the name of its placeholder.
  Freezer& InputShape(std::string_view name, Shape shape) {
    inference_.inputs.shapes.emplace_back(std::string(name), std::move(shape));
    return *this;
  }
  // The same in one text: "images:1,224,224,3".
  Freezer& InputShape(std::string_view text) {
    absl::StatusOr<std::pair<std::string, Shape>> shape = SwapPlaceholders::ParseShape(text);
    return shape.ok() ? InputShape(shape->first, std::move(shape->second)) : Fail(shape.status());
  }
  // Handlers for ops of one's own, as one pack: two of them for one op do not compile. A later call overrides an
  // earlier one, and the library's own handlers for NPU ops.
  template <typename... H>
  Freezer& Handlers(H... handlers) {
    inference_.handlers.emplace_back(graphfreeze::Handlers<H...>(std::move(handlers)...));
    return *this;
  }
  // Gives an output another type: CastOutput("argmax=int32"). See CastOutputs.
  Freezer& CastOutput(std::string_view text) {
    absl::StatusOr<std::pair<std::string, DataType>> cast = CastOutputs::Parse(text);
    if (!cast.ok()) return Fail(cast.status());
    casts_.push_back(*std::move(cast));
    return *this;
  }
  // The names of the steps that Freeze() would run, in order.
  absl::StatusOr<std::vector<std::string_view>> InferenceSteps() const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<AnyPass> steps, Steps());
    std::vector<std::string_view> names;
    for (const AnyPass& step : steps) names.push_back(step.name());
    return names;
  }
  // Passes of one's own, in the order given: before everything else, or after the freezing. What the last ones leave
  // that no output needs is pruned.
  template <typename Pass>
  Freezer& Before(Pass pass) {
    before_.emplace_back(std::move(pass));
    return *this;
  }
  template <typename Pass>
  Freezer& After(Pass pass) {
    after_.emplace_back(std::move(pass));
    return *this;
  }
  // An OpDef message of an op that TensorFlow itself does not have; needed only where its types matter.
  Freezer& AddOpDef(std::string op_def) {
    op_defs_.push_back(std::move(op_def));
    return *this;
  }
  Freezer& Files(FileSystem files) {
    files_ = std::move(files);
    return *this;
  }
  Freezer& With(Executor executor) {
    executor_ = std::move(executor);
    return *this;
  }
  Freezer& With(graphfreeze::Limits limits) {
    limits_ = limits;
    return *this;
  }
  // Called from one thread at a time while a file is written.
  Freezer& OnProgress(Progress progress) {
    progress_ = std::move(progress);
    return *this;
  }
  // Asked now and then; true ends the work with Cancelled.
  Freezer& CancelWhen(std::function<bool()> cancelled) {
    cancelled_ = std::move(cancelled);
    return *this;
  }

  // --- the work: any number of times, results are the same ---

  absl::StatusOr<FrozenGraph> Freeze() const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(FrozenGraph frozen, Build());
    return Verified(std::move(frozen));
  }

  // Rewrites the graph for the checkpoint, and for all others of the same model: see FreezePlan. Reads no weight that
  // the rewrite does not compute with. FailedPrecondition without a checkpoint, which says what keys and shapes are.
  absl::StatusOr<FreezePlan> Plan() const;

  // Freezes into a file. Faster than Freeze() and WriteTo(): checksums are compared while the bytes are written,
  // and a file with damaged weights never gets its name.
  absl::StatusOr<FreezeReport> FreezeTo(std::string_view path) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(FrozenGraph frozen, Build());
    GRAPHFREEZE_ASSIGN_OR_RETURN(posix::AtomicFile file, posix::AtomicFile::Create(path));
    if (verify_) {
      // Checksums of more than one segment's bytes, or of bytes that are not written as they are, come first.
      std::vector<CrcCheck> others = ChecksWithoutSegment(frozen);
      GRAPHFREEZE_RETURN_IF_ERROR(VerifyChecks(others, wire::Crc32c(), executor_));
    }
    std::vector<BadSegment> bad;
    GRAPHFREEZE_RETURN_IF_ERROR(
        WriteSegments(*frozen.list_, &file, {executor_, progress_, cancelled_}, verify_, &bad));
    if (!bad.empty()) return Mismatch(frozen, bad[0]);
    GRAPHFREEZE_RETURN_IF_ERROR(file.Commit());
    frozen.report_.verified = verify_;
    return std::move(frozen.report_);
  }

  // What Freeze() would give and take. Reads the graph and the index of the checkpoint, and no weight.
  absl::StatusOr<FreezeEstimate> Estimate() const {
    FreezeEstimate estimate;
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::shared_ptr<const Loaded> loaded, Load());
    GRAPHFREEZE_ASSIGN_OR_RETURN(FrozenGraph frozen, Rewrite(*loaded, nullptr, &estimate.peak_memory));
    estimate.report = frozen.report_;
    estimate.output_bytes = frozen.size();
    estimate.weight_bytes = frozen.report_.weight_bytes;
    estimate.largest = Largest(frozen.report_.variables, 10);
    return estimate;
  }

 private:
  struct GraphPath {
    std::string path;
    bool expect_meta = false;
  };

  struct SavedModelPath {
    std::string path;
    std::vector<std::string> tags;
  };

  // What is known of the model beyond its graph: of a SavedModel.
  struct Model {
    std::string checkpoint;  // prefix; empty if it has none
    std::vector<graphfreeze::Signature> signatures;
    std::string init_op;
    std::vector<BoundAsset> assets;
    SavedModelParts parts;
    std::shared_ptr<const SavedModel> saved;
    std::shared_ptr<const void> owner;  // of what the signatures view
  };

  // What is read of the model but for its weights.
  struct Loaded {
    GraphFile file;
    Model model;
    FreezeReport report;  // as far as it is known
  };

  // What a rewrite leaves for a plan.
  struct Draft {
    TensorStore store;  // that it was made with
    std::shared_ptr<StoreWatch> watch = std::make_shared<StoreWatch>();
    std::optional<GraphTemplate> graph;
    std::vector<Weight> weights;     // of the graph; of those that are bound, what all checkpoints have in common
    std::vector<bool> used;          // the weights that are in the graph
    std::vector<BoundWeight> bound;  // by weight
  };
  friend class FreezePlan;

  Freezer& SetGraph(std::variant<std::monostate, GraphPath, SavedModelPath, Source> graph) {
    graph_ = std::move(graph);
    return *this;
  }
  Freezer& Fail(absl::Status status) {
    if (error_.ok()) error_ = std::move(status);
    return *this;
  }
  Freezer& AddOutputs(std::string_view names) {
    while (!names.empty()) {
      const std::size_t comma = names.find(',');
      std::string_view name = names.substr(0, comma);
      names = comma == std::string_view::npos ? std::string_view() : names.substr(comma + 1);
      while (!name.empty() && (name.front() == ' ' || name.front() == '\t')) name.remove_prefix(1);
      while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.remove_suffix(1);
      if (!name.empty()) outputs_.emplace_back(name);
    }
    return *this;
  }

  struct StepChange {
    enum Kind : std::uint8_t { kWithout, kReplace, kBefore };
    Kind kind;
    std::string step;
    std::optional<AnyPass> pass;
  };

  // The steps between pruning and freezing, with the caller's changes.
  absl::StatusOr<std::vector<AnyPass>> Steps() const {
    std::vector<AnyPass> steps;
    if (to_inference_) steps = graphfreeze::InferenceSteps(inference_);
    for (const StepChange& change : changes_) {
      const std::string names = StepNames(steps);
      bool found = false;
      for (std::size_t i = 0; i < steps.size(); ++i) {
        if (steps[i].name() != change.step) continue;
        found = true;
        if (change.kind == StepChange::kReplace) {
          steps[i] = *change.pass;
        } else if (change.kind == StepChange::kBefore) {
          steps.insert(steps.begin() + static_cast<std::ptrdiff_t>(i++), *change.pass);
        } else {
          steps.erase(steps.begin() + static_cast<std::ptrdiff_t>(i--));
        }
      }
      if (!found) {
        return InvalidArgument("there is no step '", change.step, "'; the steps are ", names.empty() ? "none" : names,
                               to_inference_ ? "" : " (without ToInference())");
      }
    }
    return steps;
  }
  // Outputs that cannot keep their names under another type have new ones from then on.
  absl::Status Cast(Graph* graph, PassContext* context, std::vector<std::string>* outputs, const AliasOutputs& aliases) const {
    if (casts_.empty()) return absl::OkStatus();
    std::vector<std::pair<std::string, std::string>> renamed;
    GRAPHFREEZE_RETURN_IF_ERROR(Run(*graph, *context, CastOutputs{casts_, &renamed}));
    for (const auto& [from, to] : renamed) {
      const auto it = std::find(outputs->begin(), outputs->end(), from);
      bool aliased = false;
      for (const auto& [alias, tensor] : aliases.aliases) aliased = aliased || tensor == from;
      if (it != outputs->end() && !aliased) {
        *it = to;
      } else {
        outputs->push_back(to);
      }
    }
    return absl::OkStatus();
  }

  static std::string StepNames(const std::vector<AnyPass>& steps) {
    std::string names;
    for (const AnyPass& step : steps) names += Concat(names.empty() ? "" : ", ", step.name());
    return names;
  }

  static std::vector<FrozenVariable> Largest(std::vector<FrozenVariable> variables, std::size_t n) {
    std::stable_sort(variables.begin(), variables.end(),
                     [](const FrozenVariable& a, const FrozenVariable& b) { return a.bytes > b.bytes; });
    if (variables.size() > n) variables.resize(n);
    return variables;
  }

  // All that happens before weights are read.
  absl::StatusOr<FrozenGraph> Build() const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::shared_ptr<const Loaded> loaded, Load());
    return Rewrite(*loaded, nullptr);
  }

  absl::StatusOr<FrozenGraph> Verified(FrozenGraph frozen) const {
    if (verify_) {
      GRAPHFREEZE_RETURN_IF_ERROR(VerifyChecks(frozen.checks_, wire::Crc32c(), executor_));
      frozen.report_.verified = true;
    }
    return frozen;
  }

  absl::StatusOr<std::shared_ptr<const Loaded>> Load() const {
    GRAPHFREEZE_RETURN_IF_ERROR(error_);
    auto loaded = std::make_shared<Loaded>();
    PassContext context;
    FreezeReport& report = loaded->report;
    GRAPHFREEZE_ASSIGN_OR_RETURN(loaded->file, OpenGraph(&context, &loaded->model, &report));
    report.graph = loaded->file.name();
    report.graph_kind = std::string(Name(loaded->file.kind()));
    report.graph_was_text = loaded->file.was_text();
    report.entries = std::move(context.report);
    return std::shared_ptr<const Loaded>(std::move(loaded));
  }

  // The frozen graph, not verified yet; without `given` with the checkpoint of the builder. With `peak_memory` an
  // estimate: the result has a size and no weights. With `draft` the graph goes there: the result has no bytes.
  absl::StatusOr<FrozenGraph> Rewrite(const Loaded& loaded, const TensorStore* given, std::uint64_t* peak_memory = nullptr,
                                      Draft* draft = nullptr) const {
    FrozenGraph frozen;
    frozen.report_ = loaded.report;
    FreezeReport& report = frozen.report_;
    PassContext context;
    context.limits = limits_;
    context.executor = executor_;
    context.cancelled = cancelled_;
    context.report = std::move(report.entries);

    const GraphFile& file = loaded.file;
    Model model = loaded.model;
    GRAPHFREEZE_ASSIGN_OR_RETURN(Graph graph, file.ParseGraph());
    for (const std::string& op_def : op_defs_) GRAPHFREEZE_RETURN_IF_ERROR(graph.ops().AddOpDef(op_def));
    report.nodes_before = graph.main().CountNodes();
    report.functions_before = graph.function_count();
    if (report.nodes_before == 0) return InvalidArgument("'", file.name(), "' is a graph without nodes");

    std::vector<std::string> outputs;
    AliasOutputs aliases;
    GRAPHFREEZE_RETURN_IF_ERROR(ReadOutputs(&outputs, &aliases));
    std::vector<std::string> inputs;  // that stay, needed or not
    AddSignatures(model, graph, &inputs, &outputs, &aliases);
    TensorStore store;
    if (given != nullptr) {
      store = *given;
    } else {
      GRAPHFREEZE_ASSIGN_OR_RETURN(store, OpenCheckpoint(model));
    }
    report.checkpoint = std::string(store.path());
    if (draft != nullptr && !store) {
      return FailedPrecondition("a plan needs a checkpoint of the model, which tells keys and shapes; give it with Checkpoint()");
    }

    FreezeVariables freeze;
    GRAPHFREEZE_ASSIGN_OR_RETURN(RestoreMap restore_map, ReadRestoreMap(file, graph, &context));
    freeze.keys = std::make_shared<VariableKeys>(draft == nullptr ? store : store.Watched(draft->watch), std::move(restore_map));
    if (const MetaGraph* meta = file.meta_graph()) freeze.keys->UseObjects(graph, {meta->object_graph_def, meta->owner});
    context.outputs = outputs;
    context.keys = freeze.keys;
    GRAPHFREEZE_RETURN_IF_ERROR(EvaluateInitializers(graph, &freeze.values));
    BindAssets bind_assets;
    for (const BoundAsset& asset : model.assets) bind_assets.paths.emplace_back(asset.node, asset.path);
    GRAPHFREEZE_RETURN_IF_ERROR(Run(graph, context, bind_assets));
    if (graph.main().Find(model.init_op) == kNoNode) model.init_op.clear();
    GRAPHFREEZE_RETURN_IF_ERROR(EvaluateInitOp(&graph, model, &freeze.values));
    freeze.allow = allow_;
    freeze.deny = deny_;
    std::vector<std::string> table_contents;
    GRAPHFREEZE_RETURN_IF_ERROR(Run(graph, context, RestoreTables{freeze.keys, outputs, &model.init_op, &table_contents}));
    if (!allow_.empty()) freeze.allow.insert(freeze.allow.end(), table_contents.begin(), table_contents.end());
    freeze.drop_writes = drop_writes_;
    std::uint64_t put_together = 0;
    freeze.measure_only = peak_memory != nullptr;
    freeze.heap_bytes = &put_together;
    freeze.frozen = &report.variables;
    if (draft != nullptr) freeze.bound = &draft->bound;

    for (const AnyPass& pass : before_) GRAPHFREEZE_RETURN_IF_ERROR(pass.Run(graph, context));
    Prune prune{outputs, inputs};
    const bool has_init = !model.init_op.empty();
    if (has_init) prune.keep.push_back(model.init_op);
    GRAPHFREEZE_RETURN_IF_ERROR(Run(graph, context, prune));
    // First of all: flat, the graph shows what belongs together, and where variables go.
    if (lower_ || inline_.value_or(file.kind() == GraphFileKind::kSavedModel)) {
      GRAPHFREEZE_RETURN_IF_ERROR(Run(graph, context, InlineFunctions{}));
    } else if (has_init) {
      GRAPHFREEZE_RETURN_IF_ERROR(Run(graph, context, InlineFunctions{{model.init_op}, {}}));
    }
    if (has_init || file.kind() == GraphFileKind::kSavedModel) {
      GRAPHFREEZE_RETURN_IF_ERROR(Run(graph, context, TableInitializers{model.init_op, outputs, &report.tables}));
    }
    if (has_init && report.tables.empty()) prune.keep.pop_back();
    if (!report.tables.empty()) report.init_op = model.init_op;
    GRAPHFREEZE_RETURN_IF_ERROR(Run(graph, context, prune));
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<AnyPass> steps, Steps());
    for (const AnyPass& step : steps) {
      // Each step sees only what the outputs still need.
      GRAPHFREEZE_RETURN_IF_ERROR(step.Run(graph, context));
      GRAPHFREEZE_RETURN_IF_ERROR(Run(graph, context, prune));
    }
    GRAPHFREEZE_RETURN_IF_ERROR(Run(graph, context, freeze));
    if (lower_) GRAPHFREEZE_RETURN_IF_ERROR(Run(graph, context, prune, graphfreeze::LowerControlFlow{{}, &report.variables}));
    if (clear_devices_) GRAPHFREEZE_RETURN_IF_ERROR(Run(graph, context, graphfreeze::ClearDevices{}));
    if (file.meta_graph() != nullptr) {
      GRAPHFREEZE_RETURN_IF_ERROR(Run(graph, context, graphfreeze::ClearOutputShapes{}));
    }
    // Reads and writes that the rewrite made needless, and the functions that nobody calls any more.
    GRAPHFREEZE_RETURN_IF_ERROR(Run(graph, context, prune, aliases));
    GRAPHFREEZE_RETURN_IF_ERROR(CheckOutputs(graph, outputs, store));
    GRAPHFREEZE_RETURN_IF_ERROR(Cast(&graph, &context, &outputs, aliases));
    context.outputs = outputs;
    for (const auto& [alias, tensor] : aliases.aliases) context.outputs.push_back(alias);
    for (const AnyPass& pass : after_) GRAPHFREEZE_RETURN_IF_ERROR(pass.Run(graph, context));
    if (!after_.empty()) GRAPHFREEZE_RETURN_IF_ERROR(Run(graph, context, Prune{context.outputs, prune.keep}));
    if (to_inference_) {
      ReportNeedlessInputs(graph, &context);
      GRAPHFREEZE_RETURN_IF_ERROR(Run(graph, context, Audit{}));
    }

    if (report.variables.empty()) {
      context.Add("freezer", "", "", Action::kNote, "no_variables",
                  "no variable that the outputs need was frozen: the graph may be frozen already");
    }
    DropPruned(graph, &report.variables);
    FillReport(graph, store, outputs, aliases, &report);
    for (const std::string& name : table_contents) {
      const auto hides_shape = [&](const TensorInfo& input) { return input.name == Concat(name, RestoreTables::kAnyShape, ":0"); };
      report.inputs.erase(std::remove_if(report.inputs.begin(), report.inputs.end(), hides_shape), report.inputs.end());
    }
    NameBySignature(model, aliases, &report);
    for (const BoundAsset& asset : model.assets) {
      const std::string_view node = std::string_view(asset.node).substr(0, asset.node.find(':'));
      if (!report.tables.empty()) report.assets.push_back({std::string(node), asset.filename, asset.path});
      if (graph.main().Find(node) != kNoNode) model.parts.assets.emplace_back(Concat(node, ":0"), asset.filename);
    }
    frozen.parts_ = std::move(model.parts);
    frozen.parts_.init_op = report.init_op;
    frozen.saved_model_ = model.saved;
    frozen.files_ = files_;
    report.entries = std::move(context.report);
    // Weights know their files: the index is not needed any more, and what is written next takes its memory.
    const std::size_t keys = store.keys().size();
    freeze.keys.reset();
    context.keys.reset();
    if (draft != nullptr) {
      draft->store = std::move(store);
      Keep(std::move(graph), draft);
      return frozen;
    }
    store = TensorStore();
    WriteGraph(graph, frozen.list_.get());
    report.output_bytes = frozen.size();
    const std::vector<bool> used = UsedWeights(graph);
    frozen.checks_.reserve(used.size());
    for (std::uint32_t i = 0; i < used.size(); ++i) {
      if (used[i]) frozen.AddChecks(graph.TakeChecks(i));
    }
    if (peak_memory != nullptr) {
      // The index of the graph and of the checkpoint, what is remembered of each variable, and what was made from
      // them (sizes as tests/bench/ shows them); text is parsed into memory first, and weights in many small pieces are
      // put together there.
      *peak_memory = report.nodes_before * 160 + report.variables.size() * 1600 + keys * 300 +
                     frozen.list_->heap_bytes() + graph.arena().bytes() + put_together +
                     (file.was_text() ? 12 * graph.data()->source.size() : 0);
    }
    return CheckSize(std::move(frozen));
  }

  absl::StatusOr<FrozenGraph> CheckSize(FrozenGraph frozen) const {
    if (frozen.size() <= limits_.max_output_bytes) return frozen;
    std::string largest;
    for (const FrozenVariable& variable : Largest(frozen.report_.variables, 5)) {
      largest += Concat(largest.empty() ? "" : ", ", "'", variable.name, "' ", variable.bytes);
    }
    return ResourceExhausted("the frozen graph would have ", frozen.size(), " bytes; the limit is ", limits_.max_output_bytes,
                             " (a protobuf message holds at most 2 GiB - 1). Largest tensors: ", largest,
                             ". Keep some of them variables (deny list), or store them in half precision");
  }

  absl::StatusOr<GraphFile> OpenGraph(PassContext* context, Model* model, FreezeReport* report) const {
    if (const SavedModelPath* path = std::get_if<SavedModelPath>(&graph_)) return OpenSavedModel(*path, model, report);
    if (!signatures_.empty()) {
      return InvalidArgument("signature '", signatures_[0], "' was asked for, but signatures are read from SavedModels only");
    }
    if (const Source* source = std::get_if<Source>(&graph_)) return GraphFile::FromSource(*source);
    const GraphPath* path = std::get_if<GraphPath>(&graph_);
    if (path == nullptr) return InvalidArgument("no graph was given; use FromGraph, FromMetaGraph or FromBytes");
    GRAPHFREEZE_ASSIGN_OR_RETURN(GraphFile file, LoadGraphFile(files_, path->path));
    if (path->expect_meta != (file.kind() == GraphFileKind::kMetaGraphDef)) {
      context->Add("freezer", "", "", Action::kNote, "other_kind",
                   Concat("'", path->path, "' is a ", graphfreeze::Name(file.kind()), ", not a ",
                          path->expect_meta ? "MetaGraphDef" : "GraphDef", ", and was read as what it is"));
    }
    return file;
  }

  absl::StatusOr<GraphFile> OpenSavedModel(const SavedModelPath& path, Model* model, FreezeReport* report) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(SavedModel loaded, SavedModel::Load(files_, path.path));
    model->saved = std::make_shared<const SavedModel>(std::move(loaded));
    const SavedModel& saved = *model->saved;
    GRAPHFREEZE_ASSIGN_OR_RETURN(const MetaGraph* meta, saved.Choose(path.tags));
    if (!signatures_.empty()) {
      std::vector<std::string_view> names;
      for (const std::string& name : signatures_) {
        if (name != "*") {
          names.push_back(name);
        } else {
          for (std::string_view each : SignatureNames(*meta)) names.push_back(each);
        }
      }
      for (std::string_view name : names) {
        GRAPHFREEZE_ASSIGN_OR_RETURN(graphfreeze::Signature signature, FindSignature(*meta, name));
        model->signatures.push_back(std::move(signature));
      }
    } else if (outputs_.empty()) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(graphfreeze::Signature signature, FindSignature(*meta));
      model->signatures.push_back(std::move(signature));
    }
    for (const graphfreeze::Signature& signature : model->signatures) {
      if (outputs_.empty() && signature.outputs.empty()) {
        return InvalidArgument("signature '", signature.name, "' has no outputs; name the outputs instead");
      }
      report->signatures.emplace_back(signature.name);
      model->parts.signatures.emplace_back(signature.name, *meta->Signature(signature.name));
    }
    model->parts.tags.assign(meta->tags.begin(), meta->tags.end());
    model->parts.tensorflow_version = std::string(meta->tensorflow_version);
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string_view init_op, InitOp(*meta));
    model->init_op = std::string(init_op);
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<Asset> assets, Assets(*meta));
    for (const Asset& asset : assets) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(std::string asset_path, saved.AssetPath(asset.filename));
      if (asset_directory_) asset_path = Concat(*asset_directory_, asset_directory_->empty() ? "" : "/", asset.filename);
      model->assets.push_back({std::string(asset.tensor), std::string(asset.filename), std::move(asset_path)});
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(model->checkpoint, saved.CheckpointPrefix(files_));
    model->owner = meta->owner;
    report->tags = SavedModel::TagList(*meta);
    return GraphFile::FromMetaGraph(*meta, GraphFileKind::kSavedModel, saved.file(), saved.was_text());
  }

  // Outputs that the caller did not name are those of the signatures. Their inputs stay, also those that nothing needs:
  // who calls the signature feeds them.
  void AddSignatures(const Model& model, const Graph& graph, std::vector<std::string>* inputs,
                     std::vector<std::string>* outputs, AliasOutputs* aliases) const {
    NameSet known;
    for (const graphfreeze::Signature& signature : model.signatures) {
      for (const SignatureTensor& tensor : signature.inputs) {
        for (const SignatureTensor::Part& part : tensor.parts) {
          const NodeId id = graph.main().Find(part.tensor.substr(0, part.tensor.find(':')));
          if (id == kNoNode || graph.main().op(id).substr(0, 11) != "Placeholder") continue;
          if (known.insert(part.tensor).second) inputs->emplace_back(part.tensor);
        }
      }
    }
    known.clear();
    for (const graphfreeze::Signature& signature : model.signatures) {
      for (const SignatureTensor& tensor : signature.outputs) {
        for (const SignatureTensor::Part& part : tensor.parts) {
          if (!outputs_.empty() || !known.insert(part.tensor).second) continue;
          outputs->emplace_back(part.tensor);
          if (!name_by_key_) continue;
          std::string wanted = Concat(tensor.key, part.part.empty() ? "" : "_", part.part);
          const auto taken = [&](const std::string& name) {
            return graph.main().Find(name) != kNoNode ||
                   std::any_of(aliases->aliases.begin(), aliases->aliases.end(), [&](const auto& alias) { return alias.first == name; });
          };
          std::string name = wanted;
          for (int i = 1; taken(name); ++i) name = Concat(wanted, "_", i);
          aliases->aliases.emplace_back(std::move(name), part.tensor);
        }
      }
    }
  }

  static void NameBySignature(const Model& model, const AliasOutputs& aliases, FreezeReport* report) {
    const auto is_alias = [&](const std::string& name, std::string_view tensor) {
      for (const auto& [alias, aliased] : aliases.aliases) {
        if (aliased == tensor && name == Concat(alias, ":0")) return true;
      }
      return false;
    };
    for (const graphfreeze::Signature& signature : model.signatures) {
      const auto name = [&](const std::vector<SignatureTensor>& tensors, std::vector<TensorInfo>* infos) {
        for (const SignatureTensor& tensor : tensors) {
          for (const SignatureTensor::Part& part : tensor.parts) {
            const auto found = std::find_if(infos->begin(), infos->end(), [&](const TensorInfo& info) {
              return info.name == part.tensor || is_alias(info.name, part.tensor);
            });
            if (found == infos->end()) continue;
            auto at = static_cast<std::size_t>(found - infos->begin());
            if (!found->key.empty()) {  // a tensor that has several names is listed once for each
              const TensorInfo again = *found;
              infos->push_back(again);
              at = infos->size() - 1;
            }
            TensorInfo& info = (*infos)[at];
            info.signature = std::string(signature.name);
            info.key = std::string(tensor.key);
            info.part = std::string(part.part);
            // The signature knows more than nodes that were made since.
            if (!info.shape.has_rank()) info.shape = part.shape;
            if (info.dtype == DataType::kInvalid) info.dtype = part.dtype;
          }
        }
      };
      name(signature.inputs, &report->inputs);
      name(signature.outputs, &report->outputs);
    }
  }

  absl::Status ReadOutputs(std::vector<std::string>* outputs, AliasOutputs* aliases) const {
    for (const std::string& output : outputs_) {
      const std::size_t equals = output.find('=');
      if (equals == std::string::npos) {
        outputs->push_back(output);
        continue;
      }
      std::string alias = output.substr(0, equals), tensor = output.substr(equals + 1);
      if (alias.empty() || tensor.empty() || alias.find(':') != std::string::npos) {
        return InvalidArgument("'", output, "' should be 'name=tensor', as in 'logits=StatefulPartitionedCall:0'");
      }
      outputs->push_back(tensor);
      aliases->aliases.emplace_back(std::move(alias), std::move(tensor));
    }
    return absl::OkStatus();
  }

  // An input that the caller named and got, and that a later step found to have no say in the outputs.
  void ReportNeedlessInputs(const Graph& graph, PassContext* context) const {
    for (const SwapPlaceholders::Input& input : inference_.inputs.inputs) {
      const bool made = std::any_of(context->report.begin(), context->report.end(), [&](const ReportEntry& entry) {
        return entry.pass == SwapPlaceholders::kName && entry.action == Action::kChanged && entry.node == input.name;
      });
      if (!made || graph.main().Find(input.name) != kNoNode) continue;
      context->Add("freezer", "", input.name, Action::kWarning, "input_not_needed",
                   "no output depends on this input once the graph is one for inference, so that it has none of that name");
    }
  }

  // A variable that nothing takes needs no value, unless it is an output.
  absl::Status CheckOutputs(const Graph& graph, const std::vector<std::string>& outputs, const TensorStore& store) const {
    for (const std::string& output : outputs) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const NodeId id, FindOutput(graph, output));
      const std::string_view name = graph.main().name(id);
      const auto listed = [&](const std::vector<std::string>& list) {
        return std::find(list.begin(), list.end(), name) != list.end();
      };
      if (!IsVariable(graph.main().op(id)) || listed(deny_) || (!allow_.empty() && !listed(allow_))) continue;
      return NotFound("output '", output, "' is a variable without a value: ",
                      store ? Concat("there is no such key in ", store.name(), DidYouMean(name, store.keys()))
                            : std::string("no checkpoint was given"));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<TensorStore> OpenCheckpoint(const Model& model) const {
    if (const TensorStore* store = std::get_if<TensorStore>(&checkpoint_)) return *store;
    const std::string* path = std::get_if<std::string>(&checkpoint_);
    if (path == nullptr && !model.checkpoint.empty()) path = &model.checkpoint;
    if (path == nullptr) return TensorStore();
    return OpenCheckpoint(*path);
  }
  absl::StatusOr<TensorStore> OpenCheckpoint(std::string_view path) const {
    CheckpointOptions options;
    options.verify_checksums = verify_;
    GRAPHFREEZE_ASSIGN_OR_RETURN(graphfreeze::Checkpoint opened, graphfreeze::Checkpoint::Open(path, options, files_));
    return TensorStore(std::move(opened));
  }

  absl::StatusOr<RestoreMap> ReadRestoreMap(const GraphFile& file, const Graph& graph, PassContext* context) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(RestoreMap map, FindRestoreMap(file, graph, context));
    const std::string_view wanted = std::string_view(filename_tensor_).substr(0, filename_tensor_.find(':'));
    if (!wanted.empty() && !map.filename_node().empty() && map.filename_node() != wanted) {
      return InvalidArgument("the saver takes its file name from '", map.filename_node(), "', not from '",
                             filename_tensor_, "'; name the restore op of the saver that is meant");
    }
    return map;
  }

  absl::StatusOr<RestoreMap> FindRestoreMap(const GraphFile& file, const Graph& graph, PassContext* context) const {
    if (!restore_op_.empty()) {
      // Recipes of old name save/restore_all whatever the graph: a name that is not there is no reason to stop.
      if (graph.main().Find(restore_op_) != kNoNode) return RestoreMap::Read(graph, restore_op_);
      context->Add("freezer", "", restore_op_, Action::kWarning, "no_restore_op",
                   "the restore op is not in the graph; keys are found as if it had not been named");
    }
    if (!saver_file_.empty()) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const GraphFile saver_file, LoadGraphFile(files_, saver_file_));
      if (saver_file.kind() != GraphFileKind::kSaverDef) {
        return InvalidArgument("'", saver_file_, "' is a ", graphfreeze::Name(saver_file.kind()), ", not a SaverDef");
      }
      GRAPHFREEZE_ASSIGN_OR_RETURN(const SaverDef saver, ParseSaverDef(saver_file.message().bytes));
      return RestoreMap::Read(graph, saver.restore_op_name);
    }
    if (const MetaGraph* meta = file.meta_graph(); meta != nullptr && meta->saver_def) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const SaverDef saver, ParseSaverDef(*meta->saver_def));
      const std::string_view op = saver.restore_op_name;
      if (graph.main().Find(op.substr(0, op.find(':'))) != kNoNode) return RestoreMap::Read(graph, op);
      context->Add("freezer", "", op, Action::kWarning, "no_restore_op",
                   Concat("the saver of the MetaGraph restores through '", op, "', which is not in its graph"));
    }
    return RestoreMap::Read(graph, "");
  }

  // What the named ops assign, evaluated.
  absl::Status EvaluateInitializers(const Graph& graph, std::map<std::string, TensorView, std::less<>>* values) const {
    if (initializer_nodes_.empty()) return absl::OkStatus();
    std::vector<NodeId> roots;
    for (const std::string& name : initializer_nodes_) {
      const absl::StatusOr<NodeId> id = FindOutput(graph, name);
      if (!id.ok()) return Annotate(id.status(), Concat("initialiser '", name, "'"));
      roots.push_back(*id);
    }
    return EvaluateAssigns(graph, std::move(roots), /*strict=*/true, values);
  }

  // The init op of a SavedModel runs when it is loaded, after the checkpoint. Mostly it fills tables; TF1 models may set
  // variables there that are not saved. What cannot be evaluated is left: it matters only if an output needs it.
  absl::Status EvaluateInitOp(Graph* graph, const Model& model, std::map<std::string, TensorView, std::less<>>* values) const {
    if (model.init_op.empty()) return absl::OkStatus();
    Body& body = graph->main();
    std::map<std::string, TensorView, std::less<>> assigned;
    std::vector<NodeId> done;
    GRAPHFREEZE_RETURN_IF_ERROR(EvaluateAssigns(*graph, {body.Find(model.init_op)}, /*strict=*/false, &assigned, &done));
    values->insert(assigned.begin(), assigned.end());  // the ops that the caller named win
    // They happened: what runs later must not see a write.
    const Consumers consumers(body);
    for (NodeId id : done) {
      if (body.op(id) != "AssignVariableOp") continue;
      // TF2 hands the path of an asset on in a variable. The loader feeds the path: who reads it takes it from there.
      const Edge value = body.inputs(id)[1];
      const auto is_asset = [&](const BoundAsset& asset) {
        return std::string_view(asset.node).substr(0, asset.node.find(':')) == body.name(value.node);
      };
      if (std::any_of(model.assets.begin(), model.assets.end(), is_asset)) {
        for (const Consumers::Use use : consumers.of(body.inputs(id)[0].node)) {
          if (use.slot != 0 || body.op(use.node) != "ReadVariableOp") continue;
          std::vector<Edge> inputs(body.inputs(use.node).begin(), body.inputs(use.node).end());
          inputs[0] = value;
          body.Reset(use.node, "Identity", "output");
          body.SetInputs(use.node, inputs);
          body.SetAttr(use.node, "T", attr::Type(DataType::kString));
        }
      }
      std::vector<Edge> controls;
      for (const Edge& edge : body.inputs(id)) {
        if (edge.is_control()) controls.push_back(edge);
      }
      body.Reset(id, "NoOp", {});
      body.SetInputs(id, controls);
    }
    return absl::OkStatus();
  }

  absl::Status EvaluateAssigns(const Graph& graph, std::vector<NodeId> roots, bool strict,
                               std::map<std::string, TensorView, std::less<>>* values, std::vector<NodeId>* done = nullptr) const {
    const Body& body = graph.main();
    const absl::StatusOr<std::vector<bool>> ancestors = Prune::Ancestors(body, std::move(roots));
    if (!ancestors.ok()) return strict ? ancestors.status() : absl::OkStatus();
    const std::vector<bool>& below = *ancestors;
    Evaluator evaluator(graph, body, limits_.max_constant_bytes);
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!below[id] || (body.op(id) != "Assign" && body.op(id) != "AssignVariableOp")) continue;
      const absl::Span<const Edge> inputs = body.inputs(id);
      if (inputs.size() < 2 || inputs[0].is_control() || inputs[1].is_control()) continue;
      absl::StatusOr<TensorView> value = evaluator.Evaluate(inputs[1]);
      if (!value.ok()) {
        if (!strict) continue;
        return Annotate(value.status(), Concat("initialiser '", body.name(id), "' of variable '",
                                               body.name(inputs[0].node), "'"));
      }
      (*values)[std::string(body.name(inputs[0].node))] = *std::move(value);
      if (done != nullptr) done->push_back(id);
    }
    return absl::OkStatus();
  }

  // A variable whose readers all went with the last pruning was frozen for nothing.
  static void DropPruned(const Graph& graph, std::vector<FrozenVariable>* variables) {
    variables->erase(std::remove_if(variables->begin(), variables->end(),
                                    [&](const FrozenVariable& variable) {
                                      if (variable.function.empty()) return graph.main().Find(variable.name) == kNoNode;
                                      return graph.FindFunction(variable.function) == kNoFunction;
                                    }),
                     variables->end());
    // The passes meet variables in an order of their own; the main graph comes first, then the functions.
    std::vector<std::pair<NodeId, std::size_t>> order;
    for (std::size_t i = 0; i < variables->size(); ++i) {
      const FrozenVariable& variable = (*variables)[i];
      order.emplace_back(variable.function.empty() ? graph.main().Find(variable.name) : kNoNode, i);
    }
    if (std::is_sorted(order.begin(), order.end())) return;
    std::sort(order.begin(), order.end());
    std::vector<FrozenVariable> sorted;
    sorted.reserve(variables->size());
    for (const auto& [id, i] : order) sorted.push_back(std::move((*variables)[i]));
    *variables = std::move(sorted);
  }

  static void ListUnusedKeys(const TensorStore& store, FreezeReport* report) {
    NameSet used;
    used.reserve(report->variables.size());
    for (const FrozenVariable& variable : report->variables) used.insert(variable.key);
    report->unused_keys.clear();
    for (std::string_view key : store.keys()) {
      if (!used.contains(key)) report->unused_keys.emplace_back(key);
    }
  }

  static void FillReport(const Graph& graph, const TensorStore& store, const std::vector<std::string>& outputs,
                         const AliasOutputs& aliases, FreezeReport* report) {
    const Body& body = graph.main();
    report->nodes_after = body.CountNodes();
    for (FunctionId id = 0; id < graph.function_count(); ++id) report->functions_after += graph.function(id).alive ? 1 : 0;
    for (const FrozenVariable& variable : report->variables) report->weight_bytes += variable.bytes;
    ListUnusedKeys(store, report);
    body.ForEachNode([&](NodeRef node) {
      if (node.op() != "Placeholder" && node.op() != "PlaceholderV2" && node.op() != "PlaceholderWithDefault") return;
      TensorInfo input;
      input.name = Concat(node.name(), ":0");
      input.dtype = node.attr("dtype").type();
      // Old graphs say [] where they mean that nothing is known; what the attribute says is reported.
      if (absl::StatusOr<Shape> shape = node.attr("shape").shape(); shape.ok()) input.shape = *shape;
      report->inputs.push_back(std::move(input));
    });
    const Graph as_read = graph.Pristine();
    const auto add_output = [&](std::string_view text) {
      const absl::StatusOr<OutputName> name = OutputName::Parse(text);
      if (!name.ok() || body.Find(name->node) == kNoNode) return;
      const NodeRef node = body.node(body.Find(name->node));
      TensorInfo output;
      output.name = Concat(name->node, ":", name->index);
      const auto index = static_cast<std::size_t>(name->index);
      if (const auto types = OutputTypes(graph, node); types && index < types->size()) {
        output.dtype = RemoveRef((*types)[index]);
      }
      // What was inferred in training is worth telling, though it is no longer in the graph.
      const NodeId original = as_read.main().Find(name->node);
      const AttrView inferred = original == kNoNode ? AttrView() : as_read.main().node(original).attr(kOutputShapes);
      const std::vector<std::string_view> shapes = inferred.shapes();
      if (index < shapes.size()) {
        if (absl::StatusOr<Shape> shape = Shape::Parse(shapes[index]); shape.ok()) output.shape = *shape;
      }
      report->outputs.push_back(std::move(output));
    };
    for (const std::string& output : outputs) {
      bool aliased = false;
      for (const auto& [alias, tensor] : aliases.aliases) {
        if (tensor != output) continue;
        aliased = true;
        add_output(alias);
      }
      if (!aliased) add_output(output);
    }
  }

  // Which weights are in the graph.
  static std::vector<bool> UsedWeights(const Graph& graph) {
    std::vector<bool> used(graph.weights().size(), false);
    const auto collect = [&](const Body& body) {
      for (NodeId id = 0; id < body.size(); ++id) {
        const detail::NodeEdit* edit = body.alive(id) ? body.Edit(id) : nullptr;
        if (edit == nullptr) continue;
        for (const detail::AttrEdit& attr : edit->attrs) {
          if (attr.weight != detail::AttrEdit::kNoWeight) used[attr.weight] = true;
        }
      }
    };
    collect(graph.main());
    for (FunctionId id = 0; id < graph.function_count(); ++id) {
      if (graph.function(id).alive) collect(graph.function(id).body);
    }
    return used;
  }

  static void Keep(Graph graph, Draft* draft) {
    draft->used = UsedWeights(graph);
    std::vector<bool> changing(draft->used.size(), false);
    for (const BoundWeight& bound : draft->bound) changing[bound.weight] = bound.kind == BoundWeight::Kind::kNumber;
    draft->graph.emplace(std::move(graph), changing, &draft->weights);
    for (const BoundWeight& bound : draft->bound) {
      TensorRef& tensor = draft->weights[bound.weight].tensor;
      tensor.pieces.clear();
      tensor.checks.clear();
    }
  }

  // The checks that WriteSegments does not make.
  static std::vector<CrcCheck> ChecksWithoutSegment(const FrozenGraph& frozen) {
    absl::flat_hash_map<std::uint64_t, std::vector<const Segment*>> by_offset;
    for (const Segment& segment : frozen.list_->segments()) {
      if (segment.has_crc) by_offset[segment.offset].push_back(&segment);
    }
    std::vector<CrcCheck> others;
    for (const CrcCheck& check : frozen.checks_) {
      const auto it = by_offset.find(check.range.offset);
      bool covered = false;
      if (it != by_offset.end()) {
        for (const Segment* segment : it->second) covered |= Covers(frozen, *segment, check);
      }
      if (!covered) others.push_back(check);
    }
    return others;
  }

  static bool Covers(const FrozenGraph& frozen, const Segment& segment, const CrcCheck& check) {
    return segment.has_crc && segment.offset == check.range.offset && segment.size == check.range.size &&
           segment.crc32c == check.crc32c && frozen.list_->source(segment.source) == check.range.source;
  }

  static absl::Status Mismatch(const FrozenGraph& frozen, const BadSegment& bad) {
    const Segment& segment = frozen.list_->segments()[bad.segment];
    for (const CrcCheck& check : frozen.checks_) {
      if (Covers(frozen, segment, check)) return ChecksumMismatch(check.key, check.range, check.crc32c, bad.computed);
    }
    return DataLoss("a weight is damaged");
  }

  absl::Status error_;
  std::variant<std::monostate, GraphPath, SavedModelPath, Source> graph_;
  std::variant<std::monostate, std::string, TensorStore> checkpoint_;
  std::vector<std::string> outputs_, signatures_, allow_, deny_, initializer_nodes_, op_defs_;
  std::string restore_op_, filename_tensor_, saver_file_;
  bool clear_devices_ = true, drop_writes_ = false, verify_ = true, to_inference_ = false;
  bool name_by_key_ = false, lower_ = false;
  std::optional<bool> inline_;
  std::optional<std::string> asset_directory_;
  InferenceOptions inference_;
  std::vector<StepChange> changes_;
  std::vector<std::pair<std::string, DataType>> casts_;
  std::vector<AnyPass> before_, after_;
  FileSystem files_;
  Executor executor_ = InlineExecutor();
  graphfreeze::Limits limits_;
  Progress progress_;
  std::function<bool()> cancelled_;
};

struct FreezePlan::State {
  struct Question {
    std::string key;
    std::optional<TensorStore::Info> answer;
    bool bound = false;  // a weight of the graph takes it
  };
  struct Value {
    std::string key;
    TensorSlice slice;
    std::uint64_t hash = 0;
    bool known = false;  // false: it could not be read
  };

  // What of a store is not as it was for the plan: the first thing, in words. An error if that is a weight's type or
  // shape, or that it is not there.
  absl::StatusOr<std::optional<std::string>> Difference(const TensorStore& store) const;
  // The graph with the weights of a store that does not differ.
  absl::StatusOr<FrozenGraph> Put(const TensorStore& store) const;

  static std::string Describe(const TensorStore::Info& info) {
    return Concat(graphfreeze::Name(info.dtype), " ", info.shape.ToString());
  }
  static absl::StatusOr<std::uint64_t> Hash(const TensorStore& store, std::string_view key, const TensorSlice& slice) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const TensorRef tensor, store.Locate(key, slice));
    return HashOf(tensor);
  }
  static std::uint64_t HashKeys(const TensorStore& store) {
    StableHash hash;
    for (const std::string_view key : store.keys()) hash.Text(key);
    return hash.value();
  }

  Freezer freezer;
  std::shared_ptr<const Freezer::Loaded> loaded;
  Freezer::Draft draft;  // without a store
  FrozenGraph result;    // without bytes
  std::vector<Question> questions;  // by key
  std::vector<Value> values;        // by key
  std::optional<std::uint64_t> keys_hash;  // where the rewrite asked for all keys
};

inline absl::StatusOr<FreezePlan> Freezer::Plan() const {
  auto state = std::make_shared<FreezePlan::State>();
  GRAPHFREEZE_ASSIGN_OR_RETURN(state->loaded, Load());
  GRAPHFREEZE_ASSIGN_OR_RETURN(state->result, Rewrite(*state->loaded, nullptr, nullptr, &state->draft));
  Draft& draft = state->draft;
  const TensorStore store = std::exchange(draft.store, TensorStore());
  const std::shared_ptr<StoreWatch> watch = std::exchange(draft.watch, nullptr);
  NameSet bound;
  bound.reserve(draft.bound.size());
  for (const BoundWeight& weight : draft.bound) bound.insert(weight.key);
  for (StoreWatch::Question& question : watch->questions()) {
    const bool is_bound = bound.contains(question.key);
    state->questions.push_back({std::move(question.key), std::move(question.answer), is_bound});
  }
  for (StoreWatch::Reading& reading : watch->readings()) {
    const absl::StatusOr<std::uint64_t> hash = FreezePlan::State::Hash(store, reading.key, reading.slice);
    state->values.push_back({std::move(reading.key), std::move(reading.slice), hash.ok() ? *hash : 0, hash.ok()});
  }
  if (watch->listed()) state->keys_hash = FreezePlan::State::HashKeys(store);
  state->freezer = *this;
  state->freezer.checkpoint_ = std::monostate();
  GRAPHFREEZE_ASSIGN_OR_RETURN(const FrozenGraph first, state->Put(store));
  state->result.report_.output_bytes = first.size();
  return FreezePlan(std::move(state));
}

inline const FreezeReport& FreezePlan::report() const { return state_->result.report_; }

inline std::vector<std::string_view> FreezePlan::value_keys() const {
  std::vector<std::string_view> keys;
  for (const State::Value& value : state_->values) {
    if (keys.empty() || keys.back() != value.key) keys.emplace_back(value.key);
  }
  return keys;
}

inline absl::StatusOr<FrozenGraph> FreezePlan::Bind(std::string_view path) const {
  GRAPHFREEZE_ASSIGN_OR_RETURN(const TensorStore store, state_->freezer.OpenCheckpoint(path));
  return BindStore(store);
}

inline absl::StatusOr<FrozenGraph> FreezePlan::Bind(Checkpoint reader) const {
  return BindStore(TensorStore(std::move(reader)));
}

inline absl::StatusOr<FrozenGraph> FreezePlan::BindStore(const TensorStore& store) const {
  const Freezer& freezer = state_->freezer;
  GRAPHFREEZE_ASSIGN_OR_RETURN(const std::optional<std::string> difference, state_->Difference(store));
  if (!difference) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(FrozenGraph frozen, state_->Put(store));
    return freezer.Verified(std::move(frozen));
  }
  GRAPHFREEZE_ASSIGN_OR_RETURN(FrozenGraph frozen, freezer.Rewrite(*state_->loaded, &store));
  frozen.report_.entries.push_back({"freezer", "", "", Action::kNote, "planned_anew",
                                    Concat("the plan does not fit ", store.name(), ", and the graph was rewritten for it: ", *difference)});
  return freezer.Verified(std::move(frozen));
}

inline absl::StatusOr<std::optional<std::string>> FreezePlan::State::Difference(const TensorStore& store) const {
  constexpr std::size_t kNamed = 10;
  std::string missing, other;
  std::size_t missing_count = 0, other_count = 0;
  std::optional<std::string> first;
  for (const Question& question : questions) {
    const std::optional<TensorStore::Info> found = store.Find(question.key);
    if (found == question.answer) continue;
    if (question.bound && !found) {
      if (++missing_count <= kNamed) {
        missing += Concat(missing_count > 1 ? ", " : "", "'", question.key, "' (", Describe(*question.answer), ")");
      }
    } else if (question.bound) {
      if (++other_count <= kNamed) {
        other += Concat(other_count > 1 ? "; " : "", "key '", question.key, "' is ", Describe(*question.answer),
                        " in the plan, but ", Describe(*found));
      }
    } else if (!first) {
      first = !found ? Concat("it has no key '", question.key, "'")
              : !question.answer
                  ? Concat("it has a key '", question.key, "'")
                  : Concat("its key '", question.key, "' is ", Describe(*found), ", not ", Describe(*question.answer));
    }
  }
  const auto more = [&](std::size_t count) { return count > kNamed ? Concat(", and ", count - kNamed, " more") : std::string(); };
  if (missing_count > 0) {
    return NotFound(store.name(), " has no ", missing, more(missing_count), ", which the graph needs. It is of another model, or "
                    "was saved in another way: freeze the graph with it anew, or plan anew");
  }
  if (other_count > 0) {
    return FailedPrecondition(other, more(other_count), " in ", store.name(), ". It is of another model: freeze the graph with it "
                              "anew, or plan anew");
  }
  if (!first && keys_hash && HashKeys(store) != *keys_hash) first = "a pass asked for all keys, and it has others";
  for (std::size_t i = 0; i < values.size() && !first; ++i) {
    const Value& value = values[i];
    const absl::StatusOr<std::uint64_t> hash = Hash(store, value.key, value.slice);
    if (hash.ok() && value.known && *hash == value.hash) continue;
    first = Concat("a pass read the value of '", value.key, "', and it has another");
  }
  return first;
}

inline absl::StatusOr<FrozenGraph> FreezePlan::State::Put(const TensorStore& store) const {
  FrozenGraph frozen = result;
  frozen.list_ = std::make_shared<SegmentList>();
  std::vector<Weight> weights = draft.weights;
  Arena prefixes;
  for (const BoundWeight& bound : draft.bound) {
    if (!draft.used[bound.weight] || bound.kind == BoundWeight::Kind::kText) continue;
    Weight& weight = weights[bound.weight];
    absl::StatusOr<TensorRef> located = store.Locate(bound.key, bound.slice);
    if (!located.ok()) return located.status();
    if (located->size() != bound.bytes) {
      return InvalidArgument("key '", bound.key, "' of ", store.name(), ": ", graphfreeze::Name(located->dtype), " ",
                             located->shape.ToString(), " takes ", bound.bytes, " bytes, not ", located->size());
    }
    weight.tensor = *std::move(located);
    if (bound.kind != BoundWeight::Kind::kNumber) continue;
    std::uint64_t bytes = 0;
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string prefix, EncodeWeight(&weight.tensor, &bytes));
    weight.prefix = prefixes.Copy(prefix);
  }
  draft.graph->Write(weights, frozen.list_.get());
  frozen.checks_.reserve(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (draft.used[i]) frozen.AddChecks(std::move(weights[i].tensor.checks));
  }
  FreezeReport& report = frozen.report_;
  report.checkpoint = std::string(store.path());
  report.output_bytes = frozen.size();
  Freezer::ListUnusedKeys(store, &report);
  return freezer.CheckSize(std::move(frozen));
}

namespace detail {

template <typename Items, typename One>
std::string JsonList(const Items& items, One&& one) {
  std::string out = "[";
  for (const auto& item : items) out += Concat(out.size() > 1 ? "," : "", one(item));
  return out + "]";
}

inline std::string ShapeJson(const Shape& shape) {
  return shape.has_rank() ? JsonList(shape.dims(), [](std::int64_t dim) { return Concat(dim); }) : std::string("null");
}

inline std::string DTypeJson(DataType dtype) {
  return dtype == DataType::kInvalid ? std::string("null") : JsonString(graphfreeze::Name(dtype));
}

inline std::string TensorJson(const TensorInfo& tensor) {
  const std::string signature = tensor.signature.empty() ? std::string()
                                                         : Concat(",\"signature\":", JsonString(tensor.signature), ",\"key\":",
                                                                  JsonString(tensor.key), ",\"part\":", JsonString(tensor.part));
  return Concat("{\"name\":", JsonString(tensor.name), ",\"dtype\":", DTypeJson(tensor.dtype),
                ",\"shape\":", ShapeJson(tensor.shape), signature, "}");
}

// "init_op":…,"tables":…,"assets":…
inline std::string LoadingJson(const FreezeReport& report) {
  return Concat("\"init_op\":", JsonString(report.init_op), ",\"tables\":",
                JsonList(report.tables, [](const InitializedTable& t) {
                  return Concat("{\"table\":", JsonString(t.table), ",\"initializer\":", JsonString(t.initializer), "}");
                }), ",\"assets\":",
                JsonList(report.assets, [](const BoundAsset& a) {
                  return Concat("{\"node\":", JsonString(a.node), ",\"filename\":", JsonString(a.filename), ",\"path\":",
                                JsonString(a.path), "}");
                }));
}

inline std::string_view TritonType(DataType dtype) {
  switch (dtype) {
    case DataType::kBool: return "TYPE_BOOL";
    case DataType::kUint8: return "TYPE_UINT8";
    case DataType::kUint16: return "TYPE_UINT16";
    case DataType::kUint32: return "TYPE_UINT32";
    case DataType::kUint64: return "TYPE_UINT64";
    case DataType::kInt8: return "TYPE_INT8";
    case DataType::kInt16: return "TYPE_INT16";
    case DataType::kInt32: return "TYPE_INT32";
    case DataType::kInt64: return "TYPE_INT64";
    case DataType::kHalf: return "TYPE_FP16";
    case DataType::kFloat: return "TYPE_FP32";
    case DataType::kDouble: return "TYPE_FP64";
    case DataType::kBfloat16: return "TYPE_BF16";
    case DataType::kString: return "TYPE_STRING";
    default: return {};
  }
}

}  // namespace detail

inline std::string FreezeReport::SignaturesToJson() const {
  return Concat("{\"graph\":", JsonString(graph), ",\"tags\":", JsonString(tags), ",\"inputs\":",
                detail::JsonList(inputs, detail::TensorJson), ",\"outputs\":", detail::JsonList(outputs, detail::TensorJson), ",",
                detail::LoadingJson(*this), "}");
}

inline absl::StatusOr<std::string> FreezeReport::ToTritonConfig() const {
  // One signature: `serving_default`, or the first.
  std::string signature = signatures.empty() ? std::string() : signatures[0];
  for (const std::string& name : signatures) {
    if (name == kDefaultSignature) signature = name;
  }
  std::string text = "platform: \"tensorflow_savedmodel\"\nmax_batch_size: 0\n";
  for (const auto& [title, tensors] : {std::make_pair("input", &inputs), std::make_pair("output", &outputs)}) {
    for (const TensorInfo& tensor : *tensors) {
      if (tensor.signature != signature) continue;
      std::string key = tensor.key.empty() ? tensor.name.substr(0, tensor.name.find(':')) : tensor.key;
      const std::string_view type = detail::TritonType(tensor.dtype);
      if (type.empty() || !tensor.part.empty() || !tensor.shape.has_rank()) {
        return Unimplemented("Triton's configuration cannot describe ", title, " '", key, "' (",
                             tensor.dtype == DataType::kInvalid ? std::string("unknown type") : graphfreeze::Name(tensor.dtype), " ",
                             tensor.shape.ToString(), tensor.part.empty() ? "" : ", part of a sparse tensor", ")");
      }
      std::string dims;
      for (std::int64_t dim : tensor.shape.dims()) dims += Concat(dims.empty() ? "" : ", ", dim);
      text += Concat(title, " [ { name: ", JsonString(key), " data_type: ", type, " dims: [ ", dims, " ] } ]\n");
    }
  }
  if (!signature.empty() && signature != kDefaultSignature) {
    text += Concat("parameters { key: \"TF_SIGNATURE_DEF\" value { string_value: ", JsonString(signature), " } }\n");
  }
  return text;
}

inline std::string FreezeReport::ToJson() const {
  return Concat(
      "{\"graph\":", JsonString(graph), ",\"graph_kind\":", JsonString(graph_kind), ",\"tags\":", JsonString(tags), ",\"signatures\":",
      detail::JsonList(signatures, [](const std::string& name) { return JsonString(name); }), ",\"graph_was_text\":",
      JsonBool(graph_was_text), ",\"checkpoint\":", JsonString(checkpoint), ",\"nodes_before\":", nodes_before,
      ",\"nodes_after\":", nodes_after, ",\"functions_before\":", functions_before, ",\"functions_after\":",
      functions_after, ",", detail::LoadingJson(*this), ",\"weight_bytes\":", weight_bytes, ",\"output_bytes\":", output_bytes,
      ",\"verified\":", JsonBool(verified), ",\"inputs\":", detail::JsonList(inputs, detail::TensorJson), ",\"outputs\":",
      detail::JsonList(outputs, detail::TensorJson), ",\"variables\":", detail::JsonList(variables,
           [](const FrozenVariable& v) {
             return Concat("{\"name\":", JsonString(v.name), ",\"function\":", JsonString(v.function),
                           ",\"key\":", JsonString(v.key), ",\"slice\":", JsonString(v.slice),
                           ",\"found_by\":", JsonString(v.found_by), ",\"dtype\":", detail::DTypeJson(v.dtype),
                           ",\"shape\":", detail::ShapeJson(v.shape), ",\"bytes\":", v.bytes, "}");
           }),
      ",\"unused_keys\":", detail::JsonList(unused_keys, [](const std::string& key) { return JsonString(key); }),
      ",\"entries\":", detail::JsonList(entries, [](const ReportEntry& entry) { return graphfreeze::ToJson(entry); }), "}");
}

inline std::string FreezeEstimate::ToJson() const {
  std::string json = report.ToJson();
  json.pop_back();  // the brace that ends it
  json += Concat(",\"peak_memory\":", peak_memory, ",\"largest\":[");
  for (std::size_t i = 0; i < largest.size(); ++i) {
    json += Concat(i == 0 ? "" : ",", "{\"name\":", JsonString(largest[i].name), ",\"bytes\":", largest[i].bytes, "}");
  }
  return json + "]}";
}

GRAPHFREEZE_NAMESPACE_END
