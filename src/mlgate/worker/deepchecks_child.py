"""The suites of deepchecks on tables, run in an environment of their own: deepchecks imports only with old libraries.

Arguments: a JSON file that says what to run, and the JSON file for the results. Of a condition only its name and
whether it holds leave this process: the details that deepchecks gives quote cells.
"""

import json
import sys
import warnings
from typing import Any

MOST_CATEGORIES = 200  # different texts of a column that is taken as one of categories


def main() -> None:
    """The results are written."""
    with open(sys.argv[1], encoding="utf-8") as stream:
        wanted = json.load(stream)
    warnings.filterwarnings("ignore")
    from deepchecks.tabular import suites

    test = dataset(wanted["table"], wanted)
    train = dataset(wanted["reference"], wanted) if wanted["reference"] else None
    makers = {"data-integrity": suites.data_integrity, "train-test": suites.train_test_validation}
    found = []
    for name in wanted["suites"]:
        given = (train, test) if name == "train-test" else (test,)
        done = makers[name]().run(*given, with_display=False)
        found += [each for result in done.results for each in conditions(name, result)]
    with open(sys.argv[2], "w", encoding="utf-8") as stream:
        json.dump(found, stream)


def dataset(path: str, wanted: dict[str, Any]) -> Any:
    """A table as deepchecks wants it."""
    import pandas
    from deepchecks.tabular import Dataset

    frame = pandas.read_parquet(path)
    given = {name: wanted[name] for name in ("label", "index_name") if wanted[name] in frame}
    features = [name for name in frame if name not in given.values()]
    categories = [name for name in features if is_category(frame[name])]
    return Dataset(frame, features=features, cat_features=categories, **given)


def is_category(column: Any) -> bool:
    """Whether deepchecks should take it as one of categories."""
    is_text = column.dtype == object or column.dtype == bool
    return bool(is_text and column.nunique() <= MOST_CATEGORIES)


def conditions(suite: str, result: Any) -> list[dict[str, str]]:
    """The conditions of one check, each with its name and category; a check that did not run has none and says so."""
    name = type(result.check).__name__
    held = getattr(result, "conditions_results", None)
    if held is None:
        return [{"suite": suite, "check": name, "condition": "", "category": type(result.exception).__name__}]
    return [{"suite": suite, "check": name, "condition": c.name, "category": c.category.value} for c in held]


if __name__ == "__main__":
    main()
