"""What one audience needs for a run: how its streams are mapped and planned, what is known of it, and who writes to it.

Everything here is made before the first record, and knows nothing of the loop that will use it.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import assert_never

from source_destination_mailchimp.destination.changes.change_log import ChangeLog
from source_destination_mailchimp.destination.changes.recording import RecordingSender
from source_destination_mailchimp.destination.deletion_window import DeletionWindow
from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.mapping.columns import Columns, Reader, reader
from source_destination_mailchimp.destination.mapping.compiling import compile_mapping
from source_destination_mailchimp.destination.mapping.deleted_records import CDC_DELETED
from source_destination_mailchimp.destination.mapping.digests import INTEREST
from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience
from source_destination_mailchimp.destination.mapping.mapping_in_use import MappingInUse
from source_destination_mailchimp.destination.mapping.respelling import RespellingMapper
from source_destination_mailchimp.destination.members.lookup import Members
from source_destination_mailchimp.destination.members.reading import MemberReader
from source_destination_mailchimp.destination.members.tracking import Tracking
from source_destination_mailchimp.destination.mirror.mirrored_list import Mirror
from source_destination_mailchimp.destination.model import StreamId
from source_destination_mailchimp.destination.rules import limits
from source_destination_mailchimp.destination.rules.limits import Fuse, Limits
from source_destination_mailchimp.destination.rules.plan import StreamRules
from source_destination_mailchimp.destination.startup.bind_streams import Binding
from source_destination_mailchimp.destination.startup.create_fields import create_merge_fields
from source_destination_mailchimp.destination.startup.preflight import OpenAudience
from source_destination_mailchimp.destination.startup.stream_rules import rules_for
from source_destination_mailchimp.destination.startup.track_values import track
from source_destination_mailchimp.destination.writing.dry_run import DryRunSender
from source_destination_mailchimp.destination.writing.failing_contacts import FailingContacts
from source_destination_mailchimp.destination.writing.sender import Sender
from source_destination_mailchimp.destination.writing.tag_ids import TagIds
from source_destination_mailchimp.destination.writing.workers import Sends
from source_destination_mailchimp.mailchimp import api
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.members import Audience


@dataclass(frozen=True, slots=True)
class Means:
    """What every audience of a run is prepared with."""

    client: Client
    settings: Settings
    pool: Executor
    """Reads run on it, beside one another."""

    closing: ExitStack
    """Closes what is opened here, once the run is over."""

    warn: Callable[[str], None]
    """Takes sentences for the log before the first record."""

    warn_at_end: Callable[[str], None]
    """Takes sentences for the log at the end of the run, from any thread; each is said once."""

    note: Callable[[str], None]
    """Takes sentences for the report of the run."""

    mapped: Callable[[StreamId, MappingInUse, Sequence[str]], None]
    """Hears what goes where in a stream, and the warnings about it, once that is decided."""

    failing: FailingContacts
    """Contacts over whom Mailchimp fails, in all audiences of the run."""

    changes: ChangeLog | None = None
    """What the run changes is written down there; None where no list of changes is kept."""


@dataclass(frozen=True, slots=True)
class PreparedStream:
    """One stream that is ready to be mapped and planned."""

    id: StreamId
    mapper: RespellingMapper
    rules: StreamRules
    mirror: Mirror | None
    window: DeletionWindow


@dataclass(frozen=True, slots=True)
class PreparedAudience:
    """One audience that is ready for records, with the streams that feed it."""

    audience: Audience
    streams: tuple[PreparedStream, ...]
    members: Members
    sender: Sends
    limits: Limits
    field_names: Mapping[str, str]
    """Key of a merge field or a group, as in `Known.digests` → what a person calls it: `group:Colors/Red`."""

    warn: Callable[[str], None]
    """Takes sentences for the log at the end of the run."""

    @property
    def mirrors(self) -> dict[StreamId, Mirror]:
        """The streams that are whole lists."""
        found = {}
        for stream in self.streams:
            if stream.mirror is not None:
                found[stream.id] = stream.mirror
        return found


def prepare_audience(means: Means, opened: OpenAudience) -> PreparedAudience:
    """Make the audience's missing merge fields and everything that its records are mapped, planned and written by."""
    settings = means.settings
    live = create_merge_fields(means.client, settings, opened, means.note)
    mappers = {binding.stream.id: map_stream(settings, binding, live) for binding in opened.bindings}
    read_time = None if means.changes is None else means.changes.now
    tracking = track(settings, live, opened.bindings, mappers.values(), read_time)
    members = _members(means, live, tracking)
    streams = []
    for binding in opened.bindings:
        mapper = mappers[binding.stream.id]
        _warn_of_stream(means, binding, mapper)
        rules = rules_for(
            settings, binding, _required_tags(live), members.mirror_tags, writes=mapper.writes, now=time.time
        )
        window = DeletionWindow(binding.stream.primary_key, has_deletions=_has_deletions(binding))
        streams.append(PreparedStream(binding.stream.id, mapper, rules, _mirror(binding, members), window))
    return PreparedAudience(
        audience=live.audience,
        streams=tuple(streams),
        members=members,
        sender=_sender(means, live.audience, reads_tags=members.reads_tags),
        limits=_limits(settings, members, opened.bindings),
        field_names=_field_names(live),
        warn=means.warn_at_end,
    )


def _field_names(live: LiveAudience) -> dict[str, str]:
    """Return what the audience's merge fields and groups are called, by the keys that stand for them."""
    names = {}
    for merge_field in live.merge_fields:
        names[merge_field.tag] = f"{merge_field.tag} ({merge_field.name})"
    for interest in live.interests:
        names[f"{INTEREST}{interest.id}"] = f"group:{interest.category}/{interest.name}"
    return names


def _has_deletions(binding: Binding) -> bool:
    """Return whether records of a stream may be marked as deleted, as far as settings and schema say."""
    if binding.entry.deleted_field is not None:
        return True
    return binding.is_activation or CDC_DELETED in binding.stream.columns


def map_stream(settings: Settings, binding: Binding, live: LiveAudience) -> RespellingMapper:
    """Return what maps the records of a stream; raises `Misconfigured` where its settings do not fit the audience."""
    compiled = compile_mapping(
        binding.stream.id,
        settings,
        binding.entry,
        live,
        binding.stream.json_schema,
        now=time.time,
        activation=binding.is_activation,
        adds_people=binding.mode != "update",
    )
    return RespellingMapper(compiled, binding.stream.columns)


def _required_tags(live: LiveAudience) -> list[str]:
    """Return the merge fields that must be filled on Mailchimp's own form."""
    required = []
    for field in live.merge_fields:
        if field.required:
            required.append(field.tag)
    return required


def _warn_of_stream(means: Means, binding: Binding, mapper: RespellingMapper) -> None:
    mapper.when_decided(partial(means.mapped, binding.stream.id))
    if binding.mode == "overwrite":
        means.warn(f"Stream {binding.stream.id} uses Overwrite; treated as upsert, no contacts are removed.")


def _members(means: Means, live: LiveAudience, tracking: Tracking) -> Members:
    """Return what is known of the audience; everybody is read where no single member can be asked for."""
    reader = MemberReader(means.client, live, tracking, means.pool, means.warn_at_end, means.failing)
    members = Members(reader, tracking, means.warn_at_end)
    means.closing.callback(members.close)
    if tracking.mirror_tags or tracking.external_id_tag is not None:
        members.read_all()  # neither who carries a tag nor an external id can be asked for
    return members


def _limits(settings: Settings, members: Members, bindings: Sequence[Binding]) -> Limits:
    """Return what the run may do to the audience; how many people it has is read only where that decides something."""
    percent = settings.max_removals_percent
    if settings.deletes_permanently:
        percent = min(percent, limits.PERMANENT_PERCENT)
    people = 0
    if _counts_people(settings, members, bindings):
        people = members.count_present()
    room = None
    if settings.max_members is not None:
        room = max(0, settings.max_members - people)
    return Limits(Fuse(limits.limit(percent, people), people), room, fuse_stops=not settings.dry_run)


def _counts_people(settings: Settings, members: Members, bindings: Sequence[Binding]) -> bool:
    """Return whether the number of people in the audience limits anything."""
    if settings.max_members is not None or members.external_id_tag:
        return True
    if members.mirror_tags:
        return True  # a deleted record takes its contact off the list, whatever the removal
    for binding in bindings:
        if binding.may_opt_out:
            return True
    match settings.removal:
        case "remove_tags" | "unsubscribe" | "archive" | "delete_permanently":
            return True
        case "keep":
            return False
        case _:
            assert_never(settings.removal)


def _sender(means: Means, audience: Audience, *, reads_tags: bool) -> Sends:
    """Return who writes to the audience: in a dry run somebody who only says so."""
    if means.settings.dry_run:
        return DryRunSender()
    tags = []
    if reads_tags:
        tags = api.tags(means.client, audience.id)
    sender = Sender(
        means.client,
        audience.id,
        TagIds(means.client, audience.id, tags),
        skip_merge_validation=means.settings.required_fields == "ignore",
        failing=means.failing,
    )
    if means.changes is None:
        return sender
    return RecordingSender(sender, means.changes, audience.id)


def _mirror(binding: Binding, members: Members) -> Mirror | None:
    """Return what watches over a stream that is a whole list; None for one that is not."""
    if binding.mirror_tag is None:
        return None
    return Mirror(
        stream=binding.stream.id,
        tag=binding.mirror_tag,
        members=members,
        is_full_refresh=binding.stream.is_full_refresh,
        list_size_field=binding.entry.list_size_field,
        read_size=_size_reader(binding),
    )


def _size_reader(binding: Binding) -> Reader | None:
    """Return what reads the number of rows of the whole list from a record, if a column holds it."""
    name = binding.entry.list_size_field
    if name is None:
        return None
    columns = Columns(binding.stream.columns, is_complete=False)
    return reader(columns.path(name, "list_size_field"))
