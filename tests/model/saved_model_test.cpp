// Directories of SavedModels: which file is read, which MetaGraph, what signatures and assets say, and that no name in
// a model leads out of its directory.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include <graphfreeze/io/file_system.hpp>
#include <graphfreeze/model/saved_model.hpp>
#include <graphfreeze/model/text_format.hpp>

namespace gf = graphfreeze;

namespace {

std::string Binary(const std::string& text) {
  const auto binary = gf::TextToBinary("SavedModel", text);
  REQUIRE_MESSAGE(binary.ok(), std::string(binary.status().message()));
  return *binary;
}

std::string MetaGraph(const std::string& tags, const std::string& more = "") {
  return "meta_graphs { meta_info_def { " + tags + " } graph_def { node { name: 'x' op: 'Placeholder' } } " + more + " }\n";
}

const std::string kSignature = R"(signature_def { key: 'serving_default' value {
  inputs { key: 'b' value { name: 'b:0' dtype: DT_FLOAT tensor_shape { dim { size: -1 } dim { size: 4 } } } }
  inputs { key: 'a' value { name: 'a:0' dtype: DT_INT32 tensor_shape { unknown_rank: true } } }
  outputs { key: 'y' value { name: 'StatefulPartitionedCall:1' dtype: DT_FLOAT } }
  method_name: 'tensorflow/serving/predict' } })";

gf::MemoryFileSystem Files(const std::string& text, const std::string& name = "m/saved_model.pb") {
  gf::MemoryFileSystem files;
  files.Put(name, Binary(text));
  return files;
}

absl::StatusOr<gf::SavedModel> Load(const std::string& text) { return gf::SavedModel::Load(Files(text), "m"); }

std::string Refusal(const absl::Status& status) {
  REQUIRE_FALSE(status.ok());
  return std::string(status.message());
}
std::string LoadRefusal(const gf::MemoryFileSystem& files, std::string_view path = "m") {
  return Refusal(gf::SavedModel::Load(files, path).status());
}
bool Has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// The only MetaGraph of a model that lives as long as the test.
const gf::MetaGraph& Only(const absl::StatusOr<gf::SavedModel>& model) {
  REQUIRE_MESSAGE(model.ok(), std::string(model.status().message()));
  return model->meta_graphs()[0];
}

}  // namespace

TEST_CASE("a SavedModel is loaded by its directory or its file, binary or text, whatever the file is called") {
  const std::string text = "saved_model_schema_version: 1\n" + MetaGraph("tags: 'serve'", kSignature);
  for (const char* path : {"m", "m/", "m//", "m/saved_model.pb"}) {
    const auto model = gf::SavedModel::Load(Files(text), path);
    REQUIRE_MESSAGE(model.ok(), std::string(model.status().message()));
    CHECK(model->file() == "m/saved_model.pb");
    CHECK(model->directory() == "m");
    CHECK_FALSE(model->was_text());
    CHECK(model->schema_version() == 1);
  }
  for (const char* name : {"m/saved_model.pbtxt", "m/saved_model.pb"}) {
    gf::MemoryFileSystem files;
    files.Put(name, text);
    const auto model = gf::SavedModel::Load(files, "m");
    REQUIRE_MESSAGE(model.ok(), std::string(model.status().message()));
    CHECK(model->was_text());
  }
  gf::MemoryFileSystem both = Files(text);
  both.Put("m/saved_model.pbtxt", "garbage");
  CHECK(gf::SavedModel::Load(both, "m").ok());
}

TEST_CASE("what is no SavedModel is refused with a word about what it is") {
  gf::MemoryFileSystem files;
  files.Put("chunked/saved_model.cpb", std::string("\x83\xaf\x70\xd1\x0d\x88\x4a\x3f", 8) + std::string(56, '\0'));
  files.Put("old/export.meta", "x");
  files.Put("old/export-00000-of-00001", "x");
  files.Put("served/1/saved_model.pb", "x");
  files.Put("served/23/saved_model.pb", "x");
  files.Put("half/variables/variables.index", "x");
  files.Put("other/readme", "x");
  files.Put("graph/saved_model.pb", *gf::TextToBinary("GraphDef", "node { name: 'x' op: 'Placeholder' }"));
  files.Put("empty/saved_model.pb", "");
  files.Put("bare/saved_model.pb", Binary("saved_model_schema_version: 1"));
  CHECK(Has(LoadRefusal(files, "chunked"), "chunked model (.cpb)"));
  CHECK(Has(LoadRefusal(files, "old"), "session bundle"));
  CHECK(Has(LoadRefusal(files, "served"), "versions of a model ('1', '23')"));
  CHECK(Has(LoadRefusal(files, "half"), "incomplete"));
  CHECK(Has(LoadRefusal(files, "other"), "it is no SavedModel"));
  CHECK(Has(LoadRefusal(files, "graph"), "GraphDef"));
  CHECK(Has(LoadRefusal(files, "empty"), "empty"));
  CHECK_FALSE(gf::SavedModel::Load(files, "bare").ok());
  CHECK_FALSE(gf::SavedModel::Load(files, "missing").ok());
  CHECK_FALSE(gf::SavedModel::Load(files, "").ok());
}

TEST_CASE("a MetaGraph is chosen by its set of tags, and the choices are listed") {
  const auto one = Load(MetaGraph("tags: 'train' tags: 'gpu'"));
  REQUIRE(one.ok());
  CHECK(one->Choose({}).ok());  // a single one is taken
  CHECK(one->Choose({"gpu", "train"}).ok());
  CHECK(Has(Refusal(one->Choose({"gpu"}).status()), "{gpu, train}"));

  const auto many = Load(MetaGraph("tags: 'train'") + MetaGraph("tags: 'serve'") + MetaGraph("tags: 'serve' tags: 'gpu'") + MetaGraph(""));
  REQUIRE(many.ok());
  CHECK(*many->Choose({}) == &many->meta_graphs()[1]);
  CHECK(*many->Choose({"gpu", "serve", "gpu"}) == &many->meta_graphs()[2]);
  CHECK(Has(Refusal(many->Choose({"tpu"}).status()), "{train} or {serve} or {gpu, serve} or {}"));

  const auto undecided = Load(MetaGraph("tags: 'train'") + MetaGraph("tags: 'eval'"));
  REQUIRE(undecided.ok());
  CHECK(Has(Refusal(undecided->Choose({}).status()), "{train} or {eval}"));
  const auto twins = Load(MetaGraph("tags: 'serve'") + MetaGraph("tags: 'serve'"));
  REQUIRE(twins.ok());
  CHECK(Has(Refusal(twins->Choose({}).status()), "two MetaGraphs"));
}

TEST_CASE("a signature tells names, types and shapes, by key") {
  const auto model = Load(MetaGraph("", kSignature + " signature_def { key: '__saved_model_init_op' value {} }"));
  const gf::MetaGraph& meta = Only(model);
  CHECK(gf::SignatureNames(meta) == std::vector<std::string_view>{"serving_default"});
  const auto signature = gf::FindSignature(meta);
  REQUIRE(signature.ok());
  CHECK(signature->method_name == "tensorflow/serving/predict");
  REQUIRE(signature->inputs.size() == 2);
  CHECK(signature->inputs[0].key == "a");
  CHECK_FALSE(signature->inputs[0].shape.has_rank());
  CHECK(signature->inputs[1].key == "b");
  CHECK(signature->inputs[1].shape == gf::Shape({-1, 4}));
  CHECK(signature->inputs[1].dtype == gf::DataType::kFloat);
  REQUIRE(signature->outputs.size() == 1);
  CHECK(signature->outputs[0].parts[0].tensor == "StatefulPartitionedCall:1");
  CHECK(Has(Refusal(gf::FindSignature(meta, "predict").status()), "it has 'serving_default'"));
}

TEST_CASE("sparse and composite tensors of a signature are several tensors of the graph") {
  const auto model = Load(MetaGraph("", R"(signature_def { key: 'only' value {
    inputs { key: 's' value { coo_sparse { values_tensor_name: 'v:0' indices_tensor_name: 'i:0' dense_shape_tensor_name: 'd:0' }
                              dtype: DT_FLOAT } }
    inputs { key: 'r' value { composite_tensor { components { name: 'flat:0' dtype: DT_STRING }
                                                 components { name: 'splits:0' dtype: DT_INT64 } } } } } })"));
  const auto signature = gf::FindSignature(Only(model));  // not the default's name, but the only one
  REQUIRE(signature.ok());
  REQUIRE(signature->inputs.size() == 2);
  const gf::SignatureTensor& ragged = signature->inputs[0];
  CHECK(ragged.form == gf::SignatureTensor::Form::kComposite);
  REQUIRE(ragged.parts.size() == 2);
  CHECK(ragged.parts[1].tensor == "splits:0");
  CHECK(ragged.parts[1].dtype == gf::DataType::kInt64);
  const gf::SignatureTensor& sparse = signature->inputs[1];
  CHECK(sparse.form == gf::SignatureTensor::Form::kSparse);
  REQUIRE(sparse.parts.size() == 3);
  CHECK(sparse.parts[0].part == "values");
  CHECK(sparse.parts[0].dtype == gf::DataType::kFloat);
  CHECK(sparse.parts[1].tensor == "i:0");
  CHECK(sparse.parts[2].dtype == gf::DataType::kInt64);
}

TEST_CASE("without a name and without a default there must be only one signature") {
  const auto model = Load(MetaGraph("", "signature_def { key: 'a' value {} } signature_def { key: 'b' value {} }"));
  CHECK(Has(Refusal(gf::FindSignature(Only(model)).status()), "it has 'a', 'b'"));
  const auto none = Load(MetaGraph(""));
  CHECK(Has(Refusal(gf::FindSignature(Only(none)).status()), "name the outputs"));
}

TEST_CASE("assets come from the MetaGraph or from TF1's collection, each once") {
  const std::string asset = "tensor_info { name: 'path:0' } filename: 'vocab.txt'";
  const auto modern = Load(MetaGraph("", "asset_file_def { " + asset + " } asset_file_def { " + asset + " }"));
  auto assets = gf::Assets(Only(modern));
  REQUIRE(assets.ok());
  REQUIRE(assets->size() == 1);
  CHECK((*assets)[0].tensor == "path:0");
  CHECK((*assets)[0].filename == "vocab.txt");

  std::string info, def, any_list, collection;
  gf::wire::PutBytesField(&info, 1, "old:0");
  gf::wire::PutBytesField(&def, 1, info);
  gf::wire::PutBytesField(&def, 2, "old.txt");
  std::string any;
  gf::wire::PutBytesField(&any, 1, "type.googleapis.com/tensorflow.AssetFileDef");
  gf::wire::PutBytesField(&any, 2, def);
  gf::wire::PutBytesField(&any_list, 1, any);
  gf::wire::PutBytesField(&any_list, 1, any);
  gf::wire::PutBytesField(&collection, 5, any_list);
  gf::MetaGraph meta;
  meta.collections.emplace_back("saved_model_assets", collection);
  assets = gf::Assets(meta);
  REQUIRE(assets.ok());
  REQUIRE(assets->size() == 1);
  CHECK((*assets)[0].filename == "old.txt");
}

TEST_CASE("the init op is named by a signature or by one of two collections") {
  const auto by_signature = Load(MetaGraph("", R"(signature_def { key: '__saved_model_init_op' value {
      outputs { key: '__saved_model_init_op' value { name: 'NoOp' } } } }
      collection_def { key: 'legacy_init_op' value { node_list { value: 'old' } } })"));
  CHECK(*gf::InitOp(Only(by_signature)) == "NoOp");
  const auto main_op = Load(MetaGraph("", "collection_def { key: 'saved_model_main_op' value { node_list { value: 'init' } } }"));
  CHECK(*gf::InitOp(Only(main_op)) == "init");
  const auto legacy = Load(MetaGraph("", "collection_def { key: 'legacy_init_op' value { node_list { value: 'init' } } }"));
  CHECK(*gf::InitOp(Only(legacy)) == "init");
  const auto two = Load(MetaGraph("", "collection_def { key: 'legacy_init_op' value { node_list { value: 'a' value: 'b' } } }"));
  CHECK(Has(Refusal(gf::InitOp(Only(two)).status()), "2 init ops"));
  const auto none = Load(MetaGraph(""));
  CHECK(gf::InitOp(Only(none))->empty());
}

TEST_CASE("names of assets do not lead out of the directory") {
  const auto model = Load(MetaGraph(""));
  REQUIRE(model.ok());
  CHECK(*model->AssetPath("vocab.txt") == "m/assets/vocab.txt");
  CHECK(*model->AssetPath("a/b..txt") == "m/assets/a/b..txt");
  for (const std::string& name : {std::string("/etc/passwd"), std::string("../saved_model.pb"), std::string("a/../../b"),
                                  std::string(".."), std::string("a\\..\\b"), std::string("C:\\x"), std::string("\\x"),
                                  std::string("a\0b", 3), std::string()}) {
    CHECK_FALSE(model->AssetPath(name).ok());
  }
}

TEST_CASE("an asset that is a link out of the directory is not opened") {
  char directory[] = "/tmp/graphfreeze_saved_model_XXXXXX";
  REQUIRE(::mkdtemp(directory) != nullptr);
  const std::string root = directory, model_dir = root + "/m";
  REQUIRE(::mkdir(model_dir.c_str(), 0700) == 0);
  REQUIRE(::mkdir((model_dir + "/assets").c_str(), 0700) == 0);
  std::ofstream(root + "/secret") << "secret";
  std::ofstream(model_dir + "/assets/mine") << "mine";
  std::ofstream(model_dir + "/saved_model.pb") << Binary(MetaGraph(""));
  REQUIRE(::symlink("../../secret", (model_dir + "/assets/out").c_str()) == 0);
  REQUIRE(::symlink("mine", (model_dir + "/assets/in").c_str()) == 0);
  const gf::FileSystem files;
  const auto model = gf::SavedModel::Load(files, model_dir);
  REQUIRE_MESSAGE(model.ok(), std::string(model.status().message()));
  CHECK(model->OpenAsset(files, "mine").ok());
  CHECK(model->OpenAsset(files, "in").ok());
  CHECK(Has(Refusal(model->OpenAsset(files, "out").status()), "out of the model's directory"));
  CHECK_FALSE(model->OpenAsset(files, "missing").ok());
  for (const char* name : {"/secret", "/m/assets/mine", "/m/assets/out", "/m/assets/in", "/m/saved_model.pb"}) {
    ::unlink((root + name).c_str());
  }
  ::rmdir((model_dir + "/assets").c_str());
  ::rmdir(model_dir.c_str());
  ::rmdir(directory);
}

TEST_CASE("the checkpoint is where the variables are, and models without variables have none") {
  gf::MemoryFileSystem files = Files(MetaGraph(""));
  const auto model = gf::SavedModel::Load(files, "m");
  REQUIRE(model.ok());
  CHECK(model->CheckpointPrefix(files)->empty());
  files.Put("m/variables/readme", "x");
  CHECK(model->CheckpointPrefix(files)->empty());
  files.Put("m/variables/variables.data-00000-of-00001", "x");
  CHECK(Has(Refusal(model->CheckpointPrefix(files).status()), "incomplete"));
  files.Put("m/variables/variables.index", "x");
  CHECK(*model->CheckpointPrefix(files) == "m/variables/variables");
}

TEST_CASE("damaged SavedModels give errors") {
  const std::string good = Binary("saved_model_schema_version: 1\n" + MetaGraph("tags: 'serve'", kSignature));
  const auto use = [](std::string bytes) {
    gf::MemoryFileSystem files;
    files.Put("m/saved_model.pb", std::move(bytes));
    const auto model = gf::SavedModel::Load(files, "m");
    if (!model.ok()) return;
    for (const gf::MetaGraph& meta : model->meta_graphs()) {
      for (std::string_view name : gf::SignatureNames(meta)) static_cast<void>(gf::FindSignature(meta, name));
      static_cast<void>(gf::Assets(meta));
      static_cast<void>(gf::InitOp(meta));
    }
  };
  for (std::size_t i = 0; i < good.size(); ++i) {
    use(good.substr(0, i));
    for (const char c : {'\0', '\x7f', '\xff'}) {
      std::string bad = good;
      bad[i] = c;
      use(bad);
    }
  }
  // Components of components without end.
  std::string info;
  for (int i = 0; i < 5000; ++i) {
    std::string composite, outer;
    gf::wire::PutBytesField(&composite, 2, info);
    gf::wire::PutBytesField(&outer, 5, composite);
    info = std::move(outer);
  }
  std::string entry, signature;
  gf::wire::PutBytesField(&entry, 2, info);
  gf::wire::PutBytesField(&signature, 1, entry);
  CHECK(Has(Refusal(gf::ParseSignature("s", signature).status()), "nested"));
}
