"""The page docs/reasons.md, made from the table: `python -m` this module prints it."""

import sys
from collections.abc import Iterator

from source_destination_mailchimp.destination.reporting.outcomes import Reported, reported_as
from source_destination_mailchimp.destination.reporting.reasons import EXPLANATIONS

_INTRODUCTION = """\
# Outcomes and their reasons

Every record gets exactly one outcome. The log counts them per stream, with the reasons that are listed here; records
that were rejected, held or overtaken also go to the store named in `object_storage_config`, with the reason in the
column `rejected_reason`. Counts are of records: two records of one person count twice.
"""
_MEANINGS = {
    Reported.CREATED: "The person is new in the audience.",
    Reported.UPDATED: "The person was there; something about them was changed.",
    Reported.UNCHANGED: "The person was there, just as the record says. Nothing was sent.",
    Reported.REMOVED: "The record marks a deletion, and what `removal` says was done.",
    Reported.HELD: "The record asked for a mailing status or a person that we may not give.",
    Reported.SKIPPED: "By its own words or by a setting, the record asks for nothing.",
    Reported.DUPLICATE: "Another record of the same address counts.",
    Reported.REJECTED: "The record could not be written.",
}


def page() -> str:
    """Return the whole page in Markdown."""
    return "\n".join((_INTRODUCTION, *_sections()))


def _sections() -> Iterator[str]:
    for word, meaning in _MEANINGS.items():
        yield from _section(word.value, meaning, word)
    yield from _section("beside an outcome", "What else is to be said about a record, whatever its outcome is.", None)


def _section(title: str, meaning: str, word: Reported | None) -> Iterator[str]:
    yield f"## {title}\n\n{meaning}\n"
    rows = list(_rows(word))
    if rows:
        yield "| reason | in the log | what it means for the person | what to do |"
        yield "|---|---|---|---|"
        yield from rows
        yield ""


def _rows(word: Reported | None) -> Iterator[str]:
    """Yield a row per reason that explains an outcome of this word; None for those that stand beside any."""
    for reason, words in EXPLANATIONS.items():
        explains = reported_as(words.outcome) if words.outcome else None
        if explains is word:
            yield f"| `{reason.value}` | {words.log} | {words.meaning} | {words.what_to_do} |"


if __name__ == "__main__":
    sys.stdout.write(page())
