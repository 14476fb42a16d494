// Handlers: packs and their tables, which handler is called, and what the rewriter offers them.
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graphfreeze/rewrite/op_handler.hpp>

#include "../passes/mini_graph.hpp"

using graphfreeze::AnyHandlers;
using graphfreeze::DataType;
using graphfreeze::Edge;
using graphfreeze::HandleOps;
using graphfreeze::Handlers;
using graphfreeze::NodeRef;
using graphfreeze::Rewriter;

namespace {

struct PassOn {
  static constexpr std::array kOps = {"MyDropoutV2", "MyDropout"};
  absl::Status Rewrite(NodeRef node, Rewriter& rewriter) const { return rewriter.ReplaceWithInput(node, 0); }
};
struct SetMode {
  static constexpr std::array<std::string_view, 1> kOps = {"MyNorm"};
  bool training = false;
  absl::Status Rewrite(NodeRef node, Rewriter& rewriter) const {
    rewriter.SetAttr(node, "training", graphfreeze::attr::Bool(training), "inference");
    return absl::OkStatus();
  }
};
struct Refuse {
  static constexpr std::array kOps = {"MyTable"};
  absl::Status Rewrite(NodeRef, Rewriter&) const { return graphfreeze::FailedPrecondition("its rows are elsewhere"); }
};
struct Cut {
  static constexpr std::array kOps = {"MyDropout"};
  absl::Status Rewrite(NodeRef node, Rewriter& rewriter) const {
    return rewriter.ReplaceWithPlaceholder(node, DataType::kFloat, graphfreeze::Shape::UnknownRank(), "cut");
  }
};
struct Leave {
  static constexpr std::array kOps = {"MyDropout"};
  absl::Status Rewrite(NodeRef node, Rewriter& rewriter) const {
    rewriter.Skip(node, "left", "as the application wants it");
    return absl::OkStatus();
  }
};

using Ours = Handlers<PassOn, SetMode, Refuse>;
static_assert(Ours::kOps.size() == 4);
static_assert(Ours::kOps[0] == "MyDropout" && Ours::kOps[1] == "MyDropoutV2" && Ours::kOps[3] == "MyTable");
static_assert(Handlers<>::kOps.empty());

const std::string kGraph = R"(
  x = Placeholder {dtype: float}
  d1 = MyDropout(x) {T: float}
  d2 = MyDropoutV2(d1) {T: float}
  n = MyNorm(d2) {training: true}
  out = Relu(n) {T: float}
)";

}  // namespace

TEST_CASE("the handler of an op is called for each of its nodes") {
  MiniGraph graph(kGraph);
  REQUIRE(graph.Run(HandleOps{{Ours{}}}).ok());
  CHECK_FALSE(graph.node("n").attr("training").b());
  CHECK(graph.Text({"out"}) == "x = Placeholder()\nn = MyNorm(x)\nout = Relu(n)\n");
  SUBCASE("and a second run has nothing to do") {
    const std::size_t before = graph.reports();
    REQUIRE(graph.Run(HandleOps{{Ours{}}}).ok());
    CHECK(graph.reports() == before);
  }
}

TEST_CASE("packs nest, and handlers may have settings") {
  MiniGraph graph(kGraph);
  REQUIRE(graph.Run(HandleOps{{Handlers(Handlers(PassOn{}, Refuse{}), Handlers<>{}, SetMode{true})}}).ok());
  CHECK(graph.node("n").attr("training").b());
  CHECK(graph.Text({"out"}) == "x = Placeholder()\nn = MyNorm(x)\nout = Relu(n)\n");
}

TEST_CASE("a single handler will do where a pack is expected") {
  MiniGraph graph(kGraph);
  REQUIRE(graph.Run(HandleOps{{PassOn{}}}).ok());
  CHECK(graph.Text({"out"}) == "x = Placeholder()\nn = MyNorm(x)\nout = Relu(n)\n");
  CHECK(graph.Reported("unknown_op"));  // MyNorm
}

TEST_CASE("a later pack overrides an earlier one, and the report says so") {
  MiniGraph graph(kGraph);
  REQUIRE(graph.Run(HandleOps{{Ours{}, Leave{}}}).ok());
  CHECK(graph.Reported("handler_overridden"));
  CHECK(graph.Reported("left"));
  CHECK(graph.Text({"out"}) == "x = Placeholder()\nd1 = MyDropout(x)\nn = MyNorm(d1)\nout = Relu(n)\n");
}

TEST_CASE("nodes can be excluded") {
  MiniGraph graph(kGraph);
  REQUIRE(graph.Run(HandleOps{{Ours{}}, {"d?"}}).ok());
  CHECK(graph.Reported("excluded"));
  CHECK(graph.node("d2").op() == "MyDropoutV2");
}

TEST_CASE("the error of a handler names node and op") {
  MiniGraph graph("t = MyTable\nout = Identity(t) {T: float}\nx = NoOp");
  const absl::Status status = graph.Run(HandleOps{{Ours{}}});
  CHECK(status.code() == absl::StatusCode::kFailedPrecondition);
  CHECK(std::string(status.message()) == "handle_ops: node 't' (MyTable): its rows are elsewhere");
  SUBCASE("unless the outputs do not need it") { CHECK(graph.Run(HandleOps{{Ours{}}, {}, {"x"}}).ok()); }
  SUBCASE("and an output that is not there is an error") {
    CHECK(graph.Run(HandleOps{{Ours{}}, {}, {"y:0"}}).code() == absl::StatusCode::kNotFound);
  }
}

namespace {

const std::string kFunctions = R"(
  function {
    signature { name: "f" input_arg { name: "x" type: DT_FLOAT } output_arg { name: "y" type: DT_FLOAT } }
    node_def { name: "d" op: "MyDropout" input: "x" attr { key: "T" value { type: DT_FLOAT } } }
    node_def { name: "r" op: "Relu" input: "d:out:0" attr { key: "T" value { type: DT_FLOAT } } }
    ret { key: "y" value: "r:activations:0" }
  }
  function {
    signature { name: "g" input_arg { name: "x" type: DT_FLOAT } output_arg { name: "y" type: DT_FLOAT } }
    node_def { name: "t" op: "MyTable" input: "x" }
    ret { key: "y" value: "t:out:0" }
  })";

const std::string kCalls = R"(
  x = Placeholder {dtype: float}
  out = PartitionedCall(x) {Tin: list { type: DT_FLOAT }, Tout: list { type: DT_FLOAT }, f: func { name: "f" }}
)";

}  // namespace

TEST_CASE("nodes of functions are handled too") {
  MiniGraph graph(kCalls, kFunctions);
  const absl::Status refused = graph.Run(HandleOps{{Ours{}}});
  CHECK(std::string(refused.message()) == "handle_ops: node 't' (MyTable) in function 'g': its rows are elsewhere");
  REQUIRE(graph.Run(HandleOps{{Ours{}}, {}, {"out"}}).ok());  // nobody needs g
  const graphfreeze::Body& body = graph.graph().function(graph.graph().FindFunction("f")).body;
  CHECK(MiniGraph::Text(body) == "d = Identity(x)\nr = Relu(x)\n");
}

// --- what the rewriter offers ---

namespace {

// A handler whose deed is given by the test.
template <typename Deed>
struct Do {
  static constexpr std::array kOps = {"Mine"};
  Deed deed;
  absl::Status Rewrite(NodeRef node, Rewriter& rewriter) const { return deed(node, rewriter); }
};
template <typename Deed>
HandleOps Doing(Deed deed) {
  return HandleOps{{Do<Deed>{std::move(deed)}}};
}

const std::string kSwap = R"(
  a = Placeholder {dtype: float}
  b = Placeholder {dtype: int32}
  n = IdentityN(a, b) {T: list { type: DT_FLOAT type: DT_INT32 }}
  m = Mine(n, n:1, ^a) {T: float}
  p = Relu(m) {T: float}
  q = Neg(m:1) {T: int32}
)";

// Mine(float, int32) -> (float, int32)
const char* const kMineDef =
    R"(name: "Mine" output_arg { name: "u" type: DT_FLOAT } output_arg { name: "v" type: DT_INT32 })";

absl::Status DefineMine(MiniGraph& graph) {
  const auto def = graphfreeze::TextToBinary("OpDef", kMineDef);
  return def.ok() ? graph.graph().ops().AddOpDef(*def) : def.status();
}

}  // namespace

TEST_CASE("all outputs of a node can be replaced, and its name stays valid for each of them") {
  MiniGraph graph(kSwap);
  const HandleOps pass = Doing([](NodeRef node, Rewriter& rewriter) {
    return rewriter.ReplaceOutputs(node, {node.inputs()[0], node.inputs()[1]}, "both are handed on");
  });
  SUBCASE("which needs to know how many there are") {
    CHECK(graph.Run(pass).code() == absl::StatusCode::kFailedPrecondition);
    CHECK(graph.node("m").op() == "Mine");
  }
  REQUIRE(DefineMine(graph).ok());
  REQUIRE(graph.Run(pass).ok());
  CHECK(graph.node("m").op() == "IdentityN");
  CHECK(graph.node("m").attr("T").types() == std::vector<DataType>{DataType::kFloat, DataType::kInt32});
  // Who waited for ^a through m goes on doing so.
  CHECK(MiniGraph::Text(graph.graph().main()) ==
        "a = Placeholder()\nb = Placeholder()\nn = IdentityN(a, b)\nm = IdentityN(n, n:1, ^a)\np = Relu(m)\nq = Neg(m:1)\n");
}

TEST_CASE("outputs are replaced without a detour where nothing is waited for") {
  MiniGraph graph(kSwap);
  REQUIRE(DefineMine(graph).ok());
  REQUIRE(graph
              .Run(Doing([](NodeRef node, Rewriter& rewriter) {
                rewriter.DropControlInputs(node, "only training waits");
                return rewriter.ReplaceOutputs(node, {node.inputs()[0], node.inputs()[1]}, "both are handed on");
              }))
              .ok());
  CHECK(graph.Reported("control_inputs_dropped"));
  CHECK(graph.Text({"p", "q"}) ==
        "a = Placeholder()\nb = Placeholder()\nn = IdentityN(a, b)\np = Relu(n)\nq = Neg(n:1)\n");
}

TEST_CASE("one output of several can be redirected") {
  MiniGraph graph(kSwap);
  REQUIRE(DefineMine(graph).ok());
  REQUIRE(graph
              .Run(Doing([](NodeRef node, Rewriter& rewriter) {
                CHECK(rewriter.IsUsed(node, 0));
                CHECK(rewriter.IsUsed(node, 1));
                CHECK_FALSE(rewriter.IsUsed(node, 2));
                const absl::Status status = rewriter.RedirectOutput(node, 1, node.inputs()[1], "handed on");
                CHECK_FALSE(rewriter.IsUsed(node, 1));
                return status;
              }))
              .ok());
  CHECK(graph.Text({"q"}) == "a = Placeholder()\nb = Placeholder()\nn = IdentityN(a, b)\nq = Neg(n:1)\n");
  CHECK(graph.node("n").op() == "IdentityN");
}

TEST_CASE("what the outputs do not need does not count as use; what is asked for does") {
  MiniGraph graph(kSwap);
  HandleOps pass = Doing([](NodeRef node, Rewriter& rewriter) {
    CHECK(rewriter.IsUsed(node, 0));
    CHECK_FALSE(rewriter.IsUsed(node, 1));
    CHECK(rewriter.IsUsed(node, 5));
    return absl::OkStatus();
  });
  pass.outputs = {"p", "m:5"};
  CHECK(graph.Run(pass).ok());
}

TEST_CASE("constants, placeholders and waits") {
  MiniGraph graph("w = Mine\nx = Placeholder {dtype: float}\nout = Relu(x, ^w, ^x) {T: float}");
  SUBCASE("nobody waits any more") {
    REQUIRE(graph.Run(Doing([](NodeRef node, Rewriter& rewriter) {
      rewriter.DropControlUses(node, "it only logs");
      return absl::OkStatus();
    })).ok());
    CHECK(graph.Reported("control_uses_dropped"));
    CHECK(graph.Text({"out"}) == "x = Placeholder()\nout = Relu(x, ^x)\n");
  }
  SUBCASE("but who would leave a branch waits for what the node waited for") {
    MiniGraph branch("p = Placeholder {dtype: bool}\ns = Switch(p, p) {T: bool}\nt = Identity(s:1) {T: bool}\n"
                     "w = Mine(^t)\nout = Const(^w) {dtype: float}");
    REQUIRE(branch.Run(Doing([](NodeRef node, Rewriter& rewriter) {
      rewriter.DropControlUses(node, "it only logs");
      return absl::OkStatus();
    })).ok());
    CHECK(branch.Text({"out"}) == "p = Placeholder()\ns = Switch(p, p)\nt = Identity(s:1)\nout = Const(^t)\n");
  }
  SUBCASE("a placeholder of the node's name") {
    REQUIRE(graph.Run(Doing([](NodeRef node, Rewriter& rewriter) {
      return rewriter.ReplaceWithPlaceholder(node, DataType::kInt32, graphfreeze::Shape{-1, 3}, "fed from outside");
    })).ok());
    CHECK(graph.node("w").op() == "Placeholder");
    CHECK(graph.node("w").attr("dtype").type() == DataType::kInt32);
    CHECK(graph.node("w").attr("shape").shape()->ToString() == graphfreeze::Shape{-1, 3}.ToString());
  }
  SUBCASE("a constant of the node's name") {
    REQUIRE(graph.Run(Doing([](NodeRef node, Rewriter& rewriter) {
      static constexpr std::int32_t kOne = 1;
      const std::string_view bytes(reinterpret_cast<const char*>(&kOne), sizeof kOne);
      return rewriter.ReplaceWithConst(node, graphfreeze::TensorView(DataType::kInt32, {}, bytes, nullptr), "one device");
    })).ok());
    CHECK(graph.node("w").op() == "Const");
  }
}

TEST_CASE("functions have no placeholders of their own") {
  MiniGraph graph(kCalls, kFunctions);
  CHECK(graph.Run(HandleOps{{Cut{}}}).code() == absl::StatusCode::kFailedPrecondition);
}

TEST_CASE("graphs that are no graphs do not crash it") {
  MiniGraph graph("a = MyDropout(b)\nb = MyDropout(a)\nc = MyDropout(gone)\nd = MyDropout\ne = MyDropout(e) {T: float}");
  CHECK_FALSE(graph.Run(HandleOps{{PassOn{}}}).ok());
  MiniGraph loop("a = MyDropout(b) {T: float}\nb = MyDropout(a) {T: float}\nout = Relu(a) {T: float}");
  CHECK(loop.Run(HandleOps{{PassOn{}}, {}, {"out"}}).ok());
}

TEST_CASE("a node becomes one of another op under its name, and goes on waiting for whom it waited for") {
  MiniGraph graph("x = Placeholder {dtype: float}\np = NoOp\nd = MyClip(x, ^p) {T: float, limit: 6}\nout = Neg(d) {T: float}");
  Rewriter rewriter(graph.graph(), graph.graph().main(), "", graph.context(), "test");
  const graphfreeze::NodeRef node = graph.node("d");
  const auto t = {std::pair<std::string_view, std::string>{"T", std::string(node.attr("T").message())}};
  REQUIRE(rewriter.ReplaceWithOp(node, "Relu6", {node.inputs()[0]}, t, "it is one").ok());
  CHECK(graph.Text({"out"}) == "x = Placeholder()\np = NoOp()\nd = Relu6(x, ^p)\nout = Neg(d)\n");
  CHECK(graph.node("d").attr("T").type() == DataType::kFloat);
  CHECK_FALSE(graph.node("d").attr("limit").exists());
  CHECK(graph.Reported("replaced"));
  CHECK(rewriter.ReplaceWithOp(node, "Unstack", {node.inputs()[0]}, {}, "").ok());  // one output argument, of several tensors
  CHECK(rewriter.ReplaceWithOp(node, "TopKV2", {node.inputs()[0]}, {}, "").code() == absl::StatusCode::kInvalidArgument);
  CHECK(graph.node("d").op() == "Unstack");
  CHECK(rewriter.ReplaceWithOp(node, "NobodysOp", {}, {}, "").ok());
}

TEST_CASE("in a function takers name the output of the new op, which must be known") {
  MiniGraph graph("", kFunctions);
  const graphfreeze::FunctionId f = graph.graph().FindFunction("f");
  REQUIRE(f != graphfreeze::kNoFunction);
  graphfreeze::Body& body = graph.graph().function(f).body;
  Rewriter rewriter(graph.graph(), body, "f", graph.context(), "test");
  const NodeRef node = body.node(body.Find("d"));
  CHECK(rewriter.ReplaceWithOp(node, "NobodysOp", {node.inputs()[0]}, {}, "").code() == absl::StatusCode::kFailedPrecondition);
  CHECK(node.op() == "MyDropout");
  REQUIRE(rewriter.ReplaceWithOp(node, "Relu6", {node.inputs()[0]}, {}, "").ok());
  CHECK(MiniGraph::Text(body).find("r = Relu(d:activations:0)") != std::string::npos);
}
