"""What the doctor finds in the repository: configurations, data that was not pulled, version tags, and the cost."""

import json
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from mlgate.adopting.findings import Finding
from mlgate.adopting.listing import Listing
from mlgate.adopting.protection import CODEOWNERS_FILES, NOBODY
from mlgate.config import Config
from mlgate.configuring.loading import parse_config
from mlgate.configuring.yaml_source import read_yaml
from mlgate.errors import UserError
from mlgate.inputs.interpreter import find_python
from mlgate.inputs.pointers import pointer_for
from mlgate.plugins import find_checks
from mlgate.scan.formats import find_files
from mlgate.sources.addresses import place_of

SET_UP_SECONDS = 60  # a runner's start, Python and packages
ASSUMED_SECONDS = 120
FREE_MINUTES = 2_000  # a month, for private repositories of a free account
DESCRIBE = 'git_describe_command = ["git", "describe", "--dirty", "--tags", "--long", "--match", "v[0-9]*"]'
PATTERN = r"pattern = '^v(?P<base>\d+\.\d+\.\d+)'"
VERSIONERS = {
    "setuptools-scm": (r"setuptools[-_]scm|use_scm_version", f"[tool.setuptools_scm] {DESCRIBE}"),
    "hatch-vcs": (r"hatch-vcs|\[tool\.hatch\.version\][^\[]*vcs", f"[tool.hatch.version.raw-options] {DESCRIBE}"),
    "versioningit": (r"versioningit", '[tool.versioningit.vcs] match = ["v[0-9]*"]'),
    "poetry-dynamic-versioning": (r"poetry-dynamic-versioning", f"[tool.poetry-dynamic-versioning] {PATTERN}"),
}  # fmt: skip


def repository_findings(listing: Listing, configs: Sequence[str]) -> Iterator[Finding]:
    """All findings that need only files and git."""
    if listing.repository is None:
        yield Finding("fail", f"{listing.top} is no git repository, so nothing can be compared", "git init")
    if not configs:
        yield Finding("fail", "there is no mlgate.yml", "mlgate init")
    for path in configs:
        yield from _configuration(listing, path)
    yield from _owners(listing)
    yield from _versions(listing)
    yield _minutes(listing)


def _owners(listing: Listing) -> Iterator[Finding]:
    """A CODEOWNERS file in which the place for a name was never filled."""
    for path in filter(listing.has, CODEOWNERS_FILES):
        if NOBODY in (listing.top / path).read_text(encoding="utf-8", errors="replace"):
            yield Finding("fail", f"{path} names {NOBODY}, who is nobody, so nobody need review what decides",
                          "write who may change it: @name, or of an organisation @organisation/team")  # fmt: skip


def _configuration(listing: Listing, path: str) -> Iterator[Finding]:
    file = listing.top / path
    try:
        parsed = parse_config(read_yaml(file.read_bytes(), path), find_checks(file.parent))
        problems = parsed.problems
    except UserError as error:
        problems = error.problems
    if problems:
        yield from (
            Finding("fail", f"{p.where}: {p.message}" if p.where else p.message, p.mend or "") for p in problems
        )
        return
    yield Finding("ok", f"{path} has no faults")
    yield from _files(file.parent, path, parsed.config)
    yield from _environment(file.parent, path, parsed.config)


def _files(folder: Path, path: str, config: Config) -> Iterator[Finding]:
    """What the configuration names is there, and is no pointer."""
    model = config.model
    tables, engine = config.tables.values(), config.scan.engine
    named = [table.path for table in tables if place_of(table.path, engine) == "file"]
    named += [p for p in (model.artifact, model.predictions, model.metrics) if p] if model else []
    for name in named:
        for file in find_files(folder, name) or (folder / name,):
            pointer = pointer_for(file)
            if pointer:
                yield Finding("fail", f"{path}: {name} is {pointer.words}", pointer.mend)
                break
            if not file.exists():
                brought = config.environment.fetch or config.environment.prepare
                mend = (
                    f"run: {brought}" if brought else "write its path, or a command that brings it: environment.fetch"
                )
                yield Finding("warn" if brought else "fail", f"{path}: there is no file {name}", mend)


def _environment(folder: Path, path: str, config: Config) -> Iterator[Finding]:
    requirements = config.environment.requirements
    if requirements and not (folder / requirements).is_file():
        yield Finding("fail", f"{path}: there is no file {requirements}", "correct environment.requirements")
    try:
        yield Finding("ok", f"{path}: the model's Python here is {find_python(config.environment, folder)}")
    except UserError as error:
        yield from (Finding("warn", f"{path}: {p.message}", p.mend or "") for p in error.problems)


def _versions(listing: Listing) -> Iterator[Finding]:
    """A version that is taken from the newest tag would be taken from a model's tag."""
    files = [listing.top / name for name in ("pyproject.toml", "setup.cfg", "setup.py")]
    text = "\n".join(f.read_text("utf-8", "replace") for f in files if f.is_file() and f.stat().st_size < 2**20)
    for name, (sign, mend) in VERSIONERS.items():
        if re.search(sign, text) and "--match" not in text and "match =" not in text and "pattern =" not in text:
            what = f"{name} takes the version from tags, and would take a model's, such as churn@v1.2.0"
            yield Finding("warn", what, f"add to pyproject.toml: {mend}")


def _minutes(listing: Listing) -> Finding:
    """About how many minutes of runners a month the gate takes: two runs a commit, its pull request's and main's."""
    if listing.repository is None:
        return Finding("not checked", "minutes a month: there is no history")
    commits = (listing.repository.text("log", "--since=30.days", "--format=%H") or "").split()
    seconds, source = _last_seconds(listing)
    each = math.ceil((seconds + SET_UP_SECONDS) / 60)
    total = 2 * len(commits) * each
    what = f"about {total:,} minutes a month: {len(commits)} commits in 30 days, twice {each} min ({source})"
    if total > FREE_MINUTES:
        return Finding(
            "warn", what, f"a private repository has {FREE_MINUTES:,} free: fewer rows, or a runner of your own"
        )
    return Finding("ok", what)


def _last_seconds(listing: Listing) -> tuple[float, str]:
    found = [f for f in listing.files if f.name == "evidence.json" and f.size <= 2**21]
    for file in sorted(found, key=lambda f: (listing.top / f.path).stat().st_mtime, reverse=True):
        try:
            seconds = float(json.loads((listing.top / file.path).read_bytes())["predicate"]["run"]["seconds"])
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            continue
        if 0 <= seconds < 86_400:
            return seconds, f"the last run took {seconds:.0f} s"
    return ASSUMED_SECONDS, "assumed, as there is no evidence.json of a run here"
