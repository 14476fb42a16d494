"""Runs our freeze_graph program."""

import dataclasses
import hashlib
import itertools
import json
import os
import pathlib
import shlex
import subprocess

from tensorflow.core.framework import graph_pb2

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("GRAPHFREEZE_BIN", ROOT / "build" / "examples" / "freeze_graph"))
SECONDS = 120

_counter = itertools.count()


@dataclasses.dataclass(frozen=True)
class Run:
    command: tuple
    code: int
    stdout: str
    stderr: str
    output: pathlib.Path

    @property
    def said(self) -> str:
        return self.stdout + self.stderr

    # Read anew each time: full-size networks would fill the memory.
    @property
    def bytes(self) -> bytes:
        return self.output.read_bytes()

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.bytes).hexdigest()

    @property
    def graph_def(self):
        return graph_pb2.GraphDef.FromString(self.bytes)

    @property
    def report(self):
        return json.loads(self.stdout)

    def __str__(self) -> str:
        return f"$ {shlex.join(self.command)}\nexit code {self.code}\n{self.stderr}{self.stdout[-2000:]}"


def run(*arguments: str, output: pathlib.Path = pathlib.Path()) -> Run:
    command = (str(BINARY), *arguments)
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=SECONDS)
    return Run(command, done.returncode, done.stdout, done.stderr, output)


def freeze(folder: pathlib.Path, *extra: str, **flags: str) -> Run:
    """Freezes into a new file in the folder; flags as keywords, what is no `--flag=value` behind it."""
    output = folder / f"frozen-{next(_counter)}.pb"
    return run(*(f"--{name}={value}" for name, value in flags.items()), f"--output_graph={output}", *extra, output=output)


def must_freeze(folder: pathlib.Path, *extra: str, **flags: str) -> Run:
    done = freeze(folder, *extra, **flags)
    assert done.code == 0, str(done)
    assert done.output.is_file(), f"no output file\n{done}"
    return done


def must_fail(folder: pathlib.Path, *extra: str, **flags: str) -> Run:
    """An error is exit code 1, a message on stderr, and no output file."""
    done = freeze(folder, *extra, **flags)
    assert done.code == 1, f"exit code 1 was expected\n{done}"
    assert done.stderr.strip(), f"no message on stderr\n{done}"
    assert not done.output.exists(), f"an output file was left behind\n{done}"
    return done
