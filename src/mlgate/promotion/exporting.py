"""Exporting: the whole ledger as one document, with evidence, the cards of its versions, and what an audit found."""

import datetime
from typing import Any

import msgspec

from mlgate.config import Config
from mlgate.evidence import parse_evidence
from mlgate.github.governing import Governing, govern
from mlgate.inputs.git import Repository
from mlgate.ledger.events import Register
from mlgate.ledger.reading import Ledger, evidence_in
from mlgate.promotion.auditing import Audit
from mlgate.reporting.rendering import render_text
from mlgate.verdict import decide


def export(audited: Audit, ledger: Ledger, repository: Repository) -> bytes:
    """One JSON document: all events with digests and signatures, what they rest on, and the audit."""
    events = [
        {
            "event": msgspec.to_builtins(r.event), "sha256": r.sha256,
            "signature": r.signature.decode("ascii", "replace") if r.signature else None,
        }
        for r in ledger.events
    ]  # fmt: skip
    digests = {d for r in ledger.events if (d := getattr(r.event, "evidence_sha256", None))}
    found = {digest: evidence_in(repository, ledger, digest) for digest in sorted(digests)}
    evidence = {digest: msgspec.json.decode(each[0]) for digest, each in found.items() if each}
    document = {
        "schema": "urn:mlgate:audit:v1", "audit": msgspec.to_builtins(audited), "statement": audited.statement,
        "events": events, "evidence": evidence, "cards": _cards(ledger, repository),
    }  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def _cards(ledger: Ledger, repository: Repository) -> dict[str, Any]:
    """Version → its model card, whose numbers name the findings of the evidence it was registered with.

    A version without `model.card` in its configuration, or whose evidence is gone, has none.
    """
    registered = (record.event for record in ledger.events if isinstance(record.event, Register))
    cards = {f"{event.model}@{event.version}": _card(event, ledger, repository) for event in registered}
    return {label: text for label, text in cards.items() if text is not None}


def _card(register: Register, ledger: Ledger, repository: Repository) -> str | None:
    config = _config(register, repository)
    found = evidence_in(repository, ledger, register.evidence_sha256)
    if config is None or config.model is None or config.model.card is None or found is None:
        return None
    evidence, registered = parse_evidence(found[0]), datetime.date.fromisoformat(register.time[:10])
    verdict = decide(evidence, config.policy, registered, expected=tuple(config.checks))
    return render_text("card", evidence, verdict, config)


def _config(register: Register, repository: Repository) -> Config | None:
    """The configuration of the commit that the version was made from."""
    data = repository.show(register.source_sha, register.config)
    governing = govern(register.config, data, None, None) if data is not None else None
    return governing.config if isinstance(governing, Governing) else None
