"""When a mirrored stream may be believed to be the whole list, and what is said where it may not."""

from collections.abc import Iterator
from hashlib import md5
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.members.lookup import Members
from source_destination_mailchimp.destination.mirror.mirrored_list import Mirror
from source_destination_mailchimp.destination.model import Contact, Known, Note, Reason, Rejected
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.people import STREAM
from unit_tests.destination.pretend_reader import PretendReader, members_of


def hashed(name: str) -> str:
    """A subscriber hash."""
    return md5(name.encode(), usedforsecurity=False).hexdigest()


def contact(name: str, *, deleted: bool = False, external_id: str = "") -> Contact:
    """Somebody in the stream."""
    return Contact(STREAM, {}, f"{name}@sandbox-people.org", hashed(name), deleted=deleted, external_id=external_id)


NO_ADDRESS = Rejected(STREAM, {}, Note(Reason.NO_EMAIL))
BAD_VALUE = Rejected(STREAM, {}, Note(Reason.INVALID_VALUE), hashed("bad"))


def carrier(status: Status = Status.SUBSCRIBED, external_id: str = "") -> Known:
    """Somebody who carries the tag of the list."""
    return Known(status, "someone@sandbox-people.org", tags=frozenset({"list"}), external_id=external_id)


def carried_by(people: dict[str, Known]) -> Members:
    """An audience of which everybody was read."""
    return members_of(PretendReader(people), external_id_tag="CRMID", mirror_tags=["List"])


@pytest.fixture
def nobody() -> Iterator[Members]:
    """An empty audience."""
    members = carried_by({})
    yield members
    members.close()


def mirror(members: Members, *, full: bool = True, size: bool = False) -> Mirror:
    """A mirror of an empty stream."""
    read = (lambda record: record.get("n")) if size else None
    return Mirror(STREAM, "List", members, full, "n" if size else None, read)


def gone(mirror: Mirror) -> set[str]:
    """Who left."""
    return {subscriber for piece in mirror.gone() for subscriber in piece}


@pytest.mark.parametrize(
    ("full", "complete", "interrupted", "rows", "proven"),
    [
        (True, True, False, 3, True),
        (True, False, False, 3, False),
        (False, True, False, 3, False),
        (False, False, False, 3, False),
        (True, True, True, 3, False),
    ],
)
def test_status_proves_a_full_refresh_only(
    nobody: Members, full: bool, complete: bool, interrupted: bool, rows: int, proven: bool
) -> None:
    """COMPLETE proves a full refresh; an incremental read, a missing status and INCOMPLETE prove nothing."""
    one = mirror(nobody, full=full)
    for number in range(rows):
        one.saw(contact(str(number)), {})
    one.is_complete, one.was_interrupted = complete, interrupted
    assert one.is_proven is proven
    assert (one.objection() is None) is proven


@pytest.mark.parametrize(
    ("sizes", "proven"),
    [
        ([3, 3, 3], True),
        (["3", 3.0, "3.0"], True),
        ([4, 4, 4], False),
        ([2, 2, 2], False),
        ([3, 3, 4], False),
        ([3, 3, None], False),
        ([3, 3, True], False),
        (["many"] * 3, False),
        ([3.5] * 3, False),
        ([float("nan")] * 3, False),
        ([], False),
    ],
)
@pytest.mark.parametrize("full", [True, False])
def test_the_size_proves_whatever_the_mode(nobody: Members, sizes: list[Any], proven: bool, full: bool) -> None:
    """As many records as the column says, the same in every record, however the database writes the number."""
    one = mirror(nobody, full=full, size=True)
    for number, size in enumerate(sizes):
        one.saw(contact(str(number)), {"n": size})
    assert one.is_proven is proven


@given(st.lists(st.integers(0, 9), max_size=12), st.integers(0, 12))
def test_only_one_size_that_is_the_number_of_rows_is_a_proof(sizes: list[int], said: int) -> None:
    """Whatever the column holds, it proves the list only where every record says how many came."""
    members = carried_by({})
    one = mirror(members, size=True)
    for number, size in enumerate([*sizes, said]):
        one.saw(contact(str(number)), {"n": size})
    assert one.is_proven is ({*sizes, said} == {len(sizes) + 1})
    members.close()


def test_deleted_records_count_as_rows_and_are_not_in_the_list() -> None:
    """The column counts every row of the table; who is deleted gets `removal`, and nothing stricter."""
    members = carried_by({hashed(name): carrier() for name in ("ann", "bob", "eve")})
    one = mirror(members, size=True)
    one.saw(contact("ann"), {"n": 2})
    one.saw(contact("bob", deleted=True), {"n": 2})
    assert one.objection() is None
    assert gone(one) == {hashed("eve")}
    members.close()


@pytest.mark.parametrize(
    "deletion",
    [contact("bob", deleted=True), Rejected(STREAM, {}, Note(Reason.DELETION_WITHOUT_ADDRESS), deleted=True)],
)
def test_a_list_of_deleted_records_proves_nothing(nobody: Members, deletion: Contact | Rejected) -> None:
    """A deletion is in no list and speaks against none: beside one living record it changes nothing."""
    one = mirror(nobody)
    one.is_complete = True
    one.saw(deletion, {})
    assert "only deleted records were received" in (one.objection() or "")
    one.saw(contact("ann"), {})
    assert one.objection() is None


def test_carriers_follow_a_new_address() -> None:
    """Who is renamed by another stream and is not in the list leaves it under the new address, in the same run."""
    members = carried_by({hashed("ann"): carrier(), hashed("bob"): carrier(), hashed("eve"): carrier()})
    one = mirror(members)
    one.saw(contact("bob"), {})
    members.rename(hashed("ann"), hashed("new ann"))
    members.rename(hashed("bob"), hashed("new bob"))
    members.rename(hashed("new bob"), hashed("newer bob"))
    assert gone(one) == {hashed("new ann"), hashed("eve")}
    members.close()


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ([], "no records were received"),
        ([contact("ann"), NO_ADDRESS], "1 record has no valid email address"),
        ([contact("ann"), NO_ADDRESS, NO_ADDRESS], "2 records have no valid email address"),
        ([contact("ann"), BAD_VALUE], ""),
    ],
)
def test_a_whole_list_must_name_everybody(seen: list[Contact | Rejected], words: str) -> None:
    """An empty list and a record of nobody known stop every removal; who is rejected with an address is in the list."""
    members = carried_by({hashed("bad"): carrier()})
    one = mirror(members)
    one.is_complete = True
    for record in seen:
        one.saw(record, {})
    objection = one.objection() or ""
    assert words in objection and bool(objection) is bool(words)
    if not words:
        assert gone(one) == set()
    members.close()


@pytest.mark.parametrize(
    ("full", "size", "words"),
    [
        (True, None, "no COMPLETE status was received"),
        (False, None, "the stream is incremental"),
        (True, 7, "1 records came and list_size_field (n) says 7. Run the sync again"),
        (False, 7, "says 7. An incremental stream contains only changes"),
        (True, "?", "says nothing readable"),
    ],
)
def test_the_objection_says_how_to_meet_it(nobody: Members, full: bool, size: Any, words: str) -> None:
    """Each condition that fails is named with the way out."""
    one = mirror(nobody, full=full, size=size is not None)
    one.saw(contact("ann"), {"n": size})
    assert words in str(one.objection())


@pytest.mark.parametrize(
    ("full", "complete", "held"), [(True, True, False), (True, False, True), (False, False, False)]
)
def test_states_of_an_unproven_full_refresh_stay(nobody: Members, full: bool, complete: bool, held: bool) -> None:
    """A STATE that left would let the next attempt begin in the middle and look whole."""
    one = mirror(nobody, full=full)
    one.saw(contact("ann"), {})
    one.is_complete = complete
    assert one.holds_states is held


def test_archived_people_are_neither_counted_nor_forgotten() -> None:
    """The fuse counts who is there; an archived carrier who left still loses the tag."""
    people = {hashed("ann"): carrier(), hashed("bob"): carrier(), hashed("old"): carrier(Status.ARCHIVED)}
    members = carried_by(people)
    one = mirror(members)
    one.saw(contact("ann"), {})
    assert (one.holders(), one.count_gone()) == (2, 1)
    assert gone(one) == {hashed("bob"), hashed("old")}
    members.close()


def test_somebody_under_an_old_address_is_in_the_list() -> None:
    """With an external id a changed address is the same person, also where Mailchimp keeps the old one."""
    members = carried_by({hashed("old"): carrier(external_id="c-1")})
    one = mirror(members)
    one.saw(contact("new", external_id="c-1"), {})
    assert gone(one) == set()
    members.close()


@given(st.sets(st.integers(0, 40)), st.lists(st.integers(0, 40)))
def test_gone_are_the_holders_who_were_not_seen(holders: set[int], seen: list[int]) -> None:
    """Carriers minus the people of the stream, whatever the order and however often they came."""
    members = carried_by({hashed(str(one)): carrier() for one in holders})
    one = mirror(members)
    for number in seen:
        one.saw(contact(str(number)), {})
    assert gone(one) == {hashed(str(number)) for number in holders - set(seen)}
    assert one.count_gone() == len(holders - set(seen))
    members.close()


def test_sizes_stay_few(nobody: Members) -> None:
    """A column that is no size at all costs no memory."""
    one = mirror(nobody, size=True)
    for number in range(50):
        one.saw(contact(str(number)), {"n": number})
    assert len(one.sizes) <= 3
    assert one.objection()
