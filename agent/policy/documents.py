"""Reads one YAML document into a strict model; an error names the file, the line and the field."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from agent.errors import Misconfigured

Loc = tuple[int | str, ...]
# The one in C is several times faster, and every start and reload reads all files; not every platform has it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Rulebook(BaseModel):
    """What every model of a policy file shares: frozen, strict types, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Misplaced(ValueError):
    """Mistakes that show only when parts of a file are seen together; each names its place below the model."""

    def __init__(self, *mistakes: tuple[Loc, str]) -> None:
        super().__init__("; ".join(problem for _, problem in mistakes))
        self.mistakes = mistakes


def refuse(mistakes: Iterable[tuple[Loc, str]]) -> None:
    """Raise Misplaced with these mistakes, if there are any."""
    found = tuple(mistakes)
    if found:
        raise Misplaced(*found)


M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Placed(Generic[M]):
    """A document with where it stands, for mistakes that show only when documents are seen together."""

    name: str
    lines: Mapping[Loc, int]
    value: M

    def wrong(self, loc: Loc, problem: str) -> str:
        """Return the sentence that names file, line and field of a mistake."""
        return _sentence(self.name, self.lines, loc, problem)


def read_document(path: Path, model: type[M]) -> M:
    """Read a file into a model; raises Misconfigured with a list of what is wrong where."""
    return parse_document(_text(path), model, name=str(path))


def read_stream(path: Path, choose: Callable[[Mapping[str, Any]], type[M]]) -> list[Placed[M]]:
    """Read a file of documents apart by `---`; `choose` names the model of each or raises Misplaced."""
    return parse_stream(_text(path), choose, name=str(path))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise Misconfigured(f"{path}: this file is missing.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path}: this file cannot be read as UTF-8 text.") from error


def parse_document(text: str, model: type[M], *, name: str) -> M:
    """Parse YAML text into a model; `name` stands for the file in messages."""
    try:
        root, data = _parsed(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Misconfigured(
            f"{name}:{mark.line + 1 if mark else 1}: {error.problem or error.context}"
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Misconfigured(f"{name}:1: this is not YAML that can be read.") from error
    if root is None or not isinstance(data, dict):
        raise Misconfigured(f"{name}:1: the file must hold fields and values, such as `key: value`.")
    return _modelled(data, model, name, _lines(root, name))


def parse_stream(text: str, choose: Callable[[Mapping[str, Any]], type[M]], *, name: str) -> list[Placed[M]]:
    """Parse YAML documents one after the other; raises Misconfigured with what is wrong in all of them."""
    placed: list[Placed[M]] = []
    wrong: list[str] = []
    for root, data in _documents(text, name):
        lines = _lines(root, name)
        if not isinstance(data, dict):
            wrong.append(
                _sentence(name, lines, (), "a document holds fields and values, such as `key: value`")
            )
            continue
        try:
            placed.append(Placed(name, lines, _modelled(data, choose(data), name, lines)))
        except Misplaced as error:
            wrong += [_sentence(name, lines, loc, problem) for loc, problem in error.mistakes]
        except Misconfigured as error:
            wrong.append(error.user_message)
    if wrong:
        raise Misconfigured("\n".join(wrong))
    return placed


def _documents(text: str, name: str) -> list[tuple[yaml.Node, object]]:
    found: list[tuple[yaml.Node, object]] = []
    loader = _Loader(text)
    try:
        while loader.check_node():
            root = loader.get_node()
            if root is not None:
                found.append((root, loader.construct_document(root)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise Misconfigured(f"{name}:{line}: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Misconfigured(f"{name}:1: this is not YAML that can be read.") from error
    finally:
        loader.dispose()
    # An empty document, as after a last `---`, says nothing.
    return [(root, data) for root, data in found if data is not None]


def _modelled(data: dict[Any, Any], model: type[M], name: str, lines: Mapping[Loc, int]) -> M:
    try:
        # Through JSON, since strict mode takes a word for an enum and a list for a tuple only there.
        return model.model_validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        wrong = [_sentence(name, lines, loc, problem) for loc, problem in _mistakes(error)]
        raise Misconfigured("\n".join(wrong)) from error
    except (TypeError, ValueError, RecursionError) as error:
        raise Misconfigured(
            f"{name}:{lines.get((), 1)}: fields must have words as names, and a value must not hold itself."
        ) from error


def _parsed(text: str) -> tuple[yaml.Node | None, object]:
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        return root, None if root is None else loader.construct_document(root)
    finally:
        loader.dispose()


def lines_of(path: Path) -> dict[Loc, int]:
    """Return the line of each field of a file that could be read before."""
    root = yaml.compose(path.read_text(encoding="utf-8"), Loader=_Loader)
    return {} if root is None else _lines(root, str(path))


def _mistakes(error: ValidationError) -> Iterator[tuple[Loc, str]]:
    for found in error.errors(include_url=False):
        cause = found.get("ctx", {}).get("error")
        if isinstance(cause, Misplaced):
            yield from ((tuple(found["loc"]) + loc, problem) for loc, problem in cause.mistakes)
        else:
            yield tuple(found["loc"]), found["msg"]


def _sentence(name: str, lines: Mapping[Loc, int], loc: Loc, problem: str) -> str:
    known = next((loc[:size] for size in range(len(loc), -1, -1) if loc[:size] in lines), ())
    field = ".".join(map(str, loc)) or "the whole file"
    return f"{name}:{lines.get(known, 1)}: {field}: {problem}"


def _lines(root: yaml.Node, name: str) -> dict[Loc, int]:
    try:
        return dict(_walk(root, (), name))
    except RecursionError as error:
        raise Misconfigured(f"{name}:1: fields are nested too deep, or a value holds itself.") from error


def _walk(node: yaml.Node, loc: Loc, name: str) -> Iterator[tuple[Loc, int]]:
    """Yield each field's place and line; refuses a field that is written twice, which YAML would drop silently."""
    yield loc, node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            yield from _walk(child, (*loc, index), name)
    if isinstance(node, yaml.MappingNode):
        keys: set[str] = set()
        for key, child in node.value:
            if key.value in keys:
                field = ".".join(map(str, (*loc, key.value)))
                raise Misconfigured(
                    f"{name}:{key.start_mark.line + 1}: {field}: this field is written twice."
                )
            keys.add(key.value)
            yield from _walk(child, (*loc, key.value), name)
            yield (*loc, key.value), key.start_mark.line + 1
