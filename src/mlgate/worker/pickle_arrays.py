"""What can be told about the arrays in a pickle without numpy: element type, size, and the values of small ones."""

from __future__ import annotations

import math
import struct
from typing import Any

from .pickle_rules import Thing

OBJECT_FLAGS = 63  # numpy's flags for references: with any of them missing it would read plain bytes as pointers
FIELD_FLAGS = 27  # those that a structured type inherits from a field of references
MAX_VALUES = 100_000


def dtype_size(dtype: Any) -> int | None:
    """Bytes of one element, or None if the type is not settled or contradicts itself.

    The state is numpy's `(version, byteorder, subarray, names, fields, itemsize, alignment, flags[, metadata])`;
    numpy takes itemsize, fields and flags from the file as they are, so a forged one reads or writes outside the array.
    """
    if not isinstance(dtype, Thing) or dtype.kind != "numpy.dtype" or not dtype.built or not dtype.args:
        return None
    code, state = dtype.args[0], dtype.state
    if not isinstance(state, tuple) or len(state) not in (8, 9) or not isinstance(code, str):
        return None
    kind, digits = code[:1], code[1:]
    _, _, subarray, names, fields, size, _, flags = state[:8]
    if not isinstance(size, int) or not isinstance(flags, int):
        return None
    if kind == "V":
        return _void_size(subarray, names, fields, size, flags & 0xFF)
    if subarray is not None or names is not None or fields is not None or not digits:
        return None
    if kind == "O":
        return 8 if flags & 0xFF == OBJECT_FLAGS else None
    if kind in "SU":
        return size if size == int(digits) * (4 if kind == "U" else 1) and flags & 0xFF in (0, 8) else None
    return int(digits) if size == -1 and flags == 0 and int(digits) <= 32 else None


def _void_size(subarray: Any, names: Any, fields: Any, size: int, flags: int) -> int | None:
    inner = [subarray[0]] if isinstance(subarray, tuple) and len(subarray) == 2 else []
    if subarray is not None:
        lengths = subarray[1] if inner else None
        lengths = (lengths,) if isinstance(lengths, int) else lengths
        each = dtype_size(inner[0]) if inner else None
        if each is None or not isinstance(lengths, tuple) or each * math.prod(lengths) != size:
            return None
    if fields is not None:
        if not isinstance(fields, dict) or not isinstance(names, tuple) or set(names) - set(fields):
            return None
        for field in fields.values():
            each = dtype_size(field[0]) if isinstance(field, tuple) and len(field) in (2, 3) else None
            if each is None or not isinstance(field[1], int) or not 0 <= field[1] <= size - each:
                return None
        inner += [field[0] for field in fields.values()]
    references = any(has_objects(dtype) for dtype in inner)
    return size if size >= 0 and flags & FIELD_FLAGS == (FIELD_FLAGS if references else flags & 24) else None


def has_objects(dtype: Thing) -> bool:
    """True if the elements are Python objects, which joblib stores as a pickle inside the pickle."""
    code = dtype.args[0] if dtype.args else ""
    return code[:1] == "O" or (isinstance(dtype.state, tuple) and bool(dtype.state[7] & 1))


def values(array: Any) -> list[Any] | None:
    """The values of a small one-dimensional array of numbers, truth values or text; None for anything else."""
    if not isinstance(array, Thing) or array.kind != "numpy.ndarray" or len(array.args) < 2:
        return None
    dtype, shape, payload = array.args[0], array.args[1], array.payload
    if not isinstance(shape, tuple) or len(shape) != 1 or not isinstance(dtype, Thing):
        return None
    if has_objects(dtype):
        plain = isinstance(payload, list) and all(isinstance(v, (str, int, float, bool)) for v in payload)
        return list(payload) if plain and len(payload) <= MAX_VALUES else None
    size = dtype_size(dtype)
    if not isinstance(payload, (bytes, bytearray)) or not size or len(payload) > size * MAX_VALUES:
        return None
    order = ">" if dtype.state[1] == ">" else "<"
    return [
        _value(dtype.args[0], bytes(payload[at : at + size]), order) for at in range(0, len(payload) - size + 1, size)
    ]


def _value(code: str, raw: bytes, order: str) -> Any:
    if code[0] == "U":
        return raw.decode("utf-32-be" if order == ">" else "utf-32-le", "replace").rstrip("\0")
    if code[0] == "S":
        return raw.rstrip(b"\0").decode("utf-8", "replace")
    if code[0] == "f" and len(raw) in (2, 4, 8):
        return struct.unpack(order + {2: "e", 4: "f", 8: "d"}[len(raw)], raw)[0]
    if code[0] == "b":
        return raw != b"\0"
    return int.from_bytes(raw, "big" if order == ">" else "little", signed=code[0] == "i")
