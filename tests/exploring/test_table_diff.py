"""`mlgate diff` of two tables: rows by key, cells and distributions, whatever the tables hold, and no cell of them."""

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlgate.scan.dialect import quote
from mlgate.scan.differing import pair_rows
from mlgate.scan.tables import connect, open_table
from tests.cli.console import mlgate
from tests.drift.tables import as_csv, normal

OLD = "id,age,city\n1,30,Bern\n2,40,Basel\n3,50,Graz\n4,60,Wien\n4,61,Wien\n"
NEW = "id,city,age,joined\n1,Bern,30,2024\n2,Zug,40,2024\n3,Graz,51,2024\n5,Linz,70,2024\n"
KEYS = st.sampled_from([None, 1, 2, 3, 4, 2**62])
CELLS = st.none() | st.floats(width=16) | st.sampled_from([float("nan"), 1e300])
ROWS = st.lists(st.tuples(KEYS, CELLS, st.none() | st.sampled_from(["", "a", "A", "ä 🙂", "it's"])), max_size=8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "old.csv").write_text(OLD)
    (tmp_path / "new.csv").write_text(NEW)
    return tmp_path


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect() as opened:
        yield opened


def test_rows_are_paired_by_key(folder: Path) -> None:
    said = json.loads(mlgate("diff", "old.csv", "new.csv", "--key", "id", "--json", cwd=folder).out)
    assert said["schema"] == {"added": ["joined"]}
    assert said["rows"] == {
        "key": ["id"], "added": 1, "removed": 0, "changed": 2, "same": 1, "unpaired": [2, 0],
        "cells": {"age": 1, "city": 1},
    }  # fmt: skip


def test_the_terminal_shows_counts_and_no_cell(folder: Path) -> None:
    seen = mlgate("diff", "old.csv", "new.csv", "--key", "id", cwd=folder)
    assert seen.code == 0
    assert "rows         5 → 4 (-20.0 %)" in seen.out
    assert (
        "by id        1 added · 0 removed · 2 changed · 1 the same · without a key of their own: 2 before" in seen.out
    )
    assert not any(cell in seen.out for cell in ("Zug", "Basel", "Bern", "51", "2024"))


def test_without_a_key_distributions_are_compared(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(as_csv(normal(3_000, seed=1)))
    (tmp_path / "b.csv").write_text(as_csv(normal(3_000, seed=2, shifted={"x1": 0.5})))
    said = json.loads(mlgate("diff", "a.csv", "b.csv", "--json", cwd=tmp_path).out)
    far = {name for name, column in said["columns"].items() if column["p"] < 1e-3}
    assert (said["rows"], far) == (None, {"x1"})


def test_the_key_of_a_configured_table_is_used(folder: Path) -> None:
    (folder / "mlgate.yml").write_text(
        "version: 1\ntables:\n  now: {path: new.csv, key: id}\nchecks: {duplicates: {table: now}}\n"
    )
    said = json.loads(mlgate("diff", "old.csv", "now", "--json", cwd=folder).out)
    assert said["rows"]["key"] == ["id"]


def test_tables_of_other_formats_and_types_are_compared(folder: Path) -> None:
    duckdb.connect().execute(f"COPY (FROM '{folder}/old.csv') TO '{folder}/old.parquet'")
    with sqlite3.connect(folder / "old.db") as database:
        database.execute("CREATE TABLE people (id TEXT, age REAL, city TEXT)")
        database.executemany("INSERT INTO people VALUES (?, ?, ?)", [r.split(",") for r in OLD.splitlines()[1:]])
    for other in ("old.parquet", "old.db"):
        arguments = ("diff", "old.csv", other, "--key", "id", "--relation", "people", "--json")
        rows = json.loads(mlgate(*arguments, cwd=folder).out)["rows"]
        assert (rows["added"], rows["removed"], rows["changed"], rows["same"]) == (0, 0, 0, 3), other


def test_a_file_held_by_pointer_is_compared_by_what_the_pointer_says(folder: Path) -> None:
    sha256 = hashlib.sha256(NEW.encode()).hexdigest()
    (folder / "now.csv").write_text(
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {len(NEW)}\n"
    )
    assert ": the same bytes" in mlgate("diff", "new.csv", "now.csv", cwd=folder).out
    seen = mlgate("diff", "old.csv", "now.csv", "--key", "id", cwd=folder)
    assert f"now.csv: a Git LFS pointer, {len(NEW)} bytes, {sha256}" in seen.out
    assert "Rows were not compared: pull both files first." in seen.out

    md5 = hashlib.md5(OLD.encode()).hexdigest()
    (folder / "then.csv.dvc").write_text(f"outs:\n- md5: {md5}\n  size: {len(OLD)}\n  path: then.csv\n")
    assert ": the same bytes" in mlgate("diff", "then.csv", "old.csv", cwd=folder).out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["none.csv", "new.csv"], "there is no table none.csv"), (["old.csv", "new.csv", "--key", "idd"], "mean 'id'"),
     (["churn@v1.0.0", "new.csv"], "there is no table churn@v1.0.0")],
)  # fmt: skip
def test_what_cannot_be_compared_is_told(arguments: list[str], said: str, folder: Path) -> None:
    seen = mlgate("diff", *arguments, cwd=folder)
    assert (seen.code, said in seen.err) == (2, True)


@given(ROWS, ROWS, st.sampled_from(["x", 'a "b"', "it's {0}", "select", "🙂"]))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_counts_are_those_of_a_loop_over_rows(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, before: list[Any], now: list[Any], name: str
) -> None:
    facts = []
    for side, rows in (("before", before), ("now", now)):
        file = tmp_path / f"{side}.parquet"
        connection.execute(f"CREATE OR REPLACE TABLE w (id BIGINT, {quote(name)} DOUBLE, note VARCHAR)")
        if rows:
            connection.execute(
                f"INSERT INTO w VALUES {', '.join(['(?, ?, ?)'] * len(rows))}", [c for r in rows for c in r]
            )
        connection.execute(f"COPY w TO '{file}'")
        facts.append(open_table(connection, side, file.name, (file,)).facts)
    found = pair_rows(connection, facts[0], facts[1], ("id",))
    sides = [by_key(rows) for rows in (before, now)]
    shared = sides[0].keys() & sides[1].keys()
    changed = [key for key in shared if not same(sides[0][key], sides[1][key])]
    assert (found.added, found.removed) == (len(sides[1].keys() - shared), len(sides[0].keys() - shared))
    assert (found.changed, found.same) == (len(changed), len(shared) - len(changed))
    assert found.unpaired == (len(before) - len(sides[0]), len(now) - len(sides[1]))
    cells = [sum(not same((sides[0][k][i],), (sides[1][k][i],)) for k in shared) for i in (0, 1)]
    assert found.cells == {name: cells[0], "note": cells[1]}


def by_key(rows: list[Any]) -> dict[int, Any]:
    counts = Counter(row[0] for row in rows)
    return {row[0]: row[1:] for row in rows if row[0] is not None and counts[row[0]] == 1}


def same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return all(a == b or (a != a and b != b) for a, b in zip(one, other, strict=True))
