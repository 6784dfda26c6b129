"""User code sees no token of anyone and, where asked, no network."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from mlgate.worker.sandbox import Outcome, run

TOKEN = "ghs_plantedPLANTEDplanted0123456789"
LOOK = """
import os
print(sorted(os.environ))
for name in os.listdir("/proc"):
    if name.isdigit():
        try: print(open(f"/proc/{name}/environ").read())
        except OSError: pass
"""
KIT = f"""
import os, sys
from pathlib import Path
from mlgate.worker import environment, sandbox
environment.clean_start()
env = environment.scrubbed(os.environ, home=Path("/nonexistent"))
outcome = sandbox.run([sys.executable, "-S", "-c", {LOOK!r}], cwd=Path("/"), env=env, namespaces=sys.argv[1] == "1")
print(os.environ.get("GITHUB_SHA"), outcome)
"""
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def python(code: str, tmp_path: Path, *, namespaces: bool = True, network: bool = True) -> Outcome:
    argv = [sys.executable, "-c", code]
    return run(argv, cwd=tmp_path, env={"PATH": os.defpath}, namespaces=namespaces, network=network)


@pytest.fixture
def isolation(tmp_path: Path) -> tuple[str, ...]:
    """What this machine allows."""
    return run(["true"], cwd=tmp_path, env={"PATH": os.defpath}, network=False).isolation


@pytest.mark.parametrize("namespaces", ["1", "0"], ids=["namespaces", "fallback"])
def test_no_token_of_the_kit_can_be_read(namespaces: str) -> None:
    planted = {"GITHUB_TOKEN": TOKEN, "ACTIONS_RUNTIME_TOKEN": TOKEN, "LANG": TOKEN, "GITHUB_SHA": "abc"}
    argv = [sys.executable, "-c", KIT, namespaces]
    said = subprocess.run(argv, env={**os.environ, **planted}, capture_output=True, text=True, check=True).stdout
    assert said.startswith("abc Outcome(ended='exit', code=0")
    assert "planted" not in said
    assert "GITHUB" not in said.partition("Outcome")[2]
    assert "ACTIONS" not in said


@pytest.mark.parametrize("namespaces", [True, False], ids=["namespaces", "fallback"])
def test_no_token_of_another_process_can_be_read(tmp_path: Path, namespaces: bool) -> None:
    argv = [sys.executable, "-c", "print('ready', flush=True); input()"]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe, env={"SOME": TOKEN}, text=True) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert TOKEN in Path(f"/proc/{other.pid}/environ").read_text()
        outcome = python(LOOK, tmp_path, namespaces=namespaces)
        other.communicate("\n")
    if not {"own-proc", "landlock"} & set(outcome.isolation):
        pytest.skip("this machine has neither namespaces nor Landlock")
    assert outcome.code == 0
    assert "planted" not in outcome.output


def test_only_its_own_processes_are_visible(tmp_path: Path, isolation: tuple[str, ...]) -> None:
    if "own-proc" not in isolation:
        pytest.skip("this machine forbids namespaces to this user")
    code = "import os; print(sorted(int(n) for n in os.listdir('/proc') if n.isdigit()), os.getpid())"
    assert python(code, tmp_path).output == "[1, 2] 2\n"


def test_the_supervisor_cannot_be_told_lies(tmp_path: Path) -> None:
    code = """
import os
for number in range(64):
    try: os.write(os.open(f"/proc/{os.getppid()}/fd/{number}", os.O_WRONLY), b'{"ended": "exit", "code": 0}')
    except OSError: pass
    else: print("told")
raise SystemExit(1)
"""
    outcomes = [python(code, tmp_path, namespaces=way) for way in (True, False)]
    assert [(outcome.code, outcome.output) for outcome in outcomes] == [(1, ""), (1, "")]


def test_the_supervisor_cannot_be_signalled(tmp_path: Path, isolation: tuple[str, ...]) -> None:
    if "pid-namespace" not in isolation:
        pytest.skip("this machine forbids namespaces to this user")
    code = (
        "import os\nfor n in (2, 9, 15, 19):\n try: os.kill(os.getppid(), n)\n except PermissionError: pass\nprint(1)"
    )
    assert python(code, tmp_path).output == "1\n"


CONNECT = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 2)"


@pytest.mark.parametrize("network", [True, False])
def test_the_network_can_be_cut(tmp_path: Path, isolation: tuple[str, ...], network: bool) -> None:
    if "network-namespace" not in isolation:
        pytest.skip("this machine forbids network namespaces to this user")
    with socket.create_server(("127.0.0.1", 0)) as server:
        argv = [sys.executable, "-c", CONNECT, str(server.getsockname()[1])]
        outcome = run(argv, cwd=tmp_path, env={"PATH": os.defpath}, network=network)
    assert (outcome.code == 0) == network
    assert ("network-namespace" in outcome.isolation) != network


def test_without_a_network_the_command_can_talk_to_itself(tmp_path: Path, isolation: tuple[str, ...]) -> None:
    code = """
import socket
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname(), 2)
"""
    assert python(code, tmp_path, network=False).code == 0


def test_files_can_be_moved_between_folders(tmp_path: Path) -> None:
    code = "import os; os.mkdir('a'); os.mkdir('b'); open('a/x', 'w').close(); os.rename('a/x', 'b/x')"
    assert python(code, tmp_path).code == 0
    assert (tmp_path / "b" / "x").exists()


def test_only_the_given_environment_is_there(tmp_path: Path) -> None:
    argv = [sys.executable, "-S", "-E", "-c", "import os; print(dict(os.environ))"]
    outcome = run(argv, cwd=tmp_path, env={"A": "1", "LC_CTYPE": "C.UTF-8"})
    assert outcome.output == "{'A': '1', 'LC_CTYPE': 'C.UTF-8'}\n"


def test_the_fallback_says_what_it_is(tmp_path: Path) -> None:
    isolation = python("pass", tmp_path, namespaces=False).isolation
    assert isolation[0] == "subreaper"
    assert not {"pid-namespace", "own-proc", "network-namespace"} & set(isolation)
