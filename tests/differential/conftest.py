"""One process for many models, since importing TensorFlow costs more than most of them do."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import pathlib

import pytest

import tensorflow as tf

import oracle
import program
import registry
import workshop

import models  # Registers them.

tf.get_logger().setLevel("ERROR")


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="the full-size networks, and nothing else")


def pytest_configure(config):
    if not program.BINARY.is_file():
        raise pytest.UsageError(f"{program.BINARY} is missing; build it or name another one in GRAPHFREEZE_BIN")


def chosen_models(config) -> dict:
    return registry.FULL_SIZE if config.getoption("--full") else registry.MODELS


def pytest_collection_modifyitems(config, items):
    """The full-size run judges its networks only; tests of anything else belong to the small run."""
    if config.getoption("--full"):
        items[:] = [item for item in items if {"flavoured", "network", "pair"} & set(item.fixturenames)]
    # A test that applies to none of the models is not a skipped test.
    items[:] = [item for item in items if "NOTSET" not in item.name]


def pytest_generate_tests(metafunc):
    """`flavoured`: each model in each flavour; `form` with it: each file form, by what the test says it needs."""
    if "network" in metafunc.fixturenames:
        nets = [(model, flavour, which) for model in chosen_models(metafunc.config).values()
                for which in model.image_outputs for flavour in model.flavours]
        metafunc.parametrize("network", nets, ids=[f"{model.name}-{flavour}-{which}" for model, flavour, which in nets],
                             indirect=True, scope="module")
    if "flavoured" not in metafunc.fixturenames:
        return
    needs = metafunc.function.needs
    with_form = "form" in metafunc.fixturenames
    cases = []
    for model in chosen_models(metafunc.config).values():
        for flavour in model.flavours:
            for form in needs(model, flavour):
                cases.append(pytest.param(*((model, flavour), form)[:1 + with_form],
                                          id=f"{model.name}-{flavour}" + (f"-{form}" if with_form else "")))
    names = "flavoured, form" if with_form else "flavoured"
    metafunc.parametrize(names, cases, indirect=["flavoured"], scope="session")


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> pathlib.Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def forget_when_done() -> list:
    return [oracle.forget]


@pytest.fixture(scope="session")
def flavoured(request, built, forget_when_done):
    """pytest runs all tests of one model in a row, so what they share can go with the last of them."""
    trained = workshop.train(*request.param, built)
    yield trained
    for forget in forget_when_done:
        forget()
    for result in trained.folder.glob("frozen-*.pb"):
        result.unlink()


@pytest.fixture(scope="session")
def train(built):
    """Builds a registered model by name, once."""
    return lambda name, flavour=registry.RESOURCE: workshop.train(registry.MODELS[name], flavour, built)


_outcomes = {"passed": 0, "failed": 0, "skipped": 0}


def pytest_runtest_logreport(report):
    if report.failed:
        _outcomes["failed"] += 1
    elif report.skipped:
        _outcomes["skipped"] += 1
    elif report.when == "call":
        _outcomes["passed"] += 1


def pytest_collectreport(report):
    if report.failed:
        _outcomes["failed"] += 1


def pytest_unconfigure(config):
    """The last line of all; a test that was skipped is not hidden."""
    skipped = f", {_outcomes['skipped']} skipped" if _outcomes["skipped"] else ""
    print(f"{_outcomes['passed']} passed, {_outcomes['failed']} failed{skipped}")
