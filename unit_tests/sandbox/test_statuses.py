"""The status machine as a table."""

import pytest

from source_destination_mailchimp.sandbox.control import switches
from source_destination_mailchimp.sandbox.members import statuses
from source_destination_mailchimp.sandbox.members.member import STATUSES
from source_destination_mailchimp.sandbox.members.statuses import Move

DEFAULTS = switches.defaults()


@pytest.mark.parametrize(
    ("current", "wanted", "left", "move"),
    [
        ("subscribed", "subscribed", False, Move("subscribed")),
        ("unsubscribed", "subscribed", False, Move("subscribed")),
        ("unsubscribed", "subscribed", True, None),
        ("cleaned", "subscribed", True, None),
        ("pending", "subscribed", False, Move("subscribed", opts_in=True)),
        ("archived", "subscribed", False, Move("subscribed")),
        ("archived", "subscribed", True, Move("subscribed")),
        ("transactional", "subscribed", False, Move("subscribed", opts_in=True)),
        ("unsubscribed", "pending", True, Move("pending", mails=True)),
        ("cleaned", "pending", True, Move("pending", mails=True)),
        ("pending", "pending", False, Move("pending")),
        ("subscribed", "pending", False, Move("pending", mails=True)),
        ("cleaned", "unsubscribed", True, Move("unsubscribed")),
        ("unsubscribed", "transactional", True, Move("unsubscribed")),
        ("subscribed", "cleaned", False, Move("cleaned")),
    ],
)
def test_moves(current: str, wanted: str, left: bool, move: Move | None) -> None:
    """What a status does depends on what somebody is and on who took them off (observed, FACTS 6.3)."""
    assert statuses.move(current, wanted, left, DEFAULTS) == move


@pytest.mark.parametrize("current", sorted(set(STATUSES) - {"archived"}))
def test_nobody_who_left_is_subscribed(current: str) -> None:
    """No status that is not archived lets `subscribed` pass for somebody who may not return (observed, MC4WP#798)."""
    assert statuses.move(current, "subscribed", True, DEFAULTS) is None


@pytest.mark.parametrize(
    ("wanted", "earlier", "by"),
    [
        ("unsubscribed", "", "api"),
        ("unsubscribed", "person", "person"),
        ("cleaned", "", "bounce"),
        ("subscribed", "api", ""),
        ("pending", "person", ""),
        ("transactional", "person", "person"),
    ],
)
def test_who_took_them_off(wanted: str, earlier: str, by: str) -> None:
    """Who took somebody off is remembered through what the API does (inferred, FACTS 6.3)."""
    assert statuses.left_by(wanted, earlier, DEFAULTS) == by
