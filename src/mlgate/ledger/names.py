"""Names of models, versions and stages, and of the tags that say them to people and to GTO."""

import re
from typing import Annotated

from msgspec import Meta, Struct

from mlgate.errors import user_error

VersionName = Annotated[str, Meta(pattern=r"^v(0|[1-9]\d{0,5})(\.(0|[1-9]\d{0,5})){2}$(?!\n)", description="v1.2.0")]
StageName = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9-]{0,30}$(?!\n)", description="lower-case letters, digits and '-'")
]
_MODEL = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_VERSION = r"v\d+\.\d+\.\d+"
_TAG = re.compile(
    rf"(?P<model>{_MODEL})(@(?P<version>{_VERSION})(?P<gone>!)?|#(?P<stage>[a-z][a-z0-9-]*)(?P<cleared>!)?#(?P<number>\d+))"
)
_ASKED = re.compile(rf"(?P<model>{_MODEL})(@(?P<version>{_VERSION})|#(?P<stage>[a-z][a-z0-9-]*))?")
_REQUEST = re.compile(rf"(?:refs/tags/)?release/(?P<model>{_MODEL})/(?P<version>{_VERSION})")
REQUEST = "release/{model}/{version}"  # a person's tag, which asks for the version and is none of the ledger's
PARTS = ("major", "minor", "patch")


class Asked(Struct, frozen=True):
    """What a person typed: a model, one version of it, or what is at a stage."""

    model: str
    version: str | None = None
    stage: str | None = None


def parse_asked(text: str, *, needs: str = "") -> Asked:
    """The model, version or stage that `text` names; a `UserError` if it names none, or not what is needed.

    >>> parse_asked("churn#prod"), parse_asked("churn@v1.2.0").version
    (Asked(model='churn', version=None, stage='prod'), 'v1.2.0')
    """
    found = find_asked(text)
    if found is None or (needs and getattr(found, needs) is None):
        forms = {"version": "churn@v1.2.0", "stage": "churn#prod"}
        raise user_error(f"'{text[:100]}' does not name a {needs or 'model'}",
                         mend=f"write it like {forms.get(needs, 'churn, churn@v1.2.0 or churn#prod')}")  # fmt: skip
    return found


def find_asked(text: str) -> Asked | None:
    """The same, or None if it names none."""
    found = _ASKED.fullmatch(text)
    return Asked(found["model"], found["version"], found["stage"]) if found else None


def requested(text: str) -> str:
    """MODEL@VERSION, also where it is written as the tag by which people ask for it.

    >>> requested("release/churn/v1.2.0"), requested("churn@v1.2.0")
    ('churn@v1.2.0', 'churn@v1.2.0')
    """
    found = _REQUEST.fullmatch(text)
    return f"{found['model']}@{found['version']}" if found else text


def is_ours(tag: str) -> bool:
    """Whether a tag has the form of the ledger's: a version, its end, a stage, or a stage's end.

    >>> [is_ours(tag) for tag in ("churn@v1.2.0", "churn@v1.2.0!", "churn#prod#4", "churn#prod!#6", "v1.2.0")]
    [True, True, True, True, False]
    """
    return _TAG.fullmatch(tag) is not None


def order(version: str) -> tuple[int, ...]:
    """By which versions are sorted.

    >>> sorted(["v1.10.0", "v1.9.0"], key=order)
    ['v1.9.0', 'v1.10.0']
    """
    return tuple(int(part) for part in version.removeprefix("v").split("."))


def following(version: str | None, part: str) -> str:
    """The version after `version` in which `part` is one higher; the first one is v0.1.0, or v1.0.0 for "major".

    >>> following("v1.2.3", "minor"), following("v1.2.3", "patch"), following(None, "minor")
    ('v1.3.0', 'v1.2.4', 'v0.1.0')
    """
    place = PARTS.index(part)
    numbers = order(version) if version else (0, 0, 0)
    raised = (*numbers[:place], numbers[place] + 1, *(0 for _ in numbers[place + 1 :]))
    return "v" + ".".join(map(str, raised))
