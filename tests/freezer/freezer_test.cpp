// Graph and checkpoint in, one frozen graph out: what becomes of variables, what is refused, and that the bytes do
// not depend on how the checkpoint was written or how the work was done.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

#include <doctest/doctest.h>
#include <google/protobuf/empty.pb.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <graphfreeze/graphfreeze.hpp>

#include "../checkpoint/bundle_writer.hpp"
#include "../passes/mini_graph.hpp"

namespace gf = graphfreeze;

namespace {

std::string Floats(const std::vector<float>& values) {
  std::string bytes(values.size() * 4, '\0');
  std::memcpy(&bytes[0], values.data(), bytes.size());
  return bytes;
}
const std::string kW = Floats({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});  // [4,3]
const std::string kB = Floats({0.5f, -1, 2});

// "w" [4,3] and "b" [3], and a scalar that only training needs.
bundle_writer::Writer Checkpoint(bundle_writer::Options options = {}, const std::vector<gf::TensorSlice>& cut = {}) {
  bundle_writer::Writer writer(options);
  if (cut.empty()) {
    writer.Add("w", gf::DataType::kFloat, {4, 3}, kW);
  } else {
    writer.AddSliced("w", gf::DataType::kFloat, {4, 3}, kW, cut);
  }
  writer.Add("b", gf::DataType::kFloat, {3}, kB);
  writer.Add("beta1_power", gf::DataType::kFloat, gf::Shape(), Floats({0.9f}));
  return writer;
}

std::string Binary(std::string_view lines, const std::string& functions = "") {
  const auto binary = gf::TextToBinary("GraphDef", MiniGraph::ToText(lines) + MiniGraph::Library(functions));
  REQUIRE_MESSAGE(binary.ok(), std::string(binary.status().message()));
  return *binary;
}

const std::string kShapeW = "shape: shape { dim { size: 4 } dim { size: 3 } }";
const std::string kShapeB = "shape: shape { dim { size: 3 } }";
const std::string kDense = R"(
  x = Placeholder {dtype: float, shape: shape { dim { size: -1 } dim { size: 4 } }}
  w = VarHandleOp {dtype: float, )" + kShapeW + R"(} @/gpu:0
  w/Read = ReadVariableOp(w, ^x) {dtype: float}
  b = VariableV2 {dtype: float, )" + kShapeB + R"(}
  b/read = Identity(b) {T: float, _class: list { s: "loc:@b" }}
  mul = MatMul(x, w/Read) {T: float} @/gpu:0
  y = BiasAdd(mul, b/read) {T: float}
  loss = Mean(y)
)";

gf::Freezer Over(const std::string& graph, gf::MemoryFileSystem files) {
  gf::Freezer freezer;
  freezer.FromBytes(std::string(graph)).Files(std::move(files)).Checkpoint("m").Outputs({"y"});
  return freezer;
}

std::string Bytes(const gf::Freezer& freezer) {
  const auto frozen = freezer.Freeze();
  REQUIRE_MESSAGE(frozen.ok(), std::string(frozen.status().message()));
  return *frozen->ToContiguous();
}

std::string Refusal(const gf::Freezer& freezer) {
  const auto frozen = freezer.Freeze();
  REQUIRE_FALSE(frozen.ok());
  return std::string(frozen.status().message());
}
bool Contains(const std::string& text, std::string_view word) {
  INFO(text, " should contain ", std::string(word));
  CHECK(text.find(word) != std::string::npos);
  return true;
}

// The constant of that name in a frozen graph.
gf::TensorView ConstantIn(const std::string& bytes, std::string_view name) {
  static std::vector<std::unique_ptr<std::string>> keep;
  keep.push_back(std::make_unique<std::string>(bytes));
  const auto view = gf::GraphView::Parse(*keep.back());
  REQUIRE(view.ok());
  REQUIRE(view->Find(name) != gf::kNoNode);
  const gf::NodeRef node = view->node(view->Find(name));
  REQUIRE(node.op() == "Const");
  const auto value = gf::ParseTensorProto(node.attr("value").tensor(), nullptr);
  REQUIRE(value.ok());
  CHECK(node.attr("dtype").type() == value->dtype());
  return *value;
}

std::string TextOf(const std::string& bytes) {
  const auto graph = gf::Graph::Parse(gf::Source::Borrow(bytes, "frozen"));
  REQUIRE(graph.ok());
  return MiniGraph::Text(graph->main());
}

// Takes the place of a step, and says what it was told.
struct StandIn {
  static constexpr std::string_view kName = "neutralize_dropout";
  std::string code;
  absl::Status Run(gf::Graph&, gf::PassContext& context) const {
    context.Add(kName, "", "", gf::Action::kNote, code, std::string(context.outputs[0]));
    return absl::OkStatus();
  }
};

}  // namespace

TEST_CASE("variables become constants with the values of the checkpoint; names, order and control edges stay") {
  const auto frozen = Over(Binary(kDense), Checkpoint().Files("m")).Freeze();
  REQUIRE_MESSAGE(frozen.ok(), std::string(frozen.status().message()));
  const std::string bytes = *frozen->ToContiguous();
  CHECK(TextOf(bytes) ==
        "x = Placeholder()\nw = Const()\nw/Read = Identity(w, ^x)\nb = Const()\nb/read = Identity(b)\n"
        "mul = MatMul(x, w/Read)\ny = BiasAdd(mul, b/read)\n");
  CHECK(ConstantIn(bytes, "w").bytes() == kW);
  CHECK(ConstantIn(bytes, "w").shape() == gf::Shape({4, 3}));
  CHECK(ConstantIn(bytes, "b").bytes() == kB);
  const gf::FreezeReport& report = frozen->report();
  CHECK(report.verified);
  CHECK(report.nodes_before == 8);
  CHECK(report.nodes_after == 7);
  REQUIRE(report.variables.size() == 2);
  CHECK(report.variables[0].name == "w");
  CHECK(report.variables[0].key == "w");
  CHECK(report.variables[0].bytes == 48);
  CHECK(report.weight_bytes == 60);
  CHECK(report.output_bytes == bytes.size());
  CHECK(report.unused_keys == std::vector<std::string>{"beta1_power"});
  REQUIRE(report.inputs.size() == 1);
  CHECK(report.inputs[0].name == "x:0");
  CHECK(report.inputs[0].shape == gf::Shape({-1, 4}));
  REQUIRE(report.outputs.size() == 1);
  CHECK(report.outputs[0].dtype == gf::DataType::kFloat);
  CHECK(report.ToJson().find("\"weight_bytes\":60") != std::string::npos);

  const auto view = gf::GraphView::Parse(bytes);
  CHECK(view->node(view->Find("mul")).device().empty());
  CHECK(view->node(view->Find("b/read")).attr("_class").exists());  // its target is still there
  SUBCASE("and freezing the result again gives the same bytes") {
    CHECK(Bytes(Over(bytes, Checkpoint().Files("m"))) == bytes);
  }
  SUBCASE("devices stay where that is asked for") {
    gf::Freezer freezer = Over(Binary(kDense), Checkpoint().Files("m"));
    const std::string kept = Bytes(freezer.ClearDevices(false));
    CHECK(gf::GraphView::Parse(kept)->node(gf::GraphView::Parse(kept)->Find("mul")).device() == "/gpu:0");
  }
}

TEST_CASE("shards, slices, block sizes, compression, threads and file systems do not show in the bytes") {
  const std::string graph = Binary(kDense);
  const std::string expected = Bytes(Over(graph, Checkpoint().Files("m")));
  bundle_writer::Options options;
  for (const int shards : {1, 2, 3}) {
    for (const std::size_t block : {std::size_t{1}, std::size_t{262144}}) {
      for (const bool snappy : {false, true}) {
        options.shards = shards;
        options.block_size = block;
        options.snappy = snappy;
        const std::vector<std::vector<gf::TensorSlice>> cuts = {
            {},
            {gf::TensorSlice{{0, 1}, {0, -1}}, gf::TensorSlice{{1, 3}, {0, -1}}},
            {gf::TensorSlice{{0, -1}, {2, 1}}, gf::TensorSlice{{0, 3}, {0, 2}}, gf::TensorSlice{{3, 1}, {0, 2}}}};
        for (const auto& cut : cuts) {
          gf::Freezer freezer = Over(graph, Checkpoint(options, cut).Files("m"));
          CHECK(Bytes(freezer) == expected);
          CHECK(Bytes(freezer.With(gf::ThreadExecutor(3))) == expected);
        }
      }
    }
  }
}

TEST_CASE("text and binary forms of one graph freeze to the same messages") {
  const std::string binary = Binary(kDense);
  const std::string text = *gf::BinaryToText("GraphDef", binary);
  const std::string a = Bytes(Over(binary, Checkpoint().Files("m"))), b = Bytes(Over(text, Checkpoint().Files("m")));
  CHECK(*gf::BinaryToText("GraphDef", a) == *gf::BinaryToText("GraphDef", b));
}

TEST_CASE("gathers, shapes and questions about variables become ops on values") {
  const std::string bytes = Bytes(Over(Binary(R"(
    i = Placeholder {dtype: int32}
    w = VarHandleOp {dtype: float, )" + kShapeW + R"(}
    id = Identity(w) {T: resource, _output_shapes: list { shape {} }}
    g = ResourceGather(id, i) {dtype: float, Tindices: int32, batch_dims: 1}
    n = ResourceGatherNd(w, i) {dtype: float, Tindices: int32}
    s = VariableShape(w) {out_type: int64}
    q = VarIsInitializedOp(w, ^i)
    y = NoOp(^g, ^n, ^s, ^q))"), Checkpoint().Files("m")));
  CHECK(TextOf(bytes) ==
        "i = Placeholder()\nw = Const()\nid = Identity(w)\ng = GatherV2(id, i, g/axis)\nn = GatherNd(w, i)\n"
        "s = Shape(w)\nq = Const(^i)\ny = NoOp(^g, ^n, ^s, ^q)\ng/axis = Const()\n");
  const auto view = gf::GraphView::Parse(bytes);
  CHECK(view->node(view->Find("id")).attr("T").type() == gf::DataType::kFloat);
  CHECK_FALSE(view->node(view->Find("id")).attr("_output_shapes").exists());
  CHECK(view->node(view->Find("g")).attr("batch_dims").i() == 1);
  CHECK(view->node(view->Find("s")).attr("out_type").type() == gf::DataType::kInt64);
  std::int32_t axis = 0;
  std::memcpy(&axis, ConstantIn(bytes, "g/axis").bytes().data(), 4);
  CHECK(axis == 1);
  CHECK(ConstantIn(bytes, "q").bytes() == std::string_view("\1", 1));
}

TEST_CASE("references go through control flow as values") {
  const std::string bytes = Bytes(Over(Binary(R"(
    p = Placeholder {dtype: bool}
    b = VariableV2 {dtype: float, )" + kShapeB + R"(}
    s = RefSwitch(b, p) {T: float}
    m = RefMerge(s, s:1) {T: float, N: 2}
    y = Identity(m) {T: float})"), Checkpoint().Files("m")));
  CHECK(TextOf(bytes) == "p = Placeholder()\nb = Const()\ns = Switch(b, p)\nm = Merge(s, s:1)\ny = Identity(m)\n");
}

namespace {
// f reads its argument; g hands it to f.
const std::string kFunctions = R"(
  function {
    signature { name: "f" input_arg { name: "h" type: DT_RESOURCE } output_arg { name: "y" type: DT_FLOAT } }
    node_def { name: "r" op: "ReadVariableOp" input: "h" attr { key: "dtype" value { type: DT_FLOAT } } }
    ret { key: "y" value: "r:value:0" }
    arg_attr { key: 0 value { attr { key: "_output_shapes" value { list { shape {} } } } attr { key: "_user_specified_name" value { s: "h" } } } }
  }
  function {
    signature { name: "g" input_arg { name: "h" type: DT_RESOURCE } output_arg { name: "y" type: DT_FLOAT } }
    node_def { name: "c" op: "PartitionedCall" input: "h"
      attr { key: "f" value { func { name: "f" } } }
      attr { key: "Tin" value { list { type: DT_RESOURCE } } } attr { key: "Tout" value { list { type: DT_FLOAT } } } }
    ret { key: "y" value: "c:output:0" }
  })";
const std::string kCalls = R"(
    w = VarHandleOp {dtype: float, )" + kShapeW + R"(}
    b = VarHandleOp {dtype: float, )" + kShapeB + R"(}
    u = StatefulPartitionedCall(w) {f: func { name: "g" }, Tin: list { type: DT_RESOURCE }, Tout: list { type: DT_FLOAT }, _read_only_resource_inputs: list { i: 0 }}
    v = f(b)
    y = NoOp(^u, ^v)
)";
}  // namespace

TEST_CASE("functions take values where they took variables, one copy for each kind of value") {
  const std::string bytes = Bytes(Over(Binary(kCalls, kFunctions), Checkpoint().Files("m")));
  const auto graph = gf::Graph::Parse(gf::Source::Borrow(bytes, "frozen"));
  REQUIRE(graph.ok());
  const gf::NodeRef call = graph->main().node(graph->main().Find("u"));
  const gf::FunctionId g = graph->FindFunction(call.attr("f").func_name());
  REQUIRE(g != gf::kNoFunction);
  CHECK(call.attr("f").func_name() == "g_frozen");
  CHECK(call.attr("Tin").types() == std::vector<gf::DataType>{gf::DataType::kFloat});
  CHECK(call.attr("_read_only_resource_inputs").ints().empty());
  CHECK(graph->FindFunction("g") == gf::kNoFunction);  // nobody calls it any more
  // [4,3] and [3] are different facts: f has two copies.
  CHECK(graph->function_count() == 3);
  const std::string text = *gf::BinaryToText("GraphDef", bytes);
  CHECK(text.find("r:output:0") != std::string::npos);
  CHECK(text.find("r:value:0") == std::string::npos);
  CHECK(text.find("DT_RESOURCE") == std::string::npos);
  CHECK(text.find("_user_specified_name") != std::string::npos);
  SUBCASE("a variable on the deny list stays one, in functions too") {
    gf::Freezer freezer = Over(Binary(kCalls, kFunctions), Checkpoint().Files("m"));
    const std::string denied = Bytes(freezer.Deny({"w"}));
    CHECK(TextOf(denied).find("w = VarHandleOp()") != std::string::npos);
    CHECK(gf::BinaryToText("GraphDef", denied)->find("r:value:0") != std::string::npos);
    CHECK(TextOf(denied).find("b = Const()") != std::string::npos);
  }
}

TEST_CASE("lowered, a graph has no functions, and variables that were in them are reported where they are now") {
  const std::string functions = kFunctions + R"(
  function {
    signature { name: "then" input_arg { name: "h" type: DT_RESOURCE } output_arg { name: "y" type: DT_FLOAT } }
    node_def { name: "b" op: "VarHandleOp" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "shape" value { shape { dim { size: 3 } } } } }
    node_def { name: "r" op: "ReadVariableOp" input: "b:resource:0" attr { key: "dtype" value { type: DT_FLOAT } } }
    ret { key: "y" value: "r:value:0" }
  })";
  const std::string graph = Binary("p = Placeholder {dtype: bool, shape: shape {}}\n w = VarHandleOp {dtype: float, " + kShapeW +
      "}\n i = If(p, w) {then_branch: func { name: \"then\" }, else_branch: func { name: \"g\" }, Tcond: bool, Tin: list { type: DT_RESOURCE }, "
      "Tout: list { type: DT_FLOAT }}\n y = Neg(i) {T: float}", functions);
  const auto frozen = Over(graph, Checkpoint().Files("m")).LowerControlFlow().Freeze();
  REQUIRE_MESSAGE(frozen.ok(), std::string(frozen.status().message()));
  const std::string bytes = *frozen->ToContiguous();
  CHECK(TextOf(bytes) ==
        "p = Placeholder()\nw = Const()\ny = Neg(i/Merge_0)\ni/Switch_0 = Switch(w, p)\ni/else/c/r = Identity(i/Switch_0)\n"
        "i/Switch = Switch(p, p)\ni/switch_t = Identity(i/Switch:1)\ni/then/b = Const(^i/switch_t)\ni/then/r = Identity(i/then/b)\n"
        "i/Merge_0 = Merge(i/else/c/r, i/then/r)\n");
  CHECK(gf::Graph::Parse(gf::Source::Borrow(bytes, "frozen"))->function_count() == 0);
  REQUIRE(frozen->report().variables.size() == 2);
  CHECK(frozen->report().variables[1].name == "i/then/b");
  CHECK(frozen->report().variables[1].key == "b");
  CHECK(frozen->report().variables[1].function.empty());
}

TEST_CASE("functions that call themselves or are missing are refused") {
  Contains(Refusal(Over(Binary(kCalls, R"(function {
    signature { name: "g" input_arg { name: "h" type: DT_RESOURCE } output_arg { name: "y" type: DT_FLOAT } }
    node_def { name: "c" op: "g" input: "h" } ret { key: "y" value: "c:y:0" } }
    function { signature { name: "f" input_arg { name: "h" type: DT_RESOURCE } } })"), Checkpoint().Files("m"))),
           "calls itself");
  Contains(Refusal(Over(Binary("w = VarHandleOp {dtype: float, " + kShapeW + "}\n y = PartitionedCall(w) {f: func { name: \"gone\" }}"),
                        Checkpoint().Files("m"))),
           "'gone', which is not in the graph's library");
}

TEST_CASE("a write that nothing reads afterwards is dropped, and so are moving averages and counters") {
  const std::string head = "x = Placeholder {dtype: float}\n b = VarHandleOp {dtype: float, " + kShapeB + "}\n";
  const auto text = [&](const std::string& lines, gf::Freezer* used = nullptr) {
    gf::Freezer freezer = Over(Binary(head + lines), Checkpoint().Files("m"));
    if (used != nullptr) *used = freezer;
    return TextOf(Bytes(freezer));
  };
  CHECK(text("r = ReadVariableOp(b) {dtype: float}\n u = AssignVariableOp(b, x, ^r) {dtype: float}\n y = Identity(r, ^u) {T: float}") ==
        "b = Const()\nr = Identity(b)\nu = NoOp(^r)\ny = Identity(r, ^u)\n");
  // v -= (v - x) * k, read afterwards.
  CHECK(text("k = Const {dtype: float, value: float 0.1}\n r = ReadVariableOp(b) {dtype: float}\n d = Sub(r, x) {T: float}\n"
             "m = Mul(d, k) {T: float}\n u = AssignSubVariableOp(b, m) {dtype: float}\n y = ReadVariableOp(b, ^u) {dtype: float}") ==
        "b = Const()\nu = NoOp()\ny = Identity(b, ^u)\n");
  CHECK(text("one = Const {dtype: float, value: float 1}\n u = AssignAddVariableOp(b, one) {dtype: float}\n"
             "y = ReadVariableOp(b, ^u) {dtype: float}") == "b = Const()\nu = NoOp()\ny = Identity(b, ^u)\n");
}

TEST_CASE("a write that a read comes after is refused, unless it is dropped on purpose") {
  const std::string graph = Binary("x = Placeholder {dtype: float}\n b = VarHandleOp {dtype: float, " + kShapeB + R"(}
    u = AssignVariableOp(b, x) {dtype: float}
    n = NoOp(^u)
    y = ReadVariableOp(b, ^n) {dtype: float})");
  gf::Freezer freezer = Over(graph, Checkpoint().Files("m"));
  const std::string message = Refusal(freezer);
  for (const char* word : {"'u' (AssignVariableOp)", "variable 'b'", "'y' (ReadVariableOp)", "u -> n -> y"}) Contains(message, word);
  CHECK(freezer.DropWrites(true).Freeze().ok());
}

TEST_CASE("the steps to the inference graph can be left out, replaced and preceded") {
  const auto freezer = [] { return Over(Binary(kDense), Checkpoint().Files("m")); };
  const auto ran = [](const gf::Freezer& f, std::string_view code) {
    const auto frozen = f.Freeze();
    REQUIRE_MESSAGE(frozen.ok(), std::string(frozen.status().message()));
    std::size_t count = 0;
    for (const gf::ReportEntry& entry : frozen->report().entries) count += entry.code == code && entry.text == "y" ? 1 : 0;
    return count;
  };
  CHECK(freezer().InferenceSteps()->empty());
  CHECK_FALSE(freezer().ToInference().InferenceSteps()->empty());
  CHECK(ran(freezer().ToInference().Replace(StandIn{"mine"}), "mine") == 1);
  CHECK(ran(freezer().ToInference().BeforeStep("neutralize_dropout", StandIn{"first"}), "first") == 1);
  CHECK(ran(freezer().ToInference().Replace(StandIn{"mine"}).Without("neutralize_dropout"), "mine") == 0);
  const std::string unknown = Refusal(freezer().ToInference().Without("neutralise_dropout"));
  Contains(unknown, "no step 'neutralise_dropout'");
  Contains(unknown, "neutralize_dropout");
  Contains(Refusal(freezer().Without("neutralize_dropout")), "without ToInference()");
}

TEST_CASE("an input that was named and that a later step makes needless is reported") {
  const std::string graph = Binary(R"(
    it = IteratorV2 {output_types: list { type: DT_FLOAT type: DT_BOOL }}
    next = IteratorGetNext(it) {output_types: list { type: DT_FLOAT type: DT_BOOL }}
    message = Const {dtype: string, value: string "no"}
    check = Assert(next:1, message) {T: list { type: DT_STRING }}
    y = Relu(next, ^check) {T: float})");
  const auto needless = [&](gf::Freezer freezer) {
    freezer.FromBytes(std::string(graph)).Outputs({"y"}).ToInference().Input("next:0=images");
    const auto frozen = freezer.Freeze();
    REQUIRE_MESSAGE(frozen.ok(), std::string(frozen.status().message()));
    std::vector<std::string> names;
    for (const gf::ReportEntry& entry : frozen->report().entries) {
      if (entry.code == "input_not_needed") names.push_back(entry.node);
    }
    return names;
  };
  CHECK(needless(gf::Freezer().Input("next:1=valid")) == std::vector<std::string>{"valid"});
  CHECK(needless(gf::Freezer()).empty());
  CHECK(needless(gf::Freezer().Input("next:1=valid").Without("strip_training")).empty());
}

TEST_CASE("what cannot be right is refused with both sides named") {
  const std::string graph = Binary(kDense);
  SUBCASE("keys that are missing, all at once, with those that are near") {
    bundle_writer::Writer writer;
    writer.Add("w", gf::DataType::kFloat, {4, 3}, kW);
    writer.Add("layer/b", gf::DataType::kFloat, {3}, kB);
    const std::string message = Refusal(Over(graph, writer.Files("m")));
    for (const char* word : {"1 variables have no value", "'b' (float32 [3]", "'layer/b'", ".meta"}) Contains(message, word);
  }
  SUBCASE("the checkpoint of another model") {
    bundle_writer::Writer writer;
    writer.Add("other", gf::DataType::kFloat, {3}, kB);
    const std::string message = Refusal(Over(graph, writer.Files("m")));
    for (const char* word : {"no variable of", "'b', 'w'", "'other'"}) Contains(message, word);
  }
  SUBCASE("an EmbeddingVariable of DeepRec, in the graph or only in the checkpoint") {
    Contains(Refusal(Over(Binary("h = KvVarHandleOp\n y = KvResourceGather(h, ids)\n ids = Placeholder {dtype: int64}"),
                          Checkpoint().Files("m"))),
             "EmbeddingVariable");
    bundle_writer::Writer writer;
    writer.Add("w", gf::DataType::kFloat, {4, 3}, kW);
    writer.Add("b-keys", gf::DataType::kFloat, {3}, kB);
    writer.Add("b-values", gf::DataType::kFloat, {3}, kB);
    Contains(Refusal(Over(graph, writer.Files("m"))), "growing EmbeddingVariable");
  }
  SUBCASE("another type and another shape") {
    bundle_writer::Writer writer;
    writer.Add("w", gf::DataType::kInt32, {4, 3}, kW);
    writer.Add("b", gf::DataType::kFloat, {1, 3}, kB);
    const std::string message = Refusal(Over(graph, writer.Files("m")));
    for (const char* word : {"'w' is float32 [4,3] in the graph", "int32 [4,3]", "'b' is float32 [3]", "[1,3]"}) Contains(message, word);
  }
  SUBCASE("an output that is a variable without a value, and nothing else that takes it") {
    const std::string alone = Binary("layer/b = VariableV2 {dtype: float, " + kShapeB + "}");
    gf::Freezer freezer = Over(alone, Checkpoint().Files("m"));
    freezer.Outputs({"layer/b"});
    for (const char* word : {"output 'layer/b' is a variable without a value", "checkpoint 'm'", "'b'"}) Contains(Refusal(freezer), word);
    CHECK(freezer.Deny({"layer/b"}).Freeze().ok());
    Contains(Refusal(gf::Freezer().FromBytes(std::string(alone)).Outputs({"layer/b:0"})), "no checkpoint was given");
    const std::string b = Binary("b = VariableV2 {dtype: float, " + kShapeB + "}");
    CHECK(ConstantIn(Bytes(Over(b, Checkpoint().Files("m")).Outputs({"b"})), "b").bytes() == kB);
  }
  SUBCASE("a missing shard") {
    bundle_writer::Options options;
    options.shards = 2;
    gf::MemoryFileSystem files;
    const bundle_writer::Writer writer = Checkpoint(options);
    files.Put("m.index", writer.Index());
    Contains(Refusal(Over(graph, files)), "m.data-0000");
  }
  SUBCASE("a damaged weight, in Freeze and in FreezeTo; and nothing is left behind") {
    bundle_writer::Writer writer = Checkpoint();
    writer.data(0)[5] = static_cast<char>(writer.data(0)[5] ^ 1);
    gf::Freezer freezer = Over(graph, writer.Files("m"));
    Contains(Refusal(freezer), "is damaged");
    char folder[] = "/tmp/graphfreeze-test-XXXXXX";
    REQUIRE(::mkdtemp(folder) != nullptr);
    const std::string path = std::string(folder) + "/frozen.pb";
    const auto report = freezer.FreezeTo(path);
    REQUIRE_FALSE(report.ok());
    Contains(std::string(report.status().message()), "'w' is damaged");
    CHECK(gf::posix::ListDirectory(folder)->empty());
    CHECK(freezer.VerifyChecksums(false).FreezeTo(path).ok());
    CHECK(::unlink(path.c_str()) == 0);
    CHECK(::rmdir(folder) == 0);
  }
  SUBCASE("a result over the limit, with its largest tensors") {
    gf::Limits limits;
    limits.max_output_bytes = 100;
    gf::Freezer freezer = Over(graph, Checkpoint().Files("m"));
    const std::string message = Refusal(freezer.With(limits));
    for (const char* word : {"the limit is 100", "'w' 48, 'b' 12"}) Contains(message, word);
  }
  SUBCASE("work that the caller cancels") {
    gf::Freezer freezer = Over(graph, Checkpoint().Files("m"));
    CHECK(freezer.CancelWhen([] { return true; }).Freeze().status().code() == absl::StatusCode::kCancelled);
  }
  SUBCASE("no graph, no outputs, not a graph") {
    Contains(Refusal(gf::Freezer()), "no graph was given");
    gf::Freezer freezer = Over(graph, Checkpoint().Files("m"));
    Contains(Refusal(freezer.Outputs("")), "no output was named");
    gf::MemoryFileSystem files = Checkpoint().Files("m");
    freezer = gf::Freezer();
    Contains(Refusal(freezer.Files(files).FromGraph("m.index").Outputs("y")), "checkpoint index");
  }
}

TEST_CASE("the saver in the graph knows the keys, also when they are crossed") {
  const std::string saver = R"(
    file = Const {dtype: string, value: string "m"}
    names = Const {dtype: string, value: string [] "b" "w"}
    slices = Const {dtype: string, value: string [] "" ""}
    restore = RestoreV2(file, names, slices) {dtypes: list { type: DT_FLOAT type: DT_FLOAT }}
    assign_p = Assign(p, restore) {T: float}
    assign_q = Assign(q, restore:1) {T: float}
    all = NoOp(^assign_p, ^assign_q)
    p = VariableV2 {dtype: float, )" + kShapeB + R"(}
    q = VariableV2 {dtype: float, )" + kShapeW + R"(}
    y = NoOp(^p, ^q)
  )";
  for (const char* op : {"", "all", "no/such/op"}) {
    gf::Freezer freezer = Over(Binary(saver), Checkpoint().Files("m"));
    const std::string bytes = Bytes(freezer.RestoreOp(op));
    CHECK(ConstantIn(bytes, "p").bytes() == kB);
    CHECK(ConstantIn(bytes, "q").bytes() == kW);
  }
  const std::string second = saver + R"(
    names2 = Const {dtype: string, value: string [] "beta1_power" "w"}
    restore2 = RestoreV2(file, names2, slices) {dtypes: list { type: DT_FLOAT type: DT_FLOAT }}
    assign2 = Assign(p, restore2) {T: float}
  )";
  gf::Freezer freezer = Over(Binary(second), Checkpoint().Files("m"));
  Contains(Refusal(freezer), "disagree about variable 'p'");
  CHECK(ConstantIn(Bytes(freezer.RestoreOp("all")), "p").bytes() == kB);
}

TEST_CASE("initialisers that are constant give values to variables that were never saved") {
  const std::string graph = Binary(R"(
    dims = Const {dtype: int32, value: int32 [] 3}
    value = Const {dtype: float, value: float 7}
    fill = Fill(dims, value) {T: float, index_type: int32}
    local = VariableV2 {dtype: float, )" + kShapeB + R"(}
    init = Assign(local, fill) {T: float}
    random = RandomUniform(dims) {dtype: float, T: int32}
    bad = Assign(local, random) {T: float}
    y = Identity(local) {T: float})");
  gf::Freezer freezer = Over(graph, Checkpoint().Files("m"));
  CHECK(ConstantIn(Bytes(freezer.InitializerNodes({"init"})), "local").bytes() == Floats({7, 7, 7}));
  Contains(Refusal(freezer.InitializerNodes({"bad"})), "RandomUniform");
  Contains(Refusal(freezer.InitializerNodes({"innit"})), "initialiser 'innit'");
}

TEST_CASE("a frozen graph outlives everything it was made from, and gives its bytes in every form") {
  char folder[] = "/tmp/graphfreeze-test-XXXXXX";
  REQUIRE(::mkdtemp(folder) != nullptr);
  const std::string prefix = std::string(folder) + "/m";
  const bundle_writer::Writer writer = Checkpoint();
  const auto write = [](const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; };
  const std::string data = prefix + ".data-00000-of-00001", graph = prefix + ".pb", out = prefix + ".frozen";
  bundle_writer::Writer copy = writer;
  write(prefix + ".index", writer.Index());
  write(data, copy.data(0));
  write(graph, Binary(kDense));
  const std::string expected = Bytes(Over(Binary(kDense), writer.Files("m")));

  std::vector<absl::StatusOr<gf::FrozenGraph>> all;
  for (const gf::FileSystem& files : {gf::FileSystem(gf::LocalFileSystem{}), gf::FileSystem(gf::ReadingFileSystem{})}) {
    gf::Freezer freezer;
    all.push_back(freezer.Files(files).FromGraph(graph).Checkpoint(prefix).Outputs({"y"}).Freeze());
    REQUIRE(all.back().ok());
    CHECK(freezer.FreezeTo(out).ok());
    CHECK(gf::LocalFileSystem{}.Open(out)->view() == expected);
  }
  for (auto& frozen : all) {
    CHECK(*frozen->ToContiguous() == expected);
    CHECK(frozen->size() == expected.size());
    CHECK(frozen->WriteTo(out).ok());
    CHECK(gf::LocalFileSystem{}.Open(out)->view() == expected);
  }
  std::string joined;
  const auto segments = all[0]->Segments();
  REQUIRE(segments.ok());
  for (const std::string_view segment : *segments) joined += segment;
  CHECK(joined == expected);
  CHECK(std::string(*all[0]->ToCord()) == expected);
  // Of a file that is read, not mapped, there are no views.
  CHECK(all[1]->Segments().status().code() == absl::StatusCode::kFailedPrecondition);
  CHECK(all[1]->ToCord().status().code() == absl::StatusCode::kFailedPrecondition);
  CHECK_FALSE(all[0]->WriteTo(std::string(folder) + "/no/such/folder/x").ok());
  CHECK_FALSE(all[0]->WriteTo("/dev/full").ok());
  for (const std::string& path : {prefix + ".index", data, graph, out}) CHECK(::unlink(path.c_str()) == 0);
  CHECK(::rmdir(folder) == 0);
}

TEST_CASE("messages of the host's own class go in and come out") {
  // A message class that keeps fields it does not know, as all of the host's GraphDefs do.
  const gf::Freezer freezer = Over(Binary(kDense), Checkpoint().Files("m"));
  const std::string expected = Bytes(freezer);
  google::protobuf::Empty graph, out;
  REQUIRE(graph.ParseFromString(Binary(kDense)));
  gf::Freezer from_message = freezer;
  const auto frozen = from_message.FromMessage(graph).Freeze();
  REQUIRE(frozen.ok());
  CHECK(*frozen->ToContiguous() == expected);
  REQUIRE(frozen->ParseInto(&out).ok());
  CHECK(out.SerializeAsString() == expected);
  std::string copied;
  google::protobuf::io::StringOutputStream stream(&copied);
  REQUIRE(frozen->CopyTo(&stream).ok());
  CHECK(copied == expected);
  SUBCASE("what the message does not take is an error") {
    struct NoGraph {
      bool ParseFromZeroCopyStream(google::protobuf::io::ZeroCopyInputStream*) { return false; }
    } other;
    CHECK(frozen->ParseInto(&other).code() == absl::StatusCode::kInvalidArgument);
  }
}

TEST_CASE("progress goes up to the size of the file, and cancelled work leaves none") {
  char folder[] = "/tmp/graphfreeze-test-XXXXXX";
  REQUIRE(::mkdtemp(folder) != nullptr);
  const std::string path = std::string(folder) + "/frozen.pb";
  gf::Freezer freezer = Over(Binary(kDense), Checkpoint().Files("m"));
  std::vector<std::uint64_t> done;
  std::uint64_t total = 0;
  freezer.OnProgress([&](std::uint64_t d, std::uint64_t t) { done.push_back(d), total = t; });
  REQUIRE(freezer.FreezeTo(path).ok());
  REQUIRE_FALSE(done.empty());
  CHECK(std::is_sorted(done.begin(), done.end()));
  CHECK(done.back() == total);
  CHECK(total == gf::LocalFileSystem{}.Open(path)->size());
  CHECK(::unlink(path.c_str()) == 0);

  // Cancelled when the file is being written, not before.
  int asked = 0, asked_before_writing = 0;
  freezer.CancelWhen([&] { return ++asked, false; });
  REQUIRE(freezer.Freeze().ok());
  asked_before_writing = std::exchange(asked, 0);
  freezer.CancelWhen([&] { return ++asked > asked_before_writing; });
  CHECK(freezer.FreezeTo(path).status().code() == absl::StatusCode::kCancelled);
  CHECK(gf::posix::ListDirectory(folder)->empty());
  CHECK(::rmdir(folder) == 0);
}

TEST_CASE("an estimate reads no weight") {
  const std::string graph = Binary(kDense + R"(
    s = VarHandleOp {dtype: string, shape: shape { dim { size: 2 } }}
    s/Read = ReadVariableOp(s) {dtype: string}
    z = NoOp(^y, ^s/Read)
  )");
  bundle_writer::Writer writer;
  // In slices that Freeze puts together, since there are only 4 and 8 bytes in a row.
  writer.AddSliced("w", gf::DataType::kFloat, {4, 3}, kW, {gf::TensorSlice{{0, -1}, {0, 1}}, gf::TensorSlice{{0, -1}, {1, 2}}});
  writer.Add("b", gf::DataType::kFloat, {3}, kB);
  writer.AddStrings("s", {2}, {"", std::string(300, 'x')});
  // No data file at all: what an estimate needs is in the index.
  gf::MemoryFileSystem index_alone;
  index_alone.Put("m.index", writer.Index());
  REQUIRE_FALSE(Over(graph, index_alone).Outputs({"z"}).Freeze().ok());
  const auto estimate = Over(graph, index_alone).Outputs({"z"}).Estimate();
  REQUIRE_MESSAGE(estimate.ok(), std::string(estimate.status().message()));
  const std::string bytes = Bytes(Over(graph, writer.Files("m")).Outputs({"z"}));
  CHECK(estimate->output_bytes == bytes.size());
  REQUIRE(estimate->largest.size() == 3);
  CHECK(estimate->largest[0].name == "s");
  CHECK(estimate->largest[1].name == "w");
  CHECK(estimate->largest[1].bytes == 48);
  CHECK(estimate->peak_memory > 0);
  const std::string json = estimate->ToJson();
  Contains(json, gf::Concat("\"peak_memory\":", estimate->peak_memory, ",\"largest\":[{\"name\":\"s\","));
  Contains(json, "{\"name\":\"w\",\"bytes\":48},{\"name\":\"b\",\"bytes\":12}]}");
  Contains(json, "\"checkpoint\":\"m\"");
}

TEST_CASE("a checkpoint that claims to be too large for any file is estimated as too large") {
  bundle_writer::Writer writer;
  bundle_writer::Entry entry;
  entry.dtype = gf::DataType::kFloat;
  entry.shape = gf::Shape({std::int64_t{1} << 58}).Serialize();
  entry.size = std::int64_t{1} << 60;
  writer.Put("b", entry);
  gf::MemoryFileSystem files;
  files.Put("m.index", writer.Index());
  const std::string graph = Binary("b = VariableV2 {dtype: float}\n y = Identity(b) {T: float}");
  const absl::Status status = Over(graph, files).Estimate().status();
  CHECK(status.code() == absl::StatusCode::kResourceExhausted);
  Contains(std::string(status.message()), "'b'");
}

TEST_CASE("one text may name several outputs, and an output may get a name of its own") {
  gf::Freezer freezer = Over(Binary(kDense), Checkpoint().Files("m"));
  CHECK(TextOf(Bytes(freezer.Outputs("mul:0, out=y:0"))).find("out = Identity(y)\n") != std::string::npos);
  const std::vector<std::string> list = {"mul", "y"};
  CHECK(TextOf(Bytes(freezer.Outputs(list))).find("y = BiasAdd") != std::string::npos);
}

TEST_CASE("values may come from the program itself") {
  std::map<std::string, gf::TensorView> values;
  values.emplace("w", gf::TensorView(gf::DataType::kFloat, {4, 3}, kW, nullptr));
  values.emplace("b", gf::TensorView(gf::DataType::kFloat, {3}, kB, nullptr));
  gf::Freezer freezer;
  freezer.FromBytes(Binary(kDense)).Checkpoint(values).Outputs({"y"});
  CHECK(Bytes(freezer) == Bytes(Over(Binary(kDense), Checkpoint().Files("m"))));
}

TEST_CASE("every flipped byte and every truncation of a checkpoint is an error or the same bytes") {
  const bundle_writer::Writer writer = Checkpoint();
  bundle_writer::Writer copy = writer;
  const std::string graph = Binary(kDense), index = writer.Index(), data = copy.data(0);
  const std::string expected = Bytes(Over(graph, writer.Files("m")));
  const auto check = [&](const std::string& damaged_index, const std::string& damaged_data) {
    gf::MemoryFileSystem files;
    files.Put("m.index", damaged_index);
    files.Put("m.data-00000-of-00001", damaged_data);
    const auto frozen = Over(graph, files).Freeze();
    if (frozen.ok()) CHECK(*frozen->ToContiguous() == expected);
  };
  const auto flipped = [](std::string bytes, std::size_t i) {
    bytes[i] = static_cast<char>(bytes[i] ^ (1 << i % 8));
    return bytes;
  };
  for (std::size_t i = 0; i < index.size(); ++i) {
    check(index.substr(0, i), data);
    check(flipped(index, i), data);
  }
  for (std::size_t i = 0; i < data.size(); ++i) {
    check(index, data.substr(0, i));
    check(index, flipped(data, i));
  }
}

TEST_CASE("every flipped byte and every truncation of a graph is an error or a graph") {
  const std::string graph = Binary(kCalls, kFunctions);
  gf::MemoryFileSystem files = Checkpoint().Files("m");
  for (std::size_t i = 0; i < graph.size(); ++i) {
    std::string flipped = graph;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << i % 8));
    for (const std::string& damaged : {graph.substr(0, i), flipped}) {
      const auto frozen = Over(damaged, files).Freeze();
      if (frozen.ok()) CHECK(frozen->ToContiguous()->size() == frozen->size());
    }
  }
}
