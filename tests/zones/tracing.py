"""Runs commands, the lines of a file, and writes down what Python did meanwhile: started as a program of its own."""

import contextlib
import io
import json
import os
import sys
from typing import Any

WATCHED = (
    "import", "exec", "open", "pickle.find_class", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn",
    "os.spawn",
)  # fmt: skip


def words(value: Any) -> Any:
    """An argument of an event, such that JSON takes it."""
    if hasattr(value, "co_filename"):
        return str(value.co_filename)
    if isinstance(value, bytes | os.PathLike):
        return os.fsdecode(value)
    if isinstance(value, list | tuple):
        return [words(each) for each in value]
    return value if isinstance(value, str | int | None) else type(value).__name__


class Log:
    """A file of events, and what writes them: an audit hook, and a finder of modules that finds nothing."""

    def __init__(self, path: str) -> None:
        self.file = open(path, "w", buffering=1, encoding="utf-8")  # noqa: PTH123, SIM115 — open until the process ends

    def write(self, *line: Any) -> None:
        """A line."""
        self.file.write(json.dumps(line) + "\n")

    def note(self, event: str, args: tuple[Any, ...]) -> None:
        """An audited event is a line of the log."""
        if event in WATCHED:
            kept = args[:2] if event in ("subprocess.Popen", "open", "pickle.find_class") else args[:1]
            self.write(event, *words(kept))

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Each module that is asked for is a line, also one that nobody finds."""
        self.write("import", name)


def run(command: list[str], log: Log) -> None:
    """The command as it is typed; how it ended is a line of the log."""
    from mlgate.cli import main

    out, code = io.StringIO(), 0
    sys.argv = ["mlgate", *command]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    log.write("ended", command, code, out.getvalue())


if __name__ == "__main__":
    kept, commands = Log(sys.argv[1]), json.loads(sys.argv[2])
    sys.addaudithook(kept.note)
    sys.meta_path.insert(0, kept)
    for each in commands:
        run(each, kept)
