"""`mlgate power`, as typed."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlgate.exit_codes import LOOK_CODES
from mlgate.progress import Progress

if TYPE_CHECKING:
    from mlgate.evidence import Finding


@click.command(epilog=LOOK_CODES)
@click.argument("evidence", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=Path("mlgate.yml"),
    show_default=True,
    help="Run the models of this configuration, where no evidence is given.",
)
@click.option("--baseline", help="Compare with this commit instead of the one the branch gives.")
@click.option("--subject", help="Draw the curve of this metric or slice instead of the first.")
@click.option("--rows", type=click.IntRange(1), help="No data: so many rows, for accuracy.")
@click.option(
    "--discordant",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.06,
    show_default=True,
    help="With --rows: the share of them on which exactly one model is right.",
)
@click.option(
    "--margin",
    type=click.FloatRange(0, min_open=True),
    default=0.01,
    show_default=True,
    help="With --rows: the largest drop that does no harm.",
)
def power(
    evidence: Path | None, config: Path, baseline: str | None, subject: str | None, rows: int | None,
    discordant: float, margin: float,
) -> None:  # fmt: skip
    """Say how many rows the margins need, and which margins the rows can afford.

    \b
    Examples:
      mlgate power                             the checks of mlgate.yml on the real predictions
      mlgate power out/evidence.json           the same of a run that was
      mlgate power --rows 2000 --margin 0.02   before there is any data
    """
    from mlgate.errors import did_you_mean, user_error

    if rows is not None:
        from mlgate.exploring.power import of_accuracy, render

        click.echo(render([of_accuracy(rows, discordant, margin)]))
        return
    findings = _findings(evidence, config, baseline)
    from mlgate.exploring.power import of_findings, render

    sights = list(of_findings(findings))
    if subject is not None:
        names = [s.name for s in sights]
        if subject not in names:
            raise user_error(f"--subject {subject}: there is no such comparison", mend=did_you_mean(subject, names))
        sights.sort(key=lambda s: s.name != subject)
    if not sights:
        raise user_error(
            "no comparison of two models that differ, so nothing says how much they do",
            mend="compare with another commit (--baseline), or give --rows and --discordant",
        )
    click.echo(render(sights))


def _findings(evidence: Path | None, config: Path, baseline: str | None) -> "tuple[Finding, ...]":
    if evidence is not None:
        from mlgate.evidence import parse_evidence

        return parse_evidence(evidence.read_bytes()).predicate.findings
    from mlgate.running.starting import start

    with Progress() as progress:
        start(config, None, baseline, progress.say)
        from mlgate.configuring.setting import Request
        from mlgate.running.looking import look

        with look(Request(config, None, baseline), progress.say) as looked:
            return looked.judge(looked.joint)
