"""Slices by range and intersection, and the search for slices that nobody named."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlgate.errors import UserError
from mlgate.evidence import Finding
from mlgate.measuring.joint import Joint
from mlgate.measuring.searching import conditions, halves
from tests.checks.asked import BASE, gate, judged, table
from tests.checks.joints import classes, column, joint
from tests.running.test_tasks import as_csv

TEXTS = {"region": ["north", "south", "east", "west"], "plan": ["free", "paid", "trial"], "device": ["phone", "desk"]}
TABLE = table(id="integer", y="integer", age="float", income="float", **dict.fromkeys(TEXTS, "string"))
BLOCK = "{search: {}, margins: {accuracy: 0.01}}"


def some(n: int, seed: int, bad: bool = False, **fields: Any) -> Joint:
    """Rows with five columns on which two models differ by chance, and with `bad` on old people in the north."""
    rng = np.random.default_rng(seed)
    texts = {name: rng.choice(values, n) for name, values in TEXTS.items()}
    age, income = rng.uniform(18, 90, n), rng.lognormal(10, 1, n)
    truth = rng.random(n) < 0.4
    wrong = rng.random(n) < 0.12
    flips = rng.random((2, n)) < 0.04
    if bad:
        flips[0] |= (age >= 70) & (texts["region"] == "north") & (rng.random(n) < 0.35)
    ours, theirs = (classes(truth ^ wrong ^ flip) for flip in flips)
    made = joint(truth, ours, theirs, **fields)
    return made.with_columns({k: column(v) for k, v in texts.items()}, {"age": age, "income": income})


def found_in(rows: Joint, block: str = BLOCK) -> tuple[Finding, ...]:
    return judged("slices", block, lambda _: rows, TABLE, base=BASE.replace("slices: [part]", "slices: []"))


def test_a_planted_slice_of_two_conditions_is_found_and_named() -> None:
    found = 0
    for seed in range(10):
        failing = [f for f in found_in(some(12_000, seed, bad=True)) if f.status == "fail"]
        found += any(f.slice and "region=north" in f.slice and "age≥" in f.slice for f in failing)
    assert found >= 9


def test_where_nothing_is_planted_the_search_seldom_reports_a_slice() -> None:
    reported = sum(any(f.slice for f in found_in(some(3_000, seed))) for seed in range(100))
    assert reported <= 7  # of 100 at a nominal 2.5 %


def test_what_was_searched_is_said_where_nothing_is_confirmed() -> None:
    (finding,) = found_in(some(3_000, 1))
    assert (finding.subject, finding.status, finding.severity) == ("search", "pass", "info")
    assert "among 5 columns" in finding.message


def test_a_model_against_itself_is_not_searched() -> None:
    rows = some(600, 1)
    (finding,) = found_in(replace(rows, baseline=rows.candidate))
    assert "none suspected" in finding.message


def test_the_search_is_the_same_each_time() -> None:
    rows = some(6_000, 3, bad=True)
    assert found_in(rows) == found_in(rows)


def test_the_halves_share_no_row_and_no_cluster() -> None:
    rows = some(1_000, 1, cluster=np.arange(1_000) // 4)
    first, second = halves(rows)
    assert rows.cluster is not None
    assert len(first) + len(second) == 1_000
    assert not set(rows.cluster[first]) & set(rows.cluster[second])
    plain = halves(some(1_000, 1))
    assert (len(plain[0]), len(set(plain[0]) & set(plain[1]))) == (500, 0)


def test_a_column_of_many_texts_makes_no_conditions_and_missing_numbers_make_one() -> None:
    rows = some(200, 1).with_columns(
        {"name": column(np.arange(200))}, {"age": np.where(np.arange(200) % 9, 1.0, np.nan)}
    )
    assert [c.words for c in conditions(rows)] == ["age<1", "age≥1", "age=(missing)"]


@pytest.mark.parametrize("asked", [1, 2, 3])
def test_a_slice_has_at_most_as_many_conditions_as_asked_for(asked: int) -> None:
    rows = some(12_000, 5, bad=True)
    found = found_in(rows, f"{{search: {{conditions: {asked}}}, margins: {{accuracy: 0.01}}}}")
    assert all(len(f.slice.split(" & ")) <= asked for f in found if f.slice)
    assert any(f.status == "fail" for f in found)


def test_a_range_is_a_slice_and_so_are_values_of_two_columns() -> None:
    rows = some(9_000, 2, bad=True)
    block = "{columns: [], ranges: {age: [40, 70]}, intersections: [[region, plan]], margins: {accuracy: 0.01}}"
    found = {f.slice: f for f in found_in(rows, block)}
    assert {"age=below 40", "age=40 to 70", "age=from 70"} <= set(found)
    assert "region=north & plan=paid" in found
    assert len(found) == 3 + 12
    assert found["age=from 70"].status == "fail"
    assert found["age=below 40"].status != "fail"
    assert sum(f.n or 0 for f in found.values()) == 2 * 9_000


def test_a_condition_is_a_slice_of_the_rows_that_meet_it(tmp_path: Path) -> None:
    rows = [
        {"id": at, "y": at % 2, "age": "" if at % 10 == 0 else 20 + at % 50, "plan": "free" if at % 3 else "paid"}
        for at in range(900)
    ]
    young = [r["id"] for r in rows if r["age"] != "" and int(str(r["age"])) < 30 and r["plan"] == "free"]
    new = [{"id": r["id"], "y_pred": 1 - int(str(r["y"])) if r["id"] in young else r["y"]} for r in rows]
    files = {"data/test.csv": as_csv(rows), "new.csv": as_csv(new)}
    files["old.csv"] = as_csv({"id": r["id"], "y_pred": r["y"]} for r in rows)
    base = (
        "version: 1\nmodel: {id: m, predictions: new.csv}\nbaseline: {predictions: old.csv}\n"
        "tables:\n  test: {path: data/test.csv, key: id, target: y}\n"
    )
    rule = "age < 30 AND plan = 'free'"
    result = gate(tmp_path, f'slices: {{where: {{young and free: "{rule}", others: "NOT ({rule})"}}}}', files, base)
    found = {f.slice: f for f in result.verdict.findings}
    assert (found["young and free"].n, found["young and free"].status) == (len(young), "fail")
    assert found["others"].candidate_value == 1.0
    assert (found["others"].n or 0) < 900 - len(young), "of a row whose age is missing neither is known to hold"


@pytest.mark.parametrize("rule", ["1 = 1; DROP TABLE test", "read_text('/etc/passwd') = 'x'", "nobody < 3", "age + 1"])
def test_a_condition_that_is_none_is_a_mistake_in_the_configuration(tmp_path: Path, rule: str) -> None:
    files = {"data/test.csv": "id,y,age\n1,0,3\n2,1,4\n", "new.csv": "id,y_pred\n1,0\n2,1\n"}
    base = (
        "version: 1\nmodel: {id: m, predictions: new.csv}\ntables:\n  test: {path: data/test.csv, key: id, target: y}\n"
    )
    with pytest.raises(UserError):
        gate(tmp_path, f'slices: {{where: {{a: "{rule}"}}}}', files, base)
