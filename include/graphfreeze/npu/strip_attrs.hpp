// StripNpuAttrs: attributes that the Ascend TF adapter and TensorFlow's optimizers leave on nodes go.
//
//   Conv2D {T, strides, _keep_dtype=1, _stage_level=2}      =>      Conv2D {T, strides}
//
// TensorFlow does not mind them; the graph engine takes some of them as orders (fusions, engines, shapes of training).
// `_grappler_do_not_remove` keeps it from folding constants, for one. Entries of `_class` that name a node that is gone
// go with Prune.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/rewrite/rewriter.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/glob.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace npu {

struct StripNpuAttrs {
  static constexpr std::string_view kName = "strip_npu_attrs";

  // Globs of nodes that keep theirs.
  std::vector<std::string> exclude = {};
  // `_keep_dtype` pins the precision of a node: it stays if the result shall have training's precision there.
  bool keep_dtype = false;

  // True for attributes that go.
  static bool Strips(std::string_view attr) {
    constexpr std::array<std::string_view, 22> kAttrs = {
        "_NpuOptimizer",       "_buffer_pool_id",       "_buffer_pool_size",      "_embedding_dim",
        "_graph_dynamic_*",    "_grappler_*",           "_is_train_graph",        "_keep_dtype",
        "_max_key_num",        "_op_max_shape",         "_op_max_size",           "_optimizer",
        "_output_memory_type", "_qos_service_label",    "_recompute_mode",        "_specified_engine_name",
        "_specified_kernel_*", "_stage_level",          "_subgraph_multi_dims_*", "_use_counter_filter",
        "_variable_placement", "_without_npu_compile",
    };
    if (attr.size() < 2 || attr[0] != '_') return false;
    if (attr.substr(0, 4) == "_Xla") return true;  // the family: _XlaCompile, _XlaScope, …
    for (const std::string_view known : kAttrs) {
      const bool family = known.back() == '*';
      if (family ? attr.substr(0, known.size() - 1) == known.substr(0, known.size() - 1) : attr == known) return true;
    }
    return false;
  }

  absl::Status Run(Graph& graph, PassContext& context) const {
    const Globs excluded(exclude);
    return ForEachBody(graph, [&](Body& body, std::string_view name) {
      std::size_t nodes = 0, attrs = 0;
      std::vector<std::string_view> found;
      for (NodeId id = 0; id < body.size(); ++id) {
        if (!body.alive(id) || body.kind(id) != NodeKind::kNode) continue;
        found.clear();
        FindAttrs(body, id, &found);
        if (found.empty() || excluded.Matches(body.name(id))) continue;
        for (const std::string_view attr : found) body.RemoveAttr(id, attr);
        ++nodes;
        attrs += found.size();
      }
      if (nodes > 0) {
        context.Add(kName, name, "", Action::kChanged, "attrs_stripped",
                    Concat(attrs, " attributes of the adapter and of optimizers, from ", nodes, nodes == 1 ? " node" : " nodes"));
      }
      return absl::OkStatus();
    });
  }

 private:
  void FindAttrs(const Body& body, NodeId id, std::vector<std::string_view>* found) const {
    const auto check = [&](std::string_view attr) {
      if (Strips(attr) && !(keep_dtype && attr == "_keep_dtype")) found->push_back(attr);
    };
    if (body.InFile(id) && body.Edit(id) == nullptr) {
      // Most nodes: no list of their attributes needs to be made.
      graphfreeze::detail::ForEachAttr(body.base().nodes[id].message(), 5, [&](std::string_view attr, std::string_view) { check(attr); });
    } else {
      for (const std::string_view attr : body.node(id).attr_names()) check(attr);
    }
  }
};

}  // namespace npu
GRAPHFREEZE_NAMESPACE_END
