"""Abnormalities as alerts of our own: one a service, few at once, ended by themselves."""

from agent.diagnosis.watch import Episode, Key
from agent.diagnosis.watch_alerts import MOST_NEW, alert_of, wanted
from tests.support.store import NOON


def episode(service: str, signal: str = "latency_p95", since: float = 0.0, **more: bool) -> Episode:
    return Episode(Key(signal, service), NOON.timestamp() + since, 2.0, 0.2, **({"sustained": True} | more))


def told(
    *episodes: Episode, firing: tuple[Episode, ...] = (), known: bool = True
) -> list[tuple[str, str, str]]:
    alerts = wanted(episodes, [alert_of(e) for e in firing], NOON, known=known)
    return [(a.status.value, a.labels["service"], a.labels["signal"]) for a in alerts]


def test_the_first_signal_of_a_service_speaks_for_it() -> None:
    both = (episode("a", "server_error_ratio", 60), episode("a"), episode("b"))

    assert told(*both) == [("firing", "a", "latency_p95"), ("firing", "b", "latency_p95")]


def test_what_fires_is_not_told_again() -> None:
    assert told(episode("a"), episode("a", "up", 60), firing=(episode("a"),)) == []


def test_what_is_over_is_told_and_another_signal_takes_over() -> None:
    found = told(episode("a", "up", 60), firing=(episode("a"),))

    assert found == [("firing", "a", "up"), ("resolved", "a", "latency_p95")]


def test_nothing_ends_while_nothing_is_known() -> None:
    assert told(firing=(episode("a"),), known=False) == []


def test_what_is_not_sustained_or_only_a_cause_wakes_nobody() -> None:
    assert told(episode("a", sustained=False), episode("b", "cpu_utilization")) == []


def test_no_flood() -> None:
    assert len(told(*(episode(f"s{i}") for i in range(100)))) == MOST_NEW


def test_the_same_series_has_the_same_fingerprint() -> None:
    first, again, other = (alert_of(e) for e in (episode("a"), episode("a", since=600), episode("b")))

    assert first.fingerprint == again.fingerprint != other.fingerprint
