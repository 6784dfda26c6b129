"""Where the system gives less, the sandbox still runs, does its best and says what it had."""

import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from mlgate.worker import sandbox, supervisor

RUN = """
import os
from pathlib import Path
from mlgate.worker.sandbox import run
print(run(["echo", "hello"], cwd=Path("/"), env={"PATH": os.defpath}))
"""


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs unshare of util-linux to build such a machine")
@pytest.mark.parametrize("kind", ["pid", "mnt"])
def test_a_machine_that_forbids_namespaces_gets_the_fallback(kind: str) -> None:
    script = f'echo 0 > /proc/sys/user/max_{kind}_namespaces && exec "$0" -c "$1"'
    argv = ["unshare", "-Ur", "sh", "-c", script, sys.executable, RUN]
    done = subprocess.run(argv, capture_output=True, text=True)
    if "Outcome" not in done.stdout:
        pytest.skip(f"this machine forbids user namespaces: {done.stderr}")
    assert "code=0" in done.stdout
    assert "output='hello\\n'" in done.stdout
    assert "isolation=('subreaper'" in done.stdout


@pytest.fixture
def without_linux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The supervisor takes the way that it takes on macOS."""
    text, linux = Path(supervisor.__file__).read_text(), 'LINUX = sys.platform == "linux"'
    assert linux in text
    (tmp_path / "supervisor.py").write_text(text.replace(linux, "LINUX = False"))
    monkeypatch.setattr(sandbox, "SUPERVISOR", tmp_path / "supervisor.py")


def run(tmp_path: Path, code: str, *arguments: str, seconds: float = 10, memory: int = 2**30) -> sandbox.Outcome:
    argv = [sys.executable, "-S", "-c", code, *arguments]
    return sandbox.run(argv, cwd=tmp_path, env={}, limits=sandbox.Limits(seconds, memory))


needs_ps = pytest.mark.skipif(not shutil.which("ps"), reason="needs ps")


@needs_ps
@pytest.mark.usefixtures("without_linux")
def test_without_proc_a_descendant_that_was_seen_is_killed(tmp_path: Path) -> None:
    marker = f"marker-{uuid.uuid4()}"
    orphan = "import os, time\nif os.fork() == 0: os.setsid(); time.sleep(600)\ntime.sleep(0.6)"
    outcome = run(tmp_path, orphan, marker)
    assert (outcome.ended, outcome.left_behind, outcome.isolation) == ("exit", 1, ("process-group",))
    assert marker not in subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True).stdout


@needs_ps
@pytest.mark.usefixtures("without_linux")
def test_without_proc_the_limits_hold(tmp_path: Path) -> None:
    assert run(tmp_path, "import time; time.sleep(600)", seconds=0.3).ended == "timeout"
    assert run(tmp_path, "x = bytearray(400 * 2**20)\nwhile True: pass", memory=200 * 2**20).ended == "memory"


@needs_ps
def test_ps_and_proc_agree_about_this_process() -> None:
    [row] = [row for row in supervisor.from_ps() if row[0] == os.getpid()]
    assert row[1:3] == (os.getppid(), os.getpgrp())
    assert row[4] is False
    if sys.platform == "linux":
        [same] = [row for row in supervisor.from_proc() if row[0] == os.getpid()]
        assert row[3] == pytest.approx(same[3], rel=0.2)
