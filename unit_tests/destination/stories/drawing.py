"""Stories: an audience, streams with their settings, and messages, all drawn from one seed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any, get_args

from source_destination_mailchimp.airbyte.messages import Message
from source_destination_mailchimp.destination.form.field_mapping import Write
from source_destination_mailchimp.destination.form.settings import (
    MirrorRemoval,
    NewMemberStatus,
    OptInNo,
    Removal,
    Resubscribe,
    TagsMode,
)
from source_destination_mailchimp.destination.model import OptIn, StreamId
from source_destination_mailchimp.destination.rules.field_writes import FieldWrites
from source_destination_mailchimp.mailchimp.members import Status, member_hash
from unit_tests.destination.stories.pretend_mailchimp import Member

PEOPLE = [f"p{number}@sandbox-people.org" for number in range(7)]
LIST = "list"
OLD_CONSENT, NEW_CONSENT = 500_000_000.0, 1_500_000_000.0
"""Seconds before and after what the audience last changed when the story begins."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream and how it is set up."""

    id: StreamId
    mirrors: bool
    tags_mode: TagsMode
    asks_opt_in: bool
    has_tags: bool
    opt_in_no: OptInNo = "unsubscribe"
    has_opt_out: bool = False
    """Whether a column of its records, `left`, says who opted out."""


LEFT = (True, "yes", "2001-01-01T00:00:00", 1_000_000_000)
"""Values of an opt-out column that say no to email."""

HAS_NOT_LEFT = (False, None, "", "9999-12-31", "never")
"""Values of it that ask for nothing."""

DOES_NOT_SAY = ("perhaps", "2199-01-01")
"""Values that nobody can follow: what cannot be read, and a time that is yet to come."""


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that is drawn before the first message."""

    seed: int
    audience: dict[str, Member]
    streams: tuple[Stream, ...]
    messages: tuple[Message, ...]
    new_member_status: NewMemberStatus
    resubscribe: Resubscribe
    removal: Removal
    mirror_removal: MirrorRemoval
    has_ids: bool
    has_keys: bool
    """Whether the streams have a primary key, so that deletions wait for the next STATE."""

    first_wins: bool
    writes: FieldWrites
    updates_only: bool
    fuse_allows: int
    capacity: int | None
    lost_answers: float
    people_act: bool
    refuses_tags: bool
    broken: tuple[str, ...] = ()
    """Addresses over which Mailchimp fails."""


def draw(seed: int) -> Story:
    """Return the story of a seed."""
    luck = Random(seed)
    has_ids = luck.random() < 0.4
    has_keys = luck.random() < 0.5
    names = [StreamId(None, "a"), StreamId("db", "b")][: luck.choice([1, 1, 2])]
    mirrored = luck.random() < 0.4
    streams = tuple(_stream(luck, name, mirrors=mirrored and name.name == "a") for name in names)
    return Story(
        seed,
        _audience(luck, has_ids=has_ids),
        streams,
        tuple(_messages(luck, streams, has_ids=has_ids)),
        luck.choice(get_args(NewMemberStatus)),
        luck.choice(get_args(Resubscribe)),
        luck.choice(get_args(Removal)),
        luck.choice(get_args(MirrorRemoval)),
        has_ids,
        has_keys=has_keys,
        first_wins=luck.random() < 0.15,
        writes=_writes(luck),
        updates_only=luck.random() < 0.1,
        fuse_allows=luck.choice([0, 1, 2, 100, 100, 100]),
        capacity=luck.choice([None, None, None, 0, 1, 2]),
        lost_answers=luck.choice([0.0, 0.0, 0.2, 0.5]),
        people_act=luck.random() < 0.4,
        refuses_tags=luck.random() < 0.3,
    )


def with_broken_contacts(story: Story) -> Story:
    """Return the same story, in which Mailchimp fails over nobody, one or two of the people."""
    luck = Random(story.seed)
    return replace(story, broken=tuple(luck.sample(PEOPLE, luck.choice([0, 0, 0, 1, 2]))))


def _writes(luck: Random) -> FieldWrites:
    """When values are written: a rule for all, and in some stories another for one of them."""
    otherwise: Write = luck.choice(["always", "always", "always", "if_empty"])
    if luck.random() < 0.5:
        return FieldWrites(otherwise)
    return FieldWrites(otherwise, {"FNAME": luck.choice(get_args(Write))})


def _stream(luck: Random, name: StreamId, *, mirrors: bool) -> Stream:
    mode: TagsMode = luck.choice(get_args(TagsMode))
    opt_in_no: OptInNo = luck.choice(get_args(OptInNo))
    return Stream(
        name,
        mirrors,
        mode,
        asks_opt_in=luck.random() < 0.6,
        has_tags=luck.random() < 0.6,
        opt_in_no=opt_in_no,
        has_opt_out=luck.random() < 0.4,
    )


def _audience(luck: Random, *, has_ids: bool) -> dict[str, Member]:
    members = {}
    for number, email in enumerate(PEOPLE):
        if luck.random() < 0.5:
            continue
        merge = {"FNAME": luck.choice(["", "one", "two"])}
        if has_ids and luck.random() < 0.7:
            merge["CRMID"] = str(number)
        status = luck.choice([Status.SUBSCRIBED, *Status])
        tags = frozenset(tag for tag in ("x", "y", "own z", LIST) if luck.random() < 0.4)
        left = status is Status.UNSUBSCRIBED and luck.random() < 0.5
        members[member_hash(email)] = Member(email, status, merge, tags, left_themselves=left)
    if luck.random() < 0.2:  # enough people on the list that the fuse of a mirror can blow
        for number in range(14):
            email = f"listed{number}@sandbox-people.org"
            members[member_hash(email)] = Member(email, Status.SUBSCRIBED, {"FNAME": ""}, frozenset({LIST}))
    return members


def _messages(luck: Random, streams: tuple[Stream, ...], *, has_ids: bool) -> Iterator[Message]:
    for number in range(luck.randint(0, 30)):
        stream = luck.choice(streams)
        if luck.random() < 0.15:
            yield _state(stream if luck.random() < 0.8 else None, number)
        else:
            yield _record(stream, _data(luck, stream, has_ids=has_ids))
    for stream in streams:
        if luck.random() < 0.8:
            yield _complete(stream)
        yield _state(stream, f"last of {stream.id}")


def _data(luck: Random, stream: Stream, *, has_ids: bool) -> dict[str, Any]:
    number = luck.randrange(len(PEOPLE))
    data: dict[str, Any] = {"email": PEOPLE[number], **_name(luck)}
    if luck.random() < 0.05:
        return {"email": None}
    if has_ids and luck.random() < 0.04:
        return {"email": "", "CRMID": str(number), "deleted": True}
    if has_ids and luck.random() < 0.8:
        data["CRMID"] = str(luck.choice([number, number, number, luck.randrange(len(PEOPLE))]))
    if stream.asks_opt_in:
        data["opt_in"] = luck.choice(list(OptIn)[1:]).value
        data["consent"] = luck.choice([None, OLD_CONSENT, NEW_CONSENT])
    if stream.has_opt_out and luck.random() < 0.95:
        data["left"] = luck.choice([*LEFT, *HAS_NOT_LEFT, *HAS_NOT_LEFT, *DOES_NOT_SAY])
    if stream.has_tags:
        data["tags"] = [tag for tag in ("X", "y", "own w") if luck.random() < 0.4]
    if luck.random() < 0.12:
        data["deleted"] = True
    data["key"] = data.get("CRMID", str(number)) if luck.random() < 0.8 else str(luck.randrange(len(PEOPLE)))
    return data


def _name(luck: Random) -> dict[str, str]:
    """A name, which some records leave out."""
    if luck.random() < 0.1:
        return {}
    return {"FNAME": luck.choice(["one", "two", "three"])}


def _record(stream: Stream, data: dict[str, Any]) -> Message:
    wire = {"stream": stream.id.name, "namespace": stream.id.namespace, "data": data}
    return {"type": "RECORD", "record": wire}


def _state(stream: Stream | None, mark: Any) -> Message:
    if stream is None:
        return {"type": "STATE", "state": {"type": "LEGACY", "data": {"mark": mark}}}
    descriptor = {"name": stream.id.name, "namespace": stream.id.namespace}
    state = {"stream_descriptor": descriptor, "stream_state": {"mark": mark}}
    return {"type": "STATE", "state": {"type": "STREAM", "stream": state}}


def _complete(stream: Stream) -> Message:
    descriptor = {"name": stream.id.name, "namespace": stream.id.namespace}
    status = {"stream_descriptor": descriptor, "status": "COMPLETE"}
    return {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "stream_status": status}}
