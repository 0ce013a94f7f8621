"""Interest categories and the interests in them (the UI calls them groups).

It does not keep who has which interest (members do), nor the order in which a sign-up form would show them beyond
`display_order`.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from source_destination_mailchimp.sandbox.account.ids import short_ids
from source_destination_mailchimp.sandbox.audiences.audience import Audience
from source_destination_mailchimp.sandbox.http.calls import Call, Route
from source_destination_mailchimp.sandbox.http.errors import bad_request, not_found
from source_destination_mailchimp.sandbox.http.links import collection_links, instance_links, links
from source_destination_mailchimp.sandbox.http.schema import INTEGER, STRING, choice, record

MAX_INTERESTS: Final = 60  # per audience, over all categories (observed)
KINDS: Final = ("checkboxes", "dropdown", "radio", "hidden")
CATEGORY: Final = record(("title", "type"), title=STRING, type=choice(*KINDS), display_order=INTEGER)
INTEREST: Final = record(("name",), name=STRING, display_order=INTEGER)
_CATEGORIES: Final = "Lists/InterestCategories"
_INTERESTS: Final = "Lists/Interests"  # as recorded
_COLLECTION: Final = f"Paths/{_INTERESTS}/Collection"


@dataclass(slots=True)
class Interest:
    """One choice within a category."""

    id: str
    name: str
    display_order: int


@dataclass(slots=True)
class Category:
    """A question and its choices."""

    id: str
    title: str
    type: str
    display_order: int
    interests: dict[str, Interest] = field(default_factory=dict)


class Groups:
    """The categories of one audience, and how many subscribed members have each interest."""

    def __init__(self) -> None:
        self.categories: dict[str, Category] = {}
        self._ids: Iterator[str] | None = None
        self._counted_at = -1
        self._counts: Counter[str] = Counter()

    def next_id(self, audience: Audience) -> str:
        """An ID for a new category or interest."""
        if self._ids is None:
            self._ids = short_ids(f"interests of {audience.id}")
        return next(self._ids)

    def subscribers(self, audience: Audience, interest_id: str) -> int:
        """How many subscribed members have the interest; counted anew only after somebody changed."""
        if self._counted_at != audience.order.version:
            self._counts = Counter(
                interest
                for member in audience.by_web_id.values()
                if member.interests and member.status == "subscribed"
                for interest in member.interests
            )
            self._counted_at = audience.order.version
        return self._counts[interest_id]


def list_categories(call: Call) -> dict[str, Any]:
    """GET the categories, by display order unless asked otherwise."""
    audience = call.audience
    kind = call.query.get("type", "")
    by_title = call.choice("sort_field", "display_order", "title") == "title"
    backwards = call.choice("sort_dir", "ASC", "DESC") == "DESC"
    rows = [row for row in audience.room(Groups).categories.values() if kind in ("", row.type)]
    rows.sort(key=lambda row: (row.title if by_title else "", row.display_order), reverse=backwards)
    path = _categories_path(audience)
    return {
        "list_id": audience.id,
        "categories": [_show_category(call, row) for row in call.of(rows)],
        "total_items": len(rows),
        "_links": collection_links(call.root, path, _CATEGORIES, (f"/lists/{audience.id}/", "Lists")),
    }


def add_category(call: Call) -> dict[str, Any]:
    """POST a category; a title that is there already is refused (observed)."""
    audience = call.audience
    groups = audience.room(Groups)
    _check_title(groups, call.body["title"], None)
    order = call.body.get("display_order", len(groups.categories))  # from 0, interests from 1 (observed)
    made = Category(groups.next_id(audience), call.body["title"], call.body["type"], order)
    groups.categories[made.id] = made
    return _show_category(call, made)


def get_category(call: Call) -> dict[str, Any]:
    """GET one category."""
    return _show_category(call, _category(call))


def change_category(call: Call) -> dict[str, Any]:
    """PATCH a category; the description wants title and type with every change."""
    category = _category(call)
    _check_title(call.audience.room(Groups), call.body["title"], category)
    category.title, category.type = call.body["title"], call.body["type"]
    category.display_order = call.body.get("display_order", category.display_order)
    return _show_category(call, category)


def delete_category(call: Call) -> None:
    """DELETE a category with its interests; members lose them."""
    category = _category(call)
    for interest in category.interests:
        del call.audience.interests[interest]
    del call.audience.room(Groups).categories[category.id]


def list_interests(call: Call) -> dict[str, Any]:
    """GET the interests of a category, by display order."""
    category = _category(call)
    rows = sorted(category.interests.values(), key=lambda row: row.display_order)
    path = f"{_categories_path(call.audience)}/{category.id}"
    return {
        "interests": [_show_interest(call, category, row) for row in call.of(rows)],
        "list_id": call.audience.id,
        "category_id": category.id,
        "total_items": len(rows),
        "_links": collection_links(call.root, f"{path}/interests", _INTERESTS, (path, _CATEGORIES)),
    }


def add_interest(call: Call) -> dict[str, Any]:
    """POST an interest; a name twice in a category and a 61st interest of the audience are refused (observed)."""
    audience, category = call.audience, _category(call)
    if len(audience.interests) >= MAX_INTERESTS:
        raise bad_request("Cannot have more than 60 interests per list (across all categories).")
    _check_name(call, category, call.body["name"], None)
    order = call.body.get("display_order", len(category.interests) + 1)
    made = Interest(audience.room(Groups).next_id(audience), call.body["name"], order)
    category.interests[made.id] = made
    audience.interests[made.id] = category.id
    return _show_interest(call, category, made)


def get_interest(call: Call) -> dict[str, Any]:
    """GET one interest."""
    category = _category(call)
    return _show_interest(call, category, _interest(call, category))


def change_interest(call: Call) -> dict[str, Any]:
    """PATCH an interest."""
    category = _category(call)
    interest = _interest(call, category)
    _check_name(call, category, call.body["name"], interest)
    interest.name = call.body["name"]
    interest.display_order = call.body.get("display_order", interest.display_order)
    return _show_interest(call, category, interest)


def delete_interest(call: Call) -> None:
    """DELETE an interest; members lose it."""
    category = _category(call)
    interest = _interest(call, category)
    del category.interests[interest.id], call.audience.interests[interest.id]


def _category(call: Call) -> Category:
    found = call.audience.room(Groups).categories.get(call.ids["interest_category_id"])
    if found is None:
        raise not_found()
    return found


def _interest(call: Call, category: Category) -> Interest:
    found = category.interests.get(call.ids["interest_id"])
    if found is None:
        raise not_found()
    return found


def _check_title(groups: Groups, title: str, own: Category | None) -> None:
    if any(row.title == title and row is not own for row in groups.categories.values()):
        raise bad_request(f"An interest category with the title '{title}' already exists.")


def _check_name(call: Call, category: Category, name: str, own: Interest | None) -> None:
    everywhere = call.store.is_on("interest_names", "unique_in_audience")
    searched = call.audience.room(Groups).categories.values() if everywhere else (category,)
    if any(row.name == name and row is not own for one in searched for row in one.interests.values()):
        raise bad_request(f'Cannot add "{name}" because it already exists on the list.')


def _categories_path(audience: Audience) -> str:
    return f"/lists/{audience.id}/interest-categories"


def _show_category(call: Call, category: Category) -> dict[str, Any]:
    path = _categories_path(call.audience)
    below = f"{path}/{category.id}/interests"
    return {
        "list_id": call.audience.id,
        "id": category.id,
        "title": category.title,
        "display_order": category.display_order,
        "type": category.type,
        "_links": [
            *instance_links(call.root, path, category.id, _CATEGORIES),
            *links(call.root, [("interests", "GET", below, f"{_INTERESTS}/CollectionResponse", _COLLECTION)]),
        ],
    }


def _show_interest(call: Call, category: Category, interest: Interest) -> dict[str, Any]:
    audience = call.audience
    path = f"{_categories_path(audience)}/{category.id}/interests"
    return {
        "category_id": category.id,
        "list_id": audience.id,
        "id": interest.id,
        "name": interest.name,
        "subscriber_count": str(audience.room(Groups).subscribers(audience, interest.id)),  # a string (observed)
        "display_order": interest.display_order,
        "_links": instance_links(call.root, path, interest.id, _INTERESTS),
    }


_AT: Final = "/lists/{list_id}/interest-categories"
_ONE: Final = _AT + "/{interest_category_id}"
ROUTES: Final = (
    Route("GET", _AT, list_categories, describes=f"{_CATEGORIES}/Collection"),
    Route("POST", _AT, add_category, CATEGORY, f"{_CATEGORIES}/Instance"),
    Route("GET", _ONE, get_category, describes=f"{_CATEGORIES}/Instance"),
    Route("PATCH", _ONE, change_category, CATEGORY, f"{_CATEGORIES}/Instance"),
    Route("DELETE", _ONE, delete_category),
    Route("GET", f"{_ONE}/interests", list_interests, describes=f"{_INTERESTS}/Collection"),
    Route("POST", f"{_ONE}/interests", add_interest, INTEREST, f"{_INTERESTS}/Instance"),
    Route("GET", f"{_ONE}/interests/{{interest_id}}", get_interest, describes=f"{_INTERESTS}/Instance"),
    Route("PATCH", f"{_ONE}/interests/{{interest_id}}", change_interest, INTEREST, f"{_INTERESTS}/Instance"),
    Route("DELETE", f"{_ONE}/interests/{{interest_id}}", delete_interest),
)
