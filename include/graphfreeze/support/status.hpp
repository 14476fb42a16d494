// Errors as values: messages put together from pieces, and the one place where std::string_view
// meets absl::string_view (on Debian 12 they are different types).
//
//   return InvalidArgument("node '", name, "' has ", n, " inputs, expected 2; remove the extra ones");
//
// A message says what is wrong, where (file, offset, node), and what to do about it.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <graphfreeze/support/config.hpp>

// Leaves the enclosing function with the status if it is an error. For the library and for writers of passes.
#define GRAPHFREEZE_RETURN_IF_ERROR(expression)                                   \
  do {                                                                            \
    if (absl::Status graphfreeze_status = (expression); !graphfreeze_status.ok()) \
      return graphfreeze_status;                                                  \
  } while (false)

// Declares or assigns `target` from a StatusOr, or leaves the enclosing function with its status.
#define GRAPHFREEZE_ASSIGN_OR_RETURN(target, expression) \
  GRAPHFREEZE_ASSIGN_OR_RETURN_(GRAPHFREEZE_JOIN(graphfreeze_or_, __LINE__), target, expression)
#define GRAPHFREEZE_ASSIGN_OR_RETURN_(holder, target, expression) \
  auto holder = (expression);                                     \
  if (!holder.ok()) return std::move(holder).status();            \
  target = *std::move(holder)

GRAPHFREEZE_NAMESPACE_BEGIN

// The border to Abseil's own string_view.
inline absl::string_view ToAbsl(std::string_view s) { return absl::string_view(s.data(), s.size()); }
inline std::string_view FromAbsl(absl::string_view s) { return std::string_view(s.data(), s.size()); }

// One piece of a message: text or a number. Lives only inside the call that uses it.
class Piece {
 public:
  Piece(const char* text) : text_(text) {}
  Piece(std::string_view text) : text_(text) {}
  Piece(const std::string& text) : text_(text) {}
  template <typename Int, std::enable_if_t<std::is_integral_v<Int> && !std::is_same_v<Int, char> &&
                                               !std::is_same_v<Int, bool>,
                                           int> = 0>
  Piece(Int number) {
    const std::to_chars_result end = std::to_chars(digits_, digits_ + sizeof digits_, number);
    text_ = std::string_view(digits_, static_cast<std::size_t>(end.ptr - digits_));
  }
  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;

  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
  char digits_[24];
};

namespace detail {
inline std::string JoinPieces(std::initializer_list<std::string_view> pieces) {
  std::size_t size = 0;
  for (std::string_view piece : pieces) size += piece.size();
  std::string out;
  out.reserve(size);
  for (std::string_view piece : pieces) out.append(piece.data(), piece.size());
  return out;
}
}  // namespace detail

// The pieces one after the other.
template <typename... Parts>
std::string Concat(const Parts&... parts) {
  return detail::JoinPieces({Piece(parts).text()...});
}

inline absl::Status MakeStatus(absl::StatusCode code, const std::string& message) {
  return absl::Status(code, ToAbsl(message));
}

// "'a', 'b'", or `none` if there are none.
inline std::string JoinNames(const std::vector<std::string_view>& names, std::string_view none) {
  std::string out;
  for (std::string_view name : names) out += Concat(out.empty() ? "" : ", ", "'", name, "'");
  return out.empty() ? std::string(none) : out;
}

// Input that no valid file or call would hold.
template <typename... Parts>
absl::Status InvalidArgument(const Parts&... parts) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, Concat(parts...));
}
// A file, node, key or function that is named but not there.
template <typename... Parts>
absl::Status NotFound(const Parts&... parts) {
  return MakeStatus(absl::StatusCode::kNotFound, Concat(parts...));
}
// Stored bytes that contradict themselves: checksum, length, truncation.
template <typename... Parts>
absl::Status DataLoss(const Parts&... parts) {
  return MakeStatus(absl::StatusCode::kDataLoss, Concat(parts...));
}
// A valid request that this state of things cannot serve.
template <typename... Parts>
absl::Status FailedPrecondition(const Parts&... parts) {
  return MakeStatus(absl::StatusCode::kFailedPrecondition, Concat(parts...));
}
// Something valid that the library does not do.
template <typename... Parts>
absl::Status Unimplemented(const Parts&... parts) {
  return MakeStatus(absl::StatusCode::kUnimplemented, Concat(parts...));
}
// A limit (of the format, or the caller's) that would be passed.
template <typename... Parts>
absl::Status ResourceExhausted(const Parts&... parts) {
  return MakeStatus(absl::StatusCode::kResourceExhausted, Concat(parts...));
}

// The same status with `prefix` and ": " before its message.
inline absl::Status Annotate(const absl::Status& status, std::string_view prefix) {
  if (status.ok()) return status;
  return MakeStatus(status.code(), Concat(prefix, ": ", FromAbsl(status.message())));
}

GRAPHFREEZE_NAMESPACE_END
