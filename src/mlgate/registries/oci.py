"""An OCI registry: a model is a repository, a version a tag with the files as layers, a stage a tag that moves."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec
from requests.auth import AuthBase

from mlgate.errors import user_error
from mlgate.evidence import sha256
from mlgate.ledger.events import FileRecord
from mlgate.registries.backend import Backend, RegistryConflict, Release, Say
from mlgate.scratch import scratch_folder
from mlgate.transfer import oci_manifest as manifests
from mlgate.transfer.files import arrive, difference, inside, record_of
from mlgate.transfer.oci_token import answer_challenge, login_of
from mlgate.transfer.oci_upload import Uploads, memory_of
from mlgate.transfer.web import LOOPBACK, Answer, Server

_PATH = re.compile(r"[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*(/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*")
_STAGE = re.compile(r"[a-z][a-z0-9-]{0,30}")
MOST_PAGES = 100


class Tags(msgspec.Struct, frozen=True):
    """An answer about tags."""

    tags: list[str] | None = None


@dataclass(frozen=True)
class Registry:
    """The repositories below one path of a registry."""

    name: str
    server: Server
    path: str
    remembered: Path

    def push(self, release: Release, folder: Path, say: Say) -> None:
        """The version's tag names the release's manifest, and all that it needs is there."""
        wanted, standing = manifests.manifest(release), self._manifest(release.model, release.version)
        if standing is not None and standing != wanted:
            raise RegistryConflict(f"{self.name} has another {release}, with the digest {sha256(standing)[:12]}",
                                   mend="see who put it there, and delete that tag; nothing was changed")  # fmt: skip
        for file in release.files:
            self._hold(release.model, file, inside(folder, file.name), say)
        self._hold_bytes(release.model, manifests.record(release), manifests.CONFIG)
        if standing is None:
            self._tag(release.model, release.version, wanted)

    def pull(self, release: Release, into: Path, say: Say) -> None:
        """The layers are files in `into`, verified."""

        def fetch(file: FileRecord) -> Iterator[bytes]:
            say(f"fetching {file.name} from {self.name}")
            return self.server.read(self._blob(release.model, file.sha256))

        arrive(release, into, fetch)

    def shown(self, model: str) -> Mapping[str, str]:
        """Stage → version, where the stage's tag names the same manifest as the version's."""
        tags = self._tags(model)
        found = {}
        for stage in filter(_STAGE.fullmatch, tags):
            standing = self._manifest(model, stage)
            version = manifests.version_in(standing) if standing else None
            if version in tags and self._manifest(model, version) == standing:
                found[stage] = version
        return found

    def point(self, release: Release, stage: str) -> None:
        """The stage's tag names the release."""
        wanted = manifests.manifest(release)
        if self._manifest(release.model, stage) != wanted:
            self._tag(release.model, stage, wanted)

    def clear(self, model: str, stage: str) -> None:
        """The stage's tag names an empty manifest, if there is such a tag."""
        if self._manifest(model, stage) not in (None, manifests.cleared()):
            self._hold_bytes(model, manifests.CONFIG)
            self._tag(model, stage, manifests.cleared())

    def faults(self, release: Release) -> tuple[str, ...]:
        """A manifest that is missing or another, and layers that are."""
        standing = self._manifest(release.model, release.version)
        if standing != manifests.manifest(release):
            return (f"the tag {release.version}: {'missing' if standing is None else 'another manifest'}",)
        found = {file.name: self._fault(release.model, file) for file in release.files}
        return tuple(f"{name}: {fault}" for name, fault in found.items() if fault)

    def _fault(self, model: str, file: FileRecord) -> str | None:
        if self._size(model, file.sha256) is None:
            return "missing"
        return difference(file, self.server.read(self._blob(model, file.sha256)))

    def _hold(self, model: str, file: FileRecord, path: Path, say: Say) -> None:
        if self._size(model, file.sha256) == file.size:
            return
        say(f"sending {file.name} to {self.name}")
        Uploads(self.server, self._repository(model), self.remembered).upload(file, path)

    def _hold_bytes(self, model: str, *contents: bytes) -> None:
        for data in contents:
            with scratch_folder() as folder:
                (folder / "data").write_bytes(data)
                self._hold(model, record_of(folder, "data"), folder / "data", lambda _: None)

    def _manifest(self, model: str, tag: str) -> bytes | None:
        url, headers = f"/v2/{self._repository(model)}/manifests/{tag}", {"Accept": manifests.MANIFEST}
        answer = self.server.ask("GET", url, expect=(200, 404), headers=headers, limit=manifests.MAX_MANIFEST)
        return answer.body if answer.status == 200 else None

    def _tag(self, model: str, tag: str, data: bytes) -> None:
        headers = {"Content-Type": manifests.MANIFEST}
        url = f"/v2/{self._repository(model)}/manifests/{tag}"
        self.server.ask("PUT", url, body=lambda: data, headers=headers, expect=(201,))

    def _size(self, model: str, digest: str) -> int | None:
        answer = self.server.ask("HEAD", self._blob(model, digest), expect=(200, 307, 404))
        size = answer.headers.get("content-length", "")
        return int(size) if answer.status == 200 and size.isdecimal() else None

    def _tags(self, model: str) -> tuple[str, ...]:
        url, found, last = f"/v2/{self._repository(model)}/tags/list", [""], None
        for _ in range(MOST_PAGES):
            params = {"n": "100", **({"last": last} if last else {})}
            answer = self.server.ask("GET", url, expect=(200, 404), params=params)
            found += _tags_in(answer)
            last = _next(answer)
            if not last:
                break
        return tuple(found[1:])

    def _blob(self, model: str, digest: str) -> str:
        return f"/v2/{self._repository(model)}/blobs/sha256:{digest}"

    def _repository(self, model: str) -> str:
        name = f"{self.path}/{model}"
        if not _PATH.fullmatch(name):
            raise user_error(f"'{model}' cannot be a repository of an OCI registry",
                             mend="its id needs lower-case letters, digits, '.', '_' and '-' alone")  # fmt: skip
        return name


def open_backend(url: str, environ: Mapping[str, str]) -> Backend:
    """The registry at `oci://host/path`; on this machine it may be without TLS."""
    parts = urlsplit(url)
    path = parts.path.strip("/")
    if not parts.hostname or not _PATH.fullmatch(path) or parts.query or parts.fragment or parts.username:
        raise user_error("an OCI registry's address is like oci://ghcr.io/owner/models",
                         mend="lower case, without a tag or a login; see docs/registries.md")  # fmt: skip
    scheme = "http" if parts.hostname in LOOPBACK else "https"
    base, login = f"{scheme}://{parts.netloc}", login_of(parts.hostname, environ)

    def challenge(headers: Mapping[str, str], asked: tuple[str, str]) -> AuthBase | None:
        repository = urlsplit(asked[1]).path.removeprefix("/v2/")
        repository = re.split(r"/(?:blobs|manifests|tags)/", repository)[0]
        return answer_challenge(base, login, headers, repository)

    return Registry(f"oci://{parts.netloc}/{path}", Server(base, challenge=challenge), path, memory_of(environ))


def _tags_in(answer: Answer) -> list[str]:
    try:
        return msgspec.json.decode(answer.body, type=Tags).tags or [] if answer.status == 200 else []
    except (msgspec.MsgspecError, RecursionError):
        raise user_error(
            "the registry's list of tags cannot be read", mend="see that the address is a registry's"
        ) from None


def _next(answer: Answer) -> str | None:
    """From which tag the next page goes on; of the link only that counts."""
    address = answer.headers.get("link", "").partition(";")[0].strip(" <>")
    return parse_qs(urlsplit(address).query).get("last", [""])[0] or None
