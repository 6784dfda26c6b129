"""The shelf: how releases lie in anything that keeps files by name, be it a folder or a bucket."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from mlgate.evidence import canonical
from mlgate.ledger.events import FileRecord
from mlgate.registries.backend import RegistryConflict, Release, Say
from mlgate.transfer.files import arrive, chunks, difference, inside, verified

RELEASE = "release.json"  # written last: a version without it is an upload that was cut off
MISSING = "missing"
MOST_BYTES = 2**20  # of a release.json or a stage
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Store(Protocol):
    """Files by name."""

    def size(self, name: str) -> int | None:
        """How long the file is; None if there is none."""
        ...

    def read(self, name: str) -> Iterator[bytes]:
        """The file's bytes."""
        ...

    def write(self, name: str, parts: Iterable[bytes]) -> None:
        """The file has these bytes."""
        ...

    def names(self, folder: str) -> tuple[str, ...]:
        """The files in a folder."""
        ...

    def remove(self, name: str) -> None:
        """The file is not there."""
        ...


@dataclass(frozen=True)
class Shelf:
    """Releases in a store: `model/version/files/…` with `release.json` beside, and versions in `model/stages/STAGE`."""

    name: str
    store: Store

    def push(self, release: Release, folder: Path, say: Say) -> None:
        """The files lie there, and then what they are."""
        standing, faults = self._standing(release), self._file_faults(release)
        if standing is not None:
            self._refuse_others(release, standing, [fault for fault in faults.values() if fault != MISSING])
        for file in release.files:
            if file.name in faults:
                say(f"copying {file.name} to {self.name}")
                self.store.write(_place(release, file.name), verified(file, chunks(inside(folder, file.name))))
        if standing is None:
            self.store.write(_record(release), [canonical(release) + b"\n"])

    def pull(self, release: Release, into: Path, say: Say) -> None:
        """The files are in `into`, verified."""

        def fetch(file: FileRecord) -> Iterator[bytes]:
            say(f"copying {file.name} from {self.name}")
            if self.store.size(_place(release, file.name)) is None:
                return iter(())
            return self.store.read(_place(release, file.name))

        arrive(release, into, fetch)

    def shown(self, model: str) -> Mapping[str, str]:
        """Stage → version."""
        found = {stage: self._text(f"{model}/stages/{stage}") for stage in self.store.names(f"{model}/stages")}
        return {stage: version for stage, version in found.items() if version and _VERSION.fullmatch(version)}

    def point(self, release: Release, stage: str) -> None:
        """The stage names the version."""
        if self.shown(release.model).get(stage) != release.version:
            self.store.write(f"{release.model}/stages/{stage}", [f"{release.version}\n".encode()])

    def clear(self, model: str, stage: str) -> None:
        """The stage names nothing."""
        self.store.remove(f"{model}/stages/{stage}")

    def faults(self, release: Release) -> tuple[str, ...]:
        """Files that are missing or others, and a record that is."""
        standing = self._standing(release)
        record = () if standing == release else (f"{RELEASE}: {MISSING if standing is None else 'another record'}",)
        return (*record, *(f"{name}: {fault}" for name, fault in self._file_faults(release).items()))

    def _refuse_others(self, release: Release, standing: Release, wrong: list[str]) -> None:
        """What is complete there is the same release with the same bytes."""
        others = (standing.sha256, standing.files) != (release.sha256, release.files)
        if others or wrong:
            what = f"with the digest {standing.sha256[:12]}" if others else f"with other bytes ({wrong[0]})"
            raise RegistryConflict(f"{self.name} has another {release}, {what}",
                                   mend="see who put it there, and move it away; nothing was overwritten")  # fmt: skip

    def _standing(self, release: Release) -> Release | None:
        """What the store says is there; a record that cannot be read is another one's."""
        text = self._text(_record(release))
        if text is None:
            return None
        try:
            return msgspec.json.decode(text, type=Release)
        except (msgspec.MsgspecError, RecursionError):
            return msgspec.structs.replace(release, sha256="unreadable", files=())

    def _file_faults(self, release: Release) -> dict[str, str]:
        """File → what is wrong with it, of those that are not there as they should be."""
        found = {file.name: self._fault(file, _place(release, file.name)) for file in release.files}
        return {name: fault for name, fault in found.items() if fault}

    def _fault(self, file: FileRecord, place: str) -> str | None:
        size = self.store.size(place)
        if size is None:
            return MISSING
        if size != file.size:
            return f"{size:,} bytes instead of {file.size:,}"
        return difference(file, self.store.read(place))

    def _text(self, name: str) -> str | None:
        size = self.store.size(name)
        if size is None or size > MOST_BYTES:
            return None if size is None else ""
        return b"".join(self.store.read(name)).decode(errors="replace").strip()


def _place(release: Release, name: str) -> str:
    return f"{release.model}/{release.version}/files/{name}"


def _record(release: Release) -> str:
    return f"{release.model}/{release.version}/{RELEASE}"
