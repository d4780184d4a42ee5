"""Every user group that the demo's rules name is there with people in it, so that no check complains."""

from pathlib import Path

from agent.app.staffing import shortfalls
from agent.errors import NotFound
from agent.policy.book import PolicyBook
from agent.policy.checks import groups_named
from demo.overlay import lay_out
from demo.workspace.seed import demo_seed


class Seeded:
    """The user groups with which the demo's workspace begins."""

    def __init__(self) -> None:
        self.people = {one.handle: frozenset(one.users) for one in demo_seed({}).usergroups}

    async def members(self, group: str) -> frozenset[str]:
        if group not in self.people:
            raise NotFound(f"There is no user group @{group}.")
        return self.people[group]


async def test_the_demo_lacks_nobody_whom_its_rules_ask_for(tmp_path: Path) -> None:
    book, groups = PolicyBook(lay_out(tmp_path / "policies")), Seeded()

    assert set() == groups_named(book.current) - set(groups.people)
    assert [] == await shortfalls(book, groups)
    customers = book.current.communications.audience("customers")
    assert customers is not None
    assert "communications" in customers.needs


async def test_sam_and_riley_are_in_no_group_so_that_a_refusal_can_be_seen() -> None:
    held = frozenset[str]().union(*Seeded().people.values())

    assert set() == held & {"U0SAM00005", "U0RILEY006"}
