// GraphTemplate: a graph that is written any number of times, each time with other weights.
//
//   bytes of the graph  [w]  bytes of the graph  [b]  bytes …          [ ]: elements, of as many bytes each time
//
// The bytes between are made once, and shared by all that is written. A weight whose length depends on its value (a
// number in TensorFlow's typed form) changes all lengths around it: the node that holds one is made anew.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/graph_writer.hpp>
#include <graphfreeze/io/segments.hpp>
#include <graphfreeze/support/config.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// Const methods may be called from several threads at once.
class GraphTemplate {
 public:
  // Takes the graph over. Its weights are of the types, shapes and prefixes that they will have; `changing` says of
  // which of them the prefix, too, is another each time. `weights` gets them all.
  GraphTemplate(Graph graph, const std::vector<bool>& changing, std::vector<Weight>* weights) {
    SegmentList list;
    detail::OpenParts open;
    open.changing = &changing;
    detail::WriteGraph(graph, &list, &open);
    segments_.assign(list.segments().begin(), list.segments().end());
    parts_ = std::move(open.parts);
    owners_ = list.owners();
    *weights = graph.TakeWeights();
    for (const detail::OpenPart& part : parts_) {
      if (part.kind == detail::OpenPart::Kind::kElements || graph_ != nullptr) continue;
      graph_ = std::make_shared<const Graph>(std::move(graph));
    }
  }

  // Appends the GraphDef with these weights, numbered as the graph's were. REQUIRES: they have the sizes, and those
  // that do not change the prefixes, of the graph's.
  void Write(const std::vector<Weight>& weights, SegmentList* out) const {
    for (const auto& owner : owners_) out->Keep(owner);
    out->Reserve(segments_.size() + 2 * parts_.size());
    const absl::Span<const Segment> segments(segments_);
    detail::PieceList node;
    std::size_t at = 0;
    for (const detail::OpenPart& part : parts_) {
      if (part.at > at) out->AppendShared(segments.subspan(at, part.at - at));
      at = part.at;
      switch (part.kind) {
        case detail::OpenPart::Kind::kElements:
          detail::AppendElements(weights[part.number].tensor, out);
          break;
        case detail::OpenPart::Kind::kNode:
          detail::AppendNode(graph_->main(), part.number, weights, out, &node);
          break;
        case detail::OpenPart::Kind::kLibrary:
          detail::AppendLibrary(*graph_, weights, out);
          break;
      }
    }
    out->AppendShared(segments.subspan(at));
    out->Finish();
  }

 private:
  std::vector<Segment> segments_;
  std::vector<detail::OpenPart> parts_;  // by place
  std::vector<std::shared_ptr<const void>> owners_;
  std::shared_ptr<const Graph> graph_;  // only where nodes are made anew
};

GRAPHFREEZE_NAMESPACE_END
