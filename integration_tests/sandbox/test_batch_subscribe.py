"""POST /lists/{list_id}: up to 500 people in one call."""

from typing import Any

import pytest

from integration_tests.sandbox.conftest import Api, Json
from integration_tests.sandbox.test_members import ANN, BOB, add, path_of
from source_destination_mailchimp.sandbox.control.client import Control

EXISTS = (
    f"{ANN} is already a list member, do you want to update? please provide update_existing:true in the request body"
)


def row(address: str = ANN, **more: object) -> Json:
    """A row of the call."""
    return {"email_address": address, **({"status": "subscribed"} if "status_if_new" not in more else {}), **more}


def send(api: Api, audience: str, *rows: Json, query: Json | None = None, **more: object) -> Json:
    """The call."""
    return api.post(f"/lists/{audience}", {"members": list(rows), **more}, **(query or {}))


def errors(answer: Json) -> dict[str, tuple[str, str]]:
    """errors[] by address."""
    return {error["email_address"]: (error["error_code"], error["error"]) for error in answer["errors"]}


def test_answers_200_when_all_failed(api: Api, audience: str) -> None:
    """The answer is 200 even when every row failed (observed, H)."""
    answer = send(api, audience, row("foo@example.com"), row("nonsense"))
    assert (answer["error_count"], answer["total_created"], answer["total_updated"]) == (2, 0, 0)
    assert errors(answer) == {
        "foo@example.com": (
            "ERROR_GENERIC",
            "foo@example.com looks fake or invalid, please enter a real email address.",
        ),
        "nonsense": ("ERROR_GENERIC", "Please provide a valid email address."),
    }


def test_existing_without_update_is_a_row_error(api: Api, audience: str) -> None:
    """Without update_existing a member is refused as ERROR_CONTACT_EXISTS, others are added (observed, RUD)."""
    add(api, audience)
    answer = send(api, audience, row(), row(BOB))
    assert errors(answer) == {ANN: ("ERROR_CONTACT_EXISTS", EXISTS)}
    assert [member["email_address"] for member in answer["new_members"]] == [BOB]


def test_existing_with_update_is_updated(api: Api, audience: str) -> None:
    """With update_existing a member lands in updated_members (observed, H)."""
    add(api, audience)
    answer = send(api, audience, row(merge_fields={"FNAME": "Ann"}), update_existing=True)
    assert [member["merge_fields"]["FNAME"] for member in answer["updated_members"]] == ["Ann"]


def test_duplicates_refuse_the_call(api: Api, audience: str) -> None:
    """One address twice, in whatever case, is 400 for the whole call and nothing is written (observed, H)."""
    refusal = api.refused("POST", f"/lists/{audience}", {"members": [row(), row(BOB), row(ANN.upper())]})
    assert refusal.status == 400
    assert api.get(f"/lists/{audience}/members")["total_items"] == 0


def test_skip_duplicate_check_keeps_the_first(api: Api, audience: str) -> None:
    """skip_duplicate_check keeps the first of two rows; the counters then do not add up (documented, S)."""
    rows = (row(merge_fields={"FNAME": "One"}), row(merge_fields={"FNAME": "Two"}))
    answer = send(api, audience, *rows, query={"skip_duplicate_check": "true"})
    assert [member["merge_fields"]["FNAME"] for member in answer["new_members"]] == ["One"]


def test_more_than_500_are_refused(api: Api, audience: str) -> None:
    """501 rows are 400 for the whole call, 500 are taken (documented, S)."""
    rows = [row(f"p{number}@grouparoo.com") for number in range(501)]
    assert api.refused("POST", f"/lists/{audience}", {"members": rows}).status == 400
    assert send(api, audience, *rows[:500])["total_created"] == 500


def test_merge_field_errors_name_the_field(api: Api, control: Control, audience: str) -> None:
    """Errors of merge values name field and message, other errors neither (documented, CL:2022-08-03)."""
    control.seed(audience, merge_fields=[{"tag": "AGE", "name": "Age", "type": "number"}])
    answer = send(api, audience, row(merge_fields={"AGE": "old"}), row("nonsense"))
    first, second = answer["errors"]
    assert (first["error"], first["field"], first["field_message"]) == (
        "Your merge fields were invalid.",
        "AGE",
        "Please enter a number",
    )
    assert not {"field", "field_message"} & second.keys()


def test_row_without_status_is_refused(api: Api, audience: str) -> None:
    """A row with neither status nor status_if_new is refused alone (observed, H)."""
    answer = send(api, audience, {"email_address": ANN}, row(BOB))
    assert errors(answer)[ANN][1].startswith("The resource submitted could not be validated.")
    assert answer["total_created"] == 1


@pytest.mark.parametrize(
    ("wrong", "field", "message"),
    [
        ({**row(), "status": ""}, "members.item:1.status", "Data presented is not one of the accepted values"),
        ({"status": "subscribed"}, "members.item:1", "Required fields were not provided: email_address"),
        (row(merge_fields={"FNAME": None}), "members.item:1.merge_fields.FNAME", "Data did not match any"),
    ],
)
def test_wrong_shape_of_a_row(api: Api, audience: str, wrong: Json, field: str, message: str) -> None:
    """A row of a wrong shape refuses the whole call and is named by its position (observed, NET#567)."""
    refusal = api.refused("POST", f"/lists/{audience}", {"members": [row(BOB), wrong]})
    assert (refusal.status, refusal.problem["title"]) == (400, "Invalid Resource")
    assert {name: said.startswith(message) for name, said in refusal.messages.items()} == {field: True}
    assert api.get(f"/lists/{audience}/members")["total_items"] == 0


def test_wrong_shape_can_cost_the_row_alone(api: Api, control: Control, audience: str) -> None:
    """With its switch, a row of a wrong shape is refused alone (inferred, S)."""
    control.switch(batch_schema_errors="per_row")
    answer = send(api, audience, row(merge_fields={"FNAME": None}), row(BOB))
    assert errors(answer)[ANN][0] == "ERROR_GENERIC"
    assert answer["total_created"] == 1


def test_status_if_new_is_honoured(api: Api, audience: str) -> None:
    """status_if_new adds strangers and leaves the status of members alone (observed, H)."""
    add(api, audience, status="unsubscribed")
    answer = send(
        api, audience, row(status_if_new="subscribed"), row(BOB, status_if_new="subscribed"), update_existing=True
    )
    assert [member["status"] for member in answer["updated_members"] + answer["new_members"]] == [
        "unsubscribed",
        "subscribed",
    ]


def test_status_if_new_can_be_refused(api: Api, control: Control, audience: str) -> None:
    """With its switch, rows with status_if_new alone are refused (inferred, S)."""
    control.switch(batch_status_if_new="refused")
    assert send(api, audience, row(status_if_new="subscribed"))["error_count"] == 1


def test_status_if_new_can_be_taken_as_status(api: Api, control: Control, audience: str) -> None:
    """With its switch, status_if_new overwrites the status of members too (inferred, S)."""
    control.switch(batch_status_if_new="treated_as_status")
    add(api, audience, status="unsubscribed")
    answer = send(api, audience, row(status_if_new="subscribed"), update_existing=True)
    assert answer["updated_members"][0]["status"] == "subscribed"


def test_compliance_in_a_batch(api: Api, control: Control, audience: str) -> None:
    """Somebody who left is refused with the compliance text, and stays (inferred, FACTS 5.1)."""
    add(api, audience)
    control.people(ANN, audience, "unsubscribe")
    code, text = errors(send(api, audience, row(), update_existing=True))[ANN]
    assert (code, "compliance state" in text) == ("ERROR_GENERIC", True)
    assert api.get(path_of(audience))["status"] == "unsubscribed"


def test_forgotten_in_a_batch(api: Api, audience: str) -> None:
    """A forgotten address is refused with the forgotten text (observed, W)."""
    add(api, audience)
    api.done("POST", f"{path_of(audience)}/actions/delete-permanent")
    assert "was permanently deleted" in errors(send(api, audience, row()))[ANN][1]


@pytest.mark.parametrize(("updates", "lands_in"), [(True, "updated_members"), (False, "new_members")])
def test_archived_are_restored(api: Api, audience: str, updates: bool, lands_in: str) -> None:
    """A row with a status brings an archived member back, with its contact_id (inferred, FACTS 6.2)."""
    before = add(api, audience)
    api.done("DELETE", path_of(audience))
    answer = send(api, audience, row(), update_existing=updates)
    assert [(member["contact_id"], member["status"]) for member in answer[lands_in]] == [
        (before["contact_id"], "subscribed")
    ]


def test_archived_can_stay(api: Api, control: Control, audience: str) -> None:
    """With its switch, the archived stay archived, as a row error without update_existing (inferred, FACTS 6.2)."""
    control.switch(batch_restores_archived="no")
    add(api, audience)
    api.done("DELETE", path_of(audience))
    assert errors(send(api, audience, row()))[ANN][0] == "ERROR_CONTACT_EXISTS"
    assert send(api, audience, row(), update_existing=True)["updated_members"][0]["status"] == "archived"


def test_tags_are_added(api: Api, audience: str) -> None:
    """Tags in a row are added to new and to existing people (documented, CL:2022-01-24)."""
    add(api, audience, tags=["old"])
    answer = send(api, audience, row(tags=["vip"]), row(BOB, tags=["vip"]), update_existing=True)
    tagged = {
        member["email_address"]: [tag["name"] for tag in member["tags"]]
        for member in answer["updated_members"] + answer["new_members"]
    }
    assert tagged == {ANN: ["vip", "old"], BOB: ["vip"]}


def test_sync_tags_replaces(api: Api, audience: str) -> None:
    """sync_tags with update_existing makes the row's tags the only ones (documented, S)."""
    add(api, audience, tags=["old", "vip"])
    answer = send(api, audience, row(tags=["vip"]), update_existing=True, sync_tags=True)
    assert [tag["name"] for tag in answer["updated_members"][0]["tags"]] == ["vip"]


@pytest.mark.parametrize(("value", "left"), [("removes_all", 0), ("keeps", 1)])
def test_sync_tags_without_tags(api: Api, control: Control, audience: str, value: str, left: int) -> None:
    """sync_tags takes every tag off a row without tags, unless the switch says no (documented, S)."""
    control.switch(sync_tags_without_tags=value)
    add(api, audience, tags=["old"])
    answer = send(api, audience, row(), update_existing=True, sync_tags=True)
    assert answer["updated_members"][0]["tags_count"] == left


def test_tags_can_be_ignored(api: Api, control: Control, audience: str) -> None:
    """With its switch, tags in a row are ignored (inferred, S)."""
    control.switch(batch_tags="ignored")
    assert send(api, audience, row(tags=["vip"]))["new_members"][0]["tags_count"] == 0


@pytest.mark.parametrize(("value", "enabled"), [("ignored", False), ("honoured", True)])
def test_marketing_permissions(api: Api, control: Control, value: str, enabled: bool) -> None:
    """marketing_permissions in a row are ignored, unless the switch says otherwise (inferred, FACTS 5.1)."""
    control.switch(batch_marketing_permissions=value)
    audience = str(control.seed(name="Permissions", marketing_permissions=["Email"])["audience"])
    wanted: Any = add(api, audience)["marketing_permissions"][0]["marketing_permission_id"]
    rows = row(marketing_permissions=[{"marketing_permission_id": wanted, "enabled": True}])
    send(api, audience, rows, update_existing=True)
    assert api.get(path_of(audience))["marketing_permissions"][0]["enabled"] is enabled


def test_identical_row_changes_nothing(api: Api, control: Control, audience: str) -> None:
    """An identical row is answered as updated and does not move last_changed (inferred, G)."""
    before = add(api, audience, merge_fields={"FNAME": "Ann"})
    control.clock(advance_seconds=60)
    answer = send(api, audience, row(merge_fields={"FNAME": "Ann"}), update_existing=True)
    assert answer["updated_members"][0]["last_changed"] == before["last_changed"]


def test_required_fields_in_a_batch(api: Api, control: Control, audience: str) -> None:
    """A missing required field refuses the row, unless skip_merge_validation is given (documented, S)."""
    control.seed(audience, merge_fields=[{"tag": "CITY", "name": "City", "type": "text", "required": True}])
    assert send(api, audience, row())["errors"][0]["field_message"] == "Please enter a value"
    assert send(api, audience, row(), query={"skip_merge_validation": "true"})["total_created"] == 1


def test_unknown_audience_is_404(api: Api) -> None:
    """The call for an unknown audience is 404 (documented, S)."""
    assert api.refused("POST", "/lists/ffffffffff", {"members": []}).status == 404
