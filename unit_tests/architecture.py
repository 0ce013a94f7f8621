"""What the source files say about themselves: their imports, their sizes, their docstrings."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "source_destination_mailchimp"
TEST_FOLDERS = ("unit_tests", "integration_tests")
OTHER_FOLDERS = ("demo", "benchmarks", "examples", "tools")
_WRITTEN_THOUGH_HIDDEN = {".ci", ".dockerignore", ".gitignore", ".pre-commit-config.yaml"}
_SKIPPED = {"node_modules", "__pycache__", "build", "dist"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Import(NamedTuple):
    """One imported module, and the function it is imported in if it is in one."""

    target: str
    function: str = ""


class Module:
    """One file of Python."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        self.text = path.read_text(encoding="utf-8")
        self.lines = self.text.count("\n")

    def __repr__(self) -> str:
        return self.name

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text)

    @cached_property
    def functions(self) -> list[Function]:
        """Every function and method, also nested ones."""
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]

    @cached_property
    def imports(self) -> frozenset[Import]:
        """Every import, wherever it stands."""
        inside = {id(node): function.name for function in self.functions for node in ast.walk(function)}
        found = set()
        for node in ast.walk(self.tree):
            for target in _targets(node):
                found.add(Import(target, inside.get(id(node), "")))
        return frozenset(found)

    @cached_property
    def attributes(self) -> frozenset[str]:
        """Every name that stands behind a dot: `removal` of `settings.removal`."""
        return frozenset(node.attr for node in ast.walk(self.tree) if isinstance(node, ast.Attribute))

    def public_without_docstring(self) -> Iterator[str]:
        """Names of public functions, classes and methods that do not say what they do."""
        yield from _undocumented(self.tree.body, self.name)


def modules(*folders: str) -> list[Module]:
    """Every file of Python in some folders of the repository, sorted by path."""
    paths = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return [Module(path) for path in sorted(paths) if not _SKIPPED & set(path.parts)]


def written(folder: Path) -> Iterator[Path]:
    """Every file that somebody wrote: hidden ones (but a few) and what tools leave behind are passed over."""
    for path in sorted(folder.iterdir()):
        is_hidden = path.name.startswith(".") and path.name not in _WRITTEN_THOUGH_HIDDEN
        is_made = path.name in _SKIPPED or path.suffix == ".egg-info" or is_hidden
        if path.is_dir() and not is_made:
            yield from written(path)
        elif path.is_file() and not is_made:
            yield path


def resolved(target: str, known: Iterable[str]) -> str | None:
    """The module of the project that an import means: `from a.b import c` may mean a.b.c or a.b."""
    names = set(known)
    while target:
        if target in names:
            return target
        target = target.rpartition(".")[0]
    return None


def cycle(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """One import cycle as the modules along it, or nothing."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for target in graph.get(name, ()):
            if found := walk(target, [*path, name]):
                return found
        done.add(name)
        return []

    return next((found for name in graph if (found := walk(name, []))), [])


def _targets(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{node.module or ''}.{alias.name}" for alias in node.names)


def _undocumented(body: Iterable[ast.stmt], prefix: str) -> Iterator[str]:
    for node in body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield f"{prefix}.{node.name}"
        if isinstance(node, ast.ClassDef):
            yield from _undocumented(node.body, f"{prefix}.{node.name}")
