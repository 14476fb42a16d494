// Collectives: ops that talk to other devices. At inference there are none: one device is the world, and the sum, the
// maximum, the gathered whole of all devices is the device's own tensor.
//
//   x ── HcomBroadcast ── y      =>      x ── y
//
// A broadcast hands on its inputs always. A reduction does too where the number of devices is known to be one: `rank_size`
// says so. Training averages by dividing the sum by the number of devices; where that number stands in the graph
// as a constant, handing on would give a part of the value, and it is refused.
//
// Horovod's ops are here beside those of Ascend's HCCL: scripts that were moved from GPUs to NPUs carry both, and one rule
// serves them.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/npu/ops.hpp>
#include <graphfreeze/rewrite/rewriter.hpp>
#include <graphfreeze/rewrite/scalar.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/tensor.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace npu {

inline constexpr OpInfo kHorovodOps[] = {
    {"HorovodAllgather", OpClass::kPass, "tensor:T > output:T !"},
    {"HorovodAllreduce", OpClass::kPass, "tensor:T > sum:T !"},
    {"HorovodAlltoall", OpClass::kPass, "tensor:T splits:int32 > output:T received_splits:int32 !"},
    {"HorovodBroadcast", OpClass::kPass, "tensor:T > output:T !"},
    {"HorovodGroupedAllgather", OpClass::kPass, "num_tensors*tensors:T > num_tensors*output:T !"},
    {"HorovodGroupedAllreduce", OpClass::kPass, "num_tensors*tensors:T > num_tensors*sum:T !"},
    {"HorovodLocalRank", OpClass::kPass, "> local_rank:int32"},
    {"HorovodLocalSize", OpClass::kPass, "> local_size:int32"},
    {"HorovodRank", OpClass::kPass, "> rank:int32"},
    {"HorovodSize", OpClass::kPass, "> size:int32"},
};

namespace detail {

inline bool CountsForCollectives(NodeRef node) { return Classify(node.op()) != OpClass::kTrainingOnly; }

// The number by which somebody divides what the node gives, if it is a constant other than one.
inline std::optional<double> DividedBy(NodeRef node, Rewriter& rewriter) {
  std::optional<double> divisor;
  Scalars scalars(rewriter.graph(), rewriter.body());
  rewriter.ForEachUse(node, [&](NodeRef taker, const Edge& edge) {
    if (divisor || edge.is_control() || taker.inputs().size() < 2) return;
    const std::string_view op = taker.op();
    const bool first = taker.inputs()[0] == edge;
    if (first && (op == "RealDiv" || op == "Div" || op == "DivNoNan")) {
      divisor = scalars.Value(taker.inputs()[1]);
    } else if (op == "Mul") {
      const auto factor = scalars.Value(taker.inputs()[first ? 1 : 0]);
      // One over a whole number.
      if (factor && *factor > 0 && *factor < 1 && std::fabs(1 / *factor - std::round(1 / *factor)) < 1e-3) divisor = 1 / *factor;
    }
    if (divisor && *divisor == 1) divisor.reset();
  });
  return divisor;
}

inline absl::Status HandOnAll(NodeRef node, Rewriter& rewriter, std::string_view why) {
  const std::size_t count = node.data_input_count();
  if (count == 1) return rewriter.ReplaceWithInput(node, 0, why);
  return rewriter.ReplaceOutputs(node, std::vector<Edge>(node.inputs().begin(), node.inputs().begin() + static_cast<std::ptrdiff_t>(count)), why);
}

// A collective that gives its own tensors where there is one device.
inline absl::Status HandOnIfAlone(NodeRef node, Rewriter& rewriter, std::int64_t rank_size) {
  if (!rewriter.IsUsedFrom(node, 0, CountsForCollectives)) {
    rewriter.DropControlUses(node, "only training talks to other devices");
    return absl::OkStatus();
  }
  if (rank_size != 1) {
    return FailedPrecondition("it combines tensors of ", rank_size == 0 ? "an unknown number of" : "several",
                              " devices, and the outputs need it; if one device alone gives what is wanted, set rank_size to "
                              "1 (npu::Options), else exclude the node or give a handler for ",
                              node.op());
  }
  if (const auto divisor = DividedBy(node, rewriter)) {
    return FailedPrecondition("its sum is divided by the constant ", static_cast<std::int64_t>(*divisor),
                              ", the number of devices of training it seems: handing on one device's tensor would make it "
                              "too small; save the graph of a run on one device, or give a handler for ",
                              node.op());
  }
  return HandOnAll(node, rewriter, "one device is the world");
}

}  // namespace detail

// HCCL's collectives. Those that are no use alone (send, receive, all-to-all, reduce-scatter) are npu::External.
struct Collectives {
  static constexpr auto kOps = std::array{"HcomAllGather", "HcomAllReduce", "HcomBroadcast", "HcomReduce"};

  int rank_size = 0;  // devices at inference; 0: not known

  absl::Status AddOpDefs(OpRegistry& ops) const { return npu::AddOpDefs(ops); }

  absl::Status Rewrite(NodeRef node, Rewriter& rewriter) const {
    if (node.op() == "HcomBroadcast") return detail::HandOnAll(node, rewriter, "inference sends nothing to other devices");
    // Some say themselves how many they are.
    const AttrView own = node.attr("rank_size");
    return detail::HandOnIfAlone(node, rewriter, own.i() == 1 ? 1 : rank_size);
  }
};

// Horovod's.
struct HorovodOps {
  static constexpr auto kOps = std::array{
      "HorovodAllgather",        "HorovodAllreduce", "HorovodAlltoall",  "HorovodBroadcast", "HorovodGroupedAllgather",
      "HorovodGroupedAllreduce", "HorovodLocalRank", "HorovodLocalSize", "HorovodRank",      "HorovodSize"};

  int rank_size = 0;

  absl::Status AddOpDefs(OpRegistry& ops) const { return npu::AddOpDefs(ops, kHorovodOps); }

  absl::Status Rewrite(NodeRef node, Rewriter& rewriter) const {
    const std::string_view op = node.op();
    if (op == "HorovodBroadcast") return detail::HandOnAll(node, rewriter, "inference sends nothing to other devices");
    if (op != "HorovodSize" && op != "HorovodLocalSize" && op != "HorovodRank" && op != "HorovodLocalRank") {
      return detail::HandOnIfAlone(node, rewriter, rank_size);
    }
    if (!rewriter.IsUsedFrom(node, 0, detail::CountsForCollectives)) return absl::OkStatus();
    if (rank_size != 1) {
      return FailedPrecondition("it asks for the devices of training, and the outputs need the answer; set rank_size to 1 "
                                "(npu::Options) if there is one at inference");
    }
    static constexpr std::int32_t kZeroOne[] = {0, 1};
    const bool is_size = op == "HorovodSize" || op == "HorovodLocalSize";
    const std::string_view bytes(reinterpret_cast<const char*>(&kZeroOne[is_size ? 1 : 0]), sizeof(std::int32_t));
    return rewriter.ReplaceWithConst(node, TensorView::Scalar(DataType::kInt32, bytes), "one device is the world");
  }
};

}  // namespace npu
GRAPHFREEZE_NAMESPACE_END
