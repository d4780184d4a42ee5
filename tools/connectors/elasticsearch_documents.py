"""Reads what Elasticsearch and OpenSearch say of indices and lifecycles; any field may be missing or odd."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from tools.connectors.http_json import excerpt
from tools.connectors.readers import Index, Lifecycle, LifecyclePolicy

_AGE = re.compile(r"(\d+(?:\.\d+)?)(nanos|micros|ms|s|m|h|d)")
_SECONDS = {"nanos": 1e-9, "micros": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_ISM_POLICY = "index.plugins.index_state_management.policy_id"
_LATEST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _below(value: Any, *path: str) -> Any:
    for key in path:
        value = _dict(value).get(key)
    return value


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: Any, limit: int = 200) -> str:
    return excerpt(value, limit) if isinstance(value, str) else ""


def words_of_refusal(found: object) -> str:
    """Return the server's own words from an error's JSON."""
    error = _dict(found).get("error")
    reason = _dict(error).get("reason", error)
    return _text(reason, 300)


def days_of(age: object) -> float | None:
    """Return the days that an age such as `30d` or `12h` stands for; None when it is none."""
    found = _AGE.fullmatch(age) if isinstance(age, str) else None
    return float(found[1]) * _SECONDS[found[2]] / 86400 if found else None


def read_indices(
    told: Any, stats: Any, writing: frozenset[str] | None, lifecycles: Mapping[str, Lifecycle]
) -> tuple[Index, ...]:
    """Return the indices that bear a uuid and a creation date, by name; `writing` None: nobody knows of streams."""
    found = (
        _index(name, _dict(item), _below(stats, "indices", name), writing, lifecycles.get(name))
        for name, item in _dict(told).items()
    )
    return tuple(sorted((one for one in found if one), key=lambda one: one.name))


def _index(
    name: str, item: dict[str, Any], stats: Any, writing: frozenset[str] | None, lifecycle: Lifecycle | None
) -> Index | None:
    settings = _dict(_below(item, "settings", "index"))
    uuid, made = settings.get("uuid"), _millis(settings.get("creation_date"))
    if not isinstance(uuid, str) or made is None:
        return None
    aliases = _dict(item.get("aliases"))
    stream = _text(item.get("data_stream"))
    named = _below(settings, "lifecycle", "name")
    if lifecycle is None and isinstance(named, str) and named:
        lifecycle = Lifecycle(_text(named))
    # An index of a stream that nobody could ask about may be the one that is written to.
    to_stream = (writing is None or name in writing) if stream else False
    return Index(
        name=name,
        uuid=uuid,
        created_at=made,
        documents=_count(_below(stats, "primaries", "docs", "count")),
        size_bytes=_count(_below(stats, "total", "store", "size_in_bytes")),
        aliases=tuple(sorted(aliases)),
        stream=stream,
        writing=to_stream or any(_dict(alias).get("is_write_index") is True for alias in aliases.values()),
        lifecycle=lifecycle,
    )


def _millis(value: Any) -> datetime | None:
    try:
        seconds = int(value) / 1000
    except (TypeError, ValueError):
        return None
    return datetime.fromtimestamp(seconds, UTC) if 0 <= seconds < _LATEST else None


def writing_indices(answer: Any) -> frozenset[str] | None:
    """Return the backing index that each data stream writes to now: its last one; None when streams are unknown."""
    if not isinstance(answer, dict):
        return None
    found = (_list(_dict(stream).get("indices"))[-1:] for stream in _list(answer.get("data_streams")))
    return frozenset(str(_dict(index).get("index_name")) for last in found for index in last)


def policies_from_ilm(answer: Any) -> tuple[LifecyclePolicy, ...]:
    """Return the policies of Elasticsearch's index lifecycle management."""
    return tuple(sorted(_ilm_policies(answer), key=lambda one: one.name))


def _ilm_policies(answer: Any) -> Iterator[LifecyclePolicy]:
    for name, item in _dict(answer).items():
        phases = _dict(_below(item, "policy", "phases"))
        ends = _dict(phases.get("delete"))
        deletes = "delete" in _dict(ends.get("actions"))
        # Without an age of its own a phase begins at once.
        after = (days_of(ends.get("min_age", "0ms")) or 0.0) if deletes else None
        yield LifecyclePolicy(_text(name), after, tuple(sorted(phases)))


def lifecycles_from_ilm(answer: Any) -> dict[str, Lifecycle]:
    """Return where managed indices stand, by name."""
    found: dict[str, Lifecycle] = {}
    for name, item in _dict(_dict(answer).get("indices")).items():
        told = _dict(item)
        if told.get("managed") is True:
            trouble = _text(_below(told, "step_info", "reason")) if told.get("step") == "ERROR" else ""
            if told.get("step") == "ERROR" and not trouble:
                trouble = _text(told.get("failed_step")) or "its step failed"
            found[name] = Lifecycle(
                _text(told.get("policy")), _text(told.get("phase"), 40), _text(told.get("step"), 60), trouble
            )
    return found


def policies_from_ism(answer: Any) -> tuple[LifecyclePolicy, ...]:
    """Return the policies of OpenSearch's index state management."""
    found = [_ism_policy(_dict(item)) for item in _list(_dict(answer).get("policies"))]
    return tuple(sorted(found, key=lambda one: one.name))


def _ism_policy(item: dict[str, Any]) -> LifecyclePolicy:
    states = [_dict(state) for state in _list(_below(item, "policy", "states"))]
    ends = {
        str(state.get("name"))
        for state in states
        if any("delete" in _dict(action) for action in _list(state.get("actions")))
    }
    ages = [
        days_of(_below(move, "conditions", "min_index_age"))
        for state in states
        for move in _list(state.get("transitions"))
        if str(_dict(move).get("state_name")) in ends
    ]
    known = [age for age in ages if age is not None]
    names = tuple(_text(state.get("name"), 40) for state in states)
    return LifecyclePolicy(_text(item.get("_id")), min(known) if known else None, names)


def lifecycles_from_ism(answer: Any) -> dict[str, Lifecycle]:
    """Return where managed indices stand, by name."""
    found: dict[str, Lifecycle] = {}
    for name, item in _dict(answer).items():
        told = _dict(item)
        policy = _text(told.get("policy_id")) or _text(told.get(_ISM_POLICY))
        if policy:
            failed = (
                _below(told, "action", "failed") is True or _below(told, "step", "step_status") == "failed"
            )
            trouble = _text(_below(told, "info", "message")) or "its step failed"
            found[name] = Lifecycle(
                policy,
                _text(_below(told, "state", "name"), 40),
                _text(_below(told, "step", "name"), 60),
                trouble if failed else "",
            )
    return found


def missing_rights(answer: Any) -> tuple[str, ...]:
    """Return the privileges that an account was told it has not got, those of indices with their names."""
    cluster = _dict(_dict(answer).get("cluster"))
    found = [str(name) for name, has in cluster.items() if has is False]
    for names, rights in _dict(_dict(answer).get("index")).items():
        found += [f"{right} on {names}" for right, has in _dict(rights).items() if has is False]
    return tuple(found)
