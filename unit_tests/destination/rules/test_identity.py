"""Who a record is about where a stream has an external id, and what may be done to whom."""

from dataclasses import replace
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
        (known(id=ID), (owner(A),), Match.LEFT_OVER, ["old"]),
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


def test_old_member_is_archived_before_it_gives_its_id_up() -> None:
    """In this order a run that dies between the two is ended by the next one."""
    found = plan_identified(contact(), known(), [owner()], rules(), RESERVED)
    assert isinstance(found, Operation)
    assert [(one.route, one.subscriber) for one in chain(found)[1:]] == [(Route.ARCHIVE, "old"), (Route.PATCH, "old")]
    assert found.subscribers == ("new", "old", "old")
    assert found.takes_away


def test_left_over_is_only_cleaned_up() -> None:
    """An archived member with the id of an active one counts as no opt-out: it is what a join left behind."""
    found = plan_identified(contact(), known(id=ID), [owner(A)], rules(), RESERVED)
    assert isinstance(found, Operation)
    assert (found.route, found.settled.outcome, found.takes_away) == (Route.NOTHING, Outcome.UNCHANGED, False)
    assert [(one.route, one.changes) for one in chain(found)[1:]] == [(Route.PATCH, {"merge_fields": {"CRMID": ""}})]


def test_retired_member_leaves_every_mirrored_list() -> None:
    """Who was given up is in no list any more; other tags stay."""
    old = owner()
    old = old._replace(known=replace(old.known, tags=frozenset({"list", "vip"})))
    found = plan_identified(contact(), known(), [old], rules(), RESERVED)
    assert isinstance(found, Operation)
    assert chain(found)[-1].tags_off == ("list",)
    assert found.tags_on == ("list", "vip")


@pytest.mark.parametrize("email", [True, False])
@pytest.mark.parametrize("statuses", [(A, S), (S, A)])
def test_deletion_takes_who_is_there(statuses: tuple[Status, Status], email: bool) -> None:
    """Of two members with the id a deletion takes the active one, wherever its own address leads."""
    owners = [owner(status, f"m{n}") for n, status in enumerate(statuses)]
    deleted = contact("x" if email else "", deleted=True)
    deleted = deleted._replace(hash=deleted.hash or "m0")
    at_address = None if email else owners[0].known
    found = plan_identified(deleted, at_address, owners, rules(), RESERVED)
    assert isinstance(found, Operation)
    assert found.subscriber == f"m{statuses.index(S)}"
    assert found.route is Route.ARCHIVE


statuses = st.sampled_from(Status)
ids = st.sampled_from(["", ID, "2"])
members = st.builds(known, statuses, ids, st.frozensets(st.sampled_from(["vip", "list"])))
records = st.builds(
    contact,
    opt_in=st.sampled_from(OptIn),
    consent_seconds=st.sampled_from([None, LONG_AGO - 1, LONG_AGO + 1]),
    deleted=st.booleans(),
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
    assert found.note.reason in (Reason.ADDRESS_OF_ANOTHER, Reason.BELONGS_TO_ANOTHER_RECORD)


def test_addresses_that_are_set_free_come_first() -> None:
    """Whose address is another's waits for the others of the batch, unless their id comes twice."""
    people = {"a": known(id="9"), "b": None, "c": known(id="8"), "d": None}
    first, second, third = contact("a", "1"), contact("b", "2"), contact("c", "3")
    assert addresses_set_free_first([first, second], people) == [second, first]
    again = contact("d", "3")
    assert addresses_set_free_first([third, again, second], people) == [third, again, second]


# Records that wait for a member of another address
