"""Which parts of a member object are asked for, and what is read out of them."""

from typing import Any

import pytest

from source_destination_mailchimp.destination.members.tracking import Tracking, permission_ids_of
from source_destination_mailchimp.mailchimp.members import TAGS_SHOWN, Json, Status
from unit_tests.destination.people import LIVE

ALWAYS = {"id", "email_address", "status", "last_changed"}
TRACKED = ("FNAME", "vip", "location", "interest:i-red", "permission:Email")
PERMISSION = {"text": "Email", "marketing_permission_id": "p1", "enabled": True}


def tracking(
    *tracked: str, tags: bool = False, external_id_tag: str | None = None, mirror_tags: tuple[str, ...] = ()
) -> Tracking:
    """What a run compares."""
    return Tracking(LIVE, tracked, tags=tags, external_id_tag=external_id_tag, mirror_tags=mirror_tags)


def wire(**parts: Any) -> Json:
    """A member object of Mailchimp's."""
    member = {"id": "h", "email_address": "Ann@x.org", "status": "subscribed", "last_changed": "2001-09-09T01:46:40Z"}
    return {**member, **parts}


@pytest.mark.parametrize(
    ("key", "part"),
    [
        ("FNAME", "merge_fields"),
        ("2024", "merge_fields"),
        ("vip", "vip"),
        ("location", "location"),
        ("timestamp_opt", "timestamp_opt"),
        ("interest:i-red", "interests"),
        ("permission:E-Mail and SMS", "marketing_permissions"),
    ],
)
def test_no_more_is_asked_for_than_is_compared(key: str, part: str) -> None:
    """Each tracked value is in one part of a member object; nothing else is read beside what always is."""
    assert set(tracking(key).fields()) == ALWAYS | {part}
    assert set(tracking().fields()) == ALWAYS


def test_what_else_is_asked_for() -> None:
    """Tags with their number, where tags or lists count; merge fields, where one keeps the external id."""
    assert set(tracking(tags=True).fields()) == ALWAYS | {"tags", "tags_count"}
    assert set(tracking(mirror_tags=("List",)).fields()) == ALWAYS | {"tags", "tags_count"}
    assert set(tracking(external_id_tag="CRMID").fields()) == ALWAYS | {"merge_fields"}


def test_a_member_is_read() -> None:
    """Status, address, time, tags in lower case, the external id as text, and the tracked values compared."""
    member = wire(
        merge_fields={"FNAME": "Ann", "CRMID": 7},
        tags=[{"id": 1, "name": "VIP"}],
        tags_count=1,
        vip=True,
        interests={"i-red": True},
        marketing_permissions=[PERMISSION],
    )
    known = tracking(*TRACKED, tags=True, external_id_tag="CRMID").known(member)
    assert (known.status, known.email, known.changed_seconds) == (Status.SUBSCRIBED, "Ann@x.org", 1e9)
    assert (known.tags, known.external_id) == (frozenset({"vip"}), "7")
    assert known.digests == {"FNAME": hash("Ann"), "vip": 1, "location": 0, "interest:i-red": 1, "permission:Email": 1}


@pytest.mark.parametrize("count", [0, TAGS_SHOWN, TAGS_SHOWN + 1])
def test_tags_that_are_not_all_shown_are_unknown(count: int) -> None:
    """A member object shows the first fifty; of more nobody knows which they are."""
    shown = [{"name": f"T{n}"} for n in range(min(count, TAGS_SHOWN))]
    known = tracking(tags=True).known(wire(tags=shown, tags_count=count))
    wanted = None if count > TAGS_SHOWN else frozenset(f"t{n}" for n in range(count))
    assert known.tags == wanted


@pytest.mark.parametrize(
    ("shown", "count", "are_known"),
    [(2, 2, True), (2, 3, False), (0, 1, False), (2, None, True), (TAGS_SHOWN, None, False), (0, None, True)],
)
def test_tags_are_known_where_as_many_are_shown_as_are_counted(
    shown: int, count: int | None, *, are_known: bool
) -> None:
    """Nothing is planned on a list that is shorter than its own count, nor on a full one without a count."""
    member = wire(tags=[{"name": f"T{n}"} for n in range(shown)], tags_count=count)
    known = tracking(tags=True).known(member)
    assert (known.tags is not None) == are_known


def test_a_member_without_what_may_be_missing() -> None:
    """No time, no tags, no merge fields: nothing is known of them, and nothing goes wrong."""
    known = tracking(tags=True, external_id_tag="CRMID").known(wire(last_changed="", merge_fields=None))
    assert (known.changed_seconds, known.tags, known.external_id) == (0.0, frozenset(), "")


def test_ids_of_permissions_are_learned_from_any_member() -> None:
    """Whoever was read before has them too: they are the same for the whole audience."""
    one = tracking("permission:Email")
    first = one.known(wire(marketing_permissions=[]))
    one.learn_permissions(wire(marketing_permissions=[{**PERMISSION, "text": "New", "marketing_permission_id": "p9"}]))
    assert first.permission_ids == {**LIVE.permissions, "New": "p9"}
    assert LIVE.permissions == {"Email": "p-email", "Direct Mail": "p-mail"}
    assert permission_ids_of(wire()) == {}
