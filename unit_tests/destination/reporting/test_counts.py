"""Counts are values: what was counted before does not change, and those of several streams add up."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.model import Note, Outcome, Reason, Settled
from source_destination_mailchimp.destination.reporting.counts import FEW_RECORDS, Counts, total
from source_destination_mailchimp.destination.reporting.tally import Tally

NOTES = st.builds(Note, st.sampled_from(list(Reason)), st.sampled_from(["", "PHONE"]), st.sampled_from(["", "words"]))
SETTLED = st.builds(
    Settled,
    st.sampled_from(list(Outcome)),
    st.none() | NOTES,
    st.lists(NOTES, max_size=2).map(tuple),
    st.booleans(),
)


def counted(records: list[Settled]) -> Counts:
    """What a tally says of these records."""
    tally = Tally()
    for settled in records:
        tally.add(settled)
    return tally.counts()


@given(st.lists(SETTLED, max_size=20), st.lists(SETTLED, max_size=20))
def test_streams_add_up(one: list[Settled], other: list[Settled]) -> None:
    """The counts of two streams together are those of all their records."""
    assert total([counted(one), counted(other)]) == counted(one + other)


@given(st.lists(SETTLED, max_size=20), SETTLED)
def test_a_value_does_not_change_after_it_was_taken(records: list[Settled], later: Settled) -> None:
    """What is counted later is in later counts only."""
    tally = Tally()
    for settled in records:
        tally.add(settled)
    before = tally.counts()
    tally.add(later)
    assert before == counted(records)
    assert tally.counts().records == before.records + 1


@given(st.lists(SETTLED, max_size=20))
def test_every_record_has_one_outcome(records: list[Settled]) -> None:
    """Whatever the outcomes, they count as many records as came, and a STATE's two numbers do too."""
    counts = counted(records)
    assert counts.outcomes == Counter(settled.outcome for settled in records)
    assert counts.records == len(records)
    assert counts.refused == counts.of(Outcome.HELD) + counts.of(Outcome.REJECTED)
    assert counts.accepted + counts.refused == len(records)


def test_a_record_with_two_notes_of_one_reason_counts_once() -> None:
    """Counts are of records; contacts that a join archived are counted one by one."""
    tags = tuple(Note(Reason.TAG_REFUSED, tag) for tag in ("vip", "new"))
    archived = (Note(Reason.OLD_CONTACT_ARCHIVED), Note(Reason.OLD_CONTACT_ARCHIVED))
    counts = counted([Settled(Outcome.UPDATED, None, (*tags, *archived)), Settled(Outcome.CREATED, None, tags[:1])])
    assert counts.beside == {Reason.TAG_REFUSED: 2, Reason.OLD_CONTACT_ARCHIVED: 1}
    assert counts.notes[Outcome.CREATED, Reason.TAG_REFUSED] == 1
    assert counts.archived_by_join == 2


def rejected(reason: Reason, n: int, *, takes_away: int = 0) -> Counts:
    """Counts of as many records rejected for a reason, of which some were to take somebody away."""
    tally = Tally()
    for number in range(n):
        tally.add(Settled(Outcome.REJECTED, Note(reason)), takes_away=number < takes_away)
    return tally.counts()


@pytest.mark.parametrize(
    ("counts", "is_grace"),
    [
        (rejected(Reason.INVALID_EMAIL, 1), True),
        (rejected(Reason.NO_EMAIL, FEW_RECORDS - 1), True),
        (rejected(Reason.ADDRESS_REFUSED, 3) + rejected(Reason.NO_EMAIL, 2), True),
        (rejected(Reason.INVALID_EMAIL, FEW_RECORDS), False),
        (rejected(Reason.INVALID_EMAIL, 3) + rejected(Reason.VALUE_REFUSED, 1), False),
        (rejected(Reason.DELETION_WITHOUT_ADDRESS, 1), False),
        (rejected(Reason.INVALID_EMAIL, 3, takes_away=1), False),
        (rejected(Reason.INVALID_EMAIL, 1) + counted([Settled(Outcome.CREATED)]), False),
        (rejected(Reason.INVALID_EMAIL, 1) + counted([Settled(Outcome.DUPLICATE)]), True),
        (counted([]), False),
    ],
)
def test_the_grace_for_a_few_bad_addresses(counts: Counts, is_grace: bool) -> None:
    """A typo or two are no outage; a lost deletion or opt-out, another reason, or many records are."""
    assert counts.is_a_few_bad_addresses == is_grace
