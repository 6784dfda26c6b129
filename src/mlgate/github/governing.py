"""Governing: the configuration whose policy counts for a change, read at its base without a checkout."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from mlgate.config import Config, policy_digest
from mlgate.configuring.loading import Parsed, parse_config
from mlgate.configuring.yaml_source import read_yaml
from mlgate.errors import UserError
from mlgate.evidence import Predicate, digest_of
from mlgate.plugins import CheckFile, find_checks


class Governing(Struct, frozen=True):
    """The policy in force for one model."""

    path: str
    config: Config
    params: Mapping[str, tuple[str, ...]]  # the digests of each shipped check's parameters
    is_bootstrap: bool = False  # the change's own, because the base has none that can be used


class Ungoverned(Struct, frozen=True):
    """Why there is no policy for a model that is named."""

    path: str
    why: str


def govern(path: str, base: bytes | None, head: bytes | None, moved_from: str | None) -> Governing | Ungoverned | None:
    """The base's configuration; else, where the change brings the first one, its own; None where neither has one.

    `moved_from` is a configuration of the base that the change takes away: then its own cannot replace it.
    """
    parsed = _parsed(base, path) if base is not None else None
    if isinstance(parsed, Parsed):
        return Governing(path, parsed.config, _digests(parsed))
    if parsed is None and moved_from is not None and head is not None:
        why = f"the base's configuration '{moved_from}' is gone, and another cannot replace its policy"
        return Ungoverned(path, why)
    if head is None:
        return Ungoverned(path, parsed) if parsed else None
    parsed_head = _parsed(head, path)
    if isinstance(parsed_head, str):
        return Ungoverned(path, parsed_head)
    return Governing(path, parsed_head.config, _digests(parsed_head), is_bootstrap=True)


def other_parameters(governing: Governing, predicate: Predicate) -> tuple[str, ...]:
    """The checks of the base that ran with other parameters than the base's."""
    ran: dict[str, list[str]] = {}
    for check in predicate.checks:
        ran.setdefault(check.id, []).append(check.params_sha256)
    return tuple(id_ for id_, ours in governing.params.items() if id_ in ran and Counter(ran[id_]) != Counter(ours))


def is_other_policy(governing: Governing, predicate: Predicate) -> bool:
    """Whether the gate says that it judged by another policy."""
    return predicate.policy_sha256 != policy_digest(governing.config)


def _parsed(data: bytes, path: str) -> Parsed | str:
    try:
        source = read_yaml(data, path)
        named = source.data.get("checks") if isinstance(source.data, Mapping) else None
        parsed = parse_config(source, _with_own(named if isinstance(named, Mapping) else {}), load_own=False)
    except UserError as error:
        return str(error.problems[0].message)
    return parsed.problems[0].message if parsed.problems else parsed


def _digests(parsed: Parsed) -> dict[str, tuple[str, ...]]:
    shipped = find_checks()
    return {
        id_: tuple(digest_of(msgspec.to_builtins(params)) for params, _ in blocks)
        for id_, blocks in parsed.params.items()
        if id_ in shipped
    }


def _with_own(named: Mapping[str, Any]) -> dict[str, CheckFile]:
    """The shipped checks, and for each other name a stand-in: a repository's own checks are never loaded here."""
    shipped = find_checks()
    return shipped | {id_: CheckFile(id_, "own", Path(), is_shipped=False) for id_ in named if id_ not in shipped}
