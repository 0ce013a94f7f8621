"""Who a record is about where a stream has an external id, and what may be done to whom."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.form.settings import Removal, Resubscribe
from source_destination_mailchimp.destination.model import (
    Contact,
    Known,
    Operation,
    OptIn,
    Outcome,
    Reason,
    Route,
    Settled,
)
from source_destination_mailchimp.destination.rules import consent
from source_destination_mailchimp.destination.rules.consent import MAILABLE
from source_destination_mailchimp.destination.rules.identity import (
    Match,
    addresses_set_free_first,
    match_owners,
    plan_identified,
)
from source_destination_mailchimp.destination.rules.joining import Owner, ReservedTags
from source_destination_mailchimp.destination.rules.plan import StreamRules
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.people import STREAM

RESERVED = ReservedTags("CRMID", frozenset({"list"}))
ID = "1"
LONG_AGO, NOW = 1_000.0, 9_000.0


def contact(hash: str = "new", id: str = ID, **more: Any) -> Contact:
    """A record with an id."""
    found = Contact(STREAM, {}, f"{hash}@sandbox-people.org" if hash else "", hash, {"CRMID": id}, external_id=id)
    return found._replace(**more)


def known(status: Status = Status.SUBSCRIBED, id: str = "", tags: frozenset[str] = frozenset()) -> Known:
    """A member that has been there for long."""
    digests = {"CRMID": hash(id) if id else 0}
    return Known(status, "there@sandbox-people.org", LONG_AGO, "then", digests, tags, id)


def owner(status: Status = Status.SUBSCRIBED, hash: str = "old", id: str = ID) -> Owner:
    """A member at another address that has the id."""
    return Owner(hash, known(status, id))


def rules(resubscribe: Resubscribe = "never", removal: Removal = "archive") -> StreamRules:
    """The policies of a stream."""
    return StreamRules(STREAM, consent.Rules("subscribed", resubscribe), lambda: NOW, removal=removal)


def chain(operation: Operation | None) -> list[Operation]:
    """An operation and what follows it."""
    return [operation, *chain(operation.then)] if operation else []


S, U, A = Status.SUBSCRIBED, Status.UNSUBSCRIBED, Status.ARCHIVED


@pytest.mark.parametrize(
    ("at_address", "owners", "matched", "about"),
    [
        (None, (), Match.AGREES, []),
        (known(), (), Match.AGREES, []),
        (known(id=ID), (), Match.AGREES, []),
        (known(id="2"), (), Match.TAKEN, []),
        (known(id="2"), (owner(),), Match.TAKEN, []),
        (None, (owner(),), Match.MOVED, ["old"]),
        (None, (owner(A, "a"), owner(S, "s"), owner(U, "u")), Match.MOVED, ["u", "s", "a"]),
        (known(), (owner(),), Match.JOINS, ["old"]),
        (known(), (owner(A),), Match.JOINS, ["old"]),
        (known(id=ID), (owner(),), Match.JOINS, ["old"]),
        (known(id=ID), (owner(A, "a"), owner(S, "s")), Match.JOINS, ["s"]),
        (known(id=ID), (owner(A),), Match.AGREES, []),
        (known(id=ID), (owner(U),), Match.JOINS, ["old"]),
        (known(id=ID)._replace(changed_seconds=NOW), (owner(U),), Match.AGREES, []),
        (known(id=ID), (owner(hash="new"),), Match.AGREES, []),
    ],
)
def test_how_a_record_fits(
    at_address: Known | None, owners: tuple[Owner, ...], matched: Match, about: list[str]
) -> None:
    """Address and id against what is there; of several the one that may be mailed least, archived ones last."""
    found, others = match_owners(contact(), at_address, owners)
    assert (found, [one.hash for one in others]) == (matched, about)


def test_rename_says_the_address_and_no_status() -> None:
    """Only the address changes, on the member that has the id; no status is ever sent with it."""
    found = plan_identified(contact(), None, [owner()], rules(), RESERVED)
    assert isinstance(found, Operation)
    assert (found.route, found.status, found.subscriber) == (Route.RENAME, None, "old")
    assert found.changes == {"email_address": "new@sandbox-people.org"}
    assert not found.takes_away


def test_old_members_are_archived_and_keep_their_id() -> None:
    """All of them in one run; the id stays with the archived, where a later opt-out of theirs could be found."""
    owners = [owner(hash="old"), owner(hash="older")]
    found = plan_identified(contact(), known(), owners, rules(), RESERVED)
    assert isinstance(found, Operation)
    retired = chain(found)[1:]
    assert [(one.route, one.subscriber) for one in retired] == [(Route.ARCHIVE, "old"), (Route.ARCHIVE, "older")]
    assert not any(one.changes or one.gives_up_id for one in retired)
    assert found.takes_away


@pytest.mark.parametrize("status", [Status.UNSUBSCRIBED, Status.CLEANED, Status.ARCHIVED])
def test_a_join_is_at_rest_afterwards(status: Status) -> None:
    """Who opted out or was archived keeps the id at the old address, and nobody is joined with them twice."""
    joined = known(id=ID)._replace(changed_seconds=LONG_AGO + 1)
    found = plan_identified(contact(), joined, [owner(status)], rules(), RESERVED)
    assert isinstance(found, Settled)
    assert found.outcome is Outcome.UNCHANGED


def test_an_opt_out_that_came_after_the_join_began_is_handed_on() -> None:
    """A run that died after the new address was written knew nothing of it."""
    found = plan_identified(contact(), known(id=ID), [owner(U)], rules(), RESERVED)
    assert isinstance(found, Operation)
    assert found.status is U


def test_only_somebody_pending_gives_the_id_up_in_a_join() -> None:
    """Mailchimp archives nobody who is pending, and their new status is no opt-out of theirs: both go in one call."""
    found = plan_identified(contact(), known(), [owner(Status.PENDING)], rules(), RESERVED)
    assert isinstance(found, Operation)
    [retired] = chain(found)[1:]
    assert (retired.status, retired.changes) == (U, {"merge_fields": {"CRMID": ""}})


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        (S, Outcome.REJECTED, Reason.ADDRESS_OF_ANOTHER),
        (Status.PENDING, Outcome.REJECTED, Reason.ADDRESS_OF_ANOTHER),
        (Status.TRANSACTIONAL, Outcome.REJECTED, Reason.ADDRESS_OF_ANOTHER),
        (U, Outcome.HELD, Reason.OPTED_OUT),
        (Status.OTHER, Outcome.HELD, Reason.OPTED_OUT),
        (Status.CLEANED, Outcome.HELD, Reason.CLEANED),
        (A, Outcome.HELD, Reason.ARCHIVED),
    ],
)
def test_an_address_of_another_record(status: Status, outcome: Outcome, reason: Reason) -> None:
    """Where its member opted out the id stays for good, so the record is held; else two records claim one address."""
    found = plan_identified(contact(), known(status, "2"), [], rules(), RESERVED)
    assert isinstance(found, Settled)
    assert (found.outcome, found.reason) == (outcome, reason)


def test_retired_member_leaves_every_mirrored_list() -> None:
    """Who was given up is in no list any more; other tags stay."""
    old = owner()
    old = old._replace(known=old.known._replace(tags=frozenset({"list", "vip"})))
    found = plan_identified(contact(), known(), [old], rules(), RESERVED)
    assert isinstance(found, Operation)
    assert chain(found)[-1].tags_off == ("list",)
    assert found.tags_on == ("list", "vip")


statuses = st.sampled_from(Status)
ids = st.sampled_from(["", ID, "2"])
members = st.builds(known, statuses, ids, st.frozensets(st.sampled_from(["vip", "list"])))
records = st.builds(
    contact,
    opt_in=st.sampled_from(OptIn),
    consent_seconds=st.sampled_from([None, LONG_AGO - 1, LONG_AGO + 1]),
)
situations = st.tuples(
    records,
    st.none() | members,
    st.lists(st.builds(owner, statuses, st.sampled_from(["o1", "o2"])), max_size=2, unique_by=lambda one: one.hash),
    st.builds(rules, st.sampled_from(get_args(Resubscribe)), st.sampled_from(get_args(Removal))),
)
Situation = tuple[Contact, Known | None, list[Owner], StreamRules]


@given(situations)
def test_nobody_who_opted_out_is_mailed_at_another_address(situation: Situation) -> None:
    """No status that mails is written to anybody with the id, where one who has it at another address opted out."""
    record, at_address, owners, policies = situation
    found = plan_identified(record, at_address, owners, policies, RESERVED)
    others = [
        one for one in owners if one.known.status is not Status.ARCHIVED or not (at_address and at_address.external_id)
    ]
    opted_out = any(MAILABLE[one.known.status] == 0 for one in others)
    for one in chain(found) if isinstance(found, Operation) else []:
        if opted_out:
            assert one.status in (None, Status.UNSUBSCRIBED)
        if one.member:
            assert one.status in (None, Status.UNSUBSCRIBED), "nobody is brought back at an address nobody spoke of"


@given(situations)
def test_nobody_known_is_added(situation: Situation) -> None:
    """Somebody new is only who has neither the address nor the id."""
    record, at_address, owners, policies = situation
    found = plan_identified(record, at_address, owners, policies, RESERVED)
    if isinstance(found, Operation) and found.route is Route.ADD:
        assert at_address is None
        assert not owners


@given(situations)
def test_only_subscribed_people_are_renamed_and_no_opt_out_is_archived(situation: Situation) -> None:
    """Mailchimp renames nobody else; an opt-out, a bounce and somebody pending are never archived."""
    record, at_address, owners, policies = situation
    found = plan_identified(record, at_address, owners, policies, RESERVED)
    for one in chain(found) if isinstance(found, Operation) else []:
        if one.route is Route.RENAME:
            assert one.known is not None
            assert (one.known.status, one.status) == (Status.SUBSCRIBED, None)
        if one.route is Route.ARCHIVE:
            assert one.known is not None
            assert one.known.status in (Status.SUBSCRIBED, Status.TRANSACTIONAL)


@given(situations)
def test_another_persons_member_is_never_touched(situation: Situation) -> None:
    """A member with another id is neither written nor removed."""
    record, at_address, owners, policies = situation
    if at_address is None or at_address.external_id in ("", ID):
        return
    found = plan_identified(record, at_address, owners, policies, RESERVED)
    assert isinstance(found, Settled)
    assert found.note is not None
    assert found.outcome in (Outcome.REJECTED, Outcome.HELD)


def test_addresses_that_are_set_free_come_first() -> None:
    """Whose address is another's waits for the others of the batch, unless their id comes twice."""
    people = {"a": known(id="9"), "b": None, "c": known(id="8"), "d": None}
    first, second, third = contact("a", "1"), contact("b", "2"), contact("c", "3")
    assert addresses_set_free_first([first, second], people) == [second, first]
    again = contact("d", "3")
    assert addresses_set_free_first([third, again, second], people) == [third, again, second]


# Records that wait for a member of another address
