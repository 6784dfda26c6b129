"""`mlgate check` reads tables by Spark: files, and tables that the session knows by name."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.spark.servers import connect_server

pytest.importorskip("pyspark", reason="needs pyspark: make spark")
ROWS = "id,x,when,label\n" + "".join(f"{i},{i % 7 / 2},2024-01-{1 + i % 28:02},{i % 3 == 0}\n" for i in range(500))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Connect server whose catalog has the table `marts.orders`."""
    from mlgate.scan.spark_session import session_at

    folder = tmp_path_factory.mktemp("server")
    (folder / "orders.csv").write_text(ROWS)
    with connect_server(folder) as address:
        with session_at(address, 1 << 30, folder) as session:
            session.sql("CREATE DATABASE marts")
            table = session.read.csv(str(folder / "orders.csv"), header=True, inferSchema=True)
            table.write.saveAsTable("marts.orders")
        yield address


def check(folder: Path, scan: dict[str, str], path: str, *more: str, checks: Any = None) -> Any:
    """The run's process, and its evidence where there is one."""
    asked = checks or {"missing": {"table": "orders", "columns": {"*": {}}},
                       "unique": {"table": "orders", "columns": ["id"]},
                       "ranges": {"table": "orders", "columns": {"x": {"max": 2.5, "rows": 10}}}}  # fmt: skip
    config = {"version": 1, "scan": scan, "tables": {"orders": {"path": path}}, "checks": asked}
    (folder / "mlgate.yml").write_text(json.dumps(config))
    mlgate = Path(sys.executable).with_name("mlgate")
    own = {k: v for k, v in os.environ.items() if not k.startswith("SPARK_")}  # which a session of this process left
    environment = {**own, "NO_COLOR": "1"}
    done = subprocess.run(
        [mlgate, "check", "--quiet", "--output", folder / "out", *more], cwd=folder, env=environment, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    evidence = folder / "out" / "evidence.json"
    return done, json.loads(evidence.read_text())["predicate"] if evidence.exists() else None


def numbers(evidence: Any) -> list[Any]:
    """What the findings say, without the table's name."""
    return [(f["id"], f["subject"], f.get("status"), f.get("value")) for f in evidence["findings"]]


def test_a_file_and_the_table_of_its_rows_have_the_findings_that_duckdb_has(server: str, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(ROWS)
    plain, by_duckdb = check(tmp_path, {}, "orders.csv")
    there, by_session = check(tmp_path, {"engine": "spark", "session": server}, "orders.csv")
    named, by_name = check(tmp_path, {"engine": "spark", "session": server}, "marts.orders")
    assert (plain.returncode, there.returncode, named.returncode) == (1, 1, 1), named.stderr + there.stderr
    assert numbers(by_duckdb) == numbers(by_session) == numbers(by_name)
    assert by_name["tables"][0]["rows"] == 500
    assert by_name["tables"][0]["path"] == "marts.orders"


def test_the_digest_of_a_named_table_is_that_of_its_rows(server: str, tmp_path: Path) -> None:
    _, one = check(tmp_path, {"engine": "spark", "session": server}, "marts.orders")
    _, again = check(tmp_path, {"engine": "spark", "session": server}, "marts.orders")
    assert one["tables"][0]["sha256"] == again["tables"][0]["sha256"]


def test_the_plan_is_printed_in_sparks_sql(server: str, tmp_path: Path) -> None:
    done, _ = check(tmp_path, {"engine": "spark", "session": server}, "marts.orders", "--plan")
    assert "count_if(`id` IS NULL)" in done.stdout


def test_a_name_that_the_session_does_not_know_is_an_error_with_its_line(server: str, tmp_path: Path) -> None:
    done, _ = check(tmp_path, {"engine": "spark", "session": server}, "marts.order")
    assert done.returncode == 2
    assert "mlgate.yml:1: marts.order cannot be read by Spark (TABLE_OR_VIEW_NOT_FOUND)" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_is_not_there_is_an_error_without_a_traceback(tmp_path: Path) -> None:
    done, _ = check(tmp_path, {"engine": "spark", "session": "local[x]"}, "marts.order")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_order_without_by_needs_a_file(server: str, tmp_path: Path) -> None:
    asked = {"monotonic": {"table": "orders", "columns": {"id": {}}}}
    done, evidence = check(tmp_path, {"engine": "spark", "session": server}, "marts.orders", checks=asked)
    assert done.returncode == 1
    assert "has no order of its own: set 'by'" in evidence["findings"][0]["message"]


def test_a_session_of_this_machine_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(ROWS)
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = str(scratch)
    try:
        done, evidence = check(tmp_path, {"engine": "spark", "session": "local[2]", "memory": "1GiB"}, "orders.csv")
    finally:
        os.environ.pop("TMPDIR") if before is None else os.environ.update(TMPDIR=before)
    assert done.returncode == 1, done.stderr
    assert len(evidence["findings"]) == 6
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mlgate.yml", "orders.csv", "out", "tmp"]
    assert not [p for p in scratch.iterdir() if not p.name.startswith("hsperfdata")]
