"""The patience that the parents of one stream share."""

from datetime import timedelta

import pytest

from source_destination_mailchimp.mailchimp.answers import Refusal
from source_destination_mailchimp.mailchimp.errors import Refused, Unavailable
from source_destination_mailchimp.source.shared_patience import SharedPatience
from unit_tests.mailchimp.pretend import PretendClock

LONGEST = 600.0
TRIES = 64.0
"""Seconds that the tries of one call take."""


def fail(patience: SharedPatience, clock: PretendClock, stream: str = "segments") -> None:
    """Let one parent spend its tries, as far as it has any."""
    with pytest.raises(Unavailable, match="given up"), patience.trying(stream):
        clock.time += timedelta(seconds=TRIES)
        raise Unavailable("given up")


def test_parents_that_fail_one_after_the_other_give_up_together() -> None:
    """After ten minutes without an answer the next one is not tried, and says so; another stream's are."""
    clock = PretendClock()
    patience = SharedPatience(clock, LONGEST)
    tried = 0
    while not patience.is_spent("segments"):
        fail(patience, clock)
        tried += 1
    assert tried == 10
    with pytest.raises(Unavailable, match="for 10 minutes"), patience.trying("segments"):
        pytest.fail("it was tried")
    fail(patience, clock, "reports")
    assert not patience.is_spent("reports")


def test_an_answer_begins_the_time_anew() -> None:
    """Where one of the parents is answered now and then, each of the others is tried."""
    clock = PretendClock()
    patience = SharedPatience(clock, LONGEST)
    for number in range(40):
        if number % 5 == 0:
            with patience.trying("segments") as heard:
                heard()
        fail(patience, clock)
    assert not patience.is_spent("segments")


def test_what_came_before_a_failure_counts() -> None:
    """A parent that is read for an hour, page by page, and then fails has not been silent for an hour."""
    clock = PretendClock()
    patience = SharedPatience(clock, LONGEST)
    with pytest.raises(Unavailable), patience.trying("segments") as heard:
        for _ in range(60):
            clock.time += timedelta(minutes=1)
            heard()
        raise Unavailable("given up")
    assert not patience.is_spent("segments")


def test_a_refusal_is_no_silence() -> None:
    """Mailchimp was heard: nobody gives up for it."""
    clock = PretendClock()
    patience = SharedPatience(clock, LONGEST)
    for _ in range(3):
        with pytest.raises(Refused), patience.trying("segments"):
            clock.time += timedelta(hours=1)
            raise Refused(Refusal(404, "Resource Not Found", "Gone."))
    assert not patience.is_spent("segments")
