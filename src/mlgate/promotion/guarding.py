"""Guarding: whatever goes wrong in a registry or its driver is an error with a mend, and no secret is in it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from mlgate.deploying.scrubbing import scrub, secrets_of
from mlgate.errors import UserError, user_error
from mlgate.registries.backend import Backend, Release, Say, open_backend

_OWN = ("builtins", "mlgate")  # an exception of another module's is a driver's


@dataclass(frozen=True)
class Guarded:
    """A backend whose every fault is a `UserError` without the environment's secrets."""

    backend: Backend
    secrets: tuple[str, ...] = field(repr=False)

    @property
    def name(self) -> str:
        """The backend's."""
        return self.backend.name

    def push(self, release: Release, folder: Path, say: Say) -> None:
        """As the backend."""
        with _told(self.name, self.secrets):
            self.backend.push(release, folder, say)

    def pull(self, release: Release, into: Path, say: Say) -> None:
        """As the backend."""
        with _told(self.name, self.secrets):
            self.backend.pull(release, into, say)

    def shown(self, model: str) -> Mapping[str, str]:
        """As the backend."""
        with _told(self.name, self.secrets):
            return self.backend.shown(model)

    def point(self, release: Release, stage: str) -> None:
        """As the backend."""
        with _told(self.name, self.secrets):
            self.backend.point(release, stage)

    def clear(self, model: str, stage: str) -> None:
        """As the backend."""
        with _told(self.name, self.secrets):
            self.backend.clear(model, stage)

    def faults(self, release: Release) -> tuple[str, ...]:
        """As the backend."""
        with _told(self.name, self.secrets):
            return self.backend.faults(release)


def guarded(url: str, environ: Mapping[str, str]) -> Backend:
    """The backend of a URL, guarded; a `UserError` if it cannot be opened."""
    secrets = secrets_of(environ)
    with _told(scrub(url, secrets), secrets):
        return Guarded(open_backend(url, environ), secrets)


@contextmanager
def _told(name: str, secrets: tuple[str, ...]) -> Iterator[None]:
    try:
        yield
    except UserError as error:
        error.problems = tuple(replace(p, message=scrub(p.message, secrets)) for p in error.problems)
        raise
    except Exception as error:
        if type(error).__module__.partition(".")[0] in _OWN and not isinstance(error, OSError):
            raise
        said = scrub(str(error), secrets) or type(error).__name__
        raise user_error(f"{name} could not do it: {said}",
                         mend="see that it is there, and that these credentials may use it") from None  # fmt: skip
