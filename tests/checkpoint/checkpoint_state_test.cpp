#include <graphfreeze/checkpoint/checkpoint_state.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

using graphfreeze::CheckpointState;

TEST_CASE("the latest and all checkpoints are read from a state file") {
  const auto state = CheckpointState::Parse(
      "model_checkpoint_path: \"ckpt-3\"\n"
      "all_model_checkpoint_paths: \"ckpt-2\"\n"
      "all_model_checkpoint_paths: \"ckpt-3\"\n"
      "all_model_checkpoint_timestamps: 1700000000.5\n"
      "last_preserved_timestamp: 1.7e9\n");
  REQUIRE(state.ok());
  CHECK(state->latest == "ckpt-3");
  CHECK(state->all == std::vector<std::string>{"ckpt-2", "ckpt-3"});
}

TEST_CASE("escapes, quotes, comments, lists and joined literals are text format's") {
  const auto state = CheckpointState::Parse(
      "# written by hand\n"
      "all_model_checkpoint_paths: ['a', \"b\" 'c'] ; model_checkpoint_path : 'x\\\\y\\'z\\\"\\n\\t\\101\\x41\\u00fc' "
      "\"tail\" # the end");
  REQUIRE_MESSAGE(state.ok(), state.status().ToString());
  CHECK(state->latest == "x\\y'z\"\n\tAA\xc3\xbctail");
  CHECK(state->all == std::vector<std::string>{"a", "bc"});
}

TEST_CASE("fields that are not known are stepped over, nested ones too") {
  const auto state = CheckpointState::Parse(
      "future { deep: { a: 1 b: [ 'x}', { c: -inf } ] } t < u: 'v' > }\nmodel_checkpoint_path: 'm'");
  REQUIRE_MESSAGE(state.ok(), state.status().ToString());
  CHECK(state->latest == "m");
  CHECK(CheckpointState::Parse(std::string("a ") + std::string(100000, '{')).status().code() ==
        absl::StatusCode::kInvalidArgument);
}

TEST_CASE("malformed state files are errors that name the line") {
  for (const char* bad : {"model_checkpoint_path \"x\"", "model_checkpoint_path: x", "model_checkpoint_path: \"x",
                          "model_checkpoint_path: \"x\ny\"", "model_checkpoint_path: \"\\q\"",
                          "model_checkpoint_path: \"\\400\"", "model_checkpoint_path: \"\\ud800\"", "\x08\x01",
                          "other:", "other: {", "all_model_checkpoint_paths: [\"a\"", ":", "model_checkpoint_path: \"\\"}) {
    CAPTURE(bad);
    const auto state = CheckpointState::Parse(bad);
    CHECK(state.status().code() == absl::StatusCode::kInvalidArgument);
  }
  CHECK(std::string(CheckpointState::Parse("\n\nmodel_checkpoint_path: 5").status().message()).find("line 3") !=
        std::string::npos);
  CHECK(CheckpointState::Parse("")->latest.empty());
}
