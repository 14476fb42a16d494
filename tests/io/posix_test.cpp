#include <graphfreeze/io/posix.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace posix = graphfreeze::posix;

namespace {

struct TemporaryDirectory {
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "graphfreeze-posix-XXXXXX").string();
    path = ::mkdtemp(&name[0]);
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path); }
  std::string operator/(const std::string& name) const { return path + "/" + name; }
  std::vector<std::string> Names() const { return *posix::ListDirectory(path); }
  std::string path;
};

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

TEST_CASE("errors of the system become codes that a caller can act on") {
  const auto code = [](int error) { return posix::ErrnoStatus(error, "open", "some/path").code(); };
  CHECK(code(ENOENT) == absl::StatusCode::kNotFound);
  CHECK(code(EACCES) == absl::StatusCode::kPermissionDenied);
  CHECK(code(ENOSPC) == absl::StatusCode::kResourceExhausted);
  CHECK(code(EISDIR) == absl::StatusCode::kFailedPrecondition);
  CHECK(code(EIO) == absl::StatusCode::kUnavailable);
  CHECK(std::string(posix::ErrnoStatus(ENOENT, "open", "some/path").message()).find("cannot open 'some/path'") == 0);
}

TEST_CASE("a file that is no regular file is not opened, and does not block") {
  const TemporaryDirectory directory;
  REQUIRE(::mkfifo((directory / "pipe").c_str(), 0600) == 0);
  CHECK(posix::OpenRegular(directory / "pipe").status().code() == absl::StatusCode::kFailedPrecondition);
  CHECK(posix::MapFile("/dev/null").status().code() == absl::StatusCode::kFailedPrecondition);
}

TEST_CASE("an atomic file appears whole, under its name, and replaces what was there") {
  const TemporaryDirectory directory;
  const std::string path = directory / "out.pb";
  for (const std::string& content : {std::string("first"), std::string("second, longer")}) {
    auto file = posix::AtomicFile::Create(path);
    REQUIRE_MESSAGE(file.ok(), file.status().ToString());
    const std::string before = Read(path);
    CHECK(file->Resize(content.size()).ok());
    CHECK(file->WriteAt(3, std::string_view(content).substr(3)).ok());
    CHECK(file->WriteAt(0, std::string_view(content).substr(0, 3)).ok());
    CHECK(Read(path) == before);
    CHECK(file->Commit().ok());
    CHECK(Read(path) == content);
  }
  CHECK(directory.Names() == std::vector<std::string>{"out.pb"});
}

TEST_CASE("an atomic file that is not committed leaves nothing behind") {
  const TemporaryDirectory directory;
  {
    auto file = posix::AtomicFile::Create(directory / "out.pb");
    REQUIRE(file.ok());
    CHECK(file->WriteAt(0, "half").ok());
    posix::AtomicFile moved = *std::move(file);
    CHECK(moved.WriteAt(4, " done").ok());
  }
  CHECK(directory.Names().empty());
}

TEST_CASE("a process that is killed while it writes leaves nothing, where files need no name") {
  const TemporaryDirectory directory;
  std::ofstream(directory / "out.pb") << "whole";
  const int unnamed = ::open(directory.path.c_str(), O_TMPFILE | O_RDWR, 0600);
  if (unnamed >= 0) ::close(unnamed);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    auto file = posix::AtomicFile::Create(directory / "out.pb");
    if (file.ok() && file->WriteAt(0, "half").ok()) ::kill(::getpid(), SIGKILL);
    ::_exit(1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK(Read(directory / "out.pb") == "whole");
  if (unnamed >= 0) {
    CHECK(directory.Names() == std::vector<std::string>{"out.pb"});
  } else {
    const std::string left = directory / graphfreeze::Concat("out.pb.tmp.", child, ".0");
    CHECK(Read(left) == "half");
    CHECK(::unlink(left.c_str()) == 0);
  }
}

TEST_CASE("two writers of one file do not disturb each other; the last to commit stays") {
  const TemporaryDirectory directory;
  auto a = posix::AtomicFile::Create(directory / "out"), b = posix::AtomicFile::Create(directory / "out");
  REQUIRE(a.ok());
  REQUIRE(b.ok());
  CHECK(a->WriteAt(0, "from a").ok());
  CHECK(b->WriteAt(0, "from b").ok());
  CHECK(b->Commit().ok());
  CHECK(a->Commit().ok());
  CHECK(Read(directory / "out") == "from a");
}

TEST_CASE("a new file has the mode that the umask asks for") {
  const TemporaryDirectory directory;
  const mode_t before = ::umask(027);
  auto file = posix::AtomicFile::Create(directory / "out");
  ::umask(before);
  REQUIRE(file.ok());
  CHECK(file->Commit().ok());
  struct stat info;
  REQUIRE(::stat((directory / "out").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0640);
}

TEST_CASE("what cannot be written says so before anything is") {
  const TemporaryDirectory directory;
  CHECK(posix::AtomicFile::Create(directory / "no/such/directory/f").status().code() == absl::StatusCode::kNotFound);
  CHECK(posix::AtomicFile::Create(directory.path).status().code() == absl::StatusCode::kFailedPrecondition);
  CHECK(posix::AtomicFile::Create("").status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(posix::AtomicFile::Create(std::string_view("a\0b", 3)).status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(directory.Names().empty());
}

TEST_CASE("a directory is listed sorted, without itself and its parent") {
  const TemporaryDirectory directory;
  for (const char* name : {"c", "a", ".hidden", "b"}) std::ofstream(directory / name) << "x";
  CHECK(directory.Names() == std::vector<std::string>{".hidden", "a", "b", "c"});
}
