"""Drift cries wolf seldom and finds what it promises to; the whole table is printed by benchmarks/drift.py."""

from benchmarks import drift_quality
from benchmarks.drift import simulate


def test_at_most_one_table_in_twenty_alarms_where_nothing_drifts() -> None:
    assert simulate("drift", 2_000, 0.0, 40).any <= 0.05


def test_a_quarter_standard_deviation_in_one_of_twenty_columns_is_found_at_2000_rows() -> None:
    assert simulate("drift", 2_000, 0.25, 20).first >= 0.9


def test_at_most_one_split_of_a_table_in_twenty_alarms() -> None:
    splits = [*drift_quality.simulate(40, 0.0)]
    assert sum(split.any for split in splits) <= 2


def test_the_check_finds_in_one_half_what_the_customary_rule_does_not() -> None:
    splits = [*drift_quality.simulate(15, drift_quality.SHIFT)]
    assert sum(split.found for split in splits) >= 14
    assert sum(split.psi_found for split in splits) <= 3
