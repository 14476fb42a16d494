// What a freeze costs besides the weights: 20,000 variables of a few bytes each. Opening the checkpoint, scanning the
// graph, and all of a freeze; against protobuf's parse and serialisation of the graph alone, which any converter pays.
//   index_bench FOLDER   (a few MB are written there, and removed)
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include <graphfreeze/graphfreeze.hpp>

#include "graph.pb.h"
#include "measure.hpp"
#include "model.hpp"

namespace gf = graphfreeze;

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: index_bench FOLDER\n");
    return 1;
  }
  const Model model{20000, 4};
  const std::string prefix = std::string(argv[1]) + "/model";
  InChild([&] { WriteModel(model, prefix); });
  gf::Freezer freezer;
  freezer.FromGraph(prefix + ".pb").Checkpoint(prefix).Outputs({"y"});
  const long long opened = AnonymousGrowth([&] { MustBeOk(gf::CheckpointReader<>::Open(prefix)); });
  const long long frozen = AnonymousGrowth([&] { MustBeOk(freezer.Freeze()); });

  const std::string graph = MakeGraph(model);
  const double protobuf = BestOf(9, [&] {
    graphfreeze_bench::Graph message;
    std::string bytes;
    if (!message.ParseFromString(graph) || !message.SerializeToString(&bytes)) std::abort();
  });
  const double open = BestOf(9, [&] { MustBeOk(gf::CheckpointReader<>::Open(prefix)); });
  const double scan = BestOf(9, [&] { MustBeOk(gf::GraphView::Parse(graph)); });
  const double freeze = BestOf(9, [&] { MustBeOk(freezer.Freeze()); });
  RemoveModel(prefix);

  std::printf("%d variables, graph of %.2f MB\n", model.variables, static_cast<double>(graph.size()) / 1e6);
  const auto line = [&](const char* what, double ms) {
    std::printf("  %-38s %8.1f ms  %6.2f us a variable  %5.2f x protobuf\n", what, ms, ms * 1e3 / model.variables,
                ms / protobuf);
  };
  line("protobuf: parse and serialise the graph", protobuf);
  line("open the checkpoint", open);
  line("scan the graph", scan);
  line("freeze", freeze);
  const auto memory = [&](const char* what, long long bytes) {
    std::printf("  %-38s %8.2f MB  %5lld bytes a variable\n", what, static_cast<double>(bytes) / 1e6,
                bytes / model.variables);
  };
  memory("anonymous growth, checkpoint", opened);
  memory("anonymous growth, freeze", frozen);
  return 0;
}
