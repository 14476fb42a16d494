// BranchFlow: which nodes of a body can run at all, and which scalars are known, once some predicates are constants.
//
//   flag (false) ── Switch(x, flag) ─:1─ dropout ──┐
//                       └──────────:0── Identity ── Merge           dead: Switch:1, dropout; Merge has one live input
//
// One forward fixpoint finds both: a node runs when all its inputs may arrive (a Merge when one may), a Switch with a
// known predicate sends its data one way only, and a tensor is a known number as long as all that may arrive agree.
// It starts from "nothing runs", so loops need no special treatment: what comes round counts once it can come round,
// and a loop whose condition is false from the start never does.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/types/span.h>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/passes/variable_flow.hpp>
#include <graphfreeze/rewrite/evaluator.hpp>
#include <graphfreeze/rewrite/look_through.hpp>
#include <graphfreeze/rewrite/op_roles.hpp>
#include <graphfreeze/rewrite/scalar.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/glob.hpp>
#include <graphfreeze/tensor/tensor_proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace detail {

// What may arrive over an edge.
struct Known {
  enum class State : std::uint8_t { kDead, kNumber, kAny };  // in the order in which the fixpoint raises them
  enum class Rank : std::uint8_t { kScalar, kOther, kUnknown };

  State state = State::kDead;
  Rank rank = Rank::kUnknown;
  DataType dtype = DataType::kInvalid;
  double number = 0;  // the only element; exact

  static Known Any() { return {State::kAny, Rank::kUnknown, DataType::kInvalid, 0}; }
  static Known Bool(bool value) { return {State::kNumber, Rank::kScalar, DataType::kBool, value ? 1.0 : 0.0}; }

  bool is_number() const { return state == State::kNumber; }
  bool truth() const { return number != 0; }
  friend bool operator==(const Known& a, const Known& b) {
    // Bits, not numbers: a zero has a sign.
    return a.state == b.state && a.rank == b.rank && a.dtype == b.dtype && BitCast<std::uint64_t>(a.number) == BitCast<std::uint64_t>(b.number);
  }
  friend bool operator!=(const Known& a, const Known& b) { return !(a == b); }
  // What is known if either may arrive.
  static Known Join(const Known& a, const Known& b) {
    if (a.state == State::kDead) return b;
    if (b.state == State::kDead || a == b) return a;
    return Any();
  }
};

enum class FlowKind : std::uint8_t {
  kOther,  // runs when all its inputs arrive; its outputs are not looked into
  kConst,
  kPass,  // output 0 is input 0
  kReshape,
  kNot,
  kAnd,
  kOr,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kSelect,
  kAdd,
  kSub,
  kMul,
  kCast,
  kSwitch,
  kSwitchN,
  kMerge,
  kTrigger,
};

inline FlowKind FlowKindOf(std::string_view op) {
  struct Entry {
    std::string_view op;
    FlowKind kind;
  };
  // Sorted.
  static constexpr Entry kKinds[] = {
      {"Add", FlowKind::kAdd},
      {"AddV2", FlowKind::kAdd},
      {"Cast", FlowKind::kCast},
      {"CheckNumerics", FlowKind::kPass},
      {"Const", FlowKind::kConst},
      {"ControlTrigger", FlowKind::kTrigger},
      {"DeepCopy", FlowKind::kPass},
      {"EnsureShape", FlowKind::kPass},
      {"Enter", FlowKind::kPass},
      {"Equal", FlowKind::kEqual},
      {"Exit", FlowKind::kPass},
      {"ExpandDims", FlowKind::kReshape},
      {"Greater", FlowKind::kGreater},
      {"GreaterEqual", FlowKind::kGreaterEqual},
      {"GuaranteeConst", FlowKind::kPass},
      {"Identity", FlowKind::kPass},
      {"Less", FlowKind::kLess},
      {"LessEqual", FlowKind::kLessEqual},
      {"LogicalAnd", FlowKind::kAnd},
      {"LogicalNot", FlowKind::kNot},
      {"LogicalOr", FlowKind::kOr},
      {"LoopCond", FlowKind::kPass},
      {"Merge", FlowKind::kMerge},
      {"Mul", FlowKind::kMul},
      {"NextIteration", FlowKind::kPass},
      {"NotEqual", FlowKind::kNotEqual},
      {"PreventGradient", FlowKind::kPass},
      {"Print", FlowKind::kPass},
      {"RefEnter", FlowKind::kPass},
      {"RefExit", FlowKind::kPass},
      {"RefIdentity", FlowKind::kPass},
      {"RefMerge", FlowKind::kMerge},
      {"RefNextIteration", FlowKind::kPass},
      {"RefSwitch", FlowKind::kSwitch},
      {"Reshape", FlowKind::kReshape},
      {"Select", FlowKind::kSelect},
      {"SelectV2", FlowKind::kSelect},
      {"Snapshot", FlowKind::kPass},
      {"Squeeze", FlowKind::kReshape},
      {"StopGradient", FlowKind::kPass},
      {"Sub", FlowKind::kSub},
      {"Switch", FlowKind::kSwitch},
      {"_SwitchN", FlowKind::kSwitchN},
  };
  const auto* it = std::lower_bound(std::begin(kKinds), std::end(kKinds), op,
                                    [](const Entry& entry, std::string_view wanted) { return entry.op < wanted; });
  return it != std::end(kKinds) && it->op == op ? it->kind : FlowKind::kOther;
}

// True for the ops that run one of several functions.
inline bool IsBranchOp(std::string_view op) {
  return op == "If" || op == "StatelessIf" || op == "Case" || op == "StatelessCase";
}
inline bool IsLoopOp(std::string_view op) { return op == "While" || op == "StatelessWhile"; }
inline bool IsCallOp(std::string_view op) { return op == "PartitionedCall" || op == "StatefulPartitionedCall"; }

// The number that a Const is; Any if it has not exactly one element, or of no type that predicates are made of.
inline Known NumberOf(const TensorView& tensor) {
  switch (tensor.dtype()) {
    case DataType::kBool:
    case DataType::kInt32:
    case DataType::kInt64:
    case DataType::kFloat:
    case DataType::kDouble:
      break;
    default:
      return Known::Any();
  }
  if (tensor.bytes().size() != ElementSize(tensor.dtype())) return Known::Any();
  if (tensor.dtype() == DataType::kInt64) {
    const auto value = LoadElement<std::int64_t>(tensor.bytes().data());
    constexpr std::int64_t kExact = std::int64_t{1} << 53;
    if (value > kExact || value < -kExact) return Known::Any();
  }
  const std::optional<double> number = FirstElement(tensor);
  if (!number) return Known::Any();
  return {Known::State::kNumber, tensor.shape().rank() == 0 ? Known::Rank::kScalar : Known::Rank::kOther, tensor.dtype(), *number};
}

// One body, with what is known of the arguments if it is a function's. Body and graph must stay as they are meanwhile.
class BranchFlow {
 public:
  // Switches that `undecided` matches go either way, whatever their predicates.
  BranchFlow(const Graph& graph, const Body& body, const Globs& undecided)
      : graph_(graph), body_(body), undecided_(undecided), constants_(graph, body, 1 << 12) {}
  BranchFlow(const BranchFlow&) = delete;
  BranchFlow& operator=(const BranchFlow&) = delete;

  // True if the body has anything whose branches could be told apart.
  static bool Interesting(const Body& body) {
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode) continue;
      const std::string_view op = body.op(id);
      if (op == "Switch" || op == "RefSwitch" || op == "_SwitchN" || IsBranchOp(op) || IsLoopOp(op) || IsCallOp(op)) return true;
    }
    return false;
  }

  // What is known of an argument of the function that the body is.
  void SetArgument(NodeId argument, const Known& value) { arguments_.emplace(argument, value); }

  void Run() {
    consumers_.emplace(body_);
    kinds_.assign(body_.size(), FlowKind::kOther);
    runs_.assign(body_.size(), false);
    waits_.assign(body_.size(), 0);
    for (NodeId id = 0; id < body_.size(); ++id) {
      if (!body_.alive(id)) continue;
      if (body_.kind(id) == NodeKind::kNode) kinds_[id] = FlowKindOf(body_.op(id));
      // An input that is not there is no reason to call the node dead.
      for (const Edge& edge : body_.inputs(id)) waits_[id] += edge.node != kNoNode && body_.alive(edge.node) ? 1 : 0;
    }
    for (NodeId id = 0; id < body_.size(); ++id) {
      if (!body_.alive(id)) continue;
      if (waits_[id] > 0 && kinds_[id] == FlowKind::kMerge) {
        bool missing = false;
        for (const Edge& edge : body_.inputs(id)) missing |= edge.node == kNoNode || !body_.alive(edge.node);
        if (missing) Start(id);
      } else if (waits_[id] == 0 || kinds_[id] == FlowKind::kTrigger) {
        Start(id);
      }
      while (!todo_.empty()) Settle();
    }
  }

  bool runs(NodeId id) const { return runs_[id]; }
  FlowKind kind(NodeId id) const { return kinds_[id]; }
  const Consumers& consumers() const { return *consumers_; }

  // What arrives over an edge of the body. A control edge is dead or anything.
  Known At(const Edge& edge) const {
    if (edge.node == kNoNode || edge.node >= runs_.size() || !body_.alive(edge.node)) return Known::Any();
    if (!runs_[edge.node]) return Known();
    if (edge.is_control()) return Known::Any();
    const FlowKind kind = kinds_[edge.node];
    if (kind == FlowKind::kSwitch || kind == FlowKind::kSwitchN) {
      const std::optional<std::int32_t> port = FlatOutput(graph_, body_, edge);
      if (!port) return Known::Any();
      const Way way = way_.find(edge.node)->second;
      if (way.port != kAllPorts && way.port != *port) return Known();
      // A predicate that is switched by itself is known behind the switch, whatever it is.
      if (way.pivot) return Known::Bool(*port != 0);
    } else if (edge.arg != 0 ? body_.OutputArg(edge) == "value_index" : edge.index != 0) {
      return Known::Any();
    }
    const auto it = numbers_.find(edge.node);
    return it == numbers_.end() ? Known::Any() : it->second;
  }

  // True for what is downstream of a Switch that may go either way: it runs only sometimes, and where that Switch
  // sends its data decides. (More nodes than necessary: those behind the Merge too.)
  bool sometimes(NodeId id) {
    if (sometimes_.empty()) {
      sometimes_ = Downstream([&](NodeId node) {
        return (kinds_[node] == FlowKind::kSwitch || kinds_[node] == FlowKind::kSwitchN) && port(node) == kAllPorts;
      });
    }
    return id < sometimes_.size() && sometimes_[id];
  }
  // True for what is downstream of an Enter, and may belong to a loop of TF1.
  bool framed(NodeId id) {
    if (framed_.empty()) {
      framed_ = Downstream([&](NodeId node) { return body_.op(node) == "Enter" || body_.op(node) == "RefEnter"; });
    }
    return id < framed_.size() && framed_[id];
  }

  // True for what is downstream of a node with effects, a check or print included: who waits for it waits for those.
  bool after_effects(NodeId id) {
    if (after_effects_.empty()) {
      Effects effects(graph_);
      after_effects_ = Downstream([&](NodeId node) { return effects.Of(body_.node(node)) != Effect::kNone; });
    }
    return id < after_effects_.size() && after_effects_[id];
  }

  // The output that a Switch sends its data to: kAllPorts if its predicate is not known.
  static constexpr std::int32_t kAllPorts = -1;
  std::int32_t port(NodeId id) const {
    const auto it = way_.find(id);
    return it == way_.end() ? kAllPorts : it->second.port;
  }

 private:
  template <typename IsSource>
  std::vector<bool> Downstream(IsSource&& is_source) const {
    std::vector<bool> marks(runs_.size(), false);
    std::vector<NodeId> todo;
    for (NodeId id = 0; id < runs_.size(); ++id) {
      if (!runs_[id] || body_.kind(id) != NodeKind::kNode || !is_source(id)) continue;
      marks[id] = true;
      todo.push_back(id);
    }
    while (!todo.empty()) {
      const NodeId id = todo.back();
      todo.pop_back();
      for (const Consumers::Use use : consumers_->of(id)) {
        if (marks[use.node]) continue;
        marks[use.node] = true;
        todo.push_back(use.node);
      }
    }
    return marks;
  }

  static constexpr std::int32_t kNoPort = -2;
  struct Way {
    std::int32_t port = kAllPorts;
    std::int32_t told = kNoPort;  // the port, as those who take it know it
    bool pivot = false;
  };

  void Start(NodeId id) {
    if (runs_[id]) return;
    runs_[id] = true;
    const bool is_switch = kinds_[id] == FlowKind::kSwitch || kinds_[id] == FlowKind::kSwitchN;
    if (is_switch) way_.emplace(id, FindWay(id));
    const Known value = Value(id);
    if (value.is_number()) numbers_.emplace(id, value);
    todo_.push_back({id, /*first=*/true, /*raised=*/false});
  }

  // An input of a node that runs is less known than before.
  void Raise(NodeId id) {
    const FlowKind kind = kinds_[id];
    if (kind == FlowKind::kOther || kind == FlowKind::kConst || kind == FlowKind::kTrigger || !runs_[id]) return;
    bool way_changed = false, raised = false;
    if (const auto it = way_.find(id); it != way_.end() && it->second.port != kAllPorts) {
      const Way now = FindWay(id);
      way_changed = now.port != it->second.port;
      it->second.port = now.port;
    }
    if (const auto it = numbers_.find(id); it != numbers_.end()) {
      const Known now = Value(id);
      if (now != it->second) {
        numbers_.erase(it);  // there is only one step up from a number
        raised = true;
      }
    }
    if (way_changed || raised) todo_.push_back({id, false, raised});
  }

  struct Event {
    NodeId node;
    bool first;   // it runs since now
    bool raised;  // its outputs are less known
  };

  void Settle() {
    const Event event = todo_.back();
    todo_.pop_back();
    const NodeId id = event.node;
    const bool ports = kinds_[id] == FlowKind::kSwitch || kinds_[id] == FlowKind::kSwitchN;
    std::int32_t way = kAllPorts, told = kNoPort;
    if (ports) {
      Way& of_node = way_.find(id)->second;
      way = of_node.port;
      told = std::exchange(of_node.told, way);
    }
    for (const Consumers::Use use : consumers_->of(id)) {
      const Edge& edge = body_.inputs(use.node)[use.slot];
      bool arrives = event.first;
      if (ports && !edge.is_control()) {
        const std::optional<std::int32_t> port = FlatOutput(graph_, body_, edge);
        if (port && way != kAllPorts && way != *port) continue;
        arrives = told == kNoPort || (port && told != kAllPorts && told != *port);
      }
      if (arrives) {
        Arrive(use.node, edge);
      } else if (event.raised && !edge.is_control()) {
        Lose(use.node, edge);
      }
    }
  }

  void Arrive(NodeId id, const Edge& edge) {
    if (kinds_[id] == FlowKind::kTrigger) return;
    if (kinds_[id] == FlowKind::kMerge) {
      if (edge.is_control()) return;
      if (runs_[id]) {
        Lose(id, edge);
      } else {
        merging_ = At(edge);
        Start(id);
      }
      return;
    }
    if (waits_[id] > 0 && --waits_[id] == 0) Start(id);
  }

  // Something less known comes over an edge.
  void Lose(NodeId id, const Edge& edge) {
    if (kinds_[id] != FlowKind::kMerge) {
      Raise(id);
      return;
    }
    const auto it = numbers_.find(id);
    if (it == numbers_.end() || Known::Join(it->second, At(edge)) == it->second) return;
    numbers_.erase(it);
    todo_.push_back({id, false, true});
  }

  Way FindWay(NodeId id) const {
    const absl::Span<const Edge> inputs = body_.inputs(id);
    Way way;
    if (inputs.size() < 2 || inputs[0].is_control() || inputs[1].is_control()) return way;
    if (undecided_.Matches(body_.name(id))) return way;
    const Known pred = At(inputs[1]);
    if (kinds_[id] == FlowKind::kSwitch) {
      if (pred.is_number()) way.port = pred.truth() ? 1 : 0;
      way.pivot = inputs[0] == inputs[1] || LookThrough(graph_, body_, inputs[0]) == LookThrough(graph_, body_, inputs[1]);
    } else if (pred.is_number() && pred.number >= 0 && pred.number < 1 << 20) {
      way.port = static_cast<std::int32_t>(pred.number);
      // Like Case, it takes the last output for an index that is too high.
      const AttrView outputs = body_.node(id).attr("num_outs");
      if (outputs.kind() == AttrView::Kind::kInt && way.port >= outputs.i()) way.port = kAllPorts;
    }
    return way;
  }

  // What output 0 (of a Switch, the data) is, by what arrives now. REQUIRES: the node runs.
  Known Value(NodeId id) {
    const absl::Span<const Edge> inputs = body_.inputs(id);
    const auto in = [&](std::size_t i) {
      return i < inputs.size() && !inputs[i].is_control() ? At(inputs[i]) : Known::Any();
    };
    switch (kinds_[id]) {
      case FlowKind::kOther: {
        const auto it = arguments_.find(id);
        return it == arguments_.end() ? Known::Any() : it->second;
      }
      case FlowKind::kTrigger:
        return Known::Any();
      case FlowKind::kConst:
        return Constant(id);
      case FlowKind::kMerge:
        return std::exchange(merging_, Known::Any());
      case FlowKind::kPass:
      case FlowKind::kSwitch:
      case FlowKind::kSwitchN:
        return in(0);
      case FlowKind::kReshape: {
        Known value = in(0);
        if (!value.is_number()) return Known::Any();
        const std::string_view op = body_.op(id);
        if (op == "ExpandDims") {
          value.rank = Known::Rank::kOther;
        } else {
          value.rank = op == "Squeeze" && body_.node(id).attr("squeeze_dims").ints().empty() ? Known::Rank::kScalar : Known::Rank::kUnknown;
        }
        return value;
      }
      case FlowKind::kNot: {
        Known value = in(0);
        if (!value.is_number()) return Known::Any();
        value.number = value.truth() ? 0 : 1;
        return value;
      }
      case FlowKind::kAnd:
      case FlowKind::kOr: {
        // One side may decide alone, but then the shape is not known.
        const Known a = in(0), b = in(1);
        const double decides = kinds_[id] == FlowKind::kOr ? 1 : 0;
        for (const Known* side : {&a, &b}) {
          if (!side->is_number() || side->truth() != (decides != 0)) continue;
          return {Known::State::kNumber, RankOf(a, b), DataType::kBool, decides};
        }
        if (!a.is_number() || !b.is_number()) return Known::Any();
        return {Known::State::kNumber, RankOf(a, b), DataType::kBool, 1 - decides};
      }
      case FlowKind::kSelect: {
        const Known pred = in(0);
        if (!pred.is_number()) return Known::Join(in(1), in(2));
        return pred.truth() ? in(1) : in(2);
      }
      case FlowKind::kCast:
        return Cast(id, in(0));
      default:
        return Binary(kinds_[id], in(0), in(1));
    }
  }

  static Known::Rank RankOf(const Known& a, const Known& b) {
    if (a.rank == Known::Rank::kScalar && b.rank == Known::Rank::kScalar) return Known::Rank::kScalar;
    if (a.rank == Known::Rank::kOther || b.rank == Known::Rank::kOther) return Known::Rank::kOther;
    return Known::Rank::kUnknown;
  }

  Known Constant(NodeId id) {
    const AttrView value = body_.node(id).attr("value");
    if (value.kind() == AttrView::Kind::kTensor) {
      // Most constants are no numbers, and large ones need not be read to see that.
      const absl::StatusOr<TensorHeader> header = ParseTensorHeader(value.tensor());
      if (!header.ok() || header->elements != 1) return Known::Any();
    }
    const absl::StatusOr<TensorView> tensor = constants_.Evaluate({id, 0, 0});
    return tensor.ok() ? NumberOf(*tensor) : Known::Any();
  }

  Known Cast(NodeId id, Known value) const {
    if (!value.is_number()) return Known::Any();
    const DataType to = body_.node(id).attr("DstT").type();
    switch (to) {
      case DataType::kBool:
        value.number = value.truth() ? 1 : 0;
        break;
      case DataType::kInt32:
        if (!(value.number > -2147483649.0 && value.number < 2147483648.0)) return Known::Any();
        value.number = std::trunc(value.number);
        break;
      case DataType::kInt64:
        if (!(std::fabs(value.number) < 9007199254740992.0)) return Known::Any();
        value.number = std::trunc(value.number);
        break;
      case DataType::kFloat:
        value.number = static_cast<double>(DoubleToFloat(value.number));
        break;
      case DataType::kDouble:
        break;
      default:
        return Known::Any();
    }
    value.dtype = to;
    return value;
  }

  static Known Binary(FlowKind kind, const Known& a, const Known& b) {
    if (!a.is_number() || !b.is_number() || a.dtype != b.dtype) return Known::Any();
    const Known::Rank rank = RankOf(a, b);
    const auto truth = [&](bool value) { return Known{Known::State::kNumber, rank, DataType::kBool, value ? 1.0 : 0.0}; };
    switch (kind) {
      case FlowKind::kEqual:
        return truth(a.number == b.number);
      case FlowKind::kNotEqual:
        return truth(a.number != b.number);
      case FlowKind::kLess:
        return truth(a.number < b.number);
      case FlowKind::kLessEqual:
        return truth(a.number <= b.number);
      case FlowKind::kGreater:
        return truth(a.number > b.number);
      case FlowKind::kGreaterEqual:
        return truth(a.number >= b.number);
      default:
        break;
    }
    const Arithmetic op = kind == FlowKind::kAdd   ? Arithmetic::kAdd
                          : kind == FlowKind::kSub ? Arithmetic::kSubtract
                                                   : Arithmetic::kMultiply;
    double number = 0;
    switch (a.dtype) {
      case DataType::kInt32:
        number = Compute(op, static_cast<std::int32_t>(a.number), static_cast<std::int32_t>(b.number));
        break;
      case DataType::kInt64: {
        const std::int64_t wide = Compute(op, static_cast<std::int64_t>(a.number), static_cast<std::int64_t>(b.number));
        number = static_cast<double>(wide);
        if (std::fabs(number) > 9007199254740992.0) return Known::Any();
        break;
      }
      case DataType::kFloat:
        number = static_cast<double>(Compute(op, static_cast<float>(a.number), static_cast<float>(b.number)));
        break;
      case DataType::kDouble:
        number = Compute(op, a.number, b.number);
        break;
      default:
        return Known::Any();
    }
    return {Known::State::kNumber, rank, a.dtype, number};
  }

  const Graph& graph_;
  const Body& body_;
  const Globs& undecided_;
  Evaluator constants_;
  std::optional<Consumers> consumers_;
  std::vector<FlowKind> kinds_;
  std::vector<bool> runs_;
  std::vector<std::uint32_t> waits_;  // inputs that have not arrived
  absl::flat_hash_map<NodeId, Known> arguments_;
  absl::flat_hash_map<NodeId, Known> numbers_;  // of the nodes that run; the others may be anything
  absl::flat_hash_map<NodeId, Way> way_;        // of the Switches that run
  std::vector<Event> todo_;
  std::vector<bool> sometimes_, framed_, after_effects_;
  Known merging_ = Known::Any();  // the first that arrives at a Merge
};

// Tells which tensors may decide a branch: reach, over ops that FlowKind knows, the predicate of a Switch, If or Case,
// also in a function that they are handed to.
class PredicateUses {
 public:
  explicit PredicateUses(const Graph& graph) : graph_(graph) {}

  bool Decides(const Body& body, NodeId node) { return Decides(body, ConsumersOf(body), node, 0); }
  bool Decides(FunctionId function, std::uint32_t argument, int depth = 0) {
    const Function& callee = graph_.function(function);
    if (argument >= callee.argument_count() || depth > kDepth) return false;
    const std::uint64_t key = std::uint64_t{function} << 32 | callee.argument(argument);
    const auto [it, is_new] = decides_.try_emplace(key, false);
    if (!is_new) return it->second;
    const bool decides = Decides(callee.body, ConsumersOf(callee.body), callee.argument(argument), depth + 1);
    decides_[key] = decides;
    return decides;
  }

 private:
  static constexpr int kDepth = 100;

  const Consumers& ConsumersOf(const Body& body) {
    std::unique_ptr<Consumers>& consumers = consumers_[&body];
    if (consumers == nullptr) consumers = std::make_unique<Consumers>(body);
    return *consumers;
  }

  bool Decides(const Body& body, const Consumers& consumers, NodeId node, int depth) {
    std::vector<NodeId> todo = {node};
    absl::flat_hash_map<NodeId, bool> seen;
    seen[node] = true;
    while (!todo.empty()) {
      const NodeId id = todo.back();
      todo.pop_back();
      for (const Consumers::Use use : consumers.of(id)) {
        if (!body.alive(use.node) || body.kind(use.node) != NodeKind::kNode) continue;
        const absl::Span<const Edge> inputs = body.inputs(use.node);
        if (use.slot >= inputs.size() || inputs[use.slot].is_control()) continue;
        const std::string_view op = body.op(use.node);
        const FlowKind kind = FlowKindOf(op);
        if ((kind == FlowKind::kSwitch || kind == FlowKind::kSwitchN) && use.slot == 1) return true;
        if (IsBranchOp(op) && use.slot == 0) return true;
        if (kind == FlowKind::kOther || kind == FlowKind::kTrigger) {
          if (HandsOn(body, use, depth)) return true;
          continue;
        }
        // What is selected is no predicate by being selected with.
        if (seen.try_emplace(use.node, true).second) todo.push_back(use.node);
      }
    }
    return false;
  }

  bool HandsOn(const Body& body, Consumers::Use use, int depth) {
    const std::string_view op = body.op(use.node);
    if (!IsBranchOp(op) && !IsLoopOp(op) && !IsCallOp(op)) return false;
    const absl::StatusOr<std::optional<CallSite>> site = FindCallSite(graph_, body.node(use.node));
    if (!site.ok() || !*site || use.slot < (*site)->first_argument) return false;
    for (const CallSite::Callee& callee : (*site)->callees) {
      if (Decides(callee.function, use.slot - static_cast<std::uint32_t>((*site)->first_argument), depth)) return true;
    }
    return false;
  }

  const Graph& graph_;
  absl::flat_hash_map<const Body*, std::unique_ptr<Consumers>> consumers_;
  absl::flat_hash_map<std::uint64_t, bool> decides_;
};

}  // namespace detail
GRAPHFREEZE_NAMESPACE_END
