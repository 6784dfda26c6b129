"""`mlgate render`, as typed."""

from pathlib import Path

import click

RENDER_CODES = """\b
Exit codes:
  0  shown, whatever the verdict is       2  the evidence or an option cannot be used
  3  a bug of mlgate's                    130  interrupted"""


@click.command(epilog=RENDER_CODES)
@click.argument("evidence", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--format",
    "format_id",
    default="terminal",
    show_default=True,
    help="terminal, markdown, json, annotations or card.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Decide by this configuration's policy instead of the recorded statuses.",
)
def render(evidence: Path, format_id: str, config: Path | None) -> None:
    """Show the evidence of a run in another format.

    \b
    Examples:
      mlgate render out/evidence.json --format markdown
      mlgate render out/evidence.json --config mlgate.yml
      mlgate render out/evidence.json --config mlgate.yml --format card > MODEL_CARD.md
    """
    from mlgate.evidence import parse_evidence
    from mlgate.reporting.rendering import read_config, recorded_verdict, render_text, verdict_under

    found = parse_evidence(evidence.read_bytes())
    parsed = read_config(config) if config else None
    verdict = verdict_under(found, parsed) if parsed else recorded_verdict(found)
    click.echo(render_text(format_id, found, verdict, parsed.config if parsed else None), nl=False)
