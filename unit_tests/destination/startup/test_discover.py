"""What `discover` offers for an audience."""

import pytest

from source_destination_mailchimp.destination.form.sync_modes import OFFERED
from source_destination_mailchimp.destination.startup.discover import destination_catalog, operations_of
from unit_tests.destination.people import LIVE, settings
from unit_tests.destination.pretend_account import ACCOUNT, PretendAccount


def test_every_offered_mode_is_there() -> None:
    """An operation per mode; soft delete is none of them."""
    modes = [operation["sync_mode"] for operation in operations_of(LIVE, settings())]
    assert modes == ["append", "append_dedup", "update"] == list(OFFERED)


def test_people_are_matched_by_their_address() -> None:
    """Every mode but append, which has nothing to match."""
    for operation in operations_of(LIVE, settings(removal="archive")):
        assert operation.get("matching_keys") == (None if operation["sync_mode"] == "append" else [["email_address"]])
        assert operation["object_name"] == "News (aud1)"


def test_an_external_id_is_a_second_matching_key() -> None:
    """Each inner list is one key; a merge field that the audience lacks is none."""
    for target, keys in (("crmid", [["email_address"], ["CRMID"]]), ("OTHER", [["email_address"]])):
        form = settings(streams=[{"stream": "people", "external_id": f"id -> {target}"}])
        offered = {one["sync_mode"]: one.get("matching_keys") for one in operations_of(LIVE, form)}
        assert offered == {"append": None, "append_dedup": keys, "update": keys}


@pytest.mark.parametrize(("unmapped", "is_open"), [("match", False), ("ignore", False), ("create", True)])
def test_other_columns_are_allowed_where_fields_are_made(unmapped: str, is_open: bool) -> None:
    """With `create` the platform may map a column to a property that is not announced."""
    for operation in operations_of(LIVE, settings(unmapped_fields=unmapped)):
        assert operation["json_schema"]["additionalProperties"] is is_open


def test_required_fields_are_required_of_those_who_may_be_added() -> None:
    """A mode that only changes people asks for the address alone."""
    form = settings(removal="archive", required_fields="enforce")
    needed = {one["sync_mode"]: one["json_schema"]["required"] for one in operations_of(LIVE, form)}
    assert needed == {
        "append": ["email_address", "CRMID"],
        "append_dedup": ["email_address", "CRMID"],
        "update": ["email_address"],
    }


def test_every_audience_is_an_object() -> None:
    """Named by its name and ID, with its groups; the calls for them are made for every audience."""
    bodies = {**ACCOUNT, "/lists/aud2/interest-categories": {}, "/lists/aud2/members": {}}
    message = destination_catalog(PretendAccount(bodies).client, settings())
    operations = message["destination_catalog"]["operations"]
    assert {one["object_name"]: one["json_schema"]["title"] for one in operations} == {
        "News (aud1)": "News",
        "Shop (aud2)": "Shop",
    }
    assert "group:Colors/Red" in operations[0]["json_schema"]["properties"]
