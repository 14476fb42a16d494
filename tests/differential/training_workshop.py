"""Trains a script, saves what a training run saves, and builds the inference graph of the same script: the twin."""

import contextlib
import dataclasses
import functools
import gc
import pathlib
from typing import Callable

import tensorflow as tf

import oracle
from registry import Flavour, v1
from training_registry import Net, Script
from sessions import session_config
from workshop import use

STEPS = 3


@dataclasses.dataclass(frozen=True, eq=False)
class Pair:
    """A trained script in one flavour: its `.meta` and checkpoint, and the `.meta` of its inference graph."""

    script: Script
    flavour: Flavour
    folder: pathlib.Path
    checkpoint: str
    training: "Asked"
    twin: "Asked"
    arguments: tuple  # Of our program.
    renamed: dict  # Inputs by their names in the training graph -> in our result.
    runnable: Callable[[object], object]  # Of our result's GraphDef.

    @property
    def output_names(self) -> list[str]:
        """As the program is asked for them: nodes, and tensors where it is not the first output."""
        return [name.removesuffix(":0") for name in self.training.fetches]

    @property
    def feeds(self) -> dict:
        """What our result is fed: the inputs under the training graph's names, if no flag gave them others."""
        return {self.renamed.get(name, name): value for name, value in self.training.question.items()}


@dataclasses.dataclass(frozen=True, eq=False)
class Asked:
    """A graph on disk, with its question by tensor name."""

    meta: object
    fetches: list
    question: dict
    flags: dict  # Fed besides the question.

    def answers(self, checkpoint: str, optimize: bool) -> tuple:
        """Restored through the graph's own saver."""
        with tf.Graph().as_default() as graph:
            oracle.import_copy(self.meta.graph_def)
            with v1.Session(graph=graph, config=session_config(optimize)) as session:
                saver = self.meta.saver_def
                session.run(saver.restore_op_name, {saver.filename_tensor_name: checkpoint})
                return tuple(session.run(self.fetches, {**self.question, **self.flags}))


def by_name(feeds) -> dict:
    return {tensor.name: value for tensor, value in feeds.items()}


@contextlib.contextmanager
def quickly():
    """Comparing variables and collecting garbage take half of the time in which Python builds a large graph. TensorFlow 1, whose
    scripts these are, compared tensors by identity."""
    gc.disable()
    v1.disable_tensor_equality()
    try:
        yield
    finally:
        v1.enable_tensor_equality()
        gc.enable()


@functools.lru_cache(maxsize=None)
@quickly()
def pair(script: Script, flavour: Flavour, folder: pathlib.Path) -> Pair:
    folder = folder / f"{script.name}-{flavour}"
    folder.mkdir(parents=True)
    with tf.Graph().as_default() as graph:
        use(flavour)
        v1.set_random_seed(11)
        net = script.build(True)
        checkpoint = net.trains_itself(str(folder)) if net.trains_itself else _train(graph, net, str(folder / "model.ckpt"))
        meta = v1.MetaGraphDef.FromString(pathlib.Path(checkpoint + ".meta").read_bytes())
        training = Asked(meta, [t.name for t in net.outputs], by_name(net.feeds), by_name(net.training_feeds))
        renamed = {tensor.name: name for tensor, name in net.renamed_inputs.items()}
        arguments, runnable = tuple(net.arguments), net.runnable
    if net.edit:
        edited = v1.MetaGraphDef.FromString(meta.SerializeToString())
        net.edit(edited)
        pathlib.Path(checkpoint + ".meta").write_bytes(edited.SerializeToString(deterministic=True))
    with tf.Graph().as_default():
        use(flavour)
        net = script.build(False)
        meta = net.saver().export_meta_graph(str(folder / "inference.meta"))
        twin = Asked(meta, [t.name for t in net.outputs], by_name(net.feeds), {})
    return Pair(script, flavour, folder, checkpoint, training, twin, arguments, renamed, runnable)


def _train(graph, net: Net, prefix: str) -> str:
    initialize = [v1.global_variables_initializer(), v1.local_variables_initializer(), v1.tables_initializer()]
    saver = net.saver()
    with v1.Session(graph=graph, config=session_config(optimize=False)) as session:
        session.run(initialize)
        session.run(list(net.start))
        with queue_runners(session):
            for _ in range(STEPS):
                session.run(net.train, by_name(net.training_feeds))
        return saver.save(session, prefix, strip_default_attrs=net.strip_default_attrs)


@contextlib.contextmanager
def queue_runners(session):
    coordinator = tf.train.Coordinator()
    threads = v1.train.start_queue_runners(session, coordinator)
    yield
    coordinator.request_stop()  # Its threads close their queues.
    coordinator.join(threads, stop_grace_period_secs=10)


@functools.lru_cache(maxsize=None)
def training_answers(pair: Pair) -> tuple:
    return pair.training.answers(pair.checkpoint, oracle.STRICT)


@functools.lru_cache(maxsize=None)
def twin_answers(pair: Pair, optimize: bool) -> tuple:
    return pair.twin.answers(pair.checkpoint, optimize)


@functools.lru_cache(maxsize=None)
def frozen_twin(pair: Pair):
    """What TensorFlow's own freeze_graph makes of the twin, where that computes what the twin computes; None where not."""
    names = ",".join(name.removesuffix(":0") for name in pair.twin.fetches)
    frozen = oracle.freeze_files(input_meta_graph=str(pair.folder / "inference.meta"), input_binary="true",
                                 input_checkpoint=pair.checkpoint, output_node_names=names).graph_def
    try:
        answers = frozen and oracle.run(frozen, pair.twin.fetches, pair.twin.question, oracle.STRICT)
    except (ValueError, tf.errors.InvalidArgumentError):  # It leaves handles where values belong.
        return None
    return frozen if frozen and not oracle.unequal(twin_answers(pair, oracle.STRICT), answers) else None


@functools.lru_cache(maxsize=None)
def frozen_twin_answers(pair: Pair, optimize: bool) -> tuple:
    return oracle.run(frozen_twin(pair), pair.twin.fetches, pair.twin.question, optimize)


def forget() -> None:
    for kept in (pair, training_answers, twin_answers, frozen_twin, frozen_twin_answers):
        kept.cache_clear()
