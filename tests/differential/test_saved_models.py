"""SavedModels, frozen, against TensorFlow's own loader on the same inputs, bit for bit."""

import json
import pathlib
import pickle
import shutil
import subprocess
import sys

import numpy as np
import pytest
from tensorflow.core.protobuf import saved_model_pb2

import oracle
import program
from registry import v1
from saved_models import HERE, NAMES, OLD_NAMES, PROGRAM, answers, freeze, frozen, load_inputs, original, outputs_of

INLINED, KEPT, LOWERED = "--functions=inlined", "--functions=kept", "--lower_control_flow"
FUNCTIONAL = {"If", "StatelessIf", "Case", "StatelessCase", "While", "StatelessWhile"}


def all_nodes(graph_def):
    yield from graph_def.node
    for function in graph_def.library.function:
        yield from function.node_def


@pytest.mark.parametrize("name", NAMES)
def test_frozen_models_compute_what_the_loaded_model_computes(name, exported, tmp_path):
    saved = pickle.loads((exported / f"{name}.inputs").read_bytes())
    check_frozen(exported / name, saved, tmp_path)


@pytest.mark.parametrize("name", OLD_NAMES)
def test_frozen_models_of_estimators_compute_what_the_loaded_model_computes(name, exported_by_2_15, tmp_path):
    inputs = load_inputs(exported_by_2_15 / f"{name}.inputs")
    check_frozen(exported_by_2_15 / name, {"inputs": inputs, "expected": None}, tmp_path)


def check_frozen(folder, saved, tmp_path):
    inputs = saved["inputs"]
    if saved["expected"] is None:
        expected, signatures = original(folder, inputs, tmp_path)
        tolerance = 0.0
    else:  # Only the eager loader can run it, and that one optimizes.
        message = saved_model_pb2.SavedModel()
        message.ParseFromString((folder / "saved_model.pb").read_bytes())
        expected, signatures, tolerance = saved["expected"], message.meta_graphs[0].signature_def, 1e-5
    for functions in (INLINED, KEPT, LOWERED):
        graph_def, report = frozen(folder, tmp_path / "frozen.pb", "--signature=" + ",".join(inputs), functions)
        ops = {node.op for node in all_nodes(graph_def)}
        assert not ops & {"VarHandleOp", "VariableV2", "ReadVariableOp", "AssignVariableOp", "RestoreV2"}, functions
        if functions != KEPT:
            assert not ops & {"PartitionedCall", "StatefulPartitionedCall"}
            assert not ops & {function.signature.name for function in graph_def.library.function}
        if functions == INLINED:
            inlined, has_branches = graph_def, bool(ops & FUNCTIONAL)
        if functions == LOWERED:
            assert not ops & FUNCTIONAL and not graph_def.library.function
            if not has_branches:
                assert graph_def == inlined
                continue
        actual = answers(graph_def, report["init_op"], signatures, inputs)
        for signature in inputs:
            difference = oracle.unequal(expected[signature], actual[signature], tolerance)
            assert not difference, f"{functions}, {signature}: {difference}"
        assert {tensor["key"] for tensor in report["outputs"]} == {k for s in inputs for k in signatures[s].outputs}


@pytest.mark.parametrize("name", ["control_flow_effects", "control_flow_deep", "control_flow_case", "keras_lstm"])
def test_lowered_graphs_compute_what_the_functional_ops_compute(name, exported, tmp_path):
    """Not what TensorFlow's own lowering computes, which lets rounds overlap: here they may, but for those with state."""
    saved = pickle.loads((exported / f"{name}.inputs").read_bytes())
    _, signatures = original(exported / name, saved["inputs"], tmp_path)
    inlined, _ = frozen(exported / name, tmp_path / "inlined.pb")
    for node in all_nodes(inlined):
        node.attr.pop("_lower_using_switch_merge", None)
        if "parallel_iterations" in node.attr:
            node.attr["parallel_iterations"].i = 16
    (tmp_path / "functional.pb").write_bytes(inlined.SerializeToString())
    outputs = ",".join(outputs_of(signatures["serving_default"]))
    done = subprocess.run([str(program.BINARY), f"--input_graph={tmp_path / 'functional.pb'}", f"--output_graph={tmp_path / 'lowered.pb'}",
                           f"--output_node_names={outputs}", "--lower_control_flow"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lowered = v1.GraphDef.FromString((tmp_path / "lowered.pb").read_bytes())
    assert not {node.op for node in lowered.node} & FUNCTIONAL and not lowered.library.function
    expected = answers(inlined, "", signatures, saved["inputs"])
    assert not oracle.unequal(expected["serving_default"], answers(lowered, "", signatures, saved["inputs"])["serving_default"])
    # TensorFlow's optimizer takes the graph too.
    optimized = answers(lowered, "", signatures, saved["inputs"], optimize=name != "control_flow_effects")
    assert not oracle.unequal(expected["serving_default"], optimized["serving_default"], 1e-5)


@pytest.mark.parametrize("name", ["module_multiple_signatures", "table_vocabulary_file", "table_key_value", "tf1_table_with_asset",
                                  "keras_conv_bn_dropout", "tf1_sparse_signature", "module_while", "keras_text_vectorization",
                                  "table_mutable", "table_dense", "tf1_mutable_table"])
def test_the_frozen_saved_model_loads_and_computes_the_same(name, exported, tmp_path):
    saved = pickle.loads((exported / f"{name}.inputs").read_bytes())
    inputs, folder, out = saved["inputs"], exported / name, tmp_path / "frozen"
    expected, signatures = original(folder, inputs, tmp_path)
    done = subprocess.run([str(PROGRAM), f"--input_saved_model_dir={folder}", f"--output_saved_model_dir={out}", "--signature=*",
                           f"--signature_json={tmp_path / 'signature.json'}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not (out / "variables").exists()
    (tmp_path / "scratch").mkdir()
    # The model does not need the place that it came from.
    moved = folder.with_name("moved_" + name)
    folder.rename(moved)
    try:
        actual, actual_signatures = original(out, inputs, tmp_path / "scratch")
    finally:
        moved.rename(folder)
    for signature in inputs:
        assert not oracle.unequal(expected[signature], actual[signature])
        assert actual_signatures[signature] == signatures[signature]
    told = json.loads((tmp_path / "signature.json").read_text())
    assert {t["key"] for t in told["outputs"]} >= {k for s in inputs for k in signatures[s].outputs}
    again = subprocess.run([str(PROGRAM), f"--input_saved_model_dir={folder}", f"--output_saved_model_dir={out}"], capture_output=True, text=True)
    assert again.returncode == 1 and "holds a model already" in again.stderr


def test_tf_saved_model_load_takes_the_frozen_directories(exported, answers_of, tmp_path):
    """TF2's loader; the test above is v1's, which TensorFlow Serving and Triton use."""
    names = ["module_multiple_signatures", "table_vocabulary_file", "table_mutable", "tf1_table_with_asset", "tf1_mutable_table",
             "keras_conv_bn_dropout", "keras_lstm", "module_while", "keras_text_vectorization", "legacy_attention"]
    for name in names:
        done = subprocess.run([str(PROGRAM), f"--input_saved_model_dir={exported / name}", f"--output_saved_model_dir={tmp_path / name}",
                               "--signature=*"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        shutil.copy(exported / f"{name}.inputs", tmp_path)
    subprocess.run([sys.executable, str(HERE / "eager_answers.py"), str(tmp_path), *names], check=True)
    answers = pickle.loads((tmp_path / "answers").read_bytes())
    for name in names:
        for signature, expected in answers_of(exported / name).items():
            difference = oracle.unequal(expected, answers[name][signature], 1e-5)  # This loader optimizes.
            assert not difference, f"{name}, {signature}: {difference}"


def test_tritons_configuration_names_the_signature(exported, tmp_path):
    config = tmp_path / "config.pbtxt"
    done = subprocess.run([str(PROGRAM), f"--input_saved_model_dir={exported / 'module_multiple_signatures'}", "--signature=add",
                           f"--output_saved_model_dir={tmp_path / '1' / 'model.savedmodel'}", f"--triton_config={config}"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    text = config.read_text()
    for word in ('platform: "tensorflow_savedmodel"', 'name: "x" data_type: TYPE_FP32 dims: [ -1, 4 ]', 'name: "sum"', 'string_value: "add"'):
        assert word in text, text


def test_the_program_takes_the_flags_of_the_guide(exported, tmp_path):
    """Without outputs those of the signature; with them, node names."""
    folder = exported / "module_multiple_signatures"
    default, report = frozen(folder, tmp_path / "default.pb")
    assert report["signatures"] == ["serving_default"]
    names = {tensor["name"].split(":")[0] for tensor in report["outputs"]}
    named, _ = frozen(folder, tmp_path / "named.pb", "--output_node_names=" + ",".join(names))
    assert {node.name for node in named.node} <= {node.name for node in default.node}


def test_the_list_tells_what_saved_model_cli_tells(exported):
    done = subprocess.run([str(PROGRAM), f"--input_saved_model_dir={exported / 'module_multiple_signatures'}", "--list"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for word in ("{serve}", "signature serving_default", "signature add", "again", "tensorflow/serving/predict", "input   y",
                 "float32 [?,4]", "VarHandleOp"):
        assert word in done.stdout, word


@pytest.mark.parametrize("tags, works", [("serve", True), ("train", True), ("eval", False), ("serve,train", False)])
def test_tags_are_matched_as_a_set(tags, works, exported, tmp_path):
    done = freeze(exported / "tf1_two_meta_graphs", tmp_path / "out.pb", f"--tags={tags}", "--output_node_names=add")
    assert (done.returncode == 0) == works, done.stderr
    if not works:
        assert "{serve}" in done.stderr and "{train}" in done.stderr


@pytest.mark.parametrize("name", ["tf1_reference_variables", "module_nested_functions", "table_vocabulary_file",
                                  "tf1_mutable_table"])
def test_freeze_graph_takes_a_saved_model_as_tensorflows_does(name, exported, tmp_path):
    saved = pickle.loads((exported / f"{name}.inputs").read_bytes())
    expected, signatures = original(exported / name, saved["inputs"], tmp_path)
    outputs = sorted({tensor.split(":")[0] for tensor in outputs_of(signatures["serving_default"])})
    done = subprocess.run([str(program.BINARY), f"--input_saved_model_dir={exported / name}", "--saved_model_tags=serve",
                           "--output_node_names=" + ",".join(outputs), f"--output_graph={tmp_path / 'out.pb'}", "--report=json"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    graph_def = v1.GraphDef()
    graph_def.ParseFromString((tmp_path / "out.pb").read_bytes())
    actual = answers(graph_def, json.loads(done.stdout)["init_op"], signatures, saved["inputs"])
    assert not oracle.unequal(expected["serving_default"], actual["serving_default"])


def test_assets_are_looked_for_where_the_caller_says(exported, tmp_path):
    graph_def, report = frozen(exported / "table_vocabulary_file", tmp_path / "out.pb", "--asset_directory=/models/1/assets")
    assert [asset["path"] for asset in report["assets"]] == [f"/models/1/assets/{report['assets'][0]['filename']}"]
    paths = {bytes(value) for node in graph_def.node if node.op == "Const" for value in node.attr["value"].tensor.string_val}
    assert report["assets"][0]["path"].encode() in paths


BAD_ASSETS = ["/etc/passwd", "../saved_model.pb", "a/../../../b"]


@pytest.mark.parametrize("filename", BAD_ASSETS)
def test_assets_outside_the_directory_are_refused(filename, exported, tmp_path):
    copy = tmp_path / "model"
    shutil.copytree(exported / "table_vocabulary_file", copy)
    message = saved_model_pb2.SavedModel()
    message.ParseFromString((copy / "saved_model.pb").read_bytes())
    message.meta_graphs[0].asset_file_def[0].filename = filename
    (copy / "saved_model.pb").write_bytes(message.SerializeToString())
    done = freeze(copy, tmp_path / "out.pb")
    assert done.returncode == 1 and filename in done.stderr and not (tmp_path / "out.pb").exists()


@pytest.mark.parametrize("lost, words", [
    ("saved_model.pb", "holds no saved_model.pb or saved_model.pbtxt; the SavedModel is incomplete"),
    ("variables/variables.index", "has weights (variables.data-00000-of-00001) but no variables.index"),
    ("variables/variables.data-00000-of-00001", "variables.data-00000-of-00001"),
    ("variables", "no checkpoint"),
    ("assets", "assets/table_vocabulary_file.txt")])
def test_what_is_missing_is_named(lost, words, exported, tmp_path):
    copy = tmp_path / "model"
    shutil.copytree(exported / "table_vocabulary_file", copy)
    (shutil.rmtree if (copy / lost).is_dir() else pathlib.Path.unlink)(copy / lost)
    done = subprocess.run([str(PROGRAM), f"--input_saved_model_dir={copy}", f"--output_saved_model_dir={tmp_path / 'out'}"],
                          capture_output=True, text=True)
    assert done.returncode == 1 and words in done.stderr, done.stderr
    assert not (tmp_path / "out" / "saved_model.pb").exists()


def test_a_session_bundle_is_named_and_freezes_as_what_it_is(exported, tmp_path):
    message = saved_model_pb2.SavedModel.FromString((exported / "tf1_resource_variables" / "saved_model.pb").read_bytes())
    (tmp_path / "export.meta").write_bytes(message.meta_graphs[0].SerializeToString())
    for path in (exported / "tf1_resource_variables" / "variables").iterdir():
        shutil.copy(path, tmp_path / path.name.replace("variables.", "export.", 1))
    done = freeze(tmp_path, tmp_path / "out.pb")
    assert done.returncode == 1 and "is a session bundle" in done.stderr and f"'{tmp_path}/export.meta'" in done.stderr
    output = outputs_of(message.meta_graphs[0].signature_def["serving_default"])[0]
    program.must_freeze(tmp_path, input_meta_graph=str(tmp_path / "export.meta"), input_checkpoint=str(tmp_path / "export"),
                        output_node_names=output)


def test_functions_that_call_each_other_in_a_circle_are_named(exported, tmp_path):
    copy = tmp_path / "model"
    shutil.copytree(exported / "module_nested_functions", copy)
    message = saved_model_pb2.SavedModel.FromString((copy / "saved_model.pb").read_bytes())
    calls = {function.signature.name: [node for node in function.node_def if node.op == "StatefulPartitionedCall"]
             for function in message.meta_graphs[0].graph_def.library.function}
    outer = next(name for name, nodes in calls.items() if len(nodes) == 1)
    inner = calls[outer][0].attr["f"].func.name
    calls[inner][0].attr["f"].func.name = inner
    (copy / "saved_model.pb").write_bytes(message.SerializeToString())
    done = freeze(copy, tmp_path / "out.pb")
    assert done.returncode == 1 and "circle" in done.stderr and inner in done.stderr, done.stderr


def test_a_model_in_text_form_freezes_alike(exported, tmp_path):
    from google.protobuf import text_format
    copy = tmp_path / "model"
    shutil.copytree(exported / "module_while", copy)
    message = saved_model_pb2.SavedModel()
    message.ParseFromString((copy / "saved_model.pb").read_bytes())
    (copy / "saved_model.pb").unlink()
    (copy / "saved_model.pbtxt").write_text(text_format.MessageToString(message))
    binary, _ = frozen(exported / "module_while", tmp_path / "binary.pb")
    text, report = frozen(copy, tmp_path / "text.pb")
    assert report["graph_was_text"] and text == binary


def test_a_model_that_lost_its_saver_is_matched_by_its_objects(exported, tmp_path):
    copy = tmp_path / "model"
    shutil.copytree(exported / "module_lists_and_dicts", copy)
    message = saved_model_pb2.SavedModel()
    message.ParseFromString((copy / "saved_model.pb").read_bytes())
    message.meta_graphs[0].ClearField("saver_def")
    graph = message.meta_graphs[0].graph_def
    restore = [node for node in graph.node if "restore" in node.attr["f"].func.name]
    assert len(restore) == 1
    graph.node.remove(restore[0])
    (copy / "saved_model.pb").write_bytes(message.SerializeToString())
    _, with_saver = frozen(exported / "module_lists_and_dicts", tmp_path / "a.pb")
    _, without = frozen(copy, tmp_path / "b.pb")
    assert {v["found_by"] for v in without["variables"]} == {"object_pairs"}
    assert [v["key"] for v in without["variables"]] == [v["key"] for v in with_saver["variables"]]


def test_damaged_models_are_refused_or_frozen_and_never_crash(exported, tmp_path):
    copy = tmp_path / "model"
    shutil.copytree(exported / "module_if", copy)
    good = (copy / "saved_model.pb").read_bytes()
    rng = np.random.default_rng(1)
    for i in range(60):
        bad = bytearray(good)
        if i % 3 == 0:
            bad = bad[:rng.integers(1, len(bad))]
        for _ in range(rng.integers(1, 6)):
            bad[rng.integers(len(bad))] = rng.integers(256)
        (copy / "saved_model.pb").write_bytes(bytes(bad))
        done = freeze(copy, tmp_path / "out.pb")
        assert done.returncode in (0, 1), f"{i}: {done.returncode} {done.stderr}"
        assert done.returncode == 0 or done.stderr.strip()
