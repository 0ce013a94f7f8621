"""Stories with lines that cannot be read, and with ends in between: nothing of them is ever taken for a success."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from source_destination_mailchimp.airbyte.messages import Damaged, Line, Message, Unreadable
from source_destination_mailchimp.destination.checkpoints import Ticket
from source_destination_mailchimp.destination.model import NO_STREAM, Contact, OptIn, Outcome, Reason, Settled, StreamId
from source_destination_mailchimp.destination.rules.field_writes import ALWAYS
from source_destination_mailchimp.destination.storing.store import KeepsNothing
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.stories import test_stories as stories
from unit_tests.destination.stories.consent_promises import nobody_is_mailed_who_opted_out
from unit_tests.destination.stories.drawing import Story, draw
from unit_tests.destination.stories.telling import Played, Player


class KeptInMemory(KeepsNothing):
    """A store whose rows a test can count."""

    keeps = True

    def __init__(self) -> None:
        self.rows: list[tuple[StreamId, Mapping[str, Any]]] = []

    def add(self, stream: StreamId, settled: Settled, record: Mapping[str, Any]) -> None:
        """Keep a record that did not get through."""
        self.rows.append((stream, record))


def with_unreadable_lines(story: Story) -> list[Line]:
    """The messages of a story with some lines between them that nobody can read; some records lost half a character."""
    luck = Random(story.seed + 1)
    lines: list[Line] = []
    for message in story.messages:
        is_damaged = message["type"] == "RECORD" and luck.random() < 0.1
        lines.append(Damaged(message) if is_damaged else message)
    for number in range(luck.choice([1, 1, 2, 5])):
        name = luck.choice([None, "a", "b", "nobody knows it"])
        namespace = luck.choice([None, "", "db"])
        lines.insert(luck.randint(0, len(lines)), Unreadable(number, b"who is it", name, namespace))
    return lines


@pytest.mark.parametrize("seeds", stories.CHUNKS[: len(stories.CHUNKS) // 2], ids=str)
@pytest.mark.parametrize("keeps", [True, False])
def test_an_unreadable_line_is_one_rejected_record(seeds: range, keeps: bool) -> None:
    """Records in are outcomes out, no list loses anybody, and without a store no later STATE leaves."""

    def holds(story: Story) -> None:
        store = KeptInMemory() if keeps else KeepsNothing()
        lines = with_unreadable_lines(story)
        played = Player(story, store=store).play(tuple(lines))
        every_line_has_one_outcome(played)
        nobody_left_a_list(played)
        deletions_in_doubt_are_rejected(story, played)
        states_tell_the_truth(lines, played, keeps=keeps)
        if isinstance(store, KeptInMemory):
            kept = [record for _, record in store.rows if record.get("raw") == "who is it"]
            assert len(kept) == played.sync.unreadable.count
        nobody_is_mailed_who_opted_out(story, played)

    stories.each(seeds, holds)


def every_line_has_one_outcome(played: Played) -> None:
    """As many outcomes as records and lines that may have been one; where a fuse stopped the run, no more than that."""
    unreadable = sum(isinstance(line, Unreadable) for line in played.taken)
    damaged = sum(isinstance(line, Damaged) for line in played.taken)
    settled = [one for one in played.settlements if isinstance(one.origin, Ticket)]
    expected = stories.records(played.taken) + unreadable + damaged
    assert len(settled) == expected or (played.sync.is_stopped and len(settled) < expected)
    rejected = [one.settled for one in settled if _reason(one.settled) is Reason.UNREADABLE_LINE]
    assert [one.outcome for one in rejected] == [Outcome.REJECTED] * unreadable
    assert played.sync.unreadable.count == unreadable
    said = sum(any(note.reason is Reason.TEXT_DAMAGED for note in one.settled.beside) for one in settled)
    assert said == damaged or (played.sync.is_stopped and said < damaged)


def _reason(settled: Settled) -> Reason | None:
    return None if settled.note is None else settled.note.reason


def deletions_in_doubt_are_rejected(story: Story, played: Played) -> None:
    """Where deletions wait, none of a window with a line that nobody could read takes anybody away, but for a no."""
    if not story.has_keys:
        return
    for operation, _, after in played.mailchimp.history:
        if operation.contact.in_doubt:
            assert after is not None
            assert after.status is Status.UNSUBSCRIBED
            assert operation.contact.opt_in is OptIn.NO
    for one in played.settlements:
        if isinstance(one.contact, Contact) and one.contact.in_doubt:
            assert one.settled.outcome in (Outcome.REJECTED, Outcome.SKIPPED, Outcome.UNSUBSCRIBED)


def nobody_left_a_list(played: Played) -> None:
    """A line that was read by nobody may have been anybody's."""
    if played.sync.unreadable.count:
        assert all(isinstance(one.origin, Ticket) for one in played.settlements)


def states_tell_the_truth(lines: list[Line], played: Played, *, keeps: bool) -> None:
    """No STATE leaves behind a line that is kept nowhere; of those that leave, the counts are the records between."""
    first = next(place for place, line in enumerate(lines) if isinstance(line, Unreadable))
    came = [line for line in lines[:first] if isinstance(line, dict) and line["type"] == "STATE"]
    before = {stories._mark(state) for state in came}
    left = {stories._mark(state) for state in played.states}
    if not keeps:
        assert left <= before
    counted = sum(stories._count(state) for state in played.states)
    of_no_stream = played.report.counts()[NO_STREAM].records if NO_STREAM in played.report.counts() else 0
    assert counted <= played.report.records - of_no_stream


@pytest.mark.parametrize("seeds", stories.CHUNKS[: len(stories.CHUNKS) // 2], ids=str)
@pytest.mark.parametrize("end", ["killed", "asked to stop", "unreadable line"])
def test_what_comes_behind_the_last_state_comes_again(seeds: range, end: str) -> None:
    """However a run ends, the next one from its last STATE on ends the audience as one run without an end would."""

    def holds(story: Story) -> None:
        messages = [one for one in story.messages if stories._is_of(one, story.streams[0].id.name)]
        # A line that nobody could read may be the one that would have replaced a deletion.
        has_keys = story.has_keys and end != "unreadable line"
        story = replace(
            story,
            streams=(replace(story.streams[0], mirrors=False),),
            messages=tuple(stories._that_say_one_thing(messages)),
            has_keys=has_keys,
            first_wins=False,
            writes=ALWAYS,  # an empty field takes the first value that comes, which a broken line can change
            fuse_allows=100,
            capacity=None,
        )
        if end == "unreadable line":
            story = replace(story, messages=tuple(_without_a_no_that_is_deleted(story)))
        whole = Player(story, lost_answers=0.0, people_act=False)
        whole.play()
        cut = Player(story, people_act=False)
        place = story.seed % (len(story.messages) + 1)
        first = _ended_early(cut, story, end, place)
        cut.play(tuple(stories._behind(story.messages, first.states)))
        assert stories._end(cut) == stories._end(whole)

    stories.each(seeds, holds)


def _without_a_no_that_is_deleted(story: Story) -> Iterator[Message]:
    """The messages without deletions that say no: next to the line the no counts, though the deletion be replaced."""
    for message in story.messages:
        data = message["record"]["data"] if message["type"] == "RECORD" else {}
        if not data.get("deleted") or data.get("opt_in") != OptIn.NO.value:
            yield message


def _ended_early(player: Player, story: Story, end: str, place: int) -> Played:
    """The first run: ended at a place in the story, or with a line there that nobody could read."""
    if end == "killed":
        return player.play(die_after=place)
    if end == "asked to stop":
        return player.play(stop_after=place)
    lines: list[Line] = list(story.messages)
    if place < len(lines) and lines[place]["type"] == "RECORD":  # type: ignore[index]
        lines[place] = Unreadable(place, b"who is it", "a")
    else:
        lines.insert(place, Unreadable(place, b"who is it"))
    return player.play(tuple(lines))


def test_the_last_line_may_be_cut() -> None:
    """The loop ends as ever, with what was settled, and says that the input broke off."""
    message: Message = {"type": "STATE", "state": {"type": "LEGACY", "data": {"mark": 1}}}
    told = next(story for story in map(draw, range(100)) if not any(stream.mirrors for stream in story.streams))
    played = Player(told).play((message, Unreadable(2, b"{", is_cut=True)))
    assert played.sync.unreadable.is_cut
    assert len(played.states) == 1
