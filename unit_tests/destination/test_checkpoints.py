"""A STATE passes only when every record before it is settled."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.airbyte.messages import InputError
from source_destination_mailchimp.destination.checkpoints import Checkpoints, Ticket
from source_destination_mailchimp.destination.model import StreamId

USERS = StreamId(None, "users")
ORDERS = StreamId("shop", "orders")
BUYERS = StreamId("shop", "users")
STREAMS = (USERS, ORDERS, BUYERS)


def stream_state(stream: StreamId, number: int = 0) -> dict[str, Any]:
    descriptor: dict[str, Any] = {"name": stream.name}
    if stream.namespace:
        descriptor["namespace"] = stream.namespace
    return {"type": "STATE", "state": {"type": "STREAM", "id": number, "stream": {"stream_descriptor": descriptor}}}


def global_state(number: int = 0) -> dict[str, Any]:
    return {"type": "STATE", "state": {"type": "GLOBAL", "id": number, "global": {"stream_states": []}}}


def legacy_state(number: int = 0) -> dict[str, Any]:
    return {"type": "STATE", "state": {"id": number, "data": {"users": {"cursor": 1}}}}


def numbers(messages: list[dict[str, Any]]) -> list[int]:
    return [message["state"]["id"] for message in messages]


def counts(message: dict[str, Any]) -> tuple[float, float]:
    stats = message["state"]["destinationStats"]
    return stats["recordCount"], stats["rejectedRecordCount"]


def test_a_state_waits_for_the_records_before_it() -> None:
    """With one record of two unsettled nothing leaves; with the second the state leaves, once."""
    points = Checkpoints()
    tickets = [points.record(USERS), points.record(USERS)]
    points.state(stream_state(USERS))
    points.settle(tickets[0], True)
    assert points.passed() == []
    points.settle(tickets[1], False)
    assert [counts(message) for message in points.passed()] == [(1.0, 1.0)]
    assert points.passed() == []


def test_a_state_of_an_unknown_stream_waits_for_all_records() -> None:
    """Nobody knows what it covers, so it is taken to cover everything before it."""
    points = Checkpoints(streams={USERS})
    ticket = points.record(USERS)
    points.state(stream_state(ORDERS, 1))
    points.state({"type": "STATE", "state": {"type": "STREAM", "stream": "odd", "id": 2}})
    assert points.passed() == []
    points.settle(ticket, True)
    assert numbers(points.passed()) == [1, 2]


def test_a_record_of_no_stream_is_in_no_state() -> None:
    """It settles like any other, and no STATE waits for it or counts it."""
    points = Checkpoints()
    ticket = points.record_of_no_stream()
    points.state(stream_state(USERS, 1))
    assert [counts(message) for message in points.passed()] == [(0.0, 0.0)]
    assert points.unsettled == 1
    points.settle(ticket, False)
    assert points.unsettled == 0


def test_what_comes_after_keep_back_does_not_leave() -> None:
    """What came before may still leave, and records go on to settle."""
    points = Checkpoints()
    ticket = points.record(USERS)
    points.state(stream_state(USERS, 1))
    points.keep_back()
    later = points.record(USERS)
    points.state(stream_state(USERS, 2))
    points.settle(ticket, True)
    points.settle(later, True)
    assert numbers(points.passed()) == [1]


@pytest.mark.parametrize("state", [None, "text", [], 5])
def test_a_state_without_a_state_is_a_sentence(state: Any) -> None:
    """Nobody could pass it on with its counts."""
    with pytest.raises(InputError, match="STATE message without a state"):
        Checkpoints().state({"type": "STATE", "state": state})


def test_a_record_after_a_state_does_not_hold_it_back() -> None:
    """A state speaks of what came before it, so what came after is the next one's."""
    points = Checkpoints()
    points.state(stream_state(USERS, 1))
    ticket = points.record(USERS)
    assert numbers(points.passed()) == [1]
    points.state(stream_state(USERS, 2))
    assert points.passed() == []
    points.settle(ticket, True)
    assert counts(points.passed()[0]) == (1.0, 0.0)


def test_a_state_leaves_as_it_came_with_its_counts_beside() -> None:
    """The platform's id and every key we do not know survive, and the counts are doubles."""
    points = Checkpoints()
    message = stream_state(USERS, 7)
    message["emitted_by"] = "somebody"
    message["state"]["sourceStats"] = {"recordCount": 3.0}
    points.state(message)
    (passed,) = points.passed()
    stats = passed["state"].pop("destinationStats")
    assert stats == {"recordCount": 0.0, "rejectedRecordCount": 0.0}
    assert all(isinstance(value, float) for value in stats.values())
    assert passed == message


def test_a_state_for_everything_overtakes_no_state_before_it() -> None:
    """The records of a stream's own STATE are behind that STATE; while one is unsettled, neither of the two leaves."""
    points = Checkpoints()
    ticket = points.record(USERS)
    points.state(stream_state(USERS, 1))
    points.state(global_state(2))
    points.settle(points.record(ORDERS), True)
    assert points.passed() == []
    points.settle(ticket, True)
    assert numbers(points.passed()) == [1, 2]


@pytest.mark.parametrize("make", [global_state, legacy_state])
def test_a_state_for_everything_waits_for_every_stream(make: Callable[[int], dict[str, Any]]) -> None:
    """GLOBAL states, and those of the old form, cover the records of all streams."""
    points = Checkpoints()
    first, second = points.record(USERS), points.record(ORDERS)
    points.state(make(1))
    points.settle(first, True)
    assert points.passed() == []
    points.settle(second, False)
    assert counts(points.passed()[0]) == (1.0, 1.0)


def test_streams_of_one_name_in_two_namespaces_are_two_streams() -> None:
    """A slow `users` does not hold back `shop.users`."""
    points = Checkpoints()
    points.record(USERS)
    points.settle(points.record(BUYERS), True)
    points.state(stream_state(BUYERS, 1))
    assert numbers(points.passed()) == [1]


def test_a_stream_state_that_names_no_stream_covers_everything() -> None:
    """What cannot be told apart waits for all: too late is safe, too early loses people."""
    points = Checkpoints()
    ticket = points.record(USERS)
    points.state({"type": "STATE", "state": {"type": "STREAM", "id": 1}})
    assert points.passed() == []
    points.settle(ticket, True)
    assert numbers(points.passed()) == [1]


def test_a_held_stream_waits_for_its_release_and_blocks_no_other() -> None:
    """The states of a mirrored stream stay until it has ended; its neighbour's leave."""
    points = Checkpoints(held_streams={ORDERS})
    points.state(stream_state(ORDERS, 1))
    points.state(stream_state(USERS, 2))
    assert numbers(points.passed()) == [2]
    points.release(ORDERS)
    assert numbers(points.passed()) == [1]


def test_a_state_for_everything_waits_for_held_streams() -> None:
    """A GLOBAL state covers the mirrored stream too, so it may not leave before that stream has ended."""
    points = Checkpoints(held_streams={ORDERS})
    points.state(global_state(1))
    points.state(stream_state(USERS, 2))
    assert points.passed() == []
    points.release(ORDERS)
    assert numbers(points.passed()) == [1, 2]


def test_a_dry_run_lets_no_state_pass() -> None:
    """With drop set the same records come again next time."""
    points = Checkpoints(drop=True)
    points.settle(points.record(USERS), True)
    points.state(stream_state(USERS))
    points.state(global_state())
    assert points.passed() == []
    assert points.unsettled == 0


def test_settling_twice_is_an_error() -> None:
    """Every record has exactly one outcome; a second one is our bug and not counted away."""
    points = Checkpoints()
    ticket = points.record(USERS)
    points.settle(ticket, True)
    with pytest.raises(ValueError, match="twice"):
        points.settle(ticket, True)


def test_what_is_in_work_at_a_stop_may_still_settle() -> None:
    """A stop cuts off what comes after it; the states of what came before still leave."""
    points = Checkpoints()
    ticket = points.record(USERS)
    points.state(stream_state(USERS, 1))
    points.stop()
    late = points.record(USERS)
    points.state(stream_state(USERS, 2))
    points.settle(late, True)
    points.settle(ticket, True)
    assert numbers(points.passed()) == [1]
    assert points.unsettled == 1


def test_a_record_after_a_stop_never_settles_even_beside_older_ones() -> None:
    """Records of one stream before and after a stop are told apart although no state stands between them."""
    points = Checkpoints()
    before = points.record(USERS)
    points.stop()
    points.settle(points.record(USERS), True)
    points.settle(before, True)
    assert points.unsettled == 1


def test_states_that_may_leave_together_leave_in_the_order_they_came() -> None:
    """Also across streams, so that what the platform sees does not depend on how streams are kept here."""
    points = Checkpoints()
    for number, stream in enumerate([USERS, ORDERS, USERS, BUYERS, ORDERS]):
        points.state(stream_state(stream, number))
    assert numbers(points.passed()) == [0, 1, 2, 3, 4]


def test_records_share_a_ticket() -> None:
    """Memory grows with states, not with records: between two states a stream has one ticket."""
    points = Checkpoints()
    assert len({id(points.record(USERS)) for _ in range(1000)}) == 1
    assert points.unsettled == 1000


@dataclass
class Arrival:
    """What the model remembers of one state: which records it covers, in its own plain words."""

    number: int
    stream: StreamId | None
    covers: set[int] = field(default_factory=set)
    counts: set[int] = field(default_factory=set)


@dataclass
class Play:
    """A run of the checkpoints beside a model that keeps every record by itself."""

    points: Checkpoints
    held: set[StreamId]
    tickets: dict[int, Ticket] = field(default_factory=dict)
    streams: dict[int, StreamId] = field(default_factory=dict)
    settled: dict[int, bool] = field(default_factory=dict)
    uncounted: set[int] = field(default_factory=set)
    states: list[Arrival] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    stopped: bool = False

    def record(self, stream: StreamId) -> None:
        number = len(self.tickets)
        self.tickets[number] = self.points.record(stream)
        self.streams[number] = stream
        self.uncounted.add(number)

    def state(self, stream: StreamId | None) -> None:
        number = len(self.states)
        covered = {key for key, of in self.streams.items() if stream is None or of == stream}
        self.states.append(Arrival(number, stream, covered, covered & self.uncounted))
        self.uncounted -= covered
        self.points.state(global_state(number) if stream is None else stream_state(stream, number))

    def settle(self, position: int, accepted: bool) -> None:
        open_ones = [number for number in self.tickets if number not in self.settled]
        if open_ones:
            number = open_ones[position % len(open_ones)]
            self.settled[number] = accepted
            self.points.settle(self.tickets[number], accepted)

    def leave(self) -> None:
        for message in self.points.passed():
            self.check(message)

    def check(self, message: dict[str, Any]) -> None:
        state = self.states[message["state"]["id"]]
        assert state.covers <= self.settled.keys()
        blocked = [state.stream] if state.stream else list(self.held)
        assert not self.held.intersection(blocked)
        for other in self.states[: state.number]:
            if state.stream is None or other.stream is None or other.stream == state.stream:
                assert other.number in self.left
        refused = {number for number in state.counts if not self.settled[number]}
        assert counts(message) == (len(state.counts) - len(refused), len(refused))
        assert state.number not in self.left
        self.left.append(state.number)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("record"), st.sampled_from(STREAMS)),
        st.tuples(st.just("state"), st.sampled_from((*STREAMS, *STREAMS, None))),
        st.tuples(st.just("settle"), st.tuples(st.integers(0, 50), st.booleans())),
        st.tuples(st.just("leave"), st.none()),
        st.tuples(st.just("release"), st.sampled_from(STREAMS)),
    ),
    max_size=60,
)


def play(steps: list[tuple[str, Any]], held: set[StreamId]) -> Play:
    run = Play(Checkpoints(held_streams=held), set(held))
    for what, argument in steps:
        match what:
            case "record":
                run.record(argument)
            case "state":
                run.state(argument)
            case "settle":
                run.settle(*argument)
            case "release":
                run.held.discard(argument)
                run.points.release(argument)
            case _:
                run.leave()
    return run


def finish(run: Play) -> None:
    for stream in STREAMS:
        run.held.discard(stream)
        run.points.release(stream)
    while len(run.settled) < len(run.tickets):
        run.settle(0, True)
    run.leave()


@given(STEPS, st.sets(st.sampled_from(STREAMS), max_size=2))
def test_no_state_leaves_early_and_every_state_leaves_in_the_end(
    steps: list[tuple[str, Any]], held: set[StreamId]
) -> None:
    """For every order of events: nothing unsettled is covered, order holds, and each record is counted once."""
    run = play(steps, held)
    unsettled = len(run.tickets) - len(run.settled)
    assert run.points.unsettled == unsettled
    finish(run)
    assert sorted(run.left) == list(range(len(run.states)))
    assert sum(len(state.counts) for state in run.states) + len(run.uncounted) == len(run.tickets)


@given(STEPS, STEPS)
def test_nothing_that_comes_after_a_stop_leaves(before: list[tuple[str, Any]], after: list[tuple[str, Any]]) -> None:
    """Whatever happens after a stop, only states that were there before it leave, and all of those do."""
    run = play(before, set())
    run.points.stop()
    for what, argument in after:
        if what == "record":
            run.points.settle(run.points.record(argument), True)
        elif what == "state":
            run.points.state(global_state(-1) if argument is None else stream_state(argument, -1))
        elif what == "settle":
            run.settle(*argument)
        run.leave()
    finish(run)
    assert sorted(run.left) == list(range(len(run.states)))
