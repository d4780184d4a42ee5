"""Finds, among alerts that nobody has explained, those of the services on which the others rest."""

from agent.domain.alert import AlertRecord
from agent.domain.evidence import ReadRequest
from agent.domain.results import EdgesResult
from agent.errors import OpsError
from agent.ports.reads import Reads

TOPOLOGY = "metrics_collector.topology"


async def deepest_first(reads: Reads, alerts: tuple[AlertRecord, ...]) -> tuple[AlertRecord, ...]:
    """Return the alerts with those first whose service calls no other one of them: its callers only suffer with it."""
    troubled = {record.about for record in alerts if record.about}
    if len(troubled) < 2:
        return alerts
    try:
        evidence = await reads.run(ReadRequest(tool=TOPOLOGY))
    except OpsError:
        return alerts
    result = evidence.reading.result
    edges = result.edges if evidence.ok and isinstance(result, EdgesResult) else ()
    resting = {caller for caller, callee in edges if caller != callee and {caller, callee} <= troubled}
    return tuple(sorted(alerts, key=lambda record: record.about in resting))
