// BatchNormInference: batch norm takes its moving averages instead of the statistics of the batch.
//
//   x ── FusedBatchNormV3 {is_training: true} ── Relu          x ── FusedBatchNormV3 {is_training: false} ── Relu
//          │ :1                                                       │ 3
//   moving_mean ── Sub ── Mul ── AssignSub             =>      moving_mean
//
//   x ── Mean ── Squeeze ─┬─ Mul(·, Rsqrt(variance + eps)) ── …      moving_mean ── Mul(·, …) ── …
//                         └─ update of moving_mean             =>    (the same for the variance)
//
// Which variable holds the moving average of which statistic is read off the graph: the statistic that normalises is
// also what an update op averages. The updates are looked for in the graph as it was read,
// so pruning may have taken them. Where nothing updates, the op's own inputs, another batch norm with the same
// parameters, and at last the names next to its parameters say it; variables that only the checkpoint
// (PassContext::keys) has are added.
// The result is, node for node, what the same program builds with is_training=False.
//
// What normalises with the statistics of its input and has no moving averages (layer and instance norm, or batch
// statistics on purpose) is left as it is, with an entry in the report. Run Prune before this pass: then a gradient
// that an output needs, which needs the statistics of the batch, is told from one that only training takes.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
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
#include <graphfreeze/model/variable_keys.hpp>
#include <graphfreeze/passes/variable_flow.hpp>
#include <graphfreeze/rewrite/evaluator.hpp>
#include <graphfreeze/rewrite/inline_call.hpp>
#include <graphfreeze/rewrite/look_through.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/rewrite/rewriter.hpp>
#include <graphfreeze/rewrite/scalar.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/glob.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/dtype.hpp>
#include <graphfreeze/tensor/shape.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

struct BatchNormInference {
  static constexpr std::string_view kName = "batch_norm_inference";

  // Batch norms that stay as they are, by name (globs): of the fused op, or of the Rsqrt (or Sqrt) of others.
  std::vector<std::string> exclude;

  absl::Status Run(Graph& graph, PassContext& context) const;
};

namespace detail {

inline bool IsFusedBatchNorm(std::string_view op) {
  return op == "FusedBatchNormV3" || op == "FusedBatchNorm" || op == "FusedBatchNormV2" || op == "_FusedBatchNormEx";
}
inline bool IsFusedBatchNormGrad(std::string_view op) { return op.substr(0, 18) == "FusedBatchNormGrad"; }

// Names of the outputs of a fused batch norm, as edges inside functions spell them.
inline constexpr std::array<std::string_view, 6> kFusedOutputs = {
    "y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2", "reserve_space_3"};

// True for ops that change only the shape or the precision of what they hand on.
inline bool IsShapeOrCast(std::string_view op) {
  return op == "Squeeze" || op == "Reshape" || op == "ExpandDims" || op == "Cast";
}
// True for ops that add a tensor up over all replicas.
inline bool IsAllReduce(std::string_view op) {
  return op == "CollectiveReduce" || op == "CollectiveReduceV2" || op == "NcclAllReduce" || op == "HcomAllReduce" ||
         op == "HorovodAllreduce" || op == "CrossReplicaSum";
}
// True for ops to which only the shape of their input matters.
inline bool TakesNoValues(std::string_view op) {
  return op == "ZerosLike" || op == "OnesLike" || op == "Shape" || op == "Size" || op == "Rank";
}
inline bool IsAssign(std::string_view op) { return op == "Assign" || op == "AssignVariableOp"; }
inline bool IsAssignStep(std::string_view op) {
  return op == "AssignSub" || op == "AssignSubVariableOp" || op == "AssignAdd" || op == "AssignAddVariableOp";
}
inline bool IsAdd(std::string_view op) { return op == "AddV2" || op == "Add"; }
inline bool IsDivision(std::string_view op) { return op == "RealDiv" || op == "Div" || op == "DivNoNan"; }
inline bool IsSwitchOp(std::string_view op) { return op == "Switch" || op == "RefSwitch"; }
inline bool IsEnterOp(std::string_view op) { return op == "Enter" || op == "RefEnter"; }

// The data input `slot` of a node; Edge() if there is none.
inline Edge DataInput(const Body& body, NodeId id, std::size_t slot) {
  if (id == kNoNode) return Edge();
  const absl::Span<const Edge> inputs = body.inputs(id);
  if (slot >= inputs.size() || inputs[slot].is_control() || inputs[slot].node == kNoNode) return Edge();
  return inputs[slot];
}

// Where a variable's value comes from on its way to a consumer.
struct VariablePath {
  NodeId variable = kNoNode;  // a variable, or an argument of a function that holds one
  // The Switch and Enter outputs passed, from the variable on.
  std::vector<Edge> borders;
};

// Follows a tensor back to the variable that it is the value of. `handle`: the tensor is the variable itself, not its
// value. `reshaped`: shapes and precision may change on the way.
inline VariablePath FindVariable(const Graph& graph, const Body& body, Edge edge, bool handle = false,
                                 bool reshaped = false) {
  VariablePath path;
  for (int steps = 0; steps < 64 && edge.node != kNoNode && !edge.is_control() && body.alive(edge.node); ++steps) {
    if (body.kind(edge.node) == NodeKind::kArgument) {
      if (handle) path.variable = edge.node;  // else it is a value that the caller computed
      break;
    }
    if (body.kind(edge.node) != NodeKind::kNode) break;
    const std::string_view op = body.op(edge.node);
    if (IsVariable(op)) {
      path.variable = edge.node;
      break;
    }
    if (IsSwitchOp(op) || IsEnterOp(op)) {
      path.borders.push_back(edge);
      edge = DataInput(body, edge.node, 0);
    } else if (op == "ReadVariableOp" || (reshaped && IsShapeOrCast(op))) {
      handle = handle || op == "ReadVariableOp";
      edge = DataInput(body, edge.node, 0);
    } else {
      const Edge before = LookThroughOnce(graph, body, edge, false);
      if (before == edge) break;
      edge = before;
    }
  }
  std::reverse(path.borders.begin(), path.borders.end());
  return path;
}

// Finds the variables that keep the moving average of a tensor.
class MovingAverages {
 public:
  struct Found {
    NodeId variable = kNoNode;
    bool ambiguous = false;        // several, and nothing tells which
    bool reshaped = false;         // the shape changes between the statistic and the update
    std::vector<NodeId> writes;    // the ops that update, helper variables included
  };

  MovingAverages(const Graph& graph, const Body& body) : graph_(graph), body_(body), consumers_(body, /*controls=*/false) {}

  const Body& body() const { return body_; }
  // Of data only: thousands of nodes may wait for an update.
  const Consumers& consumers() const { return consumers_; }

  // `direct`: the statistic itself may be what is assigned, since the op has averaged already.
  Found Find(NodeId node, std::int32_t output, bool direct) {
    items_.clear();
    seen_.clear();
    hits_.clear();
    forward_.clear();
    writes_.clear();
    Push({node, output, Role::kStatistic});
    std::size_t uses = 0;
    for (std::size_t i = 0; i < items_.size() && i < kMostItems; ++i) {
      const Item item = items_[i];
      for (const Consumers::Use use : consumers_.of(item.node)) {
        if (++uses > kMostUses) break;
        Step(item, use, direct);
      }
    }
    if (uses > kMostUses || items_.size() > kMostItems) {  // not seen to the end: nothing is certain
      Found found;
      found.ambiguous = !hits_.empty();
      return found;
    }
    return Choose();
  }

 private:
  // A statistic has a handful of consumers; a graph that makes the walk longer is hostile.
  static constexpr std::size_t kMostItems = 400, kMostUses = 4000;
  static constexpr std::uint8_t kMostSteps = 24;

  // What a tensor is, on the way from the statistic to a variable.
  enum class Role : std::uint8_t {
    kStatistic,   // the statistic, or a multiple of it
    kShifted,     // variance + epsilon
    kDifference,  // variable - statistic, either way round, or a multiple of it
    kNew,         // what the variable will be
    kWritten,     // the variable after the update
    kDebiased,    // that, divided by 1 - decay^steps
    kSquare,      // that squared: a standard deviation on its way back to a variance
  };
  struct Item {
    NodeId node = kNoNode;
    std::int32_t output = 0;
    Role role = Role::kStatistic;
    NodeId variable = kNoNode;
    std::int32_t element = -1;  // of a Pack
    std::uint8_t rank = 2, steps = 0;
    bool reshaped = false, deviation = false;
  };
  struct Hit {
    NodeId variable;
    std::uint8_t rank;  // 1: assigned as it is; 2: averaged; 3: what a helper variable is turned into
    bool reshaped;
  };

  void Push(const Item& item) {
    const std::pair<std::uint64_t, std::uint64_t> key(
        (std::uint64_t{item.node} << 32) | item.variable,
        (static_cast<std::uint64_t>(static_cast<std::uint32_t>(item.output)) << 32) |
            (static_cast<std::uint64_t>(static_cast<std::uint32_t>(item.element + 1)) << 8) |
            (static_cast<std::uint64_t>(item.role) << 1) | (item.deviation ? 1u : 0u));
    if (item.steps > kMostSteps || !seen_.insert(key).second) return;
    items_.push_back(item);
  }
  Item Next(const Item& item, NodeId node, std::int32_t output, Role role) const {
    Item next = item;
    next.node = node;
    next.output = output;
    next.role = role;
    ++next.steps;
    return next;
  }

  NodeId VariableOf(const Edge& edge) const { return FindVariable(graph_, body_, edge).variable; }
  // What an op writes, or reads after a write.
  NodeId Target(NodeId id) const { return FindVariable(graph_, body_, DataInput(body_, id, 0), /*handle=*/true).variable; }
  std::string_view StrippedOp(const Edge& edge) const {
    const Edge stripped = LookThrough(graph_, body_, edge, /*loops=*/true);
    return stripped.node == kNoNode || stripped.is_control() ? std::string_view() : body_.op(stripped.node);
  }
  // The variable that `edge` is a multiple of.
  NodeId MultipleOf(const Edge& edge) const {
    const Edge stripped = LookThrough(graph_, body_, edge, /*loops=*/true);
    if (stripped.node == kNoNode || stripped.is_control() || body_.op(stripped.node) != "Mul") return kNoNode;
    for (std::size_t slot = 0; slot < 2; ++slot) {
      if (const NodeId v = VariableOf(DataInput(body_, stripped.node, slot)); v != kNoNode) return v;
    }
    return kNoNode;
  }

  void Step(const Item& item, const Consumers::Use use, bool direct) {
    const NodeId id = use.node;
    if (body_.kind(id) != NodeKind::kNode) return;
    const Edge& edge = body_.inputs(id)[use.slot];
    const std::string_view op = body_.op(id);
    const auto output = FlatOutput(graph_, body_, edge);
    if (!output || *output != item.output) return;
    if (Pass(item, use, op)) return;
    const Edge other = DataInput(body_, id, use.slot == 0 ? 1 : 0);
    switch (item.role) {
      case Role::kStatistic:
        StepStatistic(item, use, op, other, direct);
        break;
      case Role::kShifted:
        if (op == "Sqrt") {
          Item next = Next(item, id, 0, Role::kStatistic);
          next.deviation = true;
          Push(next);
        }
        break;
      case Role::kDifference:
        if (op == "Mul" || op == "Neg") {
          Push(Next(item, id, 0, Role::kDifference));
        } else if (IsDivision(op) && use.slot == 0) {
          forward_.insert(item.variable);  // renorm's correction: training takes the variable's own value
        } else if ((IsAdd(op) || (op == "Sub" && use.slot == 1)) && VariableOf(other) == item.variable) {
          Push(Next(item, id, 0, Role::kNew));
        } else if (IsAssignStep(op) && use.slot == 1 && Target(id) == item.variable) {
          Write(item, id, item.variable, item.rank);
        }
        break;
      case Role::kNew:
        if (IsAssign(op) && use.slot == 1 && Target(id) == item.variable) {
          Write(item, id, item.variable, item.rank);
        }
        break;
      case Role::kWritten:
        if (IsDivision(op) && use.slot == 0 && (IsBiasFactor(other) || IsAssignStep(StrippedOp(other)))) {
          Push(Next(item, id, 0, Role::kDebiased));  // by a bias factor, or by an average of weights
        } else if (item.deviation && (op == "Square" || (op == "Mul" && IsWritten(other, item.variable)))) {
          Push(Next(item, id, 0, Role::kSquare));
        }
        break;
      case Role::kDebiased:
        if (item.deviation && op == "Square") {
          Push(Next(item, id, 0, Role::kSquare));
        } else {
          StepHelped(item, use, op, other);
        }
        break;
      case Role::kSquare:
        if ((op == "Sub" && use.slot == 0 && VariableOf(other) == kNoNode) || op == "Relu" || op == "Maximum") {
          Push(Next(item, id, 0, Role::kSquare));
        } else {
          Item squared = item;
          squared.deviation = false;
          StepHelped(squared, use, op, other);
        }
        break;
    }
  }

  // What a helper variable is turned into: it is assigned, or averaged in its turn.
  void StepHelped(const Item& item, const Consumers::Use use, std::string_view op, const Edge& other) {
    if (IsAssign(op) && use.slot == 1) {
      Write(item, use.node, Target(use.node), 3);
    } else if (op == "Sub") {
      const NodeId v = VariableOf(other);
      if (v == kNoNode) return;
      Item next = Next(item, use.node, 0, Role::kDifference);
      next.variable = v;
      next.rank = 3;
      Push(next);
    }
  }

  void StepStatistic(const Item& item, const Consumers::Use use, std::string_view op, const Edge& other, bool direct) {
    const NodeId id = use.node;
    if (op == "Sub") {
      if (const NodeId v = VariableOf(other); v != kNoNode) {
        Item next = Next(item, id, 0, Role::kDifference);
        next.variable = v;
        Push(next);
      }
    } else if (op == "Mul" || (IsDivision(op) && use.slot == 0)) {
      if (VariableOf(other) == kNoNode) Push(Next(item, id, 0, Role::kStatistic));
    } else if (IsAdd(op) || op == "AddN") {
      for (const Edge& operand : body_.inputs(id)) {
        if (operand.is_control()) break;
        const NodeId v = MultipleOf(operand);
        if (v == kNoNode) continue;
        Item next = Next(item, id, 0, Role::kNew);
        next.variable = v;
        Push(next);
      }
      if (StrippedOp(other) == "Const") Push(Next(item, id, 0, Role::kShifted));
    } else if (op == "Mean" && use.slot == 0) {  // over the virtual batches
      Item next = Next(item, id, 0, Role::kStatistic);
      next.reshaped = true;
      Push(next);
    } else if (IsAllReduce(op)) {
      Push(Next(item, id, static_cast<std::int32_t>(use.slot), Role::kStatistic));
    } else if (op == "Pack" && item.element < 0) {
      Item next = Next(item, id, 0, Role::kStatistic);
      next.element = static_cast<std::int32_t>(use.slot);
      Push(next);
    } else if (item.element >= 0 && (op == "Unpack" || op == "Split" || op == "SplitV")) {
      Item next = Next(item, id, item.element, Role::kStatistic);
      next.element = -1;
      Push(next);
    } else if (direct && IsAssign(op) && use.slot == 1) {
      Write(item, id, Target(id), 1);
    }
  }

  // Ops that hand a value on, whatever it is.
  bool Pass(const Item& item, const Consumers::Use use, std::string_view op) {
    if (op == "Switch" || op == "RefSwitch") {
      if (use.slot != 0) return true;
      Push(Next(item, use.node, 0, item.role));
      Push(Next(item, use.node, 1, item.role));
      return true;
    }
    if (op == "IdentityN") {
      Push(Next(item, use.node, static_cast<std::int32_t>(use.slot), item.role));
      return true;
    }
    if (op == "Select" || op == "SelectV2") {  // nothing is averaged for a batch of no rows
      if (use.slot == 1) Push(Next(item, use.node, 0, item.role));
      return true;
    }
    const bool shape = op == "Squeeze" || op == "Reshape" || op == "ExpandDims";
    if (shape || op == "Cast" || IsPassThrough(op) || op == "Merge" || op == "RefMerge" || IsEnterOp(op) ||
        op == "Exit" || op == "RefExit") {
      if (use.slot != 0 && op != "Merge" && op != "RefMerge") return true;
      Item next = Next(item, use.node, 0, item.role);
      next.reshaped = item.reshaped || shape;
      Push(next);
      return true;
    }
    return false;
  }

  void Write(const Item& item, NodeId id, NodeId variable, std::uint8_t rank) {
    if (variable == kNoNode) return;
    if (std::find(writes_.begin(), writes_.end(), id) == writes_.end()) writes_.push_back(id);
    // The average of a standard deviation is not that of a variance.
    if (!item.deviation) hits_.push_back({variable, rank, item.reshaped});
    if (item.role == Role::kSquare || item.role == Role::kDebiased || rank != 2) return;
    Item next = Next(item, id, 0, Role::kWritten);
    next.variable = variable;
    Push(next);
    // A resource is read again after it was written.
    const Edge handle = DataInput(body_, id, 0);
    for (const NodeId source : {handle.node, variable}) {
      for (const Consumers::Use use : consumers_.of(source)) {
        const std::string_view op = body_.kind(use.node) == NodeKind::kNode ? body_.op(use.node) : std::string_view();
        if (op != "ReadVariableOp" && op != "Identity") continue;
        for (const Edge& edge : body_.inputs(use.node)) {
          if (edge.is_control() && edge.node == id) Push(Next(next, use.node, 0, Role::kWritten));
        }
      }
    }
  }

  bool IsWritten(const Edge& edge, NodeId variable) const {
    if (VariableOf(edge) == variable) return true;
    const Edge stripped = LookThrough(graph_, body_, edge);
    return stripped.node != kNoNode && !stripped.is_control() && IsAssignStep(body_.op(stripped.node)) &&
           Target(stripped.node) == variable;
  }
  // 1 - decay^steps
  bool IsBiasFactor(const Edge& edge) const {
    const Edge stripped = LookThrough(graph_, body_, edge);
    if (stripped.node == kNoNode || stripped.is_control() || body_.op(stripped.node) != "Sub") return false;
    return StrippedOp(DataInput(body_, stripped.node, 1)) == "Pow";
  }

  static std::string_view LastName(std::string_view name) {
    const std::size_t slash = name.rfind('/');
    return slash == std::string_view::npos ? name : name.substr(slash + 1);
  }
  static bool IsHelperName(std::string_view name) {
    const std::string_view last = LastName(name);
    return last.substr(0, 7) == "renorm_" || last == "biased" || last == "local_step";
  }

  Found Choose() const {
    Found found;
    found.writes = writes_;
    std::uint8_t best = 0;
    for (const Hit& hit : hits_) {
      if (!forward_.contains(hit.variable)) best = (std::max)(best, hit.rank);
    }
    for (const bool by_name : {false, true}) {
      found.variable = kNoNode;
      found.ambiguous = false;
      for (const Hit& hit : hits_) {
        if (hit.rank != best || forward_.contains(hit.variable)) continue;
        if (by_name && IsHelperName(body_.name(hit.variable))) continue;
        if (found.variable == hit.variable) continue;
        if (found.variable != kNoNode) {
          found.ambiguous = true;
          break;
        }
        found.variable = hit.variable;
        found.reshaped = hit.reshaped;
      }
      if (!found.ambiguous) break;
    }
    if (found.ambiguous) found.variable = kNoNode;
    return found;
  }

  const Graph& graph_;
  const Body& body_;
  Consumers consumers_;
  std::vector<Item> items_;
  absl::flat_hash_set<std::pair<std::uint64_t, std::uint64_t>> seen_;
  std::vector<Hit> hits_;
  absl::flat_hash_set<NodeId> forward_;
  std::vector<NodeId> writes_;
};


// Rewrites the batch norms of one body.
class BatchNormRewriter {
 public:
  // Who calls a function first: a function, or the main graph (kNoFunction), and the node.
  using FirstCalls = absl::flat_hash_map<FunctionId, std::pair<FunctionId, NodeId>>;

  // `calls` is made when it is first needed, and serves all bodies.
  BatchNormRewriter(Graph& graph, Body& body, std::string_view name, PassContext& context, const Globs& excluded,
                    std::optional<FirstCalls>* calls)
      : graph_(graph),
        body_(body),
        name_(name),
        excluded_(excluded),
        keys_(context.keys.get()),
        calls_(calls),
        scalars_(graph, body),
        rewriter_(graph, body, name, context, BatchNormInference::kName) {}

  absl::Status Run() {
    std::vector<NodeId> fused, roots;
    for (NodeId id = 0; id < body_.size(); ++id) {
      if (!body_.alive(id) || body_.kind(id) != NodeKind::kNode) continue;
      const std::string_view op = body_.op(id);
      if (op == "Rsqrt" || op == "Sqrt") {
        roots.push_back(id);
      } else if (IsFusedBatchNorm(op)) {
        if (body_.node(id).data_input_count() >= 5 && AttrOrDefault(graph_, body_.node(id), "is_training").b()) {
          fused.push_back(id);
        }
      } else if (IsSwitchOp(op) || IsEnterOp(op)) {
        has_flow_ = true;
      } else if (op == "If" || op == "StatelessIf") {
        ifs_.push_back(id);
      }
    }
    for (const NodeId id : ifs_) LearnFromIf(id);
    if (fused.empty() && roots.empty() && learned_.empty()) return absl::OkStatus();

    now_.emplace(graph_, body_);
    FindPristine();
    for (const NodeId id : fused) CollectFused(id);
    for (const NodeId id : roots) CollectOther(id);
    ShareParameters();
    for (const Norm& norm : norms_) {
      if (norm.excluded || !norm.resolved() || norm.predicate.node == kNoNode) continue;
      Learn(norm.predicate, norm.inference_port, norm.fused ? norm.inference : norm.node);
    }
    GRAPHFREEZE_RETURN_IF_ERROR(InlineLearned());
    for (Norm& norm : norms_) {
      if (norm.excluded) {
        rewriter_.Skip(body_.node(norm.node), "excluded", "batch norm, excluded by the caller");
        continue;
      }
      if (!norm.resolved()) FindSiblings(&norm);
      if (!norm.resolved()) {
        Leave(norm);
      } else if (norm.merge != kNoNode) {
        GRAPHFREEZE_RETURN_IF_ERROR(RewriteBranches(norm));
      } else if (norm.fused) {
        GRAPHFREEZE_RETURN_IF_ERROR(RewriteFused(norm));
      } else {
        GRAPHFREEZE_RETURN_IF_ERROR(RewriteOther(norm));
      }
    }
    DropOrder();
    return JoinEqualBranches();
  }

 private:
  // A moving average.
  struct Moving {
    NodeId variable = kNoNode;  // in the body, or in the graph as it was read
    std::string key;            // where only the checkpoint has it
    bool reshaped = false;      // the statistic changes its shape before it is averaged

    bool found() const { return variable != kNoNode || !key.empty(); }
    friend bool operator==(const Moving& a, const Moving& b) { return a.variable == b.variable && a.key == b.key; }
  };
  // Part of renorm, which is 1 (or 0) at inference: everybody who takes `from` takes `to`.
  struct Correction {
    Edge from, to;
    bool negate = false;
  };
  struct Norm {
    NodeId node = kNoNode;  // the fused op; else the Rsqrt or Sqrt
    bool fused = false, excluded = false, ambiguous = false;
    bool out_of_reach = false;   // its moving averages exist, but not where it is
    bool stays = false;          // whatever is found: somebody needs the statistics of the batch
    Edge mean, variance;         // the statistics (fused: outputs 1 and 2)
    std::vector<Edge> parameters;  // gamma and beta, as far as known
    std::array<Moving, 2> moving;  // of mean and variance
    std::string_view found_by;
    NodeId merge = kNoNode;      // joins the training op with one for inference
    NodeId merge_variance = kNoNode;  // not fused: the Merge of the variance
    NodeId inference = kNoNode;  // that op
    Edge predicate;
    std::int32_t inference_port = 0;
    std::vector<Correction> corrections;

    bool resolved() const { return !stays && moving[0].found() && moving[1].found(); }
  };

  // --- reading the body ---

  // Edges to output `flat` of a node whose op names that output `arg`.
  Edge Output(NodeId id, std::string_view arg, std::int32_t flat) {
    if (name_.empty() || body_.kind(id) != NodeKind::kNode) return {id, 0, flat};
    return {id, body_.Intern(arg), 0};
  }
  std::optional<std::int32_t> Flat(const Edge& edge) const { return FlatOutput(graph_, body_, edge); }
  VariablePath PathOf(const Edge& edge) const { return FindVariable(graph_, body_, edge, false, true); }
  Edge Strip(const Edge& edge) const { return LookThrough(graph_, body_, edge); }
  std::string_view OpOf(const Edge& edge) const {
    return edge.node == kNoNode || edge.is_control() ? std::string_view() : body_.op(edge.node);
  }
  // Back through everything that keeps the numbers, but for their precision.
  Edge Base(Edge edge) const {
    for (int steps = 0; steps < 32; ++steps) {
      edge = Strip(edge);
      if (!IsShapeOrCast(OpOf(edge))) break;
      const Edge next = DataInput(body_, edge.node, 0);
      if (next.node == kNoNode) break;
      edge = next;
    }
    return edge;
  }
  // The consumer's input, if it still is an output of `producer`.
  Edge TakenBy(const Consumers::Use use, NodeId producer) const {
    if (!body_.alive(use.node)) return Edge();
    const absl::Span<const Edge> inputs = body_.inputs(use.node);
    return use.slot < inputs.size() && inputs[use.slot].node == producer ? inputs[use.slot] : Edge();
  }

  // The same body as it was read, if it was changed since.
  void FindPristine() {
    if (!body_.edited()) return;
    pristine_ = std::make_unique<Graph>(graph_.Pristine());
    const Body* body = &pristine_->main();
    if (!name_.empty()) {
      const FunctionId here = graph_.FindFunction(name_);
      if (here == kNoFunction) return;
      const FunctionId id = pristine_->FindFunction(graph_.function(here).original_name());
      if (id == kNoFunction) return;
      body = &pristine_->function(id).body;
    }
    then_.emplace(*pristine_, *body);
  }

  // Looks for the moving average of output `flat` of a node, first in the graph as it was read.
  MovingAverages::Found FindUpdates(NodeId node, std::int32_t flat, bool direct) {
    if (then_ && body_.InFile(node) && then_->body().op(node) == body_.op(node)) {
      MovingAverages::Found found = then_->Find(node, flat, direct);
      if (found.variable != kNoNode || found.ambiguous) return found;
    }
    return now_->Find(node, flat, direct);
  }

  // --- fused batch norms ---

  void CollectFused(NodeId id) {
    Norm norm;
    norm.node = id;
    norm.fused = true;
    norm.excluded = excluded_.Matches(body_.name(id));
    norm.mean = Output(id, kFusedOutputs[1], 1);
    norm.variance = Output(id, kFusedOutputs[2], 2);
    norm.parameters = {DataInput(body_, id, 1), DataInput(body_, id, 2)};
    norm.stays = !norm.excluded && NeedsBatch(id);
    const AttrView factor = AttrOrDefault(graph_, body_.node(id), "exponential_avg_factor");
    const bool direct = factor.kind() == AttrView::Kind::kFloat && factor.f() != 1;
    const std::array<MovingAverages::Found, 2> found = {FindUpdates(id, 1, direct), FindUpdates(id, 2, direct)};
    const std::array<NodeId, 2> given = {FindVariable(graph_, body_, DataInput(body_, id, 3)).variable,
                                         FindVariable(graph_, body_, DataInput(body_, id, 4)).variable};
    if (given[0] != kNoNode && given[1] != kNoNode && given[0] != given[1]) {
      norm.moving = {Moving{given[0], "", false}, Moving{given[1], "", false}};
      norm.found_by = "the op's inputs";
      Remember(norm, found);
    } else {
      Resolve(&norm, found);
    }
    FindInferenceTwin(&norm);
    norms_.push_back(std::move(norm));
  }

  // Takes what update ops say about both statistics, or nothing.
  void Resolve(Norm* norm, const std::array<MovingAverages::Found, 2>& found) {
    norm->ambiguous = found[0].ambiguous || found[1].ambiguous;
    if (found[0].variable == kNoNode || found[1].variable == kNoNode || found[0].variable == found[1].variable) return;
    norm->moving = {Moving{found[0].variable, "", found[0].reshaped}, Moving{found[1].variable, "", found[1].reshaped}};
    norm->found_by = "its updates";
    Remember(*norm, found);
  }
  void Remember(const Norm& norm, const std::array<MovingAverages::Found, 2>& found) {
    if (norm.excluded || norm.stays) return;
    for (const MovingAverages::Found& one : found) writes_.insert(writes_.end(), one.writes.begin(), one.writes.end());
  }

  // True if something that is no training leftover takes what the op saves for its gradient.
  bool NeedsBatch(NodeId id) {
    for (const Consumers::Use use : now_->consumers().of(id)) {
      const Edge edge = TakenBy(use, id);
      if (edge.node == kNoNode || edge.is_control()) continue;
      const auto flat = Flat(edge);
      if (!flat || *flat < 3) continue;
      if (GradientsWanted() || !OnlySaved(use.node)) return true;
    }
    return false;
  }
  // True if a saved tensor goes to gradients, or out of the function for them, and nowhere else.
  bool OnlySaved(NodeId first) {
    std::vector<NodeId> todo = {first};
    for (std::size_t i = 0; i < todo.size(); ++i) {
      if (todo.size() > 64) return false;
      const NodeId id = todo[i];
      if (body_.kind(id) != NodeKind::kNode) continue;
      const std::string_view op = body_.op(id);
      if (IsFusedBatchNormGrad(op) || op == "StackPushV2" || op == "StackPush" || op == "TensorListPushBack" ||
          op == "OptionalFromValue") {
        continue;
      }
      if (TakesNoValues(op)) continue;
      if (!IsPassThrough(op) && !IsSwitchOp(op) && !IsEnterOp(op) && op != "Merge" && op != "Exit") return false;
      bool taken = false;
      for (const Consumers::Use use : now_->consumers().of(id)) {
        taken = true;
        if (std::find(todo.begin(), todo.end(), use.node) == todo.end()) todo.push_back(use.node);
      }
      if (!taken) return false;
    }
    return true;
  }
  // True if there are gradients of batch norms but no optimizer that would want them: an output does.
  bool GradientsWanted() {
    if (gradients_wanted_) return *gradients_wanted_;
    bool gradients = false, optimizer = false;
    const auto scan = [&](const Body& body) {
      body.ForEachNode([&](NodeRef node) {
        const std::string_view op = node.op();
        gradients = gradients || IsFusedBatchNormGrad(op);
        optimizer = optimizer || op.substr(0, 5) == "Apply" || op.find("Apply") != std::string_view::npos;
      });
    };
    scan(graph_.main());
    for (FunctionId f = 0; f < graph_.function_count(); ++f) {
      if (graph_.function(f).alive) scan(graph_.function(f).body);
    }
    gradients_wanted_ = gradients && !optimizer;
    return *gradients_wanted_;
  }

  // Merge(inference op in one branch, this op in the other): the same batch norm, built for both.
  void FindInferenceTwin(Norm* norm) {
    if (!has_flow_ || norm->stays || norm->excluded) return;
    for (const Consumers::Use use : now_->consumers().of(norm->node)) {
      const Edge edge = TakenBy(use, norm->node);
      if (edge.node == kNoNode || edge.is_control() || Flat(edge) != 0) continue;
      NodeId merge = use.node;
      // The branch may hand its result on through Identity.
      for (int steps = 0; steps < 4 && IsPassThrough(OpOf({merge, 0, 0})); ++steps) {
        const absl::Span<const Consumers::Use> next = now_->consumers().of(merge);
        if (next.size() != 1) break;
        merge = next[0].node;
      }
      if (OpOf({merge, 0, 0}) != "Merge" || TakesSecondOutput(merge)) continue;
      for (std::size_t slot = 0; slot < 2; ++slot) {
        const Edge other = Strip(DataInput(body_, merge, slot));
        if (other.node == kNoNode || other.node == norm->node || !IsFusedBatchNorm(OpOf(other)) || Flat(other) != 0) {
          continue;
        }
        if (SameInBranches(norm, other.node)) {
          norm->merge = merge;
          return;
        }
      }
    }
  }
  bool TakesSecondOutput(NodeId merge) const {
    for (const Consumers::Use use : now_->consumers().of(merge)) {
      const Edge edge = TakenBy(use, merge);
      if (edge.node != kNoNode && !edge.is_control() && Flat(edge) != 0) return true;
    }
    return false;
  }
  // True if `twin` is the same op for inference: same data, same parameters, other side of the same predicate.
  bool SameInBranches(Norm* norm, NodeId twin) {
    if (body_.node(twin).data_input_count() < 5 || AttrOrDefault(graph_, body_.node(twin), "is_training").b()) return false;
    const Edge x = BranchInput(DataInput(body_, twin, 0)), train_x = BranchInput(DataInput(body_, norm->node, 0));
    if (x.node == kNoNode || train_x.node == kNoNode || *Flat(x) + *Flat(train_x) != 1) return false;
    const auto data = [&](const Edge& port) { return Strip(DataInput(body_, port.node, 0)); };
    const auto predicate = [&](const Edge& port) { return Strip(DataInput(body_, port.node, 1)); };
    if (data(x) != data(train_x) || predicate(x) != predicate(train_x)) return false;
    std::array<Moving, 2> moving;
    for (std::size_t slot = 3; slot < 5; ++slot) {
      const VariablePath path = FindVariable(graph_, body_, DataInput(body_, twin, slot));
      if (path.variable == kNoNode || path.borders.empty() || !SameBorder(path.borders.back(), x)) return false;
      moving[slot - 3].variable = path.variable;
    }
    for (std::size_t slot = 1; slot < 3; ++slot) {
      if (!SameParameter(DataInput(body_, twin, slot), DataInput(body_, norm->node, slot))) return false;
    }
    norm->moving = moving;
    norm->found_by = "the branch for inference";
    norm->inference = twin;
    norm->predicate = predicate(x);
    norm->inference_port = *Flat(x);
    return true;
  }
  // The Switch output that a tensor of a branch is.
  Edge BranchInput(const Edge& edge) const {
    const Edge stripped = Strip(edge);
    return IsSwitchOp(OpOf(stripped)) && Flat(stripped) ? stripped : Edge();
  }
  bool SameBorder(const Edge& a, const Edge& b) const {
    return IsSwitchOp(OpOf(a)) && IsSwitchOp(OpOf(b)) && Flat(a) == Flat(b) &&
           Strip(DataInput(body_, a.node, 1)) == Strip(DataInput(body_, b.node, 1));
  }
  bool SameParameter(const Edge& a, const Edge& b) const {
    const NodeId of_a = FindVariable(graph_, body_, a).variable, of_b = FindVariable(graph_, body_, b).variable;
    if (of_a != kNoNode || of_b != kNoNode) return of_a == of_b;
    const Edge out_a = OutOfBranch(a), out_b = OutOfBranch(b);
    if (out_a == out_b) return true;
    if (OpOf(out_a) != "Const" || OpOf(out_b) != "Const") return false;
    return body_.node(out_a.node).attr("value").message() == body_.node(out_b.node).attr("value").message();
  }
  Edge OutOfBranch(const Edge& edge) const {
    const Edge stripped = Strip(edge);
    return IsSwitchOp(OpOf(stripped)) ? Strip(DataInput(body_, stripped.node, 0)) : stripped;
  }

  // --- batch norms of single ops ---

  // One way in which a root may be the heart of a batch norm.
  struct Tail {
    Edge mean;
    Edge scale, scaled_from, scaled_to;  // Mul(inv, scale): the scale, the inv and the Mul
    Edge offset, offset_sub, offset_mul; // Sub(offset, Mul(mean, inv))
  };

  // The ops that end a batch norm:  x * inv + (offset - mean * inv), or (x - mean) * inv, or (x - mean) / deviation,
  // with inv = rsqrt(variance + epsilon) * scale.
  void CollectOther(NodeId root) {
    const Edge sum = Strip(DataInput(body_, root, 0));
    if (!IsAdd(OpOf(sum))) return;
    Edge variance = DataInput(body_, sum.node, 0);
    if (!IsEpsilon(DataInput(body_, sum.node, 1))) {
      if (!IsEpsilon(variance)) return;
      variance = DataInput(body_, sum.node, 1);
    }
    const Edge base = Base(variance);
    if (base.node == kNoNode || base.is_control() || body_.kind(base.node) != NodeKind::kNode) return;
    if (OpOf(base) == "Const" || PathOf(variance).variable != kNoNode) return;  // that is inference

    std::vector<Edge> parameters;
    const std::vector<Tail> tails = Tails(root, &parameters);
    if (tails.empty()) return;
    Norm norm;
    norm.node = root;
    norm.excluded = excluded_.Matches(body_.name(root));
    norm.parameters = std::move(parameters);
    for (const Tail& tail : tails) {
      if (!FindMergedStatistics(&norm, tail.mean, variance)) continue;
      FindCorrections(tail, variance, &norm);
      break;
    }
    if (norm.merge == kNoNode) {
      std::array<MovingAverages::Found, 2> found;
      Edge cut_variance = variance, cut_mean;
      found[1] = Cut(&cut_variance);
      const Tail* which = nullptr;
      for (const Tail& tail : tails) {
        cut_mean = tail.mean;
        if (OpOf(Base(tail.mean)).empty() || PathOf(tail.mean).variable != kNoNode) continue;
        const bool moment = IsMoment(tail.mean, variance);
        if (!moment && found[1].variable == kNoNode) continue;
        found[0] = Cut(&cut_mean);
        if (found[0].variable != kNoNode || moment) {
          which = &tail;
          break;
        }
      }
      if (which == nullptr) return;  // normalises by something, but not by the moments of its input
      norm.mean = found[0].variable != kNoNode ? cut_mean : PlainMoment(which->mean);
      norm.variance = found[1].variable != kNoNode ? cut_variance : PlainMoment(variance);
      Resolve(&norm, found);
      FindCorrections(*which, variance, &norm);
    }
    norms_.push_back(std::move(norm));
  }

  bool IsEpsilon(const Edge& edge) {
    const std::optional<double> value = scalars_.Value(edge);
    return value && *value >= 0 && *value < 1;
  }

  std::vector<Tail> Tails(NodeId root, std::vector<Edge>* parameters) {
    struct Inverse {
      Edge edge;
      Edge scale, from;
      int steps;
    };
    std::vector<Inverse> todo = {{{root, 0, 0}, Edge(), Edge(), 0}};
    std::vector<Tail> tails;
    std::size_t uses = 0;
    for (std::size_t i = 0; i < todo.size() && i < 16; ++i) {
      const Inverse inverse = todo[i];
      for (const Consumers::Use use : now_->consumers().of(inverse.edge.node)) {
        if (++uses > 256) return tails;
        const Edge taken = TakenBy(use, inverse.edge.node);
        if (taken.node == kNoNode || taken.is_control() || Flat(taken) != 0) continue;
        const std::string_view op = body_.op(use.node);
        Tail tail;
        tail.scale = inverse.scale;
        tail.scaled_from = inverse.from;
        tail.scaled_to = inverse.edge;
        if (IsPassThrough(op) || IsShapeOrCast(op) || op == "Reciprocal" || op == "Inv") {
          if (use.slot == 0) todo.push_back({{use.node, 0, 0}, inverse.scale, inverse.from, inverse.steps});
        } else if (IsDivision(op) && use.slot == 1) {
          AddCentred(DataInput(body_, use.node, 0), tail, &tails);
        } else if (op == "Mul") {
          const Edge other = DataInput(body_, use.node, use.slot == 0 ? 1 : 0);
          if (PathOf(other).variable != kNoNode) parameters->push_back(other);
          AddCentred(other, tail, &tails);
          const Edge stripped = Strip(other);
          if (OpOf(stripped) == "Neg") {
            tail.mean = DataInput(body_, stripped.node, 0);
            tails.push_back(tail);
          }
          for (const Consumers::Use sub : now_->consumers().of(use.node)) {
            if (++uses > 256) return tails;
            const Edge product = TakenBy(sub, use.node);
            if (product.node == kNoNode || product.is_control() || sub.slot != 1 || OpOf({sub.node, 0, 0}) != "Sub") continue;
            tail.mean = other;
            tail.offset = DataInput(body_, sub.node, 0);
            tail.offset_sub = {sub.node, 0, 0};
            tail.offset_mul = product;
            if (PathOf(tail.offset).variable != kNoNode) parameters->push_back(tail.offset);
            tails.push_back(tail);
          }
          if (inverse.steps < 3) todo.push_back({{use.node, 0, 0}, other, taken, inverse.steps + 1});
        }
      }
    }
    return tails;
  }
  // x - mean
  void AddCentred(const Edge& edge, Tail tail, std::vector<Tail>* tails) const {
    const Edge stripped = Strip(edge);
    if (OpOf(stripped) != "Sub") return;
    tail.mean = DataInput(body_, stripped.node, 1);
    if (tail.mean.node != kNoNode) tails->push_back(tail);
  }

  // True if `mean` is a mean of the data that `variance` is a variance of.
  bool IsMoment(const Edge& mean, const Edge& variance) const {
    const Edge base = Base(mean);
    if (OpOf(base) != "Mean") return false;
    const Edge data = Base(DataInput(body_, base.node, 0));
    std::vector<NodeId> todo = {Base(variance).node};
    for (std::size_t i = 0; i < todo.size() && i < 48; ++i) {
      const NodeId id = todo[i];
      if (id == kNoNode || body_.kind(id) != NodeKind::kNode) continue;
      if (id == base.node || (id == data.node && i > 0)) return true;
      if (id == data.node) continue;
      for (const Edge& edge : body_.inputs(id)) {
        if (!edge.is_control() && std::find(todo.begin(), todo.end(), edge.node) == todo.end()) todo.push_back(edge.node);
      }
    }
    return false;
  }
  // The moment as a vector of channels, where the graph has it as one.
  Edge PlainMoment(Edge edge) const {
    Edge plain = edge;
    for (int steps = 0; steps < 16; ++steps) {
      const std::string_view op = OpOf(edge);
      if (op == "Squeeze" || op == "Mean") plain = edge;
      if (op == "Squeeze" || (!IsShapeOrCast(op) && !IsPassThrough(op))) break;
      const Edge next = DataInput(body_, edge.node, 0);
      if (next.node == kNoNode) break;
      edge = next;
    }
    return plain;
  }

  // Goes back from where a statistic normalises to where an update takes it too, and gives the update.
  MovingAverages::Found Cut(Edge* edge) {
    Edge at = *edge;
    for (int steps = 0; steps < 16 && at.node != kNoNode && !at.is_control(); ++steps) {
      if (body_.kind(at.node) != NodeKind::kNode) break;
      const auto flat = Flat(at);
      if (!flat) break;
      MovingAverages::Found found = FindUpdates(at.node, *flat, false);
      if (found.variable != kNoNode || found.ambiguous) {
        *edge = at;
        return found;
      }
      const std::string_view op = body_.op(at.node);
      if (!IsShapeOrCast(op) && !IsPassThrough(op)) break;
      at = DataInput(body_, at.node, 0);
    }
    return {};
  }

  // Where a branch for inference takes a variable in place of a statistic.
  struct Choice {
    NodeId node = kNoNode;  // the Merge, or the If
    NodeId variable = kNoNode;
    Edge predicate;
    std::int32_t port = 0;  // 1: the variable is taken where the predicate is true
  };

  // cond(training, moments, moving averages), for both statistics.
  bool FindMergedStatistics(Norm* norm, const Edge& mean, const Edge& variance) {
    if (!has_flow_ && ifs_.empty()) return false;
    const std::optional<Choice> m = ChoiceOf(Base(mean)), v = ChoiceOf(Base(variance));
    if (!m || !v || Base(mean) == Base(variance) || m->variable == v->variable || m->predicate != v->predicate ||
        m->port != v->port) {
      return false;
    }
    norm->moving = {Moving{m->variable, "", false}, Moving{v->variable, "", false}};
    norm->mean = Base(mean);
    norm->variance = Base(variance);
    norm->merge = m->node;
    norm->merge_variance = v->node;
    norm->predicate = m->predicate;
    norm->inference_port = m->port;
    norm->found_by = "the branch for inference";
    return true;
  }

  std::optional<Choice> ChoiceOf(const Edge& edge) const {
    Choice choice;
    choice.node = edge.node;
    const std::string_view op = OpOf(edge);
    if (op == "Merge") {
      if (Flat(edge) != 0 || TakesSecondOutput(edge.node) || body_.node(edge.node).data_input_count() != 2) return std::nullopt;
      const VariablePath a = FindVariable(graph_, body_, DataInput(body_, edge.node, 0));
      const VariablePath b = FindVariable(graph_, body_, DataInput(body_, edge.node, 1));
      if ((a.variable != kNoNode) == (b.variable != kNoNode)) return std::nullopt;
      const VariablePath& path = a.variable != kNoNode ? a : b;
      if (path.borders.empty() || !IsSwitchOp(OpOf(path.borders.back()))) return std::nullopt;
      const Edge port = path.borders.back();
      choice.variable = path.variable;
      choice.predicate = Strip(DataInput(body_, port.node, 1));
      choice.port = Flat(port).value_or(0);
      return choice;
    }
    const auto branches = BranchesOf(edge.node);
    const auto flat = Flat(edge);
    if (!branches || !flat) return std::nullopt;
    std::array<NodeId, 2> variables;
    for (std::size_t port = 0; port < 2; ++port) {
      const Edge input = CallerInput(edge.node, *branches, port, ResultEdge(*branches, port, *flat));
      variables[port] = FindVariable(graph_, body_, input, /*handle=*/true).variable;
    }
    if ((variables[0] != kNoNode) == (variables[1] != kNoNode)) return std::nullopt;
    choice.port = variables[0] != kNoNode ? 0 : 1;
    choice.variable = variables[static_cast<std::size_t>(choice.port)];
    choice.predicate = Strip(DataInput(body_, edge.node, 0));
    return choice;
  }

  // --- If and StatelessIf ---

  using Branches = std::array<FunctionId, 2>;  // for false, for true
  std::optional<Branches> BranchesOf(NodeId id) const {
    const std::string_view op = OpOf({id, 0, 0});
    if (op != "If" && op != "StatelessIf") return std::nullopt;
    const NodeRef node = body_.node(id);
    const Branches branches = {graph_.FindFunction(node.attr("else_branch").func_name()),
                               graph_.FindFunction(node.attr("then_branch").func_name())};
    for (const FunctionId function : branches) {
      if (function == kNoFunction || graph_.function(function).argument_count() + 1 != node.data_input_count()) {
        return std::nullopt;
      }
    }
    return branches;
  }
  // What a branch gives for an output of the If.
  Edge ResultEdge(const Branches& branches, std::size_t port, std::int32_t output) const {
    const Function& function = graph_.function(branches[port]);
    if (output < 0 || static_cast<std::uint32_t>(output) >= function.result_count()) return Edge();
    return DataInput(function.body, function.result(static_cast<std::uint32_t>(output)), 0);
  }
  // The number of the argument that a tensor of a function is, or is read from.
  static std::optional<std::uint32_t> ArgumentOf(const Graph& graph, const Function& function, const Edge& edge) {
    const NodeId id = FindVariable(graph, function.body, edge, /*handle=*/true).variable;
    if (id == kNoNode || function.body.kind(id) != NodeKind::kArgument) return std::nullopt;
    for (std::uint32_t i = 0; i < function.argument_count(); ++i) {
      if (function.argument(i) == id) return i;
    }
    return std::nullopt;
  }
  // The tensor that the If gives to a branch as what `edge` of it is, or is read from.
  Edge CallerInput(NodeId call, const Branches& branches, std::size_t port, const Edge& edge) const {
    const auto argument = ArgumentOf(graph_, graph_.function(branches[port]), edge);
    return argument ? DataInput(body_, call, std::size_t{*argument} + 1) : Edge();
  }

  // An If with a training batch norm in one branch, and the same for inference in the other.
  void LearnFromIf(NodeId call) {
    const auto branches = BranchesOf(call);
    if (!branches || excluded_.Matches(body_.name(call))) return;
    const std::uint32_t results = (std::min)(graph_.function((*branches)[0]).result_count(),
                                             graph_.function((*branches)[1]).result_count());
    for (std::uint32_t i = 0; i < results && i < 64; ++i) {
      std::array<Edge, 2> norms;
      std::array<bool, 2> training = {false, false};
      bool both = true;
      for (std::size_t port = 0; port < 2 && both; ++port) {
        const Body& body = graph_.function((*branches)[port]).body;
        norms[port] = LookThrough(graph_, body, ResultEdge(*branches, port, static_cast<std::int32_t>(i)));
        const NodeId id = norms[port].node;
        both = id != kNoNode && body.kind(id) == NodeKind::kNode && IsFusedBatchNorm(body.op(id)) &&
               FlatOutput(graph_, body, norms[port]) == 0;
        if (both) training[port] = AttrOrDefault(graph_, body.node(id), "is_training").b();
      }
      if (!both || training[0] == training[1]) continue;
      bool same = true;
      for (std::size_t slot = 0; slot < 3; ++slot) same = same && SameInIf(*branches, norms, slot);
      if (!same) continue;
      Learn(Strip(DataInput(body_, call, 0)), training[0] ? 1 : 0, call);
      return;
    }
  }
  bool SameInIf(const Branches& branches, const std::array<Edge, 2>& norms, std::size_t slot) const {
    std::array<Edge, 2> inputs;
    std::array<std::optional<std::uint32_t>, 2> arguments;
    for (std::size_t port = 0; port < 2; ++port) {
      const Function& function = graph_.function(branches[port]);
      inputs[port] = LookThrough(graph_, function.body, DataInput(function.body, norms[port].node, slot));
      arguments[port] = ArgumentOf(graph_, function, inputs[port]);
    }
    if (arguments[0] || arguments[1]) return arguments[0] == arguments[1];
    std::array<std::string_view, 2> values;
    for (std::size_t port = 0; port < 2; ++port) {
      const Body& body = graph_.function(branches[port]).body;
      if (inputs[port].node == kNoNode || body.op(inputs[port].node) != "Const") return false;
      values[port] = body.node(inputs[port].node).attr("value").message();
    }
    return slot > 0 && values[0] == values[1];
  }

  void Learn(const Edge& predicate, std::int32_t port, NodeId shown_by) {
    for (const Learned& known : learned_) {
      if (known.predicate == predicate) return;
    }
    learned_.push_back({predicate, port, shown_by});
  }
  const bool* ValueOf(const Edge& predicate) const {
    for (const Learned& known : learned_) {
      if (known.predicate == predicate) return known.port == 1 ? &kTrue : &kFalse;
    }
    return nullptr;
  }

  // Every If of a predicate that is known is what its branch for inference is.
  absl::Status InlineLearned() {
    for (const Learned& known : learned_) {
      Edge flag = known.predicate;
      bool value = known.port == 1;
      for (int steps = 0; steps < 16 && OpOf(flag) == "LogicalNot"; ++steps) {
        flag = Strip(DataInput(body_, flag.node, 0));
        value = !value;
      }
      if (flag.node == kNoNode) continue;
      rewriter_.Changed(body_.node(flag.node), "flag_polarity",
                        Concat("is ", value ? "true" : "false", " at inference, as the batch norm '",
                               body_.name(known.shown_by), "' shows; bind it to that for what else it chooses"));
    }
    if (learned_.empty()) return absl::OkStatus();
    // What is inlined may hold further ones. `ifs_` grows.
    NodeId scanned = body_.size();
    for (std::size_t i = 0; i < ifs_.size(); ++i) {
      const NodeId id = ifs_[i];
      const auto branches = BranchesOf(id);
      const bool* value = branches ? ValueOf(Strip(DataInput(body_, id, 0))) : nullptr;
      if (value == nullptr || excluded_.Matches(body_.name(id))) continue;
      const AttrView branch = body_.node(id).attr(*value ? "then_branch" : "else_branch");
      const std::string text = Concat(body_.op(id), ": is its branch for inference, '", branch.func_name(), "'");
      InlineSite site;
      site.call = id;
      site.function = (*branches)[*value ? 1 : 0];
      site.function_attrs = branch.func();
      site.first_argument = 1;
      GRAPHFREEZE_RETURN_IF_ERROR(InlineCall(graph_, rewriter_, site, rewriter_.context()));
      rewriter_.Changed(body_.node(id), "batch_norm", text);
      for (; scanned < body_.size(); ++scanned) {
        const std::string_view op = body_.op(scanned);
        if (op == "If" || op == "StatelessIf") ifs_.push_back(scanned);
      }
    }
    return absl::OkStatus();
  }

  // Renorm scales by r and adds d, which make up for the difference between the batch and the moving averages. There
  // is none at inference.
  void FindCorrections(const Tail& tail, const Edge& variance, Norm* norm) {
    const auto is_correction = [&](const Edge& edge) { return IsCorrection(edge, tail.mean, variance); };
    if (tail.scale.node != kNoNode) {
      const Edge scale = Strip(tail.scale);
      if (is_correction(tail.scale)) {
        norm->corrections.push_back({tail.scaled_to, tail.scaled_from, false});
      } else if (OpOf(scale) == "Mul") {
        for (std::size_t slot = 0; slot < 2; ++slot) {
          if (!is_correction(DataInput(body_, scale.node, slot))) continue;
          const Edge gamma = DataInput(body_, scale.node, 1 - slot);
          norm->corrections.push_back({scale, gamma, false});
          norm->parameters.push_back(gamma);
          break;
        }
      }
    }
    if (tail.offset.node == kNoNode) return;
    const auto is_shift = [&](const Edge& edge) {
      const Edge stripped = Strip(edge);
      return is_correction(edge) ||
             (OpOf(stripped) == "Mul" && (is_correction(DataInput(body_, stripped.node, 0)) ||
                                          is_correction(DataInput(body_, stripped.node, 1))));
    };
    const Edge offset = Strip(tail.offset);
    if (is_shift(tail.offset)) {
      norm->corrections.push_back({tail.offset_sub, tail.offset_mul, true});
    } else if (IsAdd(OpOf(offset))) {
      for (std::size_t slot = 0; slot < 2; ++slot) {
        if (!is_shift(DataInput(body_, offset.node, slot))) continue;
        const Edge beta = DataInput(body_, offset.node, 1 - slot);
        norm->corrections.push_back({offset, beta, false});
        norm->parameters.push_back(beta);
        break;
      }
    }
  }
  static bool IsNoCorrection(const Body& body, const Edge& edge, Scalars* scalars) {
    if (edge.node == kNoNode || edge.is_control() || body.kind(edge.node) != NodeKind::kNode) return false;
    const std::string_view op = body.op(edge.node);
    if (op == "OnesLike" || op == "ZerosLike") return true;
    return op == "Const" && (scalars->Is(edge, 1) || scalars->Is(edge, 0));
  }
  // sqrt(variance + epsilon) / renorm_stddev, or (mean - renorm_mean) / renorm_stddev, clipped or not.
  bool IsCorrection(Edge edge, const Edge& mean, const Edge& variance) {
    for (int steps = 0; steps < 16; ++steps) {
      edge = Strip(edge);
      const std::string_view op = OpOf(edge);
      if (op == "Maximum" || op == "Minimum" || op == "ClipByValue") {
        Edge next = DataInput(body_, edge.node, 0);
        if (const std::string_view first = OpOf(Strip(next)); first == "Const" || PathOf(next).variable != kNoNode) {
          next = DataInput(body_, edge.node, 1);
        }
        edge = next;
        continue;
      }
      // cond(training, correction, ones)
      if (op == "Merge") {
        Edge side = Strip(DataInput(body_, edge.node, 0)), other = DataInput(body_, edge.node, 1);
        if (!IsNoCorrection(body_, side, &scalars_)) std::swap(side, other);
        const Edge port = BranchInput(other);
        if (port.node == kNoNode || !IsNoCorrection(body_, Strip(side), &scalars_)) return false;
        edge = DataInput(body_, port.node, 0);
        continue;
      }
      if (const auto branches = BranchesOf(edge.node)) {
        Edge next;
        bool none = false;
        for (std::size_t port = 0; port < 2; ++port) {
          const Body& body = graph_.function((*branches)[port]).body;
          const Edge result = LookThrough(graph_, body, ResultEdge(*branches, port, Flat(edge).value_or(0)));
          Scalars scalars(graph_, body);
          if (IsNoCorrection(body, result, &scalars)) {
            none = true;
          } else {
            next = CallerInput(edge.node, *branches, port, result);
          }
        }
        if (!none) return false;
        edge = next;
        continue;
      }
      if (!IsDivision(op)) return false;
      const Edge top = Strip(DataInput(body_, edge.node, 0));
      if (OpOf(top) == "Sub") return Base(DataInput(body_, top.node, 0)) == Base(mean);
      if (OpOf(top) != "Sqrt") return false;
      const Edge sum = Strip(DataInput(body_, top.node, 0));
      return IsAdd(OpOf(sum)) && (Base(DataInput(body_, sum.node, 0)) == Base(variance) ||
                                  Base(DataInput(body_, sum.node, 1)) == Base(variance));
    }
    return false;
  }

  // --- when no update says it ---

  // Towers share variables, but often only the first updates them.
  void ShareParameters() {
    absl::flat_hash_map<NodeId, const Norm*> known;
    for (const Norm& norm : norms_) {
      if (!norm.resolved()) continue;
      for (const Edge& parameter : norm.parameters) {
        if (const NodeId v = PathOf(parameter).variable; v != kNoNode) known.try_emplace(v, &norm);
      }
    }
    if (known.empty()) return;
    for (Norm& norm : norms_) {
      if (norm.resolved() || norm.stays) continue;
      for (const Edge& parameter : norm.parameters) {
        const auto it = known.find(PathOf(parameter).variable);
        if (it == known.end() || it->second == &norm) continue;
        norm.moving = it->second->moving;
        norm.moving[0].reshaped = norm.moving[1].reshaped = false;
        norm.found_by = "a batch norm with the same parameters";
        break;
      }
    }
  }

  // Variables that stand next to the parameters, by name, in the graph or in the checkpoint.
  void FindSiblings(Norm* norm) {
    if (norm->stays) return;
    static constexpr std::array<std::array<std::string_view, 2>, 7> kNames = {{{"moving_mean", "moving_variance"},
                                                                               {"moving_mean", "moving_var"},
                                                                               {"mean/EMA", "variance/EMA"},
                                                                               {"pop_mean", "pop_var"},
                                                                               {"pop_mean", "pop_variance"},
                                                                               {"running_mean", "running_var"},
                                                                               {"ema_mean", "ema_var"}}};
    NodeId parameter = kNoNode;
    for (const Edge& edge : norm->parameters) {
      if (parameter == kNoNode) parameter = PathOf(edge).variable;
    }
    std::string_view scope = body_.name(parameter != kNoNode ? parameter : norm->node);
    // In functions, variables are arguments, and say nothing; their names are where the calls come from.
    const bool in_function = !name_.empty();
    for (const Edge& edge : norm->parameters) {
      if (in_function && parameter == kNoNode) parameter = FindVariable(graph_, body_, edge, /*handle=*/true, true).variable;
    }
    if (in_function) scope = parameter == kNoNode ? std::string_view() : Origin(name_, parameter, 0);
    if (in_function && scope.empty()) return;
    const std::size_t slash = scope.rfind('/');
    const std::string prefix(slash == std::string_view::npos ? std::string_view() : scope.substr(0, slash + 1));
    for (const auto& names : kNames) {
      std::array<Moving, 2> moving;
      std::array<TensorStore::Info, 2> infos;
      bool both = true;
      for (std::size_t i = 0; i < 2; ++i) {
        const auto info = FindSibling(Concat(prefix, names[i]), &moving[i]);
        both = both && info.has_value();
        if (info) infos[i] = *info;
      }
      if (!both || infos[0].dtype != infos[1].dtype || !infos[0].shape.IsCompatibleWith(infos[1].shape)) continue;
      if (in_function) {
        norm->out_of_reach = true;
        return;
      }
      if (parameter != kNoNode) {
        const auto shape = body_.node(parameter).attr("shape").shape();
        if (!shape.ok() || !shape->IsCompatibleWith(infos[0].shape)) continue;
      }
      if (infos[0].shape.has_rank() && infos[0].shape.rank() == 0) continue;
      norm->moving = moving;
      norm->found_by = "the names next to its parameters";
      return;
    }
  }
  std::optional<TensorStore::Info> FindSibling(const std::string& name, Moving* moving) const {
    const Body* bodies[] = {&graph_.main(), then_ && name_.empty() ? &then_->body() : nullptr};
    for (const Body* body : bodies) {
      if (body == nullptr) continue;
      const NodeId id = body->Find(name);
      if (id == kNoNode || body->kind(id) != NodeKind::kNode || !IsVariable(body->op(id))) continue;
      auto shape = body->node(id).attr("shape").shape();
      if (!shape.ok()) return std::nullopt;
      moving->variable = id;
      return TensorStore::Info{body->node(id).attr("dtype").type(), *std::move(shape)};
    }
    if (keys_ == nullptr || graph_.main().Find(name) != kNoNode) return std::nullopt;
    const auto info = keys_->store().Find(name);
    if (info) moving->key = name;
    return info;
  }

  // The name of the variable that an argument of a function holds, by the first call of the function.
  std::string_view Origin(std::string_view function, NodeId argument, int depth) const {
    const FunctionId callee = graph_.FindFunction(function);
    if (depth > 8 || callee == kNoFunction) return {};
    if (!*calls_) *calls_ = FindCalls(graph_);
    const auto it = (*calls_)->find(callee);
    if (it == (*calls_)->end()) return {};
    const auto [caller, call] = it->second;
    const Body& body = caller == kNoFunction ? graph_.main() : graph_.function(caller).body;
    if (!body.alive(call)) return {};
    const auto site = FindCallSite(graph_, body.node(call));
    if (!site.ok() || !*site) return {};
    std::size_t number = 0;
    const Function& called = graph_.function(callee);
    while (number < called.argument_count() && called.argument(static_cast<std::uint32_t>(number)) != argument) ++number;
    const Edge edge = DataInput(body, call, (*site)->first_argument + number);
    const NodeId id = FindVariable(graph_, body, edge, /*handle=*/true).variable;
    if (id == kNoNode) return {};
    if (body.kind(id) == NodeKind::kNode) return body.name(id);
    return caller == kNoFunction ? std::string_view() : Origin(graph_.function(caller).name(), id, depth + 1);
  }
  static FirstCalls FindCalls(const Graph& graph) {
    FirstCalls calls;
    const auto look = [&](const Body& body, FunctionId caller) {
      body.ForEachNode([&](NodeRef node) {
        ForEachFunctionRef(node, [&](std::string_view name) {
          if (const FunctionId id = graph.FindFunction(name); id != kNoFunction) calls.try_emplace(id, caller, node.id());
        });
      });
    };
    look(graph.main(), kNoFunction);
    for (FunctionId id = 0; id < graph.function_count(); ++id) {
      if (graph.function(id).alive) look(graph.function(id).body, id);
    }
    return calls;
  }

  void Leave(const Norm& norm) {
    const NodeRef node = body_.node(norm.node);
    if (norm.out_of_reach) {
      Unreachable(norm);
    } else if (norm.stays) {
      rewriter_.Warn(node, "batch_statistics_needed",
                     "batch norm was left in training mode: an output needs its gradient, or what it saves for it "
                     "(outputs 3 to 5); prune to the outputs of inference first");
    } else if (norm.ambiguous) {
      rewriter_.Warn(node, "moving_average_ambiguous",
                     "batch norm was left as it is: several variables average its statistics, and nothing tells which "
                     "of them inference takes");
    } else {
      rewriter_.Skip(node, "batch_statistics",
                     Concat("normalises with the statistics of its own input, and no moving average of them was found; "
                            "right for layer or instance norm. If it is batch norm, give the graph that has its updates "
                            "(the .meta file)",
                            keys_ == nullptr ? ", or the checkpoint" : ""));
    }
  }

  // --- new nodes ---

  // The variable as a node of the body. kNoNode if it is not there and cannot be.
  NodeId Materialize(const Moving& moving, const Norm& norm) {
    if (moving.key.empty() && body_.alive(moving.variable)) return moving.variable;
    const std::string name = moving.key.empty() ? std::string(then_->body().name(moving.variable)) : moving.key;
    if (const NodeId id = body_.Find(name); id != kNoNode) {
      return body_.kind(id) == NodeKind::kNode && (IsVariable(body_.op(id)) || body_.op(id) == "Const") ? id : kNoNode;
    }
    if (moving.key.empty()) {
      // Pruned: it comes back as it was.
      const NodeRef was = then_->body().node(moving.variable);
      const NodeId id = rewriter_.AddNode(name, was.op(), {}, {});
      for (const std::string_view attr : was.attr_names()) {
        if (attr != "_class" && attr != kOutputShapes) body_.SetAttr(id, attr, was.attr(attr).message());
      }
      return id;
    }
    const auto info = keys_->store().Find(moving.key);
    if (!info) return kNoNode;
    bool reference = false;
    for (const Edge& parameter : norm.parameters) {
      const NodeId v = PathOf(parameter).variable;
      reference = reference || (v != kNoNode && body_.kind(v) == NodeKind::kNode && IsReferenceVariable(body_.op(v)));
    }
    return rewriter_.AddNode(name, reference ? "VariableV2" : "VarHandleOp", {},
                             {{"dtype", attr::Type(info->dtype)},
                              {"shape", attr::ShapeValue(info->shape)},
                              {"shared_name", attr::String(reference ? std::string_view() : std::string_view(name))},
                              {"container", attr::String("")}});
  }

  // The value of a variable, read where nothing holds the read up.
  Edge ReadOf(NodeId variable, DataType dtype) {
    if (body_.kind(variable) == NodeKind::kNode && body_.op(variable) == "Const") return rewriter_.OutputOf(variable);
    const auto it = reads_.find(variable);
    if (it != reads_.end()) return it->second;
    const bool reference = body_.kind(variable) == NodeKind::kNode && body_.op(variable) != "VarHandleOp";
    const std::string_view op = reference ? "Identity" : "ReadVariableOp";
    const std::string_view arg = reference ? "output" : "value";
    Edge read;
    for (const Consumers::Use use : now_->consumers().of(variable)) {
      if (use.slot != 0 || TakenBy(use, variable).node == kNoNode || body_.kind(use.node) != NodeKind::kNode) continue;
      if (body_.op(use.node) != op || body_.inputs(use.node).size() != 1 || body_.inputs(use.node)[0].is_control()) continue;
      read = rewriter_.OutputOf(use.node, arg);
      break;
    }
    if (read.node == kNoNode) {
      const NodeId id =
          reference ? rewriter_.AddNode(Concat(body_.name(variable), "/read"), op, {rewriter_.OutputOf(variable, "ref")},
                                        {{"T", attr::Type(dtype)}})
                    : rewriter_.AddNode(Concat(body_.name(variable), "/Read/ReadVariableOp"), op,
                                        {rewriter_.OutputOf(variable, "resource")}, {{"dtype", attr::Type(dtype)}});
      read = rewriter_.OutputOf(id, arg);
    }
    reads_.emplace(variable, read);
    return read;
  }

  DataType TypeOf(const Edge& edge) const {
    const auto types = OutputTypes(graph_, body_.node(edge.node));
    const auto flat = Flat(edge);
    if (!types || !flat || *flat < 0 || static_cast<std::size_t>(*flat) >= types->size()) return DataType::kInvalid;
    return RemoveRef((*types)[static_cast<std::size_t>(*flat)]);
  }

  // What a tensor passes on its way from outside all branches and loops to where the norm is. None if not known.
  std::optional<std::vector<Edge>> BordersOf(const Norm& norm) const {
    if (!has_flow_) return std::vector<Edge>();
    for (const Edge& parameter : norm.parameters) {
      VariablePath path = PathOf(parameter);
      if (path.variable == kNoNode) continue;
      for (const Edge& border : path.borders) {
        if (IsEnterOp(OpOf(border)) && !AttrOrDefault(graph_, body_.node(border.node), "is_constant").b()) return std::nullopt;
      }
      return std::move(path.borders);
    }
    // No parameters: is its input outside of all branches and loops?
    std::vector<NodeId> todo = {norm.fused ? DataInput(body_, norm.node, 0).node : norm.mean.node};
    for (std::size_t i = 0; i < todo.size(); ++i) {
      if (todo.size() > 1000) return std::nullopt;
      const NodeId id = todo[i];
      if (id == kNoNode || body_.kind(id) != NodeKind::kNode) continue;
      const std::string_view op = body_.op(id);
      if (IsSwitchOp(op) || IsEnterOp(op) || op == "NextIteration") return std::nullopt;
      if (op == "Merge") {
        const Edge from = DataInput(body_, id, 1);
        if (from.node != kNoNode && body_.op(from.node) == "NextIteration") return std::nullopt;
      }
      // A branch or loop that ends there says nothing about what is behind it.
      if (op == "Merge" || op == "Exit") continue;
      for (const Edge& edge : body_.inputs(id)) {
        if (std::find(todo.begin(), todo.end(), edge.node) == todo.end()) todo.push_back(edge.node);
      }
    }
    return std::vector<Edge>();
  }

  // Carries a tensor over the borders.
  Edge Carry(Edge edge, const std::vector<Edge>& borders, DataType dtype) {
    for (const Edge& border : borders) {
      const std::int32_t flat = Flat(border).value_or(0);
      const std::pair<std::uint64_t, std::uint64_t> key((std::uint64_t{edge.node} << 32) | border.node,
                                                        static_cast<std::uint64_t>(flat));
      const auto it = carried_.find(key);
      if (it != carried_.end()) {
        edge = it->second;
        continue;
      }
      const std::string name = Concat(body_.name(edge.node), "/", IsEnterOp(OpOf(border)) ? "Enter" : "Switch");
      Edge next;
      if (IsEnterOp(OpOf(border))) {
        const NodeId id = rewriter_.AddNode(name, "Enter", {edge}, {{"T", attr::Type(dtype)}});
        for (const std::string_view attr : {"frame_name", "is_constant", "parallel_iterations"}) {
          const AttrView value = body_.node(border.node).attr(attr);
          if (value.exists()) body_.SetAttr(id, attr, value.message());
        }
        next = Output(id, "output", 0);
      } else {
        const NodeId id = rewriter_.AddNode(name, "Switch", {edge, DataInput(body_, border.node, 1)}, {{"T", attr::Type(dtype)}});
        next = Output(id, flat == 0 ? "output_false" : "output_true", flat);
      }
      carried_.emplace(key, next);
      edge = next;
    }
    return edge;
  }

  // The moving averages where the norm is, read; empty if they cannot be had there (reported).
  std::vector<Edge> Replacements(const Norm& norm, const std::vector<Edge>& borders) {
    if (!ShapeOf(norm.moving[0]).IsCompatibleWith(ShapeOf(norm.moving[1]))) {
      rewriter_.Warn(body_.node(norm.node), "shape_mismatch",
                     Concat("batch norm was left in training mode: '", NameOf(norm.moving[0]), "' and '",
                            NameOf(norm.moving[1]), "' look like its moving averages, but differ in shape"));
      return {};
    }
    std::array<NodeId, 2> variables;
    std::array<DataType, 2> types;
    for (std::size_t i = 0; i < 2; ++i) {
      const Edge statistic = i == 0 ? norm.mean : norm.variance;
      variables[i] = Materialize(norm.moving[i], norm);
      if (variables[i] == kNoNode) {
        rewriter_.Warn(body_.node(norm.node), "moving_average_missing",
                       "batch norm was left in training mode: the node with the name of its moving average is no variable");
        return {};
      }
      types[i] = TypeOf(statistic);
      if (body_.kind(variables[i]) == NodeKind::kNode) {
        const AttrView dtype = body_.node(variables[i]).attr("dtype");
        if (dtype.kind() == AttrView::Kind::kType) types[i] = RemoveRef(dtype.type());
      }
    }
    std::vector<Edge> edges;
    for (std::size_t i = 0; i < 2; ++i) {
      const Edge statistic = i == 0 ? norm.mean : norm.variance;
      Edge edge = Carry(ReadOf(variables[i], types[i]), borders, types[i]);
      const DataType wanted = TypeOf(statistic);
      if (wanted != DataType::kInvalid && types[i] != DataType::kInvalid && wanted != types[i]) {
        const NodeId id = rewriter_.AddNode(Concat(body_.name(norm.node), "/Cast"), "Cast", {edge},
                                            {{"SrcT", attr::Type(types[i])}, {"DstT", attr::Type(wanted)}});
        edge = Output(id, "y", 0);
      }
      edges.push_back(edge);
    }
    return edges;
  }

  // --- rewriting ---

  std::string_view NameOf(const Moving& moving) const {
    if (!moving.key.empty()) return moving.key;
    return body_.alive(moving.variable) || !then_ ? body_.name(moving.variable) : then_->body().name(moving.variable);
  }
  std::string Told(const Norm& norm) const {
    return Concat(body_.op(norm.node), ": takes '", NameOf(norm.moving[0]), "' and '", NameOf(norm.moving[1]),
                  "' for the statistics of the batch; told by ", norm.found_by);
  }
  void Unreachable(const Norm& norm) {
    rewriter_.Warn(body_.node(norm.node), "moving_average_out_of_reach",
                   "batch norm was left in training mode: it is in a branch, loop or function that its moving averages do "
                   "not reach; bind the flag that chooses the branch, or build the graph with is_training=False");
  }

  absl::Status RewriteFused(const Norm& norm, bool report = true) {
    const NodeId id = norm.node;
    std::vector<Edge> edges = {DataInput(body_, id, 3), DataInput(body_, id, 4)};
    const bool given = norm.moving[0].key.empty() && norm.moving[1].key.empty() &&
                       FindVariable(graph_, body_, edges[0]).variable == norm.moving[0].variable &&
                       FindVariable(graph_, body_, edges[1]).variable == norm.moving[1].variable;
    if (!given) {
      const auto borders = BordersOf(norm);
      if (!borders) {
        if (report) Unreachable(norm);
        return absl::OkStatus();
      }
      edges = Replacements(norm, *borders);
      if (edges.empty()) return absl::OkStatus();
      for (std::size_t i = 0; i < 2; ++i) {
        if (RankOf(norm.moving[i]) > 1) GRAPHFREEZE_RETURN_IF_ERROR(Reshape(norm, {-1}, &edges[i]));
      }
      std::vector<Edge> inputs(body_.inputs(id).begin(), body_.inputs(id).end());
      inputs[3] = edges[0];
      inputs[4] = edges[1];
      rewriter_.SetInputs(id, inputs);
    }
    ForInference(id);
    RedirectStatistics(norm, edges, report);
    if (report) rewriter_.Changed(body_.node(id), "batch_norm", Told(norm));
    return absl::OkStatus();
  }

  void ForInference(NodeId id) {
    body_.SetAttr(id, "is_training", attr::Bool(false));
    const AttrView factor = body_.node(id).attr("exponential_avg_factor");
    if (factor.exists() && factor.f() != 1) body_.RemoveAttr(id, "exponential_avg_factor");
  }

  // At inference the op hands its moving averages on where it gave the statistics of the batch. Who takes them reads
  // the variables.
  void RedirectStatistics(const Norm& norm, const std::vector<Edge>& edges, bool report) {
    for (std::size_t i = 0; i < 2; ++i) {
      const Edge from = i == 0 ? norm.mean : norm.variance;
      for (const Consumers::Use use : now_->consumers().of(norm.node)) {
        const Edge taken = TakenBy(use, norm.node);
        if (taken.node == kNoNode || taken.is_control() || Flat(taken) != static_cast<std::int32_t>(i + 1)) continue;
        if (!report || IsTraining(use.node)) continue;
        rewriter_.Changed(body_.node(use.node), "statistics_redirected",
                          Concat(body_.kind(use.node) == NodeKind::kNode ? body_.op(use.node) : std::string_view("result"),
                                 ": takes '", NameOf(norm.moving[i]), "' in place of the ", i == 0 ? "mean" : "variance",
                                 " of the batch"));
      }
      rewriter_.RedirectUses(from, edges[i]);
    }
  }
  // True if an update of a moving average starts there.
  bool IsTraining(NodeId id) const {
    if (body_.kind(id) != NodeKind::kNode) return false;
    const std::string_view op = body_.op(id);
    return op == "Sub" || op == "Mul" || IsAssign(op) || IsShapeOrCast(op) || op == "Merge" || IsSwitchOp(op) ||
           TakesNoValues(op);
  }

  absl::Status RewriteOther(const Norm& norm) {
    const auto borders = BordersOf(norm);
    if (!borders) {
      Unreachable(norm);
      return absl::OkStatus();
    }
    std::array<std::optional<std::vector<std::int64_t>>, 2> shapes;
    for (std::size_t i = 0; i < 2; ++i) {
      if (!ShapeFor(i == 0 ? norm.mean : norm.variance, norm.moving[i], &shapes[i])) {
        rewriter_.Warn(body_.node(norm.node), "shape_unknown",
                       Concat("batch norm was left in training mode: the shape that '", NameOf(norm.moving[i]),
                              "' must have in place of the statistic is not known; bind the shape of the input"));
        return absl::OkStatus();
      }
    }
    std::vector<Edge> edges = Replacements(norm, *borders);
    if (edges.empty()) return absl::OkStatus();
    for (std::size_t i = 0; i < 2; ++i) {
      if (shapes[i]) GRAPHFREEZE_RETURN_IF_ERROR(Reshape(norm, *shapes[i], &edges[i]));
    }
    Correct(norm);
    rewriter_.RedirectUses(norm.mean, edges[0]);
    rewriter_.RedirectUses(norm.variance, edges[1]);
    rewriter_.Changed(body_.node(norm.node), "batch_norm", Told(norm));
    return absl::OkStatus();
  }

  // Renorm's corrections, gone.
  void Correct(const Norm& norm) {
    for (const Correction& correction : norm.corrections) {
      Edge to = correction.to;
      if (correction.negate) {
        const NodeId id = rewriter_.AddNode(Concat(body_.name(correction.from.node), "/Neg"), "Neg", {to},
                                            {{"T", attr::Type(TypeOf(to))}});
        to = Output(id, "y", 0);
      }
      rewriter_.RedirectUses(correction.from, to);
    }
  }

  absl::Status Reshape(const Norm& norm, const std::vector<std::int64_t>& shape, Edge* edge) {
    std::string bytes;
    for (const std::int64_t dim : shape) {
      const auto dim32 = static_cast<std::int32_t>(dim);
      bytes.append(reinterpret_cast<const char*>(&dim32), sizeof dim32);
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(
        const std::string proto,
        SerializeTensorProto(DataType::kInt32, Shape({static_cast<std::int64_t>(shape.size())}), bytes));
    // In a loop or branch it must stay there.
    std::vector<Edge> controls;
    if (has_flow_) controls.push_back({edge->node, 0, Edge::kControl});
    const std::string name = Concat(body_.name(norm.node), "/Reshape");
    const DataType dtype = TypeOf(*edge);
    const NodeId dims = rewriter_.AddNode(Concat(name, "/shape"), "Const", controls,
                                          {{"dtype", attr::Type(DataType::kInt32)}, {"value", attr::Tensor(proto)}});
    const NodeId reshape = rewriter_.AddNode(name, "Reshape", {*edge, Output(dims, "output", 0)},
                                             {{"T", attr::Type(dtype)}, {"Tshape", attr::Type(DataType::kInt32)}});
    *edge = Output(reshape, "output", 0);
    return absl::OkStatus();
  }

  // The shape that a vector of channels must get to stand for a statistic; none if it can stand for it as it is.
  // False if that is not known.
  bool ShapeFor(const Edge& statistic, const Moving& moving, std::optional<std::vector<std::int64_t>>* shape) {
    const Edge source = Strip(statistic);
    const bool kept = OpOf(source) == "Mean" && AttrOrDefault(graph_, body_.node(source.node), "keep_dims").b();
    if (!kept) return !moving.reshaped || OpOf(source) == "Squeeze" || OpOf(source) == "Mean" || IsFusedBatchNorm(OpOf(source));
    if (RankOf(moving) > 1) return true;  // virtual batches: the variable keeps all dimensions
    Evaluator evaluator(graph_, body_, 1 << 10);
    const absl::StatusOr<TensorView> axes = evaluator.Evaluate(Strip(DataInput(body_, source.node, 1)));
    if (!axes.ok()) return false;
    const std::size_t size = ElementSize(axes->dtype());
    if (axes->dtype() != DataType::kInt32 && axes->dtype() != DataType::kInt64) return false;
    std::vector<std::int64_t> dims;
    constexpr std::int64_t kMostDims = 8;
    for (std::size_t at = 0; at + size <= axes->bytes().size(); at += size) {
      const std::int64_t axis = axes->dtype() == DataType::kInt32 ? LoadElement<std::int32_t>(axes->bytes().data() + at)
                                                                  : LoadElement<std::int64_t>(axes->bytes().data() + at);
      if (axis < 0 || axis >= kMostDims) return false;
      if (static_cast<std::size_t>(axis) >= dims.size()) dims.resize(static_cast<std::size_t>(axis) + 1, -1);
      dims[static_cast<std::size_t>(axis)] = 1;
    }
    const auto kept_dims = std::count(dims.begin(), dims.end(), -1);
    if (kept_dims > 1) return false;
    // Channels come last: a vector is broadcast as it is.
    if (kept_dims == 1) *shape = std::move(dims);
    return true;
  }
  std::size_t RankOf(const Moving& moving) const {
    const Shape shape = ShapeOf(moving);
    return shape.has_rank() ? shape.rank() : 1;
  }
  Shape ShapeOf(const Moving& moving) const {
    Shape shape = Shape::UnknownRank();
    if (!moving.key.empty()) {
      if (const auto info = keys_->store().Find(moving.key)) shape = info->shape;
    } else {
      const Body& body = body_.alive(moving.variable) || !then_ ? body_ : then_->body();
      if (body.kind(moving.variable) == NodeKind::kNode) {
        const auto of_node = body.node(moving.variable).attr("shape").shape();
        if (of_node.ok()) shape = *of_node;
      }
    }
    return shape;
  }

  // The training branch goes, whatever the predicate is.
  absl::Status RewriteBranches(const Norm& norm) {
    const NodeId subject = norm.fused ? norm.inference : norm.node;
    if (!norm.fused && body_.op(norm.merge) != "Merge") {  // an If, and inlined
      if (OpOf({norm.merge, 0, 0}) != "If" && OpOf({norm.merge, 0, 0}) != "StatelessIf") {
        Correct(norm);
        rewriter_.Changed(body_.node(subject), "batch_norm", Told(norm));
      }
      return absl::OkStatus();
    }
    std::vector<Edge> borders;
    if (norm.fused) {
      borders = FindVariable(graph_, body_, DataInput(body_, norm.inference, 3)).borders;
      if (!borders.empty()) borders.pop_back();
    } else if (const auto around = BordersOf(norm)) {
      borders = *around;
    } else {
      Unreachable(norm);
      return absl::OkStatus();
    }
    std::vector<Edge> edges = Replacements(norm, borders);
    if (edges.empty()) return absl::OkStatus();
    if (norm.fused) {
      std::vector<Edge> inputs = {DataInput(body_, BranchInput(DataInput(body_, norm.inference, 0)).node, 0)};
      for (std::size_t slot = 1; slot < 3; ++slot) {
        const Edge outside = Outside(DataInput(body_, norm.inference, slot), norm, borders);
        if (outside.node == kNoNode) {
          Unreachable(norm);
          return absl::OkStatus();
        }
        inputs.push_back(outside);
      }
      inputs.insert(inputs.end(), edges.begin(), edges.end());
      rewriter_.SetInputs(norm.inference, inputs);
      for (std::size_t i = 0; i < 2; ++i) {
        for (const NodeId op : {norm.node, norm.inference}) {
          for (const Consumers::Use use : now_->consumers().of(op)) {
            const Edge taken = TakenBy(use, op);
            if (taken.node == kNoNode || taken.is_control() || Flat(taken) != static_cast<std::int32_t>(i + 1)) continue;
            if (OpOf({use.node, 0, 0}) != "Merge" || TakesSecondOutput(use.node)) continue;
            GRAPHFREEZE_RETURN_IF_ERROR(rewriter_.Redirect(body_.node(use.node), edges[i], "statistics are the moving averages"));
          }
        }
      }
      GRAPHFREEZE_RETURN_IF_ERROR(rewriter_.Redirect(body_.node(norm.merge), Output(norm.inference, kFusedOutputs[0], 0),
                                                     "batch norm is that of inference"));
    } else {
      Correct(norm);
      if (body_.op(norm.merge) == "Merge") {
        GRAPHFREEZE_RETURN_IF_ERROR(rewriter_.Redirect(body_.node(norm.merge), edges[0], "the mean is the moving average"));
      }
      if (body_.op(norm.merge_variance) == "Merge") {
        GRAPHFREEZE_RETURN_IF_ERROR(
            rewriter_.Redirect(body_.node(norm.merge_variance), edges[1], "the variance is the moving average"));
      }
    }
    joined_ = true;
    rewriter_.Changed(body_.node(subject), "batch_norm", Told(norm));
    // The op in the branch for training is not needed; should anybody take it still, it answers the same.
    if (norm.fused) GRAPHFREEZE_RETURN_IF_ERROR(RewriteFused(norm, /*report=*/false));
    return absl::OkStatus();
  }

  // A parameter of the branch, as it is outside of it.
  Edge Outside(const Edge& edge, const Norm& norm, const std::vector<Edge>& borders) {
    if (const VariablePath path = FindVariable(graph_, body_, edge); path.variable != kNoNode) {
      const DataType dtype = TypeOf(edge);
      return Carry(ReadOf(path.variable, dtype), borders, dtype);
    }
    const Edge stripped = Strip(edge);
    if (IsSwitchOp(OpOf(stripped))) return DataInput(body_, stripped.node, 0);
    if (OpOf(stripped) != "Const") return Edge();
    if (body_.inputs(stripped.node).empty()) return stripped;
    // Held in the branch by a control edge.
    std::vector<Edge> controls;
    if (!borders.empty()) controls.push_back({DataInput(body_, norm.merge, 0).node, 0, Edge::kControl});
    if (!controls.empty()) return Edge();
    const NodeId id = rewriter_.AddNode(body_.name(stripped.node), "Const", {}, {});
    for (const std::string_view attr : {"dtype", "value"}) {
      body_.SetAttr(id, attr, body_.node(stripped.node).attr(attr).message());
    }
    return Output(id, "output", 0);
  }

  // What waited for an update need not wait any more.
  void DropOrder() {
    absl::flat_hash_set<NodeId> updates;
    std::vector<NodeId> todo;
    for (const NodeId id : writes_) {
      if (body_.alive(id) && updates.insert(id).second) todo.push_back(id);
    }
    if (todo.empty()) return;
    absl::flat_hash_map<NodeId, std::pair<std::size_t, NodeId>> takers;  // how many, and the first
    // A group of updates alone is one, too: then there is another round.
    for (std::size_t known = 0; known < todo.size();) {
      for (; known < todo.size(); ++known) {
        for (const Consumers::Use use : now_->consumers().of(todo[known])) {
          if (TakenBy(use, todo[known]).node != kNoNode && body_.kind(use.node) == NodeKind::kNode &&
              IsPassThrough(body_.op(use.node)) && updates.insert(use.node).second) {
            todo.push_back(use.node);  // hands the updated variable on
          }
        }
      }
      for (NodeId id = 0; id < body_.size(); ++id) {
        if (!body_.alive(id) || body_.kind(id) != NodeKind::kNode) continue;
        const absl::Span<const Edge> inputs = body_.inputs(id);
        bool waits = false;
        for (std::size_t slot = inputs.size(); slot-- > 0 && inputs[slot].is_control() && !waits;) {
          waits = updates.contains(inputs[slot].node);
        }
        if (!waits) continue;
        std::vector<Edge> kept;
        for (const Edge& edge : inputs) {
          if (!edge.is_control() || !updates.contains(edge.node)) {
            kept.push_back(edge);
          } else if (const auto it = takers.try_emplace(edge.node, 0, id).first; it != takers.end()) {
            ++it->second.first;
          }
        }
        const bool empty = kept.empty();
        body_.SetInputs(id, std::move(kept));  // nobody takes anything new: the rewriter need not know
        if (empty && body_.op(id) == "NoOp" && updates.insert(id).second) todo.push_back(id);
      }
    }
    for (const NodeId id : todo) {
      const auto it = takers.find(id);
      if (it == takers.end()) continue;
      const auto& [count, first] = it->second;
      rewriter_.Changed(body_.node(id), "update_not_awaited",
                        Concat(body_.op(id), ": '", body_.name(first), "'",
                               count > 1 ? Concat(" and ", count - 1, " other nodes no longer wait") : " no longer waits",
                               " for this update of a moving average"));
    }
  }

  // Merge(Switch(y):0, Identity(Switch(y):1, ^update)) is y: what the forced updates of a branch leave.
  absl::Status JoinEqualBranches() {
    if (!joined_) return absl::OkStatus();
    for (NodeId id = 0; id < body_.size(); ++id) {
      if (!body_.alive(id) || body_.kind(id) != NodeKind::kNode || body_.op(id) != "Merge") continue;
      if (body_.node(id).data_input_count() != 2 || TakesSecondOutput(id)) continue;
      const Edge a = BranchInput(DataInput(body_, id, 0)), b = BranchInput(DataInput(body_, id, 1));
      if (a.node == kNoNode || b.node == kNoNode || *Flat(a) + *Flat(b) != 1) continue;
      if (Strip(DataInput(body_, a.node, 0)) != Strip(DataInput(body_, b.node, 0))) continue;
      if (Strip(DataInput(body_, a.node, 1)) != Strip(DataInput(body_, b.node, 1))) continue;
      GRAPHFREEZE_RETURN_IF_ERROR(
          rewriter_.Redirect(body_.node(id), DataInput(body_, a.node, 0), "both branches hand the same tensor on"));
    }
    return absl::OkStatus();
  }

  Graph& graph_;
  Body& body_;
  std::string_view name_;
  const Globs& excluded_;
  VariableKeys* keys_;
  std::optional<FirstCalls>* calls_;
  Scalars scalars_;
  Rewriter rewriter_;
  std::unique_ptr<Graph> pristine_;
  std::optional<MovingAverages> now_;   // of the body
  std::optional<MovingAverages> then_;  // of the body as it was read, if it was edited
  struct Learned {
    Edge predicate;
    std::int32_t port;
    NodeId shown_by;
  };
  static constexpr bool kTrue = true, kFalse = false;
  std::vector<NodeId> ifs_;
  std::vector<Learned> learned_;
  bool has_flow_ = false;               // branches or loops of TensorFlow 1
  bool joined_ = false;
  std::optional<bool> gradients_wanted_;
  std::vector<Norm> norms_;
  std::vector<NodeId> writes_;
  absl::flat_hash_map<NodeId, Edge> reads_;
  absl::flat_hash_map<std::pair<std::uint64_t, std::uint64_t>, Edge> carried_;
};

}  // namespace detail

inline absl::Status BatchNormInference::Run(Graph& graph, PassContext& context) const {
  const Globs excluded(exclude);
  std::optional<detail::BatchNormRewriter::FirstCalls> calls;
  const auto run = [&](Body& body, std::string_view name) {
    return detail::BatchNormRewriter(graph, body, name, context, excluded, &calls).Run();
  };
  GRAPHFREEZE_RETURN_IF_ERROR(run(graph.main(), ""));
  if (graph.function_count() == 0) return absl::OkStatus();
  // Callers first, and no function that nobody calls (any more).
  std::vector<bool> seen(graph.function_count(), false);
  std::vector<FunctionId> todo;
  const auto call = [&](std::string_view name) {
    const FunctionId id = graph.FindFunction(name);
    if (id == kNoFunction || seen[id]) return;
    seen[id] = true;
    todo.push_back(id);
  };
  graph.main().ForEachNode([&](NodeRef node) { ForEachFunctionRef(node, call); });
  for (std::size_t i = 0; i < todo.size(); ++i) {
    GRAPHFREEZE_RETURN_IF_ERROR(context.CheckCancelled());
    Function& function = graph.function(todo[i]);
    GRAPHFREEZE_RETURN_IF_ERROR(run(function.body, function.name()));
    function.body.ForEachNode([&](NodeRef node) { ForEachFunctionRef(node, call); });
  }
  return absl::OkStatus();
}

GRAPHFREEZE_NAMESPACE_END
