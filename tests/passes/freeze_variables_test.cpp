// Writes to variables at inference: which ones go, and which ones would change a result. (What becomes of variables
// otherwise is tested with the Freezer.)
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <graphfreeze/passes/freeze_variables.hpp>
#include <graphfreeze/passes/prune.hpp>

#include "mini_graph.hpp"

namespace gf = graphfreeze;

namespace {

// Freezes a variable "seed" of value 7 and gives what "y" needs afterwards, or the error.
std::string Frozen(const std::string& lines) {
  MiniGraph mini(lines);
  gf::FreezeVariables freeze;
  const absl::StatusOr<std::string> bytes = gf::TextToBinary("TensorProto", "dtype: DT_INT32 tensor_shape {} int_val: 7");
  REQUIRE(bytes.ok());
  const absl::StatusOr<gf::TensorView> value = gf::ParseTensorProto(*bytes, nullptr);
  REQUIRE(value.ok());
  freeze.values.emplace("seed", *value);
  gf::PassContext context;
  context.outputs = {"y"};
  const absl::Status status = gf::Run(mini.graph(), context, gf::Prune{{"y"}, {}}, freeze);
  return status.ok() ? mini.Text({"y"}) : std::string(status.message());
}

// The seed of a random op that is off at inference: read and advanced twice, and no output asks for it.
const std::string kSeed = R"(
  x = Placeholder {dtype: float}
  seed = VarHandleOp {dtype: int32, shape: shape { }}
  one = Const {dtype: int32, value: int32 1}
  read = ReadVariableOp(seed) {dtype: int32}
  next = AddV2(read, one) {T: int32}
  advance = AssignVariableOp(seed, next) {dtype: int32}
  read_1 = ReadVariableOp(seed, ^advance) {dtype: int32}
  next_1 = AddV2(read_1, one) {T: int32}
  advance_1 = AssignVariableOp(seed, next_1) {dtype: int32}
  all = NoOp(^read, ^advance, ^read_1, ^advance_1)
)";

}  // namespace

TEST_CASE("a seed that is advanced at inference goes when no output depends on what is read") {
  const std::string text = Frozen(kSeed + "y = Identity(x, ^all) {T: float}");
  CHECK(text.find("y = Identity(x, ^all)") != std::string::npos);
  CHECK(text.find("Assign") == std::string::npos);
}

TEST_CASE("a read after the write is an error when an output depends on it") {
  CHECK(Frozen(kSeed + "cast = Cast(read_1) {SrcT: int32, DstT: float}\ny = Mul(x, cast, ^all) {T: float}")
            .find("'read_1' (ReadVariableOp) reads afterwards") != std::string::npos);
}

TEST_CASE("what a print shows counts like an output") {
  CHECK(Frozen(kSeed + "text = AsString(read_1) {T: int32}\nprint = PrintV2(text)\ny = Identity(x, ^all, ^print) {T: float}")
            .find("'read_1' (ReadVariableOp) reads afterwards") != std::string::npos);
}
