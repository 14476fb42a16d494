// AliasOutputs: gives a tensor a name of one's own: "logits=StatefulPartitionedCall:0" adds Identity "logits".
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/passes/prune.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

struct AliasOutputs {
  static constexpr std::string_view kName = "alias_outputs";

  std::vector<std::pair<std::string, std::string>> aliases;  // new node name, tensor

  absl::Status Run(Graph& graph, PassContext& context) const {
    Body& body = graph.main();
    for (const auto& [alias, tensor] : aliases) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const OutputName output, OutputName::Parse(tensor));
      GRAPHFREEZE_ASSIGN_OR_RETURN(const NodeId id, FindOutput(graph, tensor));
      if (const NodeId taken = body.Find(alias); taken != kNoNode) {
        const absl::Span<const Edge> inputs = body.inputs(taken);
        const bool done = body.op(taken) == "Identity" && !inputs.empty() && inputs[0] == Edge{id, 0, output.index};
        if (done) continue;  // a second run
        return InvalidArgument("output '", tensor, "' cannot be called '", alias, "': a node has that name");
      }
      const auto types = OutputTypes(graph, body.node(id));
      const auto index = static_cast<std::size_t>(output.index);
      if (!types || index >= types->size()) {
        return FailedPrecondition("output '", tensor, "' cannot be called '", alias, "': the type of what '",
                                  body.op(id), "' gives is not known; give the OpDef of that op");
      }
      const NodeId added = body.AddNode(alias, "Identity");
      body.SetInputs(added, {Edge{id, 0, output.index}});
      body.SetAttr(added, "T", attr::Type(RemoveRef((*types)[index])));
      context.Add(kName, "", alias, Action::kChanged, "alias_added", Concat("Identity of ", tensor));
    }
    return absl::OkStatus();
  }
};

GRAPHFREEZE_NAMESPACE_END
