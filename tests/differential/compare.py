"""Compares two frozen GraphDefs node by node, and knows the few differences that are of our making.

`differences` lists everything in which ours departs from TensorFlow's, weights decoded and bit for bit. Each entry of RULES
names one departure that is meant, with the reason; a difference that no rule explains is an error of one of the two.
"""

import collections
import dataclasses
import re
from typing import Callable

from tensorflow.core.framework import types_pb2
from tensorflow.python.framework import tensor_util

import oracle


@dataclasses.dataclass(frozen=True)
class Difference:
    kind: str  # extra node, missing node, order, op, input, attr, device, versions, signature, missing function, ...
    node: str  # Within a function: "function/node".
    detail: str
    theirs: object = None  # TensorFlow's NodeDef, AttrValue or what the kind compares.
    ours: object = None
    attr: str = ""
    their_node: object = None

    def __str__(self) -> str:
        return f"{self.kind} {self.node}{' ' + self.attr if self.attr else ''}: {self.detail}"


@dataclasses.dataclass(frozen=True)
class Context:
    """What a rule may look at besides the difference."""

    source: dict  # The unfrozen graph's main-body nodes by name.
    source_functions: tuple  # And its functions.
    kept: frozenset  # Names of our nodes.
    by_edges: frozenset  # Names that the outputs reach over data and control edges.


@dataclasses.dataclass(frozen=True)
class Rule:
    name: str
    why: str
    explains: Callable[[Difference, Context], bool]


def _dragged_in_by_class(d: Difference, c: Context) -> bool:
    return d.kind == "missing node" and d.node not in c.by_edges


def _dangling_class(d: Difference, c: Context) -> bool:
    if (d.kind, d.attr) != ("attr", "_class") or d.theirs is None:
        return False
    wanted = [s for s in d.theirs.list.s if not s.startswith(b"loc:@") or s[5:].decode() in c.kept]
    return wanted == (list(d.ours.list.s) if d.ours is not None else []) and (d.ours is None) == (not wanted)


def _controlled_read(d: Difference, c: Context) -> bool:
    if d.kind != "input" or d.node not in c.source or c.source[d.node].op != "ReadVariableOp":
        return False
    control = [i for i in c.source[d.node].input if i.startswith("^")]
    return bool(control) and list(d.ours) == list(d.theirs) + control


def _function_device(d: Difference, c: Context) -> bool:
    return d.kind == "device" and "/" in d.node and d.node not in c.source and d.ours == ""


def _read_only_handles(d: Difference, c: Context) -> bool:
    if (d.kind, d.attr) != ("attr", "_read_only_resource_inputs") or d.theirs is None or d.ours is None:
        return False
    node = d.their_node
    first = 1 if node.op in ("If", "StatelessIf", "Case", "StatelessCase") else 0  # The predicate has no type of its own.
    types = node.attr["Tin" if "Tin" in node.attr else "T"].list.type
    return list(d.ours.list.i) == [i for i in d.theirs.list.i if types[i - first] == types_pb2.DT_RESOURCE]


def _handle_data(d: Difference, c: Context) -> bool:
    if d.kind != "signature":
        return False
    wanted = type(d.theirs)()
    wanted.CopyFrom(d.theirs)
    for arg in (*wanted.input_arg, *wanted.output_arg):
        if arg.type != types_pb2.DT_RESOURCE:
            arg.ClearField("handle_data")
    return wanted == d.ours


def _inferred_shapes(d: Difference, c: Context) -> bool:
    return (d.kind, d.attr) == ("attr", "_output_shapes") and d.node in c.source and d.ours is None


def _shape_of_an_argument(d: Difference, c: Context) -> bool:
    """In an argument's own attributes, or among those of the whole function."""
    name, _, index = d.node.partition("/argument ")
    if d.kind != "attr" or d.attr != ("_output_shapes" if index else "_input_shapes") or d.theirs is None or d.ours is None:
        return False
    theirs, ours = d.theirs.list.shape, d.ours.list.shape
    for source in c.source_functions:
        if re.sub(r"_\d+$", "", source.signature.name) != re.sub(r"_frozen_\d+$", "", name):
            continue
        arguments = [int(index)] if index else range(len(source.signature.input_arg))
        known = (source.arg_attr[int(index)].attr["_output_shapes"] if index else source.attr["_input_shapes"]).list.shape
        if len(theirs) == len(ours) == len(known) == len(arguments) and all(
                a == b or (a.unknown_rank and b == k and source.signature.input_arg[i].type != types_pb2.DT_RESOURCE)
                for a, b, k, i in zip(theirs, ours, known, arguments)):
            return True
    return False


def _stale_shapes_of_a_loop(d: Difference, c: Context) -> bool:
    if (d.kind, d.attr) != ("attr", "_output_shapes") or d.ours is not None or d.their_node.op not in ("While", "StatelessWhile"):
        return False
    types = d.their_node.attr["T"].list.type
    return any(types[i] != types_pb2.DT_RESOURCE for i in d.their_node.attr["_read_only_resource_inputs"].list.i)


def _unused_function(d: Difference, c: Context) -> bool:
    return d.kind == "missing function"  # `differences` raises it only for functions that nothing calls.


RULES = (
    Rule("nodes that only _class names",
         "TensorFlow's pruning follows colocation as if it were an edge and so keeps optimizer slots and initialisers; "
         "no output computes with them.", _dragged_in_by_class),
    Rule("_class without a target",
         "An entry that names a node that is gone makes the import fail; the entries that still point somewhere stay.",
         _dangling_class),
    Rule("control inputs of a read",
         "TensorFlow drops them when a ReadVariableOp becomes an Identity; we keep the order that the model asked for.",
         _controlled_read),
    Rule("devices in functions",
         "TensorFlow clears devices in the main graph only; a device that does not exist fails in a function just as well.",
         _function_device),
    Rule("read only inputs that are handles no more",
         "TensorFlow leaves the numbers of inputs that are weights now in `_read_only_resource_inputs`; we take them out.",
         _read_only_handles),
    Rule("handle data of what is no handle",
         "TensorFlow leaves dtype and shape of the variable behind at an argument that is a weight now; we take them out.",
         _handle_data),
    Rule("shapes that the exporter inferred",
         "Exporting a `.meta` writes `_output_shapes` to every node of the main graph. They are no part of the model, import "
         "refuses them where they no longer fit and believes them where they do; TensorFlow drops those of the nodes it "
         "retypes and keeps the rest, we drop them all.", _inferred_shapes),
    Rule("shape of an argument",
         "A function that was given the value of a reference is given the same value frozen; TensorFlow makes its rank "
         "unknown all the same.", _shape_of_an_argument),
    Rule("stale shapes of a loop",
         "In a function, too: a handle is a scalar and its weight is not, so `_output_shapes` of a While that carries one no "
         "longer fits.", _stale_shapes_of_a_loop),
    Rule("unused functions",
         "TensorFlow copies the whole library; we keep what the frozen graph calls.", _unused_function),
)
# Not rules, since they need no tolerance: a function's clone is compared through the call that names it (TensorFlow numbers
# its `_frozen_N` over the life of the process), and a weight by its decoded value (TensorProto has several fields for one).


def unexplained(theirs, ours, source, outputs) -> list[Difference]:
    """The differences that no rule covers."""
    context = Context(source={n.name: n for n in source.node}, source_functions=tuple(source.library.function),
                      kept=frozenset(n.name for n in ours.node), by_edges=reached(theirs, outputs))
    return [d for d in differences(theirs, ours) if not any(rule.explains(d, context) for rule in RULES)]


def reached(graph_def, outputs) -> frozenset:
    nodes = {n.name: n for n in graph_def.node}
    queue, seen = collections.deque(o.split(":")[0] for o in outputs), set()
    while queue:
        name = queue.popleft()
        if name not in seen:
            seen.add(name)
            queue.extend(i.lstrip("^").split(":")[0] for i in nodes[name].input)
    return frozenset(seen)


def differences(theirs, ours) -> list[Difference]:
    return list(_Comparison(theirs, ours).main())


class _Comparison:
    def __init__(self, theirs, ours):
        self.theirs, self.ours = theirs, ours
        self.their_functions = {f.signature.name: f for f in theirs.library.function}
        self.our_functions = {f.signature.name: f for f in ours.library.function}
        self.paired = set()
        self.pending = collections.deque()

    def main(self):
        if self.theirs.versions != self.ours.versions:
            yield Difference("versions", "", f"{self.theirs.versions} became {self.ours.versions}")
        yield from self.body(self.theirs.node, self.ours.node, "")
        while self.pending:
            yield from self.function(*self.pending.popleft())
        called, own = {t for t, _ in self.paired}, {o for _, o in self.paired}
        for name in self.their_functions.keys() - called:
            if name in self.our_functions:
                yield Difference("dead function", name, "nothing calls it and we kept it")
            else:
                yield Difference("missing function", name, "nothing in TensorFlow's result calls it")
        for name in self.our_functions.keys() - own - (self.their_functions.keys() - called):
            yield Difference("extra function", name, "nothing in our graph that TensorFlow has too calls it")
        for theirs, ours in self.paired:
            if ours not in self.our_functions and theirs in self.their_functions:
                yield Difference("lost function", ours, f"is called in place of {theirs} but is not in the library")

    def body(self, theirs, ours, prefix):
        their_nodes, our_nodes = {n.name: n for n in theirs}, {n.name: n for n in ours}
        if len(our_nodes) != len(ours):
            yield Difference("duplicate", prefix, "two of our nodes have one name")
        for name in their_nodes.keys() - our_nodes.keys():
            yield Difference("missing node", prefix + name, f"a {their_nodes[name].op}", their_nodes[name])
        for name in our_nodes.keys() - their_nodes.keys():
            yield Difference("extra node", prefix + name, f"a {our_nodes[name].op}", None, our_nodes[name])
        common = [n.name for n in theirs if n.name in our_nodes]
        order = [name for name in our_nodes if name in their_nodes]
        if common != order:
            first = next((a, b) for a, b in zip(common, order) if a != b)
            yield Difference("order", prefix + first[0], f"we have {first[1]} in its place")
        for name in common:
            yield from self.node(their_nodes[name], our_nodes[name], prefix)

    def node(self, theirs, ours, prefix):
        name = prefix + theirs.name
        if self.called(theirs.op, ours.op) != ours.op:
            yield Difference("op", name, f"{theirs.op} became {ours.op}")
        if list(theirs.input) != list(ours.input):
            yield Difference("input", name, f"{list(theirs.input)} became {list(ours.input)}", theirs.input, ours.input)
        if theirs.device != ours.device:
            yield Difference("device", name, f"{theirs.device!r} became {ours.device!r}", theirs.device, ours.device)
        yield from self.attrs(theirs.attr, ours.attr, name, theirs)

    def attrs(self, theirs, ours, name, node=None):
        for key in sorted(set(theirs) | set(ours)):
            a, b = theirs.get(key) if key in theirs else None, ours.get(key) if key in ours else None
            if a is None or b is None:
                yield Difference("attr", name, "added" if a is None else "dropped", a, b, key, node)
            elif not self.same_attr(a, b):
                yield Difference("attr", name, f"{_short(a)} became {_short(b)}", a, b, key, node)

    def same_attr(self, a, b) -> bool:
        kind = a.WhichOneof("value")
        if kind != b.WhichOneof("value"):
            return False
        if kind == "tensor":
            return same_tensor(a.tensor, b.tensor)
        if kind == "func":
            return self.same_call(a.func, b.func)
        if kind == "list" and (a.list.func or a.list.tensor):
            return (len(a.list.func) == len(b.list.func) and len(a.list.tensor) == len(b.list.tensor)
                    and all(map(self.same_call, a.list.func, b.list.func))
                    and all(map(same_tensor, a.list.tensor, b.list.tensor)))
        return a.SerializeToString(deterministic=True) == b.SerializeToString(deterministic=True)

    def same_call(self, a, b) -> bool:
        return (self.called(a.name, b.name) == b.name and set(a.attr) == set(b.attr)
                and all(self.same_attr(a.attr[k], b.attr[k]) for k in a.attr))

    def called(self, theirs: str, ours: str) -> str:
        """Our name for what theirs calls: a function's clone may have any name, an op and an untouched function its own."""
        if theirs not in self.their_functions:
            return theirs
        if (theirs, ours) not in self.paired:
            self.paired.add((theirs, ours))
            self.pending.append((theirs, ours))
        return ours if ours in self.our_functions else theirs + " (not found)"

    def function(self, theirs, ours):
        if ours not in self.our_functions:
            return
        a, b = self.their_functions[theirs], self.our_functions[ours]
        prefix = theirs + "/"
        signatures = []
        for signature in (a.signature, b.signature):
            copy = type(signature)()
            copy.CopyFrom(signature)
            copy.name = ""
            signatures.append(copy)
        if signatures[0] != signatures[1]:
            yield Difference("signature", theirs, f"{signatures[0]} became {signatures[1]}", *signatures)
        for field in ("ret", "control_ret", "resource_arg_unique_id"):
            if dict(getattr(a, field)) != dict(getattr(b, field)):
                yield Difference(field, theirs, f"{dict(getattr(a, field))} became {dict(getattr(b, field))}")
        for i in sorted(set(a.arg_attr) | set(b.arg_attr)):
            yield from self.attrs(*({} if i not in f.arg_attr else f.arg_attr[i].attr for f in (a, b)), f"{prefix}argument {i}")
        yield from self.attrs(a.attr, b.attr, theirs)
        yield from self.body(a.node_def, b.node_def, prefix)


def same_tensor(a, b) -> bool:
    if a.dtype != b.dtype or a.tensor_shape != b.tensor_shape:
        return False
    return oracle.same_bits(tensor_util.MakeNdarray(a), tensor_util.MakeNdarray(b))


def _short(attr) -> str:
    if attr.HasField("tensor"):
        value = tensor_util.MakeNdarray(attr.tensor)
        return f"{value.dtype}{list(value.shape)} {value.ravel()[:4]}"
    text = str(attr).replace("\n", " ").strip()
    return text if len(text) < 160 else text[:160] + "…"
