"""A runner of workflows, made once for all workers of a test session."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end import stand_ins
from tests.end_to_end.harness import KIT, Runner


def find(program: str) -> str:
    """Where `program` is; without it the test is skipped."""
    beside = KIT / "build" / "end-to-end" / "bin" / program
    found = shutil.which(program) or (str(beside) if beside.exists() else None)
    if found is None:
        pytest.skip(f"{program} is not installed (`make end-to-end` installs it)")
    return found


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """act with this repository as it is, uncommitted changes of tracked files included."""
    act = find("act")
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "runner"
    shared.mkdir(exist_ok=True)
    kit, venv = shared / "kit", shared / "venv"
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kit.exists():
            export(kit)
            subprocess.run(["bash", str(kit / "requirements" / "install.sh"), str(venv), "build", "core"], check=True)
            stand_ins.write(shared / "stand-ins", kit)
    return Runner(act, kit, venv, stand_ins.write(shared / "stand-ins", kit))


def export(target: Path) -> None:
    """`target` has a copy of every tracked file, and nothing else."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=KIT, check=True, stdout=subprocess.PIPE).stdout.decode()
    for name in filter(None, tracked.split("\0")):
        if (KIT / name).is_file():  # not one that is deleted in the work tree
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(KIT / name, target / name)
