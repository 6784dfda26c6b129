"""pandera's answers to the cases of a folder, as JSON: of each expectation whether it holds, and the rows."""

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pyarrow.parquet as pq


def main(folder: Path) -> None:
    """`pandera.json` is in the folder."""
    answers = {}
    for case in sorted(folder.iterdir()):
        if case.is_dir():
            table = pq.read_table(case / "table.parquet")
            integers = {field.type: pd.Int64Dtype() for field in table.schema if str(field.type) == "int64"}
            frame = table.to_pandas(types_mapper=integers.get)
            asked = json.loads((case / "expectations.json").read_text(encoding="utf-8"))
            answers[case.name] = [answer(each, frame) for each in asked]
    (folder / "pandera.json").write_text(json.dumps(answers), encoding="utf-8")


def schema(asked: dict[str, Any]) -> Any:
    """The tool's own schema with this one expectation."""
    column, kind = asked["column"], asked["kind"]
    if kind == "missing":
        return pa.DataFrameSchema({column: pa.Column(nullable=False)})
    if kind == "unique":
        return pa.DataFrameSchema({column: pa.Column(nullable=True, unique=True, report_duplicates="exclude_first")})
    if kind == "at-most":
        return pa.DataFrameSchema(checks=pa.Check(lambda f: ordered(f[column], f[asked["other"]]), ignore_na=False))
    if kind == "rows":
        return pa.DataFrameSchema(checks=pa.Check(lambda f: asked["min"] <= len(f) <= asked["max"]))
    checks = {
        "range": lambda: pa.Check.in_range(asked["min"], asked["max"]),
        "in-set": lambda: pa.Check.isin(asked["values"]),
        "pattern": lambda: pa.Check.str_contains(asked["pattern"]),
        "length": lambda: pa.Check.str_length(asked["min"], asked["max"]),
    }
    return pa.DataFrameSchema({column: pa.Column(checks=checks[kind](), nullable=True)})


def answer(asked: dict[str, Any], frame: pd.DataFrame) -> dict[str, Any]:
    """Whether it holds, how many rows break it, and the tool's error if it has one."""
    if asked["kind"] == "unique":  # of values that are there, as the others say it
        frame = frame[frame[asked["column"]].notna()]
    try:
        schema(asked).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
        raised = [str(text)[:200] for text in cases["check"] if "error" in str(text).lower()]
        return {"holds": False, "rows": None if asked["kind"] == "rows" else cases["index"].nunique(), "error": raised}
    return {"holds": True, "rows": 0, "error": []}


def ordered(one: Any, other: Any) -> Any:
    """Whether one is at most the other, or either is missing."""
    return one.isna() | other.isna() | (one <= other).fillna(True).astype(bool)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
