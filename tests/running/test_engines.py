"""Rows go to a Spark session only where somebody has agreed to it, and what names one is held to its form."""

import json
from pathlib import Path
from typing import Any

import pytest

from mlgate.configuring.setting import Request
from mlgate.errors import UserError
from mlgate.running.runner import Result, check


def run(folder: Path, scan: dict[str, Any], path: str = "a.csv") -> Result:
    """A gate on a table with one column."""
    (folder / "a.csv").write_text("x\n1\n")
    config = {"version": 1, "scan": scan, "tables": {"test": {"path": path}}, "checks": {"row-count": {"min": 1}}}
    (folder / "mlgate.yml").write_text(json.dumps(config))
    return check(Request(folder / "mlgate.yml"), lambda _: None)


def test_a_session_that_only_the_change_names_gets_no_row_on_a_pull_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"head": {"repo": {"id": 1}}, "base": {"repo": {"id": 1}}}}))
    for name, value in (("ACTIONS", "true"), ("EVENT_NAME", "pull_request"), ("EVENT_PATH", str(event))):
        monkeypatch.setenv(f"GITHUB_{name}", value)
    (finding,) = run(tmp_path, {"engine": "spark", "session": "sc://elsewhere.example.org"}).verdict.findings
    assert finding.status == "not-measured"
    assert "Spark session is new in this change" in finding.message


@pytest.mark.parametrize(
    ("scan", "said"),
    [
        ({"session": "local[2]"}, "'session' is Spark's"),
        ({"engine": "spark", "session": "sc://host/;token=abc"}, "holds a credential"),
        ({"engine": "spark", "session": "sc://ada:pw@host"}, "does not have the form"),
        ({"engine": "spark", "session": "local[x]"}, "does not have the form"),
        ({"engine": "sparc"}, "did you mean 'spark'"),
    ],
)
def test_what_is_no_session_is_refused(tmp_path: Path, scan: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=r"mlgate\.yml:1") as refused:
        run(tmp_path, scan)
    assert said in str(refused.value)


def test_a_name_of_a_table_is_a_file_that_is_missing_without_spark(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no file marts\.orders"):
        run(tmp_path, {}, "marts.orders")
