// StripTraining: what training wired into the forward path goes out of it again.
//
//   x ── StopGradient ── CheckNumerics ── Relu            x ── Relu
//   loss ── Assert ··························┘      =>    loss ── Assert          (nobody waits for it: pruned)
//
// Two kinds of leftovers survive pruning. Those in the data path hand their input on unchanged (StopGradient, Print,
// CheckNumerics, …): their consumers take that input. Those that are only waited for (asserts, prints, summaries,
// overflow flags) change no value: the control edges from them are dropped, and from what exists for them alone, like
// the Switch and Merge that guard an assert or the If that does.
//
// What may have an effect stays in order. A control edge that comes, however far back, from a write to a variable
// (updates of batch norm, moving averages and counters) or from an op that nobody knows is kept: FreezeVariables
// decides about writes. A check in between becomes a NoOp. Where a control edge is all that keeps a node inside a
// branch or loop of TF1, an edge from that branch or loop takes its place.
//
// Left as they are, with a word in the report: FakeQuant ops, without which the numbers would not be those of
// training; integer state that the outputs depend on (a schedule by global step); outputs that depend on several
// towers of a multi-device graph.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/types/span.h>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/rewrite/control_contexts.hpp>
#include <graphfreeze/rewrite/op_roles.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/rewrite/rewriter.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/glob.hpp>
#include <graphfreeze/support/hash.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

struct StripTraining {
  static constexpr std::string_view kName = "strip_training";

  // Leftovers that stay, by name ("*" and "?" as in a shell).
  std::vector<std::string> exclude;
  // What the warnings are about: only what these outputs depend on. Empty: the whole graph, as it is after pruning.
  std::vector<std::string> outputs;
  // EnsureShape goes too. It gives the same values, but refuses other shapes, and knows a shape that its input may not.
  bool ensure_shape = false;
  // FakeQuant goes too: the numbers are then those of a network that was never quantised.
  bool fake_quant = false;

  absl::Status Run(Graph& graph, PassContext& context) const;
};

namespace detail {

inline bool IsFakeQuant(std::string_view op) {
  return op == "FakeQuantWithMinMaxArgs" || op == "FakeQuantWithMinMaxVars" || op == "FakeQuantWithMinMaxVarsPerChannel";
}

// Ops of training whose output 0 is their input 0. Identity is none of them: it is no leftover.
inline bool IsTrainingPassThrough(std::string_view op) {
  switch (op.size()) {
    case 4:
      return op == "Copy";
    case 5:
      return op == "Print";
    case 8:
      return op == "Snapshot" || op == "DeepCopy" || op == "CopyHost";
    case 12:
      return op == "StopGradient";
    case 13:
      return op == "CheckNumerics" || op == "DebugIdentity";
    case 14:
      return op == "GuaranteeConst";
    case 15:
      return op == "PreventGradient" || op == "CheckNumericsV2" || op == "DebugIdentityV2" || op == "DebugIdentityV3";
    default:
      return false;
  }
}

class TrainingStripper {
 public:
  TrainingStripper(Graph& graph, PassContext& context, const StripTraining& options)
      : graph_(graph), context_(context), options_(options), excluded_(options.exclude), effects_(graph) {}

  absl::Status Run() {
    return ForEachBody(graph_, [&](Body& body, std::string_view name) -> absl::Status {
      StripBody(body, name);
      return context_.CheckCancelled();
    });
  }

 private:
  // What is known of a node before anything is changed.
  enum : std::uint8_t {
    kCheck = 1,     // it is a check, or calls functions that hold nothing but checks
    kNoOp = 2,
    kOrdered = 4,   // something that may have an effect comes before it, or is in it
    kCarries = 8,   // a check comes before it
    kTaken = 16,    // somebody takes its value
  };

  void StripBody(Body& body, std::string_view name) {
    std::vector<NodeId> passed, quantised;
    std::vector<std::uint8_t> state(body.size(), 0);
    bool leftovers = false;
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode) continue;
      const std::string_view op = body.op(id);
      if (IsTrainingPassThrough(op) || (options_.ensure_shape && op == "EnsureShape")) passed.push_back(id);
      if (IsFakeQuant(op)) (options_.fake_quant ? passed : quantised).push_back(id);
      switch (effects_.Of(body.node(id))) {
        case Effect::kCheck:
          // What the caller wants to keep counts as an effect: whatever waits for it goes on doing so.
          state[id] |= excluded_.Matches(body.name(id)) ? kOrdered : kCheck;
          break;
        case Effect::kUnknown:
          state[id] |= kOrdered;
          break;
        case Effect::kNone:
          if (op == "NoOp") state[id] |= kNoOp;
          break;
      }
      const absl::Span<const Edge> inputs = body.inputs(id);
      leftovers = leftovers || (state[id] & kCheck) != 0 || (!inputs.empty() && inputs.back().is_control());
    }
    body_name_ = name;
    Rewriter rewriter(graph_, body, name, context_, StripTraining::kName);
    if (leftovers) DropControlEdges(&rewriter, std::move(state), !name.empty());
    SpliceAll(&rewriter, passed);
    if (!quantised.empty()) {
      rewriter.Warn(body.node(quantised[0]), "fake_quant_kept",
                    Concat(quantised.size(), " FakeQuant ops of quantisation-aware training, this one the first, were kept: "
                           "the result computes what training computed. For a network that was never quantised set "
                           "StripTraining::fake_quant"));
    }
    if (name.empty()) WarnOfTheRest(&rewriter);
  }

  // --- control edges ---

  static void Spread(const Body& body, const Consumers& consumers, std::uint8_t from, std::uint8_t mark,
                     std::vector<std::uint8_t>* state) {
    std::vector<NodeId> todo;
    for (NodeId id = 0; id < body.size(); ++id) {
      if (((*state)[id] & from) != 0) todo.push_back(id);
    }
    while (!todo.empty()) {
      const NodeId id = todo.back();
      todo.pop_back();
      for (const Consumers::Use use : consumers.of(id)) {
        if (((*state)[use.node] & mark) != 0) continue;
        (*state)[use.node] |= mark;
        todo.push_back(use.node);
      }
    }
  }

  void DropControlEdges(Rewriter* rewriter, std::vector<std::uint8_t> state, bool in_function) {
    Body& body = rewriter->body();
    const Consumers consumers(body);
    const ControlContexts contexts(graph_, body, consumers);
    Spread(body, consumers, kOrdered, kOrdered, &state);
    Spread(body, consumers, kCheck, kCarries, &state);
    for (NodeId id = 0; id < body.size(); ++id) {
      for (const Consumers::Use use : consumers.of(id)) {
        if (!body.inputs(use.node)[use.slot].is_control()) state[id] |= kTaken;
      }
    }

    const NodeId count = body.size();
    std::vector<NodeId> loose;  // nodes that lost a consumer
    std::vector<Edge> kept;
    for (NodeId id = 0; id < count; ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode) continue;
      const absl::Span<const Edge> inputs = body.inputs(id);
      if (inputs.empty() || !inputs.back().is_control()) continue;
      kept.clear();
      std::vector<NodeId> dropped;
      for (const Edge& edge : inputs) {
        if (edge.is_control() && IsForNothing(body, contexts, edge, state)) {
          dropped.push_back(edge.node);
        } else {
          kept.push_back(edge);
        }
      }
      if (dropped.empty()) continue;
      if (!contexts.Anchor(id, inputs, &kept)) {
        rewriter->Skip(body.node(id), "check_anchors",
                       Concat("waits for ", Names(body, dropped), ", which alone keep it in its branch or loop"));
        continue;
      }
      rewriter->SetInputs(id, kept);
      rewriter->Changed(body.node(id), "control_dropped", Concat("no longer waits for ", Names(body, dropped)));
      loose.insert(loose.end(), dropped.begin(), dropped.end());
    }
    // Pruning does this in the main graph. In functions TensorFlow would run what has a state, needed or not.
    if (in_function) {
      for (NodeId id = 0; id < count; ++id) {
        if ((state[id] & (kCheck | kCarries)) != 0) loose.push_back(id);
      }
      RemoveLoose(&body, std::move(loose), state);
    }
    const Consumers left(body);
    loose.clear();
    for (NodeId id = 0; id < count; ++id) {
      if (!body.alive(id) || (state[id] & kCheck) == 0) continue;
      bool taken = false, waited_for = false;
      for (const Consumers::Use use : left.of(id)) {
        taken = taken || !body.inputs(use.node)[use.slot].is_control();
        waited_for = waited_for || (state[id] & kOrdered) != 0 || body.kind(use.node) == NodeKind::kControlResult;
      }
      if (waited_for && !taken) MakeNoOp(rewriter, contexts, state, id, &loose);
    }
    if (in_function) RemoveLoose(&body, std::move(loose), state);
  }

  // True if nothing is lost when nobody waits for the edge's producer: it is a check, or nobody takes its value either.
  // What is left of an assert when its branches were folded is of the second kind.
  static bool IsForNothing(const Body& body, const ControlContexts& contexts, const Edge& edge,
                           const std::vector<std::uint8_t>& state) {
    if (edge.node == kNoNode || edge.node >= state.size() || body.kind(edge.node) != NodeKind::kNode) return false;
    const std::uint8_t producer = state[edge.node];
    if ((producer & kOrdered) != 0) return false;
    if ((producer & (kCheck | kNoOp)) != 0) return true;
    if ((producer & kTaken) != 0) return false;
    return (producer & kCarries) != 0 || contexts.OfInputs(edge.node, body.inputs(edge.node)) == ControlContexts::kRoot;
  }

  static std::string Names(const Body& body, const std::vector<NodeId>& ids) {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < ids.size() && i < 3; ++i) names.push_back(body.name(ids[i]));
    const std::string text = JoinNames(names, "nothing");
    return ids.size() > 3 ? Concat(text, " and ", ids.size() - 3, " more") : text;
  }

  // A check that must be waited for, since what it waits for itself matters, becomes a NoOp.
  void MakeNoOp(Rewriter* rewriter, const ControlContexts& contexts, const std::vector<std::uint8_t>& state, NodeId id,
                std::vector<NodeId>* loose) {
    Body& body = rewriter->body();
    const std::vector<Edge> before(body.inputs(id).begin(), body.inputs(id).end());
    const std::string op(body.op(id));
    std::vector<Edge> controls;
    for (const Edge& edge : before) {
      if (edge.node == kNoNode) continue;
      const bool ordered = edge.node >= state.size() || (state[edge.node] & kOrdered) != 0;
      const Edge control{edge.node, 0, Edge::kControl};
      if (ordered && std::find(controls.begin(), controls.end(), control) == controls.end()) controls.push_back(control);
    }
    if (!contexts.Anchor(id, before, &controls)) {
      rewriter->Skip(body.node(id), "check_ordered",
                     Concat(op, ": stays, since it comes after something that may have an effect, inside a branch or loop"));
      return;
    }
    body.Reset(id, "NoOp", {});
    rewriter->SetInputs(id, controls);
    rewriter->Changed(body.node(id), "check_removed", Concat(op, ": became a NoOp, since others wait for what it waits for"));
    for (const Edge& edge : before) {
      if (edge.node != kNoNode) loose->push_back(edge.node);
    }
  }

  // Removes nodes that nobody takes or waits for any more, and what only they needed.
  void RemoveLoose(Body* body, std::vector<NodeId> todo, const std::vector<std::uint8_t>& state) {
    std::vector<std::uint32_t> uses(body->size(), 0);
    for (NodeId id = 0; id < body->size(); ++id) {
      if (!body->alive(id)) continue;
      for (const Edge& edge : body->inputs(id)) {
        if (edge.node != kNoNode) ++uses[edge.node];
      }
    }
    while (!todo.empty()) {
      const NodeId id = todo.back();
      todo.pop_back();
      if (!body->alive(id) || body->kind(id) != NodeKind::kNode || uses[id] > 0) continue;
      // What may have an effect runs although nobody waits for it.
      if (effects_.Of(body->node(id)) == Effect::kUnknown || excluded_.Matches(body->name(id))) continue;
      for (const Edge& edge : body->inputs(id)) {
        if (edge.node == kNoNode) continue;
        --uses[edge.node];
        todo.push_back(edge.node);
      }
      if ((state[id] & kCheck) != 0) {
        context_.Add(StripTraining::kName, body_name_, body->name(id), Action::kRemoved, "check_removed",
                     Concat(body->op(id), ": changes no value"));
      }
      body->Remove(id);
    }
  }

  // --- data path ---

  void SpliceAll(Rewriter* rewriter, const std::vector<NodeId>& passed) {
    Body& body = rewriter->body();
    absl::flat_hash_map<NodeId, Edge> value_of;  // what each hands on
    std::vector<NodeId> spliced;
    for (const NodeId id : passed) {
      if (!body.alive(id) || body.op(id) == "NoOp") continue;  // it was a check that nobody took
      const NodeRef node = body.node(id);
      const absl::Span<const Edge> inputs = node.inputs();
      if (excluded_.Matches(node.name())) {
        rewriter->Skip(node, "excluded", "excluded by the caller");
      } else if (inputs.empty() || inputs[0].is_control() || inputs[0].node == kNoNode || inputs[0].node == id) {
        rewriter->Skip(node, "no_input", Concat(node.op(), " has no input to hand on"));
      } else if (!IsFakeQuant(node.op()) && !node.attr("T").exists()) {
        rewriter->Skip(node, "no_type", Concat(node.op(), " has no attribute 'T'"));
      } else {
        value_of[id] = inputs[0];
        spliced.push_back(id);
      }
    }
    // Of a row of them each hands on what the first one takes, as far as nobody waits on the way.
    std::vector<NodeId> path;
    for (const NodeId id : spliced) {
      const auto first = value_of.find(id);
      if (first == value_of.end()) continue;
      path.clear();
      Edge value = first->second;
      path.push_back(id);
      while (path.size() <= spliced.size()) {
        const auto next = value_of.find(value.node);
        if (next == value_of.end() || Waits(body, value.node) || GivesReference(body, next->second)) break;
        path.push_back(value.node);
        value = next->second;
      }
      for (const NodeId on_path : path) {
        if (path.size() > spliced.size()) {
          value_of.erase(on_path);  // a ring: there is no value
        } else {
          value_of[on_path] = value;
        }
      }
    }
    for (const NodeId id : spliced) {
      if (const auto value = value_of.find(id); value != value_of.end()) Splice(rewriter, id, value->second);
    }
  }

  static bool Waits(const Body& body, NodeId id) {
    const absl::Span<const Edge> inputs = body.inputs(id);
    return !inputs.empty() && inputs.back().is_control();
  }

  void Splice(Rewriter* rewriter, NodeId id, const Edge& value) {
    Body& body = rewriter->body();
    const NodeRef node = body.node(id);
    const std::string op(node.op());
    std::vector<Edge> kept = {value};
    for (const Edge& edge : node.inputs()) {
      if (edge.is_control()) kept.push_back(edge);
    }
    // Who takes the value goes on waiting for the node's control inputs; and takes no reference for a value.
    if (kept.size() == 1 && value.node != id && !GivesReference(body, value)) rewriter->RedirectUses({id, 0, 0}, value);
    // File and arena keep what the attribute says, whatever becomes of the node.
    const std::string_view type = node.attr("T").message();
    body.Reset(id, "Identity", "output");
    rewriter->SetInputs(id, kept);
    body.SetAttr(id, "T", IsFakeQuant(op) ? attr::Type(DataType::kFloat) : std::string(type));
    rewriter->Changed(body.node(id), "bypassed", Concat(op, ": hands its input on"));
  }

  static bool GivesReference(const Body& body, const Edge& edge) {
    if (body.kind(edge.node) != NodeKind::kNode) return false;
    const std::string_view op = body.op(edge.node);
    return op == "VariableV2" || op == "Variable" || op == "TemporaryVariable" || op.substr(0, 3) == "Ref" ||
           (RoleOf(op) == OpRole::kWrite && op.substr(0, 6) == "Assign");
  }

  // --- what is only reported ---

  void WarnOfTheRest(Rewriter* rewriter) {
    const Body& body = rewriter->body();
    const std::vector<bool> live = Live(body);
    WarnOfState(rewriter, live);
    WarnOfTowers(rewriter, live);
  }

  // What the outputs depend on; everything if none is named.
  std::vector<bool> Live(const Body& body) const {
    std::vector<bool> live(body.size(), context_.OutputsOr(options_.outputs).empty());
    std::vector<NodeId> todo;
    const auto add = [&](NodeId id) {
      if (id == kNoNode || !body.alive(id) || live[id]) return;
      live[id] = true;
      todo.push_back(id);
    };
    for (const std::string& output : context_.OutputsOr(options_.outputs)) add(body.Find(std::string_view(output).substr(0, output.rfind(':'))));
    while (!todo.empty()) {
      const NodeId id = todo.back();
      todo.pop_back();
      for (const Edge& edge : body.inputs(id)) add(edge.node);
    }
    return live;
  }

  // A whole number in a variable that a value is computed from: a step counter that drives a schedule.
  void WarnOfState(Rewriter* rewriter, const std::vector<bool>& live) {
    const Body& body = rewriter->body();
    std::vector<NodeId> counters;
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode || !live[id]) continue;
      const std::string_view op = body.op(id);
      if (op != "VarHandleOp" && op != "VariableV2" && op != "Variable") continue;
      const NodeRef node = body.node(id);
      const DataType dtype = node.attr("dtype").type();
      if (dtype != DataType::kInt32 && dtype != DataType::kInt64) continue;
      const absl::StatusOr<Shape> shape = node.attr("shape").shape();
      if (shape.ok() && shape->has_rank() && shape->rank() == 0) counters.push_back(id);
    }
    if (counters.empty()) return;
    const Consumers consumers(body);
    for (const NodeId counter : counters) {
      // Through reads and writes to the first op that takes the value.
      std::vector<NodeId> todo = {counter}, seen = {counter};
      NodeId user = kNoNode, write = kNoNode;
      while (!todo.empty() && user == kNoNode && seen.size() < 1000) {
        const NodeId id = todo.back();
        todo.pop_back();
        for (const Consumers::Use use : consumers.of(id)) {
          if (!live[use.node] || body.kind(use.node) != NodeKind::kNode) continue;
          if (body.inputs(use.node)[use.slot].is_control()) continue;
          const std::string_view op = body.op(use.node);
          const OpRole role = RoleOf(op);
          if (op == "IsVariableInitialized" || op == "VarIsInitializedOp" || role == OpRole::kCheckpoint ||
              role == OpRole::kCheck) {
            continue;
          }
          if (role == OpRole::kWrite) write = use.node;
          if (role == OpRole::kWrite || op == "ReadVariableOp" || op == "Identity" || op == "RefIdentity" || op == "Cast" ||
              role == OpRole::kControlFlow) {
            if (std::find(seen.begin(), seen.end(), use.node) != seen.end()) continue;
            seen.push_back(use.node);
            todo.push_back(use.node);
            continue;
          }
          user = use.node;
          break;
        }
      }
      if (user == kNoNode) continue;
      rewriter->Warn(body.node(counter), "state_frozen",
                     Concat("'", body.name(user), "' (", body.op(user), ") computes with this counter: it is frozen at the value "
                            "in the checkpoint", write == kNoNode ? "" : ", and no longer counted by '",
                            write == kNoNode ? std::string_view() : body.name(write), write == kNoNode ? "" : "'",
                            ". If it drives a schedule, set what the schedule gives at inference"));
    }
  }

  // Names are all that tells towers apart; they only hint, so this is only a warning.
  void WarnOfTowers(Rewriter* rewriter, const std::vector<bool>& live) {
    const Body& body = rewriter->body();
    static constexpr std::array<std::string_view, 3> kWords = {"tower_", "clone_", "replica_"};
    for (const std::string_view word : kWords) {
      std::vector<std::string_view> towers;
      NodeId first = kNoNode;
      for (NodeId id = 0; id < body.size() && towers.size() < 4; ++id) {
        if (!body.alive(id) || !live[id] || body.kind(id) != NodeKind::kNode) continue;
        const std::string_view tower = Tower(body.name(id), word);
        if (tower.empty() || std::find(towers.begin(), towers.end(), tower) != towers.end()) continue;
        // Variables stand in the tower that made them, for all.
        if (body.inputs(id).size() < 2 || RoleOf(body.op(id)) != OpRole::kOrdinary) continue;
        towers.push_back(tower);
        first = id;
      }
      if (towers.size() < 2) continue;
      rewriter->Warn(body.node(first), "several_towers",
                     Concat("the outputs depend on several towers (", JoinNames(towers, ""),
                            "), which are copies for several devices; choose an output of one tower"));
    }
  }
  // The part of a path that is `word` and a number; empty if there is none.
  static std::string_view Tower(std::string_view name, std::string_view word) {
    for (std::size_t at = name.find(word); at != std::string_view::npos; at = name.find(word, at + 1)) {
      if (at > 0 && name[at - 1] != '/') continue;
      std::size_t end = at + word.size();
      while (end < name.size() && name[end] >= '0' && name[end] <= '9') ++end;
      if (end > at + word.size() && end < name.size() && name[end] == '/') return name.substr(at, end - at);
    }
    return {};
  }

  Graph& graph_;
  PassContext& context_;
  const StripTraining& options_;
  Globs excluded_;
  Effects effects_;
  std::string_view body_name_;
};

}  // namespace detail

inline absl::Status StripTraining::Run(Graph& graph, PassContext& context) const {
  return detail::TrainingStripper(graph, context, *this).Run();
}

GRAPHFREEZE_NAMESPACE_END
