"""What the rules name must exist outside of them: groups with enough people, and actions of the catalogue."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from agent.policy.approvals import Requires
from agent.policy.conditions import ActionCondition
from agent.policy.documents import Loc, lines_of
from agent.policy.load import Policies

APPROVALS = "approvals.yaml"
ACCESS = "access.yaml"
RISK = "risk.yaml"
COMMUNICATIONS = "communications.yaml"


def groups_named(policies: Policies) -> frozenset[str]:
    """Return every group that approvals or access rest on."""
    named = {group for *_, requires in _demands(policies) for group in requires.groups}
    named = named.union(*(groups for _, _, groups in _letting_go(policies)))
    return frozenset(named.union(*(rule.groups or () for rule in policies.access.rules)))


def unstaffed(
    policies: Policies, members: Mapping[str, frozenset[str]], folder: Path | None = None
) -> list[str]:
    """Return a sentence for each rule that too few people could ever meet; a group that is absent holds nobody.

    With the `folder` of the files each sentence begins with file and line.
    """
    return [
        *_short_of_people(policies, members, folder),
        *_shut_commands(policies, members, folder),
        *_stuck_updates(policies, members, folder),
    ]


def unknown_actions(policies: Policies, known: Collection[str], folder: Path | None = None) -> list[str]:
    """Return a sentence for each action that a rule names and the catalogue lacks: a misspelt rule guards nothing."""
    place = _Places(folder, APPROVALS)
    found = []
    for index, rule in enumerate(policies.approvals.rules):
        for part, condition in (("if", rule.when), ("unless", rule.unless)):
            for position, name in enumerate(_actions(condition)):
                if name not in known:
                    where = place.of(("rules", index, part, "action", position))
                    found.append(
                        f"{where}rule “{rule.name}” names {name}, which no action is called; mend the name"
                    )
    return found


def ungoverned(policies: Policies, known: Collection[str]) -> list[str]:
    """Return the actions of the catalogue that no rule could ever let run."""
    granted = {name for rule in policies.approvals.rules if rule.grants for name in _actions(rule.when)}
    return sorted(set(known) - granted)


def _actions(condition: ActionCondition | None) -> Sequence[str]:
    return () if condition is None else condition.action or ()


def _demands(policies: Policies) -> Iterator[tuple[str, Loc, str, Requires]]:
    """Yield every demand for people with its file, its place there and its rule's name."""
    fallback = policies.approvals.fallback
    yield APPROVALS, ("fallback", "requires"), fallback.name, fallback.requires
    for index, rule in enumerate(policies.approvals.rules):
        if rule.requires is not None:
            yield APPROVALS, ("rules", index, "requires"), rule.name, rule.requires
    for level, field, requires in policies.risk.asked():
        yield RISK, ("demands", level.value, field), f"the risk is {level.value}", requires


def _short_of_people(
    policies: Policies, members: Mapping[str, frozenset[str]], folder: Path | None
) -> Iterator[str]:
    places = {name: _Places(folder, name) for name in (APPROVALS, RISK)}
    for file, loc, name, requires in _demands(policies):
        people = frozenset[str]().union(*(members.get(group, frozenset()) for group in requires.groups))
        if len(people) < requires.count:
            groups = " or ".join(f"@{group}" for group in requires.groups)
            yield (
                f"{places[file].of(loc)}rule “{name}” needs {requires.count} of {groups}, "
                f"and {len(people)} people are there; add people to the group or name another one"
            )


def _shut_commands(
    policies: Policies, members: Mapping[str, frozenset[str]], folder: Path | None
) -> Iterator[str]:
    place = _Places(folder, ACCESS)
    for index, rule in enumerate(policies.access.rules):
        if rule.groups is not None and not any(members.get(group) for group in rule.groups):
            groups = ", ".join(f"@{group}" for group in rule.groups)
            yield (
                f"{place.of(('rules', index, 'groups'))}rule {rule.id} lets only {groups} in, "
                "and nobody is there; add people to the group or name another one"
            )


def _letting_go(policies: Policies) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Yield the audiences whose updates wait for a person: place in the file, id and groups."""
    for index, audience in enumerate(policies.communications.audiences):
        if audience.needs and any(places.destinations for places in audience.to.values()):
            yield index, audience.id, audience.needs


def _stuck_updates(
    policies: Policies, members: Mapping[str, frozenset[str]], folder: Path | None
) -> Iterator[str]:
    place = _Places(folder, COMMUNICATIONS)
    for index, audience, needs in _letting_go(policies):
        if not any(members.get(group) for group in needs):
            groups = ", ".join(f"@{group}" for group in needs)
            yield (
                f"{place.of(('audiences', index, 'approval'))}updates for {audience} wait for one of {groups}, "
                "and nobody is there; add people to the group or name another one"
            )


class _Places:
    """Finds the line of a field in a file; without a folder every place is empty."""

    def __init__(self, folder: Path | None, name: str) -> None:
        self._path = folder / name if folder is not None else None
        self._lines = lines_of(self._path) if self._path is not None else {}

    def of(self, loc: Loc) -> str:
        return "" if self._path is None else f"{self._path}:{self._lines.get(loc, 1)}: "
