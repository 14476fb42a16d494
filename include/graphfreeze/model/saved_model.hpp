// SavedModel: a directory that TensorFlow exports models to.
//
//   absl::StatusOr<SavedModel> model = SavedModel::Load(LocalFileSystem{}, "export/1");
//   absl::StatusOr<const MetaGraph*> graph = model->Choose({});        // or by tags, {"serve"}
//   absl::StatusOr<Signature> serving = FindSignature(**graph, "serving_default");
//
//   export/1/saved_model.pb            or saved_model.pbtxt; which of both is told by the content
//   export/1/variables/variables.*     a checkpoint; missing if the model has no variables
//   export/1/assets/vocab.txt          files that tables are made from
//
// Names of files come out of the model, and models come from anywhere: none of them leads out of the directory.
// What is unknown or of no use for freezing (fingerprint.pb, keras_metadata.pb, debug/) is not looked at.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/io/file_system.hpp>
#include <graphfreeze/io/posix.hpp>
#include <graphfreeze/io/source.hpp>
#include <graphfreeze/model/graph_file.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/nearest.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/dtype.hpp>
#include <graphfreeze/tensor/shape.hpp>
#include <graphfreeze/wire/proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// --- signatures ------------------------------------------------------------------------------------------------------

// An input or an output of a signature. Views the model's bytes.
struct SignatureTensor {
  enum class Form : std::uint8_t {
    kDense,      // one tensor
    kSparse,     // three: values, indices, dense shape
    kComposite,  // the components of a ragged tensor or a type of one's own, in order
  };
  struct Part {
    std::string_view part;    // of a sparse tensor "values", "indices" or "dense_shape"; else empty
    std::string_view tensor;  // its name in the graph: "serving_default_x:0"
    DataType dtype = DataType::kInvalid;
    Shape shape = Shape::UnknownRank();
  };

  std::string_view key;  // "x": what a caller of the signature says
  Form form = Form::kDense;
  DataType dtype = DataType::kInvalid;
  Shape shape = Shape::UnknownRank();  // of the whole tensor
  std::vector<Part> parts;
};

// A way to call the model. Views the model's bytes.
struct Signature {
  std::string_view name;         // "serving_default"
  std::string_view method_name;  // "tensorflow/serving/predict"
  std::vector<SignatureTensor> inputs, outputs;  // by key: files have them in no order
};

inline constexpr std::string_view kDefaultSignature = "serving_default";
// Entries among the signatures that name ops to run and are not for callers.
inline constexpr std::string_view kInitOpSignature = "__saved_model_init_op";
inline constexpr std::string_view kTrainOpSignature = "__saved_model_train_op";

namespace detail {

// Reads a TensorInfo. Components may have components.
inline absl::Status ParseTensorInfo(std::string_view proto, SignatureTensor* tensor, int depth) {
  if (depth > wire::kMaxDepth) return InvalidArgument("a TensorInfo is nested more than ", wire::kMaxDepth, " deep");
  SignatureTensor::Part whole;
  std::string_view sparse, composite;
  wire::FieldReader reader(proto);
  while (reader.Next()) {
    switch (reader.key()) {
      case wire::Key(1, wire::Type::kBytes):  // these three exclude each other: the last one counts
        whole.tensor = reader.bytes();
        sparse = composite = std::string_view();
        break;
      case wire::Key(4, wire::Type::kBytes):
        sparse = reader.bytes();
        composite = whole.tensor = std::string_view();
        break;
      case wire::Key(5, wire::Type::kBytes):
        composite = reader.bytes();
        sparse = whole.tensor = std::string_view();
        break;
      case wire::Key(2, wire::Type::kVarint):
        whole.dtype = static_cast<DataType>(static_cast<std::uint32_t>(reader.varint()));
        break;
      case wire::Key(3, wire::Type::kBytes): {
        GRAPHFREEZE_ASSIGN_OR_RETURN(whole.shape, Shape::Parse(reader.bytes()));
        break;
      }
      default:
        break;
    }
  }
  if (!reader.ok()) return reader.status("TensorInfo");
  if (depth == 0) {
    tensor->dtype = whole.dtype;
    tensor->shape = whole.shape;
    tensor->form = sparse.data() != nullptr      ? SignatureTensor::Form::kSparse
                   : composite.data() != nullptr ? SignatureTensor::Form::kComposite
                                                 : SignatureTensor::Form::kDense;
  }
  if (sparse.data() != nullptr) {
    SignatureTensor::Part values{"values", {}, whole.dtype, Shape::UnknownRank()};
    SignatureTensor::Part indices{"indices", {}, DataType::kInt64, Shape::UnknownRank()};
    SignatureTensor::Part dense_shape{"dense_shape", {}, DataType::kInt64, Shape::UnknownRank()};
    wire::FieldReader coo(sparse);
    while (coo.Next()) {
      if (coo.key() == wire::Key(1, wire::Type::kBytes)) values.tensor = coo.bytes();
      if (coo.key() == wire::Key(2, wire::Type::kBytes)) indices.tensor = coo.bytes();
      if (coo.key() == wire::Key(3, wire::Type::kBytes)) dense_shape.tensor = coo.bytes();
    }
    if (!coo.ok()) return coo.status("TensorInfo.CooSparse");
    tensor->parts.push_back(std::move(values));
    tensor->parts.push_back(std::move(indices));
    tensor->parts.push_back(std::move(dense_shape));
  } else if (composite.data() != nullptr) {
    wire::FieldReader components(composite);
    while (components.Next()) {
      if (components.key() != wire::Key(2, wire::Type::kBytes)) continue;
      GRAPHFREEZE_RETURN_IF_ERROR(ParseTensorInfo(components.bytes(), tensor, depth + 1));
    }
    if (!components.ok()) return components.status("TensorInfo.CompositeTensor");
  } else {
    tensor->parts.push_back(std::move(whole));
  }
  return absl::OkStatus();
}

// Reads one entry of SignatureDef.inputs or .outputs.
inline absl::Status AddSignatureTensor(std::string_view entry, std::vector<SignatureTensor>* tensors) {
  SignatureTensor tensor;
  std::string_view info;
  wire::FieldReader reader(entry);
  while (reader.Next()) {
    if (reader.key() == wire::Key(1, wire::Type::kBytes)) tensor.key = reader.bytes();
    if (reader.key() == wire::Key(2, wire::Type::kBytes)) info = reader.bytes();
  }
  if (!reader.ok()) return reader.status("SignatureDef");
  GRAPHFREEZE_RETURN_IF_ERROR(Annotate(ParseTensorInfo(info, &tensor, 0), Concat("'", tensor.key, "'")));
  tensors->push_back(std::move(tensor));
  return absl::OkStatus();
}

// By key; of entries with one key the last of the file counts.
inline void SortByKey(std::vector<SignatureTensor>* tensors) {
  std::stable_sort(tensors->begin(), tensors->end(),
                   [](const SignatureTensor& a, const SignatureTensor& b) { return a.key < b.key; });
  std::vector<SignatureTensor> kept;
  for (SignatureTensor& tensor : *tensors) {
    if (!kept.empty() && kept.back().key == tensor.key) kept.pop_back();
    kept.push_back(std::move(tensor));
  }
  *tensors = std::move(kept);
}

}  // namespace detail

// Reads a SignatureDef. `name` is its key in the MetaGraph.
inline absl::StatusOr<Signature> ParseSignature(std::string_view name, std::string_view proto) {
  Signature signature;
  signature.name = name;
  wire::FieldReader reader(proto);
  const auto add = [&](std::vector<SignatureTensor>* tensors) {
    return Annotate(detail::AddSignatureTensor(reader.bytes(), tensors), Concat("signature '", name, "'"));
  };
  while (reader.Next()) {
    if (reader.key() == wire::Key(1, wire::Type::kBytes)) GRAPHFREEZE_RETURN_IF_ERROR(add(&signature.inputs));
    if (reader.key() == wire::Key(2, wire::Type::kBytes)) GRAPHFREEZE_RETURN_IF_ERROR(add(&signature.outputs));
    if (reader.key() == wire::Key(3, wire::Type::kBytes)) signature.method_name = reader.bytes();
  }
  if (!reader.ok()) return Annotate(reader.status("SignatureDef"), Concat("signature '", name, "'"));
  detail::SortByKey(&signature.inputs);
  detail::SortByKey(&signature.outputs);
  return signature;
}

// The names of the signatures that callers may use, sorted.
inline std::vector<std::string_view> SignatureNames(const MetaGraph& meta) {
  std::vector<std::string_view> names;
  for (const MetaGraph::Entry& entry : meta.signatures) {
    if (entry.first != kInitOpSignature && entry.first != kTrainOpSignature) names.push_back(entry.first);
  }
  std::sort(names.begin(), names.end());
  return names;
}

// The signature of that name. Without a name: `serving_default`, or the only one that there is.
inline absl::StatusOr<Signature> FindSignature(const MetaGraph& meta, std::string_view name = {}) {
  const std::vector<std::string_view> names = SignatureNames(meta);
  if (name.empty()) {
    name = names.size() == 1 ? names[0] : kDefaultSignature;
    for (std::string_view other : names) name = other == kDefaultSignature ? other : name;
  }
  const auto proto = meta.Signature(name);
  if (!proto) {
    if (names.empty()) {
      return NotFound("the model has no signature '", name, "', and no other; name the outputs instead");
    }
    return NotFound("the model has no signature '", name, "'; it has ", JoinNames(names, "none"));
  }
  return ParseSignature(name, *proto);
}

// --- assets and the init op ------------------------------------------------------------------------------------------

// A file of the model whose path a tensor of the graph holds. Views the model's bytes.
struct Asset {
  std::string_view tensor;    // "asset_path_initializer:0"
  std::string_view filename;  // under assets/; as the file says it: see SavedModel::AssetPath
};

namespace detail {

// Adds the asset of an AssetFileDef, unless it is in `known` already.
inline absl::Status AddAsset(std::string_view proto, std::set<std::pair<std::string_view, std::string_view>>* known,
                             std::vector<Asset>* assets) {
  Asset asset;
  wire::FieldReader reader(proto);
  while (reader.Next()) {
    if (reader.key() == wire::Key(2, wire::Type::kBytes)) asset.filename = reader.bytes();
    if (reader.key() != wire::Key(1, wire::Type::kBytes)) continue;
    wire::FieldReader info(reader.bytes());
    while (info.Next()) {
      if (info.key() == wire::Key(1, wire::Type::kBytes)) asset.tensor = info.bytes();
    }
    if (!info.ok()) return info.status("AssetFileDef.tensor_info");
  }
  if (!reader.ok()) return reader.status("AssetFileDef");
  if (known->emplace(asset.tensor, asset.filename).second) assets->push_back(asset);
  return absl::OkStatus();
}

// The values of a CollectionDef's node list.
inline std::vector<std::string_view> NodeList(std::string_view collection) {
  std::vector<std::string_view> nodes;
  wire::FieldReader kinds(collection);
  while (kinds.Next()) {
    if (kinds.key() != wire::Key(1, wire::Type::kBytes)) continue;
    wire::FieldReader list(kinds.bytes());
    while (list.Next()) {
      if (list.key() == wire::Key(1, wire::Type::kBytes)) nodes.push_back(list.bytes());
    }
  }
  return nodes;
}

}  // namespace detail

// The assets of a MetaGraph, each once: from asset_file_def or, as TF1 left them, the collection saved_model_assets.
inline absl::StatusOr<std::vector<Asset>> Assets(const MetaGraph& meta) {
  constexpr std::size_t kMost = 100'000;
  std::vector<Asset> assets;
  std::set<std::pair<std::string_view, std::string_view>> known;
  if (meta.asset_file_defs.size() > kMost) {
    return ResourceExhausted("the model lists ", meta.asset_file_defs.size(), " assets; no model has so many");
  }
  for (std::string_view proto : meta.asset_file_defs) GRAPHFREEZE_RETURN_IF_ERROR(detail::AddAsset(proto, &known, &assets));
  const auto collection = meta.Collection("saved_model_assets");
  if (!assets.empty() || !collection) return assets;
  wire::FieldReader kinds(*collection);
  while (kinds.Next()) {
    if (kinds.key() != wire::Key(5, wire::Type::kBytes)) continue;
    wire::FieldReader list(kinds.bytes());  // AnyList
    while (list.Next()) {
      if (list.key() != wire::Key(1, wire::Type::kBytes)) continue;
      wire::FieldReader any(list.bytes());
      while (any.Next()) {
        if (any.key() == wire::Key(2, wire::Type::kBytes)) GRAPHFREEZE_RETURN_IF_ERROR(detail::AddAsset(any.bytes(), &known, &assets));
      }
      if (assets.size() > kMost) return ResourceExhausted("the model lists more than ", kMost, " assets");
    }
  }
  return assets;
}

// The node that must run once before the model is used (tables are filled there); empty if there is none.
inline absl::StatusOr<std::string_view> InitOp(const MetaGraph& meta) {
  if (const auto proto = meta.Signature(kInitOpSignature)) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const Signature signature, ParseSignature(kInitOpSignature, *proto));
    for (const SignatureTensor& output : signature.outputs) {
      if (output.key != kInitOpSignature || output.parts.empty()) continue;
      const std::string_view tensor = output.parts[0].tensor;  // an op's name
      return tensor.substr(0, tensor.find(':'));
    }
  }
  for (std::string_view name : {"saved_model_main_op", "legacy_init_op"}) {
    const auto collection = meta.Collection(name);
    if (!collection) continue;
    const std::vector<std::string_view> nodes = detail::NodeList(*collection);
    if (nodes.size() != 1) {
      return InvalidArgument("the collection '", name, "' of the model names ", nodes.size(), " init ops instead of one");
    }
    return nodes[0].substr(0, nodes[0].find(':'));
  }
  return std::string_view();
}

// --- the directory ---------------------------------------------------------------------------------------------------

class SavedModel {
 public:
  // `path` is the directory, or the saved_model.pb or saved_model.pbtxt in it. No weight is read.
  static absl::StatusOr<SavedModel> Load(const FileSystem& files, std::string_view path,
                                         const TextOptions& options = TextOptions()) {
    if (path.empty()) return InvalidArgument("no directory of a SavedModel was named");
    SavedModel model;
    Source source;
    if (absl::StatusOr<Source> file = files.Open(path); file.ok()) {
      source = *std::move(file);
      const std::size_t slash = path.rfind('/');
      model.directory_ = slash == std::string_view::npos ? "." : std::string(path.substr(0, slash + (slash == 0 ? 1 : 0)));
    } else {
      while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
      model.directory_ = std::string(path);
      GRAPHFREEZE_ASSIGN_OR_RETURN(source, FindFile(files, model.directory_));
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const GraphFile file, GraphFile::FromSource(source, options));
    model.file_ = file.name();
    model.was_text_ = file.was_text();
    if (file.kind() != GraphFileKind::kSavedModel) {
      return InvalidArgument("'", file.name(), "' is no SavedModel: it is ",
                             file.what().empty() ? Concat("of kind ", Name(file.kind())) : std::string(file.what()));
    }
    wire::FieldReader reader(file.message().bytes);
    while (reader.Next()) {
      if (reader.key() == wire::Key(1, wire::Type::kVarint)) model.schema_version_ = static_cast<std::int64_t>(reader.varint());
      if (reader.key() != wire::Key(2, wire::Type::kBytes)) continue;
      constexpr std::size_t kMost = 1000;
      if (model.meta_graphs_.size() == kMost) return ResourceExhausted("'", file.name(), "' has more than ", kMost, " MetaGraphs");
      absl::StatusOr<MetaGraph> meta = ParseMetaGraphDef({reader.bytes(), file.message().owner});
      if (!meta.ok()) return Annotate(meta.status(), Concat("'", file.name(), "'"));
      model.meta_graphs_.push_back(*std::move(meta));
    }
    if (!reader.ok()) return Annotate(reader.status("SavedModel"), Concat("'", file.name(), "'"));
    if (model.meta_graphs_.empty()) return InvalidArgument("'", file.name(), "' is a SavedModel without a MetaGraph");
    return model;
  }

  const std::string& directory() const { return directory_; }
  // The path of saved_model.pb or saved_model.pbtxt.
  const std::string& file() const { return file_; }
  bool was_text() const { return was_text_; }
  std::int64_t schema_version() const { return schema_version_; }
  // At least one.
  const std::vector<MetaGraph>& meta_graphs() const { return meta_graphs_; }

  // The MetaGraph with exactly these tags, in any order. Without tags: the only one, or the one whose only tag is
  // "serve". Otherwise an error that lists the choices.
  absl::StatusOr<const MetaGraph*> Choose(std::vector<std::string> tags) const {
    const bool any = tags.empty();
    if (any && meta_graphs_.size() == 1) return &meta_graphs_[0];
    if (any) tags = {"serve"};
    std::sort(tags.begin(), tags.end());
    tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
    const MetaGraph* found = nullptr;
    for (const MetaGraph& meta : meta_graphs_) {
      if (SortedTags(meta) != std::vector<std::string_view>(tags.begin(), tags.end())) continue;
      if (found != nullptr) return FailedPrecondition("'", file_, "' has two MetaGraphs with the tags ", TagList(meta));
      found = &meta;
    }
    if (found != nullptr) return found;
    std::string choices;
    for (const MetaGraph& meta : meta_graphs_) choices += Concat(choices.empty() ? "" : " or ", TagList(meta));
    return NotFound("'", file_, "' has no MetaGraph with ", any ? "only the tag 'serve', and several others" : "exactly these tags",
                    "; the choice is ", choices);
  }

  // The prefix of the checkpoint; empty if the model has none, which is right for models without variables.
  absl::StatusOr<std::string> CheckpointPrefix(const FileSystem& files) const {
    const std::string directory = InDirectory("variables");
    const absl::StatusOr<std::vector<std::string>> names = files.List(directory);
    if (!names.ok()) return absl::IsNotFound(names.status()) ? absl::StatusOr<std::string>(std::string()) : names.status();
    for (const std::string& name : *names) {
      // V2, or what TF 1.0 could write: one file, or one of several.
      if (name == "variables.index" || name == "variables" || name.compare(0, 10, "variables-") == 0) {
        return Concat(directory, "/variables");
      }
    }
    for (const std::string& name : *names) {
      if (name.compare(0, 15, "variables.data-") == 0) {
        return NotFound("'", directory, "' has weights (", name, ") but no variables.index; the model is incomplete");
      }
    }
    return std::string();
  }

  // Where the file of an asset lies. An error if its name would lead out of the directory.
  absl::StatusOr<std::string> AssetPath(std::string_view filename) const {
    const auto refuse = [&](std::string_view why) {
      return InvalidArgument("'", file_, "' names an asset '", filename, "', ", why, "; it is not opened");
    };
    if (filename.empty()) return refuse("which is no name");
    if (filename.find('\0') != std::string_view::npos) return refuse("which has a zero byte in it");
    if (filename[0] == '/' || filename[0] == '\\' || (filename.size() > 1 && filename[1] == ':')) {
      return refuse("which is an absolute path");
    }
    std::string_view rest = filename;
    while (!rest.empty()) {
      const std::size_t end = rest.find_first_of("/\\");
      if (rest.substr(0, end) == "..") return refuse("which leads out of the model's directory");
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
    return InDirectory(Concat("assets/", filename));
  }

  // Opens an asset. On the local file system, one that a link takes out of the directory is refused.
  absl::StatusOr<Source> OpenAsset(const FileSystem& files, std::string_view filename) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string path, AssetPath(filename));
    const absl::StatusOr<std::string> real = posix::RealPath(path), home = posix::RealPath(directory_);
    if (real.ok() && home.ok() && real->compare(0, home->size() + 1, *home == "/" ? *home : Concat(*home, "/")) != 0) {
      return InvalidArgument("'", path, "' is a link to '", *real, "', out of the model's directory; it is not opened");
    }
    return files.Open(path);
  }

  // "{serve, gpu}"
  static std::string TagList(const MetaGraph& meta) {
    std::string list;
    for (std::string_view tag : SortedTags(meta)) list += Concat(list.empty() ? "" : ", ", tag);
    return Concat("{", list, "}");
  }

 private:
  std::string InDirectory(std::string_view name) const {
    return directory_ == "/" ? Concat("/", name) : Concat(directory_, "/", name);
  }

  static std::vector<std::string_view> SortedTags(const MetaGraph& meta) {
    std::vector<std::string_view> tags = meta.tags;
    std::sort(tags.begin(), tags.end());
    tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
    return tags;
  }

  static absl::StatusOr<Source> FindFile(const FileSystem& files, const std::string& directory) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(directory));
    const auto has = [&](const std::string& name) { return std::find(names.begin(), names.end(), name) != names.end(); };
    for (const char* name : {"saved_model.pb", "saved_model.pbtxt", "saved_model.cpb"}) {
      if (has(name)) return files.Open(Concat(directory, "/", name));
    }
    if (has("export.meta")) {
      return InvalidArgument("'", directory, "' is a session bundle, which TensorFlow wrote before there were SavedModels; give '",
                             directory, "/export.meta' as the MetaGraph, '", directory, "/export' as the checkpoint, and the outputs");
    }
    // A model server's directory holds one directory a version.
    std::vector<std::string_view> versions;
    for (const std::string& name : names) {
      if (name.size() < 20 && name.find_first_not_of("0123456789") == std::string::npos) versions.push_back(name);
    }
    if (!versions.empty()) {
      return NotFound("'", directory, "' holds no saved_model.pb but versions of a model (", JoinNames(versions, "none"),
                      "); name one of them");
    }
    if (has("keras_metadata.pb") || has("variables")) {
      return NotFound("'", directory, "' holds no saved_model.pb or saved_model.pbtxt; the SavedModel is incomplete");
    }
    return NotFound("'", directory, "' holds no saved_model.pb or saved_model.pbtxt; it is no SavedModel");
  }

  std::string directory_, file_;
  bool was_text_ = false;
  std::int64_t schema_version_ = 0;
  std::vector<MetaGraph> meta_graphs_;
};

GRAPHFREEZE_NAMESPACE_END
