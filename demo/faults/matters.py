"""Faults of security, of the business, and of third parties."""

from dataclasses import dataclass
from typing import ClassVar

from demo.faults.fault import NAMESPACE, Stage
from demo.faults.pods import PodFault
from demo.shop.context import Trouble


def _let_in(trouble: Trouble) -> None:
    trouble.under_attack = True


def _keep_out(trouble: Trouble) -> None:
    trouble.under_attack = False


def _forget(trouble: Trouble) -> None:
    trouble.creates_nothing = True


def _remember(trouble: Trouble) -> None:
    trouble.creates_nothing = False


def _waste(trouble: Trouble) -> None:
    trouble.burns_tokens = True


def _save(trouble: Trouble) -> None:
    trouble.burns_tokens = False


CREDENTIAL_STUFFING = PodFault(
    name="credential-stuffing",
    title="Credential stuffing",
    description="A botnet tries stolen passwords at storefront's log-in: failures and rate limits surge, others do well.",
    service="storefront",
    switch_on=_let_in,
    switch_off=_keep_out,
    is_on=lambda trouble: trouble.under_attack,
)
NO_TEXTBOOKS = PodFault(
    name="no-textbooks",
    title="No textbooks are created",
    description="Textbook takes every wish and puts it on a queue that nobody reads: no error anywhere, and no textbook.",
    service="textbook",
    switch_on=_forget,
    switch_off=_remember,
    is_on=lambda trouble: trouble.creates_nothing,
)
TOKEN_BURN = PodFault(
    name="token-burn",
    title="Tokens are burnt",
    description="Tutor sends whole books along with each question: the answers are right, and the tokens cost a fortune.",
    service="tutor",
    switch_on=_waste,
    switch_off=_save,
    is_on=lambda trouble: trouble.burns_tokens,
)


@dataclass(frozen=True, slots=True)
class FalcoAlert:
    """Falco reports both rules of the monitoring guide for a Pod of textbook; it never reports an end."""

    name: ClassVar[str] = "falco-alert"
    title: ClassVar[str] = "Falco sees a break-in"
    description: ClassVar[str] = (
        "Falco reports an unauthorized API access and a suspicious database query in a Pod of textbook."
    )

    async def inject(self, stage: Stage) -> None:
        """Send the events."""
        uids = stage.runtime.pods_of(NAMESPACE, "textbook")
        spec = next((stage.runtime.specs[uid] for uid in uids), None)
        await stage.falco.alarm(spec.name if spec else "textbook-0", spec.node if spec else "node-1")

    async def clear(self, stage: Stage) -> None:
        """Call it off; the bot's alerts end by their quiet time."""
        stage.falco.alarmed = False

    async def active(self, stage: Stage) -> bool:
        """Tell whether it was sent and not called off."""
        return stage.falco.alarmed


@dataclass(frozen=True, slots=True)
class ThirdPartyOutage:
    """The card network is down: payment's charges fail, and nothing of ours is to blame."""

    name: ClassVar[str] = "third-party-outage"
    title: ClassVar[str] = "The card network is down"
    description: ClassVar[str] = (
        "The card network, a third party, answers 503: payment's charges fail, and nothing in the shop is to blame."
    )

    async def inject(self, stage: Stage) -> None:
        """Take it down."""
        stage.card_network.down = True

    async def clear(self, stage: Stage) -> None:
        """Bring it back."""
        stage.card_network.down = False

    async def active(self, stage: Stage) -> bool:
        """Tell whether it is down."""
        return stage.card_network.down
