// graph_diff: what freezing changes in a graph, and why: as a page to open in a browser, and as a drawing for Graphviz.
//
//   model.ckpt.meta ──┐               ┌── diff.html   scopes, weights, each rewrite with its before and after, warnings
//   model.ckpt ───────┴── graph_diff ─┤
//                                     └── diff.dot    what changed, with what is next to it
//
//   graph_diff --input_meta_graph=model.ckpt.meta --input_checkpoint=model.ckpt --output_node_names=output --html=diff.html
//
// Freezes like freeze_graph --to_inference, but reads no weight and writes no graph. Exit code 0, or 1 for any failure, with
// the reason on stderr. `--help` lists the flags. The page is graph_diff.html with the data put in.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <graphfreeze/graphfreeze.hpp>

#include "flags.hpp"
#include "graph_diff_page.hpp"
#include "graph_log.hpp"

namespace gf = graphfreeze;

namespace {

struct Options {
  std::string input_graph, input_meta_graph, input_saved_model_dir, saved_model_tags, input_checkpoint, output_node_names;
  std::string initializer_nodes, batch, html, dot, max_nodes = "20000";
  std::vector<std::string> flags, inputs, shapes, casts;
  bool to_inference = true, infer_flags = false, use_ema = false, fold_batch_norm = false, drop_writes = false, help = false;
};

constexpr Flag<Options> kFlags[] = {
    {"input_graph", &Options::input_graph, nullptr, "file with the GraphDef, binary or text"},
    {"input_meta_graph", &Options::input_meta_graph, nullptr, "file with the MetaGraphDef (model.ckpt.meta)"},
    {"input_saved_model_dir", &Options::input_saved_model_dir, nullptr, "directory of a SavedModel"},
    {"saved_model_tags", &Options::saved_model_tags, nullptr, "its tags, separated by commas"},
    {"input_checkpoint", &Options::input_checkpoint, nullptr, "prefix, any file of the checkpoint, or its directory"},
    {"output_node_names", &Options::output_node_names, nullptr, "outputs, separated by commas; a SavedModel has some of its own"},
    {"initializer_nodes", &Options::initializer_nodes, nullptr, "ops whose constant initialisers give values"},
    {"to_inference", nullptr, &Options::to_inference, "rewrite the training graph into the inference graph (default true)"},
    {"set", nullptr, nullptr, "value of a flag at inference: is_training=false", &Options::flags},
    {"infer_flags", nullptr, &Options::infer_flags, "bind flags whose value at inference the graph itself tells"},
    {"use_ema", nullptr, &Options::use_ema, "take the moving averages of the weights"},
    {"input", nullptr, nullptr, "cut the graph at a tensor: IteratorGetNext:0=images:float32:?,224,224,3", &Options::inputs},
    {"shape", nullptr, nullptr, "set the shape of an input: name:1,224,224,3", &Options::shapes},
    {"batch", &Options::batch, nullptr, "set the first dimension of all inputs where it is unknown"},
    {"cast_output", nullptr, nullptr, "give an output another type: argmax=int32", &Options::casts},
    {"fold_batch_norm", nullptr, &Options::fold_batch_norm, "fold batch norms into the weights before them"},
    {"drop_writes", nullptr, &Options::drop_writes, "drop writes to variables even if a read comes after them"},
    {"html", &Options::html, nullptr, "page to write; - for stdout, without the summary"},
    {"dot", &Options::dot, nullptr, "drawing to write, for `dot -Tsvg`; - for stdout, without the summary"},
    {"max_nodes", &Options::max_nodes, nullptr, "nodes that the page lists one by one (default 20000); others are counted"},
    {"help", nullptr, &Options::help, "this list"},
};

struct Tally {
  std::size_t same = 0, tidied = 0, changed = 0, removed = 0, added = 0;

  void Add(NodeLog::Fate fate) {
    ++(fate == NodeLog::kSame      ? same
       : fate == NodeLog::kTidied  ? tidied
       : fate == NodeLog::kChanged ? changed
       : fate == NodeLog::kRemoved ? removed
                                   : added);
  }
  std::size_t before() const { return same + tidied + changed + removed; }
  std::size_t after() const { return same + tidied + changed + added; }
};

// What the entries of one pass and code did.
struct Group {
  std::size_t first = 0;              // of the entries
  std::size_t times = 0, places = 0;  // how many there are, and how many are about a node
  Tally tally;
};

struct Diff {
  gf::FreezeReport report;
  GraphLog log;
  Tally all;
  std::map<std::string, Tally> scopes;  // outermost
  std::vector<Group> groups;            // in the order of the report
  std::vector<std::size_t> group_of;    // each entry
};

std::string OuterScope(const BodyLog& body, const NodeLog& node) {
  if (!body.name.empty()) return gf::Concat("function ", body.name);
  const std::size_t slash = node.name.find('/');
  return slash == std::string::npos ? std::string("(no scope)") : node.name.substr(0, slash);
}

absl::StatusOr<Diff> Compare(const Options& options) {
  gf::Freezer freezer;
  if (!options.input_meta_graph.empty()) {
    freezer.FromMetaGraph(options.input_meta_graph);
  } else if (!options.input_saved_model_dir.empty()) {
    freezer.FromSavedModel(options.input_saved_model_dir, SplitList(options.saved_model_tags));
  } else if (!options.input_graph.empty()) {
    freezer.FromGraph(options.input_graph);
  } else {
    return gf::InvalidArgument("no graph: give --input_meta_graph, --input_graph or --input_saved_model_dir");
  }
  if (!options.input_checkpoint.empty()) freezer.Checkpoint(options.input_checkpoint);
  freezer.Outputs(options.output_node_names)
      .InitializerNodes(SplitList(options.initializer_nodes))
      .DropWrites(options.drop_writes)
      .InferFlags(options.infer_flags)
      .UseMovingAverages(options.use_ema);
  GRAPHFREEZE_RETURN_IF_ERROR(SetFlags(options.flags, &freezer));
  for (const std::string& input : options.inputs) freezer.Input(input);
  for (const std::string& shape : options.shapes) freezer.InputShape(shape);
  for (const std::string& cast : options.casts) freezer.CastOutput(cast);
  if (!options.batch.empty()) {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t batch, ParseCount("batch", options.batch));
    freezer.Batch(batch);
  }

  // A look at the graph before everything, before each step, and after everything.
  Diff diff;
  std::vector<std::string> passes = {""};
  freezer.Before(WatchGraph{&diff.log});
  if (options.to_inference) {
    freezer.ToInference();
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<std::string_view> steps, freezer.InferenceSteps());
    passes.emplace_back("prune");
    passes.insert(passes.end(), steps.begin(), steps.end() - 1);  // the last one is seen together with the freezing
    for (std::string_view step : std::set<std::string_view>(steps.begin(), steps.end())) {
      freezer.BeforeStep(step, WatchGraph{&diff.log});
    }
    diff.log.settled = 1;
  } else {
    freezer.Inline(false);  // without steps there is no look between inlining and freezing
  }
  passes.emplace_back("freeze_variables");
  if (options.fold_batch_norm) {
    freezer.After(WatchGraph{&diff.log}).After(gf::FoldBatchNorm{});
    passes.emplace_back("fold_batch_norm");
  }
  freezer.After(WatchGraph{&diff.log, /*last=*/true});
  GRAPHFREEZE_ASSIGN_OR_RETURN(gf::FreezeEstimate estimate, freezer.Estimate());
  diff.report = std::move(estimate.report);
  diff.report.output_bytes = estimate.output_bytes;
  for (std::size_t i = 0; i < passes.size() && i < diff.log.steps.size(); ++i) diff.log.steps[i].pass = passes[i];
  diff.log.FindReasons(diff.report);

  std::map<std::tuple<gf::Action, std::string_view, std::string_view>, std::size_t> numbers;
  for (std::size_t i = 0; i < diff.log.entries.size(); ++i) {
    const gf::ReportEntry& entry = diff.log.entries[i];
    const auto [it, is_new] = numbers.try_emplace({entry.action, entry.pass, entry.code}, diff.groups.size());
    if (is_new) diff.groups.push_back({i, 0, 0, {}});
    ++diff.groups[it->second].times;
    diff.groups[it->second].places += entry.node.empty() ? 0 : 1;
    diff.group_of.push_back(it->second);
  }
  diff.log.ForEach([&](const BodyLog& body, const NodeLog& node) {
    if (!node.counts()) return;
    diff.all.Add(node.fate());
    diff.scopes[OuterScope(body, node)].Add(node.fate());
    if (node.reason != kNone) diff.groups[diff.group_of[node.reason]].tally.Add(node.fate());
  });
  return diff;
}

void Print(const Diff& diff) {
  const Tally& all = diff.all;
  std::printf("graph       %s (%s): %zu nodes, frozen %zu\n", Printable(diff.report.graph).c_str(), diff.report.graph_kind.c_str(),
              all.before(), all.after());
  std::printf("            %zu kept, %zu changed, %zu removed, %zu added\n", all.same + all.tidied, all.changed, all.removed, all.added);
  std::printf("weights     %zu variables, %llu bytes\n", diff.report.variables.size(),
              static_cast<unsigned long long>(diff.report.weight_bytes));
  for (const gf::Action action : {gf::Action::kWarning, gf::Action::kChanged, gf::Action::kRemoved, gf::Action::kSkipped, gf::Action::kNote}) {
    for (const Group& group : diff.groups) {
      const gf::ReportEntry& entry = diff.log.entries[group.first];
      if (entry.action != action) continue;
      std::printf("%-11s %s, %s", std::string(gf::Name(action)).c_str(), entry.pass.c_str(), entry.code.c_str());
      for (const auto& [count, what] : {std::make_pair(group.places, group.places == 1 ? "place" : "places"), std::make_pair(group.tally.changed, "changed"),
                                        std::make_pair(group.tally.removed, "removed"), std::make_pair(group.tally.added, "added")}) {
        if (count > 0) std::printf(", %zu %s", count, what);
      }
      std::printf("\n            %s%s%s\n", Printable(entry.node).c_str(), entry.node.empty() ? "" : ": ", Printable(entry.text).c_str());
    }
  }
  constexpr std::size_t kMost = 20;
  std::size_t scopes = 0;
  for (const auto& [scope, tally] : diff.scopes) {
    if (++scopes > kMost) break;
    std::printf("%-11s %6zu -> %6zu  %s\n", scopes == 1 ? "scopes" : "", tally.before(), tally.after(), Printable(scope).c_str());
  }
  if (diff.scopes.size() > kMost) std::printf("            and %zu more\n", diff.scopes.size() - kMost);
}

// --- the page ---

// JSON in a script element of HTML: '<' would begin "</script" or "<!--".
std::string ForScript(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

// Joins texts with commas, as JSON lists do.
struct JsonList {
  std::string text = "[";
  template <typename... Parts>
  void Add(const Parts&... parts) {
    if (text.size() > 1) text += ',';
    text += gf::Concat(parts...);
  }
  std::string Done() { return std::move(text += ']'); }
};

// Long texts are for hostile graphs; a page is for people.
std::string Text(std::string_view text, std::size_t at_most = 1000) {
  return text.size() <= at_most ? gf::JsonString(text) : gf::JsonString(gf::Concat(text.substr(0, at_most), "..."));
}

std::string TensorsJson(const std::vector<gf::TensorInfo>& tensors) {
  JsonList list;
  for (const gf::TensorInfo& tensor : tensors) {
    const std::string type = tensor.dtype == gf::DataType::kInvalid ? "?" : gf::Name(tensor.dtype);
    list.Add("[", Text(tensor.name), ",", gf::JsonString(type), ",", gf::JsonString(tensor.shape.ToString()), "]");
  }
  return list.Done();
}

std::string TallyJson(const Tally& tally) {
  return gf::Concat("[", tally.same, ",", tally.tidied, ",", tally.changed, ",", tally.removed, ",", tally.added, "]");
}

// The number of each node in the page, by body and NodeId; kNone for nodes that are only counted. What changed goes first,
// then what it takes.
std::vector<std::vector<std::size_t>> ChooseNodes(const GraphLog& log, std::size_t most) {
  std::vector<std::vector<std::size_t>> numbers;
  for (const BodyLog& body : log.bodies) numbers.emplace_back(body.nodes.size(), kNone);
  std::size_t chosen = 0;
  const auto choose = [&](std::size_t body, std::size_t id) {
    const NodeLog& node = log.bodies[body].nodes[id];
    if ((!node.before && !node.after) || numbers[body][id] != kNone || chosen == most) return;
    numbers[body][id] = 0;
    ++chosen;
  };
  for (const int round : {0, 1, 2}) {
    for (std::size_t body = 0; body < numbers.size(); ++body) {
      for (std::size_t id = 0; id < numbers[body].size(); ++id) {
        const NodeLog& node = log.bodies[body].nodes[id];
        if (!node.before && !node.after) continue;
        const bool rewritten = node.step > log.settled || (node.step != 0 && node.after);
        if (round == 2 || (round == 0 && rewritten)) choose(body, id);
        if (round != 1 || !rewritten) continue;
        for (const gf::Edge& edge : node.state().inputs) {
          if (edge.node != gf::kNoNode) choose(body, edge.node);
        }
      }
    }
  }
  std::size_t next = 0;
  for (std::vector<std::size_t>& body : numbers) {
    for (std::size_t& number : body) {
      if (number != kNone) number = next++;
    }
  }
  return numbers;
}

std::string InputsJson(const std::vector<gf::Edge>& inputs, const std::vector<std::size_t>& numbers) {
  JsonList list;
  for (const gf::Edge& edge : inputs) {
    const bool listed = edge.node != gf::kNoNode && numbers[edge.node] != kNone;
    list.Add(listed ? gf::Concat(numbers[edge.node]) : "-1", ",", edge.index);
  }
  return list.Done();
}

// [[name, before, after], ...] of the attributes that are not what they were.
std::string AttrsJson(const NodeLog& node) {
  JsonList list;
  if (node.before && node.after) {
    for (const auto& [name, value] : node.before->attrs) {
      const auto it = node.after->attrs.find(name);
      if (it == node.after->attrs.end()) list.Add("[", Text(name), ",", Text(value), ",null]");
      if (it != node.after->attrs.end() && it->second != value) list.Add("[", Text(name), ",", Text(value), ",", Text(it->second), "]");
    }
    for (const auto& [name, value] : node.after->attrs) {
      if (node.before->attrs.count(name) == 0) list.Add("[", Text(name), ",null,", Text(value), "]");
    }
  }
  return list.Done();
}

// All that the page shows. Its size is bounded by the number of nodes that are listed.
std::string ToJson(const Diff& diff, std::size_t max_nodes) {
  constexpr std::size_t kMaxRows = 5000;  // of each list that is not of nodes
  const GraphLog& log = diff.log;
  const std::vector<std::vector<std::size_t>> numbers = ChooseNodes(log, max_nodes);

  JsonList bodies, nodes, ops, uncounted, groups, entries, weights;
  std::map<std::string, std::size_t> op_numbers;
  std::map<std::string, Tally> rest;
  const auto op = [&](const std::optional<NodeState>& state) -> std::string {
    if (!state) return "-1";
    const auto [it, is_new] = op_numbers.try_emplace(state->op, op_numbers.size());
    if (is_new) ops.Add(Text(state->op));
    return gf::Concat(it->second);
  };
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> by_name;
  for (std::size_t body = 0; body < numbers.size(); ++body) {
    bodies.Add(Text(log.bodies[body].name));
    for (std::size_t id = 0; id < numbers[body].size(); ++id) {
      const NodeLog& node = log.bodies[body].nodes[id];
      if (!node.before && !node.after) continue;
      if (numbers[body][id] == kNone) {
        std::string scope = OuterScope(log.bodies[body], node);
        if (rest.size() >= kMaxRows && rest.count(scope) == 0) scope = "(others)";
        if (node.counts()) rest[scope].Add(node.fate());
        continue;
      }
      by_name[{log.bodies[body].name, node.name}] = numbers[body][id];
      const bool same_inputs = node.before && node.after && node.before->inputs == node.after->inputs;
      const bool has_reason = node.reason != kNone;
      nodes.Add("[", body, ",", Text(node.name), ",", op(node.before), ",", op(node.after), ",",
                node.before ? InputsJson(node.before->inputs, numbers[body]) : "[]", ",",
                same_inputs ? "0" : node.after ? InputsJson(node.after->inputs, numbers[body]) : "[]", ",", AttrsJson(node), ",\"",
                std::string(1, node.fate()), "\",", has_reason ? gf::Concat(diff.group_of[node.reason]) : "-1", ",",
                has_reason && node.reason < kMaxRows ? gf::Concat(node.reason) : "-1", "]");
    }
  }
  for (const auto& [scope, tally] : rest) uncounted.Add("[", Text(scope), ",", TallyJson(tally), "]");
  for (const Group& group : diff.groups) {
    const gf::ReportEntry& entry = log.entries[group.first];
    groups.Add("[", gf::JsonString(gf::Name(entry.action)), ",", Text(entry.pass), ",", Text(entry.code), ",", Text(entry.text), ",",
               group.times, ",", group.places, ",", TallyJson(group.tally), "]");
  }
  const auto number_of = [&](const std::string& body, const std::string& node) -> std::string {
    const auto it = by_name.find({body, node});
    return it == by_name.end() ? "-1" : gf::Concat(it->second);
  };
  for (std::size_t i = 0; i < log.entries.size() && i < kMaxRows; ++i) {
    const gf::ReportEntry& entry = log.entries[i];
    entries.Add("[", diff.group_of[i], ",", number_of(entry.body, entry.node), ",", Text(entry.node), ",", Text(entry.body), ",",
                Text(entry.text), "]");
  }
  std::vector<gf::FrozenVariable> variables = diff.report.variables;
  std::stable_sort(variables.begin(), variables.end(), [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  for (std::size_t i = 0; i < variables.size() && i < kMaxRows; ++i) {
    const gf::FrozenVariable& v = variables[i];
    weights.Add("[", number_of(v.function, v.name), ",", Text(v.name), ",", gf::JsonString(gf::Name(v.dtype)), ",",
                gf::JsonString(v.shape.ToString()), ",", v.bytes, ",", Text(v.key), "]");
  }
  return gf::Concat("{\"graph\":", Text(diff.report.graph), ",\"kind\":", gf::JsonString(diff.report.graph_kind), ",\"checkpoint\":",
                    Text(diff.report.checkpoint), ",\"tally\":", TallyJson(diff.all), ",\"weight_count\":", variables.size(),
                    ",\"weight_bytes\":", diff.report.weight_bytes, ",\"output_bytes\":", diff.report.output_bytes, ",\"inputs\":",
                    TensorsJson(diff.report.inputs), ",\"outputs\":", TensorsJson(diff.report.outputs), ",\"bodies\":", bodies.Done(),
                    ",\"ops\":", ops.Done(), ",\"groups\":", groups.Done(), ",\"entries\":", entries.Done(), ",\"nodes\":", nodes.Done(),
                    ",\"uncounted\":", uncounted.Done(), ",\"weights\":", weights.Done(), "}");
}

absl::StatusOr<std::string> ToPage(const Diff& diff, const Options& options) {
  constexpr std::string_view kPlace = "{{data}}";
  const std::string_view page = kGraphDiffPage;
  const std::size_t place = page.find(kPlace);
  GRAPHFREEZE_ASSIGN_OR_RETURN(const std::int64_t max_nodes, ParseCount("max_nodes", options.max_nodes));
  return gf::Concat(page.substr(0, place), ForScript(ToJson(diff, static_cast<std::size_t>(max_nodes))),
                    page.substr(place + kPlace.size()));
}

// --- the drawing ---

// A quoted string of DOT, where "&lt;" and "\N" mean something; with a second line, which is quoted already.
std::string DotString(std::string_view text, std::string_view second_line = {}) {
  std::string out = "\"";
  for (const char c : Printable(text, 100)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
    if (c == '&') out += "amp;";
  }
  return second_line.empty() ? out + "\"" : gf::Concat(out, "\\n", second_line.substr(1));
}

// What the rewrites did, by reason: of each the first places, with what is next to them. Dashed red went, green came. Of what no
// output needs there is only the number.
std::string ToDot(const Diff& diff) {
  constexpr std::size_t kMostPlaces = 4, kMostNodes = 40;  // of a reason
  constexpr std::size_t kMostNearby = 200;
  const GraphLog& log = diff.log;
  std::vector<std::string> inside(diff.groups.size());
  std::vector<std::set<std::size_t>> places(diff.groups.size());
  std::vector<std::size_t> nodes(diff.groups.size(), 0);
  std::map<std::pair<std::size_t, gf::NodeId>, std::size_t> drawn;  // body and node, with its group
  for (std::size_t body = 0; body < log.bodies.size(); ++body) {
    for (gf::NodeId id = 0; id < log.bodies[body].nodes.size(); ++id) {
      const NodeLog& node = log.bodies[body].nodes[id];
      if (node.reason == kNone || log.entries[node.reason].pass == gf::Prune::kName) continue;
      const std::size_t group = diff.group_of[node.reason];
      if (places[group].size() < kMostPlaces) places[group].insert(node.reason);
      if (places[group].count(node.reason) == 0 || nodes[group] == kMostNodes) continue;
      ++nodes[group];
      drawn[{body, id}] = group;
    }
  }
  const auto id_of = [](std::size_t body, gf::NodeId id) { return gf::Concat("n", body, "_", id); };
  const auto box = [&](std::size_t body, gf::NodeId id) {
    const NodeLog& node = log.bodies[body].nodes[id];
    const bool other_op = node.before && node.after && node.before->op != node.after->op;
    const std::string op = other_op ? gf::Concat(node.before->op, " -> ", node.after->op) : node.state().op;
    const char* look = node.fate() == NodeLog::kRemoved   ? ",color=\"#c4392c\",fontcolor=\"#c4392c\",style=\"rounded,dashed\""
                       : node.fate() == NodeLog::kAdded   ? ",color=\"#16834f\",fillcolor=\"#e4f5ec\",style=\"rounded,filled\""
                       : node.fate() == NodeLog::kChanged ? ",color=\"#c07c00\",fillcolor=\"#fdf3df\",style=\"rounded,filled\""
                                                          : "";
    const std::string_view why = node.reason == kNone ? std::string_view("kept") : std::string_view(log.entries[node.reason].text);
    return gf::Concat("    ", id_of(body, id), " [label=", DotString(node.name, DotString(op)), ",tooltip=", DotString(why), look, "]\n");
  };
  std::string outside, edges;
  std::set<std::pair<std::size_t, gf::NodeId>> near;
  for (const auto& [key, group] : drawn) {
    const auto& [body, id] = key;
    const NodeLog& node = log.bodies[body].nodes[id];
    inside[group] += box(body, id);
    std::map<gf::NodeId, int> inputs;  // 1: before, 2: after, 3: both
    for (const gf::Edge& edge : node.before ? node.before->inputs : std::vector<gf::Edge>()) inputs[edge.node] |= 1;
    for (const gf::Edge& edge : node.after ? node.after->inputs : std::vector<gf::Edge>()) inputs[edge.node] |= 2;
    inputs.erase(gf::kNoNode);
    for (const auto& [input, when] : inputs) {
      if (drawn.count({body, input}) == 0 && near.size() < kMostNearby && near.insert({body, input}).second) outside += box(body, input);
      if (drawn.count({body, input}) == 0 && near.count({body, input}) == 0) continue;
      edges += gf::Concat("  ", id_of(body, input), " -> ", id_of(body, id),
                          when == 1 ? " [color=\"#c4392c\",style=dashed]" : when == 2 ? " [color=\"#16834f\"]" : "", "\n");
    }
  }
  // And who takes what stayed.
  for (std::size_t body = 0; body < log.bodies.size(); ++body) {
    for (gf::NodeId id = 0; id < log.bodies[body].nodes.size() && near.size() < kMostNearby; ++id) {
      const NodeLog& node = log.bodies[body].nodes[id];
      for (const gf::Edge& edge : node.after ? node.after->inputs : std::vector<gf::Edge>()) {
        if (drawn.count({body, edge.node}) == 0 || drawn.count({body, id}) != 0) continue;
        if (near.insert({body, id}).second) outside += box(body, id);
        edges += gf::Concat("  ", id_of(body, edge.node), " -> ", id_of(body, id), "\n");
      }
    }
  }
  std::string out = gf::Concat(
      "digraph graph_diff {\n  rankdir=LR\n  node [shape=box,style=rounded,fontname=\"Helvetica\",fontsize=10,color=\"#8d9aae\"]\n"
      "  edge [color=\"#8d9aae\",arrowsize=0.6]\n  graph [style=rounded,color=\"#c9d1dc\",fontname=\"Helvetica\",fontsize=11]\n  label=",
      DotString(gf::Concat(diff.report.graph, ": ", diff.all.before(), " nodes, frozen ", diff.all.after())), "\n");
  for (std::size_t i = 0; i < diff.groups.size(); ++i) {
    const Group& group = diff.groups[i];
    const gf::ReportEntry& entry = log.entries[group.first];
    const std::string title = gf::Concat(entry.pass, ", ", entry.code, ": ", group.places == 0 ? std::string() : gf::Concat(group.places, group.places == 1 ? " place, " : " places, "),
                                         group.tally.removed, " removed, ", group.tally.changed, " changed");
    if (entry.pass == gf::Prune::kName && group.tally.removed > 0) {
      out += gf::Concat("  prune_", i, " [shape=note,label=", DotString(title, DotString(entry.text)), "]\n");
    } else if (!inside[i].empty()) {
      out += gf::Concat("  subgraph cluster_", i, " {\n    label=", DotString(title), "\n", inside[i], "  }\n");
    }
  }
  return gf::Concat(out, outside, edges, "}\n");
}

absl::Status WriteFile(const std::string& path, std::string_view text) {
  if (path.empty()) return absl::OkStatus();
  if (path == "-") {
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    return written ? absl::OkStatus() : gf::DataLoss("stdout does not take what is written to it");
  }
  GRAPHFREEZE_ASSIGN_OR_RETURN(gf::posix::AtomicFile file, gf::posix::AtomicFile::Create(path));
  GRAPHFREEZE_RETURN_IF_ERROR(file.WriteAt(0, text));
  GRAPHFREEZE_RETURN_IF_ERROR(file.Commit());
  std::fprintf(stderr, "written     %s\n", path.c_str());
  return absl::OkStatus();
}

absl::Status Run(const Options& options) {
  GRAPHFREEZE_ASSIGN_OR_RETURN(const Diff diff, Compare(options));
  if (options.html != "-" && options.dot != "-") Print(diff);
  GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string page, ToPage(diff, options));
  GRAPHFREEZE_RETURN_IF_ERROR(WriteFile(options.html, page));
  return WriteFile(options.dot, ToDot(diff));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  absl::Status status = ParseFlags(kFlags, argc, argv, &options);
  if (status.ok() && options.help) {
    std::printf("graph_diff: what freezing changes in a graph, and why.\n\n");
    PrintFlags(kFlags);
    return 0;
  }
  if (status.ok()) status = Run(options);
  if (status.ok()) return 0;
  const std::string_view message = gf::FromAbsl(status.message());
  std::fprintf(stderr, "graph_diff: %.*s\n", static_cast<int>(message.size()), message.data());
  return 1;
}
