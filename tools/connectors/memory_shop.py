"""Stories for the world in memory: a small shop that is well, and a bad release that every reader tells of."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from agent.domain.alert import Alert, AlertStatus
from agent.domain.results import LogLine
from tools.connectors.memory import MemoryWorld
from tools.connectors.memory_objects import deployment, event, pod, replica_set, template

NAMESPACE = "shop"


def healthy_shop(
    now: datetime, services: Sequence[str] = ("storefront", "checkout", "payment")
) -> MemoryWorld:
    """Return a world in which every service is well and each calls the next one."""
    world = MemoryWorld(edges=set(pairwise(services)))
    long_ago = now - timedelta(days=3)
    for service in services:
        world.course(service, "request_rate", 20.0)
        world.course(service, "server_error_ratio", 0.002)
        world.course(service, "availability", 0.998)
        world.course(service, "latency_p95", 0.12)
        world.course(service, "up", 1.0)
        for minutes in range(90):
            at = now - timedelta(minutes=minutes, seconds=7)
            text = f"handled request {minutes} in {minutes + 3} ms"
            world.lines.append(LogLine(at=at, level="info", service=service, message=text))
        first = template(service, f"registry.example/{service}:v1")
        world.objects.setdefault("deployments", []).append(deployment(service, NAMESPACE, long_ago, first))
        old = replica_set(service, NAMESPACE, long_ago, 1, first, "5f6d8c")
        world.objects.setdefault("replicasets", []).append(old)
        _pods(world, service, "5f6d8c", f"registry.example/{service}:v1", long_ago)
    return world


def bad_release(
    world: MemoryWorld, service: str, at: datetime, *, now: datetime, errors: float = 0.48
) -> None:
    """Roll out v2 of a service at a time, with which part of its requests fail from then on."""
    image = f"registry.example/{service}:v2"
    new = template(service, image)
    world.objects["replicasets"].append(replica_set(service, NAMESPACE, at, 2, new, "7c9b4f"))
    world.objects["pods"] = [p for p in world.objects["pods"] if p["metadata"]["labels"]["app"] != service]
    _pods(world, service, "7c9b4f", image, at)
    text = f"Scaled up replica set {service}-7c9b4f to 2"
    scaled = event(
        service, NAMESPACE, at, kind="Deployment", reason="ScalingReplicaSet", message=text, warning=False
    )
    world.objects.setdefault("events", []).append(scaled)
    for affected in (service, *_callers(world, service)):
        world.course(affected, "server_error_ratio", 0.002, errors, at)
        world.course(affected, "availability", 0.998, 1 - errors, at)
    seconds = int((now - at).total_seconds())
    world.lines += [
        LogLine(
            at=at + timedelta(seconds=second),
            level="error",
            service=service,
            message=f"card issuer answered with unknown field 3ds_{second} for order {1000 + second}",
            pod=f"{service}-7c9b4f-0",
        )
        for second in range(2, seconds, 5)
    ]
    world.alerts.append(
        Alert(
            fingerprint=f"{service}-errors",
            status=AlertStatus.FIRING,
            labels={"alertname": "HighErrorRate", "service": service, "severity": "critical"},
            starts_at=at + timedelta(seconds=20),
        )
    )


def _callers(world: MemoryWorld, service: str) -> list[str]:
    found = [a for a, b in sorted(world.edges) if b == service]
    return found + [higher for caller in found for higher in _callers(world, caller)]


def _pods(world: MemoryWorld, service: str, suffix: str, image: str, started: datetime) -> None:
    for place in range(2):
        name = f"{service}-{suffix}-{place}"
        world.objects.setdefault("pods", []).append(pod(name, service, NAMESPACE, started, image=image))
        world.usage[name] = (0.05, 80 * 2.0**20)
        world.pod_logs[name] = (
            f'{started:%Y-%m-%dT%H:%M:%SZ} {{"level":"info","message":"{service} listens"}}'
        )
