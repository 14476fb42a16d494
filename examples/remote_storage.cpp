// Freezing out of an object store: a file system of one's own, of which the library asks ranges, several at once.
//
//   model.ckpt.meta   ── small: fetched whole ──┐
//   model.ckpt.index  ── small: fetched whole ──┼── Freezer ── frozen.pb
//   model.ckpt.data-* ── ranges, by the MiB ────┘
//
// What is asked for at once is in flight at once: many small weights cost one round trip. No weight is ever held longer
// than it takes to write it.
//
//   remote_storage DIRECTORY model.ckpt output frozen.pb        the directory plays the store
#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/graphfreeze.hpp>

namespace gf = graphfreeze;

// In the place of a client of a real store: counts what would go over the network.
struct Client {
  std::string directory;
  std::atomic<unsigned long long> gets{0}, round_trips{0}, bytes{0};

  absl::StatusOr<gf::Source> Find(std::string_view key) const {
    return gf::ReadingFileSystem().Open(gf::Concat(directory, "/", key));
  }
  absl::Status Get(const gf::Source& object, absl::Span<const gf::RangeRead> ranges) {
    gets += ranges.size();
    ++round_trips;
    for (const gf::RangeRead& range : ranges) bytes += range.out.size();
    return object.Read(ranges);
  }
  void PrintCosts(const char* what) {
    constexpr unsigned long long kLatency = 20;  // milliseconds that a round trip would take
    const unsigned long long trips = round_trips.exchange(0), all = gets.exchange(0);
    std::printf("%-8s %5llu %8llu %12llu %9llu ms %9llu ms\n", what, all, bytes.exchange(0), trips, trips * kLatency,
                all * kLatency);
  }
};

// One object. ReadBatch instead of Read says that it gains from several ranges at once.
struct Object {
  std::shared_ptr<Client> client;
  gf::Source object;

  std::uint64_t size() const { return object.size(); }
  absl::Status ReadBatch(absl::Span<const gf::RangeRead> ranges) const { return client->Get(object, ranges); }
};

// The file system: all that the library needs.
struct MyObjectStore {
  std::shared_ptr<Client> client;

  absl::StatusOr<gf::Source> Open(std::string_view key) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(gf::Source found, client->Find(key));
    gf::Source object = gf::Source::Of(Object{client, std::move(found)}, gf::Concat("store://", key));
    constexpr std::uint64_t kSmall = 64 << 10;  // a graph, an index: read here and there, so better fetched whole
    if (object.size() > kSmall) return object;
    GRAPHFREEZE_ASSIGN_OR_RETURN(const gf::OwnedBytes all, object.LoadAll());
    return gf::Source::Share(all.bytes, all.owner, std::string(object.name()));
  }
  absl::StatusOr<std::vector<std::string>> List(std::string_view prefix) const {
    return gf::ReadingFileSystem().List(gf::Concat(client->directory, "/", prefix));
  }
};

absl::Status Main(const char* directory, const std::string& checkpoint, const char* output, const char* frozen) {
  const auto client = std::make_shared<Client>();
  client->directory = directory;
  const MyObjectStore store{client};

  const gf::Executor eight = gf::ThreadExecutor(8);  // round trips at a time, and MiB in memory at most

  std::printf("          GETs    bytes  round trips     waiting  one by one\n");
  GRAPHFREEZE_ASSIGN_OR_RETURN(const auto reader, gf::CheckpointReader<MyObjectStore>::Open(checkpoint, {}, store));
  client->PrintCosts("open");
  GRAPHFREEZE_RETURN_IF_ERROR(reader.Verify(eight));
  client->PrintCosts("verify");

  gf::Freezer freezer;
  freezer.FromMetaGraph(checkpoint + ".meta").Files(store).Checkpoint(reader).Outputs(output).With(eight);
  GRAPHFREEZE_ASSIGN_OR_RETURN(const gf::FreezeReport report, freezer.FreezeTo(frozen));
  client->PrintCosts("freeze");
  std::printf("%zu of %zu tensors are in %s\n", report.variables.size(), reader.keys().size(), frozen);
  return absl::OkStatus();
}

int main(int argc, char** argv) {
  if (argc != 5) return std::fputs("usage: remote_storage DIRECTORY CHECKPOINT OUTPUT FROZEN\n", stderr), 2;
  const absl::Status status = Main(argv[1], argv[2], argv[3], argv[4]);
  if (!status.ok()) return std::fprintf(stderr, "%s\n", status.ToString().c_str()), 1;
  return 0;
}
