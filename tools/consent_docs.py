"""The table of docs/consent.md: every combination that decides about a contact's status, told as short as it can be."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from source_destination_mailchimp.destination.model import OptIn
from source_destination_mailchimp.destination.reporting.reasons import EXPLANATIONS
from source_destination_mailchimp.destination.rules.consent import Consent, Row, rows
from source_destination_mailchimp.mailchimp.members import Status

_ANSWERS = {
    OptIn.NOT_ASKED: "nothing (no opt-in column)",
    OptIn.YES: "yes",
    OptIn.UNCHECKED: "no, with `opt_in_no: leave`",
    OptIn.NO: "no, or opted out",
    OptIn.MISSING: "not a yes or no",
}
_NAMES = {None: "not in the audience", Status.OTHER: "any other status"}
Told = tuple[tuple[str, str, str], ...]

# What a combination may depend on, and how it is told.
_ASPECTS: dict[str, Callable[[Row], str]] = {
    "new_member_status": lambda row: f"`new_member_status: {row.new_member_status}`",
    "resubscribe": lambda row: f"`resubscribe: {row.resubscribe}`",
    "consent_is_newer": lambda row: f"the answer is {'newer' if row.consent_is_newer else 'not newer'}",
}


def consent_table() -> Iterator[str]:
    """Markdown: people who are treated alike share a row, and so do answers that lead to the same."""
    yield "| status in Mailchimp | the record says | if | then |"
    yield "|---|---|---|---|"
    by_person: dict[Told, list[str]] = {}
    for known, found in groupby(rows(), key=lambda row: row.known):
        name = _NAMES.get(known, f"`{known}`")
        by_person.setdefault(_told(list(found)), []).append(name)
    for told, names in by_person.items():
        for answers, condition, what in told:
            yield f"| {', '.join(names)} | {answers} | {condition} | {what} |"


def _told(combinations: Sequence[Row]) -> Told:
    """What happens to people of one status: (answers, condition, what happens), answers of one effect together."""
    by_effect: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for asks, found in groupby(combinations, key=lambda row: row.asks):
        by_effect.setdefault(_effects(list(found)), []).append(_ANSWERS[asks])
    return tuple(
        (" · ".join(answers), condition, what) for effects, answers in by_effect.items() for condition, what in effects
    )


def _effects(combinations: Sequence[Row]) -> tuple[tuple[str, str], ...]:
    """What one answer leads to, conditions of one result together."""
    by_result: dict[str, list[str]] = {}
    for condition, consent in dict.fromkeys((_condition(row, combinations), row.consent) for row in combinations):
        by_result.setdefault(_happens(consent), []).append(condition)
    return tuple(("; or ".join(conditions), what) for what, conditions in by_result.items())


def _condition(row: Row, combinations: Sequence[Row]) -> str:
    """The settings that matter for this row: a different value, all else being equal, would change what happens."""
    return " and ".join(tell(row) for aspect, tell in _ASPECTS.items() if _matters(aspect, row, combinations))


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
