"""The pages on lists, tags and removals: their tables and the sentences of the log, held against the code."""

import re
from typing import get_args

import pytest

from source_destination_mailchimp.destination.form.settings import Removal
from source_destination_mailchimp.mailchimp.members import Status
from tools.removal_docs import removal_table
from unit_tests.architecture import ROOT
from unit_tests.test_docs import sentences

MIRROR, REMOVAL = ROOT / "docs" / "mirror.md", ROOT / "docs" / "removal.md"


def spans(text: str) -> list[str]:
    """What stands between backticks, in one line."""
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text)]


def test_the_log_says_what_the_conditions_page_quotes() -> None:
    """Each sentence in the table of the four conditions is one that the connector says."""
    rows = re.findall(r"(?m)^\| [1-4] \|(.+)\|$", MIRROR.read_text(encoding="utf-8"))
    quoted = [span for row in rows for span in spans(row.split("|")[1])]
    assert len(quoted) >= 8
    for sentence in quoted:
        assert sentence in sentences(), sentence


def test_the_fuse_says_what_the_page_quotes() -> None:
    """The sentence of the fuse is quoted as it is said."""
    section = REMOVAL.read_text(encoding="utf-8").partition("## The fuse")[2].partition("\n## ")[0]
    (quoted,) = [span for span in spans(section) if span.startswith("The next record")]
    assert quoted in sentences()


@pytest.mark.parametrize("status", Status)
def test_the_table_of_removals_has_every_status(status: Status) -> None:
    """The table is made from the rule; whoever reads it finds people of every status, and every removal."""
    heading, _, *rows = removal_table()
    shown = "any other status" if status is Status.OTHER else status.value
    assert f" {shown} |" in heading
    assert [row.split("|")[1].strip() for row in rows] == [f"`{setting}`" for setting in get_args(Removal)]
    assert {len(row.split("|")) for row in (heading, *rows)} == {len(Status) + 3}
