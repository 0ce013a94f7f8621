"""How long is waited, and that a wait can be ended."""

from itertools import accumulate, repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_destination_mailchimp.mailchimp.waiting import Patience, SystemClock


@pytest.mark.parametrize(
    ("failures", "least", "most"), [(1, 0.25, 0.5), (2, 0.5, 1.0), (5, 4.0, 8.0), (12, 30.0, 60.0)]
)
def test_backoff_doubles_up_to_a_minute(failures: int, least: float, most: float) -> None:
    """0.5, 1, 2, 4 … seconds at most, and half of it at least."""
    patience = Patience()
    assert patience.wait_seconds(failures, 0.0) == least
    assert patience.wait_seconds(failures, 1.0) == most


@given(st.integers(1, 60), st.floats(0.0, 1.0, exclude_max=True))
@settings(deadline=None)
def test_no_wait_is_longer_than_the_longest(failures: int, jitter: float) -> None:
    """Whatever chance says, a wait is between nothing and a minute."""
    assert 0.0 < Patience().wait_seconds(failures, jitter) <= 60.0


def test_polls_get_rarer() -> None:
    """A batch job is looked after at once, and in the end every twenty seconds."""
    patience = Patience()
    waits = list(accumulate(repeat(0.0, 20), lambda wait, _: patience.next_poll_seconds(wait), initial=0.2))
    assert waits == sorted(waits)
    assert waits[-1] == 20.0


def test_a_woken_clock_does_not_wait() -> None:
    """An hour's sleep ends at once when the run is over."""
    clock = SystemClock()
    clock.wake()
    before = clock.now()
    clock.sleep(3600.0)
    assert (clock.now() - before).total_seconds() < 60.0
    assert 0.0 <= clock.jitter() < 1.0
