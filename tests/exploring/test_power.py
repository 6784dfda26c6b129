"""Power: the rows that a margin needs, and the margin that rows can afford."""

import re
from pathlib import Path

import pytest

from mlgate.exploring.power import Sight, curve, of_accuracy
from tests.cli.console import mlgate


@pytest.mark.parametrize(("discordant", "rows"), [(0.02, 1_570), (0.06, 4_710), (0.15, 11_774)])
def test_rows_for_a_margin_of_a_point_are_those_of_the_formula(discordant: float, rows: int) -> None:
    assert of_accuracy(2_000, discordant, 0.01).needed == pytest.approx(rows, rel=0.001)


def test_the_margin_that_rows_can_afford_needs_exactly_these_rows() -> None:
    sight = of_accuracy(5_000, 0.06, 0.01)
    assert of_accuracy(5_000, 0.06, sight.affordable).needed == 5_000


def test_no_margin_is_so_wide_that_fewer_rows_than_a_gate_judges_would_do() -> None:
    assert of_accuracy(2_000, 0.001, 0.5).needed == 30


def test_the_curve_marks_the_rows_that_there_are_and_those_that_are_needed() -> None:
    lines = curve(Sight("AUC", 0.005, 714, 0.03))
    picture = [line.split("┤")[1] for line in lines if "┤" in line]
    assert len(picture) == 8
    assert picture[0].endswith("█")
    assert not picture[0].startswith("█")
    assert any(re.search(r"▲ 714 rows now", line) for line in lines)


def test_the_power_of_a_configuration_and_of_its_evidence_is_the_same(churn: Path) -> None:
    ours, theirs = mlgate("power", cwd=churn), mlgate("power", "out/evidence.json", cwd=churn)
    assert ours.code == 0, ours.err
    assert ours.out == theirs.out
    assert re.search(r"^AUC +0\.010 +1,500 +± 0\.0\d+ +≈ [\d,]+ rows  (enough|too few)$", ours.out, re.MULTILINE)


def test_another_comparison_can_be_drawn_and_a_misspelt_one_is_named(churn: Path) -> None:
    seen = mlgate("power", "--subject", "log loss", cwd=churn)
    assert "in log loss is settled" in seen.out
    seen = mlgate("power", "--subject", "log los", cwd=churn)
    assert (seen.code, "did you mean 'log loss'?" in seen.err) == (2, True)


def test_two_models_that_never_differ_say_nothing_of_power(churn: Path, tmp_path: Path) -> None:
    for name in ("new.csv", "old.csv"):
        (tmp_path / name).write_bytes((churn / "old.csv").read_bytes())
    config = "version: 1\nmodel: {id: a, predictions: new.csv}\nbaseline: {predictions: old.csv}\n"
    (tmp_path / "mlgate.yml").write_text(f"{config}checks: {{regression: {{}}}}\n")
    seen = mlgate("power", cwd=tmp_path)
    assert (seen.code, "give --rows and --discordant" in seen.err) == (2, True)


def test_a_configuration_without_a_comparison_says_what_to_add(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    (tmp_path / "mlgate.yml").write_text("version: 1\ntables: {test: {path: a.csv}}\nchecks: {row-count: {min: 1}}\n")
    seen = mlgate("power", cwd=tmp_path)
    assert (seen.code, "add `regression`" in seen.err) == (2, True)
