"""Expressions become trees of known parts; whatever else SQL has is refused by its name."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.expressions.grammar import expression_fault, parse
from mlgate.expressions.kinds import rule_fault
from mlgate.expressions.syntax import Call, ColumnRef, ExpressionFault, Literal, columns_of

HOSTILE = [
    line.split("\t") for line in (Path(__file__).parent / "hostile.txt").read_text(encoding="utf-8").splitlines()
]
FAMILIES = {"age": "integer", "name": "string", "x": "float", "day": "date", "seen": "timestamp", "ok": "boolean",
            "tags": "other"}  # fmt: skip
A, B, C = ColumnRef("a"), ColumnRef("b"), ColumnRef("c")


@pytest.mark.parametrize(("text", "named"), HOSTILE, ids=[text for text, _ in HOSTILE])
def test_a_hostile_expression_is_refused_by_the_name_of_what_it_uses(text: str, named: str) -> None:
    fault = expression_fault(text) or rule_fault(text, FAMILIES)
    assert fault is not None
    assert named in str(fault)


def test_there_are_forty_hostile_expressions() -> None:
    assert len({text for text, _ in HOSTILE}) >= 40


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a OR b AND c", Call("or", (A, Call("and", (B, C))))),
        ("NOT a = b", Call("not", (Call("=", (A, B)),))),
        ("a - b - c", Call("-", (Call("-", (A, B)), C))),
        ("a + b * c", Call("+", (A, Call("*", (B, C))))),
        ("-a * b", Call("*", (Call("negate", (A,)), B))),
        ("a IS NOT NULL", Call("not", (Call("is-null", (A,)),))),
        ("a not in (1, 'x')", Call("not", (Call("in", (A, Literal(1), Literal("x"))),))),
        ("a || b <> 'it''s'", Call("<>", (Call("||", (A, B)), Literal("it's")))),
        ('"a ""b""" > .5e1', Call(">", (ColumnRef('a "b"'), Literal(5.0)))),
        ("CASE WHEN a THEN 1 END", Call("case", (A, Literal(1), Literal(None)))),
        ("cast(a AS int)", Call("cast-integer", (A,))),
    ],
)
def test_operators_bind_as_in_sql(text: str, expected: Call) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text", ["", "  ", "a >", "(a", "a b", "a = = b", "abs()", "abs(a, b)", "a between 1", "case a"]
)
def test_what_is_no_expression_is_a_fault(text: str) -> None:
    assert expression_fault(text) is not None


@pytest.mark.parametrize("text", ["(" * 60 + "a" + ")" * 60, "a" * 2_001, "NOT " * 400 + "ok > 1"])
def test_size_and_depth_are_bounded(text: str) -> None:
    fault = expression_fault(text)
    assert fault is None or "most" in str(fault) or "deeper" in str(fault)


@given(st.text(max_size=60) | st.text(alphabet="ab1'\"()<=+-*/,; \n", max_size=60))
def test_any_text_is_an_expression_or_a_fault(text: str) -> None:
    fault = expression_fault(text)
    assert fault is None or isinstance(fault, ExpressionFault)


@given(st.text(min_size=1, max_size=30))
def test_a_quoted_name_is_the_column_of_that_name(name: str) -> None:
    assert columns_of(parse('"' + name.replace('"', '""') + '" IS NULL')) == (name,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("agee > 1", "there is no column 'agee'"),
        ("age > 'x'", "> puts number and text together"),
        ("age + 1", "gives a number, not true or false"),
        ("name + 1 > 2", "+ takes a number, not a text"),
        ("tags IS NULL", "'tags' is nested"),
        ("day > 'yesterday'", "> puts text and time together"),
        ("name LIKE name", "the pattern of like has to be a text"),
        ("regexp_matches(name, '(')", "is not one"),
        ("CASE WHEN age THEN ok END", "gives a number"),
    ],
)
def test_what_does_not_fit_the_columns_is_a_fault(text: str, said: str) -> None:
    assert said in str(rule_fault(text, FAMILIES))


@pytest.mark.parametrize(
    "text",
    ["age > 1.5 AND ok", "day >= '2020-01-31'", "seen IN ('2020-01-31 10:00', day)", "name = 'x' OR name IS NULL",
     "coalesce(x, 0) >= age", "days_between(day, seen) < 30", "length(trim(name)) > 0", "CASE WHEN ok THEN x END > 1"],
)  # fmt: skip
def test_rules_on_columns_of_their_kinds_fit(text: str) -> None:
    assert rule_fault(text, FAMILIES) is None
