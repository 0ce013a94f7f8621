"""docs/mapping.md says what the code does."""

import re
from typing import get_args

from source_destination_mailchimp.destination.mapping.consent_and_deletion import OPTED_IN, OPTED_OUT
from source_destination_mailchimp.destination.mapping.fields import TYPES, TypeName, mapping_table
from source_destination_mailchimp.destination.mapping.postal import PARTS
from source_destination_mailchimp.destination.mapping.profile import LOCATION, PROPERTIES
from unit_tests.architecture import ROOT

PAGE = ROOT / "docs" / "mapping.md"
_SECTION = re.compile(r"(<!-- merge fields: [^\n]*-->\n).*?(<!-- /merge fields -->)", re.DOTALL)


def with_the_table(page: str) -> str:
    """The page with the table as it is now; written back, it is current."""
    return _SECTION.sub(lambda found: f"{found.group(1)}\n{mapping_table()}{found.group(2)}", page)


def test_the_table_is_current() -> None:
    """The table of merge fields on the page is the one that the code makes."""
    page = PAGE.read_text(encoding="utf-8")
    assert mapping_table() in page
    assert with_the_table(page) == page


def test_the_table_has_every_type() -> None:
    """Every merge-field type has one row with four cells."""
    assert list(TYPES) == list(get_args(TypeName)), "destination/mapping/fields.py: TYPES has a row per type, in order"
    rows = mapping_table().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == list(TYPES)
    assert all(row.count("|") == 5 for row in rows)


def test_the_page_names_every_target_and_word() -> None:
    """Whatever can stand right of an arrow, and every word that is an answer, is on the page."""
    page = PAGE.read_text(encoding="utf-8")
    for name in (*PROPERTIES, *LOCATION, *PARTS, *OPTED_IN, *OPTED_OUT):
        assert f"`{name}`" in page, name
