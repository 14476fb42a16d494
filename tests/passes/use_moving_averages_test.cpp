// Moving averages take the place of the variables that they are averages of, where somebody asked for them.
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graphfreeze/model/variable_keys.hpp>
#include <graphfreeze/passes/use_moving_averages.hpp>

#include "mini_graph.hpp"

using graphfreeze::DataType;
using graphfreeze::RestoreMap;
using graphfreeze::Shape;
using graphfreeze::TensorStore;
using graphfreeze::TensorView;
using graphfreeze::UseMovingAverages;
using graphfreeze::VariableKeys;

namespace {

// A checkpoint of float vectors of two, except those of `other` types and shapes.
std::shared_ptr<VariableKeys> Keys(MiniGraph& graph, const std::vector<std::string>& names,
                                   const std::map<std::string, TensorView>& other = {}) {
  static const char kZeros[64] = {};
  std::map<std::string, TensorView, std::less<>> tensors(other.begin(), other.end());
  for (const std::string& name : names) {
    tensors.emplace(name, TensorView(DataType::kFloat, Shape({2}), std::string_view(kZeros, 8), nullptr));
  }
  absl::StatusOr<RestoreMap> map = RestoreMap::Read(graph.graph(), "");
  REQUIRE(map.ok());
  return graph.context().keys = std::make_shared<VariableKeys>(TensorStore(std::move(tensors)), *std::move(map));
}

// "key (found_by)" of a variable; "none", or the error.
std::string KeyOf(MiniGraph& graph, VariableKeys& keys, std::string_view variable) {
  const auto key = keys.Find(graph.node(variable));
  if (!key.ok()) return std::string(key.status().message());
  return *key ? (*key)->key + " (" + std::string((*key)->found_by) + ")" : "none";
}

const std::string kTwo = "{dtype: float, shape: shape { dim { size: 2 } }}\n";
const std::string kVariables = "v = VariableV2 " + kTwo + "w = VarHandleOp " + kTwo + "bn/moving_mean = VarHandleOp " + kTwo;

}  // namespace

TEST_CASE("variables get the keys of their moving averages, where there are any") {
  MiniGraph graph(kVariables);
  const auto keys = Keys(graph, {"v", "v/ExponentialMovingAverage", "w", "w/ExponentialMovingAverage", "bn/moving_mean"});
  REQUIRE(graph.Run(UseMovingAverages{}).ok());
  CHECK(KeyOf(graph, *keys, "v") == "v/ExponentialMovingAverage (moving_average)");
  CHECK(KeyOf(graph, *keys, "w") == "w/ExponentialMovingAverage (moving_average)");
  CHECK(KeyOf(graph, *keys, "bn/moving_mean") == "bn/moving_mean (name)");
  CHECK(graph.Reported("moving_average"));
  CHECK(graph.Reported("no_moving_average"));
  SUBCASE("once: a second run changes nothing") {
    const std::size_t changes = graph.changes();
    REQUIRE(graph.Run(UseMovingAverages{}).ok());
    CHECK(graph.changes() == changes);
    CHECK(KeyOf(graph, *keys, "v") == "v/ExponentialMovingAverage (moving_average)");
  }
}

TEST_CASE("averages of moving statistics are taken, too, when training kept them") {
  MiniGraph graph(kVariables);
  const auto keys = Keys(graph, {"bn/moving_mean", "bn/moving_mean/ExponentialMovingAverage"});
  REQUIRE(graph.Run(UseMovingAverages{}).ok());
  CHECK(KeyOf(graph, *keys, "bn/moving_mean") == "bn/moving_mean/ExponentialMovingAverage (moving_average)");
}

TEST_CASE("averages of other names are found by a template, or by a suffix") {
  for (const std::string name : {"{}/slow", "slow"}) {
    MiniGraph graph(kVariables);
    const auto keys = Keys(graph, {"v", "v/slow", "v/ExponentialMovingAverage"});
  UseMovingAverages pass;
    pass.names = {name};
    REQUIRE(graph.Run(pass).ok());
    CHECK(KeyOf(graph, *keys, "v") == "v/slow (moving_average)");
  }
  MiniGraph graph(kVariables);
  const auto keys = Keys(graph, {"v", "averages/v"});
  UseMovingAverages pass;
  pass.names = {"{}/average", "averages/{}"};
  REQUIRE(graph.Run(pass).ok());
  CHECK(KeyOf(graph, *keys, "v") == "averages/v (moving_average)");
}

TEST_CASE("an average of another type or shape is not the variable's") {
  static const char kZeros[64] = {};
  const TensorView three(DataType::kFloat, Shape({3}), std::string_view(kZeros, 12), nullptr);
  const TensorView half(DataType::kHalf, Shape({2}), std::string_view(kZeros, 4), nullptr);
  MiniGraph graph(kVariables + "any = VarHandleOp {dtype: float, shape: shape { unknown_rank: true }}\n");
  const auto keys = Keys(graph, {"v", "w", "any"},
                         {{"v/ExponentialMovingAverage", three}, {"w/ExponentialMovingAverage", half}, {"any/ExponentialMovingAverage", three}});
  REQUIRE(graph.Run(UseMovingAverages{}).ok());
  CHECK(KeyOf(graph, *keys, "v") == "v (name)");
  CHECK(KeyOf(graph, *keys, "w") == "w (name)");
  CHECK(KeyOf(graph, *keys, "any") == "any (name)");
  CHECK(graph.Reported("moving_average_differs"));
}

TEST_CASE("a variable whose own value is not in the checkpoint takes its average all the same") {
  MiniGraph graph(kVariables);
  const auto keys = Keys(graph, {"v/ExponentialMovingAverage"});
  REQUIRE(graph.Run(UseMovingAverages{}).ok());
  CHECK(KeyOf(graph, *keys, "v") == "v/ExponentialMovingAverage (moving_average)");
  CHECK(KeyOf(graph, *keys, "w") == "none");
}

TEST_CASE("what the saver says of the shadow counts") {
  const std::string restore =
      "file = Const {dtype: string, value: string \"f\"}\n names = Const {dtype: string, value: string [] \"own\" \"shadow\"}\n"
      "slices = Const {dtype: string, value: string [] \"\" \"\"}\n restore = RestoreV2(file, names, slices)\n";
  const std::string shadow = "v/ExponentialMovingAverage = VariableV2 " + kTwo;
  SUBCASE("its key, where the saver renames") {
    MiniGraph graph(kVariables + shadow + restore + "a = Assign(v, restore)\n b = Assign(v/ExponentialMovingAverage, restore:1)\n");
    const auto keys = Keys(graph, {"own", "shadow", "v/ExponentialMovingAverage"});
    REQUIRE(graph.Run(UseMovingAverages{}).ok());
    CHECK(KeyOf(graph, *keys, "v") == "shadow (moving_average)");
  }
  SUBCASE("and where one saver reads the variable and another its average, the average is meant") {
    MiniGraph graph(kVariables +
                    "file = Const {dtype: string, value: string \"f\"}\n names = Const {dtype: string, value: string [] \"v\" "
                    "\"v/ExponentialMovingAverage\"}\n slices = Const {dtype: string, value: string [] \"\" \"\"}\n"
                    "restore = RestoreV2(file, names, slices)\n a = Assign(v, restore)\n b = Assign(v, restore:1)\n");
    const auto keys = Keys(graph, {"v", "v/ExponentialMovingAverage"});
    CHECK(KeyOf(graph, *keys, "v").find("disagree") != std::string::npos);
    REQUIRE(graph.Run(UseMovingAverages{}).ok());
    CHECK(KeyOf(graph, *keys, "v") == "v/ExponentialMovingAverage (moving_average)");
  }
  SUBCASE("a saver that reads averages already needs no help") {
    MiniGraph graph(kVariables +
                    "file = Const {dtype: string, value: string \"f\"}\n names = Const {dtype: string, value: string [] "
                    "\"v/ExponentialMovingAverage\"}\n slices = Const {dtype: string, value: string [] \"\"}\n"
                    "restore = RestoreV2(file, names, slices)\n a = Assign(v, restore)\n");
    const auto keys = Keys(graph, {"v/ExponentialMovingAverage"});
    REQUIRE(graph.Run(UseMovingAverages{}).ok());
    CHECK(graph.changes() == 0);
    CHECK(KeyOf(graph, *keys, "v") == "v/ExponentialMovingAverage (saver)");
    graphfreeze::PassContext context;
    REQUIRE(graphfreeze::WarnOfMovingAverages(graph.graph(), *keys, context).ok());
    CHECK(context.report.empty());
  }
}

TEST_CASE("parts of a partitioned variable take the same parts of its average") {
  const std::string half = "{dtype: float, shape: shape { dim { size: 1 } }}\n";
  MiniGraph graph("w/part_0 = VarHandleOp " + half + "w/part_1 = VarHandleOp " + half);
  const auto keys = Keys(graph, {"w", "w/ExponentialMovingAverage"});
  const auto own = keys->Find(graph.node("w/part_1"));
  REQUIRE(own.ok());
  REQUIRE(own->has_value());
  REQUIRE(graph.Run(UseMovingAverages{}).ok());
  CHECK(KeyOf(graph, *keys, "w/part_1") == "w/ExponentialMovingAverage (moving_average)");
  CHECK((*keys->Find(graph.node("w/part_1")))->slice == (*own)->slice);
}

TEST_CASE("variables inside functions take their averages") {
  MiniGraph graph("x = Placeholder {dtype: float}\n",
                  "function { signature { name: \"f\" } node_def { name: \"v\" op: \"VarHandleOp\" attr { key: \"dtype\" value { type: DT_FLOAT "
                  "} } attr { key: \"shape\" value { shape { dim { size: 2 } } } } } }");
  const auto keys = Keys(graph, {"v", "v/ExponentialMovingAverage"});
  REQUIRE(graph.Run(UseMovingAverages{}).ok());
  CHECK(keys->FindOverride("v") != nullptr);
}

TEST_CASE("excluded variables keep their values, and where no average exists there is a warning") {
  MiniGraph graph(kVariables);
  const auto keys = Keys(graph, {"v", "v/ExponentialMovingAverage"});
  UseMovingAverages pass;
  pass.exclude = {"v*"};
  REQUIRE(graph.Run(pass).ok());
  CHECK(graph.Reported("excluded"));
  CHECK(KeyOf(graph, *keys, "v") == "v (name)");
  CHECK(graph.Reported("no_moving_averages"));
  CHECK(MiniGraph(kVariables).Run(UseMovingAverages{}).code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("averages that nobody asked for are a warning") {
  MiniGraph graph(kVariables);
  const auto keys = Keys(graph, {"v", "v/ExponentialMovingAverage", "w", "x/ExponentialMovingAverage"});
  graphfreeze::PassContext context;
  REQUIRE(graphfreeze::WarnOfMovingAverages(graph.graph(), *keys, context).ok());
  REQUIRE(context.report.size() == 1);
  CHECK(context.report[0].code == "moving_averages_exist");
  CHECK(context.report[0].text.find("1 variable has") == 0);
  REQUIRE(graph.Run(UseMovingAverages{}).ok());
  REQUIRE(graphfreeze::WarnOfMovingAverages(graph.graph(), *keys, context).ok());
  CHECK(context.report.size() == 1);
}
