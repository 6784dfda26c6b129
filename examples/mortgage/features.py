"""The features that the model computes from an application; pure functions of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the functions need the table's methods only, so that importing this file costs nothing
    import pandas as pd

TYPICAL = {"pirat": 0.33, "hirat": 0.26, "lvrat": 0.78, "unemp": 3.2, "chist": 1, "mhist": 2}  # medians of train.csv
HIGH_LOAN = 0.95  # above this share of the property's value, lenders ask for insurance or refuse


def other_debt(payments: pd.Series, housing: pd.Series) -> pd.Series:
    """Payments to income that are not for housing; never negative."""
    return (payments - housing).clip(lower=0)


def high_loan(loan_to_value: pd.Series) -> pd.Series:
    """1.0 where the loan is nearly the property's value or more, else 0.0."""
    return (loan_to_value > HIGH_LOAN).astype(float)


def add_features(table: pd.DataFrame) -> pd.DataFrame:
    """A copy of the table, missing numbers filled in, with the columns `other_debt` and `high_loan`."""
    known = table.fillna(TYPICAL)
    return known.assign(
        other_debt=other_debt(known["pirat"], known["hirat"]),
        high_loan=high_loan(known["lvrat"]),
    )
