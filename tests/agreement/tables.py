"""A case's table and expectations, as the tools' own environment reads them."""

import json
from pathlib import Path
from typing import Any


def frame_of(case: Path) -> Any:
    """The table as a pandas frame in which whole numbers stay whole beside missing ones."""
    import pandas as pd
    import pyarrow.parquet as pq

    table = pq.read_table(case / "table.parquet")
    integers = {field.type: pd.Int64Dtype() for field in table.schema if str(field.type) == "int64"}
    return table.to_pandas(types_mapper=integers.get)


def asked_of(case: Path) -> list[dict[str, Any]]:
    """What is expected of it."""
    found: list[dict[str, Any]] = json.loads((case / "expectations.json").read_text(encoding="utf-8"))
    return found
