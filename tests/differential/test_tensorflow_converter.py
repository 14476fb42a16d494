"""TensorFlow's convert_variables_to_constants_v2 on the same SavedModels: what it gets right, and that we get all right."""

import numpy as np
import pytest

import oracle
from saved_models import NAMES, OLD_NAMES, answers, frozen, load_inputs, signatures_of

RIGHT = "right"


def verdict_on_theirs(converted, expected):
    """Right as the file that people make of it, right only where the tables that it captured live on, or neither."""
    if converted.error:
        return f"refuses: {converted.error}"
    run = converted.run[False]
    if not isinstance(run, str) and not oracle.unequal(expected, run, 1e-5):
        return RIGHT
    if converted.called and not isinstance(converted.called, str) and not oracle.unequal(expected, converted.called, 1e-5):
        return "right in the process that made it; its graph lacks the tables"
    return f"wrong: {run if isinstance(run, str) else oracle.unequal(expected, run, 1e-5)}"


@pytest.fixture(scope="module")
def table(exported, converted, answers_of, tmp_path_factory, request):
    """{(model, signature): (verdict on ours, verdict on theirs)}"""
    scratch = tmp_path_factory.mktemp("frozen")
    folders = {name: exported for name in NAMES}
    if OLD_NAMES:
        folders.update({name: request.getfixturevalue("exported_by_2_15") for name in OLD_NAMES})
    rows = {}
    for name, folder in folders.items():
        theirs = converted(folder / name)
        inputs = load_inputs(folder / f"{name}.inputs")
        graph_def, report = frozen(folder / name, scratch / "out.pb", "--signature=" + ",".join(inputs))
        runs = {optimize: answers(graph_def, report["init_op"], signatures_of(folder / name), inputs, optimize) for optimize in (False, True)}
        for signature, expected in answers_of(folder / name).items():
            rows[name, signature] = (verdict_on_ours(expected, {o: run[signature] for o, run in runs.items()}, theirs[signature]),
                                     verdict_on_theirs(theirs[signature], expected))
    return rows


def verdict_on_ours(expected, runs, theirs):
    """With the optimizer off every bit is the original's; with it on, the original's or those of TensorFlow's frozen graph."""
    for optimize, run in runs.items():
        difference = oracle.unequal(expected, run)
        if not difference:
            continue
        moved = oracle.unequal(expected, run, 1e-5)
        if moved:
            return f"wrong, optimizer {optimize}: {moved}"
        same = [other for other in theirs.run.values() if not isinstance(other, str) and not oracle.unequal(other, run)]
        if not same and RIGHT == verdict_on_theirs(theirs, expected):
            return f"optimizer {optimize}: neither the original's bits nor those of TensorFlow's frozen graph: {difference}"
    return RIGHT


def test_ours_is_right_on_all_models_and_theirs_on_fewer(table, record_property):
    models = {name for name, _ in table}
    right = [sum(all(row[side] == RIGHT for (other, _), row in table.items() if other == name) for name in models) for side in (0, 1)]
    lines = [f"{'model':48} {'signature':16} {'ours':8} TensorFlow's converter"]
    lines += [f"{name:48} {signature:16} {ours:8} {theirs[:140]}" for (name, signature), (ours, theirs) in table.items()]
    lines.append(f"{len(models)} models: ours right on {right[0]}, TensorFlow's on {right[1]}")
    record_property("table", "\n".join(lines))  # conftest.py prints it.
    assert right[0] == len(models), [key for key, row in table.items() if row[0] != RIGHT]
    assert right[1] < right[0]


@pytest.mark.parametrize("ours, word", [(np.float32([1, 2]), RIGHT), (np.float32([1, 2.1]), "wrong"), (np.float32([1, 2.000001]), "neither")])
def test_a_wrong_answer_is_seen(ours, word):
    from tensorflow_converter import Converted
    theirs = Converted(run={False: (np.float32([1, 2]),), True: (np.float32([1, 2]),)})
    assert verdict_on_ours((np.float32([1, 2]),), {False: (ours,), True: (ours,)}, theirs).split(",")[0].split(" ")[0] in (word, "optimizer")
