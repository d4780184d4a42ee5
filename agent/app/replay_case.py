"""`ops-monitor diagnose`: the ranked suspects of one recorded incident, for people and for machines."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from agent.diagnosis.cases.model import Suspect, Verdict
from agent.diagnosis.ranking import rank
from agent.operations.case_files import read_case
from agent.operations.case_past import model_for
from agent.transport.foreign import clean

_MOST_SUSPECTS = 10


def diagnose(case: Path, as_json: bool, learn: Path | None = None) -> int:
    """Print who is to blame in a recorded incident and why; raises BadInput when it cannot be read."""
    recorded = read_case(case)
    verdict = rank(recorded, model_for(case, recorded, learn))
    if as_json:
        sys.stdout.write(json.dumps(asdict(verdict), ensure_ascii=False) + "\n")
        return 0
    sys.stdout.write("\n".join(verdict_lines(verdict)) + "\n")
    return 0


def verdict_lines(verdict: Verdict) -> list[str]:
    """Return a verdict as lines for a person's screen."""
    if not verdict.suspects:
        return ["Inconclusive: nothing was recorded that could tell."]
    head = f"Most likely, with {verdict.confidence:.0%} confidence:"
    lines = [
        "Inconclusive: the evidence carries no answer. Nearest to one:" if verdict.inconclusive else head
    ]
    for number, suspect in enumerate(verdict.suspects[:_MOST_SUSPECTS], 1):
        lines.append(f"{number:2}. {_named(suspect)}  score {suspect.score:.3f}")
        lines += [f"      {clean(reason, 300)}" for reason in suspect.reasons]
    rest = len(verdict.suspects) - _MOST_SUSPECTS
    if rest > 0:
        lines.append(f"    ... and {rest} more; --json prints them all.")
    if verdict.ruled_out:
        lines += ["Ruled out:", *(f"    {clean(one, 300)}" for one in verdict.ruled_out[:_MOST_SUSPECTS])]
    return lines


def _named(suspect: Suspect) -> str:
    name = clean(suspect.entity, 80)
    return f"{name} (change {clean(suspect.change_id, 80)})" if suspect.change_id else name
