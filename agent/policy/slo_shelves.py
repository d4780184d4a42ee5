"""The OpenSLO documents of a folder by kind and name, so that one can refer to another."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.policy.documents import Placed
from agent.policy.slo_documents import (
    AlertConditionDocument,
    AlertPolicyDocument,
    DataSourceDocument,
    Document,
    IndicatorDocument,
    ServiceDocument,
    SloDocument,
)


@dataclass(frozen=True, slots=True)
class Shelves:
    """The documents by kind and name; `wrong` are the sentences about names that are taken."""

    services: dict[str, Placed[Document]] = field(default_factory=dict)
    sources: dict[str, DataSourceDocument] = field(default_factory=dict)
    indicators: dict[str, IndicatorDocument] = field(default_factory=dict)
    conditions: dict[str, AlertConditionDocument] = field(default_factory=dict)
    alerts: dict[str, AlertPolicyDocument] = field(default_factory=dict)
    objectives: list[tuple[Placed[Document], SloDocument]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def shelved(documents: Sequence[Placed[Document]]) -> Shelves:
    """Sort documents by kind and name."""
    shelves = Shelves()
    names: dict[tuple[str, str], Placed[Document]] = {}
    for placed in documents:
        key = (type(placed.value).__name__, placed.value.metadata.name)
        if key in names:
            where = f"{names[key].name}:{names[key].lines.get(('metadata', 'name'), 1)}"
            shelves.wrong.append(
                placed.wrong(
                    ("metadata", "name"), f"{key[1]} is written at {where} already: choose another name"
                )
            )
            continue
        names[key] = placed
        _shelve(shelves, placed)
    return shelves


def _shelve(shelves: Shelves, placed: Placed[Document]) -> None:
    document, name = placed.value, placed.value.metadata.name
    match document:
        case ServiceDocument():
            shelves.services[name] = placed
        case DataSourceDocument():
            shelves.sources[name] = document
        case IndicatorDocument():
            shelves.indicators[name] = document
        case AlertConditionDocument():
            shelves.conditions[name] = document
        case AlertPolicyDocument():
            shelves.alerts[name] = document
        case SloDocument():
            shelves.objectives.append((placed, document))
