"""62 expectations on a table of 20 columns, said once for all tools that are compared."""

from typing import Any, NamedTuple

NUMBERS = {  # column → least and largest value
    "id": (0, 10**9), "user_id": (0, 10**6), "age": (18, 99), "income": (0, 10**7), "score": (0, 1), "ratio": (0, 1),
    "amount": (0, 10**5), "balance": (-10**5, 10**6), "quantity": (1, 100), "price": (0, 1_000), "lat": (-90, 90),
    "lon": (-180, 180),
}  # fmt: skip
VALUES = {
    "country": ("DE", "FR", "IT", "PL", "ES", "SE"), "plan": ("free", "basic", "pro"), "product": tuple("abcdefgh"),
}  # fmt: skip
OTHERS = ("code", "signup", "updated", "active", "churned")
COLUMNS = (*NUMBERS, *VALUES, *OTHERS)
MEANS = {"age": (50, 70), "income": (10_000, 60_000), "score": (0.4, 0.6), "ratio": (0.4, 0.6), "amount": (400, 600),
         "price": (400, 600)}  # fmt: skip
DEVIATIONS = {"age": (15, 30), "score": (0.2, 0.4), "ratio": (0.2, 0.4), "price": (200, 400)}
MEDIANS = {"age": (50, 70), "income": (10_000, 40_000), "amount": (200, 600), "price": (400, 600)}
RULES = {  # in SQL that every engine here reads
    "spent": "amount <= price * quantity + 100000", "loss": "balance >= -100000 OR plan <> 'free'",
    "place": "lat <> 0 OR lon <> 0 OR country <> 'DE'", "order": "signup <= CAST(updated AS DATE)",
    "recent": "signup >= DATE '2015-01-01'",
}  # fmt: skip
CODE = "^[A-Z]{2}-[0-9]{6}$"


class Expectation(NamedTuple):
    """One expectation: its kind, the column (or the rule's name), and what it needs."""

    kind: str
    subject: str
    needs: tuple[Any, ...] = ()


def expectations() -> list[Expectation]:
    """All of them."""
    found = [Expectation("present", column) for column in COLUMNS]
    found += [Expectation("range", column, ends) for column, ends in NUMBERS.items()]
    found += [Expectation("values", column, values) for column, values in VALUES.items()]
    found += [Expectation("mean", column, ends) for column, ends in MEANS.items()]
    found += [Expectation("std", column, ends) for column, ends in DEVIATIONS.items()]
    found += [Expectation("median", column, ends) for column, ends in MEDIANS.items()]
    found += [Expectation("rule", name, (sql,)) for name, sql in RULES.items()]
    found += [Expectation("pattern", "code", (CODE,)), Expectation("length", "code", (9, 9))]
    found += [Expectation("length", "country", (2, 2)), Expectation("unique", "id")]
    found += [Expectation("varies", "active"), Expectation("varies", "churned")]
    return [*found, Expectation("rows", "least", (1,)), Expectation("rows", "most", (10**9,))]


def generate(rows: int, path: str) -> None:
    """The table in `path`: a CSV file or Parquet, by its ending; the same for the same number of rows."""
    import duckdb

    connection = duckdb.connect(config={"threads": "1"})
    connection.execute("SELECT setseed(0.17)")
    options = "(FORMAT parquet)" if path.endswith(".parquet") else "(HEADER)"
    connection.execute(f"""COPY (
        SELECT range AS id, hash(range) % 1000000 AS user_id, 20 + CAST(floor(random() * 79) AS INTEGER) AS age,
               CAST(5000 - 15000 * ln(1 - random() * 0.999999) AS DOUBLE) AS income, random() AS score,
               random() AS ratio, -500 * ln(1 - random() * 0.999999) AS amount,
               CASE WHEN random() < 0.02 THEN NULL ELSE random() * 110000 - 10000 END AS balance,
               1 + CAST(floor(random() * 99) AS INTEGER) AS quantity, random() * 1000 AS price,
               random() * 180 - 90 AS lat, random() * 360 - 180 AS lon,
               ['DE', 'FR', 'IT', 'PL', 'ES', 'SE', 'XX'][1 + CAST(floor(random() * 6.001) AS INTEGER)] AS country,
               ['free', 'basic', 'pro'][1 + CAST(floor(random() * 3) AS INTEGER)] AS plan,
               ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'][1 + CAST(floor(random() * 8) AS INTEGER)] AS product,
               'AB-' || lpad(CAST(range % 1000000 AS VARCHAR), 6, '0') AS code,
               DATE '2015-01-01' + CAST(floor(random() * 3000) AS INTEGER) AS signup,
               TIMESTAMP '2024-01-01 00:00:00' + to_seconds(CAST(floor(random() * 10000000) AS INTEGER)) AS updated,
               random() < 0.3 AS active, random() < 0.1 AS churned
        FROM range({rows})) TO '{path}' {options}""")
