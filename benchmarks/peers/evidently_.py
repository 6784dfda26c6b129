# /// script
# requires-python = ">=3.11"
# dependencies = ["evidently==0.7.23", "pandas==2.3.3", "pyarrow==22.0.0"]
# ///
"""Evidently: its report on classification, without slices and without intervals."""

import sys


def main(task: str, folder: str) -> None:
    """The report is made of the folder's candidate."""
    import pandas as pd
    from evidently import BinaryClassification, DataDefinition, Dataset, Report
    from evidently.presets import ClassificationQuality

    new = pd.read_parquet(f"{folder}/new.parquet", columns=["y_true", "score"])
    meaning = BinaryClassification(target="y_true", prediction_probas="score", pos_label=1)
    data = Dataset.from_pandas(new, DataDefinition(classification=[meaning]))
    Report([ClassificationQuality()]).run(data, None)


if __name__ == "__main__":
    main(*sys.argv[1:])
