"""What people type after `/ops`, and what their mentions mean, whatever they type."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.locale.messages import LANGUAGES, known
from agent.transport.slack.commands import guess_command, parse_command
from agent.transport.slack.help import render_help, render_usage
from agent.transport.slack.identity import actor_of, click_key, event_keys, team_of
from agent.transport.slack.mentions import place_of, plain_question
from agent.transport.slack.subcommands import SUBCOMMANDS
from tests.support.blockkit import wrong_with
from tests.support.hostile import words


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", ("", "")),
        ("  status ", ("status", "")),
        ("METRICS checkout latency 30m", ("metrics", "checkout latency 30m")),
        ("acknowledge INC-3", ("ack", "INC-3")),
        ("도움말", ("help", "")),
        ("ask why is  checkout slow?", ("ask", "why is  checkout slow?")),
    ],
)
def test_commands_are_read_forgivingly(typed: str, expected: tuple[str, str]) -> None:
    assert expected == parse_command(typed)


@pytest.mark.parametrize(
    ("word", "guess"),
    [
        ("metrcs", "metrics"),
        ("incidnets", "incidents"),
        ("aknowledge", "ack"),
        ("xyzzy", None),
        ("logz", "logs"),
    ],
)
def test_misspelt_subcommands_are_guessed(word: str, guess: str | None) -> None:
    assert guess == guess_command(word)


@settings(max_examples=100)
@given(words)
def test_no_typing_breaks_the_parser(typed: str) -> None:
    word, args = parse_command(typed)

    assert " " not in word
    assert args == args.strip()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_subcommand_has_help_with_examples(lang: str) -> None:
    for one in SUBCOMMANDS.values():
        assert known(f"usage-{one.name}")
        assert one.examples
        assert all(example.split()[0] in (one.name, "metrics") for example in one.examples)
        assert wrong_with(render_usage(one, lang).blocks) == []
    assert wrong_with(render_help(SUBCOMMANDS.values(), lang).blocks) == []


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("<@U0BOT> why is <#C01|checkout> slow?", "why is checkout slow?"),
        ("<@U0BOT|ops-monitor>: 상태", ": 상태"),
        ("see <https://x.example/a?b=1|the page> &amp; tell", "see https://x.example/a?b=1 & tell"),
        ("p95 &gt; 1s &amp;lt; what", "p95 > 1s &lt; what"),
        ("<@U0BOT>", ""),
    ],
)
def test_questions_are_freed_of_codes(said: str, asked: str) -> None:
    assert asked == plain_question(said)


@given(words)
@settings(deadline=2_000)
def test_no_message_breaks_the_question(said: str) -> None:
    asked = plain_question(said)

    assert len(asked) <= 2_000
    assert "\n" not in asked


def test_one_message_has_one_key_in_both_of_its_events() -> None:
    message = {"type": "message", "client_msg_id": "m1", "channel": "C1", "ts": "1.0"}
    mention = message | {"type": "app_mention"}
    first = event_keys({"event_id": "Ev1", "event": message}, "ask")
    second = event_keys({"event_id": "Ev2", "event": mention}, "ask")

    assert set(first) & set(second) == {"ask:m1"}


def test_clicks_differ_by_person_and_place() -> None:
    click = {"container": {"message_ts": "1.0"}, "actions": [{"action_ts": "2.0"}], "trigger_id": "t1"}

    assert click_key(click) == click_key(dict(click))
    assert click_key(click) != click_key(click | {"trigger_id": "t2"})


@pytest.mark.parametrize(
    ("body", "actor", "team"),
    [
        ({"user": {"id": "U1"}, "team": {"id": "T1"}}, "U1", "T1"),
        ({"user_id": "U1", "team_id": "T1"}, "U1", "T1"),
        ({"event": {"user": "U1"}, "team_id": "T1"}, "U1", "T1"),
        ({}, "unknown", None),
    ],
)
def test_people_are_known_by_every_kind_of_payload(
    body: dict[str, object], actor: str, team: str | None
) -> None:
    assert (actor, team) == (actor_of(body), team_of(body))


def test_an_answer_goes_to_the_thread_or_starts_one() -> None:
    top = place_of({"event": {"channel": "C1", "ts": "1.0", "user": "U1"}, "team_id": "T1"})
    reply = place_of({"event": {"channel": "C1", "ts": "2.0", "thread_ts": "1.0", "user": "U1"}})

    assert (top.thread_ts, reply.thread_ts) == ("1.0", "1.0")


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from(["user", "event", "container", "view", "team"]), st.none()))
def test_strange_payloads_have_keys_all_the_same(body: dict[str, None]) -> None:
    assert click_key(body).startswith("click:")
