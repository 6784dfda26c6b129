"""PostgreSQL, a real server on loopback: its tables are read as they are, and no credential gets out."""

import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
PASSWORD = "correct-horse-battery-staple"
OWNER = "battery-horse"
SCHEMA = f"""
CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}';
CREATE SCHEMA shop;
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE shop."order items" (
  id bigint PRIMARY KEY, price numeric(10, 2), ratio double precision, note text, day date, at timestamptz,
  paid boolean, mood mood, tags text[], extra jsonb, big numeric
);
INSERT INTO shop."order items" VALUES
  (1, 2.50, 0.5, 'a "b", c', '2024-02-29', '2024-02-29 10:00+02', true, 'good', '{{x,y}}', '{{"a": 1}}', 1e30),
  (2, NULL, 'NaN', '', '1999-12-31', NULL, false, 'bad', NULL, NULL, NULL),
  (3, 7.00, 'Infinity', NULL, NULL, now(), NULL, NULL, '{{}}', '[]', 2);
CREATE VIEW paid_items AS SELECT id, price FROM shop."order items" WHERE paid;
CREATE TABLE hidden (secret text);
GRANT USAGE ON SCHEMA shop TO reader;
GRANT SELECT ON shop."order items", paid_items TO reader;
"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server of our own, stopped when the tests end."""
    pytest.importorskip("adbc_driver_postgresql", reason="adbc-driver-postgresql is not installed")
    if not PROGRAMS:
        pytest.skip("no PostgreSQL server is installed")
    if os.geteuid() == 0 and "postgres" not in {entry.pw_name for entry in pwd.getpwall()}:
        pytest.skip("a server refuses to run as root, and there is no user postgres")
    folder = Path(tempfile.mkdtemp(prefix="mlgate-postgres-"))
    as_whom: dict[str, Any] = {"cwd": folder, "check": True, "capture_output": True}
    (folder / "password").write_text(f"{OWNER}\n")
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        as_whom |= {"user": "postgres"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    programs = PROGRAMS[-1]
    subprocess.run([programs / "initdb", "-D", "data", "-A", "scram-sha-256", "-U", "owner", "--pwfile=password"],
                   **as_whom)  # fmt: skip
    del as_whom["check"], as_whom["capture_output"]
    options = ["-D", "data", "-h", "127.0.0.1", "-p", str(port), "-k", str(folder), "-c", "fsync=off"]
    server = subprocess.Popen([programs / "postgres", *options], stderr=subprocess.DEVNULL, **as_whom)
    try:
        _run_sql(programs, port, SCHEMA)
        yield f"postgresql://127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _run_sql(programs: Path, port: int, sql: str) -> None:
    command = [str(programs / "psql"), "-h", "127.0.0.1", "-p", str(port), "-U", "owner", "-v", "ON_ERROR_STOP=1"]
    environment = {**os.environ, "PGPASSWORD": OWNER, "PGDATABASE": "postgres"}
    for _ in range(100):
        done = subprocess.run(command, input=sql.encode(), env=environment, capture_output=True, check=False)
        if done.returncode == 0:
            return
        time.sleep(0.1)
    raise AssertionError(done.stderr.decode())


def gate(folder: Path, address: str, relation: str, checks: dict[str, Any], password: str = PASSWORD) -> Any:
    """The finished process of `mlgate check`, as a person starts it."""
    table = {"path": address, "relation": relation}
    (folder / "mlgate.yml").write_text(json.dumps({"version": 1, "tables": {"test": table}, "checks": checks}))
    environment = {**os.environ, "PGUSER": "reader", "PGPASSWORD": password, "MLGATE_CACHE": str(folder / "cache")}
    command = [sys.executable, "-m", "mlgate.cli", "check", "--output", "out"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def found(folder: Path) -> dict[tuple[str, str], Any]:
    evidence = json.loads((folder / "out" / "evidence.json").read_text())
    return {(f["id"], f["subject"]): f for f in evidence["predicate"]["findings"]}


def test_a_table_of_postgresql_is_read_with_its_types(tmp_path: Path, address: str) -> None:
    types = {
        "id": "integer", "price": "number", "ratio": "float", "note": "string", "day": "date", "at": "timestamp",
        "paid": "boolean", "mood": "string", "tags": "string", "extra": "string", "big": "float",
    }  # fmt: skip
    checks = {
        "schema": {"columns": types, "extra": "refuse"},
        "missing": {"columns": {"price": {}, "ratio": {}, "note": {}}},
        "ranges": {"columns": {"price": {"min": 2.5, "max": 6.99}}},
    }
    done = gate(tmp_path, address, "shop.order items", checks)
    findings = found(tmp_path)
    assert {f.get("status", "pass") for (check, _), f in findings.items() if check == "schema"} == {"pass"}, done.stdout
    assert [findings["missing", column]["value"] for column in ("price", "ratio", "note")] == [1, 1, 1]
    assert findings["ranges", "price"]["value"] == 1


def test_a_view_is_read(tmp_path: Path, address: str) -> None:
    assert gate(tmp_path, address, "paid_items", {"row-count": {"min": 1, "max": 1}}).returncode == 0


def test_the_same_rows_have_the_same_digest(tmp_path: Path, address: str) -> None:
    digests = []
    for _ in range(2):
        gate(tmp_path, address, "paid_items", {"row-count": {"min": 1}})
        digests.append(json.loads((tmp_path / "out" / "evidence.json").read_text())["subject"])
    assert digests[0] == digests[1]


@pytest.mark.parametrize(
    ("relation", "password", "says"),
    [
        ("paid_item", PASSWORD, "did you mean 'paid_items'"),
        ("hidden", PASSWORD, "no table or view 'hidden' that this user may read"),
        ("paid_items", "wrong-" + PASSWORD, "password authentication failed"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(
    tmp_path: Path, address: str, relation: str, password: str, says: str
) -> None:
    done = gate(tmp_path, address, relation, {"row-count": {"min": 1}}, password)
    assert done.returncode == 2
    assert says in done.stderr
    assert "mlgate.yml:1" in done.stderr


def test_no_password_is_in_any_output_and_no_row_is_left(tmp_path: Path, address: str) -> None:
    done = gate(tmp_path, address, "shop.order items", {"row-count": {"min": 9}})
    said = done.stdout + done.stderr + "".join(p.read_text() for p in (tmp_path / "out").iterdir())
    assert PASSWORD not in said
    assert list((tmp_path / "cache" / "snapshots").rglob("*")) == []
