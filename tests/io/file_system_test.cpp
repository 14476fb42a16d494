#include <graphfreeze/io/file_system.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace gf = graphfreeze;

namespace {

// A directory of its own, gone with the test.
struct TemporaryDirectory {
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "graphfreeze-io-XXXXXX").string();
    path = ::mkdtemp(&name[0]);
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path); }
  std::string operator/(const std::string& name) const { return path + "/" + name; }
  std::string path;
};

void Write(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

}  // namespace

TEST_CASE_TEMPLATE("files on a disk are opened and listed", Fs, gf::LocalFileSystem, gf::ReadingFileSystem) {
  const TemporaryDirectory directory;
  Write(directory / "b", "bytes of b");
  Write(directory / "a", "");
  const Fs files;
  const auto source = files.Open(directory / "b");
  REQUIRE_MESSAGE(source.ok(), source.status().ToString());
  CHECK((source->name() == directory / "b"));
  CHECK((source->LoadAll()->bytes == "bytes of b"));
  CHECK((source->Load(6, 2)->bytes == "of"));
  const auto empty = files.Open(directory / "a");
  REQUIRE(empty.ok());
  CHECK(empty->size() == 0);
  CHECK(empty->LoadAll()->bytes.empty());
  CHECK(*files.List(directory.path) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("the local file system maps, the reading one does not") {
  const TemporaryDirectory directory;
  Write(directory / "f", "x");
  CHECK(gf::LocalFileSystem().Open(directory / "f")->has_view());
  CHECK_FALSE(gf::ReadingFileSystem().Open(directory / "f")->has_view());
}

TEST_CASE("a mapping outlives its file's name") {
  const TemporaryDirectory directory;
  Write(directory / "f", "still here");
  const auto source = gf::LocalFileSystem().Open(directory / "f");
  std::filesystem::remove(directory / "f");
  CHECK((source->LoadAll()->bytes == "still here"));
}

TEST_CASE("a file that shrinks while it is read is an error, not a signal") {
  const TemporaryDirectory directory;
  Write(directory / "f", std::string(10000, 'x'));
  const auto source = gf::ReadingFileSystem().Open(directory / "f");
  REQUIRE(source.ok());
  std::filesystem::resize_file(directory / "f", 100);
  CHECK(source->Load(0, 100).ok());
  const absl::Status status = source->LoadAll().status();
  CHECK(status.code() == absl::StatusCode::kDataLoss);
  CHECK(std::string(status.message()).find("truncated") != std::string::npos);
}

TEST_CASE_TEMPLATE("what is no file is an error that says which", Fs, gf::LocalFileSystem, gf::ReadingFileSystem) {
  const TemporaryDirectory directory;
  Write(directory / "f", "x");
  const Fs files;
  CHECK(files.Open(directory / "none").status().code() == absl::StatusCode::kNotFound);
  CHECK(files.Open(directory / "f/none").status().code() == absl::StatusCode::kNotFound);
  CHECK(files.Open(directory.path).status().code() == absl::StatusCode::kFailedPrecondition);
  CHECK(files.Open(std::string_view("a\0b", 3)).status().code() == absl::StatusCode::kNotFound);
  CHECK(files.Open("").status().code() == absl::StatusCode::kNotFound);
  CHECK(files.List(directory / "none").status().code() == absl::StatusCode::kNotFound);
  CHECK(files.List(directory / "f").status().code() == absl::StatusCode::kNotFound);
  CHECK(std::string(files.Open(directory / "none").status().message()).find(directory / "none") != std::string::npos);
}

TEST_CASE("files in memory have paths and directories") {
  gf::MemoryFileSystem files;
  files.Put("d/a", std::string("1"));
  files.Put("d/sub/b", std::string("2"));
  files.Put("d/sub/c", gf::Source::Borrow("3", "three"));
  files.Put("dx", std::string("4"));
  CHECK((files.Open("d/sub/b")->view() == "2"));
  CHECK((files.Open("d/sub/c")->view() == "3"));
  CHECK(files.Open("d").status().code() == absl::StatusCode::kNotFound);
  CHECK(*files.List("d") == std::vector<std::string>{"a", "sub"});
  CHECK(*files.List("d/") == std::vector<std::string>{"a", "sub"});
  CHECK(*files.List("d/sub") == std::vector<std::string>{"b", "c"});
  CHECK(files.List("none").status().code() == absl::StatusCode::kNotFound);
  files.Put("d/a", std::string("replaced"));
  CHECK((files.Open("d/a")->view() == "replaced"));
}

TEST_CASE("any file system stands behind the one type") {
  gf::MemoryFileSystem memory;
  memory.Put("d/a", std::string("1"));
  const gf::FileSystem files = memory;
  const gf::FileSystem copy = files;
  CHECK((copy.Open("d/a")->view() == "1"));
  CHECK(*copy.List("d") == std::vector<std::string>{"a"});
  CHECK(gf::FileSystem().Open("/no/such/file").status().code() == absl::StatusCode::kNotFound);
}
