// Arena: stable storage for the small pieces of text and bytes that a rewrite makes.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include <graphfreeze/support/config.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// Views that Copy returns live as long as the arena. Not safe for concurrent use.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  std::string_view Copy(std::string_view bytes) {
    char* place = Allocate(bytes.size());
    if (!bytes.empty()) std::memcpy(place, bytes.data(), bytes.size());
    return {place, bytes.size()};
  }

  // `size` bytes that the caller fills.
  char* Allocate(std::size_t size) {
    if (size > left_) {
      // Big requests get a block of their own, so that at most half of a block is ever wasted.
      const std::size_t block = size > kBlock / 2 ? size : kBlock;
      blocks_.emplace_back(new char[block]);
      bytes_ += block;
      if (block != kBlock) return blocks_.back().get();
      next_ = blocks_.back().get();
      left_ = block;
    }
    char* place = next_;
    next_ += size;
    left_ -= size;
    return place;
  }

  // Bytes taken from the heap so far.
  std::size_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t kBlock = std::size_t{64} << 10;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t bytes_ = 0;
};

GRAPHFREEZE_NAMESPACE_END
