// Hash tables keyed by std::string_view: names of nodes, ops, attrs, checkpoint keys.
//
// Abseil's default hash accepts absl::string_view, which on Debian 12 is another type than
// std::string_view. The tables borrow their keys: whoever fills one keeps the bytes alive.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/hash/hash.h>
#include <absl/strings/string_view.h>

#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// Seeded per process (by Abseil): never let the order of iteration reach an output.
struct NameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const {
    return absl::Hash<absl::string_view>()(ToAbsl(name));
  }
};

// Keys are borrowed views; look-ups take anything that converts to one without a copy.
template <class V>
using NameMap = absl::flat_hash_map<std::string_view, V, NameHash, std::equal_to<>>;
using NameSet = absl::flat_hash_set<std::string_view, NameHash, std::equal_to<>>;

GRAPHFREEZE_NAMESPACE_END
