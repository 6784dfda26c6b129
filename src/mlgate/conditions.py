"""Conditions on one row of a table: what a check counts the rows of."""

from collections.abc import Iterable
from dataclasses import dataclass

from mlgate.expressions.syntax import Call, ColumnRef, Expression, Literal, columns_of

Scalar = str | bool | int | float


@dataclass(frozen=True)
class IsNull:
    """The value is missing: null, or NaN in a floating-point column."""

    column: str


@dataclass(frozen=True)
class Outside:
    """The value is present and below `low`, above `high`, or not a number; where `strict`, also at either end."""

    column: str
    low: float | None
    high: float | None
    strict: bool = False


@dataclass(frozen=True)
class NotIn:
    """The value is present and none of `values` (compared as text where a type differs)."""

    column: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True)
class Holds:
    """The expression is true of the row."""

    expression: Expression

    @property
    def column(self) -> str:
        """The first column that it reads."""
        return columns_of(self.expression)[0]


@dataclass(frozen=True)
class Breaks:
    """The expression is false of the row; one that is unknown, since a value is missing, does not count."""

    expression: Expression

    @property
    def column(self) -> str:
        """The first column that it reads."""
        return columns_of(self.expression)[0]


Condition = IsNull | Outside | NotIn | Holds | Breaks


def columns_in(condition: Condition) -> tuple[str, ...]:
    """The columns that the condition reads."""
    if isinstance(condition, Holds | Breaks):
        return columns_of(condition.expression)
    return (condition.column,)


# --- expressions that checks build themselves ---------------------------------------------------------------


def text_of(column: str) -> Expression:
    """The column's value as text."""
    return Call("cast-text", (ColumnRef(column),))


def call(name: str, *arguments: Expression | Scalar) -> Expression:
    """A call on expressions and constants."""
    return Call(name, tuple(_expression(argument) for argument in arguments))


def all_of(parts: Iterable[Expression]) -> Expression:
    """True where all parts are."""
    return _joined("and", parts)


def any_of(parts: Iterable[Expression]) -> Expression:
    """True where one of the parts is."""
    return _joined("or", parts)


def present(column: str) -> Expression:
    """True where the value is not missing."""
    return call("not", call("is-null", ColumnRef(column)))


def _joined(operator: str, parts: Iterable[Expression]) -> Expression:
    first, *others = parts
    for other in others:
        first = Call(operator, (first, other))
    return first


def _expression(value: Expression | Scalar) -> Expression:
    return value if isinstance(value, ColumnRef | Literal | Call) else Literal(value)
