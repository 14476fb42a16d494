// Nearest: which of many names somebody may have meant. For messages about keys, nodes and flags.
//
// Names are compared part by part ('/' separates parts): a part may be missing or added ('bert/pooler/kernel'
// for 'bert/pooler/dense/kernel'), or be spelled a little differently ('kernal'). The work is bounded whatever
// the names are: a cheap measure picks a few candidates, and only these are compared closely.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

namespace nearest_detail {

inline constexpr std::size_t kMaxNames = 200000;    // names looked at
inline constexpr std::size_t kMaxCandidates = 64;   // names compared closely
inline constexpr std::size_t kMaxParts = 24;        // parts of a name compared closely
inline constexpr std::size_t kMaxPartLength = 64;   // characters of a part compared closely
inline constexpr int kUnit = 60;                    // the cost of a part that is entirely different
inline constexpr int kGap = 36;                     // the cost of a part that is missing

// 'w' of 'w:0': people give a tensor's name where a key or a node's name is asked for.
inline std::string_view WithoutOutput(std::string_view name) {
  std::size_t end = name.size();
  while (end > 0 && name[end - 1] >= '0' && name[end - 1] <= '9') --end;
  return end > 1 && end < name.size() && name[end - 1] == ':' ? name.substr(0, end - 1) : name;
}

inline char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// How many characters agree, counted from the front and from the back.
inline std::size_t Agreement(std::string_view a, std::string_view b) {
  const std::size_t shorter = (std::min)((std::min)(a.size(), b.size()), std::size_t{1024});
  std::size_t front = 0, back = 0;
  while (front < shorter && Lower(a[front]) == Lower(b[front])) ++front;
  while (back < shorter - front && Lower(a[a.size() - 1 - back]) == Lower(b[b.size() - 1 - back])) ++back;
  return front + back;
}

// Characters to insert, delete or replace to make one of the other.
inline int EditDistance(std::string_view a, std::string_view b) {
  a = a.substr(0, kMaxPartLength);
  b = b.substr(0, kMaxPartLength);
  int row[kMaxPartLength + 1];
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int replace = diagonal + (Lower(a[i - 1]) == Lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = (std::min)(replace, (std::min)(row[j], row[j - 1]) + 1);
    }
  }
  return row[b.size()];
}

inline std::vector<std::string_view> Parts(std::string_view name) {
  std::vector<std::string_view> parts;
  while (parts.size() + 1 < kMaxParts) {
    const std::size_t slash = name.find('/');
    if (slash == std::string_view::npos) break;
    parts.push_back(name.substr(0, slash));
    name.remove_prefix(slash + 1);
  }
  parts.push_back(name);
  return parts;
}

inline int PartCost(std::string_view a, std::string_view b) {
  if (a == b) return 0;
  const std::size_t longer = (std::min)((std::max)(a.size(), b.size()), kMaxPartLength);
  if (longer == 0) return 0;
  return (std::max)(1, kUnit * EditDistance(a, b) / static_cast<int>(longer));
}

// The edit distance again, of parts; -1 for names that are too different for a suggestion.
inline int Cost(const std::vector<std::string_view>& a, std::string_view name) {
  const std::vector<std::string_view> b = Parts(name);
  int row[kMaxParts + 1];
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j) * kGap;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i) * kGap;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int replace = diagonal + PartCost(a[i - 1], b[j - 1]);
      diagonal = row[j];
      row[j] = (std::min)(replace, (std::min)(row[j], row[j - 1]) + kGap);
    }
  }
  const int cost = row[b.size()];
  // A name that ends with all of the other is a scope added or left out, however long.
  std::size_t suffix = 0;
  while (suffix < (std::min)(a.size(), b.size()) && a[a.size() - 1 - suffix] == b[b.size() - 1 - suffix]) ++suffix;
  if (suffix == (std::min)(a.size(), b.size())) return (std::min)(cost, 3 * kGap);
  return cost * 100 <= 45 * kUnit * static_cast<int>((std::max)(a.size(), b.size())) ? cost : -1;
}

}  // namespace nearest_detail

// At most `n` of `names` that resemble `wanted`, the likeliest first; none if nothing does. `names` is any
// range of things that convert to std::string_view; the views returned are theirs.
template <typename Names>
std::vector<std::string_view> Nearest(std::string_view wanted, const Names& names, std::size_t n = 3) {
  using Scored = std::pair<std::size_t, std::string_view>;
  wanted = nearest_detail::WithoutOutput(wanted);
  const auto better = [](const Scored& a, const Scored& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  };
  std::vector<Scored> candidates;
  std::size_t seen = 0;
  for (const auto& element : names) {
    if (++seen > nearest_detail::kMaxNames) break;
    const std::string_view name(element);
    const std::size_t agreement = nearest_detail::Agreement(wanted, name);
    // The share of the longer name that agrees, so that long names do not win by their length alone.
    candidates.emplace_back(agreement * 1000 / ((std::max)(wanted.size(), name.size()) + 1), name);
    if (candidates.size() == 4 * nearest_detail::kMaxCandidates) {
      std::nth_element(candidates.begin(), candidates.begin() + nearest_detail::kMaxCandidates, candidates.end(),
                       better);
      candidates.resize(nearest_detail::kMaxCandidates);
    }
  }
  std::sort(candidates.begin(), candidates.end(), better);
  if (candidates.size() > nearest_detail::kMaxCandidates) candidates.resize(nearest_detail::kMaxCandidates);

  std::vector<std::pair<int, std::string_view>> found;
  const std::vector<std::string_view> parts = nearest_detail::Parts(wanted);
  for (const Scored& candidate : candidates) {
    const int cost = nearest_detail::Cost(parts, candidate.second);
    if (cost >= 0) found.emplace_back(cost, candidate.second);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string_view> result;
  for (const auto& [cost, name] : found) {
    if (result.size() == n) break;
    if (result.empty() || result.back() != name) result.push_back(name);
  }
  return result;
}

// "; did you mean 'a', 'b' or 'c'?" for the end of a message, or nothing.
template <typename Names>
std::string DidYouMean(std::string_view wanted, const Names& names) {
  const std::vector<std::string_view> nearest = Nearest(wanted, names);
  std::string text;
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    text += Concat(i == 0 ? "; did you mean '" : i + 1 < nearest.size() ? "', '" : "' or '", nearest[i]);
  }
  return text.empty() ? text : text + "'?";
}

GRAPHFREEZE_NAMESPACE_END
