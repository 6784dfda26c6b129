"""What is wrong with a value of the configuration, in words, and the mend."""

import datetime
from collections.abc import Callable, Mapping
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import Meta, Struct

from mlgate.errors import did_you_mean
from mlgate.reporting.escaping import shortened

Fault = tuple[str, str | None]  # the message and the mend
_WORDS: dict[Any, str] = {
    str: "text", int: "a whole number", float: "a number", bool: "true or false", tuple: "a list",
    datetime.date: "a date such as 2026-12-31",
}  # fmt: skip
_HINTS = {str: " …", float: " 0.05", int: " 1", datetime.date: " 2026-12-31"}
_TRUTHS = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def not_a_mapping(name: str, data: Any, kind: type[Struct]) -> Fault:
    """A value that has keys of its own in the types, and none in the file."""
    keys = ", ".join([f.encode_name for f in msgspec.structs.fields(kind)][:8])
    return f"{name} must be a mapping, not {describe(data)}", f"indent its keys below it, one a line: {keys}"


def absent(name: str, key: str, kind: Any) -> Fault:
    """A key that cannot be left out, and is."""
    bare, _ = strip(kind)
    hint = f" {get_args(bare)[0]}" if get_origin(bare) is Literal else _HINTS.get(bare, "")
    return f"{name} needs '{key}'", f"add '{key}:{hint}'"


def wrong_value(name: str, data: Any, kind: Any, meta: list[Meta]) -> Fault:
    """A value that its type does not allow."""
    bare, _ = strip(kind)
    members = [strip(member)[0] for member in members_of(bare)]
    choices = [choice for member in members if get_origin(member) is Literal for choice in get_args(member)]
    if choices and not isinstance(data, list | Mapping):
        return f"{name} cannot be {describe(data)}", _choose(data, choices)
    wanted = " or ".join(dict.fromkeys(_WORDS.get(get_origin(m) or m, "a mapping") for m in members if m is not None))
    if _fits(data, members):
        return _out_of_form(name, data, meta) or (f"{name} must be {wanted}, not {describe(data)}", f"write {wanted}")
    return f"{name} must be {wanted}, not {describe(data)}", _conversion(data, members) or f"write {wanted}"


def describe(data: Any) -> str:
    """The value in words, for the end of a sentence."""
    if data is None:
        return "nothing"
    if isinstance(data, list | Mapping):
        return "a list" if isinstance(data, list) else "a mapping"
    if isinstance(data, bool):
        return str(data).lower()
    return f"the number {data}" if isinstance(data, int | float) else f"the text {shortened(data, 60)!r}"


def strip(kind: Any) -> tuple[Any, list[Meta]]:
    """The type without its annotations, and the annotations."""
    if get_origin(kind) is Annotated:
        bare, *notes = get_args(kind)
        inner, more = strip(bare)
        return inner, [n for n in notes if isinstance(n, Meta)] + more
    return kind, []


def members_of(bare: Any) -> tuple[Any, ...]:
    """The types of a union without None, or the one type."""
    members = get_args(bare) if get_origin(bare) in (Union, UnionType) else (bare,)
    return tuple(member for member in members if member is not type(None))


def find(bare: Any, is_wanted: Callable[[Any], bool]) -> Any:
    """The first of the union's types that is wanted, or None."""
    return next((inner for inner in (strip(member)[0] for member in members_of(bare)) if is_wanted(inner)), None)


def _choose(data: Any, choices: list[Any]) -> str:
    if any(str(data) == str(choice) for choice in choices):
        return f"write {data} without quotes"
    return f"write {choices[0]}" if len(choices) == 1 else did_you_mean(str(data), map(str, choices))


def _fits(data: Any, members: list[Any]) -> bool:
    """Whether the value is of one of the types, so that its size or form is what is wrong."""
    kinds = [get_origin(m) or m for m in members]
    if isinstance(data, bool):
        return bool in kinds
    if isinstance(data, list):
        return tuple in kinds
    if isinstance(data, int):
        return int in kinds or float in kinds
    return any(isinstance(data, kind) for kind in kinds if isinstance(kind, type))


def _out_of_form(name: str, data: Any, meta: list[Meta]) -> Fault | None:
    """A value of the right type that is too large, too small, too short, or not of the right form."""
    if isinstance(data, str | list | Mapping):
        if not data and any(m.min_length or m.pattern for m in meta):
            return f"{name} is empty", "write something" if isinstance(data, str) else "write at least one"
        if form := next((m.description for m in meta if m.pattern and m.description), None):
            return f"{name}: {describe(data)} does not have the form it needs", f"use {form}"
        return None
    allowed = _bounds(meta)
    that_is = "" if allowed.startswith("from") else "that is "
    return (f"{name} must be {allowed}, not {data}", f"write a number {that_is}{allowed}") if allowed else None


def _bounds(meta: list[Meta]) -> str:
    """The numbers that are allowed: "from 0 to 1", "above 0"."""
    low = next((f"{m.ge:g}" for m in meta if m.ge is not None), None)
    above = next((f"above {m.gt:g}" for m in meta if m.gt is not None), None)
    high = next((f"{m.le:g}" for m in meta if m.le is not None), None)
    if low and high:
        return f"from {low} to {high}"
    parts = [above, low and f"at least {low}", high and f"at most {high}"]
    return " and ".join(part for part in parts if part)


def _conversion(data: Any, members: list[Any]) -> str | None:
    """The same value as it should have been written, where that can be told."""
    if isinstance(data, str):
        number = data.strip().removesuffix("%").strip()
        if float in members and data.strip().endswith("%") and number.replace(".", "", 1).isdigit():
            return f"write {float(number) / 100:g}"
        if bool in members and data.lower() in _TRUTHS:
            return f"write {_TRUTHS[data.lower()]}"
    if isinstance(data, str | int | float) and any(get_origin(m) is tuple for m in members):
        return f"write [{data}]"
    if isinstance(data, int | float) and members == [str]:
        return f'quote it: "{str(data).lower() if isinstance(data, bool) else data}"'
    if any(get_origin(m) in (Mapping, dict) for m in members):
        return "write 'key: value' below it, one a line and indented"
    return None
