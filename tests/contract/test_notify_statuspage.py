"""Status posts against a double of Statuspage that was written from its public documentation."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agent.domain.notification import Channel
from agent.errors import BadAnswer, Misconfigured, Overloaded, Refused, Unavailable
from demo.vendors.door import VendorServer
from demo.vendors.statuspage import StatuspageVendor
from tests.support.outgoing import card, outgoing, post
from tests.support.scripted_http import GARBAGE, ended, scripted
from tools.connectors.statuspage import MOST_REQUESTS, StatuspagePosts


@pytest_asyncio.fixture
async def vendor() -> StatuspageVendor:
    return StatuspageVendor(components=("Checkout", "Search"))


@pytest_asyncio.fixture
async def page(vendor: StatuspageVendor) -> AsyncIterator[StatuspagePosts]:
    async with VendorServer(vendor) as server:
        posts = connector(server.url, vendor)
        yield posts
        await posts.close()


def connector(url: str, vendor: StatuspageVendor, **changes: str) -> StatuspagePosts:
    given = {"api_key": vendor.api_key, "page_id": vendor.page_id, **changes}
    return StatuspagePosts(url, timeout_seconds=30, **given)


async def test_the_posts_of_a_thread_are_one_incident_with_updates(
    vendor: StatuspageVendor, page: StatuspagePosts
) -> None:
    first = post(impact="major", components={"Checkout": "major_outage"})
    last = post(status="resolved", body="It works again.", components={"Checkout": "operational"})

    opened = await page.send(outgoing(first, key="u1"), again=False)
    assert "major_outage" == vendor.components[0]["status"]
    closed = await page.send(outgoing(last, key="u2"), again=False)

    [incident] = vendor.incidents
    assert Channel.STATUSPAGE is page.channel
    assert incident["id"] == opened.reference == closed.reference
    assert incident["shortlink"] == opened.link
    assert ["resolved", "investigating"] == [update["status"] for update in incident["incident_updates"]]
    assert ("resolved", "major") == (incident["status"], post(impact="major").impact)
    assert "operational" == vendor.components[0]["status"]
    assert "inc_7" not in str(incident)


async def test_what_stands_on_the_page_is_read_back(page: StatuspagePosts) -> None:
    sent = post(body="결제가 느립니다.\nWe are looking.", components={"Search": "partial_outage"})

    receipt = await page.send(outgoing(sent), again=False)

    assert (
        "Checkout is slow\ninvestigating: 결제가 느립니다.\nWe are looking.\nSearch: partial_outage"
        == receipt.read_back
    )


async def test_a_post_is_read_back_later_beside_newer_ones_and_until_it_is_gone(
    vendor: StatuspageVendor, page: StatuspagePosts
) -> None:
    first = outgoing(post(body="We look."), key="u1")
    receipt = await page.send(first, again=False)
    await page.send(outgoing(post(status="identified", body="Found."), key="u2"), again=False)
    sent = first.model_copy(update={"receipt": receipt})

    assert "investigating: We look." in (await page.read(sent) or "")
    vendor.incidents[0]["incident_updates"][-1]["body"] = "Edited by hand."
    assert "We look." not in (await page.read(sent) or "")
    vendor.incidents.clear()
    assert await page.read(sent) is None
    with pytest.raises(Refused):
        await page.read(first)


@pytest.mark.parametrize("status", ["investigating", "resolved"])
async def test_a_post_whose_answer_was_lost_is_not_posted_again(
    vendor: StatuspageVendor, page: StatuspagePosts, status: str
) -> None:
    first = outgoing(post(), key="u1")
    second = outgoing(post(status=status, body="more"), key="u2")
    receipts = [await page.send(first, again=False), await page.send(second, again=False)]

    receipts += [await page.send(second, again=True), await page.send(first, again=True)]

    [incident] = vendor.incidents
    assert ["more", "We are looking."] == [update["body"] for update in incident["incident_updates"]]
    assert {incident["id"]} == {receipt.reference for receipt in receipts}


async def test_an_answer_lost_on_the_wire_leaves_one_incident(
    vendor: StatuspageVendor, page: StatuspagePosts
) -> None:
    sent = outgoing(post(), key="u1")
    vendor.faults.set(lost_answer=True)
    with pytest.raises(Unavailable):
        await page.send(sent, again=False)
    vendor.faults.clear()

    await page.send(sent, again=True)
    await page.send(sent, again=True)

    assert [1] == [len(incident["incident_updates"]) for incident in vendor.incidents]


async def test_a_reopened_incident_is_a_new_one_and_other_threads_are_left_alone(
    vendor: StatuspageVendor, page: StatuspagePosts
) -> None:
    await page.send(outgoing(post(thread="other"), key="o1"), again=False)
    await page.send(outgoing(post(), key="u1"), again=False)
    await page.send(outgoing(post(status="resolved"), key="u2"), again=False)
    await page.send(outgoing(post(body="It came back."), key="u3"), again=False)

    states = [incident["status"] for incident in vendor.incidents]
    assert ["investigating", "resolved", "investigating"] == states


async def test_a_component_that_does_not_exist_is_named(
    vendor: StatuspageVendor, page: StatuspagePosts
) -> None:
    with pytest.raises(Refused, match="no component “Checkuot”; it has: Checkout, Search"):
        await page.send(outgoing(post(components={"Checkuot": "operational"})), again=False)
    assert [] == vendor.incidents


async def test_each_misconfiguration_has_its_own_sentence(vendor: StatuspageVendor) -> None:
    async with VendorServer(vendor) as server:
        cases = {
            "refuses our credentials (401)": connector(server.url, vendor, api_key="wrong"),
            "OPS_STATUSPAGE_PAGE_ID": connector(server.url, vendor, page_id="elsewhere"),
            "cannot be reached at http://127.0.0.1:1": connector("http://127.0.0.1:1", vendor),
        }
        for words, wrong in cases.items():
            probe = await wrong.probe()
            assert (False, True) == (probe.ok, words in probe.detail), probe
            assert vendor.api_key not in f"{probe}"
            await wrong.close()
        good = connector(server.url, vendor)
        probe = await good.probe()
        assert (True, "page “Shop status” with 2 components") == (probe.ok, probe.detail)
        await good.close()
    with pytest.raises(Misconfigured, match="http"):
        connector("status.example.com", vendor)


@pytest.mark.parametrize("status", [420, 429])
async def test_too_many_requests_wait_as_long_as_they_are_told(status: int) -> None:
    vendor = StatuspageVendor()
    async with scripted(GARBAGE["nothing"]) as script:
        script.status, script.headers = status, {"Retry-After": "7"}
        posts = connector(script.url, vendor)
        with pytest.raises(Overloaded) as raised:
            await posts.send(outgoing(post()), again=False)
        await posts.close()

    assert 7 == raised.value.retry_after_seconds


async def test_our_own_pace_stays_below_the_limit(vendor: StatuspageVendor) -> None:
    now = 1000.0
    async with VendorServer(vendor) as server:
        posts = StatuspagePosts(
            server.url, api_key=vendor.api_key, page_id=vendor.page_id, timeout_seconds=30, clock=lambda: now
        )
        for number in range(MOST_REQUESTS // 3 + 1):
            await posts.send(outgoing(post(thread=f"t{number}"), key=f"k{number}"), again=False)
        with pytest.raises(Overloaded) as raised:
            await posts.send(outgoing(post(thread="one more"), key="more"), again=False)
        now += raised.value.retry_after_seconds or 0
        await posts.send(outgoing(post(thread="one more"), key="more"), again=True)
        await posts.close()

    assert 60 == raised.value.retry_after_seconds
    assert MOST_REQUESTS // 3 + 2 == len(vendor.incidents)


@pytest.mark.parametrize("name", sorted(GARBAGE))
async def test_garbage_is_an_error_of_ours(name: str) -> None:
    async with scripted(GARBAGE[name]) as script:
        posts = connector(script.url, StatuspageVendor())
        assert isinstance(await ended(posts.send(outgoing(post()), again=False)), BadAnswer | Unavailable)
        await posts.close()


async def test_nothing_but_status_posts_is_taken(page: StatuspagePosts) -> None:
    with pytest.raises(Refused, match="Only status posts"):
        await page.send(outgoing(card()), again=False)
