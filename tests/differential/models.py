"""The graphs that the suite freezes, each as small as its point allows.

A function builds the training graph in the current default graph and returns a Script. Variables hold zeros in the graph;
their trained values come from `registry.numbers` and are only in the checkpoint.
"""

import numpy as np
import tensorflow as tf
from tensorflow.python.framework import function as legacy_function
from tensorflow.python.ops import gen_state_ops

import nets
from registry import (ASKS_FOR_META, CONTROL_FLOW, META, METAS, REF, REFUSES, RESOURCE, RESOURCE_V2, RIGHT, WORKS, WRONG, Script, model, numbers,
                      placeholder, trained, v1, variable)

RESOURCES = (RESOURCE,)
BOTH_CONTROL_FLOWS = (RESOURCE, RESOURCE_V2)


def _rows(name="x", rows=3, width=4):
    """The usual input: a placeholder of unknown batch size and what to feed it."""
    return placeholder(name, [None, width]), {f"{name}:0": numbers("feed/" + name, [rows, width])}


def _output(tensor, name="output"):
    return tf.identity(tensor, name)


# ---- where TensorFlow's own freezer fails, and why -----------------------------------------------------------------------

def _only_meta(flavour, form):
    """Its restore by name finds no key that is the variable's name (partitions, renaming savers)."""
    return RIGHT if form in METAS else REFUSES


def _by_name_is_wrong(flavour, form):
    """Its restore by name finds keys, but they are other variables'."""
    return RIGHT if form in METAS else REFUSES if flavour.resource else WRONG


def _handle_is_lost(flavour, form):
    """It makes a Const of the handle and leaves an op that wants a handle."""
    return WRONG if form in METAS else REFUSES


def _always_wrong(flavour, form):
    """It makes a Const of the variable and leaves an op that writes to it."""
    return REFUSES if flavour.resource and form not in METAS else WRONG


def _stale_while_shapes(flavour, form):
    """A While's `_output_shapes` still has the handle's scalar where the weight's shape now belongs: import refuses it."""
    if flavour == RESOURCE_V2 and form == META:
        return WRONG
    return REFUSES if flavour.resource and form not in METAS else RIGHT


# ---- networks ------------------------------------------------------------------------------------------------------------

@model(image_outputs=(0, 1))
def alexnet(flavour):
    return nets.alexnet(size=67, divide=16, classes=10)


@model(image_outputs=(0, 1))
def vgg(flavour):
    return nets.vgg16(size=32, divide=16, classes=10)


@model(image_outputs=(0, 1))
def resnet(flavour):
    return nets.resnet50(size=33, divide=16, classes=10, blocks=(1, 2, 1, 1))


@model(full_size=True, image_outputs=(0, 1))
def alexnet_224(flavour):
    return nets.alexnet()


@model(full_size=True, image_outputs=(0, 1))
def vgg16_224(flavour):
    return nets.vgg16(train=False)


@model(full_size=True, image_outputs=(0, 1))
def resnet50_224(flavour):
    return nets.resnet50()


@model()
def mlp_adam(flavour):
    """Adam leaves slots and beta powers in the checkpoint that the frozen graph must not ask for."""
    x, feeds = _rows(rows=5, width=6)
    with v1.variable_scope("hidden"):
        h = tf.nn.relu(v1.nn.xw_plus_b(x, variable("w", [6, 8]), variable("b", [8])))
    y = _output(tf.nn.softmax(v1.nn.xw_plus_b(h, variable("w", [8, 3]), variable("b", [3]))))
    step = v1.train.AdamOptimizer(0.01).minimize(-tf.reduce_mean(tf.math.log(y[:, 0] + 1e-3)))
    return Script(["output"], feeds, train=step, saver_in_graph=True)


@model(image_outputs=(0,))
def mobilenet_block(flavour):
    x = placeholder("input", [None, 9, 9, 3])
    y = tf.nn.relu6(nets.batch_norm(nets.conv(x, "expand", 1, 12, bias=False), "bn1"))
    y = v1.nn.depthwise_conv2d(y, variable("depthwise", [3, 3, 12, 1]), [1, 2, 2, 1], "SAME")
    y = nets.conv(tf.nn.relu6(nets.batch_norm(y, "bn2")), "project", 1, 6, bias=False)
    _output(tf.reduce_mean(nets.batch_norm(y, "bn3"), [1, 2]))
    return Script(["output"], {"input:0": numbers("image", [2, 9, 9, 3])})


@model()
def transformer_block(flavour):
    x = placeholder("x", [None, 5, 8])

    def project(t, name):
        with v1.variable_scope(name):
            return tf.tensordot(t, variable("w", [8, 8]), 1) + variable("b", [8])

    def norm(t, name):
        mean, var = tf.nn.moments(t, [-1], keepdims=True)
        with v1.variable_scope(name):
            return (t - mean) * tf.math.rsqrt(var + 1e-6) * variable("scale", [8]) + variable("offset", [8])

    q, k, v = (project(x, n) for n in "qkv")
    attention = tf.matmul(tf.nn.softmax(tf.matmul(q, k, transpose_b=True) / np.float32(8**0.5)), v)
    y = norm(x + project(attention, "out"), "norm1")
    _output(norm(y + project(tf.nn.gelu(project(y, "up")), "down"), "norm2"))
    return Script(["output"], {"x:0": numbers("feed/x", [2, 5, 8])})


@model()
def deep_network(flavour):
    """3,000 nodes on the way to the output."""
    x, y = placeholder("x", [None, 4]), None
    y = x
    with v1.variable_scope("tower"):
        for layer in range(430):
            with v1.variable_scope(f"layer{layer}"):
                # Orthogonal enough to keep 430 layers of numbers finite and different from nought.
                w = trained(v1.get_variable("w", [4, 4], initializer=v1.zeros_initializer()),
                            np.linalg.qr(numbers(f"layer{layer}", [4, 4]))[0])
                b = trained(v1.get_variable("b", [4], initializer=v1.zeros_initializer()), numbers(f"bias{layer}", [4]))
                y = tf.nn.leaky_relu(tf.nn.bias_add(tf.matmul(y, w), b), 0.9)
    _output(y)
    return Script(["output"], {"x:0": numbers("feed/x", [3, 4])})


# ---- variables and how they are read -------------------------------------------------------------------------------------

@model()
def one_variable(flavour):
    """freeze_graph_test: a variable of 1.0, doubled."""
    v = variable("variable_node", [], value=np.float32(1.0))
    tf.multiply(v, 2.0, name="output_node")
    return Script(["output_node"])


@model()
def read_twice(flavour):
    x, feeds = _rows()
    w = variable("w", [4, 4])
    _output(tf.matmul(tf.matmul(x, w), tf.transpose(w.read_value() if flavour.resource else w)) + tf.reduce_sum(w))
    return Script(["output"], feeds)


@model()
def tied_embedding(flavour):
    """One table looked up at the bottom and multiplied by at the top."""
    table = variable("table", [11, 4])
    ids = placeholder("ids", [None], tf.int32)
    _output(tf.matmul(tf.nn.embedding_lookup(table, ids), table, transpose_b=True))
    return Script(["output"], {"ids:0": np.array([3, 0, 10, 3])})


@model()
def unused_variable(flavour):
    """graph_util_test: a variable that nothing needs and nobody initialised stays unread; it is not in the checkpoint."""
    x, feeds = _rows()
    w = variable("w", [4, 2])
    v1.get_variable("never_saved", [3], initializer=v1.zeros_initializer())
    _output(tf.matmul(x, w))
    return Script(["output"], feeds, saver=lambda: v1.train.Saver([w]))


@model()
def identity_chain(flavour):
    v = variable("v", [3])
    y = v.read_value() if flavour.resource else v
    for i in range(4):
        y = tf.identity(y, f"link{i}")
    _output(y * 2.0)
    return Script(["output", "link3"])


@model()
def dtypes(flavour):
    """Every type a checkpoint holds, weights of more than one element and none."""
    outputs = []
    for dtype in (tf.float16, tf.bfloat16, tf.float32, tf.float64, tf.int8, tf.int16, tf.int32, tf.int64, tf.uint8,
                  tf.uint16, tf.uint32, tf.uint64, tf.bool, tf.complex64, tf.complex128):
        v = variable("v_" + dtype.name, [2, 3], dtype)
        outputs.append(_output(v, "out_" + dtype.name).op.name)
    return Script(outputs)


@model(flavours=RESOURCES)
def narrow_dtypes(flavour):
    """Eight bits and fewer."""
    outputs = []
    for dtype in (tf.dtypes.experimental.float8_e5m2, tf.dtypes.experimental.float8_e4m3fn):
        value = numbers(dtype.name, [2, 3]).astype(dtype.as_numpy_dtype)
        v = variable("v_" + dtype.name, [2, 3], dtype, value)
        outputs.append(tf.cast(v, tf.float32, name="out_" + dtype.name).op.name)
    return Script(outputs)


@model()
def scalars_and_empty(flavour):
    """One element is written in the typed field, none at all leaves nothing but dtype and shape."""
    outputs = []
    for dtype in (tf.float16, tf.bfloat16, tf.float32, tf.float64, tf.int8, tf.int32, tf.int64, tf.uint8, tf.uint16, tf.bool,
                  tf.complex64):
        for label, shape in (("scalar", []), ("one", [1, 1]), ("empty", [0, 3])):
            v = variable(f"{label}_{dtype.name}", shape, dtype)
            outputs.append(_output(v, f"out_{label}_{dtype.name}").op.name)
    return Script(outputs)


@model()
def strings(flavour):
    """Bytes of any length and value, and text from more than one script."""
    words = np.array([b"", b"\x00\xff", "größe".encode(), "形".encode(), b"x" * 300], object)
    outputs = [_output(variable("words", [5], tf.string, words), "out_words").op.name]
    outputs.append(_output(tf.strings.join([variable("grid", [2, 3], tf.string), "!"]), "out_grid").op.name)
    return Script(outputs)


@model(tensorflow=REFUSES)
def string_scalar(flavour):
    """A single string, which TensorFlow's converter takes for something with a shape, and none at all."""
    _output(variable("one", [], tf.string, np.array("größe".encode(), object)))
    _output(variable("none", [0, 2], tf.string), "empty")
    return Script(["output", "empty"])


@model()
def special_numbers(flavour):
    """NaN with a payload, infinities, minus nought and denormals survive to the bit."""
    bits = np.array([0x7FC00001, 0xFFC12345, 0x7F800000, 0xFF800000, 0x80000000, 0x00000001], np.uint32)
    _output(variable("v", [6], value=bits.view(np.float32)))
    _output(variable("same", [2, 2], value=np.full([2, 2], -0.0, np.float32)), "zeros")
    return Script(["output", "zeros"])


@model()
def all_equal_weights(flavour):
    """A splat is where a writer may compress and a reader may misread."""
    x, feeds = _rows()
    _output(tf.matmul(x, variable("ones", [4, 4], value=np.ones([4, 4], np.float32))) + variable("b", [4], value=np.full(4, 3.5)))
    return Script(["output"], feeds)


@model(tensorflow=WRONG)
def old_variable_op(flavour):
    """`Variable`, the op before VariableV2: TensorFlow's class-graph converter leaves it as it is."""
    x, feeds = _rows()
    w = variable("w", [4, 2], use_resource=False)
    _output(tf.matmul(x, w))

    def edit(graph_def):
        for node in graph_def.node:
            if node.op == "VariableV2":
                node.op = "Variable"

    return Script(["output"], feeds, edit=edit)


@model(flavours=RESOURCES, tensorflow=_handle_is_lost)
def shape_of_variable(flavour):
    """VariableShape and VarIsInitializedOp take a handle that is gone."""
    w = variable("w", [4, 2])
    x, feeds = _rows()
    shape = tf.raw_ops.VariableShape(input=w.handle, out_type=tf.int64)
    ready = tf.raw_ops.VarIsInitializedOp(resource=w.handle)
    _output(tf.where(ready, tf.cast(shape, tf.float32), -1.0))
    _output(tf.matmul(x, w), "product")
    return Script(["output", "product"], feeds)


@model(flavours=(REF,), tensorflow=WRONG)
def is_initialized_ref(flavour):
    w = variable("w", [3])
    ready = gen_state_ops.is_variable_initialized(w._ref())
    _output(tf.where(ready, w, tf.zeros([3])))
    return Script(["output"])


@model(flavours=(REF,), tensorflow=WRONG)
def ref_switch(flavour):
    """RefSwitch and RefMerge on the reference itself: the twins without Ref must take their place."""
    w = variable("w", [3])
    choose = placeholder("choose", [], tf.bool)
    on_false, on_true = tf.raw_ops.RefSwitch(data=w._ref(), pred=choose)
    merged, index = tf.raw_ops.Merge(inputs=[tf.negative(on_false), tf.identity(on_true)])
    _output(merged)
    _output(tf.raw_ops.RefIdentity(input=w._ref()) + tf.cast(index, tf.float32), "indexed")
    return Script(["output", "indexed"], {"choose:0": np.array(True)})


@model(flavours=RESOURCES, tensorflow=_handle_is_lost)
def handle_through_identity_n(flavour):
    a, b = variable("a", [2]), variable("b", [2])
    handles = tf.identity_n([a.handle, b.handle], name="handles")
    _output(tf.raw_ops.ReadVariableOp(resource=handles[1], dtype=tf.float32) -
            tf.raw_ops.ReadVariableOp(resource=handles[0], dtype=tf.float32))
    return Script(["output"])


@model(flavours=RESOURCES)
def handle_through_identity(flavour):
    a = variable("a", [2])
    handle = tf.identity(tf.identity(a.handle))
    _output(tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.float32) * 3.0)
    return Script(["output"])


# ---- gathers -------------------------------------------------------------------------------------------------------------

@model()
def gather(flavour):
    """ResourceGather on a handle, Gather on a reference's value."""
    table = variable("table", [7, 3])
    ids = placeholder("ids", [None, 2], tf.int64)
    _output(tf.gather(table, ids))
    return Script(["output"], {"ids:0": np.array([[0, 6], [3, 3]])})


@model(flavours=RESOURCES)
def gather_twice(flavour):
    """Two gathers with different index types from one table."""
    table = variable("table", [7, 3])
    a = tf.gather(table, placeholder("a", [None], tf.int32))
    b = tf.gather(table, placeholder("b", [None], tf.int64))
    _output(tf.concat([a, b], 0))
    return Script(["output"], {"a:0": np.array([1, 2]), "b:0": np.array([5])})


@model()
def gather_nd(flavour):
    table = variable("table", [4, 5, 2])
    ids = placeholder("ids", [None, 2], tf.int32)
    if flavour.resource:
        _output(tf.raw_ops.ResourceGatherNd(resource=table.handle, indices=ids, dtype=tf.float32))
    else:
        _output(tf.gather_nd(table, ids))
    return Script(["output"], {"ids:0": np.array([[0, 4], [3, 1]])})


@model(flavours=RESOURCES, tensorflow=REFUSES)
def gather_batch_dims(flavour):
    """GatherV2 knows batch_dims; TensorFlow's converter only does not use it."""
    table = variable("table", [2, 5, 3])
    ids = placeholder("ids", [2, None], tf.int32)
    _output(tf.raw_ops.ResourceGather(resource=table.handle, indices=ids, dtype=tf.float32, batch_dims=1))
    return Script(["output"], {"ids:0": np.array([[4, 0, 1], [2, 2, 3]])})


@model(flavours=(RESOURCE_V2,), tensorflow=_handle_is_lost)
def gather_in_while_body(flavour):
    """A gather from a captured handle inside a function."""
    table = variable("table", [7, 3])
    y = tf.while_loop(lambda i, a: i < 4, lambda i, a: (i + 1, a + tf.gather(table, [i, i + 1])), [0, tf.zeros([2, 3])])[1]
    _output(y)
    return Script(["output"])


def _partitioned_lookup(strategy):
    with v1.variable_scope("emb", partitioner=v1.fixed_size_partitioner(3)):
        table = variable("table", [10, 4])
    ids = placeholder("ids", [None], tf.int64)
    _output(tf.nn.embedding_lookup(table, ids) if strategy is None
            else v1.nn.embedding_lookup(list(table), ids, partition_strategy=strategy))
    return Script(["output"], {"ids:0": np.array([9, 0, 5, 3, 5])}, saver_in_graph=True)


@model(tensorflow=_only_meta, bare_graph=WORKS)
def embedding_mod(flavour):
    return _partitioned_lookup("mod")


@model(tensorflow=_only_meta, bare_graph=WORKS)
def embedding_div(flavour):
    return _partitioned_lookup("div")


# ---- partitions, slices, shards, savers ----------------------------------------------------------------------------------

def _partitioned(axis):
    x, feeds = _rows(width=6)
    with v1.variable_scope("layer", partitioner=v1.fixed_size_partitioner(4, axis)):
        w = variable("w", [6, 10])
    _output(tf.matmul(x, tf.convert_to_tensor(w)))
    return Script(["output"], feeds, saver_in_graph=True)


@model(tensorflow=_only_meta, bare_graph=WORKS)
def partitioned_axis0(flavour):
    return _partitioned(0)


@model(tensorflow=_only_meta, bare_graph=WORKS)
def partitioned_axis1(flavour):
    return _partitioned(1)


@model(tensorflow=_only_meta, bare_graph=WORKS)
def single_partition(flavour):
    """freeze_graph_test: one partition is still a partition, and TensorFlow gives up."""
    with v1.variable_scope("layer", partitioner=v1.fixed_size_partitioner(1)):
        w = variable("w", [6, 10])
    _output(tf.convert_to_tensor(w))
    return Script(["output"], saver_in_graph=True)


def _trained_in_partitions(partitions, axis):
    def train():
        with v1.variable_scope("layer", partitioner=v1.fixed_size_partitioner(partitions, axis)):
            variable("w", [6, 10])
        return v1.train.Saver(v1.global_variables())
    return train


@model()
def whole_from_slices(flavour):
    """The checkpoint has w in three slices cut across, the graph has it whole and knows of none."""
    x, feeds = _rows(width=6)
    with v1.variable_scope("layer"):
        _output(tf.matmul(x, variable("w", [6, 10])), "y")
    _output(x)
    return Script(["layer/y"], feeds, trained_elsewhere=_trained_in_partitions(3, 1))


@model(tensorflow=_only_meta)
def slices_cut_otherwise(flavour):
    """The graph wants w in four pieces by column, training left three by row."""
    return _with(_partitioned(1), trained_elsewhere=_trained_in_partitions(3, 0))


@model(tensorflow=_only_meta)
def slices_from_whole(flavour):
    """The graph wants w in pieces, training left one."""
    def train():
        with v1.variable_scope("layer"):
            variable("w", [6, 10])
        return v1.train.Saver()
    return _with(_partitioned(0), trained_elsewhere=train)


def _with(script, **changes):
    for name, value in changes.items():
        setattr(script, name, value)
    return script


@model(tensorflow=_by_name_is_wrong)
def ema_saver(flavour):
    """Evaluation restores the shadows under the weights' names; the checkpoint of the training has both."""
    x, feeds = _rows()
    w = variable("w", [4, 3])
    average = v1.train.ExponentialMovingAverage(0.9)
    average.apply([w])
    _output(tf.matmul(x, w))

    def train():
        weight = variable("w", [4, 3])
        average = v1.train.ExponentialMovingAverage(0.9)
        average.apply([weight])
        trained(average.average(weight), numbers("shadow", [4, 3]))
        return v1.train.Saver()

    return Script(["output"], feeds, saver=lambda: v1.train.Saver(average.variables_to_restore([w])), saver_in_graph=True,
                  trained_elsewhere=train)


@model(tensorflow=_only_meta, bare_graph=ASKS_FOR_META)
def saver_renames(flavour):
    x, feeds = _rows()
    w, b = variable("w", [4, 3]), variable("b", [3])
    _output(tf.matmul(x, w) + b)
    return Script(["output"], feeds, saver=lambda: v1.train.Saver({"net/kernel": w, "net/offset": b}), saver_in_graph=True)


@model(tensorflow=_by_name_is_wrong)
def saver_renames_crosswise(flavour):
    """Key `a` holds variable b and the other way round: names are a trap, only the restore sub-graph knows."""
    x, feeds = _rows()
    a, b = variable("a", [4, 4]), variable("b", [4, 4])
    _output(tf.matmul(tf.matmul(x, a), b))
    return Script(["output"], feeds, saver=lambda: v1.train.Saver({"a": b, "b": a}), saver_in_graph=True)


SHARD_DEVICES = 7


def sharded(shards):
    x, feeds = _rows()
    y = x
    for i in range(SHARD_DEVICES):
        with tf.device(f"/device:CPU:{i % shards}"):
            y = tf.matmul(y, variable(f"w{i}", [4, 4]))
    _output(y)
    return Script(["output"], feeds, saver=lambda: v1.train.Saver(sharded=True))


@model()
def shards_1(flavour):
    return sharded(1)


@model()
def shards_2(flavour):
    return sharded(2)


@model()
def shards_7(flavour):
    return sharded(7)


@model(tensorflow=_only_meta)
def sharded_slices(flavour):
    """Slices of one tensor in different shard files."""
    x, feeds = _rows(width=6)

    def place(op, devices=iter(range(10**6))):
        return f"/device:CPU:{next(devices) % 3}" if op.type in ("VariableV2", "VarHandleOp") else op.device

    with v1.device(place), v1.variable_scope("layer", partitioner=v1.fixed_size_partitioner(3)):
        w = variable("w", [6, 10])
    _output(tf.matmul(x, tf.convert_to_tensor(w)))
    return Script(["output"], feeds, saver=lambda: v1.train.Saver(sharded=True), saver_in_graph=True)


def _v1_format(**options):
    return lambda: v1.train.Saver(write_version=v1.train.SaverDef.V1, **options)


@model()
def v1_checkpoint(flavour):
    """The format before bundles: one LevelDB-like table that holds the weights themselves."""
    script = one_variable(flavour)
    return _with(script, saver=_v1_format(), flags={"checkpoint_version": "1"})


@model()
def v1_checkpoint_dtypes(flavour):
    """Integers and booleans are coded there, each in a way of its own; not every type can be stored."""
    w = variable("w", [3, 5])
    parts = [tf.cast(variable(f"v_{dtype.name}", [3, 5], dtype), tf.float32)
             for dtype in (tf.float64, tf.int64, tf.int32, tf.int16, tf.int8, tf.uint8, tf.bool)]
    _output(tf.add_n([w, *parts]))
    return Script(["output"], saver=_v1_format(), flags={"checkpoint_version": "1"})


@model()
def v1_checkpoint_shards(flavour):
    """A table a device; the checkpoint is called by the pattern of their names."""
    return _with(sharded(3), saver=_v1_format(sharded=True), flags={"checkpoint_version": "1"})


@model(tensorflow=_only_meta)
def v1_checkpoint_sharded_slices(flavour):
    """Slices of one tensor in different tables."""
    return _with(sharded_slices(flavour), saver=_v1_format(sharded=True), flags={"checkpoint_version": "1"})


# ---- control flow --------------------------------------------------------------------------------------------------------

@model(flavours=CONTROL_FLOW)
def cond_captured(flavour):
    x, feeds = _rows()
    w, b = variable("w", [4, 4]), variable("b", [4])
    flag = placeholder("flag", [], tf.bool)
    _output(v1.cond(flag, lambda: tf.matmul(x, w), lambda: x + b))
    return Script(["output"], {**feeds, "flag:0": np.array(True)})


@model(flavours=CONTROL_FLOW)
def cond_stateless(flavour):
    """No variable inside a branch: StatelessIf."""
    x, feeds = _rows()
    y = tf.matmul(x, variable("w", [4, 4]))
    _output(v1.cond(tf.reduce_sum(y) > 0, lambda: y * 2.0, lambda: y - 1.0))
    return Script(["output"], feeds)


@model(flavours=CONTROL_FLOW, tensorflow=_stale_while_shapes)
def while_captured(flavour):
    x, feeds = _rows()
    w = variable("w", [4, 4])
    _output(v1.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, tf.tanh(tf.matmul(y, w))), [0, x])[1])
    return Script(["output"], feeds)


@model(flavours=CONTROL_FLOW)
def while_condition_reads(flavour):
    """The variable is read by the loop's condition."""
    x, feeds = _rows()
    limit = variable("limit", [], tf.int32, np.int32(5))
    _output(v1.while_loop(lambda i, y: i < limit, lambda i, y: (i + 1, y * 1.5), [0, x])[1])
    return Script(["output"], feeds)


@model(flavours=CONTROL_FLOW, tensorflow=_stale_while_shapes)
def nested(flavour):
    """A while in a cond in a while, with variables at each level."""
    x, feeds = _rows()
    w, b, c = variable("w", [4, 4]), variable("b", [4]), variable("c", [4])

    def inner(y):
        return v1.while_loop(lambda j, z: j < 2, lambda j, z: (j + 1, tf.tanh(tf.matmul(z, w) + c)), [0, y])[1]

    def body(i, y):
        return i + 1, v1.cond(tf.equal(i % 2, 0), lambda: inner(y), lambda: y + b)

    _output(v1.while_loop(lambda i, y: i < 4, body, [0, x])[1])
    return Script(["output"], feeds)


@model(flavours=CONTROL_FLOW)
def nested_cond(flavour):
    x, feeds = _rows()
    a, b, c = (variable(n, [4]) for n in "abc")
    p, q = placeholder("p", [], tf.bool), placeholder("q", [], tf.bool)
    _output(v1.cond(p, lambda: v1.cond(q, lambda: x + a, lambda: x * b), lambda: x - c))
    return Script(["output"], {**feeds, "p:0": np.array(True), "q:0": np.array(False)})


@model(flavours=CONTROL_FLOW)
def switch_case(flavour):
    """Case: the branches capture variables."""
    x, feeds = _rows()
    a, b, c = (variable(n, [4]) for n in "abc")
    index = placeholder("index", [], tf.int32)
    _output(tf.switch_case(index, [lambda: x + a, lambda: x * b, lambda: x - c]))
    return Script(["output"], {**feeds, "index:0": np.array(1)})


@model(flavours=CONTROL_FLOW)
def switch_case_stateless(flavour):
    """StatelessCase: only what was read before goes in."""
    x, feeds = _rows()
    y = tf.matmul(x, variable("w", [4, 4]))
    index = placeholder("index", [], tf.int32)
    _output(tf.switch_case(index, [lambda: y + 1.0, lambda: y * 2.0, lambda: -y]))
    return Script(["output"], {**feeds, "index:0": np.array(2)})


@model(flavours=CONTROL_FLOW, tensorflow=_stale_while_shapes)
def lstm(flavour):
    """A recurrent net over a TensorArray, as dynamic_rnn makes it."""
    x = placeholder("x", [None, 5, 3])
    w, b = variable("rnn/kernel", [3 + 4, 16]), variable("rnn/bias", [16])
    steps = tf.transpose(x, [1, 0, 2])
    source = tf.TensorArray(tf.float32, 5, clear_after_read=False).unstack(steps)
    zero = tf.zeros([tf.shape(x)[0], 4])

    def body(t, c, h, out):
        i, j, f, o = tf.split(tf.matmul(tf.concat([source.read(t), h], 1), w) + b, 4, 1)
        c = c * tf.sigmoid(f + 1.0) + tf.sigmoid(i) * tf.tanh(j)
        h = tf.tanh(c) * tf.sigmoid(o)
        return t + 1, c, h, out.write(t, h)

    shapes = [tf.TensorShape([]), tf.TensorShape([None, 4]), tf.TensorShape([None, 4]), tf.TensorShape(None)]
    final = v1.while_loop(lambda t, *_: t < 5, body, [0, zero, zero, tf.TensorArray(tf.float32, 5)], shapes)
    _output(final[3].stack())
    return Script(["output"], {"x:0": numbers("feed/x", [2, 5, 3])})


@model(flavours=CONTROL_FLOW, tensorflow=_stale_while_shapes)
def map_over_rows(flavour):
    x, feeds = _rows()
    w = variable("w", [4])
    _output(v1.map_fn(lambda row: tf.reduce_sum(row * w), x))
    return Script(["output"], feeds)


# ---- functions -----------------------------------------------------------------------------------------------------------

@model(tensorflow=lambda f, form: _handle_is_lost(f, form) if f.resource else RIGHT)
def defun(flavour):
    """A Defun call's op is the function's own name. References go in as values, resources are captured."""
    x, feeds = _rows()
    w, b = variable("w", [4, 4]), variable("b", [4])
    if flavour.resource:
        @legacy_function.Defun(tf.float32, func_name="Layer")
        def layer(t):
            return tf.nn.relu(tf.matmul(t, w) + b)
        y = layer(layer(x))
    else:
        @legacy_function.Defun(tf.float32, tf.float32, tf.float32, func_name="Layer")
        def layer(t, kernel, bias):
            return tf.nn.relu(tf.matmul(t, kernel) + bias)
        y = layer(layer(x, w, b), w, b)
    _output(y)
    return Script(["output"], feeds)


@model(flavours=RESOURCES, tensorflow=_handle_is_lost)
def defun_two_variables(flavour):
    """One function, called once with each of two variables, and a value of the first beside it."""
    x, feeds = _rows()
    a, b = variable("a", [4, 4]), variable("b", [4, 4])

    @legacy_function.Defun(tf.float32, tf.resource, func_name="Multiply")
    def multiply(t, handle):
        return tf.matmul(t, tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.float32))

    _output(multiply(multiply(x, a.handle), b.handle))
    return Script(["output"], feeds)


@model(flavours=BOTH_CONTROL_FLOWS)
def tf_function(flavour):
    """tf.function in a v1 graph: a call with handles among its arguments, and one nested in it."""
    x, feeds = _rows()
    w, b = variable("w", [4, 4]), variable("b", [4])

    @tf.function
    def scale(t):
        return t * tf.reduce_sum(b)

    @tf.function
    def layer(t):
        return tf.tanh(scale(tf.matmul(t, w)) + b)

    _output(layer(x))
    return Script(["output"], feeds)


@model(flavours=BOTH_CONTROL_FLOWS)
def tf_function_with_control_flow(flavour):
    """cond and while inside a function, around captured variables."""
    x, feeds = _rows()
    w, b = variable("w", [4, 4]), variable("b", [4])

    @tf.function(autograph=False)
    def net(t, flag):
        t = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, tf.tanh(tf.matmul(y, w))), [0, t])[1]
        return tf.cond(flag, lambda: t + b, lambda: t - b)

    _output(net(x, placeholder("flag", [], tf.bool)))
    return Script(["output"], {**feeds, "flag:0": np.array(False)})


@model(flavours=RESOURCES)
def tf_function_outputs(flavour):
    """Several results, one asked for as a tensor `name:1`."""
    x, feeds = _rows()
    w = variable("w", [4, 4])

    @tf.function
    def two(t):
        return tf.matmul(t, w), tf.reduce_sum(w, 0)

    first, second = two(x)
    _output(first)
    _output(second, "second")
    return Script(["output", "second"], feeds)


@model(flavours=RESOURCES, tensorflow=_handle_is_lost)
def handle_inside_function(flavour):
    """The handle is declared in the function's body and finds the variable by its shared name."""
    x, feeds = _rows()
    w = variable("w", [4, 4])

    @legacy_function.Defun(tf.float32, func_name="Inside")
    def inside(t):
        handle = tf.raw_ops.VarHandleOp(dtype=tf.float32, shape=[4, 4], shared_name="w")
        return tf.matmul(t, tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.float32))

    _output(inside(x) + tf.reduce_sum(w))
    return Script(["output"], feeds)


@model(flavours=RESOURCES, tensorflow=_handle_is_lost)
def handle_returned(flavour):
    """A function that gives its handle back: the type of its result changes with the argument's."""
    x, feeds = _rows()
    w = variable("w", [4, 4])

    @legacy_function.Defun(tf.resource, tf.float32, func_name="Through")
    def through(handle, t):
        return tf.identity(handle), t * 2.0

    handle, y = through(w.handle, x)
    _output(tf.matmul(y, tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.float32)))
    return Script(["output"], feeds)


@model()
def function_without_variables(flavour):
    """graph_util_test's testWithFunctions: the library is kept; a function that nothing calls need not be."""
    x, feeds = _rows()

    @legacy_function.Defun(tf.float32, func_name="PlusOne")
    def plus_one(t):
        return t + 1.0

    @legacy_function.Defun(tf.float32, func_name="Unused")
    def unused(t):
        return t - 1.0

    unused(x)
    _output(plus_one(x) * variable("w", [4]))
    return Script(["output"], feeds)


# ---- control edges, devices, leftovers -----------------------------------------------------------------------------------

@model()
def control_edges(flavour):
    """Nodes that hang by control edges alone are kept and run."""
    x, feeds = _rows()
    w = variable("w", [4, 4])
    fine = v1.Assert(tf.reduce_all(x > -2.0), [x])
    with tf.control_dependencies([fine, tf.no_op("fence")]):
        y = tf.matmul(x, w)
    with tf.control_dependencies([tf.identity(w, "only_by_control")]):
        _output(y + 1.0)
    return Script(["output"], feeds)


@model(flavours=RESOURCES)
def controlled_read(flavour):
    """A read that waits for something: as Identity it still may."""
    x, feeds = _rows()
    w = variable("w", [4, 4])
    with tf.control_dependencies([tf.identity(x, "before")]):
        value = w.read_value()
    _output(tf.matmul(x, value))
    return Script(["output"], feeds)


@model(tensorflow=_always_wrong)
def moving_average_updates(flavour):
    """Updates of moving averages hang at the output by control edges; nothing that is asked for reads them after."""
    x, feeds = _rows()
    mean, scale = variable("moving_mean", [4]), variable("scale", [4])
    batch_mean = tf.reduce_mean(x, 0)
    update = v1.assign_sub(mean, (mean - batch_mean) * 0.1)
    with tf.control_dependencies([update]):
        _output((x - batch_mean) * scale)
    return Script(["output"], feeds)


@model(tensorflow=_always_wrong)
def counter_update(flavour):
    """A counter that counts its calls."""
    x, feeds = _rows()
    count = variable("count", [], tf.int64, np.int64(41))
    y = tf.matmul(x, variable("w", [4, 4]))
    with tf.control_dependencies([v1.assign_add(count, np.int64(1))]):
        _output(y)
    return Script(["output"], feeds)


@model()
def devices(flavour):
    """Devices of every spelling, on nodes and in functions."""
    x, feeds = _rows()

    @legacy_function.Defun(tf.float32, func_name="Placed")
    def placed(t):
        with tf.device("/device:CPU:0"):
            return t * 2.0

    with tf.device("/job:localhost/replica:0/task:0/device:CPU:0"):
        w = variable("w", [4, 4])
    with tf.device("/cpu:0"):
        y = tf.matmul(x, w)
    _output(placed(y))
    return Script(["output"], feeds)


@model()
def colocated(flavour):
    """`_class` names nodes outside the way to the output; TensorFlow drags them along."""
    x, feeds = _rows()
    w, stray = variable("w", [4, 4]), variable("stray", [4])
    with v1.colocate_with(w.op):
        y = tf.matmul(x, w)
    with v1.colocate_with(tf.add(tf.convert_to_tensor(stray), 1.0, name="elsewhere").op):
        y = tf.nn.relu(y)
    _output(y)
    return Script(["output"], feeds)


@model()
def several_outputs(flavour):
    """split:0..2 by name; one output feeds another."""
    x, feeds = _rows(width=6)
    parts = tf.split(tf.matmul(x, variable("w", [6, 6])), 3, 1, name="parts")
    tf.add(parts[0], parts[2], name="sum")
    tf.nn.softmax(parts[1], name="prob")
    return Script(["sum", "prob", "parts"], feeds)


@model()
def default_input(flavour):
    """PlaceholderWithDefault stays what it is."""
    keep = v1.placeholder_with_default(np.float32(0.5), [], "keep")
    x, feeds = _rows()
    _output(tf.matmul(x, variable("w", [4, 4])) * keep)
    return Script(["output"], feeds)


def _allow_deny():
    x, feeds = _rows()
    a, b, c = (variable(n, [4, 4]) for n in "abc")
    _output(tf.matmul(tf.matmul(tf.matmul(x, a), b), c))
    return Script(["output"], feeds)


@model()
def allow_list(flavour):
    return _with(_allow_deny(), flags={"variable_names_whitelist": "a, c"})


@model()
def deny_list(flavour):
    return _with(_allow_deny(), flags={"variable_names_denylist": "b"})


@model()
def deny_wins(flavour):
    return _with(_allow_deny(), flags={"variable_names_whitelist": "a,b", "variable_names_denylist": "b"})


@model(flavours=BOTH_CONTROL_FLOWS)
def deny_in_nested_cond(flavour):
    """convert_to_constants_test's UnconvertedResourceNestedCase: y stays a handle through two conds."""
    x, y = variable("x", [], value=np.float32(1.5)), variable("y", [], value=np.float32(2.5))
    p = placeholder("p", [], tf.bool)
    _output(v1.cond(p, lambda: v1.cond(x > 1.0, lambda: x + y, lambda: y * 1.0), lambda: x - y))
    return Script(["output"], {"p:0": np.array(True)}, flags={"variable_names_denylist": "y"})


@model()
def local_variables(flavour):
    """A local variable is in no checkpoint: its constant initialiser is run by --initializer_nodes."""
    x, feeds = _rows()
    w = variable("w", [4, 3])
    table = v1.get_local_variable("table", initializer=np.arange(3, dtype=np.float32) + 0.5)
    shift = v1.get_local_variable("shift", [3], initializer=v1.constant_initializer(0.25))
    zeros = v1.get_local_variable("zeros", [3], initializer=v1.zeros_initializer())
    v1.local_variables_initializer()
    _output(tf.matmul(x, w) * table + shift + zeros)
    return Script(["output"], feeds, flags={"initializer_nodes": "init"}, after_restore=["init"])


@model()
def local_variable_by_assign(flavour):
    """The same with the assignment itself named, and two of them."""
    w = variable("w", [3])
    a = v1.get_local_variable("a", initializer=np.float32(2.0))
    b = v1.get_local_variable("b", initializer=np.array([1, 2, 3], np.float32))
    _output(w * a + b)
    return Script(["output"], {}, flags={"initializer_nodes": "a/Assign,b/Assign"}, after_restore=["a/Assign", "b/Assign"])
