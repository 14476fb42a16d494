// Which functions a node names: by its op, by its function attributes (lists and nested ones included).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <graphfreeze/graph/attr.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/hash.hpp>
#include <graphfreeze/wire/proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace detail {

// Calls visit(name) for every function named in an AttrValue message, however deep.
template <typename Visit>
void ForEachFunctionIn(std::string_view attr_value, Visit& visit, int depth = 0) {
  if (depth > wire::kMaxDepth) return;  // deeper than protobuf itself reads
  const auto visit_func = [&](std::string_view name_attr_list) {
    visit(AttrView::FuncName(name_attr_list));
    ForEachAttr(name_attr_list, 2, [&](std::string_view, std::string_view value) {
      ForEachFunctionIn(value, visit, depth + 1);
    });
  };
  const AttrView attr(attr_value);
  if (attr.kind() == AttrView::Kind::kFunc) {
    visit_func(attr.func());
  } else if (attr.kind() == AttrView::Kind::kList) {
    for (std::string_view func : attr.funcs()) visit_func(func);
  }
}

}  // namespace detail

// Calls visit(std::string_view name) for every name under which `node` may call a function. The op is one of
// them: whether it is a function or an op, only the library can tell.
template <typename Visit>
void ForEachFunctionRef(NodeRef node, Visit&& visit) {
  if (node.kind() != NodeKind::kNode) return;
  visit(node.op());
  for (std::string_view name : node.attr_names()) detail::ForEachFunctionIn(node.attr(name).message(), visit);
}

// The functions that the main graph calls, and those that these call, however deep; each once. What a node names counts
// if `counts(NodeRef)` says so. With `gradients`, the gradient function of a called function counts as called.
template <typename Counts>
std::vector<FunctionId> CalledFunctions(const Graph& graph, bool gradients, Counts&& counts) {
  std::vector<FunctionId> called;
  if (graph.function_count() == 0) return called;
  std::vector<bool> seen(graph.function_count(), false);
  const auto call = [&](std::string_view name) {
    const FunctionId id = graph.FindFunction(name);
    if (id == kNoFunction || seen[id]) return;
    seen[id] = true;
    called.push_back(id);
  };
  const auto scan = [&](const Body& body) {
    body.ForEachNode([&](NodeRef node) {
      if (counts(node)) ForEachFunctionRef(node, call);
    });
  };
  NameMap<std::vector<std::string_view>> gradients_of;
  for (const detail::LibraryField& field : graph.data()->library_fields) {
    if (gradients && !field.gradient_of.empty()) gradients_of[field.gradient_of].push_back(field.gradient);
  }
  scan(graph.main());
  for (std::size_t i = 0; i < called.size(); ++i) {
    const Function& function = graph.function(called[i]);
    scan(function.body);
    const auto it = gradients_of.find(function.name());
    if (it == gradients_of.end()) continue;
    for (std::string_view gradient : it->second) call(gradient);
  }
  return called;
}

// A NameAttrList with another function name and the same attributes.
inline std::string WithFunctionName(std::string_view name_attr_list, std::string_view name) {
  std::string out;
  wire::PutBytesField(&out, 1, name);
  wire::FieldReader reader(name_attr_list);
  while (reader.Next()) {
    if (reader.number() != 1) out.append(reader.whole());
  }
  return out;
}

GRAPHFREEZE_NAMESPACE_END
