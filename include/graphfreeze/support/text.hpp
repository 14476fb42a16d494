// Small questions about text.
#pragma once

#include <string_view>

#include <graphfreeze/support/config.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

inline bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}
inline bool EndsWith(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

GRAPHFREEZE_NAMESPACE_END
