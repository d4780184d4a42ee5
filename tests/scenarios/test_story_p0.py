"""The story of a P0, played by clicks: page, channel, updates, risk, roll-back, all-clear, post-mortem.

One demo runs for the whole story; each test is a chapter that needs the chapters before it.
"""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agent.domain.action import ActionState
from agent.domain.handoff import ActionAssessed, ReleasePlanned
from agent.domain.incident import IncidentStatus, Priority
from agent.domain.update import Moment
from tests.support.clicks import JUN, MINA
from tests.support.product import shown
from tests.support.story import Story, told_story

pytestmark = [
    pytest.mark.backend,
    pytest.mark.demo,
    pytest.mark.slow(115),
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="module"),
]
# What outsiders never read: services, versions, incidents, people, addresses and alerts by their own names.
INTERNAL = re.compile(
    r"\bpayment\b|storefront|\bv\d\b|INC-\d|Mina|\bJun\b|127\.0\.0\.1|HighErrorRate|\bpods?\b", re.I
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def story(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    async with told_story(tmp_path_factory.mktemp("story")) as told:
        yield told


async def test_who_is_on_call_is_rung_and_answers_on_the_phone(story: Story) -> None:
    def p0() -> bool:
        return any(one.priority is Priority.P0 for one in story.people.incidents())

    await story.until(p0, "a P0")
    pager = story.outside.pagerduty
    await story.until(lambda: pager.books.phones, "a phone that rings")
    rung, keys = [ring["name"] for ring in pager.books.phones], [one.key for one in pager.books.incidents]
    await story.answer_the_phone("PMINA01")
    await story.until(lambda: story.incident.acknowledged_by, "an answer that reaches the incident")
    await story.until(lambda: MINA in shown(story.people.card(story.incident)), "her name on the card")
    # Its end is written down once the bot's answer to it is here.
    sent = await story.until(
        lambda: [hook["status"] for hook in pager.hooks.sent if hook["type"] == "incident.acknowledged"],
        "a delivery that ended",
    )

    assert ["Mina"] == rung
    assert MINA == story.incident.acknowledged_by
    assert [f"ops-monitor-{story.incident.id}"] == keys
    assert sent[-1] in (200, 202)


async def test_the_incident_has_a_channel_of_its_own_with_its_people(story: Story) -> None:
    await story.until(story.room, "a channel of its own")
    room = story.room()
    assert room is not None
    await story.until(lambda: {MINA, JUN} <= set(room.members), "its people in it")
    await story.until(lambda: room.bookmarks, "a bookmark that leads to the card")

    assert room.name.startswith("inc-1")
    assert "P0 · INC-1" in room.topic


async def test_executives_read_english_mail_and_product_reads_korean_in_slack(story: Story) -> None:
    mails = await story.until(lambda: story.mails("executives@demo.example"), "a mail to executives")
    await story.until(lambda: story.workspace.history("product"), "a message to product")
    await story.until(lambda: story.workspace.history("support"), "a message to support")

    assert "Next update by" in mails[0]["text"]
    assert None is INTERNAL.search(mails[0]["subject"])
    assert re.search("[가-힣]{2}", story.said("product"))
    assert None is re.search("[가-힣]", story.said("support"))


async def test_customers_are_told_only_once_a_commander_has_agreed(story: Story) -> None:
    status = story.outside.statuspage
    before = list(status.incidents)
    sent = await story.agree_to_customers(JUN)
    [posted] = status.incidents
    words = [posted["name"], *(update["body"] for update in posted["incident_updates"])]
    components = {one["name"]: one["status"] for one in status.components}

    assert [] == before
    assert JUN == sent.approved_by
    assert [] == [text for text in words if INTERNAL.search(text)]
    assert {"Payments": "major_outage", "Textbooks": "operational"}.items() <= components.items()


async def test_the_way_back_is_planned_and_its_risk_is_told(story: Story) -> None:
    await story.until(lambda: story.answered("plan_release"), "a plan of the deployment-manager")
    await story.until(lambda: story.answered("assess_action"), "an assessment of the risk-manager")
    words = ("risk-manager", "deployment-manager")
    await story.until(
        lambda: all(word in story.thread_words() for word in words), "plan and risk in the thread"
    )

    def weighed() -> bool:
        """Say whether the newest roll-back is the one that was planned last, with its risk."""
        action, planned = story.people.action("roll_back_workload"), story.answered("plan_release")[-1]
        same = action is not None and isinstance(planned, ReleasePlanned) and action.id == planned.action_id
        return same and action is not None and action.decision.risk is not None

    await story.until(weighed, "a planned roll-back with its risk")
    assert isinstance(story.answered("assess_action")[-1], ActionAssessed)


async def test_a_click_rolls_back_and_it_proves_itself(story: Story) -> None:
    button = await story.people.button_of("roll_back_workload")
    await story.people.press(MINA, button)

    def succeeded() -> bool:
        action = story.people.action("roll_back_workload")
        return action is not None and action.state is ActionState.SUCCEEDED

    await story.until(succeeded, "a roll-back that proved itself")
    await story.people.resolved(story.incident.id)
    await story.until(lambda: story.people.card(story.incident)["text"].startswith("🟢"), "a green card")

    assert "payment" in shown(story.people.card(story.incident))
    await story.people.over("payment-outage")


async def test_a_post_mortem_is_drafted_and_its_follow_ups_are_tickets(story: Story) -> None:
    room = story.room()
    assert room is not None
    await story.until(lambda: room.canvases, "a canvas of the incident's channel")
    [canvas] = room.canvases
    draft = story.workspace.canvases.get(canvas)
    await story.until(lambda: "v3" in draft.markdown, "a draft that names the release")
    await story.until(lambda: story.outside.jira.issues, "a ticket for a follow-up")

    assert "Mina" in draft.markdown
    await story.until(lambda: "post-mortem" in story.thread_words().lower(), "a word of it in the thread")


async def test_everyone_hears_that_it_is_over_and_the_pager_falls_silent(story: Story) -> None:
    pager = story.outside.pagerduty.books.incidents[0]
    await story.until(lambda: pager.status == "resolved", "a pager that is told")
    mails = await story.until(
        lambda: [one for one in story.mails("executives@demo.example")[1:] if "Resolved" in one["text"]],
        "a last mail",
    )
    await story.agree_to_customers(JUN, Moment.RESOLVED)
    [posted] = story.outside.statuspage.incidents

    assert 1 == len(mails)
    assert "resolved" == posted["status"]
    assert {"operational"} == {one["status"] for one in story.outside.statuspage.components}


async def test_nothing_was_refused_and_there_was_one_incident(story: Story) -> None:
    await story.people.nothing_refused()

    statuses = [one.status for one in story.people.incidents()]
    assert [IncidentStatus.RESOLVED] == statuses, story.people.story()
    assert 1 == len(story.people.cards())
