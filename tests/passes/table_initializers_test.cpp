// Tables: what fills those that outputs look up stays, everything else that happens at load time goes.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <graphfreeze/passes/table_initializers.hpp>

#include "mini_graph.hpp"

namespace gf = graphfreeze;

namespace {

const std::string kLines = R"(
  words = Placeholder {dtype: string}
  path = Placeholder {dtype: string}
  table = HashTableV2 {key_dtype: string, value_dtype: int64}
  handle = Identity(table) {T: resource}
  default = Const {dtype: int64, value: int64 0}
  y = LookupTableFindV2(table, words, default) {Tin: string, Tout: int64}
  fill = InitializeTableFromTextFileV2(handle, path)
  other = HashTableV2 {key_dtype: string, value_dtype: int64}
  keys = Const {dtype: string, value: string [] "a"}
  values = Const {dtype: int64, value: int64 [] 1}
  fill_other = LookupTableImportV2(other, keys, values) {Tin: string, Tout: int64}
  counter = VarHandleOp {dtype: int64}
  reset = AssignVariableOp(counter, default) {dtype: int64}
  tables = NoOp(^fill, ^fill_other)
  init = NoOp(^tables, ^reset)
)";

}  // namespace

TEST_CASE("the init op fills only the tables that outputs look up") {
  MiniGraph mini(kLines);
  std::vector<gf::InitializedTable> tables;
  const gf::TableInitializers pass{"init", {"y"}, &tables};
  REQUIRE(mini.Run(pass).ok());
  REQUIRE(tables.size() == 1);
  CHECK(tables[0].table == "table");
  CHECK(tables[0].initializer == "fill");
  const std::size_t reports = mini.reports();
  REQUIRE(mini.Run(pass).ok());
  CHECK(mini.reports() == reports);
  CHECK(mini.Text({"y", "init"}) ==
        "words = Placeholder()\npath = Placeholder()\ntable = HashTableV2()\nhandle = Identity(table)\ndefault = Const()\n"
        "y = LookupTableFindV2(table, words, default)\nfill = InitializeTableFromTextFileV2(handle, path)\ninit = NoOp(^fill)\n");
}

TEST_CASE("a table that nothing fills is worth a warning") {
  MiniGraph mini(kLines);
  REQUIRE(mini.Run(gf::TableInitializers{"reset", {"y"}, nullptr}).ok());
  CHECK(mini.Reported("table_without_initializer"));
  MiniGraph without(kLines);
  REQUIRE(without.Run(gf::TableInitializers{"", {"y"}, nullptr}).ok());
  CHECK(without.Reported("table_without_initializer"));
}

TEST_CASE("a model that needs no table needs no init op") {
  MiniGraph mini(kLines);
  std::vector<gf::InitializedTable> tables;
  REQUIRE(mini.Run(gf::TableInitializers{"init", {"default"}, &tables}).ok());
  CHECK(tables.empty());
  CHECK(mini.Text({"init"}) == "init = NoOp()\n");
}

TEST_CASE("nodes with one shared name are one table, in functions too") {
  const std::string lines = R"(
  x = Placeholder {dtype: string}
  default = Const {dtype: int64, value: int64 0}
  here = HashTableV2 {key_dtype: string, value_dtype: int64, shared_name: "words"}
  other = HashTableV2 {key_dtype: string, value_dtype: int64, shared_name: "others"}
  keys = Const {dtype: string, value: string [] "a"}
  values = Const {dtype: int64, value: int64 [] 1}
  fill = LookupTableImportV2(here, keys, values) {Tin: string, Tout: int64}
  fill_other = LookupTableImportV2(other, keys, values) {Tin: string, Tout: int64}
  init = NoOp(^fill, ^fill_other)
  y = MapDefun(x) {f: func { name: "look_up" }}
  there = HashTableV2 {key_dtype: string, value_dtype: int64, shared_name: "words"}
  z = LookupTableFindV2(there, x, default) {Tin: string, Tout: int64}
)";
  const std::string function =
      "function { signature { name: 'look_up' input_arg { name: 'x' type: DT_STRING } output_arg { name: 'y' type: DT_INT64 } } "
      "node_def { name: 'inside' op: 'HashTableV2' attr { key: 'shared_name' value { s: '%s' } } } ret { key: 'y' value: 'x' } }\n";
  const auto text = [&](const std::string& name) { return std::string(function).replace(function.find("%s"), 2, name); };
  for (const char* output : {"y", "z"}) {
    MiniGraph mini(lines, text("words"));
    std::vector<gf::InitializedTable> tables;
    REQUIRE(mini.Run(gf::TableInitializers{"init", {output}, &tables}).ok());
    REQUIRE(tables.size() == 1);
    CHECK(tables[0].initializer == "fill");
    CHECK_FALSE(mini.Reported("table_without_initializer"));
  }
  MiniGraph nobody(lines, text("nobody"));
  REQUIRE(nobody.Run(gf::TableInitializers{"init", {"y"}, nullptr}).ok());
  CHECK(nobody.Reported("table_without_initializer"));
}

TEST_CASE("what is in the checkpoint and what the init op fills are not mixed") {
  const std::string lines = R"(
  x = Placeholder {dtype: string}
  default = Const {dtype: int64, value: int64 0}
  table = MutableHashTableV2 {key_dtype: string, value_dtype: int64}
  y = LookupTableFindV2(table, x, default) {Tin: string, Tout: int64}
  keys = Const {dtype: string, value: string [] "a"}
  values = Const {dtype: int64, value: int64 [] 1}
  fill = LookupTableInsertV2(table, keys, values) {Tin: string, Tout: int64}
  more = LookupTableInsertV2(table, keys, values, ^fill) {Tin: string, Tout: int64}
)";
  MiniGraph twice(lines + "init = NoOp(^fill, ^more)\n");
  REQUIRE(twice.Run(gf::TableInitializers{"init", {"y"}, nullptr}).ok());
  MiniGraph mixed(lines + "table/restore = LookupTableImportV2(table, keys, values) {Tin: string, Tout: int64}\n"
                          "init = NoOp(^fill, ^table/restore)\n");
  const absl::Status status = mixed.Run(gf::TableInitializers{"init", {"y"}, nullptr});
  REQUIRE_FALSE(status.ok());
  CHECK(std::string(status.message()).find("'table' is filled from the checkpoint and by 'fill'") != std::string::npos);
}

TEST_CASE("paths of assets are bound to placeholders and constants, and to nothing else") {
  MiniGraph mini(kLines);
  const gf::BindAssets pass{{{"path:0", "assets/vocab.txt"}, {"gone:0", "x"}}};
  REQUIRE(mini.Run(pass).ok());
  CHECK(mini.node("path").op() == "Const");
  CHECK(mini.node("path").attr("dtype").type() == gf::DataType::kString);
  const auto value = gf::ParseTensorProto(mini.node("path").attr("value").tensor(), nullptr);
  REQUIRE(value.ok());
  CHECK(value->shape() == gf::Shape());
  CHECK(value->strings()[0] == "assets/vocab.txt");
  const std::size_t reports = mini.reports();
  REQUIRE(mini.Run(pass).ok());
  CHECK(mini.reports() == reports);
  CHECK_FALSE(mini.Run(gf::BindAssets{{{"table:0", "x"}}}).ok());
}
