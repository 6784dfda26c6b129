"""Two files of predictions, or two commits, compared on the same rows."""

import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from mlgate.configuring.setting import Request
from mlgate.errors import user_error
from mlgate.exploring.comparison import Comparison, compare_rows, usual_margins
from mlgate.measuring.joint import Joint
from mlgate.measuring.metrics import PRIMARY, metric_named
from mlgate.reporting.escaping import plain
from mlgate.running.looking import look
from mlgate.running.trees import Say


def of_files(a: Path, b: Path, positive: str | None, metrics: Iterable[str], say: Say) -> Comparison:
    """What the predictions in `b` change against those in `a`, paired by `id`."""
    with tempfile.TemporaryDirectory(prefix="mlgate-") as made:
        folder = Path(made)
        names = [f"{side}/{file.name}" for side, file in (("a", a), ("b", b))]
        for name, file in zip(names, (a, b), strict=True):
            (folder / name).parent.mkdir()
            (folder / name).symlink_to(file.resolve())
        config = {
            "version": 1,
            "model": {"id": "comparison", "predictions": names[1]} | ({"positive": positive} if positive else {}),
            "baseline": {"predictions": names[0]},
            "checks": {"regression": {}},
        }
        (folder / "mlgate.yml").write_text(json.dumps(config), encoding="utf-8")
        with look(Request(folder / "mlgate.yml"), say) as looked:
            return _compared(looked.joint, metrics, {}, (a.name, b.name))


def of_commits(a: str, b: str, config: Path, metrics: Iterable[str], say: Say) -> Comparison:
    """What the model of commit `b` changes against that of `a`, by the margins of the configuration."""
    with look(Request(config, ref=b, baseline=a), say) as looked:
        margins: dict[str, float | str] = {}
        for params in (asked.params for asked in looked.asked if asked.id == "regression"):
            primary: str = getattr(params, "primary", None) or PRIMARY[looked.joint.task]
            margins = {primary: metric_named(primary).margin} | dict(getattr(params, "margins", {}))
        return _compared(looked.joint, metrics, margins, (a, b))


def _compared(
    joint: Joint, metrics: Iterable[str], margins: Mapping[str, float | str], names: tuple[str, str]
) -> Comparison:
    if joint.paired() is None:
        raise user_error(f"{names[0]} gave no predictions of these rows")
    chosen = list(metrics)
    usual = usual_margins(joint, chosen)
    ours = {metric: margin for metric, margin in margins.items() if metric in usual or not chosen}
    first = chosen[:1] or list(margins)[:1]
    joined = {**dict.fromkeys(first, 0.0), **usual, **ours}  # the first stays first
    return compare_rows(joint, joined, (plain(names[0]), plain(names[1])))
