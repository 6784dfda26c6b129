"""Trains the model on data/train.csv and writes model.skops: `python train.py`."""

from pathlib import Path
from zipfile import ZIP_DEFLATED

import pandas as pd
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from features import add_features

HERE = Path(__file__).parent
TARGET = "deny"
NUMBERS = ["pirat", "hirat", "lvrat", "unemp", "chist", "mhist", "other_debt", "high_loan"]
CATEGORIES = ["phist", "selfemp", "insurance", "condomin", "single", "hschool"]  # afam is not a feature


def pipeline() -> Pipeline:
    """The untrained model; categories that it has not seen count as none."""
    columns = ColumnTransformer(
        [("numbers", StandardScaler(), NUMBERS), ("categories", OneHotEncoder(handle_unknown="ignore"), CATEGORIES)]
    )
    # Newton's method run to convergence gives the same predictions at each run and on each machine.
    classifier = LogisticRegression(solver="newton-cholesky", tol=1e-10, random_state=17)
    return Pipeline([("columns", columns), ("classifier", classifier)])


def train(table: pd.DataFrame) -> Pipeline:
    """The model fitted to a table that has the target column."""
    return pipeline().fit(add_features(table), table[TARGET])


if __name__ == "__main__":
    model = train(pd.read_csv(HERE / "data" / "train.csv"))
    skops.io.dump(model, HERE / "model.skops", compression=ZIP_DEFLATED)
