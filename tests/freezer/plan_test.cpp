// A graph that is rewritten once and bound to many checkpoints: the same bytes as from freezing with each, whatever
// differs between them; what cannot be bound is refused or rewritten, and never silently wrong.
#include <atomic>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graphfreeze/graphfreeze.hpp>

#include "../checkpoint/bundle_writer.hpp"
#include "../checkpoint/slice_writer.hpp"
#include "../passes/mini_graph.hpp"

namespace gf = graphfreeze;

namespace {

using Map = std::map<std::string, gf::TensorView, std::less<>>;

template <typename T>
std::string BytesOf(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(&bytes[0], values.data(), bytes.size());
  return bytes;
}
std::string Floats(const std::vector<float>& values) { return BytesOf(values); }
// `count` floats that grow from `first`.
std::string Ramp(float first, int count) {
  std::vector<float> values;
  for (int i = 0; i < count; ++i) values.push_back(first + static_cast<float>(i));
  return Floats(values);
}

std::string Binary(std::string_view lines, const std::string& functions = "") {
  const auto binary = gf::TextToBinary("GraphDef", MiniGraph::ToText(lines) + MiniGraph::Library(functions));
  REQUIRE_MESSAGE(binary.ok(), std::string(binary.status().message()));
  return *binary;
}
std::string Dims(const std::vector<int>& dims) {
  std::string text = "shape: shape {";
  for (const int dim : dims) text += " dim { size: " + std::to_string(dim) + " }";
  return text + " }";
}
std::string Variable(const std::string& name, const std::vector<int>& dims, const std::string& dtype = "float") {
  return name + " = VarHandleOp {dtype: " + dtype + ", shared_name: \"" + name + "\", " + Dims(dims) + "}\n" + name +
         "/Read = ReadVariableOp(" + name + ") {dtype: " + dtype + "}\n";
}

gf::Freezer Over(const std::string& graph, const gf::MemoryFileSystem& files, const std::string& checkpoint = "a") {
  gf::Freezer freezer;
  freezer.FromBytes(std::string(graph)).Files(files).Checkpoint(checkpoint).Outputs({"y"});
  return freezer;
}
gf::FreezePlan Plan(const gf::Freezer& freezer) {
  auto plan = freezer.Plan();
  REQUIRE_MESSAGE(plan.ok(), std::string(plan.status().message()));
  return *std::move(plan);
}
std::string Bytes(const absl::StatusOr<gf::FrozenGraph>& frozen) {
  REQUIRE_MESSAGE(frozen.ok(), std::string(frozen.status().message()));
  return *frozen->ToContiguous();
}
std::string Refusal(const absl::StatusOr<gf::FrozenGraph>& frozen) {
  REQUIRE_FALSE(frozen.ok());
  return std::string(frozen.status().message());
}
bool Contains(const std::string& text, std::string_view part) {
  INFO(text, " should contain ", std::string(part));
  CHECK(text.find(part) != std::string::npos);
  return true;
}
// Why the graph was rewritten; empty if it was bound.
std::string Anew(const absl::StatusOr<gf::FrozenGraph>& frozen) {
  REQUIRE_MESSAGE(frozen.ok(), std::string(frozen.status().message()));
  for (const gf::ReportEntry& entry : frozen->report().entries) {
    if (entry.code == "planned_anew") return entry.text;
  }
  return "";
}

// The promise: what Bind gives is what Freeze gives, in bytes, report and fingerprint. Returns why it had to be planned
// anew, if it had.
std::string Same(const gf::FreezePlan& plan, gf::Freezer freezer, const std::string& checkpoint) {
  INFO("checkpoint ", checkpoint);
  const auto bound = plan.Bind(checkpoint);
  const auto frozen = freezer.Checkpoint(checkpoint).Freeze();
  const std::string anew = Anew(bound), expected = Bytes(frozen);
  CHECK((Bytes(bound) == expected));
  CHECK(bound->size() == expected.size());
  if (anew.empty()) {
    CHECK(bound->report().ToJson() == frozen->report().ToJson());
  }
  CHECK(*bound->Fingerprint() == *frozen->Fingerprint());
  return anew;
}

const std::string kDense = "x = Placeholder {dtype: float}\n" + Variable("w", {4, 3}) + Variable("b", {3}) +
                           "mul = MatMul(x, w/Read) {T: float}\ny = BiasAdd(mul, b/Read) {T: float}\n";

// "w" [4,3] and "b" [3] with values from `first` on, and what only training needs.
bundle_writer::Writer Dense(float first, bundle_writer::Options options = {}, const std::vector<gf::TensorSlice>& cut = {}) {
  bundle_writer::Writer writer(options);
  if (cut.empty()) {
    writer.Add("w", gf::DataType::kFloat, {4, 3}, Ramp(first, 12));
  } else {
    writer.AddSliced("w", gf::DataType::kFloat, {4, 3}, Ramp(first, 12), cut);
  }
  writer.Add("b", gf::DataType::kFloat, {3}, Ramp(-first, 3));
  writer.Add("b/Adam", gf::DataType::kFloat, {3}, Ramp(0, 3));
  return writer;
}

}  // namespace

TEST_CASE("a bound graph has the bytes of one that was frozen with the checkpoint, however that was written") {
  gf::MemoryFileSystem files;
  Dense(1).WriteTo(&files, "a");
  Dense(2).WriteTo(&files, "b");
  bundle_writer::Options options;
  options.shards = 3;
  options.snappy = true;
  Dense(3, options).WriteTo(&files, "shards");
  Dense(4, {}, {gf::TensorSlice{{0, 1}, {0, -1}}, gf::TensorSlice{{1, 3}, {0, -1}}}).WriteTo(&files, "rows");
  Dense(5, {}, {gf::TensorSlice{{0, -1}, {2, 1}}, gf::TensorSlice{{0, -1}, {0, 2}}}).WriteTo(&files, "columns");
  bundle_writer::Writer more = Dense(6);
  more.Add("another", gf::DataType::kInt32, gf::Shape(), BytesOf<std::int32_t>({1}));
  more.WriteTo(&files, "more");
  slice_writer::File v1;
  v1.AddFloats("w", {4, 3}, gf::TensorSlice{{0, -1}, {0, -1}}, Ramp(7, 12));
  v1.AddFloats("b", {3}, gf::TensorSlice{{0, -1}}, Ramp(8, 3));
  files.Put("v1", v1.Bytes());

  const std::vector<std::string> all = {"a", "b", "shards", "rows", "columns", "more", "v1"};
  for (const std::string& made_with : all) {
    INFO("made with ", made_with);
    const gf::Freezer freezer = Over(Binary(kDense), files, made_with);
    const gf::FreezePlan plan = Plan(freezer);
    CHECK(plan.value_keys().empty());
    CHECK(plan.report().output_bytes == freezer.Freeze()->size());
    CHECK(plan.report().checkpoint == made_with);
    for (const std::string& checkpoint : all) CHECK(Same(plan, freezer, checkpoint) == "");
  }
}

TEST_CASE("a plan takes every form of a checkpoint") {
  gf::MemoryFileSystem files;
  Dense(1).WriteTo(&files, "a");
  Dense(2).WriteTo(&files, "b");
  gf::Freezer freezer = Over(Binary(kDense), files);
  const gf::FreezePlan plan = Plan(freezer);
  const std::string expected = Bytes(freezer.Checkpoint("b").Freeze());
  CHECK(Bytes(plan.Bind("b")) == expected);
  CHECK(Bytes(plan.Bind(std::string("b.index"))) == expected);
  const auto reader = gf::CheckpointReader<gf::MemoryFileSystem>::Open("b", {}, files);
  REQUIRE(reader.ok());
  CHECK(Bytes(plan.Bind(*reader)) == expected);
  Map map;
  std::vector<std::pair<std::string, gf::TensorView>> pairs;
  for (const gf::CheckpointEntry& entry : reader->keys()) {
    map.emplace(std::string(entry.key), *reader->Get(entry.key));
    pairs.emplace_back(std::string(entry.key), *reader->Get(entry.key));
  }
  CHECK(Bytes(plan.Bind(map)) == expected);
  CHECK(Bytes(plan.Bind(pairs)) == expected);
  CHECK(plan.Bind(map)->report().ToJson() == freezer.Checkpoint(map).Freeze()->report().ToJson());

  SUBCASE("one that must be read, too") {
    struct Reading {
      absl::StatusOr<gf::Source> Open(std::string_view path) const {
        struct File {
          std::uint64_t size() const { return source.size(); }
          absl::Status Read(std::uint64_t offset, absl::Span<char> out) const { return source.Read(offset, out); }
          gf::Source source;
        };
        GRAPHFREEZE_ASSIGN_OR_RETURN(gf::Source source, files.Open(path));
        return gf::Source::Of(File{std::move(source)}, std::string(path));
      }
      absl::StatusOr<std::vector<std::string>> List(std::string_view directory) const { return files.List(directory); }
      gf::MemoryFileSystem files;
    };
    gf::Freezer read = freezer;
    const gf::FreezePlan of_read = Plan(read.Files(Reading{files}).Checkpoint("a"));
    CHECK(of_read.value_keys().empty());
    CHECK(Bytes(of_read.Bind("b")) == expected);
    CHECK(*of_read.Bind("b")->Fingerprint() == *plan.Bind(map)->Fingerprint());
  }
  SUBCASE("tensors with too few bytes are refused") {
    map["w"] = gf::TensorView(gf::DataType::kFloat, {4, 3}, "1234", nullptr);
    Contains(Refusal(plan.Bind(map)), "key 'w' of the tensors of the caller: float32 [4,3] takes 48 bytes, not 4");
  }
}

TEST_CASE("single numbers may be of any length, in functions too") {
  const std::string functions =
      "function { signature { name: 'f' input_arg { name: 'n' type: DT_RESOURCE } output_arg { name: 'o' type: DT_INT64 } } "
      "node_def { name: 'local' op: 'VarHandleOp' attr { key: 'dtype' value { type: DT_INT64 } } attr { key: 'shape' value { shape { } } } } "
      "node_def { name: 'm' op: 'ReadVariableOp' input: 'local' attr { key: 'dtype' value { type: DT_INT64 } } } "
      "node_def { name: 'r' op: 'ReadVariableOp' input: 'n' attr { key: 'dtype' value { type: DT_INT64 } } } "
      "node_def { name: 's' op: 'AddV2' input: 'r:value:0' input: 'm:value:0' attr { key: 'T' value { type: DT_INT64 } } } "
      "ret { key: 'o' value: 's:z:0' } }";
  const std::string graph = Binary(
      "x = Placeholder {dtype: float}\n" + Variable("min", {}) + Variable("w", {2}) +
          Variable("n", {}, "int64") + Variable("one", {1, 1}, "int64") + Variable("flag", {}, "bool") + Variable("h", {1}, "half") +
          "call = PartitionedCall(n) {f: func { name: 'f' }, Tin: list { type: [DT_RESOURCE] }, Tout: list { type: [DT_INT64] }}\n"
          "y = NoOp(^min/Read, ^w/Read, ^n/Read, ^one/Read, ^flag/Read, ^h/Read, ^call)\n",
      functions);
  gf::MemoryFileSystem files;
  const std::vector<std::int64_t> numbers = {0, 1, 127, 128, 300, 70000, -1, std::int64_t{1} << 62};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    bundle_writer::Writer writer;
    const auto at = static_cast<float>(i);
    writer.Add("min", gf::DataType::kFloat, gf::Shape(), Floats({at / 3}));
    writer.Add("w", gf::DataType::kFloat, {2}, Floats({at, -at}));
    writer.Add("n", gf::DataType::kInt64, gf::Shape(), BytesOf<std::int64_t>({numbers[i]}));
    writer.Add("local", gf::DataType::kInt64, gf::Shape(), BytesOf<std::int64_t>({numbers[numbers.size() - 1 - i]}));
    writer.Add("one", gf::DataType::kInt64, {1, 1}, BytesOf<std::int64_t>({-numbers[i]}));
    writer.Add("flag", gf::DataType::kBool, gf::Shape(), std::string(1, i % 2 == 0 ? '\0' : '\1'));
    writer.Add("h", gf::DataType::kHalf, {1}, BytesOf<std::uint16_t>({static_cast<std::uint16_t>(numbers[i])}));
    names.push_back("v" + std::to_string(i));
    writer.WriteTo(&files, names.back());
  }
  for (const std::string& made_with : names) {
    const gf::Freezer freezer = Over(graph, files, made_with);
    const gf::FreezePlan plan = Plan(freezer);
    CHECK(plan.value_keys().empty());
    for (const std::string& checkpoint : names) CHECK(Same(plan, freezer, checkpoint) == "");
  }
  SUBCASE("and a damaged one is found") {
    std::string data(files.Open("v1.data-00000-of-00001")->view());
    data[0] = static_cast<char>(data[0] ^ 1);  // of "min"
    files.Put("v1.data-00000-of-00001", data);
    gf::Freezer freezer = Over(graph, files, "v0");
    const auto bound = Plan(freezer).Bind("v1");
    CHECK(bound.status().code() == absl::StatusCode::kDataLoss);
    CHECK(bound.status() == freezer.Checkpoint("v1").Freeze().status());
  }
}

TEST_CASE("strings that are others are planned anew") {
  const std::string graph = Binary(Variable("names", {2}, "string") + Variable("w", {2}) + "y = NoOp(^names/Read, ^w/Read)\n");
  gf::MemoryFileSystem files;
  const auto write = [&](const std::string& name, const std::vector<std::string>& strings, float first) {
    bundle_writer::Writer writer;
    writer.AddStrings("names", {2}, strings);
    writer.Add("w", gf::DataType::kFloat, {2}, Ramp(first, 2));
    writer.WriteTo(&files, name);
  };
  write("a", {"cat", "dog"}, 1);
  write("same", {"cat", "dog"}, 2);
  write("other", {"catd", "og"}, 3);
  const gf::Freezer freezer = Over(graph, files);
  const gf::FreezePlan plan = Plan(freezer);
  CHECK(plan.value_keys() == std::vector<std::string_view>{"names"});
  CHECK(Same(plan, freezer, "same") == "");
  Contains(Same(plan, freezer, "other"), "a pass read the value of 'names', and it has another");
}

TEST_CASE("keys that are missing, or of another type or shape, are named") {
  gf::MemoryFileSystem files;
  Dense(1).WriteTo(&files, "a");
  const gf::FreezePlan plan = Plan(Over(Binary(kDense), files));
  SUBCASE("missing") {
    bundle_writer::Writer writer;
    writer.Add("w", gf::DataType::kFloat, {4, 3}, Ramp(1, 12));
    writer.WriteTo(&files, "b");
    const auto bound = Plan(Over(Binary(kDense), files)).Bind("b");
    CHECK(bound.status().code() == absl::StatusCode::kNotFound);
    Contains(Refusal(bound), "checkpoint 'b' has no 'b' (float32 [3]), which the graph needs");
  }
  SUBCASE("of another shape and type") {
    bundle_writer::Writer writer;
    writer.Add("w", gf::DataType::kFloat, {3, 4}, Ramp(1, 12));
    writer.Add("b", gf::DataType::kInt32, {3}, BytesOf<std::int32_t>({1, 2, 3}));
    writer.WriteTo(&files, "b");
    const auto bound = Plan(Over(Binary(kDense), files)).Bind("b");
    CHECK(bound.status().code() == absl::StatusCode::kFailedPrecondition);
    Contains(Refusal(bound), "key 'b' is float32 [3] in the plan, but int32 [3]; key 'w' is float32 [4,3] in the plan, but float32 [3,4] in checkpoint 'b'");
  }
  SUBCASE("where the graph would take another shape, too") {
    const std::string any = Binary("w = VarHandleOp {dtype: float}\nr = ReadVariableOp(w) {dtype: float}\ny = Identity(r) {T: float}\n");
    bundle_writer::Writer writer;
    writer.Add("w", gf::DataType::kFloat, {3, 4}, Ramp(1, 12));
    writer.WriteTo(&files, "b");
    const gf::Freezer freezer = Over(any, files);
    CHECK(gf::Freezer(freezer).Checkpoint("b").Freeze().ok());
    CHECK(Plan(freezer).Bind("b").status().code() == absl::StatusCode::kFailedPrecondition);
  }
  SUBCASE("ten of many") {
    std::string lines = "y = NoOp(";
    bundle_writer::Writer writer;
    for (int i = 0; i < 30; ++i) {
      const std::string name = "v" + std::to_string(10 + i);
      lines += (i > 0 ? ", ^" : "^") + name + "/Read";
      writer.Add(name, gf::DataType::kFloat, {3}, Ramp(1, 3));
    }
    lines += ")\n";
    for (int i = 0; i < 30; ++i) lines += Variable("v" + std::to_string(10 + i), {3});
    writer.WriteTo(&files, "a");
    const std::string text = Refusal(Plan(Over(Binary(lines), files)).Bind(Map()));
    Contains(text, "'v10' (float32 [3]), 'v11' (float32 [3])");
    Contains(text, "'v19' (float32 [3]), and 20 more, which the graph needs");
  }
  SUBCASE("there is no checkpoint") {
    Contains(Refusal(plan.Bind("nowhere")), "nowhere");
    gf::Freezer freezer;
    const auto none = freezer.FromBytes(Binary(kDense)).Outputs({"y"}).Plan();
    CHECK(none.status().code() == absl::StatusCode::kFailedPrecondition);
    Contains(std::string(none.status().message()), "a plan needs a checkpoint of the model");
  }
}

namespace {

// Passes of one's own.
struct LooksAtKeys {
  static constexpr std::string_view kName = "looks_at_keys";
  absl::Status Run(gf::Graph& graph, gf::PassContext& context) const {
    const bool extra = context.keys->store().keys().size() > 3;
    graph.main().SetAttr(graph.main().Find("y"), "_extra", gf::attr::Bool(extra));
    return absl::OkStatus();
  }
};
struct LooksAtValue {
  static constexpr std::string_view kName = "looks_at_value";
  absl::Status Run(gf::Graph& graph, gf::PassContext& context) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const gf::TensorRef step, context.keys->store().Locate("step", {}));
    GRAPHFREEZE_ASSIGN_OR_RETURN(const gf::OwnedBytes bytes, step.pieces[0].source.Load(step.pieces[0].offset, 4));
    graph.main().SetAttr(graph.main().Find("y"), "_step", gf::attr::String(bytes.bytes));
    return absl::OkStatus();
  }
};

}  // namespace

TEST_CASE("what a rewrite asked the checkpoint for, and was told another answer, is asked again") {
  gf::MemoryFileSystem files;
  SUBCASE("moving averages that were not there, and those that were") {
    bundle_writer::Writer raw = Dense(1), averaged = Dense(2);
    averaged.Add("w/ExponentialMovingAverage", gf::DataType::kFloat, {4, 3}, Ramp(50, 12));
    averaged.Add("b/ExponentialMovingAverage", gf::DataType::kFloat, {3}, Ramp(60, 3));
    raw.WriteTo(&files, "raw");
    averaged.WriteTo(&files, "averaged");
    gf::Freezer freezer = Over(Binary(kDense), files, "averaged");
    freezer.ToInference().UseMovingAverages(true);
    CHECK(Same(Plan(freezer), freezer, "averaged") == "");
    Contains(Refusal(Plan(freezer).Bind("raw")), "checkpoint 'raw' has no 'b/ExponentialMovingAverage' (float32 [3])");
    freezer.Checkpoint("raw");
    Contains(Same(Plan(freezer), freezer, "averaged"), "it has a key 'b/ExponentialMovingAverage'");
  }
  SUBCASE("the names that a checkpoint has for objects") {
    const auto write = [&](const std::string& name, const std::string& of_w, float first) {
      bundle_writer::Writer writer;
      for (const std::string key : {"one/.ATTRIBUTES/VARIABLE_VALUE", "two/.ATTRIBUTES/VARIABLE_VALUE"}) {
        writer.Add(key, gf::DataType::kFloat, {2}, Ramp(first += 10, 2));
      }
      std::string attribute, node, objects;
      gf::wire::PutBytesField(&attribute, 1, "VARIABLE_VALUE");
      gf::wire::PutBytesField(&attribute, 2, "w");
      gf::wire::PutBytesField(&attribute, 3, of_w + "/.ATTRIBUTES/VARIABLE_VALUE");
      gf::wire::PutBytesField(&node, 2, attribute);
      gf::wire::PutBytesField(&objects, 1, node);
      writer.AddStrings("_CHECKPOINTABLE_OBJECT_GRAPH", gf::Shape(), {objects});
      writer.WriteTo(&files, name);
    };
    write("a", "one", 1);
    write("same", "one", 2);
    write("other", "two", 3);
    const gf::Freezer freezer = Over(Binary(Variable("w", {2}) + "y = Identity(w/Read) {T: float}\n"), files);
    const gf::FreezePlan plan = Plan(freezer);
    CHECK(plan.value_keys() == std::vector<std::string_view>{"_CHECKPOINTABLE_OBJECT_GRAPH"});
    CHECK(Same(plan, freezer, "same") == "");
    Contains(Same(plan, freezer, "other"), "a pass read the value of '_CHECKPOINTABLE_OBJECT_GRAPH'");
  }
  SUBCASE("savers of which one was right, and crossed names") {
    const std::string saver = R"(
      file = Const {dtype: string, value: string "m"}
      names = Const {dtype: string, value: string [] "q" "p"}
      slices = Const {dtype: string, value: string [] "" ""}
      restore = RestoreV2(file, names, slices) {dtypes: list { type: DT_FLOAT type: DT_FLOAT }}
      assign_p = Assign(p, restore) {T: float}
      assign_q = Assign(q, restore:1) {T: float}
      names2 = Const {dtype: string, value: string "old"}
      slices2 = Const {dtype: string, value: string [] ""}
      restore2 = RestoreV2(file, names2, slices2) {dtypes: list { type: DT_FLOAT }}
      assign2 = Assign(p, restore2) {T: float}
      p = VariableV2 {dtype: float, )" + Dims({2}) + R"(}
      q = VariableV2 {dtype: float, )" + Dims({2}) + R"(}
      y = NoOp(^p, ^q)
    )";
    const auto write = [&](const std::string& name, const std::vector<std::string>& keys) {
      bundle_writer::Writer writer;
      for (std::size_t i = 0; i < keys.size(); ++i) writer.Add(keys[i], gf::DataType::kFloat, {2}, Ramp(static_cast<float>(i), 2));
      writer.WriteTo(&files, name);
    };
    write("a", {"p", "q"});
    write("b", {"q", "p"});
    write("both", {"p", "q", "old"});
    const gf::Freezer freezer = Over(Binary(saver), files);
    const gf::FreezePlan plan = Plan(freezer);
    CHECK(Same(plan, freezer, "b") == "");
    // Freezing with it is refused, and so is binding it.
    const auto bound = plan.Bind("both");
    CHECK_FALSE(bound.ok());
    CHECK(bound.status() == gf::Freezer(freezer).Checkpoint("both").Freeze().status());
  }
  SUBCASE("a pass of one's own") {
    Dense(1).WriteTo(&files, "a");
    Dense(2).WriteTo(&files, "same");
    bundle_writer::Writer more = Dense(3);
    more.Add("more", gf::DataType::kFloat, {1}, Ramp(1, 1));
    more.WriteTo(&files, "more");
    gf::Freezer keys = Over(Binary(kDense), files);
    keys.Before(LooksAtKeys{});
    CHECK(Same(Plan(keys), keys, "same") == "");
    Contains(Same(Plan(keys), keys, "more"), "a pass asked for all keys, and it has others");

    for (const auto& [name, step] : std::map<std::string, std::int32_t>{{"a", 7}, {"same", 7}, {"later", 8}}) {
      bundle_writer::Writer writer = Dense(static_cast<float>(step));
      writer.Add("step", gf::DataType::kInt32, gf::Shape(), BytesOf<std::int32_t>({step}));
      writer.WriteTo(&files, name);
    }
    gf::Freezer value = Over(Binary(kDense), files);
    value.Before(LooksAtValue{});
    CHECK(Plan(value).value_keys() == std::vector<std::string_view>{"step"});
    CHECK(Same(Plan(value), value, "same") == "");
    Contains(Same(Plan(value), value, "later"), "a pass read the value of 'step'");
  }
}

namespace {

const std::string kBatchNorm =
    "x = Placeholder {dtype: float}\n" + Variable("w", {1, 1, 2, 2}) + Variable("gamma", {2}) + Variable("beta", {2}) +
    Variable("mean", {2}) + Variable("variance", {2}) + Variable("last", {2, 2}) +
    "conv = Conv2D(x, w/Read) {T: float}\n"
    "bn = FusedBatchNormV3(conv, gamma/Read, beta/Read, mean/Read, variance/Read) {T: float, U: float, is_training: false, epsilon: 1.0f}\n"
    "y = MatMul(bn, last/Read) {T: float}\n";

void WriteBatchNorm(gf::MemoryFileSystem* files, const std::string& name, float norm, float last, int channels = 2) {
  bundle_writer::Writer writer;
  writer.Add("w", gf::DataType::kFloat, {1, 1, 2, channels}, Ramp(1, 2 * channels));
  for (const char* key : {"gamma", "beta", "mean", "variance"}) writer.Add(key, gf::DataType::kFloat, {channels}, Ramp(norm, channels));
  writer.Add("last", gf::DataType::kFloat, {channels, 2}, Ramp(last, 2 * channels));
  writer.WriteTo(files, name);
}

}  // namespace

TEST_CASE("values that a pass computed with are compared, and others are bound") {
  gf::MemoryFileSystem files;
  WriteBatchNorm(&files, "a", 3, 1);
  WriteBatchNorm(&files, "last", 3, 2);
  WriteBatchNorm(&files, "norm", 8, 2);
  gf::Freezer freezer = Over(Binary(kBatchNorm), files);
  CHECK(Plan(freezer).value_keys().empty());
  CHECK(Same(Plan(freezer), freezer, "norm") == "");
  freezer.ToInference().After(gf::FoldBatchNorm{});
  const gf::FreezePlan plan = Plan(freezer);
  CHECK(plan.value_keys() == std::vector<std::string_view>{"beta", "gamma", "mean", "variance", "w"});
  CHECK(Same(plan, freezer, "a") == "");
  CHECK(Same(plan, freezer, "last") == "");
  Contains(Same(plan, freezer, "norm"), "a pass read the value of 'beta', and it has another");
  // What was folded is in the bytes.
  CHECK(Bytes(plan.Bind("a")) != Bytes(plan.Bind("norm")));
}

TEST_CASE("batch norms of a single channel are folded with their numbers, which stand in the graph in full") {
  std::string one = kBatchNorm;
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {Dims({1, 1, 2, 2}), Dims({1, 1, 2, 1})}, {Dims({2, 2}), Dims({1, 2})}, {Dims({2}), Dims({1})}}) {
    for (std::size_t at = 0; (at = one.find(from, at)) != std::string::npos; at += to.size()) one.replace(at, from.size(), to);
  }
  gf::MemoryFileSystem files;
  WriteBatchNorm(&files, "a", 3, 1, 1);
  WriteBatchNorm(&files, "norm", 8, 1, 1);
  gf::Freezer freezer = Over(Binary(one), files);
  freezer.ToInference().After(gf::FoldBatchNorm{});
  const std::string bytes = Bytes(freezer.Freeze());
  const auto graph = gf::Graph::Parse(gf::Source::Borrow(bytes, "frozen"));
  REQUIRE(graph.ok());
  // gamma / sqrt(variance + 1) = 3 / 2, and beta - mean * that = 3 - 4.5.
  gf::Evaluator evaluator(*graph, graph->main());
  CHECK(evaluator.Evaluate({graph->main().Find("w"), 0, 0})->bytes() == Floats({1.5f, 3}));
  CHECK(evaluator.Evaluate({graph->main().Find("bn/bias"), 0, 0})->bytes() == Floats({-1.5f}));
  const gf::FreezePlan plan = Plan(freezer);
  CHECK(Same(plan, freezer, "a") == "");
  Contains(Same(plan, freezer, "norm"), "a pass read the value of 'beta'");
}

TEST_CASE("partitioned variables are bound part by part") {
  const std::string graph = Binary(Variable("w/part_0", {1, 3}) + Variable("w/part_1", {3, 3}) +
                                   "axis = Const {dtype: int32, value: int32 0}\n"
                                   "y = ConcatV2(w/part_0/Read, w/part_1/Read, axis) {T: float, N: 2, Tidx: int32}\n");
  gf::MemoryFileSystem files;
  Dense(1).WriteTo(&files, "a");
  Dense(2, {}, {gf::TensorSlice{{0, 1}, {0, -1}}, gf::TensorSlice{{1, 3}, {0, -1}}}).WriteTo(&files, "parts");
  Dense(3, {}, {gf::TensorSlice{{0, -1}, {0, 1}}, gf::TensorSlice{{0, -1}, {1, 2}}}).WriteTo(&files, "across");
  for (const std::string made_with : {"a", "parts", "across"}) {
    const gf::Freezer freezer = Over(graph, files, made_with);
    for (const std::string checkpoint : {"a", "parts", "across"}) CHECK(Same(Plan(freezer), freezer, checkpoint) == "");
  }
}

TEST_CASE("a function of a SavedModel is bound, with its inlined and its own variables") {
  const auto binary = gf::TextToBinary(
      "SavedModel",
      "meta_graphs { meta_info_def { tags: 'serve' } graph_def { " +
          MiniGraph::ToText("x = Placeholder {dtype: float}\n v = VarHandleOp {dtype: float, shared_name: \"v\", " + Dims({2}) +
                            "}\n call = StatefulPartitionedCall(x, v) {f: func { name: \"f\" }, Tin: list { type: [DT_FLOAT, "
                            "DT_RESOURCE] }, Tout: list { type: [DT_FLOAT] }}\n") +
          MiniGraph::Library("function { signature { name: 'f' input_arg { name: 'x' type: DT_FLOAT } input_arg { name: 'v' type: "
                             "DT_RESOURCE } output_arg { name: 'o' type: DT_FLOAT } } node_def { name: 'r' op: 'ReadVariableOp' input: 'v' "
                             "attr { key: 'dtype' value { type: DT_FLOAT } } } node_def { name: 'm' op: 'Mul' input: 'x' input: "
                             "'r:value:0' attr { key: 'T' value { type: DT_FLOAT } } } ret { key: 'o' value: 'm:z:0' } }") +
          " } signature_def { key: 'serving_default' value { inputs { key: 'x' value { name: 'x:0' dtype: DT_FLOAT } } outputs { "
          "key: 'o' value { name: 'call:0' dtype: DT_FLOAT } } } } }");
  REQUIRE_MESSAGE(binary.ok(), std::string(binary.status().message()));
  gf::MemoryFileSystem files;
  files.Put("m/saved_model.pb", *binary);
  const auto write = [&](const std::string& name, float first) {
    bundle_writer::Writer writer;
    writer.Add("v", gf::DataType::kFloat, {2}, Ramp(first, 2));
    writer.WriteTo(&files, name);
  };
  write("m/variables/variables", 1);
  write("next", 2);
  for (const bool inlined : {true, false}) {
    gf::Freezer freezer;
    freezer.FromSavedModel("m").Files(files).Inline(inlined);
    const gf::FreezePlan plan = Plan(freezer);
    CHECK(Bytes(plan.Bind("m/variables/variables")) == Bytes(freezer.Freeze()));
    CHECK(Same(plan, freezer, "next") == "");
    CHECK(plan.Bind("next")->report().signatures == std::vector<std::string>{"serving_default"});
  }
}

TEST_CASE("a trained model is bound to its own next versions") {
  const std::string folder = std::string(GRAPHFREEZE_FIXTURES) + "/../../examples/data/";
  const auto reader = gf::CheckpointReader<>::Open(folder + "model.ckpt");
  REQUIRE_MESSAGE(reader.ok(), std::string(reader.status().message()));
  for (const bool to_inference : {false, true}) {
    gf::Freezer freezer;
    freezer.FromMetaGraph(folder + "model.ckpt.meta").Checkpoint(folder + "model.ckpt").Outputs({"output"});
    if (to_inference) freezer.ToInference();
    const gf::FreezePlan plan = Plan(freezer);
    CHECK(plan.report().variables.size() == 8);
    CHECK(Same(plan, freezer, folder + "model.ckpt") == "");
    for (int version = 1; version < 4; ++version) {
      Map next;
      for (const gf::CheckpointEntry& entry : reader->keys()) {
        auto bytes = std::make_shared<std::string>(reader->Get(entry.key)->bytes());
        for (std::size_t i = 0; i < bytes->size(); i += 7) (*bytes)[i] = static_cast<char>((*bytes)[i] + version);
        const std::string_view view = *bytes;
        next.emplace(std::string(entry.key), gf::TensorView(entry.dtype, entry.shape, view, std::move(bytes)));
      }
      gf::Freezer other = freezer;
      const auto expected = other.Checkpoint(next).Freeze();
      const auto bound = plan.Bind(next);
      CHECK((Bytes(bound) == Bytes(expected)));
      CHECK(Anew(bound) == "");
      CHECK(*bound->Fingerprint() == *expected->Fingerprint());
    }
  }
}

TEST_CASE("a plan keeps the graph as it was, and nothing of the checkpoint that it was made with") {
  gf::MemoryFileSystem files;
  auto values = std::make_shared<std::string>(Ramp(1, 12));
  const std::weak_ptr<std::string> watched = values;
  Map map;
  map.emplace("w", gf::TensorView(gf::DataType::kFloat, {4, 3}, *values, values));
  map.emplace("b", gf::TensorView(gf::DataType::kFloat, {3}, std::string_view(*values).substr(0, 12), values));
  Dense(1).WriteTo(&files, "a");
  bundle_writer::Writer found = Dense(2);
  found.Add("b/ExponentialMovingAverage", gf::DataType::kFloat, {3}, Ramp(60, 3));
  found.WriteTo(&files, "found");
  files.Put("graph", Binary(kDense));
  auto freezer = std::make_unique<gf::Freezer>();
  freezer->FromGraph("graph").Files(files).Outputs({"y"}).ToInference().UseMovingAverages(true).Checkpoint(map);
  const gf::FreezePlan plan = Plan(*freezer);
  const std::string expected = Bytes(gf::Freezer(*freezer).Checkpoint("a").Freeze());
  const std::string expected_anew = Bytes(gf::Freezer(*freezer).Checkpoint("found").Freeze());
  freezer.reset();
  map.clear();
  values.reset();
  CHECK(watched.expired());
  CHECK(Bytes(plan.Bind("a")) == expected);
  // Also where the graph has to be rewritten.
  const auto anew = plan.Bind("found");
  CHECK(Anew(anew) != "");
  CHECK(Bytes(anew) == expected_anew);
  SUBCASE("and what was bound outlives the plan") {
    auto other = std::make_unique<gf::FreezePlan>(plan);
    const auto frozen = other->Bind("a");
    other.reset();
    CHECK(Bytes(frozen) == expected);
  }
}

TEST_CASE("the graph's file may become another after the plan was made") {
  struct Changing {
    absl::StatusOr<gf::Source> Open(std::string_view path) const { return files->Open(path); }
    absl::StatusOr<std::vector<std::string>> List(std::string_view directory) const { return files->List(directory); }
    std::shared_ptr<gf::MemoryFileSystem> files = std::make_shared<gf::MemoryFileSystem>();
  };
  const Changing files;
  files.files->Put("graph", Binary(kDense));
  Dense(1).WriteTo(files.files.get(), "a");
  bundle_writer::Writer averaged = Dense(2);
  averaged.Add("b/ExponentialMovingAverage", gf::DataType::kFloat, {3}, Ramp(60, 3));
  averaged.WriteTo(files.files.get(), "averaged");
  gf::Freezer freezer;
  freezer.FromGraph("graph").Files(files).Outputs({"y"}).ToInference().UseMovingAverages(true).Checkpoint("a");
  const gf::FreezePlan plan = Plan(freezer);
  const std::string before = Bytes(freezer.Freeze()), averaged_before = Bytes(gf::Freezer(freezer).Checkpoint("averaged").Freeze());
  files.files->Put("graph", Binary("y = Placeholder {dtype: float}\n"));
  CHECK(Bytes(freezer.Freeze()) != before);
  CHECK(Bytes(plan.Bind("a")) == before);
  CHECK(Bytes(plan.Bind("averaged")) == averaged_before);
}

TEST_CASE("checksums are compared unless that is turned off") {
  gf::MemoryFileSystem files;
  Dense(1).WriteTo(&files, "a");
  Dense(2).WriteTo(&files, "b");
  std::string data(files.Open("b.data-00000-of-00001")->view());
  data[0] = static_cast<char>(data[0] ^ 1);  // of "w"
  files.Put("b.data-00000-of-00001", data);
  gf::Freezer freezer = Over(Binary(kDense), files);
  const auto bound = Plan(freezer).Bind("b");
  CHECK(bound.status().code() == absl::StatusCode::kDataLoss);
  CHECK(bound.status() == gf::Freezer(freezer).Checkpoint("b").Freeze().status());
  CHECK(Plan(freezer).Bind("a")->report().verified);
  freezer.VerifyChecksums(false);
  CHECK(Same(Plan(freezer), freezer, "b") == "");
  CHECK_FALSE(Plan(freezer).Bind("a")->report().verified);
}

TEST_CASE("a limit on the size holds for what is bound, too") {
  gf::MemoryFileSystem files;
  const std::string graph = Binary(Variable("n", {}, "int64") + "y = Identity(n/Read) {T: int64}\n");
  for (const auto& [name, n] : std::map<std::string, std::int64_t>{{"short", 1}, {"long", -1}}) {
    bundle_writer::Writer writer;
    writer.Add("n", gf::DataType::kInt64, gf::Shape(), BytesOf<std::int64_t>({n}));
    writer.WriteTo(&files, name);
  }
  gf::Freezer freezer = Over(graph, files, "short");
  gf::Limits limits;
  limits.max_output_bytes = freezer.Freeze()->size();
  freezer.With(limits);
  const gf::FreezePlan plan = Plan(freezer);
  CHECK(plan.Bind("short").ok());
  CHECK(plan.Bind("long").status().code() == absl::StatusCode::kResourceExhausted);
  limits.max_output_bytes -= 1;
  CHECK(freezer.With(limits).Plan().status().code() == absl::StatusCode::kResourceExhausted);
}

TEST_CASE("many threads bind one plan at once") {
  gf::MemoryFileSystem files;
  WriteBatchNorm(&files, "a", 3, 1);
  WriteBatchNorm(&files, "last", 3, 2);
  WriteBatchNorm(&files, "norm", 8, 2);
  gf::Freezer freezer = Over(Binary(kBatchNorm), files);
  freezer.ToInference().After(gf::FoldBatchNorm{});
  const gf::FreezePlan plan = Plan(freezer);
  std::map<std::string, std::string> expected;
  for (const std::string name : {"a", "last", "norm"}) expected[name] = Bytes(gf::Freezer(freezer).Checkpoint(name).Freeze());
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        for (const auto& [name, bytes] : expected) {
          const auto bound = plan.Bind(name);
          if (!bound.ok() || *bound->ToContiguous() != bytes) ++wrong;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("a fingerprint is that of the graph's bytes and the weights, and of nothing else") {
  gf::MemoryFileSystem files;
  Dense(1).WriteTo(&files, "a");
  const std::string graph = Binary(kDense);
  const std::uint64_t expected = *Over(graph, files).Freeze()->Fingerprint();
  // One that changes with the library makes every cache forget.
  CHECK(expected == 11475869782017899403u);

  SUBCASE("not of where the weights are, in how many files and pieces, and in what form") {
    bundle_writer::Options options;
    options.shards = 2;
    Dense(1, options).WriteTo(&files, "else/where");
    Dense(1, {}, {gf::TensorSlice{{0, 1}, {0, -1}}, gf::TensorSlice{{1, 3}, {0, -1}}}).WriteTo(&files, "rows");
    Dense(1, {}, {gf::TensorSlice{{0, -1}, {2, 1}}, gf::TensorSlice{{0, -1}, {0, 2}}}).WriteTo(&files, "columns");
    slice_writer::File v1;
    v1.AddFloats("w", {4, 3}, gf::TensorSlice{{0, -1}, {0, -1}}, Ramp(1, 12));
    v1.AddFloats("b", {3}, gf::TensorSlice{{0, -1}}, Ramp(-1, 3));
    files.Put("v1", v1.Bytes());
    for (const std::string name : {"else/where", "rows", "columns", "v1"}) {
      INFO(name);
      gf::Freezer freezer = Over(graph, files, name);
      CHECK(*freezer.Freeze()->Fingerprint() == expected);
      CHECK(*freezer.With(gf::ThreadExecutor(3)).Freeze()->Fingerprint() == expected);
      CHECK(*freezer.VerifyChecksums(false).Freeze()->Fingerprint() == expected);
    }
    const std::string w = Ramp(1, 12), b = Ramp(-1, 3);
    const Map map = {{"w", gf::TensorView(gf::DataType::kFloat, {4, 3}, w, nullptr)}, {"b", gf::TensorView(gf::DataType::kFloat, {3}, b, nullptr)}};
    CHECK(*gf::Freezer(Over(graph, files)).Checkpoint(map).Freeze()->Fingerprint() == expected);
  }
  SUBCASE("also of a weight that lies in several pieces, each with a checksum of its own") {
    const std::string big = Binary(Variable("v", {64, 256}) + "y = Identity(v/Read) {T: float}\n"), bytes = Ramp(1, 64 * 256);
    bundle_writer::Options options;
    options.shards = 2;  // slices that follow one another in a file are one piece
    bundle_writer::Writer whole, pieces(options);
    whole.Add("v", gf::DataType::kFloat, {64, 256}, bytes);
    pieces.AddSliced("v", gf::DataType::kFloat, {64, 256}, bytes, {gf::TensorSlice{{0, 20}, {0, -1}}, gf::TensorSlice{{20, 44}, {0, -1}}});
    whole.WriteTo(&files, "whole");
    pieces.WriteTo(&files, "pieces");
    const auto frozen = Over(big, files, "pieces").Freeze();
    CHECK(frozen->Segments()->size() > Over(big, files, "whole").Freeze()->Segments()->size());
    CHECK(*frozen->Fingerprint() == *Over(big, files, "whole").Freeze()->Fingerprint());
    const gf::FreezePlan plan = Plan(Over(big, files, "whole"));
    CHECK(Same(plan, Over(big, files), "pieces") == "");
  }
  SUBCASE("of every byte of a weight") {
    for (std::size_t i = 0; i < 60; ++i) {
      std::string w = Ramp(1, 12), b = Ramp(-1, 3);
      std::string& changed = i < 48 ? w : b;
      changed[i % 48] = static_cast<char>(changed[i % 48] ^ 0x40);
      const Map map = {{"w", gf::TensorView(gf::DataType::kFloat, {4, 3}, w, nullptr)}, {"b", gf::TensorView(gf::DataType::kFloat, {3}, b, nullptr)}};
      CHECK(*gf::Freezer(Over(graph, files)).Checkpoint(map).Freeze()->Fingerprint() != expected);
    }
  }
  SUBCASE("of the nodes") {
    std::string other = kDense;
    other.replace(other.find("BiasAdd"), 7, "BiasSub");
    CHECK(*Over(Binary(other), files).Freeze()->Fingerprint() != expected);
    CHECK(*Over(Binary(kDense), files).Outputs({"mul"}).Freeze()->Fingerprint() != expected);
  }
  SUBCASE("of single numbers, which are bytes of the graph") {
    const std::string number = Binary(Variable("n", {}) + "y = Identity(n/Read) {T: float}\n");
    std::vector<std::uint64_t> fingerprints;
    for (const float value : {1.0f, 2.0f}) {
      const std::string bytes = Floats({value});
      const Map map = {{"n", gf::TensorView(gf::DataType::kFloat, gf::Shape(), bytes, nullptr)}};
      fingerprints.push_back(*gf::Freezer(Over(number, files)).Checkpoint(map).Freeze()->Fingerprint());
    }
    CHECK(fingerprints[0] != fingerprints[1]);
  }
  SUBCASE("and reads no weight that has a stored checksum") {
    struct Counting {
      absl::StatusOr<gf::Source> Open(std::string_view path) const {
        struct File {
          std::uint64_t size() const { return source.size(); }
          absl::Status Read(std::uint64_t offset, absl::Span<char> out) const {
            ++*reads;
            return source.Read(offset, out);
          }
          gf::Source source;
          std::shared_ptr<int> reads;
        };
        GRAPHFREEZE_ASSIGN_OR_RETURN(gf::Source source, files.Open(path));
        return gf::Source::Of(File{std::move(source), reads}, std::string(path));
      }
      absl::StatusOr<std::vector<std::string>> List(std::string_view directory) const { return files.List(directory); }
      gf::MemoryFileSystem files;
      std::shared_ptr<int> reads = std::make_shared<int>(0);
    };
    const Counting counting{files};
    gf::Freezer freezer = Over(graph, files);
    const auto frozen = freezer.Files(counting).VerifyChecksums(false).Freeze();
    REQUIRE(frozen.ok());
    const int before = *counting.reads;
    CHECK(*frozen->Fingerprint() == expected);
    CHECK(*counting.reads == before);
  }
}
