"""Has charts drawn by one warm process of its own, so that drawing never holds up the event loop."""

import asyncio
import base64
import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path

import tools
from agent.errors import BadAnswer, TimedOut, Unavailable
from tools.charts import ChartPage, ChartSpec

BACKEND = "charts"
# A first start on a machine may have to look through every font.
START_WITHIN = 30.0
DRAW_WITHIN = 8.0
# A page holds many charts.
PAGE_TIMES = 4
_LONGEST_ANSWER = 8 * 1024 * 1024


class ProcessPainter:
    """A Painter and PagePainter; the process starts at first use and again after it died."""

    def __init__(self, *, draw_within: float = DRAW_WITHIN) -> None:
        self._draw_within = draw_within
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()

    async def draw(self, spec: ChartSpec) -> bytes:
        """Return a PNG; raises Unavailable when drawing fails or takes too long."""
        return await self._drawn(spec, self._draw_within)

    async def draw_page(self, page: ChartPage) -> bytes:
        """Return a PNG with every tile of the page; raises Unavailable when drawing fails or takes too long."""
        return await self._drawn(page, self._draw_within * PAGE_TIMES)

    async def _drawn(self, wanted: ChartSpec | ChartPage, within: float) -> bytes:
        request = json.dumps(wanted.message()).encode() + b"\n"
        async with self._lock:
            answer = b""
            try:
                answer = await self._exchange(request, within)
            finally:
                # Whatever is still under way would be read as the answer to the next picture.
                if not answer:
                    await self._end()
        return self._picture(answer)

    async def close(self) -> None:
        """Stop the process."""
        async with self._lock:
            await self._end()

    async def _exchange(self, request: bytes, within: float) -> bytes:
        process = await self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            async with asyncio.timeout(within):
                process.stdin.write(request)
                await process.stdin.drain()
                answer = await process.stdout.readline()
        except TimeoutError as error:
            raise TimedOut("Drawing the chart took too long.", backend=BACKEND) from error
        except (OSError, ValueError) as error:
            raise Unavailable("The chart could not be drawn.", backend=BACKEND) from error
        if not answer.endswith(b"\n"):
            raise Unavailable("The drawing process ended.", backend=BACKEND)
        return answer

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process and self._process.returncode is None:
            return self._process
        await self._end()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tools.chart_process",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_environment(),
            limit=_LONGEST_ANSWER,
        )
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(START_WITHIN):
                ready = await self._process.stdout.readline()
        except TimeoutError as error:
            raise TimedOut("The drawing process took too long to start.", backend=BACKEND) from error
        if not ready:
            raise Unavailable("The drawing process did not start.", backend=BACKEND)
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        # Closes the pipes now rather than at some later garbage collection.
        if process.stdin:
            process.stdin.close()

    def _picture(self, answer: bytes) -> bytes:
        try:
            found = json.loads(answer)
            return base64.b64decode(found["png"], validate=True)
        except (ValueError, KeyError, TypeError) as error:
            raise BadAnswer("The chart could not be drawn.", backend=BACKEND) from error


def _environment() -> dict[str, str]:
    """Return an environment without secrets: what a drawing process needs and nothing else."""
    kept = {
        key: os.environ[key]
        for key in ("PATH", "HOME", "LANG", "TMPDIR", "XDG_CACHE_HOME")
        if key in os.environ
    }
    root = str(Path(tools.__file__).resolve().parent.parent)
    # A fixed place for the font list; without a writable one it would be built anew at each start.
    cache = os.environ.get("MPLCONFIGDIR") or str(
        Path(tempfile.gettempdir()) / f"ops-monitor-charts-{os.getuid()}"
    )
    return {**kept, "PYTHONPATH": root, "MPLCONFIGDIR": cache}
