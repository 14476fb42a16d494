// Evaluator: the values of constant expressions. Initialisers, scalars in patterns and flags are
// rarely a bare Const; they are Fill(Shape(x), Cast(3)) and the like.
//
//   Evaluator evaluator(graph, graph.main());
//   absl::StatusOr<TensorView> value = evaluator.Evaluate(edge);
//
// Values are bit for bit those of TensorFlow's CPU kernels, whose threads flush subnormal float32
// and float64 to zero. What cannot be promised is refused, with two exceptions: the sign of a NaN
// that becomes a bfloat16, and which NaN arithmetic gives, which depend on TensorFlow's vectors and
// on the processor. Control inputs have no part in a value: whoever puts it in the place of its
// node keeps them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/types/span.h>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/dtype.hpp>
#include <graphfreeze/tensor/shape.hpp>
#include <graphfreeze/tensor/tensor.hpp>
#include <graphfreeze/tensor/tensor_proto.hpp>
#include <graphfreeze/tensor/verify.hpp>
#include <graphfreeze/wire/proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

namespace detail {

// --- numbers -------------------------------------------------------------------------------------

template <typename T>
T LoadElement(const char* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}
template <typename T>
void StoreElement(T value, char* p) {
  std::memcpy(p, &value, sizeof value);
}
template <typename To, typename From>
To BitCast(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

// A subnormal number is read, and given, as the zero of its sign.
inline float FlushSubnormal(float x) {
  const auto bits = BitCast<std::uint32_t>(x);
  return (bits & 0x7f800000u) == 0 ? BitCast<float>(bits & 0x80000000u) : x;
}
inline double FlushSubnormal(double x) {
  const auto bits = BitCast<std::uint64_t>(x);
  return (bits & 0x7ff0000000000000u) == 0 ? BitCast<double>(bits & 0x8000000000000000u) : x;
}

// Rounds to nearest even. A result is subnormal if it were one with unbounded exponents: just below
// 2^-126 this differs from the rounding of subnormals.
inline float DoubleToFloat(double x) {
  x = FlushSubnormal(x);
  if (std::fabs(x) < 0x1p-126 - 0x1p-151) return std::signbit(x) ? -0.0f : 0.0f;
  return static_cast<float>(x);
}

// Round to nearest even; NaNs keep what fits of their bits.
inline std::uint16_t FloatToHalf(float x) {
  const auto bits = BitCast<std::uint32_t>(x);
  const std::uint32_t sign = bits >> 16 & 0x8000u;
  std::uint32_t rest = bits & 0x7fffffffu;
  if (rest > 0x7f800000u) {
    rest = 0x7e00u | (rest >> 13 & 0x3ffu);
  } else if (rest >= 0x477ff000u) {  // 65520
    rest = 0x7c00u;
  } else if (rest >= 0x38800000u) {  // 2^-14: normal
    rest -= 0x38000000u;
    rest = (rest + 0xfffu + (rest >> 13 & 1u)) >> 13;
  } else if (rest >= 0x33000000u) {  // 2^-25: a multiple of 2^-24
    const std::uint32_t shift = 126 - (rest >> 23);
    const std::uint32_t mantissa = (rest & 0x7fffffu) | 0x800000u;
    const std::uint32_t cut = mantissa & ((1u << shift) - 1);
    rest = mantissa >> shift;
    rest += cut > 1u << (shift - 1) || (cut == 1u << (shift - 1) && (rest & 1u) != 0) ? 1 : 0;
  } else {
    rest = 0;
  }
  return static_cast<std::uint16_t>(sign | rest);
}
inline float HalfToFloat(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000u) << 16;
  const std::uint32_t exponent = half >> 10 & 31u;
  const std::uint32_t mantissa = half & 0x3ffu;
  if (exponent == 0) {
    const float value = static_cast<float>(mantissa) * 0x1p-24f;
    return sign != 0 ? -value : value;
  }
  if (exponent < 31) return BitCast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
  return BitCast<float>(sign | 0x7f800000u | mantissa << 13 | (mantissa != 0 ? 0x400000u : 0));
}

// Round to nearest even, subnormals too. All NaNs of a sign become the same.
inline std::uint16_t FloatToBfloat16(float x) {
  const auto bits = BitCast<std::uint32_t>(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u)
    return static_cast<std::uint16_t>((bits >> 16 & 0x8000u) | 0x7fc0u);
  return static_cast<std::uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}
inline float Bfloat16ToFloat(std::uint16_t x) { return BitCast<float>(std::uint32_t{x} << 16); }

// An element on its way from one type to another.
struct Number {
  enum class Kind : std::uint8_t { kSigned, kUnsigned, kFloat, kDouble };
  Kind kind = Kind::kUnsigned;
  bool is_zero = true;
  std::uint64_t integer = 0;  // of kSigned and kUnsigned
  float narrow = 0;           // of kFloat
  double wide = 0;            // of kDouble

  static Number Signed(std::int64_t value) {
    return {Kind::kSigned, value == 0, static_cast<std::uint64_t>(value), 0, 0};
  }
  static Number Unsigned(std::uint64_t value) { return {Kind::kUnsigned, value == 0, value, 0, 0}; }
  static Number Float(float value, bool zero) { return {Kind::kFloat, zero, 0, value, 0}; }
  static Number Double(double value, bool zero) { return {Kind::kDouble, zero, 0, 0, value}; }

  float ToFloat() const {
    switch (kind) {
      case Kind::kSigned:
        return static_cast<float>(static_cast<std::int64_t>(integer));
      case Kind::kUnsigned:
        return static_cast<float>(integer);
      case Kind::kFloat:
        return narrow;
      case Kind::kDouble:
        return DoubleToFloat(wide);
    }
    return 0;
  }
  double ToDouble() const {
    switch (kind) {
      case Kind::kSigned:
        return static_cast<double>(static_cast<std::int64_t>(integer));
      case Kind::kUnsigned:
        return static_cast<double>(integer);
      case Kind::kFloat:
        return static_cast<double>(FlushSubnormal(narrow));
      case Kind::kDouble:
        return wide;
    }
    return 0;
  }
  // False if no integer of that many bits has the value, cut towards zero. Integers lose their high
  // bits.
  bool ToInteger(int bits, bool is_signed, std::uint64_t* out) const {
    if (kind == Kind::kSigned || kind == Kind::kUnsigned) {
      *out = integer;
      return true;
    }
    const double value = std::trunc(ToDouble());
    const double low = is_signed ? -std::ldexp(1.0, bits - 1) : 0.0;
    if (!(value >= low && value < std::ldexp(1.0, is_signed ? bits - 1 : bits)))
      return false;  // NaN too
    *out = value < 0 ? static_cast<std::uint64_t>(static_cast<std::int64_t>(value))
                     : static_cast<std::uint64_t>(value);
    return true;
  }
};

// The types that Cast reads and writes.
constexpr bool IsNumber(DataType dtype) {
  switch (dtype) {
    case DataType::kBool:
    case DataType::kInt8:
    case DataType::kUint8:
    case DataType::kInt16:
    case DataType::kUint16:
    case DataType::kInt32:
    case DataType::kUint32:
    case DataType::kInt64:
    case DataType::kUint64:
    case DataType::kHalf:
    case DataType::kBfloat16:
    case DataType::kFloat:
    case DataType::kDouble:
      return true;
    default:
      return false;
  }
}

// REQUIRES: IsNumber(dtype).
inline Number ReadNumber(DataType dtype, const char* p) {
  switch (dtype) {
    case DataType::kInt8:
      return Number::Signed(LoadElement<std::int8_t>(p));
    case DataType::kInt16:
      return Number::Signed(LoadElement<std::int16_t>(p));
    case DataType::kInt32:
      return Number::Signed(LoadElement<std::int32_t>(p));
    case DataType::kInt64:
      return Number::Signed(LoadElement<std::int64_t>(p));
    case DataType::kUint16:
      return Number::Unsigned(LoadElement<std::uint16_t>(p));
    case DataType::kUint32:
      return Number::Unsigned(LoadElement<std::uint32_t>(p));
    case DataType::kUint64:
      return Number::Unsigned(LoadElement<std::uint64_t>(p));
    case DataType::kHalf: {
      const auto half = LoadElement<std::uint16_t>(p);
      return Number::Float(HalfToFloat(half), (half & 0x7fffu) == 0);
    }
    case DataType::kBfloat16: {
      const auto bfloat16 = LoadElement<std::uint16_t>(p);
      return Number::Float(Bfloat16ToFloat(bfloat16), (bfloat16 & 0x7fffu) == 0);
    }
    case DataType::kFloat: {
      const auto value = LoadElement<float>(p);
      return Number::Float(value, FlushSubnormal(value) == 0);
    }
    case DataType::kDouble: {
      const auto value = LoadElement<double>(p);
      return Number::Double(value, FlushSubnormal(value) == 0);
    }
    default:  // bool, uint8
      return Number::Unsigned(LoadElement<std::uint8_t>(p));
  }
}

// False if the type has no such value. REQUIRES: IsNumber(dtype).
inline bool WriteNumber(const Number& number, DataType dtype, char* p) {
  std::uint64_t integer = 0;
  switch (dtype) {
    case DataType::kBool:
      StoreElement<std::uint8_t>(number.is_zero ? 0 : 1, p);
      return true;
    case DataType::kHalf:
      StoreElement(FloatToHalf(number.ToFloat()), p);
      return true;
    case DataType::kBfloat16:
      StoreElement(FloatToBfloat16(number.ToFloat()), p);
      return true;
    case DataType::kFloat:
      StoreElement(number.ToFloat(), p);
      return true;
    case DataType::kDouble:
      StoreElement(number.ToDouble(), p);
      return true;
    default: {
      const bool is_signed = dtype == DataType::kInt8 || dtype == DataType::kInt16 ||
                             dtype == DataType::kInt32 || dtype == DataType::kInt64;
      const std::size_t size = ElementSize(dtype);
      if (!number.ToInteger(static_cast<int>(size) * 8, is_signed, &integer)) return false;
      std::memcpy(p, &integer, size);  // little-endian: the low bytes come first
      return true;
    }
  }
}

// --- arithmetic ----------------------------------------------------------------------------------

enum class Arithmetic : std::uint8_t { kAdd, kSubtract, kMultiply };

// Integers wrap around.
template <typename T, typename Unsigned>
T ComputeInteger(Arithmetic op, T a, T b) {
  const auto x = static_cast<Unsigned>(a), y = static_cast<Unsigned>(b);
  switch (op) {
    case Arithmetic::kAdd:
      return static_cast<T>(x + y);
    case Arithmetic::kSubtract:
      return static_cast<T>(x - y);
    case Arithmetic::kMultiply:
      return static_cast<T>(x * y);
  }
  return 0;
}
inline std::int32_t Compute(Arithmetic op, std::int32_t a, std::int32_t b) {
  return ComputeInteger<std::int32_t, std::uint32_t>(op, a, b);
}
inline std::int64_t Compute(Arithmetic op, std::int64_t a, std::int64_t b) {
  return ComputeInteger<std::int64_t, std::uint64_t>(op, a, b);
}
// Sums that are subnormal are exact; products are not.
inline float Compute(Arithmetic op, float a, float b) {
  a = FlushSubnormal(a);
  b = FlushSubnormal(b);
  if (op == Arithmetic::kMultiply)
    return DoubleToFloat(static_cast<double>(a) * static_cast<double>(b));  // exact
  return FlushSubnormal(op == Arithmetic::kAdd ? a + b : a - b);
}
inline double Compute(Arithmetic op, double a, double b) {
  a = FlushSubnormal(a);
  b = FlushSubnormal(b);
  if (op != Arithmetic::kMultiply) return FlushSubnormal(op == Arithmetic::kAdd ? a + b : a - b);
  const double product = FlushSubnormal(a * b);
  if (std::fabs(product) != 0x1p-1022) return product;
  // Was it rounded up from what is subnormal?
  const double scaled = std::fabs(a) < 1 ? a * 0x1p200 * b : a * (b * 0x1p200);
  return std::fabs(scaled) < 0x1p-822 ? std::copysign(0.0, product) : product;
}

enum class WholeOp : std::uint8_t { kFloorDiv, kFloorMod, kMaximum, kMinimum };

// False for what has no value: a division by zero, or one whose result does not fit.
template <typename T>
bool ComputeWhole(WholeOp op, T a, T b, T* out) {
  if (op == WholeOp::kMaximum || op == WholeOp::kMinimum) {
    *out = (op == WholeOp::kMaximum) == (a < b) ? b : a;
    return true;
  }
  if (b == 0 || (b == -1 && a == (std::numeric_limits<T>::min)())) return false;
  const T quotient = static_cast<T>(a / b), rest = static_cast<T>(a % b);
  const bool down = rest != 0 && (rest < 0) != (b < 0);  // C++ cuts towards zero
  if (op == WholeOp::kFloorDiv) {
    *out = static_cast<T>(quotient - (down ? 1 : 0));
  } else {
    *out = static_cast<T>(rest + (down ? b : 0));
  }
  return true;
}

enum class Comparison : std::uint8_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

template <typename T>
bool Holds(Comparison comparison, T a, T b) {
  switch (comparison) {
    case Comparison::kEqual:
      return a == b;
    case Comparison::kNotEqual:
      return a != b;
    case Comparison::kLess:
      return a < b;
    case Comparison::kLessEqual:
      return a <= b;
    case Comparison::kGreater:
      return a > b;
    case Comparison::kGreaterEqual:
      return a >= b;
  }
  return false;
}

}  // namespace detail

// --- the evaluator -------------------------------------------------------------------------------

// Remembers the values of nodes: of one use, while the body stays as it is. Both must outlive it;
// the values may outlive all three, unless the graph borrows its bytes from the caller. Not safe
// for concurrent use.
class Evaluator {
 public:
  // No value that has to be made (filled, converted, joined) may have more than `max_bytes`; a
  // Const of any size is handed on where it lies. More than 2 GiB, which no graph holds, are never
  // made.
  Evaluator(const Graph& graph, const Body& body, std::uint64_t max_bytes = kMaxExpandedTensorBytes)
      : graph_(graph),
        body_(body),
        max_bytes_((std::min)(max_bytes, std::uint64_t{wire::kMaxMessageBytes})) {
    struct Owner {
      std::shared_ptr<const detail::GraphData> data;
      std::shared_ptr<const Arena> arena;
    };
    owner_ = std::make_shared<const Owner>(Owner{graph.data(), graph.shared_arena()});
  }
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  // True for ops that are evaluated when their inputs have values. A function may have such a name, and is not.
  static bool Evaluates(std::string_view op) { return FindOp(op) != nullptr; }

  // Gives an argument of the function the value that all its callers are known to pass.
  void Assume(NodeId argument, const TensorView& value) {
    assumed_.insert_or_assign(argument, value);
    values_.insert_or_assign(argument, value);
  }

  // The value of a data edge of the body. If there is none the error says which edge was asked for,
  // and which node and op on the way to it are the reason: Unimplemented for an op that is no
  // constant.
  absl::StatusOr<TensorView> Evaluate(const Edge& edge) {
    if (made_bytes_ / kForgetAt > max_bytes_) {
      values_ = assumed_;
      made_bytes_ = 0;
    }
    std::vector<Frame> path;
    absl::Status status = Enter(edge, &path);
    while (status.ok() && !path.empty()) {
      Frame& frame = path.back();
      if (frame.next < frame.inputs) {
        const Edge input = body_.inputs(frame.node)[frame.next++];
        status = Enter(input, &path);
        continue;
      }
      absl::StatusOr<TensorView> value = Compute(frame);
      if (!value.ok()) {
        status = std::move(value).status();
        break;
      }
      values_.insert_or_assign(frame.node, std::move(value));
      path.pop_back();
    }
    if (!status.ok()) {
      for (const Frame& frame : path) values_.insert_or_assign(frame.node, status);
      const Edge asked = edge.node < body_.size() ? edge : Edge();
      return Annotate(status, Concat("'", body_.Spell(asked), "' has no constant value"));
    }
    return values_.find(edge.node)->second;
  }

 private:
  using Inputs = absl::Span<const TensorView>;
  using Result = absl::StatusOr<TensorView>;
  struct Op {
    std::string_view name;
    std::size_t inputs;
    Result (Evaluator::*run)(NodeRef node, Inputs inputs);
  };
  struct Frame {
    NodeId node;
    const Op* op;
    std::size_t inputs;  // data inputs
    std::size_t next;    // the input to be entered next
  };
  static constexpr std::size_t kAnyNumber = ~std::size_t{0};
  // In units of max_bytes_: what Evaluate may make in one go, and when it first forgets what it
  // made before.
  static constexpr std::uint64_t kMakeAtMost = 16;
  static constexpr std::uint64_t kForgetAt = 4;

  // Every op here has one output.
  static const Op* FindOp(std::string_view name) {
    static constexpr Op kOps[] = {
        {"Const", 0, &Evaluator::Const},
        {"Identity", 1, &Evaluator::Forward},
        {"StopGradient", 1, &Evaluator::Forward},
        {"Snapshot", 1, &Evaluator::Forward},
        {"Fill", 2, &Evaluator::Fill},
        {"ZerosLike", 1, &Evaluator::ZerosLike},
        {"OnesLike", 1, &Evaluator::OnesLike},
        {"Cast", 1, &Evaluator::Cast},
        {"Reshape", 2, &Evaluator::Reshape},
        {"ExpandDims", 2, &Evaluator::ExpandDims},
        {"Squeeze", 1, &Evaluator::Squeeze},
        {"Pack", kAnyNumber, &Evaluator::Pack},
        {"Shape", 1, &Evaluator::ShapeOf},
        {"Neg", 1, &Evaluator::Neg},
        {"Add", 2, &Evaluator::Binary<detail::Arithmetic::kAdd>},
        {"AddV2", 2, &Evaluator::Binary<detail::Arithmetic::kAdd>},
        {"Sub", 2, &Evaluator::Binary<detail::Arithmetic::kSubtract>},
        {"Mul", 2, &Evaluator::Binary<detail::Arithmetic::kMultiply>},
        {"RealDiv", 2, &Evaluator::RealDiv},
        {"FloorDiv", 2, &Evaluator::Whole<detail::WholeOp::kFloorDiv>},
        {"FloorMod", 2, &Evaluator::Whole<detail::WholeOp::kFloorMod>},
        {"Maximum", 2, &Evaluator::Whole<detail::WholeOp::kMaximum>},
        {"Minimum", 2, &Evaluator::Whole<detail::WholeOp::kMinimum>},
        {"Equal", 2, &Evaluator::Compare<detail::Comparison::kEqual>},
        {"NotEqual", 2, &Evaluator::Compare<detail::Comparison::kNotEqual>},
        {"Less", 2, &Evaluator::Compare<detail::Comparison::kLess>},
        {"LessEqual", 2, &Evaluator::Compare<detail::Comparison::kLessEqual>},
        {"Greater", 2, &Evaluator::Compare<detail::Comparison::kGreater>},
        {"GreaterEqual", 2, &Evaluator::Compare<detail::Comparison::kGreaterEqual>},
        {"LogicalNot", 1, &Evaluator::LogicalNot},
        {"LogicalAnd", 2, &Evaluator::Logical<true>},
        {"LogicalOr", 2, &Evaluator::Logical<false>},
        {"Rank", 1, &Evaluator::Rank},
        {"Size", 1, &Evaluator::Size},
        {"Range", 3, &Evaluator::Range},
        {"Prod", 2, &Evaluator::Reduce<detail::Arithmetic::kMultiply>},
        {"Sum", 2, &Evaluator::Reduce<detail::Arithmetic::kAdd>},
        {"ConcatV2", kAnyNumber, &Evaluator::ConcatV2},
        {"StridedSlice", 4, &Evaluator::StridedSlice},
    };
    for (const Op& op : kOps) {
      if (op.name == name) return &op;
    }
    return nullptr;
  }

  std::string Describe(NodeId id) const {
    return Concat("node '", body_.name(id), "' (", body_.op(id), ")");
  }

  // Puts the producer of an edge on the path, unless its value is known. An error if it cannot have
  // one.
  absl::Status Enter(const Edge& edge, std::vector<Frame>* path) {
    const std::string consumer = path->empty() ? std::string("it ")
                                               : Concat("input ", path->back().next - 1, " of ",
                                                        Describe(path->back().node), " ");
    if (edge.node == kNoNode || !body_.alive(edge.node)) {
      return InvalidArgument(
          consumer, "is not in the graph; the graph file is incomplete, or the node was removed");
    }
    if (edge.is_control())
      return InvalidArgument(consumer, "is a control input, which has no value");
    const NodeId id = edge.node;
    if (body_.kind(id) != NodeKind::kNode) {
      if (values_.contains(id)) return absl::OkStatus();
      return Unimplemented("'", body_.name(id),
                           "' is an argument or result of a function, known only where the ",
                           "function is called; inline the function first");
    }
    const Op* op =
        graph_.FindFunction(body_.op(id)) == kNoFunction ? FindOp(body_.op(id)) : nullptr;
    if (op == nullptr) {
      return Unimplemented(Describe(id),
                           " is not among the ops that are evaluated; put a Const in its place, ",
                           "or a value from a checkpoint");
    }
    if (edge.index != 0) {
      return InvalidArgument(consumer, "is output ", edge.index, " of ", Describe(id),
                             ", which has one output");
    }
    if (const auto known = values_.find(id); known != values_.end()) return known->second.status();

    const absl::Span<const Edge> inputs = body_.inputs(id);
    const std::size_t count = body_.node(id).data_input_count();
    if (op->inputs == kAnyNumber ? count == 0 : count != op->inputs) {
      return InvalidArgument(
          Describe(id), " has ", count, " data inputs; its op takes ",
          op->inputs == kAnyNumber ? std::string("at least one") : Concat(op->inputs));
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (inputs[i].is_control()) {
        return InvalidArgument(
            Describe(id), " has a control input before a data input; TensorFlow refuses it too");
      }
    }
    // Whoever meets the node before it has a value comes from the node itself.
    values_.insert_or_assign(id, InvalidArgument(Describe(id), " depends on its own output"));
    path->push_back({id, op, count, 0});
    return absl::OkStatus();
  }

  Result Compute(const Frame& frame) {
    std::vector<TensorView> inputs;
    inputs.reserve(frame.inputs);
    for (std::size_t i = 0; i < frame.inputs; ++i) {
      inputs.push_back(*values_.find(body_.inputs(frame.node)[i].node)->second);
    }
    Result value = (this->*frame.op->run)(body_.node(frame.node), inputs);
    return value.ok() ? std::move(value) : Result(Annotate(value.status(), Describe(frame.node)));
  }

  // --- making values ---

  // Asked before anything of `count` elements is allocated.
  absl::Status Reserve(std::uint64_t count, std::uint64_t element_size) {
    std::uint64_t bytes;
    if (__builtin_mul_overflow(count, element_size, &bytes) || bytes > max_bytes_) {
      return ResourceExhausted("a value of ", count, " elements of ", element_size,
                               " bytes; at most ", max_bytes_,
                               " bytes are computed: raise Limits::max_constant_bytes");
    }
    if ((made_bytes_ + bytes) / kMakeAtMost > max_bytes_) {
      return ResourceExhausted("all values on the way here together need more than ", kMakeAtMost,
                               " times ", max_bytes_, " bytes: raise Limits::max_constant_bytes");
    }
    made_bytes_ += bytes;
    return absl::OkStatus();
  }

  struct Buffer {
    std::shared_ptr<std::string> bytes;
    TensorView View(DataType dtype, Shape shape) && {
      const std::string_view view = *bytes;
      return TensorView(dtype, std::move(shape), view, std::move(bytes));
    }
    char* data() { return &(*bytes)[0]; }
  };
  // Zeros.
  absl::StatusOr<Buffer> Allocate(std::uint64_t count, std::size_t element_size) {
    GRAPHFREEZE_RETURN_IF_ERROR(Reserve(count, element_size));
    return Buffer{
        std::make_shared<std::string>(static_cast<std::size_t>(count) * element_size, '\0')};
  }

  Result Repeat(DataType dtype, Shape shape, std::string_view element) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t count, shape.NumElements());
    GRAPHFREEZE_ASSIGN_OR_RETURN(Buffer buffer,
                                 Allocate(static_cast<std::uint64_t>(count), element.size()));
    if (element.find_first_not_of('\0') != std::string_view::npos) {
      char* p = buffer.data();
      for (std::int64_t i = 0; i < count; ++i, p += element.size())
        std::memcpy(p, element.data(), element.size());
    }
    return std::move(buffer).View(dtype, std::move(shape));
  }
  Result RepeatString(Shape shape, std::string_view element, std::shared_ptr<const void> owner) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t count, shape.NumElements());
    GRAPHFREEZE_RETURN_IF_ERROR(
        Reserve(static_cast<std::uint64_t>(count), sizeof(std::string_view)));
    return TensorView(std::move(shape),
                      std::vector<std::string_view>(static_cast<std::size_t>(count), element),
                      std::move(owner));
  }

  // The same elements in another shape.
  Result WithShape(const TensorView& tensor, Shape shape) {
    if (shape.rank() > Shape::kMaxRank) {
      return InvalidArgument("a result of ", shape.rank(), " dimensions; TensorFlow's limit is ",
                             Shape::kMaxRank);
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t before, tensor.shape().NumElements());
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t after, shape.NumElements());
    if (before != after) {
      return InvalidArgument("shape ", tensor.shape().ToString(), " cannot become ",
                             shape.ToString());
    }
    if (tensor.dtype() != DataType::kString) {
      return TensorView(tensor.dtype(), std::move(shape), tensor.bytes(), tensor.owner());
    }
    GRAPHFREEZE_RETURN_IF_ERROR(Reserve(tensor.strings().size(), sizeof(std::string_view)));
    return TensorView(std::move(shape), {tensor.strings().begin(), tensor.strings().end()},
                      tensor.owner());
  }

  // --- reading inputs and attributes ---

  static std::size_t Elements(const TensorView& tensor) {
    if (tensor.dtype() == DataType::kString) return tensor.strings().size();
    const std::size_t size = ElementSize(tensor.dtype());
    return size == 0 ? 0 : tensor.bytes().size() / size;
  }
  static absl::StatusOr<std::vector<std::int64_t>> Integers(const TensorView& tensor,
                                                            std::string_view what) {
    const DataType dtype = tensor.dtype();
    if (dtype != DataType::kInt32 && dtype != DataType::kInt64) {
      return InvalidArgument("its ", what, " input is ", Name(dtype),
                             "; int32 or int64 is expected");
    }
    const std::size_t count = Elements(tensor);
    const std::size_t size = ElementSize(dtype);
    if (count > Shape::kMaxRank) {
      return InvalidArgument("its ", what, " input has ", count, " elements; a shape has at most ",
                             Shape::kMaxRank);
    }
    std::vector<std::int64_t> values;
    for (std::size_t i = 0; i < count; ++i) {
      const char* p = tensor.bytes().data() + i * size;
      values.push_back(size == 4 ? detail::LoadElement<std::int32_t>(p)
                                 : detail::LoadElement<std::int64_t>(p));
    }
    return values;
  }
  static absl::StatusOr<std::vector<std::int64_t>> ShapeInput(const TensorView& tensor,
                                                              std::string_view what) {
    if (tensor.shape().rank() != 1) {
      return InvalidArgument("its ", what, " input has shape ", tensor.shape().ToString(),
                             "; a vector is expected");
    }
    return Integers(tensor, what);
  }
  // An axis that may count from the end, in [0, range).
  static absl::StatusOr<std::size_t> Axis(std::int64_t axis, std::size_t range) {
    const auto size = static_cast<std::int64_t>(range);
    if (axis < -size || axis >= size) {
      return InvalidArgument("axis ", axis, " is outside of [", -size, ", ", size, ")");
    }
    return static_cast<std::size_t>(axis < 0 ? axis + size : axis);
  }
  // A data type from an attribute, which may be a placeholder in functions.
  absl::StatusOr<DataType> TypeAttr(NodeRef node, std::string_view name) const {
    const AttrView value = AttrOrDefault(graph_, node, name);
    if (value.kind() == AttrView::Kind::kType) return value.type();
    if (value.kind() == AttrView::Kind::kPlaceholder) {
      return Unimplemented("its attribute '", name,
                           "' is given where the function is called; inline it first");
    }
    return InvalidArgument("its attribute '", name, "' is missing or no type");
  }

  // --- ops ---

  Result Const(NodeRef node, Inputs) {
    if (const detail::NodeEdit* edit = body_.Edit(node.id())) {
      for (const detail::AttrEdit& attr : edit->attrs) {
        if (attr.name != "value" || attr.weight == detail::AttrEdit::kNoWeight) continue;
        return attr.weight < graph_.weights().size()
                   ? FromWeight(graph_.weights()[attr.weight])
                   : InvalidArgument("its value is a weight that is not there");
      }
    }
    const AttrView value = node.attr("value");
    if (value.kind() != AttrView::Kind::kTensor) {
      return InvalidArgument("its attribute 'value' is missing or no tensor");
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(TensorView tensor,
                                 ParseTensorProto(value.tensor(), owner_, max_bytes_));
    const AttrView dtype = node.attr("dtype");
    if (dtype.kind() == AttrView::Kind::kType && dtype.type() != tensor.dtype()) {
      return InvalidArgument("its attribute 'dtype' is ", Name(dtype.type()), " but its value is ",
                             Name(tensor.dtype()));
    }
    if (tensor.dtype() == DataType::kString) {
      made_bytes_ += tensor.strings().size() * sizeof(std::string_view);
    } else if (tensor.owner() != owner_) {
      made_bytes_ += tensor.bytes().size();
    }
    return tensor;
  }
  // A value from a checkpoint that stands in the graph by reference.
  Result FromWeight(const Weight& referred) {
    const TensorRef& weight = referred.tensor;
    if (weight.string_value != nullptr) return *weight.string_value;
    if (weight.pieces.empty()) {  // a single number, or strings, which are written out
      GRAPHFREEZE_RETURN_IF_ERROR(VerifyChecks(weight.checks));
      GRAPHFREEZE_ASSIGN_OR_RETURN(TensorView value, ParseTensorProto(referred.prefix, graph_.shared_arena(), max_bytes_));
      made_bytes_ += value.bytes().size() + value.strings().size() * sizeof(std::string_view);
      return value;
    }
    const bool in_memory = weight.pieces.size() == 1 && weight.pieces[0].source.has_view();
    if (weight.size() > max_bytes_) {
      return ResourceExhausted("a weight of ", weight.size(), " bytes; at most ", max_bytes_,
                               " bytes are read: raise Limits::max_constant_bytes");
    }
    GRAPHFREEZE_RETURN_IF_ERROR(VerifyChecks(weight.checks));
    if (in_memory) {
      const ByteRange& piece = weight.pieces[0];
      GRAPHFREEZE_ASSIGN_OR_RETURN(OwnedBytes bytes, piece.source.Load(piece.offset, piece.size));
      return TensorView(weight.dtype, weight.shape, bytes.bytes, std::move(bytes.owner));
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(Buffer buffer, Allocate(weight.size(), 1));
    char* p = buffer.data();
    for (const ByteRange& piece : weight.pieces) {
      const auto size = static_cast<std::size_t>(piece.size);
      GRAPHFREEZE_RETURN_IF_ERROR(piece.source.Read(piece.offset, absl::Span<char>(p, size)));
      p += size;
    }
    return std::move(buffer).View(weight.dtype, weight.shape);
  }

  Result Forward(NodeRef, Inputs inputs) { return inputs[0]; }

  Result Fill(NodeRef, Inputs inputs) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<std::int64_t> dims,
                                 ShapeInput(inputs[0], "dims"));
    const TensorView& value = inputs[1];
    if (value.shape().rank() != 0) {
      return InvalidArgument("its value has shape ", value.shape().ToString(),
                             "; a scalar is expected");
    }
    for (std::int64_t dim : dims) {
      if (dim < 0) return InvalidArgument("a dimension of ", dim);
    }
    Shape shape(Shape::Dims(dims.begin(), dims.end()));
    if (value.dtype() == DataType::kString)
      return RepeatString(std::move(shape), value.strings()[0], value.owner());
    return Repeat(value.dtype(), std::move(shape), value.bytes());
  }

  Result ZerosLike(NodeRef, Inputs inputs) {
    const TensorView& like = inputs[0];
    if (like.dtype() == DataType::kString)
      return RepeatString(like.shape(), std::string_view("", 0), nullptr);
    return Repeat(like.dtype(), like.shape(), std::string(ElementSize(like.dtype()), '\0'));
  }
  Result OnesLike(NodeRef, Inputs inputs) {
    const DataType dtype = inputs[0].dtype();
    DataType part = dtype;  // of a complex number
    if (dtype == DataType::kComplex64) part = DataType::kFloat;
    if (dtype == DataType::kComplex128) part = DataType::kDouble;
    if (!detail::IsNumber(part)) return Unimplemented("no one of type ", Name(dtype));
    std::string one(ElementSize(dtype), '\0');
    detail::WriteNumber(detail::Number::Unsigned(1), part, &one[0]);
    return Repeat(dtype, inputs[0].shape(), one);
  }

  Result Cast(NodeRef node, Inputs inputs) {
    const TensorView& input = inputs[0];
    GRAPHFREEZE_ASSIGN_OR_RETURN(const DataType to, TypeAttr(node, "DstT"));
    const DataType from = input.dtype();
    if (const AttrView source = node.attr("SrcT");
        source.kind() == AttrView::Kind::kType && source.type() != from) {
      return InvalidArgument("its attribute 'SrcT' is ", Name(source.type()), " but its input is ",
                             Name(from));
    }
    if (from == to) return input;
    if (node.attr("Truncate").b()) return Unimplemented("casts that truncate are not evaluated");
    if (!detail::IsNumber(from) || !detail::IsNumber(to)) {
      return Unimplemented("casts from ", Name(from), " to ", Name(to), " are not evaluated");
    }
    const std::size_t count = Elements(input);
    const std::size_t from_size = ElementSize(from);
    const std::size_t to_size = ElementSize(to);
    GRAPHFREEZE_ASSIGN_OR_RETURN(Buffer buffer, Allocate(count, to_size));
    for (std::size_t i = 0; i < count; ++i) {
      const detail::Number number = detail::ReadNumber(from, input.bytes().data() + i * from_size);
      if (!detail::WriteNumber(number, to, buffer.data() + i * to_size)) {
        return Unimplemented("element ", i, " of its ", Name(from),
                             " input is beyond the range of ", Name(to),
                             ", where TensorFlow's result depends on the processor; clip it first");
      }
    }
    return std::move(buffer).View(to, input.shape());
  }

  Result Reshape(NodeRef, Inputs inputs) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<std::int64_t> sizes,
                                 ShapeInput(inputs[1], "shape"));
    Shape::Dims dims(sizes.begin(), sizes.end());
    constexpr std::size_t kNone = ~std::size_t{0};
    std::size_t unknown = kNone;
    bool zero = false;
    std::int64_t product = 1;  // of the sizes that are known and not 0
    for (std::size_t i = 0; i < dims.size(); ++i) {
      if (dims[i] < -1 || (dims[i] == -1 && unknown != kNone)) {
        return InvalidArgument("its shape input has a size of ", dims[i],
                               dims[i] == -1 ? " twice" : "");
      }
      if (dims[i] == -1) {
        unknown = i;
      } else if (dims[i] == 0) {
        zero = true;
      } else if (__builtin_mul_overflow(product, dims[i], &product)) {
        return InvalidArgument("its shape input has more than 2^63 - 1 elements");
      }
    }
    if (unknown != kNone) {
      // When a 0 is asked for, what the other sizes leave is told from the input's sizes that are
      // not 0.
      std::int64_t elements = 1;
      for (std::int64_t dim : inputs[0].shape().dims()) {
        if (zero && dim == 0) continue;
        if (__builtin_mul_overflow(elements, dim, &elements)) {
          return InvalidArgument("its input has more than 2^63 - 1 elements");
        }
      }
      dims[unknown] = elements / product;
    }
    return WithShape(inputs[0], Shape(dims));
  }

  Result ExpandDims(NodeRef, Inputs inputs) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<std::int64_t> axes, Integers(inputs[1], "dim"));
    if (axes.size() != 1)
      return InvalidArgument("its dim input has ", axes.size(), " elements; one is expected");
    Shape::Dims dims(inputs[0].shape().dims().begin(), inputs[0].shape().dims().end());
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::size_t axis, Axis(axes[0], dims.size() + 1));
    dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(axis), 1);
    return WithShape(inputs[0], Shape(dims));
  }

  Result Squeeze(NodeRef node, Inputs inputs) {
    const Shape& shape = inputs[0].shape();
    const AttrView attr = node.attr("squeeze_dims");
    if (attr.kind() == AttrView::Kind::kPlaceholder) {
      return Unimplemented(
          "its attribute 'squeeze_dims' is given where the function is called; inline it first");
    }
    const std::vector<std::int64_t> axes = attr.ints();
    std::vector<bool> drop(shape.rank(), false);
    for (std::int64_t number : axes) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const std::size_t axis, Axis(number, shape.rank()));
      if (shape.dim(axis) != 1) {
        return InvalidArgument("axis ", number, " of shape ", shape.ToString(),
                               " has another size than 1");
      }
      drop[axis] = true;
    }
    Shape::Dims dims;
    for (std::size_t i = 0; i < shape.rank(); ++i) {
      if (axes.empty() ? shape.dim(i) != 1 : !drop[i]) dims.push_back(shape.dim(i));
    }
    return WithShape(inputs[0], Shape(dims));
  }

  Result Pack(NodeRef node, Inputs inputs) {
    const AttrView attr = node.attr("axis");
    if (attr.exists() && attr.kind() != AttrView::Kind::kInt) {
      return Unimplemented("its attribute 'axis' is no number");
    }
    const Shape& part = inputs[0].shape();
    const DataType dtype = inputs[0].dtype();
    for (const TensorView& input : inputs) {
      if (input.shape() != part || input.dtype() != dtype) {
        return InvalidArgument("its inputs differ: ", Name(dtype), part.ToString(), " and ",
                               Name(input.dtype()), input.shape().ToString());
      }
    }
    Shape::Dims dims(part.dims().begin(), part.dims().end());
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::size_t axis, Axis(attr.i(), dims.size() + 1));
    dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(axis),
                static_cast<std::int64_t>(inputs.size()));
    Shape shape(std::move(dims));
    if (shape.rank() > Shape::kMaxRank) {
      return InvalidArgument("a result of ", shape.rank(), " dimensions; TensorFlow's limit is ",
                             Shape::kMaxRank);
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t total, shape.NumElements());
    const auto count = static_cast<std::uint64_t>(total);
    std::size_t run = 1;  // elements that stay together
    if (count > 0) {
      for (std::size_t i = axis; i < part.rank(); ++i) run *= static_cast<std::size_t>(part.dim(i));
    }
    const std::size_t rows = count == 0 ? 0 : Elements(inputs[0]) / run;

    if (dtype == DataType::kString) {
      GRAPHFREEZE_RETURN_IF_ERROR(Reserve(count, sizeof(std::string_view)));
      std::vector<std::string_view> strings;
      strings.reserve(static_cast<std::size_t>(count));
      for (std::size_t row = 0; row < rows; ++row) {
        for (const TensorView& input : inputs) {
          const auto piece = input.strings().subspan(row * run, run);
          strings.insert(strings.end(), piece.begin(), piece.end());
        }
      }
      auto owners = std::make_shared<const std::vector<TensorView>>(inputs.begin(), inputs.end());
      return TensorView(std::move(shape), std::move(strings), std::move(owners));
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(Buffer buffer, Allocate(count, ElementSize(dtype)));
    const std::size_t run_bytes = run * ElementSize(dtype);
    char* p = buffer.data();
    for (std::size_t row = 0; row < rows; ++row) {
      for (const TensorView& input : inputs) {
        std::memcpy(p, input.bytes().data() + row * run_bytes, run_bytes);
        p += run_bytes;
      }
    }
    return std::move(buffer).View(dtype, std::move(shape));
  }

  Result ShapeOf(NodeRef node, Inputs inputs) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const DataType dtype, TypeAttr(node, "out_type"));
    if (dtype != DataType::kInt32 && dtype != DataType::kInt64) {
      return InvalidArgument("its attribute 'out_type' is ", Name(dtype),
                             "; int32 or int64 is expected");
    }
    const Shape& shape = inputs[0].shape();
    const std::size_t size = ElementSize(dtype);
    GRAPHFREEZE_ASSIGN_OR_RETURN(Buffer buffer, Allocate(shape.rank(), size));
    for (std::size_t i = 0; i < shape.rank(); ++i) {
      const std::int64_t dim = shape.dim(i);
      if (size == 4 && dim > 0x7fffffff)
        return InvalidArgument("a dimension of ", dim, " is beyond int32");
      std::memcpy(buffer.data() + i * size, &dim, size);
    }
    return std::move(buffer).View(dtype, {static_cast<std::int64_t>(shape.rank())});
  }

  Result Neg(NodeRef, Inputs inputs) {
    const TensorView& input = inputs[0];
    switch (input.dtype()) {
      case DataType::kFloat:  // the sign alone, of subnormals and NaNs too
        return Map<std::uint32_t>(input, [](std::uint32_t x) { return x ^ 0x80000000u; });
      case DataType::kDouble:
        return Map<std::uint64_t>(input, [](std::uint64_t x) { return x ^ 0x8000000000000000u; });
      case DataType::kInt32:
        return Map<std::uint32_t>(input, [](std::uint32_t x) { return 0u - x; });
      case DataType::kInt64:
        return Map<std::uint64_t>(input, [](std::uint64_t x) { return std::uint64_t{0} - x; });
      default:
        return NoArithmetic(input.dtype());
    }
  }
  template <typename T, typename Function>
  Result Map(const TensorView& input, const Function& function) {
    const std::size_t count = Elements(input);
    GRAPHFREEZE_ASSIGN_OR_RETURN(Buffer buffer, Allocate(count, sizeof(T)));
    const char* from = input.bytes().data();
    char* to = buffer.data();
    for (std::size_t i = 0; i < count; ++i, from += sizeof(T), to += sizeof(T)) {
      detail::StoreElement<T>(function(detail::LoadElement<T>(from)), to);
    }
    return std::move(buffer).View(input.dtype(), input.shape());
  }

  template <detail::Arithmetic op>
  Result Binary(NodeRef, Inputs inputs) {
    const TensorView &a = inputs[0], &b = inputs[1];
    GRAPHFREEZE_RETURN_IF_ERROR(SameOrScalar(a, b));
    switch (a.dtype()) {
      case DataType::kFloat:
        return Zip<float>(op, a, b);
      case DataType::kDouble:
        return Zip<double>(op, a, b);
      case DataType::kInt32:
        return Zip<std::int32_t>(op, a, b);
      case DataType::kInt64:
        return Zip<std::int64_t>(op, a, b);
      default:
        return NoArithmetic(a.dtype());
    }
  }
  template <typename T>
  Result Zip(detail::Arithmetic op, const TensorView& a, const TensorView& b) {
    return ZipWith<T, T>(a.dtype(), a, b, [op](T x, T y, T* out) {
      *out = detail::Compute(op, x, y);
      return true;
    });
  }
  // Elements of the two, or of one and the scalar that the other is. compute(x, y, &out) is false where there is no
  // value.
  template <typename T, typename Out, typename Function>
  Result ZipWith(DataType out, const TensorView& a, const TensorView& b, const Function& compute) {
    const bool a_is_scalar = a.shape().rank() == 0;
    const std::size_t count = Elements(a_is_scalar ? b : a);
    const std::size_t a_step = a_is_scalar ? 0 : sizeof(T);
    const std::size_t b_step = b.shape().rank() == 0 ? 0 : sizeof(T);
    GRAPHFREEZE_ASSIGN_OR_RETURN(Buffer buffer, Allocate(count, sizeof(Out)));
    for (std::size_t i = 0; i < count; ++i) {
      const T x = detail::LoadElement<T>(a.bytes().data() + i * a_step);
      const T y = detail::LoadElement<T>(b.bytes().data() + i * b_step);
      Out value{};
      if (!compute(x, y, &value)) return InvalidArgument("element ", i, " of its result has no value");
      detail::StoreElement<Out>(value, buffer.data() + i * sizeof(Out));
    }
    return std::move(buffer).View(out, a_is_scalar ? b.shape() : a.shape());
  }
  static absl::Status SameOrScalar(const TensorView& a, const TensorView& b) {
    if (a.dtype() != b.dtype()) {
      return InvalidArgument("its inputs are ", Name(a.dtype()), " and ", Name(b.dtype()));
    }
    if (a.shape() == b.shape() || a.shape().rank() == 0 || b.shape().rank() == 0) return absl::OkStatus();
    return Unimplemented("its inputs have shapes ", a.shape().ToString(), " and ", b.shape().ToString(),
                         "; only equal shapes and scalars are evaluated");
  }
  static absl::Status NoArithmetic(DataType dtype) {
    return Unimplemented("arithmetic on ", Name(dtype),
                         " is not evaluated; float32, float64, int32 and int64 are");
  }

  // A quotient of float32 is exact enough in float64 to be rounded twice. There is nothing wider for float64.
  Result RealDiv(NodeRef, Inputs inputs) {
    const TensorView &a = inputs[0], &b = inputs[1];
    GRAPHFREEZE_RETURN_IF_ERROR(SameOrScalar(a, b));
    if (a.dtype() != DataType::kFloat) return Unimplemented("division of ", Name(a.dtype()), " is not evaluated; of float32 it is");
    return ZipWith<float, float>(a.dtype(), a, b, [](float x, float y, float* out) {
      const double dividend = detail::FlushSubnormal(x), divisor = detail::FlushSubnormal(y);
      if (divisor != 0) {
        *out = detail::DoubleToFloat(dividend / divisor);
      } else {
        const float sign = std::signbit(dividend) != std::signbit(divisor) ? -1.0f : 1.0f;
        *out = dividend == 0 || std::isnan(dividend) ? std::numeric_limits<float>::quiet_NaN()
                                                     : sign * std::numeric_limits<float>::infinity();
      }
      return true;
    });
  }

  template <detail::WholeOp op>
  Result Whole(NodeRef, Inputs inputs) {
    const TensorView &a = inputs[0], &b = inputs[1];
    GRAPHFREEZE_RETURN_IF_ERROR(SameOrScalar(a, b));
    switch (a.dtype()) {
      case DataType::kInt32:
        return ZipWith<std::int32_t, std::int32_t>(a.dtype(), a, b, [](std::int32_t x, std::int32_t y, std::int32_t* out) {
          return detail::ComputeWhole(op, x, y, out);
        });
      case DataType::kInt64:
        return ZipWith<std::int64_t, std::int64_t>(a.dtype(), a, b, [](std::int64_t x, std::int64_t y, std::int64_t* out) {
          return detail::ComputeWhole(op, x, y, out);
        });
      default:
        return Unimplemented("this op on ", Name(a.dtype()), " is not evaluated; on int32 and int64 it is");
    }
  }

  template <detail::Comparison comparison>
  Result Compare(NodeRef, Inputs inputs) {
    const TensorView &a = inputs[0], &b = inputs[1];
    GRAPHFREEZE_RETURN_IF_ERROR(SameOrScalar(a, b));
    const auto flushed = [](auto x, auto y, std::uint8_t* out) {
      *out = detail::Holds(comparison, detail::FlushSubnormal(x), detail::FlushSubnormal(y)) ? 1 : 0;
      return true;
    };
    const auto whole = [](auto x, auto y, std::uint8_t* out) {
      *out = detail::Holds(comparison, x, y) ? 1 : 0;
      return true;
    };
    switch (a.dtype()) {
      case DataType::kFloat:
        return ZipWith<float, std::uint8_t>(DataType::kBool, a, b, flushed);
      case DataType::kDouble:
        return ZipWith<double, std::uint8_t>(DataType::kBool, a, b, flushed);
      case DataType::kInt32:
        return ZipWith<std::int32_t, std::uint8_t>(DataType::kBool, a, b, whole);
      case DataType::kInt64:
        return ZipWith<std::int64_t, std::uint8_t>(DataType::kBool, a, b, whole);
      case DataType::kBool:
        return ZipWith<std::uint8_t, std::uint8_t>(DataType::kBool, a, b, whole);
      default:
        return Unimplemented("comparisons of ", Name(a.dtype()), " are not evaluated");
    }
  }

  Result LogicalNot(NodeRef, Inputs inputs) {
    if (inputs[0].dtype() != DataType::kBool) return InvalidArgument("its input is ", Name(inputs[0].dtype()), "; bool is expected");
    return Map<std::uint8_t>(inputs[0], [](std::uint8_t x) { return static_cast<std::uint8_t>(x != 0 ? 0 : 1); });
  }
  template <bool both>
  Result Logical(NodeRef, Inputs inputs) {
    const TensorView &a = inputs[0], &b = inputs[1];
    GRAPHFREEZE_RETURN_IF_ERROR(SameOrScalar(a, b));
    if (a.dtype() != DataType::kBool) return InvalidArgument("its inputs are ", Name(a.dtype()), "; bool is expected");
    return ZipWith<std::uint8_t, std::uint8_t>(DataType::kBool, a, b, [](std::uint8_t x, std::uint8_t y, std::uint8_t* out) {
      *out = (both ? x != 0 && y != 0 : x != 0 || y != 0) ? 1 : 0;
      return true;
    });
  }

  Result Scalar(DataType dtype, std::int64_t value) {
    if (dtype != DataType::kInt32 && dtype != DataType::kInt64) {
      return InvalidArgument("its result would be ", Name(dtype), "; int32 or int64 is expected");
    }
    if (dtype == DataType::kInt32 && value > 0x7fffffff) return InvalidArgument("its result of ", value, " is beyond int32");
    const std::size_t size = ElementSize(dtype);
    GRAPHFREEZE_ASSIGN_OR_RETURN(Buffer buffer, Allocate(1, size));
    std::memcpy(buffer.data(), &value, size);  // little-endian: the low bytes come first
    return std::move(buffer).View(dtype, Shape());
  }
  Result Rank(NodeRef, Inputs inputs) {
    return Scalar(DataType::kInt32, static_cast<std::int64_t>(inputs[0].shape().rank()));
  }
  Result Size(NodeRef node, Inputs inputs) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const DataType dtype, TypeAttr(node, "out_type"));
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t count, inputs[0].shape().NumElements());
    return Scalar(dtype, count);
  }

  Result Range(NodeRef, Inputs inputs) {
    std::int64_t number[3];
    for (std::size_t i = 0; i < 3; ++i) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<std::int64_t> value, Integers(inputs[i], "range"));
      if (value.size() != 1 || inputs[i].dtype() != inputs[0].dtype()) {
        return InvalidArgument("its inputs are not three numbers of one type");
      }
      number[i] = value[0];
    }
    const std::int64_t start = number[0], limit = number[1], delta = number[2];
    if (delta == 0 || (delta > 0 ? start > limit : start < limit)) {
      return InvalidArgument("a range from ", start, " to ", limit, " in steps of ", delta);
    }
    const std::uint64_t distance = delta > 0 ? static_cast<std::uint64_t>(limit) - static_cast<std::uint64_t>(start)
                                             : static_cast<std::uint64_t>(start) - static_cast<std::uint64_t>(limit);
    const std::uint64_t step = delta > 0 ? static_cast<std::uint64_t>(delta) : std::uint64_t{0} - static_cast<std::uint64_t>(delta);
    const std::uint64_t count = distance == 0 ? 0 : (distance - 1) / step + 1;
    const std::size_t size = ElementSize(inputs[0].dtype());
    GRAPHFREEZE_ASSIGN_OR_RETURN(Buffer buffer, Allocate(count, size));
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t value = static_cast<std::uint64_t>(start) + i * static_cast<std::uint64_t>(delta);
      std::memcpy(buffer.data() + i * size, &value, size);
    }
    return std::move(buffer).View(inputs[0].dtype(), {static_cast<std::int64_t>(count)});
  }

  // Over all dimensions: what sizes are computed with.
  template <detail::Arithmetic op>
  Result Reduce(NodeRef node, Inputs inputs) {
    const TensorView& input = inputs[0];
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<std::int64_t> axes, Integers(inputs[1], "reduction_indices"));
    std::vector<bool> reduced(input.shape().rank(), false);
    for (const std::int64_t number : axes) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const std::size_t axis, Axis(number, input.shape().rank()));
      reduced[axis] = true;
    }
    if (std::find(reduced.begin(), reduced.end(), false) != reduced.end()) {
      return Unimplemented("only reductions over all dimensions are evaluated");
    }
    const AttrView keep = node.attr("keep_dims");
    if (keep.exists() && keep.kind() != AttrView::Kind::kBool) return Unimplemented("its attribute 'keep_dims' is no bool");
    Shape shape(keep.b() ? Shape::Dims(input.shape().rank(), 1) : Shape::Dims());
    switch (input.dtype()) {
      case DataType::kInt32:
        return ReduceTo<std::int32_t>(op, input, std::move(shape));
      case DataType::kInt64:
        return ReduceTo<std::int64_t>(op, input, std::move(shape));
      default:
        return Unimplemented("reductions of ", Name(input.dtype()), " are not evaluated; of int32 and int64 they are");
    }
  }
  template <typename T>
  Result ReduceTo(detail::Arithmetic op, const TensorView& input, Shape shape) {
    T result = op == detail::Arithmetic::kMultiply ? 1 : 0;
    for (std::size_t i = 0; i < Elements(input); ++i) {
      result = detail::Compute(op, result, detail::LoadElement<T>(input.bytes().data() + i * sizeof(T)));
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(Buffer buffer, Allocate(1, sizeof(T)));
    detail::StoreElement<T>(result, buffer.data());
    return std::move(buffer).View(input.dtype(), std::move(shape));
  }

  Result ConcatV2(NodeRef, Inputs inputs) {
    if (inputs.size() < 2) return InvalidArgument("it has ", inputs.size(), " inputs; at least two are expected");
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<std::int64_t> axes, Integers(inputs.back(), "axis"));
    if (axes.size() != 1) return InvalidArgument("its axis input has ", axes.size(), " elements; one is expected");
    const Inputs parts = inputs.first(inputs.size() - 1);
    const DataType dtype = parts[0].dtype();
    const std::size_t size = ElementSize(dtype);
    if (size == 0) return Unimplemented("concatenation of ", Name(dtype), " is not evaluated");
    Shape::Dims dims(parts[0].shape().dims().begin(), parts[0].shape().dims().end());
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::size_t axis, Axis(axes[0], dims.size()));
    std::size_t rows = 1;
    for (std::size_t i = 0; i < axis; ++i) rows *= static_cast<std::size_t>(dims[i]);
    dims[axis] = 0;
    for (const TensorView& part : parts) {
      const Shape& shape = part.shape();
      bool fits = shape.rank() == dims.size() && part.dtype() == dtype;
      for (std::size_t i = 0; fits && i < dims.size(); ++i) fits = i == axis || shape.dim(i) == dims[i];
      if (!fits || __builtin_add_overflow(dims[axis], shape.dim(axis), &dims[axis])) {
        return InvalidArgument("its inputs do not fit: ", Name(dtype), parts[0].shape().ToString(), " and ",
                               Name(part.dtype()), shape.ToString());
      }
    }
    Shape shape(std::move(dims));
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t count, shape.NumElements());
    GRAPHFREEZE_ASSIGN_OR_RETURN(Buffer buffer, Allocate(static_cast<std::uint64_t>(count), size));
    char* p = buffer.data();
    for (std::size_t row = 0; count > 0 && row < rows; ++row) {
      for (const TensorView& part : parts) {
        const std::size_t run = part.bytes().size() / rows;
        if (run > 0) std::memcpy(p, part.bytes().data() + row * run, run);
        p += run;
      }
    }
    return std::move(buffer).View(dtype, std::move(shape));
  }

  // x[a:b:c, d, ...]: ranges and single indexes, neither new axes nor an ellipsis.
  Result StridedSlice(NodeRef node, Inputs inputs) {
    const TensorView& input = inputs[0];
    std::vector<std::int64_t> spec[3];
    for (std::size_t i = 0; i < 3; ++i) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(spec[i], ShapeInput(inputs[i + 1], i == 0 ? "begin" : i == 1 ? "end" : "strides"));
    }
    std::int64_t masks[5];
    constexpr std::string_view kMasks[5] = {"begin_mask", "end_mask", "shrink_axis_mask", "ellipsis_mask", "new_axis_mask"};
    for (std::size_t i = 0; i < 5; ++i) {
      const AttrView mask = node.attr(kMasks[i]);
      if (mask.exists() && mask.kind() != AttrView::Kind::kInt) return Unimplemented("its attribute '", kMasks[i], "' is no number");
      masks[i] = mask.i();
    }
    const std::size_t count = spec[0].size(), rank = input.shape().rank(), size = ElementSize(input.dtype());
    if (masks[3] != 0 || masks[4] != 0) return Unimplemented("slices with an ellipsis or new axes are not evaluated");
    if (size == 0) return Unimplemented("slices of ", Name(input.dtype()), " are not evaluated");
    if (spec[1].size() != count || spec[2].size() != count || count > rank) {
      return InvalidArgument("a slice of ", count, " ranges of a value of shape ", input.shape().ToString());
    }
    struct Axis {
      std::int64_t begin = 0, step = 1, length = 0;
      std::uint64_t stride = 0;  // of a value without elements it may be anything
    };
    std::vector<Axis> taken(rank);
    Shape::Dims dims;
    std::uint64_t stride = 1;
    for (std::size_t i = rank; i-- > 0; stride *= static_cast<std::uint64_t>(input.shape().dim(i))) taken[i].stride = stride;
    std::uint64_t total = 1;
    for (std::size_t i = 0; i < rank; ++i) {
      const std::int64_t dim = input.shape().dim(i);
      taken[i].length = dim;
      if (i < count) {
        std::int64_t step = spec[2][i], begin = spec[0][i], end = spec[1][i];
        const auto masked = [&](std::size_t which) { return (masks[which] >> i & 1) != 0; };
        if (step == 0) return InvalidArgument("a slice with a stride of 0");
        if (begin < 0) begin += dim;
        if (end < 0) end += dim;
        if (masked(2)) {
          if (begin < 0 || begin >= dim || step < 0) return InvalidArgument("index ", spec[0][i], " is outside of a dimension of ", dim);
          taken[i] = {begin, 1, 1, taken[i].stride};
          continue;
        }
        const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? dim : dim - 1;
        begin = masked(0) ? (step > 0 ? low : high) : (std::min)((std::max)(begin, low), high);
        end = masked(1) ? (step > 0 ? high : low) : (std::min)((std::max)(end, low), high);
        const std::int64_t distance = end - begin;
        const std::int64_t length = distance == 0 || (distance < 0) != (step < 0) ? 0 : distance / step + (distance % step != 0 ? 1 : 0);
        taken[i] = {begin, step, length, taken[i].stride};
      }
      dims.push_back(taken[i].length);
      total *= static_cast<std::uint64_t>(taken[i].length);
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(Buffer buffer, Allocate(total, size));
    std::vector<std::int64_t> at(rank, 0);
    for (std::uint64_t element = 0; element < total; ++element) {
      std::uint64_t from = 0;
      for (std::size_t i = 0; i < rank; ++i) {
        from += static_cast<std::uint64_t>(taken[i].begin + at[i] * taken[i].step) * taken[i].stride;
      }
      std::memcpy(buffer.data() + element * size, input.bytes().data() + static_cast<std::size_t>(from) * size, size);
      for (std::size_t i = rank; i-- > 0;) {
        if (++at[i] < taken[i].length) break;
        at[i] = 0;
      }
    }
    return std::move(buffer).View(input.dtype(), Shape(dims));
  }

  const Graph& graph_;
  const Body& body_;
  const std::uint64_t max_bytes_;
  std::shared_ptr<const void> owner_;  // of what the graph was read from and of its edits
  absl::flat_hash_map<NodeId, absl::StatusOr<TensorView>> values_;  // or why there is none
  absl::flat_hash_map<NodeId, absl::StatusOr<TensorView>> assumed_;
  std::uint64_t made_bytes_ = 0;  // held by values_, but for views
};

GRAPHFREEZE_NAMESPACE_END
