// NeutralizeDropout: dropout becomes what it is at inference, nothing.
//
//   x ── RealDiv(·, keep) ── Mul ── Relu               x ── Relu
//        Floor(keep + random) ─┘              =>
//
// Dropout is told by its structure, in every form that TensorFlow has written since 0.5:
// a random mask of zeros and ones, and a scale that makes up for what the mask takes. keep_prob may be a constant,
// a placeholder or computed. A random mask without that scale is not dropout (DropConnect, augmentation): it is left
// as it is, with a warning. So is noise that is part of a model (the reparameterisation of a VAE).
//
// The noise, keep_prob and scale may come into a function as arguments (variational dropout draws its noise once, outside the
// loop), if every caller passes the like; see argument_facts.hpp. Inputs that only dropout took get a warning.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_set.h>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/passes/argument_facts.hpp>
#include <graphfreeze/passes/prune.hpp>
#include <graphfreeze/passes/prune_functions.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/rewrite/pattern.hpp>
#include <graphfreeze/rewrite/rewriter.hpp>
#include <graphfreeze/rewrite/scalar.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/glob.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

struct NeutralizeDropout {
  static constexpr std::string_view kName = "neutralize_dropout";

  // Names (globs) of nodes, the last of a dropout, that stay as they are.
  std::vector<std::string> exclude;
  // Additive noise with a constant deviation, Add(x, RandomStandardNormal * 0.1), goes too.
  bool gaussian_noise = false;

  absl::Status Run(Graph& graph, PassContext& context) const;
};

namespace detail {

class DropoutFinder {
 public:
  // `function` and its facts are those of the body; null and none for the main graph.
  DropoutFinder(const Graph& graph, const Body& body, const Function* function, const FactsOfFunction& facts)
      : matcher_(graph, body), draws_(graph, body, function, facts), scalars_(draws_.scalars()) {
    matcher_.set_loops(true);
    matcher_.set_same([this](const Edge& a, const Edge& b) { return Same(a, b); });
    const auto number = [this](double wanted) {
      return Any().Where(Concat("the number ", static_cast<int>(wanted)), [this, wanted](const Matcher&, const Edge& edge) {
        return scalars_.Is(edge, wanted);
      });
    };
    const Pattern zero = OneOf(Op("ZerosLike"), number(0));
    const Pattern uniform = Any().Where("uniform random numbers", [this](const Matcher&, const Edge& edge) {
      return lenient_ ? draws_.MayBe(edge) : draws_.Is(edge);
    });
    const Pattern kept = OneOf(Op("GreaterEqual", "Greater").In(uniform, Bind("rate")),
                               Op("LessEqual", "Less").In(Bind("rate"), uniform),
                               Op("LessEqual", "Less").In(uniform, Bind("keep")),
                               Op("GreaterEqual", "Greater").In(Bind("keep"), uniform));
    mask_ = OneOf(Op("Floor").In(Op("Add", "AddV2").AnyOrder(uniform, Bind("keep"))), Op("Cast").In(kept)).As("mask");
    const Pattern scaled = OneOf(Op("RealDiv", "Div").In(Bind("x"), Bind("divisor")),
                                 Op("Mul").AnyOrder(Bind("x"), Bind("factor")));
    const Pattern masked = OneOf(Op("Mul").AnyOrder(mask_, Bind("x")),
                                 Op("Select", "SelectV2").In(kept.As("mask"), Bind("x"), zero));
    dropout_ = OneOf(Op("Mul").AnyOrder(mask_, scaled),
                     Op("Mul").AnyOrder(Op("Mul").AnyOrder(mask_, Bind("factor")), Bind("x")),
                     Op("Mul").AnyOrder(masked, Bind("factor")),
                     Op("RealDiv", "Div").In(masked, Bind("divisor")),
                     Op("Select", "SelectV2").In(kept.As("mask"), scaled, zero));
    masked_ = masked;
    // Keras AlphaDropout: a * (x * mask + alpha * (1 - mask)) + b.
    alpha_ = Op("Add", "AddV2")
                 .AnyOrder(Op("Mul").AnyOrder(
                               Op("Add", "AddV2")
                                   .AnyOrder(Op("Mul").AnyOrder(mask_, Bind("x")),
                                             Op("Mul").AnyOrder(Op("Sub").In(number(1), mask_), Bind("alpha"))),
                               Bind("a")),
                           Bind("b"));
    const Pattern normal = Op("RandomStandardNormal", "StatelessRandomNormal", "StatelessRandomNormalV2", "StatefulStandardNormalV2");
    const Pattern deviation = Any().Where("a constant", [this](const Matcher&, const Edge& edge) {
      return scalars_.Value(edge).has_value();
    });
    const Pattern noise = OneOf(Op("Mul").AnyOrder(normal, deviation), normal);
    gaussian_dropout_ = Op("Mul").AnyOrder(Op("Add", "AddV2").AnyOrder(noise, number(1)), Bind("x"));
    const Pattern centred = OneOf(Op("Add", "AddV2").AnyOrder(noise, number(0)), noise);
    gaussian_noise_ = Op("Add", "AddV2").AnyOrder(centred, Bind("x"));
  }

  // The tensor that a dropout whose last node this is hands on. None if it is no dropout.
  std::optional<Edge> Find(NodeId id, bool gaussian_noise) {
    const Edge root{id, 0, 0};
    if (matcher_.Match(dropout_, root, [this](const Matcher& m) { return ScaleMakesUp(m); }) ||
        matcher_.Match(alpha_, root, [this](const Matcher& m) { return IsAlpha(m); }) ||
        matcher_.Match(gaussian_dropout_, root) ||
        (gaussian_noise && matcher_.Match(gaussian_noise_, root))) {
      if (const Edge mask = matcher_["mask"]; mask.node != kNoNode) dropout_masks_.insert(mask.node);
      return matcher_["x"];
    }
    return std::nullopt;
  }

  // True if it would be dropout, were what some callers pass random as what others do.
  bool IsSometimes(NodeId id) {
    lenient_ = true;
    const bool found = matcher_.Match(dropout_, {id, 0, 0}, [this](const Matcher& m) { return ScaleMakesUp(m); });
    lenient_ = false;
    return found;
  }

  // Remembers a node that applies a random mask, whatever else it does.
  void NoteMask(NodeId id) {
    if (matcher_.Match(masked_, {id, 0, 0})) masked_nodes_.emplace_back(id, matcher_["mask"].node);
  }
  // The nodes that apply a random mask which is part of no dropout.
  std::vector<NodeId> OtherMasks() const {
    std::vector<NodeId> others;
    for (const auto& [node, mask] : masked_nodes_) {
      if (!dropout_masks_.contains(mask)) others.push_back(node);
    }
    return others;
  }

 private:
  // One value: the same tensor, or equal numbers.
  bool Same(const Edge& a, const Edge& b) {
    if (matcher_.Strip(a) == matcher_.Strip(b)) return true;
    const auto x = scalars_.Value(a), y = scalars_.Value(b);
    return x && y && *x == *y;
  }

  // What `edge` is one minus: the inner tensor of Sub(1, inner), if it is that.
  Edge OneMinus(const Edge& edge) const { return BinaryWithOne(edge, "Sub"); }
  // The tensor that `edge` is one over.
  Edge OneOver(const Edge& edge) const {
    const Edge stripped = matcher_.Strip(edge);
    if (stripped.node == kNoNode) return Edge();
    const std::string_view op = matcher_.body().op(stripped.node);
    const absl::Span<const Edge> inputs = matcher_.body().inputs(stripped.node);
    if ((op == "Reciprocal" || op == "Inv") && !inputs.empty()) return inputs[0];
    return BinaryWithOne(edge, "RealDiv");
  }
  Edge BinaryWithOne(const Edge& edge, std::string_view wanted) const {
    const Edge stripped = matcher_.Strip(edge);
    if (stripped.node == kNoNode || stripped.is_control()) return Edge();
    const absl::Span<const Edge> inputs = matcher_.body().inputs(stripped.node);
    if (matcher_.body().op(stripped.node) != wanted || inputs.size() < 2) return Edge();
    return scalars_.Is(inputs[0], 1) ? inputs[1] : Edge();
  }

  // True if a and b add up to one: as tensors, or as numbers.
  bool AddUpToOne(const Edge& a, const Edge& b) {
    const Edge of_a = OneMinus(a), of_b = OneMinus(b);
    return (of_a.node != kNoNode && Same(of_a, b)) || (of_b.node != kNoNode && Same(of_b, a));
  }

  // The scale must be one over the share that the mask keeps.
  bool ScaleMakesUp(const Matcher& m) {
    const Edge keep = m["keep"], rate = m["rate"];
    Edge divisor = m["divisor"];
    const Edge factor = m["factor"];
    std::optional<double> kept = keep.node != kNoNode ? scalars_.Value(keep) : scalars_.Value(rate);
    if (kept && keep.node == kNoNode) kept = 1 - *kept;
    std::optional<double> scale = factor.node != kNoNode ? scalars_.Value(factor) : scalars_.Value(divisor);
    if (scale && factor.node == kNoNode) scale = 1 / *scale;
    if (kept && scale) {
      // Half precision rounds both; 1e-2 tells a scale from none for every rate that is used.
      return std::fabs(*kept * *scale - 1) <= 1e-2;
    }
    if (factor.node != kNoNode) divisor = OneOver(factor);
    if (divisor.node == kNoNode) return false;
    return keep.node != kNoNode ? Same(keep, divisor) || SameComplement(keep, divisor) : AddUpToOne(rate, divisor);
  }
  // 1 - a and 1 - b of one value, computed twice.
  bool SameComplement(const Edge& a, const Edge& b) {
    const Edge of_a = OneMinus(a), of_b = OneMinus(b);
    return of_a.node != kNoNode && of_b.node != kNoNode && Same(of_a, of_b);
  }

  bool IsAlpha(const Matcher& m) {
    constexpr double kAlpha = -1.7580993408473766;  // -scale * alpha of SELU
    const auto alpha = scalars_.Value(m["alpha"]);
    return alpha && std::fabs(*alpha - kAlpha) <= 1e-4 && scalars_.Value(m["a"]) && scalars_.Value(m["b"]);
  }

  Matcher matcher_;
  UniformDraws draws_;
  Scalars& scalars_;
  bool lenient_ = false;  // while IsSometimes looks
  absl::flat_hash_set<NodeId> dropout_masks_;
  std::vector<std::pair<NodeId, NodeId>> masked_nodes_;  // with their masks
  Pattern mask_ = Any(), masked_ = Any(), dropout_ = Any(), alpha_ = Any(), gaussian_dropout_ = Any(),
          gaussian_noise_ = Any();
};

// Merge(Switch(x, p):0, Switch(x, p):1) is x, whatever p is: what a conditional dropout leaves once it is gone.
inline std::optional<Edge> MergedInput(const Graph& graph, const Body& body, NodeId merge) {
  const absl::Span<const Edge> inputs = body.inputs(merge);
  if (inputs.size() < 2 || inputs[0].is_control() || inputs[1].is_control()) return std::nullopt;
  if (inputs.size() > 2 && !inputs[2].is_control()) return std::nullopt;
  const Edge a = LookThrough(graph, body, inputs[0]), b = LookThrough(graph, body, inputs[1]);
  const auto is_switch = [&](const Edge& edge) {
    return edge.node != kNoNode && !edge.is_control() && edge.arg == 0 && body.op(edge.node) == "Switch" &&
           body.inputs(edge.node).size() >= 2;
  };
  if (!is_switch(a) || !is_switch(b) || a.index + b.index != 1) return std::nullopt;
  const absl::Span<const Edge> of_a = body.inputs(a.node), of_b = body.inputs(b.node);
  if (LookThrough(graph, body, of_a[0]) != LookThrough(graph, body, of_b[0])) return std::nullopt;
  if (LookThrough(graph, body, of_a[1]) != LookThrough(graph, body, of_b[1])) return std::nullopt;
  return of_a[0];
}

// CudnnRNN has its dropout inside.
inline void CalmCudnnRnn(const Graph& graph, NodeRef node, Rewriter* rewriter) {
  if (AttrOrDefault(graph, node, "dropout").f() != 0) {
    std::string zero;
    wire::PutFixed32Field(&zero, 4, 0);
    rewriter->SetAttr(node, "dropout", zero, "no dropout at inference");
  }
  if (AttrOrDefault(graph, node, "is_training").b()) {
    rewriter->SetAttr(node, "is_training", attr::Bool(false), "inference");
  }
}

// Tells which placeholders of the main graph were needed before a pass and are not after it.
class InputsInUse {
 public:
  InputsInUse(Graph& graph, const PassContext& context) : graph_(graph) {
    const Body& body = graph.main();
    body.ForEachNode([&](NodeRef node) {
      if (node.op() == "Placeholder" || node.op() == "PlaceholderWithDefault") inputs_.push_back(node.id());
    });
    if (inputs_.empty()) return;
    for (const std::string& name : context.outputs) {
      if (const absl::StatusOr<NodeId> id = FindOutput(graph, name); id.ok()) roots_.push_back(*id);
    }
    // Where nobody says what the graph is for, it is for what nothing in it takes.
    if (roots_.empty()) {
      const Consumers consumers(body);
      body.ForEachNode([&](NodeRef node) {
        if (consumers.of(node.id()).empty()) roots_.push_back(node.id());
      });
    }
    PassContext unreported;
    unreported.limits = context.limits;
    needed_ = FindNeeded(unreported);
  }

  void Warn(PassContext& context, std::string_view pass) const {
    if (needed_.empty()) return;
    PassContext unreported;
    unreported.limits = context.limits;
    const std::vector<bool> still = FindNeeded(unreported);
    if (still.empty()) return;
    for (const NodeId id : inputs_) {
      if (!needed_[id] || still[id]) continue;
      const std::string_view name = graph_.main().name(id);
      context.Add(pass, "", name, Action::kWarning, "input_unused",
                  Concat("input ", name, " no longer used: dropout was all that took it; do not feed it"));
    }
  }

 private:
  // Empty if it cannot be told.
  std::vector<bool> FindNeeded(PassContext& context) const {
    absl::StatusOr<std::vector<bool>> needed = FunctionPruner(graph_, context, PruneFunctions{}).FindNeeded(roots_);
    return needed.ok() ? *std::move(needed) : std::vector<bool>();
  }

  Graph& graph_;
  std::vector<NodeId> inputs_, roots_;
  std::vector<bool> needed_;
};

}  // namespace detail

inline absl::Status NeutralizeDropout::Run(Graph& graph, PassContext& context) const {
  // Most graphs draw no random numbers: nothing to look for.
  const auto is_random = [](const Body& body) {
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode) continue;
      const std::string_view op = body.op(id);
      if (op.find("Random") != std::string_view::npos || op.substr(0, 8) == "Stateful" || op.substr(0, 8) == "CudnnRNN") return true;
    }
    return false;
  };
  bool any_random = is_random(graph.main());
  for (FunctionId id = 0; id < graph.function_count() && !any_random; ++id) {
    any_random = graph.function(id).alive && is_random(graph.function(id).body);
  }
  if (!any_random) return absl::OkStatus();

  const Globs excluded(exclude);
  std::optional<detail::InputsInUse> inputs;  // as they were before the first change
  const detail::ArgumentFacts arguments(graph);
  const absl::Status status = ForEachBody(graph, [&](Body& body, std::string_view name) -> absl::Status {
    const FunctionId id_of_body = name.empty() ? kNoFunction : graph.FindFunction(name);
    const Function* function = id_of_body == kNoFunction ? nullptr : &graph.function(id_of_body);
    const detail::FactsOfFunction& facts = arguments.Find(id_of_body);
    const bool noise_comes = detail::AnyUniform(facts);
    if (!noise_comes && !is_random(body)) return absl::OkStatus();

    detail::DropoutFinder finder(graph, body, function, facts);
    Rewriter rewriter(graph, body, name, context, kName);
    bool found = false;
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode) continue;
      const std::string_view op = body.op(id);
      if (op == "CudnnRNN" || op == "CudnnRNNV2" || op == "CudnnRNNV3") {
        if (excluded.Matches(body.name(id))) {
          rewriter.Skip(body.node(id), "excluded", "dropout, excluded by the caller");
        } else {
          detail::CalmCudnnRnn(graph, body.node(id), &rewriter);
        }
        continue;
      }
      if (op != "Mul" && op != "RealDiv" && op != "Div" && op != "Select" && op != "SelectV2" && op != "Add" &&
          op != "AddV2") {
        continue;
      }
      const std::optional<Edge> x = finder.Find(id, gaussian_noise);
      if (!x) {
        finder.NoteMask(id);
        if (noise_comes && finder.IsSometimes(id)) {
          rewriter.Skip(body.node(id), "noise_not_always_random",
                        "looks like dropout, but not every caller of the function, or not every round of the loop, passes "
                        "uniform random numbers for its noise; if it is dropout, inline the calls or write a handler");
        }
      } else if (excluded.Matches(body.name(id))) {
        rewriter.Skip(body.node(id), "excluded", "dropout, excluded by the caller");
      } else {
        if (!inputs) inputs.emplace(graph, context);
        found = true;
        GRAPHFREEZE_RETURN_IF_ERROR(rewriter.Redirect(body.node(id), *x, "dropout hands its input on"));
      }
    }
    for (const NodeId id : finder.OtherMasks()) {
      rewriter.Warn(body.node(id), "random_mask",
                    "a random mask without the scale that would make it dropout was left as it is; if only training "
                    "needs it, write a handler or a pass that removes it");
    }
    for (NodeId id = 0; found && id < body.size(); ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode || body.op(id) != "Merge") continue;
      if (const auto input = detail::MergedInput(graph, body, id)) {
        GRAPHFREEZE_RETURN_IF_ERROR(rewriter.Redirect(body.node(id), *input, "both branches hand the same tensor on"));
      }
    }
    return absl::OkStatus();
  });
  if (status.ok() && inputs) inputs->Warn(context, kName);
  return status;
}

GRAPHFREEZE_NAMESPACE_END
