"""Strict mode: judge blocks and views by JSON Schemas made from Slack's published types."""

import json
from pathlib import Path
from typing import Any

from demo.workspace.limit_pass import Problem

Json = dict[str, Any]
# The schemas are test data: strict mode runs from the source tree, never from an installed wheel.
SCHEMAS = Path(__file__).parents[2] / "tests" / "data" / "slack"


class Structure:
    """Check each block against its own type: faster than the union, and with one clear sentence."""

    def __init__(self, folder: Path = SCHEMAS) -> None:
        # Only strict mode needs the library, so that the demo starts without loading it.
        from jsonschema import Draft7Validator
        from jsonschema.exceptions import best_match

        self._validator = Draft7Validator
        self._best = best_match
        self._blocks = json.loads((folder / "schema-OutMessageBlocks.json").read_text())
        self._views = json.loads((folder / "schema-OutView.json").read_text())
        self._names = _definitions_by_type(self._blocks["definitions"])

    def blocks(self, blocks: list[Json], at: str = "/blocks") -> list[Problem]:
        """Return the first structural problem of each block."""
        problems = []
        for number, block in enumerate(blocks):
            name = self._names.get(str(block.get("type")))
            if name is None:
                problems.append(Problem(f"{at}/{number}/type", f"unsupported type: {block.get('type')}"))
            else:
                problems += self._check(self._blocks, name, block, f"{at}/{number}")
        return problems

    def view(self, view: Json) -> list[Problem]:
        """Return the structural problems of a view's blocks, then those of its frame."""
        problems = self.blocks(list(view.get("blocks") or []), "/view/blocks")
        return problems or self._check(self._views, "OutView", view, "/view")

    def _check(self, schema: Json, name: str, value: Json, at: str) -> list[Problem]:
        validator = self._validator({**schema, "$ref": f"#/definitions/{name}"})
        error = self._best(validator.iter_errors(value))
        if error is None:
            return []
        path = "".join(f"/{part}" for part in error.absolute_path)
        return [Problem(f"{at}{path}", error.message[:200])]


def _definitions_by_type(definitions: Json) -> dict[str, str]:
    names = {}
    for name, definition in definitions.items():
        # A type of several shapes, such as an image by address or by file, is a union in the schema.
        shape = (definition.get("anyOf") or [definition])[0]
        kind = (shape.get("properties") or {}).get("type", {}).get("const")
        if kind and name.endswith("Block"):
            names[kind] = name
    return names
