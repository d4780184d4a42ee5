"""Who is asking: the identities that bearer tokens stand for."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from demo.cluster.status import unauthorized

MASTERS = "system:masters"
AUTHENTICATED = "system:authenticated"


@dataclass(frozen=True, slots=True)
class Identity:
    """A user as the API server sees one."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""

    @property
    def all_groups(self) -> tuple[str, ...]:
        """Return the groups, with the one that everybody with a token is in."""
        if self.name == "system:anonymous" or AUTHENTICATED in self.groups:
            return self.groups
        return (*self.groups, AUTHENTICATED)


ANONYMOUS = Identity("system:anonymous", ("system:unauthenticated",))
CONTROLLER = Identity("system:kube-controller-manager", (MASTERS,))


def _password(encoded: str) -> str:
    try:
        return base64.b64decode(encoded).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError) as broken:
        raise unauthorized() from broken


def identify(tokens: Mapping[str, Identity], authorization: str | None) -> Identity:
    """Find who a request comes from; raise 401 for a token that nobody issued."""
    if not authorization:
        return ANONYMOUS
    scheme, _, value = authorization.partition(" ")
    token = value.strip()
    if scheme.lower() == "basic":
        # kubectl sends no token over plain HTTP, but it does send what the server's address carries.
        token = _password(token)
    elif scheme.lower() != "bearer":
        return ANONYMOUS
    found = tokens.get(token)
    if found is None:
        raise unauthorized()
    return found
