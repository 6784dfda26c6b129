"""Suites that Great Expectations wrote: what is translated finds what the tool itself found on the same data."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mlgate.cli import cli
from mlgate.configuring.setting import Request
from mlgate.configuring.yaml_source import read_yaml
from mlgate.errors import UserError
from mlgate.importing.great_expectations import Imported, import_suite
from mlgate.running.runner import check

HERE = Path(__file__).parent / "suites"
SUITES = sorted(file.stem for file in HERE.glob("*.json"))
LEFT = {  # what has no counterpart, by suite
    "people-sets": {"expect_column_distinct_values_to_equal_set", "expect_column_unique_value_count_to_be_between"},
    "people-shape": {"expect_table_column_count_to_equal"},
    "orders-rules": {"expect_multicolumn_sum_to_equal"},
    "sensors-numbers": {"expect_column_sum_to_be_between"},
    "sensors-types": {"expect_column_values_to_be_dateutil_parseable"},
}


def imported(folder: Path, suite: str) -> tuple[Imported, dict[str, Any]]:
    """The suite as a configuration beside its table, and the file that Great Expectations wrote."""
    written = json.loads((HERE / f"{suite}.json").read_text(encoding="utf-8"))
    shutil.copy(HERE / written["table"], folder)
    (folder / "suite.json").write_text(json.dumps(written["suite"]))
    found = import_suite(folder / "suite.json", written["table"])
    (folder / "mlgate.yml").write_text(found.text, encoding="utf-8")
    return found, written


def verdicts(folder: Path, found: Imported) -> list[bool]:
    """Of each translated expectation, whether all its findings in one run of the whole configuration pass."""
    config = read_yaml((folder / "mlgate.yml").read_bytes(), "mlgate.yml").data["checks"]
    whole = check(Request(folder / "mlgate.yml"), lambda _: None).verdict.findings
    passed = []
    for expectation, translations in found.translated:
        keys = [key for id_, block in translations for key in places(config[id_], id_, block)]
        ours = [f for f in whole if f.location and any(is_under(f.location.key or "", key) for key in keys)]
        assert ours, (expectation, keys, [f.location for f in whole])
        passed.append(all(f.status == "pass" for f in ours))
    return passed


def places(config: Any, id_: str, block: dict[str, Any]) -> list[str]:
    """The keys in the configuration under which a translated block stands."""
    for index, there in enumerate(config if isinstance(config, list) else [config]):
        at = f"checks.{id_}" + (f".{index}" if isinstance(config, list) else "")
        part = next((p for p in ("columns", "rules") if isinstance(block.get(p), dict)), None)
        if there == block and (part is None or len(block) > 1):
            return [at]
        if part and len(block) == 1 and all(there[part].get(name) == rule for name, rule in block[part].items()):
            return [f"{at}.{part}.{name}" for name in block[part]]
    raise AssertionError(f"{block} is not in {config}")


def is_under(key: str, place: str) -> bool:
    return key == place or key.startswith(place + ".")


def test_there_are_at_least_ten_suites() -> None:
    assert len(SUITES) >= 10


@pytest.mark.parametrize("suite", SUITES)
def test_a_suite_finds_what_great_expectations_found(tmp_path: Path, suite: str) -> None:
    found, written = imported(tmp_path, suite)
    held = {json.dumps([r["type"], r["kwargs"]], sort_keys=True): r["success"] for r in written["results"]}
    assert len(held) == len(written["suite"]["expectations"])
    theirs = [held[json.dumps([e.kind, dict(e.given)], sort_keys=True)] for e, _ in found.translated]
    assert verdicts(tmp_path, found) == theirs, [e.kind for e, _ in found.translated]


@pytest.mark.parametrize("suite", SUITES)
def test_what_has_no_counterpart_is_listed(tmp_path: Path, suite: str) -> None:
    found, _ = imported(tmp_path, suite)
    assert {e.kind for e, _ in found.left} == LEFT.get(suite, set())
    assert all(f"# {e.kind}" in found.text.replace("#   ", "# ") for e, _ in found.left)


def of(expectations: list[dict[str, Any]], folder: Path) -> Imported:
    (folder / "s.json").write_text(json.dumps({"expectation_suite_name": "s", "expectations": expectations}))
    return import_suite(folder / "s.json", "data.csv")


def test_a_suite_of_an_older_version_is_read(tmp_path: Path) -> None:
    old = {"expectation_type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a"}, "meta": {}}
    assert "missing:" in of([old], tmp_path).text


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"column": "a", "row_condition": "__import__('os').system('id')"}, "its row condition is code"),
        ({"column": "a", "row_condition": 'col("b") > open("/etc/passwd")'}, "its row condition compares with"),
        ({}, "not written as usual"),
        ({"column": "a", "mostly": "most"}, "not written as usual"),
    ],
)
def test_an_expectation_that_cannot_be_said_is_listed_with_the_reason(
    tmp_path: Path, given: dict[str, Any], why: str
) -> None:
    found = of([{"type": "expect_column_values_to_not_be_null", "kwargs": given}], tmp_path)
    assert [why in reason for _, reason in found.left] == [True]


def test_hostile_names_stay_names(tmp_path: Path) -> None:
    name = 'a": {}}  unique: # "; DROP TABLE t; --'
    kwargs = {"column": name, "value_set": ["it's", "a: b", "- x"], "mostly": 0.9}
    found = of([{"type": "expect_column_values_to_be_in_set", "kwargs": kwargs}], tmp_path)
    config = read_yaml(found.text.encode(), "mlgate.yml").data
    (column,) = config["checks"]["allowed-values"]["columns"]
    assert column == name
    assert config["checks"]["allowed-values"]["columns"][name]["values"] == kwargs["value_set"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"expectations": 1}', "[" * 100_000])
def test_a_file_that_is_no_suite_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "s.json").write_text(content)
    with pytest.raises(UserError, match=r"cannot be read as JSON|is no suite"):
        import_suite(tmp_path / "s.json", "data.csv")


def test_the_command_writes_a_new_file_and_says_how_much_it_translated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(tmp_path, "people-shape")
    monkeypatch.chdir(tmp_path)
    arguments = ["import", "great-expectations", "suite.json", "--table", "people.csv", "--output", "new.yml"]
    done = CliRunner().invoke(cli, arguments)
    assert "7 of 8 translated" in done.output
    assert (tmp_path / "new.yml").read_text() == (tmp_path / "mlgate.yml").read_text()
    assert isinstance(CliRunner().invoke(cli, arguments).exception, UserError)
