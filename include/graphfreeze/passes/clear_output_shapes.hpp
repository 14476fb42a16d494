// ClearOutputShapes: removes the `_output_shapes` attribute of every node.
//
// A Saver writes the shapes that Python inferred into the .meta file. They are no part of the graph: TensorFlow refuses
// to import a graph where they no longer fit, and believes them where they do, so that a stale one pins an old batch
// size. TensorFlow's own freeze_graph drops them only from the nodes that it retypes; here all of them go.
#pragma once

#include <cstddef>
#include <string_view>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

struct ClearOutputShapes {
  static constexpr std::string_view kName = "clear_output_shapes";

  absl::Status Run(Graph& graph, PassContext& context) const {
    std::size_t cleared = 0;
    Body& body = graph.main();
    body.ForEachNode([&](NodeRef node) {
      if (!node.attr(kOutputShapes).exists()) return;
      body.ClearOutputShapes(node.id());
      ++cleared;
    });
    if (cleared > 0) {
      context.Add(kName, "", "", Action::kChanged, "output_shapes_cleared",
                  Concat("shapes that were inferred for ", cleared, " nodes removed"));
    }
    return absl::OkStatus();
  }
};

GRAPHFREEZE_NAMESPACE_END
