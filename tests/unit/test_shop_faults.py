"""What the demo's files promise to each other: limits, images, environment and rights."""

import yaml

from demo.faults.catalogue import FAULTS, fault_named
from demo.shop.runtime import SERVICES, parse_bytes, split_image
from demo.world import MANIFESTS, manifests
from tools.connections import READ_PERMISSIONS


def _workloads() -> list[dict[str, object]]:
    return [item for item in manifests() if item["kind"] in ("Deployment", "StatefulSet")]


def test_every_container_knows_the_limit_that_its_manifest_sets() -> None:
    for item in _workloads():
        container = item["spec"]["template"]["spec"]["containers"][0]  # type: ignore[index]
        told = {entry["name"]: entry["value"] for entry in container["env"]}
        assert told["MEMORY_LIMIT"] == container["resources"]["limits"]["memory"]
        assert parse_bytes(told["MEMORY_LIMIT"]) > SERVICES[split_image(container["image"])[0]].idle_memory


def test_every_service_of_the_shop_has_a_workload_of_its_name() -> None:
    names = {split_image(w["spec"]["template"]["spec"]["containers"][0]["image"])[0] for w in _workloads()}  # type: ignore[index]
    assert names == set(SERVICES) - {"batch-report"}


def test_namespaces_come_before_what_lives_in_them() -> None:
    kinds = [item["kind"] for item in manifests()]
    assert kinds[: kinds.count("Namespace")] == ["Namespace"] * kinds.count("Namespace")
    assert len(manifests()) == sum(
        1
        for folder in (MANIFESTS, MANIFESTS.parents[2] / "deploy" / "kubernetes")
        for file in folder.glob("*.yaml")
        if folder == MANIFESTS or file.name.startswith("rbac")
        for item in yaml.safe_load_all(file.read_text())
        if item
    )


def test_the_bots_rights_are_to_read_and_nothing_else() -> None:
    roles = [
        item for item in manifests() if item["metadata"]["name"] == "ops-monitor-read" and "rules" in item
    ]
    verbs = {verb for role in roles for rule in role["rules"] for verb in rule["verbs"]}
    granted = {
        (group, resource)
        for role in roles
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    needed = {
        (right.group, f"{right.resource}/{right.subresource}" if right.subresource else right.resource)
        for right in READ_PERMISSIONS
    }
    assert verbs == {"get", "list"}
    assert granted == needed | {("metrics.k8s.io", "pods")}


def test_faults_are_found_by_their_own_names() -> None:
    assert [fault_named(fault.name) for fault in FAULTS] == list(FAULTS)
    assert len({fault.title for fault in FAULTS}) == len(FAULTS) == 18


def test_every_fault_is_documented_with_the_recovery_that_ends_it() -> None:
    root = MANIFESTS.parents[2]
    told = (
        (root / "docs" / "recovery.md").read_text().split("## The demo's faults", 1)[1].split("\n## ", 1)[0]
    )
    rows = [row.strip("|").split(" | ") for row in told.splitlines() if row.startswith("| `")]
    recoveries = {path.stem for path in (root / "policies" / "recovery").glob("*.yaml")}

    assert [fault.name for fault in FAULTS] == [row[0].strip(" `") for row in rows]
    # What a recovery would not end is people's own: a break-in, a third party, a cost.
    ended = [row[2].split("`")[1] for row in rows if not row[2].strip().startswith("people")]
    assert len(ended) == 13
    assert set(ended) <= recoveries
