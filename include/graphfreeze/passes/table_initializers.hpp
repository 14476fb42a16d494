// TableInitializers: of all that a model does when it is loaded, what fills the tables that its outputs look up.
//
//   init (NoOp) ── ^restore_counters                     init (NoOp) ── ^InitializeTableFromTextFileV2(table, path)
//     └── ^group ── ^Initialize…(table, path)      =>                      path (Const) "assets/vocab.txt"
//     └── ^Initialize…(other_table, path)
//
// Tables cannot be constants; they are filled once, by running the init op, which keeps its name. BindAssets gives the
// tensors that hold the paths of a model's files a value: they are inputs that the loader of a SavedModel feeds.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/passes/prune.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
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
    std::vector<Edge> fillers;
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!at_load[id] || !IsInitializer(body.op(id))) continue;
      const NodeId table = Table(body, id);
      if (table == kNoNode || !needed[table]) continue;
      filled[table] = true;
      fillers.push_back({id, 0, Edge::kControl});
      if (tables != nullptr) tables->push_back({std::string(body.name(table)), std::string(body.name(id))});
    }
    body.ForEachNode([&](NodeRef node) {
      if (!needed[node.id()] || filled[node.id()] || !IsTable(node.op())) return;
      context.Add(kName, "", node.name(), Action::kWarning, "table_without_initializer",
                  Concat(node.op(), ": nothing that the model does when it is loaded fills this table; lookups will fail or give "
                                    "the default"));
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
  static bool IsInitializer(std::string_view op) { return StartsWith(op, "InitializeTable") || StartsWith(op, "LookupTableImport"); }
  static bool IsTable(std::string_view op) {
    return op == "HashTable" || op == "HashTableV2" || StartsWith(op, "MutableHashTable") || StartsWith(op, "MutableDenseHashTable") ||
           op == "AnonymousHashTable";
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
