// ThreadExecutor: an executor on threads, for programs that have no pool of their own.
// Opt-in: the library itself uses none. Link with the threads library (CMake: Threads::Threads).
#pragma once

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <vector>

#include <graphfreeze/io/executor.hpp>
#include <graphfreeze/support/config.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// At most `threads` threads, the calling one included; 0 means as many as the machine has cores. A thread that
// the system refuses is done without (std::thread would throw).
inline Executor ThreadExecutor(std::size_t threads = 0) {
  if (threads == 0) threads = static_cast<std::size_t>((std::max)(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  return [threads](std::size_t n, const Work& work) {
    struct Job {
      std::size_t n;
      const Work& work;
      std::atomic<std::size_t> next{0};
      void Run() {
        for (std::size_t i = next++; i < n; i = next++) work(i);
      }
    } job{n, work};
    std::vector<pthread_t> others;
    for (std::size_t t = 1; t < (std::min)(threads, n); ++t) {
      pthread_t thread;
      const auto run = [](void* argument) -> void* {
        static_cast<Job*>(argument)->Run();
        return nullptr;
      };
      if (::pthread_create(&thread, nullptr, run, &job) != 0) break;
      others.push_back(thread);
    }
    job.Run();
    for (pthread_t other : others) ::pthread_join(other, nullptr);
  };
}

GRAPHFREEZE_NAMESPACE_END
