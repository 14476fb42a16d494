"""Training graph and checkpoint in, inference graph out: each script in each flavour, judged by the inference graph that the
same Python code builds, restored from the same checkpoint."""

import collections
import functools

import numpy as np
import pytest
import tensorflow as tf

import oracle
import program
import training_models  # Registers its scripts, as the next two do.
import training_npu
import training_parts
import training_registry
import training_workshop as workshop
from oracle import DEFAULT, STRICT
from tensorflow.python.framework import op_def_registry
from registry import v1
from test_models import functions_called, leftovers

# Ops with a state are random ops, variables and their updates, iterators, queues, readers, savers, prints and assertions. These
# have one, too, and are the forward pass of some networks.
HARMLESS_STATE = ("TensorArray", "If", "While", "Case", "StatefulPartitionedCall", "PartitionedCall")
# And these are of training, but have none. By the beginning of an op's name.
STATELESS = ("StatelessRandom", "StatelessTruncated", "StatelessMultinomial", "StatelessParameterized", "StatelessDropout", "Queue",
             "CheckNumerics", "MergeSummary", "ScalarSummary", "HistogramSummary", "Optional", "DropOut", "Hcom", "Npu")


def of_training(node) -> bool:
    if node.op.startswith(("FusedBatchNorm", "_FusedBatchNorm")):  # An attribute that is not there is true.
        return "is_training" not in node.attr or node.attr["is_training"].b
    if node.op.startswith(STATELESS) or "Dataset" in node.op or "Grad" in node.op or "Backprop" in node.op:
        return True
    known = op_def_registry.get(node.op)
    return known is not None and known.is_stateful and not node.op.startswith(HARMLESS_STATE)


def bodies(graph_def):
    return [("", graph_def.node), *((f.signature.name, f.node_def) for f in graph_def.library.function)]


def scripts(config) -> dict:
    return training_registry.FULL_SIZE if config.getoption("--full") else training_registry.SCRIPTS


def pytest_generate_tests(metafunc):
    if "pair" in metafunc.fixturenames:
        cases = [(script, flavour) for script in scripts(metafunc.config).values() for flavour in script.flavours]
        metafunc.parametrize("pair", cases, ids=[f"{script.name}-{flavour}" for script, flavour in cases], indirect=True,
                             scope="module")


@pytest.fixture(scope="module")
def pair(request, built):
    """pytest runs all tests of one script in a row, so what they share can go with the last of them."""
    pair = workshop.pair(*request.param, built)
    yield pair
    for kept in (workshop.forget, ours.cache_clear, oracle.forget):
        kept()
    for result in pair.folder.glob("frozen-*.pb"):
        result.unlink()


@functools.lru_cache(maxsize=None)
def ours(pair):
    """What our program makes of the training's `.meta` and checkpoint, and of nothing else."""
    return program.must_freeze(pair.folder, "--to_inference", *pair.arguments, input_meta_graph=pair.checkpoint + ".meta",
                               input_checkpoint=pair.checkpoint, output_node_names=",".join(pair.output_names), report="json")


def our_answers(pair, optimize):
    graph_def = pair.runnable(ours(pair).graph_def)
    return oracle.run(graph_def, pair.training.fetches, pair.feeds, optimize)


def test_the_training_graph_answers_differently(pair):
    """Else there would be nothing to rewrite, and nothing proven by what follows."""
    training, twin = workshop.training_answers(pair), workshop.twin_answers(pair, STRICT)
    for k, (a, b) in enumerate(zip(training, twin, strict=True)):
        assert oracle.same_bits(np.asarray(a), np.asarray(b)) == (k in pair.script.same_in_training), f"output {k}: {a.ravel()[:4]}"
        assert np.isfinite(b).all() and np.std(b) > 0, f"output {k} says nothing: {b.ravel()[:4]}"


def test_same_bits_as_the_inference_script(pair):
    """The strict oracle, with TensorFlow's graph optimizer off: every bit of the twin's answers has to be there."""
    difference = oracle.unequal(workshop.twin_answers(pair, STRICT), our_answers(pair, STRICT))
    assert not difference, f"{difference}\n{ours(pair)}"


def test_same_answers_as_the_inference_script_at_the_defaults(pair):
    """The optimizer fuses what constants allow it to: bit for bit against TensorFlow's frozen twin, else 1e-5 to the twin."""
    answers = our_answers(pair, DEFAULT)
    if workshop.frozen_twin(pair):
        difference = oracle.unequal(workshop.frozen_twin_answers(pair, DEFAULT), answers)
    else:
        difference = oracle.unequal(workshop.twin_answers(pair, DEFAULT), answers, tolerance=1e-5)
    assert not difference, f"{difference}\n{ours(pair)}"


def test_nothing_of_training_is_left_anywhere(pair):
    """No random op, no update, no iterator or queue, no gradient, no batch norm in training mode, in no function either."""
    graph_def = ours(pair).graph_def
    kept = {node.name for node in pair.twin.meta.graph_def.node if of_training(node)} if pair.script.batch_statistics else set()
    found = [f"{body}/{node.name} is a {node.op}" for body, nodes in bodies(graph_def) for node in nodes
             if of_training(node) and node.name not in kept]
    assert not (found := found + leftovers(graph_def)), f"{found}\n{ours(pair)}"


# Findings of the audit that are about who loads the graph, not about training.
HARMLESS = {"audit_switch_merge", "audit_string_input", "audit_unknown_op"}

# Ops that say nothing about what is computed, and variables, which are constants in ours.
UNCOUNTED = {"Identity", "IdentityN", "Const", "Placeholder", "NoOp", "StopGradient", "VariableV2", "VarHandleOp", "ReadVariableOp"}


def census(graph_def) -> collections.Counter:
    """How many ops of each kind a graph and its functions compute with."""
    ops = (node.op.removeprefix("Stateless") for _, nodes in bodies(graph_def) for node in nodes if node.op not in UNCOUNTED)
    return collections.Counter("GatherV2" if op == "ResourceGather" else op for op in ops)


def test_no_more_is_computed_than_by_the_inference_script(pair):
    """Bits can be equal while the training's work is done for nothing."""
    twin = pair.twin.meta.graph_def
    twin = v1.graph_util.extract_sub_graph(twin, [name.rpartition(":")[0] for name in pair.twin.fetches])
    called = functions_called(twin)
    for function in [f for f in twin.library.function if f.signature.name not in called]:
        twin.library.function.remove(function)
    surplus = census(ours(pair).graph_def) - census(twin)
    assert not set(surplus) - set(pair.script.surplus), f"{surplus}\n{ours(pair)}"


def test_the_inputs_are_those_of_the_inference_script(pair):
    """Nothing else has to be fed: no label, no keep_prob, no flag."""
    inputs = {f"{node.name}:0": tf.as_dtype(node.attr["dtype"].type) for node in ours(pair).graph_def.node
              if node.op.startswith("Placeholder")}
    wanted = {name: tf.as_dtype(value.dtype if value.dtype != object else tf.string) for name, value in pair.feeds.items()}
    assert inputs == wanted, ours(pair)


def test_the_report_says_what_was_done(pair):
    report = ours(pair).report
    codes = {entry["code"] for entry in report["entries"]}
    assert set(pair.script.reports) <= codes, codes
    harmless = HARMLESS | ({"audit_batch_norm_training"} if pair.script.batch_statistics else set())
    assert not {code for code in codes if code.startswith("audit_")} - harmless, [e for e in report["entries"] if e["code"].startswith("audit_")]


def test_same_input_same_bytes(pair):
    again = ours.__wrapped__(pair)
    assert again.digest == ours(pair).digest
