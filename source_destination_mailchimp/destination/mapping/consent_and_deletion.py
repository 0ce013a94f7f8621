"""What a record says about consent and about being deleted."""

from typing import Any, Final

from source_destination_mailchimp.destination.mapping.times import as_seconds, is_epoch
from source_destination_mailchimp.destination.mapping.values import MISSING, NO, YES, Unfit, as_text, is_empty
from source_destination_mailchimp.destination.model import OptIn

OPTED_IN: Final = YES | {"subscribed", "opted_in"}
OPTED_OUT: Final = NO | {"unsubscribed", "opted_out"}


def opt_in_answer(value: Any) -> OptIn:
    """Return the answer to "may we mail them": one of two lists of words, in any case; nothing else is an answer."""
    if value is MISSING or isinstance(value, list | dict):
        return OptIn.MISSING
    try:
        word = as_text(value).lower()
    except Unfit:
        return OptIn.MISSING
    if word in OPTED_IN:
        return OptIn.YES
    if word in OPTED_OUT:
        return OptIn.NO
    return OptIn.MISSING


def is_deletion(value: Any) -> bool:
    """Return whether a deletion mark is set: a yes or a time; raises `Unfit` for what is neither that nor a no.

    Nobody is removed, and nobody written, on a mark that cannot be read.
    """
    if value is MISSING or is_empty(value):
        return False
    if isinstance(value, list | dict):
        raise _unreadable_mark()
    word = as_text(value).lower()
    if word in NO or word == "null":
        return False
    if word in YES or is_epoch(value):
        return True
    try:
        as_seconds(value)
    except Unfit:
        raise _unreadable_mark() from None
    return True


def _unreadable_mark() -> Unfit:
    return Unfit("neither a yes or no nor a time, so nobody knows whether the person is deleted")
