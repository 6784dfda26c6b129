"""Personal data: which names of columns promise it, and which texts are it."""

import re

from mlgate.conditions import Condition, Holds, any_of, call, text_of
from mlgate.expressions.syntax import Expression

PATTERNS = {  # that every engine reads alike; a value that has one of them anywhere is personal
    "e-mail": r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z]",
    "phone": r"(^|[^0-9A-Za-z.])(\([0-9]{2,4}\)|[0-9]{2,4})[ ./-][0-9]{3}[ ./-]?[0-9]{3,4}($|[^0-9.])",
    "phone-international": r"\+[1-9][0-9 ()/.-]{7,16}[0-9]",
    "card": r"(^|[^0-9.])([3-6][0-9]{3}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{1,7}|[3-6][0-9]{14,15})($|[^0-9.])",
    "iban": r"(^|[^A-Za-z0-9])[A-Z]{2}[0-9]{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,3})?($|[^A-Za-z0-9])",
    "social-security": r"(^|[^0-9-])[0-9]{3}-[0-9]{2}-[0-9]{4}($|[^0-9-])",
    "ip-address": r"(^|[^0-9.])([0-9]{1,3}\.){3}[0-9]{1,3}($|[^0-9.])",
}
_NAMES = re.compile(
    r"(?:^|_)(?:e_?mails?|mail|phones?|mobile|telephone|fax|(?:first|last|sur|family|given|full|maiden|customer|person|patient"
    r"|client|user|holder|contact)_?names?|name|ssn|passport|iban|card_?(?:no|number)|credit_?card|address|street"
    r"|birth_?(?:day|date)|date_?of_?birth|dob|ip_?address)(?:$|_)",
    re.IGNORECASE,
)


def is_personal_name(column: str) -> bool:
    """Whether a column is called as columns of personal data are.

    >>> is_personal_name("Customer Name"), is_personal_name("emailAddress"), is_personal_name("income")
    (True, True, False)
    """
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column)
    return bool(_NAMES.search(re.sub(r"[^A-Za-z0-9]+", "_", split)))


def is_personal_text(text: str) -> bool:
    """Whether the text has some of the patterns of personal data.

    >>> is_personal_text("write to ada@example.org"), is_personal_text("blue")
    (True, False)
    """
    return any(re.search(pattern, text) for pattern in PATTERNS.values())


def holds_personal(column: str, *kinds: str) -> Condition:
    """The condition that a value has one of the `kinds` of personal data, of all if none is named."""
    return Holds(any_of(personal_parts(column, *kinds)))


def personal_parts(column: str, *kinds: str) -> list[Expression]:
    """For each kind, whether the value has it."""
    names = [name for name in PATTERNS if not kinds or name.removesuffix("-international") in kinds]
    return [call("regexp_matches", text_of(column), PATTERNS[name]) for name in names]
