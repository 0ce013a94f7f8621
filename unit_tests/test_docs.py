"""Names, commands, links, messages and versions in the documents, held against the code."""

import ast
import difflib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from source_destination_mailchimp.destination.form.parsing import parse
from source_destination_mailchimp.destination.form.settings import Settings, StreamSettings
from tools.docs import GENERATED
from unit_tests.architecture import PACKAGE, ROOT, modules

PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]
PAGES += sorted(ROOT.glob("examples/**/*.md")) + sorted(ROOT.glob("connectors/*/*.md"))
DESTINATION_PAGES = [
    page for page in PAGES if "sources" not in page.parts and page.stem not in ("sandbox", "CHANGELOG")
]
CONNECTOR_PAGES = {role: ROOT / f"docs/integrations/{role}s/mailchimp.md" for role in ("destination", "source")}
PACKAGE_FOLDER = ROOT / PACKAGE
CONFIGURATIONS = sorted((ROOT / "examples" / "configurations").glob("*.json"))


def named(path: Path) -> str:
    """A file as it is called in a test's name."""
    return path.relative_to(ROOT).as_posix()


def code_spans(page: Path) -> Iterator[str]:
    """What stands between single backticks, outside of blocks."""
    text = re.sub(r"(?ms)^```.*?^```", "", page.read_text(encoding="utf-8"))
    yield from re.findall(r"`([^`\n]+)`", text)


@cache
def sentences() -> str:
    """Every text in the package's code, with a gap where a value is filled in."""
    found = []
    for module in modules(PACKAGE):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.JoinedStr):
                parts = [part.value if isinstance(part, ast.Constant) else "\0" for part in node.values]
                found.append("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return "\n".join(found)


@pytest.mark.parametrize("path", list(GENERATED), ids=named)
def test_generated_files_are_fresh(path: Path) -> None:
    """`make docs` has nothing to write."""
    written, wanted = path.read_text(encoding="utf-8").splitlines(), GENERATED[path]().splitlines()
    differing = [line for line in difflib.ndiff(written, wanted) if line.startswith(("+ ", "- "))]
    assert written == wanted, "\n".join([f"run make docs: {named(path)} differs in", *differing])


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file, and every anchor a heading in it."""
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        if anchor:
            headings = re.findall(r"(?m)^#+ (.+)$", there.read_text(encoding="utf-8"))
            assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}, target


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_make_targets_exist(page: Path) -> None:
    """Every `make …` that a reader is told to type is in the Makefile."""
    there = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    told = set(re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE))
    assert told <= there


@pytest.mark.parametrize("page", DESTINATION_PAGES, ids=named)
def test_settings_exist(page: Path) -> None:
    """Every `streams[].key`, and every `key: value` of a setting, is one that the form has."""
    for span in code_spans(page):
        if found := re.match(r"streams\[\d*\]\.(\w+)", span):
            assert found.group(1) in StreamSettings.model_fields, span
        elif (found := re.fullmatch(r"(\w+): (\w+)", span)) and found.group(1) in _values():
            assert found.group(2) in _values()[found.group(1)], span


def _values() -> dict[str, set[str]]:
    fields = {**Settings.model_fields, **StreamSettings.model_fields}
    return {name: set(values) for name, field in fields.items() if (values := get_args(field.annotation)) and
            all(isinstance(value, str) for value in values)}  # fmt: skip


def test_every_setting_is_documented() -> None:
    """The destination's page has every key of the form."""
    text = CONNECTOR_PAGES["destination"].read_text(encoding="utf-8")
    for key in Settings.model_fields:
        assert f"`{key}`" in text, key
    for key in StreamSettings.model_fields:
        assert f"`streams[].{key}`" in text, key


def _paths(box: Mapping[str, Any], path: str) -> Iterator[str]:
    """Every setting of a form that a user can see, and every choice, as the platform's side panel knows it."""
    if box.get("airbyte_hidden") or "const" in box:
        return
    yield path
    for variant in box.get("oneOf", ()):
        (value,) = (child["const"] for child in variant["properties"].values() if "const" in child)
        yield f"{path}[{value}]"
        for key, child in variant["properties"].items():
            yield from _paths(child, f"{path}.{key}")
    if box.get("type") == "array":
        for key, child in box["items"].get("properties", {}).items():
            yield from _paths(child, f"{path}.0.{key}")


@pytest.mark.parametrize("role", CONNECTOR_PAGES)
def test_every_setting_is_anchored_once(role: str) -> None:
    """Every setting of the form, nested ones and each choice included, is in exactly one `FieldAnchor` of its page."""
    spec = json.loads((PACKAGE_FOLDER / role / "spec.json").read_text(encoding="utf-8"))
    boxes = spec["connectionSpecification"]["properties"]
    wanted = {path for key, box in boxes.items() for path in _paths(box, key)}
    found = re.findall(r'<FieldAnchor field="([^"]+)">', CONNECTOR_PAGES[role].read_text(encoding="utf-8"))
    anchors = [path for field in found for path in field.split(",")]
    assert len(anchors) == len(set(anchors))
    assert wanted - set(anchors) == set()
    assert {re.sub(r"\.\d\.", ".0.", path) for path in anchors} == wanted


@pytest.mark.parametrize("page", CONNECTOR_PAGES.values(), ids=named)
def test_messages_are_those_of_the_code(page: Path) -> None:
    """Each message in a page's troubleshooting is one that the connector says."""
    section = page.read_text(encoding="utf-8").partition("## Troubleshooting")[2].partition("\n## ")[0]
    rows = re.findall(r"(?m)^\| (`.+?) \| ", section)
    assert rows
    for row in rows:
        for message in re.findall(r"`([^`]+)`", row):
            assert message in sentences(), message


@pytest.mark.parametrize("page", CONNECTOR_PAGES.values(), ids=named)
def test_pages_have_airbytes_form(page: Path) -> None:
    """A connector's page has the headings that Airbyte's own pages have, in their order."""
    headings = re.findall(r"(?m)^##? (.+)$", page.read_text(encoding="utf-8"))
    wanted = [
        "Mailchimp",
        "Prerequisites",
        "Setup guide",
        "IP allow list",
        "Supported sync modes",
        "Limits",
        "Troubleshooting",
        "Changelog",
    ]
    assert [heading for heading in headings if heading in wanted] == wanted


def test_one_version() -> None:
    """setup.py, both metadata files, the changelog and both pages name the same newest version."""
    (version,) = re.findall(r'version="([^"]+)"', (ROOT / "setup.py").read_text(encoding="utf-8"))
    (newest, *_) = re.findall(r"(?m)^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert newest == version
    for role, page in CONNECTOR_PAGES.items():
        metadata = yaml.safe_load((ROOT / f"connectors/{role}-mailchimp/metadata.yaml").read_text(encoding="utf-8"))
        assert metadata["data"]["dockerImageTag"] == version
        (top, *_) = re.findall(
            r"(?m)^\| (\d+\.\d+\.\d+)", page.read_text(encoding="utf-8").partition("## Changelog")[2]
        )
        assert top == version


@pytest.mark.parametrize("path", [p for p in CONFIGURATIONS if ".source." not in p.name], ids=named)
def test_configurations_to_copy_are_right(path: Path) -> None:
    """Each destination configuration in examples/ passes the connector's own rules."""
    assert parse(json.loads(path.read_text(encoding="utf-8"))).audience


def test_configurations_are_explained() -> None:
    """Each file to copy is in the table that says what it does to people, and nothing else is."""
    text = (ROOT / "examples/configurations/README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\(([\w.-]+\.json)\)", text)) == {path.name for path in CONFIGURATIONS}


def test_the_readme_configuration_is_right() -> None:
    """The configuration in the README's Python passes the connector's own rules."""
    block = re.search(r"(?s)config=(\{\n.*?\n    \}),", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert block
    config: dict[str, Any] = ast.literal_eval(block.group(1))
    assert parse(config).dry_run


def test_the_ways_name_modules_that_are_there() -> None:
    """Every module that the page on architecture names on a way exists, under the folder it is named with."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("<!-- modules")[0]
    package = ROOT / "source_destination_mailchimp"
    there = {path.relative_to(package).as_posix() for path in package.rglob("*.py")}
    at_the_root = {"unit_tests/test_architecture.py", "source_mailchimp.py", "destination_mailchimp.py"}
    named = set(re.findall(r"`([\w/]+\.py)`", page)) - at_the_root
    missing = [name for name in named if not any(path == name or path.endswith(f"/{name}") for path in there)]
    assert not missing
    assert len(named) > 40


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "README.md", "docs/adding.md", "docs/assumptions.md"])
def test_pages_name_files_that_are_there(page: str) -> None:
    """A file of the repository that a page names in full exists."""
    text = (ROOT / page).read_text(encoding="utf-8")
    package = ROOT / "source_destination_mailchimp"
    named = re.findall(
        r"`((?:source_destination_mailchimp|destination|source|mailchimp|airbyte|sandbox)/[\w/.]+\.\w+)`", text
    )
    for name in named:
        assert (ROOT / name).exists() or (package / name).exists(), f"{page} names {name}"
