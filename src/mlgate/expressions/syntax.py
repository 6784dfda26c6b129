"""A parsed expression: columns, literals, and calls of the operators and functions that are known."""

from collections.abc import Iterator
from dataclasses import dataclass


class ExpressionFault(ValueError):
    """An expression that is not one, or that may not be used: what is wrong, and the mend."""

    def __init__(self, message: str, mend: str = "docs/configuration.md has what an expression may hold") -> None:
        super().__init__(message)
        self.mend = mend


@dataclass(frozen=True)
class ColumnRef:
    """The value of a column in the row."""

    name: str


@dataclass(frozen=True)
class Literal:
    """A constant; None is NULL."""

    value: str | bool | int | float | None


@dataclass(frozen=True)
class Call:
    """An operator or function by its name in `functions.SIGNATURES`, on its arguments."""

    name: str
    arguments: tuple["Expression", ...]


Expression = ColumnRef | Literal | Call


def columns_of(expression: Expression) -> tuple[str, ...]:
    """The columns that the expression reads, each once, in their order.

    >>> columns_of(Call("<", (ColumnRef("a"), ColumnRef("b"))))
    ('a', 'b')
    """
    return tuple(dict.fromkeys(_columns(expression)))


def _columns(expression: Expression) -> Iterator[str]:
    if isinstance(expression, ColumnRef):
        yield expression.name
    elif isinstance(expression, Call):
        for argument in expression.arguments:
            yield from _columns(argument)
