"""YAML read safely: plain data, and the line on which each key stands."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from mlgate.errors import Problem, UserError

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20
MAX_NODES = 20_000
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Source:
    """Parsed YAML: its file name for messages, its data, and the 1-based line of each key and item."""

    name: str
    data: Any
    lines: Mapping[Path, int]

    def where(self, path: Path) -> str:
        """`file:line` of the key at `path`, or of its nearest enclosing key."""
        return f"{self.name}:{self.line(path)}"

    def line(self, path: Path) -> int:
        """The line of the key at `path`, or of its nearest enclosing key."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class _Loader(yaml.SafeLoader):
    """Syntax only: scalars by YAML 1.2's core schema, so that `yes`, `no` and `1:30` stay text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 — PyYAML's own interface


_PREFIX = "tag:yaml.org,2002:"
_SCALARS = {
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    "float": (
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+0123456789."),
    ),
}
for _tag, (_pattern, _first) in _SCALARS.items():
    _Loader.add_implicit_resolver(_PREFIX + _tag, re.compile(f"^(?:{_pattern})$"), _first)


def read_yaml(data: bytes, name: str) -> Source:
    """The YAML document in `data`; a `UserError` for what is not plain, small, unambiguous YAML.

    Refused: more than 256 KiB, tags, anchors and aliases, duplicate or non-text keys, nesting deeper than 20,
    infinities and NaN, several documents.
    """
    if len(data) > MAX_BYTES:
        raise UserError(Problem(f"{len(data):,} bytes; at most {MAX_BYTES:,} are read", name))
    try:
        text = data.decode("utf-8-sig")
        _refuse_indirection(text, name)
        node = yaml.compose(text, _Loader)
    except UnicodeDecodeError as error:
        raise UserError(Problem(f"not UTF-8 at byte {error.start}", name, "save the file as UTF-8")) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}" if mark else name
        raise UserError(Problem(f"not valid YAML: {error.problem}", where, _syntax_mend(str(error.problem)))) from None
    except yaml.YAMLError as error:
        raise UserError(Problem(f"not valid YAML: {str(error).splitlines()[0]}", name)) from None
    if node is None:
        raise UserError(Problem("the file is empty", name, "write 'version: 1' and at least one check"))
    build = _Build(name)
    value = build.value(node, ())
    if build.problems:
        raise UserError(*build.problems)
    return Source(name, value, build.lines)


def _syntax_mend(problem: str) -> str | None:
    if "\\t" in problem or "tab" in problem:
        return "indent with spaces, not tabs"
    if "mapping values are not allowed" in problem:
        return "quote a text that contains ': ', and check the indentation of the line before"
    if "single document" in problem:
        return "keep one document: no '---' in the middle"
    return None


def _refuse_indirection(text: str, name: str) -> None:
    """Refuse anchors, aliases, tags and excess size while the file is still a stream of events."""
    depth = nodes = 0
    for event in yaml.parse(text, _Loader):
        line = f"{name}:{event.start_mark.line + 1}"  # type: ignore[union-attr]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise UserError(Problem("anchors and aliases are not read", line, "write the value out where it is used"))
        if isinstance(event, yaml.NodeEvent):
            nodes += 1
            if getattr(event, "tag", None) not in (None, "!"):
                raise UserError(Problem(f"the tag {str(event.tag)[:80]!r} is not read", line, "remove the tag"))  # type: ignore[attr-defined]
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            limit = f"nested deeper than {MAX_DEPTH}" if depth > MAX_DEPTH else f"more than {MAX_NODES:,} values"
            raise UserError(Problem(limit, line, "split the configuration into one file per model"))


class _Build:
    """Builds plain data from nodes, noting lines and problems on the way."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            where = f"{self.name}:{key_node.start_mark.line + 1}"
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(Problem("a key must be text", where, "quote the key"))
                continue
            key = str(key_node.value)
            if key in found:
                first = self.lines[(*path, key)]
                self.problems.append(
                    Problem(f"'{key}' is here twice (first on line {first})", where, "keep one of them")
                )
                continue
            self.lines[(*path, key)] = key_node.start_mark.line + 1
            found[key] = self.value(value_node, (*path, key))
        return found

    def _scalar(self, node: yaml.Node) -> Any:
        text = str(node.value)
        kind = str(node.tag).removeprefix(_PREFIX)
        if kind == "int":
            return int(text, 0) if text[:2] in ("0x", "0o") else int(text) if len(text) < 20 else text
        if kind == "float":
            return self._number(text, node)
        return {"null": None, "bool": text.lower() == "true"}.get(kind, text)

    def _number(self, text: str, node: yaml.Node) -> float:
        number = float(text.replace(".inf", "inf").replace(".nan", "nan")) if "n" in text.lower() else float(text)
        if number - number != 0:
            where = f"{self.name}:{node.start_mark.line + 1}"
            self.problems.append(Problem(f"{text} is not a finite number", where, "leave the key out for 'no limit'"))
        return number
