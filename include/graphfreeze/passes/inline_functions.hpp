// InlineFunctions: every call of a function becomes the function's nodes, in the main graph and in all functions that
// stay.
//
//   x ── StatefulPartitionedCall (f) ── y           x ── StatefulPartitionedCall/dense/MatMul ── … ── y
//        f: dense/MatMul ── StatefulPartitionedCall (g) …                   └── StatefulPartitionedCall (IdentityN)
//
// Models of TF2 are functions in functions, with the variables outside; flat graphs are what other engines read, and
// where passes see what belongs together. Names of calls stay on an Identity or IdentityN, so that the tensor
// "StatefulPartitionedCall:1" of a signature is what it was. If, While and Case keep their functions, whose own calls
// are inlined too; so do functions that something else runs (data sets, maps).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include <graphfreeze/graph/function_refs.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/passes/prune.hpp>
#include <graphfreeze/rewrite/control_contexts.hpp>
#include <graphfreeze/rewrite/inline_call.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/rewrite/rewriter.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/glob.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

struct InlineFunctions {
  static constexpr std::string_view kName = "inline_functions";

  // Only the calls that these nodes of the main graph need, and what those contain; all of them if it is empty.
  std::vector<std::string> below;
  std::vector<std::string> exclude;  // globs: calls by their name, or by the name of the function that they call

  // FailedPrecondition where functions call each other in a circle, ResourceExhausted where the result would have more
  // nodes than the limits allow; both before anything is changed.
  absl::Status Run(Graph& graph, PassContext& context) const;
};

namespace detail {

// How many nodes bodies have once the functions that they call are in the place of their calls. Which functions a body
// calls, each as often as it does, collect(body) tells.
template <typename Collect>
class InlinedSizes {
 public:
  InlinedSizes(const Graph& graph, const PassContext& context, Collect collect)
      : graph_(graph), context_(context), collect_(std::move(collect)), state_(graph.function_count(), kNew),
        sizes_(graph.function_count(), 0), calls_(graph.function_count()) {}

  // Refuses circles, and more nodes than the limits allow: in the main graph, and if `functions_too` in any function.
  absl::Status Check(bool functions_too) {
    std::uint64_t total = graph_.main().size();
    for (FunctionId callee : collect_(graph_.main())) {
      GRAPHFREEZE_RETURN_IF_ERROR(Visit(callee));
      total = Add(total, sizes_[callee]);
    }
    for (FunctionId id = 0; functions_too && id < graph_.function_count(); ++id) {
      if (!graph_.function(id).alive) continue;
      GRAPHFREEZE_RETURN_IF_ERROR(Visit(id));
      if (!calls_[id].empty()) total = std::max(total, sizes_[id]);
    }
    if (total <= context_.limits.max_nodes) return absl::OkStatus();
    return ResourceExhausted("with all calls inlined the graph would have ", total, " nodes; the limit is ", context_.limits.max_nodes);
  }

 private:
  enum : std::uint8_t { kNew, kActive, kDone };
  struct Frame {
    FunctionId id;
    std::size_t next;
  };

  void Enter(FunctionId id) {
    state_[id] = kActive;
    calls_[id] = collect_(graph_.function(id).body);
    sizes_[id] = graph_.function(id).body.size();
    stack_.push_back({id, 0});
  }
  // Iterative: depth is the file's choice.
  absl::Status Visit(FunctionId root) {
    if (state_[root] == kDone) return absl::OkStatus();
    Enter(root);
    while (!stack_.empty()) {
      Frame& frame = stack_.back();
      if (frame.next == calls_[frame.id].size()) {
        state_[frame.id] = kDone;
        for (FunctionId callee : calls_[frame.id]) sizes_[frame.id] = Add(sizes_[frame.id], sizes_[callee]);
        stack_.pop_back();
        continue;
      }
      const FunctionId callee = calls_[frame.id][frame.next++];
      if (state_[callee] == kActive) return Circle(callee);
      if (state_[callee] == kDone) continue;
      if (stack_.size() > static_cast<std::size_t>(std::max(0, context_.limits.max_call_depth))) {
        return ResourceExhausted("functions call each other more than ", context_.limits.max_call_depth, " deep, at '",
                                 graph_.function(callee).name(), "'");
      }
      Enter(callee);
    }
    return absl::OkStatus();
  }
  static std::uint64_t Add(std::uint64_t a, std::uint64_t b) { return a + b < a ? ~std::uint64_t{0} : a + b; }
  absl::Status Circle(FunctionId callee) const {
    std::string path;
    bool in = false;
    for (const Frame& frame : stack_) {
      in = in || frame.id == callee;
      if (in && path.size() < 300) path += Concat("'", graph_.function(frame.id).name(), "' -> ");
    }
    return FailedPrecondition("functions call each other in a circle (", path, "'", graph_.function(callee).name(),
                              "'); recursive functions cannot be inlined");
  }

  const Graph& graph_;
  const PassContext& context_;
  const Collect collect_;
  std::vector<std::uint8_t> state_;
  std::vector<std::uint64_t> sizes_;
  std::vector<std::vector<FunctionId>> calls_;
  std::vector<Frame> stack_;
};

class FunctionInliner {
 public:
  FunctionInliner(Graph& graph, PassContext& context, const Globs& exclude, std::vector<bool> only)
      : graph_(graph), context_(context), exclude_(exclude), only_(std::move(only)) {}

  absl::Status Run() {
    GRAPHFREEZE_RETURN_IF_ERROR(Measure());
    GRAPHFREEZE_RETURN_IF_ERROR(InlineIn(graph_.main(), ""));
    if (!only_.empty()) return Report();
    // Functions that are run in other ways, as the main graph now refers to them, and those that they refer to.
    std::vector<bool> seen(graph_.function_count(), false);
    std::vector<FunctionId> todo;
    const auto add = [&](const Body& body) {
      body.ForEachNode([&](NodeRef node) {
        ForEachFunctionRef(node, [&](std::string_view name) {
          const FunctionId id = graph_.FindFunction(name);
          if (id == kNoFunction || seen[id]) return;
          seen[id] = true;
          todo.push_back(id);
        });
      });
    };
    add(graph_.main());
    for (std::size_t at = 0; at < todo.size(); ++at) {
      Function& function = graph_.function(todo[at]);
      GRAPHFREEZE_RETURN_IF_ERROR(InlineIn(function.body, function.name()));
      add(function.body);
    }
    return Report();
  }

 private:
  absl::Status Report() {
    if (calls_ > 0) {
      context_.Add(InlineFunctions::kName, "", "", Action::kChanged, "inlined",
                   Concat(calls_, calls_ == 1 ? " call" : " calls", " of functions replaced by their nodes"));
    }
    return absl::OkStatus();
  }

  // A call that is inlined; `function` is kNoFunction for any other node.
  InlineSite Site(const Body& body, NodeId id) const {
    InlineSite site;
    if (!body.alive(id) || body.kind(id) != NodeKind::kNode) return site;
    if (&body == &graph_.main() && id < only_.size() && !only_[id]) return site;
    const std::string_view op = body.op(id);
    const NodeRef node = body.node(id);
    std::string_view attrs;
    FunctionId function = kNoFunction;
    if (op == "PartitionedCall" || op == "StatefulPartitionedCall") {
      attrs = node.attr("f").func();
      function = graph_.FindFunction(AttrView::FuncName(attrs));
    } else if (graph_.function_count() > 0) {
      function = graph_.FindFunction(op);
    }
    if (function == kNoFunction || exclude_.Matches(node.name()) || exclude_.Matches(graph_.function(function).name())) return site;
    site.call = id;
    site.function = function;
    site.function_attrs = attrs;
    return site;
  }

  // All functions must be sound: only those that are run otherwise will be needed, but which these are is known later.
  absl::Status Measure() {
    const auto collect = [&](const Body& body) {
      std::vector<FunctionId> all;
      for (NodeId id = 0; id < body.size(); ++id) {
        if (const InlineSite site = Site(body, id); site.function != kNoFunction) all.push_back(site.function);
      }
      return all;
    };
    return InlinedSizes(graph_, context_, collect).Check(/*functions_too=*/true);
  }

  // Nodes that are put in come behind all others, and are looked at in their turn.
  absl::Status InlineIn(Body& body, std::string_view name) {
    Rewriter rewriter(graph_, body, name, context_, InlineFunctions::kName);
    bool in_frame = HasFrames(body);
    std::vector<bool> mixed(body.size(), false);
    if (in_frame) {
      const Consumers consumers(body);
      const ControlContexts contexts(graph_, body, consumers);
      for (NodeId id = 0; id < body.size(); ++id) {
        if (Site(body, id).function != kNoFunction) mixed[id] = contexts.TakesFromOutside(body.node(id));
      }
    }
    for (NodeId id = 0; id < body.size(); ++id) {
      InlineSite site = Site(body, id);
      if (site.function == kNoFunction) continue;
      site.in_frame = in_frame;
      site.mixed = mixed[id];
      if ((calls_ & 63) == 0) GRAPHFREEZE_RETURN_IF_ERROR(context_.CheckCancelled());
      absl::Status status = InlineCall(graph_, rewriter, site, context_);
      if (!status.ok()) return name.empty() ? status : Annotate(status, Concat("function '", name, "'"));
      ++calls_;
      // Calls of a function with frames may be in them, in whatever way.
      const bool brings_frames = FunctionHasFrames(site.function);
      mixed.resize(body.size(), brings_frames);
      in_frame = in_frame || brings_frames;
    }
    return absl::OkStatus();
  }

  bool FunctionHasFrames(FunctionId id) {
    const auto [it, is_new] = frames_.try_emplace(id, false);
    if (is_new) it->second = HasFrames(graph_.function(id).body);
    return it->second;
  }

  Graph& graph_;
  PassContext& context_;
  const Globs& exclude_;
  const std::vector<bool> only_;  // of the nodes of the main graph as it was; empty: all. What was put in counts.
  std::size_t calls_ = 0;
  absl::flat_hash_map<FunctionId, bool> frames_;  // which functions have them
};

}  // namespace detail

inline absl::Status InlineFunctions::Run(Graph& graph, PassContext& context) const {
  if (graph.function_count() == 0) return absl::OkStatus();
  std::vector<bool> only;
  if (!below.empty()) {
    std::vector<NodeId> roots;
    for (const std::string& name : below) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const NodeId id, FindOutput(graph, name));
      roots.push_back(id);
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(only, Prune::Ancestors(graph.main(), std::move(roots)));
  }
  const Globs globs(exclude);
  return detail::FunctionInliner(graph, context, globs, std::move(only)).Run();
}

GRAPHFREEZE_NAMESPACE_END
