"""pandera's answers to the cases of a folder, as JSON: of each expectation whether it holds, and the rows."""

import json
import sys
from pathlib import Path
from typing import Any


def main(folder: Path) -> None:
    """`pandera.json` is in the folder."""
    import pandera.pandas as pa

    from tests.agreement.tables import asked_of, frame_of

    answers = {}
    for case in sorted(path for path in folder.iterdir() if path.is_dir()):
        frame = frame_of(case)
        answers[case.name] = [answer(pa, asked, frame) for asked in asked_of(case)]
    (folder / "pandera.json").write_text(json.dumps(answers), encoding="utf-8")


def schema(pa: Any, asked: dict[str, Any]) -> Any:
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


def answer(pa: Any, asked: dict[str, Any], frame: Any) -> dict[str, Any]:
    """Whether it holds, how many rows break it, and the tool's error if it has one."""
    if asked["kind"] == "unique":  # of values that are there, as the others say it
        frame = frame[frame[asked["column"]].notna()]
    try:
        schema(pa, asked).validate(frame, lazy=True)
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
