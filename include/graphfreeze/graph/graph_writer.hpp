// WriteGraph: a Graph as the bytes of a GraphDef.
//
// What was not edited is written as the bytes that were read. An edited node is written as pieces: a new
// length, the changed fields, and spans of the original bytes for everything else. A weight is a reference.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/io/segments.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/wire/proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace detail {

// What is left out of a graph that is written several times with other weights: its place among the segments.
struct OpenPart {
  enum class Kind : std::uint8_t {
    kElements,  // of a weight; its prefix, and all lengths around it, are written
    kNode,      // a node of the main graph
    kLibrary,   // the library
  };
  Kind kind;
  std::uint32_t number;  // of the weight or the node
  std::size_t at;        // segments that come before
};
struct OpenParts {
  // The weights whose length depends on their value: what holds one is left out whole.
  const std::vector<bool>* changing = nullptr;
  std::vector<OpenPart> parts;

  void Add(OpenPart::Kind kind, std::uint32_t number, SegmentList* out) {
    parts.push_back({kind, number, out->Cut()});
  }
  bool Holds(const Body& body, NodeId id) const {
    const NodeEdit* edit = body.alive(id) ? body.Edit(id) : nullptr;
    if (edit == nullptr) return false;
    for (const AttrEdit& attr : edit->attrs) {
      if (attr.weight != AttrEdit::kNoWeight && (*changing)[attr.weight]) return true;
    }
    return false;
  }
  bool Holds(const Body& body) const {
    for (NodeId id = 0; id < body.size(); ++id) {
      if (Holds(body, id)) return true;
    }
    return false;
  }
};

// What comes behind the prefix of a weight.
inline void AppendElements(const TensorRef& tensor, SegmentList* out) {
  for (const ByteRange& piece : tensor.pieces) {
    std::optional<std::uint32_t> crc;
    for (const CrcCheck& check : tensor.checks) {
      if (check.range.offset == piece.offset && check.range.size == piece.size &&
          check.range.source == piece.source) {
        crc = check.crc32c;
        break;
      }
    }
    out->Append(piece, crc);
  }
}

// A message under construction: literal bytes, spans of what was read, and weights, in order.
class PieceList {
 public:
  std::uint64_t size() const { return size_; }
  // Makes it empty; the memory stays for what comes next.
  void Clear() {
    pieces_.clear();
    literals_.clear();
    size_ = 0;
  }

  void Literal(std::string_view bytes) {
    if (pieces_.empty() || pieces_.back().kind != Kind::kLiteral) {
      pieces_.push_back({Kind::kLiteral, literals_.size(), 0, nullptr});
    }
    literals_.append(bytes.data(), bytes.size());
    pieces_.back().size += bytes.size();
    size_ += bytes.size();
  }
  void Span(std::string_view bytes) {
    if (bytes.empty()) return;
    pieces_.push_back({Kind::kSpan, 0, bytes.size(), bytes.data()});
    size_ += bytes.size();
  }
  void WeightAt(std::uint32_t weight, std::uint64_t size) {
    pieces_.push_back({Kind::kWeight, weight, size, nullptr});
    size_ += size;
  }
  // A length-delimited field that holds `inner`.
  void Field(std::uint32_t number, const PieceList& inner) {
    std::string header;
    wire::PutBytesHeader(&header, number, inner.size());
    Literal(header);
    for (const Piece& piece : inner.pieces_) {
      switch (piece.kind) {
        case Kind::kLiteral:
          Literal(std::string_view(inner.literals_).substr(piece.at, piece.size));
          break;
        case Kind::kSpan:
          Span({piece.data, piece.size});
          break;
        case Kind::kWeight:
          WeightAt(static_cast<std::uint32_t>(piece.at), piece.size);
          break;
      }
    }
  }
  void Field(std::uint32_t number, std::string_view payload) {
    std::string header;
    wire::PutBytesHeader(&header, number, payload.size());
    Literal(header);
    Literal(payload);
  }

  // With `open`, weights are left out and noted there.
  void AppendTo(SegmentList* out, const std::vector<Weight>& weights, OpenParts* open = nullptr) const {
    for (const Piece& piece : pieces_) {
      switch (piece.kind) {
        case Kind::kLiteral:
          out->AppendCopy(std::string_view(literals_).substr(piece.at, piece.size));
          break;
        case Kind::kSpan:
          out->Append(std::string_view(piece.data, piece.size));
          break;
        case Kind::kWeight:
          out->AppendCopy(weights[piece.at].prefix);
          if (open == nullptr) {
            AppendElements(weights[piece.at].tensor, out);
          } else if (piece.size > weights[piece.at].prefix.size()) {
            open->Add(OpenPart::Kind::kElements, static_cast<std::uint32_t>(piece.at), out);
          }
          break;
      }
    }
  }

 private:
  enum class Kind : std::uint8_t { kLiteral, kSpan, kWeight };
  struct Piece {
    Kind kind;
    std::size_t at;  // in literals_, or the number of the weight
    std::size_t size;
    const char* data;
  };

  std::vector<Piece> pieces_;
  std::string literals_;
  std::uint64_t size_ = 0;
};

inline std::uint64_t WeightSize(const Weight& weight) { return weight.prefix.size() + weight.tensor.size(); }

// Adds the field of a NodeDef that holds an edited attribute. Not called for removed ones.
inline void PutAttr(const AttrEdit& edit, const std::vector<Weight>& weights, PieceList* out) {
  const bool is_weight = edit.weight != AttrEdit::kNoWeight;
  std::string value;  // up to the bytes of the weight
  const std::uint64_t weight_size = is_weight ? WeightSize(weights[edit.weight]) : 0;
  if (is_weight) {
    wire::PutBytesHeader(&value, 8, weight_size);
  } else {
    value = edit.value;
  }
  std::string entry;
  wire::PutBytesField(&entry, 1, edit.name);
  wire::PutBytesHeader(&entry, 2, value.size() + weight_size);
  entry += value;
  std::string header;
  wire::PutBytesHeader(&header, 5, entry.size() + weight_size);
  out->Literal(header);
  out->Literal(entry);
  if (is_weight) out->WeightAt(edit.weight, weight_size);
}

// Input texts of an edited node: as the file spells them where the edge is one of the file's.
inline std::string SpellInput(const Body& body, NodeId id, const Edge& edge) {
  if (body.InFile(id) && !edge.is_control() && edge.node != kNoNode &&
      body.OutputArg(edge) == body.arg_name(edge.arg)) {
    const absl::Span<const Edge> original = body.base().inputs(id);
    for (std::size_t slot = 0; slot < original.size(); ++slot) {
      if (original[slot] != edge) continue;
      const std::string_view text = body.InputText(id, slot);
      if (!text.empty()) return std::string(text);
    }
  }
  return body.Spell(edge);
}

// Makes `result` the NodeDef of an edited node.
inline void EncodeNode(const Body& body, NodeId id, const std::vector<Weight>& weights, PieceList* result) {
  PieceList& out = *result;
  out.Clear();
  const NodeEdit* edit = body.Edit(id);
  const bool reset = edit != nullptr && edit->reset;
  bool inputs_written = false;
  const auto write_inputs = [&] {
    if (inputs_written) return;
    inputs_written = true;
    for (const Edge& edge : body.inputs(id)) out.Field(3, SpellInput(body, id, edge));
  };
  if (!body.InFile(id) || reset) {
    out.Field(1, body.name(id));
    out.Field(2, body.op(id));
    write_inputs();
    if (!edit->device.empty() && !body.device_cleared(id)) out.Field(4, edit->device);
    for (const AttrEdit& attr : edit->attrs) {
      if (attr.value.data() != nullptr) PutAttr(attr, weights, &out);
    }
    return;
  }

  // The inputs stand behind the op in what every writer produces; a node that has none gets them there.
  const bool new_inputs =
      (edit != nullptr && edit->inputs_changed) || [&] {
        for (const Edge& edge : body.inputs(id)) {
          if (edge.arg != 0 && body.OutputArg(edge) != body.arg_name(edge.arg)) return true;
        }
        return false;
      }();
  std::vector<bool> attr_written(edit == nullptr ? 0 : edit->attrs.size(), false);
  wire::FieldReader reader(body.base().nodes[id].message());
  while (reader.Next()) {
    switch (reader.key()) {
      case wire::Key(2, wire::Type::kBytes):
        if (edit != nullptr && edit->op.data() != nullptr) {
          out.Field(2, edit->op);
        } else {
          out.Span(reader.whole());
        }
        if (new_inputs) write_inputs();
        break;
      case wire::Key(3, wire::Type::kBytes):
        if (!new_inputs) out.Span(reader.whole());
        break;
      case wire::Key(4, wire::Type::kBytes):
        if (!body.device_cleared(id)) out.Span(reader.whole());
        break;
      case wire::Key(5, wire::Type::kBytes): {
        std::string_view name;
        wire::FieldReader entry(reader.bytes());
        while (entry.Next()) {
          if (entry.key() == wire::Key(1, wire::Type::kBytes)) name = entry.bytes();
        }
        bool edited = body.shapes_cleared(id) && name == kOutputShapes;
        for (std::size_t i = 0; edit != nullptr && i < edit->attrs.size(); ++i) {
          if (edit->attrs[i].name != name) continue;
          edited = true;
          if (edit->attrs[i].value.data() != nullptr && !attr_written[i]) {
            PutAttr(edit->attrs[i], weights, &out);
          }
          attr_written[i] = true;
        }
        if (!edited) out.Span(reader.whole());
        break;
      }
      default:
        out.Span(reader.whole());
    }
  }
  if (new_inputs) write_inputs();
  for (std::size_t i = 0; i < attr_written.size(); ++i) {
    if (!attr_written[i] && edit->attrs[i].value.data() != nullptr) PutAttr(edit->attrs[i], weights, &out);
  }
}

// An ArgDef with another type. What is said of the handle and the full type goes with the old type.
inline PieceList EncodeArgDef(std::string_view arg_def, DataType dtype) {
  PieceList out;
  bool written = false;
  const auto write_type = [&] {
    std::string field;
    wire::PutVarintField(&field, 3, static_cast<std::uint32_t>(dtype));
    if (!written) out.Literal(field);
    written = true;
  };
  wire::FieldReader reader(arg_def);
  while (reader.Next()) {
    if (reader.number() > 3) write_type();
    if (reader.number() == 3) {
      write_type();
    } else if (reader.number() != 7 && reader.number() != 17) {
      out.Span(reader.whole());
    }
  }
  write_type();
  return out;
}

// The OpDef that is a function's signature.
inline PieceList EncodeSignature(const Function& function) {
  PieceList out;
  NameSet removed;
  for (NodeId i = 0; i < function.base().control_result_count; ++i) {
    const NodeId id = function.base().first_control_result + i;
    if (!function.body.alive(id)) removed.emplace(function.body.name(id));
  }
  NodeId argument = 0, result = function.base().first_result;
  wire::FieldReader reader(function.base().signature);
  while (reader.Next()) {
    if (reader.key() == wire::Key(1, wire::Type::kBytes)) {
      out.Field(1, function.name());
      continue;
    }
    // control_output: a key of control_ret.
    if (reader.key() == wire::Key(20, wire::Type::kBytes) && removed.contains(reader.bytes())) continue;
    NodeId id = kNoNode;
    if (reader.key() == wire::Key(2, wire::Type::kBytes)) id = argument++;
    if (reader.key() == wire::Key(3, wire::Type::kBytes)) id = result++;
    if (id != kNoNode && !function.body.alive(id)) continue;
    const DataType dtype = id == kNoNode ? DataType::kInvalid : function.changed_type(id);
    if (dtype == DataType::kInvalid) {
      out.Span(reader.whole());
    } else {
      out.Field(reader.number(), EncodeArgDef(reader.bytes(), dtype));
    }
  }
  return out;
}

// The uint32 key of a map entry.
inline std::uint32_t MapKey(std::string_view entry) {
  std::uint32_t key = 0;
  wire::FieldReader reader(entry);
  while (reader.Next()) {
    if (reader.key() == wire::Key(1, wire::Type::kVarint)) key = static_cast<std::uint32_t>(reader.varint());
  }
  return key;
}

// An entry of a map by arguments under another number: what follows the key stays.
inline PieceList EncodeMapEntry(std::string_view entry, std::uint32_t number) {
  PieceList out;
  std::string key;
  wire::PutVarintField(&key, 1, number);
  out.Literal(key);
  wire::FieldReader reader(entry);
  while (reader.Next()) {
    if (reader.number() != 1) out.Span(reader.whole());
  }
  return out;
}

// An arg_attr entry of an argument whose type changed: what is said of its shape is no longer true.
inline PieceList EncodeArgAttrs(std::string_view entry, std::uint32_t number) {
  PieceList out;
  std::string key;
  wire::PutVarintField(&key, 1, number);
  out.Literal(key);
  wire::FieldReader reader(entry);
  while (reader.Next()) {
    if (reader.number() == 1) continue;
    if (reader.key() != wire::Key(2, wire::Type::kBytes)) {
      out.Span(reader.whole());
      continue;
    }
    PieceList attrs;
    wire::FieldReader attr_reader(reader.bytes());
    while (attr_reader.Next()) {
      bool stale = false;
      if (attr_reader.key() == wire::Key(1, wire::Type::kBytes)) {
        std::string_view name;
        wire::FieldReader attr(attr_reader.bytes());
        while (attr.Next()) {
          if (attr.key() == wire::Key(1, wire::Type::kBytes)) name = attr.bytes();
        }
        stale = name == "_output_shapes" || name == "_handle_dtypes" || name == "_handle_shapes" ||
                name == "_resource_arg_unique_id";
      }
      if (!stale) attrs.Span(attr_reader.whole());
    }
    out.Field(2, attrs);
  }
  return out;
}

// The `_input_shapes` attribute of a function, with unknown ranks for the arguments whose type changed.
inline std::string EncodeInputShapes(const Function& function, std::string_view attr_value) {
  const std::string unknown = Shape::UnknownRank().Serialize();
  const std::vector<std::string_view> in_file = AttrView(attr_value).shapes();
  std::vector<std::string_view> shapes;
  for (std::uint32_t i = 0; i < function.argument_count(); ++i) {
    const NodeId id = function.argument(i);
    const bool known = id < in_file.size() && function.changed_type(id) == DataType::kInvalid;
    shapes.push_back(known ? in_file[id] : std::string_view(unknown));
  }
  return attr::Messages(7, shapes);
}

inline PieceList EncodeFunction(const Function& function, const std::vector<Weight>& weights) {
  PieceList out;
  const Body& body = function.body;
  NodeId next_node = function.base().argument_count;
  const NodeId end_of_nodes = function.base().first_result;
  std::uint32_t control_result = 0;
  PieceList node;
  const auto write_node = [&](NodeId id) {
    if (!body.alive(id)) return;
    if (body.IsChanged(id)) {
      EncodeNode(body, id, weights, &node);
      out.Field(3, node);
    } else {
      out.Span(body.base().nodes[id].whole());
    }
  };
  const auto write_added = [&] {
    for (NodeId id = static_cast<NodeId>(body.base().nodes.size()); id < body.size(); ++id) write_node(id);
  };
  // The number that an argument of the file has now; none if it was removed.
  const auto number_of = [&](NodeId argument) -> std::optional<std::uint32_t> {
    for (std::uint32_t i = 0; i < function.argument_count(); ++i) {
      if (function.argument(i) == argument) return i;
    }
    return std::nullopt;
  };
  bool added_written = false;
  wire::FieldReader reader(function.base().message);
  while (reader.Next()) {
    switch (reader.key()) {
      case wire::Key(1, wire::Type::kBytes):
        out.Field(1, EncodeSignature(function));
        break;
      case wire::Key(3, wire::Type::kBytes):
        write_node(next_node++);
        if (next_node == end_of_nodes) {
          write_added();
          added_written = true;
        }
        break;
      case wire::Key(4, wire::Type::kBytes): {  // ret
        std::string_view name("", 0);
        wire::FieldReader entry(reader.bytes());
        while (entry.Next()) {
          if (entry.key() == wire::Key(1, wire::Type::kBytes)) name = entry.bytes();
        }
        bool written = false;
        for (NodeId id = end_of_nodes; id < end_of_nodes + function.base().result_count && !written; ++id) {
          if (body.name(id) != name || !body.IsChanged(id)) continue;
          written = true;
          if (!body.alive(id)) continue;
          PieceList result;
          result.Field(1, name);
          result.Field(2, body.Spell(body.inputs(id)[0]));
          out.Field(4, result);
        }
        if (!written) out.Span(reader.whole());
        break;
      }
      case wire::Key(5, wire::Type::kBytes): {  // attr
        std::string_view name("", 0), value("", 0);
        wire::FieldReader entry(reader.bytes());
        while (entry.Next()) {
          if (entry.key() == wire::Key(1, wire::Type::kBytes)) name = entry.bytes();
          if (entry.key() == wire::Key(2, wire::Type::kBytes)) value = entry.bytes();
        }
        if (name == "_input_shapes" && function.arguments_changed()) {
          PieceList shapes;
          shapes.Field(1, name);
          shapes.Field(2, EncodeInputShapes(function, value));
          out.Field(5, shapes);
        } else {
          out.Span(reader.whole());
        }
        break;
      }
      case wire::Key(6, wire::Type::kBytes):  // control_ret
        if (body.alive(function.base().first_control_result + control_result++)) out.Span(reader.whole());
        break;
      case wire::Key(7, wire::Type::kBytes):    // arg_attr
      case wire::Key(8, wire::Type::kBytes): {  // resource_arg_unique_id
        const NodeId id = MapKey(reader.bytes());
        const std::optional<std::uint32_t> number = number_of(id);
        if (!number) break;
        if (function.changed_type(id) == DataType::kInvalid) {
          if (*number == id) {
            out.Span(reader.whole());
          } else {
            out.Field(reader.number(), EncodeMapEntry(reader.bytes(), *number));
          }
        } else if (reader.number() == 7) {
          out.Field(7, EncodeArgAttrs(reader.bytes(), *number));
        }
        break;
      }
      default:
        out.Span(reader.whole());
    }
  }
  if (!added_written) write_added();
  return out;
}

inline PieceList EncodeLibrary(const Graph& graph, const std::vector<Weight>& weights) {
  PieceList out;
  const auto write_function = [&](const Function& function) {
    if (!function.alive) return;
    if (function.changed()) {
      out.Field(1, EncodeFunction(function, weights));
    } else {
      out.Span(function.base().whole);
    }
  };
  for (FunctionId id = 0; id < graph.function_count(); ++id) write_function(graph.function(id));
  for (const LibraryField& field : graph.data()->library_fields) {
    // A gradient of a function that is gone, or by one, would not import.
    const bool stale = (!field.gradient_of.empty() && graph.FindFunction(field.gradient_of) == kNoFunction) ||
                       (!field.gradient.empty() && graph.FindFunction(field.gradient) == kNoFunction);
    if (!stale) out.Span(field.whole);
  }
  return out;
}

// An edited node of the main graph.
inline void AppendNode(const Body& body, NodeId id, const std::vector<Weight>& weights, SegmentList* out, PieceList* node,
                       OpenParts* open = nullptr) {
  EncodeNode(body, id, weights, node);
  std::string header;
  wire::PutBytesHeader(&header, 1, node->size());
  out->AppendCopy(header);
  node->AppendTo(out, weights, open);
}

// An edited library.
inline void AppendLibrary(const Graph& graph, const std::vector<Weight>& weights, SegmentList* out, OpenParts* open = nullptr) {
  const PieceList library = EncodeLibrary(graph, weights);
  if (library.size() == 0) return;
  std::string header;
  wire::PutBytesHeader(&header, 2, library.size());
  out->AppendCopy(header);
  library.AppendTo(out, weights, open);
}

// With `open`, all but what is noted there.
inline void WriteGraph(const Graph& graph, SegmentList* out, OpenParts* open) {
  const GraphData& data = *graph.data();
  out->Keep(std::make_shared<const Source>(data.source));
  out->Keep(graph.shared_arena());
  const Body& body = graph.main();
  const bool library_changed = graph.library_changed();
  bool library_written = false;
  // A weight, and what stands before it; that may be cut where a block of the arena ends.
  out->Reserve(2 * graph.weights().size() + graph.weights().size() / 64 + 16);

  PieceList node;
  const auto write_node = [&](NodeId id) {
    if (!body.alive(id)) return;
    if (!body.IsChanged(id)) {
      out->Append(body.base().nodes[id].whole());
    } else if (open != nullptr && open->Holds(body, id)) {
      open->Add(OpenPart::Kind::kNode, id, out);
    } else {
      AppendNode(body, id, graph.weights(), out, &node, open);
    }
  };
  const auto write_library = [&] {
    bool holds = false;
    for (FunctionId id = 0; open != nullptr && id < graph.function_count(); ++id) {
      holds = holds || (graph.function(id).alive && open->Holds(graph.function(id).body));
    }
    if (holds) {
      open->Add(OpenPart::Kind::kLibrary, 0, out);
    } else {
      AppendLibrary(graph, graph.weights(), out, open);
    }
  };
  const auto in_file = static_cast<NodeId>(data.main.nodes.size());
  NodeId next = 0;
  const auto write_nodes_up_to = [&](NodeId end) {
    for (; next < end; ++next) write_node(next);
    if (end == in_file) {
      for (; next < body.size(); ++next) write_node(next);
    }
  };
  for (const OtherField& field : data.others) {
    write_nodes_up_to(field.nodes_before);
    if (!field.is_library || !library_changed) {
      out->Append(field.whole);
    } else if (!library_written) {
      library_written = true;
      write_library();
    }
  }
  write_nodes_up_to(in_file);
  out->Finish();
}

}  // namespace detail

// Appends the GraphDef to `out`, which refers to the graph's bytes, arena and weights: they are kept alive.
// A graph that nobody edited gives the bytes that were read.
inline void WriteGraph(const Graph& graph, SegmentList* out) { detail::WriteGraph(graph, out, nullptr); }

GRAPHFREEZE_NAMESPACE_END
