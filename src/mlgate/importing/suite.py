"""A suite of Great Expectations as its file has it, of the versions 0.x and 1.x."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlgate.errors import user_error
from mlgate.evidence import Severity

LARGEST = 20 * 2**20
SEVERITIES: Mapping[str, Severity] = {"critical": "block", "warning": "warn", "info": "info"}
_OPERATORS = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_COMPARED = re.compile(r"""col\(\s*["'](.+?)["']\s*\)\s*(==|!=|<=|>=|<|>)\s*(.+)""")
_NULLNESS = re.compile(r"""col\(\s*["'](.+?)["']\s*\)\.(notNull|isNull)\(\)""")


class Untranslatable(Exception):
    """There is no counterpart; the text says why."""


@dataclass(frozen=True)
class Expectation:
    """One expectation: its type, what it was given, and the rows that it is asked of."""

    kind: str
    given: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity = "block"
    where: str | None = None  # its row condition, as an expression
    fault: str | None = None  # why its row condition cannot be said

    @property
    def share(self) -> float:
        """The share of the values that may be otherwise."""
        return round(1 - float(self.given.get("mostly") or 1), 12)


def read_suite(file: Path) -> tuple[str, tuple[Expectation, ...]]:
    """The suite's name and expectations; a `UserError` if the file is none."""
    try:
        if file.stat().st_size > LARGEST:
            raise user_error(f"{file} is larger than {LARGEST // 2**20} MiB")
        data = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise user_error(
            f"{file} cannot be read as JSON ({type(error).__name__})", mend="give the suite's file"
        ) from None
    listed = data.get("expectations") if isinstance(data, dict) else None
    if not isinstance(listed, list):
        raise user_error(f"{file} is no suite: it has no list 'expectations'",
                         mend="give a file of the folder gx/expectations")  # fmt: skip
    name = data.get("name") or data.get("expectation_suite_name") or file.stem
    return str(name), tuple(_expectation(each) for each in listed if isinstance(each, dict))


def identifier(column: object) -> str:
    """A column in an expression, whatever its name is."""
    return '"' + str(column).replace('"', '""') + '"'


def constant(value: object) -> str:
    """A value in an expression."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if not isinstance(value, str):
        raise Untranslatable(f"the value {value!r} is neither number, text nor boolean")
    return "'" + value.replace("'", "''") + "'"


def _expectation(each: Mapping[str, Any]) -> Expectation:
    given = each.get("kwargs") or {}
    given = given if isinstance(given, dict) else {}
    severity = SEVERITIES.get(str(each.get("severity", "critical")), "block")
    kind = str(each.get("type") or each.get("expectation_type") or "")
    try:
        return Expectation(kind, given, severity, _condition(given.get("row_condition")))
    except Untranslatable as fault:
        return Expectation(kind, given, severity, fault=str(fault))


def _condition(condition: object) -> str | None:
    """A row condition as an expression: one comparison or test for null, or several joined."""
    if condition in (None, ""):
        return None
    if isinstance(condition, str):
        if found := _COMPARED.fullmatch(condition.strip()):
            return f"{identifier(found[1])} {_OPERATORS[found[2]]} {_written(found[3])}"
        if found := _NULLNESS.fullmatch(condition.strip()):
            return f"{identifier(found[1])} IS {'NOT ' * (found[2] == 'notNull')}NULL"
        raise Untranslatable(f"its row condition is code: {condition}")
    return _structured(condition) if isinstance(condition, dict) else None


def _structured(condition: Mapping[str, Any]) -> str:
    """A row condition as newer versions write it: a tree."""
    kind = condition.get("type")
    if kind in ("and", "or"):
        parts = [_structured(part) for part in condition.get("conditions", ())]
        return f" {kind.upper()} ".join(f"({part})" for part in parts)
    column = identifier((condition.get("column") or {}).get("name", ""))
    if kind == "nullity":
        return f"{column} IS {'' if condition.get('is_null') else 'NOT '}NULL"
    operator = _OPERATORS.get(str(condition.get("operator")))
    if kind != "comparison" or operator is None:
        raise Untranslatable(f"its row condition compares by {condition.get('operator')}")
    return f"{column} {operator} {constant(condition.get('parameter'))}"


def _written(text: str) -> str:
    text = text.strip()
    if found := re.fullmatch(r"""(["'])(.*)\1""", text):
        return constant(found[2])
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return text
    raise Untranslatable(f"its row condition compares with {text}")
