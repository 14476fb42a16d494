// All passes from a training graph to the inference graph, against protobuf's own parse of the same bytes; in the file
// sizes of an Inception's training, ten times and a hundred times that.
//
//   inference_bench                     training graphs made here
//   inference_bench model.meta logits   a graph of one's own, and what to ask it for
#include <cstdio>
#include <string>
#include <vector>

#include <graphfreeze/graphfreeze.hpp>

#include "graph.pb.h"
#include "measure.hpp"
#include "training_graph.hpp"

namespace gf = graphfreeze;

namespace {

void Measure(const std::string& bytes, std::size_t nodes, const std::string& output, int runs) {
  double protobuf = 1e99, scan = 1e99, total = 1e99;
  std::vector<std::pair<std::string, double>> best;
  for (int run = 0; run < runs; ++run) {
    protobuf = std::min(protobuf, BestOf(1, [&] {
      graphfreeze_bench::Graph graph;
      if (!graph.ParseFromString(bytes)) std::abort();
    }));
    absl::StatusOr<gf::Graph> graph = absl::UnknownError("");
    scan = std::min(scan, BestOf(1, [&] { graph = gf::Graph::Parse(gf::Source::Borrow(bytes, "training graph")); }));
    MustBeOk(graph);
    gf::PassContext context;
    context.outputs = {output};
    const gf::Prune prune{{output}, {}};
    std::vector<std::pair<std::string, double>> times;
    const auto time = [&](std::string_view name, const auto& pass) {
      times.emplace_back(name, BestOf(1, [&] {
        MustBeOk(gf::Run(*graph, context, pass));
        MustBeOk(gf::Run(*graph, context, prune));
      }));
    };
    time("prune", prune);
    for (const gf::AnyPass& step : gf::InferenceSteps()) {
      times.emplace_back(step.name(), BestOf(1, [&] {
        MustBeOk(step.Run(*graph, context));
        MustBeOk(gf::Run(*graph, context, prune));
      }));
    }
    double sum = 0;
    for (const auto& [name, ms] : times) sum += ms;
    if (sum < total) {
      total = sum;
      best = times;
    }
    if (run == 0) std::printf("training graph of %zu nodes, %.1f MB; %zu nodes are left\n", nodes,
                              static_cast<double>(bytes.size()) / 1e6, graph->main().CountNodes());
  }
  std::printf("  protobuf parse            %8.2f ms\n", protobuf);
  std::printf("  graphfreeze scan          %8.2f ms\n", scan);
  for (const auto& [name, ms] : best) std::printf("    %-24s%8.2f ms\n", name.c_str(), ms);
  std::printf("  all passes                %8.2f ms   %.2f x protobuf's parse, %.3f us a node\n", total, total / protobuf,
              1000 * total / static_cast<double>(nodes));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3) {
    const auto file = gf::LoadGraphFile(gf::FileSystem(), argv[1]);
    MustBeOk(file);
    const auto bytes = file->graph_def();
    MustBeOk(bytes);
    const std::string graph(bytes->bytes);
    Measure(graph, gf::GraphView::Parse(graph)->main().CountNodes(), argv[2], 20);
    return 0;
  }
  for (const int blocks : {200, 2000, 20000}) {
    std::size_t nodes = 0;
    const std::string graph = MakeTrainingGraph(blocks, &nodes);
    Measure(graph, nodes, "logits", blocks < 1000 ? 10 : 3);
  }
}
