// Dropout of every era disappears; what only looks like it stays. The graphs are those that TensorFlow writes.
#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graphfreeze/passes/bind_flags.hpp>
#include <graphfreeze/passes/fold_branches.hpp>
#include <graphfreeze/passes/neutralize_dropout.hpp>
#include <graphfreeze/passes/remove_identities.hpp>

#include "mini_graph.hpp"

using graphfreeze::BindFlags;
using graphfreeze::FoldBranches;
using graphfreeze::NeutralizeDropout;
using graphfreeze::RemoveIdentities;

namespace {

const std::string kX = "x = Placeholder {dtype: float}\n";

// random_uniform as it was until TensorFlow 2.1: min + draw * (max - min).
const std::string kUniform = R"(
  d/Shape = Shape(x) {T: float}
  d/min = Const {dtype: float, value: float 0}
  d/max = Const {dtype: float, value: float 1}
  d/draw = RandomUniform(d/Shape) {dtype: float, T: int32}
  d/range = Sub(d/max, d/min) {T: float}
  d/scaled = Mul(d/draw, d/range) {T: float}
  d/uniform = Add(d/scaled, d/min) {T: float}
)";

std::string Neutralized(const std::string& lines, std::vector<std::string> outputs = {"out"}) {
  MiniGraph graph(lines);
  const absl::Status status = graph.Run(NeutralizeDropout{});
  REQUIRE_MESSAGE(status.ok(), std::string(status.message()));
  return graph.Text(std::move(outputs));
}

// Code and node of each warning, a line each.
std::string Warned(MiniGraph& graph) {
  std::string text;
  for (const graphfreeze::ReportEntry& entry : graph.context().report) {
    if (entry.action == graphfreeze::Action::kWarning) text += entry.code + " " + entry.node + "\n";
  }
  return text;
}

const char* const kNothingLeft = "x = Placeholder()\nout = Relu(x)\n";

}  // namespace

TEST_CASE("dropout of TensorFlow 1.0 to 1.12 hands its input on") {
  const std::string head = kX + kUniform;
  const std::string keep = "d/keep = Const {dtype: float, value: float 0.5}\n";
  const std::string mask = "d/add = Add(d/keep, d/uniform) {T: float}\n d/Floor = Floor(d/add) {T: float}\n";
  const std::string div = "d/div = RealDiv(x, d/keep) {T: float}\n";
  const std::string relu = "out = Relu(d/mul) {T: float}\n";
  const std::string out = "d/mul = Mul(d/div, d/Floor) {T: float}\n" + relu;
  CHECK(Neutralized(head + keep + mask + div + out) == kNothingLeft);  // T1
  SUBCASE("whatever the order of its operands") {  // T1c, T1d
    CHECK(Neutralized(head + keep + mask + div + "d/mul = Mul(d/Floor, d/div) {T: float}\n" + relu) == kNothingLeft);
    CHECK(Neutralized(head + keep + "d/add = AddV2(d/uniform, d/keep) {T: float}\n d/Floor = Floor(d/add) {T: float}\n" +
                      div + out) == kNothingLeft);
  }
  SUBCASE("with a keep_prob that is fed") {
    // T1b
    MiniGraph graph(head + "d/keep = Placeholder {dtype: float}\n" + mask + div + out);
    CHECK(graph.Run(NeutralizeDropout{}).ok());
    CHECK(Warned(graph) == "input_unused d/keep\n");
    CHECK(graph.Run(NeutralizeDropout{}).ok());
    CHECK(Warned(graph) == "input_unused d/keep\n");  // once
    CHECK(graph.Text({"out"}) == kNothingLeft);
  }
  SUBCASE("with a keep_prob that is fed, and that somebody else takes") {
    MiniGraph graph(head + "d/keep = Placeholder {dtype: float}\n" + mask + div + out + "side = Tanh(d/keep) {T: float}");
    SUBCASE("") {
      CHECK(graph.Run(NeutralizeDropout{}).ok());
      CHECK(Warned(graph).empty());
    }
    SUBCASE("for nothing that is asked for") {
      graph.context().outputs = {"out"};
      CHECK(graph.Run(NeutralizeDropout{}).ok());
      CHECK(Warned(graph) == "input_unused d/keep\n");
    }
  }
  SUBCASE("while somebody else still takes the scaled input") {  // T1e
    CHECK(Neutralized(head + keep + mask + div + out + "side = Tanh(d/div) {T: float}", {"out", "side"}) ==
          "x = Placeholder()\nd/keep = Const()\nd/div = RealDiv(x, d/keep)\nout = Relu(x)\nside = Tanh(d/div)\n");
  }
  SUBCASE("and keeps its name when it is itself the output") {
    CHECK(Neutralized(head + keep + mask + div + out, {"d/mul"}) == "x = Placeholder()\nd/mul = Identity(x)\n");
  }
  SUBCASE("through Identity between its ops") {
    CHECK(Neutralized(head + keep + mask + div + "d/id = Identity(d/div) {T: float}\n d/mul = Mul(d/id, d/Floor) {T: float}\n" +
                      relu) == kNothingLeft);
  }
  SUBCASE("but stays when it is excluded") {
    MiniGraph graph(head + keep + mask + div + out);
    NeutralizeDropout pass;
    SUBCASE("by its name") { pass.exclude = {"d/mul"}; }
    SUBCASE("by a glob") { pass.exclude = {"other", "d/m*"}; }
    CHECK(graph.Run(pass).ok());
    CHECK(graph.Reported("excluded"));
    CHECK(graph.changes() == 0);
    CHECK(Warned(graph).empty());
    CHECK(graph.Text({"out"}).find("RandomUniform") != std::string::npos);
  }
  SUBCASE("once: a second run changes nothing") {
    MiniGraph graph(head + keep + mask + div + out);
    CHECK(graph.Run(NeutralizeDropout{}).ok());
    const std::size_t entries = graph.reports();
    CHECK(graph.Run(NeutralizeDropout{}).ok());
    CHECK(graph.reports() == entries);
  }
}

// T2, and T2b with a rate that is fed.
TEST_CASE("dropout by rate, as TensorFlow 1.13 to 2.1 writes it, hands its input on") {
  const std::string head = kX + "d/one = Const {dtype: float, value: float 1}\n" + kUniform;
  for (const std::string rate :
       {"d/rate = Const {dtype: float, value: float 0.4}\n", "d/rate = Placeholder {dtype: float}\n"}) {
    CHECK(Neutralized(head + rate + R"(
      d/sub = Sub(d/one, d/rate) {T: float}
      d/truediv = RealDiv(d/one, d/sub) {T: float}
      d/GreaterEqual = GreaterEqual(d/uniform, d/rate) {T: float}
      d/mul = Mul(x, d/truediv) {T: float}
      d/Cast = Cast(d/GreaterEqual) {SrcT: bool, DstT: float}
      d/mul_1 = Mul(d/mul, d/Cast) {T: float}
      out = Relu(d/mul_1) {T: float})") == kNothingLeft);
    CHECK(Neutralized(head + rate + R"(
      d/sub = Sub(d/one, d/rate) {T: float}
      d/add = Add(d/sub, d/uniform) {T: float}
      d/Floor = Floor(d/add) {T: float}
      d/truediv = RealDiv(x, d/sub) {T: float}
      d/mul = Mul(d/truediv, d/Floor) {T: float}
      out = Relu(d/mul) {T: float})") == kNothingLeft);
  }
}

// T2c, T2d
TEST_CASE("dropout of TensorFlow 2, with a select and any kind of random numbers, hands its input on") {
  const std::string head = kX + R"(
    scale = Const {dtype: float, value: float 2}
    rate = Const {dtype: float, value: float 0.5}
    zero = Const {dtype: float, value: float 0}
    shape = Shape(x) {T: float}
    seed = Const {dtype: int32, value: int32 [] 1 2}
  )";
  for (const std::string draw : {"u = RandomUniform(shape) {dtype: float, T: int32}\n",
                                 "u = StatelessRandomUniformV2(shape, seed, seed, seed) {dtype: float, Tshape: int32}\n",
                                 "u = StatelessRandomUniform(shape, seed) {dtype: float, T: int32}\n"}) {
    const std::string mask = draw + "ge = GreaterEqual(u, rate) {T: float}\n";
    CHECK(Neutralized(head + mask + R"(
      m = Mul(x, scale) {T: float}
      s = SelectV2(ge, m, zero) {T: float}
      out = Relu(s) {T: float})") == kNothingLeft);
    CHECK(Neutralized(head + mask + R"(
      m = Mul(scale, x) {T: float}
      c = Cast(ge) {SrcT: bool, DstT: float}
      s = Mul(c, m) {T: float}
      out = Relu(s) {T: float})") == kNothingLeft);
    CHECK(Neutralized(head + mask + R"(
      s = SelectV2(ge, x, zero) {T: float}
      m = Mul(s, scale) {T: float}
      out = Relu(m) {T: float})") == kNothingLeft);
  }
}

TEST_CASE("a random mask that is not dropout stays, with a warning") {
  const std::string head = kX + "d/keep = Const {dtype: float, value: float 0.5}\n" + kUniform +
                           "d/add = Add(d/keep, d/uniform) {T: float}\n d/Floor = Floor(d/add) {T: float}\n";
  for (const std::string tail :
       {"out = Mul(x, d/Floor) {T: float}",  // T3: no scale
        "k = Const {dtype: float, value: float 0.8}\n d/div = RealDiv(x, k) {T: float}\n"
        "out = Mul(d/div, d/Floor) {T: float}"}) {  // T3b: another scale
    MiniGraph graph(head + tail);
    CHECK(graph.Run(NeutralizeDropout{}).ok());
    CHECK(graph.Reported("random_mask"));
    CHECK_FALSE(graph.Reported("bypassed"));
    CHECK(graph.Text({"out"}).find("RandomUniform") != std::string::npos);
  }
}

TEST_CASE("noise that is part of a model stays; Gaussian dropout goes") {
  const std::string head = kX + R"(
    sigma = Placeholder {dtype: float}
    shape = Shape(x) {T: float}
    n = RandomStandardNormal(shape) {dtype: float, T: int32}
    std = Const {dtype: float, value: float 0.3}
    one = Const {dtype: float, value: float 1}
    a = Mul(n, std) {T: float}
  )";
  // T3c
  CHECK(Neutralized(head + "e = Mul(sigma, n) {T: float}\n out = AddV2(x, e) {T: float}").find("RandomStandardNormal") !=
        std::string::npos);
  CHECK(Neutralized(head + "b = AddV2(a, one) {T: float}\n m = Mul(x, b) {T: float}\n out = Relu(m) {T: float}") ==
        kNothingLeft);
  const std::string noise = head + "m = AddV2(x, a) {T: float}\n out = Relu(m) {T: float}";
  CHECK(Neutralized(noise).find("RandomStandardNormal") != std::string::npos);
  MiniGraph graph(noise);
  NeutralizeDropout pass;
  pass.gaussian_noise = true;
  CHECK(graph.Run(pass).ok());
  CHECK(graph.Text({"out"}) == kNothingLeft);
}

// T5: dropout of tf.layers under a flag.
TEST_CASE("a conditional dropout") {
  const std::string cond = kX + R"(
    is_training = Placeholder {dtype: bool}
    cond/Switch = Switch(is_training, is_training) {T: bool}
    cond/switch_t = Identity(cond/Switch:1) {T: bool}
    cond/pred_id = Identity(is_training) {T: bool}
    cond/keep = Const(^cond/switch_t) {dtype: float, value: float 0.5}
    cond/d/Switch = Switch(x, cond/pred_id) {T: float}
    cond/Shape = Shape(cond/d/Switch:1) {T: float}
    cond/u = RandomUniform(cond/Shape) {dtype: float, T: int32}
    cond/add = Add(cond/keep, cond/u) {T: float}
    cond/Floor = Floor(cond/add) {T: float}
    cond/div = RealDiv(cond/d/Switch:1, cond/keep) {T: float}
    cond/mul = Mul(cond/div, cond/Floor) {T: float}
    cond/Identity/Switch = Switch(x, cond/pred_id) {T: float}
    cond/Identity = Identity(cond/Identity/Switch) {T: float}
    cond/Merge = Merge(cond/Identity, cond/mul) {T: float, N: 2}
    out = Relu(cond/Merge) {T: float})";
  MiniGraph graph(cond);
  graph.context().outputs = {"out"};
  BindFlags flags;
  SUBCASE("collapses without knowing the flag") {  // T5c
    CHECK(graph.Run(NeutralizeDropout{}).ok());
    CHECK(Warned(graph) == "input_unused is_training\n");
    CHECK(graph.Text({"out"}) == kNothingLeft);
  }
  SUBCASE("goes with its branch when the flag is false") {  // T5
    flags.values = {{"is_training", "false"}};
    CHECK(graph.Run(flags, FoldBranches{}, RemoveIdentities{}).ok());
    CHECK(graph.Text({"out"}) == kNothingLeft);
  }
  SUBCASE("stays without its switches when the flag is true and nobody neutralizes it") {  // T5b
    flags.values = {{"is_training", "true"}};
    CHECK(graph.Run(flags, FoldBranches{}).ok());
    const std::string text = graph.Text({"out"});
    CHECK(text.find("RandomUniform") != std::string::npos);
    CHECK(text.find("Switch(") == std::string::npos);
    CHECK(text.find("Merge(") == std::string::npos);
    CHECK(graph.Run(NeutralizeDropout{}).ok());
    CHECK(graph.Text({"out"}).find("RandomUniform") == std::string::npos);
  }
}

// T6
TEST_CASE("the noise of a variational dropout comes into its loop from outside") {
  CHECK(Neutralized(kX + R"(
    keep = Const {dtype: float, value: float 0.5}
    shape = Const {dtype: int32, value: int32 [] 1 4}
    u = RandomUniform(shape) {dtype: float, T: int32}
    enter = Enter(u) {T: float, frame_name: "while"}
    body/keep = Const {dtype: float, value: float 0.5}
    add = AddV2(keep, enter) {T: float}
    floor = Floor(add) {T: float}
    div = RealDiv(x, body/keep) {T: float}
    mul = Mul(div, floor) {T: float}
    out = Relu(mul) {T: float})") == kNothingLeft);
}

namespace {

// A function of float arguments and results (int32 if they begin with 'i', bool with 'b'), given as "name name …".
std::string Def(const std::string& name, const std::string& args, const std::string& results, const std::string& rest) {
  std::string text = "function { signature { name: \"" + name + "\"";
  const auto list = [&](const char* field, const std::string& names) {
    for (std::size_t at = 0; at < names.size();) {
      const std::size_t end = (std::min)(names.find(' ', at), names.size());
      const char* const type = names[at] == 'i' ? "DT_INT32" : names[at] == 'b' ? "DT_BOOL" : "DT_FLOAT";
      text += std::string(" ") + field + " { name: \"" + names.substr(at, end - at) + "\" type: " + type + " }";
      at = end + 1;
    }
  };
  list("input_arg", args);
  list("output_arg", results);
  return text + " } " + rest + " }\n";
}
// The lines as node_defs, and the results as "result=tensor".
std::string Nodes(const std::string& lines, const std::vector<std::pair<std::string, std::string>>& results) {
  std::string text = MiniGraph::ToText(lines);
  for (std::size_t at = text.find("node {"); at != std::string::npos; at = text.find("node {", at + 9)) {
    text.replace(at, 4, "node_def");
  }
  for (const auto& [result, tensor] : results) text += "ret { key: \"" + result + "\" value: \"" + tensor + "\" }\n";
  return text;
}

// Variational dropout as the body of a loop does it: scales by `divisor`, masks by `keep`.
std::string MaskedBy(const std::string& keep, const std::string& divisor) {
  return "add = AddV2(" + keep + ", noise) {T: float}\n Floor = Floor(add:z:0) {T: float}\n div = RealDiv(x, " + divisor +
         ") {T: float}\n mul = Mul(div:z:0, Floor:y:0) {T: float}\n";
}
const std::string kKeep = "keep = Const {dtype: float, value: float 0.5}\n keep_1 = Const {dtype: float, value: float 0.5}\n";

// f(x, noise) is dropout with a keep_prob of its own.
std::string DropoutFunction(const std::string& name = "f") {
  return Def(name, "x noise", "y", Nodes(kKeep + MaskedBy("keep:output:0", "keep_1:output:0"), {{"y", "mul:z:0"}}));
}
std::string CallOf(const std::string& name, const std::string& function, const std::string& inputs) {
  return name + " = PartitionedCall(" + inputs + ") {f: func { name: \"" + function +
         "\" }, Tin: list { type: DT_FLOAT type: DT_FLOAT }, Tout: list { type: DT_FLOAT }}\n";
}

// A loop (i, x, noise) whose body gives `noise` the value `next`.
std::string LoopFunctions(const std::string& next, const std::string& more = "") {
  return Def("loop_cond", "i x noise", "b",
             Nodes("n = Const {dtype: int32, value: int32 3}\n less = Less(i, n:output:0) {T: int32}", {{"b", "less:z:0"}})) +
         Def("loop_body", "i x noise", "i_out x_out noise_out",
             Nodes("one = Const {dtype: int32, value: int32 1}\n next = AddV2(i, one:output:0) {T: int32}\n" + kKeep +
                       MaskedBy("keep:output:0", "keep_1:output:0") + more,
                   {{"i_out", "next:z:0"}, {"x_out", "mul:z:0"}, {"noise_out", next}}));
}
const std::string kLoop = R"(
  zero = Const {dtype: int32, value: int32 0}
  shape = Const {dtype: int32, value: int32 [] 1 4}
  u = RandomUniform(shape) {dtype: float, T: int32}
  loop = While(zero, x, u) {T: list { type: DT_INT32 type: DT_FLOAT type: DT_FLOAT }, cond: func { name: "loop_cond" }, body: func { name: "loop_body" }}
  out = Relu(loop:1) {T: float}
)";

std::string BodyText(MiniGraph& graph, const std::string& function) {
  const graphfreeze::FunctionId id = graph.graph().FindFunction(function);
  REQUIRE(id != graphfreeze::kNoFunction);
  return MiniGraph::Text(graph.graph().function(id).body);
}
// Runs the pass twice. True if `mul` of the function hands x on.
bool HandsOn(MiniGraph& graph, const std::string& function) {
  const absl::Status status = graph.Run(NeutralizeDropout{});
  REQUIRE_MESSAGE(status.ok(), std::string(status.message()));
  const std::size_t changes = graph.changes();
  REQUIRE(graph.Run(NeutralizeDropout{}).ok());
  CHECK(graph.changes() == changes);
  return BodyText(graph, function).find("mul = Identity(x)\n") != std::string::npos;
}

const std::string kDraw = kX + "s = Shape(x) {T: float}\n u = RandomUniform(s) {dtype: float, T: int32}\n";

}  // namespace

// T6 in functional control flow.
TEST_CASE("the noise of a variational dropout comes into a While as a variable that does not change") {
  SUBCASE("and is returned as it came") {
    MiniGraph graph(kX + kLoop, LoopFunctions("noise"));
    CHECK(HandsOn(graph, "loop_body"));
    CHECK(Warned(graph).empty());
  }
  SUBCASE("and is returned through an Identity") {
    MiniGraph graph(kX + kLoop, LoopFunctions("same:output:0", "same = Identity(noise) {T: float}\n"));
    CHECK(HandsOn(graph, "loop_body"));
  }
  SUBCASE("but not if the loop changes it") {
    MiniGraph graph(kX + kLoop, LoopFunctions("other:y:0", "other = Tanh(noise) {T: float}\n"));
    CHECK_FALSE(HandsOn(graph, "loop_body"));
    CHECK(graph.Reported("noise_not_always_random"));
    CHECK(graph.changes() == 0);
  }
  SUBCASE("but not if it is something else from the start") {
    std::string main = kLoop;
    main.replace(main.find("RandomUniform"), 13, "RandomStandardNormal");
    MiniGraph graph(kX + main, LoopFunctions("noise"));
    CHECK_FALSE(HandsOn(graph, "loop_body"));
    CHECK(graph.changes() == 0);
    CHECK_FALSE(graph.Reported("noise_not_always_random"));
  }
}

TEST_CASE("noise that comes into a function counts if every caller draws it") {
  const std::string old = kDraw + "lo = Const {dtype: float, value: float 0}\n hi = Const {dtype: float, value: float 1}\n"
                          "range = Sub(hi, lo) {T: float}\n m = Mul(u, range) {T: float}\n a = Add(m, lo) {T: float}\n";
  SUBCASE("one caller") {
    MiniGraph graph(old + CallOf("out", "f", "x, a"), DropoutFunction());
    CHECK(HandsOn(graph, "f"));
  }
  SUBCASE("two callers") {
    MiniGraph graph(old + CallOf("y", "f", "x, a") + CallOf("out", "f", "y, u"), DropoutFunction());
    CHECK(HandsOn(graph, "f"));
  }
  SUBCASE("but not if one passes something else") {
    MiniGraph graph(kDraw + CallOf("y", "f", "x, u") + CallOf("out", "f", "y, x"), DropoutFunction());
    CHECK_FALSE(HandsOn(graph, "f"));
    CHECK(graph.Reported("noise_not_always_random"));
    CHECK(graph.changes() == 0);
  }
  SUBCASE("nor if one does by the name of the function") {
    MiniGraph graph(kDraw + CallOf("y", "f", "x, u") + "out = f(y, x)\n", DropoutFunction());
    CHECK_FALSE(HandsOn(graph, "f"));
  }
  SUBCASE("nor if an op names it that is not known to call it") {
    MiniGraph graph(kDraw + CallOf("y", "f", "x, u") + "out = MapDataset(y) {f: func { name: \"f\" }}\n", DropoutFunction());
    CHECK_FALSE(HandsOn(graph, "f"));
  }
  SUBCASE("nor if a call passes too little") {
    MiniGraph graph(kDraw + CallOf("y", "f", "x, u") + CallOf("out", "f", "y"), DropoutFunction());
    CHECK_FALSE(HandsOn(graph, "f"));
  }
  SUBCASE("who is never called does not count") {
    MiniGraph graph(kDraw + CallOf("out", "f", "x, u"),
                    DropoutFunction() + Def("never", "x", "y", Nodes(CallOf("c", "f", "x, x"), {{"y", "c:output:0"}})));
    CHECK(HandsOn(graph, "f"));
  }
}

TEST_CASE("noise goes through calls in calls, and through branches") {
  const std::string through = Nodes(CallOf("c", "f", "x, noise"), {{"y", "c:output:0"}});
  SUBCASE("a call in a call") {
    MiniGraph graph(kDraw + CallOf("out", "g", "x, u"), Def("g", "x noise", "y", through) + DropoutFunction());
    CHECK(HandsOn(graph, "f"));
  }
  SUBCASE("a call in a call, one of whose callers passes something else") {
    MiniGraph graph(kDraw + CallOf("y", "g", "x, u") + CallOf("out", "g", "y, y"), Def("g", "x noise", "y", through) + DropoutFunction());
    CHECK_FALSE(HandsOn(graph, "f"));
    CHECK(graph.changes() == 0);
  }
  SUBCASE("functions that call each other in a circle are left alone") {
    MiniGraph graph(kDraw + CallOf("out", "f", "x, u"),
                    Def("f", "x noise", "y",
                        Nodes(kKeep + MaskedBy("keep:output:0", "keep_1:output:0") + CallOf("c", "g", "mul:z:0, noise"), {{"y", "c:output:0"}})) +
                        Def("g", "x noise", "y", through));
    CHECK_FALSE(HandsOn(graph, "f"));
    CHECK(graph.changes() == 0);
  }
  const std::string types = "Tcond: bool, Tin: list { type: DT_FLOAT type: DT_FLOAT }, Tout: list { type: DT_FLOAT }";
  const std::string other = Def("g", "x noise", "y", Nodes("id = Identity(x) {T: float}", {{"y", "id:output:0"}}));
  for (const std::string op : {"If", "StatelessIf"}) {
    MiniGraph graph(kDraw + "p = Placeholder {dtype: bool}\n out = " + op +
                        "(p, x, u) {then_branch: func { name: \"f\" }, else_branch: func { name: \"g\" }, " + types + "}",
                    DropoutFunction() + other);
    CHECK(HandsOn(graph, "f"));
  }
  MiniGraph graph(kDraw + "p = Placeholder {dtype: int32}\n out = Case(p, x, u) {branches: list { func { name: \"g\" } func { name: \"f\" } }, " +
                      types + "}",
                  DropoutFunction() + other);
  CHECK(HandsOn(graph, "f"));
}

TEST_CASE("keep_prob, rate and scale may come into a function as arguments") {
  const std::string masked = MaskedBy("keep", "divisor");
  const auto call = [](const std::string& name, const std::string& inputs) {
    return name + " = StatefulPartitionedCall(" + inputs + ") {f: func { name: \"f\" }, Tin: list { type: DT_FLOAT type: DT_FLOAT "
           "type: DT_FLOAT type: DT_FLOAT }, Tout: list { type: DT_FLOAT }}\n";
  };
  const std::string f = Def("f", "x noise keep divisor", "y", Nodes(masked, {{"y", "mul:z:0"}}));
  const std::string main = kDraw + "half = Const {dtype: float, value: float 0.5}\n half_1 = Const {dtype: float, value: float 0.5}\n"
                           "more = Const {dtype: float, value: float 0.8}\n fed = Placeholder {dtype: float}\n";
  SUBCASE("one number for both") {
    MiniGraph graph(main + call("out", "x, u, half, half_1"), f);
    CHECK(HandsOn(graph, "f"));
  }
  SUBCASE("two numbers") {
    MiniGraph graph(main + call("out", "x, u, half, more"), f);
    CHECK_FALSE(HandsOn(graph, "f"));
    CHECK(graph.Reported("random_mask"));
  }
  SUBCASE("several numbers for one argument") {
    MiniGraph graph(main + call("y", "x, u, half, half") + call("out", "y, u, half, more"), f);
    CHECK_FALSE(HandsOn(graph, "f"));
  }
  SUBCASE("a number and what is fed") {
    MiniGraph graph(main + call("out", "x, u, half, fed"), f);
    CHECK_FALSE(HandsOn(graph, "f"));
  }
  SUBCASE("one argument for both, fed: the input is no longer used") {
    MiniGraph graph(main + call("out", "x, u, fed, half"), Def("f", "x noise keep divisor", "y", Nodes(MaskedBy("keep", "keep"), {{"y", "mul:z:0"}})));
    CHECK(HandsOn(graph, "f"));
    CHECK(Warned(graph) == "input_unused fed\n");
  }
  SUBCASE("a rate, with what is computed of it inside") {
    MiniGraph graph(main + "scale = Const {dtype: float, value: float 2}\n" + call("out", "x, u, half, scale"),
                    Def("f", "x noise rate scale", "y",
                        Nodes("zero = Const {dtype: float, value: float 0}\n ge = GreaterEqual(noise, rate) {T: float}\n"
                              "m = Mul(x, scale) {T: float}\n mul = SelectV2(ge:z:0, m:z:0, zero:output:0) {T: float}",
                              {{"y", "mul:output:0"}})));
    CHECK(HandsOn(graph, "f"));
  }
  SUBCASE("a rate, beside a number that is one minus it") {
    MiniGraph graph(main + call("out", "x, u, half, half"),
                    Def("f", "x noise rate unused", "y",
                        Nodes("one = Const {dtype: float, value: float 1}\n half = Const {dtype: float, value: float 0.5}\n"
                              "k = Sub(one:output:0, rate) {T: float}\n" + MaskedBy("k:z:0", "half:output:0"),
                              {{"y", "mul:z:0"}})));
    CHECK(HandsOn(graph, "f"));
  }
}

TEST_CASE("the dropout inside CudnnRNN is turned off") {
  MiniGraph graph(kX + "out = CudnnRNN(x, x, x, x) {T: float, dropout: 0.5f}");
  CHECK(graph.Run(NeutralizeDropout{}).ok());
  CHECK(graph.node("out").attr("dropout").kind() == graphfreeze::AttrView::Kind::kFloat);
  CHECK(graph.node("out").attr("dropout").f() == 0.0f);
  CHECK(graph.node("out").attr("is_training").kind() == graphfreeze::AttrView::Kind::kBool);
  CHECK_FALSE(graph.node("out").attr("is_training").b());
  MiniGraph excluded(kX + "fw/out = CudnnRNN(x, x, x, x) {T: float, dropout: 0.5f}");
  NeutralizeDropout pass;
  pass.exclude = {"fw/*"};
  CHECK(excluded.Run(pass).ok());
  CHECK(excluded.Reported("excluded"));
  CHECK(excluded.changes() == 0);
}
