"""New files: shown as a diff, written only where there is none."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mlgate.errors import user_error
from mlgate.reporting.escaping import plain_lines


@dataclass(frozen=True)
class NewFile:
    """A file to write, by its path from the top, and what it is."""

    path: str
    text: str
    what: str


@dataclass(frozen=True)
class Step:
    """What becomes of a proposed file: it is new, there already as proposed, or another one that is kept."""

    file: NewFile
    state: Literal["new", "same", "kept"]
    diff: str


def compare(top: Path, files: Iterable[NewFile]) -> tuple[Step, ...]:
    """Each proposed file beside what is there."""
    return tuple(_step(top, file) for file in files)


def write(top: Path, steps: Iterable[Step]) -> tuple[str, ...]:
    """The new files are there, none was replaced; a `UserError` if one has appeared meanwhile or would lie outside."""
    written = []
    for step in steps:
        if step.state != "new":
            continue
        file = top / step.file.path
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.parent.resolve().is_relative_to(top.resolve()):
            raise user_error(f"{step.file.path} lies outside of the repository, behind a link", mend="remove the link")
        try:
            with file.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(step.file.text)
        except FileExistsError:
            raise user_error(f"{step.file.path} is there now; it was not replaced", mend="run it again") from None
        except OSError as error:
            raise user_error(f"{step.file.path} cannot be written: {error.strerror}") from None
        written.append(step.file.path)
    return tuple(written)


def write_new(file: Path, text: str) -> None:
    """The file is there with this text; a `UserError` if there was one, which is kept."""
    try:
        with file.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        raise user_error(f"{file} is there already and was not replaced", mend="give another name") from None
    except OSError as error:
        raise user_error(f"{file} cannot be written: {error.strerror}") from None


def _step(top: Path, file: NewFile) -> Step:
    target = top / file.path
    if not target.exists() and not target.is_symlink():
        return Step(file, "new", _diff("", file))
    try:
        there = target.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        there = "(a file that is not text)\n"
    return Step(file, "same", "") if there == file.text else Step(file, "kept", _diff(there, file))


def _diff(there: str, file: NewFile) -> str:
    before = f"a/{file.path}" if there else "/dev/null"
    lines = difflib.unified_diff(
        [line.rstrip() for line in there.splitlines()], file.text.splitlines(), before, f"b/{file.path}", lineterm=""
    )
    return "\n".join(shown for line in lines for shown in (plain_lines(line) or [""]))
