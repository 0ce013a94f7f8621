"""The loop's own business: statuses, estimates, silence, when half-full calls leave, and the end."""

from dataclasses import replace
from typing import Any

import pytest

from source_destination_mailchimp.airbyte.messages import Message
from source_destination_mailchimp.destination import sync as loop
from source_destination_mailchimp.destination.storing.store import KeepsNothing
from unit_tests.destination.stories.drawing import LIST, Story, draw
from unit_tests.destination.stories.telling import Player


def has_a_list(drawn: Story) -> bool:
    """Whether the first stream of a story is a list, without external ids, with people on it."""
    carriers = [member for member in drawn.audience.values() if LIST in member.tags]
    return drawn.streams[0].mirrors and not drawn.has_ids and len(carriers) > 1


SEED_OF_A_MIRROR = next(seed for seed in range(200) if has_a_list(draw(seed)))


def story(*messages: Message, **settings: Any) -> Story:
    """A story of one mirrored stream with messages of its own."""
    drawn = draw(SEED_OF_A_MIRROR)
    plain: dict[str, Any] = {"lost_answers": 0.0, "people_act": False, "capacity": None, "fuse_allows": 100}
    plain |= {"mirror_removal": "remove_tags", "new_member_status": "subscribed", "first_wins": False}
    plain |= {"updates_only": False}
    return replace(drawn, streams=drawn.streams[:1], messages=messages, **(plain | settings))


def record(number: int = 0) -> Message:
    """A record of the stream."""
    data = {"email": f"p{number}@sandbox-people.org", "FNAME": "one", "opt_in": "yes", "consent": None}
    return {"type": "RECORD", "record": {"stream": "a", "namespace": None, "data": data}}


def status(word: str, stream: str = "a") -> Message:
    """A status of a stream, as the platform sends it on."""
    stream_status = {"stream_descriptor": {"name": stream}, "status": word}
    return {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "stream_status": stream_status}}


STATE: Message = {"type": "STATE", "state": {"type": "LEGACY", "data": {"mark": 1}}}


@pytest.mark.parametrize(
    ("statuses", "may_remove"),
    [
        ([], False),
        ([status("STARTED"), status("RUNNING")], False),
        ([status("COMPLETE")], True),
        ([status("COMPLETE"), status("INCOMPLETE")], False),
        ([status("COMPLETE", "another")], False),
        ([{"type": "TRACE", "trace": {"type": "ERROR"}}, {"type": "LOG"}], False),
    ],
)
def test_only_a_complete_status_of_the_stream_ends_its_list(statuses: list[Message], may_remove: bool) -> None:
    """Every other message is passed over; nobody is taken off the list for it, and its STATEs stay."""
    played = Player(story(record(), *statuses, STATE)).play()
    people = [
        one for one in played.story.audience.values() if LIST in one.tags and one.email != "p0@sandbox-people.org"
    ]
    assert people, "somebody has to be on the list who may leave it"
    departed = [one for one in played.settlements if one.contact.record == {}]
    assert bool(departed) is may_remove
    assert bool(played.states) is may_remove


def test_an_estimate_tells_the_report_how_much_is_to_come() -> None:
    """Of a stream or of all; one without rows says nothing."""
    heard: list[tuple[Any, float]] = []
    played = Player(story(record())).built()
    played.report.expect = lambda stream, rows: heard.append((stream, rows))  # type: ignore[method-assign]
    for estimate in (
        {"type": "STREAM", "name": "a", "row_estimate": 5},
        {"type": "SYNC", "row_estimate": 9},
        {"type": "SYNC"},
    ):
        list(played.sync.run([{"type": "TRACE", "trace": {"type": "ESTIMATE", "estimate": estimate}}]))
    played.members.close()
    assert [(stream and stream.name, rows) for stream, rows in heard] == [("a", 5), (None, 9)]


def test_half_full_calls_leave_before_the_end_where_the_source_is_slow() -> None:
    """A STATE is not kept back until the source has ended: silence lets what is gathered go."""
    told = story(record(1), record(2), STATE, *[record(3)] * 3)
    told = replace(told, streams=(replace(told.streams[0], mirrors=False),))
    player = Player(told)
    played = player.built()
    out: list[Message] = []

    def messages() -> Any:
        yield from told.messages[:3]
        for _ in range(200):
            if any(message["type"] == "STATE" for message in out):
                break
            yield None
        assert [message["type"] for message in out if message["type"] == "STATE"] == ["STATE"]
        yield from told.messages[3:]

    for message in played.sync.run(messages()):
        out.append(message)
    played.members.close()


class NotesFlushes(KeepsNothing):
    """A store that tells when what it was given became durable."""

    def __init__(self, events: list[str]) -> None:
        self._events = events

    def flush(self) -> None:
        self._events.append("flush")


def test_what_is_kept_is_durable_before_a_state_leaves() -> None:
    """A STATE says that the rejected records before it are kept: the process may be killed right behind it."""
    events: list[str] = []
    told = story(record(1), STATE, status("COMPLETE"))
    told = replace(told, streams=(replace(told.streams[0], mirrors=False),))
    player = Player(told, store=NotesFlushes(events))
    played = player.built()
    for message in played.sync.run(iter(told.messages)):
        if message["type"] == "STATE":
            events.append("STATE")
    played.members.close()
    assert events.index("flush") < events.index("STATE")


def test_records_in_work_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """With more unsettled than the loop keeps, it waits for answers before it takes more."""
    monkeypatch.setattr(loop, "MOST_UNSETTLED", 3)
    monkeypatch.setattr(loop, "RECORDS_PER_TURN", 1)
    told = story(*[record(number % 7) for number in range(60)])
    player = Player(told)
    played = player.built()
    checkpoints = played.sync._checkpoints
    most = 0

    def messages() -> Any:
        nonlocal most
        for message in told.messages:
            most = max(most, checkpoints.unsettled)
            yield message

    list(played.sync.run(messages()))
    played.members.close()
    assert most <= 4
