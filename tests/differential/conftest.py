"""One process for many models, since importing TensorFlow costs more than most of them do."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import contextlib
import fcntl
import functools
import pathlib
import pickle
import subprocess
import sys

import pytest

import tensorflow as tf

import oracle
import program
import registry
import saved_models
import workshop

import models  # Registers them.
from tensorflow_converter import Converted

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


@contextlib.contextmanager
def alone(path):
    """Workers of one run share what takes long to make."""
    with open(path, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def shared_folder(tmp_path_factory, name) -> pathlib.Path:
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    folder.mkdir(exist_ok=True)
    return folder


def make_saved_models(folder, python, script, names):
    missing = [name for name in names if not (folder / f"{name}.inputs").is_file()]
    environment = {name: value for name, value in os.environ.items() if name != "TF_USE_LEGACY_KERAS"}  # of other tests
    if missing:
        subprocess.run([python, str(saved_models.HERE / script), str(folder), *missing], check=True, env=environment)


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """All models, written by a process of its own: most are made in eager mode, the suite runs in graph mode."""
    given = os.environ.get("GRAPHFREEZE_SAVED_MODELS", "")
    folder = pathlib.Path(given) if given else shared_folder(tmp_path_factory, "saved_models")
    with alone(folder / ".lock"):
        make_saved_models(folder, sys.executable, "saved_model_models.py", saved_models.NAMES)
    return folder


@pytest.fixture(scope="session")
def exported_by_2_15(tmp_path_factory):
    folder = shared_folder(tmp_path_factory, "saved_models_of_2_15")
    with alone(folder / ".lock"):
        make_saved_models(folder, saved_models.OLD_PYTHON, "estimator_models.py", saved_models.OLD_NAMES)
    return folder


@pytest.fixture(scope="session")
def converted(exported, request):
    """The same, frozen by TensorFlow's own converter: see tensorflow_converter.py."""
    folders = [exported, *([request.getfixturevalue("exported_by_2_15")] if saved_models.OLD_NAMES else [])]
    for folder in folders:
        with alone(folder / ".lock"):
            if all(path.with_suffix(".converted").is_file() for path in folder.glob("*.inputs")):
                continue
            subprocess.run([sys.executable, str(saved_models.HERE / "tensorflow_converter.py"), str(folder)], check=True)
    return lambda path: {name: Converted(**kept) for name, kept in pickle.loads(path.with_suffix(".converted").read_bytes()).items()}


@pytest.fixture(scope="session")
def answers_of(tmp_path_factory):
    """TensorFlow's answers of a model as it was exported: {signature: (outputs)}."""
    @functools.lru_cache(maxsize=None)
    def answers(folder):
        saved = pickle.loads(folder.with_name(folder.name + ".inputs").read_bytes())
        if saved["expected"] is not None:
            return saved["expected"]
        return saved_models.original(folder, saved_models.load_inputs(folder.with_name(folder.name + ".inputs")), tmp_path_factory.mktemp("quiet"))[0]
    return answers


_outcomes = {"passed": 0, "failed": 0, "skipped": 0}


_tables = []


def pytest_runtest_logreport(report):
    if report.when == "call":
        _tables.extend(text for name, text in report.user_properties if name == "table")
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
    for table in _tables:
        print(f"\n{table}")
    skipped = f", {_outcomes['skipped']} skipped" if _outcomes["skipped"] else ""
    print(f"{_outcomes['passed']} passed, {_outcomes['failed']} failed{skipped}")
