// A server that is given the next version of its weights: Bind against Freeze with the same checkpoint, and against
// protobuf's parse of the graph, which whoever keeps a GraphDef and fills it in has to do.
//   plan_bench FOLDER   (about 300 MB are written there, and removed)
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <graphfreeze/graphfreeze.hpp>

#include "graph.pb.h"
#include "measure.hpp"
#include "model.hpp"

namespace gf = graphfreeze;

namespace {

void Run(const std::string& folder, const Model& model) {
  const std::string prefix = folder + "/model";
  InChild([&] { WriteModel(model, prefix); });
  std::ifstream file(prefix + ".pb", std::ios::binary);
  const std::string graph((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());

  gf::Freezer freezer;
  freezer.FromGraph(prefix + ".pb").Checkpoint(prefix).Outputs({"y"});
  gf::Freezer unchecked = freezer;
  unchecked.VerifyChecksums(false);
  const auto plan = freezer.Plan(), unchecked_plan = unchecked.Plan();
  const auto opened = gf::Checkpoint::Open(prefix);
  const auto frozen = freezer.Freeze(), bound = plan->Bind(prefix);
  MustBeOk(frozen);
  MustBeOk(bound);
  if (*frozen->ToContiguous() != *bound->ToContiguous()) std::exit(1);

  double freeze = 1e99, bind = 1e99, open = 1e99, bind_open = 1e99, freeze_checked = 1e99, bind_checked = 1e99, parse = 1e99,
         make = 1e99, fingerprint = 1e99;
  const auto take = [](double* best, auto&& work) { *best = std::min(*best, BestOf(1, work)); };
  for (int i = 0; i < 9; ++i) {  // in turns: the machine's other work hits all alike
    take(&freeze, [&] { MustBeOk(unchecked.Freeze()); });
    take(&bind, [&] { MustBeOk(unchecked_plan->Bind(prefix)); });
    take(&bind_open, [&] { MustBeOk(unchecked_plan->Bind(*opened)); });
    take(&open, [&] { MustBeOk(gf::Checkpoint::Open(prefix, {false})); });
    take(&freeze_checked, [&] { MustBeOk(freezer.Freeze()); });
    take(&bind_checked, [&] { MustBeOk(plan->Bind(prefix)); });
    take(&make, [&] { MustBeOk(unchecked.Plan()); });
    take(&fingerprint, [&] { MustBeOk(bound->Fingerprint()); });
    take(&parse, [&] {
      graphfreeze_bench::Graph message;
      if (!message.ParseFromString(graph)) std::exit(1);
    });
  }
  RemoveModel(prefix);

  std::printf("%d x %lld bytes, graph of %.2f MB\n", model.variables, static_cast<long long>(model.variable_bytes()),
              static_cast<double>(graph.size()) / 1e6);
  const auto row = [&](const char* what, double ms, double against) {
    std::printf("  %-42s %8.2f ms  %6.3f x Freeze  %6.3f x protobuf parse\n", what, ms, ms / against, ms / parse);
  };
  row("protobuf parse of the graph", parse, freeze);
  row("Freeze, no checksums", freeze, freeze);
  row("Plan", make, freeze);
  row("Bind, no checksums", bind, freeze);
  row("  of that, opening the checkpoint", open, freeze);
  row("Bind to an open checkpoint, no checksums", bind_open, freeze);
  row("Freeze, checksums", freeze_checked, freeze_checked);
  row("Bind, checksums", bind_checked, freeze_checked);
  row("Fingerprint", fingerprint, freeze_checked);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: plan_bench FOLDER\n");
    return 1;
  }
  for (const Model& model : {Model{300, 200000}, Model{10000, 256}}) InChild([&] { Run(argv[1], model); });
  return 0;
}
