"""Drift by each peer, run in the peer's own environment: `drift_peers.py NAME FOLDER` prints its KS distances."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from data_specification import COLUMNS  # type: ignore[import-not-found]

COMPARED = [c for c in COLUMNS if c not in ("id", "code")]
CATEGORIES = ["country", "plan", "product", "active", "churned"]
NUMBERS = [c for c in COMPARED if c not in (*CATEGORIES, "signup", "updated")]
Frame = Any


def scipy(reference: Frame, current: Frame) -> dict[str, float]:
    """A KS test of each number and time, and a chi-squared test of each category."""
    import pandas as pd
    from scipy.stats import chi2_contingency, ks_2samp

    found = {}
    for column in [c for c in COMPARED if c not in CATEGORIES]:
        one, two = (frame[column].dropna().astype("int64" if column in ("signup", "updated") else "float64").to_numpy()
                    for frame in (reference, current))  # fmt: skip
        distance = float(ks_2samp(one, two, method="asymp").statistic)
        if not reference[column].hasnans:  # missing values are a cell of ours
            found[column] = distance
    for column in CATEGORIES:
        counts = [frame[column].value_counts() for frame in (reference, current)]
        chi2_contingency(pd.concat(counts, axis=1).fillna(0).to_numpy().T)
    return found


def evidently(reference: Frame, current: Frame) -> dict[str, float]:
    """Its preset, with KS tests of numbers, which give p-values only."""
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    definition = DataDefinition(numerical_columns=NUMBERS, categorical_columns=CATEGORIES)
    data = [Dataset.from_pandas(frame[[*NUMBERS, *CATEGORIES]], definition) for frame in (current, reference)]
    Report([DataDriftPreset(num_method="ks")]).run(*data)
    return {}


def nannyml(reference: Frame, current: Frame) -> dict[str, float]:
    """Its univariate calculator with KS and chi-squared tests, the current table as one chunk."""
    import nannyml as nml

    calculator = nml.UnivariateDriftCalculator(
        column_names=[*NUMBERS, *CATEGORIES], treat_as_categorical=CATEGORIES, chunk_number=1,
        continuous_methods=["kolmogorov_smirnov"], categorical_methods=["chi2"],
    )  # fmt: skip
    result = calculator.fit(reference).calculate(current).filter(period="analysis").to_df()
    return {c: float(result[(c, "kolmogorov_smirnov", "value")].iloc[0]) for c in NUMBERS if not reference[c].hasnans}


def deepchecks(reference: Frame, current: Frame) -> dict[str, float]:
    """Its feature drift with KS distances of all rows."""
    from deepchecks.tabular import Dataset
    from deepchecks.tabular.checks import FeatureDrift

    kept = [*NUMBERS, *CATEGORIES]
    train, test = (Dataset(frame[kept], cat_features=CATEGORIES) for frame in (reference, current))
    check = FeatureDrift(numerical_drift_method="KS", n_samples=len(reference), margin_quantile_filter=0)
    found = check.run(train, test).value
    return {c: float(found[c]["Drift score"]) for c in NUMBERS if not reference[c].hasnans}


PEERS: dict[str, Callable[[Frame, Frame], dict[str, float]]] = {
    "scipy": scipy, "evidently": evidently, "nannyml": nannyml, "deepchecks": deepchecks,
}  # fmt: skip


def main(name: str, folder: str) -> None:
    """Both tables are read, and compared by the tool."""
    import pandas as pd

    reference, current = (pd.read_parquet(f"{folder}/{t}.parquet", columns=COMPARED) for t in ("train", "test"))
    print(json.dumps(PEERS[name](reference, current)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
