"""Frozen SavedModels in other engines: the same numbers, or the engine's own reason, for which it refuses TensorFlow's
frozen graph as well."""

import re

import numpy as np
import pytest
from tensorflow.core.framework import graph_pb2

import engines
import program
from saved_model_refusals import DROPPED, REFUSED, TOLERANCE
from saved_models import NAMES, OLD_NAMES, feeds_of, frozen, load_inputs, names_of, outputs_of, signatures_of

CASES = [(engine, name) for name in [*NAMES, *OLD_NAMES] for engine in engines.ENGINES]


def folder_of(name, request):
    return request.getfixturevalue("exported_by_2_15" if name in OLD_NAMES else "exported") / name


def producers(graph_def, tensors):
    """The tensors that Identities give on under these names: OpenCV takes Identities away."""
    nodes = {node.name: node for node in graph_def.node}
    found = []
    for tensor in tensors:
        name, _, index = tensor.partition(":")
        while nodes[name].op in ("Identity", "IdentityN"):
            name, _, index = nodes[name].input[int(index or 0)].partition(":")
        found.append(f"{name}:{index or 0}")
    return found


def our_graph(engine, folder, signature, keys, scratch):
    """The frozen graph and its outputs, as a user of that engine asks for them."""
    info = signatures_of(folder)[signature]
    tensors = [tensor for key in keys for tensor in names_of(info.outputs[key])]
    if engine == "opencv":
        flat, _ = frozen(folder, scratch / "flat.pb", f"--signature={signature}", "--remove_identities")
        outputs = producers(flat, tensors)
        cut = program.must_freeze(scratch, input_graph=str(scratch / "flat.pb"), output_node_names=",".join(outputs))
        return cut.graph_def, outputs
    graph_def, report = frozen(folder, scratch / "out.pb", f"--signature={signature}", "--name_outputs_by_key")
    parts = {(tensor["key"], tensor["part"]): tensor["name"] for tensor in report["outputs"]}
    outputs = []
    for key in keys:
        outputs += [parts[key, part] for part in ("", "values", "indices", "dense_shape") if (key, part) in parts]
    return graph_def, outputs


def tensorflows_graph(engine, converted):
    graph_def = graph_pb2.GraphDef.FromString(converted.graph)
    return graph_def, producers(graph_def, converted.outputs) if engine == "opencv" else converted.outputs


def judge(engine, graph_def, feeds, outputs, expected, scratch, tolerance):
    """Empty where the answers are right."""
    try:
        answers = engines.ENGINES[engine](graph_def, feeds, outputs, scratch)
    except Exception as error:  # Anything that it raises is its reason.
        return " ".join(f"{type(error).__name__}: {error}".split())
    return engines.near(expected, answers, tolerance)


@pytest.mark.parametrize("engine, name", CASES, ids=["-".join(case) for case in CASES])
def test_the_answers_are_the_same_or_the_engine_refuses_tensorflows_graph_too(engine, name, converted, request, tmp_path):
    folder = folder_of(name, request)
    signatures, theirs = signatures_of(folder), converted(folder)
    for signature, values in load_inputs(folder.with_name(name + ".inputs")).items():
        feeds = feeds_of(signatures[signature], values)
        info = signatures[signature]
        keys = [key for key in sorted(info.outputs) if key not in DROPPED.get((engine, name), ())]
        expected = expected_of(folder, signature, info, keys, request)
        graph_def, outputs = our_graph(engine, folder, signature, keys, tmp_path)
        tolerance = TOLERANCE.get((engine, name), 1e-4)
        ours = judge(engine, graph_def, feeds, outputs, expected, tmp_path, tolerance)
        reason = REFUSED[engine].get(name, REFUSED[engine].get(f"{name}/{signature}", ""))
        assert bool(ours) == bool(reason) and re.search(reason, ours), f"{signature}: {ours}"
        if not reason and (engine, name) not in DROPPED:
            continue
        mine = theirs[signature]
        if mine.error:
            continue  # TensorFlow froze nothing to compare with: test_tensorflow_converter.py knows these.
        whole = expected_of(folder, signature, info, sorted(info.outputs), request)
        again = judge(engine, *with_feeds(tensorflows_graph(engine, mine), mine.inputs), whole, tmp_path, tolerance)
        assert again, f"{signature}: {engine} takes TensorFlow's graph; why not ours? {ours}"


def with_feeds(graph_and_outputs, feeds):
    graph_def, outputs = graph_and_outputs
    return graph_def, feeds, outputs


def expected_of(folder, signature, info, keys, request):
    answers = request.getfixturevalue("answers_of")(folder)[signature]
    by_tensor = dict(zip(outputs_of(info), answers))
    return [by_tensor[tensor] for key in keys for tensor in names_of(info.outputs[key])]


@pytest.mark.parametrize("expected, actual", [
    (np.float32([1, 2]), np.float32([1, 2.01])), (np.float32([1, 2]), np.float32([[1, 2]])), (np.array([b"a"], object), np.array(["b"]))],
    ids=["value", "shape", "string"])
def test_another_answer_is_seen(expected, actual):
    assert engines.near([expected], [actual], 1e-4)
    assert not engines.near([expected], [expected], 1e-4)
