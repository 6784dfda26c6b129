"""Projects: what belongs to one model, told by names and folders; a repository of several models has several."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from mlgate.adopting.functions import Function, find_predict
from mlgate.adopting.kinds import ROLES, is_metrics, is_model, is_table, model_rank, role_of, test_rank
from mlgate.adopting.listing import File, Listing, is_under

GENERIC = frozenset((
    "models", "model", "artifacts", "artifact", "bin", "weights", "data", "datasets", "src", "app",
    "metrics", "reports", "results", "notebooks", "code", "train", "test", "raw", "processed", "interim",
    "scripts", "lib",
))  # fmt: skip
ASIDE = ("tests", "test", "examples", "docs", "notebooks", "experiments", "archive", "old")


@dataclass(frozen=True)
class Project:
    """One model's folder and what was found for it; paths are from the top of the repository."""

    folder: str
    test: File | None = None
    train: File | None = None
    spare: tuple[File, ...] = ()  # further tables
    models: tuple[File, ...] = ()  # the likeliest first
    functions: tuple[Function, ...] = ()
    metrics: File | None = None
    notebooks: tuple[File, ...] = ()
    has_tests: bool = False
    is_only_table: bool = False  # the test table is the only table: nobody said that it was kept apart
    files: tuple[File, ...] = field(default=(), repr=False)

    @property
    def has_model(self) -> bool:
        """Whether predictions can be had, or at least values of metrics."""
        return bool(self.models or self.functions or self.metrics)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that a check could look at."""
        return not (self.has_model or self.test or self.notebooks or self.has_tests)

    def path_of(self, path: str) -> str:
        """A path as the project's configuration writes it."""
        return path if self.folder == "." else str(PurePosixPath(path).relative_to(self.folder))


def find_projects(listing: Listing) -> tuple[Project, ...]:
    """The repository's projects: one in each folder that has a model and a table (or metrics), else one at the top."""
    files = [f for f in listing.files if not f.path.startswith(".github/")]
    roots = sorted({root for f in files if _is_anchor(listing.top, f) and not _is_aside(f) for root in [_root(f)]})
    projects = [_project(listing, root, _without(files, root, roots)) for root in roots]
    whole = [p for p in projects if (p.test and (p.models or p.functions)) or p.metrics]
    if len(whole) > 1 or (len(whole) == 1 and whole[0].folder == "."):
        return tuple(whole)
    if len(whole) == 1 and not _project(listing, ".", _without(files, ".", roots)).has_model:
        return tuple(whole)
    return (_project(listing, ".", files),)


def project_at(listing: Listing, folder: str) -> Project:
    """The project in a folder that somebody named."""
    return _project(listing, folder, list(listing.under(folder)))


def _project(listing: Listing, folder: str, files: Sequence[File]) -> Project:
    tables = [f for f in files if is_table(listing.top, f) and not _is_aside(f, folder)]
    test, train, spare = _roles(tables)
    models = [f for f in files if is_model(listing.top, f)]
    apart = [f for f in models if not _is_aside(f, folder)]
    metrics = [f for f in files if is_metrics(listing.top, f)]
    notebooks = [f for f in files if f.path.endswith(".ipynb")]
    tests = any(_is_test(f, folder) for f in files)
    return Project(
        folder, test, train, tuple(spare), tuple(sorted(apart or models, key=model_rank)),
        find_predict(listing.top, folder, files), min(metrics, key=lambda f: f.path.count("/"), default=None),
        tuple(notebooks), tests, len(tables) == 1 and not role_of(tables[0]), tuple(files),
    )  # fmt: skip


def _roles(tables: Sequence[File]) -> tuple[File | None, File | None, list[File]]:
    """The test table, the training table, and the others; without a name that says so, the only table is the test's."""
    by_role = {role: [f for f in tables if role_of(f) == role] for role in ROLES}
    test = min(by_role["test"], key=test_rank, default=None)
    train = min(by_role["train"], key=lambda f: (f.path.count("/"), f.path), default=None)
    if test is None:
        others = [f for f in tables if role_of(f) is None] or [f for f in tables if f is train]
        test = max(others, key=lambda f: (f.is_here, f.size, f.path), default=None)
        train = None if test is train else train
    return test, train, [f for f in tables if f is not test and f is not train]


def _is_anchor(top: Path, file: File) -> bool:
    if is_model(top, file):
        return True
    return is_metrics(top, file) or file.name in ("app.py", "predict.py", "inference.py")


def _root(file: File) -> str:
    """The nearest folder above with a name of its own."""
    parts = PurePosixPath(file.path).parent.parts
    while parts and parts[-1].lower() in GENERIC:
        parts = parts[:-1]
    return "/".join(parts) or "."


def _without(files: Iterable[File], root: str, roots: Sequence[str]) -> list[File]:
    """The files of a root that are not those of a root below it."""
    below = [r for r in roots if r != root and is_under(r, root)]
    return [f for f in files if is_under(f.path, root) and not any(is_under(f.path, r) for r in below)]


def _is_aside(file: File, folder: str = ".") -> bool:
    inside = file.path if folder == "." else file.path.removeprefix(folder + "/")
    parts = PurePosixPath(inside).parts[:-1]
    return bool(parts) and parts[0] in ASIDE


def _is_test(file: File, folder: str) -> bool:
    inside = file.path if folder == "." else file.path.removeprefix(folder + "/")
    name = file.name
    return inside.startswith("tests/") and name.endswith(".py") and (name.startswith("test_") or "_test." in name)


def table_path(project: Project, file: File) -> str:
    """A table's path for the configuration: the file, or a pattern where it is one of the parts in a folder."""
    folder, ending = PurePosixPath(file.path).parent, "".join(PurePosixPath(file.path).suffixes[-1:])
    parts = [f for f in project.files if PurePosixPath(f.path).parent == folder and f.path.endswith(ending)]
    is_part = len(parts) > 1 and role_of(File(str(folder))) and all(role_of(File(f.name)) is None for f in parts)
    if is_part and not any(c in str(folder) for c in "*?["):
        return project.path_of(f"{folder}/*{ending}")
    return project.path_of(file.path)
