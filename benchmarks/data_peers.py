"""The specification as each peer says it, run in the peer's own environment: `data_peers.py NAME FILE` prints JSON.

For each expectation it prints whether it holds, and the number of rows that break it where the tool says so.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from data_specification import Expectation, expectations  # type: ignore[import-not-found]

Found = dict[str, Any]


def name_of(asked: Expectation) -> str:
    """How an expectation is called in the results."""
    return f"{asked.kind} {asked.subject}"


def duckdb_by_hand(path: str) -> Found:
    """One plain query, as somebody writes it who knows DuckDB."""
    import duckdb

    parts = {
        "present": "count(*) - count({c})", "range": "count(*) FILTER ({c} < {0} OR {c} > {1})",
        "values": "count(*) FILTER ({c} NOT IN {needs})", "mean": "avg({c})", "std": "stddev_samp({c})",
        "median": "quantile_disc({c}, 0.5)", "rule": "count(*) FILTER (NOT ({0}))",
        "pattern": "count(*) FILTER (NOT regexp_matches({c}, '{0}'))",
        "length": "count(*) FILTER (length({c}) NOT BETWEEN {0} AND {1})", "unique": "count({c}) - count(DISTINCT {c})",
        "varies": "min({c}) <> max({c})", "rows": "count(*)",
    }  # fmt: skip
    asked = expectations()
    connection = duckdb.connect(config={"threads": "2"})
    sql = ", ".join(parts[e.kind].format(*e.needs, c=e.subject, needs=e.needs) for e in asked)
    row = connection.execute(f"SELECT {sql} FROM '{path}'").fetchone() or ()
    return {name_of(e): judged(e, value) for e, value in zip(asked, row, strict=True)}


def polars_by_hand(path: str) -> Found:
    """One lazy query, as somebody writes it who knows Polars."""
    import polars as pl

    def expression(e: Expectation) -> Any:
        c = pl.col(e.subject)
        return {
            "present": lambda: c.null_count(), "range": lambda: ((c < e.needs[0]) | (c > e.needs[1])).sum(),
            "values": lambda: (~c.is_in(list(e.needs))).sum(), "mean": lambda: c.mean(), "std": lambda: c.std(),
            "median": lambda: c.quantile(0.5, "lower"), "rule": lambda: (~pl.sql_expr(e.needs[0])).sum(),
            "pattern": lambda: (~c.str.contains(e.needs[0])).sum(),
            "length": lambda: (~c.str.len_chars().is_between(*e.needs)).sum(),
            "unique": lambda: c.count() - c.n_unique(), "varies": lambda: c.min() != c.max(), "rows": lambda: pl.len(),
        }[e.kind]()  # fmt: skip

    asked = expectations()
    scan = pl.scan_parquet(path) if path.endswith(".parquet") else pl.scan_csv(path, try_parse_dates=True)
    row = scan.select(expression(e).alias(name_of(e)) for e in asked).collect(engine="streaming").row(0)
    return {name_of(e): judged(e, value) for e, value in zip(asked, row, strict=True)}


def pandera_polars(path: str) -> Found:
    """Pandera on Polars, all failures at once."""
    import pandera.polars as pa
    import polars as pl

    checks: dict[str, list[Any]] = {}
    whole: list[Any] = []
    for e in expectations():
        made, name = checks.setdefault(e.subject, []), name_of(e)
        key = e.subject
        if e.kind == "range":
            made.append(pa.Check.in_range(*e.needs, name=name))
        elif e.kind == "values":
            made.append(pa.Check.isin(e.needs, name=name))
        elif e.kind == "pattern":
            made.append(pa.Check.str_matches(e.needs[0], name=name))
        elif e.kind == "length":
            made.append(pa.Check.str_length(*e.needs, name=name))
        elif e.kind in ("mean", "std", "median"):
            agg = {"mean": pl.col(key).mean(), "std": pl.col(key).std(), "median": pl.col(key).quantile(0.5, "lower")}[
                e.kind
            ]
            made.append(pa.Check(lambda d, a=agg, n=e.needs: d.lazyframe.select(a.is_between(*n)), name=name))
        elif e.kind == "varies":
            made.append(pa.Check(lambda d, k=key: d.lazyframe.select(pl.col(k).min() != pl.col(k).max()), name=name))
        elif e.kind == "rule":
            sql = e.needs[0]
            whole.append(pa.Check(lambda d, s=sql: d.lazyframe.select(pl.sql_expr(s).fill_null(True)), name=name))
        elif e.kind == "rows":
            low, high = (e.needs[0], 10**12) if e.subject == "least" else (0, e.needs[0])
            whole.append(pa.Check(lambda d, a=low, b=high: d.lazyframe.select(pl.len().is_between(a, b)), name=name))
    columns = [c for c in checks if any(e.kind == "present" and e.subject == c for e in expectations())]
    schema = pa.DataFrameSchema(
        {c: pa.Column(nullable=False, unique=c == "id", checks=checks[c]) for c in columns}, checks=whole
    )
    frame = pl.read_parquet(path) if path.endswith(".parquet") else pl.read_csv(path, try_parse_dates=True)
    failed: dict[str, int] = {}
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        for failure in error.schema_errors:
            check = getattr(failure, "check", None)
            kind = getattr(check, "name", None) or ("present" if "null" in str(failure).lower() else "unique")
            label = kind if " " in str(kind) else f"present {failure.schema.name}" if kind == "present" else "unique id"
            failed[label] = len(failure.failure_cases) if hasattr(failure, "failure_cases") else -1
    return {name_of(e): {"holds": name_of(e) not in failed} for e in expectations()}


def great_expectations(path: str) -> Found:
    """Great Expectations on pandas; its cross-column rules are row conditions of pandas, left out here."""
    import great_expectations as gx
    import pandas as pd

    x = gx.expectations
    made: list[tuple[str, Any]] = []
    for e in expectations():
        c, n = e.subject, e.needs
        kinds: dict[str, Callable[[], Any]] = {
            "present": lambda c=c: x.ExpectColumnValuesToNotBeNull(column=c),
            "range": lambda c=c, n=n: x.ExpectColumnValuesToBeBetween(column=c, min_value=n[0], max_value=n[1]),
            "values": lambda c=c, n=n: x.ExpectColumnValuesToBeInSet(column=c, value_set=list(n)),
            "mean": lambda c=c, n=n: x.ExpectColumnMeanToBeBetween(column=c, min_value=n[0], max_value=n[1]),
            "std": lambda c=c, n=n: x.ExpectColumnStdevToBeBetween(column=c, min_value=n[0], max_value=n[1]),
            "median": lambda c=c, n=n: x.ExpectColumnMedianToBeBetween(column=c, min_value=n[0], max_value=n[1]),
            "pattern": lambda c=c, n=n: x.ExpectColumnValuesToMatchRegex(column=c, regex=n[0]),
            "length": lambda c=c, n=n: x.ExpectColumnValueLengthsToBeBetween(column=c, min_value=n[0], max_value=n[1]),
            "unique": lambda c=c: x.ExpectColumnValuesToBeUnique(column=c),
            "varies": lambda c=c: x.ExpectColumnUniqueValueCountToBeBetween(column=c, min_value=2),
            "rows": lambda: x.ExpectTableRowCountToBeBetween(min_value=1, max_value=10**9),
        }
        if e.kind in kinds:
            made.append((name_of(e), kinds[e.kind]()))
    frame = pd.read_parquet(path) if path.endswith(".parquet") else pd.read_csv(path, parse_dates=["signup", "updated"])
    context = gx.get_context(mode="ephemeral")
    batch = context.data_sources.add_pandas("p").add_dataframe_asset("a").add_batch_definition_whole_dataframe("b")
    result = batch.get_batch({"dataframe": frame}).validate(gx.ExpectationSuite("s", expectations=[m for _, m in made]))
    found: Found = {}
    for one in result.results:
        config = one.expectation_config
        name = next(name for name, m in made if m.expectation_type == config.type and _same(m, config))
        found[name] = {"holds": bool(one.success), "count": one.result.get("unexpected_count")}
    return found


def _same(made: Any, config: Any) -> bool:
    return getattr(made, "column", None) == config.kwargs.get("column")


def pointblank(path: str) -> Found:
    """Pointblank on Polars; means and other aggregates, and rules across columns, are left out here."""
    import pointblank as pb
    import polars as pl

    frame = pl.read_parquet(path) if path.endswith(".parquet") else pl.read_csv(path, try_parse_dates=True)
    plan, names = pb.Validate(frame), []
    for e in expectations():
        c, n = e.subject, e.needs
        before = plan
        if e.kind == "present":
            plan = plan.col_vals_not_null(c)
        elif e.kind == "range":
            plan = plan.col_vals_between(c, n[0], n[1], na_pass=True)
        elif e.kind == "values":
            plan = plan.col_vals_in_set(c, list(n))
        elif e.kind == "pattern":
            plan = plan.col_vals_regex(c, n[0])
        elif e.kind == "unique":
            plan = plan.rows_distinct([c])
        else:
            continue
        names.append(name_of(e))
        assert plan is not None
        assert before is not None
    done = plan.interrogate(collect_extracts=False)
    failed = done.n_failed()
    return {name: {"holds": not failed[at + 1], "count": failed[at + 1]} for at, name in enumerate(names)}


def pandera_pandas(path: str) -> Found:
    """Pandera on pandas, all failures at once; what is about more than one value is left out here."""
    import pandas as pd
    import pandera.pandas as pa

    checks: dict[str, list[Any]] = {}
    for e in expectations():
        made, n, name = checks.setdefault(e.subject, []), e.needs, name_of(e)
        kinds: dict[str, Callable[[], Any]] = {
            "range": lambda n=n, name=name: pa.Check.in_range(*n, name=name),
            "values": lambda n=n, name=name: pa.Check.isin(n, name=name),
            "pattern": lambda n=n, name=name: pa.Check.str_matches(n[0], name=name),
            "length": lambda n=n, name=name: pa.Check.str_length(*n, name=name),
            "mean": lambda n=n, name=name: pa.Check(lambda s: n[0] <= s.mean() <= n[1], name=name),
            "std": lambda n=n, name=name: pa.Check(lambda s: n[0] <= s.std() <= n[1], name=name),
            "median": lambda n=n, name=name: pa.Check(
                lambda s: n[0] <= s.quantile(0.5, interpolation="lower") <= n[1], name=name
            ),
            "varies": lambda name=name: pa.Check(lambda s: s.min() != s.max(), name=name),
        }
        if e.kind in kinds:
            made.append(kinds[e.kind]())
    asked = [e for e in expectations() if e.kind not in ("rule", "rows")]
    named = [e.subject for e in asked if e.kind == "present"]
    schema = pa.DataFrameSchema({c: pa.Column(nullable=False, unique=c == "id", checks=checks[c]) for c in named})
    frame = pd.read_parquet(path) if path.endswith(".parquet") else pd.read_csv(path, parse_dates=["signup", "updated"])
    failed: set[str] = set()
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        for failure in error.schema_errors:
            name = str(getattr(failure.check, "name", failure.check))
            short = {"not_nullable": "present", "field_uniqueness": "unique"}
            failed.add(f"{short[name]} {failure.schema.name}" if name in short else name)
    return {name_of(e): {"holds": name_of(e) not in failed} for e in asked}


def soda(path: str) -> Found:
    """Soda's core on DuckDB, in SodaCL; each of its checks is an aggregate."""
    import duckdb
    from soda.scan import Scan

    asked = expectations()
    lines = ["checks for t:"]
    for e in asked:
        c, n = e.subject, e.needs
        lines += {
            "present": lambda c=c: [f"  - missing_count({c}) = 0:"],
            "range": lambda c=c, n=n: [f"  - invalid_count({c}) = 0:", f"      valid min: {n[0]}",
                                       f"      valid max: {n[1]}"],
            "values": lambda c=c, n=n: [f"  - invalid_count({c}) = 0:", f"      valid values: {json.dumps(list(n))}"],
            "pattern": lambda c=c, n=n: [f"  - invalid_count({c}) = 0:", f"      valid regex: '{n[0]}'"],
            "length": lambda c=c, n=n: [f"  - invalid_count({c}) = 0:", f"      valid min length: {n[0]}",
                                        f"      valid max length: {n[1]}"],
            "mean": lambda c=c, n=n: [f"  - avg({c}) between {n[0]} and {n[1]}:"],
            "std": lambda c=c, n=n: [f"  - stddev({c}) between {n[0]} and {n[1]}:"],
            "median": lambda c=c, n=n: [f"  - percentile({c}, 0.5) between {n[0]} and {n[1]}:"],
            "rule": lambda c=c, n=n: ["  - failed rows:", f"      fail condition: NOT ({n[0]})"],
            "unique": lambda c=c: [f"  - duplicate_count({c}) = 0:"],
            "varies": lambda c=c: [f"  - distinct_{c} > 1:", f"      distinct_{c} expression: count(DISTINCT {c})"],
            "rows": lambda c=c, n=n: [f"  - row_count {'>=' if c == 'least' else '<='} {n[0]}:"],
        }[e.kind]()  # fmt: skip
        lines.append(f'      name: "{name_of(e)}"')
    connection = duckdb.connect(config={"threads": "2"})
    connection.execute(f"CREATE VIEW t AS SELECT * FROM '{path}'")
    scan = Scan()
    scan.disable_telemetry()
    scan.add_duckdb_connection(connection)
    scan.set_data_source_name("duckdb")
    scan.add_sodacl_yaml_str("\n".join(lines))
    scan.execute()
    found = {check["name"]: check["outcome"] == "pass" for check in scan.get_scan_results()["checks"]}
    return {name_of(e): {"holds": found[name_of(e)]} for e in asked if name_of(e) in found}


def deepchecks(path: str) -> Found:
    """deepchecks' own suite of data integrity, which has no such expectations: nothing can be compared."""
    import pandas as pd
    from deepchecks.tabular import Dataset
    from deepchecks.tabular.suites import data_integrity

    frame = pd.read_parquet(path) if path.endswith(".parquet") else pd.read_csv(path, parse_dates=["signup", "updated"])
    data_integrity().run(Dataset(frame, cat_features=["country", "plan", "product"], index_name="id"))
    return {}


def judged(asked: Expectation, value: Any) -> dict[str, Any]:
    """Whether the number that a tool gave keeps the expectation; for counts of rows, the number too."""
    if asked.kind in ("mean", "std", "median"):
        return {"holds": bool(asked.needs[0] <= value <= asked.needs[1])}
    if asked.kind == "rows":
        return {"holds": bool(value >= asked.needs[0] if asked.subject == "least" else value <= asked.needs[0])}
    if asked.kind == "varies":
        return {"holds": bool(value)}
    return {"holds": not value, "count": int(value)}


PEERS: dict[str, Callable[[str], Found]] = {
    "duckdb": duckdb_by_hand, "polars": polars_by_hand, "pandera": pandera_polars, "gx": great_expectations,
    "pointblank": pointblank, "pandera-pandas": pandera_pandas, "soda": soda, "deepchecks": deepchecks,
}  # fmt: skip

if __name__ == "__main__":
    print(json.dumps(PEERS[sys.argv[1]](sys.argv[2])))
