"""The committed description is what the script cuts, whole and no more."""

import json

from tests.github_fake.description import SOURCE
from tools.cut_openapi import OPERATIONS, cut

WANTED = [f"{group}/{name}" for group, names in OPERATIONS.items() for name in names.split()]


def test_cutting_the_cut_again_changes_nothing() -> None:
    committed = json.loads(SOURCE.read_text())
    assert cut(committed, WANTED) == committed


def test_the_cut_is_small_and_written_a_line_for_each_item() -> None:
    text = SOURCE.read_text()
    assert len(text) < 200_000
    assert len(text.splitlines()) > 200


def test_the_notice_names_the_sources_and_their_licence() -> None:
    notice = SOURCE.with_name("NOTICE").read_text()
    assert all(
        words in notice for words in ("octokit/openapi", "octokit/webhooks", "MIT License", "Octokit contributors")
    )
