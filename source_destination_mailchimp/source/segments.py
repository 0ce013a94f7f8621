"""Members of one segment: who changed, and everybody again when somebody joined or left."""

from dataclasses import replace

from source_destination_mailchimp.mailchimp.members import Json, name_of
from source_destination_mailchimp.mailchimp.paging import pages
from source_destination_mailchimp.source.account import collection
from source_destination_mailchimp.source.partition import OpenPartition
from source_destination_mailchimp.source.rows import Pages, is_since, newest_of, without_empty
from source_destination_mailchimp.source.states import digest, printed_floor

MEMBERSHIP_KEY = "membership"


class _Membership:
    """A sum over the names of a segment's members: it differs when somebody joined or left, in whatever order."""

    def __init__(self) -> None:
        self.newest = ""
        self._sum = 0

    def add(self, page: list[Json]) -> None:
        """Take the members of a page in."""
        self.newest = max(self.newest, newest_of(page))
        for row in page:
            self._sum += _number_of(row)

    def printed(self) -> str:
        """Return the sum as a state keeps it."""
        return f"{self._sum % 2**64:x}"


def _number_of(member: Json) -> int:
    """Return a number that stands for a member."""
    name = name_of(member)
    try:
        return int(name[:15], 16)
    except ValueError:  # of a contact without an address
        return int(digest(name), 16)


def read_segment_members(partition: OpenPartition) -> Pages:
    """Yield members with `segment_id` and `list_id`.

    Joining a segment does not have to change `last_changed`: a sum over the members' names, kept beside the cursor,
    tells whether somebody joined or left. A first, short read decides whether anything has to be read at all.
    """
    floor = partition.floor("last_changed")
    first = printed_floor(floor)
    if partition.saved:
        now = _look(partition)
        has_same_members = now.printed() == partition.saved.get(MEMBERSHIP_KEY, now.printed())
        if has_same_members and now.newest < first:
            partition.bookmark = {**partition.saved, MEMBERSHIP_KEY: now.printed()}
            return
        if not has_same_members:
            first = partition.first_time()
    found = _Membership()
    added = {"segment_id": partition.parent.row["id"], "list_id": partition.parent.ids["list_id"]}
    wanted = collection(partition.stream, partition.parent.ids)
    for page in pages(partition.account.client, wanted, partition.account.pool):
        found.add(page)
        wanted_rows = []
        for row in page:
            if is_since(row, first):
                wanted_rows.append({**without_empty(row), "id": name_of(row) or None, **added})
        yield wanted_rows
    partition.bookmark[MEMBERSHIP_KEY] = found.printed()
    partition.advance("last_changed", found.newest)


def _look(partition: OpenPartition) -> _Membership:
    """Read nothing but names and times of the members."""
    whole = collection(partition.stream, partition.parent.ids)
    params = {name: value for name, value in whole.params.items() if name != "exclude_fields"}
    params["fields"] = "members.id,members.contact_id,members.last_changed,total_items"
    found = _Membership()
    for page in pages(partition.account.client, replace(whole, params=params), partition.account.pool):
        found.add(page)
    return found
