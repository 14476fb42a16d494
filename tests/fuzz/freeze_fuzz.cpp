// Any bytes as the graph, binary or text, over a checkpoint that is fine: errors or a frozen graph, never a crash;
// and a frozen graph freezes again to the same bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include <graphfreeze/graphfreeze.hpp>

namespace {

std::map<std::string, graphfreeze::TensorView> Values() {
  static const std::string bytes(64, '\x3f');
  std::map<std::string, graphfreeze::TensorView> values;
  for (const char* name : {"w", "b", "s", "emb", "v"}) {
    values.emplace(name, graphfreeze::TensorView(graphfreeze::DataType::kFloat, graphfreeze::Shape({4, 4}), bytes, nullptr));
  }
  return values;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view graph(reinterpret_cast<const char*>(bytes), size);
  graphfreeze::Limits limits;
  limits.max_functions = 200;
  limits.max_constant_bytes = 1 << 16;
  graphfreeze::Freezer freezer;
  freezer.FromBytes(graph).Checkpoint(Values()).With(limits).Outputs({"y"});
  const auto frozen = freezer.Freeze();
  if (!frozen.ok()) return 0;
  const auto once = frozen->ToContiguous();
  if (!once.ok()) std::abort();
  graphfreeze::Freezer again;
  again.FromBytes(*once).Checkpoint(Values()).With(limits).Outputs({"y"});
  const auto refrozen = again.Freeze();
  if (refrozen.ok() && *refrozen->ToContiguous() != *once) std::abort();
  return 0;
}
