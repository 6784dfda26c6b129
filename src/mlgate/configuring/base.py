"""The base of a change: its commit, and the configuration there that governs."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from mlgate.configuring.loading import Parsed, parse_config
from mlgate.configuring.yaml_source import read_yaml
from mlgate.errors import UserError, user_error
from mlgate.inputs.event import Event
from mlgate.inputs.git import Repository
from mlgate.plugins import CheckFile
from mlgate.scratch import scratch_folder


def find_base(
    repository: Repository | None, event: Event, baseline: str | None, commit: str | None
) -> tuple[str | None, str | None]:
    """The base's name and commit: what --baseline says, else what the event or the branch's history says."""
    if repository is None:
        if baseline is not None:
            raise user_error("--baseline needs a git repository, and the configuration is in none")
        return None, None
    if baseline is not None:
        found = repository.commit(baseline)
        if found is None:
            raise user_error(f"there is no commit '{baseline}'", mend="fetch it, or check the spelling")
        return baseline, found
    head = commit or repository.commit("HEAD")
    if head is None:
        return None, None
    if event.kind == "pull_request":
        return event.base_ref, _fetched(repository, _pull_request_base(repository, event, head))
    if event.kind == "merge_group":
        base = event.base_sha or next(iter(repository.parents(head)), None)
        return base, _fetched(repository, base)
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


def _pull_request_base(repository: Repository, event: Event, head: str) -> str:
    """The first parent of the merge commit that GitHub tests, else the base that the event names.

    A merge commit of the change's own is not GitHub's: its first parent would be a base that the change chose.
    """
    parents = repository.parents(head)
    if len(parents) == 2 and event.head_sha in (None, parents[1]) and head != event.head_sha:
        return parents[0]
    if event.base_sha is None:
        raise user_error("the event does not name the pull request's base", mend="run on the event 'pull_request'")
    return event.base_sha


def _fetched(repository: Repository, commit: str | None) -> str | None:
    if commit and repository.commit(commit) is None:
        raise user_error(
            f"the base {commit[:12]} was not fetched, so there is nothing to compare with",
            mend="check out with 'fetch-depth: 2' (0 for a push of several commits)",
        )
    return commit


def base_config(
    repository: Repository | None, base: str | None, commit: str | None, name: str, checks: Mapping[str, CheckFile],
    load_own: bool,
) -> Parsed | None:  # fmt: skip
    """The base's configuration at the same path; None where the change (a commit, or the work tree) brings the first.

    None too where the base's is broken by itself, else nobody could mend it; but never for what the change did to it.
    """
    if repository is None or base is None:
        return None
    data = repository.show(base, name)
    if data is None:
        _refuse_moved(repository, base, commit, name)
        return None
    try:
        source = read_yaml(data, f"{name} at the base {base[:12]}")
    except UserError:
        return None
    parsed = parse_config(source, checks, load_own=False)
    _refuse_removed(repository, base, name, parsed, checks)
    if parsed.problems or not load_own:
        return None if parsed.problems else parsed
    parsed = parse_config(source, checks)
    if parsed.problems:
        raise UserError(*(replace(p, mend="let the file take what the base asks for") for p in parsed.problems))
    return parsed


def own_checks_of_base(
    checks: Mapping[str, CheckFile], repository: Repository, base: str, inside: str, stack: ExitStack
) -> dict[str, CheckFile]:
    """The checks with the repository's own as the base has them; one that only the change has is not trusted.

    A check runs in the process that makes the verdict, so one of a pull request could make its own.
    """
    found = dict(checks)
    folder: Path | None = None
    for id_, check in checks.items():
        if check.is_shipped:
            continue
        data = repository.show(base, (Path(inside) / "checks" / check.path.name).as_posix())
        if data is None:
            found[id_] = replace(check, is_trusted=False)
        elif data != check.path.read_bytes():
            folder = folder or stack.enter_context(scratch_folder())
            (folder / check.path.name).write_bytes(data)
            found[id_] = replace(check, path=folder / check.path.name)
    return found


def _refuse_removed(
    repository: Repository, base: str, name: str, parsed: Parsed, checks: Mapping[str, CheckFile]
) -> None:
    """A check of the repository's own that the base asks for cannot go away together with the question."""
    for check in parsed.config.checks:
        file = Path(name).parent.joinpath("checks", check.replace("-", "_") + ".py").as_posix()
        if check not in checks and repository.show(base, file) is not None:
            raise user_error(
                f"{file} is gone, and the base's configuration asks for the check '{check}'",
                mend="keep the file in this change, and remove it in the next one",
            )


def _refuse_moved(repository: Repository, base: str, commit: str | None, name: str) -> None:
    """A configuration that the change removed or moved is an error, else a change could choose its own policy."""
    present = frozenset(repository.files(commit) if commit else repository.tracked())
    for path in repository.files(base):
        file = Path(path)
        is_config = file.name == Path(name).name or ("mlgate" in file.name and not path.startswith(".github/"))
        if is_config and file.suffix in (".yml", ".yaml") and path not in present:
            raise user_error(
                f"the base's configuration {path} is gone; {name}, which is not at the base, cannot replace its policy",
                mend=f"keep {path} in this change as it is, and remove it in the next one",
            )
