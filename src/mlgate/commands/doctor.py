"""`mlgate doctor`, as typed."""

import os
import sys
from pathlib import Path

import click

DOCTOR_CODES = """\b
Exit codes:
  0    nothing failed       1    something failed
  2    wrong usage          3    a bug of mlgate's"""


@click.command(epilog=DOCTOR_CODES)
@click.option("--online", is_flag=True, help="Also ask GitHub, with GITHUB_TOKEN.")
def doctor(online: bool) -> None:
    """Say what is missing around the gate, and how to mend each.

    \b
    Examples:
      mlgate doctor              without a network
      mlgate doctor --online     also the live settings and the token's rights
    """
    from mlgate.adopting.doctor import examine
    from mlgate.adopting.findings import table
    from mlgate.adopting.live import getter

    findings = examine(Path.cwd(), getter(os.environ) if online else None)
    click.echo(table(findings))
    sys.exit(int(any(f.state == "fail" for f in findings)))
