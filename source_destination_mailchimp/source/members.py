"""Members of one audience: those who are there, those who are archived, and those who were deleted."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from source_destination_mailchimp.mailchimp.api import items
from source_destination_mailchimp.mailchimp.errors import Refused
from source_destination_mailchimp.mailchimp.members import Json, Status, name_of, shows_all_tags
from source_destination_mailchimp.source import rows
from source_destination_mailchimp.source.account import ParentRecord
from source_destination_mailchimp.source.audience_reader import Demand, MemberPage, Reached
from source_destination_mailchimp.source.deletions import DeletionWatch
from source_destination_mailchimp.source.member_signs import MemberSigns
from source_destination_mailchimp.source.partition import SETTLED_KEY, OpenPartition
from source_destination_mailchimp.source.rows import Pages, in_pages, is_since, newest_of
from source_destination_mailchimp.source.states import printed, printed_floor

CURSORS = {None: "last_changed", "archived": "archived_last_changed"}
"""Which cursor belongs to which status asked for."""

UNDER_WAY_KEY = "under_way"
"""In a bookmark saved in the middle of a first reading, so that the next attempt still takes the last look."""

_TAG_FIELDS = ("email_address", "tags", "tags_count")


def demand_of_members(partition: OpenPartition) -> Demand:
    """Return what list_members wants: everything of whoever changed, or of everybody where tags or groups did."""
    demand = _changed_members(partition)
    if not MemberSigns(partition).wants_a_sweep:
        return demand
    start = partition.account.settings.start_date
    return replace(demand, floors=dict.fromkeys(demand.floors, start))


def _changed_members(partition: OpenPartition) -> Demand:
    """Return the demand for whoever changed; archived people by choice."""
    settings = partition.account.settings
    return changed_since(partition, (), archived=settings.include_archived or settings.detect_deleted)


def demand_of_tags(partition: OpenPartition) -> Demand:
    """Return what member_tags wants: the tags of everybody, on each sync."""
    settings = partition.account.settings
    return everybody(partition, _TAG_FIELDS, archived=settings.include_archived)


def read_members(partition: OpenPartition) -> Pages:
    """Yield records of list_members: who changed since the last sync, and who is gone where that is to be noticed."""
    list_id, settings = partition.parent.key, partition.account.settings
    watch = DeletionWatch(partition, 0) if settings.detect_deleted else None
    signs = MemberSigns(partition)
    is_news = _news(partition, signs)
    _expect_everybody(partition)
    for page in changed_members(partition, demand_of_members(partition)):
        signs.meet(page)
        if watch is not None:
            for row in page:
                watch.note(row, b"")
        if signs.wants_a_sweep:
            page = [row for row in page if is_news(row)]
        if not settings.include_archived:
            page = [row for row in page if row.get("status") != Status.ARCHIVED]
        say_unknown_statuses(partition, page)
        yield [rows.member(row, list_id, partition.columns) for row in page]
    partition.bookmark |= signs.bookmark()
    if watch is not None:
        found_at = printed(partition.account.closed_at())
        deleted = (rows.deleted_member(member_id, list_id, found_at) for member_id in watch.departed())
        yield from in_pages(deleted)


def _news(partition: OpenPartition, signs: MemberSigns) -> Callable[[Json], bool]:
    """Return what tells whether a contact of a sweep of everybody has to be handed out."""
    floors = _changed_members(partition).floors
    firsts = {status: printed_floor(floor) for status, floor in floors.items()}

    def is_news(row: Json) -> bool:
        asked = Status.ARCHIVED.value if row.get("status") == Status.ARCHIVED else None
        return is_since(row, firsts.get(asked, "")) or signs.is_concerned(row)

    return is_news


def read_tags(partition: OpenPartition) -> Pages:
    """Yield one row per member and tag."""
    list_id = partition.parent.key
    for page in all_members(partition):
        found = []
        for member in page:
            person = {
                "list_id": list_id,
                "email_id": name_of(member) or None,
                "email_address": member.get("email_address") or None,
                "contact_id": member.get("contact_id"),
            }
            for tag in _tags(partition, member):
                found.append({**person, **tag})
        yield found


def _tags(partition: OpenPartition, member: Json) -> list[Json]:
    """Return the tags of a member; who has more than Mailchimp shows beside a member is asked for alone."""
    tags: list[Json] = member.get("tags") or []
    if shows_all_tags(member):
        return tags
    person = member_record(partition, member)
    if person is None:
        return tags
    try:
        return list(items(partition.account.client, f"{person.path}/tags", "tags", {"exclude_fields": "_links"}))
    except Refused as refused:
        if (loss := partition.account.loss(refused, person)) is not None:
            raise loss from refused
        return []  # the member was deleted since the page was read


def member_record(partition: OpenPartition, member: Json) -> ParentRecord | None:
    """Return a member as what their own tags and activity hang on; None, and a warning, where no path leads to them."""
    name = name_of(member)
    if name:
        ids = {**partition.parent.ids, "email_id": name}
        return ParentRecord(name, ids, member, f"{partition.parent.path}/members/{name}")
    partition.warn(
        f"Stream {partition.stream.name}: audience {partition.parent.key} has contacts "
        "with neither an id nor a contact_id. Details that Mailchimp returns only for single contacts are "
        "missing for them."
    )
    return None


def say_unknown_statuses(partition: OpenPartition, members: list[Json]) -> None:
    """Warn of statuses that Mailchimp did not have when this was written."""
    for status in sorted(rows.unknown_statuses(members)):
        partition.warn(
            f"Stream {partition.stream.name}: Mailchimp shows contacts with the status "
            f"{status!r}, which this version of the connector does not know. Their rows are returned with "
            "opted_in null. Update the connector."
        )


def changed_since(partition: OpenPartition, fields: tuple[str, ...], *, archived: bool) -> Demand:
    """Return the demand for whoever changed since the partition's cursors.

    A first reading takes a last look at who changed meanwhile; later ones leave that to the sync that follows.
    """
    floors: dict[str | None, datetime | None] = {None: partition.floor(CURSORS[None])}
    if archived:
        floors["archived"] = partition.floor(CURSORS["archived"])
    is_first = not partition.saved or UNDER_WAY_KEY in partition.saved
    return Demand(fields, floors, has_last_look=is_first)


def everybody(partition: OpenPartition, fields: tuple[str, ...], *, archived: bool) -> Demand:
    """Return the demand for everybody who changed since the start date."""
    start = partition.account.settings.start_date
    floors: dict[str | None, datetime | None] = {None: start}
    if archived:
        floors["archived"] = start
    return Demand(fields, floors, has_last_look=True)


def all_members(partition: OpenPartition) -> Iterator[list[Json]]:
    """Yield pages of the members that the partition's stream demands."""
    for swept in partition.sweep():
        if isinstance(swept, MemberPage):
            yield swept.rows


def changed_members(partition: OpenPartition, demand: Demand) -> Iterator[list[Json]]:
    """Yield pages of the members that the partition's stream demands, and move its cursors on.

    What is saved on the way is marked as under way. The cursor of a status comes to its newest member only when the
    sweep is through with that status, because pages come in any order.
    """
    partition.bookmark[UNDER_WAY_KEY] = True
    partition.bookmark[SETTLED_KEY] = None
    newest: dict[str | None, str] = {}
    status: str | None = None
    for swept in partition.sweep():
        if swept.status != status:
            partition.advance(CURSORS[status], newest.get(status))
            status = swept.status
        if isinstance(swept, Reached):
            partition.advance(CURSORS[status], printed(swept.time))
            partition.save({**partition.saved, **partition.bookmark})
            continue
        if not swept.is_last_look:
            newest[status] = max(newest.get(status, ""), newest_of(swept.rows))
        yield swept.rows
    for status in demand.floors:
        partition.advance(CURSORS[status], newest.get(status))
    del partition.bookmark[UNDER_WAY_KEY]
    partition.settle()


def _expect_everybody(partition: OpenPartition) -> None:
    if partition.saved:
        return
    stats: dict[str, int | None] = partition.parent.row.get("stats") or {}
    counted = 0
    for figure in ("member_count", "unsubscribe_count", "cleaned_count"):
        counted += stats.get(figure) or 0
    total = stats.get("total_contacts") or 0
    partition.expect(max(counted, total))
