// What fed the training graph becomes placeholders. The graphs are those that TensorFlow writes.
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graphfreeze/passes/swap_placeholders.hpp>

#include "mini_graph.hpp"

using graphfreeze::DataType;
using graphfreeze::Prune;
using graphfreeze::Shape;
using graphfreeze::SwapPlaceholders;

namespace {

const std::string kTypes = "output_types: list { type: DT_FLOAT type: DT_INT64 }, ";
const std::string kShapes =
    "output_shapes: list { shape { dim { size: -1 } dim { size: 28 } } shape { dim { size: -1 } } }";
const std::string kAttrs = " {" + kTypes + kShapes + "}\n";

const std::string kIterator = "data = TensorSliceDataset() {" + kTypes + kShapes + "}\n" +
                              "it = IteratorV2() {" + kTypes + kShapes + "}\n" + "make = MakeIterator(data, it)\n" +
                              "next = IteratorGetNext(it)" + kAttrs;

// "float32 [?,28]" of a placeholder.
std::string TypeOf(MiniGraph& graph, std::string_view name) {
  const graphfreeze::NodeRef node = graph.node(name);
  REQUIRE(node.op() == "Placeholder");
  const absl::StatusOr<Shape> shape = node.attr("shape").shape();
  REQUIRE(shape.ok());
  return graphfreeze::Name(node.attr("dtype").type()) + " " + shape->ToString();
}

SwapPlaceholders With(std::vector<SwapPlaceholders::Input> inputs) {
  SwapPlaceholders pass;
  pass.inputs = std::move(inputs);
  return pass;
}

SwapPlaceholders::Input In(std::string tensor, std::string name = {}, DataType dtype = DataType::kInvalid) {
  return {std::move(tensor), std::move(name), dtype, std::nullopt};
}

std::string Message(const absl::Status& status) { return std::string(status.message()); }

// Runs the pass, checks that a second run finds nothing to do, and gives what the outputs need.
std::string Swapped(MiniGraph& graph, const SwapPlaceholders& pass = {}, std::vector<std::string> outputs = {"out"}) {
  const absl::Status status = graph.Run(pass);
  REQUIRE_MESSAGE(status.ok(), Message(status));
  const std::string text = MiniGraph::Text(graph.graph().main());
  const std::size_t changes = graph.changes();
  REQUIRE(graph.Run(pass).ok());
  CHECK(graph.changes() == changes);
  CHECK(MiniGraph::Text(graph.graph().main()) == text);
  return graph.Text(std::move(outputs));
}

}  // namespace

TEST_CASE("I1: the one live output of an iterator becomes a placeholder of its name") {
  MiniGraph graph(kIterator + "loss = Square(next:1) {T: int64}\n out = Relu(next) {T: float}\n");
  REQUIRE(graph.Run(Prune{{"out"}, {}}).ok());
  CHECK(Swapped(graph) == "next = Placeholder()\nout = Relu(next)\n");
  CHECK(TypeOf(graph, "next") == "float32 [?,28]");
  CHECK(graph.Reported("placeholder_added"));
  SUBCASE("whatever number the output has") {
    MiniGraph second(kIterator + "out = Square(next:1) {T: int64}\n");
    REQUIRE(second.Run(Prune{{"out"}, {}}).ok());
    CHECK(Swapped(second) == "next = Placeholder()\nout = Square(next)\n");
    CHECK(TypeOf(second, "next") == "int64 [?]");
  }
}

TEST_CASE("I2: of several live outputs, the first keeps the name and the others are numbered") {
  const std::string both = "a = Relu(next) {T: float}\n b = Square(next:1) {T: int64}\n out = Pack(a, b, ^next)\n";
  MiniGraph graph(kIterator + both);
  CHECK(Swapped(graph) ==
        "next = Placeholder()\na = Relu(next)\nb = Square(next_1)\nout = Pack(a, b, ^next)\nnext_1 = Placeholder()\n");
  CHECK(TypeOf(graph, "next") == "float32 [?,28]");
  CHECK(TypeOf(graph, "next_1") == "int64 [?]");
  SUBCASE("a name that is taken is made unique") {
    MiniGraph taken(kIterator + both + "next_1 = NoOp()\n more = Relu(next, ^next_1)\n");
    CHECK(Swapped(taken, {}, {"out", "more"}).find("b = Square(next_1_1)") != std::string::npos);
  }
  SUBCASE("names of the caller win, and who waited for the iterator waits for the first") {
    MiniGraph named(kIterator + both);
    CHECK(Swapped(named, With({In("next:0", "images"), In("next:1", "labels", DataType::kInt64)})) ==
          "a = Relu(images)\nb = Square(labels)\nout = Pack(a, b, ^images)\nimages = Placeholder()\nlabels = Placeholder()\n");
    CHECK(TypeOf(named, "images") == "float32 [?,28]");
  }
  SUBCASE("without output 0, nobody has the name of the iterator") {
    MiniGraph three(
        "it = IteratorV2()\n next = IteratorGetNext(it) {output_types: list { type: DT_FLOAT type: DT_FLOAT type: DT_FLOAT }, "
        "output_shapes: list { shape { } shape { } shape { } }}\n out = Add(next:1, next:2) {T: float}\n");
    CHECK(Swapped(three) == "out = Add(next_1, next_2)\nnext_1 = Placeholder()\nnext_2 = Placeholder()\n");
  }
}

TEST_CASE("I3: a queue's elements become placeholders, with the number that is dequeued in front") {
  const std::string queue =
      "queue = FIFOQueueV2() {component_types: list { type: DT_FLOAT type: DT_INT64 }, "
      "shapes: list { shape { dim { size: 28 } } shape { } }}\n x = Placeholder {dtype: float}\n"
      "enqueue = QueueEnqueueV2(queue, x)\n n = Const {dtype: int32, value: int32 32}\n fed = Placeholder {dtype: int32}\n";
  const std::string types = " {component_types: list { type: DT_FLOAT type: DT_INT64 }}\n out = Relu(batch) {T: float}\n";
  MiniGraph many(queue + "batch = QueueDequeueManyV2(queue, n)" + types);
  CHECK(Swapped(many) == "batch = Placeholder()\nout = Relu(batch)\n");
  CHECK(TypeOf(many, "batch") == "float32 [32,28]");
  MiniGraph fed(queue + "batch = QueueDequeueManyV2(queue, fed)" + types);
  CHECK(Swapped(fed) == "batch = Placeholder()\nout = Relu(batch)\n");
  CHECK(TypeOf(fed, "batch") == "float32 [?,28]");
  MiniGraph up_to(queue + "batch = QueueDequeueUpToV2(queue, n)" + types);
  Swapped(up_to);
  CHECK(TypeOf(up_to, "batch") == "float32 [?,28]");
  MiniGraph one(queue + "batch = QueueDequeueV2(queue)" + types);
  Swapped(one);
  CHECK(TypeOf(one, "batch") == "float32 [28]");
  SUBCASE("with a reference to the queue, as TensorFlow 0.x has it") {
    MiniGraph old(
        "queue = RandomShuffleQueue() {component_types: list { type: DT_FLOAT }, shapes: list { shape { dim { size: 3 } } }}\n"
        "n = Const {dtype: int32, value: int32 4}\n batch = QueueDequeueMany(queue, n) {component_types: list { type: DT_FLOAT }}\n"
        "out = Relu(batch) {T: float}\n");
    CHECK(Swapped(old) == "batch = Placeholder()\nout = Relu(batch)\n");
    CHECK(TypeOf(old, "batch") == "float32 [4,3]");
  }
  SUBCASE("whose first component is the priority, of which the queue says no shape") {
    MiniGraph priority(
        "queue = PriorityQueueV2() {component_types: list { type: DT_FLOAT }, shapes: list { shape { dim { size: 3 } } }}\n"
        "batch = QueueDequeueV2(queue) {component_types: list { type: DT_INT64 type: DT_FLOAT }}\n"
        "out = Pack(batch, batch:1)\n");
    CHECK(Swapped(priority) == "batch = Placeholder()\nout = Pack(batch, batch_1)\nbatch_1 = Placeholder()\n");
    CHECK(TypeOf(priority, "batch") == "int64 []");
    CHECK(TypeOf(priority, "batch_1") == "float32 [3]");
  }
}

TEST_CASE("I4: features that are parsed become placeholders of their names") {
  const std::string head =
      "file = ReaderReadUpToV2(reader, queue)\n reader = TFRecordReaderV2()\n queue = FIFOQueueV2()\n"
      "names = Const {dtype: string, value: string [] }\n image_key = Const {dtype: string, value: string \"image\"}\n"
      "label_key = Const {dtype: string, value: string \"label\"}\n d0 = Const {dtype: float, value: float 0}\n"
      "d1 = Const {dtype: int64, value: int64 0}\n";
  const std::string parse =
      "parse = ParseExample(file:1, names, image_key, label_key, d0, d1) {Nsparse: 0, Ndense: 2, sparse_types: list { }, "
      "Tdense: list { type: DT_FLOAT type: DT_INT64 }, dense_shapes: list { shape { dim { size: 784 } } shape { } }}\n";
  MiniGraph graph(head + parse + "out = Pack(parse, parse:1)\n");
  CHECK(Swapped(graph) == "out = Pack(image, label)\nimage = Placeholder()\nlabel = Placeholder()\n");
  CHECK(TypeOf(graph, "image") == "float32 [?,784]");
  CHECK(TypeOf(graph, "label") == "int64 [?]");
  CHECK_FALSE(graph.Reported("reader_left"));
  SUBCASE("unless a node has the feature's name already") {
    MiniGraph taken(head + parse + "image = Relu(parse) {T: float}\n out = Pack(image, parse:1)\n");
    CHECK(Swapped(taken) ==
          "parse = Placeholder()\nimage = Relu(parse)\nout = Pack(image, label)\nlabel = Placeholder()\n");
  }
  SUBCASE("of the second version, whose keys are vectors, sparse and ragged features included") {
    MiniGraph v2(
        "text = Placeholder {dtype: string, shape: shape { dim { size: -1 } }}\n names = Const {dtype: string, value: string [] }\n"
        "sparse = Const {dtype: string, value: string [] \"words\"}\n dense = Const {dtype: string, value: string [] \"image\" \"age\"}\n"
        "ragged = Const {dtype: string, value: string [] \"tags\"}\n d0 = Const {dtype: float, value: float 0}\n"
        "parse = ParseExampleV2(text, names, sparse, dense, ragged, d0, d0) {num_sparse: 1, sparse_types: list { type: DT_INT64 }, "
        "Tdense: list { type: DT_FLOAT type: DT_FLOAT }, ragged_value_types: list { type: DT_FLOAT }, "
        "ragged_split_types: list { type: DT_INT32 }, dense_shapes: list { shape { dim { size: 9 } } shape { } }}\n"
        "out = Pack(parse, parse:1, parse:2, parse:3, parse:4, parse:5, parse:6)\n");
    CHECK(Swapped(v2) ==
          "out = Pack(words/indices, words/values, words/shape, image, age, tags/values, tags/row_splits)\n"
          "words/indices = Placeholder()\nwords/values = Placeholder()\nwords/shape = Placeholder()\nimage = Placeholder()\n"
          "age = Placeholder()\ntags/values = Placeholder()\ntags/row_splits = Placeholder()\n");
    CHECK(TypeOf(v2, "words/values") == "int64 unknown");
    CHECK(TypeOf(v2, "image") == "float32 [?,9]");
    CHECK(TypeOf(v2, "tags/row_splits") == "int32 unknown");
    CHECK(v2.Reported("parser_replaced"));
  }
  SUBCASE("of single examples, which have no batch") {
    MiniGraph single(
        "text = Placeholder {dtype: string, shape: shape { }}\n d0 = Const {dtype: float, value: float 0}\n"
        "parse = ParseSingleExample(text, d0) {num_sparse: 0, sparse_keys: list { }, sparse_types: list { }, "
        "dense_keys: list { s: \"image\" }, Tdense: list { type: DT_FLOAT }, dense_shapes: list { shape { dim { size: 9 } } }}\n"
        "out = Relu(parse) {T: float}\n");
    CHECK(Swapped(single) == "out = Relu(image)\nimage = Placeholder()\n");
    CHECK(TypeOf(single, "image") == "float32 [9]");
  }
  SUBCASE("while what gave the examples goes, even where it gives something else too") {
    MiniGraph fed(
        "it = IteratorV2()\n next = IteratorGetNext(it) {output_types: list { type: DT_STRING type: DT_FLOAT }, "
        "output_shapes: list { shape { dim { size: 4 } } shape { dim { size: 4 } } }}\n names = Const {dtype: string, value: string [] }\n"
        "same = Identity(next) {T: string}\n key = Const {dtype: string, value: string \"image\"}\n d0 = Const {dtype: float, value: float 0}\n"
        "parse = ParseExample(same, names, key, d0) {Nsparse: 0, Ndense: 1, sparse_types: list { }, Tdense: list { type: DT_FLOAT }, "
        "dense_shapes: list { shape { } }}\n out = Add(parse, next:1) {T: float}\n");
    CHECK(Swapped(fed) == "next = Placeholder()\nout = Add(image, next)\nimage = Placeholder()\n");
    CHECK(TypeOf(fed, "next") == "float32 [4]");
  }
}

TEST_CASE("I5: what the Ascend adapter's iterators and queues give becomes placeholders") {
  for (const std::string op : {"GetNext", "DynamicGetNextV2", "AdpGetNext", "OutfeedDequeueOp"}) {
    MiniGraph graph("next = " + op + "()" + kAttrs + "out = Pack(next, next:1)\n");
    CHECK(Swapped(graph) == "next = Placeholder()\nout = Pack(next, next_1)\nnext_1 = Placeholder()\n");
    CHECK(TypeOf(graph, "next") == "float32 [?,28]");
    CHECK(TypeOf(graph, "next_1") == "int64 [?]");
  }
  MiniGraph from_queue("id = Const {dtype: int32, value: int32 0}\n data = Dequeue(id)\n next = GetNextFromQueue(data)" + kAttrs +
                       "out = Relu(next) {T: float}\n");
  CHECK(Swapped(from_queue) == "next = Placeholder()\nout = Relu(next)\n");
  MiniGraph component("a = QueueData() {index: 0, T: float, " + kTypes + kShapes + "}\n b = QueueData() {index: 1, T: int64, " + kTypes +
                      kShapes + "}\n out = Pack(a, b)\n");
  CHECK(Swapped(component) == "a = Placeholder()\nb = Placeholder()\nout = Pack(a, b)\n");
  CHECK(TypeOf(component, "b") == "int64 [?]");
  MiniGraph dequeue(
      "id = Const {dtype: int32, value: int32 0}\n data = Dequeue(id) {output_type: type: DT_UINT8, output_shape: list { i: -1 i: 4 }}\n"
      "out = Cast(data)\n");
  CHECK(Swapped(dequeue) == "data = Placeholder()\nout = Cast(data)\n");
  CHECK(TypeOf(dequeue, "data") == "uint8 [?,4]");
  SUBCASE("ops of the application's own, too") {
    MiniGraph own("next = MyGetNext()" + kAttrs + "out = Relu(next) {T: float}\n");
    SwapPlaceholders pass;
    pass.ops = {"MyGetNext"};
    CHECK(Swapped(own, pass) == "next = Placeholder()\nout = Relu(next)\n");
    CHECK(TypeOf(own, "next") == "float32 [?,28]");
  }
}

TEST_CASE("I6: a placeholder with a default stays, takes its default, or has to be fed") {
  const std::string lines =
      "d = Const {dtype: float, value: float 1}\n x = PlaceholderWithDefault(d) {dtype: float, shape: shape { }}\n"
      "out = Relu(x) {T: float}\n";
  SwapPlaceholders pass;
  MiniGraph keep(lines);
  CHECK(Swapped(keep, pass) == "d = Const()\nx = PlaceholderWithDefault(d)\nout = Relu(x)\n");
  pass.defaults = SwapPlaceholders::Default::kUse;
  MiniGraph use(lines);
  CHECK(Swapped(use, pass) == "d = Const()\nout = Relu(d)\n");
  pass.defaults_by_name = {{"x", SwapPlaceholders::Default::kRequire}};
  MiniGraph require(lines);
  CHECK(Swapped(require, pass) == "x = Placeholder()\nout = Relu(x)\n");
  CHECK(TypeOf(require, "x") == "float32 []");
  SUBCASE("one whose default comes out of an iterator has to be fed") {
    MiniGraph graph(kIterator + "x = PlaceholderWithDefault(next) {dtype: float, shape: shape { dim { size: -1 } dim { size: 28 } }}\n"
                                "out = Relu(x) {T: float}\n");
    CHECK(Swapped(graph) == "x = Placeholder()\nout = Relu(x)\n");
    CHECK(TypeOf(graph, "x") == "float32 [?,28]");
  }
}

TEST_CASE("I7: a one-shot iterator goes, and the function that made its dataset") {
  MiniGraph graph("it = OneShotIterator() {dataset_factory: func { name: \"make\" }}\n next = IteratorGetNext(it)" + kAttrs +
                      "out = Relu(next) {T: float}\n",
                  "function { signature { name: \"make\" output_arg { name: \"d\" type: DT_VARIANT } } node_def { name: \"t\" op: "
                  "\"RandomDataset\" } ret { key: \"d\" value: \"t:handle:0\" } }");
  CHECK(Swapped(graph) == "next = Placeholder()\nout = Relu(next)\n");
  CHECK(graph.graph().FindFunction("make") == graphfreeze::kNoFunction);
}

TEST_CASE("components that are variants are cut behind what makes tensors of them") {
  const std::string variant =
      "it = IteratorV2()\n next = IteratorGetNext(it) {output_types: list { type: DT_VARIANT }, output_shapes: list { shape { "
      "unknown_rank: true } }}\n";
  MiniGraph sparse(variant + "tensor = DeserializeSparse(next) {dtype: float}\n out = Pack(tensor, tensor:1, tensor:2)\n");
  CHECK(Swapped(sparse) == "tensor = Placeholder()\nout = Pack(tensor, tensor_1, tensor_2)\ntensor_1 = Placeholder()\ntensor_2 = Placeholder()\n");
  CHECK(TypeOf(sparse, "tensor_1") == "float32 unknown");
  MiniGraph optional(
      "it = IteratorV2()\n maybe = IteratorGetNextAsOptional(it)" + kAttrs + "value = OptionalGetValue(maybe)" + kAttrs +
      "has = OptionalHasValue(maybe)\n out = Pack(value, has)\n");
  CHECK(Swapped(optional) == "value = Placeholder()\nhas = Const()\nout = Pack(value, has)\n");
  MiniGraph other(variant + "out = Whatever(next)\n");
  CHECK(Swapped(other) == "it = IteratorV2()\nnext = IteratorGetNext(it)\nout = Whatever(next)\n");
  CHECK(other.Reported("not_feedable"));
}

TEST_CASE("inside a branch, the placeholder is as dead as the iterator was") {
  const std::string cond =
      "flag = Placeholder {dtype: bool}\n a = IteratorV2()\n b = IteratorV2()\n sa = Switch(a, flag) {T: resource}\n"
      "sb = Switch(b, flag) {T: resource}\n na = IteratorGetNext(sa:1)" +
      kAttrs + "nb = IteratorGetNext(sb)" + kAttrs;
  MiniGraph graph(cond + "m = Merge(nb, na) {T: float, N: 2}\n out = Relu(m) {T: float}\n");
  CHECK(Swapped(graph) ==
        "flag = Placeholder()\nna = Placeholder()\nnb = Placeholder()\nm = Merge(nb/Switch, na/Switch:1)\nout = Relu(m)\n"
        "na/Switch = Switch(na, flag)\nnb/Switch = Switch(nb, flag)\n");
  SUBCASE("by control edges from the branch's pivot, too") {
    MiniGraph pivot(
        "flag = Placeholder {dtype: bool}\n s = Switch(flag, flag) {T: bool}\n t = Identity(s:1) {T: bool}\n"
        "it = OneShotIterator(^t)\n n = IteratorGetNext(it)" +
        kAttrs + "x = Relu(n) {T: float}\n y = NoOp(^n)\n m = Merge(x, x) {T: float, N: 2}\n out = Relu(m, ^y) {T: float}\n");
    CHECK(Swapped(pivot).find("x = Relu(n/Switch:1)\ny = NoOp(^n/Identity)\n") != std::string::npos);
  }
  SUBCASE("behind a whole cond or loop it is not in the branch") {
    MiniGraph behind(cond +
                     "m = Merge(nb, na) {T: float, N: 2}\n e = Enter(m) {T: float, frame_name: \"f\"}\n lm = Merge(e, ni) {T: float, N: 2}\n"
                     "lc = LoopCond(c)\n c = Less(lm, lm) {T: float}\n ls = Switch(lm, lc) {T: float}\n ni = NextIteration(ls:1) {T: float}\n"
                     "ex = Exit(ls) {T: float}\n cut = Relu(ex) {T: float}\n out = Tanh(cut) {T: float}\n");
    CHECK(Swapped(behind, With({In("cut")})) == "cut = Placeholder()\nout = Tanh(cut)\n");
  }
  SUBCASE("of two inputs, one in the branch and one behind it, each stands where it stood") {
    MiniGraph two(
        "flag = Placeholder {dtype: bool}\n x = Placeholder {dtype: float}\n s = Switch(x, flag) {T: float}\n a = Relu(s:1) {T: float}\n"
        "a2 = Tanh(a) {T: float}\n m = Merge(s, a2) {T: float, N: 2}\n b = Relu(m) {T: float}\n c = Add(m, b) {T: float}\n"
        "zz = Relu(s:1) {T: float}\n z2 = Tanh(zz) {T: float}\n n = Merge(s, z2) {T: float, N: 2}\n out = Add(c, n) {T: float}\n");
    const std::string text = Swapped(two, With({In("b"), In("zz")}));
    CHECK(text.find("c = Add(m, b)") != std::string::npos);
    CHECK(text.find("z2 = Tanh(zz/Switch:1)") != std::string::npos);
    CHECK(two.Run(With({In("s:1", "y")})).code() == absl::StatusCode::kFailedPrecondition);
  }
}

TEST_CASE("an iterator inside a loop stays, with a word on it") {
  MiniGraph graph("it = IteratorV2()\n e = Enter(it) {T: resource, frame_name: \"f\"}\n n = IteratorGetNext(e)" + kAttrs +
                  "out = Exit(n) {T: float}\n");
  CHECK(Swapped(graph).find("n = IteratorGetNext(e)") != std::string::npos);
  CHECK(graph.Reported("in_loop"));
  CHECK(graph.Run(With({In("n", "x")})).code() == absl::StatusCode::kFailedPrecondition);
}

TEST_CASE("an iterator in a function that is called stays, with a word on it") {
  MiniGraph graph("it = IteratorV2()\n out = PartitionedCall(it) {f: func { name: \"f\" }, Tin: list { type: DT_RESOURCE }, Tout: list { type: "
                  "DT_FLOAT }}\n",
                  "function { signature { name: \"f\" input_arg { name: \"i\" type: DT_RESOURCE } output_arg { name: \"o\" type: DT_FLOAT } } "
                  "node_def { name: \"n\" op: \"IteratorGetNext\" input: \"i\" } ret { key: \"o\" value: \"n:components:0\" } }");
  REQUIRE(graph.Run(SwapPlaceholders{}).ok());
  CHECK(graph.Reported("in_function"));
}

TEST_CASE("any tensor can be named as an input: the graph is cut there") {
  const std::string lines =
      "name = Placeholder {dtype: string}\n file = ReadFile(name)\n image = DecodeJpeg(file) {channels: 3}\n"
      "cast = Cast(image) {SrcT: type: DT_UINT8, DstT: float, _output_shapes: list { shape { dim { size: -1 } dim { size: 3 } } }}\n"
      "parts = Split(axis, cast) {T: float, num_split: 2}\n axis = Const {dtype: int32, value: int32 0}\n"
      "out = Add(parts, parts:1) {T: float}\n";
  MiniGraph graph(lines);
  CHECK(Swapped(graph, With({In("image", "pixels", DataType::kUint8)})).find("cast = Cast(pixels)") != std::string::npos);
  CHECK(TypeOf(graph, "pixels") == "uint8 unknown");
  CHECK(graph.graph().main().Find("file") == graphfreeze::kNoNode);
  SUBCASE("under its own name if no other is given, with the shape that was inferred") {
    MiniGraph own(lines);
    CHECK(Swapped(own, With({In("cast:0")})).substr(0, 21) == "cast = Placeholder()\n");
    CHECK(TypeOf(own, "cast") == "float32 [?,3]");
  }
  SUBCASE("at one of several outputs: the node stays for the others") {
    MiniGraph part(lines);
    const std::string text = Swapped(part, With({In("parts:1")}));
    CHECK(text.find("out = Add(parts, parts_1)") != std::string::npos);
    CHECK(text.find("parts = Split(axis, cast)") != std::string::npos);
  }
  SUBCASE("with a shape of the caller's") {
    MiniGraph shaped(lines);
    SwapPlaceholders pass = With({In("cast", "x")});
    pass.inputs[0].shape = Shape({1, 3});
    Swapped(shaped, pass);
    CHECK(TypeOf(shaped, "x") == "float32 [1,3]");
    CHECK_FALSE(shaped.Reported("shape_overridden"));
    MiniGraph other(lines);
    pass.inputs[0].shape = Shape({1, 4});
    Swapped(other, pass);
    CHECK(other.Reported("shape_overridden"));
  }
}

TEST_CASE("what lies behind an input that was named stays, parsers too") {
  const std::string parse =
      "names = Const {dtype: string, value: string [] }\n key = Const {dtype: string, value: string \"image\"}\n"
      "d0 = Const {dtype: float, value: float 0}\n parse = ParseExample(same, names, key, d0) {Nsparse: 0, Ndense: 1, "
      "sparse_types: list { }, Tdense: list { type: DT_FLOAT }, dense_shapes: list { shape { dim { size: 9 } } }}\n";
  const std::string head =
      "it = IteratorV2()\n next = IteratorGetNext(it) {output_types: list { type: DT_STRING type: DT_FLOAT }, "
      "output_shapes: list { shape { dim { size: -1 } } shape { dim { size: -1 } } }}\n same = Identity(next) {T: string}\n";
  const std::string out = "out = Add(parse, next:1) {T: float}\n";
  const std::string parser = "names = Const()\nkey = Const()\nd0 = Const()\nparse = ParseExample(same, names, key, d0)\n";
  MiniGraph graph(head + parse + out);
  CHECK(Swapped(graph, With({In("next:0", "serialized")})) ==
        "same = Identity(serialized)\n" + parser + "out = Add(parse, next_1)\nserialized = Placeholder()\nnext_1 = Placeholder()\n");
  CHECK(TypeOf(graph, "serialized") == "string [?]");
  CHECK(graph.Reported("kept_behind_input"));
  CHECK_FALSE(graph.Reported("input_not_needed"));
  SUBCASE("under the name of the node") {
    MiniGraph own(head + parse + "out = Relu(parse) {T: float}\n");
    CHECK(Swapped(own, With({In("next")})) == "next = Placeholder()\nsame = Identity(next)\n" + parser + "out = Relu(parse)\n");
  }
  SUBCASE("a placeholder that is one already is an input that was named") {
    MiniGraph fed("text = Placeholder {dtype: string, shape: shape { dim { size: -1 } }}\n same = Identity(text) {T: string}\n" + parse +
                  "out = Relu(parse) {T: float}\n");
    CHECK(Swapped(fed, With({In("text")})) == "text = Placeholder()\nsame = Identity(text)\n" + parser + "out = Relu(parse)\n");
    CHECK_FALSE(fed.Reported("parser_replaced"));
  }
  SUBCASE("but not behind another input that was named: the first is told to be in vain") {
    MiniGraph both(head + parse + "out = Relu(parse) {T: float}\n");
    CHECK(Swapped(both, With({In("next"), In("parse", "pixels")})) == "out = Relu(pixels)\npixels = Placeholder()\n");
    REQUIRE(both.Reported("input_not_needed"));
  }
  SUBCASE("a default does, too") {
    MiniGraph with_default(head + "x = PlaceholderWithDefault(next:1) {dtype: float, shape: shape { }}\n out = Relu(x) {T: float}\n");
    CHECK(Swapped(with_default, With({In("next:1", "fed")})) ==
          "x = PlaceholderWithDefault(fed)\nout = Relu(x)\nfed = Placeholder()\n");
  }
  SUBCASE("what a queue is asked for is cut, and the input before it named in vain") {
    MiniGraph queue("n = Placeholder {dtype: int32, shape: shape { }}\n q = FIFOQueueV2() {component_types: list { type: DT_FLOAT }}\n"
                    "many = QueueDequeueManyV2(q, n) {component_types: list { type: DT_FLOAT }}\n out = Relu(many) {T: float}\n");
    REQUIRE(queue.Run(With({In("n")})).ok());
    CHECK(queue.Text({"out"}) == "many = Placeholder()\nout = Relu(many)\n");
    std::string text;
    for (const graphfreeze::ReportEntry& entry : queue.context().report) text += entry.code == "input_not_needed" ? entry.text : "";
    CHECK(text == "input 'n' leads only to 'many', which is cut too; exclude 'many' to keep it");
  }
}

TEST_CASE("a placeholder is renamed by another one") {
  MiniGraph graph("x = Placeholder {dtype: float, shape: shape { dim { size: -1 } }}\n y = Relu(x, ^x) {T: float}\n out = Add(x, y) {T: float}\n");
  CHECK(Swapped(graph, With({In("x", "images")})) == "y = Relu(images, ^images)\nout = Add(images, y)\nimages = Placeholder()\n");
  CHECK(TypeOf(graph, "images") == "float32 [?]");
  CHECK(graph.Reported("placeholder_renamed"));
}

TEST_CASE("PlaceholderV2 becomes Placeholder") {
  MiniGraph graph("x = PlaceholderV2 {dtype: float, shape: shape { }}\n out = Relu(x) {T: float}\n");
  CHECK(Swapped(graph) == "x = Placeholder()\nout = Relu(x)\n");
  CHECK(TypeOf(graph, "x") == "float32 []");
}

TEST_CASE("inputs that cannot be are refused") {
  const std::string lines = kIterator + "v = VariableV2 {dtype: float, shape: shape { }}\n r = Identity(v) {T: float}\n"
                            "a = Add(next, r) {T: float}\n out = Mystery(a, next:1)\n last = Relu(out)\n";
  const auto status = [&](std::vector<SwapPlaceholders::Input> inputs) {
    MiniGraph graph(lines);
    return graph.Run(With(std::move(inputs)));
  };
  const absl::Status missing = status({In("nxt:0", "x")});
  CHECK(missing.code() == absl::StatusCode::kNotFound);
  CHECK(Message(missing) == "swap_placeholders: input 'nxt:0' is not in mini; nearest names: 'next'");
  CHECK(Message(status({In("next:0", "x", DataType::kInt32)})).find("input 'next:0' is float32 in mini, not int32") != std::string::npos);
  CHECK(status({In("next:2", "x")}).code() == absl::StatusCode::kInvalidArgument);
  CHECK(status({In("next", "x"), In("next:0", "y")}).code() == absl::StatusCode::kInvalidArgument);
  CHECK(Message(status({In("next", "a")})).find("a node has that name") != std::string::npos);
  CHECK(Message(status({In("next", "not a name")})).find("no name for a node") != std::string::npos);
  CHECK(Message(status({In("it", "x")})).find("resource, which cannot be fed") != std::string::npos);
  CHECK(Message(status({In("v", "x")})).find("a reference, which cannot be fed") != std::string::npos);
  CHECK(Message(status({In("out", "x")})).find("give the op's OpDef") != std::string::npos);
  CHECK(status({In("out", "x", DataType::kFloat)}).ok());
}

TEST_CASE("an input that no output needs is a warning") {
  MiniGraph graph(kIterator + "loss = Square(next:1) {T: int64}\n out = Relu(next) {T: float}\n");
  REQUIRE(graph.Run(Prune{{"out"}, {}}).ok());
  REQUIRE(graph.Run(With({In("next:1", "labels"), In("loss", "loss_in")})).ok());
  CHECK(graph.Reported("input_not_needed"));
  CHECK(graph.Text({"out"}) == "next = Placeholder()\nout = Relu(next)\n");
}

TEST_CASE("shapes and batches are pinned, and shapes inferred from others go") {
  const std::string inferred = "_output_shapes: list { shape { dim { size: -1 } dim { size: 28 } } }";
  MiniGraph graph(kIterator + "old = Placeholder {dtype: float, shape: shape { dim { size: -1 } }}\n any = Placeholder {dtype: float, shape: shape { "
                              "unknown_rank: true }}\n a = Relu(next) {T: float, " + inferred + "}\n other = Relu(c) {T: float, " + inferred +
                  "}\n c = Const {dtype: float, value: float 0}\n"
                  "out = PartitionedCall(a, other, old, any) {f: func { name: \"f\" }, Tout: list { type: DT_FLOAT }}\n",
                  "function { signature { name: \"f\" input_arg { name: \"i\" type: DT_FLOAT } input_arg { name: \"h\" type: DT_RESOURCE } "
                  "output_arg { name: \"o\" type: DT_FLOAT } } node_def { name: \"n\" op: \"Relu\" input: \"i\" attr { key: \"_output_shapes\" "
                  "value { list { shape { } } } } } ret { key: \"o\" value: \"n:activations:0\" } }");
  SwapPlaceholders pass;
  pass.batch = 4;
  pass.shapes = {{"old:0", Shape({7})}};
  REQUIRE(graph.Run(pass).ok());
  CHECK(TypeOf(graph, "next") == "float32 [4,28]");
  CHECK(TypeOf(graph, "old") == "float32 [7]");
  CHECK(TypeOf(graph, "any") == "float32 unknown");
  CHECK(graph.Reported("batch_not_set"));
  CHECK_FALSE(graph.node("a").attr("_output_shapes").exists());
  CHECK(graph.node("other").attr("_output_shapes").exists());
  const graphfreeze::Function& function = graph.graph().function(graph.graph().FindFunction("f"));
  CHECK_FALSE(function.body.node(function.body.Find("n")).attr("_output_shapes").exists());
  CHECK(function.changed_type(function.argument(0)) == DataType::kFloat);
  CHECK(function.changed_type(function.argument(1)) == DataType::kInvalid);
  SUBCASE("which must be of placeholders") {
    pass.shapes = {{"a", Shape({7})}};
    CHECK(graph.Run(pass).code() == absl::StatusCode::kInvalidArgument);
    pass.shapes = {{"nothing", Shape({7})}};
    CHECK(graph.Run(pass).code() == absl::StatusCode::kNotFound);
    pass.shapes.clear();
    pass.batch = -1;
    CHECK(graph.Run(pass).code() == absl::StatusCode::kInvalidArgument);
  }
}

TEST_CASE("the shapes that a loop states go when its input is no longer that of the graph") {
  const std::string lines = kIterator + "out = While(next) {cond: func { name: \"c\" }, T: list { type: DT_FLOAT }, "
                            "output_shapes: list { shape { dim { size: 32 } } }}\n";
  MiniGraph graph(lines, "function { signature { name: \"c\" } }");
  SwapPlaceholders pass = With({In("next")});
  pass.inputs[0].shape = Shape::UnknownRank();
  REQUIRE(graph.Run(pass).ok());
  REQUIRE(graph.node("out").attr("output_shapes").shapes().size() == 1);
  CHECK(graph.node("out").attr("output_shapes").shapes()[0] == Shape::UnknownRank().Serialize());
  MiniGraph resized(lines, "function { signature { name: \"c\" } }");
  pass.inputs[0].shape = Shape({-1, 29});
  REQUIRE(resized.Run(pass).ok());
  CHECK(resized.node("out").attr("output_shapes").shapes()[0] == Shape({-1}).Serialize());
  MiniGraph refined(lines, "function { signature { name: \"c\" } }");
  pass.inputs[0].shape = Shape({1, 28});
  REQUIRE(refined.Run(pass).ok());
  CHECK(refined.node("out").attr("output_shapes").shapes()[0] != Shape::UnknownRank().Serialize());
}

TEST_CASE("excluded nodes stay") {
  MiniGraph graph(kIterator + "out = Relu(next) {T: float}\n");
  SwapPlaceholders pass;
  pass.exclude = {"ne*"};
  REQUIRE(graph.Run(pass).ok());
  CHECK(graph.Reported("excluded"));
  CHECK(graph.Text({"out"}).find("IteratorGetNext(it)") != std::string::npos);
}

TEST_CASE("what is asked for counts as taken") {
  MiniGraph graph(kIterator + "out = Square(next:1) {T: int64}\n");
  SwapPlaceholders pass;
  pass.outputs = {"next:0", "out"};
  CHECK(Swapped(graph, pass, {"next", "out"}) == "next = Placeholder()\nout = Square(next_1)\nnext_1 = Placeholder()\n");
  CHECK(TypeOf(graph, "next") == "float32 [?,28]");
}

TEST_CASE("a reader that nothing cuts off is a warning, and so is an input of strings") {
  MiniGraph graph("r = TFRecordReaderV2()\n q = FIFOQueueV2()\n record = ReaderReadV2(r, q)\n out = DecodeRaw(record:1) {out_type: float}\n");
  REQUIRE(graph.Run(SwapPlaceholders{}).ok());
  CHECK(graph.Reported("reader_left"));
  MiniGraph strings("q = FIFOQueueV2() {shapes: list { shape { } }}\n file = QueueDequeueV2(q) {component_types: list { type: DT_STRING }}\n out = ReadFile(file)\n");
  CHECK(Swapped(strings) == "file = Placeholder()\nout = ReadFile(file)\n");
  CHECK(strings.Reported("string_input"));
}

TEST_CASE("graphs that make no sense do no harm") {
  MiniGraph graph(
      "a = IteratorGetNext(b)" + kAttrs + "b = ParseExampleV2(a:7, gone, b:3)\n c = DeserializeSparse(c)\n d = QueueDequeueManyV2(d, d:9)\n"
      "e = PlaceholderWithDefault()\n f = Switch(f, f)\n g = IteratorGetNext(f:1, ^g)" + kAttrs + "h = Merge(h, g, ^h)\n"
      "i = OptionalHasValue(i)\n j = GetNext {output_types: 3}\n k = QueueData\n out = Pack(a, b, c, d:5, e, g:1, h, i, j, k, nothing)\n");
  SwapPlaceholders pass;
  pass.batch = 1;
  CHECK(graph.Run(pass).ok());
  CHECK(graph.Run(pass).ok());
  pass.inputs = {In("c:1", "x")};
  (void)graph.Run(pass);
  MiniGraph parser("p = ParseExampleV2(p) {num_sparse: 0, Tdense: list { type: DT_STRING }, dense_shapes: list { shape { } }, sparse_types: list { }, "
                   "ragged_value_types: list { }, ragged_split_types: list { }}\n out = Relu(p)\n");
  CHECK(parser.Run(SwapPlaceholders{}).ok());
}

TEST_CASE("inputs are spelled as on the command line") {
  const auto input = SwapPlaceholders::ParseInput("IteratorGetNext:0=images:float32:?,224,224,3");
  REQUIRE(input.ok());
  CHECK(input->tensor == "IteratorGetNext:0");
  CHECK(input->name == "images");
  CHECK(input->dtype == DataType::kFloat);
  CHECK(input->shape == Shape({-1, 224, 224, 3}));
  CHECK(SwapPlaceholders::ParseInput("a/b=x:half")->shape == Shape::UnknownRank());
  CHECK(SwapPlaceholders::ParseInput("a/b=x:half:")->shape == Shape());
  CHECK_FALSE(SwapPlaceholders::ParseInput("a:1=x")->shape.has_value());
  CHECK(SwapPlaceholders::ParseInput("a")->name.empty());
  CHECK(SwapPlaceholders::ParseInput("a=::1,-1")->shape == Shape({1, -1}));
  const auto message = [](std::string_view text) { return Message(SwapPlaceholders::ParseInput(text).status()); };
  CHECK(message("a=x:flot") == "input 'a=x:flot': 'flot' is no type; write float32, int64, uint8, … after the name");
  CHECK(message("a=x:float32:1,,2") == "'a=x:float32:1,,2': '' is not a dimension; write numbers and '?', as in ?,224,224,3");
  CHECK(message("a=x:float32:1,2x").find("'2x' is not a dimension") != std::string::npos);
  CHECK(message("a=x y:float32").find("'x y' is no name for a node") != std::string::npos);
  CHECK(message("=x").find("does not name a tensor") != std::string::npos);
  CHECK(message("a:b=x").find("does not name a tensor") != std::string::npos);
  CHECK(message("a=x:").find("'' is no type") != std::string::npos);

  CHECK(SwapPlaceholders::ParseShape("x:1,2")->first == "x");
  CHECK(SwapPlaceholders::ParseShape("x:0:1,2")->first == "x:0");
  CHECK(SwapPlaceholders::ParseShape("x:1,?")->second == Shape({1, -1}));
  CHECK(SwapPlaceholders::ParseShape("x:")->second == Shape());
  CHECK(Message(SwapPlaceholders::ParseShape("x").status()) == "'x' is not a shape of an input; write name:dims, as in input:1,224,224,3");
}
