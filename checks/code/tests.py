"""Tests: the repository's own pytest suite passes in the user's environment.

Each failing test is a finding with its file and line. Runs in the worker: no credentials, limited in time and memory.
pytest must be in that environment. Collecting no test at all is a fail.
"""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from mlgate.config import CheckParams
from mlgate.evidence import Finding, Location
from mlgate.judging import at
from mlgate.plugins import Answers, Facts
from mlgate.questions import Pytest, Question


class Params(CheckParams, frozen=True, kw_only=True):
    paths: Annotated[tuple[str, ...], Meta(description="files or folders, as pytest takes them", min_length=1)] = (
        "tests",
    )
    arguments: Annotated[tuple[str, ...], Meta(description="further arguments for pytest")] = ()


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Pytest(params.paths, params.arguments)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    results = answers[Pytest(params.paths, params.arguments)]
    failed = [r for r in results if r.outcome in ("failed", "error")]
    passed = sum(r.outcome == "passed" for r in results)
    for result in failed:
        place = f"{result.file}:{result.line}" if result.line else result.file
        yield Finding(
            subject=result.id[:400], value=1.0, limit=0.0, n=1, seconds=result.seconds,
            message=f"{result.outcome} at {place}\n{result.message[-1500:]}",
            location=Location((result.file or params.paths[0])[:400], result.line),
        )  # fmt: skip
    if not results:
        yield Finding(subject="tests", value=1.0, limit=0.0, message="pytest found no tests", location=at("paths"))
    elif not failed:
        skipped = sum(r.outcome == "skipped" for r in results)
        message = f"{passed:,} of {len(results):,} tests passed" + (f", {skipped:,} skipped" if skipped else "")
        yield Finding(subject="tests", value=0.0, limit=0.0, n=len(results), message=message, location=at("paths"))
