// UseMovingAverages: variables are frozen with the averages of their values that training kept.
//
//   checkpoint:  w, w/ExponentialMovingAverage, b, b/ExponentialMovingAverage, global_step
//
//   w ── read ── MatMul        w with the value of 'w/ExponentialMovingAverage'
//                        =>    b with the value of 'b/ExponentialMovingAverage'
//
// tf.train.ExponentialMovingAverage keeps a shadow of every variable that it was applied to, under the variable's
// name and its own; its variables_to_restore() is how evaluation scripts read them. This pass does the same: it
// gives the variables that the graph still has the keys of their shadows, where there is one of the same type and
// shape; all others keep their own. Other averages use other names: "{}/average" (stochastic weight averaging),
// "{}/slow" (lookahead).
//
// Averages change the answers, so nothing happens unless it is asked for; WarnOfMovingAverages tells that they exist.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/checkpoint/tensor_store.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/model/variable_keys.hpp>
#include <graphfreeze/rewrite/pass.hpp>
#include <graphfreeze/rewrite/rewriter.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/glob.hpp>
#include <graphfreeze/support/nearest.hpp>
#include <graphfreeze/support/status.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

struct UseMovingAverages {
  static constexpr std::string_view kName = "use_moving_averages";

  // What an average is called: "{}" stands for the variable's name. Without it, the text is a suffix:
  // "ExponentialMovingAverage" is "{}/ExponentialMovingAverage". The first that exists is taken.
  std::vector<std::string> names = {"{}/ExponentialMovingAverage"};
  // Variables that keep their own values, by name.
  std::vector<std::string> exclude;

  // Run it behind Prune: then it reports only what is needed.
  absl::Status Run(Graph& graph, PassContext& context) const;
};

namespace detail {

class AverageFinder {
 public:
  AverageFinder(VariableKeys& keys, const std::vector<std::string>& names) : keys_(keys), names_(names) {}

  struct Found {
    std::optional<VariableKey> key;  // of the average
    std::string own;                 // the variable's own key; empty if it has none
    std::string mismatch;            // why an average that exists cannot be it
  };

  absl::StatusOr<Found> Find(NodeRef variable) {
    Found found;
    // Where savers disagree about the variable, one of them may be that of an evaluation script.
    const absl::StatusOr<std::optional<VariableKey>> own = keys_.Find(variable);
    const VariableKey* own_key = own.ok() && *own ? &**own : nullptr;
    if (own_key != nullptr) found.own = own_key->key;
    for (const std::string& name : names_) {
      for (const std::string_view base : {variable.name(), variable.attr("shared_name").s()}) {
        if (base.empty()) continue;
        // The saver knows the key of the shadow variable, and which part of a partitioned one it is.
        GRAPHFREEZE_ASSIGN_OR_RETURN(const std::optional<VariableKey> key, keys_.FindByName(Fill(name, base)));
        if (key && Accept(variable, own_key, *key, &found)) return found;
      }
      if (own_key == nullptr) continue;
      // The key beside the variable's own: a saver that renames, or a part of a partitioned variable.
      VariableKey key = *own_key;
      key.key = Fill(name, own_key->key);
      if (keys_.store().Find(key.key) && Accept(variable, own_key, key, &found)) return found;
    }
    return found;
  }

  static std::string Fill(std::string_view name, std::string_view variable) {
    const std::size_t at = name.find("{}");
    if (at == std::string_view::npos) return Concat(variable, "/", name);
    return Concat(name.substr(0, at), variable, name.substr(at + 2));
  }

 private:
  // True, and in `found`, if the tensor can be the variable's value.
  bool Accept(NodeRef variable, const VariableKey* own, VariableKey key, Found* found) {
    const std::optional<TensorStore::Info> info = keys_.store().Find(key.key);
    const DataType dtype = variable.attr("dtype").type();
    const absl::StatusOr<Shape> shape = variable.attr("shape").shape();
    const Shape wanted = shape.ok() ? *shape : Shape::UnknownRank();
    const bool part = !key.slice.extents().empty();
    const auto differs = [&](std::string_view why) {
      if (found->mismatch.empty()) found->mismatch = Concat("'", key.key, "' is ", Name(info->dtype), " ", info->shape.ToString(), why);
      return false;
    };
    if (info->dtype != dtype) return differs(Concat(", the variable is ", Name(dtype)));
    if (!part && !wanted.IsCompatibleWith(info->shape)) return differs(Concat(", the variable ", wanted.ToString()));
    if (own != nullptr) {
      const std::optional<TensorStore::Info> own_info = keys_.store().Find(own->key);
      const bool same_part = own->slice == key.slice;
      if (!same_part) return differs(Concat(", of which the variable would not be the part that it is of '", own->key, "'"));
      if (own_info && own_info->shape != info->shape) return differs(Concat(", '", own->key, "' is ", own_info->shape.ToString()));
    }
    key.found_by = "moving_average";
    found->key = std::move(key);
    return true;
  }

  VariableKeys& keys_;
  const std::vector<std::string>& names_;
};

// Calls visit(Body&, body's name, NodeRef) for every variable, and stops at the first error.
template <typename Visit>
absl::Status ForEachVariable(Graph& graph, Visit&& visit) {
  return ForEachBody(graph, [&](Body& body, std::string_view name) -> absl::Status {
    for (NodeId id = 0; id < body.size(); ++id) {
      if (!body.alive(id) || body.kind(id) != NodeKind::kNode || !IsVariable(body.op(id))) continue;
      GRAPHFREEZE_RETURN_IF_ERROR(visit(name, body.node(id)));
    }
    return absl::OkStatus();
  });
}

}  // namespace detail

inline absl::Status UseMovingAverages::Run(Graph& graph, PassContext& context) const {
  const std::shared_ptr<VariableKeys>& keys = context.keys;  // those of FreezeVariables; some of them are overridden
  if (keys == nullptr) return InvalidArgument("no checkpoint was given (PassContext::keys)");
  const Globs excluded(exclude);
  detail::AverageFinder finder(*keys, names);
  std::size_t variables = 0, averaged = 0;
  std::vector<std::string_view> without;
  GRAPHFREEZE_RETURN_IF_ERROR(detail::ForEachVariable(graph, [&](std::string_view body, NodeRef node) -> absl::Status {
    if (excluded.Matches(node.name())) {
      context.Add(kName, body, node.name(), Action::kSkipped, "excluded", "variable, excluded by the caller");
      return absl::OkStatus();
    }
    ++variables;
    if (const VariableKey* key = keys->FindOverride(node.name()); key != nullptr && key->found_by == "moving_average") {
      ++averaged;
      return absl::OkStatus();
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(detail::AverageFinder::Found found, finder.Find(node));
    if (found.key) {
      ++averaged;
      if (found.key->key == found.own) return absl::OkStatus();  // the saver reads averages already
      const std::string text = found.own.empty() ? Concat("'", found.key->key, "'")
                                                 : Concat("'", found.key->key, "' in place of '", found.own, "'");
      context.Add(kName, body, node.name(), Action::kChanged, "moving_average", text);
      keys->Override(node.name(), *std::move(found.key));
    } else if (!found.mismatch.empty()) {
      context.Add(kName, body, node.name(), Action::kSkipped, "moving_average_differs",
                  Concat(found.mismatch, "; the variable keeps its own value"));
    } else {
      without.push_back(node.name());
    }
    return absl::OkStatus();
  }));
  if (averaged == 0 && variables > 0) {
    const std::string wanted = names.empty() ? std::string() : detail::AverageFinder::Fill(names[0], without.empty() ? "" : without[0]);
    context.Add(kName, "", "", Action::kWarning, "no_moving_averages",
                Concat(keys->store().name(), " has no moving average of any variable that is needed; looked for keys like '", wanted,
                       "', nearest are ", JoinNames(Nearest(wanted, keys->store().keys(), 3), "none")));
  } else if (!without.empty()) {
    const std::size_t count = without.size();
    if (count > 5) without.resize(5);
    context.Add(kName, "", "", Action::kNote, "no_moving_average",
                Concat(count, " of ", variables, " variables have no moving average and keep their own values: ",
                       JoinNames(without, "none"), count > 5 ? ", …" : ""));
  }
  return absl::OkStatus();
}

// Warns (code "moving_averages_exist") when variables of the graph have moving averages that nobody asked for:
// evaluation usually takes them, and answers differ. Call it behind Prune and before variables are frozen.
inline absl::Status WarnOfMovingAverages(Graph& graph, VariableKeys& keys, PassContext& context,
                                         const std::vector<std::string>& names = UseMovingAverages().names) {
  detail::AverageFinder finder(keys, names);
  std::size_t count = 0;
  std::string example, own;
  GRAPHFREEZE_RETURN_IF_ERROR(detail::ForEachVariable(graph, [&](std::string_view, NodeRef node) -> absl::Status {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const detail::AverageFinder::Found found, finder.Find(node));
    if (!found.key || found.key->key == found.own) return absl::OkStatus();
    if (count++ == 0) {
      example = found.key->key;
      own = node.name();
    }
    return absl::OkStatus();
  }));
  if (count > 0) {
    context.Add(UseMovingAverages::kName, "", "", Action::kWarning, "moving_averages_exist",
                Concat(count, count == 1 ? " variable has a moving average" : " variables have moving averages",
                       " in the checkpoint ('", example, "' of '", own,
                       "'), which evaluation usually reads; ask for them (UseMovingAverages, --use_ema), or results may differ"));
  }
  return absl::OkStatus();
}

GRAPHFREEZE_NAMESPACE_END
