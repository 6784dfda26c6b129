# /// script
# requires-python = ">=3.11"
# dependencies = ["fairlearn==0.12.0", "numpy==1.26.4", "pandas==2.2.3", "pyarrow==18.1.0", "scikit-learn==1.5.2"]
# ///
"""fairlearn: accuracy and others of 35 slices, or a bootstrap of three gaps over two columns and their crossing."""

import sys

DRAWS, WANTED = 5, 1_000


def main(task: str, folder: str) -> None:
    """The task is done on the folder's tables; `x N` is printed where only a share of it was done."""
    import pandas as pd
    from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
    from sklearn import metrics as m

    new = pd.read_parquet(f"{folder}/new.parquet")
    truth, predicted = new["y_true"], (new["score"] >= 0.5).astype(int)
    if task == "metrics":
        of = {f.__name__: f for f in (m.accuracy_score, m.precision_score, m.recall_score, m.f1_score)}
        for column in ("region", "channel", "age"):
            MetricFrame(metrics=of, y_true=truth, y_pred=predicted, sensitive_features=new[column])
    elif task == "fairness":
        of = {f.__name__: f for f in (selection_rate, true_positive_rate, false_positive_rate)}
        for columns in (["sex"], ["race"], ["sex", "race"]):
            frame = MetricFrame(
                metrics=of, y_true=truth, y_pred=predicted, sensitive_features=new[columns],
                n_boot=DRAWS, ci_quantiles=[0.025, 0.975], random_state=1,
            )  # fmt: skip
            frame.difference_ci()
        print(f"x {WANTED / DRAWS:g}")


if __name__ == "__main__":
    main(*sys.argv[1:])
