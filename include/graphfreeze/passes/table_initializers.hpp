// TableInitializers: of all that a model does when it is loaded, what fills the tables that its outputs look up.
//
//   init (NoOp) ── ^restore_counters                     init (NoOp) ── ^InitializeTableFromTextFileV2(table, path)
//     └── ^group ── ^Initialize…(table, path)      =>                      path (Const) "assets/vocab.txt"
//     └── ^Initialize…(other_table, path)
//
// Tables cannot be constants; they are filled once, by running the init op, which keeps its name. BindAssets gives the
// tensors that hold the paths of a model's files a value: they are inputs that the loader of a SavedModel feeds.
//
// What training put into a table (MutableHashTable) is in the checkpoint. RestoreTables makes the init op fill it from
// there, with two variables that are frozen as all others are:
//
//   words (MutableHashTableV2)      =>      init ── ^words/restore (LookupTableImportV2)(words, words/keys, words/values)
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_set.h>
#include <absl/types/span.h>

#include <graphfreeze/graph/attr.hpp>
#include <graphfreeze/graph/function_refs.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/model/variable_keys.hpp>
#include <graphfreeze/passes/prune.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/dtype.hpp>
#include <graphfreeze/tensor/shape.hpp>
#include <graphfreeze/tensor/tensor_proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// Makes scalar string constants of nodes. Nodes that are not in the graph are passed over.
struct BindAssets {
  static constexpr std::string_view kName = "bind_assets";

  std::vector<std::pair<std::string, std::string>> paths;  // tensor ("asset_path_initializer:0"), path

  absl::Status Run(Graph& graph, PassContext& context) const {
    Body& body = graph.main();
    for (const auto& [tensor, path] : paths) {
      const std::string_view name = std::string_view(tensor).substr(0, tensor.find(':'));
      const NodeId id = body.Find(name);
      if (id == kNoNode) continue;
      std::string proto;  // a scalar: its shape is there, and empty
      wire::PutVarintField(&proto, 1, static_cast<std::uint32_t>(DataType::kString));
      wire::PutBytesField(&proto, 2, "");
      wire::PutBytesField(&proto, 8, path);
      if (body.op(id) == "Const" && body.node(id).attr("value").tensor() == proto) continue;
      const std::string op(body.op(id));
      if (op != "Const" && op.substr(0, 11) != "Placeholder") {
        return InvalidArgument("node '", name, "' (", op, ") should hold the path of the asset '", path,
                               "', but is neither a constant nor a placeholder");
      }
      body.Reset(id, "Const", "output");
      body.SetAttr(id, "dtype", attr::Type(DataType::kString));
      body.SetAttr(id, "value", attr::Tensor(proto));
      context.Add(kName, "", name, Action::kChanged, "asset_bound", Concat("path of an asset: '", path, "'"));
    }
    return absl::OkStatus();
  }
};

// Makes the init op fill the tables that the outputs need and the checkpoint holds. Before calls are inlined.
struct RestoreTables {
  static constexpr std::string_view kName = "restore_tables";
  // Behind the name of a variable that is made: a PlaceholderWithDefault that nobody feeds, which hides its shape.
  static constexpr std::string_view kAnyShape = "/any_shape";

  std::shared_ptr<VariableKeys> keys;  // learns the keys of the variables that are made
  std::vector<std::string> outputs;    // node or tensor names
  std::string* init_op = nullptr;      // of the model; where it is empty, an op is made and named here
  std::vector<std::string>* made = nullptr;  // gets the names of the variables. May be null

  absl::Status Run(Graph& graph, PassContext& context) const {
    Body& body = graph.main();
    if (keys == nullptr || keys->restore_map().tables().empty()) return absl::OkStatus();
    std::vector<NodeId> roots;
    for (const std::string& output : outputs) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const NodeId id, FindOutput(graph, output));
      roots.push_back(id);
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<bool> needed, Prune::Ancestors(body, std::move(roots)));
    for (const RestoredTable& restored : keys->restore_map().tables()) {
      const NodeId table = body.Find(restored.table);
      if (table == kNoNode || table >= needed.size() || !needed[table]) continue;
      const std::string import = Concat(restored.table, "/restore");
      if (body.Find(import) != kNoNode) continue;  // done already
      for (const VariableKey* key : {&restored.keys, &restored.values}) {
        if (keys->store().Find(key->key)) continue;
        return NotFound("table '", restored.table, "' is restored from the key '", key->key, "', which is not in ",
                        keys->store() ? keys->store().name() : std::string("any checkpoint: none was given"));
      }
      const auto variable = [&](std::string_view suffix, DataType dtype, const VariableKey& key) {
        const NodeId id = body.AddNode(body.UniqueName(Concat(restored.table, suffix)), "VariableV2");
        body.SetAttr(id, "dtype", attr::Type(dtype));
        body.SetAttr(id, "shape", attr::ShapeValue(Shape::UnknownRank()));
        keys->Override(body.name(id), key);
        if (made != nullptr) made->emplace_back(body.name(id));
        // These keep their buckets as matrices, which the op takes when it runs, though its shape function refuses them.
        if (body.op(table).substr(0, 21) != "MutableDenseHashTable") return id;
        const NodeId shapeless = body.AddNode(body.UniqueName(Concat(body.name(id), kAnyShape)), "PlaceholderWithDefault");
        body.SetInputs(shapeless, std::vector<Edge>{{id, 0, 0}});
        body.SetAttr(shapeless, "dtype", attr::Type(dtype));
        body.SetAttr(shapeless, "shape", attr::ShapeValue(Shape::UnknownRank()));
        return shapeless;
      };
      const NodeId key = variable("/keys", restored.key_dtype, restored.keys);
      const NodeId value = variable("/values", restored.value_dtype, restored.values);
      // The first ops handed on references to strings, those that came after them resources.
      const bool by_reference = body.op(table) == "MutableHashTable" || body.op(table) == "MutableHashTableOfTensors" ||
                                body.op(table) == "MutableDenseHashTable" || body.op(table) == "HashTable";
      const NodeId fill = body.AddNode(import, by_reference ? "LookupTableImport" : "LookupTableImportV2");
      body.SetInputs(fill, std::vector<Edge>{{table, 0, 0}, {key, 0, 0}, {value, 0, 0}});
      body.SetAttr(fill, "Tin", attr::Type(restored.key_dtype));
      body.SetAttr(fill, "Tout", attr::Type(restored.value_dtype));
      if (init_op->empty()) {
        *init_op = body.UniqueName("init_tables");
        body.AddNode(*init_op, "NoOp");
      }
      const NodeId init = body.Find(*init_op);
      std::vector<Edge> inputs(body.inputs(init).begin(), body.inputs(init).end());
      inputs.push_back({fill, 0, Edge::kControl});
      body.SetInputs(init, inputs);
      context.Add(kName, "", restored.table, Action::kChanged, "table_restored",
                  Concat("'", *init_op, "' fills it with what the checkpoint has: '", restored.keys.key, "' and '", restored.values.key, "'"));
    }
    return absl::OkStatus();
  }
};

// A table that the outputs need, and the node that fills it.
struct InitializedTable {
  std::string table;        // node: HashTableV2
  std::string initializer;  // node: InitializeTableFromTextFileV2, LookupTableImportV2, …
};

struct TableInitializers {
  static constexpr std::string_view kName = "table_initializers";

  std::string init_op;               // of the model; its calls of functions must be inlined
  std::vector<std::string> outputs;  // node or tensor names
  // Gets the tables, in the order of their initialisers. May be null. Where it stays empty, the init op does nothing any
  // more and need not be kept.
  std::vector<InitializedTable>* tables = nullptr;

  absl::Status Run(Graph& graph, PassContext& context) const {
    Body& body = graph.main();
    std::vector<NodeId> roots;
    for (const std::string& output : outputs) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const NodeId id, FindOutput(graph, output));
      roots.push_back(id);
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<bool> needed, Prune::Ancestors(body, std::move(roots)));
    const NodeId init = body.Find(init_op);
    std::vector<bool> at_load(body.size(), false), filled(body.size(), false);
    if (init != kNoNode) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(at_load, Prune::Ancestors(body, {init}));
    }
    // Nodes with one shared name are one table, wherever they are.
    absl::flat_hash_set<std::string> needed_names, filled_names;
    body.ForEachNode([&](NodeRef node) {
      if (needed[node.id()] && IsLookupTable(node.op())) needed_names.insert(SharedName(node));
    });
    const std::vector<FunctionId> called = CalledFunctions(graph, /*gradients=*/false, [&](NodeRef node) {
      return &node.body() != &body || needed[node.id()];
    });
    ForEachTable(graph, called, [&](NodeRef node, std::string_view) { needed_names.insert(SharedName(node)); });
    needed_names.erase("");
    std::vector<Edge> fillers;
    std::vector<NodeId> filler_of(body.size(), kNoNode);
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!at_load[id] || !IsInitializer(body.op(id))) continue;
      const NodeId table = Table(body, id);
      if (table == kNoNode || !IsLookupTable(body.op(table))) continue;
      std::string name = SharedName(body.node(table));
      if (!needed[table] && needed_names.count(name) == 0) continue;
      if (filled[table] && (IsRestored(body, table, id) || IsRestored(body, table, filler_of[table]))) {
        return FailedPrecondition("table '", body.name(table), "' is filled from the checkpoint and by '",
                                  body.name(IsRestored(body, table, id) ? filler_of[table] : id),
                                  "' of the init op; which of them comes last, the frozen graph could not keep");
      }
      filled[table] = true;
      filler_of[table] = id;
      fillers.push_back({id, 0, Edge::kControl});
      if (tables != nullptr) tables->push_back({std::string(body.name(table)), std::string(body.name(id))});
      filled_names.insert(std::move(name));
    }
    filled_names.erase("");
    const auto warn = [&](NodeRef node, std::string_view function) {
      context.Add(kName, function, node.name(), Action::kWarning, "table_without_initializer",
                  Concat(node.op(), ": nothing that the model does when it is loaded fills this table; lookups will fail or give "
                                    "the default"));
    };
    body.ForEachNode([&](NodeRef node) {
      if (!needed[node.id()] || !IsLookupTable(node.op())) return;
      if (!filled[node.id()] && filled_names.count(SharedName(node)) == 0) warn(node, "");
    });
    ForEachTable(graph, called, [&](NodeRef node, std::string_view function) {
      if (filled_names.count(SharedName(node)) == 0) warn(node, function);
    });
    if (init == kNoNode || needed[init]) return absl::OkStatus();  // an op that outputs wait for does more than that
    const absl::Span<const Edge> now = body.inputs(init);
    if (body.op(init) == "NoOp" && now == absl::Span<const Edge>(fillers)) return absl::OkStatus();
    body.Reset(init, "NoOp", {});
    body.SetInputs(init, fillers);
    context.Add(kName, "", init_op, Action::kChanged, "init_op_reduced",
                fillers.empty() ? std::string("no table needs it")
                                : Concat("fills ", fillers.size(), fillers.size() == 1 ? " table" : " tables",
                                         "; run it once before the outputs are asked for"));
    return absl::OkStatus();
  }

 private:
  static bool StartsWith(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }
  static bool IsInitializer(std::string_view op) {
    return StartsWith(op, "InitializeTable") || StartsWith(op, "LookupTableImport") || StartsWith(op, "LookupTableInsert");
  }
  static bool IsRestored(const Body& body, NodeId table, NodeId filler) {
    return filler != kNoNode && body.name(filler) == Concat(body.name(table), "/restore");
  }
  // What several nodes of one table have in common; empty for a table of its own.
  static std::string SharedName(NodeRef node) {
    const std::string_view shared = node.attr("shared_name").s();
    return shared.empty() ? std::string() : Concat(node.attr("container").s(), "/", shared);
  }
  template <typename Visit>
  static void ForEachTable(const Graph& graph, const std::vector<FunctionId>& functions, Visit&& visit) {
    for (const FunctionId id : functions) {
      const Function& function = graph.function(id);
      function.body.ForEachNode([&](NodeRef node) {
        if (IsLookupTable(node.op())) visit(node, function.name());
      });
    }
  }

  // The node whose table an initialiser fills, through Identity.
  static NodeId Table(const Body& body, NodeId id) {
    for (int steps = 0; steps < 64; ++steps) {
      const absl::Span<const Edge> inputs = body.inputs(id);
      if (inputs.empty() || inputs[0].is_control() || inputs[0].node == kNoNode) return kNoNode;
      id = inputs[0].node;
      if (body.op(id) != "Identity" && body.op(id) != "RefIdentity") return id;
    }
    return kNoNode;
  }
};

GRAPHFREEZE_NAMESPACE_END
