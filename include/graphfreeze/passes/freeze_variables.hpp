// FreezeVariables: every variable becomes a Const with its value from the checkpoint.
//
//   w (VarHandleOp) ── ReadVariableOp ── MatMul          w (Const) ── Identity ── MatMul
//   emb (VarHandleOp) ── ResourceGather(ids)       =>    emb (Const) ── GatherV2(ids, axis)
//   b (VariableV2) ── RefSwitch ── …                     b (Const) ── Switch ── …
//   w ── If(cond, w) ── then_branch(w: resource)         w ── If(cond, w) ── then_branch_frozen(w: float)
//
// Names stay. The nodes that a handle passes through get the type of the value; a function that is called with a
// frozen variable is copied, once for each combination of types and shapes that it is called with.
//
// Writes. A graph that is frozen cannot change its variables. A write that no read comes after (by data and control
// edges) is dropped, and reported. So is one that a read does come after, if it is a moving average or a counter.
// Any other is an error that names write, read and path, since dropping it would change the result.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/model/variable_keys.hpp>
#include <graphfreeze/passes/variable_flow.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/hash.hpp>
#include <graphfreeze/support/nearest.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/support/text.hpp>
#include <graphfreeze/tensor/tensor_proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// A variable that became a constant, and where its value came from.
struct FrozenVariable {
  std::string name;      // of the node
  std::string function;  // that it is in; empty for the main graph
  std::string key;       // in the checkpoint; empty for a value that was computed or given
  std::string slice;     // the part of that tensor; empty for all of it
  std::string_view found_by;  // how the key was found: "saver", "name", "shared_name", "object_graph", "part_number",
                         // or "initializer" and "caller" for values that are from elsewhere
  DataType dtype = DataType::kInvalid;
  Shape shape;
  std::uint64_t bytes = 0;
};

// Where the value of a weight comes from, for who puts in that of another checkpoint.
struct BoundWeight {
  enum class Kind : std::uint8_t {
    kElements,  // its elements stand behind its prefix
    kNumber,    // one element: EncodeWeight makes its prefix, which is all of it
    kText,      // strings, which are in its prefix
  };
  std::uint32_t weight = 0;  // its number in the graph
  Kind kind = Kind::kElements;
  std::string key;
  TensorSlice slice;
  std::uint64_t bytes = 0;  // of the elements; not of strings
};

// The TensorProto up to the bytes of the pieces, which go into it where the tensor is a single element (of the typed
// form that tools look for) or strings. `bytes` gets the size of the elements.
inline absl::StatusOr<std::string> EncodeWeight(TensorRef* tensor, std::uint64_t* bytes) {
  if (tensor->string_value) {
    *bytes = 0;
    for (std::string_view s : tensor->string_value->strings()) *bytes += s.size();
    GRAPHFREEZE_ASSIGN_OR_RETURN(std::string proto, SerializeTensorProto(*tensor->string_value));
    tensor->string_value = nullptr;
    tensor->pieces.clear();
    return proto;
  }
  *bytes = tensor->size();
  GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t elements, tensor->shape.NumElements());
  if (elements != 1) return TensorProtoPrefix(tensor->dtype, tensor->shape, *bytes);
  std::string element;
  for (const ByteRange& piece : tensor->pieces) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes owned, piece.source.Load(piece.offset, piece.size));
    element.append(owned.bytes);
  }
  tensor->pieces.clear();
  return SerializeTensorProto(tensor->dtype, tensor->shape, element);
}

struct FreezeVariables {
  static constexpr std::string_view kName = "freeze_variables";

  // Where keys and values come from; shared, since finding keys remembers what it read.
  std::shared_ptr<VariableKeys> keys;
  // Values that win over the checkpoint, by variable: initialisers that were evaluated, or the caller's.
  std::map<std::string, TensorView, std::less<>> values;
  // Node names. An empty `allow` means all; a name in both lists is not frozen.
  std::vector<std::string> allow, deny;
  // Drop every write, also where that changes what a later read gives.
  bool drop_writes = false;
  // Estimate: constants get their size from the index of the checkpoint, and nothing that can be read.
  bool measure_only = false;
  // Gets what of the weights has to be put together in memory; only where they are measured. May be null.
  std::uint64_t* heap_bytes = nullptr;
  // Gets what was frozen, in the order of the graph. May be null.
  std::vector<FrozenVariable>* frozen = nullptr;
  // Gets the weights that are from the checkpoint, for a graph whose values are put in later: single numbers are left
  // as elements. May be null.
  std::vector<BoundWeight>* bound = nullptr;

  absl::Status Run(Graph& graph, PassContext& context) const;
};

namespace detail {

class VariableFreezer {
 public:
  VariableFreezer(Graph& graph, PassContext& context, const FreezeVariables& options)
      : graph_(graph),
        context_(context),
        options_(options),
        allow_(options.allow.begin(), options.allow.end()),
        deny_(options.deny.begin(), options.deny.end()),
        flow_(graph, context.limits, [this](const Body& body, NodeRef node) { return Select(body, node); }) {}

  absl::Status Run() {
    WarnOfUnknownNames();
    GRAPHFREEZE_RETURN_IF_ERROR(RefuseEmbeddingVariables());
    GRAPHFREEZE_RETURN_IF_ERROR(flow_.Analyse());
    GRAPHFREEZE_RETURN_IF_ERROR(CheckWrites(graph_.main(), &flow_.main(), nullptr));
    GRAPHFREEZE_RETURN_IF_ERROR(RewriteBody(&graph_.main(), &flow_.main(), ""));
    return ReportMissing();
  }

 private:
  // What is known of the value of one variable node. Keys are found a second time when they are needed: to remember
  // them would take more than all the rest.
  struct Candidate {
    const TensorView* value = nullptr;  // wins over the key
    std::uint32_t weight = AttrEdit::kNoWeight;
    bool has_key = false;
  };

  // --- which variables, and their values ---

  void WarnOfUnknownNames() {
    for (const auto* names : {&options_.allow, &options_.deny}) {
      for (const std::string& name : *names) {
        const NodeId id = graph_.main().Find(name);
        if (id != kNoNode && IsVariable(graph_.main().op(id))) continue;
        if (VariableInAnyFunction(name)) continue;
        context_.Add(FreezeVariables::kName, "", name, Action::kWarning, "unknown_variable",
                     Concat("'", name, "' of the ", names == &options_.allow ? "allow" : "deny",
                            " list is no variable that an output needs"));
      }
    }
  }

  // An EmbeddingVariable of DeepRec is a hash table that grows while it is trained: its checkpoint holds keys and
  // rows, and no Const can stand for it.
  absl::Status RefuseEmbeddingVariables() const {
    std::string found;
    graph_.main().ForEachNode([&](NodeRef node) {
      if (found.empty() && StartsWith(node.op(), "KvVarHandleOp")) found = std::string(node.name());
    });
    if (found.empty()) return absl::OkStatus();
    return FailedPrecondition("node '", found, "' is an EmbeddingVariable (KvVarHandleOp), a table that grows by keys and "
                              "that no constant can stand for; make the result of its lookup an input of the graph, or "
                              "export the table to a dense variable first");
  }
  // The same, where the graph is one of plain variables but the checkpoint is not.
  bool IsEmbeddingVariable(std::string_view name) const {
    const TensorStore& store = options_.keys->store();
    return store.Find(Concat(name, "-keys")) && store.Find(Concat(name, "-values"));
  }

  bool VariableInAnyFunction(std::string_view name) const {
    for (FunctionId id = 0; id < graph_.function_count(); ++id) {
      if (!graph_.function(id).alive) continue;
      const NodeId node = graph_.function(id).body.Find(name);
      if (node != kNoNode && IsVariable(graph_.function(id).body.op(node))) return true;
    }
    return false;
  }

  absl::StatusOr<std::optional<Binding>> Select(const Body&, NodeRef node) {
    const std::string_view name = node.name();
    if (deny_.count(name) > 0 || (!allow_.empty() && allow_.count(name) == 0)) {
      if (!excluded_.emplace(name).second) return std::optional<Binding>();
      context_.Add(FreezeVariables::kName, "", name, Action::kSkipped, "excluded", "variable kept as the lists say");
      return std::optional<Binding>();
    }
    const auto [it, is_new] = candidates_.try_emplace(node.name());
    Candidate& candidate = it->second;
    if (is_new) {
      const auto value = options_.values.find(name);
      if (value != options_.values.end()) candidate.value = &value->second;
    }
    Binding binding;
    binding.dtype = node.attr("dtype").type();
    // A `shape` attribute that is missing says nothing, like one of unknown rank.
    GRAPHFREEZE_ASSIGN_OR_RETURN(binding.shape, node.attr("shape").shape());
    if (candidate.value != nullptr) {
      binding.shape = candidate.value->shape();
    } else if (options_.keys != nullptr) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const std::optional<VariableKey> key, options_.keys->Find(node));
      candidate.has_key = key.has_value();
      if (key && key->slice.extents().empty()) binding.shape = options_.keys->store().Find(key->key)->shape;
    }
    return std::optional<Binding>(std::move(binding));
  }

  // The Const's weight; kNoWeight if the variable has no value (remembered for ReportMissing).
  absl::StatusOr<std::uint32_t> WeightOf(NodeRef node, std::string_view function) {
    Candidate& candidate = candidates_.find(node.name())->second;
    if (candidate.weight != AttrEdit::kNoWeight) return candidate.weight;
    const DataType dtype = node.attr("dtype").type();
    GRAPHFREEZE_ASSIGN_OR_RETURN(const Shape shape, node.attr("shape").shape());
    Weight weight;
    FrozenVariable frozen;
    TensorSlice slice;
    if (candidate.value != nullptr) {
      weight.tensor = TensorStore::ToRef(*candidate.value);
      frozen.found_by = "initializer";
    } else if (candidate.has_key) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(std::optional<VariableKey> key, options_.keys->Find(node));
      if (!key) return FailedPrecondition("variable '", node.name(), "' lost its key while the graph was rewritten");
      absl::StatusOr<TensorRef> located =
          options_.measure_only ? Measure(*key) : options_.keys->store().Locate(key->key, key->slice);
      if (!located.ok()) return Annotate(located.status(), Concat("variable '", node.name(), "'"));
      weight.tensor = *std::move(located);
      frozen.key = std::move(key->key);
      frozen.slice = key->slice.ToString();
      slice = std::move(key->slice);
      frozen.found_by = key->found_by;
      if (key->full_shape.has_rank()) {
        const Shape stored = options_.keys->store().Find(frozen.key)->shape;
        if (!stored.IsCompatibleWith(key->full_shape)) {
          mismatches_.push_back(Concat("variable '", node.name(), "' is part ", frozen.slice, " of a tensor of shape ",
                                       key->full_shape.ToString(), " in the graph, but key '", frozen.key,
                                       "' has shape ", stored.ToString()));
          return AttrEdit::kNoWeight;
        }
      }
    } else {
      missing_.emplace(node.name(), Concat(graphfreeze::Name(dtype), " ", shape.ToString()));
      return AttrEdit::kNoWeight;
    }
    const TensorRef& tensor = weight.tensor;
    if (tensor.dtype != dtype || !shape.IsCompatibleWith(tensor.shape)) {
      mismatches_.push_back(Concat("variable '", node.name(), "' is ", graphfreeze::Name(dtype), " ",
                                   shape.ToString(), " in the graph, but ", frozen.key.empty() ? "its value" : "key '",
                                   frozen.key, frozen.key.empty() ? "" : "'", frozen.slice.empty() ? "" : " part ",
                                   frozen.slice, " is ", graphfreeze::Name(tensor.dtype), " ", tensor.shape.ToString()));
      return AttrEdit::kNoWeight;
    }
    frozen.name = std::string(node.name());
    frozen.function = std::string(function);
    frozen.dtype = tensor.dtype;
    frozen.shape = tensor.shape;
    frozen.bytes = tensor.size();
    const bool is_bound = options_.bound != nullptr && candidate.value == nullptr;
    BoundWeight bound;
    if (is_bound && tensor.string_value != nullptr) {
      bound.kind = BoundWeight::Kind::kText;
    } else if (is_bound) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t elements, tensor.shape.NumElements());
      if (elements == 1) bound.kind = BoundWeight::Kind::kNumber;
    }
    // A number that is bound later stays unread.
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string prefix,
                                 bound.kind == BoundWeight::Kind::kNumber
                                     ? TensorProtoPrefix(tensor.dtype, tensor.shape, frozen.bytes)
                                     : Encode(&weight.tensor, &frozen.bytes));
    weight.prefix = graph_.arena().Copy(prefix);
    candidate.weight = graph_.AddWeight(std::move(weight));
    if (is_bound) {
      bound.weight = candidate.weight;
      bound.key = frozen.key;
      bound.bytes = frozen.bytes;
      bound.slice = std::move(slice);
      options_.bound->push_back(std::move(bound));
    }
    if (options_.frozen != nullptr) options_.frozen->push_back(std::move(frozen));
    return candidate.weight;
  }

  // A reference of the right size to bytes that nobody may read.
  absl::StatusOr<TensorRef> Measure(const VariableKey& key) const {
    struct Unread {
      std::uint64_t size() const { return bytes; }
      absl::Status Read(std::uint64_t, absl::Span<char>) const {
        return FailedPrecondition("an estimate does not read weights");
      }
      std::uint64_t bytes;
    };
    // More than any file has; sums of it do not overflow, whatever shapes a checkpoint claims.
    constexpr std::uint64_t kMost = std::uint64_t{1} << 44;
    GRAPHFREEZE_ASSIGN_OR_RETURN(TensorMeasure measure, options_.keys->store().Measure(key.key, key.slice));
    TensorRef ref;
    ref.dtype = measure.dtype;
    ref.shape = std::move(measure.shape);
    const std::uint64_t bytes = measure.bytes < kMost ? measure.bytes : kMost;
    if (bytes > 0) ref.pieces.push_back({Source::Of(Unread{bytes}, "estimate"), 0, bytes});
    if (options_.heap_bytes != nullptr) *options_.heap_bytes += measure.heap_bytes < kMost ? measure.heap_bytes : kMost;
    return ref;
  }

  absl::StatusOr<std::string> Encode(TensorRef* tensor, std::uint64_t* bytes) const {
    if (options_.measure_only) {
      std::string proto = TensorProtoHeader(tensor->dtype, tensor->shape);
      // Strings bring their tags and lengths along.
      if (tensor->size() > 0 && tensor->dtype != DataType::kString) wire::PutBytesHeader(&proto, 4, tensor->size());
      return proto;
    }
    return EncodeWeight(tensor, bytes);
  }

  absl::Status ReportMissing() const {
    if (!mismatches_.empty()) {
      std::string text;
      for (std::size_t i = 0; i < mismatches_.size() && i < 10; ++i) text += Concat(i > 0 ? "; " : "", mismatches_[i]);
      if (mismatches_.size() > 10) text += Concat("; and ", mismatches_.size() - 10, " more");
      return FailedPrecondition(text, ". Graph and checkpoint are not of one training run, or the saver renames "
                                "variables: give the .meta file that was saved with the checkpoint");
    }
    if (missing_.empty()) return absl::OkStatus();
    const std::vector<std::string_view> keys =
        options_.keys ? options_.keys->store().keys() : std::vector<std::string_view>();
    const std::string store = options_.keys ? options_.keys->store().name() : "no checkpoint";
    std::size_t matched = 0;
    for (const auto& [name, candidate] : candidates_) matched += candidate.has_key ? 1 : 0;
    std::string text;
    if (keys.empty()) {
      return NotFound(missing_.size(), " variables need values, and ",
                      options_.keys && options_.keys->store() ? Concat(store, " holds none") : "no checkpoint was given",
                      ": ", First(missing_, 4), ". Name the checkpoint of the training run");
    }
    if (matched == 0) {
      text = Concat("no variable of ", graph_.name(), " is in ", store, " (", keys.size(),
                    " keys). The graph needs ", First(missing_, 4), "; the checkpoint has ", FirstKeys(keys, 4),
                    ". Either it is the checkpoint of another model, or the saver renames variables");
    } else {
      text = Concat(missing_.size(), " variables have no value in ", store, " (", keys.size(), " keys): ");
      std::size_t count = 0;
      for (const auto& [name, type] : missing_) {
        if (count == 20) {
          text += Concat("; and ", missing_.size() - count, " more");
          break;
        }
        text += Concat(count++ > 0 ? "; '" : "'", name, "' (", type, "; ",
                       IsEmbeddingVariable(name) ? std::string("the checkpoint has it as a growing EmbeddingVariable, '-keys' "
                                                               "and '-values', which no constant can stand for")
                                                 : Concat("nearest keys: ", JoinNames(Nearest(name, keys, 2), "none")),
                       ")");
      }
      text += ". The checkpoint may be of another run, or the variables are not saved: let --initializer_nodes evaluate them, "
              "or exclude them from freezing";
    }
    if (options_.keys->restore_map().empty()) {
      text += "; if the saver renames variables, only its restore nodes know the keys, and they are not in this "
              "graph: give the .meta file that was saved with the checkpoint";
    }
    return NotFound(text);
  }

  static std::string First(const std::map<std::string, std::string>& names, std::size_t n) {
    std::vector<std::string_view> some;
    for (const auto& [name, type] : names) {
      if (some.size() < n) some.push_back(name);
    }
    return Concat(JoinNames(some, "none"), names.size() > n ? ", …" : "");
  }
  static std::string FirstKeys(std::vector<std::string_view> keys, std::size_t n) {
    const bool more = keys.size() > n;
    if (more) keys.resize(n);
    return Concat(JoinNames(keys, "none"), more ? ", …" : "");
  }

  // --- writes ---

  // True if the edge is the value of the variable that `carried` says.
  absl::StatusOr<bool> IsReadOf(const Body& body, const BodyFlow& flow, Edge edge, std::uint32_t variable) const {
    for (int steps = 0; steps < 16 && !edge.is_control() && edge.node != kNoNode; ++steps) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const Binding* carried, flow_.Carried(body, flow, edge));
      if (carried != nullptr) return carried->is_ref && carried->variable == variable;
      const std::string_view op = body.op(edge.node);
      if (body.inputs(edge.node).empty()) return false;
      if (op == "ReadVariableOp") {
        GRAPHFREEZE_ASSIGN_OR_RETURN(const Binding* handle, flow_.Carried(body, flow, body.inputs(edge.node)[0]));
        return handle != nullptr && handle->variable == variable;
      }
      if (op != "Identity") return false;
      edge = body.inputs(edge.node)[0];
    }
    return false;
  }

  // The producer of an edge, through Identity and Cast.
  static NodeId Source(const Body& body, Edge edge) {
    for (int steps = 0; steps < 16 && edge.node != kNoNode; ++steps) {
      const std::string_view op = body.op(edge.node);
      if ((op != "Identity" && op != "Cast") || body.inputs(edge.node).empty()) break;
      edge = body.inputs(edge.node)[0];
    }
    return edge.node;
  }

  // v -= (v - x) * k is a moving average; v += constant is a counter.
  absl::StatusOr<bool> IsMovingAverageOrCounter(const Body& body, const BodyFlow& flow, NodeId write,
                                                std::uint32_t variable) const {
    const std::string_view op = body.op(write);
    const absl::Span<const Edge> inputs = body.inputs(write);
    if (inputs.size() < 2 || variable == Binding::kSeveral) return false;
    const NodeId value = Source(body, inputs[1]);
    if (value == kNoNode) return false;
    if (op == "AssignAdd" || op == "AssignAddVariableOp") return body.op(value) == "Const";
    if ((op != "AssignSub" && op != "AssignSubVariableOp") || body.op(value) != "Mul") return false;
    for (std::size_t side = 0; side < 2 && side < body.inputs(value).size(); ++side) {
      const NodeId difference = Source(body, body.inputs(value)[side]);
      if (difference == kNoNode || body.op(difference) != "Sub" || body.inputs(difference).empty()) continue;
      GRAPHFREEZE_ASSIGN_OR_RETURN(const bool read, IsReadOf(body, flow, body.inputs(difference)[0], variable));
      if (read) return true;
    }
    return false;
  }

  static bool Same(std::uint32_t a, std::uint32_t b) {
    return a == b || a == Binding::kSeveral || b == Binding::kSeveral;
  }
  static bool Touches(const std::set<std::uint32_t>& variables, std::uint32_t variable) {
    for (std::uint32_t v : variables) {
      if (Same(v, variable)) return true;
    }
    return false;
  }

  // The variables of the caller that a call reads or writes, from those of the functions.
  static std::set<std::uint32_t> ToCaller(const BodyFlow::Call& call, std::set<std::uint32_t> FunctionFlow::*which) {
    std::set<std::uint32_t> result;
    for (const FunctionFlow* function : call.functions) {
      for (std::uint32_t v : function->*which) {
        if (v < call.arguments.size() && call.arguments[v]) {
          result.insert(call.arguments[v]->variable);
        } else if (v == Binding::kSeveral) {
          result.insert(v);
        }
      }
    }
    return result;
  }

  // True if a node takes the value of the variable.
  absl::StatusOr<bool> Reads(const Body& body, const BodyFlow& flow, NodeId node, std::uint32_t variable) const {
    if (body.kind(node) != NodeKind::kNode) return false;
    const auto reached = flow.reached.find(node);
    if (const auto call = flow.calls.find(node); call != flow.calls.end()) {
      if (Touches(ToCaller(call->second, &FunctionFlow::read), variable)) return true;
    }
    if (reached != flow.reached.end() && reached->second == HandleUse::kRead) {
      const std::string_view op = body.op(node);
      if (op == "VariableShape" || op == "VarIsInitializedOp" || op == "IsVariableInitialized") return false;
      GRAPHFREEZE_ASSIGN_OR_RETURN(const Binding* handle, flow_.Carried(body, flow, body.inputs(node)[0]));
      return handle != nullptr && Same(handle->variable, variable);
    }
    const bool writes = reached != flow.reached.end() && reached->second == HandleUse::kWrite;
    if (reached != flow.reached.end() && !writes) return false;
    const absl::Span<const Edge> inputs = body.inputs(node);
    for (std::size_t slot = writes ? 1 : 0; slot < inputs.size(); ++slot) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const Binding* carried, flow_.Carried(body, flow, inputs[slot]));
      if (carried != nullptr && carried->is_ref && Same(carried->variable, variable)) return true;
    }
    return false;
  }

  // Nodes whose value matters: to an output, or to a node that does something to the world. A read that only a write
  // needs, which is dropped itself, does not count: a random seed is read and advanced without any output that asks for
  // it. Where outputs are not known all values matter.
  std::vector<bool> ValueLive(const Body& body, const BodyFlow& flow, const FunctionFlow* function) const {
    enum : std::uint8_t { kNot, kRuns, kValue };
    std::vector<std::uint8_t> state(body.size(), kNot);
    std::vector<NodeId> todo;
    const auto mark = [&](NodeId id, std::uint8_t as) {
      if (id == kNoNode || state[id] >= as) return;
      state[id] = as;
      todo.push_back(id);
    };
    bool known = function != nullptr;
    if (function != nullptr) {
      for (NodeId id = 0; id < body.size(); ++id) {
        if (body.alive(id) && (body.kind(id) == NodeKind::kResult || body.kind(id) == NodeKind::kControlResult)) mark(id, kValue);
      }
    } else {
      for (const std::string& output : context_.outputs) {
        const std::size_t colon = output.rfind(':');
        const NodeId id = body.Find(std::string_view(output).substr(0, colon));
        if (id == kNoNode) continue;
        known = true;
        mark(id, kValue);
      }
    }
    if (!known) return std::vector<bool>(body.size(), true);
    while (!todo.empty()) {
      const NodeId id = todo.back();
      todo.pop_back();
      bool value = state[id] == kValue;
      if (!value && body.kind(id) == NodeKind::kNode) {
        const auto reached = flow.reached.find(id);
        const bool of_variable = reached != flow.reached.end() && (reached->second == HandleUse::kWrite || reached->second == HandleUse::kRead);
        const OpDef* op = graph_.ops().Find(body.op(id));
        value = !of_variable && (op == nullptr || op->is_stateful);  // a function, or an op that may do something
        if (value) state[id] = kValue;
      }
      for (const Edge& edge : body.inputs(id)) mark(edge.node, value && !edge.is_control() ? kValue : kRuns);
    }
    std::vector<bool> live(body.size());
    for (NodeId id = 0; id < body.size(); ++id) live[id] = state[id] == kValue;
    return live;
  }

  // Decides about every write of a body, those of the functions that it calls first.
  absl::Status CheckWrites(const Body& body, BodyFlow* flow, FunctionFlow* function) {
    const std::string_view where = function == nullptr ? std::string_view() : graph_.function(function->function).name();
    struct Write {
      NodeId node;
      std::set<std::uint32_t> variables;
    };
    std::vector<Write> writes;
    for (auto& [id, call] : flow->calls) {
      for (FunctionFlow* callee : call.functions) {
        if (!checked_.insert(callee).second) continue;
        GRAPHFREEZE_RETURN_IF_ERROR(CheckWrites(graph_.function(callee->function).body, &callee->flow, callee));
      }
      const std::set<std::uint32_t> written = ToCaller(call, &FunctionFlow::written);
      const std::set<std::uint32_t> read = ToCaller(call, &FunctionFlow::read);
      if (function != nullptr) {
        function->written.insert(written.begin(), written.end());
        function->read.insert(read.begin(), read.end());
      }
      if (written.empty()) continue;
      for (std::uint32_t v : written) {
        if (call.site.kind == CallSite::Kind::kLoop && Touches(read, v) && !options_.drop_writes) {
          return FailedPrecondition("node '", body.name(id), "' (", body.op(id), ")", In(where),
                                    " changes a variable in its loop that the loop also reads; the value of one step "
                                    "would be that of all steps: exclude the variable, or drop writes on purpose");
        }
      }
      writes.push_back({id, written});
    }
    bool any_write = !writes.empty();
    for (const auto& [id, use] : flow->reached) any_write = any_write || use == HandleUse::kWrite;
    std::vector<bool> live;
    if (any_write) live = ValueLive(body, *flow, function);
    for (const auto& [id, use] : flow->reached) {
      if (use != HandleUse::kWrite && use != HandleUse::kRead) continue;
      if (use == HandleUse::kRead && any_write && !live[id]) continue;
      GRAPHFREEZE_ASSIGN_OR_RETURN(const Binding* target, flow_.Carried(body, *flow, body.inputs(id)[0]));
      if (target == nullptr) continue;
      if (use == HandleUse::kRead) {
        if (function != nullptr) function->read.insert(target->variable);
        continue;
      }
      GRAPHFREEZE_ASSIGN_OR_RETURN(const bool harmless, IsMovingAverageOrCounter(body, *flow, id, target->variable));
      context_.Add(FreezeVariables::kName, where, body.name(id), Action::kRemoved,
                   harmless ? "update_dropped" : "write_dropped",
                   Concat(body.op(id), harmless ? ": moving average or counter, not updated at inference"
                                                : ": nothing that the outputs need reads the variable after it"));
      if (harmless) continue;
      writes.push_back({id, {target->variable}});
      if (function != nullptr) function->written.insert(target->variable);
    }
    if (writes.empty()) return absl::OkStatus();
    if (options_.drop_writes) {
      for (const Write& write : writes) {
        context_.Add(FreezeVariables::kName, where, body.name(write.node), Action::kWarning, "write_dropped_on_request",
                     "a write was dropped without asking what reads the variable afterwards");
      }
      return absl::OkStatus();
    }
    const Consumers consumers(body);
    for (const Write& write : writes) {
      GRAPHFREEZE_RETURN_IF_ERROR(context_.CheckCancelled());
      std::vector<NodeId> from(body.size(), kNoNode);
      std::deque<NodeId> todo = {write.node};
      from[write.node] = write.node;
      while (!todo.empty()) {
        const NodeId id = todo.front();
        todo.pop_front();
        for (const Consumers::Use use : consumers.of(id)) {
          for (std::uint32_t v : write.variables) {
            GRAPHFREEZE_ASSIGN_OR_RETURN(const bool reads, Reads(body, *flow, use.node, v));
            if (reads && live[use.node]) {
              if (from[use.node] == kNoNode) from[use.node] = id;
              return WriteError(body, VariableName(body, *flow, function, v), where, write.node, use.node, id, from);
            }
          }
          if (from[use.node] != kNoNode) continue;
          from[use.node] = id;
          todo.push_back(use.node);
        }
      }
    }
    return absl::OkStatus();
  }

  static std::string In(std::string_view function) {
    return function.empty() ? std::string() : Concat(" of function '", function, "'");
  }

  // The name of a variable (or of the argument that holds it) by its number in the body.
  std::string VariableName(const Body& body, const BodyFlow& flow, const FunctionFlow* function, std::uint32_t number) const {
    for (const auto& [node, variable] : flow.variables) {
      if (variable == number) return std::string(body.name(node));
    }
    return function != nullptr && number < function->arguments.size()
               ? std::string(body.name(graph_.function(function->function).argument(number)))
               : std::string("one of several");
  }

  static absl::Status WriteError(const Body& body, std::string_view variable, std::string_view where, NodeId write,
                                 NodeId read, NodeId last, const std::vector<NodeId>& from) {
    std::vector<std::string_view> path = {body.name(read)};
    for (NodeId id = last; path.size() < 8; id = from[id]) {
      path.push_back(body.name(id));
      if (id == write) break;
    }
    std::string text;
    for (auto it = path.rbegin(); it != path.rend(); ++it) text += Concat(text.empty() ? "" : " -> ", *it);
    return FailedPrecondition("node '", body.name(write), "' (", body.op(write), ")", In(where),
                              " changes variable '", variable, "', which '", body.name(read), "' (", body.op(read),
                              ") reads afterwards (", text,
                              "): frozen, the read would give the old value. Choose an output before the write, exclude "
                              "the variable, or drop writes on purpose");
  }

  // --- the rewrite ---

  absl::Status RewriteBody(Body* body, BodyFlow* flow, std::string_view function) {
    for (const auto& reached : flow->reached) {
      const NodeId id = reached.first;
      switch (reached.second) {
        case HandleUse::kPass:
          RewritePass(body, *flow, id);
          break;
        case HandleUse::kPassAll:
          RewriteTypes(body, id, "T", [&](std::size_t i) { return flow->Find(id, static_cast<std::int32_t>(i)); });
          body->RemoveAttr(id, "_output_shapes");
          break;
        case HandleUse::kRead:
          GRAPHFREEZE_RETURN_IF_ERROR(RewriteRead(body, *flow, id));
          break;
        case HandleUse::kWrite:
          RewriteWrite(body, *flow, id);
          break;
        default:
          break;
      }
    }
    for (auto& [id, call] : flow->calls) GRAPHFREEZE_RETURN_IF_ERROR(RewriteCall(body, id, &call));
    // Of the main graph this was the last use; what is made next is about as large.
    if (function.empty()) decltype(flow->bound)().swap(flow->bound);
    return RewriteVariables(body, *flow, function);
  }

  void RewritePass(Body* body, const BodyFlow& flow, NodeId id) {
    const Binding& binding = *flow.Find(id, 0);
    if (const std::string_view op = WithoutRef(body->op(id)); !op.empty()) {
      body->SetOp(id, op);
    } else {
      body->SetAttr(id, "T", attr::Type(binding.dtype));
    }
    body->RemoveAttr(id, "_output_shapes");
  }

  // Sets the elements of a list(type) attribute for which `find` has a binding.
  template <typename Find>
  void RewriteTypes(Body* body, NodeId id, std::string_view name, Find&& find) {
    std::vector<DataType> types = body->node(id).attr(name).types();
    bool changed = false;
    for (std::size_t i = 0; i < types.size(); ++i) {
      const Binding* binding = find(i);
      if (binding == nullptr || types[i] == binding->dtype) continue;
      types[i] = binding->dtype;
      changed = true;
    }
    if (changed) body->SetAttr(id, name, attr::Types(types));
  }

  static std::vector<Edge> ControlInputs(const Body& body, NodeId id) {
    std::vector<Edge> controls;
    for (const Edge& edge : body.inputs(id)) {
      if (edge.is_control()) controls.push_back(edge);
    }
    return controls;
  }

  // A Const that takes the place of something that depended on `anchor`: inside a TF1 loop or branch it must
  // belong to the same frame, and be dead when that is dead.
  static void Anchor(const BodyFlow& flow, const Body& body, const Edge& anchor, std::vector<Edge>* inputs) {
    if (!flow.has_frames || anchor.is_control() || anchor.node == kNoNode) return;
    if (body.kind(anchor.node) != NodeKind::kNode) return;
    inputs->push_back({anchor.node, 0, Edge::kControl});
  }

  absl::Status RewriteRead(Body* body, const BodyFlow& flow, NodeId id) {
    const std::string_view op = body->op(id), name = body->name(id);
    const std::vector<Edge> inputs(body->inputs(id).begin(), body->inputs(id).end());
    std::vector<Edge> controls = ControlInputs(*body, id);
    GRAPHFREEZE_ASSIGN_OR_RETURN(const Binding* carried, flow_.Carried(*body, flow, inputs[0]));
    if (carried == nullptr) return absl::OkStatus();
    const Binding binding = *carried;
    const NodeRef node = body->node(id);
    // What attributes say of the file or the arena stays where it is; what becomes of the node does not touch it.
    const std::string_view classes = node.attr("_class").message();
    const std::string value_type = attr::Type(binding.dtype);
    const auto reset = [&](std::string_view new_op, std::vector<Edge> new_inputs) {
      body->Reset(id, new_op, "output");
      new_inputs.insert(new_inputs.end(), controls.begin(), controls.end());
      body->SetInputs(id, std::move(new_inputs));
      if (!classes.empty()) body->SetAttr(id, "_class", classes);
    };

    if (op == "ReadVariableOp") {
      reset("Identity", {inputs[0]});
      body->SetAttr(id, "T", value_type);
    } else if (op == "ResourceGatherNd") {
      const std::string index_type = attr::Type(node.attr("Tindices").type());
      reset("GatherNd", {inputs[0], inputs[1]});
      body->SetAttr(id, "Tparams", value_type);
      body->SetAttr(id, "Tindices", index_type);
    } else if (op == "ResourceGather") {
      // The axis of ResourceGather is the one behind the batch dimensions.
      const std::int64_t batch_dims = node.attr("batch_dims").i();
      const DataType index_dtype = node.attr("Tindices").type();
      const std::string index_type = attr::Type(index_dtype);
      const std::size_t size = ElementSize(index_dtype);
      if (size != 4 && size != 8) {
        return InvalidArgument("node '", name, "' (", op, ") has indices of type ", graphfreeze::Name(index_dtype));
      }
      const char* axis_bytes = reinterpret_cast<const char*>(&batch_dims);  // little-endian: the low bytes come first
      GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string proto,
                                   SerializeTensorProto(index_dtype, Shape(), std::string_view(axis_bytes, size)));
      const NodeId axis = body->AddNode(body->UniqueName(Concat(name, "/axis")), "Const");
      std::vector<Edge> axis_inputs;
      Anchor(flow, *body, inputs[1], &axis_inputs);
      body->SetInputs(axis, std::move(axis_inputs));
      body->SetAttr(axis, "dtype", index_type);
      body->SetAttr(axis, "value", attr::Tensor(proto));
      const bool in_function = body != &graph_.main();
      reset("GatherV2", {inputs[0], inputs[1], {axis, in_function ? body->Intern("output") : 0, 0}});
      body->SetAttr(id, "Tparams", value_type);
      body->SetAttr(id, "Tindices", index_type);
      body->SetAttr(id, "Taxis", index_type);
      if (batch_dims != 0) body->SetAttr(id, "batch_dims", attr::Int(batch_dims));
    } else if (op == "VariableShape") {
      const std::string out_type(AttrOrDefault(graph_, node, "out_type").message());
      reset("Shape", {inputs[0]});
      body->SetAttr(id, "T", value_type);
      body->SetAttr(id, "out_type", out_type.empty() ? attr::Type(DataType::kInt32) : out_type);
    } else {  // VarIsInitializedOp, IsVariableInitialized: a constant has a value
      Anchor(flow, *body, inputs[0], &controls);
      GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string proto,
                                   SerializeTensorProto(DataType::kBool, Shape(), std::string_view("\1", 1)));
      reset("Const", {});
      body->SetAttr(id, "dtype", attr::Type(DataType::kBool));
      body->SetAttr(id, "value", attr::Tensor(proto));
    }
    return absl::OkStatus();
  }

  // A write becomes nothing: what must run before it and after it stays in order. One that hands on its reference
  // hands on the constant.
  void RewriteWrite(Body* body, const BodyFlow& flow, NodeId id) {
    const Binding* out = flow.Find(id, 0);
    const Edge variable = body->inputs(id)[0];
    std::vector<Edge> inputs = ControlInputs(*body, id);
    if (out == nullptr) {
      body->Reset(id, "NoOp", {});
    } else {
      inputs.insert(inputs.begin(), variable);
      body->Reset(id, "Identity", "output");
      body->SetAttr(id, "T", attr::Type(out->dtype));
    }
    body->SetInputs(id, std::move(inputs));
  }

  absl::Status RewriteCall(Body* body, NodeId id, BodyFlow::Call* call) {
    bool changed = false;
    for (const FunctionFlow* function : call->functions) changed |= function->changed;
    if (!changed) return absl::OkStatus();
    std::vector<std::string> names;
    for (FunctionFlow* function : call->functions) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const FunctionId copy, Copy(function));
      names.emplace_back(graph_.function(copy).name());
    }
    const NodeRef node = body->node(id);
    if (call->site.callees.size() > 0 && call->site.callees[0].attr == "branches") {
      std::vector<std::string> storage;
      const std::vector<std::string_view> branches = node.attr("branches").funcs();
      for (std::size_t i = 0; i < branches.size(); ++i) storage.push_back(WithFunctionName(branches[i], names[i]));
      body->SetAttr(id, "branches", attr::Messages(9, {storage.begin(), storage.end()}));
    } else {
      for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string_view attr_name = call->site.callees[i].attr;
        if (attr_name.empty()) {
          body->SetOp(id, names[i]);
        } else {
          body->SetAttr(id, attr_name, attr::Func(WithFunctionName(node.attr(attr_name).func(), names[i])));
        }
      }
    }
    const auto argument = [&](std::size_t i) -> const Binding* {
      return i < call->arguments.size() && call->arguments[i] ? &*call->arguments[i] : nullptr;
    };
    const auto result = [&](std::size_t i) -> const Binding* {
      return i < call->results.size() && call->results[i] ? &*call->results[i] : nullptr;
    };
    if (!call->site.argument_types.empty()) RewriteTypes(body, id, call->site.argument_types, argument);
    if (!call->site.result_types.empty()) RewriteTypes(body, id, call->site.result_types, result);
    for (std::size_t i = 0; i < call->results.size(); ++i) {
      if (result(i) != nullptr) body->RemoveAttr(id, "_output_shapes");
    }
    RewriteOutputShapes(body, id, result);
    // A list of the arguments that are resources which are only read: values are no resources.
    const AttrView read_only = node.attr("_read_only_resource_inputs");
    if (read_only.exists()) {
      std::vector<std::int64_t> left;
      const auto first = static_cast<std::int64_t>(call->site.first_argument);
      for (std::int64_t input : read_only.ints()) {
        if (input < first || argument(static_cast<std::size_t>(input - first)) == nullptr) left.push_back(input);
      }
      if (left.size() != read_only.ints().size()) body->SetAttr(id, "_read_only_resource_inputs", attr::Ints(left));
    }
    return absl::OkStatus();
  }

  // `output_shapes` of While and If says [] of a handle, and must say the variable's shape of its value.
  template <typename Find>
  void RewriteOutputShapes(Body* body, NodeId id, Find&& result) {
    const AttrView shapes = body->node(id).attr("output_shapes");
    if (!shapes.exists()) return;
    std::vector<std::string_view> messages = shapes.shapes();
    std::deque<std::string> storage;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const Binding* binding = result(i);
      if (binding == nullptr) continue;
      storage.push_back(binding->shape.Serialize());
      messages[i] = storage.back();
    }
    if (!storage.empty()) body->SetAttr(id, "output_shapes", attr::Messages(7, messages));
  }

  // The function to call in place of the one that was analysed.
  absl::StatusOr<FunctionId> Copy(FunctionFlow* flow) {
    if (!flow->changed) return flow->function;
    if (flow->copy != kNoFunction) return flow->copy;
    flow->copy = graph_.CloneFunction(flow->function, Concat(graph_.function(flow->function).name(), "_frozen"));
    Function& copy = graph_.function(flow->copy);
    for (std::uint32_t i = 0; i < flow->arguments.size(); ++i) {
      if (flow->arguments[i]) copy.SetArgumentType(i, flow->arguments[i]->dtype);
    }
    for (std::uint32_t i = 0; i < flow->results.size(); ++i) {
      if (flow->results[i]) copy.SetResultType(i, flow->results[i]->dtype);
    }
    GRAPHFREEZE_RETURN_IF_ERROR(RewriteBody(&copy.body, &flow->flow, copy.name()));
    context_.Add(FreezeVariables::kName, copy.name(), "", Action::kChanged, "function_copied",
                 Concat("takes values where '", graph_.function(flow->function).name(), "' takes variables"));
    return flow->copy;
  }

  // The variables themselves. One that nothing takes any more needs no value: it is left, and pruned.
  absl::Status RewriteVariables(Body* body, const BodyFlow& flow, std::string_view function) {
    if (flow.variables.empty()) return absl::OkStatus();
    const Consumers consumers(*body);
    graph_.ReserveWeights(flow.variables.size());
    if (options_.frozen != nullptr) options_.frozen->reserve(options_.frozen->size() + flow.variables.size());
    // All values first: the parts of a partitioned variable find their keys by each other's shapes.
    std::vector<std::pair<NodeId, std::uint32_t>> weights;
    weights.reserve(flow.variables.size());
    for (const auto& [id, number] : flow.variables) {
      const NodeRef node = body->node(id);
      const Candidate& candidate = candidates_.find(node.name())->second;
      const bool has_value = candidate.has_key || candidate.value != nullptr;
      if (!has_value && consumers.of(id).empty()) continue;
      GRAPHFREEZE_ASSIGN_OR_RETURN(const std::uint32_t weight, WeightOf(node, function));
      if (weight != AttrEdit::kNoWeight) weights.emplace_back(id, weight);
    }
    for (const auto& [id, weight] : weights) {
      const DataType dtype = body->node(id).attr("dtype").type();
      body->Reset(id, "Const", "output");
      body->SetAttr(id, "dtype", attr::Type(dtype));
      body->SetAttrToWeight(id, "value", weight);
    }
    return absl::OkStatus();
  }

  Graph& graph_;
  PassContext& context_;
  const FreezeVariables& options_;
  std::set<std::string, std::less<>> allow_, deny_;
  NameMap<Candidate> candidates_;  // by the names of the nodes, which the graph keeps
  std::map<std::string, std::string> missing_;  // type and shape, by name
  std::set<std::string> excluded_;
  std::vector<std::string> mismatches_;
  std::set<const FunctionFlow*> checked_;
  VariableFlow flow_;
};

}  // namespace detail

inline absl::Status FreezeVariables::Run(Graph& graph, PassContext& context) const {
  return detail::VariableFreezer(graph, context, *this).Run();
}

GRAPHFREEZE_NAMESPACE_END
