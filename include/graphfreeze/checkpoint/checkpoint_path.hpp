// From what somebody calls "the checkpoint" to its prefix: the prefix itself, any of its files, the directory
// that it lies in, or the `checkpoint` state file. Paths are plain text; the one pattern is what TensorFlow calls a V1
// checkpoint of several files, its prefix, "-?????-of-" and their number.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/checkpoint/checkpoint_state.hpp>
#include <graphfreeze/checkpoint/slice_file.hpp>
#include <graphfreeze/checkpoint/table.hpp>
#include <graphfreeze/io/file_system.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/nearest.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/support/text.hpp>
#include <graphfreeze/wire/proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// A checkpoint that was found: its prefix, and what tells its tensors, open.
struct CheckpointLocation {
  std::string prefix;
  Source index;                  // of a V2 checkpoint
  std::vector<Source> v1_files;  // of a V1 checkpoint: all of its files, by number
};

namespace checkpoint_detail {

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

// "<base>-00000-of-00002".
inline std::string ShardPath(std::string_view base, std::int32_t shard, std::int32_t shards) {
  const auto padded = [](std::int32_t number) {
    const std::string digits = Concat(number);
    return digits.size() < 5 ? std::string(5 - digits.size(), '0') + digits : digits;
  };
  return Concat(base, "-", padded(shard), "-of-", padded(shards));
}

// A set of shard files: what comes before "-00000-of-00002", and how many there are.
struct ShardSet {
  std::string_view base;
  std::int32_t shards = 0;
};
// Of the name of one of them, or of the pattern for all of them ("-?????" for the number).
inline std::optional<ShardSet> ShardSetOf(std::string_view path) {
  const std::size_t count = path.find_last_not_of("0123456789") + 1;
  ShardSet set;
  const std::from_chars_result end = std::from_chars(path.data() + count, path.data() + path.size(), set.shards);
  if (end.ec != std::errc() || set.shards < 1) return std::nullopt;
  std::size_t suffix = ShardSuffix(path);
  if (suffix == std::string_view::npos) {
    constexpr std::string_view kPattern = "-?????" "-of-";  // in two literals, for there are trigraphs in it
    if (path.size() - count < 5 || !EndsWith(path.substr(0, count), kPattern)) return std::nullopt;
    suffix = count - kPattern.size();
  }
  set.base = path.substr(0, suffix);
  return set;
}

inline bool IsMissing(const absl::Status& status) { return status.code() == absl::StatusCode::kNotFound; }

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
  if (LooksLikeTable(source)) {
    const absl::StatusOr<Table> table = Table::Open(source, wire::Crc32c());
    const absl::Status first = table.ok() ? table->First().status() : table.status();
    if (!first.ok()) return Concat("is a damaged checkpoint: ", FromAbsl(first.message()));
    return "looks like the index of a checkpoint under another name; rename it to end in .index, beside its .data "
           "files";
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
  return "is no checkpoint; give a prefix (model.ckpt), one of the files of a checkpoint, or its directory";
}

class PathResolver {
 public:
  explicit PathResolver(const FileSystem& files) : files_(files) {}

  absl::StatusOr<CheckpointLocation> Resolve(std::string_view path) const {
    if (path.empty()) return InvalidArgument("the path of the checkpoint is empty");
    // An existing "<path>.index" settles it: the path is a prefix, whatever it looks like.
    if (path.back() != '/') {
      if (Found found = OpenPrefix(path)) return *std::move(found);
      const auto [directory, name] = SplitPath(path);
      if (EndsWith(name, ".index")) return FromFile(path, path.substr(0, path.size() - 6), "the index");
      if (EndsWith(name, ".meta")) return FromFile(path, path.substr(0, path.size() - 5), "the graph");
      const std::size_t shard = ShardSuffix(name);
      if (shard != std::string_view::npos && EndsWith(name.substr(0, shard), ".data")) {
        return FromFile(path, path.substr(0, directory.size() + shard - 5), "a data file");
      }
      absl::StatusOr<Source> file = files_.Open(path);
      if (file.ok()) return FromOther(*file);
      if (Found found = OpenV1Shards(path)) return *std::move(found);
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
  // A checkpoint, or the error of one that is there and cannot be opened; or nothing.
  using Found = std::optional<absl::StatusOr<CheckpointLocation>>;

  // V2 only.
  Found OpenPrefix(std::string_view prefix) const {
    absl::StatusOr<Source> index = files_.Open(Concat(prefix, ".index"));
    if (index.ok()) return CheckpointLocation{std::string(prefix), *std::move(index), {}};
    if (IsMissing(index.status())) return std::nullopt;
    return index.status();
  }

  // What a prefix, or TensorFlow's pattern for one, may stand for: V2 before V1.
  Found OpenAny(std::string_view prefix) const {
    if (Found found = OpenPrefix(prefix)) return found;
    const absl::StatusOr<Source> file = files_.Open(prefix);
    if (file.ok() && IsV1Table(*file)) return OpenV1(*file);
    if (Found found = OpenV1Shards(prefix)) return found;
    return FindV1Shards(prefix);
  }

  // One file of a V1 checkpoint: with the others of its set, if its name says that there are some.
  absl::StatusOr<CheckpointLocation> OpenV1(const Source& file) const {
    if (Found found = OpenV1Shards(file.name())) return *std::move(found);
    return CheckpointLocation{std::string(file.name()), Source(), {file}};
  }

  // A V1 checkpoint by the name of one of its shard files, or the pattern. Nothing if there is none of them.
  Found OpenV1Shards(std::string_view path) const {
    const std::optional<ShardSet> set = ShardSetOf(path);
    if (!set) return std::nullopt;
    CheckpointLocation location{std::string(set->base), Source(), {}};
    for (std::int32_t shard = 0; shard < set->shards; ++shard) {
      const std::string name = ShardPath(set->base, shard, set->shards);
      absl::StatusOr<Source> file = files_.Open(name);
      if (!file.ok()) {
        if (!IsMissing(file.status())) return file.status();
        if (location.v1_files.empty() && !AnyOf(*set)) return std::nullopt;
        return NotFound("missing shard ", shard, " of ", set->shards, " (counted from 0): there is no '", name,
                        "'; copy all files of the checkpoint '", set->base, "'");
      }
      if (!IsV1Table(*file)) return InvalidArgument("'", name, "' ", Describe(*file));
      location.v1_files.push_back(*std::move(file));
    }
    return location;
  }
  // True if one of the files, at least, is there.
  bool AnyOf(const ShardSet& set) const {
    const auto [directory, base] = SplitPath(set.base);
    for (const std::string& name : Names(directory)) {
      const std::optional<ShardSet> other = ShardSetOf(name);
      if (other && other->base == base && other->shards == set.shards && files_.Open(Concat(directory, name)).ok()) {
        return true;
      }
    }
    return false;
  }

  // The shard files of a V1 checkpoint by their prefix alone.
  Found FindV1Shards(std::string_view prefix) const {
    const auto [directory, base] = SplitPath(prefix);
    std::map<std::int32_t, std::string> sets;  // one file of each
    for (const std::string& name : Names(directory)) {
      const std::optional<ShardSet> set = ShardSetOf(name);
      if (!set || set->base != base || sets.count(set->shards) > 0) continue;
      const absl::StatusOr<Source> file = files_.Open(Concat(directory, name));
      if (file.ok() && IsV1Table(*file)) sets.emplace(set->shards, Concat(directory, name));
    }
    if (sets.empty()) return std::nullopt;
    if (sets.size() == 1) return OpenV1Shards(sets.begin()->second);
    return InvalidArgument("there are several checkpoints '", prefix, "', '", sets.begin()->second, "' is of one and '",
                           sets.rbegin()->second, "' of another; give the name of a file");
  }

  std::vector<std::string> Names(std::string_view directory) const {
    absl::StatusOr<std::vector<std::string>> names = files_.List(Listable(directory));
    return names.ok() ? *std::move(names) : std::vector<std::string>();
  }

  // One of a checkpoint's own files was named.
  absl::StatusOr<CheckpointLocation> FromFile(std::string_view path, std::string_view prefix,
                                              std::string_view role) const {
    if (Found found = OpenAny(prefix)) return *std::move(found);
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
    if (IsV1Table(file)) return OpenV1(file);
    // The state file can be called otherwise (latest_filename), but then its text tells.
    if (file.size() < kMaxStateBytes && !LooksLikeTable(file)) {
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
    if (Found found = OpenAny(direct)) return *std::move(found);
    // Directories get moved and copied: the checkpoint then lies beside the state file.
    const std::string beside = Concat(directory, SplitPath(latest).second);
    if (beside != direct) {
      if (Found found = OpenAny(beside)) return *std::move(found);
    }
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
    const std::vector<std::string> prefixes = PrefixesIn(base, names);
    if (prefixes.size() == 1) {
      if (Found found = OpenAny(prefixes.front())) return *std::move(found);
    }
    if (prefixes.empty()) {
      return InvalidArgument("directory '", directory, "' holds no checkpoint: no file ends in .index, and none is in the V1 format",
                             has("keras_metadata.pb") ? " (it is what is left of a SavedModel)" : "");
    }
    return InvalidArgument("directory '", directory, "' holds ", prefixes.size(),
                           " checkpoints and no `checkpoint` file says which is the latest; ", Prefixes(base, ""));
  }

  // The checkpoints of a directory by the names of its files; only if there is no V2 one are V1 ones looked for, by
  // what files hold.
  std::vector<std::string> PrefixesIn(std::string_view base, const std::vector<std::string>& names) const {
    std::vector<std::string> prefixes;
    for (const std::string& name : names) {
      if (EndsWith(name, ".index")) prefixes.push_back(Concat(base, name.substr(0, name.size() - 6)));
    }
    if (!prefixes.empty()) return prefixes;
    for (const std::string& name : names) {
      const std::optional<ShardSet> set = ShardSetOf(name);
      const std::string prefix = Concat(base, set ? set->base : std::string_view(name));
      if (std::find(prefixes.begin(), prefixes.end(), prefix) != prefixes.end()) continue;
      const absl::StatusOr<Source> file = files_.Open(Concat(base, name));
      if (file.ok() && IsV1Table(*file)) prefixes.push_back(prefix);
    }
    return prefixes;
  }

  // Which checkpoints there are, those like `wanted` first.
  std::string Prefixes(std::string_view directory, std::string_view wanted) const {
    const std::vector<std::string> prefixes = PrefixesIn(directory, Names(directory));
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

  // Nothing has this prefix, unless it is that of V1 shards: say what there is.
  absl::StatusOr<CheckpointLocation> Missing(std::string_view prefix) const {
    if (Found found = FindV1Shards(prefix)) return *std::move(found);
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
