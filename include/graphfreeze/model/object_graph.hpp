// ObjectPairs: which key of a checkpoint belongs to which variable, told by Python's objects. A SavedModel of TF2 keeps
// the graph of the objects that it was made from, a checkpoint another, with the keys; both name their edges alike:
//
//   SavedModel   root ─ layers ─ 0 ─ kernel (node 7)        checkpoint   root ─ layers ─ 0 ─ kernel   key "layers/0/kernel/…"
//
// So they are laid side by side from the root on. What node 7 is in the graph, calls of exported functions tell: their
// last inputs are the objects that the function was bound to, in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/hash.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/wire/proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace detail {

// A SavedObjectGraph or a TrackableObjectGraph: what both have, and what is needed of each. Views the message.
struct ObjectGraph {
  struct Child {
    std::uint32_t node;
    std::string_view name;
  };
  struct Slot {  // what an optimizer keeps for a variable
    std::uint32_t variable, node;
    std::string_view name;
  };
  struct Node {
    std::uint32_t first_child = 0, child_count = 0, first_slot = 0, slot_count = 0;
    std::string_view key;  // of a TrackableObject: where its value is
  };
  std::vector<Node> nodes;
  std::vector<Child> children;
  std::vector<Slot> slots;
  // Of a SavedObjectGraph: the objects that a function was bound to, by its name.
  NameMap<std::vector<std::uint32_t>> bound;

  absl::Span<const Child> ChildrenOf(std::uint32_t id) const {
    return absl::Span<const Child>(children).subspan(nodes[id].first_child, nodes[id].child_count);
  }
  absl::Span<const Slot> SlotsOf(std::uint32_t id) const {
    return absl::Span<const Slot>(slots).subspan(nodes[id].first_slot, nodes[id].slot_count);
  }

  static absl::StatusOr<ObjectGraph> Parse(std::string_view proto) {
    ObjectGraph graph;
    wire::FieldReader reader(proto);
    while (reader.Next()) {
      if (reader.key() == wire::Key(1, wire::Type::kBytes)) {
        GRAPHFREEZE_RETURN_IF_ERROR(graph.AddNode(reader.bytes()));
      } else if (reader.key() == wire::Key(2, wire::Type::kBytes)) {
        GRAPHFREEZE_RETURN_IF_ERROR(graph.AddFunction(reader.bytes()));
      }
    }
    if (!reader.ok()) return reader.status("object graph");
    for (const Child& child : graph.children) GRAPHFREEZE_RETURN_IF_ERROR(graph.Check(child.node));
    for (const Slot& slot : graph.slots) {
      GRAPHFREEZE_RETURN_IF_ERROR(graph.Check(slot.node));
      GRAPHFREEZE_RETURN_IF_ERROR(graph.Check(slot.variable));
    }
    return graph;
  }

 private:
  absl::Status Check(std::uint32_t id) const {
    if (id < nodes.size()) return absl::OkStatus();
    return InvalidArgument("an object graph of ", nodes.size(), " nodes refers to node ", static_cast<std::int32_t>(id));
  }

  absl::Status AddNode(std::string_view proto) {
    Node node;
    node.first_child = static_cast<std::uint32_t>(children.size());
    node.first_slot = static_cast<std::uint32_t>(slots.size());
    wire::FieldReader reader(proto);
    while (reader.Next()) {
      if (reader.type() != wire::Type::kBytes || reader.number() > 3) continue;
      std::uint32_t first = 0, third = 0;
      std::string_view name, second, third_text;
      wire::FieldReader field(reader.bytes());
      while (field.Next()) {
        if (field.key() == wire::Key(1, wire::Type::kVarint)) first = static_cast<std::uint32_t>(field.varint());
        if (field.key() == wire::Key(3, wire::Type::kVarint)) third = static_cast<std::uint32_t>(field.varint());
        if (field.key() == wire::Key(1, wire::Type::kBytes)) name = field.bytes();
        if (field.key() == wire::Key(2, wire::Type::kBytes)) second = field.bytes();
        if (field.key() == wire::Key(3, wire::Type::kBytes)) third_text = field.bytes();
      }
      if (!field.ok()) return field.status("object graph");
      if (reader.number() == 1) {
        children.push_back({first, second});
      } else if (reader.number() == 3) {
        slots.push_back({first, third, second});
      } else if (name == "VARIABLE_VALUE") {  // field 2: an attribute of a TrackableObject
        node.key = third_text;
      }
    }
    if (!reader.ok()) return reader.status("object graph");
    node.child_count = static_cast<std::uint32_t>(children.size()) - node.first_child;
    node.slot_count = static_cast<std::uint32_t>(slots.size()) - node.first_slot;
    nodes.push_back(node);
    return absl::OkStatus();
  }

  absl::Status AddFunction(std::string_view entry) {
    std::string_view name;
    std::vector<std::uint32_t> objects;
    wire::FieldReader reader(entry);
    while (reader.Next()) {
      if (reader.key() == wire::Key(1, wire::Type::kBytes)) name = reader.bytes();
      if (reader.key() != wire::Key(2, wire::Type::kBytes)) continue;
      wire::FieldReader function(reader.bytes());
      const auto add = [&](std::uint64_t id) { objects.push_back(static_cast<std::uint32_t>(id)); };
      while (function.Next()) {
        if (function.key() == wire::Key(2, wire::Type::kVarint)) add(function.varint());
        if (function.key() == wire::Key(2, wire::Type::kBytes)) wire::ForEachPackedVarint(function.bytes(), add);
      }
      if (!function.ok()) return function.status("SavedConcreteFunction");
    }
    if (!reader.ok()) return reader.status("SavedObjectGraph");
    bound[name] = std::move(objects);
    return absl::OkStatus();
  }
};

}  // namespace detail

class ObjectPairs {
 public:
  // `saved` is the SavedObjectGraph of the MetaGraph, `stored` the TrackableObjectGraph of the checkpoint. What it gives
  // views both, and the graph.
  static absl::StatusOr<ObjectPairs> Make(const Graph& graph, std::string_view saved, std::string_view stored) {
    ObjectPairs result;
    GRAPHFREEZE_ASSIGN_OR_RETURN(const detail::ObjectGraph s, detail::ObjectGraph::Parse(saved));
    GRAPHFREEZE_ASSIGN_OR_RETURN(const detail::ObjectGraph t, detail::ObjectGraph::Parse(stored));
    if (s.nodes.empty() || t.nodes.empty()) return result;
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<std::uint32_t> pairs, Pair(s, t));
    const Body& body = graph.main();
    body.ForEachNode([&](NodeRef call) {
      if (call.op() != "PartitionedCall" && call.op() != "StatefulPartitionedCall") return;
      const auto bound = s.bound.find(call.attr("f").func_name());
      const std::size_t inputs = call.data_input_count();
      if (bound == s.bound.end() || bound->second.size() > inputs) return;
      const std::size_t first = inputs - bound->second.size();
      for (std::size_t i = 0; i < bound->second.size(); ++i) {
        const Edge& edge = call.inputs()[first + i];
        const std::uint32_t object = bound->second[i];
        if (edge.node == kNoNode || body.op(edge.node) != "VarHandleOp" || object >= pairs.size()) continue;
        if (pairs[object] == kNone || t.nodes[pairs[object]].key.empty()) continue;
        const std::string_view key = t.nodes[pairs[object]].key;
        const auto [it, is_new] = result.keys_.try_emplace(body.name(edge.node), key);
        if (!is_new && it->second != key) it->second = std::string_view();  // calls disagree: says nothing
      }
    });
    return result;
  }

  // The key of the variable of that node; empty if the objects do not tell.
  std::string_view Find(std::string_view variable) const {
    const auto it = keys_.find(variable);
    return it == keys_.end() ? std::string_view() : it->second;
  }

 private:
  static constexpr std::uint32_t kNone = 0xffffffffu;

  // For each object of `s`, the one of `t`.
  static absl::StatusOr<std::vector<std::uint32_t>> Pair(const detail::ObjectGraph& s, const detail::ObjectGraph& t) {
    std::vector<std::uint32_t> pairs(s.nodes.size(), kNone);
    std::vector<std::uint32_t> queue = {0};
    pairs[0] = 0;
    // Every object is paired once, but a hostile file may pair many with the same one, which has many children.
    std::uint64_t budget = 50'000'000;
    for (std::size_t at = 0; at < queue.size(); ++at) {
      const std::uint32_t id = queue[at];
      const absl::Span<const detail::ObjectGraph::Child> mine = s.ChildrenOf(id), theirs = t.ChildrenOf(pairs[id]);
      if (mine.empty() || theirs.empty()) continue;
      if (budget < theirs.size()) return ResourceExhausted("the object graphs of model and checkpoint are too tangled");
      budget -= theirs.size();
      NameMap<std::uint32_t> by_name;
      for (const auto& child : theirs) by_name.emplace(child.name, child.node);
      for (const auto& child : mine) {
        const auto it = by_name.find(child.name);
        if (it == by_name.end() || pairs[child.node] != kNone) continue;
        pairs[child.node] = it->second;
        queue.push_back(child.node);
      }
    }
    for (std::size_t at = 0, known = queue.size(); at < known; ++at) {
      const std::uint32_t id = queue[at];
      if (s.nodes[id].slot_count == 0 || t.nodes[pairs[id]].slot_count == 0) continue;
      if (budget < t.nodes[pairs[id]].slot_count) return ResourceExhausted("the object graphs of model and checkpoint are too tangled");
      budget -= t.nodes[pairs[id]].slot_count;
      std::map<std::pair<std::uint32_t, std::string_view>, std::uint32_t> theirs;
      for (const auto& slot : t.SlotsOf(pairs[id])) theirs.emplace(std::make_pair(slot.variable, slot.name), slot.node);
      for (const auto& slot : s.SlotsOf(id)) {
        const auto it = theirs.find({pairs[slot.variable], slot.name});
        if (it != theirs.end() && pairs[slot.node] == kNone) pairs[slot.node] = it->second;
      }
    }
    return pairs;
  }

  NameMap<std::string_view> keys_;
};

GRAPHFREEZE_NAMESPACE_END
