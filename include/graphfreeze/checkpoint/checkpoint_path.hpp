// From what somebody calls "the checkpoint" to its prefix: the prefix itself, any of its files, the directory
// that it lies in, or the `checkpoint` state file. Paths are plain text, never patterns.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/checkpoint/bundle_index.hpp>
#include <graphfreeze/checkpoint/checkpoint_state.hpp>
#include <graphfreeze/io/file_system.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/nearest.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/wire/proto.hpp>
#include <graphfreeze/wire/table.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// A checkpoint that was found: its prefix, and its index, open.
struct CheckpointLocation {
  std::string prefix;
  Source index;
};

namespace checkpoint_detail {

inline bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}
inline bool StartsWith(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// The part up to and with the last '/', and the rest.
inline std::pair<std::string_view, std::string_view> SplitPath(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {std::string_view(), path};
  return {path.substr(0, slash + 1), path.substr(slash + 1)};
}
// The directory of SplitPath as List takes it.
inline std::string_view Listable(std::string_view directory) {
  if (directory.empty()) return ".";
  return directory.size() > 1 ? directory.substr(0, directory.size() - 1) : directory;
}

// "-00001-of-00002" at the end, two numbers of five digits or more: where it begins, or npos.
inline std::size_t ShardSuffix(std::string_view name) {
  const auto digits_from_end = [&](std::size_t end) {
    std::size_t n = 0;
    while (n < end && name[end - 1 - n] >= '0' && name[end - 1 - n] <= '9') ++n;
    return n;
  };
  const std::size_t count = digits_from_end(name.size());
  if (count < 5) return std::string_view::npos;
  std::size_t at = name.size() - count;
  if (!EndsWith(name.substr(0, at), "-of-")) return std::string_view::npos;
  at -= 4;
  const std::size_t shard = digits_from_end(at);
  if (shard < 5 || at == shard || name[at - shard - 1] != '-') return std::string_view::npos;
  return at - shard - 1;
}

// "model.ckpt.data-00000-of-00002", made from the prefix.
inline std::string ShardPath(std::string_view prefix, std::int32_t shard, std::int32_t shards) {
  const auto padded = [](std::int32_t number) {
    const std::string digits = Concat(number);
    return digits.size() < 5 ? std::string(5 - digits.size(), '0') + digits : digits;
  };
  return Concat(prefix, ".data-", padded(shard), "-of-", padded(shards));
}

inline bool IsMissing(const absl::Status& status) { return status.code() == absl::StatusCode::kNotFound; }

inline bool IsV1Table(const Source& source) {
  if (!wire::LooksLikeTable(source)) return false;
  const absl::StatusOr<wire::Table> table = wire::Table::Open(source, wire::Crc32c());
  if (!table.ok()) return false;
  const auto first = table->First();
  return first.ok() && first->first.empty() && IsV1Header(first->second);
}

// A file that is no checkpoint: what it is instead, in words, and what to do about it.
inline std::string Describe(const Source& source) {
  const std::string_view name = SplitPath(source.name()).second;
  if (source.size() == 0) return "is empty";
  std::string head(static_cast<std::size_t>((std::min)(source.size(), std::uint64_t{4096})), '\0');
  if (!source.Read(0, absl::Span<char>(head.data(), head.size())).ok()) return "cannot be read";
  const std::string_view text = head;
  if (StartsWith(text, "\x89HDF\r\n")) {
    return "is a Keras HDF5 file; load it in Keras and write a checkpoint with tf.train.Checkpoint(model).write(...) "
           "or a SavedModel with model.export(...)";
  }
  if (StartsWith(text, "PK\x03\x04")) {
    return "is a zip archive (a .keras or .npz file, perhaps); write a TensorFlow checkpoint or a SavedModel from it";
  }
  if (wire::LooksLikeTable(source)) {
    return IsV1Table(source) ? "is a checkpoint in the V1 format"
                             : "looks like the index of a checkpoint under another name; rename it to end in .index, "
                               "beside its .data files";
  }
  const std::size_t word = text.find_first_not_of(" \t\r\n");
  for (const std::string_view field : {"node", "library", "versions", "meta_info_def", "graph_def", "meta_graphs",
                                       "saved_model_schema_version", "saver_def", "collection_def"}) {
    if (word != std::string_view::npos && StartsWith(text.substr(word), field)) {
      return "is a graph in text form, which has no checkpointed weights; give the checkpoint that belongs to it";
    }
  }
  if (StartsWith(name, "saved_model.")) {
    return "is the graph of a SavedModel; give '<its directory>/variables/variables' for the weights";
  }
  // Field 1 of a GraphDef is a NodeDef, whose field 2 is the name of an op; of a MetaGraphDef, a MetaInfoDef.
  std::string_view first;
  if (text.front() == '\x0a') {
    std::uint64_t size = 0;
    const char* p = wire::ReadVarint(text.data() + 1, text.data() + text.size(), &size);
    if (p != nullptr) first = text.substr(static_cast<std::size_t>(p - text.data()), static_cast<std::size_t>(size));
  }
  wire::FieldReader fields(first);
  bool has_name = false;
  while (!first.empty() && fields.Next()) {
    if (fields.type() != wire::Type::kBytes) break;
    if (fields.number() == 1) {
      has_name = true;
      continue;
    }
    const std::string_view op = fields.bytes();
    const bool is_op = fields.number() == 2 && has_name && !op.empty() && op.size() < 100 &&
                       std::all_of(op.begin(), op.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    return is_op ? "is a graph (GraphDef), which has no checkpointed weights; give the checkpoint that belongs to it"
                 : "is a MetaGraphDef, a graph without weights; give the checkpoint that belongs to it";
  }
  return "is no checkpoint";
}

class PathResolver {
 public:
  explicit PathResolver(const FileSystem& files) : files_(files) {}

  absl::StatusOr<CheckpointLocation> Resolve(std::string_view path) const {
    if (path.empty()) return InvalidArgument("the path of the checkpoint is empty");
    // An existing "<path>.index" settles it: the path is a prefix, whatever it looks like.
    if (path.back() != '/') {
      absl::StatusOr<CheckpointLocation> found = OpenPrefix(path);
      if (found.ok() || !IsMissing(found.status())) return found;
      const auto [directory, name] = SplitPath(path);
      if (EndsWith(name, ".index")) return FromFile(path, path.substr(0, path.size() - 6), "the index");
      if (EndsWith(name, ".meta")) return FromFile(path, path.substr(0, path.size() - 5), "the graph");
      const std::size_t shard = ShardSuffix(name);
      if (shard != std::string_view::npos && EndsWith(name.substr(0, shard), ".data")) {
        return FromFile(path, path.substr(0, directory.size() + shard - 5), "a data file");
      }
      absl::StatusOr<Source> file = files_.Open(path);
      if (file.ok()) return FromOther(*file);
      absl::StatusOr<std::vector<std::string>> names = files_.List(path);
      if (names.ok()) return FromDirectory(path, *names);
      if (!IsMissing(file.status()) && file.status().code() != absl::StatusCode::kFailedPrecondition) {
        return file.status();
      }
      return Missing(path);
    }
    const std::size_t end = path.find_last_not_of('/');
    const std::string_view directory = end == std::string_view::npos ? path.substr(0, 1) : path.substr(0, end + 1);
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(directory));
    return FromDirectory(directory, names);
  }

 private:
  absl::StatusOr<CheckpointLocation> OpenPrefix(std::string_view prefix) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(Source index, files_.Open(Concat(prefix, ".index")));
    return CheckpointLocation{std::string(prefix), std::move(index)};
  }

  std::vector<std::string> Names(std::string_view directory) const {
    absl::StatusOr<std::vector<std::string>> names = files_.List(Listable(directory));
    return names.ok() ? *std::move(names) : std::vector<std::string>();
  }

  // One of a checkpoint's own files was named.
  absl::StatusOr<CheckpointLocation> FromFile(std::string_view path, std::string_view prefix,
                                              std::string_view role) const {
    absl::StatusOr<CheckpointLocation> found = OpenPrefix(prefix);
    if (found.ok() || !IsMissing(found.status())) return found;
    // V1 graphs end in .meta too.
    absl::StatusOr<Source> old = files_.Open(prefix);
    if (old.ok() && IsV1Table(*old)) return V1Unimplemented(prefix);
    if (role != "the index" && files_.Open(path).ok()) {
      return NotFound("'", path, "' is ", role, " of a checkpoint whose index '", prefix,
                      ".index' is missing; copy all of its files");
    }
    return Missing(prefix);
  }

  // A file that is not one of a checkpoint's own by its name.
  absl::StatusOr<CheckpointLocation> FromOther(const Source& file) const {
    const std::string_view path = file.name();
    const std::string_view name = SplitPath(path).second;
    if (IsV1Table(file)) return V1Unimplemented(path);
    // The state file can be called otherwise (latest_filename), but then its text tells.
    if (file.size() < kMaxStateBytes && !wire::LooksLikeTable(file)) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes text, file.LoadAll());
      absl::StatusOr<CheckpointState> state = CheckpointState::Parse(text.bytes);
      if (state.ok() && !state->latest.empty()) return FromState(path, *state);
      if (name == "checkpoint") {
        if (!state.ok()) return Annotate(state.status(), Concat("'", path, "' is no valid checkpoint state file"));
        return InvalidArgument("'", path, "' names no latest checkpoint (model_checkpoint_path); give a prefix");
      }
    }
    return InvalidArgument("'", path, "' ", Describe(file));
  }

  absl::StatusOr<CheckpointLocation> FromState(std::string_view path, const CheckpointState& state) const {
    const std::string_view directory = SplitPath(path).first;
    const std::string_view latest = state.latest;
    const std::string direct = latest.front() == '/' ? std::string(latest) : Concat(directory, latest);
    absl::StatusOr<CheckpointLocation> found = OpenPrefix(direct);
    if (found.ok() || !IsMissing(found.status())) return found;
    // Directories get moved and copied: the checkpoint then lies beside the state file.
    const std::string beside = Concat(directory, SplitPath(latest).second);
    if (beside != direct) {
      found = OpenPrefix(beside);
      if (found.ok() || !IsMissing(found.status())) return found;
    }
    for (const std::string& prefix : {direct, beside}) {
      absl::StatusOr<Source> old = files_.Open(prefix);
      if (old.ok() && IsV1Table(*old)) return V1Unimplemented(prefix);
    }
    // In two literals, for there are trigraphs in it.
    if (latest.find("-?????" "-of-") != std::string_view::npos) return V1Unimplemented(beside);
    std::string tried = Concat("'", direct, ".index'");
    if (beside != direct) tried += Concat(" and '", beside, ".index'");
    return NotFound("'", path, "' names '", latest, "' as the latest checkpoint, but there is no ", tried, "; ",
                    Prefixes(directory, SplitPath(latest).second));
  }

  absl::StatusOr<CheckpointLocation> FromDirectory(std::string_view directory,
                                                   const std::vector<std::string>& names) const {
    const std::string base = directory.back() == '/' ? std::string(directory) : Concat(directory, "/");
    const auto has = [&](std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); };
    if (has("checkpoint")) {
      absl::StatusOr<Source> state = files_.Open(Concat(base, "checkpoint"));
      if (state.ok()) return FromOther(*state);
      if (state.status().code() != absl::StatusCode::kFailedPrecondition) return state.status();  // not a directory
    }
    if (has("saved_model.pb") || has("saved_model.pbtxt") || has("saved_model.cpb")) {
      return InvalidArgument("'", directory, "' is a SavedModel; give '", base, "variables/variables' for its weights");
    }
    std::string prefix;
    std::size_t count = 0;
    for (const std::string& name : names) {
      if (!EndsWith(name, ".index")) continue;
      ++count;
      prefix = Concat(base, std::string_view(name).substr(0, name.size() - 6));
    }
    if (count == 1) return OpenPrefix(prefix);
    if (count == 0) {
      return InvalidArgument("directory '", directory, "' holds no checkpoint: no file ends in .index",
                             has("keras_metadata.pb") ? " (it is what is left of a SavedModel)" : "");
    }
    return InvalidArgument("directory '", directory, "' holds ", count,
                           " checkpoints and no `checkpoint` file says which is the latest; ", Prefixes(base, ""));
  }

  // Which checkpoints there are, those like `wanted` first.
  std::string Prefixes(std::string_view directory, std::string_view wanted) const {
    std::vector<std::string> prefixes;
    for (const std::string& name : Names(directory)) {
      if (EndsWith(name, ".index")) prefixes.push_back(Concat(directory, name.substr(0, name.size() - 6)));
    }
    if (prefixes.empty()) return Concat("directory '", Listable(directory), "' holds no checkpoint");
    std::string text = "give one of these prefixes: ";
    constexpr std::size_t kShown = 5;
    const std::vector<std::string_view> like = Nearest(Concat(directory, wanted), prefixes, kShown);
    std::vector<std::string_view> shown(like);
    // The newest are likely last.
    for (auto it = prefixes.rbegin(); it != prefixes.rend() && shown.size() < kShown; ++it) {
      if (std::find(shown.begin(), shown.end(), *it) == shown.end()) shown.push_back(*it);
    }
    for (std::size_t i = 0; i < shown.size(); ++i) text += Concat(i == 0 ? "'" : ", '", shown[i], "'");
    return shown.size() < prefixes.size() ? text + ", ..." : text;
  }

  // Nothing has this prefix: say what there is.
  absl::Status Missing(std::string_view prefix) const {
    const auto [directory, name] = SplitPath(prefix);
    const std::string data = Concat(name, ".data-");
    const std::string meta = Concat(name, ".meta");
    const std::vector<std::string> names = Names(directory);
    bool has_meta = false;
    for (const std::string& other : names) {
      if (StartsWith(other, data)) {
        return NotFound("'", directory, other, "' is there, but the index '", prefix,
                        ".index' is missing; copy all files of the checkpoint");
      }
      has_meta |= other == meta;
      const std::size_t shard = ShardSuffix(other);
      if (shard == name.size() && StartsWith(other, name)) {
        const absl::StatusOr<Source> file = files_.Open(Concat(directory, other));
        if (file.ok() && IsV1Table(*file)) return V1Unimplemented(prefix);
      }
    }
    if (has_meta) {
      return NotFound("'", prefix, ".meta' is there, but it holds no weights, and the index '", prefix,
                      ".index' is missing; copy all files of the checkpoint");
    }
    if (names.empty()) return NotFound("no checkpoint '", prefix, "': there is no '", prefix, ".index'");
    return NotFound("no checkpoint '", prefix, "': there is no '", prefix, ".index'; ", Prefixes(directory, name));
  }

  static constexpr std::uint64_t kMaxStateBytes = 16 << 20;
  const FileSystem& files_;
};

}  // namespace checkpoint_detail

// Finds the checkpoint that `path` means. An error says what the path is instead, and what to give.
inline absl::StatusOr<CheckpointLocation> FindCheckpoint(const FileSystem& files, std::string_view path) {
  return checkpoint_detail::PathResolver(files).Resolve(path);
}

GRAPHFREEZE_NAMESPACE_END
