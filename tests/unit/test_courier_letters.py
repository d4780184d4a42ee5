"""Dead letters as people meet them: in the status, at the terminal, and on their way again."""

import json
from pathlib import Path

import pytest

from agent.app.letters import letters_list, letters_retry
from agent.domain.notification import Channel, NotificationState
from agent.errors import BadInput, NotFound
from agent.operations.dead_letters import (
    DeadLetters,
    address_shown,
    dead_letter_probe,
    dead_letters,
    redeliver,
)
from agent.operations.status import _undelivered_line
from agent.settings import Settings
from tests.support.courier import mail, office, page
from tests.support.store import NOON

DEAD = NotificationState.DEAD


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ops.db'}"


async def test_the_status_names_each_channel_with_its_newest_reason(url: str) -> None:
    async with office(url) as desk:
        assert [] == await _undelivered_line(desk.store, "en")
        await desk.add(
            mail("m1", state=DEAD, last_error="older reason"),
            mail("m2", state=DEAD, last_error="refused: no such mailbox", at=NOON.replace(minute=1)),
            page("p1", state=DEAD, last_error="refuses our credentials"),
        )
        for lang, words in (("en", "Not delivered"), ("ko", "전달 실패")):
            [line] = await _undelivered_line(desk.store, lang)
            assert words in line
            assert "3" in line
            assert "email: refused: no such mailbox" in line
            assert "pagerduty: refuses our credentials" in line
            assert "older reason" not in line


async def test_doctor_says_how_to_mend_it(url: str) -> None:
    assert dead_letter_probe(DeadLetters()).ok
    async with office(url) as desk:
        await desk.add(page("p1", state=DEAD, last_error="OPS_PAGERDUTY_ROUTING_KEY is wrong"))
        async with desk.store.read() as tx:
            probe = dead_letter_probe(await dead_letters(tx))
    assert not probe.ok
    assert "OPS_PAGERDUTY_ROUTING_KEY" in probe.detail
    assert "deadletters retry" in (probe.fix or "")


@pytest.mark.parametrize(
    ("channel", "address", "shown"),
    [
        (Channel.SMS, "+15005550006", "…0006"),
        (Channel.EMAIL, "mina.kim@example.test", "m…@example.test"),
        (Channel.EMAIL, "", ""),
        (Channel.STATUSPAGE, "", ""),
        (Channel.TEAMS, "support", "support"),
    ],
)
def test_others_see_no_more_of_an_address_than_tells(channel: Channel, address: str, shown: str) -> None:
    assert shown == address_shown(mail("m", channel=channel, address=address))


async def test_only_a_dead_message_is_sent_again(url: str) -> None:
    async with office(url) as desk:
        await desk.add(page("p1"))
        async with desk.store.write() as tx:
            with pytest.raises(BadInput):
                await redeliver(tx, "p1", NOON)
            with pytest.raises(NotFound):
                await redeliver(tx, "p2", NOON)


async def test_what_may_have_arrived_stays_known(url: str) -> None:
    async with office(url) as desk:
        await desk.add(page("p1", state=DEAD, attempts=9, sending_since=NOON, last_error="no answer"))
        async with desk.store.write() as tx:
            again = await redeliver(tx, "p1", NOON)
    assert (NotificationState.WAITING, 0, NOON) == (again.state, again.attempts, again.sending_since)


async def test_the_terminal_lists_and_retries_without_showing_addresses(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(database_url=url)
    async with office(url) as desk:
        await desk.add(
            mail("m1", state=DEAD, last_error="no such mailbox", attempts=2),
            page("p1", state=DEAD),
            page("p2"),
        )
    await letters_list(settings, as_json=False)
    shown = capsys.readouterr().out
    assert "m1  email" in shown
    assert "2 could not be delivered" in shown
    assert "mina@" not in shown
    await letters_list(settings, as_json=True)
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"m1", "p1"} == {one["key"] for one in told}
    await letters_retry(settings, "m1")
    await letters_retry(settings, "all")
    async with office(url) as desk:
        assert [NotificationState.WAITING] * 3 == [await desk.state(key) for key in ("m1", "p1", "p2")]
