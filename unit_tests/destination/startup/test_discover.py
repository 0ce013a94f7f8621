"""What `discover` offers for an audience."""

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
        assert operation["object_name"] == LIVE.audience.id


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
    """Named by its ID, with its groups; the calls for them are made for every audience."""
    bodies = {**ACCOUNT, "/lists/aud2/interest-categories": {}, "/lists/aud2/members": {}}
    message = destination_catalog(PretendAccount(bodies).client, settings())
    operations = message["destination_catalog"]["operations"]
    assert {one["object_name"]: one["json_schema"]["title"] for one in operations} == {"aud1": "News", "aud2": "Shop"}
    assert "group:Colors/Red" in operations[0]["json_schema"]["properties"]
