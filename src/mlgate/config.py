"""The configuration: `mlgate.yml` as frozen types. Parsing is in `mlgate.configuring.parsing`."""

import datetime
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from mlgate.configuring.parsing import refers
from mlgate.evidence import FeatureNumber, Severity, digest_of

Id = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$(?!\n)", description="letters, digits, '.', '_' and '-'")
]
Scalar = str | bool | int | float
Column = Annotated[str, refers("column")]
Columns = Annotated[str, refers("columns")]  # a column, `type:number`, or a pattern such as `amount_*`
Rule = Annotated[str, refers("expression")]  # true or false for each row, in the SQL of docs/configuration.md
TableName = Annotated[str, refers("table")]
CheckName = Annotated[str, refers("check")]
ConfiguredCheck = Annotated[str, refers("configured-check")]
Share = Annotated[float, Meta(ge=0, le=1)]
Margin = (
    Annotated[float, Meta(gt=0)]
    | Annotated[
        str,
        Meta(
            pattern=r"^(?=.*[1-9])[0-9]+(\.[0-9]+)? ?%$", description="a number above 0, or a share above 0 such as 1%"
        ),
    ]
)


class Section(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True, omit_defaults=True):
    """A mapping in `mlgate.yml`: keys are kebab-case, unknown ones are errors."""


Sentence = Annotated[str, Meta(min_length=1, max_length=4_000)]


class Upstream(Section, frozen=True, kw_only=True):
    """A model that this one was made from."""

    name: Annotated[str, Meta(min_length=1)]
    url: str | None = None
    licence: str | None = None


class Card(Section, frozen=True, kw_only=True):
    """What people say of the model, for its card: no run can measure it."""

    intended_use: Sentence
    limits: Sentence
    contact: Sentence
    licence: str | None = None
    upstream: Upstream | None = None


class OwnMetric(Section, frozen=True, kw_only=True):
    """A metric of the user's own: a Python file with a function `metric(label, prediction, weight)`."""

    file: Annotated[str, Meta(min_length=1)]
    better: Literal["up", "down"] = "up"
    margin: Margin = "1%"  # the loss that does no harm where a check gives none


class Model(Section, frozen=True, kw_only=True):
    """What is gated, and how its predictions are had: exactly one of `predict`, `artifact`, `command`, `predictions`
    or `metrics` makes them (`predict` may load the `artifact` itself)."""

    id: Id
    task: Literal["binary", "multiclass", "regression", "score"] = "binary"
    table: TableName = "test"  # the table whose rows are predicted
    positive: Scalar | None = None  # the label counted as positive; may be left out for 0/1 and false/true
    threshold: Share = 0.5  # scores from here on are predicted positive
    own_metrics: Mapping[Id, OwnMetric] = {}  # metrics that the kit does not have, by name
    artifact: str | None = None  # model file: .skops, .onnx, .joblib, .pkl, .ubj, .txt, .cbm; or a folder of files
    predict: str | None = None  # package.module:function, called with the table without its target column
    command: str | None = None  # writes predictions: {input} and {output} are replaced by paths
    predictions: str | None = None  # a table of predictions: key, y_pred | score | score_<class>, and y_true
    metrics: str | None = None  # a JSON file of metric values: differences only, without intervals
    requires: Mapping[str, FeatureNumber] = {}  # feature → the version that it takes its input from
    card: Card | None = None  # what people say of it
    trusted: tuple[str, ...] = ()  # classes in the artifact that may be loaded besides the known ones


class Environment(Section, frozen=True, kw_only=True):
    """The user's environment, in which models, notebooks and tests run."""

    python: str | None = None  # a version, or a path if it contains "/"
    requirements: str | None = None
    prepare: str | None = None  # trains or pulls; runs once in each work tree
    fetch: str | None = None  # brings data with credentials; runs before any code of the change
    paths: tuple[str, ...] = (".",)  # what the baseline's work tree needs, relative to the configuration
    timeout: Annotated[float, Meta(gt=0, le=86_400)] = 600.0  # seconds, for each process
    memory: Annotated[  # resident, all descendants
        str, Meta(pattern=r"^[0-9]+(\.[0-9]+)? ?[KMGT]i?B$(?!\n)", description="a number and a unit, such as 4GiB")
    ] = "4GiB"
    network: bool = False  # whether a model may use the network while it predicts


Kind = Literal["number", "integer", "text", "category", "date", "timestamp", "boolean", "id"]
Character = Annotated[str, Meta(max_length=1, description="one character")]


class Csv(Section, frozen=True, kw_only=True):
    """How a CSV file is written, where that is not what its first lines say."""

    delimiter: Annotated[str, Meta(min_length=1, max_length=1, description="one character")] | None = None
    quote: Character = '"'  # empty for none
    escape: Character | None = None  # what stands before a quote in quotes; the quote itself if not given
    encoding: str | None = None  # UTF-8, and UTF-16 with a byte order mark, need none
    decimal: Annotated[str, Meta(pattern=r"^[.,]$(?!\n)", description="`.` or `,`")] = "."
    date_format: str | None = None  # as strftime has it, such as "%d.%m.%Y"
    timestamp_format: str | None = None
    missing: tuple[str, ...] = ("", "NA", "N/A", "NaN", "nan", "NULL", "null")  # texts that mean no value
    skip: Annotated[int, Meta(ge=0, le=10_000)] = 0  # lines before the header
    names: tuple[str, ...] = ()  # the columns of a file without a header


class Source(Section, frozen=True, kw_only=True):
    """Where a table's data were taken from: shown, never read."""

    url: str | None = None
    licence: str | None = None  # by its SPDX name where it has one
    retrieved: datetime.date | None = None


class Table(Section, frozen=True, kw_only=True):
    """A table: where it is and what its columns mean."""

    path: str
    relation: str | None = None  # of a database: the table or view
    insecure: bool = False  # whether an http:// address may be read; the report shows it
    source: Source = Source()
    csv: Csv = Csv()
    kinds: Mapping[Column, Kind] = {}  # what columns hold, where a guess is wrong; a CSV value that is none is an error
    key: Column | None = None
    target: Column | None = None
    sensitive: tuple[Column, ...] = ()
    slices: tuple[Column, ...] = ()
    cluster: Column | None = None  # rows with the same value are judged as one draw
    weight: Column | None = None  # how many rows of the population a row stands for


class Scan(Section, frozen=True, kw_only=True):
    """How tables are read."""

    memory: Annotated[  # what does not fit is written to a temporary folder
        str, Meta(pattern=r"^[0-9]+(\.[0-9]+)? ?[KMGT]i?B$(?!\n)", description="a number and a unit, such as 4GiB")
    ] = "2GiB"
    engine: Literal["duckdb", "spark"] = "duckdb"
    session: (
        Annotated[
            str,
            Meta(
                pattern=r"^(local(\[(\d+|\*)\])?|(spark|sc)://[^\s@]+)$(?!\n)",
                description="`local[2]`, `spark://host:port` or `sc://host:port`",
            ),
        ]
        | None
    ) = None  # of Spark; the one that is active in the process, or that its environment names, if not given

    def __post_init__(self) -> None:
        if self.session and self.engine != "spark":
            raise ValueError("'session' is Spark's: set 'engine: spark' too")
        if self.session and re.search("(?i)token|password|secret", self.session):
            raise ValueError("'session' holds a credential, which must not stand in a configuration")


class BaselineRef(Section, frozen=True, kw_only=True):
    """What the candidate is compared with: a commit (`ref`), or a stored predictions or metrics file."""

    ref: str | None = None  # "auto", a commit-ish, or "none"
    predictions: str | None = None
    metrics: str | None = None


class Between(Section, frozen=True, kw_only=True):
    """What has a `min` and a `max`, both allowed and neither needed."""

    min: float | None = None
    max: float | None = None

    def __post_init__(self) -> None:
        ordered(self.min, self.max)


def ordered(low: float | None, high: float | None) -> None:
    """Raises ValueError where `min` is above `max`."""
    if low is not None and high is not None and low > high:
        raise ValueError(f"min {low:g} is above max {high:g}")


class CheckParams(Section, frozen=True, kw_only=True):
    """What every check's parameters may say: how much its findings weigh."""

    severity: Severity = "block"


class TableParams(CheckParams, frozen=True, kw_only=True):
    """The parameters of a check on one table."""

    table: TableName = "test"


class Waiver(Section, frozen=True, kw_only=True):
    """A fail that its owner answers for until a date and up to a ceiling."""

    check: CheckName
    subject: str
    ceiling: float
    owner: Annotated[str, Meta(min_length=1)]
    reason: Annotated[str, Meta(min_length=1)]
    expires: datetime.date


WarnOrBlock = Literal["warn", "block"]


class Policy(Section, frozen=True, kw_only=True):
    """What blocks a merge."""

    inconclusive: WarnOrBlock = "warn"
    existing: WarnOrBlock = "warn"
    not_measured: WarnOrBlock = "block"
    required: tuple[ConfiguredCheck, ...] = ()
    protect: tuple[str, ...] = ("workflow", "checks")
    evaluations: Annotated[int, Meta(ge=1)] | None = None  # how often the test set may be judged; see `mlgate history`
    waivers: tuple[Waiver, ...] = ()


class Config(Section, frozen=True, kw_only=True):
    """One model's gate: `mlgate.yml`."""

    version: Literal[1]
    model: Model | None = None
    environment: Environment = Environment()
    scan: Scan = Scan()
    tables: Mapping[Id, Table] = {}
    baseline: BaselineRef = BaselineRef()
    checks: Mapping[str, Any] = {}  # parameters by check id, converted to each check's `Params` when it is loaded
    policy: Policy = Policy()


def policy_part(config: Config) -> dict[str, Any]:
    """The part that the base commit governs: checks, policy, and what the model's and tables' columns mean."""
    model = config.model
    return {
        "checks": msgspec.to_builtins(config.checks),
        "policy": msgspec.to_builtins(config.policy),
        "baseline": msgspec.to_builtins(config.baseline),
        "model": model and {name: getattr(model, name) for name in MODEL_MEANING},
        "tables": {
            table: {name: msgspec.to_builtins(getattr(value, name)) for name in TABLE_MEANING}
            for table, value in config.tables.items()
        },
    }


MODEL_MEANING = ("id", "task", "table", "positive", "threshold", "own_metrics")
TABLE_MEANING = ("key", "target", "sensitive", "slices", "cluster", "weight")


def policy_digest(config: Config) -> str:
    """The SHA-256 by which evidence says under which policy it was made."""
    return digest_of(policy_part(config))
