// The text file named `checkpoint` beside checkpoints: which one is the latest, and which others there are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// A CheckpointState. Paths are as they stand there: absolute, or relative to the directory of the file.
struct CheckpointState {
  std::string latest;            // model_checkpoint_path
  std::vector<std::string> all;  // all_model_checkpoint_paths, the oldest first

  static absl::StatusOr<CheckpointState> Parse(std::string_view text);
};

namespace checkpoint_detail {

// Reads protobuf text as far as two string fields need it; whatever else there is, is stepped over.
class StateScanner {
 public:
  explicit StateScanner(std::string_view text) : text_(text) {}

  absl::StatusOr<CheckpointState> Scan() {
    CheckpointState state;
    while (SkipSpace(), at_ < text_.size()) {
      const std::string_view name = Word();
      if (name.empty()) return Malformed("expected a field name");
      SkipSpace();
      const bool colon = Take(':');
      SkipSpace();
      if (name == "model_checkpoint_path" || name == "all_model_checkpoint_paths") {
        if (!colon) return Malformed("expected ':'");
        if (Take('[')) {
          GRAPHFREEZE_RETURN_IF_ERROR(ReadList(&state.all));
        } else {
          GRAPHFREEZE_ASSIGN_OR_RETURN(std::string value, String());
          if (name == "model_checkpoint_path") {
            state.latest = std::move(value);
          } else {
            state.all.push_back(std::move(value));
          }
        }
      } else {
        GRAPHFREEZE_RETURN_IF_ERROR(SkipValue());
      }
      SkipSpace();
      if (!Take(',')) Take(';');
    }
    return state;
  }

 private:
  absl::Status Malformed(std::string_view what) const {
    std::size_t line = 1;
    for (const char c : text_.substr(0, at_)) line += c == '\n';
    return InvalidArgument("line ", line, ": ", what);
  }
  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void SkipSpace() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else if (c == ' ' || (c >= '\t' && c <= '\r')) {
        ++at_;
      } else {
        return;
      }
    }
  }
  // Letters, digits and what numbers are made of.
  std::string_view Word() {
    const std::size_t from = at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const bool in_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                           c == '.' || c == '+' || c == '-';
      if (!in_word) break;
      ++at_;
    }
    return text_.substr(from, at_ - from);
  }

  absl::Status ReadList(std::vector<std::string>* out) {
    SkipSpace();
    if (Take(']')) return absl::OkStatus();
    while (true) {
      SkipSpace();
      GRAPHFREEZE_ASSIGN_OR_RETURN(std::string value, String());
      out->push_back(std::move(value));
      SkipSpace();
      if (Take(']')) return absl::OkStatus();
      if (!Take(',')) return Malformed("expected ',' or ']'");
    }
  }

  // One string: adjacent literals, joined.
  absl::StatusOr<std::string> String() {
    std::string value;
    bool any = false;
    while (SkipSpace(), at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
      any = true;
      const char quote = text_[at_++];
      while (!Take(quote)) {
        if (at_ >= text_.size() || text_[at_] == '\n') return Malformed("a string is not closed");
        if (text_[at_] != '\\') {
          value.push_back(text_[at_++]);
          continue;
        }
        ++at_;
        if (!Escape(&value)) return Malformed("an escape is not valid");
      }
    }
    if (!any) return Malformed("expected a string in quotes");
    return value;
  }

  static int Digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 16;
  }
  // At least `min` and at most `max` digits.
  bool Number(int base, int min, int max, std::uint32_t* value) {
    int digits = 0;
    *value = 0;
    for (; digits < max && at_ < text_.size() && Digit(text_[at_]) < base; ++digits, ++at_) {
      *value = *value * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(Digit(text_[at_]));
    }
    return digits >= min;
  }
  // Behind a backslash.
  bool Escape(std::string* out) {
    if (at_ >= text_.size()) return false;
    const char c = text_[at_];
    std::uint32_t value = 0;
    if (c >= '0' && c <= '7') {
      if (!Number(8, 1, 3, &value) || value > 0xff) return false;
      out->push_back(static_cast<char>(value));
      return true;
    }
    ++at_;
    switch (c) {
      case 'a': out->push_back('\a'); return true;
      case 'b': out->push_back('\b'); return true;
      case 'f': out->push_back('\f'); return true;
      case 'n': out->push_back('\n'); return true;
      case 'r': out->push_back('\r'); return true;
      case 't': out->push_back('\t'); return true;
      case 'v': out->push_back('\v'); return true;
      case '\\':
      case '\'':
      case '"':
      case '?': out->push_back(c); return true;
      case 'x':
      case 'X':
        if (!Number(16, 1, 2, &value)) return false;
        out->push_back(static_cast<char>(value));
        return true;
      case 'u':
      case 'U':
        if (!Number(16, c == 'u' ? 4 : 8, c == 'u' ? 4 : 8, &value)) return false;
        return Utf8(value, out);
      default: return false;
    }
  }
  static bool Utf8(std::uint32_t c, std::string* out) {
    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return false;
    const auto put = [&](std::uint32_t byte) { out->push_back(static_cast<char>(byte)); };
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xc0 | c >> 6);
      put(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
      put(0xe0 | c >> 12);
      put(0x80 | (c >> 6 & 0x3f));
      put(0x80 | (c & 0x3f));
    } else {
      put(0xf0 | c >> 18);
      put(0x80 | (c >> 12 & 0x3f));
      put(0x80 | (c >> 6 & 0x3f));
      put(0x80 | (c & 0x3f));
    }
    return true;
  }

  // A scalar, or everything up to the brackets that close it.
  absl::Status SkipValue() {
    std::string open;  // on the heap: depth costs no stack
    do {
      SkipSpace();
      if (at_ >= text_.size()) return Malformed("a value is missing or not closed");
      const char c = text_[at_];
      if (c == '"' || c == '\'') {
        GRAPHFREEZE_RETURN_IF_ERROR(String().status());
      } else if (c == '{' || c == '[' || c == '<') {
        open.push_back(c == '{' ? '}' : c == '[' ? ']' : '>');
        ++at_;
      } else if (!open.empty() && c == open.back()) {
        open.pop_back();
        ++at_;
      } else if (!open.empty() && (c == ':' || c == ',' || c == ';' || c == '/')) {
        ++at_;
      } else if (Word().empty()) {
        return Malformed("expected a value");
      }
    } while (!open.empty());
    return absl::OkStatus();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace checkpoint_detail

inline absl::StatusOr<CheckpointState> CheckpointState::Parse(std::string_view text) {
  return checkpoint_detail::StateScanner(text).Scan();
}

GRAPHFREEZE_NAMESPACE_END
