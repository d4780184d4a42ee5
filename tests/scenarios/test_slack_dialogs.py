"""Dialogs and the Home tab on the real wire."""

from pathlib import Path

from agent.domain.probe import Probe
from tests.support.blockkit import wrong_with_view
from tests.support.slackbot import running_bot
from tests.support.views import payment_evidence
from tests.support.workspace import ALEX, MINA

CHANNEL = "#general"


async def test_declaring_checks_its_fields_and_opens_an_incident(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        ws = bot.server.workspace
        await ws.slash(ALEX, CHANNEL, "/ops declare")
        await ws.wait_for(lambda w: w.modals_of(ALEX))
        shown = ws.modals_of(ALEX)[-1]
        wrong = await ws.submit(ALEX, {"title": "  ", "service": "checkout", "priority": "P1"})
        right = await ws.submit(
            ALEX,
            {"title": "checkout hangs", "service": "checkout", "priority": "P1", "description": "since noon"},
        )
        await ws.wait_for(lambda w: "is declared" in str(w.whispers(ALEX, CHANNEL)))
        async with bot.store.read() as tx:
            [incident] = await tx.incidents.open()
            kinds = [event.kind.value for event in await tx.timeline.of(incident.id)]

    assert wrong_with_view(shown["sent"] if "sent" in shown else _sent(shown)) == []
    assert wrong.errors == {"title": "Say in a few words what is wrong."}
    assert right.ok
    assert (incident.title, incident.service, incident.priority.value) == ("checkout hangs", "checkout", "P1")
    assert "note" in kinds


def _sent(view: dict[str, object]) -> dict[str, object]:
    names = ("type", "callback_id", "title", "submit", "close", "blocks", "private_metadata")
    return {name: view[name] for name in names if view.get(name)}


async def test_services_are_suggested_and_free_words_are_possible(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        ws = bot.server.workspace
        await ws.slash(ALEX, CHANNEL, "/ops declare checkout is down")
        await ws.wait_for(lambda w: w.modals_of(ALEX))
        view = ws.modals_of(ALEX)[-1]
        container = {"type": "view", "view_id": view["id"]}
        person = ws.state.user(ALEX).id
        suggested = await ws.clicks.suggest(person, container, "service", "service", "pay")
        options = suggested.reply["options"]

    assert [option["value"] for option in options][:2] == ["pay", "payment"]
    assert view["blocks"][0]["element"]["initial_value"] == "checkout is down"


async def test_evidence_is_paged_with_its_queries(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        incident = await bot.card(await bot.declare())
        channel, ts = incident.conversation.channel, incident.conversation.ts or ""
        async with bot.store.write() as tx:
            for round_ in range(2):
                for one in payment_evidence():
                    key = f"{one.id}_{round_}"
                    await tx.evidence.add(one.model_copy(update={"id": key, "incident_id": incident.id}))
        ws = bot.server.workspace
        await ws.click(MINA, channel, ts, "incident.evidence")
        await ws.wait_for(lambda w: w.modals_of(MINA))
        first = ws.modals_of(MINA)[-1]
        await ws.click_view(MINA, first["id"], "evidence.page.1")
        await ws.wait_for(lambda w: "Page 2 of 2" in str(w.modals_of(MINA)[-1]))

    assert "Page 1 of 2" in str(first)
    assert wrong_with_view(_sent(first)) == []


async def test_asking_from_the_card_answers_in_its_thread(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        incident = await bot.card(await bot.declare())
        channel, ts = incident.conversation.channel, incident.conversation.ts or ""
        ws = bot.server.workspace
        await ws.click(MINA, channel, ts, "incident.ask")
        await ws.wait_for(lambda w: w.modals_of(MINA))
        await ws.submit(MINA, {"question": "what changed?"})
        await ws.wait_for(lambda w: "failing since 19:30" in str(w.replies(channel, ts)))

    assert [(incident.id, "what changed?")] == [(q.incident_id, q.text) for q in bot.desk.asked]


async def test_home_shows_incidents_backends_and_how_to_use(tmp_path: Path) -> None:
    missing = Probe(name="prometheus", ok=False, detail="does not answer", fix="Set OPS_PROMETHEUS_URL.")
    async with running_bot(tmp_path, probes=(missing,)) as bot:
        await bot.card(await bot.declare())
        ws = bot.server.workspace
        await ws.open_home(ALEX)
        await ws.wait_for(lambda w: w.home_of(ALEX))
        home = ws.home_of(ALEX) or {}
        words = str(home["blocks"])
        await ws.click_view(ALEX, home["id"], "ops.shortcut.declare")
        await ws.wait_for(lambda w: w.modals_of(ALEX))

    assert wrong_with_view({"type": "home", "blocks": home["blocks"]}) == []
    for expected in (
        "1 open incident",
        "payment — high error rate",
        "OPS_PROMETHEUS_URL",
        "P0, P1 → <#C0ALERTSCR>",
    ):
        assert expected in words


async def test_what_people_declare_is_investigated(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        ws = bot.server.workspace
        await ws.slash(ALEX, CHANNEL, "/ops declare")
        await ws.wait_for(lambda w: w.modals_of(ALEX))
        await ws.submit(ALEX, {"title": "checkout hangs", "service": "checkout", "priority": "P2"})
        await ws.wait_for(lambda w: "is declared" in str(w.whispers(ALEX, CHANNEL)))
        async with bot.store.read() as tx:
            waiting = (await bot.jobs.counts(tx)).waiting

    assert waiting == 1
