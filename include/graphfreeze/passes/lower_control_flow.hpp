// LowerControlFlow: the If, Case and While of TF2 become the Switch, Merge and Enter of TF1, with their functions inlined.
//
//   p ── If ── y                            x ── Switch ─:1─ If/then/Neg ── Merge ── y
//   x ──┘ then: Neg, else: Abs        =>    p ─────┘ └──:0─ If/else/Abs ──────┘
//
//   x ── While ── y                         x ── Enter ── Merge ── Switch ─:0─ Exit ── y
//        cond: Less(x, 9)             =>         Less ── LoopCond ───┘ └──:1─ While/body/Mul ── NextIteration ── Merge
//        body: Mul(x, x)
//
// For engines that read flat graphs only: what is left has no functions, unless something else runs them (data sets, maps).
// It computes what it computed. Branches that are not taken do not run, nor does the body after the last round, effects and
// constants included: what takes no input there waits for a pivot. A body whose ops have state (random numbers, prints) goes
// round one iteration at a time. A value that a loop hands on unchanged enters once and does not go round. Case picks by a
// tree of comparisons; an index out of range is the last branch.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/types/span.h>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/passes/branch_flow.hpp>
#include <graphfreeze/passes/call_sites.hpp>
#include <graphfreeze/passes/freeze_variables.hpp>
#include <graphfreeze/passes/inline_functions.hpp>
#include <graphfreeze/rewrite/control_contexts.hpp>
#include <graphfreeze/rewrite/inline_call.hpp>
#include <graphfreeze/rewrite/op_roles.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/rewrite/rewriter.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/glob.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/tensor_proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

struct LowerControlFlow {
  static constexpr std::string_view kName = "lower_control_flow";

  // Globs: nodes that stay as they are, by their names in the main graph or in the function that they are in. The same
  // for calls, which are inlined first.
  std::vector<std::string> exclude;
  // What was frozen: variables that were in functions are told by their new names. May be null.
  std::vector<FrozenVariable>* frozen = nullptr;

  // FailedPrecondition where functions call each other in a circle, ResourceExhausted where the result would have more
  // nodes than the limits allow, NotFound for a function that is missing; these before anything is lowered.
  absl::Status Run(Graph& graph, PassContext& context) const;
};

namespace detail {

// Tells which functions have ops with state in them, however deep: their order and number of runs can be seen. An op that
// is not known may have some.
class StatefulFunctions {
 public:
  explicit StatefulFunctions(const Graph& graph) : graph_(graph) {}

  bool Of(FunctionId root) const {
    std::vector<FunctionId> todo = {root};
    absl::flat_hash_set<FunctionId> seen = {root};
    while (!todo.empty()) {
      const FunctionId id = todo.back();
      todo.pop_back();
      bool found = false;
      graph_.function(id).body.ForEachNode([&](NodeRef node) {
        const std::string_view op = node.op();
        if (!CallsFunctions(graph_, op)) {
          const OpDef* def = graph_.ops().Find(op);
          found = found || def == nullptr || def->is_stateful;
          return;
        }
        ForEachFunctionRef(node, [&](std::string_view name) {
          const FunctionId callee = graph_.FindFunction(name);
          if (callee != kNoFunction && seen.insert(callee).second) todo.push_back(callee);
        });
      });
      if (found) return true;
    }
    return false;
  }

 private:
  const Graph& graph_;
};

class ControlFlowLowering {
 public:
  ControlFlowLowering(Graph& graph, PassContext& context, const LowerControlFlow& options)
      : graph_(graph), body_(graph.main()), context_(context), exclude_(options.exclude), frozen_(options.frozen),
        rewriter_(graph, graph.main(), "", context, LowerControlFlow::kName), stateful_(graph) {}

  absl::Status Run() {
    bool any = false;
    body_.ForEachNode([&](NodeRef node) { any = any || IsLowered(node); });
    if (!any) return absl::OkStatus();
    GRAPHFREEZE_RETURN_IF_ERROR(Measure());
    if (frozen_ != nullptr) {
      for (std::size_t i = 0; i < frozen_->size(); ++i) {
        const FunctionId id = graph_.FindFunction((*frozen_)[i].function);
        if (id != kNoFunction) frozen_in_[id].push_back(i);
      }
    }
    body_.ForEachNode([&](NodeRef node) { NoteFrame(node); });
    MarkMixed(body_, [](NodeId id) { return id; });
    const bool in_frames = HasFrames(body_);
    // What is put in comes behind all other nodes, and is looked at in its turn.
    const NodeId end = body_.size();
    std::size_t lowered = 0;
    for (NodeId id = 0; id < body_.size(); ++id) {
      if (!body_.alive(id) || !IsLowered(body_.node(id))) continue;
      if (excluded_.contains(id) || exclude_.Matches(body_.name(id))) {
        rewriter_.Skip(body_.node(id), "excluded", Concat(body_.op(id), ": excluded by the caller"));
        continue;
      }
      if ((lowered++ & 63) == 0) GRAPHFREEZE_RETURN_IF_ERROR(context_.CheckCancelled());
      const std::string name(body_.name(id));
      GRAPHFREEZE_RETURN_IF_ERROR(Annotate(Lower(id, /*nested=*/in_frames || id >= end), Concat("node '", name, "'")));
    }
    return absl::OkStatus();
  }

 private:
  struct Call {
    NodeId id = kNoNode;
    std::string prefix;  // its name with a slash
    CallSite site;
    Edge selector;  // the predicate or the branch index
    std::vector<Edge> arguments;
    std::vector<DataType> argument_types, result_types;
    std::vector<Edge> controls;  // what the node waits for, besides its arguments
    std::vector<Edge> after;     // the node's own control inputs
    bool nested = false;         // it is in a loop or branch, or may be
    bool mixed = false;          // some inputs are from outside of it
  };

  // Where a branch of a Case or If is: behind which Switches.
  static constexpr std::size_t kRoot = ~std::size_t{0};
  struct Split {
    std::size_t parent = kRoot;
    std::int32_t side = 0;  // of the parent
    Edge predicate;
    std::string prefix;
    NodeId pivot_switch = kNoNode;
    NodeId pivots[2] = {kNoNode, kNoNode};
    absl::flat_hash_map<std::size_t, NodeId> switches = {};  // of the inputs that are taken, by number
  };
  struct Outcome {
    std::vector<Edge> results;
    NodeId done = kNoNode;  // runs when everything in the branch has that must; kNoNode if nothing must
  };

  static bool IsLowered(NodeRef node) { return node.kind() == NodeKind::kNode && (IsBranchOp(node.op()) || IsLoopOp(node.op())); }
  static Edge Control(NodeId node) { return {node, 0, Edge::kControl}; }

  absl::Status Measure() {
    absl::Status broken;
    const auto collect = [&](const Body& body) {
      std::vector<FunctionId> all;
      body.ForEachNode([&](NodeRef node) {
        if (!IsLowered(node) || exclude_.Matches(node.name())) return;
        absl::StatusOr<std::optional<CallSite>> site = FindCallSite(graph_, node);
        if (!site.ok()) {
          if (broken.ok()) broken = site.status();
          return;
        }
        for (const CallSite::Callee& callee : (*site)->callees) all.push_back(callee.function);
      });
      return all;
    };
    GRAPHFREEZE_RETURN_IF_ERROR(InlinedSizes(graph_, context_, collect).Check(/*functions_too=*/false));
    return broken;
  }

  // --- names of frames ---

  void NoteFrame(NodeRef node) {
    if (node.op() == "Enter" || node.op() == "RefEnter") frames_.insert(std::string(node.attr("frame_name").s()));
  }
  std::string NewFrame(std::string_view wanted) {
    std::string name(wanted);
    for (int i = 1; !frames_.insert(name).second; ++i) name = Concat(wanted, "_", i);
    return name;
  }

  // Finds the nodes of a body that take some inputs from a loop or branch of TF1 and others from outside of it: they
  // run only where all of them are.
  template <typename CopyOf>
  void MarkMixed(const Body& body, CopyOf&& copy_of) {
    if (!HasFrames(body)) return;
    const Consumers consumers(body);
    const ControlContexts contexts(graph_, body, consumers);
    body.ForEachNode([&](NodeRef node) {
      if (IsLowered(node) && contexts.TakesFromOutside(node)) mixed_.insert(copy_of(node.id()));
    });
  }

  // --- one node ---

  absl::Status Lower(NodeId id, bool nested) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(Call call, Read(id));
    if (context_.limits.max_nodes <= body_.size()) return ResourceExhausted("the graph would have more than ", context_.limits.max_nodes, " nodes");
    call.nested = nested;
    call.mixed = mixed_.contains(id);
    call.controls = call.after;
    const bool one_branch = call.site.kind == CallSite::Kind::kBranch && call.site.callees.size() == 1;
    if (call.mixed && !one_branch) {
      if (call.site.first_argument > 0) call.controls.push_back(ControlOn(rewriter_, call.selector, Concat(call.prefix, "input")));
      for (std::size_t i = 0; i < call.arguments.size(); ++i) {
        call.controls.push_back(ControlOn(rewriter_, call.arguments[i], Concat(call.prefix, "input_", i)));
      }
    }
    if (call.site.kind == CallSite::Kind::kLoop) return LowerLoop(call);
    return LowerBranches(call);
  }

  absl::StatusOr<Call> Read(NodeId id) const {
    const NodeRef node = body_.node(id);
    Call call;
    call.id = id;
    call.prefix = Concat(node.name(), "/");
    GRAPHFREEZE_ASSIGN_OR_RETURN(std::optional<CallSite> site, FindCallSite(graph_, node));
    if (!site) return InvalidArgument(node.op(), " calls no function");
    call.site = *std::move(site);
    GRAPHFREEZE_RETURN_IF_ERROR(CheckInputs(node));
    for (std::size_t slot = 0; slot < node.inputs().size(); ++slot) {
      const Edge& edge = node.inputs()[slot];
      if (edge.is_control()) {
        call.after.push_back(edge);
      } else if (slot < call.site.first_argument) {
        call.selector = edge;
      } else {
        call.arguments.push_back(edge);
      }
    }
    if (call.site.first_argument > 0 && call.selector.node == kNoNode) return InvalidArgument("it has no inputs");
    if (call.site.callees.empty()) return InvalidArgument("it names no functions");
    call.argument_types = node.attr(call.site.argument_types).types();
    call.result_types = node.attr(call.site.result_types).types();
    const bool loop = call.site.kind == CallSite::Kind::kLoop;
    if (call.argument_types.size() != call.arguments.size()) {
      return InvalidArgument("it has ", call.arguments.size(), " arguments, and ", call.argument_types.size(), " types of them");
    }
    for (std::size_t i = 0; i < call.site.callees.size(); ++i) {
      const Function& function = graph_.function(call.site.callees[i].function);
      const std::size_t results = loop && i == 0 ? 1 : call.result_types.size();
      if (function.argument_count() == call.arguments.size() && function.result_count() == results) continue;
      return InvalidArgument("function '", function.name(), "' takes ", function.argument_count(), " arguments and gives ",
                             function.result_count(), " results; the node has ", call.arguments.size(), " and needs ", results);
    }
    return call;
  }

  struct Needs {
    std::vector<bool> arguments;  // that anything in the function takes
    bool pivot = false;           // nodes without inputs must be tied to where the function runs
  };
  static Needs NeedsOf(const Function& function) {
    Needs needs;
    needs.arguments.resize(function.argument_count());
    const Body& from = function.body;
    for (NodeId id = 0; id < from.size(); ++id) {
      if (!from.alive(id)) continue;
      needs.pivot = needs.pivot || (from.kind(id) == NodeKind::kNode && from.inputs(id).empty());
      for (const Edge& edge : from.inputs(id)) {
        if (edge.node == kNoNode || from.kind(edge.node) != NodeKind::kArgument) continue;
        if (const std::uint32_t i = function.argument_number(edge.node); i < needs.arguments.size()) needs.arguments[i] = true;
      }
    }
    return needs;
  }

  // Copies one of the functions of a call, and notes what is to be known of the copies.
  absl::Status Copy(FunctionCopy& copy, FunctionId id, std::vector<Edge> arguments, const std::vector<Edge>& source_controls) {
    GRAPHFREEZE_RETURN_IF_ERROR(copy.Run(std::move(arguments), source_controls));
    const Function& function = graph_.function(id);
    function.body.ForEachNode([&](NodeRef node) {
      const NodeId copied = copy.CopyOf(node.id());
      NoteFrame(body_.node(copied));
      if (IsLowered(node) && exclude_.Matches(node.name())) excluded_.insert(copied);
    });
    MarkMixed(function.body, [&](NodeId node) { return copy.CopyOf(node); });
    const auto frozen = frozen_in_.find(id);
    if (frozen == frozen_in_.end()) return absl::OkStatus();
    for (const std::size_t i : frozen->second) {
      const NodeId node = function.body.Find((*frozen_)[i].name);
      if (node == kNoNode) continue;
      FrozenVariable variable = (*frozen_)[i];
      variable.name = std::string(body_.name(copy.CopyOf(node)));
      variable.function.clear();
      frozen_->push_back(std::move(variable));
    }
    return absl::OkStatus();
  }

  // --- predicates ---

  // True if a tensor is known to have no dimensions.
  bool IsScalar(const Edge& edge) const {
    const NodeRef node = body_.node(edge.node);
    if (node.op() == "Const") {
      const absl::StatusOr<TensorHeader> header = ParseTensorHeader(node.attr("value").tensor());
      return header.ok() && header->shape.dims().empty();
    }
    absl::StatusOr<Shape> shape = node.attr(node.op() == "Placeholder" ? "shape" : "").shape();
    const std::vector<std::string_view> inferred = node.attr(kOutputShapes).shapes();
    if (const auto i = static_cast<std::size_t>(edge.index); i < inferred.size()) shape = Shape::Parse(inferred[i]);
    return shape.ok() && shape->has_rank() && shape->dims().empty();
  }

  // What Switch takes: a bool without dimensions. If and While take more: numbers that are not zero, strings that are
  // not empty, and tensors with any elements are true. ToBool tells so; TensorFlow's own lowering requires a scalar.
  Edge Predicate(const Call& call, const Edge& value, DataType type, const std::vector<Edge>& controls) {
    const bool is_bool = type == DataType::kBool &&
                         (body_.node(call.id).attr("_lower_using_switch_merge").b() || IsScalar(value));
    if (is_bool && controls.empty()) return value;
    std::vector<Edge> inputs = {value};
    inputs.insert(inputs.end(), controls.begin(), controls.end());
    return {rewriter_.AddNode(Concat(call.prefix, "pred_id"), is_bool ? "Identity" : "ToBool", inputs, {{"T", attr::Type(type)}}), 0, 0};
  }

  absl::StatusOr<Edge> AddInt32(std::string_view name, std::int32_t value, const std::vector<Edge>& controls) {
    const std::string_view bytes(reinterpret_cast<const char*>(&value), sizeof value);
    GRAPHFREEZE_ASSIGN_OR_RETURN(const NodeId id, rewriter_.AddConst(name, TensorView::Scalar(DataType::kInt32, bytes), controls));
    return Edge{id, 0, 0};
  }

  // --- If and Case ---

  absl::Status LowerBranches(const Call& call) {
    const std::size_t count = call.site.callees.size();
    const std::string op(body_.op(call.id));
    splits_.clear();
    inputs_ = call.arguments;
    types_ = call.argument_types;
    Outcome outcome;
    if (op == "If" || op == "StatelessIf") {
      const DataType type = body_.node(call.id).attr("Tcond").type();
      if (type == DataType::kInvalid) return InvalidArgument("it has no attribute Tcond, the type of its predicate");
      const Edge predicate = Predicate(call, call.selector, type, call.controls);
      splits_.push_back({kRoot, 0, predicate, call.prefix});
      GRAPHFREEZE_ASSIGN_OR_RETURN(const Outcome no, Branch(call, 1, "else/", 0, 0));
      GRAPHFREEZE_ASSIGN_OR_RETURN(const Outcome yes, Branch(call, 0, "then/", 0, 1));
      outcome = Join(call, 0, no, yes);
    } else {
      if (count == 1) return InlineOnlyBranch(call);
      GRAPHFREEZE_ASSIGN_OR_RETURN(const Edge index, BranchIndex(call));
      inputs_.push_back(index);
      types_.push_back(DataType::kInt32);
      GRAPHFREEZE_ASSIGN_OR_RETURN(outcome, Choose(call, 0, count, kRoot, 0));
    }
    std::vector<Edge> after;
    if (outcome.done != kNoNode) {
      after.push_back(Control(outcome.done));
    } else if (outcome.results.empty()) {
      after = call.after;
      after.push_back(ControlOn(rewriter_, call.selector, Concat(call.prefix, "input")));
    }
    GRAPHFREEZE_RETURN_IF_ERROR(ReplaceCall(rewriter_, call.id, outcome.results, call.result_types, after));
    rewriter_.Changed(body_.node(call.id), "lowered", Concat(op, " of ", count, " branches is Switch and Merge now"));
    return absl::OkStatus();
  }

  // A Case of one branch runs it whatever the index is.
  absl::Status InlineOnlyBranch(const Call& call) {
    const InlineSite site{call.id, call.site.callees[0].function, CalleeFunc(body_.node(call.id), call.site, 0), 1, call.nested, call.mixed};
    GRAPHFREEZE_RETURN_IF_ERROR(InlineCall(graph_, rewriter_, site, context_));
    rewriter_.Changed(body_.node(call.id), "lowered", "Case of one branch inlined");
    return absl::OkStatus();
  }

  // The index of a Case, brought into range: what is out of it runs the last branch. The comparisons that pick a branch
  // send what is too large there anyhow.
  absl::StatusOr<Edge> BranchIndex(const Call& call) {
    Edge index = call.selector;
    if (!call.controls.empty()) {
      std::vector<Edge> inputs = {index};
      inputs.insert(inputs.end(), call.controls.begin(), call.controls.end());
      index = {rewriter_.AddNode(Concat(call.prefix, "branch_index"), "Identity", inputs, {{"T", attr::Type(DataType::kInt32)}}), 0, 0};
    }
    std::vector<Edge> controls;
    if (call.nested) controls.push_back(ControlOn(rewriter_, index, Concat(call.prefix, "input")));
    const auto last = static_cast<std::int32_t>(call.site.callees.size() - 1);
    GRAPHFREEZE_ASSIGN_OR_RETURN(const Edge zero, AddInt32(Concat(call.prefix, "first"), 0, controls));
    GRAPHFREEZE_ASSIGN_OR_RETURN(const Edge maximum, AddInt32(Concat(call.prefix, "last"), last, controls));
    const std::string type = attr::Type(DataType::kInt32);
    const NodeId less = rewriter_.AddNode(Concat(call.prefix, "is_negative"), "Less", {index, zero}, {{"T", type}});
    return Edge{rewriter_.AddNode(Concat(call.prefix, "index"), "Select", {{less, 0, 0}, maximum, index}, {{"T", type}}), 0, 0};
  }

  // Branches [first, end) of a Case, of which the last input is the index. As deep as the logarithm of their number.
  absl::StatusOr<Outcome> Choose(const Call& call, std::size_t first, std::size_t end, std::size_t parent, std::int32_t side) {
    if (end - first == 1) return Branch(call, first, Concat("branch_", first, "/"), parent, side);
    const std::size_t middle = first + (end - first) / 2;
    const std::size_t split = splits_.size();
    const std::string prefix = split == 0 ? call.prefix : Concat(call.prefix, "split_", split, "/");
    std::vector<Edge> controls;
    if (parent != kRoot) {
      controls.push_back(Control(Pivot(parent, side)));
    } else if (call.nested) {
      controls.push_back(ControlOn(rewriter_, inputs_.back(), Concat(prefix, "input")));
    }
    const Edge index = Input(parent, side, inputs_.size() - 1);
    GRAPHFREEZE_ASSIGN_OR_RETURN(const Edge bound, AddInt32(Concat(prefix, "bound"), static_cast<std::int32_t>(middle), controls));
    const Edge predicate{rewriter_.AddNode(Concat(prefix, "pred_id"), "Less", {index, bound}, {{"T", attr::Type(DataType::kInt32)}}), 0, 0};
    splits_.push_back({parent, side, predicate, prefix});
    GRAPHFREEZE_ASSIGN_OR_RETURN(const Outcome no, Choose(call, middle, end, split, 0));
    GRAPHFREEZE_ASSIGN_OR_RETURN(const Outcome yes, Choose(call, first, middle, split, 1));
    return Join(call, split, no, yes);
  }

  // Input `i` as it is on one side of a split.
  Edge Input(std::size_t split, std::int32_t side, std::size_t i) {
    if (split == kRoot) return inputs_[i];
    if (const auto it = splits_[split].switches.find(i); it != splits_[split].switches.end()) return {it->second, 0, side};
    const Edge data = Input(splits_[split].parent, splits_[split].side, i);
    const NodeId id = rewriter_.AddNode(Concat(splits_[split].prefix, "Switch_", i), "Switch", {data, splits_[split].predicate},
                                        {{"T", attr::Type(types_[i])}});
    splits_[split].switches[i] = id;
    return {id, 0, side};
  }
  // The predicate on one side of a split, and a node there that needs nothing else.
  Edge PivotEdge(std::size_t split, std::int32_t side) {
    NodeId& pivot = splits_[split].pivot_switch;
    if (pivot == kNoNode) {
      const Edge predicate = splits_[split].predicate;
      pivot = rewriter_.AddNode(Concat(splits_[split].prefix, "Switch"), "Switch", {predicate, predicate}, {{"T", attr::Type(DataType::kBool)}});
    }
    return {pivot, 0, side};
  }
  NodeId Pivot(std::size_t split, std::int32_t side) {
    NodeId& pivot = splits_[split].pivots[side];
    if (pivot == kNoNode) {
      pivot = rewriter_.AddNode(Concat(splits_[split].prefix, side == 0 ? "switch_f" : "switch_t"), "Identity", {PivotEdge(split, side)},
                                {{"T", attr::Type(DataType::kBool)}});
    }
    return pivot;
  }

  absl::StatusOr<Outcome> Branch(const Call& call, std::size_t callee, const std::string& name, std::size_t split, std::int32_t side) {
    const FunctionId id = call.site.callees[callee].function;
    const Needs needs = NeedsOf(graph_.function(id));
    std::vector<Edge> arguments(needs.arguments.size());
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (needs.arguments[i]) arguments[i] = Input(split, side, i);
    }
    std::vector<Edge> source_controls;
    if (needs.pivot) source_controls.push_back(Control(Pivot(split, side)));
    FunctionCopy copy(graph_, rewriter_, context_, call.id, id, CalleeFunc(body_.node(call.id), call.site, callee), Concat(call.prefix, name));
    GRAPHFREEZE_RETURN_IF_ERROR(Copy(copy, id, std::move(arguments), source_controls));
    Outcome outcome;
    GRAPHFREEZE_ASSIGN_OR_RETURN(outcome.results, copy.Results());
    if (!stateful_.Of(id)) return outcome;
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<Edge> after, copy.ControlResults());
    if (after.empty()) return outcome;
    std::vector<Edge> inputs = {PivotEdge(split, side)};
    inputs.insert(inputs.end(), after.begin(), after.end());
    outcome.done = rewriter_.AddNode(Concat(call.prefix, name, "done"), "Identity", inputs, {{"T", attr::Type(DataType::kBool)}});
    return outcome;
  }

  // TF1's Merges have what is false first.
  Outcome Join(const Call& call, std::size_t split, const Outcome& no, const Outcome& yes) {
    const std::string prefix = splits_[split].prefix;
    const auto merge = [&](const std::string& name, const Edge& a, const Edge& b, DataType type) {
      return rewriter_.AddNode(name, "Merge", {a, b}, {{"T", attr::Type(type)}, {"N", attr::Int(2)}});
    };
    Outcome outcome;
    for (std::size_t i = 0; i < no.results.size(); ++i) {
      outcome.results.push_back({merge(Concat(prefix, "Merge_", i), no.results[i], yes.results[i], call.result_types[i]), 0, 0});
    }
    if (no.done == kNoNode && yes.done == kNoNode) return outcome;
    const auto done = [&](const Outcome& of, std::int32_t side) { return of.done == kNoNode ? PivotEdge(split, side) : Edge{of.done, 0, 0}; };
    outcome.done = merge(Concat(prefix, "done"), done(no, 0), done(yes, 1), DataType::kBool);
    return outcome;
  }

  // --- While ---

  // True if a body gives its argument `i` as its result `i`; and if what it waits for counts, waits for nothing.
  static bool IsInvariant(const Function& function, std::uint32_t i, bool controls_count) {
    const Body& from = function.body;
    NodeId id = function.result(i);
    for (int steps = 0; steps < 100; ++steps) {
      const absl::Span<const Edge> inputs = from.inputs(id);
      if (inputs.empty() || inputs[0].node == kNoNode || inputs[0].is_control() || (inputs.size() > 1 && controls_count)) return false;
      id = inputs[0].node;
      if (from.kind(id) == NodeKind::kArgument) return id == function.argument(i);
      if (from.kind(id) != NodeKind::kNode || from.op(id) != "Identity") return false;
    }
    return false;
  }

  absl::Status LowerLoop(const Call& call) {
    const FunctionId cond = call.site.callees[0].function, body = call.site.callees[1].function;
    const std::size_t results = call.result_types.size();
    std::vector<DataType> types = call.argument_types;
    std::vector<Edge> start = call.arguments;
    const bool cond_is_stateful = stateful_.Of(cond), body_is_stateful = stateful_.Of(body);
    std::vector<bool> varies(start.size());
    for (std::uint32_t i = 0; i < varies.size(); ++i) varies[i] = !IsInvariant(graph_.function(body), i, body_is_stateful);
    // Many variables that wait for many nodes do so through one.
    std::vector<Edge> controls = call.controls;
    if (controls.size() > 1 && start.size() > 1) {
      controls = {Control(rewriter_.AddNode(Concat(call.prefix, "start"), "NoOp", controls, {}))};
    }
    std::size_t first = 0;  // that varies
    while (first < varies.size() && !varies[first]) ++first;
    if (first == varies.size()) {  // something must go round
      GRAPHFREEZE_ASSIGN_OR_RETURN(const Edge counter, AddInt32(Concat(call.prefix, "counter"), 0, controls));
      start.push_back(counter);
      types.push_back(DataType::kInt32);
      varies.push_back(true);
    }
    const std::size_t invariant = static_cast<std::size_t>(std::count(varies.begin(), varies.end(), false));

    // Rounds that can be told apart come one after the other; otherwise they may overlap, as the node says.
    std::int64_t parallel = std::max<std::int64_t>(1, AttrOrDefault(graph_, body_.node(call.id), "parallel_iterations").i());
    const bool stateful = cond_is_stateful || body_is_stateful;
    if (stateful) parallel = 1;
    const std::string frame = NewFrame(body_.name(call.id));

    const Needs of_cond = NeedsOf(graph_.function(cond)), of_body = NeedsOf(graph_.function(body));
    std::vector<Edge> entered(start.size()), seen_by_cond(start.size());
    std::vector<NodeId> next(start.size(), kNoNode);
    const auto name = [&](std::string_view op, std::size_t i) { return Concat(call.prefix, op, "_", i); };
    for (std::size_t i = 0; i < start.size(); ++i) {
      if (!varies[i] && !of_cond.arguments[i] && !of_body.arguments[i]) continue;
      const std::string type = attr::Type(types[i]);
      std::vector<Edge> inputs = {start[i]};
      inputs.insert(inputs.end(), controls.begin(), controls.end());
      entered[i] = {rewriter_.AddNode(name("Enter", i), "Enter", inputs,
                                      {{"T", type}, {"frame_name", attr::String(frame)}, {"is_constant", attr::Bool(!varies[i])},
                                       {"parallel_iterations", attr::Int(parallel)}}), 0, 0};
      seen_by_cond[i] = entered[i];
      if (!varies[i]) continue;
      next[i] = rewriter_.AddNode(name("NextIteration", i), "NextIteration", {}, {{"T", type}});
      seen_by_cond[i] = {rewriter_.AddNode(name("Merge", i), "Merge", {entered[i], {next[i], 0, 0}}, {{"T", type}, {"N", attr::Int(2)}}), 0, 0};
    }

    FunctionCopy condition(graph_, rewriter_, context_, call.id, cond, CalleeFunc(body_.node(call.id), call.site, 0), Concat(call.prefix, "cond/"));
    const std::size_t arguments = call.arguments.size();
    GRAPHFREEZE_RETURN_IF_ERROR(Copy(condition, cond, {seen_by_cond.begin(), seen_by_cond.begin() + static_cast<std::ptrdiff_t>(arguments)},
                                     {Control(seen_by_cond[first].node)}));
    GRAPHFREEZE_ASSIGN_OR_RETURN(const Edge goes_on, condition.Result(0));
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<DataType> condition_type, condition.ResultTypes());
    std::vector<Edge> after_cond, after_body;  // what must have run; without state nothing must
    if (cond_is_stateful) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(after_cond, condition.ControlResults());
    }
    std::vector<Edge> inputs = {Predicate(call, goes_on, condition_type[0], {})};
    inputs.insert(inputs.end(), after_cond.begin(), after_cond.end());
    const Edge predicate{rewriter_.AddNode(Concat(call.prefix, "LoopCond"), "LoopCond", inputs, {}), 0, 0};

    std::vector<Edge> outputs(start.size()), seen_by_body(start.size());
    for (std::size_t i = 0; i < start.size(); ++i) {
      outputs[i] = start[i];
      if (!varies[i]) continue;
      const std::string type = attr::Type(types[i]);
      const NodeId split = rewriter_.AddNode(name("Switch", i), "Switch", {seen_by_cond[i], predicate}, {{"T", type}});
      outputs[i] = {rewriter_.AddNode(name("Exit", i), "Exit", {{split, 0, 0}}, {{"T", type}}), 0, 0};
      seen_by_body[i] = {split, 0, 1};
    }
    std::vector<Edge> pivot;
    if (of_body.pivot || invariant > 0) {
      pivot.push_back(Control(rewriter_.AddNode(Concat(call.prefix, "body_pivot"), "Identity", {seen_by_body[first]},
                                                {{"T", attr::Type(types[first])}})));
    }
    // What entered once is there in every round, the last one included, of which the body must not run.
    for (std::size_t i = 0; i < arguments; ++i) {
      if (varies[i] || !of_body.arguments[i]) continue;
      seen_by_body[i] = {rewriter_.AddNode(name("Identity", i), "Identity", {entered[i], pivot[0]}, {{"T", attr::Type(types[i])}}), 0, 0};
    }
    FunctionCopy round(graph_, rewriter_, context_, call.id, body, CalleeFunc(body_.node(call.id), call.site, 1), Concat(call.prefix, "body/"));
    GRAPHFREEZE_RETURN_IF_ERROR(Copy(round, body, {seen_by_body.begin(), seen_by_body.begin() + static_cast<std::ptrdiff_t>(arguments)}, pivot));
    if (body_is_stateful) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(after_body, round.ControlResults());
    }
    if (after_body.size() > 1) after_body = {Control(rewriter_.AddNode(Concat(call.prefix, "body_done"), "NoOp", after_body, {}))};
    for (std::size_t i = 0; i < start.size(); ++i) {
      if (!varies[i]) continue;
      inputs = {seen_by_body[i]};
      if (i < arguments) {
        GRAPHFREEZE_ASSIGN_OR_RETURN(inputs[0], round.Result(static_cast<std::uint32_t>(i)));
      }
      inputs.insert(inputs.end(), after_body.begin(), after_body.end());
      rewriter_.SetInputs(next[i], inputs);
    }

    std::vector<Edge> after;
    if (first >= results) after.push_back(Control(outputs[first].node));  // none of the results waits for the loop
    outputs.resize(results);
    GRAPHFREEZE_RETURN_IF_ERROR(ReplaceCall(rewriter_, call.id, std::move(outputs), call.result_types, after));
    rewriter_.Changed(body_.node(call.id), "lowered",
                      Concat("While of ", results, " variables, ", invariant, " of them the same in every round",
                             stateful ? "; it has state, and goes round one iteration at a time" : ""));
    return absl::OkStatus();
  }

  Graph& graph_;
  Body& body_;
  PassContext& context_;
  const Globs exclude_;
  std::vector<FrozenVariable>* frozen_;
  Rewriter rewriter_;
  StatefulFunctions stateful_;
  absl::flat_hash_map<FunctionId, std::vector<std::size_t>> frozen_in_;
  absl::flat_hash_set<std::string> frames_;  // names
  absl::flat_hash_set<NodeId> mixed_, excluded_;
  // Of the If or Case at hand.
  std::vector<Split> splits_;
  std::vector<Edge> inputs_;
  std::vector<DataType> types_;
};

}  // namespace detail

inline absl::Status LowerControlFlow::Run(Graph& graph, PassContext& context) const {
  if (graph.function_count() == 0) return absl::OkStatus();
  const InlineFunctions inline_calls{{}, exclude};
  GRAPHFREEZE_RETURN_IF_ERROR(inline_calls.Run(graph, context));
  return detail::ControlFlowLowering(graph, context, *this).Run();
}

GRAPHFREEZE_NAMESPACE_END
