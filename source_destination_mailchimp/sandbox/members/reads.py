"""The collection of members: filters, orders and pages.

Listings by ID or by last change come from an index; every other order is worked out once and kept until something
in the audience changes. Not done: since_last_campaign only knows campaigns of this sandbox.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sortedcontainers import SortedList

from source_destination_mailchimp.sandbox.account.ids import unique_email_id
from source_destination_mailchimp.sandbox.http.calls import Call
from source_destination_mailchimp.sandbox.http.errors import FieldError, invalid, invalid_fields
from source_destination_mailchimp.sandbox.http.links import links
from source_destination_mailchimp.sandbox.members.index import PRESENT, SECOND, ids_of
from source_destination_mailchimp.sandbox.members.member import STATUSES, Member
from source_destination_mailchimp.sandbox.members.view import MemberView

NOT_A_FILTER: Final = frozenset({"count", "offset", "fields", "exclude_fields", "apikey"})
KEPT_LISTINGS: Final = 8
LAG_SECONDS: Final = 5  # for how long somebody new is missing, where the switch lets the collection lag
EDGES: Final = ("since_edge",)

Test = Callable[[Member], bool]


@dataclass(slots=True)
class Listings:
    """Filtered listings already worked out, valid for one version of the audience."""

    version: int = -1
    rows: dict[tuple[object, ...], list[int]] = field(default_factory=dict)


def read_all(call: Call) -> dict[str, Any]:
    """GET /lists/{list_id}/members: everybody but the archived, unless a status is asked for."""
    audience = call.audience
    ids, total = _page(call)
    view, keys = MemberView(audience, call.root), call.selection.keys("members")
    path, name = f"/lists/{audience.id}", "Lists/Members"
    return {
        "members": [view.some(audience.by_web_id[web_id], keys) for web_id in ids],
        "list_id": audience.id,
        "total_items": total,
        "_links": links(
            call.root,
            [
                ("self", "GET", f"{path}/members", f"{name}/CollectionResponse", f"Paths/{name}/Collection"),
                ("parent", "GET", path, f"{name}/Response", ""),
                ("create", "POST", f"{path}/members", f"{name}/Response", f"Definitions/{name}/POST"),
            ],
        ),
    }


def _page(call: Call) -> tuple[Sequence[int], int]:
    """The IDs on the page asked for, and how many there are altogether."""
    group = call.choice("status", *STATUSES) or PRESENT
    field_name = call.choice("sort_field", "timestamp_opt", "timestamp_signup", "last_changed")
    descending = call.choice("sort_dir", "ASC", "DESC") == "DESC"
    tests = _tests(call, group)
    if call.store.is_on("members_list_lag", "seconds"):
        return _lagging(call, group, field_name, descending, tests)
    if not tests and field_name in {"", "last_changed"}:
        window = _window(call)
        if field_name == "last_changed":
            return _by_change(call, group, descending, window)
        if window is None:
            return _by_id(call, group, descending)
    rows = _listing(call, group, field_name, descending, tests)
    return call.of(rows), len(rows)


def _lagging(call: Call, group: str, field_name: str, descending: bool, tests: list[Test]) -> tuple[Sequence[int], int]:
    """The page of a collection that does not know yet whom the last seconds brought (worked out for every call)."""
    audience, known_since = call.audience, call.store.clock.now() - LAG_SECONDS
    listed = _listing(call, group, field_name, descending, tests)
    rows = [web_id for web_id in listed if audience.by_web_id[web_id].added_at <= known_since]
    return call.of(rows), len(rows)


def _window(call: Call) -> tuple[int, int] | None:
    """The change keys between since_last_changed and before_last_changed; None where neither is given.

    The very second of the one is left out, that of the other is taken (observed, LIVE-2026).
    """
    since, before = call.time("since_last_changed"), call.time("before_last_changed")
    if since is None and before is None:
        return None
    low, high = 0, SECOND * SECOND
    if since is not None:
        low = (math.floor(since) + 1) * SECOND
    if before is not None:
        high = (math.floor(before) + 1) * SECOND - 1
    return low, high


def _by_change(call: Call, group: str, descending: bool, window: tuple[int, int] | None) -> tuple[Sequence[int], int]:
    keys = call.audience.order.by_change(group)
    start, stop = _span(keys, window)
    offset, count = call.page()
    first = max(start, stop - offset - count) if descending else min(stop, start + offset)
    last = max(start, stop - offset) if descending else min(stop, start + offset + count)
    if call.store.is_on("order_within_a_second", "unstable"):
        page = _shuffled(call, keys, (start, stop), (first, last))
    else:
        page = list(keys[first:last])
    return ids_of(reversed(page) if descending else page), stop - start


def _span(keys: SortedList, window: tuple[int, int] | None) -> tuple[int, int]:
    """From which position to which the keys of a window stand."""
    if window is None:
        return 0, len(keys)
    start = keys.bisect_left(window[0])
    return start, max(start, keys.bisect_right(window[1]))


def _shuffled(call: Call, keys: SortedList, window: tuple[int, int], page: tuple[int, int]) -> list[int]:
    """The page of keys that is there when each second it touches is dealt anew for every call."""
    first, last = page
    if first >= last:
        return []
    low = max(window[0], keys.bisect_left(keys[first] // SECOND * SECOND))
    high = min(window[1], keys.bisect_left((keys[last - 1] // SECOND + 1) * SECOND))
    block = list(keys[low:high])
    call.store.chance.shuffle(block)
    block.sort(key=lambda key: key // SECOND)
    return block[first - low : last - low]


def _by_id(call: Call, group: str, descending: bool) -> tuple[Sequence[int], int]:
    ids = call.audience.order.by_id(group)
    offset, count = call.page()
    if descending:
        last = max(0, len(ids) - offset)
        return list(ids[max(0, last - count) : last])[::-1], len(ids)
    return list(ids[offset : offset + count]), len(ids)


def _listing(call: Call, group: str, field_name: str, descending: bool, tests: list[Test]) -> list[int]:
    """All IDs of a filtered or differently sorted listing, from memory if nothing has changed since."""
    audience = call.audience
    known = audience.room(Listings)
    if known.version != audience.order.version or len(known.rows) >= KEPT_LISTINGS:
        known.version, known.rows = audience.order.version, {}
    filters = frozenset((name, value) for name, value in call.query.items() if name not in NOT_A_FILTER)
    key = (filters, *(call.store.switches[name] for name in EDGES), audience.last_campaign_sent)
    if key not in known.rows:
        members = [audience.by_web_id[web_id] for web_id in _in_window(call, group)]
        chosen = [member for member in members if all(test(member) for test in tests)]
        if field_name:
            chosen.sort(key=lambda member: (getattr(member, field_name), member.web_id))
        known.rows[key] = [member.web_id for member in chosen][:: -1 if descending else 1]
    return known.rows[key]


def _in_window(call: Call, group: str) -> Iterable[int]:
    """The IDs of a group, in order, whose last change lies in the window asked for."""
    window = _window(call)
    if window is None:
        ids: Iterable[int] = call.audience.order.by_id(group)
        return ids
    keys = call.audience.order.by_change(group)
    start, stop = _span(keys, window)
    return sorted(ids_of(keys[start:stop]))


def _tests(call: Call, group: str) -> list[Test]:
    """The filters that no index answers."""
    tests: list[Test] = []
    query = call.query
    if email_type := query.get("email_type"):
        tests.append(lambda member: member.email_type == email_type)
    if unique := query.get("unique_email_id"):
        tests.append(lambda member: unique_email_id(member.email_address) == unique)
    if call.flag("vip_only"):
        tests.append(lambda member: member.vip)
    if "since_timestamp_opt" in query or "before_timestamp_opt" in query:
        tests.append(lambda member: bool(member.timestamp_opt) and call.since("timestamp_opt", member.timestamp_opt))
    return [*tests, *_interest_tests(call), *_campaign_tests(call, group), *_departure_tests(call, group)]


def _interest_tests(call: Call) -> list[Test]:
    """interest_category_id, interest_ids and interest_match only work together (documented)."""
    given = [name for name in ("interest_category_id", "interest_ids", "interest_match") if call.query.get(name)]
    if not given:
        return []
    if len(given) < 3:
        raise invalid("interest_category_id, interest_ids and interest_match must be used together.")
    wanted = frozenset(filter(None, (part.strip() for part in call.query["interest_ids"].split(","))))
    match = call.choice("interest_match", "any", "all", "none")
    if match == "any":
        return [lambda member: not wanted.isdisjoint(member.interests)]
    if match == "all":
        return [lambda member: wanted <= member.interests]
    return [lambda member: wanted.isdisjoint(member.interests)]


def _campaign_tests(call: Call, group: str) -> list[Test]:
    if not call.flag("since_last_campaign"):
        return []
    if not group:
        raise invalid("Status is required when using since_last_campaign filter.")
    sent = call.audience.last_campaign_sent
    return [lambda member: max(member.timestamp_opt, member.left_at) > sent]


def _departure_tests(call: Call, group: str) -> list[Test]:
    since = call.time("unsubscribed_since")
    if since is None:
        return []
    if group != "unsubscribed":
        message = "This filter can only be used with a status of unsubscribed."
        raise invalid_fields(FieldError("unsubscribed_since", message))
    return [lambda member: member.left_at > since]
