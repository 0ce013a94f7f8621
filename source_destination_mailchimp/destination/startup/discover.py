"""`discover`: what a user can map a stream to, one object per audience, for the platform's own mapping page."""

from collections.abc import Iterator
from typing import assert_never

from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.form.sync_modes import OFFERED, OfferedMode
from source_destination_mailchimp.destination.mapping.announced import MATCHING_KEYS, object_schema
from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience
from source_destination_mailchimp.destination.startup.bind_streams import object_name_of
from source_destination_mailchimp.destination.startup.preflight import EVERYTHING, read_account, read_live
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.members import Json


def destination_catalog(client: Client, settings: Settings) -> Json:
    """Return a DESTINATION_CATALOG message with the audiences as they are now.

    An object is called `Name (ID)`: the platform shows nothing else of it, and the ID stays when the name changes.
    """
    operations: list[Json] = []
    for audience in read_account(client).audiences:
        live = read_live(client, audience, EVERYTHING)
        operations.extend(operations_of(live, settings))
    return {"type": "DESTINATION_CATALOG", "destination_catalog": {"operations": operations}}


def operations_of(live: LiveAudience, settings: Settings) -> Iterator[Json]:
    """Yield an operation per sync mode that is offered for an audience."""
    for mode in OFFERED:
        operation: Json = {
            "object_name": object_name_of(live.audience),
            "sync_mode": mode,
            "json_schema": object_schema(
                live, fields_required=_requires_fields(mode, settings), is_open=settings.unmapped_fields == "create"
            ),
        }
        if mode != "append":
            operation["matching_keys"] = [*MATCHING_KEYS, *_external_ids(live, settings)]
        yield operation


def _external_ids(live: LiveAudience, settings: Settings) -> Iterator[list[str]]:
    """Yield, as a matching key, each merge field of the audience that holds an external ID by an entry of the form."""
    tags = {entry.external_id.target.upper() for entry in settings.streams if entry.external_id is not None}
    for field in live.merge_fields:
        if field.tag.upper() in tags:
            yield [field.tag]


def _requires_fields(mode: OfferedMode, settings: Settings) -> bool:
    """Return whether records of a mode must hold what Mailchimp's own form requires: those that may add people."""
    match mode:
        case "append" | "append_dedup":
            return settings.required_fields == "enforce"
        case "update":
            return False
        case _:
            assert_never(mode)
