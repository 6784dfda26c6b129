"""Gathering: all that a report is made from, read from GitHub: policies at the base, evidence, changes, approval."""

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from mlgate.evidence import sha256
from mlgate.github.changes import Changes, approved_by, changed_paths, moved_configuration, sort_out
from mlgate.github.client import GitHub
from mlgate.github.facts import Change, is_on
from mlgate.github.governing import Governing, Ungoverned, govern
from mlgate.github.intake import MAX_ZIP, Received, Refusal, read_artifact
from mlgate.github.models import Artifact, Pull, Tree, WorkflowRun
from mlgate.github.section_text import Approval
from mlgate.github.transport import GitHubError

PREFIX = "mlgate-evidence"
NOWHERE = "report.yml names '{path}', which neither the base nor the change has"


class Gathered(Struct, frozen=True):
    """What was read."""

    policies: Mapping[str, Governing | Ungoverned]
    evidence: Mapping[str, Received | Refusal]
    changes: Changes
    approval: Approval
    ignored: tuple[str, ...] = ()  # artifacts of models that nobody named


def gather(change: Change, run: WorkflowRun, configs: tuple[str, ...], github: GitHub) -> Gathered:
    """All of it.

    A model that neither the base nor the change has is misspelt in `report.yml`; where the change goes into another
    branch than the default one, that may just not have it, and it is left out.
    """
    trees = None
    if change.pull:
        trees = github.tree(change.policy_sha), github.tree(change.head_sha)
    read = {path: _policy(path, change, trees, github) for path in configs}
    nobody = {path: Ungoverned(path, NOWHERE.format(path=path)) for path in configs if change.is_default_base}
    policies = {path: policy for path in configs if (policy := read[path] or nobody.get(path))}
    governing = [policy for policy in policies.values() if isinstance(policy, Governing)]
    changes = _changes(change, trees, governing, github) if trees else Changes()
    evidence, ignored = _evidence(run, tuple(policies), github)
    evidence = {path: _with_base(received, change, github) for path, received in evidence.items()}
    is_needed = changes.needs_approval or (change.pull is not None and any(g.is_bootstrap for g in governing))
    by = _approver(change.pull, change.head_sha, github) if change.pull and is_needed else None
    return Gathered(policies, evidence, changes, Approval(is_needed, by), ignored)


def artifact_name(path: str) -> str:
    """The name of the artifact in which `actions/check` keeps the evidence of a configuration.

    >>> artifact_name("mlgate.yml"), artifact_name("models/credit/mlgate.yml"), artifact_name("credit.yml")
    ('mlgate-evidence', 'mlgate-evidence-models--credit', 'mlgate-evidence-credit.yml')
    """
    slug = path.removesuffix("mlgate.yml").removesuffix("/").replace("/", "--")
    slug = "".join(re.sub("[^A-Za-z0-9._-]", "_", chr(byte)) for byte in slug.encode())
    return f"{PREFIX}-{slug}" if slug else PREFIX


def _policy(
    path: str, change: Change, trees: tuple[Tree, Tree] | None, github: GitHub
) -> Governing | Ungoverned | None:
    base = github.file(path, change.policy_sha)
    found = govern(path, base, None, None) if base is not None else None
    if isinstance(found, Governing) or trees is None:
        return found
    return govern(path, base, github.file(path, change.head_sha), moved_configuration(*trees, path))


def _changes(change: Change, trees: tuple[Tree, Tree], models: list[Governing], github: GitHub) -> Changes:
    """What the change edits: other than at the base, and, as the base may have gone on, other than where it left it."""
    base, head = trees
    if base.truncated or head.truncated:
        return Changes(is_unknown=True)
    edited = changed_paths(base, head)
    found = sort_out(edited, models)
    if found == Changes():
        return found
    ancestor = github.merge_base(change.policy_sha, change.head_sha)
    if ancestor == change.policy_sha:
        return found
    left = github.tree(ancestor)
    return found if left.truncated else sort_out(edited & changed_paths(left, head), models)


def _approver(pull: Pull, commit: str, github: GitHub) -> str | None:
    try:
        return approved_by(github.reviews(pull.number), pull, commit, github.permission)
    except GitHubError as error:
        if error.status in (403, 404):  # who may not be asked about has not approved
            return None
        raise


def _evidence(
    run: WorkflowRun, paths: tuple[str, ...], github: GitHub
) -> tuple[dict[str, Received | Refusal], tuple[str, ...]]:
    """The evidence of each model, of several attempts the last one's."""
    latest = {artifact.name: artifact for artifact in _in_order(github.artifacts(run.id))}
    names = {artifact_name(path): path for path in paths}
    found = {path: _received(latest[name], run, github) for name, path in names.items() if name in latest}
    others = (name for name in latest if name.startswith(PREFIX) and name not in names)
    return found, tuple(sorted(others))


def _with_base(received: Received | Refusal, change: Change, github: GitHub) -> Received | Refusal:
    """The evidence, and whether its base is on the branch that the pull request goes into.

    The gate compares with the merge commit's first parent, which is newer than the base that GitHub tells where the
    branch went on, and on another branch where the pull request was sent to another one meanwhile.
    """
    if isinstance(received, Refusal) or change.pull is None:
        return received
    base = received.evidence.predicate.base_sha
    if base is None or base == change.policy_sha:
        return received
    try:
        tip = github.branch_tip(change.pull.base.ref)
        is_there = tip is not None and is_on(base, tip, github)
    except GitHubError as error:
        if error.status not in (404, 422):  # of a commit that is not there nothing can be told
            raise
        is_there = False
    return replace(received, is_foreign_base=not is_there)


def _in_order(artifacts: Iterable[Artifact]) -> list[Artifact]:
    return sorted(artifacts, key=lambda artifact: artifact.id)


def _received(artifact: Artifact, run: WorkflowRun, github: GitHub) -> Received | Refusal:
    if artifact.expired:
        return Refusal("the artifact has expired; run the gate again")
    if artifact.size_in_bytes > MAX_ZIP:
        return Refusal(f"the artifact has {artifact.size_in_bytes:,} bytes; at most {MAX_ZIP:,} are read")
    try:
        data = github.download_artifact(artifact.id, MAX_ZIP)
    except GitHubError as error:
        if error.wait is not None:
            raise
        return Refusal(f"the artifact could not be downloaded (HTTP {error.status})")
    if artifact.digest and artifact.digest.startswith("sha256:") and artifact.digest[7:] != sha256(data):
        return Refusal("the artifact's bytes do not have the digest that GitHub recorded")
    received = read_artifact(data)
    if isinstance(received, Refusal) or not (artifact.created_at and run.run_started_at):
        return received
    return replace(received, is_earlier=artifact.created_at < run.run_started_at)
