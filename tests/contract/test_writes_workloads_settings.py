"""Environment variables and ConfigMap keys: values that people see before and after, and no secrets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from agent.analysis.redaction import MARK
from agent.domain.action import Plan
from agent.errors import BadInput
from tests.support.writing_cluster import NAMESPACES, WritingWorld, workload, writing_world
from tools.incident_responder.writes.config import ConfigKeyParams, SetConfigKey
from tools.incident_responder.writes.workloads import EnvironmentParams, SetWorkloadEnv

SECRET_URL = "postgres://shop:hunter2secret@ledger-db:5432/shop"


@pytest_asyncio.fixture
async def world() -> AsyncIterator[WritingWorld]:
    async with writing_world() as found:
        yield found


async def env_plan(world: WritingWorld, variable: str, value: str, name: str = "payment") -> Plan:
    params = EnvironmentParams(namespace="shop", name=name, container=name, variable=variable, value=value)
    return await SetWorkloadEnv(world.writer, NAMESPACES).plan(params, datetime.now(UTC))


async def key_plan(world: WritingWorld, key: str, value: str, name: str = "settings") -> Plan:
    params = ConfigKeyParams(namespace="shop", name=name, key=key, value=value)
    return await SetConfigKey(world.writer, NAMESPACES).plan(params, datetime.now(UTC))


async def config_map(world: WritingWorld, name: str, **more: Any) -> None:
    metadata = {"name": name, "namespace": "shop"}
    await world.make({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, **more})


async def test_a_variable_is_shown_before_and_after(world: WritingWorld) -> None:
    plan = await env_plan(world, "POOL", "30")
    (change,) = plan.changes

    assert "spec.template.spec.containers[payment].env[POOL].value" == change.path
    assert ("10", "30") == (change.before, change.after)
    assert ("10", "30") == (plan.facts["value_before"], plan.facts["value"])
    assert 3 == plan.radius.count


@pytest.mark.parametrize(
    "name",
    [
        "DB_PASSWORD",
        "API_TOKEN",
        "SIGNING_KEY",
        "apiKey",
        "SECRET",
        "clientSecret",
        "AUTH",
        "REDIS_DSN",
        "KEY",
    ],
)
async def test_names_that_look_like_secrets_are_refused(world: WritingWorld, name: str) -> None:
    with pytest.raises(BadInput, match="looks like a secret"):
        await env_plan(world, name, "30")
    with pytest.raises(BadInput, match="looks like a secret"):
        await key_plan(world, name, "30")


@pytest.mark.parametrize("value", [SECRET_URL, "Bearer abcdef123456", "xoxb-123456789012-abcdefghij"])
async def test_values_that_look_like_secrets_are_refused(world: WritingWorld, value: str) -> None:
    for plan in (env_plan, key_plan):
        with pytest.raises(BadInput, match="looks like a secret") as caught:
            await plan(world, "UPSTREAM", value)
        assert value not in caught.value.user_message


@pytest.mark.parametrize(
    "name",
    [
        "LD_PRELOAD",
        "ld_library_path",
        "PATH",
        "PYTHONPATH",
        "NODE_OPTIONS",
        "JAVA_TOOL_OPTIONS",
        "_JAVA_OPTIONS",
        "JAVA_OPTS",
        "CATALINA_OPTS",
        "BASH_ENV",
        "HTTPS_PROXY",
        "no_proxy",
        "SSL_CERT_FILE",
        "OPS_AUTONOMY",
        "KUBECONFIG",
    ],
)
async def test_variables_that_decide_what_code_runs_are_refused(world: WritingWorld, name: str) -> None:
    """A setting that loads a library is a shell by another name."""
    with pytest.raises(BadInput, match="what code runs") as caught:
        await env_plan(world, name, "x")
    assert "variable" == caught.value.field


@pytest.mark.parametrize(
    "name", ["DB_POOL_MAX", "POOL_SIZE", "HTTP_TIMEOUT", "CACHE_TTL", "NODE_COUNT", "CORES", "HEALTH_PATH"]
)
async def test_ordinary_settings_are_not(world: WritingWorld, name: str) -> None:
    assert "30" == (await env_plan(world, name, "30")).facts["value"]


async def test_a_value_that_would_copy_another_variable_is_refused(world: WritingWorld) -> None:
    with pytest.raises(BadInput, match="another variable"):
        await env_plan(world, "UPSTREAM", "ledger.example/$(LEDGER_CODE)")


@pytest.mark.parametrize(
    ("key", "value"), [("start.sh", "x"), ("hook.LUA", "x"), ("run", "#!/bin/sh"), ("app.py", "x")]
)
async def test_programs_in_a_config_map_are_refused(world: WritingWorld, key: str, value: str) -> None:
    with pytest.raises(BadInput, match="holds a program"):
        await key_plan(world, key, value)


async def test_a_secret_that_stands_there_is_neither_shown_nor_kept(world: WritingWorld) -> None:
    await world.make(workload("odd", env={"UPSTREAM": SECRET_URL}))
    await world.settled("odd")
    await config_map(world, "odd", data={"upstream": SECRET_URL})

    for plan in (
        await env_plan(world, "UPSTREAM", "ledger-db:5432", "odd"),
        await key_plan(world, "upstream", "ledger-db:5432", "odd"),
    ):
        assert "hunter2" not in plan.model_dump_json()
        assert MARK == plan.changes[0].before
        assert not plan.reversible
        assert "looks like a secret" in plan.warnings[-1]


async def test_a_variable_from_elsewhere_is_not_overwritten(world: WritingWorld) -> None:
    found = workload("odd")
    reference = {"configMapKeyRef": {"name": "settings", "key": "POOL"}}
    found["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "POOL", "valueFrom": reference}]
    await world.make(found)

    with pytest.raises(BadInput, match="not a plain value"):
        await env_plan(world, "POOL", "30", "odd")
    with pytest.raises(BadInput, match="is “10” already"):
        await env_plan(world, "POOL", "10")


@pytest.mark.parametrize("value", ["x" * 4097, "é" * 2049, "a\x00b", "a\x1b[31m", "\u202eabc"])
def test_values_are_short_and_printable(value: str) -> None:
    with pytest.raises(ValueError, match="value"):
        EnvironmentParams(namespace="shop", name="a", container="a", variable="POOL", value=value)
    with pytest.raises(ValueError, match="value"):
        ConfigKeyParams(namespace="shop", name="a", key="POOL", value=value)


@pytest.mark.parametrize("variable", ["", "1A", "A B", "A=B", "A;B", "A\n", "$(A)", "경로", "A" * 129])
def test_a_variable_is_a_name(variable: str) -> None:
    with pytest.raises(ValueError, match="variable"):
        EnvironmentParams(namespace="shop", name="a", container="a", variable=variable, value="1")


@pytest.mark.parametrize("key", ["", "a/b", "a b", "..\\x", "a\n", "키", "a" * 254])
def test_a_key_is_a_name(key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        ConfigKeyParams(namespace="shop", name="a", key=key, value="1")


async def test_a_key_says_who_reads_it(world: WritingWorld) -> None:
    plan = await key_plan(world, "POOL", "30")

    assert ("data.POOL", "10", "30") == (plan.changes[0].path, plan.changes[0].before, plan.changes[0].after)
    assert 3 == plan.radius.count
    assert ("payment",) == plan.radius.services
    assert "payment" in plan.warnings[0]


async def test_config_maps_that_may_not_be_changed(world: WritingWorld) -> None:
    await config_map(world, "fixed", data={"POOL": "1"}, immutable=True)
    await config_map(world, "binary", binaryData={"POOL": "AAEC"})
    await config_map(world, "long", data={"POOL": "x" * 5000})

    with pytest.raises(BadInput, match="may not be changed"):
        await key_plan(world, "POOL", "30", "fixed")
    with pytest.raises(BadInput, match="may not be changed"):
        await key_plan(world, "ca.crt", "30", "kube-root-ca.crt")
    with pytest.raises(BadInput, match="binary data"):
        await key_plan(world, "POOL", "30", "binary")
    with pytest.raises(BadInput, match="too long"):
        await key_plan(world, "POOL", "30", "long")
    with pytest.raises(BadInput, match="that value already"):
        await key_plan(world, "POOL", "10")
