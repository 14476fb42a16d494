// If, Case and While become Switch, Merge and Enter: what is not taken does not run, names of outputs stay, and nothing
// of the functions is left. That the graphs compute the same, the differential tests show.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <graphfreeze/passes/lower_control_flow.hpp>

#include "mini_graph.hpp"

namespace gf = graphfreeze;

namespace {

// A function of floats: `arguments` and `results` are names separated by blanks, `nodes` the lines of a MiniGraph in
// which inputs are spelled as functions do ("a", "neg:y:0"), `rets` where the results come from.
std::vector<std::string> Words(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = (std::min)(text.find(' ', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}
std::string Function(const std::string& name, const std::string& arguments, const std::string& nodes, const std::string& rets,
                     const std::string& type = "DT_FLOAT", const std::string& more = "") {
  std::string text = "function { signature { name: '" + name + "' ";
  for (const std::string& arg : Words(arguments)) text += "input_arg { name: '" + arg + "' type: DT_FLOAT } ";
  std::string ret;
  int i = 0;
  for (const std::string& source : Words(rets)) {
    const std::string result = "r" + std::to_string(i++);
    text += "output_arg { name: '" + result + "' type: " + type + " } ";
    ret += "ret { key: '" + result + "' value: '" + source + "' } ";
  }
  text += "} ";
  std::string defs = MiniGraph::ToText(nodes);
  for (std::size_t at = 0; (at = defs.find("node {", at)) != std::string::npos; at += 10) defs.replace(at, 6, "node_def {");
  return text + defs + ret + more + "}\n";
}

const std::string kFloat = "list { type: DT_FLOAT }", kFloats = "list { type: DT_FLOAT type: DT_FLOAT }";
std::string If(const std::string& inputs, const std::string& tin = kFloat, const std::string& tout = kFloat, const std::string& more = "") {
  return "If(" + inputs + ") {then_branch: func { name: \"then\" }, else_branch: func { name: \"else\" }, Tcond: bool, Tin: " + tin +
         ", Tout: " + tout + ", _lower_using_switch_merge: true" + more + "}\n";
}
std::string While(const std::string& inputs, const std::string& types, const std::string& more = "") {
  return "While(" + inputs + ") {cond: func { name: \"cond\" }, body: func { name: \"body\" }, T: " + types +
         ", _lower_using_switch_merge: true" + more + "}\n";
}
const std::string kInputs = "x = Placeholder {dtype: float}\nw = Placeholder {dtype: float}\np = Placeholder {dtype: bool}\n";
const std::string kShown = "x = Placeholder()\nw = Placeholder()\np = Placeholder()\n";
const std::string kNegAbs = Function("then", "a", "neg = Neg(a) {T: float}", "neg:y:0") + Function("else", "a", "abs = Abs(a) {T: float}", "abs:y:0");

std::vector<std::string> OpsOf(MiniGraph& mini) {
  std::vector<std::string> ops;
  mini.graph().main().ForEachNode([&](gf::NodeRef node) { ops.emplace_back(node.op()); });
  return ops;
}
std::size_t Count(MiniGraph& mini, const std::string& op) {
  const std::vector<std::string> ops = OpsOf(mini);
  return static_cast<std::size_t>(std::count(ops.begin(), ops.end(), op));
}
std::string Inputs(MiniGraph& mini, const std::string& name) {
  std::string inputs;
  for (const gf::Edge& edge : mini.node(name).inputs()) inputs += (inputs.empty() ? "" : ", ") + mini.graph().main().Spell(edge);
  return inputs;
}

}  // namespace

TEST_CASE("If is Switch and Merge, and its name stays for who asks for it") {
  MiniGraph mini(kInputs + "y = " + If("p, x") + "z = Relu(y) {T: float}", kNegAbs);
  REQUIRE(mini.Run(gf::LowerControlFlow{}).ok());
  CHECK(mini.Reported("lowered"));
  CHECK(mini.Text({"z", "y", "w"}) == kShown + "y = Identity(y/Merge_0)\nz = Relu(y/Merge_0)\ny/Switch_0 = Switch(x, p)\n"
                                              "y/else/abs = Abs(y/Switch_0)\ny/then/neg = Neg(y/Switch_0:1)\n"
                                              "y/Merge_0 = Merge(y/else/abs, y/then/neg)\n");
  CHECK(mini.node("y/Merge_0").attr("N").i() == 2);
  CHECK(mini.node("y/Switch_0").attr("T").type() == gf::DataType::kFloat);
  CHECK(mini.graph().FindFunction("then") == gf::kNoFunction);
  const std::size_t reports = mini.reports();
  REQUIRE(mini.Run(gf::LowerControlFlow{}).ok());
  CHECK(mini.reports() == reports);
}

TEST_CASE("every output of an If is found by its number, and one that hands on an argument takes its Switch") {
  MiniGraph mini(kInputs + "y = " + If("p, x, w", kFloats, kFloats) + "z = Relu(y:1) {T: float}",
                 Function("then", "a b", "neg = Neg(a) {T: float}", "b neg:y:0") + Function("else", "a b", "", "a b"));
  REQUIRE(mini.Run(gf::LowerControlFlow{}).ok());
  const std::string text = mini.Text({"z", "y"});
  CHECK(Inputs(mini, "y") == "y/Merge_0, y/Merge_1");
  CHECK(Inputs(mini, "z") == "y/Merge_1");
  CHECK(Inputs(mini, "y/Merge_0") == "y/Switch_0, y/Switch_1:1");
  CHECK(Inputs(mini, "y/Merge_1") == "y/Switch_1, y/then/neg");
  CHECK(Inputs(mini, "y/then/neg") == "y/Switch_0:1");
}

TEST_CASE("what has no inputs in a branch runs when the branch does") {
  MiniGraph mini(kInputs + "y = " + If("p, x"),
                 Function("then", "a", "c = Const {dtype: float, value: float 2}", "c:output:0") +
                     Function("else", "a", "n = NoOp(^a)\nabs = Abs(a, ^n) {T: float}", "abs:y:0"));
  REQUIRE(mini.Run(gf::LowerControlFlow{}).ok());
  CHECK(mini.Text({"y", "x", "w"}) ==
        kShown + "y = Identity(y/Merge_0)\ny/Switch_0 = Switch(x, p)\ny/else/n = NoOp(^y/else/a)\n" +
            "y/else/abs = Abs(y/Switch_0, ^y/else/n)\ny/else/a = Identity(y/Switch_0)\ny/Switch = Switch(p, p)\ny/switch_t = Identity(y/Switch:1)\n"
            "y/then/c = Const(^y/switch_t)\ny/Merge_0 = Merge(y/else/abs, y/then/c)\n");
}

TEST_CASE("predicates that are no scalar bools go through ToBool, as If takes them") {
  const struct {
    const char *predicate, *more, *expected;
  } cases[] = {
      {"q = Placeholder {dtype: int32}", "Tcond: int32, _lower_using_switch_merge: true", "ToBool"},
      {"q = Placeholder {dtype: string, shape: shape {}}", "Tcond: string", "ToBool"},
      {"q = Placeholder {dtype: bool}", "Tcond: bool", "ToBool"},  // who knows its shape
      {"q = Placeholder {dtype: bool, shape: shape { dim { size: 1 } }}", "Tcond: bool", "ToBool"},
      {"q = Placeholder {dtype: bool, shape: shape { unknown_rank: true }}", "Tcond: bool", "ToBool"},
      {"q = Placeholder {dtype: bool, shape: shape {}}", "Tcond: bool", ""},
      {"q = Const {dtype: bool, value: bool true}", "Tcond: bool", ""},
      {"q = Const {dtype: bool, value: bool [] true}", "Tcond: bool", "ToBool"},
      {"q = Greater(x, w) {T: float, _output_shapes: list { shape {} }}", "Tcond: bool", ""},
      {"q = Greater(x, w) {T: float}", "Tcond: bool, _lower_using_switch_merge: true", ""},
  };
  for (const auto& test : cases) {
    CAPTURE(test.predicate);
    MiniGraph mini(kInputs + test.predicate + "\ny = If(q, x) {then_branch: func { name: \"then\" }, else_branch: func { name: \"else\" }, Tin: " +
                       kFloat + ", Tout: " + kFloat + ", " + test.more + "}",
                   kNegAbs);
    REQUIRE(mini.Run(gf::LowerControlFlow{}).ok());
    const bool converted = *test.expected != 0;
    CHECK(Inputs(mini, "y/Switch_0") == (converted ? "x, y/pred_id" : "x, q"));
    if (converted) CHECK(mini.node("y/pred_id").op() == test.expected);
    if (converted) CHECK(mini.node("y/pred_id").attr("T").message() == mini.node("q").attr("dtype").message());
  }
}

TEST_CASE("the branches wait for what an If waits for, and who waits for it waits for the branch that runs") {
  const std::string effect = "control_ret { key: 'e' value: 'e' } ";
  MiniGraph mini(kInputs + "before = Print(x, x) {T: float, U: list { type: DT_FLOAT }}\ny = " + If("p, x, ^before") + "after = Relu(w, ^y) {T: float}",
                 Function("then", "a", "e = Print(a, a) {T: float, U: list { type: DT_FLOAT }}\nneg = Neg(a) {T: float}", "neg:y:0", "DT_FLOAT", effect) +
                     Function("else", "a", "abs = Abs(a) {T: float}", "abs:y:0"));
  REQUIRE(mini.Run(gf::LowerControlFlow{}).ok());
  CHECK(Inputs(mini, "y/pred_id") == "p, ^before");
  CHECK(Inputs(mini, "y/Switch_0") == "x, y/pred_id");
  CHECK(Inputs(mini, "after") == "w, ^y");
  CHECK(Inputs(mini, "y") == "y/Merge_0, ^y/done");
  CHECK(Inputs(mini, "y/done") == "y/Switch, y/then/done");
  CHECK(Inputs(mini, "y/then/done") == "y/Switch:1, ^y/then/e");
}

TEST_CASE("an If without results waits for its predicate, and for what must run") {
  for (const bool effect : {false, true}) {
    MiniGraph mini(kInputs + "y = If(p, x) {then_branch: func { name: \"then\" }, else_branch: func { name: \"else\" }, Tcond: bool, Tin: " + kFloat +
                       ", Tout: list {}, _lower_using_switch_merge: true}\nz = Relu(x, ^y) {T: float}",
                   Function("then", "a", "e = Print(a, a) {T: float, U: list { type: DT_FLOAT }}", "", "DT_FLOAT",
                            effect ? "control_ret { key: 'e' value: 'e' } " : "") +
                       Function("else", "a", "", ""));
    REQUIRE(mini.Run(gf::LowerControlFlow{}).ok());
    CHECK(mini.node("y").op() == "NoOp");
    CHECK(Inputs(mini, "y") == (effect ? "^y/done" : "^p"));
  }
}

TEST_CASE("Case is a tree of comparisons, and an index out of range is the last branch") {
  const std::string functions = Function("f0", "a", "neg = Neg(a) {T: float}", "neg:y:0") + Function("f1", "a", "", "a") +
                                Function("f2", "a", "c = Const {dtype: float, value: float 2}", "c:output:0");
  MiniGraph mini("x = Placeholder {dtype: float}\ni = Placeholder {dtype: int32}\ny = StatelessCase(i, x) {branches: list { func { name: \"f0\" } "
                 "func { name: \"f1\" } func { name: \"f2\" } }, Tin: " + kFloat + ", Tout: " + kFloat + "}", functions);
  REQUIRE(mini.Run(gf::LowerControlFlow{}).ok());
  CHECK(mini.Text({"y"}) ==
        "x = Placeholder()\ni = Placeholder()\ny = Identity(y/Merge_0)\n"
        "y/first = Const()\ny/last = Const()\ny/is_negative = Less(i, y/first)\ny/index = Select(y/is_negative, y/last, i)\n"
        "y/bound = Const()\ny/pred_id = Less(y/index, y/bound)\n"
        "y/Switch = Switch(y/pred_id, y/pred_id)\ny/switch_f = Identity(y/Switch)\n"
        "y/Switch_1 = Switch(y/index, y/pred_id)\ny/split_1/bound = Const(^y/switch_f)\ny/split_1/pred_id = Less(y/Switch_1, y/split_1/bound)\n"
        "y/split_1/Switch = Switch(y/split_1/pred_id, y/split_1/pred_id)\ny/split_1/switch_f = Identity(y/split_1/Switch)\n"
        "y/branch_2/c = Const(^y/split_1/switch_f)\n"
        "y/Switch_0 = Switch(x, y/pred_id)\ny/split_1/Switch_0 = Switch(y/Switch_0, y/split_1/pred_id)\n"
        "y/split_1/Merge_0 = Merge(y/branch_2/c, y/split_1/Switch_0:1)\n"
        "y/branch_0/neg = Neg(y/Switch_0:1)\ny/Merge_0 = Merge(y/split_1/Merge_0, y/branch_0/neg)\n");
}

TEST_CASE("Case of one branch is that branch") {
  MiniGraph mini("x = Placeholder {dtype: float}\ni = Placeholder {dtype: int32}\ny = Case(i, x) {branches: list { func { name: \"then\" } }, Tin: " +
                     kFloat + ", Tout: " + kFloat + "}",
                 kNegAbs);
  REQUIRE(mini.Run(gf::LowerControlFlow{}).ok());
  CHECK(mini.Text({"y"}) == "x = Placeholder()\ny = Identity(y/neg)\ny/neg = Neg(x)\n");
}

TEST_CASE("While goes round, and what the body hands on unchanged enters once") {
  MiniGraph mini(kInputs + "y = " + While("x, w", kFloats, ", parallel_iterations: 7") + "z = Relu(y) {T: float}\nv = Relu(y:1) {T: float}",
                 Function("cond", "a b", "less = Less(a, b) {T: float}", "less:z:0", "DT_BOOL") +
                     Function("body", "a b", "c = Const {dtype: float, value: float 2}\nadd = Add(a, c) {T: float}\nmul = Mul(add:z:0, b) {T: float}\n"
                                             "same = Identity(b) {T: float}", "mul:z:0 same:output:0"));
  REQUIRE(mini.Run(gf::LowerControlFlow{}).ok());
  CHECK(mini.Text({"z", "v", "y", "p"}) ==
        kShown + "y = IdentityN(y/Exit_0, w)\nz = Relu(y/Exit_0)\nv = Relu(w)\n"
        "y/Enter_0 = Enter(x)\ny/NextIteration_0 = NextIteration(y/body/mul)\ny/Merge_0 = Merge(y/Enter_0, y/NextIteration_0)\n"
        "y/Enter_1 = Enter(w)\ny/cond/less = Less(y/Merge_0, y/Enter_1)\ny/LoopCond = LoopCond(y/cond/less)\n"
        "y/Switch_0 = Switch(y/Merge_0, y/LoopCond)\ny/Exit_0 = Exit(y/Switch_0)\ny/body_pivot = Identity(y/Switch_0:1)\n"
        "y/Identity_1 = Identity(y/Enter_1, ^y/body_pivot)\ny/body/c = Const(^y/body_pivot)\ny/body/add = Add(y/Switch_0:1, y/body/c)\n"
        "y/body/mul = Mul(y/body/add, y/Identity_1)\n");
  CHECK(mini.node("y/Enter_0").attr("frame_name").s() == "y");
  CHECK(mini.node("y/Enter_1").attr("frame_name").s() == "y");
  CHECK_FALSE(mini.node("y/Enter_0").attr("is_constant").b());
  CHECK(mini.node("y/Enter_1").attr("is_constant").b());
  CHECK(mini.node("y/Enter_0").attr("parallel_iterations").i() == 7);
}

TEST_CASE("a result that waits for something is not the same in every round, nor one that is another argument") {
  MiniGraph mini(kInputs + "y = " + While("x, w", kFloats),
                 Function("cond", "a b", "less = Less(a, b) {T: float}", "less:z:0", "DT_BOOL") +
                     Function("body", "a b", "e = Print(b, b) {T: float, U: list { type: DT_FLOAT }}\nsame = Identity(b, ^e) {T: float}", "b same:output:0"));
  REQUIRE(mini.Run(gf::LowerControlFlow{}).ok());
  CHECK(Inputs(mini, "y") == "y/Exit_0, y/Exit_1");
  CHECK(Inputs(mini, "y/NextIteration_0") == "y/Switch_1:1");
  CHECK(Inputs(mini, "y/NextIteration_1") == "y/body/same");
}

TEST_CASE("what has no state is not waited for") {
  const std::string ret = "control_ret { key: 'n' value: 'neg' } ";
  MiniGraph mini(kInputs + "y = " + While("x, w", kFloats) + "z = " + If("p, x"),
                 Function("cond", "a b", "neg = Neg(a) {T: float}\nless = Less(a, b) {T: float}", "less:z:0", "DT_BOOL", ret) +
                     Function("body", "a b", "neg = Neg(a) {T: float}\nsame = Identity(b, ^neg) {T: float}", "a same:output:0", "DT_FLOAT", ret) +
                     Function("then", "a", "neg = Neg(a) {T: float}", "a", "DT_FLOAT", ret) + Function("else", "a", "", "a"));
  REQUIRE(mini.Run(gf::LowerControlFlow{}).ok());
  CHECK(Inputs(mini, "y") == "x, w, ^y/Exit_2");  // nothing changes
  CHECK(Inputs(mini, "y/NextIteration_2") == "y/Switch_2:1");
  CHECK(Inputs(mini, "y/LoopCond") == "y/cond/less");
  CHECK(Inputs(mini, "z") == "z/Merge_0");
}

TEST_CASE("an argument that never changes goes round as another one only where the body runs") {
  MiniGraph mini(kInputs + "y = " + While("x, w", kFloats),
                 Function("cond", "a b", "less = Less(a, b) {T: float}", "less:z:0", "DT_BOOL") + Function("body", "a b", "", "b b"));
  REQUIRE(mini.Run(gf::LowerControlFlow{}).ok());
  CHECK(Inputs(mini, "y/NextIteration_0") == "y/Identity_1");
  CHECK(Inputs(mini, "y/Identity_1") == "y/Enter_1, ^y/body_pivot");
}

TEST_CASE("a body with state goes round one iteration at a time, however deep the state is") {
  const std::string pred = Function("cond", "a", "c = Const {dtype: float, value: float 2}\nless = Less(a, c:output:0) {T: float}", "less:z:0", "DT_BOOL");
  const std::string random = "s = Const {dtype: int32, value: int32 [] 2}\nr = RandomUniform(s) {T: int32, dtype: float}\n";
  const std::string call = "p = IsFinite(a) {T: float}\nr = If(p:y:0, a) {then_branch: func { name: \"deep\" }, else_branch: func { name: \"deep\" }, Tcond: bool, Tin: " +
                           kFloat + ", Tout: " + kFloat + "}\n";
  for (const std::string& nodes : {random, call}) {
    MiniGraph mini(kInputs + "y = " + While("x", kFloat, ", parallel_iterations: 7"),
                   pred + Function("body", "a", nodes, "r:output:0") + Function("deep", "a", random, "r:output:0"));
    REQUIRE(mini.Run(gf::LowerControlFlow{}).ok());
    CHECK(mini.node("y/Enter_0").attr("parallel_iterations").i() == 1);
    CHECK(Inputs(mini, "y/cond/c") == "^y/Merge_0");
  }
}

TEST_CASE("rounds end when the effects of the body have run, and the condition waits for its own") {
  const std::string print = "e = Print(a, a) {T: float, U: list { type: DT_FLOAT }}\n", ret = "control_ret { key: 'e' value: 'e' } ";
  MiniGraph mini(kInputs + "y = " + While("x, w", kFloats),
                 Function("cond", "a b", print + "less = Less(a, b) {T: float}", "less:z:0", "DT_BOOL", ret) +
                     Function("body", "a b", print + "f = Print(b, b) {T: float, U: list { type: DT_FLOAT }}\nneg = Neg(a) {T: float}", "neg:y:0 a", "DT_FLOAT",
                              ret + "control_ret { key: 'f' value: 'f' } "));
  REQUIRE(mini.Run(gf::LowerControlFlow{}).ok());
  CHECK(Inputs(mini, "y/LoopCond") == "y/cond/less, ^y/cond/e");
  CHECK(Inputs(mini, "y/NextIteration_0") == "y/body/neg, ^y/body_done");
  CHECK(Inputs(mini, "y/NextIteration_1") == "y/Switch_0:1, ^y/body_done");
  CHECK(Inputs(mini, "y/body_done") == "^y/body/e, ^y/body/f");
}

TEST_CASE("a loop of which no variable changes still goes round, and is waited for") {
  MiniGraph mini(kInputs + "y = " + While("x, ^w", kFloat) + "z = Relu(w, ^y) {T: float}",
                 Function("cond", "a", "r = IsNan(a) {T: float}", "r:y:0", "DT_BOOL") + Function("body", "a", "", "a"));
  REQUIRE(mini.Run(gf::LowerControlFlow{}).ok());
  CHECK(Inputs(mini, "y") == "x, ^y/Exit_1");
  CHECK(Inputs(mini, "y/Enter_1") == "y/counter, ^w");
  CHECK(Inputs(mini, "y/counter") == "^w");
  CHECK(Inputs(mini, "y/NextIteration_1") == "y/Switch_1:1");
  CHECK(Inputs(mini, "z") == "w, ^y");
}

TEST_CASE("variables of a loop wait together for what it waits for") {
  MiniGraph mini(kInputs + "y = " + While("x, w, ^p, ^q", kFloats) + "q = NoOp()",
                 Function("cond", "a b", "less = Less(a, b) {T: float}", "less:z:0", "DT_BOOL") +
                     Function("body", "a b", "neg = Neg(a) {T: float}", "neg:y:0 neg:y:0"));
  REQUIRE(mini.Run(gf::LowerControlFlow{}).ok());
  CHECK(Inputs(mini, "y/Enter_0") == "x, ^y/start");
  CHECK(Inputs(mini, "y/Enter_1") == "w, ^y/start");
  CHECK(Inputs(mini, "y/start") == "^p, ^q");
}

TEST_CASE("loops in branches in loops are lowered, in frames of their own names") {
  const std::string inner = While("a", kFloat);
  MiniGraph mini(kInputs + "outer = While(x) {cond: func { name: \"cond\" }, body: func { name: \"outer_body\" }, T: " + kFloat +
                     ", _lower_using_switch_merge: true}\nother = " + While("w", kFloat) +
                     "decoy = Enter(w) {T: float, frame_name: \"outer/body/branch/then/inner\"}",
                 Function("cond", "a", "r = IsFinite(a) {T: float}", "r:y:0", "DT_BOOL") + Function("body", "a", "neg = Neg(a) {T: float}", "neg:y:0") +
                     Function("outer_body", "a", "p = IsInf(a) {T: float}\nbranch = " + If("p:y:0, a"), "branch:output:0") +
                     Function("then", "a", "inner = " + inner + "inner_1 = " + inner, "inner:output:0") + Function("else", "a", "", "a"));
  REQUIRE(mini.Run(gf::LowerControlFlow{}).ok());
  mini.Text({"outer", "other"});
  CHECK(Count(mini, "While") == 0);
  CHECK(Count(mini, "If") == 0);
  std::vector<std::string> frames;
  mini.graph().main().ForEachNode([&](gf::NodeRef node) {
    if (node.op() == "Enter") frames.emplace_back(node.attr("frame_name").s());
  });
  std::sort(frames.begin(), frames.end());
  CHECK(frames == std::vector<std::string>{"other", "outer", "outer/body/branch/then/inner_1"});
  // The name of the node itself is that of another loop's frame.
  CHECK(Inputs(mini, "outer/body/branch/Merge_0") == "outer/body/branch/Switch_0, outer/body/branch/then/inner/Exit_0");
}

TEST_CASE("calls in branches are inlined, in the main graph too; recursion is refused before anything is done") {
  const std::string call = "PartitionedCall(a) {f: func { name: \"g\" }, Tin: " + kFloat + ", Tout: " + kFloat + "}";
  MiniGraph mini(kInputs + "y = " + If("p, x"), Function("then", "a", "c = " + call, "c:output:0") + Function("else", "a", "", "a") +
                                                    Function("g", "a", "neg = Neg(a) {T: float}", "neg:y:0"));
  REQUIRE(mini.Run(gf::LowerControlFlow{}).ok());
  CHECK(Inputs(mini, "y/then/c/neg") == "y/Switch_0:1");

  const std::string functions = Function("then", "a", "p = IsInf(a) {T: float}\ni = " + If("p:y:0, a"), "i:output:0") + Function("else", "a", "", "a");
  MiniGraph recursive(kInputs + "y = " + If("p, x"), functions);
  const absl::Status status = recursive.Run(gf::LowerControlFlow{});
  CHECK(status.code() == absl::StatusCode::kFailedPrecondition);
  CHECK(std::string(status.message()).find("'then' -> 'then'") != std::string::npos);
  CHECK(Count(recursive, "If") == 1);
  MiniGraph cut(kInputs + "y = " + If("p, x"), functions);
  REQUIRE(cut.Run(gf::LowerControlFlow{{"i"}, nullptr}).ok());
  CHECK(cut.Reported("excluded"));
  CHECK(Inputs(cut, "y/Merge_0") == "y/Switch_0, y/then/i");
  CHECK(cut.node("y/then/i").op() == "If");
}

TEST_CASE("branches that multiply beyond all bounds are refused before anything is done") {
  std::string functions = Function("f0", "a", "", "a");
  for (int i = 1; i <= 60; ++i) {
    const std::string callee = "f" + std::to_string(i - 1);
    functions += Function("f" + std::to_string(i), "a",
                          "p = IsInf(a) {T: float}\ni = If(p:y:0, a) {then_branch: func { name: \"" + callee + "\" }, else_branch: func { name: \"" + callee +
                              "\" }, Tcond: bool, Tin: " + kFloat + ", Tout: " + kFloat + "}", "i:output:0");
  }
  MiniGraph mini(kInputs + "y = If(p, x) {then_branch: func { name: \"f60\" }, else_branch: func { name: \"f0\" }, Tcond: bool, Tin: " + kFloat + ", Tout: " +
                     kFloat + "}", functions);
  CHECK(mini.Run(gf::LowerControlFlow{}).code() == absl::StatusCode::kResourceExhausted);
}

TEST_CASE("what is excluded by name stays, with its functions") {
  MiniGraph mini(kInputs + "y = " + If("p, x") + "z = " + If("p, w"), kNegAbs);
  REQUIRE(mini.Run(gf::LowerControlFlow{{"y"}, nullptr}).ok());
  mini.Text({"y", "z"});
  CHECK(mini.node("y").op() == "If");
  CHECK(mini.node("z").op() == "Identity");
  CHECK(mini.graph().FindFunction("then") != gf::kNoFunction);
}

TEST_CASE("an If in a loop of TF1 that takes something from outside of the branch that it is in runs only there") {
  // p enters the loop once, x goes round: in the last round, p is there and x is not.
  const std::string loop = kInputs +
                           "enter = Enter(x) {T: float, frame_name: \"f\"}\np_in = Enter(p) {T: bool, frame_name: \"f\", is_constant: true}\n"
                           "merge = Merge(enter, next) {T: float, N: 2}\ng = IsFinite(merge) {T: float}\nlc = LoopCond(g)\n"
                           "switch = Switch(merge, lc) {T: float}\nnext = NextIteration(y) {T: float}\nexit = Exit(switch) {T: float}\n";
  MiniGraph mini(loop + "y = " + If("p_in, switch:1"), kNegAbs);
  REQUIRE(mini.Run(gf::LowerControlFlow{}).ok());
  CHECK(Inputs(mini, "y/pred_id") == "p_in, ^p_in, ^y/input_0");
  CHECK(Inputs(mini, "y/input_0") == "switch:1");
  MiniGraph same(loop + "q = IsInf(switch:1) {T: float}\ny = " + If("q, switch:1"), kNegAbs);
  REQUIRE(same.Run(gf::LowerControlFlow{}).ok());
  CHECK(Inputs(same, "y/Switch_0") == "switch:1, q");
  // The same for a Case of one branch, for the index of others, and for loops.
  MiniGraph one(loop + "i = Cast(p_in) {SrcT: bool, DstT: int32}\ny = Case(i, switch:1) {branches: list { func { name: \"then\" } }, Tin: " + kFloat +
                    ", Tout: " + kFloat + "}", kNegAbs);
  REQUIRE(one.Run(gf::LowerControlFlow{}).ok());
  CHECK(Inputs(one, "y/neg") == "y/a");
  CHECK(Inputs(one, "y/a") == "switch:1, ^y/start");
  CHECK(Inputs(one, "y/start") == "^i, ^y/input_1");
  MiniGraph two(loop + "i = Cast(p_in) {SrcT: bool, DstT: int32}\ny = Case(i, switch:1) {branches: list { func { name: \"then\" } func { name: \"else\" } }, Tin: " +
                    kFloat + ", Tout: " + kFloat + "}", kNegAbs);
  REQUIRE(two.Run(gf::LowerControlFlow{}).ok());
  CHECK(Inputs(two, "y/branch_index") == "i, ^i, ^y/input_0");
  CHECK(Inputs(two, "y/first") == "^y/branch_index");
}

TEST_CASE("variables that were frozen in a function are told by their new names") {
  std::vector<gf::FrozenVariable> frozen(2);
  frozen[0].name = "v";
  frozen[0].function = "then";
  frozen[1].name = "x";
  MiniGraph mini(kInputs + "y = " + If("p, x") + "z = " + If("p, w"),
                 Function("then", "a", "v = Const {dtype: float, value: float 2}", "v:output:0") + Function("else", "a", "", "a"));
  REQUIRE(mini.Run(gf::LowerControlFlow{{}, &frozen}).ok());
  REQUIRE(frozen.size() == 4);
  CHECK(frozen[2].name == "y/then/v");
  CHECK(frozen[2].function.empty());
  CHECK(frozen[3].name == "z/then/v");
}

TEST_CASE("nodes that do not fit their functions are errors with their names") {
  const struct {
    std::string node;
    absl::StatusCode code;
  } cases[] = {
      {If("p, x, w"), absl::StatusCode::kInvalidArgument},                       // arguments without types
      {If("p, x, w", kFloats), absl::StatusCode::kInvalidArgument},              // that the functions do not take
      {If("p, x", kFloat, kFloats), absl::StatusCode::kInvalidArgument},         // results that they do not give
      {If(""), absl::StatusCode::kInvalidArgument},                              // no predicate
      {If("p, y"), absl::StatusCode::kInvalidArgument},                          // itself
      {If("p, gone"), absl::StatusCode::kInvalidArgument},
      {While("x", kFloat), absl::StatusCode::kNotFound},
      {"Case(p, x) {Tin: " + kFloat + ", Tout: " + kFloat + "}", absl::StatusCode::kInvalidArgument},
      {"If(p, x) {then_branch: func { name: \"then\" }, else_branch: func { name: \"else\" }, Tin: " + kFloat + ", Tout: " + kFloat + "}",
       absl::StatusCode::kInvalidArgument},
  };
  for (const auto& test : cases) {
    CAPTURE(test.node);
    MiniGraph mini(kInputs + "y = " + test.node, kNegAbs);
    const absl::Status status = mini.Run(gf::LowerControlFlow{});
    CHECK(status.code() == test.code);
    CHECK(std::string(status.message()).find("'y'") != std::string::npos);
  }
}
