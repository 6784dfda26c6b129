"""A file that has been looked through becomes a model, by the library of its format in the user's environment."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import pickle
from collections.abc import Mapping, Sequence
from inspect import signature
from typing import Any, BinaryIO

from . import model_predict
from .model_bytes import Unreadable
from .model_facts import installed
from .pickle_read import Reader, python3_name
from .pickle_rules import Rules

PIP = {"sklearn": "scikit-learn", "skops.io": "skops", "yaml": "pyyaml", "cv2": "opencv-python-headless"}


class Refused(Exception):
    """The file names something that is not known to be safe; `trusted_line` is what the user may paste."""

    def __init__(
        self, path: str, refused: Mapping[str, str], offered: Sequence[str], trusted: Sequence[str] = ()
    ) -> None:
        self.names, self.why = list(refused), dict(refused)
        every = [*trusted, *(name for name in offered if name not in trusted)]
        self.trusted_line = f"trusted: [{', '.join(every)}]" if offered and set(refused) <= set(offered) else None
        listed = "\n".join(f"  {name}: {why}" for name, why in list(refused.items())[:20])
        mend = (
            "save the model in a format without code (skops, ONNX), from a clean environment, "
            "or name a `predict` function in mlgate.yml instead"
        )
        if self.trusted_line:
            mend = (
                f"if this code is yours or you have read it, add under `model:` in mlgate.yml\n    {self.trusted_line}"
            )
        super().__init__(f"{path}: refused, and nothing of it was run\n{listed}\n  mend: {mend}")


class MissingLibrary(Exception):
    """The format's library is not in the user's environment."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.pip = f"pip install {PIP.get(name, name)}"
        super().__init__(f"reading it needs {name}, which is not installed here\n  mend: {self.pip}")


def library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise MissingLibrary(error.name.split(".")[0] if error.name else name) from error


def load(path: str, kind: str, file: BinaryIO, rules: Rules, facts: Mapping[str, Any]) -> model_predict.Model:
    """Raises Unreadable or MissingLibrary."""
    try:
        if kind == "onnx":
            return onnx(path, facts)
        return model_predict.adapt(OPENERS[kind](path, file, rules))
    except (Unreadable, MissingLibrary):
        raise
    except ModuleNotFoundError as error:
        missing = (error.name or "").split(".")[0]
        if missing and importlib.util.find_spec(missing) is None:
            raise MissingLibrary(missing) from error
        raise Unreadable(_why_not(path, error, facts)) from error
    except Exception as error:
        raise Unreadable(_why_not(path, error, facts)) from error


def _why_not(path: str, error: BaseException, facts: Mapping[str, Any]) -> str:
    here, written = installed(), facts.get("written_with") or {}
    differ = [f"{lib}=={version}" for lib, version in written.items() if lib in here and here[lib] != version]
    have = ", ".join(f"{name.split('==')[0]} {here[name.split('==')[0]]}" for name in differ)
    mend = (
        f"\n  mend: it was written with {', '.join(differ)}, installed is {have}; install the former" if differ else ""
    )
    return f"{path}: it cannot be rebuilt: {type(error).__name__}: {str(error)[:300]}{mend}"


def unpickle(path: str, file: BinaryIO, rules: Rules) -> Any:
    """The object, by the same engine that walked the file, which asks the same list again for each name."""
    reader = Reader(file)
    try:
        base: Any = library("joblib.numpy_pickle").NumpyUnpickler
    except MissingLibrary:
        base = pickle._Unpickler  # enough where joblib's own arrays do not occur; else find_class names joblib

    class Loader(base):  # type: ignore[misc]
        def find_class(self, module: str, name: str) -> Any:
            module, name = python3_name(self.proto, module, name)
            if not rules.knows(f"{module}.{name}"):
                raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
            return functools.reduce(getattr, name.split("."), importlib.import_module(module))

    if base is pickle._Unpickler:
        return Loader(reader).load()
    native = (
        {"ensure_native_byte_order": True} if "ensure_native_byte_order" in signature(base.__init__).parameters else {}
    )
    return Loader(path, reader, **native).load()


def skops_untrusted(file: BinaryIO) -> list[str]:
    """The names that skops itself does not vouch for; raises MissingLibrary, Unreadable."""
    io = library("skops.io")
    file.seek(0)
    try:
        return list(io.get_untrusted_types(file=file))
    except Exception as error:
        raise Unreadable(f"skops cannot read it: {type(error).__name__}: {str(error)[:300]}") from error


def skops(path: str, file: BinaryIO, rules: Rules) -> Any:
    return library("skops.io").load(file, trusted=sorted(rules.trusted))


def xgboost(path: str, file: BinaryIO, rules: Rules) -> Any:
    return library("xgboost").Booster(model_file=bytearray(file.read()))


def lightgbm(path: str, file: BinaryIO, rules: Rules) -> Any:
    return library("lightgbm").Booster(model_str=file.read().decode("utf-8"))


def catboost(path: str, file: BinaryIO, rules: Rules) -> Any:
    return library("catboost").CatBoost().load_model(blob=file.read())


def onnx(path: str, facts: Mapping[str, Any]) -> model_predict.Model:
    runtime = library("onnxruntime")
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return model_predict.onnx_session(session, facts.get("classes"))


OPENERS = {
    "joblib": unpickle,
    "pickle": unpickle,
    "skops": skops,
    "xgboost": xgboost,
    "lightgbm": lightgbm,
    "catboost": catboost,
}
