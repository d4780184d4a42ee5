"""Serves one metrics page, drawn anew for each scrape, on a loopback port."""

from collections.abc import Awaitable, Callable, Iterable, Mapping

from aiohttp import web

Page = Callable[[], Awaitable[str]]
Sample = tuple[Mapping[str, str], float]


def family(name: str, kind: str, text: str, samples: Iterable[Sample]) -> str:
    """Return one metric family in the text format."""
    lines = [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
    lines += [f"{name}{_labels(labels)} {value}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items()) + "}"


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


class Exporter:
    """One address with /metrics."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._runner: web.AppRunner | None = None
        self.address = ""

    async def start(self) -> None:
        """Open a port that the system chooses."""
        app = web.Application()
        app.router.add_get("/metrics", self._show)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.address = f"{host}:{port}"

    async def stop(self) -> None:
        """Close the port."""
        if self._runner:
            await self._runner.cleanup()

    async def _show(self, _: web.Request) -> web.Response:
        return web.Response(text=await self._page(), content_type="text/plain")
