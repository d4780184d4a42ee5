"""Faults that arrive as a change of a Deployment, and go away when the change is rolled back."""

from dataclasses import dataclass
from typing import Any, ClassVar

from demo.faults.fault import NAMESPACE, Stage
from demo.shop.runtime import split_image


def _container(deployment: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = deployment["spec"]["template"]["spec"]["containers"][0]
    return found


async def _change(stage: Stage, name: str, cause: str, template: dict[str, Any]) -> None:
    patch = {
        "metadata": {"annotations": {"kubernetes.io/change-cause": cause}},
        "spec": {"template": template},
    }
    await stage.kube.patch_deployment(NAMESPACE, name, patch)


@dataclass(frozen=True, slots=True)
class BadRelease:
    """A release of payment that cannot take money; the one before it, v1, can."""

    name: str
    title: str
    description: str
    version: str

    async def inject(self, stage: Stage) -> None:
        """Roll payment to the bad version."""
        await self._roll(stage, self.version)

    async def clear(self, stage: Stage) -> None:
        """Roll payment back to v1."""
        await self._roll(stage, "v1")

    async def active(self, stage: Stage) -> bool:
        """Tell whether the Deployment asks for the bad version."""
        image = _container(await stage.kube.deployment(NAMESPACE, "payment"))["image"]
        return split_image(image)[1] == self.version

    async def _roll(self, stage: Stage, version: str) -> None:
        template = {
            "metadata": {"labels": {"version": version}},
            "spec": {"containers": [{"name": "payment", "image": f"registry.example/payment:{version}"}]},
        }
        await _change(stage, "payment", f"release {version}", template)


BAD_DEPLOYMENT = BadRelease(
    name="bad-deployment",
    title="Bad deployment of payment",
    description="Rolls payment to v2, which fails for one currency; errors spread to checkout and storefront.",
    version="v2",
)
PAYMENT_OUTAGE = BadRelease(
    name="payment-outage",
    title="The story of a P0: payment is down",
    description="Rolls payment to v3, which fails for every currency: nobody can pay, people are paged and told.",
    version="v3",
)


@dataclass(frozen=True, slots=True)
class CrashLoop:
    """A theme that does not exist: each new container of textbook exits when it starts."""

    name: ClassVar[str] = "crash-loop"
    title: ClassVar[str] = "Crash loop of textbook"
    description: ClassVar[str] = (
        "Changes textbook's configuration to a theme that does not exist; new Pods exit at start."
    )

    async def inject(self, stage: Stage) -> None:
        """Configure a theme that no image carries."""
        await self._configure(stage, "aurora", "theme aurora for all textbooks")

    async def clear(self, stage: Stage) -> None:
        """Configure the old theme."""
        await self._configure(stage, "classic", "theme classic again")

    async def active(self, stage: Stage) -> bool:
        """Tell whether the Deployment asks for the missing theme."""
        container = _container(await stage.kube.deployment(NAMESPACE, "textbook"))
        return any(e["name"] == "PAGE_THEME" and e.get("value") == "aurora" for e in container["env"])

    async def _configure(self, stage: Stage, theme: str, cause: str) -> None:
        container = {"name": "textbook", "env": [{"name": "PAGE_THEME", "value": theme}]}
        await _change(stage, "textbook", cause, {"spec": {"containers": [container]}})
