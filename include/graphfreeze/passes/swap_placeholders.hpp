// SwapPlaceholders: what fed the training graph becomes what feeds the inference graph.
//
//   dataset ── MakeIterator
//   IteratorV2 ── IteratorGetNext ── :0 images ── conv …       IteratorGetNext (Placeholder) ── conv …
//                             └───── :1 labels ── loss    =>
//
// A cut is made where data comes in: at iterators (of tf.data and of the Ascend adapter), at what a queue or a staging
// area gives, and at the outputs of parsers of tf.Example, whatever they parse. Every output that is taken becomes a
// Placeholder with the type and shape that the graph says, or the caller; what only fed the cut goes. Run Prune before:
// then labels that only the loss takes are no inputs.
//
// Names. A user's name wins. Outputs of a parser are called by their feature ("image"; "words/indices", "words/values"
// and "words/shape" of a sparse one), where no other node has that name. Else one taken output keeps the name of the
// node, so that "IteratorGetNext:0" goes on being a tensor; of several, output 0 keeps it and the others are called
// "IteratorGetNext_1", "IteratorGetNext_2", … by their numbers.
//
// Any tensor can be named as an input: the graph is then cut there. What lies between it and the model stays, a parser
// of tf.Example too. One that is a Placeholder already gets the type, shape or name that is wanted. An input that does
// not come out as one is reported, with what cuts it off. Inside a TF1 branch the placeholder stands outside, behind a Switch of the branch's
// predicate, so that it is as dead as what it replaces. An iterator inside a loop, or in the body of a function, gives
// another value each time: no placeholder can, so it stays, with a word on what to do.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/types/span.h>

#include <graphfreeze/graph/function_refs.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/passes/input_ops.hpp>
#include <graphfreeze/passes/prune.hpp>
#include <graphfreeze/rewrite/control_contexts.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/rewrite/rewriter.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/glob.hpp>
#include <graphfreeze/support/nearest.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/support/text.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

struct SwapPlaceholders {
  static constexpr std::string_view kName = "swap_placeholders";

  // A tensor that is to be an input.
  struct Input {
    std::string tensor;                   // "IteratorGetNext:1"; without a number, output 0
    std::string name;                     // of the placeholder; empty: chosen as the head of this file says
    DataType dtype = DataType::kInvalid;  // kInvalid: as the graph says. Another than the graph's is an error
    std::optional<Shape> shape;           // none: as the graph says. Wins over the graph's
  };
  std::vector<Input> inputs;

  // Sets the first dimension of every placeholder where it is unknown.
  std::optional<std::int64_t> batch;
  // Shapes of placeholders by their names: of those that are there, and of those that this pass makes.
  std::vector<std::pair<std::string, Shape>> shapes;

  // What becomes of a PlaceholderWithDefault.
  enum class Default : std::uint8_t {
    kKeep,     // it stays. One whose default comes out of an iterator or queue has none any more and is required
    kUse,      // its default takes its place; it is no input
    kRequire,  // it becomes a Placeholder
  };
  Default defaults = Default::kKeep;
  std::vector<std::pair<std::string, Default>> defaults_by_name;  // globs; the last that matches a node counts

  // Further ops that bring data in from outside. Their types are told by an OpDef or by their attribute
  // `output_types`, their shapes by `output_shapes`.
  std::vector<std::string> ops;

  // Tensors that are asked for: they count as taken, and they and what they need stay. For graphs where a requested
  // output feeds nothing but an input pipeline, or is an output of an iterator itself.
  std::vector<std::string> outputs;

  // Nodes that are neither cut nor changed, by name.
  std::vector<std::string> exclude;

  absl::Status Run(Graph& graph, PassContext& context) const;

  // "tensor[=name[:dtype[:shape]]]", as in "IteratorGetNext:0=images:float32:?,224,224,3". An empty name, or dtype, is
  // the graph's. '?' is an unknown dimension; a dtype without a shape means an unknown rank, one with an empty
  // shape ("x=y:float32:") a scalar.
  static absl::StatusOr<Input> ParseInput(std::string_view text);
  // "name:1,224,224,3".
  static absl::StatusOr<std::pair<std::string, Shape>> ParseShape(std::string_view text);
};

namespace detail {

// A type that a session can be fed with.
inline bool IsFeedable(DataType dtype) {
  return !IsRef(dtype) && dtype != DataType::kInvalid && dtype != DataType::kResource && dtype != DataType::kVariant;
}

// A name that TensorFlow takes for a node.
inline bool IsNodeName(std::string_view name) {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  if (name.empty() || !(alphanumeric(name[0]) || name[0] == '.')) return false;
  for (const char c : name) {
    if (!alphanumeric(c) && std::string_view("_.\\-/>").find(c) == std::string_view::npos) return false;
  }
  return true;
}

// "?,224,224,3"; empty for a scalar. `what` stands in messages.
inline absl::StatusOr<Shape> ParseDims(std::string_view text, std::string_view what) {
  Shape::Dims dims;
  bool more = !text.empty();
  while (more) {
    const std::size_t comma = text.find(',');
    const std::string_view dim = text.substr(0, comma);
    more = comma != std::string_view::npos;
    text.remove_prefix(more ? comma + 1 : text.size());
    std::int64_t size = -1;
    if (dim != "?" && dim != "-1") {
      const std::from_chars_result end = std::from_chars(dim.data(), dim.data() + dim.size(), size);
      if (end.ec != std::errc() || end.ptr != dim.data() + dim.size() || size < 0) {
        return InvalidArgument("'", what, "': '", dim, "' is not a dimension; write numbers and '?', as in ?,224,224,3");
      }
    }
    if (dims.size() == Shape::kMaxRank) {
      return InvalidArgument("'", what, "' has more than ", Shape::kMaxRank, " dimensions");
    }
    dims.push_back(size);
  }
  return Shape(dims);
}

// What the branch of a TF1 cond, or the loop, is that a node stands in.
struct InputContext {
  std::vector<ControlContexts::Branch> gates;  // the node is dead unless all of these let through
  bool in_loop = false;
  bool unknown = false;  // the graph is too tangled to tell
};

// One run of the pass over the main graph.
class InputSwapper {
 public:
  InputSwapper(const SwapPlaceholders& options, Graph& graph, PassContext& context)
      : options_(options), graph_(graph), body_(graph.main()), context_(context), excluded_(options.exclude),
        rewriter_(graph, graph.main(), "", context, SwapPlaceholders::kName), describe_(graph, graph.main(), options.ops) {}

  absl::Status Run() {
    if (options_.batch && *options_.batch < 0) return InvalidArgument("a batch of ", *options_.batch, "; give a number of 0 or more");
    GRAPHFREEZE_RETURN_IF_ERROR(Prepare());
    GRAPHFREEZE_RETURN_IF_ERROR(ResolveInputs());
    if (!cuts_.empty()) {
      GRAPHFREEZE_RETURN_IF_ERROR(Trace());
      GRAPHFREEZE_RETURN_IF_ERROR(Cut());
    } else if (has_readers_) {
      GRAPHFREEZE_RETURN_IF_ERROR(Trace());
    }
    GRAPHFREEZE_RETURN_IF_ERROR(PinShapes());
    ClearStaleShapes();
    ReportReaders();
    ReportFunctions();
    return absl::OkStatus();
  }

 private:
  // An output that a placeholder is to stand for, as the graph describes it.
  struct Output {
    Shape shape;
    std::string feature;
  };

  // A node that is cut at some of its outputs, or at all of them.
  struct CutNode {
    bool all = false;                // a source: every output that is taken
    bool kept = false;               // somebody needs the node itself
    bool waited = false;             // somebody waits for it
    std::optional<std::vector<DataType>> types;
    InputContext context;
    std::map<std::int32_t, const SwapPlaceholders::Input*> wanted;  // by output; the caller's
    std::map<std::int32_t, Output> taken;                           // by output
  };

  SwapPlaceholders::Default PolicyOf(std::string_view name) const {
    SwapPlaceholders::Default policy = options_.defaults;
    for (const auto& [glob, special] : options_.defaults_by_name) {
      if (GlobMatches(glob, name)) policy = special;
    }
    return policy;
  }

  // One sweep: what of this graph concerns the pass.
  absl::Status Prepare() {
    std::vector<NodeId> sources, derived;
    std::vector<NodeId> use_default, has_value;
    body_.ForEachNode([&](NodeRef node) {
      const std::string_view op = node.op();
      if (op.empty()) return;
      switch (op[0]) {  // most nodes are none of these
        case 'P':
          if (op == "PlaceholderV2" && !excluded_.Matches(node.name())) {
            body_.SetOp(node.id(), "Placeholder", "output");
            rewriter_.Changed(node, "placeholder_v2", "PlaceholderV2 is a Placeholder");
          } else if (op == "PlaceholderWithDefault") {
            derived.push_back(node.id());
          }
          break;
        case 'S':
        case 'E':
          has_control_flow_ = has_control_flow_ || op == "Switch" || op == "Enter";
          break;
        case 'R':
          has_control_flow_ = has_control_flow_ || op == "RefSwitch" || op == "RefEnter";
          has_readers_ = has_readers_ || IsRecordReader(op);
          if (op == "RaggedTensorFromVariant") derived.push_back(node.id());
          break;
        case 'D':
          if (op == "DeserializeSparse") derived.push_back(node.id());
          break;
        case 'O':
          if (op == "OptionalHasValue" && !excluded_.Matches(node.name())) has_value.push_back(node.id());
          break;
        default:
          break;
      }
      if (describe_.IsSource(op)) sources.push_back(node.id());
    });
    for (const NodeId id : sources) {
      if (!excluded_.Matches(body_.name(id))) {
        cuts_[id].all = true;
      } else {
        rewriter_.Skip(body_.node(id), "excluded", Concat(body_.op(id), ", excluded by the caller"));
      }
    }
    for (const NodeId id : derived) {
      if (excluded_.Matches(body_.name(id))) continue;
      const bool with_default = body_.op(id) == "PlaceholderWithDefault";
      const SwapPlaceholders::Default policy = with_default ? PolicyOf(body_.name(id)) : SwapPlaceholders::Default::kKeep;
      if (policy == SwapPlaceholders::Default::kUse) {
        use_default.push_back(id);
        continue;
      }
      const NodeId origin = describe_.OriginOfInput(id, 0);
      const auto cut = origin == kNoNode ? cuts_.end() : cuts_.find(origin);
      // What comes out of an iterator as a variant is a tensor only behind these.
      const bool from_source = cut != cuts_.end() && describe_.IsSource(body_.op(origin));
      if (policy == SwapPlaceholders::Default::kRequire || from_source) cuts_[id].all = true;
    }
    for (const NodeId id : use_default) {
      if (body_.inputs(id).empty()) continue;
      GRAPHFREEZE_RETURN_IF_ERROR(rewriter_.Redirect(body_.node(id), body_.inputs(id)[0], "its default takes its place"));
    }
    const Shape scalar;
    for (const NodeId id : has_value) {
      const NodeId origin = describe_.OriginOfInput(id, 0);
      if (origin == kNoNode || cuts_.find(origin) == cuts_.end() || body_.op(origin) != "IteratorGetNextAsOptional") continue;
      const InputContext context = ContextOf(id);
      if (!context.gates.empty() || context.in_loop || context.unknown) continue;
      static constexpr char kTrue = 1;
      GRAPHFREEZE_RETURN_IF_ERROR(rewriter_.ReplaceWithConst(
          body_.node(id), TensorView(DataType::kBool, scalar, std::string_view(&kTrue, 1), nullptr),
          "an input always has a value"));
    }
    return absl::OkStatus();
  }

  InputContext ContextOf(NodeId id) {
    if (!has_control_flow_) return {};
    if (!contexts_) contexts_.emplace(graph_, body_, Consumers(body_));
    const ControlContexts::Context context = contexts_->Of(id);
    return {contexts_->BranchesAround(context), contexts_->InLoop(context), context == ControlContexts::kUnknown};
  }

  absl::Status ResolveInputs() {
    for (const SwapPlaceholders::Input& input : options_.inputs) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const OutputName tensor, OutputName::Parse(input.tensor));
      if (!input.name.empty() && !IsNodeName(input.name)) {
        return InvalidArgument("input '", input.tensor, "' cannot be called '", input.name,
                               "': that is no name for a node (letters, digits, and _ . - / > after the first)");
      }
      const NodeId id = body_.Find(tensor.node);
      if (id == kNoNode) {
        GRAPHFREEZE_RETURN_IF_ERROR(CheckMissing(input, tensor));
        continue;
      }
      if (const NodeId made = DoneBefore(input, tensor, id); made != kNoNode) {
        named_.push_back({made, 0, 0});
        continue;
      }
      CutNode& cut = cuts_[id];
      if (!cut.wanted.emplace(tensor.index, &input).second) {
        return InvalidArgument("input '", input.tensor, "' is given twice");
      }
      named_.push_back({id, 0, tensor.index});
    }
    KeepBehindNamed();
    // Facts about the nodes that are cut, and whether they can be.
    for (auto it = cuts_.begin(); it != cuts_.end();) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const bool possible, Examine(it->first, &it->second));
      it = possible ? std::next(it) : cuts_.erase(it);
    }
    return absl::OkStatus();
  }

  // The input, if an earlier run made it already.
  NodeId DoneBefore(const SwapPlaceholders::Input& input, const OutputName& tensor, NodeId id) const {
    const auto find_made = [&](std::string_view name) {
      const NodeId made = body_.Find(name);
      return made != kNoNode && !body_.InFile(made) && body_.op(made) == "Placeholder" ? made : kNoNode;
    };
    if (!input.name.empty() && input.name != tensor.node) return find_made(input.name);
    if (id == kNoNode) return find_made(Concat(tensor.node, "_", tensor.index));
    const bool is_made = tensor.index > 0 && body_.op(id) == "Placeholder" && body_.Edit(id) != nullptr && body_.Edit(id)->reset;
    return is_made ? id : kNoNode;
  }

  // Whoever names an input before a parser wants to feed the parser. Of a queue, what goes into it is no matter of the
  // node that takes out: that is cut all the same.
  void KeepBehindNamed() {
    if (named_.empty()) return;
    consumers_.emplace(body_);
    FollowNamed(named_, [&](NodeId id) {
      const auto cut = cuts_.find(id);
      if (cut == cuts_.end() || !cut->second.all) return true;
      const std::string_view op = body_.op(id);
      const bool stays = op == "PlaceholderWithDefault"
                             ? PolicyOf(body_.name(id)) != SwapPlaceholders::Default::kRequire
                             : IsExampleParser(op) || !IsInputOp(op);
      if (!stays) return false;
      if (cut->second.wanted.empty()) {
        cuts_.erase(cut);
      } else {
        cut->second.all = false;
      }
      rewriter_.Skip(body_.node(id), "kept_behind_input", Concat(op, " stays: an input was named before it"));
      return true;
    });
  }

  // Visits, once each, the nodes that data from these tensors reaches, over no other tensor that was named. `visit` says
  // whether to go on behind a node.
  template <typename Visit>
  void FollowNamed(const std::vector<Edge>& from, Visit&& visit) const {
    absl::flat_hash_set<NodeId> seen;
    std::vector<NodeId> todo;
    const auto go_on = [&](NodeId id, std::optional<std::int32_t> only) {
      const auto cut = cuts_.find(id);
      for (const Consumers::Use use : consumers_->of(id)) {
        const Edge& edge = body_.inputs(use.node)[use.slot];
        if (edge.is_control() || (only && edge.index != *only)) continue;
        if (!only && cut != cuts_.end() && cut->second.wanted.find(edge.index) != cut->second.wanted.end()) continue;
        if (seen.insert(use.node).second) todo.push_back(use.node);
      }
    };
    for (const Edge& edge : from) go_on(edge.node, edge.index);
    while (!todo.empty()) {
      const NodeId id = todo.back();
      todo.pop_back();
      if (visit(id)) go_on(id, std::nullopt);
    }
  }

  absl::Status CheckMissing(const SwapPlaceholders::Input& input, const OutputName& tensor) {
    if (graph_.data()->main.Find(tensor.node) != kNoNode) {
      if (const NodeId made = DoneBefore(input, tensor, kNoNode); made != kNoNode) {
        named_.push_back({made, 0, 0});
      } else {
        context_.Add(SwapPlaceholders::kName, "", tensor.node, Action::kWarning, "input_not_needed",
                     Concat("input '", input.tensor, "' is needed by none of the outputs; leave it out"));
      }
      return absl::OkStatus();
    }
    std::vector<std::string_view> names;
    body_.ForEachNode([&](NodeRef node) { names.push_back(node.name()); });
    return NotFound("input '", input.tensor, "' is not in ", graph_.name(), "; nearest names: ",
                    JoinNames(Nearest(tensor.node, names, 3), "none"));
  }

  // Learns types and context of a node that may be cut. False if it must stay as it is.
  absl::StatusOr<bool> Examine(NodeId id, CutNode* cut) {
    const NodeRef node = body_.node(id);
    cut->types = describe_.TypesOf(node);
    for (const auto& [output, input] : cut->wanted) {
      if (cut->types && static_cast<std::size_t>(output) >= cut->types->size()) {
        return InvalidArgument("input '", input->tensor, "': node '", node.name(), "' (", node.op(), ") has ",
                               cut->types->size(), cut->types->size() == 1 ? " output" : " outputs");
      }
      const DataType dtype = TypeOf(*cut, output);
      if (dtype == DataType::kInvalid) {
        return FailedPrecondition("input '", input->tensor, "': the type of what '", node.op(),
                                  "' gives is not known; say it (tensor=name:dtype:shape) or give the op's OpDef");
      }
      if (input->dtype != DataType::kInvalid && input->dtype != dtype) {
        return InvalidArgument("input '", input->tensor, "' is ", Name(dtype), " in ", graph_.name(), ", not ",
                               Name(input->dtype), "; leave the type out, or cut behind the Cast");
      }
      if (node.op() == "Switch" || node.op() == "RefSwitch") {
        return FailedPrecondition("input '", input->tensor, "' is the output of a Switch, which is dead in one of two branches; ",
                                  "name what goes in, or what comes of it");
      }
      if (!IsFeedable(dtype) || GivesReference(node)) {
        return FailedPrecondition("input '", input->tensor, "' is ", IsFeedable(dtype) ? "a reference" : Name(dtype),
                                  ", which cannot be fed; name a tensor that is made of it");
      }
    }
    cut->context = ContextOf(id);
    if (!cut->context.in_loop && !cut->context.unknown) return true;
    const std::string_view why = cut->context.in_loop ? "is inside a loop, where each round may take another value"
                                                      : "stands in control flow that is too tangled to follow";
    for (const auto& [output, input] : cut->wanted) {
      return FailedPrecondition("input '", input->tensor, "' ", why, "; name a tensor outside of it");
    }
    rewriter_.Skip(node, cut->context.in_loop ? "in_loop" : "context_unknown",
                   Concat(node.op(), " ", why, ": no placeholder can stand for it; cut at a tensor outside of it"));
    return false;
  }

  // The type of an output: the graph's, or else the caller's.
  static DataType TypeOf(const CutNode& cut, std::int32_t output) {
    const DataType dtype = cut.types ? (*cut.types)[static_cast<std::size_t>(output)] : DataType::kInvalid;
    const auto wanted = cut.wanted.find(output);
    return dtype == DataType::kInvalid && wanted != cut.wanted.end() ? wanted->second->dtype : dtype;
  }

  // True for TF1 variables and what hands them on: who takes them may write to them.
  bool GivesReference(NodeRef node) const {
    const OpDef* op = graph_.ops().Find(node.op());
    return op != nullptr && !op->outputs.empty() && op->outputs[0].is_ref;
  }

  bool IsCutAt(const CutNode& cut, std::int32_t output) const {
    if (cut.wanted.find(output) != cut.wanted.end()) return true;
    return cut.all && cut.types && output >= 0 && static_cast<std::size_t>(output) < cut.types->size() &&
           IsFeedable((*cut.types)[static_cast<std::size_t>(output)]);
  }

  // Walks back from what nobody takes to the cuts: which outputs of them are taken, and who stays.
  absl::Status Trace() {
    if (!consumers_) consumers_.emplace(body_);
    live_.assign(body_.size(), false);
    std::vector<NodeId> todo;
    std::vector<Edge> wanted_gates;
    const auto visit = [&](NodeId id) {
      if (live_[id]) return;
      live_[id] = true;
      todo.push_back(id);
    };
    const auto take = [&](const Edge& edge) {
      if (edge.node == kNoNode || !body_.alive(edge.node)) return;
      const auto cut = cuts_.find(edge.node);
      if (cut == cuts_.end()) return visit(edge.node);
      if (edge.is_control()) {
        cut->second.waited = true;  // for what, is decided when all takers are known
      } else if (IsCutAt(cut->second, edge.index)) {
        if (cut->second.taken.empty()) {
          for (const ControlContexts::Branch& gate : cut->second.context.gates) wanted_gates.push_back(gate.predicate);
        }
        cut->second.taken.try_emplace(edge.index);
      } else {
        cut->second.kept = true;
        visit(edge.node);
      }
    };
    for (const std::string& text : context_.OutputsOr(options_.outputs)) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const OutputName output, OutputName::Parse(text));
      const NodeId id = body_.Find(output.node);
      if (id != kNoNode) take({id, 0, output.index});
    }
    for (NodeId id = 0; id < body_.size(); ++id) {
      if (!body_.alive(id)) continue;
      // Loops have no end of their own: what they carry to their next round counts as one.
      if (!consumers_->of(id).empty() && body_.op(id) != "NextIteration") continue;
      if (const auto cut = cuts_.find(id); cut != cuts_.end()) cut->second.kept = true;
      visit(id);
    }
    while (!todo.empty() || !wanted_gates.empty()) {
      while (!todo.empty()) {
        const NodeId id = todo.back();
        todo.pop_back();
        for (const Edge& edge : body_.inputs(id)) take(edge);
      }
      for (const Edge& edge : std::exchange(wanted_gates, {})) take(edge);
      if (!todo.empty() || !wanted_gates.empty()) continue;
      // A node that is cut at some outputs, none of which is taken, while somebody waits for it.
      for (auto& [id, cut] : cuts_) {
        if (cut.all || !cut.waited || cut.kept || !cut.taken.empty()) continue;
        cut.kept = true;
        visit(id);
      }
    }
    return absl::OkStatus();
  }

  // --- the cut ---

  absl::Status Cut() {
    // All that is said of inputs is read before anything goes.
    for (auto& [id, cut] : cuts_) {
      const NodeRef node = body_.node(id);
      for (auto& [output, described] : cut.taken) {
        described.shape = describe_.ShapeOf(node, static_cast<std::size_t>(output));
        if (IsExampleParser(node.op())) described.feature = describe_.FeatureName(node, static_cast<std::size_t>(output));
      }
      WarnOfInputs(id, cut);
      for (const auto& [output, input] : cut.wanted) {
        if (cut.taken.find(output) == cut.taken.end()) FindWhatHides({id, 0, output});
      }
    }
    RemoveFeeders();
    for (auto& [id, cut] : cuts_) {
      GRAPHFREEZE_RETURN_IF_ERROR(CutOne(id, cut));
    }
    RewriteTakers();
    bool removed = false;
    for (const auto& [id, cut] : cuts_) {
      if (!IsGone(id, cut)) continue;
      body_.Remove(id);
      removed = true;
    }
    if (removed_ > 0) {
      context_.Add(SwapPlaceholders::kName, "", "", Action::kRemoved, "input_pipeline",
                   Concat(removed_, removed_ == 1 ? " node that only fed the inputs" : " nodes that only fed the inputs"));
    }
    if (removed || removed_ > 0) Prune::DropStaleColocations(body_);
    return absl::OkStatus();
  }

  // True for a cut node that nobody needs once placeholders stand for its outputs.
  bool IsGone(NodeId id, const CutNode& cut) const {
    if (cut.kept || in_place_.contains(id)) return false;
    return !cut.taken.empty() || (cut.all && cut.waited) || removable_.contains(id);
  }

  // Removes what only nodes that are cut needed.
  void RemoveFeeders() {
    std::vector<NodeId> todo;
    absl::flat_hash_set<NodeId> seen;
    const auto visit = [&](const Edge& edge) {
      if (edge.node == kNoNode || !body_.alive(edge.node) || live_[edge.node]) return;
      if (seen.insert(edge.node).second) todo.push_back(edge.node);
    };
    for (const auto& [id, cut] : cuts_) {
      if (!IsGone(id, cut)) continue;
      for (const Edge& edge : body_.inputs(id)) visit(edge);
    }
    while (!todo.empty()) {
      const NodeId id = todo.back();
      todo.pop_back();
      const auto cut = cuts_.find(id);
      if (cut != cuts_.end() && IsGone(id, cut->second)) continue;
      for (const Edge& edge : body_.inputs(id)) visit(edge);
      ++removed_;
      if (cut != cuts_.end()) {
        removable_.insert(id);
      } else {
        body_.Remove(id);
      }
    }
  }

  absl::Status CutOne(NodeId id, CutNode& cut) {
    for (const auto& [output, input] : cut.wanted) {
      if (cut.taken.find(output) != cut.taken.end()) continue;
      if (body_.op(id) == "Placeholder" && (input->name.empty() || input->name == body_.name(id)) && !IsGone(id, cut)) {
        SetPlaceholder(id, *input);
        continue;
      }
      ReportNotNeeded(id, cut, *input, output);
    }
    if (cut.all && cut.kept) ReportUnfeedable(id, cut);
    struct Plan {
      std::int32_t output;
      std::string name, text;
      bool in_place, exact;
      DataType dtype;
      Shape shape, before;
    };
    std::vector<Plan> plans;
    const std::string node_name(body_.name(id));
    const std::string op(body_.op(id));
    for (const auto& [output, described] : cut.taken) {
      const std::string& feature = described.feature;
      const auto wanted = cut.wanted.find(output);
      const SwapPlaceholders::Input* input = wanted == cut.wanted.end() ? nullptr : wanted->second;
      Plan plan{output, {}, {}, false, false, TypeOf(cut, output), Shape(), described.shape};
      plan.shape = input != nullptr && input->shape ? *input->shape : plan.before;
      if (input != nullptr && !input->name.empty()) {
        plan.name = input->name;
        plan.exact = true;
      } else if (IsNodeName(feature) && body_.Find(feature) == kNoNode && features_.insert(feature).second) {
        plan.name = feature;
      } else if (!cut.kept && (output == 0 || cut.taken.size() == 1)) {
        plan.name = node_name;
      } else {
        plan.name = Concat(node_name, "_", output);
      }
      plan.in_place = plan.name == node_name && !cut.kept;
      plan.text = Concat(Name(plan.dtype), " ", plan.shape.ToString(), ", for output ", output, " of ", op, " '", node_name, "'",
                         feature.empty() ? std::string() : Concat(" (feature '", feature, "')"));
      plans.push_back(std::move(plan));
    }
    const bool was_placeholder = op == "Placeholder";
    for (const Plan& plan : plans) {
      NodeId made = id;
      if (was_placeholder && plan.in_place) {
        SetPlaceholder(id, *cut.wanted.begin()->second);
        in_place_.insert(id);
        continue;
      }
      if (plan.in_place) {
        body_.Reset(id, "Placeholder", "output");
        in_place_.insert(id);
      } else if (plan.exact && body_.Find(plan.name) != kNoNode) {
        return InvalidArgument("the input for output ", plan.output, " of '", node_name, "' cannot be called '", plan.name,
                               "': a node has that name; choose another, or name that node as the input");
      } else {
        made = body_.AddNode(body_.UniqueName(plan.name), "Placeholder");
      }
      body_.SetAttr(made, "dtype", attr::Type(plan.dtype));
      body_.SetAttr(made, "shape", attr::ShapeValue(plan.shape));
      rewriter_.Changed(body_.node(made), was_placeholder ? "placeholder_renamed" : "placeholder_added", plan.text);
      NoteChange(made, plan.before, plan.shape);
      Edge value{made, 0, 0};
      for (const ControlContexts::Branch& gate : cut.context.gates) {
        const NodeId gated = rewriter_.AddNode(Concat(plan.name, "/Switch"), "Switch", {value, gate.predicate},
                                               {{"T", attr::Type(plan.dtype)}});
        value = {gated, 0, gate.port};
        gates_.push_back(gated);
      }
      values_[Key(id, plan.output)] = value;
      if (signals_.find(id) == signals_.end()) signals_[id] = Signal(value, plan.name, plan.dtype, cut);
    }
    return absl::OkStatus();
  }

  // A control edge that fires when the value is there. Behind a Switch that takes a node that dies with its output.
  Edge Signal(const Edge& value, std::string_view name, DataType dtype, const CutNode& cut) {
    Edge signal{value.node, 0, Edge::kControl};
    if (cut.context.gates.empty() || !cut.waited) return signal;
    signal.node = rewriter_.AddNode(Concat(name, "/Identity"), "Identity", {value}, {{"T", attr::Type(dtype)}});
    return signal;
  }

  static std::uint64_t Key(NodeId node, std::int32_t output) {
    return std::uint64_t{node} << 32 | static_cast<std::uint32_t>(output);
  }

  // Takers of what was cut take the placeholders.
  void RewriteTakers() {
    std::vector<NodeId> takers;
    for (const auto& [id, cut] : cuts_) {
      for (const Consumers::Use use : consumers_->of(id)) {
        if (takers.empty() || takers.back() != use.node) takers.push_back(use.node);
      }
    }
    std::sort(takers.begin(), takers.end());
    takers.erase(std::unique(takers.begin(), takers.end()), takers.end());
    for (const NodeId taker : takers) {
      if (!body_.alive(taker) || in_place_.contains(taker)) continue;
      const absl::Span<const Edge> before = body_.inputs(taker);
      std::vector<Edge> inputs;
      for (const Edge& edge : before) {
        const auto cut = edge.node == kNoNode ? cuts_.end() : cuts_.find(edge.node);
        if (cut == cuts_.end()) {
          inputs.push_back(edge);
        } else if (!edge.is_control()) {
          const auto value = values_.find(Key(edge.node, edge.index));
          inputs.push_back(value == values_.end() ? edge : value->second);
        } else if (const auto signal = signals_.find(edge.node); !cut->second.kept && signal != signals_.end()) {
          inputs.push_back(signal->second);
        } else if (!IsGone(edge.node, cut->second)) {
          inputs.push_back(edge);
        }
      }
      if (inputs.size() != before.size() || !std::equal(inputs.begin(), inputs.end(), before.begin())) {
        rewriter_.SetInputs(taker, inputs);
      }
    }
    // A branch may be chosen by a tensor that is cut itself.
    for (const NodeId id : gates_) {
      std::vector<Edge> inputs(body_.inputs(id).begin(), body_.inputs(id).end());
      const auto value = values_.find(Key(inputs[1].node, inputs[1].index));
      if (value == values_.end()) continue;
      inputs[1] = value->second;
      rewriter_.SetInputs(id, inputs);
    }
  }

  // The node behind a tensor that nobody takes, at which the graph is cut as well.
  void FindWhatHides(const Edge& tensor) {
    NodeId hides = kNoNode;
    FollowNamed({tensor}, [&](NodeId id) {
      const auto cut = cuts_.find(id);
      if (hides == kNoNode && cut != cuts_.end() && !cut->second.taken.empty()) hides = id;
      return hides == kNoNode;
    });
    if (hides != kNoNode) hidden_[Key(tensor.node, tensor.index)] = hides;
  }

  // Says why an input that was named does not become one.
  void ReportNotNeeded(NodeId id, const CutNode& cut, const SwapPlaceholders::Input& input, std::int32_t output) {
    std::string text = Concat("nothing takes input '", input.tensor, "'");
    if (const auto hidden = hidden_.find(Key(id, output)); hidden != hidden_.end()) {
      const std::string_view name = body_.name(hidden->second);
      const bool automatic = cuts_.find(hidden->second)->second.wanted.empty();
      text = Concat("input '", input.tensor, "' leads only to '", name, "', which is cut too; ", automatic ? "exclude" : "do not name",
                    " '", name, "' to keep it");
    } else if (!cut.taken.empty()) {
      std::string taken;
      for (const auto& [other, unused] : cut.taken) taken += Concat(taken.empty() ? "" : ", ", other);
      text += Concat("; of '", body_.name(id), "', these outputs are taken: ", taken);
    }
    rewriter_.Warn(body_.node(id), "input_not_needed", std::move(text));
  }

  void ReportUnfeedable(NodeId id, const CutNode& cut) {
    if (consumers_->of(id).empty()) return;
    if (!cut.types) {
      rewriter_.Skip(body_.node(id), "type_unknown",
                     Concat("the types of what ", body_.op(id), " gives are not known; give the op's OpDef"));
      return;
    }
    rewriter_.Skip(body_.node(id), "not_feedable",
                   Concat(body_.op(id), " gives a tensor that cannot be fed (a variant or a handle), or one that it does not "
                          "have; name the tensor that is made of it as an input"));
  }

  // Hints about inputs that are probably not what was wanted.
  void WarnOfInputs(NodeId id, const CutNode& cut) {
    if (!cut.all || cut.taken.empty()) return;
    if (IsExampleParser(body_.op(id))) {
      const NodeId origin = describe_.OriginOfInput(id, 0);
      if (origin != kNoNode && body_.op(origin) == "Placeholder") {
        rewriter_.Warn(body_.node(id), "parser_replaced",
                       Concat("the inputs are the features now, no longer the examples that '", body_.name(origin),
                              "' was fed with; exclude '", body_.name(id), "' to keep the parser"));
      }
      return;
    }
    for (const auto& [output, unused] : cut.taken) {
      const bool is_string = cut.types && (*cut.types)[static_cast<std::size_t>(output)] == DataType::kString;
      if (!is_string || cut.wanted.find(output) != cut.wanted.end()) continue;
      rewriter_.Warn(body_.node(id), "string_input",
                     Concat("output ", output, " is an input of strings; to cut behind what decodes them, name that tensor as an input"));
    }
  }

  // --- shapes of placeholders ---

  // Type and shape that the caller wants for a Placeholder.
  void SetPlaceholder(NodeId id, const SwapPlaceholders::Input& input) {
    if (input.shape) SetShape(id, *input.shape);
  }

  void SetShape(NodeId id, const Shape& shape) {
    const Shape before = describe_.ShapeOf(body_.node(id), 0);
    if (before == shape) return;
    body_.SetAttr(id, "shape", attr::ShapeValue(shape));
    body_.ClearOutputShapes(id);
    rewriter_.Changed(body_.node(id), "placeholder_shape", Concat(shape.ToString(), ", was ", before.ToString()));
    NoteChange(id, before, shape);
  }

  void NoteChange(NodeId id, const Shape& before, const Shape& after) {
    if (before == after) return;
    changed_.push_back(id);
    if (Refines(after, before)) return;
    refined_ = false;
    same_rank_ = same_rank_ && after.has_rank() && after.rank() == before.rank();
    rewriter_.Warn(body_.node(id), "shape_overridden",
                   Concat("the graph was built for ", before.ToString(), ", the caller wants ", after.ToString(),
                          ": numbers that were computed from the old shape stay in the graph"));
  }

  // True if every tensor of shape `a` has shape `b`.
  static bool Refines(const Shape& a, const Shape& b) {
    if (!b.has_rank()) return true;
    if (!a.has_rank() || a.rank() != b.rank()) return false;
    for (std::size_t i = 0; i < a.rank(); ++i) {
      if (b.dim(i) >= 0 && a.dim(i) != b.dim(i)) return false;
    }
    return true;
  }

  absl::Status PinShapes() {
    for (const auto& [text, shape] : options_.shapes) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const OutputName tensor, OutputName::Parse(text));
      const NodeId id = body_.Find(tensor.node);
      if (id == kNoNode) {
        std::vector<std::string_view> names;
        body_.ForEachNode([&](NodeRef node) {
          if (node.op() == "Placeholder") names.push_back(node.name());
        });
        return NotFound("a shape is given for '", text, "', which is not in ", graph_.name(), "; its placeholders: ",
                        names.size() <= 8 ? JoinNames(names, "none") : Concat(names.size(), " of them, nearest ",
                                                                             JoinNames(Nearest(tensor.node, names, 3), "none")));
      }
      if (body_.op(id) != "Placeholder" || tensor.index != 0) {
        return InvalidArgument("a shape is given for '", text, "', which is no Placeholder (", body_.op(id),
                               "); name it as an input to make it one");
      }
      SetShape(id, shape);
    }
    if (!options_.batch) return absl::OkStatus();
    for (NodeId id = 0; id < body_.size(); ++id) {
      if (!body_.alive(id) || body_.op(id) != "Placeholder" || excluded_.Matches(body_.name(id))) continue;
      const Shape shape = describe_.ShapeOf(body_.node(id), 0);
      if (!shape.has_rank()) {
        rewriter_.Skip(body_.node(id), "batch_not_set", "the rank of this placeholder is not known; give its whole shape");
      } else if (shape.rank() > 0 && shape.dim(0) < 0) {
        Shape::Dims dims(shape.dims().begin(), shape.dims().end());
        dims[0] = *options_.batch;
        SetShape(id, Shape(dims));
      }
    }
    return absl::OkStatus();
  }

  // --- what was inferred from other shapes ---

  void ClearStaleShapes() {
    if (changed_.empty()) return;
    const Consumers consumers(body_);
    std::vector<bool> reached(body_.size(), false);
    std::vector<NodeId> todo;
    const auto reach = [&](NodeId id) {
      if (reached[id]) return;
      reached[id] = true;
      todo.push_back(id);
    };
    for (const NodeId id : changed_) reach(id);
    std::vector<FunctionId> functions;
    std::vector<bool> function_seen(graph_.function_count(), false);
    const auto call = [&](std::string_view name) {
      const FunctionId id = graph_.FindFunction(name);
      if (id == kNoFunction || function_seen[id]) return;
      function_seen[id] = true;
      functions.push_back(id);
    };
    while (!todo.empty()) {
      const NodeId id = todo.back();
      todo.pop_back();
      ClearStale(body_, id);
      if (graph_.function_count() > 0) ForEachFunctionRef(body_.node(id), call);
      for (const Consumers::Use use : consumers.of(id)) reach(use.node);
    }
    while (!functions.empty()) {
      Function& function = graph_.function(functions.back());
      functions.pop_back();
      function.body.ForEachNode([&](NodeRef node) {
        ClearStale(function.body, node.id());
        ForEachFunctionRef(node, call);
      });
      ForgetArgumentShapes(&function);
    }
  }

  void ClearStale(Body& body, NodeId id) {
    if (!body.alive(id) || body.kind(id) != NodeKind::kNode) return;
    const NodeRef node = body.node(id);
    if (node.attr(kOutputShapes).exists()) body.ClearOutputShapes(id);
    // The shapes that functional control flow states stay true of a shape that only became better known.
    const std::string_view op = node.op();
    if (refined_ || !(op == "While" || op == "StatelessWhile" || op == "If" || op == "StatelessIf" || op == "Case" || op == "StatelessCase")) {
      return;
    }
    std::vector<std::string> unknown;
    for (const std::string_view proto : node.attr("output_shapes").shapes()) {
      const absl::StatusOr<Shape> shape = Shape::Parse(proto);
      const bool ranked = same_rank_ && shape.ok() && shape->has_rank();
      unknown.push_back((ranked ? Shape(Shape::Dims(shape->rank(), -1)) : Shape::UnknownRank()).Serialize());
    }
    if (!unknown.empty()) body.SetAttr(id, "output_shapes", attr::Messages(7, {unknown.begin(), unknown.end()}));
  }

  // Arguments of functions carry inferred shapes, too. Those of handles are the shapes of variables, which stay.
  static void ForgetArgumentShapes(Function* function) {
    const absl::StatusOr<OpDef> signature = ParseOpDef(function->base().signature);
    if (!signature.ok()) return;
    for (std::uint32_t i = 0; i < function->argument_count(); ++i) {
      const NodeId argument = function->argument(i);
      if (argument >= signature->inputs.size() || function->changed_type(argument) != DataType::kInvalid) continue;
      const DataType dtype = signature->inputs[argument].type;
      // The writer drops what is said of the shape of an argument whose type was set.
      if (IsFeedable(dtype)) function->SetArgumentType(i, dtype);
    }
  }

  // --- what stays ---

  void ReportReaders() {
    if (!has_readers_ || live_.empty()) return;
    for (NodeId id = 0; id < live_.size(); ++id) {
      if (!live_[id] || !body_.alive(id) || !IsRecordReader(body_.op(id))) continue;
      rewriter_.Warn(body_.node(id), "reader_left",
                     Concat(body_.op(id), " reads files while the graph runs; name the tensor behind the decoding as an input"));
    }
  }

  // Iterators and queues in functions that the graph goes on calling.
  void ReportFunctions() {
    std::vector<bool> found(graph_.function_count(), false);
    bool any = false;
    for (FunctionId id = 0; id < graph_.function_count(); ++id) {
      if (!graph_.function(id).alive) continue;
      graph_.function(id).body.ForEachNode([&](NodeRef node) {
        found[id] = found[id] || (IsInputOp(node.op()) && !IsExampleParser(node.op()));
      });
      any = any || found[id];
    }
    if (!any) return;
    // What datasets and iterators call runs in the input pipeline.
    const auto stays = [](NodeRef node) {
      return node.op().find("Dataset") == std::string_view::npos && node.op().find("Iterator") == std::string_view::npos;
    };
    for (FunctionId id : CalledFunctions(graph_, /*gradients=*/false, stays)) {
      if (!found[id]) continue;
      const Function& function = graph_.function(id);
      function.body.ForEachNode([&](NodeRef node) {
        if (!IsInputOp(node.op()) || IsExampleParser(node.op()) || excluded_.Matches(node.name())) return;
        context_.Add(SwapPlaceholders::kName, function.name(), node.name(), Action::kWarning, "in_function",
                     Concat(node.op(), " is in the body of a function and cannot become an input of the graph; set the flag that "
                            "chooses the branch, so that it is inlined, or name a tensor behind the call as an input"));
      });
    }
  }

  const SwapPlaceholders& options_;
  Graph& graph_;
  Body& body_;
  PassContext& context_;
  const Globs excluded_;
  Rewriter rewriter_;
  InputDescriber describe_;
  std::optional<ControlContexts> contexts_;
  bool has_control_flow_ = false, has_readers_ = false;

  std::map<NodeId, CutNode> cuts_;  // in order: names do not depend on chance
  std::vector<Edge> named_;         // the caller's inputs; of an earlier run, its placeholders
  std::optional<Consumers> consumers_;
  std::vector<bool> live_;
  absl::flat_hash_set<NodeId> in_place_, removable_;
  absl::flat_hash_set<std::string> features_;
  absl::flat_hash_map<std::uint64_t, Edge> values_;  // what stands for an output that was cut
  absl::flat_hash_map<NodeId, Edge> signals_;        // what stands for a control edge from a node that was cut
  absl::flat_hash_map<std::uint64_t, NodeId> hidden_;  // the caller's inputs that are not needed, with what cuts them off
  std::vector<NodeId> gates_;                        // Switches in front of placeholders
  std::size_t removed_ = 0;
  std::vector<NodeId> changed_;  // placeholders of another shape than the graph knew
  bool refined_ = true;          // and all of them only better known
  bool same_rank_ = true;        // or with other sizes
};

}  // namespace detail

inline absl::Status SwapPlaceholders::Run(Graph& graph, PassContext& context) const {
  return detail::InputSwapper(*this, graph, context).Run();
}

inline absl::StatusOr<SwapPlaceholders::Input> SwapPlaceholders::ParseInput(std::string_view text) {
  Input input;
  const std::size_t equals = text.find('=');
  const absl::StatusOr<OutputName> tensor = OutputName::Parse(text.substr(0, equals));
  if (!tensor.ok()) {
    return InvalidArgument("input '", text, "' does not name a tensor; write tensor=name:dtype:shape, as in ",
                           "IteratorGetNext:0=images:float32:?,224,224,3");
  }
  input.tensor = std::string(text.substr(0, equals));
  if (equals == std::string_view::npos) return input;
  std::string_view rest = text.substr(equals + 1);
  std::size_t colon = rest.find(':');
  input.name = std::string(rest.substr(0, colon));
  if (!input.name.empty() && !detail::IsNodeName(input.name)) {
    return InvalidArgument("input '", text, "': '", input.name, "' is no name for a node (letters, digits, and _ . - / > after the first)");
  }
  if (colon == std::string_view::npos) return input;
  rest.remove_prefix(colon + 1);
  colon = rest.find(':');
  const std::string_view dtype = rest.substr(0, colon);
  if (!dtype.empty() || colon == std::string_view::npos) {
    input.dtype = DataTypeFromName(dtype);
    if (input.dtype == DataType::kInvalid) {
      return InvalidArgument("input '", text, "': '", dtype, "' is no type; write float32, int64, uint8, … after the name");
    }
  }
  if (colon == std::string_view::npos) {
    input.shape = Shape::UnknownRank();
    return input;
  }
  GRAPHFREEZE_ASSIGN_OR_RETURN(input.shape, detail::ParseDims(rest.substr(colon + 1), text));
  return input;
}

inline absl::StatusOr<std::pair<std::string, Shape>> SwapPlaceholders::ParseShape(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return InvalidArgument("'", text, "' is not a shape of an input; write name:dims, as in input:1,224,224,3");
  }
  GRAPHFREEZE_ASSIGN_OR_RETURN(Shape shape, detail::ParseDims(text.substr(colon + 1), text));
  return std::pair<std::string, Shape>(std::string(text.substr(0, colon)), std::move(shape));
}

GRAPHFREEZE_NAMESPACE_END
