"""Snapshots: the whole text that a user sees, in committed files; MLGATE_UPDATE_SNAPSHOTS=1 writes them anew."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.fixture
def matches_snapshot() -> Callable[[str, str], None]:
    """A function that asserts that a text is the committed file of that name."""

    def check(name: str, text: str) -> None:
        path = SNAPSHOTS / name
        if os.environ.get("MLGATE_UPDATE_SNAPSHOTS"):
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"no snapshot {name}; write it with MLGATE_UPDATE_SNAPSHOTS=1 and read it"
        assert text == path.read_text(encoding="utf-8")

    return check
