// VariableKeys: which key of the checkpoint holds the value of which variable.
//
// The only place that knows for sure is the restore sub-graph of the saver, which training writes into the graph:
//
//   save/restore_all ── ^save/Assign_7        Assign(w, RestoreV2(…, names, slices):k)   =>   w has key names[k]
//
// That covers savers that rename (moving averages under other names, crosswise too) and partitioned variables.
// In a SavedModel of TF2 the sub-graph is a function that the restore op calls; its arguments are the variables:
//
//   restore_op (StatefulPartitionedCall) ── w      AssignVariableOp(argument 1, RestoreV2(…):k)   =>   the same for w
//
// Tables that training fills are restored there too, by LookupTableImportV2(table, keys, values).
//
// Where a graph has no saver, the object graphs of SavedModel and checkpoint are laid side by side (object_graph.hpp).
// Then names decide: the node's, then its shared_name, then the object graph of the checkpoint (where the full name
// occurs once), then "<full name>/part_<k>" against the slices of the checkpoint.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/checkpoint/tensor_store.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/model/object_graph.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/hash.hpp>
#include <graphfreeze/support/nearest.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/tensor_proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// True for the ops that are variables, of either kind.
inline bool IsReferenceVariable(std::string_view op) {
  return op == "VariableV2" || op == "Variable" || op == "AutoReloadVariable";
}
inline bool IsVariable(std::string_view op) { return op == "VarHandleOp" || IsReferenceVariable(op); }
// True for the ops that are tables to look something up in.
inline bool IsLookupTable(std::string_view op) {
  const auto starts_with = [&](std::string_view prefix) { return op.substr(0, prefix.size()) == prefix; };
  return op == "HashTable" || op == "HashTableV2" || starts_with("MutableHashTable") || starts_with("MutableDenseHashTable") ||
         op == "AnonymousHashTable" || starts_with("AnonymousMutable");
}

// Where a variable's value is.
struct VariableKey {
  std::string key;
  TensorSlice slice;                     // all of the tensor unless the variable is a part of it
  Shape full_shape = Shape::UnknownRank();  // of the whole tensor, where the saver says it
  // "saver", "restore_function", "object_pairs", "name", "shared_name", "object_graph", "part_number", or what an override says
  std::string_view found_by;

  friend bool operator==(const VariableKey& a, const VariableKey& b) { return a.key == b.key && a.slice == b.slice; }
};

// A table whose content is in the checkpoint, as two tensors of as many rows.
struct RestoredTable {
  std::string_view table;  // node of the main graph
  VariableKey keys, values;
  DataType key_dtype = DataType::kInvalid, value_dtype = DataType::kInvalid;
};

// The restore sub-graphs of a graph, read.
class RestoreMap {
 public:
  // Reads the pairs below `restore_op` (of the SaverDef), or all pairs of the graph if it is empty.
  static absl::StatusOr<RestoreMap> Read(const Graph& graph, std::string_view restore_op) {
    RestoreMap map;
    map.explicit_ = !restore_op.empty();
    const Body& body = graph.main();
    std::vector<bool> below(body.size(), restore_op.empty());
    if (!restore_op.empty()) {
      const NodeId root = body.Find(restore_op.substr(0, restore_op.find(':')));
      if (root == kNoNode) {
        return NotFound("restore op '", restore_op, "' is not in ", graph.name(),
                        "; name the op of the saver that restores everything (usually save/restore_all), or none");
      }
      std::vector<NodeId> todo = {root};
      below[root] = true;
      while (!todo.empty()) {
        const NodeId id = todo.back();
        todo.pop_back();
        for (const Edge& edge : body.inputs(id)) {
          if (edge.node == kNoNode || below[edge.node]) continue;
          below[edge.node] = true;
          todo.push_back(edge.node);
        }
      }
    }
    Walk walk{graph, RestoringFunctions(graph), {}, 100'000 + std::uint64_t{body.size()}};
    for (FunctionId id = 0; id < graph.function_count(); ++id) walk.budget += std::uint64_t{graph.function(id).body.size()} * 4;
    GRAPHFREEZE_RETURN_IF_ERROR(map.ReadBody(&walk, {body, nullptr, &below, {}}, 0));
    return map;
  }

  // True if the caller or the SaverDef named the restore op: then what it says is final.
  bool is_explicit() const { return explicit_; }
  bool empty() const { return keys_.empty(); }
  // The different keys that savers give to the variable of that node; several where savers disagree.
  const std::vector<VariableKey>* Find(std::string_view variable) const {
    const auto it = keys_.find(variable);
    return it == keys_.end() ? nullptr : &it->second;
  }
  // The tables that savers restore, in the order of the graph. Views the graph.
  const std::vector<RestoredTable>& tables() const { return tables_; }
  // The node that holds the checkpoint's path in the graph ("save/Const"), by the first restore op found.
  std::string_view filename_node() const { return filename_node_; }

 private:
  struct Restore {
    std::vector<std::string_view> names, slices;
    std::shared_ptr<const TensorView> names_owner, slices_owner;
  };
  struct Walk {
    const Graph& graph;
    std::vector<bool> restoring;  // functions that restore something, however deep
    absl::flat_hash_map<std::pair<const Body*, NodeId>, std::unique_ptr<Restore>> restores;
    std::uint64_t budget;  // nodes that may be looked at yet: functions can call each other in many ways
  };
  // A body that is read: the main graph, or a function that is called from there.
  struct Scope {
    const Body& body;
    const Function* function;                 // null for the main graph
    const std::vector<bool>* only;            // the nodes to look at; null: all
    std::vector<std::string_view> resources;  // by argument: the variable or table of the main graph that it holds; may be empty
  };

  // The functions in which something is restored, there or in what they call.
  static std::vector<bool> RestoringFunctions(const Graph& graph) {
    std::vector<bool> restoring(graph.function_count(), false);
    std::vector<std::vector<FunctionId>> callers(graph.function_count());
    std::vector<FunctionId> todo;
    for (FunctionId id = 0; id < graph.function_count(); ++id) {
      if (!graph.function(id).alive) continue;
      graph.function(id).body.ForEachNode([&](NodeRef node) {
        const std::string_view op = node.op();
        if (IsRestore(op) && !restoring[id]) {
          restoring[id] = true;
          todo.push_back(id);
        }
        if (const FunctionId callee = Callee(graph, node); callee != kNoFunction) callers[callee].push_back(id);
      });
    }
    while (!todo.empty()) {
      const FunctionId id = todo.back();
      todo.pop_back();
      for (FunctionId caller : callers[id]) {
        if (restoring[caller]) continue;
        restoring[caller] = true;
        todo.push_back(caller);
      }
    }
    return restoring;
  }

  static bool IsRestore(std::string_view op) { return op == "RestoreV2" || op == "Restore" || op == "RestoreSlice"; }

  // The function that a node calls right away; kNoFunction if it calls none.
  static FunctionId Callee(const Graph& graph, NodeRef node) {
    const std::string_view op = node.op();
    if (op == "PartitionedCall" || op == "StatefulPartitionedCall") return graph.FindFunction(node.attr("f").func_name());
    return graph.FindFunction(op);
  }

  absl::Status ReadBody(Walk* walk, const Scope& scope, int depth) {
    constexpr int kMostDepth = 100;
    const Body& body = scope.body;
    if (depth > kMostDepth) return FailedPrecondition("the functions that restore variables call each other without end");
    if (walk->budget < body.size()) {
      return ResourceExhausted("the functions that restore variables call each other in too many ways");
    }
    walk->budget -= body.size();
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode || (scope.only != nullptr && !(*scope.only)[id])) continue;
      const std::string_view op = body.op(id);
      if (op == "Assign" || op == "AssignVariableOp") {
        GRAPHFREEZE_RETURN_IF_ERROR(AddPair(walk, scope, id));
        continue;
      }
      if (op == "LookupTableImportV2" || op == "LookupTableImport") {
        GRAPHFREEZE_RETURN_IF_ERROR(AddTable(walk, scope, id));
        continue;
      }
      const FunctionId callee = Callee(walk->graph, body.node(id));
      if (callee == kNoFunction || !walk->restoring[callee]) continue;
      const Function& function = walk->graph.function(callee);
      Scope inner{function.body, &function, nullptr, {}};
      const std::size_t inputs = body.node(id).data_input_count();
      for (std::size_t slot = 0; slot < inputs; ++slot) inner.resources.push_back(Resource(scope, Producer(body, id, slot)));
      if (inner.resources.size() != function.argument_count()) {
        return InvalidArgument("node '", body.name(id), "' calls function '", function.name(), "' with ",
                               inner.resources.size(), " arguments; it takes ", function.argument_count());
      }
      GRAPHFREEZE_RETURN_IF_ERROR(ReadBody(walk, inner, depth + 1));
    }
    return absl::OkStatus();
  }

  // The variable or table (of the main graph, or of this very function) whose handle an edge carries; empty if it is none.
  static std::string_view Resource(const Scope& scope, const Edge& edge) {
    if (edge.node == kNoNode || edge.is_control()) return {};
    if (scope.body.kind(edge.node) == NodeKind::kArgument) {
      const std::uint32_t i = scope.function->argument_number(edge.node);
      return i < scope.resources.size() ? scope.resources[i] : std::string_view();
    }
    const std::string_view op = scope.body.op(edge.node);
    return IsVariable(op) || IsLookupTable(op) ? scope.body.name(edge.node) : std::string_view();
  }

  // The producer of input `slot`, through Identity.
  static Edge Producer(const Body& body, NodeId id, std::size_t slot) {
    const absl::Span<const Edge> inputs = body.inputs(id);
    if (slot >= inputs.size() || inputs[slot].is_control()) return Edge();
    Edge edge = inputs[slot];
    for (int steps = 0; edge.node != kNoNode && steps < 64; ++steps) {
      const std::string_view op = body.op(edge.node);
      if (op != "Identity" && op != "RefIdentity") break;
      const absl::Span<const Edge> next = body.inputs(edge.node);
      if (next.empty() || next[0].is_control()) return Edge();
      edge = next[0];
    }
    return edge;
  }

  absl::Status AddPair(Walk* walk, const Scope& scope, NodeId assign) {
    const std::string_view variable = Resource(scope, Producer(scope.body, assign, 0));
    if (variable.empty()) return absl::OkStatus();
    GRAPHFREEZE_ASSIGN_OR_RETURN(std::optional<VariableKey> key, RestoredKey(walk, scope, assign, 1));
    if (!key) return absl::OkStatus();
    std::vector<VariableKey>& keys = keys_[variable];
    if (std::find(keys.begin(), keys.end(), *key) == keys.end()) keys.push_back(*std::move(key));
    return absl::OkStatus();
  }

  absl::Status AddTable(Walk* walk, const Scope& scope, NodeId import) {
    RestoredTable table;
    table.table = Resource(scope, Producer(scope.body, import, 0));
    if (table.table.empty() || walk->graph.main().Find(table.table) == kNoNode) return absl::OkStatus();
    GRAPHFREEZE_ASSIGN_OR_RETURN(std::optional<VariableKey> keys, RestoredKey(walk, scope, import, 1));
    GRAPHFREEZE_ASSIGN_OR_RETURN(std::optional<VariableKey> values, RestoredKey(walk, scope, import, 2));
    if (!keys || !values) return absl::OkStatus();
    table.keys = *std::move(keys);
    table.values = *std::move(values);
    table.key_dtype = scope.body.node(import).attr("Tin").type();
    table.value_dtype = scope.body.node(import).attr("Tout").type();
    for (const RestoredTable& other : tables_) {
      if (other.table != table.table) continue;
      if (other.keys == table.keys && other.values == table.values) return absl::OkStatus();
      return FailedPrecondition("the savers of the graph disagree about table '", table.table, "': one restores '", other.keys.key,
                                "', another '", table.keys.key, "'; name the restore op of the one that is meant");
    }
    tables_.push_back(std::move(table));
    return absl::OkStatus();
  }

  // What input `slot` of a node takes from the checkpoint; none if it is nothing that is restored.
  absl::StatusOr<std::optional<VariableKey>> RestoredKey(Walk* walk, const Scope& scope, NodeId id, std::size_t slot) {
    const Body& body = scope.body;
    const Edge value = Producer(body, id, slot);
    if (value.node == kNoNode || body.kind(value.node) != NodeKind::kNode || !IsRestore(body.op(value.node))) {
      return std::optional<VariableKey>();
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const Restore* restore, ReadRestore(walk, scope, value.node));
    if (restore == nullptr) return std::optional<VariableKey>();  // names are computed, not constant: nothing to learn
    const auto k = static_cast<std::size_t>(value.index);
    if (k >= restore->names.size()) {
      return InvalidArgument("node '", body.name(id), "' takes output ", k, " of '", body.name(value.node),
                             "', which restores ", restore->names.size(), " tensors");
    }
    VariableKey key;
    key.key = std::string(restore->names[k]);
    key.found_by = scope.function == nullptr ? "saver" : "restore_function";
    if (k < restore->slices.size()) {
      absl::StatusOr<ShapeAndSlice> parsed = ShapeAndSlice::Parse(restore->slices[k]);
      if (!parsed.ok()) return Annotate(parsed.status(), Concat("node '", body.name(value.node), "'"));
      key.slice = parsed->slice;
      key.full_shape = parsed->shape;
    }
    return std::optional<VariableKey>(std::move(key));
  }

  absl::StatusOr<const Restore*> ReadRestore(Walk* walk, const Scope& scope, NodeId id) {
    const Body& body = scope.body;
    const std::pair<const Body*, NodeId> place(&body, id);
    if (const auto it = walk->restores.find(place); it != walk->restores.end()) return it->second.get();
    auto restore = std::make_unique<Restore>();
    if (filename_node_.empty() && scope.function == nullptr) {
      const Edge file = Producer(body, id, 0);
      if (file.node != kNoNode) filename_node_ = body.name(file.node);
    }
    const auto read = [&](std::size_t slot, std::vector<std::string_view>* out,
                          std::shared_ptr<const TensorView>* owner) -> absl::StatusOr<bool> {
      const Edge edge = Producer(body, id, slot);
      if (edge.node == kNoNode || body.op(edge.node) != "Const") return false;
      absl::StatusOr<TensorView> value = ParseTensorProto(body.node(edge.node).attr("value").tensor(), nullptr);
      if (!value.ok()) return Annotate(value.status(), Concat("node '", body.name(edge.node), "'"));
      *owner = std::make_shared<const TensorView>(*std::move(value));
      const auto strings = (*owner)->strings();
      out->assign(strings.begin(), strings.end());
      return true;
    };
    GRAPHFREEZE_ASSIGN_OR_RETURN(const bool has_names, read(1, &restore->names, &restore->names_owner));
    if (has_names && body.op(id) != "Restore") {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const bool has_slices, read(2, &restore->slices, &restore->slices_owner));
      if (!has_slices || restore->slices.size() != restore->names.size()) {
        return InvalidArgument("node '", body.name(id), "' restores ", restore->names.size(), " names with ",
                               restore->slices.size(), " slices; both must be constants of one length");
      }
    }
    if (!has_names) restore = nullptr;
    return walk->restores.emplace(place, std::move(restore)).first->second.get();
  }

  NameMap<std::vector<VariableKey>> keys_;
  std::vector<RestoredTable> tables_;
  std::string_view filename_node_;
  bool explicit_ = false;
};

// Finds keys for variables, in the order that the head of this file gives.
class VariableKeys {
 public:
  VariableKeys(TensorStore store, RestoreMap restore_map)
      : store_(std::move(store)), restore_map_(std::move(restore_map)) {}

  const TensorStore& store() const { return store_; }
  const RestoreMap& restore_map() const { return restore_map_; }

  // The objects that a SavedModel was made from (a SavedObjectGraph), to be laid beside those of the checkpoint.
  void UseObjects(const Graph& graph, OwnedBytes saved_object_graph) {
    saved_objects_ = std::move(saved_object_graph);
    graph_data_ = graph.data();
  }

  // The key of a variable; none if the checkpoint has nothing for it. An error where savers disagree.
  absl::StatusOr<std::optional<VariableKey>> Find(NodeRef variable) {
    if (const VariableKey* key = FindOverride(variable.name())) {
      return store_.Find(key->key) ? std::optional<VariableKey>(*key) : std::nullopt;
    }
    const AttrView shared = variable.attr("shared_name");
    const std::vector<VariableKey>* keys = restore_map_.Find(variable.name());
    // Two handles of one variable: the saver knows the one whose node has the variable's name.
    if (keys == nullptr && !shared.s().empty()) keys = restore_map_.Find(shared.s());
    if (keys != nullptr) {
      std::vector<const VariableKey*> present;
      for (const VariableKey& key : *keys) {
        if (store_.Find(key.key)) present.push_back(&key);
      }
      if (present.size() > 1) {
        return FailedPrecondition("the savers of the graph disagree about variable '", variable.name(), "': one restores '",
                                  present[0]->key, "', another '", present[1]->key,
                                  "'; name the restore op of the one that is meant (--restore_op_name)");
      }
      if (present.size() == 1) return std::optional<VariableKey>(*present[0]);
      if (restore_map_.is_explicit()) return FindInObjectGraph(variable.name());
    }
    if (!saved_objects_.bytes.empty()) {
      GRAPHFREEZE_RETURN_IF_ERROR(ReadObjectGraph());
      const std::string_view key = object_pairs_.Find(variable.name());
      if (!key.empty() && store_.Find(key)) return Named(key, "object_pairs");
    }
    if (store_.Find(variable.name())) return Named(variable.name(), "name");
    if (!shared.s().empty() && store_.Find(shared.s())) return Named(shared.s(), "shared_name");
    GRAPHFREEZE_ASSIGN_OR_RETURN(std::optional<VariableKey> key, FindInObjectGraph(variable.name()));
    if (!key && !shared.s().empty()) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(key, FindInObjectGraph(shared.s()));
    }
    if (!key) return FindPart(variable);
    return key;
  }

  // The key of a variable that need not be a node of the graph any more, by its name alone: of the savers, of the
  // checkpoint, of the object graph. None where savers disagree, too.
  absl::StatusOr<std::optional<VariableKey>> FindByName(std::string_view name) {
    if (const std::vector<VariableKey>* keys = restore_map_.Find(name)) {
      const VariableKey* present = nullptr;
      for (const VariableKey& key : *keys) {
        if (!store_.Find(key.key)) continue;
        if (present != nullptr) return std::optional<VariableKey>();
        present = &key;
      }
      if (present != nullptr) return std::optional<VariableKey>(*present);
    }
    if (store_.Find(name)) return Named(name, "name");
    return FindInObjectGraph(name);
  }

  // From now on, the variable nodes of that name have this key, whatever savers and names say.
  void Override(std::string_view variable, VariableKey key) {
    overrides_.insert_or_assign(std::string(variable), std::move(key));
  }
  const VariableKey* FindOverride(std::string_view variable) const {
    const auto it = overrides_.find(variable);
    return it == overrides_.end() ? nullptr : &it->second;
  }

 private:
  static std::optional<VariableKey> Named(std::string_view key, std::string_view found_by) {
    VariableKey result;
    result.key = std::string(key);
    result.found_by = found_by;
    return result;
  }

  // The object graph that tf.train.Checkpoint stores: attributes with a full name and a key each.
  absl::StatusOr<std::optional<VariableKey>> FindInObjectGraph(std::string_view full_name) {
    GRAPHFREEZE_RETURN_IF_ERROR(ReadObjectGraph());
    const auto it = object_keys_.find(full_name);
    if (it == object_keys_.end() || it->second.empty() || !store_.Find(it->second)) return std::optional<VariableKey>();
    return Named(it->second, "object_graph");
  }

  absl::Status ReadObjectGraph() {
    if (object_graph_read_) return absl::OkStatus();
    object_graph_read_ = true;
    constexpr std::string_view kKey = "_CHECKPOINTABLE_OBJECT_GRAPH";
    const auto info = store_.Find(kKey);
    if (!info || info->dtype != DataType::kString) return absl::OkStatus();
    GRAPHFREEZE_ASSIGN_OR_RETURN(const TensorRef ref, store_.Locate(kKey, TensorSlice()));
    if (!ref.string_value || ref.string_value->strings().size() != 1) return absl::OkStatus();
    object_graph_ = ref.string_value;
    if (!saved_objects_.bytes.empty()) {
      const Graph graph(graph_data_);
      absl::StatusOr<ObjectPairs> pairs = ObjectPairs::Make(graph, saved_objects_.bytes, object_graph_->strings()[0]);
      if (!pairs.ok()) return Annotate(pairs.status(), store_.name());
      object_pairs_ = *std::move(pairs);
    }
    wire::FieldReader nodes(object_graph_->strings()[0]);
    while (nodes.Next()) {
      if (nodes.key() != wire::Key(1, wire::Type::kBytes)) continue;
      wire::FieldReader node(nodes.bytes());
      while (node.Next()) {
        if (node.key() != wire::Key(2, wire::Type::kBytes)) continue;
        std::string_view full_name, key;
        wire::FieldReader attribute(node.bytes());
        while (attribute.Next()) {
          if (attribute.key() == wire::Key(2, wire::Type::kBytes)) full_name = attribute.bytes();
          if (attribute.key() == wire::Key(3, wire::Type::kBytes)) key = attribute.bytes();
        }
        if (full_name.empty() || key.empty()) continue;
        const auto [it, is_new] = object_keys_.try_emplace(full_name, key);
        if (!is_new && it->second != key) it->second = std::string_view();  // not unique: says nothing
      }
    }
    return nodes.ok() ? absl::OkStatus() : nodes.status("TrackableObjectGraph");
  }

  // Partitioned variables are nodes "<full name>/part_<k>"; the checkpoint has one tensor "<full name>". Without a
  // saver the number is all there is: part k is the k-th of as many equal-ranked parts, cut along one axis, and
  // the parts of the graph must add up to the stored shape.
  absl::StatusOr<std::optional<VariableKey>> FindPart(NodeRef variable) {
    const std::string_view name = variable.name();
    const std::size_t at = name.rfind("/part_");
    if (at == std::string_view::npos) return std::optional<VariableKey>();
    const std::string_view full_name = name.substr(0, at);
    const std::int32_t number = detail::ParseIndex(name.substr(at + 6));
    const auto info = store_.Find(full_name);
    if (number < 0 || !info || !info->shape.IsFullyDefined()) return std::optional<VariableKey>();
    const auto none = std::optional<VariableKey>();
    constexpr std::int32_t kMostParts = 4096;
    std::vector<Shape> parts;
    for (std::int32_t k = 0; k < kMostParts; ++k) {
      const NodeId id = variable.body().Find(Concat(full_name, "/part_", k));
      if (id == kNoNode) break;
      GRAPHFREEZE_ASSIGN_OR_RETURN(Shape shape, variable.body().node(id).attr("shape").shape());
      if (!shape.IsFullyDefined() || shape.rank() != info->shape.rank()) return none;
      parts.push_back(std::move(shape));
    }
    if (static_cast<std::size_t>(number) >= parts.size()) return none;
    // The axis is the one along which the sizes add up while all others agree.
    for (std::size_t axis = 0; axis < info->shape.rank(); ++axis) {
      std::int64_t sum = 0, start = 0;
      bool fits = true;
      for (std::size_t k = 0; k < parts.size() && fits; ++k) {
        for (std::size_t d = 0; d < parts[k].rank(); ++d) {
          if (d != axis && parts[k].dim(d) != info->shape.dim(d)) fits = false;
        }
        if (k == static_cast<std::size_t>(number)) start = sum;
        if (__builtin_add_overflow(sum, parts[k].dim(axis), &sum)) fits = false;
      }
      if (!fits || sum != info->shape.dim(axis)) continue;
      TensorSlice::Extents extents(info->shape.rank());
      extents[axis] = {start, parts[static_cast<std::size_t>(number)].dim(axis)};
      std::optional<VariableKey> key = Named(full_name, "part_number");
      key->slice = TensorSlice(std::move(extents));
      return key;
    }
    return none;
  }

  TensorStore store_;
  RestoreMap restore_map_;
  std::map<std::string, VariableKey, std::less<>> overrides_;
  std::shared_ptr<const TensorView> object_graph_;
  NameMap<std::string_view> object_keys_;
  OwnedBytes saved_objects_;
  std::shared_ptr<const detail::GraphData> graph_data_;
  ObjectPairs object_pairs_;  // views all of these
  bool object_graph_read_ = false;
};

GRAPHFREEZE_NAMESPACE_END
