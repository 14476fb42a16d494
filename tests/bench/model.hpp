// A model to measure with: a checkpoint with correct checksums, and the graph that reads all of it.
//
//   layer_i/weights ── layer_i/Read ── layer_i/Add ── layer_i+1/Add …      one float variable a layer
//
// Every second variable is a resource (VarHandleOp, ReadVariableOp), the others are references (VariableV2, Identity),
// with the attributes that TensorFlow gives them. The last Add is "y".
#pragma once

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/graphfreeze.hpp>

#include "../checkpoint/bundle_writer.hpp"

struct Model {
  int variables = 0;
  std::int64_t floats = 0;  // of each variable

  std::int64_t variable_bytes() const { return 4 * floats; }
  double gigabytes() const { return static_cast<double>(variable_bytes()) * variables / 1e9; }
};

inline std::string BenchNode(std::string_view name, std::string_view op, const std::vector<std::string>& inputs,
                             const std::vector<std::pair<std::string_view, std::string>>& attrs) {
  namespace gf = graphfreeze;
  std::string node;
  gf::wire::PutBytesField(&node, 1, name);
  gf::wire::PutBytesField(&node, 2, op);
  for (const std::string& input : inputs) gf::wire::PutBytesField(&node, 3, input);
  gf::wire::PutBytesField(&node, 4, "/device:CPU:0");
  for (const auto& [key, value] : attrs) {
    std::string entry;
    gf::wire::PutBytesField(&entry, 1, key);
    gf::wire::PutBytesField(&entry, 2, value);
    gf::wire::PutBytesField(&node, 5, entry);
  }
  return node;
}

inline std::string LayerName(int i) {
  char name[64];
  std::snprintf(name, sizeof name, "network/layer_%06d", i);
  return name;
}

// The GraphDef.
inline std::string MakeGraph(const Model& model) {
  namespace gf = graphfreeze;
  namespace attr = gf::attr;
  std::string graph;
  const auto add = [&](const std::string& node) { gf::wire::PutBytesField(&graph, 1, node); };
  const std::string dtype = attr::Type(gf::DataType::kFloat);
  const gf::Shape shape({model.floats});
  add(BenchNode("x", "Placeholder", {}, {{"dtype", dtype}, {"shape", attr::ShapeValue(shape)}}));
  std::string last = "x";
  for (int i = 0; i < model.variables; ++i) {
    const std::string layer = LayerName(i), weights = layer + "/weights", read = layer + "/Read";
    const std::string location = attr::Strings({"loc:@" + weights});
    const bool resource = i % 2 == 0;
    add(BenchNode(weights, resource ? "VarHandleOp" : "VariableV2", {},
                  {{"container", attr::String("")},
                   {"dtype", dtype},
                   {"shape", attr::ShapeValue(shape)},
                   {"shared_name", attr::String(resource ? weights : "")}}));
    add(resource ? BenchNode(read, "ReadVariableOp", {weights}, {{"dtype", dtype}})
                 : BenchNode(read, "Identity", {weights}, {{"T", dtype}, {"_class", location}}));
    const std::string sum = i + 1 == model.variables ? "y" : layer + "/Add";
    add(BenchNode(sum, "AddV2", {last, read}, {{"T", dtype}}));
    last = sum;
  }
  return graph;
}

// Entries of the index. A graph that is only scanned needs no data file behind them.
inline std::string MakeIndex(const Model& model, const std::vector<std::uint32_t>& crcs) {
  namespace gf = graphfreeze;
  bundle_writer::Entries entries;
  std::string header;
  gf::wire::PutVarintField(&header, 1, 1);
  entries.emplace_back("", header);
  for (int i = 0; i < model.variables; ++i) {
    bundle_writer::Entry entry;
    entry.shape = gf::Shape({model.floats}).Serialize();
    entry.offset = i * model.variable_bytes();
    entry.size = model.variable_bytes();
    entry.masked_crc = gf::wire::Crc32c::Mask(crcs[static_cast<std::size_t>(i)]);
    entries.emplace_back(LayerName(i) + "/weights", entry.Serialize());
  }
  return bundle_writer::MakeTable(entries);
}

// Writes prefix.pb, prefix.index and prefix.data-00000-of-00001; the last in runs of 8 MiB, as TensorFlow does. (The page
// cache keeps a file in pieces like those in which it was written, and small ones take longer to map.)
inline void WriteModel(const Model& model, const std::string& prefix) {
  constexpr std::size_t kRun = std::size_t{8} << 20;
  const graphfreeze::wire::Crc32c crc;
  std::ofstream data(prefix + ".data-00000-of-00001", std::ios::binary);
  std::string bytes(static_cast<std::size_t>(model.variable_bytes()), '\0'), run;
  std::vector<std::uint32_t> crcs;
  for (int i = 0; i < model.variables; ++i) {
    for (std::size_t at = 0; at < bytes.size(); at += 1024) bytes[at] = static_cast<char>(i + static_cast<int>(at >> 10));
    crcs.push_back(crc.Of(bytes));
    run += bytes;
    if (run.size() < kRun && i + 1 < model.variables) continue;
    data << run;
    run.clear();
  }
  std::ofstream(prefix + ".index", std::ios::binary) << MakeIndex(model, crcs);
  std::ofstream(prefix + ".pb", std::ios::binary) << MakeGraph(model);
}

inline void RemoveModel(const std::string& prefix) {
  for (const char* suffix : {".data-00000-of-00001", ".index", ".pb"}) std::remove((prefix + suffix).c_str());
}
