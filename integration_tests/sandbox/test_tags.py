"""Tags of members and the search for tags."""

import pytest

from integration_tests.sandbox.conftest import Api, Json
from integration_tests.sandbox.plain import raw
from integration_tests.sandbox.test_members import ANN, BOB, add, path_of
from source_destination_mailchimp.sandbox.control.client import Control
from source_destination_mailchimp.sandbox.http.server import Sandbox


def tag(api: Api, audience: str, address: str = ANN, **wishes: bool) -> None:
    """Put tags on (True) and take them off (False)."""
    rows = [{"name": name, "status": "active" if on else "inactive"} for name, on in wishes.items()]
    api.done("POST", f"{path_of(audience, address)}/tags", {"tags": rows})


def names(member: Json) -> list[str]:
    """The names of a member's tags."""
    return [row["name"] for row in member["tags"]]


def test_only_named_tags_change(api: Api, audience: str) -> None:
    """The tags call answers 204, makes unknown tags and changes only those named (observed, G)."""
    add(api, audience, tags=["old", "kept"])
    tag(api, audience, new=True, old=False, never=False)
    assert names(api.get(path_of(audience))) == ["new", "kept"]
    assert [row["name"] for row in api.get(f"/lists/{audience}/tag-search")["tags"]] == ["kept", "new", "old"]


def test_empty_tags_change_nothing(api: Api, control: Control, audience: str) -> None:
    """No tags at all is a 204 that changes nothing (observed, G)."""
    before = add(api, audience)
    control.clock(advance_seconds=5)
    tag(api, audience)
    assert api.get(path_of(audience))["last_changed"] == before["last_changed"]


def test_tag_change_moves_last_changed(api: Api, control: Control, audience: str) -> None:
    """Putting a tag on moves last_changed, also where it is on already (observed, G)."""
    before = add(api, audience)["last_changed"]
    control.clock(advance_seconds=5)
    tag(api, audience, vip=True)
    after = api.get(path_of(audience))["last_changed"]
    control.clock(advance_seconds=5)
    tag(api, audience, vip=True)
    assert before < after < api.get(path_of(audience))["last_changed"]


def test_archived_people_have_tags(api: Api, audience: str) -> None:
    """Tags of archived people can be changed (observed, G)."""
    add(api, audience, tags=["vip"])
    api.done("DELETE", path_of(audience))
    tag(api, audience, vip=False)
    assert api.get(path_of(audience))["tags_count"] == 0


def test_unsubscribed_people_have_tags(api: Api, audience: str) -> None:
    """The member's own tags call has no rule about the status (inferred, FACTS 7)."""
    add(api, audience, status="unsubscribed")
    tag(api, audience, vip=True)
    assert names(api.get(path_of(audience))) == ["vip"]


def test_unknown_member_is_404_even_for_removals(api: Api, audience: str) -> None:
    """Taking a tag off somebody unknown is 404 (documented, organize-contacts-with-tags)."""
    body = {"tags": [{"name": "vip", "status": "inactive"}]}
    assert api.refused("POST", f"{path_of(audience)}/tags", body).status == 404


def test_tag_needs_name_and_status(api: Api, audience: str) -> None:
    """A tag without its status is refused by its place (documented, S)."""
    add(api, audience)
    refusal = api.refused("POST", f"{path_of(audience)}/tags", {"tags": [{"name": "vip"}]})
    assert refusal.messages == {"tags.item:0": "Required fields were not provided: status"}


def test_member_shows_50_tags(api: Api, audience: str) -> None:
    """A member shows 50 tags, tags_count says how many there are, and the tags call pages all (documented, S)."""
    member = add(api, audience, tags=[f"tag {number:02}" for number in range(60)])
    assert (len(member["tags"]), member["tags_count"]) == (50, 60)
    page = api.get(f"{path_of(audience)}/tags", offset=55)
    assert (len(page["tags"]), page["total_items"]) == (5, 60)


def test_search_by_the_beginning(api: Api, audience: str) -> None:
    """tag-search finds tags by their beginning (documented, S)."""
    add(api, audience, tags=["vip", "visitor", "other"])
    found = api.get(f"/lists/{audience}/tag-search", name="vi")
    assert ([row["name"] for row in found["tags"]], found["total_items"]) == (["vip", "visitor"], 2)


def test_tag_is_a_static_segment(api: Api, audience: str) -> None:
    """A tag is a static segment of the same ID; exclude_type=static leaves it out (documented, segments)."""
    member = add(api, audience, tags=["vip"])
    segment = api.get(f"/lists/{audience}/segments")["segments"][0]
    assert (segment["id"], segment["name"], segment["type"]) == (member["tags"][0]["id"], "vip", "static")
    assert api.get(f"/lists/{audience}/segments", exclude_type="static")["total_items"] == 0


@pytest.mark.parametrize(("value", "tags"), [("case_insensitive", ["VIP"]), ("case_sensitive", ["VIP", "vip"])])
def test_case_of_tag_names(api: Api, control: Control, audience: str, value: str, tags: list[str]) -> None:
    """VIP and vip are one tag, unless the switch says no (inferred, FACTS 14.10)."""
    control.switch(tag_names=value)
    assert names(add(api, audience, tags=["VIP", "vip"])) == tags


def test_date_added_can_be_plain(api: Api, sandbox: Sandbox, control: Control, audience: str) -> None:
    """date_added can be printed as the documentation's example has it (documented, FACTS 7)."""
    control.clock(now="2020-01-02T03:04:05Z", frozen=True)
    add(api, audience, tags=["vip"])
    assert api.get(f"{path_of(audience)}/tags")["tags"][0]["date_added"] == "2020-01-02T03:04:05+00:00"
    control.switch(tag_date_added="plain")
    answer = raw(sandbox, "GET", f"{path_of(audience)}/tags").json()
    assert answer["tags"][0]["date_added"] == "2020-01-02 03:04:05"


def test_tags_survive_in_other_members(api: Api, audience: str) -> None:
    """Forgetting somebody takes them out of their tags and leaves the tags (inferred, FACTS 7)."""
    add(api, audience, tags=["vip"])
    add(api, audience, BOB, tags=["vip"])
    api.done("POST", f"{path_of(audience)}/actions/delete-permanent")
    assert api.get(f"/lists/{audience}/segments")["segments"][0]["member_count"] == 1


def test_tag_without_a_name(api: Api, audience: str) -> None:
    """A tag without a name is refused (inferred, FACTS 14.10)."""
    add(api, audience)
    body = {"tags": [{"name": " ", "status": "active"}]}
    assert api.refused("POST", f"{path_of(audience)}/tags", body).messages.keys() == {"tags.item:0.name"}
    assert api.refused("POST", f"/lists/{audience}/segments", {"name": "", "static_segment": []}).status == 400
