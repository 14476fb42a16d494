// A server that is given new weights while it answers: the graph is rewritten once, each checkpoint is put into it.
//
//   model.ckpt.meta ── Plan ──────┐                                              ┌── request
//   model.ckpt ────────────────── Bind ── version 1 ─┐                           │
//   model-next.ckpt ───────────── Bind ── version 2 ─┴── one pointer, swapped ───┴── request, each holds its version
//
// Weights stay in the mapped checkpoint: versions, requests and other processes share its pages, and a file that is no
// longer served is unmapped when its last request ends. What is on the heap is the plan, the version that is served, and
// the one that is being loaded: at most three times what a freeze takes, which Estimate() tells before anything is read.
//
//   serve_at_load_time model.ckpt.meta output model.ckpt model-next.ckpt
#include <malloc.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include <graphfreeze/graphfreeze.hpp>

namespace gf = graphfreeze;
using Model = std::shared_ptr<const gf::FrozenGraph>;

class Served {
 public:
  Model get() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return model_;
  }
  void Swap(Model next) {  // the old one goes outside of the lock, where nobody waits for it
    const std::lock_guard<std::mutex> lock(mutex_);
    model_.swap(next);
  }

 private:
  mutable std::mutex mutex_;
  Model model_;
};

// Stands for a session that runs the graph: a request sees all of one version, whatever is swapped meanwhile.
bool Answer(const gf::FrozenGraph& model) {
  std::uint64_t size = 0;
  const absl::Status read = model.ForEachChunk([&](std::string_view bytes) { return size += bytes.size(), absl::OkStatus(); });
  return read.ok() && size == model.size();
}

std::size_t HeapInUse() {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
  return ::mallinfo2().uordblks;
#else
  return 0;  // the C library does not tell
#endif
}

int Fail(const absl::Status& status) { return std::fprintf(stderr, "%s\n", status.ToString().c_str()), 1; }

int main(int argc, char** argv) {
  if (argc < 4) return std::fputs("usage: serve_at_load_time GRAPH OUTPUT CHECKPOINT...\n", stderr), 2;
  const std::size_t heap_before = HeapInUse();
  gf::Freezer freezer;
  freezer.FromGraph(argv[1]).Outputs(argv[2]).Checkpoint(argv[3]).ToInference();
  const absl::StatusOr<gf::FreezeEstimate> estimate = freezer.Estimate();
  if (!estimate.ok()) return Fail(estimate.status());
  const std::uint64_t bound = 3 * estimate->peak_memory;
  const absl::StatusOr<gf::FreezePlan> plan = freezer.Plan();
  if (!plan.ok()) return Fail(plan.status());
  std::printf("plan       %zu variables, %llu bytes of weights in mapped files, heap of at most %llu MiB\n",
              plan->report().variables.size(), static_cast<unsigned long long>(plan->report().weight_bytes),
              static_cast<unsigned long long>((bound >> 20) + 1));

  Served served;
  std::atomic<bool> done{false}, wrong{false};
  std::thread requests([&] {
    while (!done) {
      if (const Model model = served.get(); model != nullptr && !Answer(*model)) wrong = true;
    }
  });
  std::uint64_t current = 0;
  for (int i = 3; i < argc; ++i) {
    absl::StatusOr<gf::FrozenGraph> next = plan->Bind(argv[i]);  // of a damaged file nothing is ever served
    const absl::StatusOr<std::uint64_t> fingerprint = next.ok() ? next->Fingerprint() : next.status();
    if (!fingerprint.ok()) {
      std::printf("%s: refused, and what was served is served on: %s\n", argv[i], fingerprint.status().ToString().c_str());
    } else if (*fingerprint == current) {
      std::printf("%s: is served already\n", argv[i]);
    } else {
      std::printf("%s: %016llx, %llu bytes\n", argv[i], static_cast<unsigned long long>(*fingerprint),
                  static_cast<unsigned long long>(next->size()));
      served.Swap(std::make_shared<const gf::FrozenGraph>(*std::move(next)));
      current = *fingerprint;
    }
    if (HeapInUse() > heap_before + bound) wrong = true;
  }
  done = true;
  requests.join();
  return std::puts(wrong ? "a request saw no whole version, or the heap grew beyond the bound" : "within the bound"), wrong;
}
