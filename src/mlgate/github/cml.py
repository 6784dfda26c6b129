"""The publisher `cml`: the same Markdown, handed to CML's `cml comment update`, which finds and writes the comment."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from random import Random

from msgspec.structs import replace

from mlgate.github.client import GitHub
from mlgate.github.comment import is_ours
from mlgate.github.decide import Place
from mlgate.github.models import Comment
from mlgate.github.publishing import why_not
from mlgate.github.report import Publish
from mlgate.github.transport import GitHubError
from mlgate.github.upsert import Wanted, body_of
from mlgate.reporting.escaping import prose
from mlgate.scratch import scratch_folder

SECONDS = 300
# CML reads options from variables called CML_*, and tokens from several others: it gets these and no more.
PASSED_ON = (
    "PATH", "LANG", "CI", "GITHUB_ACTIONS", "GITHUB_API_URL", "GITHUB_EVENT_NAME", "GITHUB_REF", "GITHUB_REPOSITORY",
    "GITHUB_RUN_ID", "GITHUB_SERVER_URL", "GITHUB_SHA", "GITHUB_WORKFLOW", "HTTPS_PROXY", "NO_PROXY",
    "NODE_EXTRA_CA_CERTS",
)  # fmt: skip
_WATERMARK = re.compile(r"\n+!\[\]\([^\s()]+ \"CML watermark [^\n]*\"\)\s*\Z")


def publisher_cml(environ: Mapping[str, str], place: Place) -> Publish:
    """A publisher that leaves the writing to the command `cml` on the PATH."""

    def publish(wanted: Wanted, number: int, github: GitHub, random: Random) -> str | None:
        try:
            body = _body(wanted, number, github)
        except GitHubError as error:
            return why_not(error)
        return _hand_over(body, wanted.name, number, github.transport.token, environ, place) if body else None

    return publish


def _body(wanted: Wanted, number: int, github: GitHub) -> str | None:
    """What the comment is to say; None where it says so already, is not wanted, or the pull request went on."""
    ours = [_plain(each) for each in github.comments(number) if is_ours(each, wanted.name, wanted.author)]
    if not ours and (wanted.is_final or not wanted.may_create):
        return None
    body = body_of(wanted, ours)
    if ours and ours[-1].body == body:  # CML edits the last one
        return None
    return body if github.pull(number).head.sha == wanted.head_sha else None


def _plain(comment: Comment) -> Comment:
    """The comment without what CML appends, by which CML finds it again."""
    return replace(comment, body=_WATERMARK.sub("", comment.body or ""))


def _hand_over(
    body: str, name: str, number: int, token: str, environ: Mapping[str, str], place: Place
) -> str | None:  # fmt: skip
    """None when CML says that it wrote the comment, else why not."""
    command = shutil.which("cml", path=environ.get("PATH", ""))
    if command is None:
        return "the command `cml` is not installed"
    with scratch_folder() as folder:
        report, home = folder / "report.md", folder / "home"
        report.write_text(body, encoding="utf-8")
        home.mkdir()
        given = {name: environ[name] for name in PASSED_ON if name in environ}
        # Every command of CML's edits the user's git configuration, so it gets a home that is thrown away.
        own = {"HOME": str(home), "REPO_TOKEN": token, "ITERATIVE_DO_NOT_TRACK": "1"}
        return _run([command, *_arguments(name, number, place), str(report)], given | own, folder, token)


def _arguments(name: str, number: int, place: Place) -> list[str]:
    """Where to: the event is the gate's run, of which CML could not tell the pull request."""
    return [
        "comment", "update", "--publish=false", "--driver=github", f"--repo={place.server_url}/{place.repository}",
        f"--target=pr/{number}", f"--watermark-title=mlgate-{name}",
    ]  # fmt: skip


def _run(command: list[str], env: Mapping[str, str], folder: Path, token: str) -> str | None:
    try:
        done = subprocess.run(
            command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            timeout=SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"cml did not end within {SECONDS} s"
    except OSError as error:
        return f"cml could not be started: {error.strerror}"
    if done.returncode == 0:
        return None
    lines = done.stderr[-4_000:].decode(errors="replace").replace(token, "***").split("\n")
    said = next((line for line in reversed(lines) if line.strip()), "")
    return f"cml ended with {done.returncode}{f': {prose(said)}' if said else ''}"
