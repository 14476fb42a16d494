#include <doctest/doctest.h>

#include <cstddef>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/model/graph_file.hpp>

namespace gf = graphfreeze;
using gf::GraphFileKind;

namespace {

std::string ReadFixture(const std::string& name) {
  std::ifstream file(std::string(GRAPHFREEZE_FIXTURES "/graphs/") + name, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), name);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

absl::StatusOr<gf::GraphFile> Load(std::string bytes, std::string name = "file") {
  return gf::GraphFile::FromSource(gf::Source::Own(std::move(bytes), std::move(name)));
}

GraphFileKind Kind(std::string bytes) {
  const absl::StatusOr<gf::GraphFile> file = Load(std::move(bytes));
  REQUIRE_MESSAGE(file.ok(), file.status().ToString());
  return file->kind();
}

std::string GraphError(std::string bytes, std::string name) {
  const absl::StatusOr<gf::GraphFile> file = Load(std::move(bytes), std::move(name));
  REQUIRE_MESSAGE(file.ok(), file.status().ToString());
  const absl::StatusOr<gf::OwnedBytes> graph = file->graph_def();
  REQUIRE_FALSE(graph.ok());
  return std::string(graph.status().message());
}

bool Has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string Field(std::uint32_t number, std::string_view payload) {
  std::string out;
  gf::wire::PutBytesField(&out, number, payload);
  return out;
}

// A file system that only reads, to see that nothing depends on views.
struct Unmapped {
  std::string bytes;
  std::uint64_t size() const { return bytes.size(); }
  absl::Status Read(std::uint64_t offset, absl::Span<char> out) const {
    bytes.copy(out.data(), out.size(), static_cast<std::size_t>(offset));
    return absl::OkStatus();
  }
};

}  // namespace

TEST_CASE("every kind of file that TensorFlow writes is told by its content") {
  const struct {
    const char* name;
    GraphFileKind kind;
    bool text;
  } files[] = {
      {"graph.pb", GraphFileKind::kGraphDef, false},
      {"graph.pbtxt", GraphFileKind::kGraphDef, true},
      {"tensors.pb", GraphFileKind::kGraphDef, false},
      {"scalars.pb", GraphFileKind::kGraphDef, false},
      {"meta.pb", GraphFileKind::kMetaGraphDef, false},
      {"meta.pbtxt", GraphFileKind::kMetaGraphDef, true},
      {"saved_model.pb", GraphFileKind::kSavedModel, false},
      {"saved_model.pbtxt", GraphFileKind::kSavedModel, true},
      {"saver.pb", GraphFileKind::kSaverDef, false},
      {"saver.pbtxt", GraphFileKind::kSaverDef, true},
      {"checkpoint", GraphFileKind::kCheckpointState, true},
      {"model.ckpt.index", GraphFileKind::kCheckpointTable, false},
      {"v1.ckpt", GraphFileKind::kCheckpointTable, false},
      {"tensors.txt", GraphFileKind::kOther, false},
      {"ops.txt", GraphFileKind::kOther, false},
      {"ops.pb", GraphFileKind::kOther, false},
  };
  for (const auto& expected : files) {
    CAPTURE(expected.name);
    const std::string path = std::string(GRAPHFREEZE_FIXTURES "/graphs/") + expected.name;
    const absl::StatusOr<gf::GraphFile> file = gf::LoadGraphFile(gf::LocalFileSystem{}, path);
    REQUIRE_MESSAGE(file.ok(), file.status().ToString());
    CHECK(gf::Name(file->kind()) == gf::Name(expected.kind));
    CHECK(file->was_text() == expected.text);
    CHECK(file->name() == path);

    const std::string bytes = ReadFixture(expected.name);
    const absl::StatusOr<gf::GraphFile> unmapped =
        gf::GraphFile::FromSource(gf::Source::Of(Unmapped{bytes}, "unmapped"));
    REQUIRE(unmapped.ok());
    CHECK(unmapped->kind() == file->kind());
    CHECK(unmapped->message().bytes == file->message().bytes);
    if (expected.kind == GraphFileKind::kGraphDef && !expected.text)
      CHECK(file->message().bytes == bytes);
  }
}

TEST_CASE("a binary graph is a view of the file, a text one its bytes") {
  const std::string bytes = ReadFixture("graph.pb");
  const gf::Source source = gf::Source::Borrow(bytes);
  const absl::StatusOr<gf::GraphFile> binary = gf::GraphFile::FromSource(source);
  REQUIRE(binary.ok());
  CHECK(binary->graph_def()->bytes.data() == bytes.data());
  CHECK(binary->graph_def()->bytes.size() == bytes.size());
  CHECK(binary->meta_graph() == nullptr);

  gf::OwnedBytes kept;
  {
    const absl::StatusOr<gf::GraphFile> text = Load(ReadFixture("graph.pbtxt"));
    REQUIRE(text.ok());
    kept = *text->graph_def();
  }
  CHECK(kept.bytes == *gf::TextToBinary("GraphDef", ReadFixture("graph.pbtxt")));
}

TEST_CASE("the parts of a MetaGraphDef") {
  std::optional<gf::MetaGraph> kept;
  {
    const absl::StatusOr<gf::GraphFile> file = Load(ReadFixture("meta.pb"));
    REQUIRE(file.ok());
    REQUIRE(file->meta_graph() != nullptr);
    kept = *file->meta_graph();
  }
  const gf::MetaGraph& meta = *kept;
  REQUIRE(meta.saver_def.has_value());
  const absl::StatusOr<gf::SaverDef> saver = gf::ParseSaverDef(*meta.saver_def);
  REQUIRE(saver.ok());
  CHECK(saver->filename_tensor_name == "save/Const:0");
  CHECK(saver->save_tensor_name == "save/control_dependency:0");
  CHECK(saver->restore_op_name == "save/restore_all");
  CHECK(saver->version == 2);
  CHECK_FALSE(saver->sharded);
  CHECK(meta.tags == std::vector<std::string_view>{"serve", "gpu"});
  CHECK(Has(meta.tensorflow_version, "2.21"));
  CHECK(meta.Collection("ints") ==
        std::string_view("\x1a\x0d\x0a\x0b\x03\xfc\xff\xff\xff\xff\xff\xff\xff\xff\x01", 15));
  CHECK(meta.Collection("floats") == std::string_view("\x22\x06\x0a\x04\x00\x00\x80\x3e", 8));
  CHECK(meta.Collection("nodes").has_value());
  CHECK(meta.Collection("variables").has_value());
  CHECK_FALSE(meta.Collection("nothing").has_value());
  REQUIRE(meta.Signature("serving_default").has_value());
  CHECK(Has(*meta.Signature("serving_default"), "tensorflow/serving/predict"));
  CHECK(Has(meta.stripped_op_list, "MatMul"));
  CHECK(Has(meta.graph_def, "save/restore_all"));
  CHECK(meta.object_graph_def.empty());

  // From text everything is the same but the order of map entries.
  const absl::StatusOr<gf::GraphFile> text = Load(ReadFixture("meta.pbtxt"));
  REQUIRE(text.ok());
  CHECK(text->meta_graph()->stripped_op_list == meta.stripped_op_list);
  CHECK(text->meta_graph()->collections.size() == meta.collections.size());
  for (const gf::MetaGraph::Entry& entry : meta.collections) {
    CHECK(text->meta_graph()->Collection(entry.first) == entry.second);
  }
}

TEST_CASE("fields that stand twice are merged, map keys that stand twice overwritten") {
  const std::string node_a = Field(1, Field(1, "a") + Field(2, "NoOp"));
  const std::string node_b = Field(1, Field(1, "b") + Field(2, "NoOp"));
  const std::string node_c = Field(1, Field(1, "c") + Field(2, "NoOp"));
  const std::string op = Field(2, Field(1, Field(1, "NoOp")));
  const std::string meta =
      Field(2, node_a) + Field(1, Field(4, "x")) + Field(4, Field(1, "k") + Field(2, "\x0a")) +
      Field(2, node_b) + Field(1, op + Field(4, "y")) + Field(4, Field(1, "l")) +
      Field(4, Field(1, "k") + Field(2, "\x12") + Field(2, "\x00")) + Field(2, node_c) +
      Field(1, op) + Field(3, Field(3, "r")) + Field(3, Field(1, "f"));
  const absl::StatusOr<gf::GraphFile> file = Load(meta);
  REQUIRE_MESSAGE(file.ok(), file.status().ToString());
  REQUIRE(file->kind() == GraphFileKind::kMetaGraphDef);
  const gf::MetaGraph& parts = *file->meta_graph();
  CHECK(file->graph_def()->bytes == node_a + node_b + node_c);
  CHECK(parts.tags == std::vector<std::string_view>{"x", "y"});
  CHECK(parts.stripped_op_list == Field(1, Field(1, "NoOp")) + Field(1, Field(1, "NoOp")));
  CHECK(parts.saver_def == Field(3, "r") + Field(1, "f"));
  REQUIRE(parts.collections.size() == 2);
  CHECK(parts.collections[0].first == "l");
  CHECK(parts.Collection("k") == "\x12");  // the literal ends at its NUL: both parts follow
}

TEST_CASE("errors say what a file is and what to give instead") {
  CHECK(Has(GraphError("", "g.pb"), "'g.pb' is empty"));
  CHECK(Has(GraphError(ReadFixture("saved_model.pb"), "dir/saved_model.pb"), "SavedModel"));
  CHECK(Has(GraphError(ReadFixture("saved_model.pb"), "dir/saved_model.pb"), "'dir'"));
  CHECK(Has(GraphError(ReadFixture("saved_model.pbtxt"), "frozen.pb"), "SavedModel"));
  CHECK(Has(GraphError(ReadFixture("model.ckpt.index"), "d/model.ckpt.index"),
            "'d/model.ckpt.meta'"));
  CHECK(Has(GraphError(ReadFixture("v1.ckpt"), "v1.ckpt"), "'v1.ckpt.meta'"));
  CHECK(Has(GraphError(ReadFixture("checkpoint"), "checkpoint"), ".meta"));
  CHECK(Has(GraphError(ReadFixture("saver.pb"), "s"), "SaverDef"));
  CHECK(Has(GraphError("\x7f"
                       "ELF\x02\x01\x01",
                       "a.out"),
            "ELF"));
  CHECK(Has(GraphError("PK\x03\x04 and so on", "m.keras"), "zip"));
  CHECK(Has(GraphError("\x89HDF\r\n\x1a\n....", "m.h5"), "HDF5"));
  CHECK(Has(GraphError(std::string("\x1c\0\0\0TFL3", 8), "m.tflite"), "Lite"));
  CHECK(Has(GraphError("{\"format\": 1}", "model.json"), "JSON"));
  CHECK(Has(GraphError("version https://git-lfs.github.com/spec/v1\n", "g.pb"), "LFS"));
  CHECK(Has(GraphError("hello world", "notes.txt"), "neither binary nor text"));
  CHECK(Has(GraphError("\x01\x02\x03\x04", "d/m.data-00000-of-00001"), "'d/m.meta'"));

  gf::MemoryFileSystem files;
  files.Put("model/saved_model.pb", ReadFixture("saved_model.pb"));
  CHECK(Has(gf::LoadGraphFile(files, "model").status().message().data(), "SavedModel"));
  CHECK(gf::LoadGraphFile(files, "nothing").status().code() == absl::StatusCode::kNotFound);
  files.Put("run/model.ckpt.meta", ReadFixture("meta.pb"));
  CHECK(Has(gf::LoadGraphFile(files, "run").status().message().data(), "is a directory"));
}

TEST_CASE("what looks like two things") {
  // A text may begin with a line feed, which is the tag of a node in a binary graph.
  CHECK(Kind("\nnode { name: 'a' op: 'NoOp' }") == GraphFileKind::kGraphDef);
  CHECK(Kind("\n\n\n# node\n  versions { producer: 1 }") == GraphFileKind::kGraphDef);
  CHECK(Kind("\xef\xbb\xbfnode { name: 'a' op: 'NoOp' }") == GraphFileKind::kGraphDef);
  CHECK(Kind("# meta_graphs { }\nsaver_def { }") == GraphFileKind::kMetaGraphDef);
  // A graph with nothing but versions, or a library; a SavedModel without its schema version.
  CHECK(Kind(std::string("\x22\x03\x08\xa1\x05", 5)) == GraphFileKind::kGraphDef);
  const std::string node = Field(1, Field(1, "n") + Field(2, "NoOp"));
  const std::string function = Field(1, Field(1, "f") + Field(2, Field(1, "x")));
  CHECK(Kind(Field(2, Field(1, function))) == GraphFileKind::kGraphDef);
  CHECK(Kind(Field(2, node)) == GraphFileKind::kMetaGraphDef);
  CHECK(Kind(Field(2, Field(2, node))) == GraphFileKind::kSavedModel);
  CHECK(Kind(Field(2, Field(1, Field(4, "serve")) + Field(2, node))) == GraphFileKind::kSavedModel);
  // An additional field of the future; a name that no TensorFlow would take.
  CHECK(Kind(node + node + Field(17, "future")) == GraphFileKind::kGraphDef);
  CHECK(Kind(Field(1, Field(1, "new\nline") + Field(2, "No\x01Op"))) == GraphFileKind::kGraphDef);
  // Not every message is one of these: an ONNX model, a TensorProto, a hub module's marker.
  CHECK(Kind(std::string("\x08\x07", 2) + Field(2, "pytorch") + Field(7, Field(1, "x"))) ==
        GraphFileKind::kOther);
  CHECK(Kind(std::string("\x08\x01", 2) + Field(2, Field(2, "\x08\x03")) +
             Field(4, "abcdefghijkl")) == GraphFileKind::kOther);
  CHECK(Kind("\x08\x03") == GraphFileKind::kOther);
}

TEST_CASE("a damaged graph is called damaged, a wrong text told by line") {
  for (const char* name : {"graph.pb", "meta.pb", "saved_model.pb"}) {
    const std::string bytes = ReadFixture(name);
    const absl::StatusOr<gf::GraphFile> cut = Load(bytes.substr(0, bytes.size() - 5), "cut.pb");
    CAPTURE(name);
    REQUIRE_FALSE(cut.ok());
    CHECK(cut.status().code() == absl::StatusCode::kDataLoss);
    CHECK(Has(cut.status().ToString(), "'cut.pb' is truncated or damaged"));
  }
  // Cut inside its first field, a file is no message of any kind.
  const std::string meta = ReadFixture("meta.pb");
  CHECK(Has(GraphError(meta.substr(0, 40), "cut.meta"), "truncated"));
  CHECK(Has(GraphError(meta.substr(0, 40), "cut.meta"), "ends after 40"));
  const absl::StatusOr<gf::GraphFile> text = Load("node {\n  nome: 'a'\n}", "g.pbtxt");
  REQUIRE_FALSE(text.ok());
  CHECK(Has(text.status().ToString(), "'g.pbtxt'"));
  CHECK(Has(text.status().ToString(), "line 2"));
  gf::TextOptions skip;
  skip.allow_unknown = true;
  CHECK(gf::GraphFile::FromSource(gf::Source::Own("node {\n  nome: 'a'\n}"), skip).ok());
}

TEST_CASE("hostile bytes end in a status") {
  for (const char* name :
       {"graph.pb", "meta.pb", "saver.pb", "saver.pbtxt", "checkpoint", "model.ckpt.index"}) {
    const std::string bytes = ReadFixture(name);
    for (std::size_t i = 0; i < bytes.size(); i += 1 + bytes.size() / 400) {
      const absl::StatusOr<gf::GraphFile> cut = Load(bytes.substr(0, i));
      if (cut.ok()) (void)cut->graph_def();
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << i % 8));
      const absl::StatusOr<gf::GraphFile> other = Load(damaged);
      if (other.ok()) (void)other->graph_def();
    }
  }
  std::string nested;
  for (int i = 0; i < 3000; ++i) nested = Field(i % 2 == 0 ? 1 : 2, nested);
  (void)Load(nested);
  (void)Load(std::string(1 << 20, '\x0a'));
  (void)Load(std::string(1 << 20, '{'));
  (void)Load("node " + std::string(1 << 20, '{'));
  (void)Load(std::string(1 << 20, '\x0b'));
}

TEST_CASE("a SaverDef, whole and damaged") {
  const std::string bytes = ReadFixture("saver.pb");
  const absl::StatusOr<gf::SaverDef> saver = gf::ParseSaverDef(bytes);
  REQUIRE(saver.ok());
  CHECK(saver->restore_op_name == "save/restore_all");
  CHECK(gf::ParseSaverDef("")->restore_op_name.empty());
  CHECK_FALSE(gf::ParseSaverDef(bytes.substr(0, 5)).ok());
}

TEST_CASE("a graph in a file, with the ops that the file describes") {
  gf::MemoryFileSystem files;
  const std::string op = "name: \"TheirOp\" output_arg { name: \"there\" type: DT_HALF }";
  const absl::StatusOr<std::string> meta = gf::TextToBinary(
      "MetaGraphDef", "meta_info_def { stripped_op_list { op { " + op + " } } } graph_def { node { name: \"a\" op: \"TheirOp\" } }");
  REQUIRE(meta.ok());
  files.Put("model.meta", *meta);
  files.Put("graph.pbtxt", ReadFixture("graph.pbtxt"));
  const absl::StatusOr<gf::Graph> graph = gf::LoadGraph("model.meta", files);
  REQUIRE_MESSAGE(graph.ok(), graph.status().ToString());
  CHECK((graph->main().node(0).name() == "a"));
  CHECK((graph->name() == "model.meta"));
  REQUIRE(graph->ops().Find("TheirOp") != nullptr);
  CHECK((graph->ops().Find("TheirOp")->outputs[0].name == "there"));
  const absl::StatusOr<gf::Graph> text = gf::LoadGraph("graph.pbtxt", files);
  REQUIRE(text.ok());
  CHECK(text->main().CountNodes() > 0);
  CHECK(gf::LoadGraph("nowhere", files).status().code() == absl::StatusCode::kNotFound);
  files.Put("empty", "");
  CHECK(Has(std::string(gf::LoadGraph("empty", files).status().message()), "is empty"));
}
