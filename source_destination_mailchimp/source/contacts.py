"""Contacts of every channel: Mailchimp's beta, paged by its own cursor; only those updated since the last sync."""

from datetime import timedelta

from source_destination_mailchimp.mailchimp.calls import read_page
from source_destination_mailchimp.mailchimp.members import PAGE_SIZE
from source_destination_mailchimp.source.partition import OpenPartition
from source_destination_mailchimp.source.rows import Pages, row_time, without_empty
from source_destination_mailchimp.source.states import moment, printed


def read_contacts(partition: OpenPartition) -> Pages:
    """Yield pages of contacts until Mailchimp names no next one.

    A page cannot be asked for before the one ahead of it is there: the cursor is in its answer. [documented]
    """
    stream = partition.stream
    cursor_field = stream.cursor_field or ""
    path = stream.path.format_map(partition.parent.ids)
    params = {"count": str(PAGE_SIZE), "exclude_fields": f"{stream.key}._links,_links"}
    floor = partition.floor(cursor_field)
    if floor is not None:
        # The very second of updated_since is left out. [documented]
        params["updated_since"] = printed(floor - timedelta(seconds=1))
    newest = ""
    while True:
        body = partition.account.client.send(read_page(path, stream.key, params)).body
        page = [without_empty(row) for row in body.get(stream.key) or []]
        for row in page:
            changed = row_time(row, cursor_field)
            if changed:
                newest = max(newest, printed(moment(changed)))
        yield page
        following = body.get("next_cursor") or ""
        if not following or following == params.get("cursor"):
            break
        params["cursor"] = following
    partition.advance(cursor_field, newest)
    partition.settle()
