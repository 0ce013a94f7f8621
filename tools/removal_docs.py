"""Tables of docs/removal.md and docs/mirror.md: what removals and modes of tags do, from the rule and from the form."""

from collections.abc import Iterator
from typing import get_args

from source_destination_mailchimp.destination.form.settings import Removal
from source_destination_mailchimp.destination.form.texts import BOXES
from source_destination_mailchimp.destination.model import Outcome
from source_destination_mailchimp.destination.rules import removal
from source_destination_mailchimp.mailchimp.members import Status

# The order of a reader: who gets mail, then who does not.
_COLUMNS = (
    Status.SUBSCRIBED,
    Status.PENDING,
    Status.UNSUBSCRIBED,
    Status.CLEANED,
    Status.TRANSACTIONAL,
    Status.ARCHIVED,
    Status.OTHER,
)
_WORDS = {
    Outcome.SKIPPED: "stays",
    Outcome.UNTAGGED: "loses the stream's tags",
    Outcome.UNSUBSCRIBED: "unsubscribed",
    Outcome.ARCHIVED: "archived",
    Outcome.DELETED: "deleted",
}


def choices_table(path: str, key: str) -> Iterator[str]:
    """Yield the lines of a table that explains every choice of a box, in the form's own words."""
    box = BOXES[path]
    yield f"| `{key}` | {box.title[0].lower()}{box.title[1:]} |"
    yield "|---|---|"
    for value, meaning in box.choices.items():
        yield f"| `{value}` | {meaning} |"


def removal_table() -> Iterator[str]:
    """Yield the lines of the table in Markdown."""
    heading = [f"any {status} status" if status is Status.OTHER else status.value for status in _COLUMNS]
    yield f"| `removal` | {' | '.join(heading)} |"
    yield "|---" * (len(_COLUMNS) + 1) + "|"
    for setting in get_args(Removal):
        cells = [_WORDS[removal.decide(setting, status).outcome] for status in _COLUMNS]
        yield f"| `{setting}` | {' | '.join(cells)} |"
