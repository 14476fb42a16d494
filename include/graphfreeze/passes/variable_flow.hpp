// VariableFlow: where the handles of variables go. Before a variable becomes a constant, every place that its
// handle (or reference) reaches must be known: through Identity, Switch and loops, into functions, through their
// results and back.
//
//   w (VarHandleOp) ── Enter ── Switch ── ReadVariableOp          reached: Enter:0, Switch:0, Switch:1
//        └── If(cond, w) then_branch(w) ── PartitionedCall(w) ── ReadVariableOp
//
// The analysis changes nothing. A function that is called with different facts (which arguments are frozen, of
// which type and shape) is analysed once for each; FreezeVariables makes one copy for each.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/btree_map.h>
#include <absl/container/flat_hash_map.h>

#include <graphfreeze/graph/function_refs.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/model/variable_keys.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/support/text.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace detail {

// A tensor that is the handle of, or a reference to, a variable that will be frozen.
struct Binding {
  static constexpr std::uint32_t kSeveral = 0xffffffffu;  // one of several variables
  DataType dtype = DataType::kInvalid;                    // of the variable's value
  Shape shape = Shape::UnknownRank();
  std::uint32_t variable = kSeveral;  // number of the variable; its meaning is the body's
  bool is_ref = false;                // a reference (VariableV2), not a handle (VarHandleOp)

  // Takes in another binding of the same tensor. False if nothing changed.
  bool Merge(const Binding& other) {
    bool changed = false;
    if (shape != other.shape && shape.has_rank()) {
      shape = Shape::UnknownRank();
      changed = true;
    }
    if (variable != other.variable && variable != kSeveral) {
      variable = kSeveral;
      changed = true;
    }
    return changed;
  }
};

// What an op does with a handle or reference that reaches it.
enum class HandleUse : std::uint8_t {
  kValue,    // takes the value of a reference, like any op
  kPass,     // hands it on: output 0 (both outputs of a Switch) is the same variable
  kPassAll,  // IdentityN: output i is input i
  kRead,     // ReadVariableOp, ResourceGather(Nd), VariableShape, …: reads the value, or what is known of it
  kWrite,    // changes the variable
  kCall,     // hands it to functions
  kUnknown,
};

inline bool IsSwitch(std::string_view op) { return op == "Switch" || op == "RefSwitch"; }

// Ops that change the variable whose handle is their first input.
inline bool IsResourceWrite(std::string_view op) {
  return op == "AssignVariableOp" || op == "AssignAddVariableOp" || op == "AssignSubVariableOp" ||
         op == "DestroyResourceOp" || op == "ResourceCountUpTo" || op == "ResourceStridedSliceAssign" ||
         StartsWith(op, "ResourceApply") || StartsWith(op, "ResourceSparseApply") ||
         StartsWith(op, "ResourceScatter");
}

// The twin of a TF1 op on references that works on values; empty if there is none.
inline std::string_view WithoutRef(std::string_view op) {
  if (op == "RefIdentity") return "Identity";
  if (op == "RefEnter") return "Enter";
  if (op == "RefExit") return "Exit";
  if (op == "RefNextIteration") return "NextIteration";
  if (op == "RefSwitch") return "Switch";
  if (op == "RefMerge") return "Merge";
  return {};
}

// A node that calls functions of the library, and where its arguments and results are described.
struct CallSite {
  enum class Kind : std::uint8_t { kCall, kBranch, kLoop };
  Kind kind = Kind::kCall;
  std::size_t first_argument = 0;  // the inputs before it are the predicate or the branch index
  std::string_view argument_types, result_types;  // names of list(type) attributes; empty if there is none
  // The attributes that name the functions, with the functions in order. A list attribute occurs once an element.
  struct Callee {
    std::string_view attr;  // empty: the op itself is the function
    FunctionId function = kNoFunction;
  };
  std::vector<Callee> callees;
};

// None if the node calls no function, or is of a kind that is not understood.
inline absl::StatusOr<std::optional<CallSite>> FindCallSite(const Graph& graph, NodeRef node) {
  CallSite site;
  const std::string_view op = node.op();
  const auto add = [&](std::string_view attr, std::string_view name) -> absl::Status {
    const FunctionId id = graph.FindFunction(name);
    if (id == kNoFunction) {
      return NotFound("node '", node.name(), "' (", op, ") calls function '", name,
                      "', which is not in the graph's library; the graph file is incomplete");
    }
    site.callees.push_back({attr, id});
    return absl::OkStatus();
  };
  site.argument_types = "Tin";
  site.result_types = "Tout";
  if (op == "PartitionedCall" || op == "StatefulPartitionedCall") {
    GRAPHFREEZE_RETURN_IF_ERROR(add("f", node.attr("f").func_name()));
  } else if (op == "If" || op == "StatelessIf") {
    site.kind = CallSite::Kind::kBranch;
    site.first_argument = 1;
    GRAPHFREEZE_RETURN_IF_ERROR(add("then_branch", node.attr("then_branch").func_name()));
    GRAPHFREEZE_RETURN_IF_ERROR(add("else_branch", node.attr("else_branch").func_name()));
  } else if (op == "Case" || op == "StatelessCase") {
    site.kind = CallSite::Kind::kBranch;
    site.first_argument = 1;
    for (std::string_view branch : node.attr("branches").funcs()) {
      GRAPHFREEZE_RETURN_IF_ERROR(add("branches", AttrView::FuncName(branch)));
    }
  } else if (op == "While" || op == "StatelessWhile") {
    site.kind = CallSite::Kind::kLoop;
    site.argument_types = site.result_types = "T";
    GRAPHFREEZE_RETURN_IF_ERROR(add("cond", node.attr("cond").func_name()));
    GRAPHFREEZE_RETURN_IF_ERROR(add("body", node.attr("body").func_name()));
  } else if (graph.FindFunction(op) != kNoFunction) {
    site.argument_types = site.result_types = {};
    GRAPHFREEZE_RETURN_IF_ERROR(add({}, op));
  } else {
    return std::optional<CallSite>();
  }
  return std::optional<CallSite>(std::move(site));
}

struct FunctionFlow;

// What was found out about one body.
struct BodyFlow {
  struct Call {
    CallSite site;
    std::vector<std::optional<Binding>> arguments;  // by data input behind first_argument
    std::vector<FunctionFlow*> functions;           // one a callee
    std::vector<std::optional<Binding>> results;    // by output
  };

  absl::flat_hash_map<std::uint64_t, Binding> bound;  // by Key
  absl::btree_map<NodeId, HandleUse> reached;         // nodes that take a bound tensor, in order
  std::map<NodeId, Call> calls;
  absl::btree_map<NodeId, std::uint32_t> variables;   // variable nodes of this body that are to be frozen
  bool has_frames = false;                            // TF1 loops: constants must be put into the frame of their users

  static std::uint64_t Key(NodeId node, std::int32_t output) {
    return std::uint64_t{node} << 32 | static_cast<std::uint32_t>(output);
  }
  const Binding* Find(NodeId node, std::int32_t output) const {
    const auto it = bound.find(Key(node, output));
    return it == bound.end() ? nullptr : &it->second;
  }
};

// A function, analysed for one combination of facts about its arguments.
struct FunctionFlow {
  FunctionId function = kNoFunction;
  std::vector<std::optional<Binding>> arguments;  // `variable` is the number of the first argument with that variable
  std::vector<std::optional<Binding>> results;
  BodyFlow flow;
  bool changed = false;  // false: the function can stay as it is
  bool active = false;   // being analysed
  std::set<std::uint32_t> written, read;  // numbers of arguments whose variables it changes or reads, however deep
  FunctionId copy = kNoFunction;          // made by the rewrite
};

class VariableFlow {
 public:
  // Tells whether the variable of a node is to be frozen, and what it holds.
  using Select = std::function<absl::StatusOr<std::optional<Binding>>(const Body& body, NodeRef variable)>;

  VariableFlow(const Graph& graph, const Limits& limits, Select select)
      : graph_(graph), limits_(limits), select_(std::move(select)) {}

  absl::Status Analyse() {
    GRAPHFREEZE_RETURN_IF_ERROR(FindVariableFunctions());
    return AnalyseBody(graph_.main(), "", {}, &main_, nullptr, 0);
  }

  BodyFlow& main() { return main_; }

  // The binding of what an edge carries; null if it is no handle or reference that will be frozen.
  absl::StatusOr<const Binding*> Carried(const Body& body, const BodyFlow& flow, const Edge& edge) const {
    if (edge.is_control() || edge.node == kNoNode || flow.bound.empty()) return nullptr;
    if (edge.arg == 0) return flow.Find(edge.node, edge.index);
    const std::optional<std::int32_t> output = FlatOutput(graph_, body, edge);
    if (output) return flow.Find(edge.node, *output);
    // Only where a handle comes out of it does an unknown op matter.
    if (!flow.Find(edge.node, 0)) return nullptr;
    return FailedPrecondition("output '", body.arg_name(edge.arg), "' of node '", body.name(edge.node), "' (",
                              body.op(edge.node), ") is not known; give the OpDef of that op");
  }

 private:
  // Functions with variables of their own inside, however deep.
  absl::Status FindVariableFunctions() {
    has_variables_.assign(graph_.function_count(), false);
    std::vector<std::vector<FunctionId>> callers(graph_.function_count());
    std::vector<FunctionId> todo;
    for (FunctionId id = 0; id < graph_.function_count(); ++id) {
      if (!graph_.function(id).alive) continue;
      graph_.function(id).body.ForEachNode([&](NodeRef node) {
        if (IsVariable(node.op()) && !has_variables_[id]) {
          has_variables_[id] = true;
          todo.push_back(id);
        }
        ForEachFunctionRef(node, [&](std::string_view name) {
          const FunctionId callee = graph_.FindFunction(name);
          if (callee != kNoFunction) callers[callee].push_back(id);
        });
      });
    }
    any_variables_ = !todo.empty();
    while (!todo.empty()) {
      const FunctionId id = todo.back();
      todo.pop_back();
      for (FunctionId caller : callers[id]) {
        if (has_variables_[caller]) continue;
        has_variables_[caller] = true;
        todo.push_back(caller);
      }
    }
    return absl::OkStatus();
  }

  // One body on the way to its fixed point.
  struct Walk {
    const Body& body;
    std::string_view function_name;
    BodyFlow& flow;
    FunctionFlow* function;  // null for the main graph
    int depth;
    Consumers consumers;
    std::vector<std::pair<NodeId, std::int32_t>> todo;
    std::set<NodeId> pending_calls;
  };

  absl::Status AnalyseBody(const Body& body, std::string_view name, const std::vector<std::optional<Binding>>& arguments,
                           BodyFlow* flow, FunctionFlow* function, int depth) {
    Walk walk{body, name, *flow, function, depth, Consumers(body), {}, {}};
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (!arguments[i]) continue;
      const NodeId argument = graph_.function(function->function).argument(static_cast<std::uint32_t>(i));
      GRAPHFREEZE_RETURN_IF_ERROR(Bind(&walk, argument, 0, *arguments[i]));
    }
    auto next_variable = static_cast<std::uint32_t>(arguments.size());
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode) continue;
      const std::string_view op = body.op(id);
      if (op == "Enter" || op == "RefEnter") flow->has_frames = true;
      if (IsVariable(op)) {
        GRAPHFREEZE_ASSIGN_OR_RETURN(std::optional<Binding> binding, select_(body, body.node(id)));
        if (!binding) continue;
        binding->variable = next_variable++;
        binding->is_ref = op != "VarHandleOp";
        flow->variables.emplace(id, binding->variable);
        GRAPHFREEZE_RETURN_IF_ERROR(Bind(&walk, id, 0, *binding));
      } else if (any_variables_) {
        bool calls_variables = false;
        ForEachFunctionRef(body.node(id), [&](std::string_view callee) {
          const FunctionId callee_id = graph_.FindFunction(callee);
          if (callee_id != kNoFunction && has_variables_[callee_id]) calls_variables = true;
        });
        if (calls_variables) walk.pending_calls.insert(id);
      }
    }
    // Calls wait until nothing else moves: each is analysed with all that is known of its arguments.
    while (!walk.todo.empty() || !walk.pending_calls.empty()) {
      if (!walk.todo.empty()) {
        const auto [node, output] = walk.todo.back();
        walk.todo.pop_back();
        GRAPHFREEZE_RETURN_IF_ERROR(Follow(&walk, node, output));
      } else {
        const NodeId call = *walk.pending_calls.begin();
        walk.pending_calls.erase(walk.pending_calls.begin());
        GRAPHFREEZE_RETURN_IF_ERROR(AnalyseCall(&walk, call));
      }
    }
    return CheckMerges(walk);
  }

  static absl::Status Bind(Walk* walk, NodeId node, std::int32_t output, const Binding& binding) {
    const auto [it, is_new] = walk->flow.bound.try_emplace(BodyFlow::Key(node, output), binding);
    bool changed = is_new;
    if (!is_new) {
      if (it->second.dtype != binding.dtype || it->second.is_ref != binding.is_ref) {
        return FailedPrecondition("node '", walk->body.name(node), "' (", walk->body.op(node),
                                  ") hands on variables of types ", Name(it->second.dtype), " and ",
                                  Name(binding.dtype), "; they cannot both be frozen: exclude one of them");
      }
      changed = it->second.Merge(binding);
    }
    if (changed) walk->todo.emplace_back(node, output);
    return absl::OkStatus();
  }

  HandleUse UseOf(const Body& body, NodeId node, std::uint32_t slot, const Binding& binding) const {
    const std::string_view op = body.op(node);
    if (binding.is_ref) {
      if (!WithoutRef(op).empty()) return IsSwitch(op) && slot != 0 ? HandleUse::kValue : HandleUse::kPass;
      if (op == "IsVariableInitialized") return HandleUse::kRead;
      if (op == "RefSelect") return HandleUse::kUnknown;
      const OpDef* def = graph_.ops().Find(op);
      if (def == nullptr) return HandleUse::kValue;
      // Inputs that are lists come last in the ops that write, so arguments and inputs count alike.
      return slot < def->inputs.size() && def->inputs[slot].is_ref ? HandleUse::kWrite : HandleUse::kValue;
    }
    if (op == "Identity" || op == "Enter" || op == "Exit" || op == "NextIteration" || op == "Merge") {
      return HandleUse::kPass;
    }
    if (op == "Switch") return slot == 0 ? HandleUse::kPass : HandleUse::kUnknown;
    if (op == "IdentityN") return HandleUse::kPassAll;
    if (op == "ReadVariableOp" || op == "VariableShape" || op == "VarIsInitializedOp" ||
        ((op == "ResourceGather" || op == "ResourceGatherNd") && slot == 0)) {
      return HandleUse::kRead;
    }
    if (IsResourceWrite(op)) return slot == 0 ? HandleUse::kWrite : HandleUse::kUnknown;
    if (op == "PartitionedCall" || op == "StatefulPartitionedCall" || op == "If" || op == "StatelessIf" ||
        op == "Case" || op == "StatelessCase" || op == "While" || op == "StatelessWhile" ||
        graph_.FindFunction(op) != kNoFunction) {
      return HandleUse::kCall;
    }
    return HandleUse::kUnknown;
  }

  // Carries a binding of an output to everybody who takes it.
  absl::Status Follow(Walk* walk, NodeId node, std::int32_t output) {
    const Binding binding = *walk->flow.Find(node, output);
    for (const Consumers::Use use : walk->consumers.of(node)) {
      const Edge& edge = walk->body.inputs(use.node)[use.slot];
      if (edge.is_control()) continue;
      GRAPHFREEZE_ASSIGN_OR_RETURN(const Binding* carried, Carried(walk->body, walk->flow, edge));
      if (carried == nullptr || carried != walk->flow.Find(node, output)) continue;
      if (walk->body.kind(use.node) == NodeKind::kResult) {
        if (binding.is_ref) continue;  // a reference leaves a function as a value
        auto& result = walk->function->results[graph_.function(walk->function->function).result_number(use.node)];
        if (result) {
          result->Merge(binding);
        } else {
          result = binding;
        }
        continue;
      }
      const HandleUse kind = UseOf(walk->body, use.node, use.slot, binding);
      if (kind == HandleUse::kValue) continue;
      walk->flow.reached[use.node] = kind;
      switch (kind) {
        case HandleUse::kPass:
          GRAPHFREEZE_RETURN_IF_ERROR(Bind(walk, use.node, 0, binding));
          if (IsSwitch(walk->body.op(use.node))) GRAPHFREEZE_RETURN_IF_ERROR(Bind(walk, use.node, 1, binding));
          break;
        case HandleUse::kPassAll:
          GRAPHFREEZE_RETURN_IF_ERROR(Bind(walk, use.node, static_cast<std::int32_t>(use.slot), binding));
          break;
        case HandleUse::kWrite:
          // The op hands its reference on: who takes it takes the variable.
          if (binding.is_ref && HasRefOutput(walk->body.op(use.node))) {
            GRAPHFREEZE_RETURN_IF_ERROR(Bind(walk, use.node, 0, binding));
          }
          break;
        case HandleUse::kCall:
          walk->pending_calls.insert(use.node);
          break;
        case HandleUse::kUnknown:
          return Unimplemented("node '", walk->body.name(use.node), "' (", walk->body.op(use.node), ")", In(*walk),
                               " takes the handle of variable '", VariableName(*walk, binding),
                               "', and what it does with it is not known; exclude the variable from freezing, or "
                               "prune the node");
        default:
          break;
      }
    }
    return absl::OkStatus();
  }

  bool HasRefOutput(std::string_view op) const {
    const OpDef* def = graph_.ops().Find(op);
    return def != nullptr && !def->outputs.empty() && def->outputs[0].is_ref;
  }

  static std::string In(const Walk& walk) {
    return walk.function_name.empty() ? std::string() : Concat(" of function '", walk.function_name, "'");
  }

  std::string VariableName(const Walk& walk, const Binding& binding) const {
    for (const auto& [node, number] : walk.flow.variables) {
      if (number == binding.variable) return std::string(walk.body.name(node));
    }
    return walk.function != nullptr && binding.variable < walk.function->arguments.size()
               ? std::string(walk.body.name(graph_.function(walk.function->function).argument(binding.variable)))
               : std::string("one of several");
  }

  // A Merge must not join a frozen variable with one that stays a variable.
  absl::Status CheckMerges(const Walk& walk) const {
    for (const auto& [node, use] : walk.flow.reached) {
      const std::string_view op = walk.body.op(node);
      if (use != HandleUse::kPass || (op != "Merge" && op != "RefMerge")) continue;
      for (const Edge& edge : walk.body.inputs(node)) {
        if (edge.is_control()) continue;
        GRAPHFREEZE_ASSIGN_OR_RETURN(const Binding* carried, Carried(walk.body, walk.flow, edge));
        if (carried == nullptr) {
          return FailedPrecondition("node '", walk.body.name(node), "' (", op, ")", In(walk),
                                    " joins a variable that is frozen with '", walk.body.Spell(edge),
                                    "', which is not; freeze both or neither");
        }
      }
    }
    return absl::OkStatus();
  }

  absl::Status AnalyseCall(Walk* walk, NodeId id) {
    const NodeRef node = walk->body.node(id);
    GRAPHFREEZE_ASSIGN_OR_RETURN(std::optional<CallSite> site, FindCallSite(graph_, node));
    if (!site) {
      return Unimplemented("node '", node.name(), "' (", node.op(), ")", In(*walk),
                           " calls a function with variables in it, in a way that is not known; inline the function, "
                           "or exclude its variables from freezing");
    }
    BodyFlow::Call call;
    const std::size_t inputs = node.data_input_count();
    for (std::size_t slot = site->first_argument; slot < inputs; ++slot) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const Binding* carried, Carried(walk->body, walk->flow, node.inputs()[slot]));
      call.arguments.push_back(carried != nullptr && !carried->is_ref ? std::optional<Binding>(*carried) : std::nullopt);
    }
    // Inside the functions, an argument's variable is called by the first argument that holds the same one.
    std::vector<std::optional<Binding>> arguments = call.arguments;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (!arguments[i]) continue;
      std::size_t first = i;
      for (std::size_t j = 0; j < i; ++j) {
        if (call.arguments[j] && call.arguments[j]->variable == call.arguments[i]->variable &&
            call.arguments[i]->variable != Binding::kSeveral) {
          first = j;
          break;
        }
      }
      arguments[i]->variable = static_cast<std::uint32_t>(first);
    }
    for (const CallSite::Callee& callee : site->callees) {
      const Function& function = graph_.function(callee.function);
      if (function.argument_count() != arguments.size()) {
        return InvalidArgument("node '", node.name(), "' (", node.op(), ")", In(*walk), " calls function '",
                               function.name(), "' with ", arguments.size(), " arguments; it takes ",
                               function.argument_count());
      }
      GRAPHFREEZE_ASSIGN_OR_RETURN(FunctionFlow * flow, AnalyseFunction(callee.function, arguments, walk->depth + 1));
      call.functions.push_back(flow);
    }
    call.site = *std::move(site);
    GRAPHFREEZE_RETURN_IF_ERROR(JoinResults(*walk, node, &call));
    const std::vector<std::optional<Binding>> results = call.results;
    walk->flow.calls[id] = std::move(call);
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (results[i]) GRAPHFREEZE_RETURN_IF_ERROR(Bind(walk, id, static_cast<std::int32_t>(i), *results[i]));
    }
    return absl::OkStatus();
  }

  // Handles that come out of a call: all functions that may run must agree.
  absl::Status JoinResults(const Walk& walk, NodeRef node, BodyFlow::Call* call) {
    const auto disagree = [&](std::size_t i) {
      return FailedPrecondition("output ", i, " of node '", node.name(), "' (", node.op(), ")", In(walk),
                                " is sometimes a variable that is frozen and sometimes not; freeze both or neither");
    };
    const auto to_caller = [&](Binding binding) {
      binding.variable = binding.variable < call->arguments.size() && call->arguments[binding.variable]
                             ? call->arguments[binding.variable]->variable
                             : Binding::kSeveral;
      return binding;
    };
    if (call->site.kind == CallSite::Kind::kLoop) {
      // What goes round must come back the same.
      call->results = call->arguments;
      const FunctionFlow& body = *call->functions[1];
      for (std::size_t i = 0; i < call->results.size(); ++i) {
        const bool returned = i < body.results.size() && body.results[i].has_value();
        if (returned != call->results[i].has_value()) return disagree(i);
        if (returned && body.results[i]->dtype != call->results[i]->dtype) return disagree(i);
        if (returned) call->results[i]->Merge(to_caller(*body.results[i]));
      }
      return absl::OkStatus();
    }
    for (std::size_t f = 0; f < call->functions.size(); ++f) {
      const std::vector<std::optional<Binding>>& results = call->functions[f]->results;
      if (f == 0) call->results.resize(results.size());
      if (call->results.size() != results.size()) {
        return InvalidArgument("the functions that node '", node.name(), "' calls have different numbers of results");
      }
      for (std::size_t i = 0; i < results.size(); ++i) {
        if (f == 0) {
          if (results[i]) call->results[i] = to_caller(*results[i]);
        } else if (results[i].has_value() != call->results[i].has_value()) {
          return disagree(i);
        } else if (results[i]) {
          if (results[i]->dtype != call->results[i]->dtype) return disagree(i);
          call->results[i]->Merge(to_caller(*results[i]));
        }
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<FunctionFlow*> AnalyseFunction(FunctionId id, const std::vector<std::optional<Binding>>& arguments,
                                                int depth) {
    const Function& function = graph_.function(id);
    if (depth > limits_.max_call_depth) {
      return ResourceExhausted("functions call each other more than ", limits_.max_call_depth, " deep, at '",
                               function.name(), "'");
    }
    std::string key = Concat(id);
    for (const auto& argument : arguments) {
      key += argument ? Concat(";", static_cast<std::int32_t>(argument->dtype), argument->shape.ToString(), "@",
                               argument->variable)
                      : std::string(";");
    }
    std::unique_ptr<FunctionFlow>& slot = functions_[key];
    if (slot != nullptr) {
      if (slot->active) {
        return FailedPrecondition("function '", function.name(), "' calls itself; recursive functions cannot be frozen");
      }
      return slot.get();
    }
    if (functions_.size() > limits_.max_functions) {
      return ResourceExhausted("more than ", limits_.max_functions, " copies of functions would be needed, at '",
                               function.name(), "'");
    }
    slot = std::make_unique<FunctionFlow>();
    FunctionFlow* flow = slot.get();
    flow->function = id;
    flow->arguments = arguments;
    flow->results.resize(function.result_count());
    flow->active = true;
    GRAPHFREEZE_RETURN_IF_ERROR(AnalyseBody(function.body, function.name(), arguments, &flow->flow, flow, depth));
    flow->active = false;
    flow->changed = !flow->flow.variables.empty();
    for (const auto& argument : arguments) flow->changed |= argument.has_value();
    for (const auto& [node, call] : flow->flow.calls) {
      for (const FunctionFlow* callee : call.functions) flow->changed |= callee->changed;
    }
    return flow;
  }

  const Graph& graph_;
  const Limits& limits_;
  Select select_;
  BodyFlow main_;
  std::map<std::string, std::unique_ptr<FunctionFlow>> functions_;
  std::vector<bool> has_variables_;
  bool any_variables_ = false;
};

}  // namespace detail
GRAPHFREEZE_NAMESPACE_END
