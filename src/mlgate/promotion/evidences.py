"""Evidences: where the bytes of evidence come from, and who vouches for them."""

from pathlib import Path

from msgspec import Struct

from mlgate.errors import user_error
from mlgate.evidence import MAX_BYTES, Evidence, parse_evidence, sha256
from mlgate.github.client import GitHub
from mlgate.github.gathering import artifact_name
from mlgate.github.intake import MAX_ZIP, Refusal, read_artifact_bytes
from mlgate.github.models import WorkflowRun
from mlgate.github.transport import GitHubError, Transport
from mlgate.ledger.events import Origin, Reason, Register
from mlgate.ledger.reading import Ledger, evidence_in
from mlgate.ledger.signing import signer_of
from mlgate.promotion.case import Provenance, RunFacts
from mlgate.promotion.origins import EVENTS
from mlgate.promotion.outcome import Declined
from mlgate.promotion.place import Place

SUFFIX = ".sig"


class Given(Struct, frozen=True):
    """Evidence as it came, with its signature and who vouches for it."""

    data: bytes
    evidence: Evidence
    provenance: Provenance
    signature: bytes | None = None

    @property
    def sha256(self) -> str:
        """The digest of the bytes, which is the evidence's name."""
        return sha256(self.data)

    @property
    def origin(self) -> Origin:
        """What the ledger says about where it came from."""
        found = self.provenance
        run = found.run
        return Origin(
            found.kind, run=run.id if run else None, workflow=run.workflow if run else None,
            event=run.event if run else None, signer=found.signer,
        )  # fmt: skip


def from_file(place: Place, path: Path) -> Given:
    """Evidence in a file, with the signature that stands beside it, if there is one."""
    if not path.is_file():
        raise user_error(f"there is no file {path}", mend="make one: mlgate check --output out")
    if path.stat().st_size > MAX_BYTES:
        raise user_error(f"evidence of {path.stat().st_size:,} bytes; at most {MAX_BYTES:,} are read", where=str(path))
    beside = path.with_name(path.name + SUFFIX)
    return _signed(place, path.read_bytes(), beside.read_bytes() if beside.is_file() else None)


def from_ledger(place: Place, ledger: Ledger, register: Register) -> Given:
    """The evidence with which a version was registered, as the ledger keeps it."""
    found = evidence_in(place.repository, ledger, register.evidence_sha256)
    if found is None:
        raise user_error(f"the ledger has lost the evidence of {register.model}@{register.version}",
                         mend="see what happened: mlgate audit verify")  # fmt: skip
    given, origin = _signed(place, *found), register.origin
    if origin.kind != "run" or origin.run is None:
        return given
    run = RunFacts(
        id=origin.run, workflow=origin.workflow or "", event=origin.event or "",
        head_sha=given.evidence.predicate.head_sha or "",
    )  # fmt: skip
    provenance = Provenance(
        kind="run", run=run, has_signature=given.provenance.has_signature, signer=given.provenance.signer
    )
    return Given(given.data, given.evidence, provenance, given.signature)


def from_run(place: Place, run_id: int, config: str) -> Given:
    """The evidence that a run of the gate kept, as the server tells who made it; `Declined` if it has expired."""
    github = github_of(place)
    try:
        run = github.run(run_id)
        found = [a for a in github.artifacts(run_id) if a.name == artifact_name(config)]
        if not found:
            raise user_error(f"the run {run_id} kept no '{artifact_name(config)}'", mend="name the run of the gate")
        artifact = max(found, key=lambda a: a.id)
        if artifact.expired:
            raise Declined(Reason("artifact-expired", f"the server no longer keeps the evidence of the run {run_id}",
                                  f"run the gate again on {run.head_sha[:12]}"))  # fmt: skip
        data = github.download_artifact(artifact.id, MAX_ZIP)
    except GitHubError as error:
        raise user_error(f"the run {run_id} cannot be read: {error}",
                         mend="the token needs 'actions: read'") from None  # fmt: skip
    if artifact.digest and artifact.digest.removeprefix("sha256:") != sha256(data):
        raise user_error(f"the artifact of the run {run_id} does not have the digest that GitHub recorded")
    content = read_artifact_bytes(data)
    if isinstance(content, Refusal):
        raise user_error(f"the artifact of the run {run_id} is refused: {content.why}")
    return Given(content, parse_evidence(content), Provenance(kind="run", run=_facts(run, place)))


def github_of(place: Place) -> GitHub:
    """GitHub, by the token of the environment."""
    token, name = place.environ.get("GITHUB_TOKEN", ""), place.environ.get("GITHUB_REPOSITORY", "")
    if not token or not name:
        raise user_error("GitHub is asked with GITHUB_TOKEN and GITHUB_REPOSITORY, and they are not set",
                         mend="set both, or give a file: --evidence FILE")  # fmt: skip
    return GitHub(Transport(place.environ.get("GITHUB_API_URL", "https://api.github.com"), token), name)


def run_on(place: Place, commit: str) -> int:
    """The newest finished run of the gate on a commit, for an event that counts; a `UserError` if there is none."""
    try:
        runs = github_of(place).runs_on(place.stages.workflow.rpartition("/")[2], commit)
    except GitHubError as error:
        message = f"the runs of the gate cannot be read: {error}"
        raise user_error(message, mend="the token needs 'actions: read'") from None
    found = [run.id for run in runs if run.event in EVENTS and run.status == "completed"]
    if not found:
        raise user_error(f"no run of {place.stages.workflow} on {commit[:12]} has ended",
                         mend="wait for it, or run the gate on that commit")  # fmt: skip
    return max(found)


def _facts(run: WorkflowRun, place: Place) -> RunFacts:
    head = run.head_repository
    return RunFacts(
        id=run.id, workflow=run.path.partition("@")[0], event=run.event, head_sha=run.head_sha,
        is_own=head is not None and head.id == run.repository.id, conclusion=run.conclusion,
        is_this=str(run.id) == place.environ.get("GITHUB_RUN_ID"),
        is_protected=place.stages.protects(run.head_branch, place.branch),
    )  # fmt: skip


def _signed(place: Place, data: bytes, signature: bytes | None) -> Given:
    evidence = parse_evidence(data)
    if signature is None:
        return Given(data, evidence, Provenance(kind="file"))
    signers = place.author.signers
    signer = signer_of(data, signature, signers, "mlgate-evidence") if signers is not None else None
    return Given(data, evidence, Provenance(kind="signature", has_signature=True, signer=signer), signature)
