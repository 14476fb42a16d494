// Report: what passes did to a graph, and what they left alone and why. Programs read the codes, people the
// text; nothing is ever printed.
#pragma once

#include <cstddef>
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

// What entries of one pass and code have in common, for people: how many, and in which scopes.
struct ReportGroup {
  Action action = Action::kNote;
  std::string pass, code;
  std::string text;                  // of the first entry
  std::size_t count = 0;
  std::vector<std::string> scopes;   // without repetition, in the order of the entries
};

// Groups the entries of the given action. The scope of node "net/fc6/dropout/mul" is "net/fc6/dropout".
inline std::vector<ReportGroup> GroupByScope(const std::vector<ReportEntry>& entries, Action action) {
  std::vector<ReportGroup> groups;
  for (const ReportEntry& entry : entries) {
    if (entry.action != action) continue;
    ReportGroup* group = nullptr;
    for (ReportGroup& candidate : groups) {
      if (candidate.pass == entry.pass && candidate.code == entry.code) group = &candidate;
    }
    if (group == nullptr) {
      groups.push_back({action, entry.pass, entry.code, entry.text, 0, {}});
      group = &groups.back();
    }
    ++group->count;
    const std::size_t slash = entry.node.rfind('/');
    std::string scope = entry.node.substr(0, slash == std::string::npos ? entry.node.size() : slash);
    if (!entry.body.empty()) scope = Concat(scope, " in ", entry.body);
    const bool seen = !group->scopes.empty() && group->scopes.back() == scope;
    if (!scope.empty() && !seen) group->scopes.push_back(std::move(scope));
  }
  return groups;
}

inline std::string JsonBool(bool value) { return value ? "true" : "false"; }

inline std::string ToJson(const ReportEntry& entry) {
  return Concat("{\"pass\":", JsonString(entry.pass), ",\"body\":", JsonString(entry.body),
                ",\"node\":", JsonString(entry.node), ",\"action\":", JsonString(Name(entry.action)),
                ",\"code\":", JsonString(entry.code), ",\"text\":", JsonString(entry.text), "}");
}

GRAPHFREEZE_NAMESPACE_END
