"""`mlgate explain`, as typed."""

from pathlib import Path

import click

from mlgate.exit_codes import LOOK_CODES


@click.command(epilog=LOOK_CODES)
@click.argument("check")
@click.argument("subject", required=False)
@click.option(
    "--evidence",
    type=click.Path(path_type=Path),
    default=Path("out/evidence.json"),
    show_default=True,
    help="Of the run, as `mlgate check --output out` writes it.",
)
def explain(check: str, subject: str | None, evidence: Path) -> None:
    """Explain a finding: its method, formula, source and limits, and lines that reproduce its interval.

    \b
    Examples:
      mlgate explain regression auc
      mlgate explain slices "single=yes: accuracy" --evidence out/evidence.json
      mlgate explain fairness                      what there is to explain
    """
    from mlgate.errors import user_error
    from mlgate.evidence import parse_evidence
    from mlgate.exploring.explaining import explain as explained
    from mlgate.exploring.explaining import find
    from mlgate.reporting.escaping import plain
    from mlgate.reporting.sentences import sentence

    if not evidence.is_file():
        raise user_error(f"there is no file {evidence}", mend="write one: mlgate check --output out")
    found = find(parse_evidence(evidence.read_bytes()).predicate.findings, check, subject)
    if subject is None and len(found) > 1:
        for finding in found:
            click.echo(f"{plain(finding.subject)}\n  {sentence(finding)}")
        return
    click.echo("\n\n".join(explained(finding, str(evidence)) for finding in found))
