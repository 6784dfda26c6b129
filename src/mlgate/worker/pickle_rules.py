"""Which names a pickle may hold, which of them it may call and with what, and how a refusal is explained."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

# Two strengths of permission, written as `name` and `name()` in allowed_names.txt.
# `name`: may be referred to, and an instance may be made of it without arguments and without running its constructor
#   (NEWOBJ), which is how estimators are stored. Constructors are where the gadgets are: `numpy.memmap(path, "w+")`
#   empties a file, `Booster(model_file=...)` reads one, `joblib.Memory(path)` makes folders.
# `name()`: may be called by the file (REDUCE, OBJ, INST): what real models need, each with its arguments checked below.
# Never in the list, though they live in trusted packages: numpy.load, numpy.memmap, numpy.fromfile, numpy.f2py.*,
# numpy.testing.*.runstring, numpy.vectorize, joblib.load, joblib.Memory, sklearn.datasets.*, pandas.read_pickle,
# pandas.eval, scipy.io.*, builtins.map/getattr/type, operator.*, types.*: each reads, writes, fetches or calls others.
ALLOWED_NAMES = Path(__file__).with_name("allowed_names.txt")

# No model needs these; a `trusted:` entry for them is refused as well, and no such line is ever offered.
NEVER = frozenset(
    """
    os posix nt posixpath ntpath subprocess pty sys shutil socket ssl http urllib ftplib smtplib ctypes _ctypes
    cffi importlib imp pkgutil runpy code codeop commands pickle _pickle cPickle dill cloudpickle marshal shelve
    types operator _operator inspect gc atexit signal threading _thread multiprocessing concurrent asyncio pdb
    bdb cProfile profile timeit trace doctest unittest webbrowser antigravity site venv ensurepip pip setuptools
    distutils tempfile glob fileinput io _io builtins __builtin__ codecs _codecs copyreg copy_reg resource fcntl
    mmap zipimport xmlrpc logging
    """.split()
)
# Classes of packages that are otherwise fine, but run text out of the file as code: scipy's distributions rebuild their
# argument parser by `exec` of a string in their state. A search object holds them; its `best_estimator_` does not.
RUNS_ITS_STATE = ("scipy.stats.", "numpy.testing.", "numpy.f2py.", "sympy.", "numexpr.")
OLD_JOBLIB = frozenset(
    f"joblib.{module}.{name}"
    for module in ("numpy_pickle", "numpy_pickle_compat")
    for name in ("NDArrayWrapper", "ZNDArrayWrapper")
)
# A *function* of these packages that a file wants to call is not offered as a `trusted:` line: there is no user code in
# it to have read, and the packages have functions that run strings, load files or fetch addresses.
LIBRARIES = frozenset(
    "numpy scipy sklearn pandas joblib skops torch tensorflow keras xgboost lightgbm catboost".split()
)


class Name:
    """A name that the file refers to; it stands in for the object, which is never imported."""

    def __init__(self, full: str) -> None:
        self.full = full


class Thing:
    """What a call or an instance in the file would become; nothing is made."""

    def __init__(self, kind: str, args: tuple[Any, ...] = ()) -> None:
        self.kind = kind
        self.args = args
        self.state: Any = None
        self.built = False
        self.payload: Any = None


class Rules:
    """The allow-list together with the names that the user's configuration trusts."""

    def __init__(self, trusted: Iterable[str] = (), lines: Iterable[str] | None = None) -> None:
        listed = ALLOWED_NAMES.read_text(encoding="ascii").split("\n") if lines is None else list(lines)
        listed = [line.strip() for line in listed if line.strip() and not line.startswith("#")]
        self.callable = frozenset(line[:-2] for line in listed if line.endswith("()"))
        self.named = self.callable | frozenset(listed)
        self.trusted = frozenset(name for name in trusted if not never(name))

    def knows(self, name: str) -> bool:
        return name in self.named or name in self.trusted

    def may_call(self, name: str) -> bool:
        return name in self.callable or name in self.trusted

    def arguments_are_plain(self, name: str, args: tuple[Any, ...]) -> bool:
        """True if the call is one that a real model makes; a trusted name takes any arguments."""
        if name in self.trusted:
            return True
        check = (
            _unpickle_loss
            if "._loss.__pyx_unpickle_" in name
            else CHECKS.get(name.replace("numpy.core.", "numpy._core."))
        )
        return check is None or bool(check(*args))


def never(name: str) -> bool:
    return name.split(".")[0] in NEVER or name.startswith(RUNS_ITS_STATE) or name in OLD_JOBLIB


def why_refused(name: str) -> str:
    if name in OLD_JOBLIB:
        return "joblib's format before 0.10 reads further files without looking; save the model again"
    if name.startswith("__main__."):
        return "defined in the script that saved the file, so no other process can find it; move it to a module"
    if never(name):
        if name.startswith("scipy.stats."):
            return "runs text from the file as code, so it cannot be trusted; save the search's `best_estimator_`"
        return "can run commands or reach beyond the model, so it cannot be trusted"
    return "not on the list of names known to be safe"


def offerable(name: str, called: bool) -> bool:
    """True if a person can sensibly be offered a `trusted:` line for this name."""
    if never(name) or name.startswith("__main__.") or not re.fullmatch(r"[A-Za-z_]\w*(\.\w+)+", name, re.ASCII):
        return False
    looks_like_function = not name.rsplit(".", 1)[1].lstrip("_")[:1].isupper()
    return not (called and looks_like_function and name.split(".")[0] in LIBRARIES)


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, (str, bytes, int, float, bool))


def _class_named(value: Any, *prefixes: str) -> bool:
    return isinstance(value, Name) and value.full.startswith(prefixes)


def _is(value: Any, *kinds: str) -> bool:
    return isinstance(value, Thing) and value.kind in kinds


def _settled(dtype: Any) -> bool:
    # A type without its state could be given another size once an array relies on it.
    return isinstance(dtype, Thing) and dtype.kind == "numpy.dtype" and dtype.built


def _encode(text: Any = None, encoding: Any = None) -> bool:
    # Protocol 2 and older write bytes as latin-1 text; other codecs decompress or import.
    return isinstance(text, str) and encoding in ("latin1", "latin-1")


def _reconstructor(cls: Any = None, base: Any = None, state: Any = None) -> bool:
    # The base's __init__ is called with the state: only for plain built-in bases, whose state is plain.
    names = tuple("builtins." + name for name in ("object", "dict", "list", "set", "tuple", "int", "float", "str"))
    return (
        isinstance(cls, Name) and isinstance(base, Name) and base.full in names and not isinstance(state, (Name, Thing))
    )


def _dtype(code: Any = None, align: Any = False, copy: Any = True) -> bool:
    return (
        isinstance(code, str) and bool(re.fullmatch(r"[biufcSUVMmO]\d{1,9}|[?bBhHiIlLqQefdgFDGO]", code)) and bool(copy)
    )


def _empty_array(cls: Any = None, shape: Any = None, code: Any = None) -> bool:
    return _class_named(cls, "numpy.") and shape == (0,) and code in (b"b", "b")


def _buffer(data: Any = None, dtype: Any = None, shape: Any = None, order: Any = "C", *axes: Any) -> bool:
    raw = isinstance(data, (bytes, bytearray)) or _is(data, "builtins.bytearray")
    return raw and _settled(dtype) and isinstance(shape, tuple)


def _generator(generator: Any = "MT19937", maker: Any = None) -> bool:
    known = isinstance(generator, str) or _class_named(generator, "numpy.random.") or isinstance(generator, Thing)
    return known and (maker is None or _class_named(maker, "numpy.random._pickle.__bit_generator_ctor"))


def _container(items: Any = ()) -> bool:
    # Of a stand-in (a range, a huge array) the real call could fill the memory.
    return isinstance(items, (list, tuple, dict, set, frozenset))


def _bytes(data: Any = b"", encoding: Any = None) -> bool:
    # bytes(10**12) would fill the memory, so no numbers.
    return isinstance(data, (bytes, str, list, bytearray))


def _instance(cls: Any = None, *rest: Any) -> bool:
    return _class_named(
        cls, "sklearn.neighbors._", "sklearn.metrics._dist_metrics.", "numpy.random.", "pandas."
    ) and all(map(_plain, rest))


def _unpickle_loss(cls: Any = None, checksum: Any = None, state: Any = None) -> bool:
    plain = state is None or (isinstance(state, tuple) and _numbers(*state))
    return _class_named(cls, "sklearn._loss._loss.Cy") and isinstance(checksum, int) and plain


def _index(cls: Any = None, data: Any = None) -> bool:
    return _class_named(cls, "pandas.") and isinstance(data, dict)


def _partial(function: Any = None, *rest: Any) -> bool:
    # A partial holds a function and nobody calls it while the file loads; only the one that scikit-learn stores.
    return _class_named(function, "sklearn.utils.validation.check_array") and not rest


def _numbers(*args: Any) -> bool:
    return all(_plain(value) or _is(value, "numpy.ndarray", "numpy._core.multiarray.scalar") for value in args)


CHECKS: dict[str, Callable[..., bool]] = {
    "_codecs.encode": _encode,
    "builtins.bytearray": _bytes,
    "builtins.bytes": _bytes,
    "builtins.complex": _numbers,
    "builtins.frozenset": _container,
    "builtins.set": _container,
    "builtins.slice": _numbers,
    "collections.OrderedDict": _container,
    "collections.deque": lambda items=(), size=None: _container(items) and _plain(size),
    "collections.defaultdict": lambda factory=None: factory is None or isinstance(factory, Name),
    "copyreg._reconstructor": _reconstructor,
    "functools.partial": _partial,
    "numpy._core.multiarray._reconstruct": _empty_array,
    "numpy._core.multiarray.scalar": lambda dtype=None, data=b"": _settled(dtype) and dtype.args[0][0] not in "OV",
    "numpy._core.numeric._frombuffer": _buffer,
    "numpy.dtype": _dtype,
    "numpy.ma.core._mareconstruct": lambda cls=None, base=None, shape=None, code=None: (
        _class_named(cls, "numpy.ma.") and _class_named(base, "numpy.ndarray") and shape == (0,)
    ),
    "numpy.random._pickle.__bit_generator_ctor": _generator,
    "numpy.random._pickle.__generator_ctor": _generator,
    "numpy.random._pickle.__randomstate_ctor": _generator,
    "numpy.random.bit_generator.__pyx_unpickle_SeedSequence": _instance,
    "pandas._libs.arrays.__pyx_unpickle_NDArrayBacked": _instance,
    "pandas.core.indexes.base._new_Index": _index,
    "sklearn.metrics._dist_metrics.newObj": _instance,
    "sklearn.neighbors._ball_tree.newObj": _instance,
    "sklearn.neighbors._kd_tree.newObj": _instance,
}
