"""What a training script of the suite is: one function that builds its training graph and its inference graph."""

import dataclasses
from typing import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from registry import VARIABLES, Flavour, numbers, placeholder, v1

ROWS = 4  # Of a training batch, and of the question that all graphs are asked.


@dataclasses.dataclass
class Net:
    """One build of a script."""

    outputs: Sequence[tf.Tensor]
    # The question: the input's value by tensor, the same one for the training graph and for the inference graph.
    feeds: Mapping[tf.Tensor, np.ndarray]
    # One training step; the inference build has none.
    train: object = None
    # What the training graph is fed besides while it trains and when it is asked: its flag, its keep_prob.
    training_feeds: Mapping[tf.Tensor, object] = dataclasses.field(default_factory=dict)
    # Run once before training, behind the variables' initialisers.
    start: Sequence = ()
    # Makes the Saver: the one that writes the checkpoint, or the one that the inference script restores with.
    saver: Callable[[], object] = v1.train.Saver
    # Trains and saves in its own way; called with a folder, returns the checkpoint's prefix.
    trains_itself: Callable[[str], str] = None
    strip_default_attrs: bool = False
    # Inputs of our result whose tensors have other names than in the training graph.
    renamed_inputs: Mapping[tf.Tensor, str] = dataclasses.field(default_factory=dict)
    # Flags for our program besides the files' names.
    arguments: Sequence[str] = ()
    # Last touch to the `.meta`, for what no Python of TensorFlow's writes.
    edit: Callable[[object], None] = None
    # Makes a GraphDef of ours one that TensorFlow can run, if it has ops that TensorFlow does not.
    runnable: Callable[[object], object] = lambda graph_def: graph_def


@dataclasses.dataclass(frozen=True)
class Script:
    name: str
    build: Callable[[bool], Net]
    flavours: Sequence[Flavour]
    # Outputs that are the same in training: what is tested is that nobody touches them.
    same_in_training: Sequence[int]
    # Codes that the program's report must have, to say what was done or left.
    reports: Sequence[str]
    # Ops that our result has more of than the inference graph.
    surplus: Sequence[str] = ()
    # Norms that use the batch's statistics at inference, too, and stay.
    batch_statistics: bool = False


SCRIPTS: dict[str, Script] = {}
FULL_SIZE: dict[str, Script] = {}


def script(flavours=VARIABLES, full_size=False, same_in_training=(), reports=(), **options):
    """Registers a function of `is_training` as a script."""
    table = FULL_SIZE if full_size else SCRIPTS

    def register(build):
        assert build.__name__ not in table, build.__name__
        table[build.__name__] = Script(build.__name__, build, tuple(flavours), same_in_training, reports, **options)
        return build

    return register


def question(name: str, shape, rows=ROWS, dtype=np.float32) -> np.ndarray:
    return numbers("question/" + name, [rows, *shape], dtype)


def pipeline(images, labels):
    """A host pipeline as scripts have it: a map whose functions hold random ops, a shuffle buffer, batches without end."""
    def augment(image, label):
        image = image + v1.random_normal(tf.shape(image), stddev=0.01, seed=3)
        return tf.where(v1.random_uniform([], seed=5) < 0.5, image, -image), label

    data = tf.data.Dataset.from_tensor_slices((images, labels)).map(augment).shuffle(8, seed=7)
    return data.repeat().batch(ROWS)


def batch(is_training: bool, shape, classes=5, name="images"):
    """(input, labels, what starts the pipeline): an iterator's outputs, or a placeholder and no labels."""
    if not is_training:
        return placeholder(name, [None, *shape]), None, ()
    images = numbers("train/" + name, [2 * ROWS, *shape])
    labels = np.arange(2 * ROWS, dtype=np.int64) % classes
    iterator = v1.data.make_initializable_iterator(pipeline(images, labels))
    x, labels = iterator.get_next()
    return x, labels, (iterator.initializer,)


def minimize(loss, optimizer=None, summaries=True):
    """The tail of a training script: regularisation, a decaying rate, clipped gradients, update ops, summaries, a step."""
    step = v1.train.get_or_create_global_step()
    loss = tf.add_n([loss, *v1.losses.get_regularization_losses()])
    rate = v1.train.exponential_decay(1e-2, step, 100, 0.9)
    optimizer = optimizer(rate) if optimizer else v1.train.MomentumOptimizer(rate, 0.9)
    gradients, variables = zip(*optimizer.compute_gradients(loss))
    gradients = tf.clip_by_global_norm(gradients, 1.0)[0]
    with tf.control_dependencies(v1.get_collection(v1.GraphKeys.UPDATE_OPS)):
        train = optimizer.apply_gradients(zip(gradients, variables), step)
    if summaries:
        v1.summary.scalar("loss", loss)
        for variable in v1.trainable_variables()[:3]:
            v1.summary.histogram(variable.op.name, variable)
        train = tf.group(train, v1.summary.merge_all())
    return train


def classifier(logits, labels, x, start=(), name="output", optimizer=None, more_outputs=(), **net) -> Net:
    """The end of a network: `output` are the probabilities; a training graph gets its loss and its optimizer."""
    logits = tf.reshape(logits, [-1, int(logits.shape[-1])])
    outputs = [tf.nn.softmax(logits, name=name), *more_outputs]
    train = None
    if labels is not None:
        train = minimize(v1.losses.sparse_softmax_cross_entropy(labels, logits), optimizer)
    return Net(outputs, {x: question("images", x.shape[1:])}, train, start=start, **net)
