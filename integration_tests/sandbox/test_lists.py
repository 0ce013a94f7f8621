"""The account root, ping, and audiences."""

import pytest

from integration_tests.sandbox.conftest import Api, Json
from integration_tests.sandbox.test_members import ANN, add
from source_destination_mailchimp.sandbox.control.client import Control

CONTACT = {"company": "Ours", "address1": "1 Road", "city": "Town", "country": "US"}
CAMPAIGNS = {"from_name": "We", "from_email": "we@grouparoo.com", "subject": "", "language": "en"}


def body(**more: object) -> Json:
    """What POST /lists needs."""
    return {
        "name": "Readers",
        "permission_reminder": "You asked",
        "email_type_option": False,
        "contact": CONTACT,
        "campaign_defaults": CAMPAIGNS,
        **more,
    }


def test_ping(api: Api) -> None:
    """GET /ping answers Everything's Chimpy! (documented, D:ping)."""
    assert api.get("/ping") == {"health_status": "Everything's Chimpy!"}


def test_root_counts_subscribers(api: Api, audience: str) -> None:
    """GET / shows the account and its subscribers over all audiences (documented, S)."""
    add(api, audience)
    add(api, audience, "left@grouparoo.com", "unsubscribed")
    root = api.get("/")
    assert (root["total_subscribers"], root["role"]) == (1, "owner")


def test_empty_account(api: Api) -> None:
    """An empty account has no audiences and may create some (observed, G)."""
    page = api.get("/lists")
    assert (page["lists"], page["total_items"], page["constraints"]["may_create"]) == ([], 0, True)


def test_creating_an_audience(api: Api) -> None:
    """POST /lists makes an audience that can be read, changed and deleted (documented, S)."""
    made = api.post("/lists", body(double_optin=True))
    assert made["double_optin"] is True
    assert api.get("/lists")["lists"][0]["id"] == made["id"]
    api.patch(f"/lists/{made['id']}", body(name="Writers"))
    assert api.get(f"/lists/{made['id']}")["name"] == "Writers"
    api.done("DELETE", f"/lists/{made['id']}")
    assert api.refused("GET", f"/lists/{made['id']}").status == 404


def test_an_audience_needs_its_fields(api: Api) -> None:
    """POST /lists without a required part names it (documented, S)."""
    refusal = api.refused("POST", "/lists", body(contact={"company": "Ours"}))
    assert refusal.messages == {"contact": "Required fields were not provided: address1, city, country"}


def test_number_of_audiences_is_limited(api: Api, control: Control) -> None:
    """The plan limits the number of audiences (documented, S)."""
    control.seed(account={"max_audiences": 1}, audiences=[{"name": "Only"}])
    constraints = api.get("/lists")["constraints"]
    assert constraints == {"may_create": False, "max_instances": 1, "current_total_instances": 1}
    assert api.refused("POST", "/lists", body()).status == 403


def test_empty_dates_are_empty_strings(api: Api, audience: str) -> None:
    """Dates of an audience where nothing happened are "" (observed, G)."""
    stats = api.get(f"/lists/{audience}")["stats"]
    assert [stats[name] for name in ("campaign_last_sent", "last_sub_date", "last_unsub_date")] == [""] * 3


def test_audiences_by_member(api: Api, control: Control, audience: str) -> None:
    """email= finds the audiences that somebody is in (documented, S)."""
    control.seed(name="Empty")
    add(api, audience)
    assert [row["id"] for row in api.get("/lists", email=ANN)["lists"]] == [audience]


def test_audiences_by_creation(api: Api, control: Control) -> None:
    """Audiences can be filtered and sorted by date_created (documented, S)."""
    for name, created in (("Old", "2020-01-01T00:00:00Z"), ("New", "2022-01-01T00:00:00Z")):
        control.seed(name=name, date_created=created)
    newest = api.get("/lists", sort_field="date_created", sort_dir="DESC")["lists"]
    assert [row["name"] for row in newest] == ["New", "Old"]
    assert [row["name"] for row in api.get("/lists", since_date_created="2021-01-01T00:00:00Z")["lists"]] == ["New"]


def test_links_have_the_host_called(api: Api, audience: str) -> None:
    """_links name the host that was called (observed, G)."""
    row = api.get(f"/lists/{audience}")
    self_link = next(link for link in row["_links"] if link["rel"] == "self")
    assert self_link["href"].startswith("http://127.0.0.1:")
    assert self_link["href"].endswith(f"/3.0/lists/{audience}")


@pytest.mark.parametrize(("value", "status"), [("refused", 400), ("accepted", 200)])
def test_partial_patch(api: Api, control: Control, audience: str, value: str, status: int) -> None:
    """PATCH of an audience without its required fields is refused, unless the switch says no (documented, S)."""
    control.switch(partial_patch=value)
    assert api.send("PATCH", f"/lists/{audience}", {"name": "Writers"}).status_code == status
