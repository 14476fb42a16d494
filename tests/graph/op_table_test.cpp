#include <doctest/doctest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <graphfreeze/graph/op_table.hpp>

namespace gf = graphfreeze;
using gf::wire::Key;
using gf::wire::Type;

namespace {

std::string ReadFixture(const std::string& name) {
  std::ifstream file(std::string(GRAPHFREEZE_FIXTURES "/graphs/") + name, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), name);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// An op in the form of op_text() in make_graphs.py.
std::string OpText(const gf::OpDef& op) {
  std::string out = gf::Concat(op.name, "(");
  const auto args = [&](const auto& list) {
    for (const gf::OpArg& arg : list) {
      if (&arg != &list.front()) out += " ";
      out += gf::Concat(arg.name, ":", static_cast<int>(arg.type), ":", arg.type_attr, ":",
                        arg.number_attr, ":", arg.type_list_attr, ":", arg.is_ref ? "1" : "0");
    }
    out += ")(";
  };
  args(op.inputs);
  args(op.outputs);
  for (const gf::OpAttrDefault& attr : op.attrs) {
    if (&attr != &op.attrs.front()) out += " ";
    out += gf::Concat(attr.name, ":", attr.type, ":");
    for (char c : attr.value) {
      for (int shift : {4, 0})
        out.push_back("0123456789abcdef"[static_cast<unsigned char>(c) >> shift & 15]);
    }
  }
  return out + (op.is_stateful ? ")1\n" : ")0\n");
}

std::string TinyOpDef(std::string_view name, std::string_view output) {
  std::string arg, op;
  gf::wire::PutBytesField(&arg, 1, output);
  gf::wire::PutBytesField(&op, 1, name);
  gf::wire::PutBytesField(&op, 3, arg);
  return op;
}

}  // namespace

TEST_CASE("the built-in table says of all ops what TensorFlow says") {
  std::istringstream golden(ReadFixture("ops.txt"));
  std::size_t count;
  std::uint64_t hash;
  golden >> count >> std::hex >> hash;

  const gf::OpRegistry registry;
  std::size_t found = 0;
  std::uint64_t fnv = 0xcbf29ce484222325u;
  std::string last;
  for (std::string_view chunk : gf::detail::kOpTableOps) {
    while (!chunk.empty()) {
      std::string_view line = gf::detail::CutAt(&chunk, '\n');
      const std::string name(gf::detail::CutAt(&line, ' '));
      const gf::OpDef* op = registry.Find(name);
      REQUIRE_MESSAGE(op != nullptr, name);
      CHECK(last < name);
      last = name;
      for (char c : OpText(*op)) fnv = (fnv ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
      ++found;
    }
  }
  CHECK(found == count);
  CHECK(found == gf::detail::kOpTableCount);
  CHECK(fnv == hash);
}

TEST_CASE("an OpDef that TensorFlow serialised reads as the table has it") {
  const std::string list = ReadFixture("ops.pb");
  const gf::OpRegistry registry;
  gf::wire::FieldReader reader(list);
  int count = 0;
  for (; reader.Next(); ++count) {
    const absl::StatusOr<gf::OpDef> op = gf::ParseOpDef(reader.bytes());
    REQUIRE(op.ok());
    const gf::OpDef* built_in = registry.Find(op->name);
    REQUIRE(built_in != nullptr);
    CHECK(OpText(*built_in) == OpText(*op));
  }
  CHECK(count > 30);
}

TEST_CASE("defaults are serialised AttrValues") {
  const gf::OpRegistry registry;
  const gf::OpDef* norm = registry.Find("FusedBatchNormV3");
  REQUIRE(norm != nullptr);
  CHECK(norm->Default("is_training") == std::string_view("\x28\x01"));  // b: true
  CHECK(norm->Default("data_format") == std::string_view("\x12\x04NHWC"));
  CHECK_FALSE(norm->Default("T").has_value());
  CHECK_FALSE(norm->Default("nonsense").has_value());
  CHECK(norm->outputs.size() == 6);
  const gf::OpDef* assign = registry.Find("Assign");
  REQUIRE(assign != nullptr);
  CHECK(assign->inputs[0].is_ref);
  CHECK_FALSE(assign->inputs[1].is_ref);
  CHECK(registry.Find("VarHandleOp")->is_stateful);
  CHECK(registry.Find("Split")->outputs[0].number_attr == "num_split");
  CHECK(registry.Find("RestoreV2")->outputs[0].type_list_attr == "dtypes");
}

TEST_CASE("names that no table has") {
  const gf::OpRegistry registry;
  for (std::string_view name :
       {"", "!", "Conv2", "Conv2DD", "Conv2D ", "conv2d", "zzz", "Conv2D\n", "\xff"}) {
    CHECK(registry.Find(name) == nullptr);
    CHECK(registry.Find(std::string(name)) == nullptr);
  }
  for (int i = 0; i < 20000; ++i) CHECK(registry.Find(gf::Concat("unknown", i)) == nullptr);
  CHECK(registry.Find("Conv2D") != nullptr);
}

TEST_CASE("the first definition of a name wins, the built-in one comes last") {
  gf::OpRegistry registry;
  CHECK(registry.Find("MyOp") == nullptr);
  std::string list;
  gf::wire::PutBytesField(&list, 1, TinyOpDef("MyOp", "from_list"));
  gf::wire::PutBytesField(&list, 1, TinyOpDef("Relu", "from_list"));
  gf::wire::PutBytesField(&list, 1, TinyOpDef("Relu", "a duplicate"));
  REQUIRE(registry.AddOpList(list).ok());
  list.assign(list.size(), 'x');  // without an owner the bytes were copied
  REQUIRE(registry.AddOpDef(TinyOpDef("MyOp", "from_caller")).ok());
  REQUIRE(registry.AddOpDef(TinyOpDef("Other", "from_caller")).ok());
  CHECK(registry.Find("MyOp")->outputs[0].name == "from_list");
  CHECK(registry.Find("Relu")->outputs[0].name == "from_list");
  CHECK(registry.Find("Other")->outputs[0].name == "from_caller");
  CHECK(registry.Find("Relu6")->outputs[0].name == "activations");

  // What was found stays where it is, also when the registry moves.
  const gf::OpDef* relu = registry.Find("Relu");
  const gf::OpRegistry moved(std::move(registry));
  CHECK(moved.Find("Relu") == relu);

  auto owned = std::make_shared<std::string>();
  gf::wire::PutBytesField(owned.get(), 1, TinyOpDef("Borrowed", "out"));
  gf::OpRegistry borrowing;
  REQUIRE(borrowing.AddOpList(*owned, owned).ok());
  const gf::OpDef* op = borrowing.Find("Borrowed");
  CHECK(op->name.data() > owned->data());
  CHECK(op->name.data() < owned->data() + owned->size());
}

TEST_CASE("malformed OpDefs are errors and add nothing") {
  gf::OpRegistry registry;
  CHECK_FALSE(registry.AddOpDef("").ok());  // no name
  CHECK_FALSE(registry.AddOpDef("\x0a\x05xy").ok());
  std::string list;
  gf::wire::PutBytesField(&list, 1, TinyOpDef("Good", "out"));
  CHECK_FALSE(registry.AddOpList(list + "\x0a\x02\x1a").ok());
  CHECK_FALSE(registry.AddOpList(list + std::string("\x0a\x03\x1a\x01\x80", 5)).ok());
  CHECK(registry.Find("Good") == nullptr);

  const std::string ops = ReadFixture("ops.pb");
  for (std::size_t i = 0; i < ops.size(); ++i) {
    gf::OpRegistry damaged;
    if (i % 7 == 0) (void)damaged.AddOpList(std::string_view(ops).substr(0, i));
    std::string flipped = ops.substr(i - i % 97, 300);
    flipped[i % 97 < flipped.size() ? i % 97 : 0] ^= static_cast<char>(1 << i % 8);
    (void)damaged.AddOpList(flipped);
  }
}

TEST_CASE("threads may look up at once") {
  const gf::OpRegistry registry;
  std::vector<std::thread> threads;
  std::vector<const gf::OpDef*> found(4);
  for (const gf::OpDef*& slot : found) {
    threads.emplace_back([&registry, &slot] {
      for (std::string_view name : {"Add", "MatMul", "Nope", "Conv2D", "Relu", "Identity"}) {
        const gf::OpDef* op = registry.Find(name);
        if (name == "Conv2D") slot = op;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const gf::OpDef* op : found) CHECK(op == found[0]);
  CHECK(found[0] != nullptr);
}
