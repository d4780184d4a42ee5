"""What the house rules want to know of each source file; every file is read and parsed once in a process."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Outline:
    """One Python file: its text, its docstring, and the name and length of each of its functions."""

    text: str
    docstring: str
    functions: tuple[tuple[str, int], ...]


@cache
def outline(path: Path) -> Outline:
    """Return what is known of a Python file."""
    source = text(path)
    tree = ast.parse(source)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    functions = tuple(
        (f"{path.relative_to(ROOT)}:{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(tree)
        if isinstance(node, kinds)
    )
    return Outline(source, ast.get_docstring(tree) or "", functions)


@cache
def text(path: Path) -> str:
    """Return a file's text; bytes that are no UTF-8 come out as question marks."""
    return path.read_text("utf-8", errors="replace")
