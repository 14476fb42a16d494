// GraphFile: a file that should hold a graph, told by its content and never by its name.
//
//   absl::StatusOr<GraphFile> file = LoadGraphFile(LocalFileSystem{}, "model.ckpt.meta");
//   absl::StatusOr<OwnedBytes> graph = file->graph_def();   // binary, whatever the file was
//   if (const MetaGraph* meta = file->meta_graph()) ...      // saver, op list, collections, signatures
//
// A binary graph begins with byte 0x0a, which is also a line feed, and a frozen "graph.pb" may in
// truth be a SavedModel: so nothing is decided on first bytes. The bytes are a graph if they parse
// as one to the end and the messages inside look like nodes; then they are tried as text. What is
// no graph gets an error that says what it is and what to give instead.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/checkpoint/table.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/io/file_system.hpp>
#include <graphfreeze/io/source.hpp>
#include <graphfreeze/model/text_format.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/hash.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/wire/proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

enum class GraphFileKind : std::uint8_t {
  kGraphDef,
  kMetaGraphDef,
  kSavedModel,
  kSaverDef,
  kCheckpointTable,  // a V1 checkpoint, or the index of a V2 one
  kCheckpointState,  // the text file named "checkpoint"
  kEmpty,
  kOther,
};

// "GraphDef", "checkpoint index", ...
inline std::string_view Name(GraphFileKind kind) {
  switch (kind) {
    case GraphFileKind::kGraphDef:
      return "GraphDef";
    case GraphFileKind::kMetaGraphDef:
      return "MetaGraphDef";
    case GraphFileKind::kSavedModel:
      return "SavedModel";
    case GraphFileKind::kSaverDef:
      return "SaverDef";
    case GraphFileKind::kCheckpointTable:
      return "checkpoint index";
    case GraphFileKind::kCheckpointState:
      return "checkpoint state";
    case GraphFileKind::kEmpty:
      return "empty file";
    case GraphFileKind::kOther:
      break;
  }
  return "unknown content";
}

// --- SaverDef ------------------------------------------------------------------------------------

// How a saver was built into a graph. Borrows the bytes it was read from.
struct SaverDef {
  std::string_view filename_tensor_name;  // "save/Const:0"
  std::string_view save_tensor_name;
  std::string_view restore_op_name;  // "save/restore_all"
  bool sharded = false;
  std::int32_t version = 0;  // 0 LEGACY, 1 V1, 2 V2
};

inline absl::StatusOr<SaverDef> ParseSaverDef(std::string_view proto) {
  SaverDef saver;
  wire::FieldReader reader(proto);
  while (reader.Next()) {
    switch (reader.key()) {
      case wire::Key(1, wire::Type::kBytes):
        saver.filename_tensor_name = reader.bytes();
        break;
      case wire::Key(2, wire::Type::kBytes):
        saver.save_tensor_name = reader.bytes();
        break;
      case wire::Key(3, wire::Type::kBytes):
        saver.restore_op_name = reader.bytes();
        break;
      case wire::Key(5, wire::Type::kVarint):
        saver.sharded = reader.boolean();
        break;
      case wire::Key(7, wire::Type::kVarint):
        saver.version = reader.int32();
        break;
      default:
        break;
    }
  }
  if (!reader.ok()) return reader.status("SaverDef");
  return saver;
}

// --- MetaGraphDef --------------------------------------------------------------------------------

// The parts of a MetaGraphDef, as bytes of their own messages. All views live as long as `owner`.
struct MetaGraph {
  using Entry = std::pair<std::string_view, std::string_view>;

  std::string_view graph_def;
  std::string_view stripped_op_list;          // OpList: an OpDef for each op of the graph
  std::optional<std::string_view> saver_def;  // SaverDef
  std::string_view object_graph_def;          // SavedObjectGraph
  std::string_view tensorflow_version;
  std::vector<std::string_view> tags;
  std::vector<std::string_view> asset_file_defs;  // AssetFileDef
  std::vector<Entry> collections;                 // name, CollectionDef; each name once
  std::vector<Entry> signatures;                  // name, SignatureDef; each name once
  std::shared_ptr<const void> owner;

  // The CollectionDef or SignatureDef of that name; none if there is no such.
  std::optional<std::string_view> Collection(std::string_view name) const {
    return Find(collections, name);
  }
  std::optional<std::string_view> Signature(std::string_view name) const {
    return Find(signatures, name);
  }

 private:
  static std::optional<std::string_view> Find(const std::vector<Entry>& entries,
                                              std::string_view name) {
    for (const Entry& entry : entries) {
      if (entry.first == name) return entry.second;
    }
    return std::nullopt;
  }
};

namespace detail {

// Keeps alive what a MetaGraph views: the file, and fields that had to be put together.
struct MetaGraphOwner {
  std::shared_ptr<const void> file;
  std::deque<std::string> merged;
};

// A message field that should stand once. Standing several times it is merged, and merging messages
// is concatenation: the first is a view, several are joined in a buffer.
class MergedField {
 public:
  void Add(std::string_view payload, MetaGraphOwner* owner) {
    if (!present_) {
      view_ = payload;
      present_ = true;
      return;
    }
    if (buffer_ == nullptr) buffer_ = &owner->merged.emplace_back(view_);
    buffer_->append(payload);
    view_ = *buffer_;
  }
  bool present() const { return present_; }
  std::string_view view() const { return view_; }

 private:
  std::string_view view_;
  std::string* buffer_ = nullptr;
  bool present_ = false;
};

// One entry of a map<string, message>.
inline absl::StatusOr<MetaGraph::Entry> ParseMapEntry(std::string_view proto, MetaGraphOwner* owner,
                                                      std::string_view map_name) {
  std::string_view key;
  MergedField value;
  wire::FieldReader reader(proto);
  while (reader.Next()) {
    if (reader.key() == wire::Key(1, wire::Type::kBytes)) key = reader.bytes();
    if (reader.key() == wire::Key(2, wire::Type::kBytes)) value.Add(reader.bytes(), owner);
  }
  if (!reader.ok()) return reader.status(map_name);
  return MetaGraph::Entry(key, value.view());
}

// Of entries with one key the last counts; the rest keep their order.
inline void DropOverwritten(std::vector<MetaGraph::Entry>* entries) {
  NameMap<std::size_t> last;
  for (std::size_t i = 0; i < entries->size(); ++i) last[(*entries)[i].first] = i;
  if (last.size() == entries->size()) return;
  std::vector<MetaGraph::Entry> kept;
  kept.reserve(last.size());
  for (std::size_t i = 0; i < entries->size(); ++i) {
    if (last[(*entries)[i].first] == i) kept.push_back((*entries)[i]);
  }
  *entries = std::move(kept);
}

}  // namespace detail

// Takes a MetaGraphDef apart: its top level, not the graph inside.
inline absl::StatusOr<MetaGraph> ParseMetaGraphDef(OwnedBytes bytes) {
  auto owner = std::make_shared<detail::MetaGraphOwner>();
  owner->file = std::move(bytes.owner);
  MetaGraph meta;
  detail::MergedField meta_info, graph, saver, objects, op_list;

  wire::FieldReader reader(bytes.bytes);
  while (reader.Next()) {
    switch (reader.key()) {
      case wire::Key(1, wire::Type::kBytes):
        meta_info.Add(reader.bytes(), owner.get());
        break;
      case wire::Key(2, wire::Type::kBytes):
        graph.Add(reader.bytes(), owner.get());
        break;
      case wire::Key(3, wire::Type::kBytes):
        saver.Add(reader.bytes(), owner.get());
        break;
      case wire::Key(4, wire::Type::kBytes): {
        GRAPHFREEZE_ASSIGN_OR_RETURN(
            MetaGraph::Entry entry,
            detail::ParseMapEntry(reader.bytes(), owner.get(), "MetaGraphDef.collection_def"));
        meta.collections.push_back(entry);
        break;
      }
      case wire::Key(5, wire::Type::kBytes): {
        GRAPHFREEZE_ASSIGN_OR_RETURN(
            MetaGraph::Entry entry,
            detail::ParseMapEntry(reader.bytes(), owner.get(), "MetaGraphDef.signature_def"));
        meta.signatures.push_back(entry);
        break;
      }
      case wire::Key(6, wire::Type::kBytes):
        meta.asset_file_defs.push_back(reader.bytes());
        break;
      case wire::Key(7, wire::Type::kBytes):
        objects.Add(reader.bytes(), owner.get());
        break;
      default:
        break;
    }
  }
  if (!reader.ok()) return reader.status("MetaGraphDef");

  wire::FieldReader info(meta_info.view());
  while (info.Next()) {
    if (info.key() == wire::Key(2, wire::Type::kBytes)) op_list.Add(info.bytes(), owner.get());
    if (info.key() == wire::Key(4, wire::Type::kBytes)) meta.tags.push_back(info.bytes());
    if (info.key() == wire::Key(5, wire::Type::kBytes)) meta.tensorflow_version = info.bytes();
  }
  if (!info.ok()) return info.status("MetaInfoDef");

  detail::DropOverwritten(&meta.collections);
  detail::DropOverwritten(&meta.signatures);
  meta.graph_def = graph.view();
  meta.stripped_op_list = op_list.view();
  meta.object_graph_def = objects.view();
  if (saver.present()) meta.saver_def = saver.view();
  meta.owner = std::move(owner);
  return meta;
}

// --- telling files apart -------------------------------------------------------------------------

namespace detail {

// What the fields of a message look like on the wire: enough to tell messages apart.
struct MessageRule;
struct FieldRule {
  std::uint32_t number;
  wire::Type type;
  const MessageRule* message = nullptr;  // null: not looked into
  bool is_text = false;  // no control characters, as in names; messages nearly always have some
};
struct MessageRule {
  absl::Span<const FieldRule> fields;
  std::uint32_t required = 0;  // a field that is always there and not empty; 0: none
};

inline constexpr FieldRule kVersionFields[] = {{1, wire::Type::kVarint},
                                               {2, wire::Type::kVarint},
                                               {3, wire::Type::kVarint},
                                               {3, wire::Type::kBytes}};
inline constexpr MessageRule kVersionRule{kVersionFields};
inline constexpr FieldRule kEntryFields[] = {{1, wire::Type::kBytes, nullptr, true},
                                             {2, wire::Type::kBytes}};
inline constexpr MessageRule kEntryRule{kEntryFields};
inline constexpr FieldRule kNodeFields[] = {{1, wire::Type::kBytes, nullptr, true},
                                            {2, wire::Type::kBytes, nullptr, true},
                                            {3, wire::Type::kBytes, nullptr, true},
                                            {4, wire::Type::kBytes, nullptr, true},
                                            {5, wire::Type::kBytes, &kEntryRule},
                                            {6, wire::Type::kBytes},
                                            {7, wire::Type::kBytes}};
inline constexpr MessageRule kNodeRule{kNodeFields, 2};
inline constexpr FieldRule kOpFields[] = {{1, wire::Type::kBytes, nullptr, true},
                                          {2, wire::Type::kBytes},
                                          {3, wire::Type::kBytes},
                                          {4, wire::Type::kBytes},
                                          {5, wire::Type::kBytes},
                                          {6, wire::Type::kBytes},
                                          {8, wire::Type::kBytes},
                                          {16, wire::Type::kVarint},
                                          {17, wire::Type::kVarint},
                                          {18, wire::Type::kVarint},
                                          {19, wire::Type::kVarint},
                                          {20, wire::Type::kBytes, nullptr, true},
                                          {21, wire::Type::kVarint}};
inline constexpr MessageRule kOpRule{kOpFields, 1};
inline constexpr FieldRule kOpListFields[] = {{1, wire::Type::kBytes, &kOpRule}};
inline constexpr MessageRule kOpListRule{kOpListFields};
inline constexpr FieldRule kFunctionFields[] = {{1, wire::Type::kBytes, &kOpRule},
                                                {3, wire::Type::kBytes, &kNodeRule},
                                                {4, wire::Type::kBytes, &kEntryRule},
                                                {5, wire::Type::kBytes, &kEntryRule},
                                                {6, wire::Type::kBytes, &kEntryRule},
                                                {7, wire::Type::kBytes},
                                                {8, wire::Type::kBytes}};
inline constexpr MessageRule kFunctionRule{kFunctionFields, 1};
inline constexpr FieldRule kGradientFields[] = {{1, wire::Type::kBytes, nullptr, true},
                                                {2, wire::Type::kBytes, nullptr, true}};
inline constexpr MessageRule kGradientRule{kGradientFields};
inline constexpr FieldRule kLibraryFields[] = {{1, wire::Type::kBytes, &kFunctionRule},
                                               {2, wire::Type::kBytes, &kGradientRule},
                                               {3, wire::Type::kBytes, &kGradientRule}};
inline constexpr MessageRule kLibraryRule{kLibraryFields};
inline constexpr FieldRule kGraphFields[] = {{1, wire::Type::kBytes, &kNodeRule},
                                             {2, wire::Type::kBytes, &kLibraryRule},
                                             {3, wire::Type::kVarint},
                                             {4, wire::Type::kBytes, &kVersionRule},
                                             {5, wire::Type::kBytes}};
inline constexpr MessageRule kGraphRule{kGraphFields};
inline constexpr FieldRule kMetaInfoFields[] = {{1, wire::Type::kBytes, nullptr, true},
                                                {2, wire::Type::kBytes, &kOpListRule},
                                                {3, wire::Type::kBytes},
                                                {4, wire::Type::kBytes, nullptr, true},
                                                {5, wire::Type::kBytes, nullptr, true},
                                                {6, wire::Type::kBytes, nullptr, true},
                                                {7, wire::Type::kVarint},
                                                {8, wire::Type::kBytes, &kEntryRule}};
inline constexpr MessageRule kMetaInfoRule{kMetaInfoFields};
inline constexpr FieldRule kSaverFields[] = {{1, wire::Type::kBytes, nullptr, true},
                                             {2, wire::Type::kBytes, nullptr, true},
                                             {3, wire::Type::kBytes, nullptr, true},
                                             {4, wire::Type::kVarint},
                                             {5, wire::Type::kVarint},
                                             {6, wire::Type::kFixed32},
                                             {7, wire::Type::kVarint}};
inline constexpr MessageRule kSaverRule{kSaverFields, 3};
inline constexpr MessageRule kSaverPartRule{kSaverFields};  // a field may stand in several parts
inline constexpr FieldRule kMetaGraphFields[] = {{1, wire::Type::kBytes, &kMetaInfoRule},
                                                 {2, wire::Type::kBytes, &kGraphRule},
                                                 {3, wire::Type::kBytes, &kSaverPartRule},
                                                 {4, wire::Type::kBytes, &kEntryRule},
                                                 {5, wire::Type::kBytes, &kEntryRule},
                                                 {6, wire::Type::kBytes},
                                                 {7, wire::Type::kBytes}};
inline constexpr MessageRule kMetaGraphRule{kMetaGraphFields};
inline constexpr FieldRule kSavedModelFields[] = {{1, wire::Type::kVarint},
                                                  {2, wire::Type::kBytes, &kMetaGraphRule}};
inline constexpr MessageRule kSavedModelRule{kSavedModelFields, 2};

struct FileRule {
  GraphFileKind kind;
  const MessageRule* message;
};
// The first of equals wins: `12 00` can be any of three.
inline constexpr FileRule kFileRules[] = {{GraphFileKind::kGraphDef, &kGraphRule},
                                          {GraphFileKind::kMetaGraphDef, &kMetaGraphRule},
                                          {GraphFileKind::kSavedModel, &kSavedModelRule},
                                          {GraphFileKind::kSaverDef, &kSaverRule}};

enum class Strictness : std::uint8_t {
  kStrict,
  kLenient,  // texts may have control characters; then every field must be known
};

// How many known and unknown fields a message has when read by a rule; none if it contradicts it.
struct RuleFit {
  std::uint64_t known = 0;
  std::uint64_t unknown = 0;
};
inline std::optional<RuleFit> FitRule(const MessageRule& rule, std::string_view bytes,
                                      Strictness strictness) {
  constexpr int kLookInto = 16;  // messages of a level: the first ones tell enough
  RuleFit fit;
  bool has_required = rule.required == 0;
  int looks = kLookInto;
  wire::FieldReader reader(bytes);
  while (reader.Next()) {
    const FieldRule* match = nullptr;
    bool number_known = false;
    for (const FieldRule& field : rule.fields) {
      if (field.number != reader.number()) continue;
      number_known = true;
      if (field.type == reader.type()) match = &field;
    }
    if (match == nullptr) {
      if (number_known) return std::nullopt;
      ++fit.unknown;  // a newer TensorFlow's addition, or another message altogether
      continue;
    }
    ++fit.known;
    if (reader.type() != wire::Type::kBytes) continue;
    if (match->number == rule.required && !reader.bytes().empty()) has_required = true;
    if (match->is_text && strictness == Strictness::kStrict) {
      for (char c : reader.bytes()) {
        if (static_cast<unsigned char>(c) < 0x20) return std::nullopt;
      }
    }
    if (match->message != nullptr && looks > 0) {
      --looks;
      const std::optional<RuleFit> inner = FitRule(*match->message, reader.bytes(), strictness);
      if (!inner) return std::nullopt;
      fit.unknown += inner->unknown;
    }
  }
  if (!reader.ok() || !has_required) return std::nullopt;
  return fit;
}

// The message that `bytes` are in binary form, if any.
inline std::optional<GraphFileKind> BinaryKind(std::string_view bytes, Strictness strictness) {
  std::optional<GraphFileKind> best;
  std::uint64_t best_unknown = 0;
  for (const FileRule& file : kFileRules) {
    const std::optional<RuleFit> fit = FitRule(*file.message, bytes, strictness);
    if (!fit || fit->known == 0) continue;
    if (strictness == Strictness::kStrict) {
      if (fit->unknown > fit->known) continue;
    } else if (fit->unknown > 0 || file.kind == GraphFileKind::kSaverDef) {
      continue;  // with nothing but strings in it, almost any message could be a SaverDef
    }
    if (best && fit->unknown >= best_unknown) continue;
    best = file.kind;
    best_unknown = fit->unknown;
  }
  return best;
}

// The message that `text` is in text form, if any: told by the first field name that is known.
inline std::optional<GraphFileKind> TextKind(std::string_view text) {
  static constexpr struct {
    std::string_view field;
    GraphFileKind kind;
  } kFields[] = {
      {"node", GraphFileKind::kGraphDef},
      {"library", GraphFileKind::kGraphDef},
      {"version", GraphFileKind::kGraphDef},
      {"versions", GraphFileKind::kGraphDef},
      {"debug_info", GraphFileKind::kGraphDef},
      {"meta_info_def", GraphFileKind::kMetaGraphDef},
      {"graph_def", GraphFileKind::kMetaGraphDef},
      {"saver_def", GraphFileKind::kMetaGraphDef},
      {"collection_def", GraphFileKind::kMetaGraphDef},
      {"signature_def", GraphFileKind::kMetaGraphDef},
      {"asset_file_def", GraphFileKind::kMetaGraphDef},
      {"object_graph_def", GraphFileKind::kMetaGraphDef},
      {"saved_model_schema_version", GraphFileKind::kSavedModel},
      {"meta_graphs", GraphFileKind::kSavedModel},
      {"filename_tensor_name", GraphFileKind::kSaverDef},
      {"save_tensor_name", GraphFileKind::kSaverDef},
      {"restore_op_name", GraphFileKind::kSaverDef},
      {"max_to_keep", GraphFileKind::kSaverDef},
      {"sharded", GraphFileKind::kSaverDef},
      {"keep_checkpoint_every_n_hours", GraphFileKind::kSaverDef},
      {"model_checkpoint_path", GraphFileKind::kCheckpointState},
      {"all_model_checkpoint_paths", GraphFileKind::kCheckpointState},
      {"all_model_checkpoint_timestamps", GraphFileKind::kCheckpointState},
      {"last_preserved_timestamp", GraphFileKind::kCheckpointState},
  };
  const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  const auto is_name = [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  text = WithoutByteOrderMark(text);
  int depth = 0;
  std::size_t i = 0;
  const auto skip_space = [&] {
    while (i < text.size()) {
      if (text[i] == '#') {
        i = std::min(text.find('\n', i), text.size());
      } else if (is_space(text[i])) {
        ++i;
      } else {
        break;
      }
    }
  };
  for (skip_space(); i < text.size(); skip_space()) {
    const char c = text[i];
    if (is_name(c)) {
      const std::size_t begin = i;
      while (i < text.size() && is_name(text[i])) ++i;
      const std::string_view name = text.substr(begin, i - begin);
      skip_space();
      // A field, if a value follows; else the name is a value itself.
      if (depth == 0 && i < text.size() && (text[i] == ':' || text[i] == '{' || text[i] == '<')) {
        for (const auto& field : kFields) {
          if (field.field == name) return field.kind;
        }
      }
    } else if (c == '"' || c == '\'') {
      for (++i; i < text.size() && text[i] != c && text[i] != '\n'; ++i) {
        if (text[i] == '\\') ++i;
      }
      ++i;
    } else if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) {
      return std::nullopt;  // no text at all
    } else {
      if (c == '{' || c == '<' || c == '[') ++depth;
      if (c == '}' || c == '>' || c == ']') --depth;
      if (depth < 0 || (i == 0 && depth != 0)) return std::nullopt;  // a text begins with a name
      ++i;
    }
  }
  return std::nullopt;
}

// Formats that are given by mistake. `head` is the beginning of the file.
inline std::string_view ForeignFormat(std::string_view head) {
  static constexpr struct {
    std::size_t offset;
    std::string_view magic;
    std::string_view what;
  } kFormats[] = {
      {0,
       std::string_view("\x7f"
                        "ELF",
                        4),
       "an ELF binary"},
      {0, std::string_view("PK\x03\x04", 4),
       "a zip archive (a .keras file, or an archive to unpack)"},
      {0, std::string_view("\x89HDF\r\n\x1a\n", 8),
       "an HDF5 file (Keras weights); export the model as a SavedModel"},
      {0, std::string_view("\x1f\x8b", 2), "gzip-compressed; unpack it"},
      {0, std::string_view("\x83\xaf\x70\xd1\x0d\x88\x4a\x3f", 8),
       "a chunked model (.cpb); export it without experimental_image_format"},
      {4, std::string_view("TFL3", 4), "a TensorFlow Lite model"},
      {0, std::string_view("\x93NUMPY", 6), "a NumPy array"},
      {0, std::string_view("\x80\x02", 2), "a Python pickle"},
      {0, std::string_view("\x80\x04\x95", 3), "a Python pickle"},
      {0, std::string_view("version https://git-lfs", 23),
       "a Git LFS pointer; fetch the real file"},
      {0, std::string_view("<!DOCTYPE", 9), "an HTML page"},
      {0, std::string_view("<html", 5), "an HTML page"},
      {0, std::string_view("{", 1), "JSON"},
      {0, std::string_view("[{", 2), "JSON"},
  };
  for (const auto& format : kFormats) {
    if (head.size() >= format.offset &&
        head.substr(format.offset, format.magic.size()) == format.magic) {
      return format.what;
    }
  }
  return {};
}

}  // namespace detail

// --- GraphFile -----------------------------------------------------------------------------------

class GraphFile {
 public:
  // Tells what the source holds and, if that is a message of TensorFlow's, reads it: binary where
  // it lies, text into memory. An error if it is one of these but damaged; what is none of them is
  // kOther.
  static absl::StatusOr<GraphFile> FromSource(const Source& source,
                                              const TextOptions& options = TextOptions()) {
    GraphFile file;
    file.name_ = std::string(source.name());
    if (source.size() == 0) {
      file.kind_ = GraphFileKind::kEmpty;
      return file;
    }
    // The cheap tests first: a checkpoint may be too big to be loaded for this.
    GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes head,
                                 source.Load(0, std::min<std::uint64_t>(source.size(), 32)));
    file.what_ = std::string(detail::ForeignFormat(head.bytes));
    if (!file.what_.empty()) return file;
    if (checkpoint_detail::LooksLikeTable(source)) {
      file.kind_ = GraphFileKind::kCheckpointTable;
      return file;
    }
    if (source.size() > wire::kMaxMessageBytes) {
      file.what_ = Concat("no graph that could be read: it has ", source.size(),
                          " bytes, and protobuf allows 2 GiB");
      return file;
    }

    GRAPHFREEZE_ASSIGN_OR_RETURN(file.message_, source.LoadAll());
    const std::string_view bytes = file.message_.bytes;
    std::optional<GraphFileKind> kind = detail::BinaryKind(bytes, detail::Strictness::kStrict);
    if (!kind) {
      kind = detail::TextKind(bytes);
      file.was_text_ = kind.has_value();
    }
    if (!kind) kind = detail::BinaryKind(bytes, detail::Strictness::kLenient);
    if (!kind) {
      GRAPHFREEZE_RETURN_IF_ERROR(file.CheckDamage());
      file.what_ = file.Unknown();
      file.message_ = OwnedBytes();
      return file;
    }
    file.kind_ = *kind;
    if (file.was_text_) {
      const std::string_view type = file.kind_ == GraphFileKind::kCheckpointState
                                        ? std::string_view("CheckpointState")
                                        : Name(file.kind_);
      absl::StatusOr<std::string> binary = TextToBinary(type, bytes, options);
      if (!binary.ok()) return Annotate(binary.status(), Quoted(file.name_));
      auto owner = std::make_shared<const std::string>(*std::move(binary));
      const std::string_view view = *owner;
      file.message_ = OwnedBytes{view, std::move(owner)};
    }
    if (file.kind_ == GraphFileKind::kMetaGraphDef) {
      absl::StatusOr<MetaGraph> meta = ParseMetaGraphDef(file.message_);
      if (!meta.ok()) return Annotate(meta.status(), Quoted(file.name_));
      file.meta_graph_ = *std::move(meta);
    }
    return file;
  }

  GraphFileKind kind() const { return kind_; }
  bool was_text() const { return was_text_; }
  // A MetaGraph that is in memory already: one of a SavedModel. graph_def() is its graph.
  static GraphFile FromMetaGraph(MetaGraph meta, GraphFileKind kind, std::string name, bool was_text) {
    GraphFile file;
    file.kind_ = kind;
    file.name_ = std::move(name);
    file.was_text_ = was_text;
    file.meta_graph_ = std::move(meta);
    return file;
  }

  // Of a file that is no message of TensorFlow's: what it is, for people ("a zip archive"). Empty otherwise.
  std::string_view what() const { return what_; }
  // The name of the source: the path.
  const std::string& name() const { return name_; }

  // The whole message in binary form, for the kinds that are messages; empty for the others.
  const OwnedBytes& message() const { return message_; }
  // The parts of a MetaGraphDef, or of the one that was chosen of a SavedModel; null if the file is something else.
  const MetaGraph* meta_graph() const { return meta_graph_ ? &*meta_graph_ : nullptr; }

  // The GraphDef in the file, binary. An error that says what the file is and what to give instead,
  // if it holds none.
  absl::StatusOr<OwnedBytes> graph_def() const {
    switch (kind_) {
      case GraphFileKind::kGraphDef:
        return message_;
      case GraphFileKind::kMetaGraphDef:
        return OwnedBytes{meta_graph_->graph_def, meta_graph_->owner};
      case GraphFileKind::kSavedModel:
        if (meta_graph_) return OwnedBytes{meta_graph_->graph_def, meta_graph_->owner};
        return InvalidArgument(Quoted(name_), " is a SavedModel, not a graph; load its directory '",
                               Directory(), "' as a SavedModel");
      case GraphFileKind::kSaverDef:
        return InvalidArgument(Quoted(name_),
                               " is a SaverDef, not a graph; give it beside a graph");
      case GraphFileKind::kCheckpointTable:
        return InvalidArgument(
            Quoted(name_), " is a checkpoint index, which holds weights; a graph is needed: give '",
            MetaPath(), "' or a GraphDef, and this as the checkpoint");
      case GraphFileKind::kCheckpointState:
        return InvalidArgument(
            Quoted(name_),
            " lists checkpoints; a graph is needed: give the .meta file of one of "
            "them, or a GraphDef");
      case GraphFileKind::kEmpty:
        return InvalidArgument(Quoted(name_), " is empty; a graph is needed");
      case GraphFileKind::kOther:
        break;
    }
    return InvalidArgument(Quoted(name_), " is no graph: it is ", what_);
  }

  // The same, parsed. It knows the ops that the MetaGraphDef describes, and shares in the file.
  absl::StatusOr<Graph> ParseGraph() const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes bytes, graph_def());
    GRAPHFREEZE_ASSIGN_OR_RETURN(Graph graph, Graph::Parse(Source::Share(bytes.bytes, bytes.owner, name_), bytes.bytes));
    if (meta_graph_) GRAPHFREEZE_RETURN_IF_ERROR(graph.ops().AddOpList(meta_graph_->stripped_op_list, meta_graph_->owner));
    return graph;
  }

 private:
  static std::string Quoted(std::string_view name) { return Concat("'", name, "'"); }

  std::string Directory() const {
    const std::size_t slash = name_.rfind('/');
    return slash == std::string::npos ? std::string(".") : name_.substr(0, slash);
  }

  // Where TensorFlow puts the graph of a checkpoint.
  std::string MetaPath() const {
    constexpr std::string_view kIndex = ".index";
    const bool is_index = name_.size() > kIndex.size() &&
                          name_.compare(name_.size() - kIndex.size(), kIndex.size(), kIndex) == 0;
    return Concat(is_index ? name_.substr(0, name_.size() - kIndex.size()) : name_, ".meta");
  }

  // What bytes of no known kind may be.
  std::string Unknown() const {
    const std::size_t data = name_.rfind(".data-");
    if (data != std::string::npos && name_.find("-of-", data) != std::string::npos) {
      return Concat("by its name the weights of a checkpoint; give '", name_.substr(0, data),
                    ".meta' or a GraphDef, and this as the checkpoint");
    }
    // Graphs begin with a message, and that of a MetaGraphDef (its op list) may be most of the file.
    const std::string_view bytes = message_.bytes;
    std::uint64_t first = 0;
    if (bytes.front() == '\x0a' &&
        wire::ReadVarint(bytes.data() + 1, bytes.data() + bytes.size(), &first) != nullptr &&
        first > bytes.size()) {
      return Concat("no message that TensorFlow writes for graphs, or a truncated one: its first "
                    "field has ", first, " bytes, but the file ends after ", bytes.size(),
                    "; copy it again from its origin");
    }
    return "no message that TensorFlow writes for graphs, neither binary nor text";
  }

  // An error if the bytes are a known message up to some point and malformed from there on.
  absl::Status CheckDamage() const {
    wire::FieldReader reader(message_.bytes);
    while (reader.Next()) {
    }
    if (reader.ok() || reader.offset() == 0) return absl::OkStatus();
    const std::string_view good = message_.bytes.substr(0, reader.offset());
    std::optional<GraphFileKind> kind = detail::BinaryKind(good, detail::Strictness::kStrict);
    if (!kind && good.size() <= 3 && good[0] == '\x08') kind = GraphFileKind::kSavedModel;
    if (!kind) return absl::OkStatus();
    return Annotate(reader.status(Name(*kind)), Concat(Quoted(name_), " is truncated or damaged"));
  }

  GraphFileKind kind_ = GraphFileKind::kOther;
  bool was_text_ = false;
  std::string name_;
  std::string what_;  // of kOther: what it is
  OwnedBytes message_;
  std::optional<MetaGraph> meta_graph_;
};

// Opens a file and tells what it is. A directory is refused with a hint.
inline absl::StatusOr<GraphFile> LoadGraphFile(const FileSystem& file_system, std::string_view path,
                                               const TextOptions& options = TextOptions()) {
  absl::StatusOr<Source> source = file_system.Open(path);
  if (!source.ok()) {
    for (std::string_view name : {"saved_model.pb", "saved_model.pbtxt"}) {
      if (file_system.Open(Concat(path, "/", name)).ok()) {
        return InvalidArgument(
            "'", path, "' is the directory of a SavedModel, not a graph; load it as a SavedModel");
      }
    }
    if (file_system.List(path).ok()) {
      return InvalidArgument("'", path,
                             "' is a directory; give a graph file in it (.pb, .pbtxt or .meta)");
    }
    return std::move(source).status();
  }
  return GraphFile::FromSource(*source, options);
}

// The graph in a file: a GraphDef or that of a MetaGraphDef, binary or text.
inline absl::StatusOr<Graph> LoadGraph(std::string_view path, const FileSystem& file_system = FileSystem()) {
  GRAPHFREEZE_ASSIGN_OR_RETURN(const GraphFile file, LoadGraphFile(file_system, path));
  return file.ParseGraph();
}

GRAPHFREEZE_NAMESPACE_END
