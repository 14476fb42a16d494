#!/usr/bin/env python3
"""Writes include/graphfreeze/model/schema_table.hpp from the descriptors of an installed TensorFlow.

    pip install "tensorflow-cpu==2.21.*"
    python3 cmake/make_schema_table.py include/graphfreeze/model/schema_table.hpp

The table holds every message and enum that can be reached from the ROOTS, so that text can be read and written
with a DescriptorPool of one's own. The output depends on TensorFlow's version only. One line each:

  message NAME                      full name; nested messages follow the message that they stand in
  FIELD NUMBER [*]TYPE [ONEOF]      * repeated; TYPE: a scalar type of protobuf, or the full name of a message or enum
  enum NAME
  VALUE NUMBER

Two deviations, which change neither the wire form nor the text: strings are bytes (names in real graphs are not
always UTF-8, and protobuf prints about that), and maps are repeated entry messages (order and duplicates are kept).
The one exception is google.protobuf.Any.type_url, marked "string": TextFormat knows an Any by it.
GraphDebugInfo is proto2; read by the rules of proto3, it loses fields that are there and 0.
"""

import sys

LINES_PER_LITERAL = 64


def roots():
    from tensorflow.core.protobuf import saved_model_pb2, saver_pb2
    from tensorflow.python.training import checkpoint_state_pb2

    return [
        saved_model_pb2.SavedModel.DESCRIPTOR,  # holds MetaGraphDef, GraphDef, and all below
        saver_pb2.SaverDef.DESCRIPTOR,
        checkpoint_state_pb2.CheckpointState.DESCRIPTOR,
    ]


def reachable(descriptors):
    messages, enums = {}, {}

    def walk(message):
        if message is None or message.full_name in messages:
            return
        messages[message.full_name] = message
        walk(message.containing_type)  # a nested message needs its parent to stand in
        for field in message.fields:
            walk(field.message_type)
            if field.enum_type is not None:
                enums[field.enum_type.full_name] = field.enum_type
                walk(field.enum_type.containing_type)

    for descriptor in descriptors:
        walk(descriptor)
    return messages, enums


SCALARS = {
    1: "double", 2: "float", 3: "int64", 4: "uint64", 5: "int32", 6: "fixed64", 7: "fixed32", 8: "bool",
    9: "bytes", 12: "bytes", 13: "uint32", 15: "sfixed32", 16: "sfixed64", 17: "sint32", 18: "sint64",
}  # fmt: skip


def field_line(message, field, proto):
    if field.message_type is not None:
        kind = field.message_type.full_name
    elif field.enum_type is not None:
        kind = field.enum_type.full_name
    else:
        kind = SCALARS[field.type]
    if field.full_name == "google.protobuf.Any.type_url":
        kind = "string"
    repeated = proto.label == 3
    # What the reader of the table takes for granted.
    assert not proto.proto3_optional and not proto.HasField("default_value"), field.full_name
    assert not proto.options.HasField("packed") or proto.options.packed, field.full_name
    line = "%s %d %s%s" % (field.name, field.number, "*" if repeated else "", kind)
    return line + (" " + field.containing_oneof.name if field.containing_oneof is not None else "")


def main():
    import tensorflow as tf
    from google.protobuf import descriptor_pb2

    messages, enums = reachable(roots())
    lines = []
    fields = 0
    for name in sorted(messages):
        proto = descriptor_pb2.DescriptorProto()
        messages[name].CopyToProto(proto)
        file_proto = descriptor_pb2.FileDescriptorProto()
        messages[name].file.CopyToProto(file_proto)
        assert file_proto.syntax == "proto3" or name.startswith("tensorflow.GraphDebugInfo"), name
        lines.append("message " + name)
        # In the order of the .proto: the members of a oneof stand together there, as a descriptor demands.
        for field, field_proto in zip(messages[name].fields, proto.field):
            lines.append(field_line(messages[name], field, field_proto))
            fields += 1
    for name in sorted(enums):
        lines.append("enum " + name)
        lines += ["%s %d" % (value.name, value.number) for value in enums[name].values]

    out = [
        "// The messages of TensorFlow %s: %d of them with %d fields, and %d enums. Made by"
        % (tf.__version__, len(messages), fields, len(enums)),
        "// cmake/make_schema_table.py, which explains the form; do not edit.",
        "#pragma once",
        "",
        "#include <string_view>",
        "",
        "#include <graphfreeze/support/config.hpp>",
        "",
        "GRAPHFREEZE_NAMESPACE_BEGIN",
        "namespace detail {",
        "",
        "// Every literal ends with the end of a line.",
        "inline constexpr std::string_view kSchemaTable[] = {",
    ]
    for begin in range(0, len(lines), LINES_PER_LITERAL):
        chunk = lines[begin : begin + LINES_PER_LITERAL]
        out.append('    R"(' + "\n".join(chunk))
        out.append(')",')
    out += ["};", "", "}  // namespace detail", "GRAPHFREEZE_NAMESPACE_END", ""]
    with open(sys.argv[1], "w", encoding="ascii", newline="\n") as f:
        f.write("\n".join(out))
    print("%d messages, %d fields, %d enums, %d lines" % (len(messages), fields, len(enums), len(lines)))


if __name__ == "__main__":
    main()
