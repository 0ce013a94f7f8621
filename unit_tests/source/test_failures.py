"""What ends a stream or a sync: whose turn it is, in a sentence that names the stream and holds nothing personal."""

from collections.abc import Callable

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_destination_mailchimp.mailchimp.answers import Refusal
from source_destination_mailchimp.mailchimp.errors import Misconfigured, Refused, Unavailable
from source_destination_mailchimp.source.account import NotShown
from source_destination_mailchimp.source.failures import together, traced
from source_destination_mailchimp.source.packing import UnreadableState

PERSON = "ann@sandbox-people.org"
ERRORS: dict[str, tuple[Callable[[], Exception], str]] = {
    "outage": (lambda: Unavailable("Mailchimp did not answer GET /lists after 8 tries: HTTP 503."), "transient_error"),
    "not shown": (lambda: NotShown("/lists/a"), "transient_error"),
    "404 of the account": (lambda: Refused(Refusal(404, "Resource Not Found", "")), "transient_error"),
    "no right": (lambda: Refused(Refusal(403, "Forbidden", PERSON)), "config_error"),
    "setting": (lambda: Misconfigured("audiences: empty. Fill it in."), "config_error"),
    "state": (lambda: UnreadableState("states is not a list"), "config_error"),
    "bad request": (lambda: Refused(Refusal(400, "Invalid Resource", PERSON)), "system_error"),
    "fault of ours": (lambda: KeyError(PERSON), "system_error"),
}


def _raised(name: str) -> AirbyteTracedException:
    try:
        raise ERRORS[name][0]()
    except Exception as error:
        return traced(error, "list_members")


@pytest.mark.parametrize("name", list(ERRORS))
def test_whose_turn_it_is(name: str) -> None:
    """An outage is the platform's turn, a setting, a right or a state the user's, the rest ours; no address is told."""
    found = _raised(name)
    assert found.failure_type is not None
    assert found.failure_type.value == ERRORS[name][1]
    assert PERSON not in f"{found.message} {found.internal_message}"
    assert name == "setting" or str(found.message).startswith("Stream list_members: ")


@pytest.mark.parametrize(
    ("failed", "turn"),
    [
        (["no right"], "config_error"),
        (["no right", "outage"], "transient_error"),
        (["outage", "no right", "fault of ours"], "system_error"),
        (["not shown"], "transient_error"),
    ],
)
def test_the_end_of_a_sync(failed: list[str], turn: str) -> None:
    """The gravest error decides: a fault of ours, else what may pass, else the user's turn."""
    found = together({f"stream_{number}": [_raised(name)] for number, name in enumerate(failed)})
    assert found.failure_type is not None
    assert found.failure_type.value == turn
    for number in range(len(failed)):
        assert f"stream_{number}" in str(found.message)


def test_the_end_of_a_sync_by_an_error_that_is_not_traced() -> None:
    """An exception from within the CDK is a fault of ours, and its text is not repeated."""
    found = together({"lists": [RuntimeError(PERSON)]})
    assert PERSON not in str(found.message)
    assert str(found.message).startswith("1 stream was not read completely: lists. ")
