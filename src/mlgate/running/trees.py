"""The two trees of a run, the candidate's and the baseline's: where each is, and where its code runs."""

import shutil
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from mlgate.config import Config
from mlgate.configuring.loading import parse_config
from mlgate.configuring.setting import Setting, tree_paths
from mlgate.configuring.yaml_source import read_yaml
from mlgate.errors import UserError, user_error
from mlgate.inputs.interpreter import built_python, environment_digest, find_python, limits_of
from mlgate.worker import client
from mlgate.worker.client import Workplace

Say = Callable[[str], None]


@dataclass(frozen=True)
class Tree:
    """One of the two: its folder, and the configuration by which its model runs."""

    folder: Path
    config: Config
    place: Workplace
    is_own_config: bool = True  # the tree's own, and not lent by the change to a tree that has none
    fault: str | None = None  # why nothing can run in it: its environment or its `prepare`

    @property
    def environment_sha256(self) -> str:
        """What its environment is made from."""
        return environment_digest(self.config.environment, self.folder)


def candidate_tree(setting: Setting, say: Say) -> Tree:
    """The tree of the change."""
    return _tree(setting, setting.folder, setting.config, say)


def baseline_tree(setting: Setting, stack: ExitStack, say: Say) -> Tree | None:
    """A work tree of the baseline, where there is a commit to make one of; gone when the stack closes."""
    commit = _baseline_commit(setting)
    if commit is None or setting.repository is None:
        return None
    paths = tree_paths(setting.repository, commit, setting.name, setting.inside)
    folder = stack.enter_context(setting.repository.worktree(commit, paths)) / setting.inside
    own = _config_at(setting, commit)
    if not folder.is_dir():
        return None
    config = own or setting.head.config
    try:
        tree = _tree(setting, folder, config, say)
    except UserError as error:  # the base is not the author's to mend
        place = Workplace(folder, sys.executable, limits_of(config.environment))
        tree = Tree(folder, config, place, fault=str(error))
    return replace(tree, is_own_config=own is not None)


def prepare(tree: Tree, whose: str, say: Say) -> None:
    """The configuration's `prepare` has run in the tree; raises `Crash` if it did not end well."""
    if tree.fault is None and (command := tree.config.environment.prepare):
        say(f"preparing {whose}: {command}")
        client.run_step(tree.place, command, f"'prepare' of {whose}")


def place_model(tree: Tree, given: Path | None, option: str) -> None:
    """The given file or folder is the tree's model, whatever was there; a `UserError` where it names no file for it.

    A folder that holds the model's file by its name, as `mlgate pull` makes it, means that file.
    """
    if given is None:
        return
    artifact = tree.config.model.artifact if tree.config.model else None
    if artifact is None:
        raise user_error(f"{option} needs a model with a file", mend="add 'artifact' to 'model'")
    there = tree.folder / artifact
    if there.is_dir() and not there.is_symlink():
        shutil.rmtree(there)
    there.unlink(missing_ok=True)
    there.parent.mkdir(parents=True, exist_ok=True)
    if given.is_dir() and not (given / there.name).is_file():
        shutil.copytree(given, there)
    else:
        shutil.copyfile(given / there.name if given.is_dir() else given, there)


def _config_at(setting: Setting, commit: str) -> Config | None:
    """The configuration that the commit itself has, if it has one that can be read."""
    if setting.base is not None and commit == setting.base_sha:
        return setting.base.config
    data = setting.repository.show(commit, setting.name) if setting.repository else None
    if data is None:
        return None
    try:
        parsed = parse_config(read_yaml(data, setting.name), setting.checks)
    except UserError:
        return None
    return None if parsed.problems else parsed.config


def _baseline_commit(setting: Setting) -> str | None:
    """What --baseline or the event says, or the commit that `baseline.ref` names."""
    wanted = setting.config.baseline.ref
    if setting.repository is None or wanted == "none":
        return None
    if wanted in (None, "auto") or setting.request.baseline:
        return setting.base_sha
    commit = setting.repository.commit(str(wanted))
    if commit is None:
        where = (setting.base or setting.head).source.where(("baseline", "ref"))
        raise user_error(f"there is no commit '{wanted}'", where=where, mend="fetch it, or write 'ref: auto'")
    return commit


def _tree(setting: Setting, folder: Path, config: Config, say: Say) -> Tree:
    environment = config.environment
    try:
        python = built_python(environment, folder, say) if setting.request.install else find_python(environment, folder)
    except UserError as error:
        where = setting.head.source.where(("environment",))
        raise UserError(*(replace(problem, where=problem.where or where) for problem in error.problems)) from None
    place = Workplace(folder, python, limits_of(environment), environment.network, client.path_with(python))
    return Tree(folder, config, place)
