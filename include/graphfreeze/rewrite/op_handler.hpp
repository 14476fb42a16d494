// Op handlers: what an application says becomes of the nodes of its ops.
//
//   struct MyDropoutHandler {
//     static constexpr std::array kOps = {"MyDropout", "MyDropoutV2"};
//     absl::Status Rewrite(NodeRef node, Rewriter& rewriter) const { return rewriter.ReplaceWithInput(node, 0); }
//   };
//
//   x ── MyDropout ── Relu      =>      x ── Relu
//
// (GCC 12 puts such an array in writable memory; `static constexpr auto kOps = std::array{"MyDropout"}` it does not.)
//
// A pack, Handlers<A, B, …>, is the handlers of one team. It is a handler itself, for all their ops, so packs nest.
// Its table (op name -> handler) is made at compile time. The pass HandleOps goes over a graph with any number of packs,
// of which a later one overrides an earlier one: so an application replaces a handler that came with the library.
//
// A handler changes the graph through the Rewriter: ReplaceWithInput, ReplaceOutputs, RedirectOutput, ReplaceWithConst,
// ReplaceWithPlaceholder, SetAttr, DropControlInputs, DropControlUses, AddNode. What it leaves as it is it reports with
// Skip or Warn; what cannot be right it refuses with a status, which gets the node's name and op.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/graph/function_refs.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_table.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/rewrite/report.hpp>
#include <graphfreeze/rewrite/rewriter.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/glob.hpp>
#include <graphfreeze/support/hash.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

namespace detail {

template <typename H, typename = void>
struct HasOps : std::false_type {};
template <typename H>
struct HasOps<H, std::void_t<decltype(std::string_view(H::kOps[0])), decltype(std::size_t{H::kOps.size()})>>
    : std::true_type {};

template <typename H, typename = void>
struct HasRewrite : std::false_type {};
template <typename H>
struct HasRewrite<H, std::enable_if_t<std::is_same_v<decltype(std::declval<const H&>().Rewrite(
                                                         std::declval<NodeRef>(), std::declval<Rewriter&>())),
                                                     absl::Status>>> : std::true_type {};

// A handler may know what its ops look like: absl::Status AddOpDefs(OpRegistry& ops) const.
template <typename H, typename = void>
struct HasOpDefs : std::false_type {};
template <typename H>
struct HasOpDefs<H, std::void_t<decltype(std::declval<const H&>().AddOpDefs(std::declval<OpRegistry&>()))>>
    : std::true_type {};

struct HandledOp {
  std::string_view op;
  std::uint32_t handler = 0;  // which of the pack
};

template <typename H, std::size_t kSize>
constexpr void AppendOps(std::array<HandledOp, kSize>& table, std::size_t& size, std::uint32_t handler) {
  for (std::size_t i = 0; i < H::kOps.size(); ++i) table[size++] = {std::string_view(H::kOps[i]), handler};
}

// By name. Sorted by merging: the tables of nested packs are sorted already, and compilers count the steps.
template <std::size_t kSize>
constexpr void SortOps(std::array<HandledOp, kSize>& table) {
  std::array<HandledOp, kSize> other{};
  for (std::size_t width = 1; width < kSize; width *= 2) {
    for (std::size_t begin = 0; begin < kSize; begin += 2 * width) {
      const std::size_t middle = begin + width < kSize ? begin + width : kSize;
      const std::size_t end = middle + width < kSize ? middle + width : kSize;
      std::size_t a = begin, b = middle;
      for (std::size_t to = begin; to < end; ++to) {
        const bool first = a < middle && (b >= end || !(table[b].op < table[a].op));
        other[to] = first ? table[a++] : table[b++];
      }
    }
    for (std::size_t i = 0; i < kSize; ++i) table[i] = other[i];
  }
}

template <typename... H>
constexpr auto MakeOpTable() {
  if constexpr ((HasOps<H>::value && ...)) {
    std::array<HandledOp, (std::size_t{0} + ... + H::kOps.size())> table{};
    [[maybe_unused]] std::size_t size = 0;
    [[maybe_unused]] std::uint32_t handler = 0;
    (AppendOps<H>(table, size, handler++), ...);
    SortOps(table);
    return table;
  } else {
    return std::array<HandledOp, 0>{};  // a static_assert tells why
  }
}

template <std::size_t kSize>
constexpr bool AllDifferent(const std::array<HandledOp, kSize>& sorted) {
  for (std::size_t i = 1; i < kSize; ++i) {
    if (sorted[i - 1].op == sorted[i].op) return false;
  }
  return true;
}

template <std::size_t kSize>
constexpr std::array<std::string_view, kSize> OpNames(const std::array<HandledOp, kSize>& table) {
  std::array<std::string_view, kSize> names{};
  for (std::size_t i = 0; i < kSize; ++i) names[i] = table[i].op;
  return names;
}

}  // namespace detail

// A pack of handlers.
template <typename... H>
class Handlers {
  static_assert((detail::HasOps<H>::value && ...),
                "a handler needs its ops: static constexpr std::array kOps = {\"MyOp\", \"MyOpV2\"};");
  static_assert((detail::HasRewrite<H>::value && ...),
                "a handler needs: absl::Status Rewrite(graphfreeze::NodeRef node, graphfreeze::Rewriter& rewriter) const;");
  static constexpr auto kTable = detail::MakeOpTable<H...>();
  static_assert(detail::AllDifferent(kTable),
                "two handlers of one pack serve the same op; leave one of them out, or give the one that shall win in a "
                "later pack: Freezer().Handlers(theirs).Handlers(mine)");

 public:
  // The ops of all its handlers, sorted.
  static constexpr auto kOps = detail::OpNames(kTable);

  constexpr Handlers() = default;
  // Handlers may have settings.
  template <typename... Given, std::enable_if_t<sizeof...(Given) == sizeof...(H) && (sizeof...(H) > 0) &&
                                                    (std::is_constructible_v<H, Given&&> && ...),
                                                int> = 0>
  explicit constexpr Handlers(Given&&... handlers) : handlers_(std::forward<Given>(handlers)...) {}

  absl::Status Rewrite(NodeRef node, Rewriter& rewriter) const {
    const std::size_t at = Find(node.op());
    if (at == kOps.size()) return InvalidArgument("no handler of this pack serves ", node.op());
    return Call(kTable[at].handler, node, rewriter, std::index_sequence_for<H...>());
  }

  absl::Status AddOpDefs(OpRegistry& ops) const {
    absl::Status status;
    std::apply([&](const H&... handler) { static_cast<void>(((status = AddOpDefsOf(handler, ops)).ok() && ...)); }, handlers_);
    return status;
  }

 private:
  // kOps.size() if no handler serves it.
  static std::size_t Find(std::string_view op) {
    std::size_t begin = 0, end = kOps.size();
    while (begin < end) {
      const std::size_t middle = begin + (end - begin) / 2;
      if (kOps[middle] < op) {
        begin = middle + 1;
      } else {
        end = middle;
      }
    }
    return begin < kOps.size() && kOps[begin] == op ? begin : kOps.size();
  }

  template <std::size_t... kIndex>
  absl::Status Call([[maybe_unused]] std::uint32_t handler, [[maybe_unused]] NodeRef node,
                    [[maybe_unused]] Rewriter& rewriter, std::index_sequence<kIndex...>) const {
    absl::Status status;
    static_cast<void>(((handler == kIndex ? (status = std::get<kIndex>(handlers_).Rewrite(node, rewriter), true) : false) || ...));
    return status;
  }

  template <typename One>
  static absl::Status AddOpDefsOf([[maybe_unused]] const One& handler, [[maybe_unused]] OpRegistry& ops) {
    if constexpr (detail::HasOpDefs<One>::value) {
      return handler.AddOpDefs(ops);
    } else {
      return absl::OkStatus();
    }
  }

  std::tuple<H...> handlers_;
};

template <typename... H>
Handlers(H...) -> Handlers<H...>;

// A handler or pack of any type, for lists that are put together at run time. Cheap to copy.
class AnyHandlers {
 public:
  template <typename H, std::enable_if_t<!std::is_same_v<std::decay_t<H>, AnyHandlers>, int> = 0>
  AnyHandlers(H handler) : ops_(Handlers<H>::kOps) {
    const auto pack = std::make_shared<const Handlers<H>>(std::move(handler));
    rewrite_ = [pack](NodeRef node, Rewriter& rewriter) { return pack->Rewrite(node, rewriter); };
    add_op_defs_ = [pack](OpRegistry& ops) { return pack->AddOpDefs(ops); };
  }

  // Sorted.
  absl::Span<const std::string_view> ops() const { return ops_; }
  bool Serves(std::string_view op) const { return std::binary_search(ops_.begin(), ops_.end(), op); }
  // REQUIRES: Serves(node.op()).
  absl::Status Rewrite(NodeRef node, Rewriter& rewriter) const { return rewrite_(node, rewriter); }
  // Makes known what these ops look like, where the handlers can tell.
  absl::Status AddOpDefs(OpRegistry& ops) const { return add_op_defs_(ops); }

 private:
  absl::Span<const std::string_view> ops_;
  std::function<absl::Status(NodeRef, Rewriter&)> rewrite_;
  std::function<absl::Status(OpRegistry&)> add_op_defs_;
};

// Calls the handlers. Codes of its report, beside those that handlers give: "handler_overridden" (a pack's handler was
// replaced by a later pack's), "unknown_op" (no op of TensorFlow's, no function, and nobody serves it: left as it is),
// "excluded". Nodes that handlers add are not handed to handlers in the same run.
struct HandleOps {
  static constexpr std::string_view kName = "handle_ops";

  std::vector<AnyHandlers> packs;  // of several that serve an op the last one is called
  // Globs of nodes that stay as they are.
  std::vector<std::string> exclude = {};
  // What will be asked for of the graph: nodes or tensors ("logits", "split:1"); if empty, what the context says. Only nodes
  // that they need are handled, so that training's leftovers are no reason to refuse. Where neither tells, all nodes are:
  // run it behind Prune then.
  std::vector<std::string> outputs = {};

  absl::Status Run(Graph& graph, PassContext& context) const;
};

namespace detail {

// What some outputs need of a graph.
class Demand {
 public:
  // An output that is not there is an error if `strict`.
  static absl::StatusOr<Demand> Of(const Graph& graph, const std::vector<std::string>& outputs, bool strict) {
    Demand demand;
    if (outputs.empty()) return demand;
    const Body& body = graph.main();
    demand.all_ = false;
    demand.nodes_.assign(body.size(), false);
    demand.functions_.assign(graph.function_count(), false);
    std::vector<NodeId> todo;
    for (const std::string& output : outputs) {
      const std::string_view name(output);
      const std::size_t colon = name.rfind(':');
      const std::int32_t index = colon == std::string_view::npos ? 0 : ParseIndex(name.substr(colon + 1));
      const NodeId id = body.Find(name.substr(0, colon));
      if (!strict && (id == kNoNode || index < 0)) return Demand();
      if (id == kNoNode || index < 0) return NotFound("output '", output, "' is not in ", graph.name());
      demand.outputs_.push_back({id, 0, index});
      if (!demand.nodes_[id]) todo.push_back(id);
      demand.nodes_[id] = true;
    }
    while (!todo.empty()) {
      const NodeId id = todo.back();
      todo.pop_back();
      for (const Edge& edge : body.inputs(id)) {
        if (edge.node == kNoNode || demand.nodes_[edge.node]) continue;
        demand.nodes_[edge.node] = true;
        todo.push_back(edge.node);
      }
    }
    const auto needed = [&](NodeRef node) { return &node.body() != &body || demand.nodes_[node.id()]; };
    for (FunctionId id : CalledFunctions(graph, /*gradients=*/false, needed)) demand.functions_[id] = true;
    return demand;
  }

  const std::vector<Edge>& outputs() const { return outputs_; }
  const std::vector<bool>& nodes() const { return nodes_; }
  bool NeedsFunction(FunctionId id) const { return all_ || (id < functions_.size() && functions_[id]); }

 private:
  bool all_ = true;
  std::vector<Edge> outputs_;
  std::vector<bool> nodes_, functions_;
};

class OpHandling {
 public:
  OpHandling(const HandleOps& pass, Graph& graph, PassContext& context, const Demand& demand)
      : pass_(pass), graph_(graph), context_(context), demand_(demand), excluded_(pass.exclude) {}

  absl::Status Sweep(Body& body, std::string_view name) {
    Rewriter rewriter(graph_, body, name, context_, HandleOps::kName);
    if (name.empty()) rewriter.SetDemand(demand_.outputs(), demand_.nodes());
    const NodeId end = body.size();
    for (NodeId id = 0; id < end; ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode || !rewriter.IsNeeded(id)) continue;
      const std::string_view op = body.op(id);
      const auto [entry, is_new] = packs_.try_emplace(op, nullptr);
      if (is_new) GRAPHFREEZE_RETURN_IF_ERROR(FindPack(op, &entry->second));
      const AnyHandlers* const pack = entry->second;
      if (pack == nullptr) continue;
      const NodeRef node = body.node(id);
      if (excluded_.Matches(node.name())) {
        rewriter.Skip(node, "excluded", Concat(op, ", excluded by the caller"));
        continue;
      }
      const absl::Status status = pack->Rewrite(node, rewriter);
      if (!status.ok()) {
        return Annotate(status, Concat("node '", body.name(id), "' (", op, name.empty() ? ")" : ") in function '", name,
                                       name.empty() ? "" : "'"));
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::Status FindPack(std::string_view op, const AnyHandlers** found) {
    const std::size_t none = pass_.packs.size();
    std::size_t pack = none, overridden = none;
    for (std::size_t i = pass_.packs.size(); i-- > 0 && overridden == none;) {
      if (pass_.packs[i].Serves(op)) (pack == none ? pack : overridden) = i;
    }
    if (pack == none) {
      if (graph_.ops().Find(op) == nullptr && graph_.FindFunction(op) == kNoFunction) {
        context_.Add(HandleOps::kName, "", "", Action::kNote, "unknown_op",
                     Concat(op, " is not one of TensorFlow's ops and no handler serves it: its nodes stay as they are"));
      }
      return absl::OkStatus();
    }
    if (overridden != none) {
      context_.Add(HandleOps::kName, "", "", Action::kNote, "handler_overridden",
                   Concat(op, ": the handler of pack ", pack + 1, " replaces that of pack ", overridden + 1));
    }
    *found = &pass_.packs[pack];
    if (pack >= defined_.size()) defined_.resize(pass_.packs.size(), false);
    if (defined_[pack]) return absl::OkStatus();
    defined_[pack] = true;
    return pass_.packs[pack].AddOpDefs(graph_.ops());
  }

  const HandleOps& pass_;
  Graph& graph_;
  PassContext& context_;
  const Demand& demand_;
  const Globs excluded_;
  NameMap<const AnyHandlers*> packs_;  // of each op that was met; null: nobody's
  std::vector<bool> defined_;                                        // packs whose OpDefs are known
};

}  // namespace detail

inline absl::Status HandleOps::Run(Graph& graph, PassContext& context) const {
  if (packs.empty()) return absl::OkStatus();
  GRAPHFREEZE_ASSIGN_OR_RETURN(const detail::Demand demand, detail::Demand::Of(graph, outputs.empty() ? context.outputs : outputs, !outputs.empty()));
  detail::OpHandling handling(*this, graph, context, demand);
  // Functions first: what is inlined into the main graph has been handled then.
  for (FunctionId id = 0; id < graph.function_count(); ++id) {
    if (!graph.function(id).alive || !demand.NeedsFunction(id)) continue;
    GRAPHFREEZE_RETURN_IF_ERROR(handling.Sweep(graph.function(id).body, graph.function(id).name()));
  }
  return handling.Sweep(graph.main(), "");
}

GRAPHFREEZE_NAMESPACE_END
