// Identities go where nothing hangs on them but their value.
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graphfreeze/passes/remove_identities.hpp>

#include "mini_graph.hpp"

using graphfreeze::RemoveIdentities;

namespace {

std::string After(const std::string& lines, RemoveIdentities pass = {{"out"}, {}}, const std::string& functions = "") {
  MiniGraph graph(lines, functions);
  REQUIRE(graph.Run(pass).ok());
  const std::string text = MiniGraph::Text(graph.graph().main());
  const std::size_t reports = graph.reports();
  REQUIRE(graph.Run(pass).ok());  // a second run changes nothing
  CHECK(MiniGraph::Text(graph.graph().main()) == text);
  CHECK(graph.reports() <= reports + pass.exclude.size());
  return text;
}

const std::string kX = "x = Placeholder {dtype: float}\n";

}  // namespace

TEST_CASE("consumers of an Identity take what it hands on") {
  CHECK(After(kX + "a = Identity(x) {T: float}\n b = Identity(a) {T: float}\n out = Mul(b, a) {T: float}") ==
        "x = Placeholder()\nout = Mul(x, x)\n");
  SUBCASE("in whatever order they stand") {
    CHECK(After("out = Relu(c) {T: float}\n c = Identity(b) {T: float}\n b = Identity(a) {T: float}\n a = Identity(x) {T: float}\n" + kX) ==
          "out = Relu(x)\nx = Placeholder()\n");
  }
  SUBCASE("output by output of IdentityN") {
    CHECK(After(kX + "s = Split(x, x) {T: float, num_split: 2}\n"
                     "n = IdentityN(x, s:1, s) {T: list { type: DT_FLOAT type: DT_FLOAT type: DT_FLOAT }}\n out = Mul(n:2, n:1) {T: float}") ==
          "x = Placeholder()\ns = Split(x, x)\nout = Mul(s, s:1)\n");
  }
  SUBCASE("and colocations with it are forgotten") {
    MiniGraph graph(kX + "a = Identity(x) {T: float}\n out = Relu(a) {T: float, _class: list { s: \"loc:@a\" }}");
    REQUIRE(graph.Run(RemoveIdentities{{"out"}, {}}).ok());
    CHECK_FALSE(graph.node("out").attr("_class").exists());
  }
}

TEST_CASE("an output stays, and so does all that might be one") {
  const std::string lines = kX + "a = Identity(x) {T: float}\n out = Relu(a) {T: float}\n end = Identity(out) {T: float}";
  CHECK(After(lines, {{"end:0", "a"}, {}}) == "x = Placeholder()\na = Identity(x)\nout = Relu(a)\nend = Identity(out)\n");
  CHECK(After(lines, {}) == "x = Placeholder()\na = Identity(x)\nout = Relu(x)\nend = Identity(out)\n");
  CHECK(After(lines, {{"out"}, {"a"}}) == "x = Placeholder()\na = Identity(x)\nout = Relu(a)\nend = Identity(out)\n");
}

TEST_CASE("an Identity stays when others wait for it, or it for others") {
  const std::string waits = kX + "a = Identity(x) {T: float}\n c = Const(^a) {dtype: float, value: float 1}\n out = Mul(a, c) {T: float}";
  CHECK(After(waits) == "x = Placeholder()\na = Identity(x)\nc = Const(^a)\nout = Mul(a, c)\n");
  for (const std::string op : {"Assert", "AssignAddVariableOp", "SomebodysOp"}) {
    CAPTURE(op);
    CHECK(After(kX + "w = " + op + "(x)\n n = Neg(x, ^w) {T: float}\n a = Identity(x, ^n) {T: float}\n out = Relu(a) {T: float}") ==
          "x = Placeholder()\nw = " + op + "(x)\nn = Neg(x, ^w)\na = Identity(x, ^n)\nout = Relu(a)\n");
  }
  SUBCASE("but not when nothing depends on it") {
    CHECK(After(kX + "w = NoOp(^x)\n a = Identity(x, ^w) {T: float}\n out = Relu(a) {T: float}") ==
          "x = Placeholder()\nw = NoOp(^x)\nout = Relu(x)\n");
  }
  SUBCASE("unless that keeps it in its branch") {
    const std::string branch = R"(
      p = Placeholder {dtype: bool}
      s = Switch(p, p) {T: bool}
      t = Identity(s:1) {T: bool}
      c = Const {dtype: float, value: float 1}
      a = Identity(c, ^t) {T: float}
      xf = Switch(x, p) {T: float}
      out = Merge(xf, a) {T: float, N: 2})";
    CHECK(After(kX + branch).find("out = Merge(xf, a)") != std::string::npos);
  }
}

TEST_CASE("Identities of references and of TF1's control flow stay") {
  for (const std::string op : {"VariableV2", "Switch", "Enter", "NextIteration", "RefSwitch", "Assign"}) {
    CAPTURE(op);
    CHECK(After(kX + "v = " + op + "(x, x)\n a = Identity(v) {T: float}\n out = Relu(a) {T: float}") ==
          "x = Placeholder()\nv = " + op + "(x, x)\na = Identity(v)\nout = Relu(a)\n");
  }
  CHECK(After(kX + "m = Merge(x, x) {T: float, N: 2}\n a = Identity(m) {T: float}\n out = Relu(a) {T: float}") ==
        "x = Placeholder()\nm = Merge(x, x)\nout = Relu(m)\n");
}

TEST_CASE("functions lose their Identities too, but for one between an argument and a result") {
  MiniGraph graph(kX + "out = f(x)", R"(
    function {
      signature { name: "f" input_arg { name: "x" type: DT_FLOAT }
        output_arg { name: "y" type: DT_FLOAT } output_arg { name: "z" type: DT_FLOAT } }
      node_def { name: "a" op: "IdentityN" input: "x" input: "x" attr { key: "T" value { list { type: DT_FLOAT type: DT_FLOAT } } } }
      node_def { name: "r" op: "Relu" input: "a:output:1" attr { key: "T" value { type: DT_FLOAT } } }
      node_def { name: "b" op: "Identity" input: "r:activations:0" attr { key: "T" value { type: DT_FLOAT } } }
      node_def { name: "c" op: "Identity" input: "x" attr { key: "T" value { type: DT_FLOAT } } }
      ret { key: "y" value: "b:output:0" }
      ret { key: "z" value: "c:output:0" }
    })");
  REQUIRE(graph.Run(RemoveIdentities{}).ok());
  const graphfreeze::Function& f = graph.graph().function(0);
  CHECK(MiniGraph::Text(f.body) == "r = Relu(x)\nc = Identity(x)\n");
  CHECK(f.body.Spell(f.body.inputs(f.result(0))[0]) == "r:activations:0");
  CHECK(f.body.Spell(f.body.inputs(f.result(1))[0]) == "c:output:0");
}

TEST_CASE("rings and missing inputs stay as they are") {
  const std::string lines = "a = Identity(b) {T: float}\n b = Identity(a) {T: float}\n c = Identity(c) {T: float}\n d = Identity\n"
                            "e = Identity(^a) {T: float}\n f = Identity(gone) {T: float}\n g = IdentityN(a) \n"
                            "out = Mul(b, g:7) {T: float}\n h = Relu(f, ^gone) {T: float}";
  CHECK(After(lines).find("out = Mul(a, g:7)") != std::string::npos);
  // In a ring, but for those others wait for: it is no graph that runs.
  CHECK(After("a = Identity(b) {T: float}\n b = Identity(a) {T: float}\n out = Mul(b, a) {T: float}").find("out = Mul(b, a)") !=
        std::string::npos);
}
