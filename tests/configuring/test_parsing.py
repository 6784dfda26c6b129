"""Plain data of any shape becomes a configuration or a list of faults, each with its line; never a crash."""

import datetime
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgate.config import Config
from mlgate.configuring.loading import Parsed, parse_config
from mlgate.configuring.yaml_source import read_yaml
from mlgate.plugins import find_checks

CHECKS = find_checks()
KEYS = (
    "version", "model", "environment", "tables", "baseline", "checks", "policy", "id", "task", "table", "positive",
    "threshold", "predict", "predictions", "trusted", "memory", "timeout", "paths", "test", "path", "key", "sensitive",
    "ref", "required", "waivers", "check", "subject", "ceiling", "expires", "columns", "min", "max", "rows", "margins",
    "primary", "metrics", "limits", "severity", *CHECKS,
)  # fmt: skip
VALUES = st.sampled_from(
    [None, True, 0, 1, -1, 2**53 - 1, 0.5, 1e308, "", "1", "auc", "5%", "a:b", "block", "id", "test"]
) | st.sampled_from(["4GiB", "2026-01-01", "missing", "row-count", "\u202e", "::error::", "x" * 5_000])
SHAPES = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=20,
)
FILES = st.dictionaries(st.sampled_from(KEYS[:7]), SHAPES, max_size=7)


def parse(value: Any) -> Parsed:
    return parse_config(read_yaml(json.dumps(value, ensure_ascii=False).encode(), "mlgate.yml"), CHECKS)


@given(FILES | SHAPES)
@settings(max_examples=150)
def test_any_shape_is_parsed_or_told_what_is_wrong(value: Any) -> None:
    parsed = parse(value)
    assert isinstance(parsed.config, Config)
    for problem in parsed.problems:
        assert problem.where == "mlgate.yml:1"
        assert problem.message
        assert problem.mend


def test_what_is_sound_is_parsed_beside_what_is_not() -> None:
    parsed = parse({"version": 1, "checks": {"row-count": {"min": 1}, "unique": {"columns": 3}}, "polcy": {}})
    assert [p.message.split(" ")[0] for p in parsed.problems] == ["unknown", "'checks.unique.columns'"]
    assert list(parsed.params) == ["row-count", "unique"]
    assert len(parsed.params["row-count"]) == 1


@pytest.mark.parametrize("margin", ["5%", "0.5 %", 0.01, "12.25%"])
def test_a_margin_is_a_number_or_a_share(margin: Any) -> None:
    model = {"id": "m", "predictions": "p.csv"}
    checks = {"regression": {"margins": {"auc": margin}}}
    assert not parse({"version": 1, "model": model, "checks": checks}).problems


def test_a_waiver_keeps_all_that_it_says() -> None:
    said = {"check": "missing", "subject": "age", "ceiling": 0.1, "owner": "ann", "reason": "late feed"}
    checks = {"missing": {"columns": {"age": {"max": 0}}}}
    policy = {"waivers": [{**said, "expires": "2030-01-31"}]}
    found = parse({"version": 1, "checks": checks, "policy": policy}).config.policy.waivers
    assert [msgspec.structs.asdict(w) for w in found] == [{**said, "expires": datetime.date(2030, 1, 31)}]


@pytest.mark.parametrize("block", [None, {}, [{}, {"severity": "warn"}]])
def test_a_check_has_one_block_of_parameters_or_several(block: Any) -> None:
    parsed = parse({"version": 1, "tables": {"test": {"path": "t.csv"}}, "checks": {"row-count": block}})
    assert not parsed.problems
    assert len(parsed.params["row-count"]) == (len(block) if isinstance(block, list) else 1)
