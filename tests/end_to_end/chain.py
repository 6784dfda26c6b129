"""The whole chain: event, gate, evidence, report, each as its own workflow, and a GitHub that keeps the outcome."""

import io
import itertools
import secrets
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mlgate.adopting.workflows import GATE_FILE, REPORT_FILE, gate_workflow, report_workflow
from mlgate.adopting.workflows import Gated as GatedModel
from tests.end_to_end.consumer import CONFIGURATION, commit, git, predictions
from tests.end_to_end.harness import Run, Runner
from tests.github_fake import state, webhooks
from tests.github_fake.objects import Objects
from tests.github_fake.repository import MergeGroup, Repository
from tests.github_fake.server import FakeGitHub

READ = {"contents": "read"}
WRITE = {"actions": "read", "contents": "read", "pull_requests": "write", "statuses": "write"}
PREPARE = "environment: {prepare: python3 prepare.py}\n"
FILES = {
    GATE_FILE: gate_workflow([GatedModel("mlgate.yml")], "main"),
    REPORT_FILE: report_workflow(["mlgate.yml"]),
    "mlgate.yml": CONFIGURATION + PREPARE,
    "prepare.py": "print('prepared')\n",
    "baseline.csv": predictions(0.1),
    "candidate.csv": predictions(0.1),
}
MODELS = ("models/churn/mlgate.yml", "models/credit/mlgate.yml")
MONOREPO = {
    GATE_FILE: gate_workflow([GatedModel(path) for path in MODELS], "main"),
    REPORT_FILE: report_workflow(MODELS),
    **{
        str(Path(path).with_name(name)): text
        for path in MODELS
        for name, text in FILES.items()
        if not name.startswith(".github/")
    },
}
BETTER, WORSE = {"candidate.csv": predictions(0.08)}, {"candidate.csv": predictions(0.4)}


@dataclass(frozen=True)
class Gated:
    """A run of the gate: as GitHub knows it, as act saw it, and the environment of each shell that ran in it."""

    run: state.Run
    seen: Run
    environments: tuple[str, ...]


@dataclass
class Chain:
    """A repository on a fake of GitHub, with a gate and a report that act runs."""

    runner: Runner
    fake: FakeGitHub
    repository: Repository
    folder: Path
    tokens: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def gate(
        self, about: state.PullRequest | MergeGroup | str, known: state.Run | None = None, action: str = "synchronize"
    ) -> Gated:
        """A run for a pull request, a merge group, or a push after a commit: a new one, or the known one."""
        event, sha, payload, run = self._begun(about, action)
        if known:
            self.repository.runs.remove(run.id)
            run = replace(known, run_attempt=known.run_attempt + (known.status == "completed"))
        folder = self.folder / f"gate-{next(self._numbers)}"
        spied = folder / "environments"
        spied.mkdir(parents=True)
        (folder / "spy.sh").write_text(f'export -p > "{spied}/$BASHPID.$RANDOM"\n', encoding="utf-8")
        env = self._env(run.id, run.run_number, run.run_attempt) | {"BASH_ENV": str(folder / "spy.sh")}
        seen = self.runner.run(
            self._checked_out(sha, folder), event, payload, folder / "run", env, secrets=self._secrets(READ)
        )
        conclusion = "success" if seen.exit_code == 0 else "failure"
        run = self.repository.runs.put(run.id, replace(run, status="completed", conclusion=conclusion))
        for artifact in sorted(seen.artifacts.iterdir()):
            self.repository.artifact(run, artifact.name, zipped(artifact))
        return Gated(run, seen, tuple(p.read_text(encoding="utf-8") for p in sorted(spied.iterdir())))

    def report(self, run: state.Run, action: str = "completed", permissions: Mapping[str, str] = WRITE) -> Run:
        """The report's run, in a workspace in which there is nothing but the workflow of the default branch."""
        number = next(self._numbers)
        folder = self.folder / f"report-{number}"
        tree = folder / "empty"
        (tree / REPORT_FILE).parent.mkdir(parents=True)
        (tree / REPORT_FILE).write_text(self.repository.workflows()[REPORT_FILE], encoding="utf-8")
        git(tree, "init", "--quiet", "--template=", "--initial-branch=main")
        commit(tree, "Report")
        payload = webhooks.workflow_run(self.repository, run, action)
        env = self._env(9_000 + number, number, 1)
        name = Path(REPORT_FILE).name
        return self.runner.run(
            tree, "workflow_run", payload, folder / "run", env, name, secrets=self._secrets(permissions)
        )

    def comments(self, number: int) -> list[str]:
        """The comments of a pull request."""
        return [comment.body for comment in self.repository.comments_on(number)]

    def status(self, sha: str) -> str:
        """The state of the commit's status `mlgate`."""
        found = self.repository.statuses_of(sha).get("mlgate")
        return found.state if found else "none"

    def _begun(
        self, about: state.PullRequest | MergeGroup | str, action: str
    ) -> tuple[str, str, Mapping[str, Any], state.Run]:
        repository = self.repository
        if isinstance(about, state.PullRequest):
            assert about.merge_sha
            run = repository.run(about, status="in_progress")
            return "pull_request", about.merge_sha, webhooks.pull_request(repository, about.number, action), run
        if isinstance(about, MergeGroup):
            queued = {"event": "merge_group", "head_sha": about.head_sha, "head_branch": about.head_ref}
            run = repository.run(None, status="in_progress", **queued)
            return "merge_group", about.head_sha, webhooks.merge_group(repository, about), run
        tip = repository.tip("main")
        assert tip
        run = repository.run(None, status="in_progress", event="push", head_sha=tip)
        return "push", tip, webhooks.push(repository, "refs/heads/main", about), run

    def _checked_out(self, sha: str, folder: Path) -> Path:
        """What `actions/checkout` with `fetch-depth: 2` makes of a commit of the fake."""
        origin, checkout = folder / "origin", folder / "checkout"
        for tree in (origin, checkout):
            tree.mkdir()
            git(tree, "init", "--quiet", "--template=", "--initial-branch=main")
        write_objects(self.repository.objects, sha, origin / ".git" / "objects")
        git(origin, "update-ref", "refs/tested", sha)
        git(checkout, "fetch", "--quiet", "--depth=2", origin.as_uri(), "+refs/tested:refs/remotes/tested")
        git(checkout, "checkout", "--quiet", "--detach", "refs/remotes/tested")
        git(checkout, "remote", "add", "origin", f"https://github.com/{self.repository.full_name}")
        return checkout

    def _env(self, run: int, number: int, attempt: int) -> dict[str, str]:
        told = {"RUN_ID": run, "RUN_NUMBER": number, "RUN_ATTEMPT": attempt}
        named = {f"GITHUB_{name}": str(value) for name, value in told.items()}
        return named | {"GITHUB_REPOSITORY": self.repository.full_name, "GITHUB_API_URL": self.fake.url}

    def _secrets(self, permissions: Mapping[str, str]) -> dict[str, str]:
        """A token as GitHub makes it for the job, and a secret of the repository; no other test has the same ones."""
        token = self.fake.tokens.pop(self.fake.token(self.repository, permissions))
        token.value = f"ghs_{secrets.token_hex(18)}"
        self.fake.tokens[token.value] = token
        given = {"GITHUB_TOKEN": token.value, "DATA_TOKEN": secrets.token_hex(18)}
        self.tokens += given.values()
        return given


def write_objects(objects: Objects, sha: str, folder: Path) -> None:
    """A commit and all that it needs, as git keeps loose objects."""
    wanted = set()
    for each in objects.ancestors(sha):
        wanted |= {each, objects.commit(each).tree, *(entry.sha for _, entry in objects.walk(each))}
    for name in wanted:
        item = objects.get(name)
        assert item
        data = item.data()
        (folder / name[:2]).mkdir(exist_ok=True)
        whole = f"{item.kind} {len(data)}\0".encode() + data
        (folder / name[:2] / name[2:]).write_bytes(zlib.compress(whole))


def zipped(folder: Path) -> bytes:
    """The folder as GitHub keeps an artifact."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(path, path.relative_to(folder).as_posix())
    return buffer.getvalue()
