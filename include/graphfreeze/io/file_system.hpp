// File systems: where checkpoints and graphs are read from.
//
// A file system is any copyable type with
//
//   absl::StatusOr<Source> Open(std::string_view path) const;                      // NotFound: no such file
//   absl::StatusOr<std::vector<std::string>> List(std::string_view directory) const;  // names; NotFound: no such directory
//
// The library ships three:
//   LocalFileSystem    maps files into memory: nothing is copied. The files must stay as they are while
//                      anything made from them lives: a truncated file would end the process (SIGBUS).
//   ReadingFileSystem  reads with pread(2), for storage that others may change or truncate meanwhile:
//                      then a read is an error, never a signal.
//   MemoryFileSystem   files that exist only in memory (decrypted, downloaded, made by a test).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <graphfreeze/io/posix.hpp>
#include <graphfreeze/io/source.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

struct LocalFileSystem {
  absl::StatusOr<Source> Open(std::string_view path) const { return posix::MapFile(path); }
  absl::StatusOr<std::vector<std::string>> List(std::string_view directory) const {
    return posix::ListDirectory(directory);
  }
};

struct ReadingFileSystem {
  absl::StatusOr<Source> Open(std::string_view path) const { return posix::OpenForReading(path); }
  absl::StatusOr<std::vector<std::string>> List(std::string_view directory) const {
    return posix::ListDirectory(directory);
  }
};

class MemoryFileSystem {
 public:
  // Adds or replaces a file. Paths are plain text: "dir/a" lies in directory "dir".
  void Put(std::string path, std::string bytes) { Put(path, Source::Own(std::move(bytes), path)); }
  void Put(std::string path, Source bytes) { files_[std::move(path)] = std::move(bytes); }

  absl::StatusOr<Source> Open(std::string_view path) const {
    const auto it = files_.find(path);
    if (it == files_.end()) return NotFound("no file '", path, "' in memory");
    return it->second;
  }

  absl::StatusOr<std::vector<std::string>> List(std::string_view directory) const {
    std::string prefix(directory);
    if (!prefix.empty() && prefix.back() != '/') prefix += '/';
    std::vector<std::string> names;
    for (auto it = files_.lower_bound(prefix); it != files_.end(); ++it) {
      const std::string_view path = it->first;
      if (path.substr(0, prefix.size()) != prefix) break;
      const std::string_view rest = path.substr(prefix.size());
      std::string name(rest.substr(0, rest.find('/')));
      if (names.empty() || names.back() != name) names.push_back(std::move(name));
    }
    if (names.empty()) return NotFound("no directory '", directory, "' in memory");
    return names;
  }

 private:
  std::map<std::string, Source, std::less<>> files_;
};

namespace detail {
template <typename T, typename = void>
struct HasOpen : std::false_type {};
template <typename T>
struct HasOpen<T, std::enable_if_t<std::is_convertible_v<decltype(std::declval<const T&>().Open(std::string_view())),
                                                         absl::StatusOr<Source>>>> : std::true_type {};
template <typename T, typename = void>
struct HasList : std::false_type {};
template <typename T>
struct HasList<T, std::enable_if_t<std::is_convertible_v<decltype(std::declval<const T&>().List(std::string_view())),
                                                         absl::StatusOr<std::vector<std::string>>>>> : std::true_type {};
}  // namespace detail

template <typename T>
inline constexpr bool is_file_system_v = detail::HasOpen<T>::value && detail::HasList<T>::value;

// Any file system behind one type, for code that is not a template. Cheap to copy.
class FileSystem {
 public:
  FileSystem() : FileSystem(LocalFileSystem{}) {}
  template <typename Fs, std::enable_if_t<!std::is_same_v<std::decay_t<Fs>, FileSystem>, int> = 0>
  FileSystem(Fs file_system) {
    static_assert(detail::HasOpen<Fs>::value,
                  "a file system needs: absl::StatusOr<graphfreeze::Source> Open(std::string_view path) const;");
    static_assert(detail::HasList<Fs>::value,
                  "a file system needs: absl::StatusOr<std::vector<std::string>> List(std::string_view directory) const;");
    if constexpr (is_file_system_v<Fs>) impl_ = std::make_shared<const Model<Fs>>(std::move(file_system));
  }

  absl::StatusOr<Source> Open(std::string_view path) const { return impl_->Open(path); }
  absl::StatusOr<std::vector<std::string>> List(std::string_view directory) const {
    return impl_->List(directory);
  }

 private:
  struct Concept {
    virtual ~Concept() = default;
    virtual absl::StatusOr<Source> Open(std::string_view path) const = 0;
    virtual absl::StatusOr<std::vector<std::string>> List(std::string_view directory) const = 0;
  };
  template <typename Fs>
  struct Model final : Concept {
    explicit Model(Fs fs) : file_system(std::move(fs)) {}
    absl::StatusOr<Source> Open(std::string_view path) const override { return file_system.Open(path); }
    absl::StatusOr<std::vector<std::string>> List(std::string_view directory) const override {
      return file_system.List(directory);
    }
    Fs file_system;
  };
  std::shared_ptr<const Concept> impl_;
};

GRAPHFREEZE_NAMESPACE_END
