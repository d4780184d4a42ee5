"""Puts the team's own definitions of signals (signals.yaml) in the place of those that are known by themselves."""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path

from agent.app.ground import Ground
from agent.errors import BadInput
from agent.policy.documents import Loc, lines_of
from agent.policy.signals import ConfiguredSignal, SignalPolicy
from tools.metrics_collector.promql import check
from tools.recipes import Recipe, Signal, expand
from tools.signals import SIGNALS

_FILE = "signals.yaml"
_SOURCE = "signals.yaml"
_RANGE = 300


def configure_signals(ground: Ground) -> None:
    """Let the reads know the signals of the policies in force, also after these have changed."""
    made: dict[str, Mapping[str, Signal]] = {}

    def configured() -> Mapping[str, Signal]:
        current = ground.book.current
        if current.digest not in made:
            made.clear()
            made[current.digest] = compiled(current.signals)
        return made[current.digest]

    ground.toolbelt.signals.configured = configured


def compiled(policy: SignalPolicy) -> Mapping[str, Signal]:
    """Return the configured signals by name; the file was checked before."""
    return {one.signal: _signal(one, SIGNALS[one.signal]) for one in policy.signals if one.signal in SIGNALS}


def check_signals(policy: SignalPolicy, folder: Path) -> Iterator[str]:
    """Yield a sentence with file and line for each name that is no signal, and each query that is no PromQL."""
    for index, one in enumerate(policy.signals):
        if one.signal not in SIGNALS:
            near = difflib.get_close_matches(one.signal, SIGNALS, n=3, cutoff=0.4)
            hint = f"did you mean {' or '.join(near)}?" if near else "docs/signals.md lists them"
            yield _said(folder, ("signals", index, "signal"), f"there is no signal {one.signal}; {hint}")
            continue
        recipe = _recipe(one)
        for service in (None, "a"):
            try:
                check(expand(recipe, service, None, _RANGE))
            except BadInput as error:
                yield _said(folder, ("signals", index, "promql"), error.user_message)
                break


def _signal(one: ConfiguredSignal, known: Signal) -> Signal:
    unit = one.unit or known.unit
    threshold, source = known.threshold, known.threshold_source
    if one.threshold is not None or unit != known.unit:
        # The known limit is one in the known unit.
        threshold = one.threshold if isinstance(one.threshold, float) else None
        source = _SOURCE if threshold is not None else ""
    return Signal(
        name=known.name,
        title=known.title,
        unit=unit,
        description=known.description,
        recipes=(_recipe(one),),
        higher_is_worse=known.higher_is_worse if one.worse is None else one.worse == "higher",
        threshold=threshold,
        threshold_source=source,
        combine=one.combine or known.combine,
    )


def _recipe(one: ConfiguredSignal) -> Recipe:
    # Nothing is asked for by name: whether the metric exists is seen by asking.
    return Recipe(_SOURCE, (), one.promql, scope="service" if one.per == "service" else "all")


def _said(folder: Path, loc: Loc, problem: str) -> str:
    path = folder / _FILE
    lines = lines_of(path)
    line = next((lines[loc[:size]] for size in range(len(loc), -1, -1) if loc[:size] in lines), 1)
    return f"{path}:{line}: {'.'.join(map(str, loc))}: {problem}"
