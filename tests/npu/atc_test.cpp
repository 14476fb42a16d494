// The command line for ATC and what the preflight finds.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graphfreeze/npu/atc.hpp>
#include <graphfreeze/npu/atc_library.hpp>

#include "../passes/mini_graph.hpp"

using graphfreeze::Shape;
using graphfreeze::npu::AtcFinding;
using graphfreeze::npu::AtcHandOff;
using graphfreeze::npu::AtcOptions;
using graphfreeze::npu::PrepareAtc;

namespace {

std::string ShapeAttr(const std::vector<int>& dims) {
  std::string text = "shape {";
  for (const int dim : dims) text += " dim { size: " + std::to_string(dim) + " }";
  return text + " }";
}
std::string Image(const std::string& name, const std::vector<int>& dims, const std::string& dtype = "float") {
  return name + " = Placeholder {dtype: " + dtype + ", shape: " + ShapeAttr(dims) + "}\n";
}

AtcOptions Options(std::vector<std::string> outputs = {"out"}) {
  AtcOptions options;
  options.outputs = std::move(outputs);
  return options;
}

AtcHandOff HandOff(MiniGraph& graph, const AtcOptions& options = Options()) {
  auto hand_off = PrepareAtc(graph.graph(), options);
  REQUIRE_MESSAGE(hand_off.ok(), std::string(hand_off.status().message()));
  return *std::move(hand_off);
}
AtcHandOff HandOff(const std::string& lines, const AtcOptions& options = Options()) {
  MiniGraph graph(lines);
  return HandOff(graph, options);
}

// "code node" of each finding, those that block with "!".
std::string Codes(const AtcHandOff& hand_off) {
  std::string all;
  for (const AtcFinding& finding : hand_off.findings) {
    all += (all.empty() ? "" : ", ") + finding.code + (finding.blocks ? "! " : " ") + finding.node;
  }
  return all;
}

const std::string kConv = "w = Const {dtype: float, value: float 1}\nconv = Conv2D(x, w) {T: float}\nout = Relu(conv) {T: float}\n";

}  // namespace

TEST_CASE("the command line of a static graph") {
  const AtcHandOff hand_off = HandOff(Image("x", {1, 224, 224, 3}) + kConv);
  CHECK(hand_off.command ==
        "atc --model=frozen.pb --framework=3 --output=frozen --input_format=NHWC --input_shape=\"x:1,224,224,3\" "
        "--out_nodes=\"out:0\" --soc_version=\"<soc_version>\"");
  CHECK(hand_off.findings.empty());
  CHECK_FALSE(hand_off.blocked());
  CHECK(hand_off.functions.empty());
  CHECK(hand_off.arguments[4] == "--input_shape=x:1,224,224,3");
}

TEST_CASE("paths, devices, several inputs and outputs, a scalar") {
  AtcOptions options = Options({"out", "split:1"});
  options.model = "/models/v1.2/net";
  options.soc_version = "Ascend310P3";
  const AtcHandOff hand_off = HandOff(Image("x", {1, 8}) + Image("scale", {}) +
                                          "axis = Const {dtype: int32, value: int32 0}\nsplit = Split(axis, x) {T: float, num_split: 2}\n"
                                          "out = Mul(x, scale) {T: float}",
                                      options);
  CHECK(hand_off.command ==
        "atc --model=/models/v1.2/net --framework=3 --output=/models/v1.2/net --input_format=ND "
        "--input_shape=\"x:1,8;scale:\" --out_nodes=\"out:0;split:1\" --soc_version=Ascend310P3");
}

TEST_CASE("names that a shell would read are quoted") {
  AtcOptions options = Options();
  options.model = "my $model`.pb";
  CHECK(HandOff(Image("x", {1}) + "out = Relu(x) {T: float}", options).command.find("--model=\"my \\$model\\`.pb\"") !=
        std::string::npos);
}

TEST_CASE("unknown dimensions are pinned or found") {
  const std::string lines = Image("x", {-1, 224, 224, 3}) + kConv;
  CHECK(Codes(HandOff(lines)) == "atc_unknown_dim! x");
  CHECK(HandOff(lines).command.find("x:-1,224,224,3") != std::string::npos);
  AtcOptions options = Options();
  options.batch = 4;
  CHECK(Codes(HandOff(lines, options)).empty());
  CHECK(HandOff(lines, options).command.find("--input_shape=\"x:4,224,224,3\"") != std::string::npos);
  options.batch.reset();
  options.dynamic_batch = {1, 2, 4};
  CHECK(Codes(HandOff(lines, options)).empty());
  CHECK(HandOff(lines, options).command.find("--input_shape=\"x:-1,224,224,3\" --dynamic_batch_size=1,2,4 ") != std::string::npos);
  options.dynamic_batch.clear();
  options.shapes = {{"x", Shape{2, 32, 32, 3}}};
  CHECK(HandOff(lines, options).command.find("x:2,32,32,3") != std::string::npos);
  options.shapes = {{"conv", Shape{2}}};
  MiniGraph graph(lines);
  CHECK(PrepareAtc(graph.graph(), options).status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(Codes(HandOff("x = Placeholder {dtype: float}\nout = Relu(x) {T: float}")) == "atc_unknown_rank! x");
  CHECK(Codes(HandOff(Image("x", {1, 0}) + "out = Relu(x) {T: float}")) == "atc_dim_not_positive! x");
}

TEST_CASE("the format is what the ops that take images say") {
  const auto format = [](const std::string& lines) {
    const std::string command = HandOff(lines).command;
    const std::size_t at = command.find("--input_format=") + 15;
    return command.substr(at, command.find(' ', at) - at);
  };
  const std::string x = Image("x", {1, 3, 8, 8});
  CHECK(format(x + "out = Conv2D(x, x) {T: float, data_format: \"NCHW\"}") == "NCHW");
  CHECK(format(x + "m = Sub(x, x) {T: float}\nc = Cast(m) {SrcT: float, DstT: float}\n"
                   "out = MaxPool(c) {T: float, data_format: \"NCHW\"}") == "NCHW");
  CHECK(format(x + "out = Relu(x) {T: float}") == "ND");
  // Who is turned into NCHW came as NHWC.
  CHECK(format(x + "p = Const {dtype: int32, value: int32 [] 0 3 1 2}\nt = Transpose(x, p) {T: float, Tperm: int32}\n"
                   "out = Conv2D(t, x) {T: float, data_format: \"NCHW\"}") == "NHWC");
  CHECK(format(Image("x", {1, 4, 8, 8, 3}) + "out = Conv3D(x, x) {T: float}") == "NDHWC");
  const AtcHandOff mixed = HandOff(x + Image("y", {1, 8, 8, 3}) +
                                   "a = Conv2D(x, x) {T: float, data_format: \"NCHW\"}\nb = Conv2D(y, y) {T: float}\nout = AddN(a, b) {T: float}");
  CHECK(Codes(mixed) == "atc_mixed_formats y");
}

TEST_CASE("inputs that a device does not take") {
  CHECK(Codes(HandOff(Image("s", {1}, "string") + "out = Identity(s) {T: string}")) == "atc_string_input! s");
  CHECK(Codes(HandOff(Image("d", {1}, "double") + "out = Cast(d) {SrcT: double, DstT: float}")) == "atc_input_type! d");
  CHECK(Codes(HandOff("c = Const {dtype: float, value: float 1}\nout = Relu(c) {T: float}")) == "atc_no_input ");
  CHECK(Codes(HandOff(Image("x", {1}) + "d = PlaceholderWithDefault(x) {dtype: float}\nout = Relu(d) {T: float}")) ==
        "atc_placeholder_default d");
}

TEST_CASE("outputs of 64 bits") {
  const std::string lines = Image("x", {1, 8}) + "a = Const {dtype: int32, value: int32 1}\nout = ArgMax(x, a) {T: float";
  const AtcHandOff hand_off = HandOff(lines + "}");
  CHECK(Codes(hand_off) == "atc_64bit_output out");
  CHECK(hand_off.findings[0].text.find("--cast_output out=int32") != std::string::npos);
  CHECK(Codes(HandOff(lines + ", output_type: int32}")).empty());
}

TEST_CASE("ops that ATC does not map") {
  const auto with = [](const std::string& op) {
    return Codes(HandOff(Image("x", {1}) + "n = " + op + "(x) {T: float}\nout = AddN(x, n) {T: float}"));
  };
  for (const char* op : {"VariableV2", "VarHandleOp", "ReadVariableOp", "NoOp", "PlaceholderV2", "IteratorV2", "IteratorGetNext",
                         "FIFOQueueV2", "QueueDequeueManyV2", "GetNext", "AdpGetNext", "GeOp", "LoadAndExecuteOm"}) {
    INFO(op);
    CHECK(with(op) == "atc_unmapped_op! n");
  }
  for (const char* op : {"Switch", "Merge", "Enter", "LoopCond", "NextIteration", "RefSwitch"}) CHECK(with(op) == "atc_control_flow! n");
  CHECK(with("SomebodysOp") == "atc_unknown_op! n");
  CHECK(with("EmbeddingTableFind") == "atc_external_op! n");
  CHECK(with("HcomReceive") == "atc_external_op! n");
  CHECK(with("HorovodAllreduce") == "atc_external_op! n");
  CHECK(with("DropOutDoMask") == "atc_training_op n");
  CHECK(with("RandomUniform") == "atc_random_op n");
  CHECK(with("FastGelu").empty());
  CHECK(with("FusedBatchNormV3") == "atc_training_batch_norm n");  // is_training is true where it is not said
  CHECK(Codes(HandOff(Image("x", {1}) + "out = Relu(x) {T: float, _grappler_do_not_remove: true}")) == "atc_no_folding out");
  // What no output needs does not matter.
  CHECK(Codes(HandOff(Image("x", {1}) + "v = VariableV2\nout = Relu(x) {T: float}")).empty());
}

TEST_CASE("outputs must be named, and there") {
  MiniGraph graph(Image("x", {1}));
  CHECK(PrepareAtc(graph.graph(), Options({})).status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(PrepareAtc(graph.graph(), Options({"gone"})).status().code() == absl::StatusCode::kNotFound);
}

namespace {

const std::string kFunctions = R"(
  function {
    signature { name: "then" input_arg { name: "a" type: DT_FLOAT } output_arg { name: "r" type: DT_FLOAT } output_arg { name: "i" type: DT_INT32 } }
    node_def { name: "k" op: "Const" attr { key: "dtype" value { type: DT_INT32 } }
               attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape { } int_val: 1 } } } }
    node_def { name: "top" op: "TopKV2" input: "a" input: "k:output:0" attr { key: "T" value { type: DT_FLOAT } } }
    node_def { name: "id" op: "Identity" input: "top:indices:0" input: "^k" attr { key: "T" value { type: DT_INT32 } } }
    ret { key: "r" value: "top:values:0" }
    ret { key: "i" value: "id:output:0" }
  }
  function { signature { name: "unused" } }
)";
const std::string kIf = Image("x", {1, 8}) + Image("p", {}, "bool") +
                        "if = If(p, x) {Tcond: bool, Tin: list { type: DT_FLOAT }, Tout: list { type: DT_FLOAT type: DT_INT32 }, "
                        "then_branch: func { name: \"then\" }, else_branch: func { name: \"then\" }}\n"
                        "out = Identity(if) {T: float}";

}  // namespace

TEST_CASE("functions that the outputs call must be in the library file") {
  MiniGraph graph(kIf, kFunctions);
  const AtcHandOff hand_off = HandOff(graph);
  CHECK(Codes(hand_off) == "atc_functions ");
  REQUIRE(hand_off.functions.size() == 1);
  const auto library = graphfreeze::npu::AtcFunctionLibrary(graph.graph(), hand_off.functions);
  REQUIRE_MESSAGE(library.ok(), std::string(library.status().message()));
  CHECK(library->find("graph_def {\n  name: \"then\"\n  graph {\n") == 0);
  // What stands in between is a GraphDef.
  const std::size_t begin = library->find("graph {") + 7, end = library->rfind("  }\n}");
  const auto binary = graphfreeze::TextToBinary("GraphDef", library->substr(begin, end - begin));
  REQUIRE_MESSAGE(binary.ok(), std::string(binary.status().message()));
  const auto parsed = graphfreeze::Graph::Parse(graphfreeze::Source::Own(*binary));
  REQUIRE(parsed.ok());
  CHECK(MiniGraph::Text(parsed->main()) ==
        "a = _Arg()\nk = Const()\ntop = TopKV2(a, k)\nid = Identity(top:1, ^k)\nr_Retval = _Retval(top)\ni_Retval = _Retval(id)\n");
  const auto& body = parsed->main();
  CHECK(body.node(body.Find("i_Retval")).attr("index").i() == 1);
  CHECK(body.node(body.Find("i_Retval")).attr("T").type() == graphfreeze::DataType::kInt32);
  CHECK(body.node(body.Find("k")).attr("value").exists());
  SUBCASE("all of them") {
    MiniGraph missing(kIf);
    CHECK(Codes(HandOff(missing)) == "atc_missing_function! if, atc_missing_function! if");
  }
  SUBCASE("and what is in them counts") {
    std::string functions = kFunctions;
    functions.replace(functions.find("\"Identity\""), 10, "\"SomebodysOp\"");
    MiniGraph inside(kIf, functions);
    CHECK(Codes(HandOff(inside)) == "atc_unknown_op! then/id, atc_functions ");
    // Which output its result takes, nobody knows.
    CHECK(graphfreeze::npu::AtcFunctionLibrary(inside.graph(), {0}).status().code() == absl::StatusCode::kFailedPrecondition);
  }
}

TEST_CASE("graphs that are no graphs do not crash the preflight") {
  MiniGraph graph("out = Conv2D(out, gone, x:9, ^out) {T: 3}\nx = Placeholder {dtype: \"a\", shape: 3}\ny = Transpose(x, y)\n"
                  "z = Switch(z, z, x, y)");
  for (const char* output : {"out", "out:7", "x", "y", "z:1"}) static_cast<void>(PrepareAtc(graph.graph(), Options({output})));
}
