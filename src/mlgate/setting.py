"""Where a run stands: the change, its base, and the configuration in force between them."""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from mlgate.config import CheckParams, Config
from mlgate.errors import UserError, user_error
from mlgate.evidence import Note
from mlgate.inputs.event import Event, read_event
from mlgate.inputs.git import Repository, find_repository
from mlgate.loading import Parsed, govern, params_in_force, parse_config, policy_changes
from mlgate.plugins import CheckFile, find_checks
from mlgate.yaml_source import Path as KeyPath
from mlgate.yaml_source import read_yaml

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


def find_setting(request: Request, stack: ExitStack) -> Setting:
    """The setting of a run; a `UserError` that names every fault of the configuration."""
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
    base_name, base_sha = _base(request, event, repository, commit)
    own_policy = request.own_policy or event.kind in ("push", "schedule", "workflow_dispatch")
    checks = find_checks(folder)
    head = _read(folder / config.name, name, checks)
    base = None if own_policy else _base_config(repository, base_sha, name, folder, checks)
    _refuse_unknown(request.only, head)
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
    raw = read_yaml(data, name).data if data else None
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


def _base(
    request: Request, event: Event, repository: Repository | None, commit: str | None
) -> tuple[str | None, str | None]:
    """The base's name and commit: what --baseline says, else what the event or the branch's history says."""
    if repository is None:
        if request.baseline:
            raise user_error("--baseline needs a git repository, and the configuration is in none")
        return None, None
    if request.baseline:
        found = repository.commit(request.baseline)
        if found is None:
            raise user_error(f"there is no commit '{request.baseline}'", mend="fetch it, or check the spelling")
        return request.baseline, found
    head = commit or repository.commit("HEAD")
    if head is None:
        return None, None
    if event.kind == "pull_request":
        return event.base_ref, _fetched(repository, _pull_request_base(repository, event, head))
    if event.kind == "merge_group":
        return event.base_sha, _fetched(repository, event.base_sha)
    if event.kind != "local":
        previous = _previous(repository, event, head)
        return previous, _fetched(repository, previous)
    branch = repository.default_branch()
    shared = repository.merge_base(head, branch) if branch else None
    name = branch.removeprefix("refs/").removeprefix("heads/").removeprefix("remotes/") if branch else "HEAD"
    return (name, shared) if shared else ("HEAD", head)


def _previous(repository: Repository, event: Event, head: str) -> str | None:
    """What a push came after, or the commit's first parent where that was not fetched."""
    if event.base_sha and repository.commit(event.base_sha):
        return event.base_sha
    return next(iter(repository.parents(head)), None)


def _pull_request_base(repository: Repository, event: Event, head: str) -> str | None:
    """The first parent of the merge commit that GitHub tests, else the base that the event names."""
    parents = repository.parents(head)
    return parents[0] if len(parents) == 2 else event.base_sha


def _fetched(repository: Repository, commit: str | None) -> str | None:
    if commit and repository.commit(commit) is None:
        raise user_error(
            f"the base {commit[:12]} was not fetched, so there is nothing to compare with",
            mend="check out with 'fetch-depth: 2' (0 for a push of several commits)",
        )
    return commit


def _read(file: Path, name: str, checks: Mapping[str, CheckFile]) -> Parsed:
    if not file.is_file():
        raise user_error(f"there is no configuration {name}", mend="write one, or say where it is: --config FILE")
    parsed = parse_config(read_yaml(file.read_bytes(), name), checks)
    if parsed.problems:
        raise UserError(*parsed.problems)
    return parsed


def _base_config(
    repository: Repository | None, base: str | None, name: str, folder: Path, checks: Mapping[str, CheckFile]
) -> Parsed | None:
    """The base's configuration at the same path, or None where the change brings the first one."""
    if repository is None or base is None:
        return None
    data = repository.show(base, name)
    if data is None:
        _refuse_moved(repository, base, name, folder)
        return None
    try:
        parsed = parse_config(read_yaml(data, f"{name} at the base {base[:12]}"), checks)
    except UserError:
        return None
    return None if parsed.problems else parsed  # a base that is broken cannot govern, else nobody could mend it


def _refuse_moved(repository: Repository, base: str, name: str, folder: Path) -> None:
    """A configuration that the change removed or moved is an error, else a change could choose its own policy."""
    depth = 0 if "/" not in name else name.count("/")
    top = folder.parents[depth - 1] if depth else folder
    for path in repository.files(base):
        file = Path(path)
        is_config = file.name == Path(name).name or ("mlgate" in file.name and not path.startswith(".github/"))
        if is_config and file.suffix in (".yml", ".yaml") and not (top / path).exists():
            raise user_error(
                f"the base's configuration {path} is gone; {name}, which is not at the base, cannot replace its policy",
                mend=f"keep {path} in this change as it is, and remove it in the next one",
            )


def _refuse_unknown(only: tuple[str, ...], head: Parsed) -> None:
    for check in only:
        if check not in head.params:
            names = ", ".join(head.params)
            raise user_error(f"--only {check}: the configuration has no such check", mend=f"it has: {names}")


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
        notes.append(Note("bootstrap", head.source.name))
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
