// Leftovers of training leave the forward path; what has an effect stays in order. The graphs are those that
// TensorFlow writes.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graphfreeze/passes/strip_training.hpp>

#include "mini_graph.hpp"

using graphfreeze::Action;
using graphfreeze::ReportEntry;
using graphfreeze::StripTraining;

namespace {

const std::string kX = "x = Placeholder {dtype: float}\n";

std::string Stripped(const std::string& lines, std::vector<std::string> outputs = {"out"}, const StripTraining& pass = {}) {
  MiniGraph graph(lines);
  const absl::Status status = graph.Run(pass);
  REQUIRE_MESSAGE(status.ok(), std::string(status.message()));
  return graph.Text(std::move(outputs));
}

// A graph, stripped, with its report.
struct Result {
  explicit Result(const std::string& lines, const StripTraining& pass = {}, const std::string& functions = "")
      : graph(lines, functions) {
    REQUIRE(graphfreeze::Run(graph.graph(), context, pass).ok());
  }
  bool Reported(std::string_view node, std::string_view code) const {
    for (const ReportEntry& entry : context.report) {
      if (entry.node == node && entry.code == code) return true;
    }
    return false;
  }
  std::size_t Changes() const {
    std::size_t changes = 0;
    for (const ReportEntry& entry : context.report) {
      changes += entry.action == Action::kChanged || entry.action == Action::kRemoved ? 1 : 0;
    }
    return changes;
  }
  std::string Function(std::string_view name) {
    return MiniGraph::Text(graph.graph().function(graph.graph().FindFunction(name)).body);
  }

  MiniGraph graph;
  graphfreeze::PassContext context;
};

// tf.compat.v1.assert_less in v1 control flow: Assert runs in the branch where the condition is false.
const std::string kGuardedAssert = R"(
  all = All(x, x) {Tidx: int32}
  g/Switch = Switch(all, all) {T: bool}
  g/switch_t = Identity(g/Switch:1) {T: bool}
  g/switch_f = Identity(g/Switch) {T: bool}
  g/pred_id = Identity(all) {T: bool}
  g/NoOp = NoOp(^g/switch_t)
  g/control_dependency = Identity(g/switch_t, ^g/NoOp) {T: bool}
  g/Assert/data_0 = Const(^g/switch_f) {dtype: string, value: string "no"}
  g/Assert/Switch = Switch(all, g/pred_id) {T: bool}
  g/Assert = Assert(g/Assert/Switch, g/Assert/data_0) {T: list { type: DT_STRING }}
  g/control_dependency_1 = Identity(g/switch_f, ^g/Assert) {T: bool}
  g/Merge = Merge(g/control_dependency_1, g/control_dependency) {T: bool, N: 2}
)";

}  // namespace

TEST_CASE("ops of training in the data path hand their input on") {
  for (const std::string op : {"StopGradient", "PreventGradient", "Snapshot", "GuaranteeConst", "DeepCopy", "CheckNumerics",
                               "CheckNumericsV2", "DebugIdentity", "DebugIdentityV2", "DebugIdentityV3", "Copy", "CopyHost"}) {
    CAPTURE(op);
    const std::string lines = kX + "a = " + op + "(x) {T: float, message: \"m\"}\n out = Relu(a) {T: float}";
    CHECK(Stripped(lines) == "x = Placeholder()\nout = Relu(x)\n");
    CHECK(Stripped(lines, {"a"}) == "x = Placeholder()\na = Identity(x)\n");
  }
  CHECK(Stripped(kX + "n = Neg(x) {T: float}\n a = Print(x, n) {T: float, U: list { type: DT_FLOAT }}\n out = Relu(a) {T: float}") ==
        "x = Placeholder()\nout = Relu(x)\n");
}

TEST_CASE("a row of such ops hands the first input on, in whatever order they stand") {
  CHECK(Stripped(kX + R"(
    a = StopGradient(x) {T: float}
    b = CheckNumerics(a) {T: float}
    out = Relu(b) {T: float})") == "x = Placeholder()\nout = Relu(x)\n");
  CHECK(Stripped(R"(
    out = Relu(b) {T: float}
    b = CheckNumerics(a) {T: float}
    a = StopGradient(x) {T: float}
    x = Placeholder {dtype: float})") == "out = Relu(x)\nx = Placeholder()\n");
}

TEST_CASE("what such an op waits for is still waited for, if it matters") {
  const std::string lines = kX + R"(
    v = VarHandleOp {dtype: float}
    w = AssignSubVariableOp(v, x) {dtype: float}
    a = StopGradient(x, ^w) {T: float}
    b = StopGradient(a) {T: float}
    out = Relu(b) {T: float})";
  CHECK(Stripped(lines) ==
        "x = Placeholder()\nv = VarHandleOp()\nw = AssignSubVariableOp(v, x)\na = Identity(x, ^w)\nout = Relu(a)\n");
}

TEST_CASE("a reference is not handed to those that take a value") {
  CHECK(Stripped("v = VariableV2 {dtype: float}\n a = StopGradient(v) {T: float}\n out = Relu(a) {T: float}") ==
        "v = VariableV2()\na = Identity(v)\nout = Relu(a)\n");
}

TEST_CASE("EnsureShape and FakeQuant stay unless they shall go") {
  const std::string lines = kX + R"(
    lo = Const {dtype: float, value: float 0}
    hi = Const {dtype: float, value: float 6}
    a = EnsureShape(x) {T: float}
    q = FakeQuantWithMinMaxVars(a, lo, hi)
    out = Relu(q) {T: float})";
  Result kept(lines);
  CHECK(kept.Changes() == 0);
  CHECK(kept.Reported("q", "fake_quant_kept"));
  StripTraining pass;
  pass.ensure_shape = pass.fake_quant = true;
  CHECK(Stripped(lines, {"out"}, pass) == "x = Placeholder()\nout = Relu(x)\n");
  CHECK(Stripped(lines, {"q"}, pass) == "x = Placeholder()\nq = Identity(x)\n");
}

TEST_CASE("nobody waits for asserts, prints, summaries and overflow flags") {
  for (const std::string op : {"PrintV2", "Timestamp", "ScalarSummary", "WriteScalarSummary", "NpuGetFloatStatus", "QueueCloseV2",
                               "CheckNumerics"}) {
    CAPTURE(op);
    CHECK(Stripped(kX + "c = " + op + "(x)\n out = Relu(x, ^c) {T: float}") == "x = Placeholder()\nout = Relu(x)\n");
  }
  SUBCASE("nor for what only groups them") {
    CHECK(Stripped(kX + "c = CheckNumerics(x) {T: float}\n d = CheckNumerics(x, ^c) {T: float}\n g = NoOp(^c, ^d)\n"
                        "out = Relu(x, ^g) {T: float}") == "x = Placeholder()\nout = Relu(x)\n");
  }
  SUBCASE("nor for a NoOp that waits for nothing") {
    CHECK(Stripped(kX + "g = NoOp\n out = Relu(x, ^g) {T: float}") == "x = Placeholder()\nout = Relu(x)\n");
  }
  SUBCASE("nor for what computes a value that nobody takes") {
    CHECK(Stripped(kX + "c = Neg(x) {T: float}\n i = Identity(c) {T: float}\n out = Relu(x, ^i) {T: float}") ==
          "x = Placeholder()\nout = Relu(x)\n");
    // In a branch it is what keeps a constant there.
    CHECK(Result(kX + R"(
      p = Placeholder {dtype: bool}
      s = Switch(p, p) {T: bool}
      t = Identity(s:1) {T: bool}
      t2 = Identity(s:1) {T: bool}
      one = Const(^t2) {dtype: float, value: float 1}
      xf = Switch(x, p) {T: float}
      out = Merge(xf, one) {T: float, N: 2})").Changes() == 0);
  }
  SUBCASE("but a value that was asked for stays one") {
    const std::string lines = kX + "c = Timestamp\n d = Cast(c) {SrcT: double, DstT: float}\n out = Mul(x, d, ^c) {T: float}";
    CHECK(Stripped(lines) == "x = Placeholder()\nc = Timestamp()\nd = Cast(c)\nout = Mul(x, d)\n");
  }
  SUBCASE("unless the caller says so") {
    StripTraining pass;
    pass.exclude = {"keep/*"};
    CHECK(Stripped(kX + "keep/c = PrintV2(x)\n keep/d = StopGradient(x) {T: float}\n out = Relu(keep/d, ^keep/c) {T: float}", {"out"},
                   pass) ==
          "x = Placeholder()\nkeep/c = PrintV2(x)\nkeep/d = StopGradient(x)\nout = Relu(keep/d, ^keep/c)\n");
  }
}

TEST_CASE("an assert in a branch of TF1 goes with the branch") {
  const std::string lines = kX + kGuardedAssert + "out = Relu(x, ^g/Merge) {T: float}";
  CHECK(Stripped(lines) == "x = Placeholder()\nout = Relu(x)\n");
  SUBCASE("also before pruning, and only once") {
    Result result(lines);
    const std::size_t changes = result.Changes();
    CHECK(changes > 0);
    CHECK(graphfreeze::Run(result.graph.graph(), result.context, StripTraining{}).ok());
    CHECK(result.Changes() == changes);
  }
}

TEST_CASE("a constant stays in its branch when the assert that kept it there goes") {
  // In a branch, an op without inputs gets no control input of its own when it waits for another op of the branch.
  const std::string branch = R"(
    p = Placeholder {dtype: bool}
    s = Switch(p, p) {T: bool}
    t = Identity(s:1) {T: bool}
    f = Identity(s) {T: bool}
    xt = Switch(x, p) {T: float}
    text = Const(^t) {dtype: string, value: string "no"}
    c/Assert = Assert(t, text) {T: list { type: DT_STRING }}
    one = Const(^c/Assert) {dtype: float, value: float 1}
    neg = Neg(xt) {T: float}
    out = Merge(neg, one) {T: float, N: 2})";
  CHECK(Stripped(kX + branch) ==
        "x = Placeholder()\np = Placeholder()\ns = Switch(p, p)\nt = Identity(s:1)\nxt = Switch(x, p)\none = Const(^t)\n"
        "neg = Neg(xt)\nout = Merge(neg, one)\n");
  SUBCASE("and the check stays when there is nothing else to keep it there") {
    std::string lines = kX + branch;
    for (std::size_t at; (at = lines.find("Switch(p, p)")) != std::string::npos;) lines.replace(at, 12, "Switch(x, p)");
    Result result(lines);
    CHECK(result.Reported("one", "check_anchors"));
    CHECK(result.graph.Text({"out"}).find("one = Const(^c/Assert)") != std::string::npos);
  }
}

TEST_CASE("a constant stays in its loop when the assert that kept it there goes") {
  const std::string text = Stripped(R"(
    x = Placeholder {dtype: int32}
    enter = Enter(x) {T: int32, frame_name: "f"}
    merge = Merge(enter, next) {T: int32, N: 2}
    zero = Const(^merge) {dtype: int32, value: int32 0}
    less = Less(merge, zero) {T: int32}
    cond = LoopCond(less)
    switch = Switch(merge, cond) {T: int32}
    body = Identity(switch:1) {T: int32}
    check = CheckNumerics(body) {T: int32}
    one = Const(^check) {dtype: int32, value: int32 1}
    add = Add(body, one) {T: int32}
    next = NextIteration(add) {T: int32}
    out = Exit(switch) {T: int32})");
  CHECK(text.find("one = Const(^body)") != std::string::npos);
  CHECK(text.find("CheckNumerics") == std::string::npos);
}

TEST_CASE("what waits for a write goes on waiting") {
  const std::string head = kX + "v = VarHandleOp {dtype: float}\n w = AssignAddVariableOp(v, x) {dtype: float}\n";
  SUBCASE("directly") {
    Result result(head + "out = Relu(x, ^w) {T: float}");
    CHECK(result.Changes() == 0);
  }
  SUBCASE("through a group, which loses its checks") {
    CHECK(Stripped(head + "c = PrintV2(x)\n g = NoOp(^w, ^c)\n out = Relu(x, ^g) {T: float}") ==
          "x = Placeholder()\nv = VarHandleOp()\nw = AssignAddVariableOp(v, x)\ng = NoOp(^w)\nout = Relu(x, ^g)\n");
  }
  SUBCASE("through a check, which becomes a NoOp") {
    CHECK(Stripped(head + R"(
      r = ReadVariableOp(v, ^w) {dtype: float}
      c = PrintV2(r)
      out = ReadVariableOp(v, ^c) {dtype: float})") ==
          "x = Placeholder()\nv = VarHandleOp()\nw = AssignAddVariableOp(v, x)\nr = ReadVariableOp(v, ^w)\nc = NoOp(^r)\n"
          "out = ReadVariableOp(v, ^c)\n");
  }
  SUBCASE("and for an op that nobody knows") {
    Result result(kX + "w = SomebodysOp(x)\n out = Relu(x, ^w) {T: float}");
    CHECK(result.Changes() == 0);
  }
  SUBCASE("once: a second run changes nothing") {
    Result result(head + "c = CheckNumerics(x, ^w) {T: float}\n d = CheckNumerics(x, ^c) {T: float}\n out = Relu(d) {T: float}");
    const std::size_t changes = result.Changes();
    CHECK(graphfreeze::Run(result.graph.graph(), result.context, StripTraining{}).ok());
    CHECK(result.Changes() == changes);
    CHECK(result.graph.Text({"out"}) ==
          "x = Placeholder()\nv = VarHandleOp()\nw = AssignAddVariableOp(v, x)\nc = NoOp(^w)\nd = Identity(x, ^c)\nout = Relu(d)\n");
    CHECK_FALSE(result.Reported("c", "no_input"));
  }
}

TEST_CASE("functions lose their checks, with what only these need") {
  // An assert in TF2's control flow: the false branch holds it. `model` runs it for its own sake.
  const std::string functions = R"(
    function {
      signature { name: "no" is_stateful: true
        input_arg { name: "c" type: DT_BOOL } output_arg { name: "r" type: DT_BOOL } }
      node_def { name: "text" op: "Const" attr { key: "dtype" value { type: DT_STRING } } }
      node_def { name: "Assert" op: "Assert" input: "c" input: "text:output:0" }
      node_def { name: "Identity" op: "Identity" input: "c" input: "^Assert" attr { key: "T" value { type: DT_BOOL } } }
      ret { key: "r" value: "Identity:output:0" }
    }
    function {
      signature { name: "yes"
        input_arg { name: "c" type: DT_BOOL } output_arg { name: "r" type: DT_BOOL } }
      node_def { name: "NoOp" op: "NoOp" }
      node_def { name: "Identity" op: "Identity" input: "c" input: "^NoOp" attr { key: "T" value { type: DT_BOOL } } }
      ret { key: "r" value: "Identity:output:0" }
    }
    function {
      signature { name: "model" is_stateful: true control_output: "guard"
        input_arg { name: "x" type: DT_FLOAT } input_arg { name: "c" type: DT_BOOL } output_arg { name: "y" type: DT_FLOAT } }
      node_def { name: "unused" op: "Identity" input: "guard:output:0" attr { key: "T" value { type: DT_BOOL } } }
      node_def { name: "guard" op: "If" input: "c" input: "c"
        attr { key: "then_branch" value { func { name: "yes" } } } attr { key: "else_branch" value { func { name: "no" } } } }
      node_def { name: "guard/Identity" op: "Identity" input: "guard:output:0" attr { key: "T" value { type: DT_BOOL } } }
      node_def { name: "format" op: "StringFormat" input: "x" }
      node_def { name: "print" op: "PrintV2" input: "format:output:0" }
      node_def { name: "stop" op: "StopGradient" input: "x" attr { key: "T" value { type: DT_FLOAT } } }
      node_def { name: "relu" op: "Relu" input: "stop:output:0" input: "^guard/Identity" attr { key: "T" value { type: DT_FLOAT } } }
      ret { key: "y" value: "relu:activations:0" }
      control_ret { key: "guard" value: "guard" }
    })";
  const std::string main = kX + "c = Placeholder {dtype: bool}\n out = model(x, c)";
  Result result(main, {}, functions);
  CHECK(result.Function("no") == "Identity = Identity(c)\n");
  CHECK(result.Function("yes") == "Identity = Identity(c)\n");
  CHECK(result.Function("model") == "guard = NoOp()\nstop = Identity(x)\nrelu = Relu(x)\n");
  const std::size_t changes = result.Changes();
  CHECK(graphfreeze::Run(result.graph.graph(), result.context, StripTraining{}).ok());
  CHECK(result.Changes() == changes);
  CHECK(result.graph.Text({"out"}) == "x = Placeholder()\nc = Placeholder()\nout = model(x, c)\n");

  SUBCASE("and nobody waits for a call of a function that only checks") {
    CHECK(Result(kX + R"(
      c = Placeholder {dtype: bool}
      g = If(c, c) {then_branch: func { name: "yes" }, else_branch: func { name: "no" }}
      i = Identity(g) {T: bool}
      out = Relu(x, ^i) {T: float})",
                 {}, functions)
              .graph.Text({"out"}) == "x = Placeholder()\nout = Relu(x)\n");
  }
  SUBCASE("but for one that writes") {
    const std::string writes = R"(
      function {
        signature { name: "w" is_stateful: true input_arg { name: "v" type: DT_RESOURCE } input_arg { name: "x" type: DT_FLOAT } }
        node_def { name: "print" op: "PrintV2" input: "x" }
        node_def { name: "write" op: "AssignAddVariableOp" input: "v" input: "x" input: "^print" }
        control_ret { key: "write" value: "write" }
      }
      function {
        signature { name: "calls_w" is_stateful: true input_arg { name: "v" type: DT_RESOURCE } input_arg { name: "x" type: DT_FLOAT } }
        node_def { name: "call" op: "StatefulPartitionedCall" input: "v" input: "x" attr { key: "f" value { func { name: "w" } } } }
      })";
    Result waits(kX + "v = VarHandleOp {dtype: float}\n c = calls_w(v, x)\n n = NoOp(^c)\n out = Relu(x, ^n) {T: float}", {}, writes);
    CHECK(waits.graph.Text({"out"}).find("out = Relu(x, ^n)") != std::string::npos);
    CHECK(waits.Function("w") == "write = AssignAddVariableOp(v, x)\n");
  }
}

TEST_CASE("a counter that values are computed from is reported") {
  const std::string tail = R"(
    f = Cast(step) {SrcT: int64, DstT: float}
    out = Mul(x, f) {T: float})";
  SUBCASE("when it is read") {
    Result result(kX + "s = VarHandleOp {dtype: int64, shape: shape {}}\n step = ReadVariableOp(s) {dtype: int64}" + tail);
    CHECK(result.Reported("s", "state_frozen"));
    CHECK(result.Changes() == 0);
  }
  SUBCASE("when it is counted for the purpose") {
    Result result(kX + "one = Const {dtype: int64, value: int64 1}\n s = VariableV2 {dtype: int64, shape: shape {}}\n"
                       "step = AssignAdd(s, one) {T: int64}" + tail);
    CHECK(result.Reported("s", "state_frozen"));
  }
  SUBCASE("but not when it is only counted") {
    Result result(kX + "one = Const {dtype: int64, value: int64 1}\n s = VariableV2 {dtype: int64, shape: shape {}}\n"
                       "step = AssignAdd(s, one) {T: int64}\n out = Relu(x, ^step) {T: float}");
    CHECK_FALSE(result.Reported("s", "state_frozen"));
  }
  SUBCASE("nor when the outputs do not depend on it") {
    StripTraining pass;
    pass.outputs = {"y:0"};
    Result result(kX + "y = Relu(x) {T: float}\n s = VarHandleOp {dtype: int64, shape: shape {}}\n step = ReadVariableOp(s) {dtype: int64}" +
                      tail,
                  pass);
    CHECK_FALSE(result.Reported("s", "state_frozen"));
  }
}

TEST_CASE("an output that depends on several towers is reported") {
  const std::string lines = kX + R"(
    tower_0/w = VarHandleOp {dtype: float}
    tower_0/r = ReadVariableOp(tower_0/w) {dtype: float}
    tower_0/y = MatMul(x, tower_0/r) {T: float}
    tower_1/y = MatMul(x, tower_0/r) {T: float}
    both = AddV2(tower_0/y, tower_1/y) {T: float})";
  Result result(lines);
  CHECK(result.Reported("tower_1/y", "several_towers"));
  StripTraining one;
  one.outputs = {"tower_1/y"};
  CHECK_FALSE(Result(lines, one).Reported("tower_1/y", "several_towers"));
}

TEST_CASE("rings and missing inputs are left as they are") {
  Result result("a = StopGradient(b) {T: float}\n b = StopGradient(a) {T: float}\n c = StopGradient(c) {T: float}\n d = StopGradient\n"
                "e = CheckNumerics(nobody) {T: float}\n f = PrintV2(f, ^g)\n g = Relu(a, ^f, ^gone) {T: float}\n"
                "h = Merge(h, ^f) {T: float}\n i = Switch(h, i) {T: float}\n j = Identity(i, ^j, ^e) {T: float}\n k = StopGradient(j)");
  CHECK(result.Reported("d", "no_input"));
  CHECK(result.Reported("k", "no_type"));
  CHECK(MiniGraph::Text(result.graph.graph().main()).find("a = StopGradient(b)") != std::string::npos);
}
