"""Six usual additions on a copy of the repository: mypy or a test fails at every place that docs/adding.md names.

Each addition is played in two steps. The first is where the page begins: a name and nothing else. The second also
decides what generated files are made from, so that they are seen to be stale and not merely impossible to make.
Every addition has a word of its own, which tells its failures from those of the others: they share one copy.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from unit_tests.architecture import PACKAGE, ROOT

pytestmark = pytest.mark.xdist_group("adding")

PAGE = ROOT / "docs" / "adding.md"
_ITEM = re.compile(r"(?ms)^\d+\. `(?P<path>[^`]+)`:(?P<text>.*?)(?=^\d+\. |^#|^\n|\Z)")
_FAILS = re.compile(r"Without\s+it:\s+(?:(mypy)|`([^`]+)`)\.\s*\Z")
_HEADING = re.compile(r"(?m)^## ")
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "node_modules", "build", "dist")
_CHECKED = (PACKAGE, "unit_tests", "integration_tests")
# Its other tests read whole accounts over a socket.
_ONLY = {"integration_tests/source/test_streams.py": "::test_every_stream_has_its_line"}


class Place(NamedTuple):
    """One item of the page: a file or a folder that has to follow, and what fails until it does."""

    path: str
    fails: str
    """`mypy`, or the file of a test."""


class Patch(NamedTuple):
    """A text in one file of the package that is replaced once."""

    path: str
    old: str
    new: str


class Addition(NamedTuple):
    """One section of the page, played."""

    heading: str
    word: str
    """In the message of every failure that the addition causes, in any case of letters."""

    begins: tuple[Patch, ...]
    decides: tuple[Patch, ...] = ()


SETTINGS, TEXTS, MODEL = "destination/form/settings.py", "destination/form/texts.py", "destination/model.py"
FIELDS, REASONS, STREAMS = "destination/mapping/fields.py", "destination/reporting/reasons.py", "source/streams.py"

_KEEP = '            "keep": "nothing",\n'
_MOTHBALL = _KEEP + '            "mothball": "they are kept dry",\n'
_MIRRORED = '            "unsubscribe": "the contact is unsubscribed, unless'
_TABLE = "\nSTREAMS: tuple[Stream, ...] = (\n"
_WEATHER = _TABLE + '    Stream("weather", "/weather", "weather", ("id",), way=Way.WEATHER),\n'

ADDITIONS = (
    Addition(
        "A type of merge field",
        "tartan",
        (Patch(FIELDS, '"radio", "dropdown"\n]', '"radio", "dropdown", "tartan"\n]'),),
        (Patch(FIELDS, '    "zip": FieldType(', '    "tartan": FieldType({}, "a", "b", "c"),\n    "zip": FieldType('),),
    ),
    Addition(
        "A reason for an outcome",
        "moonlit",
        (Patch(MODEL, '    RENAMED = "renamed"\n', '    RENAMED = "renamed"\n    MOONLIT = "moonlit"\n'),),
        (
            Patch(
                REASONS,
                "    Reason.RENAMED: Explanation(",
                '    Reason.MOONLIT: Explanation(None, "a", "b", "c"),\n    Reason.RENAMED: Explanation(',
            ),
        ),
    ),
    Addition(
        "A removal",
        "mothball",
        (
            Patch(SETTINGS, '\nRemoval = Literal["keep", ', '\nRemoval = Literal["keep", "mothball", '),
            Patch(SETTINGS, "\nMirrorRemoval = Literal[", '\nMirrorRemoval = Literal["mothball", '),
        ),
        (
            Patch(TEXTS, f'{_KEEP}            "remove_tags"', f'{_MOTHBALL}            "remove_tags"'),
            Patch(TEXTS, _MIRRORED, f'            "mothball": "are mothballed",\n{_MIRRORED}'),
            Patch("destination/rules/removal.py", '        case "archive":', '        case "archive" | "mothball":'),
        ),
    ),
    Addition(
        "A mode of tags",
        "shuffle",
        (Patch(SETTINGS, 'TagsMode = Literal["add", ', 'TagsMode = Literal["add", "shuffle", '),),
        (
            Patch(
                TEXTS,
                '            "add": "tags are only',
                '            "shuffle": "are dealt",\n            "add": "tags are only',
            ),
        ),
    ),
    Addition(
        "A stream of the source",
        "weather",
        (
            Patch(STREAMS, "    SNAPSHOT = auto()\n", "    SNAPSHOT = auto()\n    WEATHER = auto()\n"),
            Patch(STREAMS, _TABLE, _WEATHER),
        ),
    ),
    Addition(
        "A setting of the destination",
        "sing_along",
        (Patch(SETTINGS, "    dry_run: bool = False\n", "    dry_run: bool = False\n    sing_along: bool = False\n"),),
        (
            Patch(TEXTS, '("dry_run", "max_members"', '("dry_run", "sing_along", "max_members"'),
            Patch(TEXTS, '    "dry_run": Box(', '    "sing_along": Box("Sing along"),\n    "dry_run": Box('),
        ),
    ),
)


class Failure(NamedTuple):
    """What mypy says of a line, or a test of what it found."""

    by: str
    """`mypy`, or the file of the test."""

    at: str
    """The file that mypy names; that of the test otherwise."""

    message: str


def places(heading: str) -> list[Place]:
    """Return what a section of the page promises to fail, in its order."""
    found = []
    for path, fails in items(heading):
        if fails:
            found.append(Place(path, fails))
    return found


def items(heading: str) -> Iterator[tuple[str, str]]:
    """Yield the path of each item of a section, and what fails without it; "" where the page promises nothing."""
    for section in _HEADING.split(PAGE.read_text(encoding="utf-8"))[1:]:
        title, _, text = section.partition("\n")
        if title != heading:
            continue
        for item in _ITEM.finditer(text):
            promise = _FAILS.search(item["text"])
            yield item["path"], (promise[1] or promise[2]) if promise else ""


def headings() -> list[str]:
    """Return the titles of the page's sections."""
    return re.findall(r"(?m)^## (.+)$", PAGE.read_text(encoding="utf-8"))


def apply(copy: Path, patches: tuple[Patch, ...]) -> None:
    """Patch files of the copied package; raises `AssertionError` where a patch does not fit exactly once any more."""
    for patch in patches:
        path = copy / PACKAGE / patch.path
        text = path.read_text(encoding="utf-8")
        assert text.count(patch.old) == 1, f"{patch.path} does not hold {patch.old!r} once: bring the patch up to date"
        path.write_text(text.replace(patch.old, patch.new), encoding="utf-8")


def ran(copy: Path, *arguments: str) -> str:
    """Return what a module of Python prints when it runs in the copy; no coverage and no worker reaches it."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("COV_", "COVERAGE", "PYTEST"))
    }
    environment = {**inherited, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def complaints_of_mypy(copy: Path) -> Iterator[Failure]:
    """Yield what mypy says of the copy."""
    said = ran(copy, "mypy", "--no-error-summary", *_CHECKED)
    for path, message in re.findall(r"(?m)^([^:\n]+):\d+: error: (.+)$", said):
        yield Failure("mypy", path, message)


def failures_of(copy: Path, tests: set[str]) -> Iterator[Failure]:
    """Yield every failed test of some files, with its message; a file that cannot be collected fails as a whole."""
    report = copy / "report.xml"
    chosen = sorted(f"{path}{_ONLY.get(path, '')}" for path in tests)
    said = ran(copy, "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", f"--junitxml={report}", *chosen)
    assert report.exists(), said
    for case in ElementTree.parse(report).iter("testcase"):
        for failure in [*case.iterfind("failure"), *case.iterfind("error")]:
            name = case.get("classname") or case.get("name") or ""
            yield Failure(f"{name.replace('.', '/')}.py", f"{name.replace('.', '/')}.py", _message(failure))
    report.unlink()


def _message(failure: ElementTree.Element) -> str:
    """Return the error without the code around it; what hinders a file's collection stands only in the text."""
    lines = (failure.text or "").splitlines()
    errors = [line for line in lines if line.startswith("E ")]
    return "\n".join([failure.get("message") or "", *errors])


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> list[Failure]:
    """Return what fails in a copy in which all additions were begun, and then what fails where they were decided."""
    copy = tmp_path_factory.mktemp("adding") / "repository"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    for name in (".mypy_cache", ".pre-commit-config.yaml"):
        there = ROOT / name
        if there.is_dir():
            shutil.copytree(there, copy / name)  # mypy then reads again only what the additions touch
        elif there.exists():
            shutil.copy2(there, copy / name)
    *others, setting = ADDITIONS
    for addition in others:
        apply(copy, addition.begins)
    found = list(failures_of(copy, promised_tests(*others) - {DOCUMENTS}))
    apply(copy, setting.begins)  # last: without words no form can be made, nor tested
    found += failures_of(copy, promised_tests(setting) - {DOCUMENTS})
    found += complaints_of_mypy(copy)
    for addition in ADDITIONS:
        apply(copy, addition.decides)
    found += failures_of(copy, promised_tests(setting) | {DOCUMENTS})
    return found


DOCUMENTS = "unit_tests/test_docs.py"


def promised_tests(*additions: Addition) -> set[str]:
    """Return the files of tests that the page names for some additions."""
    named = {place.fails for addition in additions for place in places(addition.heading)}
    return named - {"mypy"}


def caused(addition: Addition, failures: list[Failure]) -> list[Failure]:
    """Return the failures that an addition caused."""
    return [failure for failure in failures if addition.word in failure.message.lower()]


def shows(place: Place, failure: Failure) -> bool:
    """Return whether a failure is the one that the page promises, and leads to the place."""
    if failure.by != place.fails:
        return False
    if failure.at in (place.path, f"{PACKAGE}/{place.path}"):
        return True
    named = rf"(?<![\w/])({PACKAGE}/)?{re.escape(place.path)}(?![\w/])"
    return failure.by != "mypy" and re.search(named, failure.message) is not None


@pytest.mark.parametrize("addition", ADDITIONS, ids=lambda addition: addition.word)
def test_no_place_is_forgotten_silently(addition: Addition, failures: list[Failure]) -> None:
    """What the page promises to fail without a place fails, and says where."""
    found = caused(addition, failures)
    promised = places(addition.heading)
    assert len(promised) >= 3
    silent = [place for place in promised if not any(shows(place, failure) for failure in found)]
    assert not silent, found


@pytest.mark.parametrize("addition", ADDITIONS, ids=lambda addition: addition.word)
def test_the_page_names_whatever_mypy_finds(addition: Addition, failures: list[Failure]) -> None:
    """No file that has to decide about an addition is missing in its section."""
    wrong = {failure.at for failure in caused(addition, failures) if failure.by == "mypy"}
    named = [path for path, _ in items(addition.heading)]
    assert not wrong - {*named, *(f"{PACKAGE}/{path}" for path in named)}


@pytest.mark.parametrize("heading", headings())
def test_places_are_there(heading: str) -> None:
    """Every section names files and folders that exist, and tests that exist."""
    found = list(items(heading))
    assert found
    for path, fails in found:
        assert (ROOT / path).exists() or (ROOT / PACKAGE / path).exists(), path
        assert fails in ("", "mypy") or (ROOT / fails).exists(), fails


@pytest.mark.parametrize("heading", headings())
def test_only_beginnings_promise_nothing(heading: str) -> None:
    """An item that is played is checked: within the six sections only the first one promises no failure."""
    played = {addition.heading for addition in ADDITIONS}
    assert played <= set(headings())
    if heading in played:
        first, *others = items(heading)
        assert not first[1]
        assert all(fails for _, fails in others)
