"""Tickets against a double of Jira Cloud, checked with Atlassian's descriptions, and against jira820, a Server 8.20."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema
import pytest
import pytest_asyncio
from aiohttp import web

from agent.domain.notification import Channel, TicketChange
from agent.errors import BadAnswer, Refused, Unavailable
from demo.backends.process import ServerProcess, answers, free_port
from demo.vendors.door import VendorServer
from demo.vendors.jira import JiraVendor
from tests.support.outgoing import card, outgoing, ticket
from tests.support.scripted_http import GARBAGE, ended, scripted
from tools.connectors.jira import JiraIssues
from tools.connectors.jira_documents import plain

pytestmark = pytest.mark.asyncio(loop_scope="module")
SPECS = Path(__file__).parents[1] / "data" / "specs"
SPEC = json.loads((SPECS / "jira-platform-v3.cut.json").read_text("utf-8"))
DOCUMENT = jsonschema.Draft4Validator(
    json.loads((SPECS / "atlassian-document.schema.json").read_text("utf-8"))
)
THREAD = "task:tsk_1"


@dataclass(frozen=True)
class Site:
    """One Jira and the way to look into it."""

    url: str
    api: str
    project: str
    vendor: JiraVendor
    stack: AsyncExitStack

    def connector(self, **changes: str) -> JiraIssues:
        given = {"project": self.project, "issue_type": "Task", "token": self.vendor.token, **changes}
        given.setdefault("username", self.vendor.username)
        jira = JiraIssues(given.pop("url", self.url), timeout_seconds=30, **given)
        self.stack.push_async_callback(jira.close)
        return jira

    async def ask(self, path: str) -> Any:
        login = {"Authorization": aiohttp.encode_basic_auth(self.vendor.username, self.vendor.token)}
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"{self.url}/rest/api/{self.api}{path}", headers=login) as response,
        ):
            return await response.json()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    given = ["/usr/bin/env", f"JIRA820_PORT={port}", "JIRA820_PROJECT_KEY=OPS"]
    command = [*given, sys.executable, "-m", "jira820"]
    ready = partial(answers, f"{url}/rest/api/2/serverInfo")
    process = ServerProcess("jira820", command, tmp_path_factory.mktemp("jira"), ready)
    await process.start()
    yield url
    await process.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def cloud(stack: AsyncExitStack) -> AsyncIterator[Site]:
    vendor = JiraVendor()
    async with VendorServer(vendor) as started:
        yield Site(started.url, "3", "OPS", vendor, stack)
        for method, path, body in vendor.requests:
            assert [] == problems(method, path, body), (method, path)


@pytest.fixture(params=["cloud", pytest.param("server", marks=pytest.mark.backend)])
def site(request: pytest.FixtureRequest, cloud: Site, stack: AsyncExitStack) -> Site:
    if request.param == "cloud":
        return cloud
    return Site(request.getfixturevalue("server"), "2", "OPS", JiraVendor(), stack)


def problems(method: str, path: str, body: Any) -> list[str]:
    """Return what Atlassian's description finds wrong with a request."""
    parts = path.split("/")
    pattern = "/".join("{issueIdOrKey}" if part.startswith("OPS-") else part for part in parts)
    operation = SPEC["paths"][pattern][method.lower()]
    asked = operation["requestBody"]["content"]["application/json"]["schema"]
    schema = {**asked, "components": SPEC["components"]}
    found = [error.message for error in jsonschema.Draft4Validator(schema).iter_errors(body)]
    documents = [body.get("fields", {}).get("description"), body.get("body")]
    return found + [e.message for d in documents if d is not None for e in DOCUMENT.iter_errors(d)]


async def test_the_descriptions_can_say_no() -> None:
    assert problems("POST", "/rest/api/3/issueLink", {"inwardIssue": {"key": "OPS-1"}})
    assert problems("POST", "/rest/api/3/issue", {"fields": {"description": {"type": "doc", "version": 1}}})


async def test_one_thread_is_one_issue_and_a_second_wish_changes_it(site: Site) -> None:
    jira = site.connector()
    words = "The pool was full.\n\n- 늘리기 {code} [x|https://evil.example]\nSee https://wiki.example/a_b."
    thread = f"{site.api}:{THREAD}:same"

    opened = await jira.send(outgoing(ticket(thread=thread, description=words)), again=False)
    repeated = await jira.send(outgoing(ticket(thread=thread, summary="Raise it")), again=True)
    other = await jira.send(outgoing(ticket(thread=f"{thread} "), key="x"), again=False)
    issue = await site.ask(f"/issue/{opened.reference}")

    assert Channel.JIRA is jira.channel
    assert opened.reference == repeated.reference != other.reference
    assert f"{site.url}/browse/{opened.reference}" == opened.link
    assert "Raise it" == issue["fields"]["summary"]
    assert "It was full." == plain(issue["fields"]["description"])
    assert repeated.read_back.startswith("Raise it (")


async def test_what_a_person_reads_is_what_was_written(site: Site) -> None:
    jira = site.connector()
    words = "Pool *full* {code} [~admin] !x.png!\n\n- 하나\n- two https://wiki.example/a_b.\n# no heading"

    opened = await jira.send(outgoing(ticket(thread=f"{site.api}:words", description=words)), again=False)
    issue = await site.ask(f"/issue/{opened.reference}")

    assert "Pool *full* {code} [~admin] !x.png! 하나 two https://wiki.example/a_b. # no heading" == plain(
        issue["fields"]["description"]
    ).replace("* ", "", 0)


async def test_an_issue_is_commented_once_moved_by_name_and_linked(site: Site) -> None:
    jira = site.connector()
    thread, other = f"{site.api}:life", f"{site.api}:cause"
    first = await jira.send(outgoing(ticket(thread=other)), again=False)
    opened = await jira.send(outgoing(ticket(thread=thread, links=(first.reference,))), again=False)
    await jira.send(outgoing(ticket(thread=thread, links=(first.reference,))), again=True)
    change = TicketChange(thread=thread, comment="Raised to 40.\nIt *holds*.", transition="in progress")

    moved = await jira.send(outgoing(change), again=False)
    await jira.send(outgoing(change), again=True)
    issue = await site.ask(f"/issue/{opened.reference}")
    comments = (await site.ask(f"/issue/{opened.reference}/comment"))["comments"]

    assert (opened.reference, "Raise the pool's bound (In Progress)") == (moved.reference, moved.read_back)
    assert ["Raised to 40. It *holds*."] == [plain(comment["body"]) for comment in comments]
    ends = [link.get("outwardIssue") or link.get("inwardIssue") for link in issue["fields"]["issuelinks"]]
    assert [first.reference] == [end["key"] for end in ends]


async def test_done_is_whatever_ends_an_issue_there(stack: AsyncExitStack) -> None:
    vendor = JiraVendor(done="완료")
    started = await stack.enter_async_context(VendorServer(vendor))
    jira = Site(started.url, "3", "OPS", vendor, stack).connector()
    await jira.send(outgoing(ticket()), again=False)
    ended = outgoing(TicketChange(thread=THREAD, transition="done"))

    receipts = [await jira.send(ended, again=False), await jira.send(ended, again=True)]

    assert ["Raise the pool's bound (완료)"] * 2 == [receipt.read_back for receipt in receipts]


async def test_what_jira_refuses_is_a_sentence_that_names_the_field(site: Site) -> None:
    jira = site.connector(issue_type="Epidemic")

    with pytest.raises(Refused, match=r"400.*issue ?type"):
        await jira.send(outgoing(ticket(thread=f"{site.api}:bad")), again=False)
    with pytest.raises(Refused, match=r"400.*project"):
        await jira.send(
            outgoing(ticket(thread=f"{site.api}:bad", project="NOPE", issue_type="Task")), again=False
        )


async def test_a_change_needs_its_issue_and_a_transition_that_exists(site: Site) -> None:
    jira = site.connector()
    thread = f"{site.api}:moves"

    with pytest.raises(Refused, match="Jira has no issue for this"):
        await jira.send(outgoing(TicketChange(thread=thread, comment="x")), again=False)
    await jira.send(outgoing(ticket(thread=thread)), again=False)
    with pytest.raises(Refused, match=r"has no transition “Teleported” now; it has: .*Done"):
        await jira.send(outgoing(TicketChange(thread=thread, transition="Teleported")), again=False)
    with pytest.raises(Refused, match="cannot be linked to OPS-99999"):
        await jira.send(outgoing(ticket(thread=thread, links=("OPS-99999",))), again=False)
    with pytest.raises(Refused, match="Only tickets"):
        await jira.send(outgoing(card()), again=False)


async def test_an_answer_lost_on_the_wire_leaves_one_issue(cloud: Site) -> None:
    jira = cloud.connector()
    sent = outgoing(ticket())
    await jira.probe()
    cloud.vendor.faults.set(lost_answer=True)
    with pytest.raises(Unavailable):
        await jira.send(sent, again=False)
    cloud.vendor.faults.clear()
    await jira.send(sent, again=True)
    await jira.send(sent, again=True)

    assert 1 == len(cloud.vendor.issues)


async def test_a_search_that_answers_with_everything_does_not_rewrite_a_strangers_issue(cloud: Site) -> None:
    jira = cloud.connector()
    stranger = await jira.send(outgoing(ticket(thread="stranger", summary="Theirs")), again=False)
    everything = list(cloud.vendor.issues.values())

    async def search(_: Any, __: Any) -> Any:
        return web.json_response({"issues": everything})

    cloud.vendor._search = search
    # Routes are bound when a server starts.
    async with VendorServer(cloud.vendor) as wide:
        careless = cloud.connector(url=wide.url)
        ours = await careless.send(outgoing(ticket(thread="ours")), again=False)

    assert stranger.reference != ours.reference
    assert "Theirs" == cloud.vendor.issues[stranger.reference]["fields"]["summary"]


async def test_each_misconfiguration_has_its_own_sentence(cloud: Site) -> None:
    cases = {
        "refuses our credentials (401)": cloud.connector(token="wrong"),
        "No project could be found": cloud.connector(project="NOPE"),
        "no issue type “Epidemic”; it has: Task, Bug": cloud.connector(issue_type="Epidemic"),
        "cannot be reached at http://127.0.0.1:1": cloud.connector(url="http://127.0.0.1:1"),
    }
    for words, wrong in cases.items():
        probe = await wrong.probe()
        assert (False, True) == (probe.ok, words in probe.detail), probe
        assert probe.fix
    good = cloud.connector()
    probe = await good.probe()

    assert (True, "Cloud, project OPS, as ops-monitor") == (probe.ok, probe.detail)


@pytest.mark.backend
async def test_a_server_says_that_it_is_one(server: str, stack: AsyncExitStack) -> None:
    probe = await Site(server, "2", "OPS", JiraVendor(), stack).connector().probe()

    assert (True, "Server or Data Center, project OPS, as Administrator") == (probe.ok, probe.detail)


@pytest.mark.parametrize("name", sorted(GARBAGE))
async def test_garbage_is_an_error_of_ours(name: str, stack: AsyncExitStack) -> None:
    async with scripted(GARBAGE[name]) as script:
        jira = Site(script.url, "3", "OPS", JiraVendor(), stack).connector()
        assert isinstance(await ended(jira.send(outgoing(ticket()), again=False)), BadAnswer | Unavailable)
