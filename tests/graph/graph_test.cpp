// Graphs are read where they lie, and what no edit touches is written back as it was read.
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/graph_view.hpp>
#include <graphfreeze/graph/graph_writer.hpp>
#include <graphfreeze/io/file_system.hpp>
#include <graphfreeze/wire/proto.hpp>

#include "../passes/mini_graph.hpp"

namespace gf = graphfreeze;

namespace {

std::string Written(const gf::Graph& graph) {
  gf::SegmentList list;
  gf::WriteGraph(graph, &list);
  std::string all;
  CHECK(list.ForEachChunk(7, [&](std::string_view bytes) {
              all += bytes;
              return absl::OkStatus();
            }).ok());
  CHECK(all.size() == list.size());
  return all;
}

gf::Graph Parsed(std::string bytes) {
  absl::StatusOr<gf::Graph> graph = gf::Graph::Parse(gf::Source::Own(std::move(bytes), "test"));
  REQUIRE_MESSAGE(graph.ok(), std::string(graph.status().message()));
  return *std::move(graph);
}

std::string Fixture(const std::string& name) {
  const auto source = gf::LocalFileSystem{}.Open(std::string(GRAPHFREEZE_FIXTURES) + "/graphs/" + name);
  REQUIRE(source.ok());
  return std::string(source->view());
}

std::string Binary(std::string_view lines, const std::string& functions = "") {
  const auto binary = gf::TextToBinary("GraphDef", MiniGraph::ToText(lines) + MiniGraph::Library(functions));
  REQUIRE_MESSAGE(binary.ok(), std::string(binary.status().message()));
  return *binary;
}

std::string AsText(const std::string& bytes) {
  const auto text = gf::BinaryToText("GraphDef", bytes);
  REQUIRE(text.ok());
  return *text;
}

}  // namespace

TEST_CASE("a graph that nobody edits is written as the bytes that were read") {
  const std::string bytes = Fixture("graph.pb");
  CHECK(Written(Parsed(bytes)) == bytes);
  SUBCASE("with fields that nobody knows, in unusual places and spellings") {
    std::string odd = bytes;
    gf::wire::PutVarintField(&odd, 99, 7);                       // unknown field behind the nodes
    odd += std::string("\x0a\x8c\x80\x80\x00", 5);               // a length in more bytes than it needs
    odd += std::string("\x12\x04NoOp\x0a\x04odd1", 12);          // op before name
    CHECK(Written(Parsed(odd)) == odd);
  }
}

TEST_CASE("an edit changes one node and leaves the others as they were") {
  const std::string bytes = Binary("a = Const {dtype: float, value: float 1}\n b = Relu(a, ^a) {T: float} @/gpu:0\n c = Neg(b) {T: float}");
  gf::Graph graph = Parsed(bytes);
  gf::Body& body = graph.main();
  SUBCASE("an attribute") {
    body.SetAttr(body.Find("b"), "T", gf::attr::Type(gf::DataType::kHalf));
    body.SetAttr(body.Find("b"), "new", gf::attr::Bool(true));
    CHECK(AsText(Written(graph)) ==
          AsText(Binary("a = Const {dtype: float, value: float 1}\n b = Relu(a, ^a) {T: half, new: true} @/gpu:0\n c = Neg(b) {T: float}")));
    body.RemoveAttr(body.Find("b"), "new");
    CHECK_FALSE(body.node(body.Find("b")).attr("new").exists());
  }
  SUBCASE("op, inputs and device") {
    const gf::NodeId b = body.Find("b");
    body.SetOp(b, "Tanh");
    body.SetInputs(b, {{body.Find("a"), 0, 2}, {body.Find("c"), 0, gf::Edge::kControl}});
    body.ClearDevice(b);
    CHECK(AsText(Written(graph)) ==
          AsText(Binary("a = Const {dtype: float, value: float 1}\n b = Tanh(a:2, ^c) {T: float}\n c = Neg(b) {T: float}")));
  }
  SUBCASE("removing and adding") {
    body.Remove(body.Find("c"));
    CHECK(body.Find("c") == gf::kNoNode);
    const gf::NodeId d = body.AddNode(body.UniqueName("a"), "Neg");
    body.SetInputs(d, {{body.Find("b"), 0, 0}});
    body.SetAttr(d, "T", gf::attr::Type(gf::DataType::kFloat));
    CHECK(body.name(d) == "a_1");
    CHECK(AsText(Written(graph)) ==
          AsText(Binary("a = Const {dtype: float, value: float 1}\n b = Relu(a, ^a) {T: float} @/gpu:0\n a_1 = Neg(b) {T: float}")));
  }
}

TEST_CASE("a view finds nodes by name, their inputs, consumers and attributes") {
  const std::string bytes = Binary("a = Split {num_split: 2}\n b = Relu(a:1, ^a) {T: float, s: \"text\"}\n c = Neg(b)");
  const auto view = gf::GraphView::Parse(bytes);
  REQUIRE(view.ok());
  const gf::NodeRef b = view->node(view->Find("b"));
  CHECK(b.op() == "Relu");
  REQUIRE(b.inputs().size() == 2);
  CHECK(b.data_input_count() == 1);
  CHECK(b.inputs()[0] == gf::Edge{view->Find("a"), 0, 1});
  CHECK(b.inputs()[1].is_control());
  CHECK(b.attr("T").type() == gf::DataType::kFloat);
  CHECK(b.attr("s").s() == "text");
  CHECK_FALSE(b.attr("none").exists());
  CHECK(b.attr_names() == std::vector<std::string_view>{"T", "s"});
  const gf::Consumers consumers = view->consumers();
  REQUIRE(consumers.of(b.id()).size() == 1);
  CHECK(view->node(consumers.of(b.id())[0].node).name() == "c");
  CHECK(consumers.of(view->Find("a")).size() == 2);
  CHECK(consumers.of(view->Find("c")).empty());
}

TEST_CASE("functions are bodies with arguments and results") {
  const std::string function = R"(
    function {
      signature { name: "f" input_arg { name: "x" type: DT_FLOAT } output_arg { name: "y" type: DT_FLOAT } }
      node_def { name: "n" op: "Neg" input: "x" attr { key: "T" value { type: DT_FLOAT } } }
      node_def { name: "m" op: "Neg" input: "n:y:0" attr { key: "T" value { type: DT_FLOAT } } }
      ret { key: "y" value: "m:y:0" }
    })";
  const std::string bytes = Binary("a = Placeholder {dtype: float}\n out = f(a)", function);
  gf::Graph graph = Parsed(bytes);
  const gf::FunctionId f = graph.FindFunction("f");
  REQUIRE(f != gf::kNoFunction);
  CHECK(graph.function(f).argument_count() == 1);
  const gf::Body& body = graph.function(f).body;
  CHECK(body.kind(body.Find("x")) == gf::NodeKind::kArgument);
  const gf::NodeId result = graph.function(f).result(0);
  CHECK(body.kind(result) == gf::NodeKind::kResult);
  CHECK(body.inputs(result)[0].node == body.Find("m"));
  CHECK(body.Spell(body.inputs(result)[0]) == "m:y:0");
  SUBCASE("a copy has a name of its own, and the original stays") {
    const gf::FunctionId copy = graph.CloneFunction(f, "f_frozen");
    graph.function(copy).SetArgumentType(0, gf::DataType::kHalf);
    gf::Body& copied = graph.function(copy).body;
    copied.SetOp(copied.Find("n"), "Identity", "output");
    const std::string text = AsText(Written(graph));
    CHECK(text.find("name: \"f_frozen\"") != std::string::npos);
    CHECK(text.find("input: \"n:output:0\"") != std::string::npos);  // who takes it calls the output by its new name
    CHECK(text.find("type: DT_HALF") != std::string::npos);
    CHECK(text.find("name: \"f\"") != std::string::npos);
  }
}

TEST_CASE("what no graph holds is refused with its place") {
  const auto fails = [](const std::string& bytes, std::string_view word) {
    const auto graph = gf::Graph::Parse(gf::Source::Borrow(bytes, "bad.pb"));
    REQUIRE_FALSE(graph.ok());
    CHECK_MESSAGE(std::string(graph.status().message()).find(word) != std::string::npos, std::string(graph.status().message()));
    CHECK(std::string(graph.status().message()).find("bad.pb") != std::string::npos);
  };
  fails(Binary("a = NoOp\n a = NoOp"), "two nodes");
  fails(std::string("\x0a\x05\x12\x03" "Add", 7), "no name");
  fails(std::string("\x0a\x7f", 2), "GraphDef");
  fails(Binary("a = NoOp", "function { signature { name: \"f\" } } function { signature { name: \"f\" } }"), "two functions");
  fails(Binary("a = NoOp", "function { signature { name: \"f\" output_arg { name: \"y\" } } }"), "'y'");
}

TEST_CASE("every truncation and every flipped byte of a graph is an error or a graph, never a crash") {
  const std::string bytes = Fixture("graph.pb").substr(0, 3000);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const std::string& damaged : {bytes.substr(0, i), [&] {
                                         std::string copy = bytes;
                                         copy[i] = static_cast<char>(copy[i] ^ (1 << i % 8));
                                         return copy;
                                       }()}) {
      const auto graph = gf::Graph::Parse(gf::Source::Borrow(damaged, "damaged"));
      if (!graph.ok()) continue;
      CHECK(Written(*graph) == damaged);
    }
  }
}
