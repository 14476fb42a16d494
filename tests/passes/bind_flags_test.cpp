// Flags become constants; which value they need at inference is told by structure.
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graphfreeze/passes/bind_flags.hpp>
#include <graphfreeze/passes/fold_branches.hpp>
#include <graphfreeze/rewrite/scalar.hpp>

#include "mini_graph.hpp"

using namespace graphfreeze;

namespace {

using Values = std::vector<std::pair<std::string, std::string>>;

BindFlags Bind(Values values) {
  BindFlags pass;
  pass.values = std::move(values);
  return pass;
}

std::string Error(MiniGraph& graph, Values values) { return std::string(graph.Run(Bind(std::move(values))).message()); }

TensorView Constant(MiniGraph& graph, std::string_view name) {
  CHECK(graph.node(name).op() == "Const");
  Evaluator evaluator(graph.graph(), graph.graph().main());
  const auto value = evaluator.Evaluate({graph.node(name).id(), 0, 0});
  REQUIRE_MESSAGE(value.ok(), std::string(value.status().message()));
  return *value;
}
double Number(MiniGraph& graph, std::string_view name) {
  const auto number = detail::FirstElement(Constant(graph, name));
  REQUIRE(number);
  return *number;
}

const char* const kFlags = R"(
  x = Placeholder {dtype: float, shape: shape { dim { size: -1 } dim { size: 8 } }}
  is_training = Placeholder {dtype: bool}
  tower/is_training = Placeholder {dtype: bool, shape: shape {}}
  keep_prob = Placeholder {dtype: float}
  steps = Placeholder {dtype: int32}
  half = Placeholder {dtype: half, shape: shape { dim { size: 2 } }}
  mode = Const {dtype: int64, value: int64 [] 1 1 1}
  name = Placeholder {dtype: string}
  labels = Placeholder {dtype: int32, shape: shape { dim { size: -1 } }}
)";

}  // namespace

TEST_CASE("placeholders and constants get the values that they are given, as their types say") {
  MiniGraph graph(kFlags);
  CHECK(graph.Run(Bind({{"is_training", "false"}, {"keep_prob", "0.75"}, {"steps", "-7"}, {"half", "2.5"}, {"mode", "3"}, {"name", "eval"}})).ok());
  CHECK(Number(graph, "is_training") == 0);
  CHECK(Constant(graph, "is_training").shape().rank() == 0);
  CHECK(Number(graph, "keep_prob") == 0.75);
  CHECK(Number(graph, "steps") == -7);
  CHECK(Number(graph, "half") == 2.5);
  CHECK(Constant(graph, "half").shape() == Shape({2}));
  CHECK(Constant(graph, "mode").shape() == Shape({3}));
  CHECK(Constant(graph, "mode").bytes().size() == 24);
  CHECK(Number(graph, "mode") == 3);
  CHECK(Constant(graph, "name").strings()[0] == "eval");
  CHECK(graph.node("tower/is_training").op() == "Placeholder");
  SUBCASE("once: a second run changes nothing") {
    const std::size_t entries = graph.reports();
    CHECK(graph.Run(Bind({{"is_training", "false"}, {"keep_prob", "0.75"}, {"half", "2.5"}, {"mode", "3"}, {"name", "eval"}})).ok());
    CHECK(graph.reports() == entries);
  }
  SUBCASE("and another when they are given another") {
    CHECK(graph.Run(Bind({{"is_training", "true"}})).ok());
    CHECK(Number(graph, "is_training") == 1);
  }
}

TEST_CASE("values that a type does not have are errors") {
  MiniGraph graph(kFlags);
  CHECK(Error(graph, {{"is_training", "maybe"}}).find("binding is_training=maybe: 'maybe' is no bool; write true or false") != std::string::npos);
  CHECK(Error(graph, {{"steps", "2147483648"}}).find("out of range") != std::string::npos);
  CHECK(Error(graph, {{"steps", "1.5"}}).find("whole number") != std::string::npos);
  CHECK(Error(graph, {{"keep_prob", "1e39"}}).find("out of range") != std::string::npos);
  CHECK(Error(graph, {{"keep_prob", ""}}).find("write a number") != std::string::npos);
  CHECK(Error(graph, {{"half", "70000"}}).find("out of range") != std::string::npos);
  CHECK(graph.Run(Bind({{"steps", "2147483647"}, {"keep_prob", "inf"}})).ok());
}

TEST_CASE("a name that no node has is an error that lists the flags") {
  MiniGraph graph(kFlags);
  const std::string error = Error(graph, {{"is_trainin", "false"}});
  CHECK(error.find("'is_trainin' cannot be bound: no node has that name; nearest names: 'is_training'") != std::string::npos);
  CHECK(error.find("flags of mini: 'is_training', 'tower/is_training'") != std::string::npos);
  CHECK(Error(graph, {{"*/nothing", "false"}}).find("no scalar placeholder or variable matches") != std::string::npos);
}

TEST_CASE("a glob binds all flags that can have the value") {
  MiniGraph graph(kFlags);
  CHECK(graph.Run(Bind({{"*is_training", "false"}})).ok());
  CHECK(Number(graph, "is_training") == 0);
  CHECK(Number(graph, "tower/is_training") == 0);
  SUBCASE("but no images and labels") {
    CHECK(graph.Run(Bind({{"*", "1"}})).ok());
    CHECK(Number(graph, "keep_prob") == 1);
    CHECK(graph.node("x").op() == "Placeholder");
    CHECK(graph.node("labels").op() == "Placeholder");
    CHECK(graph.node("name").op() == "Placeholder");
  }
  SUBCASE("and is no error the second time") { CHECK(graph.Run(Bind({{"*is_training", "false"}})).ok()); }
  SUBCASE("excluded ones stay") {
    MiniGraph other(kFlags);
    BindFlags pass = Bind({{"*is_training", "false"}});
    pass.exclude = {"tower/*"};
    CHECK(other.Run(pass).ok());
    CHECK(other.node("tower/is_training").op() == "Placeholder");
    CHECK(Number(other, "is_training") == 0);
  }
}

TEST_CASE("any node can be bound, and one of several outputs") {
  MiniGraph graph(R"(
    q = FIFOQueueV2 {component_types: list { type: [DT_FLOAT, DT_BOOL] }}
    next = QueueDequeueV2(q) {component_types: list { type: [DT_FLOAT, DT_BOOL] }}
    train = LogicalNot(next:1)
    out = Select(train, next, next) {T: float}
  )");
  CHECK(graph.Run(Bind({{"next:1", "true"}})).ok());
  CHECK(graph.node("next").op() == "QueueDequeueV2");
  CHECK(Number(graph, "next/bound_1") == 1);
  CHECK(graph.Text({"out"}).find("train = LogicalNot(next/bound_1)\n") != std::string::npos);
  CHECK(graph.Run(Bind({{"train", "false"}})).ok());
  CHECK(graph.Text({"out"}) == "q = FIFOQueueV2()\nnext = QueueDequeueV2(q)\ntrain = Const()\nout = Select(train, next, next)\n");
  CHECK(Error(graph, {{"next:2", "true"}}).find("has 2 outputs") != std::string::npos);
}

TEST_CASE("a constant that is bound in a loop stays in the loop") {
  MiniGraph graph(R"(
    x = Placeholder {dtype: float}
    enter = Enter(x) {T: float, frame_name: "w"}
    scale = Sqrt(enter) {T: float}
    out = Mul(enter, scale) {T: float}
  )");
  CHECK(graph.Run(Bind({{"scale", "2"}})).ok());
  CHECK(graph.Text({"out"}) == "x = Placeholder()\nenter = Enter(x)\nscale = Const(^enter)\nout = Mul(enter, scale)\n");
}

TEST_CASE("S11: the value of a variable wins over the checkpoint, and writes to it go") {
  const char* const lines = R"(
    x = Placeholder {dtype: float}
    is_training = VariableV2 {dtype: bool, shape: shape {}}
    value = Const {dtype: bool, value: bool true}
    is_training/Assign = Assign(is_training, value) {T: bool}
    is_training/read = Identity(is_training) {T: bool, _class: list { s: "loc:@is_training" }}
    other = VariableV2 {dtype: float, shape: shape {}}
    s = Switch(x, is_training/read) {T: float}
    a = Sin(s) {T: float}
    b = Mul(s:1, other) {T: float}
    out = Merge(a, b) {T: float, N: 2}
  )";
  MiniGraph graph(lines);
  CHECK(graph.Run(Bind({{"is_training", "false"}})).ok());
  CHECK(Number(graph, "is_training") == 0);
  CHECK(graph.node("other").op() == "VariableV2");
  CHECK(graph.Reported("made_constant"));
  CHECK(graph.Run(FoldBranches{{"out"}, {}}).ok());
  CHECK(graph.Text({"out"}) == "x = Placeholder()\na = Sin(x)\nout = Identity(a)\n");
}

TEST_CASE("a resource variable is bound wherever its handle goes") {
  const std::string function = R"(
    function {
      signature { name: "f" input_arg { name: "handle" type: DT_RESOURCE } output_arg { name: "r" type: DT_BOOL } }
      node_def { name: "read" op: "ReadVariableOp" input: "handle" attr { key: "dtype" value { type: DT_BOOL } } }
      ret { key: "r" value: "read:value:0" }
    })";
  MiniGraph graph(R"(
    flag = VarHandleOp {dtype: bool, shape: shape {}, shared_name: "flag"}
    read = ReadVariableOp(flag) {dtype: bool}
    call = StatefulPartitionedCall(flag) {f: func { name: "f" }, Tin: list { type: [DT_RESOURCE] }, Tout: list { type: [DT_BOOL] }}
    out = LogicalAnd(read, call)
  )", function);
  CHECK(graph.Run(Bind({{"flag", "true"}})).ok());
  CHECK(Number(graph, "flag") == 1);
  CHECK(graph.Text({"out"}).find("read = Identity(flag)\n") != std::string::npos);
  const std::string_view callee = graph.node("call").attr("f").func_name();
  const auto& body = graph.graph().function(graph.graph().FindFunction(callee)).body;
  CHECK(MiniGraph::Text(body) == "read = Identity(handle)\n");
}

namespace {
// flag decides between x and a random mask on it, in TF1's way; `training` is the side of the mask.
std::string Guarded(const std::string& flag, int training = 1) {
  const std::string yes = training == 1 ? ":1" : "", no = training == 1 ? "" : ":1";
  return "x = Placeholder {dtype: float}\n" + flag + "s = Switch(x, flag) {T: float}\n a = Identity(s" + no + ") {T: float}\n" +
         "shape = Shape(s" + yes + ") {T: float}\n draw = RandomUniform(shape) {dtype: float, T: int32}\n" +
         "b = Mul(s" + yes + ", draw) {T: float}\n m = Merge(" + (training == 1 ? "a, b" : "b, a") + ") {T: float, N: 2}\n out = Relu(m) {T: float}\n";
}
const std::string kPlaceholder = "flag = Placeholder {dtype: bool}\n";
std::string WithDefault(const std::string& value) {
  return "default = Const {dtype: bool, value: bool " + value + "}\n flag = PlaceholderWithDefault(default) {dtype: bool, shape: shape {}}\n";
}
}  // namespace

TEST_CASE("the default of Keras's learning phase is its value, if it is false") {
  MiniGraph graph(Guarded(WithDefault("false")));
  CHECK(graph.Run(BindFlags{}).ok());
  CHECK(Number(graph, "flag") == 0);
  const std::size_t entries = graph.reports();
  CHECK(graph.Run(BindFlags{}).ok());
  CHECK(graph.reports() == entries);
  SUBCASE("if it is true, somebody must say so") {
    MiniGraph other(Guarded(WithDefault("true")));
    CHECK(other.Run(BindFlags{}).ok());
    CHECK(other.node("flag").op() == "PlaceholderWithDefault");
    CHECK(other.Reported("flag_default_kept"));
  }
  SUBCASE("if structure says that false is training too") {
    MiniGraph other(Guarded(WithDefault("false"), 0));
    CHECK(other.Run(BindFlags{}).ok());
    CHECK(other.node("flag").op() == "PlaceholderWithDefault");
    CHECK(other.Reported("flag_default_kept"));
  }
  SUBCASE("one that decides nothing is not touched") {
    MiniGraph other(WithDefault("false") + "out = Cast(flag) {SrcT: bool, DstT: float}");
    CHECK(other.Run(BindFlags{}).ok());
    CHECK(other.reports() == 0);
  }
}

TEST_CASE("which value means inference is told by what runs only with the other") {
  MiniGraph graph(Guarded(kPlaceholder));
  std::vector<FlagSuggestion> found = SuggestFlags(graph.graph());
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "flag");
  CHECK(found[0].value == false);
  CHECK(found[0].votes == 1);
  CHECK(found[0].example == "draw");
  CHECK(found[0].can_be_bound);
  CHECK(graph.Run(BindFlags{}).ok());
  CHECK(graph.Reported("flag_suggested"));
  CHECK(graph.node("flag").op() == "Placeholder");
  SUBCASE("and bound if that is wanted") {
    BindFlags pass;
    pass.infer_flags = true;
    CHECK(graph.Run(pass).ok());
    CHECK(Number(graph, "flag") == 0);
    CHECK(graph.Reported("flag_inferred"));
  }
  SUBCASE("whichever it is") {
    MiniGraph other(Guarded(kPlaceholder, 0));
    CHECK(SuggestFlags(other.graph()).at(0).value == true);
  }
  SUBCASE("through LogicalNot") {
    MiniGraph other(Guarded("inference = Placeholder {dtype: bool}\n flag = LogicalNot(inference)\n"));
    found = SuggestFlags(other.graph());
    REQUIRE(found.size() == 1);
    CHECK(found[0].name == "inference");
    CHECK(found[0].value == true);
  }
  SUBCASE("of a variable as well") {
    MiniGraph other(Guarded("v = VarHandleOp {dtype: bool, shape: shape {}}\n flag = ReadVariableOp(v) {dtype: bool}\n"));
    BindFlags pass;
    pass.infer_flags = true;
    CHECK(other.Run(pass).ok());
    CHECK(Number(other, "v") == 0);
  }
  SUBCASE("unless both sides train") {
    MiniGraph other(Guarded(kPlaceholder) + "a2 = Shape(a) {T: float}\n a3 = RandomUniform(a2) {dtype: float, T: int32}\n side = Merge(a3, b) {T: float, N: 2}\n");
    CHECK(SuggestFlags(other.graph()).empty());
  }
}

TEST_CASE("B8: a batch norm in both modes tells which flag means training") {
  MiniGraph graph(R"(
    x = Placeholder {dtype: float}
    flag = Placeholder {dtype: bool}
    c = Const {dtype: float, value: float [] 1}
    s = Switch(x, flag) {T: float}
    c/Switch = Switch(c, flag) {T: float}
    train = FusedBatchNormV3(s:1, c/Switch:1, c/Switch:1, c/Switch:1, c/Switch:1) {T: float, U: float}
    infer = FusedBatchNormV3(s, c/Switch, c/Switch, c/Switch, c/Switch) {T: float, U: float, is_training: false}
    out = Merge(infer, train) {T: float, N: 2}
  )");
  BindFlags pass;
  pass.infer_flags = true;
  CHECK(graph.Run(pass, FoldBranches{{"out"}, {}}).ok());
  CHECK(graph.Text({"out"}) == "x = Placeholder()\nc = Const()\ninfer = FusedBatchNormV3(x, c, c, c, c)\nout = Identity(infer)\n");
}

TEST_CASE("a flag that a loop carries to a branch in its body is told by that branch") {
  const std::string functions = R"(
    function {
      signature { name: "mask" input_arg { name: "x" type: DT_FLOAT } output_arg { name: "r" type: DT_FLOAT } }
      node_def { name: "shape" op: "Shape" input: "x" }
      node_def { name: "draw" op: "RandomUniform" input: "shape:output:0" }
      ret { key: "r" value: "draw:output:0" }
    }
    function {
      signature { name: "id" input_arg { name: "x" type: DT_FLOAT } output_arg { name: "r" type: DT_FLOAT } }
      ret { key: "r" value: "x" }
    }
    function {
      signature { name: "cond" input_arg { name: "p" type: DT_BOOL } input_arg { name: "x" type: DT_FLOAT } output_arg { name: "r" type: DT_BOOL } }
      ret { key: "r" value: "p" }
    }
    function {
      signature { name: "body" input_arg { name: "p" type: DT_BOOL } input_arg { name: "x" type: DT_FLOAT }
                  output_arg { name: "p_out" type: DT_BOOL } output_arg { name: "x_out" type: DT_FLOAT } }
      node_def { name: "not" op: "LogicalNot" input: "p" }
      node_def { name: "if" op: "If" input: "not:y:0" input: "x" attr { key: "then_branch" value { func { name: "id" } } }
                 attr { key: "else_branch" value { func { name: "mask" } } } }
      ret { key: "p_out" value: "p" }
      ret { key: "x_out" value: "if:output:0" }
    })";
  MiniGraph graph(R"(
    x = Placeholder {dtype: float}
    flag = Placeholder {dtype: bool}
    w = While(flag, x) {cond: func { name: "cond" }, body: func { name: "body" }, T: list { type: [DT_BOOL, DT_FLOAT] }}
    out = Relu(w:1) {T: float}
  )", functions);
  const std::vector<FlagSuggestion> found = SuggestFlags(graph.graph());
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "flag");
  CHECK(found[0].value == false);
  CHECK(found[0].example == "draw");
}
