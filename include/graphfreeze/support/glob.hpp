// Globs: names as people write them in lists, "tower_0/*" or "fc?/dropout". '*' stands for any run of characters,
// '/' included, and '?' for one character.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/support/config.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// Linear in the length of the text for every '*' of the glob.
inline bool GlobMatches(std::string_view glob, std::string_view text) {
  std::size_t g = 0, t = 0;
  std::size_t star = std::string_view::npos, taken = 0;  // the last '*', and how much of the text is behind it
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      taken = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

// A list of globs.
class Globs {
 public:
  Globs() = default;
  explicit Globs(std::vector<std::string> globs) : globs_(std::move(globs)) {}

  bool Matches(std::string_view name) const {
    for (const std::string& glob : globs_) {
      if (GlobMatches(glob, name)) return true;
    }
    return false;
  }

 private:
  std::vector<std::string> globs_;
};

GRAPHFREEZE_NAMESPACE_END
