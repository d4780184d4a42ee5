"""Asks every backend whether it answers, how fast, and whether it lets us read what we need."""

import asyncio
import time
from collections.abc import Mapping

from agent.domain.probe import Probe
from agent.errors import OpsError, TimedOut
from tools.connections import READ_PERMISSIONS, Connections

_ATTEMPTS_SECONDS = 1.0


async def probe_all(
    connections: Connections, settings: Mapping[str, tuple[str, str]], timeout_seconds: float
) -> list[Probe]:
    """Probe every backend at once; `settings` gives each backend's title and the variable that sets it."""
    return list(
        await asyncio.gather(
            *(_probe(connections, name, *settings[name], timeout_seconds) for name in connections.backends)
        )
    )


async def _probe(
    connections: Connections, name: str, title: str, setting: str, timeout_seconds: float
) -> Probe:
    backend = connections.backends[name]
    if backend is None:
        fix = f"Set {setting} to use {title}."
        return Probe(name=title, ok=True, configured=False, detail="not configured", fix=fix)
    started = time.perf_counter()
    try:
        # The first contact may import an SDK and open connections.
        async with asyncio.timeout(timeout_seconds + _ATTEMPTS_SECONDS):
            version = await backend.version()
        latency = (time.perf_counter() - started) * 1000
        missing = await _missing(connections) if name == "kubernetes" else ()
    except TimeoutError:
        return _down(title, setting, TimedOut(f"{title} did not answer in time.", backend=name))
    except OpsError as error:
        return _down(title, setting, error)
    if missing:
        lacks = ", ".join(f"{verb} {resource} in {where}" for verb, resource, where in missing)
        return Probe(name=title, ok=False, detail=f"lacks {lacks}", fix=_grant(missing))
    return Probe(name=title, ok=True, detail=f"answers in {latency:.0f} ms, version {version or 'unknown'}")


def _down(title: str, setting: str, error: OpsError) -> Probe:
    fix = f"Check {setting} and whether {title} runs and can be reached from here."
    return Probe(name=title, ok=False, detail=error.user_message, fix=fix)


async def _missing(connections: Connections) -> tuple[tuple[str, str, str], ...]:
    """Return the (verb, resource, namespace) rights that the cluster does not give us."""
    cluster = connections.cluster
    if cluster is None:
        return ()
    asked = [(right, where) for where in connections.namespaces for right in READ_PERMISSIONS]
    allowed = await asyncio.gather(*(cluster.allowed(right, where) for right, where in asked))
    return tuple(
        (right.verb, right.shown, where)
        for (right, where), yes in zip(asked, allowed, strict=True)
        if not yes
    )


def _grant(missing: tuple[tuple[str, str, str], ...]) -> str:
    verbs = ",".join(dict.fromkeys(verb for verb, _, _ in missing))
    resources = ",".join(dict.fromkeys(resource for _, resource, _ in missing))
    names = list(dict.fromkeys(where for _, _, where in missing))
    commands = [
        f"kubectl create role ops-monitor-read -n {name} --verb={verbs} --resource={resources} && "
        f"kubectl create rolebinding ops-monitor-read -n {name} --role=ops-monitor-read "
        "--serviceaccount=NAMESPACE:ops-monitor"
        for name in names
    ]
    return "Grant the bot's service account these rights: " + " ; ".join(commands)
