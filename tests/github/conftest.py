"""A repository with a gate, on a fake of GitHub that fails the test when a rule of GitHub's was broken."""

from collections.abc import Iterator

import pytest

from tests.github.stage import FILES, Stage
from tests.github_fake.fake import InProcessGitHub


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A repository `acme/credit` with one model."""
    with InProcessGitHub() as fake:
        yield Stage(fake, fake.repository("acme/credit", FILES))
