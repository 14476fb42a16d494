// Arithmetic on shapes and flags is done once. The values themselves are the evaluator's business.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graphfreeze/passes/fold_constants.hpp>

#include "mini_graph.hpp"

using graphfreeze::DataType;
using graphfreeze::FoldConstants;

namespace {

std::string After(MiniGraph& graph, const FoldConstants& pass = {}) {
  REQUIRE(graph.Run(pass).ok());
  const std::string text = MiniGraph::Text(graph.graph().main());
  const std::size_t reports = graph.reports();
  REQUIRE(graph.Run(pass).ok());  // a second run changes nothing
  CHECK(MiniGraph::Text(graph.graph().main()) == text);
  CHECK(graph.reports() <= reports + pass.exclude.size());
  return text;
}
std::string After(const std::string& lines, const FoldConstants& pass = {}) {
  MiniGraph graph(lines);
  return After(graph, pass);
}

std::vector<std::int32_t> Ints(MiniGraph& graph, std::string_view name) {
  const auto tensor = graphfreeze::ParseTensorProto(graph.node(name).attr("value").tensor(), nullptr);
  REQUIRE(tensor.ok());
  std::vector<std::int32_t> values;
  for (std::size_t at = 0; at + 4 <= tensor->bytes().size(); at += 4) {
    values.push_back(graphfreeze::detail::LoadElement<std::int32_t>(tensor->bytes().data() + at));
  }
  return values;
}

// The initial state of a recurrent layer: zeros of shape [batch, units].
const std::string kState = R"(
  sizes = Const {dtype: int32, value: int32 [] 7 3 2}
  zero = Const {dtype: int32, value: int32 [] 0}
  one = Const {dtype: int32, value: int32 [] 1}
  batch = StridedSlice(sizes, zero, one, one) {T: int32, Index: int32, shrink_axis_mask: 1}
  dim = Const {dtype: int32, value: int32 0}
  rows = ExpandDims(batch, dim) {T: int32, Tdim: int32}
  units = Const {dtype: int32, value: int32 [] 4}
  shape = ConcatV2(rows, units, dim) {T: int32, N: 2, Tidx: int32}
  x = Placeholder {dtype: float}
)";

}  // namespace

TEST_CASE("the last node of a constant expression becomes a constant of its name") {
  MiniGraph graph(kState + "out = Reshape(x, shape) {T: float, Tshape: int32}");
  After(graph);
  CHECK(graph.Text({"out"}) == "shape = Const()\nx = Placeholder()\nout = Reshape(x, shape)\n");
  CHECK(Ints(graph, "shape") == std::vector<std::int32_t>{7, 4});
  CHECK(graph.node("shape").attr("dtype").type() == DataType::kInt32);
  CHECK(graph.Reported("made_constant"));
  SUBCASE("also before what it needs, in any order of the nodes") {
    CHECK(After("out = Reshape(x, n) {T: float, Tshape: int32}\n n = Neg(m) {T: int32}\n m = Neg(c) {T: int32}\n"
                "c = Const {dtype: int32, value: int32 [] 4}\n x = Placeholder {dtype: float}") ==
          "out = Reshape(x, n)\nn = Const()\nm = Neg(c)\nc = Const()\nx = Placeholder()\n");
  }
}

TEST_CASE("flags are computed") {
  MiniGraph graph(R"(
    a = Const {dtype: bool, value: bool true}
    b = LogicalNot(a)
    c = LogicalOr(b, a)
    x = Placeholder {dtype: float}
    out = Switch(x, c) {T: float})");
  After(graph);
  CHECK(graph.Text({"out"}) == "c = Const()\nx = Placeholder()\nout = Switch(x, c)\n");
}

TEST_CASE("what depends on inputs, variables or random numbers is not folded") {
  for (const std::string from : {"Placeholder", "VariableV2", "ReadVariableOp(c)", "RandomUniform(c)", "SomebodysOp(c)"}) {
    CAPTURE(from);
    const std::string lines = "c = Const {dtype: int32, value: int32 1}\n v = " + from + "\n n = Add(c, v) {T: int32}\n out = Relu(n)";
    MiniGraph before(lines);
    CHECK(After(lines) == MiniGraph::Text(before.graph().main()));
  }
  SUBCASE("nor what depends on a variable that was frozen") {
    MiniGraph graph("w = Const {dtype: int32}\n n = Neg(w) {T: int32}\n out = Relu(n)");
    graphfreeze::Weight weight;
    weight.tensor = {DataType::kInt32, {}, {{graphfreeze::Source::Own(std::string(4, '\1')), 0, 4}}, nullptr, {}};
    graph.graph().main().SetAttrToWeight(0, "value", graph.graph().AddWeight(weight));
    CHECK(After(graph) == "w = Const()\nn = Neg(w)\nout = Relu(n)\n");
  }
}

TEST_CASE("values above the limit are not folded") {
  const std::string lines = "d = Const {dtype: int32, value: int32 [] 100}\n v = Const {dtype: float, value: float 2}\n"
                            "f = Fill(d, v) {T: float, index_type: int32}\n out = Relu(f) {T: float}";
  FoldConstants pass;
  pass.max_bytes = 399;
  CHECK(After(lines, pass).find("f = Fill(d, v)") != std::string::npos);
  pass.max_bytes = 400;
  CHECK(After(lines, pass).find("f = Const()") != std::string::npos);
}

TEST_CASE("the constant waits for whatever the expression waited for") {
  // Without its control inputs a constant would leave its branch.
  CHECK(After(R"(
    p = Placeholder {dtype: bool}
    s = Switch(p, p) {T: bool}
    t = Identity(s:1) {T: bool}
    a = Const(^t) {dtype: int32, value: int32 1}
    b = Const {dtype: int32, value: int32 2}
    w = NoOp
    i = Identity(a, ^w) {T: int32}
    n = Add(i, b, ^p) {T: int32}
    out = Relu(n) {T: int32})").find("n = Const(^p, ^w, ^t)") != std::string::npos);
}

TEST_CASE("outputs become constants, other ends stay; so does what is excluded") {
  const std::string lines = "a = Const {dtype: int32, value: int32 1}\n n = Neg(a) {T: int32}\n m = Neg(n) {T: int32}";
  CHECK(After(lines) == "a = Const()\nn = Neg(a)\nm = Neg(n)\n");
  FoldConstants pass;
  pass.outputs = {"m:0"};
  CHECK(After(lines, pass) == "a = Const()\nn = Neg(a)\nm = Const()\n");
  pass.outputs = {"m", "n"};
  CHECK(After(lines, pass) == "a = Const()\nn = Const()\nm = Const()\n");
  pass.exclude = {"m"};
  CHECK(After(lines, pass) == "a = Const()\nn = Const()\nm = Neg(n)\n");
}

TEST_CASE("constant expressions in functions are folded") {
  MiniGraph graph("out = f", R"(
    function {
      signature { name: "f" output_arg { name: "y" type: DT_INT32 } }
      node_def { name: "c" op: "Const" attr { key: "dtype" value { type: DT_INT32 } }
        attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape {} int_val: 3 } } } }
      node_def { name: "n" op: "Neg" input: "c:output:0" attr { key: "T" value { type: DT_INT32 } } }
      ret { key: "y" value: "n:y:0" }
    })");
  After(graph);
  const graphfreeze::Function& f = graph.graph().function(0);
  CHECK(MiniGraph::Text(f.body) == "c = Const()\nn = Const()\n");
  CHECK(f.body.Spell(f.body.inputs(f.result(0))[0]) == "n:output:0");
}

TEST_CASE("rings, missing inputs and constants without a value stay as they are") {
  const std::string lines = "a = Add(b, b) {T: int32}\n b = Add(a, c) {T: int32}\n c = Const\n d = Neg(c) {T: int32}\n e = Neg\n"
                            "f = Neg(gone) {T: int32}\n g = Pack(^c)\n h = Add(h, h)\n i = Add(c, d:3)\n"
                            "out = SomebodysOp(a, b, d, e, f, g, h, i)";
  MiniGraph before(lines);
  CHECK(After(lines) == MiniGraph::Text(before.graph().main()));
}
