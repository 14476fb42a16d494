// Small graphs for tests, written a node a line, and what passes made of them:
//
//   MiniGraph graph(R"(
//     x = Placeholder {dtype: float}
//     y = Mul(x, scale:1, ^pivot) {T: float}
//   )");
//   CHECK(graph.Run(NeutralizeDropout{}).ok());
//   CHECK(graph.Text({"out"}) == "x = Placeholder()\nout = Relu(x)\n");  // what "out" needs
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/model/text_format.hpp>
#include <graphfreeze/passes/prune.hpp>
#include <graphfreeze/rewrite/pass.hpp>

class MiniGraph {
 public:
  // Attribute values: `float`, `bool`, … is a type; `true` a bool; `3` an int; `0.5f` a float; `"s"` a string;
  // `float 0.5` a scalar constant, `int32 [] 1 2` a vector; anything else an AttrValue in text form.
  // `functions` is the text of a FunctionDefLibrary.
  explicit MiniGraph(std::string_view lines, const std::string& functions = "") {
    const absl::StatusOr<std::string> binary = graphfreeze::TextToBinary("GraphDef", ToText(lines) + Library(functions));
    REQUIRE_MESSAGE(binary.ok(), std::string(binary.status().message()));
    absl::StatusOr<graphfreeze::Graph> parsed = graphfreeze::Graph::Parse(graphfreeze::Source::Own(*binary, "mini"));
    REQUIRE_MESSAGE(parsed.ok(), std::string(parsed.status().message()));
    graph_ = std::make_unique<graphfreeze::Graph>(*std::move(parsed));
  }

  // The lines as a GraphDef in protobuf's text form.
  static std::string ToText(std::string_view lines) {
    std::string text;
    while (!lines.empty()) {
      const std::size_t end = lines.find('\n');
      const std::string line = Trim(lines.substr(0, end));
      lines = end == std::string_view::npos ? std::string_view() : lines.substr(end + 1);
      if (!line.empty()) text += Node(line);
    }
    return text;
  }
  static std::string Library(const std::string& functions) {
    return functions.empty() ? std::string() : "library { " + functions + " }";
  }

  graphfreeze::Graph& graph() { return *graph_; }
  graphfreeze::PassContext& context() { return context_; }
  graphfreeze::NodeRef node(std::string_view name) {
    const graphfreeze::NodeId id = graph_->main().Find(name);
    REQUIRE(id != graphfreeze::kNoNode);
    return graph_->main().node(id);
  }

  template <typename... Passes>
  absl::Status Run(const Passes&... passes) {
    return graphfreeze::Run(*graph_, context_, passes...);
  }

  // What the outputs need, a node a line, without attributes.
  std::string Text(std::vector<std::string> outputs) {
    const absl::Status status = Run(graphfreeze::Prune{std::move(outputs), {}});
    return status.ok() ? Text(graph_->main()) : std::string(status.message());
  }
  static std::string Text(const graphfreeze::Body& body) {
    std::string text;
    body.ForEachNode([&](graphfreeze::NodeRef node) {
      std::string inputs;
      for (const graphfreeze::Edge& edge : node.inputs()) inputs += (inputs.empty() ? "" : ", ") + body.Spell(edge);
      text += std::string(node.name()) + " = " + std::string(node.op()) + "(" + inputs + ")\n";
    });
    return text;
  }

  std::size_t reports() const { return context_.report.size(); }
  // Those that say that something was changed.
  std::size_t changes() const {
    std::size_t count = 0;
    for (const graphfreeze::ReportEntry& entry : context_.report) {
      count += entry.action == graphfreeze::Action::kChanged || entry.action == graphfreeze::Action::kRemoved ? 1 : 0;
    }
    return count;
  }
  bool Reported(std::string_view code) const {
    for (const graphfreeze::ReportEntry& entry : context_.report) {
      if (entry.code == code) return true;
    }
    return false;
  }

 private:
  static std::string Trim(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return std::string(text);
  }

  // At commas outside braces and brackets.
  static std::vector<std::string> Split(std::string_view text) {
    std::vector<std::string> parts;
    int depth = 0;
    std::string part;
    for (const char c : text) {
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      if (c == ',' && depth == 0) {
        parts.push_back(Trim(part));
        part.clear();
      } else {
        part += c;
      }
    }
    if (!Trim(part).empty()) parts.push_back(Trim(part));
    return parts;
  }

  static std::string TypeName(const std::string& name) {
    for (const char* known : {"float", "double", "half", "int32", "int64", "bool", "resource", "string", "variant"}) {
      if (name != known) continue;
      std::string upper = "DT_";
      for (const char c : name) upper += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
      return upper;
    }
    return {};
  }

  static std::string Value(const std::string& text) {
    if (const std::string type = TypeName(text); !type.empty()) return "type: " + type;
    if (text == "true" || text == "false") return "b: " + text;
    if (text[0] == '"') return "s: " + text;
    if (text.back() == 'f' && text.find_first_not_of("0123456789.-f") == std::string::npos) return "f: " + text;
    if (text.find_first_not_of("-0123456789") == std::string::npos) return "i: " + text;
    const std::size_t space = text.find(' ');
    const std::string type = space == std::string::npos ? std::string() : TypeName(text.substr(0, space));
    if (type.empty()) return text;
    std::string rest = Trim(std::string_view(text).substr(space));
    std::string shape;
    if (rest.substr(0, 2) == "[]") {
      rest = Trim(std::string_view(rest).substr(2));
      const auto count = rest.empty() ? 0 : 1 + std::count(rest.begin(), rest.end(), ' ');
      shape = "dim { size: " + std::to_string(count) + " }";
    }
    const std::string field = type == "DT_FLOAT"    ? "float_val"
                              : type == "DT_INT64"  ? "int64_val"
                              : type == "DT_BOOL"   ? "bool_val"
                              : type == "DT_HALF"   ? "half_val"
                              : type == "DT_STRING" ? "string_val"
                                                    : "int_val";
    std::string values;
    for (std::size_t at = 0; at < rest.size();) {
      const std::size_t end = (std::min)(rest.find(' ', at), rest.size());
      values += " " + field + ": " + rest.substr(at, end - at);
      at = end + 1;
    }
    return "tensor { dtype: " + type + " tensor_shape {" + shape + "}" + values + " }";
  }

  // name = Op(input, ^control) {attr: value} @device
  static std::string Node(const std::string& line) {
    const std::size_t equals = line.find(" = ");
    std::string rest = line.substr(equals + 3);
    std::string attrs, device, inputs;
    if (const std::size_t at = rest.rfind(" @"); at != std::string::npos) {
      device = rest.substr(at + 2);
      rest = rest.substr(0, at);
    }
    if (const std::size_t brace = rest.find('{'); brace != std::string::npos) {
      attrs = rest.substr(brace + 1, rest.rfind('}') - brace - 1);
      rest = Trim(std::string_view(rest).substr(0, brace));
    }
    if (const std::size_t open = rest.find('('); open != std::string::npos) {
      inputs = rest.substr(open + 1, rest.rfind(')') - open - 1);
      rest = rest.substr(0, open);
    }
    std::string text = "node { name: \"" + Trim(std::string_view(line).substr(0, equals)) + "\" op: \"" + Trim(rest) + "\"";
    for (const std::string& input : Split(inputs)) text += " input: \"" + input + "\"";
    if (!device.empty()) text += " device: \"" + device + "\"";
    for (const std::string& attr : Split(attrs)) {
      const std::size_t colon = attr.find(':');
      text += " attr { key: \"" + attr.substr(0, colon) + "\" value { " + Value(Trim(std::string_view(attr).substr(colon + 1))) + " } }";
    }
    return text + " }\n";
  }

  std::unique_ptr<graphfreeze::Graph> graph_;
  graphfreeze::PassContext context_;
};
