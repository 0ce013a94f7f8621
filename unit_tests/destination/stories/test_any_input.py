"""Any input at all: records in are outcomes out, or the run failed; and no list loses anybody behind a broken line."""

import json
from collections.abc import Iterator
from dataclasses import replace
from tempfile import TemporaryFile
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.airbyte.lines import messages
from source_destination_mailchimp.airbyte.messages import Damaged, InputError, Line, Message, Unreadable
from source_destination_mailchimp.destination.checkpoints import Ticket
from source_destination_mailchimp.destination.model import Contact, Rejected
from source_destination_mailchimp.destination.sync import MapsRecords
from unit_tests.destination.people import UNTIMED, compiled
from unit_tests.destination.stories.drawing import PEOPLE, Story, Stream, draw
from unit_tests.destination.stories.telling import Player

STORY = next(story for story in map(draw, range(200)) if story.streams[0].mirrors and not story.has_ids)

JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["a", "", "RECORD"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES_OF_PARTS = (
    "type record stream namespace data state trace stream_status stream_descriptor name status estimate email"
)
PARTS = st.sampled_from(NAMES_OF_PARTS.split())


def record(email: Any, value: Any) -> Message:
    """A record of the mirrored stream."""
    return {"type": "RECORD", "record": {"stream": "a", "namespace": None, "data": {"email": email, "FNAME": value}}}


STATUS = {"stream_descriptor": {"name": "a", "namespace": ""}, "status": "COMPLETE"}
DESCRIPTOR = {"stream_descriptor": {"name": "a"}, "stream_state": {"mark": 1}}
ESTIMATE = {"name": "a", "type": "STREAM", "row_estimate": 7}
MESSAGES = st.builds(record, st.sampled_from(PEOPLE), JUNK) | st.sampled_from(
    [
        {"type": "STATE", "state": {"type": "STREAM", "stream": DESCRIPTOR}},
        {"type": "STATE", "state": {"type": "GLOBAL", "global": {}}},
        {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "stream_status": STATUS}},
        {"type": "TRACE", "trace": {"type": "ESTIMATE", "estimate": ESTIMATE}},
    ]
)


def twisted(message: Any, name: str, junk: Any) -> Any:
    """The message with something else where this part of it was."""
    if not isinstance(message, dict):
        return message
    return {key: junk if key == name else twisted(value, name, junk) for key, value in message.items()}


def written(message: Any) -> bytes:
    """A message as a sender without care writes it: NaN, and halves of characters, are in it as they are."""
    return json.dumps(message).encode()


def damaged(line: bytes, place: int, instead: bytes) -> bytes:
    """The line with other bytes at a place."""
    return line[: place % (len(line) + 1)] + instead + line[(place + 3) % (len(line) + 1) :]


GOOD = st.builds(written, MESSAGES)
TWISTED = st.builds(written, st.builds(twisted, MESSAGES, PARTS, JUNK))
DAMAGED = st.builds(damaged, GOOD, st.integers(0, 400), st.binary(max_size=3))
LINES = st.lists(GOOD | GOOD | TWISTED | DAMAGED | st.binary(max_size=20), max_size=12)


class AsReal:
    """The real mapping, for the streams of a story."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._mapper = compiled(("email", "FNAME"))

    def map(self, record: Any) -> Contact | Rejected:
        """Return what the real mapping makes of a record."""
        found = self._mapper.map(record)
        if isinstance(found, Contact):
            return found._replace(stream=self._stream.id)
        return replace(found, stream=self._stream.id)


class RealPlayer(Player):
    """Plays with the real mapping, which takes whatever a record holds."""

    def mapper(self, stream: Stream) -> MapsRecords:
        """Return the real one."""
        return AsReal(stream)


def read(lines: list[bytes], *, is_ended: bool) -> list[Line]:
    """What the command would read of these lines."""
    with TemporaryFile() as file:
        file.write(b"\n".join(lines) + (b"\n" if is_ended else b""))
        file.seek(0)
        return [line for line in messages(file.fileno()) if line is not None]


@UNTIMED
@given(LINES, st.booleans())
def test_records_in_are_outcomes_out_or_the_run_failed(lines: list[bytes], is_ended: bool) -> None:
    """Nothing raises but the sentence for a message that makes no sense; who is on a list stays where a line broke."""
    given_lines = read(lines, is_ended=is_ended)
    story: Story = replace(STORY, streams=STORY.streams[:1], messages=(), lost_answers=0.0, people_act=False)
    player = RealPlayer(story)
    played = player.built()
    out: list[Message] = []
    try:
        out.extend(played.sync.run(counted(given_lines, played.taken)))
    except InputError as error:
        assert str(error).startswith("The input has a ")
        return
    finally:
        played.close()
    of_records = [one for one in played.settlements if isinstance(one.origin, Ticket)]
    expected = sum(map(may_be_a_record, played.taken))
    assert len(of_records) == expected or (played.sync.is_stopped and len(of_records) < expected)
    unreadable = [line for line in given_lines if isinstance(line, Unreadable)]
    if unreadable and not played.sync.is_stopped:
        assert len(of_records) == len(played.settlements), "somebody was taken off the list"
    states = [one for one in out if one["type"] == "STATE"]
    if unreadable and unreadable[0] is given_lines[0]:
        assert not states


def counted(lines: list[Line], taken: list[Line]) -> Iterator[Line]:
    """The lines, each noted when the loop asks for it."""
    for line in lines:
        taken.append(line)
        yield line


def may_be_a_record(line: Line) -> bool:
    """Whether a line has to have an outcome."""
    if isinstance(line, Unreadable):
        return True
    message = line.message if isinstance(line, Damaged) else line
    return message.get("type") == "RECORD"


@UNTIMED
@given(LINES, st.booleans())
def test_every_line_is_something(lines: list[bytes], is_ended: bool) -> None:
    """No line is lost between the descriptor and the loop: each that is not blank is a message or unreadable."""
    whole = b"\n".join(lines).split(b"\n")
    found = read(lines, is_ended=is_ended)
    assert len(found) == sum(1 for line in whole if line.strip())
