"""`unmapped_fields: create` at work: the merge fields are planned for every audience before the first one is made."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience
from source_destination_mailchimp.destination.mapping.new_fields import NewField, missing_merge_fields, planned_audience
from source_destination_mailchimp.destination.startup.bind_streams import Binding
from source_destination_mailchimp.destination.startup.preflight import OpenAudience
from source_destination_mailchimp.mailchimp import api
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Misconfigured, Refused
from source_destination_mailchimp.mailchimp.members import MergeField


def plan_merge_fields(settings: Settings, opened: OpenAudience) -> LiveAudience:
    """Return what the audience will offer once its merge fields are made; makes none.

    Raises `Misconfigured` where the plan has no room for them.
    """
    live = opened.live
    for binding in opened.bindings:
        new = _missing(settings, binding, live)
        _check_room(binding, live, new)
        live = planned_audience(live, new)
    return live


def create_merge_fields(
    client: Client, settings: Settings, opened: OpenAudience, remark: Callable[[str], None]
) -> LiveAudience:
    """Make the merge fields and return what the audience offers afterwards; a dry run makes none and says so.

    Two syncs may do this at once: a tag that is taken meanwhile is found by reading the fields again.
    """
    live = opened.live
    for binding in opened.bindings:
        for new in _missing(settings, binding, live):
            if settings.dry_run:
                made = MergeField.parse(new.wire)
                done = "would be created"
            else:
                made = _create(client, live, new)
                done = "was made"
            live = replace(live, merge_fields=(*live.merge_fields, made))
            remark(f"Merge field {made.tag} ({made.type}) {done} for column {new.column} of {binding.stream.id}.")
    return live


def _missing(settings: Settings, binding: Binding, live: LiveAudience) -> Sequence[NewField]:
    return missing_merge_fields(
        binding.stream.json_schema,
        binding.entry,
        settings,
        live,
        stream=binding.stream.id,
        activation=binding.is_activation,
    )


def _check_room(binding: Binding, live: LiveAudience, new: Sequence[NewField]) -> None:
    room = live.room_for_merge_fields
    if len(new) <= room:
        return
    columns = ", ".join(one.column for one in new)
    raise Misconfigured(
        f"unmapped_fields: stream {binding.stream.id} needs {len(new)} new merge fields "
        f"({columns}), and the plan allows {room} more in audience {live.audience.name!r}. Add columns that "
        "you do not need to ignore_fields, or set unmapped_fields to match."
    )


def _create(client: Client, live: LiveAudience, new: NewField) -> MergeField:
    try:
        return api.create_merge_field(client, live.audience.id, new.wire)
    except Refused as error:
        made = _made_by_another(client, live, new)
        if made is not None:
            return made
        raise Misconfigured(
            "unmapped_fields: Mailchimp refused to create a merge field for column "
            f"{new.column}: {error.sentence()} Set unmapped_fields to match, or add the column to ignore_fields."
        ) from error


def _made_by_another(client: Client, live: LiveAudience, new: NewField) -> MergeField | None:
    """Return the merge field if another sync made it since we read them."""
    for field in api.merge_fields(client, live.audience.id):
        if field.tag == new.wire["tag"]:
            return field
    return None
