"""The rows of docs/architecture.md and the house rules, held against the source files."""

import ast
import re
from statistics import quantiles

import pytest

from unit_tests.architecture import (
    OTHER_FOLDERS,
    PACKAGE,
    ROOT,
    TEST_FOLDERS,
    Module,
    cycle,
    modules,
    resolved,
    written,
)
from unit_tests.rows import ROWS, Row, row_of

IMPURE = {"requests", "urllib3", "socket", "threading", "concurrent", "time", "random", "os", "logging", "airbyte_cdk"}
IMPURE |= {"sqlite3", "tempfile", "botocore", "gzip"}
PURE_ROWS = {Row.NOUNS, Row.WORDS, Row.CORE}
# (module, what it imports inside a function): why it may.
LATE_IMPORTS: dict[tuple[str, str], str] = {}
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "base", "manager", "common", "misc"}
# Written apart, so that the check holds for this file too.
REGISTRIES = [
    f"{name}.{top}"
    for name, top in [
        ("pythonhosted", "org"),
        ("pypi", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("debian", "org"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("conda", "io"),
        ("anaconda", "org"),
    ]
]
_HOSTS = "|".join(map(re.escape, REGISTRIES))
PRIVATE = re.compile(rf"/(?:home|root|Users|work)/[\w.-]+|/tmp/[b]rief|(?i:{_HOSTS})")
LONGEST_MODULE, LONG_MODULE = 400, 250
LONGEST_FUNCTION, LONG_FUNCTION = 50, 25

CODE = modules(PACKAGE)
EVERYTHING = modules(PACKAGE, *TEST_FOLDERS, *OTHER_FOLDERS)
NAMES = {module.name for module in CODE}


def short(name: str) -> str:
    """A module's name within the package."""
    return name.removeprefix(PACKAGE).lstrip(".")


def folder(module: Module) -> str:
    """The folder of the package that a module is in."""
    parts = short(module.name).split(".")
    return parts[0] if len(parts) > 1 or module.path.name == "__init__.py" else ""


def internal(module: Module) -> set[str]:
    """Modules of the package that a module imports."""
    return {found for imported in module.imports if (found := resolved(imported.target, NAMES))} - {PACKAGE}


PLACED = [module for module in CODE if folder(module) != "sandbox" and module.path.name != "__init__.py"]


@pytest.mark.parametrize("module", PLACED, ids=repr)
def test_has_a_row(module: Module) -> None:
    """Every module of the connectors has a row."""
    assert row_of(short(module.name)) is not None, "give the new module its place in unit_tests/rows.py"


def test_no_row_for_what_is_gone() -> None:
    """The rows name no module and no room that is not there any more."""
    there = {short(module.name) for module in PLACED}
    rooms = {name.rpartition(".")[0] for name in there}
    assert set(ROWS) <= there | rooms


@pytest.mark.parametrize("module", PLACED, ids=repr)
def test_imports_point_down(module: Module) -> None:
    """No module imports one of a higher row, and the pure core does not know the edge."""
    row = row_of(short(module.name))
    assert row is not None
    for target in internal(module):
        below = row_of(short(target))
        if below is not None:
            assert below <= row, f"{module.name} reaches up to {target}"
            assert not (row is Row.CORE and below is Row.EDGE), f"{module.name} reaches out to {target}"


@pytest.mark.parametrize("module", CODE, ids=repr)
def test_folders_keep_to_themselves(module: Module) -> None:
    """The two connectors share only mailchimp/ and airbyte/, and the sandbox shares nothing with anybody."""
    home = folder(module)
    shared = {"mailchimp", "airbyte"}
    allowed = {
        "destination": shared,
        "source": shared,
        "airbyte": {"mailchimp"},
        "": {"destination", "source", *shared},
    }
    for target in internal(module):
        there = short(target).split(".")[0]
        assert there == home or there in allowed.get(home, set()), f"{module.name} imports {target}"


@pytest.mark.parametrize("module", [m for m in PLACED if row_of(short(m.name)) in PURE_ROWS], ids=repr)
def test_pure_modules_touch_nothing(module: Module) -> None:
    """Nouns, words and the core reach no network, no disk, no clock, no chance, no log."""
    assert not {imported.target.split(".")[0] for imported in module.imports} & IMPURE


def test_no_cycles() -> None:
    """No import, through however many modules, leads back to where it started."""
    assert cycle({module.name: internal(module) - {module.name} for module in CODE}) == []


def test_a_cycle_would_be_found() -> None:
    """The search for cycles finds one that goes through three modules."""
    assert cycle({"a": ["b"], "b": ["c", "d"], "c": [], "d": ["b"]}) == ["b", "d", "b"]


@pytest.mark.parametrize("module", EVERYTHING, ids=repr)
def test_imports_stand_at_the_top(module: Module) -> None:
    """No import hides in a function, where cycles hide too."""
    late = {(module.name, imported.target) for imported in module.imports if imported.function}
    assert late <= set(LATE_IMPORTS)


@pytest.mark.parametrize("module", EVERYTHING, ids=repr)
def test_sizes(module: Module) -> None:
    """No module and no function is longer than can be held in a head."""
    assert module.lines <= LONGEST_MODULE
    too_long = [f.name for f in module.functions if (f.end_lineno or 0) - f.lineno + 1 > LONGEST_FUNCTION]
    assert not too_long


def test_most_is_small() -> None:
    """Nine functions in ten fit into 25 lines, nine modules in ten into 250."""
    functions = [(f.end_lineno or 0) - f.lineno + 1 for module in CODE for f in module.functions]
    assert quantiles(functions, n=10)[-1] <= LONG_FUNCTION
    assert quantiles([module.lines for module in CODE], n=10)[-1] <= LONG_MODULE


@pytest.mark.parametrize("module", EVERYTHING, ids=repr)
def test_says_what_it_is_for(module: Module) -> None:
    """Every module and every test says in a sentence what it holds, every public name of the package what it does."""
    tests = [f for f in module.functions if f.name.startswith("test_")]
    assert ast.get_docstring(module.tree), "the module has no docstring"
    assert not [f.name for f in tests if not ast.get_docstring(f)]
    if module.name.startswith(PACKAGE):
        assert not list(module.public_without_docstring())


@pytest.mark.parametrize("module", EVERYTHING, ids=repr)
def test_is_named_for_a_thing(module: Module) -> None:
    """No module is named for a drawer that takes anything."""
    assert not set(module.path.stem.split("_")) & EMPTY_NAMES


def test_no_place_of_one_machine_is_written_down() -> None:
    """Nothing names a folder of somebody's machine or the host of a package registry; this file does neither."""
    for path in written(ROOT):
        found = PRIVATE.search(path.read_text(encoding="utf-8", errors="ignore"))
        assert not found, f"{path.relative_to(ROOT)}: {found}"


@pytest.mark.parametrize(
    "text", ["/home/" + "ann/x", "/work/" + "x", *REGISTRIES, f"https://files.{REGISTRIES[0]}/simple"]
)
def test_a_private_place_would_be_found(text: str) -> None:
    """The search finds folders and hosts, also with something before and after."""
    assert PRIVATE.search(f"see {text}.")
