// The built-in handlers of the Ascend TF adapter's ops, on graphs as the adapter's Python writes them.
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graphfreeze/npu/handlers.hpp>

#include "../passes/mini_graph.hpp"

using graphfreeze::HandleOps;
namespace npu = graphfreeze::npu;

namespace {

HandleOps Pass(std::vector<std::string> outputs = {}, const npu::Options& options = {}) {
  return HandleOps{{npu::Handlers{options}}, {}, std::move(outputs)};
}

std::string Handled(const std::string& lines, std::vector<std::string> outputs = {"out"}, const npu::Options& options = {}) {
  MiniGraph graph(lines);
  const absl::Status status = graph.Run(Pass({}, options));
  if (!status.ok()) return std::string(status.message());
  // Nothing is left for a second run.
  const std::size_t before = graph.changes();
  REQUIRE(graph.Run(Pass({}, options)).ok());
  CHECK(graph.changes() == before);
  return graph.Text(std::move(outputs));
}

struct MyTable {
  static constexpr std::array kOps = {"EmbeddingTableFind"};
  absl::Status Rewrite(graphfreeze::NodeRef node, graphfreeze::Rewriter& rewriter) const {
    return rewriter.ReplaceWithPlaceholder(node, graphfreeze::DataType::kFloat, graphfreeze::Shape{-1, 8}, "rows are fed");
  }
};

const std::string kX = "x = Placeholder {dtype: float}\n";
const char* const kNothingLeft = "x = Placeholder()\nout = Relu(x)\n";

}  // namespace

TEST_CASE("dropout of npu_ops hands its input on (T4)") {
  const std::string head = kX + "kp1 = Const {dtype: float, value: float 0.5}\n kp2 = Const {dtype: float, value: float 0.5}\n"
                                "s = Shape(x) {T: float, out_type: int32}\n";
  const std::string out = "out = Relu(y) {T: float}\n";
  CHECK(Handled(head + "m = DropOutGenMask(s, kp1) {T: int32, S: float}\n y = DropOutDoMask(x, m, kp2) {T: float}\n" + out) ==
        kNothingLeft);
  CHECK(Handled(head + "m = DropOutGenMaskV3(s, kp1) {T: int32, S: float}\n y = DropOutDoMaskV3(x, m, kp2) {T: float}\n" + out) ==
        kNothingLeft);
  CHECK(Handled(head + "m = DropOutGenMaskV4(s, kp1) {T: int32, S: float}\n y = DropOutDoMaskV3(x, m, kp2) {T: float}\n" + out) ==
        kNothingLeft);
  CHECK(Handled(head + "seed = Const {dtype: int64, value: int64 1}\n y = StatelessDropout(x, s, kp1, seed, seed) {T: float}\n" +
                out) == kNothingLeft);
  SUBCASE("and keeps its name when it is itself the output") {
    CHECK(Handled(head + "m = DropOutGenMask(s, kp1) {T: int32, S: float}\n y = DropOutDoMask(x, m, kp2) {T: float}\n" + out,
                  {"y", "out"}) == "x = Placeholder()\ny = Identity(x)\nout = Relu(x)\n");
  }
  SUBCASE("but a mask that something else takes is reported") {
    MiniGraph graph(head + "m = DropOutGenMask(s, kp1) {T: int32, S: float}\n out = Cast(m) {SrcT: type: DT_UINT8, DstT: float}");
    REQUIRE(graph.Run(Pass()).ok());
    CHECK(graph.Reported("training_op_used"));
    CHECK(graph.node("m").op() == "DropOutGenMask");
  }
}

TEST_CASE("the float status of loss scaling lets go of the forward path (P1)") {
  const std::string lines = kX + R"(
    alloc = NpuAllocFloatStatus
    clear = NpuClearFloatStatus(alloc)
    y = Relu(x, ^clear) {T: float}
    out = Neg(y) {T: float}
    loss = Mean(y, axes) {T: float}
    axes = Const {dtype: int32, value: int32 0}
    get = NpuGetFloatStatus(alloc, ^loss)
    finite = Equal(get, zero) {T: float}
    zero = Const {dtype: float, value: float 0}
    train_op = NoOp(^finite, ^get)
  )";
  CHECK(Handled(lines) == "x = Placeholder()\ny = Relu(x)\nout = Neg(y)\n");
  SUBCASE("also where it is on the data path") {
    CHECK(Handled(kX + "s = NpuGetFloatStatus(x)\n c = NpuClearFloatStatus(s)\n out = Relu(c) {T: float}") == kNothingLeft);
  }
  SUBCASE("and the second version, which has no inputs") {
    CHECK(Handled(kX + "c = NpuClearFloatStatusV2\n g = NpuGetFloatStatusV2(^c)\n out = Relu(x, ^g, ^c) {T: float}") ==
          kNothingLeft);
  }
  SUBCASE("with nothing to say when training alone uses it") {
    MiniGraph graph(lines);
    REQUIRE(graph.Run(Pass({"out"})).ok());
    CHECK_FALSE(graph.Reported("training_op_used"));
  }
}

TEST_CASE("time stamps, start and stop are waited for no more") {
  CHECK(Handled(kX + "t = LogTimeStamp {logid: \"a\", notify: true}\n i = NPUInit\n out = Relu(x, ^t, ^i) {T: float}") == kNothingLeft);
}

TEST_CASE("a broadcast hands on each of its inputs (P2)") {
  const std::string lines = R"(
    x = Placeholder {dtype: float}
    y = Placeholder {dtype: int32}
    b = HcomBroadcast(x, y) {T: list { type: DT_FLOAT type: DT_INT32 }, root_rank: 0}
    out = Relu(b) {T: float}
    side = Neg(b:1) {T: int32}
  )";
  CHECK(Handled(lines, {"out", "side"}) == "x = Placeholder()\ny = Placeholder()\nout = Relu(x)\nside = Neg(y)\n");
  CHECK(Handled(lines, {"b:1"}) == "x = Placeholder()\ny = Placeholder()\nb = IdentityN(x, y)\n");
  SUBCASE("also a single one") {
    CHECK(Handled(kX + "b = HcomBroadcast(x) {T: list { type: DT_FLOAT }}\n out = Relu(b) {T: float}") == kNothingLeft);
    CHECK(Handled(kX + "b = HorovodBroadcast(x) {T: float}\n out = Relu(b) {T: float}") == kNothingLeft);
  }
}

TEST_CASE("reductions are handed on where one device is the world") {
  const npu::Options alone{1, false};
  for (const char* reduction : {"sum", "max", "prod", "min"}) {
    const std::string lines = kX + "a = HcomAllReduce(x) {T: float, reduction: \"" + reduction + "\"}\n out = Relu(a) {T: float}";
    CHECK(Handled(lines, {"out"}, alone) == kNothingLeft);
    const std::string refused = Handled(lines);
    CHECK(refused.find("node 'a' (HcomAllReduce): it combines tensors of an unknown number of devices") != std::string::npos);
  }
  CHECK(Handled(kX + "a = HcomReduce(x) {T: float}\n out = Relu(a) {T: float}", {"out"}, alone) == kNothingLeft);
  CHECK(Handled(kX + "a = HcomAllGather(x) {T: float, rank_size: 1}\n out = Relu(a) {T: float}") == kNothingLeft);
  CHECK(Handled(kX + "a = HcomAllGather(x) {T: float, rank_size: 8}\n out = Relu(a) {T: float}").find("HcomAllGather") !=
        std::string::npos);
  CHECK(Handled(kX + "y = Placeholder {dtype: float}\na = HorovodGroupedAllreduce(x, y) {T: float, num_tensors: 2}\n"
                     "out = Relu(a) {T: float}\nside = Neg(a:1) {T: float}",
                {"out", "side"}, alone) == "x = Placeholder()\ny = Placeholder()\nout = Relu(x)\nside = Neg(y)\n");
  SUBCASE("unless their sum is divided by the devices of training") {
    const std::string eight = "n = Const {dtype: float, value: float 8}\n";
    const std::string sum = kX + "a = HcomAllReduce(x) {T: float, reduction: \"sum\"}\n";
    CHECK(Handled(sum + eight + "out = RealDiv(a, n) {T: float}", {"out"}, alone).find("divided by the constant 8") !=
          std::string::npos);
    CHECK(Handled(sum + "n = Const {dtype: float, value: float 0.125}\nout = Mul(n, a) {T: float}", {"out"}, alone)
              .find("divided by the constant 8") != std::string::npos);
    CHECK(Handled(sum + "n = Const {dtype: float, value: float 1}\nout = RealDiv(a, n) {T: float}", {"out"}, alone) ==
          "x = Placeholder()\nn = Const()\nout = RealDiv(x, n)\n");
  }
  SUBCASE("and divided by what asks for their number") {
    CHECK(Handled(kX + "a = HorovodAllreduce(x) {T: float}\ns = HorovodSize\nc = Cast(s) {SrcT: int32, DstT: float}\n"
                       "out = RealDiv(a, c) {T: float}",
                  {"out"}, alone) == "x = Placeholder()\ns = Const()\nc = Cast(s)\nout = RealDiv(x, c)\n");
  }
  SUBCASE("and gradients of training are no reason to refuse") {
    MiniGraph graph(kX + "out = Relu(x) {T: float}\n g = Neg(out) {T: float}\n a = HcomAllReduce(g) {T: float}\n"
                         "rs = HcomReduceScatter(g) {T: float}\n t = Neg(a, ^rs) {T: float}");
    CHECK_FALSE(graph.Run(Pass()).ok());
    REQUIRE(graph.Run(Pass({"out"})).ok());
    CHECK(graph.Text({"out"}) == kNothingLeft);
  }
}

TEST_CASE("what rests on data outside graph and checkpoint is refused with a remedy") {
  for (const char* op : {"EmbeddingTableFind", "EmbeddingHashTableLookupOrInsert", "HostFeatureMapping", "TableToResource",
                         "LruCache", "EmbeddingRankId", "HcomReceive", "FeatureMapping"}) {
    const std::string message = Handled(kX + "t = " + op + "(x)\n out = Identity(t) {T: float}");
    INFO(message);
    CHECK(message.find(std::string("node 't' (") + op + "): it ") != std::string::npos);
    CHECK(message.find("handler") != std::string::npos);
  }
  CHECK(Handled(kX + "t = EmbeddingTableFind(x)\n g = EmbeddingApplyAdam(t)\n out = Relu(x, ^t) {T: float}") == kNothingLeft);
}

namespace {

const std::string kCell = R"(
  x = Placeholder {dtype: float}
  w = Const {dtype: float, value: float 1}
  b = Const {dtype: float, value: float 0}
)";
const std::string kLengths = R"(
  len = VariableV2 {dtype: int32, shape: shape { dim { size: 4 } }}
  len/read = Identity(len) {T: int32}
)";
const std::string kStates = R"(
  h = Const {dtype: float, value: tensor { dtype: DT_FLOAT tensor_shape { dim { size: 1 } dim { size: 4 } dim { size: 3 } } float_val: 0 }}
  c = Const {dtype: float, value: tensor { dtype: DT_FLOAT tensor_shape { dim { size: 1 } dim { size: 4 } dim { size: 3 } } float_val: 0 }}
)";
const std::string kRnn = "rnn = DynamicRnn(x, w, b, len/read, h, c) {T: float, keep_prob: 0.8f}\n";

}  // namespace

TEST_CASE("recurrent cells get their attributes for inference (P3)") {
  MiniGraph graph(kCell + kLengths + kStates + kRnn + "out = Relu(rnn) {T: float}\n state = Neg(rnn:2) {T: float}\n"
                  "grad = DynamicRnnGrad(rnn:3, rnn:7) {T: float}");
  REQUIRE(graph.Run(Pass()).ok());
  CHECK(graph.node("rnn").attr("is_training").exists());
  CHECK_FALSE(graph.node("rnn").attr("is_training").b());
  CHECK(graph.node("rnn").attr("keep_prob").f() == 1.0f);
  CHECK(graph.Reported("batch_pinned"));  // by the variable of lengths
  const std::size_t changed = graph.changes();
  CHECK(changed == 2);
  REQUIRE(graph.Run(Pass()).ok());
  CHECK(graph.changes() == changed);
}

TEST_CASE("a cell whose gates are taken stays in training") {
  const std::string lines = kCell + kLengths + kStates + kRnn + "out = Relu(rnn:3) {T: float}\n";
  MiniGraph graph(lines + "side = Neg(rnn) {T: float}");
  REQUIRE(graph.Run(Pass()).ok());
  CHECK_FALSE(graph.node("rnn").attr("is_training").exists());
  CHECK(graph.Reported("training_outputs_used"));
  SUBCASE("or asked for") {
    MiniGraph asked(lines);
    REQUIRE(asked.Run(Pass({"rnn:4"})).ok());
    CHECK(asked.Reported("training_outputs_used"));
  }
  SUBCASE("but not when the outputs do not need who takes them") {
    MiniGraph side(lines + "side = Neg(rnn) {T: float}");
    REQUIRE(side.Run(Pass({"side"})).ok());
    CHECK_FALSE(side.node("rnn").attr("is_training").b());
    CHECK(side.node("rnn").attr("is_training").exists());
  }
}

TEST_CASE("the other cells") {
  for (const char* op : {"DynamicRnnV2", "DynamicGruV2", "DynamicAUGRU"}) {
    MiniGraph graph(kX + "rnn = " + op + "(x, x, x, x, x, x, x, x) {T: float, is_training: true}\nout = Relu(rnn:1) {T: float}");
    REQUIRE(graph.Run(Pass()).ok());
    CHECK_FALSE(graph.node("rnn").attr("is_training").b());
    CHECK_FALSE(graph.node("rnn").attr("keep_prob").exists());  // 1 by default
    CHECK_FALSE(graph.Reported("batch_pinned"));                // lengths that are computed
  }
  MiniGraph lstm(kX + "rnn = BasicLSTMCell(x, x, x, x, x) {T: float, keep_prob: 0.5f}\nout = Relu(rnn:1) {T: float}");
  REQUIRE(lstm.Run(Pass()).ok());
  CHECK(lstm.node("rnn").attr("keep_prob").f() == 1.0f);
  CHECK_FALSE(lstm.node("rnn").attr("is_training").exists());
}

TEST_CASE("the batch of a frozen cell can be let go") {
  const std::string lengths = "len/read = Const {dtype: int32, value: tensor { dtype: DT_INT32 tensor_shape { dim { size: 4 } } int_val: 7 }}\n";
  const npu::Options unpin{0, true};
  MiniGraph graph(kCell + lengths + kStates + kRnn + "out = Relu(rnn) {T: float}");
  REQUIRE(graph.Run(Pass({}, unpin)).ok());
  CHECK(graph.Reported("batch_unpinned"));
  CHECK_FALSE(graph.Reported("batch_pinned"));
  const graphfreeze::NodeRef rnn = graph.node("rnn");
  CHECK(rnn.body().Spell(rnn.inputs()[3]) == "rnn/lengths");
  CHECK(rnn.body().Spell(rnn.inputs()[4]) == "rnn/state_4");
  CHECK(rnn.body().Spell(rnn.inputs()[5]) == "rnn/state_5");
  const std::size_t changed = graph.changes();
  REQUIRE(graph.Run(Pass({}, unpin)).ok());
  CHECK(graph.changes() == changed);
  const std::string text = graph.Text({"out"});
  CHECK(text.find("rnn/batch/Shape = Shape(x)\n") != std::string::npos);
  CHECK(text.find("rnn/lengths = Fill(rnn/batch, rnn/lengths/value)\n") != std::string::npos);
  CHECK(text.find("rnn/state_4/dims = ConcatV2(rnn/state_4/first, rnn/batch, rnn/state_4/last, rnn/state_4/axis)\n") != std::string::npos);
  SUBCASE("only on request") {
    MiniGraph other(kCell + lengths + kStates + kRnn + "out = Relu(rnn) {T: float}");
    REQUIRE(other.Run(Pass()).ok());
    CHECK(other.Reported("batch_pinned"));
    CHECK(other.node("rnn").inputs()[3].node == other.node("len/read").id());
  }
  SUBCASE("not where lengths differ") {
    MiniGraph other(kCell + "len/read = Const {dtype: int32, value: int32 [] 7 7 6 7}\n" + kStates + kRnn + "out = Relu(rnn) {T: float}");
    REQUIRE(other.Run(Pass({}, unpin)).ok());
    CHECK(other.Reported("batch_pinned"));
    CHECK_FALSE(other.Reported("batch_unpinned"));
  }
  SUBCASE("not where a state has numbers of its own") {
    std::string states = kStates;
    states.replace(states.find("float_val: 0"), 12, "float_val: 1 float_val: 2");
    MiniGraph other(kCell + lengths + states + kRnn + "out = Relu(rnn) {T: float}");
    REQUIRE(other.Run(Pass({}, unpin)).ok());
    CHECK(other.Reported("batch_pinned"));
    CHECK_FALSE(other.Reported("batch_unpinned"));
  }
  SUBCASE("not while the lengths are a variable") {
    MiniGraph other(kCell + kLengths + kStates + kRnn + "out = Relu(rnn) {T: float}");
    REQUIRE(other.Run(Pass({}, unpin)).ok());
    CHECK(other.Reported("batch_pinned"));
  }
}

TEST_CASE("what is fed is left to SwapPlaceholders (I5)") {
  for (const char* op : {"GetNext", "AdpGetNext", "DynamicGetNextV2", "GetNextFromQueue", "QueueData", "Dequeue", "OutfeedDequeueOp"}) {
    MiniGraph graph(std::string("g = ") + op + "\nout = Relu(g) {T: float}");
    REQUIRE(graph.Run(Pass()).ok());
    CHECK(graph.Reported("input_left"));
    CHECK(graph.node("g").op() == op);
  }
}

namespace {

const std::string kNet = R"(
  function {
    signature { name: "net" input_arg { name: "x" type: DT_FLOAT } output_arg { name: "y" type: DT_FLOAT } }
    node_def { name: "d" op: "DropOutDoMask" input: "x" input: "x" input: "x" attr { key: "T" value { type: DT_FLOAT } } }
    node_def { name: "r" op: "Relu" input: "d:y:0" attr { key: "T" value { type: DT_FLOAT } } }
    ret { key: "y" value: "r:activations:0" }
  })";
const std::string kGeOp = R"(
  x = Placeholder {dtype: float}
  ge = GeOp(x) {Tin: list { type: DT_FLOAT }, Tout: list { type: DT_FLOAT }, function: func { name: "net" }}
  out = Identity(ge) {T: float}
)";

}  // namespace

TEST_CASE("a function that the adapter has wrapped comes into the graph") {
  MiniGraph graph(kGeOp, kNet);
  REQUIRE(graph.Run(Pass()).ok());
  CHECK(graph.Reported("function_inlined"));
  CHECK(graph.Text({"out"}) == "x = Placeholder()\nout = Identity(ge/r)\nge/r = Relu(x)\n");
  SUBCASE("if it is there") {
    MiniGraph bare(kGeOp);
    const std::string message(bare.Run(Pass()).message());
    CHECK(message.find("node 'ge' (GeOp): the network lies in function 'net', which the graph does not hold") != std::string::npos);
    CHECK(message.find("freeze the .meta") != std::string::npos);
  }
  SUBCASE("and does not wrap itself") {
    std::string nested = kNet;
    nested.replace(nested.find("DropOutDoMask"), 13, "GeOp");
    MiniGraph graph2(kGeOp, nested);
    CHECK(graph2.Run(Pass()).code() == absl::StatusCode::kFailedPrecondition);
  }
}

TEST_CASE("ordinary ops stay as they are") {
  const std::string lines = kX + "g = FastGelu(x) {T: float}\n n = FusedLayerNorm(g, x, x) {T: float}\n out = PRelu(n, x) {T: float}\n";
  MiniGraph graph(lines);
  REQUIRE(graph.Run(Pass()).ok());
  CHECK(graph.reports() == 0);
  CHECK(graph.Text({"out"}) == "x = Placeholder()\ng = FastGelu(x)\nn = FusedLayerNorm(g, x, x)\nout = PRelu(n, x)\n");
  MiniGraph random("m = RandomChoiceWithMask\no = LoadAndExecuteOm\nf = FileConstant");
  REQUIRE(random.Run(Pass()).ok());
  CHECK(random.Reported("random_sampling"));
  CHECK(random.Reported("nested_model"));
  CHECK(random.Reported("file_constant"));
}

TEST_CASE("an application's handler replaces a built-in one") {
  MiniGraph graph(kX + "t = EmbeddingTableFind(x)\n out = Identity(t) {T: float}");
  REQUIRE(graph.Run(HandleOps{{npu::Handlers{}, MyTable{}}}).ok());
  CHECK(graph.Reported("handler_overridden"));
  CHECK(graph.Text({"out"}) == "t = Placeholder()\nout = Identity(t)\n");
}

TEST_CASE("graphs that are no graphs do not crash the handlers") {
  std::string lines;
  int i = 0;
  for (const npu::OpInfo& op : npu::kOpTable) lines += "n" + std::to_string(i++) + " = " + std::string(op.name) + "\n";
  MiniGraph graph(lines);
  static_cast<void>(graph.Run(Pass()));
  for (const npu::OpInfo& op : npu::kOpTable) {
    MiniGraph self("n = " + std::string(op.name) + "(n, n:1, gone, ^n)\nout = Relu(n, n:7, ^n) {T: float}");
    static_cast<void>(self.Run(Pass()));
    static_cast<void>(self.Run(Pass({"out"}, {1, true})));
  }
}
