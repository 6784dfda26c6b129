"""Errors that say what is wrong, where, and how to mend it."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True)
class Problem:
    """One thing that the user can mend: what is wrong, where, and what to do."""

    message: str
    where: str | None = None  # "mlgate.yml:12"
    mend: str | None = None

    def __str__(self) -> str:
        first = f"{self.where}: {self.message}" if self.where else self.message
        return f"{first}\n  mend: {self.mend}" if self.mend else first


class UserError(Exception):
    """The configuration or the inputs cannot be used as they are (exit code 2); holds every problem found."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def user_error(message: str, *, where: str | None = None, mend: str | None = None) -> UserError:
    """A `UserError` with one problem."""
    return UserError(Problem(message, where, mend))


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The valid name that `name` was probably meant to be, if any is close.

    >>> nearest("agee", ["age", "income"])
    'age'
    """
    valid = list(names)
    folded = {v.lower().replace("_", "-"): v for v in valid}
    close = get_close_matches(name.lower().replace("_", "-"), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """The mend for an unknown name: the nearest valid one, or all valid ones (at most twelve)."""
    valid = list(names)
    if close := nearest(name, valid):
        return f"did you mean '{close}'?"
    shown = ", ".join(valid[:12]) + (f", … ({len(valid) - 12} more)" if len(valid) > 12 else "")
    return f"valid names: {shown}" if valid else "there are no valid names here"
