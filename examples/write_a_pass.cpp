// A pass of one's own: networks for small devices clip their activations by hand, and devices have an op for that.
//
//   x ── Relu ── Minimum(6) ── y        =>        x ── Relu6 ── y
//
// A pass is a plain struct. It runs alone, on any graph; or as a step on the way from a training graph to the frozen one.
//
//   write_a_pass model.ckpt.meta model.ckpt output frozen.pb
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <graphfreeze/graphfreeze.hpp>

namespace gf = graphfreeze;

struct FuseRelu6 {
  static constexpr std::string_view kName = "fuse_relu6";

  absl::Status Run(gf::Graph& graph, gf::PassContext& context) const {
    const auto waits_for_nobody = [](const gf::Matcher& at, const gf::Edge& edge) {
      return at.body().inputs(edge.node).size() == 1;  // it has no control inputs, which would be lost with it
    };
    const gf::Pattern relu = gf::Op("Relu").In(gf::Bind("x")).Where("without control inputs", waits_for_nobody);
    const gf::Pattern clip = gf::Op("Minimum").AnyOrder(relu, gf::Bind("limit"));
    return gf::ForEachBody(graph, [&](gf::Body& body, std::string_view name) -> absl::Status {
      gf::Rewriter rewriter(graph, body, name, context, kName);
      gf::Matcher matcher(graph, body);
      gf::Scalars scalars(graph, body);
      for (gf::NodeId id = 0; id < body.size(); ++id) {
        if (!body.alive(id) || body.op(id) != "Minimum" || !matcher.Match(clip, {id, 0, 0})) continue;
        const gf::NodeRef node = body.node(id);
        if (!scalars.Is(matcher["limit"], 6)) {
          rewriter.Skip(node, "other_limit", "it clips a Relu, but not at 6");
          continue;
        }
        const std::string type = gf::attr::Type(node.attr("T").type());
        GRAPHFREEZE_RETURN_IF_ERROR(
            rewriter.ReplaceWithOp(node, "Relu6", {matcher["x"]}, {{"T", type}}, "it clips a Relu at 6"));
      }
      return context.CheckCancelled();
    });
  }
};

void Print(const std::vector<gf::ReportEntry>& entries, std::string_view pass) {
  for (const gf::ReportEntry& entry : entries) {
    if (entry.pass == pass) std::printf("  %-10s %-10s %s\n", entry.code.c_str(), entry.node.c_str(), entry.text.c_str());
  }
}

absl::Status Main(const char* graph_path, const char* checkpoint, const char* output, const char* frozen) {
  GRAPHFREEZE_ASSIGN_OR_RETURN(gf::Graph graph, gf::LoadGraph(graph_path));
  gf::PassContext context;
  GRAPHFREEZE_RETURN_IF_ERROR(gf::Run(graph, context, gf::Prune{{output}}, FuseRelu6{}));
  std::printf("alone: %zu nodes\n", graph.main().CountNodes());
  Print(context.report, FuseRelu6::kName);

  // Dropout stands behind the activations: which of the two is seen first makes no difference here.
  gf::Freezer freezer;
  freezer.FromMetaGraph(graph_path).Checkpoint(checkpoint).Outputs(output).ToInference();
  freezer.BeforeStep("neutralize_dropout", FuseRelu6{});
  GRAPHFREEZE_ASSIGN_OR_RETURN(const gf::FreezeReport report, freezer.FreezeTo(frozen));
  std::printf("as a step: %zu nodes\n", report.nodes_after);
  Print(report.entries, FuseRelu6::kName);
  return absl::OkStatus();
}

int main(int argc, char** argv) {
  if (argc != 5) return std::fputs("usage: write_a_pass GRAPH CHECKPOINT OUTPUT FROZEN\n", stderr), 2;
  const absl::Status status = Main(argv[1], argv[2], argv[3], argv[4]);
  if (!status.ok()) return std::fprintf(stderr, "%s\n", status.ToString().c_str()), 1;
  return 0;
}
