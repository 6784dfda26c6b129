"""The proposed checks: for each column and metric what was observed and what is proposed."""

from collections.abc import Iterable, Iterator

from mlgate.adopting import bounds
from mlgate.adopting.annotated import Line, flow, key_value, scalar
from mlgate.adopting.profiling import Column, Profile
from mlgate.adopting.studying import Seen
from mlgate.measuring.metrics import METRICS

MOST_LISTED = 40  # columns in each check
LONGEST_VALUE = 60
TYPES = {"integer", "float", "string", "boolean", "date", "timestamp"}


def checks_of(seen: Seen) -> Iterator[Line]:
    """The lines below `checks:`."""
    test = seen.tables.get("test")
    if test is not None:
        yield Line(1, "", "The data: bounds are generous, so that only what is clearly wrong stops a change")
        yield from _data(seen, test)
    if seen.artifact:
        yield from _head("model-file", "nothing in the file that could run code when it is loaded")
    if seen.predictions or (test is not None and seen.meaning.target and (seen.artifact or seen.function)):
        yield Line(1, "", "The model, compared with the base's on the same rows")
        yield from _model(seen)
    elif seen.metrics and not seen.artifact:
        yield from _bare_metrics(seen)
    yield from _code(seen, is_alone=test is None and not seen.metrics and not seen.artifact and not seen.predictions)


def _data(seen: Seen, test: Profile) -> Iterator[Line]:
    listed = _listed(seen, test)
    if listed:
        yield from _schema(test, listed)
        yield from _missing(seen, test, listed)
        yield from _ranges(seen, listed)
        yield from _allowed_values(seen, listed)
    if key := seen.meaning.key:
        yield from _head("unique", "no value twice", (f"columns: {flow([key.column])}", "each alone"))
    if test.rows:
        fewest = bounds.fewest_rows(test.rows)
        yield from _head("row-count", "a half-written export is stopped")
        yield Line(2, f"min: {fewest}", f"observed {test.rows:,}; fewer than about half is likely an accident")
    if "train" in seen.tables:
        yield from _head(
            "leakage",
            "a model that has seen its test rows is measured too well",
            ("train: train", "no row of this table"),
            ("test: test", "may be in this one"),
        )


def _schema(test: Profile, listed: list[Column]) -> Iterator[Line]:
    yield from _head("schema", "each column is there, with its type", "columns:")
    for column in listed:
        kind = column.family if column.family in TYPES else "number" if column.family == "decimal" else "any"
        yield Line(3, key_value(column.name, kind), _observed(column))
    left = len(test.names) - len(listed)
    if left:
        yield Line(3, "", f"{left:,} further columns are not listed; add those that matter")


def _missing(seen: Seen, test: Profile, listed: list[Column]) -> Iterator[Line]:
    yield from _head("missing", "largest share of empty fields, NA and NaN", "columns:")
    strict = {g.column for g in (seen.meaning.key, seen.meaning.target) if g}
    for column in listed:
        most = 0.0 if column.name in strict else bounds.missing_share(column.missing, test.rows)
        seen_share = f"{column.missing / test.rows:.1%}".replace("%", " %") if column.missing else "none"
        proposed = f"proposed at most {100 * most:.0f} %" if most else "a row without it cannot be judged"
        yield Line(3, f"{scalar(column.name)}: {{max: {scalar(most)}}}", f"observed {seen_share}; {proposed}")


def _ranges(seen: Seen, listed: list[Column]) -> Iterator[Line]:
    named = {g.column for g in (seen.meaning.key, seen.meaning.target) if g}
    lines = []
    for column in listed:
        found = None if column.name in named else bounds.bounds(column)
        if found is None or (found == (0.0, 1.0) and column.family == "integer"):
            continue
        low, high = found
        far = bounds.outlier(column)
        doubt = f"; {far:g} lies far from the rest: is it right?" if far is not None else ""
        comment = f"observed {column.low:.6g}–{column.high:.6g}; proposed {low:g}–{high:g}{doubt}"
        text = f"{scalar(column.name)}: {{min: {scalar(low)}, max: {scalar(high)}}}"
        lines.append(Line(3, text, comment))
    if lines:
        yield from _head("ranges", "a changed unit or a broken export is stopped", "columns:")
        yield from lines


def _allowed_values(seen: Seen, listed: list[Column]) -> Iterator[Line]:
    target = seen.meaning.target.column if seen.meaning.target else None
    lines = []
    for column in listed:
        values = sorted(column.values or ())
        is_text = column.family == "string" and all(v.isprintable() and len(v) <= LONGEST_VALUE for v in values)
        if not values or not is_text:
            continue
        if column.name == target:
            lines.append(Line(3, f"{scalar(column.name)}: {flow(values)}", "the two classes"))
        else:
            text = f"{scalar(column.name)}: {{values: {flow(values)}, share: 0.01}}"
            lines.append(Line(3, text, f"{len(values)} observed; new ones in up to 1 % of rows"))
    if lines:
        yield from _head("allowed-values", "a renamed or new category is noticed", "columns:")
        yield from lines


def _model(seen: Seen) -> Iterator[Line]:
    gives_scores = seen.function.gives_scores if seen.function else True
    primary = "auc" if gives_scores else "accuracy"
    labels = list((seen.labels.values or {}).values()) if seen.labels else []
    rows, fewer = sum(labels) or 1, min(labels, default=1)
    yield from _head("metrics", "shown with their intervals")
    yield Line(2, "limits:")
    for metric in ("auc", "accuracy") if gives_scores else ("accuracy", "recall"):
        yield Line(3, f"{metric}: {{}}", "shown only; to require a value, write {min: 0.8}")
    yield from _head("regression", "no worse than the base by more than a margin")
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
        yield from _head("slices", "no group of rows gets much worse", ("metrics: [accuracy]", "compared in each"))
        yield Line(2, "margins: {accuracy: 0.05}", "small groups vary more than the whole")
    if seen.meaning.sensitive and not seen.predictions:
        yield from _head("fairness", "gaps between the groups of the sensitive columns")
        yield Line(2, "severity: warn", "look at the gaps first; remove this line to make them block")
        yield Line(2, "metrics: [selection-rate, fpr]", "the share predicted positive, and the false alarms")
        yield Line(2, "tolerance: 0.1", "the largest gap between two groups")


def _bare_metrics(seen: Seen) -> Iterator[Line]:
    yield from _head("metrics", "the values in the file keep their limits", "limits:")
    for name, value in seen.metrics.items():
        is_up = METRICS[name].better == "up"
        limit = bounds.floor_for(value) if is_up else round(value * 1.25 + 0.005, 2)
        side = "min" if is_up else "max"
        word = "at least" if is_up else "at most"
        yield Line(3, f"{name}: {{{side}: {scalar(limit)}}}", f"observed {value:.4g}; proposed {word} {limit:g}")
    ordered = sorted(seen.metrics, key=list(METRICS).index)
    primary = "auc" if "auc" in seen.metrics else ordered[0]
    yield from _head("regression", "the differences from the base, shown")
    yield Line(2, f"primary: {primary}", "values without rows never block: chance is not accounted for")
    if others := [n for n in ordered if n != primary]:
        margins = ", ".join(f"{n}: {scalar(METRICS[n].margin)}" for n in others)
        yield Line(2, f"margins: {{{margins}}}", "further metrics to show")


def _code(seen: Seen, *, is_alone: bool) -> Iterator[Line]:
    if seen.project.has_tests:
        yield from _head("tests", "your own tests, by pytest", ("paths: [tests]", "as pytest takes them"))
    if seen.notebooks:
        yield from _head("notebooks", "they run from top to bottom, by nbval")
        if not is_alone or seen.project.has_tests:
            yield Line(2, "severity: warn", "remove this line to make a broken notebook block")
        yield Line(2, "paths:")
        for path in seen.notebooks:
            yield Line(3, f"- {scalar(path)}", "remove it if it takes too long")


def _head(check: str, what: str, *further: str | tuple[str, str]) -> Iterator[Line]:
    """A check's first lines; one without parameters is an empty mapping."""
    bare = check == "model-file"
    yield Line(1, f"{check}: {{}}" if bare else f"{check}:", what)
    for each in further:
        yield Line(2, *each) if isinstance(each, tuple) else Line(2, each)


def _listed(seen: Seen, test: Profile) -> list[Column]:
    """The columns that checks name: those with a meaning first, as many as a person can read."""
    named = [seen.meaning.key, seen.meaning.target, *seen.meaning.sensitive, *seen.meaning.slices]
    features: Iterable[str] = (seen.report.features or ()) if seen.report else ()
    first = [*(g.column for g in named if g), *features, *test.columns]
    chosen = list(dict.fromkeys(n for n in first if n in test.columns and n.isprintable()))[:MOST_LISTED]
    return [c for name, c in test.columns.items() if name in chosen]


def _observed(column: Column) -> str:
    if column.values is not None and column.family not in ("float", "decimal"):
        shown = ", ".join(list(column.values)[:4])
        return f"{shown}{', …' if len(column.values) > 4 else ''}" or "no values"
    if column.low is not None and column.high is not None:
        return f"{column.low:.6g}–{column.high:.6g}"
    return f"about {column.distinct:,} values"
