"""What is read, and checked, before the first write: account, audiences, fields; nothing is written on the way."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

from source_destination_mailchimp.destination.form.settings import Settings, StreamSettings
from source_destination_mailchimp.destination.mapping.assignments import StreamToMap, written_assignments
from source_destination_mailchimp.destination.mapping.columns import Columns
from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience
from source_destination_mailchimp.destination.mapping.new_fields import missing_merge_fields, planned_audience
from source_destination_mailchimp.destination.mapping.targets import names_group, names_permission
from source_destination_mailchimp.destination.members.tracking import permission_ids_of
from source_destination_mailchimp.destination.model import StreamId
from source_destination_mailchimp.destination.startup.automations import Active, Effects, effects_of, warn_or_stop
from source_destination_mailchimp.destination.startup.bind_streams import Binding, bind, find_audience
from source_destination_mailchimp.destination.startup.catalog import ConfiguredStream
from source_destination_mailchimp.destination.startup.check_streams import (
    by_audience,
    check_double_optin,
    check_streams,
)
from source_destination_mailchimp.destination.startup.read_automations import active_automations
from source_destination_mailchimp.destination.startup.warnings import may_start_automations, warnings_before_first_sync
from source_destination_mailchimp.mailchimp import api
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Misconfigured, Refused
from source_destination_mailchimp.mailchimp.members import Audience, Json

ROLES_THAT_MAY_WRITE = ("owner", "admin", "manager")
"""Users of other roles (author, viewer) cannot change an audience. [documented in Mailchimp's help on user levels]"""


class Wanted(NamedTuple):
    """What of an audience has to be read beside its merge fields: each is a call or two."""

    groups: bool
    permissions: bool


EVERYTHING = Wanted(groups=True, permissions=True)


@dataclass(frozen=True, slots=True)
class OpenAudience:
    """One audience with the streams that feed it."""

    live: LiveAudience
    bindings: tuple[Binding, ...]

    @property
    def entries(self) -> list[StreamSettings]:
        """The form's entries for these streams."""
        return [binding.entry for binding in self.bindings]

    def effects(self, settings: Settings) -> Effects:
        """Return what these streams may do that could start an automation."""
        adds = any(binding.mode != "update" for binding in self.bindings)
        activation = any(binding.is_activation for binding in self.bindings)
        return effects_of(settings, self.live, self.entries, adds=adds, activation=activation)


class Account(NamedTuple):
    """The account that the credentials are for."""

    id: str
    """Mailchimp's `account_id`, the same for all keys of the account."""

    audiences: list[Audience]


def read_account(client: Client) -> Account:
    """Return the account with every audience, after a look at what the key's user may do."""
    try:
        with ThreadPoolExecutor(1, thread_name_prefix="account") as beside:
            reading = beside.submit(api.account, client)
            found = api.audiences(client)
            account = reading.result()
    except Refused as error:
        raise Misconfigured(f"credentials: Mailchimp does not allow reading the account. {error.sentence()}") from error
    _check_role(account)
    return Account(str(account.get("account_id") or ""), found)


def read_live(client: Client, audience: Audience, wanted: Wanted) -> LiveAudience:
    """Return what an audience offers to map to; groups and permissions only where they are wanted."""
    merge_fields, limit = api.merge_fields_and_limit(client, audience.id)
    interests = []
    if wanted.groups:
        interests = api.interests(client, audience.id)
    permissions: Mapping[str, str] = {}
    if wanted.permissions:
        permissions = _read_permissions(client, audience.id)
    return LiveAudience(audience, tuple(merge_fields), tuple(interests), permissions, limit)


def open_audiences(
    client: Client, settings: Settings, streams: Sequence[ConfiguredStream], audiences: Sequence[Audience]
) -> list[OpenAudience]:
    """Bind every stream and read what its audience offers; raises `Misconfigured` before anything is written."""
    bindings = bind(settings, streams, audiences)
    check_streams(settings, bindings)
    opened = []
    for audience, feeding in by_audience(bindings).items():
        live = read_live(client, audience, _wanted_of_bindings(feeding))
        opened.append(OpenAudience(live, tuple(feeding)))
    return opened


def check_mappings(client: Client, settings: Settings, audiences: Sequence[Audience]) -> list[str]:
    """Try what `check` can try of the mapping without the streams; returns warnings to show."""
    entries = _entries_by_audience(settings, audiences)
    wanted = _wanted_of_entries(settings.streams)
    active = Active()
    if may_start_automations(settings):
        active = active_automations(client)
    warnings: list[str] = []
    for audience, own in entries.items():
        check_double_optin(settings, audience)
        live = read_live(client, audience, wanted)
        for entry in own:
            _check_targets(entry, live, settings)
        warnings.extend(warnings_before_first_sync(settings, live, own))
        effects = effects_of(settings, live, own, adds=True, activation=False)
        warnings.extend(warn_or_stop(settings, live, active, effects))
    return warnings


def _check_role(account: Mapping[str, Json]) -> None:
    """Raise where the user behind the key may not change an audience; an account that names no role passes."""
    role = str(account.get("role") or "")
    if role and role not in ROLES_THAT_MAY_WRITE:
        raise Misconfigured(
            f"credentials: the key belongs to a user with the role {role}, which cannot "
            "change audiences. Use the key of a user with the role manager, admin or owner."
        )


def _read_permissions(client: Client, audience_id: str) -> dict[str, str]:
    """Return ids of the marketing permissions by text, from any one member; none where there is nobody."""
    params = {"count": 1, "fields": "members.marketing_permissions,total_items"}
    members, _ = api.members_page(client, audience_id, params)
    if not members:
        return {}
    return permission_ids_of(members[0])


def _entries_by_audience(settings: Settings, audiences: Sequence[Audience]) -> dict[Audience, list[StreamSettings]]:
    """Return the form's entries by the audience they name, or by the form's own; that alone where there is none."""
    default = find_audience(settings.audience, audiences, "audience")
    if not settings.streams:
        return {default: []}
    entries: dict[Audience, list[StreamSettings]] = {}
    for index, entry in enumerate(settings.streams):
        audience = default
        if entry.audience is not None:
            audience = find_audience(entry.audience, audiences, f"streams[{index}].audience")
        entries.setdefault(audience, []).append(entry)
    return entries


def _check_targets(entry: StreamSettings, live: LiveAudience, settings: Settings) -> None:
    """Try the target and the rule of every mapping; the columns are known only when the streams are."""
    planned = planned_audience(live, missing_merge_fields({}, entry, settings, live))
    stream = StreamId(entry.namespace, entry.stream)
    written_assignments(StreamToMap(stream, entry, settings, planned, Columns((), is_complete=False)))


def _wanted_of_bindings(bindings: Iterable[Binding]) -> Wanted:
    """Return what the streams of an audience may be mapped to: one of the platform's own form may use all of it."""
    entries = []
    for binding in bindings:
        if binding.is_activation:
            return EVERYTHING
        entries.append(binding.entry)
    return _wanted_of_entries(entries)


def _wanted_of_entries(entries: Iterable[StreamSettings]) -> Wanted:
    targets: list[str] = []
    for entry in entries:
        targets.extend(mapping.target for mapping in entry.fields)
    return Wanted(
        groups=any(map(names_group, targets)),
        permissions=any(map(names_permission, targets)),
    )
