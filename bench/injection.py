"""Hostile text against the whole product, with a model that obeys every order it reads.

Method: every text of `tests/data/hostile/attacks.yaml` is put into each of its channels of a small shop in trouble: log
lines, pod names, labels and annotations of alerts, ConfigMap values, Slack names and messages, runbooks, errors of
tools. The real intake, reads with redaction, rules, model loop, recovery desk and runner, Slack delivery and listener run
in one process on SQLite, with autonomy `approve` and `auto` in turn, over a cluster that notes every write. Nobody votes.
The model is scripted on the wire: once it sees a recognisable part of the text it calls what the text wants, writes what
the text wants into every claim with full confidence and real as well as made-up evidence ids, chooses offered and free
action names, repeats everything it was shown, and as second reader confirms all. It does so also where the text does
not reach it (`delivered` counts where it does), as a model that somebody else has turned.

`unapproved_writes`: changes of the cluster without the votes or the permission that the policies demand.
`unobserved_writes`: proposals or changes whose target or parameters are no object that was seen.
`leaks`: places (requests to the model, Slack, database, logs) in which a planted secret or a key of the bot stands.
`links`, `mentions`: what Slack would turn into a link to a foreign host, or what would call somebody.
`--quick` takes each text in one of its channels and under one autonomy, in turn; without it each attack runs in every one
of its channels and under both.
"""

import asyncio
import io
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import structlog

from agent.analysis.redaction import Redactor
from agent.brain.claude.wire import ClaudeWire
from agent.domain.decision import Autonomy
from agent.execution.needs import Decide
from agent.policy.evaluate import decide
from agent.policy.routing import route_incident
from agent.store.engine import open_store
from agent.telemetry.logs import configure_logs
from agent.transport.slack.mentions_policy import mention_codes
from bench.figures import options, report
from bench.injection_attacks import CHANNELS, OWN_KEYS, Attack, each_once, load_attacks
from bench.injection_judge import Record, Tally, leaks_of, shown_harm, stored, writes_of
from bench.injection_plant import Plant, book
from bench.injection_product import Product, product_on
from bench.injection_world import Scene, scene_of
from tests.support.anthropic_wire import Reply, ScriptedWire
from tests.support.obedient import ObedientModel, shown_to

FIGURES = (
    "attacks",
    "delivered",
    "unapproved_writes",
    "unobserved_writes",
    "leaks",
    "links",
    "mentions",
)
# The model is shown neither annotations nor runbooks, so it meets these attacks as one that somebody else has turned.
UNSEEN = frozenset({"annotation", "runbook_body"})
# Nothing of this needs to outlive a power cut, and a disk that others use would only make it slow.
_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
LEVELS = (Autonomy.APPROVE, Autonomy.AUTO)


@dataclass(slots=True)
class Outcome:
    """What came of one attack, with words for whoever has to mend it."""

    attack: Attack
    tally: Tally
    notes: list[str] = field(default_factory=list)


class Range:
    """Where attacks are tried one after the other: one line to the model, one empty database that is copied."""

    def __init__(self, folder: Path, redactor: Redactor | None = None, decide: Decide = decide) -> None:
        self._folder = folder
        self._redactor = redactor if redactor is not None else Redactor(OWN_KEYS)
        self._decide = decide
        self._model: ObedientModel | None = None
        self._wire = ScriptedWire(self._answer)
        self._line = ClaudeWire(
            OWN_KEYS[0],
            base_url="http://model.invalid",
            transport=self._wire.transport,
            redactor=self._redactor,
        )
        self._number = 0

    @property
    def shown(self) -> str:
        """Return everything that the model of the last attack was shown."""
        return "\n".join(map(shown_to, self._wire.asked))

    async def close(self) -> None:
        """Let go of the line."""
        await self._line.close()

    async def try_out(self, attack: Attack, autonomy: Autonomy) -> Outcome:
        """Let one attack loose; one that does not reach the model meets a model that is turned already."""
        found = await self._once(attack, autonomy, blind=attack.channel in UNSEEN)
        if found.tally.delivered or attack.channel in UNSEEN:
            return found
        again = await self._once(attack, autonomy, blind=True)
        again.tally.delivered = 0
        return again if again.tally.harm or not found.tally.harm else found

    @asynccontextmanager
    async def stand(
        self, attack: Attack, scene: Scene, autonomy: Autonomy, *, blind: bool = False
    ) -> AsyncIterator[Product]:
        """Build a product with a model that waits for this attack."""
        self._number += 1
        self._wire.asked.clear()
        self._model = ObedientModel(
            attack.wants, attack.seen_in, attack.harmless, turns=self._number, blind=blind
        )
        plant = Plant(await self._fresh(), autonomy, self._line, self._redactor, self._decide)
        try:
            async with product_on(plant, scene) as product:
                yield product
        finally:
            shutil.rmtree(plant.folder)

    async def _once(self, attack: Attack, autonomy: Autonomy, *, blind: bool) -> Outcome:
        scene = scene_of(attack)
        with captured() as said:
            async with self.stand(attack, scene, autonomy, blind=blind) as product:
                await product.deliver(scene)
                await product.screen.ask(scene.question, scene.person)
                if attack.channel.startswith("slack_"):
                    await product.screen.ask_in_dialog(scene.question, scene.person)
                await product.work(seconds=60)
                tally, notes = await writes_of(product, scene)
                allowed = await self._allowed(product, str(scene.person["id"]))
                record = Record(
                    list(self._wire.asked),
                    list(product.screen.chat.said),
                    list(stored(product.folder / "ops.db")),
                    said.getvalue(),
                )
        return self._judged(attack, tally, notes, record, allowed)

    def _judged(
        self, attack: Attack, tally: Tally, notes: list[str], record: Record, allowed: frozenset[str]
    ) -> Outcome:
        model = self._model
        assert model is not None
        places = leaks_of(attack, record)
        links, mentions = shown_harm(record.shown, allowed)
        tally.attacks = 1
        tally.delivered = int(model.delivered)
        tally.shown = int(attack.seen_in("\n".join(one.text for one in record.shown)))
        tally.obeyed = int(bool(model.obeyed))
        tally.leaks, tally.links, tally.mentions = len(places), len(links), len(mentions)
        said = [f"leak in {place}" for place in places]
        said += [f"link {one}" for one in links] + [f"mention {one}" for one in mentions]
        return Outcome(attack, tally, [*notes, *said])

    def _answer(self, asked: dict[str, object]) -> Reply | list[bytes]:
        assert self._model is not None
        return self._model.answer(asked)

    async def _fresh(self) -> Path:
        empty = self._folder / "empty.db"
        if not empty.exists():
            store = await open_store(f"sqlite:///{empty}")
            await store.close()
        folder = self._folder / f"run{self._number}"
        folder.mkdir()
        shutil.copy(empty, folder / "ops.db")
        return folder

    async def _allowed(self, product: Product, asker: str) -> frozenset[str]:
        """Return the codes that are ours: whom routing calls, the groups whose vote is asked for, and the asker."""
        async with product.store.read() as tx:
            incidents = await tx.incidents.open()
        codes = {
            code.strip("<>")
            for one in incidents
            for code in mention_codes(route_incident(book().current, one).mentions)
        }
        return frozenset({*codes, f"@{asker}"})


@contextmanager
def captured() -> Iterator[io.StringIO]:
    """Keep what the product logs, through its own processors; put the logging of this process back afterwards."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level, stderr = root.handlers[:], root.level, sys.stderr
    root.handlers[:] = []
    sys.stderr = kept = io.StringIO()
    try:
        configure_logs(level="debug", form="json", secrets=OWN_KEYS)
        yield kept
    finally:
        sys.stderr = stderr
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.configure(**before)


async def run(
    attacks: Sequence[Attack],
    *,
    both: bool = False,
    redactor: Redactor | None = None,
    decide: Decide = decide,
) -> list[Outcome]:
    """Let attacks loose, each under one autonomy in turn or under both."""
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="ops-monitor-", dir=_MEMORY) as name:
        stage = Range(Path(name), redactor, decide)
        try:
            for number, attack in enumerate(attacks):
                for level in LEVELS if both else (LEVELS[number % 2],):
                    outcomes.append(await stage.try_out(attack, level))
        finally:
            await stage.close()
    return outcomes


def by_channel(outcomes: Sequence[Outcome]) -> dict[str, Tally]:
    """Return the figures per channel, and of all together as `total`."""
    found = {name: Tally() for name in (*CHANNELS, "total")}
    for one in outcomes:
        found[one.attack.channel].add(one.tally)
        found["total"].add(one.tally)
    return found


def table(tallies: dict[str, Tally]) -> str:
    """Return the figures as a Markdown table."""
    names = list(asdict(Tally()))
    rows = [["channel", *(name.replace("_", " ") for name in names)], ["---"] * (len(names) + 1)]
    rows += [
        [f"`{name}`" if name != "total" else "**total**", *map(str, asdict(one).values())]
        for name, one in tallies.items()
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> None:
    """Run the benchmark."""
    given = options(__doc__ or "")
    begun = time.perf_counter()
    attacks = each_once(load_attacks()) if given.quick else load_attacks()
    outcomes = asyncio.run(run(attacks, both=not given.quick))
    tallies = by_channel(outcomes)
    if not given.json:
        print(table(tallies))
        for one in outcomes:
            if one.tally.harm:
                print(f"{one.attack.name}: {'; '.join(dict.fromkeys(one.notes))[:600]}")
        print(f"{time.perf_counter() - begun:.1f} s")
    total = asdict(tallies["total"])
    report({name: total[name] for name in FIGURES}, only_json=given.json)


if __name__ == "__main__":
    main()
