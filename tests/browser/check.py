"""Opens what graph_diff writes in a browser, as a person does, and closes with "N passed, N failed".

    python3 check.py build/examples/graph_diff [directory for screenshots]
"""

import html
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import graphs
from chromium import Browser

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
WIDE, SMALL = (1280, 800), (390, 844)


class Page:
    """What graph_diff made of a graph."""

    def __init__(self, program, work, name, *arguments):
        self.html, self.dot = work / f"{name}.html", work / f"{name}.dot"
        run = subprocess.run([program, *arguments, f"--html={self.html}", f"--dot={self.dot}"], capture_output=True, timeout=120)
        if run.returncode != 0:
            raise RuntimeError(f"graph_diff does not take {name}: {run.stderr[:2000]}")
        self.out = run.stdout.decode("ascii")


def expect(condition, *what):
    if not condition:
        raise AssertionError(" ".join(map(str, what)) or "not so")


def clean(browser):
    expect(not browser.errors, "the console says:", browser.errors)
    others = [url for url in browser.requests if not url.startswith(("file:", "data:", "about:"))]
    expect(not others, "the page asks for", others)
    expect(len([url for url in browser.requests if url.startswith("file:")]) == 1, "files asked for:", browser.requests)


def text(browser, selector):
    return browser.run(f"document.querySelector({selector!r})?.innerText ?? ''")


def number(browser, selector):
    return browser.run(f"document.querySelectorAll({selector!r}).length")


def test_summary_says_what_the_program_says(b, pages):
    page = pages["training"]
    b.open(page.html, *WIDE)
    before, after = re.search(r"(\d+) nodes, frozen (\d+)", page.out).groups()
    summary = text(b, "#summary").replace(",", "")
    expect(summary.split()[:3] == [before, "\u2192", after], summary)
    kept, changed, removed, added = re.search(r"(\d+) kept, (\d+) changed, (\d+) removed, (\d+) added", page.out).groups()
    for n, what in (kept, "kept"), (changed, "changed"), (removed, "removed"), (added, "added"):
        expect(f"{n} {what}" in summary, n, what, summary)
    clean(b)


def test_warnings_come_first(b, pages):
    b.open(pages["training"].html, *WIDE)
    expect("audit_random_op" in text(b, "#warnings") and "noise/RandomStandardNormal" in text(b, "#warnings"), text(b, "#warnings"))
    expect(b.run("document.querySelector('#warnings').compareDocumentPosition(document.querySelector('#why')) & Node.DOCUMENT_POSITION_FOLLOWING"))
    b.open(pages["lenet"].html, *WIDE)
    expect("No warnings" in text(b, "#warnings"), text(b, "#warnings"))
    clean(b)


def test_a_rewrite_shows_its_before_and_after(b, pages):
    b.open(pages["training"].html, *WIDE)
    row = "[data-pass=neutralize_dropout]"
    expect("12 places" in text(b, row) and "96 removed" in text(b, row), text(b, row))
    expect(b.run(f"document.querySelector('{row}').nextElementSibling.hidden"))
    b.click(row)
    expect(b.run(f"document.querySelector('{row}').getAttribute('aria-expanded')") == "true")
    place = ".whyrow[data-pass=neutralize_dropout] + .places .place"
    expect(number(b, place + "[data-entry]") == 12, number(b, place))
    b.click(place, 3)
    expect("tower_0/block_0/layer_3/dropout/SelectV2" in text(b, "#detail"), text(b, "#detail"))
    before, after = ([*b.run(f"[...document.querySelectorAll('#detail .picture')[{i}].querySelectorAll('g')].map(g => g.querySelector('text').textContent)")] for i in (0, 1))
    expect({"Relu", "Mul", "RandomUniform", "GreaterEqual", "SelectV2", "MatMul"} <= set(before), before)
    expect({"Relu", "MatMul"} <= set(after) and not {"RandomUniform", "SelectV2"} & set(after), after)
    expect(b.run("document.querySelectorAll('#detail .picture')[1].querySelectorAll('path.new').length") == 1)
    b.click("#detail .picture g:not(.focus)")  # neighbours are a way on
    expect("SelectV2" not in text(b, "#detail h2"), text(b, "#detail h2"))
    clean(b)


def test_scopes_fold_and_sum_up(b, pages):
    b.open(pages["training"].html, *WIDE)
    names = lambda: b.run("[...document.querySelectorAll('.row[aria-level]')].map(r => r.querySelector('.label')?.textContent)")
    cells = lambda i: [int(x.replace(",", "")) for x in b.run(f"[...document.querySelectorAll('.row[aria-level]')[{i}].querySelectorAll('.num')].slice(0, 2).map(e => e.textContent)")]
    top = names()
    expect("tower_0" in top and "gradients" in top and "layer_0" not in top, top)
    sums = [sum(column) for column in zip(*(cells(i) for i in range(len(top))))]
    expect(sums == [int(x) for x in re.search(r"(\d+) nodes, frozen (\d+)", pages["training"].out).groups()], sums)
    at = top.index("tower_0")
    whole = cells(at)
    b.click(".row[aria-level]", at)
    inside = [i for i in range(number(b, ".row[aria-level]")) if b.run(f"document.querySelectorAll('.row[aria-level]')[{i}].getAttribute('aria-level')") == "2"]
    expect([sum(column) for column in zip(*(cells(i) for i in inside))] == whole, whole)
    b.click(".row[aria-level]", at)
    expect(names() == top, names())
    clean(b)


def test_keyboard_alone_is_enough(b, pages):
    b.open(pages["training"].html, *WIDE)
    b.run("document.querySelector('.row[tabindex=\"0\"]').focus()")
    focus = lambda: b.run("document.activeElement.querySelector('.label')?.textContent")
    first = focus()
    b.press("ArrowDown")
    second = focus()
    expect(first != second, first, second)
    while focus() != "tower_0":
        here = focus()
        b.press("ArrowDown")
        expect(focus() != here, "the tree ends at", here)
    for expected in "block_0", "layer_0":
        b.press("ArrowRight")
        b.press("ArrowRight")
        expect(focus() == expected, focus())
    b.press("ArrowLeft")
    expect(focus() == "block_0", focus())
    b.press("ArrowLeft")
    expect(b.run("document.activeElement.getAttribute('aria-expanded')") == "false")
    b.press("/")
    expect(b.run("document.activeElement.id") == "search")
    b.run("document.querySelector('.whyrow').focus()")
    b.press("Enter")
    expect(b.run("document.querySelector('.whyrow').getAttribute('aria-expanded')") == "true")
    expect(b.run("[...document.querySelectorAll('[onclick]')].length") == 0)
    clean(b)


def test_search_finds_names_and_ops(b, pages):
    b.open(pages["training"].html, *WIDE)
    b.click("#search")
    b.type("randomuniform")
    b.wait_for("document.querySelector('#found').textContent === '12 nodes'")
    expect(number(b, ".row.removed") == 12, number(b, ".row.removed"))
    b.click(".chip", 0)  # kept
    b.wait_for("document.querySelector('#found').textContent === '0 nodes'")
    b.click(".chip", 0)
    b.run("document.querySelector('#search').value = ''")
    b.click("#search")
    b.type("variablev2")  # no name has that
    b.wait_for("document.querySelector('#found').textContent === '24 nodes'")
    clean(b)


def test_weights_by_size(b, pages):
    b.open(pages["lenet"].html, *WIDE)
    rows = b.run("[...document.querySelectorAll('.weight')].map(r => r.innerText.split(/\\s+/)[0])")
    expect(rows[0] == "fc1/w" and len(rows) == 8, rows)
    expect(number(b, ".treemap button") == 8)
    b.click(".weight")
    expect("VariableV2 \u2192 Const" in text(b, "#detail"), text(b, "#detail"))
    expect("36.9 kB" in text(b, "#weights"), text(b, "#weights"))
    clean(b)


def test_small_screens(b, pages):
    for name in "training", "hostile":
        b.open(pages[name].html, *SMALL)
        expect(b.run("document.documentElement.scrollWidth") <= 390, name, "is wider than the screen:", b.run("document.documentElement.scrollWidth"))
        expect(b.run("getComputedStyle(document.querySelector('#detail')).display") == "none")
        b.click(".whyrow")
        b.click(".places:not([hidden]) .place[data-node]")
        expect(b.run("getComputedStyle(document.querySelector('#detail')).display") != "none")
        box = b.run("(r => [r.top, r.bottom, r.width])(document.querySelector('#detail').getBoundingClientRect())")
        expect(box[0] >= 0 and box[1] <= 845 and box[2] <= 390, box)
        b.press("Escape")
        expect(b.run("getComputedStyle(document.querySelector('#detail')).display") == "none")
        clean(b)


def contrast(browser, selector):
    return browser.run("""(selector => {
      const rgb = text => text.match(/[\\d.]+/g).map(Number), lum = c => c.slice(0, 3).map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4).reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0);
      let worst = 21;
      for (const e of document.querySelectorAll(selector)) {
        let b = e;
        while (b && rgb(getComputedStyle(b).backgroundColor)[3] === 0) b = b.parentElement;
        const [x, y] = [lum(rgb(getComputedStyle(e).color)), lum(rgb(getComputedStyle(b || document.body).backgroundColor))];
        worst = Math.min(worst, (Math.max(x, y) + .05) / (Math.min(x, y) + .05));
      }
      return worst;
    })(%r)""" % selector)


def test_light_and_dark_are_legible(b, pages):
    background = lambda: b.run("getComputedStyle(document.body).backgroundColor")
    colours = {}
    for scheme in "light", "dark":
        b.open(pages["training"].html, *WIDE, scheme=scheme)
        colours[scheme] = background()
        worst = contrast(b, "h1, h2, h3, p, dt, dd, b, .dim, .tag, .code, .link, .path, .num, .chip")
        expect(worst >= 4.5, scheme, "has a contrast of", worst)
    expect(colours["light"] != colours["dark"], colours)
    b.click("#theme")  # whatever the system says
    expect(background() == colours["light"], background())
    b.open(pages["training"].html, *WIDE, scheme="light")
    b.click("#theme")
    b.click("#theme")
    expect(background() == colours["dark"], background())
    clean(b)


def test_hostile_names_are_only_text(b, pages):
    page = pages["hostile"]
    b.open(page.html, *WIDE)
    b.run("document.querySelectorAll('.whyrow').forEach(e => e.click())")
    for _ in range(8):  # all of the tree
        b.run("document.querySelectorAll('.row[aria-expanded=false]').forEach(e => e.click())")
    for selector in ".place[data-node]", ".row[data-node]:not([aria-expanded])":  # some; browsers slow down who selects too much
        b.run(f"(all => all.forEach((e, i) => i % Math.ceil(all.length / 80) || e.click()))(document.querySelectorAll('{selector}'))")
    expect(b.run("window.pwned") is None, "a name became a script")
    expect(number(b, "main img, main u, main s, aside img, main iframe") == 0 and number(b, "script") == 2, "a name became an element")
    everything = b.run("document.body.innerText")
    for name in "</script><script>window.pwned=1</script>", "<img src=x onerror='window.pwned=1'>", "__proto__", "constructor", "{{data}}", "\u00e9\u540d\u524d\U0001f600", "\u2039U+202E\u203a", "]]>&lt;b&gt;&amp;":
        expect(name in everything, name, "is not on the page")
    expect("\u202e" not in everything and "\x1b" not in everything)
    expect(b.run("({}).polluted") is None and b.run("Object.keys(Object.prototype).length") == 0)
    expect(page.html.read_bytes().count(b"</script") == 2, "scripts end where they should")
    expect("\x1b" not in page.out and "\x07" not in page.out, "the terminal gets control characters")
    clean(b)


def test_ten_thousand_nodes(b, pages):
    page = pages["large"]
    begin = time.monotonic()
    seconds = b.open(page.html, *WIDE)
    size = page.html.stat().st_size
    print(f"     {re.search('(.*) nodes, frozen', page.out)[1].split()[-1]} nodes: page of {size / 1e6:.2f} MB, shown after {seconds:.2f} s", end="")
    expect(seconds < 5, "it took", seconds, "s")
    expect(size < 3_000_000, size, "bytes")
    expect(number(b, "*") < 2000, number(b, "*"), "elements though nothing is open")
    begin = time.monotonic()
    b.run("document.querySelectorAll('.row[aria-expanded=false]').forEach(e => e.click())")
    expect(number(b, ".row") > 20)
    b.click(".row[data-node]:not([aria-expanded])")
    print(f", top scopes open after {time.monotonic() - begin:.2f} s")
    expect(time.monotonic() - begin < 5)
    expect(number(b, ".row") < 2000, number(b, ".row"))
    clean(b)


def test_a_page_is_bounded(b, pages):
    page = pages["bounded"]
    expect(page.html.stat().st_size < 250_000, page.html.stat().st_size)
    b.open(page.html, *WIDE)
    nodes = re.search("([0-9]+) nodes, frozen", page.out)[1]
    expect(text(b, "#summary").replace(",", "").split()[0] == nodes, text(b, "#summary"))
    expect("not listed" in text(b, "#scopes"), text(b, "#scopes"))
    top = b.run("[...document.querySelectorAll('.row[aria-level=\"1\"]')].map(r => Number(r.querySelector('.num').textContent.replace(/,/g, ''))).reduce((a, b) => a + b, 0)")
    expect(top == int(nodes), top)
    clean(b)


def test_graphviz_draws_it(b, pages):
    if not shutil.which("dot"):
        raise AssertionError("there is no dot; install graphviz")
    for name in "lenet", "training", "hostile", "large":
        drawn = subprocess.run(["dot", "-Tsvg", pages[name].dot], capture_output=True, timeout=120)
        expect(drawn.returncode == 0 and not drawn.stderr, name, drawn.stderr.decode(errors="replace"))
        expect(b"<svg" in drawn.stdout and b"<script" not in drawn.stdout, name)
        nodes = drawn.stdout.count(b'class="node"')
        expect(3 <= nodes <= 400, name, nodes, "nodes")
    svg = subprocess.run(["dot", "-Tsvg", pages["training"].dot], capture_output=True, check=True).stdout.decode()
    expect("neutralize_dropout, bypassed: 12 places, 96 removed" in svg)
    expect("no output needs" in svg)
    svg = subprocess.run(["dot", "-Tsvg", pages["hostile"].dot], capture_output=True, check=True).stdout.decode()
    written = html.unescape(" ".join(re.findall("<text[^>]*>([^<]*)</text>", svg))).replace("\u00a0", " ")
    for name in "</script><script>window.pwned=1</script>/", 'quote"back\\slash/', "\\N\\G\\/", "]]>&lt;b&gt;&amp;/":
        expect(name in written, name, "is not in the drawing")


def main(program, shots=None):
    with tempfile.TemporaryDirectory() as directory:
        work = pathlib.Path(directory)
        graphs.training(work / "training.pbtxt", 12)
        graphs.hostile(work / "hostile.pbtxt")
        graphs.training(work / "large.pbtxt", 450)
        generated = lambda name, graph, *more: Page(program, work, name, f"--input_graph={work / graph}.pbtxt", "--output_node_names=output", "--initializer_nodes=init", *more)
        checkpoint = REPOSITORY / "examples/data/model.ckpt"
        pages = {
            "lenet": Page(program, work, "lenet", f"--input_meta_graph={checkpoint}.meta", f"--input_checkpoint={checkpoint}", "--output_node_names=output"),
            "training": generated("training", "training"),
            "hostile": generated("hostile", "hostile"),
            "large": generated("large", "large"),
            "bounded": generated("bounded", "large", "--max_nodes=300"),
        }
        passed = failed = 0
        browser = Browser()
        try:
            for name, test in [(name, test) for name, test in globals().items() if name.startswith("test_")]:
                begin = time.monotonic()
                try:
                    test(browser, pages)
                    passed += 1
                    print(f"ok   {name[5:].replace('_', ' ')} ({time.monotonic() - begin:.1f} s)", flush=True)
                except Exception:
                    failed += 1
                    print(f"FAIL {name[5:].replace('_', ' ')}\n{traceback.format_exc()}", flush=True)
            if shots:
                pathlib.Path(shots).mkdir(parents=True, exist_ok=True)
                for name in pages:
                    for size, label in (WIDE, "wide"), (SMALL, "small"):
                        for scheme in "light", "dark":
                            browser.open(pages[name].html, *size, scheme=scheme)
                            browser.screenshot(f"{shots}/{name}-{label}-{scheme}.png")
        finally:
            browser.close()
    print(f"{passed} passed, {failed} failed")
    return failed == 0


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:3]) else 1)
