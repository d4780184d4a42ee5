"""The indices of Elasticsearch (and what speaks its API): their ages and sizes, their lifecycle, and the end of one."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from agent.errors import BadInput, NotFound, Refused
from tools.connectors.elasticsearch_documents import (
    lifecycles_from_ilm,
    lifecycles_from_ism,
    missing_rights,
    policies_from_ilm,
    policies_from_ism,
    read_indices,
    words_of_refusal,
    writing_indices,
)
from tools.connectors.http_json import JsonHttp, excerpt
from tools.connectors.readers import Index, Lifecycle, LifecyclePolicy

BACKEND = "elasticsearch"
_PATTERN = re.compile(r"[a-z0-9.][a-z0-9._*-]*(,[a-z0-9.][a-z0-9._*-]*)*")
EXACT = re.compile(r"[a-z0-9.][a-z0-9._-]{0,254}")
"""A name that can only mean itself: no wildcard, no comma, no exclusion, no date arithmetic, nothing like `_all`."""
_POLICY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
# What the actions on indices need of the store, and of the log indices.
_CLUSTER_RIGHTS, _INDEX_RIGHTS = ("manage_ilm",), ("delete_index", "manage", "view_index_metadata")
_LISTED = {
    "expand_wildcards": "open,closed",
    "ignore_unavailable": "true",
    "allow_no_indices": "true",
}
_FIELDS = (
    "*.aliases,*.data_stream,*.settings.index.uuid,*.settings.index.creation_date,*.settings.index.lifecycle"
)
# Nothing but the very index of this name, or an error.
_ONLY_THIS = "expand_wildcards=none&ignore_unavailable=false&allow_no_indices=false"


class ElasticsearchIndices:
    """An IndexReader and an IndexWriter."""

    def __init__(
        self, url: str, *, api_key: str | None = None, timeout_seconds: float, log_indices: str = ""
    ) -> None:
        self._log_indices = [part.strip() for part in log_indices.split(",") if part.strip()]
        headers = {"Authorization": f"ApiKey {api_key}"} if api_key else {}
        self._http = JsonHttp(
            "Elasticsearch",
            BACKEND,
            url,
            timeout_seconds=timeout_seconds,
            headers=headers,
            reason=words_of_refusal,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def version(self) -> str:
        """Return the server's version."""
        found = await self._http.fetch("/")
        version = found.get("version") if isinstance(found, dict) else None
        return excerpt(str(version.get("number", "unknown")), 40) if isinstance(version, dict) else "unknown"

    async def indices(self, pattern: str) -> tuple[Index, ...]:
        """Return the indices that match, with documents, sizes and lifecycle where the store tells them."""
        if not _PATTERN.fullmatch(pattern):
            raise BadInput("Index names are lower-case letters, digits, dots, dashes and *.", field="pattern")
        return await self._described(pattern)

    async def index(self, name: str) -> Index:
        """Return exactly this index; raises NotFound, also for an alias or data stream of that name."""
        found = [one for one in await self._described(_exact(name)) if one.name == name]
        if not found:
            raise NotFound(f"There is no index “{name}”; an alias or a data stream is none.")
        return found[0]

    async def policies(self) -> tuple[LifecyclePolicy, ...] | None:
        """Return the lifecycle policies: of Elasticsearch, else of OpenSearch, else None."""
        answer = await self._optional("/_ilm/policy")
        if answer is not None:
            return policies_from_ilm(answer)
        answer = await self._optional("/_plugins/_ism/policies")
        return None if answer is None else policies_from_ism(answer)

    async def repositories(self) -> tuple[str, ...]:
        """Return the names of the snapshot repositories; none where the store has no snapshots."""
        answer = await self._optional("/_snapshot")
        return tuple(sorted(answer)) if isinstance(answer, dict) else ()

    async def lacks(self) -> tuple[str, ...]:
        """Return the rights that our key has not got; none where the store has no rights to ask for."""
        wanted = (
            [{"names": self._log_indices, "privileges": list(_INDEX_RIGHTS)}] if self._log_indices else []
        )
        body = {"cluster": list(_CLUSTER_RIGHTS), "index": wanted}
        try:
            answer = await self._http.send("POST", "/_security/user/_has_privileges", body)
        except (NotFound, Refused):
            # Without its security a store knows no such question, and refuses nobody.
            return ()
        return missing_rights(answer)

    async def delete_index(self, name: str) -> None:
        """Delete exactly the index of this name; raises NotFound when there is none."""
        await self._http.send("DELETE", f"/{_exact(name)}?{_ONLY_THIS}")

    async def attach_policy(self, name: str, policy: str | None) -> None:
        """Let a policy of Elasticsearch's own lifecycle manage an index; None takes it out of its policy."""
        if policy is None:
            await self._http.send("POST", f"/{_exact(name)}/_ilm/remove?{_ONLY_THIS}")
            return
        body = {"index": {"lifecycle": {"name": _policy(policy)}}}
        await self._http.send("PUT", f"/{_exact(name)}/_settings?{_ONLY_THIS}", body)

    async def create_policy(self, name: str, delete_after_days: int, mark: str) -> None:
        """Create a policy that only deletes after some days; its metadata bears the mark."""
        phases = {
            "hot": {"min_age": "0ms", "actions": {}},
            "delete": {"min_age": f"{delete_after_days}d", "actions": {"delete": {}}},
        }
        body = {"policy": {"phases": phases, "_meta": {"ops-monitor": mark}}}
        await self._http.send("PUT", f"/_ilm/policy/{_policy(name)}", body)

    async def delete_policy(self, name: str) -> None:
        """Delete a policy; the store refuses while an index is in it."""
        await self._http.send("DELETE", f"/_ilm/policy/{_policy(name)}")

    async def policy_mark(self, name: str) -> str | None:
        """Return the mark that `create_policy` left in a policy; None when there is no such policy."""
        try:
            answer = await self._http.fetch(f"/_ilm/policy/{_policy(name)}")
        except NotFound:
            return None
        found: Any = answer
        for key in (name, "policy", "_meta", "ops-monitor"):
            found = found.get(key) if isinstance(found, dict) else None
        return str(found or "")

    async def _described(self, pattern: str) -> tuple[Index, ...]:
        told, stats, streams, lifecycles = await asyncio.gather(
            self._http.fetch(f"/{pattern}", {**_LISTED, "filter_path": _FIELDS}),
            self._optional(f"/{pattern}/_stats/docs,store", {"ignore_unavailable": "true"}),
            self._optional("/_data_stream/*"),
            self._lifecycles(pattern),
        )
        return read_indices(told, stats, writing_indices(streams), lifecycles)

    async def _lifecycles(self, pattern: str) -> Mapping[str, Lifecycle]:
        answer = await self._optional(f"/{pattern}/_ilm/explain", {"only_managed": "true"})
        if answer is not None:
            return lifecycles_from_ilm(answer)
        answer = await self._optional(f"/_plugins/_ism/explain/{pattern}")
        return {} if answer is None else lifecycles_from_ism(answer)

    async def _optional(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """Return an answer, or None where this store has no such thing or does not let us see it."""
        try:
            return await self._http.fetch(path, params)
        except (NotFound, Refused):
            return None


def _exact(name: str) -> str:
    if not EXACT.fullmatch(name) or name in (".", ".."):
        raise BadInput(f"“{excerpt(name, 60)}” is not the exact name of an index.", field="indices")
    return name


def _policy(name: str) -> str:
    if not _POLICY.fullmatch(name):
        raise BadInput(f"“{excerpt(name, 60)}” cannot be the name of a lifecycle policy.", field="policy")
    return name
