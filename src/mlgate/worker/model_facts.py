"""What a model file says of itself, read without its library: versions, columns, classes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import metadata
from typing import Any, BinaryIO

from . import model_onnx
from .model_bytes import Unreadable
from .pickle_arrays import values
from .pickle_rules import Thing

HEAD = 64 << 20  # of a native file: versions and columns stand at the very beginning or end
CUT = "it is cut short (truncated)"
LIBRARIES = ("scikit-learn", "numpy", "xgboost", "lightgbm", "catboost", "onnxruntime", "skops", "joblib")


def installed() -> dict[str, str]:
    found: dict[str, str] = {}
    for library in LIBRARIES:
        for name in (library, f"{library}-cpu", f"{library}-gpu"):
            try:
                found.setdefault(library, metadata.version(name))
            except metadata.PackageNotFoundError:
                continue
    return found


def of_pickle(root: Any, things: list[Thing]) -> dict[str, Any]:
    versions = (t.state.get("_sklearn_version") for t in things if isinstance(t.state, dict))
    version = next((v for v in versions if isinstance(v, str)), None)
    features = next(filter(None, (values(state.get("feature_names_in_")) for state in _states(root, 0))), None)
    classes = next(filter(None, (values(state.get("classes_")) for state in _states(root, -1))), None)
    return {"written_with": {"scikit-learn": version} if version else {}, "features": features, "classes": classes}


def _states(thing: Any, step: int) -> Iterator[dict[Any, Any]]:
    """The states of the model and of what it delegates to: a pipeline's first or last step, a search's best model."""
    for _ in range(20):
        state = thing.state if isinstance(thing, Thing) else None
        if not isinstance(state, dict):
            return
        yield state
        steps = state.get("steps")
        if isinstance(steps, list) and steps and isinstance(steps[step], tuple) and len(steps[step]) == 2:
            thing = steps[step][1]
        else:
            thing = state.get("best_estimator_", state.get("estimator_", state.get("estimator")))


def of_skops(schema: dict[str, Any]) -> dict[str, Any]:
    versions: dict[str, str] = {}
    if isinstance(schema.get("_skops_version"), str):
        versions["skops"] = schema["_skops_version"]
    stack: list[Any] = [schema]
    while stack and "scikit-learn" not in versions:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict):
            version = node.get("_sklearn_version")
            version = version.get("content") if isinstance(version, dict) else version
            if isinstance(version, str):
                versions["scikit-learn"] = version.strip('"')
            stack.extend(value for value in node.values() if isinstance(value, (dict, list)))
    return {"written_with": versions, "features": None, "classes": None}


def of_onnx(file: BinaryIO, path: str) -> dict[str, Any]:
    facts = model_onnx.read(file.read())
    model_onnx.check_locations(path, facts)
    inputs = [name for name in facts.inputs if name not in facts.stored]
    versions = {facts.producer or "onnx": facts.producer_version, "onnx-ir": str(facts.ir)}
    versions.update({f"opset {domain}": str(version) for domain, version in facts.opsets.items()})
    labels = max(facts.labels, key=len, default=None)
    return {"written_with": versions, "features": inputs if len(inputs) > 1 else None, "classes": labels}


def of_xgboost(file: BinaryIO) -> dict[str, Any]:
    data = file.read(HEAD)
    tail = _tail(file)
    if not tail.rstrip().endswith(b"}"):
        raise Unreadable(CUT)
    number = re.search(rb'"?version"?:?\s*\[(?:#L.{8})?((?:[iUIl]?[\x00-\x7f]{1,2},?){3})', tail, re.DOTALL)
    version = _json_version(tail) or (_ubj_version(number.group(1)) if number else None)
    names = _json_names(data) if re.match(rb'\{\s*"', data) else _ubj_names(data)
    return {"written_with": {"xgboost": version} if version else {}, "features": names, "classes": None}


def _tail(file: BinaryIO, size: int = 400) -> bytes:
    file.seek(0, 2)
    file.seek(max(0, file.tell() - size))
    return file.read()


def _json_version(tail: bytes) -> str | None:
    found = re.search(rb'"version"\s*:\s*\[\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\]', tail)
    return ".".join(part.decode() for part in found.groups()) if found else None


def _ubj_version(raw: bytes) -> str | None:
    parts = re.findall(rb"[iU](.)", raw, re.DOTALL)
    return ".".join(str(part[0]) for part in parts[:3]) if len(parts) >= 3 else None


def _json_names(data: bytes) -> list[str] | None:
    found = re.search(rb'"feature_names"\s*:\s*(\[[^\]]*\])', data)
    try:
        names = json.loads(found.group(1)) if found else None
    except ValueError:
        return None
    return names if isinstance(names, list) and names and all(isinstance(n, str) for n in names) else None


def _ubj_names(data: bytes) -> list[str] | None:
    """An array of strings: `feature_names[#L<count>` then `SL<length><text>` each, lengths in eight bytes."""
    at = data.find(b"feature_names[#L")
    if at < 0:
        return None
    at += 16
    count, at, names = int.from_bytes(data[at : at + 8], "big"), at + 8, list[str]()
    while len(names) < count and data[at : at + 2] == b"SL":
        size = int.from_bytes(data[at + 2 : at + 10], "big")
        names.append(data[at + 10 : at + 10 + size].decode("utf-8", "replace"))
        at += 10 + size
    return names if names and len(names) == count else None


def of_lightgbm(file: BinaryIO) -> dict[str, Any]:
    head = file.read(HEAD).split(b"\nTree=0", 1)[0].decode("utf-8", "replace")
    end = _tail(file, HEAD)
    if b"\nend of trees" not in end or (b"\nparameters:" in end and b"\nend of parameters" not in end):
        raise Unreadable(CUT)  # LightGBM 4 crashes on such a file
    lines = dict(line.partition("=")[::2] for line in head.split("\n"))
    names = lines.get("feature_names", "").split()
    classes = int(lines["num_class"]) if lines.get("num_class", "").isdigit() and len(lines["num_class"]) < 6 else 1
    binary = lines.get("objective", "").startswith("binary")
    versions = {"lightgbm-format": lines["version"]} if "version" in lines else {}
    labels = list(range(2 if binary else classes)) if binary or classes > 1 else None
    return {"written_with": versions, "features": names or None, "classes": labels}


def of_catboost(file: BinaryIO) -> dict[str, Any]:
    text = file.read(HEAD)
    if len(_tail(file, HEAD)) < HEAD and len(text) < 8 + int.from_bytes(text[4:8], "little"):
        raise Unreadable(CUT)
    release = re.search(rb"CatBoost release (\d+(?:\.\d+)+)|Branch: tags/v(\d+(?:\.\d+)+)", text)
    version = (release.group(1) or release.group(2)).decode() if release else None
    found = re.search(rb'"class_names":(\[[^\]]*\])', text)
    try:
        classes = json.loads(found.group(1)) if found else None
    except ValueError:
        classes = None
    return {"written_with": {"catboost": version} if version else {}, "features": None, "classes": classes or None}
