"""What was seen live in 2026 of audiences, members, segments, tags and interests, each fact by its name."""

import pytest

from integration_tests.sandbox.conftest import Api, Json
from integration_tests.sandbox.test_members import ANN, BOB, add, path_of, refused_add
from source_destination_mailchimp.sandbox.control.client import Control

CEM = "cem@grouparoo.com"


def later(control: Control) -> None:
    """Let a minute pass."""
    control.clock(advance_seconds=60)


def tagged(api: Api, audience: str, *addresses: str, name: str = "List") -> int:
    """A tag made by POST /segments."""
    body = {"name": name, "static_segment": list(addresses)}
    return int(api.post(f"/lists/{audience}/segments", body)["id"])


def test_an_account_may_have_room_for_one_audience(api: Api, control: Control) -> None:
    """may_create is false and max_instances 1 on such an account, and POST /lists is refused (observed, LIVE-2026)."""
    control.seed(account={"max_audiences": 1}, audiences=[{"name": "Only"}])
    room = api.get("/lists")["constraints"]
    assert room == {"may_create": False, "max_instances": 1, "current_total_instances": 1}
    body = {
        "name": "Second",
        "contact": {"company": "A", "address1": "1 Road", "city": "Town", "country": "US"},
        "permission_reminder": "You asked.",
        "campaign_defaults": {"from_name": "A", "from_email": "a@grouparoo.com", "subject": "", "language": "en"},
        "email_type_option": False,
    }
    assert api.refused("POST", "/lists", body).status == 403


def test_the_sender_is_the_first_member(api: Api, control: Control) -> None:
    """With its switch, an audience begins with its sender, whose stored address is not valid (observed, LIVE-2026)."""
    control.switch(owner_is_member="yes")
    audience = str(control.seed(name="First")["audience"])
    (owner,) = api.get(f"/lists/{audience}/members")["members"]
    address = owner["merge_fields"]["ADDRESS"]
    assert owner["source"] == "Admin Add"
    assert "\n" in address["addr1"]
    assert [address[part] for part in ("city", "state", "zip")] == ["", "", ""]


def test_telephone_keys_are_always_there(api: Api, audience: str) -> None:
    """The three sms_ keys are there without SMS too, and "" (observed, LIVE-2026)."""
    member = add(api, audience)
    keys = ("sms_phone_number", "sms_subscription_status", "sms_subscription_last_updated")
    assert [member[key] for key in keys] == ["", "", ""]


def test_the_newest_tag_comes_first(api: Api, control: Control, audience: str) -> None:
    """A member shows its newest tag first, and two of one call as the call names them (observed, LIVE-2026, G)."""
    add(api, audience, tags=["a", "b"])
    later(control)
    api.done("POST", f"{path_of(audience)}/tags", {"tags": [{"name": "c", "status": "active"}]})
    assert [tag["name"] for tag in api.get(path_of(audience))["tags"]] == ["c", "a", "b"]


@pytest.mark.parametrize(("named", "listed"), [("abc", "abc"), ("abcd", "acbd")])
def test_tags_of_one_call(api: Api, control: Control, audience: str, named: str, listed: str) -> None:
    """Three tags of one call are listed as it names them, four as the first, third, second and fourth (observed, G)."""
    control.clock(now="2026-01-01T00:00:00Z", frozen=True)
    add(api, audience)
    api.done("POST", f"{path_of(audience)}/tags", {"tags": [{"name": name, "status": "active"} for name in named]})
    assert "".join(tag["name"] for tag in api.get(path_of(audience))["tags"]) == listed
    assert "".join(tag["name"] for tag in api.get(f"{path_of(audience)}/tags")["tags"]) == listed


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_put_brings_back_without_a_new_opt_in(api: Api, control: Control, audience: str, method: str) -> None:
    """PUT subscribed on an archived person keeps timestamp_opt, contact_id, web_id and tags (observed, LIVE-2026)."""
    before = add(api, audience, tags=["vip"])
    later(control)
    api.done("DELETE", path_of(audience))
    later(control)
    back = api.send(method, path_of(audience), {"status": "subscribed"}).json()
    kept = ("timestamp_opt", "contact_id", "web_id", "tags")
    assert [back[key] for key in kept] == [before[key] for key in kept]
    assert back["status"] == "subscribed"
    assert back["last_changed"] > before["last_changed"]


def test_post_brings_back_with_a_new_opt_in(api: Api, control: Control, audience: str) -> None:
    """POST of an archived person renews timestamp_opt (observed, G: 36 of 36)."""
    before = add(api, audience)
    api.done("DELETE", path_of(audience))
    later(control)
    assert add(api, audience)["timestamp_opt"] > before["timestamp_opt"]


def test_put_by_another_hash_brings_back(api: Api, control: Control, audience: str) -> None:
    """PUT to a hash nobody has, with an archived contact's address, adds that contact again (observed, G: 11)."""
    before = add(api, audience, tags=["vip"])
    api.done("DELETE", path_of(audience))
    later(control)
    back = api.put(path_of(audience, BOB), {"email_address": ANN, "status": "subscribed"})
    assert (back["status"], back["contact_id"], back["tags"]) == ("subscribed", before["contact_id"], before["tags"])
    assert back["timestamp_opt"] > before["timestamp_opt"]


def test_renaming_to_an_archived_address(api: Api, audience: str) -> None:
    """A rename to an archived contact's address says "Deleted", PUT on the address revives it (observed, LIVE-2026)."""
    add(api, audience)
    api.done("DELETE", path_of(audience))
    add(api, audience, BOB)
    refusal = api.refused("PUT", path_of(audience, BOB), {"email_address": ANN, "status": "subscribed"})
    assert refusal.messages == {"email address": f'"{ANN}" is already in this list with a status of "Deleted".'}
    assert api.put(path_of(audience), {"email_address": ANN, "status": "subscribed"})["status"] == "subscribed"


def test_making_a_tag_leaves_last_changed(api: Api, control: Control, audience: str) -> None:
    """POST /segments with static_segment does not move its members' last_changed (observed, LIVE-2026)."""
    before = add(api, audience)
    later(control)
    tagged(api, audience, ANN)
    after = api.get(path_of(audience))
    assert after["last_changed"] == before["last_changed"]
    assert [tag["name"] for tag in after["tags"]] == ["List"]


@pytest.mark.parametrize(("switch", "moves"), [("no", False), ("yes", True)])
def test_deleting_a_tag_and_last_changed(api: Api, control: Control, audience: str, switch: str, moves: bool) -> None:
    """Deleting a tag leaves its carriers' last_changed, unless the switch moves it (inferred, LIVE-2026)."""
    control.switch(segment_calls_move_last_changed=switch)
    add(api, audience)
    segment = tagged(api, audience, ANN)
    before = api.get(path_of(audience))["last_changed"]
    later(control)
    api.done("DELETE", f"/lists/{audience}/segments/{segment}")
    after = api.get(path_of(audience))
    assert after["tags"] == []
    assert (after["last_changed"] > before) is moves


def test_patch_of_somebody_archived(api: Api, control: Control, audience: str) -> None:
    """PATCH of an archived person is taken (recorded), or refused with its switch (observed, G, LIVE-2026)."""
    add(api, audience)
    api.done("DELETE", path_of(audience))
    assert api.patch(path_of(audience), {"language": "de"})["status"] == "archived"
    control.switch(patch_of_archived="refused")
    assert api.refused("PATCH", path_of(audience), {"language": "fr"}).status == 400


def test_flags_let_segments_count_more(api: Api, audience: str) -> None:
    """include_unsubscribed and its like leave the rows of /segments and raise member_count (observed, LIVE-2026)."""
    add(api, audience)
    add(api, audience, BOB)
    tagged(api, audience, ANN, BOB)
    api.patch(path_of(audience, BOB), {"status": "unsubscribed"})
    path = f"/lists/{audience}/segments"
    counts = [api.get(path, **flags)["segments"][0]["member_count"] for flags in ({}, {"include_unsubscribed": "true"})]
    assert counts == [1, 2]


def test_the_count_of_a_saved_segment_may_lag(api: Api, control: Control, audience: str) -> None:
    """With its switch a saved segment's count lacks, for a while, who has just come to match (observed, LIVE-2026)."""
    control.switch(saved_segment_counts="lag")
    condition = {"condition_type": "EmailAddress", "field": "EMAIL", "op": "contains", "value": "ann"}
    options = {"match": "all", "conditions": [condition]}
    segment = api.post(f"/lists/{audience}/segments", {"name": "saved", "options": options})["id"]
    add(api, audience)
    path = f"/lists/{audience}/segments/{segment}"
    assert (api.get(path)["member_count"], len(api.get(f"{path}/members")["members"])) == (0, 1)
    later(control)
    assert api.get(path)["member_count"] == 1


def carriers(api: Api, audience: str, segment: int, **flags: object) -> tuple[list[str], int]:
    """The names of those whom a segment lists, and its total."""
    page = api.get(f"/lists/{audience}/segments/{segment}/members", **flags)
    return [row["email_address"].split("@")[0] for row in page["members"]], page["total_items"]


def test_the_total_of_segment_members_is_too_small(api: Api, audience: str) -> None:
    """Without flags two of three, total 2; with all flags three, total still 2; offset=2 is the third (observed,
    LIVE-2026)."""
    for address in (ANN, BOB, CEM):
        add(api, audience, address)
    segment = tagged(api, audience, ANN, BOB, CEM)
    api.patch(path_of(audience, BOB), {"status": "unsubscribed"})
    flags = dict.fromkeys(("include_cleaned", "include_transactional", "include_unsubscribed"), "true")
    assert carriers(api, audience, segment) == (["ann", "cem"], 2)
    assert carriers(api, audience, segment, **flags) == (["ann", "bob", "cem"], 2)
    assert carriers(api, audience, segment, **flags, offset=2) == (["cem"], 2)


@pytest.mark.parametrize(("switch", "names"), [("never", ["bob"]), ("with_all_flags", ["ann", "bob"])])
def test_archived_carriers_of_a_tag(api: Api, control: Control, audience: str, switch: str, names: list[str]) -> None:
    """Archived carriers of a tag are not listed, or with all flags if the switch says so (inferred, LIVE-2026)."""
    control.switch(archived_in_segments=switch)
    for address in (ANN, BOB):
        add(api, audience, address)
    segment = tagged(api, audience, ANN, BOB)
    api.done("DELETE", path_of(audience))
    flags = dict.fromkeys(("include_cleaned", "include_transactional", "include_unsubscribed"), "true")
    assert carriers(api, audience, segment, **flags)[0] == names


def found(page: Json) -> list[str]:
    """The names in a tag search."""
    return [tag["name"] for tag in page["tags"]]


def test_tag_search_comes_in_pages(api: Api, audience: str) -> None:
    """Ten tags come without count; count and offset work though undocumented (observed, LIVE-2026)."""
    add(api, audience, tags=[f"t{number:02}" for number in range(12)])
    path = f"/lists/{audience}/tag-search"
    first = api.get(path)
    assert (len(first["tags"]), first["total_items"]) == (10, 12)
    assert found(api.get(path, count=3, offset=10)) == ["t10", "t11"]
    behind = api.get(path, offset=12)
    assert (behind["tags"], behind["total_items"]) == ([], 12)


def test_categories_are_numbered_from_0(api: Api, audience: str) -> None:
    """display_order begins at 0 for categories and at 1 for interests (observed, LIVE-2026)."""
    path = f"/lists/{audience}/interest-categories"
    made = [api.post(path, {"title": title, "type": "radio"}) for title in ("Likes", "Reads")]
    names = [api.post(f"{path}/{made[0]['id']}/interests", {"name": name}) for name in ("Tea", "Coffee")]
    assert [row["display_order"] for row in made] == [0, 1]
    assert [row["display_order"] for row in names] == [1, 2]


@pytest.mark.parametrize(("switch", "at_once"), [("none", [ANN]), ("seconds", [])])
def test_the_members_list_may_lag(api: Api, control: Control, audience: str, switch: str, at_once: list[str]) -> None:
    """With its switch the members' list does not show just inserted people yet, GET does (observed, LIVE-2026)."""
    control.switch(members_list_lag=switch)
    control.clock(now="2026-03-01T12:00:00Z", frozen=True)
    add(api, audience)
    path = f"/lists/{audience}/members"
    page = api.get(path, sort_field="last_changed")
    assert ([row["email_address"] for row in page["members"]], page["total_items"]) == (at_once, len(at_once))
    assert api.get(path_of(audience))["email_address"] == ANN
    later(control)
    assert api.get(path)["total_items"] == 1


@pytest.mark.parametrize(
    ("switch", "status", "count"), [("stays_archived", "archived", 0), ("revives", "subscribed", 0), ("refused", "", 1)]
)
def test_batch_row_for_new_people_and_somebody_archived(
    api: Api, control: Control, audience: str, switch: str, status: str, count: int
) -> None:
    """A row with status_if_new leaves somebody archived, or as the switch says (inferred, mc-woocommerce#951)."""
    control.switch(batch_status_if_new_of_archived=switch)
    add(api, audience)
    api.done("DELETE", path_of(audience))
    row = {"email_address": ANN, "status_if_new": "subscribed"}
    answer = api.post(f"/lists/{audience}", {"members": [row], "update_existing": True})
    assert [member["status"] for member in answer["updated_members"]] == [status] * bool(status)
    assert answer["error_count"] == count


def test_null_for_new_people_is_fine(api: Api, audience: str) -> None:
    """status_if_new may be null (observed, production logs)."""
    body = {"email_address": ANN, "status": "subscribed", "status_if_new": None}
    assert api.put(path_of(audience), body)["status"] == "subscribed"


@pytest.mark.parametrize(("more", "moves"), [({}, False), ({"interests": {}}, True)])
def test_a_put_that_carries_interests_moves_last_changed(
    api: Api, control: Control, audience: str, more: Json, moves: bool
) -> None:
    """A PUT that changes nothing moves last_changed if it carries interests, else not (observed, G)."""
    before = add(api, audience)["last_changed"]
    later(control)
    after = api.put(path_of(audience), {"email_address": ANN, **more})["last_changed"]
    assert (after > before) is moves


def test_newer_refusals(api: Api, control: Control, audience: str) -> None:
    """People deleted for good, and people who left, are refused in newer words with the switch (observed, logs)."""
    control.switch(refusal_wording="newer")
    for address in (ANN, BOB):
        add(api, audience, address)
    api.done("POST", f"{path_of(audience)}/actions/delete-permanent")
    control.people(BOB, audience, "unsubscribe")
    assert refused_add(api, audience, ANN)["detail"] == (
        f"{ANN} was previously removed from this audience. To rejoin, they'll need to sign up using a Mailchimp form."
    )
    again = f"{BOB} has previously unsubscribed from this list and must opt in again."
    assert refused_add(api, audience, BOB)["detail"] == again
    assert api.refused("PATCH", path_of(audience, BOB), {"status": "subscribed"}).problem["detail"] == again


@pytest.mark.parametrize(
    ("switch", "shown"),
    [("empty", {"id": "", "email_address": ""}), ("null", {"id": None, "email_address": None}), ("absent", {})],
)
def test_contacts_without_an_address(api: Api, control: Control, audience: str, switch: str, shown: Json) -> None:
    """A contact who has only a telephone number is listed without id and address (inferred, FACTS 13)."""
    control.switch(contacts_without_address=switch)
    control.people("", audience, "subscribe_sms", phone="+14045550199")
    # Not held against the description, which has an address in every member.
    (member,) = api.session.get(api.url(f"/lists/{audience}/members"), timeout=10).json()["members"]
    assert {key: member[key] for key in ("id", "email_address") if key in member} == shown
    assert (member["sms_phone_number"], member["sms_subscription_status"]) == ("+14045550199", "subscribed")
    assert len(member["contact_id"]) == 32


def test_statuses_that_nobody_knows(api: Api, control: Control, audience: str) -> None:
    """With its switch a member can have a status that is in no description (inferred, S)."""
    order = {"members": [{"email_address": ANN, "status": "quarantined"}]}
    with pytest.raises(RuntimeError, match="There are: subscribed, unsubscribed"):
        control.seed(audience, **order)
    control.switch(unknown_statuses="present")
    control.seed(audience, **order)
    (member,) = api.session.get(api.url(f"/lists/{audience}/members"), timeout=10).json()["members"]
    assert member["status"] == "quarantined"


def test_unknown_paths_and_unknown_ids(api: Api) -> None:
    """Unknown IDs are 404, and so is a path that there is not: "Invalid path" (observed, LIVE-2026)."""
    for path in ("/lists/0123456789", "/campaigns/0123456789"):
        assert api.refused("GET", path).problem["detail"] == "The requested resource could not be found."
    answer = api.session.get(api.url("/file-manager-of-nobody"), timeout=10)
    assert (answer.status_code, answer.json()["detail"]) == (404, "Invalid path")
