"""The proposed checks of model and code: for each metric what was observed and what is proposed."""

from collections.abc import Iterator

from mlgate.adopting import bounds
from mlgate.adopting.annotated import Line, scalar
from mlgate.adopting.profiling import Profile
from mlgate.adopting.proposed_data import Data, data_checks, head
from mlgate.adopting.studying import Seen
from mlgate.measuring.metrics import METRICS


def checks_of(seen: Seen) -> Iterator[Line]:
    """The lines below `checks:`."""
    test = seen.tables.get("test")
    if test is not None:
        yield Line(1, "", "The data: bounds are generous, so that only what is clearly wrong stops a change")
        yield from data_checks(_data(seen, test))
    if seen.artifact:
        yield from head("model-file", "nothing in the file that could run code when it is loaded")
    if seen.predictions or (test is not None and seen.meaning.target and (seen.artifact or seen.function)):
        yield Line(1, "", "The model, compared with the base's on the same rows")
        yield from _model(seen)
    elif seen.metrics and not seen.artifact:
        yield from _bare_metrics(seen)
    yield from _code(seen, is_alone=test is None and not seen.metrics and not seen.artifact and not seen.predictions)


def _data(seen: Seen, test: Profile) -> Data:
    features = (seen.report.features or ()) if seen.report else ()
    return Data(test, seen.meaning, has_train="train" in seen.tables, features=tuple(features))


def _model(seen: Seen) -> Iterator[Line]:
    gives_scores = seen.function.gives_scores if seen.function else True
    primary = "auc" if gives_scores else "accuracy"
    labels = list((seen.labels.values or {}).values()) if seen.labels else []
    rows, fewer = sum(labels) or 1, min(labels, default=1)
    yield from head("metrics", "shown with their intervals")
    yield Line(2, "limits:")
    for metric in ("auc", "accuracy") if gives_scores else ("accuracy", "recall"):
        yield Line(3, f"{metric}: {{}}", "shown only; to require a value, write {min: 0.8}")
    yield from head("regression", "no worse than the base by more than a margin")
    yield Line(
        2, f"primary: {primary}", "the metric that decides" if gives_scores else "the function gives labels alone"
    )
    yield Line(2, "margins:")
    for metric in dict.fromkeys((primary, "accuracy")):
        told = f"{rows:,} rows ({fewer:,} of the rarer class) can settle about this much"
        yield Line(3, f"{metric}: {bounds.margin(metric, rows, fewer):g}", told)
    yield from _groups(seen)


def _groups(seen: Seen) -> Iterator[Line]:
    if seen.meaning.slices and not seen.predictions:
        yield from head("slices", "no group of rows gets much worse", ("metrics: [accuracy]", "compared in each"))
        yield Line(2, "margins: {accuracy: 0.05}", "small groups vary more than the whole")
    if seen.meaning.sensitive and not seen.predictions:
        yield from head("fairness", "gaps between the groups of the sensitive columns")
        yield Line(2, "severity: warn", "look at the gaps first; remove this line to make them block")
        yield Line(2, "metrics: [selection-rate, fpr]", "the share predicted positive, and the false alarms")
        yield Line(2, "tolerance: 0.1", "the largest gap between two groups")


def _bare_metrics(seen: Seen) -> Iterator[Line]:
    yield from head("metrics", "the values in the file keep their limits", "limits:")
    for name, value in seen.metrics.items():
        is_up = METRICS[name].better == "up"
        limit = bounds.floor_for(value) if is_up else round(value * 1.25 + 0.005, 2)
        side = "min" if is_up else "max"
        word = "at least" if is_up else "at most"
        yield Line(3, f"{name}: {{{side}: {scalar(limit)}}}", f"observed {value:.4g}; proposed {word} {limit:g}")
    ordered = sorted(seen.metrics, key=list(METRICS).index)
    primary = "auc" if "auc" in seen.metrics else ordered[0]
    yield from head("regression", "the differences from the base, shown")
    yield Line(2, f"primary: {primary}", "values without rows never block: chance is not accounted for")
    if others := [n for n in ordered if n != primary]:
        margins = ", ".join(f"{n}: {scalar(METRICS[n].margin)}" for n in others)
        yield Line(2, f"margins: {{{margins}}}", "further metrics to show")


def _code(seen: Seen, *, is_alone: bool) -> Iterator[Line]:
    if seen.project.has_tests:
        yield from head("tests", "your own tests, by pytest", ("paths: [tests]", "as pytest takes them"))
    if seen.notebooks:
        yield from head("notebooks", "they run from top to bottom, by nbval")
        if not is_alone or seen.project.has_tests:
            yield Line(2, "severity: warn", "remove this line to make a broken notebook block")
        yield Line(2, "paths:")
        for path in seen.notebooks:
            yield Line(3, f"- {scalar(path)}", "remove it if it takes too long")
