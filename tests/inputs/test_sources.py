"""Tables from elsewhere: SQLite files, web servers and stores, read for real, and no credential in any address."""

import http.server
import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mlgate.configuring.setting import Request
from mlgate.errors import UserError
from mlgate.running.runner import Result, check
from mlgate.sources.addresses import fault_of
from tests.user_code.gated import findings

SCHEMA = """
CREATE TABLE "order items" (
  id INTEGER PRIMARY KEY, price REAL, note TEXT, day DATE, at DATETIME, paid BOOLEAN, raw BLOB
);
CREATE VIEW paid_items AS SELECT id, price FROM "order items" WHERE paid;
CREATE TABLE odd (mixed, empty TEXT);
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "shop.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(SCHEMA)
        connection.executemany(
            'INSERT INTO "order items" VALUES (?, ?, ?, ?, ?, ?, ?)',
            [
                (1, 2.5, 'a "quoted", text\nwith lines', "2024-02-29", "2024-02-29 10:00:00", 1, b"\0\xff"),
                (2, None, "", "2023-12-31", None, 0, None),
                (3, 7, "NA", None, "2024-01-01 00:00:00", None, b""),
            ],
        )
        connection.executemany("INSERT INTO odd VALUES (?, ?)", [(1, None), ("one", None), (1.5, None)])
    return file


def gate(folder: Path, table: dict[str, Any], checks: dict[str, Any] | None = None) -> Result:
    config = {"version": 1, "tables": {"test": table}, "checks": checks or {"row-count": {"min": 1}}}
    (folder / "mlgate.yml").write_text(json.dumps(config))
    return check(Request(folder / "mlgate.yml"), lambda _: None)


def rows(result: Result) -> float | None:
    return result.verdict.findings[0].value


def test_a_table_of_sqlite_is_read_with_its_types(tmp_path: Path, database: Path) -> None:
    types = {
        "id": "integer", "price": "float", "note": "string", "day": "date", "at": "timestamp", "paid": "boolean",
        "raw": "any",
    }  # fmt: skip
    checks = {"schema": {"columns": types, "extra": "refuse"}, "missing": {"columns": {"note": {}, "price": {}}}}
    result = gate(tmp_path, {"path": "shop.db", "relation": "order items"}, checks)
    assert {f.status for f in result.verdict.findings if f.id == "schema"} == {"pass"}
    missing = {f.subject: f.value for f in result.verdict.findings if f.id == "missing"}
    assert missing == {"note": 0, "price": 1}  # neither an empty text nor "NA" is a null there


def test_a_view_of_sqlite_is_read(tmp_path: Path, database: Path) -> None:
    assert rows(gate(tmp_path, {"path": "shop.db", "relation": "paid_items"})) == 1


def test_a_column_of_sqlite_with_values_of_several_types_is_text(tmp_path: Path, database: Path) -> None:
    checks = {"allowed-values": {"columns": {"mixed": ["1", "one", "1.5"]}}}
    result = gate(tmp_path, {"path": "shop.db", "relation": "odd"}, checks)
    assert findings(result)["mixed"].value == 0


def test_a_row_that_sqlite_has_yet_to_move_into_the_file_counts(tmp_path: Path, database: Path) -> None:
    table = {"path": "shop.db", "relation": "odd"}
    before = gate(tmp_path, table)
    writer = sqlite3.connect(database)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("INSERT INTO odd VALUES (2, NULL)")
    writer.commit()
    after = gate(tmp_path, table)
    writer.close()
    assert (rows(before), rows(after)) == (3, 4)
    assert before.evidence.subject[0].digest != after.evidence.subject[0].digest


@pytest.mark.parametrize(
    ("relation", "message"),
    [(None, "shop.db needs 'relation'"), ("order item", "shop.db has no table or view 'order item'")],
)
def test_a_relation_that_is_not_there_is_told_with_the_nearest(
    tmp_path: Path, database: Path, relation: str | None, message: str
) -> None:
    with pytest.raises(UserError, match=message) as raised:
        gate(tmp_path, {"path": "shop.db", "relation": relation})
    assert "order items" in str(raised.value)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "shop.db").write_bytes(b"no database" * 100)
    with pytest.raises(UserError, match=r"shop\.db cannot be read by SQLite"):
        gate(tmp_path, {"path": "shop.db", "relation": "t"})


# --- addresses ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "https://ada:hunter2@example.org/a.csv",
        "postgresql://ada:hunter2@db/shop",
        "postgresql://db/shop?password=hunter2",
        "https://example.org/a.csv?X-Amz-Signature=hunter2",
        "https://account.blob.core.windows.net/c/a.csv?sig=hunter2",
        "s3://AKIA:hunter2@bucket/a.csv",
        "https://example.org/a.csv?access_token=hunter2",
    ],
)
def test_a_credential_in_an_address_is_refused_and_never_repeated(tmp_path: Path, address: str) -> None:
    with pytest.raises(UserError, match="holds a password") as raised:
        gate(tmp_path, {"path": address, "relation": "t"})
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://example.org/a.csv", "can be changed on its way"),
        ("http://127.0.0.1.example.org/a.csv", "can be changed on its way"),
        ("file:///etc/passwd", "none of the schemes"),
        ("simplecache::https://example.org/a.csv", "none of the schemes"),
        ("postgresql://db/shop", "needs 'relation'"),
        ("https://[::1/a.csv", "the address is none"),
    ],
)
def test_an_address_that_is_not_read_says_why(address: str, says: str) -> None:
    assert says in (fault_of(address, None, insecure=False) or "")


@pytest.mark.parametrize("address", ["http://localhost:1/a.csv", "http://127.0.0.1/a.csv", "http://[::1]/a.csv"])
def test_this_machine_may_be_asked_without_encryption(address: str) -> None:
    assert fault_of(address, None, insecure=False) is None


class Served(http.server.SimpleHTTPRequestHandler):
    """The folder's files; `/away` leads to an unencrypted address elsewhere, `/cut` ends early."""

    def do_GET(self) -> None:
        if self.path == "/away.csv":
            self.send_response(302)
            self.send_header("Location", "http://192.0.2.1/a.csv")
            self.end_headers()
        elif self.path == "/cut.csv":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"a,b\n1,2\n")
        else:
            super().do_GET()

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "a b.csv").write_text("a,b\n1,2\n3,4\n")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Served, directory=str(folder))) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()
        thread.join()


def test_a_table_of_a_web_server_is_read(tmp_path: Path, server: str) -> None:
    result = gate(tmp_path, {"path": f"{server}/a%20b.csv"})
    assert rows(result) == 2
    assert result.evidence.predicate.notes == ()


def test_a_file_that_the_server_does_not_have_is_told(tmp_path: Path, server: str) -> None:
    with pytest.raises(UserError, match="the server answered 404"):
        gate(tmp_path, {"path": f"{server}/b.csv"})


def test_a_download_that_ends_early_is_no_table(tmp_path: Path, server: str) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        gate(tmp_path, {"path": f"{server}/cut.csv"})


def test_a_server_that_leads_on_to_an_unencrypted_one_is_not_followed(
    tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import requests

    real = requests.Session.send

    def only_here(self: requests.Session, request: requests.PreparedRequest, **how: Any) -> requests.Response:
        assert str(request.url).startswith(server), "the other server was asked"
        return real(self, request, **how)

    monkeypatch.setattr(requests.Session, "send", only_here)
    with pytest.raises(UserError, match="not encrypted"):
        gate(tmp_path, {"path": f"{server}/away.csv"})


def test_an_insecure_source_is_named_in_the_report(
    tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = gate(tmp_path, {"path": f"{server}/a%20b.csv", "insecure": True})
    assert [note.kind for note in result.evidence.predicate.notes] == ["insecure-source"]


def test_an_address_that_only_the_change_names_is_not_read_on_a_pull_request(
    tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = tmp_path / "event.json"
    repository = {"repo": {"id": 1}}
    event.write_text(json.dumps({"pull_request": {"head": repository, "base": repository}}))
    for name, value in (("ACTIONS", "true"), ("EVENT_NAME", "pull_request"), ("EVENT_PATH", str(event))):
        monkeypatch.setenv(f"GITHUB_{name}", value)
    result = gate(tmp_path, {"path": f"{server}/a%20b.csv"})
    (finding,) = result.verdict.findings
    assert finding.status == "not-measured"
    assert "is new in this change" in finding.message


def test_a_snapshot_is_gone_when_its_process_ends(tmp_path: Path, server: str) -> None:
    config = {"version": 1, "tables": {"test": {"path": f"{server}/a%20b.csv"}}, "checks": {"row-count": {"min": 9}}}
    (tmp_path / "mlgate.yml").write_text(json.dumps(config))
    environment = {**os.environ, "MLGATE_CACHE": str(tmp_path / "cache"), "AWS_SECRET_ACCESS_KEY": "0123456789abcdef"}
    command = [sys.executable, "-m", "mlgate.cli", "check", "--quiet"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "2 rows" in done.stdout
    assert list((tmp_path / "cache" / "snapshots").rglob("*")) == []


def test_a_store_s_table_is_read_through_fsspec(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed")
    store = fsspec.filesystem("memory")
    for year in (2023, 2024):
        store.pipe_file(f"/events/year={year}/part.csv", f"n\n{year}\n".encode())
    result = gate(
        tmp_path, {"path": "memory://events/*/*.csv"}, {"schema": {"columns": {"n": "integer", "year": "integer"}}}
    )
    assert {f.status for f in result.verdict.findings} == {"pass"}


def test_a_store_without_fsspec_is_told_with_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(UserError, match=r"fsspec, which is not installed[\s\S]*mlgate\[remote\]"):
        gate(tmp_path, {"path": "s3://bucket/a.csv"})
