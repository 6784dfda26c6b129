"""Declared features: `features.yml` as frozen types, every fault with its line."""

import posixpath
import re
from typing import Annotated

from msgspec import UNSET, Meta

from mlgate.config import Id, Section
from mlgate.configuring.parsing import Parser
from mlgate.configuring.yaml_source import read_yaml
from mlgate.errors import Problem, UserError
from mlgate.evidence import FeatureNumber
from mlgate.type_families import TypeFamily

DEFAULT_FILE = "features.yml"
_SECONDS = {"m": 60, "h": 3_600, "d": 86_400}

Period = Annotated[
    str, Meta(pattern=r"^[1-9][0-9]{0,4} ?[mhd]$(?!\n)", description="a number and m, h or d, such as 36h")
]


class FeatureVersion(Section, frozen=True, kw_only=True):
    """One version of a feature: the columns that it gives, and the files whose code computes them."""

    version: FeatureNumber
    schema: Annotated[dict[str, TypeFamily], Meta(min_length=1)]
    transform: Annotated[tuple[str, ...], Meta(min_length=1)]  # files or folders, relative to features.yml
    table: str | None = None  # where its rows are kept, so that their age can be told
    updated: str | None = None  # the column of `table` that says when a row was computed
    fresh_within: Period | None = None  # how old the newest row may be


class Feature(Section, frozen=True, kw_only=True):
    """A feature and the versions of it that the repository can compute."""

    name: Id
    versions: Annotated[tuple[FeatureVersion, ...], Meta(min_length=1)]


class Declared(Section, frozen=True, kw_only=True):
    """`features.yml`."""

    version: Annotated[int, Meta(ge=1, le=1)]
    features: tuple[Feature, ...] = ()

    def find(self, name: str, version: int) -> FeatureVersion | None:
        """The version of the feature, or None."""
        every = ((f.name, v.version, v) for f in self.features for v in f.versions)
        return next((found for *key, found in every if key == [name, version]), None)


def seconds_of(period: str) -> int:
    """A period in seconds.

    >>> seconds_of("36h"), seconds_of("2 d")
    (129600, 172800)
    """
    found = re.fullmatch(r"(\d+) ?([mhd])", period)
    assert found is not None
    return int(found[1]) * _SECONDS[found[2]]


def parse_features(data: bytes, name: str) -> Declared:
    """The declared features; a `UserError` with all faults, each with its line."""
    parser = Parser(read_yaml(data, name))
    declared = parser.struct(parser.source.data, Declared)
    if declared is UNSET or parser.problems:
        raise UserError(*parser.problems)
    assert isinstance(declared, Declared)
    if problems := [*_doubled(declared, parser), *_half_said(declared, parser), *_outside(declared, parser)]:
        raise UserError(*problems)
    return declared


def _doubled(declared: Declared, parser: Parser) -> list[Problem]:
    """Names and versions that stand there twice."""
    seen: set[tuple[str, int]] = set()
    problems = []
    for i, feature in enumerate(declared.features):
        for j, version in enumerate(feature.versions):
            key = (feature.name, version.version)
            if key in seen:
                where = parser.source.where(("features", i, "versions", j))
                mend = "give each version once, and all versions of a feature under one name"
                problems.append(Problem(f"{feature.name}@{version.version} is declared twice", where, mend))
            seen.add(key)
    return problems


def _half_said(declared: Declared, parser: Parser) -> list[Problem]:
    """Freshness without what it is told by."""
    problems = []
    for i, feature in enumerate(declared.features):
        for j, version in enumerate(feature.versions):
            given = [version.table, version.updated, version.fresh_within]
            if any(given) and not all(given):
                where = parser.source.where(("features", i, "versions", j))
                what = f"{feature.name}@{version.version} says only a part of how fresh it must be"
                problems.append(Problem(what, where, "give 'table', 'updated' and 'fresh-within' together, or none"))
    return problems


def _outside(declared: Declared, parser: Parser) -> list[Problem]:
    """Transforms that are not beside or below the file."""
    problems = []
    for i, feature in enumerate(declared.features):
        for j, version in enumerate(feature.versions):
            for k, path in enumerate(version.transform):
                if path.startswith("/") or posixpath.normpath(path).split("/")[0] in ("..", "."):
                    where = parser.source.where(("features", i, "versions", j, "transform", k))
                    mend = "name files or folders beside or below this file"
                    problems.append(Problem(f"the transform '{path}' lies elsewhere", where, mend))
    return problems
