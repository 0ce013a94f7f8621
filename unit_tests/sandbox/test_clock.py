"""The sandbox's time."""

import pytest

from source_destination_mailchimp.sandbox.account.clock import Clock, iso, parse_time


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2022-02-23T16:25:57+00:00", 1645633557),
        ("2022-02-23T16:25:57Z", 1645633557),
        ("2022-02-23T16:25:56.999Z", 1645633556.999),
        ("2022-02-23T18:25:57+02:00", 1645633557),
        ("2022-02-23 16:25:57", 1645633557),
        ("2022-02-23T16%3A25%3A57Z", 1645633557),
    ],
)
def test_reading_times(text: str, seconds: float) -> None:
    """ISO 8601 times are read with Z, offsets and milliseconds (observed, G)."""
    assert parse_time(text) == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize("text", ["", "yesterday", "2022-02-23T16:25:57 00:00", "2022-13-01"])
def test_what_is_no_time(text: str) -> None:
    """Anything else is no time (inferred, FACTS 10)."""
    with pytest.raises(ValueError, match=r".*"):
        parse_time(text)


def test_printing_times() -> None:
    """Times print with +00:00, and no time as "" (observed, G)."""
    assert (iso(1645633557), iso(0)) == ("2022-02-23T16:25:57+00:00", "")


def test_frozen_clock() -> None:
    """A frozen clock stands still, can be moved, and runs on from there (promise)."""
    clock = Clock()
    clock.move_to(1000)
    assert 1000 <= clock.now() <= 1002
    clock.freeze()
    stood = clock.moment()
    assert clock.moment() == stood
    clock.move_to(5000)
    assert clock.now() == 5000
    clock.run()
    assert 5000 <= clock.now() <= 5002
