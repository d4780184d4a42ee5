"""What the API server answers when it refuses: Status objects and the errors that carry them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demo.cluster.objects import Obj

if TYPE_CHECKING:
    from demo.cluster.kinds import Kind


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason for a refusal, at a field."""

    field: str
    reason: str
    message: str

    def as_json(self) -> Obj:
        """Render as an entry of details.causes."""
        return {"reason": self.reason, "message": self.message, "field": self.field}


class ApiError(Exception):
    """A refusal, with the Status that the client will read."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.headers = dict(headers or {})
        self.metadata = dict(metadata or {})

    def body(self) -> Obj:
        """Render as a Status object."""
        status: Obj = {"kind": "Status", "apiVersion": "v1", "metadata": self.metadata, "status": "Failure"}
        status["message"] = self.message
        if self.reason:
            status["reason"] = self.reason
        if self.details is not None:
            status["details"] = dict(self.details)
        status["code"] = self.code
        return status


class PlainNotFoundError(Exception):
    """A path that no handler knows: answered as plain text, not as a Status."""


def success(kind: Kind | None = None, name: str = "", uid: str = "", code: int = 0) -> Obj:
    """Build a Status of success, with the details of what was deleted."""
    status: Obj = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
    if kind is not None:
        status["details"] = {**subject(kind, name), "uid": uid}
    if code:
        status["code"] = code
    return status


def subject(kind: Kind, name: str) -> Obj:
    """Build Status details that name an object of a kind."""
    details: Obj = {"name": name} if name else {}
    if kind.group:
        details["group"] = kind.group
    details["kind"] = kind.plural
    return details


def not_found(kind: Kind, name: str) -> ApiError:
    """Build the 404 of a missing object."""
    return ApiError(404, "NotFound", f'{kind.qualified} "{name}" not found', details=subject(kind, name))


def no_such_resource() -> ApiError:
    """Build the 404 of an unknown kind in a known group."""
    return ApiError(404, "NotFound", "the server could not find the requested resource", details={})


def already_exists(kind: Kind, name: str) -> ApiError:
    """Build the 409 of a second create."""
    return ApiError(
        409, "AlreadyExists", f'{kind.qualified} "{name}" already exists', details=subject(kind, name)
    )


def modified(kind: Kind, name: str) -> ApiError:
    """Build the 409 of a stale resourceVersion."""
    why = "the object has been modified; please apply your changes to the latest version and try again"
    return conflict(kind, name, why)


def conflict(kind: Kind, name: str, why: str) -> ApiError:
    """Build a 409 Conflict about one object."""
    message = f'Operation cannot be fulfilled on {kind.qualified} "{name}": {why}'
    return ApiError(409, "Conflict", message, details=subject(kind, name))


def invalid(group: str, kind: str, name: str, causes: Sequence[Cause]) -> ApiError:
    """Build the 422 that lists every invalid field."""
    qualified = f"{kind}.{group}" if group else kind
    parts = [f"{cause.field}: {cause.message}" for cause in causes]
    listed = parts[0] if len(parts) == 1 else "[" + ", ".join(parts) + "]"
    details: Obj = {"name": name} if name else {}
    if group:
        details["group"] = group
    if kind:
        details["kind"] = kind
    details["causes"] = [cause.as_json() for cause in causes]
    return ApiError(422, "Invalid", f'{qualified} "{name}" is invalid: {listed}', details=details)


def rejected() -> ApiError:
    """Build the general 422, as for a failed test in a JSON patch."""
    message = "the server rejected our request due to an error in our request"
    return ApiError(422, "Invalid", message, details={})


def bad_request(message: str) -> ApiError:
    """Build a 400."""
    return ApiError(400, "BadRequest", message)


def forbidden(kind: Kind, name: str, why: str) -> ApiError:
    """Build a 403 with a reason, as admission gives it."""
    return ApiError(
        403, "Forbidden", f'{kind.qualified} "{name}" is forbidden: {why}', details=subject(kind, name)
    )


def unauthorized() -> ApiError:
    """Build the 401 of a token that nobody issued."""
    return ApiError(401, "Unauthorized", "Unauthorized")


def method_not_allowed() -> ApiError:
    """Build a 405."""
    message = "the server does not allow this method on the requested resource"
    return ApiError(405, "MethodNotAllowed", message, details={})


def unsupported_media(message: str = "415: Unsupported Media Type", *, detailed: bool = True) -> ApiError:
    """Build a 415; the generic one carries empty details."""
    return ApiError(415, "UnsupportedMediaType", message, details={} if detailed else None)


def internal(message: str) -> ApiError:
    """Build a 500, which carries no reason here."""
    return ApiError(500, "", message)


def required(field: str, detail: str = "") -> Cause:
    """Name a missing value."""
    return Cause(field, "FieldValueRequired", "Required value" + (f": {detail}" if detail else ""))


def bad_value(field: str, rendered: str, detail: str) -> Cause:
    """Name an invalid value, already rendered as JSON or Go would."""
    return Cause(field, "FieldValueInvalid", f"Invalid value: {rendered}: {detail}")


def prohibited(field: str, detail: str) -> Cause:
    """Name a change that is not allowed."""
    return Cause(field, "FieldValueForbidden", f"Forbidden: {detail}")


def unsupported(field: str, rendered: str, supported: Sequence[str]) -> Cause:
    """Name a value outside of a closed list."""
    listed = ", ".join(f'"{value}"' for value in supported)
    message = f"Unsupported value: {rendered}: supported values: {listed}"
    return Cause(field, "FieldValueNotSupported", message)
