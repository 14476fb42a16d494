// Batch norm disappears in the weights before it, where that gives the same. F1 to F6 are the mini graphs of folding.
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graphfreeze/passes/fold_batch_norm.hpp>

#include "mini_graph.hpp"

using graphfreeze::Action;
using graphfreeze::DataType;
using graphfreeze::Edge;
using graphfreeze::FoldBatchNorm;
using graphfreeze::NodeId;
using graphfreeze::TensorView;

namespace {

using Numbers = std::vector<double>;

struct Folded {
  explicit Folded(const std::string& lines, const FoldBatchNorm& pass = {{"out"}, {}}) : graph(lines) {
    const absl::Status status = graphfreeze::Run(graph.graph(), context, pass);
    REQUIRE_MESSAGE(status.ok(), std::string(status.message()));
    const std::string once = MiniGraph::Text(graph.graph().main());
    std::size_t changes = Changes();
    REQUIRE(graphfreeze::Run(graph.graph(), context, pass).ok());  // a second run changes nothing
    CHECK(MiniGraph::Text(graph.graph().main()) == once);
    CHECK(Changes() == changes);
  }
  std::size_t Changes() const {
    std::size_t changes = 0;
    for (const auto& entry : context.report) changes += entry.action == Action::kChanged ? 1 : 0;
    return changes;
  }
  bool Reported(std::string_view node, std::string_view code) const {
    for (const auto& entry : context.report) {
      if (entry.node == node && entry.code == code) return true;
    }
    return false;
  }
  // The values of a Const.
  Numbers Values(std::string_view name) {
    const auto value = graphfreeze::Evaluator(graph.graph(), graph.graph().main()).Evaluate({graph.node(name).id(), 0, 0});
    REQUIRE_MESSAGE(value.ok(), std::string(value.status().message()));
    Numbers numbers;
    const std::size_t size = ElementSize(value->dtype());
    for (std::size_t at = 0; at < value->bytes().size(); at += size) {
      const char* p = value->bytes().data() + at;
      numbers.push_back(value->dtype() == DataType::kHalf
                            ? static_cast<double>(graphfreeze::detail::HalfToFloat(graphfreeze::detail::LoadElement<std::uint16_t>(p)))
                            : static_cast<double>(graphfreeze::detail::LoadElement<float>(p)));
    }
    return numbers;
  }
  std::string Text() { return graph.Text({"out"}); }

  MiniGraph graph;
  graphfreeze::PassContext context;
};

std::string Const(const std::string& name, const std::string& dims, const std::string& values, const std::string& type = "FLOAT") {
  std::string shape, list;
  for (std::size_t at = 0; at < dims.size();) {
    const std::size_t end = (std::min)(dims.find(' ', at), dims.size());
    shape += " dim { size: " + dims.substr(at, end - at) + " }";
    at = end + 1;
  }
  for (std::size_t at = 0; at < values.size();) {
    const std::size_t end = (std::min)(values.find(' ', at), values.size());
    list += (type == "HALF" ? " half_val: " : " float_val: ") + values.substr(at, end - at);
    at = end + 1;
  }
  return name + " = Const {dtype: type: DT_" + type + ", value: tensor { dtype: DT_" + type + " tensor_shape {" + shape + " }" + list +
         " }}\n";
}

const std::string kX = "x = Placeholder {dtype: float}\n";
// gamma / sqrt(variance + epsilon) is 2 and -3; beta - mean * that is 9 and 3.
const std::string kStatistics = Const("gamma", "2", "4 -3") + Const("beta", "2", "11 0") + Const("mean", "2", "1 1") +
                                Const("variance", "2", "3 0");
const std::string kBatchNorm = "{T: float, U: float, is_training: false, epsilon: 1.0f}\n out = Relu(bn) {T: float}\n";
const std::string kWeights = Const("w", "1 1 2 2", "1 2 3 4");
const std::string kConv = "conv = Conv2D(x, w) {T: float}\n";
const std::string kFused = "bn = FusedBatchNormV3(conv, gamma, beta, mean, variance) " + kBatchNorm;

// Says that nothing was folded, and why.
void CheckStays(const std::string& lines, std::string_view code, const FoldBatchNorm& pass = {{"out"}, {}}) {
  MiniGraph before(lines);
  Folded folded(lines, pass);
  CHECK(MiniGraph::Text(folded.graph.graph().main()) == MiniGraph::Text(before.graph().main()));
  CHECK(folded.Reported("bn", code));
}

}  // namespace

TEST_CASE("F1: batch norm is folded into the weights of a Conv2D") {
  Folded folded(kX + kStatistics + kWeights + kConv + kFused);
  CHECK(folded.Text() == "x = Placeholder()\nw = Const()\nconv = Conv2D(x, w)\nbn = BiasAdd(conv, bn/bias)\nout = Relu(bn)\nbn/bias = Const()\n");
  CHECK(folded.Values("w") == Numbers{2, -6, 6, -12});
  CHECK(folded.Values("bn/bias") == Numbers{9, 3});
  CHECK(folded.graph.node("bn").attr("data_format").s() == "NHWC");
  CHECK(folded.Reported("bn", "folded"));
  SUBCASE("through Identities, as freezing leaves them") {
    Folded read(kX + kStatistics + kWeights + "w/read = Identity(w) {T: float}\n g = Identity(gamma) {T: float}\n"
                "conv = Conv2D(x, w/read) {T: float}\n i = Identity(conv) {T: float}\n"
                "bn = FusedBatchNorm(i, g, beta, mean, variance) " + kBatchNorm);
    CHECK(read.Text().find("bn = BiasAdd(i, bn/bias)") != std::string::npos);
    CHECK(read.Values("w") == Numbers{2, -6, 6, -12});
  }
  SUBCASE("and Conv3D") {
    Folded conv3d(kX + kStatistics + Const("w", "1 1 1 2 2", "1 2 3 4") + "conv = Conv3D(x, w) {T: float}\n" + kFused);
    CHECK(conv3d.Values("w") == Numbers{2, -6, 6, -12});
  }
  SUBCASE("and of Conv2DBackpropInput, whose channels are the third dimension") {
    Folded transposed(kX + kStatistics + Const("w", "1 1 2 3", "1 2 3 4 5 6") + "conv = Conv2DBackpropInput(x, w, x) {T: float}\n" + kFused);
    CHECK(transposed.Values("w") == Numbers{2, 4, 6, -12, -15, -18});
  }
  SUBCASE("and in half precision, rounded once") {
    // 1 + 2^-10, times 2 and -3.
    Folded half("x = Placeholder {dtype: half}\n" + kStatistics + Const("w", "1 1 1 2", "15361 15361", "HALF") +
                "conv = Conv2D(x, w) {T: half}\n bn = FusedBatchNormV3(conv, gamma, beta, mean, variance) "
                "{T: half, U: float, is_training: false, epsilon: 1.0f}\n out = Relu(bn) {T: half}");
    CHECK(half.Values("w") == Numbers{2 + std::ldexp(1, -9), -3 - std::ldexp(1, -8)});  // -3 - 3 * 2^-10 is half way to even
    CHECK(half.graph.node("bn").attr("T").type() == DataType::kHalf);
    CHECK(half.graph.node("bn/bias").attr("dtype").type() == DataType::kHalf);
    CHECK(half.Values("bn/bias") == Numbers{9, 3});
  }
  SUBCASE("past a BatchToSpaceND") {
    Folded dilated(kX + kStatistics + kWeights + kConv + "b = BatchToSpaceND(conv, x, x) {T: float}\n"
                   "bn = FusedBatchNormV3(b, gamma, beta, mean, variance) " + kBatchNorm);
    CHECK(dilated.Text().find("bn = BiasAdd(b, bn/bias)") != std::string::npos);
    CHECK(dilated.Values("w") == Numbers{2, -6, 6, -12});
  }
}

TEST_CASE("F2: in a depthwise convolution the channels are the last two dimensions") {
  Folded folded(kX + Const("gamma", "4", "1 2 3 4") + Const("beta", "4", "0 0 0 0") + Const("mean", "4", "0 0 0 1") +
                Const("variance", "4", "0 0 0 0") + Const("w", "2 1 2 2", "1 1 1 1 10 10 10 10") +
                "conv = DepthwiseConv2dNative(x, w) {T: float}\n" + kFused);
  CHECK(folded.Values("w") == Numbers{1, 2, 3, 4, 10, 20, 30, 40});
  CHECK(folded.Values("bn/bias") == Numbers{0, 0, 0, -4});
}

// tf.nn.batch_normalization.
const std::string kWrittenOut = Const("eps", "", "1") + R"(
  b/add = AddV2(variance, eps) {T: float}
  b/Rsqrt = Rsqrt(b/add) {T: float}
  b/mul = Mul(b/Rsqrt, gamma) {T: float}
  b/mul_1 = Mul(y, b/mul) {T: float}
  b/mul_2 = Mul(mean, b/mul) {T: float}
  b/sub = Sub(beta, b/mul_2) {T: float}
  bn = AddV2(b/mul_1, b/sub) {T: float}
  out = Relu(bn) {T: float}
)";

TEST_CASE("F3: batch norm that is written out is folded into a MatMul") {
  Folded folded(kX + kStatistics + Const("w", "3 2", "1 2 3 4 5 6") + "y = MatMul(x, w) {T: float}\n" + kWrittenOut);
  CHECK(folded.Text() == "x = Placeholder()\nw = Const()\ny = MatMul(x, w)\nbn = BiasAdd(y, bn/bias)\nout = Relu(bn)\nbn/bias = Const()\n");
  CHECK(folded.Values("w") == Numbers{2, -6, 6, -12, 10, -18});
  CHECK(folded.Values("bn/bias") == Numbers{9, 3});
  SUBCASE("that is transposed") {
    Folded transposed(kX + kStatistics + Const("w", "2 3", "1 2 3 4 5 6") + "y = MatMul(x, w) {T: float, transpose_b: true}\n" + kWrittenOut);
    CHECK(transposed.Values("w") == Numbers{2, 4, 6, -12, -15, -18});
  }
  SUBCASE("without gamma and beta, operands turned round") {
    Folded plain(kX + kStatistics + Const("w", "1 2", "1 2") + "y = MatMul(x, w) {T: float}\n" + Const("eps", "", "1") + R"(
      b/add = Add(eps, variance) {T: float}
      b/Sqrt = Sqrt(b/add) {T: float}
      b/inv = RealDiv(eps, b/Sqrt) {T: float}
      b/mul_1 = Mul(b/inv, y) {T: float}
      b/Neg = Neg(mean) {T: float}
      b/mul_2 = Mul(b/Neg, b/inv) {T: float}
      bn = Add(b/mul_2, b/mul_1) {T: float}
      out = Relu(bn) {T: float})");
    CHECK(plain.Values("w") == Numbers{0.5, 2});
    CHECK(plain.Values("bn/bias") == Numbers{-0.5, -1});
  }
}

TEST_CASE("F4: a bias in between goes too") {
  const std::string bias = Const("bias", "2", "1 -1");
  for (const std::string add : {"y = BiasAdd(conv, bias) {T: float}\n", "y = Add(bias, conv) {T: float}\n", "y = AddV2(conv, bias) {T: float}\n"}) {
    CAPTURE(add);
    Folded folded(kX + kStatistics + kWeights + kConv + bias + add + "bn = FusedBatchNormV3(y, gamma, beta, mean, variance) " + kBatchNorm);
    CHECK(folded.Text() == "x = Placeholder()\nw = Const()\nconv = Conv2D(x, w)\nbn = BiasAdd(conv, bn/bias)\nout = Relu(bn)\nbn/bias = Const()\n");
    CHECK(folded.Values("bn/bias") == Numbers{11, 6});
  }
}

TEST_CASE("F5: with channels first the bias is added so too") {
  const std::string conv = "conv = Conv2D(x, w) {T: float, data_format: \"NCHW\"}\n";
  Folded folded(kX + kStatistics + kWeights + conv +
                "bn = FusedBatchNormV3(conv, gamma, beta, mean, variance) {T: float, U: float, is_training: false, epsilon: 1.0f, "
                "data_format: \"NCHW\"}\n out = Relu(bn) {T: float}");
  CHECK(folded.Values("w") == Numbers{2, -6, 6, -12});
  CHECK(folded.graph.node("bn").attr("data_format").s() == "NCHW");
  SUBCASE("written out, the constants must say so") {
    std::string first = kX + kStatistics + kWeights + kWrittenOut + "y = Conv2D(x, w) {T: float, data_format: \"NCHW\"}\n";
    CheckStays(first, "channels");
    const std::string statistics = Const("gamma", "1 2 1 1", "4 -3") + Const("beta", "2 1 1", "11 0") + Const("mean", "1 2 1 1", "1 1") +
                                   Const("variance", "1 2 1 1", "3 0");
    Folded written(kX + statistics + kWeights + kWrittenOut + "y = Conv2D(x, w) {T: float, data_format: \"NCHW\"}\n");
    CHECK(written.Values("w") == Numbers{2, -6, 6, -12});
    CHECK(written.Values("bn/bias") == Numbers{9, 3});
    // Also when only a Reshape says it.
    const std::string reshaped = Const("g", "2", "4 -3") + "four = Const {dtype: int32, value: int32 [] 1 -1 1 1}\n"
                                 "gamma = Reshape(g, four) {T: float, Tshape: int32}\n" +
                                 Const("beta", "2 1 1", "11 0") + Const("mean", "1 2 1 1", "1 1") + Const("variance", "1 2 1 1", "3 0");
    Folded by_reshape(kX + reshaped + kWeights + kWrittenOut + "y = Conv2D(x, w) {T: float, data_format: \"NCHW\"}\n");
    CHECK(by_reshape.Values("w") == Numbers{2, -6, 6, -12});
  }
  CheckStays(kX + kStatistics + kWeights + conv + kFused, "data_format");
}

TEST_CASE("F6: what is taken elsewhere too is not folded") {
  const std::string head = kX + kStatistics + kWeights + kConv;
  CheckStays(head + kFused + "side = Relu(conv) {T: float}", "shared");
  CheckStays(head + kFused, "shared", {{"out", "conv:0"}, {}});
  const std::string bias = Const("bias", "2", "1 -1") + "y = BiasAdd(conv, bias) {T: float}\n";
  CheckStays(head + bias + "bn = FusedBatchNormV3(y, gamma, beta, mean, variance) " + kBatchNorm + "side = Relu(y) {T: float}", "shared");
  CheckStays(head + kFused + "side = Relu(bn:1) {T: float}", "statistics_used");
  const std::string written = kX + kStatistics + Const("w", "1 2", "1 2") + "y = MatMul(x, w) {T: float}\n" + kWrittenOut;
  CheckStays(written + "side = Relu(b/mul_1) {T: float}", "shared");
  SUBCASE("but weights that two convolutions share are copied") {
    Folded folded(head + kFused + "side = Conv2D(x, w) {T: float}\n", {{"out", "side"}, {}});
    CHECK(folded.Values("w") == Numbers{1, 2, 3, 4});
    CHECK(folded.Values("w/folded") == Numbers{2, -6, 6, -12});
    CHECK(folded.graph.Text({"out", "side"}).find("conv = Conv2D(x, w/folded)\n") != std::string::npos);
  }
  SUBCASE("and so are weights that are an output") {
    Folded folded(head + kFused, {{"out", "w"}, {}});
    CHECK(folded.Values("w") == Numbers{1, 2, 3, 4});
  }
}

TEST_CASE("what is not the same when folded stays") {
  const std::string head = kX + kStatistics + kWeights;
  CheckStays(head + kConv + "bn = FusedBatchNormV3(conv, gamma, beta, mean, variance) {T: float}\n out = Relu(bn) {T: float}", "training");
  CheckStays(head + kConv + "r = Relu(conv) {T: float}\n bn = FusedBatchNormV3(r, gamma, beta, mean, variance) " + kBatchNorm, "no_linear_op");
  CheckStays(head + "bn = FusedBatchNormV3(x, gamma, beta, mean, variance) {T: float, is_training: false}\n out = Conv2D(bn, w) {T: float}",
             "no_linear_op");
  CheckStays(head + "q = FakeQuantWithMinMaxVars(w, mean, mean)\n conv = Conv2D(x, q) {T: float}\n" + kFused, "no_linear_op");
  CheckStays(head + kConv + "other = Neg(conv) {T: float}\n y = Add(conv, other) {T: float}\n"
             "bn = FusedBatchNormV3(y, gamma, beta, mean, variance) " + kBatchNorm, "no_linear_op");
  CheckStays(head + kConv + Const("bias", "1 2 1 1", "1 1") + "y = Add(conv, bias) {T: float}\n"
             "bn = FusedBatchNormV3(y, gamma, beta, mean, variance) " + kBatchNorm, "bias");
  CheckStays(head + kConv + "m = Neg(mean) {T: float}\n bn = FusedBatchNormV3(conv, gamma, beta, m, variance) " + kBatchNorm, "not_constant");
  CheckStays(kX + kWeights + Const("gamma", "2", "1 1") + Const("beta", "2", "1 1") + Const("mean", "2", "1 1") +
             Const("variance", "2", "-1 0") + kConv + kFused, "not_finite");
  CheckStays(head + kConv + kFused, "excluded", {{"out"}, {"b*"}});
  // An affine map that is no batch norm is none of this pass's business.
  const std::string affine = head + kConv + "m = Mul(conv, gamma) {T: float}\n out = Add(m, beta) {T: float}";
  CHECK(Folded(affine).Changes() == 0);
}

TEST_CASE("control inputs stay, and constants stay in their branch") {
  Folded folded(kX + kStatistics + Const("w", "1 1 2 2", "1 2 3 4") + R"(
    p = Placeholder {dtype: bool}
    s = Switch(x, p) {T: float}
    conv = Conv2D(s:1, w) {T: float}
    bn = FusedBatchNormV3(conv, gamma, beta, mean, variance, ^p) {T: float, is_training: false, epsilon: 1.0f}
    out = Merge(bn, s) {T: float, N: 2})");
  CHECK(folded.Text().find("bn = BiasAdd(conv, bn/bias, ^p)\n") != std::string::npos);
  CHECK(folded.Text().find("bn/bias = Const(^conv)\n") != std::string::npos);
}

TEST_CASE("graphs that make no sense stay as they are") {
  const std::string lines = R"(
    bn = FusedBatchNormV3(bn, bn, bn, bn, bn) {T: float, is_training: false}
    a = FusedBatchNormV3(gone, a, ^a) {T: float, is_training: false}
    b = Add(c, c) {T: float}
    c = Mul(b, b) {T: float}
    w = Const
    d = Conv2D(d, w) {T: float}
    e = FusedBatchNorm(d, w, w, w, w) {is_training: false}
    f = Mul(d, f) {T: float}
    g = Add(f, ^w) {T: float}
    h = Add(i, f) {T: float}
    i = Identity(i) {T: float}
    out = Relu(bn, ^a, ^e, ^g, ^h, ^b) {T: float})";
  MiniGraph before(lines);
  CHECK(MiniGraph::Text(Folded(lines).graph.graph().main()) == MiniGraph::Text(before.graph().main()));
}
