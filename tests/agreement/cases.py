"""Cases for several tools at once: a table in a Parquet file, and in neutral words what is expected of it."""

import datetime
import decimal
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mlgate.scan.dialect import quote

NAMES = ["a", 'a "b"', "it's", "select", "naïve 🙂", "x; DROP TABLE t", "a b", "{0}", "a.b", "%s", "Größe", "order by"]
PATTERN, TEXTS, NUMBERS = "[a-zA-Z]1", ("a", "it's", "B1"), (-2, 0, 1, 3)
ZONES = [datetime.timezone(datetime.timedelta(hours=hours)) for hours in (0, 2, -8)]
CELLS: dict[str, st.SearchStrategy[Any]] = {
    "BIGINT": st.integers(-3, 3) | st.sampled_from([2**63 - 1, -(2**63)]),
    "DOUBLE": st.floats(-3, 3, width=16) | st.sampled_from([math.nan, math.inf, -math.inf, 1e300, 5e-324]),
    "VARCHAR": st.text(alphabet="aB1 é🙂'\\\"-", max_size=4) | st.sampled_from(TEXTS),
    "DECIMAL(18,3)": st.decimals(-3, 3, places=3) | st.just(decimal.Decimal("123456789012345.678")),
    "BOOLEAN": st.booleans(),
    "DATE": st.dates(datetime.date(1999, 1, 1), datetime.date(2030, 1, 1)),
    "TIMESTAMPTZ": st.builds(
        lambda moment, zone: moment.replace(tzinfo=zone),
        st.datetimes(datetime.datetime(2020, 3, 28), datetime.datetime(2020, 3, 30)), st.sampled_from(ZONES),
    ),
    "INTEGER[]": st.lists(st.integers(0, 3), max_size=2),
    "STRUCT(x INTEGER)": st.builds(lambda x: {"x": x}, st.integers(0, 3)),
}  # fmt: skip


@dataclass
class Case:
    """A table as column → (type, cells), and the expectations, each with its `kind`, `column` and numbers."""

    columns: dict[str, tuple[str, list[Any]]]
    expectations: list[dict[str, Any]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(next(iter(self.columns.values()))[1])


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """One to three columns of any kind, none of whose rows need be there."""
    rows = draw(st.integers(0, 9))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    kinds = [draw(st.sampled_from([*CELLS, "BIGINT", "DOUBLE", "VARCHAR"])) for _ in names]
    cells = [draw(st.lists(st.none() | CELLS[kind], min_size=rows, max_size=rows)) for kind in kinds]
    case = Case(dict(zip(names, zip(kinds, cells, strict=True), strict=True)))
    for name, kind in zip(names, kinds, strict=True):
        case.expectations += _expected(draw, name, kind)
    numbers = [name for name, kind in zip(names, kinds, strict=True) if kind in ("BIGINT", "DOUBLE")]
    if len(numbers) > 1:
        case.expectations.append({"kind": "at-most", "column": numbers[0], "other": numbers[1]})
    case.expectations.append({"kind": "rows", "column": "", "min": 1, "max": draw(st.integers(1, 9))})
    return case


def _expected(draw: st.DrawFn, name: str, kind: str) -> Iterator[dict[str, Any]]:
    yield {"kind": "missing", "column": name}
    if kind in ("BIGINT", "DOUBLE", "DECIMAL(18,3)"):
        low = draw(st.integers(-2, 2))
        yield {"kind": "range", "column": name, "min": low, "max": low + draw(st.integers(0, 3))}
    if kind in ("BIGINT", "DOUBLE"):
        yield {"kind": "in-set", "column": name, "values": list(NUMBERS)}
    if kind == "VARCHAR":
        yield {"kind": "in-set", "column": name, "values": list(TEXTS)}
        yield {"kind": "pattern", "column": name, "pattern": PATTERN}
        yield {"kind": "length", "column": name, "min": 1, "max": draw(st.integers(1, 4))}
    if kind not in ("INTEGER[]", "STRUCT(x INTEGER)"):
        yield {"kind": "unique", "column": name}


def generated(most: int) -> list[Case]:
    """So many cases, the same in each run."""
    found: list[Case] = []

    @given(cases())
    @settings(
        max_examples=most, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def collect(case: Case) -> None:
        found.append(case)

    collect()
    return found


def write(case: Case, folder: Path) -> None:
    """The case is in the folder: `table.parquet` and `expectations.json`."""
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        columns = ", ".join(f"{quote(name)} {kind}" for name, (kind, _) in case.columns.items())
        connection.execute(f"CREATE TABLE written ({columns})")
        marks = ", ".join(["?"] * len(case.columns))
        for row in zip(*(cells for _, cells in case.columns.values()), strict=True):
            connection.execute(f"INSERT INTO written VALUES ({marks})", list(row))
        connection.execute(f"COPY written TO '{folder}/table.parquet' (FORMAT parquet)")
    (folder / "expectations.json").write_text(json.dumps(case.expectations), encoding="utf-8")
