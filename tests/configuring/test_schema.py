"""The published JSON Schemas say what the parsers do, so that an editor and the gate never disagree."""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mlgate.config import BaselineRef, Config, Environment, Model, Policy, Table, Waiver
from mlgate.configuring.loading import parse_config
from mlgate.configuring.schema import config_schema, evidence_schema
from mlgate.configuring.yaml_source import read_yaml
from mlgate.errors import UserError
from mlgate.plugins import find_checks
from tests.cli.console import mlgate
from tests.configuring.broken import WRITTEN
from tests.configuring.sound import make_folder

CHECKS = find_checks()
SCHEMA = config_schema()
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
MORTGAGE = Path(__file__).parents[2] / "examples" / "mortgage" / "mlgate.yml"
ONLY_DATA = """
version: 1
tables:
  test: {path: data/test.csv, key: id}
checks:
  missing: {columns: {age: {max: 0.02}}}
  row-count: [{min: 10}, {max: 100}]
"""
ONLY_PREDICTIONS = """
version: 1
model: {id: churn, task: binary, positive: 1, predictions: new.csv}
baseline: {predictions: old.csv}
checks: {regression: {primary: auc, margins: {auc: 0.005}}}
"""
DESIGN = """
version: 1
model: {id: credit, task: binary, artifact: model.skops, predict: "app:predict", positive: "yes"}
environment: {python: "3.11", requirements: requirements.txt, prepare: "python train.py"}
tables:
  test: {path: data/test.csv, key: id, target: deny, sensitive: [afam], slices: [single], cluster: null, weight: null}
  train: {path: data/train.csv, key: id}
baseline: {ref: auto}
checks:
  missing: {table: test, columns: {pirat: {max: 0.02}}}
  regression: {primary: auc, margins: {auc: 0.005}}
  fairness: {metrics: [selection-rate, tpr], tolerance: 0.1}
  model-file:
policy: {inconclusive: warn, existing: warn, not-measured: block, required: [regression], protect: [workflow, checks],
  waivers: [{check: missing, subject: pirat, ceiling: 0.1, owner: ann, reason: late feed, expires: 2030-01-31}]}
"""
SOUND = {"data": ONLY_DATA, "predictions": ONLY_PREDICTIONS, "design": DESIGN, "mortgage": MORTGAGE.read_text("utf-8")}
BETWEEN_KEYS = re.compile(  # what no schema can say: which keys go together, and which names exist elsewhere
    r"there are no checks|does not say how its predictions|'model' has|package\.module:function|'baseline' has"
    r"|'policy.required' names|a waiver names|unknown check|is above max"
    r"|no metric|is not of the task|no positive label|metric '"
)


def data_of(text: str) -> Any:
    return read_yaml(text.encode(), "mlgate.yml").data


def faults(data: Any) -> list[str]:
    source = read_yaml(json.dumps(data).encode(), "mlgate.yml")
    return [p.message for p in parse_config(source, CHECKS).problems]


def check_agreement(data: Any) -> None:
    found = [message for message in faults(data) if not BETWEEN_KEYS.search(message)]
    assert VALIDATOR.is_valid(data) == (not found), (found, list(VALIDATOR.iter_errors(data))[:2])


def test_the_printed_schemas_are_valid_draft_2020_12(tmp_path: Path) -> None:
    for arguments, made in (((), SCHEMA), (("evidence",), evidence_schema())):
        printed = json.loads(mlgate("schema", *arguments, cwd=tmp_path).out)
        assert printed == json.loads(json.dumps(made))
        assert printed["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
        Draft202012Validator.check_schema(printed)


def test_the_schema_is_the_same_wherever_the_kit_is_installed() -> None:
    assert not re.search(r"mlgate_plugin|[0-9a-f]{12}", json.dumps(SCHEMA))
    assert {"missing.Params", "regression.Params"} <= set(SCHEMA["$defs"])


@pytest.mark.parametrize("name", SOUND)
def test_schema_and_parser_accept_what_the_documents_show(name: str) -> None:
    data = data_of(SOUND[name])
    assert faults(data) == []
    assert list(VALIDATOR.iter_errors(data)) == []


@pytest.mark.parametrize("name", WRITTEN)
def test_schema_and_parser_agree_on_broken_configurations(name: str) -> None:
    try:
        data = read_yaml(WRITTEN[name], "mlgate.yml").data
    except UserError:
        return  # not YAML that is read at all, so there is nothing for a schema to look at
    check_agreement(data)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values inside, the whole included."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


OTHER: st.SearchStrategy[object] = st.sampled_from(
    (None, True, 0, 1, -1, 0.5, 1.5, 2**53 - 1, "", "1", "auc", "5%", "0.1 %", "a:b", "block", "id", "x\n", "4GiB",
     "2026-01-01", "2026-13-01", [], {}, [[]], ["id"], [["id", "age"]], {"max": 0}, {"min": 1}, {"auc": 0.1}, [{}])
)  # fmt: skip


@given(st.data())
@settings(max_examples=150)
def test_schema_and_parser_agree_on_a_sound_configuration_with_one_change(draw: st.DataObject) -> None:
    data = copy.deepcopy(data_of(SOUND[draw.draw(st.sampled_from(list(SOUND)))]))
    *parents, last = draw.draw(st.sampled_from([p for p in places(data) if p]))
    inside = data
    for key in parents:
        inside = inside[key]
    kind = draw.draw(st.sampled_from(["replace", "remove", "add"]))
    if kind == "remove":
        del inside[last]
    elif kind == "add" and isinstance(inside, dict):
        inside[draw.draw(st.sampled_from(["severity", "max", "min-rows", "min_rows", "x", "table"]))] = draw.draw(OTHER)
    else:
        inside[last] = draw.draw(OTHER)
    check_agreement(data)


@pytest.mark.parametrize("kind", [Config, Model, Environment, Table, BaselineRef, Policy, Waiver])
def test_every_key_of_the_configuration_is_in_the_schema(kind: type[msgspec.Struct]) -> None:
    described = SCHEMA if kind is Config else SCHEMA["$defs"][kind.__name__]
    fields = msgspec.structs.fields(kind)
    assert set(described["properties"]) == {f.encode_name for f in fields}
    assert set(described.get("required", ())) == {f.encode_name for f in fields if f.required}
    assert described["additionalProperties"] is False


@pytest.mark.parametrize("id_", CHECKS)
def test_every_parameter_of_a_check_is_in_the_schema(id_: str) -> None:
    one, several = SCHEMA["properties"]["checks"]["properties"][id_]["oneOf"][:2]
    described: Mapping[str, Any] = SCHEMA["$defs"][one["$ref"].removeprefix("#/$defs/")]
    assert several["type"] == "array"
    assert set(described["properties"]) == {f.encode_name for f in msgspec.structs.fields(CHECKS[id_].load().Params)}


def test_the_schema_of_evidence_accepts_what_a_run_writes(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "repository")
    (folder / "mlgate.yml").write_text(ONLY_PREDICTIONS.replace("positive: 1", 'positive: "yes"'))
    assert mlgate("check", "--output", "out", cwd=folder).code == 0
    evidence = json.loads((folder / "out" / "evidence.json").read_bytes())
    validator = Draft202012Validator(evidence_schema())
    assert list(validator.iter_errors(evidence)) == []
    evidence["predicate"]["findings"][0]["status"] = "green"
    assert not validator.is_valid(evidence)
