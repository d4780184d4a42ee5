"""Loads objectives from policies/slo/*.yaml (OpenSLO v1) and planned maintenance from policies/maintenance.yaml."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from agent.analysis.slo import Span
from agent.domain.slo import SliKind, Slo
from agent.errors import Misconfigured, NotFound
from agent.policy.documents import Misplaced, Placed, read_stream
from agent.policy.maintenance import FILE as MAINTENANCE
from agent.policy.maintenance import MaintenancePolicy, Planned, load_maintenance
from agent.policy.slo_compile import compiled
from agent.policy.slo_documents import Document, kind_of
from agent.policy.slo_queries import QueryCheck
from agent.policy.slo_shelves import shelved

FOLDER = "slo"


@dataclass(frozen=True, slots=True)
class SloPolicy:
    """Every objective, in the order of the files; `services` are those that objectives may be for."""

    objectives: tuple[Slo, ...] = ()
    services: tuple[str, ...] = ()
    planned: MaintenancePolicy = field(default_factory=MaintenancePolicy)

    def of_service(self, service: str) -> tuple[Slo, ...]:
        """Return the objectives of one service, without those of all services together."""
        return tuple(slo for slo in self.objectives if slo.service == service)

    def promised(self, service: str) -> Slo | None:
        """Return an objective that gives a service an error budget: of its availability, else of its errors; or None."""
        mine = self.of_service(service)
        kinds = (SliKind.AVAILABILITY, SliKind.ERROR_RATE)
        return next((one for kind in kinds for one in mine if one.kind is kind), None)

    def named(self, name: str) -> Slo:
        """Return an objective by its name; raises NotFound."""
        found = next((slo for slo in self.objectives if slo.name == name), None)
        if found is None:
            raise NotFound(f"There is no objective called “{name[:60]}”.")
        return found

    def maintenance(self, service: str, start: datetime, end: datetime) -> tuple[Span, ...]:
        """Return when maintenance of a service is planned within two moments: a union, in order, cut at both ends."""
        return self.planned.spans(service, start, end)

    def windows(self, start: datetime, end: datetime) -> tuple[Planned, ...]:
        """Return each planned maintenance that touches the time between two moments, whole, with what it is about."""
        return self.planned.between(start, end)


def load_slos(folder: Path, check: QueryCheck | None = None) -> SloPolicy:
    """Load the objectives and the planned maintenance of a policy folder; none where it has no folder `slo`.

    Raises Misconfigured that lists each mistake with file, line, field and what to write. `check` says what is wrong
    with a query of a Prometheus, or nothing, where the caller knows that language.
    """
    home = folder / FOLDER
    documents: list[Placed[Document]] = []
    wrong: list[str] = []
    for path in sorted(home.glob("*.yaml")) if home.is_dir() else ():
        try:
            documents += read_stream(path, kind_of)
        except Misconfigured as error:
            wrong.append(error.user_message)
    objectives, services, more = _objectives(documents, check)
    # While a file cannot be read, what refers to it would only be blamed for that.
    wrong += [] if wrong else more
    planned = MaintenancePolicy()
    try:
        planned = load_maintenance(folder / MAINTENANCE, services)
    except Misconfigured as error:
        wrong.append(error.user_message)
    if wrong:
        raise Misconfigured("\n".join(wrong))
    return SloPolicy(objectives, services, planned)


def _objectives(
    documents: Sequence[Placed[Document]], check: QueryCheck | None
) -> tuple[tuple[Slo, ...], tuple[str, ...], list[str]]:
    shelves = shelved(documents)
    wrong = list(shelves.wrong)
    found: dict[str, Slo] = {}
    for placed, document in shelves.objectives:
        try:
            made = compiled(document, shelves, check)
        except Misplaced as error:
            wrong += [placed.wrong(loc, problem) for loc, problem in error.mistakes]
            continue
        for slo in made:
            if slo.name in found:
                problem = f"the objective {slo.name} comes of another document already: choose another name"
                wrong.append(placed.wrong(("metadata", "name"), problem))
            found[slo.name] = slo
    return tuple(found.values()), tuple(shelves.services), wrong
