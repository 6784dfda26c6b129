"""What predicting ended with: rows with both models' predictions, or why there are none."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.evidence import ModelFacts, Reason
from mlgate.worker.client import ModelFileReport

if TYPE_CHECKING:  # arrays need numpy, which a run without a model does not
    from mlgate.measuring.joint import Joint, MetricValues

MOST_INPUTS, MOST_LIBRARIES = 500, 20  # that evidence names


@dataclass(frozen=True)
class Fault:
    """Why the candidate has no predictions: it crashed (a fail), or gave what cannot be judged (an error)."""

    reason: Reason
    message: str


@dataclass(frozen=True)
class Predicted:
    """The judged rows by source; or the candidate's fault. And what the evidence says of both models."""

    joints: "tuple[Joint | MetricValues, ...]" = ()
    fault: Fault | None = None
    model_sha256: str | None = None
    baseline_sha256: str | None = None
    isolation: tuple[str, ...] = ()
    left_behind: int = 0  # processes of the candidate's that had to be stopped after it had answered
    report: ModelFileReport | None = None  # of the candidate's model file, where it was looked at on the way
    unlabelled: tuple[tuple[str, int, int], ...] = ()  # of which rows only some have a label: file, labelled, all
    baseline_report: ModelFileReport | None = None


def model_facts(report: ModelFileReport | None) -> ModelFacts | None:
    """What evidence says of a model file that was looked at; None where none was."""
    if report is None or report.error:
        return None
    inputs = report.features
    libraries = {name[:400]: version[:400] for name, version in report.written_with.items()}
    return ModelFacts(
        report.bytes,
        tuple(name[:400] for name in inputs) if inputs is not None and len(inputs) <= MOST_INPUTS else None,
        dict([*libraries.items()][:MOST_LIBRARIES]),
    )
