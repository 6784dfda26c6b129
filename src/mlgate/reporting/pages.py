"""The table of checks, and each check's page, from its own file."""

import inspect
from typing import get_args

import msgspec
from msgspec import NODEFAULT, Meta

from mlgate.errors import did_you_mean, user_error
from mlgate.plugins import CheckFile, find_checks


def table_of_checks() -> str:
    """A line for each check, by group: its id and its first sentence."""
    checks = find_checks()
    width = max(map(len, checks))
    lines = []
    for group in dict.fromkeys(file.group for file in checks.values()):
        lines += ["", group, *(f"  {c.id:<{width}}  {_sentence(c)}" for c in checks.values() if c.group == group)]
    return "\n".join([*lines[1:], "", "One check's page: mlgate checks ID"])


def check_page(id_: str) -> str:
    """What a check does and what it may be told."""
    checks = find_checks()
    if id_ not in checks:
        raise user_error(f"there is no check '{id_}'", mend=did_you_mean(id_, checks))
    module = checks[id_].load()
    fields = msgspec.structs.fields(module.Params)
    lines = [f"{id_} ({checks[id_].group})", "", inspect.cleandoc(module.__doc__ or ""), "", "Parameters:"]
    width = max(len(f.encode_name) for f in fields)
    for field in fields:
        default = "required" if field.required else f"default {_default(field)}"
        lines.append(f"  {field.encode_name:<{width}}  {_description(field)} ({default})")
    return "\n".join(lines)


def _sentence(check: CheckFile) -> str:
    text = inspect.cleandoc(check.load().__doc__ or "")
    return text.split("\n\n")[0].replace("\n", " ")


_SHARED = {"table": "the table that is checked", "severity": "how much a finding weighs: block, warn or info"}


def _description(field: msgspec.structs.FieldInfo) -> str:
    parts = [field.type, *get_args(field.type)]  # Annotated[int, Meta(…)] and Annotated[int, Meta(…)] | None
    notes = (m for part in parts for m in get_args(part) if isinstance(m, Meta))
    return next((m.description for m in notes if m.description), _SHARED.get(field.name, ""))


def _default(field: msgspec.structs.FieldInfo) -> str:
    value = field.default if field.default is not NODEFAULT else {}
    return "none" if value is None else msgspec.json.encode(value).decode()
