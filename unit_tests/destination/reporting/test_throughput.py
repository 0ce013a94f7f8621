"""Records per step of time: none is lost, and a run of any length has a bounded number of steps."""

from hypothesis import example, given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.reporting.throughput import MOST_STEPS, Throughput, ThroughputMeter


class Clock:
    """Time that a test turns by hand."""

    def __init__(self) -> None:
        self.seconds = 50.0

    def __call__(self) -> float:
        return self.seconds


def metered(*waits: float) -> Throughput:
    """What is measured of a run with one record after each of the waits, in seconds."""
    clock = Clock()
    meter = ThroughputMeter(clock)
    for wait in waits:
        clock.seconds += wait
        meter.count()
    return meter.measured()


def test_a_run_without_records_has_no_steps() -> None:
    """There is nothing to draw."""
    assert metered() == Throughput(1.0, ())


def test_records_of_one_second_share_a_step() -> None:
    """Steps begin at the start of the run, and a step without a record is there as zero."""
    assert metered(0.2, 0.5, 2.0) == Throughput(1.0, (2, 0, 1))


def test_steps_widen_when_there_would_be_too_many() -> None:
    """Two steps become one: the records stay in the time in which they were done."""
    measured = metered(0.5, 1.0, 119.0)
    assert measured.step_seconds == 2.0
    assert measured.records == (2, *[0] * 59, 1)


def test_a_pause_of_hours_widens_as_often_as_needed() -> None:
    """One record after a long wait is in the last step, not beyond it."""
    measured = metered(0.0, 10_000.0)
    assert measured.step_seconds == 128.0
    assert len(measured.records) <= MOST_STEPS
    assert (measured.records[0], measured.records[-1]) == (1, 1)
    assert measured.records.index(1, 1) == int(10_000 / 128)


@given(st.lists(st.floats(0, 5_000), max_size=60))
@example([119.999, 0.001, 0.001])
def test_every_record_is_counted_once(waits: list[float]) -> None:
    """However the records are spread, their number is kept, and so is the bound on steps."""
    measured = metered(*waits)
    assert sum(measured.records) == len(waits)
    assert len(measured.records) <= MOST_STEPS
    if waits:
        end = len(measured.records) * measured.step_seconds
        assert end - measured.step_seconds <= sum(waits) * (1 + 1e-9) <= end * (1 + 1e-9)
