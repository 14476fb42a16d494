"""SavedModels, frozen by our program and run by TensorFlow."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

import oracle
import program
from registry import v1
from sessions import session_config
from tensorflow_converter import load_inputs  # For those who ask here.

HERE = pathlib.Path(__file__).parent
PROGRAM = program.BINARY.with_name("freeze_saved_model")
NAMES = re.findall(r"@model(?:\(.*\))?\ndef (\w+)", (HERE / "saved_model_models.py").read_text())
# An interpreter with TensorFlow 2.15, the last one with Estimators; without it there are no tests of its models.
OLD_PYTHON = os.environ.get("GRAPHFREEZE_TF215_PYTHON", "")
OLD_NAMES = re.findall(r"@model\ndef (\w+)", (HERE / "estimator_models.py").read_text()) if OLD_PYTHON else []


def signatures_of(folder):
    message = saved_model_pb2.SavedModel()
    message.ParseFromString((folder / "saved_model.pb").read_bytes())
    return next(meta for meta in message.meta_graphs if "serve" in meta.meta_info_def.tags).signature_def


def freeze(folder, out, *flags):
    return subprocess.run([str(PROGRAM), f"--input_saved_model_dir={folder}", f"--output_graph={out}", "--report=json", *flags],
                          capture_output=True, text=True, timeout=120)


def frozen(folder, out, *flags):
    done = freeze(folder, out, *flags)
    assert done.returncode == 0, done.stderr
    graph_def = v1.GraphDef()
    graph_def.ParseFromString(pathlib.Path(out).read_bytes())
    return graph_def, json.loads(done.stdout)


def names_of(info):
    if info.WhichOneof("encoding") == "coo_sparse":
        return [info.coo_sparse.values_tensor_name, info.coo_sparse.indices_tensor_name, info.coo_sparse.dense_shape_tensor_name]
    if info.WhichOneof("encoding") == "composite_tensor":
        return [name for part in info.composite_tensor.components for name in names_of(part)]
    return [info.name]


def outputs_of(signature):
    return [name for key in sorted(signature.outputs) for name in names_of(signature.outputs[key])]


def feeds_of(signature, inputs):
    feeds = {}
    for key, value in inputs.items():
        info = signature.inputs[key if key is not None else next(iter(signature.inputs))]
        feeds.update(zip(names_of(info), value if isinstance(value, tuple) else [value]))
    return feeds


def optimizer_off(nodes):
    """Calls carry a session config of their own, which would turn the optimizer on in functions."""
    for node in nodes:
        if "config_proto" in node.attr:
            node.attr["config_proto"].s = session_config(optimize=False).SerializeToString()


def original(folder, inputs, scratch, tags=("serve",)):
    """TensorFlow's loader's answers: {signature: (outputs)}, and the MetaGraph's signatures."""
    copy = scratch / "quiet"
    shutil.copytree(folder, copy)
    message = saved_model_pb2.SavedModel()
    message.ParseFromString((copy / "saved_model.pb").read_bytes())
    for meta in message.meta_graphs:
        optimizer_off(meta.graph_def.node)
        for function in meta.graph_def.library.function:
            optimizer_off(function.node_def)
    (copy / "saved_model.pb").write_bytes(message.SerializeToString())
    with tf.Graph().as_default() as graph, v1.Session(graph=graph, config=session_config(optimize=False)) as session:
        meta = v1.saved_model.loader.load(session, list(tags), str(copy))
        signatures = meta.signature_def
        return {name: tuple(session.run(outputs_of(signatures[name]), feeds_of(signatures[name], values)))
                for name, values in inputs.items()}, signatures


def answers(graph_def, init_op, signatures, inputs, optimize=False):
    if not optimize:
        optimizer_off(graph_def.node)
        for function in graph_def.library.function:
            optimizer_off(function.node_def)
    with tf.Graph().as_default() as graph:
        oracle.import_copy(graph_def)
        with v1.Session(graph=graph, config=session_config(optimize)) as session:
            if init_op:
                session.run(init_op)
            return {name: tuple(session.run(outputs_of(signatures[name]), feeds_of(signatures[name], values)))
                    for name, values in inputs.items()}
