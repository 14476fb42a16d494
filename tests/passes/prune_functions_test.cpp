// Functions lose what no caller needs: the loop variables and results that gradients left.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graphfreeze/graph/graph_writer.hpp>
#include <graphfreeze/io/segments.hpp>
#include <graphfreeze/passes/prune_functions.hpp>

#include "mini_graph.hpp"

using namespace graphfreeze;

namespace {

// A function of float arguments and results; those whose names begin with 'i' are int32, with 'r' resources, 'b' bools.
std::string Def(const std::string& name, const std::string& args, const std::string& results, const std::string& rest) {
  std::string text = "function { signature { name: \"" + name + "\"";
  const auto list = [&](const char* field, std::string names) {
    while (!names.empty()) {
      const std::size_t end = (std::min)(names.find(' '), names.size());
      const std::string one = names.substr(0, end);
      names = names.substr((std::min)(end + 1, names.size()));
      const std::string type = one[0] == 'i' ? "DT_INT32" : one[0] == 'r' ? "DT_RESOURCE" : one[0] == 'b' ? "DT_BOOL" : "DT_FLOAT";
      text += std::string(" ") + field + " { name: \"" + one + "\" type: " + type + " }";
    }
  };
  list("input_arg", args);
  list("output_arg", results);
  for (std::size_t at = rest.find("control_ret { key: \""); at != std::string::npos; at = rest.find("control_ret { key: \"", at + 1)) {
    const std::size_t begin = at + 20;
    text += " control_output: \"" + rest.substr(begin, rest.find('"', begin) - begin) + "\"";
  }
  return text + " } " + rest + " }\n";
}
std::string Op(const std::string& name, const std::string& op, const std::vector<std::string>& inputs, const std::string& attrs = "") {
  std::string text = "node_def { name: \"" + name + "\" op: \"" + op + "\"";
  for (const std::string& input : inputs) text += " input: \"" + input + "\"";
  return text + " attr { key: \"T\" value { type: DT_FLOAT } } " + attrs + "}\n";
}
std::string Ret(const std::string& key, const std::string& value) { return "ret { key: \"" + key + "\" value: \"" + value + "\" }\n"; }
std::string ControlRet(const std::string& name) { return "control_ret { key: \"" + name + "\" value: \"" + name + "\" }\n"; }

std::string Pruned(MiniGraph& graph, std::vector<std::string> outputs = {"out"}) {
  const PruneFunctions pass{outputs, {}};
  const Prune prune{outputs, {}};
  absl::Status status = graph.Run(prune, pass);
  if (!status.ok()) return std::string(status.message());
  const std::string text = graph.Text(outputs);
  const std::size_t entries = graph.reports();
  CHECK(graph.Run(pass).ok());
  CHECK(graph.reports() == entries);  // once: a second run changes nothing
  return text;
}
const Function& Callee(MiniGraph& graph, const std::string& node, const std::string& attr) {
  const FunctionId id = graph.graph().FindFunction(graph.node(node).attr(attr).func_name());
  REQUIRE(id != kNoFunction);
  return graph.graph().function(id);
}
std::string SignatureOf(const Function& function) {
  std::string text;
  for (std::uint32_t i = 0; i < function.argument_count(); ++i) text += std::string(function.body.name(function.argument(i))) + " ";
  text += "->";
  for (std::uint32_t i = 0; i < function.result_count(); ++i) text += " " + std::string(function.body.name(function.result(i)));
  return text;
}
// What is written must be readable, with every name that is used.
Graph Written(MiniGraph& graph) {
  SegmentList list;
  WriteGraph(graph.graph(), &list);
  std::string bytes;
  CHECK(list.ForEachChunk(1 << 20, [&](std::string_view chunk) {
    bytes += chunk;
    return absl::OkStatus();
  }).ok());
  auto read = Graph::Parse(Source::Own(bytes, "written"));
  REQUIRE(read.ok());
  return *std::move(read);
}

// y = x; for i < 10: y = sin(y), with a mask and a list that only the gradient needs.
const std::string kLoop =
    Def("cond", "i x mask list", "b", Op("ten", "Const", {}) + Op("Less", "Less", {"i", "ten:output:0"}) + Ret("b", "Less:z:0")) +
    Def("body", "i x mask list", "i_out x_out mask_out list_out",
        Op("one", "OnesLike", {"i"}) + Op("add", "AddV2", {"i", "one:y:0"}) + Op("Sin", "Sin", {"x"}) +
            Op("shape", "Shape", {"x"}) + Op("draw", "RandomUniform", {"shape:output:0"}) + Op("mul", "Mul", {"mask", "draw:output:0"}) +
            Op("push", "AddV2", {"list", "Sin:y:0"}) + Ret("i_out", "add:z:0") + Ret("x_out", "Sin:y:0") + Ret("mask_out", "mul:z:0") +
            Ret("list_out", "push:z:0") + ControlRet("draw"));
const char* const kWhile = R"(
  x = Placeholder {dtype: float}
  zero = Const {dtype: int32, value: int32 0}
  mask = Const {dtype: float, value: float 0}
  list = Const {dtype: float, value: float 0}
  while = While(zero, x, mask, list) {cond: func { name: "cond" }, body: func { name: "body" }, T: list { type: [DT_INT32, DT_FLOAT, DT_FLOAT, DT_FLOAT] }, output_shapes: list { shape {} shape { dim { size: 2 } } shape {} shape {} }, _output_shapes: list { shape {} shape {} shape {} shape {} }, parallel_iterations: 10, _num_original_outputs: 4}
  out = Relu(while:1) {T: float}
  last = Relu(while:3) {T: float}
)";

}  // namespace

TEST_CASE("a loop keeps the variables that its condition and its results need") {
  MiniGraph graph(kWhile, kLoop);
  CHECK(Pruned(graph) == "x = Placeholder()\nzero = Const()\nwhile = While(zero, x)\nout = Relu(while:1)\n");
  CHECK(graph.Reported("call_pruned"));
  const NodeRef loop = graph.node("while");
  CHECK(loop.attr("T").types() == std::vector<DataType>{DataType::kInt32, DataType::kFloat});
  CHECK(loop.attr("output_shapes").shapes().size() == 2);
  CHECK(Shape::Parse(loop.attr("output_shapes").shapes()[1])->ToString() == "[2]");
  CHECK_FALSE(loop.attr("_output_shapes").exists());
  CHECK(loop.attr("parallel_iterations").i() == 10);
  CHECK(SignatureOf(Callee(graph, "while", "body")) == "i x -> i_out x_out");
  CHECK(SignatureOf(Callee(graph, "while", "cond")) == "i x -> b");
  CHECK(MiniGraph::Text(Callee(graph, "while", "body").body) ==
        "one = OnesLike(i)\nadd = AddV2(i, one:y:0)\nSin = Sin(x)\n");
  const Graph written = Written(graph);
  const auto& body = written.function(written.FindFunction("body_pruned"));
  CHECK(SignatureOf(body) == "i x -> i_out x_out");
  const absl::StatusOr<std::string> text = BinaryToText("FunctionDef", body.base().message);
  REQUIRE(text.ok());
  CHECK(text->find("control_output") == std::string::npos);
  CHECK(text->find("control_ret") == std::string::npos);
  CHECK(written.FindFunction("body") == kNoFunction);
  SUBCASE("and renumbers what is taken of it") {
    MiniGraph other(kWhile, kLoop);
    CHECK(Pruned(other, {"last"}) ==
          "x = Placeholder()\nzero = Const()\nlist = Const()\nwhile = While(zero, x, list)\nlast = Relu(while:2)\n");
    CHECK(SignatureOf(Callee(other, "while", "body")) == "i x list -> i_out x_out list_out");
  }
  SUBCASE("and everything when it is itself an output") {
    MiniGraph other(kWhile, kLoop);
    CHECK(Pruned(other, {"while:3"}) ==
          "x = Placeholder()\nzero = Const()\nmask = Const()\nlist = Const()\nwhile = While(zero, x, mask, list)\n");
  }
  SUBCASE("or when it is excluded") {
    MiniGraph other(kWhile, kLoop);
    CHECK(other.Run(Prune{{"out"}, {}}, PruneFunctions{{"out"}, {"while"}}).ok());
    CHECK(other.node("while").attr("body").func_name() == "body");
    CHECK_FALSE(other.Reported("call_pruned"));
  }
  SUBCASE("also before the graph is pruned") {
    MiniGraph other(kWhile, kLoop);
    CHECK(other.Run(PruneFunctions{{"out"}, {}}).ok());
    CHECK(other.graph().main().Find("last") == kNoNode);  // took what is gone
    CHECK(other.Text({"out"}) == "x = Placeholder()\nzero = Const()\nwhile = While(zero, x)\nout = Relu(while:1)\n");
  }
  SUBCASE("without outputs, all that some node takes") {
    MiniGraph other(kWhile, kLoop);
    CHECK(other.Run(PruneFunctions{}).ok());
    CHECK(other.node("while").inputs().size() == 3);
    CHECK(other.node("last").op() == "Relu");
  }
}

TEST_CASE("a variable that a needed variable needs stays") {
  const std::string functions =
      Def("cond", "i x y z", "b", Op("Less", "Less", {"i", "i"}) + Ret("b", "Less:z:0")) +
      Def("body", "i x y z", "i_out x_out y_out z_out",
          Op("a", "AddV2", {"x", "y"}) + Op("b", "Sin", {"z"}) + Op("c", "Cos", {"i"}) + Ret("i_out", "c:y:0") + Ret("x_out", "a:z:0") +
              Ret("y_out", "b:y:0") + Ret("z_out", "z"));
  const std::string lines = R"(
  x = Placeholder {dtype: float}
  w = StatelessWhile(x, x, x, x) {cond: func { name: "cond" }, body: func { name: "body" }, T: list { type: [DT_INT32, DT_FLOAT, DT_FLOAT, DT_FLOAT] }}
  out = Relu(w:OUT) {T: float}
)";
  const auto with = [&](const std::string& index) {
    MiniGraph graph(std::string(lines).replace(lines.find("OUT"), 3, index), functions);
    static_cast<void>(Pruned(graph));
    return SignatureOf(Callee(graph, "w", "body"));
  };
  CHECK(with("1") == "i x y z -> i_out x_out y_out z_out");
  CHECK(with("2") == "i y z -> i_out y_out z_out");
  CHECK(with("3") == "i z -> i_out z_out");
}

namespace {
const std::string kBranches = Def("then", "r_a x y", "first second third",
                                  Op("read", "ReadVariableOp", {"r_a"}) + Op("Mul", "Mul", {"x", "read:value:0"}) + Op("Sin", "Sin", {"y"}) +
                                      Ret("first", "Mul:z:0") + Ret("second", "Sin:y:0") + Ret("third", "y")) +
                              Def("else", "r_a x y", "first second third",
                                  Op("id", "Identity", {"x"}) + Ret("first", "id:output:0") + Ret("second", "x") + Ret("third", "y"));
std::string If(const std::string& rest) {
  return R"(
  x = Placeholder {dtype: float}
  p = Placeholder {dtype: bool}
  v = VarHandleOp {dtype: float, shape: shape {}}
  if = If(p, v, x, x) {then_branch: func { name: "then" }, else_branch: func { name: "else" }, Tin: list { type: [DT_RESOURCE, DT_FLOAT, DT_FLOAT] }, Tout: list { type: [DT_FLOAT, DT_FLOAT, DT_FLOAT] }, output_shapes: list { shape {} shape {} shape { dim { size: 3 } } }, _read_only_resource_inputs: list { i: 1 }}
)" + rest;
}
}  // namespace

TEST_CASE("branches lose results that nobody takes, and arguments that neither needs") {
  MiniGraph graph(If("out = Relu(if) {T: float}\n"), kBranches);
  CHECK(Pruned(graph) == "x = Placeholder()\np = Placeholder()\nv = VarHandleOp()\nif = If(p, v, x)\nout = Relu(if)\n");
  CHECK(graph.node("if").attr("Tin").types() == std::vector<DataType>{DataType::kResource, DataType::kFloat});
  CHECK(graph.node("if").attr("Tout").types() == std::vector<DataType>{DataType::kFloat});
  CHECK(graph.node("if").attr("output_shapes").shapes().size() == 1);
  CHECK(graph.node("if").attr("_read_only_resource_inputs").ints() == std::vector<std::int64_t>{1});
  CHECK(SignatureOf(Callee(graph, "if", "then_branch")) == "r_a x -> first");
  CHECK(SignatureOf(Callee(graph, "if", "else_branch")) == "r_a x -> first");  // both must take the same
  MiniGraph other(If("out = Relu(if:2) {T: float}\n"), kBranches);
  CHECK(Pruned(other) == "x = Placeholder()\np = Placeholder()\nif = If(p, x)\nout = Relu(if)\n");
  CHECK(other.node("if").attr("_read_only_resource_inputs").ints().empty());
  CHECK(SignatureOf(Callee(other, "if", "then_branch")) == "y -> third");
}

TEST_CASE("calls in calls are pruned too, and functions are copied for each need once") {
  const std::string call = "attr { key: \"f\" value { func { name: \"inner\" } } } attr { key: \"Tin\" value { list { type: [DT_FLOAT, DT_FLOAT] } } } "
                           "attr { key: \"Tout\" value { list { type: [DT_FLOAT, DT_FLOAT] } } } ";
  const std::string functions = Def("inner", "a b", "c d", Op("Sin", "Sin", {"a"}) + Op("Cos", "Cos", {"b"}) + Ret("c", "Sin:y:0") + Ret("d", "Cos:y:0")) +
                                Def("outer", "a b", "c d", Op("call", "PartitionedCall", {"a", "b"}, call) + Ret("c", "call:output:0") + Ret("d", "call:output:1"));
  const std::string f = "{f: func { name: \"outer\" }, Tin: list { type: [DT_FLOAT, DT_FLOAT] }, Tout: list { type: [DT_FLOAT, DT_FLOAT] }}\n";
  MiniGraph graph("x = Placeholder {dtype: float}\n y = Placeholder {dtype: float}\n one = PartitionedCall(x, y) " + f + "two = PartitionedCall(y, x) " + f +
                      "three = PartitionedCall(x, y) " + f + "four = PartitionedCall(x, y) " + f +
                      "out = AddN(one:1, two:1, three, four, four:1) {T: float, N: 5}\n",
                  functions);
  CHECK(Pruned(graph) ==
        "x = Placeholder()\ny = Placeholder()\none = PartitionedCall(y)\ntwo = PartitionedCall(x)\nthree = PartitionedCall(x)\n"
        "four = PartitionedCall(x, y)\nout = AddN(one, two, three, four, four:1)\n");
  CHECK(graph.node("one").attr("f").func_name() == "outer_pruned");
  CHECK(graph.node("two").attr("f").func_name() == "outer_pruned");
  CHECK(graph.node("three").attr("f").func_name() == "outer_pruned_1");
  CHECK(graph.node("four").attr("f").func_name() == "outer");
  const Function& one = Callee(graph, "one", "f");
  CHECK(MiniGraph::Text(one.body) == "call = PartitionedCall(b)\n");
  CHECK(one.body.Spell(one.body.inputs(one.result(0))[0]) == "call:output:0");  // it was output 1
  CHECK(one.body.node(one.body.Find("call")).attr("f").func_name() == "inner_pruned");
}

TEST_CASE("what must run and changes nothing goes, writes stay") {
  const auto functions = [](const std::string& op, const std::string& input) {
    return Def("f", "r_a x y", "z", Op("Sin", "Sin", {"x"}) + Op("effect", op, {"r_a", input}) + Op("group", "NoOp", {"^effect"}) +
                                        Op("id", "Identity", {"Sin:y:0", "^group"}) + Ret("z", "id:output:0") + ControlRet("effect"));
  };
  const std::string lines = R"(
  x = Placeholder {dtype: float}
  v = VarHandleOp {dtype: float, shape: shape {}}
  call = StatefulPartitionedCall(v, x, x) {f: func { name: "f" }, Tin: list { type: [DT_RESOURCE, DT_FLOAT, DT_FLOAT] }, Tout: list { type: [DT_FLOAT] }}
  out = Relu(call) {T: float}
)";
  for (const char* harmless : {"RandomUniform", "Assert", "PrintV2", "ScalarSummary", "ReadVariableOp"}) {
    MiniGraph graph(lines, functions(harmless, "y"));
    CHECK(Pruned(graph) == "x = Placeholder()\ncall = StatefulPartitionedCall(x)\nout = Relu(call)\n");
    CHECK(MiniGraph::Text(Callee(graph, "call", "f").body) == "Sin = Sin(x)\nid = Identity(Sin:y:0)\n");
  }
  for (const char* effect : {"AssignAddVariableOp", "QueueEnqueueV2", "MyOwnOp"}) {
    MiniGraph graph(lines, functions(effect, "y"));
    CHECK(Pruned(graph) == "x = Placeholder()\nv = VarHandleOp()\ncall = StatefulPartitionedCall(v, x, x)\nout = Relu(call)\n");
    CHECK(graph.node("call").attr("f").func_name() == "f");
  }
  // A write needs what it writes.
  MiniGraph graph(lines, functions("AssignAddVariableOp", "Sin:y:0"));
  CHECK(Pruned(graph) == "x = Placeholder()\nv = VarHandleOp()\ncall = StatefulPartitionedCall(v, x)\nout = Relu(call)\n");
}

TEST_CASE("functions that call themselves, and broken calls, stay as they are") {
  const std::string call = "attr { key: \"f\" value { func { name: \"f\" } } } attr { key: \"Tin\" value { list { type: [DT_FLOAT, DT_FLOAT] } } } "
                           "attr { key: \"Tout\" value { list { type: [DT_FLOAT, DT_FLOAT] } } } ";
  const std::string functions = Def("f", "a b", "c d", Op("call", "PartitionedCall", {"a", "b"}, call) + Op("Sin", "Sin", {"b"}) +
                                                           Ret("c", "call:output:1") + Ret("d", "Sin:y:0"));
  for (const char* outputs : {"call", "call:1"}) {
    MiniGraph graph("x = Placeholder {dtype: float}\n call = PartitionedCall(x, x) {f: func { name: \"f\" }, Tin: list { type: [DT_FLOAT, DT_FLOAT] }, Tout: list { type: [DT_FLOAT, DT_FLOAT] }}\n out = Relu(" +
                        std::string(outputs) + ") {T: float}\n",
                    functions);
    static_cast<void>(Pruned(graph));
    // What is left must fit together.
    const Function& function = Callee(graph, "call", "f");
    CHECK(function.argument_count() == graph.node("call").inputs().size());
    CHECK(function.result_count() == graph.node("call").attr("Tout").types().size());
  }
  for (const char* lines : {
           "x = Placeholder {dtype: float}\n out = PartitionedCall(x) {f: func { name: \"f\" }, Tin: list { type: [DT_FLOAT] }, Tout: list { type: [DT_FLOAT] }}\n",
           "x = Placeholder {dtype: float}\n c = PartitionedCall(x, x) {f: func { name: \"f\" }}\n out = Relu(c:1) {T: float}\n",
           "x = Placeholder {dtype: float}\n c = While(x, x) {cond: func { name: \"f\" }, body: func { name: \"gone\" }}\n out = Relu(c:1) {T: float}\n",
           "c = PartitionedCall(c, c:7) {f: func { name: \"f\" }, Tin: list { type: [DT_FLOAT, DT_FLOAT] }, Tout: list { type: [DT_FLOAT, DT_FLOAT] }}\n out = Relu(c:1) {T: float}\n",
           "out = If() {}\n",
       }) {
    MiniGraph graph(lines, functions);
    static_cast<void>(graph.Run(PruneFunctions{{"out"}, {}}).ok());
    static_cast<void>(graph.Run(PruneFunctions{}).ok());
  }
}
