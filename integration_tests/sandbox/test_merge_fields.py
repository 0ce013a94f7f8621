"""Merge fields: what an audience has, what values they take, and how they are read back."""

import pytest

from integration_tests.sandbox.conftest import Api, Json
from integration_tests.sandbox.test_members import ANN, add, path_of
from source_destination_mailchimp.sandbox.control.client import Control

COMPLETE = {"addr1": "1 Road", "city": "Town", "state": "GA", "zip": "30308"}


def field(api: Api, audience: str, kind: str, tag: str = "X", **more: object) -> Json:
    """A new merge field."""
    return api.post(f"/lists/{audience}/merge-fields", {"name": tag, "tag": tag, "type": kind, **more})


def refusal(api: Api, audience: str, **values: object) -> dict[str, str]:
    """The field errors of adding somebody with these merge values."""
    body = {"email_address": ANN, "status": "subscribed", "merge_fields": values}
    refused = api.refused("POST", f"/lists/{audience}/members", body)
    assert refused.problem["detail"] == "Your merge fields were invalid."
    return refused.messages


def test_default_fields(api: Api, audience: str) -> None:
    """A new audience has six fields, two more than in 2021, listed in order of their tags (observed, LIVE-2026)."""
    page = api.get(f"/lists/{audience}/merge-fields")
    assert [(row["merge_id"], row["tag"]) for row in page["merge_fields"]] == [
        (3, "ADDRESS"),
        (5, "BIRTHDAY"),
        (6, "COMPANY"),
        (1, "FNAME"),
        (2, "LNAME"),
        (4, "PHONE"),
    ]


def test_collection_shows_ten(api: Api, audience: str) -> None:
    """The collection shows ten fields unless count says more (documented, S)."""
    for number in range(6):
        field(api, audience, "text", f"F{number}")
    page = api.get(f"/lists/{audience}/merge-fields")
    assert (len(page["merge_fields"]), page["total_items"]) == (10, 12)


def test_tags_are_upper_case_and_short(api: Api, audience: str) -> None:
    """A tag is upper-cased and cut to ten characters; without one it is made up (observed, H)."""
    assert field(api, audience, "text", "required_mail")["tag"] == "REQUIRED_M"
    assert api.post(f"/lists/{audience}/merge-fields", {"name": "No tag", "type": "text"})["tag"] == "MMERGE8"


def test_number_of_fields_is_limited(api: Api, audience: str) -> None:
    """The thirty-first field is 400 Merge Max Limit Exceeded (observed, FACTS 4)."""
    for number in range(24):
        field(api, audience, "text", f"F{number}")
    body = {"name": "One more", "type": "text"}
    problem = api.refused("POST", f"/lists/{audience}/merge-fields", body).problem
    assert problem["title"] == "Merge Max Limit Exceeded"


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("number", "many", "Please enter a number"),
        ("date", "31.12.2020", "Please enter the date"),
        ("date", "2020-02-30", "Please enter the date"),
        ("birthday", "13/01", "Please enter a month (01-12) and a day (01-31)"),
        ("birthday", "2020-01-01", "Please enter a month (01-12) and a day (01-31)"),
        ("address", {"street": "1 Road", "postal_code": "1"}, "Please enter a complete address"),
        ("address", {**COMPLETE, "zip": ""}, "Please enter a complete address"),
    ],
)
def test_values_that_do_not_fit(api: Api, audience: str, kind: str, value: object, message: str) -> None:
    """A value that does not fit its type refuses the whole member and names the field (observed, G)."""
    field(api, audience, kind)
    assert refusal(api, audience, X=value) == {"X": message}
    assert api.refused("GET", path_of(audience)).status == 404


@pytest.mark.parametrize("kind", ["radio", "dropdown"])
def test_a_choice_that_is_not_there(api: Api, audience: str, kind: str) -> None:
    """A value that is no choice is refused with all of them, the empty one first (observed, mc-magento#885)."""
    field(api, audience, kind, options={"choices": ["value1", "value2"]})
    assert refusal(api, audience, X=12) == {"X": "Value must be one of: , value1, value2 (not 12)"}


@pytest.mark.parametrize(("kind", "value"), [("zip", "123"), ("url", "c")])
def test_values_that_do_not_fit_either(api: Api, audience: str, kind: str, value: object) -> None:
    """Wrong zip codes and URLs are refused, in words that nobody has reported (inferred, FACTS 14.5)."""
    field(api, audience, kind)
    assert refusal(api, audience, X=value).keys() == {"X"}


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("number", "100", 100),
        ("number", 668.3, 668.3),
        ("text", 5, "5"),
        ("text", "ü" * 200, "ü" * 127),
        ("date", "12/31/2020", "2020-12-31"),
        ("date", "31-12-2020", "2020-12-31"),
        ("date", "2020/12/31", "2020-12-31"),
        ("birthday", "12/31", "12/31"),
        ("phone", "+5583999999999", "+5583999999999"),
        ("address", COMPLETE, {**COMPLETE, "addr2": "", "country": "US"}),
    ],
)
def test_values_that_fit(api: Api, audience: str, kind: str, value: object, shown: object) -> None:
    """Numbers come back as numbers, dates as YYYY-MM-DD, texts cut to 255 bytes (documented, merge-fields)."""
    field(api, audience, kind)
    assert add(api, audience, merge_fields={"X": value})["merge_fields"]["X"] == shown


@pytest.mark.parametrize(("kind", "value"), [("number", 5), ("date", "2020-12-31"), ("address", COMPLETE)])
def test_empty_text_clears(api: Api, audience: str, kind: str, value: object) -> None:
    """The empty string clears a field of any type, which then shows "" (observed, G)."""
    field(api, audience, kind)
    add(api, audience, merge_fields={"X": value})
    assert api.patch(path_of(audience), {"merge_fields": {"X": ""}})["merge_fields"]["X"] == ""


def test_date_with_a_time(api: Api, control: Control, audience: str) -> None:
    """A date field takes the date of a time, unless the switch refuses it (documented, API 1.2 listSubscribe)."""
    field(api, audience, "date")
    control.switch(date_with_time="refused")
    assert refusal(api, audience, X="2020-12-31T23:00:00Z") == {"X": "Please enter the date"}
    control.switch(date_with_time="cut")
    assert add(api, audience, merge_fields={"X": "2020-12-31T23:00:00Z"})["merge_fields"]["X"] == "2020-12-31"


def test_plain_address_is_swallowed(api: Api, audience: str) -> None:
    """A plain string for an address that is not required is swallowed with 200 (observed, gibbon#272)."""
    assert add(api, audience, merge_fields={"ADDRESS": "1 Road"})["merge_fields"]["ADDRESS"] == ""


def test_plain_address_is_refused_where_required(api: Api, audience: str) -> None:
    """A plain string for a required address is an incomplete address (observed, gibbon#272)."""
    field(api, audience, "address", required=True)
    assert refusal(api, audience, X="1 Road") == {"X": "Please enter a complete address"}


def test_us_phone(api: Api, audience: str) -> None:
    """A phone field of format US wants ten digits (inferred, FACTS 8)."""
    field(api, audience, "phone", options={"phone_format": "US"})
    assert "X" in refusal(api, audience, X="+49 30 123")
    assert add(api, audience, merge_fields={"X": "404-555-0123"})["merge_fields"]["X"] == "(404) 555-0123"


def test_tags_of_values_are_compared_without_case(api: Api, audience: str) -> None:
    """Merge tags are compared without case (inferred, FACTS 8)."""
    assert add(api, audience, merge_fields={"fname": "Ann"})["merge_fields"]["FNAME"] == "Ann"


def test_required_field(api: Api, audience: str) -> None:
    """A required field must be there unless skip_merge_validation is given (documented, S)."""
    field(api, audience, "text", required=True)
    assert refusal(api, audience) == {"X": "Please enter a value"}
    body = {"email_address": ANN, "status": "subscribed"}
    assert api.post(f"/lists/{audience}/members", body, skip_merge_validation="true")["status"] == "subscribed"


@pytest.mark.parametrize(("value", "status"), [("always", 400), ("when_merge_fields_are_sent", 200)])
def test_required_field_on_update(api: Api, control: Control, audience: str, value: str, status: int) -> None:
    """A required field without a value refuses updates too, all or those with merge_fields (documented, S)."""
    control.switch(required_on_update=value)
    add(api, audience)
    field(api, audience, "text", required=True)
    assert api.send("PATCH", path_of(audience), {"status": "unsubscribed"}).status_code == status
    assert api.send("PATCH", path_of(audience), {"merge_fields": {"FNAME": "Ann"}}).status_code == 400


def test_skipping_validation_still_reads_values(api: Api, audience: str) -> None:
    """skip_merge_validation is about missing values; a value that does not fit is still refused (inferred, S)."""
    field(api, audience, "number")
    body = {"email_address": ANN, "status": "subscribed", "merge_fields": {"X": "many"}}
    refused = api.refused("POST", f"/lists/{audience}/members", body, skip_merge_validation="true")
    assert refused.messages == {"X": "Please enter a number"}


def test_renamed_field_keeps_its_values(api: Api, audience: str) -> None:
    """Renaming a merge tag keeps the values under the new name (inferred, S)."""
    add(api, audience, merge_fields={"FNAME": "Ann"})
    api.patch(f"/lists/{audience}/merge-fields/1", {"name": "Given name", "tag": "GIVEN"})
    assert api.get(path_of(audience))["merge_fields"]["GIVEN"] == "Ann"


def test_deleted_field_is_gone(api: Api, audience: str) -> None:
    """Deleting a merge field removes it and its values from members (documented, S)."""
    add(api, audience, merge_fields={"FNAME": "Ann"})
    api.done("DELETE", f"/lists/{audience}/merge-fields/1")
    assert "FNAME" not in api.get(path_of(audience))["merge_fields"]
    assert api.refused("GET", f"/lists/{audience}/merge-fields/1").status == 404


def test_doubled_tag_is_refused(api: Api, audience: str) -> None:
    """A second field of one tag is refused (inferred, FACTS 8)."""
    body = {"name": "First", "tag": "fname", "type": "text"}
    assert "tag" in api.refused("POST", f"/lists/{audience}/merge-fields", body).messages


def test_limit_in_the_collection(api: Api, control: Control, audience: str) -> None:
    """merge_field_limit is in the collection with its switch (documented, S)."""
    assert "merge_field_limit" not in api.get(f"/lists/{audience}/merge-fields")
    control.switch(merge_field_limit="present")
    assert api.get(f"/lists/{audience}/merge-fields")["merge_field_limit"] == 30


def test_messages_come_in_the_language_of_the_account(api: Api, control: Control, audience: str) -> None:
    """A missing value is named in the account's language, title and detail stay English (observed, FACTS 4, W)."""
    control.switch(account_language="de")
    tag = field(api, audience, "text", required=True)["tag"]
    refusal = api.refused("POST", f"/lists/{audience}/members", {"email_address": ANN, "status": "subscribed"})
    assert refusal.messages == {tag: "Bitte gib einen Wert ein."}
    assert (refusal.problem["title"], refusal.problem["detail"]) == (
        "Invalid Resource",
        "Your merge fields were invalid.",
    )
