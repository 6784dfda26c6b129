"""Provenance: how to reproduce what a Markdown report says, and the digests of what it was made from."""

import hashlib
import re

from mlgate.evidence_file import evidence_file
from mlgate.reporting.budget import Block
from mlgate.reporting.escaping import code_span
from mlgate.reporting.steps import check_command
from mlgate.reporting.view import Links, View


def reproduce(view: View) -> Block:
    """A folded block: the command that gives the same report, and the digests of all that it was made from."""
    predicate = view.evidence.predicate
    candidate = ["--ref", predicate.head_sha[:7]] if predicate.head_sha else []
    baseline = ["--baseline", predicate.base_sha[:7]] if predicate.base_sha else []
    command = check_command(predicate.config, *candidate, *baseline)
    models = [s.digest["sha256"] for s in view.evidence.subject if s.name.startswith("model:")]
    facts = [
        f"evidence {_digest(hashlib.sha256(evidence_file(view)).hexdigest())}",
        *(f"model {_digest(digest)}" for digest in models[:1]),
        *(f"data {code_span(t.name)} {_digest(t.sha256)}" for t in predicate.tables[:8]),
        f"policy {_digest(predicate.policy_sha256)}",
    ]
    lines = [
        f"{code_span(command, length=160)} · seed {predicate.run.seed} · {predicate.run.seconds:,.0f} s",
        " · ".join(facts) + f" · mlgate {code_span(predicate.kit)}",
    ]
    return Block("\n\n".join(["<details><summary>Reproduce and verify</summary>", *lines, "</details>"]))


def _digest(digest: str) -> str:
    return code_span(f"sha256:{digest[:12]}…")


def footer(view: View) -> str:
    """The last line: where it was judged, for which commit, by which date. Links only to what exists."""
    parts = [link] if (link := _run_link(view.links)) else []
    if sha := view.evidence.predicate.head_sha or view.evidence.predicate.tested_sha:
        parts.append(f"results for {code_span(sha[:7])}")
    parts.append(f"judged on {date}" if (date := view.evidence.predicate.date) else "judged locally")
    return " · ".join(parts)


def _run_link(links: Links) -> str | None:
    """The link to the workflow run, if there is one; its parts are checked, as they become an address."""
    server = re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d+)?", links.server_url)
    repository = re.fullmatch(r"[\w.-]+/[\w.-]+", links.repository or "", re.ASCII)
    if not server or not repository or links.run_id is None:
        return None
    return f"[Run]({server[0]}/{repository[0]}/actions/runs/{links.run_id})"
