"""What a model of the suite is: a small function that builds a training graph, and the flavours it applies to."""

import dataclasses
import weakref
import zlib
from typing import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1

# The files one model is given to the freezer as.
TEXT, BINARY, META = "text", "binary", "meta"
FORMS = (TEXT, BINARY, META)
# A `.meta` without the `_output_shapes` that its export adds: the same graph as the graph file's, given to TensorFlow the only
# way in which it can freeze handles. It judges ours from a graph file where TensorFlow refuses that file.
PLAIN_META = "plain meta"
METAS = (META, PLAIN_META)

# What TensorFlow's own freeze_graph makes of a model.
RIGHT = "right"      # it freezes, and the result computes what the restored training graph computes
REFUSES = "refuses"  # it raises
WRONG = "wrong"      # it writes a graph that TensorFlow cannot import or run, or that computes something else

# What our program makes of a graph file that was written before its Saver was made.
WORKS = "works"
ASKS_FOR_META = "asks for the .meta"


@dataclasses.dataclass(frozen=True)
class Flavour:
    """The two switches that make four different graphs out of one script."""

    resource: bool
    control_flow_v2: bool = False

    def __str__(self) -> str:
        return ("resource" if self.resource else "ref") + ("+cfv2" if self.control_flow_v2 else "")


REF, RESOURCE = Flavour(False), Flavour(True)
REF_V2, RESOURCE_V2 = Flavour(False, True), Flavour(True, True)
VARIABLES = (REF, RESOURCE)
CONTROL_FLOW = (REF, RESOURCE, REF_V2, RESOURCE_V2)


@dataclasses.dataclass
class Script:
    """What a model function leaves behind: how to feed it, what to ask it, how it is trained and saved."""

    outputs: Sequence[str]
    feeds: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
    # One training step; run twice before the checkpoint is written.
    train: object = None
    # Makes the Saver that writes the checkpoint (after the graph file, unless saver_in_graph).
    saver: Callable[[], object] = v1.train.Saver
    # True: the graph file carries the Saver's nodes, as when it is written at the end of a script.
    saver_in_graph: bool = False
    # Writes the checkpoint from another graph than the one that is frozen: called in a fresh graph, returns
    # (values by variable name, Saver).
    trained_elsewhere: Callable[[], object] = None
    # Flags that both programs get.
    flags: Mapping[str, str] = dataclasses.field(default_factory=dict)
    # Ops to run after the restore in the judge's session.
    after_restore: Sequence[str] = ()
    # Last touch to the GraphDef for graphs that no Python API builds any more.
    edit: Callable[[object], None] = None


@dataclasses.dataclass(frozen=True)
class Model:
    name: str
    build: Callable[[Flavour], Script]
    flavours: Sequence[Flavour]
    forms: Sequence[str]
    verdict: Callable[[Flavour, str], str]
    bare_graph: str
    image_outputs: Sequence[int]

    def tensorflow(self, flavour: Flavour, form: str) -> str:
        """What TensorFlow's freeze_graph is known to make of it; a test checks that it does."""
        return self.verdict(flavour, form)

    def judge(self, flavour: Flavour, form: str) -> str:
        """The form in which TensorFlow's own result is right and has to be matched, "" where there is none."""
        forms = (form,) if form == META else (form, PLAIN_META)
        return next((f for f in forms if self.tensorflow(flavour, f) == RIGHT), "")


def _usual_verdict(flavour: Flavour, form: str) -> str:
    # freeze_graph restores by name through Saver({key: handle tensor}) and fails on every handle.
    return REFUSES if flavour.resource and form not in METAS else RIGHT


MODELS: dict[str, Model] = {}
FULL_SIZE: dict[str, Model] = {}


def model(flavours=VARIABLES, forms=FORMS, tensorflow=_usual_verdict, bare_graph="", full_size=False,
          image_outputs=()):
    """Registers a function as a model.

    tensorflow: the verdict on TensorFlow's own freezer, a constant or a function of flavour and form.
    bare_graph: what becomes of a graph file without the Saver's nodes, where names are not keys.
    image_outputs: the model takes `input` as an image, and other engines run it for these outputs, too.
    """
    verdict = tensorflow if callable(tensorflow) else (lambda flavour, form: tensorflow)

    def register(build):
        table = FULL_SIZE if full_size else MODELS
        assert build.__name__ not in table, build.__name__
        table[build.__name__] = Model(build.__name__, build, tuple(flavours), tuple(forms), verdict,
                                      bare_graph, image_outputs)
        return build

    return register


# Variables start as zeros in the graph and get their trained values from outside: a freezer that took an initialiser for
# the weight would be caught.
TRAINED = weakref.WeakKeyDictionary()  # tf.Graph -> [(variable, value)]


def numbers(name: str, shape, dtype=np.float32, low=-1.0, high=1.0) -> np.ndarray:
    """Reproducible values for a name: the same in every graph, flavour and run."""
    dtype = np.dtype(dtype)
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    if dtype == np.bool_:
        return rng.integers(0, 2, shape).astype(np.bool_)
    if dtype.kind == "c":
        return (rng.uniform(low, high, shape) + 1j * rng.uniform(low, high, shape)).astype(dtype)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
    if dtype.kind == "O":
        lengths = rng.integers(0, 300, int(np.prod(shape)))
        return np.array([rng.bytes(int(n)) for n in lengths], dtype=object).reshape(shape)
    return np.asarray(rng.uniform(low, high, shape)).astype(dtype)


def trained(variable, value):
    """Says which value training left in a variable."""
    TRAINED.setdefault(v1.get_default_graph(), []).append((variable, np.asarray(value)))
    return variable


def variable(name: str, shape, dtype=tf.float32, value=None, **options):
    dtype = tf.as_dtype(dtype)
    initial = "" if dtype == tf.string else 0
    if value is None:
        value = numbers(name, shape, dtype.as_numpy_dtype)
    # A host constant of the dtype's own, since tf.zeros has no kernel for some of the small types.
    def fill(shape, dtype=None, partition_info=None):
        return tf.constant(np.full([int(d) for d in shape], initial, tf.as_dtype(dtype).as_numpy_dtype), dtype)

    return trained(v1.get_variable(name, shape, dtype, initializer=fill, **options), value)


def placeholder(name: str, shape, dtype=tf.float32):
    return v1.placeholder(dtype, shape, name)
