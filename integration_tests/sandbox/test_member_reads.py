"""Listing members: pages, orders, filters and the fields shown."""

from itertools import chain

import pytest

from integration_tests.sandbox.conftest import Api, Json
from integration_tests.sandbox.test_members import ANN, BOB, add, path_of
from source_destination_mailchimp.sandbox.control.client import Control

SECOND = "2022-02-23T16:25:57"


def listed(api: Api, audience: str, **query: object) -> Json:
    """A page of members."""
    return api.get(f"/lists/{audience}/members", **query)


def addresses(page: Json) -> list[str]:
    """The names before the @ on a page."""
    return [row["email_address"].partition("@")[0] for row in page["members"]]


def test_ten_unless_count_says_more(api: Api, control: Control, audience: str) -> None:
    """A page shows ten members unless count says more; total_items counts all (documented, S)."""
    control.seed(audience, members=12)
    page = listed(api, audience)
    assert (len(page["members"]), page["total_items"]) == (10, 12)
    assert len(listed(api, audience, count=1000)["members"]) == 12


def test_count_zero(api: Api, control: Control, audience: str) -> None:
    """count=0 answers total_items and nobody (inferred, FACTS 3)."""
    control.seed(audience, members=3)
    page = listed(api, audience, count=0)
    assert (page["members"], page["total_items"]) == ([], 3)


def test_offset_past_the_end(api: Api, control: Control, audience: str) -> None:
    """An offset past the end is 200 with nobody and the true total_items (observed, G)."""
    control.seed(audience, members=3)
    page = listed(api, audience, offset=1000)
    assert (page["members"], page["total_items"]) == ([], 3)


@pytest.mark.parametrize(("value", "rows"), [("clamped", 1000), ("honoured", 1002)])
def test_count_over_1000(api: Api, control: Control, audience: str, value: str, rows: int) -> None:
    """count over 1000 is not refused; how many rows come then is a switch (observed, LIVE-2026)."""
    control.switch(count_over_max=value)
    control.seed(audience, members=1002)
    assert len(listed(api, audience, count=5000, fields="members.id")["members"]) == rows


def test_archived_only_when_asked_for(api: Api, control: Control, audience: str) -> None:
    """Without a status everybody but the archived is listed; status=archived lists them (observed, LIVE-2026)."""
    control.seed(audience, members=5, archived=2)
    assert listed(api, audience)["total_items"] == 3
    assert addresses(listed(api, audience, status="archived")) == ["person4", "person5"]


def test_status_filters(api: Api, control: Control, audience: str) -> None:
    """status filters; a status that does not exist is refused (documented, S)."""
    control.seed(audience, members=6, status={"subscribed": 2, "unsubscribed": 1})
    assert addresses(listed(api, audience, status="unsubscribed")) == ["person3", "person6"]
    assert api.refused("GET", f"/lists/{audience}/members", status="left").status == 400


def test_last_changed_orders_ties_by_id(api: Api, control: Control, audience: str) -> None:
    """Members changed in one second are ordered by web_id, backwards with DESC, over all pages (observed, G)."""
    control.seed(audience, members=9, last_changed=f"{SECOND}Z")
    pages = [listed(api, audience, sort_field="last_changed", sort_dir="ASC", count=4, offset=at) for at in (0, 4, 8)]
    ascending = [name for page in pages for name in addresses(page)]
    assert ascending == [f"person{number}" for number in range(1, 10)]
    descending = addresses(listed(api, audience, sort_field="last_changed", sort_dir="DESC"))
    assert descending == ascending[::-1]


def test_order_within_a_second_can_be_unstable(api: Api, control: Control, audience: str) -> None:
    """With its switch, pages through one second show somebody twice and leave somebody out (inferred, FACTS 10)."""
    control.switch(order_within_a_second="unstable")
    control.seed(audience, members=100, last_changed=f"{SECOND}Z")
    pages = [listed(api, audience, sort_field="last_changed", count=50, offset=at) for at in (0, 50)]
    names = [name for page in pages for name in addresses(page)]
    assert (len(names), len(set(names)) < 100) == (100, True)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"since_last_changed": f"{SECOND}Z"}, 0),
        ({"since_last_changed": "2022-02-23T16:25:56.999Z"}, 3),
        ({"before_last_changed": f"{SECOND}+00:00"}, 3),
        ({"before_last_changed": "2022-02-23T16:25:56.999Z"}, 0),
        ({"since_last_changed": "2022-02-23T17:25:56+01:00", "before_last_changed": f"{SECOND}Z"}, 3),
    ],
)
@pytest.mark.parametrize("more", [{"sort_field": "last_changed"}, {}, {"sort_field": "timestamp_opt"}])
def test_edges_of_a_second(api: Api, control: Control, audience: str, query: Json, found: int, more: Json) -> None:
    """since_last_changed leaves out the very second, before_last_changed takes it (observed, LIVE-2026)."""
    control.seed(audience, members=3, last_changed=f"{SECOND}Z")
    assert listed(api, audience, **query, **more)["total_items"] == found


def test_twice_encoded_time(api: Api, control: Control, audience: str) -> None:
    """A time that is percent-encoded twice is understood (observed, G)."""
    control.seed(audience, members=3, last_changed=f"{SECOND}Z")
    assert listed(api, audience, since_last_changed="2022-02-23T16%3A25%3A56.999Z")["total_items"] == 3


def test_plus_that_is_not_encoded(api: Api, audience: str) -> None:
    """A + that was not encoded arrives as a space and is no time (inferred, FACTS 10)."""
    assert api.refused("GET", f"/lists/{audience}/members", since_last_changed=f"{SECOND} 00:00").status == 400


def test_drift(api: Api, control: Control, audience: str) -> None:
    """A row that changes while pages are read jumps past the reader: there is no snapshot (observed, FACTS 10)."""
    control.seed(audience, members=4)
    query = {"sort_field": "last_changed", "count": 2}
    first = addresses(listed(api, audience, **query))
    api.patch(f"/lists/{audience}/members/person1@sandbox-people.org", {"merge_fields": {"FNAME": "Ann"}})
    second = addresses(listed(api, audience, **query, offset=2))
    assert (first, second) == (["person1", "person2"], ["person4", "person1"])


def test_fields_keep_only_those(api: Api, audience: str) -> None:
    """fields shows only the paths named, on a collection and on one member (documented, methods-and-parameters)."""
    add(api, audience)
    page = listed(api, audience, fields="members.email_address,members.merge_fields.FNAME,total_items")
    assert page == {"members": [{"email_address": ANN, "merge_fields": {"FNAME": ""}}], "total_items": 1}
    assert api.get(path_of(audience), fields="status,location.latitude") == {
        "status": "subscribed",
        "location": {"latitude": 0},
    }


def test_exclude_fields_leaves_out(api: Api, audience: str) -> None:
    """exclude_fields leaves out the paths named (documented, methods-and-parameters)."""
    add(api, audience)
    page = listed(api, audience, exclude_fields="members._links,_links,members.merge_fields.FNAME")
    assert "_links" not in page
    assert "_links" not in page["members"][0]
    assert page["members"][0]["merge_fields"].keys() == {"LNAME", "ADDRESS", "PHONE", "BIRTHDAY", "COMPANY"}


def test_wrong_exclude_fields_are_ignored(api: Api, control: Control, audience: str) -> None:
    """exclude_fields with a path from the wrong root is ignored; whether fields are is a switch (observed, G)."""
    add(api, audience)
    control.switch(invalid_fields="refused")
    assert "email_address" in listed(api, audience, exclude_fields="email_address")["members"][0]
    assert api.refused("GET", f"/lists/{audience}/members", fields="email_address").status == 400
    control.switch(invalid_fields="ignored")
    assert listed(api, audience, fields="email_address") == {}


def test_fields_and_exclude_fields_exclude_each_other(api: Api, audience: str) -> None:
    """fields and exclude_fields together are refused (documented, methods-and-parameters)."""
    refusal = api.refused("GET", f"/lists/{audience}/members", fields="members", exclude_fields="members.id")
    assert refusal.status == 400


def test_other_filters(api: Api, audience: str) -> None:
    """vip_only, email_type and unique_email_id filter (documented, S)."""
    unique = add(api, audience, vip=True, email_type="text")["unique_email_id"]
    add(api, audience, BOB)
    queries: list[Json] = [{"vip_only": "TRUE"}, {"email_type": "text"}, {"unique_email_id": unique}]
    assert [addresses(listed(api, audience, **query)) for query in queries] == [["ann"]] * 3
    assert listed(api, audience, vip_only="no")["total_items"] == 2


def test_timestamp_opt_filters_and_sorts(api: Api, audience: str) -> None:
    """Members can be filtered and sorted by timestamp_opt (documented, S)."""
    add(api, audience, timestamp_opt="2022-01-01T00:00:00Z")
    add(api, audience, BOB, timestamp_opt="2021-01-01T00:00:00Z")
    assert addresses(listed(api, audience, sort_field="timestamp_opt")) == ["bob", "ann"]
    assert addresses(listed(api, audience, sort_field="timestamp_opt", sort_dir="DESC")) == ["ann", "bob"]
    assert addresses(listed(api, audience, since_timestamp_opt="2021-06-01T00:00:00Z")) == ["ann"]


def test_unsubscribed_since(api: Api, control: Control, audience: str) -> None:
    """unsubscribed_since needs status=unsubscribed and finds those who left later (documented, S)."""
    add(api, audience)
    control.people(ANN, audience, "unsubscribe")
    found = listed(api, audience, status="unsubscribed", unsubscribed_since="2020-01-01T00:00:00Z")
    assert addresses(found) == ["ann"]
    query = {"unsubscribed_since": "2020-01-01T00:00:00Z"}
    assert api.refused("GET", f"/lists/{audience}/members", **query).status == 400


def test_since_last_campaign_needs_a_status(api: Api, audience: str) -> None:
    """since_last_campaign without a status is refused in Mailchimp's words (observed, NET#589)."""
    refusal = api.refused("GET", f"/lists/{audience}/members", since_last_campaign="true")
    assert refusal.problem["detail"] == "Status is required when using since_last_campaign filter."


def test_every_page_shows_everybody_once(api: Api, control: Control, audience: str) -> None:
    """Pages in any order show everybody once while nothing changes (documented, S)."""
    control.seed(audience, members=250, status={"subscribed": 3, "unsubscribed": 1, "cleaned": 1})
    for query in ({}, {"sort_field": "last_changed", "sort_dir": "DESC"}, {"sort_field": "timestamp_opt"}):
        pages = [
            listed(api, audience, count=60, offset=at, fields="members.email_address", **query)
            for at in range(0, 300, 60)
        ]
        names = list(chain.from_iterable(map(addresses, pages)))
        assert (len(names), len(set(names))) == (250, 250)


def test_listing_follows_its_switches(api: Api, control: Control, audience: str) -> None:
    """A listing already worked out is not shown again when a switch has been turned since (promise)."""
    control.seed(audience, members=3, last_changed=f"{SECOND}Z")
    found = []
    for edge in ("exclusive", "inclusive"):
        control.switch(since_edge=edge)
        found.append(listed(api, audience, since_timestamp_opt=f"{SECOND}Z")["total_items"])
    assert found == [0, 3]
