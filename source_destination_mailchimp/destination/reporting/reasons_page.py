"""The page docs/reasons.md, made from the table: `python -m` this module prints it."""

import sys
from collections.abc import Iterator

from source_destination_mailchimp.destination.model import Outcome
from source_destination_mailchimp.destination.reporting.levels import level_of
from source_destination_mailchimp.destination.reporting.outcomes import SAID
from source_destination_mailchimp.destination.reporting.reasons import EXPLANATIONS

_INTRODUCTION = """\
# Outcomes and their reasons

Every record gets exactly one outcome. A change of the mailing status is the outcome; the data written with it is
detail. The log counts outcomes per stream, with the reasons listed here; rejected, held and duplicate records also go
to the store named in `object_storage_config`, with the reason in the column `rejected_reason`. Counts are of records:
two records of one contact count twice.

The headline counts every record once and ends with their number: `412 added (38 asked to confirm), 279 updated,
130 held (120 opted out), 19 rejected, 7,114 unchanged: 7,954 records.` Contacts that no record asked for are counted
apart: those who left a mirrored list, and those archived because a record joined them with another contact.

What needs a person is logged as WARN, everything else as INFO. A filter for warnings and errors therefore shows what
there is to do, and nothing else.
"""


def page() -> str:
    """Return the whole page in Markdown."""
    return "\n".join((_INTRODUCTION, *_sections()))


def _sections() -> Iterator[str]:
    for outcome, words in SAID.items():
        yield from _section(outcome.value, words.meaning, outcome)
    yield from _section("beside an outcome", "What else is said about a record, whatever its outcome is.", None)


def _section(title: str, meaning: str, outcome: Outcome | None) -> Iterator[str]:
    yield f"## {title}\n\n{meaning}\n"
    rows = list(_rows(outcome))
    if rows:
        yield "| reason | in the log | level | what it means for the contact | what to do |"
        yield "|---|---|---|---|---|"
        yield from rows
        yield ""


def _rows(outcome: Outcome | None) -> Iterator[str]:
    """Yield a row per reason that explains an outcome; None for those that stand beside any."""
    for reason, words in EXPLANATIONS.items():
        if words.outcome is outcome:
            cells = (f"`{reason.value}`", words.log, level_of(reason).value, words.meaning, words.what_to_do)
            yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(page())
