"""Whatever a command does, it ends within its limits and nothing of it is left."""

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from mlgate.worker.sandbox import Limits, Outcome, explain, run

MIB = 2**20
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
Python = Callable[..., Outcome]


@pytest.fixture(params=[True, False], ids=["namespaces", "fallback"])
def python(request: pytest.FixtureRequest, tmp_path: Path) -> Python:
    """Runs a Python program, with namespaces where they are allowed and without."""
    namespaces: bool = request.param
    if namespaces and "pid-namespace" not in run(["true"], cwd=tmp_path, env=dict(os.environ)).isolation:
        pytest.skip("this machine forbids namespaces to this user")

    def start(code: str, *arguments: str, seconds: float = 10, memory: int = 500 * MIB) -> Outcome:
        return run(
            [sys.executable, "-S", "-c", code, *arguments],
            cwd=tmp_path,
            env={"PATH": os.defpath},
            limits=Limits(seconds, memory),
            namespaces=namespaces,
        )

    return start


@pytest.fixture
def marker() -> str:
    """An argument by which a test knows its own processes again."""
    return f"marker-{uuid.uuid4()}"


def alive(marker: str) -> list[str]:
    """The processes that have the marker on their command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if marker in (folder / "cmdline").read_text(errors="replace"):
                found.append(folder.name)
        except OSError:
            continue
    return found


def soon(condition: Callable[[], bool], *, within: float = 10) -> bool:
    """True once the condition holds, False if it does not come to hold in time."""
    until = time.monotonic() + within
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def test_a_command_that_sleeps_for_ever_is_stopped_at_the_time_limit(python: Python) -> None:
    outcome = python("import time; time.sleep(1e6)", seconds=0.3)
    assert (outcome.ended, outcome.code, outcome.signal) == ("timeout", None, None)
    assert 0.3 <= outcome.seconds < 2
    assert explain(outcome, Limits(seconds=0.3)) == "ran longer than 0.3 s and was stopped"


def test_a_command_that_ignores_signals_is_stopped_too(python: Python) -> None:
    code = "import signal, time\nfor n in range(1, 32):\n try: signal.signal(n, signal.SIG_IGN)\n except OSError: pass"
    assert python(code + "\nwhile True: time.sleep(1)", seconds=0.3).ended == "timeout"


def test_a_command_that_allocates_ten_gigabytes_is_stopped_at_the_memory_limit(python: Python) -> None:
    outcome = python("x = [bytearray(2**20) for _ in range(10_000)]", memory=300 * MIB)
    assert outcome.ended == "memory"
    assert 300 * MIB < outcome.peak_memory < 5_000 * MIB
    assert explain(outcome, Limits(memory=300 * MIB)) == "used more than 0.293 GiB of memory and was stopped"


@linux
def test_memory_is_summed_over_all_processes(python: Python) -> None:
    each_below = "import os, time\nos.fork(); os.fork()\nx = bytearray(120 * 2**20)\ntime.sleep(5)"
    assert python(each_below, memory=300 * MIB).ended == "memory"


@linux
def test_memory_that_processes_share_is_counted_once(python: Python) -> None:
    shared = "import os, time\nx = bytearray(120 * 2**20)\nos.fork(); os.fork()\ntime.sleep(0.3)"
    assert python(shared, memory=300 * MIB).ended == "exit"


def test_address_space_that_is_only_reserved_is_free(python: Python) -> None:
    assert python("import mmap; m = mmap.mmap(-1, 20 * 2**30)", memory=300 * MIB).code == 0


def test_fifty_megabytes_of_output_are_drained_and_their_end_is_kept(python: Python) -> None:
    outcome = python("import sys\nfor _ in range(50): sys.stdout.write('x' * 10**6)\nprint('the end')")
    assert outcome.ended == "exit"
    assert outcome.output.endswith("xxthe end\n")
    assert len(outcome.output) == 8192


def test_endless_output_does_not_outlive_the_time_limit(python: Python) -> None:
    assert python("while True: print('y' * 1000)", seconds=0.4).ended == "timeout"


def test_a_command_that_leaves_early_with_success_is_reported_as_just_that(python: Python) -> None:
    outcome = python("import os; os._exit(0); print('never')")
    assert (outcome.ended, outcome.code, outcome.output) == ("exit", 0, "")


def test_the_exit_code_is_reported(python: Python) -> None:
    outcome = python("raise SystemExit(42)")
    assert (outcome.ended, outcome.code, outcome.signal) == ("exit", 42, None)
    assert explain(outcome) == "ended with exit code 42"


def test_the_signal_that_ended_the_command_is_reported(python: Python) -> None:
    outcome = python("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    assert (outcome.ended, outcome.code, outcome.signal) == ("signal", None, signal.SIGSEGV)


@linux
def test_a_child_in_a_session_of_its_own_is_killed(python: Python, marker: str) -> None:
    outcome = python("import os, time\nif os.fork() == 0: os.setsid(); time.sleep(600)", marker)
    assert (outcome.ended, outcome.code, outcome.left_behind) == ("exit", 0, 1)
    assert "1 process that it left behind had to be killed" in explain(outcome)
    assert alive(marker) == []


@linux
def test_a_daemon_that_forked_twice_is_killed(python: Python, marker: str) -> None:
    daemon = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(3): os.close(number)
        time.sleep(600)
    os._exit(0)
time.sleep(0.1)
"""
    assert python(daemon, marker).left_behind == 1
    assert alive(marker) == []


@linux
def test_descendants_are_killed_at_the_time_limit(python: Python, marker: str) -> None:
    code = "import os, time\nfor _ in range(3):\n if os.fork() == 0: os.setsid()\ntime.sleep(600)"
    assert python(code, marker, seconds=0.3).ended == "timeout"
    assert alive(marker) == []


@linux
def test_a_child_that_ends_by_itself_in_a_moment_is_not_left_behind(python: Python) -> None:
    assert python("import os, time\nif os.fork() == 0: time.sleep(0.05)").left_behind == 0


@linux
def test_a_fork_bomb_is_stopped(python: Python, marker: str) -> None:
    bounded = "import os, time\nfor _ in range(11): os.fork()\ntime.sleep(60)"  # 2,048 if the sandbox is broken
    outcome = python(bounded, marker, seconds=5, memory=200 * MIB)
    assert outcome.ended == "memory"
    assert alive(marker) == []


def test_a_command_that_does_not_exist_is_reported_as_a_shell_would(tmp_path: Path) -> None:
    outcome = run(["no-such-program"], cwd=tmp_path, env={"PATH": os.defpath})
    assert outcome.code == 127
    assert "cannot start no-such-program" in outcome.output


def test_a_folder_that_does_not_exist_is_reported(tmp_path: Path) -> None:
    outcome = run(["true"], cwd=tmp_path / "gone", env={"PATH": os.defpath})
    assert outcome.code == 127
    assert "gone" in outcome.output


def test_runs_in_two_threads_do_not_disturb_each_other(python: Python) -> None:
    outcomes: dict[int, Outcome] = {}

    def one(number: int) -> None:
        outcomes[number] = python(
            f"import time; time.sleep({0.1 * number}); print({number}); raise SystemExit({number})"
        )

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(outcomes[n].code, outcomes[n].output) for n in range(4)] == [(n, f"{n}\n") for n in range(4)]


def test_the_callers_own_children_are_left_alone(python: Python) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as own:
        python("pass")
        assert own.poll() is None
        own.communicate(b"\n")
    assert own.returncode == 0


KIT = """
import os, sys
from pathlib import Path
from mlgate.worker.sandbox import run
code = "import os, time\\nif os.fork() == 0: os.setsid()\\ntime.sleep(600)"
run([sys.executable, "-S", "-c", code, os.environ["MARKER"]], cwd=Path("/"), env={}, namespaces=os.environ["NS"] == "1")
"""


@linux
@pytest.mark.parametrize("namespaces", ["1", "0"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_nothing_outlives_the_kit(marker: str, namespaces: str, number: signal.Signals) -> None:
    environ = {**os.environ, "MARKER": marker, "NS": namespaces}
    with subprocess.Popen([sys.executable, "-c", KIT], env=environ, stderr=subprocess.PIPE) as kit:
        assert soon(lambda: len(alive(marker)) == 2)
        kit.send_signal(number)
        _, said = kit.communicate(timeout=10)
    assert kit.returncode == -number
    assert (b"KeyboardInterrupt" in said) == (number == signal.SIGINT)
    assert soon(lambda: alive(marker) == [])


def test_what_the_echo_raises_passes_through_and_nothing_is_left(tmp_path: Path, marker: str) -> None:
    def refuse(text: str) -> None:
        raise ValueError(text)

    with pytest.raises(ValueError, match="hello"):
        run(["sh", "-c", f"echo hello; sleep 600; : {marker}"], cwd=tmp_path, env={"PATH": os.defpath}, echo=refuse)
    if sys.platform == "linux":
        assert alive(marker) == []
