"""TensorFlow's own converter, convert_variables_to_constants_v2, on SavedModels that saved_model_models.py wrote.

A process of its own (python tensorflow_converter.py FOLDER...): it works in eager mode only, the suite in graph mode. Beside
each NAME.inputs it leaves NAME.converted: a pickled {signature: Converted._asdict()}.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import pathlib
import pickle
import sys
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from sessions import session_config

v1 = tf.compat.v1


class Converted(NamedTuple):
    error: str = ""         # why it did not convert
    graph: bytes = b""      # its GraphDef
    inputs: dict = {}       # {tensor: value}
    outputs: list = []      # tensors, in the order of the signature's sorted keys
    called: tuple = ()      # what the function gives when it is called here, where tables that it captured still are
    run: dict = {}          # {optimizer on: what the GraphDef gives by itself, or why it does not run}


def load_inputs(path):
    """The inputs beside a model: {signature: {key: array}}. Those that another NumPy wrote are lists with type and shape."""
    plain = lambda v: np.array(v[2], np.dtype(v[0])).reshape(v[1]) if isinstance(v, tuple) and isinstance(v[0], str) else v
    return {name: {key: plain(value) for key, value in keys.items()} for name, keys in pickle.loads(path.read_bytes())["inputs"].items()}


def first_line(error):
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"


def signature_order(structured):
    """Which of a function's flat outputs a signature names first, and so on: of a sparse tensor the values, not the indices."""
    order = []
    for leaf in tf.nest.flatten(structured):
        parts = list(range(len(order), len(order) + len(tf.nest.flatten(leaf, expand_composites=True))))
        if isinstance(leaf, (tf.SparseTensor, tf.SparseTensorSpec)):
            parts[:2] = parts[1::-1]
        order += parts
    return order


def convert(function, values):
    """values: {key: array, or the parts of a sparse tensor}; the key None stands for the only input."""
    specs = function.structured_input_signature[1]
    given = {}
    for key, value in values.items():
        name = key if key is not None else next(iter(specs))
        given[name] = tf.sparse.SparseTensor(value[1], value[0], value[2]) if isinstance(value, tuple) else tf.constant(value)
    try:
        frozen = convert_variables_to_constants_v2(function)
    except Exception as error:  # Anything that it raises is its answer.
        return Converted(error=first_line(error))
    graph_def = frozen.graph.as_graph_def()
    # The signature's inputs come first, in the order of their names; tables that were captured stay inputs, behind them.
    flat = tf.nest.flatten({name: given[name] for name in sorted(given)}, expand_composites=True)
    inputs = {}
    for tensor, value in zip(frozen.inputs, flat):
        inputs[tensor.name] = value.numpy()
    order = signature_order(function.structured_outputs)
    outputs = [frozen.outputs[i].name for i in order]
    captured = {inner.name: outer for outer, inner in function.graph.captures}
    try:
        results = frozen(*map(tf.constant, inputs.values()), *(captured[t.name] for t in frozen.inputs[len(inputs):]))
        flat = tf.nest.flatten(results, expand_composites=True)
        called = tuple(flat[i].numpy() for i in order)
    except Exception as error:
        called = first_line(error)
    run = {}
    for optimize in (False, True):
        try:
            with tf.Graph().as_default() as graph:
                tf.import_graph_def(graph_def, name="")
                with v1.Session(graph=graph, config=session_config(optimize)) as session:
                    run[optimize] = tuple(session.run(outputs, inputs))
        except Exception as error:
            run[optimize] = first_line(error)
    return Converted("", graph_def.SerializeToString(), inputs, outputs, called, run)


def main(folders):
    tf.get_logger().setLevel("ERROR")
    for folder in map(pathlib.Path, folders):
        for path in sorted(folder.glob("*.inputs")):
            inputs = load_inputs(path)
            converted = {}
            try:
                loaded = tf.saved_model.load(str(path.with_suffix("")), tags=["serve"])
            except Exception as error:
                converted = {name: Converted(error=first_line(error)) for name in inputs}
            else:
                for name, values in inputs.items():
                    converted[name] = convert(loaded.signatures[name], values)
            kept = {name: result._asdict() for name, result in converted.items()}
            path.with_suffix(".converted").write_bytes(pickle.dumps(kept))


if __name__ == "__main__":
    main(sys.argv[1:])
