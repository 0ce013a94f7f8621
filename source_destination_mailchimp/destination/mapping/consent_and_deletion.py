"""What a record says about consent."""

from typing import Any, Final, assert_never

from source_destination_mailchimp.destination.form.settings import OptInNo
from source_destination_mailchimp.destination.mapping.time_marks import Mark, read_mark
from source_destination_mailchimp.destination.mapping.values import MISSING, NO, YES, Unfit, as_text, is_empty
from source_destination_mailchimp.destination.model import Note, OptIn, Reason

_SUBSCRIBED: Final = frozenset({"subscribed", "opted_in"})
_LEFT: Final = frozenset({"unsubscribed", "opted_out", "opted out", "opted-out"})
"""Words of somebody who left. Of those who did not, only the exact word counts: a doubt keeps people out."""

OPTED_IN: Final = YES | _SUBSCRIBED
OPTED_OUT: Final = NO | _LEFT


def opt_in_answer(value: Any, no: OptIn = OptIn.NO) -> OptIn:
    """Return the answer to "may we mail them": one of two lists of words, in any case; nothing else is an answer.

    `no`: what a no means, an opt-out or only "do not add".
    """
    word = _word(value)
    if word in OPTED_IN:
        return OptIn.YES
    if word in OPTED_OUT:
        return no
    return OptIn.MISSING


def meaning_of_no(setting: OptInNo) -> OptIn:
    """Return what a no in `opt_in_field` asks for, by `opt_in_no`."""
    match setting:
        case "unsubscribe":
            return OptIn.NO
        case "leave":
            return OptIn.UNCHECKED
        case _:
            assert_never(setting)


def opt_out_answer(value: Any, field: str, now: float) -> tuple[OptIn, Note | None]:
    """Return the answer of a column whose yes means no, and what is to be said of one that cannot be followed.

    A no, and no answer, ask for nothing: who did not opt out has not opted in either. `now`: seconds since 1970 UTC.
    """
    if value is MISSING:
        return OptIn.MISSING, Note(Reason.OPT_IN_UNREADABLE, field, "the column is not in the record")
    word = _word(value)
    if word in _LEFT:
        return OptIn.NO, None
    if word in _SUBSCRIBED:
        return OptIn.NOT_ASKED, None
    try:
        mark = read_mark(value, now)
    except Unfit as unfit:
        return OptIn.MISSING, Note(Reason.OPT_IN_UNREADABLE, field, str(unfit))
    match mark:
        case Mark.YES:
            return OptIn.NO, None
        case Mark.NO:
            return OptIn.NOT_ASKED, None
        case Mark.LATER:
            return OptIn.MISSING, Note(Reason.TIME_TO_COME, field)
        case _:
            assert_never(mark)


def stricter(one: OptIn, other: OptIn) -> OptIn:
    """Return the answer that stands where a record gives two: whichever lets less happen."""
    return max(one, other, key=_strictness)


def _strictness(answer: OptIn) -> int:
    match answer:
        case OptIn.NOT_ASKED:
            return 0
        case OptIn.YES:
            return 1
        case OptIn.MISSING:
            return 2
        case OptIn.UNCHECKED:
            return 3
        case OptIn.NO:
            return 4
        case _:
            assert_never(answer)


def unreadable_opt_in(value: Any, field: str) -> Note | None:
    """Return what is to be said of an opt-in that is there and is no answer; None for one that says nothing."""
    if value is MISSING or is_empty(value):
        return None
    return Note(Reason.OPT_IN_UNREADABLE, field, "not a yes or no")


def _word(value: Any) -> str:
    """Return a value as a word in small letters; empty for what is no word."""
    if value is MISSING or isinstance(value, list | dict):
        return ""
    try:
        return as_text(value).lower()
    except Unfit:
        return ""
