"""Parameters of the data actions: what could mean more than it says is refused before anything is asked."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.errors import Misconfigured
from agent.locale.messages import LANGUAGES, text
from tools.alert_manager.matchers import Matcher, conditions
from tools.alert_manager.writes import ExpireSilence, SilenceAlerts, SilenceId, SilenceParams
from tools.connectors.postgres_sessions import PostgresSessions
from tools.connectors.redis_cache import RedisCache, literal
from tools.incident_responder.writes.cache import (
    FlushCacheDatabase,
    FlushCacheKeys,
    FlushCacheServer,
    PrefixParams,
)
from tools.incident_responder.writes.database import (
    Application,
    EndQueries,
    LongQueries,
    RaiseConnectionLimit,
    RestartDatabaseConnections,
    RoleLimit,
)
from tools.incident_responder.writes.session_list import shown_query

WRITES = (
    FlushCacheKeys,
    FlushCacheDatabase,
    FlushCacheServer,
    EndQueries,
    RestartDatabaseConnections,
    RaiseConnectionLimit,
    SilenceAlerts,
    ExpireSilence,
)
SILENCE = {"matchers": [{"name": "service", "value": "payment"}], "minutes": 10, "comment": "known"}


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/0", "redis://127.0.0.1:port/0", "redis://h/first", ""])
def test_an_address_that_is_none_names_the_form_and_not_the_secret(url: str) -> None:
    with pytest.raises(Misconfigured, match="redis://host:port/0"):
        RedisCache(url, timeout_seconds=1)


@pytest.mark.parametrize(
    "raw",
    [
        {"prefix": ""},
        {"prefix": " "},
        {"prefix": " a"},
        {"prefix": "a "},
        {"prefix": "a\nb"},
        {"prefix": "x" * 201},
        {"prefix": "a", "database": -1},
        {"prefix": "a", "database": 1024},
        {"prefix": "a", "pattern": "*"},
        {},
    ],
)
def test_parameters_that_could_mean_more_are_refused(raw: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PrefixParams.model_validate(raw)


@given(st.text(max_size=30))
def test_a_literal_never_holds_a_bare_glob_character(prefix: str) -> None:
    escaped = literal(prefix)
    assert prefix == re.sub(r"\\(.)", r"\1", escaped, flags=re.DOTALL)
    assert not re.search(r"[*?\[\]]", re.sub(r"\\.", "", escaped, flags=re.DOTALL))


@pytest.mark.parametrize("dsn", ["postgresql://h:port/x y", "nonsense", "host='x"])
def test_a_dsn_that_is_none_names_the_form(dsn: str) -> None:
    with pytest.raises(Misconfigured, match="postgresql://host/db"):
        PostgresSessions(dsn, timeout_seconds=1)


@pytest.mark.parametrize(
    ("model", "raw"),
    [
        (LongQueries, {"longer_than_seconds": 0}),
        (LongQueries, {"longer_than_seconds": -5}),
        (LongQueries, {"longer_than_seconds": 60, "application": "a\nb"}),
        (LongQueries, {"longer_than_seconds": 60, "application": " "}),
        (LongQueries, {}),
        (Application, {"application": ""}),
        (Application, {"application": " "}),
        (Application, {"application": "payment "}),
        (RoleLimit, {"role": "payment", "limit": 0}),
        (RoleLimit, {"role": "payment", "limit": -1}),
        (RoleLimit, {"role": "payment", "limit": 1001}),
        (RoleLimit, {"role": "", "limit": 5}),
        (RoleLimit, {"role": "x" * 64, "limit": 5}),
        (SilenceId, {"id": "../silences"}),
        (SilenceId, {"id": ""}),
        (SilenceId, {"id": "*"}),
    ],
)
def test_database_and_silence_parameters_out_of_bounds_are_refused(model: Any, raw: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(raw)


@pytest.mark.parametrize(
    "matchers",
    [
        [],
        [{"name": "service", "value": ""}],
        [{"name": "service", "value": ".*", "isRegex": True}],
        [{"name": "service", "value": ".+", "isRegex": True}],
        [{"name": "service", "value": "(.|\\n)*", "isRegex": True}],
        [{"name": "service", "value": "[^x]*", "isRegex": True}],
        [{"name": "service", "value": "payment|.*", "isRegex": True}],
        [{"name": "service", "value": "payment|", "isRegex": True}],
        [{"name": "service", "value": "\\w+", "isRegex": True}],
        [{"name": "service", "value": "[0-9a-f]+", "isRegex": True}],
        [{"name": "service", "value": "\\S{1,}", "isRegex": True}],
        [{"name": "service", "value": "(", "isRegex": True}],
        [{"name": "service", "value": "payment", "isEqual": False}],
        [{"name": "service", "value": "x.*", "isRegex": True, "isEqual": False}],
        [{"name": "service=", "value": "payment"}],
        [{"name": 'a"}', "value": "payment"}],
        [{"name": "service", "value": "pay\nment"}],
        [{"name": "service", "value": "payment", "extra": 1}],
        [{"name": "service", "value": "payment"}, {"name": "pod", "value": ".*", "isRegex": True}],
    ],
)
def test_a_silence_that_could_match_everything_is_refused(matchers: list[dict[str, object]]) -> None:
    with pytest.raises(ValidationError):
        SilenceParams.model_validate(SILENCE | {"matchers": matchers})


@pytest.mark.parametrize("value", ["payment|checkout", "payment-.*", ".*-db", "Pod.+", "us-(east|west)-1"])
def test_a_narrow_pattern_is_accepted(value: str) -> None:
    params = SilenceParams.model_validate(
        SILENCE | {"matchers": [{"name": "service", "value": value, "isRegex": True}]}
    )
    assert f'service=~"{value}"' == conditions([m.model_dump() for m in params.matchers])


def test_what_a_label_is_not_may_narrow_what_another_one_is() -> None:
    matchers = [
        {"name": "service", "value": "payment"},
        {"name": "severity", "value": "critical", "isEqual": False},
    ]
    params = SilenceParams.model_validate(SILENCE | {"matchers": matchers})
    assert 'service="payment", severity!="critical"' == conditions([m.model_dump() for m in params.matchers])


@pytest.mark.parametrize("minutes", [0, -1, 24 * 60 + 1])
def test_a_silence_lasts_at_most_a_day(minutes: int) -> None:
    with pytest.raises(ValidationError):
        SilenceParams.model_validate(SILENCE | {"minutes": minutes})


@pytest.mark.parametrize("value", ["[[", "pay[[a-z]", "pay[a&&b]"])
def test_a_pattern_that_alertmanager_reads_otherwise_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="is no regular expression"):
        Matcher.model_validate({"name": "service", "value": value, "isRegex": True})


@given(st.text(min_size=1, max_size=200))
def test_any_pattern_that_is_accepted_lets_no_empty_label_pass(value: str) -> None:
    raw = {"name": "service", "value": value, "isRegex": True}
    try:
        accepted = Matcher.model_validate(raw)
    except ValidationError:
        return
    assert re.fullmatch(accepted.value, "") is None


@given(st.text(max_size=400))
def test_a_shown_query_holds_no_value_and_stays_short(query: str) -> None:
    line = shown_query(f"SELECT 1 WHERE name = 'sesame' AND n = 4111111111111111 -- {query}")
    assert "sesame" not in line
    assert "4111" not in line
    assert len(line) <= 100
    assert "\n" not in line


@pytest.mark.parametrize("write", WRITES, ids=lambda w: w.name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_has_its_words(write: Any, language: str) -> None:
    assert text(language, f"action-{write.name}")
    assert text(language, f"action-{write.name}-what")
