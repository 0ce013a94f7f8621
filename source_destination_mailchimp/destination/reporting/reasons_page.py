"""The page docs/reasons.md, made from the table: `python -m` this module prints it."""

import sys
from collections.abc import Iterator

from source_destination_mailchimp.destination.model import Outcome
from source_destination_mailchimp.destination.reporting.reasons import EXPLANATIONS

_INTRODUCTION = """\
# Outcomes and their reasons

Every record gets exactly one outcome. The log counts them per stream, with the reasons that are listed here; records
that were rejected, held or overtaken also go to the store named in `object_storage_config`, with the reason in the
column `rejected_reason`. Counts are of records: two records of one person count twice.
"""

_OUTCOMES = {
    Outcome.CREATED: "The person is new in the audience.",
    Outcome.UPDATED: "The person was there; something about them was changed.",
    Outcome.UNCHANGED: "The person was there, just as the record says. Nothing was sent.",
    Outcome.REMOVED: "The record marks a deletion, and what `removal` says was done.",
    Outcome.HELD: "The record asked for a mailing status or a person that we may not give.",
    Outcome.SKIPPED: "By its own words or by a setting, the record asks for nothing.",
    Outcome.DUPLICATE: "Another record of the same address counts.",
    Outcome.REJECTED: "The record could not be written.",
}


def page() -> str:
    """The whole page in Markdown."""
    return "\n".join((_INTRODUCTION, *_sections()))


def _sections() -> Iterator[str]:
    for outcome, meaning in _OUTCOMES.items():
        yield from _section(outcome.value, meaning, outcome)
    yield from _section("beside an outcome", "What else is to be said about a record, whatever its outcome is.", None)


def _section(title: str, meaning: str, outcome: Outcome | None) -> Iterator[str]:
    yield f"## {title}\n\n{meaning}\n"
    rows = [(reason, words) for reason, words in EXPLANATIONS.items() if words.outcome == outcome]
    if not rows:
        return
    yield "| reason | in the log | what it means for the person | what to do |"
    yield "|---|---|---|---|"
    for reason, words in rows:
        yield f"| `{reason.value}` | {words.log} | {words.meaning} | {words.what_to_do} |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(page())
