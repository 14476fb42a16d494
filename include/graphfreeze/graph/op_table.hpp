// What ops look like: arguments, types, statefulness and attr defaults, from three places.
//
//   OpRegistry registry;
//   registry.AddOpList(stripped_op_list, owner);  // of the MetaGraph: the ops that the graph was made with
//   registry.AddOpDef(my_op_def);                 // ops of the application's own
//   const OpDef* op = registry.Find("Conv2D");    // else: the built-in table of TensorFlow's ops
//
// The first definition of a name wins, in the order of the calls; the built-in table comes last.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/inlined_vector.h>

#include <graphfreeze/graph/op_table_data.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/hash.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/dtype.hpp>
#include <graphfreeze/wire/proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// One input or output argument. The number of its tensors at a node: the length of the attr
// `type_list_attr` if that is set, else the value of the attr `number_attr` if that is set, else 1.
// The type of each: from the list, else the attr `type_attr` if that is set, else `type`.
struct OpArg {
  std::string_view name;
  DataType type = DataType::kInvalid;
  std::string_view type_attr;
  std::string_view number_attr;
  std::string_view type_list_attr;
  bool is_ref = false;
};

// An attr that nodes may leave out.
struct OpAttrDefault {
  std::string_view name;
  std::string_view type;  // "int", "list(type)", ...
  std::string value;      // a serialised AttrValue
};

struct OpDef {
  std::string_view name;
  absl::InlinedVector<OpArg, 4> inputs;
  absl::InlinedVector<OpArg, 4> outputs;
  std::vector<OpAttrDefault> attrs;  // only those with a default
  bool is_stateful = false;

  // The default of an attr, as a serialised AttrValue; none if it has no default (or the op no such
  // attr).
  std::optional<std::string_view> Default(std::string_view attr) const {
    for (const OpAttrDefault& candidate : attrs) {
      if (candidate.name == attr) return std::string_view(candidate.value);
    }
    return std::nullopt;
  }
};

namespace detail {

inline absl::StatusOr<OpArg> ParseOpArg(std::string_view proto) {
  OpArg arg;
  wire::FieldReader reader(proto);
  while (reader.Next()) {
    switch (reader.key()) {
      case wire::Key(1, wire::Type::kBytes):
        arg.name = reader.bytes();
        break;
      case wire::Key(3, wire::Type::kVarint):
        arg.type = static_cast<DataType>(reader.int32());
        break;
      case wire::Key(4, wire::Type::kBytes):
        arg.type_attr = reader.bytes();
        break;
      case wire::Key(5, wire::Type::kBytes):
        arg.number_attr = reader.bytes();
        break;
      case wire::Key(6, wire::Type::kBytes):
        arg.type_list_attr = reader.bytes();
        break;
      case wire::Key(16, wire::Type::kVarint):
        arg.is_ref = reader.boolean();
        break;
      default:
        break;
    }
  }
  if (!reader.ok()) return reader.status("OpDef.ArgDef");
  return arg;
}

}  // namespace detail

// Reads an OpDef: of an op, or the signature of a function. The views borrow `proto`.
inline absl::StatusOr<OpDef> ParseOpDef(std::string_view proto) {
  OpDef op;
  wire::FieldReader reader(proto);
  while (reader.Next()) {
    switch (reader.key()) {
      case wire::Key(1, wire::Type::kBytes):
        op.name = reader.bytes();
        break;
      case wire::Key(2, wire::Type::kBytes): {
        GRAPHFREEZE_ASSIGN_OR_RETURN(OpArg arg, detail::ParseOpArg(reader.bytes()));
        op.inputs.push_back(arg);
        break;
      }
      case wire::Key(3, wire::Type::kBytes): {
        GRAPHFREEZE_ASSIGN_OR_RETURN(OpArg arg, detail::ParseOpArg(reader.bytes()));
        op.outputs.push_back(arg);
        break;
      }
      case wire::Key(4, wire::Type::kBytes): {
        OpAttrDefault attr;
        bool has_default = false;
        wire::FieldReader fields(reader.bytes());
        while (fields.Next()) {
          if (fields.key() == wire::Key(1, wire::Type::kBytes)) attr.name = fields.bytes();
          if (fields.key() == wire::Key(2, wire::Type::kBytes)) attr.type = fields.bytes();
          if (fields.key() == wire::Key(3, wire::Type::kBytes)) {
            attr.value.append(fields.bytes());  // merging messages is concatenation
            has_default = true;
          }
        }
        if (!fields.ok()) return fields.status("OpDef.AttrDef");
        if (has_default) op.attrs.push_back(std::move(attr));
        break;
      }
      case wire::Key(17, wire::Type::kVarint):
        op.is_stateful = reader.boolean();
        break;
      default:
        break;
    }
  }
  if (!reader.ok()) return reader.status("OpDef");
  return op;
}

// --- the built-in table --------------------------------------------------------------------------

namespace detail {

// `text` up to `separator`, which is taken away with it; all of it if there is no separator.
inline std::string_view CutAt(std::string_view* text, char separator) {
  const std::size_t end = text->find(separator);
  const std::string_view piece = text->substr(0, end);
  text->remove_prefix(end == std::string_view::npos ? text->size() : end + 1);
  return piece;
}

// The line that two characters refer to, in a list of chunks.
inline std::string_view OpTableLine(const std::string_view* chunks, std::string_view reference) {
  const std::size_t index = kOpTableAlphabet.find(reference[0]) * kOpTableAlphabet.size() +
                            kOpTableAlphabet.find(reference[1]);
  std::string_view chunk = chunks[index / kOpTableLinesPerChunk];
  for (std::size_t i = index % kOpTableLinesPerChunk; i > 0; --i) CutAt(&chunk, '\n');
  return CutAt(&chunk, '\n');
}

// [&][number_attr*]name:TYPE
inline OpArg OpTableArgument(std::string_view line) {
  OpArg arg;
  if (line.front() == '&') {
    arg.is_ref = true;
    line.remove_prefix(1);
  }
  if (line.find('*') != std::string_view::npos) arg.number_attr = CutAt(&line, '*');
  arg.name = CutAt(&line, ':');
  if (line.front() == '=') {
    std::int32_t number = 0;
    for (char digit : line.substr(1)) number = number * 10 + (digit - '0');
    arg.type = static_cast<DataType>(number);
  } else if (line.front() == '[') {
    arg.type_list_attr = line.substr(1);
  } else {
    arg.type_attr = line;
  }
  return arg;
}

// name type HEX
inline OpAttrDefault OpTableAttr(std::string_view line) {
  OpAttrDefault attr;
  attr.name = CutAt(&line, ' ');
  attr.type = CutAt(&line, ' ');
  const auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i + 1 < line.size(); i += 2) {
    attr.value.push_back(static_cast<char>(nibble(line[i]) * 16 + nibble(line[i + 1])));
  }
  return attr;
}

// The line of an op in the built-in table; empty if TensorFlow has no such op.
inline std::string_view FindOpTableLine(std::string_view name) {
  const auto name_of = [](std::string_view line) { return CutAt(&line, ' '); };
  auto chunk =
      std::upper_bound(std::begin(kOpTableOps), std::end(kOpTableOps), name,
                       [&](std::string_view a, std::string_view b) { return a < name_of(b); });
  if (chunk == std::begin(kOpTableOps)) return {};
  for (std::string_view rest = *--chunk; !rest.empty();) {
    const std::string_view line = CutAt(&rest, '\n');
    if (name_of(line) == name) return line;
  }
  return {};
}

// name inputs outputs attrs [!]
inline OpDef OpTableOp(std::string_view line) {
  OpDef op;
  op.name = CutAt(&line, ' ');
  const auto for_each = [](std::string_view references, auto&& visit) {
    for (; references.size() >= 2; references.remove_prefix(2)) visit(references.substr(0, 2));
  };
  for_each(CutAt(&line, ' '), [&](std::string_view reference) {
    op.inputs.push_back(OpTableArgument(OpTableLine(kOpTableArguments, reference)));
  });
  for_each(CutAt(&line, ' '), [&](std::string_view reference) {
    op.outputs.push_back(OpTableArgument(OpTableLine(kOpTableArguments, reference)));
  });
  for_each(CutAt(&line, ' '), [&](std::string_view reference) {
    op.attrs.push_back(OpTableAttr(OpTableLine(kOpTableAttrs, reference)));
  });
  op.is_stateful = line == "!";
  return op;
}

}  // namespace detail

// Finds OpDefs by name. Find() may be called from several threads at once (it parses on demand and
// keeps the result, under a lock); the Add functions may not run beside anything else. Movable;
// pointers that Find() returned stay valid as long as the registry (or what it was moved to) lives.
// REQUIRES: not used after a move.
class OpRegistry {
 public:
  OpRegistry() : state_(std::make_unique<State>()) {}

  // Adds the ops of an OpList. `owner` keeps the bytes alive; without an owner they are copied. On
  // error nothing is added.
  absl::Status AddOpList(std::string_view op_list_proto,
                         std::shared_ptr<const void> owner = nullptr) {
    const std::string_view bytes = Keep(op_list_proto, std::move(owner));
    std::vector<std::unique_ptr<const OpDef>> ops;
    wire::FieldReader reader(bytes);
    while (reader.Next()) {
      if (reader.key() != wire::Key(1, wire::Type::kBytes)) continue;
      GRAPHFREEZE_ASSIGN_OR_RETURN(OpDef op, ParseOpDef(reader.bytes()));
      ops.push_back(std::make_unique<const OpDef>(std::move(op)));
    }
    if (!reader.ok()) return reader.status("OpList");
    for (std::unique_ptr<const OpDef>& op : ops) Insert(std::move(op));
    return absl::OkStatus();
  }

  // Adds one OpDef; the bytes are copied unless there is an owner.
  absl::Status AddOpDef(std::string_view op_def_proto,
                        std::shared_ptr<const void> owner = nullptr) {
    const std::string_view bytes = Keep(op_def_proto, std::move(owner));
    GRAPHFREEZE_ASSIGN_OR_RETURN(OpDef op, ParseOpDef(bytes));
    if (op.name.empty()) return InvalidArgument("an OpDef without a name");
    Insert(std::make_unique<const OpDef>(std::move(op)));
    return absl::OkStatus();
  }

  // Null if nobody knows the op: ask for its OpDef where one is really needed.
  const OpDef* Find(std::string_view op) const {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    if (const auto it = state_->found.find(op); it != state_->found.end()) return it->second;
    const std::string_view line = detail::FindOpTableLine(op);
    if (line.empty()) {
      // Graphs name an unknown op many times (a custom op, a function): remember that, within
      // bounds.
      if (state_->unknown.size() < kMaxUnknown) {
        state_->found.emplace(state_->unknown.emplace_back(op), nullptr);
      }
      return nullptr;
    }
    return Insert(std::make_unique<const OpDef>(detail::OpTableOp(line)));
  }

 private:
  static constexpr std::size_t kMaxUnknown = 10000;

  struct State {
    std::mutex mutex;
    NameMap<const OpDef*> found;  // null: known to be unknown
    std::vector<std::unique_ptr<const OpDef>> ops;
    std::deque<std::string> unknown;
    std::vector<std::shared_ptr<const void>> owners;
  };

  std::string_view Keep(std::string_view bytes, std::shared_ptr<const void> owner) const {
    if (owner == nullptr) {
      auto copy = std::make_shared<const std::string>(bytes);
      bytes = *copy;
      owner = std::move(copy);
    }
    state_->owners.push_back(std::move(owner));
    return bytes;
  }

  // An op that is there already stays.
  const OpDef* Insert(std::unique_ptr<const OpDef> op) const {
    const OpDef*& slot = state_->found[op->name];
    if (slot == nullptr) {
      slot = op.get();
      state_->ops.push_back(std::move(op));
    }
    return slot;
  }

  std::unique_ptr<State> state_;
};

GRAPHFREEZE_NAMESPACE_END
