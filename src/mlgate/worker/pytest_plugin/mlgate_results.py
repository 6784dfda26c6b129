"""A pytest plug-in that writes each test's result as a line of JSON; standard library only, Python 3.9 or newer."""

import json
import os
import re

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_LONGEST = 4000


class Results:
    """Collects and writes results while pytest runs."""

    def __init__(self, path, root):
        self.path, self.root = path, root

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.outcome != "passed":
            self.write(report, report.outcome if report.when == "call" or report.outcome == "skipped" else "error")

    def pytest_collectreport(self, report):
        if report.failed:
            self.write(report, "error")

    def write(self, report, outcome):
        file, line = self.place(report)
        failed = outcome in ("failed", "error")
        message = _ESCAPES.sub("", report.longreprtext)[-_LONGEST:] if failed else ""
        result = {
            "id": report.nodeid, "outcome": outcome, "file": file, "line": line, "message": message,
            "seconds": round(getattr(report, "duration", 0.0), 4),
        }  # fmt: skip
        with open(self.path, "a", encoding="utf-8") as results:
            results.write(json.dumps(result) + "\n")

    def place(self, report):
        """The file and the line on which it failed, else on which the test begins."""
        crash = getattr(report.longrepr, "reprcrash", None)
        if crash is not None and os.path.abspath(crash.path).startswith(self.root + os.sep):
            return os.path.relpath(crash.path, self.root), crash.lineno
        location = getattr(report, "location", None) or (report.nodeid.split("::")[0], None, "")
        return location[0], None if location[1] is None else location[1] + 1


def pytest_configure(config):
    path = os.environ.get("MLGATE_RESULTS")
    if path:
        open(path, "a").close()
        config.pluginmanager.register(Results(path, os.getcwd()), "mlgate-results-writer")
