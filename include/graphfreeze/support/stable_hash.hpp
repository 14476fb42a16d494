// StableHash: 64 bits that are the same for the same bytes on any machine and in any run. For caches, and for
// "is it still the same?"; it is not cryptographic: who wants two texts with one hash can make them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <graphfreeze/support/config.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

class StableHash {
 public:
  // Text of any length, in pieces: Add("ab"), Add("c") is Add("abc").
  void Add(std::string_view bytes) {
    if (bytes.empty()) return;
    length_ += bytes.size();
    const char* p = bytes.data();
    std::size_t left = bytes.size();
    if (pending_size_ > 0) {
      const std::size_t missing = sizeof pending_ - pending_size_;
      const std::size_t n = left < missing ? left : missing;
      std::memcpy(pending_ + pending_size_, p, n);
      pending_size_ += n;
      p += n;
      left -= n;
      if (pending_size_ < sizeof pending_) return;
      Take(pending_);
    }
    for (; left >= sizeof pending_; p += sizeof pending_, left -= sizeof pending_) Take(p);
    if (left > 0) std::memcpy(pending_, p, left);
    pending_size_ = left;
  }
  // Ends the text before it, and adds a number: what comes next is another text.
  void Number(std::uint64_t number) {
    Mix(Pending());
    Mix(length_);
    Mix(number);
    pending_size_ = 0;
    length_ = 0;
  }
  void Text(std::string_view text) {
    Number(text.size());
    Add(text);
  }

  std::uint64_t value() const {
    StableHash end = *this;
    end.Mix(Pending());
    end.Mix(length_);
    std::uint64_t x = end.state_;
    x = (x ^ (x >> 31)) * kFirst;
    x = (x ^ (x >> 29)) * kSecond;
    return x ^ (x >> 32);
  }

 private:
  // Odd, with about as many ones as zeros.
  static constexpr std::uint64_t kFirst = 0x9d6c062f8e1b4c35u;
  static constexpr std::uint64_t kSecond = 0xb1e9d4736a85f20du;

  // Hosts are little-endian: config.hpp sees to it.
  void Take(const char* eight_bytes) {
    std::uint64_t word;
    std::memcpy(&word, eight_bytes, sizeof word);
    Mix(word);
  }
  // For a given state one to one in the word, and the other way round.
  void Mix(std::uint64_t word) {
    word *= kFirst;
    state_ ^= word ^ (word >> 32);
    state_ = (state_ << 29 | state_ >> 35) * kSecond;
  }
  // What is left of the text, filled up with zeros; its length tells it from one that ends in zeros.
  std::uint64_t Pending() const {
    std::uint64_t word = 0;
    std::memcpy(&word, pending_, pending_size_);
    return word;
  }

  std::uint64_t state_ = 0x243f6a8885a308d3u;
  std::uint64_t length_ = 0;
  char pending_[8] = {};
  std::size_t pending_size_ = 0;
};

GRAPHFREEZE_NAMESPACE_END
