"""A model file is looked at without running anything of it, and loaded only when all that it names is allowed.

Stands alone with its siblings: the user's own interpreter (Python 3.9 or newer) runs it by path, where the kit is not
installed.
`python model_file.py FILE [TRUSTED …]` prints what `inspect` finds.
"""

from __future__ import annotations

import importlib
import json
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from . import model_bytes, model_facts, model_load, model_predict, pickle_read, pickle_rules, pickle_scan
else:
    # Under a package name of its own: a bare `import model_facts` could find a file of the user's.
    _package = __package__ or "mlgate_worker"
    if not __package__:
        sys.modules.setdefault(_package, types.ModuleType(_package)).__path__ = [str(Path(__file__).resolve().parent)]
    model_bytes, model_facts, model_load, model_predict, pickle_read, pickle_rules, pickle_scan = (
        importlib.import_module(f"{_package}.{name}")
        for name in (
            "model_bytes",
            "model_facts",
            "model_load",
            "model_predict",
            "pickle_read",
            "pickle_rules",
            "pickle_scan",
        )
    )

Model = model_predict.Model
Refused = model_load.Refused
MissingLibrary = model_load.MissingLibrary
Unreadable = model_bytes.Unreadable
WrongTable = model_predict.WrongTable


class Look:
    """An open model file, walked through; `refused` names what stands in the way of loading it."""

    def __init__(self, path: str, trusted: Sequence[str]) -> None:
        self.path, self.rules = path, pickle_rules.Rules(trusted)
        self.format = "unknown"
        self.failure: Exception | None = None
        self.facts: dict[str, Any] = {}
        self.report = pickle_read.Report()
        self.file: BinaryIO | None = None
        try:
            self.file = model_bytes.open_model(path)
            self.walk(self.file)
        except model_bytes.Unsafe as error:
            self.report.refuse(error.name, error.why, is_code=False)
        except (Unreadable, MissingLibrary, pickle_read.Malformed) as error:
            self.failure = error

    def walk(self, file: BinaryIO) -> None:
        head = file.read(64)
        file.seek(0)
        kind = model_bytes.kind_of(self.path, head)
        if kind == "zip":
            self.format = "skops"
            schema = model_bytes.skops_schema(file)
            self.facts = model_facts.of_skops(schema)
            self.refuse_untrusted(model_load.skops_untrusted(file))
        elif kind in ("compressed", "pickle"):
            self.format = "joblib" if kind == "compressed" or self.path.endswith(".joblib") else "pickle"
            if kind == "compressed":
                self.file = file = model_bytes.unpacked(file)
            self.scan(file)
        elif kind == "onnx":
            self.format, self.facts = "onnx", model_facts.of_onnx(file, self.path)
        elif kind in NATIVE:
            self.format, self.facts = kind, NATIVE[kind](file)
        else:
            raise Unreadable("it is none of skops, ONNX, joblib, pickle, XGBoost, LightGBM, CatBoost")

    def refuse_untrusted(self, names: Sequence[str]) -> None:
        for name in names:
            if name not in self.rules.trusted:
                never = pickle_rules.never(name) or name.startswith("__main__.")
                self.report.refuse(name, pickle_rules.why_refused(name) if never else "skops does not vouch for it")

    def scan(self, file: BinaryIO) -> None:
        if not pickle_scan.starts_like_a_pickle(file):
            raise Unreadable("what it unpacks to is no pickle")
        root = pickle_scan.scan(file, self.rules, self.report)
        self.format = "joblib" if self.report.arrays else self.format
        self.facts = model_facts.of_pickle(root, self.report.things)

    def close(self) -> None:
        if self.file is not None:
            self.file.close()


NATIVE = {"xgboost": model_facts.of_xgboost, "lightgbm": model_facts.of_lightgbm, "catboost": model_facts.of_catboost}


def inspect(path: str, trusted: Sequence[str] = ()) -> dict[str, Any]:
    """What the file is, names and says of itself; nothing of it has run, and no exception is raised for a bad file.

    Of a folder all files are looked at that are of a format which is known here; others are data to whoever loads it.
    """
    if Path(path).is_dir():
        return _inspect_folder(Path(path), trusted)
    look = Look(path, trusted)
    look.close()
    return {
        "format": look.format,
        "bytes": Path(path).stat().st_size if Path(path).is_file() else 0,
        "refused": [{"name": name, "why": why} for name, why in look.report.refused.items()],
        "written_with": look.facts.get("written_with", {}),
        "installed": model_facts.installed(),
        "features": look.facts.get("features"),
        "classes": look.facts.get("classes"),
        "error": str(look.failure) if look.failure else None,
        "trusted_lines": look.report.trusted_lines(),
    }


def _inspect_folder(folder: Path, trusted: Sequence[str]) -> dict[str, Any]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    found = [(file, inspect(str(file), trusted)) for file in files if _is_model(file)]
    said = [each for _, each in found]
    formats = sorted({each["format"] for each in said})
    risky = [name for name in ("pickle", "joblib") if name in formats]
    errors = [f"{file.relative_to(folder)}: {each['error']}" for file, each in found if each["error"]]
    if not files:
        errors = ["it is a folder without files"]
    inputs = [each["features"] for each in said if each["features"] is not None]
    return {
        "format": (risky or formats or ["folder"])[0],
        "bytes": sum(file.stat().st_size for file in files),
        "files": len(files),
        "refused": [refusal for each in said for refusal in each["refused"]],
        "written_with": {name: version for each in said for name, version in each["written_with"].items()},
        "installed": model_facts.installed(),
        "features": inputs[0] if len(inputs) == 1 else None,
        "classes": None,
        "error": errors[0] if errors else None,
        "trusted_lines": [line for each in said for line in each["trusted_lines"]],
    }


def _is_model(file: Path) -> bool:
    with file.open("rb") as stream:
        return model_bytes.kind_of(str(file), stream.read(64)) in (*NATIVE, "zip", "compressed", "pickle", "onnx")


def load(path: str, trusted: Sequence[str] = ()) -> Model:
    """The model, ready to predict; raises Refused, Unreadable or MissingLibrary before anything of the file has run."""
    look = Look(path, trusted)
    try:
        if look.report.refused:
            raise Refused(path, look.report.refused, look.report.trusted_lines(), trusted)
        if isinstance(look.failure, MissingLibrary):
            raise look.failure
        if look.failure or look.file is None:
            raise Unreadable(f"{path}: {look.failure}")
        look.file.seek(0)
        return model_load.load(path, look.format, look.file, look.rules, look.facts)
    finally:
        look.close()


if __name__ == "__main__":
    print(json.dumps(inspect(sys.argv[1], sys.argv[2:]), indent=1))
