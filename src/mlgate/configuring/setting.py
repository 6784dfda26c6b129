"""Where a run stands: the change, its base, and the configuration in force between them."""

import os
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from mlgate.config import CheckParams, Config
from mlgate.configuring.base import base_config, find_base, own_checks_of_base
from mlgate.configuring.loading import Parsed, govern, params_in_force, parse_config, policy_changes
from mlgate.configuring.yaml_source import Path as KeyPath
from mlgate.configuring.yaml_source import read_yaml
from mlgate.errors import UserError, did_you_mean, user_error
from mlgate.evidence import Note
from mlgate.inputs.event import Event, read_event
from mlgate.inputs.git import Repository, find_repository
from mlgate.plugins import CheckFile, find_checks

WORKFLOWS = ".github/workflows/"


@dataclass(frozen=True)
class Request:
    """What the caller asked for."""

    config: Path = Path("mlgate.yml")
    ref: str | None = None
    baseline: str | None = None
    only: tuple[str, ...] = ()
    install: bool = False
    own_policy: bool = False  # judge by the change's own policy, to try it
    model: Path | None = None  # a file or folder that stands for the model of the commit `ref`
    baseline_model: Path | None = None  # one that stands for the baseline's


@dataclass(frozen=True)
class Setting:
    """The change and its base, before any of their data is read."""

    request: Request
    event: Event
    repository: Repository | None
    folder: Path  # of the configuration, in the candidate's tree
    inside: str  # that folder from the top of the repository, "." for the top
    name: str  # of the configuration file, from the top of the repository
    head: Parsed
    base: Parsed | None  # what the base says, where there is one and it governs
    config: Config  # in force
    params: Mapping[str, tuple[tuple[CheckParams, KeyPath], ...]]
    checks: Mapping[str, CheckFile]
    tested_sha: str | None
    head_sha: str | None
    base_sha: str | None
    base_name: str | None
    notes: tuple[Note, ...]

    @property
    def governing(self) -> Config:
        """The file whose policy counts, as it is written."""
        return (self.base or self.head).config


def find_setting(request: Request, stack: ExitStack, *, load_own: bool = True) -> Setting:
    """The setting of a run; a `UserError` that names every fault of the configuration.

    Without `load_own` no code of the change has run, and the parameters of its own checks are left out.
    """
    event = read_event(os.environ)
    config = request.config.absolute()
    if not config.parent.is_dir() or (not config.is_file() and not request.ref):
        raise user_error(
            f"there is no configuration {request.config}", mend="write one, or say where it is: --config FILE"
        )
    repository = find_repository(config.parent)
    top = config.parent
    if repository:
        top = repository.top.resolve()
        config = config.parent.resolve() / config.name
    inside = config.parent.relative_to(top).as_posix() if config.is_relative_to(top) else "."
    name = config.relative_to(top).as_posix()
    commit = _candidate(request, repository)
    folder = config.parent
    if request.ref and repository and commit:
        folder = stack.enter_context(repository.worktree(commit, tree_paths(repository, commit, name, inside))) / inside
    base_name, base_sha = find_base(repository, event, request.baseline, commit)
    own_policy = request.own_policy or event.kind in ("push", "schedule", "workflow_dispatch")
    checks = find_checks(folder)
    if event.is_change and repository and base_sha and repository.show(base_sha, name) is not None:
        checks = own_checks_of_base(checks, repository, base_sha, inside, stack)
    head = _read(folder / config.name, name, checks, load_own)
    base = None if own_policy else base_config(repository, base_sha, commit, name, checks, load_own)
    _refuse_unknown(request.only, [*head.config.checks, *(base.config.checks if base else ())])
    in_force = govern(base, head) if base else head.config
    params = params_in_force(base, head)
    if request.only:
        params = {id_: blocks for id_, blocks in params.items() if id_ in request.only}
    tested = commit or (repository.commit("HEAD") if repository and not _is_dirty(repository, inside) else None)
    return Setting(
        request=request, event=event, repository=repository, folder=folder, inside=inside, name=name, head=head,
        base=base, config=in_force, params=params, checks=checks, tested_sha=tested,
        head_sha=event.head_sha or tested, base_sha=base_sha, base_name=base_name,
        notes=tuple(_notes(head, base, repository, base_sha, commit, own_policy)),
    )  # fmt: skip


def tree_paths(repository: Repository, commit: str, name: str, inside: str) -> list[str]:
    """The paths that a work tree of the commit needs: the configuration's folder, or what `environment.paths` says."""
    data = repository.show(commit, name)
    try:
        raw = read_yaml(data, name).data if data else None
    except UserError:  # broken there, which is told where it is read to be used
        raw = None
    environment = raw.get("environment") if isinstance(raw, dict) else None
    paths = environment.get("paths") if isinstance(environment, dict) else None
    chosen = [p for p in paths if isinstance(p, str)] if isinstance(paths, list) else ["."]
    joined = [os.path.normpath(f"{inside}/{p}") for p in chosen] + [name]
    return [p for p in joined if not p.startswith("..")]


def _candidate(request: Request, repository: Repository | None) -> str | None:
    if request.ref is None:
        return None
    if repository is None:
        raise user_error("--ref needs a git repository, and the configuration is in none")
    commit = repository.commit(request.ref)
    if commit is None:
        raise user_error(f"there is no commit '{request.ref}'", mend="fetch it, or check the spelling")
    return commit


def _read(file: Path, name: str, checks: Mapping[str, CheckFile], load_own: bool) -> Parsed:
    if not file.is_file():
        raise user_error(f"there is no configuration {name}", mend="write one, or say where it is: --config FILE")
    parsed = parse_config(read_yaml(file.read_bytes(), name), checks, load_own=load_own)
    if parsed.problems:
        raise UserError(*parsed.problems)
    return parsed


def _refuse_unknown(only: tuple[str, ...], checks: Iterable[str]) -> None:
    known = list(dict.fromkeys(checks))
    for check in only:
        if check not in known:
            raise user_error(f"--only {check}: the configuration has no such check", mend=did_you_mean(check, known))


def _is_dirty(repository: Repository, inside: str) -> bool:
    return bool(repository.text("status", "--porcelain", "--", inside))


def _notes(
    head: Parsed,
    base: Parsed | None,
    repository: Repository | None,
    base_sha: str | None,
    commit: str | None,
    own: bool,
) -> list[Note]:
    if repository is None or base_sha is None:
        return []
    notes = []
    if base is None and not own:
        broken = repository.show(base_sha, head.source.name) is not None
        notes.append(Note("bootstrap", head.source.name[:400], "the one at the base is broken" if broken else ""))
    elif base:
        notes.extend(policy_changes(base.config, head.config))
    protect = (base or head).config.policy.protect
    for path in repository.changed(base_sha, commit):
        if _is_protected(path, protect):
            notes.append(Note("protected-changed", path[:400]))
    return notes[:150]


def _is_protected(path: str, protect: tuple[str, ...]) -> bool:
    """Whether a path is under something that the policy protects: `workflow`, `checks`, or a path of its own."""
    named = {"workflow": WORKFLOWS, "checks": "checks/"}
    return any(path == p or path.startswith(named.get(p, p.rstrip("/") + "/")) for p in protect)
