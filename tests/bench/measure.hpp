// Times and memory, as the benchmarks print them.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>

// The best of several runs of `work`, in milliseconds.
template <typename Work>
double BestOf(int runs, Work&& work) {
  double best = 1e99;
  for (int i = 0; i < runs; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}

// Anonymous memory of this process, in bytes.
inline long long AnonymousBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.compare(0, 8, "RssAnon:") == 0) return std::atoll(line.c_str() + 8) * 1024;
  }
  return 0;
}

// How much anonymous memory grows at most while `work` runs, sampled by a thread.
template <typename Work>
long long PeakAnonymousGrowth(Work&& work) {
  const long long before = AnonymousBytes();
  std::atomic<bool> done{false};
  std::atomic<long long> peak{before};
  std::thread sampler([&] {
    while (!done) {
      peak = std::max(peak.load(), AnonymousBytes());
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  });
  work();
  peak = std::max(peak.load(), AnonymousBytes());
  done = true;
  sampler.join();
  return peak - before;
}
