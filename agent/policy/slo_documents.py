"""The documents of OpenSLO v1 as far as objectives here are written in them; what is not understood is refused."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from agent.domain.slo import Budgeting
from agent.policy.documents import Misplaced, Rulebook
from agent.policy.model import RuleId

VERSION = "openslo/v1"
MOST_ALERTS = 8

Text = Annotated[str, Field(max_length=500)]
Labels = dict[str, str | list[str]]


class Metadata(Rulebook):
    """What a document is called; `annotations` hold what OpenSLO has no field for."""

    name: RuleId
    displayName: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    labels: Labels = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)


class Document(Rulebook):
    """What every document has."""

    apiVersion: Literal["openslo/v1"]
    metadata: Metadata


class Described(Rulebook):
    """A specification that is nothing but words."""

    description: Text = ""


class ServiceDocument(Document):
    """A service that objectives are for."""

    kind: Literal["Service"]
    spec: Described = Described()


class DataSourceSpec(Rulebook):
    """Which type of store a data source is; addresses and secrets are the bot's settings, never policy."""

    type: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
    description: Text = ""
    connectionDetails: dict[str, str] = Field(default_factory=dict, max_length=0)


class DataSourceDocument(Document):
    """A store that queries are asked of."""

    kind: Literal["DataSource"]
    spec: DataSourceSpec


class Query(Rulebook):
    """What is asked."""

    query: Annotated[str, Field(min_length=1, max_length=2000)]


class MetricSource(Rulebook):
    """Which store is asked what."""

    metricSourceRef: RuleId | None = None
    type: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")] | None = None
    spec: Query

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.metricSourceRef is None) == (self.type is None):
            raise ValueError(
                "write either metricSourceRef, the name of a DataSource, or type, such as prometheus"
            )
        return self


class Metric(Rulebook):
    """One query with its source."""

    metricSource: MetricSource


class RatioMetric(Rulebook):
    """Good or bad events, and all events; queries give increases over `<window>`."""

    counter: bool = True
    good: Metric | None = None
    bad: Metric | None = None
    total: Metric

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.good is None) == (self.bad is None):
            raise ValueError("write either `good` or `bad`, and `total`")
        if not self.counter:
            raise Misplaced(
                (("counter",), "only counters can be added up over a period: write `counter: true`")
            )
        return self


class IndicatorSpec(Rulebook):
    """How good is told from bad."""

    description: Text = ""
    ratioMetric: RatioMetric | None = None
    thresholdMetric: Metric | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.ratioMetric is None) == (self.thresholdMetric is None):
            raise ValueError("write either ratioMetric or thresholdMetric")
        return self


class Indicator(Rulebook):
    """An indicator that is written inside an objective."""

    metadata: Metadata
    spec: IndicatorSpec


class IndicatorDocument(Document):
    """An indicator that objectives refer to by name."""

    kind: Literal["SLI"]
    spec: IndicatorSpec


class Calendar(Rulebook):
    """Where a calendar period begins: on the wall clock of a zone."""

    startTime: str
    timeZone: str


class TimeWindow(Rulebook):
    """How long a period is, and whether it rolls on or follows the calendar."""

    duration: str
    isRolling: bool = False
    calendar: Calendar | None = None


class Objective(Rulebook):
    """What is promised: `target` is a share, `targetPercent` the same in percent."""

    displayName: str = ""
    op: Literal["lte", "lt", "gte", "gt"] | None = None
    value: float | None = None
    target: float | None = None
    targetPercent: float | None = None
    timeSliceTarget: float | None = None
    timeSliceWindow: str | int | None = None


class Condition(Rulebook):
    """When an alert fires: the budget burns `threshold` times too fast over lookbackWindow and over a twelfth of it."""

    kind: Literal["burnrate"]
    op: Literal["gt", "gte"]
    threshold: Annotated[float, Field(ge=1, le=1000)]
    lookbackWindow: str
    alertAfter: Literal["0m"] = "0m"


class AlertConditionSpec(Rulebook):
    """How bad it is when the condition holds; `severity` is a word of severity.yaml."""

    description: Text = ""
    severity: Annotated[str, Field(min_length=1, max_length=40)]
    condition: Condition


class AlertConditionDocument(Document):
    """A condition that alert policies refer to by name."""

    kind: Literal["AlertCondition"]
    spec: AlertConditionSpec


class InlineCondition(Rulebook):
    """A condition inside an alert policy, in full or by name."""

    kind: Literal["AlertCondition"] | None = None
    metadata: Metadata | None = None
    spec: AlertConditionSpec | None = None
    conditionRef: RuleId | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.spec is None) == (self.conditionRef is None):
            raise ValueError(
                "write either conditionRef, the name of an AlertCondition, or kind, metadata and spec"
            )
        return self


class AlertPolicySpec(Rulebook):
    """Which conditions alert; where alerts go is for severity.yaml and routing.yaml."""

    description: Text = ""
    alertWhenNoData: Literal[False] = False
    alertWhenResolved: bool = True
    alertWhenBreaching: Literal[True] = True
    conditions: Annotated[tuple[InlineCondition, ...], Field(min_length=1, max_length=MOST_ALERTS)]


class AlertPolicyDocument(Document):
    """Conditions under one name."""

    kind: Literal["AlertPolicy"]
    spec: AlertPolicySpec


def _some(service: str) -> str:
    if not service.strip():
        raise ValueError("name a Service, or write * for each of them")
    return service


class SloSpec(Rulebook):
    """One objective; `service` is a Service's name, or `*` for one objective for each of them."""

    description: Text = ""
    service: Annotated[str, Field(max_length=60), AfterValidator(_some)]
    indicator: Indicator | None = None
    indicatorRef: RuleId | None = None
    timeWindow: Annotated[tuple[TimeWindow, ...], Field(min_length=1, max_length=1)]
    budgetingMethod: Budgeting
    objectives: Annotated[tuple[Objective, ...], Field(min_length=1, max_length=1)]
    alertPolicies: tuple[RuleId, ...] = ()

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.indicator is None) == (self.indicatorRef is None):
            raise ValueError("write either `indicator`, or `indicatorRef` with the name of an SLI")
        return self


class SloDocument(Document):
    """An objective."""

    kind: Literal["SLO"]
    spec: SloSpec


Known = (
    ServiceDocument
    | DataSourceDocument
    | IndicatorDocument
    | AlertConditionDocument
    | AlertPolicyDocument
    | SloDocument
)
KINDS: Mapping[str, type[Document]] = {
    "Service": ServiceDocument,
    "DataSource": DataSourceDocument,
    "SLI": IndicatorDocument,
    "AlertCondition": AlertConditionDocument,
    "AlertPolicy": AlertPolicyDocument,
    "SLO": SloDocument,
}


def kind_of(data: Mapping[str, Any]) -> type[Document]:
    """Return the model for a document's kind; raises Misplaced for one that is not known."""
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise Misplaced((("kind",), f"the kind is one of {', '.join(KINDS)}"))
    return KINDS[kind]
