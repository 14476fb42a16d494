// ArgumentFacts: what functions may take for granted of their arguments, because all who call them pass the like: uniform
// random numbers, or one number.
//
//   u = RandomUniform ── While(i, u, 0.5) ── …        body(i, noise, keep): noise is uniform, keep is 0.5
//                        returns (i + 1, noise, keep)
//
// A loop variable counts as what goes into the loop if the body returns the argument itself. Callers come before what they
// call, so facts go through calls in calls; each body is looked at once. Nothing is known of functions that call
// themselves, or that are named by an op that is not known to call them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/graph/function_refs.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/passes/variable_flow.hpp>
#include <graphfreeze/rewrite/look_through.hpp>
#include <graphfreeze/rewrite/scalar.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/dtype.hpp>
#include <graphfreeze/tensor/tensor.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace detail {

// What is known of one argument.
struct ArgumentFact {
  bool uniform = false;             // every caller passes uniform random numbers in [0, 1)
  bool maybe_uniform = false;       // at least one does
  std::optional<TensorView> value;  // the one element that every caller passes

  // What holds if both do.
  void Join(const ArgumentFact& other) {
    uniform = uniform && other.uniform;
    maybe_uniform = maybe_uniform || other.maybe_uniform;
    if (!value) return;
    const bool same = other.value && other.value->dtype() == value->dtype() && other.value->shape() == value->shape() &&
                      other.value->bytes() == value->bytes();
    if (!same) value.reset();
  }
};

// The facts of one function, by its arguments as they are numbered now; empty if nothing is known of them.
using FactsOfFunction = std::vector<ArgumentFact>;

inline bool AnyUniform(const FactsOfFunction& facts) {
  for (const ArgumentFact& fact : facts) {
    if (fact.maybe_uniform) return true;
  }
  return false;
}

// Tells which tensors of a body are uniform random numbers in [0, 1), and which are known numbers.
class UniformDraws {
 public:
  // `function` is null for the main graph.
  UniformDraws(const Graph& graph, const Body& body, const Function* function, const FactsOfFunction& facts)
      : graph_(graph), body_(body), function_(function), facts_(facts), scalars_(graph, body) {
    for (std::uint32_t i = 0; i < facts_.size(); ++i) {
      if (facts_[i].value) scalars_.Assume(function_->argument(i), *facts_[i].value);
    }
  }

  Scalars& scalars() { return scalars_; }
  bool Is(const Edge& edge) { return IsUniform(edge, false); }
  // True also if only some callers pass such numbers.
  bool MayBe(const Edge& edge) { return IsUniform(edge, true); }

 private:
  // Until 2.2, min + draw * (max - min), with a minimum of 0 and a maximum of 1.
  bool IsUniform(const Edge& edge, bool maybe) {
    const Edge at = Strip(edge);
    return IsStretched(at, maybe) ||
           IsWithNumber(at, "Add", "AddV2", 0, [&](const Edge& draw) { return IsStretched(Strip(draw), maybe); });
  }
  bool IsStretched(const Edge& at, bool maybe) {
    return IsDraw(at, maybe) || IsWithNumber(at, "Mul", "Mul", 1, [&](const Edge& draw) { return IsDraw(Strip(draw), maybe); });
  }
  bool IsDraw(const Edge& at, bool maybe) const {
    if (at.node == kNoNode || at.is_control()) return false;
    if (body_.kind(at.node) == NodeKind::kNode) {
      const std::string_view op = body_.op(at.node);
      return op == "RandomUniform" || op == "StatelessRandomUniform" || op == "StatelessRandomUniformV2" || op == "StatefulUniform";
    }
    for (std::uint32_t i = 0; i < facts_.size(); ++i) {
      if (facts_[i].maybe_uniform && function_->argument(i) == at.node) return maybe || facts_[i].uniform;
    }
    return false;
  }
  // op(x, number) or op(number, x), with an x for which is(x).
  template <typename Test>
  bool IsWithNumber(const Edge& at, std::string_view op, std::string_view or_op, double number, Test&& is) {
    if (at.node == kNoNode || at.is_control() || body_.kind(at.node) != NodeKind::kNode) return false;
    if (body_.op(at.node) != op && body_.op(at.node) != or_op) return false;
    const absl::Span<const Edge> inputs = body_.inputs(at.node);
    if (inputs.size() < 2) return false;
    return (is(inputs[0]) && scalars_.Is(inputs[1], number)) || (is(inputs[1]) && scalars_.Is(inputs[0], number));
  }
  // The noise may be drawn outside a loop.
  Edge Strip(const Edge& edge) const { return LookThrough(graph_, body_, edge, /*loops=*/true); }

  const Graph& graph_;
  const Body& body_;
  const Function* function_;
  const FactsOfFunction& facts_;
  Scalars scalars_;
};

class ArgumentFacts {
 public:
  explicit ArgumentFacts(const Graph& graph) : graph_(graph), functions_(graph.function_count()) {
    if (functions_.empty()) return;
    // First who names whom, from the main graph on: functions that nothing calls call nobody.
    std::vector<FunctionId> todo;
    const auto scan = [&](const Body& body, std::vector<Ref>* refs) {
      body.ForEachNode([&](NodeRef node) {
        ForEachFunctionRef(node, [&](std::string_view name) {
          const FunctionId id = graph.FindFunction(name);
          if (id == kNoFunction) return;
          refs->push_back({node.id(), id});
          if (functions_[id].refs_to_come++ == 0) todo.push_back(id);
        });
      });
    };
    std::vector<Ref> of_main;
    scan(graph.main(), &of_main);
    while (!todo.empty()) {
      const FunctionId id = todo.back();
      todo.pop_back();
      scan(graph.function(id).body, &functions_[id].refs);
    }
    // Then each body once all who name it are done. Functions that call themselves are never done.
    Follow(graph.main(), nullptr, {}, of_main, &todo);
    while (!todo.empty()) {
      const FunctionId id = todo.back();
      todo.pop_back();
      Of& of = functions_[id];
      of.known = of.called && !of.opaque;
      Follow(graph.function(id).body, &graph.function(id), Find(id), of.refs, &todo);
    }
  }

  const FactsOfFunction& Find(FunctionId id) const {
    return id < functions_.size() && functions_[id].known ? functions_[id].facts : none_;
  }

 private:
  struct Ref {
    NodeId node;
    FunctionId function;
  };
  struct Of {
    FactsOfFunction facts;
    std::vector<Ref> refs;        // functions that the body names, node by node
    std::size_t refs_to_come = 0; // places that name this function and were not looked at yet
    bool called = false;          // `facts` hold for at least one caller
    bool opaque = false;          // somebody calls it in a way that is not understood
    bool known = false;
  };

  // Tells the functions that a body calls what it passes.
  void Follow(const Body& body, const Function* function, const FactsOfFunction& facts, const std::vector<Ref>& refs,
              std::vector<FunctionId>* ready) {
    if (refs.empty()) return;
    UniformDraws draws(graph_, body, function, facts);
    for (std::size_t begin = 0, end = 0; begin < refs.size(); begin = end) {
      while (end < refs.size() && refs[end].node == refs[begin].node) ++end;
      const absl::StatusOr<std::optional<CallSite>> site = FindCallSite(graph_, body.node(refs[begin].node));
      const bool understood = site.ok() && site->has_value();
      if (understood) Pass(body, refs[begin].node, **site, &draws);
      for (std::size_t i = begin; i < end; ++i) {
        Of& of = functions_[refs[i].function];
        bool is_callee = false;
        if (understood) {
          for (const CallSite::Callee& callee : (*site)->callees) is_callee = is_callee || callee.function == refs[i].function;
        }
        of.opaque = of.opaque || !is_callee;
        if (--of.refs_to_come == 0) ready->push_back(refs[i].function);
      }
    }
  }

  // One call: its inputs become facts about the arguments.
  void Pass(const Body& body, NodeId id, const CallSite& site, UniformDraws* draws) {
    const std::size_t inputs = body.node(id).data_input_count();
    const std::size_t arguments = inputs - (inputs < site.first_argument ? inputs : site.first_argument);
    FactsOfFunction passed(arguments);
    for (std::size_t i = 0; i < arguments; ++i) {
      const Edge& edge = body.inputs(id)[site.first_argument + i];
      if (site.kind == CallSite::Kind::kLoop && !IsInvariant(site.callees[1].function, i)) {
        passed[i].maybe_uniform = draws->MayBe(edge);
        continue;
      }
      passed[i] = FactOf(edge, draws);
    }
    for (const CallSite::Callee& callee : site.callees) {
      Of& of = functions_[callee.function];
      if (graph_.function(callee.function).argument_count() != arguments) {
        of.opaque = true;
      } else if (!of.called) {
        of.called = true;
        of.facts = passed;
      } else {
        for (std::size_t i = 0; i < arguments; ++i) of.facts[i].Join(passed[i]);
      }
    }
  }

  static ArgumentFact FactOf(const Edge& edge, UniformDraws* draws) {
    ArgumentFact fact;
    std::optional<TensorView> value = draws->scalars().Constant(edge);
    if (value && !value->bytes().empty() && value->bytes().size() == ElementSize(value->dtype())) {
      fact.value = std::move(value);
    } else if (!value) {
      fact.uniform = draws->Is(edge);
      fact.maybe_uniform = fact.uniform || draws->MayBe(edge);
    }
    return fact;
  }

  // True if a loop's body returns this argument as it got it.
  bool IsInvariant(FunctionId id, std::size_t i) const {
    const Function& function = graph_.function(id);
    if (i >= function.argument_count() || i >= function.result_count()) return false;
    const auto number = static_cast<std::uint32_t>(i);
    const absl::Span<const Edge> inputs = function.body.inputs(function.result(number));
    if (inputs.empty() || inputs[0].is_control()) return false;
    return LookThrough(graph_, function.body, inputs[0]).node == function.argument(number);
  }

  const Graph& graph_;
  std::vector<Of> functions_;
  const FactsOfFunction none_;
};

}  // namespace detail
GRAPHFREEZE_NAMESPACE_END
