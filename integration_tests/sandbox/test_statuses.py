"""The status machine over the API: who may be subscribed again, who is asked, who is mailed."""

import pytest

from integration_tests.sandbox.conftest import Api
from integration_tests.sandbox.test_members import ANN, add, path_of, refused_add
from source_destination_mailchimp.sandbox.control.client import Control

LEAVING = ["unsubscribe", "complain", "bounce_hard", "compliance"]


def test_subscribed_sends_no_mail_even_on_double_optin(api: Api, control: Control) -> None:
    """`subscribed` sends no confirmation mail whatever double_optin says (documented, import-contacts)."""
    audience = str(control.seed(name="Careful", double_optin=True)["audience"])
    assert add(api, audience)["status"] == "subscribed"
    assert control.mail() == []


def test_pending_sends_one_mail(api: Api, control: Control, audience: str) -> None:
    """`pending` sends a confirmation mail, an identical second request sends none (documented, CL:2020-08-19)."""
    add(api, audience, status="pending")
    api.put(path_of(audience), {"email_address": ANN, "status": "pending"})
    assert [(mail["email"], mail["audience"], mail["kind"]) for mail in control.mail()] == [
        (ANN, audience, "confirmation")
    ]


def test_confirming_subscribes(api: Api, control: Control, audience: str) -> None:
    """The click in the confirmation mail subscribes and sets timestamp_opt (documented, S)."""
    assert add(api, audience, status="pending")["timestamp_opt"] == ""
    control.people(ANN, audience, "confirm")
    member = api.get(path_of(audience))
    assert (member["status"], member["timestamp_opt"] != "") == ("subscribed", True)


def test_pending_is_confirmed_by_the_api(api: Api, audience: str) -> None:
    """`subscribed` confirms somebody who is pending (observed, NET#263)."""
    add(api, audience, status="pending")
    assert api.put(path_of(audience), {"status": "subscribed"})["status"] == "subscribed"


def test_silent_resubscribe(api: Api, control: Control, audience: str) -> None:
    """`subscribed` returns somebody the API had taken off, and keeps the old timestamp_opt (observed, G)."""
    first = add(api, audience)
    control.clock(advance_seconds=60)
    gone = api.put(path_of(audience), {"status": "unsubscribed"})
    assert gone["unsubscribe_reason"] == "N/A (Unsubscribed by admin)"
    control.clock(advance_seconds=60)
    back = api.put(path_of(audience), {"status": "subscribed"})
    assert (back["status"], back["timestamp_opt"]) == ("subscribed", first["timestamp_opt"])
    assert "unsubscribe_reason" not in back


@pytest.mark.parametrize("action", LEAVING)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_those_who_left_are_refused(api: Api, control: Control, audience: str, action: str, method: str) -> None:
    """Somebody who left, complained, bounced or is under review cannot be subscribed again (observed, MC4WP#798)."""
    add(api, audience)
    control.people(ANN, audience, action)
    problem = api.refused(method, path_of(audience), {"status": "subscribed"}).problem
    assert (problem["title"], "type" in problem) == ("Member In Compliance State", False)
    assert problem["detail"] == (
        f"{ANN} is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be subscribed."
    )


def test_post_words_compliance_differently(api: Api, control: Control, audience: str) -> None:
    """POST says `already a list member in compliance state` (observed, HITO)."""
    add(api, audience)
    control.people(ANN, audience, "unsubscribe")
    assert "is already a list member in compliance state due to" in refused_add(api, audience, ANN)["detail"]


def test_those_who_left_can_be_asked(api: Api, control: Control, audience: str) -> None:
    """`pending` is taken for somebody who left by themselves and asks them by mail (documented, WOO)."""
    add(api, audience)
    control.people(ANN, audience, "unsubscribe")
    assert api.patch(path_of(audience), {"status": "pending"})["status"] == "pending"
    assert len(control.mail()) == 1


def test_data_of_those_who_left_can_be_written(api: Api, control: Control, audience: str) -> None:
    """Merge values of somebody who left can be written as long as no status is sent (observed, G)."""
    add(api, audience)
    control.people(ANN, audience, "unsubscribe")
    member = api.patch(path_of(audience), {"merge_fields": {"FNAME": "Ann"}})
    assert (member["status"], member["full_name"]) == ("unsubscribed", "Ann")


def test_unsubscribing_again_does_not_forget_who_left(api: Api, control: Control, audience: str) -> None:
    """`unsubscribed` for somebody who left by themselves does not make it the API's doing (inferred, FACTS 6.3)."""
    add(api, audience)
    control.people(ANN, audience, "unsubscribe")
    api.patch(path_of(audience), {"status": "unsubscribed"})
    assert api.refused("PATCH", path_of(audience), {"status": "subscribed"}).status == 400


def test_archiving_hides_why_somebody_left(api: Api, control: Control, audience: str) -> None:
    """Somebody who left and was archived can be added again, unless the switch says no (inferred, FACTS 6.3)."""
    add(api, audience)
    control.people(ANN, audience, "unsubscribe")
    api.done("DELETE", path_of(audience))
    control.switch(archived_keeps_compliance="yes")
    assert refused_add(api, audience, ANN)["title"] == "Member In Compliance State"
    control.switch(archived_keeps_compliance="no")
    assert add(api, audience)["status"] == "subscribed"


@pytest.mark.parametrize(("value", "status", "mails"), [("yes", "pending", 1), ("no", "archived", 0)])
def test_pending_for_the_archived(
    api: Api, control: Control, audience: str, value: str, status: str, mails: int
) -> None:
    """`pending` for somebody archived asks them, or with the switch changes nothing (inferred, FACTS 6.3)."""
    control.switch(pending_revives_archived=value)
    add(api, audience)
    api.done("DELETE", path_of(audience))
    assert add(api, audience, status="pending")["status"] == status
    assert len(control.mail()) == mails


@pytest.mark.parametrize(("value", "status"), [("yes", 200), ("no", 400)])
def test_pending_for_the_cleaned(api: Api, control: Control, audience: str, value: str, status: int) -> None:
    """`pending` for a cleaned address is taken, or with the switch refused (inferred, FACTS 6.3)."""
    control.switch(pending_revives_cleaned=value)
    add(api, audience)
    control.people(ANN, audience, "bounce_hard")
    assert api.send("PATCH", path_of(audience), {"status": "pending"}).status_code == status


@pytest.mark.parametrize(("value", "status"), [("yes", 200), ("no", 400)])
def test_pending_and_compliance(api: Api, control: Control, audience: str, value: str, status: int) -> None:
    """Somebody who left and was asked can be confirmed by the API, unless the switch says no (inferred, NET#263)."""
    control.switch(pending_clears_compliance=value)
    add(api, audience)
    control.people(ANN, audience, "unsubscribe")
    api.patch(path_of(audience), {"status": "pending"})
    assert api.send("PATCH", path_of(audience), {"status": "subscribed"}).status_code == status


@pytest.mark.parametrize(("value", "mails"), [("mails_when_changed", 2), ("never_mails", 1)])
def test_pending_again_with_other_data(api: Api, control: Control, audience: str, value: str, mails: int) -> None:
    """`pending` again with changed data mails again, unless the switch says no (inferred, CL:2020-08-19)."""
    control.switch(pending_again=value)
    add(api, audience, status="pending")
    api.put(path_of(audience), {"status": "pending", "merge_fields": {"FNAME": "Ann"}})
    assert len(control.mail()) == mails


def test_put_with_status_only(api: Api, audience: str) -> None:
    """PUT for a stranger takes `status` alone, though the description wants status_if_new (observed, G)."""
    body = {"email_address": ANN, "status": "subscribed"}
    assert api.put(path_of(audience), body)["status"] == "subscribed"


def test_forced_double_optin(api: Api, control: Control, audience: str) -> None:
    """An account under review answers pending and mails, with its switch (observed, mc-woocommerce#48)."""
    control.switch(forced_double_optin="yes")
    assert add(api, audience)["status"] == "pending"
    assert len(control.mail()) == 1


def test_status_change_moves_last_changed(api: Api, control: Control, audience: str) -> None:
    """A status change and an archiving move last_changed (observed, G)."""
    times = [add(api, audience)["last_changed"]]
    control.clock(advance_seconds=2)
    times.append(api.patch(path_of(audience), {"status": "unsubscribed"})["last_changed"])
    control.clock(advance_seconds=2)
    api.done("DELETE", path_of(audience))
    times.append(api.get(path_of(audience))["last_changed"])
    assert times == sorted(set(times))


def test_people_change_their_address(api: Api, control: Control, audience: str) -> None:
    """A person's own e-mail change keeps the contact (documented, FACTS 6.1)."""
    before = add(api, audience)
    control.people(ANN, audience, "change_email", to="ann.new@grouparoo.com")
    after = api.get(path_of(audience, "ann.new@grouparoo.com"))
    assert after["contact_id"] == before["contact_id"]
