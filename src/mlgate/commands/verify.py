"""`mlgate verify`, as typed."""

import sys
from pathlib import Path

import click

from mlgate.commands.releasing import CHECK_CODES, as_json, show, show_json


@click.command(epilog=CHECK_CODES)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--signers", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True,
    help="The file of allowed signers: a name and a public key a line.",
)  # fmt: skip
@click.option(
    "--signature", type=click.Path(path_type=Path, dir_okay=False), help="The signature; FILE.sig if none is named."
)
@as_json
def verify(file: Path, signers: Path, signature: Path | None, is_json: bool) -> None:
    """Say who signed evidence, offline.

    \b
    Examples:
      mlgate verify out/evidence.json --signers .github/mlgate/signers
    """
    from mlgate.errors import user_error
    from mlgate.ledger.signing import signer_of

    beside = signature or file.with_name(file.name + ".sig")
    if not beside.is_file():
        raise user_error(f"there is no signature {beside}", mend=f"mlgate sign {file} --key FILE")
    signer = signer_of(file.read_bytes(), beside.read_bytes(), signers.read_bytes(), "mlgate-evidence")
    if is_json:
        show_json({"file": str(file), "signer": signer})
    else:
        show(f"{file} was signed by {signer}" if signer else f"{file} is not signed by anyone whom {signers} allows")
    sys.exit(0 if signer else 1)
