"""Drift cries wolf seldom and finds what it promises to; the whole table is printed by benchmarks/drift.py."""

from benchmarks.drift import simulate


def test_at_most_one_table_in_twenty_alarms_where_nothing_drifts() -> None:
    assert simulate("drift", 2_000, 0.0, 40).any <= 0.05


def test_a_quarter_standard_deviation_in_one_of_twenty_columns_is_found_at_2000_rows() -> None:
    assert simulate("drift", 2_000, 0.25, 20).first >= 0.9
