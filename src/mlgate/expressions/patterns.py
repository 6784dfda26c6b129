"""Regular expressions that every engine reads alike and in linear time."""

import re
import warnings

_BACK, _AROUND, _POSSESSIVE = r"\\[1-9]|\\k|\(\?P=", r"\(\?<?[=!]", r"[*+?}]\+"
_UNEVEN = re.compile(rf"(?<!\\)(?:\\\\)*(?:(?P<back>{_BACK})|(?P<around>{_AROUND})|(?P<possessive>{_POSSESSIVE}))")


def pattern_fault(pattern: str) -> str | None:
    """Why `pattern` cannot be used, or None: it must be valid, and without back-references and look-around.

    >>> pattern_fault("[a-z]+"), pattern_fault("(?=a)"), pattern_fault("(")
    (None, 'look-around is not supported', 'missing ), unterminated subpattern')
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of classes such as [[:alpha:]], which engines know and Python does not
            re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return getattr(error, "msg", "too complex")
    if found := _UNEVEN.search(pattern):
        what = {"back": "a back-reference", "around": "look-around", "possessive": "a possessive quantifier"}
        return f"{what[str(found.lastgroup)]} is not supported"
    return None
