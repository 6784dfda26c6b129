"""GitHub Releases: a version is its tag's release, its files are assets, and its text says at which stages it is."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from mlgate.errors import user_error
from mlgate.evidence import canonical, sha256
from mlgate.github.releases import Asset, Released, Releases
from mlgate.github.transport import Transport
from mlgate.ledger.events import FileRecord
from mlgate.registries.backend import Backend, RegistryConflict, Release, Say
from mlgate.transfer.files import arrive, difference, inside
from mlgate.transfer.parts import Part, PartBody, asset_names, digest_of, parts_of

LARGEST_PART = 19 * 2**30 // 10  # bytes; GitHub takes less than 2 GiB
RECORD = "release.json"
_STAGES = re.compile(r"<!-- mlgate:stages ((?:[a-z][a-z0-9-]{0,30} ?)*)-->")


@dataclass(frozen=True)
class GitHubReleases:
    """The releases of one repository."""

    name: str
    github: Releases
    largest: int = LARGEST_PART

    def push(self, release: Release, folder: Path, say: Say) -> None:
        """The release has all assets, and is published as soon as its tag is there."""
        standing = self.github.of_tag(str(release))
        if standing is None:
            self.github.draft(str(release), f"{release.model} {release.version}", _body(release, ()))
            standing = self._standing(release)
        there = {asset.name: asset for asset in self.github.assets(standing)}
        for file, parts in self._parts(release):
            for part in parts:
                path = inside(folder, file.name)
                digest = file.sha256 if len(parts) == 1 else digest_of(path, part)
                if self._makes_room(release, standing, there.get(part.name), part.size, digest):
                    say(f"sending {part.name} to {self.name}")
                    self.github.upload(standing, part.name, PartBody(path, part))
        record = canonical(release)
        if self._makes_room(release, standing, there.get(RECORD), len(record), sha256(record)):
            self.github.upload(standing, RECORD, BytesIO(record))
        if standing.draft and self.github.has_tag(str(release)):
            self.github.update(standing, draft=False)

    def pull(self, release: Release, into: Path, say: Say) -> None:
        """The assets are files in `into`, their parts joined, verified."""
        there = {asset.name: asset for asset in self.github.assets(self._standing(release))}
        parts = {file.name: parts for file, parts in self._parts(release)}

        def fetch(file: FileRecord) -> Iterator[bytes]:
            say(f"fetching {file.name} from {self.name}")
            return self._read(there, parts[file.name])

        arrive(release, into, fetch)

    def shown(self, model: str) -> Mapping[str, str]:
        """Stage → version, as the releases' texts say; a stage that two say shows both."""
        found: dict[str, str] = {}
        for version, release in self._versions(model):
            for stage in _stages(release):
                found[stage] = f"{found[stage]}+{version}" if stage in found else version
        return found

    def point(self, release: Release, stage: str) -> None:
        """This release's text names the stage, and no other's does."""
        standing = self._standing(release)
        if stage not in _stages(standing):
            self.github.update(standing, body=_with_stages(standing, {*_stages(standing), stage}))
        for version, other in self._versions(release.model):
            if version != release.version and stage in _stages(other):
                self.github.update(other, body=_with_stages(other, {*_stages(other)} - {stage}))

    def clear(self, model: str, stage: str) -> None:
        """No release's text names the stage."""
        for _, release in self._versions(model):
            if stage in _stages(release):
                self.github.update(release, body=_with_stages(release, {*_stages(release)} - {stage}))

    def faults(self, release: Release) -> tuple[str, ...]:
        """A release that is missing or a draft, and assets that are missing or others."""
        standing = self.github.of_tag(str(release))
        if standing is None:
            return (f"the release {release}: missing",)
        there = {asset.name: asset for asset in self.github.assets(standing)}
        files = {file.name: difference(file, self._read(there, parts)) for file, parts in self._parts(release)}
        record = canonical(release)
        files[RECORD] = difference(FileRecord(RECORD, sha256(record), len(record)),
                                   self._read(there, (Part(RECORD, 0, len(record)),)))  # fmt: skip
        draft = (f"the release {release}: still a draft",) if standing.draft else ()
        return (*draft, *(f"{name}: {fault}" for name, fault in files.items() if fault))

    def _makes_room(self, release: Release, standing: Released, asset: Asset | None, size: int, digest: str) -> bool:
        """Whether the asset has to be sent; what a cut-off upload left in a draft is removed for it."""
        if asset is None:
            return True
        is_whole = asset.state == "uploaded"
        if is_whole and asset.size == size and asset.digest in (None, f"sha256:{digest}"):
            return False
        if is_whole and not standing.draft:
            raise RegistryConflict(f"{self.name} has another {asset.name} in the release {release}",
                                   mend="see who put it there, and delete it; nothing was overwritten")  # fmt: skip
        self.github.delete_asset(asset)
        return True

    def _read(self, there: Mapping[str, Asset], parts: tuple[Part, ...]) -> Iterator[bytes]:
        for part in parts:
            if part.name in there:
                yield from self.github.read_asset(there[part.name])

    def _standing(self, release: Release) -> Released:
        found = self.github.of_tag(str(release))
        if found is None:
            raise user_error(f"{self.name} has no release {release}", mend="put it there: mlgate reconcile")
        return found

    def _parts(self, release: Release) -> Iterator[tuple[FileRecord, tuple[Part, ...]]]:
        names = asset_names(tuple(file.name for file in release.files))
        for file in release.files:
            yield file, parts_of(names[file.name], file.size, self.largest)

    def _versions(self, model: str) -> Iterator[tuple[str, Released]]:
        for release in self.github.releases():
            name, _, version = release.tag_name.partition("@")
            if name == model and version:
                yield version, release


def open_backend(url: str, environ: Mapping[str, str]) -> Backend:
    """The releases of `github:owner/name`, or by `github:` of GITHUB_REPOSITORY, with GITHUB_TOKEN."""
    repository = url.removeprefix("github:") or environ.get("GITHUB_REPOSITORY", "")
    token = environ.get("GITHUB_TOKEN", "")
    if not token:
        raise user_error("GITHUB_TOKEN is not set, and GitHub Releases need it",
                         mend="in a workflow: env: {GITHUB_TOKEN: ${{ github.token }}}")  # fmt: skip
    transport = Transport(environ.get("GITHUB_API_URL") or "https://api.github.com", token)
    return GitHubReleases(f"github:{repository}", Releases(transport, repository))


def _stages(release: Released) -> tuple[str, ...]:
    found = _STAGES.search(release.body or "")
    return tuple(found[1].split()) if found else ()


def _with_stages(release: Released, stages: set[str]) -> str:
    """The release's text with other stages; the rest of it, which people may have edited, stays."""
    line = _stage_line(tuple(sorted(stages)))
    body, count = re.subn(rf"(?:At: [^\n]*\n)?{_STAGES.pattern}", line, release.body or "", count=1)
    return body if count else f"{line}\n\n{body}"


def _stage_line(stages: tuple[str, ...]) -> str:
    shown = f"At: **{', '.join(stages)}**\n" if stages else ""
    return f"{shown}<!-- mlgate:stages {''.join(f'{stage} ' for stage in stages)}-->"


def _body(release: Release, stages: tuple[str, ...]) -> str:
    return "\n".join([
        _stage_line(stages), "", f"Model: `sha256:{release.sha256}`", f"Made from: {release.source_sha}",
        f"Evidence: `sha256:{release.evidence_sha256}`", "", f"Fetch and verify it: `mlgate pull {release}`",
    ])  # fmt: skip
