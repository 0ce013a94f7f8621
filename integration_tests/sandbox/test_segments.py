"""Segments, who is in them, and the batch change of static ones."""

import pytest

from integration_tests.sandbox.conftest import Api, Json
from integration_tests.sandbox.test_members import ANN, BOB, add, path_of
from source_destination_mailchimp.sandbox.control.client import Control

NONE_SUBSCRIBED = "None of the emails provided were subscribed to the list"
CY = "cy@grouparoo.com"


def make(api: Api, audience: str, *addresses: str, name: str = "Readers") -> int:
    """A static segment."""
    answer = api.post(f"/lists/{audience}/segments", {"name": name, "static_segment": list(addresses)})
    return int(answer["id"])


def change(api: Api, audience: str, segment: int, **lists: list[str]) -> Json:
    """The batch change."""
    return api.post(f"/lists/{audience}/segments/{segment}", lists)


def members(api: Api, audience: str, segment: int, **query: object) -> list[str]:
    """The addresses in a segment."""
    return [
        row["email_address"] for row in api.get(f"/lists/{audience}/segments/{segment}/members", **query)["members"]
    ]


def test_static_segment_is_a_tag(api: Api, audience: str) -> None:
    """static_segment makes a tag on those who are subscribed, and ignores others (documented, S)."""
    add(api, audience)
    segment = make(api, audience, ANN, "stranger@grouparoo.com")
    assert api.get(path_of(audience))["tags"] == [{"id": segment, "name": "Readers"}]


def test_adding_and_removing(api: Api, audience: str) -> None:
    """The batch change answers 200 with who was added and removed (documented, S)."""
    add(api, audience)
    add(api, audience, BOB)
    segment = make(api, audience, ANN)
    answer = change(api, audience, segment, members_to_add=[BOB], members_to_remove=[ANN])
    assert [row["email_address"] for row in answer["members_added"]] == [BOB]
    assert [row["email_address"] for row in answer["members_removed"]] == [ANN]
    assert (answer["total_added"], answer["total_removed"], answer["error_count"]) == (1, 1, 0)


def test_errors_are_counted_in_groups(api: Api, audience: str) -> None:
    """Those already in and those not in are grouped errors; error_count counts the groups (observed, H)."""
    for address in (ANN, BOB, CY):
        add(api, audience, address)
    segment = make(api, audience, ANN, BOB)
    answer = change(api, audience, segment, members_to_add=[ANN, BOB], members_to_remove=[CY])
    assert answer["errors"] == [
        {"email_addresses": [ANN, BOB], "error": "Email addresses already exist in the static segment"},
        {"email_addresses": [CY], "error": "Email addresses do not exist in the static segment"},
    ]
    assert answer["error_count"] == 2


def test_unsubscribed_people_are_passed_over(api: Api, audience: str) -> None:
    """People who are not subscribed are passed over in silence (observed, H)."""
    add(api, audience)
    add(api, audience, BOB, "unsubscribed")
    answer = change(api, audience, make(api, audience), members_to_add=[ANN, BOB, "stranger@grouparoo.com"])
    assert (answer["total_added"], answer["errors"]) == (1, [])


@pytest.mark.parametrize("field", ["members_to_add", "members_to_remove"])
def test_nobody_subscribed_is_400(api: Api, audience: str, field: str) -> None:
    """If nobody named is subscribed the call is 400 with a field error (observed, H)."""
    add(api, audience, BOB, "unsubscribed")
    segment = make(api, audience)
    refusal = api.refused("POST", f"/lists/{audience}/segments/{segment}", {field: [BOB]})
    assert (refusal.status, refusal.messages) == (400, {field: NONE_SUBSCRIBED})


def test_newer_wording(api: Api, control: Control, audience: str) -> None:
    """With its switch, refusals say that some of the emails were not tagged (inferred, FACTS 7)."""
    control.switch(segment_refusal_wording="not_tagged")
    add(api, audience)
    add(api, audience, BOB, "unsubscribed")
    segment = make(api, audience)
    answer = change(api, audience, segment, members_to_add=[ANN, BOB])
    assert answer["errors"][0]["email_addresses"] == [BOB]
    assert answer["errors"][0]["error"].startswith("Some of the emails provided were not tagged.")
    refusal = api.refused("POST", f"/lists/{audience}/segments/{segment}", {"members_to_add": [BOB]})
    assert refusal.messages["members_to_add"].startswith("Some of the emails provided were not tagged.")


def test_at_most_500(api: Api, audience: str) -> None:
    """More than 500 addresses are refused in these words (documented, S; words observed, hitobito_sac_cas#1487)."""
    addresses = [f"p{number}@grouparoo.com" for number in range(501)]
    segment = make(api, audience)
    refusal = api.refused("POST", f"/lists/{audience}/segments/{segment}", {"members_to_add": addresses})
    assert (refusal.status, refusal.problem["detail"]) == (
        400,
        "Maximum allowed member items exceeded, please provide at most 500 items in members_to_add field "
        "or members_to_remove field",
    )


@pytest.mark.parametrize(("flags", "shown"), [({}, [ANN]), ({"include_unsubscribed": "true"}, [ANN, BOB])])
def test_total_items_counts_subscribed_people(api: Api, audience: str, flags: dict[str, str], shown: list[str]) -> None:
    """total_items of a segment's members counts subscribed people, whatever is shown (observed, LIVE-2026)."""
    add(api, audience)
    add(api, audience, BOB)
    segment = make(api, audience, ANN, BOB)
    api.patch(path_of(audience, BOB), {"status": "unsubscribed"})
    page = api.get(f"/lists/{audience}/segments/{segment}/members", **flags)
    assert ([row["email_address"] for row in page["members"]], page["total_items"]) == (shown, 1)


def test_unknown_segment_is_404(api: Api, audience: str) -> None:
    """An unknown segment is 404 (observed, H)."""
    assert api.refused("POST", f"/lists/{audience}/segments/1", {"members_to_add": [ANN]}).status == 404


def test_members_are_subscribed_ones(api: Api, audience: str) -> None:
    """A segment lists and counts subscribed people, others only when asked for (documented, S)."""
    add(api, audience, tags=["vip"])
    segment = add(api, audience, BOB, tags=["vip"])["tags"][0]["id"]
    api.patch(path_of(audience, BOB), {"status": "unsubscribed"})
    assert members(api, audience, segment) == [ANN]
    assert members(api, audience, segment, include_unsubscribed="true") == [ANN, BOB]
    assert api.get(f"/lists/{audience}/segments/{segment}")["member_count"] == 1


def test_patch_replaces_the_members(api: Api, audience: str) -> None:
    """PATCH with static_segment replaces who is in it (observed, FACTS 7)."""
    add(api, audience)
    add(api, audience, BOB)
    segment = make(api, audience, ANN)
    api.patch(f"/lists/{audience}/segments/{segment}", {"name": "Others", "static_segment": [BOB]})
    assert members(api, audience, segment) == [BOB]
    assert api.get(path_of(audience, BOB))["tags"] == [{"id": segment, "name": "Others"}]


def test_one_member_at_a_time(api: Api, audience: str) -> None:
    """One subscribed person can be added and removed (documented, S)."""
    member = add(api, audience)
    segment = make(api, audience)
    place = f"/lists/{audience}/segments/{segment}/members"
    assert api.post(place, {"email_address": ANN})["id"] == member["id"]
    api.done("DELETE", f"{place}/{member['id']}")
    assert members(api, audience, segment) == []


def test_deleting_takes_the_tag_off(api: Api, audience: str) -> None:
    """Deleting a static segment takes the tag off everybody (documented, segments)."""
    segment = add(api, audience, tags=["vip"])["tags"][0]["id"]
    api.done("DELETE", f"/lists/{audience}/segments/{segment}")
    assert api.get(path_of(audience))["tags_count"] == 0


@pytest.mark.parametrize(("value", "status"), [("accepted", 200), ("refused", 400)])
def test_doubled_tag_name(api: Api, control: Control, audience: str, value: str, status: int) -> None:
    """A second static segment of one name is accepted, or with its switch refused (observed, H)."""
    control.switch(duplicate_tag_name=value)
    make(api, audience)
    body = {"name": "Readers", "static_segment": []}
    assert api.send("POST", f"/lists/{audience}/segments", body).status_code == status


def test_saved_segment_follows_its_conditions(api: Api, audience: str) -> None:
    """A saved segment holds whoever fits its conditions, and cannot be changed by hand (documented, S)."""
    add(api, audience, merge_fields={"FNAME": "Ann"})
    add(api, audience, BOB)
    condition = {"condition_type": "TextMerge", "field": "FNAME", "op": "is", "value": "Ann"}
    options = {"match": "all", "conditions": [condition]}
    segment = api.post(f"/lists/{audience}/segments", {"name": "Anns", "options": options})
    assert (segment["type"], segment["member_count"]) == ("saved", 1)
    assert members(api, audience, segment["id"]) == [ANN]
    body = {"members_to_add": [BOB]}
    assert api.refused("POST", f"/lists/{audience}/segments/{segment['id']}", body).status == 400


@pytest.mark.parametrize(("switch", "moves"), [("no", False), ("yes", True)])
def test_segment_change_moves_last_changed(api: Api, control: Control, audience: str, switch: str, moves: bool) -> None:
    """Being put into a static segment leaves last_changed, unless the switch moves it (inferred, LIVE-2026)."""
    control.switch(segment_calls_move_last_changed=switch)
    before = add(api, audience)
    control.clock(advance_seconds=5)
    change(api, audience, make(api, audience), members_to_add=[ANN])
    assert (api.get(path_of(audience))["last_changed"] > before["last_changed"]) is moves
