"""Throw-away repositories, and `mlgate init` and `mlgate doctor` typed in them."""

import csv
import hashlib
import io
import os
import random
import struct
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import click

from mlgate.adopting.initialising import plan
from mlgate.commands.doctor import doctor
from mlgate.commands.init import init
from mlgate.configuring.loading import Parsed, parse_config
from mlgate.configuring.yaml_source import read_yaml
from mlgate.errors import UserError
from mlgate.plugins import find_checks

IDENTITY = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
PREDICT = '''import csv


def predict(table):
    """A probability for each row, from a path or a DataFrame."""
    if isinstance(table, str):
        with open(table, encoding="utf-8", newline="") as file:
            return [float(row["balance"]) / 1000 for row in csv.DictReader(file)]
    return (table["balance"] / 1000).to_numpy(float)
'''


@dataclass(frozen=True)
class Seen:
    """How a command ended and what it printed."""

    code: int
    out: str


class Terminal(io.StringIO):
    """What a person types."""

    def isatty(self) -> bool:
        return True


class Interrupted(Terminal):
    """A person who presses Ctrl-C."""

    def readline(self, *_: object) -> str:  # type: ignore[override]
        raise KeyboardInterrupt


@dataclass(frozen=True)
class Place:
    """A git repository in a temporary folder, and the environment that its model runs in."""

    folder: Path
    environment: Path

    def write(self, path: str, text: str | bytes) -> Path:
        """The file, with its folder."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def git(self, *arguments: str) -> str:
        """What git printed."""
        done = subprocess.run(["git", *IDENTITY, *arguments], cwd=self.folder, check=True, capture_output=True)
        return done.stdout.decode().strip()

    def commit(self) -> "Place":
        """Everything in the folder is committed."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "a commit")
        return self

    def init(self, *arguments: str, stdin: io.StringIO | None = None) -> Seen:
        """`mlgate init ARGUMENTS`, typed in the folder."""
        return self._typed(init, arguments, stdin or io.StringIO())

    def proposed(self) -> dict[str, str]:
        """What `mlgate init` would write, by path."""
        with patch.dict(os.environ, {"VIRTUAL_ENV": str(self.environment)}):
            planned = plan(self.folder, None, protect=False)
        return {step.file.path: step.file.text for step in planned.steps}

    def doctor(self, *arguments: str, **environ: str) -> Seen:
        """`mlgate doctor ARGUMENTS`, typed in the folder."""
        return self._typed(doctor, arguments, io.StringIO(), environ)

    def files(self) -> dict[str, str]:
        """The digest of each file but git's own."""
        found = (
            p for p in self.folder.rglob("*") if p.is_file() and ".git" not in p.relative_to(self.folder).parts[:1]
        )
        return {
            p.relative_to(self.folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in found
            if not {"__pycache__", ".kit-cache"} & set(p.parts)
        }

    def parsed(self, path: str = "mlgate.yml") -> Parsed:
        """A configuration by the real parser."""
        return parse_config(read_yaml((self.folder / path).read_bytes(), path), find_checks())

    def _typed(
        self,
        command: click.Command,
        arguments: Sequence[str],
        stdin: io.StringIO,
        environ: Mapping[str, str] | None = None,
    ) -> Seen:
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("GITHUB_", "ACTIONS_", "GH_"))}
        mine = {"MLGATE_STARTED_CLEAN": str(os.getpid()), "VIRTUAL_ENV": str(self.environment), "COLUMNS": "120",
                "MLGATE_CACHE": str(self.folder.parent / ".kit-cache")}  # fmt: skip
        out = io.StringIO()
        with (
            patch.dict(os.environ, {**kept, **mine, **(environ or {})}, clear=True),
            patch.object(sys, "stdin", stdin), chdir(self.folder), redirect_stdout(out), redirect_stderr(out),
        ):  # fmt: skip
            return Seen(_code(command, arguments), out.getvalue())


def start(folder: Path, environment: Path) -> Place:
    """A repository without a commit."""
    place = Place(folder, environment)
    folder.mkdir(parents=True)
    place.git("init", "-q", "-b", "main")
    return place


def _code(command: click.Command, arguments: Sequence[str]) -> int:
    try:
        command.main(list(arguments), standalone_mode=False)
    except UserError as error:
        click.echo(str(error))
        return 2
    except click.Abort:
        return 130
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def customers(rows: int = 120, seed: int = 1, start: int = 0) -> list[dict[str, object]]:
    """Rows of a small, plausible table: an id, two numbers, a category, a group, and a label that follows a number."""
    random_ = random.Random(seed)
    found: list[dict[str, object]] = []
    for number in range(start, start + rows):
        balance = random_.randint(0, 999)
        found.append(
            {
                "customer_id": number,
                "age": random_.randint(18, 91),
                "balance": balance,
                "plan": random_.choice(["basic", "plus"]),
                "gender": random_.choice(["f", "m"]),
                "churned": "yes" if balance + random_.randint(-300, 300) > 600 else "no",
            }
        )
    return found


def as_csv(rows: Iterable[Mapping[str, object]]) -> str:
    """The rows as CSV."""
    listed = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(listed[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(listed)
    return out.getvalue()


def lfs_pointer(data: bytes) -> str:
    """The text that Git LFS keeps in git for a file."""
    digest = hashlib.sha256(data).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(data)}\n"


def onnx_classifier() -> bytes:
    """An ONNX model of two columns: softmax of a product, and the larger class; written by hand."""
    weights = struct.pack("<4f", -0.01, 0.01, 0.0, 0.0)
    stored = _field(1, 2) + _field(1, 2) + _field(2, 1) + _field(8, b"w") + _field(9, weights)
    nodes = [
        _node("MatMul", ["x", "w"], "logits"),
        _node("Softmax", ["logits"], "probabilities", axis=1),
        _node("ArgMax", ["probabilities"], "label", axis=1, keepdims=0),
    ]
    outputs = [_value("label", 7, 1), _value("probabilities", 1, 2)]
    graph = b"".join(_field(1, n) for n in nodes) + _field(2, b"g") + _field(5, stored)
    graph += _field(11, _value("x", 1, 2)) + b"".join(_field(12, o) for o in outputs)
    return _field(1, 8) + _field(2, b"by-hand") + _field(7, graph) + _field(8, _field(2, 13))


def _node(kind: str, inputs: list[str], output: str, **attributes: int) -> bytes:
    body = b"".join(_field(1, name.encode()) for name in inputs) + _field(2, output.encode()) + _field(4, kind.encode())
    numbers = (_field(1, k.encode()) + _field(3, v) + _field(20, 2) for k, v in attributes.items())
    return body + b"".join(_field(5, a) for a in numbers)


def _value(name: str, kind: int, dimensions: int) -> bytes:
    sizes = [_field(1, _field(2, b"n")), _field(1, _field(1, 2))][:dimensions]
    tensor = _field(1, kind) + _field(2, b"".join(sizes))
    return _field(1, name.encode()) + _field(2, _field(1, tensor))


def _field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    found = b""
    while value > 127:
        found, value = found + bytes([value & 127 | 128]), value >> 7
    return found + bytes([value])
