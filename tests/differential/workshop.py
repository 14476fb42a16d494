"""Builds a model in one flavour and leaves on disk what its training would: graph files, a checkpoint, a `.meta`."""

import dataclasses
import functools
import pathlib

import numpy as np
import tensorflow as tf
from google.protobuf import text_format
from tensorflow.python.ops.variables import PartitionedVariable

import registry
from registry import BINARY, META, PLAIN_META, TEXT, Flavour, Model, Script, v1
from sessions import session_config

v1.disable_eager_execution()


@dataclasses.dataclass(frozen=True, eq=False)
class Trained:
    """A model in one flavour with its files."""

    model: Model
    flavour: Flavour
    script: Script
    folder: pathlib.Path
    bare_graph_def: object  # The graph before its Saver was made.
    graph_def: object  # The graph file's message.
    meta_def: object  # The `.meta`'s.
    checkpoint: str  # What the Saver calls it: a prefix, or the pattern of the files of a V1 checkpoint.

    @property
    def title(self) -> str:
        return f"{self.model.name}-{self.flavour}"

    def inputs(self, form: str) -> dict[str, str]:
        """The flags that name the input files, the same for both programs."""
        files = {
            TEXT: {"input_graph": str(self.folder / "graph.pbtxt")},
            BINARY: {"input_graph": str(self.folder / "graph.pb"), "input_binary": "true"},
            META: {"input_meta_graph": str(self.folder / "model.ckpt.meta"), "input_binary": "true"},
            PLAIN_META: {"input_meta_graph": str(self.folder / "plain.meta"), "input_binary": "true"},
        }[form]
        return {**files, "input_checkpoint": self.checkpoint, "output_node_names": ",".join(self.script.outputs),
                **self.script.flags}

    @property
    def variable_names(self) -> list[str]:
        return [node.name for node in self.graph_def.node if node.op in ("VariableV2", "VarHandleOp")]

    @property
    def fetches(self) -> list[str]:
        return [name if ":" in name else name + ":0" for name in self.script.outputs]


@functools.lru_cache(maxsize=None)
def train(model: Model, flavour: Flavour, folder: pathlib.Path) -> Trained:
    folder = folder / f"{model.name}-{flavour}"
    folder.mkdir(parents=True)
    with tf.Graph().as_default() as graph:
        use(flavour)
        v1.set_random_seed(1)
        script = model.build(flavour)
        # Scripts make it in this order: initialiser, graph file, Saver; or the graph file last.
        initialize = v1.global_variables_initializer()
        bare_graph_def = _edited(graph.as_graph_def(), script)
        saver = script.saver() if script.saver_in_graph else None
        graph_def = _edited(graph.as_graph_def(), script)
        v1.io.write_graph(graph_def, str(folder), "graph.pb", as_text=False)
        v1.io.write_graph(graph_def, str(folder), "graph.pbtxt", as_text=True)
        saver = saver or script.saver()
        if not script.trained_elsewhere:
            checkpoint = _save(graph, script, initialize, saver, folder / "model.ckpt")
        meta = saver.export_meta_graph(None)
        if script.edit:
            script.edit(meta.graph_def)
        (folder / "model.ckpt.meta").write_bytes(meta.SerializeToString(deterministic=True))
        (folder / "plain.meta").write_bytes(_with_graph(meta, graph, script).SerializeToString(deterministic=True))
        if script.saver_in_graph:
            (folder / "saver.pb").write_bytes(saver.saver_def.SerializeToString())
            (folder / "saver.pbtxt").write_text(text_format.MessageToString(saver.saver_def))
    if script.trained_elsewhere:
        with tf.Graph().as_default() as other:
            use(flavour)
            other_saver = script.trained_elsewhere()
            checkpoint = _save(other, Script([]), v1.global_variables_initializer(), other_saver, folder / "model.ckpt")
    return Trained(model, flavour, script, folder, bare_graph_def, graph_def, meta, checkpoint)


def use(flavour: Flavour) -> None:
    (v1.enable_resource_variables if flavour.resource else v1.disable_resource_variables)()
    (v1.enable_control_flow_v2 if flavour.control_flow_v2 else v1.disable_control_flow_v2)()


def _edited(graph_def, script: Script):
    if script.edit:
        script.edit(graph_def)
    return graph_def


def _with_graph(meta, graph, script: Script):
    plain = type(meta)()
    plain.CopyFrom(meta)
    plain.graph_def.CopyFrom(_edited(graph.as_graph_def(), script))
    return plain


def _save(graph, script: Script, initialize, saver, prefix: pathlib.Path) -> str:
    with v1.Session(graph=graph, config=session_config(optimize=False)) as session:
        session.run(initialize)
        _set_trained(session, registry.TRAINED.get(graph, []))
        if script.train is not None:
            for _ in range(2):
                session.run(script.train, script.feeds)
        return saver.save(session, str(prefix), write_meta_graph=False)


def _set_trained(session, values) -> None:
    """Feeds the values into the variables' initialisers, all in one run: no node is added to the graph."""
    initializers, feeds = [], {}
    for variable, value in values:
        for part in list(variable) if isinstance(variable, PartitionedVariable) else [variable]:
            info = part._get_save_slice_info()
            cut = () if info is None else tuple(slice(o, o + n) for o, n in zip(info.var_offset, info.var_shape))
            initializers.append(part.initializer)
            feeds[part.initializer.inputs[1]] = value[cut]
    session.run(initializers, feeds)


def write_checkpoint(folder: pathlib.Path, tensors: dict) -> str:
    """A checkpoint with these tensors in it, and nothing else."""
    prefix = str(folder / "written.ckpt")
    with tf.Graph().as_default(), v1.Session() as session:
        session.run(tf.raw_ops.SaveV2(prefix=prefix, tensor_names=list(tensors), shape_and_slices=[""] * len(tensors),
                                      tensors=[tf.constant(value) for value in tensors.values()]))
    return prefix


def write_large_checkpoint(folder: pathlib.Path, tensors: dict, shard: int = 200) -> str:
    """The same for thousands of tensors of one shape, some 200 to a shard file; Python would take minutes for one op."""
    prefix, names = str(folder / "written.ckpt"), list(tensors)
    with tf.Graph().as_default(), v1.Session() as session:
        saves, parts = [], []
        for begin in range(0, len(names), shard):
            some = names[begin:begin + shard]
            parts.append(f"{prefix}_part{begin}")
            saves.append(tf.raw_ops.SaveV2(prefix=parts[-1], tensor_names=some, shape_and_slices=[""] * len(some),
                                           tensors=tf.unstack(tf.constant(np.stack([tensors[name] for name in some])))))
        session.run(saves)
        session.run(tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=parts, destination_prefix=prefix))
    return prefix
