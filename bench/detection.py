"""How early and how quietly the bot notices by itself, on made-up days of forty services (see detection_world).

Method. Every figure here is of our own making: nobody publishes minutely numbers of services with the times of their
faults, so a generator makes them, with daily rhythms, noise that remembers, batch jobs, releases, restarts, counters
that begin again, lost points, outages of the metrics store, and a quarter of services with hardly any requests. Two
faults a service and day, of the demo's eight kinds, from barely visible to total, at once or within minutes; nothing
spreads from service to service. The product's own Watcher sees one minute after the other, 26 hours before the day
that counts (as after a restart). What becomes sustained on a signal that may wake somebody is an alert, one at a
time for each service, as in `OPS_WATCH=alert`.

`mttd_seconds` is the mean time from a fault's beginning to the alert, with the five seconds that the look comes late;
slow leaks are included, `mttd_sudden_seconds` leaves them out. `early_detection_share` counts the faults that were
noticed before the rules in deploy/ would have fired (same windows, thresholds and holds), or that no rule would have
noticed; a missed fault and a draw are never early.
`false_positives_per_day` counts alerts of all forty services that no fault explains (from its beginning to 15 minutes
after its end), `false_positive_share` their part of all alerts: it depends on there being eighty faults a day.

The seeds in CHOOSING were used while sizes and numbers of looks were chosen, those in REPORTING were not looked at
before. `--quick` takes one of the latter, `--choosing` the former.
"""

import sys
from collections import Counter
from dataclasses import dataclass

from agent.diagnosis.watch import Episode, Watcher
from agent.diagnosis.watch_rules import BY_SIGNAL
from bench.detection_rules import first_rule
from bench.detection_world import PAST, World, build
from bench.figures import options, percentile, report

CHOOSING = (11, 12, 13, 101, 102, 103, 201, 202, 203, 204, 205)
REPORTING = (301, 302, 303, 304, 305)
AFTER = 15.0
LATE = 5.0
# The one kind that takes most of an hour to show.
SLOW = "memory-leak"


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alert that the watch would have sent, in minutes of the world."""

    at: int
    since: int
    signal: str
    service: str


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of one world: seconds to notice each fault (None: missed), which were early, and false alarms."""

    seconds: dict[str, list[float | None]]
    early: int
    false: list[Alarm]
    alarms: int


def alarms_of(world: World) -> list[Alarm]:
    """Return what the bot would have sent during the day that counts."""
    watcher, found = Watcher(), []
    ringing: dict[str, Episode] = {}
    for minute, at, values in world.minutes():
        sustained = watcher.take(at, values)
        going_on = {e.key.service for e in watcher.open if e.sustained and BY_SIGNAL[e.key.signal].wakes}
        ringing = {service: e for service, e in ringing.items() if service in going_on}
        for episode in sustained:
            if BY_SIGNAL[episode.key.signal].wakes and episode.key.service not in ringing:
                ringing[episode.key.service] = episode
                since = minute - round((at - episode.since) / 60)
                found.append(Alarm(minute, since, *episode.key))
    return [alarm for alarm in found if alarm.at >= PAST]


def judged(world: World, alarms: list[Alarm]) -> Tally:
    """Compare the alarms with the faults."""
    seconds: dict[str, list[float | None]] = {}
    early, explained = 0, set()
    for fault in world.faults:
        mine = [a for a in alarms if a.service == fault.service and fault.start <= a.at <= fault.end + AFTER]
        explained |= set(mine)
        during = [a.at for a in mine if a.at <= fault.end + 1]
        noticed = min(during) if during else None
        took = None if noticed is None else (noticed - fault.start) * 60 + LATE
        seconds.setdefault(fault.kind, []).append(took)
        rule = first_rule(world, fault)
        early += noticed is not None and (rule is None or noticed < rule)
    return Tally(seconds, early, [a for a in alarms if a not in explained], len(alarms))


def main() -> None:
    """Run the worlds and print the figures."""
    choosing = "--choosing" in sys.argv
    sys.argv = [word for word in sys.argv if word != "--choosing"]
    given = options(__doc__ or "")
    seeds = CHOOSING if choosing else REPORTING[:1] if given.quick else REPORTING
    tallies = []
    for seed in seeds:
        world = build(seed)
        tallies.append(judged(world, alarms_of(world)))
    if not given.json:
        _tell(tallies)
    report(_figures(tallies), only_json=given.json)


def _figures(tallies: list[Tally]) -> dict[str, float | int]:
    took = [s for tally in tallies for some in tally.seconds.values() for s in some]
    noticed = [s for s in took if s is not None]
    sudden = [s for t in tallies for k, some in t.seconds.items() if k != SLOW for s in some if s is not None]
    false, alarms = sum(len(t.false) for t in tallies), sum(t.alarms for t in tallies)
    return {
        "faults": len(took),
        "early_detection_share": sum(t.early for t in tallies) / len(took),
        "noticed_share": len(noticed) / len(took),
        "false_positives_per_day": false / len(tallies),
        "false_positive_share": false / max(alarms, 1),
        "mttd_seconds": sum(noticed) / max(len(noticed), 1),
        "mttd_sudden_seconds": sum(sudden) / max(len(sudden), 1),
        "mttd_p50_seconds": percentile(noticed, 0.5),
        "mttd_p95_seconds": percentile(noticed, 0.95),
    }


def _tell(tallies: list[Tally]) -> None:
    kinds = sorted({kind for tally in tallies for kind in tally.seconds})
    for kind in kinds:
        took = [s for tally in tallies for s in tally.seconds.get(kind, [])]
        noticed = [s for s in took if s is not None]
        mean = sum(noticed) / max(len(noticed), 1)
        print(f"{kind:>20}  {len(noticed)} of {len(took)}, {mean:.0f} s")
    print(f"{'false by signal':>20}  {dict(Counter(a.signal for t in tallies for a in t.false))}")


if __name__ == "__main__":
    main()
