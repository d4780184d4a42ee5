"""How a release looks: one message in two languages within Slack's limits, and the list of the latest ones."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.deployment import Contrast, Deployment, DeploymentState
from agent.domain.results import PictureResult
from agent.operations.releases_listing import deploys_answer
from agent.transport.slack.release_card import render_release
from tests.support.blockkit import wrong_with
from tests.support.deploying import Rig, rig_at, signal
from tests.support.store import NOON

BAD = Contrast(
    signal="server_error_ratio", unit="ratio", before=0.002, after=0.12, worse=True, evidence_ids=("e",)
)
GOOD = Contrast(
    signal="latency_p95", unit="seconds", before=0.18, after=0.176, worse=False, evidence_ids=("f",)
)
MUTE = Contrast(signal="restarts", unit="count", because="no_data")


def release(state: DeploymentState = DeploymentState.WATCHING, **more: object) -> Deployment:
    facts: dict[str, object] = {
        "id": "generic:d-1",
        "number": 1,
        "source": "generic",
        "service": "checkout",
        "environment": "production",
        "release": "1.8.2",
        "actor": "Mina",
        "at": NOON,
        "state": state,
        "watch_until": NOON + timedelta(minutes=15),
    }
    return Deployment.model_validate(facts | more)


def words(deployment: Deployment, lang: str = "en", *, short: bool = False) -> str:
    shown = render_release(deployment, lang, short=short)
    first = shown.blocks[0]["text"]
    assert isinstance(first, dict)
    return str(first["text"])


def test_it_is_out_and_watched() -> None:
    said = words(release())

    assert said.startswith("🚀 *checkout 1.8.2* by Mina is out; watching until <!date^")


def test_the_all_clear_shows_what_was_compared() -> None:
    said = words(release(DeploymentState.ALL_CLEAR, contrasts=(GOOD, MUTE)))

    assert ["✅ *checkout 1.8.2* by Mina: no regression", "• Latency (p95) 180 ms → 176 ms"] == said.split(
        "\n"
    )


def test_a_regression_shows_what_is_worse_first() -> None:
    said = words(release(DeploymentState.REGRESSION, contrasts=(GOOD, BAD)))

    assert said.split("\n")[:2] == [
        "🔴 *checkout 1.8.2* by Mina: worse than before",
        "• Error rate 0.2% → 12%",
    ]
    assert "오류율 0.2% → 12%" in words(release(DeploymentState.REGRESSION, contrasts=(BAD,)), "ko")


def test_a_verdict_that_is_none_says_why() -> None:
    unsure = words(release(DeploymentState.INCONCLUSIVE, because="too_little_traffic"))
    failed = words(release(DeploymentState.FAILED, because="unfinished", source="kubernetes"))

    assert "Reason: too few requests to tell" in unsure
    assert "Reason: its pods did not all become ready" in failed


def test_little_error_budget_is_told_while_it_matters() -> None:
    assert "Only 4% of checkout's error budget is left" in words(release(budget_left=0.04), short=True)
    assert "error budget" not in words(release(DeploymentState.ALL_CLEAR, budget_left=0.04), short=True)


def test_what_senders_write_stays_text() -> None:
    said = words(release(service="<!channel>", release="*x* <https://evil.example|y>", actor="@here &<b>"))

    assert "<!channel>" not in said
    assert "<https" not in said


def test_a_chart_goes_with_the_message() -> None:
    chart = PictureResult(blob="a" * 64, alt="errors rose", title="Error rate")
    shown = render_release(
        release(DeploymentState.REGRESSION, chart=chart, contrasts=(BAD,)), "en", picture=b"png"
    )

    assert [b"png"] == [one.data for one in shown.attachments]
    assert "image" == shown.blocks[-1]["type"]


texts = st.text(max_size=400)


@given(
    st.sampled_from(list(DeploymentState)),
    st.sampled_from(["en", "ko"]),
    st.fixed_dictionaries(
        dict.fromkeys(("service", "release", "actor", "title", "commit", "was_release", "because"), texts)
    ),
    st.lists(st.sampled_from([BAD, GOOD, MUTE]), max_size=8),
)
@settings(max_examples=80)
def test_no_text_breaks_the_message(
    state: DeploymentState, lang: str, told: dict[str, str], contrasts: list[Contrast]
) -> None:
    shown = render_release(release(state, contrasts=tuple(contrasts), **told), lang)

    assert [] == wrong_with(shown.blocks)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig_at(tmp_path) as rig:
        yield rig


async def test_the_latest_releases_as_a_table(rig: Rig) -> None:
    await rig.tell(signal())
    await rig.tell(signal(key="d-2", service="payment", release="v2", actor=""))
    await rig.minutes(16)

    every = await deploys_answer(rig.store, rig.clock, "en")
    one = await deploys_answer(rig.store, rig.clock, "ko", "checkout")
    none = await deploys_answer(rig.store, rig.clock, "en", "nobody")

    assert every.table is not None
    assert {("checkout", "1.8.2"), ("payment", "v2")} == {(row[1], row[2]) for row in every.table.rows}
    assert "2 releases in the last seven days" == every.text
    assert one.table is not None
    assert [("Mina", "이상 없음")] == [(row[3], row[4]) for row in one.table.rows]
    assert (None, "No release of nobody in the last seven days.") == (none.table, none.text)
