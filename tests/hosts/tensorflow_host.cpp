// A host that has TensorFlow itself linked in: the wheel's library, with its Abseil and its protobuf. It freezes in process,
// hands the graph to a Session without a file between, and compares the answers, bit for bit, with those of the graph
// that was trained, restored into a Session of its own.
//
//   tensorflow_host MODELS [doctest arguments]     MODELS: what make_models.py wrote
//
// Exit code 0 if everything is as it should be. tests/hosts/run.sh builds and runs it.
//
// TensorFlow has macros that are called CHECK and the like too, so doctest goes by its long names here.
#define DOCTEST_CONFIG_IMPLEMENT
#define DOCTEST_CONFIG_NO_SHORT_MACRO_NAMES
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>

#include <tensorflow/cc/saved_model/loader.h>
#include <tensorflow/core/framework/graph.pb.h>
#include <tensorflow/core/framework/tensor.h>
#include <tensorflow/core/protobuf/meta_graph.pb.h>
#include <tensorflow/core/public/session.h>

#include <graphfreeze/graphfreeze.hpp>

namespace gf = graphfreeze;

namespace {

using Feeds = std::vector<std::pair<std::string, tensorflow::Tensor>>;
using Tensors = std::vector<tensorflow::Tensor>;

std::filesystem::path models;  // the first argument

std::string FileBytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string_view Bytes(const tensorflow::Tensor& tensor) {
  return std::string_view(tensor.tensor_data().data(), tensor.tensor_data().size());
}

// A graph is run as it is written: TensorFlow's rewrites round otherwise, and differ from graph to graph.
tensorflow::SessionOptions AsWritten() {
  tensorflow::SessionOptions options;
  tensorflow::GraphOptions* const graph = options.config.mutable_graph_options();
  graph->mutable_optimizer_options()->set_opt_level(tensorflow::OptimizerOptions::L0);
  graph->mutable_rewrite_options()->set_disable_meta_optimizer(true);
  return options;
}

std::unique_ptr<tensorflow::Session> SessionOf(const tensorflow::GraphDef& graph) {
  std::unique_ptr<tensorflow::Session> session(tensorflow::NewSession(AsWritten()));
  DOCTEST_REQUIRE(session != nullptr);
  const absl::Status created = session->Create(graph);
  DOCTEST_INFO(created.ToString());
  DOCTEST_REQUIRE(created.ok());
  return session;
}

Tensors Answers(tensorflow::Session* session, const Feeds& feeds, const std::vector<std::string>& outputs) {
  Tensors answers;
  const absl::Status status = session->Run(feeds, outputs, {}, &answers);
  DOCTEST_INFO(status.ToString());
  DOCTEST_REQUIRE(status.ok());
  DOCTEST_REQUIRE(answers.size() == outputs.size());
  return answers;
}

template <typename T>
T Value(absl::StatusOr<T> value) {
  DOCTEST_INFO(value.status().ToString());
  DOCTEST_REQUIRE(value.ok());
  return *std::move(value);
}

// TensorFlow's own message takes the frozen graph without a file.
tensorflow::GraphDef GraphDefOf(const gf::FrozenGraph& frozen) {
  tensorflow::GraphDef graph;
  const absl::Status parsed = frozen.ParseInto(&graph);
  DOCTEST_INFO(parsed.ToString());
  DOCTEST_REQUIRE(parsed.ok());
  return graph;
}

// A training run as make_models.py left it.
class TrainingRun {
 public:
  explicit TrainingRun(std::string_view flavour) : directory_(models / std::string(flavour)) {
    const std::string meta = FileBytes(this->meta());
    DOCTEST_REQUIRE(meta_graph_.ParseFromString(meta));
    images_ = tensorflow::Tensor(tensorflow::DT_FLOAT, tensorflow::TensorShape({5, 8, 8, 3}));
    const std::string images = FileBytes(directory_ / "images");
    DOCTEST_REQUIRE(images.size() == Bytes(images_).size());
    images.copy(static_cast<char*>(images_.data()), images.size());
  }

  std::string meta() const { return checkpoint() + ".meta"; }
  std::string checkpoint() const { return (directory_ / "model.ckpt").string(); }
  const tensorflow::MetaGraphDef& meta_graph() const { return meta_graph_; }
  // What the training session answered in Python.
  std::string logits() const { return FileBytes(directory_ / "logits"); }

  // What the training graph answers here, restored from its checkpoint.
  std::string Restored() const {
    const auto session = SessionOf(meta_graph_.graph_def());
    tensorflow::Tensor path(tensorflow::DT_STRING, tensorflow::TensorShape({}));
    *static_cast<tensorflow::tstring*>(path.data()) = checkpoint();
    const tensorflow::SaverDef& saver = meta_graph_.saver_def();
    const absl::Status restored =
        session->Run({{saver.filename_tensor_name(), path}}, {}, {saver.restore_op_name()}, nullptr);
    DOCTEST_INFO(restored.ToString());
    DOCTEST_REQUIRE(restored.ok());
    tensorflow::Tensor training(tensorflow::DT_BOOL, tensorflow::TensorShape({}));
    *static_cast<bool*>(training.data()) = false;
    return std::string(Bytes(Answers(session.get(), {{"images", images_}, {"is_training", training}}, {"logits"})[0]));
  }

  std::string AnswerOf(const tensorflow::GraphDef& graph) const {
    return std::string(Bytes(Answers(SessionOf(graph).get(), {{"images", images_}}, {"logits"})[0]));
  }

  // What every freeze of it has in common.
  gf::Freezer Freezer() const {
    gf::Freezer freezer;
    freezer.Checkpoint(checkpoint()).Outputs({"logits"}).ToInference().Set("is_training", "false");
    return freezer;
  }

 private:
  std::filesystem::path directory_;
  tensorflow::MetaGraphDef meta_graph_;
  tensorflow::Tensor images_;
};

constexpr std::string_view kFlavours[] = {"ref", "resource"};

bool HasOp(const tensorflow::GraphDef& graph, std::string_view op) {
  for (const tensorflow::NodeDef& node : graph.node()) {
    if (std::string_view(node.op()) == op) return true;
  }
  return false;
}

DOCTEST_TEST_CASE("a MetaGraph and its checkpoint, frozen in process, answer in a Session as the training session did") {
  for (std::string_view flavour : kFlavours) {
    DOCTEST_CAPTURE(flavour);
    const TrainingRun run(flavour);
    const tensorflow::GraphDef graph = GraphDefOf(Value(run.Freezer().FromMetaGraph(run.meta()).Freeze()));
    for (std::string_view op : {"VariableV2", "VarHandleOp", "RestoreV2", "Switch", "If", "RandomUniform", "PlaceholderWithDefault"}) {
      DOCTEST_CAPTURE(op);
      DOCTEST_CHECK(!HasOp(graph, op));
    }
    const std::string answer = run.AnswerOf(graph);
    DOCTEST_CHECK(answer.size() == 5 * 10 * sizeof(float));
    DOCTEST_CHECK(answer == run.Restored());
    DOCTEST_CHECK(answer == run.logits());
  }
}

DOCTEST_TEST_CASE("messages of TensorFlow's own classes go in, a MetaGraphDef as well as a GraphDef") {
  for (std::string_view flavour : kFlavours) {
    DOCTEST_CAPTURE(flavour);
    const TrainingRun run(flavour);
    const gf::FrozenGraph meta = Value(run.Freezer().FromMessage(run.meta_graph()).Freeze());
    const gf::FrozenGraph graph = Value(run.Freezer().FromMessage(run.meta_graph().graph_def()).Freeze());
    DOCTEST_CHECK(meta.report().graph_kind == "MetaGraphDef");
    DOCTEST_CHECK(graph.report().graph_kind == "GraphDef");
    DOCTEST_CHECK(run.AnswerOf(GraphDefOf(meta)) == run.logits());
    DOCTEST_CHECK(run.AnswerOf(GraphDefOf(graph)) == run.logits());
  }
}

DOCTEST_TEST_CASE("text that TensorFlow's protobuf prints goes in, and what is no such text is an error with its line") {
  const TrainingRun run("resource");
  std::string text;
  DOCTEST_REQUIRE(google::protobuf::TextFormat::PrintToString(run.meta_graph(), &text));
  const gf::FrozenGraph frozen = Value(run.Freezer().FromBytes(std::move(text)).Freeze());
  DOCTEST_CHECK(frozen.report().graph_was_text);
  DOCTEST_CHECK(run.AnswerOf(GraphDefOf(frozen)) == run.logits());

  const auto binary = gf::TextToBinary("MetaGraphDef", "meta_info_def {}\ngraph_def { node { nmae: 'x' } }");
  DOCTEST_REQUIRE(!binary.ok());
  DOCTEST_CHECK(binary.status().message().find("line 2") != absl::string_view::npos);
}

DOCTEST_TEST_CASE("a graph that was frozen goes out as text that TensorFlow's protobuf parses") {
  const TrainingRun run("ref");
  const gf::FrozenGraph frozen = Value(run.Freezer().FromMetaGraph(run.meta()).Freeze());
  const std::string text = Value(gf::BinaryToText("GraphDef", Value(frozen.ToContiguous())));
  tensorflow::GraphDef graph;
  DOCTEST_REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &graph));
  DOCTEST_CHECK(run.AnswerOf(graph) == run.logits());
}

DOCTEST_TEST_CASE("a Cord, a stream, segments and a buffer carry the same bytes, and the Cord outlives what it came from") {
  const TrainingRun run("resource");
  absl::Cord cord;
  std::string buffer, streamed, joined;
  {
    const gf::FrozenGraph frozen = Value(run.Freezer().FromMetaGraph(run.meta()).Freeze());
    cord = Value(frozen.ToCord());
    buffer = Value(frozen.ToContiguous());
    {
      google::protobuf::io::StringOutputStream stream(&streamed);
      DOCTEST_REQUIRE(frozen.CopyTo(&stream).ok());
    }
    const std::vector<std::string_view> segments = Value(frozen.Segments());
    DOCTEST_CHECK(segments.size() > 1);
    for (std::string_view segment : segments) joined.append(segment);
    DOCTEST_CHECK(buffer.size() == frozen.size());
  }
  DOCTEST_CHECK(std::string(cord) == buffer);
  DOCTEST_CHECK(streamed == buffer);
  DOCTEST_CHECK(joined == buffer);
  tensorflow::GraphDef graph;
  DOCTEST_REQUIRE(graph.ParseFromString(cord));
  DOCTEST_CHECK(run.AnswerOf(graph) == run.logits());
  const gf::FrozenGraph again = Value(gf::Freezer().FromBytes(cord).Outputs({"logits"}).Freeze());
  DOCTEST_CHECK(run.AnswerOf(GraphDefOf(again)) == run.logits());
}

// The words, and what a signature with ids and scores answers.
struct Question {
  tensorflow::Tensor words{tensorflow::DT_STRING, tensorflow::TensorShape({4})};
  Question() {
    const char* const texts[] = {"blue", "red", "of no colour", "green"};
    for (std::size_t i = 0; i < 4; ++i) static_cast<tensorflow::tstring*>(words.data())[i] = texts[i];
  }
};

// The answers of a SavedModel, as TensorFlow loads it: ids, scores.
Tensors AnswersOfSavedModel(const std::string& directory) {
  tensorflow::SavedModelBundle bundle;
  const absl::Status loaded = tensorflow::LoadSavedModel(AsWritten(), tensorflow::RunOptions(), directory,
                                                         {"serve"}, &bundle);
  DOCTEST_INFO(loaded.ToString());
  DOCTEST_REQUIRE(loaded.ok());
  const tensorflow::SignatureDef& signature = bundle.GetSignatures().at("serving_default");
  return Answers(bundle.GetSession(), {{signature.inputs().at("words").name(), Question().words}},
                 {signature.outputs().at("ids").name(), signature.outputs().at("scores").name()});
}

DOCTEST_TEST_CASE("a SavedModel with a table, frozen in process, answers in a Session as the loaded SavedModel does") {
  const std::string directory = (models / "saved_model").string();
  const Tensors expected = AnswersOfSavedModel(directory);
  DOCTEST_CHECK(expected[0].DebugString() == "Tensor<type: int64 shape: [4] values: 2 0 3...>");

  const gf::FrozenGraph frozen =
      Value(gf::Freezer().FromSavedModel(directory).Signature("serving_default").ToInference().Freeze());
  const auto session = SessionOf(GraphDefOf(frozen));
  const gf::FreezeReport& report = frozen.report();
  const absl::Status initialized = session->Run({}, {}, {report.init_op}, nullptr);
  DOCTEST_INFO(initialized.ToString());
  DOCTEST_REQUIRE(initialized.ok());
  DOCTEST_REQUIRE(report.inputs.size() == 1);
  DOCTEST_REQUIRE(report.outputs.size() == 2);
  const bool ids_first = report.outputs[0].key == "ids";
  const Tensors answers = Answers(session.get(), {{report.inputs[0].name, Question().words}},
                                  {report.outputs[ids_first ? 0 : 1].name, report.outputs[ids_first ? 1 : 0].name});
  for (std::size_t i = 0; i < 2; ++i) {
    DOCTEST_CHECK(answers[i].shape() == expected[i].shape());
    DOCTEST_CHECK(Bytes(answers[i]) == Bytes(expected[i]));
  }
}

DOCTEST_TEST_CASE("a SavedModel that was written in process is loaded by the TensorFlow beside it") {
  const std::string directory = (models / "saved_model").string();
  const std::string written = (models / "written").string();
  std::filesystem::remove_all(written);
  const absl::Status status = Value(gf::Freezer().FromSavedModel(directory).Freeze()).WriteSavedModel(written);
  DOCTEST_INFO(status.ToString());
  DOCTEST_REQUIRE(status.ok());
  const Tensors expected = AnswersOfSavedModel(directory), answers = AnswersOfSavedModel(written);
  for (std::size_t i = 0; i < 2; ++i) DOCTEST_CHECK(Bytes(answers[i]) == Bytes(expected[i]));
}

DOCTEST_TEST_CASE("one absl::Status serves both: the host's functions return either's errors as they are") {
  const auto serve = [](const gf::Freezer& freezer) -> absl::Status {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const gf::FrozenGraph frozen, freezer.Freeze());
    tensorflow::GraphDef graph;
    GRAPHFREEZE_RETURN_IF_ERROR(frozen.ParseInto(&graph));
    graph.mutable_node(0)->set_op("NoSuchOp");
    const std::unique_ptr<tensorflow::Session> session(tensorflow::NewSession(AsWritten()));
    return session->Create(graph);
  };
  const TrainingRun run("ref");
  const absl::Status theirs = serve(run.Freezer().FromMetaGraph(run.meta()));
  DOCTEST_CHECK(theirs.message().find("NoSuchOp") != absl::string_view::npos);
  const absl::Status ours = serve(run.Freezer().FromMetaGraph(run.checkpoint() + ".index"));
  DOCTEST_CHECK(!ours.ok());
  DOCTEST_CHECK(ours.message().find("model.ckpt.index") != absl::string_view::npos);
}

DOCTEST_TEST_CASE("TensorFlow's descriptors are the only ones of their names in the process") {
  const auto* const pool = google::protobuf::DescriptorPool::generated_pool();
  DOCTEST_CHECK(pool->FindMessageTypeByName("tensorflow.GraphDef") == tensorflow::GraphDef::descriptor());
  DOCTEST_CHECK(pool->FindFileByName("graphfreeze/tensorflow.proto") == nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return EXIT_FAILURE;
  models = argv[1];
  return doctest::Context(argc - 1, argv + 1).run();
}
