"""What is served, and what the gate calls: `predict` gives each application its risk of denial."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features import add_features

if TYPE_CHECKING:
    import pandas as pd

MODEL = Path(__file__).with_name("model.skops")


@cache
def model() -> Any:
    """The trained pipeline, loaded at the first prediction; skops refuses types that it does not know as safe."""
    import skops.io

    return skops.io.load(MODEL)


def predict(table: pd.DataFrame) -> pd.DataFrame:
    """One row per application, in the same order: `score` is the probability of denial."""
    denied = list(model().classes_).index("yes")
    score = model().predict_proba(add_features(table))[:, denied]
    return table.assign(score=score)[["score"]]
