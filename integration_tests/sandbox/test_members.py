"""Members one at a time: adding, upserting, changing, archiving, forgetting."""

import pytest

from integration_tests.sandbox.conftest import Api, Json
from source_destination_mailchimp.sandbox.control.client import Control
from source_destination_mailchimp.sandbox.members.addresses import hash_of

ANN = "ann@grouparoo.com"
BOB = "bob@grouparoo.com"


def path_of(audience: str, address: str = ANN) -> str:
    """The path of a member."""
    return f"/lists/{audience}/members/{hash_of(address)}"


def add(api: Api, audience: str, address: str = ANN, status: str = "subscribed", **more: object) -> Json:
    """POST a member."""
    return api.post(f"/lists/{audience}/members", {"email_address": address, "status": status, **more})


def refused_add(api: Api, audience: str, address: str, status: str = "subscribed", **more: object) -> Json:
    """POST a member that must be refused; the problem document."""
    body = {"email_address": address, "status": status, **more}
    return api.refused("POST", f"/lists/{audience}/members", body).problem


def test_id_is_md5_of_the_lower_cased_address(api: Api, audience: str) -> None:
    """A member's id is the MD5 of the lower-cased address, which itself comes back as entered (documented, S)."""
    member = add(api, audience, "Ann@Grouparoo.com")
    assert (member["id"], member["email_address"]) == (hash_of(ANN), "Ann@Grouparoo.com")


def test_path_takes_hash_address_or_contact_id(api: Api, audience: str) -> None:
    """The path of a member takes the hash, the plain address or the contact_id (documented, S)."""
    member = add(api, audience)
    found = [api.get(f"/lists/{audience}/members/{name}")["id"] for name in (ANN, member["contact_id"], member["id"])]
    assert found == [member["id"]] * 3


def test_new_member_shows_empty_strings(api: Api, audience: str) -> None:
    """Somebody added by the API has ip_opt and timestamp_opt, and "" where nothing is known (observed, G)."""
    member = add(api, audience)
    assert member["source"] == "API - Generic"
    assert member["ip_opt"] == "127.0.0.1"
    assert member["timestamp_opt"] == member["last_changed"]
    empty = ("ip_signup", "timestamp_signup", "language", "email_client")
    assert [member[key] for key in empty] == [""] * 4
    assert set(member["merge_fields"].values()) == {""}


def test_creating_answers_200(api: Api, audience: str) -> None:
    """Creating answers 200, never 201 (observed, G)."""
    answer = api.send("POST", f"/lists/{audience}/members", {"email_address": ANN, "status": "subscribed"})
    assert answer.status_code == 200


def test_adding_twice_is_member_exists(api: Api, audience: str) -> None:
    """Adding somebody who is there is 400 Member Exists, without a type (observed, MC4WP#798)."""
    add(api, audience)
    problem = refused_add(api, audience, ANN.upper())
    assert (problem["title"], "type" in problem) == ("Member Exists", False)
    assert problem["detail"] == f"{ANN} is already a list member. Use PUT to insert or update list members."


def test_post_needs_address_and_status(api: Api, audience: str) -> None:
    """POST without its required fields names them all in one message (observed, drewm#212)."""
    refusal = api.refused("POST", f"/lists/{audience}/members", {})
    assert refusal.messages == {"": "Required fields were not provided: email_address, status"}


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"email_address": None}, "email_address", "Schema describes string, NULL found instead"),
        ({"email_address": 5}, "email_address", "Schema describes string, integer found instead"),
        ({"email_address": {"a": 1}}, "email_address", "Schema describes string, object found instead"),
        (
            {"merge_fields": {"FNAME": None}},
            "merge_fields.FNAME",
            "Data did not match any of the schemas described in anyOf.",
        ),
        (
            {"merge_fields": {"FNAME": ["a"]}},
            "merge_fields.FNAME",
            "Data did not match any of the schemas described in anyOf.",
        ),
        (
            {"merge_fields": {"ADDRESS": {"zip": 1}}},
            "merge_fields.ADDRESS",
            "Data did not match any of the schemas described in anyOf.",
        ),
        (
            {"status": "archived"},
            "status",
            "Data presented is not one of the accepted values: "
            "subscribed, unsubscribed, cleaned, pending, transactional.",
        ),
    ],
)
def test_shape_is_checked_before_rules(api: Api, audience: str, body: Json, field: str, message: str) -> None:
    """A value of a wrong type is refused by its dotted path before any rule is looked at (observed, drewm#212)."""
    wrong = {"email_address": "nonsense", "status": "subscribed", **body}
    refusal = api.refused("POST", f"/lists/{audience}/members", wrong)
    assert refusal.messages == {field: message}


def test_patch_does_not_take_transactional(api: Api, audience: str) -> None:
    """PATCH does not take the status transactional (documented, S)."""
    add(api, audience)
    assert "status" in api.refused("PATCH", path_of(audience), {"status": "transactional"}).messages


@pytest.mark.parametrize(
    ("address", "detail"),
    [
        ("nonsense", "Please provide a valid email address."),
        ("foo@example.com", "foo@example.com looks fake or invalid, please enter a real email address."),
        ("joe@gmail.vom", "joe@gmail.vom looks fake or invalid, please enter a real email address."),
    ],
)
def test_addresses_that_are_refused(api: Api, audience: str, address: str, detail: str) -> None:
    """Broken, made-up and mistyped addresses are 400 Invalid Resource (observed, G)."""
    problem = refused_add(api, audience, address)
    assert (problem["title"], problem["detail"]) == ("Invalid Resource", detail)


def test_identical_put_changes_nothing(api: Api, control: Control, audience: str) -> None:
    """An identical PUT does not move last_changed; a changed value does (observed, G)."""
    first = add(api, audience, merge_fields={"FNAME": "Ann"})
    control.clock(advance_seconds=60)
    same = api.put(path_of(audience), {"email_address": ANN, "status": "subscribed", "merge_fields": {"FNAME": "Ann"}})
    assert same["last_changed"] == first["last_changed"]
    assert api.put(path_of(audience), {"merge_fields": {"FNAME": "Anna"}})["last_changed"] > first["last_changed"]


def test_put_keeps_what_it_does_not_name(api: Api, audience: str) -> None:
    """PUT leaves merge fields alone that it does not name (observed, G)."""
    add(api, audience, merge_fields={"FNAME": "Ann", "LNAME": "Lee"})
    member = api.put(path_of(audience), {"merge_fields": {"LNAME": "Low"}})
    assert (member["full_name"], member["merge_fields"]["FNAME"]) == ("Ann Low", "Ann")


def test_put_adds_with_status_if_new(api: Api, audience: str) -> None:
    """PUT for an unknown address takes status_if_new (documented, SK:set-consent-correctly)."""
    body = {"email_address": ANN, "status_if_new": "unsubscribed"}
    assert api.put(path_of(audience), body)["status"] == "unsubscribed"


def test_status_if_new_does_not_touch_members(api: Api, audience: str) -> None:
    """status_if_new says nothing about somebody who is there (documented, SK:set-consent-correctly)."""
    add(api, audience, status="unsubscribed")
    assert api.put(path_of(audience), {"status_if_new": "subscribed"})["status"] == "unsubscribed"


def test_put_for_a_stranger_needs_address_and_status(api: Api, audience: str) -> None:
    """PUT for an unknown address without address and status names both (inferred, S)."""
    refusal = api.refused("PUT", path_of(audience), {"merge_fields": {"FNAME": "Ann"}})
    assert refusal.messages == {"": "Required fields were not provided: email_address, status_if_new"}


def test_put_under_another_hash_is_member_exists(api: Api, audience: str) -> None:
    """PUT to an unknown hash with the address of a member is 400 Member Exists (observed, gibbon#239)."""
    add(api, audience)
    refusal = api.refused("PUT", path_of(audience, BOB), {"email_address": ANN, "status_if_new": "subscribed"})
    assert refusal.problem["title"] == "Member Exists"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_tags_are_dropped_on_update(api: Api, audience: str, method: str) -> None:
    """Tags in PUT and PATCH are dropped with 200 (observed, drewm#254)."""
    add(api, audience)
    member = api.send(method, path_of(audience), {"tags": ["vip"], "merge_fields": {"FNAME": "Ann"}}).json()
    assert (member["tags_count"], member["full_name"]) == (0, "Ann")


def test_post_takes_tag_names(api: Api, audience: str) -> None:
    """POST takes the names of tags and makes those that are missing (documented, S)."""
    member = add(api, audience, tags=["vip", "new"])
    assert [tag["name"] for tag in member["tags"]] == ["vip", "new"]


def test_archived_is_still_there(api: Api, audience: str) -> None:
    """DELETE archives: the member can still be read, with its tags and merge values (observed, G)."""
    add(api, audience, tags=["vip"], merge_fields={"FNAME": "Ann"})
    api.done("DELETE", path_of(audience))
    member = api.get(path_of(audience))
    assert (member["status"], member["tags_count"], member["full_name"]) == ("archived", 1, "Ann")


@pytest.mark.parametrize("action", ["archive", "bounce_hard", "pending"])
def test_not_everybody_can_be_archived(api: Api, control: Control, audience: str, action: str) -> None:
    """DELETE of somebody archived, cleaned or pending is 405 with Allow: GET, PUT (observed, G)."""
    add(api, audience, status="pending" if action == "pending" else "subscribed")
    if action == "archive":
        api.done("DELETE", path_of(audience))
    elif action == "bounce_hard":
        control.people(ANN, audience, "bounce_hard")
    refusal = api.refused("DELETE", path_of(audience))
    assert (refusal.status, refusal.headers["Allow"]) == (405, "GET, PUT")
    assert refusal.problem["detail"].endswith("Can not archive a contact that is bounced, pending or archived")


def test_adding_an_archived_member_brings_it_back(api: Api, control: Control, audience: str) -> None:
    """POST of somebody archived keeps contact_id, web_id, values and tags and opts in anew (observed, G)."""
    first = add(api, audience, tags=["vip"], merge_fields={"FNAME": "Ann"})
    api.done("DELETE", path_of(audience))
    control.clock(advance_seconds=60)
    again = add(api, audience)
    kept = ("contact_id", "web_id", "unique_email_id", "merge_fields", "tags")
    assert [again[key] for key in kept] == [first[key] for key in kept]
    assert again["status"] == "subscribed"
    assert again["timestamp_opt"] == again["last_changed"] > first["timestamp_opt"]


def test_status_if_new_leaves_the_archived(api: Api, audience: str) -> None:
    """PUT with status_if_new alone answers 200 and leaves an archived member archived (observed, G)."""
    add(api, audience)
    api.done("DELETE", path_of(audience))
    assert api.put(path_of(audience), {"email_address": ANN, "status_if_new": "subscribed"})["status"] == "archived"


def test_forgotten_is_gone(api: Api, audience: str) -> None:
    """delete-permanent answers 204; afterwards the member is 404 (observed, W)."""
    add(api, audience)
    api.done("POST", f"{path_of(audience)}/actions/delete-permanent")
    assert api.refused("GET", path_of(audience)).status == 404


@pytest.mark.parametrize("status", ["subscribed", "pending", "unsubscribed", "transactional"])
def test_forgotten_cannot_be_added(api: Api, audience: str, status: str) -> None:
    """A forgotten address is refused whatever status is asked for, without a type (observed, W)."""
    add(api, audience)
    api.done("POST", f"{path_of(audience)}/actions/delete-permanent")
    problem = refused_add(api, audience, ANN, status)
    assert (problem["title"], "type" in problem) == ("Forgotten Email Not Subscribed", False)
    assert problem["detail"] == (
        f"{ANN} was permanently deleted and cannot be re-imported. "
        "The contact must re-subscribe to get back on the list."
    )


def test_forgotten_returns_by_the_form(api: Api, control: Control, audience: str) -> None:
    """A forgotten person comes back by a hosted form (documented, W)."""
    add(api, audience)
    api.done("POST", f"{path_of(audience)}/actions/delete-permanent")
    control.people(ANN, audience, "subscribe")
    assert api.get(path_of(audience))["status"] == "subscribed"


def test_delete_permanent_wants_the_hash(api: Api, audience: str) -> None:
    """delete-permanent and the tags call take the hash alone: nothing else is documented for them (documented, S)."""
    contact = add(api, audience)["contact_id"]
    for name in (ANN, contact):
        assert api.refused("POST", f"/lists/{audience}/members/{name}/actions/delete-permanent").status == 404
        assert api.refused("POST", f"/lists/{audience}/members/{name}/tags", {"tags": []}).status == 404


def test_renaming_keeps_the_contact(api: Api, audience: str) -> None:
    """An e-mail change gives a new id, keeps contact_id and web_id, and the old hash is 404 (observed, G)."""
    before = add(api, audience)
    after = api.patch(path_of(audience), {"email_address": BOB})
    assert (after["id"], after["contact_id"], after["web_id"]) == (hash_of(BOB), before["contact_id"], before["web_id"])
    assert api.refused("GET", path_of(audience)).status == 404


@pytest.mark.parametrize("status", ["unsubscribed", "pending", "cleaned"])
def test_only_subscribed_people_can_be_renamed(api: Api, audience: str, status: str) -> None:
    """An e-mail change of somebody who is not subscribed is refused, naming the status (observed, W)."""
    add(api, audience, status=status)
    refusal = api.refused("PATCH", path_of(audience), {"email_address": BOB})
    message = (
        f'This member\'s status is "{status}." '
        'You can only update email addresses for members with a status of "subscribed."'
    )
    assert refusal.messages == {"email address": message}


@pytest.mark.parametrize(("status", "word"), [("subscribed", "Subscribed"), ("transactional", "Non-Subscribed")])
def test_renaming_to_a_taken_address(api: Api, audience: str, status: str, word: str) -> None:
    """An e-mail change to an address that is there is refused, naming its status (observed, W)."""
    add(api, audience)
    add(api, audience, BOB, status)
    refusal = api.refused("PATCH", path_of(audience), {"email_address": BOB})
    assert refusal.messages == {"email address": f'"{BOB}" is already in this list with a status of "{word}".'}


def test_renaming_to_a_forgotten_address(api: Api, audience: str) -> None:
    """An e-mail change to a forgotten address is refused as Deleted (observed, W)."""
    add(api, audience, BOB)
    api.done("POST", f"{path_of(audience, BOB)}/actions/delete-permanent")
    add(api, audience)
    refusal = api.refused("PATCH", path_of(audience), {"email_address": BOB})
    assert refusal.messages == {"email address": f'"{BOB}" is already in this list with a status of "Deleted".'}


def test_throttle_of_one_address(api: Api, control: Control, audience: str) -> None:
    """The fourteenth quick signup of one address is refused, and taken again later (observed, H)."""
    for _ in range(13):
        add(api, audience)
        api.done("DELETE", path_of(audience))
    problem = refused_add(api, audience, ANN)
    assert problem["detail"] == (
        f"{ANN} has signed up to a lot of lists very recently; we're not allowing more signups for now"
    )
    control.clock(advance_seconds=2 * 3600)
    assert add(api, audience)["status"] == "subscribed"


def test_throttle_of_status_changes(api: Api, audience: str) -> None:
    """Asking somebody back counts as a signup: PATCH with pending is throttled too (observed, MC4WP#771)."""
    add(api, audience)
    for _ in range(12):
        api.patch(path_of(audience), {"status": "unsubscribed"})
        api.patch(path_of(audience), {"status": "pending"})
    api.patch(path_of(audience), {"status": "unsubscribed"})
    problem = api.refused("PATCH", path_of(audience), {"status": "pending"}).problem
    assert "has signed up to a lot of lists very recently" in problem["detail"]


@pytest.mark.parametrize("field", ["ip_signup", "ip_opt"])
def test_ip_addresses_must_be_valid(api: Api, audience: str, field: str) -> None:
    """ip_signup and ip_opt must be IPv4 or IPv6 addresses (documented, CL:2022-09-01)."""
    assert (
        field
        in api.refused(
            "POST", f"/lists/{audience}/members", {"email_address": ANN, "status": "subscribed", field: "1.2.3.999"}
        ).messages
    )
    assert add(api, audience, **{field: "2001:db8::1"})[field] == "2001:db8::1"


def test_timestamps_can_be_given(api: Api, audience: str) -> None:
    """timestamp_signup and timestamp_opt can be set (documented, S)."""
    member = add(api, audience, timestamp_signup="2020-01-02T03:04:05Z", timestamp_opt="2020-01-02T03:05:05+00:00")
    assert (member["timestamp_signup"], member["timestamp_opt"]) == (
        "2020-01-02T03:04:05+00:00",
        "2020-01-02T03:05:05+00:00",
    )


def test_unknown_member_is_404(api: Api, audience: str) -> None:
    """Every call on somebody unknown but PUT is 404 (documented, S)."""
    calls = [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/actions/delete-permanent"), ("GET", "/tags")]
    assert {api.refused(method, path_of(audience) + more, {}).status for method, more in calls} == {404}


def test_members_count_by_status(api: Api, audience: str) -> None:
    """member_count counts subscribed people only; total_contacts comes when asked for (documented, S)."""
    add(api, audience)
    add(api, audience, BOB, "unsubscribed")
    plain = api.get(f"/lists/{audience}")["stats"]
    assert (plain["member_count"], plain["unsubscribe_count"], "total_contacts" in plain) == (1, 1, False)
    assert api.get(f"/lists/{audience}", include_total_contacts="true")["stats"]["total_contacts"] == 2


def test_interests_must_exist(api: Api, audience: str) -> None:
    """An unknown interest refuses the member (observed, H)."""
    assert refused_add(api, audience, ANN, interests={"abc": True})["detail"] == "Invalid interest ID: 'abc'."


def test_unknown_merge_fields_are_ignored(api: Api, audience: str) -> None:
    """Merge tags that the audience does not have are ignored with 200 (observed, G)."""
    assert "NOPE" not in add(api, audience, merge_fields={"NOPE": "x", "FNAME": "Ann"})["merge_fields"]


def test_marketing_permissions_are_stored(api: Api, control: Control) -> None:
    """Marketing permissions are shown and set by their IDs where the audience has any (observed, G)."""
    audience = str(control.seed(name="Permissions", marketing_permissions=["Email", "Post"])["audience"])
    member = add(api, audience)
    wanted = member["marketing_permissions"][1]["marketing_permission_id"]
    changed = api.patch(
        path_of(audience), {"marketing_permissions": [{"marketing_permission_id": wanted, "enabled": True}]}
    )
    assert [row["enabled"] for row in changed["marketing_permissions"]] == [False, True]
