#!/usr/bin/env python3
"""Writes include/graphfreeze/graph/op_table_data.hpp from the ops that an installed TensorFlow registers.

    pip install "tensorflow-cpu==2.21.*"
    python3 cmake/make_op_table.py include/graphfreeze/graph/op_table_data.hpp

What is kept of an OpDef: input and output arguments (name, type, type attr, number attr, type list attr,
is_ref), is_stateful, and every attr that has a default value. The output depends on TensorFlow's version only.

The table is text, so that a diff can be read. Arguments and attrs repeat between ops, so each distinct one
stands once, in a list of its own, and ops refer to it by its place, as two printable characters.

  argument   [&][number_attr*]name:TYPE       TYPE: "T" an attr, "=9" DataType 9, "[Ts" a list(type) attr; & is_ref
  attr       name type HEX                    HEX: the default as serialised AttrValue
  op         name inputs outputs attrs [!]    ! is_stateful; "-" for an empty list of references

Lists are cut into chunks of LINES_PER_CHUNK lines; ops are sorted by name (bytewise), and searched by chunk.
"""

import sys

LINES_PER_CHUNK = 32
# Printable, and harmless in a string literal: no '"', '\\', no '?' (trigraphs), no space.
ALPHABET = "".join(chr(c) for c in range(0x21, 0x7F) if chr(c) not in '"\\?')


def all_ops():
    import tensorflow as tf
    from tensorflow.core.framework import op_def_pb2
    from tensorflow.python.client import pywrap_tf_session

    ops = op_def_pb2.OpList()
    ops.ParseFromString(pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList()))
    return tf.__version__, sorted(ops.op, key=lambda op: op.name.encode())


def argument_text(arg):
    text = "&" if arg.is_ref else ""
    if arg.number_attr:
        text += arg.number_attr + "*"
    text += arg.name + ":"
    if arg.type_list_attr:
        return text + "[" + arg.type_list_attr
    if arg.type_attr:
        return text + arg.type_attr
    return text + "=%d" % arg.type


def attr_text(attr):
    return "%s %s %s" % (attr.name, attr.type, attr.default_value.SerializeToString(deterministic=True).hex())


class Pool:
    """Distinct lines in the order of first use, and the reference to each."""

    def __init__(self):
        self.lines = {}

    def reference(self, line):
        index = self.lines.setdefault(line, len(self.lines))
        assert index < len(ALPHABET) ** 2
        return ALPHABET[index // len(ALPHABET)] + ALPHABET[index % len(ALPHABET)]

    def references(self, lines):
        return "".join(self.reference(line) for line in lines) or "-"


def emit_chunks(out, name, lines):
    lines = list(lines)
    out.append("inline constexpr std::string_view %s[] = {" % name)
    for begin in range(0, len(lines), LINES_PER_CHUNK):
        chunk = lines[begin : begin + LINES_PER_CHUNK]
        assert sum(len(line) + 1 for line in chunk) < 60000  # what -Wpedantic lets a literal be
        for line in chunk:
            assert all(0x20 <= ord(c) < 0x7F and c not in '"\\' for c in line), line
        # A raw literal: quotes and escapes around every line would be a quarter of the header.
        out.append('    R"(' + "\n".join(chunk))
        out.append(')",')
    out.append("};")


def main():
    version, ops = all_ops()
    arguments, attrs, lines = Pool(), Pool(), []
    for op in ops:
        line = "%s %s %s %s" % (
            op.name,
            arguments.references(argument_text(a) for a in op.input_arg),
            arguments.references(argument_text(a) for a in op.output_arg),
            attrs.references(attr_text(a) for a in op.attr if a.HasField("default_value")),
        )
        lines.append(line + (" !" if op.is_stateful else ""))

    out = [
        "// The ops of TensorFlow %s. Made by cmake/make_op_table.py, which explains the form; do not edit." % version,
        "#pragma once",
        "",
        "#include <cstddef>",
        "#include <string_view>",
        "",
        "#include <graphfreeze/support/config.hpp>",
        "",
        "GRAPHFREEZE_NAMESPACE_BEGIN",
        "namespace detail {",
        "",
        "inline constexpr std::size_t kOpTableCount = %d;" % len(lines),
        "inline constexpr std::size_t kOpTableLinesPerChunk = %d;" % LINES_PER_CHUNK,
        "inline constexpr std::string_view kOpTableAlphabet =",
        '    "%s";' % ALPHABET,
        "",
    ]
    emit_chunks(out, "kOpTableArguments", arguments.lines)
    out.append("")
    emit_chunks(out, "kOpTableAttrs", attrs.lines)
    out.append("")
    emit_chunks(out, "kOpTableOps", lines)
    out += ["", "}  // namespace detail", "GRAPHFREEZE_NAMESPACE_END", ""]
    with open(sys.argv[1], "w", encoding="ascii", newline="\n") as f:
        f.write("\n".join(out))
    total = sum(len(line) + 1 for block in (arguments.lines, attrs.lines, lines) for line in block)
    print("%d ops, %d arguments, %d attrs, %d bytes of table" % (len(lines), len(arguments.lines), len(attrs.lines), total))


if __name__ == "__main__":
    main()
