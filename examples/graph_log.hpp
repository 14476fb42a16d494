// What freezing does to each node of a graph, and which entry of the report says why.
//
//   Before ── Prune, inlining ── look ── step ── look ── step ── … ── freezing ── look
//
// The looks are one pass, WatchGraph, that runs between all others: who was there before a step and is not after it, or is
// another node, was changed by that step. Only structure is kept, no weights.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/graphfreeze.hpp>

inline constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// Text for a line on a terminal: whatever is not a visible character of ASCII stands as \xNN.
inline std::string Printable(std::string_view text, std::size_t at_most = 200) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const char c : text.substr(0, at_most)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return text.size() > at_most ? out + "..." : out;
}

// An attribute as people read it, cut where it gets long.
inline std::string AttrText(const graphfreeze::AttrView& attr) {
  namespace gf = graphfreeze;
  using Kind = gf::AttrView::Kind;
  const auto list = [](const auto& items, auto&& text) {
    std::string out = "[";
    for (const auto& item : items) {
      if (out.size() > 200) return out + ", ...]";
      out += (out.size() > 1 ? ", " : "") + text(item);
    }
    return out + "]";
  };
  const auto shape_text = [](std::string_view message) {
    const absl::StatusOr<gf::Shape> shape = gf::Shape::Parse(message);
    return shape.ok() ? shape->ToString() : std::string("(malformed shape)");
  };
  switch (attr.kind()) {
    case Kind::kString: return gf::JsonString(attr.s().substr(0, 200));
    case Kind::kInt: return gf::Concat(attr.i());
    case Kind::kFloat: {
      char digits[32];
      std::snprintf(digits, sizeof digits, "%g", static_cast<double>(attr.f()));
      return digits;
    }
    case Kind::kBool: return attr.b() ? "true" : "false";
    case Kind::kType: return gf::Name(attr.type());
    case Kind::kShape: {
      const absl::StatusOr<gf::Shape> shape = attr.shape();
      return shape.ok() ? shape->ToString() : "(malformed shape)";
    }
    case Kind::kTensor: {
      const auto tensor = gf::ParseTensorHeader(attr.tensor());
      return tensor.ok() ? gf::Concat(gf::Name(tensor->dtype), " ", tensor->shape.ToString()) : "(malformed tensor)";
    }
    case Kind::kFunc: return std::string(attr.func_name().substr(0, 200));
    case Kind::kPlaceholder: return gf::Concat("$", attr.placeholder().substr(0, 200));
    case Kind::kList:
      if (!attr.types().empty()) return list(attr.types(), [](gf::DataType type) { return gf::Name(type); });
      if (!attr.ints().empty()) return list(attr.ints(), [](std::int64_t i) { return gf::Concat(i); });
      if (!attr.shapes().empty()) return list(attr.shapes(), shape_text);
      return list(attr.strings(), [](std::string_view s) { return gf::JsonString(s.substr(0, 200)); });
    default: return attr.exists() && attr.message().empty() ? "(a weight)" : "";
  }
}

struct NodeState {
  std::string op;
  std::vector<graphfreeze::Edge> inputs;  // to nodes of the same body
  std::map<std::string, std::string> attrs;  // the device is one of them
};

struct NodeLog {
  enum Fate : char { kSame = 's', kTidied = 't', kChanged = 'c', kRemoved = 'r', kAdded = 'a' };

  std::string name;
  bool known = false;                      // seen at least once
  std::optional<NodeState> before, after;  // nothing: the node was not there, or is not any more
  std::size_t print = 0;                   // of what it was when last seen; 0 when not there
  std::size_t step = 0;                    // that changed, removed or added it; 0: none did
  std::size_t reason = kNone;              // the entry that tells why

  const NodeState& state() const { return after ? *after : *before; }
  // Arguments and results of functions are no nodes of the file.
  bool counts() const { return state().op[0] != '('; }
  Fate fate() const {
    if (!after) return kRemoved;
    if (!before) return kAdded;
    if (step != 0) return kChanged;
    return before->attrs == after->attrs ? kSame : kTidied;  // device, colocations, inferred shapes
  }
};

struct BodyLog {
  std::string name;            // of the function; empty for the main graph
  std::vector<std::string> earlier;  // names that the function had before it was copied
  std::vector<NodeLog> nodes;  // by NodeId; without a state when there never was one
};

struct GraphLog {
  struct Step {
    std::string pass;
    std::size_t entries_end = 0;  // in the report, when the step was over
  };
  std::vector<BodyLog> bodies;
  std::vector<Step> steps;
  std::vector<graphfreeze::ReportEntry> entries;  // the report's; then those that say what it leaves unsaid
  std::map<std::string, std::size_t> heirs;       // of a function of the file: the body that has its nodes now
  std::size_t settled = 0;  // nodes that are there after this step count as having been there: inlining only moves them

  template <typename Visit>
  void ForEach(Visit&& visit) {
    for (BodyLog& body : bodies) {
      for (NodeLog& node : body.nodes) {
        if (node.before || node.after) visit(body, node);
      }
    }
  }

  // Finds the entry for each node that is not what it was.
  void FindReasons(const graphfreeze::FreezeReport& report);

 private:
  static void JoinByName(BodyLog* body);
  bool IsOfStep(std::size_t entry, std::size_t step) const {
    const bool begun = step == 0 || entry >= steps[step - 1].entries_end;
    return begun && (entry < steps[step].entries_end || step + 1 == steps.size());
  }
  std::size_t FallBack(const BodyLog& body, const NodeLog& node);

  std::map<std::pair<std::size_t, bool>, std::size_t> unsaid;  // entries that FallBack made: step, whether nodes went
};

// The pass that looks. The last look, after everything, keeps what became of the nodes.
struct WatchGraph {
  static constexpr std::string_view kName = "watch_graph";

  GraphLog* log;
  bool last = false;

  absl::Status Run(graphfreeze::Graph& graph, graphfreeze::PassContext& context) const {
    namespace gf = graphfreeze;
    const std::size_t step = log->steps.size(), begin = step == 0 ? 0 : log->steps.back().entries_end;
    log->steps.push_back({"", context.report.size()});
    log->bodies.resize(graph.function_count() + std::size_t{1});
    const absl::Span<const gf::ReportEntry> entries = absl::MakeConstSpan(context.report).subspan(begin);
    FollowFunctions(graph, entries);
    Look(graph.main(), step, &log->bodies[0]);
    for (gf::FunctionId id = 0; id < graph.function_count(); ++id) {
      const gf::Function& function = graph.function(id);
      BodyLog& body = log->bodies[id + std::size_t{1}];
      body.name = std::string(function.name());
      if (function.alive) {
        Look(function.body, step, &body);
      } else {
        for (NodeLog& node : body.nodes) Gone(step, &node);
      }
    }
    return absl::OkStatus();
  }

 private:
  // Nodes of a function that was inlined are in the main graph now; those of one that gave way to a copy are in the copy.
  void FollowFunctions(const graphfreeze::Graph& graph, absl::Span<const graphfreeze::ReportEntry> entries) const {
    const auto inlined = std::find_if(entries.begin(), entries.end(), [](const auto& entry) { return entry.code == "inlined"; });
    graphfreeze::NameSet unneeded;
    for (auto entry = entries.begin(); entry != inlined; ++entry) unneeded.insert(entry->body);
    for (graphfreeze::FunctionId id = 0; id < graph.function_count(); ++id) {
      const graphfreeze::Function& function = graph.function(id);
      std::size_t& heir = log->heirs.try_emplace(std::string(function.original_name()), id).first->second;
      if (inlined != entries.end() && !function.alive && unneeded.find(function.name()) == unneeded.end()) {
        log->bodies[id + std::size_t{1}].nodes.clear();
      }
      if (heir == id || graph.function(static_cast<graphfreeze::FunctionId>(heir)).alive) continue;
      BodyLog& from = log->bodies[heir + 1];
      BodyLog& to = log->bodies[id + std::size_t{1}];
      to.nodes = std::exchange(from.nodes, {});
      to.earlier = std::exchange(from.earlier, {});
      to.earlier.push_back(from.name);
      heir = id;
    }
  }

  static void Gone(std::size_t step, NodeLog* node) {
    if (node->print != 0) node->step = step;
    node->print = 0;
  }

  void Look(const graphfreeze::Body& body, std::size_t step, BodyLog* seen) const {
    seen->nodes.resize(body.size());
    for (graphfreeze::NodeId id = 0; id < body.size(); ++id) {
      NodeLog& node = seen->nodes[id];
      if (!body.alive(id)) {
        Gone(step, &node);
        continue;
      }
      const std::size_t print = Print(body.node(id));
      if (!node.known) {
        node.known = true;
        node.name = std::string(body.name(id));
        if (step <= log->settled) {
          node.before = State(body.node(id));
        } else {
          node.step = step;
        }
      } else if (print != node.print && node.step == 0) {
        node.step = step;
      }
      node.print = print;
      if (last) node.after = State(body.node(id));
    }
  }

  // Tells a node from what it was, but for what says nothing about what it computes. Never 0.
  static std::size_t Print(graphfreeze::NodeRef node) {
    std::size_t print = 1;
    const auto add = [&](std::size_t value) { print = print * 0x9e3779b97f4a7c15u + value; };
    const auto text = [&](std::string_view value) { add(std::hash<std::string_view>()(value)); };
    text(node.op());
    for (const graphfreeze::Edge& edge : node.inputs()) {
      add(edge.node);
      add(static_cast<std::size_t>(edge.index));
    }
    std::size_t attrs = 0;  // in any order
    for (std::string_view name : node.attr_names()) {
      if (name == "_class" || name == graphfreeze::kOutputShapes) continue;
      attrs += std::hash<std::string_view>()(name) * 31 + std::hash<std::string_view>()(node.attr(name).message());
    }
    add(attrs);
    return print | 1;
  }

  static NodeState State(graphfreeze::NodeRef node) {
    using graphfreeze::NodeKind;
    const NodeKind kind = node.kind();
    NodeState state;
    state.op = kind == NodeKind::kArgument ? "(argument)" : kind != NodeKind::kNode ? "(result)" : std::string(node.op());
    if (state.op.empty()) state.op = "?";
    if (kind == NodeKind::kNode && state.op[0] == '(') state.op.insert(0, " ");  // whatever an op is called, it counts
    state.inputs.assign(node.inputs().begin(), node.inputs().end());
    for (std::string_view name : node.attr_names()) state.attrs[std::string(name.substr(0, 200))] = AttrText(node.attr(name));
    if (std::string device = node.device(); !device.empty()) state.attrs["(device)"] = device.substr(0, 200);
    return state;
  }
};

// A node that was pruned and comes back under its name, as a moving average does, is one node.
inline void GraphLog::JoinByName(BodyLog* body) {
  using graphfreeze::NodeId;
  std::map<std::string_view, NodeId> gone;
  for (NodeId id = 0; id < body->nodes.size(); ++id) {
    const NodeLog& node = body->nodes[id];
    if (node.before && !node.after && node.counts()) gone[node.name] = id;
  }
  std::map<NodeId, NodeId> heirs;
  for (NodeId id = 0; id < body->nodes.size(); ++id) {
    NodeLog& node = body->nodes[id];
    const auto it = node.after && !node.before ? gone.find(node.name) : gone.end();
    if (it == gone.end()) continue;
    const NodeId old = it->second;
    gone.erase(it);  // its key is the name of what goes now
    heirs[old] = id;
    node.before = std::exchange(body->nodes[old], NodeLog()).before;
  }
  if (heirs.empty()) return;
  for (NodeLog& node : body->nodes) {
    if (!node.before) continue;
    for (graphfreeze::Edge& edge : node.before->inputs) {
      if (const auto it = heirs.find(edge.node); it != heirs.end()) edge.node = it->second;
    }
  }
  for (const auto& [old, id] : heirs) {
    NodeLog& node = body->nodes[id];
    const auto computes = [](const NodeState& state) {
      std::map<std::string, std::string> attrs = state.attrs;
      for (const char* tidied : {"_class", "_output_shapes", "(device)"}) attrs.erase(tidied);
      return attrs;
    };
    const bool same = node.before->op == node.after->op && node.before->inputs == node.after->inputs;
    if (same && computes(*node.before) == computes(*node.after)) node.step = 0;
  }
}

inline void GraphLog::FindReasons(const graphfreeze::FreezeReport& report) {
  namespace gf = graphfreeze;
  entries = report.entries;
  for (const gf::FrozenVariable& variable : report.variables) {
    entries.push_back({"freeze_variables", variable.function, variable.name, gf::Action::kChanged, "frozen",
                       gf::Concat(gf::Name(variable.dtype), " ", variable.shape.ToString(), ", ", variable.bytes, " bytes, ",
                                  variable.key.empty() ? "computed" : "from the checkpoint's ", variable.key)});
  }
  // Entries name functions as they were called then.
  gf::NameMap<std::string_view> now;
  for (const BodyLog& body : bodies) {
    for (const std::string& name : body.earlier) now[name] = body.name;
  }
  for (gf::ReportEntry& entry : entries) {
    if (const auto it = now.find(entry.body); it != now.end() && !entry.node.empty()) entry.body = std::string(it->second);
  }
  for (BodyLog& body : bodies) JoinByName(&body);
  // What an entry says of the node itself comes first.
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> own;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const gf::ReportEntry& entry = entries[i];
    if (entry.action == gf::Action::kChanged || entry.action == gf::Action::kRemoved) own.try_emplace({entry.body, entry.node}, i);
  }
  for (BodyLog& body : bodies) {
    // From what has an entry of its own to what was changed next to it in the same step.
    std::vector<std::vector<gf::NodeId>> neighbours(body.nodes.size());
    std::vector<gf::NodeId> sources;
    for (gf::NodeId id = 0; id < body.nodes.size(); ++id) {
      NodeLog& node = body.nodes[id];
      if (const auto it = own.find({body.name, node.name}); it != own.end() && !node.name.empty()) {
        node.reason = it->second;
        sources.push_back(id);
      }
      for (const auto* state : {&node.before, &node.after}) {
        for (const gf::Edge& edge : *state ? (*state)->inputs : std::vector<gf::Edge>()) {
          if (edge.node >= body.nodes.size()) continue;
          neighbours[id].push_back(edge.node);
          neighbours[edge.node].push_back(id);
        }
      }
    }
    std::vector<std::size_t> seen(body.nodes.size(), 0);  // in which step
    for (std::size_t step = settled + 1; step < steps.size(); ++step) {
      std::vector<std::pair<gf::NodeId, std::size_t>> reached;  // with the entry that explains it
      const auto reach = [&](gf::NodeId id, std::size_t reason) {
        if (std::exchange(seen[id], step) != step) reached.emplace_back(id, reason);
      };
      for (const gf::NodeId id : sources) {
        if (IsOfStep(body.nodes[id].reason, step)) reach(id, body.nodes[id].reason);
      }
      for (std::size_t i = 0; i < reached.size(); ++i) {
        const auto [from, reason] = reached[i];
        for (const gf::NodeId id : neighbours[from]) {
          NodeLog& node = body.nodes[id];
          if (node.step <= settled || node.step > step) continue;  // an earlier change may lie between
          if (node.step == step && node.reason == kNone) node.reason = reason;
          reach(id, reason);
        }
      }
    }
  }
  ForEach([&](BodyLog& body, NodeLog& node) {
    if (node.reason == kNone && node.step != 0) node.reason = FallBack(body, node);
  });
}

// An entry of the step about the function, or about the graph; or a new one that names the pass at least.
inline std::size_t GraphLog::FallBack(const BodyLog& body, const NodeLog& node) {
  using graphfreeze::Action;
  const bool removed = !node.after;
  const Action action = removed ? Action::kRemoved : Action::kChanged, other = removed ? Action::kChanged : Action::kRemoved;
  for (const auto& [about, wanted] : {std::make_pair(body.name, action), {body.name, other}, {std::string(), action}}) {
    if (body.name.empty() && wanted == other) continue;
    for (std::size_t i = steps[node.step - 1].entries_end; i < steps[node.step].entries_end; ++i) {
      const graphfreeze::ReportEntry& entry = entries[i];
      // Each step is followed by a pruning, which only says how many nodes went.
      if (settled == 1 && node.step > settled && entry.code == "unreachable") continue;
      if (entry.body == about && entry.node.empty() && entry.action == wanted) return i;
    }
  }
  const auto [it, is_new] = unsaid.try_emplace({node.step, removed}, entries.size());
  if (is_new) {
    entries.push_back({steps[node.step].pass, "", "", action, "follows",
                       removed ? "nodes that only served what changed" : "nodes next to what changed"});
  }
  return it->second;
}
