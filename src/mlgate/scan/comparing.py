"""Two tables compared: their profiles on one layout, and a sample of both to be told apart."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlgate.drift.domain import held_out_auc
from mlgate.drift.profile import Profile, from_json
from mlgate.errors import user_error
from mlgate.questions import Compared, Domain, TableFacts
from mlgate.scan.distributions import profile_of
from mlgate.scan.engine import Engine
from mlgate.scan.passes import domain_sample
from mlgate.statistics.interval import Interval

LARGEST = 64 * 2**20  # bytes of a profile
LEAST = 40  # rows of each table that a classifier can learn from


def compare(engine: Engine, asked: Compared, facts: Mapping[str, TableFacts], folder: Path) -> tuple[Profile, Profile]:
    """The reference's profile and the table's, counted alike."""
    if asked.other is not None:
        reference = profile_of(engine, facts[asked.other], asked.columns)
    else:
        reference = read_profile(folder, asked.profile or "")
    return reference, profile_of(engine, facts[asked.table], asked.columns, reference)


def read_profile(folder: Path, path: str) -> Profile:
    """The profile at `path`, below `folder`; a `UserError` if it is not there or is none."""
    file = folder / path
    if not file.resolve().is_relative_to(folder.resolve()):
        raise user_error(f"the profile {path} lies outside of the configuration's folder")
    if not file.is_file():
        raise user_error(f"there is no profile {path}", mend="make it with 'mlgate profile'")
    if file.stat().st_size > LARGEST:
        raise user_error(f"{path} is too large for a profile")
    return from_json(file.read_bytes(), path)


def tell_apart(engine: Engine, asked: Domain, facts: Mapping[str, TableFacts]) -> tuple[float, Interval] | None:
    """The AUC by which a sample's rows are told apart, or None of too few."""
    is_text = [facts[asked.table].columns[c] in ("string", "boolean") for c in asked.columns]
    samples = [
        _shuffled(engine.fetch(domain_sample(facts[table], asked.columns, engine.dialect)), is_text)
        for table in (asked.table, asked.other)
    ]
    if min(map(len, samples)) < LEAST:
        return None
    rows = [row for sample in samples for row in sample]
    is_current = np.repeat([True, False], [len(sample) for sample in samples])
    numbers = np.array([[v for v, t in zip(row, is_text, strict=True) if not t] for row in rows], float)
    digests = np.array([[v for v, t in zip(row, is_text, strict=True) if t] for row in rows], np.uint64)
    return held_out_auc(numbers.reshape(len(rows), -1), digests.reshape(len(rows), -1), is_current)


def _shuffled(rows: Sequence[Sequence[Any]], is_text: Sequence[bool]) -> list[tuple[float | int, ...]]:
    """Numbers and digests in an order that depends on nothing but them, whichever engine gave them in which order."""
    clean = [tuple(int(v or 0) if t else _float(v) for v, t in zip(row, is_text, strict=True)) for row in rows]
    return sorted(clean, key=lambda row: hashlib.blake2b(repr(row).encode(), digest_size=16).digest())


def _float(value: float | None) -> float:
    return float("nan") if value is None else float(value)
