"""Origins: whether somebody vouches for evidence, and whether it is about this model from a merged commit."""

from collections import Counter
from collections.abc import Iterator

from mlgate.ledger.events import Reason
from mlgate.promotion.case import Case, RunFacts

EVENTS = ("push", "schedule", "workflow_dispatch")
AGAIN = "run the gate again on the protected branch, and give its evidence"


def vouched(case: Case) -> Iterator[Reason]:
    """The evidence is from a run of the gate here, or signed by somebody who may, as `evidence-from` wants it."""
    found, allowed = case.provenance, case.stages.evidence_from
    if found.has_signature and found.signer is None:
        yield Reason("bad-signature", "the signature of the evidence is no allowed signer's of these bytes",
                     f"sign it with a key that {case.stages.signers or 'signers'} allows: mlgate sign")  # fmt: skip
    elif found.kind not in allowed:
        yield Reason("nobody-vouches", f"the evidence is a {_words(found.kind)}, and only {_list(allowed)} count",
                     _how(allowed))  # fmt: skip
    if found.run is not None:
        yield from _run_faults(case, found.run)
    if case.stage and case.conditions.signed and found.signer is None and not found.has_signature:
        yield Reason("unsigned-evidence", f"the stage '{case.stage}' wants signed evidence, and this has no signature",
                     "sign it: mlgate sign evidence.json --key FILE")  # fmt: skip
    if case.stage and case.conditions.signed and not case.can_sign:
        yield Reason("unsigned-event", f"the stage '{case.stage}' wants signed events, and there is no key",
                     "give a key of an allowed signer: --key FILE")  # fmt: skip


def _run_faults(case: Case, run: RunFacts) -> Iterator[Reason]:
    said = case.evidence.predicate
    if not run.is_own:
        yield Reason("fork-run", f"the run {run.id} is of a fork", AGAIN)
    if run.is_this:
        if not run.is_protected or run.event not in (*EVENTS, "workflow_run"):
            yield Reason("run-branch", f"the run {run.id} promotes, and is not of a protected branch",
                         "run its workflow from the default branch")  # fmt: skip
        return
    if run.workflow != case.stages.workflow:
        yield Reason("other-workflow", f"the run {run.id} is of {run.workflow}, and the gate is {case.stages.workflow}",
                     "give the run of the gate, or mend 'workflow' in stages.yml")  # fmt: skip
    if run.event not in EVENTS:
        yield Reason("run-event", f"the run {run.id} was for the event '{run.event}'", AGAIN)
    if run.is_expired:
        yield Reason("artifact-expired", f"the evidence of the run {run.id} is no longer kept by the server",
                     f"run the gate again on {case.source.sha[:12]}")  # fmt: skip
    if run.conclusion is None:
        yield Reason("run-not-finished", f"the run {run.id} has not ended", "wait until it has")
    if run.event == "push" and run.head_sha != said.head_sha:
        yield Reason("run-commit", f"the run {run.id} tested {run.head_sha[:12]}, its evidence says "
                     f"{(said.head_sha or 'nothing')[:12]}", AGAIN)  # fmt: skip
    if run.event in EVENTS and said.event in EVENTS and run.event != said.event:
        yield Reason("run-event", f"the run was for '{run.event}', its evidence says '{said.event}'", AGAIN)


def about_this(case: Case) -> Iterator[Reason]:
    """The evidence is about this model, these bytes and this commit, which is merged."""
    said = case.evidence.predicate
    if said.model != case.model:
        yield Reason("other-model", f"the evidence is about the model '{said.model or 'none'}', not '{case.model}'",
                     "give the evidence of this model")  # fmt: skip
    if said.config != case.config:
        yield Reason("other-config", f"the evidence is of {said.config}, the version of {case.config}",
                     "give the evidence of that configuration")  # fmt: skip
    if said.event not in EVENTS and not (said.event == "local" and case.provenance.kind != "run"):
        what = "a pull request, whose author can write it" if said.event == "pull_request" else f"'{said.event}'"
        yield Reason("event", f"the evidence was made for {what}", AGAIN)
    if said.tested_sha is None:
        yield Reason("no-commit", "the evidence does not say which commit was tested: the work tree had changes",
                     "commit, and check that: mlgate check --ref COMMIT")  # fmt: skip
    elif said.tested_sha != case.source.sha:
        yield Reason("other-commit", f"the evidence is about the commit {said.tested_sha[:12]}, the version is of "
                     f"{case.source.sha[:12]}", f"mlgate check --ref {case.source.sha[:12]}")  # fmt: skip
    if said.tested_sha is not None and said.head_sha != said.tested_sha:
        yield Reason("merge-commit", f"the evidence tested {said.tested_sha[:12]} for the head "
                     f"{(said.head_sha or 'nothing')[:12]}, which is not the same commit", AGAIN)  # fmt: skip
    if not case.source.is_merged:
        yield Reason("unmerged", f"the commit {case.source.sha[:12]} is on no protected branch", "merge it first")
    yield from _digests(case)


def _digests(case: Case) -> Iterator[Reason]:
    """The subjects of the evidence are the model's bytes, and each is there once."""
    evidence = case.evidence
    doubled = [name for name, count in Counter(s.name for s in evidence.subject).items() if count > 1]
    if doubled:
        yield Reason("doubled-subject", f"two subjects of the evidence are called '{doubled[0]}'", AGAIN)
    models = {s.name: s.digest["sha256"] for s in evidence.subject if s.name.startswith("model:")}
    found = models.get(f"model:{case.model}")
    if not models:
        yield Reason("no-model-digest", "the evidence does not name the model's bytes",
                     "give the model a file: 'artifact' in mlgate.yml")  # fmt: skip
    elif found is None or len(models) > 1:
        yield Reason(
            "other-subject", f"the evidence is about {_list(tuple(models))}", "give the evidence of this model"
        )
    elif found != case.sha256:
        yield Reason("other-bytes", f"the evidence is about a model with the digest {found[:12]}, this is "
                     f"{case.sha256[:12]}", "run the gate on this model, or give the one that was tested")  # fmt: skip


def as_in_git(case: Case) -> Iterator[Reason]:
    """Tables, features, requirements and environment are those of the commit, as far as git holds them."""
    said, source = case.evidence.predicate, case.source
    subjects = {s.name: s.digest["sha256"] for s in case.evidence.subject}
    for table in said.tables:
        if subjects.get(f"table:{table.name}") != table.sha256:
            yield Reason("table-digest", f"the evidence gives the table '{table.name}' two digests", AGAIN)
        elif table.name in source.tables and source.tables[table.name] != table.sha256:
            yield Reason("other-table", f"the table '{table.name}' is another one than at {source.sha[:12]}", AGAIN)
    if source.requires is not None and dict(said.requires) != dict(source.requires):
        yield Reason("other-requires", f"the evidence says that the model requires {_features(said.requires)}, "
                     f"the configuration says {_features(source.requires)}", AGAIN)  # fmt: skip
    for label, sha256 in source.features.items():
        if subjects.get(f"feature:{label}") != sha256:
            yield Reason(
                "other-feature", f"the evidence was made with another {label} than at {source.sha[:12]}", AGAIN
            )
    if source.environment_sha256 not in (None, said.environment_sha256):
        yield Reason(
            "other-environment", "the evidence was made in another environment than the commit asks for", AGAIN
        )


def _words(kind: str) -> str:
    return {"run": "run's", "signature": "signed file", "file": "file that nobody signed"}[kind]


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _how(allowed: tuple[str, ...]) -> str:
    if "run" in allowed:
        return "give the run of the gate on the protected branch: --run ID"
    return "sign it: mlgate sign evidence.json --key FILE"


def _features(requires: "object") -> str:
    found = dict(requires) if requires else {}  # type: ignore[call-overload]
    return ", ".join(f"{name}@{version}" for name, version in found.items()) or "nothing"
