#include <graphfreeze/checkpoint/checkpoint_path.hpp>

#include <string>
#include <string_view>

#include "bundle_writer.hpp"
#include <doctest/doctest.h>

namespace gf = graphfreeze;

namespace {

std::string SmallIndex() { return bundle_writer::Writer().Index(); }

void PutCheckpoint(gf::MemoryFileSystem* files, const std::string& prefix) {
  bundle_writer::Writer writer;
  writer.Add("w", gf::DataType::kFloat, gf::Shape{1}, "1234");
  writer.WriteTo(files, prefix);
  files->Put(prefix + ".meta", std::string("\x0a\x05\x0a\x01x\x22\x00", 7));
}

std::string PrefixOf(const gf::FileSystem& files, std::string_view path) {
  const auto found = gf::FindCheckpoint(files, path);
  return found.ok() ? found->prefix : found.status().ToString();
}

bool Mentions(const absl::Status& status, std::string_view text) {
  return gf::FromAbsl(status.message()).find(text) != std::string_view::npos;
}

}  // namespace

TEST_CASE("every file of a checkpoint leads to its prefix") {
  gf::MemoryFileSystem files;
  PutCheckpoint(&files, "run.1/model.ckpt-100");
  for (const char* path : {"run.1/model.ckpt-100", "run.1/model.ckpt-100.index", "run.1/model.ckpt-100.meta",
                           "run.1/model.ckpt-100.data-00000-of-00001", "run.1", "run.1/"}) {
    CAPTURE(path);
    CHECK(PrefixOf(files, path) == "run.1/model.ckpt-100");
  }
  // A data file that has been left out, or has another number, leads there too.
  CHECK(PrefixOf(files, "run.1/model.ckpt-100.data-00007-of-00009") == "run.1/model.ckpt-100");
}

TEST_CASE("a prefix is plain text, whatever characters it has") {
  gf::MemoryFileSystem files;
  for (const char* prefix : {"a[1]/m*", "a?/b c", "x.index", "y.meta", "z.data-00000-of-00001", "//d//m"}) {
    PutCheckpoint(&files, prefix);
    CHECK(PrefixOf(files, prefix) == prefix);
  }
}

TEST_CASE("the state file leads to the latest checkpoint: relative, absolute, and after a move") {
  gf::MemoryFileSystem files;
  PutCheckpoint(&files, "moved/ckpt-1");
  PutCheckpoint(&files, "moved/ckpt-2");
  PutCheckpoint(&files, "/elsewhere/ckpt-9");
  const auto with_state = [&](const std::string& latest) {
    files.Put("moved/checkpoint", "model_checkpoint_path: \"" + latest + "\"\n");
    CHECK(PrefixOf(files, "moved") == PrefixOf(files, "moved/checkpoint"));
    return PrefixOf(files, "moved");
  };
  CHECK(with_state("ckpt-2") == "moved/ckpt-2");
  CHECK(with_state("ckpt-1") == "moved/ckpt-1");
  CHECK(with_state("/elsewhere/ckpt-9") == "/elsewhere/ckpt-9");
  CHECK(with_state("/old/place/ckpt-1") == "moved/ckpt-1");
  CHECK(with_state("old/place/ckpt-1") == "moved/ckpt-1");
  // Called otherwise.
  files.Put("moved/latest", "model_checkpoint_path: \"ckpt-1\"");
  CHECK(PrefixOf(files, "moved/latest") == "moved/ckpt-1");

  files.Put("moved/checkpoint", "model_checkpoint_path: \"ckpt-3\"");
  const absl::Status gone = gf::FindCheckpoint(files, "moved").status();
  CHECK(gone.code() == absl::StatusCode::kNotFound);
  CHECK_MESSAGE(Mentions(gone, "'moved/ckpt-3.index'"), gone.ToString());
  CHECK(Mentions(gone, "'moved/ckpt-2'"));
}

TEST_CASE("a state file that says nothing is an error") {
  gf::MemoryFileSystem files;
  for (const char* text : {"", "all_model_checkpoint_paths: \"x\"", "model_checkpoint_path: \"\"", "garbage"}) {
    files.Put("d/checkpoint", std::string(text));
    CHECK(gf::FindCheckpoint(files, "d").status().code() == absl::StatusCode::kInvalidArgument);
  }
}

TEST_CASE("what is left of a checkpoint without its index is named") {
  gf::MemoryFileSystem files;
  files.Put("d/m.data-00000-of-00001", std::string("x"));
  files.Put("d/n.meta", std::string("x"));
  for (const char* path : {"d/m", "d/m.data-00000-of-00001", "d/m.index"}) {
    const absl::Status status = gf::FindCheckpoint(files, path).status();
    CHECK(status.code() == absl::StatusCode::kNotFound);
    CHECK_MESSAGE(Mentions(status, "index 'd/m.index' is missing"), status.ToString());
  }
  for (const char* path : {"d/n", "d/n.meta"}) {
    const absl::Status status = gf::FindCheckpoint(files, path).status();
    CHECK_MESSAGE(Mentions(status, "index 'd/n.index' is missing"), status.ToString());
  }
}

TEST_CASE("a mistyped prefix is answered with those that are there") {
  gf::MemoryFileSystem files;
  PutCheckpoint(&files, "d/model.ckpt-100");
  const absl::Status status = gf::FindCheckpoint(files, "d/model.ckpt-10").status();
  CHECK(status.code() == absl::StatusCode::kNotFound);
  CHECK(Mentions(status, "'d/model.ckpt-100'"));
}

TEST_CASE("other files are called what they are, with what to give instead") {
  // NodeDef { name: "x" op: "Const" } in a GraphDef; MetaInfoDef { tags: "serve" } in a MetaGraphDef.
  const std::string graph("\x0a\x0a\x0a\x01x\x12\x05" "Const", 12);
  const std::string meta("\x0a\x07\x22\x05serve\x12\x00", 11);
  const struct {
    const char* name;
    std::string bytes;
    const char* says;
  } cases[] = {
      {"frozen.pb", graph, "GraphDef"},
      {"exported.pb", meta, "MetaGraphDef"},
      {"graph.pbtxt", "node {\n  name: \"x\"\n}\n", "text form"},
      {"dir/saved_model.pb", "\x08\x01\x12\x00", "SavedModel"},
      {"weights.h5", std::string("\x89HDF\r\n\x1a\n") + std::string(100, '\0'), "HDF5"},
      {"model.keras", std::string("PK\x03\x04") + std::string(100, '\0'), "zip"},
      {"nothing", "", "empty"},
      {"renamed", SmallIndex(), "rename it"},
      {"noise", std::string(500, '\x07'), "no checkpoint"},
  };
  gf::MemoryFileSystem files;
  for (const auto& one : cases) files.Put(one.name, one.bytes);
  for (const auto& one : cases) {
    CAPTURE(one.name);
    const absl::Status status = gf::FindCheckpoint(files, one.name).status();
    CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    CHECK_MESSAGE(Mentions(status, one.says), status.ToString());
  }
}

TEST_CASE("a SavedModel's directory leads to its variables; the variables' own directory is one") {
  gf::MemoryFileSystem files;
  files.Put("export/saved_model.pb", std::string("\x08\x01"));
  PutCheckpoint(&files, "export/variables/variables");
  const absl::Status status = gf::FindCheckpoint(files, "export").status();
  CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  CHECK(Mentions(status, "'export/variables/variables'"));
  CHECK(PrefixOf(files, "export/variables") == "export/variables/variables");
}

TEST_CASE("a directory with several checkpoints and no state file is not guessed at") {
  gf::MemoryFileSystem files;
  PutCheckpoint(&files, "d/a");
  PutCheckpoint(&files, "d/b");
  const absl::Status status = gf::FindCheckpoint(files, "d").status();
  CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  CHECK(Mentions(status, "'d/a'"));
  CHECK(Mentions(status, "'d/b'"));
  files.Put("e/readme", std::string("x"));
  CHECK(gf::FindCheckpoint(files, "e").status().code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("a path that is nothing is not found") {
  const gf::MemoryFileSystem files;
  CHECK(gf::FindCheckpoint(files, "").status().code() == absl::StatusCode::kInvalidArgument);
  for (const char* path : {"nothing", "no/thing", "nothing/", "/", "x.index", "x.meta", "x.data-00000-of-00001"}) {
    CHECK(gf::FindCheckpoint(files, path).status().code() == absl::StatusCode::kNotFound);
  }
  CHECK(gf::FindCheckpoint(gf::LocalFileSystem(), std::string_view("a\0b", 3)).status().code() ==
        absl::StatusCode::kNotFound);
}

TEST_CASE("paths on a disk: a directory, its state file, and files in it") {
  const std::string base = std::string(GRAPHFREEZE_FIXTURES) + "/checkpoints/objects";
  for (const char* path : {"", "/", "/checkpoint", "/ckpt-3", "/ckpt-3.index", "/ckpt-3.data-00000-of-00001"}) {
    CHECK(PrefixOf(gf::LocalFileSystem(), base + path) == base + "/ckpt-3");
  }
  CHECK(PrefixOf(gf::ReadingFileSystem(), base + "/ckpt-2.index") == base + "/ckpt-2");
}
