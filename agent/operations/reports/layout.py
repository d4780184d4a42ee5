"""How figures stand in a table, the same in every form: value, the period before, target, judgement."""

from agent.domain.report import Figure
from agent.locale.format import NOTHING, bytes_size, duration, number, percent, seconds
from agent.locale.messages import text
from agent.operations.reports.model import FigureBlock, FigureLine


def value_words(language: str, value: float | None, unit: str) -> str:
    """Return a value in the words of its unit; a dash where there is none."""
    if value is None:
        return NOTHING
    match unit:
        case "ratio":
            return percent(value)
        case "seconds":
            return seconds(language, value)
        case "span":
            return duration(language, value)
        case "bytes":
            return bytes_size(value)
        case _:
            return number(value)


def shown(language: str, figure: Figure) -> str:
    """Return a figure's value, or that there are no data."""
    if figure.value is None:
        return text(language, "report-no-data")
    return value_words(language, figure.value, figure.unit)


def target_words(language: str, figure: Figure) -> str:
    """Return a figure's target with its direction, empty without one."""
    if figure.target is None:
        return ""
    sign = "≥" if figure.higher_is_better else "≤"
    return f"{sign} {value_words(language, figure.target, figure.unit)}"


def judgement(language: str, figure: Figure) -> str:
    """Return whether a target is met, in a word; empty without a target."""
    if figure.target is None:
        return ""
    return text(language, {True: "report-met", False: "report-missed", None: "report-unmeasured"}[figure.met])


def columns_of(language: str, block: FigureBlock) -> tuple[str, ...]:
    """Return what stands above the figures."""
    before = (block.previous,) if block.previous else ()
    names = [text(language, f"report-column-{name}") for name in ("figure", "value", "target", "judged")]
    return (*names[:2], *before, *names[2:])


def row_of(language: str, line: FigureLine, previous: str) -> tuple[str, ...]:
    """Return the cells of a figure, as many as there are columns."""
    figure = line.figure
    value = shown(language, figure) + (f" ({line.note})" if line.note and figure.value is not None else "")
    earlier = (shown(language, line.before) if line.before else NOTHING,) if previous else ()
    return (line.label, value, *earlier, target_words(language, figure), judgement(language, figure))
