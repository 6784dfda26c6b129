"""Great Expectations' answers to the cases of a folder, as JSON: of each expectation whether it holds, and the rows."""

import json
import sys
from pathlib import Path
from typing import Any

import great_expectations as gx
import pandas as pd
import pyarrow.parquet as pq
from great_expectations import expectations as gxe


def main(folder: Path) -> None:
    """`great-expectations.json` is in the folder."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    batches = (
        context.data_sources.add_pandas("files")
        .add_dataframe_asset("table")
        .add_batch_definition_whole_dataframe("all")
    )
    answers = {}
    for case in sorted(folder.iterdir()):
        if case.is_dir():
            table = pq.read_table(case / "table.parquet")
            integers = {field.type: pd.Int64Dtype() for field in table.schema if str(field.type) == "int64"}
            frame = table.to_pandas(types_mapper=integers.get)  # whole numbers stay whole beside missing ones
            asked = json.loads((case / "expectations.json").read_text(encoding="utf-8"))
            batch = batches.get_batch({"dataframe": frame})
            answers[case.name] = [answer(batch.validate(expectation(each))) for each in asked]
    (folder / "great-expectations.json").write_text(json.dumps(answers), encoding="utf-8")


def expectation(asked: dict[str, Any]) -> Any:
    """The tool's own expectation."""
    column = asked["column"]
    if asked["kind"] == "missing":
        return gxe.ExpectColumnValuesToNotBeNull(column=column)
    if asked["kind"] == "range":
        return gxe.ExpectColumnValuesToBeBetween(column=column, min_value=asked["min"], max_value=asked["max"])
    if asked["kind"] == "in-set":
        return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=asked["values"])
    if asked["kind"] == "pattern":
        return gxe.ExpectColumnValuesToMatchRegex(column=column, regex=asked["pattern"])
    if asked["kind"] == "length":
        return gxe.ExpectColumnValueLengthsToBeBetween(column=column, min_value=asked["min"], max_value=asked["max"])
    if asked["kind"] == "unique":
        return gxe.ExpectColumnValuesToBeUnique(column=column)
    if asked["kind"] == "at-most":
        return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=asked["other"], column_B=column, or_equal=True, ignore_row_if="either_value_is_missing"
        )
    return gxe.ExpectTableRowCountToBeBetween(min_value=asked["min"], max_value=asked["max"])


def answer(found: Any) -> dict[str, Any]:
    """Whether it holds, how many rows break it where the tool counts them, and its error if it has one."""
    raised = [each["exception_message"] for each in errors(found.exception_info)]
    return {"holds": bool(found.success), "rows": found.result.get("unexpected_count"), "error": raised[:1]}


def errors(info: Any) -> list[Any]:
    """What was raised."""
    each = [info] if "raised_exception" in (info or {}) else list((info or {}).values())
    return [one for one in each if one.get("raised_exception")]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
