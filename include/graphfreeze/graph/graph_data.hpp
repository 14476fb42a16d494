// GraphData: the index of a GraphDef that is made in one scan, and never changes. Nothing is copied: a node
// is a position in the bytes, its inputs are resolved edges, its attributes stay unread until asked for.
//
// Not for users: GraphView reads it, Graph edits on top of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/io/source.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/hash.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/wire/proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// Number of a node in its body: stable, dense, in the order of the file.
using NodeId = std::uint32_t;
inline constexpr NodeId kNoNode = 0xffffffffu;

// Where an input comes from.
//   main graph:     output `index` of `node`, counted over all its outputs; `arg` is 0.
//   function body:  element `index` of the output argument `arg` of `node` ("node:arg:index"); `arg` is 0
//                   when `node` stands for an argument of the function.
//   control edge:   `index` is kControl.
// `node` is kNoNode when the graph has no node of that name.
struct Edge {
  static constexpr std::int32_t kControl = -1;
  NodeId node = kNoNode;
  std::uint32_t arg = 0;
  std::int32_t index = 0;

  bool is_control() const { return index == kControl; }
  friend bool operator==(const Edge& a, const Edge& b) {
    return a.node == b.node && a.arg == b.arg && a.index == b.index;
  }
  friend bool operator!=(const Edge& a, const Edge& b) { return !(a == b); }
};

// A function's arguments and results are nodes too, so that every edge has two ends.
enum class NodeKind : std::uint8_t {
  kNode,           // a NodeDef
  kArgument,       // argument of the function; no inputs
  kResult,         // result of the function; one input
  kControlResult,  // a node that must run though nothing takes its outputs; one control input
};

namespace detail {

struct NodeData {
  const char* body = nullptr;  // the NodeDef message; for other kinds, the name
  std::uint32_t body_size = 0;
  std::uint32_t name_at = 0, name_size = 0;  // in `body`
  std::uint32_t op_at = 0, op_size = 0;
  std::uint32_t first_edge = 0, edge_count = 0;  // in BodyData::edges
  std::uint8_t header_size = 0;  // of tag and length in front of `body`
  NodeKind kind = NodeKind::kNode;

  std::string_view name() const { return {body + name_at, name_size}; }
  std::string_view op() const { return {body + op_at, op_size}; }
  std::string_view message() const { return {body, body_size}; }
  std::string_view whole() const {
    return {body - header_size, static_cast<std::size_t>(body_size) + header_size};
  }
};

// Finds nodes by name. Names stay in the nodes; a slot holds a node's number, and a part of the hash that keeps
// most other names from being looked at: an eighth of what a map with the names in it takes.
class NodeIndex {
 public:
  // Makes room for `count` nodes. REQUIRES: it is empty.
  void Reserve(std::size_t count) {
    std::size_t size = 4;
    while (size < count + count / 3) size *= 2;
    slots_.resize(size);
  }
  // False if a node of that name is in already. REQUIRES: there is room.
  bool Insert(const std::vector<NodeData>& nodes, NodeId id) {
    const std::uint64_t hash = NameHash()(nodes[id].name());
    Slot& slot = slots_[Position(nodes, nodes[id].name(), hash)];
    if (slot.id != kNoNode) return false;
    slot = {Tag(hash), id};
    return true;
  }
  NodeId Find(const std::vector<NodeData>& nodes, std::string_view name) const {
    return slots_.empty() ? kNoNode : slots_[Position(nodes, name, NameHash()(name))].id;
  }

 private:
  struct Slot {
    std::uint32_t tag = 0;
    NodeId id = kNoNode;  // none: the slot is free
  };
  static std::uint32_t Tag(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }
  // Where the name stands, or the free slot where it would.
  std::size_t Position(const std::vector<NodeData>& nodes, std::string_view name, std::uint64_t hash) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = static_cast<std::size_t>(hash) & mask;
    while (slots_[at].id != kNoNode && (slots_[at].tag != Tag(hash) || nodes[slots_[at].id].name() != name)) {
      at = (at + 1) & mask;
    }
    return at;
  }

  std::vector<Slot> slots_;
};

struct BodyData {
  std::vector<NodeData> nodes;
  std::vector<Edge> edges;
  NodeIndex index;  // arguments and nodes

  NodeId Find(std::string_view name) const { return index.Find(nodes, name); }
  absl::Span<const Edge> inputs(NodeId id) const {
    return absl::Span<const Edge>(edges).subspan(nodes[id].first_edge, nodes[id].edge_count);
  }
};

// A map<string, string> entry of `ret` or `control_ret`, with the pseudo-node that stands for it.
struct FunctionData {
  std::string_view whole;      // the field of the library
  std::string_view message;    // FunctionDef
  std::string_view signature;  // OpDef
  std::string_view name;
  std::uint32_t argument_count = 0;
  std::uint32_t first_result = 0, result_count = 0;  // node ids; in the order of the signature
  std::uint32_t first_control_result = 0, control_result_count = 0;
  BodyData body;
};

// A field of the GraphDef that is no node: where it stands between the nodes.
struct OtherField {
  std::uint32_t nodes_before = 0;
  bool is_library = false;
  std::string_view whole;
};

// A field of the library that is no function.
struct LibraryField {
  std::string_view whole;
  std::string_view gradient_of, gradient;  // GradientDef or RegisteredGradient; `gradient_of` empty in the latter
};

struct GraphData {
  Source source;  // keeps `bytes` alive
  std::string_view bytes;
  BodyData main;
  std::vector<OtherField> others;
  std::vector<FunctionData> functions;
  NameMap<std::uint32_t> function_index;
  std::vector<LibraryField> library_fields;
  std::vector<std::string_view> arg_names = {std::string_view("", 0)};  // Edge::arg -> name
};

// Reads name, op and the texts of the inputs of a NodeDef.
inline absl::Status ScanNode(std::string_view message, NodeData* node, std::vector<std::string_view>* inputs) {
  node->body = message.data();
  node->body_size = static_cast<std::uint32_t>(message.size());
  wire::FieldReader reader(message);
  while (reader.Next()) {
    switch (reader.key()) {
      case wire::Key(1, wire::Type::kBytes):
        node->name_at = static_cast<std::uint32_t>(reader.bytes().data() - message.data());
        node->name_size = static_cast<std::uint32_t>(reader.bytes().size());
        break;
      case wire::Key(2, wire::Type::kBytes):
        node->op_at = static_cast<std::uint32_t>(reader.bytes().data() - message.data());
        node->op_size = static_cast<std::uint32_t>(reader.bytes().size());
        break;
      case wire::Key(3, wire::Type::kBytes):
        inputs->push_back(reader.bytes());
        ++node->edge_count;
        break;
      default:
        break;
    }
  }
  if (!reader.ok()) return reader.status("NodeDef");
  if (node->name_size == 0) return InvalidArgument("a node has no name");
  return absl::OkStatus();
}

// Decimal digits, as they stand behind the colon of an input. -1 if there is anything else.
inline std::int32_t ParseIndex(std::string_view digits) {
  if (digits.empty() || digits.size() > 9) return -1;
  std::int32_t value = 0;
  for (char c : digits) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

class GraphScanner {
 public:
  static absl::StatusOr<std::shared_ptr<const GraphData>> Scan(Source source, std::string_view bytes) {
    GraphScanner scanner;
    scanner.data_->source = std::move(source);
    scanner.data_->bytes = bytes;
    GRAPHFREEZE_RETURN_IF_ERROR(Annotate(scanner.ScanGraph(), scanner.data_->source.name()));
    return std::shared_ptr<const GraphData>(std::move(scanner.data_));
  }

 private:
  absl::Status ScanGraph() {
    GraphData& data = *data_;
    if (data.bytes.size() > wire::kMaxMessageBytes) {
      return ResourceExhausted("a GraphDef of ", data.bytes.size(), " bytes; protobuf's limit is ",
                               wire::kMaxMessageBytes);
    }
    // Counting first is cheap, and leaves the long tables without spare room.
    std::size_t nodes = 0;
    wire::FieldReader counter(data.bytes);
    while (counter.Next()) nodes += counter.key() == wire::Key(1, wire::Type::kBytes) ? 1 : 0;
    data.main.nodes.reserve(nodes);
    wire::FieldReader reader(data.bytes);
    std::vector<std::string_view> inputs;
    std::vector<std::string_view> libraries;
    inputs.reserve(nodes);
    while (reader.Next()) {
      if (reader.key() == wire::Key(1, wire::Type::kBytes)) {
        GRAPHFREEZE_RETURN_IF_ERROR(AddNode(&data.main, reader.whole(), reader.bytes(), &inputs));
        continue;
      }
      const bool is_library = reader.key() == wire::Key(2, wire::Type::kBytes);
      data.others.push_back({static_cast<std::uint32_t>(data.main.nodes.size()), is_library, reader.whole()});
      if (is_library) libraries.push_back(reader.bytes());
    }
    if (!reader.ok()) return reader.status("GraphDef");
    GRAPHFREEZE_RETURN_IF_ERROR(BuildIndex(&data.main, "the graph"));
    Resolve(&data.main, inputs, /*function=*/false);
    for (std::string_view library : libraries) GRAPHFREEZE_RETURN_IF_ERROR(ScanLibrary(library));
    return absl::OkStatus();
  }

  absl::Status AddNode(BodyData* body, std::string_view whole, std::string_view message,
                       std::vector<std::string_view>* inputs) {
    NodeData node;
    node.header_size = static_cast<std::uint8_t>(whole.size() - message.size());
    node.first_edge = static_cast<std::uint32_t>(inputs->size());
    if (absl::Status status = ScanNode(message, &node, inputs); !status.ok()) {
      return Annotate(status, Concat("node ", body->nodes.size()));
    }
    body->nodes.push_back(node);
    return absl::OkStatus();
  }

  static NodeData Pseudo(std::string_view name, NodeKind kind) {
    NodeData node;
    node.body = name.data();
    node.name_size = static_cast<std::uint32_t>(name.size());
    node.kind = kind;
    return node;
  }

  static absl::Status BuildIndex(BodyData* body, std::string_view where) {
    body->index.Reserve(body->nodes.size());
    for (NodeId id = 0; id < body->nodes.size(); ++id) {
      if (!body->index.Insert(body->nodes, id)) {
        return InvalidArgument("two nodes of ", where, " are called '", body->nodes[id].name(),
                               "'; names must be unique");
      }
    }
    return absl::OkStatus();
  }

  // Turns the texts of the inputs into edges.
  void Resolve(BodyData* body, const std::vector<std::string_view>& inputs, bool function) {
    body->edges.reserve(inputs.size());
    for (std::string_view input : inputs) body->edges.push_back(ParseEdge(*body, input, function));
  }

  Edge ParseEdge(const BodyData& body, std::string_view input, bool function) {
    Edge edge;
    if (!input.empty() && input[0] == '^') {
      edge.node = body.Find(input.substr(1));
      edge.index = Edge::kControl;
      return edge;
    }
    const std::size_t colon = input.find(':');
    edge.node = body.Find(input.substr(0, colon));
    if (colon == std::string_view::npos || edge.node == kNoNode) return edge;
    std::string_view rest = input.substr(colon + 1);
    if (function && body.nodes[edge.node].kind == NodeKind::kNode) {
      const std::size_t second = rest.find(':');
      edge.arg = Intern(rest.substr(0, second));
      edge.index = second == std::string_view::npos ? 0 : ParseIndex(rest.substr(second + 1));
    } else {
      edge.index = ParseIndex(rest);
    }
    if (edge.index < 0) edge = Edge();  // not a reference to anything
    return edge;
  }

  std::uint32_t Intern(std::string_view arg) {
    const auto [it, is_new] = arg_ids_.try_emplace(arg, static_cast<std::uint32_t>(data_->arg_names.size()));
    if (is_new) data_->arg_names.push_back(arg);
    return it->second;
  }

  absl::Status ScanLibrary(std::string_view library) {
    wire::FieldReader reader(library);
    while (reader.Next()) {
      if (reader.key() == wire::Key(1, wire::Type::kBytes)) {
        GRAPHFREEZE_RETURN_IF_ERROR(ScanFunction(reader.whole(), reader.bytes()));
        continue;
      }
      LibraryField field;
      field.whole = reader.whole();
      if (reader.key() == wire::Key(2, wire::Type::kBytes)) {  // GradientDef
        wire::FieldReader gradient(reader.bytes());
        while (gradient.Next()) {
          if (gradient.key() == wire::Key(1, wire::Type::kBytes)) field.gradient_of = gradient.bytes();
          if (gradient.key() == wire::Key(2, wire::Type::kBytes)) field.gradient = gradient.bytes();
        }
      } else if (reader.key() == wire::Key(3, wire::Type::kBytes)) {  // RegisteredGradient
        wire::FieldReader gradient(reader.bytes());
        while (gradient.Next()) {
          if (gradient.key() == wire::Key(1, wire::Type::kBytes)) field.gradient = gradient.bytes();
        }
      }
      data_->library_fields.push_back(field);
    }
    if (!reader.ok()) return reader.status("FunctionDefLibrary");
    return absl::OkStatus();
  }

  struct Result {
    std::string_view name;    // key of the map
    std::string_view source;  // "node:arg:0", an argument's name, or a node's name
  };

  // A map<string, string> entry.
  static Result MapEntry(std::string_view entry) {
    Result result;
    wire::FieldReader reader(entry);
    while (reader.Next()) {
      if (reader.key() == wire::Key(1, wire::Type::kBytes)) result.name = reader.bytes();
      if (reader.key() == wire::Key(2, wire::Type::kBytes)) result.source = reader.bytes();
    }
    return result;
  }

  static std::string_view FieldOne(std::string_view message) {
    std::string_view value("", 0);
    wire::FieldReader reader(message);
    while (reader.Next()) {
      if (reader.key() == wire::Key(1, wire::Type::kBytes)) value = reader.bytes();
    }
    return value;
  }

  absl::Status ScanFunction(std::string_view whole, std::string_view message) {
    FunctionData function;
    function.whole = whole;
    function.message = message;
    std::vector<std::string_view> nodes;  // whole fields
    std::vector<Result> results, control_results;
    bool has_signature = false;
    {
      wire::FieldReader reader(message);
      while (reader.Next()) {
        switch (reader.key()) {
          case wire::Key(1, wire::Type::kBytes):
            if (has_signature) return Unimplemented("a FunctionDef whose signature is split in two fields");
            has_signature = true;
            function.signature = reader.bytes();
            break;
          case wire::Key(4, wire::Type::kBytes):
            results.push_back(MapEntry(reader.bytes()));
            break;
          case wire::Key(6, wire::Type::kBytes):
            control_results.push_back(MapEntry(reader.bytes()));
            break;
          default:
            break;
        }
      }
      if (!reader.ok()) return reader.status("FunctionDef");
    }
    std::vector<std::string_view> result_names;
    {
      wire::FieldReader reader(function.signature);
      while (reader.Next()) {
        if (reader.key() == wire::Key(1, wire::Type::kBytes)) {
          function.name = reader.bytes();
        } else if (reader.key() == wire::Key(2, wire::Type::kBytes)) {
          function.body.nodes.push_back(Pseudo(FieldOne(reader.bytes()), NodeKind::kArgument));
        } else if (reader.key() == wire::Key(3, wire::Type::kBytes)) {
          result_names.push_back(FieldOne(reader.bytes()));
        }
      }
      if (!reader.ok()) return reader.status("OpDef");
    }
    if (function.name.empty()) return InvalidArgument("a function of the library has no name");
    const std::string where = Concat("function '", function.name, "'");
    function.argument_count = static_cast<std::uint32_t>(function.body.nodes.size());

    std::vector<std::string_view> inputs;
    wire::FieldReader reader(message);
    while (reader.Next()) {
      if (reader.key() != wire::Key(3, wire::Type::kBytes)) continue;
      GRAPHFREEZE_RETURN_IF_ERROR(
          Annotate(AddNode(&function.body, reader.whole(), reader.bytes(), &inputs), where));
    }
    GRAPHFREEZE_RETURN_IF_ERROR(BuildIndex(&function.body, where));
    // Results come behind the nodes, in the order of the signature, and are not found by name: their
    // names are a name space of their own.
    NameMap<std::string_view> sources;
    for (const Result& result : results) sources[result.name] = result.source;
    function.first_result = static_cast<std::uint32_t>(function.body.nodes.size());
    function.result_count = static_cast<std::uint32_t>(result_names.size());
    for (std::string_view name : result_names) {
      const auto it = sources.find(name);
      if (it == sources.end()) return InvalidArgument(where, " does not say what its result '", name, "' is");
      function.body.nodes.push_back(Pseudo(name, NodeKind::kResult));
      function.body.nodes.back().first_edge = static_cast<std::uint32_t>(inputs.size());
      function.body.nodes.back().edge_count = 1;
      inputs.push_back(it->second);
    }
    function.first_control_result = static_cast<std::uint32_t>(function.body.nodes.size());
    function.control_result_count = static_cast<std::uint32_t>(control_results.size());
    for (const Result& result : control_results) {
      function.body.nodes.push_back(Pseudo(result.name, NodeKind::kControlResult));
      function.body.nodes.back().first_edge = static_cast<std::uint32_t>(inputs.size());
      function.body.nodes.back().edge_count = 1;
      inputs.push_back(result.source);
    }
    Resolve(&function.body, inputs, /*function=*/true);
    for (NodeId id = function.first_control_result; id < function.body.nodes.size(); ++id) {
      function.body.edges[function.body.nodes[id].first_edge].index = Edge::kControl;
    }
    const auto id = static_cast<std::uint32_t>(data_->functions.size());
    if (!data_->function_index.try_emplace(function.name, id).second) {
      return InvalidArgument("two functions of the library are called '", function.name, "'");
    }
    data_->functions.push_back(std::move(function));
    return absl::OkStatus();
  }

  std::shared_ptr<GraphData> data_ = std::make_shared<GraphData>();
  NameMap<std::uint32_t> arg_ids_ = {{std::string_view("", 0), 0u}};
};

}  // namespace detail
GRAPHFREEZE_NAMESPACE_END
