// Audit: looks over a finished graph for what an inference graph should not have, and says what it finds. It changes
// nothing and never fails; run it last.
//
// Each finding is an entry of the report with a stable code:
//
//   audit_random_op            draws random numbers, or applies a random mask
//   audit_batch_norm_training  FusedBatchNorm in training mode: uses the statistics of the batch
//   audit_training_mode        another op whose `is_training` is true
//   audit_keep_prob            an op whose own dropout is on
//   audit_write                changes a variable
//   audit_variable             a variable that was not frozen
//   audit_table                a lookup table, whose content is not in the graph
//   audit_iterator, audit_dataset, audit_queue   the input pipeline of training
//   audit_collective           speaks to other devices or processes
//   audit_check                an assert, print or summary
//   audit_checkpoint           saves or restores
//   audit_python               calls back into the process that built the graph
//   audit_undeclared_input     a placeholder that is none of `inputs`
//   audit_missing_input        one of `inputs` that is not in the graph
//   audit_missing_output       one of `outputs` that is not in the graph
//   audit_dangling_input       an input of a node that names no node
//   audit_dangling_class       a colocation (`_class`) with a node that is gone: TensorFlow refuses to import it. In the
//                              body of a function it is no finding: there TensorFlow takes any name (gradients of loops
//                              name nodes of the main graph), and the body stays as it was
//   audit_duplicate_name       two nodes of one name
// and as notes, since only some who load the graph mind:
//   audit_switch_merge         control flow of TF1
//   audit_placeholder_default  a placeholder with a default that is none of `inputs`: it keeps its default
//   audit_string_input         a placeholder for strings
//   audit_int64_output         an output of 64-bit integers
//   audit_unknown_op           an op that TensorFlow itself does not have
//   audit_batch_norm_training  of one that BatchNormInference has looked at: its statistics have no moving averages, as
//                              with layer and instance norms
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/passes/prune.hpp>
#include <graphfreeze/rewrite/op_roles.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/glob.hpp>
#include <graphfreeze/support/hash.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

struct Audit {
  static constexpr std::string_view kName = "audit";

  // The placeholders that the graph shall have, by node or tensor name. Empty: any.
  std::vector<std::string> inputs;
  // The outputs, by node or tensor name.
  std::vector<std::string> outputs;
  // Nodes that are not looked at ("*" and "?" as in a shell).
  std::vector<std::string> exclude;

  absl::Status Run(Graph& graph, PassContext& context) const;
};

namespace detail {

// What is said of an op because of its role. Empty: nothing.
struct RoleFinding {
  std::string_view code, text;
};
inline RoleFinding FindingOf(OpRole role) {
  switch (role) {
    case OpRole::kRandom:
      return {"audit_random_op", "is random: the result differs from run to run. If it is dropout that was not recognised, or noise "
                                 "that only training needs, remove it with a handler or a pass of your own"};
    case OpRole::kVariable:
      return {"audit_variable", "was not frozen: whoever loads the graph has to restore it"};
    case OpRole::kWrite:
      return {"audit_write", "changes a variable at inference"};
    case OpRole::kTable:
      return {"audit_table", "holds a table that has to be initialised before the graph runs"};
    case OpRole::kIterator:
      return {"audit_iterator", "takes its input from a data set; swap it for a placeholder"};
    case OpRole::kDataset:
      return {"audit_dataset", "is part of an input pipeline; swap the iterator for a placeholder"};
    case OpRole::kQueue:
      return {"audit_queue", "takes its input from a queue or reader; swap it for a placeholder"};
    case OpRole::kCollective:
      return {"audit_collective", "needs other devices or processes"};
    case OpRole::kCheck:
      return {"audit_check", "checks, prints or records; StripTraining removes what can be removed"};
    case OpRole::kCheckpoint:
      return {"audit_checkpoint", "saves or restores a checkpoint"};
    case OpRole::kPython:
      return {"audit_python", "calls back into the program that built the graph, and runs nowhere else"};
    default:
      return {};
  }
}

class Auditor {
 public:
  Auditor(const Graph& graph, PassContext& context, const Audit& options)
      : graph_(graph), context_(context), options_(options), excluded_(options.exclude) {}

  void Run() {
    for (const std::string& input : options_.inputs) declared_.insert(NodeOf(input));
    LookAt(graph_.main(), "");
    for (FunctionId id = 0; id < graph_.function_count(); ++id) {
      const Function& function = graph_.function(id);
      if (!function.alive) continue;
      original_ = function.from_file ? std::string_view() : function.original_name();
      LookAt(function.body, function.name());
    }
    LookAtBorder();
  }

 private:
  // What is known of an op.
  struct OpInfo {
    OpRole role = OpRole::kOrdinary;
    bool known = true;         // by TensorFlow, a definition of the caller's, or as a function
    bool is_training = false;  // it may have that attribute
    bool keep_prob = false;    // or one of these: keep_prob, dropout
    bool placeholder = false;
  };

  static std::string_view NodeOf(std::string_view tensor) { return tensor.substr(0, tensor.rfind(':')); }

  const OpInfo& Info(std::string_view op) {
    const auto [it, is_new] = ops_.try_emplace(op);
    OpInfo& info = it->second;
    if (!is_new) return info;
    info.placeholder = op == "Placeholder" || op == "PlaceholderV2" || op == "PlaceholderWithDefault";
    if (graph_.FindFunction(op) != kNoFunction) return info;
    info.role = RoleOf(op);
    if (op.substr(0, 11) == "TensorArray" || op.substr(0, 8) == "CudnnRNN") info.role = OpRole::kOrdinary;
    const OpDef* definition = graph_.ops().Find(op);
    info.known = definition != nullptr;
    info.is_training = !info.known || definition->Default("is_training").has_value();
    info.keep_prob = !info.known || definition->Default("keep_prob").has_value() || definition->Default("dropout").has_value();
    return info;
  }

  void LookAt(const Body& body, std::string_view body_name) {
    body_name_ = body_name;
    NodeId first_branch = kNoNode;
    std::size_t branches = 0;
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!body.alive(id)) continue;
      for (const Edge& edge : body.inputs(id)) {
        if (edge.node != kNoNode && body.alive(edge.node)) continue;
        Warn(body, id, "audit_dangling_input",
             Concat("takes '", edge.node == kNoNode ? "something" : std::string(body.name(edge.node)), "', which is not in the graph"));
        break;
      }
      if (body.kind(id) != NodeKind::kNode) continue;
      const std::string_view op = body.op(id);
      const OpInfo& info = Info(op);
      if (info.role == OpRole::kControlFlow) {
        if (branches++ == 0) first_branch = id;
      } else if (info.role != OpRole::kOrdinary) {
        if (const RoleFinding finding = FindingOf(info.role); !finding.code.empty()) {
          Warn(body, id, finding.code, Concat(op, ": ", finding.text));
        }
      }
      const NodeRef node = body.node(id);
      if (info.is_training) LookAtTraining(body, node, op);
      if (info.keep_prob) LookAtKeepProb(body, node, op);
      if (!info.known && unknown_.insert(op).second) {
        Note(body, id, "audit_unknown_op", Concat(op, ": an op that TensorFlow itself does not have; whoever loads the graph needs it"));
      }
      if (info.placeholder && body_name.empty()) LookAtPlaceholder(body, node, op);
      if (body_name.empty()) LookAtClass(body, node);
      // Of the names in the file the scan has seen to it.
      if (!body.InFile(id) && body.Find(body.name(id)) != id) {
        Warn(body, id, "audit_duplicate_name", "has the name of another node");
      }
    }
    if (branches > 0) {
      Note(body, first_branch, "audit_switch_merge",
           Concat(branches, " nodes of TF1's control flow, this one the first: TensorFlow runs them, some converters (ATC) do not"));
    }
  }

  void LookAtTraining(const Body& body, NodeRef node, std::string_view op) {
    if (!AttrOrDefault(graph_, node, "is_training").b()) return;
    if (op.find("FusedBatchNorm") != std::string_view::npos && op.find("Grad") == std::string_view::npos) {
      if (IsLeftOnPurpose(node.name())) {
        Note(body, node.id(), "audit_batch_norm_training",
             Concat(op, ": normalises with the statistics of the batch, of which there are no moving averages, as with layer and "
                        "instance norms"));
        return;
      }
      Warn(body, node.id(), "audit_batch_norm_training",
           Concat(op, ": normalises with the statistics of the batch. That is right for layer and instance norms, and wrong for "
                      "batch norm at inference"));
    } else {
      Warn(body, node.id(), "audit_training_mode", Concat(op, ": its attribute 'is_training' is true"));
    }
  }

  // True if BatchNormInference said of this norm that it has no moving averages. Functions may have been copied since;
  // a copy's name begins with that of the original.
  bool IsLeftOnPurpose(std::string_view name) {
    if (!left_) {
      left_.emplace();
      for (const ReportEntry& entry : context_.report) {
        // By its name: an audit needs no batch norm pass.
        if (entry.code == "batch_statistics" && entry.pass == "batch_norm_inference") (*left_)[entry.node].push_back(entry.body);
      }
    }
    const auto it = left_->find(name);
    if (it == left_->end()) return false;
    return std::any_of(it->second.begin(), it->second.end(), [&](const std::string& body) {
      return body_name_ == body || (!original_.empty() && body.substr(0, original_.size()) == original_ &&
                                    body_name_.substr(0, body.size() + 1) == body + "_");
    });
  }

  void LookAtKeepProb(const Body& body, NodeRef node, std::string_view op) {
    const AttrView keep = AttrOrDefault(graph_, node, "keep_prob"), dropout = AttrOrDefault(graph_, node, "dropout");
    const bool drops = (keep.kind() == AttrView::Kind::kFloat && keep.f() < 1) ||
                       (op.substr(0, 8) == "CudnnRNN" && dropout.f() > 0 && AttrOrDefault(graph_, node, "is_training").b());
    if (drops) Warn(body, node.id(), "audit_keep_prob", Concat(op, ": its own dropout is on"));
  }

  void LookAtPlaceholder(const Body& body, NodeRef node, std::string_view op) {
    const std::string_view name = node.name();
    const bool declared = options_.inputs.empty() || declared_.contains(name);
    if (node.attr("dtype").type() == DataType::kString) {
      Note(body, node.id(), "audit_string_input", "is an input of strings, which many devices and converters do not take");
    }
    if (declared) return;
    if (op == "PlaceholderWithDefault") {
      Note(body, node.id(), "audit_placeholder_default", "is no declared input: it keeps its default unless it is fed");
    } else {
      Warn(body, node.id(), "audit_undeclared_input",
           "is no declared input, but has to be fed; bind it to a value, or declare it");
    }
  }

  void LookAtClass(const Body& body, NodeRef node) {
    const AttrView classes = node.attr("_class");
    if (!classes.exists()) return;
    for (const std::string_view entry : classes.strings()) {
      if (entry.substr(0, 5) != "loc:@" || body.Find(entry.substr(5)) != kNoNode) continue;
      Warn(body, node.id(), "audit_dangling_class",
           Concat("shall stand beside '", entry.substr(5), "', which is not in the graph: TensorFlow will not import it; prune, or "
                  "remove the attribute _class"));
      return;
    }
  }

  void LookAtBorder() {
    body_name_ = {};
    const Body& body = graph_.main();
    for (const std::string& input : options_.inputs) {
      if (body.Find(NodeOf(input)) != kNoNode) continue;
      context_.Add(Audit::kName, "", NodeOf(input), Action::kWarning, "audit_missing_input",
                   Concat("'", input, "' is declared as an input, but is not in the graph: nothing depends on it"));
    }
    for (const std::string& output : context_.OutputsOr(options_.outputs)) {
      const std::string_view name = NodeOf(output);
      const NodeId id = body.Find(name);
      if (id == kNoNode) {
        context_.Add(Audit::kName, "", name, Action::kWarning, "audit_missing_output",
                     Concat("'", output, "' is declared as an output, but is not in the graph"));
        continue;
      }
      const auto types = OutputTypes(graph_, body.node(id));
      const absl::StatusOr<OutputName> parsed = OutputName::Parse(output);
      const std::size_t index = parsed.ok() ? static_cast<std::size_t>(parsed->index) : 0;
      if (types && index < types->size() && (*types)[index] == DataType::kInt64) {
        Note(body, id, "audit_int64_output", "is an output of 64-bit integers, which some devices do not give; cast it to int32");
      }
    }
  }

  void Add(const Body& body, NodeId id, Action action, std::string_view code, std::string text) {
    if (excluded_.Matches(body.name(id))) return;
    context_.Add(Audit::kName, body_name_, body.name(id), action, code, std::move(text));
  }
  void Warn(const Body& body, NodeId id, std::string_view code, std::string text) {
    Add(body, id, Action::kWarning, code, std::move(text));
  }
  void Note(const Body& body, NodeId id, std::string_view code, std::string text) {
    Add(body, id, Action::kNote, code, std::move(text));
  }

  const Graph& graph_;
  PassContext& context_;
  const Audit& options_;
  Globs excluded_;
  NameSet declared_, unknown_;
  NameMap<OpInfo> ops_;
  std::optional<std::map<std::string, std::vector<std::string>, std::less<>>> left_;  // norms, with the bodies that they are in
  std::string_view body_name_, original_;  // of the function that is looked at; what it is a copy of
};

}  // namespace detail

inline absl::Status Audit::Run(Graph& graph, PassContext& context) const {
  detail::Auditor(graph, context, *this).Run();
  return absl::OkStatus();
}

GRAPHFREEZE_NAMESPACE_END
