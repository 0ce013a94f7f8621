"""In which order a member's tags are listed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.sandbox.members.tag_order import listed


@pytest.mark.parametrize(
    ("added", "order"),
    [
        ({1: 5, 2: 5}, [1, 2]),
        ({2: 5, 3: 5, 1: 4}, [2, 3, 1]),
        ({1: 5, 2: 5, 3: 5}, [1, 2, 3]),
        ({1: 5, 2: 5, 3: 5, 4: 5}, [1, 3, 2, 4]),
    ],
)
def test_recorded_orders(added: dict[int, int], order: list[int]) -> None:
    """Tags put on in one second are listed in the recorded orders (observed, G)."""
    assert listed(added) == order


@given(st.lists(st.integers(0, 3), max_size=12))
def test_newest_first(times: list[int]) -> None:
    """Whatever was put on when, every tag is listed once and the newest come first (observed, LIVE-2026)."""
    added = dict(enumerate(sorted(times, reverse=True)))
    order = listed(added)
    assert sorted(order) == list(added)
    assert [added[tag] for tag in order] == list(added.values())


@given(st.lists(st.integers(0, 3), max_size=3))
def test_three_as_named(times: list[int]) -> None:
    """Up to three tags are listed as the calls name them, also with older ones behind (observed, G)."""
    added = dict(enumerate(sorted(times, reverse=True)))
    assert listed(added) == list(added)
