"""What cannot be made right is refused, and what is not safe to rewrite stays as it is with a word about what to do."""

import re

import numpy as np
import pytest
import tensorflow as tf

import oracle
import program
import training_workshop as workshop
from oracle import STRICT
from registry import REF, REF_V2, RESOURCE, RESOURCE_V2, placeholder, v1
from test_errors import says
from test_training import bodies
from training_npu import set_attr
from training_parts import around, dense, image
from training_nets import Layers, slim
from training_registry import Script, batch, classifier
from workshop import write_checkpoint

FLAVOURS = pytest.mark.parametrize("flavour", [REF, RESOURCE], ids=str)


@pytest.fixture(scope="module")
def trained(built):
    """Builds and trains a function of is_training, once for a flavour."""
    made = {}

    def make(build, flavour):
        if (build, flavour) not in made:
            script = Script("refused_" + build.__name__, build, (flavour,), (), ())
            made[build, flavour] = workshop.pair(script, flavour, built)
        return made[build, flavour]
    return make


def flags(pair, *extra, **changed):
    return pair.folder, ("--to_inference", *pair.arguments, *extra), {
        "input_meta_graph": pair.checkpoint + ".meta", "input_checkpoint": pair.checkpoint,
        "output_node_names": ",".join(pair.output_names), "report": "json", **changed}


def freeze(pair, *extra, **changed):
    folder, extra, named = flags(pair, *extra, **changed)
    return program.must_freeze(folder, *extra, **named)


def refuse(pair, *extra, **changed):
    folder, extra, named = flags(pair, *extra, **changed)
    return program.must_fail(folder, *extra, **named)


def entries(done, code: str) -> list:
    return [entry for entry in done.report["entries"] if entry["code"] == code]


def ops(graph_def) -> set:
    return {node.op for _, nodes in bodies(graph_def) for node in nodes}


def warned(done, code: str, node: str, advice: str):
    """A warning of this code at this node, and what its text says to do."""
    found = [entry for entry in entries(done, code) if re.search(node, entry["node"])]
    assert found and all(entry["action"] in ("warning", "skipped") for entry in found), str(done)
    assert re.search(advice, found[0]["text"]), found


def same_subgraph(pair, done, nodes):
    """These nodes are as the training wrote them, but for what TensorFlow's own freezing changes, too."""
    before = {node.name: node for node in pair.training.meta.graph_def.node}
    after = {node.name: node for node in done.graph_def.node}
    for name in nodes:
        assert name in after, f"{name} is gone\n{done}"
        assert (after[name].op, list(after[name].input)) == (before[name].op, list(before[name].input)), after[name]


# ---- not safe: stays as it is, with a warning ----------------------------------------------------------------------------

def dropped_connections(is_training):
    """DropConnect: a mask over weights, without the scale that would make it dropout."""
    def middle(t):
        w = v1.get_variable("connections", [8, 8])
        if is_training:
            mask = tf.floor(v1.random_uniform([8, 8], name="noise") + 0.5, name="mask")
            w = tf.multiply(w, mask, name="masked")
        return t @ w
    return around(is_training, middle)


def scaled_otherwise(is_training):
    """Kept with 0.5, divided by 0.8."""
    def middle(t):
        if is_training:
            t = tf.multiply(tf.divide(t, 0.8, name="scaled"), tf.floor(v1.random_uniform([4, 8], name="noise") + 0.5, name="mask"), name="masked")
        return v1.ensure_shape(t, [None, 8])
    return around(is_training, middle)


@FLAVOURS
@pytest.mark.parametrize("build", [dropped_connections, scaled_otherwise], ids=lambda build: build.__name__)
def test_a_mask_that_is_no_dropout_stays_with_a_warning(trained, build, flavour):
    pair = trained(build, flavour)
    done = freeze(pair)
    warned(done, "random_mask", "mask", "handler|pass")
    warned(done, "audit_random_op", "noise", "handler|pass")
    same_subgraph(pair, done, ["mask", "masked"])
    # The seeds are the graph's, so even what is random can be compared: nothing of it has changed.
    answers = oracle.run(done.graph_def, pair.training.fetches, pair.feeds, STRICT)
    assert not (difference := oracle.unequal(workshop.training_answers(pair), answers)), f"{difference}\n{done}"


def sampled(is_training):
    """A variational autoencoder's noise, which is scaled by what the network says: part of the model."""
    def middle(t):
        mean, deviation = dense(t, 8, "mean"), dense(t, 8, "deviation")
        noise = v1.random_normal(tf.shape(mean), name="noise")
        return tf.add(mean, tf.multiply(deviation, noise, name="spread"), name="sample")
    return around(is_training, middle)


@FLAVOURS
def test_noise_of_the_model_itself_stays_with_a_warning(trained, flavour):
    pair = trained(sampled, flavour)
    done = freeze(pair)
    warned(done, "audit_random_op", "noise", "random")
    same_subgraph(pair, done, ["sample", "spread"])


def batch_statistics(is_training):
    """A generator's batch norm that uses the batch's statistics on purpose: there are no moving averages to take."""
    def middle(t):
        gamma = v1.get_variable("scale_of_mine", [4], initializer=v1.ones_initializer())
        offset = v1.get_variable("offset_of_mine", [4], initializer=v1.zeros_initializer())
        y = v1.nn.fused_batch_norm(t, gamma, offset, name="batch_norm")[0]
        return v1.nn.dropout(y, rate=0.4) if is_training else y
    return image(is_training, middle)


@FLAVOURS
def test_batch_norm_without_moving_averages_stays_with_a_warning(trained, flavour):
    """Dropout beside it goes, and then the answers are the inference script's, bit for bit."""
    pair = trained(batch_statistics, flavour)
    done = freeze(pair)
    warned(done, "batch_statistics", "batch_norm", ".")
    assert not oracle.unequal(workshop.twin_answers(pair, STRICT), oracle.run(done.graph_def, pair.training.fetches, pair.feeds, STRICT))


def with_averages(is_training):
    x, labels, start = batch(is_training, [6])
    net = classifier(dense(Layers(is_training).dropout(dense(x, 8, "before")), 5, "after"), labels, x, start)
    if is_training:
        with tf.control_dependencies([net.train]):
            net.train = tf.train.ExponentialMovingAverage(0.5).apply(v1.trainable_variables())
    return net


@FLAVOURS
def test_averages_that_nobody_asked_for_are_not_taken_and_named(trained, flavour):
    pair = trained(with_averages, flavour)
    done = freeze(pair)
    warned(done, "moving_averages_exist", "", "use_ema|UseMovingAverages")
    assert not oracle.unequal(workshop.twin_answers(pair, STRICT), oracle.run(done.graph_def, pair.training.fetches, pair.feeds, STRICT))


@FLAVOURS
def test_averages_that_are_not_there_are_named(trained, flavour):
    warned(freeze(trained(scaled_otherwise, flavour), "--use_ema"), "no_moving_averages", "", ".")


def flagged(is_training):
    flag = placeholder("is_training", [], tf.bool) if is_training else None
    middle = lambda t: v1.cond(flag, lambda: tf.exp(v1.nn.dropout(t, rate=0.5)), lambda: tf.identity(t)) if is_training else t
    return around(is_training, middle, training_feeds={flag: True} if is_training else {})


@pytest.mark.parametrize("flavour", [REF, RESOURCE, REF_V2, RESOURCE_V2], ids=str)
def test_a_flag_that_nobody_set_stays_an_input(trained, flavour):
    """Which way round it is fed is then the caller's choice, and False is the inference script."""
    pair = trained(flagged, flavour)
    done = freeze(pair)
    assert "RandomUniform" not in ops(done.graph_def), str(done)
    answers = oracle.run(done.graph_def, pair.training.fetches, {**pair.feeds, "is_training:0": False}, STRICT)
    assert not (difference := oracle.unequal(workshop.twin_answers(pair, STRICT), answers)), f"{difference}\n{done}"


@pytest.mark.parametrize("flavour", [REF, RESOURCE, REF_V2, RESOURCE_V2], ids=str)
def test_a_flag_that_is_set_wrongly_gives_the_other_branch(trained, flavour):
    """--set is obeyed, not guessed: True takes the training's branch, without its dropout."""
    pair = trained(flagged, flavour)
    graph_def = freeze(pair, "--set", "is_training=true").graph_def
    assert "Exp" in ops(graph_def) and "RandomUniform" not in ops(graph_def)


@pytest.mark.parametrize("flavour", [REF, RESOURCE, REF_V2, RESOURCE_V2], ids=str)
def test_a_flag_is_inferred_when_asked_for(trained, flavour):
    pair = trained(flagged, flavour)
    graph_def = freeze(pair, "--infer_flags").graph_def
    assert not (ops(graph_def) & {"Exp", "RandomUniform", "Switch", "If", "StatelessIf"})
    answers = oracle.run(graph_def, pair.training.fetches, pair.feeds, STRICT)
    assert not oracle.unequal(workshop.twin_answers(pair, STRICT), answers)


# ---- refused -------------------------------------------------------------------------------------------------------------

def test_a_flag_that_is_not_there_is_named_with_a_close_one(trained):
    says(refuse(trained(flagged, RESOURCE), "--set", "is_trainig=false"), "is_trainig", r"\bis_training\b")


@pytest.mark.parametrize("value", ["maybe", "2.5", ""])
def test_a_value_that_does_not_fit_the_flag(trained, value):
    says(refuse(trained(flagged, RESOURCE), "--set", f"is_training={value}"), "is_training")


def test_an_output_of_the_training_branch_is_refused(trained):
    """It is there only when is_training is true."""
    pair = trained(flagged, REF)
    name = next(node.name for node in pair.training.meta.graph_def.node if node.op == "Exp" and node.name.startswith("cond/"))
    says(refuse(pair, "--set", "is_training=false", output_node_names=name), re.escape(name), "is_training")


def saver_of_trainables(is_training):
    """A mistake of many scripts: the Saver has the trainable variables only, and moving averages are none."""
    net = image(is_training, lambda t: slim.batch_norm(t, 0.9, scale=True, is_training=is_training, scope="norm"))
    net.saver = lambda: v1.train.Saver(v1.trainable_variables())
    return net


@FLAVOURS
def test_moving_averages_that_were_never_saved_are_refused(trained, flavour):
    """Zeros and ones, with which they start, would answer nonsense."""
    says(refuse(trained(saver_of_trainables, flavour)), "norm/moving_(mean|variance)", "checkpoint")


def written(is_training, write):
    def middle(t):
        total = v1.get_variable("total", [], initializer=v1.ones_initializer(), trainable=False)
        with tf.control_dependencies([write(total, t)]):
            return t * tf.identity(total.read_value(), "seen")
    return around(is_training, middle)


def summed(is_training):
    """What the input says is written before the output reads it: without the write the answers would be others."""
    return written(is_training, lambda total, t: v1.assign_add(total, tf.reduce_sum(t), name="add_up"))


def counted(is_training):
    return written(is_training, lambda total, t: v1.assign_add(total, 1.0, name="count"))


@FLAVOURS
def test_a_write_before_a_read_is_refused(trained, flavour):
    pair = trained(summed, flavour)
    says(refuse(pair), "AssignAdd", "total", "drop.writes")
    assert not {op for op in ops(freeze(pair, "--drop_writes").graph_def) if op.startswith("Assign")}


@FLAVOURS
def test_a_counter_before_a_read_is_dropped_and_named(trained, flavour):
    """What is frozen is the count that training left."""
    done = freeze(trained(counted, flavour))
    assert not {op for op in ops(done.graph_def) if op.startswith("Assign")}
    assert any("AssignAdd" in entry["text"] for entry in entries(done, "update_dropped")), str(done)


def quantized(is_training):
    """Quantisation-aware training: ranges of activations and of weights are variables that training moved."""
    def middle(t):
        low = v1.get_variable("act_quant/min", [], initializer=v1.constant_initializer(-3.0), trainable=False)
        high = v1.get_variable("act_quant/max", [], initializer=v1.constant_initializer(3.0), trainable=False)
        return tf.quantization.fake_quant_with_min_max_vars(t, low, high, name="act_quant/FakeQuant")
    return around(is_training, lambda t: Layers(is_training).dropout(middle(t)))


@FLAVOURS
def test_quantisation_aware_leftovers_are_named(trained, flavour):
    """They are the model's answers at inference; whoever hands the graph on has to know."""
    pair = trained(quantized, flavour)
    done = freeze(pair)
    warned(done, "fake_quant_kept", "act_quant", ".")
    assert not oracle.unequal(workshop.twin_answers(pair, STRICT), oracle.run(done.graph_def, pair.training.fetches, pair.feeds, STRICT))


def plain(is_training):
    return around(is_training, lambda t: Layers(is_training).dropout(t))


def edited_meta(pair, name: str, edit) -> str:
    meta = v1.MetaGraphDef.FromString(pair.training.meta.SerializeToString())
    edit(meta.graph_def)
    path = pair.folder / f"{name}.meta"
    path.write_bytes(meta.SerializeToString())
    return str(path)


def test_an_embedding_variable_is_refused_by_its_op(trained):
    """DeepRec's tables grow; the checkpoint has rows in no order that a constant could have."""
    pair = trained(plain, RESOURCE)

    def edit(graph_def):
        for node in graph_def.node:
            if node.op == "VarHandleOp" and node.name == "before/kernel":
                node.op = "KvVarHandleOp"
                node.attr["Tkeys"].type = tf.int64.as_datatype_enum
    says(refuse(pair, input_meta_graph=edited_meta(pair, "kv", edit)), "before/kernel", "EmbeddingVariable")


@FLAVOURS
def test_an_embedding_variable_is_refused_by_its_keys(trained, flavour, tmp_path):
    pair = trained(plain, flavour)
    tensors = {name: tf.train.load_variable(pair.checkpoint, name) for name, _ in tf.train.list_variables(pair.checkpoint)}
    kernel = tensors.pop("before/kernel")
    tensors |= {"before/kernel-keys": np.arange(len(kernel)), "before/kernel-values": kernel,
                "before/kernel-freqs": np.ones(len(kernel), np.int64), "before/kernel-versions": np.ones(len(kernel), np.int64),
                "before/kernel-partition_offset": np.zeros(1001, np.int32)}
    says(refuse(pair, input_checkpoint=write_checkpoint(tmp_path, tensors)), "before/kernel", "EmbeddingVariable")


def test_a_wrapped_graph_without_its_function_is_refused(trained):
    """GeOp: the adapter's session put the network into a function, and the file does not have it."""
    pair = trained(plain, RESOURCE)

    def edit(graph_def):
        output = next(node for node in graph_def.node if node.name == "output")
        output.op = "GeOp"
        for name in list(output.attr):
            del output.attr[name]
        set_attr(output, "Tin", [tf.float32])
        set_attr(output, "Tout", [tf.float32])
        set_attr(output, "data_format", "NHWC")
        output.attr["function"].func.name = "GeOp7_0"
    says(refuse(pair, input_meta_graph=edited_meta(pair, "geop", edit)), "output", "GeOp")
