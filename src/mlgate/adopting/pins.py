"""The kit's own address in other people's workflows, and the release that they are pinned to."""

from dataclasses import dataclass

KIT = "mlgate/mlgate"  # the one spelling; a test holds it against the rest of the repository
GATE = f"{KIT}/.github/workflows/gate.yml"
REPORT = f"{KIT}/.github/workflows/report.yml"
CHECK = f"{KIT}/actions/check"


@dataclass(frozen=True)
class Release:
    """A release: its tag, and the full hash of its commit."""

    version: str
    sha: str

    @property
    def major(self) -> str:
        """The moving tag of the release's line.

        >>> Release("v1.4.2", 40 * "a").major
        'v1'
        """
        return self.version.partition(".")[0]


RELEASE = Release("v1", "f07e8ef6e9f57f0184dba4525abe0a3584e466e3")  # tools/pin_release.py writes both here


def pinned(address: str, release: Release = RELEASE) -> tuple[str, str]:
    """The value of `uses:` and the comment beside it.

    >>> pinned(CHECK, Release("v1.4.2", 40 * "a"))[1]
    'v1.4.2'
    """
    return f"{address}@{release.sha}", release.version
