// SavedModels, frozen: outputs from signatures, values from the variables beside the model, and how their keys are found.
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

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

const std::string kShape = "shape: shape { dim { size: 2 } }";
// y = x * Variable_1, z = y + Variable; both in a function, as TF2 exports models.
const std::string kLines = R"(
  serving_default_x = Placeholder {dtype: float, shape: shape { dim { size: -1 } dim { size: 2 } }}
  serving_default_unused = Placeholder {dtype: float}
  Variable = VarHandleOp {dtype: float, shared_name: "Variable", )" + kShape + R"(}
  Variable_1 = VarHandleOp {dtype: float, shared_name: "Variable_1", )" + kShape + R"(}
  StatefulPartitionedCall = StatefulPartitionedCall(serving_default_x, Variable_1, Variable) {f: func { name: "call" }, Tin: list { type: [DT_FLOAT, DT_RESOURCE, DT_RESOURCE] }, Tout: list { type: [DT_FLOAT, DT_FLOAT] }, _output_shapes: list { shape { dim { size: 7 } } shape { dim { size: 7 } } }}
  saver_filename = Placeholder {dtype: string}
  StatefulPartitionedCall_1 = StatefulPartitionedCall(saver_filename, Variable, Variable_1) {f: func { name: "restore" }, Tin: list { type: [DT_STRING, DT_RESOURCE, DT_RESOURCE] }, Tout: list { type: [DT_STRING] }}
)";

std::string Function(const std::string& signature, const std::string& nodes, const std::string& ret) {
  return "function { signature { " + signature + " } " + nodes + ret + " }\n";
}
// Nodes of a function, in the lines of a MiniGraph.
std::string Nodes(std::string_view lines) {
  std::string text = MiniGraph::ToText(lines);
  for (std::size_t at = 0; (at = text.find("node {", at)) != std::string::npos; at += 10) text.replace(at, 6, "node_def {");
  return text;
}
std::string Library() {
  return Function("name: 'call' input_arg { name: 'x' type: DT_FLOAT } input_arg { name: 'u' type: DT_RESOURCE } "
                  "input_arg { name: 'v' type: DT_RESOURCE } output_arg { name: 'identity' type: DT_FLOAT } "
                  "output_arg { name: 'identity_1' type: DT_FLOAT }",
                  Nodes("r = ReadVariableOp(u) {dtype: float}\n"
                        "s = ReadVariableOp(v) {dtype: float}\n"
                        "mul = Mul(x, r:value:0) {T: float}\n"
                        "add = AddV2(mul:z:0, s:value:0) {T: float}\n"),
                  "ret { key: 'identity' value: 'mul:z:0' } ret { key: 'identity_1' value: 'add:z:0' }") +
         Function("name: 'restore' input_arg { name: 'p' type: DT_STRING } input_arg { name: 'a' type: DT_RESOURCE } "
                  "input_arg { name: 'b' type: DT_RESOURCE } output_arg { name: 'identity' type: DT_STRING }",
                  Nodes("names = Const {dtype: string, value: string [] \"first\" \"second\"}\n"
                        "slices = Const {dtype: string, value: string [] \"\" \"\"}\n"
                        "restore = RestoreV2(p, names:output:0, slices:output:0) {dtypes: list { type: [DT_FLOAT, DT_FLOAT] }}\n"
                        "i = Identity(restore:tensors:0) {T: float}\n"
                        "assign = AssignVariableOp(a, i:output:0) {dtype: float}\n"
                        "j = Identity(restore:tensors:1) {T: float}\n"
                        "assign_1 = AssignVariableOp(b, j:output:0) {dtype: float}\n"),
                  "ret { key: 'identity' value: 'p' }");
}

std::string Input(const std::string& key, const std::string& tensor) {
  return "inputs { key: '" + key + "' value { name: '" + tensor + "' dtype: DT_FLOAT } } ";
}
std::string Output(const std::string& key, const std::string& tensor) {
  return "outputs { key: '" + key + "' value { name: '" + tensor + "' dtype: DT_FLOAT tensor_shape { dim { size: -1 } dim { size: 2 } } } } ";
}
std::string SignatureDef(const std::string& name, const std::string& rest) {
  return "signature_def { key: '" + name + "' value { " + rest + " } } ";
}
const std::string kSignatures =
    SignatureDef("serving_default", Input("x", "serving_default_x:0") + Input("unused", "serving_default_unused:0") +
                                        Output("z", "StatefulPartitionedCall:1")) +
    SignatureDef("product", Input("x", "serving_default_x:0") + Output("y", "StatefulPartitionedCall:0"));
const std::string kSaver = "saver_def { restore_op_name: 'StatefulPartitionedCall_1' filename_tensor_name: 'saver_filename:0' } ";

std::string MetaGraph(const std::string& lines, const std::string& rest, const std::string& tags = "tags: 'serve'") {
  return "meta_graphs { meta_info_def { " + tags + " } graph_def { " + MiniGraph::ToText(lines) + MiniGraph::Library(Library()) +
         " } " + rest + " }\n";
}

bundle_writer::Writer Values(const std::string& first = "first", const std::string& second = "second") {
  bundle_writer::Writer writer;
  writer.Add(first, gf::DataType::kFloat, {2}, Floats({1, 2}));
  writer.Add(second, gf::DataType::kFloat, {2}, Floats({3, 4}));
  return writer;
}

gf::Freezer Over(const std::string& text, gf::MemoryFileSystem files) {
  const auto binary = gf::TextToBinary("SavedModel", text);
  REQUIRE_MESSAGE(binary.ok(), std::string(binary.status().message()));
  files.Put("m/saved_model.pb", *binary);
  gf::Freezer freezer;
  freezer.FromSavedModel("m").Files(std::move(files));
  return freezer;
}

gf::FrozenGraph Freeze(const gf::Freezer& freezer) {
  auto frozen = freezer.Freeze();
  REQUIRE_MESSAGE(frozen.ok(), std::string(frozen.status().message()));
  return *std::move(frozen);
}
std::string Refusal(const gf::Freezer& freezer) {
  const auto frozen = freezer.Freeze();
  REQUIRE_FALSE(frozen.ok());
  return std::string(frozen.status().message());
}
bool Has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// "Variable=first/restore_function ..."
std::string Found(const gf::FrozenGraph& frozen) {
  std::string text;
  for (const gf::FrozenVariable& variable : frozen.report().variables) {
    text += (text.empty() ? "" : " ") + variable.name + "=" + variable.key + "/" + std::string(variable.found_by);
  }
  return text;
}

}  // namespace

TEST_CASE("a SavedModel needs nothing but its directory") {
  const gf::FrozenGraph frozen = Freeze(Over(MetaGraph(kLines, kSaver + kSignatures), Values().Files("m/variables/variables")));
  CHECK(Found(frozen) == "Variable=first/restore_function Variable_1=second/restore_function");
  const gf::FreezeReport& report = frozen.report();
  CHECK(report.graph_kind == "SavedModel");
  CHECK(report.tags == "{serve}");
  CHECK(report.signatures == std::vector<std::string>{"serving_default"});
  CHECK(report.checkpoint == "m/variables/variables");
  REQUIRE(report.inputs.size() == 2);
  CHECK(report.inputs[0].name == "serving_default_x:0");
  CHECK(report.inputs[0].key == "x");
  CHECK(report.inputs[0].signature == "serving_default");
  CHECK(report.inputs[1].key == "unused");  // who calls the signature feeds it
  REQUIRE(report.outputs.size() == 1);
  CHECK(report.outputs[0].name == "StatefulPartitionedCall:1");
  CHECK(report.outputs[0].key == "z");
  CHECK(Has(report.ToJson(), "\"signature\":\"serving_default\",\"key\":\"z\""));
}

TEST_CASE("signatures are chosen by name, several as a union; outputs that are named win") {
  const std::string text = MetaGraph(kLines, kSaver + kSignatures);
  const auto files = Values().Files("m/variables/variables");
  CHECK(Freeze(Over(text, files).Signature("product")).report().outputs[0].key == "y");
  const gf::FrozenGraph both = Freeze(Over(text, files).Signature("product").Signature("serving_default"));
  REQUIRE(both.report().outputs.size() == 2);
  CHECK(both.report().outputs[0].name == "StatefulPartitionedCall:0");
  CHECK(both.report().outputs[1].signature == "serving_default");
  const gf::FrozenGraph named = Freeze(Over(text, files).Outputs("StatefulPartitionedCall:0"));
  CHECK(named.report().signatures.empty());
  CHECK(named.report().inputs.size() == 1);
  CHECK(Has(Refusal(Over(text, files).Signature("classify")), "it has 'product', 'serving_default'"));
  gf::Freezer graph;
  graph.FromBytes("x").Signature("a");
  CHECK(Has(Refusal(graph), "from SavedModels only"));
}

TEST_CASE("outputs can be nodes that their keys name") {
  const std::string text = MetaGraph(kLines, kSaver + kSignatures);
  const gf::FrozenGraph frozen = Freeze(Over(text, Values().Files("m/variables/variables")).Signature("*").NameOutputsByKey());
  REQUIRE(frozen.report().outputs.size() == 2);
  CHECK(frozen.report().outputs[0].name == "y:0");
  CHECK(frozen.report().outputs[0].key == "y");
  CHECK(frozen.report().outputs[1].name == "z:0");
  CHECK(frozen.report().outputs[1].signature == "serving_default");
  const std::string bytes = *frozen.ToContiguous();
  const auto view = gf::GraphView::Parse(bytes);
  REQUIRE(view.ok());
  CHECK(view->Find("StatefulPartitionedCall") != gf::kNoNode);  // the signature's own names stay
  CHECK(view->node(view->Find("z")).op() == "Identity");
}

TEST_CASE("a MetaGraph is chosen by its tags") {
  const std::string two = MetaGraph(kLines, kSaver + kSignatures) + MetaGraph("x = Placeholder {dtype: float}", "", "tags: 'train'");
  gf::Freezer freezer = Over(two, Values().Files("m/variables/variables"));
  CHECK(Freeze(freezer).report().tags == "{serve}");
  freezer.FromSavedModel("m", {"train"}).Outputs("x");
  CHECK(Freeze(freezer).report().tags == "{train}");
  freezer.FromSavedModel("m", {"eval"});
  CHECK(Has(Refusal(freezer), "{serve} or {train}"));
}

TEST_CASE("a model without variables has no checkpoint, and one that lost them says so") {
  const std::string constant = MetaGraph("x = Placeholder {dtype: float}\ny = Relu(x) {T: float}",
                                         SignatureDef("serving_default", Input("x", "x:0") + Output("y", "y:0")));
  CHECK(Freeze(Over(constant, {})).report().checkpoint.empty());
  CHECK(Has(Refusal(Over(MetaGraph(kLines, kSaver + kSignatures), {})), "no checkpoint"));
  // A variable that no output needs may have no value.
  const std::string spare = kLines + "asset = VarHandleOp {dtype: string}\nread = ReadVariableOp(asset) {dtype: string}\n";
  CHECK(Found(Freeze(Over(MetaGraph(spare, kSaver + kSignatures), Values().Files("m/variables/variables")))) ==
        "Variable=first/restore_function Variable_1=second/restore_function");
}

TEST_CASE("without a saver the objects of model and checkpoint are laid side by side") {
  const auto bytes = [](std::initializer_list<std::pair<std::uint32_t, std::string>> fields) {
    std::string out;
    for (const auto& [number, payload] : fields) gf::wire::PutBytesField(&out, number, payload);
    return out;
  };
  const auto child = [](std::uint32_t node, const std::string& name) {
    std::string out;
    gf::wire::PutVarintField(&out, 1, node);
    gf::wire::PutBytesField(&out, 2, name);
    return out;
  };
  const auto value = [&](const std::string& key) {
    return bytes({{2, bytes({{1, "VARIABLE_VALUE"}, {2, "same_name"}, {3, key}})}});
  };
  // The checkpoint numbers its nodes otherwise than the model.
  const std::string stored = bytes({{1, bytes({{1, child(2, "u")}, {1, child(1, "v")}})}, {1, value("v/value")}, {1, value("u/value")}});
  const std::string saved = "object_graph_def { nodes { children { node_id: 1 local_name: 'u' } children { node_id: 2 local_name: 'v' } }"
                            " nodes { variable {} } nodes { variable {} }"
                            " concrete_functions { key: 'call' value { bound_inputs: 1 bound_inputs: 2 } } }";
  bundle_writer::Writer writer = Values("u/value", "v/value");
  writer.AddStrings("_CHECKPOINTABLE_OBJECT_GRAPH", gf::Shape(), {stored});
  const auto files = writer.Files("m/variables/variables");
  CHECK(Found(Freeze(Over(MetaGraph(kLines, saved + kSignatures), files))) == "Variable=v/value/object_pairs Variable_1=u/value/object_pairs");
  // Without the model's objects nothing is known: both variables have one name.
  CHECK(Has(Refusal(Over(MetaGraph(kLines, kSignatures), files)), "no variable of"));
  // Nodes that are not there are an error, not a crash.
  const std::string wild = "object_graph_def { nodes { children { node_id: 77 local_name: 'u' } } }";
  CHECK(Has(Refusal(Over(MetaGraph(kLines, wild + kSignatures), files)), "refers to node 77"));
}

TEST_CASE("without a saver names are keys where they are in the checkpoint") {
  CHECK(Found(Freeze(Over(MetaGraph(kLines, kSignatures), Values("Variable", "Variable_1").Files("m/variables/variables")))) ==
        "Variable=Variable/name Variable_1=Variable_1/name");
}

TEST_CASE("restore functions that call each other without end are an error") {
  const std::string wrap = R"(library { function { signature { name: 'f' input_arg { name: 'p' type: DT_STRING } }
      node_def { name: 'r' op: 'RestoreV2' input: 'p' } node_def { name: 'c' op: 'f' input: 'p' } } })";
  const std::string text = "meta_graphs { graph_def { " + MiniGraph::ToText("p = Placeholder {dtype: string}\nall = f(p)\n") + wrap +
                           " } saver_def { restore_op_name: 'all' } " + SignatureDef("serving_default", Output("p", "p:0")) + " }";
  CHECK(Has(Refusal(Over(text, {})), "without end"));
}

TEST_CASE("what the init op assigns is the value of variables that are not saved") {
  const std::string lines = R"(
    x = Placeholder {dtype: float}
    local = VarHandleOp {dtype: float, shape: shape { }}
    start = Const {dtype: float, value: float 2.5}
    local/Assign = AssignVariableOp(local, start) {dtype: float}
    init = NoOp(^local/Assign)
    read = ReadVariableOp(local) {dtype: float}
    y = Mul(x, read) {T: float}
  )";
  const std::string init = "collection_def { key: 'legacy_init_op' value { node_list { value: 'init' } } } ";
  const std::string signature = SignatureDef("serving_default", Input("x", "x:0") + Output("y", "y:0"));
  CHECK(Found(Freeze(Over(MetaGraph(lines, init + signature), {}))) == "local=/initializer");
  CHECK(Has(Refusal(Over(MetaGraph(lines, signature), {})), "no checkpoint"));
}

// Two tables that the saver restores, of which the outputs look up one; `init` is the model's init op.
std::string TablesModel(const std::string& op, const std::string& init, const std::string& more) {
  return "meta_graphs { meta_info_def { tags: 'serve' } graph_def { " + MiniGraph::ToText(R"(
  words = Placeholder {dtype: string}
  table = )" + op + R"( {key_dtype: string, value_dtype: int64}
  unused = MutableHashTableV2 {key_dtype: string, value_dtype: int64}
  default = Const {dtype: int64, value: int64 0}
  y = LookupTableFindV2(table, words, default) {Tin: string, Tout: int64}
  file = Placeholder {dtype: string}
  names = Const {dtype: string, value: string [] "t-keys" "t-values"}
  slices = Const {dtype: string, value: string [] "" ""}
  restore = RestoreV2(file, names, slices) {dtypes: list { type: [DT_STRING, DT_INT64] }}
  import = LookupTableImportV2(table, restore, restore:1) {Tin: string, Tout: int64}
  import_unused = LookupTableImportV2(unused, restore, restore:1) {Tin: string, Tout: int64}
  restore_all = NoOp(^import, ^import_unused)
)" + more) + " } " + SignatureDef("serving_default", "inputs { key: 'words' value { name: 'words:0' dtype: DT_STRING } } "
                                  "outputs { key: 'y' value { name: 'y:0' dtype: DT_INT64 } }") +
         "saver_def { restore_op_name: 'restore_all' filename_tensor_name: 'file:0' } " + init + "}\n";
}

bundle_writer::Writer TableContents() {
  bundle_writer::Writer writer;
  writer.AddStrings("t-keys", {2}, {"a", "b"});
  writer.Add("t-values", gf::DataType::kInt64, {2}, std::string("\x03\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0", 16));
  return writer;
}

TEST_CASE("tables that training filled are filled from the checkpoint") {
  gf::MemoryFileSystem files;
  TableContents().WriteTo(&files, "m/variables/variables");
  for (const char* op : {"MutableHashTableV2", "MutableDenseHashTableV2"}) {
    CAPTURE(op);
    for (const std::string& init : {std::string(), std::string("collection_def { key: 'saved_model_main_op' value { node_list { value: 'prepare' } } } ")}) {
      const gf::FrozenGraph frozen = Freeze(Over(TablesModel(op, init, "  prepare = NoOp()\n"), files));
      const gf::FreezeReport& report = frozen.report();
      REQUIRE(report.tables.size() == 1);
      CHECK(report.tables[0].table == "table");
      CHECK(report.tables[0].initializer == "table/restore");
      CHECK(report.init_op == (init.empty() ? "init_tables" : "prepare"));
      CHECK(Found(frozen) == "table/keys=t-keys/saver table/values=t-values/saver");
      REQUIRE(report.inputs.size() == 1);
      CHECK(report.inputs[0].name == "words:0");
      const auto bytes = frozen.ToContiguous();
      REQUIRE(bytes.ok());
      const auto graph = gf::Graph::Parse(gf::Source::Borrow(*bytes, "frozen"));
      REQUIRE(graph.ok());
      const gf::Body& body = graph->main();
      REQUIRE(body.Find("table/keys") != gf::kNoNode);
      CHECK(body.op(body.Find("table/keys")) == "Const");
      CHECK(body.Find("import") == gf::kNoNode);
      CHECK(body.Find("unused") == gf::kNoNode);
    }
  }
}

TEST_CASE("a table without what the checkpoint should have of it is an error that names it") {
  gf::MemoryFileSystem files;
  bundle_writer::Writer writer;
  writer.AddStrings("t-keys", {1}, {"a"});
  writer.WriteTo(&files, "m/variables/variables");
  CHECK(Has(Refusal(Over(TablesModel("MutableHashTableV2", "", ""), files)), "table 'table' is restored from the key 't-values'"));
}

TEST_CASE("a lookup table that nothing restores is told") {
  gf::MemoryFileSystem files;
  TableContents().WriteTo(&files, "m/variables/variables");
  std::string model = TablesModel("MutableHashTableV2", "", "");
  for (std::size_t at = 0; (at = model.find("LookupTableImportV2", at)) != std::string::npos;) model.replace(at, 19, "LookupTableExportV2");
  const gf::FrozenGraph frozen = Freeze(Over(model, files));
  bool warned = false;
  for (const gf::ReportEntry& entry : frozen.report().entries) warned = warned || (entry.code == "table_without_initializer" && entry.node == "table");
  CHECK(warned);
}
