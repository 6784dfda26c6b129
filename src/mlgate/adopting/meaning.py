"""What a table's columns probably mean, each guess with its reason: key, label, sensitive and slicing columns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlgate.adopting.profiling import ID_LIKE, Column, Profile, tokens
from mlgate.inputs.spelling import spell_one
from mlgate.worker.client import ModelFileReport

TARGETS = (
    "target", "label", "labels", "y", "class", "y_true", "outcome", "response", "truth", "is_fraud", "fraud", "churn",
    "churned", "default", "defaulted", "deny", "denied", "approved", "survived", "diagnosis", "converted", "clicked",
    "attrition", "exited", "readmitted", "spam", "income",
)  # fmt: skip
POSITIVE = ("1", "yes", "true", "y", "t", "positive", "pos", "bad", "default", "churn", "churned", "fraud", "spam")
NEGATIVE = ("0", "no", "false", "n", "f", "negative", "neg", "good", "-1", "none", "ham")
SENSITIVE = (
    ("sex",), ("gender",), ("race",), ("racial",), ("ethnicity",), ("ethnic",), ("religion",), ("nationality",),
    ("age", "group"), ("age", "band"), ("age", "bin"), ("age", "cat"), ("agegroup",), ("disability",), ("disabled",),
    ("afam",), ("black",), ("hispanic",), ("latino",), ("foreign",), ("minority",), ("pregnant",), ("veteran",),
    ("native", "country"), ("marital", "status"),
)  # fmt: skip
MOST_GROUPS = 12
MOST_SLICES = 2
SMALLEST_SLICE = 30  # rows: the checks call smaller ones too few


@dataclass(frozen=True)
class Guess:
    """A column that was guessed, and why."""

    column: str
    why: str


@dataclass(frozen=True)
class Meaning:
    """The columns' guessed meaning; `several` is a label column that has more than two classes."""

    key: Guess | None = None
    target: Guess | None = None
    positive: Guess | None = None
    sensitive: tuple[Guess, ...] = ()
    slices: tuple[Guess, ...] = ()
    cluster: Guess | None = None
    several: Guess | None = None


def find_meaning(table: Profile, report: ModelFileReport | None = None) -> Meaning:
    """The guesses for a table whose rows a model is measured on."""
    key = _key(table)
    target = _target(table, report, key)
    taken = {g.column for g in (key, target) if g}
    sensitive = tuple(_sensitive(table, taken))
    taken |= {g.column for g in sensitive}
    return Meaning(
        key=key, target=target, positive=_positive(table.columns[target.column]) if target else None,
        sensitive=sensitive, slices=tuple(_slices(table, taken))[:MOST_SLICES],
        cluster=None if key and key.column == "id" else _cluster(table),
        several=None if target else _several(table),
    )  # fmt: skip


def telling(names: Sequence[str]) -> list[str]:
    """The names that a guess could be made by, so that a wide table's profile does not miss them."""
    known = {*TARGETS, *ID_LIKE, *(word for phrase in SENSITIVE for word in phrase)}
    return [n for n in names if set(tokens(n)) & known]


def _key(table: Profile) -> Guess | None:
    names = sorted((c.name for c in table.columns.values() if c.is_unique), key=lambda n: (len(tokens(n)), len(n)))
    return Guess(names[0], "unique in every row, and named like an id") if names else None


def _target(table: Profile, report: ModelFileReport | None, key: Guess | None) -> Guess | None:
    binary = [c for c in table.columns.values() if c.is_binary and not (key and c.name == key.column)]
    features = set(report.features or ()) if report else set()
    if features:
        binary = [c for c in binary if c.name not in features]
    classes = {spell_one(c) for c in report.classes} if report and report.classes else None
    if classes:
        of_model = [c for c in binary if set(c.values or ()) == classes]
        if chosen := _by_name(of_model) or (of_model[-1] if of_model else None):
            return Guess(chosen.name, f"its values are the model's classes, {_listed(chosen.values or ())}")
    if features and len(binary) == 1:
        return Guess(binary[0].name, "the one two-valued column that the model does not take")
    if chosen := _by_name(binary):
        return Guess(chosen.name, f"by its name, and it has two values: {_listed(chosen.values or ())}")
    last = table.names[-1] if table.names else None
    if chosen := next((c for c in binary if c.name == last), None):
        return Guess(chosen.name, f"the last column, and it has two values: {_listed(chosen.values or ())}")
    return None


def _by_name(columns: Sequence[Column]) -> Column | None:
    named = {"_".join(tokens(c.name)): c for c in columns}
    exact = next((named[name] for name in TARGETS if name in named), None)
    return exact or next((c for c in columns if set(tokens(c.name)) & set(TARGETS)), None)


def _several(table: Profile) -> Guess | None:
    named = {"_".join(tokens(c.name)): c for c in table.columns.values()}
    found = next((named[name] for name in TARGETS if name in named), None)
    if found is None:
        return None
    if found.missing:
        return Guess(found.name, f"{found.missing:,} of its rows have no label")
    return Guess(found.name, f"it has {len(found.values) if found.values else 'about ' + str(found.distinct)} values")


def _positive(column: Column) -> Guess:
    values = dict(column.values or {})
    folded = {v.lower(): v for v in values}
    if len(folded) == 2 and (known := next((folded[p] for p in POSITIVE if p in folded), None)):
        return Guess(known, f"by its spelling; the other is {_other(values, known)}")
    if len(folded) == 2 and (known := next((folded[n] for n in NEGATIVE if n in folded), None)):
        return Guess(_other(values, known), f"the other is {known}")
    rarer = min(values, key=lambda v: (values[v], v))
    return Guess(rarer, f"the rarer of the two; the other is {_other(values, rarer)}")


def _sensitive(table: Profile, taken: set[str]) -> Iterable[Guess]:
    for column in table.columns.values():
        words = tokens(column.name)
        named = any(all(part in words for part in phrase) for phrase in SENSITIVE)
        if named and column.name not in taken and column.values and 2 <= len(column.values) <= MOST_GROUPS:
            yield Guess(column.name, f"by its name; its groups: {_listed(column.values)}")


def _slices(table: Profile, taken: set[str]) -> Iterable[Guess]:
    for column in table.columns.values():
        if column.name in taken or column.family not in ("string", "boolean") or not column.values:
            continue
        if 2 <= len(column.values) <= 8 and min(column.values.values()) >= SMALLEST_SLICE:
            smallest = min(column.values.values())
            yield Guess(column.name, f"{len(column.values)} values, the smallest with {smallest:,} rows")


def _cluster(table: Profile) -> Guess | None:
    for column in table.columns.values():
        is_id = bool(set(tokens(column.name)) & set(ID_LIKE)) and not column.is_unique and not column.missing
        if is_id and table.rows / 50 < column.distinct < 0.8 * table.rows:
            return Guess(column.name, f"about {column.distinct:,} values in {table.rows:,} rows")
    return None


def _other(values: Iterable[str], one: str) -> str:
    return next(v for v in values if v != one)


def _listed(values: Iterable[str]) -> str:
    return ", ".join(sorted(values))
