"""One repository with one pull request, and someone who may do everything that a GITHUB_TOKEN may."""

from collections.abc import Iterator

import pytest

from tests.github_fake.asking import Asker
from tests.github_fake.fake import InProcessGitHub
from tests.github_fake.repository import Repository

DISPATCHED = "on: {workflow_dispatch: {inputs: {model: {required: true}}}, push: {}}\n"


@pytest.fixture
def fake() -> Iterator[InProcessGitHub]:
    """A GitHub that fails the test when a rule of the description was broken."""
    with InProcessGitHub() as made:
        yield made


@pytest.fixture
def repository(fake: InProcessGitHub) -> Repository:
    """A private repository with a workflow and the pull request 1."""
    files = {"README.md": "# churn\n", ".github/workflows/retrain.yml": DISPATCHED}
    made = fake.repository("octo/churn", files, private=True)
    made.pull_request("feature")
    return made


@pytest.fixture
def ask(fake: InProcessGitHub, repository: Repository) -> Asker:
    """Asks with the repository's GITHUB_TOKEN."""
    return Asker(fake, fake.token(repository))
