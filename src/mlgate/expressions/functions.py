"""The operators and functions that an expression may use, with the kinds of value that they take and give."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "text", "boolean", "time", "null"]
Wanted = Literal["number", "text", "boolean", "time", "any", "same", "pattern"]  # same: as the other arguments


@dataclass(frozen=True)
class Signature:
    """What each argument has to be (the last one again where `repeats`), and what comes out."""

    arguments: tuple[Wanted, ...]
    result: Wanted
    optional: int = 0  # how many of the last arguments may be left out
    repeats: bool = False


def _same(words: str, result: Wanted) -> dict[str, Signature]:
    return dict.fromkeys(words.split(), Signature(("same", "same"), result))


def _takes(words: str, *arguments: Wanted, result: Wanted) -> dict[str, Signature]:
    return dict.fromkeys(words.split(), Signature(arguments, result))


OPERATORS: dict[str, Signature] = (
    _same("= <> < <= > >=", "boolean")
    | _takes("+ - * / %", "number", "number", result="number")
    | _takes("and or", "boolean", "boolean", result="boolean")
    | _takes("not", "boolean", result="boolean")
    | _takes("negate", "number", result="number")
    | _takes("||", "text", "text", result="text")
    | _takes("like", "text", "pattern", result="boolean")
    | _takes("is-null", "any", result="boolean")
    | {"in": Signature(("same", "same"), "boolean", repeats=True)}
    | {"case": Signature(("any",), "any", repeats=True)}  # its conditions and values are looked at in `kinds`
    | _takes("cast-number", "any", result="number")
    | _takes("cast-integer", "any", result="number")
    | _takes("cast-text", "any", result="text")
    | _takes("cast-date cast-timestamp", "any", result="time")
    | {"now": Signature((), "time")}  # only for checks
)
FUNCTIONS: dict[str, Signature] = (
    _takes("abs ceil floor sqrt ln log10 exp sign", "number", result="number")
    | {"round": Signature(("number", "number"), "number", optional=1)}
    | _takes("power", "number", "number", result="number")
    | {name: Signature(("same", "same"), "same", repeats=True) for name in ("least", "greatest", "coalesce")}
    | _same("nullif", "same")
    | _takes("length", "text", result="number")
    | _takes("lower upper trim", "text", result="text")
    | _takes("replace", "text", "text", "text", result="text")
    | {"substr": Signature(("text", "number", "number"), "text", optional=1)}
    | _takes("starts_with ends_with contains", "text", "text", result="boolean")
    | _takes("regexp_matches", "text", "pattern", result="boolean")
    | _takes("year month day hour minute weekday", "time", result="number")
    | _takes("days_between", "time", "time", result="number")
)
SIGNATURES = OPERATORS | FUNCTIONS
TYPES = (
    dict.fromkeys(("double", "float", "real", "decimal", "numeric"), "cast-number")
    | dict.fromkeys(("integer", "int", "bigint", "smallint"), "cast-integer")
    | dict.fromkeys(("varchar", "text", "string", "char"), "cast-text")
    | {"date": "cast-date", "timestamp": "cast-timestamp"}
)
