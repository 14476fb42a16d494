// Passes: the contract, the context that they share, and how several become one.
//
// A pass is a plain struct with a name and one function:
//
//   struct DropChecks {
//     static constexpr std::string_view kName = "drop_checks";
//     absl::Status Run(Graph& graph, PassContext& context) const;
//   };
//
// Run(graph, context, Prune{{"output"}}, DropChecks{}) runs them in order and stops at the first error.
// Every pass is idempotent and reports what it did.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/io/executor.hpp>
#include <graphfreeze/rewrite/report.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// Bounds on the work that a hostile graph can cause. The defaults are far above what real models need.
struct Limits {
  std::uint64_t max_nodes = 20'000'000;             // after all rewriting
  std::uint32_t max_functions = 100'000;            // copies included
  int max_call_depth = 100;                         // functions that call functions
  std::uint64_t max_constant_bytes = 64u << 20;     // of one tensor that is computed, not copied
  std::uint64_t max_output_bytes = (std::uint64_t{1} << 31) - 1;  // protobuf's own limit
};

class VariableKeys;  // model/variable_keys.hpp

// What the passes of one run share.
struct PassContext {
  Limits limits;
  // What the run is for: node or tensor names ("logits", "while:3") that must stay what they are. Passes that drop or
  // renumber outputs leave those of these nodes alone.
  std::vector<std::string> outputs;
  // The outputs of a pass that was given some of its own, else those of the run.
  const std::vector<std::string>& OutputsOr(const std::vector<std::string>& own) const {
    return own.empty() ? outputs : own;
  }
  // The checkpoint, for passes that look into it. May be null.
  std::shared_ptr<VariableKeys> keys;
  Executor executor = InlineExecutor();
  std::function<bool()> cancelled;  // asked now and then; true ends the run with Cancelled
  std::vector<ReportEntry> report;

  void Add(std::string_view pass, std::string_view body, std::string_view node, Action action, std::string_view code,
           std::string text) {
    report.push_back({std::string(pass), std::string(body), std::string(node), action, std::string(code),
                      std::move(text)});
  }
  absl::Status CheckCancelled() const {
    if (cancelled && cancelled()) return MakeStatus(absl::StatusCode::kCancelled, "cancelled by the caller");
    return absl::OkStatus();
  }
};

namespace detail {
template <typename T, typename = void>
struct HasPassName : std::false_type {};
template <typename T>
struct HasPassName<T, std::enable_if_t<std::is_convertible_v<decltype(T::kName), std::string_view>>>
    : std::true_type {};
template <typename T, typename = void>
struct HasRun : std::false_type {};
template <typename T>
struct HasRun<T, std::enable_if_t<std::is_same_v<decltype(std::declval<const T&>().Run(
                                                     std::declval<Graph&>(), std::declval<PassContext&>())),
                                                 absl::Status>>> : std::true_type {};
}  // namespace detail

template <typename T>
inline constexpr bool is_pass_v = detail::HasPassName<T>::value && detail::HasRun<T>::value;

namespace detail {
// What a type lacks to be a pass is said here, once, and nothing else is compiled for it then.
template <typename Pass>
constexpr bool RequirePass() {
  static_assert(HasPassName<Pass>::value,
                "a pass needs a name: static constexpr std::string_view kName = \"...\";");
  static_assert(HasRun<Pass>::value,
                "a pass needs: absl::Status Run(graphfreeze::Graph&, graphfreeze::PassContext&) const;");
  return is_pass_v<Pass>;
}

template <typename Pass>
absl::Status RunOne(Graph& graph, PassContext& context, const Pass& pass) {
  if constexpr (RequirePass<Pass>()) {
    GRAPHFREEZE_RETURN_IF_ERROR(context.CheckCancelled());
    return Annotate(pass.Run(graph, context), Pass::kName);
  }
}
}  // namespace detail

// Runs the passes in order. The error of a pass begins with its name.
template <typename... Passes>
absl::Status Run(Graph& graph, PassContext& context, const Passes&... passes) {
  absl::Status status;
  static_cast<void>(((status = detail::RunOne(graph, context, passes)).ok() && ...));
  return status;
}

// A pass of any type, for pipelines that are put together at run time. Cheap to copy.
class AnyPass {
 public:
  template <typename Pass, std::enable_if_t<!std::is_same_v<std::decay_t<Pass>, AnyPass>, int> = 0>
  AnyPass(Pass pass) {
    if constexpr (detail::RequirePass<Pass>()) {
      name_ = Pass::kName;
      run_ = [pass = std::move(pass)](Graph& graph, PassContext& context) {
        return detail::RunOne(graph, context, pass);
      };
    }
  }
  std::string_view name() const { return name_; }
  absl::Status Run(Graph& graph, PassContext& context) const { return run_(graph, context); }

 private:
  std::string_view name_;
  std::function<absl::Status(Graph&, PassContext&)> run_;
};

GRAPHFREEZE_NAMESPACE_END
