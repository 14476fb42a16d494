"""What goes wrong ends with exit code 1, no output file, and a message that names the essential thing."""

import re
import shutil

import numpy as np
import pytest
import tensorflow as tf

import oracle
import program
from oracle import STRICT
from registry import BINARY, META, REF, RESOURCE, TEXT, v1
from workshop import write_checkpoint

FLAVOURS = pytest.mark.parametrize("flavour", [REF, RESOURCE], ids=str)


def says(done, *patterns):
    for pattern in patterns:
        assert re.search(pattern, done.stderr, re.IGNORECASE), f"nothing about {pattern!r}\n{done}"


@pytest.fixture
def changed(train, tmp_path):
    """A model's flags with some changed; outputs go to an empty folder."""
    def make(name, form=META, flavour=RESOURCE, **flags):
        return {**train(name, flavour).inputs(form), **flags}
    return make


# ---- the command line ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("typed, meant", [
    ("--input_grpah=x", "--input_graph"), ("--output_nodes=x", "--output_node_names"),
    ("--initialiser_nodes=x", "--initializer_nodes"), ("--checkpoint_verion=2", "--checkpoint_version")])
def test_an_unknown_flag_is_refused_with_the_nearest(changed, tmp_path, typed, meant):
    says(program.must_fail(tmp_path, typed, **changed("one_variable")), re.escape(typed.split("=")[0]), re.escape(meant) + r"\b")


def test_no_output_names(changed, tmp_path):
    flags = changed("one_variable")
    del flags["output_node_names"]
    says(program.must_fail(tmp_path, **flags), "output_node_names|no output")


def test_no_graph_at_all(changed, tmp_path):
    flags = changed("one_variable")
    del flags["input_meta_graph"]
    says(program.must_fail(tmp_path, **flags), "input_graph")


def test_no_checkpoint_at_all(changed, tmp_path):
    flags = changed("one_variable")
    del flags["input_checkpoint"]
    says(program.must_fail(tmp_path, **flags), "input_checkpoint|no checkpoint", "variable_node")


def test_no_flag_at_all():
    done = program.run()
    assert done.code == 1 and done.stderr, str(done)


def test_an_output_folder_that_is_not_there(changed, tmp_path):
    done = program.run(*(f"--{k}={v}" for k, v in changed("one_variable").items()), f"--output_graph={tmp_path}/no/such/f.pb")
    assert done.code == 1, str(done)
    says(done, "no/such/f.pb")


# ---- outputs -------------------------------------------------------------------------------------------------------------

@FLAVOURS
def test_an_unknown_output_is_named_with_a_close_one(changed, tmp_path, flavour):
    says(program.must_fail(tmp_path, **changed("mlp_adam", flavour=flavour, output_node_names="outputt")), "outputt", r"\boutput\b")


def test_an_output_port_that_is_not_there(changed, tmp_path):
    says(program.must_fail(tmp_path, **changed("several_outputs", output_node_names="parts:3")), "parts:3")


# ---- files ---------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("flag, form", [("input_graph", BINARY), ("input_graph", TEXT), ("input_meta_graph", META)])
def test_a_file_that_is_not_there(changed, tmp_path, flag, form):
    says(program.must_fail(tmp_path, **changed("one_variable", form, **{flag: str(tmp_path / "missing.pb")})), "missing.pb")


def test_a_checkpoint_that_is_not_there(changed, tmp_path):
    says(program.must_fail(tmp_path, **changed("one_variable", input_checkpoint=str(tmp_path / "missing.ckpt"))), "missing.ckpt")


def test_a_missing_shard_is_named(train, tmp_path):
    trained = train("shards_7")
    for file in trained.folder.glob("model.ckpt*"):
        shutil.copy(file, tmp_path)
    (tmp_path / "model.ckpt.data-00003-of-00007").unlink()
    done = program.must_fail(tmp_path, **{**trained.inputs(META), "input_checkpoint": str(tmp_path / "model.ckpt")})
    says(done, "data-00003-of-00007")


def test_a_missing_index_is_named(train, tmp_path):
    trained = train("one_variable")
    shutil.copy(trained.folder / "model.ckpt.data-00000-of-00001", tmp_path)
    done = program.must_fail(tmp_path, **{**trained.inputs(META), "input_checkpoint": str(tmp_path / "model.ckpt")})
    says(done, r"model\.ckpt\.index")


@pytest.mark.parametrize("file", ["model.ckpt.index", "model.ckpt.data-00000-of-00001"])
def test_a_damaged_checkpoint_is_refused(train, tmp_path, file):
    trained = train("mlp_adam")
    for source in trained.folder.glob("model.ckpt*"):
        shutil.copy(source, tmp_path)
    data = bytearray((tmp_path / file).read_bytes())
    for at in range(0, len(data) // 2):  # The footer stays: it is the block's own checksum that has to tell.
        data[at] ^= 0x55
    (tmp_path / file).write_bytes(data)
    done = program.must_fail(tmp_path, **{**trained.inputs(META), "input_checkpoint": str(tmp_path / "model.ckpt")})
    says(done, re.escape(file))


@pytest.mark.parametrize("file", ["model.ckpt.index", "model.ckpt.data-00000-of-00001", "model.ckpt.meta", "graph.pb"])
def test_a_truncated_file_is_refused(train, tmp_path, file):
    trained = train("mlp_adam")
    for source in (*trained.folder.glob("model.ckpt*"), trained.folder / "graph.pb"):
        shutil.copy(source, tmp_path)
    data = (tmp_path / file).read_bytes()  # Of the weights a half: the end of the file is the optimizer's, which is not read.
    (tmp_path / file).write_bytes(data[:len(data) // 2 if ".data-" in file else -20])
    flags = {k: v.replace(str(trained.folder), str(tmp_path))
             for k, v in trained.inputs(BINARY if file == "graph.pb" else META).items()}
    says(program.must_fail(tmp_path, **flags), re.escape(file))


def saved_model(folder):
    with tf.Graph().as_default() as graph:
        x = v1.placeholder(tf.float32, [None], "x")
        y = tf.identity(x * v1.get_variable("w", initializer=np.float32(2.0)), "output")
        with v1.Session(graph=graph) as session:
            session.run(v1.global_variables_initializer())
            v1.saved_model.simple_save(session, str(folder), {"x": x}, {"y": y})
    return folder / "saved_model.pb"


def test_a_saved_model_as_graph_is_refused_with_a_clear_word(changed, tmp_path):
    flags = changed("one_variable", BINARY, input_graph=str(saved_model(tmp_path / "saved")))
    says(program.must_fail(tmp_path, **flags), "SavedModel")


def test_a_checkpoint_as_graph_is_refused(train, changed, tmp_path):
    index = train("one_variable").checkpoint + ".index"
    says(program.must_fail(tmp_path, **changed("one_variable", BINARY, input_graph=index)), "graph")


def test_rubbish_as_graph_is_refused(changed, tmp_path):
    rubbish = tmp_path / "rubbish.pb"
    rubbish.write_bytes(np.random.default_rng(1).bytes(5000))
    says(program.must_fail(tmp_path, **changed("one_variable", BINARY, input_graph=str(rubbish))), "rubbish.pb")


def test_text_that_is_no_graph_tells_the_line(changed, tmp_path):
    broken = tmp_path / "broken.pbtxt"
    broken.write_text('node {\n  name: "a"\n  op: "NoOp"\n  colour: "red"\n}\n')
    says(program.must_fail(tmp_path, **changed("one_variable", TEXT, input_graph=str(broken))), "broken.pbtxt", r"\b4\b", "colour")


def test_a_meta_graph_given_as_graph(train, tmp_path):
    """Told apart by content: refused with the right flag's name, or taken for what it is."""
    trained = train("one_variable")
    done = program.freeze(tmp_path, **{**trained.inputs(BINARY), "input_graph": trained.checkpoint + ".meta"})
    if done.code == 0:
        assert not oracle.unequal(oracle.original(trained, STRICT), oracle.run(done.graph_def, trained.fetches, {}, STRICT))
    else:
        says(done, "input_meta_graph|MetaGraph")


# ---- a checkpoint that does not fit --------------------------------------------------------------------------------------

MLP = {"w": np.ones([8, 3], np.float32), "b": np.ones([3], np.float32), "hidden/b": np.ones([8], np.float32),
       "hidden/w": np.ones([6, 8], np.float32)}


@FLAVOURS
@pytest.mark.parametrize("form", [BINARY, META])
def test_a_checkpoint_that_fits(changed, tmp_path, flavour, form):
    """The counterpart: what the next tests break does work, with more keys missing that nothing needs."""
    done = program.must_freeze(tmp_path, **changed("mlp_adam", form, flavour, input_checkpoint=write_checkpoint(tmp_path, MLP)))
    feeds = {"x:0": np.ones([1, 6], np.float32)}
    assert np.allclose(oracle.run(done.graph_def, ["output:0"], feeds, STRICT)[0], 1 / 3)


@FLAVOURS
@pytest.mark.parametrize("form", [BINARY, META])
def test_the_checkpoint_of_another_model_lists_all_that_is_missing(changed, tmp_path, flavour, form):
    other = write_checkpoint(tmp_path, {"net": np.float32(1)})
    says(program.must_fail(tmp_path, **changed("mlp_adam", form, flavour, input_checkpoint=other)), "hidden/w", "hidden/b", r"\bw\b", r"\bb\b")


@FLAVOURS
def test_a_missing_key_is_named_with_a_close_one(changed, tmp_path, flavour):
    other = write_checkpoint(tmp_path, {k.replace("hidden/w", "hiden/w"): v for k, v in MLP.items()})
    says(program.must_fail(tmp_path, **changed("mlp_adam", META, flavour, input_checkpoint=other)), "hidden/w", "hiden/w")


@FLAVOURS
@pytest.mark.parametrize("form", [BINARY, META])
def test_another_shape_is_told_with_both(changed, tmp_path, flavour, form):
    other = write_checkpoint(tmp_path, {**MLP, "w": np.ones([3, 8], np.float32)})
    done = program.must_fail(tmp_path, **changed("mlp_adam", form, flavour, input_checkpoint=other))
    says(done, r"\bw\b", r"8\D{1,3}3", r"3\D{1,3}8")


@FLAVOURS
@pytest.mark.parametrize("form", [BINARY, META])
def test_another_dtype_is_told_with_both(changed, tmp_path, flavour, form):
    other = write_checkpoint(tmp_path, {**MLP, "w": np.ones([8, 3], np.float64)})
    done = program.must_fail(tmp_path, **changed("mlp_adam", form, flavour, input_checkpoint=other))
    says(done, r"\bw\b", "float(32)?", "double|float64")


# ---- graphs --------------------------------------------------------------------------------------------------------------

@FLAVOURS
def test_a_frozen_graph_passes_through_with_a_note(train, tmp_path, flavour):
    """TensorFlow: you cannot freeze a graph twice. Here it comes out as it went in."""
    trained = train("mlp_adam", flavour)
    once = program.must_freeze(trained.folder, **trained.inputs(META))
    flags = {"input_graph": str(once.output), "input_binary": "true", "input_checkpoint": trained.checkpoint,
             "output_node_names": "output"}
    again = program.must_freeze(tmp_path, **flags)
    assert again.graph_def == once.graph_def
    assert re.search("no variable|0 variables|already frozen|nothing to freeze", again.said, re.IGNORECASE), str(again)
    without = program.must_freeze(tmp_path, **{k: v for k, v in flags.items() if k != "input_checkpoint"})
    assert without.graph_def == once.graph_def


@FLAVOURS
def test_a_write_that_a_read_waits_for_is_refused(tmp_path, flavour):
    """y = w after w += x: without the write the answer would be silently another."""
    with tf.Graph().as_default() as graph:
        (v1.enable_resource_variables if flavour.resource else v1.disable_resource_variables)()
        w = v1.get_variable("w", [2], initializer=v1.zeros_initializer())
        x = v1.placeholder(tf.float32, [2], "x")
        with tf.control_dependencies([v1.assign_add(w, x, name="grow")]):
            tf.identity(w.read_value(), "output")
        saver = v1.train.Saver()
        with v1.Session(graph=graph) as session:
            session.run(v1.global_variables_initializer())
            saver.save(session, str(tmp_path / "model.ckpt"))
    done = program.must_fail(tmp_path, input_meta_graph=str(tmp_path / "model.ckpt.meta"), input_binary="true",
                             input_checkpoint=str(tmp_path / "model.ckpt"), output_node_names="output")
    says(done, "grow|AssignAddVariableOp", r"\bread\b|ReadVariableOp")


def test_an_input_that_no_node_has(tmp_path, train):
    trained = train("one_variable")
    graph_def = type(trained.graph_def)()
    graph_def.CopyFrom(trained.graph_def)
    next(n for n in graph_def.node if n.name == "output_node").input[1] = "gone"
    (tmp_path / "dangling.pb").write_bytes(graph_def.SerializeToString())
    done = program.must_fail(tmp_path, **{**trained.inputs(BINARY), "input_graph": str(tmp_path / "dangling.pb")})
    says(done, "gone", "output_node")
