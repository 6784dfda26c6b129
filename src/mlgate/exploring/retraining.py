"""Retraining: how much the metrics move when the base's own code trains its model again."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import numpy as np

from mlgate.configuring.setting import Request, Setting, find_setting
from mlgate.errors import user_error
from mlgate.exploring.power import figure
from mlgate.reporting.phrases import subject
from mlgate.running.looking import look
from mlgate.statistics.interval import two_sided_z


@dataclass(frozen=True)
class Retrained:
    """The differences of each metric between two trainings of the same commit, on the same rows."""

    commit: str
    times: int
    differences: Mapping[str, Sequence[float]]  # metric → one of each pair of trainings
    words: Mapping[str, str]

    def spread(self, metric: str) -> float:
        """How far apart two trainings lie, 19 times in 20: 1.96 root mean squares of the differences."""
        return two_sided_z(0.95) * float(np.sqrt(np.mean(np.square(self.differences[metric]))))


def retrained(request: Request, times: int, say: Callable[[str], None]) -> Retrained:
    """Two trees of the base, each prepared and asked for its predictions, `times` times over."""
    found: dict[str, list[float]] = {}
    words: dict[str, str] = {}
    with ExitStack() as stack:
        commit = _base_of(find_setting(request, stack))
    of_base = replace(request, ref=commit, baseline=commit)
    for at in range(times):
        say(f"training {at + 1} of {times}")
        with look(of_base, lambda _: None) as looked:
            for finding in looked.judge(looked.joint):
                if finding.id == "regression" and finding.metric and finding.value is not None:
                    found.setdefault(finding.metric, []).append(finding.value)
                    words[finding.metric] = subject(finding)
    return Retrained(commit, times, found, words)


def render(found: Retrained) -> str:
    """What retraining alone does, and the lines that make the gate know it."""
    lines = [f"Trained {2 * found.times} times at {found.commit[:7]}, compared in pairs on the same rows:", ""]
    moved = {m: figure(s, up=True) for m in found.differences if (s := found.spread(m)) > 0}
    for metric in found.differences:
        said = f"moves it by up to ± {moved[metric]}, 19 times in 20" if metric in moved else "changes no prediction"
        lines.append(f"  {found.words[metric]}: retraining alone {said}")
    if not moved:
        return "\n".join([*lines, "", "Training is repeatable: a difference is never the seed's."])
    noise = ", ".join(f"{metric}: {value}" for metric, value in moved.items())
    return "\n".join(
        [
            *lines,
            "",
            "A drop inside of that may be the seed's. To have the gate say `cannot tell` there, commit:",
            "",
            "checks:",
            f"  regression: {{training-noise: {{{noise}}}}}",
        ]
    )


def _base_of(setting: Setting) -> str:
    """The commit that is compared with, which must have a command that trains."""
    if setting.base_sha is None:
        raise user_error("there is no base to train again", mend="name a commit: --baseline REF")
    if not (setting.base or setting.head).config.environment.prepare:
        raise user_error("the base has no command that trains", mend="add it as `environment: {prepare: ...}`")
    return setting.base_sha
