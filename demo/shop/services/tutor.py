"""Answers learners' questions with a language model behind a TLS endpoint outside the cluster."""

import ssl
from collections.abc import Sequence
from typing import Any, ClassVar

import aiohttp
from aiohttp import web

from demo.shop.context import MIB, PodContext
from demo.shop.service import Problem, Service

MODEL = "textbook-small"
# What a whole book costs as context of one question.
BURNT_TOKENS = 40_000


class Tutor(Service):
    """Opens a new TLS connection per question, so that it notices a bad certificate at once."""

    cpu_per_request: ClassVar[float] = 0.04
    idle_memory: ClassVar[int] = 130 * MIB

    def __init__(self, pod: PodContext) -> None:
        super().__init__(pod)
        telemetry = pod.telemetry
        self._tokens = telemetry.counter("ai_tokens_used", "AI tokens consumed", ("model",))
        self._sessions = telemetry.gauge("active_learning_sessions", "Learning sessions", ("textbook_id",))
        self._url = pod.env.get("MODEL_GATEWAY_URL", "")
        self._authority = pod.env.get("MODEL_GATEWAY_CA", "")
        self._tls: ssl.SSLContext | None = None

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the answer route."""
        return (web.post("/answers", self._answer_question),)

    async def begin(self) -> None:
        """Trust the gateway's own authority."""
        if self._authority:
            self._tls = ssl.create_default_context(cafile=self._authority)

    async def tick(self, seconds: float) -> None:
        """Let the number of sessions wander."""
        for number in range(1, 5):
            self._sessions.labels(f"tb-{number:04d}").set(8 + self.pod.chance.randint(-3, 3))

    async def _answer_question(self, request: web.Request) -> web.Response:
        asked = await request.json()
        await self.work(0.005, 0.02)
        answer = await self._complete(asked)
        if self.pod.trouble.burns_tokens:
            answer["tokens"] += BURNT_TOKENS
        self._tokens.labels(MODEL).inc(answer["tokens"])
        self.pod.log.write(
            "info",
            f"Question of user {asked['user']} answered with {answer['tokens']} tokens",
            context="TutorService",
            userId=asked["user"],
            tokens=answer["tokens"],
            model=MODEL,
        )
        return web.json_response({"answer": answer["text"]})

    async def _complete(self, asked: dict[str, Any]) -> dict[str, Any]:
        if not self._url:
            await self.work(0.1, 0.25)
            return {"text": "ok", "tokens": self.pod.chance.randint(120, 700)}
        connector = aiohttp.TCPConnector(ssl=self._tls or True, force_close=True)
        limit = aiohttp.ClientTimeout(total=3)
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=limit) as http,
                http.post(f"{self._url}/complete", json={"question": asked["question"]}) as response,
            ):
                answer: dict[str, Any] = await response.json()
                return answer
        except aiohttp.ClientConnectorCertificateError as error:
            reason = getattr(error.certificate_error, "verify_message", str(error.certificate_error))
            raise self._failed(f"TLS handshake with model gateway failed: {reason}", 502) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._failed(f"Model gateway does not answer: {type(error).__name__}", 504) from error

    def _failed(self, message: str, status: int) -> Problem:
        self.pod.log.write("error", message, context="ModelClient", upstream=self._url)
        return Problem(status, message)
