"""The reference of mlgate.yml has every key, with the default that it has."""

import json
from typing import Any

import msgspec
import pytest

from mlgate.config import BaselineRef, Card, Config, Csv, Environment, Model, Policy, Scan, Table, Waiver
from mlgate.configuring.schema import config_schema
from mlgate.deploying.settings import Deploy
from mlgate.features.declared import FeatureVersion
from mlgate.plugins import find_checks
from mlgate.promotion.stages import Stage, Stages
from tests.docs.prose import CONFIGURATION, names, section, tables

SECTIONS: dict[str, type[msgspec.Struct]] = {
    "Top level": Config, "`model`": Model, "`model.card`": Card, "`environment`": Environment, "`scan`": Scan,
    "`tables`": Table, "`baseline`": BaselineRef,
}  # fmt: skip
CHECKS = {f"`{id_}`": file.load().Params for id_, file in find_checks().items()}
SHARED = {"severity"}  # said once, above the checks


@pytest.mark.parametrize("title", SECTIONS)
def test_a_section_has_every_key_with_its_default(title: str) -> None:
    assert documented(title) == defaults(SECTIONS[title])


@pytest.mark.parametrize("title", CHECKS)
def test_a_check_has_every_key_with_its_default(title: str) -> None:
    assert documented(title) == {key: value for key, value in defaults(CHECKS[title]).items() if key not in SHARED}


def test_the_policy_and_its_waivers_have_every_key_with_its_default() -> None:
    assert documented("`policy`") == defaults(Policy)
    assert documented("`policy`", 1) == defaults(Waiver)


def test_the_dialect_of_csv_files_has_every_key_with_its_default() -> None:
    assert documented("`tables`", 1) == defaults(Csv)


def test_features_have_every_key_with_its_default() -> None:
    assert documented("`features.yml`") == defaults(FeatureVersion)


def test_stages_have_every_key_with_its_default() -> None:
    assert documented("`stages.yml`") == defaults(Stages)
    assert documented("`stages.yml`", 1) == defaults(Stage)
    assert documented("`deploy`") == defaults(Deploy)


def test_every_key_of_the_schema_is_on_the_page() -> None:
    text = CONFIGURATION.read_text(encoding="utf-8")
    schema = config_schema()
    keys = {key for part in [schema, *schema["$defs"].values()] for key in part.get("properties", {})}
    assert len(keys) > 40
    assert [key for key in sorted(keys) if f"`{key}`" not in text] == []


def documented(title: str, index: int = 0) -> dict[str, str]:
    """Key → default as the page says it, of a section's table."""
    found = tables(section(CONFIGURATION, title))
    return {names(row[0])[0]: (names(row[2]) or [row[2]])[0] for row in found[index]} if found else {}


def defaults(kind: type[msgspec.Struct]) -> dict[str, str]:
    """Key → default as the page should say it."""
    return {field.encode_name: _shown(field) for field in msgspec.structs.fields(kind)}


def _shown(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value: Any = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    built = msgspec.to_builtins(value)
    return "none" if built is None else json.dumps(built)
