"""The read of metrics_collector that draws a picture of a signal."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from agent.domain.evidence import EvidenceStatus, Reading
from agent.domain.noun import Noun, Utc
from agent.domain.results import PictureResult, Series
from tools.base import WEEK_MINUTES, Name, Params, WindowParams, nothing, window_of
from tools.charts import ChartSpec, Line, Marker, Painter, alt_text, incident_window
from tools.connectors.readers import MetricsReader
from tools.metrics_collector.reads import BACKEND, about, quantity
from tools.metrics_collector.sampling import Sample, Sampler
from tools.pictures import Pictures

SHOWN_LINES = 6


class MarkerParams(Noun):
    """A moment to mark, such as a deployment."""

    at: Utc
    label: Annotated[str, Field(min_length=1, max_length=80)]


class ChartParams(WindowParams):
    """Which signal to draw; `threshold` replaces the signal's own, `since` shades the incident from there on."""

    signal: str = Field(max_length=60)
    service: Name | None = None
    namespace: Name | None = None
    minutes: int = Field(default=60, ge=2, le=WEEK_MINUTES)
    threshold: float | None = Field(default=None, allow_inf_nan=False)
    since: Utc | None = None
    markers: Annotated[tuple[MarkerParams, ...], Field(max_length=10)] = ()


@dataclass(frozen=True, slots=True)
class ChartRead:
    """A picture of a signal with its threshold, what is normal, and markers."""

    name: ClassVar[str] = "metrics_collector.chart"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = (
        "A picture of a named signal over the last minutes, with threshold and markers."
    )
    params: ClassVar[type[Params]] = ChartParams
    metrics: MetricsReader
    sampler: Sampler
    painter: Painter
    pictures: Pictures

    async def run(self, params: ChartParams, now: datetime) -> Reading:
        """Sample the signal and have it drawn."""
        signal, window = self.sampler.named(params.signal), window_of(params, now)
        sample = await self.sampler.sample(signal, params.service, params.namespace, window, now)
        if isinstance(sample, str):
            return nothing(sample, f"There are no data to draw {signal.title}.", window)
        spec = _spec(params, sample)
        picture = await self.painter.draw(spec)
        alt = alt_text(spec, sample.normal, sample.value)
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=sample.query,
            summary=alt,
            window=window,
            value=quantity(sample.value, signal.unit),
            normal=quantity(sample.normal, signal.unit),
            result=PictureResult(blob=self.pictures.keep(picture), alt=alt, title=spec.title),
            link=self.metrics.link(sample.query, params.minutes, window.end),
        )


def _spec(params: ChartParams, sample: Sample) -> ChartSpec:
    window, signal = sample.window, sample.signal
    title = about(sample, params.service)
    bare = ChartSpec(
        title=title[:1].upper() + title[1:],
        unit=signal.unit,
        start=window.start.timestamp(),
        end=window.end.timestamp(),
        lines=tuple(Line(_named(x, params.service), x.points) for x in _worst_first(sample)[:SHOWN_LINES]),
        threshold=signal.threshold if params.threshold is None else params.threshold,
        crossing_up=signal.higher_is_worse,
        band=sample.band,
        markers=tuple(Marker(m.at.timestamp(), m.label) for m in params.markers),
        gap_seconds=max(120.0, 3.0 * sample.step_seconds),
    )
    incident = (params.since.timestamp(), bare.end) if params.since else incident_window(bare)
    return replace(bare, incident=incident)


def _worst_first(sample: Sample) -> list[Series]:
    upwards = sample.signal.higher_is_worse
    return sorted(sample.series, key=lambda s: s.points[-1][1], reverse=upwards)


def _named(series: Series, service: str | None) -> str:
    """Return what tells this curve from the others."""
    labels = {key: value for key, value in series.labels.items() if value and value != service}
    return ", ".join(labels.values()) or service or "all"
