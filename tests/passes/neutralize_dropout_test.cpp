// Dropout of every era disappears; what only looks like it stays. The graphs are those that TensorFlow writes.
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graphfreeze/passes/neutralize_dropout.hpp>

#include "mini_graph.hpp"

using graphfreeze::NeutralizeDropout;

namespace {

const std::string kX = "x = Placeholder {dtype: float}\n";

// random_uniform as it was until TensorFlow 2.1: min + draw * (max - min).
const std::string kUniform = R"(
  d/Shape = Shape(x) {T: float}
  d/min = Const {dtype: float, value: float 0}
  d/max = Const {dtype: float, value: float 1}
  d/draw = RandomUniform(d/Shape) {dtype: float, T: int32}
  d/range = Sub(d/max, d/min) {T: float}
  d/scaled = Mul(d/draw, d/range) {T: float}
  d/uniform = Add(d/scaled, d/min) {T: float}
)";

std::string Neutralized(const std::string& lines, std::vector<std::string> outputs = {"out"}) {
  MiniGraph graph(lines);
  const absl::Status status = graph.Run(NeutralizeDropout{});
  REQUIRE_MESSAGE(status.ok(), std::string(status.message()));
  return graph.Text(std::move(outputs));
}

const char* const kNothingLeft = "x = Placeholder()\nout = Relu(x)\n";

}  // namespace

TEST_CASE("dropout of TensorFlow 1.0 to 1.12 hands its input on") {
  const std::string head = kX + kUniform;
  const std::string keep = "d/keep = Const {dtype: float, value: float 0.5}\n";
  const std::string mask = "d/add = Add(d/keep, d/uniform) {T: float}\n d/Floor = Floor(d/add) {T: float}\n";
  const std::string div = "d/div = RealDiv(x, d/keep) {T: float}\n";
  const std::string relu = "out = Relu(d/mul) {T: float}\n";
  const std::string out = "d/mul = Mul(d/div, d/Floor) {T: float}\n" + relu;
  CHECK(Neutralized(head + keep + mask + div + out) == kNothingLeft);
  SUBCASE("whatever the order of its operands") {
    CHECK(Neutralized(head + keep + mask + div + "d/mul = Mul(d/Floor, d/div) {T: float}\n" + relu) == kNothingLeft);
    CHECK(Neutralized(head + keep + "d/add = AddV2(d/uniform, d/keep) {T: float}\n d/Floor = Floor(d/add) {T: float}\n" +
                      div + out) == kNothingLeft);
  }
  SUBCASE("with a keep_prob that is fed") {
    CHECK(Neutralized(head + "d/keep = Placeholder {dtype: float}\n" + mask + div + out) == kNothingLeft);
  }
  SUBCASE("while somebody else still takes the scaled input") {
    CHECK(Neutralized(head + keep + mask + div + out + "side = Tanh(d/div) {T: float}", {"out", "side"}) ==
          "x = Placeholder()\nd/keep = Const()\nd/div = RealDiv(x, d/keep)\nout = Relu(x)\nside = Tanh(d/div)\n");
  }
  SUBCASE("and keeps its name when it is itself the output") {
    CHECK(Neutralized(head + keep + mask + div + out, {"d/mul"}) == "x = Placeholder()\nd/mul = Identity(x)\n");
  }
  SUBCASE("through Identity between its ops") {
    CHECK(Neutralized(head + keep + mask + div + "d/id = Identity(d/div) {T: float}\n d/mul = Mul(d/id, d/Floor) {T: float}\n" +
                      relu) == kNothingLeft);
  }
  SUBCASE("but stays when it is excluded") {
    MiniGraph graph(head + keep + mask + div + out);
    NeutralizeDropout pass;
    pass.exclude = {"d/mul"};
    CHECK(graph.Run(pass).ok());
    CHECK(graph.Reported("excluded"));
    CHECK(graph.Text({"out"}).find("RandomUniform") != std::string::npos);
  }
  SUBCASE("once: a second run changes nothing") {
    MiniGraph graph(head + keep + mask + div + out);
    CHECK(graph.Run(NeutralizeDropout{}).ok());
    const std::size_t entries = graph.reports();
    CHECK(graph.Run(NeutralizeDropout{}).ok());
    CHECK(graph.reports() == entries);
  }
}

TEST_CASE("dropout by rate, as TensorFlow 1.13 to 2.1 writes it, hands its input on") {
  const std::string head = kX + "d/one = Const {dtype: float, value: float 1}\n" + kUniform;
  for (const std::string rate :
       {"d/rate = Const {dtype: float, value: float 0.4}\n", "d/rate = Placeholder {dtype: float}\n"}) {
    CHECK(Neutralized(head + rate + R"(
      d/sub = Sub(d/one, d/rate) {T: float}
      d/truediv = RealDiv(d/one, d/sub) {T: float}
      d/GreaterEqual = GreaterEqual(d/uniform, d/rate) {T: float}
      d/mul = Mul(x, d/truediv) {T: float}
      d/Cast = Cast(d/GreaterEqual) {SrcT: bool, DstT: float}
      d/mul_1 = Mul(d/mul, d/Cast) {T: float}
      out = Relu(d/mul_1) {T: float})") == kNothingLeft);
    CHECK(Neutralized(head + rate + R"(
      d/sub = Sub(d/one, d/rate) {T: float}
      d/add = Add(d/sub, d/uniform) {T: float}
      d/Floor = Floor(d/add) {T: float}
      d/truediv = RealDiv(x, d/sub) {T: float}
      d/mul = Mul(d/truediv, d/Floor) {T: float}
      out = Relu(d/mul) {T: float})") == kNothingLeft);
  }
}

TEST_CASE("dropout of TensorFlow 2, with a select and any kind of random numbers, hands its input on") {
  const std::string head = kX + R"(
    scale = Const {dtype: float, value: float 2}
    rate = Const {dtype: float, value: float 0.5}
    zero = Const {dtype: float, value: float 0}
    shape = Shape(x) {T: float}
    seed = Const {dtype: int32, value: int32 [] 1 2}
  )";
  for (const std::string draw : {"u = RandomUniform(shape) {dtype: float, T: int32}\n",
                                 "u = StatelessRandomUniformV2(shape, seed, seed, seed) {dtype: float, Tshape: int32}\n",
                                 "u = StatelessRandomUniform(shape, seed) {dtype: float, T: int32}\n"}) {
    const std::string mask = draw + "ge = GreaterEqual(u, rate) {T: float}\n";
    CHECK(Neutralized(head + mask + R"(
      m = Mul(x, scale) {T: float}
      s = SelectV2(ge, m, zero) {T: float}
      out = Relu(s) {T: float})") == kNothingLeft);
    CHECK(Neutralized(head + mask + R"(
      m = Mul(scale, x) {T: float}
      c = Cast(ge) {SrcT: bool, DstT: float}
      s = Mul(c, m) {T: float}
      out = Relu(s) {T: float})") == kNothingLeft);
    CHECK(Neutralized(head + mask + R"(
      s = SelectV2(ge, x, zero) {T: float}
      m = Mul(s, scale) {T: float}
      out = Relu(m) {T: float})") == kNothingLeft);
  }
}

TEST_CASE("a random mask that is not dropout stays, with a warning") {
  const std::string head = kX + "d/keep = Const {dtype: float, value: float 0.5}\n" + kUniform +
                           "d/add = Add(d/keep, d/uniform) {T: float}\n d/Floor = Floor(d/add) {T: float}\n";
  for (const std::string tail :
       {"out = Mul(x, d/Floor) {T: float}",  // no scale
        "k = Const {dtype: float, value: float 0.8}\n d/div = RealDiv(x, k) {T: float}\n"
        "out = Mul(d/div, d/Floor) {T: float}"}) {  // another scale
    MiniGraph graph(head + tail);
    CHECK(graph.Run(NeutralizeDropout{}).ok());
    CHECK(graph.Reported("random_mask"));
    CHECK_FALSE(graph.Reported("bypassed"));
    CHECK(graph.Text({"out"}).find("RandomUniform") != std::string::npos);
  }
}

TEST_CASE("noise that is part of a model stays; Gaussian dropout goes") {
  const std::string head = kX + R"(
    sigma = Placeholder {dtype: float}
    shape = Shape(x) {T: float}
    n = RandomStandardNormal(shape) {dtype: float, T: int32}
    std = Const {dtype: float, value: float 0.3}
    one = Const {dtype: float, value: float 1}
    a = Mul(n, std) {T: float}
  )";
  CHECK(Neutralized(head + "e = Mul(sigma, n) {T: float}\n out = AddV2(x, e) {T: float}").find("RandomStandardNormal") !=
        std::string::npos);
  CHECK(Neutralized(head + "b = AddV2(a, one) {T: float}\n m = Mul(x, b) {T: float}\n out = Relu(m) {T: float}") ==
        kNothingLeft);
  const std::string noise = head + "m = AddV2(x, a) {T: float}\n out = Relu(m) {T: float}";
  CHECK(Neutralized(noise).find("RandomStandardNormal") != std::string::npos);
  MiniGraph graph(noise);
  NeutralizeDropout pass;
  pass.gaussian_noise = true;
  CHECK(graph.Run(pass).ok());
  CHECK(graph.Text({"out"}) == kNothingLeft);
}

TEST_CASE("a conditional dropout collapses without knowing the flag") {
  CHECK(Neutralized(kX + R"(
    is_training = Placeholder {dtype: bool}
    cond/Switch = Switch(is_training, is_training) {T: bool}
    cond/switch_t = Identity(cond/Switch:1) {T: bool}
    cond/pred_id = Identity(is_training) {T: bool}
    cond/keep = Const(^cond/switch_t) {dtype: float, value: float 0.5}
    cond/d/Switch = Switch(x, cond/pred_id) {T: float}
    cond/Shape = Shape(cond/d/Switch:1) {T: float}
    cond/u = RandomUniform(cond/Shape) {dtype: float, T: int32}
    cond/add = Add(cond/keep, cond/u) {T: float}
    cond/Floor = Floor(cond/add) {T: float}
    cond/div = RealDiv(cond/d/Switch:1, cond/keep) {T: float}
    cond/mul = Mul(cond/div, cond/Floor) {T: float}
    cond/Identity/Switch = Switch(x, cond/pred_id) {T: float}
    cond/Identity = Identity(cond/Identity/Switch) {T: float}
    cond/Merge = Merge(cond/Identity, cond/mul) {T: float, N: 2}
    out = Relu(cond/Merge) {T: float})") == kNothingLeft);
}

TEST_CASE("the noise of a variational dropout comes into its loop from outside") {
  CHECK(Neutralized(kX + R"(
    keep = Const {dtype: float, value: float 0.5}
    shape = Const {dtype: int32, value: int32 [] 1 4}
    u = RandomUniform(shape) {dtype: float, T: int32}
    enter = Enter(u) {T: float, frame_name: "while"}
    body/keep = Const {dtype: float, value: float 0.5}
    add = AddV2(keep, enter) {T: float}
    floor = Floor(add) {T: float}
    div = RealDiv(x, body/keep) {T: float}
    mul = Mul(div, floor) {T: float}
    out = Relu(mul) {T: float})") == kNothingLeft);
}

TEST_CASE("the dropout inside CudnnRNN is turned off") {
  MiniGraph graph(kX + "out = CudnnRNN(x, x, x, x) {T: float, dropout: 0.5f}");
  CHECK(graph.Run(NeutralizeDropout{}).ok());
  CHECK(graph.node("out").attr("dropout").kind() == graphfreeze::AttrView::Kind::kFloat);
  CHECK(graph.node("out").attr("dropout").f() == 0.0f);
  CHECK(graph.node("out").attr("is_training").kind() == graphfreeze::AttrView::Kind::kBool);
  CHECK_FALSE(graph.node("out").attr("is_training").b());
}
