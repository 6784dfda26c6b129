"""A pytest plug-in that writes each test's result as a line of JSON; standard library only, Python 3.9 or newer."""

from __future__ import annotations

import json
import os
import re
from typing import Any

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_LONGEST = 4000


class Results:
    """Collects and writes results while pytest runs; files are named from the folder that pytest was started in."""

    def __init__(self, path: str, folder: str, root: str) -> None:
        self.path, self.folder, self.root = path, folder, root

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Pytest tells how one phase of a test ended."""
        if report.when == "call" or report.outcome != "passed":
            self.write(report, report.outcome if report.when == "call" or report.outcome == "skipped" else "error")

    def pytest_collectreport(self, report: Any) -> None:
        """Pytest tells how collecting a file ended."""
        if report.failed:
            self.write(report, "error")

    def write(self, report: Any, outcome: str) -> None:
        """One result is on disk."""
        file, line = self.place(report)
        failed = outcome in ("failed", "error")
        message = _ESCAPES.sub("", report.longreprtext)[-_LONGEST:] if failed else ""
        result = {
            "id": self.id_of(report), "outcome": outcome, "file": file, "line": line, "message": message,
            "seconds": round(getattr(report, "duration", 0.0), 4),
        }  # fmt: skip
        with open(self.path, "a", encoding="utf-8") as results:
            results.write(json.dumps(result) + "\n")

    def id_of(self, report: Any) -> str:
        """The test's id with its file from our folder."""
        file, separator, rest = report.nodeid.partition("::")
        return str(self.relative(os.path.join(self.root, file)) + separator + rest)

    def place(self, report: Any) -> tuple[str, int | None]:
        """The file and the line on which it failed, else on which the test begins."""
        crash = getattr(report.longrepr, "reprcrash", None)
        if crash is not None and os.path.abspath(crash.path).startswith(self.folder + os.sep):
            return self.relative(crash.path), crash.lineno
        location = getattr(report, "location", None) or (report.nodeid.split("::")[0], None, "")
        line = None if location[1] is None else location[1] + 1
        return self.relative(os.path.join(self.root, location[0])), line

    def relative(self, path: str) -> str:
        """The path from our folder."""
        return os.path.relpath(path, self.folder)


def pytest_configure(config: Any) -> None:
    """Pytest has started: results are written if the environment says where."""
    path = os.environ.get("MLGATE_RESULTS")
    if path:
        open(path, "a").close()
        config.pluginmanager.register(Results(path, os.getcwd(), str(config.rootdir)), "mlgate-results-writer")
