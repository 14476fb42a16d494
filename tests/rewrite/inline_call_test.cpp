#include <doctest/doctest.h>

#include <string>

#include <graphfreeze/graph/graph_writer.hpp>
#include <graphfreeze/io/segments.hpp>
#include <graphfreeze/rewrite/inline_call.hpp>

#include "../passes/mini_graph.hpp"

using namespace graphfreeze;

namespace {

// double(a) = a + a, with a node that must run; pair(a, b) = (b, double(a)).
const char* const kFunctions = R"(
  function {
    signature { name: "double" input_arg { name: "a" type: DT_FLOAT } output_arg { name: "sum" type: DT_FLOAT } }
    node_def { name: "two" op: "Const" attr { key: "dtype" value { type: DT_FLOAT } } }
    node_def { name: "add" op: "AddV2" input: "a" input: "a" input: "^two" attr { key: "T" value { type: DT_FLOAT } } device: "/cpu:0" }
    node_def { name: "print" op: "PrintV2" input: "^add" }
    ret { key: "sum" value: "add:z:0" }
    control_ret { key: "print" value: "print" }
  }
  function {
    signature { name: "pair" input_arg { name: "a" type: DT_FLOAT } input_arg { name: "b" type: DT_FLOAT }
                output_arg { name: "first" type: DT_FLOAT } output_arg { name: "second" type: DT_FLOAT } }
    node_def { name: "call" op: "PartitionedCall" input: "a"
               attr { key: "f" value { func { name: "double" } } }
               attr { key: "Tin" value { list { type: DT_FLOAT } } } attr { key: "Tout" value { list { type: DT_FLOAT } } } }
    ret { key: "first" value: "b" }
    ret { key: "second" value: "call:output:0" }
    arg_attr { key: 0 value { attr { key: "_of_a" value { i: 1 } } } }
    arg_attr { key: 1 value { attr { key: "_of_b" value { i: 2 } } } }
  }
)";
const char* const kCaller = R"(
  x = Placeholder {dtype: float}
  y = Placeholder {dtype: float}
  call = PartitionedCall(x, y) {f: func { name: "pair" }, Tin: list { type: [DT_FLOAT, DT_FLOAT] }, Tout: list { type: [DT_FLOAT, DT_FLOAT] }}
  out = Sub(call, call:1) {T: float}
)";

absl::Status Inline(MiniGraph& mini, Body& body, std::string_view body_name, std::string_view call, std::string_view function) {
  PassContext context;
  Rewriter rewriter(mini.graph(), body, body_name, context, "test");
  return InlineCall(mini.graph(), rewriter, {body.Find(call), mini.graph().FindFunction(function), {}, 0}, context);
}

std::string Written(const Graph& graph) {
  SegmentList list;
  WriteGraph(graph, &list);
  std::string bytes;
  CHECK(list.ForEachChunk(1 << 20, [&](std::string_view chunk) {
    bytes += chunk;
    return absl::OkStatus();
  }).ok());
  return bytes;
}

}  // namespace

TEST_CASE("a call in the main graph becomes the nodes of its function, and its name stays") {
  MiniGraph mini(kCaller, kFunctions);
  REQUIRE(Inline(mini, mini.graph().main(), "", "call", "pair").ok());
  CHECK(MiniGraph::Text(mini.graph().main()) ==
        "x = Placeholder()\n"
        "y = Placeholder()\n"
        "call = IdentityN(y, call/call)\n"
        "out = Sub(y, call/call)\n"
        "call/call = PartitionedCall(x)\n");

  SUBCASE("and so do calls in what was inlined") {
    REQUIRE(Inline(mini, mini.graph().main(), "", "call/call", "double").ok());
    CHECK(MiniGraph::Text(mini.graph().main()) ==
          "x = Placeholder()\n"
          "y = Placeholder()\n"
          "call = IdentityN(y, call/call/add)\n"
          "out = Sub(y, call/call/add)\n"
          "call/call = Identity(call/call/add, ^call/call/print)\n"
          "call/call/two = Const()\n"
          "call/call/add = AddV2(x, x, ^call/call/two)\n"
          "call/call/print = PrintV2(^call/call/add)\n");
    CHECK(mini.node("call/call/add").device() == "/cpu:0");
    CHECK(mini.node("call/call/add").attr("T").type() == DataType::kFloat);
  }
}

TEST_CASE("a call in a function names output arguments") {
  MiniGraph mini(kCaller, kFunctions);
  Function& pair = mini.graph().function(mini.graph().FindFunction("pair"));
  REQUIRE(Inline(mini, pair.body, "pair", "call", "double").ok());
  CHECK(MiniGraph::Text(pair.body) ==
        "call = Identity(call/add:z:0, ^call/print)\n"
        "call/two = Const()\n"
        "call/add = AddV2(a, a, ^call/two)\n"
        "call/print = PrintV2(^call/add)\n");
  CHECK(pair.body.Spell(pair.body.inputs(pair.result(1))[0]) == "call/add:z:0");
}

TEST_CASE("a function that calls itself, and a call with the wrong number of arguments, are refused") {
  MiniGraph mini(R"(
    x = Placeholder {dtype: float}
    call = PartitionedCall(x) {f: func { name: "pair" }}
  )", kFunctions);
  CHECK(Inline(mini, mini.graph().main(), "", "call", "pair").code() == absl::StatusCode::kInvalidArgument);
  Body& body = mini.graph().function(mini.graph().FindFunction("double")).body;
  CHECK_FALSE(Inline(mini, body, "double", "add", "double").ok());
}

TEST_CASE("constants of a function that is inlined into a loop of TF1 belong to the loop") {
  MiniGraph mini(R"(
    x = Placeholder {dtype: float}
    enter = Enter(x) {T: float, frame_name: "f"}
    call = PartitionedCall(enter) {f: func { name: "double" }, Tin: list { type: [DT_FLOAT] }, Tout: list { type: [DT_FLOAT] }}
    out = Exit(call) {T: float}
  )", kFunctions);
  REQUIRE(Inline(mini, mini.graph().main(), "", "call", "double").ok());
  CHECK(mini.graph().main().Spell(mini.node("call/two").inputs()[0]) == "^enter");
}

TEST_CASE("arguments and results that are taken out of a signature are gone when it is written") {
  MiniGraph mini(kCaller, kFunctions);
  Graph& graph = mini.graph();
  Function& pair = graph.function(graph.FindFunction("pair"));
  pair.RemoveArgument(0);
  pair.RemoveResult(1);
  pair.body.Remove(pair.body.Find("call"));
  CHECK(pair.argument_count() == 1);
  CHECK(pair.body.name(pair.argument(0)) == "b");
  const absl::StatusOr<Graph> read = Graph::Parse(Source::Own(Written(graph), "written"));
  REQUIRE(read.ok());
  const Function& written = read->function(read->FindFunction("pair"));
  CHECK(written.argument_count() == 1);
  CHECK(written.result_count() == 1);
  CHECK(written.body.name(0) == "b");
  CHECK(MiniGraph::Text(written.body) == "");
  const absl::StatusOr<std::string> text = BinaryToText("FunctionDef", written.base().message);
  REQUIRE(text.ok());
  CHECK(text->find("_of_a") == std::string::npos);
  CHECK(text->find("key: 1") == std::string::npos);  // what is said of b has its new number
  CHECK(text->find("_of_b") != std::string::npos);
}
