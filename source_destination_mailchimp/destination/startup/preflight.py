"""What is read, and checked, before the first write: account, audiences, fields; nothing is written on the way."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from source_destination_mailchimp.destination.form.settings import Settings, StreamSettings
from source_destination_mailchimp.destination.mapping.live import LiveAudience
from source_destination_mailchimp.destination.mapping.new_fields import NewField, missing_merge_fields, planned_audience
from source_destination_mailchimp.destination.mapping.targets import read_target, split_line
from source_destination_mailchimp.destination.startup.bind_streams import (
    Binding,
    bind,
    check_double_optin,
    find_audience,
)
from source_destination_mailchimp.destination.startup.catalog import ConfiguredStream
from source_destination_mailchimp.destination.startup.warnings import may_start_automations, what_will_bite
from source_destination_mailchimp.mailchimp import api
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Misconfigured, Refused, Unavailable
from source_destination_mailchimp.mailchimp.members import Audience, Json, MergeField

ROLES_THAT_MAY_WRITE = ("owner", "admin", "manager")
"""Users of other roles (author, viewer) cannot change an audience. [documented in Mailchimp's help on user levels]"""


@dataclass(frozen=True, slots=True)
class OpenAudience:
    """One audience with the streams that feed it."""

    live: LiveAudience
    bindings: tuple[Binding, ...]


def read_audiences(client: Client) -> list[Audience]:
    """Every audience of the account, after a look at what the key's user may do."""
    try:
        with ThreadPoolExecutor(1, thread_name_prefix="account") as beside:
            reading = beside.submit(api.account, client)
            found = api.audiences(client)
            account = reading.result()
    except Refused as error:
        raise Misconfigured(f"credentials: Mailchimp refuses to show the account. {error.sentence()}") from error
    role = str(account.get("role") or "")
    if role and role not in ROLES_THAT_MAY_WRITE:
        raise Misconfigured(
            f"credentials: the key belongs to a user whose role is {role}, which may not change an audience. Use the "
            "key of a user who is manager, admin or owner."
        )
    return found


def read_live(client: Client, audience: Audience, wanted: Sequence[str]) -> LiveAudience:
    """What an audience offers to map to; groups and permissions only where something is mapped to them."""
    merge_fields, limit = api.merge_fields_and_limit(client, audience.id)
    wants = " ".join(wanted).lower()
    interests = tuple(api.interests(client, audience.id)) if "group:" in wants else ()
    permissions = learn_permissions(client, audience.id) if "permission:" in wants else {}
    return LiveAudience(audience, tuple(merge_fields), interests, permissions, limit)


def learn_permissions(client: Client, audience_id: str) -> Mapping[str, str]:
    """Ids of the marketing permissions by text, from any member: nowhere else are they told. [documented]"""
    params = {"count": 1, "fields": "members.marketing_permissions,total_items"}
    members, _ = api.members_page(client, audience_id, params)
    found = members[0].get("marketing_permissions") or () if members else ()
    return {permission["text"]: permission["marketing_permission_id"] for permission in found}


def open_audiences(
    client: Client, settings: Settings, streams: Sequence[ConfiguredStream], audiences: Sequence[Audience]
) -> list[OpenAudience]:
    """Bind every stream and read what its audience offers; raises `Misconfigured` before anything is written."""
    bindings = bind(settings, streams, audiences)
    opened = []
    for audience in dict.fromkeys(binding.audience for binding in bindings):
        feeding = tuple(binding for binding in bindings if binding.audience == audience)
        opened.append(OpenAudience(read_live(client, audience, _targets(feeding)), feeding))
    return opened


def check_mappings(client: Client, settings: Settings, audiences: Sequence[Audience]) -> list[str]:
    """What `check` can try of the mapping without the streams; warnings to show."""
    default = find_audience(settings.audience, audiences, "audience")
    entries: dict[Audience, list[StreamSettings]] = {} if settings.streams else {default: []}
    for index, entry in enumerate(settings.streams):
        named = find_audience(entry.audience, audiences, f"streams[{index}].audience") if entry.audience else default
        entries.setdefault(named, []).append(entry)
    targets = [line for entry in settings.streams for line in entry.fields]
    automations = running_automations(client) if may_start_automations(settings) else []
    warnings: list[str] = []
    for audience, own in entries.items():
        check_double_optin(settings, audience)
        live = read_live(client, audience, targets)
        for entry in own:
            _check_targets(entry, live, settings, f"streams[{settings.streams.index(entry)}].fields")
        warnings.extend(what_will_bite(settings, live, own, automations))
    return warnings


def running_automations(client: Client) -> list[Json]:
    """Automations that are sending; none where they cannot be read, since nothing but a warning depends on them."""
    try:
        return api.automations(client)
    except (Refused, Unavailable):
        return []  # a plan without automations, a role that may not see them, or no answer


def _check_targets(entry: StreamSettings, live: LiveAudience, settings: Settings, setting: str) -> None:
    """Try every right-hand side; the columns are known only when the streams are."""
    planned = planned_audience(live, missing_merge_fields({}, entry, settings, live))
    for line in (*entry.fields, *([entry.external_id] if entry.external_id else [])):
        _, target = split_line(line, setting)
        read_target(target, planned, setting)


def plan_merge_fields(settings: Settings, opened: OpenAudience) -> LiveAudience:
    """What the audience will offer once `unmapped_fields: create` has made its fields; makes none."""
    live = opened.live
    for binding in opened.bindings:
        new = _missing(settings, binding, live)
        room = live.room_for_merge_fields
        if room is not None and len(new) > room:
            columns = ", ".join(one.column for one in new)
            raise Misconfigured(
                f"unmapped_fields: stream {binding.stream.id} needs {len(new)} new merge fields ({columns}), and the "
                f"plan allows {room} more in audience {live.audience.name!r}. Put columns that are not needed into "
                "ignore_fields, or set unmapped_fields to match."
            )
        live = planned_audience(live, new)
    return live


def create_merge_fields(
    client: Client, settings: Settings, opened: OpenAudience, remark: Callable[[str], None]
) -> LiveAudience:
    """Make the merge fields that `unmapped_fields: create` asks for; what the audience offers afterwards.

    Two syncs may do this at once: a tag that is taken meanwhile is found by reading the fields again.
    """
    live = opened.live
    for binding in opened.bindings:
        for new in _missing(settings, binding, live):
            made = MergeField.parse(new.wire) if settings.dry_run else _create(client, live, new)
            live = replace(live, merge_fields=(*live.merge_fields, made))
            done = "would be made" if settings.dry_run else "was made"
            remark(f"Merge field {made.tag} ({made.type}) {done} for column {new.column} of {binding.stream.id}.")
    return live


def _missing(settings: Settings, binding: Binding, live: LiveAudience) -> Sequence[NewField]:
    stream = binding.stream
    return missing_merge_fields(
        stream.json_schema, binding.entry, settings, live, stream=stream.id, activation=binding.is_activation
    )


def _create(client: Client, live: LiveAudience, new: NewField) -> MergeField:
    try:
        return api.create_merge_field(client, live.audience.id, new.wire)
    except Refused as error:
        fields = api.merge_fields(client, live.audience.id)
        made = next((field for field in fields if field.tag == new.wire["tag"]), None)
        if made is not None:
            return made
        raise Misconfigured(
            f"unmapped_fields: Mailchimp does not make a merge field for column {new.column}: {error.sentence()} "
            "Set unmapped_fields to match, or put the column into ignore_fields."
        ) from error


def _targets(bindings: Sequence[Binding]) -> list[str]:
    """Everything that streams may be mapped to; a stream of the platform's own form may use all of it."""
    lines = [line for binding in bindings if binding.entry for line in binding.entry.fields]
    return [*lines, "group: permission:"] if any(binding.is_activation for binding in bindings) else lines
