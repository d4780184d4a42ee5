"""Which statement of a program a log line comes from: the place in its source if it is named, else its template."""

import re
from collections.abc import Sequence

from agent.analysis.logs import TemplateMiner
from agent.diagnosis.cases.model import LogLine

# Longer lines are cut: what tells one statement from another stands at its beginning.
_LONGEST = 300
# A class or a source file with a line number; a host with a port or a time of day is none.
_PLACE = re.compile(
    r"[\[(]?(\S*[A-Za-z]\S*(?:#|\.(?:java|kt|scala|groovy|py|go|rs|c|cc|cpp|h|cs|js|ts|rb|php):)\d{1,5})(?=[\s\])|,:-]|$)"
)
_VALUE = re.compile(r"\w*\d[\w:.+-]*")


def patterns_of(lines: Sequence[LogLine]) -> list[str]:
    """Return what identifies the statement behind every line, in the order of the lines."""
    miner = TemplateMiner()
    placed: dict[str, str] = {}
    mined: dict[str, int] = {}
    found: list[str | int] = []
    for line in lines:
        message = line.message[:_LONGEST]
        place = _PLACE.match(message)
        if place is not None:
            key = f"{line.entity} {place[1]}"
            if key not in placed:
                # The first line of a statement stands for all of them, so that people can read what it says.
                placed[key] = place[1] + _VALUE.sub("<*>", message[place.end() :])
            found.append(placed[key])
            continue
        if message not in mined:
            mined[message] = miner.add(message)
        found.append(mined[message])
    names = {cluster: miner.template(miner.resolve(cluster)) for cluster in set(mined.values())}
    return [names[one] if isinstance(one, int) else one for one in found]
