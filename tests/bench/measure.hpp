// Times and memory, as the benchmarks measure them.
#pragma once

#include <fcntl.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
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

// Anonymous memory of this process, in bytes. Takes no heap: it is called while the heap is measured.
inline long long AnonymousBytes() {
  char text[4096];
  const int file = ::open("/proc/self/status", O_RDONLY);
  const ssize_t size = ::read(file, text, sizeof text - 1);
  ::close(file);
  text[std::max<ssize_t>(size, 0)] = '\0';
  const char* line = std::strstr(text, "RssAnon:");
  return line == nullptr ? 0 : std::atoll(line + 8) * 1024;
}

// How much anonymous memory grows at most while `work` runs, sampled by a thread. In a process of its own that
// has given back what was freed before: it would hide what is taken.
template <typename Work>
long long AnonymousGrowth(Work&& work) {
  int pipe[2];
  if (::pipe(pipe) != 0) std::abort();
  const pid_t child = ::fork();
  if (child == 0) {
    ::malloc_trim(0);
    std::atomic<bool> done{false}, begun{false};
    std::atomic<long long> peak{0};
    std::thread sampler([&] {
      while (!done) {
        peak = std::max(peak.load(), AnonymousBytes());
        begun = true;
        std::this_thread::sleep_for(std::chrono::microseconds(200));
      }
    });
    while (!begun) {
    }
    const long long before = AnonymousBytes();
    work();
    const long long growth = std::max(peak.load(), AnonymousBytes()) - before;
    done = true;
    sampler.join();
    if (::write(pipe[1], &growth, sizeof growth) != sizeof growth) ::_exit(1);
    ::_exit(0);
  }
  long long growth = -1;
  ::close(pipe[1]);
  if (::read(pipe[0], &growth, sizeof growth) != sizeof growth) std::abort();
  ::close(pipe[0]);
  ::waitpid(child, nullptr, 0);
  return growth;
}

// Does `work` in a process of its own, so that this one stays small.
template <typename Work>
void InChild(Work&& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    std::fflush(stdout);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) std::exit(1);
}

// Results are absl::Status or StatusOr.
template <typename T>
void MustBeOk(const T& result) {
  if (result.ok()) return;
  std::fprintf(stderr, "a benchmark failed\n");
  std::exit(1);
}
