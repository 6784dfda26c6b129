"""CSV files as the world writes them, and tables in many files: read as they are meant, or not at all."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mlgate.config import Csv, Table
from mlgate.errors import UserError
from mlgate.scan.formats import find_files
from mlgate.scan.tables import OpenTable, connect, open_table


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect() as connected:
        yield connected


def opened(connection: duckdb.DuckDBPyConnection, root: Path, path: str, **how: Any) -> OpenTable:
    return open_table(connection, "t", path, find_files(root, path), Table(path=path, **how))


def rows(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return connection.execute("SELECT * FROM t").fetchall()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_says_how_a_file_is_encoded(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection, encoding: str
) -> None:
    (tmp_path / "t.csv").write_bytes("id,town\n1,Zürich\n2,東京\n".encode(encoding))
    opened(connection, tmp_path, "t.csv")
    assert rows(connection) == [(1, "Zürich"), (2, "東京")]


def test_utf_16_with_its_bytes_the_other_way_round(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    (tmp_path / "t.csv").write_bytes(b"\xfe\xff" + "id,town\n1,Zürich\n".encode("utf-16-be"))
    opened(connection, tmp_path, "t.csv")
    assert rows(connection) == [(1, "Zürich")]


@pytest.mark.parametrize(
    ("text", "how", "expected"),
    [
        ("1;2,5\n", {"names": ("a", "b"), "delimiter": ";", "decimal": ","}, [(1, 2.5)]),
        ("a;b\n1;2,5\n3;4,0\n", {"decimal": ","}, [(1, 2.5), (3, 4.0)]),
        ("report of May\n\na,b\n1,2\n", {"skip": 2}, [(1, 2)]),
        ("a,b\n1,'x,y'\n", {"quote": "'"}, [(1, "x,y")]),
        ('a,b\n1,5" pipe\n', {"quote": ""}, [(1, '5" pipe')]),
        ('a,b\n1,"say \\"hi\\""\n', {"escape": "\\"}, [(1, 'say "hi"')]),
        ("a,b\n1,-\n2,3\n", {"missing": ("-",)}, [(1, None), (2, 3)]),
        ("a~b\n1~2\n", {"delimiter": "~"}, [(1, 2)]),
        ("a\n1\n2\n", {}, [(1,), (2,)]),
        ("a,b\r\n1,2\n3,4\r\n", {}, [(1, 2), (3, 4)]),
        ("a,b\r1,2\r3,4\r", {}, [(1, 2), (3, 4)]),
        ('"a","b"\n"1,5","x;y;z"\n"2","p;q;r"\n', {}, [("1,5", "x;y;z"), ("2", "p;q;r")]),
    ],
)
def test_a_file_is_read_by_its_first_lines_and_by_what_the_configuration_says(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection, text: str, how: dict[str, Any], expected: list[Any]
) -> None:
    (tmp_path / "t.csv").write_bytes(text.encode())
    opened(connection, tmp_path, "t.csv", csv=Csv(**how))
    assert rows(connection) == expected


def test_dates_are_read_in_the_format_that_the_configuration_names(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    (tmp_path / "t.csv").write_text("id,day\n1,03.04.2024\n2,31.12.2024\n")
    how = {"csv": Csv(date_format="%d.%m.%Y"), "kinds": {"day": "date"}}
    assert opened(connection, tmp_path, "t.csv", **how).facts.columns["day"] == "date"
    assert [str(day) for _, day in rows(connection)] == ["2024-04-03", "2024-12-31"]


@pytest.mark.parametrize(
    ("kind", "family"),
    [("text", "string"), ("number", "float"), ("integer", "integer"), ("boolean", "boolean"), ("category", "integer")],
)
def test_a_column_of_a_csv_file_has_the_kind_that_the_configuration_says(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection, kind: str, family: str
) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,x\n0,y\n")
    assert opened(connection, tmp_path, "t.csv", kinds={"a": kind}).facts.columns["a"] == family


def test_an_encoding_that_does_not_exist_is_told_with_the_nearest(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n")
    with pytest.raises(UserError, match="there is no encoding 'cp1225'") as raised:
        opened(connection, tmp_path, "t.csv", csv=Csv(encoding="cp1225"))
    assert "did you mean 'cp125" in str(raised.value)


def test_the_line_that_is_told_counts_those_that_are_skipped(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    (tmp_path / "t.csv").write_text("report\na,b\n1,2\n3\n")
    with pytest.raises(UserError, match="line 4, has 1 field and the header 2"):
        opened(connection, tmp_path, "t.csv", csv=Csv(skip=1))


# --- tables in many files -----------------------------------------------------------------------------------


def test_files_of_one_table_with_different_headers_are_refused(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    (tmp_path / "p1.csv").write_text("a,b\n1,2\n")
    (tmp_path / "p2.csv").write_text("b,a\n3,4\n")
    with pytest.raises(UserError, match=r"p2\.csv has other columns than p1\.csv"):
        opened(connection, tmp_path, "p*.csv")


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "csv.gz"])
def test_folders_named_by_a_value_are_a_column(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection, ending: str
) -> None:
    root = tmp_path / "x=7" / "events"  # a folder above the table is none of its columns
    for year in (2023, 2024):
        folder = root / f"year={year}"
        folder.mkdir(parents=True)
        if ending == "parquet":
            duckdb.sql(f"COPY (SELECT {year} AS n) TO '{folder / 'part.parquet'}' (FORMAT parquet)")
        elif ending == "jsonl":
            (folder / "part.jsonl").write_text(json.dumps({"n": year}) + "\n")
        else:
            text = f"n\n{year}\n".encode()
            (folder / f"part.{ending}").write_bytes(gzip.compress(text) if ending.endswith("gz") else text)
    found = opened(connection, root.parent, "events")
    assert list(found.facts.columns) == ["n", "year"]
    assert sorted(rows(connection)) == [(2023, 2023), (2024, 2024)]


def test_a_partition_that_changes_its_name_changes_the_digest(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    for year in (2023, 2024):
        (tmp_path / "t" / f"year={year}").mkdir(parents=True)
        (tmp_path / "t" / f"year={year}" / "p.csv").write_text("n\n1\n")
    before = opened(connection, tmp_path, "t").sha256
    (tmp_path / "t" / "year=2024").rename(tmp_path / "t" / "year=2025")
    assert opened(connection, tmp_path, "t").sha256 != before


def test_files_of_several_formats_are_no_table(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    (tmp_path / "p.csv").write_text("a\n1\n")
    (tmp_path / "p.jsonl").write_text('{"a": 1}\n')
    with pytest.raises(UserError, match="its files have several formats: csv, json"):
        opened(connection, tmp_path, "p*")


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_compressed_text_is_read(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection, compression: str, kind: str
) -> None:
    name = f"t.{'csv' if kind == 'csv' else 'jsonl'}.{'gz' if compression == 'gzip' else 'zst'}"
    duckdb.sql(
        f"COPY (SELECT range AS n FROM range(3)) TO '{tmp_path / name}' (FORMAT {kind}, COMPRESSION {compression})"
    )
    opened(connection, tmp_path, name)
    assert rows(connection) == [(0,), (1,), (2,)]


@pytest.mark.parametrize("form", ["file", "stream"])
def test_arrow_files_are_read(tmp_path: Path, connection: duckdb.DuckDBPyConnection, form: str) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    table = pyarrow.table({"id": [1, 2], "word": ["a", None]})
    maker = pyarrow.ipc.new_file if form == "file" else pyarrow.ipc.new_stream
    with maker(tmp_path / "t.arrow", table.schema) as writer:
        writer.write_table(table)
    opened(connection, tmp_path, "t.arrow")
    assert rows(connection) == [(1, "a"), (2, None)]


def test_arrow_files_without_pyarrow_are_told_with_the_extra(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    (tmp_path / "t.arrow").write_bytes(b"ARROW1")
    with pytest.raises(UserError, match="pyarrow, which is not installed") as raised:
        opened(connection, tmp_path, "t.arrow")
    assert "mlgate[arrow]" in str(raised.value)


def test_no_extension_is_ever_installed(connection: duckdb.DuckDBPyConnection) -> None:
    for setting in ("autoinstall_known_extensions", "autoload_known_extensions"):
        found = connection.execute(f"SELECT current_setting('{setting}')").fetchone()
        assert found == (False,)
