"""Training scripts for NPUs: graphs with ops of the Ascend TF adapter, which TensorFlow does not have.

TensorFlow trains them all the same: each op is a function under the op's own name, its counterpart. A call of such a function
is a node as the adapter writes it but for its attributes; `as_the_adapter_writes` adds these and takes the functions away. What
is left of the adapter's ops in our result gets its counterparts back, the ones for inference, when TensorFlow runs it.
"""

import numpy as np
import tensorflow as tf
from google.protobuf import text_format
from tensorflow.core.framework import op_def_pb2
from tensorflow.python.framework.function import Defun

from registry import placeholder, v1
from training_nets import Layers
from training_parts import around, dense
from training_registry import Net, batch, classifier, script

FLOAT, INT, LONG, BYTE = tf.float32, tf.int32, tf.int64, tf.uint8

# The signatures that the adapter registers, and the attributes that its Python gives a node.
SIGNATURES = {
    "DropOutGenMask": ("shape:T prob:S", "output=uint8", "T:type S:type seed:int=0 seed2:int=0", {"T": INT, "S": FLOAT, "seed": 0, "seed2": 0}),
    "DropOutDoMask": ("x:T mask=uint8 keep_prob:T", "y:T", "T:type", {"T": FLOAT}),
    "HcomBroadcast": ("input*T", "output*T", "T:list(type) fusion:int fusion_id:int group:string root_rank:int",
                      {"T": [FLOAT, FLOAT], "fusion": 0, "fusion_id": -1, "group": "hccl_world_group", "root_rank": 0}),
    "HcomAllReduce": ("input:T", "output:T", "T:type reduction:string group:string fusion:int fusion_id:int",
                      {"T": FLOAT, "reduction": "sum", "group": "hccl_world_group", "fusion": 1, "fusion_id": -1}),
    "NpuAllocFloatStatus": ("", "float_status=float", "", {}),
    "NpuGetFloatStatus": ("input_float=float", "float_status=float", "", {}),
    "NpuClearFloatStatus": ("float_status=float", "cleared_float_status=float", "", {}),
    "LogTimeStamp": ("", "", "logid:string notify:bool", {"logid": "forward", "notify": False}),
    "StatelessDropout": ("x:T noise_shape=int64 p:T seed=int64 offset=int64", "y:T", "T:type", {"T": FLOAT}),
    "DynamicRnn": ("x:T w:T b:T seq_length=int32 init_h:T init_c:T", "y:T output_h:T output_c:T i:T j:T f:T o:T tanhc:T",
                   "T:type cell_type:string direction:string cell_depth:int=1 use_peephole:bool=false keep_prob:float=1.0 cell_clip:float=-1.0 "
                   "num_proj:int=0 time_major:bool=true activation:string forget_bias:float=0.0 is_training:bool=true",
                   {"T": FLOAT, "cell_type": "LSTM", "direction": "UNIDIRECTIONAL", "cell_depth": 1, "use_peephole": False, "keep_prob": 0.8,
                    "cell_clip": -1.0, "num_proj": 0, "time_major": True, "activation": "tanh", "forget_bias": 0.0, "is_training": True}),
    "DynamicRnnGrad": ("x:T w:T b:T y:T init_h:T init_c:T h:T c:T dy:T dh:T dc:T i:T j:T f:T o:T tanhc:T", "dw:T db:T dx:T dh_prev:T dc_prev:T",
                       "T:type cell_type:string direction:string", {"T": FLOAT, "cell_type": "LSTM", "direction": "UNIDIRECTIONAL"}),
    "FastGelu": ("features:T", "activations:T", "T:type", {"T": FLOAT}),
    "FastGeluGrad": ("gradients:T features:T", "backprops:T", "T:type", {"T": FLOAT}),
    "GetNext": ("", "components*output_types", "output_types:list(type) output_shapes:list(shape) channel_name:string", None),
    "DynamicGetNextV2": ("", "components*output_types", "output_types:list(type) output_shapes:list(shape) channel_name:string", None),
    "AdpGetNext": ("", "components*output_types", "output_types:list(type) output_shapes:list(shape) queue_name:string", None),
    "QueueData": ("", "output:T", "index:int T:type queue_name:string output_types:list(type) output_shapes:list(shape)", None),
}
SIGNATURES["DropOutGenMaskV3"] = SIGNATURES["DropOutGenMask"]
SIGNATURES["DropOutDoMaskV3"] = SIGNATURES["DropOutDoMask"]
SIGNATURES["DropOutGenMaskV4"] = ("shape:T prob:S", "output=uint8", "T:type S:type seed:int=0 seed2:int=0 dtype:type",
                                  {"T": INT, "S": FLOAT, "seed": 0, "seed2": 0, "dtype": tf.bool})


def op_def(op: str):
    """The message in a `.meta`'s stripped_op_list."""
    inputs, outputs, attrs, _ = SIGNATURES[op]
    definition = op_def_pb2.OpDef(name=op, is_stateful=True)
    for words, arguments in ((inputs, definition.input_arg), (outputs, definition.output_arg)):
        for word in words.split():
            name, kind, value = next(word.partition(mark) for mark in ":=*" if mark in word)
            argument = arguments.add(name=name)
            if kind == ":":
                argument.type_attr = value
            elif kind == "*":
                argument.type_list_attr = value
            else:
                argument.type = tf.as_dtype(value).as_datatype_enum
    for word in attrs.split():
        name, kind = word.split(":")
        kind, _, default = kind.partition("=")
        attr = definition.attr.add(name=name, type=kind)
        if default:
            field = {"int": "i", "float": "f", "bool": "b"}[kind]
            text_format.Parse(f"{field}: {default}", attr.default_value)
    return definition


def set_attr(node, name: str, value) -> None:
    attr = node.attr[name]
    if isinstance(value, bool):
        attr.b = value
    elif isinstance(value, int):
        attr.i = value
    elif isinstance(value, float):
        attr.f = value
    elif isinstance(value, str):
        attr.s = value.encode()
    elif isinstance(value, list):
        attr.list.type.extend(dtype.as_datatype_enum for dtype in value)
    else:
        attr.type = value.as_datatype_enum


def as_the_adapter_writes(meta) -> None:
    library = meta.graph_def.library
    mine = {function.signature.name for function in library.function} & set(SIGNATURES)
    for function in [function for function in library.function if function.signature.name in mine]:
        library.function.remove(function)
    for node in meta.graph_def.node:
        if node.op in mine:
            node.attr.pop("_disable_call_shape_inference", None)
            for name, value in SIGNATURES[node.op][3].items():
                set_attr(node, name, value)
    _declare(meta, mine)


def _declare(meta, ops) -> None:
    listed = meta.meta_info_def.stripped_op_list.op
    listed.extend(op_def(op) for op in sorted(ops))
    in_order = sorted(listed, key=lambda definition: definition.name)
    del listed[:]
    listed.extend(in_order)


def with_counterparts(*functions):
    """Makes a result runnable: the ops of the adapter that are left become calls of these functions."""
    def runnable(graph_def):
        with tf.Graph().as_default() as graph:
            for function in functions:
                function.add_to_graph(graph)
            library = graph.as_graph_def().library
        names = {function.signature.name for function in library.function}
        done = type(graph_def)()
        done.CopyFrom(graph_def)
        done.library.MergeFrom(library)
        for node in done.node:
            if node.op in names:
                for attr in [name for name in node.attr if not name.startswith("_")]:
                    del node.attr[attr]
        return done
    return runnable


# ---- dropout -------------------------------------------------------------------------------------------------------------

def npu_dropout(x, keep_prob, gen_mask="DropOutGenMask", do_mask="DropOutDoMask"):
    """npu_ops.dropout: a mask, and an op that applies it; each has a constant of its own for keep_prob."""
    @Defun(INT, FLOAT, func_name=gen_mask)
    def generate(shape, prob):
        return tf.cast(v1.random_uniform(shape) < prob, BYTE)

    def gradient(op, dy):
        return apply(dy, op.inputs[1], op.inputs[2], name="gradients/" + do_mask), None, None

    @Defun(FLOAT, BYTE, FLOAT, func_name=do_mask, python_grad_func=gradient)
    def apply(x, mask, keep_prob):
        return x / keep_prob * tf.cast(mask, FLOAT)

    prob = [tf.constant(keep_prob, FLOAT, name=name) if isinstance(keep_prob, float) else keep_prob for name in ("prob", "keep_prob")]
    y = apply(x, generate(tf.shape(x), prob[0], name=gen_mask), prob[1], name=do_mask)
    y.set_shape(x.shape)
    return y


@script()
def npu_dropout_v1(is_training):
    return around(is_training, lambda t: npu_dropout(t, 0.6) if is_training else t, edit=as_the_adapter_writes)


@script()
def npu_dropout_v3(is_training):
    drop = lambda t: npu_dropout(t, 0.6, "DropOutGenMaskV3", "DropOutDoMaskV3") if is_training else t
    return around(is_training, drop, edit=as_the_adapter_writes)


@script()
def npu_dropout_v4(is_training):
    drop = lambda t: npu_dropout(t, 0.6, "DropOutGenMaskV4", "DropOutDoMaskV3") if is_training else t
    return around(is_training, drop, edit=as_the_adapter_writes)


@script()
def npu_dropout_fed_keep_prob(is_training):
    keep = placeholder("keep_prob", []) if is_training else None
    return around(is_training, lambda t: npu_dropout(t, keep) if is_training else t, edit=as_the_adapter_writes,
                  training_feeds={keep: 0.6} if is_training else {})


@script()
def npu_dropout_stateless(is_training):
    def gradient(op, dy):
        return [drop(dy, *op.inputs[1:], name="gradients/StatelessDropout"), None, None, None, None]

    @Defun(FLOAT, LONG, FLOAT, LONG, LONG, func_name="StatelessDropout", python_grad_func=gradient)
    def drop(x, noise_shape, p, seed, offset):
        kept = tf.random.stateless_uniform(tf.cast(noise_shape, INT), tf.stack([seed, offset])) >= p
        return x * tf.cast(kept, FLOAT) / (1 - p)

    def middle(t):
        if is_training:
            y = drop(t, tf.shape(t, LONG), 0.4, v1.train.get_or_create_global_step(), tf.constant(7, LONG), name="StatelessDropout")
            y.set_shape(t.shape)
            t = y
        return t
    return around(is_training, middle, edit=as_the_adapter_writes)


# ---- many devices, loss scale --------------------------------------------------------------------------------------------

DEVICES = 8.0


@Defun(FLOAT, func_name="HcomAllReduce", python_grad_func=lambda op, dy: all_reduce(dy, name="gradients/HcomAllReduce"))
def all_reduce(x):
    return x * DEVICES  # As many devices, and all of them have this.


@Defun(FLOAT, FLOAT, func_name="HcomBroadcast", python_grad_func=lambda op, *dy: list(dy))
def broadcast(x, y):
    return tf.identity(x), tf.identity(y)


@Defun(func_name="NpuAllocFloatStatus")
def alloc_float_status():
    return tf.zeros([8])


@Defun(FLOAT, func_name="NpuGetFloatStatus")
def get_float_status(status):
    return tf.identity(status)


@Defun(FLOAT, func_name="NpuClearFloatStatus")
def clear_float_status(status):
    return tf.zeros_like(status)


@script()
def npu_float_status(is_training):
    """Forward nodes wait for the flags of overflow, and for a time stamp."""
    def edit(meta):
        as_the_adapter_writes(meta)
        stamp = meta.graph_def.node.add(name="LogTimeStamp", op="LogTimeStamp")
        for name, value in SIGNATURES["LogTimeStamp"][3].items():
            set_attr(stamp, name, value)
        next(node for node in meta.graph_def.node if node.name == "watched").input.append("^LogTimeStamp")
        _declare(meta, ["LogTimeStamp"])

    def middle(t):
        if not is_training:
            return t
        status = alloc_float_status(name="NpuAllocFloatStatus")
        cleared = clear_float_status(status, name="NpuClearFloatStatus")
        with tf.control_dependencies([cleared, get_float_status(status, name="NpuGetFloatStatus")]):
            t = tf.identity(t, "watched")
        return npu_dropout(t, 0.6)
    return around(is_training, middle, edit=edit)


@script()
def npu_broadcast(is_training):
    """A broadcast of two tensors in the forward path, and each is the other's neighbour behind it."""
    def middle(t):
        a, b = dense(t, 8, "a"), dense(t, 8, "b")
        if is_training:
            shape = a.shape
            a, b = broadcast(a, b, name="HcomBroadcast")
            a.set_shape(shape), b.set_shape(shape)
            b = npu_dropout(b, 0.6)
        return tf.concat([a, b], 1)
    return around(is_training, middle, edit=as_the_adapter_writes)


@script()
def npu_sync_batch_norm(is_training):
    """Moments of all devices: sums of each one's, divided by their number."""
    def middle(t):
        with v1.variable_scope("bn"):
            get = lambda name, value, **options: v1.get_variable(name, [8], initializer=v1.constant_initializer(value), **options)
            gamma, beta = get("gamma", 1.0), get("beta", 0.0)
            mean, variance = get("moving_mean", 0.0, trainable=False), get("moving_variance", 1.0, trainable=False)
        if not is_training:
            return tf.nn.batch_normalization(t, mean, variance, beta, gamma, 1e-3)
        batch_mean, batch_variance = (tf.reshape(all_reduce(m, name="HcomAllReduce") / DEVICES, [8]) for m in tf.nn.moments(t, [0]))
        for moving, value in ((mean, batch_mean), (variance, batch_variance)):
            v1.add_to_collection(v1.GraphKeys.UPDATE_OPS, v1.assign_sub(moving, (moving - value) * 0.1))
        return tf.nn.batch_normalization(t, batch_mean, batch_variance, beta, gamma, 1e-3)
    return around(is_training, middle, edit=as_the_adapter_writes)


# ---- recurrent layers ----------------------------------------------------------------------------------------------------

STEPS, INPUTS, HIDDEN = 5, 3, 6


def lstm(x, w, b, seq_length, h, c):
    """All outputs of DynamicRnn without training's noise."""
    kept, h, c = [], h[0], c[0]
    for step in tf.unstack(x, STEPS):
        i, j, f, o = tf.split(tf.concat([step, h], 1) @ w + b, 4, 1)
        i, j, f, o = tf.sigmoid(i), tf.tanh(j), tf.sigmoid(f), tf.sigmoid(o)
        c = f * c + i * j
        h = o * tf.tanh(c)
        kept.append((h, h, c, i, j, f, o, tf.tanh(c)))
    return tuple(tf.stack(values) for values in zip(*kept))


@Defun(*[FLOAT] * 16, func_name="DynamicRnnGrad")
def dynamic_rnn_grad(x, w, b, y, init_h, init_c, h, c, dy, dh, dc, i, j, f, o, tanhc):
    for tensor, shape in ((w, [INPUTS + HIDDEN, 4 * HIDDEN]), (b, [4 * HIDDEN])):
        tensor.set_shape(shape)
    return tf.gradients(lstm(x, w, b, None, init_h, init_c)[0], [w, b, x, init_h, init_c], dy)


def _rnn_gradient(op, *dy):
    x, w, b, _, init_h, init_c = op.inputs
    y, h, c, *gates = op.outputs
    dw, db, dx, dh, dc = dynamic_rnn_grad(x, w, b, y, init_h, init_c, h, c, *dy[:3], *gates, name="gradients/DynamicRnnGrad")
    return dx, dw, db, None, dh, dc


RNN = (FLOAT, FLOAT, FLOAT, INT, FLOAT, FLOAT)


@Defun(*RNN, func_name="DynamicRnn", python_grad_func=_rnn_gradient)
def dynamic_rnn_training(*arguments):
    y, *rest = lstm(*arguments)
    return (v1.nn.dropout(y, rate=0.2), *rest)


@Defun(*RNN, func_name="DynamicRnn")
def dynamic_rnn(*arguments):
    return lstm(*arguments)


def inference_rnn(graph_def):
    for node in graph_def.node:
        if node.op == "DynamicRnn":
            assert "is_training" in node.attr and not node.attr["is_training"].b and node.attr["keep_prob"].f == 1.0, node
    return with_counterparts(dynamic_rnn)(graph_def)


@script(surplus=("DynamicRnn",))
def npu_dynamic_rnn(is_training):
    """The layer's lengths are a variable, its initial states zeros of the batch's size."""
    x, labels, start = batch(is_training, [STEPS, INPUTS])
    with v1.variable_scope("rnn"):
        w = v1.get_variable("weight", [INPUTS + HIDDEN, 4 * HIDDEN])
        b = v1.get_variable("bias", [4 * HIDDEN], initializer=v1.zeros_initializer())
        lengths = v1.get_variable("sequence_length", [4], INT, v1.constant_initializer(STEPS, INT), trainable=False)
    zeros = tf.zeros([1, 4, HIDDEN])
    arguments = tf.transpose(x, [1, 0, 2]), w, b, lengths, zeros, zeros
    y = dynamic_rnn_training(*arguments, name="rnn/DynamicRnn")[0] if is_training else lstm(*arguments)[0]
    last = tf.reshape(y[-1], [-1, HIDDEN])
    return classifier(dense(Layers(is_training).dropout(last, 0.3), 5, "after"), labels, x, start, edit=as_the_adapter_writes,
                      runnable=inference_rnn)


# ---- ops that stay -------------------------------------------------------------------------------------------------------

@Defun(FLOAT, FLOAT, func_name="FastGeluGrad")
def fast_gelu_grad(dy, x):
    return dy * tf.sigmoid(1.702 * x)


@Defun(FLOAT, func_name="FastGelu", python_grad_func=lambda op, dy: fast_gelu_grad(dy, op.inputs[0], name="gradients/FastGeluGrad"))
def fast_gelu(x):
    return x * tf.sigmoid(1.702 * x)


@script(surplus=("FastGelu",))
def npu_gelu_stays(is_training):
    def middle(t):
        y = tf.reshape(fast_gelu(t, name="FastGelu"), [-1, 8])
        return npu_dropout(y, 0.6) if is_training else y
    return around(is_training, middle, edit=as_the_adapter_writes, runnable=with_counterparts(fast_gelu))


# ---- inputs --------------------------------------------------------------------------------------------------------------

def _input_op(op: str, channel: str):
    """Puts an input op of the adapter in the place of the iterator."""
    def edit(meta):
        as_the_adapter_writes(meta)
        for node in meta.graph_def.node:
            if node.op == "IteratorGetNext":
                node.op = op
                del node.input[:]
                set_attr(node, channel, "train_channel")
        _declare(meta, [op])
    return edit


def _with_input(is_training, edit) -> Net:
    return around(is_training, lambda t: npu_dropout(t, 0.6) if is_training else t, edit=edit)


@script()
def npu_get_next(is_training):
    return _with_input(is_training, _input_op("GetNext", "channel_name"))


@script()
def npu_dynamic_get_next(is_training):
    return _with_input(is_training, _input_op("DynamicGetNextV2", "channel_name"))


@script()
def npu_adp_get_next(is_training):
    return _with_input(is_training, _input_op("AdpGetNext", "queue_name"))


@script()
def npu_queue_data(is_training):
    """One node for each component."""
    def edit(meta):
        as_the_adapter_writes(meta)
        graph_def = meta.graph_def
        node = next(node for node in graph_def.node if node.op == "IteratorGetNext")
        types = list(node.attr["output_types"].list.type)
        for index, dtype in enumerate(types):
            part = node if index == 0 else graph_def.node.add(name=f"{node.name}_{index}")
            if index:
                for attr in ("output_types", "output_shapes"):
                    part.attr[attr].CopyFrom(node.attr[attr])
            part.op = "QueueData"
            del part.input[:]
            part.attr.pop("_output_shapes", None)
            part.attr["T"].type = dtype
            set_attr(part, "index", index)
            set_attr(part, "queue_name", "train_queue")
        for user in graph_def.node:
            for at, name in enumerate(user.input):
                if name == f"{node.name}:1":
                    user.input[at] = f"{node.name}_1"
        _declare(meta, ["QueueData"])
    return _with_input(is_training, edit)
