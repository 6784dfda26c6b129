"""The chart of the comment is one that Mermaid's own parser takes, whatever the models are called."""

import html
import json
import re
import subprocess
from pathlib import Path

import cmarkgfm  # type: ignore[import-untyped]
import pytest

from mlgate.github.comment import compose
from mlgate.github.sections import Key, Point, Result, Section
from mlgate.reporting.words import METRICS
from tests.end_to_end.conftest import find
from tests.end_to_end.harness import KIT
from tests.reports.samples import HOSTILE

MERMAID = KIT / "build" / "mermaid"
POINTS = (Point("4f2c9a1", 0.9178), Point("1234567", -0.5), Point("00000e1", 1e-7), Point("9be10d7", 12_345.6))


def is_taken(charts: list[str]) -> list[bool]:
    """Of each chart whether Mermaid reads it."""
    node = find("node")
    if not (MERMAID / "node_modules" / "mermaid" / "package.json").exists():
        pytest.skip("Mermaid is not installed (`make end-to-end` installs it)")
    script = Path(__file__).with_name("parse_mermaid.mjs")
    done = subprocess.run([node, script, MERMAID], input=json.dumps(charts).encode(), check=True, capture_output=True)
    taken: list[bool] = json.loads(done.stdout)
    return taken


def charts_of(metrics: dict[str, str]) -> list[str]:
    """The charts that GitHub finds in the comment on models of these names with their metrics."""
    key = Key(1, 1, 2)
    results = {
        name: Result(key=key, head_sha="a" * 40, sign="✅", text="### ✅ fine", metric=metric, history=POINTS)
        for name, metric in metrics.items()
    }
    page = cmarkgfm.github_flavored_markdown_to_html(compose({n: Section(r) for n, r in results.items()}, "x"))
    return [html.unescape(found) for found in re.findall(r'<pre lang="mermaid"><code>(.*?)</code>', page, re.DOTALL)]


def test_chart_of_every_metric_is_read() -> None:
    charts = charts_of({f"{metric}.yml": metric for metric in METRICS})
    assert len(charts) == len(METRICS)
    assert all(is_taken(charts))


def test_names_of_models_break_no_chart() -> None:
    names = [*filter(None, HOSTILE), '"]', "```", "~~~", "```mermaid\npie", "%%{init: {}}%%", 'title "x"\nbar [\'']
    charts = charts_of(dict.fromkeys(names, "auc"))
    assert len(charts) == len(set(names))
    assert set(charts) == set(charts_of({"a.yml": "auc"}))
    assert all(is_taken(charts))


def test_the_parser_refuses_a_title_with_a_quote() -> None:
    (chart,) = charts_of({"a.yml": "auc"})
    assert is_taken([chart, chart.replace("AUC", 'A"UC')]) == [True, False]
