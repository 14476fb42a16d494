"""TensorFlow's answers: its own freeze_graph, and sessions that run the original and the frozen graphs."""

import contextlib
import dataclasses
import functools
import io

import numpy as np
import tensorflow as tf
from tensorflow.python.tools import freeze_graph as tensorflow_freeze_graph

from registry import BINARY, REFUSES, RIGHT, TEXT, WRONG, v1
from sessions import session_config
from workshop import Trained

STRICT, DEFAULT = False, True  # TensorFlow's graph optimizer off, or as it comes.


@dataclasses.dataclass(frozen=True)
class Frozen:
    """What TensorFlow's freezer made of one set of input files."""

    graph_def: object = None
    error: str = ""


@functools.lru_cache(maxsize=None)
def freeze(trained: Trained, form: str) -> Frozen:
    if form == TEXT:  # The same message; its text parser is not what we judge.
        return freeze(trained, BINARY)
    return freeze_files(**trained.inputs(form))


def freeze_files(input_graph="", input_saver="", input_binary="false", input_checkpoint="", output_node_names="",
                 output_graph="", clear_devices="true", initializer_nodes="", variable_names_whitelist="",
                 variable_names_denylist="", input_meta_graph="", checkpoint_version="2") -> Frozen:
    """TensorFlow's freeze_graph under the flags of its command line, in a graph of its own."""
    with tf.Graph().as_default(), contextlib.redirect_stdout(io.StringIO()):
        try:
            graph_def = tensorflow_freeze_graph.freeze_graph(
                input_graph, input_saver, input_binary == "true", input_checkpoint, output_node_names, None, None,
                output_graph, clear_devices == "true", initializer_nodes, variable_names_whitelist,
                variable_names_denylist, input_meta_graph, checkpoint_version=int(checkpoint_version))
        except Exception as error:  # Anything it raises is its answer.
            return Frozen(error=f"{type(error).__name__}: {error}")
    return Frozen(graph_def)


def import_copy(graph_def) -> None:
    """import_graph_def writes default attributes into the message it is given; ours stay as they were judged."""
    copy = type(graph_def)()
    copy.CopyFrom(graph_def)
    tf.import_graph_def(copy, name="")


@functools.lru_cache(maxsize=None)
def original(trained: Trained, optimize: bool) -> tuple:
    """The training graph of the `.meta`, restored through its own saver."""
    with tf.Graph().as_default() as graph:
        import_copy(trained.meta_def.graph_def)
        with v1.Session(graph=graph, config=session_config(optimize)) as session:
            saver = trained.meta_def.saver_def
            session.run(saver.restore_op_name, {saver.filename_tensor_name: trained.checkpoint})
            for op in trained.script.after_restore:
                session.run(op)
            return tuple(session.run(trained.fetches, trained.script.feeds))


def run(graph_def, fetches, feeds, optimize: bool, checkpoint: str = "") -> tuple:
    """A frozen graph's answers. Variables left in it on purpose get their values from the checkpoint by name."""
    with tf.Graph().as_default() as graph:
        import_copy(graph_def)
        assign = [_assign(graph.get_operation_by_name(node.name), checkpoint)
                  for node in graph_def.node if node.op in ("VariableV2", "VarHandleOp")]
        with v1.Session(graph=graph, config=session_config(optimize)) as session:
            session.run(assign)
            present = {feed: value for feed, value in feeds.items() if _has(graph, feed)}
            return tuple(session.run(fetches, present))


def _assign(op, checkpoint: str):
    value = tf.constant(tf.train.load_variable(checkpoint, op.name))
    if op.type == "VarHandleOp":
        return tf.raw_ops.AssignVariableOp(resource=op.outputs[0], value=value)
    return tf.raw_ops.Assign(ref=op.outputs[0], value=value).op


def _has(graph, tensor: str) -> bool:
    """Pruning may take an input away with what it fed (labels, say)."""
    try:
        graph.get_tensor_by_name(tensor)
    except KeyError:
        return False
    return True


@functools.lru_cache(maxsize=None)
def frozen_answers(trained: Trained, form: str, optimize: bool) -> tuple:
    """The answers of TensorFlow's frozen graph."""
    return run(freeze(trained, form).graph_def, trained.fetches, trained.script.feeds, optimize, trained.checkpoint)


def verdict(trained: Trained, form: str) -> tuple[str, str]:
    """How TensorFlow's own freezer fares, and the reason in its words."""
    frozen = freeze(trained, form)
    if frozen.graph_def is None:
        return REFUSES, frozen.error
    try:
        answers = frozen_answers(trained, form, STRICT)
    except Exception as error:
        return WRONG, f"{type(error).__name__}: {error}"
    difference = unequal(original(trained, STRICT), answers)
    return (WRONG, difference) if difference else (RIGHT, "")


def unequal(expected, actual, tolerance: float = 0.0) -> str:
    """The first output that differs, in words; empty when none does. Without tolerance every bit counts, NaN's too."""
    if len(expected) != len(actual):
        return f"{len(expected)} outputs, not {len(actual)}"
    for i, (want, got) in enumerate(zip(map(np.asarray, expected), map(np.asarray, actual))):
        if want.dtype != got.dtype or want.shape != got.shape:
            return f"output {i} is {got.dtype}{list(got.shape)}, not {want.dtype}{list(want.shape)}"
        if same_bits(want, got):
            continue
        if tolerance and want.dtype.kind in "fc" and np.allclose(want, got, tolerance, tolerance, equal_nan=True):
            continue
        return f"output {i} has other values: expected {want.ravel()[:4]}, got {got.ravel()[:4]}"
    return ""


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype == object:
        return bool(np.array_equal(a, b))
    return np.ascontiguousarray(a).tobytes() == np.ascontiguousarray(b).tobytes()


def forget() -> None:
    """Drops what was kept of one model; a full-size network's results are gigabytes."""
    for kept in (freeze, original, frozen_answers):
        kept.cache_clear()
