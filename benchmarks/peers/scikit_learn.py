# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "pandas==2.3.3", "pyarrow==22.0.0", "scikit-learn==1.9.1"]
# ///
"""scikit-learn: seven metrics and the accuracy of 35 slices, or a row bootstrap of the difference of areas."""

import sys

DRAWS, WANTED = 5, 1_000


def main(task: str, folder: str) -> None:
    """The task is done on the folder's tables; `x N` is printed where only a share of it was done."""
    import numpy as np
    import pandas as pd
    from sklearn import metrics as m

    new = pd.read_parquet(f"{folder}/new.parquet")
    truth, score = new["y_true"].to_numpy(), new["score"].to_numpy()
    predicted = score >= 0.5
    if task == "metrics":
        for metric in (m.accuracy_score, m.precision_score, m.recall_score, m.f1_score):
            metric(truth, predicted)
        for metric in (m.roc_auc_score, m.log_loss, m.brier_score_loss):
            metric(truth, score)
        for column in ("region", "channel", "age"):
            for value in new[column].unique():
                rows = (new[column] == value).to_numpy()
                m.accuracy_score(truth[rows], predicted[rows])
    elif task == "paired":
        old = pd.read_parquet(f"{folder}/old.parquet")["score"].to_numpy()
        rng = np.random.default_rng(1)
        for _ in range(DRAWS):
            at = rng.integers(0, len(truth), len(truth))
            m.roc_auc_score(truth[at], score[at]) - m.roc_auc_score(truth[at], old[at])
        print(f"x {WANTED / DRAWS:g}")


if __name__ == "__main__":
    main(*sys.argv[1:])
