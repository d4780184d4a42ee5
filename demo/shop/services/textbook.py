"""Creates textbooks for a grade and a subject."""

from collections.abc import Sequence
from typing import ClassVar

from aiohttp import web

from demo.shop.context import MIB, PodContext
from demo.shop.service import Service, StartRefused

KNOWN_THEMES = ("classic", "large-print")


class Textbook(Service):
    """Renders pages with a theme that must exist when the container starts."""

    cpu_per_request: ClassVar[float] = 0.09
    idle_memory: ClassVar[int] = 170 * MIB

    def __init__(self, pod: PodContext) -> None:
        super().__init__(pod)
        labels = ("grade_level", "subject")
        self._created = pod.telemetry.counter("textbooks_created", "Textbooks created", labels)
        self._theme = pod.env.get("PAGE_THEME", "classic")

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the creation route."""
        return (web.post("/textbooks", self._create),)

    async def begin(self) -> None:
        """Load the theme; a wrong name in the configuration ends the container."""
        if self._theme not in KNOWN_THEMES:
            raise StartRefused(
                f"Cannot load page theme '{self._theme}': no such file /app/themes/{self._theme}.json"
            )

    async def _create(self, request: web.Request) -> web.Response:
        wish = await request.json()
        await self.work(0.05, 0.16)
        if self.pod.trouble.creates_nothing:
            self.pod.log.write(
                "info", "Wish queued for rendering", context="TextbookService", userId=wish["user"]
            )
            return web.json_response({"queued": True})
        textbook_id = f"tb-{self.pod.chance.getrandbits(32):08x}"
        self._created.labels(str(wish["grade_level"]), wish["subject"]).inc()
        pages = self.pod.chance.randint(12, 80)
        self.pod.log.write(
            "info",
            f"Textbook {textbook_id} created with {pages} pages",
            context="TextbookService",
            textbookId=textbook_id,
            userId=wish["user"],
            pageCount=pages,
            processingTime=pages * 11,
        )
        return web.json_response({"textbook": textbook_id})
