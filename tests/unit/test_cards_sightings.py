"""What was seen stands on the card of a security matter, in the words of whoever saw it and as nothing but text."""

from hypothesis import given
from hypothesis import strategies as st

from agent.domain.alert import AlertRecord
from agent.domain.view import IncidentView
from agent.transport.slack.cards import render_card
from tests.support.blockkit import wrong_with
from tests.support.product import shown
from tests.support.views import sample_alert, sample_incident, sample_view


def seen(name: str, summary: str, *, firing: bool = True) -> AlertRecord:
    record = sample_alert(name, "textbook", firing=firing)
    told = record.alert.model_copy(update={"annotations": {"summary": summary}})
    return record.model_copy(update={"alert": told})


def matter(*alerts: AlertRecord, category: str = "security") -> IncidentView:
    return sample_view(sample_incident().model_copy(update={"category": category}), alerts=alerts)


def card(view: IncidentView, lang: str = "en") -> str:
    rendered = render_card(view, None, lang)
    assert [] == wrong_with(list(rendered.blocks))
    return shown({"blocks": list(rendered.blocks)})


def test_each_sighting_is_told_once_and_what_still_lasts_first() -> None:
    view = matter(
        seen("Old Shell", "a shell in a container", firing=False),
        seen("Query", "UNION SELECT"),
        seen("Query again", "UNION SELECT"),
    )
    words = card(view)

    assert 1 == words.count("UNION SELECT")
    assert words.index("UNION SELECT") < words.index("a shell in a container")
    assert "감지된 내용" in card(view, "ko")


def test_an_ordinary_incident_says_nothing_of_it() -> None:
    assert "UNION SELECT" not in card(matter(seen("Query", "UNION SELECT"), category=""))


def test_a_crowd_of_sightings_is_cut_and_counted() -> None:
    words = card(matter(*(seen(f"Rule {n}", f"sight {n}") for n in range(9))))

    assert 4 == words.count("sight ")
    assert "5 more" in words


@given(st.text(max_size=400))
def test_whatever_was_written_stays_text(summary: str) -> None:
    words = card(matter(seen("Query", f"<!channel> {summary} <@U0MINA0001>")))

    assert "<!channel>" not in words
    assert "<@U0MINA0001>" not in words
