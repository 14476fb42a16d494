// Which functions a node names: by its op, by its function attributes (lists and nested ones included).
#pragma once

#include <string>
#include <string_view>

#include <graphfreeze/graph/attr.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/support/config.hpp>
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
