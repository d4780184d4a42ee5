"""The look at one signal of all services at once, minute by minute, for the bot's own watching."""

from collections.abc import Sequence
from datetime import datetime

from agent.domain.evidence import Window
from agent.domain.results import Series
from tools.connectors.readers import MetricsReader
from tools.metrics_collector.sampling import Sampler
from tools.recipes import Recipe, expand_fresh

STEP_SECONDS = 60


class Surveyor:
    """Asks for signals of all services with one query each."""

    def __init__(self, metrics: MetricsReader) -> None:
        self._metrics = metrics
        self._sampler = Sampler(metrics)

    async def survey(self, signal: str, window: Window, now: datetime) -> tuple[str, Sequence[Series]]:
        """Return the query and the series, a point a minute from the window's start on, each with the label `service`.

        Only recipes that speak of services count: of hosts and pods it would have to be guessed whose they are.
        The first one that finds anything is taken. Raises BackendError.
        """
        query = ""
        for recipe in await self._recipes(signal, now):
            # The same ranges for the past and for now, or the two could not be compared.
            short, long = await self._sampler.ranges(now, now, step=1)
            query = expand_fresh(recipe, None, None, short, long)
            found = await self._metrics.range(query, window.start, window.end, STEP_SECONDS)
            if found:
                return query, [_named(one, recipe.by) for one in found if one.labels.get(recipe.by)]
        return query, []

    async def _recipes(self, signal: str, now: datetime) -> list[Recipe]:
        usable = await self._sampler.recipes(self._sampler.named(signal), "any", now, now)
        return [one for one in usable if one.scope == "service" and one.matching != "pod"]


def _named(series: Series, label: str) -> Series:
    return Series(labels={"service": series.labels[label]}, points=series.points)
