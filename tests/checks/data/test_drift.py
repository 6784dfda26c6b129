from pathlib import Path

import numpy as np
import pytest

from mlgate.drift.profile import ColumnProfile, Profile
from mlgate.errors import UserError
from mlgate.evidence import Finding
from mlgate.questions import Compared, Question
from tests.checks.asked import gate_table, judged, params_of, statuses, table
from tests.drift.tables import as_csv, normal

TABLES = table("test", a="string"), table("train", a="string")


def compared(now: dict[str, int], before: dict[str, int], yaml: str = "{}") -> Finding:
    def answer(question: Question) -> tuple[Profile, Profile]:
        assert isinstance(question, Compared)
        columns = (ColumnProfile(kind="category", categories=counts) for counts in (before, now))
        first, second = (Profile(rows=1, columns={"a": column}) for column in columns)
        return first, second

    (finding,) = judged("drift", yaml, answer, *TABLES)
    return finding


@pytest.mark.parametrize(
    ("now", "status"),
    [({"x": 500, "y": 500}, "pass"), ({"x": 540, "y": 460}, "pass"), ({"x": 700, "y": 300}, "fail"),
     ({"x": 60, "y": 45}, "inconclusive"), ({"x": 30, "y": 10}, "inconclusive"), ({"z": 1_000}, "fail")],
)  # fmt: skip
def test_it_fails_where_the_effect_is_large_and_no_chance(now: dict[str, int], status: str) -> None:
    assert compared(now, {"x": 500, "y": 500}).status == status


def test_the_message_has_distance_p_rows_and_limit() -> None:
    finding = compared({"x": 700, "y": 300}, {"x": 500, "y": 500}, "{columns: {a: {measure: psi, limit: 0.2}}}")
    assert finding.message == (
        "the PSI of 'a' between data/test.csv and data/train.csv is 0.169 (p = 6.9e-20, n = 1,000 and 1,000); "
        "at most 0.2 allowed"
    )
    assert (finding.status, finding.source) == ("pass", "test+train")


def test_an_ordered_measure_of_categories_is_not_measured() -> None:
    assert compared({"x": 9}, {"x": 9}, "{columns: {a: {measure: ks}}}").status == "not-measured"


def test_an_unknown_measure_is_refused() -> None:
    with pytest.raises(UserError, match="measure"):
        params_of("drift", "{columns: {a: {measure: emd}}}")


def test_a_shifted_column_of_a_file_is_found_and_the_others_are_not(tmp_path: Path) -> None:
    before, now = normal(2_000, seed=1), normal(2_000, seed=2, shifted={"x1": 0.5})
    found = gate_table(tmp_path, "drift: {}", as_csv(now), train=as_csv(before)).verdict.findings
    assert {f.subject for f in found if f.status == "fail"} == {"x1"}
    assert len(found) == 4


def test_a_profile_in_a_file_serves_as_reference(tmp_path: Path) -> None:
    from mlgate.drift.profile import to_json
    from mlgate.scan.distributions import profile_of
    from mlgate.scan.duckdb_engine import DuckDB
    from mlgate.scan.tables import connect, open_table

    file = tmp_path / "before.csv"
    file.write_text(as_csv(normal(2_000, seed=1)))
    with connect() as connection:
        opened = open_table(connection, "before", "before.csv", (file,))
        profile = profile_of(DuckDB(connection), opened.facts, ("x0", "x1", "x2", "kind"))
    (tmp_path / "train.json").write_bytes(to_json(profile))
    now = as_csv(normal(2_000, seed=2, shifted={"x2": 0.5}))
    found = gate_table(tmp_path, "drift: {profile: train.json}", now).verdict.findings
    assert {f.subject for f in found if f.status == "fail"} == {"x2"}


@pytest.mark.parametrize("path", ["none.json", "../outside.json", "data/test.csv"])
def test_a_profile_that_cannot_be_read_is_an_error(path: str, tmp_path: Path) -> None:
    result = gate_table(tmp_path, f"drift: {{profile: {path}}}", as_csv(normal(200, seed=1)))
    assert [f.status for f in result.verdict.findings] == ["error"]


def test_a_classifier_finds_a_relation_that_no_column_shows(tmp_path: Path) -> None:
    before, now = normal(3_000, seed=1), normal(3_000, seed=2)
    now["x1"] = 0.9 * now["x0"] + np.sqrt(1 - 0.81) * now["x1"]
    found = gate_table(tmp_path, "drift: {domain: 0.55}", as_csv(now), train=as_csv(before)).verdict.findings
    assert {name for name, status in statuses(found).items() if status == "fail"} == {"all columns"}
