"""Merge tags that are columns: who renamed one in Mailchimp renamed a column."""

from source_destination_mailchimp.mailchimp.members import Json
from source_destination_mailchimp.source.partition import OpenPartition

TAGS_KEY = "merge_tags"
"""In a bookmark of list_members with flat merge fields: number of a field → its tag."""


def say_renamed_tags(partition: OpenPartition, fields: list[Json]) -> None:
    """Warn once of each merge tag that was renamed since the last sync, and remember the tags as they are."""
    before = partition.saved.get(TAGS_KEY) or {}
    now = {}
    for field in fields:
        if field.get("merge_id") is not None and field.get("tag"):
            now[str(field["merge_id"])] = field["tag"]
    for number, tag in before.items():
        renamed = now.get(number, tag)
        if renamed != tag:
            partition.warn(
                f"Stream {partition.stream.name}: in audience {partition.parent.key} the merge tag {tag} was renamed, "
                f"and its column with it: {tag} → {renamed}. Refresh the schema of the connection, and run a full "
                "refresh to fill the new column for contacts that did not change."
            )
    partition.bookmark[TAGS_KEY] = now
