// Freezing 1 GiB of weights: in memory with and without checksums, file to file against cp of the data file, and
// what all that takes of anonymous memory.
//   freeze_bench FOLDER   (about 3 GiB are written there, and removed)
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <graphfreeze/graphfreeze.hpp>

#include "measure.hpp"
#include "model.hpp"

namespace gf = graphfreeze;

namespace {

void Run(const std::string& folder, const Model& model) {
  const std::string prefix = folder + "/model", out = folder + "/frozen.pb", copy = folder + "/copy";
  InChild([&] { WriteModel(model, prefix); });
  struct stat graph;
  if (::stat((prefix + ".pb").c_str(), &graph) != 0) std::exit(1);

  gf::Freezer freezer;
  freezer.FromGraph(prefix + ".pb").Checkpoint(prefix).Outputs({"y"});
  gf::Freezer unchecked = freezer, threaded = freezer;
  unchecked.VerifyChecksums(false);
  threaded.With(gf::ThreadExecutor(2));
  const long long in_memory = AnonymousGrowth([&] { MustBeOk(freezer.Freeze()); });
  const long long to_file = AnonymousGrowth([&] { MustBeOk(freezer.FreezeTo(out)); });
  const long long to_file_two = AnonymousGrowth([&] { MustBeOk(threaded.FreezeTo(out)); });
  ::unlink(out.c_str());

  // In turns: the machine's other work hits all alike. Each file is a new one, as cp's is.
  const std::string command = "cp " + prefix + ".data-00000-of-00001 " + copy;
  double cp = 1e99, with = 1e99, with_two = 1e99, without = 1e99, file = 1e99, file_two = 1e99;
  const auto take = [](double* best, auto&& work) { *best = std::min(*best, BestOf(1, work)); };
  for (int i = 0; i < 7; ++i) {
    take(&without, [&] { MustBeOk(unchecked.Freeze()); });
    take(&with, [&] { MustBeOk(freezer.Freeze()); });
    take(&with_two, [&] { MustBeOk(threaded.Freeze()); });
    take(&cp, [&] { if (std::system(command.c_str()) != 0) std::exit(1); });
    ::unlink(copy.c_str());
    take(&file, [&] { MustBeOk(freezer.FreezeTo(out)); });
    ::unlink(out.c_str());
    take(&file_two, [&] { MustBeOk(threaded.FreezeTo(out)); });
    ::unlink(out.c_str());
  }
  RemoveModel(prefix);

  std::printf("%d x %lld bytes, graph of %.2f MB\n", model.variables, static_cast<long long>(model.variable_bytes()),
              static_cast<double>(graph.st_size) / 1e6);
  const auto time = [&](const char* what, double ms) {
    std::printf("  %-38s %8.1f ms  %7.2f GB/s  %5.2f x cp\n", what, ms, model.gigabytes() / ms * 1e3, ms / cp);
  };
  time("cp of the data file", cp);
  time("in memory, no checksums", without);
  time("in memory, checksums", with);
  time("in memory, checksums, two workers", with_two);
  time("file to file, checksums", file);
  time("file to file, checksums, two workers", file_two);
  const double budget = 3 * static_cast<double>(graph.st_size) + 1048576;
  const auto memory = [&](const char* what, long long bytes) {
    std::printf("  %-38s %8.2f MB  %5.2f of 3 x graph + 1 MiB\n", what, static_cast<double>(bytes) / 1e6,
                static_cast<double>(bytes) / budget);
  };
  memory("anonymous growth, in memory", in_memory);
  memory("anonymous growth, to a file", to_file);
  memory("anonymous growth, two workers", to_file_two);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: freeze_bench FOLDER\n");
    return 1;
  }
  for (const Model& model : {Model{256, 1 << 20}, Model{10000, 26880}}) InChild([&] { Run(argv[1], model); });
  return 0;
}
