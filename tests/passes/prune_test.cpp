// Prune keeps what the outputs need.
#include <doctest/doctest.h>

#include <graphfreeze/passes/alias_outputs.hpp>
#include <graphfreeze/passes/clear_devices.hpp>
#include <graphfreeze/passes/clear_output_shapes.hpp>
#include <graphfreeze/passes/prune.hpp>

#include "mini_graph.hpp"

using graphfreeze::Prune;

TEST_CASE("ancestors over data and control edges stay, in the order of the file") {
  // TensorFlow's own test: n1 and n5 form a cycle, n2 is reached by a control edge only, n4 by nothing.
  MiniGraph graph("n1 = Merge(n5) {T: float}\n n2 = NoOp\n n3 = Neg(n1, ^n2) {T: float}\n n4 = Neg(n3)\n n5 = NextIteration(n1)");
  CHECK(graph.Text({"n3"}) == "n1 = Merge(n5)\nn2 = NoOp()\nn3 = Neg(n1, ^n2)\nn5 = NextIteration(n1)\n");
  const std::size_t reports = graph.reports();
  CHECK(graph.Run(Prune{{"n3"}, {}}).ok());
  CHECK(graph.reports() == reports);
}

TEST_CASE("colocation is not followed, and names nothing that is gone") {
  MiniGraph graph(R"(
    slot = NoOp
    w = Const {dtype: float, value: float 1, _class: list { s: "loc:@slot" }}
    v = Neg(w) {T: float, _class: list { s: "loc:@w" s: "loc:@slot" }})");
  CHECK(graph.Text({"v"}) == "w = Const()\nv = Neg(w)\n");
  CHECK_FALSE(graph.node("w").attr("_class").exists());
  CHECK(graph.node("v").attr("_class").strings() == std::vector<std::string_view>{"loc:@w"});
}

TEST_CASE("functions that nobody calls go; those named in attributes, nested ones and gradients stay") {
  const auto function = [](const std::string& name, const std::string& body = "") {
    return "function { signature { name: \"" + name + "\" } " + body + " }";
  };
  MiniGraph graph(R"(
    p = Placeholder {dtype: bool}
    out = If(p) {then_branch: func { name: "a" }, else_branch: func { name: "b" attr { key: "g" value { func { name: "nested" } } } }})",
                  function("a", "node_def { name: \"c\" op: \"called\" }") + function("b") + function("called") +
                      function("unused", "node_def { name: \"c\" op: \"a\" }") + function("nested") + function("grad") +
                      "gradient { function_name: \"called\" gradient_func: \"grad\" }");
  CHECK(graph.Run(Prune{{"out"}, {}}).ok());
  for (const char* name : {"a", "b", "called", "nested", "grad"}) {
    CHECK_MESSAGE(graph.graph().FindFunction(name) != graphfreeze::kNoFunction, name);
  }
  CHECK(graph.graph().FindFunction("unused") == graphfreeze::kNoFunction);
}

TEST_CASE("an output that is not there is an error with names that are near and nodes that look like results") {
  MiniGraph graph("x = Placeholder {dtype: float}\n logits = Relu(x) {T: float}\n gradients/g = Neg(logits)\n save/s = SaveV2(logits)");
  const std::string message = graph.Text({"logit"});
  CHECK(message.find("'logit' is not in mini") != std::string::npos);
  CHECK(message.find("nearest names: 'logits'") != std::string::npos);
  CHECK(message.find("look like results: 'logits'") != std::string::npos);
  CHECK(graphfreeze::LikelyOutputs(graph.graph().main(), 5) == std::vector<std::string_view>{"logits"});
  CHECK(graphfreeze::LikelyOutputs(graph.graph().main(), 0).empty());
  CHECK(graph.Text({"^logits"}).find("does not name an output") != std::string::npos);
  CHECK(graph.Text({"logits:1"}).find("has 1 output") != std::string::npos);
  CHECK(graph.Text({}).find("no output was named") != std::string::npos);
  CHECK(graph.Text({"logits:0"}) == "x = Placeholder()\nlogits = Relu(x)\n");
}

TEST_CASE("an input that names nothing is an error only if it is needed") {
  MiniGraph needed("a = Neg(gone)");
  CHECK(needed.Text({"a"}).find("'gone', which is not in the graph") != std::string::npos);
  MiniGraph spare("a = NoOp\n b = Neg(gone)");
  CHECK(spare.Text({"a"}) == "a = NoOp()\n");
}

TEST_CASE("devices are blanked at every level") {
  MiniGraph graph("a = NoOp @/gpu:0\n b = f",
                  "function { signature { name: \"f\" } node_def { name: \"n\" op: \"NoOp\" device: \"/cpu:0\" } }");
  CHECK(graph.node("a").device() == "/gpu:0");
  CHECK(graph.Run(graphfreeze::ClearDevices{}).ok());
  CHECK(graph.node("a").device().empty());
  const graphfreeze::Body& body = graph.graph().function(graph.graph().FindFunction("f")).body;
  CHECK(body.node(body.Find("n")).device().empty());
}

TEST_CASE("shapes that somebody inferred can be removed") {
  MiniGraph graph("a = NoOp {_output_shapes: list { shape { dim { size: 3 } } }, keep: 1}");
  CHECK(graph.Run(graphfreeze::ClearOutputShapes{}).ok());
  CHECK(graph.node("a").attr_names() == std::vector<std::string_view>{"keep"});
}

TEST_CASE("an alias gives a tensor a name of one's own") {
  MiniGraph graph("x = Placeholder {dtype: float}\n y = Split(x, x) {T: float, num_split: 2}");
  graphfreeze::AliasOutputs pass;
  pass.aliases = {{"half", "y:1"}};
  CHECK(graph.Run(pass).ok());
  CHECK(graph.Text({"half"}) == "x = Placeholder()\ny = Split(x, x)\nhalf = Identity(y:1)\n");
  CHECK(graph.node("half").attr("T").type() == graphfreeze::DataType::kFloat);
  CHECK(graph.Run(pass).ok());  // a second run changes nothing
  pass.aliases = {{"x", "y:0"}};
  CHECK_FALSE(graph.Run(pass).ok());
}
