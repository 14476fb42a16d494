// Branches whose predicates are known go. The graphs are those that tf.cond and tf.while_loop write.
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graphfreeze/passes/bind_flags.hpp>
#include <graphfreeze/passes/fold_branches.hpp>
#include <graphfreeze/passes/neutralize_dropout.hpp>

#include "mini_graph.hpp"

using namespace graphfreeze;

namespace {

std::string Folded(MiniGraph& graph, std::vector<std::string> outputs = {"out"}) {
  FoldBranches pass;
  pass.outputs = outputs;
  const absl::Status status = graph.Run(pass);
  if (!status.ok()) return std::string(status.message());
  const std::string text = graph.Text(outputs);
  // Once: a second run changes nothing.
  const std::size_t entries = graph.reports();
  CHECK(graph.Run(pass).ok());
  CHECK(graph.reports() == entries);
  CHECK(graph.Text(outputs) == text);
  return text;
}
std::string Folded(const std::string& lines, std::vector<std::string> outputs = {"out"}, const std::string& functions = "") {
  MiniGraph graph(lines, functions);
  return Folded(graph, std::move(outputs));
}

std::string Flag(bool value) {
  return std::string("x = Placeholder {dtype: float}\n is_training = Const {dtype: bool, value: bool ") + (value ? "true" : "false") + "}\n";
}

// tf.cond(is_training, lambda: dropout(x), lambda: tf.identity(x)), as rewrites.md 1.5 lists it.
const char* const kCondDropout = R"(
  cond/Switch = Switch(is_training, is_training) {T: bool}
  cond/switch_t = Identity(cond/Switch:1) {T: bool}
  cond/switch_f = Identity(cond/Switch) {T: bool}
  cond/pred_id = Identity(is_training) {T: bool}
  cond/dropout/rate = Const(^cond/switch_t) {dtype: float, value: float 0.5}
  cond/dropout/Const = Const(^cond/switch_t) {dtype: float, value: float 2}
  cond/dropout/Mul/Switch = Switch(x, cond/pred_id) {T: float, _class: list { s: "loc:@x" }}
  cond/dropout/Mul = Mul(cond/dropout/Mul/Switch:1, cond/dropout/Const) {T: float}
  cond/dropout/Shape = Shape(cond/dropout/Mul/Switch:1) {T: float}
  cond/dropout/draw = RandomUniform(cond/dropout/Shape) {dtype: float, T: int32}
  cond/dropout/keep = GreaterEqual(cond/dropout/draw, cond/dropout/rate) {T: float}
  cond/dropout/Cast = Cast(cond/dropout/keep) {SrcT: bool, DstT: float}
  cond/dropout/Mul_1 = Mul(cond/dropout/Mul, cond/dropout/Cast) {T: float}
  cond/Identity/Switch = Switch(x, cond/pred_id) {T: float}
  cond/Identity = Identity(cond/Identity/Switch) {T: float}
  cond/Merge = Merge(cond/Identity, cond/dropout/Mul_1) {T: float, N: 2}
  out = Relu(cond/Merge) {T: float}
)";

}  // namespace

TEST_CASE("T5: a conditional dropout whose flag is false is its input") {
  MiniGraph graph(Flag(false) + kCondDropout);
  CHECK(Folded(graph) ==
        "x = Placeholder()\ncond/Identity = Identity(x)\ncond/Merge = Identity(cond/Identity)\nout = Relu(cond/Merge)\n");
  CHECK(graph.Reported("predicate_known"));
  CHECK(graph.Reported("merge_decided"));
  CHECK(graph.Reported("dead_branches"));
}

TEST_CASE("T5b: with the flag true the dropout remains, and no Switch") {
  const std::string text = Folded(Flag(true) + kCondDropout);
  CHECK(text.find("RandomUniform") != std::string::npos);
  CHECK(text.find("Switch(") == std::string::npos);
  CHECK(text.find("Merge(") == std::string::npos);
  CHECK(text.find("cond/dropout/rate = Const()\n") != std::string::npos);  // no longer only in that branch
  CHECK(text.find("cond/dropout/Mul = Mul(x, cond/dropout/Const)\n") != std::string::npos);
}

TEST_CASE("T5c: a flag that is not known decides nothing, and dropout goes all the same") {
  MiniGraph graph(std::string("x = Placeholder {dtype: float}\n is_training = Placeholder {dtype: bool}\n") + kCondDropout);
  const std::string before = graph.Text({"out"});
  CHECK(Folded(graph) == before);
  CHECK(graph.Run(NeutralizeDropout{}).ok());
  CHECK(graph.Text({"out"}) == "x = Placeholder()\nout = Relu(x)\n");
}

namespace {
// cond(a, lambda: cond(b, lambda: Sin(x), lambda: Cos(x)), lambda: Tanh(x))
const char* const kNested = R"(
  c/Switch = Switch(a, a) {T: bool}
  c/t = Identity(c/Switch:1) {T: bool}
  c/f = Identity(c/Switch) {T: bool}
  c/pred = Identity(a) {T: bool}
  c/x/Switch = Switch(x, c/pred) {T: float}
  c/b/Switch = Switch(b, c/pred) {T: bool}
  c/c/Switch = Switch(c/b/Switch:1, c/b/Switch:1) {T: bool}
  c/c/t = Identity(c/c/Switch:1) {T: bool}
  c/c/f = Identity(c/c/Switch) {T: bool}
  c/c/pred = Identity(c/b/Switch:1) {T: bool}
  c/c/x/Switch = Switch(c/x/Switch:1, c/c/pred) {T: float}
  c/c/one = Const(^c/c/t) {dtype: float, value: float 1}
  c/c/Sin = Sin(c/c/x/Switch:1) {T: float}
  c/c/Add = AddV2(c/c/Sin, c/c/one) {T: float}
  c/c/Cos = Cos(c/c/x/Switch) {T: float}
  c/c/Merge = Merge(c/c/Cos, c/c/Add) {T: float, N: 2}
  c/Tanh = Tanh(c/x/Switch) {T: float}
  c/Merge = Merge(c/Tanh, c/c/Merge) {T: float, N: 2}
  out = Relu(c/Merge) {T: float}
)";
std::string Nested(const std::string& a, const std::string& b) {
  const auto flag = [](const std::string& name, const std::string& value) {
    return name + (value == "?" ? " = Placeholder {dtype: bool}\n" : " = Const {dtype: bool, value: bool " + value + "}\n");
  };
  return "x = Placeholder {dtype: float}\n" + flag("a", a) + flag("b", b) + kNested;
}
}  // namespace

TEST_CASE("S1: nested conditionals with both predicates known") {
  CHECK(Folded(Nested("true", "true")) ==
        "x = Placeholder()\nc/c/one = Const()\nc/c/Sin = Sin(x)\nc/c/Add = AddV2(c/c/Sin, c/c/one)\n"
        "c/c/Merge = Identity(c/c/Add)\nc/Merge = Identity(c/c/Merge)\nout = Relu(c/Merge)\n");
  CHECK(Folded(Nested("true", "false")) ==
        "x = Placeholder()\nc/c/Cos = Cos(x)\nc/c/Merge = Identity(c/c/Cos)\nc/Merge = Identity(c/c/Merge)\nout = Relu(c/Merge)\n");
  CHECK(Folded(Nested("false", "true")) == "x = Placeholder()\nc/Tanh = Tanh(x)\nc/Merge = Identity(c/Tanh)\nout = Relu(c/Merge)\n");
  SUBCASE("only the outer one") {
    CHECK(Folded(Nested("false", "?")) == "x = Placeholder()\nc/Tanh = Tanh(x)\nc/Merge = Identity(c/Tanh)\nout = Relu(c/Merge)\n");
    const std::string text = Folded(Nested("true", "?"));
    CHECK(text.find("c/c/one = Const(^c/c/t)\n") != std::string::npos);
    CHECK(text.find("c/c/x/Switch = Switch(x, c/c/pred)\n") != std::string::npos);
    CHECK(text.find("c/c/Switch = Switch(b, b)\n") != std::string::npos);
    CHECK(text.find("c/Merge = Identity(c/c/Merge)\n") != std::string::npos);
  }
  SUBCASE("only the inner one, which stays inside the outer branch") {
    const std::string text = Folded(Nested("?", "true"));
    CHECK(text.find("Cos") == std::string::npos);
    // As dead as the inner predicate: both stand behind a Switch of the outer one.
    CHECK(text.find("c/c/Sin = Sin(c/x/Switch:1)\n") != std::string::npos);
    CHECK(text.find("c/c/pred") == std::string::npos);
    CHECK(text.find("c/c/one = Const(^c/c/t)\n") != std::string::npos);
    CHECK(text.find("c/Merge = Merge(c/Tanh, c/c/Merge)\n") != std::string::npos);
  }
}

TEST_CASE("the branches of a predicate that the outer branch already decides") {
  // The inner condition is the outer one: in the true branch it is true.
  std::string lines = "x = Placeholder {dtype: float}\n a = Placeholder {dtype: bool}\n" + std::string(kNested);
  for (std::size_t at = 0; (at = lines.find("Switch(b, c/pred)")) != std::string::npos;) lines.replace(at, 17, "Switch(a, c/pred)");
  const std::string text = Folded(lines);
  CHECK(text.find("Cos") == std::string::npos);
  CHECK(text.find("Sin") != std::string::npos);
  CHECK(text.find("c/Merge = Merge(c/Tanh, c/c/Merge)\n") != std::string::npos);
}

namespace {
// i = 0; while i < limit: y = cond(flag, Sin(y), Cos(y)); i += 1, with the flag's Enter.
std::string Loop(const std::string& flag, const std::string& limit) {
  return "x = Placeholder {dtype: float}\n zero = Const {dtype: int32, value: int32 0}\n" + flag + R"(
  w/i = Enter(zero) {T: int32, frame_name: "w"}
  w/y = Enter(x) {T: float, frame_name: "w"}
  w/flag = Enter(flag) {T: bool, frame_name: "w", is_constant: true}
  w/Merge = Merge(w/i, w/NextIteration) {T: int32, N: 2}
  w/Merge_1 = Merge(w/y, w/NextIteration_1) {T: float, N: 2}
  w/limit = Const(^w/Merge) {dtype: int32, value: int32 )" + limit + R"(}
  w/Less = Less(w/Merge, w/limit) {T: int32}
  w/LoopCond = LoopCond(w/Less)
  w/Switch = Switch(w/Merge, w/LoopCond) {T: int32}
  w/Switch_1 = Switch(w/Merge_1, w/LoopCond) {T: float}
  w/id = Identity(w/Switch:1) {T: int32}
  w/one = Const(^w/id) {dtype: int32, value: int32 1}
  w/add = AddV2(w/id, w/one) {T: int32}
  w/c/Switch = Switch(w/flag, w/flag) {T: bool}
  w/c/t = Identity(w/c/Switch:1) {T: bool}
  w/c/two = Const(^w/c/t) {dtype: float, value: float 2}
  w/c/y = Switch(w/Switch_1:1, w/flag) {T: float}
  w/c/Mul = Mul(w/c/y:1, w/c/two) {T: float}
  w/c/Cos = Cos(w/c/y) {T: float}
  w/c/Merge = Merge(w/c/Cos, w/c/Mul) {T: float, N: 2}
  w/NextIteration = NextIteration(w/add) {T: int32}
  w/NextIteration_1 = NextIteration(w/c/Merge) {T: float}
  w/Exit = Exit(w/Switch_1) {T: float}
  out = Relu(w/Exit) {T: float}
)";
}
const char* const kFlagFalse = "flag = Const {dtype: bool, value: bool false}\n";
const char* const kFlagTrue = "flag = Const {dtype: bool, value: bool true}\n";
}  // namespace

TEST_CASE("S2: a conditional in a loop whose predicate enters it as a constant") {
  const std::string no = Folded(Loop(kFlagFalse, "3"));
  CHECK(no.find("w/c/Mul") == std::string::npos);
  CHECK(no.find("w/c/Cos = Cos(w/Switch_1:1)\n") != std::string::npos);
  CHECK(no.find("w/c/Merge = Identity(w/c/Cos)\n") != std::string::npos);
  CHECK(no.find("w/Merge_1 = Merge(w/y, w/NextIteration_1)\n") != std::string::npos);
  const std::string yes = Folded(Loop(kFlagTrue, "3"));
  CHECK(yes.find("w/c/Mul = Mul(w/Switch_1:1, w/c/two)\n") != std::string::npos);
  CHECK(yes.find("w/c/two = Const(^w/c/t)\n") != std::string::npos);  // a constant of the loop stays in the loop
  CHECK(yes.find("w/c/t = Identity(w/flag)\n") != std::string::npos);
}

TEST_CASE("a predicate goes from a loop that it is not needed in, also one that waits for the loop's pivot") {
  const auto loop = [](const std::string& data, const std::string& waits) {
    std::string lines = Loop(kFlagFalse, "3") + "w/c/pred = Identity(w/flag, " + waits + ") {T: bool}\n" +
                        "outside = Enter(x) {T: float, frame_name: \"w\", is_constant: true}\n"
                        "w/print = PrintV2(w/id)\n";
    const std::string was = "w/c/y = Switch(w/Switch_1:1, w/flag)";
    return lines.replace(lines.find(was), was.size(), "w/c/y = Switch(" + data + ", w/c/pred)");
  };
  const std::string text = Folded(loop("w/Switch_1:1", "^w/id"));
  CHECK(text.find("w/c/Cos = Cos(w/Switch_1:1)\n") != std::string::npos);
  CHECK(text.find("pred") == std::string::npos);
  CHECK(text.find("flag") == std::string::npos);
  SUBCASE("but not if it alone puts the data into the loop's body") {
    CHECK(Folded(loop("outside", "^w/id")).find("w/c/y = Identity(outside, ^w/c/pred)\n") != std::string::npos);
  }
  SUBCASE("and not if it waits for effects") {
    CHECK(Folded(loop("w/Switch_1:1", "^w/print")).find("w/c/y = Identity(w/Switch_1:1, ^w/c/pred)\n") != std::string::npos);
  }
}

TEST_CASE("S3: a loop and its own condition stay as they are") {
  MiniGraph graph(Loop("flag = Placeholder {dtype: bool}\n", "3"));
  const std::string before = graph.Text({"out"});
  CHECK(Folded(graph) == before);
  CHECK_FALSE(graph.Reported("predicate_known"));
}

TEST_CASE("a loop that never runs hands its inputs on") {
  CHECK(Folded(Loop("flag = Placeholder {dtype: bool}\n", "0")) == "x = Placeholder()\nw/Exit = Identity(x)\nout = Relu(w/Exit)\n");
}

TEST_CASE("S4: the Exit of a loop in a branch that never runs is as dead as the branch") {
  const std::string lines = R"(
  x = Placeholder {dtype: float}
  flag = Const {dtype: bool, value: bool false}
  c/x = Switch(x, flag) {T: float}
  w/Enter = Enter(c/x:1) {T: float, frame_name: "w"}
  w/Merge = Merge(w/Enter, w/Next) {T: float, N: 2}
  w/limit = Const(^w/Merge) {dtype: float, value: float 10}
  w/Less = Less(w/Merge, w/limit) {T: float}
  w/LoopCond = LoopCond(w/Less)
  w/Switch = Switch(w/Merge, w/LoopCond) {T: float}
  w/Exp = Exp(w/Switch:1) {T: float}
  w/Next = NextIteration(w/Exp) {T: float}
  w/Exit = Exit(w/Switch) {T: float}
  c/Cos = Cos(c/x) {T: float}
  c/Merge = Merge(c/Cos, w/Exit) {T: float, N: 2}
  out = Relu(c/Merge) {T: float}
)";
  MiniGraph graph(lines);
  CHECK(Folded(graph) == "x = Placeholder()\nc/Cos = Cos(x)\nc/Merge = Identity(c/Cos)\nout = Relu(c/Merge)\n");
  CHECK(graph.graph().main().Find("w/Exit") == kNoNode);
}

TEST_CASE("S5: the number of the input that arrives becomes a constant") {
  const std::string lines = Flag(true) + R"(
  s = Switch(x, is_training) {T: float}
  a = Sin(s) {T: float}
  b = Cos(s:1) {T: float}
  m = Merge(a, b) {T: float, N: 2}
  out = Cast(m:1) {SrcT: int32, DstT: float}
)";
  MiniGraph graph(lines);
  CHECK(Folded(graph) == "out = Cast(m/value_index)\nm/value_index = Const()\n");
  CHECK(graph.node("m/value_index").attr("value").tensor().size() > 0);
  SUBCASE("also when it is asked for by name") {
    CHECK(Folded(lines, {"m:1"}) == "x = Placeholder()\nb = Cos(x)\nm = IdentityN(b, m/value_index)\nm/value_index = Const()\n");
  }
}

TEST_CASE("S6: branches that are constants with a control edge from the pivot") {
  const std::string lines = R"(
  c/Switch = Switch(is_training, is_training) {T: bool}
  c/t = Identity(c/Switch:1) {T: bool}
  c/f = Identity(c/Switch) {T: bool}
  c/one = Const(^c/t) {dtype: float, value: float 0.5}
  c/two = Const(^c/f) {dtype: float, value: float 1}
  c/Merge = Merge(c/two, c/one) {T: float, N: 2}
  out = Mul(x, c/Merge) {T: float}
)";
  CHECK(Folded(Flag(false) + lines) == "x = Placeholder()\nc/two = Const()\nc/Merge = Identity(c/two)\nout = Mul(x, c/Merge)\n");
  CHECK(Folded(Flag(true) + lines) == "x = Placeholder()\nc/one = Const()\nc/Merge = Identity(c/one)\nout = Mul(x, c/Merge)\n");
}

TEST_CASE("S7: an output that is never computed is an error that names the predicate") {
  const std::string lines = Flag(false) + kCondDropout;
  CHECK(Folded(lines, {"cond/dropout/Mul_1"}).find(
            "output 'cond/dropout/Mul_1' is computed only when 'is_training' is true, and that is false") != std::string::npos);
  CHECK(Folded(lines, {"cond/Identity/Switch:1"}).find("is computed only when 'is_training' is true") != std::string::npos);
  SUBCASE("but the other output of the Switch is its data") {
    CHECK(Folded(lines, {"cond/Identity/Switch:0"}) == "x = Placeholder()\ncond/Identity/Switch = Identity(x)\n");
    CHECK(Folded(Flag(true) + kCondDropout, {"cond/Identity/Switch:1"}) == "x = Placeholder()\ncond/Identity/Switch = IdentityN(x, x)\n");
  }
}

TEST_CASE("S9: predicates are computed from flags") {
  const auto merged = [](const std::string& predicate) {
    return Folded("x = Placeholder {dtype: float}\n flag = Const {dtype: bool, value: bool false}\n "
                  "unknown = Placeholder {dtype: bool}\n mode = Const {dtype: int32, value: int32 2}\n"
                  "two = Const {dtype: int32, value: int32 2}\n" +
                  predicate + R"(
  s = Switch(x, p) {T: float}
  no = Sin(s) {T: float}
  yes = Cos(s:1) {T: float}
  out = Merge(no, yes) {T: float, N: 2}
)");
  };
  const std::string yes = "x = Placeholder()\nyes = Cos(x)\nout = Identity(yes)\n", no = "x = Placeholder()\nno = Sin(x)\nout = Identity(no)\n";
  CHECK(merged("p = LogicalNot(flag)") == yes);
  CHECK(merged("p = LogicalAnd(flag, unknown)") == no);
  CHECK(merged("p = LogicalAnd(unknown, flag)") == no);
  CHECK(merged("n = LogicalNot(flag)\n p = LogicalOr(n, unknown)") == yes);
  CHECK(merged("p = Equal(mode, two) {T: int32}") == yes);
  CHECK(merged("p = NotEqual(mode, two) {T: int32}") == no);
  CHECK(merged("q = Sub(mode, two) {T: int32}\n p = Cast(q) {SrcT: int32, DstT: bool}") == no);
  CHECK(merged("p = Select(flag, unknown, flag) {T: bool}") == no);
  CHECK(merged("p = LogicalOr(flag, unknown)").find("Merge") != std::string::npos);
}

TEST_CASE("S10: RefSwitch and RefMerge hand the variable on") {
  CHECK(Folded(Flag(false) + R"(
  v = VariableV2 {dtype: float, shape: shape {}}
  w = VariableV2 {dtype: float, shape: shape {}}
  s = RefSwitch(v, is_training) {T: float}
  s_1 = RefSwitch(w, is_training) {T: float}
  m = RefMerge(s, s_1:1) {T: float, N: 2}
  out = Identity(m) {T: float}
)") == "v = VariableV2()\nm = RefIdentity(v)\nout = Identity(m)\n");
}

TEST_CASE("_SwitchN sends its data to one output") {
  CHECK(Folded(R"(
  x = Placeholder {dtype: float}
  index = Const {dtype: int32, value: int32 1}
  s = _SwitchN(x, index) {T: float, num_outs: 3}
  a = Sin(s) {T: float}
  b = Cos(s:1) {T: float}
  c = Tan(s:2) {T: float}
  out = Merge(a, b, c) {T: float, N: 3}
)") == "x = Placeholder()\nb = Cos(x)\nout = Identity(b)\n");
}

TEST_CASE("a Merge of several live inputs loses the dead ones, unless their numbers matter") {
  const std::string lines = Flag(false) + R"(
  p = Placeholder {dtype: bool}
  s = Switch(x, p) {T: float}
  a = Sin(s) {T: float}
  b = Cos(s:1) {T: float}
  d = Switch(x, is_training) {T: float}
  c = Tan(d:1) {T: float}
  m = Merge(a, c, b) {T: float, N: 3}
  out = Relu(m) {T: float}
  index = Identity(m:1) {T: int32}
)";
  MiniGraph graph(lines);
  CHECK(graph.Run(Prune{{"out"}, {}}).ok());
  CHECK(Folded(graph).find("m = Merge(a, b)\n") != std::string::npos);
  CHECK(graph.node("m").attr("N").i() == 2);
  MiniGraph other(lines);
  const std::string before = other.Text({"out", "index"});
  FoldBranches pass;
  CHECK(other.Run(pass).ok());
  CHECK(other.Reported("value_index_used"));
  CHECK(other.Text({"out", "index"}) == before);
}

TEST_CASE("what waits for a Switch waits for its data, and what has side effects keeps its order") {
  CHECK(Folded(Flag(false) + R"(
  effect = PrintV2() {}
  s = Switch(x, is_training, ^effect) {T: float}
  a = Sin(s) {T: float}
  b = Const(^s) {dtype: float, value: float 1}
  out = Mul(a, b) {T: float}
)") == "x = Placeholder()\neffect = PrintV2()\ns = Identity(x, ^effect)\na = Sin(s)\nb = Const(^s)\nout = Mul(a, b)\n");
}

TEST_CASE("excluded Switches are not decided") {
  MiniGraph graph(Flag(false) + kCondDropout);
  const std::string before = graph.Text({"out"});
  FoldBranches pass;
  pass.exclude = {"cond/*"};
  CHECK(graph.Run(pass).ok());
  CHECK(graph.Text({"out"}) == before);
}

TEST_CASE("broken and cyclic graphs are left alone") {
  for (const char* lines : {
           "a = AddV2(b, a) {T: float}\n b = AddV2(a, b) {T: float}\n out = Identity(a) {T: float}",
           "s = Switch(s, s:1) {T: bool}\n out = Identity(s) {T: bool}",
           "flag = Const {dtype: bool, value: bool true}\n s = Switch(gone, flag) {T: float}\n out = Merge(s, s:1) {T: float, N: 2}",
           "flag = Const {dtype: bool, value: bool true}\n s = Switch(flag) {T: float}\n out = Merge(s, s:1) {T: float, N: 2}",
           "flag = Const {dtype: bool, value: bool true}\n s = Switch(^flag, flag) {T: float}\n out = Merge(^s) {T: float, N: 2}",
           "m = Merge(m, m:1) {T: int32, N: 2}\n s = Switch(m, m) {T: int32}\n out = Merge(s, m) {T: int32, N: 2}",
           "out = If() {}\n c = Case(out) {}\n w = While(c, w) {}\n p = PartitionedCall(p) {}",
       }) {
    MiniGraph graph(lines);
    FoldBranches pass;
    static_cast<void>(graph.Run(pass).ok());
    static_cast<void>(graph.Text({"out"}));
    CHECK(graph.Run(pass).ok());
  }
}

// --- functions ---

namespace {

std::string Def(const std::string& name, const std::string& args, const std::string& results, const std::string& rest) {
  std::string text = "function { signature { name: \"" + name + "\"";
  const auto list = [&](const char* field, std::string names) {
    while (!names.empty()) {
      const std::size_t end = names.find(' ');
      std::string one = names.substr(0, end);
      names = end == std::string::npos ? "" : names.substr(end + 1);
      const std::string type = one[0] == 'p' ? "DT_BOOL" : one[0] == 'i' ? "DT_INT32" : "DT_FLOAT";
      text += std::string(" ") + field + " { name: \"" + one + "\" type: " + type + " }";
    }
  };
  list("input_arg", args);
  list("output_arg", results);
  return text + " } " + rest + " }\n";
}
std::string Op(const std::string& name, const std::string& op, std::vector<std::string> inputs, const std::string& attrs = "") {
  std::string text = "node_def { name: \"" + name + "\" op: \"" + op + "\"";
  for (const std::string& input : inputs) text += " input: \"" + input + "\"";
  return text + " attr { key: \"T\" value { type: DT_FLOAT } } " + attrs + "}\n";
}
std::string Ret(const std::string& key, const std::string& value) { return "ret { key: \"" + key + "\" value: \"" + value + "\" }\n"; }
std::string Func(const std::string& attr, const std::string& name) {
  return "attr { key: \"" + attr + "\" value { func { name: \"" + name + "\" } } } ";
}
std::string TypesOf(const std::string& attr, const std::string& types) {
  return "attr { key: \"" + attr + "\" value { list { type: [" + types + "] } } } ";
}

const std::string kBranches = Def("yes", "x", "r", Op("Sin", "Sin", {"x"}) + Ret("r", "Sin:y:0")) +
                              Def("no", "x", "r", Op("Cos", "Cos", {"x"}) + Ret("r", "Cos:y:0")) +
                              Def("same", "x", "r", Op("id", "Identity", {"x"}) + Ret("r", "id:output:0"));
const char* const kIf = R"(
  if = StatelessIf(is_training, x) {then_branch: func { name: "yes" }, else_branch: func { name: "no" }, Tin: list { type: [DT_FLOAT] }, Tout: list { type: [DT_FLOAT] }, Tcond: bool}
  id = Identity(if) {T: float}
  out = Relu(id) {T: float}
)";

}  // namespace

TEST_CASE("S8: an If with a known predicate becomes the branch that runs") {
  MiniGraph graph(Flag(true) + kIf, kBranches);
  CHECK(Folded(graph) == "x = Placeholder()\nid = Identity(if/Sin)\nout = Relu(id)\nif/Sin = Sin(x)\n");
  CHECK(graph.Reported("branch_inlined"));
  CHECK(Folded(Flag(false) + kIf, {"out"}, kBranches) == "x = Placeholder()\nid = Identity(if/Cos)\nout = Relu(id)\nif/Cos = Cos(x)\n");
  CHECK(Folded(Flag(false) + kIf, {"if:0"}, kBranches) == "x = Placeholder()\nif = Identity(if/Cos)\nif/Cos = Cos(x)\n");
  SUBCASE("in the forms that predicates have") {
    const auto with = [&](const std::string& value) {
      std::string lines = Flag(true) + kIf;
      lines.replace(lines.find("bool, value: bool true"), 22, value);
      return Folded(lines, {"out"}, kBranches).find("Sin") != std::string::npos;
    };
    CHECK(with("int32, value: int32 3"));
    CHECK_FALSE(with("int32, value: int32 0"));
    CHECK_FALSE(with("float, value: float 0"));
    CHECK(with("int32, value: int32 [] 0"));  // no scalar: true as it is not empty
  }
  SUBCASE("unless it is excluded") {
    MiniGraph kept(Flag(true) + kIf, kBranches);
    const std::string before = kept.Text({"out"});
    FoldBranches pass;
    pass.exclude = {"if"};
    CHECK(kept.Run(pass).ok());
    CHECK(kept.Reported("excluded"));
    CHECK(kept.Text({"out"}) == before);
  }
  SUBCASE("a predicate that is not known decides nothing") {
    MiniGraph kept("x = Placeholder {dtype: float}\n is_training = Placeholder {dtype: bool}\n" + std::string(kIf), kBranches);
    const std::string before = kept.Text({"out"});
    CHECK(Folded(kept) == before);
  }
}

TEST_CASE("a Case with a known index becomes that branch, the last one for an index that is out of range") {
  const auto with = [](const std::string& index) {
    return Folded("x = Placeholder {dtype: float}\n index = Const {dtype: int32, value: int32 " + index + R"(}
  c = Case(index, x) {branches: list { func { name: "yes" } func { name: "no" } func { name: "same" } }, Tin: list { type: [DT_FLOAT] }, Tout: list { type: [DT_FLOAT] }}
  out = Relu(c) {T: float}
)", {"out"}, kBranches);
  };
  CHECK(with("0") == "x = Placeholder()\nout = Relu(c/Sin)\nc/Sin = Sin(x)\n");
  CHECK(with("1") == "x = Placeholder()\nout = Relu(c/Cos)\nc/Cos = Cos(x)\n");
  CHECK(with("7") == "x = Placeholder()\nout = Relu(c/id)\nc/id = Identity(x)\n");
  CHECK(with("-1") == "x = Placeholder()\nout = Relu(c/id)\nc/id = Identity(x)\n");
}

TEST_CASE("an If in an If is inlined too") {
  const std::string functions =
      kBranches + Def("outer", "p x", "r",
                           Op("inner", "StatelessIf", {"p", "x"}, Func("then_branch", "yes") + Func("else_branch", "no") +
                                                                     TypesOf("Tin", "DT_FLOAT") + TypesOf("Tout", "DT_FLOAT")) +
                               Ret("r", "inner:output:0")) +
      Def("other", "p x", "r", Op("Tanh", "Tanh", {"x"}) + Ret("r", "Tanh:y:0"));
  CHECK(Folded(Flag(true) + R"(
  if = If(is_training, is_training, x) {then_branch: func { name: "outer" }, else_branch: func { name: "other" }, Tin: list { type: [DT_BOOL, DT_FLOAT] }, Tout: list { type: [DT_FLOAT] }}
  out = Relu(if) {T: float}
)", {"out"}, functions) == "x = Placeholder()\nout = Relu(if/inner/Sin)\nif/inner/Sin = Sin(x)\n");
}

TEST_CASE("a function that inlines itself for ever is stopped") {
  const std::string functions = Def("again", "p x", "r",
                                         Op("inner", "If", {"p", "p", "x"}, Func("then_branch", "again") + Func("else_branch", "again") +
                                                                                TypesOf("Tin", "DT_BOOL, DT_FLOAT") + TypesOf("Tout", "DT_FLOAT")) +
                                             Ret("r", "inner:output:0"));
  MiniGraph graph(Flag(true) + R"(
  if = If(is_training, is_training, x) {then_branch: func { name: "again" }, else_branch: func { name: "again" }, Tin: list { type: [DT_BOOL, DT_FLOAT] }, Tout: list { type: [DT_FLOAT] }}
  out = Relu(if) {T: float}
)", functions);
  CHECK(graph.Run(FoldBranches{}).ok());
  CHECK(graph.Reported("inline_limit"));
}

TEST_CASE("outputs for which all branches hand the same argument on are that argument") {
  const std::string functions = kBranches + Def("pair_a", "x", "r s", Op("id", "Identity", {"x"}) + Op("Sin", "Sin", {"x"}) +
                                                                               Ret("r", "id:output:0") + Ret("s", "Sin:y:0")) +
                                Def("pair_b", "x", "r s", Op("Cos", "Cos", {"x"}) + Ret("r", "x") + Ret("s", "Cos:y:0"));
  const std::string head = "x = Placeholder {dtype: float}\n p = Placeholder {dtype: bool}\n";
  CHECK(Folded(head + R"(
  if = StatelessIf(p, x) {then_branch: func { name: "same" }, else_branch: func { name: "same" }, Tin: list { type: [DT_FLOAT] }, Tout: list { type: [DT_FLOAT] }}
  out = Relu(if) {T: float}
)", {"out", "if"}, functions) == "x = Placeholder()\nif = Identity(x)\nout = Relu(x)\n");
  const std::string pair = head + R"(
  if = StatelessIf(p, x) {then_branch: func { name: "pair_a" }, else_branch: func { name: "pair_b" }, Tin: list { type: [DT_FLOAT] }, Tout: list { type: [DT_FLOAT, DT_FLOAT] }}
  out = Relu(if) {T: float}
  side = Relu(if:1) {T: float}
)";
  CHECK(Folded(pair, {"out"}, functions) == "x = Placeholder()\nout = Relu(x)\n");
  CHECK(Folded(pair, {"out", "side"}, functions) ==
        "x = Placeholder()\np = Placeholder()\nif = StatelessIf(p, x)\nout = Relu(x)\nside = Relu(if:1)\n");
}

TEST_CASE("a constant that a loop carries decides the branches of its body") {
  const std::string functions =
      kBranches + Def("cond", "i p x", "p_out", "node_def { name: \"ten\" op: \"Const\" attr { key: \"dtype\" value { type: DT_INT32 } } attr { key: \"value\" value { tensor { dtype: DT_INT32 tensor_shape {} int_val: 10 } } } }" +
                                                         Op("Less", "Less", {"i", "ten:output:0"}) + Ret("p_out", "Less:z:0")) +
      Def("body", "i p x", "i_out p_out x_out",
               Op("one", "OnesLike", {"i"}) + Op("add", "AddV2", {"i", "one:y:0"}) + Op("pass", "Identity", {"p"}) +
                   Op("not", "LogicalNot", {"p"}) +
                   Op("if", "StatelessIf", {"not:y:0", "x"}, Func("then_branch", "yes") + Func("else_branch", "no") +
                                                                 TypesOf("Tin", "DT_FLOAT") + TypesOf("Tout", "DT_FLOAT")) +
                   Ret("i_out", "add:z:0") + Ret("p_out", "pass:output:0") + Ret("x_out", "if:output:0"));
  const auto loop = [](const std::string& start) {
    return Flag(false) + "zero = Const {dtype: int32, value: int32 " + start + R"(}
  while = StatelessWhile(zero, is_training, x) {cond: func { name: "cond" }, body: func { name: "body" }, T: list { type: [DT_INT32, DT_BOOL, DT_FLOAT] }}
  out = Relu(while:2) {T: float}
)";
  };
  MiniGraph graph(loop("0"), functions);
  static_cast<void>(Folded(graph));
  CHECK(graph.Reported("function_copied"));
  const std::string_view body_name = graph.node("while").attr("body").func_name();
  CHECK(body_name == "body_bound");
  CHECK(graph.node("while").attr("cond").func_name() == "cond");  // what decides no branch is no reason for a copy
  const Function& body = graph.graph().function(graph.graph().FindFunction(body_name));
  const std::string text = MiniGraph::Text(body.body);
  CHECK(text.find("if/Sin = Sin(x)\n") != std::string::npos);
  CHECK(text.find("if = Identity(if/Sin:y:0)\n") != std::string::npos);
  CHECK(body.body.Spell(body.body.inputs(body.result(2))[0]) == "if/Sin:y:0");
  SUBCASE("and a condition that is false from the start ends it") {
    CHECK(Folded(loop("10"), {"out"}, functions) == "x = Placeholder()\nout = Relu(x)\n");
  }
}

TEST_CASE("functions that are called with different constants are copied for each, once") {
  const std::string functions =
      kBranches + Def("f", "p x", "r",
                           Op("inner", "StatelessIf", {"p", "x"}, Func("then_branch", "yes") + Func("else_branch", "no") +
                                                                     TypesOf("Tin", "DT_FLOAT") + TypesOf("Tout", "DT_FLOAT")) +
                               Ret("r", "inner:output:0"));
  const std::string call = "PartitionedCall(FLAG, x) {f: func { name: \"f\" }, Tin: list { type: [DT_BOOL, DT_FLOAT] }, Tout: list { type: [DT_FLOAT] }}\n";
  const auto with = [&](const std::string& flag) { return std::string(call).replace(call.find("FLAG"), 4, flag); };
  MiniGraph graph("x = Placeholder {dtype: float}\n yes = Const {dtype: bool, value: bool true}\n no = Const {dtype: bool, value: bool false}\n"
                  "p = Placeholder {dtype: bool}\n a = " + with("yes") + "b = " + with("yes") + "c = " + with("no") + "d = " + with("p") +
                  "out = AddN(a, b, c, d) {T: float, N: 4}", functions);
  static_cast<void>(Folded(graph));
  const auto callee = [&](const char* name) { return std::string(graph.node(name).attr("f").func_name()); };
  CHECK(callee("a") == "f_bound");
  CHECK(callee("b") == "f_bound");
  CHECK(callee("c") == "f_bound_1");
  CHECK(callee("d") == "f");
}

TEST_CASE("functions that call each other twice are not inlined without end") {
  const std::string twice = Func("then_branch", "again") + Func("else_branch", "again") + TypesOf("Tin", "DT_BOOL, DT_FLOAT") + TypesOf("Tout", "DT_FLOAT");
  const std::string functions = Def("again", "p x", "r", Op("a", "If", {"p", "p", "x"}, twice) + Op("b", "If", {"p", "p", "a:output:0"}, twice) +
                                                             Ret("r", "b:output:0"));
  MiniGraph graph(Flag(true) + R"(
  if = If(is_training, is_training, x) {then_branch: func { name: "again" }, else_branch: func { name: "again" }, Tin: list { type: [DT_BOOL, DT_FLOAT] }, Tout: list { type: [DT_FLOAT] }}
  out = Relu(if) {T: float}
)", functions);
  CHECK(graph.Run(FoldBranches{}).ok());
  CHECK(graph.Reported("inline_limit"));
  CHECK(graph.graph().main().size() < 300000);
}

TEST_CASE("in a loop of TF1, a branch that takes only what never changes runs in no round but its own") {
  const std::string loop = R"(
  w = Placeholder {dtype: float}
  enter = Enter(x) {T: float, frame_name: "f"}
  w_in = Enter(w) {T: float, frame_name: "f", is_constant: true}
  flag = Enter(is_training) {T: bool, frame_name: "f", is_constant: true}
  merge = Merge(enter, next) {T: float, N: 2}
  g = IsFinite(merge) {T: float}
  lc = LoopCond(g)
  switch = Switch(merge, lc) {T: float}
  pivot = Identity(switch:1) {T: float}
  next = NextIteration(if) {T: float}
  out = Exit(switch) {T: float}
)";
  const std::string types = " {then_branch: func { name: \"yes\" }, else_branch: func { name: \"no\" }, Tcond: bool, Tin: list { type: [DT_FLOAT] }, Tout: list { type: [DT_FLOAT] }}";
  MiniGraph mixed(Flag(true) + loop + "if = If(flag, w_in, ^pivot)" + types, kBranches);
  CHECK(Folded(mixed).find("Identity(w_in, ^if/start)\n") != std::string::npos);
  MiniGraph within(Flag(true) + loop + "if = If(flag, pivot)" + types, kBranches);
  CHECK(Folded(within).find("if/start") == std::string::npos);
}
