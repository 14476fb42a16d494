// Outputs in another type, under their own names where that can be.
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graphfreeze/passes/cast_outputs.hpp>

#include "mini_graph.hpp"

using graphfreeze::CastOutputs;
using graphfreeze::DataType;

namespace {

const std::string kHead = "x = Placeholder {dtype: float}\naxis = Const {dtype: int32, value: int32 1}\n";
const std::string kArgMax = kHead + "argmax = ArgMax(x, axis) {T: float, Tidx: int32}\n";

// Runs it twice: the second time nothing is left to do.
void RunTwice(MiniGraph& graph, const CastOutputs& pass) {
  REQUIRE(graph.Run(pass).ok());
  const std::size_t before = graph.changes();
  REQUIRE(graph.Run(pass).ok());
  CHECK(graph.changes() == before);
}

}  // namespace

TEST_CASE("ArgMax gives int32 itself, under its own name") {
  MiniGraph graph(kArgMax);
  RunTwice(graph, {{{"argmax", DataType::kInt32}}});
  CHECK(graph.node("argmax").attr("output_type").type() == DataType::kInt32);
  CHECK(graph.Reported("output_type_set"));
  CHECK(graph.Text({"argmax"}) == "x = Placeholder()\naxis = Const()\nargmax = ArgMax(x, axis)\n");
}

TEST_CASE("who else takes it goes on getting int64") {
  MiniGraph graph(kArgMax + "other = Neg(argmax, ^argmax) {T: int64}");
  RunTwice(graph, {{{"argmax:0", DataType::kInt32}}});
  CHECK(graph.Text({"argmax", "other"}) ==
        "x = Placeholder()\naxis = Const()\nargmax = ArgMax(x, axis)\nother = Neg(argmax/int64, ^argmax)\n"
        "argmax/int64 = Cast(argmax)\n");
  CHECK(graph.node("argmax/int64").attr("SrcT").type() == DataType::kInt32);
  CHECK(graph.node("argmax/int64").attr("DstT").type() == DataType::kInt64);
}

TEST_CASE("an Identity becomes the Cast") {
  MiniGraph graph(kArgMax + "out = Identity(argmax) {T: int64}\nother = Neg(out) {T: int64}");
  RunTwice(graph, {{{"out", DataType::kInt32}}});
  CHECK(graph.Reported("output_cast"));
  CHECK(graph.Text({"out", "other"}) ==
        "x = Placeholder()\naxis = Const()\nargmax = ArgMax(x, axis)\nout = Cast(argmax)\nother = Neg(argmax)\n");
  CHECK(graph.node("out").attr("SrcT").type() == DataType::kInt64);
  CHECK(graph.node("out").attr("DstT").type() == DataType::kInt32);
  SUBCASE("unless others take it for what it waits for") {
    MiniGraph waits(kArgMax + "out = Identity(argmax, ^x) {T: int64}\nother = Neg(out) {T: int64}");
    RunTwice(waits, {{{"out", DataType::kInt32}}});
    CHECK(waits.Reported("output_cast_added"));
    CHECK(waits.node("out").op() == "Identity");
  }
}

TEST_CASE("any other node gets a Cast behind it, whose name is reported") {
  std::vector<std::pair<std::string, std::string>> renamed;
  MiniGraph graph(kHead + "k = Const {dtype: int32, value: int32 3}\nprobs = Softmax(x) {T: float}\ntop = TopKV2(x, k) {T: float}\n"
                          "probs/float16_1 = NoOp");
  RunTwice(graph, {{{"probs", DataType::kHalf}, {"top:1", DataType::kInt64}, {"top", DataType::kFloat}}, &renamed});
  REQUIRE(renamed.size() == 4);  // of two runs
  CHECK(renamed[0] == std::make_pair(std::string("probs"), std::string("probs/float16")));
  CHECK(renamed[1] == std::make_pair(std::string("top:1"), std::string("top_1/int64")));
  CHECK(renamed[2] == renamed[0]);
  CHECK(graph.Text({"probs/float16", "top_1/int64"}).find("top_1/int64 = Cast(top:1)\n") != std::string::npos);
}

TEST_CASE("what cannot be cast is an error that names the output") {
  MiniGraph graph(kArgMax + "s = Placeholder {dtype: string}\nu = Unknown(x)");
  CHECK(graph.Run(CastOutputs{{{"gone", DataType::kInt32}}}).code() == absl::StatusCode::kNotFound);
  CHECK(std::string(graph.Run(CastOutputs{{{"s", DataType::kInt32}}}).message()).find("output 's'") != std::string::npos);
  CHECK_FALSE(graph.Run(CastOutputs{{{"argmax", DataType::kString}}}).ok());
  CHECK(graph.Run(CastOutputs{{{"u", DataType::kInt32}}}).code() == absl::StatusCode::kFailedPrecondition);
}

TEST_CASE("the setting as text") {
  CHECK(*CastOutputs::Parse("argmax=int32") == std::make_pair(std::string("argmax"), DataType::kInt32));
  CHECK(CastOutputs::Parse("a:1=float")->second == DataType::kFloat);
  for (const char* wrong : {"argmax", "=int32", "argmax=", "argmax=int33", ""}) CHECK_FALSE(CastOutputs::Parse(wrong).ok());
}
