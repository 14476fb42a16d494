// Freezing 1 GiB of weights: in memory with and without checksums, and file to file against cp of the data file.
//   freeze_bench FOLDER   (about 3 GiB are written there, and removed)
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <graphfreeze/graphfreeze.hpp>

#include "../checkpoint/bundle_writer.hpp"
#include "measure.hpp"

namespace gf = graphfreeze;

namespace {

// A checkpoint of `count` float tensors and the graph that reads them all.
std::string Make(const std::string& prefix, int count, std::int64_t floats) {
  std::ofstream data(prefix + ".data-00000-of-00001", std::ios::binary);
  const gf::wire::Crc32c crc;
  std::string graph, bytes(static_cast<std::size_t>(floats) * 4, '\0');
  bundle_writer::Entries entries;
  std::string header;
  gf::wire::PutVarintField(&header, 1, 1);
  entries.emplace_back("", header);
  const auto add = [&](const std::string& name, std::string_view op, const std::vector<std::string>& inputs, std::string_view type_attr) {
    std::string node, entry;
    gf::wire::PutBytesField(&node, 1, name);
    gf::wire::PutBytesField(&node, 2, op);
    for (const std::string& input : inputs) gf::wire::PutBytesField(&node, 3, input);
    const auto attr = [&](std::string_view key, const std::string& value) {
      std::string map_entry;
      gf::wire::PutBytesField(&map_entry, 1, key);
      gf::wire::PutBytesField(&map_entry, 2, value);
      gf::wire::PutBytesField(&node, 5, map_entry);
    };
    if (!type_attr.empty()) attr(type_attr, gf::attr::Type(gf::DataType::kFloat));
    if (op == "VarHandleOp") attr("shape", gf::attr::ShapeValue(gf::Shape({floats})));
    gf::wire::PutBytesField(&graph, 1, node);
  };
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) {
    char name[64];
    std::snprintf(name, sizeof name, "network/layer_%06d/weights", i);
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 4096) bytes[at] = static_cast<char>(i + static_cast<int>(at >> 12));
    data << bytes;
    bundle_writer::Entry entry;
    entry.shape = gf::Shape({floats}).Serialize();
    entry.offset = static_cast<std::int64_t>(i) * static_cast<std::int64_t>(bytes.size());
    entry.size = static_cast<std::int64_t>(bytes.size());
    entry.masked_crc = gf::wire::Crc32c::Mask(crc.Of(bytes));
    entries.emplace_back(name, entry.Serialize());
    add(name, "VarHandleOp", {}, "dtype");
    add(std::string(name) + "/Read", "ReadVariableOp", {name}, "dtype");
    all.push_back("^" + std::string(name) + "/Read");
  }
  add("y", "NoOp", all, "");
  std::ofstream(prefix + ".index", std::ios::binary) << bundle_writer::MakeTable(entries);
  std::ofstream(prefix + ".pb", std::ios::binary) << graph;
  return graph;
}

template <typename T>
void MustBeOk(const T& result) {
  if (result.ok()) return;
  std::fprintf(stderr, "%s\n", std::string(result.status().message()).c_str());
  std::exit(1);
}

void Run(const std::string& folder, int count, std::int64_t floats) {
  const std::string prefix = folder + "/m", out = folder + "/frozen.pb", copy = folder + "/copy";
  const std::string graph = Make(prefix, count, floats);
  const double gigabytes = 4.0 * static_cast<double>(floats) * count / 1e9;
  gf::Freezer freezer;
  freezer.FromGraph(prefix + ".pb").Checkpoint(prefix).Outputs({"y"});
  gf::Freezer unchecked = freezer, threaded = freezer;
  unchecked.VerifyChecksums(false);
  threaded.With(gf::ThreadExecutor(2));
  long long grown = 0;
  grown = PeakAnonymousGrowth([&] { MustBeOk(freezer.Freeze()); });
  const double with = BestOf(5, [&] { MustBeOk(freezer.Freeze()); });
  const double two = BestOf(5, [&] { MustBeOk(threaded.Freeze()); });
  const double without = BestOf(5, [&] { MustBeOk(unchecked.Freeze()); });
  const std::string command = "cp " + prefix + ".data-00000-of-00001 " + copy;
  double cp = 1e99, one_file = 1e99, two_files = 1e99;
  for (int i = 0; i < 5; ++i) {  // in turns: the machine's other work hits all alike
    ::unlink(copy.c_str());
    cp = std::min(cp, BestOf(1, [&] { if (std::system(command.c_str()) != 0) std::exit(1); }));
    ::unlink(copy.c_str());
    ::unlink(out.c_str());
    one_file = std::min(one_file, BestOf(1, [&] { MustBeOk(freezer.FreezeTo(out)); }));
    ::unlink(out.c_str());
    two_files = std::min(two_files, BestOf(1, [&] { MustBeOk(threaded.FreezeTo(out)); }));
    ::unlink(out.c_str());
  }
  const long long grown_file = PeakAnonymousGrowth([&] { MustBeOk(threaded.FreezeTo(out)); });
  std::printf("%d x %lld bytes, graph of %.2f MB\n", count, static_cast<long long>(floats) * 4, static_cast<double>(graph.size()) / 1e6);
  const auto line = [&](const char* what, double ms) {
    std::printf("  %-38s %8.1f ms  %7.2f GB/s  %5.2f x cp\n", what, ms, gigabytes / ms * 1e3, ms / cp);
  };
  line("cp of the data file", cp);
  line("in memory, checksums", with);
  line("in memory, checksums, two workers", two);
  line("in memory, no checksums", without);
  line("file to file, checksums", one_file);
  line("file to file, checksums, two workers", two_files);
  std::printf("  anonymous memory grows by %.2f MB in memory, %.2f MB to a file; 3 x graph + 1 MiB is %.2f MB\n",
              static_cast<double>(grown) / 1e6, static_cast<double>(grown_file) / 1e6,
              (3 * static_cast<double>(graph.size()) + 1048576) / 1e6);
  for (const char* suffix : {".data-00000-of-00001", ".index", ".pb"}) ::unlink((prefix + suffix).c_str());
  ::unlink(out.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: freeze_bench FOLDER\n");
    return 1;
  }
  // A process each, so that the memory of one does not hide that of the other.
  for (const auto& [count, floats] : {std::pair<int, std::int64_t>{256, 1 << 20}, {10000, 26880}}) {
    const pid_t child = ::fork();
    if (child == 0) {
      Run(argv[1], count, floats);
      std::fflush(stdout);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status != 0) return 1;
  }
  return 0;
}
