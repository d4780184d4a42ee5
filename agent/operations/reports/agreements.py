"""The report on what was promised to customers: measured against promised, credits, and every breach with its incidents."""

from datetime import timedelta

from agent.analysis.slo import credit_of
from agent.domain.report import Figure
from agent.domain.titles import spoken_title
from agent.operations.reports.facts import Case, Standing
from agent.operations.reports.frame import framed, how_section
from agent.operations.reports.model import Block, Report, Section, TableBlock, TextBlock
from agent.operations.reports.scribe import Scribe
from agent.operations.reports.standing import agreement_figure, agreements, measured, spoken
from agent.operations.reports.telling import cases_block

_MOST_CASES = 12
AGREEMENT = "agreement-"
"""How the name of each agreement's own section begins."""


def agreement_report(now: Scribe, before: Scribe | None) -> Report:
    """Build the report of a month on every agreement."""
    ones = agreements(now.facts)
    earlier = {one.slo.name: one for one in agreements(before.facts)} if before else {}
    if not ones:
        empty = TextBlock(text=now.say("report-no-agreement"))
        sections = [Section(name="agreements", title=now.say("report-part-agreements"), blocks=(empty,))]
        return framed(now, (now.say("report-no-agreement"),), sections)
    overview = Section(
        name="agreements",
        title=now.say("report-part-agreements"),
        blocks=(_overview(now, before), _table(now, ones)),
    )
    parts = [_part(now, before, one, earlier.get(one.slo.name)) for one in ones]
    return framed(now, _headline(now, ones), [overview, *parts, how_section(now, [overview, *parts])])


def _headline(say: Scribe, ones: tuple[Standing, ...]) -> tuple[str, ...]:
    seen = measured(ones)
    broken = [one for one in seen if one.state.met is False]
    owed = [one for one in seen if credit_of(one.slo, one.state.sli)]
    told = [say.say("report-head-agreements", count=len(ones), measured=len(seen), broken=len(broken))]
    told += [
        say.say(
            "report-head-credit",
            title=spoken(one.slo, say.language),
            credit=say.value(credit_of(one.slo, one.state.sli), "ratio"),
        )
        for one in owed
    ]
    return tuple(told)


def _overview(now: Scribe, before: Scribe | None) -> Block:
    earlier = (agreement_figure(before),) if before else ()
    return now.block((agreement_figure(now),), earlier, before.facts.period.name if before else "")


def _table(say: Scribe, ones: tuple[Standing, ...]) -> TableBlock:
    names = ("agreement", "promised", "measured", "excluded", "credit")
    rows = tuple(
        (
            spoken(one.slo, say.language),
            say.value(one.slo.target, "ratio"),
            say.value(one.state.sli, "ratio") if one.state.sli is not None else say.say("report-no-data"),
            say.value(one.state.excluded_seconds, "span") if one.slo.excludes_maintenance else "–",
            _credit(say, one),
        )
        for one in ones
    )
    columns = tuple(say.say(f"report-column-{name}") for name in names)
    return TableBlock(columns=columns, rows=rows, numeric=(1, 2, 3, 4))


def _credit(say: Scribe, one: Standing) -> str:
    credit = credit_of(one.slo, one.state.sli)
    if not one.slo.credits:
        return say.say("report-credit-none")
    return say.value(credit, "ratio") if credit is not None else say.say("report-no-data")


def _part(now: Scribe, before: Scribe | None, one: Standing, earlier: Standing | None) -> Section:
    figures = _figures(now, one)
    previous = _figures(before, earlier) if before and earlier else ()
    name = before.facts.period.name if before and earlier else ""
    blocks: list[Block] = [now.block(figures, previous, name)]
    if one.slo.credits:
        blocks.append(_tiers(now, one))
    if one.shares:
        blocks += _down(now, one)
    breaches = _breaches(now, one)
    if breaches:
        blocks.append(cases_block(now, breaches, _MOST_CASES))
    else:
        blocks.append(TextBlock(text=now.say("report-no-breach"), tone="note"))
    return Section(
        name=f"{AGREEMENT}{one.slo.name}", title=spoken(one.slo, now.language), blocks=tuple(blocks)
    )


def _figures(say: Scribe, one: Standing) -> tuple[Figure, ...]:
    state, why = one.state, ""
    if state.sli is None:
        why = state.error if state.error else say.say("report-why-no-data")
    sli = say.figure("promise", state.sli, "ratio", target=one.slo.target, why_not=why, unit_of=state.unit)
    owed = credit_of(one.slo, state.sli)
    credit = say.figure("credit", owed, "ratio", higher_is_better=False, why_not=why)
    down = say.figure("breached", state.bad_seconds, "span", higher_is_better=False, why_not=why)
    # A share of little data is a share of little.
    covered = say.figure("covered", state.covered if state.sli is not None else None, "ratio", why_not=why)
    lost = say.figure(
        "excluded", state.excluded_seconds if state.sli is not None else None, "span", why_not=why
    )
    return (
        sli,
        down,
        covered,
        *((lost,) if one.slo.excludes_maintenance else ()),
        *((credit,) if one.slo.credits else ()),
    )


def _tiers(say: Scribe, one: Standing) -> TableBlock:
    owed = credit_of(one.slo, one.state.sli)
    rows = tuple(
        (
            say.say(
                "report-tier",
                low=say.value(tier.down_to, "ratio"),
                high=say.value(tier.below, "ratio"),
                lowest="yes" if tier.down_to == 0 else "no",
            ),
            say.value(tier.credit, "ratio"),
            say.say("report-tier-here") if owed and tier.credit == owed else "",
        )
        for tier in sorted(one.slo.credits, key=lambda tier: -tier.down_to)
    )
    columns = tuple(say.say(f"report-column-{name}") for name in ("tier", "credit", "this"))
    return TableBlock(columns=columns, rows=rows, numeric=(1,))


def _down(say: Scribe, one: Standing) -> list[Block]:
    """Return what the down time consists of: each incident's share, and what no incident explains."""
    shown, known = one.shares[:_MOST_CASES], [each.share for each in one.shares if each.share is not None]
    rows = [
        (
            f"{each.incident.name} · {spoken_title(each.incident.title)}",
            say.moment(min(each.incident.times.started_at, each.incident.times.opened_at)),
            *_part_of(say, one, each.share),
        )
        for each in shown
    ]
    if len(known) == len(one.shares):
        rest = max(0.0, 1.0 - sum(known))
        rows.append((say.say("report-down-rest"), "", *_part_of(say, one, rest)))
    names = ("incident", "began", "share", "down")
    table = TableBlock(
        title=say.say("report-title-down"),
        columns=tuple(say.say(f"report-column-{name}") for name in names),
        rows=tuple(rows),
        numeric=(2, 3),
        left_out=len(one.shares) - len(shown),
    )
    how = say.say("report-how-down", overlap="yes" if sum(known) > 1.0 + 1e-9 else "no")
    return [table, TextBlock(text=how, tone="note")]


def _part_of(say: Scribe, one: Standing, share: float | None) -> tuple[str, str]:
    if share is None:
        return say.say("report-no-data"), say.say("report-no-data")
    seconds = one.state.bad_seconds
    down = say.value(share * seconds, "span") if seconds is not None else say.say("report-no-data")
    return say.value(share, "ratio"), down


def _breaches(say: Scribe, one: Standing) -> list[Case]:
    """Return the incidents of that service that customers felt or that were long, which may have broken the promise."""
    short = timedelta(minutes=1).total_seconds()
    return [
        case
        for case in say.facts.cases
        if case.incident.service == one.slo.service
        and not case.false_alarm
        and (case.felt or (case.seconds or 0) > short)
    ]
