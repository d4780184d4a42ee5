"""What the shop runs in Jobs: checks that go through the shop as a user would, and upkeep of the ledger."""

from typing import ClassVar

from demo.shop.calls import CallFailed
from demo.shop.context import MIB, PodContext
from demo.shop.service import Service

CHECK_ROUNDS = 3


class Task(Service):
    """Works once and ends; its exit code says how it went."""

    idle_memory: ClassVar[int] = 48 * MIB

    def __init__(self, pod: PodContext) -> None:
        super().__init__(pod)
        self._code: int | None = None

    async def tick(self, seconds: float) -> None:
        """Do all the work, once."""
        if self._code is None:
            failures = await self.run()
            self._code = 1 if failures else 0

    def exit_code(self) -> int | None:
        """Return 0 when nothing failed and 1 otherwise; None before the work is done."""
        return self._code

    async def run(self) -> int:
        """Work, and return how many steps failed."""
        return 0

    async def attempt(self, step: str, service: str, method: str, path: str, **body: object) -> int:
        """Make one call, log how it went, and return 1 when it failed."""
        try:
            await self.pod.calls.send(service, method, path, json=body or None)
        except CallFailed as failed:
            self.pod.log.write("error", f"{step} failed: {failed}", context=type(self).__name__)
            return 1
        self.pod.log.write("info", f"{step} passed", context=type(self).__name__)
        return 0


class ShopChecks(Task):
    """Verification tests: looks at items and reads the front page, a few times each."""

    async def run(self) -> int:
        """Go through the shop and return how many checks failed."""
        failures = 0
        for number in range(CHECK_ROUNDS):
            failures += await self.attempt("Front page", "storefront", "GET", "/")
            failures += await self.attempt("Item page", "storefront", "GET", f"/products/item-{number}")
        return failures


class LedgerBackup(Task):
    """The nightly back-up: reads the whole ledger."""

    async def run(self) -> int:
        """Read everything and return how many statements failed."""
        statement = "COPY charges TO STDOUT"
        return await self.attempt(
            "Back-up", "ledger-db", "POST", "/query", statement=statement, client=self.pod.pod
        )


class LedgerRestoreTest(Task):
    """The weekly restore: what was backed up must be readable and complete."""

    async def run(self) -> int:
        """Count what was restored and return how many statements failed."""
        statement = "SELECT count(*) FROM charges"
        return await self.attempt(
            "Restore", "ledger-db", "POST", "/query", statement=statement, client=self.pod.pod
        )


class LedgerUpkeep(Task):
    """Maintenance: refreshes the ledger's statistics."""

    async def run(self) -> int:
        """Send the statement and return how many failed."""
        statement = "ANALYZE charges"
        return await self.attempt(
            statement, "ledger-db", "POST", "/query", statement=statement, client=self.pod.pod
        )
