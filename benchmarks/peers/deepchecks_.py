# /// script
# requires-python = ">=3.11,<3.12"
# dependencies = [
#   "deepchecks==0.19.1", "numpy==1.26.4", "pandas==2.2.3", "scikit-learn==1.5.2", "setuptools==80.9.0",
#   "plotly==5.24.1", "pyarrow==18.1.0",
# ]
# ///
"""deepchecks: its check of performance against another set, and its search for weak segments."""

import sys


def main(task: str, folder: str) -> None:
    """The checks have run on the folder's candidate, the first half of the rows against the second."""
    import numpy as np
    import pandas as pd
    from deepchecks.tabular import Dataset
    from deepchecks.tabular.checks import TrainTestPerformance, WeakSegmentsPerformance

    new = pd.read_parquet(f"{folder}/new.parquet")
    columns = ["region", "channel", "age", "sex", "race"]
    half = len(new) // 2
    parts = [new.iloc[:half], new.iloc[half:]]
    train, test = (Dataset(p[[*columns, "y_true"]], label="y_true", cat_features=columns) for p in parts)
    scores = [np.column_stack([1 - p["score"], p["score"]]) for p in parts]
    said = {
        "y_pred_train": (scores[0][:, 1] >= 0.5).astype(int), "y_pred_test": (scores[1][:, 1] >= 0.5).astype(int),
        "y_proba_train": scores[0], "y_proba_test": scores[1], "model_classes": [0, 1],
    }  # fmt: skip
    TrainTestPerformance().run(train, test, **said)
    WeakSegmentsPerformance(n_samples=len(new)).run(
        test, y_pred=said["y_pred_test"], y_proba=scores[1], model_classes=[0, 1]
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
