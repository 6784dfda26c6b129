"""The feature functions, one fact each."""

import pandas as pd
import pytest

from features import TYPICAL, add_features, high_loan, other_debt


def test_other_debt_is_what_is_paid_besides_housing():
    assert other_debt(pd.Series([0.36]), pd.Series([0.25])).tolist() == pytest.approx([0.11])


def test_other_debt_is_never_negative():
    assert other_debt(pd.Series([0.20]), pd.Series([0.25])).tolist() == [0.0]


def test_a_loan_of_nearly_the_value_of_the_property_is_high():
    assert high_loan(pd.Series([0.80, 0.95, 0.96, 1.20])).tolist() == [0.0, 0.0, 1.0, 1.0]


def test_a_missing_number_becomes_the_typical_one():
    unknown = pd.DataFrame({column: [float("nan")] for column in TYPICAL})
    assert add_features(unknown)[list(TYPICAL)].iloc[0].to_dict() == TYPICAL


def test_the_table_that_is_passed_in_is_left_alone():
    table = pd.DataFrame({column: [value] for column, value in TYPICAL.items()})
    add_features(table)
    assert list(table.columns) == list(TYPICAL)
