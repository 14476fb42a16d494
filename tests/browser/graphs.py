"""Graphs for the page to show, written as text GraphDefs. Nothing but Python's own library; values come from `init`."""


def quoted(text) -> str:
    data = text if isinstance(text, bytes) else text.encode()
    return '"' + "".join(chr(b) if 32 <= b < 127 and b not in b"\"\\'" else f"\\{b:03o}" for b in data) + '"'


def tensor(dtype: str, field: str, value, shape=()) -> str:
    dims = " ".join(f"dim {{ size: {n} }}" for n in shape)
    return f"tensor {{ dtype: {dtype} tensor_shape {{ {dims} }} {field}: {value} }}"


FLOAT = "type: DT_FLOAT"


class Graph:
    def __init__(self):
        self.text, self.count, self.inits = [], 0, []

    def node(self, name, op, inputs=(), device="", **attrs):
        self.count += 1
        parts = [f"name: {quoted(name)} op: {quoted(op)}", *(f"input: {quoted(i)}" for i in inputs)]
        if device:
            parts.append(f"device: {quoted(device)}")
        parts += [f"attr {{ key: {quoted(key)} value {{ {value} }} }}" for key, value in attrs.items()]
        self.text.append("node { " + " ".join(parts) + " }")
        return name

    def const(self, name, value=0.5, shape=()):
        return self.node(name, "Const", dtype=FLOAT, value=tensor("DT_FLOAT", "float_val", value, shape))

    def variable(self, name, shape=(4, 4)):
        dims = " ".join(f"dim {{ size: {n} }}" for n in shape)
        self.node(name, "VariableV2", device="/device:CPU:0", dtype=FLOAT, shape=f"shape {{ {dims} }}")
        initial = self.const(joined(name, "Initializer"), 0.25, shape)
        self.inits.append(self.node(joined(name, "Assign"), "Assign", [name, initial], T=FLOAT))
        return self.node(joined(name, "read"), "Identity", [name], T=FLOAT)

    def dropout(self, scope, x):
        """As tf.nn.dropout of TensorFlow 2 writes it."""
        at = lambda leaf: joined(scope, leaf)
        scale = self.const(at("Const"), 2.0)
        scaled = self.node(at("Mul"), "Mul", [x, scale], T=FLOAT)
        shape = self.node(at("Shape"), "Shape", [x], T=FLOAT, out_type="type: DT_INT32")
        noise = self.node(at("random_uniform/RandomUniform"), "RandomUniform", [shape], T="type: DT_INT32", dtype=FLOAT)
        rate = self.const(at("GreaterEqual/y"), 0.5)
        mask = self.node(at("GreaterEqual"), "GreaterEqual", [noise, rate], T=FLOAT)
        zero = self.const(at("Const_1"), 0.0)
        return self.node(at("SelectV2"), "SelectV2", [mask, scaled, zero], T=FLOAT)

    def layer(self, scope, x):
        at = lambda leaf: joined(scope, leaf)
        product = self.node(at("MatMul"), "MatMul", [x, self.variable(at("w"))], T=FLOAT)
        return self.dropout(at("dropout"), self.node(at("Relu"), "Relu", [product], T=FLOAT))

    def train(self, scope, variable, y):
        """A gradient and its optimizer, which no output needs."""
        slot = self.variable(joined(variable, "Adam"))
        rate = self.const(joined("gradients", scope, "rate"), 0.1)
        gradient = self.node(joined("gradients", scope, "MatMul_grad"), "MatMul", [y, y], T=FLOAT)
        moved = self.node(joined("gradients", scope, "Mul"), "Mul", [gradient, rate], T=FLOAT)
        self.node(joined("Adam", scope, "update"), "ApplyGradientDescent", [variable, rate, moved, b"^" + raw(slot)], T=FLOAT)

    def finish(self, path):
        self.node("init", "NoOp", [b"^" + raw(name) for name in self.inits])
        with open(path, "w", encoding="ascii") as file:
            file.write("\n".join(self.text) + "\n")
        return self.count


def raw(text) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def joined(*parts):
    return b"/".join(raw(part) for part in parts)


def training(path, layers: int) -> int:
    """A deep network with dropout after each layer; about 24 nodes a layer. One noise stays, which the audit finds."""
    graph = Graph()
    x = graph.node("input", "Placeholder", dtype=FLOAT, shape="shape { dim { size: -1 } dim { size: 4 } }")
    for i in range(layers):
        scope = f"tower_{i // 50}/block_{i // 5 % 10}/layer_{i % 5}"
        x = graph.layer(scope, x)
        graph.train(scope, joined(scope, "w"), x)
    shape = graph.node("noise/shape", "Shape", [x], T=FLOAT, out_type="type: DT_INT32")
    noise = graph.node("noise/RandomStandardNormal", "RandomStandardNormal", [shape], T="type: DT_INT32", dtype=FLOAT)
    graph.node("output", "AddV2", [x, noise], T=FLOAT)
    return graph.finish(path)


# Names that mean something in HTML, in a script, in JSON, in DOT, to a terminal, to objects of JavaScript, to the page itself.
HOSTILE = [
    "</script><script>window.pwned=1</script>", 'quote"back\\slash', "\\N\\G\\", "]]>&lt;b&gt;&amp;", "<img src=x onerror='window.pwned=1'>",
    "<!--<script>", "__proto__", "constructor", "toString", "line\nbreak\ttab", "\u001b[31mred\u0007", "right\u202eleft",
    "{{data}}", "${window.pwned=1}", "(no scope)", "javascript:alert(1)", "\u00e9\u540d\u524d\U0001f600", b"\xff\xfe\xc0\x80", "a//b///c",
    " leading and trailing ", "x" * 5000, "/".join("deep" for _ in range(300)), "https://example.invalid/x.js",
]


def hostile(path) -> int:
    graph = Graph()
    x = graph.node("input", "Placeholder", dtype=FLOAT, shape="shape { dim { size: -1 } dim { size: 4 } }")
    for i, name in enumerate(HOSTILE):
        plain = raw(name).replace(b":", b"=")  # what is behind a colon is the number of an output
        x = graph.layer(joined(plain, str(i)) if i % 2 else joined("scope", plain), x)
        graph.node(joined("<b>attr</b>", name), "NoOp", [], device=name, **{"<i>k</i>": f"s: {quoted(name)}"})
        x = graph.node(joined(plain, "unknown"), raw("<u>Op</u>" + str(i)), [x], **{"<s>a</s>": f"s: {quoted(name)}", "_output_shapes": "list { }"})
    graph.node("output", "Identity", [x], T=FLOAT)
    return graph.finish(path)
