"""Counts are values: what was counted before does not change, and those of several streams add up."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.model import Note, Outcome, Reason, Settled
from source_destination_mailchimp.destination.reporting.counts import Counts, total
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
def test_every_record_has_one_word(records: list[Settled]) -> None:
    """Whatever the outcomes, their words count as many records as came."""
    counts = counted(records)
    assert sum(counts.reported.values()) == counts.records == len(records)
    assert counts.outcomes == Counter(settled.outcome for settled in records)
