// Calls become nodes: in the main graph, in the functions of If and While, at any depth; circles and blow-ups are
// refused before anything is changed.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <graphfreeze/passes/inline_functions.hpp>

#include "mini_graph.hpp"

namespace gf = graphfreeze;

namespace {

std::string Function(const std::string& name, const std::string& nodes, const std::string& ret) {
  return "function { signature { name: '" + name + "' input_arg { name: 'a' type: DT_FLOAT } output_arg { name: 'r' type: DT_FLOAT } } " +
         nodes + " ret { key: 'r' value: '" + ret + "' } }\n";
}
std::string Node(const std::string& name, const std::string& op, const std::string& input, const std::string& attrs = "") {
  return "node_def { name: '" + name + "' op: '" + op + "' input: '" + input + "' attr { key: 'T' value { type: DT_FLOAT } } " + attrs + " }";
}
std::string Call(const std::string& name, const std::string& function, const std::string& input) {
  return "node_def { name: '" + name + "' op: 'StatefulPartitionedCall' input: '" + input + "' attr { key: 'f' value { func { name: '" +
         function + "' } } } attr { key: 'Tin' value { list { type: DT_FLOAT } } } attr { key: 'Tout' value { list { type: DT_FLOAT } } } }";
}
const std::string kCall = "Tin: list { type: DT_FLOAT }, Tout: list { type: DT_FLOAT }";

std::string Body(MiniGraph& mini, const std::string& function) {
  const gf::FunctionId id = mini.graph().FindFunction(function);
  REQUIRE(id != gf::kNoFunction);
  return MiniGraph::Text(mini.graph().function(id).body);
}

}  // namespace

TEST_CASE("calls of calls are inlined, and the name of the outer one stays") {
  MiniGraph mini("x = Placeholder {dtype: float}\ncall = StatefulPartitionedCall(x) {f: func { name: \"outer\" }, " + kCall + "}\n" +
                     "y = Relu(call) {T: float}",
                 Function("outer", Call("call", "inner", "a"), "call:output:0") + Function("inner", Node("neg", "Neg", "a"), "neg:y:0"));
  REQUIRE(mini.Run(gf::InlineFunctions{}).ok());
  CHECK(mini.Reported("inlined"));
  const std::string text = mini.Text({"y", "call"});
  CHECK(text == "x = Placeholder()\ncall = Identity(call/call/neg)\ny = Relu(call/call/neg)\ncall/call/neg = Neg(x)\n");
  const std::size_t reports = mini.reports();
  REQUIRE(mini.Run(gf::InlineFunctions{}).ok());
  CHECK(mini.reports() == reports);
}

TEST_CASE("a node whose op is a function is a call") {
  MiniGraph mini("x = Placeholder {dtype: float}\ncall = inner(x)\ny = Relu(call) {T: float}",
                 Function("inner", Node("neg", "Neg", "a"), "neg:y:0"));
  REQUIRE(mini.Run(gf::InlineFunctions{}).ok());
  CHECK(mini.Text({"y"}) == "x = Placeholder()\ny = Relu(call/neg)\ncall/neg = Neg(x)\n");
}

TEST_CASE("If keeps its functions, whose own calls are inlined") {
  MiniGraph mini("x = Placeholder {dtype: float}\np = Placeholder {dtype: bool}\n"
                 "y = If(p, x) {then_branch: func { name: \"outer\" }, else_branch: func { name: \"inner\" }, Tcond: bool, " + kCall + "}",
                 Function("outer", Call("call", "inner", "a"), "call:output:0") + Function("inner", Node("neg", "Neg", "a"), "neg:y:0") +
                     Function("unused", Call("call", "inner", "a"), "call:output:0"));
  REQUIRE(mini.Run(gf::InlineFunctions{}).ok());
  CHECK(mini.Text({"y"}) == "x = Placeholder()\np = Placeholder()\ny = If(p, x)\n");
  CHECK(Body(mini, "outer") == "call = Identity(call/neg:y:0)\ncall/neg = Neg(a)\n");
}

TEST_CASE("calls can be excluded by their names and by those of their functions, or chosen by who needs them") {
  const std::string lines = "x = Placeholder {dtype: float}\nc = PartitionedCall(x) {f: func { name: \"inner\" }, " + kCall + "}\n" +
                            "d = PartitionedCall(x) {f: func { name: \"other\" }, " + kCall + "}\ny = Add(c, d) {T: float}";
  const std::string functions = Function("inner", Node("neg", "Neg", "a"), "neg:y:0") + Function("other", Node("abs", "Abs", "a"), "abs:y:0");
  for (const char* exclude : {"d", "oth*"}) {
    MiniGraph mini(lines, functions);
    REQUIRE(mini.Run(gf::InlineFunctions{{}, {exclude}}).ok());
    CHECK(mini.Text({"y"}) == "x = Placeholder()\nd = PartitionedCall(x)\ny = Add(c/neg, d)\nc/neg = Neg(x)\n");
  }
  MiniGraph mini(lines, functions);
  REQUIRE(mini.Run(gf::InlineFunctions{{"c"}, {}}).ok());
  CHECK(mini.Text({"y"}) == "x = Placeholder()\nd = PartitionedCall(x)\ny = Add(c/neg, d)\nc/neg = Neg(x)\n");
}

TEST_CASE("circles are refused with their names") {
  const std::string lines = "x = Placeholder {dtype: float}\ny = PartitionedCall(x) {f: func { name: \"f\" }, " + kCall + "}";
  MiniGraph mini(lines, Function("f", Call("c", "g", "a"), "c:output:0") + Function("g", Call("c", "f", "a"), "c:output:0"));
  const absl::Status status = mini.Run(gf::InlineFunctions{});
  CHECK_FALSE(status.ok());
  CHECK(std::string(status.message()).find("'f' -> 'g' -> 'f'") != std::string::npos);
  CHECK(mini.Text({"y"}) == "x = Placeholder()\ny = PartitionedCall(x)\n");
}

TEST_CASE("a recursion through a branch is left to the branch") {
  MiniGraph mini("x = Placeholder {dtype: float}\ny = PartitionedCall(x) {f: func { name: \"f\" }, " + kCall + "}",
                 Function("f", Node("p", "IsFinite", "a") + "node_def { name: 'if' op: 'If' input: 'p:y:0' input: 'a' "
                               "attr { key: 'then_branch' value { func { name: 'f' } } } attr { key: 'else_branch' value { func { name: 'g' } } } "
                               "attr { key: 'Tin' value { list { type: DT_FLOAT } } } attr { key: 'Tout' value { list { type: DT_FLOAT } } } }",
                          "if:output:0") +
                     Function("g", Node("neg", "Neg", "a"), "neg:y:0"));
  REQUIRE(mini.Run(gf::InlineFunctions{}).ok());
  CHECK(mini.Text({"y"}) == "x = Placeholder()\ny = Identity(y/if)\ny/p = IsFinite(x)\ny/if = If(y/p, x)\n");
}

TEST_CASE("functions that multiply beyond all bounds are refused before anything is done") {
  std::string functions = Function("f0", Node("neg", "Neg", "a"), "neg:y:0");
  for (int i = 1; i <= 60; ++i) {
    const std::string callee = "f" + std::to_string(i - 1);
    functions += Function("f" + std::to_string(i), Call("c", callee, "a") + Call("d", callee, "c:output:0"), "d:output:0");
  }
  MiniGraph mini("x = Placeholder {dtype: float}\ny = PartitionedCall(x) {f: func { name: \"f60\" }, " + kCall + "}", functions);
  const absl::Status status = mini.Run(gf::InlineFunctions{});
  CHECK(status.code() == absl::StatusCode::kResourceExhausted);
}

TEST_CASE("calls that do not fit their function are errors") {
  for (const char* inputs : {"x, x", ""}) {
    MiniGraph mini("x = Placeholder {dtype: float}\ny = PartitionedCall(" + std::string(inputs) + ") {f: func { name: \"f\" }, " + kCall + "}",
                   Function("f", Node("neg", "Neg", "a"), "neg:y:0"));
    CHECK_FALSE(mini.Run(gf::InlineFunctions{}).ok());
  }
  MiniGraph unknown("x = Placeholder {dtype: float}\ny = PartitionedCall(x) {f: func { name: \"gone\" }, " + kCall + "}",
                    Function("f", Node("neg", "Neg", "a"), "neg:y:0"));
  CHECK(unknown.Run(gf::InlineFunctions{}).ok());  // no function of the graph: nothing to inline
}

TEST_CASE("in a branch of TF1, what has no inputs waits for the side that its call is on, not for the Switch") {
  const std::string constant = Function("f", "node_def { name: 'c' op: 'Const' attr { key: 'dtype' value { type: DT_FLOAT } } } "
                                             "node_def { name: 'n' op: 'Neg' input: 'a' input: '^a' attr { key: 'T' value { type: DT_FLOAT } } }", "c:output:0");
  MiniGraph mini("x = Placeholder {dtype: float}\np = Placeholder {dtype: bool}\ns = Switch(x, p) {T: float}\n"
                 "c = PartitionedCall(s:1) {f: func { name: \"f\" }, " + kCall + "}\ny = Merge(s, c) {T: float, N: 2}", constant);
  REQUIRE(mini.Run(gf::InlineFunctions{}).ok());
  CHECK(mini.Text({"y", "c/n"}) == "x = Placeholder()\np = Placeholder()\ns = Switch(x, p)\ny = Merge(s, c/c)\nc/input = Identity(s:1)\n"
                                  "c/c = Const(^c/input)\nc/n = Neg(s:1, ^c/a)\nc/a = Identity(s:1)\n");
  CHECK(mini.node("c/input").attr("T").type() == gf::DataType::kFloat);
}

TEST_CASE("every copy of a loop of TF1 has a frame of its own") {
  MiniGraph mini("x = Placeholder {dtype: float}\na = PartitionedCall(x) {f: func { name: \"f\" }, " + kCall + "}\n" +
                     "b = PartitionedCall(a) {f: func { name: \"f\" }, " + kCall + "}",
                 Function("f", Node("e", "Enter", "a", "attr { key: 'frame_name' value { s: 'loop' } }") + Node("x", "Exit", "e:output:0"), "x:output:0"));
  REQUIRE(mini.Run(gf::InlineFunctions{}).ok());
  CHECK(mini.node("a/e").attr("frame_name").s() == "a/loop");
  CHECK(mini.node("b/e").attr("frame_name").s() == "b/loop");
}

TEST_CASE("in a loop of TF1, a call runs only where all of its inputs are") {
  // w enters the loop once and is there in its last round too, of which the body must not run.
  const std::string loop =
      "x = Placeholder {dtype: float}\nw = Placeholder {dtype: float}\nenter = Enter(x) {T: float, frame_name: \"f\"}\n"
      "w_in = Enter(w) {T: float, frame_name: \"f\", is_constant: true}\nmerge = Merge(enter, next) {T: float, N: 2}\n"
      "g = IsFinite(merge) {T: float}\nlc = LoopCond(g)\nswitch = Switch(merge, lc) {T: float}\npivot = Identity(switch:1) {T: float}\n"
      "next = NextIteration(c) {T: float}\nexit = Exit(switch) {T: float}\n";
  const std::string function = Function("f", Call("inner", "g", "a"), "inner:output:0") + Function("g", Node("neg", "Neg", "a"), "neg:y:0");
  MiniGraph mini(loop + "c = PartitionedCall(w_in, ^pivot) {f: func { name: \"f\" }, " + kCall + "}", function);
  REQUIRE(mini.Run(gf::InlineFunctions{}).ok());
  const std::string text = mini.Text({"exit"});
  CHECK(text.find("c/start = NoOp(^pivot, ^w_in)\nc/a = Identity(w_in, ^c/start)\nc/inner/neg = Neg(c/a)\n") != std::string::npos);
  MiniGraph within(loop + "c = PartitionedCall(pivot) {f: func { name: \"f\" }, " + kCall + "}", function);
  REQUIRE(within.Run(gf::InlineFunctions{}).ok());
  CHECK(within.Text({"exit"}).find("c/inner/neg = Neg(pivot)\n") != std::string::npos);
}
