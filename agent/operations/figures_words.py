"""The figures in words: a table for whoever asks, and a few lines for the Home tab."""

from collections.abc import Callable
from datetime import timedelta

from agent.domain.answer import Answer
from agent.domain.results import TableResult
from agent.errors import BadInput
from agent.locale.format import duration, number
from agent.locale.messages import text
from agent.operations.aliases import minutes_of
from agent.operations.figures import SPANS, Figures, Group, Spread, load_figures
from agent.operations.wording import words_of
from agent.ports.clock import Clock
from agent.ports.store import Store

USUAL = timedelta(days=30)
LONGEST = timedelta(days=365)
MOST_PEOPLE = 5
Named = Callable[[str], str]


async def figures_answer(store: Store, clock: Clock, args: str, lang: str, *, named: Named = str) -> Answer:
    """Answer `/ops figures [30d]`; raises BadInput for a span that nobody can read."""
    span = span_of(args, lang)
    found = await load_figures(store, clock, span)
    if not found.count:
        return Answer(text=text(lang, "figures-none", span=duration(lang, span)))
    lines = [text(lang, "figures-head", count=found.count, span=duration(lang, span))]
    lines += [_updates(found, lang), *_calls(found, lang, named), text(lang, "figures-how")]
    return Answer(text="\n".join(line for line in lines if line), table=figures_table(found, lang))


def span_of(args: str, lang: str) -> timedelta:
    """Read a span such as `30d` or `2 weeks`; without one it is thirty days."""
    words = " ".join(words_of(args))
    if not words:
        return USUAL
    minutes = minutes_of(words)
    if minutes is None or timedelta(minutes=minutes) > LONGEST:
        raise BadInput(text(lang, "figures-which-span"), field="span")
    return timedelta(minutes=minutes)


def figures_table(found: Figures, lang: str) -> TableResult:
    """Return a row for each priority and then for each of the busiest services."""
    names = ("group", "count", *SPANS)
    rows = [_row(group, lang) for group in (*found.priorities, *found.services)]
    columns = tuple(text(lang, f"column-figures-{name}") for name in names)
    return TableResult(columns=columns, rows=tuple(rows))


def figure_lines(found: Figures, lang: str, *, named: Named = str) -> tuple[str, ...]:
    """Return one plain line per figure, for a place that has little room."""
    if not found.count:
        return (text(lang, "figures-none", span=duration(lang, found.until - found.since)),)
    lines = [
        text(
            lang,
            "figures-line",
            name=group.name,
            count=str(group.count),
            **{span: _brief(group.spans.get(span), lang) for span in SPANS},
        )
        for group in found.priorities
    ]
    return tuple(line for line in (*lines, _updates(found, lang), *_calls(found, lang, named)) if line)


def _row(group: Group, lang: str) -> tuple[str, ...]:
    return (group.name, str(group.count), *(_cell(group.spans.get(name), lang) for name in SPANS))


def _cell(spread: Spread | None, lang: str) -> str:
    if spread is None:
        return "–"
    middle, most = duration(lang, spread.median), duration(lang, spread.p90)
    return f"{middle} / {most} ({spread.count})"


def _brief(spread: Spread | None, lang: str) -> str:
    return duration(lang, spread.median) if spread is not None else "–"


def _updates(found: Figures, lang: str) -> str:
    told = found.updates
    if not told.due:
        return ""
    return text(lang, "figures-updates", due=str(told.due), sent=str(told.sent), late=str(told.late))


def _calls(found: Figures, lang: str, named: Named) -> tuple[str, ...]:
    ranked = sorted(found.calls.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_PEOPLE]
    if not ranked:
        return ()
    shown = ", ".join(f"{named(person)} {number(round(rate, 1))}" for person, rate in ranked)
    return (text(lang, "figures-calls", people=shown),)
