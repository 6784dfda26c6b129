"""The waiver that the report offers is one that the gate takes, for whatever somebody named a slice."""

import datetime
from collections.abc import Mapping

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec import structs

from mlgate.config import Policy
from mlgate.configuring.loading import parse_config
from mlgate.configuring.yaml_source import read_yaml
from mlgate.evidence import Finding
from mlgate.plugins import find_checks
from mlgate.reporting.waivers import ceiling, waivers_to_paste
from mlgate.verdict import decide
from reports import markdown
from tests.reports import samples

SUBJECTS = st.one_of(st.sampled_from(samples.HOSTILE), st.text(max_size=60)).map(
    lambda text: text.encode("utf-8", "ignore").decode()
)


def pasted(lines: list[str]) -> Policy:
    """The policy of a configuration that has the block as it was pasted, its three places filled."""
    places = {"WHO ANSWERS FOR IT": "@ann", "WHY IT MAY BE MERGED": "so: it is", "YYYY-MM-DD": "2026-12-31"}
    filled = [_filled(line, places) for line in lines]
    head = ["version: 1", "checks: {row-count: {min: 1}}", "tables: {test: {path: t.csv}}"]
    parsed = parse_config(read_yaml("\n".join([*head, *filled]).encode(), "mlgate.yml"), find_checks())
    assert parsed.problems == ()
    return parsed.config.policy


def _filled(line: str, places: Mapping[str, str]) -> str:
    for place, text in places.items():
        line = line.replace(place, text)
    return line


@settings(max_examples=200, deadline=None)
@given(SUBJECTS, st.floats(-0.9, -1e-4))
def test_the_block_as_it_is_pasted_waives_exactly_what_it_was_offered_for(subject: str, value: float) -> None:
    lost = structs.replace(samples.SLICE, subject=subject, value=value, interval=(value - 0.01, value + 0.00001))
    view = samples.view([lost])
    assert [f.status for f in view.verdict.findings] == ["fail"]
    block = waivers_to_paste(view.verdict.blocking)
    assume(block)  # a few characters no configuration takes
    policy = pasted(block)
    assert policy.waivers[0].subject == subject
    assert decide(view.evidence, policy, datetime.date(2026, 3, 2)).findings[0].status == "waived"
    worse = samples.view([structs.replace(lost, value=1.02 * value)])
    assert decide(worse.evidence, policy, datetime.date(2026, 3, 2)).findings[0].status == "fail"


def test_the_block_in_the_report_is_the_block() -> None:
    shown = markdown.render(samples.failing())
    block = shown.partition("```yaml\n")[2].partition("\n```")[0]
    assert pasted(block.split("\n")).waivers[0].check == "slices"


def test_a_value_under_a_limit_is_rounded_down_and_one_over_it_up() -> None:
    low = Finding(direction="up", value=0.74251, limit=0.8, status="fail")
    assert ceiling(low) == 0.742
    assert ceiling(structs.replace(low, direction="down", limit=0.1)) == 0.743
    assert ceiling(structs.replace(low, direction="down", value=1234.5)) == 1240.0
    assert ceiling(structs.replace(low, value=0.0)) == 0.0
    assert ceiling(structs.replace(low, value=-0.12345)) == -0.124


def test_what_no_waiver_can_cover_is_offered_none() -> None:
    assert waivers_to_paste(samples.crashed().verdict.blocking) == []
    assert "Waiver to paste" not in markdown.render(samples.errors())


@pytest.mark.parametrize("subject", ["\x1b[31mred", "a\0b", "", " "])
def test_what_a_configuration_cannot_name_is_offered_none(subject: str) -> None:
    assert waivers_to_paste([structs.replace(samples.SLICE, subject=subject, status="fail")]) == []


def test_nothing_of_a_subject_is_hidden_in_the_block() -> None:
    lines = waivers_to_paste([structs.replace(samples.SLICE, subject="a\u202eb\u200b\u2028\n", status="fail")])
    assert '      subject: "a\\U0000202Eb\\U0000200B\\U00002028\\U0000000A"' in lines
