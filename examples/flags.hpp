// Command lines of the example programs: --flag=value, --flag value, and --flag alone for a boolean.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/graphfreeze.hpp>

// A flag takes a text; or, if `boolean` is set, true or false; or, if `list` is set, a text each time it is given.
template <typename Options>
struct Flag {
  std::string_view name;
  std::string Options::*text;
  bool Options::*boolean;
  std::string_view help;
  std::vector<std::string> Options::*list = nullptr;
  bool Options::*given = nullptr;  // becomes true when the flag is there
};

template <typename Options, std::size_t kCount>
absl::Status ParseFlags(const Flag<Options> (&flags)[kCount], int count, char** arguments, Options* options) {
  namespace gf = graphfreeze;
  for (int i = 1; i < count; ++i) {
    std::string_view argument = arguments[i];
    const std::size_t dashes = argument.find_first_not_of('-');
    if (dashes == 0 || dashes > 2 || dashes == std::string_view::npos) {
      return gf::InvalidArgument("'", argument, "' is no flag; flags begin with --, see --help");
    }
    argument.remove_prefix(dashes);
    const std::size_t equals = argument.find('=');
    const std::string_view name = argument.substr(0, equals);
    const Flag<Options>* flag = nullptr;
    for (const Flag<Options>& candidate : flags) {
      if (candidate.name == name) flag = &candidate;
    }
    if (flag == nullptr) {
      std::vector<std::string_view> names;
      for (const Flag<Options>& candidate : flags) names.push_back(candidate.name);
      const std::vector<std::string_view> nearest = gf::Nearest(name, names, 1);
      return gf::InvalidArgument("there is no flag --", name,
                                 nearest.empty() ? std::string() : gf::Concat("; did you mean --", nearest[0], "?"),
                                 nearest.empty() ? "; see --help" : " See --help");
    }
    const bool has_value = equals != std::string_view::npos;
    if (flag->boolean != nullptr) {
      std::string_view value = has_value ? argument.substr(equals + 1) : "true";
      // A word that follows is the value, unless it is the next flag.
      if (!has_value && i + 1 < count && arguments[i + 1][0] != '-') value = arguments[++i];
      const bool is_true = value == "true" || value == "True" || value == "TRUE";
      if (!is_true && value != "false" && value != "False" && value != "FALSE") {
        return gf::InvalidArgument("--", name, "=", value,
                                   " is neither true nor false (TensorFlow's freeze_graph would read it as false)");
      }
      options->*flag->boolean = is_true;
    } else if (!has_value && i + 1 == count) {
      return gf::InvalidArgument("--", name, " needs a value");
    } else {
      std::string value(has_value ? argument.substr(equals + 1) : std::string_view(arguments[++i]));
      if (flag->list != nullptr) {
        (options->*flag->list).push_back(std::move(value));
      } else {
        options->*flag->text = std::move(value);
      }
    }
    if (flag->given != nullptr) options->*flag->given = true;
  }
  return absl::OkStatus();
}

template <typename Options, std::size_t kCount>
void PrintFlags(const Flag<Options> (&flags)[kCount]) {
  for (const Flag<Options>& flag : flags) {
    std::printf("  --%-26.*s %.*s\n", static_cast<int>(flag.name.size()), flag.name.data(),
                static_cast<int>(flag.help.size()), flag.help.data());
  }
}

inline absl::StatusOr<std::int64_t> ParseCount(std::string_view flag, const std::string& text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count <= 0) {
    return graphfreeze::InvalidArgument("--", flag, "=", text, " is no positive number");
  }
  return count;
}

// Binds what --set names: is_training=false, keep_prob=1.
inline absl::Status SetFlags(const std::vector<std::string>& flags, graphfreeze::Freezer* freezer) {
  for (const std::string& flag : flags) {
    const std::size_t equals = flag.rfind('=');
    if (equals == std::string::npos || equals == 0) {
      return graphfreeze::InvalidArgument("--set ", flag, " should be name=value, as in is_training=false");
    }
    freezer->Set(std::string_view(flag).substr(0, equals), std::string_view(flag).substr(equals + 1));
  }
  return absl::OkStatus();
}

// The items of "a, b,c", without blanks.
inline std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> items;
  std::string item;
  for (const char c : text) {
    if (c == ',') {
      if (!item.empty()) items.push_back(std::move(item));
      item.clear();
    } else if (c != ' ') {
      item += c;
    }
  }
  if (!item.empty()) items.push_back(std::move(item));
  return items;
}
