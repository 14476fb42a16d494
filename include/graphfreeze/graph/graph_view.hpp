// GraphView: a GraphDef to read. Nodes, attributes and tensors are views into the bytes; nothing is copied.
//
//   absl::StatusOr<GraphView> view = GraphView::Parse(bytes);
//   for (NodeId id = 0; id < view->main().size(); ++id) print(view->node(id).name(), view->node(id).op());
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/io/source.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// Cheap to copy. Safe to read from several threads at once.
class GraphView {
 public:
  // Borrows `bytes`, a binary GraphDef, for the life of the view and of all that it gives.
  static absl::StatusOr<GraphView> Parse(std::string_view bytes) { return Parse(Source::Borrow(bytes, "GraphDef")); }
  // Shares the source.
  static absl::StatusOr<GraphView> Parse(const Source& source) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(Graph graph, Graph::Parse(source));
    return GraphView(std::make_shared<const Graph>(std::move(graph)));
  }

  const Body& main() const { return graph_->main(); }
  NodeRef node(NodeId id) const { return main().node(id); }
  // kNoNode if there is none of that name.
  NodeId Find(std::string_view name) const { return main().Find(name); }

  FunctionId function_count() const { return graph_->function_count(); }
  const Function& function(FunctionId id) const { return graph_->function(id); }
  FunctionId FindFunction(std::string_view name) const { return graph_->FindFunction(name); }

  Consumers consumers() const { return Consumers(main()); }

  // A graph to edit, over the same bytes.
  Graph Edit() const { return graph_->Pristine(); }

 private:
  explicit GraphView(std::shared_ptr<const Graph> graph) : graph_(std::move(graph)) {}
  std::shared_ptr<const Graph> graph_;
};

GRAPHFREEZE_NAMESPACE_END
