"""Signatures by SSH keys: made and checked by `ssh-keygen -Y`, against a file of allowed signers."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from mlgate.errors import user_error
from mlgate.ledger.chain import Fault, Recorded, file_name
from mlgate.scratch import scratch_folder

Namespace = Literal["mlgate-ledger", "mlgate-evidence"]


def sign(data: bytes, key: Path, namespace: Namespace) -> bytes:
    """The signature of `data`; a `UserError` if the key cannot be used without asking."""
    if not key.is_file():
        raise user_error(f"there is no key {key}", mend="make one: ssh-keygen -t ed25519 -N '' -f FILE")
    done = _keygen("-Y", "sign", "-q", "-f", str(key), "-n", namespace, data=data)
    if done.returncode or not done.stdout:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise user_error(f"the key {key} cannot sign: {said[-1] if said else 'ssh-keygen gave no reason'}",
                         mend="use a private key of this user's alone (chmod 600) without a passphrase")  # fmt: skip
    return done.stdout


def signer_of(data: bytes, signature: bytes, signers: bytes, namespace: Namespace) -> str | None:
    """Who signed exactly `data` and may do so by the lines of `signers`; None if nobody did."""
    with scratch_folder() as folder:
        allowed, file = folder / "signers", folder / "signature"
        allowed.write_bytes(signers)
        file.write_bytes(signature)
        found = _keygen("-Y", "find-principals", "-s", str(file), "-f", str(allowed))
        names = found.stdout.decode(errors="replace").splitlines()
        if found.returncode or not names:
            return None
        done = _keygen("-Y", "verify", "-f", str(allowed), "-I", names[0], "-n", namespace, "-s", str(file), data=data)
        return names[0] if done.returncode == 0 else None


def event_signers(records: Sequence[Recorded], signers: bytes) -> dict[int, str | None]:
    """The signer of each event that has a signature, None where the signature is not one that counts."""
    signed = [record for record in records if record.signature is not None]
    with ThreadPoolExecutor(min(8, len(signed) or 1)) as pool:
        found = pool.map(lambda r: signer_of(r.data, r.signature or b"", signers, "mlgate-ledger"), signed)
        return dict(zip((record.event.seq for record in signed), found, strict=True))


def signature_faults(records: Sequence[Recorded], signers: bytes) -> list[Fault]:
    """Signatures that do not count, and events without one after the first that is signed."""
    known = event_signers(records, signers)
    faults = [
        Fault("bad-signature", file_name(seq), f"the signature of the event {seq} is not one of an allowed signer")
        for seq, signer in known.items() if signer is None
    ]  # fmt: skip
    first = min(known, default=None)
    for record in records:
        seq = record.event.seq
        if first is not None and seq > first and record.signature is None:
            message = f"the event {seq} has no signature, and events are signed from {first} on"
            faults.append(Fault("unsigned-event", file_name(seq), message))
    return sorted(faults, key=lambda fault: fault.where)


def _keygen(*arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    if not shutil.which("ssh-keygen"):
        raise user_error("there is no ssh-keygen, which makes and checks signatures", mend="install OpenSSH's client")
    never_ask = {"SSH_ASKPASS_REQUIRE": "force", "SSH_ASKPASS": "/bin/false", "LC_ALL": "C"}
    return subprocess.run(
        ["ssh-keygen", *arguments], input=data, capture_output=True, check=False, env={**os.environ, **never_ask}
    )
