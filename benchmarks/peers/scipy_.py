# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "pandas==2.3.3", "pyarrow==22.0.0", "scipy==1.17.1"]
# ///
"""scipy: its own paired bootstrap of the difference of two areas, which it makes of ranks."""

import sys
from typing import Any

DRAWS, WANTED = 5, 1_000


def main(task: str, folder: str) -> None:
    """The task is done on the folder's tables; `x N` is printed where only a share of it was done."""
    import pandas as pd
    from scipy.stats import bootstrap, rankdata

    new = pd.read_parquet(f"{folder}/new.parquet", columns=["y_true", "score"])
    old = pd.read_parquet(f"{folder}/old.parquet", columns=["score"])

    def area(truth: Any, score: Any) -> Any:
        is_positive = truth.astype(bool)  # scipy makes numbers of it
        positives = is_positive.sum()
        ranks = rankdata(score)[is_positive].sum() - positives * (positives + 1) / 2
        return ranks / (positives * (len(truth) - positives))

    def difference(truth: Any, one: Any, other: Any) -> Any:
        return area(truth, one) - area(truth, other)

    bootstrap(
        (new["y_true"].to_numpy(bool), new["score"].to_numpy(), old["score"].to_numpy()), difference,
        paired=True, vectorized=False, n_resamples=DRAWS, batch=1, method="percentile", rng=1,
    )  # fmt: skip
    print(f"x {WANTED / DRAWS:g}")


if __name__ == "__main__":
    main(*sys.argv[1:])
