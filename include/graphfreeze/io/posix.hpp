// The operating system, behind one header: mapping, reading, listing and writing files on Linux.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/io/source.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace posix {

// What errno says, as a status: `what` is the call in words, `path` the file.
inline absl::Status ErrnoStatus(int error, std::string_view what, std::string_view path) {
  char buffer[128] = "";
  const char* text = ::strerror_r(error, buffer, sizeof buffer);  // the GNU form
  const std::string message = Concat("cannot ", what, " '", path, "': ", text);
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return MakeStatus(absl::StatusCode::kNotFound, message);
    case EACCES:
    case EPERM:
    case EROFS:
      return MakeStatus(absl::StatusCode::kPermissionDenied, message);
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      return MakeStatus(absl::StatusCode::kResourceExhausted, message);
    case EISDIR:
      return MakeStatus(absl::StatusCode::kFailedPrecondition, message);
    default:
      return MakeStatus(absl::StatusCode::kUnavailable, message);
  }
}

// An open file descriptor, closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// Opens a regular file and tells its size. A path with a NUL in it names no file.
inline absl::StatusOr<std::pair<Descriptor, std::uint64_t>> OpenRegular(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) return NotFound("a path with a NUL byte names no file");
  const std::string name(path);
  int fd;
  do {
    fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a FIFO must not block the caller
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return ErrnoStatus(errno, "open", path);
  Descriptor descriptor(fd);
  struct stat info;
  if (::fstat(fd, &info) != 0) return ErrnoStatus(errno, "inspect", path);
  if (S_ISDIR(info.st_mode)) return ErrnoStatus(EISDIR, "open", path);
  if (!S_ISREG(info.st_mode)) return FailedPrecondition("'", path, "' is not a regular file");
  return std::make_pair(std::move(descriptor), static_cast<std::uint64_t>(info.st_size));
}

// The file, mapped read-only.
inline absl::StatusOr<Source> MapFile(std::string_view path) {
  GRAPHFREEZE_ASSIGN_OR_RETURN(auto opened, OpenRegular(path));
  const std::uint64_t size = opened.second;
  if (size == 0) return Source::Borrow(std::string_view("", 0), std::string(path));
  void* address = ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ, MAP_PRIVATE, opened.first.get(), 0);
  if (address == MAP_FAILED) return ErrnoStatus(errno, "map", path);
  std::shared_ptr<const void> owner(
      address, [size](const void* p) { ::munmap(const_cast<void*>(p), static_cast<std::size_t>(size)); });
  return Source::Share({static_cast<const char*>(address), static_cast<std::size_t>(size)}, std::move(owner),
                       std::string(path));
}

// A file read with pread(2); its size is what it was when it was opened.
class ReadFile {
 public:
  ReadFile(Descriptor descriptor, std::uint64_t size, std::string path)
      : descriptor_(std::make_shared<Descriptor>(std::move(descriptor))), size_(size), path_(std::move(path)) {}
  std::uint64_t size() const { return size_; }
  absl::Status Read(std::uint64_t offset, absl::Span<char> out) const {
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t n =
          ::pread(descriptor_->get(), out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return ErrnoStatus(errno, "read", path_);
      if (n == 0) {
        return DataLoss("'", path_, "' ends at byte ", offset + done, " but had ", size_,
                        " bytes when it was opened: it was truncated meanwhile");
      }
      done += static_cast<std::size_t>(n);
    }
    return absl::OkStatus();
  }

 private:
  std::shared_ptr<Descriptor> descriptor_;
  std::uint64_t size_;
  std::string path_;
};

inline absl::StatusOr<Source> OpenForReading(std::string_view path) {
  GRAPHFREEZE_ASSIGN_OR_RETURN(auto opened, OpenRegular(path));
  return Source::Of(ReadFile(std::move(opened.first), opened.second, std::string(path)), std::string(path));
}

// The names in a directory, sorted, without "." and "..".
inline absl::StatusOr<std::vector<std::string>> ListDirectory(std::string_view path) {
  const std::string name(path.empty() ? std::string_view(".") : path);
  std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(name.c_str()), &::closedir);
  if (directory == nullptr) return ErrnoStatus(errno, "list", path);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view entry_name = entry->d_name;
    if (entry_name != "." && entry_name != "..") names.emplace_back(entry_name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Makes a directory and those above it; it may exist already.
inline absl::Status MakeDirectories(std::string_view path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string name(path.substr(0, end));
    if (!name.empty() && ::mkdir(name.c_str(), 0777) != 0 && errno != EEXIST) return ErrnoStatus(errno, "make directory", name);
    if (end == std::string_view::npos) return absl::OkStatus();
  }
}

// The path without links, "." and "..".
inline absl::StatusOr<std::string> RealPath(std::string_view path) {
  const std::string name(path);
  std::unique_ptr<char, void (*)(void*)> real(::realpath(name.c_str(), nullptr), &std::free);
  if (real == nullptr) return ErrnoStatus(errno, "resolve", path);
  return std::string(real.get());
}

// A file that appears whole or not at all: written without a name (where the file system has that, else under a
// temporary one beside `path`), then renamed. Destroyed without Commit it leaves nothing behind; without a name, not
// even when the process is killed.
class AtomicFile {
 public:
  static absl::StatusOr<AtomicFile> Create(std::string_view path) {
    if (path.empty() || path.find('\0') != std::string_view::npos) {
      return InvalidArgument("no file can be written under the name '", path, "'");
    }
    AtomicFile file;
    file.path_ = std::string(path);
    struct stat info;
    if (::stat(file.path_.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
      return FailedPrecondition("'", path, "' exists and is not a regular file; name a file to write");
    }
#ifdef O_TMPFILE
    const std::size_t slash = path.rfind('/');
    const std::string directory(slash == std::string_view::npos ? "." : path.substr(0, slash + 1));
    file.descriptor_ = Descriptor(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666));
    // It gets its name through /proc. What does not work here is tried with a name, which gives the error, too.
    if (file.descriptor_.get() >= 0 && ::access(file.ByDescriptor().c_str(), F_OK) == 0) return file;
#endif
    // O_EXCL and not mkstemp: the mode then follows the umask, as users expect of an ordinary new file.
    const int error = file.UnderTemporaryName([&](const char* name) {
      file.descriptor_ = Descriptor(::open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
      return file.descriptor_.get() >= 0;
    });
    if (error != 0) return ErrnoStatus(error, "write", path);
    return file;
  }

  AtomicFile(AtomicFile&& other) noexcept
      : path_(std::move(other.path_)),
        temporary_(std::exchange(other.temporary_, std::string())),
        descriptor_(std::move(other.descriptor_)) {}
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile() {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
  }

  const std::string& path() const { return path_; }

  // Sets the size, so that parts can be written in any order.
  absl::Status Resize(std::uint64_t size) {
    int result;
    do {
      result = ::ftruncate(descriptor_.get(), static_cast<off_t>(size));
    } while (result != 0 && errno == EINTR);
    return result == 0 ? absl::OkStatus() : ErrnoStatus(errno, "write", path_);
  }

  // Writes at an offset. Parts that do not overlap may be written from several threads at once.
  absl::Status WriteAt(std::uint64_t offset, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return ErrnoStatus(errno, "write", path_);
      bytes.remove_prefix(static_cast<std::size_t>(n));
      offset += static_cast<std::uint64_t>(n);
    }
    return absl::OkStatus();
  }

  // Writes several runs of bytes, one after the other, from `offset` on.
  absl::Status WriteAt(std::uint64_t offset, absl::Span<const std::string_view> runs) {
    constexpr std::size_t kMostAtOnce = 256;
    struct iovec vectors[kMostAtOnce];
    std::size_t next = 0;
    std::size_t skip = 0;  // bytes of runs[next] that are written already
    while (next < runs.size()) {
      std::size_t count = 0;
      for (std::size_t i = next; i < runs.size() && count < kMostAtOnce; ++i, ++count) {
        const std::string_view run = i == next ? runs[i].substr(skip) : runs[i];
        vectors[count].iov_base = const_cast<char*>(run.data());
        vectors[count].iov_len = run.size();
      }
      const ssize_t n = ::pwritev(descriptor_.get(), vectors, static_cast<int>(count), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return ErrnoStatus(errno, "write", path_);
      offset += static_cast<std::uint64_t>(n);
      auto left = static_cast<std::size_t>(n);
      while (next < runs.size() && left >= runs[next].size() - skip) {
        left -= runs[next].size() - skip;
        skip = 0;
        ++next;
      }
      skip += left;
    }
    return absl::OkStatus();
  }

  // Gives the file its name; what stood there before is replaced in one step.
  absl::Status Commit() {
    if (temporary_.empty()) {
      const std::string unnamed = ByDescriptor();
      const int error = UnderTemporaryName([&](const char* name) {
        return ::linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0;
      });
      if (error != 0) return ErrnoStatus(error, "write", path_);
    }
    if (::close(descriptor_.Release()) != 0) return ErrnoStatus(errno, "write", path_);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) return ErrnoStatus(errno, "write", path_);
    temporary_.clear();
    return absl::OkStatus();
  }

 private:
  AtomicFile() = default;

  std::string ByDescriptor() const { return Concat("/proc/self/fd/", descriptor_.get()); }

  // Tries names beside `path_` until `make` does not say false because of one that exists; the error otherwise, or 0.
  template <typename Make>
  int UnderTemporaryName(Make&& make) {
    for (int attempt = 0; attempt < 1000; ++attempt) {
      temporary_ = Concat(path_, ".tmp.", ::getpid(), ".", attempt);
      if (make(temporary_.c_str())) return 0;
      const int error = errno;
      temporary_.clear();  // nothing of ours to remove
      if (error != EEXIST && error != EINTR) return error;
    }
    return EEXIST;
  }

  std::string path_;
  std::string temporary_;
  Descriptor descriptor_;
};

}  // namespace posix
GRAPHFREEZE_NAMESPACE_END
