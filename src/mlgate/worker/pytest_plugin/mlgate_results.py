"""A pytest plug-in that writes each test's result as a line of JSON; standard library only, Python 3.9 or newer."""

from __future__ import annotations

import importlib
import json
import os
import queue
import re
import time
from typing import Any

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_LONGEST = 4000


class Results:
    """Collects and writes results while pytest runs; files are named from the folder that pytest was started in."""

    def __init__(self, path: str, folder: str, root: str) -> None:
        self.path, self.folder, self.root = path, folder, root
        self.ended = 0

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Pytest tells how one phase of a test ended."""
        if report.when == "call" or report.outcome != "passed":
            self.write(report, report.outcome if report.when == "call" or report.outcome == "skipped" else "error")

    def pytest_collectreport(self, report: Any) -> None:
        """Pytest tells how collecting a file ended."""
        if report.failed:
            self.write(report, "error")

    def pytest_runtest_logfinish(self) -> None:
        """Pytest tells that it is done with a test."""
        self.ended += 1

    def pytest_sessionfinish(self, session: Any) -> None:
        """Pytest has come to its end; that is marked unless it left tests out on the way."""
        if self.ended >= session.testscollected:
            self.append({"id": "pytest", "outcome": "finished"})

    def write(self, report: Any, outcome: str) -> None:
        """One result is on disk."""
        file, line = self.place(report)
        failed = outcome in ("failed", "error")
        message = _ESCAPES.sub("", report.longreprtext)[-_LONGEST:] if failed else ""
        result = {
            "id": self.id_of(report), "outcome": outcome, "file": file, "line": line, "message": message,
            "seconds": round(getattr(report, "duration", 0.0), 4),
        }  # fmt: skip
        self.append(result)

    def append(self, result: dict[str, Any]) -> None:
        """The line is on disk."""
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
    if path and not hasattr(config, "workerinput"):  # the workers of pytest-xdist report to the process that has us too
        open(path, "a").close()
        config.pluginmanager.register(Results(path, os.getcwd(), str(config.rootdir)), "mlgate-results-writer")
    if getattr(config.option, "nbval", False) or getattr(config.option, "nbval_lax", False):
        notice_dead_kernels()


def notice_dead_kernels() -> None:
    """A cell whose kernel has died fails at once; nbval would wait for its answer until a limit ends everything."""
    running_kernel = importlib.import_module("nbval.kernel").RunningKernel
    get_message = running_kernel.get_message

    def get_message_of_the_living(kernel: Any, stream: str, timeout: float | None = None) -> Any:
        until = time.monotonic() + (float("inf") if timeout is None else float(timeout))
        while True:
            try:
                return get_message(kernel, stream, timeout=max(0.0, min(1.0, until - time.monotonic())))
            except queue.Empty:
                if not kernel.is_alive():
                    raise RuntimeError("the notebook's kernel died") from None
                if time.monotonic() >= until:
                    raise

    running_kernel.get_message = get_message_of_the_living
