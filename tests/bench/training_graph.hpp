// A training graph to measure with: what a script of convolutions, batch norms in training mode and dropouts leaves in
// its .meta, some 60 nodes a block.
//
//   in ── Conv2D ── FusedBatchNormV3 {is_training} ── Relu ── (every fourth) dropout ── out
//          w          gamma, beta; AssignMovingAvg of moving_mean and moving_variance
//   gradients of all of it, momentum for each weight, initialisers
//
// "IteratorGetNext" gives the images, "logits" is the output.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <graphfreeze/graphfreeze.hpp>

#include "model.hpp"

// `blocks` of them; `nodes` gets the number of nodes.
inline std::string MakeTrainingGraph(int blocks, std::size_t* nodes) {
  namespace gf = graphfreeze;
  namespace attr = gf::attr;
  std::string graph;
  *nodes = 0;
  using Attrs = std::vector<std::pair<std::string_view, std::string>>;
  const std::string f = attr::Type(gf::DataType::kFloat), resource = attr::Type(gf::DataType::kResource);
  const auto add = [&](const std::string& name, std::string_view op, const std::vector<std::string>& inputs, Attrs attrs) {
    gf::wire::PutBytesField(&graph, 1, BenchNode(name, op, inputs, attrs));
    ++*nodes;
    return name;
  };
  const auto scalar = [&](const std::string& name, float value) {
    const auto proto = gf::SerializeTensorProto(gf::DataType::kFloat, gf::Shape(),
                                                std::string_view(reinterpret_cast<const char*>(&value), sizeof value));
    MustBeOk(proto);
    return add(name, "Const", {}, {{"dtype", f}, {"value", attr::Tensor(*proto)}});
  };
  const auto variable = [&](const std::string& name) {
    add(name, "VarHandleOp", {}, {{"dtype", f}, {"shape", attr::ShapeValue(gf::Shape({64}))}, {"shared_name", attr::String(name)}});
    add(name + "/Assign", "AssignVariableOp", {name, scalar(name + "/Initializer/zeros", 0)}, {{"dtype", f}});
    return add(name + "/Read/ReadVariableOp", "ReadVariableOp", {name}, {{"dtype", f}});
  };
  const auto unary = [&](const std::string& name, std::string_view op, const std::string& input) {
    return add(name, op, {input}, {{"T", f}});
  };
  const auto binary = [&](const std::string& name, std::string_view op, const std::string& a, const std::string& b) {
    return add(name, op, {a, b}, {{"T", f}});
  };
  // The moving average of output `output` of a batch norm.
  const auto update = [&](const std::string& scope, const std::string& moving, const std::string& statistic) {
    scalar(scope + "/decay", 0.001f);
    const std::string read = add(scope + "/ReadVariableOp", "ReadVariableOp", {moving}, {{"dtype", f}});
    binary(scope + "/sub", "Sub", read, statistic);
    binary(scope + "/mul", "Mul", scope + "/sub", scope + "/decay");
    return add(scope + "/AssignSubVariableOp", "AssignSubVariableOp", {moving, scope + "/mul"}, {{"dtype", f}});
  };
  const auto momentum = [&](const std::string& name, const std::string& gradient) {
    variable(name + "/Momentum");
    add("train/update_" + name, "ResourceApplyMomentum", {name, name + "/Momentum", "lr", gradient, "momentum"}, {{"T", f}});
    return "^train/update_" + name;
  };

  add("IteratorV2", "IteratorV2", {}, {});
  const gf::Shape images({-1, 224, 224, 3});
  std::string shapes_list;
  gf::wire::PutBytesField(&shapes_list, 7, images.Serialize());
  std::string shapes;
  gf::wire::PutBytesField(&shapes, 1, shapes_list);
  std::string last = add("IteratorGetNext", "IteratorGetNext", {"IteratorV2"},
                         {{"output_types", attr::Types({gf::DataType::kFloat})}, {"output_shapes", shapes}});
  scalar("lr", 0.1f);
  scalar("momentum", 0.9f);
  std::vector<std::string> updates;
  for (int i = 0; i < blocks; ++i) {
    const std::string block = "net/block_" + std::to_string(i);
    const std::string in = last, w = variable(block + "/conv/weights");
    const std::string conv = add(block + "/conv/Conv2D", "Conv2D", {in, w},
                                 {{"T", f}, {"strides", attr::Ints({1, 1, 1, 1})}, {"padding", attr::String("SAME")}});
    const std::string bn = block + "/bn", gamma = variable(bn + "/gamma"), beta = variable(bn + "/beta"),
                      mean = variable(bn + "/moving_mean"), variance = variable(bn + "/moving_variance");
    const std::string norm = add(bn + "/FusedBatchNormV3", "FusedBatchNormV3", {conv, gamma, beta, mean, variance},
                                 {{"T", f}, {"U", f}, {"is_training", attr::Bool(true)}});
    updates.push_back("^" + update(bn + "/AssignMovingAvg", bn + "/moving_mean", norm + ":1"));
    updates.push_back("^" + update(bn + "/AssignMovingAvg_1", bn + "/moving_variance", norm + ":2"));
    const std::string relu = unary(block + "/Relu", "Relu", norm);
    last = relu;
    if (i % 4 == 3) {
      const std::string drop = block + "/dropout";
      scalar(drop + "/Const", 2);
      binary(drop + "/Mul", "Mul", relu, drop + "/Const");
      add(drop + "/Shape", "Shape", {relu}, {{"T", f}});
      add(drop + "/random_uniform/RandomUniform", "RandomUniform", {drop + "/Shape"},
          {{"T", attr::Type(gf::DataType::kInt32)}, {"dtype", f}});
      scalar(drop + "/rate", 0.5f);
      binary(drop + "/GreaterEqual", "GreaterEqual", drop + "/random_uniform/RandomUniform", drop + "/rate");
      scalar(drop + "/zero", 0);
      last = add(drop + "/SelectV2", "SelectV2", {drop + "/GreaterEqual", drop + "/Mul", drop + "/zero"}, {{"T", f}});
    }
    const std::string grad = "gradients/" + block;
    binary(grad + "/ReluGrad", "ReluGrad", relu, relu);
    add(grad + "/FusedBatchNormGradV3", "FusedBatchNormGradV3",
        {grad + "/ReluGrad", conv, gamma, norm + ":3", norm + ":4", norm + ":5"}, {{"T", f}, {"U", f}});
    add(grad + "/Conv2DBackpropFilter", "Conv2DBackpropFilter", {in, w, grad + "/FusedBatchNormGradV3"}, {{"T", f}});
    updates.push_back(momentum(block + "/conv/weights", grad + "/Conv2DBackpropFilter"));
    updates.push_back(momentum(bn + "/gamma", grad + "/FusedBatchNormGradV3:1"));
    updates.push_back(momentum(bn + "/beta", grad + "/FusedBatchNormGradV3:2"));
  }
  unary("logits", "Softmax", last);
  add("train", "NoOp", updates, {});
  return graph;
}
