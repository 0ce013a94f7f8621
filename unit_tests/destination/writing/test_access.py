"""What is wrong with the credentials is said as Mailchimp means it, and the way out fits."""

import pytest

from source_destination_mailchimp.destination.writing.access import stop_if_about_the_audience
from source_destination_mailchimp.mailchimp.answers import Refusal
from source_destination_mailchimp.mailchimp.errors import Misconfigured

ROLE = "whose role can manage"


@pytest.mark.parametrize(
    ("refusal", "words", "speaks_of_roles"),
    [
        (Refusal(403, "Forbidden", "You are not permitted to access this resource."), ROLE, True),
        (Refusal(403, "Authorization Failure", "User does not have access."), ROLE, True),
        (Refusal(403, "User Disabled", "This account has been deactivated."), "Reactivate the account", False),
        (Refusal(403, "Forbidden", "The API key provided is linked to datacenter 'us6'"), "data center", False),
        (Refusal(404, "Resource Not Found", "Gone."), "audience no longer exists", False),
    ],
)
def test_the_way_out_fits_the_refusal(refusal: Refusal, words: str, speaks_of_roles: bool) -> None:
    """A role is spoken of only where a right is missing."""
    with pytest.raises(Misconfigured, match=words) as caught:
        stop_if_about_the_audience(refusal)
    assert (ROLE in str(caught.value)) == speaks_of_roles


def test_what_is_about_one_member_stops_nobody() -> None:
    """Any other refusal is left to whoever sent the call."""
    stop_if_about_the_audience(Refusal(400, "Invalid Resource", "Bad."))
