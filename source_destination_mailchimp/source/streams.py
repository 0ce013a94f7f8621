"""The streams: one row each. Adding one is a row here, a schema, and a line in the tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto


class Parent(Enum):
    """What a stream hangs on: it is read once for each."""

    ACCOUNT = auto()
    AUDIENCE = auto()
    CATEGORY = auto()
    REPORT = auto()
    AUTOMATION = auto()
    AUTOMATION_EMAIL = auto()


class Way(Enum):
    """How the rows of one parent are read."""

    SNAPSHOT = auto()
    """All rows on each sync; in an incremental one those are handed on that are new or changed."""

    MEMBERS = auto()
    SEGMENT_MEMBERS = auto()
    MEMBER_TAGS = auto()
    MEMBER_ACTIVITY = auto()
    CONSENT = auto()
    CONTACTS = auto()
    """Contacts of every channel, page by page by a cursor of Mailchimp's."""

    ENGAGEMENT = auto()
    """Rows of one campaign, asked for only when its report says that something happened."""


@dataclass(frozen=True, slots=True)
class Through:
    """A collection between the parent and the rows: its rows fill `name` in the path."""

    path: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream. `{list_id}` and the like in `path` are filled from the parent."""

    name: str
    path: str
    key: str
    primary_key: tuple[str, ...]
    cursor_field: str | None = None
    parent: Parent = Parent.ACCOUNT
    way: Way = Way.SNAPSHOT
    params: Mapping[str, str] = field(default_factory=dict)
    added: tuple[str, ...] = ()
    """Columns taken from the parent."""

    happened: tuple[str, ...] = ()
    """Figures of a report that move when rows of this stream do."""

    through: Through | None = None
    total_lies: bool = False
    can_skip_bots: bool = False
    unwatched: tuple[str, ...] = ()
    """Columns that change with what others do: they are no reason to hand a row on again."""

    has_activities: bool = False
    """Whether a row holds a list of what somebody did, each of which becomes a record."""

    may_be_absent: bool = False
    """Whether Mailchimp may not offer it (404) or not allow it (403): that is said, and nothing is read."""

    audience_path: str = ""
    """Where a row of the account says which audience it belongs to."""


_EVERYBODY = {"include_cleaned": "true", "include_transactional": "true", "include_unsubscribed": "true"}
_BOUNCES = ("bounces.hard_bounces", "bounces.soft_bounces", "bounces.syntax_errors")
_OPENS = ("opens.opens_total", "opens.last_open")
_CLICKS = ("clicks.clicks_total", "clicks.last_click")
_LINKS = Through("/reports/{campaign_id}/click-details", "urls_clicked", "link_id")


def _campaign(
    name: str, path: str, key: str, primary_key: tuple[str, ...], cursor_field: str, happened: tuple[str, ...]
) -> Stream:
    """Return a stream of what people did with one campaign."""
    added = ("send_time",) if cursor_field == "send_time" else ()
    where = f"/reports/{{campaign_id}}/{path}"
    return Stream(
        name, where, key, primary_key, cursor_field, Parent.REPORT, Way.ENGAGEMENT, added=added, happened=happened
    )


def _automation_email(
    name: str, path: str, key: str, primary_key: tuple[str, ...], cursor_field: str, happened: tuple[str, ...]
) -> Stream:
    """Return a stream of what people did with one email of a classic automation, which has a report as campaigns do."""
    found = _campaign(name, path, key, primary_key, cursor_field, happened)
    return replace(found, parent=Parent.AUTOMATION_EMAIL, added=(*found.added, "workflow_id"))


STREAMS: tuple[Stream, ...] = (
    Stream("automations", "/automations", "automations", ("id",), "create_time", audience_path="recipients.list_id"),
    Stream(
        "campaigns",
        "/campaigns",
        "campaigns",
        ("id",),
        "create_time",
        params={"sort_field": "create_time", "sort_dir": "ASC"},
        audience_path="recipients.list_id",
    ),
    Stream(
        "lists",
        "/lists",
        "lists",
        ("id",),
        "date_created",
        params={"include_total_contacts": "true", "sort_field": "date_created", "sort_dir": "ASC"},
        audience_path="id",
    ),
    Stream("reports", "/reports", "reports", ("id",), "send_time", audience_path="list_id", unwatched=("list_stats",)),
    Stream(
        "list_members",
        "/lists/{list_id}/members",
        "members",
        ("id", "list_id"),
        "last_changed",
        Parent.AUDIENCE,
        Way.MEMBERS,
    ),
    Stream("segments", "/lists/{list_id}/segments", "segments", ("id",), "updated_at", Parent.AUDIENCE),
    Stream(
        "segment_members",
        "/lists/{list_id}/segments/{segment_id}/members",
        "members",
        ("id", "segment_id"),
        "last_changed",
        Parent.AUDIENCE,
        Way.SEGMENT_MEMBERS,
        params=_EVERYBODY,
        added=("segment_id", "list_id"),
        total_lies=True,
    ),
    Stream(
        "tags",
        "/lists/{list_id}/tag-search",
        "tags",
        ("id",),
        parent=Parent.AUDIENCE,
        added=("list_id",),
    ),
    Stream(
        "interest_categories", "/lists/{list_id}/interest-categories", "categories", ("id",), parent=Parent.AUDIENCE
    ),
    Stream(
        "interests",
        "/lists/{list_id}/interest-categories/{category_id}/interests",
        "interests",
        ("id",),
        parent=Parent.CATEGORY,
    ),
    replace(
        _campaign(
            "email_activity",
            "email-activity",
            "emails",
            ("activity_id",),
            "timestamp",
            ("emails_sent", *_OPENS, *_CLICKS, *_BOUNCES),
        ),
        can_skip_bots=True,
        has_activities=True,
    ),
    _campaign(
        "unsubscribes",
        "unsubscribed",
        "unsubscribes",
        ("campaign_id", "email_id", "timestamp"),
        "timestamp",
        ("unsubscribed", "abuse_reports"),
    ),
    Stream(
        "merge_fields", "/lists/{list_id}/merge-fields", "merge_fields", ("list_id", "merge_id"), parent=Parent.AUDIENCE
    ),
    Stream(
        "member_tags",
        "/lists/{list_id}/members/{email_id}/tags",
        "tags",
        ("list_id", "email_id", "id"),
        parent=Parent.AUDIENCE,
        way=Way.MEMBER_TAGS,
    ),
    Stream(
        "member_activity",
        "/lists/{list_id}/members/{email_id}/activity-feed",
        "activity",
        ("activity_id",),
        "created_at_timestamp",
        Parent.AUDIENCE,
        Way.MEMBER_ACTIVITY,
        total_lies=True,
    ),
    _campaign(
        "campaign_recipients",
        "sent-to",
        "sent_to",
        ("campaign_id", "email_id"),
        "send_time",
        ("emails_sent", *_OPENS, *_BOUNCES),
    ),
    replace(
        _campaign("click_details", "click-details", "urls_clicked", ("campaign_id", "id"), "send_time", _CLICKS),
        can_skip_bots=True,
    ),
    replace(
        _campaign(
            "click_members",
            "click-details/{link_id}/members",
            "members",
            ("campaign_id", "url_id", "email_id"),
            "send_time",
            _CLICKS,
        ),
        through=_LINKS,
    ),
    replace(
        _campaign("open_details", "open-details", "members", ("campaign_id", "email_id"), "send_time", _OPENS),
        can_skip_bots=True,
    ),
    Stream(
        "consent",
        "/lists/{list_id}/members",
        "members",
        ("list_id", "email_id", "status", "changed_at"),
        "changed_at",
        Parent.AUDIENCE,
        Way.CONSENT,
    ),
    Stream(
        "automation_emails",
        "/automations/{workflow_id}/emails",
        "emails",
        ("id",),
        "create_time",
        Parent.AUTOMATION,
    ),
    _automation_email(
        "automation_recipients",
        "sent-to",
        "sent_to",
        ("campaign_id", "email_id"),
        "send_time",
        ("emails_sent", *_OPENS, *_BOUNCES),
    ),
    replace(
        _automation_email(
            "automation_recipient_activity",
            "email-activity",
            "emails",
            ("activity_id",),
            "timestamp",
            ("emails_sent", *_OPENS, *_CLICKS, *_BOUNCES),
        ),
        can_skip_bots=True,
        has_activities=True,
    ),
    Stream(
        "contacts",
        "/audiences/{list_id}/contacts",
        "contacts",
        ("audience_id", "id"),
        "last_updated_at",
        Parent.AUDIENCE,
        Way.CONTACTS,
        may_be_absent=True,
    ),
    Stream(
        "customer_journeys",
        "/customer-journeys/journeys",
        "journeys",
        ("id",),
        "create_time",
        audience_path="list_id",
        may_be_absent=True,
    ),
    Stream(
        "growth_history",
        "/lists/{list_id}/growth-history",
        "history",
        ("list_id", "month"),
        parent=Parent.AUDIENCE,
    ),
    Stream(
        "list_activity",
        "/lists/{list_id}/activity",
        "activity",
        ("list_id", "day"),
        parent=Parent.AUDIENCE,
        added=("list_id",),
    ),
    Stream(
        "list_locations",
        "/lists/{list_id}/locations",
        "locations",
        ("list_id", "cc"),
        parent=Parent.AUDIENCE,
        added=("list_id",),
    ),
    Stream("abuse_reports", "/lists/{list_id}/abuse-reports", "abuse_reports", ("id",), "date", Parent.AUDIENCE),
    _campaign(
        "domain_performance",
        "domain-performance",
        "domains",
        ("campaign_id", "domain"),
        "send_time",
        ("emails_sent", *_OPENS, *_CLICKS, *_BOUNCES, "unsubscribed"),
    ),
)

BY_NAME: Mapping[str, Stream] = {stream.name: stream for stream in STREAMS}
