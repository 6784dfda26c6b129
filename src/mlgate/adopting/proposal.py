"""The proposed `mlgate.yml`: its sections, each line with what it is and what was seen."""

from collections.abc import Iterator

from mlgate.adopting.annotated import BLANK, Line, flow, key_value, scalar, written
from mlgate.adopting.proposed_checks import checks_of
from mlgate.adopting.studying import Seen

HEADER = (
    "What the gate asks of every change. `mlgate init` proposed this from what lies here; every line is yours to edit.",
    "On a pull request the base branch's copy decides. `mlgate check` runs it; `mlgate checks ID` explains a check.",
)


def configuration(seen: Seen) -> str | None:
    """The text of `mlgate.yml`; None if there is nothing that a check could be asked of."""
    checks = list(checks_of(seen))
    if not checks:
        return None
    lines = [*(Line(0, "", text) for text in HEADER), Line(0, "version: 1", "of this file's format"), BLANK]
    for section in (_model(seen), _environment(seen), _tables(seen)):
        found = list(section)
        lines += [*found, BLANK] if found else []
    has_regression = any(line.text == "regression:" for line in checks)
    return written([*lines, Line(0, "checks:"), *checks, BLANK, *_policy(has_regression)])


def _model(seen: Seen) -> Iterator[Line]:
    judged = seen.meaning.target if seen.artifact or seen.function else None
    if not (seen.artifact or judged or seen.metrics or seen.predictions):
        return
    yield Line(0, "model:")
    yield Line(1, key_value("id", seen.id), "its name in reports and releases")
    if seen.artifact or judged:
        yield from _code(seen, bool(judged))
        if judged and seen.meaning.positive:
            yield _positive(seen)
    elif seen.predictions:
        yield Line(1, key_value("predictions", seen.predictions), "predictions and true labels, row by row")
        yield _positive(seen)
    else:
        path = seen.project.path_of(seen.project.metrics.path) if seen.project.metrics else ""
        yield Line(1, key_value("metrics", path), "values alone: differences cannot be told from chance")
        yield Line(1, "", "with predictions (`predictions: FILE`) or a `predict` function they could")


def _code(seen: Seen, is_judged: bool) -> Iterator[Line]:
    if seen.artifact:
        yield Line(1, key_value("artifact", seen.artifact), _of_file(seen))
        if seen.report and seen.report.trusted_lines:
            names = flow(seen.report.trusted_lines)
            yield Line(1, "", f"trusted: {names}  (not on the list of safe names; add it if this code is yours)")
    if seen.function and is_judged:
        where = f"{seen.function.path}:{seen.function.line}"
        more = f"; also {', '.join(f.spec for f in seen.project.functions[1:3])}" if seen.project.functions[1:] else ""
        yield Line(
            1, key_value("predict", seen.function.spec), f"called with the table without its target ({where}{more})"
        )
    if not is_judged:
        several = seen.meaning.several
        why = f"'{several.column}' is no label of two classes: {several.why}" if several else "no label was found"
        yield Line(1, "", f"only its file is checked: {why}; name a two-valued `target` in tables.test to judge it")


def _of_file(seen: Seen) -> str:
    if seen.report is None or seen.report.error:
        return "the model file; it could not be looked at here"
    versions = ", ".join(f"{name} {version}" for name, version in list(seen.report.written_with.items())[:2])
    return f"{seen.report.format}{f', written with {versions}' if versions else ''}; looked at, not run"


def _positive(seen: Seen) -> Line:
    labels = seen.meaning.positive
    assert labels is not None
    value: object = labels.column
    family = seen.labels.family if seen.labels else "string"
    if family in ("integer", "float", "decimal", "boolean"):
        value = int(labels.column) if labels.column.lstrip("-").isdigit() else labels.column == "true"
    return Line(1, f"positive: {scalar(value)}", f"the class that scores are for: {labels.why}")


def _environment(seen: Seen) -> Iterator[Line]:
    found = [("requirements", seen.environment.requirements), ("fetch", seen.environment.fetch)]
    if any(chosen for _, chosen in found):
        yield Line(0, "environment:")
    for key, chosen in found:
        if chosen:
            yield Line(1, key_value(key, chosen.value), chosen.why)


def _tables(seen: Seen) -> Iterator[Line]:
    if not seen.tables:
        return
    yield Line(0, "tables:")
    for role, table in seen.tables.items():
        what = f"{table.rows:,} rows, {len(table.names):,} columns"
        why = {"test": "every change is judged on it, so never train on it", "train": "what the model learnt from"}[
            role
        ]
        if role == "test" and seen.project.is_only_table:
            why = "the only table found: if the model was trained on it, keep some rows apart and name them here"
        yield Line(1, f"{role}:")
        yield Line(2, key_value("path", table.path), f"{what}; {why}")
        yield from _columns(seen, role)


def _columns(seen: Seen, role: str) -> Iterator[Line]:
    meaning, table = seen.meaning, seen.tables[role]
    key = meaning.key if role == "test" else seen.train_key
    if key:
        yield Line(2, key_value("key", key.column), key.why)
    if meaning.target and meaning.target.column in table.names:
        why = meaning.target.why if role == "test" else "the same label"
        yield Line(2, key_value("target", meaning.target.column), why)
    elif meaning.several and role == "test":
        yield Line(2, "", f"target: {scalar(meaning.several.column)} was not taken: {meaning.several.why}")
    if role != "test":
        return
    if meaning.sensitive:
        names = [g.column for g in meaning.sensitive]
        whys = "; ".join(f"{g.column} {g.why}" for g in meaning.sensitive)
        yield Line(2, f"sensitive: {flow(names)}", f"A GUESS: {whys}. Fairness is checked for these; correct the list")
    if meaning.slices:
        whys = "; ".join(f"{g.column}: {g.why}" for g in meaning.slices)
        yield Line(2, f"slices: {flow([g.column for g in meaning.slices])}", f"looked at one by one ({whys})")
    if meaning.cluster:
        why = f"{meaning.cluster.why}; add this if rows of one {meaning.cluster.column} depend on each other"
        yield Line(2, "", f"cluster: {scalar(meaning.cluster.column)}  ({why})")


def _policy(has_regression: bool) -> Iterator[Line]:
    yield Line(0, "policy:")
    yield Line(1, "inconclusive: warn", "what the rows cannot settle is shown, and does not block")
    yield Line(1, "existing: warn", "what the base has too is shown, and does not block")
    yield Line(1, "not-measured: block", "what was not measured is never green")
    if has_regression:
        yield Line(1, "required: [regression]", "without this check there is no pass, even if somebody removes it")
