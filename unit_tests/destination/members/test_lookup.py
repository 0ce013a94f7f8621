"""How an audience is read: as cheaply as the number of records allows, and never taken for complete when it is not."""

import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience
from source_destination_mailchimp.destination.members.lookup import Members
from source_destination_mailchimp.destination.members.reading import MemberReader
from source_destination_mailchimp.destination.members.tracking import Tracking
from source_destination_mailchimp.mailchimp.answers import Answer, Knowledge, Refusal
from source_destination_mailchimp.mailchimp.calls import Call
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.members import Audience, Json, member_hash

CHANGED = "2024-01-01T00:00:00+00:00"


def email(n: int) -> str:
    """The address of a member."""
    return f"p{n}@sandbox-people.org"


class PretendClient:
    """Answers reads of members and counts them; `hidden` people are counted and never shown in a page."""

    max_connections = 3

    def __init__(self, active: int, archived: int, hidden: int = 0) -> None:
        people = [self._member(n, "subscribed" if n < active else "archived") for n in range(active + archived)]
        self.by_hash = {one["id"]: one for one in people}
        self.hidden = hidden
        self.reads = 0

    @staticmethod
    def _member(n: int, status: str) -> Json:
        address = email(n)
        permission = {"text": "Email", "marketing_permission_id": "p1", "enabled": False}
        return {
            "id": member_hash(address),
            "email_address": address,
            "status": status,
            "last_changed": CHANGED,
            "marketing_permissions": [permission],
        }

    def ask(self, call: Call, before_retry: Callable[[], None] | None = None) -> Answer:
        """Return one member, or one page of them."""
        self.reads += 1
        subscriber = call.path.rpartition("/")[2]
        if subscriber == "members":
            return self._page(call.params or {})
        found = self.by_hash.get(subscriber)
        return Knowledge(200, found) if found else Refusal(404, "Resource Not Found", "")

    def send(self, call: Call) -> Answer:
        """Return what is never refused here."""
        return self.ask(call)

    def _page(self, params: Mapping[str, Any]) -> Knowledge:
        archived = params.get("status") == "archived"
        people = [one for one in self.by_hash.values() if (one["status"] == "archived") is archived]
        start = int(params["offset"])
        shown = people[: len(people) - self.hidden][start : start + 1000]
        body = {"members": shown, "total_items": len(people)}
        return Knowledge(200, body, server_time=datetime(2025, 1, 1, tzinfo=UTC))


def knowledge(client: PretendClient, pool: ThreadPoolExecutor, said: list[str]) -> Members:
    """What is known of the pretend client's audience."""
    live = LiveAudience(Audience("aud1", "News", total_contacts=len(client.by_hash)), (), (), {})
    tracking = Tracking(live, ["permission:Email"], tags=False, external_id_tag=None, mirror_tags=())
    return Members(MemberReader(cast("Client", client), live, tracking, pool), tracking, said.append)


@given(st.integers(0, 9000), st.integers(0, 9000), st.lists(st.integers(1, 40), max_size=12))
@settings(max_examples=40, deadline=None)
def test_reading_costs_at_most_twice_the_cheaper_way(active: int, archived: int, asked: list[int]) -> None:
    """However the records come: at most twice the cheaper of looking everybody up and reading every page."""
    client, first = PretendClient(active, archived), 0
    with ThreadPoolExecutor(3) as pool, closing(knowledge(client, pool, [])) as known:
        for count in asked:
            known.look_up([member_hash(email(n)) for n in range(first, first + count)])
            first += count
    pages = max(1, math.ceil(active / 1000)) + max(1, math.ceil(archived / 1000))
    assert client.reads <= 2 * min(first, pages)


@pytest.mark.parametrize("people", [3, 4000])
def test_who_is_there_is_known_either_way(people: int) -> None:
    """Looked up or read in pages: active and archived people are known, strangers are nobody."""
    client = PretendClient(people, people)
    with ThreadPoolExecutor(3) as pool, closing(knowledge(client, pool, [])) as known:
        found = known.look_up([member_hash(email(n)) for n in (0, people, 2 * people)])
    assert [one.status.value if one else None for one in found.values()] == ["subscribed", "archived", None]


@pytest.mark.parametrize("people", [10, 3])
def test_ids_of_permissions_are_known_however_a_member_was_read(people: int) -> None:
    """Permissions of known people can be written after a page as after a look-up."""
    client = PretendClient(people, 0)
    with ThreadPoolExecutor(3) as pool, closing(knowledge(client, pool, [])) as known:
        hashes = [member_hash(email(n)) for n in range(people)]
        known.look_up(hashes)
        found = known.look_up(hashes)
    assert {one.permission_ids["Email"] for one in found.values() if one} == {"p1"}


def test_whom_mailchimp_did_not_show_is_no_stranger() -> None:
    """After a reading that is proved incomplete, everybody missing is looked up before they are taken for new."""
    client, said = PretendClient(2500, 1500, hidden=3), list[str]()
    with ThreadPoolExecutor(3) as pool, closing(knowledge(client, pool, said)) as known:
        known.look_up([member_hash(email(n)) for n in range(500)])
        before = client.reads
        found = known.look_up([member_hash(email(n)) for n in (2499, 3999, 5000)])
    assert said
    assert [one.status.value if one else None for one in found.values()] == ["subscribed", "archived", None]
    assert client.reads == before + 3
