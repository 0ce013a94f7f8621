"""What a deleted record does to the members it names, to their external id and to their place in a list."""

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.form.field_mapping import Write
from source_destination_mailchimp.destination.form.settings import Removal
from source_destination_mailchimp.destination.model import (
    Contact,
    Known,
    Note,
    Operation,
    OptIn,
    Outcome,
    Reason,
    Route,
    Settled,
)
from source_destination_mailchimp.destination.rules import consent
from source_destination_mailchimp.destination.rules.after_write import known_after
from source_destination_mailchimp.destination.rules.consent import MAILABLE
from source_destination_mailchimp.destination.rules.deletion import plan_deletion
from source_destination_mailchimp.destination.rules.field_writes import FieldWrites
from source_destination_mailchimp.destination.rules.joining import Owner, ReservedTags
from source_destination_mailchimp.destination.rules.plan import StreamRules
from source_destination_mailchimp.destination.rules.tags import TagRules
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.people import STREAM

ID = "1"
RESERVED = ReservedTags("CRMID", frozenset({"list"}))
S, U, A = Status.SUBSCRIBED, Status.UNSUBSCRIBED, Status.ARCHIVED
STAY_MAILABLE = (S, Status.PENDING, Status.TRANSACTIONAL)


def deletion(email: str = "a@b.org", hash: str = "aa", **parts: Any) -> Contact:
    """A deleted record."""
    return Contact(STREAM, {}, email, hash, deleted=True, **({"external_id": ID} | parts))


def known(status: Status = S, id: str = ID, *tags: str) -> Known:
    """A member."""
    return Known(status, "a@b.org", 1.0, "then", {}, frozenset(tags), id)


def rules(setting: Removal, *, mirror_tag: str = "", otherwise: Write = "always") -> StreamRules:
    """The policies of a stream."""
    always = (mirror_tag,) if mirror_tag else ()
    return StreamRules(
        STREAM,
        consent.Rules("subscribed", "never"),
        lambda: 0.0,
        removal=setting,
        tags=TagRules(always),
        mirror_tag=mirror_tag,
        writes=FieldWrites(otherwise),
    )


def steps(found: Operation | Settled) -> list[Operation]:
    """An operation and what follows it."""
    if isinstance(found, Settled):
        return []
    return [found, *(steps(found.then) if found.then else [])]


@pytest.mark.parametrize("otherwise", ["always", "if_empty"])
@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("setting", ["keep", "remove_tags"])
def test_who_stays_mailable_gives_the_id_up(setting: Removal, status: Status, otherwise: Write) -> None:
    """Whoever owns the address next is not refused for it; an opt-out keeps the id, which carries it on."""
    found = plan_deletion(deletion(), known(status), (), rules(setting, otherwise=otherwise), RESERVED)
    if status not in STAY_MAILABLE:
        assert isinstance(found, Settled)
        return
    assert isinstance(found, Operation)
    assert (found.route, found.changes) == (Route.PATCH, {"merge_fields": {"CRMID": ""}})
    assert (found.settled.outcome, found.status, found.takes_away) == (Outcome.UPDATED, None, False)
    assert known_after(found, {}, status).external_id == ""


@pytest.mark.parametrize("external_id", ["", "2"])
def test_an_id_that_is_not_the_records_stays(external_id: str) -> None:
    """A deletion without an id, or of a member without one, writes no id."""
    assert isinstance(plan_deletion(deletion(external_id=""), known(), (), rules("keep"), RESERVED), Settled)
    assert isinstance(plan_deletion(deletion(), known(S, external_id), (), rules("keep"), RESERVED), Settled)


def test_the_id_goes_last() -> None:
    """A second delivery after a kill between the two finds the member by its id, or the address without one."""
    found = plan_deletion(deletion("", "aa"), known(S, ID, "crm"), (), rules("remove_tags", mirror_tag="crm"), RESERVED)
    assert [(one.route, one.tags_off) for one in steps(found)] == [(Route.NOTHING, ("crm",)), (Route.PATCH, ())]
    assert steps(found)[1].known == known(S, ID)
    again = plan_deletion(deletion(), known(S, "", "crm"), (), rules("remove_tags", mirror_tag="crm"), RESERVED)
    assert [one.tags_off for one in steps(again)] == [("crm",)]


def test_a_member_without_an_id_is_not_another_records() -> None:
    """It is removed, and gets no id by it."""
    found = plan_deletion(deletion(), known(S, ""), (), rules("unsubscribe"), RESERVED)
    assert isinstance(found, Operation)
    assert found.settled.outcome is Outcome.UNSUBSCRIBED
    assert known_after(found, {}, U).external_id == ""


def test_a_deletion_without_an_id_is_of_whoever_is_at_its_address() -> None:
    """It names the address alone, so the id that is there says nothing against it."""
    found = plan_deletion(deletion(external_id=""), known(S, "2"), (), rules("archive"), RESERVED)
    assert isinstance(found, Operation)
    assert found.route is Route.ARCHIVE


def test_the_member_at_the_address_is_written_once() -> None:
    """It is also among those with the id."""
    owner = Owner("aa", known())
    for email in ("a@b.org", ""):
        found = plan_deletion(deletion(email), known(), [owner], rules("unsubscribe"), RESERVED)
        assert [one.subscriber for one in steps(found)] == ["aa"]


def test_whoever_is_taken_away_keeps_the_id() -> None:
    """It carries the opt-out to the next address."""
    for setting in ("unsubscribe", "archive", "delete_permanently"):
        found = plan_deletion(deletion(), known(), (), rules(setting), RESERVED)
        assert [one.changes for one in steps(found)] == [{}]


def test_a_member_with_another_id_is_left_alone() -> None:
    """The address has gone over to another record."""
    found = plan_deletion(deletion(), known(S, "2", "list"), (), rules("archive", mirror_tag="list"), RESERVED)
    assert isinstance(found, Settled)
    assert found.reason is Reason.BELONGS_TO_ANOTHER_RECORD


@pytest.mark.parametrize("setting", get_args(Removal))
@pytest.mark.parametrize("status", Status)
def test_who_is_deleted_is_in_no_list(setting: Removal, status: Status) -> None:
    """The mirror tag of the stream comes off under every removal; a tag of another list stays."""
    found = plan_deletion(
        deletion(), known(status, ID, "list", "other"), (), rules(setting, mirror_tag="list"), RESERVED
    )
    assert isinstance(found, Operation)
    erased = found.route is Route.DELETE
    assert [tag for one in steps(found) for tag in one.tags_off] == ([] if erased else ["list"])


@pytest.mark.parametrize("setting", get_args(Removal))
def test_a_no_on_a_deleted_record_counts(setting: Removal) -> None:
    """Whoever says no and stays in the audience is unsubscribed, and keeps the id."""
    found = plan_deletion(deletion(opt_in=OptIn.NO), known(), (), rules(setting), RESERVED)
    assert isinstance(found, Operation)
    if setting == "delete_permanently":
        assert found.route is Route.DELETE
    else:
        assert (found.status, found.settled.outcome, found.then) == (U, Outcome.UNSUBSCRIBED, None)


@pytest.mark.parametrize("setting", get_args(Removal))
def test_a_deletion_in_doubt_removes_nobody(setting: Removal) -> None:
    """Nobody goes, no list and no id changes; the record is rejected where anything would have been done."""
    found = plan_deletion(
        deletion(in_doubt=True), known(S, ID, "list"), (), rules(setting, mirror_tag="list"), RESERVED
    )
    assert found == Settled(Outcome.REJECTED, Note(Reason.DELETION_IN_DOUBT))
    gone = plan_deletion(deletion(in_doubt=True), None, (), rules(setting), RESERVED)
    assert isinstance(gone, Settled)
    assert gone.reason is Reason.ALREADY_GONE


@pytest.mark.parametrize("setting", get_args(Removal))
def test_a_no_counts_on_a_deletion_in_doubt(setting: Removal) -> None:
    """The contact is unsubscribed and keeps tags and id; that it was not removed is said."""
    doubtful = deletion(in_doubt=True, opt_in=OptIn.NO)
    found = plan_deletion(doubtful, known(S, ID, "list"), (), rules(setting, mirror_tag="list"), RESERVED)
    assert isinstance(found, Operation)
    assert (found.route, found.status, found.changes) == (Route.CHANGE_STATUS, U, {})
    assert (found.tags_off, found.then) == ((), None)
    assert Reason.OPTED_OUT_ONLY in {note.reason for note in found.settled.beside}
    left = plan_deletion(doubtful, known(U, ID, "list"), (), rules(setting, mirror_tag="list"), RESERVED)
    assert isinstance(left, Settled)
    assert left.reason is Reason.DELETION_IN_DOUBT


@pytest.mark.parametrize("email", ["a@b.org", ""])
def test_every_member_that_is_named_goes(email: str) -> None:
    """The one at the address and those with the id elsewhere; an archived one is gone already."""
    owners = [Owner("archived", known(A)), Owner("there", known()), Owner("aa", known())]
    found = plan_deletion(deletion(email), known(), owners, rules("unsubscribe"), RESERVED)
    assert {one.subscriber for one in steps(found)} == {"aa", "there"}
    assert all(one.status is U for one in steps(found))


statuses = st.sampled_from(Status)
members = st.builds(known, statuses, st.sampled_from(["", ID, "2"]), st.sampled_from(["list", "vip"]))
owners = st.lists(
    st.builds(Owner, st.sampled_from(["o1", "o2"]), st.builds(known, statuses)), unique_by=lambda one: one.hash
)


@given(st.sampled_from(OptIn), st.none() | members, owners, st.sampled_from(get_args(Removal)))
def test_no_deletion_makes_anybody_mailable_or_clears_the_id_of_an_opt_out(
    opt_in: OptIn, at_address: Known | None, elsewhere: list[Owner], setting: Removal
) -> None:
    """Whatever is there: only unsubscribed is written, nobody is added, and the id stays on whoever gets no mail."""
    found = plan_deletion(deletion(opt_in=opt_in), at_address, elsewhere, rules(setting, mirror_tag="list"), RESERVED)
    for one in steps(found):
        assert one.known is not None
        assert one.status in (None, U)
        assert one.route is not Route.ADD
        if one.changes:
            assert MAILABLE[one.known.status] > 0
            assert one.known.external_id == ID
        assert replace(one.known, tags=frozenset()).external_id in ("", ID)
