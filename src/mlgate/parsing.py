"""From parsed YAML to frozen types: every problem of a file at once, each with its line and the mend."""

import datetime
import re
from collections.abc import Callable, Mapping
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from mlgate.errors import Problem, did_you_mean
from mlgate.yaml_source import Path, Source

T = TypeVar("T", bound=Struct)
_WORDS: dict[Any, str] = {
    str: "text", int: "a whole number", float: "a number", bool: "true or false", tuple: "a list",
    datetime.date: "a date such as 2026-12-31",
}  # fmt: skip


class Reference(NamedTuple):
    """A name in the configuration that must exist in the inputs: a column, or a table."""

    kind: Literal["column", "table"]
    name: str
    path: Path


def refers(kind: Literal["column", "table"]) -> Meta:
    """Marks a type as the name of a column or a table, so that it is checked against the inputs."""
    return Meta(extra={"refers": kind})


class Parser:
    """Converts parts of one source, collecting problems and references instead of stopping at the first."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.references: list[Reference] = []

    def struct(self, data: Any, kind: type[T], path: Path = ()) -> T | UnsetType:
        """`data` as a `kind`; unset if a part that it cannot do without is wrong."""
        if not isinstance(data, Mapping):
            return self._wrong(path, f"{self._name(path)} must be a mapping, not {_describe(data)}", _example(kind))
        known = {f.encode_name: f for f in msgspec.structs.fields(kind)}
        for key in data:
            if key not in known:
                self._wrong((*path, key), f"unknown key '{key}' in {self._name(path)}", did_you_mean(key, known))
        values: dict[str, Any] = {}
        whole = True
        for key, field in known.items():
            value = self.value(data[key], field.type, (*path, key)) if key in data else UNSET
            if value is not UNSET:
                values[field.name] = value
            elif field.required:
                whole = False
                if key not in data:
                    self._wrong(path, f"{self._name(path)} needs '{key}'", f"add '{key}:'{_hint(field.type)}")
        return kind(**values) if whole else UNSET

    def value(self, data: Any, kind: Any, path: Path) -> Any:
        """`data` as a `kind` (a struct, mapping, tuple, union or scalar type), or UNSET with the problem noted."""
        bare, meta = _strip(kind)
        meta = meta + [note for member in _members(bare) for note in _strip(member)[1]]
        if data is None and _allows_none(bare):
            return None
        struct = _find(bare, lambda t: isinstance(t, type) and issubclass(t, Struct))
        if struct and (isinstance(data, Mapping) or bare is struct):
            return self.struct(data, struct, path)
        mapping = _find(bare, lambda t: get_origin(t) in (Mapping, dict))
        if mapping and isinstance(data, Mapping):
            return self._mapping(data, mapping, path)
        array = _find(bare, lambda t: get_origin(t) is tuple)
        if array and isinstance(data, list):
            return self._array(data, array, path)
        return self._scalar(data, kind, meta, path)

    def _mapping(self, data: Mapping[str, Any], kind: Any, path: Path) -> Any:
        key_type, value_type = get_args(kind)
        found = {}
        for key, item in data.items():
            name = self.value(key, key_type, (*path, key))
            value = self.value(item, value_type, (*path, key))
            if name is not UNSET and value is not UNSET:
                found[name] = value
        return found

    def _array(self, data: list[Any], kind: Any, path: Path) -> tuple[Any, ...]:
        item_type = get_args(kind)[0]
        items = [self.value(item, item_type, (*path, index)) for index, item in enumerate(data)]
        return tuple(item for item in items if item is not UNSET)

    def _scalar(self, data: Any, kind: Any, meta: list[Meta], path: Path) -> Any:
        try:
            value = msgspec.convert(data, kind, strict=True)
        except msgspec.ValidationError as error:
            return self._wrong(path, *_in_words(self._name(path), data, kind, meta, str(error)))
        for note in meta:
            if note.extra and (refers_to := note.extra.get("refers")) and isinstance(value, str):
                self.references.append(Reference(refers_to, value, path))
        return value

    def _wrong(self, path: Path, message: str, mend: str | None = None) -> UnsetType:
        self.problems.append(Problem(message, self.source.where(path), mend))
        return UNSET

    @staticmethod
    def _name(path: Path) -> str:
        return f"'{'.'.join(map(str, path))}'" if path else "the configuration"


def _strip(kind: Any) -> tuple[Any, list[Meta]]:
    """The type without its annotations, and the annotations."""
    if get_origin(kind) is Annotated:
        bare, *notes = get_args(kind)
        inner, more = _strip(bare)
        return inner, [n for n in notes if isinstance(n, Meta)] + more
    return kind, []


def _members(bare: Any) -> tuple[Any, ...]:
    return get_args(bare) if get_origin(bare) in (Union, UnionType) else (bare,)


def _find(bare: Any, wanted: Callable[[Any], bool]) -> Any:
    return next((inner for inner in (_strip(t)[0] for t in _members(bare)) if wanted(inner)), None)


def _allows_none(bare: Any) -> bool:
    return type(None) in _members(bare)


def _hint(kind: Any) -> str:
    bare, _ = _strip(kind)
    if get_origin(bare) is Literal:
        return f" {get_args(bare)[0]}"
    return {str: " …", float: " 0.0", int: " 0"}.get(bare, "")


def _example(kind: type[Struct]) -> str:
    keys = [f.encode_name for f in msgspec.structs.fields(kind)]
    return f"indent its keys below it, one a line: {', '.join(keys[:8])}"


def _describe(data: Any) -> str:
    if data is None:
        return "nothing"
    if isinstance(data, list | Mapping):
        return "a list" if isinstance(data, list) else "a mapping"
    word = {bool: "true or false", int: "the number", float: "the number"}.get(type(data), "the text")
    return (
        f"{word} {str(data)[:60]!r}"
        if word == "the text"
        else f"{word} {data}"
        if word != "true or false"
        else str(data).lower()
    )


def _in_words(name: str, data: Any, kind: Any, meta: list[Meta], error: str) -> tuple[str, str | None]:
    """What is wrong with a value, and the mend."""
    bare, _ = _strip(kind)
    choices = [choice for t in _members(bare) if get_origin(t) is Literal for choice in get_args(t)]
    if choices and not isinstance(data, list | Mapping):
        return f"{name} cannot be {_describe(data)}", did_you_mean(str(data), map(str, choices))
    if "matching regex" in error:
        form = next((m.description for m in meta if m.description), None)
        return f"{name}: {_describe(data)} does not have the form it needs", form and f"use {form}"
    bound = re.search(r"Expected `\w+` (>=?|<=?) (\S+)", error)
    if bound:
        return f"{name} must be {bound[1]} {bound[2]}, not {data}", f"write a number {bound[1]} {bound[2]}"
    wanted = _wanted(bare)
    return f"{name} must be {wanted}, not {_describe(data)}", f"write {wanted}"


def _wanted(bare: Any) -> str:
    words = []
    for member in _members(bare):
        inner, _ = _strip(member)
        if inner is type(None):
            continue
        origin = get_origin(inner) or inner
        words.append(_WORDS.get(origin, "a mapping"))
    return " or ".join(dict.fromkeys(words))
