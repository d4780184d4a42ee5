"""The catalogue of actions: what exists, what is configured, and the check of every parameter."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from pydantic import ValidationError

from agent.domain.noun import Json
from agent.errors import BadInput, Misconfigured
from agent.ports.recovery import ActionKind
from tools.base import Params, Write


class Catalogue:
    """Every action by its name; only those in `enabled` have a backend to work on.

    A `rehearsed` catalogue can plan but holds no account that may change anything, so none of its actions ever runs.
    """

    def __init__(
        self, known: Sequence[type[Write]], enabled: Mapping[str, Write], *, rehearsed: bool = False
    ) -> None:
        self.rehearsed = rehearsed
        self._known = {kind.name: kind for kind in known}
        if len(self._known) != len(known):
            raise ValueError("two actions of the catalogue have the same name")
        strangers = sorted(set(enabled) - set(self._known))
        if strangers:
            raise ValueError(f"not in the catalogue: {', '.join(strangers)}")
        self._enabled = dict(enabled)

    def write(self, name: str) -> Write:
        """Return an action that can be run; raises BadInput for an unknown one and Misconfigured without a backend."""
        kind = self.kind(name)
        found = self._enabled.get(name)
        if found is None:
            raise Misconfigured(
                f"{name} cannot run: {kind.backend} is not configured for writes. "
                "Set its write account and switch execution on (docs/recovery.md)."
            )
        return found

    def kind(self, name: str) -> type[Write]:
        """Return an action's class; raises BadInput for an unknown one, with names that are like it."""
        found = self._known.get(name)
        if found is None:
            raise BadInput(f"There is no action {name[:60]!r}.{_like(name, self._known)}", field="name")
        return found

    def kinds(self) -> tuple[ActionKind, ...]:
        """List every action in the order of the catalogue."""
        return tuple(
            ActionKind(
                name=kind.name,
                description=kind.description,
                backend=kind.backend,
                risk=kind.risk.value,
                reversible=kind.reversible,
                enabled=kind.name in self._enabled,
                params_schema=kind.params.model_json_schema(),
            )
            for kind in self._known.values()
        )

    def params(self, name: str, raw: Mapping[str, Json]) -> Params:
        """Return checked parameters; raises BadInput that names the field."""
        model = self.kind(name).params
        try:
            return model.model_validate(dict(raw))
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            field = ".".join(str(part) for part in first["loc"])
            raise BadInput(f"{field or name}: {_said(first['msg'])}.", field=f"params.{field}") from error


def _like(name: str, known: Mapping[str, type[Write]]) -> str:
    near = get_close_matches(name, known, n=3)
    return f" Did you mean {' or '.join(near)}?" if near else " /ops actions lists those that exist."


def _said(message: str) -> str:
    return message.removeprefix("Value error, ").rstrip(".")
