"""The proposed workflows: the gate without secrets, and the report that only reads evidence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mlgate.adopting.annotated import BLANK, Line, flow, key_value, scalar, written
from mlgate.adopting.installing import Environment
from mlgate.adopting.pins import GATE, RELEASE, REPORT, Release, pinned

GATE_FILE, REPORT_FILE = ".github/workflows/mlgate.yml", ".github/workflows/mlgate-report.yml"
GATE_NAME = "mlgate"  # the report workflow is started by it
REQUIRED_CHECK, REQUIRED_STATUS = "gate / gate", "mlgate"
_SUCCESS = "${{ needs.model.result }}"


@dataclass(frozen=True)
class Gated:
    """A configuration that the workflow checks, and what its environment needs."""

    config: str
    environment: Environment = field(default_factory=Environment)


def gate_workflow(gated: Sequence[Gated], branch: str, release: Release = RELEASE) -> str:
    """The workflow that runs the pull request's code: read access only; several models share one required check."""
    lines = [
        Line(
            0, "", "Checks every change. It runs the pull request's code, so it holds no secret and may write nothing."
        ),
        Line(0, f"name: {GATE_NAME}", "the report workflow is started by this name"),
        BLANK,
        Line(0, "on:"),
        Line(1, "pull_request: {}", "every pull request, forks too; no path filter, or the required check never ends"),
        Line(1, "merge_group: {}", "the merge queue waits for the same check"),
        Line(1, "push:"),
        Line(2, f"branches: {flow([branch])}", "the default branch: what releases and later comparisons build on"),
        BLANK,
        Line(0, "permissions:"),
        Line(1, "contents: read", "to check out; nothing else, because a pull request can edit this code"),
        BLANK,
        Line(0, "concurrency:"),
        Line(1, "group: mlgate-${{ github.ref }}", "one run for each branch or pull request"),
        Line(
            1, "cancel-in-progress: ${{ github.event_name == 'pull_request' }}", "a newer push replaces the older run"
        ),
        BLANK,
        Line(0, "jobs:"),
    ]
    return written([*lines, *(_single(gated[0], release) if len(gated) == 1 else _matrix(gated, release))])


def report_workflow(configs: Sequence[str], release: Release = RELEASE, *, knows_cache_mode: bool = False) -> str:
    """The workflow that comments and sets the status: it reads evidence, and nothing of the pull request runs in it."""
    address, version = pinned(REPORT, release)
    lines = [
        Line(
            0,
            "",
            "Writes the comment and the status. It runs from the default branch only, and reads evidence as data.",
        ),
        Line(0, "name: mlgate-report", "this workflow"),
        BLANK,
        Line(0, "on:"),
        Line(
            1, "workflow_run:", "zizmor: ignore[dangerous-triggers] nothing of the pull request is checked out or run"
        ),
        Line(2, f"workflows: [{GATE_NAME}]", "the name of the workflow that checks"),
        Line(2, "types: [requested, completed]", "first to mark an old comment as stale, then to renew it"),
        BLANK,
        Line(0, "permissions: {}", "nothing, but for the job below"),
        BLANK,
        Line(0, "jobs:"),
        Line(1, "report:"),
        Line(2, "permissions:"),
        Line(3, "actions: read", "the evidence, an artifact of the run that checked"),
        Line(3, "contents: read", "the base's mlgate.yml, whose policy decides"),
        Line(3, "pull-requests: write", "the one comment"),
        Line(3, "statuses: write", f"the commit status `{REQUIRED_STATUS}`"),
        *(
            [Line(2, "cache-mode: none", "it needs no cache, which a pull request could have written")]
            * knows_cache_mode
        ),
        Line(2, f"uses: {address}", version),
        Line(2, "with:"),
        Line(3, "configs: |", "every model that must have been checked; a missing one is a failure"),
        *(Line(4, config) for config in configs),
    ]
    return written(lines)


def _single(gated: Gated, release: Release) -> Iterator[Line]:
    address, version = pinned(GATE, release)
    yield Line(1, "gate:", f"its check is called `{REQUIRED_CHECK}`: require that one")
    yield Line(2, f"uses: {address}", version)
    yield Line(2, "with:")
    yield Line(3, key_value("config", gated.config), "what is asked of a change")
    yield from _inputs(gated.environment, 3)


def _matrix(gated: Sequence[Gated], release: Release) -> Iterator[Line]:
    """A leg for each model, and one job that has the name of the required check, whatever the legs are called."""
    address, version = pinned(GATE, release)
    python = any(g.environment.python for g in gated)
    yield Line(1, "model:", "once for each model, side by side")
    yield Line(2, "strategy:")
    yield Line(3, "fail-fast: false", "one model's failure does not hide another's")
    yield Line(3, "matrix:")
    yield Line(4, "include:")
    for each in gated:
        yield Line(5, f"- {key_value('config', each.config)}", "what is asked of a change of this model")
        yield from _inputs(each.environment, 6)
        if python and not each.environment.python:
            yield Line(6, 'python-version: "3.12"', "the default")
    yield Line(2, f"uses: {address}", version)
    yield Line(2, "with:", "each leg's own values; empty where it has none")
    names = ["config", *(n for n in ("setup", "install") if any(getattr(g.environment, n) for g in gated))]
    for name in [*names, *(["python-version"] if python else [])]:
        yield Line(3, f"{name}: ${{{{ matrix.{name} }}}}")
    yield BLANK
    yield Line(1, "gate:", "one required check for all models")
    yield Line(2, f"name: {REQUIRED_CHECK}", "the name to require")
    yield Line(2, "if: always()", "a skipped job would count as passed")
    yield Line(2, "needs: [model]")
    yield Line(2, "runs-on: ubuntu-latest")
    yield Line(2, "permissions: {}", "it only looks at results")
    yield Line(2, "steps:")
    yield Line(3, '- run: test "$RESULT" = success', "every model passed; cancelled and skipped are no pass")
    yield Line(4, "shell: bash")
    yield Line(4, "env:")
    yield Line(5, f"RESULT: {_SUCCESS}")


def _inputs(environment: Environment, depth: int) -> Iterator[Line]:
    named = (("python-version", "python"), ("setup", "setup"), ("install", "install"))
    for key, name in named:
        chosen = getattr(environment, name)
        if chosen:
            yield Line(
                depth, f"{key}: {scalar(chosen.value) if name != 'python' else _quoted(chosen.value)}", chosen.why
            )


def _quoted(text: str) -> str:
    return f'"{text}"'
