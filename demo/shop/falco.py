"""A sensor that sees what Falco would see in the shop's Pods, and sends it to the bot in Falco's own form."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

# A busy machine takes its time, and an event that is not sent is not seen.
_PATIENCE = aiohttp.ClientTimeout(total=60)
UNION = "SELECT title FROM books UNION SELECT card FROM charges"


class FalcoSensor:
    """Sends events to a webhook; without one it sends nothing. `alarmed` until somebody calls it off."""

    def __init__(self, url: str = "", token_file: Path | None = None) -> None:
        self.alarmed = False
        self._url = url
        self._token_file = token_file

    async def alarm(
        self, pod: str, node: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Report both rules of the monitoring guide for a Pod of the shop."""
        self.alarmed = True
        for rule, priority, said, fields in (
            (
                "Unauthorized API Access",
                "Warning",
                "Unauthorized API access attempt (user=root command=curl file=/srv/api/accounts)",
                {"proc.cmdline": "curl -s http://127.0.0.1/api/accounts", "fd.name": "/srv/api/accounts"},
            ),
            (
                "Suspicious Database Query",
                "Critical",
                f"Suspicious database query detected (user=postgres query={UNION})",
                {"evt.buffer": UNION, "fd.name": "/tmp/postgres.sock"},
            ),
        ):
            at = now()
            place = {"k8s.ns.name": "shop", "k8s.pod.name": pod, "container.id": "3ad7b26ded6d"}
            await self._send(
                {
                    "time": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}000Z",
                    "rule": rule,
                    "priority": priority,
                    "source": "syscall",
                    "hostname": node,
                    "tags": ["shop"],
                    "output": f"{at:%H:%M:%S}.{at.microsecond:06d}000: {priority} {said}",
                    "output_fields": {
                        **place,
                        **fields,
                        "user.name": "root",
                        "evt.time": int(at.timestamp()) * 10**9,
                    },
                }
            )

    async def _send(self, event: dict[str, Any]) -> None:
        if not self._url or self._token_file is None:
            return
        token = await asyncio.to_thread(self._token_file.read_text)
        headers = {"Authorization": f"Bearer {token.strip()}"}
        async with (
            aiohttp.ClientSession(timeout=_PATIENCE, headers=headers) as http,
            http.post(self._url, json=event) as answer,
        ):
            answer.raise_for_status()
