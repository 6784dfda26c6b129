"""Findings are those of Great Expectations and pandera on the same generated tables (`make agreement`)."""

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mlgate.configuring.setting import Request
from mlgate.evidence import Finding
from mlgate.running.runner import check
from tests.agreement.cases import generated, write

ROOT = Path(__file__).parents[2]
CASES = 320
KINDS = ("missing", "range", "in-set", "pattern", "length", "unique", "at-most", "rows")
Answers = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All cases as files."""
    made = tmp_path_factory.mktemp("cases")
    for at, case in enumerate(generated(CASES)):
        write(case, made / f"{at:04}")
    return made


@pytest.fixture(scope="session")
def ours(folder: Path) -> Answers:
    """What a whole run says of each expectation."""
    return {case.name: answers(case) for case in sorted(folder.iterdir()) if case.is_dir()}


@pytest.mark.usefixtures("python")
def test_the_cases_hold_what_tables_can_hold() -> None:
    found = generated(CASES)
    assert len(found) >= 300
    kinds = Counter(kind for case in found for kind, _ in case.columns.values())
    assert min(kinds.values()) > 20
    assert sum(case.rows == 0 for case in found) > 10
    assert len({name for case in found for name in case.columns}) == 12


@pytest.mark.parametrize("tool", ["great_expectations", "pandera"])
def test_findings_are_those_of_the_tool(tool: str, python: str, folder: Path, ours: Answers) -> None:
    subprocess.run([python, "-m", f"tests.agreement.ask_{tool}", str(folder)], cwd=ROOT, check=True)
    theirs: Answers = json.loads((folder / f"{tool.replace('_', '-')}.json").read_text(encoding="utf-8"))
    compared: Counter[str] = Counter()
    for name, asked in theirs.items():
        expectations = json.loads((folder / name / "expectations.json").read_text(encoding="utf-8"))
        for expectation, our, their in zip(expectations, ours[name], asked, strict=True):
            where = (name, expectation, our, their)
            assert not their["error"], where
            if our["rows"] is None:  # nothing to judge: the tools call it held
                assert their["holds"], where
                compared["empty"] += 1
                continue
            assert our["holds"] == their["holds"], where
            if counts_alike(tool, expectation) and their["rows"] is not None:
                assert our["rows"] == their["rows"], where
            compared[expectation["kind"]] += 1
    assert sum(compared.values()) > 1_500
    assert min(compared[kind] for kind in KINDS) > 20, compared


def counts_alike(tool: str, expectation: dict[str, Any]) -> bool:
    """Whether the tool counts rows as we do: of equal rows Great Expectations counts the first too."""
    return not (tool == "great_expectations" and expectation["kind"] == "unique") and expectation["kind"] != "rows"


def answers(folder: Path) -> list[dict[str, Any]]:
    """Each expectation as a block of its check, and what the finding says."""
    expectations = json.loads((folder / "expectations.json").read_text(encoding="utf-8"))
    blocks: dict[str, list[Any]] = {}
    places = []
    for expectation in expectations:
        id_, block = configured(expectation)
        blocks.setdefault(id_, []).append(block)
        places.append((id_, len(blocks[id_]) - 1))
    config = {"version": 1, "tables": {"test": {"path": "table.parquet"}}, "checks": blocks}
    (folder / "mlgate.yml").write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
    found = check(Request(folder / "mlgate.yml"), lambda _: None).verdict.findings
    by_place: dict[tuple[str, int], list[Finding]] = {}
    for finding in found:
        assert finding.location is not None
        index = (finding.location.key or "").removeprefix(f"checks.{finding.id}.").partition(".")[0]
        by_place.setdefault((finding.id, int(index)), []).append(finding)
    return [said(by_place[place]) for place in places]


def configured(expectation: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The check and the block that ask the same."""
    column, kind = expectation["column"], expectation["kind"]
    ends: dict[str, Any] = {end: expectation[end] for end in ("min", "max") if end in expectation}
    quoted = '"' + column.replace('"', '""') + '"'
    if kind == "at-most":
        other = '"' + expectation["other"].replace('"', '""') + '"'
        return "cross-column", {"rules": {"ordered": f"{quoted} <= {other}"}}
    if kind == "rows":
        return "row-count", ends
    if kind == "unique":
        return "unique", {"columns": [column], "where": f"{quoted} IS NOT NULL"}
    checks: dict[str, tuple[str, Any]] = {
        "missing": ("missing", {}), "range": ("ranges", ends), "length": ("lengths", ends),
        "in-set": ("allowed-values", {"values": expectation.get("values")}),
        "pattern": ("patterns", {"matches": expectation.get("pattern")}),
    }  # fmt: skip
    id_, rule = checks[kind]
    return id_, {"columns": {column: rule}}


def said(findings: list[Finding]) -> dict[str, Any]:
    """Whether all findings of a block pass, and how many rows break it; none where there was nothing to judge."""
    first = findings[0]
    if any(f.status in ("not-measured", "inconclusive") for f in findings):
        return {"holds": None, "rows": None, "message": first.message}
    assert all(f.status in ("pass", "fail") for f in findings), [f.message for f in findings]
    rows = round(first.value or 0.0)
    return {"holds": all(f.status == "pass" for f in findings), "rows": rows, "message": first.message}
