"""What is read of an account, with answers as nouns: page after page, to the real end of each collection."""

from typing import Any

import orjson
import pytest

from source_destination_mailchimp.mailchimp import api
from source_destination_mailchimp.mailchimp.auth import Access
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.members import Json
from source_destination_mailchimp.mailchimp.transport import Reply, Request
from unit_tests.mailchimp.pretend import ROOT, PretendClock

DEFAULT_COUNT = 10
"""How many rows Mailchimp sends where `count` is missing. [observed]"""


class Rows:
    """A collection that is answered page by page, with a total that may lie."""

    def __init__(self, key: str, rows: list[Json], total: int | None, *, heeds_offset: bool = True) -> None:
        self.asked: list[dict[str, Any]] = []
        self._key = key
        self._rows = rows
        self._total = total
        self._heeds_offset = heeds_offset

    def send(self, request: Request, timeout_seconds: tuple[float, float]) -> Reply:
        """Answer with the page that was asked for."""
        params = dict(request.params or {})
        self.asked.append(params)
        offset = int(params.get("offset", 0)) if self._heeds_offset else 0
        page: Json = {self._key: self._rows[offset : offset + int(params.get("count", DEFAULT_COUNT))]}
        if self._total is not None:
            page["total_items"] = self._total
        return Reply(200, orjson.dumps(page))

    def close(self) -> None:
        """There is nothing to free."""


def client_of(rows: Rows) -> Client:
    """Return a client of an account that has this collection only."""
    return Client(Access(ROOT, "Bearer secret"), max_connections=1, clock=PretendClock(), transport=rows)


def tags(number: int) -> list[Json]:
    """Return so many tags as tag-search shows them."""
    return [{"id": one, "name": f"tag {one}"} for one in range(number)]


def people(number: int) -> list[Json]:
    """Return so many members of a tag."""
    return [{"id": str(one)} for one in range(number)]


@pytest.mark.parametrize("number", [0, 3, 11, 1000, 1001, 2500])
def test_every_tag_is_found(number: int) -> None:
    """Without `count` Mailchimp shows ten, and an eleventh would be made a second time."""
    rows = Rows("tags", tags(number), number)
    found = api.find_tags(client_of(rows), "a", "")
    assert [tag.id for tag in found] == list(range(number))
    assert {params["count"] for params in rows.asked} == {1000}


def test_a_search_for_tags_ends_where_pages_are_not_heeded() -> None:
    """`offset` is not in the published description: the same page again means that there is nothing more."""
    rows = Rows("tags", tags(1000), 1000, heeds_offset=False)
    assert len(api.find_tags(client_of(rows), "a", "tag")) == 1000
    assert len(rows.asked) == 2
    assert {params["name"] for params in rows.asked} == {"tag"}


@pytest.mark.parametrize(
    ("number", "total"), [(0, 0), (3, 0), (3, 9), (1000, 999), (1001, 1000), (2500, 0), (2500, None)]
)
def test_every_item_of_a_collection_is_met(number: int, total: int | None) -> None:
    """A total that is too small or too large, or none at all: pages are read until one is not full."""
    rows = Rows("fields", people(number), total)
    assert list(api.items(client_of(rows), "/fields", "fields")) == people(number)


@pytest.mark.parametrize("total", [1, 1000, 5000])
def test_pages_that_are_not_heeded_come_to_an_end(total: int) -> None:
    """Where the same page comes for every offset, it is read twice at most and its rows are met once."""
    rows = Rows("fields", people(1000), total, heeds_offset=False)
    assert list(api.items(client_of(rows), "/fields", "fields")) == people(1000)
    members = Rows("members", people(1000), total, heeds_offset=False)
    assert list(api.tag_members(client_of(members), "a", 7, "members.id")) == people(1000)
    assert (len(rows.asked), len(members.asked)) == (2, 2)


@pytest.mark.parametrize(("number", "total"), [(0, 0), (3, 2), (1000, 1), (2500, 0), (2500, 1000)])
def test_everybody_who_carries_a_tag_is_met(number: int, total: int) -> None:
    """The total counts subscribed people only, whatever is listed: the rest would lose the tag."""
    rows = Rows("members", people(number), total)
    found = list(api.tag_members(client_of(rows), "a", 7, "members.id"))
    assert found == people(number)
    assert rows.asked[-1]["offset"] == number


@pytest.mark.parametrize(("total", "calls"), [(2500, 3), (None, 3)])
def test_a_collection_is_read_to_its_end(total: int | None, calls: int) -> None:
    """By its total, or until a page is short where none is told."""
    rows = Rows("tags", tags(2500), total)
    found = api.member_tags(client_of(rows), "a", "h")
    assert found == [f"tag {number}" for number in range(2500)]
    assert len(rows.asked) == calls
