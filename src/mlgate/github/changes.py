"""Changes: what of the gate itself a pull request edits, and whether somebody who may has approved it."""

import posixpath
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from msgspec import Struct

from mlgate.github.governing import Governing
from mlgate.github.models import Pull, Review, Tree

PROTECTED = {"workflow": (".github/workflows/", ".github/actions/"), "checks": ("checks/",)}
MAY_APPROVE = ("admin", "maintain", "write")
COUNTING = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")


class Changes(Struct, frozen=True):
    """The paths that a pull request edits, by what they are to the gate."""

    protected: tuple[str, ...] = ()  # someone else must approve them
    configuration: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    is_unknown: bool = False  # the trees were too large to compare, so anything may have changed

    @property
    def needs_approval(self) -> bool:
        """Whether the status waits for a review."""
        return bool(self.protected) or self.is_unknown


def changed_paths(base: Tree, head: Tree) -> frozenset[str]:
    """The paths whose entry is another one, or only in one of the trees."""
    ours, theirs = _entries(base), _entries(head)
    return frozenset(path for path in {*ours, *theirs} if ours.get(path) != theirs.get(path))


def sort_out(paths: Iterable[str], models: Iterable[Governing]) -> Changes:
    """Which of the paths are protected, a configuration, or test data of the models."""
    models, paths = tuple(models), sorted(paths)
    protect = [prefix for model in models for prefix in _protected_by(model)]
    data = [pattern for model in models for pattern in _test_data(model)]
    return Changes(
        protected=tuple(path for path in paths if any(_is_in(path, prefix) for prefix in protect)),
        configuration=tuple(path for path in paths if path in {m.path for m in models if not m.is_bootstrap}),
        data=tuple(path for path in paths if any(_is_data(path, pattern) for pattern in data)),
    )


def moved_configuration(base: Tree, head: Tree, path: str) -> str | None:
    """A configuration that only the base has."""
    present = _entries(head)
    for entry in base.tree:
        name = posixpath.basename(entry.path)
        is_config = name == posixpath.basename(path) or ("mlgate" in name and not entry.path.startswith(".github/"))
        if is_config and name.endswith((".yml", ".yaml")) and entry.path not in present:
            return entry.path
    return None


def approved_by(reviews: Iterable[Review], pull: Pull, commit: str, permission: Callable[[str], str]) -> str | None:
    """The person whose standing review approves the commit, who may write here and is not the author."""
    latest = {review.user.id: review for review in reviews if review.user and review.state in COUNTING}
    for review in latest.values():
        user, author = review.user, pull.user
        if review.state != "APPROVED" or review.commit_id != commit or user is None or author is None:
            continue
        if user.id != author.id and user.type == "User" and permission(user.login) in MAY_APPROVE:
            return user.login
    return None


def _entries(tree: Tree) -> dict[str, tuple[str, str | None]]:
    return {entry.path: (entry.mode, entry.sha) for entry in tree.tree if entry.mode != "040000"}


def _protected_by(model: Governing) -> Iterable[str]:
    folder = posixpath.dirname(model.path)
    for name in model.config.policy.protect:
        if name not in PROTECTED:
            yield name
            continue
        yield from PROTECTED[name]
        if name == "checks" and folder:
            yield f"{folder}/checks/"


def _test_data(model: Governing) -> Iterable[str]:
    """Where the rows are that are predicted; DVC tracks them by a file beside them."""
    config = model.config
    table = config.tables.get(config.model.table if config.model else "test")
    if table and "://" not in table.path:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(model.path), table.path))
        yield from (path, f"{path}.dvc")


def _is_in(path: str, prefix: str) -> bool:
    folder = prefix.rstrip("/")
    return path == folder or path.startswith(folder + "/")


def _is_data(path: str, pattern: str) -> bool:
    return _is_in(path, pattern) or fnmatchcase(path, pattern)
