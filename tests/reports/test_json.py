"""The JSON report is the evidence, and evidence only."""

import pytest

from mlgate.config import Policy
from mlgate.evidence import canonical, parse_evidence
from mlgate.verdict import decide
from reports import json
from tests.reports import samples


@pytest.mark.parametrize("sample", ["passing", "failing", "existing", "crashed", "hostile", "huge"])
def test_evidence_file_gives_the_same_verdict_again(sample: str) -> None:
    view = samples.SAMPLES[sample]()
    evidence = parse_evidence(json.render(view).encode())
    assert evidence.predicate.findings == view.verdict.findings
    assert decide(evidence, Policy(), samples.TODAY) == view.verdict


def test_bytes_are_canonical() -> None:
    text = json.render(samples.failing())
    assert text.encode() == canonical(parse_evidence(text.encode())) + b"\n"
