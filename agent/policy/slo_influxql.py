"""What is wrong with the InfluxQL of an objective, as far as it shows without its database."""

from collections.abc import Iterator

from agent.analysis.influxql import COUNTING, selection
from agent.analysis.influxql_tokens import TIME, WINDOW
from agent.policy.slo_terms import PLACEHOLDER, SERVICE


def wrong_influxql(query: str, *, template: bool, judged: bool) -> Iterator[str]:
    """Yield what is wrong; `judged` says that its value is judged slice by slice, and not added up."""
    unknown = sorted(set(PLACEHOLDER.findall(query)) - {TIME, WINDOW, SERVICE})
    if unknown:
        yield f"{', '.join(unknown)} is no placeholder; there are {TIME}, {WINDOW} and {SERVICE}"
        return
    if template and SERVICE not in query:
        yield f"it is for each service, so {SERVICE} must stand in it, as in service = '{SERVICE}'"
    try:
        found = selection(query.strip().replace(SERVICE, "service"))
    except ValueError as error:
        yield str(error)
        return
    adding = [name for name in found.functions if name not in COUNTING]
    if not judged and adding:
        yield f"{adding[0]} cannot be added up over slices: count events by {' or '.join(COUNTING)}"
    if judged and found.apart:
        yield "a value is judged, so there must be one: take the tags out of the outermost GROUP BY"
