"""Reading: the ledger as the remote has it now, refused whole if anything in it is wrong."""

from dataclasses import dataclass

from mlgate.errors import Problem, UserError
from mlgate.evidence import sha256
from mlgate.inputs.git import Repository
from mlgate.ledger.chain import FOLDER, Fault, Recorded, read_chain
from mlgate.ledger.objects import read_blobs, read_tree
from mlgate.ledger.remote import Remote
from mlgate.ledger.signing import signature_faults
from mlgate.ledger.state import State

BRANCH = "refs/heads/mlgate/ledger"
EVIDENCE = "evidence"
SIGNATURE = ".sig"


@dataclass(frozen=True)
class Ledger:
    """The ledger at one commit; no commit where nothing was recorded yet."""

    head: str | None = None
    events: tuple[Recorded, ...] = ()

    @property
    def state(self) -> State:
        """What the events amount to."""
        return State(self.events)


@dataclass(frozen=True)
class Found:
    """A ledger with its faults."""

    ledger: Ledger
    faults: tuple[Fault, ...]


def read_ledger(remote: Remote, signers: bytes | None = None) -> Ledger:
    """The ledger as it is now; a `UserError` that names every fault, since a faulty one decides nothing."""
    found = find_ledger(remote, signers)
    if found.faults:
        mend = "see what happened with 'mlgate audit verify'; nothing is recorded in a ledger that is not whole"
        raise UserError(*(Problem(fault.message, f"ledger {fault.where}", mend) for fault in found.faults[:5]))
    return found.ledger


def find_ledger(remote: Remote, signers: bytes | None = None) -> Found:
    """The ledger as it is now, with all that is wrong with it; also that it does not continue what was seen here."""
    repository = remote.repository
    seen = repository.commit(_seen(remote))  # before the remote is asked, or a newer look would count as rewritten
    head = remote.refs(BRANCH).get(BRANCH)
    if head is not None and repository.commit(head) is None:
        remote.fetch(BRANCH)
    found = ledger_at(repository, head, signers)
    if seen is not None and not _continues(repository, seen, head):
        fault = Fault("rewritten", "branch", f"the branch does not continue {seen[:12]}, which was seen here before")
        return Found(found.ledger, (fault, *found.faults))
    if head is not None and head != seen:
        repository.run("update-ref", _seen(remote), head)
    return found


def ledger_at(repository: Repository, head: str | None, signers: bytes | None = None) -> Found:
    """The ledger at a commit of this repository."""
    if head is None:
        return Found(Ledger(), ())
    entries = read_tree(repository, _folder(repository, head, FOLDER))
    names = sorted(name for name in entries)
    blobs = read_blobs(repository, {f"{FOLDER}/{name}": entries[name].id for name in names})
    signatures = {n.removesuffix(SIGNATURE): data for n, data in blobs.items() if n.endswith(SIGNATURE)}
    files = [(name, data) for name, data in blobs.items() if not name.endswith(SIGNATURE)]
    events, faults = read_chain(files, signatures)
    if signers is not None:
        faults += signature_faults(events, signers)
    return Found(Ledger(head, tuple(events)), tuple(faults))


def evidence_in(repository: Repository, ledger: Ledger, digest: str) -> tuple[bytes, bytes | None] | None:
    """The bytes of recorded evidence and its signature; None if it is not there, or other bytes are."""
    data = repository.show(ledger.head, evidence_file(digest)) if ledger.head else None
    if data is None or ledger.head is None or sha256(data) != digest:
        return None
    return data, repository.show(ledger.head, evidence_file(digest) + SIGNATURE)


def evidence_file(digest: str) -> str:
    """Where the ledger keeps evidence."""
    return f"{EVIDENCE}/{digest}.json"


def _folder(repository: Repository, head: str, name: str) -> str | None:
    return repository.text("rev-parse", "--verify", "--quiet", f"{head}:{name}")


def _continues(repository: Repository, seen: str, head: str | None) -> bool:
    return head is not None and repository.run("merge-base", "--is-ancestor", seen, head).returncode == 0


def _seen(remote: Remote) -> str:
    return f"refs/mlgate/seen/{sha256(remote.name.encode())[:12]}"
