// Scalars: the numbers that constant expressions of one element are.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/rewrite/evaluator.hpp>
#include <graphfreeze/rewrite/look_through.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/tensor/dtype.hpp>
#include <graphfreeze/tensor/tensor.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

namespace detail {

// The first element of a tensor as a number; none for types that are no real numbers.
inline std::optional<double> FirstElement(const TensorView& tensor) {
  const char* p = tensor.bytes().data();
  if (tensor.bytes().size() < ElementSize(tensor.dtype()) || ElementSize(tensor.dtype()) == 0) return std::nullopt;
  switch (tensor.dtype()) {
    case DataType::kFloat:
      return LoadElement<float>(p);
    case DataType::kDouble:
      return LoadElement<double>(p);
    case DataType::kInt32:
      return LoadElement<std::int32_t>(p);
    case DataType::kInt64:
      return static_cast<double>(LoadElement<std::int64_t>(p));
    case DataType::kBool:
      return *p != 0 ? 1.0 : 0.0;
    case DataType::kBfloat16:
      return BitCast<float>(static_cast<std::uint32_t>(LoadElement<std::uint16_t>(p)) << 16);
    case DataType::kHalf: {
      const auto bits = LoadElement<std::uint16_t>(p);
      const int exponent = bits >> 10 & 31, fraction = bits & 1023;
      const double sign = (bits & 0x8000) != 0 ? -1 : 1;
      if (exponent == 31) return std::nullopt;  // infinities and NaNs scale nothing
      return sign * (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
    }
    default:
      return std::nullopt;
  }
}

}  // namespace detail

// Evaluates on demand and remembers, for one body.
class Scalars {
 public:
  Scalars(const Graph& graph, const Body& body) : graph_(graph), body_(body), evaluator_(graph, body, 1 << 16) {}

  // Gives an argument of the function the value that all its callers are known to pass.
  void Assume(NodeId argument, const TensorView& value) { evaluator_.Assume(argument, value); }

  // The number that a constant expression is: of one element, or with all elements equal. None otherwise.
  std::optional<double> Value(const Edge& edge) {
    const std::optional<TensorView> value = Constant(edge);
    if (!value) return std::nullopt;
    const std::size_t size = ElementSize(value->dtype());
    const std::string_view bytes = value->bytes();
    if (size == 0 || bytes.empty()) return std::nullopt;
    for (std::size_t at = size; at < bytes.size(); at += size) {
      if (bytes.compare(at, size, bytes, 0, size) != 0) return std::nullopt;
    }
    return detail::FirstElement(*value);
  }
  // The value of a constant expression.
  std::optional<TensorView> Constant(const Edge& edge) {
    if (edge.node == kNoNode || edge.is_control()) return std::nullopt;
    absl::StatusOr<TensorView> value = evaluator_.Evaluate(LookThrough(graph_, body_, edge, /*loops=*/true));
    return value.ok() ? std::optional<TensorView>(*std::move(value)) : std::nullopt;
  }
  bool Is(const Edge& edge, double number) {
    const auto value = Value(edge);
    return value && *value == number;
  }

 private:
  const Graph& graph_;
  const Body& body_;
  Evaluator evaluator_;
};

GRAPHFREEZE_NAMESPACE_END
