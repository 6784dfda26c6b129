"""Type families: what columns are called by their type, whichever engine reads them."""

from collections.abc import Mapping
from typing import Literal

TypeFamily = Literal["integer", "float", "number", "string", "boolean", "date", "timestamp", "any"]
FITS: Mapping[str, frozenset[str]] = {  # a column of these families is as good as the one asked for
    "float": frozenset({"float", "decimal", "integer"}),
    "number": frozenset({"float", "decimal", "integer"}),
    "timestamp": frozenset({"timestamp", "date"}),
}


def fits(family: str, wanted: str) -> bool:
    """Whether a column of `family` is as good as one of the `wanted` family.

    >>> fits("integer", "float"), fits("float", "integer"), fits("other", "any")
    (True, False, True)
    """
    return wanted == "any" or family in FITS.get(wanted, {wanted})
