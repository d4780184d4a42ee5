"""Lists: which objects a request selects, at which revision, and page by page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from demo.cluster.conversion import to_served
from demo.cluster.fieldselectors import fields_match, parse_fields
from demo.cluster.kinds import Kind
from demo.cluster.objects import Obj, labels_of, name_of, namespace_of
from demo.cluster.paging import Page, parse_page, too_old
from demo.cluster.routes import is_true
from demo.cluster.selectors import matches, parse_labels
from demo.cluster.status import ApiError, bad_request, internal, invalid, prohibited
from demo.cluster.storage import CompactedError, Store


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The parameters of a list or watch."""

    label: str = ""
    field: str = ""
    limit: int = 0
    onward: str = ""
    revision: str = ""
    match: str = ""
    watch: bool = False
    bookmarks: bool = False
    initial: bool | None = None
    timeout: float = 0.0


def _number(text: str, name: str) -> int:
    try:
        return int(text)
    except ValueError as broken:
        why = f'strconv.ParseInt: parsing "{text}": invalid syntax'
        raise bad_request(f"unable to decode query parameter {name}: {why}") from broken


def read_query(query: dict[str, str], *, watch_path: bool = False) -> ListQuery:
    """Read the parameters; raise 422 for combinations that make no sense."""
    initial = query.get("sendInitialEvents")
    found = ListQuery(
        query.get("labelSelector", ""),
        query.get("fieldSelector", ""),
        _number(query.get("limit") or "0", "limit"),
        query.get("continue", ""),
        query.get("resourceVersion", ""),
        query.get("resourceVersionMatch", ""),
        watch_path or is_true(query.get("watch")),
        is_true(query.get("allowWatchBookmarks")),
        None if initial is None else is_true(initial),
        float(_number(query.get("timeoutSeconds") or "0", "timeoutSeconds")),
    )
    _require_sense(found)
    return found


def _require_sense(query: ListQuery) -> None:
    why = ""
    if query.initial is not None and not query.watch:
        raise _nonsense("sendInitialEvents", "sendInitialEvents is forbidden for list")
    if query.initial is not None and query.match != "NotOlderThan":
        why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
    elif query.match and query.watch and query.initial is None:
        why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
    elif query.match and not query.revision and not query.watch:
        why = "resourceVersionMatch is forbidden unless resourceVersion is provided"
    elif query.match == "Exact" and query.revision == "0":
        why = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
    if why:
        raise _nonsense("resourceVersionMatch", why)


def _nonsense(field: str, why: str) -> ApiError:
    return invalid("meta.k8s.io", "ListOptions", "", [prohibited(field, why)])


def selector(kind: Kind, namespace: str, query: ListQuery) -> Callable[[Obj], bool]:
    """Build the test that says which objects a request selects."""
    labels = parse_labels(query.label)
    fields = parse_fields(kind, query.field)

    def wanted(obj: Obj) -> bool:
        if namespace and namespace_of(obj) != namespace:
            return False
        return matches(labels, labels_of(obj)) and fields_match(fields, obj)

    return wanted


def parse_revision(text: str) -> int:
    """Read a resourceVersion; raise 500 when it is not a number, as the server does."""
    if not text:
        return 0
    if not text.isdigit():
        why = f'strconv.ParseUint: parsing "{text}": invalid syntax'
        raise internal(f'resourceVersion: Invalid value: "{text}": {why}')
    return int(text)


def require_reached(store: Store, revision: int) -> None:
    """Raise 504 for a version from the future."""
    if revision <= store.revision:
        return
    message = "Too large resource version"
    raise ApiError(
        504,
        "Timeout",
        f"Timeout: {message}: {revision}, current: {store.revision}",
        details={
            "causes": [{"reason": "ResourceVersionTooLarge", "message": message}],
            "retryAfterSeconds": 1,
        },
        headers={"Retry-After": "1"},
    )


def _key(kind: Kind, namespace: str, obj: Obj) -> str:
    return name_of(obj) if namespace or not kind.namespaced else f"{namespace_of(obj)}/{name_of(obj)}"


def list_objects(store: Store, kind: Kind, namespace: str, query: ListQuery) -> Obj:
    """Answer a list request with the List object."""
    wanted = selector(kind, namespace, query)
    revision, start = store.revision, ""
    if query.onward:
        page = parse_page(query.onward)
        revision = page.revision if page.revision > 0 else store.revision
        start = page.start
    elif query.revision:
        asked = parse_revision(query.revision)
        require_reached(store, asked)
        revision = asked if query.match == "Exact" else store.revision
    objects = _state(store, kind, revision, query)
    found = [obj for obj in objects if wanted(obj)]
    found.sort(key=lambda obj: _key(kind, namespace, obj))
    rest = [obj for obj in found if not start or _key(kind, namespace, obj) > start]
    shown = rest[: query.limit] if query.limit else rest
    fields: Obj = {"resourceVersion": str(revision)}
    if kind.custom:
        fields["continue"] = ""
    if len(shown) < len(rest):
        fields["continue"] = Page(revision, _key(kind, namespace, shown[-1])).token()
        if not query.label and not query.field:
            fields["remainingItemCount"] = len(rest) - len(shown)
    return {
        "kind": f"{kind.kind}List",
        "apiVersion": kind.api_version,
        "metadata": fields,
        "items": [_item(kind, obj) for obj in shown],
    }


def _state(store: Store, kind: Kind, revision: int, query: ListQuery) -> list[Obj]:
    if revision == store.revision:
        return store.select(kind.bucket)
    try:
        return store.at(kind.bucket, revision)
    except CompactedError as gone:
        if query.onward:
            raise too_old(parse_page(query.onward)) from gone
        raise ApiError(410, "Expired", "The resourceVersion for the provided list is too old.") from gone


def _item(kind: Kind, obj: Obj) -> Obj:
    served = to_served(kind, obj)
    if kind.custom:
        return served
    # Items of built-in lists do not repeat what the list itself says.
    return {key: value for key, value in served.items() if key not in ("kind", "apiVersion")}
