"""Makes the suites of these tests and their results anew, by Great Expectations itself.

    bash requirements/install.sh build/agreement --bare agreement
    build/agreement/bin/python tests/importing/make_suites.py

Another folder may be named; `make agreement` compares what it makes there with what is here.
Each file in `suites/` has a suite as Great Expectations writes it, the table that it was run on, and for each
expectation whether it held.
"""

import json
import random
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "suites"
C = "expect_column_"
V = C + "values_to_"
SUITES: dict[str, tuple[str, list[tuple[str, dict[str, Any]]]]] = {
    "people-complete": ("people.csv", [
        (V + "not_be_null", {"column": "id"}),
        (V + "not_be_null", {"column": "email"}),
        (V + "not_be_null", {"column": "email", "mostly": 0.8}),
        (V + "not_be_null", {"column": "age", "mostly": 0.99}),
        (V + "be_null", {"column": "left_on", "mostly": 0.5}),
        (V + "be_null", {"column": "left_on"}),
        (V + "be_unique", {"column": "id"}),
        (V + "be_unique", {"column": "email"}),
        (V + "be_unique", {"column": "city"}),
    ]),
    "people-ranges": ("people.csv", [
        (V + "be_between", {"column": "age", "min_value": 0, "max_value": 120}),
        (V + "be_between", {"column": "age", "min_value": 18, "max_value": 65}),
        (V + "be_between", {"column": "age", "min_value": 18, "max_value": 65, "mostly": 0.6}),
        (V + "be_between", {"column": "age", "min_value": 18, "max_value": 65, "mostly": 0.95}),
        (V + "be_between", {"column": "income", "min_value": 0, "strict_min": True}),
        (V + "be_between", {"column": "income", "min_value": 0, "max_value": 90000, "strict_max": True}),
        (C + "mean_to_be_between", {"column": "age", "min_value": 30, "max_value": 60}),
        (C + "mean_to_be_between", {"column": "age", "min_value": 60}),
        (C + "stdev_to_be_between", {"column": "age", "min_value": 5, "max_value": 40}),
        (C + "max_to_be_between", {"column": "age", "max_value": 200}),
        (C + "min_to_be_between", {"column": "age", "min_value": 0, "max_value": 5}),
        (C + "min_to_be_between", {"column": "age", "min_value": 17, "max_value": 30}),
    ]),
    "people-texts": ("people.csv", [
        (V + "match_regex", {"column": "email", "regex": "^[a-z0-9.]+@[a-z]+\\.org$"}),
        (V + "match_regex", {"column": "email", "regex": "@example"}),
        (V + "match_regex", {"column": "email", "regex": "^a", "mostly": 0.02}),
        (V + "not_match_regex", {"column": "email", "regex": "\\s"}),
        (V + "not_match_regex", {"column": "city", "regex": "^B"}),
        (C + "value_lengths_to_be_between", {"column": "city", "min_value": 3, "max_value": 12}),
        (C + "value_lengths_to_be_between", {"column": "city", "max_value": 5, "mostly": 0.3}),
        (C + "value_lengths_to_equal", {"column": "country", "value": 2}),
        (C + "value_lengths_to_equal", {"column": "city", "value": 4}),
    ]),
    "people-sets": ("people.csv", [
        (V + "be_in_set", {"column": "country", "value_set": ["CH", "DE", "AT"]}),
        (V + "be_in_set", {"column": "country", "value_set": ["CH", "DE"]}),
        (V + "be_in_set", {"column": "country", "value_set": ["CH", "DE"], "mostly": 0.5}),
        (V + "not_be_in_set", {"column": "city", "value_set": ["Atlantis", "it's"]}),
        (V + "not_be_in_set", {"column": "city", "value_set": ["Bern"]}),
        (V + "not_be_in_set", {"column": "city", "value_set": ["Bern"], "mostly": 0.5}),
        (C + "distinct_values_to_be_in_set", {"column": "country", "value_set": ["CH", "DE", "AT", "FR"]}),
        (C + "distinct_values_to_equal_set", {"column": "country", "value_set": ["CH", "DE", "AT"]}),
        (C + "unique_value_count_to_be_between", {"column": "country", "min_value": 1, "max_value": 5}),
    ]),
    "people-shape": ("people.csv", [
        ("expect_table_row_count_to_be_between", {"min_value": 100, "max_value": 1000}),
        ("expect_table_row_count_to_be_between", {"min_value": 1000}),
        ("expect_table_row_count_to_equal", {"value": 200}),
        ("expect_column_to_exist", {"column": "age"}),
        ("expect_column_to_exist", {"column": "aged"}),
        ("expect_table_columns_to_match_set", {"column_set": ["id", "age"], "exact_match": False}),
        ("expect_table_columns_to_match_set", {"column_set": ["id", "age"]}),
        ("expect_table_column_count_to_equal", {"value": 8}),
    ]),
    "orders-rules": ("orders.csv", [
        (C + "pair_values_a_to_be_greater_than_b", {"column_A": "total", "column_B": "tax"}),
        (C + "pair_values_a_to_be_greater_than_b", {"column_A": "total", "column_B": "net", "or_equal": True}),
        (C + "pair_values_a_to_be_greater_than_b", {"column_A": "net", "column_B": "total"}),
        (C + "pair_values_a_to_be_greater_than_b",
         {"column_A": "total", "column_B": "discount", "ignore_row_if": "either_value_is_missing"}),
        (C + "pair_values_a_to_be_greater_than_b", {"column_A": "total", "column_B": "discount"}),
        (C + "pair_values_to_be_equal", {"column_A": "ship to", "column_B": "bill to"}),
        (C + "pair_values_to_be_equal", {"column_A": "ship to", "column_B": "bill to", "mostly": 0.6}),
        ("expect_multicolumn_sum_to_equal", {"column_list": ["net", "tax"], "sum_total": 10}),
    ]),
    "orders-keys": ("orders.csv", [
        ("expect_compound_columns_to_be_unique", {"column_list": ["order", "line"]}),
        ("expect_compound_columns_to_be_unique", {"column_list": ["order", "ship to"]}),
        ("expect_compound_columns_to_be_unique",
         {"column_list": ["order", "discount"], "ignore_row_if": "any_value_is_missing"}),
        (V + "be_unique", {"column": "discount"}),
        (V + "be_increasing", {"column": "order"}),
        (V + "be_increasing", {"column": "order", "strictly": True}),
        (V + "be_decreasing", {"column": "total"}),
    ]),
    "orders-conditions": ("orders.csv", [
        (V + "not_be_null", {"column": "discount", "row_condition": 'col("status") == "sale"',
                             "condition_parser": "great_expectations"}),
        (V + "be_between", {"column": "total", "min_value": 0, "max_value": 500,
                            "row_condition": 'col("status") == "returned"', "condition_parser": "great_expectations"}),
        (V + "be_between", {"column": "total", "min_value": 0, "row_condition": 'col("status") != "returned"',
                            "condition_parser": "great_expectations"}),
        (V + "be_in_set", {"column": "status", "value_set": ["sale"], "row_condition": 'col("discount").notNull()',
                           "condition_parser": "great_expectations"}),
        ("expect_table_row_count_to_be_between", {"min_value": 10, "row_condition": 'col("total") > 100',
                                                  "condition_parser": "great_expectations"}),
    ]),
    "sensors-numbers": ("sensors.csv", [
        (V + "be_between", {"column": "value", "min_value": -100.0, "max_value": 100.0}),
        (V + "be_between", {"column": "value", "min_value": -1.5, "max_value": 1.5, "mostly": 0.85}),
        (V + "be_between", {"column": "value", "min_value": -1.5, "max_value": 1.5, "mostly": 0.8}),
        (C + "mean_to_be_between", {"column": "value", "min_value": -0.5, "max_value": 0.5}),
        (C + "stdev_to_be_between", {"column": "value", "min_value": 1.2, "max_value": 3}),
        (C + "max_to_be_between", {"column": "value", "min_value": 1, "max_value": 2}),
        (C + "min_to_be_between", {"column": "value", "max_value": -1}),
        (C + "sum_to_be_between", {"column": "value", "min_value": -50, "max_value": 50}),
        (V + "be_increasing", {"column": "tick"}),
        (V + "be_increasing", {"column": "tick", "strictly": True}),
    ]),
    "sensors-types": ("sensors.csv", [
        (V + "be_of_type", {"column": "tick", "type_": "int64"}),
        (V + "be_of_type", {"column": "value", "type_": "float64"}),
        (V + "be_of_type", {"column": "unit", "type_": "int64"}),
        (V + "be_in_type_list", {"column": "tick", "type_list": ["int", "int64", "INTEGER"]}),
        (V + "be_dateutil_parseable", {"column": "unit"}),
        (V + "not_be_null", {"column": "value", "mostly": 0.9}),
        (V + "be_in_set", {"column": "ok", "value_set": [True, False]}),
        (V + "be_in_set", {"column": "ok", "value_set": [True]}),
    ]),
}  # fmt: skip


def people(chance: random.Random) -> list[list[Any]]:
    """200 people, some without an age, an e-mail address or a city."""
    rows: list[list[Any]] = [["id", "age", "income", "email", "city", "country", "joined_on", "left_on"]]
    for i in range(200):
        name = chance.choice(["ada", "bob", "cyd", "eve"])
        rows.append([
            i, "" if chance.random() < 0.03 else chance.randint(2, 97), round(chance.uniform(0, 99_000), 2),
            "" if chance.random() < 0.15 else f"{name}.{i}@example.org",
            "" if chance.random() < 0.05 else chance.choice(["Bern", "Basel", "Wien", "Köln", "Graz"]),
            chance.choice(["CH", "CH", "DE", "AT"]), f"20{chance.randint(10, 23)}-0{chance.randint(1, 9)}-15",
            f"2024-0{chance.randint(1, 9)}-01" if chance.random() < 0.3 else "",
        ])  # fmt: skip
    return rows


def orders(chance: random.Random) -> list[list[Any]]:
    """150 lines of orders, with columns that have spaces and names of SQL words."""
    rows: list[list[Any]] = [["order", "line", "net", "tax", "total", "discount", "status", "ship to", "bill to"]]
    for i in range(150):
        net, status = round(chance.uniform(5, 900), 2), chance.choice(["sale", "sale", "returned"])
        tax = round(net * 0.08, 2)
        sign = -1 if status == "returned" and chance.random() < 0.5 else 1
        discount = round(chance.uniform(0, 4), 2) if status == "sale" and chance.random() < 0.6 else ""
        ship = chance.choice(["A", "B", "C"])
        rows.append([i // 3, i % 3, net, tax, round(sign * (net + tax), 2), discount, status, ship,
                     ship if chance.random() < 0.7 else "D"])  # fmt: skip
    return rows


def sensors(chance: random.Random) -> list[list[Any]]:
    """120 readings."""
    rows: list[list[Any]] = [["tick", "value", "unit", "ok"]]
    for i in range(120):
        value = "" if chance.random() < 0.05 else round(chance.gauss(0, 1), 4)
        rows.append([i // 2, value, chance.choice(["K", "C"]), chance.choice(["True", "False"])])
    return rows


def main(folder: Path = HERE) -> None:
    """All tables, suites and results are in the folder."""
    import great_expectations as gx
    import pandas as pd

    folder.mkdir(exist_ok=True)
    for name, maker in {"people": people, "orders": orders, "sensors": sensors}.items():
        text = "".join(",".join(map(str, row)) + "\n" for row in maker(random.Random(11)))
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    context = gx.get_context(mode="ephemeral")
    source = context.data_sources.add_pandas("files")
    for name, (table, expectations) in SUITES.items():
        suite = gx.ExpectationSuite(name=name)
        for kind, given in expectations:
            made = getattr(gx.expectations, "".join(word.capitalize() for word in kind.split("_")))
            suite.add_expectation(made(**given))
        batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all")
        frame = pd.read_csv(folder / table)
        result = batch.get_batch({"dataframe": frame}).validate(suite)
        held = [
            {
                "type": each.expectation_config.type,
                "kwargs": _plain(each.expectation_config.kwargs),
                "success": each.success,
            }
            for each in result.results
        ]
        written = {"table": table, "suite": suite.to_json_dict(), "results": held}
        (folder / f"{name}.json").write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(name, sum(bool(each["success"]) for each in held), "of", len(held))


def _plain(given: Any) -> Any:
    return {key: value for key, value in json.loads(json.dumps(dict(given), default=str)).items() if key != "batch_id"}


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
