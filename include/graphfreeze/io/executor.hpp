// Executor: how the library does independent pieces of work. It starts no thread of its own.
//
// An executor is a callable executor(n, work) that calls work(i) once for each i in [0, n), in any order,
// on any threads, and returns when all are done. The default does it inline; io/threads.hpp has one that
// uses threads; a server passes its own pool. The library's results do not depend on which.
#pragma once

#include <cstddef>
#include <functional>

#include <graphfreeze/support/config.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

using Work = std::function<void(std::size_t)>;
using Executor = std::function<void(std::size_t n, const Work& work)>;

inline Executor InlineExecutor() {
  return [](std::size_t n, const Work& work) {
    for (std::size_t i = 0; i < n; ++i) work(i);
  };
}

GRAPHFREEZE_NAMESPACE_END
