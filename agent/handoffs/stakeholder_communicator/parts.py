"""The parts of an update, each a few sentences with their sources; which ones an audience hears is the policy's word."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from agent.domain.record import Statement
from agent.handoffs.stakeholder_communicator.facts import Known
from agent.handoffs.stakeholder_communicator.saying import Reader
from agent.locale.format import duration, percent, quantity
from agent.policy.audiences import Part

RULE = "policy:communications.yaml"


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, what it rests on, and its news: a key that stays the same as long as it says nothing new."""

    text: str
    sources: tuple[str, ...]
    news: str = ""

    @property
    def statement(self) -> Statement:
        """Return the stored form."""
        return Statement(text=self.text, sources=self.sources)


Parts = Mapping[Part, Callable[[Known, Reader], Iterator[Said]]]


def sentences(known: Known, reader: Reader) -> list[Said]:
    """Return what an audience hears of an incident now, in the order of its `hears`."""
    parts = reader.audience.hears
    if known.stage in ("monitoring", "resolved"):
        # That it is better is what people want to read first.
        parts = tuple(sorted(parts, key=lambda part: part != "work"))
    told = [said for part in parts if part != "next" for said in PARTS[part](known, reader)]
    last = _next(known, reader) if "next" in parts else ()
    return [*told, *(_sorry(known, reader) if reader.level == "public" else ()), *last]


def titles(known: Known, reader: Reader) -> Iterator[str]:
    """Yield the headline, then plainer ones for when it gives something away: all with the names that the body uses."""
    what = reader.what(known.services)
    plain = reader.say("public-title-other", what=what)
    yield _headline(reader.say(f"public-title-{known.effect}", what=what), known, reader)
    yield _headline(plain, known, reader)
    yield plain if known.incident.status.open else reader.say("public-title-resolved", title=plain)


def _headline(words: str, known: Known, reader: Reader) -> str:
    """Return a headline, inside with how bad it is; a person's own title never goes outside."""
    priority = known.incident.priority.value
    if reader.level == "business":
        words = reader.say("update-title", priority=priority, title=words)
    elif reader.level != "public":
        words = reader.say("update-title-handle", name=known.incident.name, priority=priority, title=words)
    if known.incident.status.open:
        return words
    # What goes on in another incident is not over for its readers.
    return reader.say(
        "public-title-merged" if known.work.word == "merged" else "public-title-resolved", title=words
    )


def _priority(known: Known, reader: Reader) -> Iterator[Said]:
    priority = known.incident.priority.value
    if known.incident.status.open:
        words = reader.say("update-priority", priority=priority, rank=reader.say(f"update-rank-{priority}"))
        yield Said(words, known.sources, f"priority {priority}")


def _effect(known: Known, reader: Reader) -> Iterator[Said]:
    if known.stage in ("monitoring", "resolved"):
        return
    prefix = {"public": "public-effect", "technical": "update-trouble"}.get(reader.level, "update-effect")
    what = reader.what(known.services)
    since = reader.time(known.incident.times.started_at)
    words = reader.say(f"{prefix}-{known.effect}", since=since, what=what)
    yield Said(words, known.effect_sources, f"effect {known.effect} {what}")
    if known.again is not None:
        message = "public-again" if reader.level == "public" else "update-again"
        source = (f"event:{known.again.seq}",)
        yield Said(reader.say(message, at=reader.time(known.again.at)), source, f"again {known.again.seq}")


def _features(known: Known, reader: Reader) -> Iterator[Said]:
    if known.services:
        what = reader.both_names(known.services)
        yield Said(reader.say("update-features", what=what), known.sources, f"features {what}")


def _numbers(known: Known, reader: Reader) -> Iterator[Said]:
    if known.stage in ("monitoring", "resolved"):
        return
    for number in known.numbers[:2]:
        value = (
            percent(number.value.value)
            if number.what == "errors"
            else quantity(reader.language, number.value)
        )
        args = {"what": reader.what((number.service,)), "value": value}
        message = f"update-number-{number.what}"
        if number.normal is not None:
            args["normal"] = quantity(reader.language, number.normal)
            message += "-normal"
        # What is measured wavers all the time; only that it is measured is news.
        yield Said(reader.say(message, **args), number.sources, f"number {number.what} {number.service}")


def _cause(known: Known, reader: Reader) -> Iterator[Said]:
    cause = known.cause
    if cause is None:
        if reader.level != "public" and known.incident.status.open:
            yield Said(reader.say("update-cause-none"), known.work.sources, "cause none")
        return
    how = "confirmed" if cause.confirmed else "seems"
    news = f"cause {how} {cause.finding.rule} {cause.finding.service}"
    if reader.level == "technical":
        words = reader.say(
            f"update-claim-{how}", claim=reader.claim(known), confidence=reader.confidence(known)
        )
    else:
        prefix = "public" if reader.level == "public" else "update"
        if prefix == "public" and known.stage == "resolved" and not cause.confirmed:
            how = "was"
        named = reader.say(f"public-class-{cause.kind}")
        words = reader.say(f"{prefix}-cause-{how}", cause=named, confidence=reader.confidence(known))
        news = f"cause {how} {cause.kind}"
    yield Said(words, cause.sources, news)


def _work(known: Known, reader: Reader) -> Iterator[Said]:
    work = known.work
    outside = reader.level == "public"
    word = _outside_word(known) if outside else work.word
    args = {"at": reader.time(work.at), "what": reader.what(known.services)}
    if work.action is not None and not outside:
        args["deed"] = reader.deed(work.action)
    # To the minute: nobody outside lives by seconds.
    args["span"] = duration(reader.language, max(60.0, round(work.span / 60) * 60.0))
    news = f"work {word} {work.action.id if work.action is not None and not outside else ''}"
    yield Said(reader.say(f"{'public' if outside else 'update'}-work-{word}", **args), work.sources, news)
    if outside and word == "resolved":
        yield Said(reader.say("public-lasted", span=args["span"]), work.sources, "lasted")


def _sorry(known: Known, reader: Reader) -> Iterator[Said]:
    if known.work.word == "resolved":
        yield Said(reader.say("public-was-sorry"), (RULE,))
    elif known.stage in ("investigating", "identified"):
        yield Said(reader.say("public-sorry"), (RULE,))


def _outside_word(known: Known) -> str:
    """Return how far the work is, as outsiders hear it: what waits for a vote is still being prepared."""
    return {"proposed": "identified", "done": "applied"}.get(known.work.word, known.work.word)


def _alerts(known: Known, reader: Reader) -> Iterator[Said]:
    if known.alerts:
        words = reader.say("update-alerts", firing=str(known.firing), total=str(known.alerts))
        yield Said(words, known.effect_sources)


def _answer(known: Known, reader: Reader) -> Iterator[Said]:
    outside = outsider(reader)
    told = [said for part in (_effect, _work, _sorry) for said in part(known, outside)]
    words = reader.say("update-answer", words=" ".join(said.text for said in told))
    sources = dict.fromkeys(source for said in told for source in said.sources)
    yield Said(words, tuple(sources), " ".join(said.news for said in told if said.news))


def outsider(reader: Reader) -> Reader:
    """Return the same reader as if outside the house."""
    audience = reader.audience.model_copy(update={"level": "public"})
    return Reader(reader.policy, audience, reader.language, reader.now, reader.every_seconds)


def _next(known: Known, reader: Reader) -> Iterator[Said]:
    by = reader.next_by()
    if by is not None and known.incident.status.open:
        message = "public-next" if reader.level == "public" else "update-next"
        yield Said(reader.say(message, by=reader.time(by)), (RULE,))


PARTS: Parts = {
    "priority": _priority,
    "effect": _effect,
    "features": _features,
    "numbers": _numbers,
    "cause": _cause,
    "work": _work,
    "alerts": _alerts,
    "answer": _answer,
    "next": _next,
}
"""Every part by its name in communications.yaml."""
