"""Profiles hold counts and no row, merge exactly, and are read back or refused."""

from pathlib import Path

import duckdb
import numpy as np
import pytest

from mlgate.drift.comparing import distance
from mlgate.drift.profile import ColumnProfile, Profile, from_json, merge, to_json
from mlgate.errors import UserError
from mlgate.scan.distributions import profile_of
from mlgate.scan.duckdb_engine import DuckDB
from mlgate.scan.tables import OpenTable, connect, open_table
from mlgate.scan.texts import UNKNOWN

FACES = ("a", "b", "c")


def opened(
    connection: duckdb.DuckDBPyConnection, folder: Path, name: str, rows: range, shift: float = 0.0
) -> OpenTable:
    """A table of numbers, categories, dates and texts."""
    generator = np.random.default_rng(rows.start)
    lines = [
        f"{generator.normal() + shift:.6f},{FACES[i % 3]},2024-01-{1 + i % 28:02},note {i} of {generator.random()},"
        f"{'' if i % 10 == 0 else i}"
        for i in rows
    ]
    file = folder / f"{name}.csv"
    file.write_text("x,face,day,note,gaps\n" + "\n".join(lines) + "\n")
    return open_table(connection, name, file.name, (file,))


def test_the_profiles_of_parts_merge_to_that_of_the_whole(tmp_path: Path) -> None:
    with connect() as connection:
        one, two = (opened(connection, tmp_path, f"t{i}", range(1500 * i, 1500 * i + 1500)) for i in (0, 1))
        connection.execute("CREATE TABLE whole AS SELECT * FROM t0 UNION ALL SELECT * FROM t1")
        columns = tuple(one.facts.columns)
        layout = profile_of(DuckDB(connection), one.facts, columns)
        parts = [profile_of(DuckDB(connection), part.facts, columns, layout) for part in (one, two)]
        whole = one.facts.__class__("whole", "whole", one.facts.columns, one.facts.types)
        assert merge(parts) == profile_of(DuckDB(connection), whole, columns, layout)
        assert without_words(merge([layout, parts[1]])) == without_words(merge(parts))


def without_words(profile: Profile) -> dict[str, ColumnProfile]:
    """All columns but those of unknown words, of which a layout counts only the texts that it did not learn from."""
    return {name: column for name, column in profile.columns.items() if not column.words}


def test_each_row_is_counted_once_and_rare_categories_have_no_name(tmp_path: Path) -> None:
    with connect() as connection:
        table = opened(connection, tmp_path, "t", range(1500))
        connection.execute("INSERT INTO t SELECT * REPLACE ('rare' AS face) FROM t LIMIT 9")
        profile = profile_of(DuckDB(connection), table.facts, tuple(table.facts.columns))
    others = without_words(profile)
    assert {name: column.rows for name, column in others.items()} == dict.fromkeys(others, 1509)
    assert 600 < profile.columns["note: unknown words"].rows < 900
    assert set(profile.columns["face"].categories) == set(FACES)
    assert profile.columns["face"].other == 9
    assert "note: length" in profile.columns
    assert profile.columns["gaps"].missing == 151
    assert b"rare" not in to_json(profile)


def test_a_profile_is_read_back_as_it_was() -> None:
    profile = Profile(rows=3, columns={"a": ColumnProfile(kind="category", categories={"x": 2}, missing=1)})
    assert from_json(to_json(profile), "p.json") == profile


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'{"version":2,"rows":1,"columns":{}}', b'{"rows":-1,"columns":{}}', b"[" * 9999]
)
def test_what_is_no_profile_is_refused(data: bytes) -> None:
    with pytest.raises(UserError, match="no profile"):
        from_json(data, "p.json")


def test_profiles_on_other_grids_are_not_merged(tmp_path: Path) -> None:
    with connect() as connection:
        one = opened(connection, tmp_path, "t0", range(300))
        two = opened(connection, tmp_path, "t1", range(300), shift=50.0)
        profiles = [profile_of(DuckDB(connection), t.facts, ("x",)) for t in (one, two)]
    with pytest.raises(UserError, match="counted differently"):
        merge(profiles)


def test_new_words_are_told_from_known_ones_and_none_stands_in_the_profile(tmp_path: Path) -> None:
    generator = np.random.default_rng(3)

    def texts(name: str, words: list[str], rows: int = 3_000) -> OpenTable:
        said = generator.choice(words, size=(rows, 6))
        file = tmp_path / f"{name}.csv"
        file.write_text("note\n" + "\n".join(f"{' '.join(row)} n{i}" for i, row in enumerate(said)) + "\n")
        return open_table(connection, name, file.name, (file,))

    usual = [f"{a}{b}" for a in ("heron", "otter", "lynx", "moose") for b in ("nest", "trail", "water", "berry")]
    changed = [word[::-1] if word.startswith("heron") else word for word in usual]
    name = f"note: {UNKNOWN}"
    with connect() as connection:
        before = profile_of(DuckDB(connection), texts("before", usual).facts, ("note",))
        same, other = (
            profile_of(DuckDB(connection), texts(f"t{i}", words).facts, ("note",), before)
            for i, words in enumerate((usual, changed))
        )
    assert distance(before.columns[name], same.columns[name], "ks").value < 0.03
    assert distance(before.columns[name], other.columns[name], "ks").value > 0.5
    assert distance(before.columns["note: length"], other.columns["note: length"], "ks").value < 0.05
    assert not any(word.encode() in to_json(before) for word in usual)


def test_a_column_of_another_kind_is_not_counted_like_the_first(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n" + "1,2\n" * 50)
    (tmp_path / "b.csv").write_text("x,y\n" + "one,2\n" * 50)
    with connect() as connection:
        one, two = (open_table(connection, n, f"{n}.csv", (tmp_path / f"{n}.csv",)) for n in ("a", "b"))
        before = profile_of(DuckDB(connection), one.facts, ("x", "y"))
        assert set(profile_of(DuckDB(connection), two.facts, ("x", "y"), before).columns) == {"y"}
