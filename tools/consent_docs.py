"""The table of docs/consent.md: every combination that decides about a person's status, told as short as it can be."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from source_destination_mailchimp.destination.consent import Consent, Row, rows
from source_destination_mailchimp.destination.model import OptIn
from source_destination_mailchimp.destination.reasons import EXPLANATIONS

_ANSWERS = {
    OptIn.NOT_ASKED: "nothing: no opt-in column",
    OptIn.YES: "yes",
    OptIn.NO: "no",
    OptIn.MISSING: "neither yes nor no",
}
# What a combination may depend on, and how it is told.
_ASPECTS: dict[str, Callable[[Row], str]] = {
    "new_member_status": lambda row: f"`new_member_status: {row.new_member_status}`",
    "resubscribe": lambda row: f"`resubscribe: {row.resubscribe}`",
    "consent_is_newer": lambda row: f"the answer is {'newer' if row.consent_is_newer else 'not newer'}",
}


def consent_table() -> Iterator[str]:
    """Markdown: one row per combination that differs."""
    yield "| Mailchimp has them as | the record says | if | then |"
    yield "|---|---|---|---|"
    for (known, asks), found in groupby(rows(), key=lambda row: (row.known, row.asks)):
        combinations = list(found)
        for condition, consent in dict.fromkeys((_condition(row, combinations), row.consent) for row in combinations):
            name = f"`{known}`" if known else "not in the audience"
            yield f"| {name} | {_ANSWERS[asks]} | {condition} | {_happens(consent)} |"


def _condition(row: Row, combinations: Sequence[Row]) -> str:
    """The settings that matter for this row: a different value, all else being equal, would change what happens."""
    return ", ".join(tell(row) for aspect, tell in _ASPECTS.items() if _matters(aspect, row, combinations))


def _matters(aspect: str, row: Row, combinations: Sequence[Row]) -> bool:
    others = [one for one in _ASPECTS if one != aspect]
    like = [one for one in combinations if all(getattr(one, other) == getattr(row, other) for other in others)]
    return any(one.consent != row.consent for one in like)


def _happens(consent: Consent) -> str:
    if consent.skipped:
        return f"skipped: {EXPLANATIONS[consent.skipped].log}"
    if consent.write:
        return f"becomes **{consent.write}**, data is written"
    if consent.held:
        return f"held: {EXPLANATIONS[consent.held].log}; data is {'' if consent.data else 'not '}written"
    return "the status stays, data is written"
