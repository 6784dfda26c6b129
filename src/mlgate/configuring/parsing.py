"""From parsed YAML to frozen types: every problem of a file at once, each with its line and the mend."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from mlgate.configuring.faults import absent, find, members_of, not_a_mapping, strip, wrong_value
from mlgate.configuring.yaml_source import Path, Source
from mlgate.errors import Problem, did_you_mean
from mlgate.expressions.grammar import expression_fault

T = TypeVar("T", bound=Struct)
Named = Literal["column", "columns", "expression", "table", "check", "configured-check", "metric"]


class Reference(NamedTuple):
    """A name in the configuration that must exist elsewhere: a column, a table, a check, a check under `checks`;
    or an expression, whose columns must."""

    kind: Named
    name: str
    path: Path


def refers(kind: Named) -> Meta:
    """Marks a type as the name of something, so that it is looked up there."""
    return Meta(extra={"refers": kind})


def default_references(kind: type[Struct], data: Mapping[str, Any], path: Path) -> Iterator[Reference]:
    """The names that `data` at `path` means by leaving them out."""
    for field in msgspec.structs.fields(kind):
        for note in strip(field.type)[1]:
            if field.encode_name not in data and note.extra and isinstance(field.default, str):
                yield Reference(note.extra["refers"], field.default, path)


class Parser:
    """Converts parts of one source, collecting problems and references instead of stopping at the first."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.references: list[Reference] = []

    def struct(self, data: Any, kind: type[T], path: Path = ()) -> T | UnsetType:
        """`data` as a `kind`; unset if a part that it cannot do without is wrong."""
        if not isinstance(data, Mapping):
            return self._wrong(path, *not_a_mapping(self._name(path), data, kind))
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
                    self._wrong(path, *absent(self._name(path), key, field.type))
        if not whole:
            return UNSET
        try:
            return kind(**values)
        except ValueError as error:  # what each key may say but two together may not
            return self._wrong(path, f"{self._name(path)}: {error}", "change one of them")

    def value(self, data: Any, kind: Any, path: Path) -> Any:
        """`data` as a `kind` (a struct, mapping, tuple, union or scalar type), or UNSET with the problem noted."""
        bare, meta = strip(kind)
        meta = meta + [note for member in members_of(bare) for note in strip(member)[1]]
        if data is None and type(None) in get_args(bare):
            return None
        struct = find(bare, lambda t: isinstance(t, type) and issubclass(t, Struct))
        if struct and (isinstance(data, Mapping) or len(members_of(bare)) == 1):
            return self.struct(data, struct, path)
        is_long_enough = not isinstance(data, str) and bool(data or not any(m.min_length for m in meta))
        mapping = find(bare, lambda t: get_origin(t) in (Mapping, dict))
        if mapping and isinstance(data, Mapping) and is_long_enough:
            return self._mapping(data, mapping, path)
        array = find(bare, lambda t: get_origin(t) is tuple)
        if array and isinstance(data, list) and is_long_enough:
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
        except msgspec.ValidationError:
            return self._wrong(path, *wrong_value(self._name(path), data, kind, meta))
        for note in meta:
            if note.extra and (refers_to := note.extra.get("refers")) and isinstance(value, str):
                self.references.append(Reference(refers_to, value, path))
                if refers_to == "expression" and (fault := expression_fault(value)):
                    return self._wrong(path, f"{self._name(path)}: {fault}", fault.mend)
        return value

    def _wrong(self, path: Path, message: str, mend: str | None = None) -> UnsetType:
        self.problems.append(Problem(message, self.source.where(path), mend))
        return UNSET

    @staticmethod
    def _name(path: Path) -> str:
        return f"'{'.'.join(map(str, path))}'" if path else "the configuration"
