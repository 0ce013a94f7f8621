"""The loop without a socket: thousands of random stories, and the promises as what must hold in each.

`MAILCHIMP_STORIES=20000` plays more of them.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from source_destination_mailchimp.airbyte.messages import Line, Message
from source_destination_mailchimp.destination.checkpoints import Ticket
from source_destination_mailchimp.destination.model import Contact, OptIn, Outcome, Reason, Route
from source_destination_mailchimp.destination.reporting.counts import total
from source_destination_mailchimp.mailchimp.members import Status, member_hash
from unit_tests.destination.stories.consent_promises import (
    a_no_ends_the_mail,
    an_opt_out_follows_its_id,
    field_rules_hold,
    nobody_is_added_who_said_no,
    nobody_is_mailed_who_opted_out,
    people_of,
)
from unit_tests.destination.stories.drawing import (
    Story,
    draw,
    with_broken_contacts,
)
from unit_tests.destination.stories.pretend_mailchimp import MAILED
from unit_tests.destination.stories.telling import Played, Player

STORIES = int(os.environ.get("MAILCHIMP_STORIES", "2000"))
CHUNK = 100
CHUNKS = [range(start, min(start + CHUNK, STORIES)) for start in range(0, STORIES, CHUNK)]


def each(seeds: range, check: Callable[[Story], None]) -> None:
    """Check the stories of some seeds; a failure names its seed, with which it can be played alone."""
    for seed in seeds:
        try:
            check(draw(seed))
        except Exception as error:
            error.add_note(f"The story of seed {seed}: check(draw({seed})) plays it alone.")
            raise


def records(lines: Sequence[Line]) -> int:
    """How many of the lines are records."""
    return sum(isinstance(line, dict) and line["type"] == "RECORD" for line in lines)


@pytest.mark.parametrize("seeds", CHUNKS, ids=str)
def test_promises_hold_in_every_story(seeds: range) -> None:
    """Outcomes, STATEs, consent, limits: checked after each story, whatever happened in it."""
    each(seeds, promises)


def promises(story: Story) -> None:
    """Play a story and hold every promise against it."""
    story = with_broken_contacts(story)
    played = Player(story).play()
    every_record_has_one_outcome(played)
    states_leave_in_order_and_add_up(story, played)
    nobody_is_mailed_who_opted_out(story, played)
    nobody_is_added_who_said_no(story, played)
    a_no_ends_the_mail(story, played)
    field_rules_hold(story, played)
    an_opt_out_follows_its_id(story, played)
    the_limits_hold(story, played)
    the_list_is_what_it_may_be(story, played)
    what_is_written_was_shown(played)
    a_rejection_for_failing_is_true(story, played)


def a_rejection_for_failing_is_true(story: Story, played: Played) -> None:
    """Only a contact over whom Mailchimp fails is rejected for that, and never a deletion or an opt-out."""
    for one in played.settlements:
        if one.settled.reason is not Reason.MAILCHIMP_FAILED:
            continue
        assert isinstance(one.contact, Contact)
        assert one.contact.email in story.broken or (story.broken and one.contact.external_id)
        assert not one.contact.deleted
        if one.contact.opt_in is OptIn.NO:
            member = played.mailchimp.members.get(one.contact.hash)
            assert member is None or member.status not in MAILED


def what_is_written_was_shown(played: Played) -> None:
    """A dry run would have told of every contact that is written, and of each once."""
    shown = [id(operation.contact) for operation in played.shown]
    assert len(set(shown)) == len(shown)
    assert {id(operation.contact) for operation, _, _ in played.mailchimp.history} <= set(shown)


def every_record_has_one_outcome(played: Played) -> None:
    """As many outcomes as records; where a fuse stopped the run, no more than that."""
    settled = [one for one in played.settlements if isinstance(one.origin, Ticket)]
    assert len(settled) == played.report.records
    if played.sync.is_stopped:
        assert len(settled) <= records(played.taken)
    else:
        assert len(settled) == records(played.taken)


def states_leave_in_order_and_add_up(story: Story, played: Played) -> None:
    """Each STATE leaves once, those of a stream in their order, and counts the records since the one before it."""
    came = [message for message in story.messages if message["type"] == "STATE"]
    marks = [_mark(state) for state in played.states]
    assert len(set(marks)) == len(marks)
    assert [mark for mark in map(_mark, came) if mark in marks].sort() == marks.sort()
    counted = sum(_count(state) for state in played.states)
    if not played.sync.is_stopped and len(marks) == len(came):
        assert counted == records(list(story.messages))
    assert counted <= played.report.records


def _mark(state: Message) -> str:
    state = state["state"]
    data = state["stream"]["stream_state"] if state["type"] == "STREAM" else state["data"]
    return f"{state.get('stream', {}).get('stream_descriptor')} {data['mark']}"


def _count(state: Message) -> int:
    stats = state["state"]["destinationStats"]
    return int(stats["recordCount"] + stats["rejectedRecordCount"])


def the_limits_hold(story: Story, played: Played) -> None:
    """Records take away no more people than the fuse allows, and add no more than there is room for."""
    of_records = {id(one.contact) for one in played.settlements if isinstance(one.origin, Ticket)}
    taken_away: set[int] = set()  # two contacts of one person, whose record joins them, go together and count once
    added = 0
    for operation, before, after in played.mailchimp.history:
        was_in = before is not None and before.status in MAILED
        is_in = after is not None and after.status in (*MAILED, Status.TRANSACTIONAL)
        if id(operation.contact) in of_records and was_in and not is_in:
            taken_away.add(id(operation.contact))
        comes_back = before is not None and before.status is Status.ARCHIVED and is_in
        if operation.route is Route.ADD or comes_back:
            added += 1
    assert len(taken_away) <= story.fuse_allows
    rejected = total(played.report.counts().values()).outcomes.get(Outcome.REJECTED, 0)
    if story.capacity is not None:
        assert added <= story.capacity + rejected


def the_list_is_what_it_may_be(story: Story, played: Played) -> None:
    """People lose the tag of a list only where the whole list was seen, and only who is not in it."""
    mirrored = next((stream for stream in story.streams if stream.mirrors), None)
    if mirrored is None or played.sync.is_stopped:
        return
    in_list = set()
    complete = False
    for message in story.messages:
        if message["type"] == "RECORD" and message["record"]["stream"] == mirrored.id.name:
            data = message["record"]["data"]
            if data["email"] and not data.get("deleted"):
                in_list.add(data["email"])
        if message["type"] == "TRACE":
            name = message["trace"]["stream_status"]["stream_descriptor"]["name"]
            complete = complete or name == mirrored.id.name
    departed = {one.contact.email for one in played.settlements if not isinstance(one.origin, Ticket)}  # type: ignore[union-attr]
    assert not departed & in_list
    if not complete:
        assert not departed


@pytest.mark.parametrize("seeds", CHUNKS[: len(CHUNKS) // 2], ids=str)
def test_a_killed_run_started_again_ends_the_same(seeds: range) -> None:
    """Kill the process anywhere, start again behind the last STATE that left: the audience ends as without the kill."""
    each(seeds, killed_and_started_again)


def killed_and_started_again(story: Story) -> None:
    """Play a story whole, and once more with a kill in it."""
    messages = [one for one in story.messages if _is_of(one, story.streams[0].id.name)]
    is_one_window = story.has_keys and story.seed % 2 == 0
    if is_one_window:
        messages = [one for one in messages if one["type"] != "STATE"]
        messages.append(_state_at_the_end(story))
    story = replace(
        story,
        streams=story.streams[:1],
        messages=tuple(_that_say_one_thing(messages, may_be_deleted=is_one_window)),
        first_wins=False,
        fuse_allows=100,
        capacity=None,
    )
    whole = Player(story, lost_answers=0.0, people_act=False)
    whole.play()
    cut = Player(story, people_act=False)
    first = cut.play(die_after=story.seed % (len(story.messages) + 1))
    cut.play(tuple(_behind(story.messages, first.states)))
    assert _end(cut) == _end(whole)


def _state_at_the_end(story: Story) -> Message:
    return next(one for one in reversed(story.messages) if one["type"] == "STATE" and _is_of_first(one, story))


def _is_of_first(state: Message, story: Story) -> bool:
    return state["state"]["type"] == "STREAM" and _is_of(state, story.streams[0].id.name)


def _that_say_one_thing(messages: list[Message], *, may_be_deleted: bool = False) -> Iterator[Message]:
    """The messages without records that contradict an earlier one: about whose an id is, consent, or being deleted.

    What a contradiction ends in depends on where the person stood when it came: a no to a stranger is nothing, and
    when it comes again, after the yes that followed it has been written, it is an opt-out. A second delivery may
    therefore hold somebody back; and records of one id are kept in order per address only. Where deletions wait for
    the end of one window, they say what is true at its end, so they contradict nothing (`may_be_deleted`).
    """
    said: dict[tuple[str, str], object] = {}
    for message in messages:
        data = message["record"]["data"] if message["type"] == "RECORD" else {}
        email, external_id = data.get("email"), data.get("CRMID")
        if external_id and not email:
            continue
        claims: dict[tuple[str, str], object] = {
            ("answer", str(email)): (data.get("opt_in"), data.get("consent"), data.get("left", "no such column")),
            ("id", str(email)): external_id,
        }
        if not may_be_deleted:
            claims["deleted", str(email)] = data.get("deleted", False)
        claims |= {("named by", person): email for person in people_of(message)}
        if external_id:
            claims |= {("address", external_id): email}
        if not email or all(said.get(key, claim) == claim for key, claim in claims.items()):
            said |= claims
            yield message


def _is_of(message: Message, stream: str) -> bool:
    if message["type"] == "RECORD":
        return bool(message["record"]["stream"] == stream)
    if message["type"] == "STATE":
        descriptor = message["state"].get("stream", {}).get("stream_descriptor", {})
        return bool(descriptor.get("name", stream) == stream)
    return bool(message["trace"]["stream_status"]["stream_descriptor"]["name"] == stream)


def _behind(messages: tuple[Message, ...], states: list[Message]) -> list[Message]:
    """The messages behind the last STATE that left."""
    if not states:
        return list(messages)
    last = _mark(states[-1])
    place = next(n for n, one in enumerate(messages) if one["type"] == "STATE" and _mark(one) == last)
    return list(messages[place + 1 :])


def _end(player: Player) -> dict[str, tuple[object, ...]]:
    return {
        member.email: (member.status, sorted(member.merge.items()), member.tags)
        for member in player.mailchimp.members.values()
    }


@pytest.mark.parametrize("seeds", CHUNKS[: len(CHUNKS) // 2], ids=str)
def test_a_second_sync_is_quiet(seeds: range) -> None:
    """With nothing new, a sync of the same records writes nothing."""
    each(seeds, at_rest)


def at_rest(story: Story) -> None:
    """Play a story in which nobody comes twice, and play it again."""
    named = Counter(person for message in story.messages for person in people_of(message))
    once = [one for one in story.messages if all(named[person] == 1 for person in people_of(one))]
    story = replace(story, messages=tuple(once), fuse_allows=100, capacity=None)
    player = Player(story, people_act=False)
    player.play()
    writes = player.mailchimp.writes
    player.play()
    assert player.mailchimp.writes == writes


@pytest.mark.parametrize("seeds", CHUNKS[: len(CHUNKS) // 2], ids=str)
def test_lost_answers_change_no_outcome(seeds: range) -> None:
    """Whatever new people are to become, a record has the outcome that it would have had with every answer heard."""
    each(seeds, with_lost_answers)


def with_lost_answers(story: Story) -> None:
    """Play a story in which nobody comes twice with every answer heard, and once more with many of them lost."""
    named = Counter(person for message in story.messages for person in people_of(message))
    once = [one for one in story.messages if all(named[person] == 1 for person in people_of(one))]
    story = replace(story, messages=tuple(once), fuse_allows=100, capacity=None)
    heard = Player(story, people_act=False, lost_answers=0.0).play()
    lost = Player(story, people_act=False, lost_answers=0.5).play()
    assert _outcomes(lost) == _outcomes(heard)


def _outcomes(played: Played) -> dict[str, Outcome]:
    """The outcome of each record by its address."""
    found = {}
    for one in played.settlements:
        if isinstance(one.contact, Contact) and isinstance(one.origin, Ticket):
            found[one.contact.email] = one.settled.outcome
    return found


def test_every_kind_of_end_comes_up() -> None:
    """The stories reach every outcome, a blown fuse of either kind, and departures; else they would prove little."""
    outcomes: set[Outcome] = set()
    stopped = over = 0
    for seed in range(300):
        played = Player(draw(seed)).play()
        outcomes |= {one.settled.outcome for one in played.settlements}
        stopped += played.sync.is_stopped
        over += bool(played.sync.departures.blown)
    assert outcomes == set(Outcome)
    assert stopped and over


def test_a_member_is_known_by_its_address() -> None:
    """The pretend Mailchimp keeps each member under the hash of its address, also when it is renamed."""
    for seed in range(100):
        played = Player(draw(seed)).play()
        assert all(member_hash(member.email) == key for key, member in played.mailchimp.members.items())
