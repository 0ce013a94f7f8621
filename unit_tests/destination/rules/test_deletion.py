"""What a deleted record does to the members it names, to their external id and to their place in a list."""

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
from source_destination_mailchimp.destination.rules.limits import Cause, Fuse, Limits
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
        assert one.known._replace(tags=frozenset()).external_id in ("", ID)


def _takes(found: Operation | Settled, status: Status) -> bool:
    """Whether a deletion leaves somebody mailed or listed less than before: an archived tag is in no list."""
    for step in steps(found):
        if step.route in (Route.ARCHIVE, Route.DELETE):
            return True
        if step.status is U and status is not U:
            return True
        if step.tags_off and status is not A:
            return True
    return False


TAKEN = {
    ("keep", S, ()): False,
    ("keep", S, ("list",)): True,
    ("keep", A, ("list",)): False,
    ("remove_tags", S, ("news",)): True,
    ("remove_tags", S, ("others",)): False,
    ("remove_tags", U, ("news",)): True,
    ("unsubscribe", S, ()): True,
    ("unsubscribe", Status.PENDING, ()): True,
    ("unsubscribe", Status.TRANSACTIONAL, ()): False,
    ("unsubscribe", U, ()): False,
    ("archive", S, ()): True,
    ("archive", Status.PENDING, ()): True,
    ("archive", Status.CLEANED, ()): False,
    ("archive", A, ()): False,
    ("delete_permanently", S, ()): True,
    ("delete_permanently", A, ()): True,
}
"""Removal, status and tags of the member → whether the fuse counts the deletion."""


def _planned(setting: Removal, status: Status, tags: tuple[str, ...], opt_in: OptIn, id: str) -> Operation | Settled:
    there = known(status, id, *tags)
    return plan_deletion(
        deletion(opt_in=opt_in, tags=("news",)), there, (), rules(setting, mirror_tag="list"), RESERVED
    )


@pytest.mark.parametrize("case", TAKEN, ids=str)
def test_what_a_deletion_takes_is_counted_by_the_fuse(case: tuple[Removal, Status, tuple[str, ...]]) -> None:
    """Whoever is mailed or listed less for it counts, and nobody else does: also where only the id comes off."""
    found = _planned(*case, OptIn.NOT_ASKED, ID)
    assert _is_counted(found) is TAKEN[case]


def _is_counted(found: Operation | Settled) -> bool:
    """Ask a fuse that lets nobody pass."""
    if isinstance(found, Settled):
        return False
    fuse = Fuse(0)
    is_admitted = Limits(fuse).admit(found)
    assert fuse.over == ({} if is_admitted else {Cause.DELETION: 1})
    return not is_admitted


@pytest.mark.parametrize("setting", get_args(Removal))
@pytest.mark.parametrize("status", Status)
def test_the_fuse_counts_a_deletion_if_and_only_if_it_takes_something(setting: Removal, status: Status) -> None:
    """For every removal, status, answer, id and tag; an opt-out in the record counts like any other."""
    for opt_in in OptIn:
        for id in ("", ID, "of another"):
            for tags in ((), ("news",), ("list",), ("others",), ("list", "news")):
                found = _planned(setting, status, tags, opt_in, id)
                assert _is_counted(found) is _takes(found, status), (opt_in, id, tags)


@pytest.mark.parametrize("setting", get_args(Removal))
def test_a_deletion_in_doubt_counts_only_for_its_no(setting: Removal) -> None:
    """It removes nobody; a no unsubscribes, and that is counted."""
    for opt_in in OptIn:
        doubtful = deletion(opt_in=opt_in, tags=("news",), in_doubt=True)
        found = plan_deletion(doubtful, known(S, ID, "list", "news"), (), rules(setting, mirror_tag="list"), RESERVED)
        assert _is_counted(found) is (opt_in is OptIn.NO)
