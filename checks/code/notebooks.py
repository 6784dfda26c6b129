"""Notebooks: each runs from top to bottom in the user's environment, and marked cells give the output saved with them.

By nbval, which must be in that environment, with the environment's own kernel. In `mode: lax` a cell's output is
compared where the cell has the comment `# NBVAL_CHECK_OUTPUT`; in `mode: strict` every saved output is.
`sanitize` names a file of regular expressions for what may differ, such as dates, paths and object addresses.
Mend: run the notebook again and save it, after you have looked at the difference.
"""

import re
from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta

from mlgate.config import CheckParams
from mlgate.evidence import Finding, Location
from mlgate.judging import at
from mlgate.plugins import Answers, Facts
from mlgate.questions import Pytest, Question
from mlgate.worker.client import TestResult


class Params(CheckParams, frozen=True, kw_only=True):
    paths: Annotated[tuple[str, ...], Meta(description="notebooks, or folders of them", min_length=1)]
    mode: Annotated[Literal["lax", "strict"], Meta(description="which outputs are compared")] = "lax"
    sanitize: Annotated[str | None, Meta(description="a file of nbval's sanitising rules")] = None


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield _question(params)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    results = answers[_question(params)]
    failed = [r for r in results if r.outcome in ("failed", "error")]
    for result in failed:
        yield _failure(result)
    if not results:
        yield Finding(subject="notebooks", value=1.0, limit=0.0, message="no notebook was found", location=at("paths"))
    elif not failed:
        files = {r.id.split("::")[0] for r in results}
        message = f"{len(results):,} cells of {len(files):,} notebook{'s' * (len(files) != 1)} ran as saved"
        yield Finding(subject="notebooks", value=0.0, limit=0.0, n=len(results), message=message, location=at("paths"))


def _failure(result: TestResult) -> Finding:
    file, _, cell = result.id.partition("::")
    number = re.search(r"\d+$", cell)
    name = f"cell {int(number[0]) + 1}" if number else cell or "notebook"  # nbval counts from 0, people from 1
    return Finding(
        subject=f"{file}: {name}"[:400], value=1.0, limit=0.0, n=1, seconds=result.seconds,
        message=f"{name} of {file} {result.outcome}\n{result.message[-1500:]}", location=Location(file[:400]),
    )  # fmt: skip


def _question(params: Params) -> Pytest:
    compare = "--nbval-lax" if params.mode == "lax" else "--nbval"
    rules = (f"--sanitize-with={params.sanitize}",) if params.sanitize else ()
    return Pytest(params.paths, (compare, "--nbval-current-env", *rules), "notebooks")
