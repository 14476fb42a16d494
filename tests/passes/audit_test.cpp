// The audit finds what an inference graph should not have, and changes nothing.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graphfreeze/passes/audit.hpp>
#include <graphfreeze/passes/batch_norm_inference.hpp>
#include <graphfreeze/rewrite/op_roles.hpp>

#include "mini_graph.hpp"

using graphfreeze::Action;
using graphfreeze::Audit;
using graphfreeze::BatchNormInference;
using graphfreeze::OpRole;
using graphfreeze::ReportEntry;
using graphfreeze::RoleOf;
using graphfreeze::detail::FindingOf;

namespace {

// The findings, "code node" each, in order; notes with a "?" behind.
std::vector<std::string> Findings(MiniGraph& graph, const Audit& audit = {}) {
  graphfreeze::PassContext context;
  const std::string before = MiniGraph::Text(graph.graph().main());
  REQUIRE(graphfreeze::Run(graph.graph(), context, audit).ok());
  CHECK(MiniGraph::Text(graph.graph().main()) == before);
  std::vector<std::string> findings;
  for (const ReportEntry& entry : context.report) {
    CHECK((entry.action == Action::kWarning || entry.action == Action::kNote));
    CHECK_FALSE(entry.text.empty());
    findings.push_back(entry.code + " " + (entry.body.empty() ? "" : entry.body + "/") + entry.node +
                       (entry.action == Action::kNote ? "?" : ""));
  }
  return findings;
}
std::vector<std::string> Findings(const std::string& lines, const Audit& audit = {}, const std::string& functions = "") {
  MiniGraph graph(lines, functions);
  return Findings(graph, audit);
}
using List = std::vector<std::string>;

}  // namespace

TEST_CASE("a clean graph has no findings") {
  Audit audit;
  audit.inputs = {"x:0"};
  audit.outputs = {"out"};
  CHECK(Findings(R"(
    x = Placeholder {dtype: float}
    w = Const {dtype: float, value: float 2}
    s = Const {dtype: float, value: float [] 1 2}
    bn = FusedBatchNormV3(x, s, s, s, s) {T: float, U: float, is_training: false}
    ta = TensorArrayV3(w)
    m = Mul(bn, w) {T: float}
    out = Relu(m) {T: float, _class: list { s: "loc:@m" }})",
                 audit) == List{});
}

TEST_CASE("each kind of leftover has a code") {
  const std::pair<const char*, const char*> kCases[] = {
      {"RandomUniform", "audit_random_op"},
      {"StatelessRandomUniformV2", "audit_random_op"},
      {"Multinomial", "audit_random_op"},
      {"DropOutGenMaskV3", "audit_random_op"},
      {"VariableV2", "audit_variable"},
      {"VarHandleOp", "audit_variable"},
      {"AssignSub", "audit_write"},
      {"ResourceApplyAdam", "audit_write"},
      {"ScatterUpdate", "audit_write"},
      {"HashTableV2", "audit_table"},
      {"IteratorGetNext", "audit_iterator"},
      {"OneShotIterator", "audit_iterator"},
      {"MapDataset", "audit_dataset"},
      {"TensorSliceDataset", "audit_dataset"},
      {"FIFOQueueV2", "audit_queue"},
      {"QueueDequeueManyV2", "audit_queue"},
      {"TFRecordReaderV2", "audit_queue"},
      {"CollectiveReduce", "audit_collective"},
      {"HcomAllReduce", "audit_collective"},
      {"HorovodAllreduce", "audit_collective"},
      {"NcclAllReduce", "audit_collective"},
      {"Assert", "audit_check"},
      {"PrintV2", "audit_check"},
      {"MergeSummary", "audit_check"},
      {"RestoreV2", "audit_checkpoint"},
      {"PyFunc", "audit_python"},
  };
  for (const std::pair<const char*, const char*>& op_and_code : kCases) {
    CAPTURE(op_and_code.first);
    const List findings = Findings(std::string("n = ") + op_and_code.first);
    REQUIRE_FALSE(findings.empty());
    CHECK(findings[0] == std::string(op_and_code.second) + " n");
  }
  for (const char* op : {"Const", "Relu", "Identity", "MatMul", "Select", "Placeholder", "ReadVariableOp", "ResourceGather",
                         "StatefulPartitionedCall", "StatelessIf", "Assertion", "ScatterNd", "Range", "QuantizeV2"}) {
    CAPTURE(op);
    CHECK(FindingOf(RoleOf(op)).code.empty());
  }
}

TEST_CASE("training mode is found where the attribute says so, or its default") {
  CHECK(Findings("b = FusedBatchNormV3") == List{"audit_batch_norm_training b"});
  CHECK(Findings("b = FusedBatchNorm {is_training: true}") == List{"audit_batch_norm_training b"});
  CHECK(Findings("b = FusedBatchNormV2 {is_training: false}") == List{});
  CHECK(Findings("r = CudnnRNN {is_training: false, dropout: 0.5f}") == List{});
  CHECK(Findings("r = CudnnRNN {dropout: 0.5f}") == List{"audit_training_mode r", "audit_keep_prob r"});
  CHECK(Findings("r = DynamicRnn {is_training: true, keep_prob: 0.5f}") ==
        List{"audit_training_mode r", "audit_keep_prob r", "audit_unknown_op r?"});
  CHECK(Findings("r = DynamicRnn {is_training: false, keep_prob: 1.0f}\n s = DynamicRnn") == List{"audit_unknown_op r?"});
}

TEST_CASE("inputs and outputs are compared with what was declared") {
  const std::string lines = R"(
    x = Placeholder {dtype: float}
    keep = Placeholder {dtype: float}
    rate = PlaceholderWithDefault(x) {dtype: float}
    text = Placeholder {dtype: string}
    best = ArgMax(x, x) {T: float, output_type: int64}
    two = Unique(x) {T: float, out_idx: int64})";
  CHECK(Findings(lines) == List{"audit_string_input text?"});
  Audit audit;
  audit.inputs = {"x", "text:0", "y"};
  audit.outputs = {"best:0", "two", "two:1", "nothing"};
  CHECK(Findings(lines, audit) ==
        List{"audit_undeclared_input keep", "audit_placeholder_default rate?", "audit_string_input text?", "audit_missing_input y",
             "audit_int64_output best?", "audit_int64_output two?", "audit_missing_output nothing"});
  audit.exclude = {"k?ep", "t*"};
  CHECK(Findings(lines, audit) == List{"audit_placeholder_default rate?", "audit_missing_input y", "audit_int64_output best?",
                                       "audit_missing_output nothing"});
}

TEST_CASE("what would not load is found") {
  CHECK(Findings("a = Relu(gone)\n b = Relu(a, ^gone)") == List{"audit_dangling_input a", "audit_dangling_input b"});
  CHECK(Findings("a = Relu {_class: list { s: \"loc:@a\" s: \"loc:@gone\" s: \"other\" }}") == List{"audit_dangling_class a"});
  CHECK(Findings("out = f", {}, R"(function {
    signature { name: "f" output_arg { name: "y" type: DT_FLOAT } }
    node_def { name: "c" op: "Const" attr { key: "dtype" value { type: DT_FLOAT } }
               attr { key: "_class" value { list { s: "loc:@of_the_caller" } } } }
    ret { key: "y" value: "c:output:0" }
  })") == List{});
  MiniGraph graph("a = Const {dtype: float, value: float 1}\n b = Relu(a) {T: float}");
  graph.graph().main().AddNode("b", "NoOp");
  graph.graph().main().Remove(0);
  CHECK(Findings(graph) == List{"audit_dangling_input b", "audit_duplicate_name b"});
}

TEST_CASE("control flow of TF1 is one finding") {
  CHECK(Findings("p = Placeholder {dtype: bool}\n s = Switch(p, p) {T: bool}\n m = Merge(s, s:1) {T: bool, N: 2}") ==
        List{"audit_switch_merge s?"});
}

TEST_CASE("functions are looked at too") {
  CHECK(Findings("out = f", {}, R"(
    function {
      signature { name: "f" }
      node_def { name: "r" op: "RandomUniform" }
      node_def { name: "b" op: "FusedBatchNormV3" }
      node_def { name: "p" op: "Placeholder" attr { key: "dtype" value { type: DT_STRING } } }
    })") == List{"audit_random_op f/r", "audit_batch_norm_training f/b"});
  // TensorFlow looks for the nodes that `_class` names in the main graph alone.
  CHECK(Findings("v = NoOp\n out = f", {}, R"(
    function {
      signature { name: "f" }
      node_def { name: "n" op: "NoOp" attr { key: "_class" value { list { s: "loc:@embedding" } } } }
    })") == List{});
  // A function may have the name of an op.
  CHECK(Findings("out = RandomUniform", {}, "function { signature { name: \"RandomUniform\" } }") == List{});
}

TEST_CASE("a norm without moving averages, which batch norm inference left on purpose, is a note") {
  const std::string lines = R"(
    x = Placeholder {dtype: float}
    e = Const {dtype: float, value: float [] }
    s = Fill(dims, one) {T: float}
    o = Fill(dims, zero) {T: float}
    dims = Const {dtype: int32, value: int32 [] 2}
    one = Const {dtype: float, value: float 1}
    zero = Const {dtype: float, value: float 0}
    norm = FusedBatchNormV3(x, s, o, e, e) {T: float, U: float, is_training: true}
    out = Relu(norm) {T: float})";
  MiniGraph graph(lines);
  REQUIRE(graph.Run(BatchNormInference{}, Audit{}).ok());
  REQUIRE(graph.context().report.size() == 2);
  CHECK(graph.context().report[0].code == "batch_statistics");
  CHECK(graph.context().report[1].code == "audit_batch_norm_training");
  CHECK(graph.context().report[1].action == Action::kNote);
  CHECK(Findings(lines) == List{"audit_batch_norm_training norm"});  // nobody has looked
  SUBCASE("in the function that it is in, or a copy of that, and in no other") {
    const std::string node = "node_def { name: \"norm\" op: \"FusedBatchNormV3\" }";
    const auto function = [&](const std::string& name) { return "function { signature { name: \"" + name + "\" } " + node + " } "; };
    MiniGraph calls("a = f\n b = f_other\n c = g", function("f") + function("f_other") + function("g"));
    calls.graph().CloneFunction(calls.graph().FindFunction("f"), "f_bound");
    calls.context().Add("batch_norm_inference", "f", "norm", Action::kSkipped, "batch_statistics", "left");
    REQUIRE(calls.Run(Audit{}).ok());
    List found;
    for (const ReportEntry& entry : calls.context().report) {
      found.push_back(entry.body + (entry.action == Action::kNote ? " note" : entry.action == Action::kWarning ? " warning" : " skipped"));
    }
    CHECK(found == List{"f skipped", "f note", "f_other warning", "g warning", "f_bound note"});
  }
}

TEST_CASE("ops are told by whole names or by how they begin") {
  CHECK(RoleOf("RandomUniformInt") == OpRole::kRandom);
  CHECK(RoleOf("RandomShuffle") == OpRole::kRandom);
  CHECK(RoleOf("RandomShuffleQueueV2") == OpRole::kQueue);
  CHECK(RoleOf("QueueCloseV2") == OpRole::kCheck);
  CHECK(RoleOf("QueueSizeV2") == OpRole::kQueue);
  CHECK(RoleOf("StatefulUniformFullInt") == OpRole::kRandom);
  CHECK(RoleOf("IteratorV2") == OpRole::kIterator);
  CHECK(RoleOf("ExperimentalSqlDataset") == OpRole::kDataset);
  CHECK(RoleOf("") == OpRole::kOrdinary);
  CHECK(RoleOf("A") == OpRole::kOrdinary);
  CHECK(RoleOf("zzz") == OpRole::kOrdinary);
}
