"""Filling an account at once: keys, audiences and what they hold; the same order gives the same account."""

from collections.abc import Mapping
from typing import Any, Final

from source_destination_mailchimp.sandbox.account.clock import parse_time
from source_destination_mailchimp.sandbox.account.root import ACCOUNT
from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.audiences import interests, lists, locations, merge_fields
from source_destination_mailchimp.sandbox.audiences.audience import Audience, Segment
from source_destination_mailchimp.sandbox.campaigns import journeys, workflows
from source_destination_mailchimp.sandbox.control import seeded_members
from source_destination_mailchimp.sandbox.control.names import check_names
from source_destination_mailchimp.sandbox.control.seeded_members import FOR_ALL
from source_destination_mailchimp.sandbox.http.errors import TRIGGERS

_AUDIENCE_SETTINGS: Final = tuple(lists.BLANK)
_CONTENT: Final = ("date_created", "merge_fields", "interest_categories", "segments", "members", "locations")
_MADE_UP: Final = ("prefix", "domain", "start", "status", "archived", "merge_values", "last_changed", *FOR_ALL)
ORDER: Final = (
    *("account", "keys", "audiences", "automations", "journeys", "audience"),
    *(*_AUDIENCE_SETTINGS, *_CONTENT, *_MADE_UP),
)
_ACCOUNT: Final = (*ACCOUNT, "max_audiences")
_KEY: Final = ("key", "user", "problem")
_FIELD: Final = (
    *("merge_id", "tag", "name", "type", "required", "default_value", "public", "display_order", "options"),
    "help_text",
)
_CATEGORY: Final = ("id", "title", "type", "display_order", "interests")
_INTEREST: Final = ("id", "name", "display_order")
_SEGMENT: Final = ("id", "name", "options", "created_at", "updated_at")
# What Mailchimp's own objects have besides, and what follows from the rest: let through, so that they can be seeded.
_SHOWN_ONLY: Final = (
    *("id", "list_id", "category_id", "web_id", "type", "stats", "list_rating", "member_count", "subscriber_count"),
    *("subscribe_url_short", "subscribe_url_long", "beamer_address", "_links"),
)


def seed(store: Store, order: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out one order of POST /_sandbox/seed; docs/sandbox.md lists its keys. Raises ValueError for others."""
    check_names("A seed", order, ORDER, _SHOWN_ONLY)
    check_names("A seed's account", order.get("account", {}), _ACCOUNT)
    store.account.update(order.get("account", {}))
    for key in order.get("keys", ()):
        _add_key(store, key if isinstance(key, dict) else {"key": str(key)})
    for one in order.get("audiences", ()):
        seed(store, one)
    for automation in order.get("automations", ()):
        workflows.add(store, automation)
    for journey in order.get("journeys", ()):
        journeys.add(store, journey)
    if "audience" not in order and not {"name", "members", "merge_fields"} & order.keys():
        return {"audiences": list(store.audiences)}
    audience = _audience(store, order)
    _add_fields(audience, order.get("merge_fields", ()))
    _add_categories(audience, order.get("interest_categories", ()))
    _add_segments(store, audience, order.get("segments", ()))
    locations.add(audience, order.get("locations", ()))
    count = 0
    for row in seeded_members.rows_of(store, order):
        seeded_members.add(store, audience, row)
        count += 1
    return {"audience": audience.id, "members": count, "total": len(audience.by_digest)}


def _add_key(store: Store, key: Mapping[str, Any]) -> None:
    """Let the account have a key: of which user, and whether it is always refused (`problem`: as X-Trigger-Error)."""
    check_names("A seed's key", key, _KEY)
    store.keys[key["key"]] = str(key.get("user", "user"))
    if "problem" in key:
        if key["problem"] not in TRIGGERS:
            raise ValueError(f"There is no problem {key['problem']!r}. There are: {', '.join(TRIGGERS)}")
        store.key_problems[key["key"]] = key["problem"]


def _audience(store: Store, order: Mapping[str, Any]) -> Audience:
    wanted = str(order.get("audience", ""))
    settings = {name: value for name, value in order.items() if name in _AUDIENCE_SETTINGS}
    texts = order.get("marketing_permissions")
    if isinstance(texts, list):
        settings["marketing_permissions"] = bool(texts)
    audience = store.audiences.get(wanted)
    if audience is None:
        settings.setdefault("name", wanted or f"Audience {len(store.audiences) + 1}")
        audience = lists.open_audience(store, settings, wanted)
    else:
        audience.settings.update(settings)
    if isinstance(texts, list):
        lists.add_permissions(audience, tuple(texts))
    if "date_created" in order:
        audience.date_created = int(parse_time(order["date_created"]))
    return audience


def _add_fields(audience: Audience, fields: Any) -> None:
    for body in fields:
        check_names("A seed's merge field", body, _FIELD, _SHOWN_ONLY)
        known = audience.merge_field(str(body.get("tag", "")))
        if known is not None:
            del audience.merge_fields[known.merge_id]
        merge_id = int(body.get("merge_id", known.merge_id if known else 0))
        made = merge_fields.add_field(audience, {"name": body.get("tag", ""), "type": "text", **body}, merge_id)
        made.options = dict(body.get("options", made.options))
    audience.merge_fields = dict(sorted(audience.merge_fields.items()))


def _add_categories(audience: Audience, categories: Any) -> None:
    """Interest categories with their interests; IDs are taken if they are given."""
    groups = audience.room(interests.Groups)
    for position, given in enumerate(categories):
        check_names("A seed's interest category", given, _CATEGORY, _SHOWN_ONLY)
        made = interests.Category(
            str(given.get("id") or groups.next_id(audience)),
            str(given["title"]),
            str(given.get("type", "checkboxes")),
            int(given.get("display_order", position)),
        )
        groups.categories[made.id] = made
        for place, choice in enumerate(given.get("interests", ()), start=1):
            check_names("A seed's interest", choice, _INTEREST, _SHOWN_ONLY)
            id, order = str(choice.get("id") or groups.next_id(audience)), int(choice.get("display_order", place))
            made.interests[id] = interests.Interest(id, str(choice["name"]), order)
            audience.interests[id] = made.id


def _add_segments(store: Store, audience: Audience, segments: Any) -> None:
    """Tags, and with `options` saved segments; IDs are taken if they are given."""
    for given in segments:
        check_names("A seed's segment", given, _SEGMENT, _SHOWN_ONLY)
        created = _moment(store, given, "created_at")
        updated = _moment(store, given, "updated_at")
        id = store.next_segment_id(int(given.get("id", 0)))
        audience.add_segment(Segment(id, str(given["name"]), created, updated, given.get("options")))


def _moment(store: Store, given: Mapping[str, Any], name: str) -> int:
    return int(parse_time(str(given[name]))) if given.get(name) else store.clock.now()
