// A host with generated tensorflow.GraphDef classes of its own: their descriptors stand in the one pool of the process under
// TensorFlow's names, and the library, which knows the same schema, neither adds to it nor trips over it.
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <google/protobuf/arena.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/unknown_field_set.h>

#include <graphfreeze/graphfreeze.hpp>

#include "graph.pb.h"

#include "../passes/mini_graph.hpp"

namespace gf = graphfreeze;

namespace {

const std::string kWeights = [] {
  const float values[] = {1, 2, 3, 4, 5, 6};
  std::string bytes(sizeof values, '\0');
  std::memcpy(&bytes[0], values, sizeof values);
  return bytes;
}();

// y = relu(x * w), with dropout, and a saver that keeps w under another name.
constexpr std::string_view kGraph = R"(
  x = Placeholder {dtype: float, shape: shape { dim { size: -1 } dim { size: 2 } }}
  w = VarHandleOp {dtype: float, shape: shape { dim { size: 2 } dim { size: 3 } }}
  w/Read = ReadVariableOp(w) {dtype: float}
  mul = MatMul(x, w/Read) {T: float}
  one = PartitionedCall(mul) {Tin: list { type: [DT_FLOAT] }, Tout: list { type: [DT_FLOAT] }, f: func { name: "rectify" }}
  y = Identity(one) {T: float}
  loss = Mean(y) {T: float}
  save/Const = Const {dtype: string, value: string [] "model"}
  save/names = Const {dtype: string, value: string [] "dense/kernel"}
  save/slices = Const {dtype: string, value: string [] ""}
  save/Restore = RestoreV2(save/Const, save/names, save/slices) {dtypes: list { type: [DT_FLOAT] }}
  save/Assign = AssignVariableOp(w, save/Restore) {dtype: float}
  save/restore_all = NoOp(^save/Assign)
)";
constexpr std::string_view kLibrary = R"(function {
  signature { name: "rectify" input_arg { name: "a" type: DT_FLOAT } output_arg { name: "b" type: DT_FLOAT } }
  node_def { name: "relu" op: "Relu" input: "a" attr { key: "T" value { type: DT_FLOAT } } }
  ret { key: "b" value: "relu:activations:0" }
})";

// Made by the host's own parser into the host's own class.
tensorflow::GraphDef TrainingGraph() {
  const std::string text = MiniGraph::ToText(kGraph) + MiniGraph::Library(std::string(kLibrary)) + "versions { producer: 2000 }";
  tensorflow::GraphDef graph;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &graph));
  return graph;
}

gf::Freezer FreezerOf(std::string_view key) {
  std::map<std::string, gf::TensorView> checkpoint;
  checkpoint.emplace(key, gf::TensorView(gf::DataType::kFloat, {2, 3}, kWeights, nullptr));
  gf::Freezer freezer;
  freezer.Checkpoint(checkpoint).Outputs({"y"});
  return freezer;
}

const tensorflow::NodeDef* Find(const tensorflow::GraphDef& graph, std::string_view name) {
  for (const tensorflow::NodeDef& node : graph.node()) {
    if (node.name() == name) return &node;
  }
  return nullptr;
}

void CheckFrozen(const tensorflow::GraphDef& graph) {
  const tensorflow::NodeDef* const w = Find(graph, "w");
  REQUIRE(w != nullptr);
  CHECK(w->op() == "Const");
  CHECK(w->attr().at("dtype").type() == tensorflow::DT_FLOAT);
  CHECK(w->attr().at("value").tensor().tensor_content() == kWeights);
  CHECK(w->attr().at("value").tensor().tensor_shape().dim_size() == 2);
  REQUIRE(Find(graph, "mul") != nullptr);
  CHECK(Find(graph, "mul")->SerializeAsString() == Find(TrainingGraph(), "mul")->SerializeAsString());
  CHECK(Find(graph, "loss") == nullptr);
  CHECK(Find(graph, "save/Assign") == nullptr);
  CHECK(graph.library().function_size() == 1);
  CHECK(graph.versions().producer() == 2000);
}

}  // namespace

TEST_CASE("a GraphDef of the host's own classes goes in, and a frozen one comes out") {
  const auto frozen = FreezerOf("dense/kernel").FromMessage(TrainingGraph()).Freeze();
  REQUIRE_MESSAGE(frozen.ok(), frozen.status().ToString());
  CHECK(frozen->report().graph_kind == "GraphDef");
  tensorflow::GraphDef graph;
  REQUIRE(frozen->ParseInto(&graph).ok());
  CheckFrozen(graph);
}

TEST_CASE("a MetaGraphDef of the host's own classes goes in, with the saver that it names") {
  tensorflow::MetaGraphDef meta;
  *meta.mutable_graph_def() = TrainingGraph();
  meta.mutable_meta_info_def()->add_tags("train");
  meta.mutable_saver_def()->set_filename_tensor_name("save/Const:0");
  meta.mutable_saver_def()->set_restore_op_name("save/restore_all");
  const auto frozen = FreezerOf("dense/kernel").FromMessage(meta).Freeze();
  REQUIRE_MESSAGE(frozen.ok(), frozen.status().ToString());
  CHECK(frozen->report().graph_kind == "MetaGraphDef");
  tensorflow::GraphDef graph;
  REQUIRE(frozen->ParseInto(&graph).ok());
  CheckFrozen(graph);
}

TEST_CASE("a message on the host's arena is filled in place, and what it held before is gone") {
  const auto frozen = FreezerOf("dense/kernel").FromMessage(TrainingGraph()).Freeze();
  REQUIRE_MESSAGE(frozen.ok(), frozen.status().ToString());
  google::protobuf::Arena arena;
  auto* const graph = google::protobuf::Arena::CreateMessage<tensorflow::GraphDef>(&arena);
  graph->add_node()->set_name("loss");
  REQUIRE(frozen->ParseInto(graph).ok());
  CheckFrozen(*graph);
}

TEST_CASE("fields that the host's copy of the schema does not have go through its classes and the library") {
  constexpr int kNewField = 1000;
  tensorflow::GraphDef training = TrainingGraph();
  for (tensorflow::NodeDef& node : *training.mutable_node()) {
    node.GetReflection()->MutableUnknownFields(&node)->AddVarint(kNewField, 42);
  }
  const auto frozen = FreezerOf("dense/kernel").FromMessage(training).Freeze();
  REQUIRE_MESSAGE(frozen.ok(), frozen.status().ToString());
  tensorflow::GraphDef graph;
  REQUIRE(frozen->ParseInto(&graph).ok());
  const tensorflow::NodeDef* const mul = Find(graph, "mul");
  REQUIRE(mul != nullptr);
  const google::protobuf::UnknownFieldSet& unknown = mul->GetReflection()->GetUnknownFields(*mul);
  REQUIRE(unknown.field_count() == 1);
  CHECK(unknown.field(0).number() == kNewField);
  CHECK(unknown.field(0).varint() == 42);
}

TEST_CASE("what the host's graph lacks is an error for the host, not the end of the process") {
  const auto frozen = FreezerOf("another").FromMessage(TrainingGraph()).Freeze();
  CHECK(frozen.status().code() == absl::StatusCode::kNotFound);
  CHECK_FALSE(FreezerOf("dense/kernel").FromMessage(tensorflow::GraphDef()).Freeze().ok());
}

TEST_CASE("the library's schema stays out of the pool of the process, where the host's is") {
  // Reading text builds a schema with messages of the same names.
  const auto* const pool = google::protobuf::DescriptorPool::generated_pool();
  const auto binary = gf::TextToBinary("GraphDef", "node { name: 'a' op: 'NoOp' }");
  REQUIRE(binary.ok());
  tensorflow::GraphDef graph;
  REQUIRE(graph.ParseFromString(*binary));
  CHECK(graph.node(0).name() == "a");
  CHECK(pool->FindMessageTypeByName("tensorflow.GraphDef") == tensorflow::GraphDef::descriptor());
  // Of the same schema, but not in the host's copy.
  CHECK(pool->FindMessageTypeByName("tensorflow.SavedModel") == nullptr);
  CHECK(pool->FindFileByName("graphfreeze/tensorflow.proto") == nullptr);
  const auto saved_model = gf::TextToBinary("SavedModel", "saved_model_schema_version: 1");
  CHECK(saved_model.ok());
  CHECK(pool->FindMessageTypeByName("tensorflow.SavedModel") == nullptr);
}
