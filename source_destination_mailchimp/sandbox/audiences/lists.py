"""Audiences, which the API calls lists.

Not done: e-commerce stores (has_ecommerce_store finds none); subscriptions per month and ratings stay 0.
"""

from typing import Any, Final

from source_destination_mailchimp.sandbox.account.clock import iso
from source_destination_mailchimp.sandbox.account.ids import unique_email_id
from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.audiences import merge_fields
from source_destination_mailchimp.sandbox.audiences.audience import Audience
from source_destination_mailchimp.sandbox.campaigns.sending import Campaigns
from source_destination_mailchimp.sandbox.http.calls import Call
from source_destination_mailchimp.sandbox.http.errors import Problem
from source_destination_mailchimp.sandbox.http.links import Row, links
from source_destination_mailchimp.sandbox.http.schema import BOOLEAN, STRING, Shape, record
from source_destination_mailchimp.sandbox.members.addresses import digest_of
from source_destination_mailchimp.sandbox.members.member import Member

DEFAULT_MAX_AUDIENCES: Final = 100

_CONTACT_FIELDS = dict.fromkeys(("company", "address1", "address2", "city", "state", "zip", "country", "phone"), STRING)
_CAMPAIGN_FIELDS = dict.fromkeys(("from_name", "from_email", "subject", "language"), STRING)
_FIELDS: dict[str, Shape] = {
    "name": STRING,
    "permission_reminder": STRING,
    "email_type_option": BOOLEAN,
    "use_archive_bar": BOOLEAN,
    "notify_on_subscribe": STRING,
    "notify_on_unsubscribe": STRING,
    "double_optin": BOOLEAN,
    "marketing_permissions": BOOLEAN,
    "campaign_defaults": record(tuple(_CAMPAIGN_FIELDS), **_CAMPAIGN_FIELDS),
}
_REQUIRED = ("name", "contact", "permission_reminder", "campaign_defaults", "email_type_option")
POST_BODY = record(_REQUIRED, **_FIELDS, contact=record(("company", "address1", "city", "country"), **_CONTACT_FIELDS))
PATCH_BODY = record(_REQUIRED, **_FIELDS, contact=record(**_CONTACT_FIELDS))

BLANK: Final[dict[str, Any]] = {
    "name": "",
    "contact": dict.fromkeys(_CONTACT_FIELDS, ""),
    "permission_reminder": "You signed up in the sandbox.",
    "use_archive_bar": True,
    "campaign_defaults": {
        "from_name": "Sender",
        "from_email": "sender@sandbox-people.org",
        "subject": "",
        "language": "en",
    },
    "notify_on_subscribe": "",
    "notify_on_unsubscribe": "",
    "email_type_option": False,
    "visibility": "prv",
    "double_optin": False,
    "has_welcome": False,
    "marketing_permissions": False,
    "modules": [],
}


def open_audience(store: Store, settings: dict[str, Any], audience_id: str = "") -> Audience:
    """A new audience with Mailchimp's default merge fields and, if it asks for them, marketing permissions."""
    merged = {**BLANK, **settings}
    merged["contact"] = {**BLANK["contact"], **merged["contact"]}
    audience = store.new_audience(merged, audience_id)
    for number, field in enumerate(merge_fields.DEFAULTS, start=1):
        merge_fields.add_field(audience, field, number)
    if store.is_on("owner_is_member", "yes"):
        _add_owner(store, audience)
    if audience.settings["marketing_permissions"]:
        add_permissions(audience, ("Email", "Direct Mail", "Customized Online Advertising"))
    return audience


def _add_owner(store: Store, audience: Audience) -> None:
    """The first member of an account's first audience: its sender, with the account's own address (observed)."""
    address, now = audience.settings["campaign_defaults"]["from_email"], store.clock.now()
    owner = Member(digest_of(address), address, store.next_web_id(), "subscribed", now, timestamp_opt=now)
    owner.source = "Admin Add"
    street = {"addr1": "1 Sandy Lane\nAtlanta, GA 30308\nUSA", "addr2": "", "city": "", "state": "", "zip": ""}
    field = audience.merge_field("ADDRESS")
    if field is not None:
        owner.merge_values = {field.merge_id: {**street, "country": "US"}}
    audience.add(owner)


def add_permissions(audience: Audience, texts: tuple[str, ...]) -> None:
    """Marketing permissions with these texts; their IDs belong to the audience."""
    audience.settings["marketing_permissions"] = bool(texts)
    audience.permissions = {unique_email_id(f"{audience.id}:{text}"): text for text in texts}


def read_all(call: Call) -> dict[str, Any]:
    """GET /lists."""
    rows = [audience for audience in call.store.audiences.values() if _fits(call, audience)]
    if call.choice("sort_field", "date_created"):
        descending = call.choice("sort_dir", "ASC", "DESC") == "DESC"
        rows.sort(key=lambda audience: audience.date_created, reverse=descending)
    total = len(call.store.audiences)
    limit = call.store.account.get("max_audiences", DEFAULT_MAX_AUDIENCES)
    return {
        "lists": [_shown(call, audience) for audience in call.of(rows)],
        "total_items": len(rows),
        "constraints": {"may_create": total < limit, "max_instances": limit, "current_total_instances": total},
        "_links": links(
            call.root,
            [
                ("self", "GET", "/lists", "Lists/CollectionResponse", "Paths/Lists/Collection"),
                ("create", "POST", "/lists", "Lists/Response", "Definitions/Lists/POST"),
            ],
        ),
    }


def _fits(call: Call, audience: Audience) -> bool:
    email = call.query.get("email", "")
    if email and digest_of(email) not in audience.by_digest:
        return False
    if call.flag("has_ecommerce_store"):
        return False
    filtered = "since_campaign_last_sent" in call.query or "before_campaign_last_sent" in call.query
    if filtered and not (audience.last_campaign_sent and call.since("campaign_last_sent", audience.last_campaign_sent)):
        return False
    return call.since("date_created", audience.date_created)


def create(call: Call) -> dict[str, Any]:
    """POST /lists: within the number of audiences that the plan allows."""
    limit = call.store.account.get("max_audiences", DEFAULT_MAX_AUDIENCES)
    if len(call.store.audiences) >= limit:
        raise Problem(403, "Forbidden", f"Your account can have at most {limit} audiences.")
    settings = {name: value for name, value in call.body.items() if name in POST_BODY.fields}
    return _shown(call, open_audience(call.store, settings))


def read_one(call: Call) -> dict[str, Any]:
    """GET /lists/{list_id}."""
    return _shown(call, call.audience)


def change(call: Call) -> dict[str, Any]:
    """PATCH /lists/{list_id}."""
    audience, body = call.audience, call.body
    for name, value in body.items():
        if name == "marketing_permissions":
            add_permissions(audience, ("Email", "Direct Mail", "Customized Online Advertising") if value else ())
        elif name in PATCH_BODY.fields:
            old = audience.settings.get(name)
            audience.settings[name] = {**old, **value} if isinstance(old, dict) else value
    return _shown(call, audience)


def delete(call: Call) -> None:
    """DELETE /lists/{list_id}: with everybody in it."""
    del call.store.audiences[call.audience.id]


def _stats(call: Call, audience: Audience) -> dict[str, Any]:
    counts = audience.counts
    open_rate, click_rate = call.store.room(Campaigns).rates(audience.id)
    stats: dict[str, Any] = {
        "member_count": counts["subscribed"],
        "unsubscribe_count": counts["unsubscribed"],
        "cleaned_count": counts["cleaned"],
        "member_count_since_send": counts["subscribed"],
        "unsubscribe_count_since_send": counts["unsubscribed"],
        "cleaned_count_since_send": counts["cleaned"],
        "campaign_count": audience.campaign_count,
        "campaign_last_sent": iso(audience.last_campaign_sent),
        "merge_field_count": len(audience.merge_fields),
        "avg_sub_rate": 0,
        "avg_unsub_rate": 0,
        "target_sub_rate": 0,
        "open_rate": open_rate,
        "click_rate": click_rate,
        "last_sub_date": iso(audience.last_sub),
        "last_unsub_date": iso(audience.last_unsub),
    }
    if call.flag("include_total_contacts"):
        stats = {"total_contacts": sum(counts.values()), **stats}
    return stats


def _shown(call: Call, audience: Audience) -> dict[str, Any]:
    settings, dc, id = audience.settings, call.data_center, audience.id
    account = call.store.account.get("account_id", "8d3a3db4d97663a9074efcc16")
    return {
        "id": id,
        "web_id": audience.web_id,
        "name": settings["name"],
        "contact": settings["contact"],
        "permission_reminder": settings["permission_reminder"],
        "use_archive_bar": settings["use_archive_bar"],
        "campaign_defaults": settings["campaign_defaults"],
        "notify_on_subscribe": settings["notify_on_subscribe"],
        "notify_on_unsubscribe": settings["notify_on_unsubscribe"],
        "date_created": iso(audience.date_created),
        "list_rating": 0,
        "email_type_option": settings["email_type_option"],
        "subscribe_url_short": f"http://eepurl.com/{id[:6]}",
        "subscribe_url_long": f"https://sandbox.{dc}.list-manage.com/subscribe?u={account}&id={id}",
        "beamer_address": f"{dc}-{account[:10]}-{unique_email_id(id)}@inbound.mailchimp.com",
        "visibility": settings["visibility"],
        "double_optin": settings["double_optin"],
        "has_welcome": settings["has_welcome"],
        "marketing_permissions": settings["marketing_permissions"],
        "modules": settings["modules"],
        "stats": _stats(call, audience),
        "_links": links(call.root, _link_rows(id)),
    }


def _link_rows(id: str) -> list[Row]:
    path = f"/lists/{id}"
    children = (
        ("growth-history", "Growth"),
        ("interest-categories", "InterestCategories"),
        ("members", "Members"),
        ("merge-fields", "MergeFields"),
        ("segments", "Segments"),
        ("webhooks", "Webhooks"),
        ("signup-forms", "SignupForms"),
        ("locations", "Locations"),
    )
    batch = "Definitions/Lists/BatchPOST"
    return [
        ("self", "GET", path, "Lists/Response", ""),
        ("parent", "GET", "/lists", "Lists/CollectionResponse", "Paths/Lists/Collection"),
        ("update", "PATCH", path, "Lists/Response", "Definitions/Lists/PATCH"),
        ("batch-sub-unsub-members", "POST", path, "Lists/BatchPOST-Response", batch),
        ("delete", "DELETE", path, "", ""),
        (
            "abuse-reports",
            "GET",
            f"{path}/abuse-reports",
            "Lists/Abuse/CollectionResponse",
            "Paths/Lists/Abuse/Collection",
        ),
        ("activity", "GET", f"{path}/activity", "Lists/Activity/Response", ""),
        ("clients", "GET", f"{path}/clients", "Lists/Clients/Response", ""),
        *(
            (rel, "GET", f"{path}/{rel}", f"Lists/{name}/CollectionResponse", f"Paths/Lists/{name}/Collection")
            for rel, name in children
        ),
    ]
