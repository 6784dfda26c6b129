"""The suites of deepchecks on the run's tables, in an environment of their own that a run installs once."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb
import msgspec

from mlgate.config import Environment
from mlgate.errors import UserError
from mlgate.inputs.interpreter import limits_of, python_of
from mlgate.plugins import SHIPPED
from mlgate.questions import Deepchecks, DeepchecksCondition, TableFacts
from mlgate.scan.dialect import quote
from mlgate.scratch import scratch_folder
from mlgate.worker import client
from mlgate.worker.client import Crash, Workplace

REQUIREMENTS = "requirements/deepchecks.txt"
PYTHON = "3.11"  # the newest that its libraries are built for
CHILD = Path(client.__file__).with_name("deepchecks_child.py")
LARGEST = 16 * 2**20  # bytes of results


def run_deepchecks(
    connection: duckdb.DuckDBPyConnection,
    question: Deepchecks,
    tables: Mapping[str, TableFacts],
    environment: Environment,
    say: Callable[[str], None],
    *,
    may_install: bool,
) -> tuple[DeepchecksCondition, ...] | str:
    """The conditions of the suites, or why they could not be run here; raises `Crash` where deepchecks did not end."""
    own = Environment(python=PYTHON, requirements=REQUIREMENTS, timeout=environment.timeout, memory=environment.memory)
    try:
        python = python_of(own, SHIPPED, say, may_build=may_install)
    except UserError as error:
        return f"deepchecks needs an environment of its own: {error.problems[0].message}; {error.problems[0].mend}"
    if python is None:
        return "deepchecks is not installed: 'mlgate check --install' makes an environment for it, once"
    with scratch_folder() as folder:
        names = [question.table, *([question.other] if question.other else [])]
        files = {name: _written(connection, tables[name], folder) for name in names}
        asked = {
            "table": files[question.table], "reference": files.get(question.other or ""),
            "suites": question.suites, "label": question.target, "index_name": question.key,
        }  # fmt: skip
        (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
        found = folder / "found.json"
        argv = [python, "-I", str(CHILD), str(folder / "asked.json"), str(found)]
        outcome = client.run(Workplace(folder, python, limits_of(own)), argv, folder, network=False)
        if outcome.ended != "exit" or outcome.code != 0:
            raise client.crash_of(outcome, limits_of(own))
        if not found.is_file() or found.stat().st_size > LARGEST:
            raise Crash("deepchecks ended without results")
        return msgspec.json.decode(found.read_bytes(), type=tuple[DeepchecksCondition, ...])


def _written(connection: duckdb.DuckDBPyConnection, facts: TableFacts, folder: Path) -> str:
    """The table as a Parquet file, without columns of kinds that deepchecks has no words for."""
    file = folder / f"{len(list(folder.iterdir()))}.parquet"
    columns = [
        f"CAST({quote(name)} AS DOUBLE) AS {quote(name)}" if family == "decimal" else quote(name)
        for name, family in facts.columns.items()
        if family != "other"
    ]
    connection.execute(f"COPY (SELECT {', '.join(columns)} FROM {quote(facts.name)}) TO '{file}' (FORMAT parquet)")
    return str(file)
