"""Pins the kit's own actions to what is committed: the second and the third of the three commits that a release is.

The first commit is what is released. The second names it by its full hash in the reusable workflows, and the third
names the second in what `mlgate init` writes: whoever pins a workflow by hash runs exactly these actions, and not what
a tag says later. Run it on a clean work tree:

    python tools/pin_release.py v1.0.0
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PINS = "src/mlgate/adopting/pins.py"
OWN = re.compile(r"(uses: mlgate/mlgate/actions/[a-z-]+)@\S+(?: # \S+)?(?=\n)")
RELEASE = re.compile(r"RELEASE = Release\([^)]*\)")


def pin(root: Path, version: str) -> None:
    """`root` has two commits more; a `SystemExit` where version, work tree or a file is not as expected."""
    if not re.fullmatch(r"v\d+(\.\d+\.\d+)?", version):
        raise SystemExit("give a version such as v1.0.0")
    if _git(root, "status", "--porcelain", "--untracked-files=no"):
        raise SystemExit("commit or restore what is changed first")
    workflows = [path for path in sorted((root / ".github/workflows").glob("*.yml")) if OWN.search(path.read_text())]
    if not workflows or not RELEASE.search((root / PINS).read_text()):
        raise SystemExit(f"there is no place to pin in .github/workflows or {PINS}")
    released = _git(root, "rev-parse", "HEAD")
    _commit(root, workflows, OWN, rf"\g<1>@{released} # {version}", f"Pin the workflows' own actions for {version}")
    pinned = _git(root, "rev-parse", "HEAD")
    _commit(root, [root / PINS], RELEASE, f'RELEASE = Release("{version}", "{pinned}")', f"Let init pin {version}")


def _commit(root: Path, paths: list[Path], pattern: re.Pattern[str], replacement: str, message: str) -> None:
    for path in paths:
        path.write_text(pattern.sub(replacement, path.read_text(encoding="utf-8")), encoding="utf-8")
    _git(root, "commit", "--quiet", "--message", message, "--", *map(str, paths))


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"git {arguments[0]} failed")
    return done.stdout.strip()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    pin(ROOT, sys.argv[1])
