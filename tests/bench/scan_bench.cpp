// The scan of a graph of 200,000 nodes against protobuf's own parse of the same bytes.
#include <cstdio>
#include <string>

#include <google/protobuf/arena.h>

#include <graphfreeze/graph/graph_view.hpp>
#include <graphfreeze/model/graph_file.hpp>

#include "graph.pb.h"
#include "measure.hpp"

int main() {
  constexpr int kNodes = 200000;
  std::string bytes;
  {
    graphfreeze_bench::Graph graph;
    for (int i = 0; i < kNodes; ++i) {
      graphfreeze_bench::Node* node = graph.add_node();
      node->set_name("scope_" + std::to_string(i % 100) + "/block_" + std::to_string(i % 1000) + "/layer/op_" + std::to_string(i));
      node->set_op(i % 3 == 0 ? "MatMul" : "AddV2");
      if (i > 2) {
        node->add_input(graph.node(i - 1).name());
        node->add_input(graph.node(static_cast<int>(i * 7919LL % i)).name());
      }
      node->set_device("/job:worker/task:0");
      (*node->mutable_attr())["T"].set_type(1);
      (*node->mutable_attr())["transpose_a"].set_b(false);
      (*node->mutable_attr())["_output_shapes"].mutable_list()->add_shape()->add_dim()->set_size(-1);
    }
    bytes = graph.SerializeAsString();
  }
  const long long grown = AnonymousGrowth([&] {
    const auto view = graphfreeze::GraphView::Parse(bytes);
    if (!view.ok()) std::abort();
  });
  const double parse = BestOf(5, [&] {
    graphfreeze_bench::Graph graph;
    if (!graph.ParseFromString(bytes)) std::abort();
  });
  const double arena_parse = BestOf(5, [&] {
    google::protobuf::Arena arena;
    auto* graph = google::protobuf::Arena::CreateMessage<graphfreeze_bench::Graph>(&arena);
    if (!graph->ParseFromString(bytes)) std::abort();
  });
  const double scan = BestOf(5, [&] {
    if (!graphfreeze::GraphView::Parse(bytes).ok()) std::abort();
  });
  const double sniff = BestOf(5, [&] {
    if (!graphfreeze::GraphFile::FromSource(graphfreeze::Source::Borrow(bytes)).ok()) std::abort();
  });
  std::printf("graph of %d nodes, %.1f MB\n", kNodes, static_cast<double>(bytes.size()) / 1e6);
  std::printf("  protobuf parse            %8.1f ms\n", parse);
  std::printf("  protobuf parse, arena     %8.1f ms\n", arena_parse);
  std::printf("  graphfreeze scan          %8.1f ms   %.1f x protobuf, %.1f x arena\n", scan, parse / scan, arena_parse / scan);
  std::printf("  telling what the file is  %8.1f ms\n", sniff);
  std::printf("  memory of the scan        %8.1f MB   %.2f x the bytes\n", static_cast<double>(grown) / 1e6,
              static_cast<double>(grown) / static_cast<double>(bytes.size()));
}
