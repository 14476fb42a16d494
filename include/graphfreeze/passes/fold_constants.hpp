// FoldConstants: what is computed from constants alone becomes a constant.
//
//   shape (Const) ── StridedSlice ── Pack ── Reshape        shape' (Const) ── Reshape
//                    units (Const) ──┘                 =>
//
// For the arithmetic on shapes and flags that freezing leaves behind: the ops that Evaluator knows, whose values are
// bit for bit those of TensorFlow. Never folded: what depends on a variable (frozen ones included: their arithmetic
// belongs to the model) or on an input, and values of more than `max_bytes`.
//
// The last node of such an expression becomes a Const of its name, and waits for what any node of the expression
// waited for. What it was computed from stays until it is pruned.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_set.h>
#include <absl/types/span.h>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/rewrite/evaluator.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/rewrite/rewriter.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/glob.hpp>
#include <graphfreeze/support/hash.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

struct FoldConstants {
  static constexpr std::string_view kName = "fold_constants";

  // No constant that is made has more bytes.
  std::uint64_t max_bytes = 4096;
  // The outputs, by node or tensor name: these become constants too if they can. Others do when somebody takes them.
  std::vector<std::string> outputs;
  // Nodes that stay, by name ("*" and "?" as in a shell).
  std::vector<std::string> exclude;

  absl::Status Run(Graph& graph, PassContext& context) const;
};

namespace detail {

class ConstantFolder {
 public:
  ConstantFolder(const FoldConstants& options, Graph& graph, PassContext& context)
      : options_(options), graph_(graph), context_(context), excluded_(options.exclude) {
    for (const std::string& output : options.outputs) outputs_.insert(std::string_view(output).substr(0, output.rfind(':')));
  }

  absl::Status Run() {
    return ForEachBody(graph_, [&](Body& body, std::string_view name) -> absl::Status {
      GRAPHFREEZE_RETURN_IF_ERROR(context_.CheckCancelled());
      return Fold(&body, name);
    });
  }

 private:
  enum State : std::uint8_t { kNew, kAsked, kVaries, kConstant, kFolded };
  static constexpr std::size_t kMostControls = 16;  // that a folded node gets; more are no shape arithmetic

  absl::Status Fold(Body* body, std::string_view name) {
    std::vector<std::uint8_t> state(body->size(), kNew);
    std::vector<NodeId> constant;  // what is computed from constants, producers first
    for (NodeId id = 0; id < body->size(); ++id) {
      if (body->alive(id) && state[id] == kNew) Sort(*body, id, &state, &constant);
    }
    if (constant.empty()) return absl::OkStatus();

    // Which of them have a value, as far as it may be made.
    Evaluator evaluator(graph_, *body, options_.max_bytes);
    const auto value_of = [&](NodeId id) { return evaluator.Evaluate({id, 0, 0}); };
    const Consumers consumers(*body);
    std::vector<NodeId> foldable;
    for (const NodeId id : constant) {
      const absl::StatusOr<TensorView> value = value_of(id);
      if (value.ok() && value->dtype() != DataType::kString && value->bytes().size() <= options_.max_bytes) {
        foldable.push_back(id);
        state[id] = kFolded;
      } else {
        state[id] = kVaries;
      }
    }
    Rewriter rewriter(graph_, *body, name, context_, FoldConstants::kName);
    for (const NodeId id : foldable) {
      bool wanted = name.empty() && outputs_.contains(body->name(id));
      for (const Consumers::Use use : consumers.of(id)) {
        wanted = wanted || (state[use.node] != kFolded && !body->inputs(use.node)[use.slot].is_control());
      }
      if (!wanted) continue;
      if (excluded_.Matches(body->name(id))) {
        rewriter.Skip(body->node(id), "excluded", "excluded by the caller");
        continue;
      }
      std::vector<Edge> controls;
      if (!Controls(*body, id, &controls)) {
        rewriter.Skip(body->node(id), "waits_for_many", "is computed from constants that wait for many others");
        continue;
      }
      GRAPHFREEZE_ASSIGN_OR_RETURN(const TensorView value, value_of(id));
      GRAPHFREEZE_RETURN_IF_ERROR(rewriter.ReplaceWithConst(body->node(id), value, "computed from constants"));
      rewriter.SetInputs(id, controls);
    }
    return absl::OkStatus();
  }

  // True for nodes that may be computed, whatever their inputs are. Identity and the like hand constants on as they are.
  bool Computes(const Body& body, NodeId id) const {
    return body.kind(id) == NodeKind::kNode && Evaluator::Evaluates(body.op(id)) &&
           graph_.FindFunction(body.op(id)) == kNoFunction;
  }
  static bool HandsOn(std::string_view op) {
    return op == "Const" || op == "Identity" || op == "StopGradient" || op == "Snapshot";
  }
  static bool IsWeight(const Body& body, NodeId id) {
    const NodeEdit* edit = body.Edit(id);
    if (edit == nullptr) return false;
    for (const AttrEdit& attr : edit->attrs) {
      if (attr.weight != AttrEdit::kNoWeight) return true;
    }
    return false;
  }

  // Finds out whether a node depends on constants alone, its producers first. In a ring nothing does.
  void Sort(const Body& body, NodeId first, std::vector<std::uint8_t>* state, std::vector<NodeId>* constant) {
    struct Step {
      NodeId node;
      std::size_t next;
    };
    std::vector<Step> path;
    const auto enter = [&](NodeId id) {
      if (!Computes(body, id) || IsWeight(body, id)) {
        (*state)[id] = kVaries;
      } else if (body.op(id) == "Const") {
        (*state)[id] = kConstant;
      } else {
        (*state)[id] = kAsked;
        path.push_back({id, 0});
      }
    };
    enter(first);
    while (!path.empty()) {
      Step& step = path.back();
      const absl::Span<const Edge> inputs = body.inputs(step.node);
      if (step.next == inputs.size() || inputs[step.next].is_control()) {
        (*state)[step.node] = step.next > 0 ? kConstant : kVaries;
        if (step.next > 0 && !HandsOn(body.op(step.node))) constant->push_back(step.node);
        path.pop_back();
        continue;
      }
      const NodeId producer = inputs[step.next].node;
      if (producer == kNoNode || !body.alive(producer) || (*state)[producer] == kVaries || (*state)[producer] == kAsked) {
        (*state)[step.node] = kVaries;
        path.pop_back();
        continue;
      }
      ++step.next;
      if ((*state)[producer] == kNew) {
        --step.next;  // to be asked again, when the producer's state is known
        enter(producer);
      }
    }
  }

  // Control inputs of the node and of all that it is computed from. False if there are too many.
  static bool Controls(const Body& body, NodeId id, std::vector<Edge>* controls) {
    constexpr std::size_t kMostNodes = 1000;
    std::vector<NodeId> seen = {id};
    NodeSet known = {id};
    for (std::size_t next = 0; next < seen.size(); ++next) {
      for (const Edge& edge : body.inputs(seen[next])) {
        if (edge.node == kNoNode) return false;
        if (!edge.is_control()) {
          if (known.insert(edge.node).second) seen.push_back(edge.node);
        } else if (std::find(controls->begin(), controls->end(), edge) == controls->end()) {
          controls->push_back(edge);
        }
      }
      if (seen.size() > kMostNodes || controls->size() > kMostControls) return false;
    }
    return true;
  }
  using NodeSet = absl::flat_hash_set<NodeId>;

  const FoldConstants& options_;
  Graph& graph_;
  PassContext& context_;
  Globs excluded_;
  NameSet outputs_;
};

}  // namespace detail

inline absl::Status FoldConstants::Run(Graph& graph, PassContext& context) const {
  return detail::ConstantFolder(*this, graph, context).Run();
}

GRAPHFREEZE_NAMESPACE_END
