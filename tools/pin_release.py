"""Pins the kit's own actions to a release: the second of the two commits that a release is.

The first commit is what is released. The second names it by its full hash, in the reusable workflows and in what
`mlgate init` writes, so that whoever pins a workflow by hash runs exactly these actions, and not what a tag says later:

    python tools/pin_release.py v1.0.0 $(git rev-parse HEAD)
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORKFLOWS = (".github/workflows/gate.yml", ".github/workflows/report.yml")
PINS = "src/mlgate/adopting/pins.py"
OWN = re.compile(r"(uses: mlgate/mlgate/actions/[a-z]+)@\S+(?: # \S+)?(?=\n)")
RELEASE = re.compile(r"RELEASE = Release\([^)]*\)")


def pin(root: Path, version: str, sha: str) -> list[str]:
    """The files that were changed; a `SystemExit` where version, hash or a file is not as expected."""
    if not re.fullmatch(r"v\d+\.\d+\.\d+", version) or not re.fullmatch("[0-9a-f]{40}", sha):
        raise SystemExit("give a version such as v1.0.0 and the full hash of its commit")
    edits = [(name, OWN, rf"\g<1>@{sha} # {version}") for name in WORKFLOWS]
    edits.append((PINS, RELEASE, f'RELEASE = Release("{version}", "{sha}")'))
    changed = {}
    for name, pattern, replacement in edits:
        text, count = pattern.subn(replacement, (root / name).read_text(encoding="utf-8"))
        if count != 1:
            raise SystemExit(f"{name} has {count} places to pin, and one is expected")
        changed[name] = text
    for name, text in changed.items():
        (root / name).write_text(text, encoding="utf-8")
    return list(changed)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    print("\n".join(pin(ROOT, sys.argv[1], sys.argv[2])))
