"""The judge is judged: compare.py sees what it has to see, and each rule explains its case and nothing near it."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework import graph_pb2, types_pb2

import compare
import oracle
import test_models
from registry import v1


def graph(edit=None):
    """w -> w/read -> y (colocated with w), with a call of a function that calls another."""
    with tf.Graph().as_default() as built:
        w = tf.constant(np.arange(6, dtype=np.float32).reshape(2, 3), name="w")
        read = tf.identity(w, name="w/read")
        x = v1.placeholder(tf.float32, [None, 2], "x")
        y = tf.matmul(x, read, name="y")

        @tf.function
        def inner(t):
            return t + 1.0

        @tf.function
        def outer(t):
            return inner(t) * 2.0

        tf.identity(outer(y), name="output")
    made = built.as_graph_def()
    made.node[_at(made, "y")].attr["_class"].list.s.append(b"loc:@w")
    _rename(made, _names(made))
    functions = sorted(made.library.function, key=lambda f: f.signature.name)
    del made.library.function[:]
    made.library.function.extend(functions)
    if edit:
        edit(made)
    return made


def _names(made):
    """Function names carry a number that depends on the process."""
    return {f.signature.name: f.signature.name.rstrip("0123456789") for f in made.library.function}


def _rename(made, names):
    for f in made.library.function:
        f.signature.name = names[f.signature.name]
    for nodes in (made.node, *(f.node_def for f in made.library.function)):
        for node in nodes:
            if node.attr["f"].func.name in names:
                node.attr["f"].func.name = names[node.attr["f"].func.name]
            if not node.attr["f"].HasField("func"):
                del node.attr["f"]


def _at(made, name):
    return next(i for i, node in enumerate(made.node) if node.name == name)


def _node(made, name):
    return made.node[_at(made, name)]


def _call(made):
    return next(node for node in made.node if node.op.endswith("PartitionedCall"))


def found(edit):
    return compare.unexplained(graph(), graph(edit), graph(), ["output"])


def kinds(edit):
    return {(d.kind, d.attr) if d.attr else d.kind for d in found(edit)}


def test_equal_graphs_have_no_difference():
    assert not compare.differences(graph(), graph())


def test_a_changed_weight_is_seen():
    def edit(g):
        value = np.arange(6, dtype=np.float32).reshape(2, 3)
        value[1, 2] = np.nextafter(value[1, 2], np.float32(9))
        _node(g, "w").attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))
    assert kinds(edit) == {("attr", "value")}


def test_a_weight_of_other_shape_with_the_same_bytes_is_seen():
    def edit(g):
        _node(g, "w").attr["value"].tensor.CopyFrom(tf.make_tensor_proto(np.arange(6, dtype=np.float32)))
    assert kinds(edit) == {("attr", "value")}


def test_minus_nought_is_not_nought():
    assert not oracle.same_bits(np.float32([0.0]), np.float32([-0.0]))
    assert oracle.same_bits(np.float32([np.nan]), np.float32([np.nan]))


def test_a_weight_in_another_field_is_the_same():
    def edit(g):
        tensor = _node(g, "w").attr["value"].tensor
        tensor.float_val.extend(np.frombuffer(tensor.tensor_content, np.float32))
        tensor.ClearField("tensor_content")
    assert not found(edit)


def test_a_dropped_node_is_seen():
    assert "missing node" in kinds(lambda g: g.node.pop(_at(g, "w/read")))


def test_an_added_node_is_seen():
    assert kinds(lambda g: g.node.add(name="more", op="NoOp")) == {"extra node"}


def test_a_node_that_is_there_twice_is_seen():
    assert "duplicate" in kinds(lambda g: g.node.add().CopyFrom(g.node[0]))


def test_reordered_nodes_are_seen():
    def edit(g):
        nodes = list(g.node)
        nodes[0], nodes[1] = nodes[1], nodes[0]
        del g.node[:]
        g.node.extend(nodes)
    assert kinds(edit) == {"order"}


def test_a_changed_op_is_seen():
    def edit(g):
        _node(g, "w/read").op = "Snapshot"
    assert kinds(edit) == {"op"}


def test_a_changed_attr_is_seen():
    def edit(g):
        _node(g, "y").attr["transpose_b"].b = True
    assert kinds(edit) == {("attr", "transpose_b")}


def test_a_dropped_attr_is_seen():
    assert kinds(lambda g: _node(g, "y").attr.pop("T")) == {("attr", "T")}


def test_an_added_attr_is_seen():
    def edit(g):
        _node(g, "y").attr["_extra"].i = 0
    assert kinds(edit) == {("attr", "_extra")}


def test_reordered_inputs_are_seen():
    assert kinds(lambda g: _node(g, "y").input.reverse()) == {"input"}


def test_a_lost_control_input_is_seen():
    base = graph(lambda g: _node(g, "y").input.append("^x"))
    assert [d.kind for d in compare.unexplained(base, graph(), graph(), ["output"])] == ["input"]


def test_a_device_is_seen():
    def edit(g):
        _node(g, "y").device = "/cpu:0"
    assert kinds(edit) == {"device"}


def test_other_versions_are_seen():
    def edit(g):
        g.versions.producer += 1
    assert kinds(edit) == {"versions"}


def test_a_renamed_function_clone_is_the_same():
    def edit(g):
        _rename(g, {f.signature.name: f.signature.name + "_clone" for f in g.library.function})
    assert not found(edit)


def test_a_change_in_a_function_of_a_function_is_seen():
    def edit(g):
        body = next(f for f in g.library.function if "inner" in f.signature.name)
        next(n for n in body.node_def if n.op == "AddV2").op = "Sub"
    assert kinds(edit) == {"op"}


def test_a_changed_signature_is_seen():
    def edit(g):
        g.library.function[0].signature.input_arg[0].type = 2
    assert "signature" in kinds(edit)


def test_a_changed_result_of_a_function_is_seen():
    def edit(g):
        ret = g.library.function[0].ret
        ret[next(iter(ret))] = "t"
    assert "ret" in kinds(edit)


def test_a_call_of_a_function_that_is_not_there_is_seen():
    assert kinds(lambda g: g.library.function.pop()) & {"lost function", ("attr", "f")}


def test_calls_swapped_between_functions_are_seen():
    """A clone's name is free, so the pairing must come from what is in it."""
    def edit(g):
        inner = next(f for f in g.library.function if "inner" in f.signature.name)
        _call(g).attr["f"].func.name = inner.signature.name
    assert found(edit)


def test_a_function_that_nothing_calls_must_not_be_kept():
    def edit(g):
        g.library.function.add().CopyFrom(g.library.function[0])
        g.library.function[-1].signature.name = "nobody"
    assert kinds(edit) == {"extra function"}
    assert [d.kind for d in compare.unexplained(graph(edit), graph(edit), graph(), ["output"])] == ["dead function"]


# ---- the rules: each has a test that shows what it explains, and that the next worse thing is not explained ---------------

def test_rule_nodes_that_only_class_names():
    def stray(g):
        g.node.add(name="stray", op="NoOp")
        _node(g, "y").attr["_class"].list.s.append(b"loc:@stray")
    assert not compare.unexplained(graph(stray), graph(), graph(), ["output"])

    def needed(g):
        g.node.add(name="stray", op="NoOp")
        _node(g, "y").input.append("^stray")
    assert {d.kind for d in compare.unexplained(graph(needed), graph(), graph(), ["output"])} == {"missing node", "input"}


def test_rule_class_without_a_target():
    def stray(g):
        g.node.add(name="stray", op="NoOp")
        _node(g, "y").attr["_class"].list.s.append(b"loc:@stray")
    assert not compare.unexplained(graph(stray), graph(), graph(), ["output"])

    def all_gone(g):
        del _node(g, "y").attr["_class"]
    assert [d.attr for d in compare.unexplained(graph(stray), graph(all_gone), graph(), ["output"])] == ["_class"]
    assert kinds(all_gone) == {("attr", "_class")}


def test_rule_control_inputs_of_a_read():
    def read(g):
        _node(g, "w/read").op = "ReadVariableOp"
        _node(g, "w/read").input.append("^x")

    def kept(g):
        _node(g, "w/read").input.append("^x")

    def invented(g):
        _node(g, "w/read").input.append("^y")

    def compared(ours, source):
        return {d.kind for d in compare.unexplained(graph(), graph(ours), graph(source), ["output"])}

    assert compared(kept, read) == set()
    assert compared(invented, read) == {"input"}
    assert compared(kept, None) == {"input"}  # The original was no read.


def test_rule_devices_in_functions():
    def placed(g):
        g.library.function[0].node_def[0].device = "/cpu:0"
    assert not compare.unexplained(graph(placed), graph(), graph(), ["output"])
    assert kinds(placed) == {"device"}  # Ours must not be the one that has it.


def test_rule_unused_functions():
    def unused(g):
        g.library.function.add().CopyFrom(g.library.function[0])
        g.library.function[-1].signature.name = "nobody"
    assert not compare.unexplained(graph(unused), graph(), graph(), ["output"])


def test_rule_read_only_inputs_that_are_handles_no_more():
    def handles(*numbers):
        def edit(g):
            call = _call(g)
            call.attr["Tin"].list.type[:] = [types_pb2.DT_FLOAT, types_pb2.DT_RESOURCE]
            call.attr["_read_only_resource_inputs"].list.SetInParent()
            call.attr["_read_only_resource_inputs"].list.i.extend(numbers)
        return graph(edit)
    assert not compare.unexplained(handles(0, 1), handles(1), graph(), ["output"])
    assert compare.unexplained(handles(0, 1), handles(0, 1), graph(), ["output"]) == []
    assert compare.unexplained(handles(0, 1), handles(), graph(), ["output"])
    assert compare.unexplained(handles(1), handles(0, 1), graph(), ["output"])


def test_rule_handle_data_of_what_is_no_handle():
    def argument(dtype, data):
        def edit(g):
            arg = g.library.function[0].signature.input_arg[0]
            arg.type = dtype
            if data:
                arg.handle_data.add(dtype=types_pb2.DT_FLOAT)
        return graph(edit)
    weight, handle = types_pb2.DT_FLOAT, types_pb2.DT_RESOURCE
    assert not compare.unexplained(argument(weight, True), argument(weight, False), graph(), ["output"])
    assert compare.unexplained(argument(handle, True), argument(handle, False), graph(), ["output"])
    assert compare.unexplained(argument(weight, False), argument(weight, True), graph(), ["output"])


def test_rule_shapes_that_the_exporter_inferred():
    def shaped(size):
        def edit(g):
            _node(g, "y").attr["_output_shapes"].list.shape.add().dim.add().size = size
        return graph(edit)

    def compared(theirs, ours):
        return {d.attr for d in compare.unexplained(theirs, ours, shaped(3), ["output"])}

    assert compared(shaped(3), graph()) == set()
    assert compared(shaped(3), shaped(4)) == {"_output_shapes"}
    assert compared(graph(), shaped(3)) == {"_output_shapes"}

    def in_function(g):
        g.library.function[0].node_def[0].attr["_output_shapes"].list.shape.add()
    assert compared(graph(in_function), graph()) == {"_output_shapes"}


def _argument_shaped(size, dtype=types_pb2.DT_FLOAT, frozen=False):
    def edit(g):
        function = g.library.function[0]
        for attr in (function.arg_attr[0].attr["_output_shapes"], function.attr["_input_shapes"]):
            del attr.list.shape[:]
            shape = attr.list.shape.add()
            if size is None:
                shape.unknown_rank = True
            else:
                shape.dim.add().size = size
        function.signature.input_arg[0].type = dtype
        name = function.signature.name
        _rename(g, {**_same_names(g), name: name.rstrip("_") + ("_frozen_7" if frozen else "_12")})
    return graph(edit)


def _same_names(g):
    return {f.signature.name: f.signature.name for f in g.library.function}


def test_rule_shape_of_an_argument():
    def compared(theirs, ours, source):
        found = compare.unexplained(_argument_shaped(theirs, frozen=True), _argument_shaped(ours), source, ["output"])
        return {d.attr for d in found}

    both = {"_output_shapes", "_input_shapes"}
    assert compared(None, 3, _argument_shaped(3)) == set()
    assert compared(None, 3, _argument_shaped(4)) == both
    assert compared(4, 3, _argument_shaped(3)) == both
    assert compared(None, 3, _argument_shaped(3, types_pb2.DT_RESOURCE)) == both


def test_rule_stale_shapes_of_a_loop():
    def loop(op, shapes, types, read_only):
        def edit(g):
            node = g.library.function[0].node_def.add(name="loop", op=op)
            node.attr["T"].list.type.extend(types)
            node.attr["_read_only_resource_inputs"].list.i.extend(read_only)
            if shapes:
                node.attr["_output_shapes"].list.shape.add()
        return graph(edit)

    def compared(op, types, read_only):
        made = [loop(op, shapes, types, read_only) for shapes in (True, False)]
        return {d.attr for d in compare.unexplained(*made, graph(), ["output"])}

    weight, handle = types_pb2.DT_FLOAT, types_pb2.DT_RESOURCE
    assert compared("While", [weight, weight], [1]) == set()
    assert compared("While", [weight, handle], [1]) == {"_output_shapes"}  # Still a handle.
    assert compared("While", [weight, weight], []) == {"_output_shapes"}  # Never was one.
    assert compared("Identity", [weight, weight], [1]) == {"_output_shapes"}


def test_every_rule_has_its_test():
    tests = {name.removeprefix("test_rule_") for name in globals() if name.startswith("test_rule_")}
    assert tests == {rule.name.replace("_class", "class").replace(" ", "_") for rule in compare.RULES}
    assert all(rule.why for rule in compare.RULES)


# ---- answers and leftovers -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("other", [np.float32([1, 3]), np.float64([1, 2]), np.float32([[1, 2]]), np.float32([1, 2.0000002])])
def test_other_answers_are_seen(other):
    assert oracle.unequal((np.float32([1, 2]),), (other,))


def test_a_missing_answer_is_seen():
    assert oracle.unequal((np.float32([1]), np.float32([2])), (np.float32([1]),))


def test_the_tolerance_is_for_rounding_only():
    assert not oracle.unequal((np.float32([1.0]),), (np.float32([1.000001]),), 1e-5)
    assert oracle.unequal((np.float32([1.0]),), (np.float32([1.001]),), 1e-5)
    assert oracle.unequal((np.int32([100000]),), (np.int32([100001]),), 1e-5)


@pytest.mark.parametrize("spoil", [
    lambda g: g.node.add(name="v", op="VarHandleOp"),
    lambda g: g.node.add(name="v", op="NoOp", device="/cpu:0"),
    lambda g: g.library.function[0].node_def.add(name="v", op="ReadVariableOp"),
    lambda g: _node(g, "y").attr["_class"].list.s.append(b"loc:@gone"),
    lambda g: g.library.function.add().signature.MergeFrom(graph_pb2.GraphDef().library.function.add().signature),
])
def test_leftovers_are_seen(spoil):
    assert test_models.leftovers(graph()) == []
    assert test_models.leftovers(graph(spoil))
