"""The command line in this process: what a person types, and what they see."""

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from mlgate.cli import main

GITHUB = ("GITHUB_", "RUNNER_", "CI")


@dataclass(frozen=True)
class Seen:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


def start(*arguments: str, cwd: Path, environ: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """`mlgate ARGUMENTS` in a process of its own, which a test can wait for or interrupt."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(GITHUB)}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "mlgate.cli", *arguments],
        cwd=cwd,
        env={**kept, "COLUMNS": "120", "MLGATE_CACHE": str(cwd / ".mlgate-cache"), **(environ or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def mlgate(*arguments: str, cwd: Path, environ: Mapping[str, str] | None = None) -> Seen:
    """`mlgate ARGUMENTS`, typed in `cwd` at a laptop; `environ` adds variables, such as those of a GitHub runner."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(GITHUB)}
    mine = {"MLGATE_STARTED_CLEAN": str(os.getpid()), "COLUMNS": "120", "MLGATE_CACHE": str(cwd / ".mlgate-cache")}
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.object(sys, "argv", ["mlgate", *arguments]),
        patch.dict(os.environ, {**kept, **mine, **(environ or {})}, clear=True),
        chdir(cwd),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            return Seen(int(end.code or 0), out.getvalue(), err.getvalue())
    raise AssertionError("main() ends with SystemExit")
