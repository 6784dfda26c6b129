"""Great Expectations' answers to the cases of a folder, as JSON: of each expectation whether it holds, and the rows."""

import json
import sys
from pathlib import Path
from typing import Any


def main(folder: Path) -> None:
    """`great-expectations.json` is in the folder."""
    import great_expectations as gx

    from tests.agreement.tables import asked_of, frame_of

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("files").add_dataframe_asset("table")
    batches = asset.add_batch_definition_whole_dataframe("all")
    answers = {}
    for case in sorted(path for path in folder.iterdir() if path.is_dir()):
        batch = batches.get_batch({"dataframe": frame_of(case)})
        answers[case.name] = [answer(batch.validate(expectation(gx.expectations, e))) for e in asked_of(case)]
    (folder / "great-expectations.json").write_text(json.dumps(answers), encoding="utf-8")


def expectation(kinds: Any, asked: dict[str, Any]) -> Any:
    """The tool's own expectation."""
    column, ends = asked["column"], {f"{end}_value": asked[end] for end in ("min", "max") if end in asked}
    makers = {
        "missing": lambda: kinds.ExpectColumnValuesToNotBeNull(column=column),
        "range": lambda: kinds.ExpectColumnValuesToBeBetween(column=column, **ends),
        "in-set": lambda: kinds.ExpectColumnValuesToBeInSet(column=column, value_set=asked["values"]),
        "pattern": lambda: kinds.ExpectColumnValuesToMatchRegex(column=column, regex=asked["pattern"]),
        "length": lambda: kinds.ExpectColumnValueLengthsToBeBetween(column=column, **ends),
        "unique": lambda: kinds.ExpectColumnValuesToBeUnique(column=column),
        "rows": lambda: kinds.ExpectTableRowCountToBeBetween(**ends),
        "at-most": lambda: kinds.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=asked["other"], column_B=column, or_equal=True, ignore_row_if="either_value_is_missing"
        ),
    }
    return makers[asked["kind"]]()


def answer(found: Any) -> dict[str, Any]:
    """Whether it holds, how many rows break it where the tool counts them, and its error if it has one."""
    info = found.exception_info or {}
    each = [info] if "raised_exception" in info else list(info.values())
    raised = [one["exception_message"] for one in each if one.get("raised_exception")]
    return {"holds": bool(found.success), "rows": found.result.get("unexpected_count"), "error": raised[:1]}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
