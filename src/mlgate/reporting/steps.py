"""What to do next: for a finding that blocks, its way out; for a verdict, the next one or two steps."""

import shlex

from mlgate.evidence import Finding
from mlgate.reporting.figures import at_least_as_good, decimals, fixed, roughly, turning_points
from mlgate.reporting.phrases import PLAIN, Marks, subject
from mlgate.reporting.sentences import extra_lines, open_findings, sentence
from mlgate.reporting.view import View
from mlgate.reporting.words import REASONS, STEPS

DEFAULT_CONFIG = "mlgate.yml"
# Where a crash has no last lines, because the process printed nothing, the step must not send anybody to them.
SILENT = {"candidate-crashed": "candidate-silent", "baseline-crashed": "baseline-silent"}


def way_out(finding: Finding, marks: Marks = PLAIN, *, is_told: bool = False) -> str:
    """What a blocking finding is and what it needs: the values at which it would pass and would stop blocking.

    With `is_told`, its fact stands in the heading already.
    """
    what = f"{subject(finding, marks).removesuffix(' growth')} " if is_told else ""
    goal, check = _goal(finding, what), marks.name(finding.id)
    if goal is None:
        return STEPS["blocks"].format(check=check, fact=sentence(finding, marks))
    if is_told:
        return STEPS["way-out"].format(check=check, goal=goal)
    return STEPS["way-out-of"].format(check=check, fact=sentence(finding, marks), goal=goal)


def next_steps(view: View, marks: Marks = PLAIN) -> tuple[str, ...]:
    """What a person does next, in at most two sentences, the last of which is a command."""
    verdict, predicate = view.verdict, view.evidence.predicate
    if verdict.missing:
        first = STEPS["missing"].format(config=marks.name(predicate.config), check=marks.name(verdict.missing[0]))
    elif verdict.blocking or open_findings(view):
        worst = [*verdict.blocking, *open_findings(view)][0]
        first = _first_step(worst, view, marks)
        if worst.reason in ("no-baseline", "no-access"):
            return (first,)
    else:
        return (STEPS["merge"],)
    return first, STEPS["again"].format(command=marks.name(check_command(predicate.config)))


def check_command(config: str, *arguments: str) -> str:
    """The command that checks again, as it is typed into a shell."""
    named = [] if config == DEFAULT_CONFIG else ["--config", config]
    return shlex.join(["mlgate", "check", *named, *arguments])


def _first_step(finding: Finding, view: View, marks: Marks) -> str:
    goal, where = _goal(finding), finding.location
    step: str
    if finding.reason in REASONS:
        step = finding.reason if extra_lines(finding) else SILENT.get(finding.reason, finding.reason)
    elif finding.status == "inconclusive":
        step = "collect" if finding.rows_needed else "collect-more"
        step = "retrain" if finding.reason == "training-noise" else step
    elif finding.status == "error":
        step = "error"
    else:
        step = "improve" if goal or (finding.metric and not finding.message) else _mend(finding, view)
    return STEPS[step].format(
        config=marks.name(view.evidence.predicate.config),
        rows=roughly(finding.rows_needed or 0),
        what=subject(finding, marks),
        check=marks.name(finding.id),
        data=" and ".join(marks.name(file) for file in _data_files(finding, view)),
        where=marks.name(f"{where.file}:{where.line}" if where.line else where.file) if where else "",
    )


def _mend(finding: Finding, view: View) -> str:
    """The step for what is neither a metric nor an error: bad data is mended in its files first, not at the limit."""
    if finding.location is None:
        return "mend-subject"
    at_limit = finding.location.file == view.evidence.predicate.config
    return "mend-data" if finding.status == "fail" and at_limit and _data_files(finding, view) else "mend"


def _data_files(finding: Finding, view: View) -> tuple[str, ...]:
    """The files of the tables that the finding is about; none for a finding on predictions or on something else."""
    files = {table.name: table.path or table.name for table in view.evidence.predicate.tables}
    names = finding.source.split("+") if finding.source and not finding.metric else []
    return tuple(files[name] for name in names) if all(name in files for name in names) else ()


def _goal(finding: Finding, what: str = "") -> str | None:
    """The candidate's values at which the finding would pass and, if that is easier, would stop blocking."""
    points = turning_points(finding) if finding.status == "fail" and finding.reason not in REASONS else None
    if points is None:
        return None
    places, sign = decimals(finding), "≥" if finding.direction == "up" else "≤"
    passes, unblocks = (f"{sign} {fixed(at_least_as_good(finding, x, places), places)}" for x in points)
    easier = points[1] < points[0] if finding.direction == "up" else points[1] > points[0]
    only_unblocks = STEPS["goal-only-unblocks"].format(what=what, unblocks=unblocks)
    if finding.margin is not None and finding.baseline_value is not None and _is_better(finding, points[0]):
        baseline = fixed(finding.baseline_value, places)
        return STEPS["goal-no-worse"].format(goal=only_unblocks, baseline=baseline)
    if not _can_be(finding, points[0]):
        return only_unblocks
    rows = f"with these {finding.n:,} rows" if finding.n is not None else "with these rows"
    goal = STEPS["goal"].format(rows=rows, what=what, passes=passes)
    return STEPS["goal-unblocks"].format(goal=goal, unblocks=unblocks) if easier else goal


def _is_better(finding: Finding, point: float) -> bool:
    """Whether the point is better than the baseline: it takes the candidate's wide interval for that of any other."""
    baseline = finding.baseline_value or 0.0
    return point > baseline if finding.direction == "up" else point < baseline


def _can_be(finding: Finding, point: float) -> bool:
    """Whether a metric can have the value: none that is judged here is below 0, or above 1 where larger is better."""
    return point >= 0 and (finding.direction == "down" or point <= 1)
