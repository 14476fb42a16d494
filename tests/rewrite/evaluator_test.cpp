// The evaluator against TensorFlow's sessions (fixtures/make_evaluator.py), and against graphs that
// it must refuse.
#include <graphfreeze/rewrite/evaluator.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace graphfreeze;

namespace {

std::string ReadFixture(const char* name) {
  std::ifstream file(std::string(GRAPHFREEZE_FIXTURES "/evaluator/") + name, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

Graph Parse(std::string bytes) {
  absl::StatusOr<Graph> graph = Graph::Parse(Source::Own(std::move(bytes), "graph.pb"));
  REQUIRE_MESSAGE(graph.ok(), graph.status().ToString());
  return *std::move(graph);
}

Edge EdgeTo(const Body& body, std::string_view name) { return {body.Find(name), 0, 0}; }

std::string Hex(std::string_view bytes) {
  std::string out;
  for (char c : bytes.substr(0, 512)) {
    out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

// True if `status` is an error of that code whose message has all the words.
bool Says(const absl::Status& status, absl::StatusCode code,
          std::initializer_list<std::string_view> words) {
  bool all = status.code() == code;
  for (std::string_view word : words)
    all = all && FromAbsl(status.message()).find(word) != std::string_view::npos;
  if (!all) MESSAGE(status.ToString());
  return all;
}

std::vector<std::int32_t> Ints(const TensorView& tensor) {
  std::vector<std::int32_t> out;
  for (std::size_t i = 0; i < tensor.bytes().size(); i += 4) {
    out.push_back(detail::LoadElement<std::int32_t>(tensor.bytes().data() + i));
  }
  return out;
}

// A graph that is put together node by node.
struct Maker {
  Graph graph = Parse("");
  Body& body = graph.main();

  Edge Node(std::string_view name, std::string_view op, std::vector<Edge> inputs = {}) {
    const NodeId id = body.AddNode(name, op);
    body.SetInputs(id, std::move(inputs));
    return {id, 0, 0};
  }
  Edge Constant(std::string_view name, DataType dtype, const Shape& shape, std::string_view bytes) {
    const Edge edge = Node(name, "Const");
    body.SetAttr(edge.node, "dtype", attr::Type(dtype));
    body.SetAttr(edge.node, "value", attr::Tensor(*SerializeTensorProto(dtype, shape, bytes)));
    return edge;
  }
  Edge Int32(std::string_view name, std::initializer_list<std::int32_t> values) {
    std::string bytes;
    for (std::int32_t value : values) bytes.append(reinterpret_cast<const char*>(&value), 4);
    return Constant(name, DataType::kInt32, {static_cast<std::int64_t>(values.size())}, bytes);
  }
  Edge Scalar(std::string_view name, float value) {
    return Constant(name, DataType::kFloat, Shape(), {reinterpret_cast<const char*>(&value), 4});
  }
  absl::StatusOr<TensorView> Evaluate(const Edge& edge,
                                      std::uint64_t max_bytes = kMaxExpandedTensorBytes) {
    return Evaluator(graph, body, max_bytes).Evaluate(edge);
  }
};

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kUnimplemented = absl::StatusCode::kUnimplemented;
constexpr auto kExhausted = absl::StatusCode::kResourceExhausted;

}  // namespace

TEST_CASE("values are bit for bit those of TensorFlow's sessions") {
  const Graph graph = Parse(ReadFixture("graph.pb"));
  const Graph expected = Parse(ReadFixture("expected.pb"));
  Evaluator evaluator(graph, graph.main());
  int compared = 0;
  expected.main().ForEachNode([&](NodeRef node) {
    if (node.name().substr(0, 3) != "ok/") return;
    ++compared;
    CAPTURE(std::string(node.name()));
    const absl::StatusOr<TensorView> want = ParseTensorProto(node.attr("value").tensor(), nullptr);
    REQUIRE(want.ok());
    const absl::StatusOr<TensorView> got = evaluator.Evaluate(EdgeTo(graph.main(), node.name()));
    CHECK_MESSAGE(got.ok(), got.status().ToString());
    if (!got.ok()) return;
    CHECK(got->dtype() == want->dtype());
    CHECK(got->shape().ToString() == want->shape().ToString());
    CHECK(Hex(got->bytes()) == Hex(want->bytes()));
    CHECK((got->bytes() == want->bytes()));
    CHECK((got->strings() == want->strings()));
  });
  CHECK(compared > 400);
}

TEST_CASE("values inside functions") {
  const Graph graph = Parse(ReadFixture("graph.pb"));
  const Graph expected = Parse(ReadFixture("expected.pb"));
  REQUIRE(graph.function_count() == 1);
  const Function& function = graph.function(0);
  const Edge result = function.body.inputs(function.result(0))[0];
  const absl::StatusOr<TensorView> got = Evaluator(graph, function.body).Evaluate(result);
  REQUIRE_MESSAGE(got.ok(), got.status().ToString());
  const NodeRef want = expected.main().node(expected.main().Find("no/call"));
  CHECK((got->bytes() == ParseTensorProto(want.attr("value").tensor(), nullptr)->bytes()));
}

TEST_CASE("what is no constant is refused by name") {
  const Graph graph = Parse(ReadFixture("graph.pb"));
  REQUIRE(graph.function_count() == 1);
  Evaluator evaluator(graph, graph.main());
  const auto refused = [&](std::string_view name) {
    return evaluator.Evaluate(EdgeTo(graph.main(), name)).status();
  };
  CHECK(Says(refused("no/random"), kUnimplemented,
             {"'no/random'", "(RandomUniform)", "put a Const in its place"}));
  CHECK(Says(refused("random_uniform"), kUnimplemented, {"'random_uniform'", "(RandomUniform)"}));
  CHECK(Says(refused("no/fed"), kUnimplemented, {"'no/fed'", "node 'fed' (Placeholder)"}));
  CHECK(Says(refused("no/range"), kUnimplemented,
             {"node 'no/range' (Cast)", "element 1", "int8", "clip"}));
  CHECK(Says(refused("no/nan"), kUnimplemented, {"(Cast)", "int32"}));
  CHECK(Says(refused("no/complex"), kUnimplemented, {"complex128", "float32"}));
  CHECK(Says(refused("no/truncate"), kUnimplemented, {"(Cast)", "truncate"}));
  CHECK(Says(refused("no/broadcast"), kUnimplemented, {"(AddV2)", "[2,1]", "[2]"}));
  CHECK(Says(refused("no/big_fill"), kExhausted, {"(Fill)", "max_constant_bytes"}));
  CHECK(Says(refused("no/call"), kUnimplemented, {"'no/call'", graph.function(0).name()}));
  // Asked a second time the answer is remembered, not another.
  CHECK(Says(refused("no/fed"), kUnimplemented, {"'no/fed'", "node 'fed' (Placeholder)"}));
}

TEST_CASE("a function may have the name of an op") {
  std::string signature, function, library, bytes;
  wire::PutBytesField(&signature, 1, "Identity");
  wire::PutBytesField(&function, 1, signature);
  wire::PutBytesField(&library, 1, function);
  wire::PutBytesField(&bytes, 2, library);
  Graph graph = Parse(bytes);
  const NodeId id = graph.main().AddNode("call", "Identity");
  CHECK(Says(Evaluator(graph, graph.main()).Evaluate({id, 0, 0}).status(), kUnimplemented,
             {"'call' (Identity)"}));
}

TEST_CASE("edges that have no value") {
  Maker maker;
  Body& body = maker.body;
  const Edge one = maker.Scalar("one", 1);
  CHECK(maker.Evaluate(one).ok());
  CHECK(Says(maker.Evaluate({one.node, 0, 1}).status(), kInvalid, {"output 1", "one output"}));
  CHECK(Says(maker.Evaluate({one.node, 0, Edge::kControl}).status(), kInvalid, {"control"}));
  CHECK(Says(maker.Evaluate(Edge()).status(), kInvalid, {"not in the graph"}));
  CHECK(Says(maker.Evaluate({one.node + 1, 0, 0}).status(), kInvalid, {"not in the graph"}));

  const Edge lost = maker.Node("lost", "Fill", {maker.Int32("dims", {2}), Edge()});
  CHECK(Says(maker.Evaluate(lost).status(), kInvalid,
             {"input 1 of node 'lost' (Fill)", "not in the graph"}));
  const Edge few = maker.Node("few", "Fill", {one});
  CHECK(Says(maker.Evaluate(few).status(), kInvalid,
             {"node 'few' (Fill)", "1 data inputs", "takes 2"}));
  CHECK(Says(maker.Evaluate(maker.Node("none", "Pack")).status(), kInvalid, {"at least one"}));
  const Edge bare = maker.Node("bare", "Const");
  CHECK(Says(maker.Evaluate(bare).status(), kInvalid, {"node 'bare' (Const)", "'value'"}));
  const Edge mixed = maker.Scalar("mixed", 1);
  body.SetAttr(mixed.node, "dtype", attr::Type(DataType::kInt32));
  CHECK(Says(maker.Evaluate(mixed).status(), kInvalid, {"'mixed'", "int32", "float32"}));

  const Edge copy = maker.Node("copy", "Identity", {one, {lost.node, 0, Edge::kControl}});
  CHECK(maker.Evaluate(copy).ok());  // control inputs have no part in it
  body.Remove(one.node);
  CHECK(Says(maker.Evaluate(copy).status(), kInvalid, {"input 0 of node 'copy' (Identity)"}));
}

TEST_CASE("inputs that do not fit the op") {
  Maker maker;
  const Edge one = maker.Scalar("one", 1);
  const Edge six = maker.Int32("six", {1, 2, 3, 4, 5, 6});
  const auto refused = [&](std::string_view op, std::vector<Edge> inputs, absl::StatusCode code,
                           std::initializer_list<std::string_view> words) {
    const Edge edge = maker.Node(maker.body.UniqueName("bad"), op, std::move(inputs));
    return Says(maker.Evaluate(edge).status(), code, words);
  };
  const auto ints = [&](std::initializer_list<std::int32_t> values) {
    return maker.Int32(maker.body.UniqueName("ints"), values);
  };
  CHECK(refused("Fill", {ints({-1}), one}, kInvalid, {"-1"}));
  CHECK(refused("Fill", {one, one}, kInvalid, {"dims", "vector"}));
  CHECK(refused("Fill", {ints({2}), six}, kInvalid, {"scalar"}));
  const std::int32_t most = 0x7fffffff;
  CHECK(refused("Fill", {ints({most, most, most, 0}), one}, kInvalid, {"2^63"}));
  CHECK(refused("Fill", {ints({most, most}), one}, kExhausted, {"max_constant_bytes"}));
  CHECK(refused("Reshape", {six, ints({4})}, kInvalid, {"[6]", "[4]"}));
  CHECK(refused("Reshape", {six, ints({4, -1})}, kInvalid, {"[6]", "[4,1]"}));
  CHECK(refused("Reshape", {six, ints({-1, -1})}, kInvalid, {"-1"}));
  CHECK(refused("Reshape", {six, ints({-2, 3})}, kInvalid, {"-2"}));
  CHECK(refused("Reshape", {six, ints({0, -1})}, kInvalid, {"[6]"}));
  CHECK(refused("Reshape", {six, ints({most, most, most, -1})}, kInvalid, {"2^63"}));
  CHECK(refused("ExpandDims", {six, ints({2})}, kInvalid, {"axis 2"}));
  CHECK(refused("ExpandDims", {six, ints({-3})}, kInvalid, {"axis -3"}));
  CHECK(refused("ExpandDims", {six, ints({0, 1})}, kInvalid, {"2 elements"}));
  CHECK(refused("Pack", {six, one}, kInvalid, {"differ"}));
  CHECK(refused("Cast", {six}, kInvalid, {"'DstT'"}));
  CHECK(refused("Neg",
                {maker.Constant("flag", DataType::kBool, Shape(), std::string_view("\1", 1))},
                kUnimplemented, {"bool"}));
  CHECK(refused("Mul", {six, one}, kInvalid, {"int32", "float32"}));
  CHECK(refused("Add", {six, ints({1})}, kUnimplemented, {"[6]", "[1]"}));

  const Edge squeeze = maker.Node("squeeze", "Squeeze", {six});
  maker.body.SetAttr(squeeze.node, "squeeze_dims", attr::Ints({0}));
  CHECK(Says(maker.Evaluate(squeeze).status(), kInvalid, {"'squeeze'", "axis 0"}));
  const Edge pack = maker.Node("pack", "Pack", {six});
  maker.body.SetAttr(pack.node, "axis", attr::Int(3));
  CHECK(Says(maker.Evaluate(pack).status(), kInvalid, {"'pack'", "axis 3"}));
  // An attribute of the enclosing function.
  const Edge cast = maker.Node("cast", "Cast", {six});
  std::string placeholder;
  wire::PutBytesField(&placeholder, 9, "T");
  maker.body.SetAttr(cast.node, "DstT", placeholder);
  CHECK(Says(maker.Evaluate(cast).status(), kUnimplemented, {"'cast'", "'DstT'", "inline"}));
}

TEST_CASE("cycles end") {
  Maker maker;
  const Edge a = maker.Node("a", "Identity");
  const Edge b = maker.Node("b", "Neg", {a});
  maker.body.SetInputs(a.node, {b});
  CHECK(Says(maker.Evaluate(a).status(), kInvalid, {"'a' (Identity)", "its own output"}));
  Evaluator evaluator(maker.graph, maker.body);
  CHECK(!evaluator.Evaluate(b).ok());
  CHECK(!evaluator.Evaluate(a).ok());
}

TEST_CASE("paths of any length, and each node once") {
  Maker maker;
  Edge edge = maker.Int32("start", {1, 2});
  for (int i = 0; i < 30000; ++i) edge = maker.Node(Concat("i", i), "Identity", {edge});
  // Each doubles: without memory this takes 2^40 steps.
  for (int i = 0; i < 40; ++i) edge = maker.Node(Concat("d", i), "Add", {edge, edge});
  const absl::StatusOr<TensorView> value = maker.Evaluate(edge);
  REQUIRE_MESSAGE(value.ok(), value.status().ToString());
  CHECK(Ints(*value) == std::vector<std::int32_t>{0, 0});

  Edge hopeless = maker.Node("fed", "Placeholder");
  for (int i = 0; i < 30000; ++i) hopeless = maker.Node(Concat("h", i), "Identity", {hopeless});
  CHECK(
      Says(maker.Evaluate(hopeless).status(), kUnimplemented, {"'h29999'", "'fed' (Placeholder)"}));
}

TEST_CASE("the limit holds for what is made, not for what lies there") {
  Maker maker;
  const Edge big = maker.Constant("big", DataType::kFloat, {1000}, std::string(4000, '\1'));
  const absl::StatusOr<TensorView> value =
      maker.Evaluate(maker.Node("copy", "Identity", {big}), 100);
  REQUIRE(value.ok());
  CHECK(
      value->bytes().data() ==
      ParseTensorProto(maker.body.node(big.node).attr("value").tensor(), nullptr)->bytes().data());
  CHECK(Says(maker.Evaluate(maker.Node("neg", "Neg", {big}), 100).status(), kExhausted,
             {"'neg' (Neg)", "100"}));
  const Edge four = maker.Constant("four", DataType::kInt8, {4}, "abcd");
  const Edge wide = maker.Node("wide", "Cast", {four});
  maker.body.SetAttr(wide.node, "DstT", attr::Type(DataType::kDouble));
  CHECK(maker.Evaluate(wide, 32).ok());
  CHECK(Says(maker.Evaluate(wide, 31).status(), kExhausted, {"'wide' (Cast)"}));
  const Edge pack = maker.Node("pack", "Pack", {four, four, four});
  CHECK(maker.Evaluate(pack, 12).ok());
  CHECK(Says(maker.Evaluate(pack, 11).status(), kExhausted, {"'pack' (Pack)"}));

  // One value for 2^40 elements.
  std::string proto;
  wire::PutVarintField(&proto, 1, 1);
  wire::PutBytesField(&proto, 2, Shape({1 << 20, 1 << 20}).Serialize());
  const Edge filled = maker.Node("filled", "Const");
  maker.body.SetAttr(filled.node, "value", attr::Tensor(proto));
  CHECK(Says(maker.Evaluate(filled, ~std::uint64_t{0}).status(), kExhausted, {"'filled' (Const)"}));
  const Edge fill =
      maker.Node("fill", "Fill", {maker.Int32("dims", {1 << 30, 1 << 30}), maker.Scalar("x", 2)});
  CHECK(Says(maker.Evaluate(fill, ~std::uint64_t{0}).status(), kExhausted, {"'fill' (Fill)"}));

  // Many values, each below the limit.
  Edge chain = four;
  for (int i = 0; i < 30; ++i) chain = maker.Node(Concat("z", i), "ZerosLike", {chain});
  CHECK(maker.Evaluate(chain, 8).ok());
  CHECK(Says(maker.Evaluate(chain, 4).status(), kExhausted, {"together"}));
  Evaluator evaluator(maker.graph, maker.body, 4);
  CHECK(!evaluator.Evaluate(chain).ok());
  CHECK(evaluator.Evaluate(maker.Node("last", "ZerosLike", {four})).ok());  // it recovers
}

TEST_CASE("weights that stand in the graph by reference") {
  Maker maker;
  const std::string bytes("\1\0\0\0\2\0\0\0\3\0\0\0", 12);
  const Source source = Source::Own(bytes, "model.ckpt.data");
  const auto evaluate = [&](TensorRef tensor, std::uint64_t max_bytes = 100) {
    const Edge edge = maker.Node(maker.body.UniqueName("w"), "Const");
    maker.body.SetAttr(edge.node, "dtype", attr::Type(tensor.dtype));
    maker.body.SetAttrToWeight(edge.node, "value", maker.graph.AddWeight({std::move(tensor), {}}));
    return maker.Evaluate(edge, max_bytes);
  };
  TensorRef whole{DataType::kInt32, {3}, {{source, 0, 12}}, nullptr, {}};
  CHECK(Ints(*evaluate(whole)) == std::vector<std::int32_t>{1, 2, 3});
  CHECK(evaluate(whole)->bytes().data() == source.view().data());
  CHECK(Says(evaluate(whole, 11).status(), kExhausted, {"12 bytes"}));
  const TensorRef pieces{DataType::kInt32, {2}, {{source, 8, 4}, {source, 0, 4}}, nullptr, {}};
  CHECK(Ints(*evaluate(pieces)) == std::vector<std::int32_t>{3, 1});
  whole.checks = {{{source, 0, 12}, wire::Crc32c().Of(bytes), "w"}};
  CHECK(evaluate(whole).ok());
  ++whole.checks[0].crc32c;
  CHECK(Says(evaluate(whole).status(), absl::StatusCode::kDataLoss, {"'w'", "damaged"}));
}

TEST_CASE("values outlive the graph") {
  auto maker = std::make_unique<Maker>();
  const Edge edge = maker->Node("copy", "Identity", {maker->Int32("x", {4, 5})});
  const absl::StatusOr<TensorView> value = maker->Evaluate(edge);
  maker.reset();
  REQUIRE(value.ok());
  CHECK(Ints(*value) == std::vector<std::int32_t>{4, 5});
}
