"""A stage for reports: a repository with a gate on the fake of GitHub, runs with evidence, and the report itself."""

import datetime
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import msgspec
from msgspec import structs

from mlgate.config import policy_digest
from mlgate.evidence import Baseline, CheckRun, Evidence, Finding, Predicate, Run, Subject, TableInfo, canonical
from mlgate.github.client import GitHub
from mlgate.github.decide import Place
from mlgate.github.gathering import artifact_name
from mlgate.github.governing import Governing, govern
from mlgate.github.models import RunEvent
from mlgate.github.publishing import publish_comment
from mlgate.github.report import Options, Publish, Reported, run_report
from mlgate.github.transport import Clock, Transport
from tests.github_fake import state, webhooks
from tests.github_fake.fake import InProcessGitHub
from tests.github_fake.repository import Repository
from tests.github_fake.scheduler import Scheduler
from tests.github_fake.transport import Transport as Adapter
from tests.reports import samples

TODAY = datetime.date(2026, 3, 2)
WORKFLOW = ".github/workflows/mlgate.yml"
CONFIG = """version: 1
model: {id: credit-default, task: binary, predictions: new.csv, positive: 1}
baseline: {predictions: old.csv}
tables: {test: {path: data/test.csv, key: id, target: y}}
checks: {regression: {primary: auc, margins: {auc: 0.005}}}
"""
FILES = {
    "mlgate.yml": CONFIG, WORKFLOW: "on: pull_request\n", "checks/own.py": "# a check\n", "data/test.csv": "a\n1\n",
}  # fmt: skip
PERMISSIONS = {"actions": "read", "contents": "read", "pull_requests": "write", "statuses": "write"}


class Streaming(Adapter):
    """The fake's adapter, for clients that read an answer piece by piece."""

    def send(self, request: Any, *rest: Any, timeout: Any = None, **more: Any) -> Any:
        response: Any = super().send(request, *rest, timeout=timeout, **more)
        response._content_consumed = True
        return response


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip of the files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@dataclass
class Stage:
    """One repository, and what happens in it."""

    fake: InProcessGitHub
    repository: Repository
    options: Options = field(default_factory=Options)
    reports: int = 0
    scheduler: Scheduler | None = None

    def pull(self, files: Mapping[str, str] | None = None, fork: str | None = None) -> state.PullRequest:
        """A pull request that edits the files, by default the model alone."""
        return self.repository.pull_request("topic", files=files or {"new.csv": "1\n"}, fork=fork)

    def evidence(self, pull: state.PullRequest, path: str = "mlgate.yml", findings: Any = None, **more: Any) -> bytes:
        """What the gate would have found at the pull request's head, by the base's policy."""
        return canonical(self.evidence_of(pull.head_sha, path, findings, **more))

    def evidence_of(self, sha: str, path: str = "mlgate.yml", findings: Any = None, **more: Any) -> Evidence:
        """Evidence on a commit."""
        files = self.repository.objects.files(self.repository.tip("main") or "")
        said = govern(path, _bytes(self.repository, path) if path in files else CONFIG.encode(), None, None)
        assert isinstance(said, Governing)
        model = said.config.model
        predicate = Predicate(
            kit="1.0.0", policy_sha256=policy_digest(said.config), model=model.id if model else None, config=path,
            event="pull_request", date="2026-03-02", head_sha=sha, base_sha=self.repository.tip("main"),
            baseline=Baseline("main", "a" * 64), tables=(TableInfo("test", 714, "b" * 64, "c" * 64, 714, "b" * 64),),
            checks=tuple(CheckRun(id_, digest) for id_, digests in said.params.items() for digest in digests),
            findings=tuple(findings if findings is not None else [samples.AUC]), run=Run(seconds=6.2),
        )  # fmt: skip
        subjects: tuple[Subject, ...] = (Subject("table:test", {"sha256": "b" * 64}),)
        if model:
            subjects = (Subject(f"model:{model.id}", {"sha256": "7" * 64}), *subjects)
        return Evidence(subject=subjects, predicate=structs.replace(predicate, **more))

    def gated(self, pull: state.PullRequest | None, *evidence: bytes | None, **more: Any) -> state.Run:
        """A finished run of the gate that kept the evidence of each of the named models."""
        run = self.repository.run(pull, **more)
        for path, content in zip(self.options.configs, evidence, strict=False):
            if content is not None:
                self.keep(run, {"evidence.json": content, "report.md": b"# @octocat"}, artifact_name(path))
        return run

    def keep(self, run: state.Run, files: Mapping[str, bytes] | bytes, name: str = "mlgate-evidence") -> None:
        """An artifact of the run."""
        self.repository.artifact(run, name, files if isinstance(files, bytes) else zipped(files))

    def report(
        self, run: state.Run, action: str = "completed", token: str | None = None, options: Options | None = None,
        publish: Publish = publish_comment,
    ) -> Reported:  # fmt: skip
        """What the report of the run says of itself."""
        self.reports += 1
        payload = msgspec.json.encode(webhooks.workflow_run(self.repository, run, action))
        event = msgspec.json.decode(payload, type=RunEvent)
        value = token if token is not None else self.fake.token(self.repository, PERMISSIONS)
        place = Place(server_url=self.fake.html_url, repository="acme/credit", run_id=900 + self.reports)
        return run_report(
            event, self.github(value) if value else None, options or self.options, place, TODAY, Random(self.reports),
            publish,
        )  # fmt: skip

    def github(self, token: str) -> GitHub:
        """A client of the fake."""
        sleep = (self.scheduler or self.fake.clock).sleep
        transport = Transport(self.fake.url, token, clock=Clock(self.fake.clock.now, sleep))
        for url in (self.fake.url, self.fake.storage_url):
            transport.session.mount(url, Streaming(self.fake, self.scheduler))
        return GitHub(transport, "acme/credit")

    def body(self, number: int) -> str:
        """The one comment of ours."""
        [comment] = self.comments(number)
        return comment.body

    def comments(self, number: int) -> list[state.Comment]:
        """Our comments."""
        return [c for c in self.repository.comments_on(number) if c.body.startswith("<!-- mlgate:report:v1")]

    def status(self, sha: str, context: str = "mlgate") -> tuple[str, str]:
        """State and description of the commit's status."""
        status = self.repository.statuses_of(sha).get(context)
        return (status.state, status.description or "") if status else ("none", "")


def _bytes(repository: Repository, path: str) -> bytes:
    """The file on the default branch."""
    sha = repository.tip("main") or ""
    return repository.objects.blob(repository.objects.files(sha)[path].sha)


def failing() -> list[Finding]:
    """The primary metric fell too far."""
    return [structs.replace(samples.AUC, value=-0.031, interval=(-0.052, -0.010), p=0.0001, candidate_value=0.8868)]


def unsure() -> list[Finding]:
    """Too few rows to tell."""
    return [structs.replace(samples.AUC, value=-0.003, interval=(-0.013, 0.007), p=0.2, candidate_value=0.9148)]
