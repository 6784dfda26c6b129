"""A suite of Great Expectations as the text of a configuration, with what could not be translated listed in it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlgate.adopting.annotated import BLANK, Line, key_value, scalar, written
from mlgate.importing.suite import Expectation, Untranslatable, read_suite
from mlgate.importing.translations import TRANSLATORS, Block, Translation

DEFAULT_TABLE = "test"
MAPPINGS = ("columns", "rules")  # what blocks of one check can share


@dataclass(frozen=True)
class Imported:
    """The configuration, the checks that each expectation became, and those that became none, with the reason."""

    text: str
    translated: tuple[tuple[Expectation, tuple[Translation, ...]], ...]
    left: tuple[tuple[Expectation, str], ...]


def import_suite(file: Path, table: str) -> Imported:
    """The suite for the table at the path `table`; a `UserError` if the file is no suite."""
    name, expectations = read_suite(file)
    translated, left = [], []
    for expectation in expectations:
        try:
            translated.append((expectation, tuple(_translate(expectation))))
        except Untranslatable as fault:
            left.append((expectation, str(fault)))
    blocks: dict[str, list[Block]] = {}
    for _, found in translated:
        for check, block in found:
            _put(blocks.setdefault(check, []), block)
    text = written(list(_lines(name, table, blocks, left)))
    return Imported(text, tuple(translated), tuple(left))


def _translate(expectation: Expectation) -> Iterator[Translation]:
    if expectation.fault:
        raise Untranslatable(expectation.fault)
    if not str(expectation.given.get("column", "")).isprintable():
        raise Untranslatable("its column's name holds characters that nobody can see")
    translator = TRANSLATORS.get(expectation.kind)
    if translator is None:
        raise Untranslatable("there is no check for it")
    try:
        yield from translator(expectation)
    except (KeyError, TypeError, ValueError) as error:
        raise Untranslatable(f"it is not written as usual ({type(error).__name__})") from None


def _put(blocks: list[Block], block: Block) -> None:
    """The block's columns or rules stand in the first block that has none of their names and says nothing else."""
    shared = next((key for key in MAPPINGS if isinstance(block.get(key), dict)), None)
    for there in blocks if shared and len(block) == 1 else ():
        if len(there) == 1 and shared in there and not set(there[shared]) & set(block[shared]):
            there[shared].update(block[shared])
            return
    blocks.append({key: dict(value) if isinstance(value, dict) else value for key, value in block.items()})


def _lines(
    name: str, table: str, blocks: dict[str, list[Block]], left: Sequence[tuple[Expectation, str]]
) -> Iterator[Line]:
    yield Line(0, "", f"The suite {name} of Great Expectations, by `mlgate import great-expectations`.")
    yield Line(0, "version: 1")
    yield BLANK
    yield Line(0, "tables:")
    yield Line(1, f"{DEFAULT_TABLE}:")
    yield Line(2, key_value("path", table))
    yield BLANK
    yield Line(0, "checks:" if blocks else "checks: {}")
    for check, listed in blocks.items():
        yield Line(1, f"{check}:")
        for block in listed:
            yield from _block(block, is_one_of=len(listed) > 1)
    if left:
        yield BLANK
        yield Line(0, "", "Not translated:")
    for expectation, why in left:
        yield Line(0, "", f"  {expectation.kind} {_about(expectation)}: {why}")


def _block(block: Block, *, is_one_of: bool) -> Iterator[Line]:
    depth, dash = 2, "- " if is_one_of else ""
    for key, value in block.items():
        if isinstance(value, dict):
            yield Line(depth, f"{dash}{key}:")
            inner = depth + 1 + bool(is_one_of)
            yield from (Line(inner, f"{scalar(name)}: {_flow(rule)}") for name, rule in value.items())
        else:
            yield Line(depth, f"{dash}{key}: {_flow(value)}")
        dash = "  " if is_one_of else ""


def _flow(value: Any) -> str:
    """A value on one line: JSON, which is YAML too, but for plain words."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, str | bool | int | float):
        return scalar(value)
    return json.dumps(str(value), ensure_ascii=False)


def _about(expectation: Expectation) -> str:
    given = expectation.given
    named = given.get("column") or given.get("column_list") or given.get("column_A") or "the table"
    return f"of {named}"
