"""The status machine: what a status that the API asks for does, by what somebody is and who took them off. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

WRITABLE = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional")
ADMIN_REASON = "N/A (Unsubscribed by admin)"


class Move(NamedTuple):
    """Where a status leads: the new status, whether a confirmation mail leaves, and whether this is a new opt-in.

    A new opt-in renews `timestamp_opt`. Bringing somebody back from the archive is one where POST adds them again
    (36 of 36 recordings), and none where PUT or PATCH changes them (14 of 14 recordings).
    """

    status: str
    mails: bool = False
    opts_in: bool = False


def new(wanted: str) -> Move:
    """A stranger: `subscribed` confirms them at once, whatever double_optin says (documented)."""
    return Move(wanted, mails=wanted == "pending", opts_in=wanted != "pending")


def move(
    current: str, wanted: str, may_not_return: bool, switches: Mapping[str, str], *, on_add: bool = False
) -> Move | None:
    """What the API's wish does to a member; None is Member In Compliance State. `on_add` says that it is a POST."""
    if current == "archived" and switches["archived_keeps_compliance"] == "no":
        may_not_return = False
    found = _MOVES[wanted](current, may_not_return, switches)
    if found is None or current != "archived" or on_add:
        return found
    return found._replace(opts_in=False)


def _subscribed(current: str, may_not_return: bool, switches: Mapping[str, str]) -> Move | None:
    """Refused to those who left by themselves or bounced; a silent return for those the API took off (observed)."""
    if may_not_return:
        return None
    return Move("subscribed", opts_in=current in {"archived", "pending", "transactional"})


def _pending(current: str, may_not_return: bool, switches: Mapping[str, str]) -> Move | None:
    """The way back for those who left by themselves: they are asked (documented)."""
    if current == "pending":
        return Move("pending")
    if current == "cleaned" and switches["pending_revives_cleaned"] == "no":
        return None
    if current == "archived" and switches["pending_revives_archived"] == "no":
        return Move("archived")
    return Move("pending", mails=True)


def _unsubscribed(current: str, may_not_return: bool, switches: Mapping[str, str]) -> Move | None:
    return Move("unsubscribed")


def _cleaned(current: str, may_not_return: bool, switches: Mapping[str, str]) -> Move | None:
    return Move("cleaned")


def _transactional(current: str, may_not_return: bool, switches: Mapping[str, str]) -> Move | None:
    """Those who may not return keep what they are (inferred)."""
    return Move(current if may_not_return else "transactional", opts_in=current == "archived")


_MOVES = {
    "subscribed": _subscribed,
    "pending": _pending,
    "unsubscribed": _unsubscribed,
    "cleaned": _cleaned,
    "transactional": _transactional,
}


def left_by(wanted: str, earlier: str, switches: Mapping[str, str]) -> str:
    """Who counts as having taken the person off after the API moved them to `wanted`."""
    if wanted == "unsubscribed":
        return earlier if earlier in {"person", "complaint", "bounce", "compliance"} else "api"
    if wanted == "cleaned":
        return "bounce"
    if wanted == "pending" and switches["pending_clears_compliance"] == "no":
        return earlier
    return "" if wanted in {"subscribed", "pending"} else earlier
