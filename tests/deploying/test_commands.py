"""A command as hook: what it gets, and that whatever it does is told without harm."""

import base64
import time
from pathlib import Path

import pytest

from mlgate.deploying.deploying import Deployed, deploy
from tests.deploying.stage import make_job, settings
from tests.registries.contract import quiet


def shell(tmp_path: Path, text: str, environ: dict[str, str] | None = None, **more: object) -> Deployed:
    """How a deployment ends whose only hook is this shell script."""
    return deploy(make_job(tmp_path, environ), settings(command={"run": ["sh", "-c", text]}, **more), quiet)


def test_it_gets_the_verified_path_the_digest_and_the_stage(tmp_path: Path) -> None:
    job = make_job(tmp_path)
    command = ["sh", "-c", 'cat "$MLGATE_FILE" > got; echo "$MLGATE_SHA256 $MLGATE_STAGE $MLGATE_ACTION" > facts']
    assert deploy(job, settings(command={"run": command}), quiet).ok
    assert (tmp_path / "got").read_text() == "the model v1.0.0"
    assert (tmp_path / "facts").read_text() == f"{job.release.sha256} prod deploy\n"


def test_it_gets_no_variable_that_the_settings_do_not_name(tmp_path: Path) -> None:
    environ = {"GITHUB_TOKEN": "ghs_1", "CLUSTER": "blue", "OTHER": "x"}
    assert shell(tmp_path, "env > got", environ, environment=["CLUSTER"]).ok
    names = {line.partition("=")[0] for line in (tmp_path / "got").read_text().splitlines()}
    assert names & {"GITHUB_TOKEN", "CLUSTER", "OTHER"} == {"CLUSTER"}


def test_its_exit_code_is_told_with_the_end_of_its_output(tmp_path: Path) -> None:
    outcome = shell(tmp_path, "echo first; echo the disk is full >&2; exit 7")
    assert (outcome.ok, outcome.message) == (False, "'sh' ended with 7")
    assert outcome.output == "first\nthe disk is full"


def test_one_that_hangs_is_stopped_with_all_that_it_started(tmp_path: Path) -> None:
    began = time.monotonic()
    outcome = shell(tmp_path, "(sleep 60; touch late) & echo begun; sleep 60", timeout=1)
    assert outcome.message == "'sh' had not ended after 1 s and was stopped"
    assert outcome.output == "begun"
    assert time.monotonic() - began < 30
    assert not (tmp_path / "late").exists()


@pytest.mark.parametrize(
    "printed",
    ['echo "$KUBE_TOKEN"', 'printf %s "$KUBE_TOKEN" | base64 -w0', 'echo "x${KUBE_TOKEN}y"; exit 1', 'echo "$PLAIN"'],
)
def test_a_secret_that_it_prints_is_nowhere(tmp_path: Path, printed: str) -> None:
    environ = {"KUBE_TOKEN": "s3cr3t-value", "PLAIN": "just-named"}
    outcome = shell(tmp_path, f"{printed}; exit 3", environ, environment=["KUBE_TOKEN", "PLAIN"])
    told = repr(outcome)
    for secret in ("s3cr3t-value", "just-named", base64.b64encode(b"s3cr3t-value").decode()):
        assert secret not in told
    assert "***" in outcome.output


def test_a_secret_is_hidden_where_the_kept_output_begins(tmp_path: Path) -> None:
    environ = {"KUBE_TOKEN": "0123456789" * 4}
    text = 'i=0; while [ $i -lt 1000 ]; do printf %s "$KUBE_TOKEN"; i=$((i+1)); done; exit 1'
    outcome = shell(tmp_path, text, environ, environment=["KUBE_TOKEN"])
    assert "0123456789" not in outcome.output


def test_of_much_output_the_end_is_kept(tmp_path: Path) -> None:
    outcome = shell(tmp_path, "yes | head -c 5000000; echo the end; exit 1")
    assert outcome.output.endswith("the end")
    assert len(outcome.output) <= 16_384


def test_a_service_that_it_leaves_running_does_not_hold_it_up(tmp_path: Path) -> None:
    began = time.monotonic()
    assert shell(tmp_path, "sleep 20 & echo started").ok
    assert time.monotonic() - began < 15


def test_output_cannot_move_the_cursor(tmp_path: Path) -> None:
    assert "\x1b" not in shell(tmp_path, r"printf '\033[2Jgone\007'; exit 1").output


def test_a_command_that_is_not_there_is_told(tmp_path: Path) -> None:
    outcome = deploy(make_job(tmp_path), settings(command={"run": ["./deploy.sh"]}), quiet)
    assert outcome.message == "'deploy.sh' cannot be started: No such file or directory"
