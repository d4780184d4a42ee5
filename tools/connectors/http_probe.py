"""Whether a third party's own address answers as it should."""

from collections.abc import Collection

from agent.domain.outpost import Looked, OutpostState
from agent.errors import BackendError
from tools.connectors.outside import Outside

# What is looked for stands near the beginning; a long page is not searched.
_SEARCHED = 64 * 1024


async def probe(
    outside: Outside,
    url: str,
    *,
    statuses: Collection[int],
    text: str | None,
    timeout_seconds: float,
    private: bool = False,
) -> Looked:
    """Ask once; whatever goes wrong on the way is a third party that is down."""
    try:
        answered = await outside.get(url, timeout_seconds=timeout_seconds, private=private)
    except BackendError as error:
        return Looked(state=OutpostState.DOWN, detail=error.user_message)
    if answered.status not in statuses:
        expected = ", ".join(map(str, sorted(statuses)))
        detail = f"answers {answered.status} instead of {expected}"
        return Looked(state=OutpostState.DOWN, seconds=answered.seconds, detail=detail)
    if text is not None and text.encode() not in answered.body[:_SEARCHED]:
        detail = "answers without the text that is expected"
        return Looked(state=OutpostState.DOWN, seconds=answered.seconds, detail=detail)
    return Looked(state=OutpostState.UP, seconds=answered.seconds, detail=f"answers {answered.status}")
