"""A case in which nothing is wrong, for tests that spoil one thing."""

import datetime
from typing import Any

import msgspec

from mlgate.config import policy_digest
from mlgate.configuring.loading import parse_config
from mlgate.configuring.yaml_source import read_yaml
from mlgate.evidence import Baseline, CheckRun, Evidence, Finding, Predicate, Subject, TableInfo, digest_of
from mlgate.github.governing import Governing, govern
from mlgate.ledger.events import Approval
from mlgate.plugins import find_checks
from mlgate.promotion.case import Case, Provenance, RunFacts, Served, Source
from mlgate.promotion.stages import parse_stages
from tests.ledger.place import digest, promote, register
from tests.ledger.test_events import chain

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
CONFIG = b"""version: 1
model: {id: churn, artifact: model.skops, requires: {sums: 2}}
tables: {test: {path: data/test.csv, key: id, target: left}}
checks:
  missing: {columns: {age: {max: 0.02}}}
  metrics: {limits: {auc: {min: 0.7}}}
  regression: {primary: auc, margins: {auc: 0.01}}
policy: {required: [regression]}
"""
STAGES = b"""version: 1
registry: file:store
signers: signers
stages:
  prod: {evidence-age: 14d, versions: {churn: v1.1.0}}
"""
SOURCE, CHAMPION = "b" * 40, register("v1.0.0")
SUMS = digest("sums")
CANDIDATE = msgspec.structs.replace(
    register("v1.1.0", source=SOURCE), requires={"sums": 2}, features={"sums@2": SUMS}
)  # fmt: skip
RUN = RunFacts(id=812, workflow=".github/workflows/mlgate.yml", event="push", head_sha=SOURCE)
APPROVED = Approval("pull-request", "ann")


def governing(config: bytes = CONFIG) -> Governing:
    """The protected branch's policy."""
    found = govern("mlgate.yml", config, None, None)
    assert isinstance(found, Governing)
    return found


def findings(**more: Any) -> tuple[Finding, ...]:
    """One finding a check, all of which pass; `more` changes fields of the one that its name begins with."""
    found = {
        "missing": Finding(id="missing", subject="age", value=0.01, limit=0.02, n=2_000),
        "metrics": Finding(id="metrics", subject="auc", metric="auc", direction="up", value=0.8, limit=0.7,
                           interval=(0.75, 0.85), n=2_000, candidate_value=0.8, baseline_value=0.79),
        "regression": Finding(id="regression", subject="auc", metric="auc", value=0.002, margin=0.01,
                              interval=(-0.004, 0.008), n=2_000, method="delong-paired"),
    }  # fmt: skip
    return tuple(
        msgspec.structs.replace(f, **more.get(name, {})) for name, f in found.items() if more.get(name) != "no"
    )


def evidence(policy: bytes = CONFIG, **changes: Any) -> Evidence:
    """Evidence for the candidate; `changes` are fields of its predicate, or `subject`."""
    parsed = parse_config(read_yaml(policy, "mlgate.yml"), find_checks())
    subjects = (
        Subject("model:churn", {"sha256": CANDIDATE.sha256}), Subject("table:test", {"sha256": digest("test")}),
        Subject("feature:sums@2", {"sha256": SUMS}),
    )  # fmt: skip
    checks = tuple(
        CheckRun(id_, digest_of(msgspec.to_builtins(params)))
        for id_, blocks in parsed.params.items()
        for params, _ in blocks
    )
    fields: dict[str, Any] = {
        "kit": "0.1.0", "policy_sha256": policy_digest(parsed.config), "model": "churn", "requires": {"sums": 2},
        "event": "push", "date": "2026-11-20", "head_sha": SOURCE, "base_sha": "a" * 40, "tested_sha": SOURCE,
        "environment_sha256": digest("environment"), "baseline": Baseline("main", CHAMPION.sha256),
        "tables": (TableInfo("test", 2_000, digest("test"), digest("schema")),), "checks": checks,
        "findings": findings(),
    }  # fmt: skip
    subject = changes.pop("subject", subjects)
    return Evidence(subject=subject, predicate=Predicate(**{**fields, **changes}))


def case(**changes: Any) -> Case:
    """The case of the candidate for `prod`, where the champion is, with some fields changed."""
    fields: dict[str, Any] = {
        "model": "churn", "version": "v1.1.0", "stage": "prod", "evidence": evidence(),
        "evidence_sha256": digest("evidence v1.1.0"), "provenance": Provenance(kind="run", run=RUN),
        "source": Source(sha=SOURCE, requires={"sums": 2}, tables={"test": digest("test")}, features={"sums@2": SUMS},
                         environment_sha256=digest("environment")),
        "stages": parse_stages(STAGES), "state": chain(CHAMPION, promote("v1.0.0", 1), CANDIDATE).state, "now": NOW,
        "sha256": CANDIDATE.sha256, "governing": governing(), "served": {"sums@2": Served(SUMS)},
        "approvals": (APPROVED,), "can_sign": True,
    }  # fmt: skip
    return Case(**{**fields, **changes})


def first(**changes: Any) -> Case:
    """The case of the candidate for `prod` while nothing is there; the comparison found nothing to compare with."""
    nothing = findings(regression={"status": "skipped", "reason": "no-baseline", "margin": None, "value": None})
    fields = {"state": chain(CANDIDATE).state, "evidence": evidence(baseline=Baseline(), findings=nothing)}
    return case(**{**fields, **changes})
