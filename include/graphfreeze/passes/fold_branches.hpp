// FoldBranches: branches whose predicates are constants are decided, and what never runs goes.
//
//   flag (false) ── Switch(x, flag) ─:1─ dropout ──┐                     x ── Identity ── y
//                       └──────────:0── Identity ── Merge ── y     =>
//
//   flag (false) ── If(flag, x) {then: dropout, else: Identity} ── y   =>   x ── If/Identity ── y
//
// Nothing has to be known of names or of what a branch is for: constants are carried through logic, comparisons, loops
// and calls to the predicates (branch_flow.hpp), and the branch that the author wrote for inference remains. TF1's
// Switch and Merge, nested and in loops, the If and Case of TF2, which are inlined (left in place, an If keeps TensorFlow
// from fusing what is in it), in the main graph and in functions: a function that is called with a constant which
// decides a branch in it is copied for that constant. Also without constants, an output for which all branches of an
// If hand on the same argument is that argument.
//
// A requested output that can never be computed is an error that names the predicate.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
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
#include <graphfreeze/passes/branch_flow.hpp>
#include <graphfreeze/passes/call_sites.hpp>
#include <graphfreeze/passes/prune.hpp>
#include <graphfreeze/rewrite/control_contexts.hpp>
#include <graphfreeze/rewrite/inline_call.hpp>
#include <graphfreeze/rewrite/look_through.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/rewrite/rewriter.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/glob.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

struct FoldBranches {
  static constexpr std::string_view kName = "fold_branches";

  // Node or tensor names that will be asked for. May be empty; then an output that a decided branch never computes is
  // removed like the rest of it.
  std::vector<std::string> outputs;
  // Names (globs) of nodes that stay: Switches that are not decided, If and Case nodes that are not inlined.
  std::vector<std::string> exclude;

  // InvalidArgument if an output can never be computed; FailedPrecondition where the OpDef of an unknown op is needed.
  absl::Status Run(Graph& graph, PassContext& context) const;
};

namespace detail {

// The outputs that are asked for, by node.
using WantedOutputs = absl::flat_hash_map<NodeId, std::vector<std::int32_t>>;

// Decides the TF1 branches of one body, as BranchFlow found them.
class SwitchFolder {
 public:
  SwitchFolder(Graph& graph, Body& body, std::string_view name, PassContext& context, const WantedOutputs& outputs,
               BranchFlow& flow)
      : graph_(graph), body_(body), name_(name), context_(context), outputs_(outputs), flow_(flow) {}

  // True if something changed.
  absl::StatusOr<bool> Run() {
    FindSwitches();
    if (decided_.empty()) return false;
    FindDead();
    GRAPHFREEZE_RETURN_IF_ERROR(CheckOutputs());
    if (!FindMerges()) return false;
    // All is planned before anything is changed: the plan reads the body as it was.
    for (NodeId id = 0; id < end_; ++id) {
      if (decided_.contains(id)) PlanSwitch(id);
    }
    for (NodeId id = 0; id < end_; ++id) {
      if (body_.alive(id) && !dead_.contains(id)) PlanInputs(id);
    }
    for (auto& [id, inputs] : rewired_) body_.SetInputs(id, inputs);
    for (NodeId id = 0; id < end_; ++id) {
      if (merges_.contains(id)) RewriteMerge(id);
      if (decided_.contains(id)) RewriteSwitch(id);
    }
    for (const NodeId id : narrowed_) NarrowMerge(id);
    for (NodeId id = 0; id < end_; ++id) {
      if (body_.alive(id) && body_.kind(id) == NodeKind::kNode && !dead_.contains(id)) ShortenLoop(id);
    }
    RemoveDead();
    Summarize();
    return true;
  }

 private:
  void FindSwitches() {
    for (NodeId id = 0; id < end_; ++id) {
      if (!body_.alive(id) || !flow_.runs(id)) continue;
      if (flow_.kind(id) != FlowKind::kSwitch && flow_.kind(id) != FlowKind::kSwitchN) continue;
      const std::int32_t port = flow_.port(id);
      if (port == BranchFlow::kAllPorts) continue;
      decided_.emplace(id, port);
      const Edge pred = Predicate(id);
      auto& [value, count] = predicates_.try_emplace(std::string(body_.name(pred.node)), port, 0).first->second;
      ++count;
    }
  }
  Edge Predicate(NodeId decided) const { return LookThrough(graph_, body_, body_.inputs(decided)[1], /*loops=*/true); }

  // Dead because of a decided Switch: what cannot run for other reasons (a graph that is broken) is not touched.
  void FindDead() {
    std::vector<NodeId> todo;
    const auto visit = [&](NodeId from, bool only_dead_port) {
      for (const Consumers::Use use : flow_.consumers().of(from)) {
        if (flow_.runs(use.node) || dead_.contains(use.node)) continue;
        const Edge& edge = body_.inputs(use.node)[use.slot];
        if (only_dead_port && flow_.At(edge).state != Known::State::kDead) continue;
        dead_.emplace(use.node, from);
        todo.push_back(use.node);
      }
    };
    for (NodeId id = 0; id < end_; ++id) {
      if (decided_.contains(id)) visit(id, true);
    }
    while (!todo.empty()) {
      const NodeId id = todo.back();
      todo.pop_back();
      visit(id, false);
    }
  }

  bool IsDead(const Edge& edge) const {
    if (edge.node == kNoNode) return false;
    if (dead_.contains(edge.node)) return true;
    return decided_.contains(edge.node) && !edge.is_control() && flow_.At(edge).state == Known::State::kDead;
  }

  absl::Status CheckOutputs() const {
    for (NodeId id = 0; id < end_; ++id) {
      const auto wanted = outputs_.find(id);
      if (wanted == outputs_.end()) continue;
      NodeId cause = dead_.contains(id) ? id : kNoNode;
      if (const auto decided = decided_.find(id); decided != decided_.end()) {
        for (const std::int32_t index : wanted->second) {
          if (index != decided->second) cause = id;
        }
      }
      if (cause == kNoNode) continue;
      while (!decided_.contains(cause)) cause = dead_.find(cause)->second;
      const std::int32_t port = decided_.find(cause)->second;
      const bool truth = flow_.kind(cause) == FlowKind::kSwitch;
      return InvalidArgument("output '", body_.name(id), "' is computed only when '", body_.Spell(Predicate(cause)), "' is ",
                             truth ? (port == 0 ? "true" : "false") : Concat("not ", port), ", and that is ",
                             truth ? (port == 0 ? "false" : "true") : Concat(port),
                             "; bind it to another value, or choose another output");
    }
    return absl::OkStatus();
  }

  // False if the body must stay as it is.
  bool FindMerges() {
    for (NodeId id = 0; id < end_; ++id) {
      if (!body_.alive(id) || flow_.kind(id) != FlowKind::kMerge || !flow_.runs(id)) continue;
      std::int32_t live = 0, last = 0, dead = 0, index = 0;
      for (const Edge& edge : body_.inputs(id)) {
        if (edge.is_control()) continue;
        if (IsDead(edge)) {
          ++dead;
        } else {
          ++live;
          last = index;
        }
        ++index;
      }
      if (dead == 0 || live == 0) continue;
      if (live == 1) {
        merges_.emplace(id, last);
        continue;
      }
      bool index_used = KeepsIndex(id);
      for (const Consumers::Use use : flow_.consumers().of(id)) index_used |= IsValueIndex(body_.inputs(use.node)[use.slot]);
      if (index_used) {
        Report(id, Action::kSkipped, "value_index_used",
               "the number of the input that arrives is used, and would change if inputs that never arrive went: the branches "
               "around it were left as they are; inline or rewrite this Merge");
        return false;
      }
      narrowed_.push_back(id);
    }
    return true;
  }

  bool IsValueIndex(const Edge& edge) const {
    return !edge.is_control() && (edge.arg != 0 ? body_.OutputArg(edge) == "value_index" : edge.index == 1);
  }
  // merge:1 is asked for.
  bool KeepsIndex(NodeId merge) const {
    const auto it = outputs_.find(merge);
    return it != outputs_.end() && std::find(it->second.begin(), it->second.end(), 1) != it->second.end();
  }

  // A Switch that is decided is its data. It stays, as an Identity, if somebody may ask for it, if it waits for
  // something, or if only its predicate tells where it runs.
  void PlanSwitch(NodeId id) {
    const absl::Span<const Edge> inputs = body_.inputs(id);
    bool keep = outputs_.contains(id) || inputs[0].node == kNoNode;
    for (const Edge& edge : inputs) keep |= edge.is_control() && !IsSilent(edge);
    if (NeedsPredicate(id)) {
      bound_.insert(id);
      keep = true;
    }
    if (keep) kept_.insert(id);
  }

  // A predicate that arrives only sometimes puts the Switch into its branch or loop, and behind all that comes before
  // it. False if its data does the former, and of the latter nothing has effects.
  bool NeedsPredicate(NodeId id) {
    const absl::Span<const Edge> inputs = body_.inputs(id);
    const NodeId pred = inputs[1].node;
    if (pred == kNoNode || pred == inputs[0].node || !flow_.sometimes(pred)) return false;
    if (flow_.after_effects(pred)) return true;
    if (!contexts_) contexts_.emplace(graph_, body_, flow_.consumers());
    std::vector<Edge> others(inputs.begin(), inputs.end());
    others.erase(others.begin() + 1);
    const ControlContexts::Context context = contexts_->OfInputs(id, inputs);
    return context == ControlContexts::kUnknown || contexts_->OfInputs(id, others) != context;
  }

  // What takes the place of a data edge.
  Edge Resolve(Edge edge) const {
    for (std::size_t steps = 0; steps <= decided_.size() && edge.node != kNoNode; ++steps) {
      const auto it = decided_.find(edge.node);
      if (it == decided_.end()) break;
      if (kept_.contains(edge.node)) return outputs_.contains(edge.node) ? Flat(edge.node, it->second) : Flat(edge.node, 0);
      edge = body_.inputs(edge.node)[0];
    }
    return edge;
  }
  // Output `index` of an Identity, IdentityN or Const.
  Edge Flat(NodeId id, std::int32_t index) const { return {id, &body_ == &graph_.main() ? 0 : body_.Intern("output"), index}; }

  // A control edge that only says in which branch one is says nothing once that is decided: the Identity of a
  // predicate behind its Switch.
  bool IsSilent(const Edge& edge) const {
    if (flow_.sometimes(edge.node) || flow_.framed(edge.node)) return false;
    NodeId id = edge.node;
    for (int steps = 0; steps < 16 && id != kNoNode; ++steps) {
      const absl::Span<const Edge> inputs = body_.inputs(id);
      if (const auto it = decided_.find(id); it != decided_.end()) {
        return inputs.size() == 2 && (inputs[0] == inputs[1] || flow_.At(inputs[0]).is_number());
      }
      if (body_.kind(id) != NodeKind::kNode || body_.op(id) != "Identity" || inputs.size() != 1 || inputs[0].is_control()) return false;
      id = inputs[0].node;
    }
    return false;
  }
  std::optional<Edge> ResolveControl(const Edge& edge) const {
    if (edge.node == kNoNode) return edge;
    if (dead_.contains(edge.node) || IsSilent(edge)) return std::nullopt;
    if (!decided_.contains(edge.node) || kept_.contains(edge.node)) return edge;
    const Edge data = Resolve({edge.node, 0, 0});
    if (body_.kind(data.node) != NodeKind::kNode) return std::nullopt;  // an argument is always there
    return Edge{data.node, 0, Edge::kControl};
  }

  // The inputs that a node will have, if they change.
  void PlanInputs(NodeId id) {
    bool touched = false;
    for (const Edge& edge : body_.inputs(id)) {
      if (edge.node == kNoNode) continue;
      touched |= decided_.contains(edge.node) || dead_.contains(edge.node) || (merges_.contains(edge.node) && IsValueIndex(edge)) ||
                 (edge.is_control() && IsSilent(edge));
    }
    if (!touched) return;
    const bool merge = flow_.kind(id) == FlowKind::kMerge;
    std::vector<Edge> inputs;
    for (const Edge& edge : body_.inputs(id)) {
      if (edge.is_control()) {
        const std::optional<Edge> control = ResolveControl(edge);
        if (control) AddControl(*control, id, &inputs);
      } else if (!merge || !IsDead(edge)) {
        inputs.push_back(merges_.contains(edge.node) && IsValueIndex(edge) ? ValueIndex(edge.node) : Resolve(edge));
      }
    }
    if (body_.kind(id) == NodeKind::kControlResult && inputs.empty()) {
      body_.Remove(id);
      return;
    }
    rewired_.emplace_back(id, std::move(inputs));
  }
  static void AddControl(const Edge& control, NodeId taker, std::vector<Edge>* inputs) {
    bool known = control.node == taker;
    for (const Edge& edge : *inputs) known |= edge.node == control.node;
    if (!known) inputs->push_back(control);
  }

  // The constant that output 1 of a decided Merge is.
  Edge ValueIndex(NodeId merge) {
    const auto [it, is_new] = indexes_.try_emplace(merge, kNoNode);
    if (is_new) {
      std::string tensor, shape;
      wire::PutVarintField(&tensor, 1, static_cast<std::uint32_t>(DataType::kInt32));
      wire::PutBytesField(&tensor, 2, shape);
      wire::PutVarintField(&tensor, 7, static_cast<std::uint64_t>(merges_.find(merge)->second));
      it->second = body_.AddNode(body_.UniqueName(Concat(body_.name(merge), "/value_index")), "Const");
      body_.SetAttr(it->second, "dtype", attr::Type(DataType::kInt32));
      body_.SetAttr(it->second, "value", attr::Tensor(tensor));
      const bool conditional = flow_.sometimes(merge) || flow_.framed(merge);
      if (conditional && !KeepsIndex(merge)) body_.SetInputs(it->second, {{merge, 0, Edge::kControl}});
    }
    return Flat(it->second, 0);
  }

  void RewriteMerge(NodeId id) {
    const std::int32_t index = merges_.find(id)->second;
    std::vector<Edge> inputs(body_.inputs(id).begin(), body_.inputs(id).end());
    const std::string type(body_.node(id).attr("T").message());
    const bool ref = body_.op(id) == "RefMerge";
    if (KeepsIndex(id)) {
      inputs.insert(inputs.begin() + 1, ValueIndex(id));
      body_.Reset(id, "IdentityN", "output");
      body_.SetAttr(id, "T", attr::Types({AttrView(type).type(), DataType::kInt32}));
    } else {
      body_.Reset(id, ref ? "RefIdentity" : "Identity", "output");
      body_.SetAttr(id, "T", type);
    }
    body_.SetInputs(id, inputs);
    Report(id, Action::kChanged, "merge_decided", Concat("only input ", index, " can arrive"));
  }
  void NarrowMerge(NodeId id) {
    const std::size_t count = body_.node(id).data_input_count();
    body_.SetAttr(id, "N", attr::Int(static_cast<std::int64_t>(count)));
    Report(id, Action::kChanged, "merge_narrowed", Concat("only ", count, " inputs can arrive"));
  }

  void RewriteSwitch(NodeId id) {
    if (!kept_.contains(id)) {
      body_.Remove(id);
      return;
    }
    const std::vector<Edge> was(body_.inputs(id).begin(), body_.inputs(id).end());
    const std::string type(body_.node(id).attr("T").message());
    const bool ref = body_.op(id) == "RefSwitch";
    // Under its name, an output that is asked for must keep its number.
    const auto copies = static_cast<std::size_t>(outputs_.contains(id) ? decided_.find(id)->second + 1 : 1);
    std::vector<Edge> inputs(copies, was[0]);
    if (bound_.contains(id)) AddControl({was[1].node, 0, Edge::kControl}, id, &inputs);
    for (std::size_t i = 2; i < was.size(); ++i) AddControl(was[i], id, &inputs);
    body_.Reset(id, copies > 1 ? "IdentityN" : ref ? "RefIdentity" : "Identity", "output");
    body_.SetAttr(id, "T", copies > 1 ? attr::Types(std::vector<DataType>(copies, AttrView(type).type())) : type);
    body_.SetInputs(id, inputs);
  }

  // Where a loop is never gone round, Enter and Exit have met.
  void ShortenLoop(NodeId id) {
    const std::string_view op = body_.op(id);
    if ((op != "Exit" && op != "RefExit") || body_.inputs(id).size() != 1) return;
    const NodeId enter = LookThrough(graph_, body_, body_.inputs(id)[0]).node;
    if (enter == kNoNode || body_.kind(enter) != NodeKind::kNode || body_.inputs(enter).size() != 1) return;
    if (body_.op(enter) != "Enter" && body_.op(enter) != "RefEnter") return;
    const std::string type(body_.node(id).attr("T").message());
    const std::string_view identity = op == "Exit" ? "Identity" : "RefIdentity";
    body_.Reset(id, identity, "output");
    body_.SetAttr(id, "T", type);
    body_.SetInputs(id, {body_.inputs(enter)[0]});
    Report(id, Action::kChanged, "loop_never_runs", "the condition of its loop is false from the start");
  }

  void RemoveDead() {
    // A function whose result is dead is as wrong as it was; the result keeps what it names.
    absl::flat_hash_set<NodeId> named;
    std::vector<NodeId> todo;
    for (const auto& [id, cause] : dead_) {
      if (body_.kind(id) == NodeKind::kResult) todo.push_back(id);
    }
    while (!todo.empty()) {
      const NodeId id = todo.back();
      todo.pop_back();
      for (const Edge& edge : body_.inputs(id)) {
        if (edge.node != kNoNode && named.insert(edge.node).second) todo.push_back(edge.node);
      }
    }
    for (const auto& [id, cause] : dead_) {
      if (body_.kind(id) == NodeKind::kResult || named.contains(id)) continue;
      body_.Remove(id);
      ++removed_;
    }
  }

  void Summarize() {
    for (const auto& [name, found] : predicates_) {
      context_.Add(FoldBranches::kName, name_, name, Action::kChanged, "predicate_known",
                   Concat("its value is known: ", found.second, " Switch nodes send their data to output ", found.first, " only"));
    }
    if (removed_ > 0) {
      context_.Add(FoldBranches::kName, name_, "", Action::kRemoved, "dead_branches", Concat(removed_, " nodes that never run"));
    }
  }

  void Report(NodeId id, Action action, std::string_view code, std::string text) {
    context_.Add(FoldBranches::kName, name_, body_.name(id), action, code, std::move(text));
  }

  Graph& graph_;
  Body& body_;
  const std::string_view name_;
  PassContext& context_;
  const WantedOutputs& outputs_;
  BranchFlow& flow_;
  const NodeId end_ = body_.size();
  absl::flat_hash_map<NodeId, std::int32_t> decided_;  // Switches, with the output that they send their data to
  absl::flat_hash_map<NodeId, NodeId> dead_;           // what never runs, with the node before that is why
  absl::flat_hash_map<NodeId, std::int32_t> merges_;   // with the only input that arrives
  absl::flat_hash_map<NodeId, NodeId> indexes_;        // their constants
  std::vector<NodeId> narrowed_;
  absl::flat_hash_set<NodeId> kept_;   // of the Switches, those that become an Identity
  absl::flat_hash_set<NodeId> bound_;  // of these, those that wait for their predicate
  std::optional<ControlContexts> contexts_;
  std::vector<std::pair<NodeId, std::vector<Edge>>> rewired_;
  std::map<std::string, std::pair<std::int32_t, std::size_t>> predicates_;
  std::size_t removed_ = 0;
};

class BranchFolder {
 public:
  BranchFolder(Graph& graph, PassContext& context, const FoldBranches& options)
      : graph_(graph), context_(context), excluded_(options.exclude), options_(options), effects_(graph), uses_(graph) {
    std::uint64_t nodes = graph.main().size();
    for (FunctionId id = 0; id < graph.function_count(); ++id) nodes += graph.function(id).body.size();
    budget_ = 16 * nodes + 100'000;
  }

  absl::Status Run() {
    WantedOutputs outputs;
    for (const std::string& name : context_.OutputsOr(options_.outputs)) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const NodeId id, FindOutput(graph_, name));
      GRAPHFREEZE_ASSIGN_OR_RETURN(const OutputName output, OutputName::Parse(name));
      outputs[id].push_back(output.index);
    }
    GRAPHFREEZE_RETURN_IF_ERROR(FoldBody(graph_.main(), "", kNoFunction, {}, outputs, 0).status());
    // Functions as they are, for those who call them with nothing that is known.
    while (!todo_.empty()) {
      const FunctionId id = todo_.back();
      todo_.pop_back();
      Function& function = graph_.function(id);
      GRAPHFREEZE_RETURN_IF_ERROR(FoldBody(function.body, function.name(), id, {}, {}, 1).status());
    }
    return absl::OkStatus();
  }

 private:
  using Arguments = std::vector<std::pair<std::uint32_t, Known>>;  // those that are known, by number
  struct Decision {
    NodeId call;
    std::size_t callee;  // of the call site; a loop is never gone round
    bool in_frame;
    bool mixed;  // see InlineSite
  };

  void Visit(FunctionId id) {
    if (visited_.insert(id).second) todo_.push_back(id);
  }

  // True if something changed.
  absl::StatusOr<bool> FoldBody(Body& body, std::string_view name, FunctionId function, const Arguments& arguments,
                                const WantedOutputs& outputs, int depth) {
    if (!BranchFlow::Interesting(body)) {
      VisitAll(body);
      return false;
    }
    bool changed = false;
    for (int round = 0;; ++round) {
      GRAPHFREEZE_RETURN_IF_ERROR(context_.CheckCancelled());
      BranchFlow flow(graph_, body, excluded_);
      for (const auto& [number, value] : arguments) flow.SetArgument(graph_.function(function).argument(number), value);
      flow.Run();
      const std::vector<Decision> decisions = Decide(body, name, flow);
      SwitchFolder switches(graph_, body, name, context_, outputs, flow);
      GRAPHFREEZE_ASSIGN_OR_RETURN(bool again, switches.Run());
      Rewriter rewriter(graph_, body, name, context_, FoldBranches::kName);
      for (const Decision& decision : decisions) {
        if (!body.alive(decision.call)) continue;
        if (round >= context_.limits.max_call_depth) {
          rewriter.Warn(body.node(decision.call), "inline_limit",
                        Concat("branches in branches were inlined ", round, " times; raise Limits::max_call_depth"));
          continue;
        }
        GRAPHFREEZE_ASSIGN_OR_RETURN(const bool inlined, Inline(body, rewriter, decision));
        again |= inlined;
      }
      changed |= again;
      if (again && round < context_.limits.max_call_depth) continue;
      if (again) break;
      GRAPHFREEZE_ASSIGN_OR_RETURN(const bool calls, FoldCalls(body, name, rewriter, flow, depth));
      changed |= calls;
      break;
    }
    return changed;
  }

  void VisitAll(const Body& body) {
    if (graph_.function_count() == 0) return;
    body.ForEachNode([&](NodeRef node) { VisitCallees(node); });
  }
  void VisitCallees(NodeRef node) {
    ForEachFunctionRef(node, [&](std::string_view name) {
      if (const FunctionId id = graph_.FindFunction(name); id != kNoFunction) Visit(id);
    });
  }

  // The call that a node is, if it is one of a kind whose functions may be changed.
  std::optional<CallSite> SiteOf(NodeRef node) const {
    const std::string_view op = node.op();
    if (!IsBranchOp(op) && !IsLoopOp(op) && !IsCallOp(op)) return std::nullopt;
    absl::StatusOr<std::optional<CallSite>> site = FindCallSite(graph_, node);
    if (!site.ok() || !*site || (*site)->callees.empty()) return std::nullopt;
    const std::size_t inputs = node.data_input_count();
    if (inputs < (*site)->first_argument) return std::nullopt;
    for (const CallSite::Callee& callee : (*site)->callees) {
      if (graph_.function(callee.function).argument_count() != inputs - (*site)->first_argument) return std::nullopt;
    }
    return *std::move(site);
  }

  // --- If and Case, and While ---

  std::vector<Decision> Decide(const Body& body, std::string_view name, BranchFlow& flow) {
    std::vector<Decision> decisions;
    std::optional<ControlContexts> contexts;
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode || !flow.runs(id) || failed_.contains({&body, id})) continue;
      const std::string_view op = body.op(id);
      if (!IsBranchOp(op) && !IsLoopOp(op)) continue;
      const std::optional<CallSite> site = SiteOf(body.node(id));
      if (!site) continue;
      std::optional<std::size_t> callee;
      if (IsLoopOp(op)) {
        if (NeverRuns(body.node(id), *site, flow)) callee = 1;
      } else {
        callee = Chosen(op, flow.At(body.inputs(id)[0]), site->callees.size());
      }
      if (!callee) continue;
      if (excluded_.Matches(body.name(id))) {
        if (failed_.insert({&body, id}).second) {
          context_.Add(FoldBranches::kName, name, body.name(id), Action::kSkipped, "excluded",
                       Concat(op, " with a known predicate, excluded by the caller"));
        }
        continue;
      }
      const bool in_frame = flow.sometimes(id) || flow.framed(id);
      if (in_frame && !contexts) contexts.emplace(graph_, body, flow.consumers());
      decisions.push_back({id, *callee, in_frame, in_frame && contexts->TakesFromOutside(body.node(id), site->first_argument)});
    }
    return decisions;
  }

  // The branch that runs. A predicate that is no scalar is true if it has elements.
  static std::optional<std::size_t> Chosen(std::string_view op, const Known& pred, std::size_t branches) {
    if (!pred.is_number() || pred.rank == Known::Rank::kUnknown) return std::nullopt;
    if (op == "If" || op == "StatelessIf") return pred.rank == Known::Rank::kOther || pred.truth() ? 0 : 1;
    if (pred.rank != Known::Rank::kScalar) return std::nullopt;
    const bool in_range = pred.number >= 0 && pred.number < static_cast<double>(branches);
    return in_range ? static_cast<std::size_t>(pred.number) : branches - 1;
  }

  // True if the condition of a While is false for what it starts with.
  bool NeverRuns(NodeRef node, const CallSite& site, const BranchFlow& flow) const {
    constexpr NodeId kMost = 256;  // a condition has a handful of nodes
    const Function& condition = graph_.function(site.callees[0].function);
    if (condition.body.size() > kMost + condition.argument_count() || condition.result_count() != 1) return false;
    BranchFlow of_condition(graph_, condition.body, excluded_);
    bool any = false;
    for (std::uint32_t i = 0; i < condition.argument_count(); ++i) {
      const Known value = flow.At(node.inputs()[i]);
      if (!value.is_number()) continue;
      any = true;
      of_condition.SetArgument(condition.argument(i), value);
    }
    if (!any) return false;
    of_condition.Run();
    const absl::Span<const Edge> result = condition.body.inputs(condition.result(0));
    if (result.empty()) return false;
    const Known value = of_condition.At(result[0]);
    return value.is_number() && value.rank == Known::Rank::kScalar && !value.truth();
  }

  absl::StatusOr<bool> Inline(Body& body, Rewriter& rewriter, const Decision& decision) {
    const NodeRef node = body.node(decision.call);
    const std::optional<CallSite> site = SiteOf(node);
    if (!site) return false;
    const std::string op(node.op());
    if (site->kind == CallSite::Kind::kLoop) {
      const std::vector<Edge> values(node.inputs().begin(), node.inputs().begin() + static_cast<std::ptrdiff_t>(node.data_input_count()));
      GRAPHFREEZE_RETURN_IF_ERROR(HandOn(body, rewriter, decision.call, values, node.attr("T").types()));
      rewriter.Changed(body.node(decision.call), "loop_never_runs", Concat(op, ": its condition is false from the start"));
      return true;
    }
    const Function& function = graph_.function(site->callees[decision.callee].function);
    if (function.body.size() > budget_) {
      failed_.insert({&body, decision.call});
      rewriter.Warn(node, "inline_limit", Concat(op, " has a known predicate, but functions that call each other again and again were "
                                                 "inlined too often to inline '", function.name(), "' once more"));
      return false;
    }
    budget_ -= function.body.size();
    InlineSite inline_site;
    inline_site.call = decision.call;
    inline_site.function = site->callees[decision.callee].function;
    inline_site.function_attrs = CalleeFunc(node, *site, decision.callee);
    inline_site.first_argument = site->first_argument;
    inline_site.in_frame = decision.in_frame;
    inline_site.mixed = decision.mixed;
    const absl::Status status = InlineCall(graph_, rewriter, inline_site, context_);
    if (!status.ok()) {
      failed_.insert({&body, decision.call});
      rewriter.Skip(body.node(decision.call), "not_inlined", Concat(op, " has a known predicate: ", std::string(status.message())));
      return false;
    }
    rewriter.Changed(body.node(decision.call), "branch_inlined", Concat(op, " always runs '", function.name(), "'"));
    return true;
  }

  // Everybody who takes output k of the node takes values[k]; the node hands the same on under its name.
  absl::Status HandOn(Body& body, Rewriter& rewriter, NodeId id, std::vector<Edge> values, const std::vector<DataType>& types) {
    if (types.size() != values.size()) return InvalidArgument("node '", body.name(id), "' (", body.op(id), ") has ", values.size(),
                                                              " results and ", types.size(), " types");
    std::vector<Edge> inputs = values;
    for (const Edge& edge : body.inputs(id)) {
      if (edge.is_control()) inputs.push_back(edge);
    }
    GRAPHFREEZE_RETURN_IF_ERROR(rewriter.RedirectOutputs(id, values));
    body.Reset(id, values.empty() ? "NoOp" : values.size() == 1 ? "Identity" : "IdentityN", "output");
    rewriter.SetInputs(id, inputs);
    if (values.size() == 1) body.SetAttr(id, "T", attr::Type(types[0]));
    if (values.size() > 1) body.SetAttr(id, "T", attr::Types(types));
    return absl::OkStatus();
  }

  // --- functions that are called ---

  absl::StatusOr<bool> FoldCalls(Body& body, std::string_view name, Rewriter& rewriter, const BranchFlow& flow, int depth) {
    bool changed = false;
    if (graph_.function_count() == 0) return changed;
    const NodeId end = body.size();
    for (NodeId id = 0; id < end; ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode) continue;
      const std::optional<CallSite> site = SiteOf(body.node(id));
      if (!site) {
        VisitCallees(body.node(id));
        continue;
      }
      if (site->kind == CallSite::Kind::kBranch && !excluded_.Matches(body.name(id))) {
        GRAPHFREEZE_ASSIGN_OR_RETURN(const bool same, FoldSame(body, rewriter, flow, *site, id));
        changed |= same;
        if (!IsBranchOp(body.op(id))) continue;
      }
      const Arguments known = KnownArguments(body, flow, *site, id);
      std::vector<FunctionId> functions;
      bool other = false;
      for (const CallSite::Callee& callee : site->callees) {
        GRAPHFREEZE_ASSIGN_OR_RETURN(const FunctionId function, Specialize(callee.function, known, name, body.name(id), depth + 1));
        functions.push_back(function);
        other |= function != callee.function;
      }
      if (!other) continue;
      SetCallees(graph_, &body, id, *site, functions);
      changed = true;
    }
    return changed;
  }

  Arguments KnownArguments(const Body& body, const BranchFlow& flow, const CallSite& site, NodeId id) {
    Arguments known;
    const NodeRef node = body.node(id);
    const std::size_t inputs = node.data_input_count();
    for (std::size_t slot = site.first_argument; slot < inputs; ++slot) {
      const Known value = flow.At(node.inputs()[slot]);
      const auto number = static_cast<std::uint32_t>(slot - site.first_argument);
      if (!value.is_number()) continue;
      if (site.kind == CallSite::Kind::kLoop && !IsInvariant(graph_.function(site.callees[1].function), number)) continue;
      bool decides = false;
      for (const CallSite::Callee& callee : site.callees) decides = decides || uses_.Decides(callee.function, number);
      if (decides) known.emplace_back(number, value);
    }
    return known;
  }

  // True if a loop variable comes out of the body of the loop as it went in.
  bool IsInvariant(const Function& function, std::uint32_t number) const {
    return number < function.result_count() && ArgumentOf(function, number) == function.argument(number);
  }
  // The argument that a result hands on; kNoNode if it is computed.
  NodeId ArgumentOf(const Function& function, std::uint32_t result) const {
    const absl::Span<const Edge> source = function.body.inputs(function.result(result));
    if (source.empty()) return kNoNode;
    const NodeId id = LookThrough(graph_, function.body, source[0]).node;
    return id != kNoNode && function.body.kind(id) == NodeKind::kArgument ? id : kNoNode;
  }

  // The function to call in the place of `id` when so much is known of its arguments.
  absl::StatusOr<FunctionId> Specialize(FunctionId id, const Arguments& known, std::string_view caller, std::string_view node, int depth) {
    if (known.empty() || depth > context_.limits.max_call_depth) {
      Visit(id);
      return id;
    }
    std::string key = Concat(id);
    for (const auto& [number, value] : known) {
      key += Concat(";", number, ":", static_cast<int>(value.dtype), static_cast<int>(value.rank), ":",
                    BitCast<std::uint64_t>(value.number));
    }
    const auto [it, is_new] = copies_.try_emplace(key, id);
    if (!is_new) {
      if (it->second == id) Visit(id);
      return it->second;
    }
    if (graph_.function_count() >= context_.limits.max_functions) {
      context_.Add(FoldBranches::kName, caller, node, Action::kWarning, "function_limit",
                   Concat("no more than ", context_.limits.max_functions, " functions are made; raise Limits::max_functions"));
      Visit(id);
      return id;
    }
    const FunctionId copy = graph_.CloneFunction(id, Concat(graph_.function(id).name(), "_bound"));
    Function& function = graph_.function(copy);
    GRAPHFREEZE_ASSIGN_OR_RETURN(const bool changed, FoldBody(function.body, function.name(), copy, known, {}, depth));
    if (!changed) {
      graph_.RemoveFunction(copy);
      Visit(id);
      return id;
    }
    copies_[key] = copy;
    context_.Add(FoldBranches::kName, function.name(), "", Action::kChanged, "function_copied",
                 Concat("is '", graph_.function(id).name(), "' for ", known.size(), " arguments that are constants"));
    return copy;
  }

  // Outputs for which all branches hand on the same argument.
  absl::StatusOr<bool> FoldSame(Body& body, Rewriter& rewriter, const BranchFlow& flow, const CallSite& site, NodeId id) {
    const NodeRef node = body.node(id);
    std::size_t same = 0;
    const Function& first = graph_.function(site.callees[0].function);
    for (const CallSite::Callee& callee : site.callees) {
      if (graph_.function(callee.function).result_count() != first.result_count()) return false;
    }
    std::vector<Edge> inputs(first.result_count());
    for (std::uint32_t i = 0; i < first.result_count(); ++i) {
      std::optional<std::uint32_t> common;
      for (const CallSite::Callee& callee : site.callees) {
        const Function& function = graph_.function(callee.function);
        const NodeId argument = ArgumentOf(function, i);
        std::uint32_t number = 0;
        while (number < function.argument_count() && function.argument(number) != argument) ++number;
        if (argument == kNoNode || number == function.argument_count() || (common && *common != number)) {
          common.reset();
          break;
        }
        common = number;
      }
      if (!common) continue;
      inputs[i] = node.inputs()[site.first_argument + *common];
      if (inputs[i].node != kNoNode && inputs[i].node != id) ++same;
    }
    if (same == 0) return false;
    for (const CallSite::Callee& callee : site.callees) {
      if (effects_.Of(callee.function)) return false;
    }
    const std::string op(node.op());
    if (same == inputs.size()) {
      GRAPHFREEZE_RETURN_IF_ERROR(HandOn(body, rewriter, id, inputs, node.attr("Tout").types()));
      rewriter.Changed(body.node(id), "same_in_all_branches", Concat(op, ": all branches hand the same arguments on"));
      return true;
    }
    bool changed = false;
    for (std::uint32_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].node == kNoNode || inputs[i].node == id) continue;
      bool taken = false;
      for (const Consumers::Use use : flow.consumers().of(id)) {
        if (!body.alive(use.node) || use.slot >= body.inputs(use.node).size()) continue;
        const Edge& edge = body.inputs(use.node)[use.slot];
        if (edge.node != id || edge.is_control()) continue;
        const std::optional<std::int32_t> output = FlatOutput(graph_, body, edge);
        taken |= output && *output == static_cast<std::int32_t>(i);
      }
      if (!taken) continue;
      rewriter.RedirectUses({id, 0, static_cast<std::int32_t>(i)}, inputs[i]);
      changed = true;
    }
    if (changed) {
      rewriter.Changed(body.node(id), "same_in_all_branches", Concat(op, ": who takes an argument that all branches hand on takes it directly"));
    }
    return changed;
  }

  Graph& graph_;
  PassContext& context_;
  const Globs excluded_;
  const FoldBranches& options_;
  MustRun effects_;
  PredicateUses uses_;
  std::uint64_t budget_ = 0;  // nodes that may still be inlined
  std::map<std::string, FunctionId> copies_;
  absl::flat_hash_set<FunctionId> visited_;
  std::vector<FunctionId> todo_;  // to be folded as they are
  absl::flat_hash_set<std::pair<const Body*, NodeId>> failed_;
};

}  // namespace detail

inline absl::Status FoldBranches::Run(Graph& graph, PassContext& context) const {
  return detail::BranchFolder(graph, context, *this).Run();
}

GRAPHFREEZE_NAMESPACE_END
