"""Write again what is generated from the code; a test compares each file with what would be written."""

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from source_destination_mailchimp.destination.form import spec as destination_form
from source_destination_mailchimp.destination.mapping.fields import mapping_table
from source_destination_mailchimp.destination.reporting import reasons_page
from source_destination_mailchimp.source import spec as source_form
from source_destination_mailchimp.source.streams import STREAMS, Parent
from tools import connector_files
from tools.consent_docs import consent_table
from tools.dependencies import page as dependencies_page
from tools.removal_docs import choices_table, removal_table
from tools.sentences import page as sentences_page
from tools.settings_docs import settings_sections
from unit_tests.architecture import Module, modules
from unit_tests.rows import row_of

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "source_destination_mailchimp"
SOURCE_PAGE = ROOT / "docs" / "integrations" / "sources" / "mailchimp.md"
DESTINATION_PAGE = ROOT / "docs" / "integrations" / "destinations" / "mailchimp.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"

Json = Mapping[str, Any]


def destination_spec() -> str:
    """`destination/spec.json`, from the settings and their words."""
    return _json(destination_form.specification())


def source_spec() -> str:
    """`source/spec.json`, likewise."""
    return _json(source_form.specification())


def destination_page() -> str:
    """The destination's page with its section of settings made from the form."""
    sections = settings_sections(destination_form.specification()["connectionSpecification"])
    return _filled(DESTINATION_PAGE.read_text(encoding="utf-8"), "settings", sections)


def source_page() -> str:
    """The source's page with its settings and its streams."""
    page = _filled(SOURCE_PAGE.read_text(encoding="utf-8"), "streams", streams_table())
    return _filled(page, "settings", settings_sections(source_form.specification()["connectionSpecification"]))


def streams_table() -> Iterator[str]:
    """Every stream with its keys and what it hangs on."""
    yield "| stream | one for each | primary key | cursor |"
    yield "|---|---|---|---|"
    for stream in STREAMS:
        keys, cursor = ", ".join(stream.primary_key), stream.cursor_field or ""
        parent = "campaign" if stream.parent is Parent.REPORT else stream.parent.name.lower()
        yield f"| `{stream.name}` | {parent} | {keys} | {cursor} |"
    yield ""


def architecture() -> str:
    """The page on architecture with every module in its row, and the sentence that it opens with."""
    return _filled(ARCHITECTURE.read_text(encoding="utf-8"), "modules", module_tables())


def mapping_page() -> str:
    """The page on mapping with its table of merge-field types."""
    rows = iter(mapping_table().splitlines())
    return _filled((ROOT / "docs" / "mapping.md").read_text(encoding="utf-8"), "merge fields", rows)


def consent_page() -> str:
    """The page on consent with its table."""
    return _filled((ROOT / "docs" / "consent.md").read_text(encoding="utf-8"), "consent", consent_table())


def removal_page() -> str:
    """The page on tags and removals with its tables."""
    page = (ROOT / "docs" / "removal.md").read_text(encoding="utf-8")
    page = _filled(page, "tags", choices_table("streams.tags_mode", "streams[].tags_mode"))
    return _filled(page, "removals", removal_table())


def mirror_page() -> str:
    """The page on streams that are whole lists, with what becomes of people who left."""
    page = (ROOT / "docs" / "mirror.md").read_text(encoding="utf-8")
    return _filled(page, "removals", choices_table("mirror_removal", "mirror_removal"))


def module_tables() -> Iterator[str]:
    """One table per folder; the sandbox's modules have no row."""
    for folder in ("mailchimp", "airbyte", "destination", "source", "sandbox"):
        yield f"### {folder}/\n"
        yield "| module | row | what it is for |"
        yield "|---|---|---|"
        found = [module for module in modules(f"{PACKAGE.name}/{folder}") if module.path.name != "__init__.py"]
        rows = {module: row_of(module.name.removeprefix(f"{PACKAGE.name}.")) for module in found}
        for module in sorted(found, key=lambda module: (-(rows[module] or 0), module.name)):
            row = rows[module]
            name = module.path.relative_to(PACKAGE / folder).as_posix()
            yield f"| `{name}` | {row.name.lower() if row is not None else ''} | {_first_sentence(module)} |"
        yield ""


def _first_sentence(module: Module) -> str:
    text = (ast.get_docstring(module.tree) or "").partition("\n\n")[0].replace("\n", " ")
    return re.split(r"(?<=[a-z`)])\. ", text)[0].rstrip(".").replace("|", "\\|")


def _filled(page: str, section: str, lines: Iterator[str]) -> str:
    """A page with the lines between the two marks of a section."""
    marks = re.compile(rf"(<!-- {section}: [^\n]*-->\n).*?(<!-- /{section} -->)", re.DOTALL)
    text = "\n".join(lines)
    return marks.sub(lambda found: f"{found.group(1)}\n{text}\n{found.group(2)}", page)


def _json(content: Json) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


# The classic acceptance tests compare what a connector says with a file in its folder.
GENERATED: dict[Path, Callable[[], str]] = {
    ROOT / "integration_tests" / "spec.json": destination_spec,
    ROOT / "connectors" / "destination-mailchimp" / "integration_tests" / "spec.json": destination_spec,
    ROOT / "connectors" / "source-mailchimp" / "integration_tests" / "spec.json": source_spec,
    PACKAGE / "destination" / "spec.json": destination_spec,
    PACKAGE / "source" / "spec.json": source_spec,
    DESTINATION_PAGE: destination_page,
    SOURCE_PAGE: source_page,
    ARCHITECTURE: architecture,
    ROOT / "docs" / "consent.md": consent_page,
    ROOT / "docs" / "dependencies.md": dependencies_page,
    ROOT / "docs" / "mapping.md": mapping_page,
    ROOT / "docs" / "mirror.md": mirror_page,
    ROOT / "docs" / "reasons.md": reasons_page.page,
    ROOT / "docs" / "removal.md": removal_page,
    ROOT / "docs" / "sentences.md": sentences_page,
    **connector_files.FILES,
}


def main() -> None:
    """Write every generated file that is not as it would be written."""
    for path, text in GENERATED.items():
        wanted = text()
        if not path.exists() or path.read_text(encoding="utf-8") != wanted:
            path.write_text(wanted, encoding="utf-8")
            print(f"written: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
