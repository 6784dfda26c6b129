"""DuckDB and Spark find the same, in a session of this process and through Spark Connect."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mlgate.config import Config
from mlgate.configuring.loading import parse_config
from mlgate.configuring.yaml_source import read_yaml
from mlgate.evidence import Finding
from mlgate.plugins import Answers, Facts, find_checks
from mlgate.questions import Labels, Question
from mlgate.scan.answering import answer, answer_labels
from mlgate.scan.duckdb_engine import DuckDB
from mlgate.scan.engine import Engine
from mlgate.scan.planning import plan
from mlgate.scan.tables import OpenTable, connect, open_table
from tests.spark.generated import TABLES, close, generate
from tests.spark.servers import connect_server

pytest.importorskip("pyspark", reason="needs pyspark: make spark")

CHECKS = find_checks()


@pytest.fixture(scope="module", params=["local[2]", "sc"])
def spark(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A session, and whether it reads this machine's files: of this process, or of a server that gets all rows."""
    from mlgate.scan.spark_session import session_at

    with ExitStack() as stack:
        folder = Path(str(request.getfixturevalue("tmp_path_factory").mktemp("spark")))
        address = stack.enter_context(connect_server(folder)) if request.param == "sc" else request.param
        yield stack.enter_context(session_at(address, 2 << 30, folder)), request.param != "sc"


@pytest.mark.parametrize("seed", range(TABLES))
def test_findings_are_equal(spark: Any, tmp_path: Path, seed: int) -> None:
    from mlgate.scan.spark_engine import Spark

    session, shared = spark
    case = generate(tmp_path, seed)
    with connect() as connection:
        tables = [
            open_table(connection, name, f"{name}.parquet", (tmp_path / f"{name}.parquet",))
            for name in ("test", "train")
        ]
        engine = Spark(session, connection, shared)
        for table in tables:
            engine.adopt(table)
        ours = findings(DuckDB(connection), tables, case.checks, tmp_path)
        theirs = findings(engine, tables, case.checks, tmp_path)
    assert len(ours) > 60
    assert [f.status for f in ours].count("error") == 0
    different = [(a, b) for a, b in zip(ours, theirs, strict=True) if not same(a, b)]
    assert not different, "\n".join(f"{a}\n{b}\n" for a, b in different[:5])


def findings(engine: Engine, tables: list[OpenTable], checks: dict[str, Any], folder: Path) -> list[Finding]:
    """What all checks say, by this engine's answers."""
    target = next(iter(tables[0].facts.columns))
    described = {name: {"path": f"{name}.parquet", "target": target} for name in ("test", "train")}
    written = json.dumps({"version": 1, "tables": described, "checks": checks}, ensure_ascii=False)
    parsed = parse_config(read_yaml(written.encode(), "mlgate.yml"), CHECKS)
    assert not parsed.problems, parsed.problems
    config: Config = parsed.config
    known = {table.facts.name: table.facts for table in tables}
    facts = Facts(config, known)
    loaded = {id_: CHECKS[id_].load() for id_ in checks}
    asked = {id_: list(loaded[id_].plan(parsed.params[id_][0][0], facts)) for id_ in checks}
    questions = [q for each in asked.values() for q in each]
    answers: dict[Question, Any] = {
        q: answer_labels(engine, q, known[q.table]) for q in questions if isinstance(q, Labels)
    }
    for query in plan(questions, known, dialect=engine.dialect).queries:
        answers |= answer(engine, query, known, 600, folder)
    found = []
    for id_ in checks:
        failed = [f"{q}: {answers[q]!r}" for q in asked[id_] if isinstance(answers[q], Exception)]
        assert not failed, f"{id_}: {failed}"
        judged = loaded[id_].judge(parsed.params[id_][0][0], Answers(facts, answers))
        found += [msgspec.structs.replace(finding, id=id_) for finding in judged]
    return found


def same(one: Finding, two: Finding) -> bool:
    """Whether all fields agree; ages of rows are as of now."""
    if one.id == "freshness" and one.value is not None and two.value is not None:
        return one.subject == two.subject and abs(one.value - two.value) < 600
    return all(close(getattr(one, name), getattr(two, name)) for name in Finding.__struct_fields__)


def test_a_generated_case_can_tell_two_findings_apart() -> None:
    finding = Finding(subject="a", message="", value=1.0)
    assert not same(finding, msgspec.structs.replace(finding, value=1.001))
