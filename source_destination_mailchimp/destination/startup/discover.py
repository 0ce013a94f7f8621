"""`discover`: what a user can map a stream to, one object per audience, for the platform's own mapping page."""

from collections.abc import Iterator

from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.mapping.announced import MATCHING_KEYS, object_schema
from source_destination_mailchimp.destination.mapping.live import LiveAudience
from source_destination_mailchimp.destination.startup.preflight import read_audiences, read_live
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.members import Json

EVERYTHING = ("group:", "permission:")


def destination_catalog(client: Client, settings: Settings) -> Json:
    """A DESTINATION_CATALOG message with the audiences as they are now.

    The object's name is the audience's ID, which stays when the audience is renamed; its title is the name.
    """
    operations = [
        operation
        for audience in read_audiences(client)
        for operation in _operations(read_live(client, audience, EVERYTHING), settings)
    ]
    return {"type": "DESTINATION_CATALOG", "destination_catalog": {"operations": operations}}


def _operations(live: LiveAudience, settings: Settings) -> Iterator[Json]:
    adds = object_schema(live, fields_required=settings.required_fields == "enforce")
    updates = object_schema(live)
    for sync_mode, schema in (("append", adds), ("append_dedup", adds), ("update", updates), ("soft_delete", updates)):
        if sync_mode == "soft_delete" and settings.removal == "keep":
            continue  # such a stream would stop before its first write: it would not know what a deletion does
        operation: Json = {"object_name": live.audience.id, "sync_mode": sync_mode, "json_schema": schema}
        if sync_mode != "append":
            operation["matching_keys"] = MATCHING_KEYS
        yield operation
