"""Writes SavedModels of every kind, each with inputs to run it on.

A process of its own (python saved_model_models.py FOLDER [NAME...]): the suite works in graph mode, most of these models are
made in eager mode. Every model lands in FOLDER/name, the inputs of its signatures beside it in FOLDER/name.inputs.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import pathlib
import pickle
import sys
import traceback
import zlib

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
MODELS = {}
EAGER = set()


def model(build=None, eager=False):
    """Registers a function that writes a model into the folder it is given and returns {signature: {key: value}}.

    eager: v1's loader cannot run the model (it has variables that no checkpoint fills); the eager loader judges.
    """
    if build is None:
        return lambda build: model(build, eager)
    assert build.__name__ not in MODELS, build.__name__
    MODELS[build.__name__] = build
    if eager:
        EAGER.add(build.__name__)
    return build


def numbers(name: str, *shape, low=-1.0, high=1.0) -> np.ndarray:
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    return rng.uniform(low, high, shape).astype(np.float32)


def floats(*shape, name=None):
    return tf.TensorSpec(shape, tf.float32, name=name)


def randomize(variables) -> None:
    """Trained-looking values: initial ones (zeros, ones) would hide a variable that got another's."""
    for i, variable in enumerate(variables):
        if not variable.dtype in (tf.float32, tf.float16, tf.bfloat16, "float32", "float16", "bfloat16"):
            continue
        # Variances have to be positive.
        value = numbers(f"{i}{getattr(variable, 'path', variable.name)}", *variable.shape, low=0.05, high=0.6)
        variable.assign(tf.cast(value, variable.dtype))


# --- tf.Module ------------------------------------------------------------------------------------------------------------


class Dense(tf.Module):
    def __init__(self, name, rows, columns):
        super().__init__(name=name)
        self.w = tf.Variable(numbers(name + "w", rows, columns), name="w")
        self.b = tf.Variable(numbers(name + "b", columns), name="b")

    @tf.function
    def __call__(self, x):
        return tf.nn.relu(x @ self.w + self.b)


class Two(tf.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = Dense("first", 4, 5), Dense("second", 5, 3)

    @tf.function(input_signature=[floats(None, 4)])
    def __call__(self, x):
        return self.second(self.first(x))


def save(module, folder, signatures=None, **options):
    tf.saved_model.save(module, folder, signatures=signatures, options=tf.saved_model.SaveOptions(**options))


@model
def module_nested_functions(folder):
    save(Two(), folder)
    return {"serving_default": {"x": numbers("x", 3, 4)}}


@model
def module_without_variables(folder):
    class Plain(tf.Module):
        @tf.function(input_signature=[floats(None)])
        def __call__(self, x):
            return {"twice": x * 2, "plus": x + 1}
    save(Plain(), folder)
    return {"serving_default": {"x": numbers("x", 3)}}


@model
def module_scalar_input(folder):
    class Scalar(tf.Module):
        def __init__(self):
            self.v = tf.Variable(2.5)

        @tf.function(input_signature=[floats()])
        def __call__(self, x):
            return x * self.v
    save(Scalar(), folder)
    return {"serving_default": {"x": np.float32(3)}}


@model
def module_lists_and_dicts(folder):
    class Container(tf.Module):
        def __init__(self):
            self.list = [tf.Variable(numbers(f"l{i}", 3)) for i in range(3)]
            self.dict = {"a": tf.Variable(numbers("a", 3)), "b/c": tf.Variable(numbers("b", 3)), "d.e": [tf.Variable(4.0)]}

        @tf.function(input_signature=[floats(None, 3)])
        def __call__(self, x):
            for variable in self.list:
                x = x * variable + self.dict["a"]
            return x - self.dict["b/c"] * self.dict["d.e"][0]
    save(Container(), folder)
    return {"serving_default": {"x": numbers("x", 2, 3)}}


@model
def module_shared_variables(folder):
    class Shared(tf.Module):
        def __init__(self):
            self.one = Dense("shared", 4, 4)
            self.other = self.one
            self.third = tf.Module()
            self.third.weight = self.one.w

        @tf.function(input_signature=[floats(None, 4)])
        def __call__(self, x):
            return self.other(self.one(x)) @ self.third.weight
    save(Shared(), folder)
    return {"serving_default": {"x": numbers("x", 2, 4)}}


@model
def module_multiple_signatures(folder):
    class Many(tf.Module):
        def __init__(self):
            self.scale, self.shift = tf.Variable(3.0), tf.Variable(numbers("shift", 4))

        @tf.function(input_signature=[floats(None, 4)])
        def multiply(self, x):
            return {"product": x * self.scale, "sum": tf.reduce_sum(x)}

        @tf.function(input_signature=[floats(None, 4), floats(4)])
        def add(self, x, y):
            return {"sum": x + y + self.shift}
    many = Many()
    save(many, folder, {"serving_default": many.multiply, "add": many.add, "again": many.multiply})
    return {"serving_default": {"x": numbers("x", 2, 4)}, "add": {"x": numbers("x", 2, 4), "y": numbers("y", 4)},
            "again": {"x": numbers("z", 1, 4)}}


@model
def module_multiple_outputs_in_order(folder):
    class Outputs(tf.Module):
        def __init__(self):
            self.v = tf.Variable(numbers("v", 4))

        @tf.function(input_signature=[floats(None, 4)])
        def __call__(self, x):
            return {"zeta": x + self.v, "alpha": x, "mid": tf.stack([x, x * self.v])}
    save(Outputs(), folder)
    return {"serving_default": {"x": numbers("x", 2, 4)}}


@model
def module_if(folder):
    class Branch(tf.Module):
        def __init__(self):
            self.a, self.b = tf.Variable(numbers("a", 3)), tf.Variable(numbers("b", 3))

        @tf.function
        def inner(self, x):
            return x + self.a

        @tf.function(input_signature=[floats(None, 3)])
        def __call__(self, x):
            y = tf.cond(tf.reduce_sum(x) > 0, lambda: self.inner(x), lambda: x * self.b)
            return tf.cond(tf.reduce_sum(x) > 100, lambda: y + 1, lambda: y - 1)
    save(Branch(), folder)
    return {"serving_default": {"x": numbers("x", 2, 3, low=0)}}


@model
def module_if_other_branch(folder):
    module_if(folder)
    return {"serving_default": {"x": numbers("x", 2, 3, high=0)}}


@model
def module_while(folder):
    class Loop(tf.Module):
        def __init__(self):
            self.w = tf.Variable(numbers("w", 3, 3))
            self.step = Dense("step", 3, 3)

        @tf.function(input_signature=[floats(None, 3), tf.TensorSpec([], tf.int32)])
        def __call__(self, x, n):
            i = tf.constant(0)
            _, y = tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, self.step(y @ self.w)), [i, x])
            for _ in tf.range(2):
                y = y * 0.5 + self.step.b
            return y
    save(Loop(), folder)
    return {"serving_default": {"x": numbers("x", 2, 3), "n": np.int32(3)}}


@model
def module_nested_control_flow(folder):
    class Nested(tf.Module):
        def __init__(self):
            self.v, self.u = tf.Variable(numbers("v", 3)), tf.Variable(numbers("u", 3))

        @tf.function(input_signature=[floats(3)])
        def __call__(self, x):
            for i in tf.range(4):
                if tf.equal(i % 2, 0):
                    x = x + self.v
                    if tf.reduce_sum(x) > 1:
                        x = x * self.u
                else:
                    while tf.reduce_sum(x) < 2:
                        x = x + tf.abs(self.u) + 0.1
            return x
    save(Nested(), folder)
    return {"serving_default": {"x": numbers("x", 3)}}


def _cases(folder, captured):
    class Cases(tf.Module):
        def __init__(self):
            self.vs = [tf.Variable(numbers(f"v{i}", 3)) for i in range(3)]

        @tf.function(input_signature=[floats(3), tf.TensorSpec([], tf.int32)])
        def __call__(self, x, i):
            if captured:
                return tf.switch_case(i, [lambda v=v: x * v for v in self.vs])
            values = [tf.identity(v) for v in self.vs]
            return tf.switch_case(i, [lambda v=v: x * v for v in values])
    save(Cases(), folder)
    return {"serving_default": {"x": numbers("x", 3), "i": np.int32(1)}}


@model
def module_case(folder):
    return _cases(folder, True)


@model
def module_stateless_case(folder):
    return _cases(folder, False)


@model
def module_map_fn(folder):
    class Map(tf.Module):
        def __init__(self):
            self.v = tf.Variable(numbers("v", 3))

        @tf.function(input_signature=[floats(None, 3)])
        def __call__(self, x):
            return tf.map_fn(lambda row: row * self.v + tf.reduce_sum(self.v), x)
    save(Map(), folder)
    return {"serving_default": {"x": numbers("x", 4, 3)}}


@model
def module_scan_and_tensor_list(folder):
    class Scan(tf.Module):
        def __init__(self):
            self.v = tf.Variable(numbers("v", 3))

        @tf.function(input_signature=[floats(None, 3)])
        def __call__(self, x):
            return tf.scan(lambda a, b: a * 0.5 + b * self.v, x)
    save(Scan(), folder)
    return {"serving_default": {"x": numbers("x", 4, 3)}}


@model
def control_flow_deep(folder):
    """Loops in branches in loops, in conditions too; variables that change places; rounds that never come."""
    class Deep(tf.Module):
        def __init__(self):
            self.v, self.w = tf.Variable(numbers("v", 3)), tf.Variable(numbers("w", 3, 3))

        def inner(self, i, x):
            grow = lambda: tf.while_loop(lambda y: tf.reduce_sum(tf.abs(y)) < 3.0, lambda y: (y * 1.5 + tf.constant(0.25),), [x])[0]
            return tf.cond(tf.equal(i % 3, 1), grow, lambda: tf.cond(i > 2, lambda: x - self.v, lambda: tf.constant([1.0, 2.0, 3.0])))

        @tf.function(input_signature=[floats(3), tf.TensorSpec([], tf.int32), tf.TensorSpec([], tf.int32)])
        def __call__(self, x, n, never):
            # The condition has a loop and a branch of its own, and reads what does not change.
            below = lambda i: tf.while_loop(lambda k: k * 2 < i, lambda k: (k + 1,), [tf.constant(0)])[0] < tf.cond(n > 3, lambda: n, lambda: n - 1)
            _, a, b = tf.while_loop(lambda i, a, b: below(i), lambda i, a, b: (i + 1, b, self.inner(i, a)), [tf.constant(0), x, x * 2.0])
            # Were the body to run, it would fail: it gathers out of bounds, of nothing that changes.
            c = tf.while_loop(lambda i, y: i < never, lambda i, y: (i + 1, y + tf.gather(self.w, 77)), [tf.constant(0), x])[1]
            # What goes round is an argument that never changes, from the second round on.
            d = tf.while_loop(lambda i, y, z: i < n, lambda i, y, z: (i + 1, z, z), [tf.constant(0), x, self.v], parallel_iterations=1)[1]
            # Only the shape changes.
            e = tf.while_loop(lambda y: tf.shape(y)[0] < 9, lambda y: (tf.concat([y, x], 0),), [x], shape_invariants=[tf.TensorShape([None])])[0]
            return {"a": a, "b": b, "c": c, "d": d, "e": e}
    save(Deep(), folder)
    return {"serving_default": {"x": numbers("x", 3), "n": np.int32(5), "never": np.int32(0)}}


@model
def control_flow_case(folder):
    """Any index, of one to six branches, in a loop as well; branches that take nothing, and several outputs."""
    class Cases(tf.Module):
        def __init__(self):
            self.v = tf.Variable(numbers("v", 3))

        @tf.function(input_signature=[floats(3), tf.TensorSpec([], tf.int32)])
        def __call__(self, x, base):
            branches = [lambda: (x, self.v), lambda: (tf.constant([5.0, 6.0, 7.0]), x * 2.0), lambda: (x - self.v, x), lambda: (self.v, self.v),
                        lambda: tf.switch_case(base, [lambda: (x * 9.0, x), lambda: (tf.zeros([3]), x + self.v)]),
                        lambda: (tf.ones([3]), tf.constant([0.5, 0.25, 0.125]))]
            results = {}
            for count in range(1, 7):
                for i in (-2147483648, -1, 0, 1, 2, 3, 4, 5, 6, 2147483647):
                    y, z = tf.switch_case(base * 0 + i, branches[:count])
                    results[f"{count}_{i}"] = y + 10.0 * z
            _, results["loop"] = tf.while_loop(lambda i, y: i < 8, lambda i, y: (i + 1, y * 0.5 + tf.switch_case(i, branches)[0]), [tf.constant(-1), x])
            return results
    save(Cases(), folder)
    return {"serving_default": {"x": numbers("x", 3), "base": np.int32(1)}}


@model
def control_flow_predicates(folder):
    """If and While take numbers, strings and tensors of any shape for true or false."""
    class Predicates(tf.Module):
        @tf.function(input_signature=[floats(3), tf.TensorSpec([], tf.int32), tf.TensorSpec([], tf.string), tf.TensorSpec(None, tf.bool),
                                      tf.TensorSpec(None, tf.float64)])
        def __call__(self, x, number, text, flags, doubles):
            then = tf.function(lambda a: a + 1.0).get_concrete_function(floats(3))
            other = tf.function(lambda a: a - 1.0).get_concrete_function(floats(3))
            choose = lambda p: tf.raw_ops.If(cond=p, input=[x], Tout=[tf.float32], then_branch=then, else_branch=other)[0]
            results = {f"{i}": choose(p) for i, p in enumerate([number, number - number, text, tf.strings.substr(text, 0, 0), flags, doubles,
                                                               doubles * 0.0, tf.zeros([0]), tf.zeros([1, 1]), number > 0, number < 0])}
            cond = tf.function(lambda n, a: n).get_concrete_function(tf.TensorSpec([], tf.int32), floats(3))
            body = tf.function(lambda n, a: (n - 1, a * 0.5)).get_concrete_function(tf.TensorSpec([], tf.int32), floats(3))
            results["loop"] = tf.raw_ops.While(input=[number, x], cond=cond, body=body)[1]
            return results
    save(Predicates(), folder)
    return {"serving_default": {"x": numbers("x", 3), "number": np.int32(3), "text": np.array(b"yes", object),
                                "flags": np.array([False]), "doubles": np.array([0.0])}}


@model
def control_flow_effects(folder):
    """Random numbers: a branch that is not taken draws none, rounds draw theirs in order. TensorFlow itself lets rounds overlap
    if more than one may run, and its answers vary."""
    class Effects(tf.Module):
        @tf.function(input_signature=[floats(3), tf.TensorSpec([], tf.int32)])
        def __call__(self, x, n):
            draw = lambda seed: tf.random.uniform([3], seed=seed)
            y = tf.cond(tf.reduce_sum(x) > 100, lambda: draw(1), lambda: x + draw(2))
            def step(i, z):
                tf.debugging.assert_less(i, 1000)
                big = tf.reduce_sum(tf.linalg.matmul(tf.ones([60, 60]), tf.ones([60, 60]))) * 0.0
                return i + 1, z * 0.5 + draw(3) * big + tf.cond(tf.equal(i % 3, 0), lambda: draw(4), lambda: x) + draw(5)
            _, z = tf.while_loop(lambda i, z: i < n, step, [tf.constant(0), x], parallel_iterations=1)
            return {"y": y, "z": z}
    save(Effects(), folder)
    return {"serving_default": {"x": numbers("x", 3), "n": np.int32(25)}}


@model
def control_flow_lists_and_tables(folder):
    """Lists and handles of tables go through branches and loops."""
    class Lists(tf.Module):
        def __init__(self):
            keys = tf.constant(["a", "b", "c"])
            self.table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, tf.constant([1, 2, 3], tf.int64)), -1)
            self.v = tf.Variable(numbers("v", 3))

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string), floats(None, 2, 3)])
        def __call__(self, words, x):
            found = tf.map_fn(lambda w: tf.cond(tf.strings.length(w) < 2, lambda: self.table.lookup(w), lambda: tf.constant(7, tf.int64)), words,
                              fn_output_signature=tf.int64)
            rows = tf.map_fn(lambda m: tf.map_fn(lambda row: row * self.v, m) + 1.0, x)
            array = tf.TensorArray(tf.float32, size=0, dynamic_size=True, infer_shape=False)
            for i in tf.range(tf.shape(x)[0]):
                if i % 2 == 0:
                    array = array.write(array.size(), tf.reduce_sum(x[i], 0))
            return {"found": found, "rows": rows, "picked": array.concat()}
    save(Lists(), folder)
    return {"serving_default": {"words": np.array([b"a", b"c", b"long", b"z"], object), "x": numbers("x", 3, 2, 3)}}


@model
def module_gathers(folder):
    class Gathers(tf.Module):
        def __init__(self):
            self.table = tf.Variable(numbers("table", 7, 4))
            self.batched = tf.Variable(numbers("batched", 2, 5, 3))

        @tf.function(input_signature=[tf.TensorSpec([None], tf.int64), tf.TensorSpec([2, 2], tf.int32)])
        def __call__(self, ids, more):
            sums = tf.gather(self.table, ids)
            for i in tf.range(2):
                sums = sums + tf.gather(self.table, ids) * tf.cast(i, tf.float32)
            return {"rows": sums, "batched": tf.gather(self.batched, more, batch_dims=1, axis=1),
                    "nd": tf.gather_nd(self.table, more), "shape": tf.shape(self.table)}
    save(Gathers(), folder)
    return {"serving_default": {"ids": np.array([1, 6, 0], np.int64), "more": np.array([[0, 3], [4, 1]], np.int32)}}


@model
def module_counter(folder):
    class Counter(tf.Module):
        def __init__(self):
            self.calls, self.v = tf.Variable(0, dtype=tf.int64), tf.Variable(numbers("v", 3))

        @tf.function(input_signature=[floats(3)])
        def __call__(self, x):
            self.calls.assign_add(1)
            return x * self.v
    save(Counter(), folder)
    return {"serving_default": {"x": numbers("x", 3)}}


@model
def module_many_types(folder):
    class Types(tf.Module):
        def __init__(self):
            self.values = [tf.Variable(tf.cast(numbers(t.name, 5) * 50, t)) for t in
                           (tf.float16, tf.bfloat16, tf.float64, tf.int8, tf.uint8, tf.int16, tf.int64, tf.complex64)]
            self.flag, self.text = tf.Variable([True, False]), tf.Variable([b"a", b"\xff\x00b"])

        @tf.function(input_signature=[floats()])
        def __call__(self, x):
            out = {f"v{i}": v + tf.cast(x, v.dtype) for i, v in enumerate(self.values)}
            return {**out, "flag": tf.logical_not(self.flag), "text": tf.strings.join([self.text, "!"])}
    save(Types(), folder)
    return {"serving_default": {"x": np.float32(1)}}


@model
def module_sharded_slices(folder):
    class Large(tf.Module):
        def __init__(self):
            self.v, self.u = tf.Variable(numbers("large", 3000, 7)), tf.Variable(numbers("u", 7))

        @tf.function(input_signature=[floats(None, 3000)])
        def __call__(self, x):
            return x @ self.v + self.u
    policy = tf.train.experimental.MaxShardSizePolicy(max_shard_size=20_000)
    save(Large(), folder, experimental_sharding_callback=policy)
    return {"serving_default": {"x": numbers("x", 2, 3000)}}


@model
def module_optimizer_state(folder):
    two, optimizer = Two(), tf.keras.optimizers.Adam(0.01)
    for _ in range(2):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(two(numbers("t", 8, 4)) ** 2)
        gradients = tape.gradient(loss, two.trainable_variables)
        optimizer.apply_gradients(zip(gradients, two.trainable_variables))
    two.optimizer = optimizer
    save(two, folder)
    return {"serving_default": {"x": numbers("x", 3, 4)}}


@model
def module_jit_compiled(folder):
    class Jit(tf.Module):
        def __init__(self):
            self.v = tf.Variable(numbers("v", 4))

        @tf.function(jit_compile=True)
        def inner(self, x):
            return x * self.v

        @tf.function(input_signature=[floats(None, 4)])
        def __call__(self, x):
            return self.inner(x) + 1
    save(Jit(), folder)
    return {"serving_default": {"x": numbers("x", 2, 4)}}


@model
def module_custom_gradient(folder):
    class Custom(tf.Module):
        def __init__(self):
            self.v = tf.Variable(numbers("v", 4))

        @tf.function(input_signature=[floats(None, 4)])
        def __call__(self, x):
            @tf.custom_gradient
            def half(z):
                return z * 0.5, lambda up: up
            return half(tf.nn.silu(x * self.v))
    save(Custom(), folder, experimental_custom_gradients=True)
    return {"serving_default": {"x": numbers("x", 2, 4)}}


# --- tables, strings, ragged and sparse tensors ---------------------------------------------------------------------------


def vocabulary(folder, words=("red", "green", "blue")):
    path = pathlib.Path(folder).parent / (pathlib.Path(folder).name + ".txt")
    path.write_text("\n".join(words) + "\n")
    return str(path)


@model
def table_key_value(folder):
    class Table(tf.Module):
        def __init__(self):
            init = tf.lookup.KeyValueTensorInitializer(["a", "b", "c"], np.array([3, 1, 2], np.int64))
            self.table, self.rows = tf.lookup.StaticHashTable(init, 0), tf.Variable(numbers("rows", 4, 3))

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def __call__(self, words):
            return tf.gather(self.rows, self.table.lookup(words))
    save(Table(), folder)
    return {"serving_default": {"words": np.array([b"b", b"?", b"a"], object)}}


@model
def table_vocabulary_file(folder):
    class Table(tf.Module):
        def __init__(self):
            init = tf.lookup.TextFileInitializer(vocabulary(folder), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64,
                                                 tf.lookup.TextFileIndex.LINE_NUMBER)
            self.table, self.rows = tf.lookup.StaticVocabularyTable(init, 2), tf.Variable(numbers("rows", 5, 3))

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def __call__(self, words):
            return {"rows": tf.gather(self.rows, self.table.lookup(words)), "ids": self.table.lookup(words)}
    save(Table(), folder)
    return {"serving_default": {"words": np.array([b"green", b"unknown", b"red", b"blue"], object)}}


@model
def ragged_strings(folder):
    class Ragged(tf.Module):
        def __init__(self):
            init = tf.lookup.KeyValueTensorInitializer(["the", "cat", "sat"], np.array([1, 2, 3], np.int64))
            self.table, self.rows = tf.lookup.StaticHashTable(init, 0), tf.Variable(numbers("rows", 4, 3))

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def __call__(self, text):
            words = tf.strings.split(tf.strings.lower(text))
            ids = tf.ragged.map_flat_values(self.table.lookup, words)
            rows = tf.ragged.map_flat_values(lambda i: tf.gather(self.rows, i), ids)
            return {"mean": tf.reduce_mean(rows, axis=1), "ids": ids.to_tensor(-1)}
    save(Ragged(), folder)
    return {"serving_default": {"text": np.array([b"The cat sat", b"on the mat"], object)}}


@model
def sparse_signature(folder):
    class Sparse(tf.Module):
        def __init__(self):
            self.w = tf.Variable(numbers("w", 6, 3))

        @tf.function(input_signature=[tf.SparseTensorSpec([None, 6], tf.float32)])
        def __call__(self, x):
            return {"dense": tf.sparse.sparse_dense_matmul(x, self.w), "same": x}
    save(Sparse(), folder)
    # TF2 gives the parts of a sparse input to the signature as tensors of their own.
    return {"serving_default": {"x": np.array([[0, 1], [1, 5]], np.int64), "x_1": np.array([2, 3], np.float32),
                                "x_2": np.array([2, 6], np.int64)}}


# --- Keras 3 --------------------------------------------------------------------------------------------------------------

K = tf.keras
L = K.layers


def _export(net, folder):
    randomize(net.variables)
    net.export(folder, verbose=False)


def _save(net, folder):
    randomize(net.variables)
    tf.saved_model.save(net, folder)


def _images(*extra):
    return K.Sequential([K.Input((12, 12, 3)), L.Conv2D(4, 3, activation="relu"), L.BatchNormalization(),
                         L.DepthwiseConv2D(3), L.ReLU(6.0), *extra, L.GlobalAveragePooling2D(), L.Dense(5, activation="softmax")])


@model
def keras_dense_functional(folder):
    x = K.Input((4,), name="features")
    y = L.Dense(6, activation="gelu")(x)
    _export(K.Model(x, [L.Dense(2, name="left")(y), L.Dense(3, activation="sigmoid", name="right")(y)]), folder)
    return {"serving_default": {None: numbers("x", 3, 4)}}


@model
def keras_conv_bn_dropout(folder):
    _export(_images(L.Dropout(0.5), L.MaxPool2D()), folder)
    return {"serving_default": {None: numbers("x", 2, 12, 12, 3)}}


@model(eager=True)
def keras_conv_bn_saved(folder):
    _save(_images(L.SpatialDropout2D(0.5)), folder)
    return {"serving_default": {None: numbers("x", 2, 12, 12, 3)}}


@model(eager=True)
def keras_trained_with_optimizer(folder):
    net = _images()
    net.compile("adam", "mse")
    net.fit(numbers("tx", 8, 12, 12, 3), numbers("ty", 8, 5), epochs=1, verbose=0)
    tf.saved_model.save(net, folder)
    return {"serving_default": {None: numbers("x", 2, 12, 12, 3)}}


def _recurrent(cell, folder, export=_export, **options):
    net = K.Sequential([K.Input((7, 3)), cell(5, return_sequences=True, **options), cell(4, **options), L.Dense(2)])
    export(net, folder)
    return {"serving_default": {None: numbers("x", 2, 7, 3)}}


@model
def keras_lstm(folder):
    return _recurrent(L.LSTM, folder)


@model(eager=True)
def keras_gru(folder):
    return _recurrent(L.GRU, folder, _save)


@model
def keras_lstm_dropout(folder):
    return _recurrent(L.LSTM, folder, dropout=0.3, recurrent_dropout=0.2)


@model
def keras_bidirectional_masked(folder):
    ids = K.Input((6,), dtype="int32", name="ids")
    y = L.Embedding(11, 4, mask_zero=True)(ids)
    y = L.Bidirectional(L.GRU(3))(y)
    _export(K.Model(ids, L.Dense(2)(y)), folder)
    return {"serving_default": {None: np.array([[1, 5, 2, 0, 0, 0], [3, 3, 10, 9, 1, 0]], np.int32)}}


@model
def keras_attention(folder):
    x = K.Input((6, 8))
    y = L.LayerNormalization()(x + L.MultiHeadAttention(2, 4, dropout=0.1)(x, x))
    y = L.Dropout(0.2)(L.Dense(8, activation="gelu")(y))
    _export(K.Model(x, L.Dense(3)(L.GlobalAveragePooling1D()(y))), folder)
    return {"serving_default": {None: numbers("x", 2, 6, 8)}}


@model
def keras_mixed_precision(folder):
    policy = K.mixed_precision.Policy("mixed_float16")
    net = K.Sequential([K.Input((4,)), L.Dense(6, activation="relu", dtype=policy), L.Dense(3, dtype="float32")])
    _export(net, folder)
    return {"serving_default": {None: numbers("x", 3, 4)}}


@model
def keras_subclassed(folder):
    class Net(K.Model):
        def __init__(self):
            super().__init__()
            self.blocks = [L.Dense(4, activation="tanh") for _ in range(3)]
            self.norm = L.LayerNormalization()
            self.head = L.Dense(2)

        def call(self, x, training=False):
            for block in self.blocks:
                x = self.norm(x + block(x))
            return self.head(x)
    net = Net()
    net(numbers("x", 1, 4))
    _export(net, folder)
    return {"serving_default": {None: numbers("x", 3, 4)}}


@model
def keras_dictionary_inputs(folder):
    a, b = K.Input((3,), name="a"), K.Input((2,), name="b")
    net = K.Model({"a": a, "b": b}, {"sum": L.Dense(2)(a) + b, "product": L.Dense(1)(b)})
    _export(net, folder)
    return {"serving_default": {"a": numbers("a", 2, 3), "b": numbers("b", 2, 2)}}


@model
def keras_separable_and_transposed(folder):
    net = K.Sequential([K.Input((8, 8, 2)), L.SeparableConv2D(4, 3, padding="same"), L.Conv2DTranspose(3, 3, strides=2, padding="same"),
                        L.GroupNormalization(3), L.PReLU(), L.UpSampling2D(), L.Conv2D(1, 1)])
    _export(net, folder)
    return {"serving_default": {None: numbers("x", 1, 8, 8, 2)}}


@model
def keras_normalization_and_rescaling(folder):
    norm = L.Normalization()
    norm.adapt(numbers("a", 50, 4))
    net = K.Sequential([K.Input((4,)), L.Rescaling(2.0, 0.5), norm, L.Dense(2)])
    net.export(folder, verbose=False)
    return {"serving_default": {None: numbers("x", 3, 4)}}


@model
def keras_string_lookup(folder):
    lookup = L.StringLookup(vocabulary=["x", "y", "z"])
    words = K.Input((2,), dtype="string", name="words")
    net = K.Model(words, L.Dense(2)(L.Flatten()(L.Embedding(4, 3)(lookup(words)))))
    _export(net, folder)
    return {"serving_default": {None: np.array([[b"y", b"?"], [b"z", b"x"]], object)}}


@model
def keras_text_vectorization(folder):
    text = L.TextVectorization(output_mode="int", output_sequence_length=4, vocabulary=["the", "cat", "sat"])
    words = K.Input((1,), dtype="string", name="text")
    net = K.Model(words, L.Dense(2)(L.Flatten()(L.Embedding(6, 3)(text(words)))))
    _export(net, folder)
    return {"serving_default": {None: np.array([[b"The cat!"], [b"sat on the mat today"]], object)}}


@model
def keras_export_archive(folder):
    net = K.Sequential([K.Input((4,)), L.Dense(3)])
    randomize(net.variables)
    archive = K.export.ExportArchive()
    archive.track(net)
    archive.add_endpoint("serve", net.call, [floats(None, 4)])
    archive.add_endpoint("double", lambda x: net.call(x) * 2, [floats(2, 4)])
    archive.write_out(folder, verbose=False)
    return {"serve": {None: numbers("x", 3, 4)}, "double": {None: numbers("x", 2, 4)}}


# --- legacy Keras ---------------------------------------------------------------------------------------------------------


def _legacy():
    import tf_keras
    return tf_keras


def _legacy_save(net, folder, whole=True):
    randomize(net.variables)
    (net.save(folder, save_format="tf") if whole else tf.saved_model.save(net, folder))


@model
def legacy_conv_bn(folder):
    k = _legacy()
    net = k.Sequential([k.layers.Input((12, 12, 3)), k.layers.Conv2D(4, 3), k.layers.BatchNormalization(), k.layers.ReLU(),
                        k.layers.Dropout(0.5), k.layers.Flatten(), k.layers.Dense(3, activation="softmax")])
    net.compile("adam", "mse", metrics=["mae"])
    net.fit(numbers("tx", 4, 12, 12, 3), numbers("ty", 4, 3), epochs=1, verbose=0)
    _legacy_save(net, folder)
    return {"serving_default": {None: numbers("x", 2, 12, 12, 3)}}


@model
def legacy_lstm(folder):
    k = _legacy()
    net = k.Sequential([k.layers.Input((7, 3)), k.layers.LSTM(5, return_sequences=True, dropout=0.2), k.layers.LSTM(4), k.layers.Dense(2)])
    _legacy_save(net, folder)
    return {"serving_default": {None: numbers("x", 2, 7, 3)}}


@model
def legacy_gru_bidirectional(folder):
    k = _legacy()
    net = k.Sequential([k.layers.Input((6,), dtype="int32"), k.layers.Embedding(11, 4, mask_zero=True),
                        k.layers.Bidirectional(k.layers.GRU(3)), k.layers.Dense(2)])
    _legacy_save(net, folder, whole=False)
    return {"serving_default": {None: np.array([[1, 5, 2, 0, 0, 0], [3, 3, 10, 9, 1, 0]], np.int32)}}


@model
def legacy_stateful_rnn_cells(folder):
    k = _legacy()
    cells = k.layers.StackedRNNCells([k.layers.LSTMCell(4), k.layers.GRUCell(3)])
    net = k.Sequential([k.layers.Input((5, 2)), k.layers.RNN(cells, unroll=True), k.layers.Dense(2)])
    _legacy_save(net, folder)
    return {"serving_default": {None: numbers("x", 2, 5, 2)}}


@model
def legacy_attention(folder):
    k = _legacy()
    x = k.Input((6, 8))
    y = k.layers.LayerNormalization()(x + k.layers.MultiHeadAttention(2, 4)(x, x))
    _legacy_save(k.Model(x, k.layers.Dense(3)(y)), folder)
    return {"serving_default": {None: numbers("x", 2, 6, 8)}}


@model
def legacy_subclassed(folder):
    k = _legacy()

    class Net(k.Model):
        def __init__(self):
            super().__init__()
            self.blocks = [k.layers.Dense(4, activation="tanh") for _ in range(3)]
            self.norm = k.layers.BatchNormalization()

        def call(self, x, training=False):
            for block in self.blocks:
                x = self.norm(block(x), training=training)
            return x
    net = Net()
    net(numbers("x", 1, 4))
    _legacy_save(net, folder)
    return {"serving_default": {None: numbers("x", 3, 4)}}


@model
def legacy_text_vectorization(folder):
    k = _legacy()
    text = k.layers.TextVectorization(output_mode="int", output_sequence_length=4, vocabulary=["the", "cat", "sat"])
    net = k.Sequential([k.Input((1,), dtype="string"), text, k.layers.Embedding(6, 3), k.layers.Flatten(), k.layers.Dense(2)])
    _legacy_save(net, folder)
    return {"serving_default": {None: np.array([[b"The cat!"], [b"sat on the mat today"]], object)}}


# --- TF1 builders ---------------------------------------------------------------------------------------------------------


def _tf1(folder, build, resource=True, saver=None, tags=("serve",), main_op=None, assets=None, control_flow_v2=False):
    """Builds in graph mode with v1's builder. build() returns inputs, outputs and the values of the variables."""
    (v1.enable_resource_variables if resource else v1.disable_resource_variables)()
    (v1.enable_control_flow_v2 if control_flow_v2 else v1.disable_control_flow_v2)()
    try:
        with tf.Graph().as_default(), v1.Session() as session:
            inputs, outputs, values = build()
            session.run(v1.global_variables_initializer())
            for variable, value in values.items():
                session.run(v1.assign(variable, value))
            info = lambda tensors: {k: v1.saved_model.build_tensor_info(t) for k, t in tensors.items()}
            signature = v1.saved_model.build_signature_def(info(inputs), info(outputs), "tensorflow/serving/predict")
            builder = v1.saved_model.Builder(folder)
            builder.add_meta_graph_and_variables(session, list(tags), {"serving_default": signature}, saver=saver() if saver else None,
                                                 main_op=main_op() if main_op else None,
                                                 assets_collection=assets() if assets else None)
            builder.save()
    finally:
        v1.enable_resource_variables()
        v1.enable_control_flow_v2()


def _tf1_net():
    x = v1.placeholder(tf.float32, [None, 4], "x")
    w, b = v1.get_variable("w", [4, 3]), v1.get_variable("b", [4, 3])
    y = tf.nn.relu(x @ w) + tf.nn.tanh(x @ b)
    return {"x": x}, {"y": y}, {w: numbers("w", 4, 3), b: numbers("b", 4, 3)}


@model
def tf1_reference_variables(folder):
    _tf1(folder, _tf1_net, resource=False)
    return {"serving_default": {"x": numbers("x", 2, 4)}}


@model
def tf1_resource_variables(folder):
    _tf1(folder, _tf1_net)
    return {"serving_default": {"x": numbers("x", 2, 4)}}


@model
def tf1_crosswise_saver(folder):
    def saver():
        w, b = v1.global_variables()
        return v1.train.Saver({"b": w, "w": b})
    _tf1(folder, _tf1_net, saver=saver)
    return {"serving_default": {"x": numbers("x", 2, 4)}}


@model
def tf1_sharded_saver(folder):
    def build():
        with tf.device("/cpu:0"):
            return _tf1_net()
    _tf1(folder, build, resource=False, saver=lambda: v1.train.Saver(sharded=True))
    return {"serving_default": {"x": numbers("x", 2, 4)}}


@model
def tf1_second_saver(folder):
    def build():
        result = _tf1_net()
        v1.train.Saver()
        return result
    _tf1(folder, build)
    return {"serving_default": {"x": numbers("x", 2, 4)}}


@model
def tf1_partitioned(folder):
    def build():
        x = v1.placeholder(tf.float32, [None, 20], "x")
        w = v1.get_variable("w", [20, 4], partitioner=v1.fixed_size_partitioner(3))
        values, row = {}, 0
        for part in w:
            values[part] = numbers("w", 20, 4)[row:row + part.shape[0]]
            row += int(part.shape[0])
        return {"x": x}, {"y": x @ tf.convert_to_tensor(w)}, values
    _tf1(folder, build, resource=False)
    return {"serving_default": {"x": numbers("x", 2, 20)}}


def _tf1_control_flow():
    x = v1.placeholder(tf.float32, [3], "x")
    w, u = v1.get_variable("w", [3]), v1.get_variable("u", [3])
    y = v1.cond(tf.reduce_sum(x) > 0, lambda: x * w, lambda: x + u)
    _, y = v1.while_loop(lambda i, z: i < 3, lambda i, z: (i + 1, z * 0.5 + u), [tf.constant(0), y])
    return {"x": x}, {"y": y}, {w: numbers("w", 3), u: numbers("u", 3)}


@model
def tf1_sparse_signature(folder):
    def build():
        x = v1.sparse_placeholder(tf.float32, [None, 6], "x")
        w = v1.get_variable("w", [6, 3])
        return {"x": x}, {"y": tf.sparse.sparse_dense_matmul(x, w), "z": x}, {w: numbers("w", 6, 3)}
    _tf1(folder, build)
    # Values, indices, dense shape.
    return {"serving_default": {"x": (np.array([2, 3], np.float32), np.array([[0, 1], [1, 5]], np.int64), np.array([2, 6], np.int64))}}


@model
def tf1_control_flow(folder):
    _tf1(folder, _tf1_control_flow)
    return {"serving_default": {"x": numbers("x", 3)}}


@model
def tf1_control_flow_reference(folder):
    _tf1(folder, _tf1_control_flow, resource=False)
    return {"serving_default": {"x": numbers("x", 3)}}


@model
def tf1_control_flow_v2(folder):
    _tf1(folder, _tf1_control_flow, control_flow_v2=True)
    return {"serving_default": {"x": numbers("x", 3)}}


@model
def tf1_defun(folder):
    from tensorflow.python.framework import function

    @function.Defun(tf.float32, tf.float32)
    def scale(x, s):
        return x * s

    @function.Defun(tf.float32)
    def outer(x):
        return scale(x, tf.constant(2.0)) + 1.0, x - 1.0

    def build():
        x = v1.placeholder(tf.float32, [None, 3], "x")
        w = v1.get_variable("w", [3])
        a, b = outer(x * w)
        return {"x": x}, {"a": a, "b": b, "c": scale(b, tf.reduce_sum(w))}, {w: numbers("w", 3)}
    _tf1(folder, build)
    return {"serving_default": {"x": numbers("x", 2, 3)}}


@model
def tf1_functions_in_control_flow(folder):
    """If, and calls of functions, in loops and branches of TF1; loops of TF1 in functions."""
    from tensorflow.python.framework import function

    @function.Defun(tf.float32)
    def constant(x):
        return tf.constant([4.0, 5.0, 6.0])

    @function.Defun(tf.float32)
    def halve(x):
        return tf.while_loop(lambda y: tf.reduce_sum(tf.abs(y)) > 0.5, lambda y: (y * 0.5,), [tf.reshape(x, [3])])[0]

    @function.Defun(tf.float32)
    def add(x):
        return x + 1.0

    @function.Defun(tf.float32)
    def square(x):
        return x * x

    def build():
        x = v1.placeholder(tf.float32, [3], "x")
        p = v1.placeholder(tf.bool, [], "p")
        w = v1.get_variable("w", [3])
        choose = lambda flag, z: tf.raw_ops.If(cond=flag, input=[z], Tout=[tf.float32], then_branch=constant, else_branch=halve)[0]
        shaped = lambda z: tf.ensure_shape(z, [3])
        branch = v1.cond(p, lambda: constant(x), lambda: halve(x) + halve(x * w))
        # The predicate of the If is from outside of the loop.
        loop = v1.while_loop(lambda i, z: i < 4, lambda i, z: (i + 1, shaped(choose(p, z) + add(w))), [tf.constant(0), x])[1]
        inside = v1.cond(p, lambda: choose(tf.reduce_sum(x) > 0, w), lambda: choose(p, x))
        # What goes round is computed from nothing that does.
        constant_loop = v1.while_loop(lambda i, z: i < 4, lambda i, z: (i + 1, shaped(square(x))), [tf.constant(0), x * 2.0])[1]
        return {"x": x, "p": p}, {"branch": branch, "loop": loop, "inside": inside, "constant_loop": constant_loop}, {w: numbers("w", 3)}
    _tf1(folder, build)
    return {"serving_default": {"x": numbers("x", 3), "p": np.bool_(False)}}


@model
def tf1_functions_in_control_flow_taken(folder):
    inputs = tf1_functions_in_control_flow(folder)
    inputs["serving_default"]["p"] = np.bool_(True)
    return inputs


@model
def tf1_local_variable_set_by_init_op(folder):
    def build():
        x = v1.placeholder(tf.float32, [], "x")
        w = v1.get_variable("w", [])
        local = v1.get_variable("local", initializer=4.0, collections=[v1.GraphKeys.LOCAL_VARIABLES])
        v1.get_default_session().run(local.initializer)
        return {"x": x}, {"y": x * w + local}, {w: np.float32(3)}
    _tf1(folder, build, main_op=lambda: v1.local_variables_initializer())
    return {"serving_default": {"x": np.float32(2)}}


@model
def tf1_table_with_asset(folder):
    path = vocabulary(folder)

    def build():
        asset = tf.constant(path, name="asset")
        v1.add_to_collection(v1.GraphKeys.ASSET_FILEPATHS, asset)
        init = tf.lookup.TextFileInitializer(asset, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64,
                                             tf.lookup.TextFileIndex.LINE_NUMBER)
        table = tf.lookup.StaticHashTable(init, 3)
        words = v1.placeholder(tf.string, [None], "words")
        w = v1.get_variable("w", [4, 2])
        return {"words": words}, {"rows": tf.gather(w, table.lookup(words))}, {w: numbers("w", 4, 2)}
    _tf1(folder, build, main_op=lambda: v1.tables_initializer(),
         assets=lambda: v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS))
    return {"serving_default": {"words": np.array([b"blue", b"?", b"red"], object)}}


@model
def tf1_two_meta_graphs(folder):
    with tf.Graph().as_default(), v1.Session() as session:
        inputs, outputs, values = _tf1_net()
        session.run(v1.global_variables_initializer())
        for variable, value in values.items():
            session.run(v1.assign(variable, value))
        info = lambda tensors: {k: v1.saved_model.build_tensor_info(t) for k, t in tensors.items()}
        signature = v1.saved_model.build_signature_def(info(inputs), info(outputs), "tensorflow/serving/predict")
        builder = v1.saved_model.Builder(folder)
        builder.add_meta_graph_and_variables(session, ["train"], {})
        builder.add_meta_graph(["serve"], {"serving_default": signature})
        builder.save()
    return {"serving_default": {"x": numbers("x", 2, 4)}}


# --- tables that training filled, tables in branches ----------------------------------------------------------------------


def _mutable_table(table):
    table.insert(tf.constant(["a", "b", "c"]), tf.constant([2, 0, 3], tf.int64))
    return table


def _rows_by_table(folder, table):
    class Table(tf.Module):
        def __init__(self):
            self.table, self.rows = table, tf.Variable(numbers("rows", 4, 3))

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def __call__(self, words):
            return {"rows": tf.gather(self.rows, self.table.lookup(words)), "size": self.table.size()}
    save(Table(), folder)
    return {"serving_default": {"words": np.array([b"c", b"?", b"a", b"b"], object)}}


@model
def table_mutable(folder):
    return _rows_by_table(folder, _mutable_table(tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, 1)))


@model
def table_dense(folder):
    return _rows_by_table(folder, _mutable_table(tf.lookup.experimental.DenseHashTable(tf.string, tf.int64, 1, "", "deleted")))


@model
def table_mutable_and_static(folder):
    class Tables(tf.Module):
        def __init__(self):
            self.words = _mutable_table(tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, 1))
            self.ids = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(
                np.array([0, 2, 3], np.int64), np.array([b"zero", b"two", b"three"], object), tf.int64, tf.string), "none")

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def __call__(self, words):
            return self.ids.lookup(self.words.lookup(words))
    save(Tables(), folder)
    return {"serving_default": {"words": np.array([b"c", b"?", b"a"], object)}}


@model
def table_in_branches_and_loops(folder):
    class Table(tf.Module):
        def __init__(self):
            init = tf.lookup.KeyValueTensorInitializer(["a", "b"], np.array([1, 2], np.int64))
            self.table = tf.lookup.StaticHashTable(init, 0)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def __call__(self, words):
            ids = tf.cond(tf.size(words) > 1, lambda: self.table.lookup(words), lambda: tf.zeros_like(words, tf.int64))
            for _ in tf.range(2):
                ids = ids * 10 + self.table.lookup(words)
            return ids
    save(Table(), folder)
    return {"serving_default": {"words": np.array([b"b", b"?", b"a"], object)}}


@model
def tf1_mutable_table(folder):
    def build():
        table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, 1)
        words = v1.placeholder(tf.string, [None], "words")
        w = v1.get_variable("w", [4, 2])
        v1.get_default_session().run(table.insert(tf.constant(["a", "b"]), tf.constant([2, 3], tf.int64)))
        return {"words": words}, {"rows": tf.gather(w, table.lookup(words))}, {w: numbers("w", 4, 2)}
    _tf1(folder, build)
    return {"serving_default": {"words": np.array([b"b", b"?", b"a"], object)}}


# --- what TensorFlow's converter refuses or gets wrong --------------------------------------------------------------------


@model
def module_batched_gather_in_a_loops_function(folder):
    class Gathers(tf.Module):
        def __init__(self):
            self.table = tf.Variable(numbers("table", 2, 5, 3))

        @tf.function
        def rows(self, ids):
            return tf.gather(self.table, ids, batch_dims=1, axis=1)

        @tf.function(input_signature=[tf.TensorSpec([2, 2], tf.int32)])
        def __call__(self, ids):
            total = tf.zeros([2, 2, 3])
            for _ in tf.range(3):
                total = total * 0.5 + self.rows(ids)
            return total
    save(Gathers(), folder)
    return {"serving_default": {"ids": np.array([[0, 3], [4, 1]], np.int32)}}


@model
def module_handles_in_nested_loops(folder):
    class Loops(tf.Module):
        def __init__(self):
            self.a, self.b, self.table = tf.Variable(numbers("a", 3)), tf.Variable(numbers("b", 3)), tf.Variable(numbers("t", 4, 3))

        @tf.function(input_signature=[floats(3), tf.TensorSpec([], tf.int32)])
        def __call__(self, x, n):
            for i in tf.range(n):
                j = 0
                while tf.logical_and(j < 3, tf.reduce_sum(self.a) < 100):
                    x = x * self.b + tf.gather_nd(self.table, [j])
                    j += 1
                x = tf.switch_case(i % 2, [lambda: x + self.a, lambda: x - tf.gather(self.table, i)])
            return x
    save(Loops(), folder)
    return {"serving_default": {"x": numbers("x", 3), "n": np.int32(3)}}


@model
def module_identity_n(folder):
    class Swish(tf.Module):
        def __init__(self):
            self.v = tf.Variable(numbers("v", 3))

        @tf.function(input_signature=[floats(None, 3)])
        def __call__(self, x):
            for _ in tf.range(2):
                x = tf.nn.silu(x * self.v)
            return tf.raw_ops.IdentityN(input=[x, tf.identity(self.v)])[0]
    save(Swish(), folder)
    return {"serving_default": {"x": numbers("x", 2, 3)}}


# --- more layers, more builders -------------------------------------------------------------------------------------------


@model
def module_ragged_signature(folder):
    class Ragged(tf.Module):
        def __init__(self):
            self.rows = tf.Variable(numbers("rows", 6, 3))

        @tf.function(input_signature=[tf.RaggedTensorSpec([None, None], tf.int64)])
        def __call__(self, ids):
            rows = tf.ragged.map_flat_values(lambda flat: tf.gather(self.rows, flat), ids)
            return {"sum": tf.reduce_sum(rows, axis=1)}
    save(Ragged(), folder)
    return {"serving_default": {"ids": np.array([1, 5, 0], np.int64), "ids_1": np.array([0, 2, 2, 3], np.int64)}}


@model
def keras_residual(folder):
    x = K.Input((8, 8, 3))
    y = L.Conv2D(4, 3, padding="same", use_bias=False)(x)
    for _ in range(2):
        z = L.ReLU()(L.BatchNormalization()(y))
        y = L.Add()([y, L.Conv2D(4, 3, padding="same")(z)])
    _export(K.Model(x, L.Dense(3)(L.Flatten()(L.AveragePooling2D(2)(y)))), folder)
    return {"serving_default": {None: numbers("x", 2, 8, 8, 3)}}


@model
def keras_convolutional_lstm(folder):
    net = K.Sequential([K.Input((3, 6, 6, 2)), L.ConvLSTM2D(3, 3), L.Flatten(), L.Dense(2)])
    _export(net, folder)
    return {"serving_default": {None: numbers("x", 1, 3, 6, 6, 2)}}


@model
def keras_time_distributed(folder):
    net = K.Sequential([K.Input((4, 3)), L.TimeDistributed(L.Dense(5, activation="elu")), L.Conv1D(2, 3), L.GlobalMaxPooling1D()])
    _export(net, folder)
    return {"serving_default": {None: numbers("x", 2, 4, 3)}}


@model
def keras_integer_lookup_and_hashing(folder):
    ids = K.Input((2,), dtype="int64", name="ids")
    a = L.Embedding(5, 2)(L.IntegerLookup(vocabulary=[7, 9, 11])(ids))
    b = L.Embedding(4, 2)(L.Hashing(4)(ids))
    _export(K.Model(ids, L.Dense(2)(L.Flatten()(L.Concatenate()([a, b])))), folder)
    return {"serving_default": {None: np.array([[9, 3], [11, 7]], np.int64)}}


@model
def legacy_several_inputs_and_outputs(folder):
    k = _legacy()
    a, b = k.Input((3,), name="a"), k.Input((3,), name="b")
    y = k.layers.Dense(4, activation="selu")(k.layers.Concatenate()([a, b]))
    _legacy_save(k.Model([a, b], [k.layers.Dense(2, name="left")(y), k.layers.Dense(1, name="right")(y)]), folder)
    return {"serving_default": {"a": numbers("a", 2, 3), "b": numbers("b", 2, 3)}}


@model
def tf1_layers_with_training_flag(folder):
    def build():
        import tf_keras.src.legacy_tf_layers.normalization as layers
        x = v1.placeholder(tf.float32, [None, 4], "x")
        training = v1.placeholder_with_default(False, [], "is_training")
        w = v1.get_variable("w", [4, 3])
        y = tf.nn.relu(layers.batch_normalization(x @ w, training=training))
        y = v1.nn.dropout(y, rate=v1.cond(training, lambda: 0.5, lambda: 0.0))
        return {"x": x}, {"y": y}, {v: numbers(v.name, *v.shape, low=0.1, high=0.9) for v in v1.global_variables()}
    _tf1(folder, build)
    return {"serving_default": {"x": numbers("x", 3, 4)}}


@model
def tf1_moving_averages_saver(folder):
    average = []

    def build():
        inputs, outputs, values = _tf1_net()
        average.append(v1.train.ExponentialMovingAverage(0.9))
        v1.get_default_session().graph.add_to_collection("keep", average[0].apply(list(values)))
        return inputs, outputs, values
    _tf1(folder, build, saver=lambda: v1.train.Saver(average[0].variables_to_restore()))
    return {"serving_default": {"x": numbers("x", 2, 4)}}


@model
def tf1_sparse_embedding(folder):
    def build():
        ids = v1.sparse_placeholder(tf.int64, [None, 4], "ids")
        w = v1.get_variable("w", [9, 3], partitioner=v1.fixed_size_partitioner(2))
        values, row = {}, 0
        for part in w:
            values[part] = numbers("w", 9, 3)[row:row + part.shape[0]]
            row += int(part.shape[0])
        return {"ids": ids}, {"y": v1.nn.embedding_lookup_sparse(w, ids, None, combiner="mean")}, values
    _tf1(folder, build)
    return {"serving_default": {"ids": (np.array([2, 8, 1], np.int64), np.array([[0, 0], [0, 1], [1, 2]], np.int64), np.array([2, 4], np.int64))}}


@model
def tf1_legacy_init_op(folder):
    def build():
        x = v1.placeholder(tf.float32, [], "x")
        w = v1.get_variable("w", [], use_resource=False)
        local = v1.get_variable("local", initializer=4.0, collections=[v1.GraphKeys.LOCAL_VARIABLES], use_resource=True)
        v1.get_default_session().run(local.initializer)
        v1.add_to_collection("legacy_init_op", v1.local_variables_initializer())
        return {"x": x}, {"y": x * w + local}, {w: np.float32(3)}
    _tf1(folder, build)
    return {"serving_default": {"x": np.float32(2)}}


def eager_answers(folder, inputs):
    loaded = tf.saved_model.load(str(folder))
    answers = {}
    for name, values in inputs.items():
        call = loaded.signatures[name]
        only = next(iter(call.structured_input_signature[1]))
        results = call(**{only if key is None else key: tf.constant(value) for key, value in values.items()})
        answers[name] = tuple(results[key].numpy() for key in sorted(results))
    return answers


def main(folder, names):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tf.get_logger().setLevel("ERROR")
    failed = {}
    for name in names or MODELS:
        K.backend.clear_session()
        tf.random.set_seed(1)
        try:
            inputs = MODELS[name](str(folder / name))
        except Exception:
            failed[name] = traceback.format_exc()
            continue
        plain = {s: {k: v if isinstance(v, tuple) else np.asarray(v) for k, v in keys.items()} for s, keys in inputs.items()}
        expected = eager_answers(folder / name, plain) if name in EAGER else None
        (folder / f"{name}.inputs").write_bytes(pickle.dumps({"inputs": plain, "expected": expected}))
    for name, trace in failed.items():
        print(f"--- {name}\n{trace}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
