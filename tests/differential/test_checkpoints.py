"""A checkpoint in every spelling that people type, and in any number of files."""

import shutil

import numpy as np
import pytest
import tensorflow as tf

import oracle
import program
from oracle import STRICT
from registry import BINARY, META, REF, RESOURCE
from workshop import write_checkpoint

FLAVOURS = pytest.mark.parametrize("flavour", [REF, RESOURCE], ids=str)
SPELLINGS = ("", ".index", ".data-00000-of-00001", ".meta")


@FLAVOURS
@pytest.mark.parametrize("suffix", SPELLINGS, ids=lambda s: s or "prefix")
def test_any_file_of_the_checkpoint_names_it(train, flavour, suffix):
    trained = train("mlp_adam", flavour)
    flags = trained.inputs(META)
    done = program.must_freeze(trained.folder, **{**flags, "input_checkpoint": trained.checkpoint + suffix})
    assert done.bytes == program.must_freeze(trained.folder, **flags).bytes


@FLAVOURS
@pytest.mark.parametrize("path", ["model.ckpt", "model.ckpt-?????-of-00003", "model.ckpt-00001-of-00003", "model.ckpt.meta", ""],
                         ids=["prefix", "pattern", "shard", "meta", "folder"])
def test_any_name_of_a_sharded_v1_checkpoint_names_all_of_it(train, flavour, path):
    trained = train("v1_checkpoint_shards", flavour)
    flags = trained.inputs(META)
    assert flags["input_checkpoint"].endswith("/model.ckpt-?????-of-00003")  # That it is one, by TensorFlow's own name.
    assert not list(trained.folder.glob("*.index"))
    done = program.must_freeze(trained.folder, **{**flags, "input_checkpoint": f"{trained.folder}/{path}"})
    assert done.bytes == program.must_freeze(trained.folder, **flags).bytes


def test_a_missing_table_of_a_v1_checkpoint_is_named(train, tmp_path):
    trained = train("v1_checkpoint_shards")
    for file in trained.folder.glob("model.ckpt*"):
        shutil.copy(file, tmp_path)
    (tmp_path / "model.ckpt-00001-of-00003").unlink()
    done = program.must_fail(tmp_path, **{**trained.inputs(META), "input_checkpoint": str(tmp_path / "model.ckpt")})
    assert "model.ckpt-00001-of-00003" in done.stderr, str(done)


@FLAVOURS
def test_v1_and_v2_give_the_same_bytes(train, flavour):
    """One graph and its weights in either format."""
    trained = train("one_variable", flavour)
    flags = {**trained.inputs(META), "input_checkpoint": train("v1_checkpoint", flavour).checkpoint}
    assert program.must_freeze(trained.folder, **flags).bytes == program.must_freeze(trained.folder, **trained.inputs(META)).bytes


@pytest.fixture
def training_folder(train, tmp_path):
    """A folder as training leaves it: an older checkpoint of other weights, the newest, and the `checkpoint` file."""
    trained, older = train("mlp_adam", RESOURCE), train("mlp_adam", REF)
    for file in trained.folder.glob("model.ckpt*"):
        shutil.copy(file, tmp_path / file.name.replace("model.ckpt", "model.ckpt-20"))
    for file in older.folder.glob("model.ckpt*"):
        shutil.copy(file, tmp_path / file.name.replace("model.ckpt", "model.ckpt-10"))
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "model.ckpt-20"\n'
                                         'all_model_checkpoint_paths: "model.ckpt-10"\n'
                                         'all_model_checkpoint_paths: "model.ckpt-20"\n')
    return trained, tmp_path


@pytest.mark.parametrize("spelling", [".", "", "checkpoint"], ids=["folder", "folder/", "checkpoint"])
def test_a_folder_or_its_checkpoint_file_gives_the_newest(training_folder, spelling):
    trained, folder = training_folder
    path = str(folder) if spelling == "." else f"{folder}/{spelling}"
    done = program.must_freeze(folder, **{**trained.inputs(META), "input_checkpoint": path})
    assert done.bytes == program.must_freeze(trained.folder, **trained.inputs(META)).bytes


def test_an_absolute_path_in_the_checkpoint_file(training_folder):
    trained, folder = training_folder
    (folder / "checkpoint").write_text(f'model_checkpoint_path: "{folder}/model.ckpt-20"\n')
    done = program.must_freeze(folder, **{**trained.inputs(META), "input_checkpoint": str(folder)})
    assert done.bytes == program.must_freeze(trained.folder, **trained.inputs(META)).bytes


def test_a_folder_without_a_checkpoint_is_refused(train, tmp_path):
    done = program.must_fail(tmp_path, **{**train("one_variable").inputs(META), "input_checkpoint": str(tmp_path)})
    assert str(tmp_path) in done.stderr, str(done)


@FLAVOURS
@pytest.mark.parametrize("form", [BINARY, META])
def test_one_two_and_seven_shards_give_the_same_bytes(train, flavour, form):
    """The graph of the seven devices each time, the weights from one, two and seven files."""
    graph = train("shards_7", flavour)
    results = {}
    for shards in (1, 2, 7):
        folder = train(f"shards_{shards}", flavour).folder
        assert len(list(folder.glob("model.ckpt.data-*"))) == shards
        flags = {**graph.inputs(form), "input_checkpoint": str(folder / "model.ckpt")}
        results[shards] = program.must_freeze(folder, **flags).bytes
    assert results[1] == results[2] == results[7]


@FLAVOURS
def test_weights_come_from_the_checkpoint_that_is_named(train, flavour, tmp_path):
    """Two trainings of one graph: no answer is the other's."""
    trained = train("one_variable", flavour)
    other = write_checkpoint(tmp_path, {"variable_node": np.float32(7.0)})
    answers = []
    for prefix in (trained.checkpoint, other):
        done = program.must_freeze(tmp_path, **{**trained.inputs(META), "input_checkpoint": prefix})
        answers.append(float(oracle.run(done.graph_def, trained.fetches, {}, STRICT)[0]))
    assert answers == [2.0, 14.0]
