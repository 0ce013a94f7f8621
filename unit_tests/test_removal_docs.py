"""The pages on lists, tags and removals: their tables and the sentences of the log, held against the code."""

import re

import pytest

from source_destination_mailchimp.destination.model import Route
from source_destination_mailchimp.destination.rules import removal
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.architecture import ROOT
from unit_tests.test_docs import sentences

MIRROR, REMOVAL = ROOT / "docs" / "mirror.md", ROOT / "docs" / "removal.md"
STATUSES = ("subscribed", "pending", "unsubscribed", "cleaned", "transactional", "archived")


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
    (quoted,) = [span for span in spans(section) if span.startswith("The sync stopped")]
    assert all(part in sentences() for part in quoted.split("; "))


@pytest.mark.parametrize("setting", ["keep", "remove_tags", "unsubscribe", "archive", "delete_permanently"])
def test_the_table_of_removals_is_the_rule(setting: str) -> None:
    """What the page says becomes of somebody is what the code decides."""
    row = re.search(rf"(?m)^\| `{setting}` \|(.+)\|$", REMOVAL.read_text(encoding="utf-8"))
    assert row
    cells = [cell.strip() for cell in row.group(1).split("|")]
    words = {Route.ARCHIVE: "archived", Route.DELETE: "deleted", Route.CHANGE_STATUS: "unsubscribed"}
    for status, cell in zip(STATUSES, cells, strict=True):
        decided = removal.decide(setting, Status(status))  # type: ignore[arg-type]
        said = "stays" if decided.skipped else words.get(decided.route, "loses the stream's tags")
        assert cell in (said, "same") and (cell != "same" or decided.takes_tags), (status, cell)
