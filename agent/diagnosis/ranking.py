"""The one door to the ranking of a recorded incident: what the case holds decides which method is asked."""

from agent.diagnosis.cases.model import Case, Suspect, Verdict
from agent.diagnosis.cases.releases import blame_release
from agent.diagnosis.cases.signals import rank_signals
from agent.diagnosis.storms.model import StormModel


def rank(case: Case, model: StormModel | None = None) -> Verdict:
    """Rank the suspects of a case, the most likely first.

    Changes are compared with their own past and with the copies that did not change; measurements, logs and traces
    are ranked by surprise; where alerts are all there is, the storm model (`model`, or one that learned nothing)
    decides. Never raises for missing signals: a case without evidence is inconclusive.
    """
    measured = bool(case.metrics or case.logs or case.spans)
    if case.changes:
        return _joined(blame_release(case), rank_signals(case) if measured else Verdict(()))
    if measured or not case.alerts:
        return rank_signals(case)
    return (model or StormModel.untrained()).rank(case)


def _joined(changes: Verdict, signals: Verdict) -> Verdict:
    """Put the changes first and the services that no change touched behind them, on the scale of the former."""
    named = {suspect.entity for suspect in changes.suspects}
    rest = [suspect for suspect in signals.suspects if suspect.entity not in named]
    if changes.suspects and not changes.inconclusive:
        floor = min(suspect.score for suspect in changes.suspects)
        rest = [_below(suspect, floor) for suspect in rest]
    ranked = sorted((*changes.suspects, *rest), key=lambda suspect: -suspect.score)
    surer = changes if not changes.inconclusive else signals
    return Verdict(
        tuple(ranked), surer.confidence, surer.inconclusive, (*changes.ruled_out, *signals.ruled_out)
    )


def _below(suspect: Suspect, floor: float) -> Suspect:
    return Suspect(suspect.entity, floor * suspect.score, suspect.reasons, suspect.change_id)
