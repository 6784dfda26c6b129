"""Fairness: the gap between groups stays within `tolerance`, and does not grow against the baseline.

For each sensitive column the gap of a metric is its largest difference between two groups, or, with `reference`,
between any group and that one.
Metrics: selection rate (the share predicted positive, "demographic parity"), true-positive rate (tpr, "equal
opportunity"; with fpr "equalized odds"), fpr, fnr, ppv, accuracy; calibration (mean score − share that is positive); of
a regression the mean error, of scored rows the mean score.
0 means that all groups are treated alike. With `ratio` the smallest ratio of two groups is judged instead, of which 1
means that, on the log scale.
Two questions: is the gap within `tolerance`? and, on the same rows, did it grow by more than `growth`? With a baseline
the second blocks and the first informs, since a change can only answer for what it changes. Without one the first
blocks.
`intersections` judges the groups of several columns together, `control` asks within each value of another column, and
`bins` cuts a column of numbers. A missing value is the group `(missing)`.
Groups with fewer than `min-rows` rows that the metric counts are listed as undecided, never passed in silence; where
they leave no two groups to compare, the gap is undecided too. A column with a single group cannot be judged at all.
Limits: which gap is fair is not a statistical question; a gap within tolerance does not make a model fair.
Vocabulary as in fairlearn.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any

from msgspec import Meta

from mlgate.config import CheckParams, Column
from mlgate.evidence import Finding
from mlgate.judging import MIN_ROWS, at, not_measurable, without_baseline
from mlgate.judging_gaps import Asked, gap_findings
from mlgate.measuring.grouping import with_bins, with_crossed
from mlgate.measuring.groups import GroupMetric
from mlgate.measuring.joint import Absent, Joint, MetricValues
from mlgate.plugins import Answers, Facts
from mlgate.questions import Predictions, Question

CONTROLLED = " where "
Edges = Annotated[tuple[float, ...], Meta(min_length=1)]


class Params(CheckParams, frozen=True, kw_only=True):
    columns: Annotated[
        tuple[Column, ...] | None, Meta(description="sensitive columns; the table's `sensitive` if not given")
    ] = None
    metrics: Annotated[
        Annotated[tuple[GroupMetric, ...], Meta(min_length=1)] | None,
        Meta(description="what is compared between groups"),
    ] = None
    tolerance: Annotated[float, Meta(gt=0, description="largest gap allowed")] = 0.1
    growth: Annotated[float, Meta(gt=0, description="largest growth of a gap that does no harm")] = 0.05
    ratio: Annotated[
        Annotated[float, Meta(gt=0, lt=1)] | None,
        Meta(description="smallest ratio of two groups allowed, judged instead of the difference"),
    ] = None
    intersections: Annotated[
        tuple[Annotated[tuple[Column, ...], Meta(min_length=2)], ...],
        Meta(description="lists of columns whose groups are judged together"),
    ] = ()
    control: Annotated[tuple[Column, ...], Meta(description="columns within each value of which gaps are judged")] = ()
    bins: Annotated[Mapping[Column, Edges], Meta(description="column of numbers → the edges that cut it")] = {}
    reference: Annotated[
        Mapping[Column, str], Meta(description="column → the group that all others are compared with")
    ] = {}
    min_rows: Annotated[int, Meta(ge=2, description="a group with fewer rows cannot tell")] = MIN_ROWS

    def __post_init__(self) -> None:
        for column, edges in self.bins.items():
            if list(edges) != sorted(set(edges)):
                raise ValueError(f"the bins of '{column}' do not rise")


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield _question(params, facts)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    columns = _columns(params, answers.facts)
    rows = answers[_question(params, answers.facts)]
    if isinstance(rows, MetricValues):
        yield not_measurable("fairness needs predictions, not a metrics file", subject="fairness")
    elif not columns and not params.intersections:
        yield not_measurable("no columns: name some under the table's 'sensitive' or here", subject="fairness")
    else:
        yield from _judged(
            with_crossed(with_bins(rows, dict(params.bins)), params.intersections), columns, params, answers
        )


def _judged(rows: Joint, columns: tuple[str, ...], params: Params, answers: Answers) -> Iterable[Finding]:
    usual: dict[str, tuple[GroupMetric, ...]] = {
        "multiclass": ("accuracy",), "regression": ("mean-error",), "score": ("mean-score",),
    }  # fmt: skip
    metrics = params.metrics or usual.get(rows.task, ("selection-rate", "tpr", "fpr"))
    if why := _unpredicted(rows.candidate, metrics):
        yield not_measurable(f"fairness needs {why}", subject="fairness")
        return
    baseline = rows.paired()
    if baseline is None:
        yield without_baseline(answers.baseline, subject="gap growth")
    elif why := _unpredicted(baseline, metrics):
        message = f"the baseline has no {why.replace(', or', ', nor')}"
        yield not_measurable(message, subject="gap growth")
        rows = replace(rows, baseline=Absent("baseline-crashed", message))
    for column in (*columns, *(" & ".join(names) for names in params.intersections)):
        if column not in rows.columns:
            message = f"the rows have no column '{column}'"
            yield Finding(subject=column, status="error", message=message, location=at("columns"))
            continue
        for metric in metrics:
            asked = Asked(
                metric, column, params.tolerance, params.growth, params.ratio, params.reference.get(column),
                params.min_rows,
            )  # fmt: skip
            yield from gap_findings(asked, rows)
            for name, part in _controlled(rows, params):
                yield from gap_findings(replace(asked, where=name), part)


def _unpredicted(side: Any, metrics: tuple[GroupMetric, ...]) -> str | None:
    needs_class = any(metric not in ("calibration", "mean-score") for metric in metrics)
    return "predicted classes, or scores in [0, 1]" if needs_class and side.predicted is None else None


def _controlled(rows: Joint, params: Params) -> Iterable[tuple[str, Joint]]:
    """The rows of each value of each control column."""
    for control in params.control:
        for code, label in enumerate(rows.columns[control].labels if control in rows.columns else ()):
            yield f"{CONTROLLED}{control}={label}", rows.where(rows.columns[control].codes == code)


def _columns(params: Params, facts: Facts) -> tuple[str, ...]:
    model = facts.config.model
    table = facts.config.tables.get(model.table) if model else None
    return params.columns if params.columns is not None else table.sensitive if table else ()


def _question(params: Params, facts: Facts) -> Predictions:
    named = (*_columns(params, facts), *params.control, *(name for names in params.intersections for name in names))
    plain = tuple(name for name in dict.fromkeys(named) if name not in params.bins)
    return Predictions(plain, tuple(params.bins))
