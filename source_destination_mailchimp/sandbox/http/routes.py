"""The table of the API: which rule answers which method and path. A new family adds its lines to ROUTES."""

from typing import Final

from source_destination_mailchimp.sandbox.account import batches, root
from source_destination_mailchimp.sandbox.audiences import (
    growth,
    interests,
    lists,
    locations,
    merge_fields,
    segment_members,
    segments,
    tags,
)
from source_destination_mailchimp.sandbox.campaigns import (
    abuse_reports,
    automation_emails,
    automations,
    campaigns,
    journeys,
    report_clicks,
    report_domains,
    report_people,
    reports,
)
from source_destination_mailchimp.sandbox.http.calls import Route
from source_destination_mailchimp.sandbox.members import (
    activity,
    batch_subscribe,
    contacts,
    events,
    members,
    notes,
    reads,
    search,
)

_LIST: Final = "/lists/{list_id}"
_MEMBER: Final = f"{_LIST}/members/{{subscriber_hash}}"
_FIELD: Final = f"{_LIST}/merge-fields/{{merge_id}}"
_SEGMENT: Final = f"{_LIST}/segments/{{segment_id}}"
_IN_SEGMENT: Final = f"{_SEGMENT}/members"
_SEGMENT_MEMBERS: Final = "Lists/Segments/Members"

ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/", root.root, describes="Root/Instance"),
    Route("GET", "/ping", root.ping, describes="Ping/Instance"),
    Route("GET", "/lists", lists.read_all, describes="Lists/Collection"),
    Route("POST", "/lists", lists.create, lists.POST_BODY, "Lists/Instance"),
    Route("GET", _LIST, lists.read_one, describes="Lists/Instance"),
    Route("PATCH", _LIST, lists.change, lists.PATCH_BODY, "Lists/Instance"),
    Route("POST", _LIST, batch_subscribe.subscribe, batch_subscribe.BODY, "Lists/Instance"),
    Route("DELETE", _LIST, lists.delete),
    Route("GET", f"{_LIST}/merge-fields", merge_fields.read_all, describes="Lists/MergeFields/Collection"),
    Route("POST", f"{_LIST}/merge-fields", merge_fields.create, merge_fields.POST_BODY, "Lists/MergeFields/Instance"),
    Route("GET", _FIELD, merge_fields.read_one, describes="Lists/MergeFields/Instance"),
    Route("PATCH", _FIELD, merge_fields.change, merge_fields.PATCH_BODY, "Lists/MergeFields/Instance"),
    Route("DELETE", _FIELD, merge_fields.delete),
    Route("GET", f"{_LIST}/members", reads.read_all, describes="Lists/Members/Collection"),
    Route("POST", f"{_LIST}/members", members.create, members.POST_BODY, "Lists/Members/Instance"),
    Route("GET", _MEMBER, members.read_one, describes="Lists/Members/Instance"),
    Route("PUT", _MEMBER, members.upsert, members.PUT_BODY, "Lists/Members/Instance"),
    Route("PATCH", _MEMBER, members.change, members.PATCH_BODY, "Lists/Members/Instance"),
    Route("DELETE", _MEMBER, members.archive),
    Route("POST", f"{_MEMBER}/actions/delete-permanent", members.delete_permanently),
    Route("GET", f"{_MEMBER}/tags", tags.read_tags, describes="Lists/Members/Tags/Collection"),
    Route("POST", f"{_MEMBER}/tags", tags.change_tags, tags.POST_BODY),
    Route("GET", f"{_LIST}/tag-search", tags.search, describes="Lists/TagSearch/Collection"),
    Route("GET", f"{_LIST}/segments", segments.read_all, describes="Lists/Segments/Collection"),
    Route("POST", f"{_LIST}/segments", segments.create, segments.POST_BODY, "Lists/Segments/Instance"),
    Route("GET", _SEGMENT, segments.read_one, describes="Lists/Segments/Instance"),
    Route("PATCH", _SEGMENT, segments.change, segments.PATCH_BODY, "Lists/Segments/Instance"),
    Route("POST", _SEGMENT, segment_members.change_members, segment_members.BATCH_BODY, "Lists/Segments/Instance"),
    Route("DELETE", _SEGMENT, segments.delete),
    Route("GET", _IN_SEGMENT, segment_members.read_members, describes=f"{_SEGMENT_MEMBERS}/Collection"),
    Route(
        "POST",
        _IN_SEGMENT,
        segment_members.add_member,
        segment_members.MEMBER_BODY,
        f"{_SEGMENT_MEMBERS}/Instance",
    ),
    Route("DELETE", f"{_IN_SEGMENT}/{{subscriber_hash}}", segment_members.remove_member),
    Route("GET", "/batches", batches.read_all, describes="Batches/Collection"),
    Route("POST", "/batches", batches.create, batches.POST_BODY, "Batches/Instance"),
    Route("GET", "/batches/{batch_id}", batches.read_one, describes="Batches/Instance"),
    Route("DELETE", "/batches/{batch_id}", batches.delete),
    *interests.ROUTES,
    *notes.ROUTES,
    *events.ROUTES,
    *activity.ROUTES,
    *growth.ROUTES,
    *search.ROUTES,
    *campaigns.ROUTES,
    *reports.ROUTES,
    *report_people.ROUTES,
    *report_clicks.ROUTES,
    *report_domains.ROUTES,
    *automations.ROUTES,
    *automation_emails.ROUTES,
    *abuse_reports.ROUTES,
    *locations.ROUTES,
    *contacts.ROUTES,
    *journeys.ROUTES,
)
