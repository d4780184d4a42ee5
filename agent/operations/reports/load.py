"""The figures of traffic and machines: response times, requests a day, CPU, memory and storage."""

from agent.domain.report import Figure
from agent.operations.reports.facts import Measured
from agent.operations.reports.model import TableBlock
from agent.operations.reports.scribe import Scribe

AVERAGE_SECONDS, P95_SECONDS = 0.2, 0.5
STORAGE = 0.8
_SECONDS_A_DAY = 86_400
_MOST_ROWS = 12


def performance_figures(say: Scribe) -> tuple[Figure, ...]:
    """Return the mean response time, the 95th percentile, and requests a day, over all services."""
    average, p95 = say.facts.signal("latency_average"), say.facts.signal("latency_p95")
    rate = say.facts.signal("request_rate")
    daily = rate.value * _SECONDS_A_DAY if rate.value is not None else None
    return (
        _signal(say, "latency", average, average.value, "seconds", target=AVERAGE_SECONDS),
        _signal(say, "p95", p95, p95.value, "seconds", target=P95_SECONDS),
        _signal(
            say, "requests", rate, daily, "count", better=True, days=rate.days_seen, of=int(say.facts.days)
        ),
    )


def resource_figures(say: Scribe) -> tuple[Figure, ...]:
    """Return the mean use of CPU and memory over the hosts, and how full storage was at the end."""
    cpu, memory = say.facts.signal("cpu_utilization"), say.facts.signal("memory_utilization")
    used, total = say.facts.signal("storage_used"), say.facts.signal("storage_total")
    share = used.value / total.value if used.value is not None and total.value else None
    return (
        _signal(say, "cpu", cpu, cpu.value, "ratio", count=len(cpu.parts)),
        _signal(say, "memory", memory, memory.value, "ratio", count=len(memory.parts)),
        _signal(say, "storage", used if used.error else total, share, "ratio", target=STORAGE),
    )


def storage_note(say: Scribe) -> dict[str, str]:
    """Return how many bytes of storage are used, of how many."""
    used, total = say.facts.signal("storage_used").value, say.facts.signal("storage_total").value
    if used is None or total is None:
        return {}
    shown = say.say("report-storage", used=say.value(used, "bytes"), total=say.value(total, "bytes"))
    return {"storage": shown}


def service_table(say: Scribe) -> TableBlock | None:
    """Return a row for each service, the busiest first; None where none was measured."""
    rate, average, p95, errors = (
        say.facts.signal(f"{name}:each").parts
        for name in ("request_rate", "latency_average", "latency_p95", "server_error_ratio")
    )
    services = sorted(set(rate) | set(average) | set(p95), key=lambda name: (-rate.get(name, 0.0), name))
    services = [name for name in services if name]
    if not services:
        return None
    rows = tuple(
        (
            name,
            say.value(rate[name] * _SECONDS_A_DAY if name in rate else None, "count"),
            say.value(average.get(name), "seconds"),
            say.value(p95.get(name), "seconds"),
            say.value(errors.get(name), "ratio"),
        )
        for name in services[:_MOST_ROWS]
    )
    names = ("service", "requests", "average", "p95", "errors")
    columns = tuple(say.say(f"report-column-{name}") for name in names)
    return TableBlock(
        columns=columns, rows=rows, numeric=(1, 2, 3, 4), left_out=max(0, len(services) - _MOST_ROWS)
    )


def _signal(
    say: Scribe,
    name: str,
    measured: Measured,
    value: float | None,
    unit: str,
    *,
    target: float | None = None,
    better: bool = False,
    **args: object,
) -> Figure:
    why = measured.error if measured.error else ""
    return say.figure(
        name,
        value,
        unit,
        target=target,
        higher_is_better=better,
        why_not=why,
        evidence=measured.evidence_ids,
        **args,
    )
