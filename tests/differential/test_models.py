"""Each model in each flavour and file form: our frozen graph against TensorFlow's, and against the training graph."""

import functools

import pytest

import compare
import oracle
import program
from oracle import DEFAULT, STRICT
from registry import ASKS_FOR_META, BINARY, META, PLAIN_META, TEXT, WORKS

VARIABLE_OPS = {"Variable", "VariableV2", "VarHandleOp", "ReadVariableOp", "AutoReloadVariable", "ResourceGather",
                "ResourceGatherNd", "VariableShape", "VarIsInitializedOp", "IsVariableInitialized", "RefSwitch", "RefMerge",
                "RefEnter", "RefExit", "RefIdentity", "RefNextIteration", "RefSelect"}


def needs(forms):
    """Which forms a test is run for."""
    def mark(test):
        test.needs = forms
        return test
    return mark


def every_form(model, flavour):
    return model.forms


def once(model, flavour):
    return ("",)


def judged_form(model, flavour):
    return [form for form in model.forms if model.judge(flavour, form)]


def fully_frozen(model, flavour):
    return () if model.name.startswith(("allow", "deny")) else model.forms


def bare_graph(outcome):
    return lambda model, flavour: ("",) if model.bare_graph == outcome else ()


@functools.lru_cache(maxsize=None)
def ours(trained, form):
    return program.must_freeze(trained.folder, **trained.inputs(form))


_answers = {}


@pytest.fixture(autouse=True, scope="session")
def forget(forget_when_done):
    """The results of one model are not kept for the next."""
    forget_when_done += [ours.cache_clear, _answers.clear]


def our_answers(trained, form, optimize):
    """Runs each distinct result once: text and binary give the same bytes as a rule."""
    done = ours(trained, form)
    key = (trained, done.digest, optimize)
    if key not in _answers:
        _answers[key] = oracle.run(done.graph_def, trained.fetches, trained.script.feeds, optimize, trained.checkpoint)
    return _answers[key]


@needs(lambda model, flavour: (*[f for f in model.forms if f != TEXT], PLAIN_META))
def test_tensorflow_freezes_as_the_model_says(flavoured, form):
    """What the suite holds TensorFlow's own freezer for is what it is; else a judge might be left out unnoticed."""
    verdict, reason = oracle.verdict(flavoured, form)
    assert verdict == flavoured.model.tensorflow(flavoured.flavour, form), reason


@needs(judged_form)
def test_same_graph_as_tensorflow(flavoured, form):
    """Nodes, order, ops, inputs, attrs, library, versions and decoded weights."""
    done = ours(flavoured, form)
    judge = flavoured.model.judge(flavoured.flavour, form)
    source = flavoured.meta_def.graph_def if form == META else flavoured.graph_def
    found = compare.unexplained(oracle.freeze(flavoured, judge).graph_def, done.graph_def, source, flavoured.script.outputs)
    if found:
        pytest.fail("\n".join([*map(str, found[:20]), f"{len(found)} differences", str(done)]), pytrace=False)


@needs(every_form)
def test_same_bits_with_the_optimizer_off(flavoured, form):
    """The strict oracle: kernels see the same inputs, so every bit of the original's answers has to be there."""
    answers = our_answers(flavoured, form, STRICT)
    assert not (difference := oracle.unequal(oracle.original(flavoured, STRICT), answers)), f"{difference}\n{ours(flavoured, form)}"
    if judge := flavoured.model.judge(flavoured.flavour, form):
        difference = oracle.unequal(oracle.frozen_answers(flavoured, judge, STRICT), answers)
        assert not difference, f"{difference}\n{ours(flavoured, form)}"


@needs(every_form)
def test_same_answers_at_the_defaults(flavoured, form):
    """The optimizer fuses what constants allow it to: bit for bit against TensorFlow's frozen graph, else 1e-5 to the original."""
    answers = our_answers(flavoured, form, DEFAULT)
    if judge := flavoured.model.judge(flavoured.flavour, form):
        difference = oracle.unequal(oracle.frozen_answers(flavoured, judge, DEFAULT), answers)
    else:
        difference = oracle.unequal(oracle.original(flavoured, DEFAULT), answers, tolerance=1e-5)
    assert not difference, f"{difference}\n{ours(flavoured, form)}"


@needs(fully_frozen)
def test_nothing_of_the_training_is_left(flavoured, form):
    """No variable, no reference, no device, no dangling colocation, no function that nothing calls."""
    graph_def = ours(flavoured, form).graph_def
    assert (problems := leftovers(graph_def)) == [], f"{problems}\n{ours(flavoured, form)}"
    assert graph_def.versions == flavoured.graph_def.versions


@needs(once)
def test_text_and_binary_give_one_message(flavoured):
    """Attributes may come in another order, so bytes may differ; messages may not."""
    assert ours(flavoured, TEXT).graph_def == ours(flavoured, BINARY).graph_def


@needs(once)
def test_same_input_same_bytes(flavoured):
    again = program.must_freeze(flavoured.folder, **flavoured.inputs(META))
    assert again.digest == ours(flavoured, META).digest


def bare(trained) -> dict:
    """The flags for a graph file that was written before the Saver was made."""
    path = trained.folder / "bare.pb"
    path.write_bytes(trained.bare_graph_def.SerializeToString())
    return {**trained.inputs(BINARY), "input_graph": str(path)}


@needs(bare_graph(ASKS_FOR_META))
def test_a_renaming_saver_that_is_not_in_the_file_asks_for_the_meta(flavoured):
    """No name in the graph is a key of the checkpoint's."""
    done = program.must_fail(flavoured.folder, **bare(flavoured))
    assert ".meta" in done.stderr, str(done)
    missing = [name for name in flavoured.variable_names if name not in done.stderr]
    assert not missing, f"not named: {missing}\n{done}"


@needs(bare_graph(WORKS))
def test_partitions_are_found_without_their_saver(flavoured):
    """`w/part_0` is no key either, but shapes and the checkpoint's slices tell which piece of `w` it is."""
    done = program.must_freeze(flavoured.folder, **bare(flavoured))
    answers = oracle.run(done.graph_def, flavoured.fetches, flavoured.script.feeds, STRICT)
    assert not (difference := oracle.unequal(oracle.original(flavoured, STRICT), answers)), f"{difference}\n{done}"


def leftovers(graph_def) -> list[str]:
    """What a frozen graph must not have in it."""
    found = []
    names = {node.name for node in graph_def.node}
    functions = {function.signature.name for function in graph_def.library.function}
    called = functions_called(graph_def)
    found += [f"function {name} is called by nothing" for name in sorted(functions - called)]
    bodies = [("", graph_def.node)] + [(f.signature.name, f.node_def) for f in graph_def.library.function]
    for body, nodes in bodies:
        for node in nodes:
            if node.op in VARIABLE_OPS:
                found.append(f"{body}/{node.name} is a {node.op}")
            if node.device:
                found.append(f"{body}/{node.name} is on {node.device}")
            for entry in node.attr["_class"].list.s if not body and "_class" in node.attr else ():
                if entry.removeprefix(b"loc:@").decode() not in names:
                    found.append(f"{node.name} is colocated with {entry}, which is gone")
    return found


def functions_called(graph_def) -> set:
    """Functions reached from the main graph, by op name or by an attribute."""
    functions = {function.signature.name for function in graph_def.library.function}
    library = {f.signature.name: f for f in graph_def.library.function}
    gradients = {g.function_name: g.gradient_func for g in graph_def.library.gradient}
    queue, seen = list(_names_in(graph_def.node, functions)), set()
    while queue:
        name = queue.pop()
        if name in library and name not in seen:
            seen.add(name)
            queue += _names_in(library[name].node_def, functions)
            queue += [gradients[name]] if name in gradients else []
    return seen


def _names_in(nodes, functions):
    for node in nodes:
        if node.op in functions:
            yield node.op
        for attr in node.attr.values():
            yield from (f.name for f in ([attr.func] if attr.HasField("func") else attr.list.func))
