// PruneFunctions: functions lose what their callers do not need.
//
//   x ── While(i, x, m, n) ─:1─ y         x ── While(i, x) ─:1─ y
//        body(i, x, m, n):           =>        body_pruned(i, x): x' = f(x)
//          x' = f(x), m' = m + …, n' = n + random
//
// Training leaves much in them: a loop carries a list for every value that its gradient needs, a branch gives them as
// further results, and random masks and whole optimizers hang on these. A result that nobody takes goes, with the nodes
// and the arguments that only it needs; a loop variable goes if neither the condition, nor a result that somebody takes,
// nor another variable that stays needs it. This goes through calls in calls. A function that is called with different
// needs is copied for each; the originals stay for those who call them as they are.
//
// What must run only because a function says so (control_ret, control edges), and changes nothing (random numbers,
// checks, prints, summaries, reads), goes too. Writes to variables stay: FreezeVariables judges them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/types/span.h>

#include <graphfreeze/graph/function_refs.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/passes/call_sites.hpp>
#include <graphfreeze/passes/prune.hpp>
#include <graphfreeze/passes/variable_flow.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/rewrite/rewriter.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/glob.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

struct PruneFunctions {
  static constexpr std::string_view kName = "prune_functions";

  // Node or tensor names that will be asked for: calls among them keep all their results, so that "while:3" stays what it
  // is. Where there are none, every node of the main graph counts as needed, and a call keeps the results that some node takes.
  std::vector<std::string> outputs;
  // Names (globs) of calls that stay as they are.
  std::vector<std::string> exclude;

  absl::Status Run(Graph& graph, PassContext& context) const;
};

namespace detail {

class FunctionPruner {
 public:
  FunctionPruner(Graph& graph, PassContext& context, const PruneFunctions& options)
      : graph_(graph), context_(context), options_(options), excluded_(options.exclude), must_run_(graph) {
    std::uint64_t nodes = graph.main().size();
    for (FunctionId id = 0; id < graph.function_count(); ++id) nodes += graph.function(id).body.size();
    work_left_ = 64 * nodes + 1'000'000;
  }

  absl::Status Run() {
    if (graph_.function_count() == 0) return absl::OkStatus();
    Body& body = graph_.main();
    Plan plan;
    std::vector<NodeId> roots;
    for (const std::string& name : context_.OutputsOr(options_.outputs)) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const NodeId id, FindOutput(graph_, name));
      roots.push_back(id);
      wanted_.insert(id);
    }
    bool any_call = false;
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode) continue;
      const bool call = IsShrinkable(body.op(id));
      any_call |= call;
      if (context_.OutputsOr(options_.outputs).empty()) roots.push_back(id);
    }
    if (!any_call) return absl::OkStatus();
    FindRecursive();
    if (const absl::Status status = FindLive(body, nullptr, roots, 0, &plan); !status.ok()) {
      if (status.code() != absl::StatusCode::kResourceExhausted) return status;
      context_.Add(PruneFunctions::kName, "", "", Action::kWarning, "too_many_calls", std::string(status.message()));
      return absl::OkStatus();
    }
    return Rewrite(&body, "", plan, /*keep_dead=*/true);
  }

  // The nodes of the main graph that these need, by id. What a call needs is what its functions need for the results that
  // are taken; of `roots`, all results count as taken. Changes nothing.
  absl::StatusOr<std::vector<bool>> FindNeeded(const std::vector<NodeId>& roots) {
    wanted_.insert(roots.begin(), roots.end());
    if (recursive_.empty()) FindRecursive();
    Plan plan;
    GRAPHFREEZE_RETURN_IF_ERROR(FindLive(graph_.main(), nullptr, roots, 0, &plan));
    return std::move(plan.live);
  }

 private:
  using Bits = std::vector<bool>;

  // What a call needs once it is known which of its outputs are taken.
  struct Need {
    Bits results, arguments;
    std::vector<Bits> callee_results;  // by callee: the results that it must give
  };
  struct Plan {
    Bits live;                     // nodes
    std::map<NodeId, Need> calls;  // of the live ones, those that can lose something
  };
  struct Analysis {
    Plan plan;
    Bits arguments;  // those that are needed
    bool opaque = false;  // all is needed
  };
  struct Facts {
    bool framed = false;  // has TF1 loops or branches, where control edges say where a node belongs
    Bits effective;       // nodes that change something, or come after such
  };

  static bool IsShrinkable(std::string_view op) {
    return op == "While" || op == "StatelessWhile" || op == "If" || op == "StatelessIf" || op == "Case" || op == "StatelessCase" ||
           op == "PartitionedCall" || op == "StatefulPartitionedCall";
  }

  // The call that a node is, if it can lose results and arguments.
  std::optional<CallSite> SiteOf(const Body& body, NodeId id) const {
    if (body.kind(id) != NodeKind::kNode || !IsShrinkable(body.op(id)) || excluded_.Matches(body.name(id))) return std::nullopt;
    const NodeRef node = body.node(id);
    absl::StatusOr<std::optional<CallSite>> found = FindCallSite(graph_, node);
    if (!found.ok() || !*found || (*found)->callees.empty()) return std::nullopt;
    const CallSite& site = **found;
    const std::size_t inputs = node.data_input_count();
    const std::size_t results = node.attr(site.result_types).types().size();
    if (inputs < site.first_argument || node.attr(site.argument_types).types().size() != inputs - site.first_argument) return std::nullopt;
    for (std::size_t i = 0; i < site.callees.size(); ++i) {
      const Function& function = graph_.function(site.callees[i].function);
      const bool condition = site.kind == CallSite::Kind::kLoop && i == 0;
      if (function.argument_count() != inputs - site.first_argument || function.result_count() != (condition ? 1 : results)) return std::nullopt;
    }
    if (site.kind == CallSite::Kind::kLoop && results != inputs) return std::nullopt;
    return *std::move(*found);
  }

  // Finds the functions that call themselves, or one that does: all that is left when those are taken away, again and
  // again, that call nobody.
  void FindRecursive() {
    const FunctionId count = graph_.function_count();
    std::vector<std::vector<FunctionId>> callers(count);
    std::vector<std::size_t> callees(count, 0);
    std::vector<FunctionId> todo;
    recursive_.assign(count, true);
    for (FunctionId id = 0; id < count; ++id) {
      if (graph_.function(id).alive) {
        graph_.function(id).body.ForEachNode([&](NodeRef node) {
          ForEachFunctionRef(node, [&](std::string_view name) {
            const FunctionId callee = graph_.FindFunction(name);
            if (callee == kNoFunction) return;
            callers[callee].push_back(id);
            ++callees[id];
          });
        });
      }
      if (callees[id] == 0) todo.push_back(id);
    }
    while (!todo.empty()) {
      const FunctionId id = todo.back();
      todo.pop_back();
      recursive_[id] = false;
      for (const FunctionId caller : callers[id]) {
        if (--callees[caller] == 0) todo.push_back(caller);
      }
    }
  }

  // --- what is needed ---

  // Marks what `roots` need in a body. `function` is null for the main graph, where all control edges count.
  absl::Status FindLive(const Body& body, const Facts* facts, const std::vector<NodeId>& roots, int depth, Plan* plan) {
    plan->live.assign(body.size(), false);
    std::vector<NodeId> todo;
    std::set<NodeId> calls;  // those whose needs are to be found (again)
    absl::flat_hash_map<NodeId, std::vector<std::int32_t>> taken;  // outputs of calls that were not entered yet
    const auto reach = [&](NodeId id) {
      if (plan->live[id]) return;
      plan->live[id] = true;
      todo.push_back(id);
    };
    const auto take = [&](const Edge& edge) {
      if (edge.node == kNoNode || !body.alive(edge.node)) return;
      reach(edge.node);
      if (edge.is_control() || body.kind(edge.node) != NodeKind::kNode || !IsShrinkable(body.op(edge.node))) return;
      const auto call = plan->calls.find(edge.node);
      if (call == plan->calls.end()) {
        taken[edge.node].push_back(edge.index);
      } else if (TakeResult(edge.index, &call->second)) {
        calls.insert(edge.node);
      }
    };
    for (const NodeId id : roots) reach(id);
    while (!todo.empty() || !calls.empty()) {
      if (!todo.empty()) {
        const NodeId id = todo.back();
        todo.pop_back();
        const absl::Span<const Edge> inputs = body.inputs(id);
        GRAPHFREEZE_RETURN_IF_ERROR(Spend(1 + inputs.size()));
        const std::optional<CallSite> site = SiteOf(body, id);
        for (std::size_t slot = 0; slot < inputs.size(); ++slot) {
          const Edge& edge = inputs[slot];
          if (edge.is_control() ? Follows(facts, edge) : !site || slot < site->first_argument) take(edge);
        }
        if (!site) continue;
        Need& need = plan->calls[id];
        need.results.assign(body.node(id).attr(site->result_types).types().size(), facts == nullptr && wanted_.contains(id));
        need.arguments.assign(body.node(id).data_input_count() - site->first_argument, false);
        for (const std::int32_t index : taken[id]) TakeResult(index, &need);
        calls.insert(id);
        continue;
      }
      // The last in the body first: nothing before it takes anything of it, as a rule.
      const NodeId id = *calls.rbegin();
      calls.erase(id);
      const CallSite site = *SiteOf(body, id);
      Need& need = plan->calls.find(id)->second;
      GRAPHFREEZE_RETURN_IF_ERROR(FindNeed(site, depth, &need));
      for (std::size_t i = 0; i < need.arguments.size(); ++i) {
        if (need.arguments[i]) take(body.inputs(id)[site.first_argument + i]);
      }
    }
    return absl::OkStatus();
  }

  // True if nobody took it before.
  static bool TakeResult(std::int32_t index, Need* need) {
    const auto result = static_cast<std::size_t>(index);
    if (result >= need->results.size() || need->results[result]) return false;
    need->results[result] = true;
    return true;
  }

  static bool Follows(const Facts* facts, const Edge& edge) {
    return facts == nullptr || facts->framed || edge.node == kNoNode || facts->effective[edge.node];
  }

  // Once a budget is spent the graph is hostile: then nothing is pruned.
  absl::Status Spend(std::uint64_t work) {
    if (work > work_left_) {
      return ResourceExhausted("functions call each other in too many ways to find out what is needed of each; inline some of them");
    }
    work_left_ -= work;
    return absl::OkStatus();
  }

  absl::Status FindNeed(const CallSite& site, int depth, Need* need) {
    const bool loop = site.kind == CallSite::Kind::kLoop;
    for (;;) {
      need->callee_results.clear();
      bool opaque = false;
      for (std::size_t i = 0; i < site.callees.size(); ++i) {
        need->callee_results.push_back(loop && i == 0 ? Bits{true} : need->results);
        GRAPHFREEZE_ASSIGN_OR_RETURN(const Analysis* analysis, Analyse(site.callees[i].function, need->callee_results[i], depth + 1));
        opaque |= analysis->opaque;
        Join(analysis->arguments, &need->arguments);
      }
      // A loop variable that is needed needs what its next value is made of, and the other way round.
      if (loop) Join(need->arguments, &need->results);
      if (loop) Join(need->results, &need->arguments);
      // What a function that calls itself needs is not looked into: it stays as it is, and so does its call.
      if (opaque && !(All(need->results) && All(need->arguments))) {
        need->results.assign(need->results.size(), true);
        need->arguments.assign(need->arguments.size(), true);
      } else if (!loop || need->callee_results[1] == need->results) {
        return absl::OkStatus();
      }
    }
  }
  static void Join(const Bits& bits, Bits* into) {
    for (std::size_t i = 0; i < bits.size() && i < into->size(); ++i) {
      if (bits[i]) (*into)[i] = true;
    }
  }
  static bool All(const Bits& bits) { return std::find(bits.begin(), bits.end(), false) == bits.end(); }

  // What a function needs to give these results.
  absl::StatusOr<const Analysis*> Analyse(FunctionId id, const Bits& results, int depth) {
    std::unique_ptr<Analysis>& slot = analyses_[{id, results}];
    const Function& function = graph_.function(id);
    if (slot != nullptr) return slot.get();
    slot = std::make_unique<Analysis>();
    Analysis* analysis = slot.get();
    analysis->arguments.assign(function.argument_count(), false);
    if (depth > context_.limits.max_call_depth || recursive_[id]) {
      analysis->opaque = true;
      analysis->arguments.assign(function.argument_count(), true);
      return analysis;
    }
    const Facts& facts = FactsOf(id);
    std::vector<NodeId> roots;
    for (std::uint32_t i = 0; i < function.result_count(); ++i) {
      if (i < results.size() && results[i]) roots.push_back(function.result(i));
    }
    for (NodeId node = 0; node < function.body.size(); ++node) {
      if (!function.body.alive(node) || function.body.kind(node) != NodeKind::kControlResult) continue;
      if (facts.effective[node]) roots.push_back(node);
    }
    GRAPHFREEZE_RETURN_IF_ERROR(FindLive(function.body, &facts, roots, depth, &analysis->plan));
    for (std::uint32_t i = 0; i < function.argument_count(); ++i) {
      analysis->arguments[i] = analysis->plan.live[function.argument(i)];
    }
    return analysis;
  }

  const Facts& FactsOf(FunctionId id) {
    std::unique_ptr<Facts>& facts = facts_[id];
    if (facts != nullptr) return *facts;
    facts = std::make_unique<Facts>();
    const Body& body = graph_.function(id).body;
    facts->effective.assign(body.size(), false);
    std::vector<NodeId> todo;
    for (NodeId node = 0; node < body.size(); ++node) {
      if (!body.alive(node) || body.kind(node) != NodeKind::kNode) continue;
      const std::string_view op = body.op(node);
      if (IsSwitch(op) || op == "Enter" || op == "RefEnter" || op == "_SwitchN") facts->framed = true;
      if (!must_run_.Of(body.node(node))) continue;
      facts->effective[node] = true;
      todo.push_back(node);
    }
    if (!todo.empty()) {
      const Consumers consumers(body);
      while (!todo.empty()) {
        const NodeId node = todo.back();
        todo.pop_back();
        for (const Consumers::Use use : consumers.of(node)) {
          if (facts->effective[use.node]) continue;
          facts->effective[use.node] = true;
          todo.push_back(use.node);
        }
      }
    }
    return *facts;
  }

  // --- the rewrite ---

  // Changes a body as planned. In the main graph nodes that are not needed stay: pruning is another's business.
  absl::Status Rewrite(Body* body, std::string_view name, const Plan& plan, bool keep_dead) {
    absl::flat_hash_map<NodeId, std::vector<std::int32_t>> numbers;  // of outputs of calls that lost some; -1: gone
    for (const auto& [id, need] : plan.calls) {
      GRAPHFREEZE_RETURN_IF_ERROR(RewriteCall(body, name, id, need, &numbers));
    }
    const NodeId end = static_cast<NodeId>(plan.live.size());
    for (NodeId id = 0; id < end; ++id) {
      if (!body->alive(id)) continue;
      const bool live = plan.live[id];
      if (!live && !keep_dead && body->kind(id) == NodeKind::kNode) {
        body->Remove(id);
        continue;
      }
      if (!live && body->kind(id) == NodeKind::kControlResult) {
        body->Remove(id);
        continue;
      }
      if (body->kind(id) == NodeKind::kArgument || (!live && body->kind(id) == NodeKind::kResult)) continue;
      bool touched = false;
      for (const Edge& edge : body->inputs(id)) touched |= edge.node != kNoNode && (numbers.contains(edge.node) || !Stays(plan, edge, keep_dead));
      if (!touched) continue;
      std::vector<Edge> inputs;
      bool gone = false;
      for (Edge edge : body->inputs(id)) {
        if (edge.is_control() && edge.node != kNoNode && !Stays(plan, edge, keep_dead)) continue;
        const auto it = edge.node == kNoNode || edge.is_control() ? numbers.end() : numbers.find(edge.node);
        if (it != numbers.end()) {
          const auto index = static_cast<std::size_t>(edge.index);
          if (index >= it->second.size() || it->second[index] < 0) {
            gone = true;
            break;
          }
          edge.index = it->second[index];
        }
        inputs.push_back(edge);
      }
      // Only a node that nothing needs takes a result that is gone.
      if (gone) {
        body->Remove(id);
        removed_.push_back(id);
      } else {
        body->SetInputs(id, inputs);
      }
    }
    if (keep_dead) RemoveOrphans(body);
    return absl::OkStatus();
  }

  static bool Stays(const Plan& plan, const Edge& edge, bool keep_dead) {
    return keep_dead || edge.node >= plan.live.size() || plan.live[edge.node];
  }

  // Nodes of the main graph that took what is gone, with all that needs them.
  void RemoveOrphans(Body* body) {
    if (removed_.empty()) return;
    const Consumers consumers(*body);
    // The snapshot has no edges of removed nodes, but all edges to them.
    while (!removed_.empty()) {
      const NodeId id = removed_.back();
      removed_.pop_back();
      for (const Consumers::Use use : consumers.of(id)) {
        if (!body->alive(use.node)) continue;
        body->Remove(use.node);
        removed_.push_back(use.node);
      }
    }
  }

  absl::Status RewriteCall(Body* body, std::string_view name, NodeId id, const Need& need,
                           absl::flat_hash_map<NodeId, std::vector<std::int32_t>>* numbers) {
    const CallSite site = *SiteOf(*body, id);
    std::vector<FunctionId> functions;
    bool changed = false;
    for (std::size_t i = 0; i < site.callees.size(); ++i) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const FunctionId copy, Build(site.callees[i].function, need.callee_results[i], need.arguments));
      changed |= copy != site.callees[i].function;
      functions.push_back(copy);
    }
    if (changed) SetCallees(graph_, body, id, site, functions);
    const NodeRef node = body->node(id);
    const bool all_arguments = All(need.arguments), all_results = All(need.results);
    if (all_arguments && all_results) return absl::OkStatus();

    const auto filter = [](auto values, const Bits& keep) {
      std::size_t kept = 0;
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (i < keep.size() && keep[i]) values[kept++] = values[i];
      }
      values.resize(kept);
      return values;
    };
    if (!all_arguments) {
      std::vector<Edge> inputs;
      for (std::size_t slot = 0; slot < node.inputs().size(); ++slot) {
        const Edge& edge = node.inputs()[slot];
        const bool argument = !edge.is_control() && slot >= site.first_argument;
        if (!argument || need.arguments[slot - site.first_argument]) inputs.push_back(edge);
      }
      RenumberReadOnly(body, id, site, need.arguments);
      body->SetInputs(id, inputs);
      body->SetAttr(id, site.argument_types, attr::Types(filter(node.attr(site.argument_types).types(), need.arguments)));
    }
    if (!all_results) {
      if (site.result_types != site.argument_types) {
        body->SetAttr(id, site.result_types, attr::Types(filter(node.attr(site.result_types).types(), need.results)));
      }
      if (const AttrView shapes = node.attr("output_shapes"); shapes.exists() && shapes.shapes().size() == need.results.size()) {
        body->SetAttr(id, "output_shapes", attr::Messages(7, filter(shapes.shapes(), need.results)));
      }
      body->RemoveAttr(id, kOutputShapes);
      body->RemoveAttr(id, "_num_original_outputs");
      std::vector<std::int32_t>& of_call = (*numbers)[id];
      std::int32_t next = 0;
      for (const bool kept : need.results) of_call.push_back(kept ? next++ : -1);
    }
    const auto count = [](const Bits& bits) { return std::count(bits.begin(), bits.end(), false); };
    const auto results = count(need.results), arguments = count(need.arguments);
    context_.Add(PruneFunctions::kName, name, body->name(id), Action::kChanged, "call_pruned",
                 site.kind == CallSite::Kind::kLoop
                     ? Concat(body->op(id), ": ", results, " of ", need.results.size(), " loop variables were needed by nothing")
                     : Concat(body->op(id), ": ", results, " of ", need.results.size(), " results and ", arguments, " of ",
                              need.arguments.size(), " arguments were needed by nothing"));
    return absl::OkStatus();
  }

  // `_read_only_resource_inputs` counts inputs, the predicate included.
  static void RenumberReadOnly(Body* body, NodeId id, const CallSite& site, const Bits& arguments) {
    const AttrView read_only = body->node(id).attr("_read_only_resource_inputs");
    if (!read_only.exists()) return;
    const auto first = static_cast<std::int64_t>(site.first_argument);
    std::vector<std::int64_t> now;
    for (const std::int64_t input : read_only.ints()) {
      if (input < first) {
        now.push_back(input);
        continue;
      }
      const auto argument = static_cast<std::uint64_t>(input - first);
      if (argument >= arguments.size() || !arguments[argument]) continue;
      now.push_back(first + std::count(arguments.begin(), arguments.begin() + static_cast<std::ptrdiff_t>(argument), true));
    }
    body->SetAttr(id, "_read_only_resource_inputs", attr::Ints(now));
  }

  // The function that gives only these results and takes only these arguments.
  absl::StatusOr<FunctionId> Build(FunctionId id, const Bits& results, const Bits& arguments) {
    const auto key = std::make_pair(std::make_pair(id, results), arguments);
    if (const auto it = built_.find(key); it != built_.end()) return it->second;
    const Analysis& analysis = *analyses_.find({id, results})->second;
    const Function& original = graph_.function(id);
    if (analysis.opaque || !Changes(id, results, arguments)) return built_[key] = id;
    if (graph_.function_count() >= context_.limits.max_functions) {
      return ResourceExhausted("more than ", context_.limits.max_functions, " functions would be made; raise Limits::max_functions");
    }
    const FunctionId copy = graph_.CloneFunction(id, Concat(original.name(), "_pruned"));
    Function& function = graph_.function(copy);
    GRAPHFREEZE_RETURN_IF_ERROR(Rewrite(&function.body, function.name(), analysis.plan, /*keep_dead=*/false));
    for (std::uint32_t i = function.result_count(); i-- > 0;) {
      if (!results[i]) function.RemoveResult(i);
    }
    for (std::uint32_t i = function.argument_count(); i-- > 0;) {
      if (!arguments[i]) function.RemoveArgument(i);
    }
    context_.Add(PruneFunctions::kName, function.name(), "", Action::kChanged, "function_copied",
                 Concat("gives and takes less than '", graph_.function(id).name(), "'"));
    return built_[key] = copy;
  }

  // True if a function must be copied to need no more than it has to.
  bool Changes(FunctionId id, const Bits& results, const Bits& arguments) {
    if (!All(results) || !All(arguments)) return true;
    const auto [it, is_new] = changes_.try_emplace({id, results}, false);
    if (!is_new) return it->second;
    const bool changes = Loses(graph_.function(id), *analyses_.find({id, results})->second);
    changes_[{id, results}] = changes;
    return changes;
  }
  bool Loses(const Function& function, const Analysis& analysis) {
    for (NodeId node = 0; node < function.body.size(); ++node) {
      if (!function.body.alive(node) || analysis.plan.live[node]) continue;
      if (function.body.kind(node) == NodeKind::kNode || function.body.kind(node) == NodeKind::kControlResult) return true;
    }
    for (const auto& [call, need] : analysis.plan.calls) {
      if (!All(need.results) || !All(need.arguments)) return true;
      const CallSite site = *SiteOf(function.body, call);
      for (std::size_t i = 0; i < site.callees.size(); ++i) {
        const FunctionId callee = site.callees[i].function;
        const bool opaque = analyses_.find({callee, need.callee_results[i]})->second->opaque;
        if (!opaque && Changes(callee, need.callee_results[i], need.arguments)) return true;
      }
    }
    return false;
  }

  Graph& graph_;
  PassContext& context_;
  const PruneFunctions& options_;
  const Globs excluded_;
  MustRun must_run_;
  std::uint64_t work_left_ = 0;
  absl::flat_hash_set<NodeId> wanted_;
  std::map<std::pair<FunctionId, Bits>, std::unique_ptr<Analysis>> analyses_;
  std::map<std::pair<std::pair<FunctionId, Bits>, Bits>, FunctionId> built_;
  absl::flat_hash_map<FunctionId, std::unique_ptr<Facts>> facts_;
  std::vector<bool> recursive_;
  std::map<std::pair<FunctionId, Bits>, bool> changes_;
  std::vector<NodeId> removed_;
};

}  // namespace detail

inline absl::Status PruneFunctions::Run(Graph& graph, PassContext& context) const {
  return detail::FunctionPruner(graph, context, *this).Run();
}

GRAPHFREEZE_NAMESPACE_END
