"""Every flag of TensorFlow's freeze_graph with its meaning, in every spelling; and what our program adds."""

import json

import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import text_format

import compare
import oracle
import program
from oracle import STRICT
from registry import BINARY, META, REF, REF_V2, RESOURCE, RESOURCE_V2, TEXT, v1


def frozen_like_tensorflow(trained, theirs, done, outputs=None):
    assert theirs.graph_def is not None, theirs.error
    found = compare.unexplained(theirs.graph_def, done.graph_def, trained.meta_def.graph_def, outputs or trained.script.outputs)
    assert not found, f"{found}\n{done}"


# ---- spellings -----------------------------------------------------------------------------------------------------------

def test_flags_with_a_blank_for_the_equals_sign(train):
    trained = train("one_variable", REF)
    spelled = [part for name, value in trained.inputs(BINARY).items() for part in (f"--{name}", value)]
    done = program.must_freeze(trained.folder, *spelled)
    assert done.bytes == program.must_freeze(trained.folder, **trained.inputs(BINARY)).bytes


@pytest.mark.parametrize("spelling", ["--input_binary", "--input_binary=True", "--input_binary=TRUE", "--input_binary=true"])
def test_booleans_as_argparse_reads_them(train, spelling):
    trained = train("one_variable", REF)
    flags = trained.inputs(BINARY)
    del flags["input_binary"]
    done = program.must_freeze(trained.folder, spelling, **flags)
    assert done.bytes == program.must_freeze(trained.folder, **trained.inputs(BINARY)).bytes


@pytest.mark.parametrize("value", ["1", "yes", "on", "0", "maybe"])
def test_booleans_that_tensorflow_would_take_for_false_are_refused(train, value):
    trained = train("one_variable", REF)
    done = program.must_fail(trained.folder, **{**trained.inputs(BINARY), "input_binary": value})
    assert "input_binary" in done.stderr and value in done.stderr, str(done)


@pytest.mark.parametrize("flavour", [REF, RESOURCE], ids=str)
def test_blanks_in_lists_are_nothing(train, flavour):
    trained = train("identity_chain", flavour)
    flags = trained.inputs(META)
    spaced = program.must_freeze(trained.folder, **{**flags, "output_node_names": " output , link3 "})
    assert spaced.bytes == program.must_freeze(trained.folder, **flags).bytes


def test_a_wrong_input_binary_is_noticed_and_does_no_harm(train):
    """Files are told apart by what is in them."""
    trained = train("mlp_adam", REF)
    expected = program.must_freeze(trained.folder, **trained.inputs(BINARY)).graph_def
    for form, wrong in ((BINARY, "false"), (TEXT, "true")):
        done = program.must_freeze(trained.folder, **{**trained.inputs(form), "input_binary": wrong})
        assert done.graph_def == expected, str(done)
        assert "input_binary" in done.said, str(done)


def test_a_text_meta_graph_works(train):
    trained = train("one_variable", RESOURCE)
    text = trained.folder / "meta.pbtxt"
    text.write_text(text_format.MessageToString(trained.meta_def))
    flags = {**trained.inputs(META), "input_meta_graph": str(text), "input_binary": "false"}
    done = program.must_freeze(trained.folder, **flags)
    frozen_like_tensorflow(trained, oracle.freeze_files(**flags), done)


# ---- outputs -------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("flavour", [REF, RESOURCE], ids=str)
def test_outputs_as_tensor_names(train, flavour):
    """`parts:1` keeps the node; TensorFlow refuses the colon."""
    trained = train("several_outputs", flavour)
    flags = {**trained.inputs(META), "output_node_names": "parts:1,sum:0"}
    assert "not in graph" in oracle.freeze_files(**flags).error
    done = program.must_freeze(trained.folder, **flags)
    expected = oracle.freeze_files(**{**flags, "output_node_names": "parts,sum"})
    frozen_like_tensorflow(trained, expected, done, ["parts", "sum"])


@pytest.mark.parametrize("flavour", [REF, RESOURCE], ids=str)
def test_output_aliases(train, flavour):
    """`logits=some/node:0` gives the tensor a name of its own."""
    trained = train("several_outputs", flavour)
    done = program.must_freeze(trained.folder, **{**trained.inputs(META), "output_node_names": "middle=parts:1,all=prob"})
    feeds = trained.script.feeds
    with tf.Graph().as_default() as graph:
        oracle.import_copy(trained.meta_def.graph_def)
        with v1.Session(graph=graph) as session:
            saver = trained.meta_def.saver_def
            session.run(saver.restore_op_name, {saver.filename_tensor_name: trained.checkpoint})
            expected = session.run(["parts:1", "prob:0"], feeds)
    answers = oracle.run(done.graph_def, ["middle:0", "all:0"], feeds, STRICT)
    assert not oracle.unequal(expected, answers), str(done)
    assert "sum" not in {node.name for node in done.graph_def.node}


def test_an_alias_that_is_taken_is_refused(train):
    trained = train("several_outputs")
    done = program.must_fail(trained.folder, **{**trained.inputs(META), "output_node_names": "x=parts:1"})
    assert "x" in done.stderr


# ---- savers --------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("form", ["saver.pb", "saver.pbtxt"])
@pytest.mark.parametrize("flavour", [REF, RESOURCE], ids=str)
@pytest.mark.parametrize("name", ["saver_renames", "saver_renames_crosswise", "partitioned_axis1", "ema_saver"])
def test_input_saver(train, name, flavour, form):
    trained = train(name, flavour)
    flags = {**trained.inputs(BINARY if form == "saver.pb" else TEXT), "input_saver": str(trained.folder / form)}
    done = program.must_freeze(trained.folder, **flags)
    theirs = oracle.freeze_files(**flags)
    if flavour == REF:
        frozen_like_tensorflow(trained, theirs, done)
    answers = oracle.run(done.graph_def, trained.fetches, trained.script.feeds, STRICT)
    assert not oracle.unequal(oracle.original(trained, STRICT), answers), str(done)


def two_savers(folder):
    """One graph, two savers that disagree: `save` crosswise, `save_1` straight."""
    folder.mkdir(exist_ok=True)
    with tf.Graph().as_default() as graph:
        v1.disable_resource_variables()
        a = v1.get_variable("a", initializer=np.float32(1.0))
        b = v1.get_variable("b", initializer=np.float32(2.0))
        tf.subtract(a, 10.0 * b, name="output")
        crosswise = v1.train.Saver({"a": b, "b": a})
        v1.train.Saver({"a": a, "b": b})
        with v1.Session(graph=graph) as session:
            session.run(v1.global_variables_initializer())
            crosswise.save(session, str(folder / "model.ckpt"), write_meta_graph=False)
        v1.io.write_graph(graph, str(folder), "graph.pb", as_text=False)
    return {"input_graph": str(folder / "graph.pb"), "input_binary": "true", "input_checkpoint": str(folder / "model.ckpt"),
            "output_node_names": "output"}


@pytest.mark.parametrize("restore_op, expected", [("save/restore_all", 1.0 - 20.0), ("save_1/restore_all", 2.0 - 10.0)])
def test_restore_op_name_chooses_the_saver(built, restore_op, expected):
    """TensorFlow throws the flag away; here it says which saver's keys count."""
    folder = built / "two_savers"
    done = program.must_freeze(folder, **two_savers(folder), restore_op_name=restore_op)
    assert oracle.run(done.graph_def, ["output:0"], {}, STRICT)[0] == np.float32(expected), str(done)


def test_savers_that_disagree_are_an_error_without_it(built):
    folder = built / "two_savers"
    done = program.must_fail(folder, **two_savers(folder))
    assert "restore_op_name" in done.stderr or "save_1" in done.stderr, str(done)


def test_filename_tensor_name_is_accepted(train):
    trained = train("one_variable", REF)
    done = program.must_freeze(trained.folder, **trained.inputs(BINARY), filename_tensor_name="save/Const:0",
                               restore_op_name="save/restore_all")
    assert done.bytes == program.must_freeze(trained.folder, **trained.inputs(BINARY)).bytes


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("name", ["one_variable", "v1_checkpoint"])
def test_checkpoint_version_does_not_matter_for_reading(train, name, version):
    trained = train(name, REF)
    flags = {**trained.inputs(BINARY), "checkpoint_version": version}
    frozen_like_tensorflow(trained, oracle.freeze_files(**flags), program.must_freeze(trained.folder, **flags))


def test_another_checkpoint_version_is_refused(train):
    trained = train("one_variable", REF)
    done = program.must_fail(trained.folder, **{**trained.inputs(BINARY), "checkpoint_version": "3"})
    assert "checkpoint_version" in done.stderr and "3" in done.stderr, str(done)


# ---- devices, lists ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("flavour", [REF, RESOURCE], ids=str)
def test_clear_devices_false_keeps_them(train, flavour):
    """With a graph file as TensorFlow does; with a `.meta` too, where TensorFlow forgets the flag."""
    trained = train("devices", flavour)
    source = {node.name: node.device for node in trained.graph_def.node}
    for form in (BINARY, META):
        flags = {**trained.inputs(form), "clear_devices": "false"}
        done = program.must_freeze(trained.folder, **flags)
        kept = {node.name: node.device for node in done.graph_def.node}
        assert kept["MatMul"] == source["MatMul"] != "", str(done)
        if flavour == REF and form == BINARY:
            frozen_like_tensorflow(trained, oracle.freeze_files(**flags), done)


@pytest.mark.parametrize("flavour", [REF, RESOURCE], ids=str)
def test_denied_variables_stay_variables(train, flavour):
    trained = train("deny_list", flavour)
    ops = {node.name: node.op for node in program.must_freeze(trained.folder, **trained.inputs(META)).graph_def.node}
    assert (ops["a"], ops["b"], ops["c"]) == ("Const", "VarHandleOp" if flavour.resource else "VariableV2", "Const")


def test_an_unknown_name_in_a_list_is_a_warning(train):
    """TensorFlow is silent, and the typing error stays in the model."""
    trained = train("one_variable", RESOURCE)
    for flag in ("variable_names_whitelist", "variable_names_denylist"):
        done = program.must_freeze(trained.folder, **trained.inputs(META), **{flag: "variable_node,variabel"})
        assert "variabel" in done.said, str(done)


@pytest.mark.parametrize("flavour", [REF, RESOURCE], ids=str)
def test_a_local_variable_without_its_initialiser_is_named(train, flavour):
    trained = train("local_variables", flavour)
    flags = trained.inputs(META)
    del flags["initializer_nodes"]
    done = program.must_fail(trained.folder, **flags)
    assert "table" in done.stderr and "initializer_nodes" in done.stderr, str(done)


# ---- what we add ---------------------------------------------------------------------------------------------------------

def strings_in(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from strings_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings_in(inner)
    elif isinstance(value, str):
        yield value


def test_report_is_json_and_names_what_was_frozen(train):
    trained = train("mlp_adam", RESOURCE)
    done = program.must_freeze(trained.folder, "--report=json", **trained.inputs(META))
    report = done.report
    assert isinstance(report, dict)
    assert {"hidden/w", "hidden/b", "w", "b"} <= set(strings_in(report)), str(done)


@pytest.mark.parametrize("name, said", [("counter_update", "AssignAdd"), ("moving_average_updates", "AssignSub")])
@pytest.mark.parametrize("flavour", [REF, RESOURCE], ids=str)
def test_report_names_the_writes_that_were_dropped(train, name, said, flavour):
    trained = train(name, flavour)
    report = program.must_freeze(trained.folder, "--report=json", **trained.inputs(META)).report
    assert any(said in text for text in strings_in(report)), json.dumps(report, indent=1)


def test_report_does_not_change_the_result(train):
    trained = train("mlp_adam", RESOURCE)
    plain = program.must_freeze(trained.folder, **trained.inputs(META))
    assert program.must_freeze(trained.folder, "--report=json", **trained.inputs(META)).bytes == plain.bytes


def test_dry_run_writes_nothing(train):
    trained = train("mlp_adam", RESOURCE)
    done = program.freeze(trained.folder, "--dry_run", "--report=json", **trained.inputs(META))
    assert done.code == 0 and not done.output.exists(), str(done)
    assert "hidden/w" in set(strings_in(done.report))


def test_dry_run_finds_errors(train):
    trained = train("mlp_adam", RESOURCE)
    program.must_fail(trained.folder, "--dry_run", **{**trained.inputs(META), "output_node_names": "nowhere"})


def test_quiet_says_nothing(train):
    trained = train("mlp_adam", RESOURCE)
    done = program.must_freeze(trained.folder, "--quiet", **trained.inputs(META))
    assert done.said == "", str(done)


def test_quiet_does_not_hide_errors(train):
    trained = train("mlp_adam", RESOURCE)
    program.must_fail(trained.folder, "--quiet", **{**trained.inputs(META), "output_node_names": "nowhere"})
