// Batch norm of every kind takes its moving averages; what has none keeps the statistics of its input. The graphs are
// those that TensorFlow writes, without what does not matter. B1 to B18 are the mini graphs of rewrites.md section 10.
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graphfreeze/passes/batch_norm_inference.hpp>

#include "mini_graph.hpp"

using graphfreeze::BatchNormInference;

namespace {

constexpr const char* kVector = "shape { dim { size: 3 } }";

// A variable and its read.
std::string Ref(const std::string& name, const std::string& shape = kVector) {
  return name + " = VariableV2 {dtype: float, shape: " + shape + "}\n" + name + "/read = Identity(" + name + ") {T: float}\n";
}
std::string Resource(const std::string& name) {
  return name + " = VarHandleOp {dtype: float, shape: " + kVector + "}\n" + name + "/read = ReadVariableOp(" + name +
         ") {dtype: float}\n";
}

const std::string kX = "x = Placeholder {dtype: float}\n";
const std::string kParameters = Ref("bn/gamma") + Ref("bn/beta");
const std::string kMoving = Ref("bn/moving_mean") + Ref("bn/moving_variance");
const std::string kEmpty = "bn/none = Const {dtype: float, value: float [] 0}\n";

std::string Fused(const std::string& attrs = ", is_training: true", const std::string& op = "FusedBatchNormV3") {
  return "bn/norm = " + op + "(x, bn/gamma/read, bn/beta/read, bn/none, bn/none) {T: float, U: float, epsilon: 0.001f" +
         attrs + "}\n";
}
// U1: variable -= (variable - statistic) * decay
std::string Update(const std::string& name, const std::string& variable, const std::string& statistic) {
  return name + "/decay = Const {dtype: float, value: float 0.1}\n" +                                     //
         name + "/sub = Sub(" + variable + "/read, " + statistic + ") {T: float}\n" +                     //
         name + "/mul = Mul(" + name + "/sub, " + name + "/decay) {T: float}\n" +                         //
         name + " = AssignSub(" + variable + ", " + name + "/mul) {T: float}\n";
}
const std::string kUpdates = Update("bn/up", "bn/moving_mean", "bn/norm:1") + Update("bn/up_1", "bn/moving_variance", "bn/norm:2");
const std::string kOut = "out = Relu(bn/norm) {T: float}\n";

const char* const kFusedResult =
    "x = Placeholder()\nbn/gamma = VariableV2()\nbn/gamma/read = Identity(bn/gamma)\nbn/beta = VariableV2()\n"
    "bn/beta/read = Identity(bn/beta)\nbn/moving_mean = VariableV2()\nbn/moving_mean/read = Identity(bn/moving_mean)\n"
    "bn/moving_variance = VariableV2()\nbn/moving_variance/read = Identity(bn/moving_variance)\n"
    "bn/norm = FusedBatchNormV3(x, bn/gamma/read, bn/beta/read, bn/moving_mean/read, bn/moving_variance/read)\n"
    "out = Relu(bn/norm)\n";

// Moments as tf.nn.moments computes them, squeezed, of the batch norm in scope bn.
std::string Moments(const std::string& axes, bool squeezed = true) {
  std::string text = "bn/axes = Const {dtype: int32, value: int32 [] " + axes + "}\n" +
                     "bn/mean = Mean(x, bn/axes) {T: float, keep_dims: true}\n"
                     "bn/stop = StopGradient(bn/mean) {T: float}\n"
                     "bn/square = SquaredDifference(x, bn/stop) {T: float}\n"
                     "bn/variance = Mean(bn/square, bn/axes) {T: float, keep_dims: true}\n";
  if (squeezed) text += "bn/m = Squeeze(bn/mean) {T: float}\nbn/v = Squeeze(bn/variance) {T: float}\n";
  return text;
}
// tf.nn.batch_normalization
std::string Normalize(const std::string& mean, const std::string& variance, const std::string& scale = "bn/gamma/read",
                      const std::string& offset = "bn/beta/read", const std::string& controls = "") {
  return "bn/eps = Const {dtype: float, value: float 0.001}\n"
         "bn/add = AddV2(" + variance + ", bn/eps" + controls + ") {T: float}\n" +
         "bn/rsqrt = Rsqrt(bn/add" + controls + ") {T: float}\n" +
         "bn/mul = Mul(bn/rsqrt, " + scale + controls + ") {T: float}\n" +
         "bn/mul_1 = Mul(x, bn/mul" + controls + ") {T: float}\n" +
         "bn/mul_2 = Mul(" + mean + ", bn/mul" + controls + ") {T: float}\n" +
         "bn/sub = Sub(" + offset + ", bn/mul_2" + controls + ") {T: float}\n" +
         "out = Add(bn/mul_1, bn/sub" + controls + ") {T: float}\n";
}

std::string Line(const std::string& text, const std::string& name) {
  const std::size_t at = ("\n" + text).find("\n" + name + " = ");
  return at == std::string::npos ? std::string() : text.substr(at, text.find('\n', at) - at);
}
bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string Converted(const std::string& lines, std::vector<std::string> outputs = {"out"}, const std::string& functions = "") {
  MiniGraph graph(lines, functions);
  const absl::Status status = graph.Run(BatchNormInference{});
  REQUIRE_MESSAGE(status.ok(), std::string(status.message()));
  // A second run finds nothing to do.
  const std::size_t changes = graph.changes();
  CHECK(changes > 0);
  CHECK(graph.Run(BatchNormInference{}).ok());
  CHECK(graph.changes() == changes);
  std::string before = graph.Text(outputs);

  // The same when what is not needed was pruned first.
  MiniGraph pruned(lines, functions);
  CHECK(pruned.Run(graphfreeze::Prune{outputs, {}}, BatchNormInference{}).ok());
  CHECK(pruned.changes() > 1);
  const std::string after = pruned.Text(outputs);
  // What pruning took comes back behind the other nodes; reads come back under the names of their variables.
  CHECK(std::count(after.begin(), after.end(), '\n') == std::count(before.begin(), before.end(), '\n'));
  return before;
}
// What is left as it is, and the code that says why.
void CheckUntouched(const std::string& lines, const std::string& code, const BatchNormInference& pass = {},
                    std::shared_ptr<graphfreeze::VariableKeys> keys = nullptr) {
  MiniGraph before(lines), graph(lines);
  graph.context().keys = std::move(keys);
  CHECK(graph.Run(pass).ok());
  CHECK(graph.Reported(code));
  CHECK(graph.changes() == 0);
  CHECK(graph.Text(graph.graph().main()) == before.Text(before.graph().main()));
}

std::shared_ptr<graphfreeze::VariableKeys> Checkpoint(const std::vector<std::string>& keys) {
  static constexpr std::array<float, 3> kValue = {1, 2, 3};
  std::map<std::string, graphfreeze::TensorView, std::less<>> tensors;
  for (const std::string& key : keys) {
    tensors.emplace(key, graphfreeze::TensorView(graphfreeze::DataType::kFloat, graphfreeze::Shape({3}),
                                                 {reinterpret_cast<const char*>(kValue.data()), sizeof kValue}, nullptr));
  }
  return std::make_shared<graphfreeze::VariableKeys>(graphfreeze::TensorStore(std::move(tensors)), graphfreeze::RestoreMap());
}

}  // namespace

TEST_CASE("B1 fused batch norm takes the variables that its updates average") {
  CHECK(Converted(kX + kParameters + kMoving + kEmpty + Fused() + kUpdates + kOut) == kFusedResult);
  MiniGraph graph(kX + kParameters + kMoving + kEmpty + Fused() + kUpdates + kOut);
  CHECK(graph.Run(BatchNormInference{}).ok());
  CHECK(graph.Reported("batch_norm"));
  CHECK_FALSE(graph.node("bn/norm").attr("is_training").b());
  CHECK(graph.node("bn/norm").attr("epsilon").f() == 0.001f);
  SUBCASE("whatever the fused op's version") {
    for (const char* op : {"FusedBatchNorm", "FusedBatchNormV2", "_FusedBatchNormEx"}) {
      CHECK(Has(Converted(kX + kParameters + kMoving + kEmpty + Fused(", is_training: true", op) + kUpdates + kOut),
                std::string(op) + "(x, bn/gamma/read, bn/beta/read, bn/moving_mean/read, bn/moving_variance/read)"));
    }
  }
  SUBCASE("with the difference the other way round (U2)") {
    std::string updates;
    for (const auto& [name, variable, statistic] :
         {std::array<std::string, 3>{"u", "bn/moving_mean", "bn/norm:1"}, {"w", "bn/moving_variance", "bn/norm:2"}}) {
      updates += name + "/sub = Sub(" + statistic + ", " + variable + "/read) {T: float}\n" + name +
                 "/decay = Const {dtype: float, value: float 0.1}\n" + name + "/mul = Mul(" + name + "/decay, " + name +
                 "/sub) {T: float}\n" + name + " = AssignAdd(" + variable + ", " + name + "/mul) {T: float}\n";
    }
    CHECK(Converted(kX + kParameters + kMoving + kEmpty + Fused() + updates + kOut) == kFusedResult);
  }
  SUBCASE("even if only one statistic is averaged, and then not") {
    CheckUntouched(kX + Ref("g/gamma") + Ref("g/beta") + kMoving + kEmpty +
                       "bn/norm = FusedBatchNormV3(x, g/gamma/read, g/beta/read, bn/none, bn/none) {T: float, U: float}\n" +
                       Update("bn/up", "bn/moving_mean", "bn/norm:1") + kOut,
                   "batch_statistics");
  }
}

TEST_CASE("B2 resource variables are read by ReadVariableOp") {
  const auto update = [](const std::string& name, const std::string& variable, const std::string& statistic) {
    return name + "/read = ReadVariableOp(" + variable + ") {dtype: float}\n" + name + "/sub = Sub(" + name + "/read, " + statistic +
           ") {T: float}\n" + name + "/decay = Const {dtype: float, value: float 0.1}\n" + name + "/mul = Mul(" + name + "/sub, " +
           name + "/decay) {T: float}\n" + name + " = AssignSubVariableOp(" + variable + ", " + name + "/mul) {dtype: float}\n" +
           name + "/after = ReadVariableOp(" + variable + ", ^" + name + ") {dtype: float}\n";
  };
  const std::string text = Converted(kX + Resource("bn/gamma") + Resource("bn/beta") + "bn/moving_mean = VarHandleOp {dtype: float}\n" +
                                     "bn/moving_variance = VarHandleOp {dtype: float}\n" + kEmpty + Fused() +
                                     update("u", "bn/moving_mean", "bn/norm:1") + update("w", "bn/moving_variance", "bn/norm:2") + kOut);
  // The updates' own reads serve; those behind the updates do not.
  CHECK(Line(text, "bn/norm") == "bn/norm = FusedBatchNormV3(x, bn/gamma/read, bn/beta/read, u/read, w/read)");
  CHECK_FALSE(Has(text, "Assign"));
}

TEST_CASE("B3 the op's own average is assigned to the variables that it was given") {
  MiniGraph graph(kX + Resource("bn/gamma") + Resource("bn/beta") + Resource("bn/moving_mean") + Resource("bn/moving_variance") +
                  "bn/norm = FusedBatchNormV3(x, bn/gamma/read, bn/beta/read, bn/moving_mean/read, bn/moving_variance/read) "
                  "{T: float, U: float, is_training: true, exponential_avg_factor: 0.01f}\n"
                  "a = AssignVariableOp(bn/moving_mean, bn/norm:1) {dtype: float}\n"
                  "b = AssignVariableOp(bn/moving_variance, bn/norm:2) {dtype: float}\n" +
                  "bn/out = Identity(bn/norm, ^a, ^b) {T: float}\nout = Relu(bn/out) {T: float}\n");
  CHECK(graph.Run(BatchNormInference{}).ok());
  CHECK_FALSE(graph.node("bn/norm").attr("exponential_avg_factor").exists());
  CHECK_FALSE(graph.node("bn/norm").attr("is_training").b());
  CHECK(Line(graph.Text({"out"}), "bn/out") == "bn/out = Identity(bn/norm)");
}

TEST_CASE("B4 a scale that is constant says nothing, and need not") {
  const std::string lines = kX + "bn/gamma/read = Const {dtype: float, value: float [] 1 1 1}\n" + Ref("bn/beta") + kMoving + kEmpty +
                            Fused() + kUpdates + kOut;
  CHECK(Has(Converted(lines), "bn/norm = FusedBatchNormV3(x, bn/gamma/read, bn/beta/read, bn/moving_mean/read, bn/moving_variance/read)"));
}

TEST_CASE("B5 moving averages that only the checkpoint has become variables of its names") {
  const std::string lines = kX + kParameters + kEmpty + Fused() + kOut;
  SUBCASE("without the checkpoint they are not known") { CheckUntouched(lines, "batch_statistics"); }
  for (const auto& names : {std::array<std::string, 2>{"bn/moving_mean", "bn/moving_variance"},
                            {"bn/mean/EMA", "bn/variance/EMA"},
                            {"bn/pop_mean", "bn/pop_var"},
                            {"bn/running_mean", "bn/running_var"}}) {
    MiniGraph graph(lines);
    graph.context().keys = Checkpoint({names[0], names[1], "bn/gamma", "bn/beta", "other/moving_mean"});
    CHECK(graph.Run(BatchNormInference{}).ok());
    CHECK(graph.node(names[0]).op() == "VariableV2");
    CHECK(graph.node(names[1]).attr("dtype").type() == graphfreeze::DataType::kFloat);
    CHECK(graph.node(names[1]).attr("shape").shape()->ToString() == "[3]");
    CHECK(Line(graph.Text({"out"}), "bn/norm") ==
          "bn/norm = FusedBatchNormV3(x, bn/gamma/read, bn/beta/read, " + names[0] + "/read, " + names[1] + "/read)");
    const std::size_t changes = graph.changes();
    CHECK(graph.Run(BatchNormInference{}).ok());
    CHECK(graph.changes() == changes);
  }
  SUBCASE("of the kind that the parameters are") {
    MiniGraph graph(kX + Resource("bn/gamma") + Resource("bn/beta") + kEmpty + Fused() + kOut);
    graph.context().keys = Checkpoint({"bn/moving_mean", "bn/moving_variance"});
    CHECK(graph.Run(BatchNormInference{}).ok());
    CHECK(graph.node("bn/moving_mean").op() == "VarHandleOp");
    CHECK(graph.node("bn/moving_mean/Read/ReadVariableOp").op() == "ReadVariableOp");
  }
  SUBCASE("but not if they are of another shape than the parameters") {
    const std::string wide = "shape { dim { size: 4 } }";
    CheckUntouched(kX + Ref("bn/gamma", wide) + Ref("bn/beta", wide) + kEmpty + Fused() + kOut, "batch_statistics", {},
                   Checkpoint({"bn/moving_mean", "bn/moving_variance"}));
  }
  SUBCASE("nor if only one is there") {
    CheckUntouched(lines, "batch_statistics", {}, Checkpoint({"bn/moving_mean"}));
  }
  SUBCASE("and for batch norm of single ops, too") {
    MiniGraph graph(kX + kParameters + Moments("0 1 2") + Normalize("bn/m", "bn/v"));
    graph.context().keys = Checkpoint({"bn/moving_mean", "bn/moving_variance"});
    CHECK(graph.Run(BatchNormInference{}).ok());
    const std::string text = graph.Text({"out"});
    CHECK(Line(text, "bn/add") == "bn/add = AddV2(bn/moving_variance/read, bn/eps)");
    CHECK_FALSE(Has(text, "Mean("));
  }
}

TEST_CASE("B5 moving averages next to the parameters are found though nothing updates them") {
  CHECK(Converted(kX + kParameters + kMoving + kEmpty + Fused() + kOut).size() == std::string(kFusedResult).size());
}

TEST_CASE("B6 what normalises with the statistics of its input on purpose is left alone") {
  SUBCASE("layer norm as Keras builds it") {
    CheckUntouched(kX + "dims = Const {dtype: int32, value: int32 [] 1}\none = Const {dtype: float, value: float 1}\n"
                        "ln/scale = Fill(dims, one) {T: float}\nln/offset = Fill(dims, one) {T: float}\n" +
                       kEmpty +
                       "norm = FusedBatchNormV3(x, ln/scale, ln/offset, bn/none, bn/none) {T: float, U: float, data_format: \"NCHW\"}\n"
                       "out = Relu(norm) {T: float}\n",
                   "batch_statistics");
  }
  SUBCASE("instance norm") {
    CheckUntouched(kX + kParameters + Moments("1 2", false) + Normalize("bn/mean", "bn/variance"), "batch_statistics");
  }
  SUBCASE("what is divided by a norm is not even mentioned") {
    MiniGraph graph(kX + "eps = Const {dtype: float, value: float 0.001}\nsum = AddV2(x, eps) {T: float}\n"
                         "root = Rsqrt(sum) {T: float}\nout = Mul(x, root) {T: float}\n");
    CHECK(graph.Run(BatchNormInference{}).ok());
    CHECK(graph.reports() == 0);
  }
}

namespace {

// tf.layers with a flag: both forms, one in each branch.
std::string Branches(const std::string& updates = "") {
  const auto branch = [](const std::string& name, const std::string& port, bool training) {
    std::string text;
    int number = 0;
    std::string inputs;
    for (const char* input : {"x", "bn/gamma/read", "bn/beta/read", "bn/moving_mean/read", "bn/moving_variance/read"}) {
      const std::string copy = name + "/Switch_" + std::to_string(number++);
      text += copy + " = Switch(" + input + ", pred_id) {T: float}\n";
      inputs += (inputs.empty() ? "" : ", ") + copy + port;
    }
    return text + name + " = FusedBatchNormV3(" + inputs + ") {T: float, U: float, is_training: " + (training ? "true" : "false") + "}\n";
  };
  return kX + "p = Placeholder {dtype: bool}\npred_id = Identity(p) {T: bool}\n" + kParameters + kMoving +
         branch("cond/train", ":1", true) + branch("cond/infer", "", false) +
         "cond/Merge = Merge(cond/infer, cond/train) {T: float, N: 2}\n"
         "cond/Merge_1 = Merge(cond/infer:1, cond/train:1) {T: float, N: 2}\n"
         "cond/Merge_2 = Merge(cond/infer:2, cond/train:2) {T: float, N: 2}\n" +
         Update("up", "bn/moving_mean", "cond/Merge_1") + Update("up_1", "bn/moving_variance", "cond/Merge_2") + updates;
}

}  // namespace

TEST_CASE("B7 a batch norm behind a flag that was bound is converted like any other") {
  // What binding the flag leaves when it was bound to true, for training.
  MiniGraph graph(kX + kParameters + kMoving + kEmpty + Fused() +
                  "cond/Merge = Identity(bn/norm) {T: float}\ncond/Merge_1 = Identity(bn/norm:1) {T: float}\n"
                  "cond/Merge_2 = Identity(bn/norm:2) {T: float}\n" +
                  Update("up", "bn/moving_mean", "cond/Merge_1") + Update("up_1", "bn/moving_variance", "cond/Merge_2") +
                  "out = Relu(cond/Merge) {T: float}\n");
  CHECK(graph.Run(BatchNormInference{}).ok());
  CHECK(Has(graph.Text({"out"}), "bn/moving_mean/read, bn/moving_variance/read)"));
}

TEST_CASE("B8 a batch norm built for both values of a flag is the one for inference, and tells the flag") {
  const std::string text = Converted(Branches("out = Relu(cond/Merge) {T: float}\n"));
  CHECK(Line(text, "cond/infer") ==
        "cond/infer = FusedBatchNormV3(x, bn/gamma/read, bn/beta/read, bn/moving_mean/read, bn/moving_variance/read)");
  CHECK(Line(text, "out") == "out = Relu(cond/infer)");
  CHECK_FALSE(Has(text, "Switch"));
  CHECK_FALSE(Has(text, "p = "));

  MiniGraph graph(Branches("out = Relu(cond/Merge) {T: float}\n"));
  BatchNormInference pass;
  CHECK(graph.Run(pass).ok());
  CHECK(graph.Reported("flag_polarity"));
  SUBCASE("the statistics that come out of the branches are the moving averages") {
    const std::string statistics = Converted(Branches("out = AddV2(cond/Merge, cond/Merge_1) {T: float}\n"));
    CHECK(Line(statistics, "out") == "out = AddV2(cond/infer, bn/moving_mean/read)");
  }
  SUBCASE("forced updates in a branch of their own go too") {
    const std::string forced = Converted(Branches(
        "cond_1/Switch = Switch(cond/Merge, pred_id) {T: float}\n"
        "cond_1/Identity = Identity(cond_1/Switch:1, ^up, ^up_1) {T: float}\n"
        "cond_1/Merge = Merge(cond_1/Switch, cond_1/Identity) {T: float, N: 2}\nout = Relu(cond_1/Merge) {T: float}\n"));
    CHECK(Line(forced, "out") == "out = Relu(cond/infer)");
  }
  SUBCASE("one that is excluded stays as it is") {
    BatchNormInference excluding;
    excluding.exclude = {"cond/*"};
    CheckUntouched(Branches("out = Relu(cond/Merge) {T: float}\n"), "excluded", excluding);
  }
}

TEST_CASE("B8 statistics that a flag chooses are the moving averages") {
  const std::string lines =
      kX + "p = Placeholder {dtype: bool}\n" + kParameters + kMoving + Moments("0 1 2") +
      "c/a = Switch(bn/moving_mean/read, p) {T: float}\nc/b = Switch(bn/m, p) {T: float}\n"
      "c/mean = Merge(c/a, c/b:1) {T: float, N: 2}\n"
      "c/c = Switch(bn/moving_variance/read, p) {T: float}\nc/d = Switch(bn/v, p) {T: float}\n"
      "c/variance = Merge(c/c, c/d:1) {T: float, N: 2}\n" +
      Normalize("c/mean", "c/variance") + "shape = Shape(x) {T: float}\n";
  const std::string text = Converted(lines);
  CHECK(Line(text, "bn/add") == "bn/add = AddV2(bn/moving_variance/read, bn/eps)");
  CHECK(Line(text, "bn/mul_2") == "bn/mul_2 = Mul(bn/moving_mean/read, bn/mul)");
  CHECK_FALSE(Has(text, "Mean("));
}

namespace {

std::string Function(const std::string& name, const std::string& arguments, const std::string& results, const std::string& nodes,
                     const std::string& returns) {
  const auto args = [](const std::string& list, const char* field) {
    std::string text;
    std::size_t at = 0;
    while (at < list.size()) {
      const std::size_t end = (std::min)(list.find(' ', at), list.size());
      const std::string one = list.substr(at, end - at);
      const std::size_t colon = one.find(':');
      text += std::string(field) + " { name: \"" + one.substr(0, colon) + "\" type: " + one.substr(colon + 1) + " }\n";
      at = end + 1;
    }
    return text;
  };
  std::string text = MiniGraph::ToText(nodes);
  for (std::size_t at = 0; (at = text.find("node {", at)) != std::string::npos; at += 8) text.replace(at, 6, "node_def {");
  return "function { signature { name: \"" + name + "\" " + args(arguments, "input_arg") + args(results, "output_arg") + "}\n" + text +
         returns + "}\n";
}

std::string NormFunction(const std::string& name, bool training) {
  return Function(name, "x:DT_FLOAT g:DT_RESOURCE b:DT_RESOURCE m:DT_RESOURCE v:DT_RESOURCE", "y:DT_FLOAT",
                  "rg = ReadVariableOp(g) {dtype: float}\nrb = ReadVariableOp(b) {dtype: float}\n"
                  "rm = ReadVariableOp(m) {dtype: float}\nrv = ReadVariableOp(v) {dtype: float}\n"
                  "norm = FusedBatchNormV3(x, rg:value:0, rb:value:0, rm:value:0, rv:value:0) {T: float, U: float, is_training: " +
                      std::string(training ? "true" : "false") + "}\n",
                  "ret { key: \"y\" value: \"norm:y:0\" }");
}

}  // namespace

TEST_CASE("B8 an If with a batch norm for each value of its predicate is its branch for inference") {
  const std::string lines = kX + "p = Placeholder {dtype: bool}\n" + Resource("bn/gamma") + Resource("bn/beta") +
                            Resource("bn/moving_mean") + Resource("bn/moving_variance") +
                            "if = If(p, x, bn/gamma, bn/beta, bn/moving_mean, bn/moving_variance) {then_branch: func { name: \"train\" }, "
                            "else_branch: func { name: \"infer\" }}\nout = Relu(if) {T: float}\n";
  const std::string text = Converted(lines, {"out"}, NormFunction("train", true) + NormFunction("infer", false));
  CHECK(Has(text, "FusedBatchNormV3("));
  CHECK_FALSE(Has(text, "If("));
  CHECK_FALSE(Has(text, "p = "));
  SUBCASE("in whatever order") {
    MiniGraph graph(lines, NormFunction("train", false) + NormFunction("infer", true));
    BatchNormInference pass;
    CHECK(graph.Run(pass).ok());
    CHECK(graph.Reported("flag_polarity"));
  }
}

TEST_CASE("batch norm in a function takes its moving averages where they are arguments") {
  MiniGraph graph(kX + Resource("bn/gamma") + Resource("bn/beta") + Resource("bn/moving_mean") + Resource("bn/moving_variance") +
                      "call = StatefulPartitionedCall(x, bn/gamma, bn/beta, bn/moving_mean, bn/moving_variance) {f: func { name: "
                      "\"train\" }}\nout = Relu(call) {T: float}\n",
                  NormFunction("train", true));
  CHECK(graph.Run(BatchNormInference{}).ok());
  const graphfreeze::Body& body = graph.graph().function(graph.graph().FindFunction("train")).body;
  CHECK_FALSE(body.node(body.Find("norm")).attr("is_training").b());
  SUBCASE("told by an update in it") {
    MiniGraph updated(
        kX + Resource("bn/gamma") + Resource("bn/beta") + Resource("bn/moving_mean") + Resource("bn/moving_variance") +
            "call = StatefulPartitionedCall(x, bn/gamma, bn/beta, bn/moving_mean, bn/moving_variance) {f: func { name: \"f\" }}\n"
            "out = Relu(call) {T: float}\n",
        Function("f", "x:DT_FLOAT g:DT_RESOURCE b:DT_RESOURCE m:DT_RESOURCE v:DT_RESOURCE", "y:DT_FLOAT",
                 "rg = ReadVariableOp(g) {dtype: float}\nrb = ReadVariableOp(b) {dtype: float}\n"
                 "none = Const {dtype: float, value: float [] 0}\nd = Const {dtype: float, value: float 0.1}\n"
                 "norm = FusedBatchNormV3(x, rg:value:0, rb:value:0, none:output:0, none:output:0) {T: float, U: float}\n"
                 "rm = ReadVariableOp(m) {dtype: float}\nsm = Sub(rm:value:0, norm:batch_mean:0) {T: float}\n"
                 "mm = Mul(sm:z:0, d:output:0) {T: float}\nam = AssignSubVariableOp(m, mm:z:0) {dtype: float}\n"
                 "rv = ReadVariableOp(v) {dtype: float}\nsv = Sub(rv:value:0, norm:batch_variance:0) {T: float}\n"
                 "mv = Mul(sv:z:0, d:output:0) {T: float}\nav = AssignSubVariableOp(v, mv:z:0) {dtype: float}\n"
                 "id = Identity(norm:y:0, ^am, ^av) {T: float}\n",
                 "ret { key: \"y\" value: \"id:output:0\" }"));
    CHECK(updated.Run(BatchNormInference{}).ok());
    const std::string text = MiniGraph::Text(updated.graph().function(updated.graph().FindFunction("f")).body);
    CHECK(Line(text, "norm") == "norm = FusedBatchNormV3(x, rg:value:0, rb:value:0, rm:value:0, rv:value:0)");
    CHECK(Line(text, "id") == "id = Identity(norm:y:0)");
  }
  SUBCASE("and is left, with a warning, where they are not") {
    MiniGraph out_of_reach(kX + Resource("bn/gamma") + Resource("bn/beta") + Resource("bn/moving_mean") + Resource("bn/moving_variance") +
                               "call = StatefulPartitionedCall(x, bn/gamma, bn/beta) {f: func { name: \"f\" }}\nout = Relu(call) {T: float}\n",
                           Function("f", "x:DT_FLOAT g:DT_RESOURCE b:DT_RESOURCE", "y:DT_FLOAT",
                                    "rg = ReadVariableOp(g) {dtype: float}\nrb = ReadVariableOp(b) {dtype: float}\n"
                                    "none = Const {dtype: float, value: float [] 0}\n"
                                    "norm = FusedBatchNormV3(x, rg:value:0, rb:value:0, none:output:0, none:output:0) {T: float, U: float}\n",
                                    "ret { key: \"y\" value: \"norm:y:0\" }"));
    CHECK(out_of_reach.Run(BatchNormInference{}).ok());
    CHECK(out_of_reach.Reported("moving_average_out_of_reach"));
    CHECK(out_of_reach.changes() == 0);
  }
}

TEST_CASE("B9 nothing waits for updates any more") {
  const std::string lines = kX + kParameters + kMoving + kEmpty + Fused() + kUpdates;
  CHECK(Has(Converted(lines + "bn/Identity = Identity(bn/norm, ^bn/up, ^bn/up_1) {T: float}\nout = Relu(bn/Identity) {T: float}\n"),
            "bn/Identity = Identity(bn/norm)\nout = Relu(bn/Identity)\n"));
  SUBCASE("not for a group of them either") {
    CHECK(Has(Converted(lines + "group = NoOp(^bn/up, ^bn/up_1)\nout = Relu(bn/norm, ^group) {T: float}\n"), "out = Relu(bn/norm)\n"));
  }
  SUBCASE("nor for what hands an updated variable on") {
    CHECK(Has(Converted(lines + "id = Identity(bn/up) {T: float}\nout = Relu(bn/norm, ^id, ^bn/up_1) {T: float}\n"), "out = Relu(bn/norm)\n"));
  }
  SUBCASE("but for everything else") {
    CHECK(Has(Converted(lines + "print = NoOp(^x)\nout = Relu(bn/norm, ^bn/up, ^print) {T: float}\n"), "out = Relu(bn/norm, ^print)\n"));
  }
}

TEST_CASE("B10 towers share variables, whether or not each updates them") {
  const std::string tower = "b/norm = FusedBatchNormV3(x, bn/gamma/read, bn/beta/read, bn/none, bn/none) {T: float, U: float}\n";
  const std::string out = "out = AddV2(bn/norm, b/norm) {T: float}\n";
  const std::string both = "b/norm = FusedBatchNormV3(x, bn/gamma/read, bn/beta/read, bn/moving_mean/read, bn/moving_variance/read)";
  CHECK(Line(Converted(kX + kParameters + kMoving + kEmpty + Fused() + kUpdates + tower + out), "b/norm") == both);
  // Under names that say nothing.
  const std::string odd = kX + kParameters + Ref("one") + Ref("two") + kEmpty + Fused() + tower + Update("u", "one", "bn/norm:1") +
                          Update("w", "two", "bn/norm:2") + out;
  CHECK(Line(Converted(odd), "b/norm") == "b/norm = FusedBatchNormV3(x, bn/gamma/read, bn/beta/read, one/read, two/read)");
}

TEST_CASE("B11 batch norm of single ops becomes what it is at inference") {
  const std::string updates = Update("up", "bn/moving_mean", "bn/m") + Update("up_1", "bn/moving_variance", "bn/v");
  SUBCASE("of a matrix") {
    const std::string text = Converted(kX + kParameters + kMoving + Moments("0") + Normalize("bn/m", "bn/v") + updates);
    CHECK(Line(text, "bn/add") == "bn/add = AddV2(bn/moving_variance/read, bn/eps)");
    CHECK(Line(text, "bn/mul_2") == "bn/mul_2 = Mul(bn/moving_mean/read, bn/mul)");
    CHECK_FALSE(Has(text, "Mean("));
    CHECK_FALSE(Has(text, "Squeeze("));
  }
  SUBCASE("with channels first: the statistics are reshaped afterwards") {
    const std::string reshape = "dims = Const {dtype: int32, value: int32 [] 1 3 1 1}\nbn/m4 = Reshape(bn/m, dims) {T: float}\n"
                                "bn/v4 = Reshape(bn/v, dims) {T: float}\n";
    const std::string text = Converted(kX + kParameters + kMoving + Moments("0 2 3") + reshape + Normalize("bn/m4", "bn/v4") + updates);
    CHECK(Line(text, "bn/m4") == "bn/m4 = Reshape(bn/moving_mean/read, dims)");
    CHECK(Line(text, "bn/v4") == "bn/v4 = Reshape(bn/moving_variance/read, dims)");
  }
  SUBCASE("with channels first and all dimensions kept: a Reshape is added") {
    const std::string squeezed = "bn/m = Squeeze(bn/mean) {T: float}\nbn/v = Squeeze(bn/variance) {T: float}\n";
    const std::string text = Converted(kX + kParameters + kMoving + Moments("0 2 3", false) + squeezed +
                                       Normalize("bn/mean", "bn/variance") + updates);
    CHECK(Line(text, "bn/mul_2") == "bn/mul_2 = Mul(bn/rsqrt/Reshape, bn/mul)");
    CHECK(Line(text, "bn/rsqrt/Reshape") == "bn/rsqrt/Reshape = Reshape(bn/moving_mean/read, bn/rsqrt/Reshape/shape)");
  }
  SUBCASE("with channels last and all dimensions kept: a vector does") {
    const std::string squeezed = "bn/m = Squeeze(bn/mean) {T: float}\nbn/v = Squeeze(bn/variance) {T: float}\n";
    const std::string text = Converted(kX + kParameters + kMoving + Moments("0 1 2", false) + squeezed +
                                       Normalize("bn/mean", "bn/variance") + updates);
    CHECK(Line(text, "bn/mul_2") == "bn/mul_2 = Mul(bn/moving_mean/read, bn/mul)");
  }
  SUBCASE("without parameters") {
    const std::string text = Converted(kX + kMoving + Moments("0 1 2") +
                                       "bn/eps = Const {dtype: float, value: float 0.001}\nbn/add = AddV2(bn/eps, bn/v) {T: float}\n"
                                       "bn/rsqrt = Rsqrt(bn/add) {T: float}\nbn/mul_1 = Mul(x, bn/rsqrt) {T: float}\n"
                                       "bn/neg = Neg(bn/m) {T: float}\nbn/mul_2 = Mul(bn/neg, bn/rsqrt) {T: float}\n"
                                       "out = AddV2(bn/mul_1, bn/mul_2) {T: float}\n" + updates);
    CHECK(Line(text, "bn/neg") == "bn/neg = Neg(bn/moving_mean/read)");
    CHECK(Line(text, "bn/add") == "bn/add = AddV2(bn/eps, bn/moving_variance/read)");
  }
  SUBCASE("written by hand, with a division") {
    const std::string text = Converted(kX + kMoving + Moments("0 1 2") +
                                       "eps = Const {dtype: float, value: float 0.001}\nadd = AddV2(bn/v, eps) {T: float}\n"
                                       "dev = Sqrt(add) {T: float}\ncentred = Sub(x, bn/m) {T: float}\n"
                                       "out = RealDiv(centred, dev) {T: float}\n" + updates);
    CHECK(Line(text, "centred") == "centred = Sub(x, bn/moving_mean/read)");
    CHECK(Line(text, "add") == "add = AddV2(bn/moving_variance/read, eps)");
  }
  SUBCASE("whose updates are awaited by each of its ops") {
    const std::string text = Converted(kX + kParameters + kMoving + Moments("0 1 2") +
                                       Normalize("bn/m", "bn/v", "bn/gamma/read", "bn/beta/read", ", ^up, ^up_1") + updates);
    CHECK_FALSE(Has(text, "^"));
  }
  SUBCASE("for virtual batches, whose variables keep all dimensions") {
    const std::string shape = "shape { dim { size: 1 } dim { size: 1 } dim { size: 3 } }";
    const std::string text = Converted(
        kX + kParameters + Ref("mm", shape) + Ref("mv", shape) + Moments("0", false) +
        "axis = Const {dtype: int32, value: int32 [] 1}\nbn/m = Mean(bn/mean, axis) {T: float, keep_dims: true}\n"
        "bn/v = Mean(bn/variance, axis) {T: float, keep_dims: true}\n" +
        Update("up", "mm", "bn/m") + Update("up_1", "mv", "bn/v") + Normalize("bn/mean", "bn/variance"));
    CHECK(Line(text, "bn/add") == "bn/add = AddV2(mv/read, bn/eps)");
  }
}

TEST_CASE("B12 zero-debiased averages end in the moving variable, not in its helper") {
  SUBCASE("since 1.14") {
    const std::string debias =
        Ref("bn/bn/moving_mean/biased") + "step = VariableV2 {dtype: float}\none = Const {dtype: float, value: float 1}\n"
        "sub = Sub(bn/bn/moving_mean/biased/read, bn/norm:1) {T: float}\nd = Const {dtype: float, value: float 0.1}\n"
        "mul = Mul(sub, d) {T: float}\nup/biased = AssignSub(bn/bn/moving_mean/biased, mul) {T: float}\n"
        "up/step = AssignAdd(step, one) {T: float}\nkeep = Sub(one, d) {T: float}\npow = Pow(keep, up/step) {T: float}\n"
        "factor = Sub(one, pow) {T: float}\ndiv = RealDiv(up/biased, factor) {T: float}\nup = Assign(bn/moving_mean, div) {T: float}\n";
    const std::string text = Converted(kX + kParameters + kMoving + kEmpty + Fused() + debias +
                                       Update("up_1", "bn/moving_variance", "bn/norm:2") +
                                       "out = Relu(bn/norm, ^up, ^up_1) {T: float}\n");
    CHECK(text == kFusedResult);
  }
  SUBCASE("until 1.13") {
    const std::string debias =
        Ref("h/biased") + Ref("h/step") + "one = Const {dtype: float, value: float 1}\n"
        "sub = Sub(h/biased/read, bn/norm:1) {T: float}\nd = Const {dtype: float, value: float 0.1}\n"
        "mul = Mul(sub, d) {T: float}\nup/biased = AssignSub(h/biased, mul) {T: float}\n"
        "up/step = AssignAdd(h/step, one) {T: float}\nafter = Identity(h/biased, ^up/biased, ^up/step) {T: float}\n"
        "step = Identity(h/step, ^up/biased, ^up/step) {T: float}\nkeep = Sub(one, d) {T: float}\npow = Pow(keep, step) {T: float}\n"
        "factor = Sub(one, pow) {T: float}\ndiv = RealDiv(after, factor) {T: float}\n"
        "delta = Sub(bn/moving_mean/read, div) {T: float}\nup = AssignSub(bn/moving_mean, delta) {T: float}\n";
    const std::string text = Converted(kX + kParameters + kMoving + kEmpty + Fused() + debias +
                                       Update("up_1", "bn/moving_variance", "bn/norm:2") +
                                       "out = Relu(bn/norm, ^up, ^up_1) {T: float}\n");
    CHECK(text == kFusedResult);
  }
}

TEST_CASE("B13 averages written by hand") {
  const auto update = [](const std::string& name, const std::string& variable, const std::string& statistic) {
    return name + "/d = Const {dtype: float, value: float 0.9}\n" + name + "/e = Const {dtype: float, value: float 0.1}\n" + name +
           "/old = Mul(" + variable + "/read, " + name + "/d) {T: float}\n" + name + "/new = Mul(" + statistic + ", " + name +
           "/e) {T: float}\n" + name + "/sum = Add(" + name + "/old, " + name + "/new) {T: float}\n" + name + " = Assign(" + variable +
           ", " + name + "/sum) {T: float}\n";
  };
  const std::string text = Converted(kX + kParameters + Ref("pop_a") + Ref("pop_b") + Moments("0 1 2") + update("up", "pop_a", "bn/m") +
                                     update("up_1", "pop_b", "bn/v") +
                                     Normalize("bn/m", "bn/v", "bn/gamma/read", "bn/beta/read", ", ^up, ^up_1"));
  CHECK(Line(text, "bn/add") == "bn/add = AddV2(pop_b/read, bn/eps)");
  CHECK(Line(text, "bn/mul_2") == "bn/mul_2 = Mul(pop_a/read, bn/mul)");
  CHECK_FALSE(Has(text, "^"));
  SUBCASE("by an ExponentialMovingAverage object") {
    const std::string ema = Converted(kX + kParameters + Ref("bn/bn/m/ExponentialMovingAverage") + Ref("bn/bn/v/ExponentialMovingAverage") +
                                      Moments("0 1 2") + Update("up", "bn/bn/m/ExponentialMovingAverage", "bn/m") +
                                      Update("up_1", "bn/bn/v/ExponentialMovingAverage", "bn/v") + "apply = NoOp(^up, ^up_1)\n" +
                                      "mean = Identity(bn/m, ^apply) {T: float}\nvariance = Identity(bn/v, ^apply) {T: float}\n" +
                                      Normalize("mean", "variance"));
    CHECK(Line(ema, "mean") == "mean = Identity(bn/bn/m/ExponentialMovingAverage/read)");
    CHECK_FALSE(Has(ema, "NoOp"));
  }
}

TEST_CASE("B14 renorm loses its corrections") {
  const std::string renorm =
      Ref("bn/renorm_mean") + Ref("bn/renorm_stddev") + Ref("bn/moving_stddev") +
      "eps = Const {dtype: float, value: float 0.001}\nadd = AddV2(bn/v, eps) {T: float}\nsqrt = Sqrt(add) {T: float}\n"
      "floor = Const {dtype: float, value: float 0.03}\nmax = Maximum(bn/renorm_stddev/read, floor) {T: float}\n"
      "div = RealDiv(sqrt, max) {T: float}\nsub = Sub(bn/m, bn/renorm_mean/read) {T: float}\ndiv_1 = RealDiv(sub, max) {T: float}\n"
      "rmax = Const {dtype: float, value: float 2}\nclip = Minimum(div, rmax) {T: float}\n"
      "r = StopGradient(clip) {T: float}\nd = StopGradient(div_1) {T: float}\n"
      "scale = Mul(r, bn/gamma/read) {T: float}\nshift = Mul(d, bn/gamma/read) {T: float}\n"
      "offset = AddV2(shift, bn/beta/read) {T: float}\nm/id = Identity(bn/m, ^div, ^div_1) {T: float}\n"
      "s/id = Identity(sqrt, ^div, ^div_1) {T: float}\n" +
      Update("up_r", "bn/renorm_mean", "m/id") + Update("up_s", "bn/renorm_stddev", "s/id") + Update("up", "bn/moving_mean", "m/id") +
      "v/eps = AddV2(bn/v, eps) {T: float}\nv/sqrt = Sqrt(v/eps) {T: float}\n" + Update("up_2", "bn/moving_stddev", "v/sqrt") +
      "v/square = Mul(up_2, up_2) {T: float}\nv/sub = Sub(v/square, eps) {T: float}\nv/relu = Relu(v/sub) {T: float}\n"
      "up_1 = Assign(bn/moving_variance, v/relu) {T: float}\n";
  const std::string text = Converted(kX + kParameters + kMoving + Moments("0 1 2") + renorm + Normalize("bn/m", "bn/v", "scale", "offset"));
  CHECK(Line(text, "bn/add") == "bn/add = AddV2(bn/moving_variance/read, bn/eps)");
  CHECK(Line(text, "bn/mul") == "bn/mul = Mul(bn/rsqrt, bn/gamma/read)");
  CHECK(Line(text, "bn/mul_2") == "bn/mul_2 = Mul(bn/moving_mean/read, bn/mul)");
  CHECK(Line(text, "bn/sub") == "bn/sub = Sub(bn/beta/read, bn/mul_2)");
  CHECK_FALSE(Has(text, "renorm"));
}

TEST_CASE("B15 who takes the statistics of the batch takes the moving averages") {
  MiniGraph graph(kX + kParameters + kMoving + kEmpty + Fused() + kUpdates + "stat = Identity(bn/norm:1) {T: float}\n" + kOut);
  CHECK(graph.Run(BatchNormInference{}).ok());
  CHECK(graph.Reported("statistics_redirected"));
  CHECK(Line(graph.Text({"out", "stat"}), "stat") == "stat = Identity(bn/moving_mean/read)");
}

TEST_CASE("B16 moments of TensorFlow 1.0, from sums over a shifted input") {
  const std::string moments =
      "shift = Const {dtype: float, value: float 0.5}\ndata = Sub(x, shift) {T: float}\naxes = Const {dtype: int32, value: int32 [] 0 1 2}\n"
      "mean_ss = Sum(data, axes) {T: float}\nsquares = SquaredDifference(x, shift) {T: float}\nvar_ss = Sum(squares, axes) {T: float}\n"
      "count = Const {dtype: float, value: float 48}\ndivisor = Reciprocal(count) {T: float}\nshifted = Mul(mean_ss, divisor) {T: float}\n"
      "mean = Add(shifted, shift) {T: float}\nms = Mul(var_ss, divisor) {T: float}\nsquare = Square(shifted) {T: float}\n"
      "variance = Sub(ms, square) {T: float}\n";
  const std::string text = Converted(kX + kParameters + kMoving + moments + Update("up", "bn/moving_mean", "mean") +
                                     Update("up_1", "bn/moving_variance", "variance") + Normalize("mean", "variance"));
  CHECK(Line(text, "bn/add") == "bn/add = AddV2(bn/moving_variance/read, bn/eps)");
  CHECK_FALSE(Has(text, "Sum("));
}

TEST_CASE("B17 half precision stays mixed") {
  MiniGraph graph("x = Placeholder {dtype: half}\n" + kParameters + kMoving + kEmpty +
                  "bn/norm = FusedBatchNormV2(x, bn/gamma/read, bn/beta/read, bn/none, bn/none) {T: half, U: float}\n" + kUpdates +
                  "out = Relu(bn/norm) {T: half}\n");
  CHECK(graph.Run(BatchNormInference{}).ok());
  CHECK(graph.node("bn/norm").attr("T").type() == graphfreeze::DataType::kHalf);
  CHECK(Line(graph.Text({"out"}), "bn/norm") ==
        "bn/norm = FusedBatchNormV2(x, bn/gamma/read, bn/beta/read, bn/moving_mean/read, bn/moving_variance/read)");
}

TEST_CASE("B18 is_training that is missing means true") {
  CHECK(Converted(kX + kParameters + kMoving + kEmpty + Fused("") + kUpdates + kOut) == kFusedResult);
  MiniGraph inference(kX + kParameters + kMoving + kEmpty + Fused(", is_training: false") + kUpdates + kOut);
  CHECK(inference.Run(BatchNormInference{}).ok());
  CHECK(inference.reports() == 0);
}

TEST_CASE("statistics that are summed over replicas, or guarded for empty batches, are seen through") {
  const std::string head = kX + kParameters + kMoving + kEmpty + Fused();
  CHECK(Converted(head + "sum = HcomAllReduce(bn/norm:1) {T: float}\nn = Const {dtype: float, value: float 2}\n"
                         "mean = RealDiv(sum, n) {T: float}\n" +
                  Update("up", "bn/moving_mean", "mean") + Update("up_1", "bn/moving_variance", "bn/norm:2") + kOut) == kFusedResult);
  const auto guarded = [](const std::string& name, const std::string& variable, const std::string& statistic) {
    return name + "/sub = Sub(" + variable + "/read, " + statistic + ") {T: float}\n" + name +
           "/d = Const {dtype: float, value: float 0.1}\n" + name + "/mul = Mul(" + name + "/sub, " + name + "/d) {T: float}\n" + name +
           "/zero = ZerosLike(" + name + "/mul) {T: float}\n" + name + "/some = Placeholder {dtype: bool}\n" + name + "/select = SelectV2(" +
           name + "/some, " + name + "/mul, " + name + "/zero) {T: float}\n" + name + " = AssignSub(" + variable + ", " + name +
           "/select) {T: float}\n";
  };
  CHECK(Converted(head + guarded("up", "bn/moving_mean", "bn/norm:1") + guarded("up_1", "bn/moving_variance", "bn/norm:2") + kOut) ==
        kFusedResult);
  CHECK(Converted(head + "both = Pack(bn/norm:1, bn/norm:2) {T: float, N: 2}\nall = HorovodAllreduce(both) {T: float}\n"
                         "each = Unpack(all) {T: float, num: 2}\n" +
                  Update("up", "bn/moving_mean", "each") + Update("up_1", "bn/moving_variance", "each:1") + kOut) == kFusedResult);
}

TEST_CASE("batch norm in a loop or branch gets its moving averages the way its parameters come") {
  const std::string enter = "{T: float, frame_name: \"loop\", is_constant: true, parallel_iterations: 10}\n";
  const std::string lines =
      kX + kParameters + kMoving + kEmpty + "ex = Enter(x) {T: float, frame_name: \"loop\"}\neg = Enter(bn/gamma/read) " + enter +
      "eb = Enter(bn/beta/read) " + enter + "en = Enter(bn/none) " + enter +
      "norm = FusedBatchNormV3(ex, eg, eb, en, en) {T: float, U: float}\nout = Exit(norm) {T: float}\n";
  const std::string text = Converted(lines);
  CHECK(Line(text, "norm") == "norm = FusedBatchNormV3(ex, eg, eb, bn/moving_mean/read/Enter, bn/moving_variance/read/Enter)");
  CHECK(Line(text, "bn/moving_mean/read/Enter") == "bn/moving_mean/read/Enter = Enter(bn/moving_mean/read)");
  SUBCASE("a branch") {
    const std::string branch = Converted(kX + "p = Placeholder {dtype: bool}\n" + kParameters + kMoving + kEmpty +
                                         "sx = Switch(x, p) {T: float}\nsg = Switch(bn/gamma/read, p) {T: float}\n"
                                         "sb = Switch(bn/beta/read, p) {T: float}\n"
                                         "norm = FusedBatchNormV3(sx:1, sg:1, sb:1, bn/none, bn/none) {T: float, U: float}\n"
                                         "out = Merge(sx, norm) {T: float, N: 2}\n");
    CHECK(Line(branch, "norm") == "norm = FusedBatchNormV3(sx:1, sg:1, sb:1, bn/moving_mean/read/Switch:1, bn/moving_variance/read/Switch:1)");
    CHECK(Line(branch, "bn/moving_mean/read/Switch") == "bn/moving_mean/read/Switch = Switch(bn/moving_mean/read, p)");
  }
  SUBCASE("is left, with a warning, if it has no parameters that show the way") {
    CheckUntouched(kX + "one = Const {dtype: float, value: float [] 1 1 1}\n" + kMoving + kEmpty +
                       "ex = Enter(x) {T: float, frame_name: \"loop\"}\n"
                       "bn/norm = FusedBatchNormV3(ex, one, one, bn/none, bn/none) {T: float, U: float}\nout = Exit(bn/norm) {T: float}\n" +
                       kUpdates,
                   "moving_average_out_of_reach");
  }
}

TEST_CASE("a gradient that is wanted keeps the statistics of the batch") {
  const std::string head = kX + kParameters + kMoving + kEmpty + Fused() + kUpdates;
  const std::string gradient = "dy = Placeholder {dtype: float}\nzero = ZerosLike(bn/norm:4) {T: float}\n"
                               "grad = FusedBatchNormGradV3(dy, x, bn/gamma/read, bn/norm:3, bn/norm:4, bn/norm:5) {T: float, U: float}\n";
  CheckUntouched(head + gradient + "out = Relu(grad) {T: float}\n", "batch_statistics_needed");
  CheckUntouched(head + "out = Identity(bn/norm:3) {T: float}\n", "batch_statistics_needed");
  SUBCASE("one that training takes does not") {
    MiniGraph graph(head + gradient + "w = VariableV2 {dtype: float}\nstep = ApplyGradientDescent(w, dy, grad) {T: float}\n" + kOut);
    CHECK(graph.Run(BatchNormInference{}).ok());
    CHECK(graph.Text({"out"}) == kFusedResult);
  }
}

TEST_CASE("batch norms can be excluded, fused or not") {
  BatchNormInference pass;
  pass.exclude = {"bn/*"};
  CheckUntouched(kX + kParameters + kMoving + kEmpty + Fused() + kUpdates + "out = Relu(bn/norm, ^bn/up) {T: float}\n", "excluded", pass);
  CheckUntouched(kX + kParameters + kMoving + Moments("0") + Normalize("bn/m", "bn/v") + Update("up", "bn/moving_mean", "bn/m") +
                     Update("up_1", "bn/moving_variance", "bn/v"),
                 "excluded", pass);
}

TEST_CASE("two averages of one statistic are not guessed between") {
  CheckUntouched(kX + Ref("g/gamma") + Ref("g/beta") + kMoving + Ref("other") + kEmpty +
                     "bn/norm = FusedBatchNormV3(x, g/gamma/read, g/beta/read, bn/none, bn/none) {T: float, U: float}\n" + kUpdates +
                     Update("w", "other", "bn/norm:1") + kOut,
                 "moving_average_ambiguous");
}

TEST_CASE("graphs that make no sense are left as they are") {
  for (const std::string& lines :
       {std::string("n = FusedBatchNormV3\n"), std::string("n = FusedBatchNormV3(n, n:1, n:2, n:3, n:4) {T: float, U: float}\n"),
        std::string("n = FusedBatchNormV3(a, b, c, d, e) {T: float, U: float}\n"),
        std::string("e = Const {dtype: float, value: float 0.001}\na = AddV2(s, e) {T: float}\nr = Rsqrt(a) {T: float}\n"
                    "m = Mul(r, m) {T: float}\ns = Sub(s, m) {T: float}\n"),
        std::string("e = Const {dtype: float, value: float 0.001}\nv = Identity(v) {T: float}\na = AddV2(v, e) {T: float}\n"
                    "r = Rsqrt(a) {T: float}\nm = Mul(v, r) {T: float}\ns = Sub(v, m) {T: float}\n"),
        std::string("r = Rsqrt\nq = Sqrt(^r)\n"), std::string("p = Switch(p, p)\nn = FusedBatchNormV3(p, p:1, p, p, p) {T: float}\n"
                                                              "m = Merge(n, n) {T: float}\n"),
        std::string("i = If(i, i) {then_branch: func { name: \"f\" }, else_branch: func { name: \"f\" }}\n")}) {
    MiniGraph graph(lines), before(lines);
    CHECK(graph.Run(BatchNormInference{}).ok());
    CHECK(graph.changes() == 0);
    CHECK(graph.Text(graph.graph().main()) == before.Text(before.graph().main()));
  }
}
