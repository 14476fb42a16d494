// A team's own NPU ops: training wraps activations in MyDropout(x, keep) and MyScale(x) {training}. Two handlers say what
// becomes of them at inference; the ops of the Ascend adapter come with the library.
//
//   x ── MyDropout(keep) ── MyScale {training: true} ── y        =>        x ── MyScale {training: false} ── y
//
//   custom_npu_op model.ckpt.meta model.ckpt output frozen.pb
#include <array>
#include <cstdio>
#include <string>

#include <graphfreeze/graphfreeze.hpp>
#include <graphfreeze/npu/handlers.hpp>

namespace gf = graphfreeze;

struct MyDropoutHandler {
  static constexpr std::array kOps = {"MyDropout", "MyDropoutV2"};
  absl::Status Rewrite(gf::NodeRef node, gf::Rewriter& rewriter) const { return rewriter.ReplaceWithInput(node, 0); }
};

struct MyScaleHandler {
  static constexpr std::array kOps = {"MyScale"};
  absl::Status Rewrite(gf::NodeRef node, gf::Rewriter& rewriter) const {
    rewriter.SetAttr(node, "training", gf::attr::Bool(false), "inference");
    return absl::OkStatus();
  }
};

int main(int argc, char** argv) {
  if (argc != 5) return std::fputs("usage: custom_npu_op GRAPH CHECKPOINT OUTPUT FROZEN\n", stderr), 2;
  const absl::StatusOr<gf::FreezeReport> report = gf::Freezer()
                                                      .FromMetaGraph(argv[1])
                                                      .Checkpoint(argv[2])
                                                      .Outputs(argv[3])
                                                      .ToInference()
                                                      .Handlers(MyDropoutHandler{}, MyScaleHandler{}, gf::npu::Handlers{})
                                                      .FreezeTo(argv[4]);
  if (!report.ok()) return std::fprintf(stderr, "%s\n", report.status().ToString().c_str()), 1;
  for (const gf::ReportEntry& entry : report->entries) {
    std::printf("%s: %s\n", (entry.node.empty() ? entry.pass : entry.node).c_str(), entry.text.c_str());
  }
  return 0;
}
