"""From text to an expression: a parser that knows operators, CASE, CAST and the functions, and no statement."""

from collections.abc import Callable
from functools import lru_cache

from mlgate.errors import did_you_mean
from mlgate.expressions.functions import FUNCTIONS, TYPES
from mlgate.expressions.syntax import Call, ColumnRef, Expression, ExpressionFault, Literal
from mlgate.expressions.tokens import Token, tokens

DEEPEST = 50
_COMPARISONS = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_KEYWORDS = {
    "and", "or", "not", "is", "null", "in", "between", "like", "case", "when", "then", "else", "end", "cast", "as",
    "true", "false",
}  # fmt: skip
_STATEMENTS = {
    "all", "alter", "any", "attach", "begin", "call", "checkpoint", "collate", "commit", "copy", "create", "delete",
    "describe", "detach", "distinct", "drop", "execute", "exists", "explain", "export", "filter", "from", "group",
    "having", "import", "insert", "install", "join", "lambda", "limit", "load", "merge", "order", "over", "pragma",
    "prepare", "reset", "select", "set", "show", "some", "table", "truncate", "union", "update", "use", "vacuum",
    "values", "where", "with",
}  # fmt: skip


@lru_cache(maxsize=1_000)
def parse(text: str) -> Expression:
    """The expression that `text` says; an `ExpressionFault` that names what it may not hold.

    >>> parse("age BETWEEN 18 AND 99")
    Call(name='and', arguments=(Call(name='>=', arguments=(ColumnRef(name='age'), Literal(value=18))), \
Call(name='<=', arguments=(ColumnRef(name='age'), Literal(value=99)))))
    """
    parser = _Parser(text)
    found = parser.any()
    if parser.here.sort != "end":
        raise parser.unexpected()
    return found


def expression_fault(text: str) -> ExpressionFault | None:
    """Why `text` is no expression, or None if it is one."""
    try:
        parse(text)
    except ExpressionFault as fault:
        return fault
    return None


class _Parser:
    """The tokens of one text, and how far they are read."""

    def __init__(self, text: str) -> None:
        self.tokens = list(tokens(text))
        self.at = 0
        self.depth = 0

    @property
    def here(self) -> Token:
        return self.tokens[self.at]

    def unexpected(self) -> ExpressionFault:
        """The fault that the next token does not belong where it stands; a statement's word is named as such."""
        word = self.here.value
        if self.here.sort == "name" and word.lower() in _STATEMENTS:
            return ExpressionFault(f"{word.upper()} is not allowed in an expression", 'quote it if it is a column: "…"')
        return ExpressionFault(f"{word!r} does not belong here" if word else "the expression ends too early")

    def takes(self, *words: str) -> str | None:
        """The next token if it is one of these words or operators; it is then read."""
        value = self.here.value.lower()
        if self.here.sort in ("name", "operator") and value in words:
            self.at += 1
            return value
        return None

    def needs(self, word: str) -> None:
        if self.takes(word) is None:
            raise self.unexpected()

    def any(self) -> Expression:
        """An expression of the loosest operators."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionFault(f"an expression is nested deeper than {DEEPEST}")
        found = self.chain(lambda: self.chain(self.negation, "and"), "or")
        self.depth -= 1
        return found

    def chain(self, part: "Callable[[], Expression]", *operators: str) -> Expression:
        """Parts joined by operators of one strength, from the left."""
        found = part()
        while operator := self.takes(*operators):
            found = Call(operator, (found, part()))
        return found

    def negation(self) -> Expression:
        count = 0
        while self.takes("not"):
            count += 1
        found = self.comparison()
        return Call("not", (found,)) if count % 2 else found

    def comparison(self) -> Expression:
        left = self.sum()
        while True:
            if operator := self.takes(*_COMPARISONS):
                left = Call(_COMPARISONS[operator], (left, self.sum()))
            elif self.takes("is"):
                negated = self.takes("not")
                self.needs("null")
                left = _negated(Call("is-null", (left,)), negated)
            elif self.here.value.lower() in ("not", "in", "between", "like") and self.here.sort == "name":
                negated = self.takes("not")
                left = _negated(self.membership(left), negated)
            else:
                return left

    def membership(self, left: Expression) -> Expression:
        if self.takes("in"):
            self.needs("(")
            return Call("in", (left, *self.list()))
        if self.takes("between"):
            low = self.sum()
            self.needs("and")
            return Call("and", (Call(">=", (left, low)), Call("<=", (left, self.sum()))))
        self.needs("like")
        return Call("like", (left, self.sum()))

    def sum(self) -> Expression:
        return self.chain(lambda: self.chain(lambda: self.chain(self.signed, "*", "/", "%"), "+", "-"), "||")

    def signed(self) -> Expression:
        count = 0
        while sign := self.takes("-", "+"):
            count += sign == "-"
        found = self.single()
        return Call("negate", (found,)) if count % 2 else found

    def list(self) -> tuple[Expression, ...]:
        """The expressions up to the closing bracket."""
        found = [self.any()]
        while self.takes(","):
            found.append(self.any())
        self.needs(")")
        return tuple(found)

    def single(self) -> Expression:
        """A literal, a column, a call, CASE, CAST, or an expression in brackets."""
        token = self.here
        if self.takes("("):
            found = self.any()
            self.needs(")")
            return found
        if token.sort not in ("name", "quoted", "text", "number"):
            raise self.unexpected()
        if token.sort == "name" and token.value.lower() in _KEYWORDS | _STATEMENTS:
            return self.keyword()
        self.at += 1
        if self.here == Token("operator", "("):
            return self.call(token)
        if token.sort in ("name", "quoted"):
            return ColumnRef(token.value)
        return Literal(token.value if token.sort == "text" else _number(token.value))

    def keyword(self) -> Expression:
        if word := self.takes("true", "false", "null"):
            return Literal({"true": True, "false": False, "null": None}[word])
        if self.takes("case"):
            return self.case()
        if not self.takes("cast"):
            raise self.unexpected()
        self.needs("(")
        value = self.any()
        self.needs("as")
        kind = self.here.value.lower()
        if kind not in TYPES:
            raise ExpressionFault(f"{self.here.value!r} is no type to cast to", did_you_mean(kind, TYPES))
        self.at += 1
        self.needs(")")
        return Call(TYPES[kind], (value,))

    def case(self) -> Expression:
        parts = []
        self.needs("when")
        while True:
            parts.append(self.any())
            self.needs("then")
            parts.append(self.any())
            if not self.takes("when"):
                break
        parts.append(self.any() if self.takes("else") else Literal(None))
        self.needs("end")
        return Call("case", tuple(parts))

    def call(self, token: Token) -> Expression:
        name = token.value.lower()
        if token.sort != "name" or name not in FUNCTIONS:
            shown = token.value if token.sort != "text" else "a text"
            raise ExpressionFault(f"{shown} is no function of expressions", did_you_mean(name, FUNCTIONS))
        self.needs("(")
        arguments = self.list()
        signature = FUNCTIONS[name]
        most = len(arguments) if signature.repeats else len(signature.arguments)
        if not len(signature.arguments) - signature.optional <= len(arguments) <= most:
            raise ExpressionFault(f"{name} takes {len(signature.arguments)} arguments, not {len(arguments)}")
        return Call(name, arguments)


def _negated(found: Expression, negated: str | None) -> Expression:
    return Call("not", (found,)) if negated else found


def _number(text: str) -> int | float:
    return int(text) if text.isdigit() else float(text)
