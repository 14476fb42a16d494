// ThreadExecutor: an executor on threads, for programs that have no pool of their own.
// Opt-in: nothing else includes this header. Link with the threads library (CMake: Threads::Threads).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#include <graphfreeze/io/executor.hpp>
#include <graphfreeze/support/config.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// At most `threads` threads, the calling one included; 0 means as many as the machine has cores.
inline Executor ThreadExecutor(std::size_t threads = 0) {
  if (threads == 0) threads = (std::max)(1u, std::thread::hardware_concurrency());
  return [threads](std::size_t n, const Work& work) {
    std::atomic<std::size_t> next{0};
    const auto run = [&] {
      for (std::size_t i = next++; i < n; i = next++) work(i);
    };
    std::vector<std::thread> others;
    for (std::size_t t = 1; t < (std::min)(threads, n); ++t) others.emplace_back(run);
    run();
    for (std::thread& other : others) other.join();
  };
}

GRAPHFREEZE_NAMESPACE_END
