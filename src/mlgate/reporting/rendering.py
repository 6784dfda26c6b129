"""Verdicts on evidence that was made earlier."""

import datetime
from pathlib import Path

from mlgate.config import Policy
from mlgate.configuring.loading import parse_config
from mlgate.configuring.yaml_source import read_yaml
from mlgate.errors import UserError, user_error
from mlgate.evidence import Evidence
from mlgate.plugins import find_checks
from mlgate.verdict import Verdict, conclude, decide


def recorded_verdict(evidence: Evidence) -> Verdict:
    """The verdict with the statuses as they were recorded; what blocks is by the default policy."""
    return conclude(evidence.predicate.findings, Policy())


def verdict_under(evidence: Evidence, config: Path) -> Verdict:
    """The verdict computed anew under the policy of a configuration."""
    if not config.is_file():
        raise user_error(f"there is no configuration {config}")
    parsed = parse_config(read_yaml(config.read_bytes(), config.name), find_checks(config.parent))
    if parsed.problems:
        raise UserError(*parsed.problems)
    today = datetime.datetime.now(datetime.UTC).date()
    return decide(evidence, parsed.config.policy, today, expected=tuple(parsed.params))
