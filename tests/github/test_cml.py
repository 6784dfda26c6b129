"""The publisher `cml`: the same Markdown goes to CML's command, and all else stays with mlgate."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mlgate.github.cml import publisher_cml
from mlgate.github.decide import Place
from mlgate.github.report import Options, Reported
from tests.github.stage import Stage, failing
from tests.github_fake import faults, state

CML = """\
#!{python}
import json, os, sys
seen = {{"arguments": sys.argv[1:], "env": dict(os.environ), "report": open(sys.argv[-1]).read()}}
open(os.path.expanduser("~/.gitconfig"), "w").write("edited")
with open("{record}", "a") as record:
    print(json.dumps(seen), file=record)
print("at first\\n::error::" + os.environ["REPO_TOKEN"] + "\\x1b[31m", file=sys.stderr)
sys.exit({code})
"""
PLACE = Place(server_url="https://github.test", repository="acme/credit", run_id=9)
WATERMARK = '\n\n![](https://cml.dev/watermark.png#abc123 "CML watermark mlgate-default")'


@dataclass
class Handed:
    """A recording stand-in for `cml`, and reports that are published by it."""

    stage: Stage
    folder: Path

    def install(self, code: int = 0) -> None:
        """The command is on the PATH, and ends with that code."""
        command = self.folder / "cml"
        command.write_text(CML.format(python=sys.executable, record=self.folder / "record", code=code))
        command.chmod(0o755)

    def seen(self) -> list[dict[str, Any]]:
        """What the command was given, each time."""
        record = self.folder / "record"
        return [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []

    def report(self, run: state.Run, action: str = "completed", **options: Any) -> Reported:
        """The report of a run."""
        environ = {
            "PATH": f"{self.folder}{os.pathsep}/usr/bin{os.pathsep}/bin", "GITHUB_SHA": "1" * 40, "AWS_SECRET": "x",
            "CML_TOKEN": "x", "GITHUB_TOKEN": "x", "HOME": "/nowhere",
        }  # fmt: skip
        return self.stage.report(run, action, options=Options(**options), publish=publisher_cml(environ, PLACE))


@pytest.fixture
def handed(stage: Stage, tmp_path: Path) -> Handed:
    """The publisher with a `cml` that succeeds."""
    made = Handed(stage, tmp_path)
    made.install()
    return made


def test_cml_gets_the_markdown_that_github_would_get(handed: Handed) -> None:
    stage, pull = handed.stage, handed.stage.pull()
    run = stage.gated(pull, stage.evidence(pull, findings=failing()))
    reported = handed.report(run)
    assert (reported.exit_code, reported.notice) == (0, None)
    assert stage.comments(pull.number) == []
    [seen] = handed.seen()
    stage.report(run)
    [ours] = stage.comments(pull.number)
    assert seen["report"].rpartition("\n")[0].replace("/900", "/901") == ours.body.rpartition("\n")[0]
    assert stage.status(pull.head_sha)[0] == "failure"


def test_cml_is_told_which_comment_of_which_pull_request(handed: Handed) -> None:
    pull = handed.stage.pull()
    handed.report(handed.stage.gated(pull, handed.stage.evidence(pull)))
    [seen] = handed.seen()
    assert seen["arguments"][:-1] == [
        "comment", "update", "--publish=false", "--driver=github", "--repo=https://github.test/acme/credit",
        f"--target=pr/{pull.number}", "--watermark-title=mlgate-default",
    ]  # fmt: skip


def test_cml_gets_the_token_a_home_that_is_thrown_away_and_no_other_secret(handed: Handed) -> None:
    pull = handed.stage.pull()
    handed.report(handed.stage.gated(pull, handed.stage.evidence(pull)))
    [seen] = handed.seen()
    given = {name: value for name, value in seen["env"].items() if name not in ("LC_CTYPE", "PWD", "_", "SHLVL")}
    assert sorted(given) == ["GITHUB_SHA", "HOME", "ITERATIVE_DO_NOT_TRACK", "PATH", "REPO_TOKEN"]
    assert given["ITERATIVE_DO_NOT_TRACK"] == "1"
    assert not Path(given["HOME"]).exists()
    assert given["REPO_TOKEN"] not in str(seen["arguments"])


def test_a_failure_of_cmls_is_one_notice_without_the_token_and_the_status_stands(handed: Handed) -> None:
    handed.install(code=3)
    pull = handed.stage.pull()
    reported = handed.report(handed.stage.gated(pull, handed.stage.evidence(pull)))
    [seen] = handed.seen()
    assert reported.exit_code == 0
    assert reported.notice is not None
    assert reported.notice.startswith("mlgate could not write the comment: cml ended with 3: ")
    assert "***" in reported.notice
    assert seen["env"]["REPO_TOKEN"] not in reported.notice
    assert "\x1b" not in reported.notice
    assert handed.stage.status(pull.head_sha)[0] == "success"
    assert "safe to merge" in reported.summary


def test_a_cml_that_is_not_there_is_one_notice(handed: Handed) -> None:
    (handed.folder / "cml").unlink()
    pull = handed.stage.pull()
    reported = handed.report(handed.stage.gated(pull, handed.stage.evidence(pull)))
    assert reported.exit_code == 0
    assert "the command `cml` is not installed" in (reported.notice or "")


def test_comments_that_cannot_be_read_are_one_notice(handed: Handed) -> None:
    pull = handed.stage.pull()
    run = handed.stage.gated(pull, handed.stage.evidence(pull))
    handed.stage.fake.inject("issues/list-comments", faults.forbidden())
    reported = handed.report(run)
    assert (reported.exit_code, handed.seen()) == (0, [])
    assert (reported.notice or "").startswith("mlgate could not write the comment: HTTP 403")


def commented(handed: Handed, number: int) -> None:
    """The comment as CML would have written it."""
    handed.stage.repository.comment(number, handed.seen()[-1]["report"] + WATERMARK)


def test_nothing_is_handed_over_when_the_comment_says_it_already(handed: Handed) -> None:
    pull = handed.stage.pull()
    run = handed.stage.gated(pull, handed.stage.evidence(pull))
    handed.report(run)
    commented(handed, pull.number)
    handed.stage.reports -= 1  # the same report once more
    handed.report(run)
    assert len(handed.seen()) == 1


def test_a_push_marks_the_comment_that_is_there_as_stale(handed: Handed) -> None:
    pull = handed.stage.pull()
    handed.report(handed.stage.gated(pull, handed.stage.evidence(pull)))
    commented(handed, pull.number)
    pushed = handed.stage.repository.push(pull, {"new.csv": "2\n"})
    handed.report(handed.stage.repository.run(pushed, status="queued"), "requested")
    said = handed.seen()[-1]["report"]
    assert f"checking `{pushed.head_sha[:7]}`; results below are for `{pull.head_sha[:7]}`" in said


def test_a_request_alone_makes_no_comment(handed: Handed) -> None:
    pull = handed.stage.pull()
    handed.report(handed.stage.repository.run(pull, status="queued"), "requested")
    assert handed.seen() == []
    assert handed.stage.status(pull.head_sha)[0] == "pending"


def moved(handed: Handed) -> state.Run:
    pull = handed.stage.pull()
    run = handed.stage.gated(pull, handed.stage.evidence(pull))
    handed.stage.repository.push(pull, {"new.csv": "2\n"})
    return run


def closed(handed: Handed) -> state.Run:
    pull = handed.stage.pull()
    run = handed.stage.gated(pull, handed.stage.evidence(pull))
    handed.stage.repository.close(pull.number)
    return run


@pytest.mark.parametrize("happened", [moved, closed])
def test_a_pull_request_that_went_on_or_was_closed_gets_no_comment(
    handed: Handed, happened: Callable[[Handed], state.Run]
) -> None:
    handed.report(happened(handed))
    assert handed.seen() == []
