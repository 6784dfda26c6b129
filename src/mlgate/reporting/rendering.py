"""Rendering: evidence and its verdict as the text of a format, here or in files."""

import datetime
import os
import shutil
import sys
from pathlib import Path

from mlgate.config import Config, Policy
from mlgate.configuring.loading import Parsed, parse_config
from mlgate.configuring.yaml_source import read_yaml
from mlgate.errors import UserError, user_error
from mlgate.evidence import Evidence
from mlgate.plugins import find_checks, find_reports, load_report
from mlgate.reporting.view import Links, View
from mlgate.verdict import Verdict, conclude, decide


def recorded_verdict(evidence: Evidence) -> Verdict:
    """The verdict with the statuses as they were recorded; what blocks is by the default policy."""
    return conclude(evidence.predicate.findings, Policy())


def read_config(config: Path) -> Parsed:
    """A configuration file; a `UserError` with all its faults."""
    if not config.is_file():
        raise user_error(f"there is no configuration {config}")
    parsed = parse_config(read_yaml(config.read_bytes(), config.name), find_checks(config.parent))
    if parsed.problems:
        raise UserError(*parsed.problems)
    return parsed


def verdict_under(evidence: Evidence, parsed: Parsed) -> Verdict:
    """The verdict computed anew under the policy of a configuration."""
    today = datetime.datetime.now(datetime.UTC).date()
    return decide(evidence, parsed.config.policy, today, expected=tuple(parsed.params))


def render_text(format_id: str, evidence: Evidence, verdict: Verdict, config: Config | None = None) -> str:
    """A report as text, for this terminal and this server."""
    run = os.environ.get("GITHUB_RUN_ID", "")
    links = Links(
        os.environ.get("GITHUB_SERVER_URL", "https://github.com"),
        os.environ.get("GITHUB_REPOSITORY"),
        int(run) if run.isdigit() else None,
    )
    color = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    width = shutil.get_terminal_size((100, 24)).columns
    return load_report(format_id).render(View(evidence, verdict, links, max(width, 60), color, config))


def write_reports(evidence: Evidence, verdict: Verdict, folder: Path) -> None:
    """The reports that are files, each written whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    for format_id in find_reports():
        name = load_report(format_id).FILE
        if name:
            temporary = folder / f".{name}.part"
            temporary.write_text(render_text(format_id, evidence, verdict), encoding="utf-8")
            temporary.replace(folder / name)
