"""Data behind credentials: the base's `fetch` command brings it before any code of the change runs."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from mlgate.config import Config
from mlgate.configuring.setting import Request, Setting, find_setting, tree_paths
from mlgate.configuring.yaml_source import read_yaml
from mlgate.errors import user_error
from mlgate.inputs.pointers import Pointer, place, pointer_for, remember, resolve
from mlgate.scan.formats import find_files
from mlgate.sources.addresses import place_of

PLAIN_KEYS = frozenset({"outs", "md5", "frozen", "desc", "meta"})  # of a .dvc file: no `deps`, no `wdir`
PLAIN_OUT = frozenset({"md5", "hash", "size", "nfiles", "isexec", "path", "desc", "type", "labels", "meta"})
LARGEST_POINTER = 256 * 1024
FETCH_SECONDS = 3_600


def fetch_missing(request: Request, say: Callable[[str], None]) -> None:
    """What the configuration names and the trees lack was fetched, if there is a command and the event may use it.

    The command is the base's and runs in a work tree of the base, in which only pointers are the change's, so that no
    code of the change sees the credentials. On a fork's pull request, and where the base has no configuration yet,
    nothing is fetched.
    """
    if not request.config.is_file() and request.ref is None:
        return
    if "fetch" not in _text(request.config):
        return
    with ExitStack() as stack:
        setting = find_setting(request, stack, load_own=False)  # a check of the change would see the credentials
        command = setting.config.environment.fetch
        if not command or not _may_fetch(setting):
            return
        missing = [path for path in _paths(setting.config) if _is_missing(setting, setting.folder, path)]
        if missing:
            say(f"fetching {', '.join(missing[:3])}")
            _fetch_for_change(setting, command, missing, stack)
        _fetch_for_base(setting, command, say, stack)


def _may_fetch(setting: Setting) -> bool:
    """Whether credentials are for this event: not for forks, and for a pull request only by the base's own word."""
    if setting.event.is_fork:
        return False
    return setting.base is not None or setting.event.kind != "pull_request"


def _fetch_for_change(setting: Setting, command: str, missing: list[str], stack: ExitStack) -> None:
    folder = setting.folder
    if setting.base is not None and setting.repository is not None and setting.base_sha is not None:
        folder = _base_tree(setting, stack)
        for path in missing:
            _bring_pointers(setting.folder, folder, path)
    pointers = {path: pointer_for(folder / path) for path in missing}
    _run(command, folder)
    for path in missing:
        _take(folder, setting.folder, path, pointers[path])


def _fetch_for_base(setting: Setting, command: str, say: Callable[[str], None], stack: ExitStack) -> None:
    """The base's own objects are in the cache, from where its work tree will take them."""
    if setting.base is None or setting.repository is None:
        return
    folder = _base_tree(setting, stack)
    missing = [path for path in _paths(setting.base.config) if _is_missing(setting, folder, path)]
    pointers = {path: pointer for path in missing if (pointer := pointer_for(folder / path))}
    if pointers:  # without a pointer nobody could find the object again
        say(f"fetching the base's {', '.join([*pointers][:3])}")
        _run(command, folder)
        for path, pointer in pointers.items():
            remember(folder / path, pointer)


def _base_tree(setting: Setting, stack: ExitStack) -> Path:
    assert setting.repository is not None
    assert setting.base_sha is not None
    paths = tree_paths(setting.repository, setting.base_sha, setting.name, setting.inside)
    if setting.repository.show(setting.base_sha, ".dvc/config") is not None:
        paths.append(".dvc")
    return stack.enter_context(setting.repository.worktree(setting.base_sha, paths)) / setting.inside


def _bring_pointers(source: Path, target: Path, path: str) -> None:
    """The change's pointers of `path` are in the base's tree; nothing else of the change is."""
    candidates = [Path(path + ".dvc"), *(Path(str(p) + ".dvc") for p in Path(path).parents if str(p) != ".")]
    candidates += [p / "dvc.lock" for p in Path(path).parents]
    if (source / path).is_file():
        candidates.append(Path(path))  # a Git LFS pointer, which is why it is missing
    for file in candidates:
        if (source / file).is_file() and not (source / file).is_symlink():
            _refuse_instructions(source / file, target / file)
            place(source / file, target / file)


def _refuse_instructions(file: Path, governing: Path) -> None:
    """A `.dvc` file of the change says which object, not from where or to where, since `fetch` has credentials."""
    if file.suffix != ".dvc" or (governing.is_file() and governing.read_bytes() == file.read_bytes()):
        return
    found = read_yaml(file.read_bytes(), file.name).data if file.stat().st_size < LARGEST_POINTER else None
    outs = found.get("outs") if isinstance(found, dict) and set(found) <= PLAIN_KEYS else None
    out = outs[0] if isinstance(outs, list) and len(outs) == 1 else None
    if not isinstance(out, dict) or not set(out) <= PLAIN_OUT or out.get("path") != file.stem:
        raise user_error(
            f"{file.name} says more than which object it stands for, and 'fetch' would follow it with its credentials",
            mend="track the file by 'dvc add', or merge this file first, in a change of its own",
        )


def _take(fetched: Path, wanted: Path, path: str, pointer: Pointer | None) -> None:
    """The files of `path` that were fetched are remembered, and where they are wanted."""
    files = [file for file in find_files(fetched, path) if file.is_file() and pointer_for(file) is None]
    if files and pointer and pointer.digest:
        remember(fetched / path, pointer)
    for file in files if fetched != wanted else ():
        target = wanted / file.relative_to(fetched)
        if not target.parent.resolve().is_relative_to(wanted.resolve()):
            raise user_error(f"{path} leads out of the repository by a link, so nothing is fetched to there")
        place(file, target)


def _run(command: str, folder: Path) -> None:
    """The command has ended well, with this process's whole environment; its output goes to standard error."""
    try:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command], cwd=folder, check=False, timeout=FETCH_SECONDS,
            stdin=subprocess.DEVNULL, stdout=2, env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise user_error(f"'fetch' ran longer than {FETCH_SECONDS:,} s: {command}") from None
    if done.returncode:
        raise user_error(f"'fetch' ended with exit code {done.returncode}: {command}",
                         mend="check its credentials in the step's 'env:', or run it by hand")  # fmt: skip


def _is_missing(setting: Setting, folder: Path, path: str) -> bool:
    files = find_files(folder, path) or (folder / path,)
    top = setting.repository.top if setting.repository else setting.folder
    for file in files:
        pointer = pointer_for(file)
        if pointer and not resolve(file, pointer, top):
            return True
    return not any(file.is_file() for file in find_files(folder, path))


def _paths(config: Config) -> Iterator[str]:
    engine = config.scan.engine
    yield from (table.path for table in config.tables.values() if place_of(table.path, engine) == "file")
    model = config.model
    yield from (p for p in (model and model.artifact, model and model.predictions, model and model.metrics) if p)


def _text(config: Path) -> str:
    return config.read_text(errors="replace") if config.is_file() else "fetch"
