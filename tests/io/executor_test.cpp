#include <graphfreeze/io/executor.hpp>
#include <graphfreeze/io/threads.hpp>

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace gf = graphfreeze;

TEST_CASE("every executor does each piece of work once") {
  for (const gf::Executor& executor :
       {gf::InlineExecutor(), gf::ThreadExecutor(), gf::ThreadExecutor(1), gf::ThreadExecutor(4)}) {
    for (const std::size_t n : {0u, 1u, 3u, 1000u}) {
      std::vector<std::atomic<int>> done(n);
      executor(n, [&](std::size_t i) { ++done[i]; });
      for (const std::atomic<int>& count : done) CHECK(count == 1);
    }
  }
}

TEST_CASE("the inline executor works in order, on the calling thread") {
  std::vector<std::size_t> order;
  const std::thread::id self = std::this_thread::get_id();
  gf::InlineExecutor()(3, [&](std::size_t i) {
    CHECK((std::this_thread::get_id() == self));
    order.push_back(i);
  });
  CHECK(order == std::vector<std::size_t>{0, 1, 2});
}
