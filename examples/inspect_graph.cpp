// What is in a graph, as far as its outputs need it, and what Ascend's compiler will say to it.
//
//   model.ckpt.meta                      ┌── ops, inputs, outputs
//   frozen.pb        ──  the part that ──┼── parameters, the largest first
//   graph.pbtxt          outputs need    └── what stops ATC, and what it stumbles over
//
//   inspect_graph model.ckpt.meta output        without an output, those that look like some
#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/graphfreeze.hpp>

namespace gf = graphfreeze;

struct Tensor {
  std::string name;
  gf::DataType dtype;
  gf::Shape shape;

  unsigned long long elements() const { return static_cast<unsigned long long>(shape.NumElements().value_or(0)); }
  void Print(const char* what) const {
    const std::string dims = shape.has_rank() ? shape.ToString() : "(unknown rank)";
    std::printf("%-10s %-28s %s %s\n", what, name.c_str(), gf::Name(dtype).c_str(), dims.c_str());
  }
};

absl::Status Inspect(const char* path, std::vector<std::string> outputs) {
  GRAPHFREEZE_ASSIGN_OR_RETURN(gf::Graph graph, gf::LoadGraph(path));
  const gf::Body& body = graph.main();
  const std::size_t all_nodes = body.CountNodes();
  if (outputs.empty()) {
    for (const std::string_view name : gf::LikelyOutputs(body, 3)) outputs.emplace_back(name);
  }
  gf::PassContext context;
  GRAPHFREEZE_RETURN_IF_ERROR(gf::Run(graph, context, gf::Prune{outputs}));

  std::map<std::string_view, std::size_t> ops;
  std::vector<Tensor> inputs, parameters;
  body.ForEachNode([&](gf::NodeRef node) {
    ++ops[node.op()];
    const gf::Shape shape = node.attr("shape").shape().value_or(gf::Shape::UnknownRank());
    Tensor tensor{std::string(node.name()), node.attr("dtype").type(), shape};
    if (node.op() == "Placeholder") {
      inputs.push_back(std::move(tensor));
    } else if (gf::RoleOf(node.op()) == gf::OpRole::kVariable) {
      parameters.push_back(std::move(tensor));
    } else if (const auto value = gf::ParseTensorHeader(node.attr("value").tensor()); node.op() == "Const" && value.ok()) {
      tensor.shape = value->shape;
      parameters.push_back(std::move(tensor));
    }
  });
  const auto larger = [](const Tensor& a, const Tensor& b) { return a.elements() > b.elements(); };
  std::stable_sort(parameters.begin(), parameters.end(), larger);

  std::printf("nodes      %zu of %zu\nops       ", body.CountNodes(), all_nodes);
  for (const auto& [op, count] : ops) std::printf(" %s(%zu)", std::string(op).c_str(), count);
  std::printf("\n");
  for (const Tensor& input : inputs) input.Print("input");
  for (const std::string& output : outputs) std::printf("output     %s\n", output.c_str());
  unsigned long long elements = 0;
  for (const Tensor& parameter : parameters) elements += parameter.elements();
  std::printf("parameters %llu elements in %zu variables and constants\n", elements, parameters.size());
  for (std::size_t i = 0; i < parameters.size() && i < 3; ++i) parameters[i].Print("");

  gf::npu::AtcOptions atc;
  atc.outputs = outputs;
  GRAPHFREEZE_ASSIGN_OR_RETURN(const gf::npu::AtcHandOff hand_off, gf::npu::PrepareAtc(graph, atc));
  std::map<std::pair<std::string, std::string>, std::vector<const gf::npu::AtcFinding*>> findings;  // those alike in one line
  for (const gf::npu::AtcFinding& finding : hand_off.findings) findings[{finding.op, finding.text}].push_back(&finding);
  for (const auto& [op_and_text, alike] : findings) {
    const gf::npu::AtcFinding& first = *alike[0];
    std::string where = first.node.empty() ? "" : gf::Concat(first.op, " '", first.node, "'");
    if (alike.size() > 1) where += gf::Concat(" and ", alike.size() - 1, " more");
    std::printf("%-10s %s%s%s\n", first.blocks ? "atc stops" : "atc", where.c_str(), where.empty() ? "" : ": ",
                first.text.c_str());
  }
  return absl::OkStatus();
}

int main(int argc, char** argv) {
  if (argc < 2) return std::fputs("usage: inspect_graph GRAPH [OUTPUT]...\n", stderr), 2;
  const absl::Status status = Inspect(argv[1], {argv + 2, argv + argc});
  if (!status.ok()) return std::fprintf(stderr, "%s\n", status.ToString().c_str()), 1;
  return 0;
}
