"""What kube-state-metrics says about Pods and Deployments, in its names, from objects of the API."""

from collections.abc import Iterator, Sequence
from typing import Any

from demo.shop.exporter import Sample, family

Obj = dict[str, Any]


def _containers(pods: Sequence[Obj]) -> Iterator[tuple[dict[str, str], Obj]]:
    for pod in pods:
        for status in pod.get("status", {}).get("containerStatuses") or []:
            labels = {
                "namespace": pod["metadata"]["namespace"],
                "pod": pod["metadata"]["name"],
                "container": status["name"],
            }
            yield labels, status


def container_families(pods: Sequence[Obj]) -> str:
    """Return restarts, waiting reasons and last exits of all containers."""
    restarts: list[Sample] = []
    waiting: list[Sample] = []
    exits: list[Sample] = []
    for labels, status in _containers(pods):
        restarts.append((labels, float(status.get("restartCount", 0))))
        reason = (status.get("state", {}).get("waiting") or {}).get("reason")
        if reason:
            waiting.append(({**labels, "reason": reason}, 1.0))
        ended = (status.get("lastState", {}).get("terminated") or {}).get("reason")
        if ended:
            exits.append(({**labels, "reason": ended}, 1.0))
    prefix = "kube_pod_container_status"
    return "".join(
        (
            family(f"{prefix}_restarts_total", "counter", "Restarts of the container", restarts),
            family(f"{prefix}_waiting_reason", "gauge", "Why the container waits", waiting),
            family(f"{prefix}_last_terminated_reason", "gauge", "How it ended last", exits),
        )
    )


def pod_families(pods: Sequence[Obj]) -> str:
    """Return readiness and phase of all Pods."""
    ready: list[Sample] = []
    phases: list[Sample] = []
    for pod in pods:
        labels = {"namespace": pod["metadata"]["namespace"], "pod": pod["metadata"]["name"]}
        conditions = {c["type"]: c["status"] for c in pod.get("status", {}).get("conditions") or []}
        ready.append(({**labels, "condition": "true"}, 1.0 if conditions.get("Ready") == "True" else 0.0))
        phases.append(({**labels, "phase": pod.get("status", {}).get("phase", "Unknown")}, 1.0))
    return family("kube_pod_status_ready", "gauge", "Whether the Pod is ready", ready) + family(
        "kube_pod_status_phase", "gauge", "Phase of the Pod", phases
    )


def deployment_families(deployments: Sequence[Obj]) -> str:
    """Return wanted and available replicas of all Deployments."""
    wanted: list[Sample] = []
    available: list[Sample] = []
    unavailable: list[Sample] = []
    generations: list[Sample] = []
    for item in deployments:
        meta, status = item["metadata"], item.get("status", {})
        labels = {"namespace": meta["namespace"], "deployment": meta["name"]}
        wanted.append((labels, float(item["spec"].get("replicas", 1))))
        available.append((labels, float(status.get("availableReplicas", 0))))
        unavailable.append((labels, float(status.get("unavailableReplicas", 0))))
        generations.append((labels, float(status.get("observedGeneration", 0))))
    prefix = "kube_deployment"
    return "".join(
        (
            family(f"{prefix}_spec_replicas", "gauge", "Wanted replicas", wanted),
            family(f"{prefix}_status_replicas_available", "gauge", "Available replicas", available),
            family(f"{prefix}_status_replicas_unavailable", "gauge", "Missing replicas", unavailable),
            family(f"{prefix}_status_observed_generation", "gauge", "Generation seen", generations),
        )
    )


def vulnerability_families(pods: Sequence[Obj]) -> str:
    """Return what trivy-operator would say of the images that run: nothing critical, as in a shop that is kept up."""
    images = {
        (pod["metadata"]["namespace"], container["name"], container["image"])
        for pod in pods
        for container in pod["spec"]["containers"]
    }
    samples: list[Sample] = []
    for namespace, name, image in sorted(images):
        labels = {"namespace": namespace, "container_name": name, "image_tag": image.rpartition(":")[2]}
        samples += [
            ({**labels, "severity": word}, count) for word, count in (("Critical", 0.0), ("High", 2.0))
        ]
    return family("trivy_image_vulnerabilities", "gauge", "Known vulnerabilities of an image", samples)
