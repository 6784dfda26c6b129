from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlgate.configuring.setting import Request
from mlgate.questions import Labels
from mlgate.running.runner import check
from mlgate.statistics.shift import largest_shift
from tests.checks.asked import gate_table, judged, only, table

TABLES = (table("test", y="integer"), table("train", y="integer"))


def found(train: dict[str, int], test: dict[str, int], block: str = "{}") -> Any:
    answers = {Labels("train", "y"): train, Labels("test", "y"): test}
    return only(judged("label-shift", block, lambda question: answers[question], *TABLES))  # type: ignore[index]


@pytest.mark.parametrize(
    ("test", "status"),
    [({"0": 700, "1": 300}, "pass"), ({"0": 450, "1": 550}, "fail"), ({"0": 60, "1": 40}, "inconclusive")],
)
def test_the_largest_change_of_a_share_is_held_to_its_limit(test: dict[str, int], status: str) -> None:
    assert found({"0": 7_000, "1": 3_000}, test).status == status


def test_the_label_that_changed_most_is_named() -> None:
    finding = found({"a": 500, "b": 300, "c": 200}, {"a": 400, "b": 300, "d": 300})
    assert finding.group == "y: d"
    assert finding.value == pytest.approx(0.3)


def test_no_labels_and_too_many_are_not_measured() -> None:
    assert found({}, {"0": 5}).status == "not-measured"
    many = {str(at): 1 for at in range(1_500)}
    assert "are no categories" in found(many, many).message


def test_without_a_change_the_lower_end_is_seldom_above_zero() -> None:
    rng, shares = np.random.default_rng(1), np.array([0.5, 0.3, 0.15, 0.05])
    proved = [
        largest_shift(rng.multinomial(2_000, shares), rng.multinomial(500, shares)).interval.low > 0
        for _ in range(2_000)
    ]
    assert np.mean(proved) <= 0.035


def test_counts_come_from_the_tables(tmp_path: Path) -> None:
    test = "id,y\n" + "".join(f"{at},{at % 2}\n" for at in range(400))
    train = "id,y\n" + "".join(f"{at},{int(at % 10 == 0)}\n" for at in range(2_000)) + "3000,\n"
    config = "label-shift: {max: 0.2}"
    result = gate_table(tmp_path, config, test, train=train)
    (finding,) = result.verdict.findings
    assert finding.status == "error", "the tables have no target"
    (tmp_path / "mlgate.yml").write_text(
        "version: 1\ntables:\n  test: {path: data/test.csv, key: id, target: y}\n"
        "  train: {path: data/train.csv, key: id, target: y}\nchecks:\n  label-shift: {max: 0.2}\n"
    )
    (finding,) = check(Request(config=tmp_path / "mlgate.yml"), lambda _: None).verdict.findings
    assert finding.status == "fail"
    assert finding.value == pytest.approx(0.4)
