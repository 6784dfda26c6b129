"""What a file is, told by its name and its first bytes: a table and its role, a model, metrics, a notebook."""

import json
import re
from pathlib import Path, PurePosixPath
from typing import Any

from mlgate.adopting.listing import File
from mlgate.adopting.profiling import tokens
from mlgate.inputs.predictions import read_metrics
from mlgate.inputs.spelling import Unusable
from mlgate.measuring.metrics import metrics_of
from mlgate.scan.formats import COMPRESSED, READERS

MODELS = (".skops", ".onnx", ".joblib", ".pkl", ".pickle", ".ubj", ".cbm")  # and .txt and .json by their first bytes
METRICS_NAMES = re.compile(r"(.*[_.-])?(metrics|scores|evaluation|eval|results)([_.-].*)?\.json")
PICKLES = (".joblib", ".pkl", ".pickle")
PARTS = {"scaler", "encoder", "vectorizer", "preprocessor", "transformer", "columns", "features", "data"}
ROLES = {
    "test": (
        "test",
        "testing",
        "holdout",
        "hold",
        "heldout",
        "eval",
        "evaluation",
        "validation",
        "valid",
        "val",
        "dev",
    ),
    "train": ("train", "training", "fit"),
}


def is_metrics(top: Path, file: File) -> bool:
    """Whether it is a JSON file with a value of a metric that a check can judge."""
    return file.is_here and bool(METRICS_NAMES.fullmatch(file.name)) and bool(known_metrics(top, file))


def known_metrics(top: Path, file: File) -> dict[str, float]:
    """The values in a metrics file that a check can judge."""
    try:
        return {
            name: value
            for name, value in read_metrics(top / file.path, file.path).items()
            if name in metrics_of("binary")
        }
    except Unusable:
        return {}


def is_table(top: Path, file: File) -> bool:
    """Whether the name is one of a table; JSON counts where its first bytes are a list of rows."""
    suffixes = [s for s in PurePosixPath(file.path.lower()).suffixes if s not in COMPRESSED]
    ending = suffixes[-1] if suffixes else ""
    if ending not in READERS or ending == ".txt" or file.name.lower().startswith("requirements"):
        return False
    if ending == ".json":
        return file.is_here and _head(top / file.path, 64).lstrip().startswith(b"[{")
    return True


def role_of(file: File) -> str | None:
    """What the name says, or else the nearest folder's."""
    for part in reversed(PurePosixPath(file.path).parts):
        words = set(tokens(part.partition(".")[0]))
        if words & {"x", "y"} and words & {*ROLES["test"], *ROLES["train"]}:
            return "half"  # features or labels alone
        for role, names in ROLES.items():
            if words & set(names):
                return role
    return None


def test_rank(file: File) -> tuple[int, int, str]:
    words = tokens(file.path)
    return next((i for i, name in enumerate(ROLES["test"]) if name in words), 99), file.path.count("/"), file.path


def is_model(top: Path, file: File) -> bool:
    name = file.name.lower()
    if name.endswith(MODELS):
        return True
    if not file.is_here or not name.endswith((".txt", ".json")):
        return False
    head = _head(top / file.path, 200).lstrip()
    if name.endswith(".txt"):
        return head.startswith(b"tree\n")
    return head.startswith(b'{"learner"') or (head.startswith(b'{"version":[') and b"learner" in head)


def model_rank(file: File) -> tuple[int, int, int, str]:
    """Formats without code first, then names that say model or best, then what lies near."""
    ending = PurePosixPath(file.path).suffix.lower()
    words = set(tokens(file.name))
    named = 0 if words & {"best", "final", "prod", "champion"} else 1 if words & {"model", "pipeline", "clf"} else 2
    if words & PARTS:
        named = 3
    return named, int(ending in PICKLES), file.path.count("/"), file.path


def is_python_notebook(top: Path, file: File) -> bool:
    """Whether it is a notebook with code cells of Python."""
    try:
        data: Any = json.loads((top / file.path).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    cells = data.get("cells") if isinstance(data, dict) else None
    has_code = any(isinstance(c, dict) and c.get("cell_type") == "code" for c in cells or ())
    language = ((data.get("metadata") or {}).get("kernelspec") or {}).get("language", "python") if has_code else ""
    return language == "python"


def _head(file: Path, size: int) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(size)
    except OSError:
        return b""
