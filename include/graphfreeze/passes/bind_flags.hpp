// BindFlags: what is fed at run time, or stands in a variable, becomes a constant: is_training=false, keep_prob=1.
//
//   is_training (Placeholder) ── If(·, x)          is_training (Const false) ── If(·, x)
//   temperature (VariableV2) ── Mul          =>    temperature (Const 2.5) ── Mul
//
// Names stay. FoldBranches then takes away what the flags decide. A variable's value wins over the checkpoint; it is
// bound wherever its handle goes, into functions too, and writes to it go.
//
// A bool placeholder with a default (Keras's learning phase) that decides branches is bound to its default if that is
// false. Which value of any other flag means inference, SuggestFlags tells by structure: random masks, batch norm in
// training mode and writes to variables belong to training, whatever the flag's name is.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
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
#include <absl/strings/numbers.h>
#include <absl/types/span.h>

#include <graphfreeze/graph/function_refs.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/model/variable_keys.hpp>
#include <graphfreeze/passes/branch_flow.hpp>
#include <graphfreeze/passes/freeze_variables.hpp>
#include <graphfreeze/passes/prune.hpp>
#include <graphfreeze/rewrite/evaluator.hpp>
#include <graphfreeze/rewrite/look_through.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/rewrite/rewriter.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/glob.hpp>
#include <graphfreeze/support/nearest.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/tensor_proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

struct BindFlags {
  static constexpr std::string_view kName = "bind_flags";

  // Name and value, as text: {"is_training", "false"}, {"keep_prob", "1"}. A name is that of a node of the main graph (its
  // output 0), of a tensor ("mode:1"), or a glob: of all scalar placeholders and variables whose type has such a value.
  // Values: true, false, 0 and 1 for bools, numbers in the range of their type for others, the text itself for strings.
  // What has a shape gets the value in all elements. Of several that name one node the last counts.
  std::vector<std::pair<std::string, std::string>> values;
  // Bind bool placeholders with the default false that decide branches.
  bool defaults = true;
  // Bind what SuggestFlags says of placeholders and variables that are not bound yet.
  bool infer_flags = false;
  // Names (globs) of nodes that are bound neither by a glob, nor by default, nor by inference.
  std::vector<std::string> exclude;

  // NotFound for a name that no node has; InvalidArgument for a value that its type does not have.
  absl::Status Run(Graph& graph, PassContext& context) const;
};

// A flag, and its value at inference, as structure tells it.
struct FlagSuggestion {
  std::string name;
  bool value = false;
  std::size_t votes = 0;      // nodes of training that run only with the other value
  std::string example;        // one of them
  bool can_be_bound = false;  // a placeholder or a variable; anything else is computed from others
};

namespace detail {

// True for what only training does: draws masks, normalises by the batch, changes variables.
inline bool IsTrainingOp(const Graph& graph, NodeRef node) {
  const std::string_view op = node.op();
  const auto begins = [&](std::string_view prefix) { return op.substr(0, prefix.size()) == prefix; };
  if (begins("FusedBatchNorm") && op.find("Grad") == std::string_view::npos) {
    const AttrView training = AttrOrDefault(graph, node, "is_training");
    return !training.exists() || training.b();
  }
  if (begins("Random") || begins("StatelessRandom") || begins("StatefulUniform") || begins("DropOutGenMask") || op == "StatelessDropout") {
    return op.find("Queue") == std::string_view::npos && op.find("Dataset") == std::string_view::npos;
  }
  return IsResourceWrite(op) || op == "Assign" || op == "AssignAdd" || op == "AssignSub" || begins("ScatterUpdate") || begins("Apply");
}

class FlagVotes {
 public:
  explicit FlagVotes(const Graph& graph) : graph_(graph) {
    // Flags share what they guard, and callers functions, only in odd graphs.
    std::size_t nodes = graph.main().size();
    for (FunctionId id = 0; id < graph.function_count(); ++id) nodes += graph.function(id).body.size();
    budget_ = 64 * nodes + 1000;
  }

  std::vector<FlagSuggestion> Count() {
    const Body& body = graph_.main();
    std::vector<FlagSuggestion> suggestions;
    for (const auto& [root, votes] : CountBody(body, 0)) {
      if ((votes.of[0] == 0) == (votes.of[1] == 0)) continue;  // nobody, or both sides
      FlagSuggestion suggestion;
      suggestion.name = std::string(body.name(root));
      suggestion.value = votes.of[0] > 0;
      suggestion.votes = votes.of[0] + votes.of[1];
      suggestion.example = votes.example;
      const std::string_view op = body.op(root);
      suggestion.can_be_bound = op == "Placeholder" || op == "PlaceholderV2" || op == "PlaceholderWithDefault" || IsVariable(op);
      suggestions.push_back(std::move(suggestion));
    }
    return suggestions;
  }

 private:
  struct Use {
    NodeId node;
    bool inverted;
    std::size_t slot;
  };
  struct Votes {
    std::size_t of[2] = {0, 0};  // training nodes that run only if the flag is false, true
    std::string example;
    void Add(bool flag, std::string_view node, std::size_t count = 1) {
      of[flag ? 1 : 0] += count;
      if (example.empty()) example = std::string(node);
    }
  };

  // The votes on everything that decides branches in a body, or in the functions that it calls. Arguments count too.
  std::map<NodeId, Votes> CountBody(const Body& body, int depth) {
    std::map<NodeId, Votes> all;
    std::map<NodeId, std::vector<Use>> uses = FindPredicates(body, depth);
    if (uses.empty()) return all;
    const Consumers consumers(body);
    std::vector<std::uint8_t> marks(body.size(), 0);
    for (const auto& [root, of_root] : uses) {
      Votes& votes = all[root];
      std::vector<NodeId> visited;
      for (const Use& use : of_root) {
        const std::string_view op = body.op(use.node);
        if (IsSwitch(op)) {
          for (const std::int32_t port : {0, 1}) Spread(body, consumers, use, port, &marks, &visited);
        } else if (use.slot == 0 && (op == "If" || op == "StatelessIf")) {
          VoteOfBranches(body, use, &votes);
        } else {
          VoteOfFunctions(body, use, depth, &votes);
        }
      }
      for (const NodeId id : visited) {
        if ((marks[id] == 1 || marks[id] == 2) && IsTrainingOp(graph_, body.node(id))) votes.Add(marks[id] == 2, body.name(id));
        marks[id] = 0;
      }
    }
    return all;
  }

  std::map<NodeId, std::vector<Use>> FindPredicates(const Body& body, int depth) {
    std::map<NodeId, std::vector<Use>> uses;
    const auto add = [&](NodeId node, std::size_t slot) {
      Use use{node, false, slot};
      const NodeId root = Root(body, body.inputs(node)[slot], &use.inverted);
      if (root == kNoNode) return;
      const std::string_view op = body.kind(root) == NodeKind::kNode ? body.op(root) : std::string_view();
      if (op != "Const" && op != "LoopCond" && op != "Merge") uses[root].push_back(use);
    };
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode) continue;
      const std::string_view op = body.op(id);
      const std::size_t inputs = body.inputs(id).size();
      if (IsSwitch(op) && inputs > 1) add(id, 1);
      if ((op == "If" || op == "StatelessIf") && inputs > 0) add(id, 0);
      if (!IsBranchOp(op) && !IsLoopOp(op) && !IsCallOp(op)) continue;
      const absl::StatusOr<std::optional<CallSite>> site = FindCallSite(graph_, body.node(id));
      if (!site.ok() || !*site) continue;
      // Only what some function decides by.
      std::set<std::size_t> slots;
      for (const CallSite::Callee& callee : (*site)->callees) {
        for (const auto& [argument, votes] : CountFunction(callee.function, depth + 1)) slots.insert((*site)->first_argument + argument);
      }
      for (const std::size_t slot : slots) {
        if (slot < inputs) add(id, slot);
      }
    }
    return uses;
  }

  // By the number of the argument.
  const std::map<std::size_t, Votes>& CountFunction(FunctionId id, int depth) {
    const auto [it, is_new] = functions_.try_emplace(id);
    if (!is_new || depth > 100) return it->second;
    const Function& function = graph_.function(id);
    std::map<std::size_t, Votes> found;
    const std::map<NodeId, Votes> by_node = CountBody(function.body, depth);
    for (std::uint32_t i = 0; i < function.argument_count(); ++i) {
      const auto votes = by_node.find(function.argument(i));
      if (votes != by_node.end() && votes->second.of[0] + votes->second.of[1] > 0) found.emplace(i, votes->second);
    }
    return functions_.find(id)->second = std::move(found);
  }

  void VoteOfFunctions(const Body& body, const Use& use, int depth, Votes* votes) {
    const absl::StatusOr<std::optional<CallSite>> site = FindCallSite(graph_, body.node(use.node));
    if (!site.ok() || !*site) return;
    for (const CallSite::Callee& callee : (*site)->callees) {
      const std::map<std::size_t, Votes>& of_function = CountFunction(callee.function, depth + 1);
      const auto found = of_function.find(use.slot - (*site)->first_argument);
      if (found == of_function.end()) continue;
      for (const bool flag : {false, true}) {
        const std::size_t count = found->second.of[flag ? 1 : 0];
        if (count > 0) votes->Add(flag != use.inverted, found->second.example, count);
      }
    }
  }

  // Where a predicate comes from: through logic of one input, and out of the branches of outer predicates.
  NodeId Root(const Body& body, Edge edge, bool* inverted) const {
    for (int steps = 0; steps < 100; ++steps) {
      edge = LookThrough(graph_, body, edge, /*loops=*/true);
      if (edge.node == kNoNode || edge.is_control()) return kNoNode;
      if (body.kind(edge.node) != NodeKind::kNode) return edge.node;
      const std::string_view op = body.op(edge.node);
      const absl::Span<const Edge> inputs = body.inputs(edge.node);
      if (op != "LogicalNot" && op != "ReadVariableOp" && !IsSwitch(op) && op != "Squeeze" && op != "Reshape") return edge.node;
      if (inputs.empty()) return kNoNode;
      if (op == "LogicalNot") *inverted = !*inverted;
      edge = inputs[0];
    }
    return kNoNode;
  }

  // Marks what is between an output of a Switch and the Merge: 2 if the flag is true there, 1 if it is false.
  void Spread(const Body& body, const Consumers& consumers, const Use& from, std::int32_t port, std::vector<std::uint8_t>* marks,
              std::vector<NodeId>* visited) {
    const std::uint8_t mark = (port == 1) != from.inverted ? 2 : 1;
    std::vector<NodeId> todo;
    const auto visit = [&](NodeId id) {
      std::uint8_t& known = (*marks)[id];
      if ((known & mark) != 0 || budget_ == 0 || body.kind(id) != NodeKind::kNode) return;
      --budget_;
      if (known == 0) visited->push_back(id);
      known = static_cast<std::uint8_t>(known | mark);
      const std::string_view op = body.op(id);
      if (op != "Merge" && op != "RefMerge") todo.push_back(id);
    };
    for (const Consumers::Use use : consumers.of(from.node)) {
      const Edge& edge = body.inputs(use.node)[use.slot];
      const std::optional<std::int32_t> output = FlatOutput(graph_, body, edge);
      if (output && *output == port) visit(use.node);
    }
    while (!todo.empty()) {
      const NodeId id = todo.back();
      todo.pop_back();
      for (const Consumers::Use use : consumers.of(id)) visit(use.node);
    }
  }

  void VoteOfBranches(const Body& body, const Use& use, Votes* votes) {
    const std::optional<std::string_view> in_true = TrainingIn(body.node(use.node).attr("then_branch").func_name(), 0);
    const std::optional<std::string_view> in_false = TrainingIn(body.node(use.node).attr("else_branch").func_name(), 0);
    if (in_true.has_value() == in_false.has_value()) return;
    votes->Add(in_true.has_value() != use.inverted, in_true ? *in_true : *in_false);
  }

  // The name of a node that only training needs in a function, or in those that it calls.
  std::optional<std::string_view> TrainingIn(std::string_view function, int depth) {
    const FunctionId id = graph_.FindFunction(function);
    if (id == kNoFunction || depth > 100) return std::nullopt;
    const auto [it, is_new] = training_.try_emplace(id, std::nullopt);
    if (!is_new) return it->second;
    std::optional<std::string_view> found;
    graph_.function(id).body.ForEachNode([&](NodeRef node) {
      if (found) return;
      if (IsTrainingOp(graph_, node)) {
        found = node.name();
        return;
      }
      ForEachFunctionRef(node, [&](std::string_view name) {
        if (!found) found = TrainingIn(name, depth + 1);
      });
    });
    training_[id] = found;
    return found;
  }

  const Graph& graph_;
  std::size_t budget_ = 0;  // nodes that may still be visited
  std::map<FunctionId, std::map<std::size_t, Votes>> functions_;
  absl::flat_hash_map<FunctionId, std::optional<std::string_view>> training_;
};

// The bytes of one element; none if the type has no such value.
inline absl::StatusOr<std::string> ParseElement(std::string_view text, DataType dtype) {
  const auto bad = [&](std::string_view what) { return InvalidArgument("'", text, "' is no ", Name(dtype), what); };
  if (dtype == DataType::kBool) {
    if (text == "true" || text == "True" || text == "1") return std::string(1, '\1');
    if (text == "false" || text == "False" || text == "0") return std::string(1, '\0');
    return bad("; write true or false");
  }
  if (!IsNumber(dtype)) {
    return InvalidArgument("values of type ", Name(dtype), " cannot be written as text; bind bools, numbers and strings");
  }
  std::string element(ElementSize(dtype), '\0');
  const absl::string_view number_text(text.data(), text.size());
  if (dtype == DataType::kFloat || dtype == DataType::kDouble || dtype == DataType::kHalf || dtype == DataType::kBfloat16) {
    double wide = 0;
    float narrow = 0;
    if (!absl::SimpleAtod(number_text, &wide) || !absl::SimpleAtof(number_text, &narrow)) return bad("; write a number");
    const bool infinite = text.find_first_of("iI") != std::string_view::npos;
    if (dtype == DataType::kDouble) {
      StoreElement(wide, &element[0]);
    } else if (dtype == DataType::kFloat) {
      StoreElement(narrow, &element[0]);
      wide = static_cast<double>(narrow);
    } else {
      const std::uint16_t bits = dtype == DataType::kHalf ? FloatToHalf(narrow) : FloatToBfloat16(narrow);
      StoreElement(bits, &element[0]);
      wide = static_cast<double>(dtype == DataType::kHalf ? HalfToFloat(bits) : Bfloat16ToFloat(bits));
    }
    if (std::isinf(wide) && !infinite) return bad(": it is out of range");
    return element;
  }
  const bool is_unsigned = dtype == DataType::kUint8 || dtype == DataType::kUint16 || dtype == DataType::kUint32 || dtype == DataType::kUint64;
  const int bits = static_cast<int>(element.size()) * 8;
  std::uint64_t value = 0;
  if (is_unsigned) {
    if (!absl::SimpleAtoi(number_text, &value)) return bad("; write a whole number that is not negative and in its range");
    if (bits < 64 && value >> bits != 0) return bad(": it is out of range");
  } else {
    std::int64_t number = 0;
    if (!absl::SimpleAtoi(number_text, &number)) return bad("; write a whole number in its range");
    const std::int64_t limit = bits < 64 ? std::int64_t{1} << (bits - 1) : 0;
    if (bits < 64 && (number < -limit || number >= limit)) return bad(": it is out of range");
    value = static_cast<std::uint64_t>(number);
  }
  std::memcpy(&element[0], &value, element.size());  // little-endian: the low bytes come first
  return element;
}

class FlagBinder {
 public:
  FlagBinder(Graph& graph, PassContext& context, const BindFlags& options)
      : graph_(graph),
        body_(graph.main()),
        context_(context),
        options_(options),
        excluded_(options.exclude),
        rewriter_(graph, graph.main(), "", context, BindFlags::kName) {}

  absl::Status Run() {
    for (const auto& [name, text] : options_.values) GRAPHFREEZE_RETURN_IF_ERROR(BindName(name, text));
    GRAPHFREEZE_RETURN_IF_ERROR(BindVariables());
    return BindOthers();
  }

 private:
  struct Target {
    NodeId node = kNoNode;
    std::int32_t output = 0;
  };

  absl::Status BindName(const std::string& name, const std::string& text) {
    Target target{body_.Find(name), 0};
    if (target.node == kNoNode) {
      const std::size_t colon = name.rfind(':');
      const std::int32_t index = colon == std::string::npos ? -1 : ParseIndex(std::string_view(name).substr(colon + 1));
      if (index >= 0) target = {body_.Find(std::string_view(name).substr(0, colon)), index};
    }
    if (target.node != kNoNode) return Annotate(Bind(target, text), Concat("binding ", name, "=", text));
    if (name.find_first_of("*?") == std::string::npos) return Unknown(name, "no node has that name");

    std::size_t matched = 0;
    for (NodeId id = 0; id < body_.size(); ++id) {
      if (!body_.alive(id) || body_.kind(id) != NodeKind::kNode || !GlobMatches(name, body_.name(id))) continue;
      const std::string_view op = body_.op(id);
      if (!IsFed(op) && !IsVariable(op) && !bound_.contains(id)) continue;
      if (excluded_.Matches(body_.name(id))) {
        rewriter_.Skip(body_.node(id), "excluded", Concat("matches ", name, ", excluded by the caller"));
        ++matched;
        continue;
      }
      // Of a placeholder or a variable all that the text can be: an image is no flag.
      const auto value = ValueFor({id, 0}, text);
      if (!value.ok() || value->dtype() == DataType::kString || Elements(*value) != 1) continue;
      if (const auto shape = body_.node(id).attr("shape").shape(); !shape.ok() || (shape->has_rank() && !shape->NumElements().ok())) continue;
      ++matched;
      GRAPHFREEZE_RETURN_IF_ERROR(Annotate(Bind({id, 0}, text), Concat("binding ", name, "=", text)));
    }
    // Bound by an earlier run, it is a constant of that value.
    if (matched == 0 && !AlreadyBound(name, text)) return Unknown(name, Concat("no scalar placeholder or variable matches that can be ", text));
    return absl::OkStatus();
  }

  bool AlreadyBound(std::string_view glob, const std::string& text) {
    for (NodeId id = 0; id < body_.size(); ++id) {
      if (!body_.alive(id) || body_.kind(id) != NodeKind::kNode || body_.op(id) != "Const" || !GlobMatches(glob, body_.name(id))) continue;
      const auto value = ValueFor({id, 0}, text);
      if (value.ok() && IsConstOf(id, *value)) return true;
    }
    return false;
  }

  absl::Status Unknown(std::string_view name, std::string_view why) const {
    std::vector<std::string_view> names, flags;
    body_.ForEachNode([&](NodeRef node) {
      names.push_back(node.name());
      const bool is_bool = node.attr("dtype").type() == DataType::kBool;
      if (is_bool && (IsFed(node.op()) || IsVariable(node.op())) && flags.size() < 20) flags.push_back(node.name());
    });
    return NotFound("'", name, "' cannot be bound: ", why, "; nearest names: ", JoinNames(Nearest(name, names, 3), "none"),
                    "; flags of ", graph_.name(), ": ", JoinNames(flags, "none"));
  }

  static bool IsFed(std::string_view op) { return op == "Placeholder" || op == "PlaceholderV2" || op == "PlaceholderWithDefault"; }
  static std::uint64_t Elements(const TensorView& value) {
    const absl::StatusOr<std::int64_t> count = value.shape().NumElements();
    return count.ok() ? static_cast<std::uint64_t>(*count) : 0;
  }

  // The value as a tensor of the type and shape that the target has. Without a shape, it is a scalar.
  absl::StatusOr<TensorView> ValueFor(const Target& target, std::string_view text) {
    const NodeRef node = body_.node(target.node);
    DataType dtype = DataType::kInvalid;
    Shape shape = Shape::UnknownRank();
    const std::string_view op = node.op();
    if (op == "Const") {
      const auto header = ParseTensorHeader(node.attr("value").tensor());
      if (header.ok() && header->dtype != DataType::kInvalid) {
        shape = header->shape;
        dtype = header->dtype;
      }
    } else if (IsFed(op) || IsVariable(op)) {
      dtype = node.attr("dtype").type();
      GRAPHFREEZE_ASSIGN_OR_RETURN(shape, node.attr("shape").shape());
      if (op == "PlaceholderWithDefault" && !node.inputs().empty() && !shape.NumElements().ok()) {
        Evaluator evaluator(graph_, body_, 1 << 16);
        if (const auto fallback = evaluator.Evaluate(node.inputs()[0]); fallback.ok()) shape = fallback->shape();
      }
    }
    if (dtype == DataType::kInvalid) {
      const auto types = OutputTypes(graph_, node);
      if (!types) return FailedPrecondition("the type of what '", node.name(), "' (", op, ") gives is not known; give the OpDef of that op");
      if (static_cast<std::size_t>(target.output) >= types->size()) {
        return InvalidArgument("node '", node.name(), "' (", op, ") has ", types->size(), types->size() == 1 ? " output" : " outputs");
      }
      dtype = RemoveRef((*types)[static_cast<std::size_t>(target.output)]);
      const std::vector<std::string_view> shapes = node.attr(kOutputShapes).shapes();
      if (static_cast<std::size_t>(target.output) < shapes.size()) {
        GRAPHFREEZE_ASSIGN_OR_RETURN(shape, Shape::Parse(shapes[static_cast<std::size_t>(target.output)]));
      }
    }
    // A dimension that is not known is one here.
    if (!shape.NumElements().ok()) {
      Shape::Dims dims;
      if (shape.has_rank()) dims.assign(shape.dims().begin(), shape.dims().end());
      for (std::int64_t& dim : dims) dim = dim < 0 ? 1 : dim;
      shape = Shape(dims);
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t elements, shape.NumElements());
    if (dtype == DataType::kString) {
      const std::string_view kept = graph_.arena().Copy(text);
      if (elements != 1) return InvalidArgument("a string can be bound to a scalar only, not to ", shape.ToString());
      return TensorView(shape, {kept}, graph_.shared_arena());
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string element, ParseElement(text, dtype));
    if (static_cast<std::uint64_t>(elements) > context_.limits.max_constant_bytes / element.size()) {
      return ResourceExhausted("a value of shape ", shape.ToString(), " has more than ", context_.limits.max_constant_bytes,
                               " bytes; raise Limits::max_constant_bytes");
    }
    auto bytes = std::make_shared<std::string>();
    for (std::int64_t i = 0; i < elements; ++i) *bytes += element;
    const std::string_view view = *bytes;
    return TensorView(dtype, std::move(shape), view, std::move(bytes));
  }

  bool IsConstOf(NodeId id, const TensorView& value) const {
    if (body_.op(id) != "Const") return false;
    Evaluator evaluator(graph_, body_, context_.limits.max_constant_bytes);
    const auto has = evaluator.Evaluate({id, 0, 0});
    if (!has.ok() || has->dtype() != value.dtype() || has->shape() != value.shape()) return false;
    if (value.dtype() != DataType::kString) return has->bytes() == value.bytes();
    return has->strings() == value.strings();
  }

  absl::Status Bind(const Target& target, std::string_view text) {
    const NodeRef node = body_.node(target.node);
    GRAPHFREEZE_ASSIGN_OR_RETURN(const TensorView value, ValueFor(target, text));
    if (IsVariable(node.op())) {
      variables_.insert_or_assign(std::string(node.name()), value);
      return absl::OkStatus();
    }
    return Bind(target, value, Concat("bound to ", text));
  }

  absl::Status Bind(const Target& target, const TensorView& value, std::string_view why) {
    const NodeId id = target.node;
    if (target.output == 0 && IsConstOf(id, value)) {
      bound_.insert(id);
      return absl::OkStatus();
    }
    // Where other outputs are taken the node must stay.
    bool others = target.output != 0, takes = false;
    if (!IsFed(body_.op(id)) && body_.op(id) != "Const") {
      const Consumers consumers(body_);
      for (const Consumers::Use use : consumers.of(id)) {
        const Edge& edge = body_.inputs(use.node)[use.slot];
        if (edge.is_control()) continue;
        others |= edge.index != target.output;
        takes |= edge.index == target.output;
      }
    }
    const std::vector<Edge> anchors = Anchor(id);
    if (!others) {
      GRAPHFREEZE_RETURN_IF_ERROR(rewriter_.ReplaceWithConst(body_.node(id), value, why));
      if (!anchors.empty()) {
        std::vector<Edge> inputs(body_.inputs(id).begin(), body_.inputs(id).end());
        inputs.insert(inputs.end(), anchors.begin(), anchors.end());
        rewriter_.SetInputs(id, inputs);
      }
      bound_.insert(id);
      return absl::OkStatus();
    }
    if (!takes) return absl::OkStatus();
    GRAPHFREEZE_ASSIGN_OR_RETURN(const NodeId constant, rewriter_.AddConst(Concat(body_.name(id), "/bound_", target.output), value, anchors));
    rewriter_.RedirectUses({id, 0, target.output}, {constant, 0, 0});
    rewriter_.Changed(body_.node(id), "output_bound", Concat("output ", target.output, " is the constant '", body_.name(constant), "': ", why));
    return absl::OkStatus();
  }

  // A constant in the place of a node that is in a loop or branch of TF1 must be there too.
  std::vector<Edge> Anchor(NodeId id) const {
    std::vector<Edge> anchors;
    for (const Edge& edge : body_.inputs(id)) {
      if (edge.node == kNoNode || edge.is_control()) continue;
      if (!anchors.empty() || !Framed(edge.node)) continue;
      anchors.push_back({edge.node, 0, Edge::kControl});
    }
    return anchors;
  }
  bool Framed(NodeId id) const {
    std::vector<NodeId> todo = {id};
    absl::flat_hash_set<NodeId> seen = {id};
    while (!todo.empty()) {
      const NodeId node = todo.back();
      todo.pop_back();
      if (body_.kind(node) == NodeKind::kNode) {
        const std::string_view op = body_.op(node);
        if (op == "Enter" || op == "RefEnter" || op == "Switch" || op == "RefSwitch" || op == "_SwitchN") return true;
      }
      for (const Edge& edge : body_.inputs(node)) {
        if (edge.node != kNoNode && seen.insert(edge.node).second) todo.push_back(edge.node);
      }
    }
    return false;
  }

  // The handles and references of a variable go far: freezing it knows the way.
  absl::Status BindVariables() {
    if (variables_.empty()) return absl::OkStatus();
    FreezeVariables freeze;
    for (const auto& [name, value] : variables_) {
      freeze.values.emplace(name, value);
      freeze.allow.push_back(name);
    }
    freeze.drop_writes = true;  // a flag that is bound keeps its value whatever is written
    PassContext inner;
    inner.limits = context_.limits;
    inner.executor = context_.executor;
    inner.cancelled = context_.cancelled;
    GRAPHFREEZE_RETURN_IF_ERROR(freeze.Run(graph_, inner));
    for (ReportEntry& entry : inner.report) {
      if (entry.code == "excluded" || entry.code == "write_dropped_on_request") continue;
      entry.pass = std::string(BindFlags::kName);
      context_.report.push_back(std::move(entry));
    }
    for (const auto& [name, value] : variables_) {
      const NodeId id = body_.Find(name);
      if (id == kNoNode || body_.op(id) != "Const") continue;
      // Written out, so that others can read it.
      GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string proto, SerializeTensorProto(value));
      body_.SetAttr(id, "value", attr::Tensor(proto));
      bound_.insert(id);
      rewriter_.Changed(body_.node(id), "made_constant", "variable: bound by the caller");
    }
    variables_.clear();
    return absl::OkStatus();
  }

  absl::Status BindOthers() {
    const std::vector<FlagSuggestion> suggestions = FlagVotes(graph_).Count();
    absl::flat_hash_map<NodeId, const FlagSuggestion*> by_node;
    for (const FlagSuggestion& suggestion : suggestions) by_node[body_.Find(suggestion.name)] = &suggestion;
    PredicateUses uses(graph_);
    absl::flat_hash_set<NodeId> said;
    for (NodeId id = 0; id < body_.size(); ++id) {
      if (!body_.alive(id) || body_.kind(id) != NodeKind::kNode || body_.op(id) != "PlaceholderWithDefault") continue;
      const NodeRef node = body_.node(id);
      if (node.attr("dtype").type() != DataType::kBool || node.inputs().empty() || excluded_.Matches(node.name())) continue;
      Evaluator evaluator(graph_, body_, 1 << 10);
      const auto fallback = evaluator.Evaluate(node.inputs()[0]);
      if (!fallback.ok() || fallback->dtype() != DataType::kBool || fallback->bytes().size() != 1) continue;
      const auto suggestion = by_node.find(id);
      const bool value = fallback->bytes()[0] != 0;
      const bool agrees = suggestion == by_node.end() || suggestion->second->value == value;
      if (suggestion == by_node.end() && !uses.Decides(body_, id)) continue;
      if (options_.infer_flags && !agrees) continue;  // below
      said.insert(id);
      if (options_.defaults && !value && agrees) {
        GRAPHFREEZE_RETURN_IF_ERROR(Bind({id, 0}, *fallback, "its default; it decides branches, and bind it yourself for another value"));
        continue;
      }
      const bool wanted = suggestion != by_node.end() && suggestion->second->value;
      rewriter_.Warn(node, "flag_default_kept",
                     Concat("decides branches, and is ", value ? "true" : "false", " unless it is fed",
                            agrees ? "" : ", which looks like training", "; bind it if that is not inference: --set ", node.name(), "=",
                            wanted || (agrees && !value) ? "true" : "false"));
    }
    for (const FlagSuggestion& suggestion : suggestions) {
      const NodeId id = body_.Find(suggestion.name);
      if (said.contains(id) || excluded_.Matches(suggestion.name)) continue;
      const std::string_view text = suggestion.value ? "true" : "false";
      const std::string why = Concat(suggestion.votes, suggestion.votes == 1 ? " node" : " nodes", " of training ('", suggestion.example,
                                     "') run only when it is ", suggestion.value ? "false" : "true");
      if (options_.infer_flags && suggestion.can_be_bound) {
        context_.Add(BindFlags::kName, "", suggestion.name, Action::kNote, "flag_inferred", Concat("bound to ", text, ": ", why));
        GRAPHFREEZE_RETURN_IF_ERROR(Annotate(Bind({id, 0}, text), Concat("binding ", suggestion.name, "=", text)));
      } else {
        context_.Add(BindFlags::kName, "", suggestion.name, Action::kNote, "flag_suggested",
                     Concat(why, "; for inference: --set ", suggestion.name, "=", text));
      }
    }
    return BindVariables();
  }

  Graph& graph_;
  Body& body_;
  PassContext& context_;
  const BindFlags& options_;
  const Globs excluded_;
  Rewriter rewriter_;
  std::map<std::string, TensorView> variables_;  // to be bound
  absl::flat_hash_set<NodeId> bound_;
};

}  // namespace detail

// The flags of a graph whose value at inference its structure tells: all that only training does is on one side of the
// branches that they decide. Nothing is said of flags where both sides train, or neither.
inline std::vector<FlagSuggestion> SuggestFlags(const Graph& graph) { return detail::FlagVotes(graph).Count(); }

inline absl::Status BindFlags::Run(Graph& graph, PassContext& context) const {
  return detail::FlagBinder(graph, context, *this).Run();
}

GRAPHFREEZE_NAMESPACE_END
