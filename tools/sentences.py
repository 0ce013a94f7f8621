"""The page with every sentence of the two connectors, by room, read from the code itself."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from unit_tests.architecture import modules

PACKAGE = "source_destination_mailchimp"
ROOMS = ("destination", "source", "airbyte", "mailchimp")
LEAST_WORDS = 3
"""A text of fewer words is a name or a part of a sentence, not a sentence to read."""

_INTRODUCTION = """\
# Sentences of the connectors

<!-- made by `make docs` from the code -->

Titles, help texts, reasons, warnings and errors of the destination and the source, in the order of the code. `…` stands
for a value that is filled in.
"""
_STATEMENT = re.compile(r"\s*(SELECT|INSERT|UPDATE|CREATE|DELETE FROM|PRAGMA|NOT EXISTS|POST|PATCH|PUT|DELETE)\b")


def page() -> str:
    """Return the page in Markdown."""
    return "\n".join([_INTRODUCTION, *_lines()])


def sentences() -> Iterator[tuple[str, str]]:
    """Yield (path within the package, sentence) for every text of at least `LEAST_WORDS` words, in order."""
    for room in ROOMS:
        for module in sorted(modules(f"{PACKAGE}/{room}"), key=lambda module: module.name):
            path = _within(module.path)
            for text in _texts(module.tree):
                if _is_sentence(text):
                    yield path, text


def _lines() -> Iterator[str]:
    shown = ""
    for path, text in sentences():
        if path != shown:
            yield f"\n## {path}\n"
            shown = path
        yield f"- {_escaped(text)}"
    yield ""


def _within(path: Path) -> str:
    return path.as_posix().partition(f"/{PACKAGE}/")[2]


def _texts(tree: ast.Module) -> Iterator[str]:
    """Yield the texts of a module in order, without docstrings; `…` for what is filled in."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                yield node.value
        else:
            pending.extend(reversed(list(ast.iter_child_nodes(node))))


def _is_sentence(text: str) -> bool:
    words = re.findall(r"[A-Za-z']{2,}", text)
    is_prose = len(words) >= LEAST_WORDS and " " in text.strip()
    return is_prose and not _STATEMENT.match(text) and not re.search(r"\b[A-Z]{2}\d+ [A-Z]{2}\d+", text)


def _escaped(text: str) -> str:
    line = " ".join(text.split()).replace("<br/>", " ")
    return re.sub(r"([<>*_|\[\]])", r"\\\1", line)
