"""Where a person mends a finding: the line of `mlgate.yml`, or of the file itself."""

import msgspec

from mlgate.configuring.loading import Parsed
from mlgate.configuring.yaml_source import Path as KeyPath
from mlgate.evidence import Location


def placed(location: Location | None, path: KeyPath, head: Parsed, inside: str) -> Location:
    """The location with its file from the repository's top, and the line of its key where it is in the configuration.

    `path` is where the check's parameters stand; a check gives a place in them as a JSON pointer without a file.
    The line is the change's own, so that it can be shown there; a key that only the base has is at its check's line.
    """
    if location is not None and location.file:
        file = location.file if inside == "." else f"{inside}/{location.file}"
        return msgspec.structs.replace(location, file=file[:400])
    keys: list[str] = (
        [k.replace("~1", "/").replace("~0", "~") for k in (location.key or "").split("/")] if location else []
    )
    whole: KeyPath = (*path, *(_known(key) for key in keys if key))
    source = head.source
    name = ".".join(map(str, whole))[:400]
    return Location(source.name[:400], source.line(whole), name)


def _known(key: str) -> str | int:
    return int(key) if key.isdigit() else key
