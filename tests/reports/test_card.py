"""The model card: metadata that the Hub reads, and numbers that all stand in the evidence."""

import datetime
import re
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import structs

from mlgate.config import Card, Config, Model, Source, Table, Upstream
from mlgate.errors import UserError
from mlgate.reporting.view import View
from reports import card
from tests.reports import samples
from tests.reports.rendered import Rendered
from tests.reports.test_markdown import NAMES, hostile_view

SAID = Card(
    intended_use="Rank applications for a second look.",
    limits="Not for decisions without a person.\n\nAges below 18 were not seen.",
    contact="models@example.org",
    licence="apache-2.0",
    upstream=Upstream(name="acme/base", url="https://models.example.org/base", licence="mit"),
)
SOURCE = Source(url="https://data.example.org/loans", licence="CC-BY-4.0", retrieved=datetime.date(2026, 1, 5))
CONFIG = Config(
    version=1,
    model=Model(id="credit-default", artifact="model.skops", positive=1, card=SAID),
    tables={"test": Table(path="data/test.csv", target="y", source=SOURCE)},
)
SHOWN = structs.replace(samples.AUC, id="metrics", margin=None, limit=0.9, value=0.9213, interval=(0.917, 0.925))


def view() -> View:
    """A run with a limit, a comparison and a slice, and the configuration that it was about."""
    return structs.replace(samples.view([SHOWN, samples.AUC, samples.LOG_LOSS, samples.SLICE]), config=CONFIG)


def metadata(text: str) -> dict[str, Any]:
    found = yaml.safe_load(text.split("---\n")[1])
    assert isinstance(found, dict)
    return found


def body(text: str) -> str:
    return text.split("---\n", 2)[2]


def test_metadata_are_the_hubs() -> None:
    found = metadata(card.render(view()))
    assert (found["license"], found["base_model"], found["pipeline_tag"]) == (
        "apache-2.0", "acme/base", "tabular-classification",
    )  # fmt: skip
    (entry,) = found["model-index"]
    (result,) = entry["results"]
    assert result["dataset"] == {"name": "test", "type": SOURCE.url}
    metrics = {m["type"]: m["value"] for m in result["metrics"]}
    assert metrics == {"roc_auc": 0.9213, "log_loss": 0.2388}


def test_every_number_of_a_metric_names_its_finding_and_is_the_findings() -> None:
    rows = [line for line in card.render(view()).splitlines() if line.startswith("| ") and "`regression`" in line]
    assert len(rows) == 2
    assert "0.9213" in rows[0]
    assert rows[0].endswith("`regression` `auc` |")
    limit = next(line for line in card.render(view()).splitlines() if "`metrics` `auc`" in line)
    assert "0.9213 [0.9170, 0.9250] | ≥ 0.900 | 20,000" in limit


def test_what_people_say_stands_in_it_word_for_word_but_acts_nowhere() -> None:
    page = Rendered(body(card.render(view())))
    assert "Rank applications for a second look." in " ".join(page.prose)
    assert "models@example.org" in page.code
    assert page.links == []


def test_the_card_is_the_same_each_time() -> None:
    assert card.render(view()) == card.render(view())


def test_without_what_people_say_there_is_no_card() -> None:
    with pytest.raises(UserError, match="needs what its people say"):
        card.render(samples.passing())


@settings(max_examples=100, deadline=None)
@given(NAMES, NAMES, st.text(max_size=60).filter(str.strip))
@example("n", "o", "0\x85\u2028\u2029")
def test_no_string_becomes_markup(name: str, other: str, said: str) -> None:
    people = Card(
        intended_use=said, limits=other or "x", contact=name or "x", licence=name, upstream=Upstream(name=said)
    )
    table = Table(path=other, source=Source(url=name or "x", licence=other))
    model = Model(id="m", artifact=name, card=people)
    config = Config(version=1, model=model, tables={name: table, other: table})
    text = card.render(structs.replace(hostile_view(name, other), config=config))
    assert metadata(text)["base_model"] == said
    page = Rendered(body(text))
    assert set(page.tags) <= {"h1", "h2", "p", "ul", "li", "code", "table", "thead", "tbody", "tr", "th", "td"}
    assert page.links == []
    assert page.references == []
    assert all(len(set(widths)) == 1 for widths in page.widths)
    assert not re.search(r"(?m)^\s*::", body(text))
