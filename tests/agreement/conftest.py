"""Where the tools are that findings are compared with."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def python() -> str:
    """The interpreter of the environment with the tools."""
    found = os.environ.get("MLGATE_AGREEMENT_PYTHON")
    if not found:
        pytest.skip("the tools have an environment of their own: make agreement")
    return str(Path(found).absolute())
