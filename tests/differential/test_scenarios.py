"""SCENARIOS.md names tests and models; here they have to exist."""

import ast
import pathlib
import re

import pytest

import training_models
import training_npu
import training_parts
from registry import MODELS
from saved_models import NAMES
from training_registry import FULL_SIZE, SCRIPTS

HERE = pathlib.Path(__file__).parent
ROWS = [line.strip("| \n").split(" | ") for line in (HERE / "SCENARIOS.md").read_text().splitlines()
        if line.startswith("| ") and not line.startswith("| scenario")]


def names_of_tests(file: str) -> set:
    tree = ast.parse((HERE / f"{file}.py").read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def exists(reference: str) -> bool:
    if match := re.fullmatch(r"freeze\((\w+)\)", reference):
        return match[1] in MODELS
    if match := re.fullmatch(r"saved\((\w+)\)", reference):
        return match[1] in NAMES
    if match := re.fullmatch(r"script\((\w+)\)", reference):
        return match[1] in SCRIPTS or match[1] in FULL_SIZE
    file, _, test = reference.partition("::")
    return (HERE / f"{file}.py").is_file() and test in names_of_tests(file)


def test_the_table_is_read():
    assert len(ROWS) > 40 and all(len(row) == 2 for row in ROWS)


@pytest.mark.parametrize("scenario, covered_by", ROWS, ids=[row[0].split(":")[0] for row in ROWS])
def test_the_named_tests_exist(scenario, covered_by):
    missing = [reference for reference in covered_by.split(", ") if not exists(reference)]
    assert not missing, f"{scenario}: {missing}"


@pytest.mark.parametrize("reference", ["freeze(no_such_model)", "saved(no_such_model)", "script(no_such_script)", "test_flags::test_no_such_test", "no_such_file::test_x"])
def test_a_name_that_is_not_there_is_seen(reference):
    assert not exists(reference)


def test_every_training_script_is_in_the_table():
    named = {name for row in ROWS for name in re.findall(r"script\((\w+)\)", row[1])}
    assert named == {*SCRIPTS, *FULL_SIZE}
