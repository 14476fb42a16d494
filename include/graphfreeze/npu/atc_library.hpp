// graph_def_library.pbtxt: the file in which ATC looks for the functions of a model. It stands beside the model's .pb;
// without it the conversion of a graph with If, While or calls ends with E12029, without one of its functions with E12013.
//
//   graph_def {
//     name: "cond_true_12"
//     graph {
//       node { name: "x" op: "_Arg" attr { key: "index" … } … }                  one for each argument
//       node { name: "Relu" op: "Relu" input: "x" … }
//       node { name: "y_Retval" op: "_Retval" input: "Relu" … }                  one for each result
//     }
//   }
//
// The form is that of the script func2graph.py, which comes with ATC.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <graphfreeze/graph/attr.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/graph_writer.hpp>
#include <graphfreeze/graph/op_table.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/io/segments.hpp>
#include <graphfreeze/model/text_format.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/wire/proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace npu {

namespace detail {

// The bytes of a message that is still in pieces; weights are read.
inline absl::StatusOr<std::string> ToBytes(const graphfreeze::detail::PieceList& pieces, const std::vector<Weight>& weights) {
  SegmentList list;
  pieces.AppendTo(&list, weights);
  list.Finish();
  std::string bytes;
  GRAPHFREEZE_RETURN_IF_ERROR(list.ForEachChunk(std::size_t{1} << 20, [&](std::string_view chunk) {
    bytes.append(chunk.data(), chunk.size());
    return absl::OkStatus();
  }));
  return bytes;
}

inline void PutAttr(std::string* node, std::string_view name, std::string_view value) {
  std::string entry;
  wire::PutBytesField(&entry, 1, name);
  wire::PutBytesField(&entry, 2, value);
  wire::PutBytesField(node, 5, entry);
}

// The OpDef of _Retval, which ATC wants on each of them.
inline std::string RetvalDef() {
  std::string arg, type, index, def;
  wire::PutBytesField(&arg, 1, "input");
  wire::PutBytesField(&arg, 4, "T");
  wire::PutBytesField(&type, 1, "T");
  wire::PutBytesField(&type, 2, "type");
  wire::PutBytesField(&index, 1, "index");
  wire::PutBytesField(&index, 2, "int");
  wire::PutVarintField(&index, 5, 1);  // has a minimum, of 0
  wire::PutBytesField(&def, 1, "_Retval");
  wire::PutBytesField(&def, 2, arg);
  wire::PutBytesField(&def, 4, type);
  wire::PutBytesField(&def, 4, index);
  wire::PutVarintField(&def, 17, 1);
  return def;
}

// A function's body as a GraphDef of its own.
class FunctionGraph {
 public:
  FunctionGraph(const Graph& graph, const Function& function) : graph_(graph), function_(function), body_(function.body) {}

  absl::StatusOr<std::string> Make() {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string signature_bytes,
                                 ToBytes(graphfreeze::detail::EncodeSignature(function_), graph_.weights()));
    GRAPHFREEZE_ASSIGN_OR_RETURN(const OpDef signature, ParseOpDef(signature_bytes));
    std::string graph;
    for (std::uint32_t i = 0; i < function_.argument_count(); ++i) {
      if (i >= signature.inputs.size() || signature.inputs[i].type == DataType::kInvalid) {
        return FailedPrecondition("the type of argument ", i, " is an attribute of the function; inline the call first");
      }
      std::string node;
      wire::PutBytesField(&node, 1, body_.name(function_.argument(i)));
      wire::PutBytesField(&node, 2, "_Arg");
      PutAttr(&node, "T", attr::Type(signature.inputs[i].type));
      PutAttr(&node, "index", attr::Int(i));
      wire::PutBytesField(&graph, 1, node);
    }
    for (NodeId id = 0; id < body_.size(); ++id) {
      if (!body_.alive(id) || body_.kind(id) != NodeKind::kNode) continue;
      GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string node, Node(id));
      wire::PutBytesField(&graph, 1, node);
    }
    for (std::uint32_t i = 0; i < function_.result_count(); ++i) {
      const absl::Span<const Edge> source = body_.inputs(function_.result(i));
      if (i >= signature.outputs.size() || signature.outputs[i].type == DataType::kInvalid || source.empty()) {
        return FailedPrecondition("the type of result ", i, " is an attribute of the function; inline the call first");
      }
      std::string node;
      wire::PutBytesField(&node, 1, Concat(signature.outputs[i].name, "_Retval"));
      wire::PutBytesField(&node, 2, "_Retval");
      GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string input, Spell(source[0]));
      wire::PutBytesField(&node, 3, input);
      PutAttr(&node, "T", attr::Type(signature.outputs[i].type));
      PutAttr(&node, "index", attr::Int(i));
      PutAttr(&node, "op_def", attr::String(RetvalDef()));
      wire::PutBytesField(&graph, 1, node);
    }
    for (const graphfreeze::detail::OtherField& field : graph_.data()->others) {
      wire::FieldReader versions(field.whole);
      if (versions.Next() && versions.key() == wire::Key(4, wire::Type::kBytes)) graph.append(field.whole);
    }
    return graph;
  }

 private:
  // The NodeDef, with inputs as main graphs spell them.
  absl::StatusOr<std::string> Node(NodeId id) {
    graphfreeze::detail::PieceList pieces;
    graphfreeze::detail::EncodeNode(body_, id, graph_.weights(), &pieces);
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string bytes, ToBytes(pieces, graph_.weights()));
    std::string node;
    bool inputs_written = false;
    const auto write_inputs = [&]() -> absl::Status {
      if (inputs_written) return absl::OkStatus();
      inputs_written = true;
      for (const Edge& edge : body_.inputs(id)) {
        GRAPHFREEZE_ASSIGN_OR_RETURN(const std::string input, Spell(edge));
        wire::PutBytesField(&node, 3, input);
      }
      return absl::OkStatus();
    };
    wire::FieldReader reader(bytes);
    while (reader.Next()) {
      if (reader.number() >= 3) GRAPHFREEZE_RETURN_IF_ERROR(write_inputs());
      if (reader.number() != 3) node.append(reader.whole());
    }
    if (!reader.ok()) return reader.status("NodeDef");
    GRAPHFREEZE_RETURN_IF_ERROR(write_inputs());
    return node;
  }

  absl::StatusOr<std::string> Spell(const Edge& edge) const {
    if (edge.node == kNoNode || !body_.alive(edge.node)) return InvalidArgument("an input names no node of the function");
    const std::string_view name = body_.name(edge.node);
    if (edge.is_control()) return Concat("^", name);
    const std::optional<std::int32_t> output = FlatOutput(graph_, body_, edge);
    if (!output) {
      return FailedPrecondition("which output '", body_.Spell(edge), "' is, only the OpDef of ", body_.op(edge.node),
                                " can tell; give that OpDef");
    }
    return *output == 0 ? std::string(name) : Concat(name, ":", *output);
  }

  const Graph& graph_;
  const Function& function_;
  const Body& body_;
};

inline std::string TextString(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      out += '\\';
      for (const int shift : {6, 3, 0}) out += static_cast<char>('0' + (byte >> shift & 7));
    }
  }
  return out + "\"";
}

}  // namespace detail

// The content of graph_def_library.pbtxt: these functions (see AtcHandOff::functions). An error if what a function takes
// cannot be told without the OpDef of an op.
inline absl::StatusOr<std::string> AtcFunctionLibrary(const Graph& graph, const std::vector<FunctionId>& functions) {
  std::string text;
  for (const FunctionId id : functions) {
    const Function& function = graph.function(id);
    const std::string where = Concat("function '", function.name(), "'");
    absl::StatusOr<std::string> bytes = detail::FunctionGraph(graph, function).Make();
    if (!bytes.ok()) return Annotate(bytes.status(), where);
    const absl::StatusOr<std::string> body = BinaryToText("GraphDef", *bytes);
    if (!body.ok()) return Annotate(body.status(), where);
    text += Concat("graph_def {\n  name: ", detail::TextString(function.name()), "\n  graph {\n");
    for (std::string_view rest = *body; !rest.empty();) {
      text += Concat("    ", graphfreeze::detail::CutAt(&rest, '\n'), "\n");
    }
    text += "  }\n}\n";
  }
  return text;
}

}  // namespace npu
GRAPHFREEZE_NAMESPACE_END
