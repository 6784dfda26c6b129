"""Model file: it is what its ending says, holds nothing that could run code, and was written by the libraries at hand.

The file is walked through without running anything of it, and so is each file of a folder whose format is known.
Names outside of the allow-list are refused, each with the `trusted:` line to paste where it may be trusted.
Pickle and joblib pass with a warning: prefer skops or ONNX.
A library of another version than the one that wrote the file is a warning, since models are known to change with it.
"""

from collections.abc import Iterable

from mlgate.config import CheckParams
from mlgate.evidence import Finding
from mlgate.judging import at, flaw, not_measurable
from mlgate.plugins import Answers, Facts
from mlgate.questions import ModelFile, Question
from mlgate.worker.client import ModelFileReport

SAFER = "skops or ONNX"
PORTABLE = ("onnx",)  # formats that do not need the library that wrote them


class Params(CheckParams, frozen=True, kw_only=True):
    """Only `severity`."""


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield ModelFile()


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    model = answers.facts.config.model
    path = model.artifact if model and model.artifact else ""
    found: ModelFileReport | None = answers[ModelFile()]
    if found is None:
        yield not_measurable("there is no 'model.artifact' to look at", subject="model file", location=at())
        return
    fields = {"source": "model", "location": at()}
    yield _readable(found, path, fields)
    for refusal in found.refused:
        yield flaw(True, f"{path}: {refusal.name} is refused: {refusal.why}", subject=refusal.name[:400], **fields)
    if found.refused and found.trusted_lines:
        lines = "\n".join(f"    - {name}" for name in found.trusted_lines)
        message = f"to trust what {path} names, add to 'model' in mlgate.yml:\n  trusted:\n{lines}"
        yield flaw(True, message[:1900], subject="trusted", severity="info", **fields)
    if found.format in ("joblib", "pickle"):
        message = f"{path} is a {found.format} file, which can hold code; {SAFER} cannot"
        yield flaw(True, message, subject=f"format {found.format}", severity="warn", **fields)
    yield from _versions(found, path, fields)


def _readable(found: ModelFileReport, path: str, fields: dict[str, object]) -> Finding:
    if found.error:
        return flaw(True, f"{path} cannot be read: {found.error}"[:1900], subject="contents", **fields)
    what = f"{path} is a {found.format} file of {found.bytes:,} bytes"
    if found.files is not None:
        inside = "" if found.format == "folder" else f", {found.format} among them"
        what = f"{path} is a folder of {found.files:,} files with {found.bytes:,} bytes{inside}"
    message = (
        f"{what}; {len(found.refused)} of the names in it are refused"
        if found.refused
        else f"{what}; nothing is refused"
    )
    return flaw(bool(found.refused) or found.format == "unknown", message, subject="contents", **fields)


def _versions(found: ModelFileReport, path: str, fields: dict[str, object]) -> Iterable[Finding]:
    """A finding for each library that wrote the file: the same version, or another, or none at hand."""
    for library, written in found.written_with.items():
        here = found.installed.get(library)
        if here is None:
            message = f"{path} was written with {library} {written}, which is not in the environment"
        else:
            message = f"{path} was written with {library} {written}; the environment has {here}"
        severity = "info" if here is None and found.format in PORTABLE else "warn"
        yield flaw(here != written, message, subject=f"{library} version"[:400], severity=severity, **fields)
