"""What is remembered of segments: packed, and read back whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.source.packing import UnreadableState
from source_destination_mailchimp.source.segment_pool import KnownSegment, pack_segments, unpack_segments

names = st.sampled_from([bytes([number]).hex() * 16 for number in range(200)])
members = st.dictionaries(names, st.integers(0, 2**32 - 1), max_size=150)
segments = st.dictionaries(
    st.integers(1, 2**40), st.builds(KnownSegment, st.integers(0, 2**40 - 1), st.none() | members), max_size=5
)


@given(segments)
def test_segments_come_back_whole(known: dict[int, KnownSegment]) -> None:
    """Every member of every segment survives packing with the time that the segment had of them."""
    assert unpack_segments(pack_segments(known)) == known


def test_a_name_stands_once() -> None:
    """Somebody in ten segments takes hardly more than somebody in one."""
    people = {bytes([number]).hex() * 16: 1_700_000_000 + number for number in range(100)}
    one = pack_segments({1: KnownSegment(5, people)})
    ten = pack_segments({number: KnownSegment(5, people) for number in range(10)})
    assert len(str(ten)) < 1.6 * len(str(one))


@pytest.mark.parametrize(
    "bookmark",
    [
        {"names": "AAAA", "times": "AAAA", "segments": {}},
        {"segments": {"1": [5, "AA==", {}]}},
        {"segments": {"1": 7}},
        {"segments": {"one": [5, "", {}]}},
        {"segments": []},
    ],
)
def test_what_is_damaged_is_said(bookmark: dict[str, object]) -> None:
    """A bookmark that nobody packed is a sentence, never an exception of a library."""
    with pytest.raises(UnreadableState):
        unpack_segments(bookmark)
