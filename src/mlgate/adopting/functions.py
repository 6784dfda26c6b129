"""The predict function of a project, found in its source without importing any of it."""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mlgate.adopting.listing import File

LIKELY = ("app", "predict", "inference", "predictor", "serve", "serving", "score", "scoring", "model", "main")
LARGEST = 256 * 1024
MOST = 400
SIGNS_OF_SCORES = re.compile(r"proba|decision_function|sigmoid|softmax|\bscores?\b|\bfloat\(")


@dataclass(frozen=True)
class Function:
    """A `predict` that takes a table: its name for a configuration, where it stands, and whether it seems to score."""

    spec: str
    path: str
    line: int
    gives_scores: bool


def find_predict(top: Path, folder: str, files: Iterable[File]) -> tuple[Function, ...]:
    """The functions `predict` with one required parameter at the top of a module, the likeliest first."""
    modules = [f for f in files if f.path.endswith(".py") and f.is_here and f.size <= LARGEST]
    ordered = sorted(modules, key=lambda f: _rank(_inside(f.path, folder)))[:MOST]
    return tuple(found for file in ordered if (found := _predict_of(top, file.path, _inside(file.path, folder))))


def _predict_of(top: Path, path: str, inside: PurePosixPath) -> Function | None:
    parts = (*inside.parent.parts, inside.stem)
    if not all(part.isidentifier() for part in parts) or _is_about_tests(inside):
        return None
    source = (top / path).read_bytes()
    if b"def predict" not in source:
        return None
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "predict" and _takes_one(node):
            text = source.decode("utf-8", "replace")
            return Function(f"{'.'.join(parts)}:predict", path, node.lineno, bool(SIGNS_OF_SCORES.search(text)))
    return None


def _takes_one(node: ast.FunctionDef) -> bool:
    """Whether it can be called with a table alone; a decorated one is a web handler or a task of some framework."""
    arguments = node.args
    required = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    named = [d for d in arguments.kw_defaults if d is None]
    takes_any = bool(arguments.posonlyargs or arguments.args)
    return not node.decorator_list and required <= 1 and takes_any and not named


def _rank(inside: PurePosixPath) -> tuple[int, int, str]:
    likely = LIKELY.index(inside.stem) if inside.stem in LIKELY else len(LIKELY)
    return len(inside.parts), likely, str(inside)


def _is_about_tests(inside: PurePosixPath) -> bool:
    return inside.parts[0] in ("tests", "test", "docs") or inside.stem.startswith("test_") or inside.stem == "conftest"


def _inside(path: str, folder: str) -> PurePosixPath:
    return PurePosixPath(path) if folder == "." else PurePosixPath(path).relative_to(folder)
