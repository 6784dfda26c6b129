"""Releases as GitHub runs them: the workflows that the docs show, by act, on a fake with git, runs and releases."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlgate.adopting.workflows import GATE_FILE, gate_workflow
from mlgate.adopting.workflows import Gated as GatedModel
from mlgate.inputs.git import Repository as Git
from mlgate.ledger.reading import Ledger, read_ledger
from mlgate.ledger.remote import Remote
from tests.cli.console import Seen, mlgate
from tests.docs.prose import ROOT, blocks
from tests.end_to_end.chain import Chain, zipped
from tests.end_to_end.consumer import git
from tests.end_to_end.harness import Run
from tests.github_fake import state, webhooks
from tests.github_fake.faults import Answer
from tests.github_fake.repository import Repository
from tests.github_fake.server import FakeGitHub
from tests.policy.repository import ALONE
from tests.promotion.threshold import APP

SHOWN = {
    name[1]: text
    for text in blocks(ROOT / "docs" / "promotion.md", "yaml")
    if (name := re.search(r"# (\.github/workflows/mlgate-\S+\.yml): ", text))
}
REQUEST, PROMOTE, ROLLBACK, DRILL = (
    f".github/workflows/mlgate-{name}.yml" for name in ("request", "promote", "rollback", "drill")
)
CONFIG = """version: 1
model: {id: churn, artifact: model.json, predict: "app:predict", positive: 1}
environment: {prepare: python3 prepare.py}
tables: {test: {path: data/test.csv, key: id, target: left}}
checks:
  metrics: {limits: {accuracy: {min: 0.6}}}
  regression: {primary: accuracy, margins: {accuracy: 0.05}}
policy: {required: [regression]}
"""
STAGES = """version: 1
registry: "github:"
evidence-from: [run, file]
stages:
  prod:
    approval: [environment]
    deploy: {copy: {to: TARGET}, github: production}
"""
ROWS = "".join(f"{i},{int((i * 37 % 100 >= 50) != (i % 10 == 0))},{i * 37 % 100}\n" for i in range(1_000))
FILES = {
    GATE_FILE: gate_workflow([GatedModel("mlgate.yml")], "main"), **SHOWN, "mlgate.yml": CONFIG, "app.py": APP,
    "prepare.py": "print('prepared')\n", "data/test.csv": f"id,left,x\n{ROWS}", "model.json": '{"at": 50}\n',
    ".gitignore": "__pycache__\n.mlgate-cache\n",
}  # fmt: skip
PROMOTED = {"promote / plan": "success", "promote / compare": "success", "promote / promote": "success"}
SECRET_LINES = "MLGATE_OCI_PASSWORD=p4ssw0rd-of-the-registry"


def rights(workflow: str) -> Mapping[str, str]:
    """What the job of a shown workflow gives its token, in the API's words."""
    found = re.search(r"^ {4}permissions: \{(.*)\}", SHOWN[workflow], re.MULTILINE)
    assert found
    pairs = (pair.split(": ") for pair in found[1].split(", "))
    return {name.replace("-", "_"): level for name, level in pairs if name != "id-token"}


def authorization(token: str) -> str:
    """The header by which git shows the token."""
    return f"AUTHORIZATION: basic {base64.b64encode(f'x-access-token:{token}'.encode()).decode()}"


@dataclass(frozen=True)
class Released:
    """A run of a release workflow: as act saw it, and the environment of each shell by the job that it ran in."""

    run: state.Run
    seen: Run
    environments: Mapping[str, tuple[str, ...]]


class Hub(FakeGitHub):
    """The fake, which keeps what a run uploads while it still goes on."""

    under_way: "tuple[Repository, state.Run, Path] | None" = None

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"", *,
               uploads: bool = False) -> Answer:  # fmt: skip
        """The answer, after what has been uploaded meanwhile is an artifact."""
        if self.under_way:
            repository, run, folder = self.under_way
            known = {artifact.name for artifact in repository.artifacts.current() if artifact.run == run.id}
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                if path.name not in known:
                    repository.artifact(run, path.name, zipped(path))
        return super().handle(method, target, headers, body, uploads=uploads)


@dataclass
class Releases(Chain):
    """A repository whose model is released by its workflows."""

    fake: Hub
    credentials: list[str] = field(default_factory=list)  # of the environment, which no job without rights may see

    @property
    def origin(self) -> str:
        """Where git finds it."""
        return f"{self.fake.git_url}/{self.repository.full_name}.git"

    @property
    def target(self) -> Path:
        """Where the model is deployed."""
        return self.folder / "service"

    def merge(self, files: Mapping[str, str | bytes]) -> str:
        """The files are on the default branch; the commit."""
        return self.repository.commit(files, branch="main")

    @property
    def ledger(self) -> Ledger:
        """What the remote has now."""
        return read_ledger(Remote(Git(self.clone(f"look-{next(self._numbers)}"))))

    @property
    def champion(self) -> str | None:
        """The version at `prod`."""
        found = self.ledger.state.current("churn", "prod")
        return found.version if found else None

    def typed(self, clone: Path, *arguments: str, step: bool = True) -> Seen:
        """A command of a person who has a token, as a step of a run that a reviewer has let through."""
        run = self.repository.run(workflow=PROMOTE, event="workflow_dispatch")
        self.repository.approve(run, "prod", "ada")
        token = self.fake.token(self.repository, rights(PROMOTE))
        hub = {
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"http.{self.origin}.extraheader",
            "GIT_CONFIG_VALUE_0": authorization(token), "GITHUB_TOKEN": token, "GITHUB_API_URL": self.fake.url,
            "GITHUB_REPOSITORY": self.repository.full_name, "GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": str(run.id),
            "GITHUB_ACTOR": "ada",
        }  # fmt: skip
        return mlgate(*arguments, cwd=clone, environ={**ALONE, **(hub if step else {})})

    def bring(self, version: str, files: Mapping[str, str | bytes]) -> str:
        """The model that these files make is released as the version, by commands; its commit."""
        commit = self.merge(files)
        clone = self.clone(f"bring-{version}")
        standing = self.ledger.state.current("churn", "prod")
        beside = ("--baseline", standing.source_sha) if standing else ()
        evidence = ("--evidence", "out/evidence.json")
        seen = self.typed(clone, "check", "--quiet", "--output", "out", "--own-policy", *beside, step=False)
        assert seen.code == 0, seen.out + seen.err
        for command in (
            ("register", *evidence, "--version", version), ("promote", f"churn@{version}", "--stage", "prod", *evidence)
        ):  # fmt: skip
            seen = self.typed(clone, *command)
            assert seen.code == 0, seen.out + seen.err
        return commit

    def clone(self, name: str) -> Path:
        """A whole clone, as `actions/checkout` with `fetch-depth: 0` makes it."""
        folder = self.folder / name
        self.folder.mkdir(exist_ok=True)
        git(self.folder, "clone", "--quiet", self.origin, str(folder))
        return folder

    def request(self, tag: str, commit: str) -> tuple[state.Run, Run]:
        """A person has pushed a tag: the run of the tagged commit's workflow."""
        self.repository.set_ref(f"tags/{tag}", commit)
        number = next(self._numbers)
        folder = self.folder / f"request-{number}"
        tree = self.clone(f"tagged-{number}")
        git(tree, "checkout", "--quiet", commit)
        payload = webhooks.push(self.repository, f"refs/tags/{tag}", sender="ada")
        run = self.repository.run(workflow=REQUEST, event="push", head_branch=tag, head_sha=commit)
        env = self._env(run.id, run.run_number, 1)
        return run, self.runner.run(tree, "push", payload, folder, env, Path(REQUEST).name, secrets={})

    def after(self, request: state.Run, **more: Any) -> Released:
        """The promotion that a finished request starts."""
        return self.start(PROMOTE, "workflow_run", webhooks.workflow_run(self.repository, request), **more)

    def dispatch(self, workflow: str, approved: bool = True, **inputs: str) -> Released:
        """A run that somebody, or automation, has started."""
        payload = webhooks.workflow_dispatch(self.repository, workflow, inputs)
        return self.start(workflow, "workflow_dispatch", payload, approved=approved)

    def start(self, workflow: str, event: str, payload: Mapping[str, Any], *, approved: bool = True) -> Released:
        """The run of a workflow as it is on the default branch; a reviewer lets it into the environment `prod`."""
        number = next(self._numbers)
        folder, spied = self.folder / f"release-{number}", self.folder / f"spied-{number}"
        spied.mkdir(parents=True)
        (folder / "spy").mkdir(parents=True)
        (folder / "spy" / "spy.sh").write_text(
            f'export -p > "{spied}/${{GITHUB_JOB:-none}}.$BASHPID.$RANDOM"\n', encoding="utf-8"
        )
        run = self.repository.run(workflow=workflow, event=event, status="in_progress")
        if approved:
            self.repository.approve(run, "prod", "ada")
        self.fake.under_way = (self.repository, run, folder / "run" / "artifacts")
        env = self._env(run.id, run.run_number, 1) | {"BASH_ENV": str(folder / "spy" / "spy.sh")}
        given = self._secrets(rights(workflow)) | {"MLGATE_ENVIRONMENT": SECRET_LINES}
        self.credentials += [given["GITHUB_TOKEN"], *SECRET_LINES.split("=")[1:]]
        tree = self.clone(f"default-{number}")
        seen = self.runner.run(tree, event, payload, folder / "run", env, Path(workflow).name, secrets=given)
        self.fake.under_way = None
        environments: dict[str, tuple[str, ...]] = {}
        for path in sorted(spied.iterdir()):
            job = path.name.partition(".")[0]
            environments[job] = (*environments.get(job, ()), path.read_text(encoding="utf-8"))
        return Released(run, seen, environments)
