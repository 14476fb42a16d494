// Report: what passes did to a graph, and what they left alone and why. Programs read the codes, people the
// text; nothing is ever printed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

enum class Action : std::uint8_t {
  kChanged,  // a node was rewritten
  kRemoved,  // a node or function was removed
  kSkipped,  // a node that a pass looks for was left as it is; `text` says why
  kWarning,  // the result may not be what was wanted
  kNote,     // worth knowing
};

inline std::string_view Name(Action action) {
  switch (action) {
    case Action::kChanged:
      return "changed";
    case Action::kRemoved:
      return "removed";
    case Action::kSkipped:
      return "skipped";
    case Action::kWarning:
      return "warning";
    case Action::kNote:
      return "note";
  }
  return "note";
}

struct ReportEntry {
  std::string pass;
  std::string body;  // function name; empty for the main graph
  std::string node;  // empty when the entry is about the graph
  Action action = Action::kNote;
  std::string code;  // stable, e.g. "write_dropped"
  std::string text;  // for people
};

// Text in double quotes as JSON wants it. Bytes that are not UTF-8 are kept as Latin-1 escapes.
inline std::string JsonString(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c >= 0x20 && c < 0x7f) {
      out += static_cast<char>(c);
    } else {
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
    }
  }
  return out + "\"";
}

inline std::string JsonBool(bool value) { return value ? "true" : "false"; }

inline std::string ToJson(const ReportEntry& entry) {
  return Concat("{\"pass\":", JsonString(entry.pass), ",\"body\":", JsonString(entry.body),
                ",\"node\":", JsonString(entry.node), ",\"action\":", JsonString(Name(entry.action)),
                ",\"code\":", JsonString(entry.code), ",\"text\":", JsonString(entry.text), "}");
}

GRAPHFREEZE_NAMESPACE_END
