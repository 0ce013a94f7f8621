"""The page with every sentence of the two connectors, by room, read from the code itself."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from unit_tests.architecture import modules

PACKAGE = "source_destination_mailchimp"
ROOMS = ("destination", "source", "airbyte", "mailchimp")
LEAST_WORDS = 3
"""A text of fewer words is a name or a part of a sentence, not a sentence to read."""

UNSEEN: Mapping[str, frozenset[str]] = {
    "destination/mapping/digests.py": frozenset({"_ZERO"}),
    "destination/mapping/targets.py": frozenset({"Kind"}),
    "destination/model.py": frozenset({"OptIn", "Route"}),
    "destination/writing/batches.py": frozenset({"Way"}),
    "destination/writing/failing_contacts.py": frozenset({"CallKind"}),
    "destination/writing/reading_answers.py": frozenset({"NOT_TAGGED"}),
    "destination/writing/recheck.py": frozenset({"AlreadyWritten"}),
    "mailchimp/answers.py": frozenset({"_DATA_CENTER"}),
    "mailchimp/errors.py": frozenset({"_SENTENCES", "_TITLES"}),
}
"""Names whose texts no user reads: labels within the code, and Mailchimp's own words that answers are compared with."""

FAULTS = frozenset({"KeyError", "RuntimeError", "ValueError"})
"""Exceptions that a user sees only as a fault of the connector: what users cause has classes of its own."""

_INTRODUCTION = """\
# Sentences of the connectors

<!-- made by `make docs` from the code -->

Titles, help texts, reasons, warnings and errors of the destination and the source, in the order of the code. `…` stands
for a value that is filled in.
"""
_STATEMENT = re.compile(r"\s*(SELECT|INSERT|UPDATE|CREATE|DELETE FROM|PRAGMA|NOT EXISTS|POST|PATCH|PUT|DELETE)\b")
_FORMAL = re.compile(r"\b[A-Z]{2}\d+ [A-Z]{2}\d+|-src '|^\W*\| |^# |\(\?")
"""Area codes, a pattern, a policy for the browser, a table's head, a page of the documentation."""


def page() -> str:
    """Return the page in Markdown."""
    return "\n".join([_INTRODUCTION, *_lines()])


def sentences() -> Iterator[tuple[str, str]]:
    """Yield (path within the package, sentence) for every text of at least `LEAST_WORDS` words, in order."""
    for room in ROOMS:
        for module in sorted(modules(f"{PACKAGE}/{room}"), key=lambda module: module.name):
            path = _within(module.path)
            seen: set[str] = set()
            for text in _texts(module.tree, UNSEEN.get(path, frozenset())):
                if text not in seen and _is_sentence(text):
                    seen.add(text)
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


def _texts(tree: ast.Module, unseen: frozenset[str]) -> Iterator[str]:
    """Yield the texts of a module in order, without those that nobody reads; `…` for what is filled in."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if _is_for_developers(node, unseen):
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                yield node.value
        else:
            pending.extend(reversed(list(ast.iter_child_nodes(node))))


def _is_for_developers(node: ast.AST, unseen: frozenset[str]) -> bool:
    """Say whether a part of the code holds only a docstring, a fault of the connector, or a text of `UNSEEN`."""
    match node:
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Raise(exc=ast.Call(func=ast.Name(id=raised))):
            return raised in FAULTS
        case (
            ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)])
        ):
            return name in unseen
    return False


def _is_sentence(text: str) -> bool:
    named = re.sub(r"\S*[_\[]\S*", "name", text)
    is_prose = len(re.findall(r"[A-Za-z']{2,}", named)) >= LEAST_WORDS and " " in text.strip()
    return is_prose and not _STATEMENT.match(text) and not _FORMAL.search(text)


def _escaped(text: str) -> str:
    line = " ".join(text.split()).replace("<br/>", " ")
    return re.sub(r"([<>*_|\[\]])", r"\\\1", line)
