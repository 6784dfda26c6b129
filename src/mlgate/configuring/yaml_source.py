"""YAML read safely: plain data, and the line on which each key stands."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from mlgate.errors import Problem, UserError
from mlgate.reporting.escaping import shortened

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20
MAX_NODES = 20_000
LARGEST = 2**53 - 1  # the last whole number that canonical JSON can hold
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


class _FastLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The same by libyaml, where PyYAML was built with it."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 — PyYAML's own interface


_SMALLER = "write one configuration for each model, with the values that it needs"
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # only escapes can write them
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
    for _kind in (_Loader, _FastLoader):
        _kind.add_implicit_resolver(_PREFIX + _tag, re.compile(f"^(?:{_pattern})$"), _first)


def read_yaml(data: bytes, name: str) -> Source:
    """The YAML document in `data`; a `UserError` for what is not plain, small, unambiguous YAML.

    Refused: more than 256 KiB, tags, anchors and aliases, duplicate or non-text keys, nesting deeper than 20,
    infinities and NaN, whole numbers beyond 2**53, control characters, several documents.
    """
    if len(data) > MAX_BYTES:
        raise UserError(Problem(f"{len(data):,} bytes; at most {MAX_BYTES:,} are read", name, _SMALLER))
    try:
        text = data.decode("utf-8-sig")
        node = _compose(text, name)
    except UnicodeDecodeError as error:
        raise UserError(Problem(f"not UTF-8 at byte {error.start}", name, "save the file as UTF-8")) from None
    except yaml.MarkedYAMLError as error:
        raise UserError(_syntax_problem(error, name)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        said = f"the character U+{ord(text[error.position]):04X} cannot stand in YAML"
        raise UserError(Problem(f"not valid YAML: {said}", f"{name}:{line}", "leave it out")) from None
    if node is None:
        raise UserError(Problem("the file is empty", name, "write 'version: 1' and at least one check"))
    build = _Build(name)
    value = build.value(node, ())
    if build.problems:
        raise UserError(*build.problems)
    return Source(name, value, build.lines)


def _compose(text: str, name: str) -> yaml.Node | None:
    """The document's root; what libyaml cannot parse is parsed again in Python, whose faults have better words."""
    try:
        _refuse_indirection(text, name, _FastLoader)
        return yaml.compose(text, _FastLoader)
    except yaml.YAMLError:
        _refuse_indirection(text, name, _Loader)
        return yaml.compose(text, _Loader)


def _syntax_problem(error: yaml.MarkedYAMLError, name: str) -> Problem:
    """What the parser stumbled over, on the line where a person mends it."""
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    began = error.context_mark.line + 1 if error.context_mark else line
    said, mend = str(error.problem), None
    if "\\t" in said or "tab" in said:
        mend = "indent with spaces, not tabs"
    elif "cannot start any token" in said:
        mend = "quote a text that begins with such a character"
    elif "another document" in said:
        said, mend = "a second document begins here", "keep one document: no '---' in the middle"
    elif "mapping values are not allowed" in said:
        mend = "quote a text that contains ': ', and check the indentation of the line before"
    elif "quoted scalar" in str(error.context) and line > began:
        line, said, mend = began, "the quote that opens here is not closed", "close it"
    elif "flow" in str(error.context):
        end = f" before line {line}" if line > began else ""
        line, said, mend = began, f"the bracket that opens here is not closed{end}", "close it; a comma parts its items"
    elif "<block end>" in said:
        said, mend = f"this line does not fit what begins on line {began}", "indent it as its neighbours are"
    return Problem(f"not valid YAML: {said}", f"{name}:{line}", mend)


def _refuse_indirection(text: str, name: str, loader: type[Any]) -> None:
    """Refuse anchors, aliases, tags and excess size while the file is still a stream of events."""
    depth = nodes = 0
    for event in yaml.parse(text, loader):
        line = f"{name}:{event.start_mark.line + 1}"  # type: ignore[union-attr]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise UserError(Problem("anchors and aliases are not read", line, "write the value out where it is used"))
        if isinstance(event, yaml.NodeEvent):
            nodes += 1
            if getattr(event, "tag", None) not in (None, "!"):
                tag = str(event.tag).replace(_PREFIX, "!!")[:80]  # type: ignore[attr-defined]
                raise UserError(Problem(f"the tag '{tag}' is not read", line, "remove the tag"))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            if depth > MAX_DEPTH:
                raise UserError(Problem(f"nested deeper than {MAX_DEPTH}", line, "look for brackets that never close"))
            raise UserError(Problem(f"more than {MAX_NODES:,} values", line, _SMALLER))


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
            if not key.isprintable():
                self.problems.append(Problem("a key holds a character that nobody can see", where, "leave it out"))
                continue
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
            return self._whole(text, node)
        if kind == "float":
            return self._number(text, node)
        if kind == "str" and (hidden := UNPRINTABLE.search(text)):
            self._wrong(node, f"the text holds the character U+{ord(hidden[0]):04X}", "leave it out")
        return {"null": None, "bool": text.lower() == "true"}.get(kind, text)

    def _whole(self, text: str, node: yaml.Node) -> int:
        digits = text.lstrip("+-")
        number = int(text, 0) if digits[:2] in ("0x", "0o") else int(text) if len(digits) <= 16 else LARGEST + 1
        if abs(number) > LARGEST:
            self._wrong(node, f"{shortened(text, 40)} is too large for a whole number", "quote it if it is a label")
            return 0
        return number

    def _number(self, text: str, node: yaml.Node) -> float:
        number = float(text.replace(".", "") if text[-1] in "fFnN" else text)  # .inf and .nan are inf and nan
        if number - number != 0:
            self._wrong(node, f"{shortened(text, 40)} is not a finite number", "leave the key out for 'no limit'")
        return number

    def _wrong(self, node: yaml.Node, message: str, mend: str) -> None:
        self.problems.append(Problem(message, f"{self.name}:{node.start_mark.line + 1}", mend))
