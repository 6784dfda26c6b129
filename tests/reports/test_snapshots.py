"""The whole text of every report in every state is what was read and found good."""

from collections.abc import Callable

import pytest

from reports import annotations, json, markdown, terminal
from tests.reports.samples import SAMPLES

FORMATS = {"terminal.txt": terminal, "markdown.md": markdown, "annotations.txt": annotations}
READ_BY_PEOPLE = [name for name in SAMPLES if name not in ("hostile", "huge")]


@pytest.mark.parametrize("sample", READ_BY_PEOPLE)
@pytest.mark.parametrize("ending", FORMATS)
def test_report_reads_as_it_was_approved(
    sample: str, ending: str, matches_snapshot: Callable[[str, str], None]
) -> None:
    matches_snapshot(f"{sample}.{ending}", FORMATS[ending].render(SAMPLES[sample]()))


@pytest.mark.parametrize("sample", ["hostile", "huge"])
def test_comment_under_strain_reads_as_it_was_approved(
    sample: str, matches_snapshot: Callable[[str, str], None]
) -> None:
    matches_snapshot(f"{sample}.markdown.md", markdown.render(SAMPLES[sample]()))


def test_evidence_file_keeps_its_bytes(matches_snapshot: Callable[[str, str], None]) -> None:
    matches_snapshot("failing.evidence.json", json.render(SAMPLES["failing"]()))
