// ClearDevices: blanks the device of every node, in functions too. A graph that was trained on
// "/job:worker/task:0/device:NPU:3" then runs wherever it is loaded.
#pragma once

#include <cstddef>
#include <string_view>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

struct ClearDevices {
  static constexpr std::string_view kName = "clear_devices";

  absl::Status Run(Graph& graph, PassContext& context) const {
    std::size_t cleared = Clear(graph.main());
    for (FunctionId id = 0; id < graph.function_count(); ++id) {
      if (graph.function(id).alive) cleared += Clear(graph.function(id).body);
    }
    if (cleared > 0) {
      context.Add(kName, "", "", Action::kChanged, "device_cleared", Concat("device of ", cleared, " nodes blanked"));
    }
    return absl::OkStatus();
  }

 private:
  static std::size_t Clear(Body& body) {
    std::size_t cleared = 0;
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode || body.node(id).device().empty()) continue;
      body.ClearDevice(id);
      ++cleared;
    }
    return cleared;
  }
};

GRAPHFREEZE_NAMESPACE_END
