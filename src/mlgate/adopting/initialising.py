"""`mlgate init`: the files that a repository needs to be gated, planned without writing anything."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mlgate.adopting.installing import Environment
from mlgate.adopting.listing import Listing, is_under, list_files
from mlgate.adopting.projects import Project, find_projects, project_at
from mlgate.adopting.proposal import configuration
from mlgate.adopting.protection import protection_files, remote_of
from mlgate.adopting.studying import Seen, study
from mlgate.adopting.workflows import GATE_FILE, REPORT_FILE, Gated, gate_workflow, report_workflow
from mlgate.adopting.writing import NewFile, Step, compare
from mlgate.errors import UserError, user_error
from mlgate.inputs.git import find_repository

CONFIG = "mlgate.yml"
USES = ("mlgate/.github/workflows/{}.yml@", "mlgate/actions/{}@")


@dataclass(frozen=True)
class Plan:
    """What `init` would do: each file with its diff, the configurations that are new, and what a person must know."""

    top: Path
    steps: tuple[Step, ...]
    configs: tuple[str, ...]  # all, from the top of the repository
    remarks: tuple[str, ...]
    guesses: tuple[str, ...]

    @property
    def new_configs(self) -> tuple[str, ...]:
        """The configurations that would be written."""
        return tuple(s.file.path for s in self.steps if s.state == "new" and s.file.path in self.configs)


def plan(here: Path, config: Path | None, *, protect: bool) -> Plan:
    """The plan for the repository that `here` lies in, or for one configuration in it; a `UserError` if there is
    nothing that could be checked.
    """
    listing = _listing(here, config)
    seen, proposed = _proposals(listing, here, config)
    configs = tuple(sorted({*configurations(listing), *proposed}))
    if not configs:
        raise _nothing(listing)
    environments = {path: each.environment for path, (each, _) in zip(proposed, seen, strict=True)}
    gated = [Gated(path, environments.get(path, Environment())) for path in configs]
    files = [NewFile(path, text, "what is asked of a change") for path, (_, text) in zip(proposed, seen, strict=True)]
    files += _workflows(listing, gated)
    if protect:
        files += protection_files(listing, configs)
    remarks = [remark for each, _ in seen for remark in each.remarks] + list(_about(listing))
    guesses = _guesses([each for each, _ in seen])
    return Plan(listing.top, compare(listing.top, files), configs, tuple(dict.fromkeys(remarks)), tuple(guesses))


def _workflows(listing: Listing, gated: Sequence[Gated]) -> Iterator[NewFile]:
    """The two workflows, unless others do their work already."""
    if not _runs(listing, "gate", "check", but=GATE_FILE):
        text = gate_workflow(gated, _branch(listing))
        yield NewFile(GATE_FILE, text, "checks every change, without secrets")
    if not _runs(listing, "report", but=REPORT_FILE):
        remote = remote_of(listing)
        is_cloud = remote is not None and remote.host == "github.com"  # servers of one's own learn new keys later
        text = report_workflow([each.config for each in gated], knows_cache_mode=is_cloud)
        yield NewFile(REPORT_FILE, text, "writes the comment and the status")


def configurations(listing: Listing) -> list[str]:
    """The configurations that are there."""
    return [f.path for f in listing.files if f.name == CONFIG and not f.path.startswith(".github/")]


def _listing(here: Path, config: Path | None) -> Listing:
    place = config.absolute().parent if config else here
    if not place.is_dir():
        raise user_error(f"there is no folder {config.parent if config else here}", mend="make it, or give another")
    repository = find_repository(place)
    return list_files(repository.top.resolve() if repository else place.resolve())


def _proposals(listing: Listing, here: Path, config: Path | None) -> tuple[list[tuple[Seen, str]], list[str]]:
    """What was seen of each project with the text of its configuration, and the configurations' paths."""
    if config:
        place = config.absolute().parent.resolve() / config.name
        if not place.is_relative_to(listing.top):
            raise user_error(f"{config} lies outside of {listing.top}")
        folder = str(PurePosixPath(place.parent.relative_to(listing.top).as_posix()))
        projects: Sequence[Project] = [project_at(listing, folder)]
    else:
        projects = find_projects(listing)
    found, paths = [], []
    for project in projects:
        if config is None and _is_covered(listing, project):
            continue
        seen = study(listing, project)
        text = configuration(seen)
        if text is not None:
            name = config.name if config else CONFIG
            paths.append(name if project.folder == "." else f"{project.folder}/{name}")
            found.append((seen, text))
    return found, paths


def _is_covered(listing: Listing, project: Project) -> bool:
    """Whether what was found for the project lies in a folder that has a configuration of its own."""
    folders = [str(PurePosixPath(path).parent) for path in configurations(listing)]
    found = [f.path for f in (project.test, *project.models[:1]) if f]
    below = [f for f in folders if f not in (project.folder, ".")]
    return project.folder not in folders and bool(found) and all(any(is_under(p, f) for f in below) for p in found)


def _nothing(listing: Listing) -> UserError:
    looked = f"{len(listing.files):,} files" if listing.files else "no files"
    skipped = f" ({len(listing.passed_over)} more have names that no configuration can hold)" * bool(
        listing.passed_over
    )
    return user_error(
        f"there is nothing here yet that could be checked: {looked} below {listing.top}{skipped}, and no table, model, "
        f"metrics.json, notebook or tests/ among them",
        mend="add a table such as data/test.csv and a model file or a predict function, then run mlgate init again",
    )


def _runs(listing: Listing, *names: str, but: str) -> str | None:
    """A workflow of the repository that already uses the kit so, other than the file that `init` itself writes."""
    wanted = [pattern.format(name) for name in names for pattern in USES]
    for file in listing.files:
        is_workflow = file.path.startswith(".github/workflows/") and file.path.endswith((".yml", ".yaml"))
        if is_workflow and file.path != but and file.size < 2**18:
            text = (listing.top / file.path).read_text("utf-8", "replace")
            if any(w in text for w in wanted):
                return file.path
    return None


def _branch(listing: Listing) -> str:
    """The default branch: what the remote says, else main or master, else the one that is checked out."""
    if listing.repository is None:
        return "main"
    found = listing.repository.default_branch() or listing.repository.text("symbolic-ref", "--quiet", "HEAD") or "main"
    for prefix in ("refs/", "heads/", "remotes/", "origin/"):
        found = found.removeprefix(prefix)
    return found


def _about(listing: Listing) -> Iterator[str]:
    if other := _runs(listing, "gate", "check", but=GATE_FILE):
        yield f"{other} runs the gate already, so no other workflow is proposed for it"
    workflows = [f.name for f in listing.files if f.path.startswith(".github/workflows/")]
    others = [name for name in workflows if not name.startswith("mlgate")]
    if others:
        yield f"your other workflows stay as they are: {', '.join(others[:6])}"
    if (listing.top / ".gitlab-ci.yml").is_file():
        yield "there is GitLab CI here: `mlgate check --output out` in a job of it gives the same verdict"
    if listing.repository is None:
        yield "this is no git repository, so there will be nothing to compare with: git init"
    if listing.passed_over:
        yield f"{len(listing.passed_over)} files were passed over, because no configuration can hold their names"
    if listing.is_cut:
        yield f"only the first {len(listing.files):,} files were looked at"


def _guesses(seen: Sequence[Seen]) -> Iterator[str]:
    for each in seen:
        meaning, place = each.meaning, "" if len(seen) == 1 else f"{each.project.folder}: "
        if not each.tables and not each.predictions:
            continue
        if meaning.target:
            positive = f", positive: {meaning.positive.column}" if meaning.positive else ""
            yield f"{place}the label is '{meaning.target.column}'{positive} ({meaning.target.why})"
        elif meaning.several:
            yield f"{place}'{meaning.several.column}' was not taken as label ({meaning.several.why})"
        for guess in meaning.sensitive:
            yield f"{place}'{guess.column}' is sensitive ({guess.why})"
