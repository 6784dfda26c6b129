"""Files that are no tables: each is an error that says what is wrong, and where; none is read as something else."""

import gzip
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from mlgate.errors import UserError
from tests.inputs.test_tables import run

ROWS = b"".join(b"%d,%d\n" % (i, i * 2) for i in range(50_000))
CSV = b"id,x\n" + ROWS
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 120\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0"


def parquet(folder: Path) -> bytes:
    file = folder / "whole.parquet"
    duckdb.sql(f"COPY (SELECT range AS id FROM range(20000)) TO '{file}' (FORMAT parquet)")
    content = file.read_bytes()
    file.unlink()
    return content


def zst(folder: Path) -> bytes:
    file = folder / "whole.csv.zst"
    duckdb.sql(f"COPY (SELECT range AS id FROM range(20000)) TO '{file}' (FORMAT csv, COMPRESSION zstd)")
    content = file.read_bytes()
    file.unlink()
    return content


Content = bytes | Callable[[Path], bytes]
CASES: dict[str, tuple[str, Content, str]] = {
    "empty": ("data.csv", b"", "data.csv is empty"),
    "blanks alone": ("data.csv", b"\n \n\n", "data.csv is empty"),
    "a mark alone": ("data.csv", b"\xef\xbb\xbf", "data.csv is empty"),
    "empty Parquet": ("data.parquet", b"", "data.parquet is empty"),
    "empty JSON lines": ("data.jsonl", b"", "data.jsonl is empty"),
    "a web page": ("data.csv", b"<!DOCTYPE html><html><body>Sign in, please</body></html>", "is a web page"),
    "a web page as Parquet": ("data.parquet", b"<html><h1>404</h1></html>", "is a web page"),
    "an answer of S3's": ("data.csv", b'<?xml version="1.0"?><Error>AccessDenied</Error>', "is a web page"),
    "a Git LFS pointer": ("data.csv", LFS, "is a Git LFS pointer that was not pulled"),
    "a Git LFS pointer as Parquet": ("data.parquet", LFS, "is a Git LFS pointer that was not pulled"),
    "a picture": ("data.csv", PNG, "is binary, not text|probably UTF-16"),
    "Parquet named CSV": ("data.csv", parquet, "is binary, not text"),
    "gzip named CSV": ("data.csv", gzip.compress(CSV), "is binary, not text|is not UTF-8"),
    "an Excel file": ("data.csv", b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0" + bytes(200), "is binary|probably UTF-16"),
    "an Excel file by its name": ("data.xlsx", b"PK\x03\x04", "has no ending that names a table format"),
    "CSV named Parquet": ("data.parquet", CSV, "cannot be read as a table"),
    "CSV named gzip": ("data.csv.gz", CSV, "is not whole, or not compressed"),
    "CSV named zst": ("data.csv.zst", CSV, "is not whole, or not compressed"),
    "CSV named JSON": ("data.json", CSV, "cannot be read as a table"),
    "truncated gzip": ("data.csv.gz", gzip.compress(CSV)[:-3_000], "not whole|cannot be read"),
    "gzip cut in its head": ("data.csv.gz", gzip.compress(CSV)[:12], "not whole"),
    "damaged gzip": ("data.csv.gz", gzip.compress(CSV)[:400] + bytes(400) + gzip.compress(CSV)[800:], "not whole"),
    "truncated zst": ("data.csv.zst", lambda folder: zst(folder)[:-2_000], "cannot be read as a table"),
    "truncated Parquet": ("data.parquet", lambda folder: parquet(folder)[:-100], "cannot be read as a table"),
    "Parquet's head alone": ("data.parquet", lambda folder: parquet(folder)[:40], "cannot be read as a table"),
    "Parquet with a damaged footer": (
        "data.parquet", lambda folder: parquet(folder)[:-200] + bytes(192) + parquet(folder)[-8:], "cannot be read"),
    "Latin-1": ("data.csv", "id,town\n1,Bern\n2,Zürich\n".encode("latin-1"), "data.csv, line 3, is not UTF-8"),
    "Latin-1 far down": ("data.csv", CSV + b"1,\xfc\n", "data.csv, line 50,002, is not UTF-8"),
    "UTF-16 without a mark": ("data.csv", "id,x\n1,2\n".encode("utf-16-le"), "is probably UTF-16"),
    "half of UTF-16": ("data.csv", "id,x\n1,2\n".encode("utf-16")[:-1], "after line 2, is not utf-16"),
    "a short row": ("data.csv", b"id,x,y\n1,2,3\n4,5\n6,7,8\n", "line 3, has 2 fields and the header 3"),
    "a long row": ("data.csv", b"id,x\n1,2\n3,4,5\n", "line 3, has more fields and the header 2"),
    "a short row far down": ("data.csv", CSV + b"7\n", "line 50,002, has 1 field and the header 2"),
    "an open quote": ("data.csv", b'id,x\n1,"two\n2,three\n', "line 2, has a quote that does not end"),
    "text after a quote": ("data.csv", b'id,x\n1,a\n2,"b"c\n', "line 3, has a quote that does not end"),
    "a name twice": ("data.csv", b"id,x,id\n1,2,3\n", "the header, of data.csv has the name 'id' 2 times"),
    "a name in two cases": ("data.csv", b"Id,x,id\n1,2,3\n", "has the name 'Id' 2 times"),
    "no header": ("data.csv", b",,\n1,2,3\n", "the header, of data.csv is empty"),
    "one line of 5 MB": ("data.csv", b"x" * 5_000_000, "no header"),
    "a row of 5 MB": ("data.csv", b"id,x\n1," + b"x" * 5_000_000 + b"\n", "has a line that is longer than 2 MB"),
    "JSON cut off": ("data.jsonl", b'{"a": 1}\n{"a": ', "cannot be read as a table"),
    "JSON of one number": ("data.json", b"42 17", "cannot be read as a table"),
    "JSON that is no JSON": ("data.jsonl", b"{a: 1}\n", "cannot be read as a table"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_file_that_is_no_table_is_an_error_that_says_why(tmp_path: Path, case: str) -> None:
    name, content, why = CASES[case]
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content(tmp_path))
    with pytest.raises(UserError, match=why) as raised:
        run(tmp_path, {"row-count": {"min": 1}}, name)
    (problem,) = raised.value.problems
    assert problem.where == "mlgate.yml:1"
    assert problem.mend
    assert str(tmp_path) not in str(problem)


def test_there_are_at_least_forty_of_them() -> None:
    assert len(CASES) >= 40


def test_a_folder_without_a_table_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "readme.md").write_text("nothing")
    with pytest.raises(UserError, match="data is a folder without tables of one format in it"):
        run(tmp_path, {"row-count": {"min": 1}}, "data")


def test_no_value_of_a_line_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("id,name,x\n1,Ada Lovelace,3\n2,Grace Hopper\n")
    with pytest.raises(UserError) as raised:
        run(tmp_path, {"row-count": {"min": 1}})
    assert "Hopper" not in str(raised.value)


GIGABYTE = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30, 3 * 2**30))
from mlgate.errors import UserError
from mlgate.scan.tables import connect, open_table
with connect() as connection:
    try:
        open_table(connection, "t", "big.csv", (Path(sys.argv[1]),))
    except UserError as error:
        print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_a_gigabyte_in_one_line_is_told_without_reading_it_into_memory(tmp_path: Path) -> None:
    file = tmp_path / "big.csv"
    with file.open("wb") as stream:
        stream.write(b"id,x\n1,")
        block = b"7" * 2**24
        for _ in range(64):
            stream.write(block)
    done = subprocess.run([sys.executable, "-c", GIGABYTE, str(file)], capture_output=True, text=True, check=False)
    said, megabytes = done.stdout.strip().rsplit("\n", 1)
    assert "is longer than 2 MB" in said, done.stderr
    assert int(megabytes) < 800


def test_a_gigabyte_of_nothing_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    file.touch()
    os.truncate(file, 2**30)  # a sparse file: it takes no space
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UserError, match=r"binary|UTF-16"):
        run(tmp_path, {"row-count": {"min": 1}})
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024


def test_a_value_that_is_not_of_its_column_s_kind_is_told_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("id,day\n1,2024-02-28\n2,2024-02-31\n")
    config = {
        "version": 1,
        "tables": {"test": {"path": "data.csv", "kinds": {"day": "date"}}},
        "checks": {"row-count": {"min": 1}},
    }
    (tmp_path / "mlgate.yml").write_text(json.dumps(config))
    from mlgate.configuring.setting import Request
    from mlgate.running.runner import check

    with pytest.raises(UserError, match=r"data\.csv, line 3: the value of 'day' is no date"):
        check(Request(tmp_path / "mlgate.yml"), lambda _: None)
