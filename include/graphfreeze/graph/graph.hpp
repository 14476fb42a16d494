// Graph: a GraphDef to edit. It owns one Body for the main graph and one for each function; a Body is the
// unchanging index of what was read (graph_data.hpp) under a thin layer of edits.
//
//   main graph ── Body ── nodes 0..n-1 of the file, then the nodes that were added
//   function f ── Body ── its arguments, its nodes, its results; then the nodes that were added
//
// What no edit touches is written back as the very bytes that were read, unknown fields included. Nodes keep
// their ids and their places; nodes that are added come behind those of the file.
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

#include <absl/container/inlined_vector.h>
#include <absl/types/span.h>

#include <graphfreeze/graph/attr.hpp>
#include <graphfreeze/graph/graph_data.hpp>
#include <graphfreeze/graph/op_table.hpp>
#include <graphfreeze/io/source.hpp>
#include <graphfreeze/support/arena.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/hash.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/tensor.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

class Body;

// The attribute with the shapes of a node's outputs, as they were once inferred.
inline constexpr std::string_view kOutputShapes = "_output_shapes";

// One node of a body: a handle, cheap to copy, valid as long as its graph. Views that it gives live as long
// as the graph's bytes.
class NodeRef {
 public:
  NodeRef(const Body& body, NodeId id) : body_(&body), id_(id) {}

  const Body& body() const { return *body_; }
  NodeId id() const { return id_; }
  NodeKind kind() const;
  std::string_view name() const;
  std::string_view op() const;  // empty for the arguments and results of a function
  std::string device() const;
  absl::Span<const Edge> inputs() const;  // data inputs, then control inputs
  // Number of inputs before the first control input.
  std::size_t data_input_count() const;
  // The attribute's value; !exists() if the node has none of that name. Ask ops().Find(op()) for defaults.
  AttrView attr(std::string_view name) const;
  // Names of all attributes, in the order of the file.
  std::vector<std::string_view> attr_names() const;

 private:
  const Body* body_;
  NodeId id_;
};

namespace detail {

struct AttrEdit {
  static constexpr std::uint32_t kNoWeight = 0xffffffffu;
  std::string_view name;
  std::string_view value;            // AttrValue message; data() == nullptr: the attribute is removed
  std::uint32_t weight = kNoWeight;  // in place of `value`: a tensor of Graph::weights
};

struct NodeEdit {
  std::string_view op;  // data() == nullptr: as in the file
  std::string_view device;  // of an added node
  absl::InlinedVector<AttrEdit, 2> attrs;
  absl::InlinedVector<Edge, 1> inputs;
  std::uint32_t output_arg = 0;  // the name that the only output has after a change of op, in functions
  bool inputs_changed = false;
  bool reset = false;  // of the file's fields only the name stays
};

}  // namespace detail

// The nodes of the main graph or of a function, with the edits made to them.
class Body {
 public:
  Body(std::shared_ptr<const detail::GraphData> data, const detail::BodyData* base, Arena* arena)
      : data_(std::move(data)), base_(base), arena_(arena) {}

  // --- reading ---

  // Node ids are [0, size()); some of them may have been removed.
  NodeId size() const { return static_cast<NodeId>(base_->nodes.size() + added_names_.size()); }
  bool alive(NodeId id) const { return id < size() && (State(id) & kRemoved) == 0; }
  NodeRef node(NodeId id) const { return NodeRef(*this, id); }
  // The node (or argument) of that name; kNoNode if there is none.
  NodeId Find(std::string_view name) const {
    if (const NodeId id = base_->Find(name); id != kNoNode && alive(id)) return id;
    if (const auto it = added_index_.find(name); it != added_index_.end() && alive(it->second)) return it->second;
    return kNoNode;
  }
  // Calls visit(NodeRef) for each NodeDef, in the order in which they are written.
  template <typename Visit>
  void ForEachNode(Visit&& visit) const {
    for (NodeId id = 0; id < size(); ++id) {
      if (alive(id) && kind(id) == NodeKind::kNode) visit(node(id));
    }
  }
  std::size_t CountNodes() const {
    std::size_t count = 0;
    ForEachNode([&](NodeRef) { ++count; });
    return count;
  }

  NodeKind kind(NodeId id) const { return InFile(id) ? base_->nodes[id].kind : NodeKind::kNode; }
  std::string_view name(NodeId id) const { return InFile(id) ? base_->nodes[id].name() : added_names_[id - base_->nodes.size()]; }
  std::string_view op(NodeId id) const {
    const detail::NodeEdit* edit = Edit(id);
    if (edit != nullptr && edit->op.data() != nullptr) return edit->op;
    return base_->nodes[id].op();
  }
  absl::Span<const Edge> inputs(NodeId id) const {
    const detail::NodeEdit* edit = Edit(id);
    if (edit != nullptr && (edit->inputs_changed || edit->reset || !InFile(id))) return edit->inputs;
    return base_->inputs(id);
  }
  // The name of an output argument that an Edge carries. Empty for 0.
  std::string_view arg_name(std::uint32_t arg) const {
    return arg < data_->arg_names.size() ? data_->arg_names[arg] : added_args_[arg - data_->arg_names.size()];
  }
  // The input as it is spelled in a NodeDef.
  std::string Spell(const Edge& edge) const {
    if (edge.node == kNoNode) return "(a node that is not in the graph)";
    if (edge.is_control()) return Concat("^", name(edge.node));
    if (edge.arg != 0) return Concat(name(edge.node), ":", OutputArg(edge), ":", edge.index);
    return edge.index == 0 ? std::string(name(edge.node)) : Concat(name(edge.node), ":", edge.index);
  }
  // Input `slot` of a node as the file spells it; empty if it was changed or the node was added.
  std::string_view InputText(NodeId id, std::size_t slot) const {
    if (!InFile(id) || base_->nodes[id].kind != NodeKind::kNode) return {};
    wire::FieldReader reader(base_->nodes[id].message());
    while (reader.Next()) {
      if (reader.key() == wire::Key(3, wire::Type::kBytes) && slot-- == 0) return reader.bytes();
    }
    return {};
  }
  bool edited() const { return edited_; }

  // --- editing ---

  // Removes a node. Who still refers to it is the caller's business: Graph::Verify tells.
  void Remove(NodeId id) { MutableState(id) |= kRemoved; }

  void ClearDevice(NodeId id) { MutableState(id) |= kNoDevice; }

  // Removes `_output_shapes`, the shapes that somebody once inferred. Cheaper than RemoveAttr, for whole graphs.
  void ClearOutputShapes(NodeId id) { MutableState(id) |= kNoShapes; }

  // Changes the op. `output_arg` is the name that the new op gives its only output: inputs inside functions
  // name it.
  void SetOp(NodeId id, std::string_view op, std::string_view output_arg = {}) {
    detail::NodeEdit& edit = MutableEdit(id);
    edit.op = arena_->Copy(op);
    if (!output_arg.empty()) edit.output_arg = Intern(output_arg);
  }

  void SetInputs(NodeId id, const std::vector<Edge>& inputs) {
    detail::NodeEdit& edit = MutableEdit(id);
    edit.inputs.assign(inputs.begin(), inputs.end());
    edit.inputs_changed = true;
  }

  // Sets an attribute to an AttrValue message (see namespace attr).
  void SetAttr(NodeId id, std::string_view name, std::string_view value) {
    EditAttr(id, name).value = arena_->Copy(value);
  }
  // Gives a node that was added all attributes of another, of any body of the same graph, and its device. Nothing
  // is copied but what was edited.
  void CopyAttrs(NodeId id, const Body& from, NodeId original);
  // Sets an attribute to a tensor that Graph::AddWeight knows.
  void SetAttrToWeight(NodeId id, std::string_view name, std::uint32_t weight) {
    detail::AttrEdit& edit = EditAttr(id, name);
    edit.value = std::string_view("", 0);
    edit.weight = weight;
  }
  void RemoveAttr(NodeId id, std::string_view name) {
    if (node(id).attr(name).exists()) EditAttr(id, name).value = std::string_view();
  }

  // Makes another node of it: of what the file says only the name stays.
  void Reset(NodeId id, std::string_view op, std::string_view output_arg) {
    detail::NodeEdit& edit = MutableEdit(id);
    edit.attrs.clear();
    edit.inputs.clear();
    edit.inputs_changed = true;
    edit.reset = true;
    SetOp(id, op, output_arg);
  }

  // Adds a node behind all others. REQUIRES: no node of the body has that name.
  NodeId AddNode(std::string_view name, std::string_view op) {
    const NodeId id = size();
    edited_ = true;
    edits_.emplace_back();
    detail::NodeEdit& edit = edits_.back();
    edit.op = arena_->Copy(op);
    edit.reset = true;
    states_.resize(static_cast<std::size_t>(id) + 1, 0);
    states_[id] = static_cast<std::uint32_t>(edits_.size());
    added_names_.push_back(arena_->Copy(name));
    added_index_[added_names_.back()] = id;
    return id;
  }

  // `wanted`, or with the first free "_1", "_2", … behind it.
  std::string UniqueName(std::string_view wanted) const {
    std::string name(wanted);
    for (int i = 1; Find(name) != kNoNode; ++i) name = Concat(wanted, "_", i);
    return name;
  }

  // An Edge::arg for the name of an output argument.
  std::uint32_t Intern(std::string_view arg) {
    for (std::size_t i = 0; i < data_->arg_names.size(); ++i) {
      if (data_->arg_names[i] == arg) return static_cast<std::uint32_t>(i);
    }
    for (std::size_t i = 0; i < added_args_.size(); ++i) {
      if (added_args_[i] == arg) return static_cast<std::uint32_t>(data_->arg_names.size() + i);
    }
    added_args_.push_back(arena_->Copy(arg));
    return static_cast<std::uint32_t>(data_->arg_names.size() + added_args_.size() - 1);
  }

  // --- for the writer ---
  const detail::BodyData& base() const { return *base_; }
  bool InFile(NodeId id) const { return id < base_->nodes.size(); }
  bool device_cleared(NodeId id) const { return (State(id) & kNoDevice) != 0; }
  bool shapes_cleared(NodeId id) const { return (State(id) & kNoShapes) != 0; }
  const detail::NodeEdit* Edit(NodeId id) const {
    const std::uint32_t number = State(id) & kEditMask;
    return number == 0 ? nullptr : &edits_[number - 1];
  }
  // True if the node must be spelled anew: edited itself, or an input's output argument changed its name.
  bool IsChanged(NodeId id) const {
    if (State(id) != 0) return true;
    for (const Edge& edge : inputs(id)) {
      if (edge.arg != 0 && OutputArg(edge) != arg_name(edge.arg)) return true;
    }
    return false;
  }
  // The name of the edge's output argument, as the producer's op now calls it.
  std::string_view OutputArg(const Edge& edge) const {
    const detail::NodeEdit* edit = edge.node == kNoNode ? nullptr : Edit(edge.node);
    return arg_name(edit != nullptr && edit->output_arg != 0 && edge.arg != 0 ? edit->output_arg : edge.arg);
  }

 private:
  static constexpr std::uint32_t kRemoved = 0x80000000u;
  static constexpr std::uint32_t kNoDevice = 0x40000000u;
  static constexpr std::uint32_t kNoShapes = 0x20000000u;
  static constexpr std::uint32_t kEditMask = 0x1fffffffu;

  std::uint32_t State(NodeId id) const { return states_.empty() ? 0 : states_[id]; }
  std::uint32_t& MutableState(NodeId id) {
    edited_ = true;
    if (states_.empty()) states_.resize(size(), 0);
    return states_[id];
  }
  detail::NodeEdit& MutableEdit(NodeId id) {
    std::uint32_t& state = MutableState(id);
    if ((state & kEditMask) == 0) {
      edits_.emplace_back();
      state |= static_cast<std::uint32_t>(edits_.size());
    }
    return edits_[(state & kEditMask) - 1];
  }
  detail::AttrEdit& EditAttr(NodeId id, std::string_view name) {
    detail::NodeEdit& edit = MutableEdit(id);
    for (detail::AttrEdit& attr : edit.attrs) {
      if (attr.name == name) {
        attr.weight = detail::AttrEdit::kNoWeight;
        return attr;
      }
    }
    edit.attrs.emplace_back();
    edit.attrs.back().name = arena_->Copy(name);
    return edit.attrs.back();
  }

  std::shared_ptr<const detail::GraphData> data_;
  const detail::BodyData* base_;
  Arena* arena_;
  std::vector<std::uint32_t> states_;  // empty until the first edit
  std::deque<detail::NodeEdit> edits_;
  std::vector<std::string_view> added_names_;  // of the nodes behind those of the file
  NameMap<NodeId> added_index_;
  std::vector<std::string_view> added_args_;
  bool edited_ = false;
};

inline NodeKind NodeRef::kind() const { return body_->kind(id_); }
inline std::string_view NodeRef::name() const { return body_->name(id_); }
inline std::string_view NodeRef::op() const { return body_->op(id_); }
inline absl::Span<const Edge> NodeRef::inputs() const { return body_->inputs(id_); }

inline std::size_t NodeRef::data_input_count() const {
  std::size_t count = 0;
  for (const Edge& edge : inputs()) count += edge.is_control() ? 0 : 1;
  return count;
}

inline std::string NodeRef::device() const {
  const detail::NodeEdit* edit = body_->Edit(id_);
  if (body_->device_cleared(id_)) return {};
  if (!body_->InFile(id_)) return std::string(edit->device);
  if (edit != nullptr && edit->reset) return {};
  if (kind() != NodeKind::kNode) return {};
  std::string_view device;
  wire::FieldReader reader(body_->base().nodes[id_].message());
  while (reader.Next()) {
    if (reader.key() == wire::Key(4, wire::Type::kBytes)) device = reader.bytes();
  }
  return std::string(device);
}

namespace detail {

// Calls visit(name, AttrValue message) for each entry of a map<string, AttrValue> in field `number` of `message`.
template <typename Visit>
void ForEachAttr(std::string_view message, std::uint32_t number, Visit&& visit) {
  wire::FieldReader reader(message);
  while (reader.Next()) {
    if (reader.key() != wire::Key(number, wire::Type::kBytes)) continue;
    std::string_view name("", 0), value("", 0);
    wire::FieldReader entry(reader.bytes());
    while (entry.Next()) {
      if (entry.key() == wire::Key(1, wire::Type::kBytes)) name = entry.bytes();
      if (entry.key() == wire::Key(2, wire::Type::kBytes)) value = entry.bytes();
    }
    visit(name, value);
  }
}

}  // namespace detail

inline AttrView NodeRef::attr(std::string_view name) const {
  const detail::NodeEdit* edit = body_->Edit(id_);
  if (edit != nullptr) {
    for (const detail::AttrEdit& attr : edit->attrs) {
      if (attr.name == name) return attr.value.data() == nullptr ? AttrView() : AttrView(attr.value);
    }
    if (edit->reset) return AttrView();
  }
  if (!body_->InFile(id_) || kind() != NodeKind::kNode) return AttrView();
  if (body_->shapes_cleared(id_) && name == kOutputShapes) return AttrView();
  std::string_view found;
  detail::ForEachAttr(body_->base().nodes[id_].message(), 5, [&](std::string_view key, std::string_view value) {
    if (key == name) found = value;  // of duplicate keys the last one counts, as in protobuf
  });
  return found.data() == nullptr ? AttrView() : AttrView(found);
}

inline std::vector<std::string_view> NodeRef::attr_names() const {
  std::vector<std::string_view> names;
  const detail::NodeEdit* edit = body_->Edit(id_);
  const auto edited = [&](std::string_view name) {
    if (body_->shapes_cleared(id_) && name == kOutputShapes) return true;
    if (edit == nullptr) return false;
    for (const detail::AttrEdit& attr : edit->attrs) {
      if (attr.name == name) return true;
    }
    return false;
  };
  if (body_->InFile(id_) && kind() == NodeKind::kNode && !(edit != nullptr && edit->reset)) {
    detail::ForEachAttr(body_->base().nodes[id_].message(), 5, [&](std::string_view name, std::string_view) {
      if (!edited(name)) names.push_back(name);
    });
  }
  if (edit != nullptr) {
    for (const detail::AttrEdit& attr : edit->attrs) {
      if (attr.value.data() != nullptr) names.push_back(attr.name);
    }
  }
  return names;
}

inline void Body::CopyAttrs(NodeId id, const Body& from, NodeId original) {
  detail::NodeEdit& edit = MutableEdit(id);
  const auto add = [&](std::string_view name) -> detail::AttrEdit& {
    for (detail::AttrEdit& attr : edit.attrs) {
      if (attr.name == name) return attr;
    }
    edit.attrs.emplace_back();
    edit.attrs.back().name = name;
    return edit.attrs.back();
  };
  const detail::NodeEdit* source = from.Edit(original);
  if (from.InFile(original) && from.kind(original) == NodeKind::kNode && !(source != nullptr && source->reset)) {
    detail::ForEachAttr(from.base_->nodes[original].message(), 5, [&](std::string_view name, std::string_view value) {
      if (!from.shapes_cleared(original) || name != kOutputShapes) add(name).value = value;
    });
  }
  if (source != nullptr) {
    for (const detail::AttrEdit& attr : source->attrs) add(attr.name) = attr;
  }
  edit.device = arena_->Copy(from.node(original).device());
}

// A function of the library: its body, and the changes to its signature. Arguments and results are numbered as they
// are now; those that were removed do not count.
class Function {
 public:
  Function(const detail::FunctionData& base, Body nodes) : body(std::move(nodes)), base_(&base), name_(base.name) {
    for (std::uint32_t i = 0; i < base.argument_count; ++i) arguments_.push_back(i);
    for (std::uint32_t i = 0; i < base.result_count; ++i) results_.push_back(base.first_result + i);
  }

  Body body;

  std::string_view name() const { return name_; }
  // The name of the function of the file that it is, or was made from.
  std::string_view original_name() const { return base_->name; }
  std::uint32_t argument_count() const { return static_cast<std::uint32_t>(arguments_.size()); }
  NodeId argument(std::uint32_t i) const { return arguments_[i]; }
  std::uint32_t result_count() const { return static_cast<std::uint32_t>(results_.size()); }
  NodeId result(std::uint32_t i) const { return results_[i]; }
  // The number of an argument by its node.
  std::uint32_t argument_number(NodeId id) const {
    return static_cast<std::uint32_t>(std::lower_bound(arguments_.begin(), arguments_.end(), id) - arguments_.begin());
  }
  // The number of a result by its node.
  std::uint32_t result_number(NodeId id) const {
    return static_cast<std::uint32_t>(std::lower_bound(results_.begin(), results_.end(), id) - results_.begin());
  }
  const detail::FunctionData& base() const { return *base_; }

  // Takes an argument or a result out of the signature. Who calls the function, and nodes of the body that take the
  // argument, are the caller's business.
  void RemoveArgument(std::uint32_t i) {
    body.Remove(arguments_[i]);
    arguments_.erase(arguments_.begin() + i);
  }
  void RemoveResult(std::uint32_t i) {
    body.Remove(results_[i]);
    results_.erase(results_.begin() + i);
  }

  // What changed in the signature: types of arguments and results that were resources and are values now.
  void SetArgumentType(std::uint32_t i, DataType dtype) { types_.emplace_back(arguments_[i], dtype); }
  void SetResultType(std::uint32_t i, DataType dtype) { types_.emplace_back(results_[i], dtype); }
  // The type that an argument or a result has now, by its node; kInvalid if it is that of the file.
  DataType changed_type(NodeId id) const {
    for (const auto& [node, dtype] : types_) {
      if (node == id) return dtype;
    }
    return DataType::kInvalid;
  }

  bool alive = true;
  bool from_file = true;  // false for a copy

  bool changed() const { return !from_file || body.edited() || !types_.empty(); }
  bool arguments_changed() const {
    if (arguments_.size() != base_->argument_count) return true;
    for (NodeId id : arguments_) {
      if (changed_type(id) != DataType::kInvalid) return true;
    }
    return false;
  }

 private:
  friend class Graph;
  const detail::FunctionData* base_;
  std::string_view name_;
  std::vector<NodeId> arguments_, results_;  // in order
  std::vector<std::pair<NodeId, DataType>> types_;
};

// A tensor that is written into a Const by reference.
struct Weight {
  TensorRef tensor;
  std::string_view prefix;  // the TensorProto up to the bytes of `tensor.pieces`; all of it if there are none
};

using FunctionId = std::uint32_t;
inline constexpr FunctionId kNoFunction = 0xffffffffu;

class Graph {
 public:
  // Scans a GraphDef. `bytes` lie in (or are kept alive by) `source`, whose name serves messages.
  static absl::StatusOr<Graph> Parse(Source source, std::string_view bytes) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(std::shared_ptr<const detail::GraphData> data,
                                 detail::GraphScanner::Scan(std::move(source), bytes));
    return Graph(std::move(data));
  }
  static absl::StatusOr<Graph> Parse(const Source& source) {
    if (!source.has_view()) return FailedPrecondition(source.name(), " must be loaded before it can be parsed");
    return Parse(source, source.view());
  }
  explicit Graph(std::shared_ptr<const detail::GraphData> data)
      : data_(std::move(data)), arena_(std::make_shared<Arena>()), main_(data_, &data_->main, arena_.get()) {
    for (const detail::FunctionData& function : data_->functions) {
      functions_.push_back(std::make_unique<Function>(function, Body(data_, &function.body, arena_.get())));
    }
  }

  Body& main() { return main_; }
  const Body& main() const { return main_; }

  // Functions are numbered; copies come behind those of the file. Some may have been removed.
  FunctionId function_count() const { return static_cast<FunctionId>(functions_.size()); }
  Function& function(FunctionId id) { return *functions_[id]; }
  const Function& function(FunctionId id) const { return *functions_[id]; }
  FunctionId FindFunction(std::string_view name) const {
    if (const auto it = data_->function_index.find(name); it != data_->function_index.end()) {
      return functions_[it->second]->alive ? it->second : kNoFunction;
    }
    const auto it = added_functions_.find(name);
    return it == added_functions_.end() || !functions_[it->second]->alive ? kNoFunction : it->second;
  }

  // A copy of a function, edits included, under a name that starts with `name`.
  FunctionId CloneFunction(FunctionId id, std::string_view name) {
    std::string unique(name);
    // Ops and functions share a name space.
    for (int i = 1; IsFunctionName(unique); ++i) unique = Concat(name, "_", i);
    auto copy = std::make_unique<Function>(*functions_[id]);
    copy->name_ = arena_->Copy(unique);
    copy->from_file = false;
    const auto clone = static_cast<FunctionId>(functions_.size());
    added_functions_[copy->name_] = clone;
    functions_.push_back(std::move(copy));
    library_changed_ = true;
    return clone;
  }
  void RemoveFunction(FunctionId id) {
    functions_[id]->alive = false;
    library_changed_ = true;
  }

  // Registers a tensor that Consts refer to.
  std::uint32_t AddWeight(Weight weight) {
    weights_.push_back(std::move(weight));
    return static_cast<std::uint32_t>(weights_.size() - 1);
  }
  const std::vector<Weight>& weights() const { return weights_; }
  // Makes room for so many more.
  void ReserveWeights(std::size_t more) { weights_.reserve(weights_.size() + more); }
  // Ends the use of the weights: hands over the checks of one, or all there is.
  std::vector<CrcCheck> TakeChecks(std::uint32_t weight) { return std::move(weights_[weight].tensor.checks); }
  std::vector<Weight> TakeWeights() { return std::exchange(weights_, {}); }

  // What is known of ops: defaults of attributes, names and types of inputs and outputs.
  OpRegistry& ops() { return *ops_; }
  const OpRegistry& ops() const { return *ops_; }

  Arena& arena() { return *arena_; }
  const std::shared_ptr<Arena>& shared_arena() const { return arena_; }
  // What was read, as it was read.
  const std::shared_ptr<const detail::GraphData>& data() const { return data_; }
  Graph Pristine() const { return Graph(data_); }
  std::string_view name() const { return data_->source.name(); }

  bool library_changed() const {
    if (library_changed_) return true;
    for (const auto& function : functions_) {
      if (function->changed()) return true;
    }
    return false;
  }

 private:
  bool IsFunctionName(std::string_view name) const {
    return data_->function_index.find(name) != data_->function_index.end() ||
           added_functions_.find(name) != added_functions_.end() || ops_->Find(name) != nullptr;
  }

  std::shared_ptr<const detail::GraphData> data_;
  std::shared_ptr<Arena> arena_;
  Body main_;
  std::vector<std::unique_ptr<Function>> functions_;
  NameMap<FunctionId> added_functions_;
  std::vector<Weight> weights_;
  std::shared_ptr<OpRegistry> ops_ = std::make_shared<OpRegistry>();
  bool library_changed_ = false;
};

// Who takes the outputs of each node of a body: a snapshot, made in one sweep over the edges.
class Consumers {
 public:
  struct Use {
    NodeId node;         // the consumer
    std::uint32_t slot;  // which of its inputs
  };

  // `controls`: whether those count that only wait for a node.
  explicit Consumers(const Body& body, bool controls = true) : first_(static_cast<std::size_t>(body.size()) + 1, 0) {
    const auto for_each = [&](auto&& visit) {
      for (NodeId id = 0; id < body.size(); ++id) {
        if (!body.alive(id)) continue;
        const absl::Span<const Edge> inputs = body.inputs(id);
        for (std::size_t slot = 0; slot < inputs.size(); ++slot) {
          if (inputs[slot].is_control() && !controls) break;  // data inputs come first
          if (inputs[slot].node != kNoNode) visit(inputs[slot].node, Use{id, static_cast<std::uint32_t>(slot)});
        }
      }
    };
    for_each([&](NodeId producer, Use) { ++first_[producer + 1]; });
    for (std::size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
    uses_.resize(first_.back());
    std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
    for_each([&](NodeId producer, Use use) { uses_[next[producer]++] = use; });
  }

  // In the order of the consumers' ids, then of their inputs.
  absl::Span<const Use> of(NodeId producer) const {
    if (static_cast<std::size_t>(producer) + 1 >= first_.size()) return {};
    return absl::Span<const Use>(uses_).subspan(first_[producer], first_[producer + 1] - first_[producer]);
  }

 private:
  std::vector<std::uint32_t> first_;
  std::vector<Use> uses_;
};

GRAPHFREEZE_NAMESPACE_END
