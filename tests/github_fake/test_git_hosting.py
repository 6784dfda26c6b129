"""Real git on the fake: what a token may push, and that API and git see the same."""

import base64
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.github_fake.asking import Asker
from tests.github_fake.git_hosting import REFUSAL, git
from tests.github_fake.repository import Repository
from tests.github_fake.server import FakeGitHub

WORKFLOW = ".github/workflows/retrain.yml"
WHO = ("-c", "user.name=ada", "-c", "user.email=ada@example.org")


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    with FakeGitHub() as fake:
        yield fake


@pytest.fixture
def repository(fake: FakeGitHub) -> Repository:
    """A repository whose workflow changed after the first commit."""
    made = fake.repository("octo/churn", {WORKFLOW: "on: push\n", "model.bin": "one"})
    made.set_ref("tags/1.0", made.tip("main") or "")
    made.commit({WORKFLOW: "on: schedule\n"}, branch="main")
    return made


@pytest.fixture
def clone(fake: FakeGitHub, repository: Repository, tmp_path: Path) -> Path:
    """A clone of it, with tags."""
    git(tmp_path, "clone", "--quiet", f"{fake.git_url}/octo/churn.git", "clone")
    return tmp_path / "clone"


def push(clone: Path, token: str | None, *refs: str) -> tuple[int, str]:
    """How the push ended and what git said."""
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    header = ("-c", f"http.extraheader=AUTHORIZATION: basic {basic}") if token else ()
    command = ["git", *header, "push", "--quiet", "--atomic", "origin", *refs]
    env = {"PATH": "/usr/bin:/bin:/usr/local/bin", "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1", "HOME": "/"}
    done = subprocess.run(command, cwd=clone, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def orphan(clone: Path) -> str:
    """A commit without parents that holds one file, tagged `churn@v1.0.0`."""
    tree = git(
        clone,
        "mktree",
        data=b"100644 blob " + git(clone, "hash-object", "-w", "--stdin", data=b"{}").strip() + b"\tr.json\n",
    )
    sha = git(clone, *WHO, "commit-tree", "-m", "churn@v1.0.0", tree.decode().strip()).decode().strip()
    git(clone, *WHO, "tag", "-a", "-m", "registered", "churn@v1.0.0", sha)
    return sha


def test_a_clone_has_what_the_api_has(clone: Path, repository: Repository) -> None:
    assert git(clone, "rev-parse", "HEAD").decode().strip() == repository.tip("main")
    assert git(clone, "describe", "--tags").decode().startswith("1.0-1-g")
    repository.commit({"model.bin": "two"}, branch="main")
    git(clone, "pull", "--quiet")
    assert (clone / "model.bin").read_text() == "two"


def test_what_is_pushed_is_seen_by_the_api_and_starts_no_workflow(
    fake: FakeGitHub, clone: Path, repository: Repository
) -> None:
    sha = orphan(clone)
    token = fake.token(repository, {"contents": "write"})
    assert push(clone, token, f"{sha}:refs/heads/mlgate/ledger", "churn@v1.0.0") == (0, "")
    ask = Asker(fake, token)
    tag = ask("GET", "/git/ref/tags/churn@v1.0.0").body["object"]
    assert tag["type"] == "tag"
    assert ask("GET", f"/git/tags/{tag['sha']}").body["object"]["sha"] == sha
    assert repository.tip("mlgate/ledger") == sha
    assert [each.starts_runs for each in fake.events if each.name == "push"] == [False, False]


def test_a_github_token_may_not_push_workflow_files_that_no_branch_has(
    fake: FakeGitHub, clone: Path, repository: Repository
) -> None:
    token = fake.token(repository, {"contents": "write"})
    code, said = push(clone, token, "1.0:refs/tags/back")
    assert (code, REFUSAL in said) == (1, True), said
    assert push(clone, token, f"{orphan(clone)}:refs/heads/mlgate/ledger", "1.0:refs/tags/back")[0] == 1
    assert repository.tip("mlgate/ledger") is None, "an atomic push is whole or nothing"
    assert push(clone, token, "main:refs/tags/now") == (0, "")
    assert push(clone, fake.token(user="octo"), "1.0:refs/tags/back") == (0, "")


@pytest.mark.parametrize(("permissions", "said"), [({"contents": "read"}, "403"), (None, "could not read Username")])
def test_a_token_that_may_not_write_does_not(
    fake: FakeGitHub, clone: Path, repository: Repository, permissions: dict[str, str] | None, said: str
) -> None:
    token = fake.token(repository, permissions) if permissions else "ghs_wrong"
    code, told = push(clone, token, "main:refs/tags/now")
    assert (code, said in told) == (128, True), told
    assert repository.refs.get("tags/now") is None


def test_a_private_repository_is_not_there_without_a_token(fake: FakeGitHub, tmp_path: Path) -> None:
    fake.repository("octo/secret", private=True)
    with pytest.raises(subprocess.CalledProcessError):
        git(tmp_path, "clone", "--quiet", f"{fake.git_url}/octo/secret.git", environ={"GIT_TERMINAL_PROMPT": "0"})
